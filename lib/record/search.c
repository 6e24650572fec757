/* The search index.
 *
 * A gram packs a kind and two Unicode characters into 44 bits: each character of a name with the one that follows it, 0
 * after the last; adjacent pairs of its pinyin initials; the last four digits of a phone number; a hash of a call
 * device's number. Whoever has a character anywhere has a gram that begins with it. Registering residents collects
 * (gram, id) pairs in memory and writes them sorted when the block of ids is full: inserting each pair into a tree took
 * five times as long as everything else in an import. An index may name a resident who does not match (he is compared
 * before he is shown), never miss one who does. */
#include "record/search.h"
#include "base/sort.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum {
    GRAM_NAME = 1,
    GRAM_INITIALS = 2,
    GRAM_PHONE = 3,
    GRAM_DEVICE = 4,
    PENDING = 1 << 19,
    NAME_CHARACTERS = 128,
    PHONE_LEAST = 4
};

typedef struct pending {
    int64_t block;
    size_t count;
    uint64_t keys[PENDING]; /* gram << 16 | low 16 bits of the id */
    uint16_t ids[1 << 16];  /* of one gram, while writing */
} pending;

static uint64_t gram(unsigned kind, uint32_t first, uint32_t second) {
    return (uint64_t)kind << 42 | (uint64_t)first << 21 | second;
}

/* ---- grams of a text ---- */

/* The characters by which names are compared: letters in lower case, without spaces and without the dot in
 * 阿依古丽·买买提, which is often left out. */
static size_t characters(const char *text, uint32_t *out, size_t room) {
    size_t count = 0, length = strlen(text);
    for (size_t at = 0; at < length && count < room;) {
        int32_t c = hr_text_next(text, &at, length);
        if (c >= 'A' && c <= 'Z')
            c += 'a' - 'A';
        if (c != ' ' && c != 0xB7)
            out[count++] = (uint32_t)c;
    }
    return count;
}

static size_t phone_digits(const char *phone, char *out, size_t room) {
    size_t count = 0;
    for (; *phone && count + 1 < room; phone++)
        if (isdigit((unsigned char)*phone))
            out[count++] = *phone;
    out[count] = '\0';
    return count;
}

/* The digits of a text that is looked for, when it can be a phone number; else none. */
static size_t digits_asked(const char *text, char *out, size_t room) {
    *out = '\0';
    if (text[strspn(text, "0123456789-+()/. ")])
        return 0;
    size_t count = phone_digits(text, out, room);
    return count >= PHONE_LEAST ? count : 0;
}

static uint64_t phone_gram(const char *digits, size_t count) {
    uint32_t last = (uint32_t)strtoul(digits + count - 4, NULL, 10);
    return gram(GRAM_PHONE, last, 0);
}

/* The letters and digits of a device's number, letters in lower case. */
static size_t device_characters(const char *device, char *out, size_t room) {
    size_t count = 0;
    for (; *device && count + 1 < room; device++)
        if (*device != ' ' && *device != '-')
            out[count++] = (char)tolower((unsigned char)*device);
    out[count] = '\0';
    return count;
}

bool hr_device_same(const char *a, const char *b) {
    char x[64 + 1], y[64 + 1];
    size_t length = device_characters(a, x, sizeof x);
    return length && device_characters(b, y, sizeof y) == length && memcmp(x, y, length) == 0;
}

static uint64_t device_gram(const char *device) {
    static const unsigned char key[16] = "healthrec device"; /* no secret: it only spreads */
    char clean[64 + 1];
    uint64_t hash = hr_fingerprint(key, clean, device_characters(device, clean, sizeof clean));
    return gram(GRAM_DEVICE, (uint32_t)(hash & 0x1fffff), (uint32_t)(hash >> 21 & 0x1fffff));
}

/* Ascending, each once. Returns how many. */
static size_t sort_grams(uint64_t *grams, size_t count) {
    size_t kept = 0;
    hr_sort_keys(grams, count);
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || grams[kept - 1] != grams[i])
            grams[kept++] = grams[i];
    return kept;
}

hr_status hr_grams_of(hr_text *text, hr_err *err, const hr_record *now, uint64_t grams[HR_GRAMS_MAX], size_t *count) {
    uint32_t name[NAME_CHARACTERS];
    char whole[8 * NAME_CHARACTERS], initials[NAME_CHARACTERS + 1], digits[64];
    size_t n = 0, length = characters(hr_record_text(now, R_NAME), name, NAME_CHARACTERS);
    for (size_t i = 0; i < length; i++)
        grams[n++] = gram(GRAM_NAME, name[i], i + 1 < length ? name[i + 1] : 0);
    hr_status status =
        hr_text_pinyin(text, err, hr_record_text(now, R_NAME), whole, sizeof whole, initials, sizeof initials);
    if (status != HR_OK)
        return status;
    for (size_t i = 0; initials[i] && initials[i + 1]; i++)
        grams[n++] = gram(GRAM_INITIALS, (unsigned char)initials[i], (unsigned char)initials[i + 1]);
    size_t phone = phone_digits(hr_record_text(now, R_PHONE), digits, sizeof digits);
    if (phone >= PHONE_LEAST)
        grams[n++] = phone_gram(digits, phone);
    if (hr_record_has(now, R_CALL_DEVICE))
        grams[n++] = device_gram(hr_record_text(now, R_CALL_DEVICE));
    *count = sort_grams(grams, n);
    return HR_OK;
}

/* ---- writing ---- */

static hr_status read_block(hr_store *store, uint64_t g, int64_t block, uint16_t **ids, size_t *count) {
    sqlite3_stmt *row = hr_db_statement(store, "SELECT residents FROM chart.gram WHERE gram = ?1 AND block = ?2");
    if (!row)
        return store->err.status;
    sqlite3_bind_int64(row, 1, (int64_t)g);
    sqlite3_bind_int64(row, 2, block);
    hr_status status = hr_db_row(store, row);
    *ids = NULL;
    *count = 0;
    if (status == HR_OK) {
        const unsigned char *blob = sqlite3_column_blob(row, 0);
        *count = (size_t)sqlite3_column_bytes(row, 0) / 2;
        *ids = malloc((*count + 1) * sizeof **ids);
        if (!*ids)
            status = hr_fail_memory(&store->err);
        for (size_t i = 0; *ids && i < *count; i++)
            (*ids)[i] = (uint16_t)(blob[2 * i] | blob[2 * i + 1] << 8);
    }
    sqlite3_reset(row);
    return status == HR_END ? HR_OK : status;
}

/* Writes a block's ids with `sql`. */
static hr_status write_ids(hr_store *store, const char *sql, uint64_t g, int64_t block, const uint16_t *ids,
                           size_t count) {
    sqlite3_stmt *row = hr_db_statement(store, sql);
    unsigned char *blob = row ? malloc(2 * count + 1) : NULL;
    if (!row)
        return store->err.status;
    if (!blob)
        return hr_fail_memory(&store->err);
    for (size_t i = 0; i < count; i++) {
        blob[2 * i] = (unsigned char)ids[i];
        blob[2 * i + 1] = (unsigned char)(ids[i] >> 8);
    }
    sqlite3_bind_int64(row, 1, (int64_t)g);
    sqlite3_bind_int64(row, 2, block);
    sqlite3_bind_blob(row, 3, blob, (int)(2 * count), SQLITE_STATIC);
    hr_status status = hr_db_step(store, row);
    free(blob);
    return status;
}

static hr_status replace_block(hr_store *store, uint64_t g, int64_t block, const uint16_t *ids, size_t count) {
    static const char update[] = "UPDATE chart.gram SET residents = ?3 WHERE gram = ?1 AND block = ?2";
    static const char clear[] = "DELETE FROM chart.gram WHERE gram = ?1 AND block = ?2 AND ?3 IS NOT NULL";
    return write_ids(store, count ? update : clear, g, block, ids, count);
}

/* The union of ascending ids, into `all`, which has room for both. Returns how many. */
static size_t unite(const uint16_t *a, size_t a_count, const uint16_t *b, size_t b_count, uint16_t *all) {
    size_t i = 0, j = 0, n = 0;
    while (i < a_count || j < b_count) {
        if (j == b_count || (i < a_count && a[i] < b[j])) {
            all[n++] = a[i++];
        } else {
            i += i < a_count && a[i] == b[j];
            all[n++] = b[j++];
        }
    }
    return n;
}

/* Adds ascending `fresh` ids to a gram's block, each of which may be there already. Most often there is no row yet:
 * then inserting is all, and nothing has to be read. */
static hr_status merge_block(hr_store *store, uint64_t g, int64_t block, const uint16_t *fresh, size_t count) {
    uint16_t *old = NULL;
    size_t had = 0;
    hr_status status = write_ids(store,
                                 "INSERT INTO chart.gram (block, gram, residents) VALUES (?2, ?1, ?3)\n"
                                 "ON CONFLICT DO NOTHING",
                                 g, block, fresh, count);
    if (status != HR_OK || sqlite3_changes(store->db) > 0)
        return status;
    status = read_block(store, g, block, &old, &had);
    uint16_t *all = status == HR_OK ? malloc((had + count) * sizeof *all) : NULL;
    if (status == HR_OK && !all)
        status = hr_fail_memory(&store->err);
    if (status == HR_OK)
        status = replace_block(store, g, block, all, unite(old, had, fresh, count, all));
    free(all);
    free(old);
    return status;
}

static hr_status flush(hr_store *store, void *data) {
    pending *p = data;
    hr_status status = HR_OK;
    hr_sort_keys(p->keys, p->count);
    for (size_t i = 0, n; i < p->count && status == HR_OK; i += n) {
        uint64_t g = p->keys[i] >> 16;
        for (n = 0; i + n < p->count && p->keys[i + n] >> 16 == g; n++)
            p->ids[n] = (uint16_t)p->keys[i + n];
        status = merge_block(store, g, p->block, p->ids, n);
    }
    p->count = 0;
    return status;
}

hr_status hr_search_flush(hr_store *store) {
    void *data = store->slots[HR_SLOT_SEARCH].data;
    return data ? flush(store, data) : HR_OK;
}

static hr_status get_pending(hr_store *store, pending **out) {
    *out = store->slots[HR_SLOT_SEARCH].data;
    if (*out)
        return HR_OK;
    *out = malloc(sizeof **out); /* untouched pages cost nothing until a bulk import fills them */
    if (!*out)
        return hr_fail_memory(&store->err);
    (*out)->count = 0;
    (*out)->block = 0;
    store->slots[HR_SLOT_SEARCH] = (hr_slot_value){.data = *out, .release = free, .flush = flush};
    return HR_OK;
}

hr_status hr_search_add(hr_store *store, int64_t id, const uint64_t *grams, size_t count) {
    pending *p;
    hr_status status = get_pending(store, &p);
    if (status != HR_OK)
        return status;
    if (p->block != id >> 16 || p->count + count > PENDING) {
        status = flush(store, p);
        p->block = id >> 16;
    }
    for (size_t i = 0; i < count; i++)
        p->keys[p->count++] = grams[i] << 16 | (uint64_t)(id & 0xffff);
    return status;
}

static hr_status remove_gram(hr_store *store, int64_t id, uint64_t g) {
    uint16_t *ids;
    size_t count, kept = 0;
    hr_status status = hr_search_flush(store);
    if (status == HR_OK)
        status = read_block(store, g, id >> 16, &ids, &count);
    if (status != HR_OK)
        return status;
    for (size_t i = 0; i < count; i++)
        if (ids[i] != (uint16_t)(id & 0xffff))
            ids[kept++] = ids[i];
    status = replace_block(store, g, id >> 16, ids, kept);
    free(ids);
    return status;
}

static bool holds(const uint64_t *grams, size_t count, uint64_t g) {
    for (size_t i = 0; i < count; i++)
        if (grams[i] == g)
            return true;
    return false;
}

hr_status hr_search_change(hr_store *store, int64_t id, const hr_record *before, const hr_record *after) {
    uint64_t old[HR_GRAMS_MAX], fresh[HR_GRAMS_MAX];
    size_t had, has;
    if (hr_record_same(before, after, R_NAME) && hr_record_same(before, after, R_PHONE) &&
        hr_record_same(before, after, R_CALL_DEVICE))
        return HR_OK;
    hr_status status = hr_grams_of(store->text, &store->err, before, old, &had);
    if (status == HR_OK)
        status = hr_grams_of(store->text, &store->err, after, fresh, &has);
    for (size_t i = 0; status == HR_OK && i < had; i++)
        if (!holds(fresh, has, old[i]))
            status = remove_gram(store, id, old[i]);
    for (size_t i = 0; status == HR_OK && i < has; i++)
        if (!holds(old, had, fresh[i]))
            status = hr_search_add(store, id, fresh + i, 1);
    return status;
}

/* ---- finding ---- */

typedef struct ids {
    int64_t *at;
    size_t count, room;
} ids;

static hr_status push_id(hr_store *store, ids *list, int64_t id) {
    if (list->count == list->room) {
        size_t room = list->room ? 2 * list->room : 256;
        int64_t *grown = realloc(list->at, room * sizeof *grown);
        if (!grown)
            return hr_fail_memory(&store->err);
        list->at = grown;
        list->room = room;
    }
    list->at[list->count++] = id;
    return HR_OK;
}

/* Ids in one block of residents who have any gram from `first` to before `end`. */
static hr_status ids_in_block(hr_store *store, int64_t block, uint64_t first, uint64_t end, ids *out) {
    sqlite3_stmt *rows = hr_db_statement(store, "SELECT residents FROM chart.gram\n"
                                                "WHERE block = ?1 AND gram >= ?2 AND gram < ?3");
    if (!rows)
        return store->err.status;
    hr_status status = HR_OK;
    sqlite3_bind_int64(rows, 1, block);
    sqlite3_bind_int64(rows, 2, (int64_t)first);
    sqlite3_bind_int64(rows, 3, (int64_t)end);
    while (status == HR_OK && (status = hr_db_row(store, rows)) == HR_OK) {
        const unsigned char *blob = sqlite3_column_blob(rows, 0);
        size_t count = (size_t)sqlite3_column_bytes(rows, 0) / 2;
        for (size_t i = 0; i < count && status == HR_OK; i++)
            status = push_id(store, out, block << 16 | blob[2 * i] | blob[2 * i + 1] << 8);
    }
    sqlite3_reset(rows);
    return status == HR_END ? HR_OK : status;
}

/* The same in all blocks: of one gram in ascending order. */
static hr_status ids_of_grams(hr_store *store, uint64_t first, uint64_t end, ids *out) {
    hr_status status = HR_OK;
    for (int64_t block = 0; block <= store->head.seq >> 16 && status == HR_OK; block++)
        status = ids_in_block(store, block, first, end, out);
    return status;
}

/* Keeps in `list` what `other` holds too; both ascending. */
static void intersect(ids *list, const ids *other) {
    size_t kept = 0, j = 0;
    for (size_t i = 0; i < list->count; i++) {
        while (j < other->count && other->at[j] < list->at[i])
            j++;
        if (j < other->count && other->at[j] == list->at[i])
            list->at[kept++] = list->at[i];
    }
    list->count = kept;
}

static hr_status ids_of_all(hr_store *store, const uint64_t *grams, size_t count, ids *out) {
    hr_status status = count ? ids_of_grams(store, grams[0], grams[0] + 1, out) : HR_OK;
    for (size_t i = 1; i < count && status == HR_OK && out->count; i++) {
        ids next = {0};
        status = ids_of_grams(store, grams[i], grams[i] + 1, &next);
        intersect(out, &next);
        free(next.at);
    }
    return status;
}

static int compare_ids(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static bool all_letters(const char *text) {
    for (; *text; text++)
        if (!isalpha((unsigned char)*text))
            return false;
    return true;
}

hr_status hr_search_devices(hr_store *store, const char *device, int64_t **out, size_t *count) {
    ids found = {0};
    hr_status status = ids_of_grams(store, device_gram(device), device_gram(device) + 1, &found);
    if (status != HR_OK) {
        free(found.at);
        return status;
    }
    *out = found.at;
    *count = found.count;
    return HR_OK;
}

hr_status hr_search_candidates(hr_store *store, const char *text, int64_t **out, size_t *count) {
    uint32_t c[NAME_CHARACTERS];
    uint64_t grams[NAME_CHARACTERS];
    char digits[64];
    ids found = {0}, more = {0};
    size_t n = 0, length = characters(text, c, NAME_CHARACTERS);
    for (size_t i = 0; i + 1 < length; i++)
        grams[n++] = gram(GRAM_NAME, c[i], c[i + 1]);
    hr_status status = length == 1 ? ids_of_grams(store, gram(GRAM_NAME, c[0], 0), gram(GRAM_NAME, c[0] + 1, 0), &found)
                                   : ids_of_all(store, grams, n, &found);
    n = 0;
    for (size_t i = 0; all_letters(text) && i + 1 < length; i++)
        grams[n++] = gram(GRAM_INITIALS, c[i], c[i + 1]);
    if (status == HR_OK)
        status = ids_of_all(store, grams, n, &more);
    size_t phone = digits_asked(text, digits, sizeof digits);
    if (status == HR_OK && phone)
        status = ids_of_grams(store, phone_gram(digits, phone), phone_gram(digits, phone) + 1, &more);
    for (size_t i = 0; i < more.count && status == HR_OK; i++)
        status = push_id(store, &found, more.at[i]);
    free(more.at);
    if (status != HR_OK) {
        free(found.at);
        return status;
    }
    if (found.count)
        qsort(found.at, found.count, sizeof *found.at, compare_ids);
    n = 0;
    for (size_t i = 0; i < found.count; i++)
        if (n == 0 || found.at[n - 1] != found.at[i])
            found.at[n++] = found.at[i];
    *out = found.at;
    *count = n;
    return HR_OK;
}

static bool contains(const uint32_t *in, size_t length, const uint32_t *part, size_t part_length) {
    for (size_t i = 0; part_length && i + part_length <= length; i++)
        if (memcmp(in + i, part, part_length * sizeof *part) == 0)
            return true;
    return false;
}

bool hr_search_match(hr_store *store, const char *text, const hr_record *now) {
    uint32_t name[NAME_CHARACTERS], part[NAME_CHARACTERS];
    char whole[8 * NAME_CHARACTERS], initials[NAME_CHARACTERS + 1], lower[NAME_CHARACTERS + 1], phone[64], digits[64];
    size_t part_length = characters(text, part, NAME_CHARACTERS);
    if (contains(name, characters(hr_record_text(now, R_NAME), name, NAME_CHARACTERS), part, part_length))
        return true;
    if (digits_asked(text, digits, sizeof digits) && phone_digits(hr_record_text(now, R_PHONE), phone, sizeof phone) &&
        strcmp(phone, digits) == 0)
        return true;
    if (!all_letters(text) || part_length < 2 || part_length >= sizeof lower)
        return false;
    for (size_t i = 0; i < part_length; i++)
        lower[i] = (char)part[i];
    lower[part_length] = '\0';
    return hr_text_pinyin(store->text, &store->err, hr_record_text(now, R_NAME), whole, sizeof whole, initials,
                          sizeof initials) == HR_OK &&
           strstr(initials, lower) != NULL;
}

hr_status hr_search_walk(hr_store *store, void (*each)(void *context, uint64_t gram, int64_t id), void *context) {
    sqlite3_stmt *rows = hr_db_statement(store, "SELECT gram, block, residents FROM chart.gram");
    if (!rows)
        return store->err.status;
    hr_status status;
    while ((status = hr_db_row(store, rows)) == HR_OK) {
        const unsigned char *blob = sqlite3_column_blob(rows, 2);
        size_t count = (size_t)sqlite3_column_bytes(rows, 2) / 2;
        for (size_t i = 0; i < count; i++)
            each(context, (uint64_t)sqlite3_column_int64(rows, 0),
                 sqlite3_column_int64(rows, 1) << 16 | blob[2 * i] | blob[2 * i + 1] << 8);
    }
    sqlite3_reset(rows);
    return status == HR_END ? HR_OK : status;
}
