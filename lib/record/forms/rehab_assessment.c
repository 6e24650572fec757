/* Whether and what rehabilitation a resident needs: 康复评估, of the community's rehabilitation work for the disabled
 * and the chronically ill. There is no national sheet; the kinds of disability are those of the disability certificate
 * (《残疾人残疾分类和分级》GB/T 26341), the score is the Barthel index. Nothing is worked out. Identity and the
 * certificate's grade are the resident's own record and not repeated. */
#include "record/episodes.h"
#include "record/forms/rules.h"

enum {
    RA_DATE,
    RA_NEEDS_REHAB,
    RA_KINDS,
    RA_ASSESSOR,
    RA_FINDINGS,
    RA_ADL,
    RA_GOALS,
    RA_NEEDS,
    RA_NEEDS_OTHER,
    RA_COUNT
};
_Static_assert((int)RA_NEEDS_REHAB == (int)CARE_NEEDS_REHAB, "the hook finds it there");

static const hr_code needs[] = {
    {1, "1", "medical rehabilitation", "医疗康复", "医疗"},
    {2, "2", "functional training", "功能训练", "训练 康复训练"},
    {3, "3", "assistive devices", "辅助器具", "辅具"},
    {4, "4", "nursing", "护理", "康复护理"},
    {5, "5", "psychological support", "心理疏导", "心理 心理康复"},
    {6, "6", "vocational rehabilitation", "职业康复", "职业 职业训练"},
    {7, "7", "education", "教育康复", "教育"},
    {9, "9", "other", "其他", "其它"},
    {-1, NULL, NULL, NULL, NULL},
};

static const hr_field fields[RA_COUNT] = {
    [RA_DATE] = {"date", "assessment date", "评估日期", "日期", HR_FIELD_DATE, .required = true,
                 .meaning_en = "day of the assessment; a need counts from it",
                 .meaning_zh = "评估当日；康复需求自该日起算"},
    [RA_NEEDS_REHAB] = {"needs_rehab", "needs rehabilitation", "有无康复需求", "康复需求 是否需要康复", HR_FIELD_CODE,
                        .counts = true, .required = true, .codes = hr_codes_yes_no,
                        .meaning_en = "whether he needs rehabilitation", .meaning_zh = "经评估是否需要康复服务"},
    [RA_KINDS] = {"disability_kinds", "disability kinds", "残疾类别", "残疾种类", HR_FIELD_CODES,
                  .codes = hr_codes_disability, .meaning_en = "found at the assessment; several may be given",
                  .meaning_zh = "评估所见，可多选"},
    [RA_ASSESSOR] = {"assessor", "assessor", "评估人", "评估医生 责任医生", HR_FIELD_TEXT, .size = 64,
                     .meaning_en = "who assessed him", .meaning_zh = "评估者姓名"},
    [RA_FINDINGS] = {"findings", "functional findings", "功能状况", "功能障碍 评估所见", HR_FIELD_TEXT, .size = 1024,
                     .meaning_en = "what he can and cannot do, and why", .meaning_zh = "主要功能障碍及残存功能"},
    [RA_ADL] = {"adl_score", "Barthel index", "日常生活活动能力评分", "Barthel指数 ADL评分", HR_FIELD_COUNT,
                .most = 100, .unit = "points", .unit_zh = "分",
                .meaning_en = "activities of daily living, 0 to 100; blank: not scored",
                .meaning_zh = "Barthel 指数 0 至 100 分；未评分的不填"},
    [RA_GOALS] = {"goals", "goals", "康复目标", "", HR_FIELD_TEXT, .size = 1024,
                  .meaning_en = "what rehabilitation should reach", .meaning_zh = "近期和远期康复目标"},
    [RA_NEEDS] = {"needs", "kinds of need", "康复需求类别", "需求类别", HR_FIELD_CODES, .codes = needs,
                  .meaning_en = "what he needs; several may be given", .meaning_zh = "需要哪些康复服务，可多选"},
    [RA_NEEDS_OTHER] = {"needs_other", "other need", "其他康复需求", "", HR_FIELD_TEXT, .size = 256,
                        .meaning_en = "a need that is not in the list", .meaning_zh = "所列类别以外的需求"},
};

static hr_status complete(hr_err *err, hr_record *row) {
    static const hr_detail details[] = {{RA_NEEDS, RA_NEEDS_REHAB, BIT(HR_YES)},
                                        {RA_NEEDS_OTHER, RA_NEEDS_REHAB, BIT(HR_YES)}};
    return hr_rule_details(err, row, details, sizeof details / sizeof *details);
}

const hr_form hr_form_rehab_assessment = {.kind = "rehab_assessment",
                                          .plural = "rehab_assessment",
                                          .en = "rehabilitation assessment",
                                          .zh = "康复评估",
                                          .about = HR_ABOUT_CARE,
                                          .fields = fields,
                                          .count = RA_COUNT,
                                          .use = HR_USE_FILE,
                                          .complete = complete,
                                          .fold = hr_fold_rehab_assessment};
