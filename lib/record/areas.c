/* The register of areas as an in-memory index: sorted codes, and a hash of them. Loaded when first asked for, kept in
 * step by hr_areas_put, dropped with the handle's other slots. */
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

static size_t hash_of(const hr_areas *areas, hr_area code) {
    return (size_t)(((uint64_t)code * 0x9e3779b97f4a7c15u) >> 20) & (areas->table_size - 1);
}

/* The first committee code that could begin with `code`: codes in this order are in the order of their texts. */
static int64_t widened(hr_area code) {
    while (code && code < INT64_C(100000000000))
        code *= 10;
    return code;
}

/* Where `code` is, or belongs: after everything before it and what it lies in. */
static size_t position(const hr_areas *areas, hr_area code) {
    size_t low = 0, high = areas->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int64_t a = widened(areas->codes[middle]), b = widened(code);
        if (a < b || (a == b && areas->codes[middle] < code))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void enter(hr_areas *areas, size_t index) {
    size_t at = hash_of(areas, areas->codes[index]);
    while (areas->table[at])
        at = (at + 1) & (areas->table_size - 1);
    areas->table[at] = (uint32_t)index + 1;
}

static hr_status make_room(hr_store *store, hr_areas *areas) {
    if (areas->count < areas->room)
        return HR_OK;
    size_t room = areas->room ? 2 * areas->room : 256;
    hr_area *codes = realloc(areas->codes, room * sizeof *codes);
    if (codes)
        areas->codes = codes;
    char **names = codes ? realloc(areas->names, room * sizeof *names) : NULL;
    uint32_t *table = names ? calloc(2 * room, sizeof *table) : NULL;
    if (names)
        areas->names = names;
    if (!table)
        return hr_fail_memory(&store->err);
    free(areas->table);
    areas->table = table;
    areas->table_size = 2 * room;
    areas->room = room;
    for (size_t i = 0; i < areas->count; i++)
        enter(areas, i);
    return HR_OK;
}

static hr_status insert(hr_store *store, hr_areas *areas, hr_area code, const char *name) {
    hr_status status = make_room(store, areas);
    char *copy = status == HR_OK ? strdup(name) : NULL;
    if (status == HR_OK && !copy)
        status = hr_fail_memory(&store->err);
    if (status != HR_OK)
        return status;
    size_t at = position(areas, code), after = areas->count - at;
    for (size_t i = 0; after && i < areas->table_size; i++)
        areas->table[i] += areas->table[i] > at;
    memmove(areas->codes + at + 1, areas->codes + at, after * sizeof *areas->codes);
    memmove(areas->names + at + 1, areas->names + at, after * sizeof *areas->names);
    areas->codes[at] = code;
    areas->names[at] = copy;
    areas->count++;
    enter(areas, at);
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
    if (status == HR_OK)
        status = make_room(store, areas); /* also for none: the hash must be there */
    while (status == HR_OK && (status = hr_db_row(store, rows)) == HR_OK) {
        const char *name = (const char *)sqlite3_column_text(rows, 1);
        status = insert(store, areas, sqlite3_column_int64(rows, 0), name ? name : "");
    }
    if (rows)
        sqlite3_reset(rows);
    if (status != HR_END) {
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
    *first = *end = position(areas, parent);
    while (*end < areas->count && hr_area_within(areas->codes[*end], parent))
        ++*end;
}

hr_status hr_areas_put(hr_store *store, hr_area code, const char *name) {
    hr_areas *areas = store->slots[HR_SLOT_AREAS].data;
    if (!areas) /* they will be loaded with it */
        return HR_OK;
    ptrdiff_t index = hr_areas_index(areas, code);
    if (index < 0)
        return insert(store, areas, code, name);
    char *copy = strdup(name);
    if (!copy)
        return hr_fail_memory(&store->err);
    free(areas->names[index]);
    areas->names[index] = copy;
    return HR_OK;
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
