#include "config/effective.h"

#include "config/config.h"

/* In the configuration 0 is what is not said, so that enums which have a 0 begin with 1 there. */
void effective_take(struct effective *effective, const struct config_key *key, int value)
{
    void *member = (char *)effective + key->becomes.offset;

    if (!value)
        return;
    switch (key->becomes.form) {
    case BECOMES_NOTHING:
        return;
    case BECOMES_SWITCH:
        *(bool *)member = value == CONFIG_YES;
        return;
    case BECOMES_NUMBER:
        *(int *)member = value;
        return;
    case BECOMES_ONE_LESS:
        *(int *)member = value - 1;
        return;
    }
}

int effective_value(const struct effective *effective, const struct config_key *key)
{
    const void *member = (const char *)effective + key->becomes.offset;

    switch (key->becomes.form) {
    case BECOMES_SWITCH:
        return *(const bool *)member ? CONFIG_YES : CONFIG_NO;
    case BECOMES_NUMBER:
        return *(const int *)member;
    case BECOMES_ONE_LESS:
        return *(const int *)member + 1;
    case BECOMES_NOTHING:
        break;
    }
    return 0;
}

uint64_t effective_bit(const struct config_key *key)
{
    unsigned place = 0;

    for (const struct config_key *before = config_keys; before < key; before++)
        place += before->becomes.form != BECOMES_NOTHING;
    return key->becomes.form == BECOMES_NOTHING ? 0 : UINT64_C(1) << place;
}
