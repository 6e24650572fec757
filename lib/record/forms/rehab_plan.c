/* A plan of rehabilitation: 康复计划, of the community's rehabilitation work: what is to be reached, by which measures,
 * where and how often. There is no national sheet. Nothing is worked out. With the plan the service begins. Identity is
 * the resident's own record and not repeated. */
#include "record/episodes.h"
#include "record/forms/rules.h"

enum {
    RP_DATE,
    RP_GOALS,
    RP_MEASURES,
    RP_MEASURES_OTHER,
    RP_PLACE,
    RP_TIMES,
    RP_FROM,
    RP_TO,
    RP_RESPONSIBLE,
    RP_COUNT
};

static const hr_field fields[RP_COUNT] = {
    [RP_DATE] = {"date", "plan date", "制定日期", "日期 计划日期", HR_FIELD_DATE, .required = true,
                 .meaning_en = "day on which the plan was made; the service counts from it",
                 .meaning_zh = "制定计划当日；康复服务自该日起算"},
    [RP_GOALS] = {"goals", "goals", "康复目标", "", HR_FIELD_TEXT, .size = 1024,
                  .meaning_en = "what the plan should reach", .meaning_zh = "本计划要达到的目标"},
    [RP_MEASURES] = {"measures", "measures", "康复措施", "措施 康复项目", HR_FIELD_CODES,
                     .codes = hr_codes_rehab_measure, .meaning_en = "what is to be done; several may be given",
                     .meaning_zh = "拟采取的措施，可多选"},
    [RP_MEASURES_OTHER] = {"measures_other", "other measures", "其他康复措施", "其他措施", HR_FIELD_TEXT, .size = 256,
                           .meaning_en = "measures that are not in the list", .meaning_zh = "所列以外的措施"},
    [RP_PLACE] = {"place", "place", "康复地点", "地点", HR_FIELD_CODE, .codes = hr_codes_rehab_place,
                  .meaning_en = "where it mostly takes place", .meaning_zh = "主要在何处进行"},
    [RP_TIMES] = {"times_per_week", "times a week", "每周次数", "频次", HR_FIELD_COUNT, .least = 1, .most = 50,
                  .unit = "times/week", .unit_zh = "次/周", .meaning_en = "how often in a week",
                  .meaning_zh = "每周进行几次"},
    [RP_FROM] = {"from", "from", "开始日期", "起始日期", HR_FIELD_DATE, .meaning_en = "first day of the plan",
                 .meaning_zh = "计划的第一天"},
    [RP_TO] = {"to", "to", "结束日期", "终止日期", HR_FIELD_DATE, .meaning_en = "last day of the plan",
               .meaning_zh = "计划的最后一天"},
    [RP_RESPONSIBLE] = {"responsible", "responsible", "责任人", "责任医生 康复负责人", HR_FIELD_TEXT, .size = 64,
                        .meaning_en = "who answers for the plan", .meaning_zh = "计划负责人姓名"},
};

static hr_status complete(hr_err *err, hr_record *row) {
    return hr_rule_order(err, row, RP_FROM, RP_TO);
}

const hr_form hr_form_rehab_plan = {.kind = "rehab_plan",
                                    .plural = "rehab_plan",
                                    .en = "rehabilitation plan",
                                    .zh = "康复计划",
                                    .about = HR_ABOUT_CARE,
                                    .fields = fields,
                                    .count = RP_COUNT,
                                    .use = HR_USE_FILE,
                                    .complete = complete,
                                    .fold = hr_fold_rehab_service};
