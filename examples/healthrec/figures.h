/* What rates and trend have in common. */
#ifndef TOOL_FIGURES_H
#define TOOL_FIGURES_H

#include "healthrec.h"
#include <stddef.h>

/* The columns of hr_rates, and the further one of hr_trend. */
enum {
    R_AREA,
    R_AREA_NAME,
    R_TIER,
    R_INDICATOR,
    R_NUMERATOR,
    R_DENOMINATOR,
    R_RATE,
    R_SOURCE,
    R_TARGET,
    R_DUE,
    R_MET,
    R_SHORTFALL,
    R_PARTIAL,
    R_AS_OF
};

/* "110105 朝阳区 (district)" of the row's area. */
char *figures_area(hr_cursor *row, char *out, size_t size);
/* Writes as known when; nothing when `known_at` is NULL. */
void figures_known(const char *known_at);
/* The JSON members before the rows, for free(); `as_of` NULL: none. NULL: no memory. */
char *figures_head(const char *as_of, const char *known_at);

#endif
