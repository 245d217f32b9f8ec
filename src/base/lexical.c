#include "base/lexical.h"

const unsigned char name_bytes[256] = {
    ['$'] = NAME_PART,
    ['0' ... '9'] = NAME_PART,
    ['A' ... 'Z'] = NAME_START | NAME_PART,
    ['_'] = NAME_START | NAME_PART,
    ['a' ... 'z'] = NAME_START | NAME_PART,
    [0x80 ... 0xff] = NAME_START | NAME_PART,
};
