/* Files that go from one store to another: read whole when they are small, and made so that each has its name only once
 * it is whole and on disk. */
#ifndef HR_EXCHANGE_FILES_H
#define HR_EXCHANGE_FILES_H

#include "store/store.h"

/* `path` with something appended, for free(); NULL for want of memory. */
char *hr_beside(const char *path, const char *suffix);
/* The whole of a small file, with NUL, for free(). HR_NOT_FOUND; HR_INVALID when it is longer than `most`. */
hr_status hr_small_file(hr_err *err, const char *path, size_t most, char **out, size_t *size);

/* A new file beside `path`, for writing, under a name for work in progress (*partial, for free()). `doing` is for the
 * message. */
hr_status hr_partial_create(hr_err *err, const char *path, unsigned mode, const char *doing, char **partial, int *fd);
/* The same with a text in it, on disk. */
hr_status hr_partial_write(hr_err *err, const char *path, unsigned mode, const char *doing, const void *text,
                           size_t size, char **partial);
/* A file and its signature get their names, or neither does. */
hr_status hr_publish_signed(hr_err *err, const char *partial, const char *file, const char *partial_signature,
                            const char *signature);

#endif
