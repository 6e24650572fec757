/* show: one resident's file. Labels are the library's own (hr_columns), so a field added there shows up here by itself;
 * what a coded value means is told below, because records carry the national codes. */
#include "commands.h"
#include "rows.h"
#include "session.h"
#include "text.h"
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { INDENT = 2 };

typedef struct labels {
    dictionary of;
    int width;
} labels;

static const struct {
    const char *field, *value, *en, *zh;
} meanings[] = {
    {"sex", "0", "unknown", "未知"},
    {"sex", "1", "male", "男"},
    {"sex", "2", "female", "女"},
    {"sex", "9", "not stated", "未说明"},
    {"disability_kind", "1", "sight", "视力"},
    {"disability_kind", "2", "hearing", "听力"},
    {"disability_kind", "3", "speech", "言语"},
    {"disability_kind", "4", "limb", "肢体"},
    {"disability_kind", "5", "intellect", "智力"},
    {"disability_kind", "6", "mental", "精神"},
    {"disability_kind", "7", "multiple", "多重"},
    {"rehab_outcome", "none", "none", "无效"},
    {"rehab_outcome", "effective", "effective", "有效"},
    {"rehab_outcome", "marked", "marked", "显效"},
};

static const char *meaning(const char *field, const char *value) {
    for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++)
        if (strcmp(meanings[i].field, field) == 0 && strcmp(meanings[i].value, value) == 0)
            return tr(meanings[i].en, meanings[i].zh);
    return value;
}

/* ---- labels ---- */

static hr_status read_labels(hr_store *store, labels *out) {
    hr_cursor *columns = NULL;
    hr_status status = hr_columns(store, "residents", &columns);
    int label = text_language() == HR_LANGUAGE_ZH ? 2 : 1; /* label_zh, label_en */
    status = dictionary_read(status, columns, 0, label, &out->of);
    for (size_t i = 0; status == HR_OK && i < out->of.count; i++) {
        int width = text_width(out->of.at[i].name);
        out->width = width > out->width ? width : out->width;
    }
    return status;
}

/* ---- for people ---- */

/* The name of an area, which the figures know; the empty text when there is none. */
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

static void write_value(hr_store *store, const char *field, const json_t *value) {
    char number[32];
    const char *text = json_string_value(value);
    if (json_is_boolean(value))
        text = json_is_true(value) ? tr("yes", "是") : tr("no", "否");
    else if (json_is_null(value))
        text = tr("(cleared)", "（已清空）");
    else if (json_is_integer(value)) {
        snprintf(number, sizeof number, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        text = number;
    }
    if (text)
        text_put(stdout, meaning(field, text), 0, false, false);
    if (text && strcmp(field, "area") == 0 && !json_is_null(value)) {
        char *name = area_name(store, text);
        if (name && *name && strcmp(name, text) != 0) {
            fputs("  ", stdout);
            text_put(stdout, name, 0, false, false);
        }
        free(name);
    }
}

/* A JSON object, a field a line. */
static bool write_fields(hr_store *store, const labels *l, const char *text, int indent) {
    json_t *fields = json_loads(text, 0, NULL), *value;
    const char *name;
    if (!json_is_object(fields)) {
        json_decref(fields);
        return false;
    }
    json_object_foreach(fields, name, value) {
        text_repeat(stdout, " ", indent);
        text_put(stdout, dictionary_name(&l->of, name), l->width + INDENT, false, false);
        write_value(store, name, value);
        putchar('\n');
    }
    json_decref(fields);
    return true;
}

/* "2026-11-24T08:15:02Z" as the clock on the wall shows it. */
static void write_moment(const char *utc) {
    struct tm moment = {0}, local;
    char text[32];
    if (strptime(utc, "%Y-%m-%dT%H:%M:%SZ", &moment)) {
        time_t time = timegm(&moment);
        if (localtime_r(&time, &local) && strftime(text, sizeof text, "%Y-%m-%d %H:%M", &local))
            utc = text;
    }
    fputs(utc, stdout);
}

enum { H_SEQ, H_RECORDED, H_AUTHOR, H_KIND, H_EFFECTIVE, H_BODY }; /* columns of hr_history */

static void write_entry(hr_store *store, const labels *l, hr_cursor *entry) {
    printf("\n%s %s  ", tr("entry", "记录"), hr_cursor_text(entry, H_SEQ));
    write_moment(hr_cursor_text(entry, H_RECORDED));
    fputs("  ", stdout);
    text_put(stdout, hr_cursor_text(entry, H_AUTHOR), 0, false, false);
    if (hr_cursor_type(entry, H_EFFECTIVE) != HR_NULL)
        printf(tr("  effective %s", "  生效 %s"), hr_cursor_text(entry, H_EFFECTIVE));
    putchar('\n');
    if (!write_fields(store, l, hr_cursor_text(entry, H_BODY), 2 * INDENT))
        printf("%*s%s\n", 2 * INDENT, "", tr("(erased)", "（内容已删除）"));
}

static hr_status show_to_people(hr_store *store, int64_t id, const char *now, hr_cursor *entries) {
    labels l = {0};
    hr_status status = read_labels(store, &l);
    if (status == HR_OK) {
        printf(tr("resident #%" PRId64 "\n", "居民 #%" PRId64 "\n"), id);
        write_fields(store, &l, now, INDENT);
    }
    while (status == HR_OK && (status = hr_cursor_next(entries)) == HR_OK)
        write_entry(store, &l, entries);
    dictionary_free(&l.of);
    return status == HR_END ? HR_OK : status;
}

/* ---- for programs ---- */

static hr_status show_to_programs(const char *now, enum format format, hr_cursor *entries) {
    size_t size = strlen(now) + 32;
    char *head = malloc(size);
    uint64_t count;
    if (!head)
        return HR_SYSTEM;
    snprintf(head, size, "\"resident\":%s,\n", now);
    rows_style style = {.head = head, .key = "entries", .verbatim = "body"};
    hr_status status = rows_print(entries, format, &style, &count);
    free(head);
    return status;
}

int cmd_show(const struct call *c) {
    hr_cursor *entries = NULL;
    hr_store *store;
    enum format format;
    char *now = NULL;
    int64_t id = 0;
    if (!call_format(c, &format))
        return EXIT_USAGE;
    int code = session_open(c, &store);
    if (code != EXIT_DONE)
        return code;
    hr_status status = hr_resident_lookup(store, c->operands[1], &id);
    if (status == HR_OK)
        status = hr_resident_get(store, id, &now);
    if (status == HR_OK)
        status = hr_history(store, id, &entries);
    if (status == HR_OK && format == FORMAT_TABLE)
        status = show_to_people(store, id, now, entries);
    else if (status == HR_OK)
        status = show_to_programs(now, format, entries);
    code = session_result(store, status);
    hr_cursor_free(entries);
    hr_free(now);
    hr_store_free(store);
    return code;
}
