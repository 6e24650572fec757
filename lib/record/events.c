/* Entries about the store itself. They fold into nothing. One about reading a file has the reader's resident as its
 * subject with a minus: so it is no part of the chain of entries that make his life, which would be the longer for
 * every look at it. */
#include "record/events.h"
#include "record/entry.h"

hr_status hr_event_put(hr_store *store, const hr_record *row) {
    char packed[HR_BODY_SIZE];
    hr_body body = {.bytes = packed, .size = hr_body_pack(NULL, row, packed)};
    hr_entry entry = {.kind = row->form->kind, .effective = store->today};
    if (row->form == &hr_form_read)
        entry.subject = -hr_record_number(row, EA_RESIDENT);
    hr_body_seal(&body);
    hr_status status = hr_log_append(store, &entry, &body);
    hr_wipe(packed, body.size); /* it may hold a secret field */
    return status;
}
