/* A visit to a home sickbed: 家庭病床巡诊（访视）, by the doctor, the nurse or both. There is no national sheet; the
 * fields are those of the visiting record that community health stations keep. Nothing is worked out. Identity is the
 * resident's own record and not repeated. */
#include "record/episodes.h"
#include "record/forms/rules.h"

enum {
    HV_DATE,
    HV_VISITOR,
    HV_KIND,
    HV_COMPLAINTS,
    HV_TEMPERATURE,
    HV_PULSE,
    HV_RESPIRATION,
    HV_SYSTOLIC,
    HV_DIASTOLIC,
    HV_FINDINGS,
    HV_TREATMENT,
    HV_ORDERS,
    HV_NEXT_DATE,
    HV_COUNT
};

static const hr_code kinds[] = {
    {1, "1", "doctor", "医生巡诊", "医生 巡诊"},
    {2, "2", "nurse", "护士访视", "护士 访视"},
    {3, "3", "both", "医护同访", "医护 医护共同"},
    {-1, NULL, NULL, NULL, NULL},
};

static const hr_field fields[HV_COUNT] = {
    [HV_DATE] = {"date", "visit date", "巡诊日期", "日期 访视日期", HR_FIELD_DATE, .required = true,
                 .meaning_en = "day of the visit", .meaning_zh = "巡诊或访视当日"},
    [HV_VISITOR] = {"visitor", "visitor", "巡诊人", "访视人 巡诊医生 责任医生", HR_FIELD_TEXT, .size = 64,
                    .meaning_en = "who visited him", .meaning_zh = "巡诊或访视者姓名"},
    [HV_KIND] = {"kind", "kind of visit", "巡诊类别", "访视类别", HR_FIELD_CODE, .codes = kinds,
                 .meaning_en = "by the doctor, the nurse or both", .meaning_zh = "医生、护士或医护同访"},
    [HV_COMPLAINTS] = {"complaints", "complaints", "主诉", "症状", HR_FIELD_TEXT, .size = 512,
                       .meaning_en = "as he or the family tells it", .meaning_zh = "患者或家属所述"},
    [HV_TEMPERATURE] = {"temperature", "temperature", "体温", "", HR_FIELD_DECIMAL, .decimals = 1, .least = 300,
                        .most = 450, .unit = "°C", .unit_zh = "℃", .standard = "LOINC 8310-5",
                        .meaning_en = "of the body", .meaning_zh = "所测体温"},
    [HV_PULSE] = {"pulse", "pulse", "脉搏", "脉率", HR_FIELD_COUNT, .least = 20, .most = 300, .unit = "times/min",
                  .unit_zh = "次/分", .meaning_en = "beats in a minute", .meaning_zh = "每分钟脉搏次数"},
    [HV_RESPIRATION] = {"respiration", "respiration", "呼吸", "呼吸频率", HR_FIELD_COUNT, .least = 4, .most = 100,
                        .unit = "times/min", .unit_zh = "次/分", .standard = "LOINC 9279-1",
                        .meaning_en = "breaths in a minute", .meaning_zh = "每分钟呼吸次数"},
    [HV_SYSTOLIC] = {"systolic", "systolic pressure", "收缩压", "高压", HR_FIELD_COUNT, .least = 40, .most = 300,
                     .unit = "mmHg", .standard = "LOINC 8480-6", .meaning_en = "blood pressure, upper value",
                     .meaning_zh = "血压的高值"},
    [HV_DIASTOLIC] = {"diastolic", "diastolic pressure", "舒张压", "低压", HR_FIELD_COUNT, .least = 20, .most = 200,
                      .unit = "mmHg", .standard = "LOINC 8462-4", .meaning_en = "blood pressure, lower value",
                      .meaning_zh = "血压的低值"},
    [HV_FINDINGS] = {"findings", "findings", "查体所见", "体格检查 查体", HR_FIELD_TEXT, .size = 1024,
                     .meaning_en = "of the examination", .meaning_zh = "体格检查的结果"},
    [HV_TREATMENT] = {"treatment", "treatment", "处理", "治疗 处置", HR_FIELD_TEXT, .size = 1024,
                      .meaning_en = "what was done at the visit", .meaning_zh = "本次所做的治疗和护理"},
    [HV_ORDERS] = {"orders", "orders", "医嘱", "", HR_FIELD_TEXT, .size = 1024,
                   .meaning_en = "what is to be done until the next visit", .meaning_zh = "下次巡诊前的医嘱"},
    [HV_NEXT_DATE] = {"next_date", "next visit date", "下次巡诊日期", "下次访视日期", HR_FIELD_DATE,
                      .meaning_en = "when he is to be visited again", .meaning_zh = "预定的下次巡诊日期"},
};

static hr_status complete(hr_err *err, hr_record *row) {
    hr_status status = hr_rule_pressure(err, row, HV_SYSTOLIC, HV_DIASTOLIC);
    return status == HR_OK ? hr_rule_order(err, row, HV_DATE, HV_NEXT_DATE) : status;
}

const hr_form hr_form_home_bed_visit = {.kind = "home_bed_visit",
                                        .plural = "home_bed_visit",
                                        .en = "home sickbed visit",
                                        .zh = "家庭病床巡诊（访视）",
                                        .about = HR_ABOUT_CARE,
                                        .fields = fields,
                                        .count = HV_COUNT,
                                        .use = HR_USE_FILE,
                                        .complete = complete,
                                        .fold = hr_fold_home_bed_visit};
