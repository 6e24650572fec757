/* A visit to the doctor: 接诊记录表 of 国家基本公共卫生服务规范（第三版，2017）, 居民健康档案管理服务规范. Four
 * free texts (subjective, objective, assessment, plan), nothing worked out. Identity is the resident's own record and
 * not repeated. */
#include "record/form.h"

enum { EN_DATE, EN_SUBJECTIVE, EN_OBJECTIVE, EN_ASSESSMENT, EN_PLAN, EN_DOCTOR, EN_COUNT };

static const hr_field fields[EN_COUNT] = {
    [EN_DATE] = {"date", "encounter date", "接诊日期", "日期 就诊日期", HR_FIELD_DATE, .required = true,
                 .meaning_en = "day on which he came", .meaning_zh = "接诊当日"},
    [EN_SUBJECTIVE] = {"subjective", "subjective", "就诊者的主观资料", "主观资料 主诉", HR_FIELD_TEXT, .size = 1024,
                       .meaning_en = "complaints, request, history, as he tells it",
                       .meaning_zh = "主诉、咨询问题和卫生服务要求等"},
    [EN_OBJECTIVE] = {"objective", "objective", "就诊者的客观资料", "客观资料", HR_FIELD_TEXT, .size = 1024,
                      .meaning_en = "examination, laboratory and imaging results",
                      .meaning_zh = "查体、实验室检查、影像检查等结果"},
    [EN_ASSESSMENT] = {"assessment", "assessment", "评估", "诊断", HR_FIELD_TEXT, .size = 1024,
                       .meaning_en = "first impression, diagnosis or health problem",
                       .meaning_zh = "根据主客观资料作出的初步印象、疾病诊断或健康问题"},
    [EN_PLAN] = {"plan", "plan", "处置计划", "处理 处置", HR_FIELD_TEXT, .size = 1024,
                 .meaning_en = "what follows: diagnostic, treatment and guidance plan",
                 .meaning_zh = "诊断计划、治疗计划、病人指导计划等"},
    [EN_DOCTOR] = {"doctor", "doctor", "医生签字", "责任医生 接诊医生 医生", HR_FIELD_TEXT, .size = 64,
                   .meaning_en = "who saw him", .meaning_zh = "接诊医生姓名"},
};

const hr_form hr_form_encounter = {.kind = "encounter",
                                   .plural = "encounter",
                                   .en = "encounter",
                                   .zh = "接诊记录表",
                                   .about = HR_ABOUT_CARE,
                                   .fields = fields,
                                   .count = EN_COUNT,
                                   .use = HR_USE_FILE};
