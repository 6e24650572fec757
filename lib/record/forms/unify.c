/* Two residents of the store are one person: what is said of the one counts as said of the other. An entry like any
 * other, of the one that remains; withdrawing it makes them two again. */
#include "record/form.h"

static const hr_field fields[U_COUNT] = {
    [U_ABSORBED] = {"absorbed", "absorbed", "并入居民", "", HR_FIELD_COUNT, .counts = true, .required = true,
                    .least = 1, .most = INT64_C(99999999999),
                    .meaning_en = "number of the resident who is the same person",
                    .meaning_zh = "实为同一人的居民编号"},
};

const hr_form hr_form_unify = {.kind = "unify",
                               .plural = "unify",
                               .en = "same person",
                               .zh = "合并为同一人",
                               .about = HR_ABOUT_UNITY,
                               .fields = fields,
                               .count = U_COUNT};
