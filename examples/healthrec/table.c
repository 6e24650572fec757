/* Layout of tables. The first rows are held back until their widths are known, then everything is written as it comes,
 * so that a table may be longer than memory. On a terminal that is too narrow the least important columns are left out,
 * then the widest one is cut; into a pipe or file everything is written. */
#include "table.h"
#include "terminal.h"
#include "text.h"
#include <stdlib.h>
#include <string.h>

enum { HELD = 500, GAP = 2, LEAST = 8 };

typedef struct held {
    char *line;   /* a line that is no row, or */
    char **cells; /* a row */
} held;

struct table {
    size_t count, held_count;
    table_column *columns;
    int *widths; /* 0: left out */
    held *rows;
    bool laid_out, colours, left_out;
    int room; /* 0: any */
};

table *table_new(const table_column *columns, size_t count) {
    table *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    t->columns = calloc(count, sizeof *t->columns);
    t->widths = calloc(count, sizeof *t->widths);
    t->rows = calloc(HELD, sizeof *t->rows);
    if (!t->columns || !t->widths || !t->rows) {
        table_end(t);
        return NULL;
    }
    memcpy(t->columns, columns, count * sizeof *columns);
    t->count = count;
    t->colours = terminal_colours(stdout);
    t->room = terminal_columns(stdout);
    return t;
}

void table_align_right(table *t, size_t column) {
    t->columns[column].right = true;
}

/* ---- widths ---- */

static void measure(table *t) {
    for (size_t i = 0; i < t->count; i++) {
        t->widths[i] = text_width(t->columns[i].heading);
        for (size_t row = 0; row < t->held_count; row++) {
            int width = t->rows[row].cells ? text_width(t->rows[row].cells[i]) : 0;
            t->widths[i] = width > t->widths[i] ? width : t->widths[i];
        }
    }
}

static int total_width(const table *t) {
    int total = -GAP;
    for (size_t i = 0; i < t->count; i++)
        total += t->widths[i] ? t->widths[i] + GAP : 0;
    return total;
}

static bool holds_something(const table *t, size_t column) {
    for (size_t row = 0; row < t->held_count; row++)
        if (t->rows[row].cells && *t->rows[row].cells[column])
            return true;
    return false;
}

static void fit(table *t) {
    for (int order = 1; order <= (int)t->count && total_width(t) > t->room; order++)
        for (size_t i = 0; i < t->count; i++)
            if (t->columns[i].drop == order) {
                t->widths[i] = 0;
                t->left_out = t->left_out || holds_something(t, i);
            }
    size_t widest = 0;
    for (size_t i = 1; i < t->count; i++)
        if (t->widths[i] > t->widths[widest])
            widest = i;
    int excess = total_width(t) - t->room;
    if (excess > 0)
        t->widths[widest] = t->widths[widest] - excess > LEAST ? t->widths[widest] - excess : LEAST;
}

/* ---- writing ---- */

static void write_cells(const table *t, const char *const *cells, bool heading) {
    size_t last = 0;
    for (size_t i = 0; i < t->count; i++)
        last = t->widths[i] && cells[i] && *cells[i] ? i : last; /* no blanks at the end of a line */
    for (size_t i = 0; i <= last; i++) {
        if (!t->widths[i])
            continue;
        const char *cell = cells[i] ? cells[i] : "";
        const char *ink = !t->colours ? NULL : heading ? "\033[1m" : t->columns[i].ink ? t->columns[i].ink(cell) : NULL;
        bool cut = t->room && text_width(cell) > t->widths[i];
        bool blanks = i != last || t->columns[i].right || cut;
        fputs(ink ? ink : "", stdout);
        text_put(stdout, cell, blanks ? t->widths[i] : 0, t->columns[i].right, cut);
        fputs(ink ? "\033[0m" : "", stdout);
        text_repeat(stdout, " ", i == last ? 0 : GAP);
    }
    putchar('\n');
}

static void write_line(const table *t, const char *line) {
    fputs(t->colours ? "\033[1m" : "", stdout);
    fputs(line, stdout);
    fputs(t->colours ? "\033[0m\n" : "\n", stdout);
}

static void write_headings(const table *t) {
    const char **headings = calloc(t->count, sizeof *headings);
    for (size_t i = 0; headings && i < t->count; i++)
        headings[i] = t->columns[i].heading;
    if (headings)
        write_cells(t, headings, true);
    free(headings);
}

static void free_held(table *t, held *h) {
    for (size_t i = 0; h->cells && i < t->count; i++)
        free(h->cells[i]);
    free(h->cells);
    free(h->line);
    *h = (held){0};
}

static void lay_out(table *t) {
    t->laid_out = true;
    if (t->held_count == 0)
        return;
    measure(t);
    if (t->room)
        fit(t);
    write_headings(t);
    for (size_t i = 0; i < t->held_count; i++) {
        if (t->rows[i].cells)
            write_cells(t, (const char *const *)t->rows[i].cells, false);
        else
            write_line(t, t->rows[i].line);
        free_held(t, &t->rows[i]);
    }
    t->held_count = 0;
}

/* ---- adding ---- */

static bool hold(table *t, const char *const *cells, const char *line) {
    held *h = &t->rows[t->held_count++];
    if (line)
        return (h->line = strdup(line)) != NULL;
    h->cells = calloc(t->count, sizeof *h->cells);
    for (size_t i = 0; h->cells && i < t->count; i++)
        if (!(h->cells[i] = strdup(cells[i] ? cells[i] : "")))
            return false;
    return h->cells != NULL;
}

bool table_row(table *t, const char *const *cells) {
    if (!t->laid_out && t->held_count < HELD) {
        if (hold(t, cells, NULL))
            return true;
        free_held(t, &t->rows[--t->held_count]);
        return false;
    }
    if (!t->laid_out)
        lay_out(t);
    write_cells(t, cells, false);
    return true;
}

bool table_line(table *t, const char *text) {
    if (!t->laid_out && t->held_count < HELD) {
        if (hold(t, NULL, text))
            return true;
        t->held_count--;
        return false;
    }
    if (!t->laid_out)
        lay_out(t);
    write_line(t, text);
    return true;
}

void table_end(table *t) {
    if (!t)
        return;
    if (t->rows && !t->laid_out)
        lay_out(t);
    if (t->left_out) {
        fflush(stdout);
        say("%s", tr("the window is too narrow for all columns; make it wider, or use --format csv",
                     "窗口太窄，有几列未显示；请加宽窗口，或使用 --format csv"));
    }
    free(t->columns);
    free(t->widths);
    free(t->rows);
    free(t);
}
