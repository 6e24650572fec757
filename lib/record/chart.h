/* What the chart keeps of a resident: what is known of him now, and what he is found by. */
#ifndef HR_RECORD_CHART_H
#define HR_RECORD_CHART_H

#include "record/draft.h"
#include "record/resident.h"
#include "store/store.h"

/* HR_NOT_FOUND when there is none. `latest` (his newest entry) may be NULL. */
hr_status hr_resident_load(hr_store *store, int64_t id, hr_resident *out, int64_t *latest);
/* As hr_resident_load, from a query whose columns from `first` on are chart.resident's state, the registering entry's
 * body, and chart.resident's past. */
hr_status hr_resident_from_row(hr_store *store, sqlite3_stmt *row, int first, int64_t id, hr_resident *out);

/* Within the open transaction. Keeps what he now amounts to. */
hr_status hr_chart_keep(hr_store *store, int64_t id, int64_t latest, const hr_resident *after);
/* Makes him known by the numbers of `now` instead of `before`; hr_chart_change also finds him by name, phone and
 * device. */
hr_status hr_chart_index(hr_store *store, int64_t id, const hr_record *before, const hr_record *now);
hr_status hr_chart_change(hr_store *store, int64_t id, const hr_record *before, const hr_record *now);
/* As hr_chart_change, of somebody who came from elsewhere: a number of two is that of whoever was registered first. */
hr_status hr_chart_adopt(hr_store *store, int64_t id, const hr_record *before, const hr_record *now);
/* HR_INVALID when a number that he gets is another's. */
hr_status hr_chart_unique(hr_store *store, int64_t id, const hr_record *before, const hr_record *now);
hr_status hr_fail_file_taken(hr_store *store);
/* This row will be put soon: what recognising it needs is brought near. */
void hr_chart_expect(const hr_store *store, const hr_record *row, const hr_draft *draft);

#endif
