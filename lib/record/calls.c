/* Emergency calls: finding whose a call is, and putting what becomes of it. */
#include "record/calls.h"
#include "record/areas.h"
#include "record/search.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void hr_call_from_row(sqlite3_stmt *row, hr_call *out) {
    *out = (hr_call){.id = sqlite3_column_int64(row, 0),
                     .area = sqlite3_column_int64(row, 1),
                     .signal = sqlite3_column_int64(row, 2),
                     .raised = sqlite3_column_int64(row, 3),
                     .answered = sqlite3_column_int64(row, 4),
                     .closed = sqlite3_column_int64(row, 5),
                     .outcome = sqlite3_column_int64(row, 6),
                     .answer_entry = sqlite3_column_int64(row, 7),
                     .close_entry = sqlite3_column_int64(row, 8)};
}

hr_status hr_call_load(hr_store *store, int64_t id, hr_call *out) {
    sqlite3_stmt *row = hr_db_statement(store, "SELECT " HR_CALL_COLUMNS " FROM main.call WHERE id = ?1");
    if (!row)
        return store->err.status;
    sqlite3_bind_int64(row, 1, id);
    hr_status status = hr_db_row(store, row);
    if (status == HR_OK)
        hr_call_from_row(row, out);
    sqlite3_reset(row);
    if (status != HR_END)
        return status;
    return hr_fail(&store->err, HR_NOT_FOUND,
                   HR_TR(&store->err, "there is no call %" PRId64 "; call list prints the numbers",
                         "没有编号为 %" PRId64 " 的呼叫；可用 call list 查看编号"),
                   id);
}

void hr_call_fold(hr_call *call, const hr_record *row, int64_t seq) {
    if (row->form == &hr_form_call_raise) {
        *call = (hr_call){.id = seq,
                          .area = hr_record_number(row, CR_AREA),
                          .signal = hr_record_number(row, CR_SIGNAL),
                          .raised = hr_record_number(row, CR_TIME)};
    } else if (row->form == &hr_form_call_answer) {
        call->answered = hr_record_number(row, CA_TIME);
        call->answer_entry = seq;
    } else {
        call->closed = hr_record_number(row, CC_TIME);
        call->outcome = hr_record_number(row, CC_OUTCOME);
        call->close_entry = seq;
    }
}

bool hr_call_same(const hr_call *a, const hr_call *b) {
    return a->id == b->id && a->area == b->area && a->signal == b->signal && a->raised == b->raised &&
           a->answered == b->answered && a->closed == b->closed && a->outcome == b->outcome &&
           a->answer_entry == b->answer_entry && a->close_entry == b->close_entry;
}

hr_status hr_call_resident(hr_store *store, int64_t id, int64_t *resident) {
    const hr_form *form;
    int64_t subject = 0;
    hr_status status = hr_entry_locate(store, id, &form, &subject);
    return status == HR_OK && subject ? hr_life_root(store, subject, resident) : (*resident = 0, status);
}

/* ---- what was said ---- */

hr_status hr_call_said(hr_store *store, int64_t seq, const hr_form *form, hr_record *out) {
    sqlite3_stmt *row = hr_db_statement(store, "SELECT kind, body FROM chart.entry WHERE seq = ?1");
    if (!row)
        return store->err.status;
    sqlite3_bind_int64(row, 1, seq);
    hr_status status = hr_db_row(store, row);
    const char *body = status == HR_OK ? (const char *)sqlite3_column_text(row, 1) : NULL;
    bool good = status == HR_OK && hr_form_named((const char *)sqlite3_column_text(row, 0)) == form;
    if (good && body)
        good = hr_body_unpack(&store->err, NULL, out, form, body, (size_t)sqlite3_column_bytes(row, 1)) == HR_OK;
    else /* erased on request: then it says nothing */
        hr_record_clear(out, form);
    sqlite3_reset(row);
    if (good || (status != HR_OK && status != HR_END))
        return status;
    return hr_fail(&store->err, HR_DAMAGED,
                   HR_TR(&store->err,
                         "entry %" PRId64 " of a call cannot be read; run verify, and restore the newest backup",
                         "呼叫的记录 %" PRId64 " 无法读取；请运行 verify，并用最近的备份恢复"),
                   seq);
}

/* The area is not said but worked out, and may be another by now. */
static bool said_alike(const hr_record *a, const hr_record *b) {
    for (int field = 0; field < CR_AREA; field++)
        if (!hr_record_same(a, b, field))
            return false;
    return true;
}

hr_status hr_call_repeated(hr_store *store, const hr_record *raise, int64_t *call) {
    sqlite3_stmt *rows = hr_db_statement(store, "SELECT id FROM main.call WHERE raised = ?1 ORDER BY id");
    hr_status status = HR_OK;
    hr_record said;
    *call = 0;
    if (!rows)
        return store->err.status;
    sqlite3_bind_int64(rows, 1, hr_record_number(raise, CR_TIME));
    while (status == HR_OK && !*call && (status = hr_db_row(store, rows)) == HR_OK) {
        int64_t id = sqlite3_column_int64(rows, 0);
        status = hr_call_said(store, id, &hr_form_call_raise, &said);
        if (status == HR_OK && said_alike(&said, raise))
            *call = id;
    }
    sqlite3_reset(rows);
    return status == HR_END ? HR_OK : status;
}

/* ---- telephone numbers ---- */

enum { PHONE_SIZE = 65 };
static const char phone_characters[] = "0123456789+-(). ";

/* The digits of the first number in `text`, as dialled within the country: without 86, and with the 0 of an area code.
 * Returns where the text goes on. */
static const char *dialled(const char *text, char out[PHONE_SIZE + 1]) {
    size_t count = 0, length = strspn(text, phone_characters);
    bool abroad = false;
    for (size_t i = 0; i < length; i++) {
        abroad = abroad || (text[i] == '+' && count == 0);
        if (text[i] >= '0' && text[i] <= '9' && count < PHONE_SIZE)
            out[count++] = text[i];
    }
    out[count] = '\0';
    size_t prefix = count > 4 && memcmp(out, "0086", 4) == 0           ? 4
                    : abroad && count > 2 && memcmp(out, "86", 2) == 0 ? 2
                                                                       : 0;
    if (prefix) {
        bool area_code = out[prefix] != '0';
        out[0] = '0';
        memmove(out + area_code, out + prefix, count - prefix + 1);
    }
    return text + length;
}

/* Whether `whole` is `local` with an area code, or a mobile number dialled from elsewhere, before it. */
static bool is_local(const char *whole, const char *local) {
    size_t length = strlen(whole), rest = strlen(local);
    if (whole[0] != '0' || rest >= length || strcmp(whole + length - rest, local) != 0)
        return false;
    size_t code = length - rest;
    return (rest == 11 && local[0] == '1' && code == 1) ||
           ((rest == 7 || rest == 8) && local[0] != '0' && (code == 3 || code == 4));
}

/* Whether one of the numbers that somebody is to be reached at is this one. */
static bool phone_among(const char *phones, const char *phone) {
    char wanted[PHONE_SIZE + 1], one[PHONE_SIZE + 1];
    dialled(phone, wanted);
    while (*phones) {
        const char *next = dialled(phones, one);
        if (*one && (strcmp(one, wanted) == 0 || is_local(one, wanted) || is_local(wanted, one)))
            return true;
        phones = next + (*next != '\0');
    }
    return false;
}

/* ---- whose it is ---- */

typedef struct callers {
    int64_t *at;
    size_t count, here; /* the first `here` are alive and live here */
} callers;

static bool holds(const callers *list, int64_t id) {
    for (size_t i = 0; i < list->count; i++)
        if (list->at[i] == id)
            return true;
    return false;
}

static hr_status add_caller(hr_store *store, int64_t id, callers *list) {
    hr_resident known;
    hr_status status = hr_life_root(store, id, &id);
    if (status != HR_OK || holds(list, id))
        return status;
    status = hr_resident_load(store, id, &known, NULL);
    if (status != HR_OK)
        return status;
    bool gone = hr_record_has(&known.now, R_DIED) || hr_record_has(&known.now, R_MOVED_OUT);
    hr_resident_release(&known);
    int64_t *grown = realloc(list->at, (list->count + 1) * sizeof *grown);
    if (!grown)
        return hr_fail_memory(&store->err);
    list->at = grown;
    size_t at = gone ? list->count : list->here++;
    memmove(grown + at + 1, grown + at, (list->count++ - at) * sizeof *grown);
    grown[at] = id;
    return HR_OK;
}

/* Adds those of the candidates that have the device; without one, the phone. */
static hr_status add_matching(hr_store *store, const int64_t *ids, size_t n, const char *device, const char *phone,
                              callers *list) {
    hr_status status = HR_OK;
    for (size_t i = 0; i < n && status == HR_OK; i++) {
        hr_resident known;
        status = hr_resident_load(store, ids[i], &known, NULL);
        if (status == HR_NOT_FOUND) { /* an index may name nobody; verify says so */
            hr_err_clear(&store->err);
            status = HR_OK;
            continue;
        }
        if (status != HR_OK)
            break;
        bool match = device ? hr_device_same(device, hr_record_text(&known.now, R_CALL_DEVICE))
                            : phone_among(hr_record_text(&known.now, R_PHONE), phone);
        hr_resident_release(&known);
        if (match)
            status = add_caller(store, ids[i], list);
    }
    return status;
}

hr_status hr_call_residents(hr_store *store, const hr_record *raise, int64_t **out, size_t *count) {
    const char *device = hr_record_text(raise, CR_DEVICE), *phone = hr_record_text(raise, CR_PHONE);
    callers list = {.count = 0};
    int64_t *ids = NULL;
    size_t n = 0;
    hr_status status = store->writing ? hr_flush(store) : HR_OK;
    if (status == HR_OK && *device)
        status = hr_search_devices(store, device, &ids, &n);
    if (status == HR_OK)
        status = add_matching(store, ids, n, device, NULL, &list);
    free(ids);
    ids = NULL;
    n = 0;
    if (status == HR_OK && list.count == 0 && *phone && phone[strspn(phone, phone_characters)] == '\0')
        status = hr_search_candidates(store, phone, &ids, &n);
    if (status == HR_OK)
        status = add_matching(store, ids, n, NULL, phone, &list);
    free(ids);
    if (status != HR_OK) {
        free(list.at);
        return status;
    }
    *out = list.at;
    *count = list.count;
    return HR_OK;
}

/* ---- putting ---- */

static hr_status fail_call(hr_store *store, int field, const hr_record *row, const char *why, hr_moment moment) {
    char text[HR_MOMENT_SIZE];
    return hr_fail(&store->err, HR_INVALID, why, hr_field_label(&store->err, row->form, field),
                   hr_moment_format(moment, text));
}

static hr_status check_step(hr_store *store, const hr_record *row, const hr_call *call) {
    hr_err *err = &store->err;
    bool closing = row->form == &hr_form_call_close;
    hr_moment time = hr_record_number(row, closing ? CC_TIME : CA_TIME), from = closing ? call->answered : call->raised;
    int field = closing ? CC_CALL : CA_CALL;
    if (call->closed)
        return fail_call(store, field, row,
                         HR_TR(err, "%s: the call was closed at %s already", "%s：该呼叫已于 %s 办结"), call->closed);
    if (closing && !call->answered)
        return fail_call(store, field, row,
                         HR_TR(err, "%s: the call of %s was not answered yet; answer it first",
                               "%s：%s 的呼叫尚未应答；请先登记应答"),
                         call->raised);
    if (!closing && call->answered)
        return fail_call(store, field, row,
                         HR_TR(err, "%s: the call was answered at %s already", "%s：该呼叫已于 %s 应答"),
                         call->answered);
    if (time < from)
        return fail_call(
            store, closing ? CC_TIME : CA_TIME, row,
            closing
                ? HR_TR(err, "%s: is before it was answered (%s); correct the time", "%s：早于应答时间（%s）；请更正")
                : HR_TR(err, "%s: is before it was raised (%s); correct the time", "%s：早于呼叫时间（%s）；请更正"),
            from);
    return HR_OK;
}

static hr_status keep(hr_store *store, const hr_call *c) {
    sqlite3_stmt *row = hr_db_statement(store, "REPLACE INTO main.call (" HR_CALL_COLUMNS ")\n"
                                               "VALUES (?1, ?2, nullif(?3, 0), ?4, nullif(?5, 0), nullif(?6, 0),\n"
                                               "        nullif(?7, 0), nullif(?8, 0), nullif(?9, 0))");
    const int64_t values[] = {c->id,     c->area,    c->signal,       c->raised,     c->answered,
                              c->closed, c->outcome, c->answer_entry, c->close_entry};
    if (!row)
        return store->err.status;
    for (int i = 0; i < 9; i++)
        sqlite3_bind_int64(row, i + 1, values[i]);
    return hr_db_step(store, row);
}

/* An entry about nobody known. */
static hr_status append_unknown(hr_store *store, const hr_record *row, hr_date effective, int64_t *seq) {
    char bytes[HR_BODY_SIZE];
    hr_body body = {.bytes = bytes, .size = hr_body_pack(NULL, row, bytes)};
    hr_entry entry = {.kind = row->form->kind, .effective = effective};
    hr_body_seal(&body);
    hr_status status = hr_log_append(store, &entry, &body);
    *seq = entry.seq;
    return status;
}

/* The time is the first field of each form. */
enum { CALL_TIME = 0 };
_Static_assert((int)CR_TIME == CALL_TIME && (int)CA_TIME == CALL_TIME && (int)CC_TIME == CALL_TIME, "time is first");

/* What must hold of a row by itself. */
static hr_status check_row(hr_store *store, hr_record *row, hr_date today) {
    for (int i = 0; i < row->form->count; i++)
        if (row->form->fields[i].required && !hr_record_has(row, i))
            return hr_fail(&store->err, HR_INVALID,
                           HR_TR(&store->err, "%s: is missing; fill it in", "%s：缺失；请补填"),
                           hr_field_label(&store->err, row->form, i));
    if (hr_moment_date(hr_record_number(row, CALL_TIME)) > today)
        return fail_call(store, CALL_TIME, row,
                         HR_TR(&store->err, "%s: %s is in the future; correct the time", "%s：%s 是将来的时间；请更正"),
                         hr_record_number(row, CALL_TIME));
    row->cleared = (hr_fields){{0}}; /* there was nothing before */
    return row->form->complete ? row->form->complete(&store->err, row) : HR_OK;
}

/* Where a call counts: as it says, where its resident lives, or the whole store. */
static hr_status set_area(hr_store *store, hr_record *row, int64_t resident) {
    hr_resident known;
    if (hr_record_has(row, CR_AREA))
        return hr_areas_need(store, hr_field_label(&store->err, row->form, CR_AREA), hr_record_number(row, CR_AREA));
    hr_record_set_number(row, CR_AREA, store->area);
    if (!resident)
        return HR_OK;
    hr_status status = hr_resident_load(store, resident, &known, NULL);
    if (status != HR_OK)
        return status;
    hr_record_set_number(row, CR_AREA, hr_record_number(&known.now, R_AREA));
    hr_resident_release(&known);
    return HR_OK;
}

static hr_status append(hr_store *store, int64_t resident, hr_record *row, int64_t *seq) {
    hr_date day = hr_moment_date(hr_record_number(row, CALL_TIME));
    hr_changes changes;
    if (!resident)
        return append_unknown(store, row, day, seq);
    hr_status status = hr_entry_put(store, resident, row, NULL, day, &changes);
    *seq = changes.seq;
    hr_changes_release(&changes);
    return status;
}

hr_status hr_call_adopt(hr_store *store, const hr_record *row, int64_t seq, hr_call *before, hr_call *after) {
    bool raising = row->form == &hr_form_call_raise;
    *before = (hr_call){.id = 0};
    hr_status status = raising ? HR_OK : hr_call_load(store, hr_record_number(row, CA_CALL), before);
    *after = *before;
    if (status != HR_OK)
        return status;
    hr_call_fold(after, row, seq);
    return keep(store, after);
}

hr_status hr_call_put(hr_store *store, hr_record *row, int64_t resident, hr_date today, hr_call *before,
                      hr_call *after) {
    bool raising = row->form == &hr_form_call_raise;
    int64_t seq = 0;
    *before = (hr_call){.id = 0};
    hr_status status = check_row(store, row, today);
    if (status == HR_OK && raising)
        status = set_area(store, row, resident);
    else if (status == HR_OK)
        status = hr_call_load(store, hr_record_number(row, CA_CALL), before);
    if (status == HR_OK && !raising)
        status = check_step(store, row, before);
    if (status == HR_OK && !raising)
        status = hr_call_resident(store, before->id, &resident);
    if (status == HR_OK)
        status = append(store, resident, row, &seq);
    if (status != HR_OK)
        return status;
    *after = *before;
    hr_call_fold(after, row, seq);
    return keep(store, after);
}
