#pragma once
/* What the files that make up the format "html" share. Everything that stems from an input is escaped by
 * html_text and its kin, and by nothing else. */

#include <stdio.h>

#include "report/report.h"

struct html {
    const struct report *report;
    FILE *out;
};

/* Text in one line, made harmless and escaped: also for attributes in double quotes. */
void html_text(FILE *out, const char *text);
void html_bytes(FILE *out, const char *bytes, size_t length);

/* The same, with what stands in backquotes as code. */
void html_prose(FILE *out, const char *text);

/* A statement in one line, cut where it becomes long. */
void html_statement(FILE *out, const char *bytes, size_t length);

/* "path:line:column". */
void html_place(FILE *out, const struct script *script, uint32_t offset);

/* A link to the page of a rule. */
void html_rule(FILE *out, const struct rule *rule);

/* The name by which links lead to a finding, `id="…"` or `href="#…"`. */
void html_anchor(FILE *out, const char *attribute, const struct finding *finding);

/* The style sheet. */
extern const char html_style[];

/* The parts of the document, in their order. Each writes nothing when there is nothing to say. */
void html_summary(const struct html *html, const GPtrArray *findings);
void html_observed(const struct html *html, const GPtrArray *findings);
void html_graph(const struct html *html);
void html_finding(const struct html *html, const struct finding *finding);
