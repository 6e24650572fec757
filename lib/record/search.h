/* The search index: grams of names, of pinyin initials, of phone numbers and of call devices, each with the residents
 * that have it. */
#ifndef HR_RECORD_SEARCH_H
#define HR_RECORD_SEARCH_H

#include "record/resident.h"
#include "store/store.h"

enum { HR_GRAMS_MAX = 512 };
/* The grams of a resident's name, phone and call device, ascending, each once. */
hr_status hr_grams_of(hr_text *text, hr_err *err, const hr_record *now, uint64_t grams[HR_GRAMS_MAX], size_t *count);
hr_status hr_search_add(hr_store *store, int64_t id, const uint64_t *grams, size_t count);
hr_status hr_search_change(hr_store *store, int64_t id, const hr_record *before, const hr_record *after);
/* Writes what is collected in memory. Called before each commit. */
hr_status hr_search_flush(hr_store *store);

/* Ids of residents who may match `text` (normalised), ascending, for free(); each is to be compared with
 * hr_search_match. */
hr_status hr_search_candidates(hr_store *store, const char *text, int64_t **ids, size_t *count);
/* The same of residents who may have this call device; each is to be compared with hr_device_same. */
hr_status hr_search_devices(hr_store *store, const char *device, int64_t **ids, size_t *count);
/* Whether two numbers of call devices are the same but for hyphens, blanks and capitals. */
bool hr_device_same(const char *a, const char *b);
bool hr_search_match(hr_store *store, const char *text, const hr_record *now);

/* Walks the stored index, for verification. */
hr_status hr_search_walk(hr_store *store, void (*each)(void *context, uint64_t gram, int64_t id), void *context);

#endif
