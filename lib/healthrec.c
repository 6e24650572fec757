/* The library as a whole: handles, and the tables of all layers as the steps of one migration. */
#include "healthrec.h"
#include "base/forget.h"
#include "base/options.h"
#include "exchange/identity.h"
#include "indicator/ledger.h"
#include "record/access.h"
#include "record/operators.h"
#include "store/store.h"
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

extern const char hr_sql_log_1[], hr_sql_record_1[], hr_sql_facts_1[], hr_sql_record_2[], hr_sql_log_3[],
    hr_sql_record_3[], hr_sql_log_4[], hr_sql_record_4[];

static const hr_migration migrations[] = {{1, hr_sql_log_1, NULL},           {1, hr_sql_record_1, NULL},
                                          {1, hr_sql_facts_1, NULL},         {2, hr_sql_record_2, hr_ledger_refill},
                                          {3, hr_sql_log_3, NULL},           {3, hr_sql_record_3, NULL},
                                          {4, hr_sql_log_4, hr_origin_fill}, {4, hr_sql_record_4, NULL}};
enum { MIGRATIONS = sizeof migrations / sizeof *migrations };

const char *hr_version(void) {
    return "0.1.0";
}

const char *hr_status_name(hr_status status) {
    static const char *const names[] = {
        [HR_OK] = "HR_OK",
        [HR_END] = "HR_END",
        [HR_INVALID] = "HR_INVALID",
        [HR_PASSPHRASE] = "HR_PASSPHRASE",
        [HR_DENIED] = "HR_DENIED",
        [HR_NO_STORE] = "HR_NO_STORE",
        [HR_MISSING_FILE] = "HR_MISSING_FILE",
        [HR_NOT_FOUND] = "HR_NOT_FOUND",
        [HR_EXISTS] = "HR_EXISTS",
        [HR_KEYSLOTS] = "HR_KEYSLOTS",
        [HR_DAMAGED] = "HR_DAMAGED",
        [HR_NEWER] = "HR_NEWER",
        [HR_BUSY] = "HR_BUSY",
        [HR_SYSTEM] = "HR_SYSTEM",
        [HR_CANCELLED] = "HR_CANCELLED",
    };
    return (size_t)status < sizeof names / sizeof *names ? names[status] : "unknown";
}

void hr_free(void *text) {
    free(text);
}

/* jansson frees through functions that a program may set. Where nobody did, what it frees is wiped, too. */
static void wipe_freed_json(void) {
    json_malloc_t get = NULL;
    json_free_t release = NULL;
    json_get_alloc_funcs(&get, &release);
    if (get == malloc && hr_is_free(release))
        json_set_alloc_funcs(malloc, free);
}

hr_status hr_store_new(hr_store **out, hr_language language) {
    if (!out)
        return HR_INVALID;
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, wipe_freed_json);
    *out = NULL;
    hr_store *store = calloc(1, sizeof *store);
    if (!store)
        return HR_SYSTEM;
    store->lock = -1;
    store->head.seq = -1;
    hr_err_init(&store->err, language);
    hr_status status = hr_vault_start(&store->err);
    if (status == HR_OK)
        status = hr_text_new(&store->err, &store->text);
    if (status != HR_OK) {
        free(store);
        return status;
    }
    *out = store;
    return HR_OK;
}

void hr_store_free(hr_store *store) {
    if (!store)
        return;
    hr_store_close(store);
    hr_text_free(store->text);
    hr_wipe(store, sizeof *store);
    free(store);
}

const char *hr_error(const hr_store *store) {
    return store ? store->err.text : "";
}

hr_status hr_recovery_key_new(hr_store *store, char out[HR_RECOVERY_KEY_SIZE]) {
    if (!store || !out)
        return hr_fail_argument(store);
    hr_err_clear(&store->err);
    return hr_recovery_new(&store->err, out);
}

hr_status hr_recovery_key_confirm(hr_store *store, const char *key, const char *typed) {
    unsigned char *secrets = hr_secret_new(40);
    if (!store || !key || !typed) {
        hr_secret_free(secrets);
        return hr_fail_argument(store);
    }
    hr_err_clear(&store->err);
    if (!secrets)
        return hr_fail_memory(&store->err);
    hr_status status = hr_recovery_parse(&store->err, key, secrets);
    if (status == HR_OK)
        status = hr_recovery_parse(&store->err, typed, secrets + 20);
    if (status == HR_OK && !hr_secret_equal(secrets, secrets + 20, 20))
        status = hr_fail(&store->err, HR_INVALID, "%s",
                         HR_TR(&store->err, "this is another recovery key; type the one that was shown",
                               "这不是刚才显示的恢复密钥；请照原样输入"));
    hr_secret_free(secrets);
    return status;
}

void hr_create_options_init(hr_create_options *options) {
    *options = (hr_create_options){.size = sizeof *options};
}

void hr_open_options_init(hr_open_options *options) {
    *options = (hr_open_options){.size = sizeof *options};
}

void hr_store_info_init(hr_store_info *info) {
    *info = (hr_store_info){.size = sizeof *info};
}

/* ---- creating and opening ---- */

/* The first entry says what the store is. */
static hr_status log_store(hr_store *store) {
    json_t *object = json_pack("{s:s, s:s}", "area", store->area_text, "name", store->name);
    if (object && store->bureau && json_object_set_new(object, "kind", json_string("bureau")) != 0) {
        json_decref(object);
        object = NULL;
    }
    char *json = object ? json_dumps(object, JSON_COMPACT) : NULL;
    json_decref(object);
    if (!json)
        return hr_fail_memory(&store->err);
    hr_entry entry = {.kind = "store", .effective = store->today};
    hr_body body = {.bytes = json, .size = strlen(json)};
    hr_body_seal(&body);
    hr_status status = hr_log_append(store, &entry, &body);
    free(json);
    return status;
}

/* The store's own area stands in its register from the start; importing the areas gives it its name. */
static hr_status put_root_area(hr_store *store) {
    hr_record row;
    int64_t id = 0;
    hr_change change;
    hr_record_clear(&row, &hr_form_area);
    hr_record_set_number(&row, A_AREA, store->area);
    hr_status status = hr_record_set_text(&row, &store->err, A_NAME, store->area_text);
    return status == HR_OK ? hr_ledger_put(store, &row, NULL, &id, &change) : status;
}

static hr_status introduce_operators(hr_store *store, const char *folder) {
    hr_slots *slots = NULL;
    hr_status status = hr_slots_begin(&store->err, folder, store->keys, &slots);
    if (status == HR_OK)
        status = hr_operators_introduce(store, slots);
    hr_slots_free(slots);
    return status;
}

static hr_status populate(hr_store *store, const char *folder) {
    hr_status status = hr_enter(store);
    if (status != HR_OK)
        return status;
    hr_area_format(store->area, store->area_text);
    status = log_store(store);
    if (status == HR_OK)
        status = introduce_operators(store, folder);
    if (status == HR_OK)
        status = put_root_area(store);
    if (status == HR_OK && store->bureau)
        status = hr_identity_draw(store);
    return hr_leave(store, status);
}

/* Normalises area and name into the buffers and makes `o` point there. HR_INVALID when one is not usable. */
static hr_status clean_options(hr_store *store, hr_create_options *o, char area_text[64], char name[256]) {
    hr_err *err = &store->err;
    hr_area area;
    const char *given_area = o->area ? o->area : "", *given_name = o->name ? o->name : "";
    hr_status status = hr_text_normalise(store->text, err, given_area, strlen(given_area), area_text, 64);
    if (status == HR_OK)
        status = hr_area_parse(err, HR_TR(err, "area", "区划代码"), area_text, &area);
    if (status == HR_OK)
        status = hr_text_normalise(store->text, err, given_name, strlen(given_name), name, 256);
    if (status == HR_OK && !*name)
        status =
            hr_fail(err, HR_INVALID, "%s", HR_TR(err, "the station's name is missing; give one", "缺少站名；请填写"));
    if (!o->operator_name)
        o->operator_name = "admin";
    o->area = area_text;
    o->name = name;
    return status;
}

hr_status hr_create_check(hr_store *store, const hr_create_options *options) {
    char area_text[64], name[256];
    hr_create_options o;
    hr_create_options_init(&o);
    if (!store || !options || !hr_options_take(&o, sizeof o, options))
        return hr_fail_argument(store);
    hr_err_clear(&store->err);
    hr_status status = clean_options(store, &o, area_text, name);
    if (status != HR_OK)
        return status;
    return hr_keyslots_acceptable(&store->err, o.operator_name, o.passphrase ? o.passphrase : "",
                                  (hr_kdf){.ops = o.kdf_ops, .mib = o.kdf_mib});
}

hr_status hr_store_create(hr_store *store, const char *path, const hr_create_options *options) {
    char area_text[64], name[256];
    hr_create_options o;
    hr_create_options_init(&o);
    if (!store || !path || !options || !hr_options_take(&o, sizeof o, options))
        return hr_fail_argument(store);
    hr_err_clear(&store->err);
    hr_status status = clean_options(store, &o, area_text, name);
    if (status != HR_OK)
        return status;
    status = hr_files_create(store, path, &o, migrations, MIGRATIONS, populate);
    hr_stack_forget(); /* the passphrase, and the keys made of it */
    return status;
}

hr_status hr_store_open(hr_store *store, const char *path, const hr_open_options *options) {
    hr_open_options o;
    hr_open_options_init(&o);
    if (!store || !path || !options || !hr_options_take(&o, sizeof o, options))
        return hr_fail_argument(store);
    hr_status status = hr_files_open(store, path, &o, migrations, MIGRATIONS, hr_operators_introduce);
    if (status == HR_OK)
        hr_access_attempts(store);
    hr_stack_forget(); /* the passphrase, and the keys made of it */
    return status;
}

static hr_status count_residents(hr_store *store, uint64_t *out) {
    sqlite3_stmt *row = hr_db_statement(store, "SELECT count(*) FROM main.subject");
    if (!row)
        return store->err.status;
    hr_status status = hr_db_row(store, row);
    if (status == HR_OK)
        *out = (uint64_t)sqlite3_column_int64(row, 0);
    sqlite3_reset(row);
    return status;
}

hr_status hr_store_info_get(hr_store *store, hr_store_info *info) {
    hr_store_info now = {.size = sizeof now};
    if (!store || !info)
        return hr_fail_argument(store);
    hr_status status = hr_read_begin(store);
    if (status != HR_OK)
        return status;
    hr_err_clear(&store->err);
    status = count_residents(store, &now.residents);
    hr_read_end(store);
    if (status != HR_OK)
        return status;
    hr_area_format(store->area, store->area_text);
    now.path = store->path;
    now.area = store->area_text;
    now.name = store->name;
    now.operator_name = store->keys->operator_name;
    now.role = store->role;
    now.entries = (uint64_t)store->head.seq;
    now.keyslots_repaired = store->keyslots_repaired;
    now.keyslots_foreign = store->keyslots_foreign;
    now.failed_attempts = store->attempts.count;
    now.failed_since = store->failed_since;
    now.attempts_damaged = store->attempts.damaged;
    now.bureau = store->bureau;
    return hr_result_give(info, &now, sizeof now) ? HR_OK : hr_fail_argument(store);
}

/* ---- backing up and restoring ---- */

/* The path is left out: it may hold a name. */
static hr_status say_backup(hr_store *store) {
    char detail[48];
    snprintf(detail, sizeof detail, "entries=%" PRId64, hr_log_next(store));
    return hr_access_export(store, HR_EXPORT_BACKUP, detail);
}

hr_status hr_backup(hr_store *store, const char *file, hr_progress progress, void *context) {
    if (!store || !file)
        return hr_fail_argument(store);
    return hr_backup_pack(store, file, say_backup, progress, context);
}

hr_status hr_restore(hr_store *store, const char *file, const char *path, const hr_open_options *options,
                     hr_progress progress, void *context) {
    char *folder = NULL, *partial = NULL;
    bool made = false;
    hr_open_options o;
    hr_open_options_init(&o);
    if (!store || !file || !path || !options || !hr_options_take(&o, sizeof o, options))
        return hr_fail_argument(store);
    hr_store_close(store);
    hr_err_clear(&store->err);
    hr_status status = hr_folder_names(&store->err, path, &folder, &partial);
    if (status == HR_OK && mkdir(partial, 0700) != 0)
        status = hr_fail_errno(&store->err, errno, HR_TR(&store->err, "make the store's folder", "创建库文件夹"));
    made = status == HR_OK;
    if (status == HR_OK)
        status = hr_backup_unpack(&store->err, file, partial, progress, context);
    if (status == HR_OK) { /* it opens with this passphrase, or nothing is restored */
        status = hr_files_open(store, partial, &o, migrations, MIGRATIONS, hr_operators_introduce);
        hr_store_close(store);
    }
    if (status == HR_OK)
        status = hr_folder_publish(&store->err, partial, folder);
    if (status == HR_OK) {
        made = false;
        status = hr_store_open(store, folder, &o);
        if (status != HR_OK)
            hr_folder_remove(folder);
    }
    if (made)
        hr_folder_remove(partial);
    free(partial);
    free(folder);
    return status;
}
