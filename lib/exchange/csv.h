/* Reading a CSV file row by row: bytes to UTF-8 (base/text), UTF-8 to cells (libcsv), with the line each row began on.
 */
#ifndef HR_EXCHANGE_CSV_H
#define HR_EXCHANGE_CSV_H

#include "base/text.h"
#include <stdio.h>

typedef struct hr_csv_row {
    uint64_t line; /* on which the row began, from 1 */
    size_t count;
    const char **cells; /* UTF-8, as written */
    const size_t *lengths;
    const char *raw; /* the whole row as it was written, in UTF-8, without its line end */
    size_t raw_length;
} hr_csv_row;

typedef struct hr_csv_options {
    const char *encoding; /* "auto", "utf-8", "gb18030" */
    hr_progress progress;
    void *progress_context;
} hr_csv_options;

/* Calls `each` for every row that is not blank; its pointers live until it returns. Sets `used` (of 16 bytes) to the
 * encoding read. HR_NOT_FOUND, HR_SYSTEM, HR_CANCELLED; HR_INVALID for undecodable bytes, a NUL byte, a quotation mark
 * that is not closed, a line or row above 1 MiB. Memory does not grow with the file. */
typedef hr_status (*hr_csv_fn)(void *context, const hr_csv_row *row);
hr_status hr_csv_read(hr_err *err, const char *path, const hr_csv_options *options, char used[16], hr_csv_fn each,
                      void *context);
/* Writes one cell as CSV, quoted. */
void hr_csv_write_cell(FILE *out, const char *cell);

#endif
