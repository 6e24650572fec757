/* Rosters as records: a file's header matched with a form's columns, and every row parsed. Reading and parsing go on in
 * a thread of their own while the caller stores what was read, because a station's PC has two processors and each of
 * the two takes about half of an import. */
#ifndef HR_EXCHANGE_ROSTER_H
#define HR_EXCHANGE_ROSTER_H

#include "record/draft.h"

typedef struct hr_roster hr_roster;

typedef struct hr_roster_row {
    uint64_t line;      /* on which the row began, from 1 */
    bool refused;       /* it breaks a rule; `reason` says which */
    hr_record *record;  /* what it says; the caller may change it */
    hr_draft *draft;    /* of a resident's row; else NULL */
    hr_record *person;  /* of a row of care: the resident's fields that say whom it is about; else NULL */
    int64_t resident;   /* and his number in this store, if that is given */
    const char *reason; /* names column, problem and remedy; "" unless refused */
    const char *raw;    /* the row as it was written, in UTF-8 */
    size_t raw_length;
} hr_roster_row;

/* Opens a roster and reads its header. `kind` NULL: told from the header; `encoding` as of hr_import_options.
 * HR_NOT_FOUND, HR_SYSTEM; HR_INVALID for anything that is no roster. */
hr_status hr_roster_open(hr_err *err, const char *file, const char *kind, const char *encoding, hr_roster **out);
/* The next row, good until the next call; HR_END after the last. HR_INVALID when the file cannot be read any further.
 */
hr_status hr_roster_next(hr_roster *roster, hr_err *err, hr_roster_row **row);
/* A row that will come `ahead` rows later, if it is there already; else NULL. Only its record and draft may be looked
 * at. */
const hr_roster_row *hr_roster_peek(const hr_roster *roster, size_t ahead);
/* NULL allowed. Stops reading if it is not done. */
void hr_roster_close(hr_roster *roster);

const hr_form *hr_roster_form(const hr_roster *roster);
const char *hr_roster_encoding(const hr_roster *roster);
const char *hr_roster_ignored(const hr_roster *roster); /* headings that are no known column, parted by ", " */
const hr_roster_row *hr_roster_header(const hr_roster *roster);
/* Bytes of the file that have been read, and its size. */
void hr_roster_progress(const hr_roster *roster, uint64_t *done, uint64_t *total);

#endif
