/* Health files, from outside: an entry is added, takes the place of another, or says that two residents are one; and
 * what contradicts what is listed. */
#include "base/cursor.h"
#include "base/options.h"
#include "indicator/ledger.h"
#include "record/access.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void hr_entry_options_init(hr_entry_options *options) {
    *options = (hr_entry_options){.size = sizeof *options};
}

/* ---- what the calls have in common ---- */

/* Overlays the options and normalises the reason into `remark`. */
static hr_status take_options(hr_store *store, const hr_entry_options *given, hr_remark *remark) {
    hr_entry_options o;
    hr_entry_options_init(&o);
    *remark = (hr_remark){.amends = 0};
    if (!hr_options_take(&o, sizeof o, given))
        return hr_fail_argument(store);
    remark->forced = o.force != 0;
    if (!o.why)
        return HR_OK;
    hr_status status =
        hr_text_normalise(store->text, &store->err, o.why, strlen(o.why), remark->why, sizeof remark->why);
    return status != HR_INVALID ? status
                                : hr_fail(&store->err, HR_INVALID, "%s",
                                          HR_TR(&store->err, "the reason is longer than 512 bytes; shorten it",
                                                "原因超过 512 字节；请缩短"));
}

static hr_status begin(hr_store *store) {
    hr_status status = hr_need_open(store);
    if (status != HR_OK)
        return status;
    hr_err_clear(&store->err);
    return HR_OK;
}

/* ---- adding ---- */

static hr_status add(hr_store *store, int64_t resident, const hr_form *form, const char *json, const hr_remark *remark,
                     int64_t *seq, hr_change *change) {
    hr_record row;
    hr_status status = hr_need_station(store);
    if (status == HR_OK)
        status = hr_record_from_json(store->text, &store->err, &row, form, json, strlen(json));
    return status == HR_OK ? hr_ledger_entry(store, resident, &row, remark, seq, change) : status;
}

hr_status hr_entry_add(hr_store *store, int64_t resident, const char *form_name, const char *json,
                       const hr_entry_options *options, int64_t *seq, hr_change *change) {
    hr_remark remark;
    hr_change did = HR_UNCHANGED;
    int64_t number = 0;
    hr_status status = begin(store);
    if (status == HR_OK)
        status = take_options(store, options, &remark);
    if (status != HR_OK)
        return status;
    const hr_form *form = hr_form_named(form_name);
    if (!form || form->about != HR_ABOUT_CARE || !json)
        return hr_fail(&store->err, HR_INVALID, "%s",
                       HR_TR(&store->err, "there is no such form of care; hr_forms (the command forms) lists them",
                             "没有这种表单；可用 forms 命令查看"));
    status = hr_enter(store);
    if (status == HR_OK)
        status = hr_leave(store, add(store, resident, form, json, &remark, &number, &did));
    if (status != HR_OK)
        return status;
    if (seq)
        *seq = number;
    if (change)
        *change = did;
    return HR_OK;
}

hr_status hr_entry_find(hr_store *store, int64_t entry, char form[HR_FORM_SIZE], int64_t *resident) {
    const hr_form *found = NULL;
    int64_t subject = 0;
    if (!store || !form || !resident)
        return hr_fail_argument(store);
    hr_status status = hr_chart_begin(store);
    if (status != HR_OK)
        return status;
    hr_err_clear(&store->err);
    status = hr_entry_locate(store, entry, &found, &subject);
    if (status == HR_OK && subject)
        status = hr_life_root(store, subject, &subject);
    hr_read_end(store);
    if (status != HR_OK)
        return status;
    snprintf(form, HR_FORM_SIZE, "%s", found ? found->kind : "");
    *resident = subject;
    return HR_OK;
}

/* ---- amending ---- */

static hr_status fail_amend(hr_store *store, const char *why) {
    return hr_fail(&store->err, HR_INVALID, "%s", why);
}

/* The entry to amend must stand, in a life of somebody's. */
static hr_status find_entry(hr_store *store, int64_t seq, hr_life *life, const hr_life_entry **out) {
    const hr_form *form = NULL;
    hr_err *err = &store->err;
    int64_t subject = 0;
    *life = (hr_life){.count = 0};
    hr_status status = hr_entry_locate(store, seq, &form, &subject);
    if (status != HR_OK)
        return status;
    if (!form || form->about == HR_ABOUT_AREA)
        return fail_amend(store, HR_TR(err, "this entry is of a register; import its row again, as it should be",
                                       "此为登记表的记录；请重新导入正确的行"));
    if (form->about == HR_ABOUT_STORE)
        return fail_amend(store, HR_TR(err, "this entry says what happened to the store, which is not amended",
                                       "此为库自身的日志，不能更正"));
    if (form->about == HR_ABOUT_CUSTODY || form->about == HR_ABOUT_CONFLICT)
        return fail_amend(
            store,
            HR_TR(err,
                  "this entry is the library's own (a file restricted, released or erased, a conflict) and is not "
                  "amended",
                  "此为库自身写入的记录（封存、解除封存、删除、冲突），不能更正"));
    if (form->about == HR_ABOUT_CALL)
        return fail_amend(store, HR_TR(err, "this entry is of an emergency call, which is not amended; add a note",
                                       "救助呼叫的记录不能更正；请另加备注"));
    status = hr_life_load(store, subject, INT64_MAX, life);
    if (status != HR_OK)
        return status;
    *out = hr_life_entry_at(life, seq);
    if (*out && hr_life_stands(*out))
        return HR_OK;
    if (*out && (*out)->amended_by)
        return hr_fail(err, HR_INVALID,
                       HR_TR(err, "entry %" PRId64 " was amended by %" PRId64 " already; amend that one",
                             "记录 %" PRId64 " 已由 %" PRId64 " 更正；请更正后者"),
                       seq, (*out)->amended_by);
    return fail_amend(
        store, HR_TR(err, "this entry takes another back; there is nothing in it to amend", "此为撤回记录，无可更正"));
}

/* What follows from other fields is worked out again. */
static void drop_derived(hr_record *row, const hr_record *patch) {
    for (int i = 0; i < row->form->count; i++)
        if (row->form->fields[i].computed)
            hr_record_unset(row, i);
    if (row->form != &hr_form_resident)
        return;
    if (hr_record_has(patch, R_ID_NUMBER)) {
        hr_record_unset(row, R_SEX);
        hr_record_unset(row, R_BIRTH_DATE);
    }
    if (hr_record_has(patch, R_CERTIFICATE)) {
        hr_record_unset(row, R_DISABILITY_KIND);
        hr_record_unset(row, R_DISABILITY_GRADE);
    }
}

/* The entry with the fields that are given instead of its own. */
static hr_status merge(hr_store *store, const hr_life_entry *entry, const char *json, hr_record *row) {
    hr_record patch, old;
    hr_err *err = &store->err;
    hr_status status = hr_record_from_json(store->text, err, &patch, entry->form, json, strlen(json));
    if (status == HR_OK)
        status = hr_record_unpack(err, &old, entry->form, entry->body, entry->size);
    if (status != HR_OK)
        return status;
    hr_record_copy(row, &old);
    drop_derived(row, &patch);
    for (int i = 0; i < row->form->count; i++)
        if (hr_record_clears(&patch, i))
            hr_record_unset(row, i);
        else if (hr_record_has(&patch, i) && hr_field_is_text(&row->form->fields[i]))
            status = status == HR_OK ? hr_record_set_text(row, err, i, hr_record_text(&patch, i)) : status;
        else if (hr_record_has(&patch, i))
            hr_record_set_number(row, i, patch.number[i]);
    return status == HR_OK && row->form == &hr_form_resident ? hr_resident_complete(err, row) : status;
}

static hr_status amend(hr_store *store, int64_t seq, const char *json, hr_remark *remark, int64_t *out) {
    hr_life life;
    hr_record row;
    hr_change did;
    const hr_life_entry *entry = NULL;
    hr_status status = find_entry(store, seq, &life, &entry);
    if (status != HR_OK)
        goto out;
    hr_record_clear(&row, entry->form);
    remark->amends = seq;
    remark->withdrawn = !json;
    if (json)
        status = merge(store, entry, json, &row);
    else if (entry->root == entry->subject)
        status = fail_amend(store, HR_TR(&store->err,
                                         "this entry registered the resident and cannot be withdrawn; amend it, or "
                                         "unify the resident with whom he really is",
                                         "此为登记该居民的记录，不能撤回；请更正，或将其与正确的居民合并"));
    else if (entry->form->about == HR_ABOUT_UNITY) /* whom it parts is said once more */
        status = hr_record_unpack(&store->err, &row, entry->form, entry->body, entry->size);
    if (status == HR_OK)
        status = hr_need_station(store);
    if (status == HR_OK)
        status = hr_ledger_entry(store, entry->subject, &row, remark, out, &did);
out:
    hr_life_free(&life);
    return status;
}

hr_status hr_entry_amend(hr_store *store, int64_t entry, const char *json, const hr_entry_options *options,
                         int64_t *seq) {
    hr_remark remark;
    int64_t number = 0;
    hr_status status = begin(store);
    if (status == HR_OK)
        status = take_options(store, options, &remark);
    if (status != HR_OK)
        return status;
    if (!*remark.why)
        return fail_amend(store, HR_TR(&store->err, "say why the entry is amended; the reason is kept with it",
                                       "请说明更正的原因；原因将随记录保存"));
    status = hr_enter(store);
    if (status == HR_OK)
        status = hr_leave(store, amend(store, entry, json, &remark, &number));
    if (status == HR_OK && seq)
        *seq = number;
    return status;
}

hr_status hr_unify(hr_store *store, int64_t remaining, int64_t other, const hr_entry_options *options, int64_t *seq) {
    hr_remark remark;
    hr_record row;
    hr_change did;
    int64_t number = 0;
    hr_status status = begin(store);
    if (status == HR_OK)
        status = take_options(store, options, &remark);
    if (status != HR_OK)
        return status;
    hr_record_clear(&row, &hr_form_unify);
    hr_record_set_number(&row, U_ABSORBED, other > 0 ? other : 0);
    status = hr_need_station(store);
    if (status == HR_OK)
        status = hr_enter(store);
    if (status == HR_OK)
        status = hr_leave(store, hr_ledger_entry(store, remaining, &row, &remark, &number, &did));
    if (status == HR_OK && seq)
        *seq = number;
    return status;
}

/* ---- check ---- */

enum { C_RESIDENT, C_ENTRY, C_FORM, C_DATE, C_PROBLEM, C_FORCED, C_COUNT };
static const hr_column columns[C_COUNT] = {
    [C_RESIDENT] = {"resident", "resident", "居民编号"},
    [C_ENTRY] = {"entry", "entry", "记录号"},
    [C_FORM] = {"form", "form", "表单"},
    [C_DATE] = {"date", "date", "日期"},
    [C_PROBLEM] = {"problem", "problem", "矛盾"},
    [C_FORCED] = {"forced", "forced", "强制保存"},
};

typedef struct contradiction {
    int64_t resident, entry;
    const hr_form *form;
    hr_date date;
    bool forced;
    char *problem;
} contradiction;

typedef struct checking {
    hr_store *store;
    int64_t resident;
    contradiction *at;
    size_t count, next;
    bool no_memory;
} checking;

static void release(void *context) {
    checking *c = context;
    for (size_t i = 0; i < c->count; i++)
        free(c->at[i].problem);
    free(c->at);
    free(c);
}

static void note(void *context, const hr_life_entry *entry, const char *reason) {
    checking *c = context;
    contradiction *grown = realloc(c->at, (c->count + 1) * sizeof *grown);
    char *problem = grown ? strdup(reason) : NULL;
    if (grown)
        c->at = grown;
    if (!problem) {
        c->no_memory = true;
        return;
    }
    c->at[c->count++] =
        (contradiction){c->resident, entry->seq, entry->form, entry->date, entry->remark.forced, problem};
}

static hr_status check_resident(checking *c, int64_t id) {
    hr_life life;
    hr_resident now;
    hr_status status = hr_life_load(c->store, id, INT64_MAX, &life);
    if (status != HR_OK)
        return status;
    c->resident = id;
    status = hr_life_fold(c->store, &life, HR_LIFE_ALL, &now, note, c);
    hr_life_free(&life);
    if (status != HR_OK)
        return status;
    hr_resident_release(&now);
    return c->no_memory ? hr_fail_memory(&c->store->err) : HR_OK;
}

/* Only those about whom more than one entry was said can contradict themselves. */
static hr_status check_all(checking *c, hr_progress progress, void *context) {
    sqlite3_stmt *rows = NULL;
    hr_status status = HR_OK;
    uint64_t done = 0;
    if (sqlite3_prepare_v2(c->store->db,
                           "SELECT id, (SELECT count(*) FROM chart.resident)\n"
                           "FROM chart.resident\n"
                           "WHERE id NOT IN (SELECT absorbed FROM chart.unified)\n"
                           "AND id NOT IN (SELECT resident FROM chart.custody)\n"
                           "ORDER BY id",
                           -1, &rows, NULL) != SQLITE_OK)
        return hr_db_fail(c->store);
    while (status == HR_OK && (status = hr_db_row(c->store, rows)) == HR_OK) {
        status = check_resident(c, sqlite3_column_int64(rows, 0));
        if (status == HR_OK && progress && ++done % 256 == 0 &&
            progress(context, done, (uint64_t)sqlite3_column_int64(rows, 1)))
            status = hr_fail(&c->store->err, HR_CANCELLED, "%s",
                             HR_TR(&c->store->err, "stopped; nothing was changed", "已停止；未作任何改动"));
    }
    sqlite3_finalize(rows);
    return status == HR_END ? HR_OK : status;
}

static hr_status next_contradiction(hr_cursor *cursor) {
    checking *c = cursor->context;
    if (c->next == c->count)
        return HR_END;
    const contradiction *one = &c->at[c->next++];
    hr_cell_integer(cursor, C_RESIDENT, one->resident);
    hr_cell_integer(cursor, C_ENTRY, one->entry);
    hr_cell_text(cursor, C_FORM, one->form->kind);
    hr_cell_date(cursor, C_DATE, one->date);
    hr_cell_text(cursor, C_PROBLEM, one->problem);
    hr_cell_boolean(cursor, C_FORCED, one->forced);
    return HR_OK;
}

hr_status hr_check(hr_store *store, hr_progress progress, void *context, hr_cursor **out) {
    if (!store || !out)
        return hr_fail_argument(store);
    *out = NULL;
    hr_status status = hr_chart_begin(store);
    if (status != HR_OK)
        return status;
    hr_err_clear(&store->err);
    checking *c = calloc(1, sizeof *c);
    if (c)
        c->store = store;
    status = c ? check_all(c, progress, context) : hr_fail_memory(&store->err);
    hr_read_end(store);
    if (status == HR_OK)
        status = hr_access_search(store, HR_SEARCH_CHECK, -1, NULL);
    return hr_cursor_give(status, &store->err, columns, C_COUNT, c, release, next_contradiction, out);
}
