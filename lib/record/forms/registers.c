/* The registers that rosters fill: areas, institutions, official population figures. */
#include "record/form.h"

static const hr_field area_fields[A_COUNT] = {
    [A_AREA] = {"area", "area", "区划代码", "", HR_FIELD_AREA, .required = true,
                .meaning_en = "2 or 4 digits (city), 6 (district, GB/T 2260), 9 (street) or 12 (committee)",
                .meaning_zh = "2 或 4 位（市）、6 位（区县，GB/T 2260）、9 位（街道）或 12 位（居委会）"},
    [A_NAME] = {"name", "name", "名称", "区划名称", HR_FIELD_TEXT, .required = true, .size = 128,
                .meaning_en = "of the area", .meaning_zh = "区划名称"},
    [A_PARENT] = {"parent", "parent", "上级代码", "上级区划", HR_FIELD_AREA,
                  .meaning_en = "optional: the code's prefix says it too", .meaning_zh = "可不填：代码前段即为上级"},
};

static const hr_code kinds[] = {
    {HR_CENTRE, "\"centre\"", "centre", "中心", "center 服务中心 社区卫生服务中心"},
    {HR_STATION, "\"station\"", "station", "站", "服务站 社区卫生服务站"},
    {-1, NULL, NULL, NULL, NULL},
};

static const hr_code grades[] = {
    {HR_GRADE_A, "\"A\"", "A", "甲", "a 甲级"},
    {2, "\"B\"", "B", "乙", "b 乙级"},
    {3, "\"C\"", "C", "丙", "c 丙级"},
    {-1, NULL, NULL, NULL, NULL},
};

static const hr_field institution_fields[I_COUNT] = {
    [I_CODE] = {"code", "code", "机构代码", "代码 机构编码", HR_FIELD_TEXT, .required = true, .size = 64,
                .meaning_en = "the institution's own code", .meaning_zh = "机构代码"},
    [I_NAME] = {"name", "name", "名称", "机构名称", HR_FIELD_TEXT, .required = true, .size = 128,
                .meaning_en = "of the institution", .meaning_zh = "机构名称"},
    [I_KIND] = {"kind", "kind", "类别", "机构类别", HR_FIELD_CODE, .required = true, .codes = kinds,
                .meaning_en = "centre or station", .meaning_zh = "中心或站"},
    [I_AREA] = {"area", "area", "区划代码", "", HR_FIELD_AREA, .required = true, .meaning_en = "where it stands",
                .meaning_zh = "所在区划"},
    [I_GRADE] = {"grade", "grade", "等级", "", HR_FIELD_CODE, .codes = grades, .meaning_en = "A, B or C",
                 .meaning_zh = "甲、乙或丙"},
    [I_SERVES] = {"serves", "serves", "服务区划", "", HR_FIELD_AREAS, .size = 1024,
                  .meaning_en = "codes of the areas it serves, parted by ;",
                  .meaning_zh = "所服务区划的代码，用分号隔开"},
    [I_OPENED] = {"opened", "opened", "开业日期", "成立日期", HR_FIELD_DATE, .meaning_en = "blank: always",
                  .meaning_zh = "空白表示一直开业"},
    [I_CLOSED] = {"closed", "closed", "停业日期", "撤销日期", HR_FIELD_DATE,
                  .meaning_en = "first day on which it no longer counts", .meaning_zh = "自该日起不再计入"},
    [I_NETWORKED] = {"networked_since", "networked since", "信息化管理日期", "联网日期", HR_FIELD_DATE,
                     .meaning_en = "since when under networked information management",
                     .meaning_zh = "自何时起实行网络信息化管理"},
};

enum { MOST = 100000000 };

static const hr_field population_fields[P_COUNT] = {
    [P_AREA] = {"area", "area", "区划代码", "", HR_FIELD_AREA, .required = true, .meaning_en = "code of any tier",
                .meaning_zh = "任一级区划代码"},
    [P_YEAR] = {"year", "year", "年份", "年度", HR_FIELD_COUNT, .required = true, .least = 1850, .most = 2199,
                .meaning_en = "the figures hold from this year on", .meaning_zh = "自该年起适用"},
    [P_RESIDENTS] = {"residents", "residents", "居民数", "人口数 常住人口", HR_FIELD_COUNT, .most = MOST,
                     .meaning_en = "all residents", .meaning_zh = "全部居民"},
    [P_ELDERLY] = {"elderly", "elderly", "老年人数", "65岁以上人数", HR_FIELD_COUNT, .most = MOST,
                   .meaning_en = "aged 65 or over", .meaning_zh = "65 岁及以上"},
    [P_REHAB_NEED] = {"rehab_need", "rehab need", "康复需求人数", "", HR_FIELD_COUNT, .most = MOST,
                      .meaning_en = "disabled people with rehabilitation need", .meaning_zh = "有康复需求的残疾人"},
    [P_HOME_BED] = {"home_bed", "home beds", "家庭病床数", "", HR_FIELD_COUNT, .most = MOST,
                    .meaning_en = "open home sickbeds", .meaning_zh = "在床的家庭病床"},
    [P_SOURCE] = {"source", "source", "来源", "数据来源", HR_FIELD_TEXT, .size = 128,
                  .meaning_en = "who issued the figures", .meaning_zh = "数据来源"},
};

const hr_form hr_form_area = {.kind = "area", .plural = "areas", .fields = area_fields, .count = A_COUNT};
const hr_form hr_form_institution = {
    .kind = "institution", .plural = "institutions", .fields = institution_fields, .count = I_COUNT};
const hr_form hr_form_population = {
    .kind = "population", .plural = "population", .fields = population_fields, .count = P_COUNT};
