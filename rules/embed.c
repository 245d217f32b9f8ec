/* Writes the table of rules as C: for each name the rule that <name>.c defines and the text of
 * <name>.md. Run by Meson with the output file and the pages, sorted by name; or with the output
 * file, --text, the name of a constant and the file that becomes it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_identifier(FILE *out, const char *name)
{
    fputs("rule_", out);
    for (; *name; name++)
        fputc(*name == '-' ? '_' : *name, out);
}

/* Octal escapes have at most three digits, so none runs into what follows. */
static void print_text(FILE *out, FILE *page)
{
    fputc('"', out);
    for (int c; (c = fgetc(page)) != EOF;) {
        if (c == '\n')
            fputs("\\n\"\n\"", out);
        else if (c == '"' || c == '\\' || c == '?')
            fprintf(out, "\\%c", c);
        else if (c < ' ' || c > '~')
            fprintf(out, "\\%03o", (unsigned)c);
        else
            fputc(c, out);
    }
    fputc('"', out);
}

static char *rule_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *name = strdup(slash ? slash + 1 : path);

    *strrchr(name, '.') = '\0';
    return name;
}

static int write_text(FILE *out, const char *name, const char *path)
{
    FILE *text = fopen(path, "r");

    if (!text) {
        perror(path);
        return EXIT_FAILURE;
    }
    fprintf(out, "extern const char %s[];\nconst char %s[] = ", name, name);
    print_text(out, text);
    fputs(";\n", out);
    fclose(text);
    return fclose(out) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    FILE *out = argc > 1 ? fopen(argv[1], "w") : NULL;

    if (!out) {
        perror("embed");
        return EXIT_FAILURE;
    }
    if (argc == 5 && strcmp(argv[2], "--text") == 0)
        return write_text(out, argv[3], argv[4]);
    fputs("#include \"lint/registry.h\"\n", out);
    for (int i = 2; i < argc; i++) {
        char *name = rule_name(argv[i]);
        fputs("extern const struct rule ", out);
        print_identifier(out, name);
        fputs(";\n", out);
        free(name);
    }
    fputs("const struct rule_entry rule_entries[] = {\n", out);
    for (int i = 2; i < argc; i++) {
        FILE *page = fopen(argv[i], "r");
        char *name = rule_name(argv[i]);
        if (!page) {
            perror(argv[i]);
            return EXIT_FAILURE;
        }
        fputs("{&", out);
        print_identifier(out, name);
        fputs(",\n", out);
        print_text(out, page);
        fputs("},\n", out);
        fclose(page);
        free(name);
    }
    fputs("};\n", out);
    fprintf(out, "const size_t rule_entry_count = %d;\n", argc - 2);
    return fclose(out) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
