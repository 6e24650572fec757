/* The city's community plan: residents 50 %, the elderly and the disabled 90 % by 2003; computerized 90 % by 2005; and
 * what else a district is judged by; the national standard's figures; and what a store's own register of indicators
 * adds to them. What a tally counts is in spans.c. */
#include "indicator/definitions.h"
#include "base/cursor.h"
#include "record/snapshot.h"
#include <stdlib.h>
#include <string.h>

static const hr_indicator indicators[] = {
    {.code = "service_coverage",
     .en = "Population covered by community health services",
     .zh = "社区卫生服务人口覆盖率",
     .numerator = T_POPULATION_SERVED,
     .denominator = T_POPULATION,
     .official = -1,
     .committees = true,
     .target = 950,
     .due = 20031231},
    {.code = "resident_files",
     .en = "Residents with a health file",
     .zh = "居民建档率",
     .numerator = T_FILES,
     .denominator = T_RESIDENTS,
     .official = P_RESIDENTS,
     .target = 500,
     .due = 20031231},
    {.code = "elderly_files",
     .en = "Elderly (65+) with a health file",
     .zh = "65岁以上老年人建档率",
     .numerator = T_FILES_ELDERLY,
     .denominator = T_ELDERLY,
     .official = P_ELDERLY,
     .target = 900,
     .due = 20031231},
    {.code = "rehab_files",
     .en = "Disabled with rehabilitation need with a health file",
     .zh = "有康复需求残疾人建档率",
     .numerator = T_FILES_REHAB,
     .denominator = T_REHAB,
     .official = P_REHAB_NEED,
     .target = 900,
     .due = 20031231},
    {.code = "home_bed_files",
     .en = "Home sickbeds with a health file",
     .zh = "家庭病床建档率",
     .numerator = T_FILES_HOME_BED,
     .denominator = T_HOME_BED,
     .official = P_HOME_BED},
    {.code = "computerized_files",
     .en = "Computerized health files",
     .zh = "健康档案微机化率",
     .numerator = T_COMPUTERIZED,
     .denominator = T_FILES,
     .official = -1,
     .target = 900,
     .due = 20051231},
    {.code = "computerized_files_elderly",
     .en = "Computerized files of the elderly",
     .zh = "老年人档案微机化率",
     .numerator = T_COMPUTERIZED_ELDERLY,
     .denominator = T_FILES_ELDERLY,
     .official = -1},
    {.code = "computerized_files_rehab",
     .en = "Computerized files of the disabled",
     .zh = "残疾人档案微机化率",
     .numerator = T_COMPUTERIZED_REHAB,
     .denominator = T_FILES_REHAB,
     .official = -1},
    {.code = "computerized_files_home_bed",
     .en = "Computerized files of home sickbeds",
     .zh = "家庭病床档案微机化率",
     .numerator = T_COMPUTERIZED_HOME_BED,
     .denominator = T_FILES_HOME_BED,
     .official = -1},
    {.code = "network_informatization",
     .en = "Institutions under networked information management",
     .zh = "社区卫生服务网络信息化管理率",
     .numerator = T_NETWORKED,
     .denominator = T_INSTITUTIONS,
     .official = -1,
     .target = 900,
     .due = 20051231},
    {.code = "grade_a_stations",
     .en = "Grade-A stations",
     .zh = "甲级站比例",
     .numerator = T_STATIONS_A,
     .denominator = T_STATIONS,
     .official = -1,
     .target = 850,
     .due = 20051231},
    {.code = "street_centres",
     .en = "Streets with a service centre",
     .zh = "街道设立服务中心",
     .numerator = T_STREETS_WITH_CENTRE,
     .denominator = T_STREETS,
     .official = -1,
     .not_committee = true,
     .target = 1000,
     .due = 20051231},
    {.code = "rehab_service",
     .en = "Rehabilitation service",
     .zh = "康复服务率",
     .numerator = T_SERVED,
     .denominator = T_REHAB,
     .official = P_REHAB_NEED,
     .target = 900,
     .due = 20051231},
    {.code = "rehab_effective",
     .en = "Rehabilitation effective",
     .zh = "康复有效率",
     .numerator = T_EFFECTIVE,
     .denominator = T_SERVED,
     .official = -1,
     .target = 950,
     .due = 20051231},
    {.code = "rehab_marked",
     .en = "Rehabilitation markedly effective",
     .zh = "康复显效率",
     .numerator = T_MARKED,
     .denominator = T_SERVED,
     .official = -1,
     .target = 850,
     .due = 20051231},
    {.code = "hardship_care",
     .en = "Hardship elderly and disabled under household care",
     .zh = "特困老人、残疾人包户服务率",
     .numerator = T_CARED,
     .denominator = T_HARDSHIP,
     .official = -1,
     .target = 900,
     .due = 20051231},
    {.code = "elder_help_communities",
     .en = "Communities with elder-help services",
     .zh = "助老系列化服务社区比例",
     .numerator = T_COMMITTEES_HELPED,
     .denominator = T_COMMITTEES,
     .official = -1,
     .target = 800,
     .due = 20051231},
    {.code = "care_beds",
     .en = "Elder-care beds per elderly resident (60+)",
     .zh = "养老床位占老年人口比例",
     .numerator = T_CARE_BEDS,
     .denominator = T_RESIDENTS_60,
     .official = -1,
     .target = 15,
     .due = 20051231},
    {.code = "hotline_satisfaction",
     .en = "Hotline requests met",
     .zh = "热线需求满足率",
     .numerator = T_HOTLINE_MET,
     .denominator = T_HOTLINE,
     .official = -1,
     .target = 950,
     .due = 20051231},
    {.code = "call_enrolment",
     .en = "Enrolment in the emergency call system",
     .zh = "救助呼叫系统入网率",
     .numerator = T_CALL_ENROLLED,
     .denominator = T_CALL_DUE,
     .official = -1},
    {.code = "call_response",
     .en = "Emergency calls answered in time",
     .zh = "救助呼叫及时应答率",
     .numerator = T_CALLS_IN_TIME,
     .denominator = T_CALLS,
     .official = -1},
    {.code = "electronic_files",
     .en = "Residents with an electronic health file",
     .zh = "电子健康档案建档率",
     .numerator = T_COMPUTERIZED,
     .denominator = T_RESIDENTS,
     .official = P_RESIDENTS,
     .set = HR_SET_NATIONAL},
    {.code = "files_in_use",
     .en = "Health files in use",
     .zh = "健康档案使用率",
     .numerator = T_FILES_IN_USE,
     .denominator = T_FILES,
     .official = -1,
     .set = HR_SET_NATIONAL},
    {.code = "elderly_managed",
     .en = "Elderly (65+) under health management",
     .zh = "老年人健康管理率",
     .numerator = T_ELDERLY_EXAMINED,
     .denominator = T_ELDERLY,
     .official = P_ELDERLY,
     .set = HR_SET_NATIONAL},
};
enum { BUILT_IN = sizeof indicators / sizeof *indicators };

/* What each tally is called: by name in further indicators, in words in definitions. */
static const struct {
    const char *name, *en, *zh;
} tallies[T_COUNT] = {
    [T_RESIDENTS] = {"residents", "residents", "居民"},
    [T_FILES] = {"files", "residents with a file", "已建档居民"},
    [T_COMPUTERIZED] = {"computerized", "residents with a computerized file", "档案已微机化的居民"},
    [T_ELDERLY] = {"elderly", "residents aged 65 or over", "65岁以上老年人"},
    [T_FILES_ELDERLY] = {"files_elderly", "residents aged 65 or over with a file", "已建档的65岁以上老年人"},
    [T_COMPUTERIZED_ELDERLY] = {"computerized_elderly", "residents aged 65 or over with a computerized file",
                                "档案已微机化的65岁以上老年人"},
    [T_REHAB] = {"rehab", "disabled with rehabilitation need", "有康复需求残疾人"},
    [T_FILES_REHAB] = {"files_rehab", "disabled with rehabilitation need with a file", "已建档的有康复需求残疾人"},
    [T_COMPUTERIZED_REHAB] = {"computerized_rehab", "disabled with rehabilitation need with a computerized file",
                              "档案已微机化的有康复需求残疾人"},
    [T_HOME_BED] = {"home_bed", "open home-bed episodes", "在床的家庭病床"},
    [T_FILES_HOME_BED] = {"files_home_bed", "open home-bed episodes with a file", "已建档的在床家庭病床"},
    [T_COMPUTERIZED_HOME_BED] = {"computerized_home_bed", "open home-bed episodes with a computerized file",
                                 "档案已微机化的在床家庭病床"},
    [T_SERVED] = {"served", "disabled with rehabilitation need who are served", "已接受康复服务的残疾人"},
    [T_EFFECTIVE] = {"effective", "served whose newest outcome is effective or marked", "最近一次评定为有效或显效者"},
    [T_MARKED] = {"marked", "served whose newest outcome is marked", "最近一次评定为显效者"},
    [T_HARDSHIP] = {"hardship", "elderly and disabled in hardship", "特困老人、残疾人"},
    [T_CARED] = {"cared", "in hardship and under household care", "已包户服务的特困老人、残疾人"},
    [T_CALL_DUE] = {"call_due", "elderly and home-bed residents", "老年人和家庭病床居民"},
    [T_CALL_ENROLLED] = {"call_enrolled", "elderly and home-bed residents with a call device",
                         "配有呼叫器的老年人和家庭病床居民"},
    [T_POPULATION] = {"population", "population of committees", "居委会人口"},
    [T_POPULATION_SERVED] = {"population_served", "population of committees served by a station or centre",
                             "有站或中心服务的居委会人口"},
    [T_INSTITUTIONS] = {"institutions", "institutions", "机构"},
    [T_NETWORKED] = {"networked", "institutions under information management", "实行信息化管理的机构"},
    [T_STATIONS] = {"stations", "stations", "服务站"},
    [T_STATIONS_A] = {"stations_a", "stations of grade A", "甲级站"},
    [T_STREETS] = {"streets", "streets", "街道"},
    [T_STREETS_WITH_CENTRE] = {"streets_with_centre", "streets with at least one centre", "设有服务中心的街道"},
    [T_RESIDENTS_60] = {"residents_60", "residents aged 60 or over", "60岁以上老年人"},
    [T_FILES_IN_USE] = {"files_in_use", "files with an entry in the year", "当年有动态记录的档案"},
    [T_ELDERLY_EXAMINED] = {"elderly_examined", "residents aged 65 or over examined in the year",
                            "当年接受健康体检的65岁以上老年人"},
    [T_COMMITTEES] = {"committees", "neighbourhood committees", "居委会"},
    [T_COMMITTEES_HELPED] = {"committees_helped", "committees with elder-help services", "开展助老系列化服务的居委会"},
    [T_CARE_BEDS] = {"care_beds", "elder-care beds", "养老床位"},
    [T_HOTLINE] = {"hotline", "requests to the hotline in the year", "当年热线接到的需求"},
    [T_HOTLINE_MET] = {"hotline_met", "requests to the hotline in the year that were met", "当年热线需求中已满足的"},
    [T_CALLS] = {"calls", "emergency calls in the year", "当年救助呼叫"},
    [T_CALLS_IN_TIME] = {"calls_in_time", "emergency calls in the year answered in time", "当年救助呼叫中及时应答的"},
};

const char *hr_tally_name(hr_tally tally) {
    return tallies[tally].name;
}

int hr_tally_named(const char *name) {
    for (int i = 0; i < T_COUNT; i++)
        if (strcmp(tallies[i].name, name) == 0)
            return i;
    return -1;
}

/* ---- who is counted where ---- */

#define NONE                                                                                                           \
    { -1, -1 }
#define ALONE(t)                                                                                                       \
    { .tally = (t), .in = NONE, .holds = NONE, .whole = -1 }
#define PART(t, of)                                                                                                    \
    { .tally = (t), .in = {(of), -1}, .holds = NONE, .whole = -1 }
#define BOTH(t, one, other, of)                                                                                        \
    { .tally = (t), .in = {(one), (other)}, .holds = NONE, .whole = (of) }

/* All tallies about persons or about what they asked for. Those of places (institutions, streets, beds) are public. Of
 * the population only what is counted from the register stands for persons. Those aged 60, and those due a call device,
 * hold others but are hidden rather than these: they matter to one figure alone. */
const hr_guard hr_guards[] = {
    ALONE(T_RESIDENTS),
    PART(T_FILES, T_RESIDENTS),
    PART(T_COMPUTERIZED, T_FILES),
    {.tally = T_FILES_IN_USE, .in = {T_FILES, -1}, .holds = NONE, .whole = -1, .yearly = true},
    PART(T_ELDERLY, T_RESIDENTS),
    BOTH(T_FILES_ELDERLY, T_FILES, T_ELDERLY, T_RESIDENTS),
    BOTH(T_COMPUTERIZED_ELDERLY, T_COMPUTERIZED, T_FILES_ELDERLY, T_FILES),
    {.tally = T_ELDERLY_EXAMINED, .in = {T_ELDERLY, -1}, .holds = NONE, .whole = -1, .yearly = true},
    PART(T_REHAB, T_RESIDENTS),
    BOTH(T_FILES_REHAB, T_FILES, T_REHAB, T_RESIDENTS),
    BOTH(T_COMPUTERIZED_REHAB, T_COMPUTERIZED, T_FILES_REHAB, T_FILES),
    PART(T_SERVED, T_REHAB),
    PART(T_EFFECTIVE, T_SERVED),
    PART(T_MARKED, T_EFFECTIVE),
    PART(T_HOME_BED, T_RESIDENTS),
    BOTH(T_FILES_HOME_BED, T_FILES, T_HOME_BED, T_RESIDENTS),
    BOTH(T_COMPUTERIZED_HOME_BED, T_COMPUTERIZED, T_FILES_HOME_BED, T_FILES),
    PART(T_HARDSHIP, T_RESIDENTS),
    PART(T_CARED, T_HARDSHIP),
    {.tally = T_RESIDENTS_60, .in = NONE, .holds = {T_ELDERLY, -1}, .whole = T_RESIDENTS},
    {.tally = T_CALL_DUE, .in = NONE, .holds = {T_ELDERLY, T_HOME_BED}, .whole = T_RESIDENTS},
    PART(T_CALL_ENROLLED, T_CALL_DUE),
    {.tally = T_POPULATION, .in = {T_RESIDENTS, -1}, .holds = NONE, .whole = -1, .apart = true},
    {.tally = T_POPULATION_SERVED, .in = {T_POPULATION, -1}, .holds = NONE, .whole = -1, .apart = true},
    {.tally = T_HOTLINE, .in = NONE, .holds = NONE, .whole = -1, .yearly = true},
    {.tally = T_HOTLINE_MET, .in = {T_HOTLINE, -1}, .holds = NONE, .whole = -1, .yearly = true},
    {.tally = T_CALLS, .in = NONE, .holds = NONE, .whole = -1, .yearly = true},
    {.tally = T_CALLS_IN_TIME, .in = {T_CALLS, -1}, .holds = NONE, .whole = -1, .yearly = true},
};
const size_t hr_guards_count = sizeof hr_guards / sizeof *hr_guards;
_Static_assert(T_COUNT <= 64, "a cell's tallies are the bits of a number");

/* ---- a store's own ---- */

static const hr_indicator *built_in(const char *code) {
    for (int i = 0; i < BUILT_IN; i++)
        if (strcmp(indicators[i].code, code) == 0)
            return &indicators[i];
    return NULL;
}

void hr_definitions_free(hr_definitions *d) {
    for (size_t i = 0; d->own && i < d->count; i++)
        free(d->own[i]);
    free(d->own);
    free(d->at);
    *d = (hr_definitions){.count = 0};
}

/* Gives the definition its target, due date and source. */
static void set_target(hr_indicator *to, const hr_record *row) {
    if (hr_record_has(row, N_TARGET))
        to->target = (int)hr_record_number(row, N_TARGET);
    if (hr_record_has(row, N_DUE))
        to->due = hr_record_date(row, N_DUE);
    if (hr_record_has(row, N_SECONDS))
        to->seconds = (int)hr_record_number(row, N_SECONDS);
    if (hr_record_has(row, N_DENOMINATOR))
        to->denominator = (hr_tally)hr_tally_named(hr_record_text(row, N_DENOMINATOR));
}

/* A further indicator; its texts lie in one piece of memory, kept in `own`. */
static hr_status add_own(hr_store *store, hr_definitions *d, const hr_record *row) {
    const char *texts[] = {hr_record_text(row, N_CODE), hr_record_text(row, N_NAME_EN), hr_record_text(row, N_NAME_ZH),
                           hr_record_text(row, N_SOURCE)};
    size_t size = 0, at[4];
    for (int i = 0; i < 4; i++) {
        at[i] = size;
        size += strlen(texts[i]) + 1;
    }
    hr_indicator *grown = realloc(d->at, (d->count + 1) * sizeof *grown);
    if (grown)
        d->at = grown;
    char **own = grown ? realloc(d->own, (d->count + 1) * sizeof *own) : NULL;
    if (own)
        d->own = own;
    char *copy = own ? malloc(size) : NULL;
    if (!copy)
        return hr_fail_memory(&store->err);
    for (int i = 0; i < 4; i++)
        strcpy(copy + at[i], texts[i]);
    hr_indicator *to = &d->at[d->count];
    *to = (hr_indicator){.code = copy,
                         .en = copy + (*texts[1] ? at[1] : at[2]),
                         .zh = copy + (*texts[2] ? at[2] : at[1]),
                         .source = copy + at[3],
                         .numerator = (hr_tally)hr_tally_named(hr_record_text(row, N_NUMERATOR)),
                         .official = -1,
                         .set = HR_SET_OWN};
    set_target(to, row);
    to->committees = to->denominator == T_POPULATION;
    d->own[d->count++] = copy;
    return HR_OK;
}

typedef struct loading {
    hr_store *store;
    hr_definitions *d;
} loading;

static hr_status load_row(void *context, const hr_record *row) {
    loading *l = context;
    for (size_t i = 0; i < BUILT_IN; i++) {
        hr_indicator *to = &l->d->at[i];
        if (strcmp(to->code, hr_record_text(row, N_CODE)) != 0)
            continue;
        set_target(to, row);
        free(l->d->own[i]);
        l->d->own[i] = strdup(hr_record_text(row, N_SOURCE));
        to->source = l->d->own[i] ? l->d->own[i] : "";
        return l->d->own[i] ? HR_OK : hr_fail_memory(&l->store->err);
    }
    return add_own(l->store, l->d, row);
}

hr_status hr_definitions_load(hr_store *store, const hr_registers *registers, hr_definitions *out) {
    loading l = {store, out};
    *out = (hr_definitions){.at = malloc(sizeof indicators), .own = calloc(BUILT_IN, sizeof *out->own)};
    if (!out->at || !out->own) {
        hr_definitions_free(out);
        return hr_fail_memory(&store->err);
    }
    memcpy(out->at, indicators, sizeof indicators);
    out->count = BUILT_IN;
    hr_status status = hr_registers_walk(store, registers, &hr_form_indicator, load_row, &l);
    if (status != HR_OK)
        hr_definitions_free(out);
    return status;
}

int hr_definition_named(const hr_definitions *d, const char *code, size_t length) {
    for (size_t i = 0; i < d->count; i++)
        if (strlen(d->at[i].code) == length && strncmp(d->at[i].code, code, length) == 0)
            return (int)i;
    return -1;
}

int64_t hr_definitions_seconds(const hr_definitions *d) {
    for (size_t i = 0; i < d->count; i++)
        if (d->at[i].set != HR_SET_OWN && d->at[i].numerator == T_CALLS_IN_TIME && d->at[i].seconds)
            return d->at[i].seconds;
    return HR_CALL_SECONDS;
}

/* ---- what may be registered ---- */

static hr_status fail_row(hr_store *store, int field, const char *why) {
    return hr_fail(&store->err, HR_INVALID, HR_TR(&store->err, "%s: %s", "%s：%s"),
                   hr_field_label(&store->err, &hr_form_indicator, field), why);
}

static hr_status check_tally(hr_store *store, const hr_record *row, int field) {
    if (!hr_record_has(row, field))
        return fail_row(
            store, field,
            HR_TR(&store->err, "is missing; a further indicator needs one of the tallies", "缺失；新增指标须填计数项"));
    return hr_tally_named(hr_record_text(row, field)) >= 0
               ? HR_OK
               : fail_row(store, field,
                          HR_TR(&store->err, "is no tally; the command tallies lists them",
                                "不是计数项；可用 tallies 命令查看"));
}

static hr_status check_built_in(hr_store *store, const hr_record *row, const hr_indicator *known) {
    static const int others[] = {N_NAME_EN, N_NAME_ZH, N_NUMERATOR};
    const char *fixed = HR_TR(&store->err, "is fixed for a built-in indicator; leave it out, or choose another code",
                              "内置指标的此项不可更改；请留空，或另取代码");
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (hr_record_has(row, others[i]))
            return fail_row(store, others[i], fixed);
    if (!hr_record_has(row, N_DENOMINATOR))
        return HR_OK;
    /* From which age on people are elderly is the one choice that the plan leaves. */
    int tally = hr_tally_named(hr_record_text(row, N_DENOMINATOR));
    if (known->numerator == T_CARE_BEDS && (tally == T_RESIDENTS_60 || tally == T_ELDERLY))
        return HR_OK;
    return fail_row(store, N_DENOMINATOR,
                    known->numerator == T_CARE_BEDS
                        ? HR_TR(&store->err, "must be residents_60 or elderly", "须为 residents_60 或 elderly")
                        : fixed);
}

hr_status hr_definition_check(hr_store *store, const hr_record *row) {
    const char *code = hr_record_text(row, N_CODE);
    const hr_indicator *known = built_in(code);
    if (hr_record_has(row, N_SECONDS) && (!known || known->numerator != T_CALLS_IN_TIME))
        return fail_row(store, N_SECONDS,
                        HR_TR(&store->err, "is only for call_response; leave it out", "仅用于 call_response；请留空"));
    if (hr_record_has(row, N_DUE) && !hr_date_whole(hr_record_date(row, N_DUE)))
        return fail_row(store, N_DUE, HR_TR(&store->err, "must be a whole date", "须为完整的年月日"));
    if (known)
        return check_built_in(store, row, known);
    if (strspn(code, "abcdefghijklmnopqrstuvwxyz0123456789_") != strlen(code) || code[0] < 'a')
        return fail_row(store, N_CODE,
                        HR_TR(&store->err, "must begin with a letter and hold only a-z, 0-9 and _",
                              "须以小写字母开头，且只含 a–z、0–9 和下划线"));
    if (!hr_record_has(row, N_NAME_EN) && !hr_record_has(row, N_NAME_ZH))
        return fail_row(store, N_NAME_ZH,
                        HR_TR(&store->err, "is missing; a further indicator needs a name", "缺失；新增指标须有名称"));
    hr_status status = check_tally(store, row, N_NUMERATOR);
    return status == HR_OK ? check_tally(store, row, N_DENOMINATOR) : status;
}

/* ---- hr_indicators, hr_tallies ---- */

enum { D_INDICATOR, D_NAME, D_NUMERATOR, D_DENOMINATOR, D_TARGET, D_DUE, D_SET, D_SOURCE, D_COUNT };
static const hr_column columns[D_COUNT] = {
    [D_INDICATOR] = {"indicator", "indicator", "指标"},
    [D_NAME] = {"name", "name", "名称"},
    [D_NUMERATOR] = {"numerator", "numerator", "分子"},
    [D_DENOMINATOR] = {"denominator", "denominator", "分母"},
    [D_TARGET] = {"target", "target", "目标"},
    [D_DUE] = {"due", "due", "期限"},
    [D_SET] = {"set", "set", "指标集"},
    [D_SOURCE] = {"source", "source", "依据"},
};

const char *hr_set_name(hr_set set) {
    static const char *const names[] = {[HR_SET_PLAN] = "plan", [HR_SET_NATIONAL] = "national", [HR_SET_OWN] = "own"};
    return names[set];
}

static const char *source_of(const hr_cursor *cursor, const hr_indicator *i) {
    bool zh = cursor->language == HR_LANGUAGE_ZH;
    if (i->source && *i->source)
        return i->source;
    switch (i->set) {
    case HR_SET_NATIONAL:
        return zh ? "国家基本公共卫生服务规范（第三版，2017）"
                  : "National basic public health services, 3rd edition (2017)";
    case HR_SET_OWN:
        return zh ? "本库自定" : "this store";
    case HR_SET_PLAN:
    default:
        return zh ? "北京市社区规划" : "the city's community plan";
    }
}

typedef struct listing {
    hr_definitions d;
    size_t next;
} listing;

static void release_listing(void *context) {
    listing *l = context;
    hr_definitions_free(&l->d);
    free(l);
}

static hr_status next_definition(hr_cursor *cursor) {
    listing *l = cursor->context;
    bool zh = cursor->language == HR_LANGUAGE_ZH;
    if (l->next == l->d.count)
        return HR_END;
    const hr_indicator *i = &l->d.at[l->next++];
    hr_cell_text(cursor, D_INDICATOR, i->code);
    hr_cell_text(cursor, D_NAME, zh ? i->zh : i->en);
    hr_cell_text(cursor, D_NUMERATOR, zh ? tallies[i->numerator].zh : tallies[i->numerator].en);
    hr_cell_text(cursor, D_DENOMINATOR, zh ? tallies[i->denominator].zh : tallies[i->denominator].en);
    if (i->target)
        hr_cell_real(cursor, D_TARGET, i->target / 1000.0);
    else
        hr_cell_null(cursor, D_TARGET);
    hr_cell_date(cursor, D_DUE, i->due);
    hr_cell_text(cursor, D_SET, hr_set_name(i->set));
    hr_cell_text(cursor, D_SOURCE, source_of(cursor, i));
    return HR_OK;
}

hr_status hr_indicators(hr_store *store, hr_cursor **out) {
    if (!store || !out)
        return hr_fail_argument(store);
    *out = NULL;
    hr_status status = hr_read_begin(store);
    if (status != HR_OK)
        return status;
    hr_err_clear(&store->err);
    listing *l = calloc(1, sizeof *l);
    status = l ? hr_definitions_load(store, NULL, &l->d) : hr_fail_memory(&store->err);
    hr_read_end(store);
    return hr_cursor_give(status, &store->err, columns, D_COUNT, l, release_listing, next_definition, out);
}

enum { Y_TALLY, Y_MEANING, Y_COUNT };
static const hr_column tally_columns[Y_COUNT] = {
    [Y_TALLY] = {"tally", "tally", "计数项"}, [Y_MEANING] = {"meaning", "meaning", "含义"}};

static hr_status next_tally(hr_cursor *cursor) {
    int *at = cursor->context;
    if (*at == T_COUNT)
        return HR_END;
    hr_cell_text(cursor, Y_TALLY, tallies[*at].name);
    hr_cell_text(cursor, Y_MEANING, cursor->language == HR_LANGUAGE_ZH ? tallies[*at].zh : tallies[*at].en);
    ++*at;
    return HR_OK;
}

hr_status hr_tallies(hr_store *store, hr_cursor **out) {
    if (!store || !out)
        return hr_fail_argument(store);
    hr_err_clear(&store->err);
    *out = NULL;
    int *at = calloc(1, sizeof *at);
    hr_status status = at ? HR_OK : hr_fail_memory(&store->err);
    return hr_cursor_give(status, &store->err, tally_columns, Y_COUNT, at, free, next_tally, out);
}
