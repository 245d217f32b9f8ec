#include "base/lexical.h"

const unsigned char name_bytes[256] = {
    ['$'] = NAME_PART,
    ['0' ... '9'] = NAME_PART | NAME_PLAIN | NEVER_SPECIAL,
    ['A' ... 'Z'] = NAME_START | NAME_PART | NAME_PLAIN,
    ['_'] = NAME_START | NAME_PART | NAME_PLAIN,
    ['a' ... 'z'] = NAME_START | NAME_PART | NAME_PLAIN,
    ['!'] = NEVER_SPECIAL,
    ['&'] = NEVER_SPECIAL,
    ['*' ... ','] = NEVER_SPECIAL, /* "*+," */
    ['.'] = NEVER_SPECIAL,
    ['='] = NEVER_SPECIAL,
    ['>'] = NEVER_SPECIAL,
    [']' ... '^'] = NEVER_SPECIAL,
    ['|' ... '~'] = NEVER_SPECIAL, /* "|}~" */
    [0x80 ... 0xff] = NAME_START | NAME_PART | NAME_PLAIN,
};
