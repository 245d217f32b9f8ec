#pragma once
#include "base/lexical.h"
