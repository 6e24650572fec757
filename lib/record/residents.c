/* Residents in the store. Registering is tried first: in a roster most rows are new, the unique indexes say when one is
 * not, and looking first would walk both of them twice. */
#include "record/residents.h"
#include "record/areas.h"
#include "record/search.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void hr_resident_change_release(hr_resident_change *change) {
    hr_resident_release(&change->before);
    hr_resident_release(&change->after);
}

int64_t hr_resident_person(const hr_store *store, const hr_record *now) {
    char person[HR_RECORD_TEXT + 64];
    if (hr_record_has(now, R_ID_NUMBER))
        return 0;
    int length = snprintf(person, sizeof person, "%s|%" PRId64 "|%" PRId64, hr_record_text(now, R_NAME),
                          hr_record_number(now, R_SEX), hr_record_number(now, R_BIRTH_DATE));
    int64_t print = (int64_t)(hr_fingerprint(store->keys->store_id, person, (size_t)length) >> 1);
    return print ? print : 1;
}

/* ---- recognising ---- */

static hr_status one_id(hr_store *store, sqlite3_stmt *row, int64_t key, int64_t *id) {
    if (!row)
        return store->err.status;
    sqlite3_bind_int64(row, 1, key);
    hr_status status = hr_db_row(store, row, "look up a resident");
    *id = status == HR_OK ? sqlite3_column_int64(row, 0) : 0;
    sqlite3_reset(row);
    return status == HR_END ? HR_OK : status;
}

hr_status hr_resident_by_id_number(hr_store *store, hr_id_number number, int64_t *id) {
    return one_id(store, hr_db_statement(store, "SELECT id FROM chart.resident WHERE id_number = ?1"), number, id);
}

hr_status hr_resident_by_file_number(hr_store *store, hr_file_number number, int64_t *id) {
    return one_id(store, hr_db_statement(store, "SELECT id FROM chart.resident WHERE file_number = ?1"), number, id);
}

static bool same_person(const hr_record *row, const hr_record *known) {
    return hr_record_same(row, known, R_NAME) && hr_record_same(row, known, R_SEX) &&
           hr_record_same(row, known, R_BIRTH_DATE);
}

static bool files_clash(const hr_record *row, const hr_record *known) {
    return hr_record_has(row, R_FILE_NUMBER) && hr_record_has(known, R_FILE_NUMBER) &&
           !hr_record_same(row, known, R_FILE_NUMBER);
}

static hr_status by_person(hr_store *store, const hr_record *row, int64_t *id) {
    sqlite3_stmt *rows = hr_db_statement(store, "SELECT r.id, r.state, e.body, r.past\n"
                                                "FROM chart.resident AS r\n"
                                                "JOIN chart.entry AS e ON e.seq = r.id\n"
                                                "WHERE r.person = ?1\n"
                                                "ORDER BY r.id");
    hr_status status;
    if (!rows)
        return store->err.status;
    sqlite3_bind_int64(rows, 1, hr_resident_person(store, row));
    while (*id == 0 && (status = hr_db_row(store, rows, "look up a resident")) == HR_OK) {
        hr_resident known;
        status = hr_resident_from_row(store, rows, 1, 2, 3, &known);
        if (status != HR_OK)
            break;
        if (same_person(row, &known.now) && !files_clash(row, &known.now))
            *id = sqlite3_column_int64(rows, 0);
        hr_resident_release(&known);
    }
    sqlite3_reset(rows);
    return *id || status == HR_END ? HR_OK : status;
}

static hr_status fail_file_taken(hr_store *store) {
    return hr_fail(&store->err, HR_INVALID,
                   HR_TR(&store->err,
                         "%s: belongs to another resident already; correct the file number or the ID number",
                         "%s：已属于另一位居民；请更正档案编号或身份证号"),
                   hr_field_label(&store->err, &hr_form_resident, R_FILE_NUMBER));
}

/* Who the row is about; 0: nobody yet. */
static hr_status recognise(hr_store *store, const hr_record *row, int64_t *id) {
    int64_t by_file = 0;
    hr_resident known;
    hr_status status = HR_OK;
    *id = 0;
    if (hr_record_has(row, R_ID_NUMBER))
        status = hr_resident_by_id_number(store, hr_record_number(row, R_ID_NUMBER), id);
    if (status != HR_OK || *id)
        return status;
    if (hr_record_has(row, R_FILE_NUMBER))
        status = hr_resident_by_file_number(store, hr_record_number(row, R_FILE_NUMBER), &by_file);
    if (status == HR_OK && by_file) {
        status = hr_resident_load(store, by_file, &known, NULL);
        if (status != HR_OK)
            return status;
        bool other_name = hr_record_has(row, R_NAME) && !hr_record_same(row, &known.now, R_NAME);
        bool other_id = hr_record_has(row, R_ID_NUMBER) && hr_record_has(&known.now, R_ID_NUMBER);
        hr_resident_release(&known);
        if (other_name || other_id)
            return fail_file_taken(store);
        *id = by_file;
        return HR_OK;
    }
    if (status == HR_OK && !hr_record_has(row, R_ID_NUMBER) && hr_record_has(row, R_NAME))
        status = by_person(store, row, id);
    return status;
}

/* ---- reading ---- */

static hr_status fail_state(hr_store *store, int64_t id) {
    return hr_fail(&store->err, HR_DAMAGED,
                   HR_TR(&store->err, "the record of resident #%" PRId64 " cannot be read; run verify",
                         "居民 #%" PRId64 " 的记录无法读取；请运行 verify"),
                   id);
}

hr_status hr_resident_from_row(hr_store *store, sqlite3_stmt *row, int state, int body, int past, hr_resident *out) {
    int column = sqlite3_column_type(row, state) == SQLITE_NULL ? body : state;
    const char *json = (const char *)sqlite3_column_text(row, column);
    const char *list = (const char *)sqlite3_column_text(row, past);
    if (!json)
        return fail_state(store, 0);
    hr_status status =
        hr_resident_from_json(store->text, &store->err, out, json, (size_t)sqlite3_column_bytes(row, column), list);
    return status == HR_INVALID ? fail_state(store, 0) : status;
}

hr_status hr_resident_load(hr_store *store, int64_t id, hr_resident *out, int64_t *latest) {
    sqlite3_stmt *row = hr_db_statement(store, "SELECT r.state, e.body, r.past, r.latest\n"
                                               "FROM chart.resident AS r\n"
                                               "JOIN chart.entry AS e ON e.seq = r.id\n"
                                               "WHERE r.id = ?1");
    if (!row)
        return store->err.status;
    sqlite3_bind_int64(row, 1, id);
    hr_status status = hr_db_row(store, row, "read a resident");
    if (status == HR_END)
        status = hr_fail(&store->err, HR_NOT_FOUND,
                         HR_TR(&store->err, "there is no resident #%" PRId64 "; find prints the numbers",
                               "没有编号为 #%" PRId64 " 的居民；可用 find 查询编号"),
                         id);
    else if (status == HR_OK)
        status = hr_resident_from_row(store, row, 0, 1, 2, out);
    if (status == HR_OK && latest)
        *latest = sqlite3_column_int64(row, 3);
    sqlite3_reset(row);
    return status;
}

/* ---- writing ---- */

static void bind_keys(const hr_store *store, sqlite3_stmt *row, const hr_record *now) {
    const int keys[] = {R_ID_NUMBER, R_FILE_NUMBER};
    for (int i = 0; i < 2; i++)
        if (hr_record_has(now, keys[i]))
            sqlite3_bind_int64(row, 3 + i, hr_record_number(now, keys[i]));
    if (!hr_record_has(now, R_ID_NUMBER))
        sqlite3_bind_int64(row, 5, hr_resident_person(store, now));
}

static hr_status append(hr_store *store, const hr_record *fields, int64_t subject, int64_t earlier, hr_date effective) {
    char body[HR_JSON_SIZE];
    size_t size = hr_record_to_json(fields, body);
    body[size++] = '}';
    hr_entry entry = {.kind = "resident",
                      .subject = subject,
                      .earlier = earlier,
                      .effective = effective,
                      .body = body,
                      .body_size = size};
    return hr_log_append(store, &entry);
}

/* Inserts a new resident under the next entry's number. HR_EXISTS when a number of his is taken. */
static hr_status insert(hr_store *store, const hr_record *now, int64_t *id) {
    sqlite3_stmt *row =
        hr_db_statement(store, "INSERT OR IGNORE INTO chart.resident (id, latest, id_number, file_number, person)\n"
                               "VALUES (?1, ?2, ?3, ?4, ?5)");
    if (!row)
        return store->err.status;
    *id = hr_log_next(store);
    sqlite3_bind_int64(row, 1, *id);
    sqlite3_bind_int64(row, 2, *id);
    bind_keys(store, row, now);
    hr_status status = hr_db_step(store, row, "register a resident");
    if (status == HR_OK && sqlite3_changes(store->db) == 0)
        return HR_EXISTS;
    return status;
}

static hr_status check_areas(hr_store *store, const hr_record *row) {
    const char *label = hr_field_label(&store->err, row->form, R_AREA);
    hr_area area = hr_record_number(row, R_AREA);
    if (!hr_record_has(row, R_AREA))
        return HR_OK;
    if (hr_area_tier(area) != HR_TIER_COMMITTEE)
        return hr_fail(&store->err, HR_INVALID,
                       HR_TR(&store->err, "%s: %" PRId64 " is not a neighbourhood committee; give its 12-digit code",
                             "%s：%" PRId64 " 不是居委会；请填 12 位居委会代码"),
                       label, area);
    return hr_areas_need(store, label, area);
}

static hr_status enrol(hr_store *store, const hr_record *row, hr_date today, hr_resident_change *out) {
    hr_status status = hr_resident_fold(&store->err, &out->after, row);
    if (status == HR_OK)
        status = hr_resident_validate(&store->err, &out->after.now, today);
    if (status == HR_OK)
        status = insert(store, &out->after.now, &out->id);
    if (status == HR_OK)
        status = append(store, row, out->id, 0, today);
    if (status == HR_OK)
        status = hr_search_add(store, out->id, &out->after.now);
    if (status == HR_OK)
        out->change = HR_ADDED;
    return status;
}

static hr_status check_unique(hr_store *store, int64_t id, const hr_record *now) {
    int64_t other = 0;
    hr_status status = HR_OK;
    if (hr_record_has(now, R_FILE_NUMBER))
        status = hr_resident_by_file_number(store, hr_record_number(now, R_FILE_NUMBER), &other);
    if (status == HR_OK && other && other != id)
        return fail_file_taken(store);
    if (status == HR_OK && hr_record_has(now, R_ID_NUMBER))
        status = hr_resident_by_id_number(store, hr_record_number(now, R_ID_NUMBER), &other);
    if (status == HR_OK && other && other != id)
        return hr_fail(
            &store->err, HR_INVALID,
            HR_TR(&store->err, "%s: belongs to another resident already; correct it", "%s：已属于另一位居民；请更正"),
            hr_field_label(&store->err, now->form, R_ID_NUMBER));
    return status;
}

static hr_status update(hr_store *store, int64_t id, const hr_resident *after) {
    char *state = NULL, *past = NULL;
    hr_status status = hr_resident_to_json(&store->err, after, &state, &past);
    sqlite3_stmt *row =
        hr_db_statement(store, "UPDATE chart.resident\n"
                               "SET latest = ?2, id_number = ?3, file_number = ?4, person = ?5, state = ?6, past = ?7\n"
                               "WHERE id = ?1");
    if (status == HR_OK && !row)
        status = store->err.status;
    if (status == HR_OK) {
        sqlite3_bind_int64(row, 1, id);
        sqlite3_bind_int64(row, 2, store->head.seq);
        bind_keys(store, row, &after->now);
        sqlite3_bind_text(row, 6, state, -1, SQLITE_STATIC);
        if (past)
            sqlite3_bind_text(row, 7, past, -1, SQLITE_STATIC);
        status = hr_db_step(store, row, "amend a resident");
    }
    free(state);
    free(past);
    return status;
}

static hr_status amend(hr_store *store, int64_t id, hr_record *row, hr_date today, hr_resident_change *out) {
    int64_t latest;
    out->id = id;
    out->change = HR_UNCHANGED;
    hr_status status = hr_resident_load(store, id, &out->before, &latest);
    if (status != HR_OK)
        return status;
    hr_resident_narrow(row, &out->before.now);
    status = hr_resident_copy(&store->err, &out->after, &out->before);
    if (status == HR_OK)
        status = hr_resident_fold(&store->err, &out->after, row);
    if (status != HR_OK || hr_resident_same(&out->before, &out->after))
        return status;
    status = hr_resident_validate(&store->err, &out->after.now, today);
    if (status == HR_OK)
        status = check_unique(store, id, &out->after.now);
    if (status == HR_OK)
        status = append(store, row, id, latest, today);
    if (status == HR_OK)
        status = update(store, id, &out->after);
    if (status == HR_OK)
        status = hr_search_change(store, id, &out->before.now, &out->after.now);
    if (status == HR_OK)
        out->change = HR_AMENDED;
    return status;
}

hr_status hr_resident_put(hr_store *store, int64_t id, hr_record *row, hr_date today, hr_resident_change *out) {
    hr_resident_clear(&out->before);
    hr_resident_clear(&out->after);
    hr_status status = hr_resident_complete(&store->err, row);
    if (status == HR_OK)
        status = check_areas(store, row);
    if (status != HR_OK)
        return status;
    if (id)
        return amend(store, id, row, today, out);
    bool certain = hr_record_has(row, R_ID_NUMBER); /* the unique index says if he is known */
    if (!certain && (status = recognise(store, row, &id)) != HR_OK)
        return status;
    if (id)
        return amend(store, id, row, today, out);
    status = enrol(store, row, today, out);
    if (!certain || (status != HR_EXISTS && status != HR_INVALID))
        return status;
    /* He is known, or the row does not say enough to register somebody: then it must be about somebody known. */
    hr_err refused = store->err;
    status = recognise(store, row, &id);
    if (status == HR_OK && id) {
        hr_resident_release(&out->after);
        hr_resident_clear(&out->after);
        return amend(store, id, row, today, out);
    }
    if (status == HR_OK) {
        store->err = refused;
        status = HR_INVALID;
    }
    return status;
}
