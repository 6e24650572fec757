/* The ledger: one way for every record into the store, in which it is logged, folded and counted in one transaction. */
#ifndef HR_INDICATOR_LEDGER_H
#define HR_INDICATOR_LEDGER_H

#include "indicator/figures.h"
#include "indicator/places.h"
#include "indicator/spans.h"
#include "record/calls.h"
#include "record/draft.h"
#include "record/snapshot.h"
#include "store/store.h"

/* Puts one row of any form within the open transaction. id: a resident to amend, 0 to recognise him; set to his number,
 * or 0 for a register. `draft` (may be NULL) was made of a resident's row. */
hr_status hr_ledger_put(hr_store *store, hr_record *row, const hr_draft *draft, int64_t *id, hr_change *change);

/* Puts an entry about a resident, as hr_entry_put; *seq is the entry's, or that of the one that said the same. */
hr_status hr_ledger_entry(hr_store *store, int64_t subject, hr_record *row, const hr_remark *remark, int64_t *seq,
                          hr_change *change);
/* Puts a row of a call, as hr_call_put. */
hr_status hr_ledger_call_put(hr_store *store, hr_record *row, int64_t resident, hr_call *after);

/* What adopting entries that were said elsewhere changes (adopt.h): a resident, a register's row, a call. */
hr_status hr_ledger_count(hr_store *store, const hr_resident_change *change);
hr_status hr_ledger_keep_register(hr_store *store, hr_record *row);
hr_status hr_ledger_call_adopt(hr_store *store, const hr_record *row, int64_t seq);

/* Counts everything anew, and finds everybody by his call device, too. */
hr_status hr_ledger_refill(hr_store *store);

/* Emits a subject's changes of tallies: his spans, and what they are to his committees' population. */
typedef hr_status (*hr_tally_sink)(void *context, hr_area area, int slot, hr_date date, int64_t delta);
hr_status hr_ledger_changes(hr_store *store, const hr_places *places, const hr_subject *subject, int64_t sign,
                            hr_tally_sink emit, void *context);

/* The same of what a station reports. */
hr_status hr_ledger_reported(const hr_places *places, const hr_reported *reported, int64_t sign, hr_tally_sink emit,
                             void *context);

/* An institution with its dated grades, ascending. */
typedef struct hr_institution {
    hr_record row;
    hr_record *grades;
    size_t count;
} hr_institution;
/* `registers` NULL: as they are now. */
hr_status hr_institution_load(hr_store *store, const hr_registers *registers, const hr_record *row,
                              hr_institution *out);
void hr_institution_free(hr_institution *institution); /* what it holds */
hr_status hr_ledger_institution(const hr_institution *institution, int64_t sign, hr_tally_sink emit, void *context);
/* `seconds`: within which an answer is in time. */
hr_status hr_ledger_call(const hr_call *call, int64_t seconds, int64_t sign, hr_tally_sink emit, void *context);

#endif
