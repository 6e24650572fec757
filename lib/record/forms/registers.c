/* The registers that rosters fill: areas, institutions and their grades, official population figures, elder-help
 * services, elder-care beds, hotline requests, targets and further indicators, and how long files are kept; and those
 * that the library fills: other stores' public keys (exchange/peers.h), and what they report (indicator/figures.h). */
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

static const hr_field grade_fields[G_COUNT] = {
    [G_INSTITUTION] = {"institution", "institution", "机构代码", "代码 机构编码", HR_FIELD_TEXT, .required = true,
                       .size = 64, .meaning_en = "code of an institution that the store knows",
                       .meaning_zh = "本库已有机构的代码"},
    [G_SINCE] = {"since", "since", "评定日期", "生效日期 起始日期", HR_FIELD_DATE, .required = true,
                 .meaning_en = "the grade holds from this day on", .meaning_zh = "自该日起为此等级"},
    [G_GRADE] = {"grade", "grade", "等级", "", HR_FIELD_CODE, .required = true, .codes = grades,
                 .meaning_en = "A, B or C", .meaning_zh = "甲、乙或丙"},
    [G_SOURCE] = {"source", "source", "来源", "评定单位", HR_FIELD_TEXT, .size = 128,
                  .meaning_en = "who gave the grade", .meaning_zh = "评定单位或文号"},
};

static const hr_field elder_help_fields[E_COUNT] = {
    [E_AREA] = {"area", "area", "区划代码", "居委会代码 社区代码", HR_FIELD_AREA, .required = true,
                .meaning_en = "12-digit code of a neighbourhood committee", .meaning_zh = "12 位居委会代码"},
    [E_SINCE] = {"since", "since", "开办日期", "起始日期", HR_FIELD_DATE, .required = true,
                 .meaning_en = "since when elder-help services are offered",
                 .meaning_zh = "自何时起开展助老系列化服务"},
    [E_UNTIL] = {"until", "until", "停办日期", "终止日期", HR_FIELD_DATE,
                 .meaning_en = "first day on which they no longer are; blank: they still are",
                 .meaning_zh = "自该日起不再开展；空白表示仍在开展"},
    [E_SOURCE] = {"source", "source", "来源", "数据来源", HR_FIELD_TEXT, .size = 128, .meaning_en = "who says so",
                  .meaning_zh = "数据来源"},
};

static const hr_field care_beds_fields[B_COUNT] = {
    [B_AREA] = {"area", "area", "区划代码", "", HR_FIELD_AREA, .required = true,
                .meaning_en = "code of any tier; no area within it may have beds of its own",
                .meaning_zh = "任一级区划代码；其下级区划不得另报床位"},
    [B_SINCE] = {"since", "since", "起始日期", "日期 统计日期", HR_FIELD_DATE, .required = true,
                 .meaning_en = "the number holds from this day on, until the next",
                 .meaning_zh = "自该日起有此床位数，直至下次变更"},
    [B_BEDS] = {"beds", "beds", "养老床位数", "床位数", HR_FIELD_COUNT, .required = true, .most = MOST,
                .meaning_en = "elder-care beds in the area", .meaning_zh = "该区划的养老床位数"},
    [B_SOURCE] = {"source", "source", "来源", "数据来源", HR_FIELD_TEXT, .size = 128, .meaning_en = "who counted them",
                  .meaning_zh = "数据来源"},
};

static const hr_field hotline_fields[H_COUNT] = {
    [H_AREA] = {"area", "area", "区划代码", "", HR_FIELD_AREA, .required = true,
                .meaning_en = "where the requests came from, any tier", .meaning_zh = "需求来自的区划，可为任一级"},
    [H_PERIOD] = {"period", "period", "期间", "月份 日期", HR_FIELD_DATE, .required = true,
                  .meaning_en =
                      "a day, a month (2005-03) or a year; counted from its last day on, to the end of that year",
                  .meaning_zh = "某日、某月（2005-03）或某年；自该期间最后一日起计入当年"},
    [H_REQUESTS] = {"requests", "requests", "需求数", "热线需求数", HR_FIELD_COUNT, .required = true, .most = MOST,
                    .meaning_en = "requests to the hotline in the period", .meaning_zh = "期间内热线接到的需求"},
    [H_MET] = {"met", "requests met", "满足数", "已满足 满足需求数", HR_FIELD_COUNT, .required = true, .most = MOST,
               .meaning_en = "how many of them were met", .meaning_zh = "其中已满足的需求"},
    [H_SOURCE] = {"source", "source", "来源", "数据来源", HR_FIELD_TEXT, .size = 128, .meaning_en = "who counted them",
                  .meaning_zh = "数据来源"},
};

static const hr_field indicator_fields[N_COUNT] = {
    [N_CODE] = {"indicator", "indicator", "指标", "指标代码 代码", HR_FIELD_TEXT, .required = true, .size = 40,
                .meaning_en = "a built-in indicator whose target is set, or the code of a further one: a-z, 0-9 and _",
                .meaning_zh = "要设目标的内置指标，或新增指标的代码（小写字母、数字、下划线）"},
    [N_NAME_EN] = {"name_en", "English name", "英文名称", "", HR_FIELD_TEXT, .size = 128,
                   .meaning_en = "of a further indicator", .meaning_zh = "新增指标的英文名称"},
    [N_NAME_ZH] = {"name_zh", "Chinese name", "名称", "中文名称 指标名称", HR_FIELD_TEXT, .size = 128,
                   .meaning_en = "of a further indicator", .meaning_zh = "新增指标的名称"},
    [N_NUMERATOR] = {"numerator", "numerator", "分子", "", HR_FIELD_TEXT, .size = 40,
                     .meaning_en = "of a further indicator: a tally (the command tallies lists them)",
                     .meaning_zh = "新增指标的分子：一个计数项（用 tallies 命令查看）"},
    [N_DENOMINATOR] = {"denominator", "denominator", "分母", "", HR_FIELD_TEXT, .size = 40,
                       .meaning_en = "of a further indicator, or of care_beds: a tally",
                       .meaning_zh = "新增指标或 care_beds 的分母：一个计数项"},
    [N_TARGET] = {"target", "target", "目标", "目标值", HR_FIELD_DECIMAL, .decimals = 1, .most = 1000, .unit = "%",
                  .meaning_en = "per cent, one decimal at most", .meaning_zh = "百分数，最多一位小数"},
    [N_DUE] = {"due", "due", "期限", "截止日期", HR_FIELD_DATE, .meaning_en = "when the target must be met",
               .meaning_zh = "应达到目标的日期"},
    [N_SECONDS] = {"seconds", "seconds", "应答时限", "时限", HR_FIELD_COUNT, .least = 1, .most = 86400, .unit = "s",
                   .unit_zh = "秒", .meaning_en = "of call_response: a call answered within so many seconds is in time",
                   .meaning_zh = "仅用于 call_response：在此秒数内应答为及时"},
    [N_SOURCE] = {"source", "source", "来源", "依据 文号", HR_FIELD_TEXT, .size = 128,
                  .meaning_en = "the document that sets it", .meaning_zh = "依据的文件"},
};

static const hr_code retained[] = {
    {HR_RETAIN_FILE, "\"file\"", "health file", "健康档案", "档案"},
    {-1, NULL, NULL, NULL, NULL},
};

static const hr_field retention_fields[RT_COUNT] = {
    [RT_WHAT] = {"what", "what", "内容", "保存内容", HR_FIELD_CODE, .required = true, .codes = retained,
                 .meaning_en = "what is kept: file", .meaning_zh = "保存的内容：file（健康档案）"},
    [RT_YEARS] = {"years", "years", "保存年限", "年限", HR_FIELD_COUNT, .required = true, .most = 100, .unit = "years",
                  .unit_zh = "年",
                  .meaning_en = "a file is not erased before its newest entry of care is so old; 15 if never set",
                  .meaning_zh = "最近一次诊疗服务满此年限前档案不得删除；未设时为 15"},
    [RT_SOURCE] = {"source", "source", "来源", "依据 文号", HR_FIELD_TEXT, .size = 128,
                   .meaning_en = "the document that sets it", .meaning_zh = "依据的文件"},
};

static const hr_code peer_kinds[] = {
    {HR_PEER_STATION, "\"station\"", "station", "站点", ""},
    {HR_PEER_BUREAU, "\"bureau\"", "bureau", "卫生局", ""},
    {-1, NULL, NULL, NULL, NULL},
};

static const hr_field peer_fields[PE_COUNT] = {
    [PE_STORE] = {"store", "store", "库编号", "", HR_FIELD_TEXT, .required = true, .size = 32},
    [PE_KIND] = {"kind", "kind", "类别", "", HR_FIELD_CODE, .required = true, .codes = peer_kinds},
    [PE_NAME] = {"name", "name", "名称", "", HR_FIELD_TEXT, .required = true, .size = 255},
    [PE_AREA] = {"area", "area", "区划代码", "", HR_FIELD_AREA, .required = true},
    [PE_AGE] = {"age", "age recipient", "age 公钥", "", HR_FIELD_TEXT, .required = true, .size = 62},
    [PE_MINISIGN] = {"minisign", "minisign key", "minisign 公钥", "", HR_FIELD_TEXT, .required = true, .size = 56},
    [PE_FINGERPRINT] = {"fingerprint", "fingerprint", "指纹", "", HR_FIELD_TEXT, .required = true, .size = 39},
    [PE_REMOVED] = {"removed", "removed", "已移除", "", HR_FIELD_CODE, .codes = hr_codes_yes_no},
};

/* What a station reports that sends no persons (indicator/figures.h). */
static const hr_field figures_fields[FG_COUNT] = {
    [FG_STATION] = {"station", "store that reports", "上报库编号", "", HR_FIELD_TEXT, .required = true, .size = 32},
    [FG_AREA] = {"area", "area", "区划代码", "", HR_FIELD_AREA, .required = true},
    [FG_TALLY] = {"tally", "tally", "计数项", "", HR_FIELD_TEXT, .required = true, .size = 48},
    [FG_DECADE] = {"decade", "decade", "年代", "", HR_FIELD_COUNT, .required = true, .most = 2190},
    [FG_CHANGES] = {"changes", "changes by month", "各月变动", "", HR_FIELD_TEXT, .size = 2040},
};

static const hr_field reporting_fields[RG_COUNT] = {
    [RG_STATION] = {"station", "store that reports", "上报库编号", "", HR_FIELD_TEXT, .required = true, .size = 32},
    [RG_AREA] = {"area", "area", "区划代码", "", HR_FIELD_AREA, .required = true},
    [RG_UNTIL] = {"until", "reported until", "数据截至", "", HR_FIELD_DATE,
                  .meaning_en = "blank: it reports no figures any more", .meaning_zh = "空白表示不再上报统计数"},
};

#define TALLY_MOST INT64_C(999999999999)
/* What a station reports otherwise than before: a tally of an area, at the end of months that it had reported. */
static const hr_field correction_fields[CX_COUNT] = {
    [CX_STATION] = {"station", "store that reports", "上报库编号", "", HR_FIELD_TEXT, .required = true, .size = 32},
    [CX_BUNDLE] = {"bundle", "number of the bundle", "上报包号", "", HR_FIELD_COUNT, .required = true, .least = 1,
                   .most = INT64_C(99999999999)},
    [CX_AREA] = {"area", "area", "区划代码", "", HR_FIELD_AREA, .required = true},
    [CX_TALLY] = {"tally", "tally", "计数项", "", HR_FIELD_TEXT, .required = true, .size = 48},
    [CX_FROM] = {"from", "first month that differs", "起始月份", "", HR_FIELD_COUNT, .required = true, .most = 219912,
                 .meaning_en = "yyyymm; 0: what has always been", .meaning_zh = "年月；0 表示自始"},
    [CX_MONTHS] = {"months", "months that differ", "相差月数", "", HR_FIELD_COUNT, .required = true, .least = 1,
                   .most = 4200},
    [CX_NOW] = {"now", "at its end, now", "该月末现数", "", HR_FIELD_COUNT, .required = true, .most = TALLY_MOST},
    [CX_BEFORE] = {"before", "at its end, before", "该月末原数", "", HR_FIELD_COUNT, .required = true,
                   .most = TALLY_MOST},
    [CX_RECEIVED] = {"received", "received", "接收时间", "", HR_FIELD_TEXT, .required = true, .size = 20},
};

/* Not more requests are met than were made. */
static hr_status complete_hotline(hr_err *err, hr_record *row) {
    if (!hr_record_has(row, H_REQUESTS) || hr_record_number(row, H_MET) <= hr_record_number(row, H_REQUESTS))
        return HR_OK;
    return hr_fail(
        err, HR_INVALID,
        HR_TR(err, "%s: more than there were requests; correct one of the two", "%s：多于需求数；请更正其一"),
        hr_field_label(err, row->form, H_MET));
}

#define REGISTER(name, keys_, count_)                                                                                  \
    .about = HR_ABOUT_AREA, .keys = (keys_), .fields = name##_fields, .count = (count_)
const hr_form hr_form_area = {
    .kind = "area", .plural = "areas", .en = "areas", .zh = "区划", REGISTER(area, 1, A_COUNT)};
const hr_form hr_form_institution = {.kind = "institution",
                                     .plural = "institutions",
                                     .en = "institutions",
                                     .zh = "机构",
                                     REGISTER(institution, 1, I_COUNT)};
const hr_form hr_form_population = {.kind = "population",
                                    .plural = "population",
                                    .en = "official population figures",
                                    .zh = "人口数",
                                    REGISTER(population, 2, P_COUNT)};
const hr_form hr_form_grade = {.kind = "grade",
                               .plural = "grades",
                               .en = "institutions' grades by date",
                               .zh = "机构等级",
                               REGISTER(grade, 2, G_COUNT)};
const hr_form hr_form_elder_help = {.kind = "elder_help",
                                    .plural = "elder_help",
                                    .en = "committees with elder-help services",
                                    .zh = "助老系列化服务",
                                    REGISTER(elder_help, 2, E_COUNT)};
const hr_form hr_form_care_beds = {.kind = "care_beds",
                                   .plural = "care_beds",
                                   .en = "elder-care beds by area",
                                   .zh = "养老床位",
                                   REGISTER(care_beds, 2, B_COUNT)};
const hr_form hr_form_hotline = {.kind = "hotline",
                                 .plural = "hotline",
                                 .en = "hotline requests",
                                 .zh = "热线需求",
                                 REGISTER(hotline, 2, H_COUNT),
                                 .complete = complete_hotline};
const hr_form hr_form_indicator = {.kind = "indicator",
                                   .plural = "indicators",
                                   .en = "targets and further indicators",
                                   .zh = "目标与新增指标",
                                   REGISTER(indicator, 1, N_COUNT)};
const hr_form hr_form_retention = {.kind = "retention",
                                   .plural = "retention",
                                   .en = "how long files are kept",
                                   .zh = "档案保存年限",
                                   REGISTER(retention, 1, RT_COUNT)};
const hr_form hr_form_peer = {.kind = "peer",
                              .plural = "peers",
                              .en = "other stores whose keys are known",
                              .zh = "已确认公钥的其他库",
                              REGISTER(peer, 1, PE_COUNT),
                              .by_library = true};
const hr_form hr_form_figures = {.kind = "figures",
                                 .plural = "figures",
                                 .en = "figures that stations report",
                                 .zh = "站点上报的统计数",
                                 REGISTER(figures, 4, FG_COUNT),
                                 .by_library = true};
const hr_form hr_form_reporting = {.kind = "reporting",
                                   .plural = "reporting",
                                   .en = "stations that report figures",
                                   .zh = "只报统计数的站点",
                                   REGISTER(reporting, 1, RG_COUNT),
                                   .by_library = true};
const hr_form hr_form_correction = {.kind = "correction",
                                    .plural = "correction",
                                    .en = "reported figures that were corrected",
                                    .zh = "站点更正的统计数",
                                    REGISTER(correction, 4, CX_COUNT),
                                    .by_library = true};
