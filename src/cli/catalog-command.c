#include "cli/catalog-command.h"

#include <string.h>

#include <gio/gio.h>

#include "output/output.h"

/* `psql -XAtqf -` with the connection and the role that are given; without a connection psql goes by
 * its own environment. */
static GSubprocess *start(const struct options *options, GError **failure)
{
    g_autoptr(GPtrArray) arguments = g_ptr_array_new();
    g_autofree char *role =
        options->role ? g_strconcat("--variable=role=", options->role, NULL) : NULL;
    g_autofree char *connection =
        *options->settings.paths ? g_strconcat("--dbname=", *options->settings.paths, NULL) : NULL;

    g_ptr_array_add(arguments, (gpointer) "psql");
    g_ptr_array_add(arguments, (gpointer) "-XAtqf-");
    if (role)
        g_ptr_array_add(arguments, role);
    if (connection)
        g_ptr_array_add(arguments, connection);
    g_ptr_array_add(arguments, NULL);
    return g_subprocess_newv((const char *const *)arguments->pdata,
                             G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE,
                             failure);
}

enum status catalog_command(const struct options *options)
{
    const struct output_request *request =
        &g_array_index(options->outputs.requests, struct output_request, 0);
    g_autoptr(GError) failure = NULL;
    g_autoptr(GBytes) script = g_bytes_new_static(catalog_text, strlen(catalog_text));
    g_autoptr(GSubprocess) psql = start(options, &failure);
    g_autoptr(GBytes) output = NULL;
    struct error error = {0};
    gsize size;

    if (!psql || !g_subprocess_communicate(psql, script, NULL, &output, NULL, &failure)) {
        error_set(&error, "psql: %s", failure->message);
        return fail_with(&error);
    }
    if (!g_subprocess_get_successful(psql)) /* it has said why */
        return fail("psql failed, so nothing is written");
    const char *text = g_bytes_get_data(output, &size);
    return output_write(request->path, text, size, &error) ? STATUS_CLEAN : fail_with(&error);
}
