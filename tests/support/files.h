#pragma once
/* Files that tests make. */

/* Removes what is there: a file, a link, or a directory with all that is in it. */
void remove_all(const char *path);
