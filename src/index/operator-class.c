#include "index/operator-class.h"

#include <string.h>

static bool same(const char *a, const char *b)
{
    return g_strcmp0(a, b) == 0;
}

/* Whether a word is one of a list of words with blanks between. */
static bool is_among(const char *word, const char *words)
{
    size_t length = strlen(word);

    for (const char *at = words; (at = strstr(at, word)); at += length) {
        if ((at == words || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0'))
            return true;
    }
    return false;
}

/* ------------------------------------------------------------------ types */

bool type_is_range(const char *type)
{
    return type && (g_str_has_suffix(type, "range"));
}

static bool is_scalar(const char *type)
{
    return type &&
           is_among(type,
                    "int2 int4 int8 float4 float8 numeric text varchar bpchar date time timetz "
                    "timestamp timestamptz interval uuid bool oid bytea name bit varbit money "
                    "macaddr macaddr8 char");
}

/* Operator families compare their own types with one another. */
static const char *family_of(const char *type)
{
    static const char *const families[] = {"int2 int4 int8",    "float4 float8",
                                           "text varchar name", "date timestamp timestamptz",
                                           "bit varbit",        "inet cidr"};

    for (size_t i = 0; type && i < G_N_ELEMENTS(families); i++) {
        if (is_among(type, families[i]))
            return families[i];
    }
    return type;
}

bool type_suits_index(const char *indexed, const char *value)
{
    const char *own = family_of(indexed), *other = family_of(value);

    if (!own || !other || same(own, other))
        return true;
    if (same(indexed, "int2") || same(indexed, "int4") || same(indexed, "int8"))
        return !same(value, "numeric") && !g_str_has_prefix(value, "float");
    if (same(indexed, "numeric"))
        return !g_str_has_prefix(value, "float");
    if (same(indexed, "bpchar"))
        return !same(value, "text") && !same(value, "varchar");
    return true;
}

/* ------------------------------------------------------------------ patterns */

static bool is_case_varying(char c)
{
    return g_ascii_isalpha(c) || (unsigned char)c >= 0x80;
}

/* like_fixed_prefix in utils/adt/like_support.c */
static enum pattern like_pattern(const char *pattern, bool any_case)
{
    const char *at = pattern;

    for (; *at && *at != '%' && *at != '_'; at++) {
        if (*at == '\\' && at[1])
            at++;
        if (any_case && is_case_varying(*at))
            break;
    }
    return !*at ? PATTERN_EXACT : at > pattern ? PATTERN_PREFIX : PATTERN_ANY;
}

/* regexp_fixed_prefix, as far as can be told without the regular expression compiler. */
static enum pattern regular_pattern(const char *pattern, bool any_case)
{
    const char *at = pattern + 1;

    if (*pattern != '^')
        return PATTERN_ANY;
    while (*at && !strchr(".[]()*+?{}|\\$^", *at) && !(any_case && is_case_varying(*at)))
        at++;
    if (strpbrk(pattern, "|\\()["))
        return PATTERN_UNKNOWN;
    if (at[0] == '$' && !at[1])
        return PATTERN_EXACT;
    return at > pattern + 1 + (*at && strchr("*?{", *at)) ? PATTERN_PREFIX : PATTERN_ANY;
}

enum pattern comparison_pattern(const struct comparison_of *comparison)
{
    const char *name = comparison->operator_name ? comparison->operator_name : "";
    const struct operand *value = comparison->value;
    bool like = comparison->comparison == COMPARE_LIKE || comparison->comparison == COMPARE_ILIKE;
    bool regular = comparison->comparison == COMPARE_OTHER && (same(name, "~") || same(name, "~*"));
    bool begins = comparison->comparison == COMPARE_OTHER && same(name, "^@");

    if (comparison->comparison == COMPARE_OTHER && same(name, "SIMILAR TO"))
        return PATTERN_UNKNOWN;
    if (!like && !regular && !begins)
        return PATTERN_NONE;
    if (value->kind != OPERAND_CONSTANT || value->literal != LITERAL_STRING)
        return operand_has_columns(value) || value->has_call ? PATTERN_ANY : PATTERN_UNKNOWN;
    if (begins)
        return PATTERN_PREFIX;
    return regular ? regular_pattern(value->text, same(name, "~*"))
                   : like_pattern(value->text, comparison->comparison == COMPARE_ILIKE);
}

static bool is_byte_order(const char *collation)
{
    return same(collation, "C") || same(collation, "POSIX") || same(collation, "ucs_basic");
}

static const char *collation_of(const struct index_key *key, const struct comparison_of *comparison)
{
    if (!key->collation)
        return comparison->collation;
    return same(key->collation, "default") ? NULL : key->collation;
}

/* ------------------------------------------------------------------ btree and hash */

static bool is_ordering(enum comparison comparison)
{
    return comparison >= COMPARE_LESS && comparison <= COMPARE_GREATER_EQUAL;
}

static bool is_equality(enum comparison comparison)
{
    return comparison == COMPARE_EQUAL || comparison == COMPARE_IN || comparison == COMPARE_TRUE;
}

static enum answer answer_of(bool truth)
{
    return truth ? ANSWER_YES : ANSWER_NO;
}

static enum answer btree_answers(const struct index_key *key,
                                 const struct comparison_of *comparison)
{
    bool by_byte = key->opclass && g_str_has_suffix(key->opclass, "_pattern_ops");
    const char *collation = collation_of(key, comparison);
    bool same_order = same(collation, comparison->collation);

    switch (comparison_pattern(comparison)) {
    case PATTERN_EXACT:
        return answer_of(same_order);
    case PATTERN_PREFIX:
        return answer_of(by_byte || is_byte_order(collation));
    case PATTERN_UNKNOWN:
        return ANSWER_UNKNOWN;
    case PATTERN_ANY:
        return ANSWER_NO;
    case PATTERN_NONE:
        break;
    }
    if (comparison->comparison == COMPARE_IS_NULL || comparison->comparison == COMPARE_IS_NOT_NULL)
        return ANSWER_YES;
    if (is_ordering(comparison->comparison))
        return answer_of(same_order && !by_byte);
    return answer_of(is_equality(comparison->comparison) && same_order);
}

static enum answer hash_answers(const struct index_key *key, const struct comparison_of *comparison)
{
    bool same_order = same(collation_of(key, comparison), comparison->collation);
    enum pattern pattern = comparison_pattern(comparison);

    if (pattern == PATTERN_UNKNOWN)
        return ANSWER_UNKNOWN;
    return answer_of(same_order &&
                     (is_equality(comparison->comparison) || pattern == PATTERN_EXACT));
}

/* ------------------------------------------------------------------ the other methods */

static const char *operator_of(const struct comparison_of *comparison)
{
    static const char *const names[] = {
        [COMPARE_EQUAL] = "=",       [COMPARE_NOT_EQUAL] = "<>", [COMPARE_LESS] = "<",
        [COMPARE_LESS_EQUAL] = "<=", [COMPARE_GREATER] = ">",    [COMPARE_GREATER_EQUAL] = ">=",
        [COMPARE_IN] = "=",          [COMPARE_NOT_IN] = "<>",    [COMPARE_LIKE] = "~~",
        [COMPARE_ILIKE] = "~~*",     [COMPARE_IS_NULL] = "NULL", [COMPARE_IS_NOT_NULL] = "NULL",
        [COMPARE_TRUE] = "=",        [COMPARE_OTHER] = NULL};
    const char *name = names[comparison->comparison];

    return name ? name : comparison->operator_name ? comparison->operator_name : "?";
}

#define ORDER    "= < <= > >="
#define TRIGRAMS "~~ ~~* ~ ~* % %> %>> <% <<% ="
#define RANGES   "= && @> <@ << >> &< &> -|-"
#define BOXES    "<< &< && &> >> ~= @> <@ &<| <<| |>> |&>"
#define POINTS   "<< >> ~= <@ <^ >^ |>> <<|"
#define NETWORKS "<< <<= >> >>= && <> " ORDER

/* Operator classes by name, or the default one by type: "[]" any array, "range" any range,
 * "scalar" what btree_gin and btree_gist make indexable. */
static const struct class
{
    const char *method, *name, *type, *operators;
} classes[] = {
    {"gin", "gin_trgm_ops", NULL, TRIGRAMS},
    {"gin", "jsonb_path_ops", NULL, "@> @? @@"},
    {"gin", "gin__int_ops", NULL, "&& @> <@ = @@ @ ~"},
    {"gin", "jsonb_ops", "jsonb", "@> ? ?| ?& @? @@"},
    {"gin", "array_ops", "[]", "&& @> <@ ="},
    {"gin", "tsvector_ops", "tsvector", "@@ @@@"},
    {"gin", "gin_hstore_ops", "hstore", "@> ? ?| ?&"},
    {"gin", NULL, "scalar", ORDER},
    {"gist", "gist_trgm_ops", NULL, TRIGRAMS},
    {"gist", "inet_ops", NULL, NETWORKS},
    {"gist", "range_ops", "range", RANGES " NULL"},
    {"gist", "point_ops", "point", POINTS " NULL"},
    {"gist", "box_ops", "box", BOXES " NULL"},
    {"gist", "poly_ops", "polygon", BOXES " NULL"},
    {"gist", "circle_ops", "circle", BOXES " NULL"},
    {"gist", "tsvector_ops", "tsvector", "@@ NULL"},
    {"gist", "tsquery_ops", "tsquery", "@> <@ NULL"},
    {"gist", NULL, "scalar", ORDER " <> NULL"},
    {"spgist", "inet_ops", "inet", NETWORKS " NULL"},
    {"spgist", "inet_ops", "cidr", NETWORKS " NULL"},
    {"spgist", "range_ops", "range", RANGES " NULL"},
    {"spgist", "quad_point_ops", "point", POINTS " NULL"},
    {"spgist", "box_ops", "box", BOXES " NULL"},
    {"spgist", "poly_ops", "polygon", BOXES " NULL"},
    {"spgist", "text_ops", "text", ORDER " ^@ ~~ ~<~ ~<=~ ~>~ ~>=~ NULL"},
    {"spgist", "text_ops", "varchar", ORDER " ^@ ~~ ~<~ ~<=~ ~>~ ~>=~ NULL"},
    {"brin", "inet_inclusion_ops", "inet", NETWORKS " NULL"},
    {"brin", "range_inclusion_ops", "range", RANGES " < <= > >= NULL"},
    {"brin", NULL, "scalar", ORDER " NULL"},
    {"bloom", NULL, "int4", "="},
    {"bloom", NULL, "text", "="},
};

static bool is_of_type(const char *type, const char *wanted)
{
    if (!type || !wanted)
        return false;
    if (strcmp(wanted, "[]") == 0)
        return type_is_array(type);
    if (strcmp(wanted, "range") == 0)
        return type_is_range(type);
    if (strcmp(wanted, "scalar") == 0)
        return is_scalar(type);
    return strcmp(type, wanted) == 0;
}

static enum answer class_answers(const char *method, const struct index_key *key,
                                 const struct comparison_of *comparison)
{
    for (size_t i = 0; i < G_N_ELEMENTS(classes); i++) {
        const struct class *class = &classes[i];
        if (strcmp(class->method, method) != 0)
            continue;
        if (key->opclass ? same(key->opclass, class->name)
                         : is_of_type(comparison->type, class->type))
            return answer_of(is_among(operator_of(comparison), class->operators));
    }
    return ANSWER_UNKNOWN;
}

enum answer index_key_answers(const struct index *index, const struct index_key *key,
                              const struct comparison_of *comparison)
{
    if (strcmp(index->method, "btree") == 0)
        return btree_answers(key, comparison);
    if (strcmp(index->method, "hash") == 0)
        return hash_answers(key, comparison);
    return class_answers(index->method, key, comparison);
}
