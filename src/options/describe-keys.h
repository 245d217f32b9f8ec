#pragma once
/* The keys of the configuration for those that do not run isolint, for describe.c. Written to
 * standard output. */

/* The part of the manual page, in troff. */
void keys_write_man(void);

/* The table of docs/configuration.md about the keys of the file, or of one of its databases. */
void keys_write_markdown(void);
void keys_write_database_markdown(void);

/* share/isolint.schema.json: JSON Schema, draft 7. */
void keys_write_schema(void);
