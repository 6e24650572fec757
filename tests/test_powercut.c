/* Power cuts, failing disks, killed processes: whatever was acknowledged is there afterwards, and nothing is half done.
 *
 * A simulated disk. This program defines open, write, fsync, rename and their kin itself, so the linker gives them to
 * the library, to SQLCipher and to libarchive in place of the C library's. They pass every call on, and write down what
 * it changes in one watched folder: bytes of files, names in folders, and syncs, which are not passed on. From that
 * list the folder is made again as a disk could hold it after a power cut at any point of it: what had been synced is
 * there; of what came after a file's last sync, nothing, all, or any part is, the last write perhaps by some of its
 * sectors; and names made, taken away or moved since the folder's last sync are there or not. Each such folder is
 * opened by the library, which must find the state before or after the change that was under way, and nothing to
 * complain of. The same calls can be told to fail, or to kill the process, at the n-th change.
 *
 * The controls spoil one thing each (the disk's promise to sync, or one setting of the connection) and must be found
 * out. Everything is opened with the recovery key, which needs no Argon2. Rebuilt folders stand where the original
 * stood, because a journal names its super-journal by an absolute path. */
#include "record/chart.h"
#include "store/store.h"
#include "support.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define ON_LAST_DAY 20101231

enum { FILES = 256, FDS = 1024, NAME_SIZE = 64, SECTOR = 512, MARKS = 32, ROOT = 1 }; /* file 0: none */

/* ---- what a disk holds ---- */

typedef struct content {
    unsigned char *bytes;
    size_t size;
} content;

typedef struct entry {
    int folder, file;
    char name[NAME_SIZE];
} entry;

typedef struct disk {
    content files[FILES];
    entry names[FILES];
    size_t name_count;
} disk;

typedef enum what { WRITE, TRUNCATE, SYNC, LINK, UNLINK, RENAME } what;
typedef struct change {
    what what;
    int file; /* whose bytes, or which file gets the name */
    int folder, to_folder;
    char name[NAME_SIZE], to_name[NAME_SIZE];
    size_t offset, size;
    unsigned char *bytes;
} change;

/* What happened in one folder from a known state on. */
typedef struct recording {
    char root[PATH_SIZE];
    disk before, now; /* of `now`, only the names are kept up */
    bool folders[FILES];
    int files;
    change *changes;
    size_t count, room;
    size_t marks[MARKS]; /* how many changes there were when the test was told that something is done */
    size_t mark_count;
    bool lies; /* the disk says that it has synced, and has not */
} recording;

static entry *find_name(disk *d, int folder, const char *name) {
    for (size_t i = 0; i < d->name_count; i++)
        if (d->names[i].folder == folder && strcmp(d->names[i].name, name) == 0)
            return &d->names[i];
    return NULL;
}

static void set_name(disk *d, int folder, const char *name, int file) {
    entry *e = find_name(d, folder, name);
    if (!e) {
        assert_true(d->name_count < FILES);
        e = &d->names[d->name_count++];
    }
    *e = (entry){.folder = folder, .file = file};
    assert_true(snprintf(e->name, sizeof e->name, "%s", name) < NAME_SIZE);
}

static void clear_name(disk *d, int folder, const char *name) {
    entry *e = find_name(d, folder, name);
    if (e)
        *e = d->names[--d->name_count];
}

static void resize(content *c, size_t size) {
    c->bytes = realloc(c->bytes, size + 1);
    assert_non_null(c->bytes);
    if (size > c->size)
        memset(c->bytes + c->size, 0, size - c->size);
    c->size = size;
}

static void apply(disk *d, const change *c) {
    content *file = &d->files[c->file];
    entry *e;
    switch (c->what) {
    case WRITE:
        if (c->offset + c->size > file->size)
            resize(file, c->offset + c->size);
        memcpy(file->bytes + c->offset, c->bytes, c->size);
        break;
    case TRUNCATE:
        resize(file, c->size);
        break;
    case LINK:
        set_name(d, c->folder, c->name, c->file);
        break;
    case UNLINK:
        clear_name(d, c->folder, c->name);
        break;
    case RENAME:
        if ((e = find_name(d, c->folder, c->name))) {
            int file_id = e->file;
            clear_name(d, c->folder, c->name);
            set_name(d, c->to_folder, c->to_name, file_id);
        }
        break;
    case SYNC:
        break;
    }
}

/* Writes only some sectors of the change. */
static void apply_torn(disk *d, const change *c, uint64_t sectors) {
    for (size_t at = 0; at < c->size;) {
        size_t sector = (c->offset + at) / SECTOR, end = (sector + 1) * SECTOR - c->offset;
        change part = *c;
        part.offset = c->offset + at;
        part.bytes = c->bytes + at;
        part.size = (end < c->size ? end : c->size) - at;
        if (sectors >> sector % 64 & 1)
            apply(d, &part);
        at += part.size;
    }
}

static void copy_disk(disk *to, const disk *from) {
    *to = *from;
    for (int i = 0; i < FILES; i++) {
        to->files[i] = (content){0};
        if (!from->files[i].bytes)
            continue;
        resize(&to->files[i], from->files[i].size);
        memcpy(to->files[i].bytes, from->files[i].bytes, from->files[i].size);
    }
}

static void free_disk(disk *d) {
    for (int i = 0; i < FILES; i++)
        free(d->files[i].bytes);
}

static void free_recording(recording *r) {
    for (size_t i = 0; i < r->count; i++)
        free(r->changes[i].bytes);
    free_disk(&r->before);
    free(r->changes);
    free(r);
}

/* ---- the calls in place of the C library's ---- */

static recording *watching;
static int file_of_fd[FDS]; /* 0: of no interest */

/* What to do at the n-th change from now on. */
static struct {
    unsigned at, seen;
    int error;
    bool kills, stays, struck;
    what what; /* that was struck, and of which file */
    int file;
} fault;

static bool strike(what kind, int file) {
    if (!fault.at || ++fault.seen < fault.at || (fault.seen > fault.at && !fault.stays))
        return false;
    if (fault.kills)
        kill(getpid(), SIGKILL);
    if (!fault.struck) {
        fault.what = kind;
        fault.file = file;
    }
    fault.struck = true;
    errno = fault.error;
    return true;
}

static void arm(unsigned at, int error, bool stays) {
    fault.at = at;
    fault.seen = 0;
    fault.error = error;
    fault.stays = stays;
    fault.kills = fault.struck = false;
}

typedef struct place {
    int folder, file;
    char name[NAME_SIZE];
} place;

/* Whether the path is in the watched folder, and where. */
static bool locate(int at, const char *path, place *out) {
    *out = (place){0};
    if (!watching)
        return false;
    if (*path == '/') {
        size_t length = strlen(watching->root);
        if (strncmp(path, watching->root, length) != 0 || (path[length] != '/' && path[length] != '\0'))
            return false;
        out->file = ROOT;
        path += length;
    } else {
        out->file = at >= 0 && at < FDS ? file_of_fd[at] : 0;
    }
    while (out->file && *(path += strspn(path, "/"))) {
        size_t length = strcspn(path, "/");
        out->folder = out->file;
        snprintf(out->name, sizeof out->name, "%.*s", (int)length, path);
        const entry *e = find_name(&watching->now, out->folder, out->name);
        out->file = e ? e->file : 0;
        path += length;
        if (!out->file && *path) /* in a folder that is not there */
            return false;
    }
    return out->file || out->folder;
}

static int fd_file(int fd) {
    return watching && fd >= 0 && fd < FDS ? file_of_fd[fd] : 0;
}

static change *record(what kind, int file) {
    recording *r = watching;
    if (r->count == r->room) {
        r->room = r->room ? 2 * r->room : 256;
        r->changes = realloc(r->changes, r->room * sizeof *r->changes);
        assert_non_null(r->changes);
    }
    change *c = &r->changes[r->count++];
    *c = (change){.what = kind, .file = file};
    return c;
}

static void record_name(what kind, int file, const place *from, const place *to) {
    change *c = record(kind, file);
    c->folder = from->folder;
    memcpy(c->name, from->name, sizeof c->name);
    if (to) {
        c->to_folder = to->folder;
        memcpy(c->to_name, to->name, sizeof c->to_name);
    }
    apply(&watching->now, c);
}

static int new_file(const place *p, bool folder) {
    assert_true(watching->files < FILES);
    int file = watching->files++;
    watching->folders[file] = folder;
    record_name(LINK, file, p, NULL);
    return file;
}

static void record_write(int file, const void *bytes, ssize_t size, int64_t offset) {
    if (!file || size <= 0)
        return;
    change *c = record(WRITE, file);
    c->offset = (size_t)offset;
    c->size = (size_t)size;
    c->bytes = malloc(c->size);
    assert_non_null(c->bytes);
    memcpy(c->bytes, bytes, c->size);
}

static int do_open(int at, const char *path, int flags, mode_t mode) {
    place p;
    bool watched = locate(at, path, &p), creates = watched && !p.file && (flags & O_CREAT);
    if (creates && strike(LINK, 0))
        return -1;
    int fd = (int)syscall(SYS_openat, at, path, flags, mode);
    if (fd < 0 || fd >= FDS)
        return fd;
    file_of_fd[fd] = !watched ? 0 : p.file ? p.file : new_file(&p, false);
    if (watched && (flags & O_TRUNC) && !creates)
        record(TRUNCATE, file_of_fd[fd]);
    return fd;
}

static ssize_t do_write(int fd, const void *bytes, size_t size, int64_t offset) {
    int file = fd_file(fd);
    if (file && strike(WRITE, file)) {
        /* A disk that becomes full takes the beginning. */
        if (fault.error != ENOSPC || fault.seen > fault.at || size < 2)
            return -1;
        size /= 2;
    }
    ssize_t written = syscall(SYS_pwrite64, fd, bytes, size, offset);
    record_write(file, bytes, written, offset);
    return written;
}

static int do_sync(int fd) {
    int file = fd_file(fd);
    if (file && strike(SYNC, file))
        return -1;
    if (file && !watching->lies)
        record(SYNC, file);
    return 0;
}

static int do_unlink(int at, const char *path, int flags) {
    place p;
    bool watched = locate(at, path, &p) && p.file;
    if (watched && strike(UNLINK, p.file))
        return -1;
    int code = (int)syscall(SYS_unlinkat, at, path, flags);
    if (code == 0 && watched)
        record_name(UNLINK, p.file, &p, NULL);
    return code;
}

static int do_rename(int from_at, const char *from, int to_at, const char *to, unsigned flags) {
    place p, q;
    bool watched = locate(from_at, from, &p) && locate(to_at, to, &q);
    if (watched && strike(RENAME, p.file))
        return -1;
    int code = (int)syscall(SYS_renameat2, from_at, from, to_at, to, flags);
    if (code == 0 && watched)
        record_name(RENAME, p.file, &p, &q);
    return code;
}

/* The names on the left are for the compiler, those on the right for the linker. */
#define STANDS_FOR(name) __asm__(name) __attribute__((visibility("default")))
int disk_open(const char *path, int flags, mode_t mode) STANDS_FOR("open");
int disk_open64(const char *path, int flags, mode_t mode) STANDS_FOR("open64");
int disk_openat(int at, const char *path, int flags, mode_t mode) STANDS_FOR("openat");
int disk_close(int fd) STANDS_FOR("close");
ssize_t disk_write(int fd, const void *bytes, size_t size) STANDS_FOR("write");
ssize_t disk_pwrite64(int fd, const void *bytes, size_t size, int64_t offset) STANDS_FOR("pwrite64");
int disk_ftruncate64(int fd, int64_t size) STANDS_FOR("ftruncate64");
int disk_fsync(int fd) STANDS_FOR("fsync");
int disk_fdatasync(int fd) STANDS_FOR("fdatasync");
int disk_unlink(const char *path) STANDS_FOR("unlink");
int disk_unlinkat(int at, const char *path, int flags) STANDS_FOR("unlinkat");
int disk_rename(const char *from, const char *to) STANDS_FOR("rename");
int disk_renameat(int from_at, const char *from, int to_at, const char *to) STANDS_FOR("renameat");
int disk_renameat2(int from_at, const char *from, int to_at, const char *to, unsigned flags) STANDS_FOR("renameat2");
int disk_mkdir(const char *path, mode_t mode) STANDS_FOR("mkdir");
int disk_rmdir(const char *path) STANDS_FOR("rmdir");

int disk_open(const char *path, int flags, mode_t mode) {
    return do_open(AT_FDCWD, path, flags, mode);
}

int disk_open64(const char *path, int flags, mode_t mode) {
    return do_open(AT_FDCWD, path, flags, mode);
}

int disk_openat(int at, const char *path, int flags, mode_t mode) {
    return do_open(at, path, flags, mode);
}

int disk_close(int fd) {
    if (fd >= 0 && fd < FDS)
        file_of_fd[fd] = 0;
    return (int)syscall(SYS_close, fd);
}

ssize_t disk_write(int fd, const void *bytes, size_t size) {
    if (!fd_file(fd))
        return syscall(SYS_write, fd, bytes, size);
    off_t at = lseek(fd, 0, SEEK_CUR);
    ssize_t written = do_write(fd, bytes, size, at);
    if (written > 0)
        lseek(fd, at + written, SEEK_SET);
    return written;
}

ssize_t disk_pwrite64(int fd, const void *bytes, size_t size, int64_t offset) {
    return do_write(fd, bytes, size, offset);
}

int disk_ftruncate64(int fd, int64_t size) {
    int file = fd_file(fd);
    if (file && strike(TRUNCATE, file))
        return -1;
    int code = (int)syscall(SYS_ftruncate, fd, size);
    if (code == 0 && file)
        record(TRUNCATE, file)->size = (size_t)size;
    return code;
}

int disk_fsync(int fd) {
    return do_sync(fd);
}

int disk_fdatasync(int fd) {
    return do_sync(fd);
}

int disk_unlink(const char *path) {
    return do_unlink(AT_FDCWD, path, 0);
}

int disk_unlinkat(int at, const char *path, int flags) {
    return do_unlink(at, path, flags);
}

int disk_rename(const char *from, const char *to) {
    return do_rename(AT_FDCWD, from, AT_FDCWD, to, 0);
}

int disk_renameat(int from_at, const char *from, int to_at, const char *to) {
    return do_rename(from_at, from, to_at, to, 0);
}

int disk_renameat2(int from_at, const char *from, int to_at, const char *to, unsigned flags) {
    return do_rename(from_at, from, to_at, to, flags);
}

int disk_mkdir(const char *path, mode_t mode) {
    place p;
    bool watched = locate(AT_FDCWD, path, &p);
    if (watched && strike(LINK, 0))
        return -1;
    int code = (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
    if (code == 0 && watched)
        new_file(&p, true);
    return code;
}

int disk_rmdir(const char *path) {
    return do_unlink(AT_FDCWD, path, AT_REMOVEDIR);
}

/* ---- recording ---- */

/* Takes in a folder of plain files as it is. */
static void take_in(recording *r, const char *folder) {
    DIR *names = opendir(folder);
    struct dirent *name;
    char path[PATH_SIZE];
    assert_non_null(names);
    while ((name = readdir(names))) {
        if (name->d_name[0] == '.')
            continue;
        assert_true(r->files < FILES);
        content *c = &r->before.files[r->files];
        join_path(path, folder, name->d_name);
        c->bytes = (unsigned char *)read_bytes(path, &c->size);
        set_name(&r->before, ROOT, name->d_name, r->files++);
    }
    closedir(names);
}

/* Watches a folder, whose store must not be open yet. */
static recording *watch(const char *root) {
    recording *r = calloc(1, sizeof *r);
    assert_non_null(r);
    snprintf(r->root, sizeof r->root, "%s", root);
    r->folders[ROOT] = true;
    r->files = ROOT + 1;
    take_in(r, root);
    memcpy(r->now.names, r->before.names, sizeof r->now.names);
    r->now.name_count = r->before.name_count;
    memset(file_of_fd, 0, sizeof file_of_fd);
    watching = r;
    return r;
}

static recording *stop_watching(void) {
    recording *r = watching;
    watching = NULL;
    fault.at = 0;
    return r;
}

static void mark(void) {
    assert_true(watching->mark_count < MARKS);
    watching->marks[watching->mark_count++] = watching->count;
}

/* ---- making the folder again ---- */

typedef enum variant { NOTHING, NAMES, BYTES, EVERYTHING, TORN, SOME } variant;

/* The disk at one point of a recording: what is certain, and what may or may not have reached it. */
typedef struct moment {
    const recording *of;
    size_t at;
    disk certain;
    const change **open;
    size_t open_count;
    uint64_t random;
} moment;

static uint64_t next_random(uint64_t *seed) { /* xorshift64* */
    *seed ^= *seed >> 12;
    *seed ^= *seed << 25;
    *seed ^= *seed >> 27;
    return *seed * 0x2545F4914F6CDD1D;
}

static void start(moment *m, const recording *r) {
    *m = (moment){.of = r, .random = 20261124};
    copy_disk(&m->certain, &r->before);
    m->open = calloc(r->count + 1, sizeof(const change *));
    assert_non_null(m->open);
}

static void finish(moment *m) {
    free_disk(&m->certain);
    free(m->open);
}

static bool settled_by(const change *c, const change *sync) {
    if (c->what == WRITE || c->what == TRUNCATE)
        return c->file == sync->file;
    return c->folder == sync->file || (c->what == RENAME && c->to_folder == sync->file);
}

static void advance(moment *m) {
    const change *c = &m->of->changes[m->at++];
    size_t kept = 0;
    if (c->what != SYNC) {
        m->open[m->open_count++] = c;
        return;
    }
    for (size_t i = 0; i < m->open_count; i++)
        if (settled_by(m->open[i], c))
            apply(&m->certain, m->open[i]);
        else
            m->open[kept++] = m->open[i];
    m->open_count = kept;
}

/* Applies a change of names unless an earlier one of the same name was lost. */
static void apply_name(disk *d, const change *c, bool lose, disk *lost) {
    if (lose || find_name(lost, c->folder, c->name)) {
        set_name(lost, c->folder, c->name, ROOT);
        if (c->what == RENAME)
            set_name(lost, c->to_folder, c->to_name, ROOT);
    } else {
        apply(d, c);
    }
}

static void imagine(moment *m, variant v, disk *out) {
    static disk lost;
    size_t last = m->open_count;
    lost.name_count = 0;
    copy_disk(out, &m->certain);
    for (size_t i = 0; i < m->open_count; i++)
        if (m->open[i]->what == WRITE)
            last = i;
    for (size_t i = 0; i < m->open_count; i++) {
        const change *c = m->open[i];
        bool bytes = c->what == WRITE || c->what == TRUNCATE, coin = next_random(&m->random) >> 40 & 1;
        if (!bytes)
            apply_name(out, c, v == NOTHING || v == BYTES || (v == SOME && coin), &lost);
        else if (v == TORN && i == last)
            apply_torn(out, c, next_random(&m->random));
        else if (v == BYTES || v == EVERYTHING || v == TORN || (v == SOME && coin))
            apply(out, c);
    }
}

static void make_folder_of(const disk *d, const bool *folders, int folder, const char *path) {
    char inside[PATH_SIZE];
    assert_int_equal(mkdir(path, 0700), 0);
    for (size_t i = 0; i < d->name_count; i++) {
        const entry *e = &d->names[i];
        if (e->folder != folder)
            continue;
        join_path(inside, path, e->name);
        if (folders[e->file])
            make_folder_of(d, folders, e->file, inside);
        else
            write_bytes(inside, d->files[e->file].bytes ? d->files[e->file].bytes : (const void *)"",
                        d->files[e->file].size);
    }
}

static void put_on_disk(const recording *r, const disk *d) {
    remove_tree(r->root);
    make_folder_of(d, r->folders, ROOT, r->root);
}

/* Leaves the folder as it could be after a cut before the given change. */
static void leave(const recording *r, size_t at, variant v) {
    static moment m;
    static disk d;
    start(&m, r);
    while (m.at < at)
        advance(&m);
    m.random += at;
    imagine(&m, v, &d);
    put_on_disk(r, &d);
    finish(&m);
    free_disk(&d);
}

static uint64_t fingerprint(const disk *d, uint64_t seed) {
    uint64_t sum = seed;
    for (size_t i = 0; i < d->name_count; i++) { /* in any order */
        const content *c = &d->files[d->names[i].file];
        uint64_t one = 14695981039346656037u ^ (uint64_t)d->names[i].folder, eight = 0;
        for (const char *at = d->names[i].name; *at; at++)
            one = (one ^ (unsigned char)*at) * 1099511628211u;
        for (size_t at = 0; at < c->size; at += 8) {
            memcpy(&eight, c->bytes + at, c->size - at < 8 ? c->size - at : 8);
            one = (one ^ eight) * 1099511628211u;
            one ^= one >> 29;
        }
        sum += one * 0x9E3779B97F4A7C15u;
    }
    return sum;
}

/* ---- exploring every cut ---- */

/* Looks at the folder after a cut before which `done` marks were made: NULL, or what is wrong, for free(). */
typedef char *(*look_fn)(void *context, size_t done);

typedef struct search {
    const recording *of;
    look_fn look;
    void *context;
    unsigned tries; /* random parts at each sync */
    unsigned every; /* of the cuts between syncs, one in so many */
    bool enough;    /* one wrong state is enough */
    size_t states, wrong;
    char first[1024];
    uint64_t *seen;
} search;

static void look_at(search *s, moment *m, variant v, size_t done) {
    static const char *const names[] = {"nothing", "the names", "the bytes", "everything", "a torn write", "a part"};
    static disk d;
    imagine(m, v, &d);
    uint64_t sum = fingerprint(&d, done);
    for (size_t i = 0; i < s->states; i++)
        if (s->seen[i] == sum)
            goto out;
    s->seen = realloc(s->seen, (s->states + 1) * sizeof *s->seen);
    assert_non_null(s->seen);
    s->seen[s->states++] = sum;
    put_on_disk(s->of, &d);
    char *problem = s->look(s->context, done);
    if (problem && s->wrong++ == 0)
        snprintf(s->first, sizeof s->first, "cut after change %zu of %zu, %zu done, %s of what was not synced: %s",
                 m->at, s->of->count, done, names[v], problem);
    free(problem);
out:
    free_disk(&d);
}

static void explore(search *s) {
    static moment m;
    size_t done = 0;
    start(&m, s->of);
    for (;;) {
        while (done < s->of->mark_count && s->of->marks[done] <= m.at)
            done++;
        bool end = m.at == s->of->count, decisive = end || s->of->changes[m.at].what != WRITE;
        if (decisive || m.at % s->every == 0) {
            look_at(s, &m, EVERYTHING, done);
            look_at(s, &m, TORN, done);
        }
        for (variant v = NOTHING; decisive && v < EVERYTHING; v++)
            look_at(s, &m, v, done);
        for (unsigned i = 0; decisive && i < s->tries; i++)
            look_at(s, &m, SOME, done);
        if (end || (s->enough && s->wrong))
            break;
        advance(&m);
    }
    finish(&m);
    free(s->seen);
    s->seen = NULL;
}

static void assert_none_wrong(const search *s, size_t at_least) {
    if (s->wrong)
        fail_msg("%zu of %zu states are wrong; the first: %s", s->wrong, s->states, s->first);
    print_message("             %zu states\n", s->states);
    if (s->states < (SANITIZED ? at_least / 4 : at_least))
        fail_msg("only %zu states were looked at", s->states);
}

/* ---- the store under test ---- */

static char recovery[HR_RECOVERY_KEY_SIZE];

static const char *const committees[] = {"110105001001", "110105001002", "110105001003", "110105002001",
                                         "110105002002", "110108001001", "110108001002"};

/* The n-th resident, as JSON. */
static void resident(char out[512], int n) {
    char id[ID_SIZE];
    id_number(id, 110105, 19300101 + n % 28 + n / 28 % 12 * 100 + n / 336 * 10000, 100 + n);
    snprintf(out, 512,
             "{'id_number':'%s','name':'王第%d','area':'%s','file_opened':'2003-0%d-11','rehab_need_since':'2002-03',"
             "'address':'朝阳门外大街%d号'}",
             id, n, committees[n % 7], 1 + n % 9, n);
    quote_json(out);
}

static hr_status put_resident(hr_store *store, int n) {
    char json[512];
    resident(json, n);
    return hr_put(store, "resident", json, NULL, NULL);
}

static void add_rows(FILE *out, hr_store *store, hr_cursor *rows) {
    hr_status status;
    while ((status = hr_cursor_next(rows)) == HR_OK) {
        for (int i = 0; i < hr_cursor_columns(rows); i++)
            fprintf(out, "%s,", hr_cursor_text(rows, i));
        fputc('\n', out);
    }
    fprintf(out, "%s\n", status == HR_END ? "" : hr_error(store));
    hr_cursor_free(rows);
}

/* Not by hr_resident_get, which would write to the disk that is watched: reading a file is said in the log. */
static void add_people(FILE *out, hr_store *store, uint64_t entries) {
    char json[HR_JSON_SIZE];
    if (hr_chart_begin(store) != HR_OK)
        return;
    for (int64_t id = 1; id <= (int64_t)entries; id++) {
        hr_resident now;
        if (hr_resident_load(store, id, &now, NULL) != HR_OK)
            continue;
        hr_record_to_json(&now.now, json);
        fprintf(out, "%" PRId64 " %s\n", id, json);
        hr_resident_release(&now);
    }
    hr_read_end(store);
}

/* All that the store says, as text; for free(). */
static char *state_of(hr_store *store) {
    static const char *const tiers[] = {"city", "committee"};
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    hr_store_info info;
    assert_non_null(out);
    hr_store_info_init(&info);
    if (hr_store_info_get(store, &info) != HR_OK)
        fprintf(out, "%s\n", hr_error(store));
    fprintf(out, "%" PRIu64 " entries, %" PRIu64 " residents\n", info.entries, info.residents);
    for (size_t i = 0; i < COUNT(tiers); i++) {
        hr_cursor *rows = NULL;
        hr_rates_options options;
        hr_rates_options_init(&options);
        options.as_of = ON_LAST_DAY;
        options.by = tiers[i];
        if (hr_rates(store, &options, &rows) == HR_OK)
            add_rows(out, store, rows);
        else
            fprintf(out, "%s\n", hr_error(store));
    }
    add_people(out, store, info.entries);
    fclose(out);
    return text;
}

static char *note(const char *text, const char *detail) {
    char *out = NULL;
    assert_true(asprintf(&out, "%s%s", text, detail) >= 0);
    return out;
}

/* NULL when verify finds nothing, else the first finding, for free(). */
static char *first_finding(hr_store *store) {
    hr_cursor *findings = NULL;
    char *problem = NULL;
    if (hr_verify(store, NULL, &findings) != HR_OK)
        return note("it cannot be verified: ", hr_error(store));
    if (hr_cursor_next(findings) != HR_END)
        problem = note("verify finds: ", hr_cursor_text(findings, column_named(findings, "problem")));
    hr_cursor_free(findings);
    return problem;
}

/* Opens the store and compares it with the states that it may be in: NULL, or what is wrong. */
static char *look_for(const char *path, const char *const *states, size_t count) {
    static hr_store *reader; /* one for all: a handle takes a while to make */
    bool same = false;
    if (!reader)
        reader = new_handle(HR_LANGUAGE_EN);
    if (open_with_key(reader, path, recovery) != HR_OK)
        return note("it does not open: ", hr_error(reader));
    char *state = state_of(reader);
    for (size_t i = 0; i < count; i++)
        same = same || strcmp(state, states[i]) == 0;
    char *problem = first_finding(reader);
    if (!problem && !same)
        problem = note("it is in none of the states it may be in, but holds ", state);
    free(state);
    hr_store_close(reader);
    return problem;
}

/* Runs SQL on the store's connection, to spoil it. */
static void spoil(hr_store *store, const char *sql) {
    assert_int_equal(sqlite3_exec(store->db, sql, NULL, NULL, NULL), SQLITE_OK);
}

/* The sample with twenty residents, which the recovery key's owner has opened before. */
static int make_small_sample(void **state) {
    fixture *f;
    if (make_sample(state) != 0)
        return -1;
    f = *state;
    memcpy(recovery, f->recovery, sizeof recovery);
    f->store = new_handle(HR_LANGUAGE_EN);
    assert_status(f->store, HR_OK, open_with_key(f->store, f->path, recovery));
    assert_status(f->store, HR_OK, hr_batch_begin(f->store));
    for (int n = 0; n < 20; n++)
        assert_status(f->store, HR_OK, put_resident(f->store, n));
    assert_status(f->store, HR_OK, hr_batch_commit(f->store));
    close_store(f);
    return 0;
}

/* A closed copy of it, by its real path, and a roster to import. */
static int copy_small_sample(void **state) {
    fixture *f = calloc(1, sizeof *f);
    if (!f)
        return -1;
    char real[PATH_MAX];
    copy_sample(f, *state);
    assert_non_null(realpath(f->folder, real));
    assert_true(strlen(real) < sizeof f->folder);
    memcpy(f->folder, real, strlen(real) + 1);
    join_path(f->path, f->folder, "station.hrs");
    FILE *roster = fopen(path_in(f, "roster.csv"), "w");
    assert_non_null(roster);
    fputs("身份证号,姓名,区划代码,建档日期,微机化日期\n", roster);
    for (int n = 100; n < 125; n++) {
        char id[ID_SIZE];
        fprintf(roster, "%s,李第%d,%s,2004-05-01,2004-06-01\n", id_number(id, 110108, 19450607, n), n,
                committees[n % 7]);
    }
    fclose(roster);
    *state = f;
    return 0;
}

#define CUT(name) cmocka_unit_test_setup_teardown(name, copy_small_sample, remove_copy)

/* ---- transactions that are cut ---- */

static hr_status one_resident(fixture *f) {
    return put_resident(f->store, 40);
}

static hr_status an_amendment(fixture *f) {
    char json[] = "{'file_opened':'2003-02-03','computerized':'2004-05-06','phone':'13800001111'}";
    int64_t id = 0;
    char number[ID_SIZE];
    hr_status status = hr_resident_lookup(f->store, id_number(number, 110105, 19300101, 100), &id);
    quote_json(json);
    return status == HR_OK ? hr_amend(f->store, id, json, NULL) : status;
}

static hr_status an_area(fixture *f) {
    return hr_put(f->store, "area", "{\"area\":\"110108002\",\"name\":\"海淀区第2街道\"}", NULL, NULL);
}

static hr_status an_institution(fixture *f) {
    return hr_put(f->store, "institution",
                  "{\"code\":\"S1\",\"name\":\"第一站\",\"kind\":\"station\",\"area\":\"110105001\",\"grade\":\"A\","
                  "\"serves\":\"110105001001\",\"opened\":\"2002-01-01\"}",
                  NULL, NULL);
}

static hr_status a_population(fixture *f) {
    return hr_put(f->store, "population", "{\"area\":\"110105\",\"year\":2003,\"residents\":5000,\"elderly\":700}",
                  NULL, NULL);
}

static hr_status a_batch(fixture *f) {
    hr_status status = hr_batch_begin(f->store);
    if (status != HR_OK)
        return status;
    for (int n = 50; n < 60 && status == HR_OK; n++)
        status = put_resident(f->store, n);
    if (status == HR_OK)
        return hr_batch_commit(f->store);
    assert_int_not_equal(hr_batch_commit(f->store), HR_OK); /* what has failed in part can never be committed */
    return status;
}

static hr_status an_import(fixture *f) {
    hr_import_result result;
    hr_import_result_init(&result);
    return hr_import(f->store, path_in(f, "roster.csv"), NULL, &result);
}

typedef struct transaction {
    hr_status (*run)(fixture *f);
    uint64_t entries; /* that it adds */
} transaction;

static const transaction all[] = {{one_resident, 1}, {an_amendment, 1}, {an_area, 1},   {an_institution, 1},
                                  {a_population, 1}, {a_batch, 10},     {an_import, 25}};
static const transaction few[] = {{one_resident, 1}, {an_amendment, 1}};
static const transaction large[] = {{an_import, 25}};

/* What the store said before the first transaction and after each. */
typedef struct story {
    fixture *f;
    recording *r;
    char *states[COUNT(all) + 1];
    size_t count;
} story;

/* Runs the transactions on the store, with `sql` (NULL: nothing) to spoil it, and records what reaches the disk. */
static void tell(story *s, fixture *f, const transaction *transactions, size_t count, const char *sql, bool lies) {
    *s = (story){.f = f, .r = watch(f->path), .count = count + 1};
    s->r->lies = lies;
    f->store = new_handle(HR_LANGUAGE_EN);
    assert_status(f->store, HR_OK, open_with_key(f->store, f->path, recovery));
    if (sql)
        spoil(f->store, sql);
    uint64_t entries = info_of(f->store).entries;
    s->states[0] = state_of(f->store);
    for (size_t i = 0; i < count; i++) {
        assert_status(f->store, HR_OK, transactions[i].run(f));
        mark();
        assert_int_equal(info_of(f->store).entries, entries += transactions[i].entries);
        s->states[i + 1] = state_of(f->store);
        assert_string_not_equal(s->states[i], s->states[i + 1]);
    }
    assert_int_equal(verify_findings(f->store), 0);
    stop_watching();
    close_store(f);
}

static void forget(story *s) {
    for (size_t i = 0; i < s->count; i++)
        free(s->states[i]);
    free_recording(s->r);
}

/* After `done` acknowledgements the store holds all of those, and the next transaction whole or not at all. */
static char *look_at_story(void *context, size_t done) {
    const story *s = context;
    size_t may = done + 1 < s->count ? 2 : 1;
    return look_for(s->f->path, (const char *const *)&s->states[done], may);
}

static search search_of(story *s) {
    return (search){.of = s->r, .look = look_at_story, .context = s, .tries = SANITIZED ? 1 : 3, .every = 1};
}

static void no_acknowledged_change_is_lost_at_any_power_cut(void **state) {
    story s;
    tell(&s, *state, all, COUNT(all), NULL, false);
    search every = search_of(&s);
    every.every = SANITIZED ? 8 : 1;
    every.tries = SANITIZED ? 1 : 6;
    explore(&every);
    assert_none_wrong(&every, 300);
    forget(&s);
}

static void an_import_larger_than_the_cache_is_whole_or_absent(void **state) {
    story s;
    tell(&s, *state, large, COUNT(large), "PRAGMA main.cache_size = 4; PRAGMA chart.cache_size = 4", false);
    search every = search_of(&s);
    every.every = SANITIZED ? 8 : 2;
    explore(&every);
    assert_none_wrong(&every, 100);
    forget(&s);
}

/* Opening after a cut undoes what was half done, which is itself cut. */
static void a_second_power_cut_while_opening_loses_nothing(void **state) {
    story s;
    tell(&s, *state, few, 1, NULL, false);
    const recording *first = s.r;
    size_t states = 0;
    for (size_t at = 1; at < first->count; at += SANITIZED ? 7 : 2) {
        leave(first, at, SOME);
        s.r = watch(s.f->path);
        char *problem = look_for(s.f->path, (const char *const *)s.states, 2);
        stop_watching();
        assert_null(problem);
        search every = search_of(&s);
        every.every = 2;
        explore(&every);
        states += every.states;
        assert_int_equal(every.wrong, 0);
        free_recording(s.r);
    }
    print_message("             %zu states\n", states);
    assert_true(states > (SANITIZED ? 25 : 100));
    s.r = (recording *)first;
    forget(&s);
}

static char *look_at_moved(void *context, size_t done) {
    const story *s = context;
    char moved[PATH_SIZE];
    join_path(moved, s->f->folder, "moved.hrs");
    assert_int_equal(rename(s->f->path, moved), 0);
    char *problem = look_for(moved, (const char *const *)&s->states[done], done + 1 < s->count ? 2 : 1);
    remove_tree(moved);
    return problem;
}

/* As a disk is when it is put into another computer, or a folder that somebody copied after the accident. */
static void a_store_may_be_moved_after_a_power_cut(void **state) {
    story s;
    tell(&s, *state, few, COUNT(few), NULL, false);
    search every = search_of(&s);
    every.look = look_at_moved;
    explore(&every);
    assert_none_wrong(&every, 100);
    forget(&s);
}

/* What must be found out: the first spoils the disk, the others the connection. */
static void assert_found_out(fixture *f, const char *sql, bool lies) {
    story s;
    tell(&s, f, few, COUNT(few), sql, lies);
    search any = search_of(&s);
    any.enough = true;
    any.tries = 8;
    explore(&any);
    if (!any.wrong)
        fail_msg("none of %zu states is wrong", any.states);
    forget(&s);
}

static void a_disk_that_lies_about_syncing_is_found_out(void **state) {
    assert_found_out(*state, NULL, true);
}

static void synchronous_off_is_found_out(void **state) {
    assert_found_out(*state, "PRAGMA main.synchronous = OFF; PRAGMA chart.synchronous = OFF", false);
}

static void a_write_ahead_log_is_found_out(void **state) {
    assert_found_out(*state,
                     "PRAGMA main.journal_mode = WAL; PRAGMA chart.journal_mode = WAL;"
                     "PRAGMA main.synchronous = NORMAL; PRAGMA chart.synchronous = NORMAL",
                     false);
}

static void a_journal_in_memory_is_found_out(void **state) {
    assert_found_out(*state, "PRAGMA main.journal_mode = MEMORY; PRAGMA chart.journal_mode = MEMORY", false);
}

/* ---- folders and files that appear whole ---- */

/* Something that is made under a final name in a watched folder. */
typedef struct making {
    fixture *f;
    char place[PATH_SIZE], path[PATH_SIZE], source[PATH_SIZE];
    char *state;
} making;

static void begin_making(making *m, fixture *f, const char *name) {
    *m = (making){.f = f};
    join_path(m->place, f->folder, "place");
    join_path(m->path, m->place, name);
    join_path(m->source, f->folder, "whole.backup");
    assert_int_equal(mkdir(m->place, 0700), 0);
    f->store = new_handle(HR_LANGUAGE_EN);
}

static hr_status create(const making *m) {
    hr_create_options options;
    hr_create_options_init(&options);
    options.area = "11";
    options.name = "第二站";
    options.passphrase = PASSPHRASE;
    options.recovery_key = recovery;
    options.kdf_ops = 3;
    options.kdf_mib = 64;
    return hr_store_create(m->f->store, m->path, &options);
}

static hr_status restore(const making *m) {
    hr_open_options options;
    hr_open_options_init(&options);
    options.recovery_key = recovery;
    return hr_restore(m->f->store, m->source, m->path, &options, NULL, NULL);
}

static hr_status back_up(const making *m) {
    return hr_backup(m->f->store, m->path, NULL, NULL);
}

/* Nothing under the final name, or all of it; once acknowledged, all of it. */
static char *look_at_store(void *context, size_t done) {
    const making *m = context;
    if (!path_exists(m->path))
        return done ? note("what was acknowledged is not there", "") : NULL;
    return look_for(m->path, (const char *const *)&m->state, 1);
}

static char *look_at_backup(void *context, size_t done) {
    const making *m = context;
    making again = *m;
    char *problem = NULL;
    if (!path_exists(m->path))
        return done ? note("what was acknowledged is not there", "") : NULL;
    again.f = &(fixture){.store = new_handle(HR_LANGUAGE_EN)};
    memcpy(again.source, m->path, sizeof again.source);
    join_path(again.path, m->f->folder, "restored.hrs");
    if (restore(&again) != HR_OK)
        problem = note("it cannot be restored: ", hr_error(again.f->store));
    close_store(again.f);
    if (!problem)
        problem = look_for(again.path, (const char *const *)&m->state, 1);
    remove_tree(again.path);
    return problem;
}

static search cuts_while(making *m, hr_status (*make)(const making *m), look_fn look, bool lies) {
    recording *r = watch(m->place);
    r->lies = lies;
    assert_status(m->f->store, HR_OK, make(m));
    mark();
    stop_watching();
    if (!m->state)
        m->state = state_of(m->f->store);
    close_store(m->f);
    search every = {.of = r, .look = look, .context = m, .tries = SANITIZED ? 1 : 2, .every = 8, .enough = lies};
    explore(&every);
    free_recording(r);
    return every;
}

static void a_new_store_appears_whole_or_not_at_all(void **state) {
    making m;
    begin_making(&m, *state, "new.hrs");
    search every = cuts_while(&m, create, look_at_store, false);
    free(m.state);
    assert_none_wrong(&every, 40);
}

static void a_store_created_on_a_disk_that_lies_is_found_out(void **state) {
    making m;
    begin_making(&m, *state, "new.hrs");
    search every = cuts_while(&m, create, look_at_store, true);
    free(m.state);
    assert_int_not_equal(every.wrong, 0);
}

static void make_backup(making *m) {
    fixture *f = m->f;
    assert_status(f->store, HR_OK, open_with_key(f->store, f->path, recovery));
    assert_status(f->store, HR_OK, hr_backup(f->store, m->source, NULL, NULL));
    hr_store_close(f->store);
}

static void a_restored_store_appears_whole_or_not_at_all(void **state) {
    making m;
    begin_making(&m, *state, "restored.hrs");
    make_backup(&m);
    search every = cuts_while(&m, restore, look_at_store, false);
    free(m.state);
    assert_none_wrong(&every, 15);
}

static void a_store_restored_to_a_disk_that_lies_is_found_out(void **state) {
    making m;
    begin_making(&m, *state, "restored.hrs");
    make_backup(&m);
    search every = cuts_while(&m, restore, look_at_store, true);
    free(m.state);
    assert_int_not_equal(every.wrong, 0);
}

static void a_backup_appears_whole_or_not_at_all(void **state) {
    making m;
    begin_making(&m, *state, "station.backup");
    assert_status(m.f->store, HR_OK, open_with_key(m.f->store, m.f->path, recovery));
    search every = cuts_while(&m, back_up, look_at_backup, false);
    free(m.state);
    assert_none_wrong(&every, 5);
}

static void a_backup_to_a_disk_that_lies_is_found_out(void **state) {
    making m;
    begin_making(&m, *state, "station.backup");
    assert_status(m.f->store, HR_OK, open_with_key(m.f->store, m.f->path, recovery));
    search every = cuts_while(&m, back_up, look_at_backup, true);
    free(m.state);
    assert_int_not_equal(every.wrong, 0);
}

/* The process number of the program that the power cut ended may well come again. */
static void what_a_power_cut_left_does_not_hinder_a_second_try(void **state) {
    making m;
    begin_making(&m, *state, "restored.hrs");
    make_backup(&m);
    recording *r = watch(m.place);
    assert_status(m.f->store, HR_OK, restore(&m));
    stop_watching();
    hr_store_close(m.f->store);
    size_t published = 0;
    while (r->changes[published].what != RENAME)
        published++;
    leave(r, published, EVERYTHING);
    free_recording(r);
    assert_false(path_exists(m.path));
    assert_int_equal(files_in(m.place), 1);
    assert_status(m.f->store, HR_OK, restore(&m));
}

/* Creating fails at the n-th change: nothing is left. */
static void fail_making(making *m, hr_status (*make)(const making *m), unsigned at) {
    recording *r = watch(m->place);
    arm(at, EIO, false);
    hr_status status = make(m);
    bool struck = fault.struck;
    stop_watching();
    hr_store_close(m->f->store);
    free_recording(r);
    assert_true(struck);
    if (status != HR_OK) {
        assert_status(m->f->store, HR_SYSTEM, status);
        if (files_in(m->place) != 0)
            fail_msg("failing at change %u leaves %zu names: %s", at, files_in(m->place), hr_error(m->f->store));
    }
    remove_tree(m->place);
    assert_int_equal(mkdir(m->place, 0700), 0);
}

/* How many changes it takes when nothing fails. */
static unsigned changes_of(making *m, hr_status (*make)(const making *m)) {
    recording *r = watch(m->place);
    arm(1U << 30, EIO, false);
    assert_status(m->f->store, HR_OK, make(m));
    unsigned count = fault.seen;
    stop_watching();
    hr_store_close(m->f->store);
    free_recording(r);
    remove_tree(m->place);
    assert_int_equal(mkdir(m->place, 0700), 0);
    return count;
}

static void a_creation_that_fails_leaves_nothing(void **state) {
    making m;
    begin_making(&m, *state, "new.hrs");
    unsigned count = changes_of(&m, create);
    assert_true(count > 40);
    for (unsigned at = 1; at <= count; at += at + 8 < count ? 8 : 1)
        fail_making(&m, create, at);
}

static void a_restoration_that_fails_leaves_nothing(void **state) {
    making m;
    begin_making(&m, *state, "restored.hrs");
    make_backup(&m);
    unsigned count = changes_of(&m, restore);
    assert_true(count > 8);
    for (unsigned at = 1; at <= count; at++)
        fail_making(&m, restore, at);
}

/* ---- disks that fail ---- */

/* A fresh copy of the store, watched and open. */
static void open_fresh(fixture *f, fixture *fresh) {
    *fresh = (fixture){0};
    memcpy(fresh->folder, f->folder, sizeof fresh->folder);
    join_path(fresh->path, f->folder, "fresh.hrs");
    remove_tree(fresh->path);
    copy_folder(f->path, fresh->path);
    watch(fresh->path);
    fresh->store = new_handle(HR_LANGUAGE_EN);
    assert_status(fresh->store, HR_OK, open_with_key(fresh->store, fresh->path, recovery));
}

static void close_fresh(fixture *fresh) {
    if (watching)
        free_recording(stop_watching());
    close_store(fresh);
}

typedef struct trial {
    fixture *f;
    const transaction *t;
    const char *sql;
    int error;
    bool stays;
    char *states[2]; /* before and after */
    size_t half_done, failed, acknowledged;
} trial;

static void learn_states(trial *t) {
    fixture fresh;
    open_fresh(t->f, &fresh);
    t->states[0] = state_of(fresh.store);
    assert_status(fresh.store, HR_OK, t->t->run(&fresh));
    t->states[1] = state_of(fresh.store);
    assert_string_not_equal(t->states[0], t->states[1]);
    close_fresh(&fresh);
}

/* The disk is well again: the handle tells the truth, a second try succeeds, and the files are sound. */
static void recover(trial *t, fixture *fresh, hr_status status) {
    char *now = state_of(fresh->store);
    bool before = strcmp(now, t->states[0]) == 0, after = strcmp(now, t->states[1]) == 0;
    free(now);
    t->half_done += !(before || after) || (status == HR_OK && !after);
    if (before || after) {
        assert_status(fresh->store, HR_OK, t->t->run(fresh));
        now = state_of(fresh->store);
        t->half_done += strcmp(now, t->states[1]) != 0;
        free(now);
    }
    t->half_done += verify_findings(fresh->store) != 0;
}

/* Fails at the n-th change. False when there are not so many. */
static bool fail_at(trial *t, unsigned at) {
    fixture fresh;
    open_fresh(t->f, &fresh);
    if (t->sql) {
        int off = 0;
        assert_int_equal(sqlite3_db_config(fresh.store->db, SQLITE_DBCONFIG_DEFENSIVE, 0, &off), SQLITE_OK);
        spoil(fresh.store, t->sql);
    }
    arm(at, t->error, t->stays);
    hr_status status = t->t->run(&fresh);
    bool struck = fault.struck;
    fault.at = 0;
    if (status != HR_OK)
        assert_status(fresh.store, HR_SYSTEM, status);
    t->failed += status != HR_OK;
    t->acknowledged += struck && status == HR_OK;
    recover(t, &fresh, status);
    close_fresh(&fresh);
    char *problem = t->half_done ? NULL : look_for(fresh.path, (const char *const *)&t->states[1], 1);
    t->half_done += problem != NULL;
    free(problem);
    return struck;
}

static void fail_everywhere(fixture *f, const transaction *failing, int error, bool stays) {
    trial t = {.f = f, .t = failing, .error = error, .stays = stays};
    unsigned at = 1, step = SANITIZED ? 7 : 1;
    learn_states(&t);
    while (fail_at(&t, at)) {
        if (t.half_done)
            fail_msg("failing at change %u leaves something half done", at);
        at += step;
    }
    free(t.states[0]);
    free(t.states[1]);
    assert_true(at > 20);
    assert_true(t.failed > 4);
}

static void a_write_that_fails_once_undoes_a_put(void **state) {
    fail_everywhere(*state, &all[0], EIO, false);
}

static void a_write_that_fails_once_undoes_a_batch(void **state) {
    fail_everywhere(*state, &all[5], EIO, false);
}

static void a_write_that_fails_once_undoes_an_import(void **state) {
    fail_everywhere(*state, &all[6], EIO, false);
}

static void a_full_disk_undoes_a_put(void **state) {
    fail_everywhere(*state, &all[0], ENOSPC, true);
}

static void a_full_disk_undoes_a_batch(void **state) {
    fail_everywhere(*state, &all[5], ENOSPC, true);
}

static void a_full_disk_undoes_an_import(void **state) {
    fail_everywhere(*state, &all[6], ENOSPC, true);
}

static void without_a_journal_a_failing_disk_is_found_out(void **state) {
    trial t = {.f = *state,
               .t = &all[0],
               .error = EIO,
               .sql = "PRAGMA main.journal_mode = OFF; PRAGMA chart.journal_mode = OFF"};
    learn_states(&t);
    for (unsigned at = 1; !t.half_done && fail_at(&t, at); at++)
        continue;
    free(t.states[0]);
    free(t.states[1]);
    assert_int_not_equal(t.half_done, 0);
}

static void a_full_disk_is_called_full(void **state) {
    trial t = {.f = *state, .t = &all[0]};
    fixture fresh;
    bool struck = true;
    for (unsigned at = 1; struck; at++) {
        open_fresh(t.f, &fresh);
        arm(at, ENOSPC, true);
        hr_status status = t.t->run(&fresh);
        struck = fault.struck;
        fault.at = 0;
        if (status != HR_OK && (fault.what == WRITE || fault.what == LINK)) /* what takes room */
            assert_text_has(hr_error(fresh.store), "full");
        close_fresh(&fresh);
    }
}

/* A sync that failed may have lost what it was to keep: what waits for it must not be acknowledged. */
static void a_failed_sync_of_a_database_is_not_acknowledged(void **state) {
    fixture fresh;
    int failures = 0;
    bool struck = true;
    for (unsigned at = 1; struck; at++) {
        open_fresh(*state, &fresh);
        const recording *r = watching;
        arm(at, EIO, false);
        hr_status status = one_resident(&fresh);
        struck = fault.struck;
        const entry *chart = find_name(&watching->now, ROOT, "chart.1.db");
        const entry *facts = find_name(&watching->now, ROOT, "facts.1.db");
        assert_true(chart && facts && r);
        if (struck && (fault.file == chart->file || fault.file == facts->file)) {
            failures++;
            assert_status(fresh.store, HR_SYSTEM, status);
        }
        fault.at = 0;
        close_fresh(&fresh);
    }
    assert_true(failures >= 4); /* each is written and synced */
}

/* ---- processes that are killed ---- */

/* Runs a transaction or a backup in a process that is killed at the n-th change. False when it came to its end. */
static bool killed_at(fixture *f, const char *root, const char *sql, hr_status (*run)(fixture *f), unsigned at) {
    int code = 0;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        watch(root);
        f->store = new_handle(HR_LANGUAGE_EN);
        if (open_with_key(f->store, f->path, recovery) != HR_OK)
            _exit(1);
        if (sql)
            spoil(f->store, sql);
        arm(at, 0, false);
        fault.kills = true;
        _exit(run(f) == HR_OK ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &code, 0), child);
    if (WIFSIGNALED(code))
        assert_int_equal(WTERMSIG(code), SIGKILL);
    else
        assert_int_equal(WEXITSTATUS(code), 0);
    return WIFSIGNALED(code);
}

/* Kills imports at every n-th change, each on a copy of the store; counts the stores that are wrong then. */
static size_t kill_imports(fixture *f, const char *sql, unsigned every, size_t *kills) {
    trial t = {.f = f, .t = &all[6]};
    size_t wrong = 0;
    fixture fresh = {0};
    learn_states(&t);
    memcpy(fresh.folder, f->folder, sizeof fresh.folder);
    join_path(fresh.path, f->folder, "fresh.hrs");
    for (unsigned at = 1;; at += every) {
        remove_tree(fresh.path);
        copy_folder(f->path, fresh.path);
        if (!killed_at(&fresh, fresh.path, sql, an_import, at))
            break;
        ++*kills;
        char *problem = look_for(fresh.path, (const char *const *)t.states, 2);
        wrong += problem != NULL;
        free(problem);
    }
    free(t.states[0]);
    free(t.states[1]);
    return wrong;
}

static void an_import_that_is_killed_leaves_the_store_as_before_or_after(void **state) {
    size_t kills = 0;
    assert_int_equal(kill_imports(*state, NULL, 2, &kills), 0);
    assert_true(kills > 10);
}

static void without_a_journal_on_disk_a_killed_import_is_found_out(void **state) {
    size_t kills = 0;
    size_t wrong =
        kill_imports(*state, "PRAGMA main.journal_mode = MEMORY; PRAGMA chart.journal_mode = MEMORY", 1, &kills);
    assert_int_not_equal(wrong, 0);
}

static hr_status backup_in_folder(fixture *f) {
    char path[PATH_SIZE];
    join_path(path, f->folder, "place/killed.backup");
    return hr_backup(f->store, path, NULL, NULL);
}

static char *state_now(fixture *f) {
    f->store = new_handle(HR_LANGUAGE_EN);
    assert_status(f->store, HR_OK, open_with_key(f->store, f->path, recovery));
    char *text = state_of(f->store);
    close_store(f);
    return text;
}

/* Nothing but that one was about to be made, which is an entry. */
static void assert_said_alone(making *m) {
    char *now = state_now(m->f);
    assert_string_equal(strstr(now, " entries"), strstr(m->state, " entries"));
    assert_in_range(strtol(now, NULL, 10) - strtol(m->state, NULL, 10), 0, 1);
    free(m->state);
    m->state = now;
}

static void a_backup_that_is_killed_changes_nothing_and_is_no_backup(void **state) {
    fixture *f = *state;
    making m;
    size_t kills = 0;
    begin_making(&m, f, "killed.backup");
    close_store(f);
    m.state = state_now(f);
    while (killed_at(f, m.place, NULL, backup_in_folder, (unsigned)++kills)) {
        assert_said_alone(&m);
        char *problem = look_for(f->path, (const char *const *)&m.state, 1);
        if (!problem)
            problem = look_at_backup(&m, 0);
        if (problem)
            fail_msg("killed at change %zu: %s", kills, problem);
        unlink(m.path);
    }
    assert_said_alone(&m);
    char *problem = look_at_backup(&m, 1); /* the last one came to its end */
    free(m.state);
    assert_null(problem);
    assert_true(kills > 5);
}

/* ---- operators and new keys ---- */

#define NURSE "eleven pears in a paper bag"
#define NURSE_LATER "twelve pears in a paper bag"
#define AUDITOR "three bridges and one ferry"

static hr_status an_addition(fixture *f) {
    hr_operator_options options = operator_of("auditor", "auditor", AUDITOR);
    return hr_operator_add(f->store, &options);
}

static hr_status a_passphrase(fixture *f) {
    hr_operator_options options = operator_of("nurse", NULL, NURSE_LATER);
    return hr_operator_passphrase(f->store, &options);
}

static hr_status a_rotation(fixture *f) {
    return hr_rotate(f->store, NULL, NULL);
}

static hr_status a_removal(fixture *f) {
    return hr_operator_remove(f->store, "nurse", NULL, NULL);
}

/* Which passphrases open the store before and after; NULL: no such operator. */
typedef struct renewal {
    transaction t;
    const char *name, *before, *after;
} renewal;

static const renewal addition = {{an_addition, 1}, "auditor", NULL, AUDITOR};
static const renewal passphrase = {{a_passphrase, 1}, "nurse", NURSE, NURSE_LATER};
static const renewal rotation = {{a_rotation, 1}, "nurse", NURSE, NURSE};
static const renewal removal = {{a_removal, 2}, "nurse", NURSE, NULL};

static void with_nurse(fixture *f) {
    hr_operator_options options = operator_of("nurse", "clinician", NURSE);
    f->store = new_handle(HR_LANGUAGE_EN);
    assert_status(f->store, HR_OK, open_with_key(f->store, f->path, recovery));
    assert_status(f->store, HR_OK, hr_operator_add(f->store, &options));
    assert_status(f->store, HR_OK, open_as(f->store, f->path, "nurse", NURSE));
    close_store(f);
}

/* How many generations' databases the folder holds, and of each of the two as many as of the other. */
static size_t generations_in(const char *path) {
    size_t databases = 0;
    struct dirent *name;
    DIR *names = opendir(path);
    assert_non_null(names);
    while ((name = readdir(names)))
        databases += strlen(name->d_name) > 3 && strcmp(name->d_name + strlen(name->d_name) - 3, ".db") == 0;
    closedir(names);
    return (databases + 1) / 2;
}

/* Whether the passphrase opens the store (NULL: whether the operator is unknown), which can then be written to. */
static bool is_let_in(hr_store *store, const char *path, const renewal *n, const char *typed) {
    hr_status status = open_as(store, path, n->name, typed ? typed : NURSE);
    bool writes = status != HR_OK || n->t.run == an_addition || put_resident(store, 60) == HR_OK;
    hr_store_close(store);
    return writes && status == (typed ? HR_OK : HR_NOT_FOUND);
}

typedef struct renewal_story {
    story s;
    const renewal *n;
    unsigned looked;
} renewal_story;

/* The secret that was acknowledged last opens, or the one that was about to be; nothing is missing; and new keys can be
 * given, which clears up what was left. */
static char *look_at_renewal(void *context, size_t done) {
    static hr_store *reader;
    renewal_story *r = context;
    const renewal *n = r->n;
    const char *path = r->s.f->path;
    char *problem = NULL;
    if (!reader)
        reader = new_handle(HR_LANGUAGE_EN);
    if (r->looked++ % 2) { /* he opens first, or who has the recovery key, and nobody's Argon2 is waited for */
        if (!(!done && is_let_in(reader, path, n, n->before)) && !is_let_in(reader, path, n, n->after))
            return note("neither secret opens: ", hr_error(reader));
    } else if ((problem = look_at_story(&r->s, done))) {
        return problem;
    }
    if (open_with_key(reader, path, recovery) != HR_OK || (problem = first_finding(reader)))
        return problem ? problem : note("it does not open: ", hr_error(reader));
    if (hr_rotate(reader, NULL, NULL) != HR_OK)
        return note("no new keys can be given: ", hr_error(reader));
    problem = first_finding(reader);
    if (!problem && generations_in(path) != 1)
        problem = note("files of another generation are left", "");
    hr_store_close(reader);
    return problem;
}

static search cuts_of(renewal_story *r, fixture *f, const renewal *n, bool lies) {
    bool bulky = n->t.run == a_rotation || n->t.run == a_removal;
    *r = (renewal_story){.n = n};
    with_nurse(f);
    tell(&r->s, f, &n->t, 1, NULL, lies);
    return (search){.of = r->s.r, .look = look_at_renewal, .context = r, .tries = !bulky, .every = bulky ? 40 : 4};
}

static void no_cut_comes_between(fixture *f, const renewal *n, size_t at_least) {
    renewal_story r;
    search every = cuts_of(&r, f, n, false);
    explore(&every);
    assert_none_wrong(&every, at_least);
    forget(&r.s);
}

static void an_operator_is_added_whole_or_not_at_all_at_any_power_cut(void **state) {
    no_cut_comes_between(*state, &addition, 40);
}

static void a_power_cut_leaves_the_old_passphrase_or_the_new(void **state) {
    no_cut_comes_between(*state, &passphrase, 40);
}

static void a_power_cut_leaves_the_old_keys_or_the_new(void **state) {
    no_cut_comes_between(*state, &rotation, 40);
}

static void an_operator_is_removed_whole_or_not_at_all_at_any_power_cut(void **state) {
    no_cut_comes_between(*state, &removal, 40);
}

static void new_keys_on_a_disk_that_lies_are_found_out(void **state) {
    renewal_story r;
    search every = cuts_of(&r, *state, &rotation, true);
    every.enough = true;
    explore(&every);
    assert_int_not_equal(every.wrong, 0);
    forget(&r.s);
}

/* The process dies at the n-th change; what it has written is there. */
static void no_kill_comes_between(fixture *f, const renewal *n, unsigned step, unsigned at_least) {
    fixture fresh = {0};
    renewal_story r = {.n = n};
    trial t = {.f = f, .t = &n->t};
    unsigned at = 1;
    with_nurse(f);
    learn_states(&t);
    memcpy(fresh.folder, f->folder, sizeof fresh.folder);
    join_path(fresh.path, f->folder, "fresh.hrs");
    r.s = (story){.f = &fresh, .count = 2, .states = {t.states[0], t.states[1]}};
    for (;; at += step) {
        remove_tree(fresh.path);
        copy_folder(f->path, fresh.path);
        if (!killed_at(&fresh, fresh.path, NULL, n->t.run, at))
            break;
        char *problem = look_at_renewal(&r, 0);
        if (problem)
            fail_msg("killed at change %u: %s", at, problem);
    }
    char *problem = look_at_renewal(&r, 1);
    assert_null(problem);
    assert_true(at > at_least);
    free(t.states[0]);
    free(t.states[1]);
}

static void a_process_killed_while_it_changes_operators_leaves_the_old_or_the_new(void **state) {
    no_kill_comes_between(*state, &passphrase, SANITIZED ? 5 : 1, 20);
}

static void a_process_killed_while_it_gives_new_keys_leaves_the_old_or_the_new(void **state) {
    no_kill_comes_between(*state, &removal, SANITIZED ? 19 : 3, 60);
}

/* A disk that fails, or is full, from the n-th change on: an error changes nothing; whatever was told, the store is as
 * before or after. */
static void no_failure_comes_between(fixture *f, const renewal *n, int error, bool stays, unsigned step) {
    trial t = {.f = f, .t = &n->t};
    bool struck = true;
    size_t failed = 0, wrongly = 0;
    with_nurse(f);
    learn_states(&t);
    for (unsigned at = 1; struck; at += step) {
        fixture fresh;
        open_fresh(f, &fresh);
        arm(at, error, stays);
        hr_status status = n->t.run(&fresh);
        struck = fault.struck;
        fault.at = 0;
        if (status != HR_OK)
            assert_status(fresh.store, HR_SYSTEM, status);
        failed += status != HR_OK;
        char *now = state_of(fresh.store);
        bool made = strcmp(now, t.states[1]) == 0; /* a commit that cannot be undone may be called a failure */
        const char *expected = t.states[made];
        if (strcmp(now, expected) != 0 || (status == HR_OK && !made))
            fail_msg("failing at change %u with %s: the handle is in another state", at, hr_status_name(status));
        free(now);
        wrongly += made && status != HR_OK;
        if (made == (status == HR_OK) && verify_findings(fresh.store) != 0)
            fail_msg("failing at change %u: %s", at, first_finding(fresh.store));
        close_fresh(&fresh);
        char *problem = look_for(fresh.path, &expected, 1);
        if (problem)
            fail_msg("failing at change %u with %s: %s", at, hr_status_name(status), problem);
    }
    assert_true(failed > 4);
    assert_true(wrongly <= (stays ? 4 : 0));
    free(t.states[0]);
    free(t.states[1]);
}

static void a_write_that_fails_once_undoes_a_change_of_operators(void **state) {
    no_failure_comes_between(*state, &passphrase, EIO, false, SANITIZED ? 7 : 1);
}

static void a_full_disk_undoes_a_change_of_operators(void **state) {
    no_failure_comes_between(*state, &addition, ENOSPC, true, SANITIZED ? 7 : 1);
}

static void a_write_that_fails_once_undoes_new_keys(void **state) {
    no_failure_comes_between(*state, &rotation, EIO, false, SANITIZED ? 17 : 3);
}

static void a_full_disk_undoes_new_keys(void **state) {
    no_failure_comes_between(*state, &removal, ENOSPC, true, SANITIZED ? 17 : 3);
}

int main(int count, char **arguments) {
    if (count == 2)
        cmocka_set_test_filter(arguments[1]);
    const struct CMUnitTest tests[] = {
        CUT(no_acknowledged_change_is_lost_at_any_power_cut),
        CUT(an_import_larger_than_the_cache_is_whole_or_absent),
        CUT(a_second_power_cut_while_opening_loses_nothing),
        CUT(a_store_may_be_moved_after_a_power_cut),
        CUT(a_disk_that_lies_about_syncing_is_found_out),
        CUT(synchronous_off_is_found_out),
        CUT(a_write_ahead_log_is_found_out),
        CUT(a_journal_in_memory_is_found_out),
        CUT(a_new_store_appears_whole_or_not_at_all),
        CUT(a_store_created_on_a_disk_that_lies_is_found_out),
        CUT(a_restored_store_appears_whole_or_not_at_all),
        CUT(a_store_restored_to_a_disk_that_lies_is_found_out),
        CUT(a_backup_appears_whole_or_not_at_all),
        CUT(a_backup_to_a_disk_that_lies_is_found_out),
        CUT(what_a_power_cut_left_does_not_hinder_a_second_try),
        CUT(a_creation_that_fails_leaves_nothing),
        CUT(a_restoration_that_fails_leaves_nothing),
        CUT(a_write_that_fails_once_undoes_a_put),
        CUT(a_write_that_fails_once_undoes_a_batch),
        CUT(a_write_that_fails_once_undoes_an_import),
        CUT(a_full_disk_undoes_a_put),
        CUT(a_full_disk_undoes_a_batch),
        CUT(a_full_disk_undoes_an_import),
        CUT(without_a_journal_a_failing_disk_is_found_out),
        CUT(a_full_disk_is_called_full),
        CUT(a_failed_sync_of_a_database_is_not_acknowledged),
        CUT(an_import_that_is_killed_leaves_the_store_as_before_or_after),
        CUT(without_a_journal_on_disk_a_killed_import_is_found_out),
        CUT(a_backup_that_is_killed_changes_nothing_and_is_no_backup),
        CUT(an_operator_is_added_whole_or_not_at_all_at_any_power_cut),
        CUT(a_power_cut_leaves_the_old_passphrase_or_the_new),
        CUT(a_power_cut_leaves_the_old_keys_or_the_new),
        CUT(an_operator_is_removed_whole_or_not_at_all_at_any_power_cut),
        CUT(new_keys_on_a_disk_that_lies_are_found_out),
        CUT(a_process_killed_while_it_changes_operators_leaves_the_old_or_the_new),
        CUT(a_process_killed_while_it_gives_new_keys_leaves_the_old_or_the_new),
        CUT(a_write_that_fails_once_undoes_a_change_of_operators),
        CUT(a_full_disk_undoes_a_change_of_operators),
        CUT(a_write_that_fails_once_undoes_new_keys),
        CUT(a_full_disk_undoes_new_keys),
    };
    return cmocka_run_group_tests(tests, make_small_sample, remove_sample);
}
