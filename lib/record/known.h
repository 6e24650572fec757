/* Who is known by which number: ID numbers and health file numbers, each of which is one resident's. */
#ifndef HR_RECORD_KNOWN_H
#define HR_RECORD_KNOWN_H

#include "store/store.h"

typedef enum hr_known_kind { HR_KNOWN_ID_NUMBER = 0, HR_KNOWN_FILE_NUMBER = 1, HR_KNOWN_NUMBERS } hr_known_kind;

/* Whose number it is; 0: nobody's. */
hr_status hr_known_find(hr_store *store, hr_known_kind kind, int64_t number, int64_t *resident);
/* Within the open transaction: a number that is nobody's becomes a resident's, or a resident's becomes nobody's. */
hr_status hr_known_add(hr_store *store, hr_known_kind kind, int64_t number, int64_t resident);
hr_status hr_known_remove(hr_store *store, hr_known_kind kind, int64_t number);
/* False when surely nobody without an ID number has this fingerprint (hr_resident_person). */
bool hr_known_person_possible(const hr_store *store, int64_t print);
/* To be told when somebody gets one. */
void hr_known_person_added(hr_store *store, int64_t print);
/* The number, or the person's fingerprint, will be looked for soon. */
void hr_known_prefetch(const hr_store *store, hr_known_kind kind, int64_t number);
void hr_known_prefetch_person(const hr_store *store, int64_t print);
/* About so many residents are going to be looked up or added; finding those who are new becomes cheap. */
hr_status hr_known_expect(hr_store *store, uint64_t residents);
/* Walks what is stored, for verification. */
hr_status hr_known_walk(hr_store *store,
                        void (*each)(void *context, hr_known_kind kind, int64_t number, int64_t resident),
                        void *context);

#endif
