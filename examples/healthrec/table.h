/* Tables for people: columns that line up, in as much room as there is. */
#ifndef TOOL_TABLE_H
#define TOOL_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct table table;

typedef struct table_column {
    const char *heading;
    bool right;
    bool whole;                           /* never cut, even if the terminal is too narrow */
    bool wrapped;                         /* the last one: broken into lines instead, below the row for want of room */
    const char *(*ink)(const char *cell); /* the colour of a cell, as an escape sequence; may be NULL */
} table_column;

/* A set of columns, at most 32. */
typedef uint32_t column_set;
#define COLUMN(i) (UINT32_C(1) << (i))
enum { WAYS_MAX = 16 };

/* A table on stdout. `ways` are the sets of columns that may be left out to make it fit a terminal, the best one first;
 * that one holds wherever there is room. A column that some way leaves out goes before all others when it is empty. The
 * columns are copied, their headings must outlive the table. NULL: no memory. */
table *table_new(const table_column *columns, size_t count, const column_set *ways, size_t way_count);
void table_align_right(table *t, size_t column);
/* Adds a row; NULL for an empty cell. The widths are those of the first 500 rows. False: no memory. */
bool table_row(table *t, const char *const *cells);
/* Adds a line that is no row, such as the name of a group. */
bool table_line(table *t, const char *text);
/* Writes what is still held back. No row may follow. */
void table_finish(table *t);
/* Finishes, says so if something did not fit, and frees. `t` may be NULL. */
void table_end(table *t);

#endif
