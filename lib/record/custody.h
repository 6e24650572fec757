/* What is done with a resident's file on his request. It is *restricted*: nothing of it is shown, left out of the store
 * or changed, only counted; or *erased*: of every entry only what is counted is left, and nothing by which he is found.
 * Both are entries of his own, and mean him with everybody who was unified with him.
 *
 * Erasing keeps the one mechanism there is, that everything counted is folded from entries. What is left of an entry
 * folds as all of it did, at whatever moment: so figures of any day, as known at any moment, stay what they are. A
 * figure depends on the fields marked so (hr_field.counts) and on the day of an entry of care, and on nothing else. An
 * ID number says a birth date and a sex, and whether it is the number in a disability certificate; so a number that
 * says the same of nobody stands in for it.
 *
 * The log's chain covers the entry that erased him, and that covers what is left of the others by a digest. */
#ifndef HR_RECORD_CUSTODY_H
#define HR_RECORD_CUSTODY_H

#include "record/life.h"

typedef enum hr_custody { HR_CUSTODY_NONE, HR_CUSTODY_RESTRICTED, HR_CUSTODY_ERASED } hr_custody;

/* Of one who is nobody else (hr_life_root). */
hr_status hr_custody_of(hr_store *store, int64_t root, hr_custody *out);
/* HR_DENIED when his file is restricted, HR_NOT_FOUND when it was erased. */
hr_status hr_custody_need(hr_store *store, int64_t root);
hr_status hr_custody_fail_erased(hr_store *store, int64_t root);

/* Within the open transaction. Restricts or releases, as the form of `row` says. */
hr_status hr_custody_put(hr_store *store, int64_t root, const hr_record *row);
/* Within the open transaction: `root` is restricted by an entry that is in the log already. */
hr_status hr_custody_keep(hr_store *store, int64_t root, int64_t entry);
/* Within the open transaction: erases him whose whole life this is. */
hr_status hr_custody_erase(hr_store *store, const hr_life *life);
/* Whether a figure may depend on a field. */
bool hr_custody_counts(const hr_form *form, int field);
/* The day of his newest entry of care that stands; 0: there is none. */
hr_date hr_custody_newest_care(const hr_life *life);

/* For verification: whether an entry that is reduced is one of somebody erased before he was; and whether each row of
 * chart.custody, and each erasure, is as the log says. */
hr_status hr_custody_covers(hr_store *store, const hr_entry *entry, bool *out);
hr_status hr_custody_check(hr_store *store, hr_finding_fn found, void *context);

#endif
