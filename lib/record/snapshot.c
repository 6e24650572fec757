/* Registers in memory: by kind and key, each row packed. */
#include "record/snapshot.h"
#include "record/entry.h"
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

struct hr_registers {
    json_t *kinds;
};

hr_status hr_registers_new(hr_err *err, hr_registers **out) {
    const hr_form *form;
    hr_registers *r = calloc(1, sizeof *r);
    bool good = r && (r->kinds = json_object());
    for (int i = 0; good && (form = hr_form_at(i)); i++)
        good = form->about != HR_ABOUT_AREA || json_object_set_new(r->kinds, form->kind, json_object()) == 0;
    if (!good) {
        hr_registers_free(r);
        return hr_fail_memory(err);
    }
    *out = r;
    return HR_OK;
}

void hr_registers_free(hr_registers *r) {
    if (!r)
        return;
    json_decref(r->kinds);
    free(r);
}

static json_t *rows_of(const hr_registers *r, const hr_form *form) {
    return json_object_get(r->kinds, form->kind);
}

static hr_status unpack(hr_err *err, hr_record *row, const hr_form *form, const char *state) {
    return hr_record_unpack(err, row, form, state, strlen(state));
}

hr_status hr_registers_fold(hr_err *err, hr_registers *r, const hr_form *form, const char *body, size_t size) {
    char key[HR_REGISTER_KEY_SIZE], bytes[HR_PACKED_SIZE];
    hr_record known, patch;
    hr_status status = hr_body_unpack(err, NULL, &patch, form, body, size);
    if (status != HR_OK)
        return status;
    hr_register_key(&patch, key);
    const char *before = json_string_value(json_object_get(rows_of(r, form), key));
    hr_record_clear(&known, form);
    if (before)
        status = unpack(err, &known, form, before);
    if (status != HR_OK)
        return status;
    hr_register_fold(&known, &patch);
    hr_record_pack(&known, bytes);
    return json_object_set_new(rows_of(r, form), key, json_string(bytes)) ? hr_fail_memory(err) : HR_OK;
}

hr_status hr_registers_known(hr_store *store, int64_t seq, hr_registers **out) {
    sqlite3_stmt *rows = hr_db_statement(store, "SELECT kind, body\n"
                                                "FROM chart.entry AS e\n"
                                                "JOIN chart.writer AS w ON w.id = e.writer\n"
                                                "LEFT JOIN chart.origin AS o ON o.seq = e.seq\n"
                                                "WHERE subject IS NULL AND e.seq <= ?1 AND " HR_LOG_NO_EVENT "\n"
                                                "ORDER BY coalesce(o.said, e.recorded), w.store_id,\n"
                                                "         coalesce(o.wseq, e.seq)"); /* hr_origin_compare */
    hr_registers *r = NULL;
    if (!rows)
        return store->err.status;
    sqlite3_bind_int64(rows, 1, seq);
    hr_status status = hr_registers_new(&store->err, &r);
    while (status == HR_OK && (status = hr_db_row(store, rows)) == HR_OK) {
        const hr_form *form = hr_form_named((const char *)sqlite3_column_text(rows, 0));
        const char *body = (const char *)sqlite3_column_text(rows, 1);
        if (form && form->about == HR_ABOUT_AREA && body)
            status = hr_registers_fold(&store->err, r, form, body, (size_t)sqlite3_column_bytes(rows, 1));
    }
    sqlite3_reset(rows);
    if (status != HR_END) {
        hr_registers_free(r);
        return status == HR_INVALID
                   ? hr_fail(&store->err, HR_DAMAGED, "%s",
                             HR_TR(&store->err, "an entry cannot be read; run verify", "有记录无法读取；请运行 verify"))
                   : status;
    }
    *out = r;
    return HR_OK;
}

static int by_text(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

hr_status hr_registers_walk(hr_store *store, const hr_registers *r, const hr_form *form, hr_register_fn each,
                            void *context) {
    const char *key;
    json_t *value;
    hr_record row;
    size_t count = 0;
    hr_status status = HR_OK;
    if (!r)
        return hr_register_walk(store, form, each, context);
    const char **keys = malloc((json_object_size(rows_of(r, form)) + 1) * sizeof *keys);
    if (!keys)
        return hr_fail_memory(&store->err);
    json_object_foreach(rows_of(r, form), key, value) keys[count++] = key;
    qsort(keys, count, sizeof *keys, by_text);
    for (size_t i = 0; i < count && status == HR_OK; i++) {
        status = unpack(&store->err, &row, form, json_string_value(json_object_get(rows_of(r, form), keys[i])));
        if (status == HR_OK)
            status = each(context, &row);
    }
    free(keys);
    return status;
}

bool hr_registers_take(hr_registers *r, const hr_record *row) {
    char key[HR_REGISTER_KEY_SIZE], bytes[HR_PACKED_SIZE];
    hr_register_key(row, key);
    hr_record_pack(row, bytes);
    const char *folded = json_string_value(json_object_get(rows_of(r, row->form), key));
    bool same = folded && strcmp(folded, bytes) == 0;
    json_object_del(rows_of(r, row->form), key);
    return same;
}

size_t hr_registers_count(const hr_registers *r, const hr_form *form) {
    return json_object_size(rows_of(r, form));
}
