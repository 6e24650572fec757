/* Subjects in facts.db: what is counted about each resident. */
#ifndef HR_INDICATOR_SUBJECTS_H
#define HR_INDICATOR_SUBJECTS_H

#include "indicator/spans.h"
#include "store/store.h"

/* `before` is NULL when he is new. */
hr_status hr_subject_write(hr_store *store, int64_t id, const hr_subject *before, const hr_subject *after);
/* He is no longer counted by himself. */
hr_status hr_subject_remove(hr_store *store, int64_t id);
/* Reads one; `past` is for free(), NULL when there is none. HR_END when there is no such subject. */
hr_status hr_subject_read(hr_store *store, int64_t id, hr_subject *out, hr_past **past);
/* Walks subjects within an area (0: all) in the order of their numbers; `past` lives until `each` returns. */
typedef hr_status (*hr_subject_fn)(void *context, int64_t id, const hr_subject *subject);
hr_status hr_subject_walk(hr_store *store, hr_subject_fn each, void *context);
bool hr_subject_same(const hr_subject *a, const hr_subject *b);
void hr_subject_hash(const hr_subject *subject, hr_hash *hash); /* takes it in */

#endif
