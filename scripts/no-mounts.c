/* Stands in for libmount in a program that is linked with GLib's static libraries, of which Debian
 * has no libmount. GIO asks it which file systems are mounted; isolint asks GIO for files that
 * change and for processes alone. */
#include <stdlib.h>

#define ABSENT(name) \
    void name(void); \
    void name(void)  \
    {                \
        abort();     \
    }

ABSENT(mnt_free_iter)
ABSENT(mnt_free_table)
ABSENT(mnt_fs_get_fstype)
ABSENT(mnt_fs_get_options)
ABSENT(mnt_fs_get_root)
ABSENT(mnt_fs_get_source)
ABSENT(mnt_fs_get_target)
ABSENT(mnt_fs_strdup_options)
ABSENT(mnt_get_builtin_optmap)
ABSENT(mnt_get_fstab_path)
ABSENT(mnt_has_regular_mtab)
ABSENT(mnt_new_iter)
ABSENT(mnt_new_table)
ABSENT(mnt_optstr_get_flags)
ABSENT(mnt_table_next_fs)
ABSENT(mnt_table_parse_fstab)
ABSENT(mnt_table_parse_mtab)
