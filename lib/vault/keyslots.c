/* The key slots file: who may open the store, and with what.
 *
 * The file is an array of fixed-size slots between a header and a trailer (docs/format.md gives it to the byte); the
 * structs below are made of bytes alone, so they are the format, and a file is read by looking at it through them once
 * its size is known to fit. A slot's secret, a passphrase or the recovery key, unwraps the seed of its owner; the seed
 * gives the owner's two key pairs; sealed to the first of them lie the store's keys. So three things are checked one
 * after another: a plain checksum finds accidents before any passphrase is tried, the wrapping tells a wrong
 * passphrase, and the keyed MAC over the whole file finds what somebody without the keys has changed. Relies on
 * slotfile.c for the disk, on passphrase.c for texts, and on libsodium. */
#include "vault/parts.h"
#include <errno.h>
#include <sodium.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>
#include <unistd.h>

enum {
    VERSION = 1,
    SLOTS_MAX = 64,
    NAME_MAX_SIZE = 64,
    SEED_SIZE = 32,
    SEALED_SIZE = HR_KEY_SIZE + crypto_box_SEALBYTES,
    HAS_CHART = 1, /* a flag */
    RECOVERY_SECRET_SIZE = 20
};

enum { OPS_DEFAULT = 4, OPS_MIN = 3, OPS_MAX = 16, MIB_DEFAULT = 256, MIB_MIN = 64, MIB_MAX = 1024 };

typedef struct header {
    unsigned char magic[8], version[4], count[4], store_id[HR_STORE_ID_SIZE], generation[4];
} header;

typedef struct slot {
    unsigned char role, flags, name_size, zero;
    unsigned char name[NAME_MAX_SIZE];
    unsigned char ops[4], mib[4], salt[HR_SALT_SIZE], nonce[crypto_aead_xchacha20poly1305_ietf_NPUBBYTES];
    unsigned char box_public[crypto_box_PUBLICKEYBYTES], sign_public[crypto_sign_PUBLICKEYBYTES];
    unsigned char wrapped_seed[SEED_SIZE + crypto_aead_xchacha20poly1305_ietf_ABYTES]; /* bound to all before it */
    unsigned char sealed_chart[SEALED_SIZE], sealed_facts[SEALED_SIZE];
} slot;

typedef struct trailer {
    unsigned char mac[HR_HASH_SIZE], checksum[HR_HASH_SIZE];
} trailer;

_Static_assert(sizeof(header) == 36 && sizeof(slot) == 388 && sizeof(trailer) == 64, "as docs/format.md has it");
_Static_assert(offsetof(slot, wrapped_seed) == 180, "as docs/format.md has it");
_Static_assert(sizeof(header) + SLOTS_MAX * sizeof(slot) + sizeof(trailer) <= HR_SLOTFILE_MAX,
               "every file can be read");

static const unsigned char magic[8] = {'H', 'R', 'K', 'E', 'Y', 'S', '\r', '\n'};
static const char main_name[] = "keyslots", copy_name[] = "keyslots.bak", recovery_name[] = "recovery";

static const struct {
    const char *name;
    bool chart; /* whether the role holds the chart's key */
    bool writes;
} roles[] = {
    [HR_ROLE_ADMIN] = {"admin", true, true},
    [HR_ROLE_CLINICIAN] = {"clinician", true, true},
    [HR_ROLE_STATISTICIAN] = {"statistician", false, false},
    [HR_ROLE_AUDITOR] = {"auditor", true, false},
    [HR_ROLE_RECOVERY] = {"recovery", true, true},
};
enum { ROLES = sizeof roles / sizeof *roles };

const char *hr_role_name(hr_role role) {
    return (size_t)role < ROLES && roles[role].name ? roles[role].name : "unknown";
}

bool hr_role_writes(hr_role role) {
    return (size_t)role < ROLES && roles[role].writes;
}

/* ---- looking at a file ---- */

static const slot *slot_at(const unsigned char *bytes, size_t number) {
    return (const slot *)(const void *)(bytes + sizeof(header) + number * sizeof(slot));
}

static size_t size_of(size_t count) {
    return sizeof(header) + count * sizeof(slot) + sizeof(trailer);
}

static size_t count_of(const unsigned char *bytes) {
    return hr_get32(((const header *)(const void *)bytes)->count);
}

static const trailer *trailer_of(const unsigned char *bytes, size_t size) {
    return (const trailer *)(const void *)(bytes + size - sizeof(trailer));
}

static void hash_of(const void *key, size_t key_size, const void *bytes, size_t size, unsigned char out[HR_HASH_SIZE]) {
    hr_hash hash;
    hr_hash_init(&hash, key, key_size);
    hr_hash_update(&hash, bytes, size);
    hr_hash_final(&hash, out);
}

/* The checksum of every version of the format: the last 32 bytes. */
static bool intact(const unsigned char *bytes, size_t size) {
    unsigned char sum[HR_HASH_SIZE];
    if (size < sizeof sum)
        return false;
    hash_of(NULL, 0, bytes, size - sizeof sum, sum);
    return memcmp(sum, bytes + size - sizeof sum, sizeof sum) == 0;
}

static bool name_valid(const unsigned char *name, size_t size) {
    int32_t at = 0;
    if (size < 1 || size > NAME_MAX_SIZE)
        return false;
    while (at < (int32_t)size) {
        UChar32 c;
        U8_NEXT(name, at, (int32_t)size, c);
        if (c < 0x20 || (c >= 0x7F && c < 0xA0)) /* no character, or a control character */
            return false;
    }
    return true;
}

static bool same_name(const slot *a, const slot *b) {
    return a->name_size == b->name_size && memcmp(a->name, b->name, a->name_size) == 0;
}

static bool kdf_valid(const slot *s) {
    uint32_t ops = hr_get32(s->ops), mib = hr_get32(s->mib);
    if (s->role == HR_ROLE_RECOVERY)
        return ops == 0 && mib == 0;
    return ops >= OPS_MIN && ops <= OPS_MAX && mib >= MIB_MIN && mib <= MIB_MAX;
}

static bool slot_valid(const slot *s) {
    if (s->role >= ROLES || !roles[s->role].name || s->zero != 0)
        return false;
    if (s->flags != (roles[s->role].chart ? HAS_CHART : 0))
        return false;
    if (!(s->flags & HAS_CHART) && !sodium_is_zero(s->sealed_chart, sizeof s->sealed_chart))
        return false;
    if (!name_valid(s->name, s->name_size) || !sodium_is_zero(s->name + s->name_size, sizeof s->name - s->name_size))
        return false;
    bool named_recovery = s->name_size == strlen(recovery_name) && memcmp(s->name, recovery_name, s->name_size) == 0;
    return named_recovery == (s->role == HR_ROLE_RECOVERY) && kdf_valid(s);
}

/* Names differ; with the recovery slot's fixed name that also makes it the only one of its role. */
static bool slots_valid(const unsigned char *bytes) {
    size_t count = count_of(bytes), of_role[ROLES] = {0};
    for (size_t i = 0; i < count; i++) {
        const slot *s = slot_at(bytes, i);
        if (!slot_valid(s))
            return false;
        of_role[s->role]++;
        for (size_t j = 0; j < i; j++)
            if (same_name(s, slot_at(bytes, j)))
                return false;
    }
    return of_role[HR_ROLE_ADMIN] >= 1 && of_role[HR_ROLE_RECOVERY] == 1;
}

hr_status hr_keyslots_check(hr_err *err, const unsigned char *bytes, size_t size) {
    const header *h = (const header *)(const void *)bytes;
    if (size < sizeof *h || memcmp(h->magic, magic, sizeof magic) != 0 || hr_get32(h->version) < VERSION)
        return hr_slotfile_damaged(err);
    if (hr_get32(h->version) > VERSION)
        return hr_fail(err, HR_NEWER, "%s",
                       HR_TR(err, "the store was written by a newer version of this program; update the program",
                             "该库由更新版本的程序写入；请先升级本程序"));
    /* Bounds stand before the checksum so that a fuzzer reaches them; both are the same finding. */
    size_t count = count_of(bytes);
    if (count > SLOTS_MAX || size != size_of(count) || hr_get32(h->generation) == 0 || !slots_valid(bytes) ||
        !intact(bytes, size))
        return hr_slotfile_damaged(err);
    return HR_OK;
}

/* ---- keys ---- */

/* What lies between a secret that was typed and the store's keys. In guarded memory. */
typedef struct chain {
    unsigned char typed[RECOVERY_SECRET_SIZE];
    unsigned char wrapping[crypto_aead_xchacha20poly1305_ietf_KEYBYTES];
    unsigned char seed[SEED_SIZE];
    unsigned char box_secret[crypto_box_SECRETKEYBYTES], box_public[crypto_box_PUBLICKEYBYTES];
    unsigned char sign_seed[crypto_sign_SEEDBYTES], sign_public[crypto_sign_PUBLICKEYBYTES];
    unsigned char sign_secret[crypto_sign_SECRETKEYBYTES];
    unsigned char mac_key[HR_KEY_SIZE];
} chain;

_Static_assert(SEED_SIZE == crypto_kdf_KEYBYTES && HR_KEY_SIZE == crypto_kdf_KEYBYTES, "keys of crypto_kdf");
_Static_assert(HR_SALT_SIZE == crypto_pwhash_SALTBYTES, "salt of Argon2id");

static hr_status passphrase_key(hr_err *err, const char *nfc, const slot *s, chain *c) {
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
static void recovery_key(const unsigned char store_id[HR_STORE_ID_SIZE], const slot *s, chain *c) {
    static const char purpose[] = "healthrec recovery slot";
    hr_hash hash;
    hr_hash_init(&hash, c->typed, sizeof c->typed);
    hr_hash_update(&hash, purpose, sizeof purpose);
    hr_hash_update(&hash, store_id, HR_STORE_ID_SIZE);
    hr_hash_update(&hash, s->salt, sizeof s->salt);
    hr_hash_final(&hash, c->wrapping);
}

static void derive_pairs(chain *c) {
    crypto_kdf_derive_from_key(c->box_secret, sizeof c->box_secret, 1, "hrSealer", c->seed);
    crypto_scalarmult_base(c->box_public, c->box_secret);
    crypto_kdf_derive_from_key(c->sign_seed, sizeof c->sign_seed, 1, "hrSigner", c->seed);
    crypto_sign_seed_keypair(c->sign_public, c->sign_secret, c->sign_seed);
}

static void mac_of(const unsigned char *bytes, size_t size, const unsigned char facts[HR_KEY_SIZE], chain *c,
                   unsigned char out[HR_HASH_SIZE]) {
    crypto_kdf_derive_from_key(c->mac_key, sizeof c->mac_key, 1, "hrKeyMAC", facts);
    hash_of(c->mac_key, sizeof c->mac_key, bytes, size - sizeof(trailer), out);
}

/* ---- making a file ---- */

static hr_status fail_name(hr_err *err) {
    return hr_fail(err, HR_INVALID,
                   HR_TR(err,
                         "the operator's name must be 1 to %d bytes of printable text, without spaces at its ends, "
                         "and not \"%s\"; choose another",
                         "操作员名称须为 1 至 %d 字节的可显示文字，首尾不能有空格，也不能是“%s”；请换一个名称"),
                   (int)NAME_MAX_SIZE, recovery_name);
}

/* For a new name more is asked than of a file: nothing invisible, no line ends, no spaces around it. */
static bool name_acceptable(const char *name) {
    const unsigned char *bytes = (const unsigned char *)name;
    size_t size = strlen(name);
    int32_t at = 0, length = (int32_t)size;
    bool space = true; /* the last character was one */
    if (!name_valid(bytes, size) || strcmp(name, recovery_name) == 0)
        return false;
    while (at < length) {
        bool first = at == 0;
        UChar32 c;
        U8_NEXT(bytes, at, length, c);
        space = u_isUWhiteSpace(c);
        if (u_iscntrl(c) || (first && space))
            return false;
    }
    return !space;
}

static hr_status accept_name(hr_err *err, const char *given, char **nfc) {
    char *name = NULL;
    hr_status status = hr_nfc(err, given, &name);
    if (status == HR_INVALID || (status == HR_OK && !name_acceptable(name)))
        status = fail_name(err);
    if (status != HR_OK)
        hr_secret_free(name);
    else
        *nfc = name;
    return status;
}

static hr_status accept_kdf(hr_err *err, hr_kdf *kdf) {
    if (!kdf->ops)
        kdf->ops = OPS_DEFAULT;
    if (!kdf->mib)
        kdf->mib = MIB_DEFAULT;
    if (kdf->ops >= OPS_MIN && kdf->ops <= OPS_MAX && kdf->mib >= MIB_MIN && kdf->mib <= MIB_MAX)
        return HR_OK;
    return hr_fail(err, HR_INVALID,
                   HR_TR(err, "Argon2id takes %d to %d passes and %d to %d MiB; choose values within these",
                         "Argon2id 的轮数须为 %d 至 %d，内存须为 %d 至 %d MiB；请改用此范围内的值"),
                   (int)OPS_MIN, (int)OPS_MAX, (int)MIB_MIN, (int)MIB_MAX);
}

static void describe_slot(slot *s, hr_role role, const char *name, hr_kdf kdf) {
    s->role = (unsigned char)role;
    s->flags = roles[role].chart ? HAS_CHART : 0;
    s->name_size = (unsigned char)strlen(name);
    memcpy(s->name, name, s->name_size);
    hr_put32(s->ops, kdf.ops);
    hr_put32(s->mib, kdf.mib);
    hr_random(s->salt, sizeof s->salt);
    hr_random(s->nonce, sizeof s->nonce);
}

/* With the slot described and c->wrapping set: gives it a fresh seed and seals the store's keys to that. */
static void fill_slot(slot *s, const hr_keys *keys, chain *c) {
    hr_random(c->seed, sizeof c->seed);
    derive_pairs(c);
    memcpy(s->box_public, c->box_public, sizeof s->box_public);
    memcpy(s->sign_public, c->sign_public, sizeof s->sign_public);
    crypto_aead_xchacha20poly1305_ietf_encrypt(s->wrapped_seed, NULL, c->seed, sizeof c->seed, (const unsigned char *)s,
                                               offsetof(slot, wrapped_seed), NULL, s->nonce, c->wrapping);
    if (s->flags & HAS_CHART)
        crypto_box_seal(s->sealed_chart, keys->chart, HR_KEY_SIZE, s->box_public);
    crypto_box_seal(s->sealed_facts, keys->facts, HR_KEY_SIZE, s->box_public);
}

static void take_slot(hr_keys *keys, const slot *s, const chain *c) {
    memcpy(keys->sign_seed, c->sign_seed, sizeof keys->sign_seed);
    keys->role = (hr_role)s->role;
    keys->has_chart = s->flags & HAS_CHART;
    memcpy(keys->operator_name, s->name, s->name_size);
}

typedef struct new_file {
    header header;
    slot admin, recovery;
    trailer trailer;
} new_file;

_Static_assert(sizeof(new_file) == sizeof(header) + 2 * sizeof(slot) + sizeof(trailer), "no padding");

/* With the recovery key's bits in c->typed. */
static hr_status compose(hr_err *err, const char *name, const char *passphrase, hr_kdf kdf, chain *c, hr_keys *keys,
                         new_file *file) {
    hr_random(keys->store_id, sizeof keys->store_id);
    hr_random(keys->chart, sizeof keys->chart);
    hr_random(keys->facts, sizeof keys->facts);
    keys->generation = 1;

    memcpy(file->header.magic, magic, sizeof magic);
    hr_put32(file->header.version, VERSION);
    hr_put32(file->header.count, 2);
    memcpy(file->header.store_id, keys->store_id, sizeof keys->store_id);
    hr_put32(file->header.generation, keys->generation);

    describe_slot(&file->recovery, HR_ROLE_RECOVERY, recovery_name, (hr_kdf){0, 0});
    recovery_key(keys->store_id, &file->recovery, c);
    fill_slot(&file->recovery, keys, c);

    describe_slot(&file->admin, HR_ROLE_ADMIN, name, kdf);
    hr_status status = passphrase_key(err, passphrase, &file->admin, c);
    if (status != HR_OK)
        return status;
    fill_slot(&file->admin, keys, c);
    take_slot(keys, &file->admin, c);

    mac_of((const unsigned char *)file, sizeof *file, keys->facts, c, file->trailer.mac);
    hash_of(NULL, 0, file, sizeof *file - HR_HASH_SIZE, file->trailer.checksum);
    return HR_OK;
}

static hr_status refuse_existing(hr_err *err, int folder) {
    if (!hr_slotfile_exists(folder, main_name) && !hr_slotfile_exists(folder, copy_name))
        return HR_OK;
    return hr_fail(err, HR_EXISTS, "%s",
                   HR_TR(err, "this folder has a key slots file already; choose another place",
                         "该文件夹中已有密钥槽文件；请换一个位置"));
}

static hr_status write_both(hr_err *err, int folder, const new_file *file) {
    hr_status status = hr_slotfile_write(err, folder, main_name, (const unsigned char *)file, sizeof *file);
    if (status == HR_OK)
        status = hr_slotfile_write(err, folder, copy_name, (const unsigned char *)file, sizeof *file);
    if (status != HR_OK) {
        unlinkat(folder, main_name, 0);
        unlinkat(folder, copy_name, 0);
    }
    return status;
}

hr_status hr_keyslots_create(hr_err *err, const char *folder, const char *operator_name, const char *passphrase,
                             const char *recovery_key_text, hr_kdf kdf, hr_keys **out) {
    int directory = -1;
    char *name = NULL, *nfc = NULL;
    new_file file = {0};
    chain *c = hr_secret_new(sizeof *c);
    hr_keys *keys = hr_secret_new(sizeof *keys);
    hr_status status = c && keys ? HR_OK : hr_fail_memory(err);
    if (status == HR_OK && (!operator_name || !passphrase || !recovery_key_text))
        status =
            hr_fail(err, HR_INVALID, "%s",
                    HR_TR(err, "a new store needs an operator's name, a passphrase and a recovery key; give all three",
                          "新建库需要操作员名称、口令和恢复密钥；请全部提供"));
    if (status == HR_OK)
        status = accept_name(err, operator_name, &name);
    if (status == HR_OK)
        status = hr_passphrase_accept(err, passphrase, &nfc);
    if (status == HR_OK)
        status = hr_recovery_parse(err, recovery_key_text, c->typed);
    if (status == HR_OK)
        status = accept_kdf(err, &kdf);
    if (status == HR_OK)
        status = hr_slotfile_folder(err, folder, &directory);
    if (status == HR_OK)
        status = refuse_existing(err, directory);
    if (status == HR_OK)
        status = compose(err, name, nfc, kdf, c, keys, &file);
    if (status == HR_OK)
        status = write_both(err, directory, &file);
    if (status == HR_OK) {
        *out = keys;
        keys = NULL;
    }
    if (directory >= 0)
        close(directory);
    hr_secret_free(name);
    hr_secret_free(nfc);
    hr_secret_free(c);
    hr_secret_free(keys);
    return status;
}

/* ---- opening ---- */

static hr_status load_one(hr_err *err, int folder, const char *name, hr_slotfile *file) {
    hr_status status = hr_slotfile_read(err, folder, name, file);
    return status == HR_OK ? hr_keyslots_check(err, file->bytes, file->size) : status;
}

/* A file that is whole and says it is newer is believed: its older copy must not stand in for it. */
static bool calls_for_copy(hr_status status, const hr_slotfile *file) {
    return status == HR_NO_STORE || status == HR_KEYSLOTS || (status == HR_NEWER && !intact(file->bytes, file->size));
}

static hr_status load(hr_err *err, const char *path, hr_slotfile *file, bool *from_copy) {
    int folder = -1;
    hr_err first;
    hr_status status = hr_slotfile_folder(err, path, &folder);
    if (status != HR_OK)
        return status;
    status = load_one(err, folder, main_name, file);
    if (calls_for_copy(status, file)) {
        first = *err;
        status = load_one(err, folder, copy_name, file);
        if (status == HR_OK) {
            hr_err_clear(err);
            *from_copy = true;
        } else if (first.status == HR_KEYSLOTS && status == HR_KEYSLOTS) {
            status = hr_fail(err, HR_KEYSLOTS, "%s",
                             HR_TR(err, "the key slots file and its copy are both damaged; restore the newest backup",
                                   "密钥槽文件及其副本均已损坏；请用最近的备份恢复"));
        } else if (first.status != HR_NO_STORE && status != HR_NEWER) {
            *err = first;
            status = first.status;
        }
    }
    close(folder);
    return status;
}

/* The recovery slot; the named operator's; or the first administrator's. */
static hr_status find_slot(hr_err *err, const hr_slotfile *file, const char *operator_name, bool recovery,
                           const slot **out) {
    char *name = NULL;
    hr_status status = operator_name && !recovery ? hr_nfc(err, operator_name, &name) : HR_OK;
    if (status == HR_SYSTEM)
        return status;
    for (size_t i = 0; i < count_of(file->bytes) && status == HR_OK && !*out; i++) {
        const slot *s = slot_at(file->bytes, i);
        bool wanted = recovery || !name ? s->role == (recovery ? HR_ROLE_RECOVERY : HR_ROLE_ADMIN)
                                        : s->role != HR_ROLE_RECOVERY && strlen(name) == s->name_size &&
                                              memcmp(name, s->name, s->name_size) == 0;
        if (wanted)
            *out = s;
    }
    hr_secret_free(name);
    if (*out)
        return HR_OK;
    return hr_fail(
        err, HR_NOT_FOUND,
        HR_TR(err, "the store has no operator \"%.64s\"; check the name", "库中没有操作员“%.64s”；请检查名称"),
        operator_name ? operator_name : "");
}

static hr_status fail_passphrase(hr_err *err) {
    return hr_fail(err, HR_PASSPHRASE, "%s",
                   HR_TR(err, "wrong passphrase for this operator; check capitals and the input method, and try again",
                         "该操作员的口令不正确；请检查大小写和输入法后重试"));
}

static hr_status passphrase_chain(hr_err *err, const char *passphrase, const slot *s, chain *c) {
    char *nfc = NULL;
    hr_status status = hr_nfc(err, passphrase, &nfc);
    if (status == HR_INVALID) /* none that could have been accepted */
        status = fail_passphrase(err);
    if (status == HR_OK)
        status = passphrase_key(err, nfc, s, c);
    hr_secret_free(nfc);
    return status;
}

static hr_status recovery_chain(hr_err *err, const hr_slotfile *file, const char *typed, const slot *s, chain *c) {
    hr_status status = hr_recovery_parse(err, typed, c->typed);
    if (status == HR_INVALID) /* the message names the group */
        return err->status = HR_PASSPHRASE;
    if (status == HR_OK)
        recovery_key(((const header *)(const void *)file->bytes)->store_id, s, c);
    return status;
}

static hr_status unwrap(hr_err *err, const slot *s, chain *c) {
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(c->seed, NULL, NULL, s->wrapped_seed, sizeof s->wrapped_seed,
                                                   (const unsigned char *)s, offsetof(slot, wrapped_seed), s->nonce,
                                                   c->wrapping) == 0) {
        derive_pairs(c);
        return HR_OK;
    }
    if (s->role == HR_ROLE_RECOVERY)
        return hr_fail(err, HR_PASSPHRASE, "%s",
                       HR_TR(err, "this is not the recovery key of this store; find the paper that belongs to it",
                             "这不是该库的恢复密钥；请找出与该库对应的那一份"));
    return fail_passphrase(err);
}

static hr_status unseal(hr_err *err, const hr_slotfile *file, const slot *s, chain *c, hr_keys *keys) {
    const header *h = (const header *)(const void *)file->bytes;
    unsigned char mac[HR_HASH_SIZE];
    take_slot(keys, s, c);
    memcpy(keys->store_id, h->store_id, sizeof keys->store_id);
    keys->generation = hr_get32(h->generation);
    bool good =
        crypto_box_seal_open(keys->facts, s->sealed_facts, sizeof s->sealed_facts, c->box_public, c->box_secret) == 0;
    if (good && keys->has_chart)
        good = crypto_box_seal_open(keys->chart, s->sealed_chart, sizeof s->sealed_chart, c->box_public,
                                    c->box_secret) == 0;
    if (good) {
        mac_of(file->bytes, file->size, keys->facts, c, mac);
        good = hr_secret_equal(mac, trailer_of(file->bytes, file->size)->mac, sizeof mac);
    }
    if (good)
        return HR_OK;
    return hr_fail(err, HR_KEYSLOTS, "%s",
                   HR_TR(err, "the key slots file was altered by somebody without the keys; restore the newest backup",
                         "密钥槽文件被没有密钥的人改动过；请用最近的备份恢复"));
}

hr_status hr_keyslots_open(hr_err *err, const char *folder, const char *operator_name, const char *passphrase,
                           const char *recovery_key_text, hr_keys **out, bool *from_copy) {
    bool copied = false;
    const slot *s = NULL;
    hr_slotfile *file = malloc(sizeof *file);
    chain *c = hr_secret_new(sizeof *c);
    hr_keys *keys = hr_secret_new(sizeof *keys);
    hr_status status = file && c && keys ? HR_OK : hr_fail_memory(err);
    if (status == HR_OK && !passphrase == !recovery_key_text)
        status = hr_fail(err, HR_INVALID, "%s",
                         HR_TR(err, "give either a passphrase or a recovery key", "请提供口令或恢复密钥，二者择一"));
    if (status == HR_OK)
        status = load(err, folder, file, &copied);
    if (status == HR_OK)
        status = find_slot(err, file, operator_name, recovery_key_text != NULL, &s);
    if (status == HR_OK)
        status = recovery_key_text ? recovery_chain(err, file, recovery_key_text, s, c)
                                   : passphrase_chain(err, passphrase, s, c);
    if (status == HR_OK)
        status = unwrap(err, s, c);
    if (status == HR_OK)
        status = unseal(err, file, s, c, keys);
    if (status == HR_OK) {
        *out = keys;
        *from_copy = copied;
        keys = NULL;
    }
    hr_secret_free(keys);
    hr_secret_free(c);
    free(file);
    return status;
}

bool hr_keyslots_operator(const char *folder, const char *operator_name, bool recovery, char out[65]) {
    hr_err ignored = {.language = HR_LANGUAGE_EN};
    bool copied = false;
    const slot *s = NULL;
    hr_slotfile *file = malloc(sizeof *file);
    if (file && load(&ignored, folder, file, &copied) == HR_OK &&
        find_slot(&ignored, file, operator_name, recovery, &s) == HR_OK)
        snprintf(out, 65, "%.*s", (int)s->name_size, (const char *)s->name);
    free(file);
    return s != NULL;
}

bool hr_keyslots_mend(const char *path) {
    const char *const names[] = {main_name, copy_name};
    hr_err ignored = {.language = HR_LANGUAGE_EN};
    hr_status whole[2] = {HR_SYSTEM, HR_SYSTEM};
    hr_slotfile *files = calloc(2, sizeof *files);
    int folder = -1;
    /* Two at once would write the same temporary file; one is enough. */
    if (files && hr_slotfile_folder(&ignored, path, &folder) == HR_OK && flock(folder, LOCK_EX | LOCK_NB) == 0) {
        for (int i = 0; i < 2; i++)
            whole[i] = load_one(&ignored, folder, names[i], &files[i]);
        for (int i = 0; i < 2; i++)
            if (whole[1 - i] == HR_OK && calls_for_copy(whole[i], &files[i]))
                whole[i] = hr_slotfile_write(&ignored, folder, names[i], files[1 - i].bytes, files[1 - i].size);
    }
    if (folder >= 0)
        close(folder);
    free(files);
    return whole[0] == HR_OK && whole[1] == HR_OK;
}

hr_status hr_keyslots_acceptable(hr_err *err, const char *operator_name, const char *passphrase, hr_kdf kdf) {
    char *name = NULL, *nfc = NULL;
    hr_status status = accept_name(err, operator_name, &name);
    if (status == HR_OK)
        status = hr_passphrase_accept(err, passphrase, &nfc);
    if (status == HR_OK)
        status = accept_kdf(err, &kdf);
    hr_secret_free(name);
    hr_secret_free(nfc);
    return status;
}
