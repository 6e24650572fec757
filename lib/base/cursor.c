/* The getters of hr_cursor, written once for every producer. */
#include "base/cursor.h"
#include "base/date.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

hr_status hr_cursor_new(hr_err *err, const hr_column *columns, int count, hr_cursor **out) {
    hr_cursor *cursor = calloc(1, sizeof *cursor);
    if (cursor)
        cursor->cells = calloc((size_t)count, sizeof *cursor->cells);
    if (!cursor || !cursor->cells) {
        free(cursor);
        return hr_fail_memory(err);
    }
    cursor->language = err->language;
    cursor->columns = columns;
    cursor->count = count;
    *out = cursor;
    return HR_OK;
}

hr_status hr_cursor_give(hr_status status, hr_err *err, const hr_column *columns, int count, void *context,
                         void (*release)(void *context), hr_status (*next)(hr_cursor *cursor), hr_cursor **out) {
    if (status == HR_OK)
        status = hr_cursor_new(err, columns, count, out);
    if (status != HR_OK) {
        if (context)
            release(context);
        return status;
    }
    (*out)->context = context;
    (*out)->release = release;
    (*out)->next = next;
    return HR_OK;
}

void hr_cell_null(hr_cursor *cursor, int column) {
    cursor->cells[column] = (hr_cell){.type = HR_NULL};
}

void hr_cell_integer(hr_cursor *cursor, int column, int64_t value) {
    cursor->cells[column] = (hr_cell){.type = HR_INTEGER, .integer = value, .real = (double)value};
}

void hr_cell_real(hr_cursor *cursor, int column, double value) {
    cursor->cells[column] = (hr_cell){.type = HR_REAL, .integer = (int64_t)value, .real = value};
}

void hr_cell_text(hr_cursor *cursor, int column, const char *value) {
    if (!value || !*value)
        hr_cell_null(cursor, column);
    else
        cursor->cells[column] = (hr_cell){.type = HR_TEXT, .text = value};
}

void hr_cell_boolean(hr_cursor *cursor, int column, bool value) {
    cursor->cells[column] = (hr_cell){.type = HR_BOOLEAN, .integer = value, .real = value};
}

void hr_cell_date(hr_cursor *cursor, int column, int32_t value) {
    if (value == 0)
        hr_cell_null(cursor, column);
    else
        cursor->cells[column] = (hr_cell){.type = HR_DATE, .integer = value, .real = value};
}

static const hr_cell *cell_at(const hr_cursor *cursor, int column) {
    static const hr_cell null_cell = {.type = HR_NULL};
    return cursor && column >= 0 && column < cursor->count ? &cursor->cells[column] : &null_cell;
}

int hr_cursor_columns(const hr_cursor *cursor) {
    return cursor ? cursor->count : 0;
}

const char *hr_cursor_name(const hr_cursor *cursor, int column) {
    return cursor && column >= 0 && column < cursor->count ? cursor->columns[column].name : "";
}

const char *hr_cursor_label(const hr_cursor *cursor, int column) {
    if (!cursor || column < 0 || column >= cursor->count)
        return "";
    const hr_column *c = &cursor->columns[column];
    return cursor->language == HR_LANGUAGE_ZH ? c->zh : c->en;
}

hr_status hr_cursor_next(hr_cursor *cursor) {
    if (!cursor)
        return HR_END;
    return cursor->next(cursor);
}

hr_type hr_cursor_type(const hr_cursor *cursor, int column) {
    return cell_at(cursor, column)->type;
}

int64_t hr_cursor_integer(const hr_cursor *cursor, int column) {
    return cell_at(cursor, column)->integer;
}

double hr_cursor_real(const hr_cursor *cursor, int column) {
    return cell_at(cursor, column)->real;
}

const char *hr_cursor_text(const hr_cursor *cursor, int column) {
    const hr_cell *cell = cell_at(cursor, column);
    /* The buffer belongs to the cursor, which the caller holds as const only because reading a value changes no row. */
    char *number = cursor ? ((hr_cursor *)(uintptr_t)cursor)->number : NULL;
    switch (cell->type) {
    case HR_TEXT:
        return cell->text;
    case HR_INTEGER:
        snprintf(number, sizeof cursor->number, "%" PRId64, cell->integer);
        return number;
    case HR_REAL:
        snprintf(number, sizeof cursor->number, "%.6f", cell->real);
        return number;
    case HR_DATE:
        return hr_date_format((hr_date)cell->integer, number);
    case HR_BOOLEAN:
        return cell->integer ? "true" : "false";
    case HR_NULL:
    default:
        return "";
    }
}

void hr_cursor_free(hr_cursor *cursor) {
    if (!cursor)
        return;
    if (cursor->release)
        cursor->release(cursor->context);
    free(cursor->cells);
    free(cursor);
}
