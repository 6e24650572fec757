/* One connection over both databases, with every setting that matters set and read back.
 *
 * SQLCipher accepts a bad key and an unknown setting silently, so nothing here is believed until it was read back: the
 * raw key by reading the schema, each setting by its own pragma. facts.db is "main", because every role has its key;
 * chart.db is attached. */
#include "base/bytes.h"
#include "store/store.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

hr_status hr_db_fail_on(hr_err *err, sqlite3 *db) {
    int code = db ? sqlite3_extended_errcode(db) : SQLITE_NOMEM;
    if ((code & 0xff) == SQLITE_IOERR && sqlite3_system_errno(db) == ENOSPC)
        code = SQLITE_FULL;
    switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return hr_fail(err, HR_BUSY, "%s",
                       HR_TR(err,
                             "another program has been using the store for more than 10 seconds; try again in a moment",
                             "另一程序占用本库已超过 10 秒；请稍后再试"));
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return hr_fail(err, HR_DAMAGED, "%s",
                       HR_TR(err, "a page of the store is damaged; stop using it and restore the newest backup",
                             "库中有页面损坏；请停止使用并用最近的备份恢复"));
    case SQLITE_FULL:
        return hr_fail(err, HR_SYSTEM, "%s",
                       HR_TR(err, "the disk is full; free some space and try again; nothing was changed",
                             "磁盘已满；请清理空间后重试；未作任何改动"));
    case SQLITE_NOMEM:
        return hr_fail_memory(err);
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN: /* of which the engine does not say why */
        return hr_fail(
            err, HR_SYSTEM, "%s",
            HR_TR(err,
                  "the store's files cannot be written; is the disk full or read-only, or the folder another "
                  "user's?",
                  "无法写入库文件；请检查磁盘是否已满或只读，以及文件夹的所有者"));
    default:
        /* The engine's own text could quote data, so only its code is shown. */
        return hr_fail(err, HR_SYSTEM,
                       HR_TR(err, "the database engine failed (code %d); check the disk and try again",
                             "数据库引擎操作失败（代码 %d）；请检查磁盘后重试"),
                       code);
    }
}

/* Whatever fails within a transaction may have undone a part of it, or all, so it can only be rolled back. */
hr_status hr_db_fail(hr_store *store) {
    store->broken = store->broken || store->writing;
    return hr_db_fail_on(&store->err, store->db);
}

/* ---- opening ---- */

/* Runs `pragma`; the first column of its first row must read `expected` ("*": anything but empty). */
static bool pragma_is(sqlite3 *db, const char *pragma, const char *expected) {
    sqlite3_stmt *statement = NULL;
    bool same = false;
    if (sqlite3_prepare_v2(db, pragma, -1, &statement, NULL) == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW) {
        const char *value = (const char *)sqlite3_column_text(statement, 0);
        same = value && (strcmp(expected, "*") == 0 ? *value != '\0' : strcmp(value, expected) == 0);
    }
    sqlite3_finalize(statement);
    return same;
}

typedef struct setting {
    const char *set, *get, *expected;
} setting;

/* Before the first page is read. cipher_memory_security is off: it wipes and locks every page buffer and cost 42 % of
 * inserts. Passphrases and our keys are in libsodium's guarded memory; SQLCipher keeps the two database keys in
 * ordinary memory while the store is open, and wipes them when it is closed. Pages are authenticated
 * with HMAC-SHA256: processors have instructions for it, and HMAC-SHA512 made an import a tenth slower. */
static const setting before_key[] = {
    {"PRAGMA cipher_default_page_size = 8192", "PRAGMA cipher_default_page_size", "8192"},
    {"PRAGMA cipher_default_hmac_algorithm = HMAC_SHA256", "PRAGMA cipher_default_hmac_algorithm", "HMAC_SHA256"},
    {"PRAGMA cipher_memory_security = OFF", "PRAGMA cipher_memory_security", "0"},
    {"PRAGMA temp_store = 2", "PRAGMA temp_store", "2"},
};

static const setting after_key[] = {
    {NULL, "PRAGMA cipher_version", "*"},
    {NULL, "PRAGMA main.cipher_page_size", "8192"},
    {NULL, "PRAGMA main.cipher_hmac_algorithm", "HMAC_SHA256"},
    {"PRAGMA main.journal_mode = TRUNCATE", "PRAGMA main.journal_mode", "truncate"},
    {"PRAGMA chart.journal_mode = TRUNCATE", "PRAGMA chart.journal_mode", "truncate"},
    {"PRAGMA main.synchronous = EXTRA", "PRAGMA main.synchronous", "3"},
    {"PRAGMA chart.synchronous = EXTRA", "PRAGMA chart.synchronous", "3"},
    {"PRAGMA main.secure_delete = ON", "PRAGMA main.secure_delete", "1"},
    {"PRAGMA chart.secure_delete = ON", "PRAGMA chart.secure_delete", "1"},
    {"PRAGMA main.mmap_size = 0", "PRAGMA main.mmap_size", "0"},
    {"PRAGMA chart.mmap_size = 0", "PRAGMA chart.mmap_size", "0"},
    {"PRAGMA main.cache_size = -4096", "PRAGMA main.cache_size", "-4096"},
    {"PRAGMA chart.cache_size = -4096", "PRAGMA chart.cache_size", "-4096"},
    {"PRAGMA trusted_schema = OFF", "PRAGMA trusted_schema", "0"},
    {"PRAGMA foreign_keys = ON", "PRAGMA foreign_keys", "1"},
    {"PRAGMA cell_size_check = ON", "PRAGMA cell_size_check", "1"},
    {"PRAGMA cipher_log_level = NONE", "PRAGMA cipher_log_level",
     "NONE"}, /* giving a key sets it back, so it is last */
};

static hr_status apply(hr_err *err, sqlite3 *db, bool chart, const setting *settings, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const setting *s = &settings[i];
        if (!chart && strncmp(s->get, "PRAGMA chart.", strlen("PRAGMA chart.")) == 0)
            continue;
        if (s->set && sqlite3_exec(db, s->set, NULL, NULL, NULL) != SQLITE_OK)
            return hr_db_fail_on(err, db);
        if (!pragma_is(db, s->get, s->expected)) {
            int code = sqlite3_errcode(db);
            if (code != SQLITE_OK && code != SQLITE_ROW && code != SQLITE_DONE)
                return hr_db_fail_on(err, db);
            return hr_fail(err, HR_SYSTEM,
                           HR_TR(err, "the database engine does not take the setting \"%s\"; install SQLCipher 4",
                                 "数据库引擎不接受设置“%s”；请安装 SQLCipher 4"),
                           s->get);
        }
    }
    return HR_OK;
}

hr_status hr_db_raw(hr_err *err, sqlite3 *db, const char *schema, int64_t offset, void *out, int size,
                    int64_t *file_size) {
    /* Through SQLite's own descriptor: closing another one of the same file would drop this process's locks on it. */
    sqlite3_file *file = NULL;
    sqlite3_int64 length = 0;
    if (sqlite3_file_control(db, schema, SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK || !file || !file->pMethods ||
        file->pMethods->xFileSize(file, &length) != SQLITE_OK)
        return hr_db_fail_on(err, db);
    if (file_size)
        *file_size = length;
    if (offset + size > length)
        size = length > offset ? (int)(length - offset) : 0;
    if (size > 0 && file->pMethods->xRead(file, out, size, offset) != SQLITE_OK)
        return hr_fail(err, HR_SYSTEM, "%s",
                       HR_TR(err, "a file of the store cannot be read; check the disk", "库文件无法读取；请检查磁盘"));
    return HR_OK;
}

/* A plain SQLite file in the store's place must not pass for the store's. */
static hr_status check_encrypted(hr_err *err, sqlite3 *db, const char *schema) {
    static const char plain[] = "SQLite format 3";
    char start[sizeof plain] = {0};
    int64_t size = 0;
    hr_status status = hr_db_raw(err, db, schema, 0, start, sizeof plain - 1, &size);
    if (status == HR_OK && (size == 0 || memcmp(start, plain, sizeof plain - 1) == 0))
        status = hr_fail(err, HR_DAMAGED, "%s",
                         HR_TR(err, "a file of the store is empty or not encrypted; restore the newest backup",
                               "库中有文件为空或未加密；请用最近的备份恢复"));
    return status;
}

static void raw_key(const hr_keys *keys, const char *label, char out[100]) {
    char hex[97];
    hr_database_key(keys, label, hex);
    snprintf(out, 100, "x'%s'", hex);
    hr_wipe(hex, sizeof hex);
}

hr_status hr_db_attach(hr_err *err, sqlite3 *db, const hr_keys *keys, const char *label, const char *path,
                       const char *schema) {
    sqlite3_stmt *attach = NULL;
    char *key = hr_secret_new(100);
    if (!key)
        return hr_fail_memory(err);
    raw_key(keys, label, key);
    hr_status status = HR_OK;
    if (sqlite3_prepare_v2(db, "ATTACH ?1 AS ?2 KEY ?3", -1, &attach, NULL) != SQLITE_OK ||
        sqlite3_bind_text(attach, 1, path, -1, SQLITE_STATIC) != SQLITE_OK ||
        sqlite3_bind_text(attach, 2, schema, -1, SQLITE_STATIC) != SQLITE_OK ||
        sqlite3_bind_text(attach, 3, key, 99, SQLITE_STATIC) != SQLITE_OK || sqlite3_step(attach) != SQLITE_DONE)
        status = hr_db_fail_on(err, db);
    sqlite3_finalize(attach);
    hr_secret_free(key);
    return status;
}

static hr_status unlock(hr_err *err, sqlite3 *db, const hr_keys *keys) {
    char *key = hr_secret_new(100);
    if (!key)
        return hr_fail_memory(err);
    raw_key(keys, "facts", key);
    int code = sqlite3_key(db, key, 99);
    hr_secret_free(key);
    if (code != SQLITE_OK)
        return hr_db_fail_on(err, db);
    return HR_OK;
}

enum { BUSY_MS = 10000 };

static bool restrict_engine(sqlite3 *db) {
    int now = 0;
    return sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, &now) == SQLITE_OK && now == 1 &&
           sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DML, 0, &now) == SQLITE_OK && now == 0 &&
           sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DDL, 0, &now) == SQLITE_OK && now == 0 &&
           sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, &now) == SQLITE_OK && now == 0 &&
           sqlite3_busy_timeout(db, BUSY_MS) == SQLITE_OK;
}

hr_status hr_db_create(hr_err *err, const char *path) {
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return hr_fail_errno(err, errno, HR_TR(err, "make the store's files", "创建库文件"));
    close(fd);
    return HR_OK;
}

hr_status hr_db_open(hr_err *err, const hr_keys *keys, const hr_vfs *vfs, const char *facts_path,
                     const char *chart_path, bool create, sqlite3 **out) {
    sqlite3 *db = NULL;
    hr_status status = HR_OK;
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE;
    bool chart = chart_path != NULL;
    if (create && ((status = hr_db_create(err, facts_path)) || (status = hr_db_create(err, chart_path))))
        return status;
    if (sqlite3_open_v2(facts_path, &db, flags, hr_vfs_name(vfs)) != SQLITE_OK || !restrict_engine(db))
        status = hr_db_fail_on(err, db);
    if (status == HR_OK && !create)
        status = check_encrypted(err, db, "main");
    if (status == HR_OK)
        status = apply(err, db, true, before_key, sizeof before_key / sizeof *before_key);
    if (status == HR_OK)
        status = unlock(err, db, keys);
    if (status == HR_OK && sqlite3_exec(db, "SELECT count(*) FROM main.sqlite_schema", NULL, NULL, NULL) != SQLITE_OK)
        status = hr_db_fail_on(err, db);
    if (status == HR_OK && chart)
        status = hr_db_attach(err, db, keys, "chart", chart_path, "chart");
    if (status == HR_OK && chart &&
        sqlite3_exec(db, "SELECT count(*) FROM chart.sqlite_schema", NULL, NULL, NULL) != SQLITE_OK)
        status = hr_db_fail_on(err, db);
    if (status == HR_OK && chart && !create)
        status = check_encrypted(err, db, "chart");
    if (status == HR_OK)
        status = apply(err, db, chart, after_key, sizeof after_key / sizeof *after_key);
    if (status != HR_OK) {
        sqlite3_close(db);
        return status;
    }
    *out = db;
    return HR_OK;
}

/* ---- statements ---- */

sqlite3_stmt *hr_db_statement(hr_store *store, const char *sql) {
    size_t at = ((uintptr_t)sql >> 3) % HR_STATEMENTS;
    size_t probes = 0;
    while (store->statements[at].sql && store->statements[at].sql != sql && probes++ < HR_STATEMENTS)
        at = (at + 1) % HR_STATEMENTS;
    if (store->statements[at].sql == sql) {
        sqlite3_stmt *statement = store->statements[at].statement;
        sqlite3_reset(statement);
        sqlite3_clear_bindings(statement);
        return statement;
    }
    if (store->statements[at].sql) {
        hr_fail_memory(&store->err);
        return NULL;
    }
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v3(store->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL) != SQLITE_OK) {
        hr_db_fail(store);
        return NULL;
    }
    store->statements[at].sql = sql;
    store->statements[at].statement = statement;
    return statement;
}

void hr_db_finalise(hr_store *store) {
    for (size_t i = 0; i < HR_STATEMENTS; i++) {
        sqlite3_finalize(store->statements[i].statement);
        store->statements[i].statement = NULL;
        store->statements[i].sql = NULL;
    }
}

void hr_db_close(hr_store *store) {
    hr_slots_drop(store);
    hr_db_finalise(store);
    sqlite3_close(store->db);
    store->db = NULL;
}

hr_status hr_db_step(hr_store *store, sqlite3_stmt *statement) {
    hr_status status = HR_OK;
    if (sqlite3_step(statement) != SQLITE_DONE)
        status = hr_db_fail(store);
    sqlite3_reset(statement);
    return status;
}

hr_status hr_db_row(hr_store *store, sqlite3_stmt *statement) {
    switch (sqlite3_step(statement)) {
    case SQLITE_ROW:
        return HR_OK;
    case SQLITE_DONE:
        return HR_END;
    default:
        return hr_db_fail(store);
    }
}

hr_status hr_db_number(hr_store *store, const char *sql, int64_t argument, int64_t *out) {
    sqlite3_stmt *row = hr_db_statement(store, sql);
    if (!row)
        return store->err.status;
    sqlite3_bind_int64(row, 1, argument);
    hr_status status = hr_db_row(store, row);
    *out = status == HR_OK ? sqlite3_column_int64(row, 0) : 0;
    sqlite3_reset(row);
    return status == HR_END ? HR_OK : status;
}

hr_status hr_db_run(hr_store *store, const char *sql) {
    if (sqlite3_exec(store->db, sql, NULL, NULL, NULL) != SQLITE_OK)
        return hr_db_fail(store);
    return HR_OK;
}

/* ---- transactions ---- */

void hr_slots_drop(hr_store *store) {
    for (int i = 0; i < HR_SLOT_COUNT; i++) {
        if (store->slots[i].data)
            store->slots[i].release(store->slots[i].data);
        store->slots[i] = (hr_slot_value){0};
    }
}

/* Reads the head of the log. If it moved, another process wrote, and what we remember may be old. */
static hr_status load_head(hr_store *store) {
    hr_head head = {0};
    sqlite3_stmt *row = hr_db_statement(store, "SELECT value FROM main.meta WHERE key = 'head'");
    if (!row)
        return store->err.status;
    hr_status status = hr_db_row(store, row);
    if (status == HR_OK) {
        const unsigned char *blob = sqlite3_column_blob(row, 0);
        if (sqlite3_column_bytes(row, 0) == 8 + HR_HASH_SIZE && blob) {
            head.seq = hr_get64(blob);
            memcpy(head.hash, blob + 8, HR_HASH_SIZE);
        }
    }
    sqlite3_reset(row);
    if (status != HR_OK && status != HR_END)
        return status;
    if (head.seq != store->head.seq || memcmp(head.hash, store->head.hash, HR_HASH_SIZE) != 0)
        hr_slots_drop(store);
    else {
        head.recorded = store->head.recorded;
        head.said = store->head.said;
    }
    store->head = head;
    store->saved = head.seq;
    return HR_OK;
}

static hr_status save_head(hr_store *store) {
    unsigned char blob[8 + HR_HASH_SIZE];
    hr_put64(blob, store->head.seq);
    memcpy(blob + 8, store->head.hash, HR_HASH_SIZE);
    return hr_meta_set(store, "head", blob, (int)sizeof blob);
}

/* Whoever was given another secret since he opened the store has another key to sign with, and must open it again. */
hr_status hr_need_current(hr_store *store) {
    unsigned char expected[HR_HASH_SIZE];
    hr_status status = store->path ? hr_slots_expected(store, expected) : HR_END;
    if (status == HR_OK && memcmp(expected, store->keys->slots_sum, sizeof expected) != 0)
        status = hr_slots_check_own(&store->err, store->path, store->keys, expected);
    return status == HR_END ? HR_OK : status;
}

static hr_status begin(hr_store *store) {
    hr_status status = hr_db_run(store, "BEGIN IMMEDIATE");
    if (status != HR_OK)
        return status;
    store->writing = true;
    store->broken = false;
    store->today = hr_date_today();
    /* The engine spills pages of a large transaction when nobody reads. It must not wait for readers then: a page that
     * cannot be spilled stays in memory. */
    sqlite3_busy_timeout(store->db, 0);
    status = load_head(store);
    if (status == HR_OK)
        status = hr_need_current(store);
    if (status != HR_OK)
        hr_rollback(store);
    return status;
}

static hr_status need_chart(hr_store *store) {
    if (store->keys->has_chart)
        return HR_OK;
    return hr_fail(&store->err, HR_DENIED, "%s",
                   HR_TR(&store->err, "a statistician may see figures only; open the store as another operator",
                         "统计员只能查看统计数据；请换用其他操作员打开库"));
}

hr_status hr_need_writer(hr_store *store) {
    hr_status status = need_chart(store);
    if (status != HR_OK || hr_role_writes(store->keys->role))
        return status;
    return hr_fail(&store->err, HR_DENIED, "%s",
                   HR_TR(&store->err,
                         "an auditor may read and verify, but changes nothing; open the store as another operator",
                         "审计员只能查阅和核验，不能改动；请换用其他操作员打开库"));
}

hr_status hr_begin(hr_store *store) {
    hr_status status = hr_need_writer(store);
    return status == HR_OK ? begin(store) : status;
}

hr_status hr_begin_own(hr_store *store) {
    return begin(store);
}

hr_status hr_begin_event(hr_store *store) {
    hr_status status = need_chart(store);
    return status == HR_OK ? begin(store) : status;
}

void hr_rollback(hr_store *store) {
    if (!store->writing)
        return;
    for (size_t i = 0; i < HR_STATEMENTS; i++)
        sqlite3_reset(store->statements[i].statement);
    sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
    sqlite3_busy_timeout(store->db, BUSY_MS);
    store->writing = store->batch = store->broken = false;
    store->undone += store->head.seq != store->saved;
    store->writer = 0;
    store->head = (hr_head){.seq = -1}; /* not any log's head: the next transaction drops what it finds remembered */
    hr_slots_drop(store);
}

/* HR_OK while the open transaction is whole. The engine undoes it by itself when it runs out of memory or disk, even
 * while reading; what is written after that would be a transaction of its own. */
static hr_status check_whole(hr_store *store) {
    store->broken = store->broken || sqlite3_get_autocommit(store->db);
    if (!store->broken)
        return HR_OK;
    return hr_fail(&store->err, HR_SYSTEM, "%s",
                   HR_TR(&store->err, "something failed earlier in this batch, so all of it is undone; begin it again",
                         "本批中先前有操作失败，整批已撤销；请重新开始"));
}

hr_status hr_flush(hr_store *store) {
    hr_status status = check_whole(store);
    for (int i = 0; i < HR_SLOT_COUNT && status == HR_OK; i++)
        if (store->slots[i].data && store->slots[i].flush)
            status = store->slots[i].flush(store, store->slots[i].data);
    if (status != HR_OK)
        store->broken = true;
    return status;
}

hr_status hr_commit(hr_store *store) {
    hr_status status = hr_flush(store);
    if (status == HR_OK && store->head.seq != store->saved)
        status = hr_log_sign(store);
    if (status == HR_OK && store->head.seq != store->saved)
        status = save_head(store);
    sqlite3_busy_timeout(store->db, BUSY_MS);
    if (status == HR_OK)
        status = hr_db_run(store, "COMMIT");
    if (status != HR_OK)
        hr_rollback(store);
    store->writing = store->batch = false;
    return status;
}

hr_status hr_enter(hr_store *store) {
    hr_status status = hr_need_open(store);
    if (status != HR_OK)
        return status;
    return store->batch ? check_whole(store) : hr_begin(store);
}

hr_status hr_enter_event(hr_store *store) {
    hr_status status = hr_need_open(store);
    if (status != HR_OK)
        return status;
    return store->batch ? check_whole(store) : hr_begin_event(store);
}

hr_status hr_leave(hr_store *store, hr_status status) {
    if (store->batch) {
        if (status == HR_SYSTEM || status == HR_DAMAGED || status == HR_BUSY)
            store->broken = true;
        return status;
    }
    if (status == HR_OK)
        return hr_commit(store);
    hr_rollback(store);
    return status;
}

hr_status hr_read_begin(hr_store *store) {
    hr_status status = hr_need_open(store);
    if (status != HR_OK)
        return status;
    if (store->writing)
        return check_whole(store);
    status = hr_db_run(store, "BEGIN");
    if (status == HR_OK && (status = load_head(store)) != HR_OK)
        hr_db_run(store, "ROLLBACK");
    return status;
}

hr_status hr_chart_begin(hr_store *store) {
    hr_status status = hr_need_open(store);
    if (status == HR_OK)
        status = need_chart(store);
    return status == HR_OK ? hr_read_begin(store) : status;
}

void hr_read_end(hr_store *store) {
    if (!store->writing && store->db && !sqlite3_get_autocommit(store->db))
        sqlite3_exec(store->db, "COMMIT", NULL, NULL, NULL);
}

/* ---- settings ---- */

hr_status hr_meta_text(hr_store *store, const char *key, char **out) {
    sqlite3_stmt *row = hr_db_statement(store, "SELECT value FROM main.meta WHERE key = ?1");
    if (!row)
        return store->err.status;
    sqlite3_bind_text(row, 1, key, -1, SQLITE_STATIC);
    hr_status status = hr_db_row(store, row);
    if (status == HR_OK) {
        const char *value = (const char *)sqlite3_column_text(row, 0);
        *out = strdup(value ? value : "");
        if (!*out)
            status = hr_fail_memory(&store->err);
    }
    sqlite3_reset(row);
    return status;
}

hr_status hr_meta_set(hr_store *store, const char *key, const void *value, int size) {
    sqlite3_stmt *row = hr_db_statement(store, "INSERT INTO main.meta (key, value) VALUES (?1, ?2)\n"
                                               "ON CONFLICT (key) DO UPDATE SET value = excluded.value");
    if (!row)
        return store->err.status;
    sqlite3_bind_text(row, 1, key, -1, SQLITE_STATIC);
    if (size < 0)
        sqlite3_bind_text(row, 2, value, -1, SQLITE_STATIC);
    else
        sqlite3_bind_blob(row, 2, value, size, SQLITE_STATIC);
    return hr_db_step(store, row);
}

/* ---- cursors ---- */

hr_snap hr_snap_of(const hr_store *store) {
    return (hr_snap){.opened = store->opened, .undone = store->undone, .batch = store->batch};
}

bool hr_snap_holds(const hr_store *store, const hr_snap *made) {
    return store->db && store->opened == made->opened && (!made->batch || store->undone == made->undone);
}

hr_status hr_snap_check(hr_store *store, const hr_snap *made) {
    if (hr_snap_holds(store, made))
        return HR_OK;
    return hr_fail(&store->err, HR_INVALID, "%s",
                   HR_TR(&store->err, "the store was closed, or the batch undone, while its rows were read; ask again",
                         "读取过程中库已关闭或批已撤销；请重新查询"));
}
