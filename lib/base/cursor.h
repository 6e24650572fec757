/* hr_cursor: rows of typed values. A producer fills in columns and a `next` that sets the cells of one row; everything
 * a caller sees (conversion, labels) is here, so each result of the library reads alike. */
#ifndef HR_BASE_CURSOR_H
#define HR_BASE_CURSOR_H

#include "base/err.h"
#include <stdbool.h>

typedef struct hr_column {
    const char *name, *en, *zh;
} hr_column;

typedef struct hr_cell {
    hr_type type;
    int64_t integer;
    double real;
    const char *text; /* valid until the next row */
} hr_cell;

struct hr_cursor {
    hr_language language;
    int count;
    const hr_column *columns;
    hr_cell *cells;
    hr_status (*next)(hr_cursor *cursor); /* sets cells; HR_END after the last row; sets the store's error on failure */
    void (*release)(void *context);       /* frees context; may be NULL */
    void *context;
    char number[32]; /* text form of a number, for hr_cursor_text */
};

hr_status hr_cursor_new(hr_err *err, const hr_column *columns, int count, hr_cursor **out);
/* The end of a function that gives a cursor: makes it of what the function has worked out, when `status` is HR_OK.
 * Else, or when there is no memory for it, frees `context` (NULL allowed) with `release`. */
hr_status hr_cursor_give(hr_status status, hr_err *err, const hr_column *columns, int count, void *context,
                         void (*release)(void *context), hr_status (*next)(hr_cursor *cursor), hr_cursor **out);
void hr_cell_null(hr_cursor *cursor, int column);
void hr_cell_integer(hr_cursor *cursor, int column, int64_t value);
void hr_cell_real(hr_cursor *cursor, int column, double value);
void hr_cell_text(hr_cursor *cursor, int column, const char *value); /* NULL or "": null */
void hr_cell_boolean(hr_cursor *cursor, int column, bool value);
void hr_cell_date(hr_cursor *cursor, int column, int32_t value); /* 0: null */

#endif
