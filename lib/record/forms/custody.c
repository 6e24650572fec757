/* What is done with a resident's file as a whole on his request: it is restricted (封存), released again, or erased
 * (删除). Entries of his own, of forms that no program types (record/custody.h says them). */
#include "record/form.h"

static const hr_field restrict_fields[CU_COUNT] = {
    [CU_WHY] = {"why", "reason", "原因", "", HR_FIELD_TEXT, .required = true, .size = 512,
                .meaning_en = "why the file is not shown any more", .meaning_zh = "封存档案的原因"},
};

static const hr_field release_fields[CU_COUNT] = {
    [CU_WHY] = {"why", "reason", "原因", "", HR_FIELD_TEXT, .required = true, .size = 512,
                .meaning_en = "why the file is shown again", .meaning_zh = "解除封存的原因"},
};

static const hr_field erase_fields[CE_COUNT] = {
    [CE_DIGEST] = {"digest", "digest", "摘要", "", HR_FIELD_TEXT, .required = true, .size = 64,
                   .meaning_en = "over what is left of the entries, in hexadecimal",
                   .meaning_zh = "各条记录所余内容的摘要，十六进制"},
    [CE_REDUCED] = {"reduced", "entries reduced", "删减的记录数", "", HR_FIELD_COUNT, .required = true, .least = 1,
                    .most = INT64_C(99999999999), .meaning_en = "how many entries only what is counted is left of",
                    .meaning_zh = "只保留计数内容的记录条数"},
};

#define CUSTODY(name, en_, zh_)                                                                                        \
    const hr_form hr_form_##name = {.kind = #name,                                                                     \
                                    .plural = #name,                                                                   \
                                    .en = (en_),                                                                       \
                                    .zh = (zh_),                                                                       \
                                    .about = HR_ABOUT_CUSTODY,                                                         \
                                    .fields = name##_fields,                                                           \
                                    .count = sizeof name##_fields / sizeof *name##_fields}

CUSTODY(restrict, "file restricted", "封存档案");
CUSTODY(release, "file released", "解除封存");
CUSTODY(erase, "file erased", "删除档案");
