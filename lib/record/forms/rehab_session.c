/* Rehabilitation given on a day: 康复训练（服务）记录, of the community's rehabilitation work. There is no national
 * sheet; the items are the plan's measures. Nothing is worked out. Identity is the resident's own record and not
 * repeated. */
#include "record/episodes.h"
#include "record/form.h"

enum { RS_DATE, RS_ITEMS, RS_ITEMS_OTHER, RS_MINUTES, RS_PLACE, RS_RESPONSE, RS_THERAPIST, RS_COUNT };

static const hr_field fields[RS_COUNT] = {
    [RS_DATE] = {"date", "session date", "服务日期", "日期 训练日期", HR_FIELD_DATE, .required = true,
                 .meaning_en = "day of the session", .meaning_zh = "训练或服务当日"},
    [RS_ITEMS] = {"items", "items", "训练项目", "服务项目 康复项目", HR_FIELD_CODES, .codes = hr_codes_rehab_measure,
                  .meaning_en = "what was done; several may be given", .meaning_zh = "所做的项目，可多选"},
    [RS_ITEMS_OTHER] = {"items_other", "other items", "其他训练项目", "其他项目", HR_FIELD_TEXT, .size = 256,
                        .meaning_en = "items that are not in the list", .meaning_zh = "所列以外的项目"},
    [RS_MINUTES] = {"minutes", "minutes", "训练时间", "时长 服务时间", HR_FIELD_COUNT, .least = 1, .most = 600,
                    .unit = "min", .unit_zh = "分钟", .meaning_en = "how long it took",
                    .meaning_zh = "本次共用多少分钟"},
    [RS_PLACE] = {"place", "place", "训练地点", "地点 服务地点", HR_FIELD_CODE, .codes = hr_codes_rehab_place,
                  .meaning_en = "where it took place", .meaning_zh = "在何处进行"},
    [RS_RESPONSE] = {"response", "response", "训练反应", "反应 训练情况", HR_FIELD_TEXT, .size = 1024,
                     .meaning_en = "how he took it, what changed", .meaning_zh = "训练中的反应和变化"},
    [RS_THERAPIST] = {"therapist", "therapist", "康复人员", "治疗师 训练人员 责任医生", HR_FIELD_TEXT, .size = 64,
                      .meaning_en = "who gave it", .meaning_zh = "实施者姓名"},
};

const hr_form hr_form_rehab_session = {.kind = "rehab_session",
                                       .plural = "rehab_session",
                                       .en = "rehabilitation session",
                                       .zh = "康复训练（服务）记录",
                                       .about = HR_ABOUT_CARE,
                                       .fields = fields,
                                       .count = RS_COUNT,
                                       .use = HR_USE_FILE,
                                       .fold = hr_fold_rehab_service};
