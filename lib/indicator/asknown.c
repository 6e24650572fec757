/* Figures as they were known. What is worked out for a day is kept until another day is asked for. */
#include "indicator/asknown.h"
#include "indicator/ledger.h"
#include "indicator/subjects.h"
#include "indicator/tally.h"
#include "record/areas.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- which moment ---- */

static hr_status fail_before(hr_store *store) {
    return hr_fail(&store->err, HR_INVALID, "%s",
                   HR_TR(&store->err, "nothing was recorded by then; give a later moment",
                         "当时本库尚无任何记录；请给出更晚的时间"));
}

/* Entries are recorded one after the other, so the one sought is found by halving. */
static hr_status newest_by(hr_store *store, int64_t moment, int64_t *seq) {
    int64_t low = 0, high = store->head.seq, at = 0;
    hr_status status = HR_OK;
    while (status == HR_OK && low < high) {
        int64_t middle = low + (high - low + 1) / 2;
        status = hr_db_number(store, "SELECT recorded FROM chart.entry WHERE seq = ?1", middle, &at);
        if (at <= moment)
            low = middle;
        else
            high = middle - 1;
    }
    *seq = low;
    return status == HR_OK && low == 0 ? fail_before(store) : status;
}

hr_status hr_known_parse(hr_store *store, const char *text, int64_t *seq) {
    char clean[64];
    int64_t moment;
    hr_status status = hr_text_normalise(store->text, &store->err, text, strlen(text), clean, sizeof clean);
    if (status != HR_OK)
        return status;
    if (clean[0] == '#' && clean[1] && strlen(clean) < 18 && clean[1 + strspn(clean + 1, "0123456789")] == '\0') {
        *seq = strtoll(clean + 1, NULL, 10);
        if (*seq > store->head.seq)
            *seq = store->head.seq;
        return *seq > 0 ? HR_OK : fail_before(store);
    }
    status = hr_moment_end_ms(&store->err, HR_TR(&store->err, "known-at time", "知悉时间"), clean, &moment);
    return status == HR_OK ? newest_by(store, moment, seq) : status;
}

/* ---- residents about whom more was said since ---- */

typedef struct change {
    hr_area area;
    int slot;
    hr_date date;
    int64_t delta;
} change;

/* A set of entries' numbers, in the order in which they came. */
typedef struct numbers {
    int64_t *at;
    size_t count, room;
    unsigned char *has; /* a bit for each number up to the log's head */
} numbers;

struct hr_asknown {
    hr_store *store;
    int64_t seq;
    hr_registers *registers;
    hr_places *places;
    hr_definitions definitions;
    change *changes; /* of residents' tallies, from now back to then */
    size_t change_count, change_room;
    numbers residents; /* whose changes those are */
    hr_date as_of;     /* of `sums`; 0: none yet */
    size_t area_count;
    hr_area *areas;    /* as they were, ascending by number */
    int64_t *sums;     /* by area: T_SLOTS; of residents' tallies only the changes */
    int64_t *official; /* by area: P_COUNT, the newest figures up to the year; -1: none */
};

static bool has_number(const numbers *list, int64_t number) {
    return list->has && list->has[number >> 3] >> (number & 7) & 1;
}

static void free_numbers(numbers *list) {
    free(list->at);
    free(list->has);
}

static hr_status add_number(hr_store *store, numbers *list, int64_t number) {
    if (number <= 0 || number > store->head.seq || has_number(list, number))
        return HR_OK;
    if (!list->has && !(list->has = calloc((size_t)store->head.seq / 8 + 1, 1)))
        return hr_fail_memory(&store->err);
    if (list->count == list->room) {
        size_t room = list->room ? 2 * list->room : 64;
        int64_t *grown = realloc(list->at, room * sizeof *grown);
        if (!grown)
            return hr_fail_memory(&store->err);
        list->at = grown;
        list->room = room;
    }
    list->at[list->count++] = number;
    list->has[number >> 3] = (unsigned char)(list->has[number >> 3] | 1 << (number & 7));
    return HR_OK;
}

static hr_status keep_change(void *context, hr_area area, int slot, hr_date date, int64_t delta) {
    hr_asknown *k = context;
    if (slot % T_COUNT == T_POPULATION || slot % T_COUNT == T_POPULATION_SERVED)
        return HR_OK; /* worked out from places */
    if (k->change_count == k->change_room) {
        size_t room = k->change_room ? 2 * k->change_room : 256;
        change *grown = realloc(k->changes, room * sizeof *grown);
        if (!grown)
            return hr_fail_memory(&k->store->err);
        k->changes = grown;
        k->change_room = room;
    }
    k->changes[k->change_count++] = (change){area, slot, date, delta};
    return HR_OK;
}

/* Adds the numbers in the first column, or the first two, of a query about what is newer than `seq`. */
static hr_status add_query(hr_asknown *k, const char *sql) {
    sqlite3_stmt *rows = NULL;
    hr_status status = HR_OK;
    if (sqlite3_prepare_v2(k->store->db, sql, -1, &rows, NULL) != SQLITE_OK)
        return hr_db_fail(k->store);
    sqlite3_bind_int64(rows, 1, k->seq);
    while (status == HR_OK && (status = hr_db_row(k->store, rows)) == HR_OK)
        for (int i = 0; i < sqlite3_column_count(rows) && status == HR_OK; i++)
            status = add_number(k->store, &k->residents, sqlite3_column_int64(rows, i));
    sqlite3_finalize(rows);
    return status == HR_END ? HR_OK : status;
}

/* Everybody who may count otherwise now than then. */
static hr_status find_residents(hr_asknown *k) {
    hr_status status = add_query(k, "SELECT DISTINCT subject FROM chart.entry WHERE seq > ?1 AND subject > 0");
    if (status == HR_OK)
        status = add_query(k, "SELECT absorbed, remaining FROM chart.unified WHERE entry > ?1");
    for (size_t i = 0; i < k->residents.count && status == HR_OK; i++) { /* whoever they are counted as; it grows */
        int64_t parent = 0;
        status = hr_life_parent(k->store, k->residents.at[i], &parent);
        if (status == HR_OK && parent)
            status = add_number(k->store, &k->residents, parent);
    }
    return status;
}

static hr_status take_now(hr_asknown *k, int64_t id) {
    hr_subject subject;
    hr_past *past = NULL;
    hr_status status = hr_subject_read(k->store, id, &subject, &past);
    if (status == HR_OK)
        status = hr_ledger_changes(k->store, k->places, &subject, -1, keep_change, k);
    free(past);
    return status == HR_END ? HR_OK : status;
}

static hr_status add_then(hr_asknown *k, const hr_life *life) {
    hr_resident then;
    hr_subject subject;
    hr_status status = hr_life_fold(k->store, life, HR_LIFE_ALL, &then, NULL, NULL);
    if (status != HR_OK)
        return status;
    hr_subject_of(&then, &subject);
    status = hr_ledger_changes(k->store, k->places, &subject, 1, keep_change, k);
    hr_resident_release(&then);
    return status;
}

/* The life as it was known; count 0 when he was not registered by then. */
static hr_status load_then(hr_asknown *k, int64_t id, hr_life *out) {
    *out = (hr_life){.count = 0};
    return id > k->seq ? HR_OK : hr_life_load(k->store, id, k->seq, out);
}

/* Those who were counted as another then: they are in that other's life. */
static hr_status find_absorbed(hr_asknown *k, numbers *absorbed) {
    hr_status status = HR_OK;
    for (size_t i = 0; i < k->residents.count && status == HR_OK; i++) {
        hr_life life;
        status = load_then(k, k->residents.at[i], &life);
        for (size_t j = 0; status == HR_OK && j < life.count; j++) {
            if (life.at[j].depth == 0)
                continue;
            status = add_number(k->store, absorbed, life.at[j].subject);
            if (status == HR_OK)
                status = add_number(k->store, &k->residents, life.at[j].subject);
        }
        if (status == HR_OK || life.count)
            hr_life_free(&life);
    }
    return status;
}

static hr_status change_residents(hr_asknown *k) {
    numbers absorbed = {.count = 0};
    hr_status status = find_residents(k);
    if (status == HR_OK)
        status = find_absorbed(k, &absorbed);
    for (size_t i = 0; i < k->residents.count && status == HR_OK; i++) {
        int64_t id = k->residents.at[i];
        hr_life life;
        status = take_now(k, id);
        if (status != HR_OK || has_number(&absorbed, id))
            continue;
        status = load_then(k, id, &life);
        if (status == HR_OK && life.count)
            status = add_then(k, &life);
        if (status == HR_OK || life.count)
            hr_life_free(&life);
    }
    free_numbers(&absorbed);
    return status;
}

/* ---- places, institutions and calls on a day ---- */

static int64_t *sums_of(hr_asknown *k, hr_area area) {
    size_t low = 0, high = k->area_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (k->areas[middle] < area)
            low = middle + 1;
        else
            high = middle;
    }
    return low < k->area_count && k->areas[low] == area ? k->sums + low * T_SLOTS : NULL;
}

static void add_sum(hr_asknown *k, hr_area area, int slot, int64_t delta) {
    for (hr_area at = area; at; at = hr_area_parent(at)) {
        int64_t *sums = sums_of(k, at);
        if (sums)
            sums[slot] += delta;
    }
}

static hr_status add_change(void *context, hr_area area, int slot, hr_date date, int64_t delta) {
    hr_asknown *k = context;
    if (date <= k->as_of)
        add_sum(k, area, slot, delta);
    return HR_OK;
}

static void add_weighted(void *context, hr_tally tally, hr_area area, hr_interval span, int64_t weight) {
    hr_asknown *k = context;
    if (hr_interval_holds(span, k->as_of))
        add_sum(k, area, (int)tally, weight);
}

typedef struct covering {
    hr_asknown *k;
    int64_t residents;
} covering;

static void add_covered(void *context, hr_tally tally, hr_area area, hr_interval span) {
    covering *c = context;
    add_weighted(c->k, tally, area, span, c->residents);
}

/* A committee's residents, where the register gives its population. */
static hr_status add_population(hr_asknown *k, const hr_place *place) {
    int64_t tally[T_SLOTS];
    covering c = {.k = k};
    hr_status status = hr_tally_read(k->store, place->code, k->as_of, tally);
    if (status != HR_OK)
        return status;
    c.residents = tally[T_RESIDENTS] + sums_of(k, place->code)[T_RESIDENTS];
    hr_place_cover(place, (hr_interval){0, HR_FOREVER, false}, add_covered, &c);
    return HR_OK;
}

static void add_reported(hr_asknown *k, const hr_reported *reported, int64_t sign) {
    int64_t sum = 0;
    for (size_t i = 0; i < reported->count; i++)
        if (reported->at[i].date <= k->as_of)
            sum += reported->at[i].delta;
    add_sum(k, reported->area, reported->slot, sign * sum);
}

/* What is counted now is in the kept tallies of residents. */
static hr_status take_reported(void *context, const hr_record *row) {
    hr_asknown *k = context;
    hr_reported reported;
    hr_status status = hr_reported_read(&k->store->err, row, &reported);
    if (status == HR_OK && hr_slot_of_residents(reported.slot))
        add_reported(k, &reported, -1);
    return status;
}

static hr_status add_reported_then(void *context, const hr_record *row) {
    hr_asknown *k = context;
    hr_reported reported;
    hr_status status = hr_reported_read(&k->store->err, row, &reported);
    if (status == HR_OK)
        add_reported(k, &reported, 1);
    return status;
}

static hr_status add_institution(void *context, const hr_record *row) {
    hr_asknown *k = context;
    hr_institution institution;
    hr_status status = hr_institution_load(k->store, k->registers, row, &institution);
    if (status == HR_OK)
        status = hr_ledger_institution(&institution, 1, add_change, k);
    hr_institution_free(&institution);
    return status;
}

/* A call with as much of it as was known. */
static hr_status add_calls(hr_asknown *k) {
    int64_t seconds = hr_definitions_seconds(&k->definitions);
    sqlite3_stmt *rows = NULL;
    hr_call call;
    hr_status status = HR_OK;
    if (sqlite3_prepare_v2(k->store->db, "SELECT " HR_CALL_COLUMNS " FROM main.call WHERE id <= ?1", -1, &rows, NULL) !=
        SQLITE_OK)
        return hr_db_fail(k->store);
    sqlite3_bind_int64(rows, 1, k->seq);
    while (status == HR_OK && (status = hr_db_row(k->store, rows)) == HR_OK) {
        hr_call_from_row(rows, &call);
        if (call.answer_entry > k->seq)
            call.answered = 0;
        status = hr_ledger_call(&call, seconds, 1, add_change, k);
    }
    sqlite3_finalize(rows);
    return status == HR_END ? HR_OK : status;
}

/* Rows come by year, so the newest is the last. */
static hr_status see_population(void *context, const hr_record *row) {
    hr_asknown *k = context;
    int64_t *sums = sums_of(k, hr_record_number(row, P_AREA));
    if (!sums || hr_record_number(row, P_YEAR) > k->as_of / 10000)
        return HR_OK;
    int64_t *official = k->official + (sums - k->sums) / T_SLOTS * P_COUNT;
    for (int i = P_RESIDENTS; i <= P_HOME_BED; i++)
        if (hr_record_has(row, i))
            official[i] = hr_record_number(row, i);
    return HR_OK;
}

static hr_status sum_up(hr_asknown *k, hr_date as_of) {
    hr_status status = HR_OK;
    if (k->as_of == as_of)
        return HR_OK;
    k->as_of = as_of;
    memset(k->sums, 0, k->area_count * T_SLOTS * sizeof *k->sums);
    for (size_t i = 0; i < k->area_count * P_COUNT; i++)
        k->official[i] = -1;
    for (size_t i = 0; i < k->change_count && status == HR_OK; i++)
        status = add_change(k, k->changes[i].area, k->changes[i].slot, k->changes[i].date, k->changes[i].delta);
    if (status == HR_OK)
        status = hr_register_walk(k->store, &hr_form_figures, take_reported, k);
    if (status == HR_OK)
        status = hr_registers_walk(k->store, k->registers, &hr_form_figures, add_reported_then, k);
    if (status == HR_OK)
        status = hr_registers_walk(k->store, k->registers, &hr_form_population, see_population, k);
    for (size_t i = 0; i < k->places->count && status == HR_OK; i++) {
        hr_place_spans(&k->places->at[i], add_weighted, k);
        if (hr_area_tier(k->places->at[i].code) == HR_TIER_COMMITTEE)
            status = add_population(k, &k->places->at[i]);
    }
    if (status == HR_OK)
        status = hr_registers_walk(k->store, k->registers, &hr_form_institution, add_institution, k);
    if (status == HR_OK)
        status = add_calls(k);
    if (status != HR_OK)
        k->as_of = 0;
    return status;
}

/* ---- the figures ---- */

hr_status hr_asknown_read(hr_asknown *k, hr_area area, hr_date as_of, int64_t tally[T_SLOTS],
                          int64_t official[P_COUNT]) {
    hr_status status = sum_up(k, as_of);
    if (status == HR_OK)
        status = hr_tally_read(k->store, area, as_of, tally);
    const int64_t *sums = status == HR_OK ? sums_of(k, area) : NULL;
    for (int slot = 0; sums && slot < T_SLOTS; slot++)
        tally[slot] = (hr_slot_of_residents(slot) ? tally[slot] : 0) + sums[slot];
    for (int i = 0; i < P_COUNT; i++)
        official[i] = sums ? k->official[(sums - k->sums) / T_SLOTS * P_COUNT + i] : -1;
    return status;
}

const hr_registers *hr_asknown_registers(const hr_asknown *k) {
    return k->registers;
}

void hr_asknown_free(hr_asknown *k) {
    if (!k)
        return;
    hr_registers_free(k->registers);
    hr_places_free(k->places);
    hr_definitions_free(&k->definitions);
    free(k->changes);
    free_numbers(&k->residents);
    free(k->areas);
    free(k->sums);
    free(k->official);
    free(k);
}

static hr_status prepare(hr_asknown *k) {
    hr_status status = hr_registers_known(k->store, k->seq, &k->registers);
    if (status == HR_OK)
        status = hr_places_load(k->store, k->registers, &k->places);
    if (status == HR_OK)
        status = hr_definitions_load(k->store, k->registers, &k->definitions);
    if (status != HR_OK)
        return status;
    k->area_count = k->places->count;
    k->areas = calloc(k->area_count + 1, sizeof *k->areas);
    k->sums = calloc(k->area_count + 1, T_SLOTS * sizeof *k->sums);
    k->official = calloc(k->area_count + 1, P_COUNT * sizeof *k->official);
    if (!k->areas || !k->sums || !k->official)
        return hr_fail_memory(&k->store->err);
    for (size_t i = 0; i < k->area_count; i++)
        k->areas[i] = k->places->at[i].code;
    return change_residents(k);
}

hr_status hr_asknown_new(hr_store *store, int64_t seq, hr_asknown **out) {
    hr_asknown *k = calloc(1, sizeof *k);
    if (!k)
        return hr_fail_memory(&store->err);
    k->store = store;
    k->seq = seq;
    hr_status status = prepare(k);
    if (status != HR_OK) {
        hr_asknown_free(k);
        return status;
    }
    *out = k;
    return HR_OK;
}
