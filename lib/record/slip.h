/* The head of the log as text for a paper slip: which store, how many entries, their hash, when, by whom, signed.
 *
 *     HRHEAD1.<store id>.<seq>.<hash>.<time>.<signing key>.<signature>
 *
 * Everything is digits, A to F and the few other characters that a QR code holds most densely. */
#ifndef HR_RECORD_SLIP_H
#define HR_RECORD_SLIP_H

#include "store/store.h"

typedef struct hr_slip {
    int64_t seq;
    unsigned char hash[HR_HASH_SIZE];
    bool whole; /* has the rest, too, and the signature is right; else seq and hash alone were given */
    unsigned char store_id[HR_STORE_ID_SIZE], key[32];
} hr_slip;

/* Reads a slip as printed, scanned or typed: case and white space do not matter; or only "<seq>.<hash>". HR_INVALID
 * when it is neither, or its signature does not fit it. */
hr_status hr_slip_parse(hr_err *err, const char *text, hr_slip *out);

#endif
