/* Who has signed the log: the operators as its own entries tell of them, followed from the first entry to the last. */
#ifndef HR_RECORD_SIGNERS_H
#define HR_RECORD_SIGNERS_H

#include "store/store.h"

typedef struct hr_signers hr_signers;
hr_status hr_signers_new(hr_err *err, hr_signers **out);
void hr_signers_free(hr_signers *signers);

/* Sees the next entry of the log. Reports one whose author was no operator or may not write it, who changes operators
 * without being allowed to, and whatever is not signed by its author. Entries from before the log told of operators are
 * taken as they are. */
void hr_signers_see(hr_store *store, hr_signers *signers, const hr_entry *entry, hr_finding_fn found, void *context);
/* After the last entry: whether all is signed, and the key slots hold whom the log tells of. */
hr_status hr_signers_end(hr_store *store, hr_signers *signers, hr_finding_fn found, void *context);
/* The operators of whom the log tells now, without looking at signatures. */
hr_status hr_signers_load(hr_store *store, hr_signers **out);
/* Whether one has this name; and whether he is the one who has the slot. */
bool hr_signers_has(hr_signers *signers, const char *name);
bool hr_signers_match(hr_signers *signers, const hr_slot_info *slot);
/* The name of whoever has this signing key now; NULL: nobody. */
const char *hr_signers_owner(const hr_signers *signers, const unsigned char key[32]);

#endif
