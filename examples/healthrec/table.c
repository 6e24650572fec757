/* Layout of tables. The first rows are held back until their widths are known, then everything is written as it comes,
 * so that a table may be longer than memory. On a terminal that is too narrow columns are left out, in the ways that
 * the table's maker allows, then the widest one is cut; into a pipe or file everything is written. */
#include "table.h"
#include "terminal.h"
#include "text.h"
#include <stdlib.h>
#include <string.h>

enum { HELD = 500, GAP = 2, LEAST = 8, LEAST_WRAPPED = 30 };

typedef struct held {
    char *line;   /* a line that is no row, or */
    char **cells; /* a row */
} held;

struct table {
    size_t count, held_count, way_count;
    table_column *columns;
    int *widths;
    held *rows;
    column_set ways[WAYS_MAX], left_out;
    bool laid_out, colours, narrow; /* something was left out or cut */
    int room;                       /* 0: any */
};

table *table_new(const table_column *columns, size_t count, const column_set *ways, size_t way_count) {
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
    memcpy(t->ways, ways, way_count * sizeof *ways);
    t->count = count;
    t->way_count = way_count;
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

static int total_width(const table *t, column_set left_out) {
    int total = -GAP;
    for (size_t i = 0; i < t->count; i++)
        total += left_out & COLUMN(i) ? 0 : t->widths[i] + GAP;
    return total;
}

static bool is_empty(const table *t, size_t column) {
    for (size_t row = 0; row < t->held_count; row++)
        if (t->rows[row].cells && *t->rows[row].cells[column])
            return false;
    return true;
}

/* The empty ones among the columns that the table can do without. */
static column_set empty_columns(const table *t) {
    column_set empty = 0, some_way = 0;
    for (size_t i = 0; i < t->way_count; i++)
        some_way |= t->ways[i];
    for (size_t i = 0; i < t->count; i++)
        empty |= is_empty(t, i) ? COLUMN(i) : 0;
    return empty & some_way;
}

static size_t last_column(const table *t) {
    return t->count - 1;
}

/* The column in which the cell that is broken into lines begins: its own, or the second below the row. */
static int wrap_column(const table *t) {
    int own = total_width(t, t->left_out) - t->widths[last_column(t)];
    return t->room - own >= LEAST_WRAPPED ? own : t->widths[0] + GAP;
}

static bool is_wrapped(const table *t, size_t column) {
    return t->room && t->columns[column].wrapped && total_width(t, t->left_out) > t->room;
}

static bool is_below(const table *t, size_t column) {
    return is_wrapped(t, column) && wrap_column(t) == t->widths[0] + GAP && t->count > 2;
}

/* What must fit in one line: all columns, but for one that is broken into lines. */
static int line_width(const table *t, bool wrapped) {
    return total_width(t, t->left_out) - (wrapped ? t->widths[last_column(t)] + GAP : 0);
}

static void fit(table *t) {
    column_set empty = empty_columns(t);
    bool wrapped = is_wrapped(t, last_column(t));
    for (size_t way = 0; way < t->way_count && line_width(t, wrapped) > t->room; way++)
        t->left_out = t->ways[way] | empty;
    int excess = line_width(t, wrapped) - t->room, *widest = NULL;
    for (size_t i = 0; i < t->count - wrapped; i++)
        if (!(t->left_out & COLUMN(i)) && !t->columns[i].whole && (!widest || t->widths[i] > *widest))
            widest = &t->widths[i];
    if (excess > 0 && widest)
        *widest = *widest - excess > LEAST ? *widest - excess : LEAST;
}

/* ---- writing ---- */

static void write_cell(table *t, size_t column, const char *cell, bool heading, bool last) {
    const table_column *c = &t->columns[column];
    const char *ink = !t->colours ? NULL : heading ? "\033[1m" : c->ink ? c->ink(cell) : NULL;
    bool cut = t->room && !c->whole && text_width(cell) > t->widths[column];
    bool blanks = !last || c->right || cut; /* none at the end of a line */
    t->narrow = t->narrow || cut;
    fputs(ink ? ink : "", stdout);
    text_put(stdout, cell, blanks ? t->widths[column] : 0, c->right, cut);
    fputs(ink ? "\033[0m" : "", stdout);
    text_repeat(stdout, " ", last ? 0 : GAP);
}

static void write_cells(table *t, const char *const *cells, bool heading) {
    size_t last = 0;
    for (size_t i = 0; i < t->count; i++) {
        bool filled = cells[i] && *cells[i], shown = !(t->left_out & COLUMN(i));
        last = filled && shown ? i : last;
        if (filled && !shown && !heading && !(t->ways[0] & COLUMN(i)))
            t->narrow = true;
    }
    bool wrapped = last == last_column(t) && is_wrapped(t, last), below = wrapped && is_below(t, last);
    size_t end = wrapped ? last - 1 : last;
    while (below && end > 0 && (t->left_out & COLUMN(end) || !cells[end] || !*cells[end]))
        end--;
    for (size_t i = 0; i <= end; i++)
        if (!(t->left_out & COLUMN(i)))
            write_cell(t, i, cells[i] ? cells[i] : "", heading, i == end && (below || !wrapped));
    if (below)
        putchar('\n');
    if (below)
        text_repeat(stdout, " ", wrap_column(t));
    if (wrapped)
        text_wrap(stdout, cells[last], wrap_column(t), t->room);
    else
        putchar('\n');
}

static void write_line(const table *t, const char *line) {
    fputs(t->colours ? "\033[1m" : "", stdout);
    fputs(line, stdout);
    fputs(t->colours ? "\033[0m\n" : "\n", stdout);
}

static void write_headings(table *t) {
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
    t->left_out = t->ways[0];
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

void table_finish(table *t) {
    if (!t->laid_out)
        lay_out(t);
}

void table_end(table *t) {
    if (!t)
        return;
    if (t->rows)
        table_finish(t);
    if (t->narrow)
        say("%s", tr("the window is too narrow to show everything; make it wider, or use --format csv",
                     "窗口太窄，内容未能显示完整；请加宽窗口，或使用 --format csv"));
    free(t->columns);
    free(t->widths);
    free(t->rows);
    free(t);
}
