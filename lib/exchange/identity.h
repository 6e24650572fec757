/* A store's own keys, and the public file that others know it by. */
#ifndef HR_EXCHANGE_IDENTITY_H
#define HR_EXCHANGE_IDENTITY_H

#include "store/store.h"
#include "vault/age.h"
#include "vault/minisign.h"

/* In guarded memory, for hr_secret_free. */
typedef struct hr_identity {
    unsigned char age[32], sign[32]; /* an age identity, and the seed of an Ed25519 pair */
} hr_identity;

/* Within a transaction. The store's own keys, which are those of its newest entry about them; *out is NULL when none
 * were drawn yet. */
hr_status hr_identity_find(hr_store *store, hr_identity **out);
/* Within the open transaction, which writes: draws keys, in place of those there are. */
hr_status hr_identity_draw(hr_store *store);
/* The same as hr_identity_find, but they are drawn when there are none. */
hr_status hr_identity_need(hr_store *store, hr_identity **out);

/* What a public file says. */
typedef struct hr_party {
    bool bureau;
    char name[256];
    hr_area area;
    unsigned char store_id[HR_STORE_ID_SIZE], age[32];
    hr_minisign_key sign;
} hr_party;
/* Of this store with these keys. */
void hr_public_of(const hr_store *store, const hr_identity *identity, hr_party *out);
enum { HR_PUBLIC_FILE_SIZE = 1024 }; /* text, with NUL */
/* The text that is signed: all lines but the last. Returns its length. */
size_t hr_public_lines(const hr_party *public, char out[HR_PUBLIC_FILE_SIZE]);
void hr_public_write(const hr_party *public, const unsigned char sign[32], char out[HR_PUBLIC_FILE_SIZE]);
/* HR_INVALID: no public file, or altered since it was signed. Lines may end as Windows writes them. */
hr_status hr_public_read(hr_text *text, hr_err *err, const char *file, hr_party *out);
void hr_public_fingerprint(const hr_party *public, char out[HR_FINGERPRINT_SIZE]);
/* What of a public file is told to people and programs. */
void hr_public_tell(const hr_party *public, hr_public_info *out);

#endif
