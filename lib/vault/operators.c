/* Who may open the store, changed: a new file of key slots is put together in memory, written beside the one in force,
 * and given its name when the store's databases expect it by its checksum. So a cut-off change is finished or undone at
 * the next opening (hr_keyslots_settle), and an older file put back shows.
 *
 * Every new secret brings a new pair of keys: whoever knows an old passphrase and has kept a copy of the file gets
 * nothing from what is sealed later. What he could open before he still can, until the store's keys are renewed. Relies
 * on slot.c for each slot and on slotfile.c for the disk. */
#include "vault/parts.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>
#include <unistd.h>

enum { OPS_DEFAULT = 4, MIB_DEFAULT = 256 };

struct hr_slots {
    int folder; /* locked */
    hr_keys *keys;
    hr_slotfile file;
};

/* ---- what is acceptable ---- */

static hr_status fail_name(hr_err *err) {
    return hr_fail(err, HR_INVALID,
                   HR_TR(err,
                         "the operator's name must be 1 to %d bytes of printable text, without spaces at its ends, "
                         "and not \"%s\"; choose another",
                         "操作员名称须为 1 至 %d 字节的可显示文字，首尾不能有空格，也不能是“%s”；请换一个名称"),
                   (int)HR_SLOT_NAME_MAX, hr_slots_recovery);
}

/* For a new name more is asked than of a file: nothing invisible, no line ends, no spaces around it. */
static bool name_acceptable(const char *name) {
    const unsigned char *bytes = (const unsigned char *)name;
    size_t size = strlen(name);
    int32_t at = 0, length = (int32_t)size;
    bool space = true; /* the last character was one */
    if (!hr_slot_name_valid(bytes, size) || strcmp(name, hr_slots_recovery) == 0)
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
    if (hr_kdf_valid(*kdf))
        return HR_OK;
    return hr_fail(err, HR_INVALID,
                   HR_TR(err, "Argon2id takes %d to %d passes and %d to %d MiB; choose values within these",
                         "Argon2id 的轮数须为 %d 至 %d，内存须为 %d 至 %d MiB；请改用此范围内的值"),
                   (int)HR_OPS_MIN, (int)HR_OPS_MAX, (int)HR_MIB_MIN, (int)HR_MIB_MAX);
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

/* ---- the file in memory ---- */

static hr_slot_header *header_of(hr_slots *s) {
    return (hr_slot_header *)(void *)s->file.bytes;
}

static hr_key_slot *slot_at(const hr_slots *s, size_t number) {
    return (hr_key_slot *)(uintptr_t)hr_slot_at(s->file.bytes, number);
}

size_t hr_slots_count(const hr_slots *slots) {
    return hr_slot_count(slots->file.bytes);
}

static size_t body_size(const hr_slots *s) {
    return sizeof(hr_slot_header) + hr_slots_count(s) * sizeof(hr_key_slot);
}

void hr_slots_at(const hr_slots *slots, size_t number, hr_slot_info *out) {
    const hr_key_slot *s = slot_at(slots, number);
    *out = (hr_slot_info){.role = (hr_role)s->role, .kdf = hr_slot_kdf(s)};
    memcpy(out->name, s->name, s->name_size);
    memcpy(out->sign_public, s->sign_public, sizeof out->sign_public);
}

/* NULL when there is none. */
static hr_key_slot *named(const hr_slots *s, const char *name) {
    for (size_t i = 0; i < hr_slots_count(s); i++)
        if (hr_slot_named(slot_at(s, i), name))
            return slot_at(s, i);
    return NULL;
}

static hr_status find(hr_err *err, const hr_slots *slots, const char *given, hr_key_slot **out) {
    char *name = NULL;
    hr_status status = hr_nfc(err, given, &name);
    *out = status == HR_OK ? named(slots, name) : NULL;
    hr_secret_free(name);
    if (*out || status == HR_SYSTEM)
        return status;
    return hr_fail(err, HR_NOT_FOUND,
                   HR_TR(err, "the store has no operator \"%.64s\"; operator list shows their names",
                         "库中没有操作员“%.64s”；可用 operator list 查看"),
                   given);
}

hr_status hr_slots_find(hr_err *err, const hr_slots *slots, const char *name, hr_slot_info *out) {
    hr_key_slot *s;
    hr_status status = find(err, slots, name, &s);
    if (status == HR_OK)
        hr_slots_at(slots, (size_t)(s - slot_at(slots, 0)), out);
    return status;
}

/* The last bytes: two MACs and the checksum. A statistician cannot make the first, and changes nothing that it covers.
 */
static void finish(hr_slots *s) {
    hr_slot_trailer t;
    size_t body = body_size(s);
    memcpy(&t, s->file.bytes + body, sizeof t);
    hr_put32(header_of(s)->version, HR_SLOTS_VERSION);
    s->file.size = body + sizeof t;
    if (s->keys->has_chart)
        hr_slots_roles_mac(s->file.bytes, s->keys, t.roles_mac);
    memcpy(s->file.bytes + body, t.roles_mac, sizeof t.roles_mac);
    hr_slots_mac(s->file.bytes, s->file.size, s->keys, t.mac);
    memcpy(s->file.bytes + body + sizeof t.roles_mac, t.mac, sizeof t.mac);
    hr_slots_checksum(s->file.bytes, s->file.size, t.checksum);
    memcpy(s->file.bytes + body, &t, sizeof t);
    s->keys->slots_version = HR_SLOTS_VERSION;
    memcpy(s->keys->slots_sum, t.checksum, sizeof t.checksum);
}

static void describe_slot(hr_key_slot *s, hr_role role, const char *name, hr_kdf kdf) {
    *s = (hr_key_slot){.role = (unsigned char)role,
                       .flags = hr_role_has_chart(role) ? HR_SLOT_HAS_CHART : 0,
                       .name_size = (unsigned char)strlen(name)};
    memcpy(s->name, name, s->name_size);
    hr_put32(s->ops, kdf.ops);
    hr_put32(s->mib, kdf.mib);
}

/* A slot's secret: an NFC passphrase, or NULL for the recovery key in c->typed. The one whose keys change may be who
 * changes them. */
static hr_status set_secret(hr_err *err, hr_slots *slots, hr_key_slot *s, const char *nfc, bool own, hr_chain *c) {
    bool keep_seed = own && !slots->keys->has_chart;
    hr_random(s->salt, sizeof s->salt);
    hr_random(s->nonce, sizeof s->nonce);
    hr_status status = HR_OK;
    if (nfc)
        status = hr_slot_passphrase(err, nfc, s, c);
    else
        hr_slot_recovery(slots->keys->store_id, s, c);
    if (status != HR_OK)
        return status;
    if (keep_seed)
        memcpy(c->seed, slots->keys->seed, sizeof c->seed);
    hr_slot_wrap(s, keep_seed, c);
    hr_slot_seal(s, slots->keys);
    if (own) {
        memcpy(slots->keys->seed, c->seed, sizeof c->seed);
        memcpy(slots->keys->sign_seed, c->sign_seed, sizeof c->sign_seed);
    }
    return HR_OK;
}

static void append(hr_slots *slots, const hr_key_slot *s) {
    size_t count = hr_slots_count(slots);
    *slot_at(slots, count) = *s;
    hr_put32(header_of(slots)->count, (uint32_t)count + 1);
}

/* ---- making a file ---- */

static hr_status refuse_existing(hr_err *err, int folder) {
    if (!hr_slotfile_exists(folder, hr_slots_main) && !hr_slotfile_exists(folder, hr_slots_copy))
        return HR_OK;
    return hr_fail(err, HR_EXISTS, "%s",
                   HR_TR(err, "this folder has a key slots file already; choose another place",
                         "该文件夹中已有密钥槽文件；请换一个位置"));
}

static void begin_file(hr_slots *slots) {
    hr_keys *keys = slots->keys;
    hr_random(keys->store_id, sizeof keys->store_id);
    hr_random(keys->chart, sizeof keys->chart);
    hr_random(keys->facts, sizeof keys->facts);
    keys->has_chart = true;
    keys->generation = 1;
    memcpy(header_of(slots)->magic, hr_slots_magic, sizeof hr_slots_magic);
    memcpy(header_of(slots)->store_id, keys->store_id, sizeof keys->store_id);
    hr_put32(header_of(slots)->generation, keys->generation);
}

/* An administrator, whose keys these become, and the recovery key in c->typed. */
static hr_status fill_file(hr_err *err, hr_slots *slots, const char *name, const char *nfc, hr_kdf kdf, hr_chain *c) {
    hr_key_slot admin, recovery;
    begin_file(slots);
    describe_slot(&admin, HR_ROLE_ADMIN, name, kdf);
    describe_slot(&recovery, HR_ROLE_RECOVERY, hr_slots_recovery, (hr_kdf){0, 0});
    hr_status status = set_secret(err, slots, &recovery, NULL, false, c);
    if (status == HR_OK)
        status = set_secret(err, slots, &admin, nfc, true, c);
    if (status != HR_OK)
        return status;
    slots->keys->role = HR_ROLE_ADMIN;
    memcpy(slots->keys->operator_name, name, strlen(name) + 1);
    append(slots, &admin);
    append(slots, &recovery);
    finish(slots);
    return HR_OK;
}

static hr_status write_both(hr_err *err, const hr_slots *s) {
    hr_status status = hr_slotfile_write(err, s->folder, hr_slots_main, s->file.bytes, s->file.size);
    if (status == HR_OK)
        status = hr_slotfile_write(err, s->folder, hr_slots_copy, s->file.bytes, s->file.size);
    if (status != HR_OK) {
        unlinkat(s->folder, hr_slots_main, 0);
        unlinkat(s->folder, hr_slots_copy, 0);
    }
    return status;
}

static hr_slots *new_slots(void) {
    hr_slots *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->folder = -1;
    s->keys = hr_secret_new(sizeof *s->keys);
    if (s->keys)
        return s;
    free(s);
    return NULL;
}

void hr_slots_free(hr_slots *slots) {
    if (!slots)
        return;
    if (slots->folder >= 0)
        close(slots->folder);
    hr_secret_free(slots->keys);
    free(slots);
}

hr_status hr_keyslots_create(hr_err *err, const char *folder, const char *operator_name, const char *passphrase,
                             const char *recovery_key, hr_kdf kdf, hr_keys **out) {
    char *name = NULL, *nfc = NULL;
    hr_chain *c = hr_secret_new(sizeof *c);
    hr_slots *slots = new_slots();
    hr_status status = c && slots ? HR_OK : hr_fail_memory(err);
    if (status == HR_OK && (!operator_name || !passphrase || !recovery_key))
        status =
            hr_fail(err, HR_INVALID, "%s",
                    HR_TR(err, "a new store needs an operator's name, a passphrase and a recovery key; give all three",
                          "新建库需要操作员名称、口令和恢复密钥；请全部提供"));
    if (status == HR_OK)
        status = accept_name(err, operator_name, &name);
    if (status == HR_OK)
        status = hr_passphrase_accept(err, passphrase, &nfc);
    if (status == HR_OK)
        status = hr_recovery_parse(err, recovery_key, c->typed);
    if (status == HR_OK)
        status = accept_kdf(err, &kdf);
    if (status == HR_OK)
        status = hr_slotfile_folder(err, folder, &slots->folder);
    if (status == HR_OK)
        status = refuse_existing(err, slots->folder);
    if (status == HR_OK)
        status = fill_file(err, slots, name, nfc, kdf, c);
    if (status == HR_OK)
        status = write_both(err, slots);
    if (status == HR_OK)
        *out = hr_slots_take_keys(slots);
    hr_secret_free(name);
    hr_secret_free(nfc);
    hr_secret_free(c);
    hr_slots_free(slots);
    return status;
}

/* ---- changing it ---- */

static hr_status lock(hr_err *err, int folder) {
    for (int tries = 0; flock(folder, LOCK_EX | LOCK_NB) != 0; tries++) {
        if (tries == 100)
            return hr_fail(err, HR_BUSY, "%s",
                           HR_TR(err, "another program is changing the operators; try again when it is done",
                                 "另一程序正在更改操作员；请待其完成后再试"));
        usleep(100000);
    }
    return HR_OK;
}

/* He may have been removed, or given another secret, since he opened the store. */
static hr_status check_own(hr_err *err, const hr_slots *s) {
    unsigned char own[32];
    const hr_key_slot *slot = named(s, s->keys->operator_name);
    hr_sign_public(s->keys, own);
    if (slot && slot->role == s->keys->role && memcmp(slot->sign_public, own, sizeof own) == 0)
        return HR_OK;
    return hr_fail(err, HR_DENIED, "%s",
                   HR_TR(err, "this operator's own access was changed meanwhile; open the store again",
                         "该操作员自身的权限在此期间已被更改；请重新打开库"));
}

/* The file that these keys are of may not have got its name, for a disk that failed. */
static void finish_change(hr_slots *s) {
    hr_err ignored = {.language = HR_LANGUAGE_EN};
    if (hr_keyslots_load(&ignored, s->folder, hr_slots_fresh, &s->file) == HR_OK &&
        hr_slotfile_is(&s->file, s->keys->slots_sum) &&
        renameat(s->folder, hr_slots_fresh, s->folder, hr_slots_main) == 0)
        fsync(s->folder);
}

static hr_status load(hr_err *err, const char *folder, const hr_keys *keys, bool alone, hr_slots **out) {
    hr_slots *s = new_slots();
    if (!s)
        return hr_fail_memory(err);
    *s->keys = *keys;
    hr_status status = hr_slotfile_folder(err, folder, &s->folder);
    if (status == HR_OK && alone)
        status = lock(err, s->folder);
    if (status == HR_OK && (alone || flock(s->folder, LOCK_EX | LOCK_NB) == 0)) /* else somebody is at it */
        finish_change(s);
    if (status == HR_OK)
        status = hr_keyslots_load(err, s->folder, hr_slots_main, &s->file);
    if (status == HR_OK &&
        (!hr_slots_genuine(s->file.bytes, s->file.size, keys) || hr_slot_generation(s->file.bytes) != keys->generation))
        status = hr_slots_forged(err);
    if (status == HR_OK)
        status = check_own(err, s);
    if (status != HR_OK) {
        hr_slots_free(s);
        return status;
    }
    *out = s;
    return HR_OK;
}

hr_status hr_slots_begin(hr_err *err, const char *folder, const hr_keys *keys, hr_slots **out) {
    return load(err, folder, keys, true, out);
}

hr_status hr_slots_look(hr_err *err, const char *folder, const hr_keys *keys, hr_slots **out) {
    return load(err, folder, keys, false, out);
}

hr_status hr_slots_check_own(hr_err *err, const char *folder, hr_keys *keys,
                             const unsigned char expected[HR_HASH_SIZE]) {
    hr_slots *s = new_slots();
    if (!s)
        return hr_fail_memory(err);
    *s->keys = *keys;
    hr_status status = hr_slotfile_folder(err, folder, &s->folder);
    bool found = status == HR_OK && hr_keyslots_find(s->folder, expected, &s->file);
    if (found)
        status = check_own(err, s);
    if (found && status == HR_OK)
        memcpy(keys->slots_sum, expected, HR_HASH_SIZE);
    hr_slots_free(s);
    return status;
}

static hr_status refuse_name(hr_err *err, const hr_slots *slots, const char *name) {
    if (named(slots, name))
        return hr_fail(err, HR_INVALID,
                       HR_TR(err, "there is an operator \"%.64s\" already; choose another name",
                             "已有操作员“%.64s”；请换一个名称"),
                       name);
    if (hr_slots_count(slots) == HR_SLOTS_MAX)
        return hr_fail(err, HR_INVALID,
                       HR_TR(err, "a store has room for %d operators; remove one first",
                             "一个库最多容纳 %d 个操作员；请先移除一个"),
                       (int)HR_SLOTS_MAX - 1);
    return HR_OK;
}

static hr_status accept_new_name(hr_err *err, const hr_slots *slots, const char *given, char **name) {
    hr_status status = accept_name(err, given, name);
    return status == HR_OK ? refuse_name(err, slots, *name) : status;
}

hr_status hr_slots_room_for(hr_err *err, const hr_slots *slots, const char *name) {
    char *clean = NULL;
    hr_status status = accept_new_name(err, slots, name, &clean);
    hr_secret_free(clean);
    return status;
}

hr_status hr_slots_add(hr_err *err, hr_slots *slots, hr_role role, const char *name, const char *passphrase,
                       hr_kdf kdf) {
    char *clean = NULL, *nfc = NULL;
    hr_key_slot s;
    hr_chain *c = hr_secret_new(sizeof *c);
    hr_status status = c ? accept_new_name(err, slots, name, &clean) : hr_fail_memory(err);
    if (status == HR_OK)
        status = hr_passphrase_accept(err, passphrase, &nfc);
    if (status == HR_OK)
        status = accept_kdf(err, &kdf);
    if (status == HR_OK) {
        describe_slot(&s, role, clean, kdf);
        status = set_secret(err, slots, &s, nfc, false, c);
    }
    if (status == HR_OK)
        append(slots, &s);
    hr_secret_free(clean);
    hr_secret_free(nfc);
    hr_secret_free(c);
    return status;
}

static size_t count_role(const hr_slots *slots, hr_role role) {
    size_t count = 0;
    for (size_t i = 0; i < hr_slots_count(slots); i++)
        count += slot_at(slots, i)->role == role;
    return count;
}

static hr_status refuse_removal(hr_err *err, const hr_slots *slots, const hr_key_slot *s) {
    if (s->role == HR_ROLE_RECOVERY)
        return hr_fail(err, HR_INVALID, "%s",
                       HR_TR(err, "the recovery key is never removed; give the store another one instead",
                             "恢复密钥不能移除；可以更换"));
    if (s->role == HR_ROLE_ADMIN && count_role(slots, HR_ROLE_ADMIN) == 1)
        return hr_fail(err, HR_INVALID, "%s",
                       HR_TR(err, "this is the last administrator; add another one first",
                             "这是最后一名管理员；请先新增一名管理员"));
    if (hr_slot_named(s, slots->keys->operator_name))
        return hr_fail(err, HR_INVALID, "%s",
                       HR_TR(err, "nobody removes himself; let another administrator do it",
                             "不能移除自己；请由另一名管理员操作"));
    return HR_OK;
}

hr_status hr_slots_remove(hr_err *err, hr_slots *slots, const char *name) {
    hr_key_slot *s;
    hr_status status = find(err, slots, name, &s);
    if (status == HR_OK)
        status = refuse_removal(err, slots, s);
    if (status != HR_OK)
        return status;
    size_t count = hr_slots_count(slots), at = (size_t)(s - slot_at(slots, 0));
    memmove(s, s + 1, (count - at - 1) * sizeof *s);
    hr_put32(header_of(slots)->count, (uint32_t)count - 1);
    return HR_OK;
}

hr_status hr_slots_passphrase(hr_err *err, hr_slots *slots, const char *name, const char *passphrase, hr_kdf kdf) {
    char *nfc = NULL;
    hr_key_slot *s = NULL;
    hr_chain *c = hr_secret_new(sizeof *c);
    hr_status status = c ? find(err, slots, name, &s) : hr_fail_memory(err);
    if (status == HR_OK && s->role == HR_ROLE_RECOVERY)
        status = hr_fail(
            err, HR_INVALID, "%s",
            HR_TR(err, "the recovery key is no passphrase; name an operator", "恢复密钥不是口令；请给出操作员名称"));
    if (status == HR_OK)
        status = hr_passphrase_accept(err, passphrase, &nfc);
    if (status == HR_OK) {
        kdf.ops = kdf.ops ? kdf.ops : hr_get32(s->ops);
        kdf.mib = kdf.mib ? kdf.mib : hr_get32(s->mib);
        status = accept_kdf(err, &kdf);
    }
    if (status == HR_OK) {
        hr_put32(s->ops, kdf.ops);
        hr_put32(s->mib, kdf.mib);
        status = set_secret(err, slots, s, nfc, hr_slot_named(s, slots->keys->operator_name), c);
    }
    hr_secret_free(nfc);
    hr_secret_free(c);
    return status;
}

hr_status hr_slots_recovery_key(hr_err *err, hr_slots *slots, const char *recovery_key) {
    hr_key_slot *s = named(slots, hr_slots_recovery);
    hr_chain *c = hr_secret_new(sizeof *c);
    hr_status status = c ? hr_recovery_parse(err, recovery_key, c->typed) : hr_fail_memory(err);
    if (status == HR_OK)
        status = set_secret(err, slots, s, NULL, slots->keys->role == HR_ROLE_RECOVERY, c);
    hr_secret_free(c);
    return status;
}

hr_status hr_slots_renew(hr_err *err, hr_slots *slots) {
    hr_keys *keys = slots->keys;
    if (keys->generation == UINT32_MAX)
        return hr_fail_memory(err);
    keys->generation++;
    hr_random(keys->chart, sizeof keys->chart);
    hr_random(keys->facts, sizeof keys->facts);
    hr_put32(header_of(slots)->generation, keys->generation);
    for (size_t i = 0; i < hr_slots_count(slots); i++)
        hr_slot_seal(slot_at(slots, i), keys);
    return HR_OK;
}

/* ---- putting it in force ---- */

hr_status hr_slots_prepare(hr_err *err, hr_slots *slots, unsigned char sum[HR_HASH_SIZE]) {
    finish(slots);
    memcpy(sum, slots->keys->slots_sum, HR_HASH_SIZE);
    return hr_slotfile_write(err, slots->folder, hr_slots_fresh, slots->file.bytes, slots->file.size);
}

void hr_slots_abandon(hr_slots *slots) {
    unlinkat(slots->folder, hr_slots_fresh, 0);
}

/* Whether the copy on disk is of a generation before. */
static bool copy_is_older(const hr_slots *slots) {
    hr_err ignored = {.language = HR_LANGUAGE_EN};
    hr_slotfile *copy = malloc(sizeof *copy);
    bool older = copy && hr_keyslots_load(&ignored, slots->folder, hr_slots_copy, copy) == HR_OK &&
                 hr_slot_generation(copy->bytes) < slots->keys->generation;
    free(copy);
    return older;
}

hr_status hr_slots_commit(hr_err *err, hr_slots *slots, bool *settled) {
    hr_err ignored = {.language = err->language};
    *settled = false;
    if (renameat(slots->folder, hr_slots_fresh, slots->folder, hr_slots_main) != 0)
        return hr_fail_errno(err, errno, HR_TR(err, "write the key slots file", "写入密钥槽文件"));
    bool synced = fsync(slots->folder) == 0;
    *settled = synced &&
               hr_slotfile_write(&ignored, slots->folder, hr_slots_copy, slots->file.bytes, slots->file.size) == HR_OK;
    if (synced && !*settled && copy_is_older(slots)) /* none is better than one that opens what is to go */
        unlinkat(slots->folder, hr_slots_copy, 0);
    return HR_OK;
}

const hr_keys *hr_slots_keys(const hr_slots *slots) {
    return slots->keys;
}

hr_keys *hr_slots_take_keys(hr_slots *slots) {
    hr_keys *keys = slots->keys;
    slots->keys = NULL;
    return keys;
}
