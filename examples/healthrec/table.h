/* Tables for people: columns that line up, in as much room as there is. */
#ifndef TOOL_TABLE_H
#define TOOL_TABLE_H

#include <stdbool.h>
#include <stddef.h>

typedef struct table table;

typedef struct table_column {
    const char *heading;
    bool right;
    int drop; /* 0: always there; else the order in which columns go when the terminal is too narrow */
    const char *(*ink)(const char *cell); /* the colour of a cell, as an escape sequence; may be NULL */
} table_column;

/* A table on stdout. The columns are copied, their headings must outlive the table. NULL: no memory. */
table *table_new(const table_column *columns, size_t count);
void table_align_right(table *t, size_t column);
/* Adds a row; NULL for an empty cell. The widths are those of the first 500 rows. False: no memory. */
bool table_row(table *t, const char *const *cells);
/* Adds a line that is no row, such as the name of a group. */
bool table_line(table *t, const char *text);
/* Writes what is still held back, and frees. `t` may be NULL. */
void table_end(table *t);

#endif
