/* These figures are about places, so an entry about one institution can change the figure of thousands of people. Their
 * tallies are kept all the same: a committee's register part is its residents' spans cut to when it is served and has
 * no official figure, its official part are steps on 1 January. When a register changes, what the tallies were counted
 * by is compared with what holds now, and only places that differ are counted anew, from their own tally of residents.
 */
#include "indicator/places.h"
#include "indicator/tally.h"
#include <stdlib.h>
#include <string.h>

/* ---- the pure part ---- */

static hr_date register_until(const hr_place *place) {
    return place && place->official_count ? place->official[0].from : HR_FOREVER;
}

void hr_place_cover(const hr_place *place, hr_interval span, hr_span_fn emit, void *context) {
    if (!place)
        return;
    hr_interval by_register = hr_interval_and(span, (hr_interval){0, register_until(place), false});
    by_register.partial = false; /* kept for residents' own tallies only: a recount could not tell */
    if (!hr_interval_empty(by_register))
        emit(context, T_POPULATION, place->code, by_register);
    for (size_t i = 0; i < place->open_count; i++) {
        hr_interval served = hr_interval_and(by_register, place->open[i]);
        served.partial = false;
        if (!hr_interval_empty(served))
            emit(context, T_POPULATION_SERVED, place->code, served);
    }
}

static void put_official(const hr_place *place, hr_weighted_fn emit, void *context) {
    for (size_t i = 0; i < place->official_count; i++) {
        hr_date to = i + 1 < place->official_count ? place->official[i + 1].from : HR_FOREVER;
        hr_interval year = {place->official[i].from, to, false};
        emit(context, T_POPULATION, place->code, year, place->official[i].value);
        for (size_t j = 0; j < place->open_count; j++) {
            hr_interval served = hr_interval_and(year, place->open[j]);
            if (!hr_interval_empty(served))
                emit(context, T_POPULATION_SERVED, place->code, served, place->official[i].value);
        }
    }
}

void hr_place_spans(const hr_place *place, hr_weighted_fn emit, void *context) {
    hr_tier tier = hr_area_tier(place->code);
    hr_interval always = {0, HR_FOREVER, false};
    for (size_t i = 0; i < place->beds_count; i++) {
        always.from = place->beds[i].from;
        always.to = i + 1 < place->beds_count ? place->beds[i + 1].from : HR_FOREVER;
        if (!hr_interval_empty(always))
            emit(context, T_CARE_BEDS, place->code, always, place->beds[i].value);
    }
    for (size_t i = 0; i < place->requests_count; i++) {
        emit(context, T_HOTLINE, place->code, hr_year_from(place->requests[i].period), place->requests[i].requests);
        emit(context, T_HOTLINE_MET, place->code, hr_year_from(place->requests[i].period), place->requests[i].met);
    }
    always = (hr_interval){0, HR_FOREVER, false};
    if (tier == HR_TIER_STREET)
        emit(context, T_STREETS, place->code, always, 1);
    for (size_t i = 0; tier == HR_TIER_STREET && i < place->open_count; i++)
        emit(context, T_STREETS_WITH_CENTRE, place->code, place->open[i], 1);
    if (tier != HR_TIER_COMMITTEE)
        return;
    emit(context, T_COMMITTEES, place->code, always, 1);
    for (size_t i = 0; i < place->helped_count; i++)
        emit(context, T_COMMITTEES_HELPED, place->code, place->helped[i], 1);
    put_official(place, emit, context);
}

static bool same_intervals(const hr_interval *a, size_t a_count, const hr_interval *b, size_t b_count) {
    if (a_count != b_count)
        return false;
    for (size_t i = 0; i < a_count; i++)
        if (a[i].from != b[i].from || a[i].to != b[i].to)
            return false;
    return true;
}

static bool same_steps(const hr_step *a, size_t a_count, const hr_step *b, size_t b_count) {
    if (a_count != b_count)
        return false;
    for (size_t i = 0; i < a_count; i++)
        if (a[i].from != b[i].from || a[i].value != b[i].value)
            return false;
    return true;
}

static bool same_requests(const hr_place *a, const hr_place *b) {
    if (a->requests_count != b->requests_count)
        return false;
    for (size_t i = 0; i < a->requests_count; i++) {
        const hr_requests *x = &a->requests[i], *y = &b->requests[i];
        if (x->period != y->period || x->requests != y->requests || x->met != y->met)
            return false;
    }
    return true;
}

static bool same_place(const hr_place *a, const hr_place *b) {
    return same_intervals(a->open, a->open_count, b->open, b->open_count) &&
           same_intervals(a->helped, a->helped_count, b->helped, b->helped_count) &&
           same_steps(a->official, a->official_count, b->official, b->official_count) &&
           same_steps(a->beds, a->beds_count, b->beds, b->beds_count) && same_requests(a, b);
}

/* ---- loading ---- */

/* An institution's reach: a code it serves, or its street, and when it is open. */
typedef struct reach {
    hr_area code;
    hr_interval open;
} reach;

typedef struct loader {
    hr_store *store;
    hr_places *places;
    reach *served, *centres;
    size_t served_count, served_room, centre_count, centre_room;
} loader;

void hr_places_free(hr_places *places) {
    if (!places)
        return;
    for (size_t i = 0; i < places->count; i++) {
        free(places->at[i].open);
        free(places->at[i].helped);
        free(places->at[i].official);
        free(places->at[i].beds);
        free(places->at[i].requests);
    }
    free(places->at);
    free(places);
}

static void release(void *data) {
    hr_places_free(data);
}

static int by_code(const void *a, const void *b) {
    const hr_place *x = a, *y = b;
    return (x->code > y->code) - (x->code < y->code);
}

const hr_place *hr_place_find(const hr_places *places, hr_area code) {
    hr_place key = {.code = code};
    return places->count ? bsearch(&key, places->at, places->count, sizeof key, by_code) : NULL;
}

static int by_reach(const void *a, const void *b) {
    const reach *x = a, *y = b;
    return (x->code > y->code) - (x->code < y->code);
}

static hr_status push_reach(hr_store *store, reach **at, size_t *count, size_t *room, reach one) {
    if (*count == *room) {
        size_t more = *room ? 2 * *room : 64;
        reach *grown = realloc(*at, more * sizeof *grown);
        if (!grown)
            return hr_fail_memory(&store->err);
        *at = grown;
        *room = more;
    }
    (*at)[(*count)++] = one;
    return HR_OK;
}

static hr_area street_of(hr_area area) {
    while (area && hr_area_tier(area) > HR_TIER_STREET)
        area = hr_area_parent(area);
    return hr_area_tier(area) == HR_TIER_STREET ? area : 0;
}

static hr_status load_institution(void *context, const hr_record *row) {
    loader *l = context;
    hr_interval open = hr_institution_open(row);
    hr_area street = street_of(hr_record_number(row, I_AREA));
    hr_status status = HR_OK;
    if (hr_interval_empty(open))
        return HR_OK;
    if (street && hr_record_number(row, I_KIND) == HR_CENTRE)
        status = push_reach(l->store, &l->centres, &l->centre_count, &l->centre_room, (reach){street, open});
    for (const char *at = hr_record_text(row, I_SERVES); *at && status == HR_OK;) {
        char *end;
        hr_area code = strtoll(at, &end, 10);
        status = push_reach(l->store, &l->served, &l->served_count, &l->served_room, (reach){code, open});
        at = *end ? end + 1 : end;
    }
    return status;
}

/* The place of a row's area, to be added to; NULL when it is in no register. */
static hr_place *place_of_row(loader *l, const hr_record *row, int field) {
    return (hr_place *)(uintptr_t)hr_place_find(l->places, hr_record_number(row, field));
}

/* Makes room for one more of an array's elements. NULL, with an error, for want of memory. */
static void *one_more(loader *l, void *array, size_t count, size_t size) {
    void *grown = realloc(array, (count + 1) * size);
    if (!grown)
        hr_fail_memory(&l->store->err);
    return grown;
}

/* Rows come ordered by area and date, also those below. */
static hr_status load_population(void *context, const hr_record *row) {
    loader *l = context;
    hr_place *place = place_of_row(l, row, P_AREA);
    if (!place || hr_area_tier(place->code) != HR_TIER_COMMITTEE || !hr_record_has(row, P_RESIDENTS))
        return HR_OK;
    hr_step *grown = one_more(l, place->official, place->official_count, sizeof *grown);
    if (!grown)
        return HR_SYSTEM;
    place->official = grown;
    place->official[place->official_count++] = (hr_step){.from = (hr_date)hr_record_number(row, P_YEAR) * 10000 + 101,
                                                         .value = hr_record_number(row, P_RESIDENTS)};
    return HR_OK;
}

static hr_status load_elder_help(void *context, const hr_record *row) {
    loader *l = context;
    hr_place *place = place_of_row(l, row, E_AREA);
    hr_date until = hr_record_date(row, E_UNTIL);
    hr_interval *grown = place ? one_more(l, place->helped, place->helped_count, sizeof *grown) : NULL;
    if (!grown)
        return place ? HR_SYSTEM : HR_OK;
    place->helped = grown;
    place->helped[place->helped_count++] = (hr_interval){.from = hr_date_latest(hr_record_date(row, E_SINCE)),
                                                         .to = until ? hr_date_latest(until) : HR_FOREVER};
    place->helped_count = hr_intervals_union(place->helped, place->helped_count);
    return HR_OK;
}

static hr_status load_beds(void *context, const hr_record *row) {
    loader *l = context;
    hr_place *place = place_of_row(l, row, B_AREA);
    hr_step *grown = place ? one_more(l, place->beds, place->beds_count, sizeof *grown) : NULL;
    if (!grown)
        return place ? HR_SYSTEM : HR_OK;
    place->beds = grown;
    hr_step step = {hr_date_latest(hr_record_date(row, B_SINCE)), hr_record_number(row, B_BEDS)};
    size_t at = place->beds_count++; /* by the latest day, which need not be the order of what was stated */
    for (; at > 0 && place->beds[at - 1].from > step.from; at--)
        place->beds[at] = place->beds[at - 1];
    place->beds[at] = step;
    return HR_OK;
}

static hr_status load_hotline(void *context, const hr_record *row) {
    loader *l = context;
    hr_place *place = place_of_row(l, row, H_AREA);
    hr_requests *grown = place ? one_more(l, place->requests, place->requests_count, sizeof *grown) : NULL;
    if (!grown)
        return place ? HR_SYSTEM : HR_OK;
    place->requests = grown;
    place->requests[place->requests_count++] =
        (hr_requests){hr_record_date(row, H_PERIOD), hr_record_number(row, H_REQUESTS), hr_record_number(row, H_MET)};
    return HR_OK;
}

/* Appends to the place the openings of whatever reaches `code`. */
static hr_status add_openings(hr_store *store, hr_place *place, hr_area code, const reach *at, size_t count) {
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (at[middle].code < code)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < count && at[low].code == code; low++) {
        hr_interval *grown = realloc(place->open, (place->open_count + 1) * sizeof *grown);
        if (!grown)
            return hr_fail_memory(&store->err);
        place->open = grown;
        place->open[place->open_count++] = at[low].open;
    }
    return HR_OK;
}

static hr_status open_place(loader *l, hr_place *place) {
    hr_tier tier = hr_area_tier(place->code);
    hr_status status = HR_OK;
    if (tier == HR_TIER_STREET)
        status = add_openings(l->store, place, place->code, l->centres, l->centre_count);
    else if (tier == HR_TIER_COMMITTEE)
        for (hr_area code = place->code; code && status == HR_OK; code = hr_area_parent(code))
            status = add_openings(l->store, place, code, l->served, l->served_count);
    place->open_count = hr_intervals_union(place->open, place->open_count);
    return status;
}

static hr_status load_area(void *context, const hr_record *row) {
    loader *l = context;
    hr_places *places = l->places;
    if (places->count % 256 == 0) {
        hr_place *grown = realloc(places->at, (places->count + 256) * sizeof *grown);
        if (!grown)
            return hr_fail_memory(&l->store->err);
        places->at = grown;
    }
    places->at[places->count++] = (hr_place){.code = hr_record_number(row, A_AREA)};
    return HR_OK;
}

hr_status hr_places_load(hr_store *store, const hr_registers *registers, hr_places **out) {
    static const struct {
        const hr_form *form;
        hr_register_fn load;
    } loads[] = {{&hr_form_institution, load_institution},
                 {&hr_form_population, load_population},
                 {&hr_form_elder_help, load_elder_help},
                 {&hr_form_care_beds, load_beds},
                 {&hr_form_hotline, load_hotline}};
    loader l = {.store = store, .places = calloc(1, sizeof *l.places)};
    if (!l.places)
        return hr_fail_memory(&store->err);
    hr_status status = hr_registers_walk(store, registers, &hr_form_area, load_area, &l);
    if (status == HR_OK && l.places->count)
        qsort(l.places->at, l.places->count, sizeof *l.places->at, by_code);
    for (size_t i = 0; i < sizeof loads / sizeof *loads && status == HR_OK; i++)
        status = hr_registers_walk(store, registers, loads[i].form, loads[i].load, &l);
    if (l.served_count)
        qsort(l.served, l.served_count, sizeof *l.served, by_reach);
    if (l.centre_count)
        qsort(l.centres, l.centre_count, sizeof *l.centres, by_reach);
    for (size_t i = 0; i < l.places->count && status == HR_OK; i++)
        status = open_place(&l, &l.places->at[i]);
    free(l.served);
    free(l.centres);
    if (status != HR_OK) {
        hr_places_free(l.places);
        return status;
    }
    *out = l.places;
    return HR_OK;
}

/* ---- counting anew ---- */

typedef struct recount {
    hr_store *store;
    int64_t sign;
    hr_status status;
} recount;

static void change_weighted(void *context, hr_tally tally, hr_area area, hr_interval span, int64_t weight) {
    recount *r = context;
    if (r->status == HR_OK)
        r->status = hr_tally_change(r->store, area, (int)tally, span.from, r->sign * weight);
    if (r->status == HR_OK)
        r->status = hr_tally_change(r->store, area, (int)tally, span.to, -r->sign * weight);
}

typedef struct cover {
    recount *r;
    int64_t weight;
} cover;

static void change_cover(void *context, hr_tally tally, hr_area area, hr_interval span) {
    cover *c = context;
    change_weighted(c->r, tally, area, span, c->weight);
}

static hr_status count_place(recount *r, const hr_place *place, const hr_tally_step *residents, size_t count) {
    cover c = {.r = r};
    hr_place_spans(place, change_weighted, r);
    for (size_t i = 0; i < count && r->status == HR_OK; i++) {
        c.weight = residents[i].delta;
        hr_place_cover(place, (hr_interval){residents[i].date, HR_FOREVER, false}, change_cover, &c);
    }
    return r->status;
}

static hr_status recount_place(hr_store *store, const hr_place *before, const hr_place *after) {
    recount r = {.store = store, .sign = -1};
    hr_tally_step *residents = NULL;
    size_t count = 0;
    hr_status status = HR_OK;
    if (hr_area_tier(after->code) == HR_TIER_COMMITTEE)
        status = hr_tally_steps(store, after->code, T_RESIDENTS, &residents, &count);
    if (status == HR_OK && before)
        status = count_place(&r, before, residents, count);
    r.sign = 1;
    if (status == HR_OK)
        status = count_place(&r, after, residents, count);
    free(residents);
    return status;
}

static hr_status settle(hr_store *store, void *data) {
    hr_places *before = data, *after = NULL;
    if (!before->stale)
        return HR_OK;
    hr_status status = hr_tally_flush(store); /* the residents' own changes, by what held until now */
    if (status == HR_OK)
        status = hr_places_load(store, NULL, &after);
    for (size_t i = 0; status == HR_OK && i < after->count; i++) {
        const hr_place *was = hr_place_find(before, after->at[i].code);
        if (!was || !same_place(was, &after->at[i]))
            status = recount_place(store, was, &after->at[i]);
    }
    if (status == HR_OK)
        status = hr_tally_flush(store);
    if (status != HR_OK) {
        hr_places_free(after);
        return status;
    }
    hr_places_free(before);
    store->slots[HR_SLOT_PLACES].data = after;
    return HR_OK;
}

hr_status hr_places_get(hr_store *store, hr_places **out) {
    *out = store->slots[HR_SLOT_PLACES].data;
    if (*out)
        return HR_OK;
    hr_status status = hr_places_load(store, NULL, out);
    if (status == HR_OK)
        store->slots[HR_SLOT_PLACES] = (hr_slot_value){.data = *out, .release = release, .flush = settle};
    return status;
}

hr_status hr_places_touch(hr_store *store) {
    hr_places *places;
    hr_status status = hr_places_get(store, &places);
    if (status == HR_OK)
        places->stale = true;
    return status;
}
