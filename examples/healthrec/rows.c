/* One printer for every result the library gives. CSV and JSON are written row by row in constant memory; tables hold
 * back what table.c needs to find widths.
 *
 * CSV is UTF-8 with a byte order mark and CRLF, which Excel and WPS open as it is. They would still make 1.10105E+17 of
 * an ID number and a formula of a text that begins with =, and save it so: such cells begin with a tab, which
 * spreadsheets do not show and import takes off again. */
#include "rows.h"
#include "session.h"
#include "table.h"
#include "text.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- values ---- */

char *share_of(int64_t numerator, int64_t denominator, char out[SHARE_SIZE]) {
    *out = '\0';
    if (denominator > 0) {
        int64_t hundredths = numerator * 10000 / denominator;
        snprintf(out, SHARE_SIZE, tr("%jd.%02d %%", "%jd.%02d%%"), (intmax_t)(hundredths / 100),
                 (int)(hundredths % 100));
    }
    return out;
}

static void cut_zeros(char *number) {
    char *end = number + strlen(number);
    while (strchr(number, '.') && (end[-1] == '0' || end[-1] == '.')) {
        bool point = *--end == '.';
        *end = '\0';
        if (point)
            break;
    }
}

char *share_round(double share, char out[SHARE_SIZE]) {
    snprintf(out, SHARE_SIZE, "%.3f", share * 100);
    cut_zeros(out);
    size_t used = strlen(out);
    snprintf(out + used, SHARE_SIZE - used, "%s", tr(" %", "%"));
    return out;
}

static void write_real(double value) {
    char number[64];
    snprintf(number, sizeof number, "%.6f", value);
    cut_zeros(number);
    fputs(number, stdout);
}

/* ---- JSON ---- */

void rows_json_text(FILE *out, const char *text) {
    if (!text) {
        fputs("null", out);
        return;
    }
    fputc('"', out);
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\')
            fprintf(out, "\\%c", c);
        else if (c < 0x20 || c == 0x7F)
            fprintf(out, "\\u%04x", c);
        else
            fputc(c, out);
    }
    fputc('"', out);
}

static void write_json_value(hr_cursor *row, int column, bool verbatim) {
    switch (hr_cursor_type(row, column)) {
    case HR_INTEGER:
    case HR_BOOLEAN:
        fputs(hr_cursor_text(row, column), stdout);
        break;
    case HR_REAL:
        write_real(hr_cursor_real(row, column));
        break;
    case HR_TEXT:
    case HR_DATE:
        if (verbatim) /* what was erased is no JSON */
            fputs(*hr_cursor_text(row, column) ? hr_cursor_text(row, column) : "null", stdout);
        else
            rows_json_text(stdout, hr_cursor_text(row, column));
        break;
    case HR_NULL:
    default:
        fputs("null", stdout);
        break;
    }
}

static void write_json_row(hr_cursor *row, const rows_style *style) {
    int columns = hr_cursor_columns(row);
    putchar('{');
    for (int i = 0; i < columns; i++) {
        const char *name = hr_cursor_name(row, i);
        printf("%s\"%s\":", i ? "," : "", name);
        write_json_value(row, i, style->verbatim && strcmp(style->verbatim, name) == 0);
    }
    putchar('}');
}

/* ---- CSV ---- */

static bool spreadsheet_would_change(const char *text) {
    size_t digits = strspn(text, "0123456789");
    return (digits > 15 && !text[digits]) || (*text && strchr("=+-@", *text));
}

static void write_csv_text(const char *text) {
    bool quote = strpbrk(text, ",\"\r\n\t") != NULL || *text == ' ';
    if (quote)
        putchar('"');
    if (spreadsheet_would_change(text))
        putchar('\t');
    for (; *text; text++) {
        if (*text == '"')
            putchar('"');
        putchar(*text);
    }
    if (quote)
        putchar('"');
}

static void write_csv_row(hr_cursor *row) {
    int columns = hr_cursor_columns(row);
    for (int i = 0; i < columns; i++) {
        if (i)
            putchar(',');
        hr_type type = hr_cursor_type(row, i);
        if (type == HR_REAL)
            write_real(hr_cursor_real(row, i));
        else if (type == HR_TEXT)
            write_csv_text(hr_cursor_text(row, i));
        else
            fputs(hr_cursor_text(row, i), stdout);
    }
    fputs("\r\n", stdout);
}

static void write_csv_header(hr_cursor *rows) {
    int columns = hr_cursor_columns(rows);
    fputs("\xEF\xBB\xBF", stdout);
    for (int i = 0; i < columns; i++)
        printf("%s%s", i ? "," : "", hr_cursor_name(rows, i));
    fputs("\r\n", stdout);
}

/* ---- tables ---- */

static column_set column_named(hr_cursor *rows, const char *name) {
    int columns = hr_cursor_columns(rows);
    for (int i = 0; i < columns; i++)
        if (strcmp(hr_cursor_name(rows, i), name) == 0)
            return COLUMN(i);
    return 0;
}

static table *new_table(hr_cursor *rows, const rows_style *style) {
    size_t count = (size_t)hr_cursor_columns(rows), way_count = 1;
    table_column *columns = calloc(count + 1, sizeof *columns);
    column_set ways[WAYS_MAX] = {0};
    table *t = NULL;
    for (const char *const *name = style->hide; name && *name; name++)
        ways[0] |= column_named(rows, *name);
    for (; style->drop && style->drop[way_count - 1]; way_count++)
        ways[way_count] = ways[way_count - 1] | column_named(rows, style->drop[way_count - 1]);
    for (size_t i = 0; columns && i < count; i++)
        columns[i] = (table_column){.heading = hr_cursor_label(rows, (int)i),
                                    .wrapped = style->wrapped && column_named(rows, style->wrapped) == COLUMN(i)};
    if (columns)
        t = table_new(columns, count, ways, way_count);
    free(columns);
    return t;
}

static const char *words_of(hr_cursor *row, int column, const rows_style *style) {
    const char *code = hr_cursor_text(row, column);
    const char *words = style->words && *code ? style->words(hr_cursor_name(row, column), code) : NULL;
    return words ? words : code;
}

static bool is_moment(const char *column, const rows_style *style) {
    for (const char *const *name = style->moments; name && *name; name++)
        if (strcmp(*name, column) == 0)
            return true;
    return false;
}

/* The cell as people read it; for free(). */
static char *cell_for_people(hr_cursor *row, int column, const rows_style *style) {
    char share[SHARE_SIZE], moment[MOMENT_SIZE];
    switch (hr_cursor_type(row, column)) {
    case HR_REAL: /* every one in the interface is a share of 1 */
        return strdup(share_round(hr_cursor_real(row, column), share));
    case HR_BOOLEAN:
        return strdup(hr_cursor_integer(row, column) ? tr("yes", "是") : tr("no", "否"));
    case HR_TEXT:
        if (is_moment(hr_cursor_name(row, column), style))
            return strdup(moment_text(hr_cursor_text(row, column), moment));
        return strdup(words_of(row, column, style));
    case HR_NULL:
    case HR_INTEGER:
    case HR_DATE:
    default:
        return strdup(hr_cursor_text(row, column));
    }
}

static bool add_table_row(table *t, hr_cursor *row, const rows_style *style) {
    size_t count = (size_t)hr_cursor_columns(row);
    char **cells = calloc(count + 1, sizeof *cells);
    bool good = cells != NULL;
    for (size_t i = 0; good && i < count; i++) {
        hr_type type = hr_cursor_type(row, (int)i);
        if (type == HR_INTEGER || type == HR_REAL)
            table_align_right(t, i);
        good = (cells[i] = cell_for_people(row, (int)i, style)) != NULL;
    }
    good = good && table_row(t, (const char *const *)cells);
    for (size_t i = 0; cells && i < count; i++)
        free(cells[i]);
    free(cells);
    return good;
}

/* ---- all of it ---- */

static void write_before(hr_cursor *rows, enum format format, const rows_style *style) {
    if (format == FORMAT_CSV)
        write_csv_header(rows);
    if (format == FORMAT_JSON)
        printf("{%s\"%s\":[", style->head ? style->head : "", style->key ? style->key : "rows");
}

hr_status rows_print(hr_cursor *rows, enum format format, const rows_style *style, uint64_t *count) {
    static const rows_style plain = {0};
    style = style ? style : &plain;
    table *t = format == FORMAT_TABLE ? new_table(rows, style) : NULL;
    hr_status status = format == FORMAT_TABLE && !t ? HR_SYSTEM : HR_OK;
    *count = 0;
    if (status == HR_OK)
        write_before(rows, format, style);
    while (status == HR_OK && (status = hr_cursor_next(rows)) == HR_OK) {
        if (format == FORMAT_JSON) {
            fputs(*count ? ",\n" : "\n", stdout);
            write_json_row(rows, style);
        } else if (format == FORMAT_CSV) {
            write_csv_row(rows);
        } else if (!add_table_row(t, rows, style)) {
            status = HR_SYSTEM;
        }
        if (style->each)
            style->each(style->context, rows);
        ++*count;
        if (ferror(stdout))
            status = HR_SYSTEM;
    }
    table_end(t);
    if (status == HR_END && format == FORMAT_JSON)
        fputs(*count ? "\n]}\n" : "]}\n", stdout);
    return status == HR_END ? HR_OK : status;
}

int rows_finish(hr_store *store, hr_status status, hr_cursor *rows, enum format format, const rows_style *style,
                uint64_t *count) {
    if (status == HR_OK)
        status = rows_print(rows, format, style, count);
    int code = session_result(store, status);
    hr_cursor_free(rows);
    return code;
}

/* ---- names of codes ---- */

hr_status dictionary_read(hr_status status, hr_cursor *rows, int code, int name, dictionary *out) {
    while (status == HR_OK && out->count < DICTIONARY_MAX && (status = hr_cursor_next(rows)) == HR_OK) {
        out->at[out->count].code = strdup(hr_cursor_text(rows, code));
        out->at[out->count].name = strdup(hr_cursor_text(rows, name));
        if (!out->at[out->count].code || !out->at[out->count].name)
            status = HR_SYSTEM;
        out->count++;
    }
    hr_cursor_free(rows);
    return status == HR_END ? HR_OK : status;
}

void dictionary_free(dictionary *d) {
    for (size_t i = 0; i < d->count; i++) {
        free(d->at[i].code);
        free(d->at[i].name);
    }
}

const char *dictionary_name(const dictionary *d, const char *code) {
    for (size_t i = 0; i < d->count; i++)
        if (strcmp(d->at[i].code, code) == 0)
            return d->at[i].name;
    return code;
}
