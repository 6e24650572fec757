/* Signatures as minisign makes them (https://jedisct1.github.io/minisign/), prehashed: Ed25519 over BLAKE2b-512 of the
 * file, with a trusted comment that is signed along. */
#ifndef HR_VAULT_MINISIGN_H
#define HR_VAULT_MINISIGN_H

#include "vault/vault.h"

typedef struct hr_minisign_key {
    unsigned char id[8], key[32]; /* the id is the first 8 bytes of BLAKE2b-256 of the Ed25519 public key */
} hr_minisign_key;
enum { HR_MINISIGN_KEY_SIZE = 57, HR_MINISIGN_COMMENT_SIZE = 1025, HR_MINISIGN_SIZE = 2048 }; /* texts, with NUL */
void hr_minisign_public(const unsigned char seed[32], hr_minisign_key *out);                  /* of an Ed25519 seed */
void hr_minisign_key_text(const hr_minisign_key *key,
                          char out[HR_MINISIGN_KEY_SIZE]);          /* "RW…", as minisign -P takes it */
bool hr_minisign_key_parse(const char *text, hr_minisign_key *out); /* that, or the text of a minisign.pub file */

/* BLAKE2b-512 of a file, piece by piece. Signing and checking leave it as it is. */
typedef struct hr_minisign_hash {
    _Alignas(64) unsigned char state[384];
} hr_minisign_hash;
void hr_minisign_begin(hr_minisign_hash *hash);
void hr_minisign_update(hr_minisign_hash *hash, const void *bytes, size_t size);

/* The hash itself. */
enum { HR_MINISIGN_DIGEST_SIZE = 64 };
void hr_minisign_digest(const hr_minisign_hash *hash, unsigned char out[HR_MINISIGN_DIGEST_SIZE]);

/* The text of a signature file over what was hashed. `comment`: one line of UTF-8 without control
 * characters but tabs, shorter than HR_MINISIGN_COMMENT_SIZE, else HR_INVALID. */
hr_status hr_minisign_sign(hr_err *err, const unsigned char seed[32], const hr_minisign_hash *hash, const char *comment,
                           char out[HR_MINISIGN_SIZE]);

/* The same of a file whose digest is known. */
hr_status hr_minisign_sign_digest(hr_err *err, const unsigned char seed[32],
                                  const unsigned char digest[HR_MINISIGN_DIGEST_SIZE], const char *comment,
                                  char out[HR_MINISIGN_SIZE]);

typedef struct hr_minisignature {
    unsigned char key_id[8], signature[64], global[64];
    bool prehashed;
    char comment[HR_MINISIGN_COMMENT_SIZE]; /* trusted once checked */
} hr_minisignature;
/* HR_INVALID: no signature file, to the byte: four lines, each ended by LF, and a comment that hr_minisign_sign would
 * take. */
hr_status hr_minisign_parse(hr_err *err, const char *text, size_t size, hr_minisignature *out);
/* Whether this key signed the file that was hashed, and the comment. An old signature, not prehashed, is not accepted.
 */
bool hr_minisign_check(const hr_minisign_key *key, const hr_minisign_hash *hash, const hr_minisignature *signature);
/* The same of a file whose digest is known. */
bool hr_minisign_check_digest(const hr_minisign_key *key, const unsigned char digest[HR_MINISIGN_DIGEST_SIZE],
                              const hr_minisignature *signature);

#endif
