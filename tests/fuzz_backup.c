/* Backups come from a USB stick, or from anybody: any bytes are unpacked as one. Whatever they are, nothing appears but
 * the three files that a store has, in the folder that was given, and none is longer than the backup; and when it is
 * called whole, each file is what the manifest says, to the byte.
 *
 * Each input is given as it is, and again with what only a program can get right put right: the headers' checksums, and
 * the sizes and hashes in the manifest. Nothing is synced to disk here: that took all the time. */
#include "fuzz.h"
#include "store/store.h"
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BLOCK = 512, PARTS = 3, HEX = 2 * HR_HASH_SIZE, PATH_SIZE = PATH_MAX + 64 };

int fsync(int fd) {
    (void)fd;
    return 0;
}

static char folder[PATH_MAX], into[PATH_SIZE]; /* for the whole run; `into` lies in `folder` */

/* ---- hashes ---- */

static void hash_hex(const uint8_t *bytes, size_t size, char out[HEX + 1]) {
    unsigned char sum[HR_HASH_SIZE];
    hr_hash hash;
    hr_hash_init(&hash, NULL, 0);
    hr_hash_update(&hash, bytes, size);
    hr_hash_final(&hash, sum);
    for (size_t i = 0; i < sizeof sum; i++)
        snprintf(out + 2 * i, 3, "%02x", sum[i]);
}

/* ---- putting an archive right ---- */

/* A tar file: blocks of 512 bytes, each entry a header and as many as its size needs. */
typedef struct entry {
    uint8_t *data;
    size_t size;
} entry;

static void correct_header(uint8_t *header) {
    unsigned sum = 0;
    memset(header + 148, ' ', 8);
    for (int i = 0; i < BLOCK; i++)
        sum += header[i];
    snprintf((char *)header + 148, 7, "%06o", sum);
}

/* The entries, at most one more than the parts, with their headers corrected. */
static size_t correct_headers(uint8_t *bytes, size_t size, entry out[PARTS + 1]) {
    size_t count = 0;
    for (size_t at = 0; at + BLOCK <= size && bytes[at] && count <= PARTS;) {
        char digits[12] = "";
        memcpy(digits, bytes + at + 124, 11);
        size_t length = strtoul(digits, NULL, 8);
        correct_header(bytes + at);
        at += BLOCK;
        if (length > size - at)
            length = size - at;
        out[count++] = (entry){bytes + at, length};
        at += (length + BLOCK - 1) / BLOCK * BLOCK;
    }
    return count;
}

/* The value's place behind `key` in the manifest, searched from *at on, which moves there; NULL if there is none. */
static uint8_t *value_of(const entry *manifest, size_t *at, const char *key, size_t size) {
    uint8_t *found = memmem(manifest->data + *at, manifest->size - *at, key, strlen(key));
    if (!found || (size_t)(manifest->data + manifest->size - found) < strlen(key) + size)
        return NULL;
    *at = (size_t)(found - manifest->data) + strlen(key);
    return found + strlen(key);
}

static void correct_manifest(const entry *entries, size_t count) {
    size_t at = 0;
    for (size_t i = 1; i < count; i++) {
        char text[HEX + 1];
        uint8_t *size = value_of(&entries[0], &at, "\"size\": ", 8),
                *hash = value_of(&entries[0], &at, "\"blake2b\": \"", HEX);
        if (!size || !hash)
            return;
        if (strspn((const char *)size, "0123456789 ") >= 8) {
            snprintf(text, sizeof text, "%-8zu", entries[i].size);
            memcpy(size, text, 8);
        }
        hash_hex(entries[i].data, entries[i].size, text);
        memcpy(hash, text, HEX);
    }
}

/* ---- what must hold ---- */

static bool is_store_file(const char *name) {
    if (strcmp(name, "keyslots") == 0)
        return true;
    if (strncmp(name, "chart.", 6) != 0 && strncmp(name, "facts.", 6) != 0)
        return false;
    size_t digits = strspn(name + 6, "0123456789");
    return digits > 0 && digits <= 10 && strcmp(name + 6 + digits, ".db") == 0;
}

/* The archive says so: it holds the file's bytes, and their hash. */
static void must_be_as_packed(const char *path, size_t size, const uint8_t *bytes, size_t archive_size) {
    char hex[HEX + 1];
    uint8_t *content = exactly(size);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    must(fd >= 0 && read(fd, content, size) == (ssize_t)size && close(fd) == 0);
    hash_hex(content, size, hex);
    must(memmem(bytes, archive_size, hex, HEX) != NULL);
    must(memmem(bytes, archive_size, content, size) != NULL);
    free(content);
}

/* Looks at every name in the folder and removes it. */
static size_t sweep(bool whole, const uint8_t *bytes, size_t archive_size) {
    size_t count = 0;
    DIR *names = opendir(into);
    must(names != NULL);
    for (const struct dirent *name; (name = readdir(names));) {
        char path[PATH_SIZE + NAME_MAX + 2];
        struct stat about;
        if (strcmp(name->d_name, ".") == 0 || strcmp(name->d_name, "..") == 0)
            continue;
        count++;
        snprintf(path, sizeof path, "%s/%s", into, name->d_name);
        must(is_store_file(name->d_name));
        must(lstat(path, &about) == 0 && S_ISREG(about.st_mode) && (about.st_mode & 07777) == 0600);
        must((size_t)about.st_size <= archive_size);
        if (whole)
            must_be_as_packed(path, (size_t)about.st_size, bytes, archive_size);
        unlink(path);
    }
    closedir(names);
    return count;
}

/* "." and "..", and `into`. */
static void must_hold_nothing_else(void) {
    size_t count = 0;
    DIR *names = opendir(folder);
    must(names != NULL);
    while (readdir(names))
        count++;
    closedir(names);
    must(count == 3);
}

static int count_progress(void *context, uint64_t done, uint64_t total) {
    uint64_t *last = context;
    (void)total;
    must(done > *last);
    *last = done;
    return 0;
}

static hr_status unpack(const uint8_t *bytes, size_t size) {
    static int fd = -1;
    char path[64];
    uint64_t done = 0;
    hr_err err = new_err(size % 2);
    if (fd < 0)
        fd = memfd_create("fuzz_backup", MFD_CLOEXEC);
    must(fd >= 0 && ftruncate(fd, 0) == 0 && pwrite(fd, bytes, size, 0) == (ssize_t)size);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    hr_status status = hr_backup_unpack(&err, path, into, count_progress, &done);
    must(status == HR_OK || status == HR_DAMAGED || status == HR_NEWER);
    if (status != HR_OK)
        must_be_failure(&err, status);
    size_t files = sweep(status == HR_OK, bytes, size);
    must(status == HR_OK ? files == PARTS : files <= PARTS);
    must_hold_nothing_else();
    return status;
}

/* ---- */

static void finish(void) {
    rmdir(into);
    rmdir(folder);
}

static void start(void) {
    const char *parent = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/fuzz_backup-XXXXXX", parent ? parent : "/tmp");
    must(mkdtemp(folder) != NULL);
    snprintf(into, sizeof into, "%s/into", folder);
    must(mkdir(into, 0700) == 0 && atexit(finish) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    entry entries[PARTS + 1];
    if (!*folder)
        start();
    uint8_t *bytes = exactly(size + 1); /* with a NUL, for strspn */
    bytes[size] = 0;
    if (size)
        memcpy(bytes, data, size);
    unpack(bytes, size);
    size_t count = correct_headers(bytes, size, entries);
    if (count > 1)
        correct_manifest(entries, count);
    unpack(bytes, size);
    free(bytes);
    return 0;
}
