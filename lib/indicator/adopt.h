/* Adopting entries that were first said elsewhere: in another copy of this store, or in another store. They are
 * appended to the log; then whatever they are about is folded and counted anew, once. */
#ifndef HR_INDICATOR_ADOPT_H
#define HR_INDICATOR_ADOPT_H

#include "record/entry.h"
#include "store/store.h"

typedef struct hr_adoption hr_adoption;
typedef struct hr_adopted {
    uint64_t entries;
    uint64_t added, changed; /* residents */
} hr_adopted;

/* An entry as it is said here: numbers of residents and entries in it are this store's. */
typedef struct hr_foreign {
    hr_origin origin; /* with an author */
    const hr_form *form;
    int64_t subject; /* whose number it is; 0: nobody's, or it registers somebody new */
    hr_date effective;
    hr_remark remark;
    hr_record row;
} hr_foreign;

/* Within the open transaction. */
hr_status hr_adoption_new(hr_store *store, hr_adoption **out);
void hr_adoption_free(hr_adoption *adoption);
/* Appends one, unless it cannot be: *seq is then 0. That is so of a release from restriction and of an erasure, which
 * people decide here; of a unification of two who are one already, or else one of whom is somebody else; of a second
 * answer to a call; and of what is about somebody whose file was erased. */
hr_status hr_adopt(hr_adoption *adoption, const hr_foreign *entry, int64_t *seq);
/* Folds and counts anew; to be followed by an entry of the store's own that says what was done. */
hr_status hr_adoption_end(hr_adoption *adoption, hr_progress progress, void *context, hr_adopted *out);
/* The residents whom the entries adopted so far are about, and whether each is new. */
size_t hr_adoption_count(const hr_adoption *adoption);
int64_t hr_adoption_at(const hr_adoption *adoption, size_t number, bool *fresh);

#endif
