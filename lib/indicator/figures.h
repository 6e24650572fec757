/* Figures of stations that send no persons: of each area and each tally of persons and calls, how it changed in each
 * month. The register "figures" holds them, a row for each ten years, and they are counted as if the persons were
 * there. The register "reporting" holds up to when each station reported. */
#ifndef HR_INDICATOR_FIGURES_H
#define HR_INDICATOR_FIGURES_H

#include "indicator/tally.h"
#include "record/snapshot.h"

/* A row of the register "figures", read: a month's changes are of its last day. */
enum { HR_REPORTED_STEPS = 120 };
typedef struct hr_reported {
    hr_area area;
    int slot, decade;
    size_t count;
    hr_tally_step at[HR_REPORTED_STEPS]; /* ascending */
} hr_reported;
/* HR_INVALID when the row makes no sense. */
hr_status hr_reported_read(hr_err *err, const hr_record *row, hr_reported *out);

/* Gives this store's figures as rows of the register, without station: of each area what is counted there but in no
 * area within it, by persons and calls and by what other stations reported. `until` is the end of a month that is over,
 * and up to which those reported; else HR_INVALID. Nothing of later days is in them. Within a transaction. */
hr_status hr_figures_collect(hr_store *store, hr_date until, hr_register_fn each, void *context);

/* Takes over what a station (32 hexadecimal digits) of an area reports, in its bundle of that number, within the open
 * transaction: all of it, in any order. What it reported before and does not now is no more. Where a tally is another
 * at the end of months that it had reported, a row of the register "correction" says so: from which month on, and how
 * it was. HR_INVALID when the rows make no sense; the transaction is then to be undone. */
typedef struct hr_figures hr_figures;
hr_status hr_figures_begin(hr_store *store, const char *station, int64_t bundle, hr_area area, hr_date until,
                           hr_figures **out);
hr_status hr_figures_put(hr_figures *figures, hr_record *row); /* `row` without station, as it was collected */
hr_status hr_figures_end(hr_figures *figures, uint64_t *changed);
void hr_figures_free(hr_figures *figures); /* NULL allowed */
/* The station reports no figures any more; that corrects none. */
hr_status hr_figures_clear(hr_store *store, const char *station, uint64_t *changed);

/* HR_INVALID, naming days that will do, unless the figures of these areas are exact at the end of each of the days: a
 * station's are at the end of each month up to which it reported. `registers` NULL: as they are now. */
hr_status hr_figures_exact(hr_store *store, const hr_registers *registers, const hr_area *areas, size_t area_count,
                           const hr_date *days, size_t day_count);

#endif
