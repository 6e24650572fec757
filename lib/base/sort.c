/* Most-significant-byte radix sort in place: keys are swapped into the buckets of their first byte that differs, then
 * each bucket is sorted by the next. qsort took six times as long on a million keys and was a fifth of an import; a
 * sort by the least significant byte is as fast, but needs the memory twice. */
#include "base/sort.h"

enum { FEW = 48 };

static void sort_few(uint64_t *keys, size_t count) {
    for (size_t i = 1; i < count; i++) {
        uint64_t key = keys[i];
        size_t j = i;
        for (; j > 0 && keys[j - 1] > key; j--)
            keys[j] = keys[j - 1];
        keys[j] = key;
    }
}

/* The highest byte, as a shift, in which any two keys differ; -1: none. */
static int first_difference(const uint64_t *keys, size_t count) {
    uint64_t differs = 0;
    for (size_t i = 1; i < count; i++)
        differs |= keys[i] ^ keys[0];
    return differs ? (63 - __builtin_clzll(differs)) / 8 * 8 : -1;
}

static void distribute(uint64_t *keys, size_t count, int shift, size_t end[256]) {
    size_t next[256], sum = 0;
    for (int b = 0; b < 256; b++)
        end[b] = 0;
    for (size_t i = 0; i < count; i++)
        end[keys[i] >> shift & 255]++;
    for (int b = 0; b < 256; b++) {
        next[b] = sum;
        sum = end[b] += sum;
    }
    for (unsigned b = 0; b < 256; b++)
        while (next[b] < end[b]) {
            uint64_t key = keys[next[b]];
            unsigned to = key >> shift & 255;
            while (to != b) { /* follow the chain of keys that stand in one another's places */
                uint64_t other = keys[next[to]];
                keys[next[to]++] = key;
                key = other;
                to = key >> shift & 255;
            }
            keys[next[b]++] = key;
        }
}

void hr_sort_keys(uint64_t *keys, size_t count) {
    size_t end[256];
    if (count <= FEW) {
        sort_few(keys, count);
        return;
    }
    int shift = first_difference(keys, count);
    if (shift < 0)
        return;
    distribute(keys, count, shift, end);
    for (int b = 0; b < 256 && shift > 0; b++) { /* each has one byte less to differ in, so this ends */
        size_t begin = b ? end[b - 1] : 0;
        if (end[b] - begin > 1)
            hr_sort_keys(keys + begin, end[b] - begin);
    }
}
