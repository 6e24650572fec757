/* Hashing: BLAKE2b-256 piece by piece, the SipHash fingerprint, and the databases' keys, which are hashes too.
 *
 * Wrong sizes here are errors of the program, never of its input, and would weaken what is built upon them without a
 * sign; they end the process (sodium_misuse). Relies on libsodium. */
#include "vault/parts.h"
#include <sodium.h>
#include <string.h>

_Static_assert(sizeof(hr_hash) >= sizeof(crypto_generichash_state), "hr_hash holds libsodium's state");
_Static_assert(_Alignof(hr_hash) >= _Alignof(crypto_generichash_state), "and is aligned for it");
_Static_assert(HR_HASH_SIZE == crypto_generichash_BYTES, "BLAKE2b-256");
_Static_assert(sizeof(uint64_t) == crypto_shorthash_BYTES && crypto_shorthash_KEYBYTES == 16, "SipHash-2-4");

static crypto_generichash_state *state_of(hr_hash *hash) {
    return (crypto_generichash_state *)(void *)hash->state;
}

void hr_hash_init(hr_hash *hash, const void *key, size_t key_size) {
    if ((key == NULL) != (key_size == 0) || crypto_generichash_init(state_of(hash), key, key_size, HR_HASH_SIZE) != 0)
        sodium_misuse();
}

void hr_hash_update(hr_hash *hash, const void *bytes, size_t size) {
    if (size)
        crypto_generichash_update(state_of(hash), bytes, size);
}

void hr_hash_final(hr_hash *hash, unsigned char out[HR_HASH_SIZE]) {
    crypto_generichash_final(state_of(hash), out, HR_HASH_SIZE);
    sodium_memzero(hash, sizeof *hash); /* of a keyed hash, the state would do in place of the key */
}

uint64_t hr_fingerprint(const unsigned char key[16], const void *bytes, size_t size) {
    unsigned char out[crypto_shorthash_BYTES];
    uint64_t value = 0;
    crypto_shorthash(out, size ? bytes : out, size, key);
    for (size_t i = sizeof out; i-- > 0;)
        value = value << 8 | out[i];
    return value;
}

/* BLAKE2b-384 keyed with C or F over: "healthrec database ", label, NUL, generation, store id. The key's 32 bytes and
 * the salt's 16 are one output: nothing of either can be told from the other. */
void hr_database_key(const hr_keys *keys, const char *label, char hex[97]) {
    static const char PURPOSE[] = "healthrec database ";
    const unsigned char *key = strcmp(label, "facts") == 0                      ? keys->facts
                               : strcmp(label, "chart") == 0 && keys->has_chart ? keys->chart
                                                                                : NULL;
    unsigned char raw[48], generation[4];
    crypto_generichash_state state;
    if (!key)
        sodium_misuse();
    hr_put32(generation, keys->generation);
    crypto_generichash_init(&state, key, HR_KEY_SIZE, sizeof raw);
    crypto_generichash_update(&state, (const unsigned char *)PURPOSE, sizeof PURPOSE - 1);
    crypto_generichash_update(&state, (const unsigned char *)label, strlen(label) + 1);
    crypto_generichash_update(&state, generation, sizeof generation);
    crypto_generichash_update(&state, keys->store_id, sizeof keys->store_id);
    crypto_generichash_final(&state, raw, sizeof raw);
    sodium_bin2hex(hex, 97, raw, sizeof raw);
    sodium_memzero(raw, sizeof raw);
    sodium_memzero(&state, sizeof state);
}
