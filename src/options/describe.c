/* Writes, while building, the manual page or the completions of a shell from the table of options
 * that --help prints, and what is committed of the table of the configuration's keys.
 * Usage: describe man|bash|zsh|fish|schema|keys|database-keys */
#include <stdio.h>
#include <string.h>

#include <glib.h>

#include "lint/registry.h"
#include "options/describe-keys.h"
#include "options/options.h"

static bool takes_value(const GOptionEntry *entry)
{
    return entry->arg != G_OPTION_ARG_NONE;
}

static bool takes_file(const GOptionEntry *entry)
{
    return entry->arg == G_OPTION_ARG_FILENAME || entry->arg == G_OPTION_ARG_FILENAME_ARRAY ||
           (entry->flags & G_OPTION_FLAG_FILENAME) != 0;
}

static bool repeats(const GOptionEntry *entry)
{
    return entry->arg == G_OPTION_ARG_FILENAME_ARRAY || entry->arg == G_OPTION_ARG_STRING_ARRAY ||
           entry->arg == G_OPTION_ARG_CALLBACK;
}

/* What may stand behind an option, parted by blanks; empty when that is not known. */
static char *words_of(const GOptionEntry *entry)
{
    g_auto(GStrv) words = options_words(entry->long_name);
    GString *text = g_string_new(NULL);

    for (size_t i = 0; words && words[i]; i++)
        g_string_append_printf(text, "%s%s", i ? " " : "", words[i]);
    if (!words && entry->arg_description && g_str_has_prefix(entry->arg_description, "RULE")) {
        for (size_t i = 0; i < rule_entry_count; i++)
            g_string_append_printf(text, "%s%s", i ? " " : "", rule_entries[i].rule->name);
    }
    return g_string_free(text, FALSE);
}

/* Writes text with a backslash before each of these characters. */
static void print_escaped(const char *text, const char *special)
{
    for (; *text; text++)
        printf("%s%c", strchr(special, *text) ? "\\" : "", *text);
}

/* ------------------------------------------------------------------ the manual page */

static void man_option(const GOptionEntry *entry)
{
    puts(".TP");
    fputs(".B ", stdout);
    if (entry->short_name)
        printf("\\-%c, ", entry->short_name);
    fputs("\\-\\-", stdout);
    print_escaped(entry->long_name, "-");
    if (takes_value(entry))
        printf("=\\fI%s\\fR", entry->arg_description);
    fputs("\n\\&", stdout); /* a full stop at the beginning of a line is no request */
    print_escaped(entry->description, "-\\");
    puts(".");
}

static const char man_begin[] =
    ".TH ISOLINT 1 \"\" \"isolint " ISOLINT_VERSION "\" \"User Commands\"\n"
    ".SH NAME\n"
    "isolint \\- find transactions that PostgreSQL aborts or lets corrupt data\n"
    ".SH SYNOPSIS\n"
    ".B isolint\n[\\fIOPTION\\fR ...] [\\fIPATH\\fR ...]\n"
    ".br\n"
    ".B isolint graph\n[\\fIOPTION\\fR ...] [\\fIPATH\\fR ...]\n"
    ".br\n"
    ".B isolint log\n[\\fIOPTION\\fR ...] \\fILOG\\fR ...\n"
    ".br\n"
    ".B isolint lsp\n[\\fIOPTION\\fR ...]\n"
    ".br\n"
    ".B isolint catalog\n[\\-\\-role=\\fINAME\\fR] [\\-o \\fIFILE\\fR] [\\fICONNECTION\\fR]\n"
    ".SH DESCRIPTION\n"
    "Reads SQL for PostgreSQL and finds the transactions that can fail with SQLSTATE 40001 or\n"
    "40P01, and those that can silently lose or corrupt data. No server is needed.\n"
    ".PP\n"
    "A directory is searched for *.sql, *.ddl, *.pgsql and *.psql, without what .gitignore\n"
    "excludes. A file that is named is always read.\n"
    ".B \\-\n"
    "is standard input. Without a path the paths of the configuration are read, else the working\n"
    "directory is searched.\n"
    ".PP\n"
    ".B isolint graph\n"
    "draws which transactions depend on which.\n"
    ".PP\n"
    ".B isolint log\n"
    "finds the transactions in logs of the server (csvlog, jsonlog or stderr, also compressed by\n"
    "gzip), checks them, and shows how often each ran and failed.\n"
    ".PP\n"
    ".B isolint lsp\n"
    "is a language server: it speaks the Language Server Protocol on standard input and output, and\n"
    "shows in an editor what the command line would report in the directory that is open there.\n"
    ".PP\n"
    ".B isolint catalog\n"
    "asks a server, by means of psql, what a dump of its schema leaves out, settings of databases and\n"
    "roles, sizes of tables, functions of extensions, and writes it as SQL for \\-\\-schema.\n"
    "\\fICONNECTION\\fR is what psql's \\-\\-dbname takes.\n"
    ".SH OPTIONS\n";

static const char man_keys[] =
    ".SH CONFIGURATION\n"
    "The keys of .isolint.yml. Each of them may be given as \\-\\-set=\\fIKEY\\fR=\\fIVALUE\\fR as "
    "well.\n";

static const char man_end[] =
    ".SH EXIT STATUS\n"
    ".TP\n.B 0\nNothing was found at or above the level of \\-\\-fail\\-on.\n"
    ".TP\n.B 1\nSomething was.\n"
    ".TP\n.B 2\nThe run itself failed.\n"
    ".SH ENVIRONMENT\n"
    ".TP\n.B NO_COLOR\nWhen not empty, no colours unless \\-\\-color=always.\n"
    ".TP\n.B FORCE_COLOR\nWhen not empty, colours also where there is no terminal.\n"
    ".TP\n.B FORCE_HYPERLINK\n1: the terminal shows links; 0: it does not.\n"
    ".SH FILES\n"
    ".TP\n.I .isolint.yml\nThe configuration, in the working directory or above.\n"
    ".SH EXAMPLES\n"
    ".TP\n.B isolint db/migrations app/queries\nLint the SQL below two directories.\n"
    ".TP\n.B isolint \\-\\-since origin/main\nShow what concerns files that this branch changes.\n"
    ".TP\n.B isolint \\-f text \\-f sarif \\-o isolint.sarif\nWrite two reports in one run.\n"
    ".TP\n.B isolint \\-\\-explain write\\-skew\nPrint the page of a rule.\n"
    ".SH SEE ALSO\n"
    ".BR psql (1)\n";

static void write_man(const GOptionEntry *entries)
{
    fputs(man_begin, stdout);
    for (const GOptionEntry *entry = entries; entry->long_name; entry++) {
        if (*entry->long_name)
            man_option(entry);
    }
    fputs(man_keys, stdout);
    keys_write_man();
    fputs(man_end, stdout);
}

/* ------------------------------------------------------------------ the completions */

/* "-f|--format" */
static void bash_pattern(const GOptionEntry *entry)
{
    if (entry->short_name)
        printf("-%c|", entry->short_name);
    printf("--%s", entry->long_name);
}

static void write_bash(const GOptionEntry *entries)
{
    puts("# bash completion of isolint\n"
         "_isolint()\n{\n"
         "    local current=${COMP_WORDS[COMP_CWORD]} previous= command\n"
         "    [ \"$COMP_CWORD\" -lt 1 ] || previous=${COMP_WORDS[COMP_CWORD-1]}\n"
         "    # \"--option=value\" arrives as three words.\n"
         "    if [ \"$current\" = = ]; then\n"
         "        current=\n"
         "    elif [ \"$previous\" = = ]; then\n"
         "        previous=${COMP_WORDS[COMP_CWORD-2]}\n"
         "    fi\n"
         "    COMPREPLY=()\n"
         "    case $previous in");
    for (const GOptionEntry *entry = entries; entry->long_name; entry++) {
        g_autofree char *words = words_of(entry);
        if (!*entry->long_name || !takes_value(entry))
            continue;
        fputs("    ", stdout);
        bash_pattern(entry);
        puts(")");
        if (*words)
            printf("        mapfile -t COMPREPLY < <(compgen -W '%s' -- \"$current\")\n", words);
        else if (takes_file(entry))
            puts("        compopt -o filenames\n"
                 "        mapfile -t COMPREPLY < <(compgen -f -- \"$current\")");
        puts("        return ;;");
    }
    puts("    esac\n"
         "    case $current in\n"
         "    -*)\n"
         "        mapfile -t COMPREPLY < <(compgen -W '");
    for (const GOptionEntry *entry = entries; entry->long_name; entry++) {
        if (*entry->long_name && entry->short_name)
            printf("            -%c --%s\n", entry->short_name, entry->long_name);
        else if (*entry->long_name)
            printf("            --%s\n", entry->long_name);
    }
    puts(
        "            ' -- \"$current\")\n"
        "        return ;;\n"
        "    esac\n"
        "    compopt -o filenames\n"
        "    mapfile -t COMPREPLY < <(compgen -f -- \"$current\")\n"
        "    for command in graph log lsp catalog; do\n"
        "        [ \"$COMP_CWORD\" != 1 ] || [[ $command != \"$current\"* ]] || COMPREPLY+=(\"$command\")\n"
        "    done\n"
        "}\n"
        "complete -F _isolint isolint");
}

static void write_zsh(const GOptionEntry *entries)
{
    puts("#compdef isolint\n"
         "_arguments -s \\");
    for (const GOptionEntry *entry = entries; entry->long_name; entry++) {
        g_autofree char *words = words_of(entry);
        const char *value = takes_value(entry) ? "=" : "";
        if (!*entry->long_name)
            continue;
        if (entry->short_name && repeats(entry))
            printf("    '*'{-%c+,--%s=}'[", entry->short_name, entry->long_name);
        else if (entry->short_name)
            printf("    '(-%c --%s)'{-%c%s,--%s%s}'[", entry->short_name, entry->long_name,
                   entry->short_name, *value ? "+" : "", entry->long_name, value);
        else
            printf("    '%s--%s%s[", repeats(entry) ? "*" : "", entry->long_name, value);
        print_escaped(entry->description, "[]:\\");
        putchar(']');
        if (takes_value(entry)) {
            printf(":%s:", entry->arg_description);
            if (*words)
                printf("(%s)", words);
            else if (takes_file(entry))
                fputs("_files", stdout);
        }
        puts("' \\");
    }
    puts("    '*:path:_files'");
}

static void write_fish(const GOptionEntry *entries)
{
    puts("# fish completion of isolint\n"
         "complete -c isolint -n __fish_is_first_token -a graph -d 'Draw what depends on what'\n"
         "complete -c isolint -n __fish_is_first_token -a log -d 'Find the transactions in a log'\n"
         "complete -c isolint -n __fish_is_first_token -a lsp -d 'Serve an editor'\n"
         "complete -c isolint -n __fish_is_first_token -a catalog -d 'Write what a server knows'");
    for (const GOptionEntry *entry = entries; entry->long_name; entry++) {
        g_autofree char *words = words_of(entry);
        if (!*entry->long_name)
            continue;
        printf("complete -c isolint -l %s", entry->long_name);
        if (entry->short_name)
            printf(" -s %c", entry->short_name);
        if (takes_value(entry))
            printf(takes_file(entry) ? " -r -F" : " -x");
        if (*words)
            printf(" -a '%s'", words);
        fputs(" -d '", stdout);
        print_escaped(entry->description, "'\\");
        puts("'");
    }
}

int main(int argc, char **argv)
{
    const struct {
        const char *name;
        void (*write)(const GOptionEntry *entries);
        void (*write_keys)(void);
    } kinds[] = {{"man", write_man, NULL},
                 {"bash", write_bash, NULL},
                 {"zsh", write_zsh, NULL},
                 {"fish", write_fish, NULL},
                 {"schema", NULL, keys_write_schema},
                 {"keys", NULL, keys_write_markdown},
                 {"database-keys", NULL, keys_write_database_markdown}};
    g_autofree GOptionEntry *entries = options_table();

    for (size_t i = 0; argc == 2 && i < G_N_ELEMENTS(kinds); i++) {
        if (strcmp(argv[1], kinds[i].name) != 0)
            continue;
        if (kinds[i].write)
            kinds[i].write(entries);
        else
            kinds[i].write_keys();
        return fflush(stdout) != 0;
    }
    return 2;
}
