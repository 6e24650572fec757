/* Backup: the store's files as they are, encrypted, in one tar file (libarchive), with a manifest that says how long
 * each is and what it hashes to.
 *
 *     manifest.json  keyslots  chart.<generation>.db  facts.<generation>.db
 *
 * The files are copied under a write lock, so they are of one moment; only bytes that are on disk anyway are copied, so
 * nothing leaves in plain text. The manifest comes first, so hashing reads the files once before they are packed. What
 * was written is read back and compared with the manifest before the file gets its name. */
#include "store/store.h"
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BLOCK = 1 << 16, PARTS = 3, MANIFEST_MAX = 4096, FORMAT = 1 };
static const char MANIFEST[] = "manifest.json";

/* One file of the store on its way into or out of a backup. */
typedef struct part {
    char name[40];
    int64_t size;
    char hash[2 * HR_HASH_SIZE + 1];
    bool seen;
} part;

typedef struct job {
    hr_err *err;
    hr_progress progress;
    void *context;
    uint64_t done, total;
    int64_t most; /* bytes that the parts can have together: those of the backup that is read */
    part parts[PARTS];
} job;

static hr_status advance(job *j, size_t bytes) {
    j->done += bytes;
    if (j->progress && j->progress(j->context, j->done, j->total))
        return hr_fail(j->err, HR_CANCELLED, "%s",
                       HR_TR(j->err, "stopped; nothing was changed", "已停止；未作任何改动"));
    return HR_OK;
}

static void hash_text(hr_hash *hash, char out[2 * HR_HASH_SIZE + 1]) {
    unsigned char bytes[HR_HASH_SIZE];
    hr_hash_final(hash, bytes);
    for (int i = 0; i < HR_HASH_SIZE; i++)
        sprintf(out + 2 * i, "%02x", bytes[i]);
}

static hr_status fail_archive(hr_err *err, struct archive *archive) {
    int number = archive_errno(archive);
    return hr_fail_errno(err, number > 0 ? number : EIO, HR_TR(err, "write the backup", "写入备份"));
}

static hr_status fail_backup(hr_err *err) {
    return hr_fail(err, HR_DAMAGED, "%s",
                   HR_TR(err, "this is not a whole backup of a store, or it was damaged; use another backup",
                         "该文件不是完整的备份，或已损坏；请换用其他备份"));
}

/* ---- what is copied ---- */

/* Reads a block of a part: of the key slots from memory, of a database through its connection. */
static hr_status read_part(hr_store *store, int which, const unsigned char *keyslots, int64_t at, void *out, int size) {
    if (which == 0) {
        memcpy(out, keyslots + at, (size_t)size);
        return HR_OK;
    }
    return hr_db_raw(&store->err, store->db, which == 1 ? "chart" : "main", at, out, size, NULL);
}

static hr_status hash_part(hr_store *store, job *j, int which, const unsigned char *keyslots, void *block) {
    part *p = &j->parts[which];
    hr_hash hash;
    hr_status status = HR_OK;
    hr_hash_init(&hash, NULL, 0);
    for (int64_t at = 0; at < p->size && status == HR_OK; at += BLOCK) {
        int size = p->size - at < BLOCK ? (int)(p->size - at) : BLOCK;
        status = read_part(store, which, keyslots, at, block, size);
        hr_hash_update(&hash, block, (size_t)size);
        if (status == HR_OK)
            status = advance(j, (size_t)size);
    }
    hash_text(&hash, p->hash);
    return status;
}

/* ---- writing ---- */

static hr_status begin_entry(job *j, struct archive *archive, const char *name, int64_t size) {
    struct archive_entry *entry = archive_entry_new();
    if (!entry)
        return hr_fail_memory(j->err);
    archive_entry_set_pathname(entry, name);
    archive_entry_set_size(entry, size);
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0600);
    hr_status status = archive_write_header(archive, entry) == ARCHIVE_OK ? HR_OK : fail_archive(j->err, archive);
    archive_entry_free(entry);
    return status;
}

static hr_status write_bytes(job *j, struct archive *archive, const void *bytes, size_t size) {
    return archive_write_data(archive, bytes, size) == (la_ssize_t)size ? HR_OK : fail_archive(j->err, archive);
}

static hr_status write_manifest(hr_store *store, job *j, struct archive *archive) {
    json_t *files = json_array(), *manifest = NULL;
    for (int i = 0; i < PARTS; i++)
        json_array_append_new(files, json_pack("{s:s, s:I, s:s}", "name", j->parts[i].name, "size",
                                               (json_int_t)j->parts[i].size, "blake2b", j->parts[i].hash));
    manifest = json_pack("{s:s, s:i, s:I, s:o}", "healthrec", "backup", "format", (int)FORMAT, "entries",
                         (json_int_t)store->head.seq, "files", files);
    char *text = manifest ? json_dumps(manifest, JSON_INDENT(1)) : NULL;
    json_decref(manifest);
    if (!text)
        return hr_fail_memory(j->err);
    hr_status status = begin_entry(j, archive, MANIFEST, (int64_t)strlen(text));
    if (status == HR_OK)
        status = write_bytes(j, archive, text, strlen(text));
    free(text);
    return status;
}

static hr_status write_part(hr_store *store, job *j, struct archive *archive, int which, const unsigned char *keyslots,
                            void *block) {
    const part *p = &j->parts[which];
    hr_status status = begin_entry(j, archive, p->name, p->size);
    for (int64_t at = 0; at < p->size && status == HR_OK; at += BLOCK) {
        int size = p->size - at < BLOCK ? (int)(p->size - at) : BLOCK;
        status = read_part(store, which, keyslots, at, block, size);
        if (status == HR_OK)
            status = write_bytes(j, archive, block, (size_t)size);
        if (status == HR_OK)
            status = advance(j, (size_t)size);
    }
    return status;
}

static hr_status plan_parts(hr_store *store, job *j, size_t keyslots_size) {
    static const char *const names[PARTS] = {"keyslots", "chart", "facts"};
    static const char *const schemas[PARTS] = {NULL, "chart", "main"};
    hr_status status = HR_OK;
    j->parts[0].size = (int64_t)keyslots_size;
    for (int i = 0; i < PARTS && status == HR_OK; i++) {
        char *path = hr_file_path(store, "", names[i]);
        if (!path)
            return hr_fail_memory(&store->err);
        snprintf(j->parts[i].name, sizeof j->parts[i].name, "%s", path + 1);
        free(path);
        if (i > 0)
            status = hr_db_raw(&store->err, store->db, schemas[i], 0, NULL, 0, &j->parts[i].size);
        j->total += 3 * (uint64_t)j->parts[i].size; /* hashed, written, read back */
    }
    return status;
}

/* Those that the databases expect. */
static hr_status read_keyslots(hr_store *store, unsigned char **out, size_t *size) {
    unsigned char expected[HR_HASH_SIZE];
    hr_status status = hr_slots_expected(store, expected);
    if (status != HR_OK && status != HR_END)
        return status;
    return hr_keyslots_read(&store->err, store->path, status == HR_OK ? expected : NULL, out, size);
}

static hr_status pack(hr_store *store, job *j, int fd) {
    unsigned char *keyslots = NULL, *block = malloc(BLOCK);
    size_t keyslots_size = 0;
    struct archive *archive = archive_write_new();
    hr_status status = archive && block ? HR_OK : hr_fail_memory(&store->err);
    if (status == HR_OK)
        status = read_keyslots(store, &keyslots, &keyslots_size);
    if (status == HR_OK)
        status = plan_parts(store, j, keyslots_size);
    for (int i = 0; i < PARTS && status == HR_OK; i++)
        status = hash_part(store, j, i, keyslots, block);
    if (status == HR_OK && (archive_write_set_format_pax_restricted(archive) != ARCHIVE_OK ||
                            archive_write_open_fd(archive, fd) != ARCHIVE_OK))
        status = fail_archive(&store->err, archive);
    if (status == HR_OK)
        status = write_manifest(store, j, archive);
    for (int i = 0; i < PARTS && status == HR_OK; i++)
        status = write_part(store, j, archive, i, keyslots, block);
    if (status == HR_OK && archive_write_close(archive) != ARCHIVE_OK)
        status = fail_archive(&store->err, archive);
    if (archive)
        archive_write_free(archive);
    free(keyslots);
    free(block);
    return status;
}

/* ---- reading ---- */

/* Names come from outside, so only the three that a store can have are known. */
static bool good_name(const char *name, int which) {
    static const char *const starts[PARTS] = {"keyslots", "chart.", "facts."};
    size_t length = strlen(starts[which]);
    if (strncmp(name, starts[which], length) != 0)
        return false;
    if (which == 0)
        return name[length] == '\0';
    size_t digits = strspn(name + length, "0123456789");
    return digits > 0 && digits < 11 && strcmp(name + length + digits, ".db") == 0;
}

static hr_status read_manifest(job *j, struct archive *archive, struct archive_entry *entry) {
    char text[MANIFEST_MAX];
    int64_t size = archive_entry_size(entry);
    const char *name, *hash;
    json_int_t length;
    if (!archive_entry_pathname(entry) || strcmp(archive_entry_pathname(entry), MANIFEST) != 0 || size <= 0 ||
        size > MANIFEST_MAX || archive_read_data(archive, text, (size_t)size) != size)
        return fail_backup(j->err);
    json_t *manifest = json_loadb(text, (size_t)size, JSON_REJECT_DUPLICATES, NULL);
    json_t *files = json_object_get(manifest, "files");
    const char *what = json_string_value(json_object_get(manifest, "healthrec"));
    json_int_t format = json_integer_value(json_object_get(manifest, "format"));
    bool good = what && strcmp(what, "backup") == 0 && format > 0;
    if (good && format > FORMAT) {
        json_decref(manifest);
        return hr_fail(j->err, HR_NEWER, "%s",
                       HR_TR(j->err, "the backup was made by a newer healthrec; install that version",
                             "备份由新版 healthrec 生成；请安装新版"));
    }
    good = good && json_array_size(files) == PARTS;
    for (int i = 0; i < PARTS && good; i++) {
        part *p = &j->parts[i];
        good = json_unpack(json_array_get(files, (size_t)i), "{s:s, s:I, s:s}", "name", &name, "size", &length,
                           "blake2b", &hash) == 0 &&
               good_name(name, i) && length > 0 && length <= j->most && strlen(hash) == 2 * HR_HASH_SIZE;
        if (good) {
            snprintf(p->name, sizeof p->name, "%s", name);
            snprintf(p->hash, sizeof p->hash, "%s", hash);
            p->size = length;
            p->seen = false;
            j->most -= length; /* a sparse file in the archive could be a terabyte of nothing */
        }
    }
    json_decref(manifest);
    return good ? HR_OK : fail_backup(j->err);
}

/* Reads a part's bytes, to `out` (-1: nowhere), and compares size and hash. */
static hr_status read_back(job *j, struct archive *archive, part *p, int out) {
    char *block = malloc(BLOCK), hash[2 * HR_HASH_SIZE + 1];
    la_ssize_t got;
    int64_t size = 0;
    hr_hash sum;
    hr_status status = block ? HR_OK : hr_fail_memory(j->err);
    hr_hash_init(&sum, NULL, 0);
    while (status == HR_OK && (got = archive_read_data(archive, block, BLOCK)) > 0) {
        hr_hash_update(&sum, block, (size_t)got);
        size += got;
        if (size > p->size)
            status = fail_backup(j->err);
        else if (out >= 0 && write(out, block, (size_t)got) != got)
            status =
                hr_fail_errno(j->err, errno ? errno : ENOSPC, HR_TR(j->err, "write the store's files", "写入库文件"));
        else
            status = advance(j, (size_t)got);
    }
    if (status == HR_OK && got < 0)
        status = fail_backup(j->err);
    hash_text(&sum, hash);
    if (status == HR_OK && (size != p->size || strcmp(hash, p->hash) != 0))
        status = fail_backup(j->err);
    p->seen = status == HR_OK;
    free(block);
    return status;
}

static hr_status read_part_out(job *j, struct archive *archive, part *p, int folder) {
    int fd = -1;
    if (folder >= 0) {
        fd = openat(folder, p->name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0)
            return hr_fail_errno(j->err, errno, HR_TR(j->err, "make the store's files", "创建库文件"));
    }
    hr_status status = read_back(j, archive, p, fd);
    if (fd >= 0 && status == HR_OK && fsync(fd) != 0)
        status = hr_fail_errno(j->err, errno, HR_TR(j->err, "write the store's files", "写入库文件"));
    if (fd >= 0)
        close(fd);
    return status;
}

/* Reads the whole backup from `fd`, into `folder` (-1: only checks it). */
static hr_status unpack(job *j, int fd, int folder) {
    struct archive *archive = archive_read_new();
    struct archive_entry *entry;
    struct stat info;
    hr_status status = HR_OK;
    int code, next = -1;
    if (!archive)
        return hr_fail_memory(j->err);
    j->most = fstat(fd, &info) == 0 ? info.st_size : 0;
    if (archive_read_support_format_tar(archive) != ARCHIVE_OK ||
        archive_read_open_fd(archive, fd, BLOCK) != ARCHIVE_OK)
        status = fail_backup(j->err);
    while (status == HR_OK && (code = archive_read_next_header(archive, &entry)) == ARCHIVE_OK) {
        const char *name = archive_entry_pathname(entry);
        if (next < 0)
            status = read_manifest(j, archive, entry);
        else if (next < PARTS && name && strcmp(name, j->parts[next].name) == 0)
            status = read_part_out(j, archive, &j->parts[next], folder);
        else
            status = fail_backup(j->err);
        next++;
    }
    if (status == HR_OK && (code != ARCHIVE_EOF || next != PARTS))
        status = fail_backup(j->err);
    archive_read_free(archive);
    return status;
}

hr_status hr_backup_unpack(hr_err *err, const char *file, const char *folder, hr_progress progress, void *context) {
    job j = {.err = err, .progress = progress, .context = context};
    struct stat info;
    int fd = open(file, O_RDONLY | O_CLOEXEC), into = -1;
    if (fd < 0)
        return errno == ENOENT
                   ? hr_fail(err, HR_NOT_FOUND, "%s",
                             HR_TR(err, "there is no such backup file; check its path", "没有该备份文件；请核对路径"))
                   : hr_fail_errno(err, errno, HR_TR(err, "read the backup", "读取备份"));
    hr_status status = HR_OK;
    into = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (into < 0)
        status = hr_fail_errno(err, errno, HR_TR(err, "open the folder", "打开文件夹"));
    if (fstat(fd, &info) == 0)
        j.total = (uint64_t)info.st_size;
    if (status == HR_OK)
        status = unpack(&j, fd, into);
    if (status == HR_OK && fsync(into) != 0)
        status = hr_fail_errno(err, errno, HR_TR(err, "write the folder", "写入文件夹"));
    if (into >= 0)
        close(into);
    close(fd);
    return status;
}

/* ---- hr_backup ---- */

/* A damaged store must not be taken for a good backup. */
static hr_status check_store(hr_store *store) {
    bool sound;
    hr_status status = hr_pages_sound(store, &sound);
    if (status != HR_OK || sound)
        return status;
    return hr_fail(&store->err, HR_DAMAGED, "%s",
                   HR_TR(&store->err,
                         "pages of the store are damaged, so it is not backed up; run verify, and restore the "
                         "newest backup",
                         "库中有页面损坏，因此未做备份；请运行 verify，并用最近的备份恢复"));
}

static hr_status check_written(job *j, int fd) {
    if (fsync(fd) != 0 || lseek(fd, 0, SEEK_SET) != 0)
        return hr_fail_errno(j->err, errno, HR_TR(j->err, "write the backup", "写入备份"));
    part planned[PARTS];
    memcpy(planned, j->parts, sizeof planned);
    hr_status status = unpack(j, fd, -1);
    for (int i = 0; i < PARTS && status == HR_OK; i++)
        if (strcmp(planned[i].hash, j->parts[i].hash) != 0 || planned[i].size != j->parts[i].size)
            status = fail_backup(j->err);
    return status;
}

hr_status hr_backup_pack(hr_store *store, const char *file, hr_status (*say)(hr_store *store), hr_progress progress,
                         void *context) {
    char *final = NULL, *partial = NULL;
    hr_slots *slots = NULL;
    int fd = -1;
    hr_status status = hr_need_idle(store);
    if (status == HR_OK) /* before that it leaves is said */
        status = hr_need_writer(store);
    if (status != HR_OK)
        return status;
    job j = {.err = &store->err, .progress = progress, .context = context};
    status = hr_folder_names(&store->err, file, &final, &partial);
    if (status == HR_OK && (fd = open(partial, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600)) < 0)
        status = hr_fail_errno(&store->err, errno, HR_TR(&store->err, "make the backup file", "创建备份文件"));
    if (status == HR_OK) /* key slots and databases are of one moment */
        status = hr_slots_begin(&store->err, store->path, store->keys, &slots);
    if (status == HR_OK)
        status = say(store);
    if (status == HR_OK && (status = hr_begin(store)) == HR_OK) { /* nobody writes while we read */
        status = check_store(store);
        if (status == HR_OK)
            status = pack(store, &j, fd);
        hr_rollback(store);
    }
    if (status == HR_OK)
        status = check_written(&j, fd);
    if (status == HR_OK)
        status = hr_folder_publish(&store->err, partial, final);
    hr_slots_free(slots);
    if (fd >= 0)
        close(fd);
    if (status != HR_OK && fd >= 0)
        unlink(partial);
    free(partial);
    free(final);
    return status;
}
