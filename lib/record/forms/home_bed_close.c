/* A home sickbed is closed: 家庭病床撤床, with what became of the patient. There is no national sheet; the fields are
 * those of the closing record that community health stations keep. Nothing is worked out. A death or a move is noted in
 * the resident's own record, too. Identity is the resident's own record and not repeated. */
#include "record/episodes.h"
#include "record/forms/rules.h"

enum { HC_DATE, HC_OUTCOME, HC_OUTCOME_OTHER, HC_SUMMARY, HC_INSTRUCTIONS, HC_DOCTOR, HC_COUNT };

enum { OUTCOMES_OTHER = 9 };
static const hr_code outcomes[] = {
    {1, "1", "cured", "治愈", "痊愈"},
    {2, "2", "improved", "好转", ""},
    {3, "3", "stabilised", "稳定", "病情稳定"},
    {4, "4", "transferred to hospital", "转院", "住院 转住院"},
    {5, "5", "died", "死亡", ""},
    {6, "6", "patient's wish", "患者要求", "自动撤床 要求撤床"},
    {7, "7", "moved away", "迁出", "搬迁"},
    {OUTCOMES_OTHER, "9", "other", "其他", "其它"},
    {-1, NULL, NULL, NULL, NULL},
};

static const hr_field fields[HC_COUNT] = {
    [HC_DATE] = {"date", "closing date", "撤床日期", "日期", HR_FIELD_DATE, .required = true,
                 .meaning_en = "day on which the bed was closed", .meaning_zh = "撤销家庭病床当日"},
    [HC_OUTCOME] = {"outcome", "outcome", "转归", "撤床原因", HR_FIELD_CODE, .required = true, .codes = outcomes,
                    .meaning_en = "what became of him, or why the bed was closed",
                    .meaning_zh = "患者的转归或撤床的原因"},
    [HC_OUTCOME_OTHER] = {"outcome_other", "other outcome", "其他转归", "其他撤床原因", HR_FIELD_TEXT, .size = 256,
                          .meaning_en = "an outcome that is not in the list", .meaning_zh = "所列以外的转归或原因"},
    [HC_SUMMARY] = {"summary", "summary", "撤床小结", "小结", HR_FIELD_TEXT, .size = 1024,
                    .meaning_en = "course and treatment while the bed was open",
                    .meaning_zh = "在床期间的病情和诊治经过"},
    [HC_INSTRUCTIONS] = {"instructions", "instructions", "撤床医嘱", "医嘱 注意事项", HR_FIELD_TEXT, .size = 1024,
                         .meaning_en = "what is to be done from now on", .meaning_zh = "撤床后的医嘱和注意事项"},
    [HC_DOCTOR] = {"doctor", "doctor", "责任医生", "管床医生 家床医生", HR_FIELD_TEXT, .size = 64,
                   .meaning_en = "who closed the bed", .meaning_zh = "办理撤床的医生姓名"},
};

static hr_status complete(hr_err *err, hr_record *row) {
    static const hr_detail other = {HC_OUTCOME_OTHER, HC_OUTCOME, BIT(OUTCOMES_OTHER)};
    return hr_rule_details(err, row, &other, 1);
}

const hr_form hr_form_home_bed_close = {.kind = "home_bed_close",
                                        .plural = "home_bed_close",
                                        .en = "home sickbed closed",
                                        .zh = "家庭病床撤床",
                                        .about = HR_ABOUT_CARE,
                                        .fields = fields,
                                        .count = HC_COUNT,
                                        .use = HR_USE_FILE,
                                        .after_death = true,
                                        .complete = complete,
                                        .fold = hr_fold_home_bed_close};
