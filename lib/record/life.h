/* A resident's life as the log tells it: all entries about him, which of them stand, and what they amount to.
 *
 *   - An entry that was amended or withdrawn no longer stands; the one that amends it stands in its place.
 *   - The resident's own fields are folded first, in the order in which they were said (hr_origin_compare: the same in
 *     every copy of the store that has the entries); then entries of care in the order of their days, so that a file
 * that was typed in late folds as one that was kept from day to day. What two copies said in the same words is one.
 *   - What was said of residents who were found to be the same person comes before what was said of him, so that his
 *     own fields prevail and theirs fill the gaps.
 *   - An entry that contradicts what is known has no other effect than that there is such an entry. Putting one is
 *     refused; who insists on it has it listed by hr_check. */
#ifndef HR_RECORD_LIFE_H
#define HR_RECORD_LIFE_H

#include "record/entry.h"
#include "record/resident.h"
#include "store/store.h"

typedef struct hr_life_entry {
    int64_t seq, subject;
    hr_origin origin;
    int64_t recorded;            /* by the clock of where it was first said, and */
    char author[HR_AUTHOR_SIZE]; /* by whom */
    size_t rank;  /* its place among all of the life in the order in which they were said, wherever that was */
    int64_t root; /* the entry in whose place it stands; its own seq if in none */
    size_t root_rank;
    int64_t amended_by; /* 0: it stands */
    int depth;          /* 0: said of him; else of somebody unified with him */
    const hr_form *form;
    hr_remark remark;
    hr_date date; /* of care: its day */
    char *body;   /* the form's fields, packed */
    size_t size;
} hr_life_entry;

typedef struct hr_life {
    int64_t id, latest; /* latest: his newest entry */
    size_t count;
    hr_life_entry *at; /* by depth, the deepest first, then by rank */
} hr_life;

/* Entries up to `known` (INT64_MAX: all). HR_NOT_FOUND when there is no such resident by then; HR_DAMAGED when an entry
 * is missing or makes no sense. */
hr_status hr_life_load(hr_store *store, int64_t id, int64_t known, hr_life *out);
void hr_life_free(hr_life *life); /* what it holds */
/* As if this entry about `subject`, who is in the life, had been appended with the log's next seq. Unifying brings the
 * other's life in, withdrawing that takes it out. */
hr_status hr_life_append(hr_store *store, hr_life *life, int64_t subject, const hr_record *row,
                         const hr_remark *remark);

/* What the entries amount to, for hr_resident_release: all of them, those about himself alone, or only what was said of
 * fields (not of care). `found` (may be NULL) sees each standing entry that contradicts the others, with the reason. */
typedef void (*hr_problem_fn)(void *context, const hr_life_entry *entry, const char *reason);
typedef enum hr_life_part { HR_LIFE_ALL, HR_LIFE_OWN, HR_LIFE_SAID } hr_life_part;
hr_status hr_life_fold(hr_store *store, const hr_life *life, hr_life_part part, hr_resident *out, hr_problem_fn found,
                       void *context);
/* The entry that has this seq, or NULL. */
const hr_life_entry *hr_life_entry_at(const hr_life *life, int64_t seq);
bool hr_life_stands(const hr_life_entry *entry);
/* An entry that says exactly this, or NULL; it may have been amended since. */
const hr_life_entry *hr_life_same(const hr_life *life, const hr_record *row);

/* The other resident of an entry that unifies. */
hr_status hr_life_absorbed(hr_store *store, const hr_life_entry *entry, int64_t *out);
/* Who a resident is counted as: himself, or the one he was unified with. */
hr_status hr_life_root(hr_store *store, int64_t id, int64_t *root);
/* With whom alone he was unified, 0: nobody; whether anybody was unified with him. */
hr_status hr_life_parent(hr_store *store, int64_t id, int64_t *parent);
hr_status hr_life_united(hr_store *store, int64_t id, bool *out);

#endif
