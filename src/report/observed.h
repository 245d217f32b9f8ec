#pragma once
/* What a log shows of a finding, as JSON and SARIF have it. */

#include <cjson/cJSON.h>

#include "report/report.h"

/* A new object, owned by the caller. */
cJSON *observed_json(const struct observed *observed);

/* An array of what no finding predicted. */
cJSON *unforeseen_json(const struct report *report);
