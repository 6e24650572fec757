/* What rehabilitation has reached: 康复效果评定, of the community's rehabilitation work. There is no national sheet;
 * the three outcomes are those that the indicators count. Nothing is worked out: the Barthel index before and after is
 * told beside the outcome, which the assessor judges. Identity is the resident's own record and not repeated. */
#include "record/episodes.h"
#include "record/form.h"

enum { RC_DATE, RC_OUTCOME, RC_BEFORE, RC_AFTER, RC_ASSESSOR, RC_REMARKS, RC_COUNT };
_Static_assert((int)RC_OUTCOME == (int)CARE_OUTCOME, "the hook finds it there");

static const hr_field fields[RC_COUNT] = {
    [RC_DATE] = {"date", "outcome date", "评定日期", "日期", HR_FIELD_DATE, .required = true,
                 .meaning_en = "day on which the outcome was judged", .meaning_zh = "评定效果当日"},
    [RC_OUTCOME] = {"outcome", "outcome", "康复效果", "效果", HR_FIELD_CODE, .counts = true, .required = true,
                    .codes = hr_codes_outcome, .meaning_en = "none, effective or marked",
                    .meaning_zh = "无效、有效或显效"},
    [RC_BEFORE] = {"barthel_before", "Barthel index before", "康复前评分", "康复前Barthel指数", HR_FIELD_COUNT,
                   .most = 100, .unit = "points", .unit_zh = "分", .meaning_en = "0 to 100, when rehabilitation began",
                   .meaning_zh = "康复开始时的 Barthel 指数，0 至 100 分"},
    [RC_AFTER] = {"barthel_after", "Barthel index after", "康复后评分", "康复后Barthel指数", HR_FIELD_COUNT,
                  .most = 100, .unit = "points", .unit_zh = "分", .meaning_en = "0 to 100, on this day",
                  .meaning_zh = "评定当日的 Barthel 指数，0 至 100 分"},
    [RC_ASSESSOR] = {"assessor", "assessor", "评定人", "评定医生 责任医生", HR_FIELD_TEXT, .size = 64,
                     .meaning_en = "who judged it", .meaning_zh = "评定者姓名"},
    [RC_REMARKS] = {"remarks", "remarks", "备注", "评定说明", HR_FIELD_TEXT, .size = 1024,
                    .meaning_en = "grounds, and what should follow", .meaning_zh = "评定依据和后续建议"},
};

const hr_form hr_form_rehab_outcome = {.kind = "rehab_outcome",
                                       .plural = "rehab_outcome",
                                       .en = "rehabilitation outcome",
                                       .zh = "康复效果评定",
                                       .about = HR_ABOUT_CARE,
                                       .fields = fields,
                                       .count = RC_COUNT,
                                       .use = HR_USE_FILE,
                                       .fold = hr_fold_rehab_outcome};
