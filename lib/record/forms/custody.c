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

/* Where two copies of the store, or two stations, said different things of a resident, or a station another thing than
 * before (record/conflicts.h). */
static const hr_code conflicts[] = {
    {HR_CONFLICT_FIELD, "\"field\"", "two values", "取值不一", ""},
    {HR_CONFLICT_NUMBER, "\"number\"", "one number of two residents", "两位居民号码相同", ""},
    {HR_CONFLICT_ERASED, "\"erased\"", "erased in the other copy", "另一副本已删除", ""},
    {HR_CONFLICT_CORRECTED, "\"corrected\"", "corrected by who had reported it", "上报单位已更正", ""},
    {-1, NULL, NULL, NULL, NULL},
};

static const hr_field conflict_fields[CF_COUNT] = {
    [CF_WHAT] = {"what", "conflict", "冲突", "", HR_FIELD_CODE, .required = true, .codes = conflicts},
    [CF_FIELD] = {"field", "field", "字段", "", HR_FIELD_TEXT, .size = 64},
    [CF_HERE] = {"here", "said here", "本库记录", "", HR_FIELD_COUNT, .least = 1, .most = INT64_C(99999999999),
                 .meaning_en = "the entry that was known here; of a number, the other resident's",
                 .meaning_zh = "本库已有的记录；号码相同时为另一位居民的记录"},
    [CF_THERE] = {"there", "said elsewhere", "他处记录", "", HR_FIELD_COUNT, .least = 1, .most = INT64_C(99999999999)},
};

const hr_form hr_form_conflict = {.kind = "conflict",
                                  .plural = "conflict",
                                  .en = "conflict",
                                  .zh = "冲突",
                                  .about = HR_ABOUT_CONFLICT,
                                  .fields = conflict_fields,
                                  .count = CF_COUNT};
