/* Figures as they were known: by the entries that had been recorded up to a moment. Tallies are kept for what is known
 * now; what residents were counted as then is that, less what those about whom more was said since count as now, plus
 * what they counted as then. What is about places is worked out from the registers as they were. */
#ifndef HR_INDICATOR_ASKNOWN_H
#define HR_INDICATOR_ASKNOWN_H

#include "indicator/definitions.h"
#include "indicator/spans.h"

/* The newest entry that had been recorded by the end of what `text` names: a time (local, or with Z or an offset), a
 * day, or # and the number of an entry. HR_INVALID for anything else, and for a time before the store was made. */
hr_status hr_known_parse(hr_store *store, const char *text, int64_t *seq);

typedef struct hr_asknown hr_asknown;
hr_status hr_asknown_new(hr_store *store, int64_t seq, hr_asknown **out);
void hr_asknown_free(hr_asknown *known); /* NULL allowed */
const hr_registers *hr_asknown_registers(const hr_asknown *known);
/* The tallies of an area and its official population figures (by column of the population form, -1: none) at the end of
 * a whole day. */
hr_status hr_asknown_read(hr_asknown *known, hr_area area, hr_date as_of, int64_t tally[T_SLOTS],
                          int64_t official[P_COUNT]);

#endif
