/* The resident: who somebody is, where he lives, and the dates that figures are made of. Field names are CLI.md's
 * columns. */
#include "record/form.h"

static const hr_code sexes[] = {
    {1, "1", "male", "男", "male m 男性"},
    {2, "2", "female", "女", "female f 女性"},
    {0, "0", "unknown", "未知", "unknown 未知的性别"},
    {9, "9", "not stated", "未说明", "未说明的性别"},
    {-1, NULL, NULL, NULL, NULL},
};

static const hr_code kinds[] = {
    {1, "1", "sight", "视力", "视力残疾"},
    {2, "2", "hearing", "听力", "听力残疾"},
    {3, "3", "speech", "言语", "言语残疾"},
    {4, "4", "limb", "肢体", "肢体残疾"},
    {5, "5", "intellect", "智力", "智力残疾"},
    {6, "6", "mental", "精神", "精神残疾"},
    {7, "7", "multiple", "多重", "多重残疾 综合残疾"},
    {-1, NULL, NULL, NULL, NULL},
};

static const hr_code grades[] = {
    {1, "1", "1", "一级", "一 壹级 Ⅰ"}, {2, "2", "2", "二级", "二 贰级 Ⅱ"}, {3, "3", "3", "三级", "三 叁级 Ⅲ"},
    {4, "4", "4", "四级", "四 肆级 Ⅳ"}, {-1, NULL, NULL, NULL, NULL},
};

static const hr_code outcomes[] = {
    {HR_OUTCOME_NONE, "\"none\"", "none", "无效", ""},
    {HR_OUTCOME_EFFECTIVE, "\"effective\"", "effective", "有效", ""},
    {HR_OUTCOME_MARKED, "\"marked\"", "marked", "显效", ""},
    {-1, NULL, NULL, NULL, NULL},
};

static const hr_code yes_no[] = {
    {HR_YES, "true", "yes", "是", "true y 1 有"},
    {HR_NO, "false", "no", "否", "false n 0 无"},
    {-1, NULL, NULL, NULL, NULL},
};

static const hr_field fields[R_COUNT] = {
    [R_ID_NUMBER] = {"id_number", "ID number", "身份证号", "身份证号码 公民身份号码 身份证", HR_FIELD_ID_NUMBER,
                     .meaning_en = "GB 11643: 18 characters, or 15 as issued before 1999",
                     .meaning_zh = "GB 11643：18 位，或 1999 年前的 15 位"},
    [R_NAME] = {"name", "name", "姓名", "", HR_FIELD_TEXT, .required = true, .size = 128,
                .meaning_en = "as on the ID card", .meaning_zh = "与身份证一致"},
    [R_SEX] = {"sex", "sex", "性别", "", HR_FIELD_CODE, .codes = sexes,
               .meaning_en = "GB/T 2261.1: 1 male, 2 female, 0 unknown, 9 not stated; needed without an ID number",
               .meaning_zh = "GB/T 2261.1：1 男、2 女、0 未知、9 未说明；无身份证号时必填"},
    [R_BIRTH_DATE] = {"birth_date", "birth date", "出生日期", "出生年月 出生年月日", HR_FIELD_DATE,
                      .meaning_en = "month and day may be unknown; needed without an ID number",
                      .meaning_zh = "月、日可不详；无身份证号时必填"},
    [R_AREA] = {"area", "area", "区划代码", "居委会代码 社区代码", HR_FIELD_AREA, .required = true,
                .meaning_en = "12-digit code of the neighbourhood committee where he lives",
                .meaning_zh = "所住居委会的 12 位代码"},
    [R_PHONE] = {"phone", "phone", "电话", "联系电话 手机", HR_FIELD_TEXT, .size = 64,
                 .meaning_en = "of the resident or family", .meaning_zh = "本人或家属电话"},
    [R_ADDRESS] = {"address", "address", "住址", "家庭住址 现住址 地址", HR_FIELD_TEXT, .size = 512,
                   .meaning_en = "where he lives", .meaning_zh = "现住址"},
    [R_HOUSEHOLD] = {"household", "household type", "户籍类型", "户口类型", HR_FIELD_TEXT, .size = 64,
                     .meaning_en = "registered here or elsewhere, as your station writes it",
                     .meaning_zh = "户籍或非户籍，按本站习惯填写"},
    [R_FILE_NUMBER] = {"file_number", "file number", "档案编号", "档案号 健康档案编号", HR_FIELD_FILE_NUMBER,
                       .meaning_en = "17 digits: county 6, street 3, committee 3, serial 5",
                       .meaning_zh = "17 位：区县 6、街道 3、居委会 3、序号 5"},
    [R_FILE_OPENED] = {"file_opened", "file opened", "建档日期", "", HR_FIELD_DATE,
                       .meaning_en = "when the health file was opened", .meaning_zh = "健康档案建立的日期"},
    [R_COMPUTERIZED] = {"computerized", "computerized", "微机化日期", "", HR_FIELD_DATE,
                        .meaning_en = "when the file was computerized", .meaning_zh = "档案录入微机的日期"},
    [R_CERTIFICATE] = {"disability_certificate", "disability certificate", "残疾证号", "残疾人证号",
                       HR_FIELD_CERTIFICATE, .size = 24, .meaning_en = "ID number, kind 1-7, grade 1-4",
                       .meaning_zh = "身份证号加类别 1–7 加等级 1–4"},
    [R_DISABILITY_KIND] = {"disability_kind", "disability kind", "残疾类别", "", HR_FIELD_CODE, .codes = kinds,
                           .meaning_en = "1 sight, 2 hearing, 3 speech, 4 limb, 5 intellect, 6 mental, 7 multiple",
                           .meaning_zh = "1 视力、2 听力、3 言语、4 肢体、5 智力、6 精神、7 多重"},
    [R_DISABILITY_GRADE] = {"disability_grade", "disability grade", "残疾等级", "", HR_FIELD_CODE, .codes = grades,
                            .meaning_en = "1 to 4", .meaning_zh = "1 至 4 级"},
    [R_REHAB_NEED] = {"rehab_need_since", "rehab need since", "康复需求日期", "", HR_FIELD_DATE,
                      .meaning_en = "since when rehabilitation is needed", .meaning_zh = "自何时起有康复需求"},
    [R_REHAB_SERVED] = {"rehab_served_since", "rehab served since", "康复服务日期", "", HR_FIELD_DATE,
                        .meaning_en = "since when rehabilitation is given", .meaning_zh = "自何时起接受康复服务"},
    [R_OUTCOME] = {"rehab_outcome", "rehab outcome", "康复效果", "", HR_FIELD_CODE, .codes = outcomes,
                   .meaning_en = "none, effective or marked", .meaning_zh = "无效、有效或显效"},
    [R_OUTCOME_DATE] = {"rehab_outcome_date", "rehab outcome date", "康复评定日期", "", HR_FIELD_DATE,
                        .meaning_en = "when the outcome was assessed", .meaning_zh = "评定康复效果的日期"},
    [R_HOME_BED_OPENED] = {"home_bed_opened", "home bed opened", "建床日期", "", HR_FIELD_DATE,
                           .meaning_en = "when the home sickbed was opened", .meaning_zh = "建立家庭病床的日期"},
    [R_HOME_BED_CLOSED] = {"home_bed_closed", "home bed closed", "撤床日期", "", HR_FIELD_DATE,
                           .meaning_en = "when it was closed", .meaning_zh = "撤销家庭病床的日期"},
    [R_HARDSHIP] = {"hardship", "hardship", "特困", "", HR_FIELD_CODE, .codes = yes_no,
                    .meaning_en = "elderly or disabled in hardship: yes or no",
                    .meaning_zh = "是否特困老人、特困残疾人：是或否"},
    [R_HOUSEHOLD_CARE] = {"household_care_since", "household care since", "包户服务日期", "", HR_FIELD_DATE,
                          .meaning_en = "since when under household care", .meaning_zh = "自何时起包户服务"},
    [R_CALL_DEVICE] = {"call_device", "call device", "呼叫器编号", "", HR_FIELD_TEXT, .size = 64,
                       .meaning_en = "number of the emergency call device", .meaning_zh = "救助呼叫器的编号"},
    [R_MOVED_IN] = {"moved_in", "moved in", "迁入日期", "", HR_FIELD_DATE,
                    .meaning_en = "blank: has always lived there", .meaning_zh = "空白表示一直居住"},
    [R_MOVED_OUT] = {"moved_out", "moved out", "迁出日期", "", HR_FIELD_DATE,
                     .meaning_en = "first day on which he no longer counts", .meaning_zh = "自该日起不再计入"},
    [R_DIED] = {"died", "died", "死亡日期", "", HR_FIELD_DATE, .meaning_en = "first day on which he no longer counts",
                .meaning_zh = "自该日起不再计入"},
};

const hr_form hr_form_resident = {.kind = "resident", .plural = "residents", .fields = fields, .count = R_COUNT};
