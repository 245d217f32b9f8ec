#include "lint/fingerprint.h"

#include "lint/rule.h"

enum { LONGEST_LINE = 4096, DIGITS = 16 };

static char *hash_of(const struct finding *finding, struct repository *repository)
{
    struct script *script = (struct script *)finding->script;
    struct span line = script_line(script, script_position(script, finding->span.start).line);
    g_autofree char *uri =
        g_uri_escape_string(repository_path(repository, finding->script), "/", FALSE);
    g_autofree char *text =
        g_strndup(script->bytes + line.start, MIN(line.end - line.start, LONGEST_LINE));
    g_autofree char *key =
        g_strdup_printf("%s\n%s\n%s", uri, finding->rule->name, g_strstrip(text));
    char *hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, key, -1);

    hash[DIGITS] = '\0';
    return hash;
}

void fingerprint_findings(struct finding *const *findings, size_t count,
                          struct repository *repository)
{
    g_autoptr(GHashTable) counts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    for (size_t i = 0; i < count; i++) {
        struct script *script = (struct script *)findings[i]->script;
        char *hash = hash_of(findings[i], repository);
        int which = GPOINTER_TO_INT(g_hash_table_lookup(counts, hash)) + 1;
        findings[i]->fingerprint = arena_printf(&script->arena, "%s:%d", hash, which);
        g_hash_table_insert(counts, hash, GINT_TO_POINTER(which));
    }
}
