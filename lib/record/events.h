/* What happens to the store itself is said in its log, too: an entry of one of the forms about the store. */
#ifndef HR_RECORD_EVENTS_H
#define HR_RECORD_EVENTS_H

#include "record/form.h"
#include "store/store.h"

/* Appends the entry within the open transaction. One about reading somebody's file (hr_form_read) is found by him, but
 * is no part of his file. */
hr_status hr_event_put(hr_store *store, const hr_record *row);

#endif
