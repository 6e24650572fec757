/* What an entry's body says of other entries and of residents by their numbers, which are each log's own. */
#ifndef HR_RECORD_REFER_H
#define HR_RECORD_REFER_H

#include "record/entry.h"

/* Sets *number, an entry's seq or a resident's number in one log, to what it is in another. 0: that one has none. */
typedef hr_status (*hr_refer_fn)(void *context, bool resident, int64_t *number);
/* Translates all of them. *whole is false when one is 0 afterwards. */
hr_status hr_refer(hr_remark *remark, hr_record *row, hr_refer_fn each, void *context, bool *whole);
/* The field of a form that refers to something, -1: none; and whether that is a resident. */
int hr_refer_field(const hr_form *form, bool *resident);

#endif
