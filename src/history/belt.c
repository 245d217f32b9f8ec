/* Of POSIX threads, whose locks ThreadSanitizer sees; it does not see GLib's. */
#include "history/belt.h"

#include <pthread.h>

#include <glib.h>

struct belt {
    pthread_mutex_t lock;
    pthread_cond_t filled;
    unsigned room, first, count;
    void *things[];
};

struct belt *belt_new(unsigned room)
{
    struct belt *belt = g_malloc0(sizeof *belt + room * sizeof belt->things[0]);

    belt->room = room;
    pthread_mutex_init(&belt->lock, NULL);
    pthread_cond_init(&belt->filled, NULL);
    return belt;
}

void belt_free(struct belt *belt)
{
    pthread_cond_destroy(&belt->filled);
    pthread_mutex_destroy(&belt->lock);
    g_free(belt);
}

void belt_put(struct belt *belt, void *thing)
{
    pthread_mutex_lock(&belt->lock);
    g_assert(belt->count < belt->room);
    belt->things[(belt->first + belt->count++) % belt->room] = thing;
    pthread_cond_signal(&belt->filled);
    pthread_mutex_unlock(&belt->lock);
}

void *belt_take(struct belt *belt)
{
    pthread_mutex_lock(&belt->lock);
    while (belt->count == 0)
        pthread_cond_wait(&belt->filled, &belt->lock);
    void *thing = belt->things[belt->first];
    belt->first = (belt->first + 1) % belt->room;
    belt->count--;
    pthread_mutex_unlock(&belt->lock);
    return thing;
}
