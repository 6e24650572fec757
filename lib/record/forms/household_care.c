/* A household is taken care of: 包户服务 for the elderly and disabled in hardship, from a day on, by somebody who
 * answers for it. There is no national sheet. Nothing is worked out. Identity is the resident's own record and not
 * repeated. */
#include "record/episodes.h"
#include "record/form.h"

enum { HH_DATE, HH_HELPER, HH_SERVICES, HH_SERVICES_OTHER, HH_REMARKS, HH_COUNT };

static const hr_code services[] = {
    {1, "1", "home visit", "上门巡视", "上门 家访"},
    {2, "2", "medication delivery", "送药上门", "送药"},
    {3, "3", "nursing", "上门护理", "护理"},
    {4, "4", "cleaning and meals", "生活照料", "保洁 送餐 家务"},
    {5, "5", "accompaniment to hospital", "陪诊", "陪同就医"},
    {6, "6", "phone contact", "电话联系", "电话"},
    {9, "9", "other", "其他", "其它"},
    {-1, NULL, NULL, NULL, NULL},
};

static const hr_field fields[HH_COUNT] = {
    [HH_DATE] = {"date", "care date", "包户服务日期", "日期 包户日期 起始日期", HR_FIELD_DATE, .required = true,
                 .meaning_en = "since when the household is cared for", .meaning_zh = "自何日起包户服务"},
    [HH_HELPER] = {"helper", "helper", "包户责任人", "责任人 责任医生", HR_FIELD_TEXT, .size = 64,
                   .meaning_en = "who answers for the care", .meaning_zh = "负责包户服务者姓名"},
    [HH_SERVICES] = {"services", "services", "服务内容", "服务项目", HR_FIELD_CODES, .codes = services,
                     .meaning_en = "what is given; several may be given", .meaning_zh = "提供哪些服务，可多选"},
    [HH_SERVICES_OTHER] = {"services_other", "other services", "其他服务内容", "其他服务", HR_FIELD_TEXT, .size = 256,
                           .meaning_en = "services that are not in the list", .meaning_zh = "所列以外的服务"},
    [HH_REMARKS] = {"remarks", "remarks", "备注", "", HR_FIELD_TEXT, .size = 1024,
                    .meaning_en = "whatever else should be known", .meaning_zh = "其他需说明的情况"},
};

const hr_form hr_form_household_care = {.kind = "household_care",
                                        .plural = "household_care",
                                        .en = "household care",
                                        .zh = "包户服务",
                                        .about = HR_ABOUT_CARE,
                                        .fields = fields,
                                        .count = HH_COUNT,
                                        .use = HR_USE_FILE,
                                        .fold = hr_fold_household_care};
