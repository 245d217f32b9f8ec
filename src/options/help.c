#include "options/help.h"

#include <string.h>

#include "report/terminal.h"

enum { COLUMN = 30 }; /* where descriptions begin */

static const struct command {
    const char *name, *usage, *purpose;
} commands[] = {
    {"", "[OPTION…] [PATH…]",
     "Reads SQL for PostgreSQL and reports transactions that can fail with SQLSTATE 40001 or 40P01, or "
     "silently lose or corrupt data."},
    {"log", "[OPTION…] LOG…", "finds the transactions in a server's log."},
    {"graph", "[OPTION…] [PATH…]", "draws which transactions depend on which."},
    {"lsp", "[OPTION…]", "is a language server for editors."},
    {"catalog", "[--role=NAME] [-o FILE] [CONNECTION]",
     "writes, for --schema, what a server knows and a dump leaves out."},
};

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
    for (size_t i = 1; i < G_N_ELEMENTS(commands); i++) {
        const char *name = commands[i].name;
        size_t length = strlen(name);
        if (strncmp(entry->description, name, length) == 0 &&
            strncmp(entry->description + length, ": ", 2) == 0)
            return g_str_equal(name, command) ? entry->description + length + 2 : NULL;
    }
    return *command ? NULL : entry->description;
}

static void write_options(FILE *out, const GOptionEntry *entries, const char *command, int width)
{
    bool begun = false;

    for (; entries->long_name; entries++) {
        const char *description = *entries->long_name ? described_for(entries, command) : NULL;
        if (!description)
            continue;
        if (!begun)
            fprintf(out, "\nOptions%s%s:\n", *command ? " of isolint " : "", command);
        begun = true;
        write_option(out, entries, description, width);
    }
}

static void write_usage(FILE *out, const struct command *command)
{
    fprintf(out, "  isolint %s%s%s\n", command->name, *command->name ? " " : "", command->usage);
}

static void write_command(FILE *out, const GOptionEntry *entries, const struct command *command,
                          int width)
{
    g_autofree char *purpose = g_strdup_printf("isolint %s %s", command->name, command->purpose);

    fputs("Usage:\n", out);
    write_usage(out, command);
    fputc('\n', out);
    write_folded(out, purpose, 0, width);
    write_options(out, entries, command->name, width);
    fputs("\nisolint --help has the options that all commands share.\n", out);
}

static void write_all(FILE *out, const GOptionEntry *entries, int width)
{
    g_autoptr(GString) introduction = g_string_new(commands[0].purpose);

    fputs("Usage:\n", out);
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
        write_usage(out, &commands[i]);
        if (i > 0)
            g_string_append_printf(introduction, " \"isolint %s\" %s", commands[i].name,
                                   commands[i].purpose);
    }
    fputc('\n', out);
    write_folded(out, introduction->str, 0, width);
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++)
        write_options(out, entries, commands[i].name, width);
    fputc('\n', out);
    write_folded(out, conclusion, 0, width);
}

void help_write(FILE *out, const GOptionEntry *entries, const char *word, int width)
{
    for (size_t i = 1; i < G_N_ELEMENTS(commands); i++) {
        if (g_str_equal(commands[i].name, word)) {
            write_command(out, entries, &commands[i], width);
            return;
        }
    }
    write_all(out, entries, width);
}
