/* Rates: sums of tallies divided by sums of tallies, or by an official population figure. What is asked for is worked
 * out in one read transaction, so that all figures describe one state, and then handed out row by row. A trend is the
 * same of one area on several days. */
#include "base/cursor.h"
#include "base/options.h"
#include "base/text.h"
#include "indicator/asknown.h"
#include "indicator/definitions.h"
#include "indicator/figures.h"
#include "indicator/tally.h"
#include "record/areas.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void hr_rates_options_init(hr_rates_options *options) {
    *options = (hr_rates_options){.size = sizeof *options};
}

void hr_trend_options_init(hr_trend_options *options) {
    *options = (hr_trend_options){.size = sizeof *options};
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
    C_AS_OF, /* of a trend */
    C_COUNT
};
enum { C_RATES = C_AS_OF };
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
    [C_AS_OF] = {"as_of", "as of", "截止日期"},
};

typedef struct figure {
    int64_t numerator, denominator, partial;
    bool official;
} figure;

typedef struct rates {
    hr_definitions definitions;
    hr_asknown *known;  /* NULL: as known now */
    size_t areas, area; /* how many, and which is next */
    size_t dates, date;
    size_t index; /* of `which`: the next indicator */
    int *which;
    size_t which_count;
    hr_area *codes;
    char **names;
    hr_date *days;
    figure *figures; /* by date, area and indicator */
    char code[HR_AREA_SIZE];
} rates;

static void release(void *context) {
    rates *r = context;
    for (size_t i = 0; r->names && i < r->areas; i++)
        free(r->names[i]);
    free(r->names);
    free(r->codes);
    free(r->days);
    free(r->which);
    free(r->figures);
    hr_definitions_free(&r->definitions);
    hr_asknown_free(r->known);
    free(r);
}

static figure *figure_at(const rates *r, size_t date, size_t area, size_t indicator) {
    return &r->figures[(date * r->areas + area) * r->definitions.count + indicator];
}

/* ---- what is asked for ---- */

static bool in_set(const hr_indicator *indicator, const char *set) {
    return strcmp(set, "all") == 0 || strcmp(set, hr_set_name(indicator->set)) == 0;
}

hr_status hr_indicators_choose(hr_store *store, const hr_definitions *d, const char *set, const char *codes,
                               int **which, size_t *count) {
    if (!set)
        set = "plan";
    if (strcmp(set, "all") != 0 && strcmp(set, "plan") != 0 && strcmp(set, "national") != 0 && strcmp(set, "own") != 0)
        return hr_fail(&store->err, HR_INVALID, "%s",
                       HR_TR(&store->err, "the set must be one of: plan, national, own, all",
                             "指标集须为 plan、national、own 或 all"));
    *which = calloc(d->count, sizeof **which);
    bool *chosen = calloc(d->count, sizeof *chosen);
    hr_status status = *which && chosen ? HR_OK : hr_fail_memory(&store->err);
    for (size_t i = 0; status == HR_OK && i < d->count; i++)
        chosen[i] = !codes && in_set(&d->at[i], set);
    for (const char *at = codes; at && status == HR_OK;) {
        size_t length = strcspn(at, ",");
        int index = hr_definition_named(d, at, length);
        if (index >= 0)
            chosen[index] = true;
        else
            status = hr_fail(&store->err, HR_INVALID,
                             HR_TR(&store->err, "there is no indicator \"%.*s\"; the command indicators lists them",
                                   "没有指标“%.*s”；可用 indicators 命令查看"),
                             (int)(length < 40 ? length : 40), at);
        at = at[length] ? at + length + 1 : NULL;
    }
    for (size_t i = 0; status == HR_OK && i < d->count; i++)
        if (chosen[i])
            (*which)[(*count)++] = (int)i;
    free(chosen);
    return status;
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

hr_status hr_by(hr_store *store, const char *text, hr_tier *out) {
    *out = text ? hr_tier_parse(text) : HR_TIER_NONE;
    if (!text || *out != HR_TIER_NONE)
        return HR_OK;
    return hr_fail(&store->err, HR_INVALID, "%s",
                   HR_TR(&store->err, "the tier must be one of: city, district, street, committee",
                         "层级须为 city（市）、district（区）、street（街道）或 committee（居委会）"));
}

/* Those areas of a tier (NONE: the area itself) that are known. */
typedef struct choice {
    hr_store *store;
    rates *r;
    hr_area within;
    hr_tier tier;
} choice;

static hr_status choose_area(void *context, hr_area code, const char *name) {
    choice *c = context;
    rates *r = c->r;
    if (!hr_area_within(code, c->within) ||
        (c->tier == HR_TIER_NONE ? code != c->within : hr_area_tier(code) != c->tier))
        return HR_OK;
    if (r->areas % 64 == 0) {
        hr_area *codes = realloc(r->codes, (r->areas + 64) * sizeof *codes);
        if (codes)
            r->codes = codes;
        char **names = codes ? realloc(r->names, (r->areas + 64) * sizeof *names) : NULL;
        if (!names)
            return hr_fail_memory(&c->store->err);
        r->names = names;
    }
    r->codes[r->areas] = code;
    r->names[r->areas] = strdup(name);
    if (!r->names[r->areas])
        return hr_fail_memory(&c->store->err);
    r->areas++;
    return HR_OK;
}

static hr_status choose_row(void *context, const hr_record *row) {
    return choose_area(context, hr_record_number(row, A_AREA), hr_record_text(row, A_NAME));
}

static hr_status choose_areas(hr_store *store, const char *within, const char *by, rates *r) {
    hr_areas *areas;
    choice c = {.store = store, .r = r, .tier = HR_TIER_NONE};
    hr_status status = hr_within(store, within, &c.within);
    if (status == HR_OK)
        status = hr_by(store, by, &c.tier);
    if (status == HR_OK)
        status = hr_areas_get(store, &areas);
    if (status == HR_OK && r->known)
        return hr_registers_walk(store, hr_asknown_registers(r->known), &hr_form_area, choose_row, &c);
    size_t first = 0, end = 0;
    if (status == HR_OK)
        hr_areas_range(areas, c.within, &first, &end);
    for (size_t i = first; i < end && status == HR_OK; i++)
        status = choose_area(&c, areas->codes[i], areas->names[i]);
    return status;
}

/* ---- working out ---- */

hr_status hr_official_read(hr_store *store, hr_area area, int year, int64_t official[P_COUNT]) {
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

static hr_status work_out(hr_store *store, const rates *r, size_t date, size_t area) {
    int64_t tally[T_SLOTS], official[P_COUNT];
    hr_date as_of = r->days[date];
    hr_status status;
    if (r->known) {
        status = hr_asknown_read(r->known, r->codes[area], as_of, tally, official);
    } else {
        status = hr_tally_read(store, r->codes[area], as_of, tally);
        if (status == HR_OK)
            status = hr_official_read(store, r->codes[area], as_of / 10000, official);
    }
    if (status == HR_OK)
        hr_tallies_complete(tally);
    for (size_t i = 0; i < r->definitions.count && status == HR_OK; i++) {
        const hr_indicator *def = &r->definitions.at[i];
        figure *f = figure_at(r, date, area, i);
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

/* Moves to the next figure there is a row for. */
static const hr_indicator *next_figure(rates *r, const figure **out) {
    for (; r->date < r->dates; r->date++, r->area = 0)
        for (; r->area < r->areas; r->area++, r->index = 0)
            while (r->index < r->which_count) {
                size_t which = (size_t)r->which[r->index++];
                const hr_indicator *def = &r->definitions.at[which];
                if (def->not_committee && hr_area_tier(r->codes[r->area]) == HR_TIER_COMMITTEE)
                    continue;
                *out = figure_at(r, r->date, r->area, which);
                return def;
            }
    return NULL;
}

static hr_status next_rate(hr_cursor *c) {
    rates *r = c->context;
    const figure *f;
    const hr_indicator *def = next_figure(r, &f);
    if (!def)
        return HR_END;
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
    if (c->count > C_AS_OF)
        hr_cell_date(c, C_AS_OF, r->days[r->date]);
    return HR_OK;
}

/* What hr_rates and hr_trend have in common: where, what, when, and as known when. */
typedef struct question {
    const char *within, *by, *indicators, *set, *known_at;
    hr_date *days; /* taken over */
    size_t dates;
    int columns;
} question;

static hr_status rates_of(hr_store *store, const question *q, rates *r) {
    int64_t seq;
    hr_status status = HR_OK;
    r->dates = q->dates;
    if (q->known_at) {
        status = hr_known_parse(store, q->known_at, &seq);
        if (status == HR_OK && seq < store->head.seq)
            status = hr_asknown_new(store, seq, &r->known);
    }
    if (status == HR_OK)
        status = hr_definitions_load(store, r->known ? hr_asknown_registers(r->known) : NULL, &r->definitions);
    if (status == HR_OK)
        status = hr_indicators_choose(store, &r->definitions, q->set, q->indicators, &r->which, &r->which_count);
    if (status == HR_OK)
        status = choose_areas(store, q->within, q->by, r);
    if (status != HR_OK)
        return status;
    status = hr_figures_exact(store, r->known ? hr_asknown_registers(r->known) : NULL, r->codes, r->areas, r->days,
                              r->dates);
    if (status != HR_OK)
        return status;
    r->figures = calloc(r->dates * r->areas * r->definitions.count + 1, sizeof *r->figures);
    if (!r->figures)
        return hr_fail_memory(&store->err);
    for (size_t date = 0; date < r->dates; date++)
        for (size_t area = 0; area < r->areas && status == HR_OK; area++)
            status = work_out(store, r, date, area);
    return status;
}

static hr_status ask(hr_store *store, const question *q, hr_cursor **out) {
    rates *r = calloc(1, sizeof *r);
    if (!r) {
        free(q->days);
        return hr_fail_memory(&store->err);
    }
    r->days = q->days;
    hr_status status = q->known_at ? hr_chart_begin(store) : hr_read_begin(store); /* the log says what was known */
    if (status == HR_OK) {
        if (store->writing)
            status = hr_flush(store);
        if (status == HR_OK)
            status = rates_of(store, q, r);
        hr_read_end(store);
    }
    return hr_cursor_give(status, &store->err, columns, q->columns, r, release, next_rate, out);
}

hr_status hr_rates(hr_store *store, const hr_rates_options *options, hr_cursor **out) {
    hr_rates_options o;
    hr_date as_of;
    hr_rates_options_init(&o);
    if (!store || !out || !hr_options_take(&o, sizeof o, options))
        return hr_fail_argument(store);
    *out = NULL;
    hr_status status = hr_need_open(store);
    if (status != HR_OK)
        return status;
    hr_err_clear(&store->err);
    status = hr_as_of(store, o.as_of, &as_of);
    hr_date *days = status == HR_OK ? malloc(sizeof *days) : NULL;
    if (!days)
        return status == HR_OK ? hr_fail_memory(&store->err) : status;
    *days = as_of;
    question q = {o.within, o.by, o.indicators, o.set, o.known_at, days, 1, C_RATES};
    return ask(store, &q, out);
}

/* ---- trends ---- */

/* The last day of the period of `months` months (of a year) that a day lies in. */
static hr_date period_end(hr_date day, int months) {
    int month = (day / 100 % 100 - 1) / months * months + months;
    return hr_date_latest(day / 10000 * 10000 + month * 100);
}

static hr_date day_after(hr_date day) {
    hr_date end = hr_date_latest(day / 100 * 100);
    if (day < end)
        return day + 1;
    return day % 10000 / 100 == 12 ? (day / 10000 + 1) * 10000 + 101 : (day / 100 + 1) * 100 + 1;
}

/* The end of each period from `from` on, and `to`. */
static hr_status choose_days(hr_store *store, const hr_trend_options *o, hr_date **days, size_t *count) {
    static const struct {
        const char *name;
        int months;
    } periods[] = {{"month", 1}, {"quarter", 3}, {"year", 12}};
    enum { DAYS_MAX = 12 * 400 };
    int months = 0;
    hr_date day, to;
    for (size_t i = 0; i < sizeof periods / sizeof *periods; i++)
        if (strcmp(periods[i].name, o->every ? o->every : "year") == 0)
            months = periods[i].months;
    if (!months)
        return hr_fail(&store->err, HR_INVALID, "%s",
                       HR_TR(&store->err, "the step must be one of: month, quarter, year",
                             "间隔须为 month（月）、quarter（季）或 year（年）"));
    hr_status status = hr_as_of(store, o->from, &day);
    if (status == HR_OK)
        status = hr_as_of(store, o->to, &to);
    if (status == HR_OK && day > to)
        status = hr_fail(
            &store->err, HR_INVALID, "%s",
            HR_TR(&store->err, "the first day is after the last; exchange them", "起始日期晚于截止日期；请对调"));
    *days = status == HR_OK ? malloc(DAYS_MAX * sizeof **days) : NULL;
    if (!*days)
        return status == HR_OK ? hr_fail_memory(&store->err) : status;
    for (*count = 0; day <= to && *count < DAYS_MAX; day = day_after((*days)[(*count)++])) {
        hr_date end = period_end(day, months);
        (*days)[*count] = end < to ? end : to;
    }
    return HR_OK;
}

hr_status hr_trend(hr_store *store, const hr_trend_options *options, hr_cursor **out) {
    hr_trend_options o;
    hr_date *days = NULL;
    size_t count = 0;
    hr_trend_options_init(&o);
    if (!store || !out || !options || !hr_options_take(&o, sizeof o, options))
        return hr_fail_argument(store);
    *out = NULL;
    hr_status status = hr_need_open(store);
    if (status != HR_OK)
        return status;
    hr_err_clear(&store->err);
    if (!o.indicators || !o.from)
        return hr_fail(&store->err, HR_INVALID, "%s",
                       HR_TR(&store->err, "a trend needs an indicator and a first day", "趋势须指明指标和起始日期"));
    status = choose_days(store, &o, &days, &count);
    if (status != HR_OK)
        return status;
    question q = {o.within, NULL, o.indicators, NULL, o.known_at, days, count, C_COUNT};
    return ask(store, &q, out);
}
