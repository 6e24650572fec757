/* show: one resident's file. Labels, codes and units are the library's own (hr_columns), so a form or a field added
 * there shows up here by itself. */
#include "commands.h"
#include "forms.h"
#include "rows.h"
#include "session.h"
#include "text.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

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

static void write_heading(const form *of, const entry *e, int64_t id) {
    printf("\n%s %" PRId64 "  ", tr("entry", "记录"), e->seq);
    if (of && strcmp(e->kind, "resident") != 0)
        printf("%s  ", of->title);
    write_moment(e->recorded);
    fputs("  ", stdout);
    text_put(stdout, e->author, 0, false, false);
    if (*e->effective)
        printf(tr("  effective %s", "  生效 %s"), e->effective);
    if (e->resident != id)
        printf(tr("  of resident #%" PRId64, "  原居民 #%" PRId64), e->resident);
    if (e->forced)
        fputs(tr("  stored with --force", "  强制保存"), stdout);
    putchar('\n');
}

/* What an amendment changed, a field a line: old → new. */
static void write_changes(forms *all, const form *of, const char *before, const char *after) {
    json_t *was = json_loads(before, 0, NULL), *is = json_loads(after, 0, NULL);
    for (size_t i = 0; of && i < of->count; i++) {
        const field *f = &of->fields[i];
        const json_t *old = json_object_get(was, f->name), *fresh = json_object_get(is, f->name);
        if ((!old && !fresh) || (old && fresh && json_equal(old, fresh)))
            continue;
        text_repeat(stdout, " ", 2 * INDENT);
        text_put(stdout, field_label(f), of->width + INDENT, false, false);
        if (old)
            field_write(all, stdout, f, old);
        else
            fputs(tr("(nothing)", "（空）"), stdout);
        fputs(" → ", stdout);
        if (fresh)
            field_write(all, stdout, f, fresh);
        else
            fputs(tr("(nothing)", "（空）"), stdout);
        putchar('\n');
    }
    json_decref(was);
    json_decref(is);
}

static void write_note(const char *text) {
    text_repeat(stdout, " ", 2 * INDENT);
    puts(text);
}

static void write_remarks(forms *all, const form *of, const entries *e, const entry *one) {
    const entry *old = one->amends ? entry_numbered(e, one->amends) : NULL;
    char line[700];
    if (one->amended_by) {
        snprintf(line, sizeof line, tr("amended by entry %" PRId64, "已由记录 %" PRId64 " 更正"), one->amended_by);
        write_note(line);
    }
    if (one->amends) {
        snprintf(line, sizeof line,
                 one->withdrawn ? tr("withdraws entry %" PRId64 ": %s", "撤回记录 %" PRId64 "：%s")
                                : tr("amends entry %" PRId64 ": %s", "更正记录 %" PRId64 "：%s"),
                 one->amends, one->why);
        write_note(line);
    } else if (*one->why) {
        write_note(one->why);
    }
    if (old && !one->withdrawn)
        write_changes(all, of, old->body, one->body);
}

/* Whether an entry is part of the file as it is now. */
static bool stands(const entry *e) {
    return !e->amended_by && !e->withdrawn;
}

static void write_entry(forms *all, const entries *e, const entry *one, int64_t id, bool history) {
    const form *of = forms_get(all, one->kind);
    write_heading(of, one, id);
    if (history)
        write_remarks(all, of, e, one);
    if (history && one->amends)
        return;
    if (of && *one->body)
        form_write(all, of, one->body, 2 * INDENT);
    else
        write_note(tr("(erased)", "（内容已删除）"));
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
        form_write(&all, resident, now, INDENT);
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
