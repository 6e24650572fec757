/* Other stores whose public keys an administrator has compared with their owner: the register "peer". */
#ifndef HR_EXCHANGE_PEERS_H
#define HR_EXCHANGE_PEERS_H

#include "exchange/identity.h"

/* Within a transaction with the chart. Peers are read from the log alone: their rows in facts.db could have been
 * rewritten by a statistician. HR_NOT_FOUND, without a message, when there is no such peer, or it was removed. */
hr_status hr_peer_find(hr_store *store, const unsigned char id[HR_STORE_ID_SIZE], hr_party *out);
/* The same by its minisign key's id. */
hr_status hr_peer_by_key(hr_store *store, const unsigned char key_id[8], hr_party *out);
/* Within the open transaction: as hr_peer_add. */
hr_status hr_peer_pin(hr_store *store, const hr_party *peer, const char *fingerprint, hr_change *change);
/* Reads the 32 digits that name a store. HR_INVALID. */
hr_status hr_peer_parse_id(hr_err *err, const char *text, unsigned char out[HR_STORE_ID_SIZE]);
/* Whether a bureau has the other in its area. */
bool hr_public_above(const hr_party *bureau, const hr_party *other);
hr_status hr_fail_no_peer(hr_store *store, const unsigned char id[HR_STORE_ID_SIZE]); /* HR_NOT_FOUND, with a message */

#endif
