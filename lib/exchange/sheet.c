/* The CSV files of a bundle. Rosters are read by csv.c, which takes whatever spreadsheets make of a file; this is
 * strict, since it reads what sheets write: libcsv cuts into cells, and everything else that is wrong with a row is
 * found when the row is whole. */
#include "exchange/sheet.h"
#include "base/text.h"
#include <csv.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 1 << 14, ROW_MAX = 1 << 20, BETWEEN_ROWS = 0 /* of libcsv's pstate */ };
static const char MARK[] = "\xEF\xBB\xBF";

/* ---- formulas ---- */

static bool number(const char *cell) {
    const char *digits = "0123456789";
    cell += *cell == '-';
    size_t whole = strspn(cell, digits), fraction = cell[whole] == '.' ? strspn(cell + whole + 1, digits) : 0;
    return whole > 0 && cell[whole + (fraction ? 1 + fraction : 0)] == '\0';
}

/* Whether a spreadsheet could take it for one. */
static bool formula(const char *cell) {
    static const char *const starts[] = {"=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"};
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
        if (strncmp(cell, starts[i], strlen(starts[i])) == 0)
            return !number(cell);
    return false;
}

/* ---- writing ---- */

/* What libcsv would not read back without: separators, and blanks at the ends (a tab at the start comes to stand behind
 * an apostrophe). */
static bool needs_quotes(const char *cell, size_t count) {
    size_t length = strlen(cell);
    return strpbrk(cell, ",\"\r\n") || (length == 0 && count == 1) /* else an empty line */ ||
           (length > 0 && (cell[0] == ' ' || strchr(" \t", cell[length - 1])));
}

static char *put_cell(char *out, const char *cell, size_t count) {
    bool quoted = needs_quotes(cell, count);
    if (quoted)
        *out++ = '"';
    if (formula(cell) || *cell == '\'')
        *out++ = '\'';
    for (; *cell; cell++) {
        if (*cell == '"')
            *out++ = '"';
        *out++ = *cell;
    }
    if (quoted)
        *out++ = '"';
    return out;
}

static hr_status put_row(hr_err *err, hr_sink sink, void *context, const char *begin, const char *const *cells,
                         size_t count) {
    size_t most = strlen(begin) + 2;
    for (size_t i = 0; i < count; i++)
        most += 2 * strlen(cells[i]) + 4;
    char *row = malloc(most), *end = row;
    if (!row)
        return hr_fail_memory(err);
    end = stpcpy(end, begin);
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            *end++ = ',';
        end = put_cell(end, cells[i], count);
    }
    *end++ = '\r';
    *end++ = '\n';
    hr_status status =
        end - row > ROW_MAX
            ? hr_fail(err, HR_INVALID, "%s",
                      HR_TR(err, "a row is longer than 1 MiB; shorten its texts", "某一行超过 1 MiB；请缩短其中的文字"))
            : sink(context, row, (size_t)(end - row));
    free(row);
    return status;
}

hr_status hr_sheet_head(hr_err *err, hr_sink sink, void *context, const char *const *columns, size_t count) {
    return put_row(err, sink, context, MARK, columns, count);
}

hr_status hr_sheet_row(hr_err *err, hr_sink sink, void *context, const char *const *cells, size_t count) {
    return put_row(err, sink, context, "", cells, count);
}

/* ---- reading ---- */

typedef struct reader {
    hr_err *err;
    const char *name;
    const char *const *columns;
    size_t columns_count;
    hr_sheet_fn each;
    void *context;
    struct csv_parser parser;
    uint64_t line, row_line; /* being read; on which the row began */
    size_t row_bytes;        /* since it began */
    bool headed;             /* the first row was read */
    char block[BLOCK];
    /* The row's cells, each ended by NUL. A row that ended in CR alone has left up to a block of the next uncounted. */
    char text[ROW_MAX + BLOCK + HR_SHEET_COLUMNS];
    size_t used, starts[HR_SHEET_COLUMNS], lengths[HR_SHEET_COLUMNS];
    size_t count; /* of cells, those that found no room among them */
    hr_status status;
} reader;

static hr_status fail(reader *r, uint64_t line, const char *what) {
    return hr_fail(r->err, HR_INVALID,
                   HR_TR(r->err, "%s, line %" PRIu64 ": %s; ask the sender to make the bundle again",
                         "%s 第 %" PRIu64 " 行：%s；请联系报送单位重新生成上报包"),
                   r->name, line, what);
}

static void on_cell(void *bytes, size_t length, void *context) {
    reader *r = context;
    if (r->count < r->columns_count) {
        r->starts[r->count] = r->used;
        r->lengths[r->count] = length;
        if (length)
            memcpy(r->text + r->used, bytes, length);
        r->text[r->used + length] = '\0';
        r->used += length + 1;
    }
    r->count++;
}

static hr_status check_columns(reader *r, const char *const *cells) {
    char what[300];
    for (size_t i = 0; i < r->count; i++)
        if (strcmp(cells[i], r->columns[i]) != 0) {
            snprintf(what, sizeof what,
                     HR_TR(r->err, "column %zu must have the name \"%.200s\"", "第 %zu 列的名称应为“%.200s”"), i + 1,
                     r->columns[i]);
            return fail(r, r->row_line, what);
        }
    return HR_OK;
}

static hr_status check_row(reader *r) {
    const char *cells[HR_SHEET_COLUMNS];
    char what[200];
    if (r->count != r->columns_count) {
        snprintf(what, sizeof what, HR_TR(r->err, "has %zu cells instead of %zu", "有 %zu 个单元格，应有 %zu 个"),
                 r->count, r->columns_count);
        return fail(r, r->row_line, what);
    }
    for (size_t i = 0; i < r->count; i++) {
        const char *cell = r->text + r->starts[i];
        size_t bad;
        if (memchr(cell, '\0', r->lengths[i]))
            return fail(r, r->row_line, HR_TR(r->err, "has a NUL byte", "含有空字节（NUL）"));
        if (!hr_text_utf8_valid(cell, r->lengths[i], &bad))
            return fail(r, r->row_line, HR_TR(r->err, "is not UTF-8", "不是 UTF-8 编码"));
        if (formula(cell))
            return fail(r, r->row_line,
                        HR_TR(r->err, "has a cell that a spreadsheet would take for a formula",
                              "含有会被电子表格当作公式的单元格"));
        cells[i] = cell + (*cell == '\'');
    }
    if (r->headed)
        return r->each(r->context, r->row_line, cells);
    r->headed = true;
    return check_columns(r, cells);
}

static void on_row(int end, void *context) {
    reader *r = context;
    (void)end;
    if (r->status == HR_OK)
        r->status = check_row(r);
    r->count = r->used = r->row_bytes = 0;
}

/* A piece that ends a line, or does not. */
static hr_status feed_line(reader *r, const char *bytes, size_t size) {
    if (r->row_bytes == 0)
        r->row_line = r->line;
    r->row_bytes += size;
    if (r->row_bytes > ROW_MAX)
        return fail(
            r, r->row_line,
            HR_TR(r->err, "is longer than 1 MiB, or a quotation mark is left open", "超过 1 MiB，或引号未成对"));
    if (csv_parse(&r->parser, bytes, size, on_cell, on_row, r) != size && r->status == HR_OK)
        r->status = csv_error(&r->parser) == CSV_ENOMEM
                        ? hr_fail_memory(r->err)
                        : fail(r, r->line, HR_TR(r->err, "has a quotation mark where none may be", "引号位置有误"));
    if (r->parser.pstate == BETWEEN_ROWS) /* a line of nothing is no row to libcsv */
        r->row_bytes = 0;
    r->line += bytes[size - 1] == '\n';
    return r->status;
}

static hr_status feed(reader *r, const char *bytes, size_t size) {
    hr_status status = HR_OK;
    for (size_t at = 0; at < size && status == HR_OK;) {
        const char *newline = memchr(bytes + at, '\n', size - at);
        size_t length = newline ? (size_t)(newline - (bytes + at)) + 1 : size - at;
        status = feed_line(r, bytes + at, length);
        at += length;
    }
    return status;
}

static hr_status finish(reader *r) {
    if (csv_fini(&r->parser, on_cell, on_row, r) != 0 && r->status == HR_OK)
        return fail(r, r->row_line, HR_TR(r->err, "a quotation mark is not closed", "引号未成对"));
    if (r->status == HR_OK && !r->headed)
        return fail(r, 1, HR_TR(r->err, "the row with the columns' names is missing", "缺少列名行"));
    return r->status;
}

static hr_status read_blocks(reader *r, hr_source source, void *context) {
    char *block = r->block;
    size_t have = 0, got = 1, mark = strlen(MARK);
    hr_status status = HR_OK;
    while (status == HR_OK && got > 0 && have < mark) { /* as many as a byte order mark has, to see whether it is one */
        status = source(context, block + have, BLOCK - have, &got);
        have += status == HR_OK ? got : 0;
    }
    size_t skip = have >= mark && memcmp(block, MARK, mark) == 0 ? mark : 0;
    while (status == HR_OK) {
        status = feed(r, block + skip, have - skip);
        if (status != HR_OK || got == 0)
            break;
        skip = 0;
        status = source(context, block, BLOCK, &got);
        have = got;
    }
    return status == HR_OK ? finish(r) : status;
}

hr_status hr_sheet_read(hr_err *err, const char *name, hr_source source, void *source_context,
                        const char *const *columns, size_t count, hr_sheet_fn each, void *context) {
    reader *r = calloc(1, sizeof *r);
    if (!r)
        return hr_fail_memory(err);
    r->err = err;
    r->name = name;
    r->columns = columns;
    r->columns_count = count;
    r->each = each;
    r->context = context;
    r->line = 1;
    hr_status status = count <= HR_SHEET_COLUMNS && csv_init(&r->parser, CSV_STRICT | CSV_STRICT_FINI) == 0
                           ? HR_OK
                           : hr_fail_memory(err);
    if (status == HR_OK) { /* ours, which wipe */
        csv_set_realloc_func(&r->parser, realloc);
        csv_set_free_func(&r->parser, free);
        status = read_blocks(r, source, source_context);
        csv_free(&r->parser);
    }
    free(r);
    return status;
}
