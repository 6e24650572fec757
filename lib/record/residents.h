/* Residents in the store: recognising one, writing an entry about him, reading him back. */
#ifndef HR_RECORD_RESIDENTS_H
#define HR_RECORD_RESIDENTS_H

#include "record/draft.h"
#include "record/resident.h"
#include "store/store.h"

/* What a put did to the chart; the caller counts the difference. */
typedef struct hr_resident_change {
    int64_t id;
    hr_change change;
    hr_resident before, after; /* before is empty when added */
} hr_resident_change;
void hr_resident_change_release(hr_resident_change *change);

/* Puts one row within the open transaction. id 0: recognise the resident by the row, register him if he is new. `draft`
 * (may be NULL) was made of this row. `today` is the entry's effective date and the last day that a date may name. */
hr_status hr_resident_put(hr_store *store, int64_t id, hr_record *row, const hr_draft *draft, hr_date today,
                          hr_resident_change *out);
/* This row will be put soon: what recognising it needs is brought near. */
void hr_resident_expect(const hr_store *store, const hr_record *row, const hr_draft *draft);

/* HR_NOT_FOUND when there is none. `latest` may be NULL. */
hr_status hr_resident_load(hr_store *store, int64_t id, hr_resident *out, int64_t *latest);
/* As hr_resident_load, from a query whose columns from `first` on are chart.resident's state, the registering entry's
 * body, and chart.resident's past. */
hr_status hr_resident_from_row(hr_store *store, sqlite3_stmt *row, int first, int64_t id, hr_resident *out);

#endif
