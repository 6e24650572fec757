/* A home sickbed is opened: 家庭病床建床 of a patient who is treated in bed at home. There is no national sheet; the
 * fields are those of the opening record that community health stations keep. Nothing is worked out. Identity, address
 * and phone are the resident's own record and not repeated; whom to reach about this bed is named here. */
#include "record/episodes.h"
#include "record/form.h"

enum {
    HO_DATE,
    HO_DIAGNOSIS,
    HO_REASON,
    HO_CONDITION,
    HO_CARE_PLAN,
    HO_DOCTOR,
    HO_NURSE,
    HO_VISITS,
    HO_CONTACT,
    HO_CONTACT_PHONE,
    HO_CONSENT,
    HO_COUNT
};

static const hr_field fields[HO_COUNT] = {
    [HO_DATE] = {"date", "opening date", "建床日期", "日期", HR_FIELD_DATE, .required = true,
                 .meaning_en = "day on which the bed was opened", .meaning_zh = "建立家庭病床当日"},
    [HO_DIAGNOSIS] = {"diagnosis", "diagnosis", "诊断", "建床诊断 入床诊断", HR_FIELD_TEXT, .required = true,
                      .size = 512, .meaning_en = "of the diseases for which the bed is opened",
                      .meaning_zh = "建床时的疾病诊断"},
    [HO_REASON] = {"reason", "reason", "建床原因", "建床理由", HR_FIELD_TEXT, .size = 512,
                   .meaning_en = "why he is cared for at home", .meaning_zh = "为何需要居家诊治"},
    [HO_CONDITION] = {"condition", "condition", "病情摘要", "病情", HR_FIELD_TEXT, .size = 1024,
                      .meaning_en = "history and findings at the opening", .meaning_zh = "建床时的病史和查体所见"},
    [HO_CARE_PLAN] = {"care_plan", "care plan", "诊疗护理计划", "治疗计划 护理计划", HR_FIELD_TEXT, .size = 1024,
                      .meaning_en = "treatment, nursing and guidance planned", .meaning_zh = "拟定的治疗、护理和指导"},
    [HO_DOCTOR] = {"doctor", "home-bed doctor", "责任医生", "管床医生 家床医生", HR_FIELD_TEXT, .required = true,
                   .size = 64, .meaning_en = "who answers for the bed", .meaning_zh = "负责该病床的医生姓名"},
    [HO_NURSE] = {"nurse", "nurse", "责任护士", "护士", HR_FIELD_TEXT, .size = 64,
                  .meaning_en = "who nurses him at home", .meaning_zh = "负责该病床的护士姓名"},
    [HO_VISITS] = {"visits_per_month", "visits a month", "每月巡诊次数", "巡诊次数", HR_FIELD_COUNT, .least = 1,
                   .most = 100, .unit = "times/month", .unit_zh = "次/月",
                   .meaning_en = "how often he is to be visited in a month", .meaning_zh = "计划每月巡诊几次"},
    [HO_CONTACT] = {"contact", "contact", "联系人", "家属 监护人", HR_FIELD_TEXT, .size = 64,
                    .meaning_en = "relative or guardian to be reached", .meaning_zh = "可联系的家属或监护人姓名"},
    [HO_CONTACT_PHONE] = {"contact_phone", "contact's phone", "联系人电话", "家属电话", HR_FIELD_TEXT, .size = 64,
                          .meaning_en = "of that person", .meaning_zh = "该联系人的电话"},
    [HO_CONSENT] = {"consent", "consent", "知情同意", "已签协议 建床协议", HR_FIELD_CODE, .codes = hr_codes_yes_no,
                    .meaning_en = "whether patient or family signed the agreement",
                    .meaning_zh = "患者或家属是否已签建床协议"},
};

const hr_form hr_form_home_bed_open = {.kind = "home_bed_open",
                                       .plural = "home_bed_open",
                                       .en = "home sickbed opened",
                                       .zh = "家庭病床建床",
                                       .about = HR_ABOUT_CARE,
                                       .fields = fields,
                                       .count = HO_COUNT,
                                       .use = HR_USE_FILE,
                                       .fold = hr_fold_home_bed_open};
