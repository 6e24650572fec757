/* show: one resident's file. Labels, codes and units are the library's own (hr_columns), so a form or a field added
 * there shows up here by itself. */
#include "commands.h"
#include "forms.h"
#include "rows.h"
#include "session.h"
#include "terminal.h"
#include "text.h"
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { INDENT = 2 };

/* Columns of hr_history. */
enum {
    H_SEQ,
    H_RECORDED,
    H_AUTHOR,
    H_KIND,
    H_EFFECTIVE,
    H_BODY,
    H_AMENDS,
    H_AMENDED_BY,
    H_WITHDRAWN,
    H_FORCED,
    H_WHY,
    H_RESIDENT
};

/* One entry, kept because an amendment is compared with what it amends, which comes later. */
typedef struct entry {
    int64_t seq, amends, amended_by, resident;
    bool withdrawn, forced;
    char *recorded, *author, *kind, *effective, *body, *why;
} entry;

typedef struct entries {
    entry *at;
    size_t count;
} entries;

static void free_entries(entries *e) {
    for (size_t i = 0; i < e->count; i++) {
        char *texts[] = {e->at[i].recorded,  e->at[i].author, e->at[i].kind,
                         e->at[i].effective, e->at[i].body,   e->at[i].why};
        for (size_t j = 0; j < sizeof texts / sizeof *texts; j++)
            free(texts[j]);
    }
    free(e->at);
}

static bool keep_entry(entries *e, hr_cursor *row) {
    entry *grown = realloc(e->at, (e->count + 1) * sizeof *grown);
    if (!grown)
        return false;
    e->at = grown;
    entry *to = &e->at[e->count++];
    *to = (entry){.seq = hr_cursor_integer(row, H_SEQ),
                  .amends = hr_cursor_integer(row, H_AMENDS),
                  .amended_by = hr_cursor_integer(row, H_AMENDED_BY),
                  .resident = hr_cursor_integer(row, H_RESIDENT),
                  .withdrawn = hr_cursor_integer(row, H_WITHDRAWN) != 0,
                  .forced = hr_cursor_integer(row, H_FORCED) != 0,
                  .recorded = strdup(hr_cursor_text(row, H_RECORDED)),
                  .author = strdup(hr_cursor_text(row, H_AUTHOR)),
                  .kind = strdup(hr_cursor_text(row, H_KIND)),
                  .effective = strdup(hr_cursor_text(row, H_EFFECTIVE)),
                  .body = strdup(hr_cursor_text(row, H_BODY)),
                  .why = strdup(hr_cursor_text(row, H_WHY))};
    return to->recorded && to->author && to->kind && to->effective && to->body && to->why;
}

static const entry *entry_numbered(const entries *e, int64_t seq) {
    for (size_t i = 0; i < e->count; i++)
        if (e->at[i].seq == seq)
            return &e->at[i];
    return NULL;
}

/* ---- for people ---- */

static const char *title_of(const form *of, const entry *e) {
    /* No forms that anybody fills in, so the library lists none of them. */
    if (strcmp(e->kind, "unify") == 0)
        return tr("same person", "合并居民");
    if (strcmp(e->kind, "restrict") == 0)
        return tr("file restricted", "封存档案");
    if (strcmp(e->kind, "release") == 0)
        return tr("file released", "解除封存");
    return of ? of->title : e->kind;
}

static void write_heading(const form *of, const entry *e, int64_t id) {
    putchar('\n');
    heading_write(&(heading){.seq = e->seq,
                             .date = of && of->care ? e->effective : NULL,
                             .title = title_of(of, e),
                             .recorded = e->recorded,
                             .author = e->author,
                             .resident = e->resident != id ? e->resident : 0,
                             .forced = e->forced});
}

/* A note under an entry's heading. */
static void write_note(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void write_note(const char *format, ...) {
    char *text = NULL;
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(&text, format, arguments) < 0)
        text = NULL;
    va_end(arguments);
    text_repeat(stdout, " ", 2 * INDENT);
    text_wrap(stdout, text ? text : "", 2 * INDENT, terminal_columns(stdout));
    free(text);
}

static void write_side(forms *all, const field *f, const json_t *value, FILE *out) {
    if (value)
        field_write(all, out, f, value);
    else
        fputs(tr("(nothing)", "（空）"), out);
}

/* What an amendment changed of a field: old → new. */
static void write_change(forms *all, const form *of, const field *f, const json_t *old, const json_t *fresh) {
    const int column = 2 * INDENT + of->width + INDENT;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return;
    write_side(all, f, old, out);
    fputs(" → ", out);
    write_side(all, f, fresh, out);
    fclose(out);
    text_repeat(stdout, " ", 2 * INDENT);
    text_put(stdout, field_label(f), of->width + INDENT, false, false);
    text_wrap(stdout, text, column, terminal_columns(stdout));
    free(text);
}

static void write_changes(forms *all, const form *of, const char *before, const char *after) {
    json_t *was = json_loads(before, 0, NULL), *is = json_loads(after, 0, NULL);
    for (size_t i = 0; of && i < of->count; i++) {
        const char *name = of->fields[i].name;
        const json_t *old = json_object_get(was, name), *fresh = json_object_get(is, name);
        if ((old || fresh) && !(old && fresh && json_equal(old, fresh)))
            write_change(all, of, &of->fields[i], old, fresh);
    }
    json_decref(was);
    json_decref(is);
}

/* In whose place it stands, what took its place, and why. */
static void write_remarks(const entries *e, const entry *one) {
    const entry *next = one->amended_by ? entry_numbered(e, one->amended_by) : NULL;
    if (next)
        write_note(next->withdrawn ? tr("withdrawn by entry %" PRId64, "已由记录 %" PRId64 " 撤回")
                                   : tr("amended by entry %" PRId64, "已由记录 %" PRId64 " 更正"),
                   next->seq);
    if (one->amends)
        write_note(one->withdrawn ? tr("withdraws entry %" PRId64 ", because: %s", "撤回记录 %" PRId64 "，原因：%s")
                                  : tr("amends entry %" PRId64 ", because: %s", "更正记录 %" PRId64 "，原因：%s"),
                   one->amends, one->why);
    else if (*one->why)
        write_note(tr("because: %s", "原因：%s"), one->why);
}

/* Whether an entry is part of the file as it is now. */
static bool stands(const entry *e) {
    return !e->amended_by && !e->withdrawn;
}

static void write_entry(forms *all, const entries *e, const entry *one, int64_t id, bool history) {
    const form *of = forms_get(all, one->kind);
    const entry *old = one->amends ? entry_numbered(e, one->amends) : NULL;
    write_heading(of, one, id);
    if (history)
        write_remarks(e, one);
    if (one->withdrawn)
        return;
    if (!*one->body)
        write_note("%s", tr("(erased)", "（内容已删除）"));
    else if (history && old && *old->body)
        write_changes(all, of, old->body, one->body);
    else if (of)
        form_write(all, stdout, of, one->body, 2 * INDENT, terminal_columns(stdout));
}

/* ---- the resident ---- */

static const char *text_in(const json_t *object, const char *name) {
    const char *text = json_string_value(json_object_get(object, name));
    return text ? text : "";
}

static void write_mark(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void write_mark(const char *format, ...) {
    bool colours = terminal_colours(stdout);
    va_list arguments;
    printf("%*s%s[", INDENT, "", colours ? "\033[1m" : "");
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    printf("]%s\n", colours ? "\033[0m" : "");
}

static void write_rehabilitation(const form *resident, const json_t *now) {
    const char *need = text_in(now, "rehab_need_since"), *served = text_in(now, "rehab_served_since");
    const char *outcome = text_in(now, "rehab_outcome"), *assessed = text_in(now, "rehab_outcome_date");
    const field *f = form_field(resident, "rehab_outcome");
    char words[64];
    if (!*need)
        return;
    if (!*served)
        write_mark(tr("in need of rehabilitation since %s, not served", "有康复需求（%s 起），尚未接受服务"), need);
    else if (!*outcome || !f)
        write_mark(tr("in need of rehabilitation since %s, served since %s", "有康复需求（%s 起），%s 起接受服务"),
                   need, served);
    else
        write_mark(tr("in need of rehabilitation since %s, served since %s, outcome %s (%s)",
                      "有康复需求（%s 起），%s 起接受服务，效果：%s（%s）"),
                   need, served, field_words(f, outcome, words, sizeof words), assessed);
}

/* What must not be overlooked, before his fields: that he is dead or moved away; then an open home bed, and how his
 * rehabilitation stands. */
static void write_state(const form *resident, const char *text) {
    json_t *now = json_loads(text, 0, NULL);
    const char *died = text_in(now, "died"), *left = text_in(now, "moved_out");
    const char *opened = text_in(now, "home_bed_opened"), *closed = text_in(now, "home_bed_closed");
    if (*died)
        write_mark(tr("died %s", "已于 %s 死亡"), died);
    else if (*left)
        write_mark(tr("moved out %s", "已于 %s 迁出"), left);
    if (*opened && !*closed && !*died)
        write_mark(tr("home bed open since %s", "家庭病床：%s 建床，在床"), opened);
    if (!*died)
        write_rehabilitation(resident, now);
    json_decref(now);
}

static hr_status show_to_people(hr_store *store, int64_t id, const char *now, hr_cursor *rows, bool history) {
    forms all = {.store = store};
    entries e = {.count = 0};
    const form *resident = forms_get(&all, "resident");
    hr_status status = resident ? HR_OK : HR_SYSTEM;
    while (status == HR_OK && (status = hr_cursor_next(rows)) == HR_OK)
        if (!keep_entry(&e, rows))
            status = HR_SYSTEM;
    if (status == HR_END) {
        printf(tr("resident #%" PRId64 "\n", "居民 #%" PRId64 "\n"), id);
        write_state(resident, now);
        form_write(&all, stdout, resident, now, INDENT, terminal_columns(stdout));
        for (size_t i = 0; i < e.count; i++)
            if (history || stands(&e.at[i]))
                write_entry(&all, &e, &e.at[i], id, history);
    }
    free_entries(&e);
    forms_free(&all);
    return status == HR_END ? HR_OK : status;
}

/* ---- for programs ---- */

static hr_status show_to_programs(const char *now, enum format format, hr_cursor *rows) {
    size_t size = strlen(now) + 32;
    char *head = malloc(size);
    uint64_t count;
    if (!head)
        return HR_SYSTEM;
    snprintf(head, size, "\"resident\":%s,\n", now);
    rows_style style = {.head = head, .key = "entries", .verbatim = "body"};
    hr_status status = rows_print(rows, format, &style, &count);
    free(head);
    return status;
}

int cmd_show(const struct call *c) {
    hr_cursor *rows = NULL;
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
        status = hr_history(store, id, &rows);
    if (status == HR_OK && format == FORMAT_TABLE)
        status = show_to_people(store, id, now, rows, call_has(c, OPT_HISTORY));
    else if (status == HR_OK)
        status = show_to_programs(now, format, rows);
    code = session_result(store, status);
    hr_cursor_free(rows);
    hr_free(now);
    hr_store_free(store);
    return code;
}
