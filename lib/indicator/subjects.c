/* The subject table: a column for each field that is counted, in one list that the statements and the reader share. */
#include "indicator/subjects.h"
#include <stdlib.h>
#include <string.h>

static const int counted[] = {R_AREA,
                              R_BIRTH_DATE,
                              R_SEX,
                              R_FILE_OPENED,
                              R_COMPUTERIZED,
                              R_DISABILITY_KIND,
                              R_DISABILITY_GRADE,
                              R_REHAB_NEED,
                              R_REHAB_SERVED,
                              R_OUTCOME,
                              R_OUTCOME_DATE,
                              R_HOME_BED_OPENED,
                              R_HOME_BED_CLOSED,
                              R_HARDSHIP,
                              R_HOUSEHOLD_CARE,
                              R_CALL_DEVICE,
                              R_MOVED_IN,
                              R_MOVED_OUT,
                              R_DIED};
enum { COUNTED = sizeof counted / sizeof *counted };

#define COLUMNS                                                                                                        \
    "id, area, birth_date, sex, file_opened, computerized, disability_kind, disability_grade, rehab_need_since,\n"     \
    "rehab_served_since, rehab_outcome, rehab_outcome_date, home_bed_opened, home_bed_closed, hardship,\n"             \
    "household_care_since, call_device, moved_in, moved_out, died, past"

bool hr_subject_same(const hr_subject *a, const hr_subject *b) {
    for (int i = 0; i < COUNTED; i++)
        if (a->number[counted[i]] != b->number[counted[i]])
            return false;
    return hr_past_same(a->past, a->past_count, b->past, b->past_count);
}

void hr_subject_hash(const hr_subject *subject, hr_hash *hash) {
    for (int i = 0; i < COUNTED; i++)
        hr_hash_update(hash, &subject->number[counted[i]], sizeof subject->number[0]);
    for (size_t i = 0; i < subject->past_count; i++) {
        const hr_past *p = &subject->past[i];
        int64_t all[] = {p->kind, p->value, p->from, p->to};
        hr_hash_update(hash, all, sizeof all);
    }
    hr_hash_update(hash, &subject->past_count, sizeof subject->past_count);
}

static hr_status write_past(hr_store *store, int64_t id, const hr_subject *after) {
    sqlite3_stmt *clear = hr_db_statement(store, "DELETE FROM main.past WHERE subject = ?1");
    if (!clear)
        return store->err.status;
    sqlite3_bind_int64(clear, 1, id);
    hr_status status = hr_db_step(store, clear);
    for (size_t i = 0; i < after->past_count && status == HR_OK; i++) {
        sqlite3_stmt *row =
            hr_db_statement(store, "INSERT INTO main.past (subject, number, kind, value, start, ended)\n"
                                   "VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
        if (!row)
            return store->err.status;
        sqlite3_bind_int64(row, 1, id);
        sqlite3_bind_int64(row, 2, (int64_t)i + 1);
        sqlite3_bind_int64(row, 3, after->past[i].kind);
        sqlite3_bind_int64(row, 4, after->past[i].value);
        sqlite3_bind_int64(row, 5, after->past[i].from);
        sqlite3_bind_int64(row, 6, after->past[i].to);
        status = hr_db_step(store, row);
    }
    return status;
}

hr_status hr_subject_write(hr_store *store, int64_t id, const hr_subject *before, const hr_subject *after) {
    static const char insert[] =
        "INSERT INTO main.subject (" COLUMNS ")\n"
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21)";
    static const char update[] =
        "UPDATE main.subject\n"
        "SET (" COLUMNS ") = (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19,\n"
        "?20, ?21)\n"
        "WHERE id = ?1";
    sqlite3_stmt *row = hr_db_statement(store, before ? update : insert);
    if (!row)
        return store->err.status;
    sqlite3_bind_int64(row, 1, id);
    for (int i = 0; i < COUNTED; i++)
        if (after->number[counted[i]])
            sqlite3_bind_int64(row, 2 + i, after->number[counted[i]]);
    if (after->past_count)
        sqlite3_bind_int64(row, 2 + COUNTED, (int64_t)after->past_count);
    hr_status status = hr_db_step(store, row);
    if (status == HR_OK && (before ? !hr_past_same(before->past, before->past_count, after->past, after->past_count)
                                   : after->past_count > 0))
        status = write_past(store, id, after);
    return status;
}

hr_status hr_subject_remove(hr_store *store, int64_t id) {
    static const char *const removals[] = {"DELETE FROM main.past WHERE subject = ?1",
                                           "DELETE FROM main.subject WHERE id = ?1"};
    hr_status status = HR_OK;
    for (int i = 0; i < 2 && status == HR_OK; i++) {
        sqlite3_stmt *row = hr_db_statement(store, removals[i]);
        if (!row)
            return store->err.status;
        sqlite3_bind_int64(row, 1, id);
        status = hr_db_step(store, row);
    }
    return status;
}

/* As many as there are; the subject's row says how many there must be. */
static hr_status read_past(hr_store *store, int64_t id, int64_t expected, hr_past **out) {
    sqlite3_stmt *rows =
        hr_db_statement(store, "SELECT kind, value, start, ended FROM main.past WHERE subject = ?1 ORDER BY number");
    hr_past *past = NULL;
    int64_t count = 0;
    hr_status status;
    if (!rows)
        return store->err.status;
    sqlite3_bind_int64(rows, 1, id);
    while ((status = hr_db_row(store, rows)) == HR_OK) {
        hr_past *grown = realloc(past, ((size_t)count + 1) * sizeof *grown);
        if (!grown) {
            status = hr_fail_memory(&store->err);
            break;
        }
        past = grown;
        past[count++] = (hr_past){.kind = (hr_past_kind)sqlite3_column_int(rows, 0),
                                  .value = sqlite3_column_int64(rows, 1),
                                  .from = sqlite3_column_int(rows, 2),
                                  .to = sqlite3_column_int(rows, 3)};
    }
    sqlite3_reset(rows);
    if (status == HR_END && count == expected) {
        *out = past;
        return HR_OK;
    }
    free(past);
    if (status != HR_END)
        return status;
    return hr_fail(&store->err, HR_DAMAGED, "%s",
                   HR_TR(&store->err, "facts.db does not hold all of a subject's past; run verify",
                         "facts 库缺少部分历史；请运行 verify"));
}

static hr_status read_subject(hr_store *store, sqlite3_stmt *row, hr_subject *out, hr_past **past) {
    memset(out, 0, sizeof *out);
    *past = NULL;
    for (int i = 0; i < COUNTED; i++)
        out->number[counted[i]] = sqlite3_column_int64(row, 1 + i);
    int64_t count = sqlite3_column_int64(row, 1 + COUNTED);
    if (count == 0)
        return HR_OK;
    hr_status status = read_past(store, sqlite3_column_int64(row, 0), count, past);
    out->past = *past;
    out->past_count = *past ? (size_t)count : 0;
    return status;
}

hr_status hr_subject_read(hr_store *store, int64_t id, hr_subject *out, hr_past **past) {
    sqlite3_stmt *row = hr_db_statement(store, "SELECT " COLUMNS " FROM main.subject WHERE id = ?1");
    *past = NULL;
    if (!row)
        return store->err.status;
    sqlite3_bind_int64(row, 1, id);
    hr_status status = hr_db_row(store, row);
    if (status == HR_OK)
        status = read_subject(store, row, out, past);
    sqlite3_reset(row);
    return status;
}

hr_status hr_subject_walk(hr_store *store, hr_subject_fn each, void *context) {
    sqlite3_stmt *rows = NULL; /* its own: `each` may read subjects */
    hr_subject subject;
    hr_past *past;
    if (sqlite3_prepare_v2(store->db, "SELECT " COLUMNS " FROM main.subject ORDER BY id", -1, &rows, NULL) != SQLITE_OK)
        return hr_db_fail(store);
    hr_status status = HR_OK;
    while (status == HR_OK && (status = hr_db_row(store, rows)) == HR_OK) {
        status = read_subject(store, rows, &subject, &past);
        if (status == HR_OK)
            status = each(context, sqlite3_column_int64(rows, 0), &subject);
        free(past);
    }
    sqlite3_finalize(rows);
    return status == HR_END ? HR_OK : status;
}
