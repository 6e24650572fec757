/* append(entry) -> fold -> subjects, spans -> tallies, in one transaction over both databases. The layers below do each
 * of these; here is their order. A resident's tallies change by the difference of his spans before and after. */
#include "indicator/ledger.h"
#include "indicator/subjects.h"
#include "indicator/tally.h"
#include "record/registers.h"
#include "record/residents.h"
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

hr_status hr_ledger_institution(const hr_record *institution, int64_t sign, hr_tally_sink emit, void *context) {
    emitter e = {.emit = emit, .context = context, .sign = sign};
    hr_institution_spans(institution, emit_span, &e);
    return e.status;
}

static hr_status change_tally(void *context, hr_area area, int slot, hr_date date, int64_t delta) {
    return hr_tally_change(context, area, slot, date, delta);
}

/* ---- putting ---- */

static hr_status count_resident(hr_store *store, const hr_resident_change *c) {
    hr_subject before, after;
    hr_places *places;
    hr_subject_of(&c->before, &before);
    hr_subject_of(&c->after, &after);
    if (c->change == HR_AMENDED && hr_subject_same(&before, &after))
        return HR_OK;
    hr_status status = hr_places_get(store, &places);
    if (status == HR_OK)
        status = hr_subject_write(store, c->id, c->change == HR_AMENDED ? &before : NULL, &after);
    if (status == HR_OK && c->change == HR_AMENDED)
        status = hr_ledger_changes(store, places, &before, -1, change_tally, store);
    if (status == HR_OK)
        status = hr_ledger_changes(store, places, &after, 1, change_tally, store);
    return status;
}

static hr_status put_resident(hr_store *store, hr_record *row, const hr_draft *draft, hr_date today, int64_t *id,
                              hr_change *change) {
    hr_resident_change c;
    hr_status status = hr_resident_put(store, *id, row, draft, today, &c);
    if (status == HR_OK && c.change != HR_UNCHANGED)
        status = count_resident(store, &c);
    if (status == HR_OK) {
        *id = c.id;
        *change = c.change;
    }
    hr_resident_change_release(&c);
    return status;
}

static hr_status put_register(hr_store *store, hr_record *row, hr_date today, hr_change *change) {
    hr_record before;
    hr_status status = hr_places_touch(store);
    if (status == HR_OK && row->form == &hr_form_area)
        status = hr_tally_flush(store); /* what is collected is by the areas as they are */
    if (status == HR_OK)
        status = hr_register_put(store, row, today, &before, change);
    if (status != HR_OK || row->form != &hr_form_institution || *change == HR_UNCHANGED)
        return status;
    if (before.given)
        status = hr_ledger_institution(&before, -1, change_tally, store);
    return status == HR_OK ? hr_ledger_institution(row, 1, change_tally, store) : status;
}

hr_status hr_ledger_put(hr_store *store, hr_record *row, const hr_draft *draft, int64_t *id, hr_change *change) {
    hr_date today = store->today;
    if (row->form == &hr_form_resident)
        return put_resident(store, row, draft, today, id, change);
    *id = 0;
    return put_register(store, row, today, change);
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
    if (!form || !json)
        return hr_fail(
            &store->err, HR_INVALID, "%s",
            HR_TR(&store->err,
                  "the kind must be one of: resident, area, institution, population; and a record must be given",
                  "类别须为 resident、area、institution 或 population，且须给出记录"));
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
