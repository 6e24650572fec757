/* Signing: an operator's Ed25519 key over what he answers for. Each kind of statement has a purpose of its own before
 * its bytes, so that no signature can be taken for one of another kind. */
#include "vault/vault.h"
#include <sodium.h>
#include <string.h>

_Static_assert(HR_SIGNATURE_SIZE == crypto_sign_BYTES, "Ed25519");

typedef struct pair {
    unsigned char public[crypto_sign_PUBLICKEYBYTES], secret[crypto_sign_SECRETKEYBYTES];
} pair;

static void begin(crypto_sign_state *state, const char *purpose, const void *bytes, size_t size) {
    crypto_sign_init(state);
    crypto_sign_update(state, (const unsigned char *)purpose, strlen(purpose) + 1);
    crypto_sign_update(state, bytes, size);
}

void hr_sign_public(const hr_keys *keys, unsigned char out[32]) {
    pair p;
    crypto_sign_seed_keypair(p.public, p.secret, keys->sign_seed);
    memcpy(out, p.public, sizeof p.public);
    hr_wipe(&p, sizeof p);
}

void hr_sign_with(const unsigned char seed[32], const char *purpose, const void *bytes, size_t size,
                  unsigned char out[HR_SIGNATURE_SIZE]) {
    crypto_sign_state state;
    pair p;
    crypto_sign_seed_keypair(p.public, p.secret, seed);
    begin(&state, purpose, bytes, size);
    crypto_sign_final_create(&state, out, NULL, p.secret);
    hr_wipe(&p, sizeof p);
}

void hr_sign(const hr_keys *keys, const char *purpose, const void *bytes, size_t size,
             unsigned char out[HR_SIGNATURE_SIZE]) {
    hr_sign_with(keys->sign_seed, purpose, bytes, size, out);
}

bool hr_sign_check(const unsigned char key[32], const char *purpose, const void *bytes, size_t size,
                   const unsigned char signature[HR_SIGNATURE_SIZE]) {
    crypto_sign_state state;
    begin(&state, purpose, bytes, size);
    return crypto_sign_final_verify(&state, signature, key) == 0;
}

_Static_assert(HR_SIGNATURE_TEXT_SIZE == sodium_base64_ENCODED_LEN(HR_SIGNATURE_SIZE, sodium_base64_VARIANT_ORIGINAL),
               "a signature as text");

void hr_signature_text(const unsigned char signature[HR_SIGNATURE_SIZE], char out[HR_SIGNATURE_TEXT_SIZE]) {
    sodium_bin2base64(out, HR_SIGNATURE_TEXT_SIZE, signature, HR_SIGNATURE_SIZE, sodium_base64_VARIANT_ORIGINAL);
}

bool hr_signature_parse(const char *text, unsigned char out[HR_SIGNATURE_SIZE]) {
    size_t got = 0;
    return strlen(text) == HR_SIGNATURE_TEXT_SIZE - 1 &&
           sodium_base642bin(out, HR_SIGNATURE_SIZE, text, HR_SIGNATURE_TEXT_SIZE - 1, NULL, &got, NULL,
                             sodium_base64_VARIANT_ORIGINAL) == 0 &&
           got == HR_SIGNATURE_SIZE;
}
