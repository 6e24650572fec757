/* See raw.h. The chain of hashes is written here a second time, from docs/format.md. */
#include "raw.h"
#include <string.h>

void raw_run(sqlite3 *db, const char *sql) {
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK)
        return;
    print_error("%s: %s\n", sql, sqlite3_errmsg(db));
    fail();
}

static void raw_key(const hr_keys *keys, const char *label, char out[100]) {
    char hex[97];
    hr_database_key(keys, label, hex);
    assert_int_equal(snprintf(out, 100, "x'%s'", hex), 99);
}

static void raw_attach(sqlite3 *db, const char *path, const char *key) {
    sqlite3_stmt *attach = NULL;
    assert_int_equal(sqlite3_prepare_v2(db, "ATTACH ?1 AS chart KEY ?2", -1, &attach, NULL), SQLITE_OK);
    sqlite3_bind_text(attach, 1, path, -1, SQLITE_STATIC);
    sqlite3_bind_text(attach, 2, key, -1, SQLITE_STATIC);
    assert_int_equal(sqlite3_step(attach), SQLITE_DONE);
    sqlite3_finalize(attach);
}

hr_keys *raw_keys(fixture *f) {
    hr_keys *keys = NULL;
    bool copied = false;
    hr_err err;
    hr_err_init(&err, HR_LANGUAGE_EN);
    assert_int_equal(hr_keyslots_open(&err, f->path, NULL, NULL, f->recovery, &keys, &copied), HR_OK);
    return keys;
}

/* Both databases in SQLCipher, facts as "main" and chart as "chart", past the library. */
sqlite3 *raw_open(fixture *f) {
    sqlite3 *db = NULL;
    char key[100];
    hr_keys *keys = raw_keys(f);
    assert_int_equal(sqlite3_open_v2(database(f, "facts"), &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    raw_run(db, "PRAGMA cipher_default_page_size = 8192");
    raw_key(keys, "facts", key);
    assert_int_equal(sqlite3_key(db, key, 99), SQLITE_OK);
    raw_run(db, "SELECT count(*) FROM main.sqlite_schema");
    raw_key(keys, "chart", key);
    raw_attach(db, database(f, "chart"), key);
    raw_run(db, "SELECT count(*) FROM chart.sqlite_schema");
    hr_secret_free(keys);
    return db;
}

void raw_close(sqlite3 *db) {
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

int64_t raw_count(sqlite3 *db, const char *sql) {
    sqlite3_stmt *row = NULL;
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &row, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(row), SQLITE_ROW);
    int64_t number = sqlite3_column_int64(row, 0);
    sqlite3_finalize(row);
    return number;
}

void raw_tamper(fixture *f, const char *sql) {
    close_store(f);
    sqlite3 *db = raw_open(f);
    raw_run(db, sql);
    assert_true(sqlite3_total_changes(db) > 0);
    raw_close(db);
}

/* ---- the chain ---- */

static void hash_number(hr_hash *hash, uint64_t number) {
    unsigned char bytes[8];
    for (int i = 0; i < 8; i++)
        bytes[i] = (unsigned char)(number >> 8 * i);
    hr_hash_update(hash, bytes, sizeof bytes);
}

static void hash_column(hr_hash *hash, sqlite3_stmt *row, int column) {
    hr_hash_update(hash, sqlite3_column_blob(row, column), (size_t)sqlite3_column_bytes(row, column));
}

/* `row`: seq, recorded, subject, earlier, effective, salt, body, store id, author, kind, body_hash. */
static void hash_entry(sqlite3_stmt *row, unsigned char chain[HR_HASH_SIZE]) {
    unsigned char body[HR_HASH_SIZE];
    hr_hash hash;
    hr_hash_init(&hash, NULL, 0);
    hash_column(&hash, row, 5);
    hash_column(&hash, row, 6);
    hr_hash_final(&hash, body);
    if (sqlite3_column_type(row, 10) != SQLITE_NULL) /* what is left of one that was erased */
        memcpy(body, sqlite3_column_blob(row, 10), sizeof body);
    hr_hash_init(&hash, NULL, 0);
    hr_hash_update(&hash, chain, HR_HASH_SIZE);
    hr_hash_update(&hash, body, sizeof body);
    hash_column(&hash, row, 7);
    for (int i = 0; i < 5; i++)
        hash_number(&hash, (uint64_t)sqlite3_column_int64(row, i));
    for (int i = 8; i < 10; i++) {
        hash_number(&hash, (uint64_t)sqlite3_column_bytes(row, i));
        hash_column(&hash, row, i);
    }
    hr_hash_final(&hash, chain);
}

void raw_rechain(sqlite3 *db) {
    sqlite3_stmt *row = NULL, *update = NULL, *head = NULL;
    unsigned char blob[8 + HR_HASH_SIZE] = {0}, *chain = blob + 8;
    int code;
    raw_run(db, "BEGIN");
    assert_int_equal(sqlite3_prepare_v2(db,
                                        "SELECT seq, recorded, coalesce(subject, 0), coalesce(earlier, 0), effective,"
                                        " salt, body, w.store_id, a.name, kind, body_hash FROM chart.entry AS e"
                                        " JOIN chart.writer AS w ON w.id = e.writer"
                                        " JOIN chart.author AS a ON a.id = e.author ORDER BY seq",
                                        -1, &row, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, "UPDATE chart.entry SET hash = ?2 WHERE seq = ?1", -1, &update, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, "UPDATE main.meta SET value = ?1 WHERE key = 'head'", -1, &head, NULL),
                     SQLITE_OK);
    while ((code = sqlite3_step(row)) == SQLITE_ROW) {
        int64_t seq = sqlite3_column_int64(row, 0);
        hash_entry(row, chain);
        sqlite3_bind_int64(update, 1, seq);
        sqlite3_bind_blob(update, 2, chain, HR_HASH_SIZE, SQLITE_STATIC);
        assert_int_equal(sqlite3_step(update), SQLITE_DONE);
        sqlite3_reset(update);
        for (int i = 0; i < 8; i++)
            blob[i] = (unsigned char)((uint64_t)seq >> 8 * i);
    }
    assert_int_equal(code, SQLITE_DONE);
    sqlite3_bind_blob(head, 1, blob, sizeof blob, SQLITE_STATIC);
    assert_int_equal(sqlite3_step(head), SQLITE_DONE);
    sqlite3_finalize(row);
    sqlite3_finalize(update);
    sqlite3_finalize(head);
    raw_run(db, "COMMIT");
}
