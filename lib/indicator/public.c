/* Tables for the public. Which cells are small is worked out over all areas and tallies of the store, whatever is asked
 * for (hide.c), so two tables of one day cannot be held side by side to find out what neither shows. Each table is an
 * entry of the log that says what was asked for, and at which entry the log then was: so all of them are worked out
 * again before a further one, each as it was made, and the new one hides what would tell a small change since.
 *
 * A day is published once: every table of it is of the figures as they were known for the first. What is corrected
 * later shows in tables of later days. */
#include "base/cursor.h"
#include "base/options.h"
#include "indicator/asknown.h"
#include "indicator/definitions.h"
#include "indicator/tally.h"
#include "record/areas.h"
#include "record/entry.h"
#include "record/events.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HIDE_DEFAULT = 9, HIDE_LEAST = 3, HIDE_MOST = 1000, RULE = 1 };

void hr_public_options_init(hr_public_options *options) {
    *options = (hr_public_options){.size = sizeof *options, .hide = HIDE_DEFAULT};
}

enum {
    C_AREA,
    C_AREA_NAME,
    C_TIER,
    C_INDICATOR,
    C_INDICATOR_NAME,
    C_NUMERATOR,
    C_DENOMINATOR,
    C_RATE,
    C_HIDDEN,
    C_SOURCE,
    C_AS_OF,
    C_COUNT
};
static const hr_column columns[C_COUNT] = {
    [C_AREA] = {"area", "area", "区划代码"},
    [C_AREA_NAME] = {"area_name", "area name", "区划名称"},
    [C_TIER] = {"tier", "tier", "层级"},
    [C_INDICATOR] = {"indicator", "indicator", "指标"},
    [C_INDICATOR_NAME] = {"indicator_name", "indicator name", "指标名称"},
    [C_NUMERATOR] = {"numerator", "numerator", "分子"},
    [C_DENOMINATOR] = {"denominator", "denominator", "分母"},
    [C_RATE] = {"rate", "rate", "比率"},
    [C_HIDDEN] = {"hidden", "hidden", "隐去"},
    [C_SOURCE] = {"denominator_source", "denominator source", "分母来源"},
    [C_AS_OF] = {"as_of", "as of", "截止日期"},
};

/* What one indicator shows: two tallies; instead of the second, where there is one, an official figure (-1: never). */
typedef struct ratio {
    int numerator, denominator, official;
} ratio;

/* What one table was asked to show. */
typedef struct question {
    hr_date as_of;
    int64_t known; /* the newest entry when it was asked */
    hr_area within;
    hr_tier by; /* NONE: `within` itself */
    int64_t hide;
    ratio *ratios;
    size_t count;
} question;

/* A day of which something was, or is to be, published. */
typedef struct day {
    hr_date as_of;
    int64_t known, hide;     /* of its first table */
    int64_t *own;            /* as hr_shown */
    unsigned char *official; /* by area: a bit for each column of the population form that has a figure */
    bool *there;             /* by area: it was in the register */
    bool *persons;           /* by area: its population, or a part of it, is counted from the register */
    uint64_t *safe;          /* by area: what may be shown, whatever else is */
    uint64_t *asked, *shown; /* by area: cells that a table had to show, and that it did */
} day;

typedef struct publication {
    hr_store *store;
    size_t count; /* areas as they are now; they only become more */
    hr_area *codes;
    char **names;
    int32_t *parent;
    day *days;
    size_t day_count;
    uint64_t guarded; /* the tallies about persons */
    /* the table */
    hr_definitions definitions;
    int *which;
    size_t which_count;
    question asked;
    const day *today;
    int64_t *total, *figure; /* by area: T_COUNT tallies; official figures, P_COUNT */
    size_t area, index;      /* of the next row */
    char code[HR_AREA_SIZE];
} publication;

static void free_day(day *d) {
    free(d->own);
    free(d->official);
    free(d->there);
    free(d->persons);
    free(d->safe);
    free(d->asked);
    free(d->shown);
}

static void release(void *context) {
    publication *p = context;
    for (size_t i = 0; p->names && i < p->count; i++)
        free(p->names[i]);
    for (size_t i = 0; i < p->day_count; i++)
        free_day(&p->days[i]);
    free(p->codes);
    free(p->names);
    free(p->parent);
    free(p->days);
    hr_definitions_free(&p->definitions);
    free(p->which);
    free(p->asked.ratios);
    free(p->total);
    free(p->figure);
    free(p);
}

static hr_status fail_damaged(hr_store *store) {
    return hr_fail(&store->err, HR_DAMAGED, "%s",
                   HR_TR(&store->err, "an entry cannot be read; run verify", "有记录无法读取；请运行 verify"));
}

/* ---- areas ---- */

static hr_status load_areas(publication *p) {
    hr_areas *areas;
    hr_status status = hr_areas_get(p->store, &areas);
    if (status != HR_OK)
        return status;
    size_t n = areas->count;
    p->codes = calloc(n + 1, sizeof *p->codes);
    p->names = calloc(n + 1, sizeof *p->names);
    p->parent = calloc(n + 1, sizeof *p->parent);
    if (!p->codes || !p->names || !p->parent)
        return hr_fail_memory(&p->store->err);
    for (; p->count < n; p->count++) {
        size_t i = p->count;
        p->codes[i] = areas->codes[i];
        p->parent[i] = -1;
        for (hr_area above = hr_area_parent(p->codes[i]); above && p->parent[i] < 0; above = hr_area_parent(above))
            p->parent[i] = (int32_t)hr_areas_index(areas, above);
        if (!(p->names[i] = strdup(areas->names[i])))
            return hr_fail_memory(&p->store->err);
    }
    return HR_OK;
}

static bool in_scope(const publication *p, const question *q, size_t area) {
    hr_area code = p->codes[area];
    hr_tier most = q->by == HR_TIER_NONE ? hr_area_tier(q->within) : q->by;
    return code == q->within ||
           (q->by != HR_TIER_NONE && hr_area_within(code, q->within) && hr_area_tier(code) <= most);
}

/* ---- a day's figures ---- */

typedef struct seeing {
    hr_areas *areas;
    day *d;
} seeing;

static hr_status see_area(void *context, const hr_record *row) {
    seeing *s = context;
    ptrdiff_t at = hr_areas_index(s->areas, hr_record_number(row, A_AREA));
    if (at >= 0)
        s->d->there[at] = true;
    return HR_OK;
}

/* Which areas the register had. */
static hr_status find_areas(publication *p, day *d, hr_asknown *known) {
    seeing s = {.d = d};
    hr_status status = hr_areas_get(p->store, &s.areas);
    if (status == HR_OK && known)
        return hr_registers_walk(p->store, hr_asknown_registers(known), &hr_form_area, see_area, &s);
    memset(d->there, 1, p->count * sizeof *d->there);
    return status;
}

/* The figures of an area on a day, complete, as hr_rates has them. */
static hr_status read_area(publication *p, const day *d, hr_asknown *known, size_t area, int64_t tally[T_SLOTS],
                           int64_t official[P_COUNT]) {
    hr_status status;
    if (known) {
        status = hr_asknown_read(known, p->codes[area], d->as_of, tally, official);
    } else {
        status = hr_tally_read(p->store, p->codes[area], d->as_of, tally);
        if (status == HR_OK)
            status = hr_official_read(p->store, p->codes[area], d->as_of / 10000, official);
    }
    if (status == HR_OK)
        hr_tallies_complete(tally);
    return status;
}

/* Of the population, persons are only those counted for want of an official figure. */
static bool stands_for_persons(const publication *p, size_t area, const int64_t official[P_COUNT]) {
    return hr_area_tier(p->codes[area]) == HR_TIER_COMMITTEE && official[P_RESIDENTS] < 0;
}

static void keep_own(publication *p, day *d, size_t area, const int64_t tally[T_SLOTS],
                     const int64_t official[P_COUNT]) {
    size_t n = p->count;
    for (int t = 0; t < T_COUNT; t++) {
        bool population = t == T_POPULATION || t == T_POPULATION_SERVED;
        int64_t count = population && !stands_for_persons(p, area, official) ? 0 : tally[t];
        d->own[(size_t)t * n + area] += count;
        if (p->parent[area] >= 0 && !population)
            d->own[(size_t)t * n + (size_t)p->parent[area]] -= count;
    }
    for (int i = P_RESIDENTS; i <= P_HOME_BED; i++)
        if (official[i] >= 0)
            d->official[area] = (unsigned char)(d->official[area] | 1 << i);
}

/* `table`: the figures are also kept as they are, to be given. */
static hr_status read_day(publication *p, day *d, bool table) {
    int64_t tally[T_SLOTS], official[P_COUNT];
    hr_asknown *known = NULL;
    hr_status status = HR_OK;
    if (d->known < p->store->head.seq)
        status = hr_asknown_new(p->store, d->known, &known);
    if (status == HR_OK)
        status = find_areas(p, d, known);
    for (size_t a = 0; a < p->count && status == HR_OK; a++) {
        if (!d->there[a])
            continue;
        status = read_area(p, d, known, a, tally, official);
        if (status != HR_OK)
            break;
        keep_own(p, d, a, tally, official);
        d->persons[a] = stands_for_persons(p, a, official);
        if (table) {
            memcpy(p->total + a * T_COUNT, tally, T_COUNT * sizeof *tally);
            memcpy(p->figure + a * P_COUNT, official, sizeof official);
        }
    }
    for (size_t a = p->count; a-- > 0;)
        if (d->persons[a] && p->parent[a] >= 0)
            d->persons[p->parent[a]] = true;
    hr_asknown_free(known);
    return status;
}

/* ---- what is shown of a day ---- */

static hr_plan plan_of(const publication *p, int64_t hide) {
    return (hr_plan){
        .areas = p->count, .parent = p->parent, .guards = hr_guards_count, .guard = hr_guards, .hide = hide};
}

static hr_status find_safe(publication *p, const day *d, int64_t hide, uint64_t *cells) {
    hr_plan plan = plan_of(p, hide);
    for (size_t a = 0; a < p->count; a++)
        cells[a] = p->guarded;
    return hr_hide_small(&plan, d->own, cells) ? HR_OK : hr_fail_memory(&p->store->err);
}

/* The day that is published with a question: known already, or its first table. */
static hr_status find_day(publication *p, const question *q, bool table, day **out) {
    size_t n = p->count;
    for (size_t i = 0; i < p->day_count; i++)
        if (p->days[i].as_of == q->as_of) {
            *out = &p->days[i];
            return HR_OK;
        }
    day *grown = realloc(p->days, (p->day_count + 1) * sizeof *grown);
    if (!grown)
        return hr_fail_memory(&p->store->err);
    p->days = grown;
    day *d = *out = &p->days[p->day_count++];
    *d = (day){.as_of = q->as_of, .known = q->known, .hide = q->hide};
    d->own = calloc(T_COUNT * n + 1, sizeof *d->own);
    d->official = calloc(n + 1, sizeof *d->official);
    d->there = calloc(n + 1, sizeof *d->there);
    d->persons = calloc(n + 1, sizeof *d->persons);
    d->safe = calloc(n + 1, sizeof *d->safe);
    d->asked = calloc(n + 1, sizeof *d->asked);
    d->shown = calloc(n + 1, sizeof *d->shown);
    if (!d->own || !d->official || !d->there || !d->persons || !d->safe || !d->asked || !d->shown)
        return hr_fail_memory(&p->store->err);
    hr_status status = read_day(p, d, table);
    return status == HR_OK ? find_safe(p, d, d->hide, d->safe) : status;
}

#define POPULATIONS (UINT64_C(1) << T_POPULATION | UINT64_C(1) << T_POPULATION_SERVED)

/* The cells about persons that a question has to show. */
static uint64_t cells_asked(const publication *p, const question *q, const day *d, size_t area) {
    uint64_t cells = 0;
    if (!d->there[area] || !in_scope(p, q, area))
        return 0;
    for (size_t i = 0; i < q->count; i++) {
        const ratio *r = &q->ratios[i];
        cells |= UINT64_C(1) << r->numerator;
        if (r->official < 0 || !(d->official[area] >> r->official & 1))
            cells |= UINT64_C(1) << r->denominator;
    }
    if (!d->persons[area])
        cells &= ~POPULATIONS;
    if (cells & POPULATIONS)
        cells |= UINT64_C(1) << T_RESIDENTS | UINT64_C(1) << T_POPULATION; /* whom they stand for */
    return cells & p->guarded;
}

/* Hides, of what is to be shown of a day, what would tell a small change since another day, or until it. */
static hr_status hide_changes(publication *p, const day *d, int64_t hide, uint64_t *cells) {
    hr_plan plan = plan_of(p, hide);
    hr_shown now = {.own = d->own, .cells = cells, .fixed = d->shown, .year = d->as_of / 10000};
    hr_shown *others = calloc(p->day_count, sizeof *others);
    size_t count = 0;
    for (size_t i = 0; others && i < p->day_count; i++)
        if (&p->days[i] != d)
            others[count++] =
                (hr_shown){.own = p->days[i].own, .cells = p->days[i].shown, .year = p->days[i].as_of / 10000};
    bool done = others && hr_hide_changes(&plan, &now, others, count);
    free(others);
    return done ? HR_OK : hr_fail_memory(&p->store->err);
}

/* Shows what a question asks for: what was shown of that day stays so, what was not shown when it was asked for, too.
 */
static hr_status answer(publication *p, const question *q, day *d) {
    int64_t hide = q->hide > d->hide ? q->hide : d->hide;
    uint64_t *cells = calloc(p->count + 1, sizeof *cells), *safe = calloc(p->count + 1, sizeof *safe);
    hr_status status = cells && safe ? HR_OK : hr_fail_memory(&p->store->err);
    if (status == HR_OK && hide > d->hide)
        status = find_safe(p, d, hide, safe);
    for (size_t a = 0; a < p->count && status == HR_OK; a++) {
        uint64_t fresh = cells_asked(p, q, d, a) & ~d->asked[a] & d->safe[a];
        cells[a] = d->shown[a] | (hide > d->hide ? fresh & safe[a] : fresh);
        if (!(cells[a] >> T_RESIDENTS & 1)) /* hidden when they were asked for earlier */
            cells[a] &= ~POPULATIONS | d->shown[a];
        if (!(cells[a] >> T_POPULATION & 1))
            cells[a] &= ~(UINT64_C(1) << T_POPULATION_SERVED) | d->shown[a];
    }
    if (status == HR_OK)
        status = hide_changes(p, d, hide, cells);
    for (size_t a = 0; a < p->count && status == HR_OK; a++) {
        d->asked[a] |= cells_asked(p, q, d, a);
        d->shown[a] = cells[a];
    }
    free(cells);
    free(safe);
    return status;
}

/* ---- earlier tables ---- */

static int official_of(int tally) {
    switch (tally) {
    case T_RESIDENTS:
        return P_RESIDENTS;
    case T_ELDERLY:
        return P_ELDERLY;
    case T_REHAB:
        return P_REHAB_NEED;
    case T_HOME_BED:
        return P_HOME_BED;
    default:
        return -1;
    }
}

/* "files/residents*,computerized/files" */
static bool parse_ratio(const char *text, size_t length, ratio *out) {
    char copy[128], *slash;
    if (length >= sizeof copy)
        return false;
    memcpy(copy, text, length);
    copy[length] = '\0';
    bool official = length > 0 && copy[length - 1] == '*';
    if (official)
        copy[length - 1] = '\0';
    if (!(slash = strchr(copy, '/')))
        return false;
    *slash = '\0';
    out->numerator = hr_tally_named(copy);
    out->denominator = hr_tally_named(slash + 1);
    out->official = official ? official_of(out->denominator) : -1;
    return out->numerator >= 0 && out->denominator >= 0;
}

static hr_status parse_ratios(hr_store *store, const char *text, question *q) {
    for (const char *at = text; at;) {
        size_t length = strcspn(at, ",");
        ratio *grown = realloc(q->ratios, (q->count + 1) * sizeof *grown);
        if (!grown)
            return hr_fail_memory(&store->err);
        q->ratios = grown;
        if (!parse_ratio(at, length, &q->ratios[q->count++]))
            return fail_damaged(store);
        at = at[length] ? at + length + 1 : NULL;
    }
    return HR_OK;
}

static hr_status question_of(hr_store *store, const hr_record *row, question *out) {
    *out = (question){.as_of = hr_record_date(row, EP_AS_OF),
                      .known = hr_record_number(row, EP_KNOWN),
                      .within = hr_record_number(row, EP_WITHIN),
                      .by = (hr_tier)hr_record_number(row, EP_BY),
                      .hide = hr_record_number(row, EP_HIDE)};
    if (hr_record_number(row, EP_RULE) > RULE)
        return hr_fail(&store->err, HR_NEWER, "%s",
                       HR_TR(&store->err, "a table was published by a newer healthrec; use that one",
                             "已有统计表由更新版本的 healthrec 公布；请使用该版本"));
    return parse_ratios(store, hr_record_text(row, EP_RATIOS), out);
}

/* The entries of tables, by the index over entries of registers, among which they are few. */
#define PUBLICATIONS                                                                                                   \
    "SELECT seq, recorded, (SELECT name FROM chart.author WHERE id = author), body\n"                                  \
    "FROM chart.entry\n"                                                                                               \
    "WHERE subject IS NULL AND kind = 'publication' AND " HR_LOG_NO_EVENT "\n"                                         \
    "ORDER BY seq"

typedef hr_status (*publication_fn)(void *context, sqlite3_stmt *entry, const hr_record *row);

static hr_status walk(hr_store *store, publication_fn each, void *context) {
    sqlite3_stmt *rows = NULL;
    hr_record row;
    hr_status status = HR_OK;
    if (sqlite3_prepare_v2(store->db, PUBLICATIONS, -1, &rows, NULL) != SQLITE_OK)
        return hr_db_fail(store);
    while (status == HR_OK && (status = hr_db_row(store, rows)) == HR_OK) {
        const char *body = (const char *)sqlite3_column_text(rows, 3);
        if (!body || hr_body_unpack(&store->err, NULL, &row, &hr_form_publication, body,
                                    (size_t)sqlite3_column_bytes(rows, 3)) != HR_OK)
            status = fail_damaged(store);
        else
            status = each(context, rows, &row);
    }
    sqlite3_finalize(rows);
    return status == HR_END ? HR_OK : status;
}

static hr_status repeat(void *context, sqlite3_stmt *entry, const hr_record *row) {
    publication *p = context;
    question q;
    day *d;
    (void)entry;
    hr_status status = question_of(p->store, row, &q);
    if (status == HR_OK)
        status = find_day(p, &q, q.as_of == p->asked.as_of, &d);
    if (status == HR_OK)
        status = answer(p, &q, d);
    free(q.ratios);
    return status;
}

/* ---- this table ---- */

static hr_status take_question(publication *p, const hr_public_options *o) {
    hr_store *store = p->store;
    question *q = &p->asked;
    hr_status status = hr_as_of(store, o->as_of, &q->as_of);
    if (status == HR_OK && (o->hide < HIDE_LEAST || o->hide > HIDE_MOST))
        status =
            hr_fail(&store->err, HR_INVALID,
                    HR_TR(&store->err, "counts up to %d to %d can be hidden; less protects nobody, more shows nothing",
                          "可隐去的计数上限须在 %d 至 %d 之间；过小起不到保护作用，过大则无数可看"),
                    HIDE_LEAST, HIDE_MOST);
    q->known = store->head.seq;
    q->hide = o->hide;
    if (status == HR_OK)
        status = hr_within(store, o->within, &q->within);
    if (status == HR_OK)
        status = hr_by(store, o->by, &q->by);
    if (status == HR_OK && q->by != HR_TIER_NONE && q->by < hr_area_tier(q->within))
        status = hr_fail(&store->err, HR_INVALID, "%s",
                         HR_TR(&store->err, "the tier is above the area; choose a lower one, or a larger area",
                               "该层级高于所选区划；请改用更低的层级或更大的区划"));
    if (status == HR_OK)
        status = hr_definitions_load(store, NULL, &p->definitions);
    if (status == HR_OK)
        status = hr_indicators_choose(store, &p->definitions, o->set, o->indicators, &p->which, &p->which_count);
    q->ratios = status == HR_OK ? calloc(p->which_count + 1, sizeof *q->ratios) : NULL;
    if (status == HR_OK && !q->ratios)
        status = hr_fail_memory(&store->err);
    for (; status == HR_OK && q->count < p->which_count; q->count++) {
        const hr_indicator *def = &p->definitions.at[p->which[q->count]];
        q->ratios[q->count] = (ratio){(int)def->numerator, (int)def->denominator, def->official};
    }
    return status;
}

static bool append(char *out, size_t size, const char *before, const char *a, const char *b, const char *c) {
    size_t used = strlen(out);
    return (size_t)snprintf(out + used, size - used, "%s%s%s%s", *out ? before : "", a, b, c) < size - used;
}

static hr_status write_entry(const publication *p, const day *d) {
    hr_store *store = p->store;
    const question *q = &p->asked;
    char codes[2561] = "", ratios[2561] = "", denominator[80];
    bool room = true;
    hr_record row;
    for (size_t i = 0; i < q->count; i++) {
        const ratio *r = &q->ratios[i];
        snprintf(denominator, sizeof denominator, "/%s", hr_tally_name((hr_tally)r->denominator));
        room = room && append(codes, sizeof codes, ",", p->definitions.at[p->which[i]].code, "", "") &&
               append(ratios, sizeof ratios, ",", hr_tally_name((hr_tally)r->numerator), denominator,
                      r->official >= 0 ? "*" : "");
    }
    if (!room)
        return hr_fail(&store->err, HR_INVALID, "%s",
                       HR_TR(&store->err, "these are too many indicators for one table; ask for some of them at a time",
                             "一张表的指标过多；请分几次公布"));
    hr_record_clear(&row, &hr_form_publication);
    hr_record_set_number(&row, EP_AS_OF, q->as_of);
    hr_record_set_number(&row, EP_KNOWN, d->known);
    hr_record_set_number(&row, EP_WITHIN, q->within);
    if (q->by != HR_TIER_NONE)
        hr_record_set_number(&row, EP_BY, q->by);
    hr_record_set_number(&row, EP_HIDE, q->hide);
    hr_record_set_number(&row, EP_RULE, RULE);
    hr_status status = hr_record_set_text(&row, &store->err, EP_INDICATORS, codes);
    if (status == HR_OK)
        status = hr_record_set_text(&row, &store->err, EP_RATIOS, ratios);
    return status == HR_OK ? hr_event_put(store, &row) : status;
}

static hr_status publish(publication *p, const hr_public_options *o) {
    day *d;
    hr_status status = take_question(p, o);
    if (status == HR_OK && p->which_count == 0) /* an empty set tells nothing */
        return HR_OK;
    if (status == HR_OK)
        status = load_areas(p);
    p->total = status == HR_OK ? calloc(p->count * T_COUNT + 1, sizeof *p->total) : NULL;
    p->figure = status == HR_OK ? calloc(p->count * P_COUNT + 1, sizeof *p->figure) : NULL;
    if (status == HR_OK && (!p->total || !p->figure))
        status = hr_fail_memory(&p->store->err);
    if (status == HR_OK)
        status = walk(p->store, repeat, p);
    if (status == HR_OK)
        status = find_day(p, &p->asked, true, &d);
    if (status == HR_OK)
        status = answer(p, &p->asked, d);
    if (status != HR_OK)
        return status;
    p->today = d;
    return write_entry(p, d);
}

static bool shows(const publication *p, int tally) {
    if (!p->today->persons[p->area] && POPULATIONS >> tally & 1)
        return true;
    return !(p->guarded >> tally & 1) || p->today->shown[p->area] >> tally & 1;
}

static void set_figure(hr_cursor *c, const publication *p, const hr_indicator *def) {
    const int64_t *tally = p->total + p->area * T_COUNT, *figure = p->figure + p->area * P_COUNT;
    bool official = def->official >= 0 && figure[def->official] >= 0;
    int64_t numerator = tally[def->numerator], denominator = official ? figure[def->official] : tally[def->denominator];
    bool over = shows(p, (int)def->numerator), of = official || shows(p, (int)def->denominator);
    hr_cell_null(c, C_NUMERATOR);
    hr_cell_null(c, C_DENOMINATOR);
    hr_cell_null(c, C_RATE);
    if (over)
        hr_cell_integer(c, C_NUMERATOR, numerator);
    if (of)
        hr_cell_integer(c, C_DENOMINATOR, denominator);
    if (over && of && denominator)
        hr_cell_real(c, C_RATE, (double)numerator / (double)denominator);
    hr_cell_text(c, C_HIDDEN, over && of ? NULL : "hidden");
    hr_cell_text(c, C_SOURCE, def->committees ? "committees" : official ? "official" : "register");
}

static hr_status next_row(hr_cursor *c) {
    publication *p = c->context;
    for (; p->today && p->area < p->count; p->area++, p->index = 0) {
        bool listed = p->today->there[p->area] && in_scope(p, &p->asked, p->area);
        while (listed && p->index < p->which_count) {
            const hr_indicator *def = &p->definitions.at[p->which[p->index++]];
            hr_tier tier = hr_area_tier(p->codes[p->area]);
            if (def->not_committee && tier == HR_TIER_COMMITTEE)
                continue;
            hr_cell_text(c, C_AREA, hr_area_format(p->codes[p->area], p->code));
            hr_cell_text(c, C_AREA_NAME, p->names[p->area]);
            hr_cell_text(c, C_TIER, hr_tier_name(tier));
            hr_cell_text(c, C_INDICATOR, def->code);
            hr_cell_text(c, C_INDICATOR_NAME, c->language == HR_LANGUAGE_ZH ? def->zh : def->en);
            hr_cell_date(c, C_AS_OF, p->today->as_of);
            set_figure(c, p, def);
            return HR_OK;
        }
    }
    return HR_END;
}

hr_status hr_public(hr_store *store, const hr_public_options *options, hr_cursor **out) {
    hr_public_options o;
    hr_public_options_init(&o);
    if (!store || !out || !hr_options_take(&o, sizeof o, options))
        return hr_fail_argument(store);
    *out = NULL;
    hr_status status = hr_need_idle(store);
    if (status != HR_OK)
        return status;
    if (!store->keys->has_chart)
        return hr_fail(&store->err, HR_DENIED, "%s",
                       HR_TR(&store->err,
                             "what is published is kept in the log, which a statistician has no key to; have an "
                             "administrator or a clinician make the table",
                             "公布的内容须记入日志，统计员没有相应密钥；请由管理员或医护人员制作公开统计表"));
    status = hr_enter(store);
    if (status != HR_OK)
        return status;
    publication *p = calloc(1, sizeof *p);
    status = p ? HR_OK : hr_fail_memory(&store->err);
    if (p) {
        p->store = store;
        for (size_t i = 0; i < hr_guards_count; i++)
            p->guarded |= UINT64_C(1) << hr_guards[i].tally;
        status = publish(p, &o);
    }
    status = hr_leave(store, status);
    return hr_cursor_give(status, &store->err, columns, C_COUNT, p, release, next_row, out);
}

/* ---- the list of them ---- */

enum { L_PUBLICATION, L_RECORDED, L_AUTHOR, L_AS_OF, L_KNOWN, L_WITHIN, L_BY, L_INDICATORS, L_HIDE, L_COUNT };
static const hr_column list_columns[L_COUNT] = {
    [L_PUBLICATION] = {"publication", "entry", "记录号"},
    [L_RECORDED] = {"recorded", "published", "公布时间"},
    [L_AUTHOR] = {"author", "author", "操作者"},
    [L_AS_OF] = {"as_of", "as of", "截止日期"},
    [L_KNOWN] = {"known", "known at entry", "依据记录至"},
    [L_WITHIN] = {"within", "within", "区划"},
    [L_BY] = {"by", "by", "层级"},
    [L_INDICATORS] = {"indicators", "indicators", "指标"},
    [L_HIDE] = {"hide", "hides up to", "隐去上限"},
};

typedef struct listed {
    int64_t seq, known, hide;
    char recorded[HR_UTC_SIZE], author[80], within[HR_AREA_SIZE], *indicators;
    hr_date as_of;
    hr_tier by;
} listed;

typedef struct listing {
    hr_store *store;
    listed *at;
    size_t count, next;
} listing;

static void release_listing(void *context) {
    listing *l = context;
    for (size_t i = 0; i < l->count; i++)
        free(l->at[i].indicators);
    free(l->at);
    free(l);
}

static hr_status list_one(void *context, sqlite3_stmt *entry, const hr_record *row) {
    listing *l = context;
    const char *author = (const char *)sqlite3_column_text(entry, 2);
    listed *grown = realloc(l->at, (l->count + 1) * sizeof *grown);
    if (!grown)
        return hr_fail_memory(&l->store->err);
    l->at = grown;
    listed *to = &l->at[l->count];
    *to = (listed){.seq = sqlite3_column_int64(entry, 0),
                   .known = hr_record_number(row, EP_KNOWN),
                   .hide = hr_record_number(row, EP_HIDE),
                   .as_of = hr_record_date(row, EP_AS_OF),
                   .by = (hr_tier)hr_record_number(row, EP_BY),
                   .indicators = strdup(hr_record_text(row, EP_INDICATORS))};
    if (!to->indicators)
        return hr_fail_memory(&l->store->err);
    l->count++;
    hr_utc_format(sqlite3_column_int64(entry, 1), to->recorded);
    snprintf(to->author, sizeof to->author, "%s", author ? author : "");
    hr_area_format(hr_record_number(row, EP_WITHIN), to->within);
    return HR_OK;
}

static hr_status next_listed(hr_cursor *c) {
    listing *l = c->context;
    if (l->next == l->count)
        return HR_END;
    const listed *at = &l->at[l->next++];
    hr_cell_integer(c, L_PUBLICATION, at->seq);
    hr_cell_text(c, L_RECORDED, at->recorded);
    hr_cell_text(c, L_AUTHOR, at->author);
    hr_cell_date(c, L_AS_OF, at->as_of);
    hr_cell_integer(c, L_KNOWN, at->known);
    hr_cell_text(c, L_WITHIN, at->within);
    hr_cell_text(c, L_BY, at->by == HR_TIER_NONE ? NULL : hr_tier_name(at->by));
    hr_cell_text(c, L_INDICATORS, at->indicators);
    hr_cell_integer(c, L_HIDE, at->hide);
    return HR_OK;
}

hr_status hr_publications(hr_store *store, hr_cursor **out) {
    if (!store || !out)
        return hr_fail_argument(store);
    *out = NULL;
    hr_status status = hr_chart_begin(store);
    if (status != HR_OK)
        return status;
    hr_err_clear(&store->err);
    listing *l = calloc(1, sizeof *l);
    status = l ? HR_OK : hr_fail_memory(&store->err);
    if (l) {
        l->store = store;
        status = walk(store, list_one, l);
    }
    hr_read_end(store);
    return hr_cursor_give(status, &store->err, list_columns, L_COUNT, l, release_listing, next_listed, out);
}
