/* A project that is brought up to date says what a run over all files says, whatever was edited, and
 * whether or not an update before it was cancelled. `test-update DIRECTORY [SEED]` edits the SQL files
 * below a directory instead. */
#include <stdio.h>
#include <stdlib.h>

#include "engine/configured.h"
#include "engine/memory.h"
#include "engine/shelf.h"
#include "engine/update.h"
#include "input/discover.h"
#include "lint/rule.h"

#include "support/check.h"

enum { FILES = 16, EDITS = 40 };

struct bench {
    struct memory memory;
    struct files files;
    struct settings settings;
    struct selection selection;
    struct project project;
    GHashTable *shown; /* path → what is said of it */
    GRand *random;
};

/* ------------------------------------------------------------------ what is said */

static void append_place(GString *text, const struct script *script, struct span span)
{
    g_string_append_printf(text, "%s:%u-%u ", script->path, span.start, span.end);
}

static char *finding_text(const struct finding *finding)
{
    GString *text = g_string_new(finding->rule->name);

    g_string_append_printf(text, " %s %s%s ", severity_name(finding->severity),
                           finding->allowed ? "allowed " : "", finding->message);
    append_place(text, finding->script, finding->span);
    for (const struct related *each = finding->related; each; each = each->next) {
        append_place(text, each->script, each->span);
        g_string_append(text, each->label);
    }
    for (const struct help *each = finding->help; each; each = each->next)
        g_string_append(text, each->text);
    for (const struct witness_step *each = finding->witness ? finding->witness->steps : NULL; each;
         each = each->next)
        append_place(text, each->script, each->span);
    for (const struct edit *each = finding->edits; each; each = each->next)
        g_string_append_printf(text, "%u %s", each->span.start, each->replacement);
    g_string_append_c(text, '\n');
    return g_string_free(text, FALSE);
}

static void say(GHashTable *shown, const GPtrArray *findings)
{
    for (guint i = 0; i < findings->len; i++) {
        const struct finding *finding = findings->pdata[i];
        g_autofree char *text = finding_text(finding);
        const char *before = g_hash_table_lookup(shown, finding->script->path);
        g_hash_table_insert(shown, g_strdup(finding->script->path),
                            g_strconcat(before ? before : "", text, NULL));
    }
}

static GHashTable *shown_new(void)
{
    return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
}

static void assert_same(GHashTable *shown, GHashTable *expected)
{
    GHashTableIter each;
    gpointer path, text;

    g_hash_table_iter_init(&each, expected);
    while (g_hash_table_iter_next(&each, &path, &text)) {
        const char *said = g_hash_table_lookup(shown, path);
        if (g_strcmp0(said, text) != 0)
            fail_msg("%s: said is\n%sa run says\n%s", (char *)path, said ? said : "nothing\n",
                     (char *)text);
    }
    g_hash_table_iter_init(&each, shown);
    while (g_hash_table_iter_next(&each, &path, &text)) {
        if (!g_hash_table_contains(expected, path))
            fail_msg("%s: said is\n%sa run says nothing", (char *)path, (char *)text);
    }
}

/* ------------------------------------------------------------------ texts */

static const char schema[] =
    "CREATE TABLE a (id int PRIMARY KEY, v int NOT NULL, w int);\n"
    "CREATE TABLE b (id int PRIMARY KEY, v int NOT NULL, w int);\n"
    "CREATE TABLE c (id int PRIMARY KEY, v int NOT NULL, w int REFERENCES a);\n"
    "CREATE TABLE d (id int PRIMARY KEY, v int NOT NULL, w int);\n"
    "CREATE TABLE e (id int PRIMARY KEY, v int UNIQUE, w int);\n"
    "CREATE FUNCTION pay(x int, y int) RETURNS void LANGUAGE plpgsql AS $$ DECLARE n int; BEGIN\n"
    "SELECT v INTO n FROM a WHERE id = x; UPDATE a SET v = n + y WHERE id = x; END $$;\n"
    "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN\n"
    "UPDATE b SET v = v + 1 WHERE id = NEW.id; RETURN NEW; END $$;\n"
    "CREATE TRIGGER noted AFTER UPDATE ON d FOR EACH ROW EXECUTE FUNCTION note();\n";

/* % is one table, & another. */
static const char *const pieces[] = {
    "BEGIN;\nSELECT v FROM % WHERE id = $1;\nUPDATE % SET v = $2 WHERE id = $1;\nCOMMIT;\n",
    "BEGIN;\nUPDATE % SET v = v + 1 WHERE id = 1;\nUPDATE & SET v = v + 1 WHERE id = 1;\nCOMMIT;\n",
    ("BEGIN ISOLATION LEVEL REPEATABLE READ;\nSELECT sum(v) FROM %;\nUPDATE & SET v = 1 WHERE id = $1;\n"
     "COMMIT;\n"),
    ("BEGIN ISOLATION LEVEL SERIALIZABLE;\nSELECT v FROM % WHERE id = $1;\n"
     "UPDATE & SET v = 7 WHERE id = $1;\nCOMMIT;\n"),
    "BEGIN ISOLATION LEVEL SERIALIZABLE;\nSELECT sum(v) FROM %;\nSELECT w FROM &;\nCOMMIT;\n",
    "UPDATE % SET w = w + 1;\n",
    "INSERT INTO % VALUES ($1, 2, 3) ON CONFLICT (id) DO UPDATE SET v = 3;\n",
    "BEGIN;\nSELECT 1 FROM % WHERE id = $1;\nINSERT INTO % VALUES ($1, $2, 3);\nCOMMIT;\n",
    "BEGIN;\nDELETE FROM % WHERE v > 3;\nINSERT INTO & VALUES ($1, $2, $3);\nCOMMIT;\n",
    "SELECT pay($1, 2);\n",
    "BEGIN;\nSELECT pg_advisory_xact_lock(7);\nUPDATE % SET v = 1 WHERE id = 1;\nCOMMIT;\n",
    "BEGIN;\nSELECT v FROM % WHERE id = 1 FOR UPDATE;\nSELECT pay(3, 4);\nCOMMIT;\n",
    ("BEGIN ISOLATION LEVEL REPEATABLE READ;\nSELECT v FROM unseen WHERE id = 1;\n"
     "UPDATE % SET v = 2 WHERE id = 5;\nCOMMIT;\n"),
    "BEGIN;\nUPDATE unseen SET v = 2 WHERE id = 5;\nSELECT stranger(1);\nCOMMIT;\n",
    "DO $$ BEGIN ALTER TABLE % ADD UNIQUE (v); EXCEPTION WHEN duplicate_table THEN NULL; END $$;\n",
    "SELEC nothing;\n",
    "",
};

static char *make_text(struct bench *bench)
{
    GString *text = g_string_new(NULL);

    for (int count = g_rand_int_range(bench->random, 1, 4); count > 0; count--) {
        const char *piece = pieces[g_rand_int_range(bench->random, 0, G_N_ELEMENTS(pieces))];
        char table = (char)g_rand_int_range(bench->random, 'a', 'f');
        char other = (char)g_rand_int_range(bench->random, 'a', 'f');
        for (; *piece; piece++)
            g_string_append_c(text, *piece == '%' ? table : *piece == '&' ? other : *piece);
    }
    return g_string_free(text, FALSE);
}

/* ------------------------------------------------------------------ the bench */

static void put(struct bench *bench, const char *path, const char *text)
{
    memory_put(&bench->memory, path, text, strlen(text), true);
}

static void fill(struct bench *bench, const char *directory)
{
    g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) troubles = g_ptr_array_new_with_free_func(g_free);

    if (directory)
        discover(directory, files, troubles);
    for (guint i = 0; i < files->len; i++) {
        g_autofree char *text = NULL;
        if (g_file_get_contents(files->pdata[i], &text, NULL, NULL))
            put(bench, files->pdata[i], text);
    }
    for (unsigned i = 0; !directory && i < FILES; i++) {
        g_autofree char *path = g_strdup_printf("f%02u.sql", i);
        g_autofree char *text = make_text(bench);
        put(bench, path, text);
    }
    if (!directory)
        put(bench, "schema.sql", schema);
}

static void start(struct bench *bench, const char *directory, guint32 seed)
{
    struct error error = {0};

    bench->random = g_rand_new_with_seed(seed);
    bench->shown = shown_new();
    memory_init(&bench->memory);
    fill(bench, directory);
    bench->files = memory_files(&bench->memory);
    settings_init(&bench->settings);
    bench->settings.configured = configured_read(NULL, true, NULL, &error);
    bench->settings.files = &bench->files;
    bench->settings.paths = memory_paths(&bench->memory, true, NULL);
    bench->settings.select = g_strdup("all");
    bench->settings.effective.lowest = SEVERITY_NOTE;
    bench->settings.jobs = 2;
    bench->settings.shelf = shelf_new();
    bench->settings.incremental = true;
    assert_true(configured_selection(&bench->selection, &bench->settings, NULL, &error));
    configured_complete(&bench->settings);
    project_run(&bench->project, &bench->settings, &bench->selection);
    say(bench->shown, bench->project.findings);
}

static void finish(struct bench *bench)
{
    project_finish(&bench->project);
    shelf_free(bench->settings.shelf);
    selection_finish(&bench->selection);
    settings_finish(&bench->settings);
    memory_finish(&bench->memory);
    g_hash_table_unref(bench->shown);
    g_rand_free(bench->random);
}

static void compare_to_run(struct bench *bench)
{
    g_autoptr(GHashTable) expected = shown_new();
    struct settings settings = bench->settings;
    struct project project;

    settings.shelf = NULL; /* from nothing */
    project_run(&project, &settings, &bench->selection);
    say(expected, project.findings);
    assert_same(bench->shown, expected);
    project_finish(&project);
}

/* Another text, or that of another file. */
static char *edit(struct bench *bench, bool other)
{
    guint count = bench->memory.texts->len;

    if (!other)
        return make_text(bench);
    const struct memory_text *text =
        bench->memory.texts->pdata[g_rand_int_range(bench->random, 0, (gint32)count)];
    return g_strdup(g_rand_boolean(bench->random) ? text->bytes : "");
}

static enum updated update(struct bench *bench, const char *path, const char *text, gint cancelled)
{
    g_autoptr(GHashTable) texts =
        g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)g_bytes_unref);
    struct update update;

    put(bench, path, text);
    g_hash_table_insert(texts, (gpointer)path, g_bytes_new(text, strlen(text)));
    enum updated updated = project_update(&bench->project, &bench->settings, &bench->selection,
                                          texts, &cancelled, &update);
    if (updated == UPDATE_IMPOSSIBLE) {
        project_finish(&bench->project);
        project_run(&bench->project, &bench->settings, &bench->selection);
        g_hash_table_remove_all(bench->shown);
        say(bench->shown, bench->project.findings);
    }
    if (updated == UPDATE_DONE) {
        for (guint i = 0; i < update.scripts->len; i++)
            g_hash_table_remove(bench->shown, ((struct script *)update.scripts->pdata[i])->path);
        say(bench->shown, update.findings);
        update_finish(&update);
    }
    return updated;
}

static unsigned edit_many(struct bench *bench, bool other)
{
    unsigned done = 0;

    for (unsigned i = 0; i < EDITS; i++) {
        guint count = bench->memory.texts->len - (other ? 0 : 1); /* the schema is the last */
        const struct memory_text *file =
            bench->memory.texts->pdata[g_rand_int_range(bench->random, 0, (gint32)count)];
        g_autofree char *path = g_strdup(file->path);
        g_autofree char *text = edit(bench, other);
        bool cancel = g_rand_int_range(bench->random, 0, 4) == 0;
        enum updated updated = update(bench, path, text, cancel);
        if (updated == UPDATE_CANCELLED)
            continue;
        done += updated == UPDATE_DONE;
        compare_to_run(bench);
    }
    return done;
}

static void says_what_a_run_says(void **state)
{
    (void)state;
    for (guint32 seed = 1; seed <= 2; seed++) {
        struct bench bench = {0};
        start(&bench, NULL, seed);
        assert_true(edit_many(&bench, false) > EDITS / 3);
        finish(&bench);
    }
}

/* What others must know of a file, only a run can tell. */
static void leaves_definitions_to_a_run(void **state)
{
    struct bench bench = {0};

    (void)state;
    start(&bench, NULL, 1);
    assert_int_equal(update(&bench, "schema.sql", "CREATE TABLE a (id int);\n", 0),
                     UPDATE_IMPOSSIBLE);
    assert_int_equal(update(&bench, "f01.sql", "CREATE TABLE z (id int);\n", 0), UPDATE_IMPOSSIBLE);
    assert_int_equal(update(&bench, "f01.sql", "SELECT 1;\n", 0), UPDATE_IMPOSSIBLE);
    assert_int_equal(update(&bench, "f01.sql", "SELECT 2;\n", 0), UPDATE_DONE);
    assert_int_equal(update(&bench, "f01.sql", "\\connect shop\nSELECT 2;\n", 0),
                     UPDATE_IMPOSSIBLE);
    finish(&bench);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_what_a_run_says),
        cmocka_unit_test(leaves_definitions_to_a_run),
    };

    if (argc > 1) {
        struct bench bench = {0};
        start(&bench, argv[1], argc > 2 ? (guint32)atoi(argv[2]) : 1);
        printf("%u of %u edits without a run\n", edit_many(&bench, true), EDITS);
        finish(&bench);
        return 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
