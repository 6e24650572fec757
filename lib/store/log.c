/* The log: what was said, by whom, when; each entry chained to the one before it.
 *
 *   body hash = BLAKE2b(salt, body)        salted, so that an erased body cannot be guessed back from its hash
 *   hash      = BLAKE2b(hash before, body hash, writer, seq, recorded, subject, earlier, effective, author, kind;
 *               of one that was first said elsewhere also: wseq, said, author there)
 *
 * Numbers are hashed as 8 bytes little-endian, texts with their length before them, so that no two entries hash the
 * same bytes. docs/format.md gives it for a second reader. The head is in facts.db, written in the same transaction. */
#include "base/bytes.h"
#include "store/store.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* The bytes that are hashed, put together so that they are hashed in one go. An author's and a kind's name are short.
 */
typedef struct hashed {
    unsigned char bytes[512];
    size_t used;
} hashed;

static void put_bytes(hashed *h, const void *bytes, size_t size) {
    if (size > sizeof h->bytes - h->used) /* a name longer than any healthrec writes: its length, hashed, tells */
        size = sizeof h->bytes - h->used;
    memcpy(h->bytes + h->used, bytes, size);
    h->used += size;
}

static void put_number(hashed *h, int64_t number) {
    unsigned char bytes[8];
    hr_put64(bytes, number);
    put_bytes(h, bytes, sizeof bytes);
}

static void put_text(hashed *h, const char *text) {
    size_t length = strlen(text);
    put_number(h, (int64_t)length);
    put_bytes(h, text, length);
}

static void hash_body(const unsigned char salt[HR_SALT_SIZE], const char *body, size_t size,
                      unsigned char out[HR_HASH_SIZE]) {
    hr_hash hash;
    hr_hash_init(&hash, NULL, 0);
    hr_hash_update(&hash, salt, HR_SALT_SIZE);
    hr_hash_update(&hash, body, size);
    hr_hash_final(&hash, out);
}

static void hash_entry(const hr_entry *entry, const unsigned char body_hash[HR_HASH_SIZE],
                       const unsigned char before[HR_HASH_SIZE], unsigned char out[HR_HASH_SIZE]) {
    hashed h = {.used = 0};
    hr_hash hash;
    put_bytes(&h, before, HR_HASH_SIZE);
    put_bytes(&h, body_hash, HR_HASH_SIZE);
    put_bytes(&h, entry->origin.writer, HR_STORE_ID_SIZE);
    put_number(&h, entry->seq);
    put_number(&h, entry->recorded);
    put_number(&h, entry->subject);
    put_number(&h, entry->earlier);
    put_number(&h, entry->effective);
    put_text(&h, entry->author);
    put_text(&h, entry->kind);
    if (*entry->origin.author) {
        put_number(&h, entry->origin.wseq);
        put_number(&h, entry->origin.said);
        put_text(&h, entry->origin.author);
    }
    hr_hash_init(&hash, NULL, 0);
    hr_hash_update(&hash, h.bytes, h.used);
    hr_hash_final(&hash, out);
}

int64_t hr_now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void hr_body_seal(hr_body *body) {
    unsigned char salt[HR_SALT_SIZE];
    hr_random(salt, sizeof salt);
    hr_body_seal_with(body, salt);
}

void hr_body_seal_with(hr_body *body, const unsigned char salt[HR_SALT_SIZE]) {
    memcpy(body->salt, salt, sizeof body->salt);
    hash_body(body->salt, body->bytes, body->size, body->hash);
}

int64_t hr_log_next(const hr_store *store) {
    return store->head.seq + 1;
}

/* Says in chart.origin what an entry's own row does not. */
static hr_status keep_origin(hr_store *store, int64_t seq, int64_t writer, const hr_origin *origin) {
    sqlite3_stmt *insert = hr_db_statement(store, "INSERT INTO chart.origin (seq, writer, wseq, said, author)\n"
                                                  "VALUES (?1, ?2, ?3, ?4, nullif(?5, ''))");
    if (!insert)
        return store->err.status;
    sqlite3_bind_int64(insert, 1, seq);
    sqlite3_bind_int64(insert, 2, writer);
    sqlite3_bind_int64(insert, 3, origin->wseq);
    sqlite3_bind_int64(insert, 4, origin->said);
    sqlite3_bind_text(insert, 5, origin->author, -1, SQLITE_STATIC);
    return hr_db_step(store, insert);
}

/* The earliest moment at which something can be said that comes after this in every copy. Of two writers who said
 * something at one moment either may come first (hr_origin_compare). */
static int64_t next_said(const hr_origin *origin) {
    return origin->said + (*origin->author ? 1 : 0);
}

/* Appends what entry->origin.writer, a row of chart.writer, said. */
static hr_status append_by(hr_store *store, int64_t now, int64_t writer, hr_entry *entry, const hr_body *body) {
    sqlite3_stmt *insert = hr_db_statement(
        store,
        "INSERT INTO chart.entry (seq, writer, recorded, author, kind, subject, earlier, effective, salt, body, hash)\n"
        "VALUES (?1, ?11, ?2, ?3, ?4, nullif(?5, 0), nullif(?6, 0), ?7, ?8, ?9, ?10)");
    if (!insert)
        return store->err.status;
    unsigned char hash[HR_HASH_SIZE];
    entry->seq = hr_log_next(store);
    entry->recorded = now;
    entry->author = store->keys->operator_name;
    hash_entry(entry, body->hash, store->head.hash, hash);
    sqlite3_bind_int64(insert, 1, entry->seq);
    sqlite3_bind_int64(insert, 2, entry->recorded);
    sqlite3_bind_int64(insert, 3, store->author);
    sqlite3_bind_text(insert, 4, entry->kind, -1, SQLITE_STATIC);
    sqlite3_bind_int64(insert, 5, entry->subject);
    sqlite3_bind_int64(insert, 6, entry->earlier);
    sqlite3_bind_int64(insert, 7, entry->effective);
    sqlite3_bind_blob(insert, 8, body->salt, sizeof body->salt, SQLITE_STATIC);
    sqlite3_bind_text(insert, 9, body->bytes, (int)body->size, SQLITE_STATIC);
    sqlite3_bind_blob(insert, 10, hash, sizeof hash, SQLITE_STATIC);
    sqlite3_bind_int64(insert, 11, writer);
    hr_status status = hr_db_step(store, insert);
    if (status == HR_OK && (*entry->origin.author || entry->origin.said != now))
        status = keep_origin(store, entry->seq, writer, &entry->origin);
    if (status == HR_OK) {
        store->head.seq = entry->seq;
        memcpy(store->head.hash, hash, sizeof hash);
        store->head.recorded = now;
        if (next_said(&entry->origin) > store->head.said)
            store->head.said = next_said(&entry->origin);
    }
    return status;
}

/* Appends what this store says itself. */
static hr_status append_at(hr_store *store, int64_t now, hr_entry *entry, const hr_body *body) {
    entry->origin = (hr_origin){.wseq = hr_log_next(store), .said = now > store->head.said ? now : store->head.said};
    hr_status status = hr_writer_own(store);
    memcpy(entry->origin.writer, store->writer_id, sizeof entry->origin.writer);
    return status == HR_OK ? append_by(store, now, store->writer, entry, body) : status;
}

hr_status hr_log_reduce(hr_store *store, int64_t seq, const char *body, size_t size) {
    unsigned char hash[HR_HASH_SIZE];
    sqlite3_stmt *row = hr_db_statement(store, "SELECT salt, body FROM chart.entry WHERE seq = ?1");
    sqlite3_stmt *reduce = hr_db_statement(store, "UPDATE chart.entry\n"
                                                  "SET body = ?2, body_hash = ?3, salt = zeroblob(16)\n"
                                                  "WHERE seq = ?1 AND body_hash IS NULL");
    if (!row || !reduce)
        return store->err.status;
    sqlite3_bind_int64(row, 1, seq);
    hr_status status = hr_db_row(store, row);
    const char *whole = status == HR_OK ? (const char *)sqlite3_column_text(row, 1) : NULL;
    bool good = whole && sqlite3_column_bytes(row, 0) == HR_SALT_SIZE;
    if (good)
        hash_body(sqlite3_column_blob(row, 0), whole, (size_t)sqlite3_column_bytes(row, 1), hash);
    sqlite3_reset(row);
    if (!good)
        return status != HR_OK && status != HR_END
                   ? status
                   : hr_fail(&store->err, HR_DAMAGED, "%s",
                             HR_TR(&store->err, "an entry is missing; run verify", "有记录缺失；请运行 verify"));
    sqlite3_bind_int64(reduce, 1, seq);
    sqlite3_bind_text(reduce, 2, body, (int)size, SQLITE_STATIC);
    sqlite3_bind_blob(reduce, 3, hash, sizeof hash, SQLITE_STATIC);
    return hr_db_step(store, reduce);
}

/* ---- the clock ---- */

/* When the newest entry was recorded and said. It is this store's own, whatever came before it (hr_log_adopt), so
 * nothing in the log was said later. Of a log without an end, verify says more. */
static hr_status load_newest(hr_store *store) {
    if (store->head.seq == 0 || store->head.recorded)
        return HR_OK;
    sqlite3_stmt *row = hr_db_statement(store, "SELECT e.recorded, coalesce(o.said, e.recorded)\n"
                                               "FROM chart.entry AS e\n"
                                               "LEFT JOIN chart.origin AS o ON o.seq = e.seq\n"
                                               "WHERE e.seq = ?1");
    if (!row)
        return store->err.status;
    sqlite3_bind_int64(row, 1, store->head.seq);
    hr_status status = hr_db_row(store, row);
    if (status == HR_OK) {
        store->head.recorded = sqlite3_column_int64(row, 0);
        store->head.said = sqlite3_column_int64(row, 1);
    }
    sqlite3_reset(row);
    return status == HR_END ? HR_OK : status;
}

/* That this computer's clock was set back: an entry of the form "clock". Forms are a higher layer's, so its two fields
 * are written here as hr_record_pack writes them. */
static hr_status append_clock(hr_store *store, int64_t from, int64_t now) {
    char bytes[64];
    hr_entry entry = {.kind = "clock", .effective = store->today};
    hr_body body = {.bytes = bytes};
    body.size = (size_t)snprintf(bytes, sizeof bytes, "\x40%" PRId64 "\x1f\x41%" PRId64 "\x1f", hr_moment_of_ms(from),
                                 hr_moment_of_ms(now));
    hr_body_seal(&body);
    return append_at(store, now, &entry, &body);
}

/* A correction by less than a second is no step back: computers whose clock follows others' have those. */
enum { STEP_BACK_MS = 1000 };

/* That the clock went back is said after the first entry by the new time, because that one's number may be known to
 * its caller already (hr_log_next). */
hr_status hr_log_append(hr_store *store, hr_entry *entry, const hr_body *body) {
    int64_t now = hr_now_ms();
    hr_status status = load_newest(store);
    int64_t before = store->head.recorded;
    if (status == HR_OK)
        status = append_at(store, now, entry, body);
    return status == HR_OK && before - now >= STEP_BACK_MS ? append_clock(store, before, now) : status;
}

hr_status hr_log_adopt(hr_store *store, hr_entry *entry, const hr_body *body, const hr_origin *origin) {
    int64_t writer;
    entry->origin = *origin;
    hr_status status = load_newest(store);
    if (status == HR_OK)
        status = hr_writer_known(store, origin->writer, &writer);
    return status == HR_OK ? append_by(store, hr_now_ms(), writer, entry, body) : status;
}

/* ---- signing ---- */

static const char HEAD_PURPOSE[] = "healthrec head";

static void head_bytes(const unsigned char store_id[HR_STORE_ID_SIZE], const hr_head *head, hashed *out) {
    out->used = 0;
    put_bytes(out, store_id, HR_STORE_ID_SIZE);
    put_number(out, head->seq);
    put_bytes(out, head->hash, HR_HASH_SIZE);
}

hr_status hr_log_sign(hr_store *store) {
    unsigned char signature[HR_SIGNATURE_SIZE];
    hashed head;
    sqlite3_stmt *insert = hr_db_statement(store, "INSERT INTO chart.signature (seq, signature) VALUES (?1, ?2)");
    if (!insert)
        return store->err.status;
    head_bytes(store->keys->store_id, &store->head, &head);
    hr_sign(store->keys, HEAD_PURPOSE, head.bytes, head.used, signature);
    sqlite3_bind_int64(insert, 1, store->head.seq);
    sqlite3_bind_blob(insert, 2, signature, sizeof signature, SQLITE_STATIC);
    return hr_db_step(store, insert);
}

bool hr_log_signed(hr_store *store, int64_t seq, const unsigned char hash[HR_HASH_SIZE], const unsigned char key[32],
                   const unsigned char signature[HR_SIGNATURE_SIZE]) {
    hr_head head = {.seq = seq};
    hashed bytes;
    memcpy(head.hash, hash, HR_HASH_SIZE);
    head_bytes(store->keys->store_id, &head, &bytes);
    return hr_sign_check(key, HEAD_PURPOSE, bytes.bytes, bytes.used, signature);
}

/* The columns of the walk's query, in order. */
enum {
    W_SEQ,
    W_STORE,
    W_RECORDED,
    W_AUTHOR,
    W_KIND,
    W_SUBJECT,
    W_EARLIER,
    W_EFFECTIVE,
    W_SALT,
    W_BODY,
    W_BODY_HASH,
    W_HASH,
    W_SIGNATURE,
    W_WSEQ,
    W_SAID,
    W_ELSEWHERE
};

/* Reads one row and computes its hash from `before`. False when a column cannot be what it should. */
static bool read_entry(sqlite3_stmt *row, const unsigned char before[HR_HASH_SIZE], hr_entry *entry,
                       unsigned char hash[HR_HASH_SIZE]) {
    unsigned char body_hash[HR_HASH_SIZE];
    if (sqlite3_column_bytes(row, W_STORE) != HR_STORE_ID_SIZE || sqlite3_column_bytes(row, W_SALT) != HR_SALT_SIZE ||
        sqlite3_column_type(row, W_AUTHOR) != SQLITE_TEXT)
        return false;
    *entry = (hr_entry){
        .seq = sqlite3_column_int64(row, W_SEQ),
        .recorded = sqlite3_column_int64(row, W_RECORDED),
        .author = (const char *)sqlite3_column_text(row, W_AUTHOR),
        .kind = (const char *)sqlite3_column_text(row, W_KIND),
        .subject = sqlite3_column_int64(row, W_SUBJECT),
        .earlier = sqlite3_column_int64(row, W_EARLIER),
        .effective = sqlite3_column_int(row, W_EFFECTIVE),
        .body = (const char *)sqlite3_column_text(row, W_BODY),
        .body_size = (size_t)sqlite3_column_bytes(row, W_BODY),
        .reduced = sqlite3_column_type(row, W_BODY_HASH) != SQLITE_NULL,
    };
    hr_origin_read(row, W_STORE, W_WSEQ, entry->seq, entry->recorded, &entry->origin);
    if (!entry->body || (entry->reduced && sqlite3_column_bytes(row, W_BODY_HASH) != HR_HASH_SIZE))
        return false;
    if (entry->reduced) /* what is left of the body is covered by the entry that erased the resident */
        memcpy(body_hash, sqlite3_column_blob(row, W_BODY_HASH), HR_HASH_SIZE);
    else
        hash_body(sqlite3_column_blob(row, W_SALT), entry->body, entry->body_size, body_hash);
    hash_entry(entry, body_hash, before, hash);
    return true;
}

/* Whether an entry was said no earlier than all before it, up to `said`; an own one exactly then. */
static bool in_order(const hr_entry *e, int64_t said) {
    int64_t expected = e->recorded > said ? e->recorded : said;
    return *e->origin.author ? true : e->origin.said == expected && e->origin.wseq == e->seq;
}

hr_status hr_log_walk(hr_store *store, hr_entry_fn each, hr_finding_fn found, void *context) {
    hr_status status = HR_OK;
    unsigned char before[HR_HASH_SIZE] = {0}, hash[HR_HASH_SIZE];
    int64_t expected = 1, said = 0;
    char place[48];
    sqlite3_stmt *rows = hr_db_statement(
        store,
        "SELECT e.seq, w.store_id, e.recorded, a.name, e.kind, e.subject, e.earlier, e.effective, e.salt, e.body,\n"
        "       e.body_hash, e.hash, s.signature, o.wseq, o.said, o.author\n"
        "FROM chart.entry AS e\n"
        "LEFT JOIN chart.writer AS w ON w.id = e.writer\n"
        "LEFT JOIN chart.author AS a ON a.id = e.author\n"
        "LEFT JOIN chart.signature AS s ON s.seq = e.seq\n"
        "LEFT JOIN chart.origin AS o ON o.seq = e.seq\n"
        "ORDER BY e.seq");
    if (!rows)
        return store->err.status;
    while (status == HR_OK && (status = hr_db_row(store, rows)) == HR_OK) {
        hr_entry entry;
        int64_t seq = sqlite3_column_int64(rows, W_SEQ);
        snprintf(place, sizeof place, "entry %" PRId64, seq);
        if (seq != expected)
            found(context, "chart", place,
                  HR_TR(&store->err, "entries before this one are missing", "此条之前有记录缺失"));
        expected = seq + 1;
        if (!read_entry(rows, before, &entry, hash)) {
            found(context, "chart", place, HR_TR(&store->err, "the entry is incomplete", "该条记录不完整"));
            continue;
        }
        if (sqlite3_column_bytes(rows, W_HASH) != HR_HASH_SIZE ||
            !hr_secret_equal(sqlite3_column_blob(rows, W_HASH), hash, HR_HASH_SIZE))
            found(context, "chart", place,
                  HR_TR(&store->err, "the entry or one before it was altered: its hash does not fit the chain",
                        "该条或之前的记录被改动：哈希与链不符"));
        if (!in_order(&entry, said))
            found(context, "chart", place,
                  HR_TR(&store->err, "when the entry was said does not fit the entries before it",
                        "该条记录的时间次序与此前的记录不符"));
        if (next_said(&entry.origin) > said)
            said = next_said(&entry.origin);
        /* Go on from the stored hash, so that one altered entry is one finding. */
        if (sqlite3_column_bytes(rows, W_HASH) == HR_HASH_SIZE)
            memcpy(before, sqlite3_column_blob(rows, W_HASH), HR_HASH_SIZE);
        entry.hash = before;
        if (sqlite3_column_bytes(rows, W_SIGNATURE) == HR_SIGNATURE_SIZE)
            entry.signature = sqlite3_column_blob(rows, W_SIGNATURE);
        status = each(context, &entry);
    }
    sqlite3_reset(rows);
    if (status != HR_END)
        return status;
    if (expected - 1 != store->head.seq || !hr_secret_equal(before, store->head.hash, HR_HASH_SIZE))
        found(context, "chart", "log",
              HR_TR(&store->err,
                    "the log's end is not the head that facts.db holds: one of the files is from another time",
                    "记录链末尾与 facts 库所存链头不符：两个文件不是同一时刻的"));
    return HR_OK;
}
