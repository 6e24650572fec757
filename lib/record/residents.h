/* Residents in the store: recognising one by a row, registering him or amending what is known. */
#ifndef HR_RECORD_RESIDENTS_H
#define HR_RECORD_RESIDENTS_H

#include "record/draft.h"
#include "record/entries.h"

/* Puts one row within the open transaction. id 0: recognise the resident by the row, register him if he is new. `draft`
 * (may be NULL) was made of this row. `today` is the entry's effective date and the last day that a date may name. */
hr_status hr_resident_put(hr_store *store, int64_t id, hr_record *row, const hr_draft *draft, hr_date today,
                          hr_changes *out);

/* Who the row is about; 0: nobody yet. */
hr_status hr_resident_recognise(hr_store *store, const hr_record *row, int64_t *id);
/* Who somebody is of whom a row gives numbers (and a name, which must be his); *id: his number in this store, or 0.
 * Sets *id. HR_NOT_FOUND when nobody has them; HR_INVALID when they do not go together. */
hr_status hr_resident_refer(hr_store *store, const hr_record *person, int64_t *id);

#endif
