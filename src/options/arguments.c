#include "options/arguments.h"

#include <stdbool.h>
#include <string.h>

static const GOptionEntry *find_short(const GOptionEntry *entries, char letter)
{
    for (; entries->long_name; entries++) {
        if (letter != '\0' && entries->short_name == letter)
            return entries;
    }
    return NULL;
}

static bool takes_value(const GOptionEntry *entry)
{
    return entry && entry->arg != G_OPTION_ARG_NONE;
}

bool arguments_value_follows(const char *argument, const GOptionEntry *entries)
{
    if (argument[0] != '-')
        return false;
    if (argument[1] != '-')
        return argument[2] == '\0' && takes_value(find_short(entries, argument[1]));
    for (; entries->long_name; entries++) {
        if (strcmp(entries->long_name, argument + 2) == 0 && *entries->long_name)
            return takes_value(entries);
    }
    return false;
}

const GOptionEntry *arguments_needless_value(char *const *arguments, const GOptionEntry *entries)
{
    bool value = true; /* the name of the program is no option */

    for (; *arguments && (value || strcmp(*arguments, "--") != 0); arguments++) {
        size_t length = strcspn(*arguments, "=");
        bool given = !value && g_str_has_prefix(*arguments, "--") && (*arguments)[length] == '=';
        for (const GOptionEntry *each = entries; given && each->long_name; each++) {
            if (!takes_value(each) && strlen(each->long_name) == length - 2 &&
                strncmp(each->long_name, *arguments + 2, length - 2) == 0)
                return each;
        }
        value = !value && arguments_value_follows(*arguments, entries);
    }
    return NULL;
}

char **arguments_part(char *const *arguments, const GOptionEntry *entries)
{
    GPtrArray *parted = g_ptr_array_new();
    bool value = true; /* the name of the program is no option */

    for (; *arguments; arguments++) {
        const char *argument = *arguments;
        bool together = !value && argument[0] == '-' && argument[1] != '-' && argument[1] &&
                        argument[2] && takes_value(find_short(entries, argument[1]));
        if (!value && strcmp(argument, "--") == 0)
            break;
        value = !value && arguments_value_follows(argument, entries);
        if (together) {
            g_ptr_array_add(parted, g_strndup(argument, 2));
            g_ptr_array_add(parted, g_strdup(argument + 2));
        } else {
            g_ptr_array_add(parted, g_strdup(argument));
        }
    }
    for (; *arguments; arguments++)
        g_ptr_array_add(parted, g_strdup(*arguments));
    g_ptr_array_add(parted, NULL);
    return (char **)g_ptr_array_free(parted, FALSE);
}
