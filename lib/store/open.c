/* Making a store, opening it, closing it. A store is a folder:
 *
 *     keyslots  keyslots.bak  chart.<generation>.db  facts.<generation>.db  lock  attempts
 *
 * It is made under another name and gets its own by one rename, so there is no half-made store. `lock` is held shared
 * while a store is open; whatever replaces its files must hold it alone. */
#include "base/forget.h"
#include "store/store.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static char *join(const char *folder, const char *name) {
    size_t size = strlen(folder) + strlen(name) + 2;
    char *path = malloc(size);
    if (path)
        snprintf(path, size, "%s/%s", folder, name);
    return path;
}

char *hr_file_path(const hr_store *store, const char *folder, const char *file) {
    char name[40];
    if (strcmp(file, "chart") == 0 || strcmp(file, "facts") == 0)
        snprintf(name, sizeof name, "%s.%u.db", file, (unsigned)store->keys->generation);
    else
        snprintf(name, sizeof name, "%s", file);
    return join(folder, name);
}

hr_status hr_fail_argument(hr_store *store) {
    if (!store)
        return HR_INVALID;
    return hr_fail(
        &store->err, HR_INVALID, "%s",
        HR_TR(&store->err, "a required argument is missing; see healthrec.h", "缺少必需的参数；请查看 healthrec.h"));
}

hr_status hr_need_open(hr_store *store) {
    if (!store)
        return HR_INVALID;
    if (!store->db)
        return hr_fail(&store->err, HR_INVALID, "%s",
                       HR_TR(&store->err, "no store is open on this handle; call hr_store_open first",
                             "此句柄尚未打开任何库；请先调用 hr_store_open"));
    return HR_OK;
}

hr_status hr_need_idle(hr_store *store) {
    hr_status status = hr_need_open(store);
    if (status != HR_OK)
        return status;
    hr_err_clear(&store->err);
    if (store->writing)
        return hr_fail(
            &store->err, HR_INVALID, "%s",
            HR_TR(&store->err, "a batch is open; commit it or roll it back first", "有未结束的批；请先提交或撤销"));
    return HR_OK;
}

hr_status hr_need_station(hr_store *store) {
    if (!store->bureau)
        return HR_OK;
    return hr_fail(&store->err, HR_INVALID, "%s",
                   HR_TR(&store->err,
                         "this is a bureau's store, which has no residents of its own: it receives stations' bundles; "
                         "put this into the station's store",
                         "这是卫生局的库，没有自己的居民，只接收各站的上报包；请在站点的库中登记"));
}

static hr_status check_present(hr_err *err, const char *path) {
    struct stat there;
    if (stat(path, &there) == 0)
        return HR_OK;
    if (errno != ENOENT)
        return hr_fail_errno(err, errno, HR_TR(err, "look at the store's files", "查看库文件"));
    return hr_fail(
        err, HR_MISSING_FILE,
        HR_TR(err, "the store's file %s is missing; restore the newest backup", "库文件 %s 缺失；请用最近的备份恢复"),
        strrchr(path, '/') ? strrchr(path, '/') + 1 : path);
}

/* Before anything is made in the folder. */
static hr_status check_databases(hr_store *store, const char *folder) {
    static const char *const files[] = {"chart", "facts"};
    hr_status status = HR_OK;
    for (int i = store->keys->has_chart ? 0 : 1; i < 2 && status == HR_OK; i++) {
        char *path = hr_file_path(store, folder, files[i]);
        status = path ? check_present(&store->err, path) : hr_fail_memory(&store->err);
        free(path);
    }
    return status;
}

static hr_status open_lock(hr_store *store, const char *folder) {
    char *path = join(folder, "lock");
    if (!path)
        return hr_fail_memory(&store->err);
    store->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    free(path);
    if (store->lock < 0)
        return hr_fail_errno(&store->err, errno, HR_TR(&store->err, "open the store's lock file", "打开库的锁文件"));
    return hr_lock_shared(store);
}

static hr_status take_lock(hr_store *store, int how, const char *why) {
    for (int tries = 0; flock(store->lock, how | LOCK_NB) != 0; tries++) {
        if (errno != EWOULDBLOCK || tries == 100)
            return hr_fail(&store->err, HR_BUSY, "%s", why);
        usleep(100000);
    }
    return HR_OK;
}

hr_status hr_lock_shared(hr_store *store) {
    return take_lock(store, LOCK_SH,
                     HR_TR(&store->err, "another program is renewing the store; try again when it is done",
                           "另一程序正在更新本库；请待其完成后再试"));
}

hr_status hr_lock_alone(hr_store *store) {
    return take_lock(store, LOCK_EX,
                     HR_TR(&store->err, "the store is open in another program; close that one and try again",
                           "本库正被其他程序打开；请先关闭该程序再试"));
}

static void close_files(hr_store *store) {
    hr_rollback(store);
    hr_db_close(store);
    hr_vfs_free(store->vfs);
    store->opened++;
    store->vfs = NULL;
    if (store->lock >= 0)
        close(store->lock);
    store->lock = -1;
    store->writer = 0;
    store->head = (hr_head){.seq = -1};
}

void hr_store_close(hr_store *store) {
    if (!store)
        return;
    close_files(store);
    hr_secret_free(store->keys);
    store->keys = NULL;
    free(store->path);
    store->path = NULL;
    free(store->name);
    store->name = NULL;
    store->area = 0;
    store->keyslots_repaired = store->keyslots_foreign = store->bureau = false;
    store->attempts = (hr_attempts){.count = 0};
    *store->failed_since = '\0';
    hr_text_forget(store->text);
    hr_stack_forget();
}

hr_status hr_databases_open(hr_store *store, const char *folder, bool create) {
    char *facts = hr_file_path(store, folder, "facts"), *chart = hr_file_path(store, folder, "chart");
    hr_status status = facts && chart ? HR_OK : hr_fail_memory(&store->err);
    if (status == HR_OK && !store->vfs)
        status = hr_vfs_new(&store->err, folder, &store->vfs);
    if (status == HR_OK)
        status = hr_db_open(&store->err, store->keys, store->vfs, facts, store->keys->has_chart ? chart : NULL, create,
                            &store->db);
    free(facts);
    free(chart);
    return status;
}

/* ---- versions ---- */

static hr_status read_version(hr_store *store, const char *pragma, int *out) {
    sqlite3_stmt *row = hr_db_statement(store, pragma);
    if (!row)
        return store->err.status;
    hr_status status = hr_db_row(store, row);
    *out = status == HR_OK ? sqlite3_column_int(row, 0) : 0;
    sqlite3_reset(row);
    return status;
}

static hr_status migrate(hr_store *store, const hr_migration *migrations, size_t count) {
    int facts = 0, chart = 0, newest = migrations[count - 1].version;
    char pragma[96];
    hr_status status = read_version(store, "PRAGMA main.user_version", &facts);
    chart = facts; /* as far as one sees without its key */
    if (status == HR_OK && store->keys->has_chart)
        status = read_version(store, "PRAGMA chart.user_version", &chart);
    if (status != HR_OK)
        return status;
    if (facts > newest || chart > newest)
        return hr_fail(&store->err, HR_NEWER,
                       HR_TR(&store->err,
                             "the store has format %d, this program knows up to %d; install the newer healthrec",
                             "本库格式为 %d，本程序只支持到 %d；请安装新版 healthrec"),
                       facts > chart ? facts : chart, newest);
    if (facts != chart)
        return hr_fail(&store->err, HR_DAMAGED, "%s",
                       HR_TR(&store->err,
                             "the store's two databases have different versions; restore the newest backup",
                             "本库两个数据库版本不一致；请用最近的备份恢复"));
    if (facts == newest)
        return HR_OK;
    if (!store->keys->has_chart)
        return hr_fail(&store->err, HR_DENIED, "%s",
                       HR_TR(&store->err, "the store is of an older version; let an administrator open it once",
                             "本库为旧版格式；请先由管理员打开一次"));
    status = hr_db_run(store, "BEGIN IMMEDIATE");
    if (status == HR_OK) /* another program may have been first */
        status = read_version(store, "PRAGMA main.user_version", &facts);
    for (size_t i = 0; i < count && status == HR_OK; i++)
        if (migrations[i].version > facts)
            status = hr_db_run(store, migrations[i].sql);
    for (size_t i = 0; i < count && status == HR_OK && facts > 0; i++)
        if (migrations[i].version > facts && migrations[i].fill)
            status = migrations[i].fill(store);
    for (int slot = 0; slot < HR_SLOT_COUNT && status == HR_OK && facts > 0; slot++)
        if (store->slots[slot].data && store->slots[slot].flush)
            status = store->slots[slot].flush(store, store->slots[slot].data);
    hr_slots_drop(store);
    snprintf(pragma, sizeof pragma, "PRAGMA main.user_version = %d; PRAGMA chart.user_version = %d", newest, newest);
    if (status == HR_OK)
        status = hr_db_run(store, pragma);
    if (status == HR_OK)
        status = hr_db_run(store, "COMMIT");
    if (status != HR_OK)
        sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
    return status;
}

/* ---- who and where ---- */

static hr_status load_kind(hr_store *store) {
    char *kind = NULL;
    hr_status status = hr_meta_text(store, "kind", &kind);
    store->bureau = status == HR_OK && strcmp(kind, "bureau") == 0;
    free(kind);
    return status == HR_END ? HR_OK : status;
}

static hr_status load_settings(hr_store *store) {
    char *area = NULL;
    free(store->name);
    store->name = NULL;
    hr_status status = hr_meta_text(store, "name", &store->name);
    if (status == HR_OK)
        status = hr_meta_text(store, "area", &area);
    if (status == HR_OK)
        status = hr_area_parse(&store->err, "area", area, &store->area);
    if (status == HR_END || status == HR_INVALID)
        status = hr_fail(&store->err, HR_DAMAGED, "%s",
                         HR_TR(&store->err, "the store's settings are missing; restore the newest backup",
                               "本库设置缺失；请用最近的备份恢复"));
    free(area);
    return status == HR_OK ? load_kind(store) : status;
}

/* The operator's number in the log, in which he has none before this. */
static hr_status load_author(hr_store *store) {
    if (!store->keys->has_chart)
        return HR_OK;
    sqlite3_stmt *row = hr_db_statement(store, "SELECT id FROM chart.author WHERE name = ?1");
    if (!row)
        return store->err.status;
    sqlite3_bind_text(row, 1, store->keys->operator_name, -1, SQLITE_STATIC);
    hr_status status = hr_db_row(store, row);
    if (status == HR_OK)
        store->author = sqlite3_column_int64(row, 0);
    sqlite3_reset(row);
    if (status != HR_END)
        return status;
    status = hr_begin_event(store);
    if (status != HR_OK)
        return status;
    row = hr_db_statement(store, "INSERT INTO chart.author (name) VALUES (?1) ON CONFLICT DO NOTHING");
    if (!row) {
        status = store->err.status;
    } else {
        sqlite3_bind_text(row, 1, store->keys->operator_name, -1, SQLITE_STATIC);
        status = hr_db_step(store, row);
    }
    if (status != HR_OK) {
        hr_rollback(store);
        return status;
    }
    status = hr_commit(store);
    return status == HR_OK ? load_author(store) : status;
}

/* ---- the key slots in force ---- */

hr_status hr_slots_expected(hr_store *store, unsigned char sum[HR_HASH_SIZE]) {
    sqlite3_stmt *row = hr_db_statement(store, "SELECT value FROM main.meta WHERE key = 'keyslots'");
    if (!row)
        return store->err.status;
    hr_status status = hr_db_row(store, row);
    if (status == HR_OK && sqlite3_column_bytes(row, 0) == HR_HASH_SIZE)
        memcpy(sum, sqlite3_column_blob(row, 0), HR_HASH_SIZE);
    else if (status == HR_OK)
        status = HR_END;
    sqlite3_reset(row);
    return status;
}

static hr_status tells_of_operators(hr_store *store, bool *out) {
    sqlite3_stmt *row = hr_db_statement(store, "SELECT 1 FROM chart.entry WHERE kind = 'operator' LIMIT 1");
    if (!row)
        return store->err.status;
    hr_status status = hr_db_row(store, row);
    *out = status == HR_OK;
    sqlite3_reset(row);
    return status == HR_END ? HR_OK : status;
}

/* A file of version 1, which a statistician could have made, is only believed as long as the store has known no other:
 * not once the log tells of operators, unless it is the one that is expected. */
static hr_status check_slots_version(hr_store *store) {
    unsigned char expected[HR_HASH_SIZE];
    bool told = false;
    if (store->keys->slots_version > 1)
        return HR_OK;
    hr_status status = hr_slots_expected(store, expected);
    if (status == HR_OK)
        told = store->keyslots_foreign;
    else if (status == HR_END)
        status = store->keys->has_chart ? tells_of_operators(store, &told) : HR_OK;
    if (status != HR_OK || !told)
        return status;
    return hr_fail(&store->err, HR_KEYSLOTS, "%s",
                   HR_TR(&store->err,
                         "the key slots file is of an older format than the store; restore the newest backup",
                         "密钥槽文件的格式比库更旧；请用最近的备份恢复"));
}

/* An older store's key slots become those that its databases expect. */
static hr_status adopt_slots(hr_store *store, const char *folder, hr_say_fn introduce) {
    hr_slots *slots = NULL;
    unsigned char expected[HR_HASH_SIZE];
    bool told = false;
    hr_status status = hr_slots_expected(store, expected);
    if (status != HR_END || !hr_role_writes(store->keys->role))
        return status == HR_END ? HR_OK : status;
    status = tells_of_operators(store, &told);
    if (status != HR_OK || told) /* it did expect some */
        return status;
    status = hr_slots_begin(&store->err, folder, store->keys, &slots);
    if (status == HR_OK)
        status = hr_slots_enforce(store, slots, introduce, slots);
    hr_slots_free(slots);
    return status;
}

/* Finishes what was cut off. *renewed: the file in force is not the one that was unlocked any more. */
static hr_status settle_slots(hr_store *store, const char *folder, bool *renewed) {
    unsigned char expected[HR_HASH_SIZE], now[HR_HASH_SIZE];
    hr_status status = hr_slots_expected(store, expected);
    bool known = status == HR_OK;
    if (status != HR_OK && status != HR_END)
        return status;
    bool settled = hr_keyslots_settle(folder, known ? expected : NULL);
    if (!settled)
        store->keyslots_repaired = false;
    status = hr_keyslots_sum(&store->err, folder, now);
    if (status != HR_OK)
        return status;
    store->keyslots_foreign = !known || memcmp(now, expected, sizeof now) != 0;
    *renewed = memcmp(now, store->keys->slots_sum, sizeof now) != 0;
    if (settled && !store->keyslots_foreign) /* else the copy may be of the generation before */
        hr_generation_sweep(store);
    return HR_OK;
}

/* Whether the keys are those of the file that is there, now that nobody may renew them. */
static hr_status keys_are_current(hr_store *store, const char *path, bool *out) {
    unsigned char sum[HR_HASH_SIZE];
    hr_status status = hr_keyslots_sum(&store->err, path, sum);
    *out = status == HR_OK && memcmp(sum, store->keys->slots_sum, sizeof sum) == 0;
    return status;
}

/* ---- opening ---- */

static hr_status open_whole(hr_store *store, const char *path, const hr_migration *migrations, size_t count,
                            hr_say_fn introduce, bool *renewed) {
    hr_status status = check_databases(store, path);
    if (status == HR_OK)
        status = hr_databases_open(store, path, false);
    if (status == HR_OK)
        status = migrate(store, migrations, count);
    if (status == HR_OK && !(store->path = realpath(path, NULL)))
        status = hr_fail_errno(&store->err, errno, HR_TR(&store->err, "find the store's folder", "查找库文件夹"));
    if (status == HR_OK)
        status = load_settings(store);
    if (status == HR_OK)
        status = settle_slots(store, path, renewed);
    if (status != HR_OK || *renewed)
        return status;
    status = check_slots_version(store);
    if (status == HR_OK)
        status = load_author(store);
    if (status == HR_OK)
        status = adopt_slots(store, path, introduce);
    if (status == HR_OK && (status = hr_read_begin(store)) == HR_OK)
        hr_read_end(store);
    if (status == HR_OK)
        snprintf(store->role, sizeof store->role, "%s", hr_role_name(store->keys->role));
    return status;
}

static hr_status unlock(hr_store *store, const char *path, const hr_open_options *options) {
    hr_secret_free(store->keys);
    store->keys = NULL;
    hr_status status = hr_keyslots_open(&store->err, path, options->operator_name, options->passphrase,
                                        options->recovery_key, &store->keys, &store->keyslots_repaired);
    if (status == HR_PASSPHRASE)
        hr_attempts_add(path, options->operator_name, options->recovery_key != NULL);
    return status;
}

hr_status hr_files_open(hr_store *store, const char *path, const hr_open_options *options,
                        const hr_migration *migrations, size_t count, hr_say_fn introduce) {
    bool current = true, renewed = false;
    hr_store_close(store);
    hr_err_clear(&store->err);
    hr_status status = unlock(store, path, options);
    if (status == HR_OK && (status = check_databases(store, path)) == HR_MISSING_FILE) {
        hr_err missing = store->err;
        if (keys_are_current(store, path, &current) == HR_OK && !current)
            status = HR_OK;
        else
            store->err = missing;
    }
    if (status == HR_OK)
        status = open_lock(store, path);
    if (status == HR_OK)
        status = keys_are_current(store, path, &current);
    if (status == HR_OK && !current) /* renewed while we were at it */
        status = unlock(store, path, options);
    if (status == HR_OK)
        status = open_whole(store, path, migrations, count, introduce, &renewed);
    if (status == HR_OK && renewed) /* what was typed may not be this operator's secret any more */
        return hr_files_open(store, path, options, migrations, count, introduce);
    if (status != HR_OK)
        hr_store_close(store);
    return status;
}

/* ---- creating ---- */

void hr_folder_remove(const char *folder) {
    DIR *files = opendir(folder);
    struct dirent *file;
    while (files && (file = readdir(files)))
        if (file->d_name[0] != '.')
            unlinkat(dirfd(files), file->d_name, 0);
    if (files)
        closedir(files);
    rmdir(folder);
}

static hr_status write_settings(hr_store *store, const hr_create_options *options) {
    sqlite3_stmt *writer = NULL;
    hr_status status = hr_begin(store);
    if (status != HR_OK)
        return status;
    if (!(writer = hr_db_statement(store, "INSERT INTO chart.writer (id, store_id, own) VALUES (1, ?1, 1)")))
        status = store->err.status;
    if (status == HR_OK) {
        sqlite3_bind_blob(writer, 1, store->keys->store_id, HR_STORE_ID_SIZE, SQLITE_STATIC);
        status = hr_db_step(store, writer);
    }
    if (status == HR_OK)
        status = hr_meta_set(store, "name", options->name, -1);
    if (status == HR_OK)
        status = hr_meta_set(store, "area", options->area, -1);
    if (status == HR_OK && options->bureau)
        status = hr_meta_set(store, "kind", "bureau", -1);
    if (status == HR_OK)
        status = hr_meta_set(store, "keyslots", store->keys->slots_sum, HR_HASH_SIZE);
    if (status != HR_OK) {
        hr_rollback(store);
        return status;
    }
    return hr_commit(store);
}

hr_status hr_sync_parent(hr_err *err, const char *path) {
    char *parent = strdup(path);
    if (!parent)
        return hr_fail_memory(err);
    char *slash = strrchr(parent, '/');
    if (slash)
        slash[slash == parent] = '\0';
    int fd = open(slash ? parent : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(parent);
    if (fd < 0 || fsync(fd) != 0) {
        int number = errno;
        if (fd >= 0)
            close(fd);
        return hr_fail_errno(err, number, HR_TR(err, "write the folder to disk", "将文件夹写入磁盘"));
    }
    close(fd);
    return HR_OK;
}

static hr_status fail_exists(hr_err *err) {
    return hr_fail(err, HR_EXISTS, "%s",
                   HR_TR(err, "something with this name exists already; choose another name or move it away",
                         "已有同名文件或文件夹；请换一个名称或先将其移走"));
}

hr_status hr_folder_publish(hr_err *err, const char *from, const char *path) {
    struct stat there;
    int code = renameat2(AT_FDCWD, from, AT_FDCWD, path, RENAME_NOREPLACE);
    if (code != 0 && (errno == EINVAL || errno == ENOSYS)) { /* a file system without that, such as a USB disk's */
        if (lstat(path, &there) == 0)
            return fail_exists(err);
        code = rename(from, path);
    }
    if (code != 0 && (errno == EEXIST || errno == ENOTEMPTY))
        return fail_exists(err);
    if (code != 0)
        return hr_fail_errno(err, errno, HR_TR(err, "give the finished work its name", "为完成的文件命名"));
    hr_status status = hr_sync_parent(err, path);
    if (status != HR_OK && rename(path, from) != 0) /* the caller removes what does not get its name */
        status = HR_SYSTEM;
    return status;
}

char *hr_partial_name(const char *path) {
    size_t size = strlen(path) + 32;
    char *name = malloc(size);
    uint64_t random; /* not the process's number: that comes again */
    hr_random(&random, sizeof random);
    if (name)
        snprintf(name, size, "%s.partial-%016" PRIx64, path, random);
    return name;
}

hr_status hr_folder_names(hr_err *err, const char *path, char **folder, char **partial) {
    struct stat there;
    size_t length = path ? strlen(path) : 0;
    while (length > 1 && path[length - 1] == '/')
        length--;
    if (length == 0)
        return hr_fail(err, HR_INVALID, "%s",
                       HR_TR(err, "the store's path is empty; name a folder", "库路径为空；请给出文件夹名"));
    *folder = strndup(path, length);
    *partial = *folder ? hr_partial_name(*folder) : NULL;
    if (!*partial)
        return hr_fail_memory(err);
    if (lstat(*folder, &there) == 0)
        return fail_exists(err);
    return HR_OK;
}

hr_status hr_files_create(hr_store *store, const char *path, const hr_create_options *options,
                          const hr_migration *migrations, size_t count,
                          hr_status (*populate)(hr_store *store, const char *folder)) {
    char *folder = NULL, *partial = NULL;
    bool made = false, renewed = false;
    hr_store_close(store);
    hr_err_clear(&store->err);
    hr_status status = hr_folder_names(&store->err, path, &folder, &partial);
    if (status != HR_OK)
        goto out;
    if (mkdir(partial, 0700) != 0) {
        status = hr_fail_errno(&store->err, errno, HR_TR(&store->err, "make the store's folder", "创建库文件夹"));
        goto out;
    }
    made = true;
    status =
        hr_keyslots_create(&store->err, partial, options->operator_name, options->passphrase, options->recovery_key,
                           (hr_kdf){.ops = options->kdf_ops, .mib = options->kdf_mib}, &store->keys);
    if (status == HR_OK)
        status = hr_databases_open(store, partial, true);
    if (status == HR_OK)
        status = migrate(store, migrations, count);
    if (status == HR_OK)
        status = write_settings(store, options);
    if (status == HR_OK)
        status = load_settings(store);
    if (status == HR_OK)
        status = load_author(store);
    if (status == HR_OK)
        status = populate(store, partial);
    close_files(store);
    if (status == HR_OK)
        status = hr_folder_publish(&store->err, partial, folder);
    if (status == HR_OK) {
        made = false;
        status = open_lock(store, folder);
        if (status == HR_OK)
            status = open_whole(store, folder, migrations, count, NULL, &renewed);
        if (status != HR_OK)
            hr_folder_remove(folder);
    }
out:
    if (made)
        hr_folder_remove(partial);
    if (status != HR_OK)
        hr_store_close(store);
    free(partial);
    free(folder);
    return status;
}
