/* Handlers of PL/pgSQL: what they do with an error, what comes to them, and which loops try again.
 */
#include "locking/handler.h"

#include "support/sample.h"

#define T "CREATE TABLE t (id int PRIMARY KEY, v int);"
#define FUNCTION(body)                                          \
    T "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ " \
      "DECLARE n int; done bool := false; BEGIN " body " END $$;"
#define UPDATE                       "UPDATE t SET v = 1 WHERE id = 1;"
#define HANDLED(conditions, handler) FUNCTION(UPDATE " EXCEPTION WHEN " conditions " THEN " handler)
#define CALLED(level, handler)                \
    HANDLED("serialization_failure", handler) \
    " BEGIN ISOLATION LEVEL " level "; SELECT f(); COMMIT;"

static void describe(GString *out, const struct corpus *corpus,
                     const struct body_statement *handler)
{
    static const char *const ends[] = {"silent", "tells", "translates", "raises"};
    static const char *const exposures[] = {"nothing", "deadlocks", "40001 perhaps", "40001"};
    const struct access *access;
    const struct body_statement *loop = handler_retries(handler);
    enum exposure exposure = handler_exposure(corpus, handler, "serialization_failure", &access);

    g_string_append_printf(out, "%s: %s, meets %s", handler->conditions[0],
                           ends[handler_end(handler)], exposures[exposure]);
    if (access)
        g_string_append_printf(out, " of %s", access_relation_name(access));
    if (loop)
        g_string_append(out, loop_ends_transaction(loop) ? ", tries in a new transaction"
                                                         : ", tries again");
    g_string_append_c(out, '\n');
}

/* The handlers of all routines, and the accesses whose failure one keeps. */
static char *view_handlers(const char *text, const char *options)
{
    GString *out = g_string_new(NULL);
    struct linted linted;

    lint_sample(&linted, text, options);
    const struct script *script = linted.project.scripts->pdata[0];
    for (const struct statement *each = script->statements; each; each = each->next) {
        const struct body *body =
            each->kind == STATEMENT_DO ? each->block->body
            : each->kind == STATEMENT_DEFINE && each->changes->kind == CHANGE_CREATE_ROUTINE
                ? each->changes->routine->body
                : NULL;
        for (const struct body_statement *part = body ? body->statements : NULL; part;
             part = part->next) {
            if (part->kind == BODY_HANDLER)
                describe(out, &project_database(&linted.project, 0)->corpus, part);
        }
    }
    for (const struct transaction *run = script->transactions; run; run = run->next) {
        for (const struct access *access = run->accesses; access; access = access->next) {
            if (access_handler(access, "serialization_failure"))
                g_string_append_printf(out, "kept: %s\n", access_relation_name(access));
        }
    }
    linted_finish(&linted);
    return g_string_free(out, FALSE);
}

static const struct sample handlers[] = {
    {"goes on", HANDLED("OTHERS", "NULL;"), "others: silent, meets 40001 perhaps of t\nkept: t\n"},
    {"returns a value", HANDLED("serialization_failure", "RETURN 0;"),
     "serialization_failure: tells, meets 40001 perhaps of t\nkept: t\n"},
    {"sets a variable", HANDLED("transaction_rollback", "n := 0;"),
     "transaction_rollback: tells, meets 40001 perhaps of t\nkept: t\n"},
    {"by its code", HANDLED("SQLSTATE '40001'", "NULL;"),
     "40001: silent, meets 40001 perhaps of t\nkept: t\n"},
    {"raises", HANDLED("OTHERS", "RAISE;"), "others: raises, meets 40001 perhaps of t\n"},
    {"raises at times", HANDLED("OTHERS", "IF n > 1 THEN RAISE; END IF; RETURN 1;"),
     "others: raises, meets 40001 perhaps of t\n"},
    {"a notice is no error", HANDLED("OTHERS", "RAISE NOTICE 'x';"),
     "others: silent, meets 40001 perhaps of t\nkept: t\n"},
    {"raises another error", HANDLED("OTHERS", "RAISE EXCEPTION 'x';"),
     "others: translates, meets 40001 perhaps of t\n"},
    {"keeps the code", HANDLED("OTHERS", "RAISE EXCEPTION 'x' USING ERRCODE = SQLSTATE;"),
     "others: raises, meets 40001 perhaps of t\n"},
    {"names the code", HANDLED("OTHERS", "RAISE SQLSTATE '40001';"),
     "others: raises, meets 40001 perhaps of t\n"},
    {"another condition", HANDLED("unique_violation", "NULL;"),
     "unique_violation: silent, meets nothing\n"},
    {"the first that names it", HANDLED("serialization_failure", "RAISE; WHEN OTHERS THEN NULL;"),
     "serialization_failure: raises, meets 40001 perhaps of t\n"
     "others: silent, meets nothing\n"},
    {"the inner one keeps it",
     FUNCTION("BEGIN " UPDATE " EXCEPTION WHEN OTHERS THEN NULL; END;"
              " EXCEPTION WHEN serialization_failure THEN NULL;"),
     "others: silent, meets 40001 perhaps of t\nserialization_failure: silent, meets nothing\n"
     "kept: t\n"},
    {"the inner one raises it",
     FUNCTION("BEGIN " UPDATE " EXCEPTION WHEN OTHERS THEN RAISE; END;"
              " EXCEPTION WHEN serialization_failure THEN NULL;"),
     "others: raises, meets 40001 perhaps of t\n"
     "serialization_failure: silent, meets 40001 perhaps of t\nkept: t\n"},
    {"what the handler does itself is not handled",
     FUNCTION("n := 1; EXCEPTION WHEN OTHERS THEN " UPDATE), "others: silent, meets nothing\n"},
    {"a function that is called",
     T "CREATE FUNCTION g() RETURNS void LANGUAGE sql AS '" UPDATE "';"
       "DO $$ BEGIN PERFORM g(); EXCEPTION WHEN OTHERS THEN NULL; END $$;",
     "others: silent, meets deadlocks of t\nkept: t\n"},
    {"READ COMMITTED", CALLED("READ COMMITTED", "NULL;"),
     "serialization_failure: silent, meets deadlocks of t\nkept: t\n"},
    {"REPEATABLE READ", CALLED("REPEATABLE READ", "NULL;"),
     "serialization_failure: silent, meets 40001 of t\nkept: t\n"},
    {"a read does not fail at REPEATABLE READ",
     FUNCTION(
         "SELECT v INTO n FROM t; EXCEPTION WHEN OTHERS THEN NULL;") " BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT f(); COMMIT;",
     "others: silent, meets nothing\nkept: t\n"},
    {"a read does at SERIALIZABLE",
     FUNCTION(
         "SELECT v INTO n FROM t; EXCEPTION WHEN OTHERS THEN NULL;") " BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT f(); COMMIT;",
     "others: silent, meets 40001 of t\nkept: t\n"},
};

#define TRY(before, success, conditions, handler, after)                            \
    FUNCTION(before " LOOP BEGIN " UPDATE " " success " EXCEPTION WHEN " conditions \
                    " THEN " handler " END; " after " END LOOP;")
#define NAMED "serialization_failure: "
#define MEETS ", meets 40001 perhaps of t"

static const struct sample loops[] = {
    {"until it returns", TRY("", "RETURN 1;", "serialization_failure", "NULL;", ""),
     NAMED "silent" MEETS ", tries again\nkept: t\n"},
    {"so many times", TRY("FOR i IN 1..5", "EXIT;", "serialization_failure", "NULL;", ""),
     NAMED "silent" MEETS ", tries again\nkept: t\n"},
    {"WHILE NOT done", TRY("WHILE NOT done", "done := true;", "serialization_failure", "NULL;", ""),
     NAMED "silent" MEETS ", tries again\nkept: t\n"},
    {"a flag behind the block",
     TRY("", "done := true;", "serialization_failure", "done := false;",
         "IF done THEN RETURN 1; END IF;"),
     NAMED "tells" MEETS ", tries again\nkept: t\n"},
    {"in a new transaction", TRY("", "RETURN 1;", "serialization_failure", "NULL;", "ROLLBACK;"),
     NAMED "silent" MEETS ", tries in a new transaction\nkept: t\n"},
    {"the handler leaves", TRY("", "RETURN 1;", "serialization_failure", "RETURN 0;", ""),
     NAMED "tells" MEETS "\nkept: t\n"},
    {"the next one of many", TRY("FOR i IN 1..5", "", "serialization_failure", "NULL;", ""),
     NAMED "silent" MEETS "\nkept: t\n"},
    {"the next row", TRY("FOR n IN SELECT id FROM t", "", "serialization_failure", "NULL;", ""),
     NAMED "silent" MEETS "\nkept: t\n"},
    {"left before the block",
     FUNCTION("LOOP EXIT WHEN n > 5; n := n + 1; BEGIN " UPDATE
              " EXCEPTION WHEN serialization_failure THEN NULL; END; END LOOP;"),
     NAMED "silent" MEETS "\nkept: t\n"},
};

int main(void)
{
    GArray *tests = tests_new();

    samples_add(tests, handlers, G_N_ELEMENTS(handlers), view_handlers);
    samples_add(tests, loops, G_N_ELEMENTS(loops), view_handlers);
    return tests_run("handler", tests);
}
