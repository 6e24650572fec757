/* append(entry) -> fold -> subjects, spans -> tallies, in one transaction over both databases. The layers below do each
 * of these; here is their order. A resident's tallies change by the difference of his spans before and after. */
#include "indicator/ledger.h"
#include "indicator/definitions.h"
#include "indicator/subjects.h"
#include "indicator/tally.h"
#include "record/registers.h"
#include "record/residents.h"
#include "record/search.h"
#include <stdlib.h>
#include <string.h>

typedef struct emitter {
    hr_tally_sink emit;
    void *context;
    int64_t sign;
    const hr_places *places;
    hr_status status;
} emitter;

static void emit_step(emitter *e, hr_area area, int slot, hr_date date, int64_t delta) {
    if (e->status == HR_OK && date < HR_FOREVER)
        e->status = e->emit(e->context, area, slot, date, delta);
}

static void emit_span(void *context, hr_tally tally, hr_area area, hr_interval span) {
    emitter *e = context;
    emit_step(e, area, (int)tally, span.from, e->sign);
    emit_step(e, area, (int)tally, span.to, -e->sign);
    if (span.partial) {
        emit_step(e, area, (int)tally + T_COUNT, span.from, e->sign);
        emit_step(e, area, (int)tally + T_COUNT, span.to, -e->sign);
    }
    if (tally == T_RESIDENTS)
        hr_place_cover(hr_place_find(e->places, area), span, emit_span, e);
}

hr_status hr_ledger_changes(hr_store *store, const hr_places *places, const hr_subject *subject, int64_t sign,
                            hr_tally_sink emit, void *context) {
    emitter e = {.emit = emit, .context = context, .sign = sign, .places = places};
    hr_status status = hr_spans(&store->err, subject, emit_span, &e);
    return status == HR_OK ? e.status : status;
}

hr_status hr_ledger_reported(const hr_places *places, const hr_reported *reported, int64_t sign, hr_tally_sink emit,
                             void *context) {
    emitter e = {.emit = emit, .context = context, .places = places};
    for (size_t i = 0; i < reported->count; i++) {
        hr_interval since = {reported->at[i].date, HR_FOREVER, false};
        e.sign = sign * reported->at[i].delta;
        if (reported->slot == T_RESIDENTS) /* which they are to the population, too */
            emit_span(&e, T_RESIDENTS, reported->area, since);
        else
            emit_step(&e, reported->area, reported->slot, since.from, e.sign);
    }
    return e.status;
}

hr_status hr_ledger_institution(const hr_institution *institution, int64_t sign, hr_tally_sink emit, void *context) {
    emitter e = {.emit = emit, .context = context, .sign = sign};
    hr_institution_spans(&institution->row, institution->grades, institution->count, emit_span, &e);
    return e.status;
}

hr_status hr_ledger_call(const hr_call *call, int64_t seconds, int64_t sign, hr_tally_sink emit, void *context) {
    emitter e = {.emit = emit, .context = context, .sign = sign};
    hr_interval year = hr_year_from(hr_moment_date(call->raised));
    bool in_time = call->answered && hr_moment_between(call->raised, call->answered) <= seconds;
    if (call->id == 0 || call->signal == HR_SIGNAL_TEST)
        return HR_OK;
    emit_span(&e, T_CALLS, call->area, year);
    if (in_time)
        emit_span(&e, T_CALLS_IN_TIME, call->area, year);
    return e.status;
}

/* ---- institutions with their grades ---- */

void hr_institution_free(hr_institution *institution) {
    free(institution->grades);
    institution->grades = NULL;
    institution->count = 0;
}

static hr_status take_grade(void *context, const hr_record *row) {
    hr_institution *i = context;
    if (strcmp(hr_record_text(row, G_INSTITUTION), hr_record_text(&i->row, I_CODE)) != 0)
        return HR_OK;
    hr_record *grown = realloc(i->grades, (i->count + 1) * sizeof *grown);
    if (!grown)
        return HR_SYSTEM;
    i->grades = grown;
    size_t at = i->count++;
    for (; at > 0 &&
           hr_date_latest(hr_record_date(&grown[at - 1], G_SINCE)) > hr_date_latest(hr_record_date(row, G_SINCE));
         at--)
        grown[at] = grown[at - 1];
    grown[at] = *row;
    return HR_OK;
}

hr_status hr_institution_load(hr_store *store, const hr_registers *registers, const hr_record *row,
                              hr_institution *out) {
    *out = (hr_institution){.row = *row};
    hr_status status = registers
                           ? hr_registers_walk(store, registers, &hr_form_grade, take_grade, out)
                           : hr_register_walk_of(store, &hr_form_grade, hr_record_text(row, I_CODE), take_grade, out);
    if (status != HR_OK)
        hr_institution_free(out);
    return status == HR_SYSTEM ? hr_fail_memory(&store->err) : status;
}

static hr_status change_tally(void *context, hr_area area, int slot, hr_date date, int64_t delta) {
    return hr_tally_change(context, area, slot, date, delta);
}

/* ---- putting ---- */

hr_status hr_ledger_count(hr_store *store, const hr_resident_change *c) {
    hr_subject before, after;
    hr_places *places;
    bool was = c->change == HR_AMENDED && !c->came, is = !c->went;
    hr_subject_of(&c->before, &before);
    hr_subject_of(&c->after, &after);
    if (was && is && hr_subject_same(&before, &after))
        return HR_OK;
    hr_status status = hr_places_get(store, &places);
    if (status == HR_OK)
        status = is ? hr_subject_write(store, c->id, was ? &before : NULL, &after) : hr_subject_remove(store, c->id);
    if (status == HR_OK && was)
        status = hr_ledger_changes(store, places, &before, -1, change_tally, store);
    if (status == HR_OK && is)
        status = hr_ledger_changes(store, places, &after, 1, change_tally, store);
    return status;
}

static hr_status count_changes(hr_store *store, hr_changes *changes) {
    hr_status status = HR_OK;
    for (size_t i = 0; i < changes->count && status == HR_OK; i++)
        if (changes->at[i].change != HR_UNCHANGED)
            status = hr_ledger_count(store, &changes->at[i]);
    return status;
}

static hr_status put_resident(hr_store *store, hr_record *row, const hr_draft *draft, hr_date today, int64_t *id,
                              hr_change *change) {
    hr_changes changes;
    hr_status status = hr_need_station(store);
    if (status != HR_OK)
        return status;
    status = hr_resident_put(store, *id, row, draft, today, &changes);
    if (status == HR_OK)
        status = count_changes(store, &changes);
    if (status == HR_OK) {
        *id = changes.at[0].id;
        *change = changes.at[0].change;
    }
    hr_changes_release(&changes);
    return status;
}

/* An entry adds to what is counted as an amendment of the resident does: he was there before. */
hr_status hr_ledger_entry(hr_store *store, int64_t subject, hr_record *row, const hr_remark *remark, int64_t *seq,
                          hr_change *change) {
    hr_changes changes;
    hr_status status = hr_entry_put(store, subject, row, remark, store->today, &changes);
    hr_change did = status == HR_OK ? changes.at[0].change : HR_UNCHANGED;
    if (did == HR_ADDED)
        changes.at[0].change = HR_AMENDED;
    if (status == HR_OK)
        status = count_changes(store, &changes);
    if (status == HR_OK) {
        *seq = changes.seq;
        *change = did;
    }
    hr_changes_release(&changes);
    return status;
}

/* The institution that a row of its own, or of its grades, is about, as it is counted; nothing when it is new. */
static hr_status load_institution(hr_store *store, const hr_record *row, hr_institution *out) {
    hr_record key, known;
    bool grade = row->form == &hr_form_grade;
    *out = (hr_institution){.count = 0};
    hr_record_clear(&key, &hr_form_institution);
    hr_record_clear(&out->row, &hr_form_institution);
    hr_status status =
        hr_record_set_text(&key, &store->err, I_CODE, hr_record_text(row, grade ? G_INSTITUTION : I_CODE));
    if (status == HR_OK)
        status = hr_register_get(store, &key, &known);
    if (status != HR_OK || hr_fields_none(&known.given))
        return status;
    return hr_institution_load(store, NULL, &known, out);
}

static hr_status count_institution(hr_store *store, const hr_institution *institution, int64_t sign) {
    return hr_fields_none(&institution->row.given) ? HR_OK
                                                   : hr_ledger_institution(institution, sign, change_tally, store);
}

/* Within how many seconds a call must be answered. */
static hr_status call_seconds(hr_store *store, int64_t *out) {
    hr_definitions d;
    hr_status status = hr_definitions_load(store, NULL, &d);
    if (status != HR_OK)
        return status;
    *out = hr_definitions_seconds(&d);
    hr_definitions_free(&d);
    return HR_OK;
}

/* What is in time has changed: all calls are counted anew. */
static hr_status recount_calls(hr_store *store, int64_t before, int64_t after) {
    sqlite3_stmt *rows = NULL;
    hr_call call;
    if (before == after)
        return HR_OK;
    if (sqlite3_prepare_v2(store->db, "SELECT " HR_CALL_COLUMNS " FROM main.call", -1, &rows, NULL) != SQLITE_OK)
        return hr_db_fail(store);
    hr_status status = HR_OK;
    while (status == HR_OK && (status = hr_db_row(store, rows)) == HR_OK) {
        hr_call_from_row(rows, &call);
        status = hr_ledger_call(&call, before, -1, change_tally, store);
        if (status == HR_OK)
            status = hr_ledger_call(&call, after, 1, change_tally, store);
    }
    sqlite3_finalize(rows);
    return status == HR_END ? HR_OK : status;
}

/* A row is said and kept; or, of one that was said already, kept. */
typedef hr_status (*put_fn)(hr_store *store, hr_record *row, hr_date today, hr_record *before, hr_change *change);

static hr_status keep_said(hr_store *store, hr_record *row, hr_date today, hr_record *before, hr_change *change) {
    (void)today;
    hr_status status = hr_register_get(store, row, before);
    *change = HR_AMENDED;
    return status == HR_OK ? hr_register_keep(store, row) : status;
}

static hr_status put_institution(hr_store *store, hr_record *row, hr_date today, put_fn put, hr_change *change) {
    hr_institution was = {.count = 0}, is = {.count = 0};
    hr_record before;
    hr_status status = load_institution(store, row, &was);
    if (status == HR_OK)
        status = put(store, row, today, &before, change);
    if (status == HR_OK && *change != HR_UNCHANGED)
        status = load_institution(store, row, &is);
    if (status == HR_OK && *change != HR_UNCHANGED)
        status = count_institution(store, &was, -1);
    if (status == HR_OK && *change != HR_UNCHANGED)
        status = count_institution(store, &is, 1);
    hr_institution_free(&was);
    hr_institution_free(&is);
    return status;
}

static hr_status put_indicator(hr_store *store, hr_record *row, hr_date today, put_fn put, hr_change *change) {
    hr_record before, after;
    int64_t was, is;
    hr_status status = call_seconds(store, &was);
    if (status == HR_OK)
        status = hr_register_get(store, row, &before);
    if (status != HR_OK)
        return status;
    after = before;
    hr_register_fold(&after, row);
    status = hr_definition_check(store, &after);
    if (status == HR_OK)
        status = put(store, row, today, &before, change);
    if (status == HR_OK)
        status = call_seconds(store, &is);
    return status == HR_OK ? recount_calls(store, was, is) : status;
}

static hr_status count_reported(hr_store *store, const hr_record *row, int64_t sign) {
    hr_places *places;
    hr_reported reported;
    hr_status status = hr_places_get(store, &places);
    if (status == HR_OK)
        status = hr_reported_read(&store->err, row, &reported);
    return status == HR_OK ? hr_ledger_reported(places, &reported, sign, change_tally, store) : status;
}

static hr_status put_figures(hr_store *store, hr_record *row, hr_date today, put_fn put, hr_change *change) {
    hr_record before;
    hr_reported reported;
    hr_status status = hr_reported_read(&store->err, row, &reported);
    if (status == HR_OK)
        status = put(store, row, today, &before, change);
    if (status != HR_OK || *change == HR_UNCHANGED)
        return status;
    status = hr_fields_none(&before.given) ? HR_OK : count_reported(store, &before, -1);
    return status == HR_OK ? count_reported(store, row, 1) : status;
}

static hr_status put_register(hr_store *store, hr_record *row, hr_date today, put_fn put, hr_change *change) {
    hr_record before;
    if (row->form == &hr_form_indicator)
        return put_indicator(store, row, today, put, change);
    if (row->form == &hr_form_figures)
        return put_figures(store, row, today, put, change);
    hr_status status = hr_places_touch(store);
    if (status == HR_OK && row->form == &hr_form_area)
        status = hr_tally_flush(store); /* what is collected is by the areas as they are */
    if (status != HR_OK)
        return status;
    if (row->form == &hr_form_institution || row->form == &hr_form_grade)
        return put_institution(store, row, today, put, change);
    return put(store, row, today, &before, change);
}

hr_status hr_ledger_keep_register(hr_store *store, hr_record *row) {
    hr_change change;
    return put_register(store, row, store->today, keep_said, &change);
}

static hr_status count_call(hr_store *store, const hr_call *before, const hr_call *after) {
    int64_t seconds;
    hr_status status = call_seconds(store, &seconds);
    if (status == HR_OK)
        status = hr_ledger_call(before, seconds, -1, change_tally, store);
    return status == HR_OK ? hr_ledger_call(after, seconds, 1, change_tally, store) : status;
}

hr_status hr_ledger_call_put(hr_store *store, hr_record *row, int64_t resident, hr_call *after) {
    hr_call before;
    hr_status status = hr_need_station(store);
    if (status == HR_OK)
        status = hr_call_put(store, row, resident, store->today, &before, after);
    return status == HR_OK ? count_call(store, &before, after) : status;
}

hr_status hr_ledger_call_adopt(hr_store *store, const hr_record *row, int64_t seq) {
    hr_call before, after;
    hr_status status = hr_call_adopt(store, row, seq, &before, &after);
    return status == HR_OK ? count_call(store, &before, &after) : status;
}

hr_status hr_ledger_put(hr_store *store, hr_record *row, const hr_draft *draft, int64_t *id, hr_change *change) {
    hr_date today = store->today;
    if (row->form == &hr_form_resident)
        return put_resident(store, row, draft, today, id, change);
    *id = 0;
    return put_register(store, row, today, hr_register_put, change);
}

/* ---- counting anew ---- */

typedef struct refill {
    hr_store *store;
    hr_places *places;
} refill;

static hr_status refill_subject(void *context, int64_t id, const hr_subject *subject) {
    refill *r = context;
    hr_resident known;
    hr_record nothing;
    hr_status status = hr_ledger_changes(r->store, r->places, subject, 1, change_tally, r->store);
    if (status != HR_OK || !subject->number[R_CALL_DEVICE])
        return status;
    status = hr_resident_load(r->store, id, &known, NULL);
    if (status != HR_OK)
        return status;
    hr_record_copy(&nothing, &known.now);
    hr_record_unset(&nothing, R_CALL_DEVICE);
    status = hr_search_change(r->store, id, &nothing, &known.now);
    hr_resident_release(&known);
    return status;
}

static hr_status refill_institution(void *context, const hr_record *row) {
    refill *r = context;
    hr_institution institution;
    hr_status status = hr_institution_load(r->store, NULL, row, &institution);
    if (status == HR_OK)
        status = hr_ledger_institution(&institution, 1, change_tally, r->store);
    hr_institution_free(&institution);
    return status;
}

static hr_status refill_reported(void *context, const hr_record *row) {
    refill *r = context;
    return count_reported(r->store, row, 1);
}

typedef struct weighted {
    hr_store *store;
    hr_status status;
} weighted;

static void refill_place(void *context, hr_tally tally, hr_area area, hr_interval span, int64_t weight) {
    weighted *w = context;
    if (w->status == HR_OK)
        w->status = hr_tally_change(w->store, area, (int)tally, span.from, weight);
    if (w->status == HR_OK)
        w->status = hr_tally_change(w->store, area, (int)tally, span.to, -weight);
}

hr_status hr_ledger_refill(hr_store *store) {
    refill r = {.store = store};
    weighted w = {.store = store, .status = HR_OK};
    hr_status status = hr_db_run(store, "DELETE FROM main.tally_year; DELETE FROM main.tally_day");
    if (status == HR_OK)
        status = hr_places_get(store, &r.places);
    if (status == HR_OK)
        status = hr_subject_walk(store, refill_subject, &r);
    if (status == HR_OK)
        status = hr_register_walk(store, &hr_form_institution, refill_institution, &r);
    if (status == HR_OK)
        status = hr_register_walk(store, &hr_form_figures, refill_reported, &r);
    for (size_t i = 0; status == HR_OK && i < r.places->count; i++) {
        hr_place_spans(&r.places->at[i], refill_place, &w);
        status = w.status;
    }
    return status;
}

/* ---- the public calls ---- */

static hr_status put_json(hr_store *store, const hr_form *form, const char *json, int64_t *id, hr_change *change) {
    hr_record row;
    hr_change did = HR_UNCHANGED;
    int64_t number = *id;
    hr_status status = hr_enter(store);
    if (status != HR_OK)
        return status;
    status = hr_record_from_json(store->text, &store->err, &row, form, json, strlen(json));
    if (status == HR_OK)
        status = hr_ledger_put(store, &row, NULL, &number, &did);
    status = hr_leave(store, status);
    if (status == HR_OK) {
        *id = number;
        if (change)
            *change = did;
    }
    return status;
}

hr_status hr_put(hr_store *store, const char *kind, const char *json, int64_t *id, hr_change *change) {
    hr_status status = hr_need_open(store);
    if (status != HR_OK)
        return status;
    hr_err_clear(&store->err);
    const hr_form *form = hr_form_named(kind);
    int64_t number = 0;
    if (!form || !json || form->by_library || (form->about != HR_ABOUT_RESIDENT && form->about != HR_ABOUT_AREA))
        return hr_fail(&store->err, HR_INVALID, "%s",
                       HR_TR(&store->err,
                             "the kind must be resident or one of the registers, such as area, institution or "
                             "population; and a record must be given",
                             "类别须为 resident 或某个登记表（如 area、institution、population），且须给出记录"));
    status = put_json(store, form, json, &number, change);
    if (status == HR_OK && id)
        *id = number;
    return status;
}

hr_status hr_amend(hr_store *store, int64_t id, const char *json, hr_change *change) {
    hr_status status = hr_need_open(store);
    if (status != HR_OK)
        return status;
    hr_err_clear(&store->err);
    if (id <= 0 || !json)
        return hr_fail(
            &store->err, HR_INVALID, "%s",
            HR_TR(&store->err, "name the resident by his number and give the fields", "请给出居民编号和要更正的字段"));
    return put_json(store, &hr_form_resident, json, &id, change);
}

hr_status hr_batch_begin(hr_store *store) {
    hr_status status = hr_need_idle(store);
    if (status != HR_OK)
        return status;
    status = hr_begin(store);
    store->batch = status == HR_OK;
    return status;
}

hr_status hr_batch_commit(hr_store *store) {
    hr_status status = hr_need_open(store);
    if (status != HR_OK)
        return status;
    hr_err_clear(&store->err);
    if (!store->batch)
        return hr_fail(
            &store->err, HR_INVALID, "%s",
            HR_TR(&store->err, "no batch is open; call hr_batch_begin first", "没有打开的批；请先调用 hr_batch_begin"));
    return hr_commit(store);
}

void hr_batch_rollback(hr_store *store) {
    if (store && store->batch)
        hr_rollback(store);
}
