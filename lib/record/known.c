/* Numbers come in no order, so entering each into its tree as it comes means reading, and for most of them decrypting
 * and encrypting again, another page for every resident of a roster: it was half of a large import. So numbers are
 * collected and written sorted, and before a roster is read, a filter is made of the numbers that are stored: one that
 * is not in the filter is not stored, and no page has to be read to know that. (The filter is a Bloom filter whose bits
 * for a key lie in one word. It only ever saves work: without it, or when it says "perhaps", the tree is asked.) */
#include "record/known.h"
#include "base/sort.h"
#include <stdlib.h>
#include <string.h>

enum {
    ROOM_BITS = 19,
    ROOM = 1 << ROOM_BITS,
    TABLE = ROOM / 4 * 5,
    FILTER_BITS_A_KEY = 16,
    FILTER_WORDS_MOST = 1 << 22,
    FILTER_SHARE = 128
};

typedef struct known {
    size_t count;
    uint64_t *filter; /* NULL: none */
    size_t filter_words;
    uint64_t keys[ROOM]; /* kind and number */
    uint32_t residents[ROOM];
    uint32_t table[TABLE]; /* open-addressed hash of `keys`: index + 1, 0: empty */
} known;

static uint64_t key_of(hr_known_kind kind, int64_t value) {
    return (uint64_t)kind << 60 | (uint64_t)value;
}

/* No number's key: numbers have fewer than 58 bits. */
static uint64_t key_of_person(int64_t print) {
    return (uint64_t)print | UINT64_C(1) << 63;
}

static uint64_t mix(uint64_t key) {
    key = (key ^ key >> 32) * UINT64_C(0xD6E8FEB86659FD93);
    return (key ^ key >> 32) * UINT64_C(0xD6E8FEB86659FD93);
}

/* ---- the filter ---- */

static uint64_t filter_bits(uint64_t hash) {
    return UINT64_C(1) << (hash & 63) | UINT64_C(1) << (hash >> 6 & 63) | UINT64_C(1) << (hash >> 12 & 63) |
           UINT64_C(1) << (hash >> 18 & 63);
}

static uint64_t *filter_word(const known *k, uint64_t hash) {
    return &k->filter[(hash >> 24) & (k->filter_words - 1)];
}

static void filter_add(const known *k, uint64_t key) {
    uint64_t hash = mix(key);
    *filter_word(k, hash) |= filter_bits(hash);
}

static bool surely_unknown(const known *k, uint64_t key) {
    uint64_t hash = mix(key), bits = filter_bits(hash);
    return k->filter && (*filter_word(k, hash) & bits) != bits;
}

/* ---- the tables ---- */

static sqlite3_stmt *statement_of(hr_store *store, hr_known_kind kind, const char *id_number, const char *file_number) {
    return hr_db_statement(store, kind == HR_KNOWN_ID_NUMBER ? id_number : file_number);
}

static hr_status find_stored(hr_store *store, hr_known_kind kind, int64_t value, int64_t *resident) {
    sqlite3_stmt *row = statement_of(store, kind, "SELECT resident FROM chart.id_number WHERE number = ?1",
                                     "SELECT resident FROM chart.file_number WHERE number = ?1");
    if (!row)
        return store->err.status;
    sqlite3_bind_int64(row, 1, value);
    hr_status status = hr_db_row(store, row);
    *resident = status == HR_OK ? sqlite3_column_int64(row, 0) : 0;
    sqlite3_reset(row);
    return status == HR_END ? HR_OK : status;
}

#define TWO "(?, ?), (?, ?)"
#define EIGHT TWO ", " TWO ", " TWO ", " TWO
enum { MANY = 16 };

/* Writes `count` numbers of one kind, 1 or MANY: one statement for many rows costs half as much for each. */
static hr_status write_numbers(hr_store *store, const uint64_t *keys, const int64_t *residents, size_t count) {
    static const char *const one[] = {"INSERT INTO chart.id_number (number, resident) VALUES (?, ?)",
                                      "INSERT INTO chart.file_number (number, resident) VALUES (?, ?)"};
    static const char *const many[] = {"INSERT INTO chart.id_number (number, resident) VALUES " EIGHT ", " EIGHT,
                                       "INSERT INTO chart.file_number (number, resident) VALUES " EIGHT ", " EIGHT};
    size_t kind = keys[0] >> 60;
    sqlite3_stmt *row = hr_db_statement(store, count == MANY ? many[kind] : one[kind]);
    if (!row)
        return store->err.status;
    for (size_t i = 0; i < count; i++) {
        sqlite3_bind_int64(row, (int)(2 * i) + 1, (int64_t)(keys[i] << 4 >> 4));
        sqlite3_bind_int64(row, (int)(2 * i) + 2, residents[i]);
    }
    return hr_db_step(store, row);
}

hr_status hr_known_walk(hr_store *store,
                        void (*each)(void *context, hr_known_kind kind, int64_t number, int64_t resident),
                        void *context) {
    hr_status status = HR_END;
    for (int kind = 0; kind < HR_KNOWN_NUMBERS && status == HR_END; kind++) {
        sqlite3_stmt *rows =
            statement_of(store, (hr_known_kind)kind, "SELECT number, resident FROM chart.id_number ORDER BY number",
                         "SELECT number, resident FROM chart.file_number ORDER BY number");
        if (!rows)
            return store->err.status;
        while ((status = hr_db_row(store, rows)) == HR_OK)
            each(context, (hr_known_kind)kind, sqlite3_column_int64(rows, 0), sqlite3_column_int64(rows, 1));
        sqlite3_reset(rows);
    }
    return status == HR_END ? HR_OK : status;
}

/* ---- what is collected ---- */

static void release(void *data) {
    known *k = data;
    free(k->filter);
    free(k);
}

/* Where the key is in the table, or the empty place where it belongs. */
static size_t place_of(const known *k, uint64_t key) {
    size_t at = (size_t)(mix(key) >> 20) % TABLE;
    while (k->table[at] && k->keys[k->table[at] - 1] != key)
        at = (at + 1) % TABLE;
    return at;
}

/* Empties the table: a number lies in the run of full places that begins where its hash says. */
static void clear_table(known *k) {
    for (size_t i = 0; i < k->count; i++)
        for (size_t at = (size_t)(mix(k->keys[i]) >> 20) % TABLE; k->table[at]; at = (at + 1) % TABLE)
            k->table[at] = 0;
}

/* Writes what is collected, in `order`: of each key the high bits, and where it is. */
static hr_status write_all(hr_store *store, const known *k, const uint64_t *order) {
    uint64_t keys[MANY];
    int64_t residents[MANY];
    hr_status status = HR_OK;
    for (size_t i = 0, n; i < k->count && status == HR_OK; i += n) {
        for (n = 0; n < MANY && i + n < k->count; n++) {
            keys[n] = k->keys[order[i + n] % ROOM];
            residents[n] = k->residents[order[i + n] % ROOM];
            if (keys[n] >> 60 != keys[0] >> 60)
                break;
        }
        n = n == MANY ? MANY : 1;
        status = write_numbers(store, keys, residents, n);
    }
    return status;
}

static hr_status flush(hr_store *store, void *data) {
    known *k = data;
    if (k->count == 0)
        return HR_OK;
    uint64_t *order = malloc(k->count * sizeof *order);
    for (size_t i = 0; order && i < k->count; i++) /* sorted nearly is good enough: it is for the pages' sake */
        order[i] = k->keys[i] >> 16 << ROOM_BITS | i;
    if (order)
        hr_sort_keys(order, k->count);
    hr_status status = order ? write_all(store, k, order) : hr_fail_memory(&store->err);
    free(order);
    clear_table(k);
    k->count = 0;
    return status;
}

static hr_status get(hr_store *store, known **out) {
    *out = store->slots[HR_SLOT_KNOWN].data;
    if (*out)
        return HR_OK;
    *out = calloc(1, sizeof **out); /* pages that are not touched cost nothing */
    if (!*out)
        return hr_fail_memory(&store->err);
    store->slots[HR_SLOT_KNOWN] = (hr_slot_value){.data = *out, .release = release, .flush = flush};
    return HR_OK;
}

hr_status hr_known_find(hr_store *store, hr_known_kind kind, int64_t value, int64_t *resident) {
    known *k = store->slots[HR_SLOT_KNOWN].data;
    uint64_t key = key_of(kind, value);
    *resident = 0;
    if (k && surely_unknown(k, key))
        return HR_OK;
    size_t at = k ? place_of(k, key) : 0;
    if (k && k->table[at]) {
        *resident = k->residents[k->table[at] - 1];
        return HR_OK;
    }
    return find_stored(store, kind, value, resident);
}

void hr_known_prefetch(const hr_store *store, hr_known_kind kind, int64_t value) {
    const known *k = store->slots[HR_SLOT_KNOWN].data;
    if (!k)
        return;
    uint64_t hash = mix(key_of(kind, value));
    __builtin_prefetch(&k->table[(size_t)(hash >> 20) % TABLE], 1);
    if (k->filter)
        __builtin_prefetch(filter_word(k, hash), 1);
}

hr_status hr_known_add(hr_store *store, hr_known_kind kind, int64_t value, int64_t resident) {
    known *k;
    uint64_t key = key_of(kind, value);
    hr_status status = get(store, &k);
    if (status == HR_OK && k->filter)
        filter_add(k, key);
    if (status == HR_OK && resident > UINT32_MAX)
        return write_numbers(store, &key, &resident, 1);
    if (status == HR_OK && k->count == ROOM)
        status = flush(store, k);
    if (status != HR_OK)
        return status;
    size_t at = place_of(k, key);
    k->keys[k->count] = key;
    k->residents[k->count++] = (uint32_t)resident;
    k->table[at] = (uint32_t)k->count;
    return HR_OK;
}

hr_status hr_known_remove(hr_store *store, hr_known_kind kind, int64_t value) {
    known *k = store->slots[HR_SLOT_KNOWN].data;
    hr_status status = k ? flush(store, k) : HR_OK;
    sqlite3_stmt *row = statement_of(store, kind, "DELETE FROM chart.id_number WHERE number = ?1",
                                     "DELETE FROM chart.file_number WHERE number = ?1");
    if (status == HR_OK && !row)
        status = store->err.status;
    if (status != HR_OK)
        return status;
    sqlite3_bind_int64(row, 1, value);
    return hr_db_step(store, row);
}

/* ---- persons, who are in the filter only ---- */

bool hr_known_person_possible(const hr_store *store, int64_t print) {
    const known *k = store->slots[HR_SLOT_KNOWN].data;
    return !k || !surely_unknown(k, key_of_person(print));
}

void hr_known_person_added(hr_store *store, int64_t print) {
    const known *k = store->slots[HR_SLOT_KNOWN].data;
    if (k && k->filter)
        filter_add(k, key_of_person(print));
}

void hr_known_prefetch_person(const hr_store *store, int64_t print) {
    const known *k = store->slots[HR_SLOT_KNOWN].data;
    if (k && k->filter)
        __builtin_prefetch(filter_word(k, mix(key_of_person(print))));
}

static void filter_number(void *context, hr_known_kind kind, int64_t value, int64_t resident) {
    (void)resident;
    filter_add(context, key_of(kind, value));
}

static hr_status filter_persons(hr_store *store, const known *k) {
    sqlite3_stmt *rows = hr_db_statement(store, "SELECT print FROM chart.person");
    hr_status status;
    if (!rows)
        return store->err.status;
    while ((status = hr_db_row(store, rows)) == HR_OK)
        filter_add(k, key_of_person(sqlite3_column_int64(rows, 0)));
    sqlite3_reset(rows);
    return status == HR_END ? HR_OK : status;
}

/* Reading all numbers to make the filter pays when it saves enough look-ups; one costs as much as reading a page. */
hr_status hr_known_expect(hr_store *store, uint64_t residents) {
    known *k;
    uint64_t stored = (uint64_t)store->head.seq, words = 1024;
    hr_status status = get(store, &k);
    if (status != HR_OK || k->filter || residents < stored / FILTER_SHARE)
        return status;
    while (words < FILTER_WORDS_MOST && words * 64 < (stored + residents) * HR_KNOWN_NUMBERS * FILTER_BITS_A_KEY)
        words *= 2;
    if ((status = flush(store, k)) != HR_OK)
        return status;
    k->filter = calloc((size_t)words, sizeof *k->filter);
    if (!k->filter)
        return hr_fail_memory(&store->err);
    k->filter_words = (size_t)words;
    status = hr_known_walk(store, filter_number, k);
    return status == HR_OK ? filter_persons(store, k) : status;
}
