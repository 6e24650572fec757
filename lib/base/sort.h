/* Sorting of 64-bit keys: the bulk builders pack what they collect into integers whose order is the table's order. */
#ifndef HR_BASE_SORT_H
#define HR_BASE_SORT_H

#include <stddef.h>
#include <stdint.h>

/* Sorts `count` keys ascending, in place and in linear time. */
void hr_sort_keys(uint64_t *keys, size_t count);

#endif
