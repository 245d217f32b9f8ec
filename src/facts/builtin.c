/* Two tables. The generated one is pg_proc. The one below is by hand: what a call does beside
 * returning a value. A function that is in neither is unknown, and a statement that calls it may
 * do anything. */
#include "facts/builtin.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>

static const struct builtin functions[] = {
#include "facts/builtin-functions.inc"
};

/* Functions of contrib extensions that neither read nor write tables, or of which the effect is
 * known. Sorted by name. */
static const struct builtin contrib[] = {
    {"crypt", VOLATILITY_IMMUTABLE, BUILTIN_FUNCTION, false},
    {"dblink", VOLATILITY_VOLATILE, BUILTIN_FUNCTION, true},
    {"dblink_exec", VOLATILITY_VOLATILE, BUILTIN_FUNCTION, false},
    {"dblink_send_query", VOLATILITY_VOLATILE, BUILTIN_FUNCTION, false},
    {"digest", VOLATILITY_IMMUTABLE, BUILTIN_FUNCTION, false},
    {"gen_salt", VOLATILITY_VOLATILE, BUILTIN_FUNCTION, false},
    {"hmac", VOLATILITY_IMMUTABLE, BUILTIN_FUNCTION, false},
    {"http", VOLATILITY_VOLATILE, BUILTIN_FUNCTION, false},
    {"http_delete", VOLATILITY_VOLATILE, BUILTIN_FUNCTION, false},
    {"http_get", VOLATILITY_VOLATILE, BUILTIN_FUNCTION, false},
    {"http_head", VOLATILITY_VOLATILE, BUILTIN_FUNCTION, false},
    {"http_patch", VOLATILITY_VOLATILE, BUILTIN_FUNCTION, false},
    {"http_post", VOLATILITY_VOLATILE, BUILTIN_FUNCTION, false},
    {"http_put", VOLATILITY_VOLATILE, BUILTIN_FUNCTION, false},
    {"pg_file_write", VOLATILITY_VOLATILE, BUILTIN_FUNCTION, false},
    {"similarity", VOLATILITY_IMMUTABLE, BUILTIN_FUNCTION, false},
    {"unaccent", VOLATILITY_STABLE, BUILTIN_FUNCTION, false},
    {"uuid_generate_v1", VOLATILITY_VOLATILE, BUILTIN_FUNCTION, false},
    {"uuid_generate_v1mc", VOLATILITY_VOLATILE, BUILTIN_FUNCTION, false},
    {"uuid_generate_v4", VOLATILITY_VOLATILE, BUILTIN_FUNCTION, false},
    {"word_similarity", VOLATILITY_IMMUTABLE, BUILTIN_FUNCTION, false},
};

/* Extensions whose functions are called by schema and name, because the names alone say little. */
static const struct builtin qualified[] = {
    {"aws_lambda.invoke", VOLATILITY_VOLATILE, BUILTIN_FUNCTION, false},
    {"aws_s3.query_export_to_s3", VOLATILITY_VOLATILE, BUILTIN_FUNCTION, false},
    {"aws_s3.table_import_from_s3", VOLATILITY_VOLATILE, BUILTIN_FUNCTION, false},
    {"net.http_collect_response", VOLATILITY_VOLATILE, BUILTIN_FUNCTION, false},
};

struct named_effect {
    const char *name;
    enum effect effect;
};

/* Sorted by name. */
static const struct named_effect effects[] = {
    {"aws_lambda.invoke", EFFECT_REQUEST},
    {"aws_s3.query_export_to_s3", EFFECT_REQUEST},
    {"aws_s3.table_import_from_s3", EFFECT_REQUEST},
    {"currval", EFFECT_SEQUENCE_READ},
    {"cursor_to_xml", EFFECT_RUNS_TEXT}, /* of a refcursor */
    {"cursor_to_xmlschema", EFFECT_RUNS_TEXT},
    {"dblink", EFFECT_REMOTE},
    {"dblink_exec", EFFECT_REMOTE},
    {"dblink_send_query", EFFECT_REMOTE},
    {"http", EFFECT_REQUEST},
    {"http_delete", EFFECT_REQUEST},
    {"http_get", EFFECT_REQUEST},
    {"http_head", EFFECT_REQUEST},
    {"http_patch", EFFECT_REQUEST},
    {"http_post", EFFECT_REQUEST},
    {"http_put", EFFECT_REQUEST},
    {"lastval", EFFECT_SEQUENCE_READ},
    {"lo_creat", EFFECT_LARGE_OBJECT_WRITE},
    {"lo_create", EFFECT_LARGE_OBJECT_WRITE},
    {"lo_export", EFFECT_FILE},
    {"lo_from_bytea", EFFECT_LARGE_OBJECT_WRITE},
    {"lo_get", EFFECT_LARGE_OBJECT_READ},
    {"lo_import", EFFECT_LARGE_OBJECT_WRITE},
    {"lo_put", EFFECT_LARGE_OBJECT_WRITE},
    {"lo_truncate", EFFECT_LARGE_OBJECT_WRITE},
    {"lo_truncate64", EFFECT_LARGE_OBJECT_WRITE},
    {"lo_unlink", EFFECT_LARGE_OBJECT_WRITE},
    {"loread", EFFECT_LARGE_OBJECT_READ},
    {"lowrite", EFFECT_LARGE_OBJECT_WRITE},
    {"net.http_collect_response", EFFECT_REQUEST},
    {"nextval", EFFECT_NEXTVAL},
    {"pg_advisory_lock", EFFECT_ADVISORY_SESSION},
    {"pg_advisory_lock_shared", EFFECT_ADVISORY_SESSION},
    {"pg_advisory_unlock", EFFECT_ADVISORY_UNLOCK},
    {"pg_advisory_unlock_all", EFFECT_ADVISORY_UNLOCK},
    {"pg_advisory_unlock_shared", EFFECT_ADVISORY_UNLOCK},
    {"pg_advisory_xact_lock", EFFECT_ADVISORY_XACT},
    {"pg_advisory_xact_lock_shared", EFFECT_ADVISORY_XACT},
    {"pg_current_xact_id", EFFECT_TRANSACTION_ID},
    {"pg_export_snapshot", EFFECT_EXPORT_SNAPSHOT},
    {"pg_file_write", EFFECT_FILE},
    {"pg_notify", EFFECT_NOTIFY},
    {"pg_sequence_last_value", EFFECT_SEQUENCE_READ},
    {"pg_sleep", EFFECT_SLEEP},
    {"pg_sleep_for", EFFECT_SLEEP},
    {"pg_sleep_until", EFFECT_SLEEP},
    {"pg_try_advisory_lock", EFFECT_ADVISORY_TRY},
    {"pg_try_advisory_lock_shared", EFFECT_ADVISORY_TRY},
    {"pg_try_advisory_xact_lock", EFFECT_ADVISORY_TRY},
    {"pg_try_advisory_xact_lock_shared", EFFECT_ADVISORY_TRY},
    {"query_to_xml", EFFECT_RUNS_TEXT},
    {"query_to_xml_and_xmlschema", EFFECT_RUNS_TEXT},
    {"query_to_xmlschema", EFFECT_RUNS_TEXT},
    {"set_config", EFFECT_SET_CONFIG},
    {"setval", EFFECT_SETVAL},
    {"ts_rewrite", EFFECT_RUNS_TEXT},
    {"ts_stat", EFFECT_RUNS_TEXT},
    {"txid_current", EFFECT_TRANSACTION_ID},
};

/* The rows of all three tables begin with the name. */
static int compare_names(const void *name, const void *row)
{
    return strcmp(name, *(const char *const *)row);
}

static const struct builtin *find_qualified(const char *schema, const char *name)
{
    size_t length = strlen(schema);

    for (size_t i = 0; i < G_N_ELEMENTS(qualified); i++) {
        const char *own = qualified[i].name;
        if (strncmp(own, schema, length) == 0 && own[length] == '.' &&
            strcmp(own + length + 1, name) == 0)
            return &qualified[i];
    }
    return NULL;
}

/* Places for `functions`, three times as many as there are, with their numbers from 1 on: 0 is empty. Each
 * query asks for all that it calls, and for its operators. */
enum { PLACES = 8192 };

static uint16_t places[PLACES];

_Static_assert(G_N_ELEMENTS(functions) < PLACES / 2, "few of them are taken");

/* Told apart by their length and five of their bytes. */
static size_t place_of(const char *name)
{
    size_t length = strlen(name), last = length > 0 ? length - 1 : 0, hash = length;

    for (size_t i = 0; i <= 4; i++)
        hash = hash * 31 + (unsigned char)name[last * i / 4];
    return hash % PLACES;
}

static void fill_places(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(functions); i++) {
        size_t place = place_of(functions[i].name);
        while (places[place])
            place = (place + 1) % PLACES;
        places[place] = (uint16_t)(i + 1);
    }
}

static const struct builtin *find_function(const char *name)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, fill_places);
    for (size_t place = place_of(name); places[place]; place = (place + 1) % PLACES) {
        const struct builtin *function = &functions[places[place] - 1];
        if (strcmp(function->name, name) == 0)
            return function;
    }
    return NULL;
}

const struct builtin *builtin_find(const char *schema, const char *name)
{
    if (!schema || strcmp(schema, "pg_catalog") == 0) {
        const struct builtin *found = find_function(name);
        if (found)
            return found;
    }
    /* pg_net, whose functions have names of the http extension, sends a request after COMMIT. */
    if (schema && strcmp(schema, "net") == 0)
        return find_qualified(schema, name);
    const struct builtin *found =
        bsearch(name, contrib, G_N_ELEMENTS(contrib), sizeof *contrib, compare_names);
    return found || !schema ? found : find_qualified(schema, name);
}

static enum effect find_effect(const char *name)
{
    const struct named_effect *found =
        bsearch(name, effects, G_N_ELEMENTS(effects), sizeof *effects, compare_names);

    return found ? found->effect : EFFECT_NONE;
}

/* Those of `functions`, by their places: it is asked of each call, and again by many rules. */
static uint8_t effects_of_functions[G_N_ELEMENTS(functions)];

static void fill_effects(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(effects); i++) {
        const struct builtin *function = find_function(effects[i].name);
        if (function)
            effects_of_functions[function - functions] = (uint8_t)effects[i].effect;
    }
}

enum effect builtin_effect(const struct builtin *builtin)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    size_t offset = (uintptr_t)builtin - (uintptr_t)functions;

    if (offset >= sizeof functions)
        return builtin ? find_effect(builtin->name) : EFFECT_NONE;
    pthread_once(&once, fill_effects);
    return (enum effect)effects_of_functions[offset / sizeof *functions];
}

bool builtin_is_quiet(const struct builtin *builtin)
{
    return builtin->volatility != VOLATILITY_VOLATILE && builtin_effect(builtin) == EFFECT_NONE;
}
