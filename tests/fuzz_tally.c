/* The bytes that tallies are kept in, and the sorting that makes them. The readers are tally.c's own, so the file is
 * included; its functions here take the place of the library's.
 *
 * A row may say anything: what is read of it must be days of a year and tallies that exist, in ascending order, and
 * whatever is wrong must be found. What was read and is packed again must be read as the same. Keys must come out
 * sorted as the C library sorts them, and lose nothing when they become a parent area's. */
#include "fuzz.h"
#include "indicator/tally.c" /* NOLINT(bugprone-suspicious-include) */

enum { AREA = 11, YEAR = 2003 };

typedef struct seen {
    size_t count;
    unsigned before; /* month, day and slot of the one before, as one number */
    unsigned char packed[1 << 16], *at;
} seen;

static void see(void *context, hr_area area, int slot, hr_date date, int64_t delta) {
    seen *s = context;
    must(area == AREA && slot >= 0 && slot < T_SLOTS);
    must(date / 10000 == YEAR && date / 100 % 100 <= 12 && date % 100 <= 31);
    unsigned index = (unsigned)(date / 100 % 100 * 32 + date % 100) << SLOT_BITS | (unsigned)slot;
    must(s->count == 0 || index > s->before);
    if ((size_t)(s->packed + sizeof s->packed - s->at) >= 20)
        s->at = put_varint(put_varint(s->at, index - (s->count ? s->before : 0)), zigzag(delta));
    s->before = index;
    s->count++;
}

static void try_days(const uint8_t *data, int size) {
    static seen first, second;
    first.count = second.count = 0;
    first.at = first.packed;
    second.at = second.packed;
    if (!each_day(data, size, AREA, YEAR, see, &first))
        return;
    ptrdiff_t length = first.at - first.packed;
    must(each_day(first.packed, (int)length, AREA, YEAR, see, &second));
    must(second.count == first.count && second.at - second.packed == length);
    must(memcmp(first.packed, second.packed, (size_t)length) == 0);
}

static void try_net(const uint8_t *data, int size) {
    int64_t net[T_SLOTS] = {0}, again[T_SLOTS] = {0};
    unsigned char packed[T_SLOTS * 16];
    if (!add_net(data, size, net))
        return;
    must(add_net(packed, (int)pack_net(net, packed), again));
    must(memcmp(net, again, sizeof net) == 0);
}

static void ignore(void *context, hr_area area, int slot, hr_date date, int64_t delta) {
    (void)context;
    (void)delta;
    must(area == AREA && slot >= -1 && slot < T_SLOTS && (date == 0 || date / 10000 == YEAR));
}

/* A year's net and its days are two halves of the input. */
static void try_walk(const uint8_t *data, int size, unsigned year) {
    walk w = {.each = ignore};
    int half = size / 2;
    walk_year(&w, AREA * 10000 + (int64_t)year, data, half, data + half, size - half);
}

static int by_value(const void *a, const void *b) {
    uint64_t x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
}

/* As qsort does. */
static void try_sorting(const uint8_t *data, size_t size) {
    size_t count = size / sizeof(uint64_t), bytes = count * sizeof(uint64_t);
    uint64_t *keys = exactly(bytes), *expected = exactly(bytes);
    memcpy(keys, data, bytes);
    memcpy(expected, data, bytes);
    hr_sort_keys(keys, count);
    qsort(expected, count, sizeof *expected, by_value);
    must(memcmp(keys, expected, bytes) == 0);
    free(keys);
    free(expected);
}

/* ---- changes on their way up ---- */

enum { PLACES = 4, MOST = 100000000 /* of a population figure */, CHANGE = 7 };

static const hr_date dates[PLACES] = {0, 20030315, 20030316, 20041231};

/* Where a change counts, by its key without the area. */
static size_t place_in(uint64_t key) {
    size_t i = 0;
    while (i < PLACES && key_of(0, (int)i, dates[i]) != (key & 0x3fffffc0))
        i++;
    must(i < PLACES);
    return i;
}

/* Changes of a city's two districts: all become the city's and none is lost, however many there are of one kind. Seven
 * bytes say one: which district, where, how often, how much. */
static void try_rising(const uint8_t *data, size_t size) {
    static pending p;
    static hr_area codes[] = {11, 1101, 1102};
    static uint32_t table[] = {1, 1}; /* only the city is looked up */
    const hr_areas areas = {.count = 3, .codes = codes, .table = table, .table_size = 2};
    int64_t before[PLACES] = {0}, after[PLACES] = {0};
    p.count = 0;
    for (; size >= CHANGE && p.count < PENDING / 2; data += CHANGE, size -= CHANGE) {
        size_t place = data[1] % PLACES;
        int64_t delta =
            (int64_t)((uint32_t)data[3] | (uint32_t)data[4] << 8 | (uint32_t)data[5] << 16 | (uint32_t)data[6] << 24) %
            MOST;
        for (int repeat = 0; repeat <= data[2] % 64; repeat++) {
            p.count += put_sum(p.keys + p.count, key_of(1 + data[0] % 2, (int)place, dates[place]), delta);
            before[place] += delta;
        }
    }
    hr_sort_keys(p.keys, p.count);
    rise(&p, &areas);
    for (size_t i = 0; i < p.count; i++) {
        must(key_area(p.keys[i]) == 0);
        after[place_in(p.keys[i])] += key_delta(p.keys[i]);
    }
    must(memcmp(before, after, sizeof before) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    uint8_t *bytes = exactly(size);
    memcpy(bytes, data, size);
    try_days(bytes, (int)size);
    try_net(bytes, (int)size);
    try_walk(bytes, (int)size, YEAR);
    try_walk(bytes, (int)size, 0);
    try_sorting(bytes, size);
    try_rising(bytes, size);
    free(bytes);
    return 0;
}
