/* The CSV files of a bundle, written into a sink and read from a source. UTF-8 with a byte order mark, CR LF at the end
 * of lines, quotation marks only where needed: Excel and WPS open it as it is meant. The first row has the columns'
 * names.
 *
 * Bundles get opened in spreadsheets, where a cell that begins with = + - @ is a formula, which can send data away or
 * start programs, and a name in somebody's roster could be one. So such a cell, unless it is a number as in -3 or -0.5,
 * is written with an apostrophe before it, which makes it text; and so that it can be taken off again without a doubt,
 * a cell that begins with an apostrophe gets one more. The same goes for a cell that begins with one of these in full
 * width, or with a tab, CR or LF, which some programs pass over. The reader refuses the cell without the apostrophe:
 * whoever made a bundle, and with whatever program, what was received can be opened. */
#ifndef HR_EXCHANGE_SHEET_H
#define HR_EXCHANGE_SHEET_H

#include "vault/age.h" /* hr_sink, hr_source */

enum { HR_SHEET_COLUMNS = 256 };

/* Write one row of `count` cells, of valid UTF-8: the columns' names, then any number of rows. Give what the sink
 * gives; HR_INVALID, with nothing written, when the row would be longer than the reader takes; HR_SYSTEM. */
hr_status hr_sheet_head(hr_err *err, hr_sink sink, void *context, const char *const *columns, size_t count);
hr_status hr_sheet_row(hr_err *err, hr_sink sink, void *context, const char *const *cells, size_t count);

/* Called for each row but the first, with the line (from 1) it began on; the cells live until it returns. A status that
 * is not HR_OK ends the reading. */
typedef hr_status (*hr_sheet_fn)(void *context, uint64_t line, const char *const *cells);
/* Reads the source to its end. HR_INVALID, with `name` and the line, when the first row is not `columns`, a row has
 * more or fewer cells than that or is longer than 1 MiB, a cell is no UTF-8, holds NUL or would be a formula, or a
 * quotation mark stands where none may; HR_SYSTEM; or what the source or `each` gave. Rows come before a fault behind
 * them is found. Empty lines are passed over, and so are blanks around a cell without quotation marks. Memory does not
 * grow with the file. */
hr_status hr_sheet_read(hr_err *err, const char *name, hr_source source, void *source_context,
                        const char *const *columns, size_t count, hr_sheet_fn each, void *context);

#endif
