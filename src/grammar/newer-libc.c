/* What a library of Debian's next release wants of glibc 2.38, for systems that have an older one.
 */
#include <stdlib.h>
#include <string.h>

unsigned long __isoc23_strtoul(const char *text, char **end, int base);
size_t strlcpy(char *target, const char *source, size_t size);

/* C23's strtoul also takes "0b1"; PostgreSQL's grammar never lets one get here. */
unsigned long __isoc23_strtoul(const char *text, char **end, int base)
{
    return strtoul(text, end, base);
}

size_t strlcpy(char *target, const char *source, size_t size)
{
    size_t length = strlen(source);

    if (size > 0) {
        size_t copied = length < size ? length : size - 1;
        memcpy(target, source, copied);
        target[copied] = '\0';
    }
    return length;
}
