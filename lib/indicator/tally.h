/* Tallies: how many count, by area and day, kept so that a figure as of a day costs the same however many residents
 * there are. Changes are collected in memory and written sorted; an area's change is its parents' change too. */
#ifndef HR_INDICATOR_TALLY_H
#define HR_INDICATOR_TALLY_H

#include "indicator/spans.h"
#include "store/store.h"

/* `delta` more (or fewer) from `date` on (0: always). `slot` is a hr_tally, or + T_COUNT. Within the open transaction;
 * hr_commit writes what is still collected. */
hr_status hr_tally_change(hr_store *store, hr_area area, int slot, hr_date date, int64_t delta);
/* Writes what is collected. */
hr_status hr_tally_flush(hr_store *store);
/* The tallies of an area at the end of a whole day. */
hr_status hr_tally_read(hr_store *store, hr_area area, hr_date as_of, int64_t out[T_SLOTS]);

typedef struct hr_tally_step {
    hr_date date;
    int64_t delta;
} hr_tally_step;
/* One tally's changes at an area, ascending by date, for free(). */
hr_status hr_tally_steps(hr_store *store, hr_area area, hr_tally tally, hr_tally_step **out, size_t *count);
/* Walks one area's changes, slot by slot those without a date, then ascending by date. */
typedef void (*hr_tally_fn)(void *context, hr_area area, int slot, hr_date date, int64_t delta);
hr_status hr_tally_walk_of(hr_store *store, hr_area area, hr_tally_fn each, void *context);
/* Walks every stored change, for verification; a row that cannot be read, or whose year and days disagree, has slot -1.
 */
hr_status hr_tally_walk(hr_store *store, hr_tally_fn each, void *context);

#endif
