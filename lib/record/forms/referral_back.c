/* A referral back to the community: 双向转诊单, its stub (存根) and its sheet 双向转诊（回转）单, of
 * 国家基本公共卫生服务规范（第三版，2017）, 居民健康档案管理服务规范. The two sheets say the same things twice; each
 * is one field here: the stub's 病案号 is the sheet's 住院病案号. Nothing is worked out. The patient's name, sex, age,
 * address and phone are the resident's own record and not repeated. */
#include "record/form.h"

enum {
    RB_DATE,
    RB_FROM_INSTITUTION,
    RB_TO_INSTITUTION,
    RB_RECEIVING_DOCTOR,
    RB_INPATIENT_NUMBER,
    RB_DIAGNOSIS,
    RB_RESULTS,
    RB_TREATMENT,
    RB_DOCTOR,
    RB_PHONE,
    RB_COUNT
};

static const hr_field fields[RB_COUNT] = {
    [RB_DATE] = {"date", "referral date", "转诊日期", "日期 回转日期 转回日期", HR_FIELD_DATE, .required = true,
                 .meaning_en = "day on which he was sent back", .meaning_zh = "转回当日"},
    [RB_FROM_INSTITUTION] = {"from_institution", "from institution", "转出单位", "转出机构 转出医院", HR_FIELD_TEXT,
                             .size = 128, .meaning_en = "the hospital that sends him back",
                             .meaning_zh = "开具回转单的医院名称"},
    [RB_TO_INSTITUTION] = {"to_institution", "to institution", "转回单位", "转回机构", HR_FIELD_TEXT, .size = 128,
                           .meaning_en = "the centre or station that takes him back",
                           .meaning_zh = "接回患者的社区卫生服务机构"},
    [RB_RECEIVING_DOCTOR] = {"receiving_doctor", "receiving doctor", "接诊医生", "", HR_FIELD_TEXT, .size = 64,
                             .meaning_en = "doctor there who takes him back", .meaning_zh = "转回单位的接诊医生姓名"},
    [RB_INPATIENT_NUMBER] = {"inpatient_number", "inpatient number", "住院病案号", "病案号 住院号", HR_FIELD_TEXT,
                             .size = 64, .meaning_en = "number of the hospital's own file on him",
                             .meaning_zh = "医院的住院病案号"},
    [RB_DIAGNOSIS] = {"diagnosis", "diagnosis", "诊断结果", "诊断 出院诊断", HR_FIELD_TEXT, .size = 1024,
                      .meaning_en = "the hospital's diagnosis", .meaning_zh = "医院的诊断"},
    [RB_RESULTS] = {"results", "main test results", "主要检查结果", "检查结果", HR_FIELD_TEXT, .size = 1024,
                    .meaning_en = "examinations and tests of the stay", .meaning_zh = "患者接受的主要检查及结果"},
    [RB_TREATMENT] = {"treatment", "treatment and next steps", "治疗经过、下一步治疗方案及康复建议",
                      "治疗经过 治疗经过及建议", HR_FIELD_TEXT, .size = 1024,
                      .meaning_en = "what was done, and what the community doctor should go on with",
                      .meaning_zh = "主要诊治措施，以及对社区医生下一步治疗和康复的建议"},
    [RB_DOCTOR] = {"doctor", "referring doctor", "转诊医生", "转诊医生(签字) 责任医生", HR_FIELD_TEXT, .size = 64,
                   .meaning_en = "the hospital's doctor who sends him back", .meaning_zh = "开具回转单的医生姓名"},
    [RB_PHONE] = {"phone", "referring doctor's phone", "联系电话", "转诊医生电话", HR_FIELD_TEXT, .size = 64,
                  .meaning_en = "of the referring doctor or his department", .meaning_zh = "转诊医生或所在科室的电话"},
};

const hr_form hr_form_referral_back = {.kind = "referral_back",
                                       .plural = "referral_back",
                                       .en = "referral back",
                                       .zh = "双向转诊（回转）单",
                                       .about = HR_ABOUT_CARE,
                                       .fields = fields,
                                       .count = RB_COUNT,
                                       .use = HR_USE_FILE};
