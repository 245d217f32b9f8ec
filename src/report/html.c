/* One file for people who do not run isolint themselves: it can be mailed, printed, and kept beside a
 * build. It has no scripts and loads nothing; a content security policy says so to the browser. */
#include "report/html.h"

#include <glib.h>

#include "lint/rule.h"
#include "report/summary.h"
#include "report/unread.h"

/* Beyond this no browser is pleasant, and nobody reads on. */
enum { MOST_FINDINGS = 2000 };

static void put_head(const struct html *html, const char *line)
{
    FILE *out = html->out;

    fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
          "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
          "<meta name=\"color-scheme\" content=\"light dark\"/>\n"
          "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
          "style-src 'unsafe-inline'\"/>\n<title>isolint: ",
          out);
    html_text(out, line);
    fprintf(out, "</title>\n<style>\n%s</style>\n</head>\n<body>\n", html_style);
    fputs("<a class=\"skip\" href=\"#findings\">Skip to the findings</a>\n"
          "<header>\n<h1>isolint report</h1>\n<p class=\"count\">",
          out);
    html_text(out, line);
    fputs("</p>\n", out);
    g_autofree char *unread = unread_line(html->report);
    if (unread) {
        fputs("<p>", out);
        html_text(out, unread);
        fputs("</p>\n", out);
    }
    fputs("</header>\n<main>\n", out);
}

static void put_findings(const struct html *html, const GPtrArray *findings)
{
    FILE *out = html->out;
    guint count = MIN(findings->len, MOST_FINDINGS);

    fputs("<section id=\"findings\">\n<h2>Findings</h2>\n", out);
    if (count == 0)
        fputs("<p>None.</p>\n", out);
    for (guint i = 0; i < count; i++)
        html_finding(html, findings->pdata[i]);
    if (html->report->finding_count > count)
        fprintf(out,
                "<p>%zu less severe findings are not shown; <code>-f json</code> has all.</p>\n",
                html->report->finding_count - count);
    fputs("</section>\n", out);
}

/* What could not be read, and where a search stopped. */
static void put_incomplete(const struct html *html)
{
    const struct report *report = html->report;
    bool limited = report->limits && limits_count(report->limits) > 0;

    if (report->trouble_count == 0 && !limited)
        return;
    fputs("<section>\n<h2>What this report does not cover</h2>\n<ul>\n", html->out);
    for (size_t i = 0; i < report->trouble_count; i++) {
        fputs("<li>", html->out);
        html_text(html->out, report->troubles[i]);
        fputs("</li>\n", html->out);
    }
    for (int limit = 0; limited && limit < LIMIT_KINDS; limit++) {
        if (limit_count(report->limits, (enum limit)limit) == 0)
            continue;
        g_autofree char *text = limit_text(report->limits, (enum limit)limit);
        fputs("<li>", html->out);
        html_text(html->out, text);
        fputs("</li>\n", html->out);
    }
    fputs("</ul>\n</section>\n", html->out);
}

void report_html(const struct report *report, FILE *out)
{
    struct html html = {report, out};
    g_autoptr(GPtrArray) findings = summary_select(report);
    g_autofree char *line = summary_line(report);

    put_head(&html, line);
    put_incomplete(&html);
    html_summary(&html, findings);
    html_observed(&html, findings);
    html_graph(&html);
    put_findings(&html, findings);
    fputs("</main>\n<footer><p>isolint " ISOLINT_VERSION "</p></footer>\n</body>\n</html>\n", out);
}
