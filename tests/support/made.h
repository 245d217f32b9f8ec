#pragma once
/* Findings made by hand, for tests of what is done with them. */

#include "lint/finding.h"
#include "support/check.h"

/* A script of this text. Freed by script_free. */
struct script *made_script(const char *path, const char *text);

/* The span of the first occurrence of `piece` in the script; the test fails when there is none. */
struct span made_span(const struct script *script, const char *piece);

/* A finding of an existing rule about the first occurrence of `piece`, in the script's arena. */
struct finding *made_finding(struct script *script, const char *rule, const char *piece,
                             const char *message);

/* Adds a labelled place of `script` and a line of advice. */
void made_related(struct finding *finding, struct script *script, const char *piece,
                  const char *label);
void made_help(struct finding *finding, const char *text);
