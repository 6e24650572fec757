/* The indicators: what each divides by what, and its target. One row each, in the order of the plan. */
#ifndef HR_INDICATOR_DEFINITIONS_H
#define HR_INDICATOR_DEFINITIONS_H

#include "indicator/spans.h"
#include "store/store.h"

typedef struct hr_indicator {
    const char *code, *en, *zh;
    hr_tally numerator, denominator;
    const char *numerator_en, *numerator_zh, *denominator_en, *denominator_zh;
    int official;       /* the population figure that replaces the register's denominator; -1: none */
    bool committees;    /* its denominator is summed over committees, official or register each */
    bool not_committee; /* has no row at committee tier */
    int target;         /* per mille; 0: none */
    hr_date due;
} hr_indicator;

/* NULL past the last. */
const hr_indicator *hr_indicator_at(int index);
/* Index, or -1. */
int hr_indicator_named(const char *code, size_t length);
enum { HR_INDICATORS = 17 };

/* The area that figures are asked for: the store's when `text` is NULL. HR_NOT_FOUND when it is not in the register. */
hr_status hr_within(hr_store *store, const char *text, hr_area *out);
/* The day that figures are asked for: today when 0. HR_INVALID unless it is a whole date. */
hr_status hr_as_of(hr_store *store, int32_t given, hr_date *out);

#endif
