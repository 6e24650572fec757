/* The vault: everything that touches libsodium. Key slots, keys, hashing, randomness, guarded memory. No SQL, and no
 * file but the key slots.
 *
 * A passphrase (NFC) goes through Argon2id to a key that unwraps the operator's seed; the seed gives an X25519 and
 * an Ed25519 pair; the store's keys C (chart) and F (facts) are sealed to each operator's X25519 key as the role
 * allows. So the store's keys can be changed without anybody's passphrase, and a role is what one can decrypt. The
 * recovery key is 160 random bits and unlocks a slot of its own in the same way. docs/format.md gives the file to the
 * byte. */
#ifndef HR_VAULT_H
#define HR_VAULT_H

#include "base/err.h"
#include <stdbool.h>

enum { HR_KEY_SIZE = 32, HR_HASH_SIZE = 32, HR_SALT_SIZE = 16, HR_STORE_ID_SIZE = 16 };

/* Starts libsodium, forbids core dumps of this process. HR_SYSTEM if there is no randomness. Safe to call again.
 * This is felt by the program that links the library: the soft RLIMIT_CORE becomes 0, which child processes inherit,
 * and the process is no longer dumpable (prctl), so a debugger or /proc/<pid>/mem is open to root only, and its files
 * in /proc/self belong to root. A host that needs otherwise can set both back afterwards, and answers for it. */
hr_status hr_vault_start(hr_err *err);

/* Guarded memory: zeroed, locked as far as the system's limit allows, surrounded by guard pages, wiped when freed,
 * aligned for any type whose alignment is at most 16. NULL when there is none. hr_secret_free takes NULL. */
void *hr_secret_new(size_t size);
void hr_secret_free(void *secret);
void hr_wipe(void *memory, size_t size);
bool hr_secret_equal(const void *a, const void *b, size_t size); /* constant time */
void hr_random(void *out, size_t size);

/* BLAKE2b-256, optionally keyed (key NULL and size 0: none; else 1 to 64 bytes), of any number of updates.
 * hr_hash_final wipes the state. A wrong key size is an error of the program and ends the process. */
typedef struct hr_hash {
    _Alignas(64) unsigned char state[384];
} hr_hash;
void hr_hash_init(hr_hash *hash, const void *key, size_t key_size);
void hr_hash_update(hr_hash *hash, const void *bytes, size_t size);
void hr_hash_final(hr_hash *hash, unsigned char out[HR_HASH_SIZE]);
/* SipHash-2-4 of `bytes` under a 16-byte key: a fast keyed fingerprint, not a signature. */
uint64_t hr_fingerprint(const unsigned char key[16], const void *bytes, size_t size);

typedef enum hr_role {
    HR_ROLE_ADMIN = 1,
    HR_ROLE_CLINICIAN = 2,
    HR_ROLE_STATISTICIAN = 3,
    HR_ROLE_AUDITOR = 4,
    HR_ROLE_RECOVERY = 5
} hr_role;
const char *hr_role_name(hr_role role); /* "admin", "clinician", "statistician", "auditor", "recovery" */
bool hr_role_writes(hr_role role);      /* whether he may change what the store holds */
bool hr_role_administers(hr_role role); /* and operators, keys, and what is erased */
/* What an unlocked operator holds; in guarded memory. chart is all zero and has_chart false when the role has only F.
 */
typedef struct hr_keys {
    unsigned char chart[HR_KEY_SIZE], facts[HR_KEY_SIZE];
    unsigned char seed[32], sign_seed[32]; /* of this operator; the second makes his Ed25519 pair */
    unsigned char store_id[HR_STORE_ID_SIZE];
    uint32_t generation;
    uint32_t slots_version; /* of the key slots file that was unlocked, and its checksum */
    unsigned char slots_sum[HR_HASH_SIZE];
    bool has_chart;
    hr_role role;
    char operator_name[65];
} hr_keys;

/* Ed25519 (RFC 8032) with the operator's key, over a purpose and bytes. */
enum { HR_SIGNATURE_SIZE = 64 };
void hr_sign_public(const hr_keys *keys, unsigned char out[32]);
void hr_sign(const hr_keys *keys, const char *purpose, const void *bytes, size_t size,
             unsigned char out[HR_SIGNATURE_SIZE]);
/* The same with the pair of any seed. */
void hr_sign_with(const unsigned char seed[32], const char *purpose, const void *bytes, size_t size,
                  unsigned char out[HR_SIGNATURE_SIZE]);
bool hr_sign_check(const unsigned char key[32], const char *purpose, const void *bytes, size_t size,
                   const unsigned char signature[HR_SIGNATURE_SIZE]);
/* A signature as base64; reading takes it as it is written alone. */
enum { HR_SIGNATURE_TEXT_SIZE = 89 };
void hr_signature_text(const unsigned char signature[HR_SIGNATURE_SIZE], char out[HR_SIGNATURE_TEXT_SIZE]);
bool hr_signature_parse(const char *text, unsigned char out[HR_SIGNATURE_SIZE]);

/* The raw SQLCipher key of a database file: 32 bytes of key and 16 of salt, derived from C or F, the file's label
 * ("chart", "facts"), the generation and the store id. Written as the 96 hex digits that SQLCipher's x'…' form takes.
 * Another label, or "chart" without has_chart, is an error of the program and ends the process rather than give a key
 * anybody could make. */
void hr_database_key(const hr_keys *keys, const char *label, char hex[97]);

/* ---- key slots file ---- */
typedef struct hr_kdf {
    uint32_t ops, mib;
} hr_kdf; /* on write at least 3 and 64; on read at most 16 and 1024 */

/* Makes fresh C and F, an admin slot and the recovery slot in a new file folder/keyslots and its copy
 * folder/keyslots.bak (write-tmp, fsync, read back, rename, fsync of the folder). *out is in guarded memory, for
 * hr_secret_free. Passphrase policy: after NFC at least 12 characters (code points), or six words; not one of the
 * commonest; HR_INVALID says which rule is broken. HR_INVALID also for a mistyped recovery key, Argon2 settings out of
 * bounds (0: 4 and 256) or a bad operator name (1..64 bytes, printable, no spaces at its ends, not "recovery").
 * HR_EXISTS when either file is there already; HR_NO_STORE when the folder is not; HR_SYSTEM. On failure neither file
 * is left behind. */
hr_status hr_keyslots_create(hr_err *err, const char *folder, const char *operator_name, const char *passphrase,
                             const char *recovery_key, hr_kdf kdf, hr_keys **out);
/* Unlocks. operator_name NULL: the first admin; with recovery_key it plays no part. Exactly one of passphrase and
 * recovery_key (else HR_INVALID). Checks, in this order: the file exists (HR_NO_STORE when the folder or both files are
 * missing), magic and version (HR_NEWER), checksum and bounds (HR_KEYSLOTS; a damaged or missing keyslots is read from
 * .bak and then *from_copy is true), the operator (HR_NOT_FOUND), the passphrase or recovery key (HR_PASSPHRASE; for a
 * mistyped recovery key the message names the group), the keyed MAC over the whole file (HR_KEYSLOTS: altered by
 * somebody without the key; the copy is not tried). HR_SYSTEM, also when there is not enough memory for Argon2. */
hr_status hr_keyslots_open(hr_err *err, const char *folder, const char *operator_name, const char *passphrase,
                           const char *recovery_key, hr_keys **out, bool *from_copy);
/* The name of the operator whom hr_keyslots_open would try; false when there is none or the file cannot be read. */
bool hr_keyslots_operator(const char *folder, const char *operator_name, bool recovery, char out[65]);
/* Puts the files right once the databases have opened, so that the keys are proven: finishes a change that was cut off
 * (`expected`, the checksum of the file in force as the store's databases have it, says which it is; NULL: not known),
 * and writes a missing or damaged file, or an old copy, again from the other. False when one is still not whole: the
 * disk does not take it, or another program is at it. */
bool hr_keyslots_settle(const char *folder, const unsigned char *expected);
/* The bytes, for free(), of the file that has the checksum `expected` (NULL: any), which may not have got its name yet;
 * where there is none, of the one that hr_keyslots_open would read now. */
hr_status hr_keyslots_read(hr_err *err, const char *folder, const unsigned char *expected, unsigned char **out,
                           size_t *size);
/* The checksum of the file that hr_keyslots_open would read now. */
hr_status hr_keyslots_sum(hr_err *err, const char *folder, unsigned char out[HR_HASH_SIZE]);
/* Whether hr_keyslots_create would take these: HR_INVALID says what is wrong. */
hr_status hr_keyslots_acceptable(hr_err *err, const char *operator_name, const char *passphrase, hr_kdf kdf);
/* Parses bytes of a key slots file as far as it can be without a key: for fuzzing and for hr_keyslots_open. HR_KEYSLOTS
 * or HR_NEWER for anything but a whole file. */
hr_status hr_keyslots_check(hr_err *err, const unsigned char *bytes, size_t size);

/* ---- changing the key slots (operators.c) ---- */

/* The key slots file as it is to be, in memory, and the keys of who changes it as they will be. Nobody else changes the
 * file as long as this is there. */
typedef struct hr_slots hr_slots;
typedef struct hr_slot_info {
    hr_role role;
    char name[65];
    unsigned char sign_public[32];
    hr_kdf kdf;
} hr_slot_info;

/* Begins from the file that is in force. HR_KEYSLOTS when it is not what somebody with these keys wrote, HR_BUSY when
 * another program has been changing it for 10 seconds. */
hr_status hr_slots_begin(hr_err *err, const char *folder, const hr_keys *keys, hr_slots **out);
/* The same for looking at alone: waits for nobody. */
hr_status hr_slots_look(hr_err *err, const char *folder, const hr_keys *keys, hr_slots **out);
void hr_slots_free(hr_slots *slots);
/* HR_DENIED when the slot of these keys' operator is another one by now in the file with the checksum `expected`, which
 * is in force or about to be; else these keys are noted as those of that file. HR_OK also when there is no such file.
 */
hr_status hr_slots_check_own(hr_err *err, const char *folder, hr_keys *keys,
                             const unsigned char expected[HR_HASH_SIZE]);
size_t hr_slots_count(const hr_slots *slots);
void hr_slots_at(const hr_slots *slots, size_t number, hr_slot_info *out);
/* The slot of that name, brought to NFC. HR_NOT_FOUND. */
hr_status hr_slots_find(hr_err *err, const hr_slots *slots, const char *name, hr_slot_info *out);

/* HR_INVALID for a name that is taken or unusable, a passphrase against the rules, Argon2 settings out of bounds, or
 * when there is no room. */
hr_status hr_slots_add(hr_err *err, hr_slots *slots, hr_role role, const char *name, const char *passphrase,
                       hr_kdf kdf);
/* Whether there is room for an operator of that name: HR_INVALID as hr_slots_add. */
hr_status hr_slots_room_for(hr_err *err, const hr_slots *slots, const char *name);
/* HR_INVALID for the recovery slot, the last administrator, and whoever is doing it himself. */
hr_status hr_slots_remove(hr_err *err, hr_slots *slots, const char *name);
/* A new secret for a slot, with a new pair of keys; a statistician, who cannot vouch for a new pair, keeps his own. An
 * Argon2 setting of 0 stays as it is. */
hr_status hr_slots_passphrase(hr_err *err, hr_slots *slots, const char *name, const char *passphrase, hr_kdf kdf);
hr_status hr_slots_recovery_key(hr_err *err, hr_slots *slots, const char *recovery_key);
/* Fresh C and F of the next generation, for everybody whose slot is there. */
hr_status hr_slots_renew(hr_err *err, hr_slots *slots);

/* Writes the file beside the one in force, to be given its name by hr_slots_commit once the store's databases expect it
 * by its checksum. */
hr_status hr_slots_prepare(hr_err *err, hr_slots *slots, unsigned char sum[HR_HASH_SIZE]);
void hr_slots_abandon(hr_slots *slots); /* takes it away again */
/* From here on the file is in force. *settled is whether that is surely on disk and the copy is the same; else the next
 * opening puts it right, and may need what the old file opens. */
hr_status hr_slots_commit(hr_err *err, hr_slots *slots, bool *settled);
/* The keys as they are once the file is in force; they belong to `slots` until they are taken. */
const hr_keys *hr_slots_keys(const hr_slots *slots);
hr_keys *hr_slots_take_keys(hr_slots *slots);

/* ---- recovery key text ---- */
/* 47 characters: 8 groups of 4 and a check character, parted by hyphens. HR_SYSTEM when there is no memory. */
hr_status hr_recovery_new(hr_err *err, char out[HR_RECOVERY_KEY_SIZE]);
/* Reads what a person typed: case, white space and hyphens do not matter, o reads as 0, i and l as 1, full-width
 * characters as their ASCII forms. HR_INVALID names the group that has the error, or says that there are too few or too
 * many characters; `out` is untouched then. */
hr_status hr_recovery_parse(hr_err *err, const char *typed, unsigned char out[20]);

#endif
