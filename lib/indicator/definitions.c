/* The city's community plan: residents 50 %, the elderly and the disabled 90 % by 2003; computerized 90 % by 2005; and
 * what else a district is judged by. What a tally counts is in spans.c. */
#include "indicator/definitions.h"
#include "base/cursor.h"
#include "store/store.h"
#include <stdlib.h>
#include <string.h>

static const hr_indicator indicators[HR_INDICATORS] = {
    {.code = "service_coverage",
     .en = "Population covered by community health services",
     .zh = "社区卫生服务人口覆盖率",
     .numerator = T_POPULATION_SERVED,
     .denominator = T_POPULATION,
     .numerator_en = "population of committees served by a station or centre",
     .numerator_zh = "有站或中心服务的居委会的人口",
     .denominator_en = "population",
     .denominator_zh = "人口",
     .official = -1,
     .committees = true,
     .target = 950,
     .due = 20031231},
    {.code = "resident_files",
     .en = "Residents with a health file",
     .zh = "居民建档率",
     .numerator = T_FILES,
     .denominator = T_RESIDENTS,
     .numerator_en = "residents with a file",
     .numerator_zh = "已建档居民",
     .denominator_en = "residents",
     .denominator_zh = "居民",
     .official = P_RESIDENTS,
     .target = 500,
     .due = 20031231},
    {.code = "elderly_files",
     .en = "Elderly (65+) with a health file",
     .zh = "65岁以上老年人建档率",
     .numerator = T_FILES_ELDERLY,
     .denominator = T_ELDERLY,
     .numerator_en = "residents aged 65 or over with a file",
     .numerator_zh = "已建档的65岁以上老年人",
     .denominator_en = "residents aged 65 or over",
     .denominator_zh = "65岁以上老年人",
     .official = P_ELDERLY,
     .target = 900,
     .due = 20031231},
    {.code = "rehab_files",
     .en = "Disabled with rehabilitation need with a health file",
     .zh = "有康复需求残疾人建档率",
     .numerator = T_FILES_REHAB,
     .denominator = T_REHAB,
     .numerator_en = "disabled with rehabilitation need with a file",
     .numerator_zh = "已建档的有康复需求残疾人",
     .denominator_en = "disabled with rehabilitation need",
     .denominator_zh = "有康复需求残疾人",
     .official = P_REHAB_NEED,
     .target = 900,
     .due = 20031231},
    {.code = "home_bed_files",
     .en = "Home sickbeds with a health file",
     .zh = "家庭病床建档率",
     .numerator = T_FILES_HOME_BED,
     .denominator = T_HOME_BED,
     .numerator_en = "open home-bed episodes with a file",
     .numerator_zh = "已建档的在床家庭病床",
     .denominator_en = "open home-bed episodes",
     .denominator_zh = "在床家庭病床",
     .official = P_HOME_BED},
    {.code = "computerized_files",
     .en = "Computerized health files",
     .zh = "健康档案微机化率",
     .numerator = T_COMPUTERIZED,
     .denominator = T_FILES,
     .numerator_en = "computerized files",
     .numerator_zh = "已微机化档案",
     .denominator_en = "files",
     .denominator_zh = "健康档案",
     .official = -1,
     .target = 900,
     .due = 20051231},
    {.code = "computerized_files_elderly",
     .en = "Computerized files of the elderly",
     .zh = "老年人档案微机化率",
     .numerator = T_COMPUTERIZED_ELDERLY,
     .denominator = T_FILES_ELDERLY,
     .numerator_en = "computerized files of residents aged 65 or over",
     .numerator_zh = "65岁以上老年人的已微机化档案",
     .denominator_en = "files of residents aged 65 or over",
     .denominator_zh = "65岁以上老年人的档案",
     .official = -1},
    {.code = "computerized_files_rehab",
     .en = "Computerized files of the disabled",
     .zh = "残疾人档案微机化率",
     .numerator = T_COMPUTERIZED_REHAB,
     .denominator = T_FILES_REHAB,
     .numerator_en = "computerized files of disabled with rehabilitation need",
     .numerator_zh = "有康复需求残疾人的已微机化档案",
     .denominator_en = "files of disabled with rehabilitation need",
     .denominator_zh = "有康复需求残疾人的档案",
     .official = -1},
    {.code = "computerized_files_home_bed",
     .en = "Computerized files of home sickbeds",
     .zh = "家庭病床档案微机化率",
     .numerator = T_COMPUTERIZED_HOME_BED,
     .denominator = T_FILES_HOME_BED,
     .numerator_en = "computerized files of open home-bed episodes",
     .numerator_zh = "在床家庭病床的已微机化档案",
     .denominator_en = "files of open home-bed episodes",
     .denominator_zh = "在床家庭病床的档案",
     .official = -1},
    {.code = "network_informatization",
     .en = "Institutions under networked information management",
     .zh = "社区卫生服务网络信息化管理率",
     .numerator = T_NETWORKED,
     .denominator = T_INSTITUTIONS,
     .numerator_en = "institutions under information management",
     .numerator_zh = "实行信息化管理的机构",
     .denominator_en = "institutions",
     .denominator_zh = "机构",
     .official = -1,
     .target = 900,
     .due = 20051231},
    {.code = "grade_a_stations",
     .en = "Grade-A stations",
     .zh = "甲级站比例",
     .numerator = T_STATIONS_A,
     .denominator = T_STATIONS,
     .numerator_en = "stations of grade A",
     .numerator_zh = "甲级站",
     .denominator_en = "stations",
     .denominator_zh = "站",
     .official = -1,
     .target = 850,
     .due = 20051231},
    {.code = "street_centres",
     .en = "Streets with a service centre",
     .zh = "街道设立服务中心",
     .numerator = T_STREETS_WITH_CENTRE,
     .denominator = T_STREETS,
     .numerator_en = "streets with at least one centre",
     .numerator_zh = "设有服务中心的街道",
     .denominator_en = "streets",
     .denominator_zh = "街道",
     .official = -1,
     .not_committee = true,
     .target = 1000,
     .due = 20051231},
    {.code = "rehab_service",
     .en = "Rehabilitation service",
     .zh = "康复服务率",
     .numerator = T_SERVED,
     .denominator = T_REHAB,
     .numerator_en = "disabled with need who are served",
     .numerator_zh = "已接受康复服务者",
     .denominator_en = "disabled with rehabilitation need",
     .denominator_zh = "有康复需求残疾人",
     .official = P_REHAB_NEED,
     .target = 900,
     .due = 20051231},
    {.code = "rehab_effective",
     .en = "Rehabilitation effective",
     .zh = "康复有效率",
     .numerator = T_EFFECTIVE,
     .denominator = T_SERVED,
     .numerator_en = "served whose newest outcome is effective or marked",
     .numerator_zh = "最近一次评定为有效或显效者",
     .denominator_en = "served",
     .denominator_zh = "已接受康复服务者",
     .official = -1,
     .target = 950,
     .due = 20051231},
    {.code = "rehab_marked",
     .en = "Rehabilitation markedly effective",
     .zh = "康复显效率",
     .numerator = T_MARKED,
     .denominator = T_SERVED,
     .numerator_en = "served whose newest outcome is marked",
     .numerator_zh = "最近一次评定为显效者",
     .denominator_en = "served",
     .denominator_zh = "已接受康复服务者",
     .official = -1,
     .target = 850,
     .due = 20051231},
    {.code = "hardship_care",
     .en = "Hardship elderly and disabled under household care",
     .zh = "特困老人、残疾人包户服务率",
     .numerator = T_CARED,
     .denominator = T_HARDSHIP,
     .numerator_en = "in hardship and under household care",
     .numerator_zh = "已包户服务的特困老人、残疾人",
     .denominator_en = "elderly and disabled in hardship",
     .denominator_zh = "特困老人、残疾人",
     .official = -1,
     .target = 900,
     .due = 20051231},
    {.code = "call_enrolment",
     .en = "Enrolment in the emergency call system",
     .zh = "救助呼叫系统入网率",
     .numerator = T_CALL_ENROLLED,
     .denominator = T_CALL_DUE,
     .numerator_en = "elderly and home-bed residents with a call device",
     .numerator_zh = "配有呼叫器的老年人和家庭病床居民",
     .denominator_en = "elderly and home-bed residents",
     .denominator_zh = "老年人和家庭病床居民",
     .official = -1},
};

const hr_indicator *hr_indicator_at(int index) {
    return index >= 0 && index < HR_INDICATORS ? &indicators[index] : NULL;
}

int hr_indicator_named(const char *code, size_t length) {
    for (int i = 0; i < HR_INDICATORS; i++)
        if (strlen(indicators[i].code) == length && strncmp(indicators[i].code, code, length) == 0)
            return i;
    return -1;
}

/* ---- hr_indicators ---- */

enum { D_INDICATOR, D_NAME, D_NUMERATOR, D_DENOMINATOR, D_TARGET, D_DUE, D_SET, D_COUNT };
static const hr_column columns[D_COUNT] = {
    [D_INDICATOR] = {"indicator", "indicator", "指标"},
    [D_NAME] = {"name", "name", "名称"},
    [D_NUMERATOR] = {"numerator", "numerator", "分子"},
    [D_DENOMINATOR] = {"denominator", "denominator", "分母"},
    [D_TARGET] = {"target", "target", "目标"},
    [D_DUE] = {"due", "due", "期限"},
    [D_SET] = {"set", "set", "指标集"},
};

static hr_status next_definition(hr_cursor *cursor) {
    int *at = cursor->context;
    const hr_indicator *i = hr_indicator_at(*at);
    bool zh = cursor->language == HR_LANGUAGE_ZH;
    if (!i)
        return HR_END;
    (*at)++;
    hr_cell_text(cursor, D_INDICATOR, i->code);
    hr_cell_text(cursor, D_NAME, zh ? i->zh : i->en);
    hr_cell_text(cursor, D_NUMERATOR, zh ? i->numerator_zh : i->numerator_en);
    hr_cell_text(cursor, D_DENOMINATOR, zh ? i->denominator_zh : i->denominator_en);
    if (i->target)
        hr_cell_real(cursor, D_TARGET, i->target / 1000.0);
    else
        hr_cell_null(cursor, D_TARGET);
    hr_cell_date(cursor, D_DUE, i->due);
    hr_cell_text(cursor, D_SET, "plan");
    return HR_OK;
}

hr_status hr_indicators(hr_store *store, hr_cursor **out) {
    if (!store || !out)
        return hr_fail_argument(store);
    hr_err_clear(&store->err);
    *out = NULL;
    int *at = calloc(1, sizeof *at);
    hr_status status = at ? hr_cursor_new(&store->err, columns, D_COUNT, out) : hr_fail_memory(&store->err);
    if (status != HR_OK) {
        free(at);
        return status;
    }
    (*out)->context = at;
    (*out)->release = free;
    (*out)->next = next_definition;
    return HR_OK;
}
