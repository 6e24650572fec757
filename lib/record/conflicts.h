/* Conflicts: what merging two copies of a store, or two stations' reports, could not settle, each an entry about the
 * resident. Which of two values holds is settled at once, by when they were said; whether that is right, by a person.
 * Listed with them, but settled already, are corrections: what a station reports otherwise than it had reported it. Of
 * residents they are such entries, too; of figures the rows of the register "correction" (indicator/figures.h). */
#ifndef HR_RECORD_CONFLICTS_H
#define HR_RECORD_CONFLICTS_H

#include "record/life.h"

/* Whether the side that the newly adopted entries are from did not know this one when it said them. */
typedef hr_status (*hr_unknown_fn)(void *context, const hr_life_entry *entry, bool *out);

/* Within the open transaction, once a resident's newly adopted entries, those after `known`, are folded: says of each
 * of his own fields that both sides gave other values, and of each of his numbers that another resident has. */
hr_status hr_conflicts_note(hr_store *store, int64_t resident, int64_t known, hr_unknown_fn unknown, void *context);
/* The same for a report: says of what was reported before of him, by the same side, that it is corrected now. Another
 * value is a correction unless it is of another move, home bed or outcome; and so is an entry that is amended or
 * withdrawn. */
hr_status hr_conflicts_note_corrected(hr_store *store, int64_t resident, int64_t known, hr_unknown_fn unknown,
                                      void *context);
/* Says that the other side erased a resident's file, unless it was erased here, too. */
hr_status hr_conflicts_note_erased(hr_store *store, int64_t resident);
/* Which of the fields that a row about him gives, a bit each, have an open conflict: saying one settles it. */
hr_status hr_conflicts_settled(hr_store *store, int64_t resident, const hr_record *row, uint64_t *fields);
/* Of two who came to have one number, who is found by it: the one who was registered first, in whichever copy. */
hr_status hr_conflicts_holder(hr_store *store, int64_t one, int64_t other, int64_t *out);
/* Who else has this number, which `resident` has no more; 0: nobody. */
hr_status hr_conflicts_heir(hr_store *store, int64_t resident, int field, int64_t number, int64_t *out);
/* How many are open of those that were noted, here or elsewhere, in entries after `known`; corrections are not. */
hr_status hr_conflicts_count(hr_store *store, int64_t known, uint64_t *out);

#endif
