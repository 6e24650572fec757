/* The ledger: one way for every record into the store, in which it is logged, folded and counted in one transaction. */
#ifndef HR_INDICATOR_LEDGER_H
#define HR_INDICATOR_LEDGER_H

#include "indicator/places.h"
#include "indicator/spans.h"
#include "record/draft.h"
#include "store/store.h"

/* Puts one row of any form within the open transaction. id: a resident to amend, 0 to recognise him; set to his number,
 * or 0 for a register. `draft` (may be NULL) was made of a resident's row. */
hr_status hr_ledger_put(hr_store *store, hr_record *row, const hr_draft *draft, int64_t *id, hr_change *change);

/* Emits a subject's changes of tallies: his spans, and what they are to his committees' population. */
typedef hr_status (*hr_tally_sink)(void *context, hr_area area, int slot, hr_date date, int64_t delta);
hr_status hr_ledger_changes(hr_store *store, const hr_places *places, const hr_subject *subject, int64_t sign,
                            hr_tally_sink emit, void *context);
hr_status hr_ledger_institution(const hr_record *institution, int64_t sign, hr_tally_sink emit, void *context);

#endif
