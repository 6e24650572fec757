/* Key slots put in force, and new generations of keys.
 *
 * A key slots file and the two databases cannot be changed in one step, so the databases expect the file by its
 * checksum (meta "keyslots"): the new one is written beside the old, the databases' transaction says that it is
 * expected, and it gets its name. What is cut off in between is finished when the store is next opened.
 *
 * A new generation is a whole copy of both databases under fresh keys, in files of its own. They are compared with the
 * old ones row by row before the key slots that hold their keys get their name; that rename is the moment from which
 * they are the store. Until then nothing old has been touched, and afterwards the old files are only taken away.
 * Rekeying in place is out of the question: the engine reports success when it fails (docs/architecture.md). */
#include "store/store.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

static void give_keys(hr_store *store, hr_slots *slots) {
    hr_secret_free(store->keys);
    store->keys = hr_slots_take_keys(slots);
    store->keyslots_foreign = false;
}

/* What is said, and which key slots are expected from now on, in one transaction that has begun. */
static hr_status say_and_expect(hr_store *store, const unsigned char sum[HR_HASH_SIZE], hr_say_fn say, void *context) {
    hr_status status = say ? say(store, context) : HR_OK;
    if (status == HR_OK)
        status = hr_meta_set(store, "keyslots", sum, HR_HASH_SIZE);
    if (status == HR_OK)
        return hr_commit(store);
    hr_rollback(store);
    return status;
}

/* After a commit that failed: it may have been made all the same. What cannot be found out now is at the next opening.
 */
static bool is_expected(hr_store *store, hr_slots *slots, const unsigned char sum[HR_HASH_SIZE]) {
    unsigned char now[HR_HASH_SIZE];
    hr_err saved = store->err;
    hr_status status = hr_slots_expected(store, now);
    store->err = saved;
    if (status == HR_OK && memcmp(now, sum, sizeof now) == 0)
        return true;
    if (status == HR_OK || status == HR_END)
        hr_slots_abandon(slots);
    return false;
}

hr_status hr_slots_enforce(hr_store *store, hr_slots *slots, hr_say_fn say, void *context) {
    unsigned char sum[HR_HASH_SIZE];
    hr_err ignored = {.language = store->err.language};
    bool settled;
    hr_status status = hr_slots_prepare(&store->err, slots, sum);
    if (status == HR_OK)
        status = hr_begin_own(store);
    if (status == HR_OK)
        status = say_and_expect(store, sum, say, context);
    if (status != HR_OK && !is_expected(store, slots, sum))
        return status;
    hr_slots_commit(&ignored, slots, &settled); /* or it gets its name with the next change, or opening */
    give_keys(store, slots);
    return HR_OK;
}

/* ---- files of a generation ---- */

/* The generation that a database file's name says; 0 for any other name. */
static uint32_t generation_of(const char *name) {
    const char *digits = strncmp(name, "chart.", 6) == 0 || strncmp(name, "facts.", 6) == 0 ? name + 6 : "";
    size_t length = strspn(digits, "0123456789");
    if (length == 0 || length > 9 || strncmp(digits + length, ".db", 3) != 0)
        return 0;
    return (uint32_t)strtoul(digits, NULL, 10);
}

/* Removes the databases and journals of generations from `first` to `last`. */
static void remove_generations(const char *folder, uint32_t first, uint32_t last) {
    DIR *files = opendir(folder);
    struct dirent *file;
    bool any = false;
    while (files && (file = readdir(files))) {
        uint32_t generation = generation_of(file->d_name);
        if (generation >= first && generation <= last && generation > 0)
            any = unlinkat(dirfd(files), file->d_name, 0) == 0 || any;
    }
    if (any)
        fsync(dirfd(files));
    if (files)
        closedir(files);
}

void hr_generation_sweep(hr_store *store) {
    if (store->keys->generation > 1)
        remove_generations(store->path, 1, store->keys->generation - 1);
}

static hr_status sync_file(hr_err *err, const char *path) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    hr_status status = HR_OK;
    if (fd < 0 || fsync(fd) != 0)
        status = hr_fail_errno(err, errno, HR_TR(err, "write the new files", "写入新文件"));
    if (fd >= 0)
        close(fd);
    return status;
}

/* ---- room ---- */

static hr_status size_of_both(hr_store *store, uint64_t *out) {
    int64_t chart = 0, facts = 0;
    hr_status status = hr_db_raw(&store->err, store->db, "chart", 0, NULL, 0, &chart);
    if (status == HR_OK)
        status = hr_db_raw(&store->err, store->db, "main", 0, NULL, 0, &facts);
    *out = (uint64_t)chart + (uint64_t)facts;
    return status;
}

hr_status hr_generation_room(hr_store *store, uint64_t *needed, uint64_t *available) {
    enum { SPARE = 16 << 20 };
    struct statvfs disk;
    uint64_t both;
    hr_status status = size_of_both(store, &both);
    if (status == HR_OK && statvfs(store->path, &disk) != 0)
        status = hr_fail_errno(&store->err, errno, HR_TR(&store->err, "ask for free space", "查询剩余空间"));
    if (status != HR_OK)
        return status;
    *needed = both + SPARE;
    *available = (uint64_t)disk.f_bavail * disk.f_frsize;
    return HR_OK;
}

static hr_status need_room(hr_store *store) {
    uint64_t needed, available;
    hr_status status = hr_generation_room(store, &needed, &available);
    if (status != HR_OK || available >= needed)
        return status;
    return hr_fail(&store->err, HR_SYSTEM,
                   HR_TR(&store->err,
                         "new keys need %" PRIu64 " MiB of free space for a second copy, there are %" PRIu64
                         "; free some",
                         "更换密钥需要 %" PRIu64 " MiB 空间存放第二份，现只有 %" PRIu64 " MiB；请先清理"),
                   (needed >> 20) + 1, available >> 20);
}

static hr_status back_to_sharing(hr_store *store, hr_status status) {
    hr_err saved = store->err;
    if (hr_lock_shared(store) == HR_OK)
        store->err = saved;
    return status;
}

hr_status hr_generation_ready(hr_store *store) {
    hr_status status = hr_lock_alone(store);
    if (status == HR_OK)
        status = need_room(store);
    return status == HR_OK ? HR_OK : back_to_sharing(store, status);
}

/* ---- copying ---- */

typedef struct renewal {
    hr_store *store;
    hr_store next; /* the new generation as a store of its own; it borrows what is not its own */
    sqlite3 *db;   /* what is copied, and what it is copied to; a connection of its own, because a file that a full
                      disk has left half written cannot even be detached */
    char *chart, *facts;
    hr_progress progress;
    void *context;
    uint64_t done, total; /* bytes, of the two copies and of comparing them */
    bool cancelled;
} renewal;

static int report(void *context) {
    renewal *r = context;
    struct stat chart = {.st_size = 0}, facts = {.st_size = 0};
    if (!r->progress)
        return 0;
    stat(r->chart, &chart);
    stat(r->facts, &facts);
    uint64_t done = r->done + (uint64_t)chart.st_size + (uint64_t)facts.st_size;
    r->cancelled = r->progress(r->context, done < r->total ? done : r->total, r->total) != 0;
    return r->cancelled;
}

static hr_status fail(renewal *r) {
    if (!r->cancelled)
        return hr_db_fail_on(&r->store->err, r->db);
    return hr_fail(&r->store->err, HR_CANCELLED, "%s",
                   HR_TR(&r->store->err, "stopped; nothing was changed", "已停止；未作任何改动"));
}

static hr_status run(renewal *r, const char *sql) {
    return sqlite3_exec(r->db, sql, NULL, NULL, NULL) == SQLITE_OK ? HR_OK : fail(r);
}

static hr_status read_number(renewal *r, const char *sql, int64_t *out) {
    sqlite3_stmt *row = NULL;
    hr_status status = HR_OK;
    if (sqlite3_prepare_v2(r->db, sql, -1, &row, NULL) != SQLITE_OK || sqlite3_step(row) != SQLITE_ROW)
        status = fail(r);
    else
        *out = sqlite3_column_int64(row, 0);
    sqlite3_finalize(row);
    return status;
}

/* One database whole into the new file. Nobody waits for it and it is synced at the end, so it needs no journal. */
static hr_status copy_one(renewal *r, const char *from, const char *label, const char *path) {
    char sql[160];
    int64_t version = 0;
    hr_status status = hr_db_create(&r->store->err, path);
    if (status == HR_OK)
        status = hr_db_attach(&r->store->err, r->db, r->next.keys, label, path, "fresh");
    if (status == HR_OK)
        status = run(r, "PRAGMA fresh.journal_mode = OFF; PRAGMA fresh.synchronous = OFF");
    snprintf(sql, sizeof sql, "SELECT sqlcipher_export('fresh', '%s')", from);
    if (status == HR_OK)
        status = run(r, sql);
    snprintf(sql, sizeof sql, "PRAGMA %s.user_version", from);
    if (status == HR_OK)
        status = read_number(r, sql, &version);
    snprintf(sql, sizeof sql, "PRAGMA fresh.user_version = %d", (int)version);
    return status == HR_OK ? run(r, sql) : status;
}

/* ---- comparing ---- */

static bool same_value(sqlite3_stmt *a, sqlite3_stmt *b, int column) {
    int size = sqlite3_column_bytes(a, column);
    if (sqlite3_column_type(a, column) != sqlite3_column_type(b, column) || size != sqlite3_column_bytes(b, column))
        return false;
    if (sqlite3_column_type(a, column) == SQLITE_INTEGER)
        return sqlite3_column_int64(a, column) == sqlite3_column_int64(b, column);
    return size == 0 || memcmp(sqlite3_column_blob(a, column), sqlite3_column_blob(b, column), (size_t)size) == 0;
}

static hr_status fail_copy(renewal *r) {
    return hr_fail(&r->store->err, HR_DAMAGED, "%s",
                   HR_TR(&r->store->err,
                         "the copy under new keys is not the same as the store; check the disk; nothing was changed",
                         "换密钥后的副本与原库不一致；请检查磁盘；未作任何改动"));
}

static hr_status compare_rows(renewal *r, sqlite3_stmt *a, sqlite3_stmt *b) {
    int found_a, found_b, columns = sqlite3_column_count(a);
    if (columns != sqlite3_column_count(b))
        return fail_copy(r);
    while ((found_a = sqlite3_step(a)) == SQLITE_ROW) {
        if ((found_b = sqlite3_step(b)) != SQLITE_ROW)
            return found_b == SQLITE_DONE ? fail_copy(r) : fail(r);
        for (int i = 0; i < columns; i++)
            if (!same_value(a, b, i))
                return fail_copy(r);
    }
    if (found_a != SQLITE_DONE)
        return fail(r);
    found_b = sqlite3_step(b);
    return found_b == SQLITE_DONE ? HR_OK : found_b == SQLITE_ROW ? fail_copy(r) : fail(r);
}

static hr_status compare_table(renewal *r, const char *from, const char *table) {
    sqlite3_stmt *a = NULL, *b = NULL;
    char *left = sqlite3_mprintf("SELECT * FROM %s.\"%w\"", from, table);
    char *right = sqlite3_mprintf("SELECT * FROM fresh.\"%w\"", table);
    hr_status status = left && right ? HR_OK : hr_fail_memory(&r->store->err);
    if (status == HR_OK && (sqlite3_prepare_v2(r->db, left, -1, &a, NULL) != SQLITE_OK ||
                            sqlite3_prepare_v2(r->db, right, -1, &b, NULL) != SQLITE_OK))
        status = fail(r);
    if (status == HR_OK)
        status = compare_rows(r, a, b);
    sqlite3_finalize(a);
    sqlite3_finalize(b);
    sqlite3_free(left);
    sqlite3_free(right);
    return status;
}

/* The schemas, then each table's rows in its own order. */
static hr_status compare_one(renewal *r, const char *from) {
    sqlite3_stmt *tables = NULL;
    char sql[160];
    int code;
    snprintf(sql, sizeof sql, "SELECT name FROM %s.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%%'",
             from);
    if (sqlite3_prepare_v2(r->db, sql, -1, &tables, NULL) != SQLITE_OK)
        return fail(r);
    hr_status status = HR_OK;
    while (status == HR_OK && (code = sqlite3_step(tables)) == SQLITE_ROW)
        status = compare_table(r, from, (const char *)sqlite3_column_text(tables, 0));
    if (status == HR_OK && code != SQLITE_DONE)
        status = fail(r);
    sqlite3_finalize(tables);
    int64_t ours = 0, theirs = 0;
    snprintf(sql, sizeof sql, "SELECT count(*) FROM %s.sqlite_schema", from);
    if (status == HR_OK)
        status = read_number(r, sql, &ours);
    if (status == HR_OK)
        status = read_number(r, "SELECT count(*) FROM fresh.sqlite_schema", &theirs);
    return status == HR_OK && ours != theirs ? fail_copy(r) : status;
}

static hr_status write_one(renewal *r, const char *from, const char *label, const char *path) {
    struct stat copy = {.st_size = 0};
    hr_status status = copy_one(r, from, label, path);
    if (status == HR_OK && report(r)) /* a small store is done before the engine asks */
        status = fail(r);
    if (status == HR_OK)
        status = compare_one(r, from);
    stat(path, &copy);
    r->done += (uint64_t)copy.st_size;
    if (status == HR_OK && report(r))
        status = fail(r);
    sqlite3_exec(r->db, "DETACH fresh", NULL, NULL, NULL);
    return status == HR_OK ? sync_file(&r->store->err, path) : status;
}

/* ---- the new generation as a store ---- */

static hr_status open_next(renewal *r) {
    hr_store *store = r->store, *next = &r->next;
    bool sound = false;
    next->vfs = store->vfs;
    next->author = store->author;
    next->today = store->today;
    next->lock = -1;
    next->err = store->err;
    hr_status status = hr_databases_open(next, store->path, false);
    if (status == HR_OK)
        status = hr_pages_sound(next, &sound);
    if (status != HR_OK)
        store->err = next->err;
    return status == HR_OK && !sound ? fail_copy(r) : status;
}

/* The handle goes on with the new files. */
static void move_over(hr_store *store, hr_store *next, hr_slots *slots) {
    hr_db_close(store);
    hr_slots_drop(next);
    hr_db_finalise(next);
    store->db = next->db;
    store->head = (hr_head){.seq = -1};
    store->opened++;
    next->db = NULL;
    give_keys(store, slots);
}

static hr_status open_source(renewal *r) {
    hr_store *store = r->store;
    char *facts = hr_file_path(store, store->path, "facts"), *chart = hr_file_path(store, store->path, "chart");
    hr_status status = facts && chart ? HR_OK : hr_fail_memory(&store->err);
    if (status == HR_OK)
        status = hr_db_open(&store->err, store->keys, store->vfs, facts, chart, false, &r->db);
    if (status == HR_OK)
        sqlite3_progress_handler(r->db, 200000, report, r);
    free(facts);
    free(chart);
    return status;
}

static hr_status write_files(renewal *r) {
    hr_store *store = r->store;
    uint64_t both;
    hr_status status = size_of_both(store, &both);
    r->total = 2 * both;
    if (status == HR_OK)
        status = open_source(r);
    if (status == HR_OK)
        status = write_one(r, "main", "facts", r->facts);
    if (status == HR_OK)
        status = write_one(r, "chart", "chart", r->chart);
    sqlite3_close(r->db);
    return status == HR_OK ? hr_sync_parent(&store->err, r->chart) : status;
}

static hr_status put_in_force(renewal *r, hr_slots *slots, hr_say_fn say, void *context) {
    hr_store *store = r->store, *next = &r->next;
    unsigned char sum[HR_HASH_SIZE];
    bool settled = false;
    uint32_t old = store->keys->generation;
    hr_status status = hr_slots_prepare(&store->err, slots, sum);
    if (status == HR_OK)
        status = hr_begin_own(next);
    if (status == HR_OK)
        status = say_and_expect(next, sum, say, context);
    if (status != HR_OK && next->err.status != HR_OK)
        store->err = next->err;
    if (status == HR_OK)
        status = hr_slots_commit(&store->err, slots, &settled);
    if (status != HR_OK) {
        hr_slots_abandon(slots);
        return status;
    }
    move_over(store, next, slots);
    if (settled)
        remove_generations(store->path, 1, old);
    return HR_OK;
}

hr_status hr_generation_renew(hr_store *store, hr_slots *slots, hr_say_fn say, void *context, hr_progress progress,
                              void *progress_context) {
    renewal *r = calloc(1, sizeof *r);
    if (!r)
        return hr_fail_memory(&store->err);
    r->store = store;
    r->progress = progress;
    r->context = progress_context;
    hr_status status = hr_generation_ready(store);
    if (status == HR_OK)
        status = hr_slots_renew(&store->err, slots);
    r->next.keys = (hr_keys *)(uintptr_t)hr_slots_keys(slots);
    r->chart = hr_file_path(&r->next, store->path, "chart");
    r->facts = hr_file_path(&r->next, store->path, "facts");
    if (status == HR_OK && (!r->chart || !r->facts))
        status = hr_fail_memory(&store->err);
    uint32_t generation = r->next.keys->generation;
    if (status == HR_OK) { /* what a renewal that was cut off has left */
        remove_generations(store->path, generation, UINT32_MAX);
        status = write_files(r);
    }
    if (status == HR_OK)
        status = open_next(r);
    if (status == HR_OK)
        status = put_in_force(r, slots, say, context);
    if (status == HR_OK && progress)
        progress(progress_context, r->total, r->total);
    hr_db_close(&r->next);
    if (status != HR_OK && store->keys->generation < generation)
        remove_generations(store->path, generation, UINT32_MAX);
    free(r->chart);
    free(r->facts);
    free(r);
    return back_to_sharing(store, status);
}
