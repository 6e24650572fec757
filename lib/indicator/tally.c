/* How tallies are kept.
 *
 *   tally_year  area and year -> net change of each tally in that year: (slot, value) pairs
 *   tally_day   area and year -> the changes day by day: (day << 7 | slot, as difference from the one before; value)
 * pairs, ascending, day = month * 32 + day of month
 *
 * Numbers are varints (7 bits a byte, least first), signed ones zigzag. Year 0 holds what has always been; it has no
 * days. As of a day: the nets of the years before it, a hundred short rows at most, and one row of days. Rows for
 * (area, tally, day) were measured first: they took more room than the residents themselves, because in a committee
 * hardly two residents share a day.
 *
 * Pending changes are 64-bit keys, most significant first: area index 24 bits, date 18, slot 7, sign 1, exponent 5. A
 * change of n is one key for each binary digit of n. Sorting them is sorting by area, day and tally. */
#include "indicator/tally.h"
#include "base/sort.h"
#include "record/areas.h"
#include <stdlib.h>
#include <string.h>

enum {
    PENDING = 10 << 17,
    SLOT_BITS = 7,
    DATE_AT = 6 + SLOT_BITS, /* bits of a key below the date, the year, the area */
    YEAR_AT = DATE_AT + 9,
    AREA_AT = DATE_AT + 18,
    CHANGE_BITS = 47,
    YEAR_ZERO = 1849,
    DAYS = 13 * 32,
    DAY_SLOTS = DAYS << SLOT_BITS,
    DAY_SLOTS_MAX = 1 << (9 + SLOT_BITS),
    T_SLOTS_MASK = (1 << SLOT_BITS) - 1
};
_Static_assert(T_SLOTS <= 1 << SLOT_BITS, "a slot must fit its bits");

typedef struct pending {
    size_t count;
    int64_t *always; /* changes without a date: T_SLOTS for each area; NULL: none yet */
    hr_area area;    /* of the change before this one, and its index: a resident's changes are mostly of one area */
    ptrdiff_t index;
    uint64_t keys[PENDING];
} pending;

/* ---- keys ---- */

static uint64_t pack_date(hr_date date) {
    if (date == 0)
        return 0;
    return (uint64_t)(date / 10000 - YEAR_ZERO) << 9 | (uint64_t)(date / 100 % 100) << 5 | (uint64_t)(date % 100);
}

/* A key that says all but how much is added. */
static uint64_t key_of(size_t area, int slot, hr_date date) {
    return (uint64_t)area << AREA_AT | pack_date(date) << DATE_AT | (uint64_t)slot << 6;
}

/* The keys that add `sum` at `key`, which says all but how much: one for each binary digit. Returns how many. */
static size_t put_sum(uint64_t *out, uint64_t key, int64_t sum) {
    uint64_t size = sum < 0 ? (uint64_t)-sum : (uint64_t)sum;
    size_t count = 0;
    for (unsigned exponent = 0; size >> exponent; exponent++)
        if (size >> exponent & 1)
            out[count++] = key | (uint64_t)(sum < 0) << 5 | exponent;
    return count;
}

static size_t key_area(uint64_t key) {
    return (size_t)(key >> AREA_AT);
}

static unsigned key_year(uint64_t key) { /* 0: always */
    return (unsigned)(key >> YEAR_AT & 0x1ff);
}

static unsigned key_day_slot(uint64_t key) { /* day << 7 | slot */
    return (unsigned)(key >> 6 & (DAY_SLOTS_MAX - 1));
}

static int64_t key_delta(uint64_t key) {
    int64_t size = (int64_t)1 << (key & 31);
    return key >> 5 & 1 ? -size : size;
}

/* ---- bytes ---- */

static unsigned char *put_varint(unsigned char *at, uint64_t value) {
    while (value >= 128) {
        *at++ = (unsigned char)(value | 128);
        value >>= 7;
    }
    *at++ = (unsigned char)value;
    return at;
}

/* NULL when the bytes end before the number does. */
static const unsigned char *get_varint(const unsigned char *at, const unsigned char *end, uint64_t *out) {
    *out = 0;
    for (unsigned shift = 0; at < end && shift < 64; shift += 7) {
        *out |= (uint64_t)(*at & 127) << shift;
        if (!(*at++ & 128))
            return at;
    }
    return NULL;
}

static uint64_t zigzag(int64_t value) {
    return (uint64_t)value << 1 ^ (uint64_t)(value >> 63);
}

static int64_t unzigzag(uint64_t value) {
    return (int64_t)(value >> 1) ^ -(int64_t)(value & 1);
}

/* A change, none of which is so great that their sums could overflow: no row has more than DAY_SLOTS of them. */
static const unsigned char *get_change(const unsigned char *at, const unsigned char *end, int64_t *out) {
    uint64_t value;
    at = get_varint(at, end, &value);
    *out = unzigzag(value);
    return value >> CHANGE_BITS ? NULL : at;
}

static size_t pack_net(const int64_t net[T_SLOTS], unsigned char *out) {
    unsigned char *at = out;
    for (int slot = 0; slot < T_SLOTS; slot++)
        if (net[slot]) {
            at = put_varint(at, (uint64_t)slot);
            at = put_varint(at, zigzag(net[slot]));
        }
    return (size_t)(at - out);
}

/* A reader of day rows: (day << 7 | slot) and change, ascending. */
typedef struct day_reader {
    const unsigned char *at, *end;
    uint64_t index;
    int64_t value;
    bool damaged;
} day_reader;

/* False at the end, and when the bytes make no sense. */
static bool next_day(day_reader *r) {
    uint64_t step;
    if (r->at >= r->end)
        return false;
    r->at = get_varint(r->at, r->end, &step);
    if (r->at)
        r->at = get_change(r->at, r->end, &r->value);
    if (!r->at || step == 0 || step >= DAY_SLOTS - r->index || ((r->index + step) & T_SLOTS_MASK) >= T_SLOTS) {
        r->damaged = true;
        r->at = r->end = NULL;
        return false;
    }
    r->index += step;
    return true;
}

/* Adds a year's net into `sum`. False: damaged. */
static bool add_net(const unsigned char *bytes, int size, int64_t sum[T_SLOTS]) {
    const unsigned char *at = bytes, *end = bytes + size;
    uint64_t slot, least = 0;
    int64_t value;
    for (; at < end; least = slot + 1) {
        if (!(at = get_varint(at, end, &slot)) || slot < least || slot >= T_SLOTS ||
            !(at = get_change(at, end, &value)))
            return false;
        sum[slot] += value;
    }
    return true;
}

static hr_status fail_damaged(hr_store *store) {
    return hr_fail(&store->err, HR_DAMAGED, "%s",
                   HR_TR(&store->err, "a tally cannot be read; run verify, and restore the newest backup",
                         "计数数据无法读取；请运行 verify，并用最近的备份恢复"));
}

static int64_t place_of(hr_area area, unsigned year) {
    return area * 10000 + (year ? (int64_t)year + YEAR_ZERO : 0);
}

/* ---- writing ---- */

static hr_status read_net(hr_store *store, int64_t place, int64_t sum[T_SLOTS]) {
    sqlite3_stmt *row = hr_db_statement(store, "SELECT net FROM main.tally_year WHERE place = ?1");
    if (!row)
        return store->err.status;
    sqlite3_bind_int64(row, 1, place);
    hr_status status = hr_db_row(store, row);
    if (status == HR_OK && !add_net(sqlite3_column_blob(row, 0), sqlite3_column_bytes(row, 0), sum))
        status = fail_damaged(store);
    sqlite3_reset(row);
    return status == HR_END ? HR_OK : status;
}

static hr_status write_row(hr_store *store, sqlite3_stmt *row, int64_t place, const unsigned char *bytes, size_t size) {
    if (!row)
        return store->err.status;
    sqlite3_bind_int64(row, 1, place);
    sqlite3_bind_blob(row, 2, bytes, (int)size, SQLITE_STATIC);
    return hr_db_step(store, row);
}

static hr_status change_net(hr_store *store, int64_t place, const int64_t change[T_SLOTS]) {
    unsigned char bytes[T_SLOTS * 16];
    int64_t net[T_SLOTS] = {0};
    hr_status status = read_net(store, place, net);
    if (status != HR_OK)
        return status;
    for (int slot = 0; slot < T_SLOTS; slot++)
        net[slot] += change[slot];
    return write_row(store,
                     hr_db_statement(store, "INSERT INTO main.tally_year (place, net) VALUES (?1, ?2)\n"
                                            "ON CONFLICT (place) DO UPDATE SET net = excluded.net"),
                     place, bytes, pack_net(net, bytes));
}

static hr_status apply_net(hr_store *store, int64_t place, const uint64_t *keys, size_t count) {
    int64_t change[T_SLOTS] = {0};
    for (size_t i = 0; i < count; i++)
        change[key_day_slot(keys[i]) & T_SLOTS_MASK] += key_delta(keys[i]);
    return change_net(store, place, change);
}

/* The sum of the keys that begin at `i` and share its day and slot; `i` moves past them. */
static int64_t sum_alike(const uint64_t *keys, size_t count, size_t *i) {
    unsigned alike = key_day_slot(keys[*i]);
    int64_t sum = 0;
    while (*i < count && key_day_slot(keys[*i]) == alike)
        sum += key_delta(keys[(*i)++]);
    return sum;
}

/* Merges the keys into a year's days. */
static hr_status apply_days(hr_store *store, int64_t place, const uint64_t *keys, size_t count) {
    sqlite3_stmt *row = hr_db_statement(store, "SELECT days FROM main.tally_day WHERE place = ?1");
    if (!row)
        return store->err.status;
    sqlite3_bind_int64(row, 1, place);
    hr_status status = hr_db_row(store, row);
    day_reader old = {0};
    if (status == HR_OK) {
        old.at = sqlite3_column_blob(row, 0);
        old.end = old.at + sqlite3_column_bytes(row, 0);
    }
    size_t most = (size_t)(old.end - old.at) + count * 16;
    unsigned char *bytes = malloc(most + 1), *at = bytes;
    if (status == HR_END)
        status = HR_OK;
    if (!bytes)
        status = hr_fail_memory(&store->err);
    bool more = status == HR_OK && next_day(&old);
    uint64_t before = 0;
    for (size_t i = 0; status == HR_OK && (more || i < count);) {
        uint64_t fresh = i < count ? key_day_slot(keys[i]) : DAY_SLOTS,
                 index = more && old.index < fresh ? old.index : fresh;
        int64_t value = 0;
        if (fresh == index)
            value += sum_alike(keys, count, &i);
        if (more && old.index == index) {
            value += old.value;
            more = next_day(&old);
        }
        if (value == 0)
            continue;
        at = put_varint(put_varint(at, index - before), zigzag(value));
        before = index;
    }
    if (status == HR_OK && old.damaged)
        status = fail_damaged(store);
    sqlite3_reset(row);
    if (status == HR_OK)
        status = write_row(store,
                           hr_db_statement(store, "INSERT INTO main.tally_day (place, days) VALUES (?1, ?2)\n"
                                                  "ON CONFLICT (place) DO UPDATE SET days = excluded.days"),
                           place, bytes, (size_t)(at - bytes));
    free(bytes);
    return status;
}

/* Applies the keys of one area's one year, unless they cancel out. */
static hr_status apply_year(hr_store *store, hr_area area, const uint64_t *keys, size_t count) {
    int64_t place = place_of(area, key_year(keys[0]));
    bool any = false;
    for (size_t i = 0; i < count;)
        any = sum_alike(keys, count, &i) != 0 || any;
    if (!any)
        return HR_OK;
    hr_status status = apply_net(store, place, keys, count);
    if (status == HR_OK && key_year(keys[0]) != 0)
        status = apply_days(store, place, keys, count);
    return status;
}

static hr_status apply(hr_store *store, pending *p, const hr_areas *areas) {
    hr_status status = HR_OK;
    for (size_t i = 0, end; i < p->count && status == HR_OK; i = end) {
        for (end = i + 1; end < p->count && p->keys[end] >> YEAR_AT == p->keys[i] >> YEAR_AT;)
            end++;
        status = apply_year(store, areas->codes[key_area(p->keys[i])], p->keys + i, end - i);
    }
    return status;
}

/* Index of the nearest area above one, -1: none. */
static ptrdiff_t index_above(const hr_areas *areas, size_t area) {
    ptrdiff_t above = -1;
    for (hr_area code = hr_area_parent(areas->codes[area]); code && above < 0; code = hr_area_parent(code))
        above = hr_areas_index(areas, code);
    return above;
}

/* Makes every key its parent area's; those without one go. Keys that differ in nothing but what they add become few: in
 * a district many residents share a day, and from there on it is their sum that has to be sorted. */
static void rise(pending *p, const hr_areas *areas) {
    size_t kept = 0, last = areas->count;
    ptrdiff_t above = -1;
    for (size_t i = 0, end; i < p->count; i = end) {
        size_t area = key_area(p->keys[i]);
        uint64_t alike = p->keys[i] >> 6;
        int64_t sum = 0;
        for (end = i; end < p->count && p->keys[end] >> 6 == alike; end++)
            sum += key_delta(p->keys[end]);
        if (area != last)
            above = index_above(areas, area);
        last = area;
        if (above < 0)
            continue;
        uint64_t key = ((uint64_t)above << AREA_AT | (p->keys[i] & ((UINT64_C(1) << AREA_AT) - 1))) & ~UINT64_C(63);
        uint64_t size = (uint64_t)llabs(sum);
        if (size >> 32 == 0 && (size_t)__builtin_popcountll(size) <= end - i)
            kept += put_sum(p->keys + kept, key, sum);
        else
            for (size_t j = i; j < end; j++)
                p->keys[kept++] = key | (p->keys[j] & 63);
    }
    p->count = kept;
}

/* What has no date is a sixth of all changes, and needs no sorting. An area stands before what lies in it, so backwards
 * each has all of its own when its turn comes. */
static hr_status apply_always(hr_store *store, pending *p, const hr_areas *areas) {
    static const int64_t nothing[T_SLOTS];
    hr_status status = HR_OK;
    for (size_t i = areas->count; p->always && i-- > 0 && status == HR_OK;) {
        const int64_t *own = p->always + i * T_SLOTS;
        ptrdiff_t above = index_above(areas, i);
        if (memcmp(own, nothing, sizeof nothing) == 0)
            continue;
        status = change_net(store, place_of(areas->codes[i], 0), own);
        for (int slot = 0; above >= 0 && slot < T_SLOTS; slot++)
            p->always[(size_t)above * T_SLOTS + (size_t)slot] += own[slot];
    }
    free(p->always);
    p->always = NULL;
    p->area = 0;
    return status;
}

static hr_status flush(hr_store *store, void *data) {
    pending *p = data;
    hr_areas *areas;
    hr_status status = hr_areas_get(store, &areas);
    if (status == HR_OK)
        status = apply_always(store, p, areas);
    while (status == HR_OK && p->count > 0) {
        hr_sort_keys(p->keys, p->count);
        status = apply(store, p, areas);
        rise(p, areas);
    }
    p->count = 0;
    return status;
}

static void release(void *data) {
    pending *p = data;
    free(p->always);
    free(p);
}

hr_status hr_tally_flush(hr_store *store) {
    void *data = store->slots[HR_SLOT_TALLIES].data;
    return data ? flush(store, data) : HR_OK;
}

static hr_status get_pending(hr_store *store, pending **out) {
    *out = store->slots[HR_SLOT_TALLIES].data;
    if (*out)
        return HR_OK;
    *out = malloc(sizeof **out); /* pages that are not touched cost nothing */
    if (!*out)
        return hr_fail_memory(&store->err);
    (*out)->count = 0;
    (*out)->always = NULL;
    (*out)->area = 0;
    store->slots[HR_SLOT_TALLIES] = (hr_slot_value){.data = *out, .release = release, .flush = flush};
    return HR_OK;
}

/* Sets the area of the next changes, and makes room for those without a date. */
static hr_status find_area(hr_store *store, pending *p, hr_area area) {
    hr_areas *areas;
    hr_status status = hr_areas_get(store, &areas);
    ptrdiff_t index = status == HR_OK ? hr_areas_index(areas, area) : -1;
    if (status != HR_OK)
        return status;
    if (index < 0)
        return fail_damaged(store);
    if (!p->always && !(p->always = calloc(areas->count * T_SLOTS, sizeof *p->always)))
        return hr_fail_memory(&store->err);
    p->area = area;
    p->index = index;
    return HR_OK;
}

hr_status hr_tally_change(hr_store *store, hr_area area, int slot, hr_date date, int64_t delta) {
    pending *p;
    hr_status status = get_pending(store, &p);
    if (status == HR_OK && p->count + 32 > PENDING)
        status = flush(store, p);
    if (status == HR_OK && area != p->area)
        status = find_area(store, p, area);
    if (status != HR_OK || date >= HR_FOREVER)
        return status;
    if (date)
        p->count += put_sum(p->keys + p->count, key_of((size_t)p->index, slot, date), delta);
    else
        p->always[p->index * T_SLOTS + slot] += delta;
    return HR_OK;
}

/* ---- reading ---- */

hr_status hr_tally_read(hr_store *store, hr_area area, hr_date as_of, int64_t out[T_SLOTS]) {
    unsigned year = (unsigned)(as_of / 10000);
    unsigned day = (unsigned)(as_of / 100 % 100 * 32 + as_of % 100);
    int64_t first = area * 10000;
    /* At the end of a year its net is all there is to know. */
    bool whole_year = as_of % 10000 == 1231;
    hr_status status = HR_OK;
    memset(out, 0, T_SLOTS * sizeof *out);
    sqlite3_stmt *rows = hr_db_statement(store, "SELECT net FROM main.tally_year WHERE place >= ?1 AND place < ?2");
    sqlite3_stmt *row = hr_db_statement(store, "SELECT days FROM main.tally_day WHERE place = ?1");
    if (!rows || !row)
        return store->err.status;
    sqlite3_bind_int64(rows, 1, first);
    sqlite3_bind_int64(rows, 2, first + year + whole_year);
    while (status == HR_OK && (status = hr_db_row(store, rows)) == HR_OK)
        if (!add_net(sqlite3_column_blob(rows, 0), sqlite3_column_bytes(rows, 0), out))
            status = fail_damaged(store);
    sqlite3_reset(rows);
    if (status != HR_END || whole_year)
        return status == HR_END ? HR_OK : status;
    sqlite3_bind_int64(row, 1, first + year);
    status = hr_db_row(store, row);
    if (status == HR_OK) {
        day_reader days = {.at = sqlite3_column_blob(row, 0)};
        days.end = days.at + sqlite3_column_bytes(row, 0);
        while (next_day(&days) && days.index < (uint64_t)(day + 1) << SLOT_BITS)
            out[days.index & T_SLOTS_MASK] += days.value;
        if (days.damaged)
            status = fail_damaged(store);
    }
    sqlite3_reset(row);
    return status == HR_END ? HR_OK : status;
}

typedef struct steps {
    hr_status status;
    hr_store *store;
    hr_tally tally;
    hr_tally_step *at;
    size_t count, room;
} steps;

static void keep_step(steps *s, hr_date date, int64_t delta) {
    if (s->status != HR_OK || delta == 0)
        return;
    if (s->count == s->room) {
        size_t room = s->room ? 2 * s->room : 64;
        hr_tally_step *grown = realloc(s->at, room * sizeof *grown);
        if (!grown) {
            s->status = hr_fail_memory(&s->store->err);
            return;
        }
        s->at = grown;
        s->room = room;
    }
    s->at[s->count++] = (hr_tally_step){date, delta};
}

/* Calls `each` for every change in one row of days; false when it is damaged. */
static bool each_day(const unsigned char *bytes, int size, hr_area area, unsigned year, hr_tally_fn each,
                     void *context) {
    day_reader days = {.at = bytes, .end = bytes + size};
    while (next_day(&days)) {
        unsigned day = (unsigned)(days.index >> SLOT_BITS);
        each(context, area, (int)(days.index & T_SLOTS_MASK), (hr_date)(year * 10000 + (day >> 5) * 100 + (day & 31)),
             days.value);
    }
    return !days.damaged;
}

static void keep_matching(void *context, hr_area area, int slot, hr_date date, int64_t delta) {
    steps *s = context;
    (void)area;
    if (slot == (int)s->tally)
        keep_step(s, date, delta);
}

hr_status hr_tally_walk_of(hr_store *store, hr_area area, hr_tally_fn each, void *context) {
    int64_t always[T_SLOTS] = {0};
    hr_status status = read_net(store, area * 10000, always);
    sqlite3_stmt *rows = hr_db_statement(store, "SELECT place, days FROM main.tally_day\n"
                                                "WHERE place > ?1 AND place < ?2\n"
                                                "ORDER BY place");
    if (status == HR_OK && !rows)
        status = store->err.status;
    if (status != HR_OK)
        return status;
    for (int slot = 0; slot < T_SLOTS; slot++)
        if (always[slot])
            each(context, area, slot, 0, always[slot]);
    sqlite3_bind_int64(rows, 1, area * 10000);
    sqlite3_bind_int64(rows, 2, area * 10000 + 10000);
    while (status == HR_OK && (status = hr_db_row(store, rows)) == HR_OK)
        if (!each_day(sqlite3_column_blob(rows, 1), sqlite3_column_bytes(rows, 1), area,
                      (unsigned)(sqlite3_column_int64(rows, 0) % 10000), each, context))
            status = fail_damaged(store);
    sqlite3_reset(rows);
    return status == HR_END ? HR_OK : status;
}

hr_status hr_tally_steps(hr_store *store, hr_area area, hr_tally tally, hr_tally_step **out, size_t *count) {
    steps s = {.status = HR_OK, .store = store, .tally = tally};
    hr_status status = hr_tally_walk_of(store, area, keep_matching, &s);
    if (status == HR_OK)
        status = s.status;
    if (status != HR_OK) {
        free(s.at);
        return status;
    }
    *out = s.at;
    *count = s.count;
    return HR_OK;
}

/* ---- walking ---- */

typedef struct walk {
    hr_tally_fn each;
    void *context;
    int64_t net[T_SLOTS]; /* of the year less its days: ends at nothing */
} walk;

static void walk_day(void *context, hr_area area, int slot, hr_date date, int64_t delta) {
    walk *w = context;
    w->net[slot] -= delta;
    w->each(w->context, area, slot, date, delta);
}

static void walk_year(walk *w, int64_t place, const unsigned char *net, int net_size, const unsigned char *days,
                      int days_size) {
    hr_area area = place / 10000;
    unsigned year = (unsigned)(place % 10000);
    memset(w->net, 0, sizeof w->net);
    bool good = add_net(net, net_size, w->net);
    if (year == 0) {
        for (int slot = 0; slot < T_SLOTS; slot++)
            if (w->net[slot])
                w->each(w->context, area, slot, 0, w->net[slot]);
        memset(w->net, 0, sizeof w->net);
    } else {
        good = each_day(days, days_size, area, year, walk_day, w) && good;
    }
    for (int slot = 0; slot < T_SLOTS; slot++)
        good = good && w->net[slot] == 0;
    if (!good)
        w->each(w->context, area, -1, (hr_date)(year * 10000), 0);
}

hr_status hr_tally_walk(hr_store *store, hr_tally_fn each, void *context) {
    walk w = {.each = each, .context = context};
    sqlite3_stmt *rows = hr_db_statement(store, "SELECT coalesce(y.place, d.place), y.net, d.days\n"
                                                "FROM main.tally_year AS y\n"
                                                "FULL JOIN main.tally_day AS d ON d.place = y.place");
    hr_status status;
    if (!rows)
        return store->err.status;
    while ((status = hr_db_row(store, rows)) == HR_OK)
        walk_year(&w, sqlite3_column_int64(rows, 0), sqlite3_column_blob(rows, 1), sqlite3_column_bytes(rows, 1),
                  sqlite3_column_blob(rows, 2), sqlite3_column_bytes(rows, 2));
    sqlite3_reset(rows);
    return status == HR_END ? HR_OK : status;
}
