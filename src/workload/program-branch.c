/* Programs that are branches: a function that reads, and writes when it likes what it has read, is
 * two programs, of which one is the beginning of the other. */
#include "base/hash.h"
#include "workload/program-parts.h"

/* Of BEGIN, and of who has sent it. */
static uint64_t start_hash(const struct program *program)
{
    uint64_t hash = hash_add((uint64_t)program->level, (uint64_t)program->block);

    hash = hash_add(hash, (uint64_t)program->read_only + 1);
    hash = hash_add(hash, (uint64_t)program->deferrable + 1);
    hash = hash_add(hash, g_str_hash(program->database));
    hash = hash_add(hash, g_str_hash(program->role));
    return hash_add(hash, g_str_hash(program->tags));
}

/* Of the program's first statements. */
static uint64_t add_shape(uint64_t hash, const struct program *program, guint index)
{
    return hash_add(hash, ((const struct shape *)program->shapes->pdata[index])->hash);
}

void programs_find_branches(const GPtrArray *all)
{
    g_autoptr(GHashTable) beginnings =
        g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);

    for (guint i = 0; i < all->len; i++) {
        const struct program *each = all->pdata[i];
        uint64_t hash = start_hash(each);
        for (guint j = 0; each->block && each->before == 0 && j + 1 < each->shapes->len; j++) {
            hash = add_shape(hash, each, j);
            g_hash_table_add(beginnings, g_memdup2(&hash, sizeof hash));
        }
    }
    for (guint i = 0; i < all->len; i++) {
        struct program *each = all->pdata[i];
        uint64_t hash = start_hash(each);
        for (guint j = 0; j < each->shapes->len; j++)
            hash = add_shape(hash, each, j);
        each->goes_on =
            each->block && each->before == 0 && g_hash_table_contains(beginnings, &hash);
    }
}
