/* One slot: from the secret that is typed to the store's keys, and back.
 *
 * The secret, a passphrase through Argon2id or the recovery key through a hash, unwraps the seed of the slot's owner;
 * the seed gives two key pairs; sealed to the first of them lie the store's keys. So the store's keys can change
 * without anybody's secret, and a secret without the store's keys. Relies on libsodium alone. */
#include "vault/parts.h"
#include <sodium.h>
#include <stddef.h>
#include <string.h>

_Static_assert(sizeof(hr_slot_header) == 36 && sizeof(hr_key_slot) == 388 && sizeof(hr_slot_trailer) == 96,
               "as docs/format.md has it");
_Static_assert(offsetof(hr_key_slot, wrapped_seed) == 180, "as docs/format.md has it");
_Static_assert(HR_SEED_SIZE == crypto_kdf_KEYBYTES && HR_KEY_SIZE == crypto_kdf_KEYBYTES, "keys of crypto_kdf");
_Static_assert(HR_SALT_SIZE == crypto_pwhash_SALTBYTES, "salt of Argon2id");
_Static_assert(sizeof((hr_key_slot *)0)->nonce == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, "XChaCha20");
_Static_assert(sizeof((hr_key_slot *)0)->wrapped_seed == HR_SEED_SIZE + crypto_aead_xchacha20poly1305_ietf_ABYTES,
               "XChaCha20");
_Static_assert(sizeof((hr_key_slot *)0)->sealed_facts == HR_KEY_SIZE + crypto_box_SEALBYTES, "crypto_box_seal");
_Static_assert(sizeof((hr_chain *)0)->sign_secret == crypto_sign_SECRETKEYBYTES, "Ed25519");

hr_status hr_slot_passphrase(hr_err *err, const char *nfc, const hr_key_slot *s, hr_chain *c) {
    uint32_t mib = hr_get32(s->mib);
    if (crypto_pwhash(c->wrapping, sizeof c->wrapping, nfc, strlen(nfc), s->salt, hr_get32(s->ops), (size_t)mib << 20,
                      crypto_pwhash_ALG_ARGON2ID13) == 0)
        return HR_OK;
    return hr_fail(err, HR_SYSTEM,
                   HR_TR(err, "checking the passphrase needs %u MiB of memory; close other programs and try again",
                         "验证口令需要 %u MiB 内存，目前不够；请关闭其他程序后重试"),
                   (unsigned)mib);
}

/* The 160 bits of a recovery key are beyond guessing, so no slow function stands here. */
void hr_slot_recovery(const unsigned char store_id[HR_STORE_ID_SIZE], const hr_key_slot *s, hr_chain *c) {
    static const char purpose[] = "healthrec recovery slot";
    hr_hash hash;
    hr_hash_init(&hash, c->typed, sizeof c->typed);
    hr_hash_update(&hash, purpose, sizeof purpose);
    hr_hash_update(&hash, store_id, HR_STORE_ID_SIZE);
    hr_hash_update(&hash, s->salt, sizeof s->salt);
    hr_hash_final(&hash, c->wrapping);
}

static void derive_pairs(hr_chain *c) {
    crypto_kdf_derive_from_key(c->box_secret, sizeof c->box_secret, 1, "hrSealer", c->seed);
    crypto_scalarmult_base(c->box_public, c->box_secret);
    crypto_kdf_derive_from_key(c->sign_seed, sizeof c->sign_seed, 1, "hrSigner", c->seed);
    crypto_sign_seed_keypair(c->sign_public, c->sign_secret, c->sign_seed);
}

bool hr_slot_unwrap(const hr_key_slot *s, hr_chain *c) {
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(c->seed, NULL, NULL, s->wrapped_seed, sizeof s->wrapped_seed,
                                                   (const unsigned char *)s, offsetof(hr_key_slot, wrapped_seed),
                                                   s->nonce, c->wrapping) != 0)
        return false;
    derive_pairs(c);
    return true;
}

bool hr_slot_unseal(const hr_key_slot *s, const hr_chain *c, hr_keys *keys) {
    memcpy(keys->seed, c->seed, sizeof keys->seed);
    memcpy(keys->sign_seed, c->sign_seed, sizeof keys->sign_seed);
    keys->role = (hr_role)s->role;
    keys->has_chart = s->flags & HR_SLOT_HAS_CHART;
    memset(keys->operator_name, 0, sizeof keys->operator_name);
    memcpy(keys->operator_name, s->name, s->name_size);
    if (crypto_box_seal_open(keys->facts, s->sealed_facts, sizeof s->sealed_facts, c->box_public, c->box_secret) != 0)
        return false;
    return !keys->has_chart || crypto_box_seal_open(keys->chart, s->sealed_chart, sizeof s->sealed_chart, c->box_public,
                                                    c->box_secret) == 0;
}

void hr_slot_wrap(hr_key_slot *s, bool keep_seed, hr_chain *c) {
    if (!keep_seed)
        hr_random(c->seed, sizeof c->seed);
    derive_pairs(c);
    memcpy(s->box_public, c->box_public, sizeof s->box_public);
    memcpy(s->sign_public, c->sign_public, sizeof s->sign_public);
    crypto_aead_xchacha20poly1305_ietf_encrypt(s->wrapped_seed, NULL, c->seed, sizeof c->seed, (const unsigned char *)s,
                                               offsetof(hr_key_slot, wrapped_seed), NULL, s->nonce, c->wrapping);
}

void hr_slot_seal(hr_key_slot *s, const hr_keys *keys) {
    if (s->flags & HR_SLOT_HAS_CHART)
        crypto_box_seal(s->sealed_chart, keys->chart, HR_KEY_SIZE, s->box_public);
    crypto_box_seal(s->sealed_facts, keys->facts, HR_KEY_SIZE, s->box_public);
}

/* ---- MACs ---- */

static void begin_mac(hr_hash *hash, const char context[8], const unsigned char key[HR_KEY_SIZE]) {
    unsigned char subkey[HR_KEY_SIZE];
    crypto_kdf_derive_from_key(subkey, sizeof subkey, 1, context, key);
    hr_hash_init(hash, subkey, sizeof subkey);
    hr_wipe(subkey, sizeof subkey);
}

void hr_slots_mac(const unsigned char *bytes, size_t size, const hr_keys *keys, unsigned char out[HR_HASH_SIZE]) {
    hr_hash hash;
    begin_mac(&hash, "hrKeyMAC", keys->facts);
    hr_hash_update(&hash, bytes, size - 2 * HR_HASH_SIZE);
    hr_hash_final(&hash, out);
}

/* Not over what a passphrase protects: a statistician changes his own without C. */
void hr_slots_roles_mac(const unsigned char *bytes, const hr_keys *keys, unsigned char out[HR_HASH_SIZE]) {
    hr_hash hash;
    begin_mac(&hash, "hrRolMAC", keys->chart);
    hr_hash_update(&hash, bytes, sizeof(hr_slot_header));
    for (size_t i = 0; i < hr_slot_count(bytes); i++) {
        const hr_key_slot *s = hr_slot_at(bytes, i);
        hr_hash_update(&hash, s, offsetof(hr_key_slot, ops));
        hr_hash_update(&hash, s->box_public, sizeof s->box_public);
        hr_hash_update(&hash, s->sign_public, sizeof s->sign_public);
    }
    hr_hash_final(&hash, out);
}

bool hr_slots_genuine(const unsigned char *bytes, size_t size, const hr_keys *keys) {
    const hr_slot_header *h = (const hr_slot_header *)(const void *)bytes;
    unsigned char mac[HR_HASH_SIZE];
    hr_slots_mac(bytes, size, keys, mac);
    if (!hr_secret_equal(mac, bytes + size - 2 * HR_HASH_SIZE, sizeof mac))
        return false;
    if (!keys->has_chart || hr_get32(h->version) < HR_SLOTS_VERSION) /* the store says whether that may be */
        return true;
    hr_slots_roles_mac(bytes, keys, mac);
    return hr_secret_equal(mac, bytes + size - 3 * HR_HASH_SIZE, sizeof mac);
}
