/* The ZIP file inside a bundle, written into a sink and read from a source, in one pass and without a file in between.
 * Only what a bundle needs: up to 64 files side by side, of plain names, stored or deflated. docs/format.md says which
 * archives are taken. */
#ifndef HR_EXCHANGE_ARCHIVE_H
#define HR_EXCHANGE_ARCHIVE_H

#include "vault/age.h" /* hr_sink, hr_source */

/* A plain name: [a-z0-9_]+ and .csv, .json or .txt, with NUL. */
enum { HR_ARCHIVE_FILES = 64, HR_ARCHIVE_NAME_SIZE = 64 };

/* The same files give the same bytes: no times, no owner, mode 0600. `err`, `sink` and `context` must outlive the
 * writer. After a failure every further call fails the same way. HR_INVALID: a name that is not plain or is there
 * already, more than 64 files, more than almost 4 GiB; HR_SYSTEM; or what the sink gave. */
typedef struct hr_archive_writer hr_archive_writer;
hr_status hr_archive_writer_new(hr_err *err, hr_sink sink, void *context, hr_archive_writer **out);
hr_status hr_archive_add(hr_archive_writer *writer, const char *name);    /* ends the file before */
hr_status hr_archive_write(void *writer, const void *bytes, size_t size); /* to the file last added; an hr_sink */
hr_status hr_archive_end(hr_archive_writer *writer);                      /* what comes before is no whole archive */
void hr_archive_writer_free(hr_archive_writer *writer);                   /* NULL allowed; writes nothing more */

/* Files come in the archive's order. What is read is to be believed only once hr_archive_next has given HR_END: until
 * then the archive may still turn out to be damaged, cut off, or to hold a link. After a failure every further call
 * fails the same way. HR_INVALID: the archive has something that no bundle has (a folder, a link, a device, a name that
 * is not plain or comes twice, encryption, another compression, more than 64 files, more than `most` bytes, or more
 * than 64 MiB and 200 times its own size, as read so far). HR_DAMAGED: it is no ZIP file, cut off, its checksums or its
 * directory do not agree with its files, or something follows it. HR_SYSTEM; or what the source gave. */
typedef struct hr_archive_reader hr_archive_reader;
hr_status hr_archive_reader_new(hr_err *err, hr_source source, void *context, uint64_t most, hr_archive_reader **out);
/* The next file's name, which lives as long as the reader; what was not read of the file before is passed over.
 * HR_END: there is none, all was in order and the source is at its end. */
hr_status hr_archive_next(hr_archive_reader *reader, const char **name);
hr_status hr_archive_read(void *reader, void *out, size_t size, size_t *got); /* of that file; an hr_source */
void hr_archive_reader_free(hr_archive_reader *reader);                       /* NULL allowed */

#endif
