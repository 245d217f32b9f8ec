/* Which of : ? @ % $ # { stand for a value or a name, and which are SQL. */
#include "support/view.h"

static const struct sample colons[] = {
    {"a value", "SELECT :id;", "sql SELECT $1  {value :id}\n"},
    {"quoted value", "SELECT :'id';", "sql SELECT $1    {value :'id'}\n"},
    {"quoted name", "SELECT * FROM :\"tab\";", "sql SELECT * FROM __tab$ {name :\"tab\"}\n"},
    {"test for a variable", "SELECT :{?id};", "sql SELECT $1     {value :{?id}}\n"},
    {"a name after FROM", "SELECT * FROM :tab;", "sql SELECT * FROM _tab {name :tab}\n"},
    {"a name before a dot", "SELECT * FROM :s.t;", "sql SELECT * FROM _s.t {name :s}\n"},
    {"a cast", "SELECT a::int, b :: text, '1'::int;", "sql SELECT a::int, b :: text, '1'::int\n"},
    {"a value that is cast", "SELECT :id::int;", "sql SELECT $1 ::int {value :id}\n"},
    {"named notation", "SELECT f(a := 1, b => :b);", "sql SELECT f(a := 1, b => $1) {value :b}\n"},
    {"array slices", "SELECT a[1:n], a[lo:hi], a[f(1):g], b[c[1]:d];",
     "sql SELECT a[1:n], a[lo:hi], a[f(1):g], b[c[1]:d]\n"},
    {"slice with blanks", "SELECT a[1 : n];", "sql SELECT a[1 : n]\n"},
    {"after a parenthesis", "CREATE TABLE t (a int):options;",
     "sql CREATE TABLE t (a int)$1       {value :options}\n"},
    {"behind a key word", "SELECT CASE WHEN a THEN:b ELSE:c END;",
     "sql SELECT CASE WHEN a THEN$1 ELSE$1 END {value :b} {value :c}\n"},
    {"without blanks", "SELECT 1 WHERE a=:a AND b>:b;",
     "sql SELECT 1 WHERE a=$1 AND b>$1 {value :a} {value :b}\n"},
    {"in quotes nothing is replaced", "SELECT ':a', \":b\", $$ :c $$, /* :d */ 1 -- :e\n;",
     "sql SELECT ':a', \":b\", $$ :c $$, /* :d */ 1\n"},
    {"JSON_OBJECT of a column", "SELECT JSON_OBJECT('a':b);", "sql SELECT JSON_OBJECT('a':b)\n"},
    {"JSON_OBJECT", "SELECT JSON_OBJECT('a':1, 'b': x);",
     "sql SELECT JSON_OBJECT('a':1, 'b': x)\n"},
};

static const struct sample questions[] = {
    {"values", "SELECT * FROM t WHERE a = ? AND b IN (?, ?) LIMIT ?;",
     "sql SELECT * FROM t WHERE a = 0 AND b IN (0, 0) LIMIT 0"
     " {value ?} {value ?} {value ?} {value ?}\n"},
    {"without blanks", "SELECT 1 WHERE a=? AND b>=?;",
     "sql SELECT 1 WHERE a=0 AND b>=0 {value ?} {value ?}\n"},
    {"behind an operator with a schema",
     "SELECT 1 WHERE a OPERATOR(pg_catalog.=) ? AND f(b) ? 'k' AND c operator ( \"s\" . <= ) ?;",
     "sql SELECT 1 WHERE a OPERATOR(pg_catalog.=) 0 AND f(b) ? 'k' AND c operator ( \"s\" . <= ) 0"
     " {value ?} {value ?}\n"},
    {"operators of jsonb", "SELECT a ? 'k', a ?| b, a ?& b, a->'x' ? 'k', \"a\" ? 'k', f(a) ? 'k';",
     "sql SELECT a ? 'k', a ?| b, a ?& b, a->'x' ? 'k', \"a\" ? 'k', f(a) ? 'k'\n"},
    {"an operator and a value", "SELECT a ? ?;", "sql SELECT a ? 0 {value ?}\n"},
    {"a doubled one is an operator", "SELECT a ?? 'k';", "sql SELECT a ?? 'k'\n"},
    {"jsonpath operators", "SELECT a @? '$.x', a @@ '$.x';", "sql SELECT a @? '$.x', a @@ '$.x'\n"},
    {"a name", "SELECT * FROM ?;", "sql SELECT * FROM _ {name ?}\n"},
    {"behind a comment", "SELECT 1 WHERE a = -- the key\n ?;",
     "sql SELECT 1 WHERE a = -- the key\\n 0 {value ?}\n"},
    {"behind AT TIME ZONE", "SELECT a AT TIME ZONE ?;", "sql SELECT a AT TIME ZONE 0 {value ?}\n"},
    {"functions of sqlc", "SELECT sqlc.arg(a), sqlc.narg('b'), sqlc.embed(t), sq.arg(c);",
     "sql SELECT $1         , $1            , sqlc.embed(t), sq.arg(c)"
     " {value sqlc.arg(a)} {value sqlc.narg('b')}\n"},
};

static const struct sample templates[] = {
    {"a part of a name", "SELECT * FROM ${prefix}_users, log_{{ year }};",
     "sql SELECT * FROM __prefix$_users, log____year__$ {name ${prefix}} {name {{ year }}}\n"},
    {"between quotes",
     "SELECT \"{{ f \"a\" }}\".b, '${c}', 'x-{{ d }}', '{{1,2},{3,4}}', '{{' || e || '}}';",
     "sql SELECT ____f__a____$.b, $1    , $1         , '{{1,2},{3,4}}', '{{' || e || '}}'"
     " {name \"{{ f \"a\" }}\"} {value '${c}'} {value 'x-{{ d }}'}\n"},
    {"a cast to a type of a schema", "SELECT a:::s.t;", "sql SELECT a::_s.t {name :s}\n"},
    {"blocks", "SELECT a{% if b %}, b{% else %}, c{% endif %}{# d #};",
     "sql SELECT a          , b                                {nothing {% if b %}}"
     " {nothing {% else %}, c{% endif %}} {nothing {# d #}}\n"},
    {"blocks of Go", "CREATE INDEX {{ if not .T }}CONCURRENTLY{{ end }} a ON {{ .S }}.b (c);",
     "sql CREATE INDEX                CONCURRENTLY          a ON ____s__$.b (c)"
     " {nothing {{ if not .T }}} {nothing {{ end }}} {name {{ .S }}}\n"},
    {"blocks around statements",
     "{% if a %}\nSELECT 1;\n{% endif %}\n<% b.each do |c| %>\nSELECT 2;\n<% end %>",
     "sql SELECT 1 <conditional>\nsql SELECT 2 <conditional>\n"},
    {"names and values of Template Toolkit",
     "UPDATE [% schema %].t SET a = [%- v -%], b = '[% w %]' WHERE c[1] = [1];",
     "sql UPDATE ___schema__$.t SET a = $1       , b = $1        WHERE c[1] = [1]"
     " {name [% schema %]} {value [%- v -%]} {value '[% w %]'}\n"},
    {"blocks of Template Toolkit",
     "SELECT a[% IF b %], b[% ELSE %], c[% END %][%# d %];\n[% FOREACH x IN xs %]\nSELECT [% x %];\n[% END %]\n"
     "[% y = 1 %]\nSELECT 2;\n",
     "sql SELECT a          , b                              "
     " {nothing [% IF b %]} {nothing [% ELSE %], c[% END %]} {nothing [%# d %]}\n"
     "sql SELECT $1      {value [% x %]} <conditional>\nsql SELECT 2\n"},
    {"names between two brackets",
     "CREATE INDEX i ON [[s]].t (a) TABLESPACE [[8m_fast]]; SELECT [[v]], ARRAY[[a],[b]], ARRAY[[c]], ARRAY[[[d]]], e[f[g[1]]], ARRAY[[1]];",
     "sql CREATE INDEX i ON __s_$.t (a) TABLESPACE __8m_fast_$ {name [[s]]} {name [[8m_fast]]}\n"
     "sql SELECT $1   , ARRAY[[a],[b]], ARRAY[[c]], ARRAY[[[d]]], e[f[g[1]]], ARRAY[[1]] {value [[v]]}\n"},
    {"names between $% and %$", "SELECT a FROM $%t%$ WHERE b = $%c%$ AND $1%2 = $2%$3;",
     "sql SELECT a FROM __t_$ WHERE b = $1    AND $1%2 = $2%$3 {name $%t%$} {value $%c%$}\n"},
    {"an operator of pg_trgm", "SELECT a <% b, c %> d;", "sql SELECT a <% b, c %> d\n"},
    {"lines of the C preprocessor",
     "#include \"a.sql\"\nSELECT a\n#if B\n, b\n#else\n, c\n#endif\n;",
     "sql SELECT a\\n     \\n, b\\n     \\n   \\n       {nothing #if B}"
     " {nothing #else\\n, c\\n#endif}\n"},
    {"an operator at the beginning of a line", "SELECT 5\n# 3;", "sql SELECT 5\\n# 3\n"},
    {"in a body",
     "CREATE FUNCTION f() RETURNS int AS $$ BEGIN x := a[1:n]; SELECT :s.g(@extschema@.h(${i})); END $$;",
     "sql CREATE FUNCTION f() RETURNS int AS $$ BEGIN x := a[1:n]; SELECT _s.g(_extschema$.h($1  )); END $$"
     " {name :s} {name @extschema@} {value ${i}}\n"},
    {"the tag of a dollar quote",
     "DO ${tag}$ BEGIN EXECUTE ${b}$ A ${b}$; PERFORM f(${c}); END ${tag}$; SELECT ${a}$ || ${d};",
     "sql DO $_tag_$ BEGIN EXECUTE $_b_$ A $_b_$; PERFORM f($1  ); END $_tag_$ {value ${c}}\n"
     "sql SELECT __a$$ || $1   {name ${a}} {value ${d}}\n"},
    {"a dollar quote before a brace", "DO $${a}$$; DO $b${c}, ${d}$b$;",
     "sql DO $${a}$$\n"
     "sql DO $b${c}, __d$$b$ {name ${d}}\n"},
    {"in a literal that is no body", "SELECT $$ :a ${b} $$;", "sql SELECT $$ :a ${b} $$\n"},
};

static const struct sample others[] = {
    {"@name", "SELECT * FROM t WHERE a = @a;", "sql SELECT * FROM t WHERE a = $1 {value @a}\n"},
    {"@ is an operator", "SELECT @ -5, a <@ b, a @> b;", "sql SELECT @ -5, a <@ b, a @> b\n"},
    {"@name@", "CREATE TABLE @extschema@.t (a int);",
     "sql CREATE TABLE _extschema$.t (a int) {name @extschema@}\n"},
    {"@name without blanks", "SELECT 1 WHERE a=@a;", "sql SELECT 1 WHERE a=$1 {value @a}\n"},
    {"%s", "SELECT * FROM t WHERE a = %s AND b IN (%s, %s);",
     "sql SELECT * FROM t WHERE a = $1 AND b IN ($1, $1) {value %s} {value %s} {value %s}\n"},
    {"%(name)s", "SELECT %(a)s, %(long name)s;",
     "sql SELECT $1   , $1            {value %(a)s} {value %(long name)s}\n"},
    {"%name%", "SELECT a %b% c, %s FROM %t% WHERE a %s AND %query% ORDER BY %order%;",
     "sql SELECT a %b% c, $1 FROM _t$ WHERE a %s AND $1      ORDER BY $1      {value %s} {name %t%} {value %query%} {value %order%}\n"},
    {"% is an operator", "SELECT a % 2, a %s, (a) % s;", "sql SELECT a % 2, a %s, (a) % s\n"},
    {"%s in two lines", "INSERT INTO t VALUES (\n %s, -- the id\n %s);",
     "sql INSERT INTO t VALUES (\\n $1, -- the id\\n $1) {value %s} {value %s}\n"},
    {"$1", "SELECT $1, $2::int;", "sql SELECT $1, $2::int\n"},
    {"${name}", "SELECT * FROM ${schema}.t WHERE a = ${a};",
     "sql SELECT * FROM __schema$.t WHERE a = $1   {name ${schema}} {value ${a}}\n"},
    {"variables of pg-promise",
     "SELECT $<a> FROM $[ b.c:name ] WHERE d = $/e/ AND f$[1] = f$<g AND h IN ($1:csv) AND i[$1:name] = $2:j;",
     "sql SELECT $1   FROM ___b_c_name_$ WHERE d = $1   AND f$[1] = f$<g AND h IN ($1    ) AND i[$1:name] = $2:j {value $<a>} {name $[ b.c:name ]} {value $/e/} {value $1:csv}\n"},
    {"conversions of printf",
     "SELECT * FROM %I WHERE a = %L AND b = %1$s AND c = %2$d AND d %i > e % 2;",
     "sql SELECT * FROM _i WHERE a = $1 AND b = $1   AND c = $1   AND d %i > e % 2 {name %I} {value %L} {value %1$s} {value %2$d}\n"},
    {"%(name)d", "SELECT %(a)d, %(b)r, %(c) FROM t;",
     "sql SELECT $1   , $1   , %(c) FROM t {value %(a)d} {value %(b)r}\n"},
    {"fields of a format string",
     "SELECT {} FROM {self.t} WHERE a = {b[0]} AND c = {d!r} AND e = {f:>8} AND g = {0};",
     "sql SELECT $1 FROM _self_t$ WHERE a = $1     AND c = $1    AND e = $1     AND g = $1  {value {}} {name {self.t}} {value {b[0]}} {value {d!r}} {value {f:>8}} {value {0}}\n"},
    {"#{name}", "SELECT #{a}, b # 1;", "sql SELECT $1  , b # 1 {value #{a}}\n"},
    {"{{ name }} and {name}", "SELECT {{ a.b }}, {c};",
     "sql SELECT $1       , $1  {value {{ a.b }}} {value {c}}\n"},
};

int main(void)
{
    GArray *tests = tests_new();

    samples_add(tests, colons, G_N_ELEMENTS(colons), view_frame);
    samples_add(tests, questions, G_N_ELEMENTS(questions), view_frame);
    samples_add(tests, templates, G_N_ELEMENTS(templates), view_frame);
    samples_add(tests, others, G_N_ELEMENTS(others), view_frame);
    return tests_run("placeholder", tests);
}
