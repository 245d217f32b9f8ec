#include "options/help.h"

#include <string.h>

#include "report/terminal.h"

enum { COLUMN = 30 }; /* where descriptions begin */

static const char introduction[] =
    "Reads SQL for PostgreSQL and reports transactions that can fail with SQLSTATE 40001 or 40P01, or "
    "silently lose or corrupt data. \"isolint graph\" draws which transactions depend on which. "
    "\"isolint log\" finds the transactions in a server's log. \"isolint lsp\" is a language server for "
    "editors. \"isolint catalog\" writes, for --schema, what a server knows and a dump leaves out.";

static const char conclusion[] =
    "A directory is searched for *.sql, *.ddl, *.pgsql and *.psql. \"-\" is standard input. Exit "
    "status: 0 no findings at or above --fail-on, 1 findings, 2 the run itself failed. Start with: "
    "isolint --explain lost-update";

/* Writes text that begins at `column` and goes on there in each other line. */
static void write_folded(FILE *out, const char *text, int column, int width)
{
    g_auto(GStrv) words = g_strsplit(text, " ", -1);
    int at = column;

    for (char **word = words; *word; word++) {
        int columns = (int)terminal_columns(*word, strlen(*word));
        if (at > column && at + 1 + columns > width) {
            fprintf(out, "\n%*s", column, "");
            at = column;
        } else if (at > column) {
            fputc(' ', out);
            at++;
        }
        fputs(*word, out);
        at += columns;
    }
    fputc('\n', out);
}

static void write_option(FILE *out, const GOptionEntry *entry, const char *description, int width)
{
    g_autoptr(GString) head = g_string_new("  ");

    if (entry->short_name)
        g_string_append_printf(head, "-%c, ", entry->short_name);
    g_string_append_printf(head, "--%s", entry->long_name);
    if (entry->arg != G_OPTION_ARG_NONE)
        g_string_append_printf(head, "=%s", entry->arg_description);
    if (head->len + 2 > COLUMN)
        fprintf(out, "%s\n%*s", head->str, COLUMN, "");
    else
        fprintf(out, "%-*s", COLUMN, head->str);
    write_folded(out, description, COLUMN, width);
}

/* The description without the command that it begins with; NULL when it is for another command.
 * "log: Read the entries of this user only" is for "log". */
static const char *described_for(const GOptionEntry *entry, const char *command)
{
    static const char *const commands[] = {"graph", "log", "catalog"};

    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
        size_t length = strlen(commands[i]);
        if (strncmp(entry->description, commands[i], length) == 0 &&
            strncmp(entry->description + length, ": ", 2) == 0)
            return g_str_equal(commands[i], command) ? entry->description + length + 2 : NULL;
    }
    return *command ? NULL : entry->description;
}

static void write_options(FILE *out, const GOptionEntry *entries, const char *command, int width)
{
    fprintf(out, "\nOptions%s%s:\n", *command ? " of isolint " : "", command);
    for (; entries->long_name; entries++) {
        const char *description = *entries->long_name ? described_for(entries, command) : NULL;
        if (description)
            write_option(out, entries, description, width);
    }
}

void help_write(FILE *out, const GOptionEntry *entries, int width)
{
    fputs("Usage:\n  isolint [OPTION…] [PATH…]\n  isolint graph [OPTION…] [PATH…]\n"
          "  isolint log [OPTION…] LOG…\n  isolint lsp [OPTION…]\n"
          "  isolint catalog [--role=NAME] [-o FILE] [CONNECTION]\n\n",
          out);
    write_folded(out, introduction, 0, width);
    write_options(out, entries, "", width);
    write_options(out, entries, "log", width);
    write_options(out, entries, "graph", width);
    write_options(out, entries, "catalog", width);
    fputc('\n', out);
    write_folded(out, conclusion, 0, width);
}
