/* The card of an emergency call: one screen of what whoever answers it needs. Which field of which form is on it, and
 * in what order, is the table in card.c. */
#ifndef HR_RECORD_CARD_H
#define HR_RECORD_CARD_H

#include "record/calls.h"

/* A JSON object as hr_call_raise describes it, for free(). `raise` is what the call's first entry says, `residents`
 * whose it may be; `problem` ("": none) why they could not be looked up. */
hr_status hr_card_make(hr_store *store, const hr_call *call, const hr_record *raise, const int64_t *residents,
                       size_t count, const char *problem, char **out);

#endif
