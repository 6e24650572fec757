/* The indicators: what each divides by what, and its target. Built-in ones in the order of the plan, one row each; then
 * those that a store's register adds, which may also set the targets of the others. */
#ifndef HR_INDICATOR_DEFINITIONS_H
#define HR_INDICATOR_DEFINITIONS_H

#include "indicator/hide.h"
#include "indicator/spans.h"
#include "record/snapshot.h"

typedef enum hr_set { HR_SET_PLAN, HR_SET_NATIONAL, HR_SET_OWN } hr_set;
const char *hr_set_name(hr_set set);

typedef struct hr_indicator {
    const char *code, *en, *zh;
    hr_tally numerator, denominator;
    int official;       /* the population figure that replaces the register's denominator; -1: none */
    bool committees;    /* its denominator is summed over committees, official or register each */
    bool not_committee; /* has no row at committee tier */
    int target;         /* per mille; 0: none */
    hr_date due;
    hr_set set;
    int seconds;        /* call_response: in time; 0: HR_CALL_SECONDS */
    const char *source; /* as registered; NULL or "": the set's */
} hr_indicator;
enum { HR_CALL_SECONDS = 60 };

typedef struct hr_definitions {
    size_t count;
    hr_indicator *at;
    char **own; /* texts of what was registered, by index; NULL: none */
} hr_definitions;
hr_status hr_definitions_load(hr_store *store, const hr_registers *registers, hr_definitions *out);
void hr_definitions_free(hr_definitions *definitions);
/* Index, or -1. */
int hr_definition_named(const hr_definitions *definitions, const char *code, size_t length);
/* Within how many seconds an emergency call is answered in time. */
int64_t hr_definitions_seconds(const hr_definitions *definitions);
/* What hr_tallies calls a tally; and the tally of that name, or -1. */
const char *hr_tally_name(hr_tally tally);
int hr_tally_named(const char *name);
/* Whether a row of the register of indicators makes sense. */
hr_status hr_definition_check(hr_store *store, const hr_record *row);

/* Indexes, ascending, of those asked for by `codes` (parted by commas), else those of `set` (NULL: the plan).
 * HR_INVALID when there is no such code or set. `which` is for free() in any case. */
hr_status hr_indicators_choose(hr_store *store, const hr_definitions *definitions, const char *set, const char *codes,
                               int **which, size_t *count);
/* Which tallies count persons, and how they lie to one another (indicator/hide.h). */
extern const hr_guard hr_guards[];
extern const size_t hr_guards_count;

/* For each column of the population form, the newest figure stated for the area up to the year; -1: none. */
hr_status hr_official_read(hr_store *store, hr_area area, int year, int64_t official[P_COUNT]);
/* The tier that figures are asked for; NONE when `text` is NULL. HR_INVALID when there is no such tier. */
hr_status hr_by(hr_store *store, const char *text, hr_tier *out);
/* The area that figures are asked for: the store's when `text` is NULL. HR_NOT_FOUND when it is not in the register. */
hr_status hr_within(hr_store *store, const char *text, hr_area *out);
/* The day that figures are asked for: today when 0. HR_INVALID unless it is a whole date. */
hr_status hr_as_of(hr_store *store, int32_t given, hr_date *out);

#endif
