/* Restricting, releasing and erasing files. Who is restricted or erased is a row of a small table that the log can make
 * again, so that asking costs next to nothing for everybody else. */
#include "record/custody.h"
#include "base/bytes.h"
#include "base/hex.h"
#include "record/chart.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- asking ---- */

static hr_status read_row(hr_store *store, int64_t root, hr_custody *state, int64_t *entry) {
    sqlite3_stmt *row = hr_db_statement(store, "SELECT state, entry FROM chart.custody WHERE resident = ?1");
    *state = HR_CUSTODY_NONE;
    *entry = 0;
    if (!row)
        return store->err.status;
    sqlite3_bind_int64(row, 1, root);
    hr_status status = hr_db_row(store, row);
    if (status == HR_OK) {
        *state = sqlite3_column_int(row, 0) == HR_CUSTODY_ERASED ? HR_CUSTODY_ERASED : HR_CUSTODY_RESTRICTED;
        *entry = sqlite3_column_int64(row, 1);
    }
    sqlite3_reset(row);
    return status == HR_END ? HR_OK : status;
}

hr_status hr_custody_of(hr_store *store, int64_t root, hr_custody *out) {
    int64_t entry;
    return read_row(store, root, out, &entry);
}

hr_status hr_custody_fail_erased(hr_store *store, int64_t root) {
    return hr_fail(&store->err, HR_NOT_FOUND,
                   HR_TR(&store->err,
                         "the file of resident #%" PRId64 " was erased; what is counted is all that is left",
                         "居民 #%" PRId64 " 的档案已删除，仅余用于统计的内容"),
                   root);
}

hr_status hr_custody_need(hr_store *store, int64_t root) {
    hr_custody state;
    hr_status status = hr_custody_of(store, root, &state);
    if (status != HR_OK || state == HR_CUSTODY_NONE)
        return status;
    if (state == HR_CUSTODY_ERASED)
        return hr_custody_fail_erased(store, root);
    return hr_fail(&store->err, HR_DENIED, "%s",
                   HR_TR(&store->err,
                         "the resident's file is restricted; it is neither shown nor changed until it is released",
                         "该居民的档案已封存；解除封存前不能查看，也不能改动"));
}

/* ---- saying ---- */

static hr_status keep_state(hr_store *store, int64_t root, hr_custody state, int64_t entry) {
    sqlite3_stmt *row =
        state == HR_CUSTODY_NONE
            ? hr_db_statement(store, "DELETE FROM chart.custody WHERE resident = ?1")
            : hr_db_statement(store, "REPLACE INTO chart.custody (resident, state, entry) VALUES (?1, ?2, ?3)");
    if (!row)
        return store->err.status;
    sqlite3_bind_int64(row, 1, root);
    if (state != HR_CUSTODY_NONE) {
        sqlite3_bind_int(row, 2, (int)state);
        sqlite3_bind_int64(row, 3, entry);
    }
    return hr_db_step(store, row);
}

hr_status hr_custody_keep(hr_store *store, int64_t root, int64_t entry) {
    return keep_state(store, root, HR_CUSTODY_RESTRICTED, entry);
}

static hr_custody state_of(const hr_form *form) {
    return form == &hr_form_restrict ? HR_CUSTODY_RESTRICTED
           : form == &hr_form_erase  ? HR_CUSTODY_ERASED
                                     : HR_CUSTODY_NONE;
}

hr_status hr_custody_put(hr_store *store, int64_t root, const hr_record *row) {
    char bytes[HR_BODY_SIZE];
    hr_body body = {.bytes = bytes, .size = hr_body_pack(NULL, row, bytes)};
    hr_entry entry = {.kind = row->form->kind, .subject = root, .effective = store->today};
    hr_resident known;
    hr_status status = hr_resident_load(store, root, &known, &entry.earlier);
    if (status != HR_OK)
        return status;
    hr_body_seal(&body);
    status = hr_log_append(store, &entry, &body);
    if (status == HR_OK)
        status = hr_chart_keep(store, root, entry.seq, &known);
    if (status == HR_OK)
        status = keep_state(store, root, state_of(row->form), entry.seq);
    hr_resident_release(&known);
    return status;
}

hr_date hr_custody_newest_care(const hr_life *life) {
    hr_date newest = 0;
    for (size_t i = 0; i < life->count; i++) {
        const hr_life_entry *e = &life->at[i];
        if (e->form->about == HR_ABOUT_CARE && hr_life_stands(e) && hr_date_latest(e->date) > newest)
            newest = hr_date_latest(e->date);
    }
    return newest;
}

/* ---- stand-ins ---- */

/* The ID numbers of one life, in the order in which they were met: each is stood in for by its place. */
typedef struct numbers {
    hr_id_number *at;
    size_t count;
} numbers;

/* 11 00 and two digits, a county that there is none of; the same birth date; and a serial number of the same sex. */
static hr_status stand_in(hr_err *err, numbers *list, hr_id_number id, hr_id_number *out) {
    enum { PLACES = 99, SERIALS = 99 };
    size_t i = 0;
    while (i < list->count && list->at[i] != id)
        i++;
    if (i == list->count) {
        hr_id_number *grown = i < PLACES * SERIALS ? realloc(list->at, (i + 1) * sizeof *grown) : NULL;
        if (!grown)
            return hr_fail_memory(err);
        list->at = grown;
        list->at[list->count++] = id;
    }
    hr_id_number place = INT64_C(110001) + (hr_id_number)(i % PLACES), serial = (hr_id_number)(i / PLACES) * 10;
    *out = (place * 100000000 + hr_id_number_birth(id)) * 1000 + serial + hr_id_number_sex(id);
    return HR_OK;
}

static hr_status stand_in_certificate(hr_err *err, numbers *list, const char *text, char out[HR_CERTIFICATE_SIZE]) {
    hr_certificate certificate;
    hr_id_number id;
    hr_status status = hr_certificate_parse(err, "", text, &certificate);
    if (status == HR_OK)
        status = stand_in(err, list, certificate.id, &id);
    if (status == HR_OK)
        snprintf(hr_id_number_format(id, out) + HR_ID_NUMBER_SIZE - 1, HR_CERTIFICATE_SIZE - HR_ID_NUMBER_SIZE + 1,
                 "%d%d", certificate.kind, certificate.grade);
    return status;
}

/* ---- reducing ---- */

bool hr_custody_counts(const hr_form *form, int field) {
    return form->fields[field].counts || (form->about == HR_ABOUT_CARE && field == CARE_DATE);
}

/* Takes what is counted of a given field into `out`. Of a text it is that there is one. */
static hr_status reduce_field(hr_err *err, numbers *list, const hr_record *row, int field, hr_record *out) {
    const hr_field *f = &row->form->fields[field];
    char certificate[HR_CERTIFICATE_SIZE];
    hr_id_number id;
    hr_status status = HR_OK;
    if (f->type == HR_FIELD_ID_NUMBER) {
        status = stand_in(err, list, hr_record_number(row, field), &id);
        if (status == HR_OK)
            hr_record_set_number(out, field, id);
    } else if (f->type == HR_FIELD_CERTIFICATE) {
        status = stand_in_certificate(err, list, hr_record_text(row, field), certificate);
        if (status == HR_OK)
            status = hr_record_set_text(out, err, field, certificate);
    } else if (hr_field_is_text(f)) {
        status = hr_record_set_text(out, err, field, "1");
    } else {
        hr_record_set_number(out, field, hr_record_number(row, field));
    }
    return status;
}

static hr_status reduce_row(hr_err *err, numbers *list, const hr_record *row, hr_record *out) {
    hr_status status = HR_OK;
    hr_record_clear(out, row->form);
    for (int i = 0; i < row->form->count && status == HR_OK; i++)
        if (hr_custody_counts(row->form, i) && hr_record_has(row, i))
            status = reduce_field(err, list, row, i, out);
        else if (hr_custody_counts(row->form, i) && hr_record_clears(row, i))
            hr_fields_add(&out->cleared, i);
    return status;
}

static hr_status reduce_entry(hr_store *store, numbers *list, const hr_life_entry *e) {
    char bytes[HR_BODY_SIZE];
    hr_record row, left;
    hr_remark remark = e->remark;
    *remark.why = '\0';
    hr_status status = hr_record_unpack(&store->err, &row, e->form, e->body, e->size);
    if (status == HR_OK)
        status = reduce_row(&store->err, list, &row, &left);
    if (status == HR_INVALID)
        return hr_fail(&store->err, HR_DAMAGED,
                       HR_TR(&store->err, "entry %" PRId64 " cannot be read; run verify",
                             "记录 %" PRId64 " 无法读取；请运行 verify"),
                       e->seq);
    return status == HR_OK ? hr_log_reduce(store, e->seq, bytes, hr_body_pack(&remark, &left, bytes)) : status;
}

/* ---- the digest ---- */

static int by_seq(const void *a, const void *b) {
    const hr_life_entry *x = *(const hr_life_entry *const *)a, *y = *(const hr_life_entry *const *)b;
    return (x->seq > y->seq) - (x->seq < y->seq);
}

/* The entries of a life before `end`, in the order in which they were said; for free(). NULL for want of memory. */
static const hr_life_entry **in_order(const hr_life *life, int64_t end, size_t *count) {
    const hr_life_entry **order = malloc((life->count + 1) * sizeof *order);
    *count = 0;
    for (size_t i = 0; order && i < life->count; i++)
        if (life->at[i].seq < end)
            order[(*count)++] = &life->at[i];
    if (order)
        qsort(order, *count, sizeof *order, by_seq);
    return order;
}

static void hash_number(hr_hash *hash, int64_t number) {
    unsigned char bytes[8];
    hr_put64(bytes, number);
    hr_hash_update(hash, bytes, sizeof bytes);
}

/* Takes in what is left of one entry. `*reduced` becomes false when that is all of it. */
static hr_status hash_left(hr_store *store, hr_hash *hash, int64_t seq, bool *reduced) {
    sqlite3_stmt *row = hr_db_statement(store, "SELECT body FROM chart.entry WHERE seq = ?1 AND body_hash IS NOT NULL");
    if (!row)
        return store->err.status;
    sqlite3_bind_int64(row, 1, seq);
    hr_status status = hr_db_row(store, row);
    if (status == HR_OK) {
        size_t size = (size_t)sqlite3_column_bytes(row, 0);
        hash_number(hash, seq);
        hash_number(hash, (int64_t)size);
        if (size)
            hr_hash_update(hash, sqlite3_column_text(row, 0), size);
    } else if (status == HR_END) {
        *reduced = false;
        status = HR_OK;
    }
    sqlite3_reset(row);
    return status;
}

/* What the entry that erased him says of those before `end`; `*reduced`: each of them is. */
static hr_status digest(hr_store *store, const hr_life *life, int64_t end, hr_record *out, bool *reduced) {
    static const char domain[] = "healthrec erased";
    unsigned char bytes[HR_HASH_SIZE];
    char hex[2 * HR_HASH_SIZE + 1];
    hr_hash hash;
    size_t count;
    const hr_life_entry **order = in_order(life, end, &count);
    hr_status status = order ? HR_OK : hr_fail_memory(&store->err);
    *reduced = true;
    hr_hash_init(&hash, NULL, 0);
    hr_hash_update(&hash, domain, sizeof domain - 1);
    for (size_t i = 0; i < count && status == HR_OK; i++)
        status = hash_left(store, &hash, order[i]->seq, reduced);
    hr_hash_final(&hash, bytes);
    free(order);
    hr_hex(bytes, sizeof bytes, hex);
    hr_record_clear(out, &hr_form_erase);
    hr_record_set_number(out, CE_REDUCED, (int64_t)count);
    return status == HR_OK ? hr_record_set_text(out, &store->err, CE_DIGEST, hex) : status;
}

/* ---- erasing ---- */

/* Nothing finds him any more. */
static hr_status forget(hr_store *store, int64_t id) {
    hr_life life;
    hr_resident own, nobody;
    hr_status status = hr_life_load(store, id, INT64_MAX, &life);
    if (status != HR_OK)
        return status;
    status = hr_life_fold(store, &life, HR_LIFE_OWN, &own, NULL, NULL);
    hr_life_free(&life);
    if (status != HR_OK)
        return status;
    hr_resident_clear(&nobody);
    status = hr_chart_change(store, id, &own.now, &nobody.now);
    hr_resident_release(&own);
    return status;
}

/* What he amounts to is what is left of his entries. */
static hr_status keep_left(hr_store *store, int64_t id) {
    hr_life life;
    hr_resident left;
    hr_status status = hr_life_load(store, id, INT64_MAX, &life);
    if (status != HR_OK)
        return status;
    int64_t latest = life.latest;
    status = hr_life_fold(store, &life, HR_LIFE_ALL, &left, NULL, NULL);
    hr_life_free(&life);
    if (status != HR_OK)
        return status;
    status = hr_chart_keep(store, id, latest, &left);
    hr_resident_release(&left);
    return status;
}

/* Everybody whose life it is: an entry that registered somebody has his number. */
static hr_status for_each(hr_store *store, const hr_life *life, hr_status (*each)(hr_store *store, int64_t id)) {
    hr_status status = HR_OK;
    for (size_t i = 0; i < life->count && status == HR_OK; i++)
        if (life->at[i].seq == life->at[i].subject)
            status = each(store, life->at[i].seq);
    return status;
}

hr_status hr_custody_erase(hr_store *store, const hr_life *life) {
    numbers list = {.count = 0};
    hr_record row;
    bool reduced;
    size_t count;
    const hr_life_entry **order = in_order(life, INT64_MAX, &count);
    hr_status status = order ? for_each(store, life, forget) : hr_fail_memory(&store->err);
    for (size_t i = 0; i < count && status == HR_OK; i++)
        status = reduce_entry(store, &list, order[i]);
    if (status == HR_OK)
        status = digest(store, life, INT64_MAX, &row, &reduced);
    if (status == HR_OK)
        status = hr_custody_put(store, life->id, &row);
    if (status == HR_OK)
        status = for_each(store, life, keep_left);
    free(list.at);
    free(order);
    return status;
}

/* ---- verifying ---- */

hr_status hr_custody_covers(hr_store *store, const hr_entry *entry, bool *out) {
    int64_t root, erased = 0;
    hr_custody state = HR_CUSTODY_NONE;
    *out = false;
    if (entry->subject <= 0)
        return HR_OK;
    hr_status status = hr_life_root(store, entry->subject, &root);
    if (status == HR_OK)
        status = read_row(store, root, &state, &erased);
    *out = status == HR_OK && state == HR_CUSTODY_ERASED && entry->seq < erased;
    return status;
}

/* Whether what is left of somebody's entries is what the entry that erased him says. */
static hr_status check_erased(hr_store *store, int64_t root, int64_t seq, bool *good) {
    hr_life life;
    hr_record said, is;
    bool reduced;
    *good = false;
    hr_status status = hr_life_load(store, root, INT64_MAX, &life);
    if (status != HR_OK)
        return status == HR_DAMAGED || status == HR_NOT_FOUND ? HR_OK : status;
    const hr_life_entry *e = hr_life_entry_at(&life, seq);
    status = digest(store, &life, seq, &is, &reduced);
    if (status == HR_OK && e && e->form == &hr_form_erase &&
        hr_record_unpack(&store->err, &said, e->form, e->body, e->size) == HR_OK)
        *good = reduced && hr_record_same(&said, &is, CE_DIGEST) && hr_record_same(&said, &is, CE_REDUCED);
    hr_life_free(&life);
    return status;
}

typedef struct checking {
    hr_store *store;
    hr_finding_fn found;
    void *context;
} checking;

static void find(const checking *c, int64_t resident, const char *problem) {
    char place[64];
    snprintf(place, sizeof place, "resident #%" PRId64, resident);
    c->found(c->context, "chart", place, problem);
}

static hr_status check_rows(const checking *c) {
    /* The newest entry of each resident that says so, against the table. */
    sqlite3_stmt *rows = NULL;
    hr_err *err = &c->store->err;
    hr_status status = HR_OK;
    if (sqlite3_prepare_v2(c->store->db,
                           "WITH newest AS (\n"
                           "    SELECT subject AS resident, kind, max(seq) AS entry\n"
                           "    FROM chart.entry\n"
                           "    WHERE kind IN ('restrict', 'release', 'erase')\n"
                           "    GROUP BY subject\n"
                           "), said AS (\n"
                           "    SELECT resident, CASE kind WHEN 'erase' THEN 2 ELSE 1 END AS state, entry\n"
                           "    FROM newest\n"
                           "    WHERE kind <> 'release'\n"
                           ")\n"
                           "SELECT resident FROM (SELECT * FROM said EXCEPT SELECT * FROM chart.custody)\n"
                           "UNION\n"
                           "SELECT resident FROM (SELECT * FROM chart.custody EXCEPT SELECT * FROM said)",
                           -1, &rows, NULL) != SQLITE_OK)
        return hr_db_fail(c->store);
    while (status == HR_OK && (status = hr_db_row(c->store, rows)) == HR_OK)
        find(c, sqlite3_column_int64(rows, 0),
             HR_TR(err, "is restricted or erased otherwise than the entries say", "封存或删除状态与记录不符"));
    sqlite3_finalize(rows);
    return status == HR_END ? HR_OK : status;
}

hr_status hr_custody_check(hr_store *store, hr_finding_fn found, void *context) {
    checking c = {store, found, context};
    sqlite3_stmt *rows = NULL;
    hr_status status = check_rows(&c);
    if (status == HR_OK && sqlite3_prepare_v2(store->db, "SELECT resident, entry FROM chart.custody WHERE state = 2",
                                              -1, &rows, NULL) != SQLITE_OK)
        return hr_db_fail(store);
    while (status == HR_OK && (status = hr_db_row(store, rows)) == HR_OK) {
        int64_t resident = sqlite3_column_int64(rows, 0);
        bool good;
        status = check_erased(store, resident, sqlite3_column_int64(rows, 1), &good);
        if (status == HR_OK && !good)
            find(&c, resident,
                 HR_TR(&store->err, "what was left of the entries when he was erased has been altered",
                       "删除档案时保留的内容后来被改动"));
    }
    sqlite3_finalize(rows);
    return status == HR_END ? HR_OK : status;
}
