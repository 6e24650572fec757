/* What the chart keeps of a resident: what is known of him now, and what he is found by. What a resident amounts to is
 * the entry that registered him until there is another; from then on chart.resident keeps the fold. */
#include "record/chart.h"
#include "record/conflicts.h"
#include "record/known.h"
#include "record/search.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

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

/* One of his numbers is his no more; somebody else may have come to have it, too. */
static hr_status give_up(hr_store *store, int64_t id, int number, const hr_record *row) {
    int64_t holder = 0, heir = 0;
    if (!hr_record_has(row, numbers[number].field))
        return HR_OK;
    int64_t value = hr_record_number(row, numbers[number].field);
    hr_status status = hr_known_find(store, numbers[number].kind, value, &holder);
    if (status != HR_OK || holder != id)
        return status;
    status = hr_known_remove(store, numbers[number].kind, value);
    if (status == HR_OK)
        status = hr_conflicts_heir(store, id, numbers[number].field, value, &heir);
    return status == HR_OK && heir ? hr_known_add(store, numbers[number].kind, value, heir) : status;
}

hr_status hr_chart_index(hr_store *store, int64_t id, const hr_record *before, const hr_record *now) {
    hr_status status = HR_OK;
    for (int i = 0; i < NUMBERS && status == HR_OK; i++) {
        int field = numbers[i].field;
        if (hr_record_same(before, now, field))
            continue;
        status = give_up(store, id, i, before);
        if (status == HR_OK && hr_record_has(now, field))
            status = hr_known_add(store, numbers[i].kind, hr_record_number(now, field), id);
    }
    if (status != HR_OK)
        return status;
    return change_person(store, id, hr_resident_person(before), hr_resident_person(now));
}

/* One of his numbers, unless it is of somebody who was registered before him. */
static hr_status take_up(hr_store *store, int64_t id, int number, const hr_record *row) {
    int64_t holder = 0, first = id;
    if (!hr_record_has(row, numbers[number].field))
        return HR_OK;
    int64_t value = hr_record_number(row, numbers[number].field);
    hr_status status = hr_known_find(store, numbers[number].kind, value, &holder);
    if (status == HR_OK && holder)
        status = hr_conflicts_holder(store, holder, id, &first);
    if (status == HR_OK && holder && first == id)
        status = hr_known_remove(store, numbers[number].kind, value);
    return status == HR_OK && first == id ? hr_known_add(store, numbers[number].kind, value, id) : status;
}

hr_status hr_chart_adopt(hr_store *store, int64_t id, const hr_record *before, const hr_record *now) {
    hr_status status = HR_OK;
    for (int i = 0; i < NUMBERS && status == HR_OK; i++) {
        if (hr_record_same(before, now, numbers[i].field))
            continue;
        status = give_up(store, id, i, before);
        if (status == HR_OK)
            status = take_up(store, id, i, now);
    }
    if (status == HR_OK)
        status = change_person(store, id, hr_resident_person(before), hr_resident_person(now));
    return status == HR_OK ? hr_search_change(store, id, before, now) : status;
}

hr_status hr_chart_change(hr_store *store, int64_t id, const hr_record *before, const hr_record *now) {
    hr_status status = hr_chart_index(store, id, before, now);
    return status == HR_OK ? hr_search_change(store, id, before, now) : status;
}

hr_status hr_fail_file_taken(hr_store *store) {
    return hr_fail(&store->err, HR_INVALID,
                   HR_TR(&store->err,
                         "%s: belongs to another resident already; correct the file number or the ID number",
                         "%s：已属于另一位居民；请更正档案编号或身份证号"),
                   hr_field_label(&store->err, &hr_form_resident, R_FILE_NUMBER));
}

hr_status hr_chart_unique(hr_store *store, int64_t id, const hr_record *before, const hr_record *now) {
    int64_t other = 0;
    hr_status status = HR_OK;
    if (hr_record_has(now, R_FILE_NUMBER) && !hr_record_same(before, now, R_FILE_NUMBER))
        status = hr_known_find(store, HR_KNOWN_FILE_NUMBER, hr_record_number(now, R_FILE_NUMBER), &other);
    if (status == HR_OK && other && other != id)
        return hr_fail_file_taken(store);
    if (status == HR_OK && hr_record_has(now, R_ID_NUMBER) && !hr_record_same(before, now, R_ID_NUMBER))
        status = hr_known_find(store, HR_KNOWN_ID_NUMBER, hr_record_number(now, R_ID_NUMBER), &other);
    if (status == HR_OK && other && other != id)
        return hr_fail(
            &store->err, HR_INVALID,
            HR_TR(&store->err, "%s: belongs to another resident already; correct it", "%s：已属于另一位居民；请更正"),
            hr_field_label(&store->err, now->form, R_ID_NUMBER));
    return status;
}

hr_status hr_chart_keep(hr_store *store, int64_t id, int64_t latest, const hr_resident *after) {
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
        sqlite3_bind_int64(row, 2, latest);
        sqlite3_bind_text(row, 3, state, (int)size, SQLITE_STATIC);
        if (past)
            sqlite3_bind_text(row, 4, past, -1, SQLITE_STATIC);
        status = hr_db_step(store, row);
    }
    free(past);
    return status;
}

void hr_chart_expect(const hr_store *store, const hr_record *row, const hr_draft *draft) {
    for (int i = 0; i < NUMBERS; i++)
        if (hr_record_has(row, numbers[i].field))
            hr_known_prefetch(store, numbers[i].kind, hr_record_number(row, numbers[i].field));
    if (draft->ready)
        hr_known_prefetch_person(store, draft->person);
}
