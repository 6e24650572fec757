/* Places: what holds of an area rather than of a person. Which committees are served, from when official population
 * figures replace the register's, which streets have a centre, which committees help their elderly, how many beds and
 * hotline requests an area has. Worked out from the registers. */
#ifndef HR_INDICATOR_PLACES_H
#define HR_INDICATOR_PLACES_H

#include "indicator/spans.h"
#include "record/snapshot.h"
#include "store/store.h"

typedef struct hr_step {
    hr_date from;
    int64_t value;
} hr_step;

/* Requests to the hotline in a period. */
typedef struct hr_requests {
    hr_date period;
    int64_t requests, met;
} hr_requests;

typedef struct hr_place {
    hr_area code;
    hr_interval *open; /* committee: when it is served; street: when it has a centre; disjoint, ascending */
    size_t open_count;
    hr_interval *helped; /* committee: when it offers elder-help services; disjoint, ascending */
    size_t helped_count;
    hr_step *official; /* committee: residents by the official figures, ascending */
    size_t official_count;
    hr_step *beds; /* elder-care beds of its own, ascending */
    size_t beds_count;
    hr_requests *requests; /* by period */
    size_t requests_count;
} hr_place;

typedef struct hr_places {
    size_t count;
    hr_place *at; /* ascending by code */
    bool stale;   /* a register changed: the stored tallies are still by these */
} hr_places;

/* The places that the stored tallies were counted by; the handle's. */
hr_status hr_places_get(hr_store *store, hr_places **out);
/* By `registers`; NULL: as they are now. */
hr_status hr_places_load(hr_store *store, const hr_registers *registers, hr_places **out);
void hr_places_free(hr_places *places);
const hr_place *hr_place_find(const hr_places *places, hr_area code); /* NULL: nothing holds of it */

/* What a change of a committee's residents is to its population and its served population. */
void hr_place_cover(const hr_place *place, hr_interval span, hr_span_fn emit, void *context);
/* What counts of a place itself; `weight` is of each span. */
typedef void (*hr_weighted_fn)(void *context, hr_tally tally, hr_area area, hr_interval span, int64_t weight);
void hr_place_spans(const hr_place *place, hr_weighted_fn emit, void *context);

/* Before a register is changed: remembers what the tallies were counted by, and has them counted anew at commit. */
hr_status hr_places_touch(hr_store *store);

#endif
