/* Entries of health files: one more is said about a resident, or one takes the place of another. */
#ifndef HR_RECORD_ENTRIES_H
#define HR_RECORD_ENTRIES_H

#include "record/chart.h"
#include "record/life.h"

/* What a put did to the chart; the caller counts the difference. */
typedef struct hr_resident_change {
    int64_t id;
    hr_change change;
    bool came, went; /* he is counted by himself from now on, or no longer: before, or after, is empty */
    hr_resident before, after;
} hr_resident_change;
typedef struct hr_changes {
    size_t count;
    hr_resident_change at[2]; /* the first is the one that was meant */
    int64_t seq;              /* of the entry that says the same, or is new */
} hr_changes;
/* One change, of nothing yet. Field by field: there is room in it for thousands of bytes that a roster never needs. */
void hr_changes_begin(hr_changes *changes);
void hr_changes_release(hr_changes *changes);

/* Puts an entry about `subject` within the open transaction: of care, a call, a unification, or of his own fields; with
 * `remark` (may be NULL) one that takes the place of another. HR_INVALID when it is not complete, or contradicts what
 * is known and is not forced; as hr_custody_need, unless it is of a call. Saying once more what was said already
 * changes nothing. */
hr_status hr_entry_put(hr_store *store, int64_t subject, hr_record *row, const hr_remark *remark, hr_date today,
                       hr_changes *out);

/* The form and subject (0: none) of an entry. HR_NOT_FOUND. */
hr_status hr_entry_locate(hr_store *store, int64_t seq, const hr_form **form, int64_t *subject);

#endif
