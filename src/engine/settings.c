#include "engine/settings.h"

#include <glib.h>

#include "engine/configured.h"
#include "sql/parse.h"

void settings_init(struct settings *settings)
{
    *settings = (struct settings){
        .effective.lowest = SEVERITY_WARNING,
        .effective.fail_on = SEVERITY_WARNING,
        .effective.lint.server_version = parse_grammar_major() * 100,
        .effective.lint.grammar = parse_grammar_major(),
        .effective.session.framing = FRAMING_AUTO,
        .jobs = 1,
    };
}

void settings_finish(struct settings *settings)
{
    g_strfreev(settings->paths);
    g_strfreev(settings->schemas);
    g_strfreev(settings->excludes);
    g_free(settings->stdin_filename);
    g_free(settings->select);
    g_free(settings->extend_select);
    g_free(settings->ignore);
    configured_free(settings->configured);
}
