/* A resident, and how entries fold into him. Pure: no SQL, no clock but the date it is given. */
#ifndef HR_RECORD_RESIDENT_H
#define HR_RECORD_RESIDENT_H

#include "record/form.h"

/* What counts for earlier dates than the newest: a residence, home-bed episode or outcome that a later one has ended;
 * and the first day in each year on which there was an entry of care, and an examination. */
typedef enum hr_past_kind {
    HR_PAST_RESIDENCE = 1,
    HR_PAST_HOME_BED = 2,
    HR_PAST_OUTCOME = 3,
    HR_PAST_USE = 4,
    HR_PAST_EXAM = 5
} hr_past_kind;
typedef struct hr_past {
    hr_past_kind kind;
    int64_t value;    /* residence: area; outcome: which */
    hr_date from, to; /* as stated, parts may be unknown; to is of residences and episodes */
} hr_past;

typedef struct hr_resident {
    hr_record now;
    hr_past *past;
    size_t past_count;
} hr_resident;

void hr_resident_clear(hr_resident *resident);   /* an empty resident; frees nothing */
void hr_resident_release(hr_resident *resident); /* frees what it holds */
hr_status hr_resident_copy(hr_err *err, hr_resident *to, const hr_resident *from);
hr_status hr_past_push(hr_err *err, hr_resident *resident, hr_past past);
/* Whether any entry of care counts in what is known. */
bool hr_resident_in_care(const hr_resident *resident);

/* A fingerprint of name, sex and birth date; never 0. */
int64_t hr_person_print(const hr_record *row);
/* The fingerprint by which a resident without an ID number is recognised; 0 for one who has a number, or no name. */
int64_t hr_resident_person(const hr_record *now);
bool hr_past_same(const hr_past *a, size_t a_count, const hr_past *b, size_t b_count);

/* Completes what the ID number and the disability certificate say: birth date, sex, kind, grade. HR_INVALID when a
 * given field contradicts them. */
hr_status hr_resident_complete(hr_err *err, hr_record *row);
/* Narrows `patch` to what an entry has to say about `known`: a field stays when it differs; fields of one event (a
 * residence, an episode, an outcome) stay or go together, because folding reads them together. */
void hr_resident_narrow(hr_record *patch, const hr_record *known, uint64_t again);
/* Applies an entry's fields (see hr_put for the rules of moves, episodes and outcomes). HR_INVALID when it contradicts
 * an earlier residence or episode; the resident is then unchanged. */
hr_status hr_resident_fold(hr_err *err, hr_resident *resident, const hr_record *patch);
/* What must hold of a resident as a whole: required fields, no date after `today`, nothing before its cause. */
hr_status hr_resident_validate(hr_err *err, const hr_resident *resident, hr_date today);

/* What is past, as kept in chart.resident: a JSON array, NULL when there is nothing; for free(). */
hr_status hr_past_to_json(hr_err *err, const hr_resident *resident, char **out);
/* A resident from his fields as hr_record_pack wrote them (chart.resident, or the entry that registered him) and what
 * is past. */
hr_status hr_resident_from_state(hr_err *err, hr_resident *resident, const char *state, size_t size, const char *past);
bool hr_resident_same(const hr_resident *a, const hr_resident *b);

#endif
