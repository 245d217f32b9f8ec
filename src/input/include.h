#pragma once
/* Files that a script of psql includes: \i and \ir. Their text belongs to the session of the script
 * that includes them. */

#include "facts/script.h"

/* The script with the text of the files that it includes, each behind the line that names it; the
 * script itself when there are none. Takes the script over. What it cannot find is in `missing`, why
 * what is there cannot be read in `unreadable`, the files that it read in `included`; names that are
 * made at run time are counted. Only files of the working directory and of the script's repository
 * are read. */
struct script *include_files(struct script *script);
