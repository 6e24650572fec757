/* A consultation among doctors: 会诊记录表 of 国家基本公共卫生服务规范（第三版，2017）, 居民健康档案管理服务规范. The
 * paper's rows of institutions with the doctors who signed for them are five numbered pairs of fields. Nothing is
 * worked out. Identity is the resident's own record and not repeated. */
#include "record/form.h"

enum {
    CN_DATE,
    CN_REASON,
    CN_OPINION,
    CN_INSTITUTION_1,
    CN_DOCTORS_1,
    CN_INSTITUTION_2,
    CN_DOCTORS_2,
    CN_INSTITUTION_3,
    CN_DOCTORS_3,
    CN_INSTITUTION_4,
    CN_DOCTORS_4,
    CN_INSTITUTION_5,
    CN_DOCTORS_5,
    CN_DOCTOR,
    CN_COUNT
};

static const hr_field fields[CN_COUNT] = {
    [CN_DATE] = {"date", "consultation date", "会诊日期", "日期", HR_FIELD_DATE, .required = true,
                 .meaning_en = "day of the consultation", .meaning_zh = "会诊当日"},
    [CN_REASON] = {"reason", "reason", "会诊原因", "", HR_FIELD_TEXT, .size = 1024,
                   .meaning_en = "why others were asked, and the patient's main condition",
                   .meaning_zh = "责任医生填写患者需会诊的主要情况"},
    [CN_OPINION] = {"opinion", "opinion", "会诊意见", "", HR_FIELD_TEXT, .size = 1024,
                    .meaning_en = "what they found and advise", .meaning_zh = "会诊医生的主要处置、指导意见"},
    [CN_INSTITUTION_1] = {"institution_1", "institution 1", "医疗卫生机构名称1", "医疗卫生机构名称 会诊机构",
                          HR_FIELD_TEXT, .size = 128, .meaning_en = "an institution that took part",
                          .meaning_zh = "参加会诊的医疗卫生机构"},
    [CN_DOCTORS_1] = {"institution_1_doctors", "doctors of institution 1", "会诊医生签字1", "会诊医生签字 会诊医生",
                      HR_FIELD_TEXT, .size = 256, .meaning_en = "its doctors, parted by commas",
                      .meaning_zh = "该机构的会诊医生，多人用顿号隔开"},
    [CN_INSTITUTION_2] = {"institution_2", "institution 2", "医疗卫生机构名称2", "", HR_FIELD_TEXT, .size = 128,
                          .meaning_en = "an institution that took part", .meaning_zh = "参加会诊的医疗卫生机构"},
    [CN_DOCTORS_2] = {"institution_2_doctors", "doctors of institution 2", "会诊医生签字2", "", HR_FIELD_TEXT,
                      .size = 256, .meaning_en = "its doctors, parted by commas",
                      .meaning_zh = "该机构的会诊医生，多人用顿号隔开"},
    [CN_INSTITUTION_3] = {"institution_3", "institution 3", "医疗卫生机构名称3", "", HR_FIELD_TEXT, .size = 128,
                          .meaning_en = "an institution that took part", .meaning_zh = "参加会诊的医疗卫生机构"},
    [CN_DOCTORS_3] = {"institution_3_doctors", "doctors of institution 3", "会诊医生签字3", "", HR_FIELD_TEXT,
                      .size = 256, .meaning_en = "its doctors, parted by commas",
                      .meaning_zh = "该机构的会诊医生，多人用顿号隔开"},
    [CN_INSTITUTION_4] = {"institution_4", "institution 4", "医疗卫生机构名称4", "", HR_FIELD_TEXT, .size = 128,
                          .meaning_en = "an institution that took part", .meaning_zh = "参加会诊的医疗卫生机构"},
    [CN_DOCTORS_4] = {"institution_4_doctors", "doctors of institution 4", "会诊医生签字4", "", HR_FIELD_TEXT,
                      .size = 256, .meaning_en = "its doctors, parted by commas",
                      .meaning_zh = "该机构的会诊医生，多人用顿号隔开"},
    [CN_INSTITUTION_5] = {"institution_5", "institution 5", "医疗卫生机构名称5", "", HR_FIELD_TEXT, .size = 128,
                          .meaning_en = "an institution that took part", .meaning_zh = "参加会诊的医疗卫生机构"},
    [CN_DOCTORS_5] = {"institution_5_doctors", "doctors of institution 5", "会诊医生签字5", "", HR_FIELD_TEXT,
                      .size = 256, .meaning_en = "its doctors, parted by commas",
                      .meaning_zh = "该机构的会诊医生，多人用顿号隔开"},
    [CN_DOCTOR] = {"doctor", "responsible doctor", "责任医生", "", HR_FIELD_TEXT, .size = 64,
                   .meaning_en = "who asked for the consultation", .meaning_zh = "申请会诊的责任医生姓名"},
};

const hr_form hr_form_consultation = {.kind = "consultation",
                                      .plural = "consultation",
                                      .en = "consultation",
                                      .zh = "会诊记录表",
                                      .about = HR_ABOUT_CARE,
                                      .fields = fields,
                                      .count = CN_COUNT,
                                      .use = HR_USE_FILE};
