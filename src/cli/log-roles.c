/* The roles are needed before the log is read, and so before there is a catalog. Parsing a large
 * schema for that takes its time; a file without the words that matter is not parsed. */
#include "cli/log-roles.h"

#include <string.h>

#include "engine/configured.h"
#include "engine/project.h"
#include "facts/settings.h"
#include "input/discover.h"
#include "input/read.h"

static bool mentions_defaults(const struct script *script)
{
    static const char word[] = "default_transaction_";

    for (uint32_t at = 0; at + strlen(word) <= script->size; at++) {
        if (g_ascii_strncasecmp(script->bytes + at, word, strlen(word)) == 0)
            return true;
    }
    return false;
}

static void take(const struct script *script, GHashTable *roles)
{
    for (const struct statement *each = script->statements; each; each = each->next) {
        const struct change *change = each->kind == STATEMENT_DEFINE ? each->changes : NULL;
        for (; change; change = change->next) {
            struct mode mode;
            bool transaction;
            if (change->kind == CHANGE_SETTING && change->holder == HOLDER_ROLE &&
                setting_mode(change->setting, &mode, &transaction) && !transaction)
                g_hash_table_add(roles, g_strdup(change->object.name));
        }
    }
}

static void take_files(const struct settings *settings, char **paths, GHashTable *roles)
{
    g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) troubles = g_ptr_array_new_with_free_func(g_free);

    for (char **path = paths; path && *path; path++) {
        if (strcmp(*path, "-") != 0)
            discover(*path, files, troubles);
    }
    for (guint i = 0; i < files->len; i++) {
        struct error error = {0};
        struct script *script =
            read_script(files->pdata[i], files->pdata[i], settings->files, &error);
        g_free(error.message);
        if (script && mentions_defaults(script)) {
            script = project_parse(settings, script, NULL);
            take(script, roles);
        }
        if (script)
            script_free(script);
    }
}

GHashTable *log_roles(const struct settings *settings)
{
    GHashTable *roles = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    take_files(settings, settings->schemas, roles);
    for (unsigned i = 0; i < configured_database_count(settings); i++) {
        g_auto(GStrv) own = configured_database_schema(settings, (int)i);
        take_files(settings, own, roles);
    }
    return roles;
}
