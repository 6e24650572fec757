/* Which counts of a table for the public are hidden, so that no small one can be worked out from those shown. Pure: no
 * SQL, no indicators; areas are a forest, tallies are numbers.
 *
 * What is protected are counts of persons: each tally in each area, and what two or four of them differ by (with a file
 * but not computerized; neither elderly nor with a file), its *measures*. What is shown of a tally tells exactly its
 * sums over *blocks*: what lies in an area that is shown, less the areas shown within it. So a sum of a measure can be
 * worked out over an area made of whole blocks of all its tallies, and over no other. Each such sum is made 0 or more
 * than `hide`, by hiding further cells, whose blocks then join. */
#ifndef HR_INDICATOR_HIDE_H
#define HR_INDICATOR_HIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A tally about persons, and how it lies to others: where one of those is hidden, it is hidden, too. So that what it
 * differs by from them can be worked out for its own blocks only, which are the coarsest. */
typedef struct hr_guard {
    int tally;
    int in[2];    /* it counts only persons whom these count; -1: none */
    int holds[2]; /* or it counts all whom these count; of two: whoever is counted by one of them, and nobody else */
    int whole;    /* of two in `in`, or of `holds`: counts all whom those count; else -1 */
    bool apart;   /* all know which areas it counts, and of these everybody in `in` */
    bool yearly;  /* begins anew with each year */
} hr_guard;

/* Areas, a parent before what lies in it, and the guards, one after those in its `in` and `holds`. */
typedef struct hr_plan {
    size_t areas;
    const int32_t *parent; /* -1: none */
    size_t guards;
    const hr_guard *guard;
    int64_t hide; /* counts from 1 to that are small */
} hr_plan;

/* What was, or is to be, shown of one day. */
typedef struct hr_shown {
    const int64_t *own;    /* by tally, then area: what is counted there and in no area within it */
    uint64_t *cells;       /* by area: a bit for each tally that is shown */
    const uint64_t *fixed; /* by area: those that were shown before and cannot be hidden any more; NULL: none */
    int year;
} hr_shown;

/* Hides, of all cells there are, what must be hidden of one day whatever else is asked for. It depends on nothing but
 * the counts: any part of what is left may be shown, at once or one after another. False: no memory. */
bool hr_hide_small(const hr_plan *plan, const int64_t *own, uint64_t *cells);
/* Hides further cells of `now`, so that no measure can be found to differ from that of an earlier day by something
 * small. What the earlier days tell by themselves stays as it is. False: no memory. */
bool hr_hide_changes(const hr_plan *plan, hr_shown *now, const hr_shown *earlier, size_t count);

#endif
