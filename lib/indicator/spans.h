/* Spans: from when to when a subject counts in which tally, and where. The meaning of every indicator is in spans.c and
 * in the table of definitions.c, and nowhere else. Pure: no SQL. */
#ifndef HR_INDICATOR_SPANS_H
#define HR_INDICATOR_SPANS_H

#include "record/resident.h"

typedef enum hr_tally {
    T_RESIDENTS,
    T_FILES,
    T_COMPUTERIZED,
    T_ELDERLY,
    T_FILES_ELDERLY,
    T_COMPUTERIZED_ELDERLY,
    T_REHAB,
    T_FILES_REHAB,
    T_COMPUTERIZED_REHAB,
    T_HOME_BED,
    T_FILES_HOME_BED,
    T_COMPUTERIZED_HOME_BED,
    T_SERVED,
    T_EFFECTIVE,
    T_MARKED, /* rehabilitation */
    T_HARDSHIP,
    T_CARED,
    T_CALL_DUE, /* as spans: those under 65 only; hr_tallies_complete adds the elderly */
    T_CALL_ENROLLED,
    T_POPULATION,
    T_POPULATION_SERVED, /* of committees: official residents, else the register's */
    T_INSTITUTIONS,
    T_NETWORKED,
    T_STATIONS,
    T_STATIONS_A,
    T_STREETS,
    T_STREETS_WITH_CENTRE,
    T_RESIDENTS_60,
    T_FILES_IN_USE,
    T_ELDERLY_EXAMINED, /* in the year of the day, up to it */
    T_COMMITTEES,
    T_COMMITTEES_HELPED,
    T_CARE_BEDS,
    T_HOTLINE,
    T_HOTLINE_MET, /* requests in the year of the day, up to it */
    T_CALLS,
    T_CALLS_IN_TIME, /* emergency calls in the year of the day, up to it; tests are none */
    T_COUNT
} hr_tally;
/* Tally t + T_COUNT counts those of t who are in it by a date of which a part is unknown. */
enum { T_SLOTS = 2 * T_COUNT };

/* Whether a slot counts residents, by their spans. */
bool hr_slot_of_residents(int slot);
/* Completes tallies as they are kept: one that holds all of another is kept without those. */
void hr_tallies_complete(int64_t tally[T_SLOTS]);

#define HR_FOREVER 99991231

typedef struct hr_interval {
    hr_date from, to; /* whole days: from counts, to no longer; 0: always, HR_FOREVER: no end */
    bool partial;     /* a part of `from` was unknown */
} hr_interval;

/* What is counted about a resident: numbers by field (call_device: 1 or 0), and what is past. */
typedef struct hr_subject {
    int64_t number[R_COUNT];
    const hr_past *past;
    size_t past_count;
} hr_subject;
void hr_subject_of(const hr_resident *resident, hr_subject *out); /* borrows resident->past */

typedef void (*hr_span_fn)(void *context, hr_tally tally, hr_area area, hr_interval span);
/* HR_SYSTEM only for want of memory. */
hr_status hr_spans(hr_err *err, const hr_subject *subject, hr_span_fn emit, void *context);
/* `grades`: the rows of the register of grades about it, ascending by date. */
void hr_institution_spans(const hr_record *institution, const hr_record *grades, size_t count, hr_span_fn emit,
                          void *context);
/* What happens on a day counts from then to the end of its year. */
hr_interval hr_year_from(hr_date day);
/* When an institution is open. */
hr_interval hr_institution_open(const hr_record *institution);

/* Sorts by start and ends each interval where the next begins at the latest; of those that begin together the last
 * given remains. Returns how many remain. */
size_t hr_intervals_successive(hr_interval *intervals, hr_area *tags, size_t count);
/* Sorts and merges what overlaps or touches. */
size_t hr_intervals_union(hr_interval *intervals, size_t count);
static inline hr_interval hr_interval_and(hr_interval a, hr_interval b) {
    return (hr_interval){.from = a.from > b.from ? a.from : b.from,
                         .to = a.to < b.to ? a.to : b.to,
                         .partial = a.from > b.from   ? a.partial
                                    : b.from > a.from ? b.partial
                                                      : a.partial || b.partial};
}
static inline bool hr_interval_empty(hr_interval i) {
    return i.from >= i.to;
}
static inline bool hr_interval_holds(hr_interval i, hr_date day) {
    return i.from <= day && day < i.to;
}

#endif
