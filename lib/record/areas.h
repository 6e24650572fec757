/* The areas of a store, in memory: there are some thousands at most, and every resident's is checked. */
#ifndef HR_RECORD_AREAS_H
#define HR_RECORD_AREAS_H

#include "store/store.h"

/* Areas in the order of their codes as text, so that a parent stands right before what lies in it. */
typedef struct hr_areas {
    size_t count, room;
    hr_area *codes;
    char **names;
    uint32_t *table; /* open-addressed hash: index + 1, 0: empty */
    size_t table_size;
} hr_areas;

hr_status hr_areas_get(hr_store *store,
                       hr_areas **out); /* the handle's, until the transaction ends or an area is put */
/* Index of an area, or -1. */
ptrdiff_t hr_areas_index(const hr_areas *areas, hr_area code);
/* The half-open range of areas equal to or within `parent`. */
void hr_areas_range(const hr_areas *areas, hr_area parent, size_t *first, size_t *end);
const char *hr_areas_name(const hr_areas *areas, hr_area code); /* "" when unknown */
/* The register has a new area, or one has a new name: indexes of those behind it change. */
hr_status hr_areas_put(hr_store *store, hr_area code, const char *name);
/* HR_INVALID, naming the field and the remedy, unless `code` is in the register. */
hr_status hr_areas_need(hr_store *store, const char *label, hr_area code);

#endif
