/* The key slots file, which is read before anything about it is known to be genuine, and what people type to open it.
 *
 * Any bytes are checked as they are, and again with the checksum made right, which no other change of the input would
 * do. A file that passes must be whole by docs/format.md, which is put into code here a second time. One that passes is
 * also opened with the recovery key of the file that the inputs began as: that may give keys only if nothing but the
 * checksum, which guards against accidents alone, differs from that file.
 *
 * The same bytes as text are typed as a recovery key, and chosen as a passphrase. */
#include "fuzz.h"
#include "vault/parts.h"
#include <fcntl.h>
#include <limits.h>
#include <sys/prctl.h>
#include <unistd.h>

enum {
    HEADER = 36,
    SLOT = 388,
    TRAILER = 96,
    OLD_TRAILER = 64, /* of version 1 */
    CHECKSUM = 32,
    SLOTS_MAX = 64,
    GENUINE_SIZE = HEADER + 3 * SLOT + OLD_TRAILER,
    ADMIN = 1,
    STATISTICIAN = 3,
    RECOVERY = 5
};

/* ---- docs/format.md ---- */

static bool zeros(const uint8_t *bytes, size_t size) {
    for (size_t i = 0; i < size; i++)
        if (bytes[i])
            return false;
    return true;
}

static bool name_whole(const uint8_t *slot) {
    size_t size = slot[2];
    if (size < 1 || size > 64 || !zeros(slot + 4 + size, 64 - size))
        return false;
    for (size_t at = 0; at < size;) {
        int32_t c = character_at((const char *)slot + 4, size, &at);
        if (c < 0x20 || (c >= 0x7F && c < 0xA0))
            return false;
    }
    return (slot[0] == RECOVERY) == (size == 8 && memcmp(slot + 4, "recovery", 8) == 0);
}

static bool slot_whole(const uint8_t *slot) {
    uint32_t passes = hr_get32(slot + 68), mib = hr_get32(slot + 72);
    bool costs = passes >= 3 && passes <= 16 && mib >= 64 && mib <= 1024;
    bool chart = slot[0] != STATISTICIAN;
    return slot[0] >= 1 && slot[0] <= 5 && slot[1] == chart && slot[3] == 0 && name_whole(slot) &&
           (chart || zeros(slot + 228, 80)) && (slot[0] == RECOVERY ? passes == 0 && mib == 0 : costs);
}

static bool all_whole(const uint8_t *bytes, size_t count) {
    size_t admins = 0, recoveries = 0;
    for (size_t i = 0; i < count; i++) {
        const uint8_t *slot = bytes + HEADER + i * SLOT;
        if (!slot_whole(slot))
            return false;
        admins += slot[0] == ADMIN;
        recoveries += slot[0] == RECOVERY;
        for (size_t j = 0; j < i; j++)
            if (memcmp(slot + 4, bytes + HEADER + j * SLOT + 4, 64) == 0)
                return false;
    }
    return admins > 0 && recoveries == 1;
}

static void checksum(const uint8_t *bytes, size_t size, uint8_t out[CHECKSUM]) {
    hr_hash hash;
    hr_hash_init(&hash, NULL, 0);
    hr_hash_update(&hash, bytes, size - CHECKSUM);
    hr_hash_final(&hash, out);
}

static hr_status judge(const uint8_t *bytes, size_t size) {
    uint8_t sum[CHECKSUM];
    if (size < HEADER || memcmp(bytes, "HRKEYS\r\n", 8) != 0 || hr_get32(bytes + 8) == 0)
        return HR_KEYSLOTS;
    if (hr_get32(bytes + 8) > 2)
        return HR_NEWER;
    size_t trailer = hr_get32(bytes + 8) == 1 ? OLD_TRAILER : TRAILER;
    size_t count = hr_get32(bytes + 12);
    if (count < 2 || count > SLOTS_MAX || size != HEADER + count * SLOT + trailer || hr_get32(bytes + 32) == 0)
        return HR_KEYSLOTS;
    checksum(bytes, size, sum);
    return all_whole(bytes, count) && memcmp(sum, bytes + size - CHECKSUM, CHECKSUM) == 0 ? HR_OK : HR_KEYSLOTS;
}

static hr_status check(const uint8_t *bytes, size_t size) {
    hr_err err = new_err(size % 2);
    hr_status status = hr_keyslots_check(&err, bytes, size);
    must(status == judge(bytes, size));
    if (status != HR_OK)
        must_be_failure(&err, status);
    return status;
}

/* ---- opening ---- */

static char folder[PATH_MAX]; /* for the whole run */

/* Made by another program from docs/format.md, and its recovery key: as in test_vault.c, and in the corpus. */
static const char genuine_key[] = "MJN7P-Z7HRA-83ARV-0Q9Z7-9ENDE-MCW9V-XVEH4-XAP30";
static const uint8_t genuine_hash[HR_HASH_SIZE] = {0x46, 0xd3, 0x9e, 0xee, 0x77, 0x03, 0xd2, 0x2a, 0x1b, 0x90, 0x39,
                                                   0xe6, 0xbf, 0xed, 0x2d, 0xf2, 0x69, 0x1f, 0x17, 0x1f, 0x03, 0x7e,
                                                   0xd4, 0x77, 0xad, 0x2b, 0x7b, 0x6c, 0xbd, 0x89, 0x4c, 0x4b};

static bool is_genuine(const uint8_t *bytes, size_t size) {
    uint8_t hash[HR_HASH_SIZE];
    if (size != GENUINE_SIZE)
        return false;
    checksum(bytes, size, hash);
    return memcmp(hash, genuine_hash, sizeof hash) == 0;
}

static void must_open_only_the_genuine(const uint8_t *bytes, size_t size) {
    char path[PATH_MAX + 16];
    hr_err err = new_err(false);
    hr_keys *keys = NULL;
    bool from_copy = false;
    snprintf(path, sizeof path, "%s/keyslots", folder);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    must(fd >= 0 && write(fd, bytes, size) == (ssize_t)size && close(fd) == 0);
    hr_status status = hr_keyslots_open(&err, folder, NULL, NULL, genuine_key, &keys, &from_copy);
    must((status == HR_OK) == is_genuine(bytes, size));
    must(!from_copy && (keys != NULL) == (status == HR_OK));
    if (status == HR_OK)
        must(keys->generation == 7 && keys->has_chart && keys->role == HR_ROLE_RECOVERY);
    else
        must(status == HR_PASSPHRASE || status == HR_KEYSLOTS);
    hr_secret_free(keys);
    unlink(path);
    strcat(path, ".bak"); /* a copy, when it has opened */
    unlink(path);
}

/* ---- what is typed ---- */

/* A text that is accepted has 40 characters of the alphabet in it, as people write them; and it is accepted again when
 * it is written anew from them. */
static void try_recovery_key(const char *typed) {
    hr_err err = new_err(*typed % 2);
    unsigned char secret[20], again[20];
    char plain[64];
    size_t count = 0;
    hr_status status = hr_recovery_parse(&err, typed, secret);
    if (status != HR_OK) {
        must(status == HR_INVALID);
        must_be_failure(&err, status);
        return;
    }
    for (const char *c = typed; *c; c++)
        if (((unsigned char)*c | 32) >= 'a' && ((unsigned char)*c | 32) <= 'z' && count < 40)
            plain[count++] = (char)(*c & ~32);
        else if (*c >= '0' && *c <= '9' && count < 40)
            plain[count++] = *c;
        else if ((unsigned char)*c >= 0x80)
            return; /* full-width characters are not read a second time */
    plain[count] = '\0';
    must(count == 40);
    must(hr_recovery_parse(&err, plain, again) == HR_OK && memcmp(secret, again, sizeof secret) == 0);
}

/* An accepted passphrase is long enough, and is its own normal form. */
static void try_passphrase(const char *text) {
    hr_err err = new_err(*text % 2);
    char *nfc = NULL, *again = NULL;
    hr_status status = hr_passphrase_accept(&err, text, &nfc);
    if (status != HR_OK) {
        must(status == HR_INVALID && !nfc);
        must_be_failure(&err, status);
        must(strlen(text) < 8 || !strstr(err.text, text));
        return;
    }
    must(strlen(text) <= HR_PASSPHRASE_MAX && good_prefix(text, strlen(text)) == strlen(text));
    must(strlen(nfc) >= 11); /* six words of a letter */
    must(hr_nfc(&err, nfc, &again) == HR_OK && strcmp(nfc, again) == 0);
    hr_secret_free(nfc);
    hr_secret_free(again);
}

/* ---- */

/* ---- mutations ---- */

/* A file is only looked into when its size fits its count, so slots are also added, dropped and moved as wholes, and
 * bytes are changed where they stand. */
static size_t change_slots(uint8_t *data, size_t size, size_t most, unsigned number) {
    size_t count = (size - HEADER - OLD_TRAILER) / SLOT, which = number / 8 % count;
    uint8_t *slot = data + HEADER + which * SLOT;
    size_t rest = size - HEADER - which * SLOT;
    if (number % 4 == 0 && size + SLOT <= most) { /* the slot again, with another name */
        memmove(slot + SLOT, slot, rest);
        slot[4 + number / 64 % 8] ^= (uint8_t)(number >> 16 & 31);
        size += SLOT;
        count++;
    } else if (number % 4 == 1 && count > 1) {
        memmove(slot, slot + SLOT, rest - SLOT);
        size -= SLOT;
        count--;
    } else {
        static const size_t fields[] = {0, 1, 2, 3, 4, 67, 68, 72, 73, 100, 150, 200, 250, 330};
        slot[fields[number / 64 % (sizeof fields / sizeof *fields)]] = (uint8_t)(number >> 16 & 31);
    }
    hr_put32(data + 12, (uint32_t)count);
    return size;
}

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed);

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed) {
    if (seed % 4 == 0 || size < HEADER + SLOT + OLD_TRAILER || memcmp(data, "HRKEYS", 6) != 0)
        return LLVMFuzzerMutate(data, size, most);
    return change_slots(data, size, most, seed / 4 * 2654435761u >> 2);
}

/* ---- */

static void finish(void) {
    rmdir(folder);
}

/* hr_vault_start makes the process undumpable, which would keep LeakSanitizer out. */
static void start(void) {
    hr_err err = new_err(false);
    const char *parent = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/fuzz_keyslots-XXXXXX", parent ? parent : "/tmp");
    must(hr_vault_start(&err) == HR_OK && prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) == 0);
    must(mkdtemp(folder) != NULL && atexit(finish) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (!*folder)
        start();
    uint8_t *bytes = exactly(size);
    if (size)
        memcpy(bytes, data, size);
    hr_status status = check(bytes, size);
    if (status != HR_OK && size >= CHECKSUM) {
        checksum(bytes, size, bytes + size - CHECKSUM);
        status = check(bytes, size);
    }
    if (status == HR_OK)
        must_open_only_the_genuine(bytes, size);
    free(bytes);
    char *text = text_of(data, size);
    try_recovery_key(text);
    try_passphrase(text);
    free(text);
    return 0;
}
