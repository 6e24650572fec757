/* What the files of the vault give one another and nobody else. */
#ifndef HR_VAULT_PARTS_H
#define HR_VAULT_PARTS_H

#include "base/bytes.h"
#include "vault/vault.h"
#include <string.h>

/* ---- passphrases (passphrase.c) ---- */

/* NFC of `text`, and nothing else changed, in guarded memory for hr_secret_free. HR_INVALID, without a message, when it
 * is longer than HR_PASSPHRASE_MAX bytes or not UTF-8. HR_SYSTEM. */
enum { HR_PASSPHRASE_MAX = 1024 };
hr_status hr_nfc(hr_err *err, const char *text, char **out);
/* The NFC of a new passphrase that keeps all rules, for hr_secret_free; HR_INVALID says which rule it breaks. */
hr_status hr_passphrase_accept(hr_err *err, const char *text, char **nfc);

/* ---- the layout of a key slots file (docs/format.md gives it to the byte) ---- */

/* Made of bytes alone, so the structs are the format, and a file is read by looking at it through them once its size is
 * known to fit. */
enum {
    HR_SLOTS_VERSION = 2,
    HR_SLOTS_MAX = 64,
    HR_SEED_SIZE = 32,
    HR_SLOT_NAME_MAX = 64,
    HR_SLOT_HAS_CHART = 1, /* a flag */
    HR_RECOVERY_SECRET_SIZE = 20
};
/* Of Argon2id; on write more is not chosen, and on read a forged file cannot ask for more. */
enum { HR_OPS_MIN = 3, HR_OPS_MAX = 16, HR_MIB_MIN = 64, HR_MIB_MAX = 1024 };
static inline bool hr_kdf_valid(hr_kdf kdf) {
    return kdf.ops >= HR_OPS_MIN && kdf.ops <= HR_OPS_MAX && kdf.mib >= HR_MIB_MIN && kdf.mib <= HR_MIB_MAX;
}

typedef struct hr_slot_header {
    unsigned char magic[8], version[4], count[4], store_id[HR_STORE_ID_SIZE], generation[4];
} hr_slot_header;

typedef struct hr_key_slot {
    unsigned char role, flags, name_size, zero;
    unsigned char name[HR_SLOT_NAME_MAX];
    unsigned char ops[4], mib[4], salt[HR_SALT_SIZE], nonce[24];
    unsigned char box_public[32], sign_public[32];
    unsigned char wrapped_seed[HR_SEED_SIZE + 16]; /* bound to all before it */
    unsigned char sealed_chart[HR_KEY_SIZE + 48], sealed_facts[HR_KEY_SIZE + 48];
} hr_key_slot;

typedef struct hr_slot_trailer {
    unsigned char roles_mac[HR_HASH_SIZE]; /* not in version 1 */
    unsigned char mac[HR_HASH_SIZE], checksum[HR_HASH_SIZE];
} hr_slot_trailer;

/* The parts of a file whose size fits. */
static inline const hr_key_slot *hr_slot_at(const unsigned char *bytes, size_t number) {
    return (const hr_key_slot *)(const void *)(bytes + sizeof(hr_slot_header) + number * sizeof(hr_key_slot));
}
static inline size_t hr_slot_count(const unsigned char *bytes) {
    return hr_get32(((const hr_slot_header *)(const void *)bytes)->count);
}

static inline uint32_t hr_slot_generation(const unsigned char *bytes) {
    return hr_get32(((const hr_slot_header *)(const void *)bytes)->generation);
}
static inline hr_kdf hr_slot_kdf(const hr_key_slot *s) {
    return (hr_kdf){hr_get32(s->ops), hr_get32(s->mib)};
}
static inline bool hr_slot_named(const hr_key_slot *s, const char *name) {
    return strlen(name) == s->name_size && memcmp(name, s->name, s->name_size) == 0;
}

/* ---- from a secret to the store's keys (slot.c) ---- */

/* What lies between a secret that was typed and the store's keys. In guarded memory. */
typedef struct hr_chain {
    unsigned char typed[HR_RECOVERY_SECRET_SIZE];
    unsigned char wrapping[32];
    unsigned char seed[HR_SEED_SIZE];
    unsigned char box_secret[32], box_public[32];
    unsigned char sign_seed[32], sign_public[32], sign_secret[64];
} hr_chain;

/* Sets c->wrapping from an NFC passphrase, or from the recovery key's bits in c->typed. */
hr_status hr_slot_passphrase(hr_err *err, const char *nfc, const hr_key_slot *s, hr_chain *c);
void hr_slot_recovery(const unsigned char store_id[HR_STORE_ID_SIZE], const hr_key_slot *s, hr_chain *c);
/* With c->wrapping set: the seed, and the pairs made of it. False for another secret than the slot's. */
bool hr_slot_unwrap(const hr_key_slot *s, hr_chain *c);
/* Opens the store's keys that are sealed to the pair. */
bool hr_slot_unseal(const hr_key_slot *s, const hr_chain *c, hr_keys *keys);

/* With the slot described and c->wrapping set: wraps c->seed, which is drawn before unless `keep_seed`. */
void hr_slot_wrap(hr_key_slot *s, bool keep_seed, hr_chain *c);
/* Seals the store's keys to the slot's owner, as his role allows. */
void hr_slot_seal(hr_key_slot *s, const hr_keys *keys);

/* The MAC over the whole file, under F; and the one over who has which role, under C, which a statistician cannot make.
 */
void hr_slots_mac(const unsigned char *bytes, size_t size, const hr_keys *keys, unsigned char out[HR_HASH_SIZE]);
void hr_slots_roles_mac(const unsigned char *bytes, const hr_keys *keys, unsigned char out[HR_HASH_SIZE]);
/* Whether the file says what somebody with these keys wrote. */
bool hr_slots_genuine(const unsigned char *bytes, size_t size, const hr_keys *keys);

/* ---- what makes a file whole (keyslots.c) ---- */
bool hr_role_has_chart(hr_role role);
void hr_slots_checksum(const unsigned char *bytes, size_t size, unsigned char out[HR_HASH_SIZE]);
hr_status hr_slots_forged(hr_err *err); /* the message and HR_KEYSLOTS */
bool hr_slot_name_valid(const unsigned char *name, size_t size);
extern const char hr_slots_main[], hr_slots_copy[], hr_slots_fresh[], hr_slots_recovery[];
extern const unsigned char hr_slots_magic[8];

/* ---- the two files (slotfile.c) ---- */

/* In every version of the format a file is at most this long, begins with magic and version, and ends with a checksum.
 */
enum { HR_SLOTFILE_MAX = 1 << 16 };
typedef struct hr_slotfile {
    size_t size;
    unsigned char bytes[HR_SLOTFILE_MAX];
} hr_slotfile;

/* HR_NO_STORE when `path` is not there or not a folder. *out is for close(). */
hr_status hr_slotfile_folder(hr_err *err, const char *path, int *out);
bool hr_slotfile_exists(int folder, const char *name);
/* HR_NO_STORE when there is no such file; HR_KEYSLOTS when it cannot be a key slots file (too long, not a regular file,
 * not readable from the disk); HR_SYSTEM. */
hr_status hr_slotfile_read(hr_err *err, int folder, const char *name, hr_slotfile *out);
/* Makes or replaces the file: after HR_OK it is on disk and was read back; after anything else, and after a power cut
 * at any moment, the old file or the new one is there, and whole. */
hr_status hr_slotfile_write(hr_err *err, int folder, const char *name, const unsigned char *bytes, size_t size);
hr_status hr_slotfile_damaged(hr_err *err); /* the message and HR_KEYSLOTS */
/* Reads one of the files, and what hr_keyslots_check says of it (keyslots.c). */
hr_status hr_keyslots_load(hr_err *err, int folder, const char *name, hr_slotfile *file);
/* Finds the file that has the checksum, be it in force or about to be. */
bool hr_keyslots_find(int folder, const unsigned char sum[HR_HASH_SIZE], hr_slotfile *file);
/* The checksum of a whole file. */
static inline const unsigned char *hr_slotfile_sum(const hr_slotfile *file) {
    return file->bytes + file->size - HR_HASH_SIZE;
}
static inline bool hr_slotfile_is(const hr_slotfile *file, const unsigned char sum[HR_HASH_SIZE]) {
    return memcmp(hr_slotfile_sum(file), sum, HR_HASH_SIZE) == 0;
}

/* ---- what age and minisign files are made of ---- */

/* Reads only what standard base64, with or without padding, would write for the bytes; false also for more than `room`
 * of them (encodings.c). */
bool hr_base64_parse(const char *text, size_t length, bool padded, void *out, size_t room, size_t *size);
/* Bech32 (BIP 173) of bytes behind a prefix and "1", of any length (encodings.c). All letters are capitals when the
 * prefix has them, small ones else. `out` holds HR_BECH32_SIZE characters. */
#define HR_BECH32_SIZE(prefix_length, size) ((prefix_length) + 1 + ((size)*8 + 4) / 5 + 6 + 1)
void hr_bech32(const char *prefix, const unsigned char *bytes, size_t size, char *out);
/* False for anything but just `size` bytes behind this prefix. */
bool hr_bech32_parse(const char *text, const char *prefix, unsigned char *out, size_t size);
/* HKDF-SHA256 (RFC 5869), its first 32 bytes (age.c). No pointer is NULL. */
void hr_hkdf_sha256(const void *secret, size_t secret_size, const void *salt, size_t salt_size, const void *info,
                    size_t info_size, unsigned char out[32]);

#endif
