/* The key slots file: who may open the store, and with what.
 *
 * The file is an array of fixed-size slots between a header and a trailer (parts.h has the layout, docs/format.md gives
 * it to the byte). Three things are checked one after another: a plain checksum finds accidents before any passphrase
 * is tried, the wrapping tells a wrong passphrase, and the keyed MACs find what somebody without the keys has changed.
 * Relies on slotfile.c for the disk, on slot.c for the cryptography of one slot, on passphrase.c for texts. */
#include "vault/parts.h"
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unicode/utf8.h>
#include <unistd.h>

_Static_assert(sizeof(hr_slot_header) + HR_SLOTS_MAX * sizeof(hr_key_slot) + sizeof(hr_slot_trailer) <= HR_SLOTFILE_MAX,
               "every file can be read");

const unsigned char hr_slots_magic[8] = {'H', 'R', 'K', 'E', 'Y', 'S', '\r', '\n'};
const char hr_slots_main[] = "keyslots", hr_slots_copy[] = "keyslots.bak", hr_slots_fresh[] = "keyslots.new",
           hr_slots_recovery[] = "recovery";

static const struct {
    const char *name;
    bool chart; /* whether the role holds the chart's key */
    bool writes, administers;
} roles[] = {
    [HR_ROLE_ADMIN] = {"admin", true, true, true},
    [HR_ROLE_CLINICIAN] = {"clinician", true, true, false},
    [HR_ROLE_STATISTICIAN] = {"statistician", false, false, false},
    [HR_ROLE_AUDITOR] = {"auditor", true, false, false},
    [HR_ROLE_RECOVERY] = {"recovery", true, true, true},
};
enum { ROLES = sizeof roles / sizeof *roles };

const char *hr_role_name(hr_role role) {
    return (size_t)role < ROLES && roles[role].name ? roles[role].name : "unknown";
}

bool hr_role_writes(hr_role role) {
    return (size_t)role < ROLES && roles[role].writes;
}

bool hr_role_administers(hr_role role) {
    return (size_t)role < ROLES && roles[role].administers;
}

bool hr_role_has_chart(hr_role role) {
    return (size_t)role < ROLES && roles[role].chart;
}

/* ---- looking at a file ---- */

static uint32_t version_of(const unsigned char *bytes) {
    return hr_get32(((const hr_slot_header *)(const void *)bytes)->version);
}

static size_t size_of(size_t count, uint32_t version) {
    size_t trailer = sizeof(hr_slot_trailer) - (version < HR_SLOTS_VERSION ? HR_HASH_SIZE : 0);
    return sizeof(hr_slot_header) + count * sizeof(hr_key_slot) + trailer;
}

void hr_slots_checksum(const unsigned char *bytes, size_t size, unsigned char out[HR_HASH_SIZE]) {
    hr_hash hash;
    hr_hash_init(&hash, NULL, 0);
    hr_hash_update(&hash, bytes, size - HR_HASH_SIZE);
    hr_hash_final(&hash, out);
}

/* The checksum of every version of the format: the last 32 bytes. */
static bool intact(const unsigned char *bytes, size_t size) {
    unsigned char sum[HR_HASH_SIZE];
    if (size < sizeof sum)
        return false;
    hr_slots_checksum(bytes, size, sum);
    return memcmp(sum, bytes + size - sizeof sum, sizeof sum) == 0;
}

bool hr_slot_name_valid(const unsigned char *name, size_t size) {
    int32_t at = 0;
    if (size < 1 || size > HR_SLOT_NAME_MAX)
        return false;
    while (at < (int32_t)size) {
        UChar32 c;
        U8_NEXT(name, at, (int32_t)size, c);
        if (c < 0x20 || (c >= 0x7F && c < 0xA0)) /* no character, or a control character */
            return false;
    }
    return true;
}

static bool same_name(const hr_key_slot *a, const hr_key_slot *b) {
    return a->name_size == b->name_size && memcmp(a->name, b->name, a->name_size) == 0;
}

static bool kdf_valid(const hr_key_slot *s) {
    hr_kdf kdf = hr_slot_kdf(s);
    return s->role == HR_ROLE_RECOVERY ? kdf.ops == 0 && kdf.mib == 0 : hr_kdf_valid(kdf);
}

static bool slot_valid(const hr_key_slot *s) {
    if (s->role >= ROLES || !roles[s->role].name || s->zero != 0)
        return false;
    if (s->flags != (roles[s->role].chart ? HR_SLOT_HAS_CHART : 0))
        return false;
    if (!(s->flags & HR_SLOT_HAS_CHART) && !sodium_is_zero(s->sealed_chart, sizeof s->sealed_chart))
        return false;
    if (!hr_slot_name_valid(s->name, s->name_size) ||
        !sodium_is_zero(s->name + s->name_size, sizeof s->name - s->name_size))
        return false;
    return hr_slot_named(s, hr_slots_recovery) == (s->role == HR_ROLE_RECOVERY) && kdf_valid(s);
}

/* Names differ; with the recovery slot's fixed name that also makes it the only one of its role. */
static bool slots_valid(const unsigned char *bytes) {
    size_t count = hr_slot_count(bytes), of_role[ROLES] = {0};
    for (size_t i = 0; i < count; i++) {
        const hr_key_slot *s = hr_slot_at(bytes, i);
        if (!slot_valid(s))
            return false;
        of_role[s->role]++;
        for (size_t j = 0; j < i; j++)
            if (same_name(s, hr_slot_at(bytes, j)))
                return false;
    }
    return of_role[HR_ROLE_ADMIN] >= 1 && of_role[HR_ROLE_RECOVERY] == 1;
}

hr_status hr_keyslots_check(hr_err *err, const unsigned char *bytes, size_t size) {
    const hr_slot_header *h = (const hr_slot_header *)(const void *)bytes;
    if (size < sizeof *h || memcmp(h->magic, hr_slots_magic, sizeof h->magic) != 0 || version_of(bytes) < 1)
        return hr_slotfile_damaged(err);
    if (version_of(bytes) > HR_SLOTS_VERSION)
        return hr_fail(err, HR_NEWER, "%s",
                       HR_TR(err, "the store was written by a newer version of this program; update the program",
                             "该库由更新版本的程序写入；请先升级本程序"));
    /* Bounds stand before the checksum so that a fuzzer reaches them; both are the same finding. */
    size_t count = hr_slot_count(bytes);
    if (count > HR_SLOTS_MAX || size != size_of(count, version_of(bytes)) || hr_get32(h->generation) == 0 ||
        !slots_valid(bytes) || !intact(bytes, size))
        return hr_slotfile_damaged(err);
    return HR_OK;
}

/* ---- opening ---- */

hr_status hr_keyslots_load(hr_err *err, int folder, const char *name, hr_slotfile *file) {
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
    status = hr_keyslots_load(err, folder, hr_slots_main, file);
    if (calls_for_copy(status, file)) {
        first = *err;
        status = hr_keyslots_load(err, folder, hr_slots_copy, file);
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
                           const hr_key_slot **out) {
    char *name = NULL;
    hr_status status = operator_name && !recovery ? hr_nfc(err, operator_name, &name) : HR_OK;
    if (status == HR_SYSTEM)
        return status;
    for (size_t i = 0; i < hr_slot_count(file->bytes) && status == HR_OK && !*out; i++) {
        const hr_key_slot *s = hr_slot_at(file->bytes, i);
        bool wanted = recovery || !name ? s->role == (recovery ? HR_ROLE_RECOVERY : HR_ROLE_ADMIN)
                                        : s->role != HR_ROLE_RECOVERY && hr_slot_named(s, name);
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

static hr_status passphrase_chain(hr_err *err, const char *passphrase, const hr_key_slot *s, hr_chain *c) {
    char *nfc = NULL;
    hr_status status = hr_nfc(err, passphrase, &nfc);
    if (status == HR_INVALID) /* none that could have been accepted */
        status = fail_passphrase(err);
    if (status == HR_OK)
        status = hr_slot_passphrase(err, nfc, s, c);
    hr_secret_free(nfc);
    return status;
}

static hr_status recovery_chain(hr_err *err, const hr_slotfile *file, const char *typed, const hr_key_slot *s,
                                hr_chain *c) {
    hr_status status = hr_recovery_parse(err, typed, c->typed);
    if (status == HR_INVALID) /* the message names the group */
        return err->status = HR_PASSPHRASE;
    if (status == HR_OK)
        hr_slot_recovery(((const hr_slot_header *)(const void *)file->bytes)->store_id, s, c);
    return status;
}

static hr_status unwrap(hr_err *err, const hr_key_slot *s, hr_chain *c) {
    if (hr_slot_unwrap(s, c))
        return HR_OK;
    if (s->role == HR_ROLE_RECOVERY)
        return hr_fail(err, HR_PASSPHRASE, "%s",
                       HR_TR(err, "this is not the recovery key of this store; find the paper that belongs to it",
                             "这不是该库的恢复密钥；请找出与该库对应的那一份"));
    return fail_passphrase(err);
}

hr_status hr_slots_forged(hr_err *err) {
    return hr_fail(err, HR_KEYSLOTS, "%s",
                   HR_TR(err, "the key slots file was altered by somebody without the keys; restore the newest backup",
                         "密钥槽文件被没有密钥的人改动过；请用最近的备份恢复"));
}

static hr_status unseal(hr_err *err, const hr_slotfile *file, const hr_key_slot *s, const hr_chain *c, hr_keys *keys) {
    const hr_slot_header *h = (const hr_slot_header *)(const void *)file->bytes;
    memcpy(keys->store_id, h->store_id, sizeof keys->store_id);
    keys->generation = hr_get32(h->generation);
    keys->slots_version = version_of(file->bytes);
    memcpy(keys->slots_sum, hr_slotfile_sum(file), HR_HASH_SIZE);
    if (hr_slot_unseal(s, c, keys) && hr_slots_genuine(file->bytes, file->size, keys))
        return HR_OK;
    return hr_slots_forged(err);
}

hr_status hr_keyslots_open(hr_err *err, const char *folder, const char *operator_name, const char *passphrase,
                           const char *recovery_key_text, hr_keys **out, bool *from_copy) {
    bool copied = false;
    const hr_key_slot *s = NULL;
    hr_slotfile *file = malloc(sizeof *file);
    hr_chain *c = hr_secret_new(sizeof *c);
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
    const hr_key_slot *s = NULL;
    hr_slotfile *file = malloc(sizeof *file);
    bool found = file && load(&ignored, folder, file, &copied) == HR_OK &&
                 find_slot(&ignored, file, operator_name, recovery, &s) == HR_OK;
    if (found)
        snprintf(out, 65, "%.*s", (int)s->name_size, (const char *)s->name);
    free(file);
    return found;
}

/* ---- putting the files right ---- */

/* The three files, and how each was read. */
typedef struct trio {
    hr_status main, copy, fresh;
    hr_slotfile file[3];
} trio;

static void read_trio(hr_err *err, int folder, trio *t) {
    t->main = hr_keyslots_load(err, folder, hr_slots_main, &t->file[0]);
    t->copy = hr_keyslots_load(err, folder, hr_slots_copy, &t->file[1]);
    t->fresh = hr_keyslots_load(err, folder, hr_slots_fresh, &t->file[2]);
}

/* A change whose last step, giving the new file its name, was cut off. */
static void finish_change(hr_err *err, int folder, const unsigned char *expected, trio *t) {
    bool whole = t->main == HR_OK && expected && hr_slotfile_is(&t->file[0], expected);
    if (!whole && t->fresh == HR_OK && expected && hr_slotfile_is(&t->file[2], expected))
        t->main = hr_slotfile_write(err, folder, hr_slots_main, t->file[2].bytes, t->file[2].size);
    if (whole || t->main == HR_OK)
        unlinkat(folder, hr_slots_fresh, 0);
    read_trio(err, folder, t);
}

/* The copy in the place of the file that should be in force. */
static void take_copy(hr_err *err, int folder, trio *t) {
    t->main = hr_slotfile_write(err, folder, hr_slots_main, t->file[1].bytes, t->file[1].size);
    if (t->main == HR_OK)
        t->file[0] = t->file[1];
}

bool hr_keyslots_settle(const char *path, const unsigned char *expected) {
    hr_err ignored = {.language = HR_LANGUAGE_EN};
    trio *t = calloc(1, sizeof *t);
    int folder = -1;
    bool settled = false;
    /* Somebody else is changing them or putting them right: one is enough. */
    if (t && hr_slotfile_folder(&ignored, path, &folder) == HR_OK && flock(folder, LOCK_EX | LOCK_NB) == 0) {
        read_trio(&ignored, folder, t);
        if (t->fresh != HR_NO_STORE)
            finish_change(&ignored, folder, expected, t);
        if (t->copy == HR_OK && calls_for_copy(t->main, &t->file[0]))
            take_copy(&ignored, folder, t);
        if (expected && t->copy == HR_OK && t->main == HR_OK && hr_slotfile_is(&t->file[1], expected) &&
            !hr_slotfile_is(&t->file[0], expected)) /* an old file was put back, the copy was not */
            take_copy(&ignored, folder, t);
        bool current = t->main == HR_OK && (!expected || hr_slotfile_is(&t->file[0], expected));
        bool differs = t->copy == HR_OK && current && !hr_slotfile_is(&t->file[1], hr_slotfile_sum(&t->file[0]));
        if (t->main == HR_OK && (differs || calls_for_copy(t->copy, &t->file[1])))
            t->copy = hr_slotfile_write(&ignored, folder, hr_slots_copy, t->file[0].bytes, t->file[0].size);
        settled = t->main == HR_OK && t->copy == HR_OK;
    }
    if (folder >= 0)
        close(folder);
    free(t);
    return settled;
}

hr_status hr_keyslots_sum(hr_err *err, const char *path, unsigned char out[HR_HASH_SIZE]) {
    hr_slotfile *file = malloc(sizeof *file);
    bool copied = false;
    hr_status status = file ? load(err, path, file, &copied) : hr_fail_memory(err);
    if (status == HR_OK)
        memcpy(out, hr_slotfile_sum(file), HR_HASH_SIZE);
    free(file);
    return status;
}

bool hr_keyslots_find(int folder, const unsigned char sum[HR_HASH_SIZE], hr_slotfile *file) {
    const char *const names[] = {hr_slots_main, hr_slots_fresh, hr_slots_main}; /* it may get its name meanwhile */
    hr_err ignored = {.language = HR_LANGUAGE_EN};
    bool found = false;
    for (size_t i = 0; i < sizeof names / sizeof *names && !found; i++)
        found = hr_keyslots_load(&ignored, folder, names[i], file) == HR_OK && hr_slotfile_is(file, sum);
    return found;
}

hr_status hr_keyslots_read(hr_err *err, const char *path, const unsigned char *expected, unsigned char **out,
                           size_t *size) {
    hr_slotfile *file = malloc(sizeof *file);
    int folder = -1;
    bool copied = false;
    hr_status status = file ? hr_slotfile_folder(err, path, &folder) : hr_fail_memory(err);
    if (status == HR_OK && !(expected && hr_keyslots_find(folder, expected, file)))
        status = load(err, path, file, &copied);
    unsigned char *bytes = status == HR_OK ? malloc(file->size) : NULL;
    if (bytes) {
        memcpy(bytes, file->bytes, file->size);
        *size = file->size;
        *out = bytes;
    } else if (status == HR_OK) {
        status = hr_fail_memory(err);
    }
    if (folder >= 0)
        close(folder);
    free(file);
    return status;
}
