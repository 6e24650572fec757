/* The registers as the log tells them up to an entry: for figures as they were known then, and for verification. */
#ifndef HR_RECORD_SNAPSHOT_H
#define HR_RECORD_SNAPSHOT_H

#include "record/registers.h"

typedef struct hr_registers hr_registers;

hr_status hr_registers_new(hr_err *err, hr_registers **out); /* empty ones */
/* As they were known at the entry `seq`. */
hr_status hr_registers_known(hr_store *store, int64_t seq, hr_registers **out);
void hr_registers_free(hr_registers *registers); /* NULL allowed */
/* Folds one entry of a register. HR_INVALID when it makes no sense. */
hr_status hr_registers_fold(hr_err *err, hr_registers *registers, const hr_form *form, const char *body, size_t size);
/* Calls `each` with every row of a register by its key; `registers` NULL: as they are now. */
hr_status hr_registers_walk(hr_store *store, const hr_registers *registers, const hr_form *form, hr_register_fn each,
                            void *context);
/* Takes out the row that `row` identifies. Whether it was there and the same. */
bool hr_registers_take(hr_registers *registers, const hr_record *row);
/* How many rows of a form are left. */
size_t hr_registers_count(const hr_registers *registers, const hr_form *form);

#endif
