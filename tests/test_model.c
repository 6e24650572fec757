/* The figures after thousands of random changes, beside those of a naive model.
 *
 * The model knows no spans, tallies or SQL. It keeps for each resident plain lists of residences, home-bed episodes and
 * outcomes, follows the rules of hr_put's comment when something is said, and counts, for a day, by looking at every
 * resident's lists, for each area and each indicator. Entries of care it keeps as a list, too, and goes through them
 * day by day, on top of what was said of the resident's fields. Its rules are those of DESIGN.md and healthrec.h. A run
 * makes random changes to a store and to a model, and compares what each of them did, then every figure of every tier
 * on every day of seven years, the lists and the contradictions. Wrong models, each with one rule broken, show that a
 * run would notice.
 *
 * Figures as they were known, and trends, need no model: a store must tell again what it told then, and on each day of
 * a trend what it tells of that day alone.
 *
 * HR_MODEL_SEED and HR_MODEL_OPERATIONS ask for another seed and for longer runs. A failure prints the seed, what
 * differs and the changes since the last agreement. */
#include "support.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

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

/* The fields of one event are said together. */
static const uint32_t events[] = {
    UINT32_C(1) << AREA | UINT32_C(1) << MOVED_IN | UINT32_C(1) << MOVED_OUT,
    UINT32_C(1) << BED_OPENED | UINT32_C(1) << BED_CLOSED,
    UINT32_C(1) << OUTCOME | UINT32_C(1) << OUTCOME_DATE,
};

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

/* ---- entries of care ---- */

/* Those of home beds and of rehabilitation in the order in which they count on one day. */
typedef enum form {
    NOTE,
    ENCOUNTER,
    EXAMINATION,
    SELF_CARE,
    ASSESSMENT,
    PLAN,
    SESSION,
    JUDGEMENT,
    OPENING,
    VISIT,
    CLOSING,
    HOUSEHOLD,
    FORMS
} form;

static const struct {
    const char *name, *writer; /* writer: a field for any text */
    const char *needed;        /* other fields that must be there */
    bool uses_file, examines, after_death;
} forms[FORMS] = {
    [NOTE] = {"note", "text", "", .after_death = true},
    [ENCOUNTER] = {"encounter", "plan", "", .uses_file = true},
    [EXAMINATION] = {"health_examination", "doctor", "", .uses_file = true, .examines = true},
    [SELF_CARE] = {"self_care", "doctor", ",\"meals\":1,\"washing\":2,\"dressing\":1,\"toilet\":1,\"moving\":1",
                   .uses_file = true},
    [ASSESSMENT] = {"rehab_assessment", "assessor", "", .uses_file = true},
    [PLAN] = {"rehab_plan", "responsible", "", .uses_file = true},
    [SESSION] = {"rehab_session", "therapist", "", .uses_file = true},
    [JUDGEMENT] = {"rehab_outcome", "assessor", "", .uses_file = true},
    [OPENING] = {"home_bed_open", "doctor", ",\"diagnosis\":\"脑梗死恢复期\"", .uses_file = true},
    [VISIT] = {"home_bed_visit", "visitor", "", .uses_file = true},
    [CLOSING] = {"home_bed_close", "doctor", ",\"outcome\":2", .uses_file = true, .after_death = true},
    [HOUSEHOLD] = {"household_care", "helper", "", .uses_file = true},
};

/* An entry's number in the log, and that of the first of those in whose place it stands. */
typedef struct entry {
    int64_t seq, root;
} entry;

typedef struct care {
    form form;
    day date;
    int64_t what; /* whether there is a need (YES, NO); which outcome */
    int writer;   /* so that no two are the same */
    bool forced;
    entry entry;
} care;

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
    MOST_ITEMS = 60,
    MOST_RESIDENTS = 400,
    MOST_ENTRIES = 64, /* of a resident's fields, and as many of care: a bit for each in a set */
    MOST_INSTITUTIONS = 16,
    MOST_FIGURES = 120,
    MOST_SERVED = 2,
    MOST_ROWS = 80, /* of each other register */
    MOST_CALLS = 120,
    MOST_GONE = 64,
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

/* Something that was said of a resident's fields, as far as it differed from what was known. */
typedef struct statement {
    saying fields;
    entry entry;
} statement;

/* The entries of a resident that stand, in the order of those in whose place they do. */
typedef struct file {
    unsigned said_count, care_count;
    statement said[MOST_ENTRIES];
    care care[MOST_ENTRIES];
} file;

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

/* A row of the register of grades, of elder-help services, of beds or of the hotline. */
typedef struct row {
    int of; /* institution or place */
    day from, until;
    int64_t number, met; /* grade, beds or requests */
} row;

typedef struct book {
    unsigned count;
    row at[MOST_ROWS];
} book;

typedef struct call {
    int64_t number;
    int place;
    day raised;
    int second; /* of the day, after a quarter past eight; no two calls' are the same */
    bool test;
    int waited; /* seconds; -1: not answered */
} call;

/* What a store's register says of an indicator; NOT_SAID: nothing. */
enum { NOT_SAID = -1, OWN = 4 };
typedef struct aim {
    int target, seconds, numerator, denominator; /* the last two: tallies */
    day due;                                     /* 0: not said */
    bool put;
} aim;

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
    ANY_FILE_IS_ELECTRONIC,
    USE_COUNTS_FOR_EVER,
    USE_NEEDS_NO_FILE,
    CONTRADICTING_ENTRY_IS_NO_USE,
    NOTE_IS_USE,
    ANY_ENTRY_IS_AN_EXAMINATION,
    EXAMINATION_COUNTS_AT_ANY_AGE,
    CARE_COUNTS_AS_TYPED_IN,
    CONTRADICTING_ENTRY_COUNTS,
    HELP_GOES_ON,
    FIRST_BEDS_REMAIN,
    BEDS_ARE_FOR_THE_ELDERLY,
    HOTLINE_COUNTS_FOR_EVER,
    HOTLINE_COUNTS_FROM_THE_FIRST_DAY,
    REQUESTS_ARE_MET,
    GRADE_IS_THE_INSTITUTIONS,
    TEST_CALLS_COUNT,
    LAST_SECOND_IS_TOO_LATE,
    SIXTY_SECONDS_ALWAYS,
    CALLS_COUNT_FOR_EVER,
    TARGETS_ARE_THE_PLANS,
    OWN_RATIOS_ARE_UPSIDE_DOWN,
    MISTAKES
} mistake;

enum { BUILT_IN = 24 };

typedef struct model {
    mistake mistake;
    int64_t entries; /* in the log */
    area areas[AREAS];
    unsigned residents, figures, calls, gone;
    resident resident[MOST_RESIDENTS]; /* what was said of their fields */
    file file[MOST_RESIDENTS];
    institution institution[MOST_INSTITUTIONS]; /* kind 0: not put yet */
    population figure[MOST_FIGURES];
    book grades, help, beds, hotline;
    call call[MOST_CALLS];
    aim built_in[BUILT_IN], own[OWN];
    int64_t gone_entry[MOST_GONE]; /* some that were amended or withdrawn */
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
    return given(s, BED_OPENED) && opened != now->from && now->from && now->to && latest(opened) >= latest(now->to);
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

static bool end_after_they_begin(const history *h) {
    for (unsigned i = 0; i < h->count; i++)
        if (h->at[i].from && h->at[i].to && latest(h->at[i].to) < earliest(h->at[i].from))
            return false;
    return true;
}

static bool are_somewhere(const history *h) {
    for (unsigned i = 0; i < h->count; i++)
        if (!h->at[i].what)
            return false;
    return true;
}

enum { RULES = COUNT(in_order) + COUNT(in_need) + 4 };

/* What does not hold: of each rule the dates, or what there is, by which it does not; 0: it holds. */
typedef struct faults {
    int64_t of[RULES];
} faults;

static void find_faults(const resident *r, faults *out) {
    int64_t *of = out->of;
    for (size_t i = 0; i < COUNT(in_order); i++, of++) {
        day later = (day)value_of(r, in_order[i].later), before = (day)value_of(r, in_order[i].earlier);
        *of = later && before && latest(later) < earliest(before) ? (int64_t)later << 32 | before : 0;
    }
    for (size_t i = 0; i < COUNT(in_need); i++, of++)
        *of = value_of(r, in_need[i].needed) ? 0 : value_of(r, in_need[i].of) != 0;
    *of++ = !begin_after(&r->residences, (day)r->now[BIRTH]);
    *of++ = !begin_after(&r->episodes, (day)r->now[BIRTH]);
    *of++ = !end_after_they_begin(&r->episodes);
    *of++ = !are_somewhere(&r->residences);
}

/* Nothing is wrong that was not, in the same way, before. */
static bool no_worse(const resident *before, const resident *after) {
    faults was, is;
    find_faults(before, &was);
    find_faults(after, &is);
    for (int i = 0; i < RULES; i++)
        if (is.of[i] && is.of[i] != was.of[i])
            return false;
    return true;
}

static bool possible(const resident *r) {
    static const resident nobody = {0};
    return no_worse(&nobody, r);
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

/* False when what is known of an earlier residence or episode, or the ID number, contradicts it. */
static bool settle_fields(resident *r, const saying *s) {
    static const column listed[] = {AREA, MOVED_IN, MOVED_OUT, BED_OPENED, BED_CLOSED, OUTCOME, OUTCOME_DATE};
    for (column c = 0; c < COLUMNS; c++)
        if (touched(s, c))
            r->now[c] = s->value[c];
    bool fits = settle_residence(r, s) && settle_episode(r, s) && settle_outcome(r, s);
    for (size_t i = 0; i < COUNT(listed); i++)
        r->now[listed[i]] = 0;
    return fits && agrees_with_id_number(r);
}

static bool settle(resident *r, const saying *s) {
    return settle_fields(r, s) && possible(r);
}

/* ---- what entries of care amount to: the comments of hr_entry_add and hr_check ---- */

/* A resident as figures know him: what was said of his fields, and then his entries of care, day by day. */
typedef struct person {
    resident known;
    unsigned uses, examinations;
    day used[MOST_ENTRIES], examined[MOST_ENTRIES];
    uint64_t contradicting; /* which of his entries of care */
} person;

static bool known_by(int64_t date, day by) {
    return date && latest((day)date) <= latest(by);
}

/* What is found on a day began then, unless it is known to have begun before. */
static void begin(resident *r, column c, day date) {
    if (!known_by(r->now[c], date))
        r->now[c] = date;
}

/* The episode that an entry of a day is about: the last one that had begun by then. */
static item *episode_by(history *h, day date) {
    item *found = NULL;
    for (unsigned i = 0; i < h->count; i++)
        if (known_by(h->at[i].from, date) && (!found || newer(&h->at[i], found)))
            found = &h->at[i];
    return found;
}

static bool open_bed(history *h, day date) {
    const item *last = episode_by(h, date);
    day current_from = current(h).from;
    if (last && last->from == date)
        return true; /* it says what is known */
    if (last && (!last->to || latest(date) < latest(last->to)))
        return false;
    if (h->count && !current_from)
        h->at[h->count - 1] = (item){0, date, 0};
    else if (current_from && latest(date) < latest(current_from))
        push_earlier(h, 0, date, 0);
    else
        push(h, 0, date, 0);
    return true;
}

static bool visit_bed(history *h, day date) {
    const item *last = episode_by(h, date);
    return last && (!last->to || latest(date) <= latest(last->to));
}

static bool close_bed(history *h, day date) {
    item *last = episode_by(h, date);
    if (!last || (last->to && last->to != date))
        return false;
    last->to = date;
    return true;
}

static bool judge(resident *r, const care *e) {
    saying s = {0};
    say(&s, OUTCOME, e->what);
    say(&s, OUTCOME_DATE, e->date);
    return settle_outcome(r, &s);
}

/* False when it contradicts what is known, which then stays as it was. */
static bool takes_place(resident *r, const care *e) {
    day birth = (day)r->now[BIRTH], died = (day)r->now[DIED];
    if (latest(e->date) < earliest(birth) || (died && earliest(e->date) > latest(died) && !forms[e->form].after_death))
        return false;
    switch (e->form) {
    case ASSESSMENT:
        if (e->what == YES)
            begin(r, NEED, e->date);
        return e->what == YES || !known_by(r->now[NEED], e->date);
    case PLAN:
    case SESSION:
        if (!known_by(r->now[NEED], e->date))
            return false;
        begin(r, SERVED, e->date);
        return true;
    case JUDGEMENT:
        return known_by(r->now[SERVED], e->date) && judge(r, e);
    case OPENING:
        return open_bed(&r->episodes, e->date);
    case VISIT:
        return visit_bed(&r->episodes, e->date);
    case CLOSING:
        return close_bed(&r->episodes, e->date);
    case HOUSEHOLD:
        begin(r, CARE, e->date);
        return true;
    default:
        return true;
    }
}

static bool comes_before(const model *m, const care *a, const care *b) {
    if (m->mistake == CARE_COUNTS_AS_TYPED_IN)
        return a->entry.root < b->entry.root;
    if (latest(a->date) != latest(b->date))
        return latest(a->date) < latest(b->date);
    return a->form != b->form ? a->form < b->form : a->entry.root < b->entry.root;
}

/* The mistake of counting what contradicts. */
static void take_place_all_the_same(resident *r, const care *e) {
    if (e->form == JUDGEMENT)
        judge(r, e);
    else if (e->form == PLAN || e->form == SESSION)
        begin(r, SERVED, e->date);
    else if (e->form == OPENING)
        push(&r->episodes, 0, e->date, 0);
}

static void note_use(const model *m, const care *e, bool fits, person *out) {
    if (!fits && m->mistake == CONTRADICTING_ENTRY_IS_NO_USE)
        return;
    if (forms[e->form].uses_file || m->mistake == NOTE_IS_USE)
        out->used[out->uses++] = e->date;
    if (forms[e->form].examines || m->mistake == ANY_ENTRY_IS_AN_EXAMINATION)
        out->examined[out->examinations++] = e->date;
}

static void make_person(const model *m, const resident *said, const file *f, person *out) {
    const care *order[MOST_ENTRIES];
    out->known = *said;
    out->uses = out->examinations = 0;
    out->contradicting = 0;
    for (unsigned i = 0; i < f->care_count; i++) {
        unsigned at = i;
        for (; at > 0 && comes_before(m, &f->care[i], order[at - 1]); at--)
            order[at] = order[at - 1];
        order[at] = &f->care[i];
    }
    for (unsigned i = 0; i < f->care_count; i++) {
        bool fits = takes_place(&out->known, order[i]);
        if (!fits)
            out->contradicting |= UINT64_C(1) << (order[i] - f->care);
        if (!fits && m->mistake == CONTRADICTING_ENTRY_COUNTS)
            take_place_all_the_same(&out->known, order[i]);
        note_use(m, order[i], fits, out);
    }
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

static file *file_of(model *m, const resident *r) {
    return &m->file[r - m->resident];
}

/* An entry says only what differs from what was said; of one event all of it or nothing. */
static void narrow(const resident *known, saying *s) {
    uint32_t differs = 0;
    for (column c = 0; c < COLUMNS; c++)
        if (touched(s, c) && s->value[c] != value_of(known, c))
            differs |= UINT32_C(1) << c;
    for (size_t i = 0; i < COUNT(events); i++)
        if (differs & events[i])
            differs |= events[i];
    for (column c = 0; c < COLUMNS; c++)
        if (!(differs >> c & 1))
            say(s, c, 0);
}

static entry next_entry(model *m) {
    m->entries++;
    return (entry){m->entries, m->entries};
}

static void keep_said(model *m, file *f, const saying *s) {
    assert_true(f->said_count < MOST_ENTRIES);
    f->said[f->said_count++] = (statement){*s, next_entry(m)};
}

/* Whether an entry of care would contradict what it did not before. */
static bool contradicts(const model *m, const resident *r, const file *f, uint64_t before, person *out) {
    make_person(m, r, f, out);
    return (out->contradicting & ~before) != 0;
}

/* What would be known is possible, nobody else's, and leaves the entries of care as sensible as they were. */
static bool acceptable(model *m, const resident *r, const resident *after, const file *f) {
    person was, is;
    make_person(m, r, file_of(m, r), &was);
    return !contradicts(m, after, f, was.contradicting, &is) && no_worse(&was.known, &is.known) &&
           !is_anothers(m, r, FILE_NUMBER, after->now[FILE_NUMBER]) &&
           !is_anothers(m, r, ID_NUMBER, after->now[ID_NUMBER]);
}

static effect model_amend(model *m, resident *r, saying s) {
    resident after = *r;
    file *f = file_of(m, r);
    complete(&s);
    if (!place_known(m, &s))
        return REFUSED;
    narrow(r, &s);
    bool fits = settle_fields(&after, &s);
    if (fits && memcmp(r, &after, sizeof after) == 0)
        return UNCHANGED;
    if (!fits || !acceptable(m, r, &after, f))
        return REFUSED;
    *r = after;
    keep_said(m, f, &s);
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
    memset(file_of(m, r), 0, sizeof(file));
    bool someone = given(&s, NAME) && given(&s, AREA) && given(&s, SEX) && given(&s, BIRTH);
    if (!someone || !place_known(m, &s) || !settle(r, &s)) {
        memset(r, 0, sizeof *r);
        return REFUSED;
    }
    m->residents++;
    keep_said(m, file_of(m, r), &s);
    *who = r;
    return ADDED;
}

/* ---- what adding, amending and withdrawing an entry does to the model ---- */

static bool same_care(const care *a, const care *b) {
    return a->form == b->form && a->date == b->date && a->what == b->what && a->writer == b->writer;
}

/* `seq` is set to its number. */
static effect model_add(model *m, const resident *r, care e, bool force, int64_t *seq) {
    file *f = file_of(m, r);
    person was, is;
    for (unsigned i = 0; i < f->care_count; i++)
        if (same_care(&f->care[i], &e)) {
            *seq = f->care[i].entry.seq;
            return UNCHANGED;
        }
    assert_true(f->care_count < MOST_ENTRIES);
    make_person(m, r, f, &was);
    care *new = &f->care[f->care_count++];
    *new = e;
    new->entry = (entry){m->entries + 1, m->entries + 1};
    new->forced = contradicts(m, r, f, was.contradicting, &is);
    if (new->forced && !force) {
        f->care_count--;
        return REFUSED;
    }
    *seq = next_entry(m).seq;
    return ADDED;
}

static void forget_entry(model *m, int64_t seq) {
    m->gone_entry[m->gone++ % MOST_GONE] = seq;
}

/* `e` takes the place of an entry; NULL withdraws it. */
static effect model_correct_care(model *m, const resident *r, unsigned which, const care *e, bool force) {
    file *f = file_of(m, r), before = *f;
    person was, is;
    uint64_t others = (UINT64_C(1) << which) - 1; /* those before it */
    make_person(m, r, f, &was);
    if (e) {
        entry old = f->care[which].entry;
        f->care[which] = *e;
        f->care[which].entry = (entry){m->entries + 1, old.root};
        was.contradicting &= ~(UINT64_C(1) << which);
    } else {
        f->care_count--;
        memmove(&f->care[which], &f->care[which + 1], (f->care_count - which) * sizeof *f->care);
        was.contradicting = (was.contradicting & others) | (was.contradicting >> 1 & ~others);
    }
    bool forced = contradicts(m, r, f, was.contradicting, &is);
    if (forced && !force) {
        *f = before;
        return REFUSED;
    }
    if (e)
        f->care[which].forced = forced;
    forget_entry(m, before.care[which].entry.seq);
    m->entries++;
    return AMENDED;
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

/* A further one is said to end after the current one began: is that end kept for when the current one is corrected? */
static bool ends_too_late(const history *before, const history *after) {
    for (unsigned i = 0; i + 1 < after->count && after->count > before->count; i++)
        if (latest(after->at[i].to) > latest(current(after).from))
            return true;
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
           ends_too_late(&r->residences, &after.residences) || overtakes(&r->residences, &after.residences) ||
           names_no_area(&r->residences, s) || is_back_too_early(&r->residences, s) || overlap(&after.episodes) ||
           which_is_newest(&r->outcomes, &after.outcomes);
}

/* Goes through what was said of somebody's fields once more; false when the header does not say what it amounts to, as
 * when he was registered nowhere. */
static bool say_again(const file *f, resident *out) {
    int64_t id = out->id;
    memset(out, 0, sizeof *out);
    out->id = id;
    for (unsigned i = 0; i < f->said_count; i++) {
        if (i > 0 ? left_open(out, &f->said[i].fields) : !given(&f->said[i].fields, AREA))
            return false;
        if (!settle_fields(out, &f->said[i].fields))
            return false;
    }
    return true;
}

/* What an entry says with the fields of `patch` instead of its own; null takes one out. */
static saying patched(const saying *s, const saying *patch) {
    saying out = *s;
    for (column c = 0; c < COLUMNS; c++)
        if (touched(patch, c))
            say(&out, c, patch->value[c]);
    return out;
}

typedef enum sure { NOT_SURE, SURE } sure;

/* An entry about somebody's fields is amended, or withdrawn when `patch` is NULL. NOT_SURE, and nothing is done, when
 * the header does not say what that amounts to. */
static sure model_correct_said(model *m, resident *r, unsigned which, const saying *patch, effect *out) {
    file *f = file_of(m, r), after = *f;
    resident fields = *r;
    bool known = true;
    if (patch) {
        saying s = patched(&f->said[which].fields, patch);
        after.said[which] = (statement){s, {m->entries + 1, f->said[which].entry.root}};
        known = place_known(m, &s);
    } else {
        after.said_count--;
        memmove(&after.said[which], &after.said[which + 1], (after.said_count - which) * sizeof *after.said);
    }
    if (!say_again(&after, &fields))
        return NOT_SURE;
    *out = known && acceptable(m, r, &fields, &after) ? AMENDED : REFUSED;
    if (*out == REFUSED)
        return SURE;
    forget_entry(m, f->said[which].entry.seq);
    *r = fields;
    *f = after;
    m->entries++;
    return SURE;
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
    SIXTY = 1 << 12,
    IN_USE = 1 << 13,
    EXAMINED = 1 << 14,
    TRAITS = 15
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

/* The last episode that has begun; one before it lasted until it began at the latest. */
static void mark_bed(const model *m, const resident *r, standing *out, day as_of) {
    const history *h = &r->episodes;
    const item *last = NULL;
    for (unsigned i = 0; i < h->count && (i == 0 || m->mistake != FIRST_EPISODE_ONLY); i++)
        if (holds(m, h->at[i].from, as_of) && (!last || newer(&h->at[i], last)))
            last = &h->at[i];
    if (last && !holds(m, last->to, as_of))
        mark_date(m, out, BED, last->from, as_of);
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
        mark_date(m, out, EFFECTIVE, best->from, as_of);
    if (best && best->what == MARKED_OUTCOME)
        mark_date(m, out, MARKED, best->from, as_of);
}

/* What happens on a day counts from then to the end of its calendar year. */
static bool is_of_the_year(const model *m, day date, day as_of, bool for_ever) {
    return holds(m, date, as_of) && (for_ever || holds_from(m, date) / 10000 == as_of / 10000);
}

static void mark_year(const model *m, const person *w, standing *out, day as_of) {
    for (unsigned i = 0; i < w->uses; i++)
        if (is_of_the_year(m, w->used[i], as_of, m->mistake == USE_COUNTS_FOR_EVER) &&
            (out->is & FILE_ || m->mistake == USE_NEEDS_NO_FILE))
            out->is |= IN_USE;
    for (unsigned i = 0; i < w->examinations; i++)
        if (is_of_the_year(m, w->examined[i], as_of, false) &&
            (out->is & ELDERLY || m->mistake == EXAMINATION_COUNTS_AT_ANY_AGE))
            out->is |= EXAMINED;
}

static void mark_age(const model *m, day birth, standing *out, day as_of) {
    day of_65 = holds_from(m, birth) + 650000, of_60 = holds_from(m, birth) + 600000;
    if (of_65 <= (m->mistake == ELDERLY_A_DAY_EARLY ? day_after(as_of) : as_of))
        mark(out, ELDERLY, of_65, vague(birth));
    if (of_60 <= as_of)
        mark(out, SIXTY, of_60, vague(birth));
}

/* `is` is 0 for who does not count at all. */
static standing stands(const model *m, const person *w, day as_of) {
    standing out = {0};
    const resident *r = &w->known;
    const int64_t *now = r->now;
    const item *home = lives_in(m, r, as_of);
    day died = m->mistake == DAY_OF_DEATH_COUNTS ? day_before(as_of) : as_of;
    if (!home || holds(m, (day)now[DIED], died))
        return out;
    out.place = (int)home->what - 1;
    mark(&out, LIVES, holds_from(m, home->from), vague(home->from));
    mark_age(m, (day)now[BIRTH], &out, as_of);
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
    mark_year(m, w, &out, as_of);
    return out;
}

/* ---- what can be counted ---- */

typedef enum tally {
    /* residents */
    T_RESIDENTS,
    T_FILES,
    T_COMPUTERIZED,
    T_ELDERLY,
    T_FILES_ELDERLY,
    T_COMPUTERIZED_ELDERLY,
    T_REHAB,
    T_FILES_REHAB,
    T_COMPUTERIZED_REHAB,
    T_HOME_BED,
    T_FILES_HOME_BED,
    T_COMPUTERIZED_HOME_BED,
    T_SERVED,
    T_EFFECTIVE,
    T_MARKED,
    T_HARDSHIP,
    T_CARED,
    T_CALL_DUE,
    T_CALL_ENROLLED,
    T_RESIDENTS_60,
    T_FILES_IN_USE,
    T_ELDERLY_EXAMINED,
    PERSONS,
    /* all else */
    T_POPULATION = PERSONS,
    T_POPULATION_SERVED,
    T_INSTITUTIONS,
    T_NETWORKED,
    T_STATIONS,
    T_STATIONS_A,
    T_STREETS,
    T_STREETS_WITH_CENTRE,
    T_COMMITTEES,
    T_COMMITTEES_HELPED,
    T_CARE_BEDS,
    T_HOTLINE,
    T_HOTLINE_MET,
    T_CALLS,
    T_CALLS_IN_TIME,
    TALLIES
} tally;

static const struct {
    const char *name;
    uint32_t of, or_of; /* traits: all of `of`, or all of `or_of` */
} tallies[TALLIES] = {
    [T_RESIDENTS] = {"residents", LIVES, 0},
    [T_FILES] = {"files", LIVES | FILE_, 0},
    [T_COMPUTERIZED] = {"computerized", LIVES | FILE_ | COMPUTER, 0},
    [T_ELDERLY] = {"elderly", LIVES | ELDERLY, 0},
    [T_FILES_ELDERLY] = {"files_elderly", LIVES | ELDERLY | FILE_, 0},
    [T_COMPUTERIZED_ELDERLY] = {"computerized_elderly", LIVES | ELDERLY | FILE_ | COMPUTER, 0},
    [T_REHAB] = {"rehab", LIVES | REHAB, 0},
    [T_FILES_REHAB] = {"files_rehab", LIVES | REHAB | FILE_, 0},
    [T_COMPUTERIZED_REHAB] = {"computerized_rehab", LIVES | REHAB | FILE_ | COMPUTER, 0},
    [T_HOME_BED] = {"home_bed", LIVES | BED, 0},
    [T_FILES_HOME_BED] = {"files_home_bed", LIVES | BED | FILE_, 0},
    [T_COMPUTERIZED_HOME_BED] = {"computerized_home_bed", LIVES | BED | FILE_ | COMPUTER, 0},
    [T_SERVED] = {"served", LIVES | REHAB | SERVICE, 0},
    [T_EFFECTIVE] = {"effective", LIVES | REHAB | SERVICE | EFFECTIVE, 0},
    [T_MARKED] = {"marked", LIVES | REHAB | SERVICE | MARKED, 0},
    [T_HARDSHIP] = {"hardship", LIVES | HARD, 0},
    [T_CARED] = {"cared", LIVES | HARD | CARED, 0},
    [T_CALL_DUE] = {"call_due", LIVES | ELDERLY, LIVES | BED},
    [T_CALL_ENROLLED] = {"call_enrolled", LIVES | ELDERLY | CALL, LIVES | BED | CALL},
    [T_RESIDENTS_60] = {"residents_60", LIVES | SIXTY, 0},
    [T_FILES_IN_USE] = {"files_in_use", LIVES | IN_USE, 0},
    [T_ELDERLY_EXAMINED] = {"elderly_examined", LIVES | EXAMINED, 0},
    [T_POPULATION] = {"population", 0, 0},
    [T_POPULATION_SERVED] = {"population_served", 0, 0},
    [T_INSTITUTIONS] = {"institutions", 0, 0},
    [T_NETWORKED] = {"networked", 0, 0},
    [T_STATIONS] = {"stations", 0, 0},
    [T_STATIONS_A] = {"stations_a", 0, 0},
    [T_STREETS] = {"streets", 0, 0},
    [T_STREETS_WITH_CENTRE] = {"streets_with_centre", 0, 0},
    [T_COMMITTEES] = {"committees", 0, 0},
    [T_COMMITTEES_HELPED] = {"committees_helped", 0, 0},
    [T_CARE_BEDS] = {"care_beds", 0, 0},
    [T_HOTLINE] = {"hotline", 0, 0},
    [T_HOTLINE_MET] = {"hotline_met", 0, 0},
    [T_CALLS] = {"calls", 0, 0},
    [T_CALLS_IN_TIME] = {"calls_in_time", 0, 0},
};

/* ---- the indicators ---- */

enum { NOT_OFFICIAL = -1, ALL_PEOPLE = 0, ELDERLY_PEOPLE = 1, NEEDING_PEOPLE = 2, BEDS = 3 };

typedef struct indicator {
    const char *code;
    tally numerator, denominator;
    int official;  /* which population figure */
    int per_mille; /* target; 0: none */
    day due;
    const char *set;
} indicator;

static const indicator built_in[BUILT_IN] = {
    {"service_coverage", T_POPULATION_SERVED, T_POPULATION, NOT_OFFICIAL, 950, 20031231, "plan"},
    {"resident_files", T_FILES, T_RESIDENTS, ALL_PEOPLE, 500, 20031231, "plan"},
    {"elderly_files", T_FILES_ELDERLY, T_ELDERLY, ELDERLY_PEOPLE, 900, 20031231, "plan"},
    {"rehab_files", T_FILES_REHAB, T_REHAB, NEEDING_PEOPLE, 900, 20031231, "plan"},
    {"home_bed_files", T_FILES_HOME_BED, T_HOME_BED, BEDS, 0, 0, "plan"},
    {"computerized_files", T_COMPUTERIZED, T_FILES, NOT_OFFICIAL, 900, 20051231, "plan"},
    {"computerized_files_elderly", T_COMPUTERIZED_ELDERLY, T_FILES_ELDERLY, NOT_OFFICIAL, 0, 0, "plan"},
    {"computerized_files_rehab", T_COMPUTERIZED_REHAB, T_FILES_REHAB, NOT_OFFICIAL, 0, 0, "plan"},
    {"computerized_files_home_bed", T_COMPUTERIZED_HOME_BED, T_FILES_HOME_BED, NOT_OFFICIAL, 0, 0, "plan"},
    {"network_informatization", T_NETWORKED, T_INSTITUTIONS, NOT_OFFICIAL, 900, 20051231, "plan"},
    {"grade_a_stations", T_STATIONS_A, T_STATIONS, NOT_OFFICIAL, 850, 20051231, "plan"},
    {"street_centres", T_STREETS_WITH_CENTRE, T_STREETS, NOT_OFFICIAL, 1000, 20051231, "plan"},
    {"rehab_service", T_SERVED, T_REHAB, NEEDING_PEOPLE, 900, 20051231, "plan"},
    {"rehab_effective", T_EFFECTIVE, T_SERVED, NOT_OFFICIAL, 950, 20051231, "plan"},
    {"rehab_marked", T_MARKED, T_SERVED, NOT_OFFICIAL, 850, 20051231, "plan"},
    {"hardship_care", T_CARED, T_HARDSHIP, NOT_OFFICIAL, 900, 20051231, "plan"},
    {"elder_help_communities", T_COMMITTEES_HELPED, T_COMMITTEES, NOT_OFFICIAL, 800, 20051231, "plan"},
    {"care_beds", T_CARE_BEDS, T_RESIDENTS_60, NOT_OFFICIAL, 15, 20051231, "plan"},
    {"hotline_satisfaction", T_HOTLINE_MET, T_HOTLINE, NOT_OFFICIAL, 950, 20051231, "plan"},
    {"call_enrolment", T_CALL_ENROLLED, T_CALL_DUE, NOT_OFFICIAL, 0, 0, "plan"},
    {"call_response", T_CALLS_IN_TIME, T_CALLS, NOT_OFFICIAL, 0, 0, "plan"},
    {"electronic_files", T_COMPUTERIZED, T_RESIDENTS, ALL_PEOPLE, 0, 0, "national"},
    {"files_in_use", T_FILES_IN_USE, T_FILES, NOT_OFFICIAL, 0, 0, "national"},
    {"elderly_managed", T_ELDERLY_EXAMINED, T_ELDERLY, ELDERLY_PEOPLE, 0, 0, "national"},
};

static const char *const own_codes[OWN] = {"own_a", "own_b", "own_c", "own_d"};

/* Where it has no rows. */
static bool has_no_row(const indicator *i, int place) {
    return i >= built_in && strcmp(i->code, "street_centres") == 0 && is_committee(place);
}

static void set_by(indicator *i, const aim *s) {
    if (s->target != NOT_SAID)
        i->per_mille = s->target;
    if (s->due)
        i->due = s->due;
    if (s->denominator != NOT_SAID)
        i->denominator = (tally)s->denominator;
}

/* The indicators as a store's register leaves them. */
static size_t indicators_of(const model *m, indicator out[BUILT_IN + OWN]) {
    size_t count = 0;
    for (; count < BUILT_IN; count++) {
        out[count] = built_in[count];
        if (m->mistake != TARGETS_ARE_THE_PLANS)
            set_by(&out[count], &m->built_in[count]);
        if (m->mistake == ANY_FILE_IS_ELECTRONIC && strcmp(out[count].code, "electronic_files") == 0)
            out[count].numerator = T_FILES;
        if (m->mistake == BEDS_ARE_FOR_THE_ELDERLY && strcmp(out[count].code, "care_beds") == 0)
            out[count].denominator = T_ELDERLY;
    }
    for (int i = 0; i < OWN; i++) {
        const aim *s = &m->own[i];
        if (!s->put)
            continue;
        out[count] = (indicator){own_codes[i], (tally)s->numerator, 0, NOT_OFFICIAL, 0, 0, "own"};
        set_by(&out[count], s);
        if (m->mistake == OWN_RATIOS_ARE_UPSIDE_DOWN) {
            out[count].denominator = (tally)s->numerator;
            out[count].numerator = (tally)s->denominator;
        }
        count++;
    }
    return count;
}

/* ---- counting ---- */

/* The day: how everybody stands on it. */
typedef struct census {
    const model *m;
    day as_of;
    person person[MOST_RESIDENTS];
    standing of[MOST_RESIDENTS];
} census;

/* What is known, on whichever day. */
static void look_at(census *c, const model *m) {
    c->m = m;
    for (unsigned i = 0; i < m->residents; i++)
        make_person(m, &m->resident[i], &m->file[i], &c->person[i]);
}

static void take_census(census *c, day as_of) {
    c->as_of = as_of;
    for (unsigned i = 0; i < c->m->residents; i++)
        c->of[i] = stands(c->m, &c->person[i], as_of);
}

typedef struct count {
    int64_t number, partial; /* partial: by a date of which month or day is unknown */
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

static void count_residents(const census *c, int place, count out[TALLIES]) {
    for (unsigned i = 0; i < c->m->residents; i++) {
        const standing *s = &c->of[i];
        if (!s->is || !within(area_codes[s->place], area_codes[place]))
            continue;
        for (int t = 0; t < PERSONS; t++) {
            uint32_t traits = has(s, tallies[t].of) ? tallies[t].of : tallies[t].or_of;
            if (!has(s, traits))
                continue;
            out[t].number++;
            out[t].partial += counts_vaguely(s, traits);
        }
    }
}

static int64_t official(const census *c, int place, int which) {
    int year = c->as_of / 10000 - (c->m->mistake == POPULATION_A_YEAR_LATE), newest = 0;
    int64_t found = -1;
    for (unsigned i = 0; which != NOT_OFFICIAL && i < c->m->figures; i++) {
        const population *p = &c->m->figure[i];
        if (p->place == place && p->year <= year && p->year > newest && p->of[which] >= 0) {
            newest = p->year;
            found = p->of[which];
        }
    }
    return found;
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

static int64_t people_living_in(const census *c, int place) {
    int64_t people = 0;
    for (unsigned i = 0; i < c->m->residents; i++)
        people += c->of[i].is && c->of[i].place == place;
    return people;
}

static bool is_helped(const census *c, int place) {
    for (unsigned i = 0; i < c->m->help.count; i++) {
        const row *r = &c->m->help.at[i];
        if (r->of == place && holds(c->m, r->from, c->as_of) &&
            (!holds(c->m, r->until, c->as_of) || c->m->mistake == HELP_GOES_ON))
            return true;
    }
    return false;
}

static void count_committees(const census *c, int place, count out[TALLIES]) {
    for (int i = 0; i < AREAS; i++) {
        if (!c->m->areas[i].known || !is_committee(i) || !within(area_codes[i], area_codes[place]))
            continue;
        int64_t people = official(c, i, ALL_PEOPLE);
        if (people < 0)
            people = people_living_in(c, i);
        out[T_POPULATION].number += people;
        out[T_POPULATION_SERVED].number += is_served(c, i) ? people : 0;
        out[T_COMMITTEES].number++;
        out[T_COMMITTEES_HELPED].number += is_helped(c, i);
    }
}

/* The newest row about a place or an institution that holds on the day; NULL for none. */
static const row *newest_row(const census *c, const book *r, int of, bool first) {
    const row *best = NULL;
    for (unsigned i = 0; i < r->count; i++)
        if (r->at[i].of == of && holds(c->m, r->at[i].from, c->as_of) &&
            (!best || (latest(r->at[i].from) >= latest(best->from)) != first))
            best = &r->at[i];
    return best;
}

static int64_t grade_of(const census *c, int number) {
    const row *dated = newest_row(c, &c->m->grades, number, false);
    return dated && c->m->mistake != GRADE_IS_THE_INSTITUTIONS ? dated->number : c->m->institution[number].grade;
}

static void count_one(count *out, bool counts, bool is_vague) {
    out->number += counts;
    out->partial += counts && is_vague;
}

/* Whether the later of two dates is a vague one. */
static bool later_is_vague(day a, day b) {
    if (latest(a) == latest(b))
        return vague(a) || vague(b);
    return vague(latest(a) > latest(b) ? a : b);
}

static void count_institutions(const census *c, int place, count out[TALLIES]) {
    for (int i = 0; i < MOST_INSTITUTIONS; i++) {
        const institution *one = &c->m->institution[i];
        const row *graded = newest_row(c, &c->m->grades, i, false);
        if (!is_open(c, one) || !within(area_codes[one->place], area_codes[place]))
            continue;
        bool station = one->kind == STATION;
        count_one(&out[T_INSTITUTIONS], true, vague(one->opened));
        count_one(&out[T_NETWORKED], holds(c->m, one->networked, c->as_of),
                  later_is_vague(one->opened, one->networked));
        count_one(&out[T_STATIONS], station, vague(one->opened));
        count_one(&out[T_STATIONS_A], station && grade_of(c, i) == GRADE_A,
                  later_is_vague(one->opened, graded ? graded->from : 0));
    }
}

static bool has_centre(const census *c, int street) {
    for (int i = 0; i < MOST_INSTITUTIONS; i++) {
        const institution *one = &c->m->institution[i];
        if (is_open(c, one) && one->kind == CENTRE && within(area_codes[one->place], area_codes[street]))
            return true;
    }
    return false;
}

static void count_streets(const census *c, int place, count out[TALLIES]) {
    for (int i = 0; i < AREAS; i++)
        if (c->m->areas[i].known && is_street(i) && within(area_codes[i], area_codes[place])) {
            out[T_STREETS].number++;
            out[T_STREETS_WITH_CENTRE].number += has_centre(c, i);
        }
}

static void count_beds(const census *c, int place, count out[TALLIES]) {
    for (int i = 0; i < AREAS; i++) {
        const row *beds = newest_row(c, &c->m->beds, i, c->m->mistake == FIRST_BEDS_REMAIN);
        if (beds && within(area_codes[i], area_codes[place]))
            out[T_CARE_BEDS].number += beds->number;
    }
}

static void count_hotline(const census *c, int place, count out[TALLIES]) {
    const model *m = c->m;
    for (unsigned i = 0; i < m->hotline.count; i++) {
        const row *r = &m->hotline.at[i];
        day period = m->mistake == HOTLINE_COUNTS_FROM_THE_FIRST_DAY ? earliest(r->from) : r->from;
        if (!within(area_codes[r->of], area_codes[place]) ||
            !is_of_the_year(m, period, c->as_of, m->mistake == HOTLINE_COUNTS_FOR_EVER))
            continue;
        out[T_HOTLINE].number += r->number;
        out[T_HOTLINE_MET].number += m->mistake == REQUESTS_ARE_MET ? r->number : r->met;
    }
}

static int call_index(void) {
    for (int i = 0; i < BUILT_IN; i++)
        if (built_in[i].numerator == T_CALLS_IN_TIME)
            return i;
    return -1;
}

static void count_calls(const census *c, int place, count out[TALLIES]) {
    const model *m = c->m;
    int seconds = m->built_in[call_index()].seconds;
    if (seconds == NOT_SAID || m->mistake == SIXTY_SECONDS_ALWAYS)
        seconds = 60;
    if (m->mistake == LAST_SECOND_IS_TOO_LATE)
        seconds--;
    for (unsigned i = 0; i < m->calls; i++) {
        const call *one = &m->call[i];
        if ((one->test && m->mistake != TEST_CALLS_COUNT) || !within(area_codes[one->place], area_codes[place]) ||
            !is_of_the_year(m, one->raised, c->as_of, m->mistake == CALLS_COUNT_FOR_EVER))
            continue;
        out[T_CALLS].number++;
        out[T_CALLS_IN_TIME].number += one->waited >= 0 && one->waited <= seconds;
    }
}

static void count_place(const census *c, int place, count out[TALLIES]) {
    memset(out, 0, TALLIES * sizeof *out);
    count_residents(c, place, out);
    count_committees(c, place, out);
    count_institutions(c, place, out);
    count_streets(c, place, out);
    count_beds(c, place, out);
    count_hotline(c, place, out);
    count_calls(c, place, out);
}

typedef struct ratio {
    int64_t numerator, denominator, partial;
    const char *source;
} ratio;

static ratio ratio_of(const census *c, int place, const count counts[TALLIES], const indicator *i) {
    int64_t people = official(c, place, i->official);
    ratio out = {counts[i->numerator].number, counts[i->denominator].number, counts[i->denominator].partial,
                 i->denominator == T_POPULATION ? "committees" : "register"};
    if (people >= 0) {
        out.denominator = people;
        out.source = "official";
        out.partial = 0;
    }
    return out;
}

/* ---- the store's figures beside them ---- */

/* What differs, for people; "" when nothing does. */
static char difference[512];

/* Of several uses of one day it is not said by which of them a file is in use. */
static bool partial_is_sure(const indicator *i) {
    return i->denominator != T_FILES_IN_USE && i->denominator != T_ELDERLY_EXAMINED;
}

static bool agree(const figure *got, const ratio *want, const indicator *what, const area *a) {
    int64_t target = what->per_mille, lacking = (target * want->denominator + 999) / 1000 - want->numerator;
    int met = target && want->denominator ? want->numerator * 1000 >= target * want->denominator : -1;
    double rate = want->denominator ? (double)want->numerator / (double)want->denominator : 0;
    double off = got->rate - rate;
    return strcmp(got->area, a->code) == 0 && strcmp(got->indicator, what->code) == 0 &&
           strcmp(got->tier, tier_of(a->code)) == 0 && got->numerator == want->numerator &&
           got->denominator == want->denominator && (!partial_is_sure(what) || got->partial == want->partial) &&
           strcmp(got->source, want->source) == 0 && got->has_rate == (want->denominator != 0) && off < 1e-9 &&
           off > -1e-9 && got->has_target == (target != 0) && (!target || got->target * 1000 - (double)target < 1e-9) &&
           (!target || got->target * 1000 - (double)target > -1e-9) && got->due == what->due && got->met == met &&
           got->has_shortfall == (target != 0) && got->shortfall == (target && lacking > 0 ? lacking : 0);
}

static bool next_row_agrees(hr_cursor *rows, const census *c, int place, const ratio *want, const indicator *what) {
    figure got;
    if (hr_cursor_next(rows) != HR_OK) {
        snprintf(difference, sizeof difference, "%d: no row for %s %s", c->as_of, area_codes[place], what->code);
        return false;
    }
    read_figure(rows, &got);
    if (agree(&got, want, what, &c->m->areas[place]))
        return true;
    snprintf(difference, sizeof difference,
             "%d %s %s: %" PRId64 "/%" PRId64 " %s, %" PRId64 " partial, target %d; the store has %s %s %s: %" PRId64
             "/%" PRId64 " %s, %" PRId64 " partial, rate %f, target %f, met %d, shortfall %" PRId64,
             c->as_of, area_codes[place], what->code, want->numerator, want->denominator, want->source, want->partial,
             what->per_mille, got.tier, got.area, got.indicator, got.numerator, got.denominator, got.source,
             got.partial, got.rate, got.target, got.met, got.shortfall);
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

/* What is asked of a store. */
typedef struct question {
    const char *within, *by, *indicators, *set, *known_at;
    day as_of;
} question;

static hr_cursor *answer(hr_store *store, const question *q) {
    hr_cursor *rows = NULL;
    hr_rates_options options;
    hr_rates_options_init(&options);
    options.within = q->within;
    options.by = q->by;
    options.indicators = q->indicators;
    options.set = q->set;
    options.known_at = q->known_at;
    options.as_of = q->as_of;
    assert_status(store, HR_OK, hr_rates(store, &options, &rows));
    return rows;
}

static bool is_in(const indicator *i, const char *set) {
    return strcmp(set, "all") == 0 || strcmp(i->set, set) == 0;
}

static bool figures_agree(hr_store *store, const census *c, int whole, const char *tier, const char *set) {
    int in[AREAS], areas_in = places(c->m, whole, tier, in);
    indicator indicators[BUILT_IN + OWN];
    size_t indicators_in = indicators_of(c->m, indicators);
    question q = {.within = area_codes[whole], .by = tier, .set = set, .as_of = c->as_of};
    hr_cursor *rows = answer(store, &q);
    bool same = true;
    for (int i = 0; same && i < areas_in; i++) {
        count counts[TALLIES];
        count_place(c, in[i], counts);
        for (size_t k = 0; same && k < indicators_in; k++) {
            ratio want = ratio_of(c, in[i], counts, &indicators[k]);
            if (is_in(&indicators[k], set) && !has_no_row(&indicators[k], in[i]))
                same = next_row_agrees(rows, c, in[i], &want, &indicators[k]);
        }
    }
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
        if (!figures_agree(store, c, 0, tiers[i], "all"))
            return false;
    return true;
}

/* ---- lists ---- */

static const struct {
    const char *cohort, *without;
    uint32_t traits, lacking;
} lists[] = {
    {"all", NULL, LIVES, 0},
    {"elderly", NULL, LIVES | ELDERLY, 0},
    {"rehab", NULL, LIVES | REHAB, 0},
    {"home_bed", NULL, LIVES | BED, 0},
    {"all", "computerized", LIVES | FILE_, COMPUTER},
    {"elderly", "exam", LIVES | ELDERLY, EXAMINED},
    {"rehab", "service", LIVES | REHAB, SERVICE},
    {"home_bed", "file", LIVES | BED, FILE_},
};

static const census *sorted; /* whom qsort compares */

static int by_place_then_registration(const void *a, const void *b) {
    unsigned one = *(const unsigned *)a, other = *(const unsigned *)b;
    int order = strcmp(area_codes[sorted->of[one].place], area_codes[sorted->of[other].place]);
    return order ? order : one < other ? -1 : one > other;
}

static unsigned listed(const census *c, int whole, size_t which, unsigned out[MOST_RESIDENTS]) {
    unsigned found = 0;
    for (unsigned i = 0; i < c->m->residents; i++)
        if (has(&c->of[i], lists[which].traits) && !has(&c->of[i], lists[which].lacking) &&
            within(area_codes[c->of[i].place], area_codes[whole]))
            out[found++] = i;
    sorted = c;
    qsort(out, found, sizeof *out, by_place_then_registration);
    return found;
}

static bool list_agrees(hr_store *store, const census *c, int whole, size_t which) {
    unsigned who[MOST_RESIDENTS], there = listed(c, whole, which, who), seen = 0;
    hr_list_options options;
    hr_cursor *rows = NULL;
    hr_list_options_init(&options);
    options.cohort = lists[which].cohort;
    options.without = lists[which].without;
    options.within = area_codes[whole];
    options.as_of = c->as_of;
    bool unsaid = begin_unsaid(store);
    assert_status(store, HR_OK, hr_list(store, &options, &rows));
    int number = column_named(rows, "resident");
    hr_status status;
    while ((status = hr_cursor_next(rows)) == HR_OK && seen < there &&
           hr_cursor_integer(rows, number) == c->m->resident[who[seen]].id)
        seen++;
    if (status != HR_END || seen != there)
        snprintf(difference, sizeof difference,
                 "%d: row %u of the list of %s without %s in %s is #%" PRId64 ", not #%" PRId64, c->as_of, seen + 1,
                 lists[which].cohort, lists[which].without ? lists[which].without : "nothing", area_codes[whole],
                 status == HR_OK ? hr_cursor_integer(rows, number) : 0,
                 seen < there ? c->m->resident[who[seen]].id : 0);
    hr_cursor_free(rows);
    end_unsaid(store, unsaid);
    return status == HR_END && seen == there;
}

static bool lists_agree(hr_store *store, const census *c, int whole) {
    for (size_t i = 0; i < COUNT(lists); i++)
        if (!list_agrees(store, c, whole, i))
            return false;
    return true;
}

/* ---- contradictions ---- */

/* Takes a contradiction out of those that are expected; false when it is none of them. */
static bool expected_one(const model *m, uint64_t left[MOST_RESIDENTS], int64_t id, int64_t seq, bool forced) {
    for (unsigned i = 0; i < m->residents; i++)
        for (unsigned k = 0; m->resident[i].id == id && k < m->file[i].care_count; k++) {
            const care *e = &m->file[i].care[k];
            uint64_t bit = UINT64_C(1) << k;
            if (e->entry.seq != seq || e->forced != forced || !(left[i] & bit))
                continue;
            left[i] &= ~bit;
            return true;
        }
    return false;
}

static bool check_agrees(hr_store *store, const census *c) {
    uint64_t left[MOST_RESIDENTS], all = 0;
    hr_cursor *rows = NULL;
    bool same = true;
    for (unsigned i = 0; i < c->m->residents; i++)
        left[i] = c->person[i].contradicting;
    bool unsaid = begin_unsaid(store);
    assert_status(store, HR_OK, hr_check(store, NULL, NULL, &rows));
    int id = column_named(rows, "resident"), seq = column_named(rows, "entry");
    int forced = column_named(rows, "forced");
    while (same && hr_cursor_next(rows) == HR_OK) {
        same = expected_one(c->m, left, hr_cursor_integer(rows, id), hr_cursor_integer(rows, seq),
                            hr_cursor_integer(rows, forced) != 0);
        if (!same)
            snprintf(difference, sizeof difference, "check lists entry %" PRId64 " of #%" PRId64 ", forced %d",
                     hr_cursor_integer(rows, seq), hr_cursor_integer(rows, id), (int)hr_cursor_integer(rows, forced));
    }
    hr_cursor_free(rows);
    end_unsaid(store, unsaid);
    for (unsigned i = 0; i < c->m->residents; i++)
        all |= left[i];
    if (same && all)
        snprintf(difference, sizeof difference, "check does not list all that contradicts");
    return same && !all;
}

/* ---- calls ---- */

static bool call_agrees(const hr_cursor *rows, const call *want) {
    int answered = column_named(rows, "answered");
    return hr_cursor_integer(rows, column_named(rows, "call")) == want->number &&
           strcmp(hr_cursor_text(rows, column_named(rows, "area")), area_codes[want->place]) == 0 &&
           (hr_cursor_type(rows, answered) != HR_NULL) == (want->waited >= 0) &&
           (strcmp(hr_cursor_text(rows, column_named(rows, "signal")), "test") == 0) == want->test;
}

static bool calls_agree(hr_store *store, const model *m) {
    hr_cursor *rows = NULL;
    unsigned seen = 0;
    bool same = true;
    bool unsaid = begin_unsaid(store);
    assert_status(store, HR_OK, hr_calls(store, 1, 0, 0, &rows));
    for (; same && hr_cursor_next(rows) == HR_OK; seen++) {
        const call *want = NULL;
        int64_t number = hr_cursor_integer(rows, column_named(rows, "call"));
        for (unsigned i = 0; i < m->calls; i++)
            if (m->call[i].number == number)
                want = &m->call[i];
        same = want && call_agrees(rows, want);
        if (!same)
            snprintf(difference, sizeof difference, "call %" PRId64 " in %s, expected in %s", number,
                     hr_cursor_text(rows, column_named(rows, "area")), want ? area_codes[want->place] : "nowhere");
    }
    hr_cursor_free(rows);
    end_unsaid(store, unsaid);
    if (same && seen != m->calls)
        snprintf(difference, sizeof difference, "there are more or fewer calls");
    return same && seen == m->calls;
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

static void write_what(FILE *out, const care *e) {
    if (e->form == ASSESSMENT)
        fprintf(out, ",\"needs_rehab\":\"%s\"", e->what == YES ? "yes" : "no");
    else if (e->form == JUDGEMENT)
        fprintf(out, ",\"outcome\":\"%s\"", columns[OUTCOME].codes[e->what]);
}

static char *json_of_care(const care *e) {
    char *json = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&json, &size);
    assert_non_null(out);
    fputs("{\"date\":\"", out);
    write_date(out, e->date);
    fprintf(out, "\",\"%s\":\"记录%d\"%s", forms[e->form].writer, e->writer, forms[e->form].needed);
    write_what(out, e);
    fputc('}', out);
    fclose(out);
    return json;
}

/* The fields in which one entry differs from another of its form. */
static char *json_of_correction(const care *was, const care *is) {
    char *json = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&json, &size);
    assert_non_null(out);
    fprintf(out, "{\"%s\":\"记录%d\"", forms[is->form].writer, is->writer);
    if (is->date != was->date) {
        fputs(",\"date\":\"", out);
        write_date(out, is->date);
        fputc('"', out);
    }
    if (is->what != was->what)
        write_what(out, is);
    fputc('}', out);
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

typedef enum deed { PUT, AMEND, ADD, CORRECT, RAISE, ANSWER } deed;

/* One change as it was made, to be made again elsewhere. */
typedef struct change {
    deed deed;
    const char *kind; /* of what is put or added; the signal of a call */
    int who;          /* resident, counted in the order of registration; -1: none */
    int64_t entry;    /* that is corrected, or the call that is answered */
    bool force;
    char *json; /* or the time of a call; NULL withdraws */
    char device[16];
    effect effect;
    int64_t number; /* of the entry it makes, or finds; 0: not told */
} change;

enum { ROSTERS = 3 };

typedef struct run {
    fixture *f;
    uint64_t seed, random;
    model *m, *before; /* as it was when the batch began */
    unsigned left;     /* changes until the batch ends; 0: none is open */
    bool in_vain;      /* the batch will be rolled back */
    bool repeated;   /* the changes are made again elsewhere: within a batch nothing is read that takes a number of the
                        log */
    change *changes; /* those that stand */
    size_t count, room, mark; /* mark: when the batch began */
    size_t agreed;            /* changes before the last agreement */
    size_t refused;
    int next_name, next_file, next_device, next_writer;
    unsigned rosters;
    roster *roster[ROSTERS]; /* earlier states */
    census *census;
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

static void *new_memory(size_t size) {
    void *memory = calloc(1, size);
    assert_non_null(memory);
    return memory;
}

static void run_begin(run *r, fixture *f, uint64_t seed) {
    static const aim nothing = {NOT_SAID, NOT_SAID, NOT_SAID, NOT_SAID, 0, false};
    memset(r, 0, sizeof *r);
    r->f = f;
    r->seed = r->random = seed;
    r->m = new_memory(sizeof *r->m);
    r->before = new_memory(sizeof *r->before);
    r->census = new_memory(sizeof *r->census);
    r->m->entries = (int64_t)info_of(f->store).entries;
    for (int i = 0; i < AREAS; i++) {
        snprintf(r->m->areas[i].code, sizeof r->m->areas[i].code, "%s", area_codes[i]);
        r->m->areas[i].known = i < SAMPLE_AREAS;
    }
    for (int i = 0; i < BUILT_IN; i++)
        r->m->built_in[i] = nothing;
    for (int i = 0; i < OWN; i++)
        r->m->own[i] = nothing;
    for (int i = 0; i < ROSTERS; i++)
        r->roster[i] = new_memory(sizeof *r->roster[i]);
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
    free(r->census);
    for (int i = 0; i < ROSTERS; i++)
        free(r->roster[i]);
}

static void print_change(const run *r, const change *c) {
    static const char *const words[] = {"put", "amend", "add", "correct", "raise", "answer"};
    print_error("  %s %s", words[c->deed], c->kind ? c->kind : "");
    if (c->who >= 0)
        print_error(" #%" PRId64 " (居民%04d)", r->m->resident[c->who].id, (int)r->m->resident[c->who].now[NAME]);
    if (c->entry)
        print_error(" entry %" PRId64, c->entry);
    print_error(" %s%s%s -> %d, entry %" PRId64 "\n", c->device, c->json ? c->json : "(withdrawn)",
                c->force ? " by force" : "", c->effect, c->number);
}

static void fail_run(const run *r, const char *what) {
    size_t from = r->agreed + 60 < r->count ? r->count - 60 : r->agreed;
    print_error("HR_MODEL_SEED=%" PRIu64 ", change %zu: %s\n", r->seed, r->count, what);
    for (size_t i = from; i < r->count; i++)
        print_change(r, &r->changes[i]);
    fail();
}

/* Takes over `c->json`. */
static void keep(run *r, const change *c) {
    if (r->count == r->room) {
        r->room = r->room ? 2 * r->room : 256;
        r->changes = realloc(r->changes, r->room * sizeof *r->changes);
        assert_non_null(r->changes);
    }
    r->changes[r->count++] = *c;
    r->refused += c->effect == REFUSED;
}

static hr_status raise_call(hr_store *store, const change *c, int64_t *number) {
    hr_call_options options;
    char *card = NULL;
    hr_call_options_init(&options);
    options.device = c->device;
    options.time = c->json;
    options.signal = c->kind;
    hr_status status = hr_call_raise(store, &options, number, &card);
    hr_free(card);
    return status;
}

/* Makes a change. `number` is set to what it gives: a resident, an entry or a call. */
static hr_status perform(hr_store *store, const change *c, int64_t id, int64_t *number, hr_change *done) {
    hr_entry_options options;
    hr_entry_options_init(&options);
    options.force = c->force;
    *number = 0;
    *done = c->deed == CORRECT || c->deed == ANSWER ? HR_AMENDED : HR_ADDED;
    switch (c->deed) {
    case PUT:
        return hr_put(store, c->kind, c->json, number, done);
    case AMEND:
        return hr_amend(store, id, c->json, done);
    case ADD:
        return hr_entry_add(store, id, c->kind, c->json, &options, number, done);
    case CORRECT:
        options.why = "核对原始病历";
        return hr_entry_amend(store, c->entry, c->json, &options, number);
    case RAISE:
        return raise_call(store, c, number);
    case ANSWER:
    default:
        return hr_call_answer(store, c->entry, c->json, NULL, NULL);
    }
}

/* Makes the change that the model has just made, and compares what it did. Takes over `c.json`. */
static int64_t make(run *r, change c) {
    char text[600];
    int64_t number = 0;
    hr_change done = HR_UNCHANGED;
    hr_status status = perform(r->f->store, &c, c.who < 0 ? 0 : r->m->resident[c.who].id, &number, &done);
    keep(r, &c);
    if (status == HR_OK && (effect)done == c.effect && (!c.number || number == c.number))
        return number;
    if (status == HR_INVALID && c.effect == REFUSED)
        return 0;
    snprintf(text, sizeof text, "the store says %s, %d, %" PRId64 " (%s) where the model says %d, %" PRId64,
             hr_status_name(status), done, number, status == HR_OK ? "" : hr_error(r->f->store), c.effect, c.number);
    fail_run(r, text);
    return 0;
}

static void put_register(run *r, const char *kind, char *json, effect want) {
    r->m->entries += want == ADDED || want == AMENDED;
    make(r, (change){.deed = PUT, .kind = kind, .who = -1, .json = json, .effect = want});
}

static void put_resident(run *r, const saying *s) {
    resident *who = NULL;
    char *json = json_of(s);
    effect want = model_put(r->m, *s, &who);
    int64_t id = make(r, (change){.deed = PUT, .kind = "resident", .who = -1, .json = json, .effect = want});
    if (want == ADDED)
        who->id = id;
    if (want != REFUSED && who->id != id)
        fail_run(r, "it was put to somebody else");
}

static int number_of(const run *r, const resident *who) {
    return (int)(who - r->m->resident);
}

static void amend_resident(run *r, resident *who, const saying *s) {
    char *json = json_of(s);
    effect want = model_amend(r->m, who, *s);
    make(r, (change){.deed = AMEND, .kind = "resident", .who = number_of(r, who), .json = json, .effect = want});
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
        say(s, DEVICE, ++r->next_device);
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

static bool has_room(run *r, const resident *who) {
    enum { HALF = MOST_ITEMS / 2 };
    const file *f = file_of(r->m, who);
    return who->residences.count < HALF && who->episodes.count < HALF && who->outcomes.count < HALF &&
           f->said_count < MOST_ENTRIES - 2 && f->care_count < HALF - 2;
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
    if (r->m->residents >= MOST_RESIDENTS / 3)
        return;
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
    if (!who || !has_room(r, who))
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

/* ---- random entries of care ---- */

static care some_care(run *r, const person *w) {
    static const form often[] = {NOTE,    ENCOUNTER, ENCOUNTER, EXAMINATION, EXAMINATION, SELF_CARE, ASSESSMENT,
                                 PLAN,    SESSION,   SESSION,   JUDGEMENT,   JUDGEMENT,   OPENING,   OPENING,
                                 OPENING, VISIT,     VISIT,     CLOSING,     CLOSING,     HOUSEHOLD};
    care e = {.form = often[below(r, COUNT(often))], .date = day_for(r, &w->known), .writer = ++r->next_writer};
    if (chance(r, 3))
        e.date = chance(r, 50) ? (day)w->known.now[BIRTH] : (day)(w->known.now[BIRTH] / 10000 - 1) * 10000 + 1231;
    if (e.form == ASSESSMENT)
        e.what = chance(r, 80) ? YES : NO;
    if (e.form == JUDGEMENT)
        e.what = between(r, NO_EFFECT, MARKED_OUTCOME);
    return e;
}

static bool fits(const run *r, const resident *who, const care *e) {
    file f = *file_of(r->m, who);
    person was, is;
    make_person(r->m, who, &f, &was);
    f.care[f.care_count] = *e;
    f.care[f.care_count++].entry = (entry){r->m->entries + 1, r->m->entries + 1};
    return !contradicts(r->m, who, &f, was.contradicting, &is);
}

/* Mostly somebody of the few who are cared for, so that their entries bear upon each other. */
static resident *somebody_in_care(run *r) {
    enum { CARED_FOR = 20 };
    unsigned all = r->m->residents, few = all < CARED_FOR || chance(r, 25) ? all : CARED_FOR;
    return few ? &r->m->resident[below(r, (int)few)] : NULL;
}

static void add_care(run *r) {
    resident *who = somebody_in_care(r);
    person w;
    if (!who || !has_room(r, who))
        return;
    const file *f = file_of(r->m, who);
    make_person(r->m, who, f, &w);
    care e = some_care(r, &w);
    for (int i = 0; i < 8 && !fits(r, who, &e) && chance(r, 85); i++)
        e = some_care(r, &w);
    if (f->care_count && chance(r, 5))
        e = f->care[below(r, (int)f->care_count)];
    change c = {.deed = ADD,
                .kind = forms[e.form].name,
                .who = number_of(r, who),
                .force = chance(r, 40),
                .json = json_of_care(&e)};
    c.effect = model_add(r->m, who, e, c.force, &c.number);
    make(r, c);
}

/* Amends an entry of care, or withdraws it. */
static void correct_care(run *r, resident *who) {
    file *f = file_of(r->m, who);
    person w;
    if (!f->care_count)
        return;
    unsigned which = (unsigned)below(r, (int)f->care_count);
    care e = f->care[which];
    change c = {.deed = CORRECT, .who = number_of(r, who), .entry = e.entry.seq, .force = chance(r, 40)};
    bool withdraw = chance(r, 35);
    if (!withdraw) {
        make_person(r->m, who, f, &w);
        e.writer = ++r->next_writer;
        if (chance(r, 80))
            e.date = day_for(r, &w.known);
        if (e.form == JUDGEMENT)
            e.what = between(r, NO_EFFECT, MARKED_OUTCOME);
        c.json = json_of_correction(&f->care[which], &e);
    }
    c.effect = model_correct_care(r->m, who, which, withdraw ? NULL : &e, c.force);
    c.number = c.effect == REFUSED ? 0 : r->m->entries;
    make(r, c);
}

/* ---- random corrections of what was said of fields ---- */

static saying some_patch(run *r, const resident *who, const saying *of) {
    saying patch = {0};
    for (int i = 0; i < 20; i++) {
        column c = (column)below(r, COLUMNS);
        if ((!touched(of, c) && !chance(r, 10)) || c == BIRTH ||
            (columns[c].shape != DATE && columns[c].shape != CODE && columns[c].shape != PLACE && c != DEVICE))
            continue;
        if (c == SEX)
            continue;
        if (chance(r, 20))
            say_null(&patch, c);
        else if (c == DEVICE)
            say(&patch, c, ++r->next_device);
        else if (c == OUTCOME)
            say(&patch, c, between(r, NO_EFFECT, MARKED_OUTCOME));
        else if (c == HARDSHIP)
            say(&patch, c, between(r, YES, NO));
        else
            say(&patch, c, c == AREA ? some_committee(r) : day_for(r, who));
        if (chance(r, 60))
            break;
    }
    return patch;
}

static void correct_said(run *r, resident *who) {
    file *f = file_of(r->m, who);
    for (int i = 0; i < 6; i++) {
        unsigned which = (unsigned)below(r, (int)f->said_count);
        bool withdraw = chance(r, 30) && which > 0;
        saying patch = some_patch(r, who, &f->said[which].fields);
        change c = {.deed = CORRECT, .who = number_of(r, who), .entry = f->said[which].entry.seq};
        if (!withdraw && !(patch.given | patch.cleared))
            continue;
        if (model_correct_said(r->m, who, which, withdraw ? NULL : &patch, &c.effect) == NOT_SURE)
            continue;
        c.json = withdraw ? NULL : json_of(&patch);
        c.number = c.effect == REFUSED ? 0 : r->m->entries;
        make(r, c);
        return;
    }
}

/* What was amended or withdrawn already, and what registered somebody, is refused. */
static void correct_in_vain(run *r, const resident *who) {
    unsigned held = r->m->gone < MOST_GONE ? r->m->gone : MOST_GONE;
    change c = {.deed = CORRECT, .who = number_of(r, who), .entry = who->id, .effect = REFUSED};
    if (held && chance(r, 70)) {
        c.entry = r->m->gone_entry[below(r, (int)held)];
        c.json = strdup("{\"date\":\"2003-01-01\"}");
    } else {
        c.entry = file_of(r->m, who)->said[0].entry.seq;
    }
    make(r, c);
}

static void correct_something(run *r) {
    resident *who = somebody_in_care(r);
    if (!who || !has_room(r, who))
        return;
    int dice = below(r, 100);
    if (dice < 55)
        correct_care(r, who);
    else if (dice < 92)
        correct_said(r, who);
    else
        correct_in_vain(r, who);
}

/* ---- random rows of the other registers ---- */

static row *row_at(book *in, int of, day from) {
    for (unsigned i = 0; i < in->count; i++)
        if (in->at[i].of == of && in->at[i].from == from)
            return &in->at[i];
    return NULL;
}

/* Two rows of which it is not said which is the newer. */
static bool ties(const book *in, int of, day from) {
    for (unsigned i = 0; i < in->count; i++)
        if (in->at[i].of == of && in->at[i].from != from && latest(in->at[i].from) == latest(from))
            return true;
    return false;
}

/* A day for a row, mostly a new one; of a known row its own, which is then the one to change. */
static row some_row(run *r, book *in, int of) {
    row out = {.of = of, .from = some_day(r), .number = NOT_SAID, .met = NOT_SAID};
    const row *known = in->count && chance(r, 30) ? &in->at[below(r, (int)in->count)] : row_at(in, of, out.from);
    return known ? *known : out;
}

static effect settle_row(book *in, const row *after) {
    row *known = row_at(in, after->of, after->from);
    if (!known) {
        in->at[in->count++] = *after;
        return ADDED;
    }
    bool same = known->until == after->until && known->number == after->number && known->met == after->met;
    *known = *after;
    return same ? UNCHANGED : AMENDED;
}

static bool is_full(const book *in) {
    return in->count == MOST_ROWS;
}

typedef struct writing {
    char *at;
    size_t size;
    FILE *out;
} writing;

static void begin_text(writing *t) {
    t->out = open_memstream(&t->at, &t->size);
    assert_non_null(t->out);
}

static char *end_text(writing *t) {
    fputc('}', t->out);
    fclose(t->out);
    return t->at;
}

static void write_named_date(FILE *out, const char *name, day date) {
    fprintf(out, ",\"%s\":", name);
    if (date)
        fputc('"', out);
    if (date)
        write_date(out, date);
    fputs(date ? "\"" : "null", out);
}

static void change_grade(run *r) {
    book *in = &r->m->grades;
    int number = below(r, MOST_INSTITUTIONS);
    while (!r->m->institution[number].kind && chance(r, 90))
        number = below(r, MOST_INSTITUTIONS);
    row after = some_row(r, in, number);
    writing t;
    if (is_full(in) || ties(in, after.of, after.from))
        return;
    begin_text(&t);
    fprintf(t.out, "{\"institution\":\"Z%02d\"", after.of);
    write_named_date(t.out, "since", after.from);
    if (chance(r, 93)) {
        after.number = between(r, 1, 3);
        fprintf(t.out, ",\"grade\":\"%c\"", "?ABC"[after.number]);
    }
    effect want = REFUSED;
    if (r->m->institution[after.of].kind && after.number != NOT_SAID)
        want = settle_row(in, &after);
    put_register(r, "grade", end_text(&t), want);
}

static int some_place(run *r) {
    int place = below(r, AREAS);
    while (!r->m->areas[place].known && chance(r, 90))
        place = below(r, AREAS);
    return place;
}

static void change_help(run *r) {
    book *in = &r->m->help;
    int place = chance(r, 95) ? (int)some_committee(r) - 1 : some_place(r);
    row after = some_row(r, in, place);
    writing t;
    if (is_full(in))
        return;
    after.number = 0;
    begin_text(&t);
    fprintf(t.out, "{\"area\":\"%s\"", area_codes[after.of]);
    write_named_date(t.out, "since", after.from);
    if (chance(r, 50)) {
        after.until = chance(r, 15) ? 0 : some_day(r);
        write_named_date(t.out, "until", after.until);
    }
    effect want = REFUSED;
    if (r->m->areas[after.of].known && is_committee(after.of) &&
        (!after.until || latest(after.until) >= earliest(after.from)))
        want = settle_row(in, &after);
    put_register(r, "elder_help", end_text(&t), want);
}

/* Beds of an area and of one within it would be counted twice. */
static bool counts_twice(const book *in, int place) {
    for (unsigned i = 0; i < in->count; i++)
        if (in->at[i].of != place && (within(area_codes[in->at[i].of], area_codes[place]) ||
                                      within(area_codes[place], area_codes[in->at[i].of])))
            return true;
    return false;
}

static void change_beds(run *r) {
    book *in = &r->m->beds;
    row after = some_row(r, in, some_place(r));
    writing t;
    if (is_full(in) || ties(in, after.of, after.from) || (!is_committee(after.of) && !is_street(after.of)))
        return;
    begin_text(&t);
    fprintf(t.out, "{\"area\":\"%s\"", area_codes[after.of]);
    write_named_date(t.out, "since", after.from);
    if (chance(r, 95)) {
        after.number = below(r, 4);
        fprintf(t.out, ",\"beds\":%d", (int)after.number);
    }
    effect want = REFUSED;
    if (r->m->areas[after.of].known && after.number != NOT_SAID && !counts_twice(in, after.of))
        want = settle_row(in, &after);
    put_register(r, "care_beds", end_text(&t), want);
}

static void change_hotline(run *r) {
    book *in = &r->m->hotline;
    row after = some_row(r, in, some_place(r));
    writing t;
    if (is_full(in))
        return;
    if (!row_at(in, after.of, after.from) && chance(r, 60))
        after.from = after.from / 100 * 100;
    const row *known = row_at(in, after.of, after.from);
    if (known)
        after = *known;
    begin_text(&t);
    fprintf(t.out, "{\"area\":\"%s\"", area_codes[after.of]);
    write_named_date(t.out, "period", after.from);
    if (chance(r, known ? 50 : 95))
        fprintf(t.out, ",\"requests\":%d", (int)(after.number = below(r, 30)));
    if (chance(r, known ? 50 : 95))
        fprintf(t.out, ",\"met\":%d", (int)(after.met = after.number > 0 ? below(r, (int)after.number + 2) : 0));
    effect want = REFUSED;
    if (r->m->areas[after.of].known && after.number != NOT_SAID && after.met != NOT_SAID && after.met <= after.number)
        want = settle_row(in, &after);
    put_register(r, "hotline", end_text(&t), want);
}

/* ---- random targets and further indicators ---- */

static void set_number(run *r, FILE *out, const char *name, int *number, int value) {
    *number = chance(r, 10) ? NOT_SAID : value;
    if (*number == NOT_SAID)
        fprintf(out, ",\"%s\":null", name);
    else
        fprintf(out, ",\"%s\":%d", name, value);
}

static void set_target(run *r, FILE *out, aim *s) {
    s->target = chance(r, 10) ? NOT_SAID : below(r, 1001);
    if (s->target == NOT_SAID)
        fputs(",\"target\":null", out);
    else
        fprintf(out, ",\"target\":%d.%d", s->target / 10, s->target % 10);
}

static void set_tally(FILE *out, const char *name, int *number, int t) {
    *number = t;
    fprintf(out, ",\"%s\":\"%s\"", name, t == TALLIES ? "nobody" : tallies[t].name);
}

static void put_due(run *r, FILE *out, aim *s) {
    s->due = chance(r, 10) ? 0 : some_day(r);
    write_named_date(out, "due", s->due);
}

static effect settle_aim(aim *known, const aim *after, bool makes_sense) {
    bool new = !known->put;
    bool same = known->target == after->target && known->seconds == after->seconds && known->due == after->due &&
                known->numerator == after->numerator && known->denominator == after->denominator;
    if (!makes_sense)
        return REFUSED;
    *known = *after;
    return new ? ADDED : same ? UNCHANGED : AMENDED;
}

static bool target_makes_sense(const aim *s) {
    return !s->due || !vague(s->due);
}

static void change_target(run *r) {
    static const int seconds[] = {30, 59, 60, 61, 90, 120};
    int which = chance(r, 40) ? (chance(r, 50) ? call_index() : call_index() - 3) : below(r, BUILT_IN);
    bool beds = built_in[which].numerator == T_CARE_BEDS, calls = which == call_index(), sense = true;
    aim *known = &r->m->built_in[which], after = *known;
    writing t;
    begin_text(&t);
    fprintf(t.out, "{\"indicator\":\"%s\"", built_in[which].code);
    after.put = true;
    if (chance(r, 60))
        set_target(r, t.out, &after);
    if (chance(r, 30))
        put_due(r, t.out, &after);
    if (calls ? chance(r, 70) : chance(r, 4))
        set_number(r, t.out, "seconds", &after.seconds, seconds[below(r, COUNT(seconds))]);
    if (beds ? chance(r, 50) : chance(r, 4)) {
        int of = chance(r, 10) ? T_RESIDENTS : chance(r, 50) ? T_ELDERLY : T_RESIDENTS_60;
        set_tally(t.out, "denominator", &after.denominator, of);
        sense = beds && of != T_RESIDENTS;
    }
    sense = sense && (calls || after.seconds == NOT_SAID) && target_makes_sense(&after);
    put_register(r, "indicator", end_text(&t), settle_aim(known, &after, sense));
}

static void change_own(run *r) {
    int which = below(r, OWN);
    aim *known = &r->m->own[which], after = *known;
    bool named = known->put;
    writing t;
    begin_text(&t);
    fprintf(t.out, "{\"indicator\":\"%s\"", own_codes[which]);
    after.put = true;
    if (!named && (named = chance(r, 95)))
        fprintf(t.out, ",\"name_zh\":\"自定指标%d\"", which);
    if (chance(r, known->put ? 20 : 96))
        set_tally(t.out, "numerator", &after.numerator, below(r, TALLIES + chance(r, 10)));
    if (chance(r, known->put ? 20 : 96))
        set_tally(t.out, "denominator", &after.denominator, below(r, TALLIES + chance(r, 10)));
    if (chance(r, 50))
        set_target(r, t.out, &after);
    if (chance(r, 30))
        put_due(r, t.out, &after);
    bool sense = named && after.numerator != NOT_SAID && after.denominator != NOT_SAID && after.numerator != TALLIES &&
                 after.denominator != TALLIES && target_makes_sense(&after);
    put_register(r, "indicator", end_text(&t), settle_aim(known, &after, sense));
}

/* ---- random calls ---- */

/* So many seconds after a quarter past eight. */
static char *moment(day date, int seconds) {
    char *out = NULL;
    int of_day = (8 * 60 + 15) * 60 + seconds;
    assert_true(asprintf(&out, "%04d-%02d-%02d %02d:%02d:%02d", date / 10000, date / 100 % 100, date % 100,
                         of_day / 3600, of_day / 60 % 60, of_day % 60) > 0);
    return out;
}

/* Where a call of a device counts that several have is not said. */
static bool shares_device(const model *m, const resident *who) {
    for (unsigned i = 0; i < m->residents; i++)
        if (&m->resident[i] != who && m->resident[i].now[DEVICE] == who->now[DEVICE])
            return true;
    return false;
}

static void raise_some_call(run *r) {
    const resident *who = somebody(r);
    person w;
    call *new = &r->m->call[r->m->calls];
    if (!who || r->m->calls == MOST_CALLS)
        return;
    make_person(r->m, who, file_of(r->m, who), &w);
    *new = (call){.raised = latest(some_day(r)), .second = 7 * (int)r->m->calls, .test = chance(r, 15), .waited = -1};
    change c = {
        .deed = RAISE, .kind = new->test ? "test" : "button", .who = -1, .json = moment(new->raised, new->second)};
    if (who->now[DEVICE] && !shares_device(r->m, who)) {
        new->place = (int)current(&w.known.residences).what - 1;
        snprintf(c.device, sizeof c.device, "居民%04d", (int)who->now[DEVICE]);
    } else {
        snprintf(c.device, sizeof c.device, "X%d", ++r->next_device);
    }
    c.effect = ADDED;
    r->m->calls++;
    r->m->entries++;
    new->number = make(r, c);
}

static void answer_some_call(run *r) {
    static const int waits[] = {0, 29, 30, 59, 60, 61, 62, 90, 91, 120, 3600};
    if (!r->m->calls)
        return;
    call *one = &r->m->call[below(r, (int)r->m->calls)];
    int wait = waits[below(r, COUNT(waits))];
    change c = {.deed = ANSWER, .who = -1, .entry = one->number, .json = moment(one->raised, one->second + wait)};
    c.effect = one->waited < 0 ? AMENDED : REFUSED;
    if (one->waited < 0) {
        one->waited = wait;
        r->m->entries++;
    }
    make(r, c);
}

/* ---- rosters imported again ---- */

/* The newest resident of a name and birth date: the one that an import has just registered. */
static int64_t newest_of(run *r, const resident *who) {
    char name[32];
    hr_cursor *rows = NULL;
    int64_t newest = 0;
    snprintf(name, sizeof name, "居民%04d", (int)who->now[NAME]);
    bool unsaid = begin_unsaid(r->f->store);
    assert_status(r->f->store, HR_OK, hr_find(r->f->store, name, 0, &rows));
    int number = column_named(rows, "resident"), birth = column_named(rows, "birth_date");
    while (hr_cursor_next(rows) == HR_OK)
        if (hr_cursor_integer(rows, birth) == who->now[BIRTH] && hr_cursor_integer(rows, number) > newest)
            newest = hr_cursor_integer(rows, number);
    hr_cursor_free(rows);
    end_unsaid(r->f->store, unsaid);
    r->m->entries += !unsaid; /* within a batch it was said */
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
        keep(r, &(change){.deed = PUT, .kind = "resident", .who = -1, .json = json_of(&rows->row[i]), .effect = e});
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
        if (!has_room(r, &r->m->resident[i]))
            return;
    if (r->rosters && r->m->residents < MOST_RESIDENTS / 2)
        import_roster(r, r->roster[below(r, (int)(r->rosters < ROSTERS ? r->rosters : ROSTERS))]);
}

/* ---- agreement on the way ---- */

static bool is_mute(const run *r) {
    return r->repeated && r->left;
}

static void compare_day(run *r) {
    static const char *const sets[] = {"all", "plan", "national", "own"};
    const census *c = r->census;
    int whole = below(r, AREAS);
    const char *tier = chance(r, 30) ? NULL : tiers[below(r, COUNT(tiers))];
    if (!r->m->areas[whole].known)
        whole = 0;
    if ((!is_mute(r) && !lists_agree(r->f->store, c, whole)) ||
        !figures_agree(r->f->store, c, whole, tier, sets[chance(r, 70) ? 0 : below(r, COUNT(sets))]))
        fail_run(r, difference);
}

static void compare_sample(run *r) {
    int64_t entries = (int64_t)info_of(r->f->store).entries;
    if (entries != r->m->entries)
        fail_run(r, "there are more or fewer entries than were made");
    look_at(r->census, r->m);
    for (int i = 0; i < 3; i++) {
        int year = between(r, FIRST_DAY / 10000, LAST_DAY / 10000), month = between(r, 1, 12);
        take_census(r->census, year * 10000 + month * 100 + between(r, 1, month_days(year, month)));
        compare_day(r);
    }
    if (!is_mute(r) && (!check_agrees(r->f->store, r->census) || !calls_agree(r->f->store, r->m)))
        fail_run(r, difference);
    r->m->entries += (int64_t)info_of(r->f->store).entries - entries; /* within a batch reading is said */
    r->agreed = r->count;
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

/* What contradicts, and the figures of every tier on every `step`th day; false when something differs. */
static bool days_agree(hr_store *store, const model *m, census *c, int step) {
    int until_next = 1;
    look_at(c, m);
    bool same = check_agrees(store, c);
    for (day d = FIRST_DAY; same && d <= LAST_DAY; d = day_after(d)) {
        if (--until_next > 0)
            continue;
        until_next = step;
        take_census(c, d);
        same = day_agrees(store, c) && (d % 100 != 15 || lists_agree(store, c, 0));
        if (!same && m->mistake == NO_MISTAKE)
            explain(store, c);
    }
    return same;
}

static void compare_days(run *r, int step) {
    if (!days_agree(r->f->store, r->m, r->census, step))
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

static void change_register(run *r) {
    static void (*const kinds[])(run * r) = {change_grade, change_help,       change_help,       change_beds,
                                             change_beds,  change_hotline,    change_target,     change_own,
                                             change_own,   change_population, change_population, change_area};
    kinds[below(r, COUNT(kinds))](r);
}

static void change_something(run *r) {
    static const struct {
        int of_100;
        void (*change)(run *r);
    } kinds[] = {{10, register_resident}, {33, change_resident},  {3, change_identity},
                 {20, add_care},          {9, correct_something}, {3, change_institution},
                 {15, change_register},   {4, raise_some_call},   {3, answer_some_call}};
    int dice = below(r, 100);
    size_t kind = 0;
    while (dice >= kinds[kind].of_100)
        dice -= kinds[kind++].of_100;
    if (r->m->residents < 12)
        register_resident(r);
    else
        kinds[kind].change(r);
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
    int64_t number = 0;
    hr_status status = perform(p->f.store, c, c->who < 0 ? 0 : p->ids[c->who], &number, &done);
    hr_status want = c->effect == REFUSED ? HR_INVALID : HR_OK;
    if (status != want || (status == HR_OK && done != (hr_change)c->effect))
        print_error("%s gave %s, %d instead of %d: %s\n", c->json, hr_status_name(status), done, c->effect,
                    hr_error(p->f.store));
    assert_int_equal(status, want);
    if (status == HR_OK)
        assert_int_equal(done, c->effect);
    if (done == HR_ADDED && c->deed == PUT && number)
        p->ids[p->residents++] = number;
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

/* ---- figures as they were known, and trends ---- */

/* Every row and column of an answer; for free(). */
static char *text_of(hr_store *store, const question *q) {
    writing t;
    hr_cursor *rows = answer(store, q);
    hr_status status;
    begin_text(&t);
    while ((status = hr_cursor_next(rows)) == HR_OK) {
        for (int i = 0; i < hr_cursor_columns(rows); i++)
            fprintf(t.out, "%s,", hr_cursor_text(rows, i));
        fputc('\n', t.out);
    }
    assert_status(store, HR_END, status);
    hr_cursor_free(rows);
    return end_text(&t);
}

/* What a store told when it had so many entries. */
typedef struct memory {
    int64_t entries;
    question asked;
    char *told;
} memory;

enum { MOST_MEMORIES = 200 };

typedef struct memories {
    unsigned count;
    memory at[MOST_MEMORIES];
} memories;

static void remember(run *r, memories *out) {
    static const char *const asked_of[] = {"committee", "street", "district", "city", NULL};
    for (int i = 0; i < 2 && out->count < MOST_MEMORIES; i++) {
        memory *new = &out->at[out->count++];
        day as_of = latest(some_day(r));
        new->entries = (int64_t)info_of(r->f->store).entries;
        new->asked = (question){.by = asked_of[below(r, COUNT(asked_of))], .set = "all", .as_of = as_of};
        new->told = text_of(r->f->store, &new->asked);
    }
}

static void forget(memories *all) {
    for (unsigned i = 0; i < all->count; i++)
        free(all->at[i].told);
    free(all);
}

/* How many answers are, byte for byte, what the store told `later` entries before. */
static unsigned told_again(hr_store *store, const memories *all, int later) {
    unsigned same = 0;
    for (unsigned i = 0; i < all->count; i++) {
        const memory *one = &all->at[i];
        char known_at[32];
        question q = one->asked;
        snprintf(known_at, sizeof known_at, "#%" PRId64, one->entries + later);
        q.known_at = known_at;
        char *tells = text_of(store, &q);
        same += strcmp(tells, one->told) == 0;
        if (later == 0 && strcmp(tells, one->told) != 0)
            print_error("by %s on %d as known at %s:\n%s\ninstead of\n%s\n", q.by ? q.by : "itself", q.as_of, known_at,
                        tells, one->told);
        free(tells);
    }
    return same;
}

/* Two residents turn out to be one, or not to be, or more is said of one who was another: whether it is refused or not,
 * of which the model knows nothing. */
static void unify_and_part(run *r, int64_t *unified) {
    hr_store *store = r->f->store;
    const resident *one = somebody(r), *other = somebody(r);
    hr_entry_options options;
    hr_entry_options_init(&options);
    options.force = 1;
    options.why = "同一人";
    int dice = below(r, 100);
    if (dice < 40 && one != other)
        hr_unify(store, one->id, other->id, &options, unified);
    else if (dice < 55 && *unified)
        hr_entry_amend(store, *unified, NULL, &options, NULL);
    else if (dice < 80)
        hr_amend(store, one->id, chance(r, 50) ? "{\"file_opened\":\"2001-02\"}" : "{\"died\":\"2004\"}", NULL);
    else
        hr_entry_add(store, one->id, "home_bed_open",
                     "{\"date\":\"2003-03-03\",\"diagnosis\":\"骨折\",\"doctor\":\"医生\"}", &options, NULL, NULL);
}

/* The last day of a month, quarter or year of so many months. */
static bool ends_period(day date, int months) {
    day next = day_after(date);
    return next % 100 == 1 && (next / 100 % 100 - 1) % months == 0;
}

static bool same_cells(const hr_cursor *a, const hr_cursor *b, int width) {
    for (int i = 0; i < width; i++)
        if (strcmp(hr_cursor_text(a, i), hr_cursor_text(b, i)) != 0)
            return false;
    return true;
}

/* The rows of a trend that are about one day; false unless they are what the figures of that day are. */
static bool trend_day_agrees(hr_store *store, hr_cursor *trend, question q) {
    hr_cursor *rows = answer(store, &q);
    int columns_in = hr_cursor_columns(rows), as_of = column_named(trend, "as_of");
    bool same = true;
    assert_int_equal(hr_cursor_columns(trend), columns_in + 1);
    while (same && hr_cursor_next(rows) == HR_OK)
        same = hr_cursor_next(trend) == HR_OK && same_cells(trend, rows, columns_in) &&
               hr_cursor_integer(trend, as_of) == q.as_of;
    hr_cursor_free(rows);
    return same;
}

static bool trend_agrees(hr_store *store, const hr_trend_options *options, int months) {
    question q = {.within = options->within, .indicators = options->indicators, .known_at = options->known_at};
    hr_cursor *trend = NULL;
    bool same = true;
    assert_status(store, HR_OK, hr_trend(store, options, &trend));
    for (day d = options->from; same && d <= options->to; d = day_after(d)) {
        q.as_of = d;
        if (ends_period(d, months) || d == options->to)
            same = trend_day_agrees(store, trend, q);
    }
    same = same && hr_cursor_next(trend) == HR_END;
    hr_cursor_free(trend);
    return same;
}

/* ---- tests ---- */

enum { OPERATIONS = 900, SEEDS = 3, FEWER = 4, MOST_RUNS = 6 };

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
    r.repeated = true;
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
        if (!days_agree(p.f.store, r.m, r.census, 7))
            fail_run(&r, difference);
        assert_int_equal(verify_findings(p.f.store), 0);
        close_store(&p.f);
    }
    run_end(&r);
}

/* The control: had the store any of these mistakes, runs would find it. */
static void a_model_with_one_wrong_rule_is_found_to_disagree(void **state) {
    bool noticed[MISTAKES] = {true};
    unsigned left = MISTAKES - 1;
    for (uint64_t i = 0; left && i < MOST_RUNS; i++) {
        char name[32];
        run r;
        snprintf(name, sizeof name, "control-%" PRIu64 ".hrs", i);
        fixture f = another(*state, name);
        run_begin(&r, &f, 1 + i);
        make_changes(&r, OPERATIONS);
        for (mistake one = NO_MISTAKE + 1; one < MISTAKES; one++) {
            r.m->mistake = one;
            if (noticed[one] || days_agree(f.store, r.m, r.census, 5))
                continue;
            noticed[one] = true;
            left--;
        }
        run_end(&r);
        close_store(&f);
    }
    for (mistake one = NO_MISTAKE + 1; one < MISTAKES; one++)
        if (!noticed[one])
            fail_msg("mistake %d is not noticed", one);
}

static void what_was_known_is_told_again_byte_for_byte(void **state) {
    enum { STEPS = 60, UNITIES = 20 };
    fixture *f = *state;
    memories *all = new_memory(sizeof *all);
    int64_t unified = 0;
    run r;
    run_begin(&r, f, first_seed());
    for (int i = 0; i < STEPS; i++) {
        make_changes(&r, 12);
        remember(&r, all);
    }
    for (int i = 0; i < UNITIES; i++) {
        for (int k = 0; k < 4; k++)
            unify_and_part(&r, &unified);
        remember(&r, all);
    }
    assert_int_equal(all->count, 2 * (STEPS + UNITIES));
    assert_int_equal(told_again(f->store, all, 0), all->count);
    assert_true(told_again(f->store, all, 1) < all->count); /* the control: an entry more, or less, is noticed */
    assert_true(told_again(f->store, all, -1) < all->count);
    assert_int_equal(verify_findings(f->store), 0);
    forget(all);
    run_end(&r);
}

/* "2026-11-24T08:15:02Z" */
static void read_recorded(fixture *f, int64_t id, char out[32]) {
    hr_cursor *rows = NULL;
    bool unsaid = begin_unsaid(f->store);
    assert_status(f->store, HR_OK, hr_history(f->store, id, &rows));
    assert_status(f->store, HR_OK, hr_cursor_next(rows));
    snprintf(out, 32, "%s", hr_cursor_text(rows, column_named(rows, "recorded")));
    hr_cursor_free(rows);
    end_unsaid(f->store, unsaid);
}

static char *told_as_known(fixture *f, const char *known_at) {
    question q = {.by = "committee", .set = "all", .as_of = 20061231, .known_at = known_at};
    return text_of(f->store, &q);
}

/* The same moment as a clock on the wall shows it, with seconds or, `day`, only the date. */
static void on_the_wall(const char *recorded, bool day_only, char out[32]) {
    struct tm utc = {.tm_isdst = 0}, here;
    assert_non_null(strptime(recorded, "%Y-%m-%dT%H:%M:%SZ", &utc));
    time_t at = timegm(&utc);
    assert_non_null(localtime_r(&at, &here));
    assert_true(strftime(out, 32, day_only ? "%Y-%m-%d" : "%Y-%m-%d %H:%M:%S", &here) > 0);
}

static void assert_known(fixture *f, const char *known_at, const char *want) {
    char *tells = told_as_known(f, known_at);
    assert_string_equal(tells, want);
    free(tells);
}

static void what_was_known_at_a_time_is_what_was_recorded_by_its_end(void **state) {
    fixture *f = *state;
    char first[32], newest[32], local[32], number[32];
    char *before = NULL, *now;
    int put = 0; /* each another: one who is known already was not recorded again */
    int64_t id = put_ok(f, "resident", "{'name':'居民','sex':1,'birth_date':'1930-01-01','area':'110105001001'}");
    read_recorded(f, id, first);
    do { /* until the clock shows the next second */
        free(before);
        before = told_as_known(f, NULL);
        id = put_ok(f, "resident", "{'name':'居民%d','sex':2,'birth_date':'1930-01-01','area':'110105001001'}", ++put);
        read_recorded(f, id, newest);
    } while (strcmp(first, newest) == 0);
    now = told_as_known(f, NULL);
    assert_string_not_equal(before, now);
    assert_known(f, first, before);
    on_the_wall(first, false, local);
    assert_known(f, local, before);
    snprintf(number, sizeof number, "#%" PRIu64, info_of(f->store).entries - 1);
    assert_known(f, number, before);
    assert_known(f, newest, now);
    on_the_wall(newest, true, local);
    assert_known(f, local, now);
    assert_known(f, "#999999", now);
    free(before);
    free(now);
}

static void assert_not_known(fixture *f, const char *known_at) {
    hr_rates_options options;
    hr_cursor *rows = NULL;
    hr_rates_options_init(&options);
    options.known_at = known_at;
    assert_status(f->store, HR_INVALID, hr_rates(f->store, &options, &rows));
    assert_null(rows);
}

static void before_the_first_entry_nothing_was_known(void **state) {
    assert_not_known(*state, "2001-01-01");
    assert_not_known(*state, "2001-01-01 08:15");
    assert_not_known(*state, "#0");
    assert_not_known(*state, "#");
    assert_not_known(*state, "#-1");
    assert_not_known(*state, "yesterday");
}

/* A trend that begins and ends on any days, and how many months its periods have. */
static hr_trend_options some_trend(run *r, char known_at[32], int *months) {
    static const char *const asked[] = {"files_in_use", "resident_files,elderly_files", "service_coverage",
                                        "call_response,rehab_effective,care_beds", "street_centres"};
    static const struct {
        const char *name;
        int months;
    } periods[] = {{"month", 1}, {"quarter", 3}, {"year", 12}, {NULL, 12}};
    int place = below(r, AREAS), period = below(r, COUNT(periods));
    hr_trend_options out;
    hr_trend_options_init(&out);
    snprintf(known_at, 32, "#%d", between(r, SAMPLE_AREAS + 2, (int)r->m->entries));
    out.indicators = asked[below(r, COUNT(asked))];
    out.within = r->m->areas[place].known ? area_codes[place] : NULL;
    out.every = periods[period].name;
    out.known_at = chance(r, 50) ? known_at : NULL;
    out.from = latest(some_day(r));
    do
        out.to = chance(r, 10) ? out.from : latest(some_day(r));
    while (out.to < out.from);
    *months = periods[period].months;
    return out;
}

static void a_trend_is_the_figures_of_the_last_day_of_each_period_and_of_the_last_day(void **state) {
    enum { TRENDS = 50 };
    fixture *f = *state;
    unsigned wrong = 0;
    run r;
    run_begin(&r, f, first_seed());
    make_changes(&r, operations() / 2);
    for (int i = 0; i < TRENDS; i++) {
        char known_at[32];
        int months;
        hr_trend_options options = some_trend(&r, known_at, &months);
        if (!trend_agrees(f->store, &options, months))
            fail_msg("the %s from %d to %d every %d months differ", options.indicators, options.from, options.to,
                     months);
        wrong += trend_agrees(f->store, &options, months == 12 ? 3 : 12);
    }
    assert_true(wrong < TRENDS); /* the control: other periods are other days */
    run_end(&r);
}

static void a_trend_that_cannot_be_is_refused(void **state) {
    static const struct {
        const char *indicators, *every, *within;
        int32_t from, to;
        hr_status want;
    } asked[] = {
        {NULL, "year", NULL, 20030101, 20031231, HR_INVALID},
        {"elderly_files", "year", NULL, 0, 20031231, HR_INVALID},
        {"elderly_files", "week", NULL, 20030101, 20031231, HR_INVALID},
        {"elderly_files", "year", NULL, 20031231, 20030101, HR_INVALID},
        {"elderly_files", "year", NULL, 20030100, 20031231, HR_INVALID},
        {"elderly_files", "year", NULL, 20030101, 20030000, HR_INVALID},
        {"elderly_file", "year", NULL, 20030101, 20031231, HR_INVALID},
        {"elderly_files", "year", "110199", 20030101, 20031231, HR_NOT_FOUND},
    };
    fixture *f = *state;
    for (size_t i = 0; i < COUNT(asked); i++) {
        hr_trend_options options;
        hr_cursor *rows = NULL;
        hr_trend_options_init(&options);
        options.indicators = asked[i].indicators;
        options.every = asked[i].every;
        options.within = asked[i].within;
        options.from = asked[i].from;
        options.to = asked[i].to;
        assert_status(f->store, asked[i].want, hr_trend(f->store, &options, &rows));
        assert_null(rows);
    }
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
        TEST(what_was_known_is_told_again_byte_for_byte),
        TEST(what_was_known_at_a_time_is_what_was_recorded_by_its_end),
        TEST(before_the_first_entry_nothing_was_known),
        TEST(a_trend_is_the_figures_of_the_last_day_of_each_period_and_of_the_last_day),
        TEST(a_trend_that_cannot_be_is_refused),
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
