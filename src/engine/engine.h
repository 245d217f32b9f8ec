#pragma once
/* isolint as a library. What it is given are texts and settings, what it returns are findings; it opens
 * no file, unless a reader does, writes nothing, and ends no program. docs/library.md has an example.
 *
 * A project is used by one thread at a time, but for isolint_project_cancel; different projects by
 * different threads. Paths are names with "/" between directories: what a file is, and which tool runs
 * it, is read from them. Texts are UTF-8, or any bytes without NUL. When memory runs out GLib ends the
 * program. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ISOLINT_API __attribute__((visibility("default")))

/* "0.1.0", and whose grammar reads the SQL: "PostgreSQL 18". Static. */
ISOLINT_API const char *isolint_version(void);
ISOLINT_API const char *isolint_grammar(void);

/* ---- a project: the texts that are linted together */

struct isolint_project;

/* An empty project, with the settings that hold where nothing is said. Freed by isolint_project_free,
 * which takes NULL as well. */
ISOLINT_API struct isolint_project *isolint_project_new(void);
ISOLINT_API void isolint_project_free(struct isolint_project *project);

/* Why the last call that failed did: one line. "" when none has. Owned by the project, until the next
 * call that fails. */
ISOLINT_API const char *isolint_project_error(const struct isolint_project *project);

/* The text of a configuration (docs/configuration.md), as though it stood in `path`; the last one
 * counts, NULL is none. The keys that say what a run reads from disk, `paths` and `exclude`, are
 * ignored. Fails on a configuration that is wrong, and the one before it stays. */
ISOLINT_API bool isolint_project_configure(struct isolint_project *project, const char *path,
                                           const char *text, size_t size);

/* Sets one key, stronger than the configuration: "default-isolation=serializable",
 * "rules.lost-update=off", "severity=note". Fails on one that is wrong. */
ISOLINT_API bool isolint_project_set(struct isolint_project *project, const char *setting);

/* Which rules run: only those of `select`, those of `extend` too, none of `ignore`. Each is a list of
 * rules and groups with commas between them, or NULL. Fails on a name that is neither. */
ISOLINT_API bool isolint_project_select(struct isolint_project *project, const char *select,
                                        const char *extend, const char *ignore);

/* How many threads a run takes; 1 unless it is said. The findings do not depend on it. */
ISOLINT_API void isolint_project_jobs(struct isolint_project *project, unsigned jobs);

enum isolint_role {
    ISOLINT_LINT,   /* findings are reported in it */
    ISOLINT_SCHEMA, /* only read for its tables, indexes, routines and settings */
};

/* Adds a text, which is copied; a text of the same path is replaced, in its place. The order is that
 * of DDL, where the paths of migrations do not say another one. Fails on a path that is empty. */
ISOLINT_API bool isolint_project_add(struct isolint_project *project, const char *path,
                                     const char *text, size_t size, enum isolint_role role);

/* Fails when there is none of this path. */
ISOLINT_API bool isolint_project_remove(struct isolint_project *project, const char *path);

/* ---- files that have not been added */

enum isolint_file {
    ISOLINT_NO_FILE,
    ISOLINT_REGULAR_FILE,
    ISOLINT_DIRECTORY,
};

/* What a script includes with \i, and what a migration tool keeps beside it (metadata.toml, Cargo.toml,
 * sqitch.plan), is looked for among the texts of the project, then with a reader. Its functions are
 * called by all threads of a run. */
struct isolint_reader {
    enum isolint_file (*kind)(void *context, const char *path); /* not NULL, as `read` */

    /* The bytes of a file, NULL when there is none. `release` is called when they have been copied. */
    char *(*read)(void *context, const char *path, size_t *size);
    void (*release)(void *context, char *bytes); /* or NULL */
    void *context;
};

/* Copies the reader; NULL: there are no other files, which is so from the beginning. */
ISOLINT_API void isolint_project_reader(struct isolint_project *project,
                                        const struct isolint_reader *reader);

/* ---- a run */

struct isolint_result;

/* Lints all texts; those that have not changed since the run before are not parsed again. Returns NULL when it was cancelled, and then isolint_project_error says so. The
 * result does not need the project any more; freed by isolint_result_free, which takes NULL as well. */
ISOLINT_API struct isolint_result *isolint_project_run(struct isolint_project *project);
ISOLINT_API void isolint_result_free(struct isolint_result *result);

/* From any thread: the run that goes on, or else the next one, ends soon and returns NULL. */
ISOLINT_API void isolint_project_cancel(struct isolint_project *project);

/* ---- what it found. All that follows is owned by the result. Indexes count from 0, and what they ask
 * for is NULL after the last. */

struct isolint_finding;

enum isolint_severity {
    ISOLINT_NOTE,
    ISOLINT_WARNING,
    ISOLINT_ERROR,
};

/* A stretch of text. Lines and columns count from 1, columns in characters; the end is the first
 * character that does not belong to it. */
struct isolint_place {
    const char *path;
    uint32_t line, column, end_line, end_column;
    const char *label; /* what is to be said about it, or NULL */
};

/* A change of the text that a finding is about, in bytes. A safe one changes no result. */
struct isolint_edit {
    size_t start, end;
    const char *replacement;
    bool safe;
};

/* Findings in order of path, position and rule, without those that a comment in the SQL allows. */
ISOLINT_API size_t isolint_result_count(const struct isolint_result *result);
ISOLINT_API const struct isolint_finding *isolint_result_finding(
    const struct isolint_result *result, size_t index);

/* Lines about texts that could not be read, and about what is worth knowing and no mistake. */
ISOLINT_API const char *isolint_result_trouble(const struct isolint_result *result, size_t index);
ISOLINT_API const char *isolint_result_remark(const struct isolint_result *result, size_t index);

ISOLINT_API const char *isolint_finding_rule(const struct isolint_finding *finding);
ISOLINT_API enum isolint_severity isolint_finding_severity(const struct isolint_finding *finding);
ISOLINT_API const char *isolint_finding_message(const struct isolint_finding *finding);
ISOLINT_API const struct isolint_place *isolint_finding_place(
    const struct isolint_finding *finding);

/* What to do about it, line by line. */
ISOLINT_API const char *isolint_finding_help(const struct isolint_finding *finding, size_t index);

/* What can happen: SQLSTATEs ("40001") and anomalies ("lost-update"). */
ISOLINT_API const char *isolint_finding_predicts(const struct isolint_finding *finding,
                                                 size_t index);

/* Other places that it speaks of. */
ISOLINT_API const struct isolint_place *isolint_finding_related(
    const struct isolint_finding *finding, size_t index);

/* Changes that repair it; none in a script that includes others. */
ISOLINT_API const struct isolint_edit *isolint_finding_edit(const struct isolint_finding *finding,
                                                            size_t index);

/* ---- rules */

/* "error", "warning", "note". Static. */
ISOLINT_API const char *isolint_severity_name(enum isolint_severity severity);

/* The names of the rules, sorted; NULL after the last. Static. */
ISOLINT_API const char *isolint_rule(size_t index);

/* The page of a rule, in Markdown; NULL when there is no such rule. Static. */
ISOLINT_API const char *isolint_rule_page(const char *rule);

#ifdef __cplusplus
}
#endif
