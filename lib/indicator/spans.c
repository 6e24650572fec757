/* Who counts when, and where. An unknown month or day counts as the latest possible one throughout, so nobody is 65,
 * served or computerized too early. A resident's residences, home-bed episodes and outcomes each follow one another:
 * whatever the dates say, an earlier one ends where a later one begins, so that nobody is counted twice. */
#include "indicator/spans.h"
#include <stdlib.h>

static const hr_interval ALWAYS = {0, HR_FOREVER, false};
static const hr_interval NEVER = {HR_FOREVER, HR_FOREVER, false};

/* From a stated date on; never, when none is stated. */
static hr_interval since(int64_t date) {
    if (date == 0)
        return NEVER;
    return (hr_interval){hr_date_latest((hr_date)date), HR_FOREVER, !hr_date_whole((hr_date)date)};
}

/* Between two dates either of which may be missing. */
static hr_interval between(int64_t from, int64_t to) {
    hr_interval i = from ? since(from) : ALWAYS;
    if (to)
        i.to = hr_date_latest((hr_date)to);
    return i;
}

/* yyyymmdd + 650000 is the 65th birthday; of 29 February it is a day that sorts before 1 March in a common year. */
static hr_interval aged(int64_t birth, int years) {
    hr_interval i = since(birth);
    if (birth)
        i.from += years * 10000;
    return i;
}

hr_interval hr_year_from(hr_date day) {
    hr_interval i = since(day);
    if (day)
        i.to = (day / 10000 + 1) * 10000 + 101;
    return i;
}

size_t hr_intervals_successive(hr_interval *v, hr_area *tags, size_t count) {
    size_t kept = 0;
    for (size_t i = 1; i < count; i++) /* insertion sort: stable, and there are one or two */
        for (size_t j = i; j > 0 && v[j - 1].from > v[j].from; j--) {
            hr_interval swap = v[j];
            hr_area tag = tags[j];
            v[j] = v[j - 1];
            tags[j] = tags[j - 1];
            v[j - 1] = swap;
            tags[j - 1] = tag;
        }
    for (size_t i = 0; i < count; i++) {
        if (i + 1 < count && v[i].to > v[i + 1].from)
            v[i].to = v[i + 1].from;
        if (hr_interval_empty(v[i]))
            continue;
        v[kept] = v[i];
        tags[kept++] = tags[i];
    }
    return kept;
}

static int by_start(const void *a, const void *b) {
    const hr_interval *x = a, *y = b;
    return (x->from > y->from) - (x->from < y->from);
}

size_t hr_intervals_union(hr_interval *v, size_t count) {
    size_t kept = 0;
    if (count)
        qsort(v, count, sizeof *v, by_start);
    for (size_t i = 0; i < count; i++) {
        if (hr_interval_empty(v[i]))
            continue;
        if (kept && v[kept - 1].to >= v[i].from) {
            if (v[i].to > v[kept - 1].to)
                v[kept - 1].to = v[i].to;
        } else {
            v[kept++] = v[i];
        }
    }
    return kept;
}

void hr_subject_of(const hr_resident *resident, hr_subject *out) {
    for (int i = 0; i < R_COUNT; i++)
        out->number[i] = hr_field_is_text(&resident->now.form->fields[i]) ? hr_record_has(&resident->now, i)
                                                                          : hr_record_number(&resident->now, i);
    out->past = resident->past;
    out->past_count = resident->past_count;
}

bool hr_slot_of_residents(int slot) {
    int tally = slot % T_COUNT;
    return tally <= T_CALL_ENROLLED || tally == T_RESIDENTS_60 || tally == T_FILES_IN_USE ||
           tally == T_ELDERLY_EXAMINED;
}

/* ---- recurring events ---- */

typedef struct events {
    size_t count;
    hr_interval *at;
    hr_area *value; /* residence: area; outcome: which */
} events;

static void collect(const hr_subject *s, hr_past_kind kind, hr_interval now, int64_t value, events *out) {
    out->count = 0;
    for (size_t i = 0; i < s->past_count; i++)
        if (s->past[i].kind == kind) {
            out->at[out->count] = between(s->past[i].from, s->past[i].to);
            out->value[out->count++] = s->past[i].value;
        }
    if (now.from != HR_FOREVER) { /* also when it is over before it began: what was before ended all the same */
        out->at[out->count] = now;
        out->value[out->count++] = value;
    }
    out->count = hr_intervals_successive(out->at, out->value, out->count);
}

/* ---- tallies ---- */

typedef struct sink {
    hr_span_fn emit;
    void *context;
    hr_area area;
} sink;

static void put(const sink *to, hr_tally tally, hr_interval span) {
    if (!hr_interval_empty(span))
        to->emit(to->context, tally, to->area, span);
}

typedef struct conditions {
    hr_interval elderly, before_65, aged_60, file, computerized, need, served, hardship, cared, device;
} conditions;

static conditions conditions_of(const hr_subject *s) {
    conditions c;
    c.elderly = aged(s->number[R_BIRTH_DATE], 65);
    c.aged_60 = aged(s->number[R_BIRTH_DATE], 60);
    c.before_65 = (hr_interval){0, c.elderly.from, false};
    c.file = since(s->number[R_FILE_OPENED]);
    c.computerized = hr_interval_and(c.file, since(s->number[R_COMPUTERIZED]));
    c.need = since(s->number[R_REHAB_NEED]);
    c.served = hr_interval_and(c.need, since(s->number[R_REHAB_SERVED]));
    c.hardship = s->number[R_HARDSHIP] == HR_YES ? ALWAYS : NEVER;
    c.cared = hr_interval_and(c.hardship, since(s->number[R_HOUSEHOLD_CARE]));
    c.device = s->number[R_CALL_DEVICE] ? ALWAYS : NEVER;
    return c;
}

/* A cohort, and of it those with a file and with a computerized file. */
static void put_cohort(const sink *to, hr_tally all, hr_tally files, hr_tally computerized, hr_interval in,
                       const conditions *c) {
    put(to, all, in);
    put(to, files, hr_interval_and(in, c->file));
    put(to, computerized, hr_interval_and(in, c->computerized));
}

/* The elderly and those on home beds should have a call device; who is both counts once. All of the elderly are counted
 * as such already, and each change that need not be kept makes a large roster faster. */
void hr_tallies_complete(int64_t tally[T_SLOTS]) {
    tally[T_CALL_DUE] += tally[T_ELDERLY];
    tally[T_COUNT + T_CALL_DUE] += tally[T_COUNT + T_ELDERLY];
}

/* A year in which his file was used, or he was examined, counts once; how often is no matter. */
static void put_years(const sink *to, hr_interval here, const hr_subject *s, const conditions *c) {
    for (size_t i = 0; i < s->past_count; i++) {
        hr_interval year = hr_interval_and(here, hr_year_from(s->past[i].from));
        if (s->past[i].kind == HR_PAST_USE)
            put(to, T_FILES_IN_USE, hr_interval_and(year, c->file));
        else if (s->past[i].kind == HR_PAST_EXAM)
            put(to, T_ELDERLY_EXAMINED, hr_interval_and(year, c->elderly));
    }
}

static void put_residence(const sink *to, hr_interval here, const conditions *c, const events *beds,
                          const events *outcomes) {
    hr_interval served = hr_interval_and(here, c->served);
    put_cohort(to, T_RESIDENTS, T_FILES, T_COMPUTERIZED, here, c);
    put_cohort(to, T_ELDERLY, T_FILES_ELDERLY, T_COMPUTERIZED_ELDERLY, hr_interval_and(here, c->elderly), c);
    put(to, T_RESIDENTS_60, hr_interval_and(here, c->aged_60));
    put_cohort(to, T_REHAB, T_FILES_REHAB, T_COMPUTERIZED_REHAB, hr_interval_and(here, c->need), c);
    put(to, T_SERVED, served);
    put(to, T_HARDSHIP, hr_interval_and(here, c->hardship));
    put(to, T_CARED, hr_interval_and(here, c->cared));
    put(to, T_CALL_ENROLLED, hr_interval_and(here, hr_interval_and(c->elderly, c->device)));
    for (size_t i = 0; i < beds->count; i++) {
        hr_interval bed = hr_interval_and(here, beds->at[i]);
        put_cohort(to, T_HOME_BED, T_FILES_HOME_BED, T_COMPUTERIZED_HOME_BED, bed, c);
        hr_interval young = hr_interval_and(bed, c->before_65);
        put(to, T_CALL_DUE, young);
        put(to, T_CALL_ENROLLED, hr_interval_and(young, c->device));
    }
    for (size_t i = 0; i < outcomes->count; i++) {
        if (outcomes->value[i] >= HR_OUTCOME_EFFECTIVE)
            put(to, T_EFFECTIVE, hr_interval_and(served, outcomes->at[i]));
        if (outcomes->value[i] == HR_OUTCOME_MARKED)
            put(to, T_MARKED, hr_interval_and(served, outcomes->at[i]));
    }
}

hr_status hr_spans(hr_err *err, const hr_subject *s, hr_span_fn emit, void *context) {
    enum { FEW = 8 };
    hr_interval few[3 * FEW];
    hr_area few_values[3 * FEW];
    size_t room = s->past_count + 1;
    hr_interval *at = room <= FEW ? few : malloc(3 * room * sizeof *at);
    hr_area *values = room <= FEW ? few_values : malloc(3 * room * sizeof *values);
    hr_status status = HR_OK;
    if (!at || !values) {
        status = hr_fail_memory(err);
        goto out;
    }
    events homes = {.at = at, .value = values};
    events beds = {.at = at + room, .value = values + room};
    events outcomes = {.at = at + 2 * room, .value = values + 2 * room};
    conditions c = conditions_of(s);
    int64_t died = s->number[R_DIED];
    hr_interval alive = {0, died ? hr_date_latest((hr_date)died) : HR_FOREVER, false};
    int64_t opened = s->number[R_HOME_BED_OPENED];
    collect(s, HR_PAST_RESIDENCE, between(s->number[R_MOVED_IN], s->number[R_MOVED_OUT]), s->number[R_AREA], &homes);
    collect(s, HR_PAST_HOME_BED, opened ? between(opened, s->number[R_HOME_BED_CLOSED]) : NEVER, 0, &beds);
    collect(s, HR_PAST_OUTCOME, since(s->number[R_OUTCOME_DATE]), s->number[R_OUTCOME], &outcomes);
    for (size_t i = 0; i < homes.count; i++) {
        sink to = {emit, context, homes.value[i]};
        put_residence(&to, hr_interval_and(homes.at[i], alive), &c, &beds, &outcomes);
        put_years(&to, hr_interval_and(homes.at[i], alive), s, &c);
    }
out:
    if (at != few)
        free(at);
    if (values != few_values)
        free(values);
    return status;
}

/* ---- institutions ---- */

hr_interval hr_institution_open(const hr_record *institution) {
    return between(hr_record_number(institution, I_OPENED), hr_record_number(institution, I_CLOSED));
}

/* The grade in its own row holds until the first dated one; each dated one until the next. */
static void put_grades(const sink *to, const hr_record *institution, hr_interval open, const hr_record *grades,
                       size_t count) {
    for (size_t i = 0; i <= count; i++) {
        hr_interval held = i ? since(hr_record_number(&grades[i - 1], G_SINCE)) : ALWAYS;
        int64_t grade = i ? hr_record_number(&grades[i - 1], G_GRADE) : hr_record_number(institution, I_GRADE);
        for (size_t j = i; j < count; j++) {
            hr_date next = hr_date_latest(hr_record_date(&grades[j], G_SINCE));
            held.to = next < held.to ? next : held.to;
        }
        if (grade == HR_GRADE_A)
            put(to, T_STATIONS_A, hr_interval_and(open, held));
    }
}

void hr_institution_spans(const hr_record *institution, const hr_record *grades, size_t count, hr_span_fn emit,
                          void *context) {
    hr_interval open = hr_institution_open(institution);
    sink to = {emit, context, hr_record_number(institution, I_AREA)};
    put(&to, T_INSTITUTIONS, open);
    put(&to, T_NETWORKED, hr_interval_and(open, since(hr_record_number(institution, I_NETWORKED))));
    if (hr_record_number(institution, I_KIND) != HR_STATION)
        return;
    put(&to, T_STATIONS, open);
    put_grades(&to, institution, open, grades, count);
}
