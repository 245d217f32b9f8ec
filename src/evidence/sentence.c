/* What the log has shown of a finding, as one sentence. */
#include "evidence/sentence.h"

#include <glib.h>
#include <string.h>

static void append_count(GString *text, uint64_t count, const char *one, const char *many)
{
    g_string_append_printf(text, "%" G_GUINT64_FORMAT " %s", count, count == 1 ? one : many);
}

static const char *partner_name(const char *partner, const char *program)
{
    return strcmp(partner, program) == 0 ? "another run of it" : partner;
}

/* ", because of another run of it", owned by the caller. */
static char *partners_text(const char *program, const struct observed_failure *failure)
{
    GString *text = g_string_new(NULL);
    bool certain = false;

    for (size_t i = 0; i < failure->partner_count; i++)
        certain |= failure->partners[i].certain;
    for (size_t i = 0, shown = 0; i < failure->partner_count && shown < 3; i++) {
        if (failure->partners[i].certain != certain)
            continue;
        g_string_append_printf(text, "%s%s",
                               shown > 0 ? ", "
                               : certain ? ", because of "
                                         : ", at the same time as ",
                               partner_name(failure->partners[i].program, program));
        shown++;
    }
    return g_string_free(text, FALSE);
}

/* A finding may be about several statements that fail in one way: it says how often in all. */
static void append_failures(GString *text, const struct observed *observed)
{
    for (size_t i = 0; i < observed->failure_count; i++) {
        const struct observed_failure *failure = &observed->failures[i];
        if (!failure->here)
            continue;
        g_autofree char *partners = partners_text(observed->program, failure);
        uint64_t count = 0;
        bool said = false;
        for (size_t j = 0; j < observed->failure_count; j++) {
            const struct observed_failure *other = &observed->failures[j];
            if (!other->here || strcmp(other->sqlstate, failure->sqlstate) != 0)
                continue;
            g_autofree char *others = partners_text(observed->program, other);
            if (strcmp(others, partners) != 0)
                continue;
            said |= j < i;
            count += other->count;
        }
        if (said)
            continue;
        g_string_append(text, ", and failed ");
        append_count(text, count, "time", "times");
        g_string_append_printf(text, " with %s here%s", failure->sqlstate, partners);
    }
}

/* In the order of what happened: the line of a write that had to wait for the row comes before that
 * of the write that it replaces. A table of programs has no lines. */
static void append_loss(GString *text, const char *program, const struct observed_loss *loss,
                        bool several)
{
    bool waited = loss->written_line < loss->between_line;

    g_string_append_printf(text, "%s line %u read the row, line %u (%s) changed it and committed, ",
                           several ? "; in the first," : ":", loss->read_line, loss->between_line,
                           partner_name(loss->other, program));
    g_string_append_printf(text,
                           waited ? "and the write of line %u, which came after that, "
                                    "replaced the change"
                                  : "and then line %u replaced the change",
                           loss->written_line);
}

const char *observed_sentence(struct arena *arena, const struct observed *observed)
{
    g_autoptr(GString) text = g_string_new(NULL);

    g_string_append_printf(text, "%s ran ", observed->program);
    append_count(text, observed->runs, "time", "times");
    append_failures(text, observed);
    if (observed->failed > 0 && observed->retried > 0) {
        g_string_append_printf(text, "; the application repeated %s of its failed runs",
                               observed->retried >= observed->failed ? "all" : "some");
    }
    if (observed->leaked)
        g_string_append(text, "; another application left its isolation level in the session");
    if (observed->crossed)
        g_string_append(text, "; two of its runs locked the same two rows in opposite orders");
    if (observed->lost_updates > 0) {
        g_string_append(text, "; ");
        append_count(text, observed->lost_updates, "lost update", "lost updates");
        g_string_append(text, " happened");
        if (observed->loss && observed->loss->read_line > 0)
            append_loss(text, observed->program, observed->loss, observed->lost_updates > 1);
    }
    return arena_strdup(arena, text->str);
}
