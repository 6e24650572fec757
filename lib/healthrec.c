/* The library as a whole: handles, and the tables of all layers as the steps of one migration. */
#include "healthrec.h"
#include "indicator/ledger.h"
#include "store/store.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

extern const char hr_sql_log_1[], hr_sql_record_1[], hr_sql_facts_1[];

static const hr_migration migrations[] = {{1, hr_sql_log_1}, {1, hr_sql_record_1}, {1, hr_sql_facts_1}};
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

hr_status hr_store_new(hr_store **out, hr_language language) {
    if (!out)
        return HR_INVALID;
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
        return HR_INVALID;
    hr_err_clear(&store->err);
    return hr_recovery_new(&store->err, out);
}

hr_status hr_recovery_key_confirm(hr_store *store, const char *key, const char *typed) {
    unsigned char *secrets = hr_secret_new(40);
    if (!store || !key || !typed) {
        hr_secret_free(secrets);
        return HR_INVALID;
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

/* The store's own area stands in its register from the start; importing the areas gives it its name. */
static hr_status put_root_area(hr_store *store, hr_area area) {
    hr_record row;
    char code[HR_AREA_SIZE];
    int64_t id = 0;
    hr_change change;
    hr_record_clear(&row, &hr_form_area);
    hr_record_set_number(&row, A_AREA, area);
    hr_status status = hr_record_set_text(&row, &store->err, A_NAME, hr_area_format(area, code));
    if (status == HR_OK && (status = hr_enter(store)) == HR_OK)
        status = hr_leave(store, hr_ledger_put(store, &row, &id, &change));
    return status;
}

hr_status hr_store_create(hr_store *store, const char *path, const hr_create_options *options) {
    char area_text[64], name[256];
    hr_area area;
    if (!store || !options)
        return HR_INVALID;
    hr_err_clear(&store->err);
    const char *given_area = options->area ? options->area : "", *given_name = options->name ? options->name : "";
    hr_status status =
        hr_text_normalise(store->text, &store->err, given_area, strlen(given_area), area_text, sizeof area_text);
    if (status == HR_OK)
        status = hr_area_parse(&store->err, HR_TR(&store->err, "area", "区划代码"), area_text, &area);
    if (status == HR_OK)
        status = hr_text_normalise(store->text, &store->err, given_name, strlen(given_name), name, sizeof name);
    if (status == HR_OK && !*name)
        status = hr_fail(&store->err, HR_INVALID, "%s",
                         HR_TR(&store->err, "the station's name is missing; give one", "缺少站名；请填写"));
    if (status != HR_OK)
        return status;
    hr_create_options clean = *options;
    clean.area = area_text;
    clean.name = name;
    status = hr_files_create(store, path, &clean, migrations, MIGRATIONS);
    return status == HR_OK ? put_root_area(store, area) : status;
}

hr_status hr_store_open(hr_store *store, const char *path, const hr_open_options *options) {
    if (!store || !path || !options)
        return HR_INVALID;
    return hr_files_open(store, path, options, migrations, MIGRATIONS);
}

hr_status hr_store_info_get(hr_store *store, hr_store_info *info) {
    if (!info)
        return HR_INVALID;
    hr_status status = hr_read_begin(store);
    if (status != HR_OK)
        return status;
    hr_err_clear(&store->err);
    sqlite3_stmt *row = hr_db_statement(store, "SELECT count(*) FROM main.subject");
    status = row ? hr_db_row(store, row, "count the residents") : store->err.status;
    if (status == HR_OK) {
        hr_area_format(store->area, store->area_text);
        *info = (hr_store_info){.size = sizeof *info,
                                .path = store->path,
                                .area = store->area_text,
                                .name = store->name,
                                .operator_name = store->keys->operator_name,
                                .role = store->role,
                                .entries = (uint64_t)store->head.seq,
                                .residents = (uint64_t)sqlite3_column_int64(row, 0),
                                .keyslots_repaired = store->keyslots_repaired};
        sqlite3_reset(row);
    }
    hr_read_end(store);
    return status;
}

/* ---- restoring ---- */

hr_status hr_restore(hr_store *store, const char *file, const char *path, const hr_open_options *options,
                     hr_progress progress, void *context) {
    char *folder = NULL, *partial = NULL;
    bool made = false;
    if (!store || !file || !options)
        return HR_INVALID;
    hr_store_close(store);
    hr_err_clear(&store->err);
    hr_status status = hr_folder_names(&store->err, path, &folder, &partial);
    if (status == HR_OK && mkdir(partial, 0700) != 0)
        status = hr_fail_errno(&store->err, errno, HR_TR(&store->err, "make the store's folder", "创建库文件夹"));
    made = status == HR_OK;
    if (status == HR_OK)
        status = hr_backup_unpack(&store->err, file, partial, progress, context);
    if (status == HR_OK) { /* it opens with this passphrase, or nothing is restored */
        status = hr_files_open(store, partial, options, migrations, MIGRATIONS);
        hr_store_close(store);
    }
    if (status == HR_OK)
        status = hr_folder_publish(&store->err, partial, folder);
    if (status == HR_OK) {
        made = false;
        status = hr_store_open(store, folder, options);
    }
    if (made)
        hr_folder_remove(partial);
    free(partial);
    free(folder);
    return status;
}
