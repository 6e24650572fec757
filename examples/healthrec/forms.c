/* Forms. Codes come from hr_columns as a text, "1 male; 2 female", which is taken apart here. */
#include "forms.h"
#include "text.h"
#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* Columns of hr_forms and hr_columns. */
enum { M_FORM, M_NAME, M_ABOUT };
enum { F_NAME, F_EN, F_ZH, F_REQUIRED, F_MEANING, F_TYPE, F_UNIT, F_RANGE, F_CODES, F_STANDARD, F_COMPUTED };

/* ---- reading ---- */

static void free_form(form *f) {
    for (size_t i = 0; i < f->count; i++) {
        char *texts[] = {f->fields[i].name,    f->fields[i].en,    f->fields[i].zh,
                         f->fields[i].meaning, f->fields[i].type,  f->fields[i].unit,
                         f->fields[i].range,   f->fields[i].codes, f->fields[i].standard};
        for (size_t j = 0; j < sizeof texts / sizeof *texts; j++)
            free(texts[j]);
    }
    free(f->fields);
    free(f->kind);
    free(f->title);
    free(f);
}

void forms_free(forms *all) {
    while (all->first) {
        form *next = all->first->next;
        free_form(all->first);
        all->first = next;
    }
}

static bool read_field(form *f, hr_cursor *row) {
    field *grown = realloc(f->fields, (f->count + 1) * sizeof *grown);
    if (!grown)
        return false;
    f->fields = grown;
    field *to = &f->fields[f->count++];
    *to = (field){.name = strdup(hr_cursor_text(row, F_NAME)),
                  .en = strdup(hr_cursor_text(row, F_EN)),
                  .zh = strdup(hr_cursor_text(row, F_ZH)),
                  .meaning = strdup(hr_cursor_text(row, F_MEANING)),
                  .type = strdup(hr_cursor_text(row, F_TYPE)),
                  .unit = strdup(hr_cursor_text(row, F_UNIT)),
                  .range = strdup(hr_cursor_text(row, F_RANGE)),
                  .codes = strdup(hr_cursor_text(row, F_CODES)),
                  .standard = strdup(hr_cursor_text(row, F_STANDARD)),
                  .required = hr_cursor_integer(row, F_REQUIRED) != 0,
                  .computed = hr_cursor_integer(row, F_COMPUTED) != 0};
    return to->name && to->en && to->zh && to->meaning && to->type && to->unit && to->range && to->codes &&
           to->standard;
}

static bool read_title(forms *all, form *f) {
    hr_cursor *rows = NULL;
    hr_status status = hr_forms(all->store, &rows);
    while (status == HR_OK && !f->title && (status = hr_cursor_next(rows)) == HR_OK)
        if (strcmp(hr_cursor_text(rows, M_FORM), f->kind) == 0) {
            f->title = strdup(hr_cursor_text(rows, M_NAME));
            f->care = strcmp(hr_cursor_text(rows, M_ABOUT), "care") == 0;
        }
    hr_cursor_free(rows);
    if (!f->title) /* one that is not listed is called by its kind */
        f->title = strdup(f->kind);
    return f->title != NULL;
}

static bool read_fields(form *f, hr_cursor *rows) {
    hr_status status;
    while ((status = hr_cursor_next(rows)) == HR_OK) {
        if (!read_field(f, rows))
            return false;
        int width = text_width(field_label(&f->fields[f->count - 1]));
        f->width = width > f->width ? width : f->width;
    }
    return status == HR_END;
}

const form *forms_get(forms *all, const char *kind) {
    hr_cursor *rows = NULL;
    for (form *f = all->first; f; f = f->next)
        if (strcmp(f->kind, kind) == 0)
            return f;
    if (hr_columns(all->store, kind, &rows) != HR_OK)
        return NULL;
    form *f = calloc(1, sizeof *f);
    bool good = f && (f->kind = strdup(kind)) && read_fields(f, rows) && read_title(all, f);
    hr_cursor_free(rows);
    if (!good) {
        if (f)
            free_form(f);
        return NULL;
    }
    f->next = all->first;
    all->first = f;
    return f;
}

const char *field_label(const field *f) {
    return tr(f->en, f->zh);
}

/* A name comes before everybody's labels. */
const field *form_field(const form *of, const char *name) {
    for (size_t i = 0; i < of->count; i++)
        if (strcmp(of->fields[i].name, name) == 0)
            return &of->fields[i];
    for (size_t i = 0; i < of->count; i++)
        if (strcasecmp(of->fields[i].en, name) == 0 || strcmp(of->fields[i].zh, name) == 0)
            return &of->fields[i];
    return NULL;
}

const field *form_blamed(const form *of, const char *message) {
    const char *sign = tr(":", "：");
    for (size_t i = 0; i < of->count; i++) {
        const char *name = tr(of->fields[i].name, of->fields[i].zh);
        size_t length = strlen(name);
        if (strncmp(message, name, length) == 0 && strncmp(message + length, sign, strlen(sign)) == 0)
            return &of->fields[i];
    }
    return NULL;
}

/* ---- what may stand in a field ---- */

/* "1 male; 2 female" with the language's semicolons. Of true and false the words say enough. */
static void write_codes(FILE *out, const char *codes) {
    for (const char *at = codes, *end; *at; at = *end ? end + 2 : end) {
        size_t skipped = strncmp(at, "true ", 5) == 0 ? 5 : strncmp(at, "false ", 6) == 0 ? 6 : 0;
        end = strstr(at, "; ");
        end = end ? end : at + strlen(at);
        fprintf(out, "%.*s%s", (int)(end - at - (ptrdiff_t)skipped), at + skipped, *end ? tr("; ", "；") : "");
    }
}

static const char *hint_of_type(const char *type) {
    static const struct {
        const char *type, *en, *zh;
    } hints[] = {
        {"date", "a date, such as 2003-05-01", "日期，如 2003-05-01"},
        {"time", "a time, such as 2003-05-01 08:15", "时间，如 2003-05-01 08:15"},
        {"area", "an area's code", "区划代码"},
        {"areas", "areas' codes, parted by ;", "区划代码，多个用分号隔开"},
        {"codes", "several are parted by ;", "多项用分号隔开"},
    };
    for (size_t i = 0; i < sizeof hints / sizeof *hints; i++)
        if (strcmp(hints[i].type, type) == 0)
            return tr(hints[i].en, hints[i].zh);
    return "";
}

static void write_point(FILE *out, const char *text, int indent, int width) {
    if (!*text)
        return;
    text_repeat(out, " ", indent);
    text_wrap(out, text, indent, width);
}

void field_describe(FILE *out, const field *f, int indent, int width) {
    char *codes = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&codes, &size);
    write_point(out, f->meaning, indent, width);
    if (to) {
        write_codes(to, f->codes);
        fclose(to);
        write_point(out, codes, indent, width);
        free(codes);
    }
    write_point(out, f->range, indent, width);
    write_point(out, hint_of_type(f->type), indent, width);
}

/* ---- values ---- */

/* Codes are listed as in "1 male; 2 female"; one without words stands alone. */
const char *field_words(const field *f, const char *code, char *out, size_t size) {
    size_t length = strlen(code);
    snprintf(out, size, "%s", code);
    for (const char *at = f->codes; *at;) {
        const char *end = strstr(at, "; ");
        size_t found = end ? (size_t)(end - at) : strlen(at);
        if (strncmp(at, code, length) == 0 && at[length] == ' ' && found > length + 1) {
            snprintf(out, size, "%.*s", (int)(found - length - 1), at + length + 1);
            break;
        }
        at += found + (end ? 2 : 0);
    }
    return out;
}

static void write_code(FILE *out, const field *f, const char *code) {
    char words[256];
    fputs(field_words(f, code, words, sizeof words), out);
}

/* A plain value as text; NULL for what is none. */
static const char *plain(const json_t *value, char room[32]) {
    if (json_is_string(value))
        return json_string_value(value);
    if (json_is_boolean(value))
        return json_is_true(value) ? "true" : "false";
    if (json_is_integer(value))
        snprintf(room, 32, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    else if (json_is_real(value))
        snprintf(room, 32, "%.10g", json_real_value(value));
    else
        return NULL;
    return room;
}

/* The name of an area, which the figures know, for free(). */
static char *area_name(hr_store *store, const char *area) {
    hr_rates_options options;
    hr_cursor *rows = NULL;
    char *name = NULL;
    hr_rates_options_init(&options);
    options.within = area;
    options.indicators = "resident_files";
    if (hr_rates(store, &options, &rows) == HR_OK && hr_cursor_next(rows) == HR_OK)
        name = strdup(hr_cursor_text(rows, 1));
    hr_cursor_free(rows);
    return name;
}

static void write_area(forms *all, FILE *out, const char *code) {
    char *name = area_name(all->store, code);
    fputs(code, out);
    if (name && *name && strcmp(name, code) != 0)
        fprintf(out, "  %s", name);
    free(name);
}

static void write_plain(forms *all, FILE *out, const field *f, const char *text) {
    bool number = strcmp(f->type, "integer") == 0 || strcmp(f->type, "decimal") == 0;
    if (strcmp(f->type, "code") == 0 || strcmp(f->type, "codes") == 0)
        write_code(out, f, text);
    else if (strcmp(f->type, "area") == 0)
        write_area(all, out, text);
    else
        fprintf(out, "%s%s%s", text, number && *f->unit ? " " : "", number ? f->unit : "");
}

void field_write(forms *all, FILE *out, const field *f, const json_t *value) {
    char room[32];
    if (json_is_null(value)) {
        fputs(tr("(cleared)", "（已清空）"), out);
        return;
    }
    for (size_t i = 0; i < json_array_size(value); i++) {
        const char *code = plain(json_array_get(value, i), room);
        fputs(i ? tr(", ", "、") : "", out);
        write_code(out, f, code ? code : "");
    }
    const char *text = plain(value, room);
    if (text)
        write_plain(all, out, f, text);
}

static bool write_field(forms *all, FILE *out, const form *of, const field *f, const json_t *value, int indent,
                        int width) {
    enum { GAP = 2 };
    char *text = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&text, &size);
    if (!to)
        return false;
    field_write(all, to, f, value);
    fclose(to);
    text_repeat(out, " ", indent);
    text_put(out, field_label(f), of->width + GAP, false, false);
    text_wrap(out, text, indent + of->width + GAP, width);
    free(text);
    return true;
}

bool form_write(forms *all, FILE *out, const form *of, const char *json, int indent, int width) {
    json_t *fields = json_loads(json, 0, NULL), *value;
    bool object = json_is_object(fields);
    const char *name;
    json_object_foreach(fields, name, value) {
        const field *f = form_field(of, name);
        if (f && !write_field(all, out, of, f, value, indent, width))
            break;
    }
    json_decref(fields);
    return object;
}

/* ---- headings ---- */

void heading_write(const heading *h) {
    char moment[MOMENT_SIZE];
    printf("%s %" PRId64, tr("entry", "记录"), h->seq);
    if (h->date && *h->date)
        printf("  %s", h->date);
    printf("  %s", h->title);
    if (h->resident)
        printf(tr(", of resident #%" PRId64, "，居民 #%" PRId64), h->resident);
    if (h->recorded) {
        fputs(tr("  (", "（"), stdout);
        fputs(moment_text(h->recorded, moment), stdout);
        fputs(tr(", ", "，"), stdout);
        text_put(stdout, h->author, 0, false, false);
        fputs(tr(")", "）"), stdout);
    }
    if (h->forced)
        fputs(tr("  [stored with --force]", "  [强制保存]"), stdout);
    putchar('\n');
}
