/* The figures after thousands of random changes, beside those of a naive model.
 *
 * The model knows no spans, tallies or SQL. It keeps for each resident plain lists of residences, home-bed episodes and
 * outcomes, follows the rules of hr_put's comment when something is said, and counts, for a day, by looking at every
 * resident's lists, for each area and each indicator. Its rules are those of DESIGN.md and healthrec.h. A run makes
 * random changes to a store and to a model, and compares what each put did, then every figure of every tier on every
 * day of seven years, and the lists. Wrong models, each with one rule broken, show that a run would notice.
 *
 * HR_MODEL_SEED and HR_MODEL_OPERATIONS ask for another seed and for longer runs. A failure prints the seed, what
 * differs and the changes since the last agreement. */
#include "support.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- days, yyyymmdd; 0 in month or day: unknown ---- */

typedef int32_t day;

enum { FIRST_DAY = 20000101, LAST_DAY = 20061231 };

static int month_days(int year, int month) {
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[month - 1];
}

static day latest(day date) {
    int year = date / 10000, month = date / 100 % 100, of_month = date % 100;
    if (!date)
        return 0;
    if (!month)
        return year * 10000 + 1231;
    return of_month ? date : date + month_days(year, month);
}

static day earliest(day date) {
    if (!date)
        return 0;
    return date + (date / 100 % 100 ? 0 : 100) + (date % 100 ? 0 : 1);
}

static bool vague(day date) {
    return date && (date / 100 % 100 == 0 || date % 100 == 0);
}

static day day_after(day date) {
    int year = date / 10000, month = date / 100 % 100;
    if (date % 100 < month_days(year, month))
        return date + 1;
    return month < 12 ? year * 10000 + (month + 1) * 100 + 1 : (year + 1) * 10000 + 101;
}

static day day_before(day date) {
    int year = date / 10000, month = date / 100 % 100;
    if (date % 100 > 1)
        return date - 1;
    return month > 1 ? year * 10000 + (month - 1) * 100 + month_days(year, month - 1) : (year - 1) * 10000 + 1231;
}

/* ---- what can be said of a resident ---- */

typedef enum column {
    ID_NUMBER,
    NAME,
    SEX,
    BIRTH,
    AREA,
    FILE_NUMBER,
    FILE_OPENED,
    COMPUTERIZED,
    NEED,
    SERVED,
    OUTCOME,
    OUTCOME_DATE,
    BED_OPENED,
    BED_CLOSED,
    HARDSHIP,
    CARE,
    DEVICE,
    MOVED_IN,
    MOVED_OUT,
    DIED,
    COLUMNS
} column;

typedef enum shape { NUMBER, DATE, CODE, ID, PLACE, FILED } shape;

enum { YES = 1, NO = 2, NO_EFFECT = 1, EFFECTIVE_OUTCOME = 2, MARKED_OUTCOME = 3 };

/* How a column is called and how its value, an integer that is never 0, is written. */
static const struct {
    const char *name;
    shape shape;
    const char *codes[4];
} columns[COLUMNS] = {
    [ID_NUMBER] = {"id_number", ID, {0}},
    [NAME] = {"name", NUMBER, {0}},
    [SEX] = {"sex", CODE, {NULL, "1", "2"}},
    [BIRTH] = {"birth_date", DATE, {0}},
    [AREA] = {"area", PLACE, {0}},
    [FILE_NUMBER] = {"file_number", FILED, {0}},
    [FILE_OPENED] = {"file_opened", DATE, {0}},
    [COMPUTERIZED] = {"computerized", DATE, {0}},
    [NEED] = {"rehab_need_since", DATE, {0}},
    [SERVED] = {"rehab_served_since", DATE, {0}},
    [OUTCOME] = {"rehab_outcome", CODE, {NULL, "none", "effective", "marked"}},
    [OUTCOME_DATE] = {"rehab_outcome_date", DATE, {0}},
    [BED_OPENED] = {"home_bed_opened", DATE, {0}},
    [BED_CLOSED] = {"home_bed_closed", DATE, {0}},
    [HARDSHIP] = {"hardship", CODE, {NULL, "yes", "no"}},
    [CARE] = {"household_care_since", DATE, {0}},
    [DEVICE] = {"call_device", NUMBER, {0}},
    [MOVED_IN] = {"moved_in", DATE, {0}},
    [MOVED_OUT] = {"moved_out", DATE, {0}},
    [DIED] = {"died", DATE, {0}},
};

/* One record as it is put: a value, null (cleared) or nothing for each column. */
typedef struct saying {
    int64_t value[COLUMNS];
    uint32_t given, cleared;
} saying;

static bool given(const saying *s, column c) {
    return s->given >> c & 1;
}

static bool cleared(const saying *s, column c) {
    return s->cleared >> c & 1;
}

static bool touched(const saying *s, column c) {
    return given(s, c) || cleared(s, c);
}

static void say(saying *s, column c, int64_t value) {
    s->value[c] = value;
    if (value)
        s->given |= UINT32_C(1) << c;
    else
        s->given &= ~(UINT32_C(1) << c);
    s->cleared &= ~(UINT32_C(1) << c);
}

static void say_null(saying *s, column c) {
    say(s, c, 0);
    s->cleared |= UINT32_C(1) << c;
}

/* ---- areas: the sample's, and more that are added while a run goes on ---- */

typedef struct area {
    char code[13];
    bool known;
    int renamed; /* how often; its name ends with it */
} area;

enum { SAMPLE_AREAS = 13, AREAS = 23 };

static const char *const area_codes[AREAS] = {
    "11",           "110105",       "110105001",    "110105001001", "110105001002", "110105001003",
    "110105002",    "110105002001", "110105002002", "110108",       "110108001",    "110108001001",
    "110108001002", "110105003",    "110105003001", "110105003002", "110105001004", "110109",
    "110109001",    "110109001001", "110109002",    "110108002",    "110108002001",
};

static bool within(const char *code, const char *whole) {
    return strncmp(code, whole, strlen(whole)) == 0;
}

static const char *tier_of(const char *code) {
    switch (strlen(code)) {
    case 12:
        return "committee";
    case 9:
        return "street";
    case 6:
        return "district";
    default:
        return "city";
    }
}

static bool is_committee(int place) {
    return strlen(area_codes[place]) == 12;
}

static bool is_street(int place) {
    return strlen(area_codes[place]) == 9;
}

/* ---- the model's state ---- */

/* A residence (what: place + 1), a home-bed episode, or an outcome (no end). */
typedef struct item {
    int64_t what;
    day from, to; /* 0: always, or not yet */
} item;

enum {
    MOST_ITEMS = 40,
    MOST_RESIDENTS = 400,
    MOST_INSTITUTIONS = 16,
    MOST_FIGURES = 120,
    MOST_SERVED = 2,
    POPULATIONS = 4
};

/* In the order they were said; the last one is the current one. */
typedef struct history {
    size_t count;
    item at[MOST_ITEMS];
} history;

typedef struct resident {
    int64_t id;           /* its number in the store */
    int64_t now[COLUMNS]; /* those columns that the lists do not hold */
    history residences, episodes, outcomes;
} resident;

enum { CENTRE = 1, STATION = 2, GRADE_A = 1, NOWHERE = 99 };

typedef struct institution {
    int kind, place, grade;
    int serves[MOST_SERVED]; /* places + 1 */
    day opened, closed, networked;
} institution;

typedef struct population {
    int place, year;
    int64_t of[POPULATIONS]; /* -1: blank */
} population;

/* A rule broken on purpose. */
typedef enum mistake {
    NO_MISTAKE,
    DAY_OF_DEATH_COUNTS,
    DAY_OF_MOVING_OUT_COUNTS,
    ELDERLY_A_DAY_EARLY,
    UNKNOWN_DAY_IS_THE_FIRST,
    OLDEST_OUTCOME_HOLDS,
    FIRST_EPISODE_ONLY,
    CURRENT_RESIDENCE_ONLY,
    CLOSING_DAY_COUNTS,
    SERVES_ITS_OWN_CODE_ONLY,
    POPULATION_A_YEAR_LATE,
    NO_HARDSHIP_COUNTS,
    MISTAKES
} mistake;

typedef struct model {
    mistake mistake;
    area areas[AREAS];
    unsigned residents, figures;
    resident resident[MOST_RESIDENTS];
    institution institution[MOST_INSTITUTIONS]; /* kind 0: not put yet */
    population figure[MOST_FIGURES];
} model;

static const item blank_item = {0, 0, 0};

static item current(const history *h) {
    return h->count ? h->at[h->count - 1] : blank_item;
}

static bool newer(const item *a, const item *b) {
    return latest(a->from) >= latest(b->from);
}

/* Index of the newest of a resident's outcomes; -1 for none. */
static int newest_outcome(const history *h) {
    int best = -1;
    for (unsigned i = 0; i < h->count; i++)
        if (best < 0 || newer(&h->at[i], &h->at[best]))
            best = (int)i;
    return best;
}

static int64_t value_of(const resident *r, column c) {
    int outcome = newest_outcome(&r->outcomes);
    switch (c) {
    case AREA:
        return current(&r->residences).what;
    case MOVED_IN:
        return current(&r->residences).from;
    case MOVED_OUT:
        return current(&r->residences).to;
    case BED_OPENED:
        return current(&r->episodes).from;
    case BED_CLOSED:
        return current(&r->episodes).to;
    case OUTCOME:
        return outcome < 0 ? 0 : r->outcomes.at[outcome].what;
    case OUTCOME_DATE:
        return outcome < 0 ? 0 : r->outcomes.at[outcome].from;
    default:
        return r->now[c];
    }
}

/* ---- what a saying does to a resident: the comment of hr_put ---- */

static day date_said(const saying *s, column c, int64_t otherwise) {
    return (day)(touched(s, c) ? s->value[c] : otherwise);
}

static void push(history *h, int64_t what, day from, day to) {
    assert_true(h->count < MOST_ITEMS);
    h->at[h->count++] = (item){what, from, to};
}

/* Puts an earlier one before the current one. */
static void push_earlier(history *h, int64_t what, day from, day to) {
    item now = current(h);
    h->at[h->count - 1] = (item){what, from, to};
    push(h, now.what, now.from, now.to);
}

/* The earlier residence that a saying restates, by its area and moved_in, or without a moved_in the newest one in
 * another area than the current; NULL when it is about the current one, or a new one. */
static item *residence_restated(history *h, const saying *s) {
    item now = current(h), *found = NULL;
    bool dated = given(s, MOVED_IN);
    if (!given(s, AREA) || (s->value[AREA] == now.what && (!dated || s->value[MOVED_IN] == now.from)))
        return NULL;
    for (unsigned i = 0; i + 1 < h->count; i++) {
        item *one = &h->at[i];
        bool newest = !found || latest(one->from) > latest(found->from);
        if (one->what == s->value[AREA] && (dated ? one->from == s->value[MOVED_IN] : newest))
            found = one;
    }
    return found;
}

static bool is_move(const item *now, const saying *s) {
    day in = latest((day)s->value[MOVED_IN]);
    if (!given(s, MOVED_IN) || in <= latest(now->from))
        return false;
    return (given(s, AREA) && s->value[AREA] != now->what) || (now->to && in >= latest(now->to));
}

/* The current one is the newest: none before it begins, or is known to end, after `from`, when it began. */
static bool is_last(const history *h, day from) {
    for (unsigned i = 0; i + 1 < h->count; i++)
        if (latest(h->at[i].from) > latest(from) || latest(h->at[i].to) > latest(from))
            return false;
    return true;
}

/* Another area with an earlier moved_in is an earlier residence. */
static bool is_earlier_residence(const item *now, const saying *s) {
    return given(s, AREA) && s->value[AREA] != now->what && given(s, MOVED_IN) &&
           latest((day)s->value[MOVED_IN]) < latest(now->from);
}

/* False when the restated end cannot be. */
static bool end_restated(item *earlier, const saying *s, column end) {
    if (touched(s, end))
        earlier->to = (day)s->value[end];
    return !earlier->to || latest(earlier->to) >= earliest(earlier->from);
}

static bool settle_residence(resident *r, const saying *s) {
    history *h = &r->residences;
    item now = current(h), *earlier;
    int64_t place = given(s, AREA) ? s->value[AREA] : now.what;
    day in = date_said(s, MOVED_IN, now.from), out = date_said(s, MOVED_OUT, now.to);
    if (place == now.what && in == now.from && out == now.to)
        return true; /* equal fields change nothing, even where an earlier residence was in the same area */
    if (h->count == 0) {
        push(h, place, in, out);
    } else if ((earlier = residence_restated(h, s))) {
        if (!end_restated(earlier, s, MOVED_OUT))
            return false;
    } else if (is_earlier_residence(&now, s)) {
        push_earlier(h, place, in, 0);
        if (!end_restated(&h->at[h->count - 2], s, MOVED_OUT))
            return false;
    } else if (is_move(&now, s)) {
        push(h, place, in, date_said(s, MOVED_OUT, 0));
    } else {
        h->at[h->count - 1] = (item){place, in, out};
    }
    return is_last(h, current(h).from);
}

static item *episode_restated(history *h, const saying *s) {
    day opened = (day)s->value[BED_OPENED];
    for (unsigned i = 0; given(s, BED_OPENED) && opened != current(h).from && i + 1 < h->count; i++)
        if (h->at[i].from == opened)
            return &h->at[i];
    return NULL;
}

/* A closed episode before the current one. */
static bool is_earlier_episode(const item *now, const saying *s) {
    return now->from && given(s, BED_OPENED) && given(s, BED_CLOSED) &&
           latest((day)s->value[BED_OPENED]) < latest(now->from) &&
           latest((day)s->value[BED_CLOSED]) <= latest(now->from);
}

static bool is_further_episode(const item *now, const saying *s) {
    day opened = (day)s->value[BED_OPENED];
    return given(s, BED_OPENED) && opened != now->from && now->to && latest(opened) >= latest(now->to);
}

static bool settle_episode(resident *r, const saying *s) {
    history *h = &r->episodes;
    item now = current(h), *earlier;
    day opened = date_said(s, BED_OPENED, now.from), closed = date_said(s, BED_CLOSED, now.to);
    if (opened == now.from && closed == now.to)
        return true;
    if (h->count == 0) {
        push(h, 0, opened, closed);
    } else if ((earlier = episode_restated(h, s))) {
        if (!end_restated(earlier, s, BED_CLOSED))
            return false;
    } else if (is_earlier_episode(&now, s)) {
        push_earlier(h, 0, opened, closed);
        if (latest(closed) < earliest(opened))
            return false;
    } else if (is_further_episode(&now, s)) {
        push(h, 0, opened, date_said(s, BED_CLOSED, 0));
    } else {
        h->at[h->count - 1] = (item){0, opened, closed};
    }
    return !current(h).from || is_last(h, current(h).from);
}

static bool settle_outcome(resident *r, const saying *s) {
    history *h = &r->outcomes;
    int newest = newest_outcome(h);
    if (given(s, OUTCOME) && given(s, OUTCOME_DATE)) {
        for (unsigned i = 0; i < h->count; i++)
            if (h->at[i].from == (day)s->value[OUTCOME_DATE]) {
                h->at[i].what = s->value[OUTCOME];
                return true;
            }
        push(h, s->value[OUTCOME], (day)s->value[OUTCOME_DATE], 0);
        return true;
    }
    if (newest < 0) /* an outcome has a date, and a date an outcome */
        return !given(s, OUTCOME) && !given(s, OUTCOME_DATE);
    if (cleared(s, OUTCOME) || cleared(s, OUTCOME_DATE)) {
        if (!cleared(s, OUTCOME) || !cleared(s, OUTCOME_DATE))
            return false;
        memset(h, 0, sizeof *h); /* all are withdrawn */
        return true;
    }
    if (given(s, OUTCOME))
        h->at[newest].what = s->value[OUTCOME];
    if (given(s, OUTCOME_DATE))
        h->at[newest].from = (day)s->value[OUTCOME_DATE];
    return true;
}

/* What must not come before what, as the store's messages have it: no day that the later date can mean is a day, or
 * after a day, that the earlier one can mean. */
static const struct {
    column later, earlier;
} in_order[] = {
    {COMPUTERIZED, FILE_OPENED},
    {SERVED, NEED},
    {BED_CLOSED, BED_OPENED},
    {MOVED_OUT, MOVED_IN},
    {DIED, MOVED_IN},
    {DIED, FILE_OPENED},
    {FILE_OPENED, BIRTH},
    {COMPUTERIZED, BIRTH},
    {NEED, BIRTH},
    {SERVED, BIRTH},
    {OUTCOME_DATE, BIRTH},
    {BED_OPENED, BIRTH},
    {BED_CLOSED, BIRTH},
    {CARE, BIRTH},
    {MOVED_IN, BIRTH},
    {MOVED_OUT, BIRTH},
    {DIED, BIRTH},
};

static const struct {
    column of, needed;
} in_need[] = {
    {COMPUTERIZED, FILE_OPENED}, {FILE_NUMBER, FILE_OPENED}, {SERVED, NEED},
    {OUTCOME, SERVED},           {BED_CLOSED, BED_OPENED},   {NAME, AREA},
};

static bool begin_after(const history *h, day birth) {
    for (unsigned i = 0; i < h->count; i++)
        if (h->at[i].from && latest(h->at[i].from) < earliest(birth))
            return false;
    return true;
}

static bool possible(const resident *r) {
    for (size_t i = 0; i < COUNT(in_order); i++) {
        day later = (day)value_of(r, in_order[i].later), before = (day)value_of(r, in_order[i].earlier);
        if (later && before && latest(later) < earliest(before))
            return false;
    }
    for (size_t i = 0; i < COUNT(in_need); i++)
        if (value_of(r, in_need[i].of) && !value_of(r, in_need[i].needed))
            return false;
    return begin_after(&r->residences, (day)r->now[BIRTH]) && begin_after(&r->episodes, (day)r->now[BIRTH]);
}

static day birth_in(int64_t id_number) {
    return (day)(id_number / 1000);
}

/* The ID number says birth date and sex too. */
static void complete(saying *s) {
    if (!given(s, ID_NUMBER))
        return;
    say(s, BIRTH, birth_in(s->value[ID_NUMBER]));
    say(s, SEX, s->value[ID_NUMBER] % 2 ? 1 : 2);
}

/* Whether birth date and sex can be those in the ID number; they then are. */
static bool agrees_with_id_number(resident *r) {
    int64_t *now = r->now, id = now[ID_NUMBER];
    if (!id)
        return true;
    day birth = birth_in(id);
    if (earliest((day)now[BIRTH]) > birth || latest((day)now[BIRTH]) < birth || now[SEX] != (id % 2 ? 1 : 2))
        return false;
    now[BIRTH] = birth;
    return true;
}

static bool settle(resident *r, const saying *s) {
    for (column c = 0; c < COLUMNS; c++)
        if (touched(s, c))
            r->now[c] = s->value[c];
    if (!settle_residence(r, s) || !settle_episode(r, s) || !settle_outcome(r, s))
        return false;
    static const column listed[] = {AREA, MOVED_IN, MOVED_OUT, BED_OPENED, BED_CLOSED, OUTCOME, OUTCOME_DATE};
    for (size_t i = 0; i < COUNT(listed); i++)
        r->now[listed[i]] = 0;
    return possible(r) && agrees_with_id_number(r);
}

/* ---- what a put does to the model ---- */

typedef enum effect { REFUSED = -1, UNCHANGED = HR_UNCHANGED, ADDED = HR_ADDED, AMENDED = HR_AMENDED } effect;

static resident *holder(model *m, column c, int64_t value) {
    for (unsigned i = 0; value && i < m->residents; i++)
        if (m->resident[i].now[c] == value)
            return &m->resident[i];
    return NULL;
}

/* By ID number, else by file number, else by name, sex and birth date among residents without an ID number. */
static resident *recognised(model *m, const saying *s) {
    resident *r = holder(m, ID_NUMBER, s->value[ID_NUMBER]);
    if (!r)
        r = holder(m, FILE_NUMBER, s->value[FILE_NUMBER]);
    for (unsigned i = 0; !r && i < m->residents; i++) {
        const int64_t *now = m->resident[i].now;
        if (!now[ID_NUMBER] && s->value[NAME] == now[NAME] && s->value[SEX] == now[SEX] &&
            s->value[BIRTH] == now[BIRTH])
            r = &m->resident[i];
    }
    return r;
}

static bool place_known(const model *m, const saying *s) {
    return !given(s, AREA) || m->areas[s->value[AREA] - 1].known;
}

static bool is_anothers(model *m, const resident *r, column c, int64_t value) {
    const resident *other = holder(m, c, value);
    return other && other != r;
}

static effect model_amend(model *m, resident *r, saying s) {
    resident after = *r;
    complete(&s);
    if (!place_known(m, &s) || !settle(&after, &s) || is_anothers(m, r, FILE_NUMBER, after.now[FILE_NUMBER]) ||
        is_anothers(m, r, ID_NUMBER, after.now[ID_NUMBER]))
        return REFUSED;
    if (memcmp(r, &after, sizeof after) == 0)
        return UNCHANGED;
    *r = after;
    return AMENDED;
}

static effect model_put(model *m, saying s, resident **who) {
    complete(&s);
    *who = recognised(m, &s);
    if (*who)
        return model_amend(m, *who, s);
    assert_true(m->residents < MOST_RESIDENTS);
    resident *r = &m->resident[m->residents];
    memset(r, 0, sizeof *r);
    bool someone = given(&s, NAME) && given(&s, AREA) && given(&s, SEX) && given(&s, BIRTH);
    if (!someone || !place_known(m, &s) || !settle(r, &s)) {
        memset(r, 0, sizeof *r);
        return REFUSED;
    }
    m->residents++;
    *who = r;
    return ADDED;
}

/* ---- what the header leaves open, and a run therefore never says ---- */

/* The restated end of an earlier residence or episode reaches past what came after it. */
static bool reaches_on(const history *before, const history *after) {
    for (unsigned i = 0; i + 1 < before->count; i++) {
        const item *one = &after->at[i];
        if (one->to == before->at[i].to)
            continue;
        for (unsigned k = 0; k < after->count; k++)
            if (k != i && (newer(&after->at[k], one) || k + 1 == after->count) &&
                latest(one->to) > latest(after->at[k].from))
                return true;
    }
    return false;
}

/* Two episodes at once, as corrections can make them: one begins before the other ends. */
static bool overlap(const history *h) {
    for (unsigned i = 0; i < h->count; i++)
        for (unsigned k = 0; k < h->count; k++) {
            const item *one = &h->at[i], *other = &h->at[k];
            if (i != k && one->from && other->from && newer(other, one) &&
                (!one->to || latest(other->from) < latest(one->to)))
                return true;
        }
    return false;
}

/* Two outcomes of one day, or a correction after which the outcome that was the newest no longer is. */
static bool which_is_newest(const history *before, const history *after) {
    for (unsigned i = 0; i < after->count; i++)
        for (unsigned k = 0; k < i; k++)
            if (latest(after->at[i].from) == latest(after->at[k].from))
                return true;
    return before->count && before->count == after->count && newest_outcome(before) != newest_outcome(after);
}

/* A restated end is cleared, or changed while there is no current episode. */
static bool clears_an_end(const history *before, const history *after) {
    for (unsigned i = 0; i + 1 < before->count && before->count == after->count; i++)
        if (before->at[i].to != after->at[i].to && (!after->at[i].to || (!current(after).what && !current(after).from)))
            return true;
    return false;
}

/* A move to a day before a known moved_out, or a residence that ends on the day it begins. */
static bool overtakes(const history *before, const history *after) {
    item was = current(before), now = current(after);
    bool moved = before->count && after->count > before->count && was.from != now.from;
    return (moved && was.to && latest(now.from) < latest(was.to)) ||
           (after->count > 1 && now.to && latest(now.to) <= latest(now.from));
}

/* A moved_in alone, which is that of an earlier residence in the current area. */
static bool names_no_area(const history *h, const saying *s) {
    for (unsigned i = 0; i + 1 < h->count && given(s, MOVED_IN) && !given(s, AREA); i++)
        if (h->at[i].from == s->value[MOVED_IN] && h->at[i].what == current(h).what)
            return true;
    return false;
}

/* The current area with a moved_in before an earlier residence's: a correction that is refused, or an earlier one? */
static bool is_back_too_early(const history *h, const saying *s) {
    return given(s, AREA) && s->value[AREA] == current(h).what && given(s, MOVED_IN) &&
           latest((day)s->value[MOVED_IN]) < latest(current(h).from) && !is_last(h, (day)s->value[MOVED_IN]);
}

static bool left_open(const resident *r, const saying *s) {
    resident after = *r;
    settle(&after, s);
    return reaches_on(&r->residences, &after.residences) || reaches_on(&r->episodes, &after.episodes) ||
           clears_an_end(&r->residences, &after.residences) || clears_an_end(&r->episodes, &after.episodes) ||
           overtakes(&r->residences, &after.residences) || names_no_area(&r->residences, s) ||
           is_back_too_early(&r->residences, s) || overlap(&after.episodes) ||
           which_is_newest(&r->outcomes, &after.outcomes);
}

/* ---- how a resident stands at the end of a day: DESIGN.md, section 9 ---- */

enum {
    LIVES = 1 << 0,
    FILE_ = 1 << 1,
    COMPUTER = 1 << 2,
    ELDERLY = 1 << 3,
    REHAB = 1 << 4,
    SERVICE = 1 << 5,
    EFFECTIVE = 1 << 6,
    MARKED = 1 << 7,
    BED = 1 << 8,
    HARD = 1 << 9,
    CARED = 1 << 10,
    CALL = 1 << 11,
    TRAITS = 12
};

typedef struct standing {
    int place; /* where he lives */
    uint32_t is;
    struct {
        day from;
        bool vague;
    } since[TRAITS];
} standing;

/* A date holds as of D when its latest possible day ≤ D. */
static day holds_from(const model *m, day date) {
    return m->mistake == UNKNOWN_DAY_IS_THE_FIRST ? earliest(date) : latest(date);
}

static bool holds(const model *m, day date, day as_of) {
    return date && holds_from(m, date) <= as_of;
}

static void mark(standing *out, uint32_t trait, day from, bool is_vague) {
    int i = 0;
    while (trait >> i != 1)
        i++;
    out->is |= trait;
    out->since[i].from = from;
    out->since[i].vague = is_vague;
}

static void mark_date(const model *m, standing *out, uint32_t trait, int64_t date, day as_of) {
    if (holds(m, (day)date, as_of))
        mark(out, trait, holds_from(m, (day)date), vague((day)date));
}

/* Counted once, where the newest residence began. */
static const item *lives_in(const model *m, const resident *r, day as_of) {
    const history *h = &r->residences;
    const item *best = NULL;
    for (size_t i = m->mistake == CURRENT_RESIDENCE_ONLY ? h->count - 1 : 0; i < h->count; i++)
        if ((!h->at[i].from || holds(m, h->at[i].from, as_of)) && (!best || newer(&h->at[i], best)))
            best = &h->at[i];
    day left = m->mistake == DAY_OF_MOVING_OUT_COUNTS ? day_before(as_of) : as_of;
    return best && !holds(m, best->to, left) ? best : NULL;
}

static void mark_bed(const model *m, const resident *r, standing *out, day as_of) {
    const history *h = &r->episodes;
    for (unsigned i = 0; i < h->count && (i == 0 || m->mistake != FIRST_EPISODE_ONLY); i++)
        if (!holds(m, h->at[i].to, as_of))
            mark_date(m, out, BED, h->at[i].from, as_of);
}

static void mark_outcome(const model *m, const resident *r, standing *out, day as_of) {
    const history *h = &r->outcomes;
    const item *best = NULL;
    for (unsigned i = 0; i < h->count; i++) {
        bool better = !best || newer(&h->at[i], best) != (m->mistake == OLDEST_OUTCOME_HOLDS);
        if (holds(m, h->at[i].from, as_of) && better)
            best = &h->at[i];
    }
    if (best && best->what >= EFFECTIVE_OUTCOME)
        out->is |= EFFECTIVE;
    if (best && best->what == MARKED_OUTCOME)
        out->is |= MARKED;
}

/* `is` is 0 for who does not count at all. */
static standing stands(const model *m, const resident *r, day as_of) {
    standing out = {0};
    const int64_t *now = r->now;
    const item *home = lives_in(m, r, as_of);
    day died = m->mistake == DAY_OF_DEATH_COUNTS ? day_before(as_of) : as_of;
    if (!home || holds(m, (day)now[DIED], died))
        return out;
    out.place = (int)home->what - 1;
    mark(&out, LIVES, holds_from(m, home->from), vague(home->from));
    day of_65 = holds_from(m, (day)now[BIRTH]) + 650000;
    if (of_65 <= (m->mistake == ELDERLY_A_DAY_EARLY ? day_after(as_of) : as_of))
        mark(&out, ELDERLY, of_65, vague((day)now[BIRTH]));
    mark_date(m, &out, FILE_, now[FILE_OPENED], as_of);
    if (out.is & FILE_)
        mark_date(m, &out, COMPUTER, now[COMPUTERIZED], as_of);
    mark_date(m, &out, REHAB, now[NEED], as_of);
    if (out.is & REHAB)
        mark_date(m, &out, SERVICE, now[SERVED], as_of);
    mark_outcome(m, r, &out, as_of);
    mark_bed(m, r, &out, as_of);
    out.is |= (now[HARDSHIP] == YES || (now[HARDSHIP] && m->mistake == NO_HARDSHIP_COUNTS) ? HARD : 0) |
              (now[DEVICE] ? CALL : 0);
    mark_date(m, &out, CARED, now[CARE], as_of);
    return out;
}

/* ---- the figures ---- */

typedef enum counted { RESIDENTS, COVERAGE, NETWORKED, GRADED, CENTRES } counted;

enum { NOT_OFFICIAL = -1, ALL_PEOPLE = 0, ELDERLY_PEOPLE = 1, NEEDING_PEOPLE = 2, BEDS = 3 };

static const struct indicator {
    const char *code;
    counted what;
    uint32_t of, or_of; /* traits of the denominator: all of `of`, or all of `or_of` */
    uint32_t with;      /* and of the numerator */
    int official;       /* which population figure */
    int per_mille;      /* target; 0: none */
    day due;
} indicators[] = {
    {"service_coverage", COVERAGE, 0, 0, 0, NOT_OFFICIAL, 950, 20031231},
    {"resident_files", RESIDENTS, LIVES, 0, FILE_, ALL_PEOPLE, 500, 20031231},
    {"elderly_files", RESIDENTS, LIVES | ELDERLY, 0, FILE_, ELDERLY_PEOPLE, 900, 20031231},
    {"rehab_files", RESIDENTS, LIVES | REHAB, 0, FILE_, NEEDING_PEOPLE, 900, 20031231},
    {"home_bed_files", RESIDENTS, LIVES | BED, 0, FILE_, BEDS, 0, 0},
    {"computerized_files", RESIDENTS, LIVES | FILE_, 0, COMPUTER, NOT_OFFICIAL, 900, 20051231},
    {"computerized_files_elderly", RESIDENTS, LIVES | FILE_ | ELDERLY, 0, COMPUTER, NOT_OFFICIAL, 0, 0},
    {"computerized_files_rehab", RESIDENTS, LIVES | FILE_ | REHAB, 0, COMPUTER, NOT_OFFICIAL, 0, 0},
    {"computerized_files_home_bed", RESIDENTS, LIVES | FILE_ | BED, 0, COMPUTER, NOT_OFFICIAL, 0, 0},
    {"network_informatization", NETWORKED, 0, 0, 0, NOT_OFFICIAL, 900, 20051231},
    {"grade_a_stations", GRADED, 0, 0, 0, NOT_OFFICIAL, 850, 20051231},
    {"street_centres", CENTRES, 0, 0, 0, NOT_OFFICIAL, 1000, 20051231},
    {"rehab_service", RESIDENTS, LIVES | REHAB, 0, SERVICE, NEEDING_PEOPLE, 900, 20051231},
    {"rehab_effective", RESIDENTS, LIVES | REHAB | SERVICE, 0, EFFECTIVE, NOT_OFFICIAL, 950, 20051231},
    {"rehab_marked", RESIDENTS, LIVES | REHAB | SERVICE, 0, MARKED, NOT_OFFICIAL, 850, 20051231},
    {"hardship_care", RESIDENTS, LIVES | HARD, 0, CARED, NOT_OFFICIAL, 900, 20051231},
    {"call_enrolment", RESIDENTS, LIVES | ELDERLY, LIVES | BED, CALL, NOT_OFFICIAL, 0, 0},
};

/* The day: how everybody stands on it. */
typedef struct census {
    const model *m;
    day as_of;
    standing of[MOST_RESIDENTS];
} census;

static void take_census(census *c, const model *m, day as_of) {
    c->m = m;
    c->as_of = as_of;
    for (unsigned i = 0; i < m->residents; i++)
        c->of[i] = stands(m, &m->resident[i], as_of);
}

typedef struct count {
    int64_t numerator, denominator, partial;
    const char *source;
} count;

static bool has(const standing *s, uint32_t traits) {
    return traits && (s->is & traits) == traits;
}

/* Whether the date since when he has all these traits is one of which month or day is unknown. */
static bool counts_vaguely(const standing *s, uint32_t traits) {
    bool is_vague = false;
    day since = -1;
    for (int i = 0; i < TRAITS; i++)
        if (traits >> i & 1 && s->since[i].from >= since) {
            is_vague = s->since[i].vague || (is_vague && s->since[i].from == since);
            since = s->since[i].from;
        }
    return is_vague;
}

static bool is_partial(const standing *s, const struct indicator *i) {
    return counts_vaguely(s, has(s, i->of) ? i->of : i->or_of);
}

static int64_t official(const census *c, int place, int which) {
    int year = c->as_of / 10000 - (c->m->mistake == POPULATION_A_YEAR_LATE), newest = 0;
    int64_t found = -1;
    for (unsigned i = 0; i < c->m->figures; i++) {
        const population *p = &c->m->figure[i];
        if (p->place == place && p->year <= year && p->year > newest && p->of[which] >= 0) {
            newest = p->year;
            found = p->of[which];
        }
    }
    return found;
}

static count count_residents(const census *c, int place, const struct indicator *what) {
    count out = {.source = "register"};
    for (unsigned i = 0; i < c->m->residents; i++) {
        const standing *s = &c->of[i];
        if (!s->is || !within(area_codes[s->place], area_codes[place]) || (!has(s, what->of) && !has(s, what->or_of)))
            continue;
        out.denominator++;
        out.numerator += has(s, what->with);
        out.partial += is_partial(s, what);
    }
    int64_t people = what->official == NOT_OFFICIAL ? -1 : official(c, place, what->official);
    if (people >= 0) {
        out.denominator = people;
        out.source = "official";
        out.partial = 0;
    }
    return out;
}

static bool is_open(const census *c, const institution *i) {
    day left = c->m->mistake == CLOSING_DAY_COUNTS ? day_before(c->as_of) : c->as_of;
    return i->kind && (!i->opened || holds(c->m, i->opened, c->as_of)) && !holds(c->m, i->closed, left);
}

static bool is_served(const census *c, int place) {
    for (int i = 0; i < MOST_INSTITUTIONS; i++)
        for (int k = 0; k < MOST_SERVED; k++) {
            const institution *one = &c->m->institution[i];
            int served = one->serves[k] - 1;
            bool it = served == place || (served >= 0 && c->m->mistake != SERVES_ITS_OWN_CODE_ONLY &&
                                          within(area_codes[place], area_codes[served]));
            if (it && is_open(c, one))
                return true;
        }
    return false;
}

static count count_coverage(const census *c, int place) {
    static const struct indicator people = {.of = LIVES, .with = LIVES, .official = ALL_PEOPLE};
    count out = {.source = "committees"};
    for (int i = 0; i < AREAS; i++) {
        if (!c->m->areas[i].known || !is_committee(i) || !within(area_codes[i], area_codes[place]))
            continue;
        count one = count_residents(c, i, &people);
        out.denominator += one.denominator;
        out.numerator += is_served(c, i) ? one.denominator : 0;
    }
    return out;
}

static count count_institutions(const census *c, int place, counted what) {
    count out = {.source = "register"};
    for (int i = 0; i < MOST_INSTITUTIONS; i++) {
        const institution *one = &c->m->institution[i];
        if (!is_open(c, one) || !within(area_codes[one->place], area_codes[place]) ||
            (what == GRADED && one->kind != STATION))
            continue;
        out.denominator++;
        out.partial += vague(one->opened);
        out.numerator += what == GRADED ? one->grade == GRADE_A : holds(c->m, one->networked, c->as_of);
    }
    return out;
}

static bool has_centre(const census *c, int street) {
    for (int i = 0; i < MOST_INSTITUTIONS; i++) {
        const institution *one = &c->m->institution[i];
        if (is_open(c, one) && one->kind == CENTRE && within(area_codes[one->place], area_codes[street]))
            return true;
    }
    return false;
}

static count count_streets(const census *c, int place) {
    count out = {.source = "register"};
    for (int i = 0; i < AREAS; i++)
        if (c->m->areas[i].known && is_street(i) && within(area_codes[i], area_codes[place])) {
            out.denominator++;
            out.numerator += has_centre(c, i);
        }
    return out;
}

static count count_of(const census *c, int place, const struct indicator *what) {
    switch (what->what) {
    case COVERAGE:
        return count_coverage(c, place);
    case NETWORKED:
    case GRADED:
        return count_institutions(c, place, what->what);
    case CENTRES:
        return count_streets(c, place);
    case RESIDENTS:
    default:
        return count_residents(c, place, what);
    }
}

/* ---- the store's figures beside them ---- */

/* What differs, for people; "" when nothing does. */
static char difference[512];

static bool agree(const figure *got, const count *want, const struct indicator *what, const area *a) {
    int64_t target = what->per_mille, lacking = (target * want->denominator + 999) / 1000 - want->numerator;
    int met = target && want->denominator ? want->numerator * 1000 >= target * want->denominator : -1;
    double rate = want->denominator ? (double)want->numerator / (double)want->denominator : 0;
    double off = got->rate - rate;
    return strcmp(got->area, a->code) == 0 && strcmp(got->indicator, what->code) == 0 &&
           strcmp(got->tier, tier_of(a->code)) == 0 && got->numerator == want->numerator &&
           got->denominator == want->denominator && (what->what == COVERAGE || got->partial == want->partial) &&
           strcmp(got->source, want->source) == 0 && got->has_rate == (want->denominator != 0) && off < 1e-9 &&
           off > -1e-9 && got->has_target == (target != 0) && (!target || got->target * 1000 - (double)target < 1e-9) &&
           (!target || got->target * 1000 - (double)target > -1e-9) && got->due == what->due && got->met == met &&
           got->has_shortfall == (target != 0) && got->shortfall == (target && lacking > 0 ? lacking : 0);
}

static bool next_row_agrees(hr_cursor *rows, const census *c, int place, const struct indicator *what) {
    figure got;
    count want = count_of(c, place, what);
    if (hr_cursor_next(rows) != HR_OK) {
        snprintf(difference, sizeof difference, "%d: no row for %s %s", c->as_of, area_codes[place], what->code);
        return false;
    }
    read_figure(rows, &got);
    if (agree(&got, &want, what, &c->m->areas[place]))
        return true;
    snprintf(difference, sizeof difference,
             "%d %s %s: %" PRId64 "/%" PRId64 " %s, %" PRId64 " partial; the store has %s %s %s: %" PRId64 "/%" PRId64
             " %s, %" PRId64 " partial, rate %f, met %d, shortfall %" PRId64,
             c->as_of, area_codes[place], what->code, want.numerator, want.denominator, want.source, want.partial,
             got.tier, got.area, got.indicator, got.numerator, got.denominator, got.source, got.partial, got.rate,
             got.met, got.shortfall);
    return false;
}

static int by_code(const void *a, const void *b) {
    return strcmp(area_codes[*(const int *)a], area_codes[*(const int *)b]);
}

/* The known areas of a tier within one, ordered by code; tier NULL: that one itself. */
static int places(const model *m, int whole, const char *tier, int out[AREAS]) {
    int found = 0;
    for (int i = 0; i < AREAS; i++)
        if (m->areas[i].known && within(area_codes[i], area_codes[whole]) &&
            (tier ? strcmp(tier_of(area_codes[i]), tier) == 0 : i == whole))
            out[found++] = i;
    qsort(out, (size_t)found, sizeof *out, by_code);
    return found;
}

static bool figures_agree(hr_store *store, const census *c, int whole, const char *tier) {
    int in[AREAS], areas_in = places(c->m, whole, tier, in);
    hr_cursor *rows = rates_of(store, area_codes[whole], tier, NULL, c->as_of);
    bool same = true;
    for (int i = 0; same && i < areas_in; i++)
        for (size_t k = 0; same && k < COUNT(indicators); k++)
            if (indicators[k].what != CENTRES || !is_committee(in[i]))
                same = next_row_agrees(rows, c, in[i], &indicators[k]);
    if (same && hr_cursor_next(rows) != HR_END) {
        same = false;
        snprintf(difference, sizeof difference, "%d: a row too many by %s", c->as_of, tier ? tier : "(itself)");
    }
    hr_cursor_free(rows);
    return same;
}

static const char *const tiers[] = {"committee", "street", "district", "city"};

static bool day_agrees(hr_store *store, const census *c) {
    for (size_t i = 0; i < COUNT(tiers); i++)
        if (!figures_agree(store, c, 0, tiers[i]))
            return false;
    return true;
}

/* ---- lists ---- */

static const struct {
    const char *name;
    uint32_t traits;
} cohorts[] = {{"all", LIVES}, {"elderly", LIVES | ELDERLY}, {"rehab", LIVES | REHAB}, {"home_bed", LIVES | BED}};

static const census *sorted; /* whom qsort compares */

static int by_place_then_registration(const void *a, const void *b) {
    unsigned one = *(const unsigned *)a, other = *(const unsigned *)b;
    int order = strcmp(area_codes[sorted->of[one].place], area_codes[sorted->of[other].place]);
    return order ? order : one < other ? -1 : one > other;
}

static unsigned cohort(const census *c, int whole, uint32_t traits, unsigned out[MOST_RESIDENTS]) {
    unsigned found = 0;
    for (unsigned i = 0; i < c->m->residents; i++)
        if (has(&c->of[i], traits) && within(area_codes[c->of[i].place], area_codes[whole]))
            out[found++] = i;
    sorted = c;
    qsort(out, found, sizeof *out, by_place_then_registration);
    return found;
}

static bool list_agrees(hr_store *store, const census *c, int whole, size_t which) {
    unsigned who[MOST_RESIDENTS], there = cohort(c, whole, cohorts[which].traits, who), seen = 0;
    hr_list_options options;
    hr_cursor *rows = NULL;
    hr_list_options_init(&options);
    options.cohort = cohorts[which].name;
    options.within = area_codes[whole];
    options.as_of = c->as_of;
    assert_status(store, HR_OK, hr_list(store, &options, &rows));
    int number = column_named(rows, "resident");
    hr_status status;
    while ((status = hr_cursor_next(rows)) == HR_OK && seen < there &&
           hr_cursor_integer(rows, number) == c->m->resident[who[seen]].id)
        seen++;
    if (status != HR_END || seen != there)
        snprintf(difference, sizeof difference, "%d: row %u of the list of %s in %s is #%" PRId64 ", not #%" PRId64,
                 c->as_of, seen + 1, cohorts[which].name, area_codes[whole],
                 status == HR_OK ? hr_cursor_integer(rows, number) : 0,
                 seen < there ? c->m->resident[who[seen]].id : 0);
    hr_cursor_free(rows);
    return status == HR_END && seen == there;
}

static bool lists_agree(hr_store *store, const census *c, int whole) {
    for (size_t i = 0; i < COUNT(cohorts); i++)
        if (!list_agrees(store, c, whole, i))
            return false;
    return true;
}

/* ---- sayings as JSON and as rosters ---- */

static void write_date(FILE *out, day date) {
    fprintf(out, "%04d", date / 10000);
    if (date / 100 % 100)
        fprintf(out, "-%02d", date / 100 % 100);
    if (date % 100)
        fprintf(out, "-%02d", date % 100);
}

static void write_value(FILE *out, column c, int64_t value) {
    char number[ID_SIZE];
    switch (columns[c].shape) {
    case DATE:
        write_date(out, (day)value);
        break;
    case CODE:
        fputs(columns[c].codes[value], out);
        break;
    case ID:
        fputs(id_number(number, 110105, birth_in(value), (int)(value % 1000)), out);
        break;
    case PLACE:
        fputs(area_codes[value - 1], out);
        break;
    case FILED:
        fprintf(out, "110105001001%05d", (int)value);
        break;
    case NUMBER:
        fprintf(out, "居民%04d", (int)value);
        break;
    }
}

static char *json_of(const saying *s) {
    char *json = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&json, &size);
    const char *comma = "{";
    assert_non_null(out);
    for (column c = 0; c < COLUMNS; c++) {
        if (!touched(s, c))
            continue;
        fprintf(out, "%s\"%s\":%s", comma, columns[c].name, cleared(s, c) ? "null" : "\"");
        if (given(s, c)) {
            write_value(out, c, s->value[c]);
            fputc('"', out);
        }
        comma = ",";
    }
    fputs(*comma == '{' ? "{}" : "}", out);
    fclose(out);
    return json;
}

typedef struct roster {
    unsigned count;
    saying row[MOST_RESIDENTS];
} roster;

static void write_roster(const char *path, const roster *from) {
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    for (column c = 0; c < COLUMNS; c++)
        fprintf(out, "%s%s", c ? "," : "", columns[c].name);
    for (unsigned i = 0; i < from->count; i++)
        for (column c = 0; c < COLUMNS; c++) {
            fputc(c ? ',' : '\n', out);
            if (given(&from->row[i], c))
                write_value(out, c, from->row[i].value[c]);
        }
    fputc('\n', out);
    assert_int_equal(fclose(out), 0);
}

static saying all_of(const resident *r) {
    saying s = {0};
    for (column c = 0; c < COLUMNS; c++)
        say(&s, c, value_of(r, c));
    return s;
}

static void take_roster(roster *out, const model *m) {
    out->count = m->residents;
    for (unsigned i = 0; i < m->residents; i++)
        out->row[i] = all_of(&m->resident[i]);
}

/* ---- a run ---- */

/* One change as it was made, to be made again elsewhere. */
typedef struct change {
    const char *kind;
    int who; /* resident that is amended, counted in the order of registration; -1: it is put */
    char *json;
    effect effect;
} change;

enum { ROSTERS = 3 };

typedef struct run {
    fixture *f;
    uint64_t seed, random;
    model *m, *before;        /* as it was when the batch began */
    unsigned left;            /* changes until the batch ends; 0: none is open */
    bool in_vain;             /* the batch will be rolled back */
    change *changes;          /* those that stand */
    size_t count, room, mark; /* mark: when the batch began */
    size_t agreed;            /* changes before the last agreement */
    size_t refused;
    int next_name, next_file;
    unsigned rosters;
    roster *roster[ROSTERS]; /* earlier states */
} run;

static uint64_t next_random(run *r) {
    uint64_t x = r->random += UINT64_C(0x9e3779b97f4a7c15); /* splitmix64 */
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

static int below(run *r, int limit) {
    return (int)(next_random(r) % (uint64_t)limit);
}

static int between(run *r, int least, int most) {
    return least + below(r, most - least + 1);
}

static bool chance(run *r, int percent) {
    return below(r, 100) < percent;
}

static uint64_t setting(const char *name, uint64_t otherwise) {
    const char *text = getenv(name);
    return text && *text ? strtoull(text, NULL, 10) : otherwise;
}

static void run_begin(run *r, fixture *f, uint64_t seed) {
    memset(r, 0, sizeof *r);
    r->f = f;
    r->seed = r->random = seed;
    r->m = calloc(1, sizeof *r->m);
    r->before = calloc(1, sizeof *r->before);
    assert_true(r->m && r->before);
    for (int i = 0; i < AREAS; i++) {
        snprintf(r->m->areas[i].code, sizeof r->m->areas[i].code, "%s", area_codes[i]);
        r->m->areas[i].known = i < SAMPLE_AREAS;
    }
    for (int i = 0; i < ROSTERS; i++)
        assert_non_null(r->roster[i] = calloc(1, sizeof *r->roster[i]));
}

static void forget_changes(run *r, size_t down_to) {
    while (r->count > down_to)
        free(r->changes[--r->count].json);
}

static void run_end(run *r) {
    forget_changes(r, 0);
    free(r->changes);
    free(r->m);
    free(r->before);
    for (int i = 0; i < ROSTERS; i++)
        free(r->roster[i]);
}

static void fail_run(const run *r, const char *what) {
    size_t from = r->agreed + 60 < r->count ? r->count - 60 : r->agreed;
    print_error("HR_MODEL_SEED=%" PRIu64 ", change %zu: %s\n", r->seed, r->count, what);
    for (size_t i = from; i < r->count; i++) {
        const change *c = &r->changes[i];
        if (c->who < 0)
            print_error("  put %s %s -> %d\n", c->kind, c->json, c->effect);
        else
            print_error("  amend #%" PRId64 " %s -> %d\n", r->m->resident[c->who].id, c->json, c->effect);
    }
    fail();
}

/* Takes over `json`. */
static void keep(run *r, const char *kind, int who, char *json, effect e) {
    if (r->count == r->room) {
        r->room = r->room ? 2 * r->room : 256;
        r->changes = realloc(r->changes, r->room * sizeof *r->changes);
        assert_non_null(r->changes);
    }
    r->changes[r->count++] = (change){kind, who, json, e};
    r->refused += e == REFUSED;
}

static void expect(run *r, hr_status status, hr_change done, effect want) {
    char text[600];
    if ((status == HR_OK && (effect)done == want) || (status == HR_INVALID && want == REFUSED))
        return;
    snprintf(text, sizeof text, "the store says %s, %d (%s) where the model says %d", hr_status_name(status), done,
             status == HR_OK ? "" : hr_error(r->f->store), want);
    fail_run(r, text);
}

static void put_register(run *r, const char *kind, char *json, effect want) {
    hr_change done = HR_UNCHANGED;
    hr_status status = hr_put(r->f->store, kind, json, NULL, &done);
    keep(r, kind, -1, json, want);
    expect(r, status, done, want);
}

static void put_resident(run *r, const saying *s) {
    resident *who = NULL;
    int64_t id = 0;
    hr_change done = HR_UNCHANGED;
    char *json = json_of(s);
    effect want = model_put(r->m, *s, &who);
    hr_status status = hr_put(r->f->store, "resident", json, &id, &done);
    keep(r, "resident", -1, json, want);
    expect(r, status, done, want);
    if (want == ADDED)
        who->id = id;
    if (want != REFUSED && who->id != id)
        fail_run(r, "it was put to somebody else");
}

static void amend_resident(run *r, resident *who, const saying *s) {
    hr_change done = HR_UNCHANGED;
    char *json = json_of(s);
    effect want = model_amend(r->m, who, *s);
    hr_status status = hr_amend(r->f->store, who->id, json, &done);
    keep(r, "resident", (int)(who - r->m->resident), json, want);
    expect(r, status, done, want);
}

/* ---- random sayings ---- */

static day some_day(run *r) {
    int year = between(r, 1998, 2006), month = between(r, 1, 12), of_month = between(r, 1, month_days(year, month));
    if (chance(r, 12))
        return year * 10000;
    if (chance(r, 10))
        return year * 10000 + month * 100;
    if (chance(r, 15))
        return year * 10000 + (chance(r, 50) ? 101 : 1231);
    return year * 10000 + month * 100 + (chance(r, 20) ? month_days(year, month) : of_month);
}

/* One of the dates that his lists and fields hold, or 0. */
static day day_of_his(run *r, const resident *of) {
    const history *h = below(r, 2) ? &of->residences : below(r, 2) ? &of->episodes : &of->outcomes;
    if (chance(r, 40) && h->count) {
        const item *one = &h->at[below(r, (int)h->count)];
        return chance(r, 50) ? one->from : one->to;
    }
    column c = (column)below(r, COLUMNS);
    return columns[c].shape == DATE && c != BIRTH ? (day)value_of(of, c) : 0;
}

static day day_for(run *r, const resident *of) {
    day one = chance(r, 60) ? day_of_his(r, of) : 0;
    if (!one || chance(r, 10))
        return some_day(r);
    if (chance(r, 15))
        return one / 10000 * 10000;
    one = latest(one);
    return chance(r, 40) ? one : chance(r, 50) ? day_after(one) : day_before(one);
}

/* On or after a date, mostly. */
static day day_from(run *r, const resident *of, day least) {
    day one = day_for(r, of);
    for (int i = 0; i < 8 && latest(one) < latest(least); i++)
        one = day_for(r, of);
    return one;
}

static int64_t some_committee(run *r) {
    for (;;) {
        int place = below(r, AREAS);
        if (is_committee(place) && (r->m->areas[place].known || chance(r, 3)))
            return place + 1;
    }
}

static day some_birth(run *r) {
    static const day leap_days[] = {19360229, 19400229, 19320200};
    int year = between(r, 1932, 1943), month = between(r, 1, 12);
    if (chance(r, 5))
        return leap_days[below(r, COUNT(leap_days))];
    if (chance(r, 20))
        return year * 10000 + (chance(r, 50) ? month * 100 : 0);
    if (chance(r, 20))
        year = between(r, 1950, 1990);
    return year * 10000 + month * 100 + between(r, 1, month_days(year, month));
}

static void about_file(run *r, const resident *of, saying *s) {
    if (chance(r, 70))
        say(s, FILE_OPENED, day_for(r, of));
    if (chance(r, 50))
        say(s, COMPUTERIZED, day_for(r, of));
    if (chance(r, 20) && !of->now[FILE_NUMBER])
        say(s, FILE_NUMBER, ++r->next_file);
}

static void about_rehab(run *r, const resident *of, saying *s) {
    if (chance(r, 60))
        say(s, NEED, day_for(r, of));
    if (chance(r, 60))
        say(s, SERVED, day_for(r, of));
}

static void about_outcome(run *r, const resident *of, saying *s) {
    if (chance(r, 85))
        say(s, OUTCOME, between(r, NO_EFFECT, MARKED_OUTCOME));
    if (chance(r, 85))
        say(s, OUTCOME_DATE, day_for(r, of));
}

static void about_bed(run *r, const resident *of, saying *s) {
    if (chance(r, 60))
        say(s, BED_OPENED, day_for(r, of));
    if (chance(r, 50))
        say(s, BED_CLOSED, day_for(r, of));
}

static void about_further_bed(run *r, const resident *of, saying *s) {
    day closed = (day)value_of(of, BED_CLOSED);
    say(s, BED_OPENED, day_from(r, of, closed));
    if (chance(r, 30))
        say(s, BED_CLOSED, day_from(r, of, (day)s->value[BED_OPENED]));
}

static void about_help(run *r, const resident *of, saying *s) {
    if (chance(r, 50))
        say(s, HARDSHIP, chance(r, 70) ? YES : NO);
    if (chance(r, 50))
        say(s, CARE, day_for(r, of));
    if (chance(r, 50))
        say(s, DEVICE, between(r, 1, 9));
}

static void about_move(run *r, const resident *of, saying *s) {
    if (chance(r, 90))
        say(s, AREA, some_committee(r));
    say(s, MOVED_IN, day_from(r, of, (day)value_of(of, MOVED_IN)));
    if (chance(r, 15))
        say(s, MOVED_OUT, day_from(r, of, (day)s->value[MOVED_IN]));
}

static void about_another_residence(run *r, const resident *of, saying *s) {
    say(s, AREA, some_committee(r));
    say(s, MOVED_IN, day_for(r, of));
    if (chance(r, 25))
        say(s, MOVED_OUT, day_from(r, of, (day)s->value[MOVED_IN]));
}

static void about_coming_back(run *r, const resident *of, saying *s) {
    if (!value_of(of, MOVED_OUT))
        say(s, MOVED_OUT, day_from(r, of, (day)value_of(of, MOVED_IN)));
    else
        say(s, MOVED_IN, day_from(r, of, (day)value_of(of, MOVED_OUT)));
}

static void about_moved_in(run *r, const resident *of, saying *s) {
    say(s, MOVED_IN, day_for(r, of));
}

static void about_area(run *r, const resident *of, saying *s) {
    (void)of;
    say(s, AREA, some_committee(r));
}

static void about_death(run *r, const resident *of, saying *s) {
    if (of->now[DIED] && chance(r, 60))
        say_null(s, DIED);
    else
        say(s, DIED, day_from(r, of, (day)value_of(of, MOVED_IN)));
}

static void about_nothing(run *r, const resident *of, saying *s) {
    static const column clearable[] = {FILE_OPENED, COMPUTERIZED, NEED, SERVED, OUTCOME,  OUTCOME_DATE, BED_OPENED,
                                       BED_CLOSED,  HARDSHIP,     CARE, DEVICE, MOVED_IN, MOVED_OUT,    FILE_NUMBER};
    (void)of;
    for (int i = between(r, 1, 3); i > 0; i--)
        say_null(s, clearable[below(r, COUNT(clearable))]);
    if ((cleared(s, OUTCOME) || cleared(s, OUTCOME_DATE)) && chance(r, 80)) {
        say_null(s, OUTCOME);
        say_null(s, OUTCOME_DATE);
    }
    if (cleared(s, BED_OPENED) && chance(r, 80))
        say_null(s, BED_CLOSED);
}

static void about_earlier_residence(run *r, const resident *of, saying *s) {
    const item *one = &of->residences.at[below(r, (int)of->residences.count)];
    say(s, AREA, one->what);
    say(s, MOVED_IN, one->from);
    if (chance(r, 60))
        say(s, MOVED_OUT, day_from(r, of, one->from));
    else if (chance(r, 40))
        say_null(s, MOVED_OUT);
}

static void about_earlier_episode(run *r, const resident *of, saying *s) {
    if (of->episodes.count == 0)
        return;
    const item *one = &of->episodes.at[below(r, (int)of->episodes.count)];
    say(s, BED_OPENED, one->from);
    if (chance(r, 60))
        say(s, BED_CLOSED, day_from(r, of, one->from));
    else if (chance(r, 40))
        say_null(s, BED_CLOSED);
}

static void about_everything(run *r, const resident *of, saying *s) {
    (void)r;
    *s = all_of(of);
}

static void (*const topics[])(run *r, const resident *of, saying *s) = {
    /* of those who are registered, too */
    about_file,
    about_file,
    about_rehab,
    about_rehab,
    about_rehab,
    about_outcome,
    about_outcome,
    about_outcome,
    about_bed,
    about_bed,
    about_help,
    /* of those who are known */
    about_further_bed,
    about_another_residence,
    about_move,
    about_move,
    about_coming_back,
    about_coming_back,
    about_moved_in,
    about_area,
    about_death,
    about_nothing,
    about_earlier_residence,
    about_earlier_episode,
    about_everything,
};

enum { OF_THE_NEW = 11 };

/* ---- random changes ---- */

static bool has_room(const resident *r) {
    return r->residences.count < MOST_ITEMS - 2 && r->episodes.count < MOST_ITEMS - 2 &&
           r->outcomes.count < MOST_ITEMS - 2;
}

static resident *somebody(run *r) {
    return r->m->residents ? &r->m->resident[below(r, (int)r->m->residents)] : NULL;
}

static int64_t some_id_number(run *r, day birth) {
    day whole = vague(birth) && chance(r, 50) ? earliest(birth) : latest(birth);
    for (;;) {
        int64_t id = (int64_t)whole * 1000 + between(r, 1, 999);
        if (!holder(r->m, ID_NUMBER, id))
            return id;
    }
}

/* Adds something to `s` about one topic of the first so many; mostly something that is possible. */
static void speak(run *r, const resident *of, saying *s, int first_topics) {
    saying before = *s;
    for (int i = 0; i < 12; i++) {
        resident then = *of;
        *s = before;
        topics[below(r, first_topics)](r, of, s);
        if ((s->given | s->cleared) != (before.given | before.cleared) && !left_open(of, s) &&
            (settle(&then, s) || chance(r, 3)))
            return;
    }
    *s = before;
}

static void register_resident(run *r) {
    static const resident nobody = {0};
    saying s = {0};
    say(&s, NAME, ++r->next_name);
    say(&s, AREA, some_committee(r));
    say(&s, SEX, between(r, 1, 2));
    say(&s, BIRTH, some_birth(r));
    if (chance(r, 60))
        say(&s, MOVED_IN, some_day(r));
    for (int i = below(r, 4); i > 0; i--)
        speak(r, &nobody, &s, OF_THE_NEW);
    if (chance(r, 60))
        say(&s, ID_NUMBER, some_id_number(r, (day)s.value[BIRTH]) / 2 * 2 + s.value[SEX] % 2);
    if (!holder(r->m, ID_NUMBER, s.value[ID_NUMBER]))
        put_resident(r, &s);
}

/* By whom the put of a known resident recognises him. */
static void identify(run *r, const resident *of, saying *s) {
    if (of->now[ID_NUMBER]) {
        say(s, ID_NUMBER, of->now[ID_NUMBER]);
    } else if (of->now[FILE_NUMBER] && chance(r, 50)) {
        say(s, FILE_NUMBER, of->now[FILE_NUMBER]);
    } else {
        say(s, SEX, of->now[SEX]);
        say(s, BIRTH, of->now[BIRTH]);
    }
    if (chance(r, 70) || !given(s, ID_NUMBER))
        say(s, NAME, of->now[NAME]);
}

static void change_resident(run *r) {
    resident *who = somebody(r);
    saying s = {0};
    if (!who || !has_room(who))
        return;
    speak(r, who, &s, COUNT(topics));
    if (chance(r, 20))
        speak(r, who, &s, OF_THE_NEW);
    if (chance(r, 40) || touched(&s, FILE_NUMBER)) {
        amend_resident(r, who, &s);
        return;
    }
    identify(r, who, &s);
    put_resident(r, &s);
}

static bool namesake(const model *m, const resident *of, day birth) {
    for (unsigned i = 0; i < m->residents; i++) {
        const resident *other = &m->resident[i];
        if (other != of && other->now[NAME] == of->now[NAME] && other->now[BIRTH] == birth)
            return true;
    }
    return false;
}

/* Corrects the birth date of somebody without an ID number, or gives him one. */
static void change_identity(run *r) {
    resident *who = somebody(r);
    saying s = {0};
    day birth = some_birth(r);
    if (!who || who->now[ID_NUMBER] || namesake(r->m, who, birth))
        return;
    if (chance(r, 50))
        say(&s, BIRTH, birth);
    else
        say(&s, ID_NUMBER, some_id_number(r, (day)who->now[BIRTH]) / 2 * 2 + who->now[SEX] % 2);
    if (!holder(r->m, ID_NUMBER, s.value[ID_NUMBER]))
        amend_resident(r, who, &s);
}

static bool parents_known(const model *m, int place) {
    for (int i = 0; i < AREAS; i++)
        if (!m->areas[i].known && i != place && within(area_codes[place], area_codes[i]))
            return false;
    return true;
}

static void change_area(run *r) {
    int place = below(r, AREAS);
    area *a = &r->m->areas[place];
    char *json = NULL;
    effect want = !parents_known(r->m, place) ? REFUSED : !a->known ? ADDED : chance(r, 50) ? AMENDED : UNCHANGED;
    a->renamed += want == AMENDED;
    a->known = a->known || want == ADDED;
    if (want == UNCHANGED)
        assert_true(asprintf(&json, "{\"area\":\"%s\"}", area_codes[place]) > 0);
    else
        assert_true(asprintf(&json, "{\"area\":\"%s\",\"name\":\"区划%d\"}", area_codes[place], a->renamed) > 0);
    put_register(r, "area", json, want);
}

static void put_date(FILE *out, run *r, const char *name, day *date) {
    if (!chance(r, 40))
        return;
    *date = chance(r, 20) ? 0 : some_day(r);
    fprintf(out, ",\"%s\":", name);
    if (!*date) {
        fputs("null", out);
        return;
    }
    fputc('"', out);
    write_date(out, *date);
    fputc('"', out);
}

static void put_serves(FILE *out, run *r, institution *one) {
    memset(one->serves, 0, sizeof one->serves);
    int many = below(r, MOST_SERVED + 1);
    fputs(many ? ",\"serves\":\"" : ",\"serves\":null", out);
    for (int i = 0; i < many; i++) {
        do
            one->serves[i] = between(r, 1, AREAS - 1) + 1;
        while (is_committee(one->serves[i] - 1) && chance(r, 30));
        fprintf(out, "%s%s%s", i ? ";" : "", area_codes[one->serves[i] - 1], i == many - 1 ? "\"" : "");
    }
}

static void change_institution(run *r) {
    int number = below(r, MOST_INSTITUTIONS);
    institution after = r->m->institution[number];
    bool new = !after.kind;
    char *json = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&json, &size);
    assert_non_null(out);
    fprintf(out, "{\"code\":\"Z%02d\",\"name\":\"机构%d\"", number, number);
    if (new || chance(r, 15))
        fprintf(out, ",\"kind\":\"%s\"", (after.kind = between(r, CENTRE, STATION)) == CENTRE ? "centre" : "station");
    if (new || chance(r, 25)) {
        do
            after.place = below(r, AREAS);
        while (!r->m->areas[after.place].known && chance(r, 95));
        fprintf(out, ",\"area\":\"%s\"", area_codes[after.place]);
    }
    if (chance(r, 40)) {
        after.grade = below(r, 3);
        fprintf(out, after.grade ? ",\"grade\":\"%c\"" : ",\"grade\":null", after.grade == GRADE_A ? 'A' : 'B');
    }
    if (new || chance(r, 40))
        put_serves(out, r, &after);
    put_date(out, r, "opened", &after.opened);
    put_date(out, r, "closed", &after.closed);
    put_date(out, r, "networked_since", &after.networked);
    fputc('}', out);
    fclose(out);
    effect want = new ? ADDED : memcmp(&after, &r->m->institution[number], sizeof after) ? AMENDED : UNCHANGED;
    if (!r->m->areas[after.place].known ||
        (after.opened && after.closed && latest(after.closed) < earliest(after.opened)))
        want = REFUSED;
    if (want != REFUSED)
        r->m->institution[number] = after;
    put_register(r, "institution", json, want);
}

static population *figure_at(model *m, int place, int year) {
    for (unsigned i = 0; i < m->figures; i++)
        if (m->figure[i].place == place && m->figure[i].year == year)
            return &m->figure[i];
    return NULL;
}

static void change_population(run *r) {
    static const char *const names[POPULATIONS] = {"residents", "elderly", "rehab_need", "home_bed"};
    int place = below(r, AREAS), year = between(r, 1999, 2006);
    population after = {place, year, {-1, -1, -1, -1}}, *known = figure_at(r->m, place, year);
    char *json = NULL;
    size_t size = 0;
    if (!known && r->m->figures == MOST_FIGURES)
        return;
    FILE *out = open_memstream(&json, &size);
    assert_non_null(out);
    if (known)
        after = *known;
    fprintf(out, "{\"area\":\"%s\",\"year\":%d", area_codes[place], year);
    for (int i = 0; i < POPULATIONS; i++) {
        if (!chance(r, 40))
            continue;
        after.of[i] = between(r, -1, 12);
        if (after.of[i] < 0)
            fprintf(out, ",\"%s\":null", names[i]);
        else
            fprintf(out, ",\"%s\":%d", names[i], (int)after.of[i]);
    }
    fputc('}', out);
    fclose(out);
    effect want = !r->m->areas[place].known             ? REFUSED
                  : !known                              ? ADDED
                  : memcmp(&after, known, sizeof after) ? AMENDED
                                                        : UNCHANGED;
    if (want == ADDED)
        r->m->figure[r->m->figures++] = after;
    else if (want == AMENDED)
        *known = after;
    put_register(r, "population", json, want);
}

/* ---- rosters imported again ---- */

/* The newest resident of a name and birth date: the one that an import has just registered. */
static int64_t newest_of(run *r, const resident *who) {
    char name[32];
    hr_cursor *rows = NULL;
    int64_t newest = 0;
    snprintf(name, sizeof name, "居民%04d", (int)who->now[NAME]);
    assert_status(r->f->store, HR_OK, hr_find(r->f->store, name, 0, &rows));
    int number = column_named(rows, "resident"), birth = column_named(rows, "birth_date");
    while (hr_cursor_next(rows) == HR_OK)
        if (hr_cursor_integer(rows, birth) == who->now[BIRTH] && hr_cursor_integer(rows, number) > newest)
            newest = hr_cursor_integer(rows, number);
    hr_cursor_free(rows);
    return newest;
}

/* What the model says to the rows; those that the header leaves open are taken out of the roster. */
static void foresee(run *r, roster *rows, uint64_t effects[4]) {
    unsigned kept = 0;
    for (unsigned i = 0; i < rows->count; i++) {
        saying s = rows->row[i];
        complete(&s);
        resident *who = recognised(r->m, &s);
        if (who && left_open(who, &s))
            continue;
        effect e = model_put(r->m, rows->row[i], &who);
        effects[e + 1]++;
        keep(r, "resident", -1, json_of(&rows->row[i]), e);
        rows->row[kept++] = rows->row[i];
    }
    rows->count = kept;
}

static void import_roster(run *r, const roster *from) {
    uint64_t effects[4] = {0}; /* by effect + 1 */
    unsigned first_new = r->m->residents;
    const char *path = path_in(r->f, "roster.csv");
    hr_import_options options;
    hr_import_result result;
    char text[700];
    roster *rows = malloc(sizeof *rows);
    assert_non_null(rows);
    *rows = *from;
    foresee(r, rows, effects);
    write_roster(path, rows);
    free(rows);
    hr_import_options_init(&options);
    hr_import_result_init(&result);
    options.kind = "residents";
    assert_status(r->f->store, HR_OK, hr_import(r->f->store, path, &options, &result));
    for (unsigned i = first_new; i < r->m->residents; i++)
        r->m->resident[i].id = newest_of(r, &r->m->resident[i]);
    if (result.rejected == effects[0] && result.unchanged == effects[1] && result.added == effects[2] &&
        result.amended == effects[3])
        return;
    snprintf(text, sizeof text,
             "import: %" PRIu64 " refused (%s), %" PRIu64 " unchanged, %" PRIu64 " added, %" PRIu64
             " amended; the model says %" PRIu64 ", %" PRIu64 ", %" PRIu64 ", %" PRIu64,
             result.rejected, result.first_reject, result.unchanged, result.added, result.amended, effects[0],
             effects[1], effects[2], effects[3]);
    fail_run(r, text);
}

static void import_current_state(run *r) {
    roster *rows = malloc(sizeof *rows);
    assert_non_null(rows);
    take_roster(rows, r->m);
    import_roster(r, rows);
    free(rows);
}

static void change_by_older_roster(run *r) {
    for (unsigned i = 0; i < r->m->residents; i++)
        if (!has_room(&r->m->resident[i]))
            return;
    if (r->rosters && r->m->residents < MOST_RESIDENTS / 2)
        import_roster(r, r->roster[below(r, (int)(r->rosters < ROSTERS ? r->rosters : ROSTERS))]);
}

/* ---- agreement on the way ---- */

static void compare_day(run *r, const census *c) {
    int whole = below(r, AREAS);
    const char *tier = chance(r, 30) ? NULL : tiers[below(r, COUNT(tiers))];
    if (!r->m->areas[whole].known)
        whole = 0;
    if (!lists_agree(r->f->store, c, whole) || !figures_agree(r->f->store, c, whole, tier))
        fail_run(r, difference);
}

static void compare_sample(run *r) {
    census *c = malloc(sizeof *c);
    assert_non_null(c);
    for (int i = 0; i < 3; i++) {
        int year = between(r, FIRST_DAY / 10000, LAST_DAY / 10000), month = between(r, 1, 12);
        take_census(c, r->m, year * 10000 + month * 100 + between(r, 1, month_days(year, month)));
        compare_day(r, c);
    }
    r->agreed = r->count;
    free(c);
}

/* Adds to a difference in figures who is behind it, if a list shows it. */
static void explain(hr_store *store, const census *c) {
    char figures[sizeof difference];
    snprintf(figures, sizeof figures, "%s", difference);
    if (lists_agree(store, c, 0))
        return;
    print_error("%s\n", difference);
    snprintf(difference, sizeof difference, "%s", figures);
}

/* Every `step`th day from the first to the last, every tier; false when one differs. */
static bool days_agree(hr_store *store, const model *m, int step) {
    census *c = malloc(sizeof *c);
    bool same = true;
    int until_next = 1;
    assert_non_null(c);
    for (day d = FIRST_DAY; same && d <= LAST_DAY; d = day_after(d)) {
        if (--until_next > 0)
            continue;
        until_next = step;
        take_census(c, m, d);
        same = day_agrees(store, c) && (d % 100 != 15 || lists_agree(store, c, 0));
        if (!same && m->mistake == NO_MISTAKE)
            explain(store, c);
    }
    free(c);
    return same;
}

static void compare_days(run *r, int step) {
    if (!days_agree(r->f->store, r->m, step))
        fail_run(r, difference);
    r->agreed = r->count;
}

/* ---- the course of a run ---- */

static void begin_batch(run *r) {
    assert_status(r->f->store, HR_OK, hr_batch_begin(r->f->store));
    r->left = (unsigned)between(r, 1, 40);
    r->in_vain = chance(r, 20);
    r->mark = r->count;
    *r->before = *r->m;
}

static void end_batch(run *r) {
    if (r->in_vain) {
        hr_batch_rollback(r->f->store);
        *r->m = *r->before;
        forget_changes(r, r->mark);
        if (r->agreed > r->count)
            r->agreed = r->count;
    } else {
        assert_status(r->f->store, HR_OK, hr_batch_commit(r->f->store));
    }
    r->left = 0;
}

static void change_something(run *r) {
    int dice = below(r, 100);
    if (r->m->residents < 12 || (dice < 12 && r->m->residents < MOST_RESIDENTS / 3))
        register_resident(r);
    else if (dice < 80)
        change_resident(r);
    else if (dice < 84)
        change_identity(r);
    else if (dice < 90)
        change_institution(r);
    else if (dice < 96)
        change_population(r);
    else
        change_area(r);
}

static void between_batches(run *r) {
    if (chance(r, 3))
        take_roster(r->roster[r->rosters++ % ROSTERS], r->m);
    if (chance(r, 2))
        change_by_older_roster(r);
    if (chance(r, 20))
        begin_batch(r);
}

static void make_changes(run *r, int how_many) {
    for (int i = 0; i < how_many; i++) {
        if (!r->left)
            between_batches(r);
        change_something(r);
        if (r->left && --r->left == 0)
            end_batch(r);
        if (i % 10 == 9)
            compare_sample(r);
    }
    if (r->left)
        end_batch(r);
    compare_sample(r);
}

/* ---- the same changes in other batches ---- */

/* A store to which a run's changes are made again, and the numbers its residents get there. */
typedef struct replay {
    const run *r;
    fixture f;
    int64_t ids[MOST_RESIDENTS];
    unsigned residents;
} replay;

static void make_again(replay *p, const change *c) {
    hr_change done = HR_UNCHANGED;
    int64_t id = 0;
    hr_status status = c->who < 0 ? hr_put(p->f.store, c->kind, c->json, &id, &done)
                                  : hr_amend(p->f.store, p->ids[c->who], c->json, &done);
    if (status != (c->effect == REFUSED ? HR_INVALID : HR_OK) || (status == HR_OK && done != (hr_change)c->effect))
        print_error("%s gave %s, %d instead of %d: %s\n", c->json, hr_status_name(status), done, c->effect,
                    hr_error(p->f.store));
    assert_int_equal(status, c->effect == REFUSED ? HR_INVALID : HR_OK);
    if (status == HR_OK)
        assert_int_equal(done, c->effect);
    if (done == HR_ADDED && id)
        p->ids[p->residents++] = id;
}

static void one_by_one(replay *p) {
    for (size_t i = 0; i < p->r->count; i++)
        make_again(p, &p->r->changes[i]);
}

static void in_one_batch(replay *p) {
    assert_status(p->f.store, HR_OK, hr_batch_begin(p->f.store));
    one_by_one(p);
    assert_status(p->f.store, HR_OK, hr_batch_commit(p->f.store));
}

/* Every few changes are made, rolled back and made again. */
static void each_batch_twice(replay *p) {
    enum { BATCH = 23 };
    for (size_t i = 0; i < p->r->count; i += BATCH) {
        unsigned residents = p->residents;
        for (int last = 0; last < 2; last++) {
            assert_status(p->f.store, HR_OK, hr_batch_begin(p->f.store));
            p->residents = residents;
            for (size_t k = i; k < p->r->count && k < i + BATCH; k++)
                make_again(p, &p->r->changes[k]);
            if (last)
                assert_status(p->f.store, HR_OK, hr_batch_commit(p->f.store));
            else
                hr_batch_rollback(p->f.store);
        }
    }
}

/* ---- tests ---- */

enum { OPERATIONS = 700, SEEDS = 3, FEWER = 4 };

static int operations(void) {
    return (int)setting("HR_MODEL_OPERATIONS", OPERATIONS);
}

static uint64_t first_seed(void) {
    return setting("HR_MODEL_SEED", 1);
}

/* A copy of the test's own store, which nothing was put into, open. */
static fixture another(fixture *f, const char *name) {
    fixture out = *f;
    join_path(out.path, f->folder, name);
    close_store(f);
    copy_folder(f->path, out.path);
    reopen(f, HR_LANGUAGE_EN);
    out.store = NULL;
    reopen(&out, HR_LANGUAGE_EN);
    return out;
}

static void figures_and_lists_are_those_of_the_naive_model(void **state) {
    run r;
    for (uint64_t i = 0; i < SEEDS; i++) {
        char name[32];
        snprintf(name, sizeof name, "run-%" PRIu64 ".hrs", i);
        fixture f = another(*state, name);
        run_begin(&r, &f, first_seed() + i);
        make_changes(&r, operations());
        compare_days(&r, 1);
        if (verify_findings(f.store))
            fail_run(&r, "verify finds something");
        reopen(&f, HR_LANGUAGE_EN);
        compare_days(&r, 31);
        run_end(&r);
        close_store(&f);
    }
}

static void importing_the_current_state_changes_nothing(void **state) {
    fixture *f = *state;
    run r;
    run_begin(&r, f, first_seed());
    make_changes(&r, operations() / FEWER);
    uint64_t entries = info_of(f->store).entries;
    import_current_state(&r);
    assert_int_equal(info_of(f->store).entries, entries);
    compare_days(&r, 31);
    run_end(&r);
}

static void batches_of_any_size_and_rollbacks_lead_to_the_same_figures(void **state) {
    static void (*const ways[])(replay *) = {one_by_one, in_one_batch, each_batch_twice};
    fixture *f = *state;
    run r;
    replay p;
    for (size_t i = 0; i < COUNT(ways); i++) {
        char name[32];
        snprintf(name, sizeof name, "again-%zu.hrs", i);
        p = (replay){.r = &r, .f = another(f, name)};
        close_store(&p.f);
    }
    run_begin(&r, f, first_seed());
    make_changes(&r, operations() / FEWER);
    for (size_t i = 0; i < COUNT(ways); i++) {
        char name[32];
        snprintf(name, sizeof name, "again-%zu.hrs", i);
        join_path(p.f.path, f->folder, name);
        p.residents = 0;
        reopen(&p.f, HR_LANGUAGE_EN);
        ways[i](&p);
        for (unsigned k = 0; k < r.m->residents; k++)
            r.m->resident[k].id = p.ids[k];
        if (!days_agree(p.f.store, r.m, 7))
            fail_run(&r, difference);
        assert_int_equal(verify_findings(p.f.store), 0);
        close_store(&p.f);
    }
    run_end(&r);
}

/* The control: had the store any of these mistakes, a run would find it. */
static void a_model_with_one_wrong_rule_is_found_to_disagree(void **state) {
    run r;
    run_begin(&r, *state, 1);
    make_changes(&r, OPERATIONS);
    compare_days(&r, 7);
    for (mistake one = NO_MISTAKE + 1; one < MISTAKES; one++) {
        r.m->mistake = one;
        if (days_agree(r.f->store, r.m, 1))
            fail_msg("mistake %d is not noticed", one);
    }
    run_end(&r);
}

/* ---- what runs brought to light or do not say, each by itself ---- */

static int64_t residents_in(fixture *f, const char *code, int32_t as_of) {
    return figure_of(f->store, code, "resident_files", as_of).denominator;
}

static void put_wang(fixture *f, const char *fields) {
    put_ok(f, "resident", "{'name':'王建国','sex':1,'birth_date':'1930-05-01',%s}", fields);
}

static void a_move_whose_date_is_corrected_to_a_later_one_leaves_no_gap(void **state) {
    put_wang(*state, "'area':'110105001001'");
    put_wang(*state, "'area':'110108001001','moved_in':'2000-01-01'");
    assert_int_equal(residents_in(*state, "110105001001", 20010101), 0);
    put_wang(*state, "'moved_in':'2002-01-01'");
    assert_int_equal(residents_in(*state, "110105001001", 20010101), 1);
    assert_int_equal(residents_in(*state, "110105001001", 20020101), 0);
    assert_int_equal(residents_in(*state, "110108001001", 20020101), 1);
}

static void an_older_roster_with_a_moved_out_that_a_move_overtook_changes_nothing(void **state) {
    static const char older[] = "'area':'110105001001','moved_out':'2004-07-01'";
    put_wang(*state, older);
    put_wang(*state, "'area':'110108001001','moved_in':'2003-01-01'");
    assert_int_equal(put_change(*state, "resident", "{'name':'王建国','sex':1,'birth_date':'1930-05-01',%s}", older),
                     HR_UNCHANGED);
}

static void the_end_of_an_earlier_residence_can_be_cleared(void **state) {
    put_wang(*state, "'area':'110105001001','moved_out':'2002-01-01'");
    put_wang(*state, "'area':'110108001001','moved_in':'2004-01-01'");
    assert_int_equal(residents_in(*state, "110105001001", 20030101), 0);
    put_wang(*state, "'area':'110105001001','moved_out':null");
    assert_int_equal(residents_in(*state, "110105001001", 20030101), 1);
    assert_int_equal(residents_in(*state, "110105001001", 20040101), 0);
}

static void who_moved_in_and_out_in_a_year_of_which_no_more_is_known_counts_nowhere_after_it(void **state) {
    put_wang(*state, "'area':'110105001001'");
    put_wang(*state, "'area':'110108001001','moved_in':'2005'");
    assert_int_equal(residents_in(*state, "11", 20060101), 1);
    put_wang(*state, "'moved_out':'2005'");
    assert_int_equal(residents_in(*state, "11", 20051230), 1);
    assert_int_equal(residents_in(*state, "11", 20060101), 0);
}

static void an_earlier_home_bed_closed_before_it_opened_is_refused(void **state) {
    put_wang(*state, "'area':'110105001001','home_bed_opened':'2004-01-01'");
    put_refused(*state, "resident",
                "{'name':'王建国','sex':1,'birth_date':'1930-05-01','home_bed_opened':'2002-02-01',"
                "'home_bed_closed':'2002-01-01'}");
    put_wang(*state, "'home_bed_opened':'2002-01-01','home_bed_closed':'2002-02-01'");
}

static void an_earlier_residence_before_birth_is_refused(void **state) {
    put_wang(*state, "'area':'110105001001','moved_in':'2004-01-01'");
    put_refused(*state, "resident",
                "{'name':'王建国','sex':1,'birth_date':'1930-05-01','area':'110108001001','moved_in':'1920-01-01'}");
    put_wang(*state, "'area':'110108001001','moved_in':'1930-05-01'");
}

static void the_end_of_an_earlier_home_bed_can_be_corrected_when_there_is_no_current_one(void **state) {
    fixture *f = *state;
    put_wang(f, "'area':'110105001001','home_bed_opened':'2002-01-01','home_bed_closed':'2002-06-01'");
    put_wang(f, "'home_bed_opened':'2003-01-01'");
    put_wang(f, "'home_bed_opened':null");
    put_wang(f, "'home_bed_opened':'2002-01-01','home_bed_closed':'2002-05-01'");
    assert_int_equal(figure_of(f->store, "11", "home_bed_files", 20020430).denominator, 1);
    assert_int_equal(figure_of(f->store, "11", "home_bed_files", 20020501).denominator, 0);
}

static void who_had_no_id_number_is_recognised_when_it_comes(void **state) {
    char id[ID_SIZE];
    int64_t first =
        put_ok(*state, "resident", "{'name':'王建国','sex':1,'birth_date':'1930-05-01','area':'110105001001'}");
    id_number(id, 110105, 19300501, 11);
    assert_int_equal(
        put_ok(*state, "resident",
               "{'id_number':'%s','name':'王建国','sex':1,'birth_date':'1930-05-01','area':'110105001001'}", id),
        first);
    assert_residents(((fixture *)*state), 1);
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        TEST(figures_and_lists_are_those_of_the_naive_model),
        TEST(importing_the_current_state_changes_nothing),
        TEST(batches_of_any_size_and_rollbacks_lead_to_the_same_figures),
        TEST(a_model_with_one_wrong_rule_is_found_to_disagree),
        TEST(a_move_whose_date_is_corrected_to_a_later_one_leaves_no_gap),
        TEST(an_older_roster_with_a_moved_out_that_a_move_overtook_changes_nothing),
        TEST(the_end_of_an_earlier_residence_can_be_cleared),
        TEST(who_moved_in_and_out_in_a_year_of_which_no_more_is_known_counts_nowhere_after_it),
        TEST(an_earlier_home_bed_closed_before_it_opened_is_refused),
        TEST(an_earlier_residence_before_birth_is_refused),
        TEST(the_end_of_an_earlier_home_bed_can_be_corrected_when_there_is_no_current_one),
        TEST(who_had_no_id_number_is_recognised_when_it_comes),
    };
    return cmocka_run_group_tests(tests, make_sample, remove_sample);
}
