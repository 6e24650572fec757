/* Printing what a cursor gives: as a table for people, as CSV for spreadsheets, as JSON for programs. */
#ifndef TOOL_ROWS_H
#define TOOL_ROWS_H

#include "healthrec.h"
#include "options.h"
#include <stdio.h>

typedef struct rows_style {
    const char *head;        /* JSON members before the rows, each with a comma after it; NULL: none */
    const char *key;         /* the JSON member that holds the rows; NULL: "rows" */
    const char *verbatim;    /* a column whose text is JSON already; NULL: none */
    const char *wrapped;     /* the last column, if its text is to be broken into lines rather than cut; NULL: none */
    const char *const *drop; /* columns a narrow table can do without, the first one first, 15 at most; NULL: none */
    const char *const *moments; /* columns of times in UTC, which a table shows as local ones; NULL: none */
    const char *const *hide;    /* columns that say to programs what another one says to people; NULL: none */
    /* What stands in a table for a column's code; NULL: the code. The function may be NULL. */
    const char *(*words)(const char *column, const char *code);
    void (*each)(void *context, hr_cursor *row); /* sees every row; NULL: nobody does */
    void *context;
} rows_style;

/* Writes all rows to stdout, as they come. *count is how many there were. HR_END's place is taken by HR_OK; HR_SYSTEM
 * also when stdout can take no more. */
hr_status rows_print(hr_cursor *rows, enum format format, const rows_style *style, uint64_t *count);
/* The same as the end of a command: prints the cursor that `status` came with, says what went wrong, frees the cursor.
 */
int rows_finish(hr_store *store, hr_status status, hr_cursor *rows, enum format format, const rows_style *style,
                uint64_t *count);

/* Writes a text as JSON; NULL as null. */
void rows_json_text(FILE *out, const char *text);

/* A share of 1 as people write it: "87.86 %". Cut off, not rounded: what reads 90.00 % has met a target of 90 %. */
enum { SHARE_SIZE = 32 };
char *share_of(int64_t numerator, int64_t denominator, char out[SHARE_SIZE]);
/* A round share, such as a target: "90 %", "1.5 %". */
char *share_round(double share, char out[SHARE_SIZE]);

/* What the library calls its codes: two columns of a cursor. */
enum { DICTIONARY_MAX = 256 };
typedef struct dictionary {
    size_t count;
    struct {
        char *code, *name;
    } at[DICTIONARY_MAX];
} dictionary;

/* Reads all rows of the cursor that `status` came with, and frees it. `out`, which begins as zeros, is for
 * dictionary_free in any case. */
hr_status dictionary_read(hr_status status, hr_cursor *rows, int code, int name, dictionary *out);
void dictionary_free(dictionary *d);
/* The code itself if it has no name. */
const char *dictionary_name(const dictionary *d, const char *code);

#endif
