/* Verification: everything in both databases is made again from the log and compared.
 *
 * Residents are folded one by one along their entries. What cannot be compared row by row without keeping all of it
 * (tallies, the search index) is compared by sums: each change times a keyed fingerprint of what it is, under a key
 * drawn for this run, so that a wrong, missing or additional row shows but for one chance in 2^64, in memory that grows
 * with the number of areas only. */
#include "base/cursor.h"
#include "base/options.h"
#include "indicator/definitions.h"
#include "indicator/ledger.h"
#include "indicator/subjects.h"
#include "indicator/tally.h"
#include "record/areas.h"
#include "record/custody.h"
#include "record/known.h"
#include "record/registers.h"
#include "record/residents.h"
#include "record/search.h"
#include "record/signers.h"
#include "record/slip.h"
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FINDINGS_MAX = 100 };

typedef struct finding {
    char file[16], place[192], problem[1024];
} finding;

typedef struct verifier {
    hr_store *store;
    hr_progress progress;
    void *progress_context;
    uint64_t done, total;
    hr_places *places;
    hr_areas *areas;
    unsigned char key[16];
    uint64_t *tallies;     /* by area: expected less stored */
    uint64_t grams, known; /* expected less stored */
    int64_t resident_entries, folded_entries, past, unified;
    int64_t call_entries, folded_calls, seconds;
    hr_registers *registers; /* as they fold */
    bool unreadable;         /* they do not */
    hr_signers *signers;
    hr_slip slip; /* seq 0: none */
    finding findings[FINDINGS_MAX];
    int count;
} verifier;

static void found(void *context, const char *file, const char *place, const char *problem) {
    verifier *v = context;
    if (v->count == FINDINGS_MAX)
        return;
    finding *f = &v->findings[v->count++];
    snprintf(f->file, sizeof f->file, "%s", file);
    snprintf(f->place, sizeof f->place, "%s", place);
    snprintf(f->problem, sizeof f->problem, "%s", problem);
}

static hr_status advance(verifier *v, uint64_t by) {
    v->done += by;
    if (v->progress && v->done % 1024 < by && v->progress(v->progress_context, v->done, v->total))
        return hr_fail(&v->store->err, HR_CANCELLED, "%s",
                       HR_TR(&v->store->err, "stopped; nothing was changed", "已停止；未作任何改动"));
    return HR_OK;
}

/* ---- tallies ---- */

static uint64_t fingerprint(const verifier *v, int64_t a, int64_t b) {
    int64_t both[2] = {a, b};
    return hr_fingerprint(v->key, both, sizeof both);
}

static void add_change(verifier *v, hr_area area, int slot, hr_date date, int64_t delta) {
    for (hr_area at = area; at; at = hr_area_parent(at)) {
        ptrdiff_t index = hr_areas_index(v->areas, at);
        if (index >= 0)
            v->tallies[index] += (uint64_t)delta * fingerprint(v, slot, date);
    }
}

static hr_status expect_change(void *context, hr_area area, int slot, hr_date date, int64_t delta) {
    add_change(context, area, slot, date, delta);
    return HR_OK;
}

static void expect_weighted(void *context, hr_tally tally, hr_area area, hr_interval span, int64_t weight) {
    if (span.from < HR_FOREVER)
        add_change(context, area, (int)tally, span.from, weight);
    if (span.to < HR_FOREVER)
        add_change(context, area, (int)tally, span.to, -weight);
}

static void see_stored(void *context, hr_area area, int slot, hr_date date, int64_t delta) {
    verifier *v = context;
    char place[64];
    ptrdiff_t index = hr_areas_index(v->areas, area);
    if (slot >= 0 && index >= 0) {
        v->tallies[index] -= (uint64_t)delta * fingerprint(v, slot, date);
        return;
    }
    snprintf(place, sizeof place, "tally %" PRId64 ", %d", area, (int)(date / 10000));
    found(v, "facts", place,
          HR_TR(&v->store->err, "the tallies of this area and year are damaged", "该区划该年的计数数据损坏"));
}

static hr_status check_tallies(verifier *v) {
    char place[64];
    for (size_t i = 0; i < v->places->count; i++)
        hr_place_spans(&v->places->at[i], expect_weighted, v);
    hr_status status = hr_tally_walk(v->store, see_stored, v);
    for (size_t i = 0; i < v->areas->count && status == HR_OK; i++)
        if (v->tallies[i]) {
            snprintf(place, sizeof place, "area %" PRId64, v->areas->codes[i]);
            found(v, "facts", place,
                  HR_TR(&v->store->err, "the tallies are not what the log folds to", "计数数据与记录链重算的结果不符"));
        }
    return status;
}

/* ---- residents ---- */

/* Nothing but the entry that registered him. */
static hr_status fold_registration(hr_store *store, sqlite3_stmt *row, hr_resident *out) {
    hr_record patch;
    hr_resident_clear(out);
    hr_status status = hr_body_unpack(&store->err, NULL, &patch, &hr_form_resident,
                                      (const char *)sqlite3_column_text(row, 3), (size_t)sqlite3_column_bytes(row, 3));
    return status == HR_OK ? hr_resident_fold(&store->err, out, &patch) : status;
}

/* Folds what was said of one resident: all of it, and what he is found by. `row`: id, latest, state, registering body,
 * past. */
static hr_status fold_resident(verifier *v, sqlite3_stmt *row, hr_resident *all, hr_resident *own, bool *whole) {
    hr_store *store = v->store;
    int64_t id = sqlite3_column_int64(row, 0), latest = sqlite3_column_int64(row, 1);
    hr_life life = {.count = 0};
    hr_status status = HR_OK;
    hr_resident_clear(all);
    hr_resident_clear(own);
    if (latest == id) {
        status = fold_registration(store, row, all);
        v->folded_entries++;
        if (status == HR_OK)
            status = hr_resident_copy(&store->err, own, all);
    } else {
        status = hr_life_load(store, id, INT64_MAX, &life);
        for (size_t i = 0; status == HR_OK && i < life.count; i++)
            v->folded_entries += life.at[i].depth == 0;
        if (status == HR_OK)
            status = hr_life_fold(store, &life, HR_LIFE_ALL, all, NULL, NULL);
        if (status == HR_OK)
            status = hr_life_fold(store, &life, HR_LIFE_OWN, own, NULL, NULL);
        hr_life_free(&life);
    }
    *whole = status == HR_OK;
    /* An entry is missing, or says what no entry may. */
    return status == HR_INVALID || status == HR_DAMAGED || status == HR_NOT_FOUND ? HR_OK : status;
}

static hr_status check_facts(verifier *v, int64_t id, const char *place, const hr_resident *folded) {
    hr_subject expected, stored;
    hr_past *past = NULL;
    hr_subject_of(folded, &expected);
    v->past += (int64_t)folded->past_count;
    hr_status status = hr_subject_read(v->store, id, &stored, &past);
    if (status == HR_END || status == HR_DAMAGED || (status == HR_OK && !hr_subject_same(&expected, &stored)))
        found(v, "facts", place,
              HR_TR(&v->store->err, "what is counted about this resident is not what the log folds to",
                    "该居民的计数事实与记录链重算的结果不符"));
    else if (status != HR_OK)
        return status;
    free(past);
    return hr_ledger_changes(v->store, v->places, &expected, 1, expect_change, v);
}

/* What a number or a person's fingerprint is known for; kinds beyond numbers': a person. */
static uint64_t known_print(const verifier *v, int kind, int64_t number, int64_t id) {
    int64_t all[3] = {kind, number, id};
    return hr_fingerprint(v->key, all, sizeof all);
}

/* Of two who came to have one number through a merge, one is found by it. */
static hr_status expect_number(verifier *v, hr_known_kind kind, int64_t id, const hr_record *now, int field) {
    int64_t found = id;
    hr_status status =
        hr_record_has(now, field) ? hr_known_find(v->store, kind, hr_record_number(now, field), &found) : HR_OK;
    if (hr_record_has(now, field) && (found == id || found == 0))
        v->known += known_print(v, (int)kind, hr_record_number(now, field), id);
    return status;
}

static hr_status expect_known(verifier *v, int64_t id, const hr_record *now) {
    int64_t person = hr_resident_person(now);
    if (person)
        v->known += known_print(v, HR_KNOWN_NUMBERS, person, id);
    hr_status status = expect_number(v, HR_KNOWN_ID_NUMBER, id, now, R_ID_NUMBER);
    return status == HR_OK ? expect_number(v, HR_KNOWN_FILE_NUMBER, id, now, R_FILE_NUMBER) : status;
}

static void see_known(void *context, hr_known_kind kind, int64_t number, int64_t id) {
    verifier *v = context;
    v->known -= known_print(v, (int)kind, number, id);
}

static hr_status check_known(verifier *v) {
    hr_status status = hr_known_walk(v->store, see_known, v);
    sqlite3_stmt *rows = hr_db_statement(v->store, "SELECT print, resident FROM chart.person");
    if (!rows)
        return v->store->err.status;
    while (status == HR_OK && (status = hr_db_row(v->store, rows)) == HR_OK)
        v->known -= known_print(v, HR_KNOWN_NUMBERS, sqlite3_column_int64(rows, 0), sqlite3_column_int64(rows, 1));
    sqlite3_reset(rows);
    if (status == HR_END && v->known)
        found(v, "chart", "numbers",
              HR_TR(&v->store->err, "the index of ID and file numbers is not what the residents give",
                    "身份证号、档案编号索引与居民不符"));
    return status == HR_END ? HR_OK : status;
}

/* What he is found by; nothing does when his file was erased. */
static hr_status expect_found(verifier *v, int64_t id, int64_t root, const hr_record *own) {
    uint64_t grams[HR_GRAMS_MAX];
    size_t count = 0;
    hr_custody state;
    hr_status status = hr_custody_of(v->store, root, &state);
    if (status != HR_OK || state == HR_CUSTODY_ERASED)
        return status;
    status = expect_known(v, id, own);
    if (status == HR_OK)
        status = hr_grams_of(v->store->text, &v->store->err, own, grams, &count);
    for (size_t i = 0; i < count; i++)
        v->grams += fingerprint(v, (int64_t)grams[i], id);
    return status;
}

/* `row`: id, latest, state, registering body, past. */
static hr_status check_resident(verifier *v, sqlite3_stmt *row) {
    int64_t id = sqlite3_column_int64(row, 0), root = id;
    hr_resident all, own, stored;
    char place[64];
    bool whole;
    snprintf(place, sizeof place, "resident #%" PRId64, id);
    hr_status status = fold_resident(v, row, &all, &own, &whole);
    if (status == HR_OK && !whole)
        found(v, "chart", place,
              HR_TR(&v->store->err, "the resident's entries are not complete", "该居民的记录不完整"));
    if (status != HR_OK || !whole)
        goto out;
    status = hr_resident_from_row(v->store, row, 2, id, &stored);
    bool same = status == HR_OK && hr_resident_same(&all, &stored);
    if (status == HR_OK)
        hr_resident_release(&stored);
    if (!same)
        found(v, "chart", place,
              HR_TR(&v->store->err, "the resident is not what his entries fold to", "该居民与其记录重算的结果不符"));
    status = hr_life_root(v->store, id, &root);
    if (status == HR_OK)
        status = expect_found(v, id, root, &own.now);
    if (status == HR_OK && root == id) /* else he is counted as that other */
        status = check_facts(v, id, place, &all);
    v->unified += root != id;
out:
    hr_resident_release(&all);
    hr_resident_release(&own);
    return status;
}

static void see_gram(void *context, uint64_t gram, int64_t id) {
    verifier *v = context;
    v->grams -= fingerprint(v, (int64_t)gram, id);
}

/* `sql` is a literal that counts something. */
static hr_status count_rows(verifier *v, const char *sql, int64_t *out) {
    sqlite3_stmt *row = hr_db_statement(v->store, sql);
    if (!row)
        return v->store->err.status;
    hr_status status = hr_db_row(v->store, row);
    *out = status == HR_OK ? sqlite3_column_int64(row, 0) : 0;
    sqlite3_reset(row);
    return status;
}

/* Rows that belong to nobody: each resident's own were compared with what he folds to. */
static hr_status check_counts(verifier *v, int64_t residents, int64_t amended) {
    int64_t stored[3];
    hr_status status = count_rows(v, "SELECT count(*) FROM chart.resident", &stored[0]);
    if (status == HR_OK)
        status = count_rows(v, "SELECT count(*) FROM main.subject", &stored[1]);
    if (status == HR_OK)
        status = count_rows(v, "SELECT count(*) FROM main.past", &stored[2]);
    if (status != HR_OK)
        return status;
    if (stored[0] != amended)
        found(v, "chart", "residents",
              HR_TR(&v->store->err, "there are residents whom no entry registered", "有居民没有登记记录"));
    if (stored[1] != residents - v->unified)
        found(v, "facts", "subjects",
              HR_TR(&v->store->err, "there are more or fewer subjects than residents", "计数事实的人数与居民数不符"));
    if (stored[2] != v->past)
        found(v, "facts", "past",
              HR_TR(&v->store->err, "there is more or less history than the residents have", "历史条数与居民不符"));
    if (v->folded_entries != v->resident_entries)
        found(v, "chart", "residents", HR_TR(&v->store->err, "entries belong to no resident", "有记录不属于任何居民"));
    return HR_OK;
}

static hr_status check_residents(verifier *v) {
    sqlite3_stmt *rows = NULL;
    int64_t residents = 0, amended = 0;
    hr_status status = HR_OK;
    if (sqlite3_prepare_v2(v->store->db,
                           "SELECT e.seq, coalesce(r.latest, e.seq), r.state, e.body, r.past, r.id IS NOT NULL\n"
                           "FROM chart.entry AS e\n"
                           "LEFT JOIN chart.resident AS r ON r.id = e.seq\n"
                           "WHERE e.subject = e.seq\n"
                           "ORDER BY e.seq",
                           -1, &rows, NULL) != SQLITE_OK)
        return hr_db_fail(v->store);
    while (status == HR_OK && (status = hr_db_row(v->store, rows)) == HR_OK) {
        residents++;
        amended += sqlite3_column_int64(rows, 5);
        status = check_resident(v, rows);
        if (status == HR_OK)
            status = advance(v, 1);
    }
    sqlite3_finalize(rows);
    if (status == HR_END)
        status = hr_search_walk(v->store, see_gram, v);
    if (status == HR_OK && v->grams)
        found(v, "chart", "search",
              HR_TR(&v->store->err, "the search index is not what the residents give", "检索索引与居民不符"));
    if (status == HR_OK)
        status = check_known(v);
    return status == HR_OK ? check_counts(v, residents, amended) : status;
}

/* ---- unifications and calls ---- */

typedef struct unity {
    int64_t absorbed, remaining, entry;
} unity;

static hr_status read_unity(hr_store *store, int64_t entry, int64_t *absorbed, int64_t *remaining) {
    hr_life life;
    const hr_form *form = NULL;
    hr_status status = hr_entry_locate(store, entry, &form, remaining);
    *absorbed = 0;
    if (status == HR_OK && (form != &hr_form_unify || !*remaining))
        return HR_NOT_FOUND;
    if (status == HR_OK)
        status = hr_life_load(store, *remaining, INT64_MAX, &life);
    if (status != HR_OK)
        return status;
    const hr_life_entry *e = hr_life_entry_at(&life, entry);
    if (e && hr_life_stands(e))
        status = hr_life_absorbed(store, e, absorbed);
    hr_life_free(&life);
    return status;
}

/* Each row of chart.unified is what a standing entry says, and each such entry has a row: that there are as many is
 * seen by who is counted by himself. */
static hr_status check_unified(verifier *v) {
    sqlite3_stmt *rows = NULL;
    char place[64];
    if (sqlite3_prepare_v2(v->store->db, "SELECT absorbed, remaining, entry FROM chart.unified", -1, &rows, NULL) !=
        SQLITE_OK)
        return hr_db_fail(v->store);
    hr_status status = HR_OK;
    while (status == HR_OK && (status = hr_db_row(v->store, rows)) == HR_OK) {
        unity u = {sqlite3_column_int64(rows, 0), sqlite3_column_int64(rows, 1), sqlite3_column_int64(rows, 2)};
        int64_t absorbed, remaining;
        status = read_unity(v->store, u.entry, &absorbed, &remaining);
        bool good = status == HR_OK && absorbed == u.absorbed && remaining == u.remaining;
        if (status == HR_NOT_FOUND || status == HR_DAMAGED)
            status = HR_OK;
        snprintf(place, sizeof place, "resident #%" PRId64, u.absorbed);
        if (status == HR_OK && !good)
            found(v, "chart", place,
                  HR_TR(&v->store->err, "is unified with another, but no entry says so", "已并入他人，但没有相应记录"));
    }
    sqlite3_finalize(rows);
    return status == HR_END ? HR_OK : status;
}

/* Folds the entry `seq` into the call; false when it is none of the form, or not about this call. */
static hr_status fold_call(verifier *v, int64_t seq, const hr_form *form, hr_call *call, bool *good) {
    hr_store *store = v->store;
    sqlite3_stmt *row = hr_db_statement(store, "SELECT kind, body FROM chart.entry WHERE seq = ?1");
    hr_record said;
    if (!row)
        return store->err.status;
    sqlite3_bind_int64(row, 1, seq);
    hr_status status = hr_db_row(store, row);
    bool right = status == HR_OK && hr_form_named((const char *)sqlite3_column_text(row, 0)) == form;
    if (right)
        right = hr_body_unpack(&store->err, NULL, &said, form, (const char *)sqlite3_column_text(row, 1),
                               (size_t)sqlite3_column_bytes(row, 1)) == HR_OK;
    sqlite3_reset(row);
    right = right && (form == &hr_form_call_raise || hr_record_number(&said, CA_CALL) == call->id);
    if (right)
        hr_call_fold(call, &said, seq);
    v->folded_calls += right;
    *good = *good && right;
    return status == HR_END ? HR_OK : status;
}

static hr_status check_call(verifier *v, const hr_call *stored) {
    hr_call folded = {.id = stored->id};
    bool good = true;
    char place[64];
    hr_status status = fold_call(v, stored->id, &hr_form_call_raise, &folded, &good);
    if (status == HR_OK && stored->answer_entry)
        status = fold_call(v, stored->answer_entry, &hr_form_call_answer, &folded, &good);
    if (status == HR_OK && stored->close_entry)
        status = fold_call(v, stored->close_entry, &hr_form_call_close, &folded, &good);
    snprintf(place, sizeof place, "call %" PRId64, stored->id);
    if (status == HR_OK && (!good || !hr_call_same(stored, &folded)))
        found(v, "facts", place,
              HR_TR(&v->store->err, "the call is not what its entries fold to", "该呼叫与其记录重算的结果不符"));
    return status == HR_OK ? hr_ledger_call(&folded, v->seconds, 1, expect_change, v) : status;
}

static hr_status check_calls(verifier *v) {
    sqlite3_stmt *rows = NULL;
    hr_call call;
    if (sqlite3_prepare_v2(v->store->db, "SELECT " HR_CALL_COLUMNS " FROM main.call", -1, &rows, NULL) != SQLITE_OK)
        return hr_db_fail(v->store);
    hr_status status = HR_OK;
    while (status == HR_OK && (status = hr_db_row(v->store, rows)) == HR_OK) {
        hr_call_from_row(rows, &call);
        status = check_call(v, &call);
    }
    sqlite3_finalize(rows);
    if (status == HR_END && v->folded_calls != v->call_entries)
        found(v, "facts", "calls",
              HR_TR(&v->store->err, "there are entries of calls that no call has", "有呼叫记录不属于任何呼叫"));
    return status == HR_END ? HR_OK : status;
}

/* ---- registers ---- */

/* The first entry says what the store is; its settings must say the same. */
static hr_status check_settings(verifier *v, const hr_entry *entry) {
    json_t *said = entry->body ? json_loadb(entry->body, entry->body_size, 0, NULL) : NULL;
    const char *area = json_string_value(json_object_get(said, "area"));
    const char *name = json_string_value(json_object_get(said, "name"));
    const char *kind = json_string_value(json_object_get(said, "kind"));
    bool bureau = kind && strcmp(kind, "bureau") == 0;
    char code[HR_AREA_SIZE];
    hr_area_format(v->store->area, code);
    if (!area || !name || strcmp(area, code) != 0 || strcmp(name, v->store->name) != 0 || bureau != v->store->bureau)
        found(v, "facts", "settings",
              HR_TR(&v->store->err,
                    "the store's name or area, or whether it is a bureau's, is not what its first entry says",
                    "本库名称、区划或是否为卫生局库与首条记录不符"));
    json_decref(said);
    return advance(v, 1);
}

/* The log as it was when the slip was printed, of which this is the last entry. */
static void compare_slip(verifier *v, const hr_entry *entry, const char *place) {
    hr_err *err = &v->store->err;
    if (!hr_secret_equal(entry->hash, v->slip.hash, HR_HASH_SIZE))
        found(v, "chart", place,
              HR_TR(err, "the log up to here is not the one that the slip was printed of: something was rewritten",
                    "到此为止的记录与纸条所记的链头不符：此前有内容被改写"));
    if (v->slip.whole && !hr_signers_owner(v->signers, v->slip.key))
        found(v, "chart", place,
              HR_TR(err, "the slip was signed by somebody who was no operator then", "纸条的签名人当时不是本库操作员"));
}

static void check_slip_end(verifier *v) {
    hr_err *err = &v->store->err;
    char place[48];
    if (v->slip.seq == 0)
        return;
    snprintf(place, sizeof place, "entry %" PRId64, v->slip.seq);
    if (v->slip.whole && memcmp(v->slip.store_id, v->store->keys->store_id, HR_STORE_ID_SIZE) != 0)
        found(v, "chart", "log", HR_TR(err, "the slip is of another store", "纸条属于另一个库"));
    if (v->slip.seq > v->store->head.seq)
        found(v, "chart", place,
              HR_TR(err,
                    "the slip tells of entries that the log does not have: its end was cut off, or an old copy was put "
                    "back",
                    "纸条所记的记录已不存在：记录链末尾被截去，或旧副本被放回"));
}

/* Registers are folded in the order in which they were said, and so after the walk. */
static hr_status read_register(verifier *v, const hr_form *form, const hr_entry *entry) {
    hr_record row;
    hr_status status = hr_body_unpack(&v->store->err, NULL, &row, form, entry->body, entry->body_size);
    v->unreadable = v->unreadable || status == HR_INVALID;
    return status;
}

static hr_status see_entry(void *context, const hr_entry *entry) {
    verifier *v = context;
    const hr_form *form = hr_form_named(entry->kind);
    char place[64];
    bool covered = true;
    snprintf(place, sizeof place, "entry %" PRId64, entry->seq);
    hr_signers_see(v->store, v->signers, entry, found, v);
    if (entry->seq == v->slip.seq)
        compare_slip(v, entry, place);
    hr_status status = entry->reduced ? hr_custody_covers(v->store, entry, &covered) : HR_OK;
    if (status == HR_OK && !covered)
        found(v, "chart", place,
              HR_TR(&v->store->err, "only a part of it is left, but nobody erased it", "仅余部分内容，但无删除记录"));
    if (status == HR_OK && entry->seq == 1 && strcmp(entry->kind, "store") == 0)
        return check_settings(v, entry);
    if (form && form->about == HR_ABOUT_CALL)
        v->call_entries++;
    if (status != HR_OK)
        return status;
    if (form && entry->subject > 0)
        v->resident_entries++;
    else if (form && form->about == HR_ABOUT_AREA && entry->body)
        status = read_register(v, form, entry);
    else if (!form || (form->about != HR_ABOUT_CALL && form->about != HR_ABOUT_STORE))
        status = HR_INVALID;
    if (status == HR_INVALID) {
        found(v, "chart", place, HR_TR(&v->store->err, "the entry's content makes no sense", "该条记录内容无效"));
        status = HR_OK;
    }
    return status == HR_OK ? advance(v, 1) : status;
}

static hr_status expect_reported(verifier *v, const hr_record *row, const char *place) {
    hr_reported reported;
    if (hr_reported_read(&v->store->err, row, &reported) == HR_OK)
        return hr_ledger_reported(v->places, &reported, 1, expect_change, v);
    found(v, "facts", place, v->store->err.text);
    return HR_OK;
}

static hr_status compare_register(void *context, const hr_record *row) {
    verifier *v = context;
    char key[HR_REGISTER_KEY_SIZE], place[192];
    snprintf(place, sizeof place, "%s %s", row->form->kind, hr_register_key(row, key));
    if (!hr_registers_take(v->registers, row))
        found(v, "facts", place,
              HR_TR(&v->store->err, "the register is not what the log folds to", "登记表与记录链重算的结果不符"));
    if (row->form == &hr_form_figures)
        return expect_reported(v, row, place);
    if (row->form != &hr_form_institution)
        return HR_OK;
    hr_institution institution;
    hr_status status = hr_institution_load(v->store, NULL, row, &institution);
    if (status == HR_OK)
        status = hr_ledger_institution(&institution, 1, expect_change, v);
    hr_institution_free(&institution);
    return status;
}

static hr_status check_registers(verifier *v) {
    const hr_form *form;
    hr_status status = v->unreadable ? HR_OK : hr_registers_known(v->store, INT64_MAX, &v->registers);
    for (int i = 0; status == HR_OK && v->registers && (form = hr_form_at(i)); i++) {
        if (form->about != HR_ABOUT_AREA)
            continue;
        status = hr_register_walk(v->store, form, compare_register, v);
        if (status == HR_OK && hr_registers_count(v->registers, form) > 0)
            found(v, "facts", form->plural,
                  HR_TR(&v->store->err, "rows of the register are missing", "登记表有缺失的行"));
    }
    return status;
}

/* ---- hr_verify ---- */

static hr_status prepare(verifier *v) {
    hr_definitions definitions;
    hr_random(v->key, sizeof v->key);
    hr_status status = hr_areas_get(v->store, &v->areas);
    if (status == HR_OK)
        status = hr_places_load(v->store, NULL, &v->places);
    if (status == HR_OK)
        status = hr_definitions_load(v->store, NULL, &definitions);
    if (status != HR_OK)
        return status;
    v->seconds = hr_definitions_seconds(&definitions);
    hr_definitions_free(&definitions);
    v->tallies = calloc(v->areas->count + 1, sizeof *v->tallies);
    v->total = 2 * (uint64_t)v->store->head.seq;
    return v->tallies ? hr_signers_new(&v->store->err, &v->signers) : hr_fail_memory(&v->store->err);
}

static hr_status verify(verifier *v) {
    hr_status status = hr_pages_check(v->store, found, v);
    if (status == HR_OK && v->count == 0)
        status = prepare(v);
    if (status != HR_OK || v->count > 0) /* folding damaged pages would only find the same again */
        return status;
    status = hr_log_walk(v->store, see_entry, found, v);
    if (status == HR_OK)
        status = hr_signers_end(v->store, v->signers, found, v);
    check_slip_end(v);
    if (status == HR_OK)
        status = check_residents(v);
    if (status == HR_OK)
        status = check_unified(v);
    if (status == HR_OK)
        status = hr_custody_check(v->store, found, v);
    if (status == HR_OK)
        status = check_calls(v);
    if (status == HR_OK)
        status = check_registers(v);
    if (status == HR_OK)
        status = check_tallies(v);
    return status;
}

enum { C_FILE, C_PLACE, C_PROBLEM, C_COUNT };
static const hr_column columns[C_COUNT] = {[C_FILE] = {"file", "file", "文件"},
                                           [C_PLACE] = {"place", "place", "位置"},
                                           [C_PROBLEM] = {"problem", "problem", "问题"}};

typedef struct result {
    int next, count;
    finding findings[FINDINGS_MAX];
} result;

static hr_status next_finding(hr_cursor *c) {
    result *r = c->context;
    if (r->next == r->count)
        return HR_END;
    const finding *f = &r->findings[r->next++];
    hr_cell_text(c, C_FILE, f->file);
    hr_cell_text(c, C_PLACE, f->place);
    hr_cell_text(c, C_PROBLEM, f->problem);
    return HR_OK;
}

static hr_status give(hr_store *store, const verifier *v, hr_cursor **out) {
    result *r = calloc(1, sizeof *r);
    if (r) {
        r->count = v->count;
        memcpy(r->findings, v->findings, sizeof r->findings);
    }
    return hr_cursor_give(r ? HR_OK : hr_fail_memory(&store->err), &store->err, columns, C_COUNT, r, free, next_finding,
                          out);
}

void hr_verify_options_init(hr_verify_options *options) {
    *options = (hr_verify_options){.size = sizeof *options};
}

hr_status hr_verify(hr_store *store, const hr_verify_options *options, hr_cursor **findings) {
    hr_verify_options o;
    hr_verify_options_init(&o);
    if (!store || !findings || (options && !hr_options_take(&o, sizeof o, options)))
        return hr_fail_argument(store);
    *findings = NULL;
    hr_status status = hr_need_idle(store);
    if (status != HR_OK)
        return status;
    verifier *v = calloc(1, sizeof *v);
    if (!v)
        return hr_fail_memory(&store->err);
    v->store = store;
    v->progress = o.progress;
    v->progress_context = o.progress_context;
    if (o.against)
        status = hr_slip_parse(&store->err, o.against, &v->slip);
    if (status == HR_OK)
        status = hr_chart_begin(store);
    if (status == HR_OK) {
        status = verify(v);
        hr_read_end(store);
    }
    if (status == HR_DAMAGED) { /* a page that could not even be read is a finding, not a failure to look */
        found(v, "store", "pages", store->err.text);
        status = HR_OK;
    }
    if (status == HR_OK)
        status = give(store, v, findings);
    hr_places_free(v->places);
    free(v->tallies);
    hr_registers_free(v->registers);
    hr_signers_free(v->signers);
    free(v);
    return status;
}
