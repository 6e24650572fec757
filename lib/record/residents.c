/* Residents in the store: a row is recognised, then either registers somebody new or amends what is known. What a
 * resident amounts to is the entry that registered him until there is another; from then on chart.resident keeps the
 * fold. */
#include "record/residents.h"
#include "record/areas.h"
#include "record/known.h"
#include "record/search.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void hr_resident_change_release(hr_resident_change *change) {
    hr_resident_release(&change->before);
    hr_resident_release(&change->after);
}

/* ---- recognising ---- */

static bool same_person(const hr_record *row, const hr_record *known) {
    return hr_record_same(row, known, R_NAME) && hr_record_same(row, known, R_SEX) &&
           hr_record_same(row, known, R_BIRTH_DATE);
}

static bool files_clash(const hr_record *row, const hr_record *known) {
    return hr_record_has(row, R_FILE_NUMBER) && hr_record_has(known, R_FILE_NUMBER) &&
           !hr_record_same(row, known, R_FILE_NUMBER);
}

/* Somebody without an ID number of whom the row says the same name, sex and birth date. */
static hr_status by_person(hr_store *store, const hr_record *row, int64_t print, int64_t *id) {
    if (!hr_known_person_possible(store, print))
        return HR_OK;
    sqlite3_stmt *rows = hr_db_statement(store, "SELECT p.resident, r.state, e.body, r.past\n"
                                                "FROM chart.person AS p\n"
                                                "JOIN chart.entry AS e ON e.seq = p.resident\n"
                                                "LEFT JOIN chart.resident AS r ON r.id = p.resident\n"
                                                "WHERE p.print = ?1\n"
                                                "ORDER BY p.resident");
    hr_status status = HR_END;
    if (!rows)
        return store->err.status;
    sqlite3_bind_int64(rows, 1, print);
    while (*id == 0 && (status = hr_db_row(store, rows)) == HR_OK) {
        hr_resident known;
        int64_t candidate = sqlite3_column_int64(rows, 0);
        status = hr_resident_from_row(store, rows, 1, candidate, &known);
        if (status != HR_OK)
            break;
        if (same_person(row, &known.now) && !files_clash(row, &known.now))
            *id = candidate;
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
static hr_status recognise(hr_store *store, const hr_record *row, const hr_draft *draft, int64_t *id) {
    int64_t by_file = 0;
    hr_resident known;
    hr_status status = HR_OK;
    *id = 0;
    if (hr_record_has(row, R_ID_NUMBER))
        status = hr_known_find(store, HR_KNOWN_ID_NUMBER, hr_record_number(row, R_ID_NUMBER), id);
    if (status != HR_OK || *id)
        return status;
    if (hr_record_has(row, R_FILE_NUMBER))
        status = hr_known_find(store, HR_KNOWN_FILE_NUMBER, hr_record_number(row, R_FILE_NUMBER), &by_file);
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
    if (status == HR_OK && hr_record_has(row, R_NAME))
        status = by_person(store, row, draft ? draft->person : hr_person_print(row), id);
    return status;
}

/* ---- reading ---- */

static hr_status fail_state(hr_store *store, int64_t id) {
    return hr_fail(&store->err, HR_DAMAGED,
                   HR_TR(&store->err, "the record of resident #%" PRId64 " cannot be read; run verify",
                         "居民 #%" PRId64 " 的记录无法读取；请运行 verify"),
                   id);
}

hr_status hr_resident_from_row(hr_store *store, sqlite3_stmt *row, int first, int64_t id, hr_resident *out) {
    int column = sqlite3_column_type(row, first) == SQLITE_NULL ? first + 1 : first;
    const char *state = (const char *)sqlite3_column_text(row, column);
    const char *past = (const char *)sqlite3_column_text(row, first + 2);
    if (!state)
        return fail_state(store, id);
    hr_status status = hr_resident_from_state(&store->err, out, state, (size_t)sqlite3_column_bytes(row, column), past);
    return status == HR_INVALID ? fail_state(store, id) : status;
}

hr_status hr_resident_load(hr_store *store, int64_t id, hr_resident *out, int64_t *latest) {
    /* The entry that registered somebody is about itself. */
    sqlite3_stmt *row = hr_db_statement(store, "SELECT r.state, e.body, r.past, coalesce(r.latest, e.seq)\n"
                                               "FROM chart.entry AS e\n"
                                               "LEFT JOIN chart.resident AS r ON r.id = e.seq\n"
                                               "WHERE e.seq = ?1 AND e.subject = e.seq");
    if (!row)
        return store->err.status;
    sqlite3_bind_int64(row, 1, id);
    hr_status status = hr_db_row(store, row);
    if (status == HR_END)
        status = hr_fail(&store->err, HR_NOT_FOUND,
                         HR_TR(&store->err, "there is no resident #%" PRId64 "; find prints the numbers",
                               "没有编号为 #%" PRId64 " 的居民；可用 find 查询编号"),
                         id);
    else if (status == HR_OK)
        status = hr_resident_from_row(store, row, 0, id, out);
    if (status == HR_OK && latest)
        *latest = sqlite3_column_int64(row, 3);
    sqlite3_reset(row);
    return status;
}

/* ---- writing ---- */

/* The numbers by which a resident is known, and where they stand among his fields. */
static const struct {
    hr_known_kind kind;
    int field;
} numbers[] = {{HR_KNOWN_ID_NUMBER, R_ID_NUMBER}, {HR_KNOWN_FILE_NUMBER, R_FILE_NUMBER}};
enum { NUMBERS = sizeof numbers / sizeof *numbers };

static hr_status change_person(hr_store *store, int64_t id, int64_t before, int64_t after) {
    static const char remove[] = "DELETE FROM chart.person WHERE print = ?1 AND resident = ?2";
    static const char add[] = "INSERT INTO chart.person (print, resident) VALUES (?1, ?2)";
    hr_status status = HR_OK;
    if (before == after)
        return HR_OK;
    for (int adding = 0; adding < 2 && status == HR_OK; adding++) {
        int64_t print = adding ? after : before;
        if (!print)
            continue;
        sqlite3_stmt *row = hr_db_statement(store, adding ? add : remove);
        if (!row)
            return store->err.status;
        sqlite3_bind_int64(row, 1, print);
        sqlite3_bind_int64(row, 2, id);
        status = hr_db_step(store, row);
        if (adding)
            hr_known_person_added(store, print);
    }
    return status;
}

/* Makes him findable by what `now` says instead of what `before` said. */
static hr_status change_known(hr_store *store, int64_t id, const hr_record *before, const hr_record *now) {
    hr_status status = HR_OK;
    for (int i = 0; i < NUMBERS && status == HR_OK; i++) {
        int field = numbers[i].field;
        if (hr_record_same(before, now, field))
            continue;
        if (hr_record_has(before, field))
            status = hr_known_remove(store, numbers[i].kind, hr_record_number(before, field));
        if (status == HR_OK && hr_record_has(now, field))
            status = hr_known_add(store, numbers[i].kind, hr_record_number(now, field), id);
    }
    if (status != HR_OK)
        return status;
    return change_person(store, id, hr_resident_person(before), hr_resident_person(now));
}

static hr_status append(hr_store *store, const hr_body *body, int64_t subject, int64_t earlier, hr_date effective) {
    hr_entry entry = {.kind = "resident", .subject = subject, .earlier = earlier, .effective = effective};
    return hr_log_append(store, &entry, body);
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

/* What registering him writes, where no draft was made: body in `bytes`, grams in `grams`. */
static hr_status work_out(hr_store *store, const hr_record *row, hr_body *body, char bytes[HR_PACKED_SIZE],
                          uint64_t grams[HR_GRAMS_MAX], size_t *count) {
    *body = (hr_body){.bytes = bytes, .size = hr_record_pack(row, bytes)};
    hr_body_seal(body);
    return hr_grams_of(store->text, &store->err, row, grams, count);
}

static hr_status enrol(hr_store *store, const hr_record *row, const hr_draft *draft, hr_date today,
                       hr_resident_change *out) {
    char bytes[HR_PACKED_SIZE];
    uint64_t own_grams[HR_GRAMS_MAX];
    hr_body own;
    const hr_body *body = draft ? &draft->body : &own;
    const uint64_t *grams = draft ? draft->grams : own_grams;
    size_t count = draft ? draft->count : 0;
    hr_status status = hr_resident_fold(&store->err, &out->after, row);
    if (status == HR_OK)
        status = hr_resident_validate(&store->err, &out->after, today);
    if (status == HR_OK && !draft)
        status = work_out(store, row, &own, bytes, own_grams, &count);
    if (status != HR_OK)
        return status;
    out->id = hr_log_next(store);
    status = append(store, body, out->id, 0, today);
    if (status == HR_OK)
        status = change_known(store, out->id, &out->before.now, &out->after.now);
    if (status == HR_OK)
        status = hr_search_add(store, out->id, grams, count);
    if (status == HR_OK)
        out->change = HR_ADDED;
    return status;
}

static hr_status check_unique(hr_store *store, int64_t id, const hr_record *now) {
    int64_t other = 0;
    hr_status status = HR_OK;
    if (hr_record_has(now, R_FILE_NUMBER))
        status = hr_known_find(store, HR_KNOWN_FILE_NUMBER, hr_record_number(now, R_FILE_NUMBER), &other);
    if (status == HR_OK && other && other != id)
        return fail_file_taken(store);
    if (status == HR_OK && hr_record_has(now, R_ID_NUMBER))
        status = hr_known_find(store, HR_KNOWN_ID_NUMBER, hr_record_number(now, R_ID_NUMBER), &other);
    if (status == HR_OK && other && other != id)
        return hr_fail(
            &store->err, HR_INVALID,
            HR_TR(&store->err, "%s: belongs to another resident already; correct it", "%s：已属于另一位居民；请更正"),
            hr_field_label(&store->err, now->form, R_ID_NUMBER));
    return status;
}

/* Keeps what the resident now amounts to. */
static hr_status keep(hr_store *store, int64_t id, const hr_resident *after) {
    char state[HR_PACKED_SIZE], *past = NULL;
    size_t size = hr_record_pack(&after->now, state);
    hr_status status = hr_past_to_json(&store->err, after, &past);
    sqlite3_stmt *row =
        hr_db_statement(store, "INSERT INTO chart.resident (id, latest, state, past)\n"
                               "VALUES (?1, ?2, ?3, ?4)\n"
                               "ON CONFLICT (id) DO UPDATE\n"
                               "SET latest = excluded.latest, state = excluded.state, past = excluded.past");
    if (status == HR_OK && !row)
        status = store->err.status;
    if (status == HR_OK) {
        sqlite3_bind_int64(row, 1, id);
        sqlite3_bind_int64(row, 2, store->head.seq);
        sqlite3_bind_text(row, 3, state, (int)size, SQLITE_STATIC);
        if (past)
            sqlite3_bind_text(row, 4, past, -1, SQLITE_STATIC);
        status = hr_db_step(store, row);
    }
    free(past);
    return status;
}

static hr_status amend(hr_store *store, int64_t id, hr_record *row, hr_date today, hr_resident_change *out) {
    char bytes[HR_PACKED_SIZE];
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
    status = hr_resident_validate(&store->err, &out->after, today);
    if (status == HR_OK)
        status = check_unique(store, id, &out->after.now);
    if (status != HR_OK)
        return status;
    hr_body body = {.bytes = bytes, .size = hr_record_pack(row, bytes)};
    hr_body_seal(&body);
    status = append(store, &body, id, latest, today);
    if (status == HR_OK)
        status = keep(store, id, &out->after);
    if (status == HR_OK)
        status = change_known(store, id, &out->before.now, &out->after.now);
    if (status == HR_OK)
        status = hr_search_change(store, id, &out->before.now, &out->after.now);
    if (status == HR_OK)
        out->change = HR_AMENDED;
    return status;
}

hr_status hr_resident_put(hr_store *store, int64_t id, hr_record *row, const hr_draft *draft, hr_date today,
                          hr_resident_change *out) {
    hr_resident_clear(&out->before);
    hr_resident_clear(&out->after);
    bool drafted = draft && draft->ready; /* then the row is complete, too */
    hr_status status = drafted ? HR_OK : hr_resident_complete(&store->err, row);
    if (status == HR_OK)
        status = check_areas(store, row);
    if (status == HR_OK && !id)
        status = recognise(store, row, drafted ? draft : NULL, &id);
    if (status != HR_OK)
        return status;
    return id ? amend(store, id, row, today, out) : enrol(store, row, drafted ? draft : NULL, today, out);
}

void hr_resident_expect(const hr_store *store, const hr_record *row, const hr_draft *draft) {
    for (int i = 0; i < NUMBERS; i++)
        if (hr_record_has(row, numbers[i].field))
            hr_known_prefetch(store, numbers[i].kind, hr_record_number(row, numbers[i].field));
    if (draft->ready)
        hr_known_prefetch_person(store, draft->person);
}
