/* The log, for whoever asks who did what. A row says which entry was made, and of a record of somebody's which fields
 * it gives, but no value that could identify him: the log can be looked through without reading a single file, so
 * looking is not itself said in it. Rows are read one by one, because a statement on a row would keep others from
 * writing. */
#include "base/cursor.h"
#include "base/options.h"
#include "record/life.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { L_SEQ, L_RECORDED, L_AUTHOR, L_KIND, L_KIND_NAME, L_EFFECTIVE, L_RESIDENT, L_DETAIL, L_COLUMNS };
static const hr_column columns[L_COLUMNS] = {
    [L_SEQ] = {"seq", "entry", "记录号"},
    [L_RECORDED] = {"recorded", "recorded", "记录时间"},
    [L_AUTHOR] = {"author", "author", "操作者"},
    [L_KIND] = {"kind", "kind code", "类别代码"},
    [L_KIND_NAME] = {"kind_name", "kind", "类别"},
    [L_EFFECTIVE] = {"effective", "effective", "生效日期"},
    [L_RESIDENT] = {"resident", "resident", "居民编号"},
    [L_DETAIL] = {"detail", "detail", "说明"},
};

enum { DETAIL_SIZE = 1024 };

typedef struct logrows {
    hr_store *store;
    hr_snap made;
    int64_t *seqs;      /* of one resident: his entries, ascending; else NULL */
    size_t count, room; /* count: of those not given out yet */
    int64_t below;      /* else: entries before this one */
    int64_t limit, given;
    const char *kind;    /* a form's; NULL: any */
    int64_t author;      /* 0: anybody */
    int64_t first, last; /* when it was recorded, in milliseconds */
    char recorded[HR_UTC_SIZE], author_name[80], kind_text[64], detail[DETAIL_SIZE];
} logrows;

void hr_log_options_init(hr_log_options *options) {
    *options = (hr_log_options){.size = sizeof *options};
}

static void release(void *context) {
    logrows *l = context;
    free(l->seqs);
    free(l);
}

/* ---- what an entry says ---- */

/* Adds to a text as long as there is room for it and an ellipsis. */
static void add(logrows *l, const char *part) {
    size_t used = strlen(l->detail), length = strlen(part);
    if (used + length + 4 <= DETAIL_SIZE)
        memcpy(l->detail + used, part, length + 1);
    else if (used < 3 || strcmp(l->detail + used - 3, "…") != 0)
        memcpy(l->detail + used, "…", sizeof "…");
}

static const char *label(const hr_err *err, const hr_record *row, int field) {
    return HR_TR(err, row->form->fields[field].en, row->form->fields[field].zh);
}

static void add_values(logrows *l, const hr_record *row) {
    const hr_err *err = &l->store->err;
    char value[600];
    for (int i = 0; i < row->form->count; i++) {
        bool elsewhere = row->form == &hr_form_read && i == EA_RESIDENT; /* has a column */
        bool for_programs = (row->form == &hr_form_operator && i == EO_KEY) ||
                            (row->form == &hr_form_peer && (i == PE_AGE || i == PE_MINISIGN)) ||
                            (row->form == &hr_form_publication && (i == EP_RATIOS || i == EP_RULE));
        if (!hr_record_has(row, i) || elsewhere || for_programs || row->form->fields[i].secret)
            continue;
        hr_field_format(row, i, err->language, value, sizeof value);
        if (*l->detail)
            add(l, HR_TR(err, "; ", "；"));
        if (strcmp(row->form->fields[i].name, "what") != 0) { /* which says enough by itself */
            add(l, label(err, row, i));
            add(l, " ");
        }
        add(l, value);
    }
}

/* Which fields are given, or taken out. */
static void add_fields(logrows *l, const hr_record *row) {
    const hr_err *err = &l->store->err;
    bool begun = false;
    for (int i = row->form->about == HR_ABOUT_CARE ? CARE_DATE + 1 : 0; i < row->form->count; i++) {
        if (!hr_record_has(row, i) && !hr_record_clears(row, i))
            continue;
        if (begun || *l->detail)
            add(l, begun ? HR_TR(err, ", ", "、") : HR_TR(err, ": ", "："));
        add(l, label(err, row, i));
        begun = true;
    }
}

static void add_remark(logrows *l, const hr_remark *remark) {
    const hr_err *err = &l->store->err;
    char text[64];
    if (remark->amends) {
        snprintf(text, sizeof text,
                 remark->withdrawn ? HR_TR(err, "%swithdraws %" PRId64, "%s撤回 %" PRId64)
                                   : HR_TR(err, "%sin place of %" PRId64, "%s更正 %" PRId64),
                 *l->detail ? HR_TR(err, "; ", "；") : "", remark->amends);
        add(l, text);
    }
    if (remark->forced) {
        if (*l->detail)
            add(l, HR_TR(err, "; ", "；"));
        add(l, HR_TR(err, "forced", "强制保存"));
    }
}

static void describe(logrows *l, const hr_form *form, const char *body, size_t size) {
    hr_err ignored = {.language = l->store->err.language};
    char date[HR_DATE_SIZE];
    hr_remark remark;
    hr_record row;
    *l->detail = '\0';
    if (!form || !body)
        return;
    if (hr_body_unpack(&ignored, &remark, &row, form, body, size) != HR_OK) {
        add(l, HR_TR(&ignored, "the entry cannot be read; run verify", "该条记录无法读取；请运行 verify"));
        return;
    }
    if (form->about == HR_ABOUT_CARE)
        add(l, hr_date_format(hr_record_date(&row, CARE_DATE), date));
    if (form->about == HR_ABOUT_STORE || form->about == HR_ABOUT_UNITY || form == &hr_form_peer)
        add_values(l, &row);
    else
        add_fields(l, &row);
    add_remark(l, &remark);
    if (form->about == HR_ABOUT_STORE) /* it may hold a secret field */
        hr_wipe(&row, sizeof row);
}

/* ---- rows ---- */

#define ENTRY                                                                                                          \
    "SELECT seq, recorded, (SELECT name FROM chart.author WHERE id = author), kind, effective, subject, body\n"        \
    "FROM chart.entry\n"
#define CHOSEN                                                                                                         \
    "AND (?2 IS NULL OR kind = ?2)\n"                                                                                  \
    "AND (?3 = 0 OR author = ?3)\n"                                                                                    \
    "AND recorded BETWEEN ?4 AND ?5\n"

/* The next entry that was asked for: HR_OK with a row, for sqlite3_reset. */
static hr_status find_next(logrows *l, sqlite3_stmt **out) {
    hr_status status = HR_END;
    bool all = !l->seqs;
    sqlite3_stmt *row = hr_db_statement(l->store, all ? ENTRY "WHERE seq < ?1\n" CHOSEN "ORDER BY seq DESC\n"
                                                              "LIMIT 1"
                                                      : ENTRY "WHERE seq = ?1\n" CHOSEN);
    if (!row)
        return l->store->err.status;
    while (status == HR_END && (all || l->count)) {
        sqlite3_reset(row);
        sqlite3_bind_int64(row, 1, all ? l->below : l->seqs[--l->count]);
        sqlite3_bind_text(row, 2, l->kind, -1, SQLITE_STATIC);
        sqlite3_bind_int64(row, 3, l->author);
        sqlite3_bind_int64(row, 4, l->first);
        sqlite3_bind_int64(row, 5, l->last);
        status = hr_db_row(l->store, row);
        if (all)
            break;
    }
    *out = row;
    if (status != HR_OK)
        sqlite3_reset(row);
    return status;
}

static void keep_text(const hr_err *err, char *out, size_t size, sqlite3_stmt *row, int column) {
    const char *text = (const char *)sqlite3_column_text(row, column);
    snprintf(out, size, "%s", text ? text : HR_TR(err, "unknown", "不详"));
}

static void set_row(hr_cursor *c, logrows *l, sqlite3_stmt *row) {
    const hr_err *err = &l->store->err;
    int64_t subject = sqlite3_column_int64(row, 5);
    hr_utc_format(sqlite3_column_int64(row, 1), l->recorded);
    keep_text(err, l->author_name, sizeof l->author_name, row, 2);
    keep_text(err, l->kind_text, sizeof l->kind_text, row, 3);
    const hr_form *form = hr_form_named(l->kind_text);
    describe(l, form, (const char *)sqlite3_column_text(row, 6), (size_t)sqlite3_column_bytes(row, 6));
    l->below = sqlite3_column_int64(row, 0);
    hr_cell_integer(c, L_SEQ, l->below);
    hr_cell_text(c, L_RECORDED, l->recorded);
    hr_cell_text(c, L_AUTHOR, l->author_name);
    hr_cell_text(c, L_KIND, l->kind_text);
    hr_cell_text(c, L_KIND_NAME,
                 form                                 ? HR_TR(err, form->en, form->zh)
                 : strcmp(l->kind_text, "store") == 0 ? HR_TR(err, "store made", "建库")
                                                      : l->kind_text);
    hr_cell_date(c, L_EFFECTIVE, sqlite3_column_int(row, 4));
    hr_cell_null(c, L_RESIDENT);
    if (subject)
        hr_cell_integer(c, L_RESIDENT, subject < 0 ? -subject : subject);
    hr_cell_text(c, L_DETAIL, l->detail);
}

static hr_status next_row(hr_cursor *c) {
    logrows *l = c->context;
    sqlite3_stmt *row = NULL;
    if (hr_snap_check(l->store, &l->made) != HR_OK)
        return HR_INVALID;
    if (l->limit && l->given == l->limit)
        return HR_END;
    hr_status status = find_next(l, &row);
    if (status != HR_OK)
        return status;
    set_row(c, l, row);
    sqlite3_reset(row);
    l->given++;
    return HR_OK;
}

/* ---- what is asked for ---- */

static hr_status choose_kind(logrows *l, const char *name) {
    const hr_form *form = hr_form_named(name);
    if (!name)
        return HR_OK;
    l->kind = form ? form->kind : strcmp(name, "store") == 0 ? "store" : NULL;
    if (l->kind)
        return HR_OK;
    return hr_fail(
        &l->store->err, HR_INVALID, "%s",
        HR_TR(&l->store->err,
              "there is no such kind of entry; it is \"resident\", a form or a register (the command forms "
              "lists them), \"store\", \"unify\", \"operator\", \"rotate\", \"read\", \"search\", \"export\", "
              "\"unlock\", \"clock\", \"merge\", \"conflict\", \"peer\", \"identity\", \"linkage\" or \"publication\"",
              "没有这种类别；可为 resident、表单或登记表（见 forms 命令）、store、unify、operator、rotate、"
              "read、search、export、unlock、clock、merge、conflict、peer、identity、linkage 或 publication"));
}

static hr_status choose_author(logrows *l, const char *name) {
    hr_store *store = l->store;
    char clean[256];
    if (!name)
        return HR_OK;
    hr_status status = hr_text_normalise(store->text, &store->err, name, strlen(name), clean, sizeof clean);
    sqlite3_stmt *row = hr_db_statement(store, "SELECT id FROM chart.author WHERE name = ?1");
    if (status != HR_OK || !row)
        return status != HR_OK ? status : store->err.status;
    sqlite3_bind_text(row, 1, clean, -1, SQLITE_STATIC);
    status = hr_db_row(store, row);
    if (status == HR_OK)
        l->author = sqlite3_column_int64(row, 0);
    sqlite3_reset(row);
    return status != HR_END ? status
                            : hr_fail(&store->err, HR_INVALID, "%s",
                                      HR_TR(&store->err, "the log has no entry of this operator; check the name",
                                            "日志中没有该操作员的记录；请检查名称"));
}

static hr_status choose_days(logrows *l, hr_date from, hr_date to) {
    l->first = INT64_MIN;
    l->last = INT64_MAX;
    if ((from && !hr_date_valid(from)) || (to && !hr_date_valid(to)))
        return hr_fail(&l->store->err, HR_INVALID, "%s",
                       HR_TR(&l->store->err, "from and to must be dates; correct them", "起止须为日期；请更正"));
    if (from)
        l->first = hr_moment_ms((hr_moment)hr_date_earliest(from) * 1000000);
    if (to)
        l->last = hr_moment_ms((hr_moment)hr_date_latest(to) * 1000000 + 235959) + 999;
    return HR_OK;
}

static hr_status push(logrows *l, int64_t seq) {
    if (l->count == l->room) {
        size_t room = l->room ? 2 * l->room : 64;
        int64_t *grown = realloc(l->seqs, room * sizeof *grown);
        if (!grown)
            return hr_fail_memory(&l->store->err);
        l->seqs = grown;
        l->room = room;
    }
    l->seqs[l->count++] = seq;
    return HR_OK;
}

static hr_status push_reads(logrows *l, int64_t resident) {
    sqlite3_stmt *row =
        hr_db_statement(l->store, "SELECT seq FROM chart.entry WHERE subject = ?1 AND subject < 0 ORDER BY seq");
    hr_status status = HR_OK;
    if (!row)
        return l->store->err.status;
    sqlite3_bind_int64(row, 1, -resident);
    while (status == HR_OK && (status = hr_db_row(l->store, row)) == HR_OK)
        status = push(l, sqlite3_column_int64(row, 0));
    sqlite3_reset(row);
    return status == HR_END ? HR_OK : status;
}

static int by_seq(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* All entries about him and those unified with him, and who read them. Of each the life has the entry that registered
 * him. */
static hr_status choose_resident(logrows *l, int64_t id) {
    hr_life life = {.count = 0};
    hr_status status = id ? hr_life_root(l->store, id, &id) : HR_OK;
    if (status != HR_OK || !id)
        return status;
    status = hr_life_load(l->store, id, INT64_MAX, &life);
    for (size_t i = 0; i < life.count && status == HR_OK; i++) {
        status = push(l, life.at[i].seq);
        if (status == HR_OK && life.at[i].seq == life.at[i].subject)
            status = push_reads(l, life.at[i].subject);
    }
    hr_life_free(&life);
    if (status == HR_OK)
        qsort(l->seqs, l->count, sizeof *l->seqs, by_seq);
    return status;
}

static hr_status choose(logrows *l, const hr_log_options *o) {
    l->below = INT64_MAX;
    l->limit = o->limit > 0 ? o->limit : 0;
    hr_status status = choose_kind(l, o->kind);
    if (status == HR_OK)
        status = choose_author(l, o->operator_name);
    if (status == HR_OK)
        status = choose_days(l, o->from, o->to);
    return status == HR_OK ? choose_resident(l, o->resident) : status;
}

hr_status hr_log(hr_store *store, const hr_log_options *options, hr_cursor **out) {
    hr_log_options o;
    hr_log_options_init(&o);
    if (!store || !out || !hr_options_take(&o, sizeof o, options))
        return hr_fail_argument(store);
    *out = NULL;
    hr_status status = hr_chart_begin(store);
    if (status != HR_OK)
        return status;
    hr_err_clear(&store->err);
    logrows *l = calloc(1, sizeof *l);
    if (l) {
        l->store = store;
        l->made = hr_snap_of(store);
    }
    status = l ? choose(l, &o) : hr_fail_memory(&store->err);
    hr_read_end(store);
    return hr_cursor_give(status, &store->err, columns, L_COLUMNS, l, release, next_row, out);
}
