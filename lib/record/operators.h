/* The operators as entries of the log. */
#ifndef HR_RECORD_OPERATORS_H
#define HR_RECORD_OPERATORS_H

#include "store/store.h"

/* Tells the log of everybody who has a slot, within the open transaction: of a new store, or one from before the log
 * told of operators. A hr_say_fn; `slots` is hr_slots. */
hr_status hr_operators_introduce(hr_store *store, void *slots);
/* HR_DENIED for who is neither an administrator nor has the recovery key. */
hr_status hr_need_admin(hr_store *store);

#endif
