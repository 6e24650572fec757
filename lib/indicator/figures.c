/* Reported figures. What they are is the net change of a tally in a month, so at the end of each month they sum up to
 * what the persons would, and on other days they do not. That is why a month's changes count from its last day on, and
 * why figures of other days are refused rather than given wrongly.
 *
 * As text: "200301+3 200302-1", each month at most once, ascending; "000000+12" is what has always been. */
#include "indicator/figures.h"
#include "base/sort.h"
#include "indicator/definitions.h"
#include "indicator/ledger.h"
#include "record/areas.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DELTA_MOST = 100000000, NAME_SIZE = 49, CHANGES_SIZE = 2041, FIRST_YEAR = 1850, LAST_YEAR = 2199 };

/* ---- which tallies ---- */

/* Those of persons and calls. The others follow from the registers, which a bureau has. */
static bool is_reported(int slot) {
    return hr_slot_of_residents(slot) || slot == T_CALLS || slot == T_CALLS_IN_TIME;
}

static const char partial[] = "_partial";

static void name_slot(int slot, char out[NAME_SIZE]) {
    snprintf(out, NAME_SIZE, "%s%s", hr_tally_name((hr_tally)(slot % T_COUNT)), slot < T_COUNT ? "" : partial);
}

/* -1: there is no such tally, or it is not reported. */
static int slot_named(const char *text) {
    char name[NAME_SIZE];
    size_t length = strlen(text), cut = sizeof partial - 1;
    bool is_partial = length > cut && strcmp(text + length - cut, partial) == 0;
    if (length >= sizeof name)
        return -1;
    memcpy(name, text, length + 1);
    name[length - (is_partial ? cut : 0)] = '\0';
    int tally = hr_tally_named(name), slot = tally + (is_partial ? T_COUNT : 0);
    return tally >= 0 && is_reported(slot) ? slot : -1;
}

/* ---- changes as text ---- */

/* Reads just `least` to `most` digits. NULL: there are more or fewer. */
static const char *read_digits(const char *at, size_t least, size_t most, int *out) {
    size_t count = strspn(at, "0123456789");
    *out = 0;
    if (count < least || count > most)
        return NULL;
    for (size_t i = 0; i < count; i++)
        *out = *out * 10 + (at[i] - '0');
    return at + count;
}

/* One change. NULL: it makes no sense there. */
static const char *read_change(const char *at, int decade, hr_tally_step *out) {
    int month, size;
    at = read_digits(at, 6, 6, &month);
    if (!at || month / 1000 * 10 != decade || (decade ? month % 100 < 1 || month % 100 > 12 : month != 0))
        return NULL;
    int64_t sign = *at == '-' ? -1 : 1;
    if ((*at != '+' && *at != '-') || at[1] == '0')
        return NULL;
    at = read_digits(at + 1, 1, 9, &size);
    *out = (hr_tally_step){hr_date_latest(month * 100), sign * size};
    return at && size <= DELTA_MOST ? at : NULL;
}

static bool read_changes(const char *at, hr_reported *out) {
    for (;; at++) {
        hr_tally_step *step = &out->at[out->count];
        if (out->count == HR_REPORTED_STEPS || !(at = read_change(at, out->decade, step)) ||
            (out->count && step->date <= step[-1].date))
            return false;
        out->count++;
        if (*at == '\0')
            return true;
        if (*at != ' ')
            return false;
    }
}

static bool is_decade(int64_t decade) {
    return decade == 0 || (decade >= FIRST_YEAR && decade < LAST_YEAR && decade % 10 == 0);
}

hr_status hr_reported_read(hr_err *err, const hr_record *row, hr_reported *out) {
    int64_t decade = hr_record_number(row, FG_DECADE);
    out->area = hr_record_number(row, FG_AREA);
    out->slot = slot_named(hr_record_text(row, FG_TALLY));
    out->decade = (int)decade;
    out->count = 0;
    if (out->slot < 0)
        return hr_fail(err, HR_INVALID, "%s",
                       HR_TR(err, "the reported figures are of a tally that this version does not know; update it",
                             "上报的统计数含有本版本不认识的计数项；请升级本软件"));
    if (is_decade(decade) && (!hr_record_has(row, FG_CHANGES) || read_changes(hr_record_text(row, FG_CHANGES), out)))
        return HR_OK;
    return hr_fail(err, HR_INVALID, "%s",
                   HR_TR(err, "the reported figures make no sense; have the station report them again",
                         "上报的统计数内容无效；请让站点重新上报"));
}

static hr_status fill_row(hr_store *store, hr_area area, int slot, int decade, const char *changes, hr_record *out) {
    char name[NAME_SIZE];
    name_slot(slot, name);
    hr_record_clear(out, &hr_form_figures);
    hr_record_set_number(out, FG_AREA, area);
    hr_record_set_number(out, FG_DECADE, decade);
    hr_status status = hr_record_set_text(out, &store->err, FG_TALLY, name);
    if (status == HR_OK && *changes)
        status = hr_record_set_text(out, &store->err, FG_CHANGES, changes);
    return status;
}

/* ---- until when they are exact ---- */

static hr_date end_of_month(hr_date day) {
    return hr_date_latest(day / 100 * 100);
}

static hr_date end_of_month_before(hr_date day) {
    int month = day / 100 % 100;
    return hr_date_latest(month > 1 ? (day / 100 - 1) * 100 : (day / 10000 - 1) * 10000 + 1200);
}

typedef struct question {
    hr_store *store;
    const hr_area *areas;
    const hr_date *days;
    size_t area_count, day_count;
} question;

static hr_status fail_inexact(hr_store *store, hr_area area, hr_date until, hr_date day) {
    char asked[HR_DATE_SIZE], before[HR_DATE_SIZE], after[HR_DATE_SIZE];
    hr_date_format(day, asked);
    if (day > until)
        return hr_fail(&store->err, HR_INVALID,
                       HR_TR(&store->err,
                             "%" PRId64 ": as of %s there is no figure, because a station there has reported its "
                             "figures up to %s only; give that date, or the end of an earlier month",
                             "%" PRId64 "：没有截止 %s 的数据，其中有站点的统计数只报到 %s；请改用该日或更早的月末"),
                       area, asked, hr_date_format(until, after));
    return hr_fail(&store->err, HR_INVALID,
                   HR_TR(&store->err,
                         "%" PRId64 ": as of %s there is no exact figure, because a station there reports figures by "
                         "the month; give %s or %s",
                         "%" PRId64 "：没有截止 %s 的准确数据，其中有站点按月上报统计数；请改用 %s 或 %s"),
                   area, asked, hr_date_format(end_of_month_before(day), before),
                   hr_date_format(end_of_month(day), after));
}

static hr_status ask_station(void *context, const hr_record *row) {
    const question *q = context;
    hr_area area = hr_record_number(row, RG_AREA);
    hr_date until = hr_record_date(row, RG_UNTIL);
    for (size_t i = 0; until && i < q->area_count; i++)
        for (size_t j = 0; j < q->day_count; j++)
            if ((hr_area_within(area, q->areas[i]) || hr_area_within(q->areas[i], area)) &&
                (q->days[j] > until || q->days[j] != end_of_month(q->days[j])))
                return fail_inexact(q->store, q->areas[i], until, q->days[j]);
    return HR_OK;
}

hr_status hr_figures_exact(hr_store *store, const hr_registers *registers, const hr_area *areas, size_t area_count,
                           const hr_date *days, size_t day_count) {
    question q = {store, areas, days, area_count, day_count};
    return hr_registers_walk(store, registers, &hr_form_reporting, ask_station, &q);
}

/* ---- collecting ---- */

enum { MONTHS = (LAST_YEAR - FIRST_YEAR + 1) * 12, PLACES = MONTHS + 1 /* always */ };

typedef struct collection {
    hr_store *store;
    hr_date until;
    int64_t sign;
    int64_t *changes; /* of one area: by slot, PLACES each: what has always been, then by month */
    hr_register_fn each;
    void *context;
} collection;

/* The month in which a day is over: there is a 29 February in common years, which is before 1 March (spans.c). */
static int month_of(hr_date day) {
    int month = (day / 10000 - FIRST_YEAR) * 12 + day / 100 % 100;
    return day == 0 ? 0 : day > end_of_month(day) ? month + 1 : month;
}

static void add_change(void *context, hr_area area, int slot, hr_date date, int64_t delta) {
    collection *c = context;
    (void)area;
    if (is_reported(slot) && date <= c->until)
        c->changes[slot * PLACES + month_of(date)] += c->sign * delta;
}

static hr_status give_decade(collection *c, hr_area area, int slot, int decade, const int64_t *changes, int count) {
    char text[CHANGES_SIZE];
    size_t used = 0;
    hr_record row;
    *text = '\0';
    for (int i = 0; i < count; i++) {
        if (changes[i] > DELTA_MOST || changes[i] < -DELTA_MOST)
            return hr_fail(&c->store->err, HR_DAMAGED, "%s",
                           HR_TR(&c->store->err, "a tally is too large to be true; run verify",
                                 "计数数据大得不合理；请运行 verify"));
        int month = decade ? decade * 100 + i / 12 * 100 + i % 12 + 1 : 0;
        if (changes[i])
            used += (size_t)snprintf(text + used, sizeof text - used, "%s%06d%+" PRId64, used ? " " : "", month,
                                     changes[i]);
    }
    if (!used)
        return HR_OK;
    hr_status status = fill_row(c->store, area, slot, decade, text, &row);
    return status == HR_OK ? c->each(c->context, &row) : status;
}

static hr_status give_area(collection *c, hr_area area) {
    enum { DECADE = 120 };
    hr_status status = HR_OK;
    for (int slot = 0; slot < T_SLOTS && status == HR_OK; slot++) {
        const int64_t *changes = c->changes + slot * PLACES;
        if (!is_reported(slot))
            continue;
        status = give_decade(c, area, slot, 0, changes, 1);
        for (int i = 0; i < MONTHS && status == HR_OK; i += DECADE)
            status = give_decade(c, area, slot, FIRST_YEAR + i / 12, changes + 1 + i, DECADE);
    }
    return status;
}

/* An area's own changes are its tallies less those of the areas right below it. */
static hr_status collect_area(collection *c, const hr_areas *areas, size_t index) {
    size_t first, end, next;
    hr_area area = areas->codes[index];
    memset(c->changes, 0, T_SLOTS * PLACES * sizeof *c->changes);
    c->sign = 1;
    hr_status status = hr_tally_walk_of(c->store, area, add_change, c);
    c->sign = -1;
    hr_areas_range(areas, area, &first, &end);
    for (size_t i = index + 1; i < end && status == HR_OK; i = next) {
        status = hr_tally_walk_of(c->store, areas->codes[i], add_change, c);
        hr_areas_range(areas, areas->codes[i], &first, &next);
    }
    return status == HR_OK ? give_area(c, area) : status;
}

static hr_status check_until(hr_store *store, hr_date until) {
    if (hr_date_whole(until) && until == end_of_month(until) && until <= hr_date_today())
        return hr_figures_exact(store, NULL, &store->area, 1, &until, 1);
    return hr_fail(&store->err, HR_INVALID, "%s",
                   HR_TR(&store->err, "figures are reported up to the end of a month that is over; give its last day",
                         "统计数须报到某个已结束月份的月末；请给出该月最后一日"));
}

hr_status hr_figures_collect(hr_store *store, hr_date until, hr_register_fn each, void *context) {
    collection c = {.store = store, .until = until, .each = each, .context = context};
    hr_areas *areas;
    hr_status status = check_until(store, until);
    if (status == HR_OK && store->writing)
        status = hr_flush(store);
    if (status == HR_OK)
        status = hr_areas_get(store, &areas);
    if (status == HR_OK && !(c.changes = malloc(T_SLOTS * PLACES * sizeof *c.changes)))
        status = hr_fail_memory(&store->err);
    for (size_t i = 0; status == HR_OK && i < areas->count; i++)
        status = collect_area(&c, areas, i);
    free(c.changes);
    return status;
}

/* ---- taking over ---- */

/* Which rows there are, by area, slot and decade in one number. */
typedef struct row_set {
    uint64_t *at;
    size_t count, room;
} row_set;

/* How a month's change is another than was reported before. */
typedef struct difference {
    uint64_t tally; /* area and slot */
    int place;      /* as in a collection */
    int64_t delta;
} difference;

struct hr_figures {
    hr_store *store;
    char station[2 * HR_STORE_ID_SIZE + 1];
    int64_t bundle;
    hr_area area;
    hr_date compared; /* up to when it had reported before and reports now; 0: there is nothing to compare */
    difference *differences;
    size_t difference_count, difference_room;
    row_set before, now; /* that say anything */
    uint64_t changed;
    hr_reported sum; /* of the rows walked last: its area, slot, and in at[0] the sum */
};

enum { DECADE_BITS = 12, SLOT_BITS = 7 };
_Static_assert(T_SLOTS <= 1 << SLOT_BITS, "a slot must fit its bits");

static uint64_t key_of_tally(const hr_reported *row) {
    return (uint64_t)row->area << SLOT_BITS | (uint64_t)row->slot;
}

static hr_area area_of_key(uint64_t tally) {
    return (hr_area)(tally >> SLOT_BITS);
}

static int slot_of_key(uint64_t tally) {
    return (int)(tally & ((1 << SLOT_BITS) - 1));
}

static hr_status add_row(hr_store *store, row_set *set, const hr_reported *row) {
    if (set->count == set->room) {
        size_t room = set->room ? 2 * set->room : 256;
        uint64_t *grown = realloc(set->at, room * sizeof *grown);
        if (!grown)
            return hr_fail_memory(&store->err);
        set->at = grown;
        set->room = room;
    }
    set->at[set->count++] = key_of_tally(row) << DECADE_BITS | (uint64_t)row->decade;
    return HR_OK;
}

void hr_figures_free(hr_figures *f) {
    if (!f)
        return;
    free(f->before.at);
    free(f->now.at);
    free(f->differences);
    free(f);
}

static hr_status add_difference(hr_figures *f, const hr_reported *row, const hr_tally_step *step, int sign) {
    if (step->date > f->compared)
        return HR_OK;
    if (f->difference_count == f->difference_room) {
        size_t room = f->difference_room ? 2 * f->difference_room : 256;
        difference *grown = realloc(f->differences, room * sizeof *grown);
        if (!grown)
            return hr_fail_memory(&f->store->err);
        f->differences = grown;
        f->difference_room = room;
    }
    f->differences[f->difference_count++] = (difference){key_of_tally(row), month_of(step->date), sign * step->delta};
    return HR_OK;
}

/* Beside what the row of the same key says so far. Most rows say the same. */
static hr_status compare_row(hr_figures *f, const hr_record *row, const hr_reported *now) {
    hr_record known;
    hr_reported before = {.count = 0};
    hr_status status = hr_register_get(f->store, row, &known);
    if (status == HR_OK && hr_record_has(&known, FG_CHANGES))
        status = hr_reported_read(&f->store->err, &known, &before);
    size_t i = 0, j = 0;
    while (status == HR_OK && (i < before.count || j < now->count)) {
        const hr_tally_step *was = i < before.count ? &before.at[i] : NULL, *is = j < now->count ? &now->at[j] : NULL;
        bool both = was && is && was->date == is->date;
        if (both && was->delta == is->delta) {
            i++;
            j++;
        } else if (was && (!is || was->date <= is->date)) {
            status = add_difference(f, now, &before.at[i++], -1);
        } else {
            status = add_difference(f, now, &now->at[j++], 1);
        }
    }
    return status;
}

static hr_status put_row(hr_figures *f, hr_record *row, const hr_reported *now) {
    int64_t none;
    hr_change change = HR_UNCHANGED;
    hr_status status = hr_record_set_text(row, &f->store->err, FG_STATION, f->station);
    if (status == HR_OK && f->compared)
        status = compare_row(f, row, now);
    if (status == HR_OK)
        status = hr_ledger_put(f->store, row, NULL, &none, &change);
    f->changed += change != HR_UNCHANGED;
    return status;
}

/* `until` 0: it reports no more. */
static hr_status put_reporting(hr_figures *f, hr_date until) {
    hr_record row, known;
    hr_change change;
    int64_t none;
    hr_record_clear(&row, &hr_form_reporting);
    hr_status status = hr_record_set_text(&row, &f->store->err, RG_STATION, f->station);
    if (status == HR_OK)
        status = hr_register_get(f->store, &row, &known);
    if (status != HR_OK || (!until && hr_fields_none(&known.given)))
        return status;
    f->compared = hr_record_date(&known, RG_UNTIL) < until ? hr_record_date(&known, RG_UNTIL) : until;
    if (until) {
        hr_record_set_number(&row, RG_AREA, f->area);
        hr_record_set_number(&row, RG_UNTIL, until);
    } else {
        hr_fields_add(&row.cleared, RG_UNTIL);
    }
    return hr_ledger_put(f->store, &row, NULL, &none, &change);
}

static hr_status see_before(void *context, const hr_record *row) {
    hr_figures *f = context;
    hr_reported reported;
    hr_status status = hr_reported_read(&f->store->err, row, &reported);
    return status == HR_OK && reported.count ? add_row(f->store, &f->before, &reported) : status;
}

static hr_status begin(hr_store *store, const char *station, hr_figures **out) {
    hr_figures *f = calloc(1, sizeof *f);
    if (!f)
        return hr_fail_memory(&store->err);
    f->store = store;
    snprintf(f->station, sizeof f->station, "%s", station);
    hr_status status = hr_register_walk_of(store, &hr_form_figures, f->station, see_before, f);
    if (status == HR_OK)
        *out = f;
    else
        hr_figures_free(f);
    return status;
}

hr_status hr_figures_begin(hr_store *store, const char *station, int64_t bundle, hr_area area, hr_date until,
                           hr_figures **out) {
    *out = NULL;
    if (!hr_date_whole(until) || until != end_of_month(until))
        return hr_fail(&store->err, HR_INVALID, "%s",
                       HR_TR(&store->err, "figures must be reported up to the end of a month", "统计数须报到某月月末"));
    hr_status status = begin(store, station, out);
    if (status != HR_OK)
        return status;
    (*out)->bundle = bundle;
    (*out)->area = area;
    status = put_reporting(*out, until);
    if (status != HR_OK) {
        hr_figures_free(*out);
        *out = NULL;
    }
    return status;
}

hr_status hr_figures_put(hr_figures *f, hr_record *row) {
    hr_err *err = &f->store->err;
    hr_reported reported;
    hr_status status = hr_reported_read(err, row, &reported);
    if (status == HR_OK && !hr_area_within(reported.area, f->area))
        status = hr_fail(err, HR_INVALID,
                         HR_TR(err, "the station reports figures of %" PRId64 ", which lies outside its area",
                               "站点上报了 %" PRId64 " 的统计数，该区划不在其辖区之内"),
                         reported.area);
    if (status == HR_OK && reported.count == 0)
        status = hr_fail(err, HR_INVALID, "%s",
                         HR_TR(err, "the reported figures hold a row that says nothing", "上报的统计数有空行"));
    if (status == HR_OK)
        status = add_row(f->store, &f->now, &reported);
    return status == HR_OK ? put_row(f, row, &reported) : status;
}

static hr_status empty_row(hr_figures *f, uint64_t key) {
    hr_record row;
    hr_reported none = {.area = area_of_key(key >> DECADE_BITS), .slot = slot_of_key(key >> DECADE_BITS)};
    hr_status status = fill_row(f->store, none.area, none.slot, (int)(key & ((1 << DECADE_BITS) - 1)), "", &row);
    hr_fields_add(&row.cleared, FG_CHANGES);
    return status == HR_OK ? put_row(f, &row, &none) : status;
}

/* What is not said now is no more; what is said twice makes no sense. */
static hr_status empty_others(hr_figures *f) {
    hr_status status = HR_OK;
    size_t j = 0;
    hr_sort_keys(f->before.at, f->before.count);
    hr_sort_keys(f->now.at, f->now.count);
    for (size_t i = 1; i < f->now.count; i++)
        if (f->now.at[i] == f->now.at[i - 1])
            return hr_fail(&f->store->err, HR_INVALID, "%s",
                           HR_TR(&f->store->err, "the reported figures hold a row twice", "上报的统计数有重复的行"));
    for (size_t i = 0; i < f->before.count && status == HR_OK; i++) {
        while (j < f->now.count && f->now.at[j] < f->before.at[i])
            j++;
        if (j == f->now.count || f->now.at[j] != f->before.at[i])
            status = empty_row(f, f->before.at[i]);
    }
    return status;
}

/* Rows of an area and tally follow one another, decade by decade. */
static hr_status sum_up(void *context, const hr_record *row) {
    hr_figures *f = context;
    hr_reported reported;
    hr_status status = hr_reported_read(&f->store->err, row, &reported);
    if (status == HR_OK && (reported.area != f->sum.area || reported.slot != f->sum.slot))
        f->sum = (hr_reported){.area = reported.area, .slot = reported.slot};
    for (size_t i = 0; status == HR_OK && i < reported.count; i++) {
        f->sum.at[0].delta += reported.at[i].delta;
        if (f->sum.at[0].delta < 0)
            status = hr_fail(&f->store->err, HR_INVALID,
                             HR_TR(&f->store->err, "the reported figures of %" PRId64 " are less than nobody",
                                   "上报的 %" PRId64 " 统计数为负"),
                             reported.area);
    }
    return status;
}

/* ---- corrections ---- */

static int by_month(const void *a, const void *b) {
    const difference *x = a, *y = b;
    return x->tally != y->tally ? (x->tally > y->tally) - (x->tally < y->tally)
                                : (x->place > y->place) - (x->place < y->place);
}

/* What a tally is now at the end of the month of a place. */
static hr_status value_at(hr_figures *f, uint64_t tally, int place, int64_t *out) {
    hr_record row, known;
    hr_reported reported;
    hr_status status = HR_OK;
    int last = place ? FIRST_YEAR + (place - 1) / HR_REPORTED_STEPS * 10 : 0;
    *out = 0;
    for (int decade = 0; decade <= last && status == HR_OK; decade = decade ? decade + 10 : FIRST_YEAR) {
        status = fill_row(f->store, area_of_key(tally), slot_of_key(tally), decade, "", &row);
        if (status == HR_OK)
            status = hr_record_set_text(&row, &f->store->err, FG_STATION, f->station);
        if (status == HR_OK)
            status = hr_register_get(f->store, &row, &known);
        if (status != HR_OK || !hr_record_has(&known, FG_CHANGES))
            continue;
        status = hr_reported_read(&f->store->err, &known, &reported);
        for (size_t i = 0; status == HR_OK && i < reported.count && month_of(reported.at[i].date) <= place; i++)
            *out += reported.at[i].delta;
    }
    return status;
}

/* At the ends of so many months, from the one of `place` on, a tally is another; at that of the first by so much. */
static hr_status put_correction(hr_figures *f, uint64_t tally, int place, int months, int64_t by) {
    hr_record row;
    hr_change change;
    char name[NAME_SIZE], received[HR_UTC_SIZE];
    int64_t now, none;
    hr_err *err = &f->store->err;
    name_slot(slot_of_key(tally), name);
    hr_record_clear(&row, &hr_form_correction);
    hr_status status = value_at(f, tally, place, &now);
    if (status != HR_OK)
        return status;
    hr_record_set_number(&row, CX_BUNDLE, f->bundle);
    hr_record_set_number(&row, CX_AREA, area_of_key(tally));
    hr_record_set_number(&row, CX_FROM, place ? (FIRST_YEAR + (place - 1) / 12) * 100 + (place - 1) % 12 + 1 : 0);
    hr_record_set_number(&row, CX_MONTHS, months);
    hr_record_set_number(&row, CX_NOW, now);
    hr_record_set_number(&row, CX_BEFORE, now - by);
    status = hr_record_set_text(&row, err, CX_STATION, f->station);
    if (status == HR_OK)
        status = hr_record_set_text(&row, err, CX_TALLY, name);
    if (status == HR_OK)
        status = hr_record_set_text(&row, err, CX_RECEIVED, hr_utc_format(hr_now_ms(), received));
    return status == HR_OK ? hr_ledger_put(f->store, &row, NULL, &none, &change) : status;
}

/* A person left out years ago is one row, though he is missing at every month's end since. */
static hr_status note_corrections(hr_figures *f) {
    hr_status status = HR_OK;
    const difference *at = f->differences;
    size_t end;
    if (f->difference_count)
        qsort(f->differences, f->difference_count, sizeof *f->differences, by_month);
    for (size_t i = 0; i < f->difference_count && status == HR_OK; i = end) {
        int64_t by = 0, first_by = 0;
        int first = 0, months = 0;
        for (end = i; end < f->difference_count && at[end].tally == at[i].tally; end++) {
            bool last = end + 1 == f->difference_count || at[end + 1].tally != at[i].tally;
            int from = at[end].place ? at[end].place : 1; /* what has always been shows from the first month on */
            int to = last ? month_of(f->compared) + 1 : at[end + 1].place ? at[end + 1].place : 1;
            by += at[end].delta;
            if (by == 0 || to == from)
                continue;
            if (months == 0) {
                first = at[end].place;
                first_by = by;
            }
            months += to - from;
        }
        if (months)
            status = put_correction(f, at[i].tally, first, months, first_by);
    }
    return status;
}

hr_status hr_figures_end(hr_figures *f, uint64_t *changed) {
    hr_status status = empty_others(f);
    if (status == HR_OK)
        status = hr_register_walk_of(f->store, &hr_form_figures, f->station, sum_up, f);
    if (status == HR_OK)
        status = note_corrections(f);
    *changed = f->changed;
    return status;
}

hr_status hr_figures_clear(hr_store *store, const char *station, uint64_t *changed) {
    hr_figures *f;
    hr_status status = begin(store, station, &f);
    if (status != HR_OK)
        return status;
    status = put_reporting(f, 0);
    if (status == HR_OK)
        status = hr_figures_end(f, changed);
    hr_figures_free(f);
    return status;
}
