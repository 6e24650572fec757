/* Which copy of a store says something, and where what came from elsewhere was first said.
 *
 * A copy does not know that it is one. But its folder is another: so a store keeps the mark of the folder in which it
 * was last written (of this computer, the folder's inode and, where the file system tells, when that was made: a folder
 * that takes a removed one's place often gets its inode), and where the mark differs it writes as a new writer. At
 * worst one store is several writers, which harms nothing; two copies that are one would. */
#include "store/store.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int hr_origin_compare(const hr_origin *a, const hr_origin *b) {
    int writers = memcmp(a->writer, b->writer, sizeof a->writer);
    return a->said != b->said ? (a->said > b->said) - (a->said < b->said)
           : writers          ? writers
                              : (a->wseq > b->wseq) - (a->wseq < b->wseq);
}

/* ---- whom this copy writes as ---- */

static void mark_place(const hr_store *store, unsigned char out[HR_HASH_SIZE]) {
    static const char domain[] = "healthrec place";
    char machine[64] = "";
    struct statx folder = {0};
    hr_hash hash;
    int file = open("/etc/machine-id", O_RDONLY | O_CLOEXEC);
    ssize_t got = file < 0 ? 0 : read(file, machine, sizeof machine);
    if (file >= 0)
        close(file);
    if (store->path && statx(AT_FDCWD, store->path, 0, STATX_INO | STATX_BTIME, &folder) != 0)
        folder = (struct statx){0};
    int64_t made[2] = {folder.stx_btime.tv_sec, folder.stx_btime.tv_nsec};
    hr_hash_init(&hash, NULL, 0);
    hr_hash_update(&hash, domain, sizeof domain);
    hr_hash_update(&hash, store->keys->store_id, HR_STORE_ID_SIZE);
    hr_hash_update(&hash, &folder.stx_ino, sizeof folder.stx_ino);
    hr_hash_update(&hash, made, sizeof made);
    hr_hash_update(&hash, machine, got > 0 ? (size_t)got : 0);
    hr_hash_final(&hash, out);
}

/* The writer that the store had where it was last written, and whether that was here. */
static hr_status load_writer(hr_store *store, const unsigned char here[HR_HASH_SIZE], int64_t *writer, bool *same) {
    sqlite3_stmt *row = hr_db_statement(store, "SELECT value FROM main.meta WHERE key = 'place'");
    if (!row)
        return store->err.status;
    *same = true; /* nowhere yet */
    hr_status status = hr_db_row(store, row);
    if (status == HR_OK)
        *same = sqlite3_column_bytes(row, 0) == HR_HASH_SIZE &&
                memcmp(sqlite3_column_blob(row, 0), here, HR_HASH_SIZE) == 0;
    sqlite3_reset(row);
    if (status == HR_OK || status == HR_END)
        status = hr_db_number(store, "SELECT max(id) FROM chart.writer WHERE own = ?1", 1, writer);
    return status;
}

static hr_status add_writer(hr_store *store, const unsigned char id[HR_STORE_ID_SIZE], bool own, int64_t *out) {
    sqlite3_stmt *insert = hr_db_statement(store, "INSERT INTO chart.writer (store_id, own) VALUES (?1, ?2)");
    if (!insert)
        return store->err.status;
    sqlite3_bind_blob(insert, 1, id, HR_STORE_ID_SIZE, SQLITE_STATIC);
    sqlite3_bind_int(insert, 2, own);
    hr_status status = hr_db_step(store, insert);
    *out = sqlite3_last_insert_rowid(store->db);
    return status;
}

static hr_status take_place(hr_store *store) {
    unsigned char here[HR_HASH_SIZE], id[HR_STORE_ID_SIZE];
    int64_t writer = 0;
    bool same = true;
    mark_place(store, here);
    hr_status status = load_writer(store, here, &writer, &same);
    if (status == HR_OK && !same && store->path) { /* without one, it is being made */
        hr_random(id, sizeof id);
        status = add_writer(store, id, true, &writer);
    }
    if (status == HR_OK && store->path) /* also when it is the same: there may have been none */
        status = hr_meta_set(store, "place", here, sizeof here);
    if (status == HR_OK)
        store->writer = writer;
    return status;
}

static hr_status find_writer(hr_store *store, int64_t row, unsigned char out[HR_STORE_ID_SIZE]) {
    sqlite3_stmt *writer = hr_db_statement(store, "SELECT store_id FROM chart.writer WHERE id = ?1");
    if (!writer)
        return store->err.status;
    sqlite3_bind_int64(writer, 1, row);
    hr_status status = hr_db_row(store, writer);
    bool good = status == HR_OK && sqlite3_column_bytes(writer, 0) == HR_STORE_ID_SIZE;
    if (good)
        memcpy(out, sqlite3_column_blob(writer, 0), HR_STORE_ID_SIZE);
    sqlite3_reset(writer);
    if (good || (status != HR_OK && status != HR_END))
        return status;
    return hr_fail(&store->err, HR_DAMAGED, "%s",
                   HR_TR(&store->err, "the log does not say who writes it; run verify, and restore the newest backup",
                         "记录链未说明书写者；请运行 verify，并用最近的备份恢复"));
}

hr_status hr_writer_own(hr_store *store) {
    if (store->writer)
        return HR_OK;
    hr_status status = take_place(store);
    if (status == HR_OK)
        status = find_writer(store, store->writer, store->writer_id);
    if (status != HR_OK)
        store->writer = 0;
    return status;
}

hr_status hr_writer_known(hr_store *store, const unsigned char id[HR_STORE_ID_SIZE], int64_t *row) {
    sqlite3_stmt *find = hr_db_statement(store, "SELECT id FROM chart.writer WHERE store_id = ?1");
    if (!find)
        return store->err.status;
    sqlite3_bind_blob(find, 1, id, HR_STORE_ID_SIZE, SQLITE_STATIC);
    hr_status status = hr_db_row(store, find);
    if (status == HR_OK)
        *row = sqlite3_column_int64(find, 0);
    sqlite3_reset(find);
    return status == HR_END ? add_writer(store, id, false, row) : status;
}

/* ---- what was first said where ---- */

void hr_origin_read(sqlite3_stmt *row, int store_id, int wseq, int64_t seq, int64_t recorded, hr_origin *out) {
    bool kept = sqlite3_column_type(row, wseq) != SQLITE_NULL;
    const char *author = (const char *)sqlite3_column_text(row, wseq + 2);
    *out = (hr_origin){.wseq = kept ? sqlite3_column_int64(row, wseq) : seq,
                       .said = kept ? sqlite3_column_int64(row, wseq + 1) : recorded};
    if (sqlite3_column_bytes(row, store_id) == HR_STORE_ID_SIZE)
        memcpy(out->writer, sqlite3_column_blob(row, store_id), HR_STORE_ID_SIZE);
    snprintf(out->author, sizeof out->author, "%s", author ? author : "");
}

hr_status hr_origin_of(hr_store *store, int64_t seq, hr_origin *out) {
    sqlite3_stmt *row = hr_db_statement(store, "SELECT e.recorded, w.store_id, o.wseq, o.said, o.author\n"
                                               "FROM chart.entry AS e\n"
                                               "JOIN chart.writer AS w ON w.id = e.writer\n"
                                               "LEFT JOIN chart.origin AS o ON o.seq = e.seq\n"
                                               "WHERE e.seq = ?1");
    if (!row)
        return store->err.status;
    sqlite3_bind_int64(row, 1, seq);
    hr_status status = hr_db_row(store, row);
    if (status == HR_OK)
        hr_origin_read(row, 1, 2, seq, sqlite3_column_int64(row, 0), out);
    sqlite3_reset(row);
    return status;
}

/* One of this store's own entries has the same number here, unless it came back from elsewhere. */
hr_status hr_origin_find(hr_store *store, const hr_origin *origin, int64_t *seq) {
    sqlite3_stmt *row =
        hr_db_statement(store, "SELECT coalesce(\n"
                               "    (SELECT o.seq FROM chart.origin AS o WHERE o.writer = w.id AND o.wseq = ?2),\n"
                               "    (SELECT e.seq FROM chart.entry AS e\n"
                               "     LEFT JOIN chart.origin AS o ON o.seq = e.seq\n"
                               "     WHERE e.seq = ?2 AND e.writer = w.id AND o.seq IS NULL), 0)\n"
                               "FROM chart.writer AS w\n"
                               "WHERE w.store_id = ?1");
    if (!row)
        return store->err.status;
    sqlite3_bind_blob(row, 1, origin->writer, HR_STORE_ID_SIZE, SQLITE_STATIC);
    sqlite3_bind_int64(row, 2, origin->wseq);
    hr_status status = hr_db_row(store, row);
    *seq = status == HR_OK ? sqlite3_column_int64(row, 0) : 0;
    sqlite3_reset(row);
    return status == HR_END ? HR_OK : status;
}

/* Own entries that were recorded while the clock was behind were said when the latest before them was. */
hr_status hr_origin_fill(hr_store *store) {
    return hr_db_run(store,
                     "INSERT INTO chart.origin (seq, writer, wseq, said)\n"
                     "SELECT seq, writer, seq, said\n"
                     "FROM (SELECT seq, writer, recorded, max(recorded) OVER (ORDER BY seq) AS said FROM chart.entry)\n"
                     "WHERE recorded < said");
}
