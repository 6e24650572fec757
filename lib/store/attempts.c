/* Attempts to open the store that failed. Whoever fails has no key, so nothing of them can be in the log at once: they
 * are kept in the file "attempts" in the folder until an opening that succeeds puts them into the log and empties it.
 *
 * Without a key nothing in the file can be proven: who can write to the folder can also empty it. It shows the honest
 * passer-by who guessed, and costs nobody who opens the store rightly anything: what stands in its place (a link, a
 * folder, a file of somebody else's) is removed and said, and a record that was cut off is skipped.
 *
 * A file holds at most RECORDS records; the last of them then counts those that follow. docs/format.md gives them to
 * the byte. Who adds or reads holds the file's lock, so that none is lost while it is emptied. */
#include "base/bytes.h"
#include "store/store.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { RECORDS = 4096, NAME_SIZE = 64 };

typedef struct record {
    unsigned char magic[8];
    unsigned char first[8], last[8]; /* milliseconds since 1970, little-endian */
    unsigned char count[8];          /* how many attempts it stands for */
    char name[NAME_SIZE];            /* of the operator, then zeros */
} record;
_Static_assert(sizeof(record) == 96, "as docs/format.md has it");

static const char file_name[] = "attempts";
static const unsigned char MAGIC[8] = {'H', 'R', 'T', 'R', 'I', 'E', 'D', '\n'};
#define TIME_MOST INT64_C(7258118400000) /* the year 2200 */
#define COUNT_MOST INT64_C(2000000000)

static bool good_name(const char name[NAME_SIZE]) {
    size_t length = strnlen(name, NAME_SIZE), at = 0;
    for (size_t i = length; i < NAME_SIZE; i++)
        if (name[i])
            return false;
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)name[i] < 0x20 || name[i] == 0x7F)
            return false;
    return hr_text_utf8_valid(name, length, &at);
}

static bool good_number(const unsigned char number[8], int64_t least, int64_t most) {
    return hr_get64(number) >= least && hr_get64(number) <= most;
}

static bool good_record(const record *r) {
    return memcmp(r->magic, MAGIC, sizeof MAGIC) == 0 && good_number(r->first, 0, TIME_MOST) &&
           good_number(r->last, 0, TIME_MOST) && good_number(r->count, 1, COUNT_MOST) && good_name(r->name);
}

/* ---- the file ---- */

/* Of a plain file of this name alone; -1 with errno for anything else. */
static int open_file(int folder, int flags) {
    struct stat about;
    int file = openat(folder, file_name, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY, 0600);
    if (file >= 0 && (fstat(file, &about) != 0 || !S_ISREG(about.st_mode) || about.st_nlink != 1)) {
        close(file);
        errno = EEXIST;
        return -1;
    }
    return file;
}

/* Who holds it has it for a moment; one who never gives it back must not keep anybody from opening the store. */
static bool lock(int file) {
    static const struct timespec moment = {.tv_nsec = 10000000};
    for (int tries = 0; flock(file, LOCK_EX | LOCK_NB) != 0; tries++) {
        if (tries == 200)
            return false;
        nanosleep(&moment, NULL);
    }
    return true;
}

/* ---- adding ---- */

/* The last record takes one more. */
static void count_on(int file, off_t size, const record *one) {
    record last;
    off_t at = size - (off_t)sizeof last;
    if (pread(file, &last, sizeof last, at) != (ssize_t)sizeof last || !good_record(&last))
        last = *one;
    else if (hr_get64(last.count) < COUNT_MOST)
        hr_put64(last.count, hr_get64(last.count) + 1);
    memcpy(last.last, one->last, sizeof last.last);
    if (fcntl(file, F_SETFL, 0) == 0) /* no longer O_APPEND, which writes at the end wherever it is told to */
        (void)!pwrite(file, &last, sizeof last, at);
}

static void add(int folder, const record *one) {
    struct stat about;
    int file = open_file(folder, O_RDWR | O_CREAT | O_APPEND);
    if (file < 0)
        return;
    if (lock(file) && fstat(file, &about) == 0 && about.st_size >= RECORDS * (off_t)sizeof *one)
        count_on(file, about.st_size, one);
    else
        (void)!write(file, one, sizeof *one);
    fsync(file);
    close(file);
    fsync(folder);
}

void hr_attempts_add(const char *path, const char *operator_name, bool recovery) {
    record one = {.count = {1}};
    char name[NAME_SIZE + 1];
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return;
    memcpy(one.magic, MAGIC, sizeof MAGIC);
    hr_put64(one.first, hr_now_ms());
    memcpy(one.last, one.first, sizeof one.last);
    /* Only a name that the key slots have: what was typed in its place may be a passphrase. */
    if (hr_keyslots_operator(path, operator_name, recovery, name))
        memcpy(one.name, name, strlen(name));
    add(folder, &one);
    close(folder);
}

/* ---- reading ---- */

static void take_name(hr_attempts *all, const char *name) {
    size_t used = strlen(all->operators), length = strlen(name);
    const char *at = all->operators;
    while (length && (at = strstr(at, name))) { /* as a whole, between commas */
        if ((at == all->operators || at[-1] == ' ') && (!at[length] || at[length] == ','))
            return;
        at += length;
    }
    if (length && used + length + 3 <= sizeof all->operators) {
        memcpy(all->operators + used, ", ", 2);
        memcpy(all->operators + used + (used ? 2 : 0), name, length + 1);
    }
}

static void take(hr_attempts *all, const record *r) {
    char name[NAME_SIZE + 1] = {0};
    int64_t first = hr_get64(r->first), last = hr_get64(r->last);
    all->first = !all->count || first < all->first ? first : all->first;
    all->last = !all->count || last > all->last ? last : all->last;
    all->count += (uint64_t)hr_get64(r->count);
    memcpy(name, r->name, NAME_SIZE);
    take_name(all, name);
}

/* A record begins wherever its magic is; bytes that are of none are skipped. */
static void read_records(const unsigned char *bytes, size_t size, hr_attempts *out) {
    record r;
    for (size_t at = 0; at < size;) {
        if (size - at >= sizeof r && memcpy(&r, bytes + at, sizeof r) && good_record(&r)) {
            take(out, &r);
            at += sizeof r;
        } else {
            out->damaged = true;
            at++;
        }
    }
}

static int64_t size_of(int file) {
    struct stat about;
    return fstat(file, &about) == 0 ? (int64_t)about.st_size : -1;
}

static void read_file(int file, hr_attempts *out) {
    enum { MOST = (RECORDS + 1) * sizeof(record) };
    unsigned char *bytes = malloc(MOST);
    ssize_t size = bytes ? pread(file, bytes, MOST, 0) : -1;
    if (size >= 0)
        read_records(bytes, (size_t)size, out);
    out->damaged = out->damaged || size < 0 || size == MOST;
    free(bytes);
}

bool hr_attempts_begin(const char *path, hr_attempts *out, hr_attempts_hold *hold) {
    struct stat about;
    *out = (hr_attempts){.count = 0};
    *hold = (hr_attempts_hold){.folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), .file = -1};
    if (hold->folder >= 0 && fstatat(hold->folder, file_name, &about, AT_SYMLINK_NOFOLLOW) == 0) {
        hold->file = open_file(hold->folder, O_RDWR);
        if (hold->file < 0)
            out->damaged = true;
        else if (lock(hold->file))
            read_file(hold->file, out);
        hold->size = hold->file >= 0 ? size_of(hold->file) : 0;
    }
    if (out->count || out->damaged)
        return true;
    hr_attempts_end(hold, false);
    return false;
}

void hr_attempts_end(hr_attempts_hold *hold, bool forget) {
    bool grown = hold->file >= 0 && size_of(hold->file) != hold->size; /* by one who could not wait for the lock */
    if (forget && hold->file >= 0 && !grown)
        (void)!ftruncate(hold->file, 0);
    else if (forget && hold->file < 0 && unlinkat(hold->folder, file_name, 0) != 0)
        unlinkat(hold->folder, file_name, AT_REMOVEDIR);
    if (hold->file >= 0)
        close(hold->file);
    if (hold->folder >= 0)
        close(hold->folder);
    *hold = (hr_attempts_hold){.folder = -1, .file = -1};
}
