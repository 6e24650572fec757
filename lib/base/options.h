/* Option and result structs grow at their end from one release to the next. Their first field says how much of one the
 * caller was compiled with; no more than that is read or written. */
#ifndef HR_BASE_OPTIONS_H
#define HR_BASE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* Overlays the defaults in `out` with the options that were given (NULL: none). False when they were not filled in by
 * their _init. */
static inline bool hr_options_take(void *out, size_t size, const void *given) {
    size_t known = 0;
    if (!given)
        return true;
    memcpy(&known, given, sizeof known);
    if (known < 2 * sizeof known)
        return false;
    memcpy(out, given, known < size ? known : size);
    memcpy(out, &size, sizeof size);
    return true;
}

/* Gives the caller's struct what it has room for. False when it was not filled in by its _init. */
static inline bool hr_result_give(void *to, const void *from, size_t size) {
    size_t known;
    memcpy(&known, to, sizeof known);
    if (known < 2 * sizeof known)
        return false;
    memcpy(to, from, known < size ? known : size);
    memcpy(to, &known, sizeof known);
    return true;
}

#endif
