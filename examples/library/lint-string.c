/* Lints a string and prints what is found in it.
 * cc lint-string.c $(pkg-config --cflags --libs isolint) */
#include <isolint.h>
#include <stdio.h>
#include <string.h>

static const char sql[] = "BEGIN ISOLATION LEVEL SERIALIZABLE;\n"
                          "SELECT balance FROM accounts WHERE id = $1;\n"
                          "UPDATE accounts SET balance = $2 WHERE id = $1;\n"
                          "COMMIT;\n";

static const char schema[] = "CREATE TABLE accounts (id int PRIMARY KEY, balance numeric);\n";

static void print(const struct isolint_finding *finding)
{
    const struct isolint_place *place = isolint_finding_place(finding);
    const char *line;
    size_t i;

    printf("%s:%u:%u: %s: %s [%s]\n", place->path, (unsigned)place->line, (unsigned)place->column,
           isolint_severity_name(isolint_finding_severity(finding)),
           isolint_finding_message(finding), isolint_finding_rule(finding));
    for (i = 0; (place = isolint_finding_related(finding, i)); i++)
        printf("    line %u: %s\n", (unsigned)place->line, place->label);
    for (i = 0; (line = isolint_finding_help(finding, i)); i++)
        printf("    help: %s\n", line);
}

int main(void)
{
    struct isolint_project *project = isolint_project_new();
    struct isolint_result *result = NULL;
    int status = 0;
    size_t i;

    if (isolint_project_set(project, "server-version=16") &&
        isolint_project_add(project, "schema.sql", schema, strlen(schema), ISOLINT_SCHEMA) &&
        isolint_project_add(project, "app.sql", sql, strlen(sql), ISOLINT_LINT))
        result = isolint_project_run(project);
    if (!result) {
        fprintf(stderr, "%s\n", isolint_project_error(project));
        status = 2;
    }
    for (i = 0; result && i < isolint_result_count(result); i++)
        print(isolint_result_finding(result, i));
    isolint_project_free(project);
    isolint_result_free(result);
    return status;
}
