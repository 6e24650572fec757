/* A referral to another institution: 双向转诊单, its stub (存根) and its sheet 双向转诊（转出）单, of
 * 国家基本公共卫生服务规范（第三版，2017）, 居民健康档案管理服务规范. The two sheets say the same things twice; each
 * is one field here. Nothing is worked out. The patient's name, sex, age, file number, address and phone are the
 * resident's own record and not repeated. */
#include "record/form.h"

enum {
    RO_DATE,
    RO_TO_INSTITUTION,
    RO_TO_DEPARTMENT,
    RO_RECEIVING_DOCTOR,
    RO_IMPRESSION,
    RO_HISTORY,
    RO_PAST_HISTORY,
    RO_TREATMENT,
    RO_DOCTOR,
    RO_PHONE,
    RO_FROM_INSTITUTION,
    RO_COUNT
};

static const hr_field fields[RO_COUNT] = {
    [RO_DATE] = {"date", "referral date", "转诊日期", "日期 转出日期", HR_FIELD_DATE, .required = true,
                 .meaning_en = "day of the referral", .meaning_zh = "转出当日"},
    [RO_TO_INSTITUTION] = {"to_institution", "to institution", "转入单位", "转入机构 转入医院", HR_FIELD_TEXT,
                           .required = true, .size = 128, .meaning_en = "where he is sent",
                           .meaning_zh = "转往的医疗卫生机构"},
    [RO_TO_DEPARTMENT] = {"to_department", "to department", "转入科室", "科室", HR_FIELD_TEXT, .size = 128,
                          .meaning_en = "department there", .meaning_zh = "转往的科室"},
    [RO_RECEIVING_DOCTOR] = {"receiving_doctor", "receiving doctor", "接诊医生", "", HR_FIELD_TEXT, .size = 64,
                             .meaning_en = "doctor there", .meaning_zh = "转入单位的接诊医生姓名"},
    [RO_IMPRESSION] = {"impression", "first impression", "初步印象", "初步诊断", HR_FIELD_TEXT, .size = 1024,
                       .meaning_en = "the referring doctor's first diagnosis",
                       .meaning_zh = "转诊医生根据病情作出的初步判断"},
    [RO_HISTORY] = {"history", "main history", "主要现病史", "转出原因 转诊原因 主要现病史(转出原因)", HR_FIELD_TEXT,
                    .size = 1024, .meaning_en = "present illness, and why he is referred",
                    .meaning_zh = "患者转诊时存在的主要临床问题"},
    [RO_PAST_HISTORY] = {"past_history", "past history", "主要既往史", "既往史", HR_FIELD_TEXT, .size = 1024,
                         .meaning_en = "main diseases before", .meaning_zh = "患者既往存在的主要疾病史"},
    [RO_TREATMENT] = {"treatment", "treatment so far", "治疗经过", "", HR_FIELD_TEXT, .size = 1024,
                      .meaning_en = "what was done for this illness here",
                      .meaning_zh = "经治医生对患者实施的主要诊治措施"},
    [RO_DOCTOR] = {"doctor", "referring doctor", "转诊医生", "转诊医生(签字) 责任医生", HR_FIELD_TEXT, .size = 64,
                   .meaning_en = "who refers him", .meaning_zh = "开具转诊单的医生姓名"},
    [RO_PHONE] = {"phone", "referring doctor's phone", "联系电话", "转诊医生电话", HR_FIELD_TEXT, .size = 64,
                  .meaning_en = "of the referring doctor or his station", .meaning_zh = "转诊医生或所在机构的电话"},
    [RO_FROM_INSTITUTION] = {"from_institution", "from institution", "转出单位", "转出机构", HR_FIELD_TEXT, .size = 128,
                             .meaning_en = "the institution that signs the sheet",
                             .meaning_zh = "开具转诊单的机构名称"},
};

const hr_form hr_form_referral_out = {.kind = "referral_out",
                                      .plural = "referral_out",
                                      .en = "referral to another institution",
                                      .zh = "双向转诊（转出）单",
                                      .about = HR_ABOUT_CARE,
                                      .fields = fields,
                                      .count = RO_COUNT,
                                      .use = HR_USE_FILE};
