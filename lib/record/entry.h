/* What an entry's body holds besides its form's fields: which earlier entry it stands for, why, and whether somebody
 * insisted. Packed before the fields, in the same way, under marks that no field has. */
#ifndef HR_RECORD_ENTRY_H
#define HR_RECORD_ENTRY_H

#include "record/form.h"

enum { HR_WHY_SIZE = 513 };

typedef struct hr_remark {
    int64_t amends; /* seq of the entry that this one takes the place of; 0: none */
    bool withdrawn; /* and says nothing instead */
    bool forced;    /* accepted although it contradicts what was known */
    char why[HR_WHY_SIZE];
    uint64_t again; /* fields of a resident, a bit each, that are said although they are known; not packed */
} hr_remark;

enum { HR_BODY_SIZE = HR_PACKED_SIZE + HR_WHY_SIZE + 32 };
/* `remark` may be NULL. A NUL follows. Returns the length. */
size_t hr_body_pack(const hr_remark *remark, const hr_record *row, char out[HR_BODY_SIZE]);
/* Reads the remark (emptied when there is none) and gives where the form's fields begin. HR_INVALID as
 * hr_record_unpack. */
hr_status hr_remark_unpack(hr_err *err, hr_remark *remark, const char *bytes, size_t size, size_t *fields);
/* Both; `remark` may be NULL. */
hr_status hr_body_unpack(hr_err *err, hr_remark *remark, hr_record *row, const hr_form *form, const char *bytes,
                         size_t size);

#endif
