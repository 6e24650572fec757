/* The registers that rosters fill: every form about areas (HR_ABOUT_AREA). */
#ifndef HR_RECORD_REGISTERS_H
#define HR_RECORD_REGISTERS_H

#include "record/form.h"
#include "store/store.h"

/* Puts one row of an area, institution or population form within the open transaction: an entry in the log, and the
 * register's row. `before` is the register's row as it was (nothing given when new), `row` becomes what it is now. */
hr_status hr_register_put(hr_store *store, hr_record *row, hr_date today, hr_record *before, hr_change *change);
/* Keeps what a row amounts to, without saying anything. */
hr_status hr_register_keep(hr_store *store, const hr_record *row);
/* Folds an entry's fields into a register's row; what hr_verify does again. */
void hr_register_fold(hr_record *known, const hr_record *patch);
/* Reads a register's row by its key fields in `row`; nothing given when there is none. */
hr_status hr_register_get(hr_store *store, const hr_record *row, hr_record *out);
/* Calls `each` with every row of a register, in the order of its key. */
typedef hr_status (*hr_register_fn)(void *context, const hr_record *row);
hr_status hr_register_walk(hr_store *store, const hr_form *form, hr_register_fn each, void *context);
/* The same of rows whose first key field is the text `first`; not of areas, institutions or population figures. */
hr_status hr_register_walk_of(hr_store *store, const hr_form *form, const char *first, hr_register_fn each,
                              void *context);
/* What identifies a row, as text: its key fields parted by blanks. Returns `out`. */
enum { HR_REGISTER_KEY_SIZE = 160 };
char *hr_register_key(const hr_record *row, char out[HR_REGISTER_KEY_SIZE]);

#endif
