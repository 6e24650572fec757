/* The register of areas as an in-memory index. Loaded when first asked for; dropped with the handle's other slots. */
#include "record/areas.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void release(void *data) {
    hr_areas *areas = data;
    for (size_t i = 0; i < areas->count; i++)
        free(areas->names[i]);
    free(areas->names);
    free(areas->codes);
    free(areas->table);
    free(areas);
}

void hr_areas_drop(hr_store *store) {
    if (store->slots[HR_SLOT_AREAS].data)
        release(store->slots[HR_SLOT_AREAS].data);
    store->slots[HR_SLOT_AREAS] = (hr_slot_value){0};
}

static size_t hash_of(const hr_areas *areas, hr_area code) {
    return (size_t)(((uint64_t)code * 0x9e3779b97f4a7c15u) >> 20) & (areas->table_size - 1);
}

static hr_status add(hr_store *store, hr_areas *areas, hr_area code, const char *name) {
    if (areas->count == areas->room) {
        size_t room = areas->room ? 2 * areas->room : 256;
        hr_area *codes = realloc(areas->codes, room * sizeof *codes);
        if (!codes)
            return hr_fail_memory(&store->err);
        areas->codes = codes;
        char **names = realloc(areas->names, room * sizeof *names);
        if (!names)
            return hr_fail_memory(&store->err);
        areas->names = names;
        areas->room = room;
    }
    char *copy = strdup(name ? name : "");
    if (!copy)
        return hr_fail_memory(&store->err);
    areas->codes[areas->count] = code;
    areas->names[areas->count++] = copy;
    return HR_OK;
}

static hr_status index_codes(hr_store *store, hr_areas *areas) {
    areas->table_size = 256;
    while (areas->table_size < 2 * areas->count)
        areas->table_size *= 2;
    areas->table = calloc(areas->table_size, sizeof *areas->table);
    if (!areas->table)
        return hr_fail_memory(&store->err);
    for (size_t i = 0; i < areas->count; i++) {
        size_t at = hash_of(areas, areas->codes[i]);
        while (areas->table[at])
            at = (at + 1) & (areas->table_size - 1);
        areas->table[at] = (uint32_t)i + 1;
    }
    return HR_OK;
}

hr_status hr_areas_get(hr_store *store, hr_areas **out) {
    *out = store->slots[HR_SLOT_AREAS].data;
    if (*out)
        return HR_OK;
    hr_areas *areas = calloc(1, sizeof *areas);
    if (!areas)
        return hr_fail_memory(&store->err);
    sqlite3_stmt *rows = hr_db_statement(store, "SELECT code, name FROM main.area ORDER BY CAST(code AS TEXT)");
    hr_status status = rows ? HR_OK : store->err.status;
    while (status == HR_OK && (status = hr_db_row(store, rows, "read the areas")) == HR_OK)
        status = add(store, areas, sqlite3_column_int64(rows, 0), (const char *)sqlite3_column_text(rows, 1));
    if (rows)
        sqlite3_reset(rows);
    if (status == HR_END)
        status = index_codes(store, areas);
    if (status != HR_OK) {
        release(areas);
        return status;
    }
    store->slots[HR_SLOT_AREAS] = (hr_slot_value){.data = areas, .release = release};
    *out = areas;
    return HR_OK;
}

ptrdiff_t hr_areas_index(const hr_areas *areas, hr_area code) {
    for (size_t at = hash_of(areas, code); areas->table[at]; at = (at + 1) & (areas->table_size - 1))
        if (areas->codes[areas->table[at] - 1] == code)
            return (ptrdiff_t)areas->table[at] - 1;
    return -1;
}

const char *hr_areas_name(const hr_areas *areas, hr_area code) {
    ptrdiff_t index = hr_areas_index(areas, code);
    return index < 0 ? "" : areas->names[index];
}

void hr_areas_range(const hr_areas *areas, hr_area parent, size_t *first, size_t *end) {
    size_t i = 0;
    while (i < areas->count && !hr_area_within(areas->codes[i], parent))
        i++;
    *first = i;
    while (i < areas->count && hr_area_within(areas->codes[i], parent))
        i++;
    *end = i;
}

hr_status hr_areas_need(hr_store *store, const char *label, hr_area code) {
    hr_areas *areas;
    hr_status status = hr_areas_get(store, &areas);
    if (status != HR_OK || hr_areas_index(areas, code) >= 0)
        return status;
    return hr_fail(&store->err, HR_INVALID,
                   HR_TR(&store->err,
                         "%s: area %" PRId64 " is not in this store; correct the code, or import the areas first",
                         "%s：本库没有区划 %" PRId64 "；请核对代码，或先导入区划"),
                   label, code);
}
