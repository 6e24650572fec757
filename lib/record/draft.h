/* What registering a resident writes and the store has no say in: the entry's body, salted and hashed, and what he is
 * found by. A roster's reader works it out ahead, in its own thread. */
#ifndef HR_RECORD_DRAFT_H
#define HR_RECORD_DRAFT_H

#include "record/form.h"
#include "record/search.h"
#include "store/store.h"

enum { HR_DRAFT_BODY = 600, HR_DRAFT_GRAMS = 32 };

typedef struct hr_draft {
    bool ready; /* false: too long for this, or not a valid resident; it is worked out when it is put */
    hr_body body;
    char bytes[HR_DRAFT_BODY];
    size_t count;
    uint64_t grams[HR_DRAFT_GRAMS];
    int64_t person; /* hr_person_print */
} hr_draft;

/* Completes a resident's row (hr_resident_complete) and makes the draft of registering it, with a random salt.
 * HR_SYSTEM only. */
hr_status hr_draft_make(hr_text *text, hr_err *err, hr_record *row, const unsigned char salt[HR_SALT_SIZE],
                        hr_draft *out);

#endif
