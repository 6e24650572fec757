/* Adopting entries. While they are appended, only the chains of entries grow and is noted whom they are about: his
 * newest entry, and whether he was counted by himself. In the end each of those is folded as he was, and as he is. */
#include "indicator/adopt.h"
#include "indicator/ledger.h"
#include "record/custody.h"
#include "record/registers.h"
#include <stdlib.h>
#include <string.h>

typedef struct touched {
    int64_t id, latest;
    bool fresh;   /* he was registered by what was adopted */
    bool counted; /* he was nobody else before */
    bool custody; /* his file may be restricted now */
} touched;

struct hr_adoption {
    hr_store *store;
    int64_t known; /* the log's newest entry before */
    touched *at;
    size_t count, room;
    size_t *slots; /* by residents' numbers: 1 + where he is in `at`, 0: nobody */
    size_t slot_count;
    bool registers;
    hr_adopted did;
};

hr_status hr_adoption_new(hr_store *store, hr_adoption **out) {
    *out = calloc(1, sizeof **out);
    if (!*out)
        return hr_fail_memory(&store->err);
    (*out)->store = store;
    (*out)->known = store->head.seq;
    return HR_OK;
}

void hr_adoption_free(hr_adoption *a) {
    if (!a)
        return;
    free(a->at);
    free(a->slots);
    free(a);
}

size_t hr_adoption_count(const hr_adoption *a) {
    return a->count;
}

int64_t hr_adoption_at(const hr_adoption *a, size_t number, bool *fresh) {
    *fresh = a->at[number].fresh;
    return a->at[number].id;
}

/* ---- who is touched ---- */

static size_t *slot_of(hr_adoption *a, int64_t id) {
    size_t i = (size_t)((uint64_t)id * UINT64_C(0x9E3779B97F4A7C15)) & (a->slot_count - 1);
    while (a->slots[i] && a->at[a->slots[i] - 1].id != id)
        i = (i + 1) & (a->slot_count - 1);
    return &a->slots[i];
}

static hr_status make_room(hr_adoption *a) {
    if (a->count < a->room)
        return HR_OK;
    size_t room = a->room ? 2 * a->room : 64;
    touched *at = realloc(a->at, room * sizeof *at);
    if (at)
        a->at = at;
    size_t *slots = at ? calloc(4 * room, sizeof *slots) : NULL;
    if (!slots)
        return hr_fail_memory(&a->store->err);
    free(a->slots);
    a->room = room;
    a->slots = slots;
    a->slot_count = 4 * room;
    for (size_t i = 0; i < a->count; i++)
        *slot_of(a, a->at[i].id) = i + 1;
    return HR_OK;
}

/* His newest entry is looked for where the chart keeps it, which is done last. */
static hr_status touch(hr_adoption *a, int64_t id, bool fresh, touched **out) {
    int64_t parent = 0, latest = id;
    hr_status status = make_room(a);
    size_t *slot = status == HR_OK ? slot_of(a, id) : NULL;
    if (status == HR_OK && !*slot) {
        if (!fresh)
            status = hr_life_parent(a->store, id, &parent);
        if (status == HR_OK && !fresh)
            status = hr_db_number(a->store, "SELECT coalesce((SELECT latest FROM chart.resident WHERE id = ?1), ?1)",
                                  id, &latest);
        if (status != HR_OK)
            return status;
        a->at[a->count] = (touched){.id = id, .latest = latest, .fresh = fresh, .counted = !fresh && parent == 0};
        *slot = ++a->count;
    }
    if (status == HR_OK)
        *out = &a->at[*slot - 1];
    return status;
}

/* Whoever somebody is counted as is what he amounts to, too. */
static hr_status touch_parents(hr_adoption *a, int64_t id) {
    touched *one;
    hr_status status = hr_life_parent(a->store, id, &id);
    while (status == HR_OK && id) {
        status = touch(a, id, false, &one);
        if (status == HR_OK)
            status = hr_life_parent(a->store, id, &id);
    }
    return status;
}

/* ---- appending ---- */

static hr_status unite(hr_adoption *a, int64_t absorbed, int64_t remaining, int64_t entry) {
    sqlite3_stmt *row = hr_db_statement(a->store, "INSERT INTO chart.unified (absorbed, remaining, entry)\n"
                                                  "VALUES (?1, ?2, ?3)");
    touched *one;
    hr_status status = row ? touch(a, absorbed, false, &one) : a->store->err.status;
    if (status != HR_OK)
        return status;
    sqlite3_bind_int64(row, 1, absorbed);
    sqlite3_bind_int64(row, 2, remaining);
    sqlite3_bind_int64(row, 3, entry);
    return hr_db_step(a->store, row);
}

static hr_status part(hr_adoption *a, int64_t entry) {
    int64_t absorbed, gone;
    touched *one;
    hr_status status = hr_db_number(a->store, "SELECT absorbed FROM chart.unified WHERE entry = ?1", entry, &absorbed);
    if (status == HR_OK && absorbed)
        status = touch(a, absorbed, false, &one);
    return status == HR_OK ? hr_db_number(a->store, "DELETE FROM chart.unified WHERE entry = ?1", entry, &gone)
                           : status;
}

/* Whether two can be made one: neither is somebody else, or the other already. */
static hr_status can_unite(hr_adoption *a, const hr_foreign *e, bool *out) {
    int64_t absorbed = hr_record_number(&e->row, U_ABSORBED), root = 0, other = 0;
    *out = e->remark.withdrawn;
    if (e->remark.withdrawn)
        return HR_OK;
    hr_status status = hr_life_root(a->store, e->subject, &root);
    if (status == HR_OK)
        status = hr_life_root(a->store, absorbed, &other);
    *out = status == HR_OK && absorbed && other == absorbed && root == e->subject && root != absorbed;
    return status;
}

/* Whether the call is there, and not answered or closed already. */
static hr_status can_call(hr_adoption *a, const hr_foreign *e, bool *out) {
    hr_call call;
    *out = e->form == &hr_form_call_raise;
    if (*out)
        return HR_OK;
    hr_err saved = a->store->err;
    hr_status status = hr_call_load(a->store, hr_record_number(&e->row, CA_CALL), &call);
    if (status == HR_OK)
        *out = e->form == &hr_form_call_answer ? !call.answered : call.answered && !call.closed;
    if (status == HR_NOT_FOUND)
        a->store->err = saved;
    return status == HR_NOT_FOUND ? HR_OK : status;
}

static hr_status can_adopt(hr_adoption *a, const hr_foreign *e, bool *out) {
    hr_custody custody = HR_CUSTODY_NONE;
    int64_t root;
    hr_status status = HR_OK;
    *out = true;
    if (e->subject > 0 && e->form->about != HR_ABOUT_STORE) {
        status = hr_life_root(a->store, e->subject, &root);
        if (status == HR_OK)
            status = hr_custody_of(a->store, root, &custody);
    }
    if (status != HR_OK || custody == HR_CUSTODY_ERASED || e->form == &hr_form_release || e->form == &hr_form_erase) {
        *out = false;
        return status;
    }
    return e->form->about == HR_ABOUT_UNITY  ? can_unite(a, e, out)
           : e->form->about == HR_ABOUT_CALL ? can_call(a, e, out)
                                             : HR_OK;
}

/* Notes what has to be folded anew. */
static hr_status note(hr_adoption *a, const hr_foreign *e, const hr_entry *entry) {
    touched *one;
    hr_status status = HR_OK;
    if (e->form->about == HR_ABOUT_AREA)
        a->registers = true;
    if (entry->subject > 0) {
        status = touch(a, entry->subject, entry->subject == entry->seq, &one);
        if (status != HR_OK)
            return status;
        one->latest = entry->seq;
        one->custody = one->custody || e->form->about == HR_ABOUT_CUSTODY;
        status = touch_parents(a, entry->subject);
    }
    if (status == HR_OK && e->form->about == HR_ABOUT_UNITY)
        status = e->remark.withdrawn ? part(a, e->remark.amends)
                                     : unite(a, hr_record_number(&e->row, U_ABSORBED), entry->subject, entry->seq);
    if (status == HR_OK && e->form->about == HR_ABOUT_CALL)
        status = hr_ledger_call_adopt(a->store, &e->row, entry->seq);
    return status;
}

/* Whose entry it is and which came before it. */
static hr_status place(hr_adoption *a, const hr_foreign *e, hr_entry *entry) {
    touched *one;
    bool registers = e->form == &hr_form_resident && e->subject == 0;
    entry->subject = registers ? hr_log_next(a->store) : e->subject;
    if (registers || entry->subject <= 0)
        return HR_OK;
    hr_status status = e->form->about == HR_ABOUT_CUSTODY /* it is of him with everybody who was unified with him */
                           ? hr_life_root(a->store, e->subject, &entry->subject)
                           : HR_OK;
    if (status == HR_OK)
        status = touch(a, entry->subject, false, &one);
    if (status == HR_OK)
        entry->earlier = one->latest;
    return status;
}

hr_status hr_adopt(hr_adoption *a, const hr_foreign *e, int64_t *seq) {
    char bytes[HR_BODY_SIZE];
    bool can;
    hr_entry entry = {.kind = e->form->kind, .effective = e->effective};
    hr_body body = {.bytes = bytes};
    *seq = 0;
    hr_status status = can_adopt(a, e, &can);
    if (status == HR_OK && can)
        status = place(a, e, &entry);
    if (status != HR_OK || !can)
        return status;
    body.size = hr_body_pack(&e->remark, &e->row, bytes);
    hr_body_seal(&body);
    status = hr_log_adopt(a->store, &entry, &body, &e->origin);
    if (status == HR_OK)
        status = note(a, e, &entry);
    if (status == HR_OK) {
        *seq = entry.seq;
        a->did.entries++;
    }
    return status;
}

/* ---- folding anew ---- */

static hr_status keep_row(void *context, const hr_record *row) {
    hr_store *store = context;
    hr_record known, now = *row;
    hr_status status = hr_register_get(store, row, &known);
    for (int i = 0; i < row->form->count && status == HR_OK; i++)
        if (!hr_record_same(row, &known, i))
            return hr_ledger_keep_register(store, &now);
    return status;
}

static hr_status fold_registers(hr_store *store) {
    hr_registers *registers = NULL;
    const hr_form *form;
    hr_status status = hr_registers_known(store, INT64_MAX, &registers);
    for (int i = 0; status == HR_OK && (form = hr_form_at(i)); i++)
        if (form->about == HR_ABOUT_AREA)
            status = hr_registers_walk(store, registers, form, keep_row, store);
    hr_registers_free(registers);
    return status;
}

/* From here on the chart finds his newest entry; what it keeps of him is as he was. */
static hr_status keep_latest(hr_store *store, const touched *one) {
    sqlite3_stmt *row = one->latest == one->id
                            ? NULL
                            : hr_db_statement(store, "INSERT INTO chart.resident (id, latest, state)\n"
                                                     "SELECT seq, ?2, body FROM chart.entry WHERE seq = ?1\n"
                                                     "ON CONFLICT (id) DO UPDATE SET latest = excluded.latest");
    if (one->latest == one->id)
        return HR_OK;
    if (!row)
        return store->err.status;
    sqlite3_bind_int64(row, 1, one->id);
    sqlite3_bind_int64(row, 2, one->latest);
    return hr_db_step(store, row);
}

/* What he is found by; `known`: up to which entry. */
static hr_status fold_own(hr_store *store, int64_t id, int64_t known, hr_resident *out) {
    hr_life life;
    hr_status status = hr_life_load(store, id, known, &life);
    if (status != HR_OK)
        return status;
    status = hr_life_fold(store, &life, HR_LIFE_OWN, out, NULL, NULL);
    hr_life_free(&life);
    return status;
}

static hr_status index_anew(hr_adoption *a, const touched *one) {
    hr_resident before, after;
    hr_resident_clear(&before);
    hr_resident_clear(&after);
    hr_status status = one->fresh ? HR_OK : fold_own(a->store, one->id, a->known, &before);
    if (status == HR_OK)
        status = fold_own(a->store, one->id, INT64_MAX, &after);
    if (status == HR_OK)
        status = hr_chart_adopt(a->store, one->id, &before.now, &after.now);
    hr_resident_release(&before);
    hr_resident_release(&after);
    return status;
}

/* Whether the newest of the entries that could restrict him does. */
static hr_status keep_custody(hr_store *store, const touched *one, const hr_life *life) {
    const hr_life_entry *newest = NULL;
    for (size_t i = 0; one->custody && i < life->count; i++) {
        const hr_life_entry *e = &life->at[i];
        if (e->form->about == HR_ABOUT_CUSTODY && e->subject == one->id && (!newest || e->seq > newest->seq))
            newest = e;
    }
    return newest && newest->form == &hr_form_restrict ? hr_custody_keep(store, one->id, newest->seq) : HR_OK;
}

static hr_status fold_anew(hr_adoption *a, const touched *one) {
    hr_store *store = a->store;
    hr_resident_change change = {.id = one->id, .change = HR_AMENDED};
    hr_life life;
    int64_t parent = 0;
    hr_resident_clear(&change.before);
    hr_resident_clear(&change.after);
    hr_status status = one->fresh ? HR_OK : hr_resident_load(store, one->id, &change.before, NULL);
    if (status == HR_OK)
        status = hr_life_load(store, one->id, INT64_MAX, &life);
    if (status == HR_OK) {
        status = hr_life_fold(store, &life, HR_LIFE_ALL, &change.after, NULL, NULL);
        if (status == HR_OK)
            status = keep_custody(store, one, &life);
        hr_life_free(&life);
    }
    if (status == HR_OK && one->latest != one->id)
        status = hr_chart_keep(store, one->id, one->latest, &change.after);
    if (status == HR_OK)
        status = index_anew(a, one);
    if (status == HR_OK)
        status = hr_life_parent(store, one->id, &parent);
    change.came = !one->counted;
    change.went = parent != 0;
    if (status == HR_OK && !(change.came && change.went))
        status = hr_ledger_count(store, &change);
    hr_resident_release(&change.before);
    hr_resident_release(&change.after);
    return status;
}

static hr_status fail_cancelled(hr_store *store) {
    return hr_fail(&store->err, HR_CANCELLED, "%s",
                   HR_TR(&store->err, "stopped; nothing was changed", "已停止；未作任何改动"));
}

hr_status hr_adoption_end(hr_adoption *a, hr_progress progress, void *context, hr_adopted *out) {
    hr_status status = a->registers ? fold_registers(a->store) : HR_OK;
    for (size_t i = 0; i < a->count && status == HR_OK; i++)
        status = keep_latest(a->store, &a->at[i]);
    for (size_t i = 0; i < a->count && status == HR_OK; i++) {
        status = fold_anew(a, &a->at[i]);
        a->did.added += a->at[i].fresh;
        a->did.changed += !a->at[i].fresh;
        if (status == HR_OK && progress && i % 256 == 0 && progress(context, i, a->count))
            status = fail_cancelled(a->store);
    }
    *out = a->did;
    return status;
}
