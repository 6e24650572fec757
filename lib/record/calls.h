/* Emergency calls: raised, answered, closed; each an entry. A call of nobody known is kept all the same. What figures
 * need of a call is a row of main.call, without a name; who called, by what, and what was said stands in the entries
 * alone. */
#ifndef HR_RECORD_CALLS_H
#define HR_RECORD_CALLS_H

#include "record/entries.h"

typedef struct hr_call {
    int64_t id; /* seq of the entry that raised it; 0: none */
    hr_area area;
    int64_t signal;
    hr_moment raised, answered, closed; /* 0: not yet */
    int64_t outcome;
    int64_t answer_entry, close_entry;
} hr_call;

/* HR_NOT_FOUND when there is no such call. */
hr_status hr_call_load(hr_store *store, int64_t id, hr_call *out);
/* As hr_call_load from a row whose first columns are HR_CALL_COLUMNS. */
#define HR_CALL_COLUMNS "id, area, signal, raised, answered, closed, outcome, answer_entry, close_entry"
void hr_call_from_row(sqlite3_stmt *row, hr_call *out);
/* What one of a call's entries says. HR_DAMAGED when it is not there, or makes no sense. */
hr_status hr_call_said(hr_store *store, int64_t seq, const hr_form *form, hr_record *out);
/* The call that an earlier row said in the same words; 0: none. */
hr_status hr_call_repeated(hr_store *store, const hr_record *raise, int64_t *call);

/* Who has the device, or, when nobody has, the phone: residents, for free(); those who are alive and live here come
 * first. Whoever was unified is the one he was unified with. */
hr_status hr_call_residents(hr_store *store, const hr_record *raise, int64_t **out, size_t *count);

/* Puts a row of one of the forms of calls within the open transaction. `resident` (0: not known) is of call_raise.
 * HR_INVALID when it is not complete, or the call is not there to be answered or closed. `before` and `after` are what
 * the call was and is. */
hr_status hr_call_put(hr_store *store, hr_record *row, int64_t resident, hr_date today, hr_call *before,
                      hr_call *after);
/* The same for an entry that is in the log already. */
hr_status hr_call_adopt(hr_store *store, const hr_record *row, int64_t seq, hr_call *before, hr_call *after);
/* Folds an entry into a call. */
void hr_call_fold(hr_call *call, const hr_record *row, int64_t seq);
bool hr_call_same(const hr_call *a, const hr_call *b);
/* Who raised it, 0: not known; whoever he was unified with. */
hr_status hr_call_resident(hr_store *store, int64_t id, int64_t *resident);

#endif
