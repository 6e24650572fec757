/* Rates: sums of tallies divided by sums of tallies, or by an official population figure. What is asked for is worked
 * out in one read transaction, so that all figures describe one state, and then handed out row by row. */
#include "base/cursor.h"
#include "base/options.h"
#include "base/text.h"
#include "indicator/definitions.h"
#include "indicator/tally.h"
#include "record/areas.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void hr_rates_options_init(hr_rates_options *options) {
    *options = (hr_rates_options){.size = sizeof *options};
}

enum {
    C_AREA,
    C_AREA_NAME,
    C_TIER,
    C_INDICATOR,
    C_NUMERATOR,
    C_DENOMINATOR,
    C_RATE,
    C_SOURCE,
    C_TARGET,
    C_DUE,
    C_MET,
    C_SHORTFALL,
    C_PARTIAL,
    C_COUNT
};
static const hr_column columns[C_COUNT] = {
    [C_AREA] = {"area", "area", "区划代码"},
    [C_AREA_NAME] = {"area_name", "area name", "区划名称"},
    [C_TIER] = {"tier", "tier", "层级"},
    [C_INDICATOR] = {"indicator", "indicator", "指标"},
    [C_NUMERATOR] = {"numerator", "numerator", "分子"},
    [C_DENOMINATOR] = {"denominator", "denominator", "分母"},
    [C_RATE] = {"rate", "rate", "比率"},
    [C_SOURCE] = {"denominator_source", "denominator source", "分母来源"},
    [C_TARGET] = {"target", "target", "目标"},
    [C_DUE] = {"due", "due", "期限"},
    [C_MET] = {"met", "met", "达标"},
    [C_SHORTFALL] = {"shortfall", "shortfall", "尚缺"},
    [C_PARTIAL] = {"partial_dates", "partial dates", "日期不全"},
};

typedef struct figure {
    int64_t numerator, denominator, partial;
    bool official;
} figure;

typedef struct rates {
    size_t areas, area; /* how many, and which is next */
    int index;          /* of `which`: the next indicator */
    int which[HR_INDICATORS], which_count;
    hr_area *codes;
    char **names;
    figure *figures; /* areas * HR_INDICATORS */
    char code[HR_AREA_SIZE];
} rates;

static void release(void *context) {
    rates *r = context;
    for (size_t i = 0; r->names && i < r->areas; i++)
        free(r->names[i]);
    free(r->names);
    free(r->codes);
    free(r->figures);
    free(r);
}

/* ---- what is asked for ---- */

static hr_status choose_indicators(hr_store *store, const hr_rates_options *o, rates *r) {
    const char *set = o->set ? o->set : "plan";
    if (strcmp(set, "plan") != 0 && strcmp(set, "national") != 0 && strcmp(set, "all") != 0)
        return hr_fail(
            &store->err, HR_INVALID, "%s",
            HR_TR(&store->err, "the set must be one of: plan, national, all", "指标集须为 plan、national 或 all"));
    bool chosen[HR_INDICATORS] = {false};
    for (int i = 0; i < HR_INDICATORS; i++)
        chosen[i] = !o->indicators && strcmp(set, "national") != 0;
    for (const char *at = o->indicators; at;) {
        size_t length = strcspn(at, ",");
        int index = hr_indicator_named(at, length);
        if (index < 0)
            return hr_fail(&store->err, HR_INVALID,
                           HR_TR(&store->err, "there is no indicator \"%.*s\"; the command indicators lists them",
                                 "没有指标“%.*s”；可用 indicators 命令查看"),
                           (int)(length < 40 ? length : 40), at);
        chosen[index] = true;
        at = at[length] ? at + length + 1 : NULL;
    }
    for (int i = 0; i < HR_INDICATORS; i++)
        if (chosen[i])
            r->which[r->which_count++] = i;
    return HR_OK;
}

/* The area that figures are asked for, within the store's. */
hr_status hr_within(hr_store *store, const char *text, hr_area *out) {
    hr_areas *areas;
    char clean[64];
    *out = store->area;
    if (!text)
        return HR_OK;
    hr_status status = hr_text_normalise(store->text, &store->err, text, strlen(text), clean, sizeof clean);
    if (status == HR_OK)
        status = hr_area_parse(&store->err, HR_TR(&store->err, "area", "区划代码"), clean, out);
    if (status == HR_OK)
        status = hr_areas_get(store, &areas);
    if (status != HR_OK || hr_areas_index(areas, *out) >= 0)
        return status;
    return hr_fail(&store->err, HR_NOT_FOUND,
                   HR_TR(&store->err, "area %" PRId64 " is not in this store; import the areas, or give another code",
                         "本库没有区划 %" PRId64 "；请先导入区划，或换一个代码"),
                   *out);
}

hr_status hr_as_of(hr_store *store, int32_t given, hr_date *out) {
    *out = given ? given : hr_date_today();
    if (hr_date_whole(*out))
        return HR_OK;
    return hr_fail(
        &store->err, HR_INVALID, "%s",
        HR_TR(&store->err, "the as-of date is not a whole date; give year, month and day", "截止日期须为完整的年月日"));
}

static hr_status choose_areas(hr_store *store, const hr_rates_options *o, rates *r) {
    hr_areas *areas;
    hr_area within;
    size_t first, end;
    hr_tier tier = HR_TIER_NONE;
    hr_status status = hr_within(store, o->within, &within);
    if (status == HR_OK && o->by && (tier = hr_tier_parse(o->by)) == HR_TIER_NONE)
        status = hr_fail(&store->err, HR_INVALID, "%s",
                         HR_TR(&store->err, "the tier must be one of: city, district, street, committee",
                               "层级须为 city（市）、district（区）、street（街道）或 committee（居委会）"));
    if (status == HR_OK)
        status = hr_areas_get(store, &areas);
    if (status != HR_OK)
        return status;
    hr_areas_range(areas, within, &first, &end);
    r->codes = calloc(end - first + 1, sizeof *r->codes);
    r->names = calloc(end - first + 1, sizeof *r->names);
    if (!r->codes || !r->names)
        return hr_fail_memory(&store->err);
    for (size_t i = first; i < end; i++) {
        if (tier == HR_TIER_NONE ? areas->codes[i] != within : hr_area_tier(areas->codes[i]) != tier)
            continue;
        r->codes[r->areas] = areas->codes[i];
        if (!(r->names[r->areas++] = strdup(areas->names[i])))
            return hr_fail_memory(&store->err);
    }
    r->figures = calloc(r->areas * HR_INDICATORS + 1, sizeof *r->figures);
    return r->figures ? HR_OK : hr_fail_memory(&store->err);
}

/* ---- working out ---- */

/* For each column of the population form, the newest figure stated for the area up to the year; -1: none. */
static hr_status read_official(hr_store *store, hr_area area, int year, int64_t official[P_COUNT]) {
    sqlite3_stmt *rows = hr_db_statement(store, "SELECT residents, elderly, rehab_need, home_bed\n"
                                                "FROM main.population\n"
                                                "WHERE area = ?1 AND year <= ?2\n"
                                                "ORDER BY year DESC");
    hr_status status;
    for (int i = 0; i < P_COUNT; i++)
        official[i] = -1;
    if (!rows)
        return store->err.status;
    sqlite3_bind_int64(rows, 1, area);
    sqlite3_bind_int(rows, 2, year);
    while ((status = hr_db_row(store, rows)) == HR_OK)
        for (int i = 0; i < 4; i++)
            if (official[P_RESIDENTS + i] < 0 && sqlite3_column_type(rows, i) != SQLITE_NULL)
                official[P_RESIDENTS + i] = sqlite3_column_int64(rows, i);
    sqlite3_reset(rows);
    return status == HR_END ? HR_OK : status;
}

static hr_status work_out(hr_store *store, const rates *r, size_t area, hr_date as_of) {
    int64_t tally[T_SLOTS], official[P_COUNT];
    hr_status status = hr_tally_read(store, r->codes[area], as_of, tally);
    if (status == HR_OK)
        status = read_official(store, r->codes[area], as_of / 10000, official);
    for (int i = 0; i < HR_INDICATORS && status == HR_OK; i++) {
        const hr_indicator *def = hr_indicator_at(i);
        figure *f = &r->figures[area * HR_INDICATORS + (size_t)i];
        f->numerator = tally[def->numerator];
        f->denominator = tally[def->denominator];
        f->partial = tally[def->denominator + T_COUNT];
        f->official = def->official >= 0 && official[def->official] >= 0;
        if (f->official)
            f->denominator = official[def->official];
    }
    return status;
}

/* ---- handing out ---- */

static void set_target(hr_cursor *c, const hr_indicator *def, const figure *f) {
    hr_cell_null(c, C_TARGET);
    hr_cell_null(c, C_MET);
    hr_cell_null(c, C_SHORTFALL);
    hr_cell_date(c, C_DUE, def->due);
    if (!def->target)
        return;
    int64_t needed = (f->denominator * def->target + 999) / 1000;
    hr_cell_real(c, C_TARGET, def->target / 1000.0);
    hr_cell_integer(c, C_SHORTFALL, needed > f->numerator ? needed - f->numerator : 0);
    if (f->denominator)
        hr_cell_boolean(c, C_MET, f->numerator * 1000 >= f->denominator * def->target);
}

static hr_status next_rate(hr_cursor *c) {
    rates *r = c->context;
    const hr_indicator *def;
    do {
        if (r->index == r->which_count) {
            r->index = 0;
            r->area++;
        }
        if (r->area >= r->areas || r->which_count == 0)
            return HR_END;
        def = hr_indicator_at(r->which[r->index++]);
    } while (def->not_committee && hr_area_tier(r->codes[r->area]) == HR_TIER_COMMITTEE);
    const figure *f = &r->figures[r->area * HR_INDICATORS + (size_t)r->which[r->index - 1]];
    hr_cell_text(c, C_AREA, hr_area_format(r->codes[r->area], r->code));
    hr_cell_text(c, C_AREA_NAME, r->names[r->area]);
    hr_cell_text(c, C_TIER, hr_tier_name(hr_area_tier(r->codes[r->area])));
    hr_cell_text(c, C_INDICATOR, def->code);
    hr_cell_integer(c, C_NUMERATOR, f->numerator);
    hr_cell_integer(c, C_DENOMINATOR, f->denominator);
    if (f->denominator)
        hr_cell_real(c, C_RATE, (double)f->numerator / (double)f->denominator);
    else
        hr_cell_null(c, C_RATE);
    hr_cell_text(c, C_SOURCE, def->committees ? "committees" : f->official ? "official" : "register");
    set_target(c, def, f);
    hr_cell_integer(c, C_PARTIAL, f->official ? 0 : f->partial);
    return HR_OK;
}

static hr_status rates_of(hr_store *store, const hr_rates_options *options, rates *r) {
    hr_date as_of;
    hr_status status = hr_as_of(store, options->as_of, &as_of);
    if (status == HR_OK)
        status = choose_indicators(store, options, r);
    if (status == HR_OK)
        status = choose_areas(store, options, r);
    for (size_t i = 0; i < r->areas && status == HR_OK; i++)
        status = work_out(store, r, i, as_of);
    return status;
}

hr_status hr_rates(hr_store *store, const hr_rates_options *options, hr_cursor **out) {
    hr_rates_options o;
    hr_rates_options_init(&o);
    if (!store || !out || !hr_options_take(&o, sizeof o, options))
        return hr_fail_argument(store);
    *out = NULL;
    hr_status status = hr_need_open(store);
    if (status != HR_OK)
        return status;
    hr_err_clear(&store->err);
    rates *r = calloc(1, sizeof *r);
    if (!r)
        return hr_fail_memory(&store->err);
    status = hr_read_begin(store);
    if (status == HR_OK && store->writing)
        status = hr_flush(store);
    if (status == HR_OK) {
        status = rates_of(store, &o, r);
        hr_read_end(store);
    }
    if (status == HR_OK)
        status = hr_cursor_new(&store->err, columns, C_COUNT, out);
    if (status != HR_OK) {
        release(r);
        return status;
    }
    (*out)->context = r;
    (*out)->release = release;
    (*out)->next = next_rate;
    return HR_OK;
}
