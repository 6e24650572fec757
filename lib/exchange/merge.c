/* Merging: what another store says and this one does not is adopted, in the order of the other's log, in one
 * transaction.
 *
 * Entries up to where the two logs part need not be looked at: the chain's hash says that all before it is the same. Of
 * the others each is named by who said it first (hr_origin), so it is known whether this store has it, however it came
 * here. */
#include "base/hex.h"
#include "base/options.h"
#include "indicator/adopt.h"
#include "record/access.h"
#include "record/conflicts.h"
#include "record/events.h"
#include "record/refer.h"
#include "record/residents.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct merging {
    hr_store *store, *other;
    const hr_merge_options *options;
    hr_merge_result result;
    hr_adoption *adoption;
    int64_t known; /* this store's newest entry before */
    hr_foreign entry;
    uint64_t seen, total;
    int64_t *erased; /* residents whose files the other store erased */
    size_t erased_count;
} merging;

void hr_merge_options_init(hr_merge_options *options) {
    *options = (hr_merge_options){.size = sizeof *options};
}

void hr_merge_result_init(hr_merge_result *result) {
    *result = (hr_merge_result){.size = sizeof *result};
}

/* What went wrong with the other store is said of it. */
static hr_status fail_other(merging *m, hr_status status) {
    char text[sizeof m->other->err.text];
    snprintf(text, sizeof text, "%s", m->other->err.text);
    return hr_fail(&m->store->err, status, HR_TR(&m->store->err, "the other store: %.900s", "另一库：%.900s"), text);
}

static hr_status advance(merging *m) {
    const hr_merge_options *o = m->options;
    if (!o->progress || m->seen++ % 256 || !o->progress(o->progress_context, m->seen, m->total))
        return HR_OK;
    return hr_fail(&m->store->err, HR_CANCELLED, "%s",
                   HR_TR(&m->store->err, "stopped; nothing was changed", "已停止；未作任何改动"));
}

/* ---- where the logs part ---- */

static hr_status read_hash(hr_store *store, int64_t seq, unsigned char out[HR_HASH_SIZE]) {
    sqlite3_stmt *row = hr_db_statement(store, "SELECT hash FROM chart.entry WHERE seq = ?1");
    if (!row)
        return store->err.status;
    sqlite3_bind_int64(row, 1, seq);
    hr_status status = hr_db_row(store, row);
    if (status == HR_OK && sqlite3_column_bytes(row, 0) == HR_HASH_SIZE)
        memcpy(out, sqlite3_column_blob(row, 0), HR_HASH_SIZE);
    else
        memset(out, 0, HR_HASH_SIZE);
    sqlite3_reset(row);
    return status == HR_END ? HR_OK : status;
}

/* The last entry up to which both logs are the same; 0: none. */
static hr_status find_parting(merging *m, int64_t *out) {
    int64_t low = 0, high = m->store->head.seq < m->other->head.seq ? m->store->head.seq : m->other->head.seq;
    hr_status status = HR_OK;
    while (low < high && status == HR_OK) {
        unsigned char here[HR_HASH_SIZE], there[HR_HASH_SIZE];
        int64_t middle = low + (high - low + 1) / 2;
        status = read_hash(m->store, middle, here);
        if (status == HR_OK && read_hash(m->other, middle, there) != HR_OK)
            status = fail_other(m, m->other->err.status);
        if (memcmp(here, there, HR_HASH_SIZE) == 0)
            low = middle;
        else
            high = middle - 1;
    }
    *out = low;
    return status;
}

/* ---- from the other's numbers to ours ---- */

/* The entry here that is the other's `seq`; 0: there is none. */
static hr_status entry_here(merging *m, int64_t seq, int64_t *out) {
    hr_origin origin;
    *out = 0;
    hr_status status = hr_origin_of(m->other, seq, &origin);
    if (status == HR_END)
        return HR_OK;
    return status == HR_OK ? hr_origin_find(m->store, &origin, out) : fail_other(m, status);
}

/* A resident's number is that of the entry that registered him; here that entry may be about somebody known already. */
static hr_status number_here(void *context, bool resident, int64_t *number) {
    merging *m = context;
    int64_t entry;
    hr_status status = entry_here(m, *number, &entry);
    *number = entry;
    if (status == HR_OK && resident && entry)
        status = hr_db_number(m->store, "SELECT subject FROM chart.entry WHERE seq = ?1", entry, number);
    return status;
}

/* Who somebody is here whom the other store registered: by what it knows of him by now. */
static hr_status recognise(merging *m, int64_t there, int64_t *here) {
    hr_resident known;
    hr_status status = hr_resident_load(m->other, there, &known, NULL);
    if (status != HR_OK)
        return fail_other(m, status);
    status = hr_resident_recognise(m->store, &known.now, here);
    hr_resident_release(&known);
    return status;
}

/* ---- one entry ---- */

/* What is each store's own: its operators and keys, what it is, what it merged, whose keys it trusts; and of another
 * station also what went between that and others. */
static bool is_own(const merging *m, const hr_form *form) {
    if (!form || form == &hr_form_peer)
        return true;
    if (form->about == HR_ABOUT_AREA && form->by_library)
        return memcmp(m->other->keys->store_id, m->store->keys->store_id, HR_STORE_ID_SIZE) != 0;
    return form->about == HR_ABOUT_STORE && form != &hr_form_read && form != &hr_form_search &&
           form != &hr_form_export && form != &hr_form_unlock && form != &hr_form_clock;
}

enum { COL_SEQ, COL_KIND, COL_SUBJECT, COL_EFFECTIVE, COL_BODY, COL_RECORDED, COL_AUTHOR, COL_STORE, COL_WSEQ };

/* Reads a row into m->entry, in the other's numbers. */
static hr_status read_entry(merging *m, sqlite3_stmt *row) {
    hr_foreign *e = &m->entry;
    const char *body = (const char *)sqlite3_column_text(row, COL_BODY);
    const char *author = (const char *)sqlite3_column_text(row, COL_AUTHOR);
    hr_origin_read(row, COL_STORE, COL_WSEQ, sqlite3_column_int64(row, COL_SEQ),
                   sqlite3_column_int64(row, COL_RECORDED), &e->origin);
    if (!*e->origin.author)
        snprintf(e->origin.author, sizeof e->origin.author, "%s", author ? author : "");
    e->subject = sqlite3_column_int64(row, COL_SUBJECT);
    e->effective = sqlite3_column_int(row, COL_EFFECTIVE);
    hr_status status = hr_body_unpack(&m->store->err, &e->remark, &e->row, e->form, body ? body : "",
                                      (size_t)sqlite3_column_bytes(row, COL_BODY));
    return status == HR_INVALID ? hr_fail(&m->store->err, HR_DAMAGED, "%s",
                                          HR_TR(&m->store->err, "the other store has an entry that cannot be read",
                                                "另一库中有无法读取的记录"))
                                : status;
}

/* Gives m->entry this store's numbers. *whole: it has them all. */
static hr_status translate(merging *m, int64_t seq, bool *whole) {
    hr_foreign *e = &m->entry;
    bool registers = e->form == &hr_form_resident && e->subject == seq;
    int64_t subject = e->subject < 0 ? -e->subject : e->subject;
    hr_status status = hr_refer(&e->remark, &e->row, number_here, m, whole);
    if (status != HR_OK || subject == 0 || !*whole)
        return status;
    status = registers ? recognise(m, subject, &subject) : number_here(m, true, &subject);
    *whole = registers || subject;
    e->subject = e->subject < 0 ? -subject : subject;
    return status;
}

static hr_status note_erased(merging *m, int64_t resident) {
    int64_t *grown = realloc(m->erased, (m->erased_count + 1) * sizeof *grown);
    if (!grown)
        return hr_fail_memory(&m->store->err);
    m->erased = grown;
    grown[m->erased_count++] = resident;
    return HR_OK;
}

/* Two copies that write as one would have given one name to two entries. */
static hr_status fail_fork(merging *m) {
    return hr_fail(
        &m->store->err, HR_DAMAGED, "%s",
        HR_TR(&m->store->err,
              "both stores wrote different entries as one and the same copy; one of them is a copy of the disk "
              "that healthrec could not tell from the original; type its newest entries in here by hand",
              "两个库以同一副本身份写了不同的记录；其中之一是无法与原件区分的磁盘副本；请将其最新记录手工录入本库"));
}

/* What this store has already must be the same. Where a file was erased, less is left of it. */
static hr_status compare(merging *m, int64_t seq) {
    char here[HR_BODY_SIZE];
    bool whole;
    hr_foreign *e = &m->entry;
    sqlite3_stmt *row = hr_db_statement(m->store, "SELECT kind, body, effective FROM chart.entry\n"
                                                  "WHERE seq = ?1 AND body_hash IS NULL");
    if (!row)
        return m->store->err.status;
    hr_status status = hr_refer(&e->remark, &e->row, number_here, m, &whole);
    if (status != HR_OK)
        return status;
    size_t size = hr_body_pack(&e->remark, &e->row, here);
    sqlite3_bind_int64(row, 1, seq);
    status = hr_db_row(m->store, row);
    bool same = status != HR_OK ||
                (strcmp((const char *)sqlite3_column_text(row, 0), e->form->kind) == 0 &&
                 sqlite3_column_int(row, 2) == e->effective && (size_t)sqlite3_column_bytes(row, 1) == size &&
                 memcmp(sqlite3_column_text(row, 1), here, size) == 0);
    sqlite3_reset(row);
    return status != HR_OK && status != HR_END ? status : same ? HR_OK : fail_fork(m);
}

static hr_status take_entry(merging *m, sqlite3_stmt *row) {
    int64_t seq = sqlite3_column_int64(row, COL_SEQ), here = 0;
    bool whole, counts, reduced = sqlite3_column_int(row, COL_WSEQ + 3) != 0;
    m->entry.form = hr_form_named((const char *)sqlite3_column_text(row, COL_KIND));
    if (is_own(m, m->entry.form))
        return HR_OK;
    counts = m->entry.form->about != HR_ABOUT_STORE;
    hr_status status = read_entry(m, row);
    if (status == HR_OK)
        status = hr_origin_find(m->store, &m->entry.origin, &here);
    if (status == HR_OK && here)
        return reduced ? HR_OK : compare(m, here);
    if (status == HR_OK)
        status = translate(m, seq, &whole);
    if (status == HR_OK && whole)
        status = hr_adopt(m->adoption, &m->entry, &here);
    if (status == HR_OK && whole && !here && m->entry.form == &hr_form_erase)
        status = note_erased(m, m->entry.subject);
    m->result.entries += here && counts;
    m->result.left_out += !here && counts;
    return status;
}

static hr_status take_entries(merging *m, int64_t parting) {
    sqlite3_stmt *rows = NULL;
    hr_status status = HR_OK;
    if (sqlite3_prepare_v2(
            m->other->db,
            "SELECT e.seq, e.kind, e.subject, e.effective, e.body, e.recorded, a.name, w.store_id, o.wseq,\n"
            "       o.said, o.author, e.body_hash IS NOT NULL\n"
            "FROM chart.entry AS e\n"
            "JOIN chart.writer AS w ON w.id = e.writer\n"
            "JOIN chart.author AS a ON a.id = e.author\n"
            "LEFT JOIN chart.origin AS o ON o.seq = e.seq\n"
            "WHERE e.seq > ?1\n"
            "ORDER BY e.seq",
            -1, &rows, NULL) != SQLITE_OK)
        return fail_other(m, hr_db_fail(m->other));
    sqlite3_bind_int64(rows, 1, parting);
    m->total = (uint64_t)(m->other->head.seq - parting);
    while (status == HR_OK) {
        hr_status got = hr_db_row(m->other, rows);
        if (got == HR_END)
            break;
        status = got == HR_OK ? take_entry(m, rows) : fail_other(m, got);
        if (status == HR_OK)
            status = advance(m);
    }
    sqlite3_finalize(rows);
    return status;
}

/* ---- conflicts ---- */

static hr_status is_unknown(void *context, const hr_life_entry *entry, bool *out) {
    merging *m = context;
    int64_t there = 0;
    hr_status status = hr_origin_find(m->other, &entry->origin, &there);
    *out = status == HR_OK && there == 0;
    return status == HR_OK ? HR_OK : fail_other(m, status);
}

static hr_status note_conflicts(merging *m) {
    hr_status status = HR_OK;
    for (size_t i = 0; i < hr_adoption_count(m->adoption) && status == HR_OK; i++) {
        bool fresh;
        int64_t resident = hr_adoption_at(m->adoption, i, &fresh), root = resident;
        status = hr_life_root(m->store, resident, &root);
        if (status == HR_OK && root == resident)
            status = hr_conflicts_note(m->store, resident, m->known, is_unknown, m);
    }
    for (size_t i = 0; i < m->erased_count && status == HR_OK; i++)
        status = hr_conflicts_note_erased(m->store, m->erased[i]);
    return status == HR_OK ? hr_conflicts_count(m->store, m->known, &m->result.conflicts) : status;
}

/* ---- the whole ---- */

static hr_status say_merged(merging *m) {
    char id[2 * HR_STORE_ID_SIZE + 1];
    hr_record row;
    hr_hex(m->other->keys->store_id, HR_STORE_ID_SIZE, id);
    hr_record_clear(&row, &hr_form_merge);
    hr_record_set_number(&row, EM_ENTRIES, (int64_t)m->result.entries);
    hr_record_set_number(&row, EM_LEFT_OUT, (int64_t)m->result.left_out);
    hr_status status = hr_record_set_text(&row, &m->store->err, EM_STORE, id);
    return status == HR_OK ? hr_event_put(m->store, &row) : status;
}

static hr_status merge_all(merging *m) {
    hr_adopted did = {.entries = 0};
    int64_t parting = 0;
    hr_status status = hr_adoption_new(m->store, &m->adoption);
    m->known = m->store->head.seq;
    if (status == HR_OK)
        status = find_parting(m, &parting);
    if (status == HR_OK)
        status = take_entries(m, parting);
    if (status == HR_OK)
        status = hr_adoption_end(m->adoption, m->options->progress, m->options->progress_context, &did);
    if (status == HR_OK)
        status = note_conflicts(m);
    m->result.added = did.added;
    m->result.changed = did.changed;
    return status == HR_OK ? say_merged(m) : status;
}

/* It is sound, and another one, of this store's area. */
static hr_status check_other(merging *m) {
    hr_err *err = &m->store->err;
    hr_verify_options options;
    hr_cursor *findings = NULL;
    hr_verify_options_init(&options);
    if (strcmp(m->other->path, m->store->path) == 0)
        return hr_fail(err, HR_INVALID, "%s",
                       HR_TR(err, "this is the store itself; name the other one", "这就是本库；请给出另一个库"));
    if (m->other->bureau != m->store->bureau)
        return hr_fail(
            err, HR_INVALID, "%s",
            HR_TR(err,
                  "one of the two is a bureau's store, whose residents have no names; a bureau receives "
                  "stations' bundles (export, receive)",
                  "两个库中有一个是卫生局的库，其中的居民没有姓名；卫生局请接收各站的上报包（export、receive）"));
    if (!hr_area_within(m->other->area, m->store->area))
        return hr_fail(err, HR_INVALID,
                       HR_TR(err,
                             "the other store's area %" PRId64 " does not lie within this store's, %" PRId64
                             "; merge the smaller one into the greater",
                             "另一库的区划 %" PRId64 " 不在本库区划 %" PRId64 " 之内；请将小的并入大的"),
                       m->other->area, m->store->area);
    options.progress = m->options->progress;
    options.progress_context = m->options->progress_context;
    hr_status status = hr_verify(m->other, &options, &findings);
    if (status == HR_CANCELLED)
        return hr_fail(err, status, "%s", m->other->err.text);
    if (status != HR_OK)
        return fail_other(m, status);
    status = hr_cursor_next(findings);
    hr_cursor_free(findings);
    if (status == HR_END)
        return HR_OK;
    return hr_fail(err, HR_DAMAGED, "%s",
                   HR_TR(err, "the other store does not pass verification; run verify on it, and merge a sound copy",
                         "另一库未通过核验；请对其运行 verify，并合并完好的副本"));
}

static hr_status run(merging *m) {
    hr_status status = check_other(m);
    if (status == HR_OK && (status = hr_access_export(m->other, HR_EXPORT_MERGE, NULL)) != HR_OK)
        return fail_other(m, status);
    if (status == HR_OK && (status = hr_chart_begin(m->other)) != HR_OK)
        return fail_other(m, status);
    if (status != HR_OK)
        return status;
    status = hr_enter(m->store);
    if (status == HR_OK)
        status = hr_leave(m->store, merge_all(m));
    hr_read_end(m->other);
    snprintf(m->result.store_name, sizeof m->result.store_name, "%s", m->other->name);
    return status;
}

hr_status hr_merge(hr_store *store, const char *other, const hr_merge_options *options, hr_merge_result *result) {
    hr_merge_options o;
    hr_open_options open;
    merging *m = NULL;
    hr_merge_options_init(&o);
    if (!store || !other || !options || !hr_options_take(&o, sizeof o, options))
        return hr_fail_argument(store);
    hr_status status = hr_need_idle(store);
    if (status == HR_OK)
        status = hr_need_writer(store);
    if (status != HR_OK)
        return status;
    m = calloc(1, sizeof *m);
    if (!m || hr_store_new(&m->other, store->err.language) != HR_OK) {
        free(m);
        return hr_fail_memory(&store->err);
    }
    m->store = store;
    m->options = &o;
    hr_merge_result_init(&m->result);
    hr_open_options_init(&open);
    open.operator_name = o.operator_name;
    open.passphrase = o.passphrase;
    open.recovery_key = o.recovery_key;
    status = hr_store_open(m->other, other, &open);
    status = status == HR_OK ? run(m) : fail_other(m, status);
    if (status == HR_OK && result && !hr_result_give(result, &m->result, sizeof m->result))
        status = hr_fail_argument(store);
    hr_store_free(m->other);
    hr_adoption_free(m->adoption);
    free(m->erased);
    free(m);
    return status;
}
