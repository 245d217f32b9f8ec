#pragma once
/* File URIs, as editors name files, and the paths that isolint shows. */

/* The path of a file URI: below `root` it is relative, as findings have it; NULL when it is no file
 * or not below. Owned by the caller. */
char *uri_path(const char *uri, const char *root);

/* The URI of a path that findings have. Owned by the caller. */
char *path_uri(const char *path, const char *root);
