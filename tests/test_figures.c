/* Figures that stations report in place of persons, beside the same persons in one store.
 *
 * Three stations hold random residents, care and calls. Everything is said in a fourth store, too, which holds
 * everybody. A bureau's store has that one's registers, nobody, and what the stations report. At the end of each month
 * every row of rates must be the same in both, at every tier. That a difference would show is shown by leaving out each
 * of the reported tallies. */
#include "base/hex.h"
#include "indicator/figures.h"
#include "indicator/ledger.h"
#include "raw.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum { UNTIL = 20071231, STATIONS = 3, PEOPLE = 90, PEOPLE_MAX = 120, ROWS_MAX = 4000, JSON_SIZE = 1024 };

/* ---- stores ---- */

typedef struct world {
    fixture *whole;  /* holds everybody; the test's own store */
    fixture *bureau; /* holds nobody */
    fixture station[STATIONS];
    int64_t ids[STATIONS][PEOPLE_MAX][2]; /* in the station and in the whole; 0: refused */
} world;

static const char *const tiers[] = {"city", "district", "street", "committee"};
static const char *const station_areas[STATIONS] = {"110105001", "110105002", "110108"};
static const char *const committees[STATIONS][3] = {{"110105001001", "110105001002", "110105001003"},
                                                    {"110105002001", "110105002002", "110105002001"},
                                                    {"110108001001", "110108001002", "110108001002"}};

static void make_store_of(fixture *f, const fixture *parent, const char *area) {
    hr_create_options options;
    make_folder(f->folder, parent->folder);
    join_path(f->path, f->folder, "station.hrs");
    f->store = new_handle(HR_LANGUAGE_EN);
    assert_status(f->store, HR_OK, hr_recovery_key_new(f->store, f->recovery));
    hr_create_options_init(&options);
    options.area = area;
    options.name = "服务站";
    options.passphrase = PASSPHRASE;
    options.recovery_key = f->recovery;
    options.kdf_ops = 3;
    options.kdf_mib = 64;
    assert_status(f->store, HR_OK, hr_store_create(f->store, f->path, &options));
}

/* Puts the sample's areas that lie in the store's. */
static void put_areas(fixture *f, const fixture *sample, const char *within) {
    for (size_t i = 0; i < COUNT(tiers); i++) {
        hr_cursor *rows = rates_of(sample->store, NULL, tiers[i], "resident_files", UNTIL);
        while (hr_cursor_next(rows) == HR_OK) {
            const char *area = hr_cursor_text(rows, column_named(rows, "area"));
            if (strncmp(area, within, strlen(within)) == 0)
                put_ok(f, "area", "{'area':'%s','name':'%s'}", area,
                       hr_cursor_text(rows, column_named(rows, "area_name")));
        }
        hr_cursor_free(rows);
    }
}

static void make_station(fixture *f, const fixture *sample, const char *area) {
    make_store_of(f, sample, area);
    put_areas(f, sample, area);
}

static fixture *copy_of(const fixture *f) {
    fixture *copy = calloc(1, sizeof *copy);
    assert_non_null(copy);
    make_folder(copy->folder, f->folder);
    join_path(copy->path, copy->folder, "station.hrs");
    memcpy(copy->recovery, f->recovery, sizeof copy->recovery);
    copy_folder(f->path, copy->path);
    reopen(copy, HR_LANGUAGE_EN);
    return copy;
}

static void remove_fixture(fixture *f) {
    close_store(f);
    free(f);
}

static void end_world(world *w) {
    for (int i = 0; i < STATIONS; i++)
        close_store(&w->station[i]);
    remove_fixture(w->bureau);
}

/* ---- what is said in a station and in the store that holds everybody ---- */

static int some_day(int first, int last) {
    int year = first + (int)random_below((unsigned)(last - first + 1));
    int month = 1 + (int)random_below(12);
    return one_in(6)   ? year * 10000
           : one_in(5) ? year * 10000 + month * 100
                       : year * 10000 + month * 100 + 1 + (int)random_below(28);
}

static void add_date(char *json, const char *name, int day) {
    size_t used = strlen(json);
    if (day % 10000 == 0)
        snprintf(json + used, JSON_SIZE - used, ",'%s':'%04d'", name, day / 10000);
    else if (day % 100 == 0)
        snprintf(json + used, JSON_SIZE - used, ",'%s':'%04d-%02d'", name, day / 10000, day / 100 % 100);
    else
        snprintf(json + used, JSON_SIZE - used, ",'%s':'%04d-%02d-%02d'", name, day / 10000, day / 100 % 100,
                 day % 100);
}

static void maybe_date(char *json, const char *name, unsigned n, int first, int last) {
    if (one_in(n))
        add_date(json, name, some_day(first, last));
}

/* The 65th birthday of who was born on 29 February is, in a common year, on 1 March. */
static int some_birth(void) {
    static const int leap[] = {19360229, 19400229, 19320229};
    return one_in(5) ? leap[random_below(COUNT(leap))] : one_in(3) ? some_day(1950, 1999) : some_day(1915, 1942);
}

static void add_text(char *json, const char *text) {
    size_t used = strlen(json);
    snprintf(json + used, JSON_SIZE - used, "%s", text);
}

static void some_resident(char json[JSON_SIZE], int station, int number) {
    snprintf(json, JSON_SIZE, "{'name':'居民%d%04d','sex':%u,'area':'%s'", station, number, 1 + random_below(2),
             committees[station][random_below(3)]);
    add_date(json, "birth_date", some_birth());
    if (one_in(2)) {
        add_date(json, "file_opened", some_day(1999, 2003));
        maybe_date(json, "computerized", 2, 2004, 2007);
    }
    if (one_in(2)) {
        add_text(json, ",'disability_kind':4,'disability_grade':2");
        add_date(json, "rehab_need_since", some_day(1999, 2001));
        if (one_in(2))
            add_date(json, "rehab_served_since", some_day(2002, 2003));
        if (one_in(2)) {
            add_text(json, one_in(2) ? ",'rehab_outcome':'marked'" : ",'rehab_outcome':'effective'");
            add_date(json, "rehab_outcome_date", some_day(2004, 2006));
        }
    }
    if (one_in(3)) {
        add_date(json, "home_bed_opened", some_day(2000, 2003));
        maybe_date(json, "home_bed_closed", 2, 2004, 2006);
    }
    if (one_in(3)) {
        add_text(json, ",'hardship':'yes'");
        maybe_date(json, "household_care_since", 2, 2000, 2006);
    }
    if (one_in(2)) {
        size_t used = strlen(json);
        snprintf(json + used, JSON_SIZE - used, ",'call_device':'D%d%04d'", station, number);
    }
    maybe_date(json, "moved_in", 3, 1999, 2000);
    maybe_date(json, "died", 6, 2005, 2007);
    add_text(json, "}");
    quote_json(json);
}

static void add_entry(fixture *f, int64_t id, const char *kind, const char *json, hr_status *out) {
    hr_entry_options options;
    hr_entry_options_init(&options);
    *out = hr_entry_add(f->store, id, kind, json, &options, NULL, NULL);
}

static void say_care(world *w, int station, const int64_t ids[2], const char *kind, const char *by) {
    char json[JSON_SIZE] = "{";
    hr_status one, other;
    add_date(json, "date", 20000000 + (int)random_below(7) * 10000 + 100 + (int)random_below(12) * 100 + 15);
    json[1] = ' ';
    size_t used = strlen(json);
    snprintf(json + used, sizeof json - used, ",'%s':'x'}", by);
    quote_json(json);
    add_entry(&w->station[station], ids[0], kind, json, &one);
    add_entry(w->whole, ids[1], kind, json, &other);
    assert_int_equal(one, other);
}

static void raise_call(fixture *f, const char *device, const char *raised, const char *answered) {
    hr_call_options options;
    int64_t call;
    hr_call_options_init(&options);
    options.device = device;
    options.time = raised;
    options.signal = "button";
    assert_status(f->store, HR_OK, hr_call_raise(f->store, &options, &call, NULL));
    if (answered)
        assert_status(f->store, HR_OK, hr_call_answer(f->store, call, answered, NULL, NULL));
}

static void say_call(world *w, int station, int number) {
    char device[16], raised[64], answered[64];
    int day = 20010000 + (int)random_below(6) * 10000 + 100 + (int)random_below(12) * 100 + 1 + (int)random_below(28);
    snprintf(device, sizeof device, "D%d%04d", station, number);
    snprintf(raised, sizeof raised, "%04d-%02d-%02d 10:15:02", day / 10000, day / 100 % 100, day % 100);
    snprintf(answered, sizeof answered, "%04d-%02d-%02d 10:%02u:05", day / 10000, day / 100 % 100, day % 100,
             15 + random_below(3));
    bool is_answered = !one_in(4);
    raise_call(&w->station[station], device, raised, is_answered ? answered : NULL);
    raise_call(w->whole, device, raised, is_answered ? answered : NULL);
}

/* Says something of a resident in both stores; false when it is refused in both. */
static bool say_resident(world *w, int station, const char *json, int64_t ids[2]) {
    hr_status one = hr_put(w->station[station].store, "resident", json, &ids[0], NULL);
    hr_status other = hr_put(w->whole->store, "resident", json, &ids[1], NULL);
    assert_int_equal(one, other);
    return one == HR_OK;
}

static void begin_batches(world *w) {
    assert_status(w->whole->store, HR_OK, hr_batch_begin(w->whole->store));
    for (int i = 0; i < STATIONS; i++)
        assert_status(w->station[i].store, HR_OK, hr_batch_begin(w->station[i].store));
}

static void end_batches(world *w) {
    assert_status(w->whole->store, HR_OK, hr_batch_commit(w->whole->store));
    for (int i = 0; i < STATIONS; i++)
        assert_status(w->station[i].store, HR_OK, hr_batch_commit(w->station[i].store));
}

static void say_people(world *w, int from, int to) {
    char json[JSON_SIZE];
    int refused = 0;
    begin_batches(w);
    for (int station = 0; station < STATIONS; station++)
        for (int number = from; number < to; number++) {
            int64_t *ids = w->ids[station][number];
            some_resident(json, station, number);
            if (!say_resident(w, station, json, ids)) {
                ids[0] = ids[1] = 0;
                refused++;
                continue;
            }
            if (one_in(3))
                say_care(w, station, ids, "encounter", "plan");
            if (one_in(2))
                say_care(w, station, ids, "health_examination", "doctor");
            if (strstr(json, "call_device") && one_in(2))
                say_call(w, station, number);
        }
    end_batches(w);
    assert_true(refused < (to - from) * STATIONS / 2);
}

/* Moves within a station, files that are opened later, and deaths. */
static void change_people(world *w) {
    begin_batches(w);
    for (int station = 0; station < STATIONS; station++)
        for (int number = 0; number < PEOPLE; number += 3) {
            char json[JSON_SIZE] = "{'phone':'1'";
            const int64_t *ids = w->ids[station][number];
            if (one_in(2)) {
                size_t used = strlen(json);
                snprintf(json + used, sizeof json - used, ",'area':'%s'", committees[station][random_below(3)]);
                add_date(json, "moved_in", some_day(2001, 2004));
            }
            maybe_date(json, "file_opened", 2, 1999, 2003);
            maybe_date(json, "died", 5, 2005, 2007);
            add_text(json, "}");
            quote_json(json);
            if (!ids[0])
                continue;
            hr_status one = hr_amend(w->station[station].store, ids[0], json, NULL);
            assert_int_equal(one, hr_amend(w->whole->store, ids[1], json, NULL));
        }
    end_batches(w);
}

/* Registers of the store that holds everybody and of the bureau. */
static void say_register(world *w, const char *kind, const char *json) {
    put_ok(w->whole, kind, "%s", json);
    put_ok(w->bureau, kind, "%s", json);
}

/* An indicator for each tally, so that each shows, with those who are in it by an incomplete date. */
static void say_indicators(world *w) {
    hr_cursor *tallies = NULL;
    assert_status(w->whole->store, HR_OK, hr_tallies(w->whole->store, &tallies));
    while (hr_cursor_next(tallies) == HR_OK) {
        char json[JSON_SIZE];
        const char *name = hr_cursor_text(tallies, 0);
        snprintf(json, sizeof json, "{'indicator':'own_%s','name_en':'own','numerator':'%s','denominator':'%s'}", name,
                 name, name);
        say_register(w, "indicator", json);
    }
    hr_cursor_free(tallies);
}

static void say_registers(world *w) {
    static const char *const rows[][2] = {
        {"institution",
         "{'code':'C1','name':'中心','kind':'centre','area':'110105001','serves':'110105001','opened':'2001-03-15'}"},
        {"institution",
         "{'code':'S1','name':'站','kind':'station','area':'110105002001','grade':'A',"
         "'serves':'110105002001','opened':'2002-06-30','closed':'2005-02-10','networked_since':'2003'}"},
        {"institution", "{'code':'S2','name':'站','kind':'station','area':'110108001001','serves':'110108'}"},
        {"population", "{'area':'110105001002','year':2003,'residents':40}"},
        {"population", "{'area':'110105001002','year':2005,'residents':50,'elderly':20}"},
        {"population", "{'area':'110105','year':2004,'residents':300,'elderly':90,'rehab_need':60,'home_bed':30}"},
        {"elder_help", "{'area':'110108001001','since':'2002-02-02'}"},
        {"care_beds", "{'area':'110108','since':'2001-05-05','beds':7}"},
        {"hotline", "{'area':'110105','period':'2003-05','requests':9,'met':8}"},
        {"grade", "{'institution':'S2','since':'2004-04-04','grade':'A'}"},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        say_register(w, rows[i][0], rows[i][1]);
    say_indicators(w);
}

static void begin_world(world *w, fixture *f, uint64_t seed) {
    seed_chance(seed);
    memset(w, 0, sizeof *w);
    w->whole = f;
    w->bureau = copy_of(f);
    for (int i = 0; i < STATIONS; i++)
        make_station(&w->station[i], f, station_areas[i]);
    say_registers(w);
    say_people(w, 0, PEOPLE);
}

/* ---- reporting ---- */

typedef struct report {
    size_t count;
    hr_record *at;
} report;

static hr_status keep_row(void *context, const hr_record *row) {
    report *r = context;
    assert_true(r->count < ROWS_MAX);
    hr_record_copy(&r->at[r->count++], row);
    return HR_OK;
}

static report new_report(void) {
    report r = {0, malloc(ROWS_MAX * sizeof *r.at)};
    assert_non_null(r.at);
    return r;
}

static report collect(fixture *f, int until) {
    report r = new_report();
    assert_status(f->store, HR_OK, hr_read_begin(f->store));
    assert_status(f->store, HR_OK, hr_figures_collect(f->store, until, keep_row, &r));
    hr_read_end(f->store);
    assert_true(r.count > 0);
    return r;
}

static char *id_of(const fixture *f, char out[2 * HR_STORE_ID_SIZE + 1]) {
    return hr_hex(f->store->keys->store_id, HR_STORE_ID_SIZE, out);
}

/* As a bureau receives them, but for the rows of the tally `without`. */
static hr_status keep(fixture *to, const char *station, int64_t area, int until, const report *r, const char *without,
                      uint64_t *changed) {
    hr_figures *figures = NULL;
    hr_status status = hr_enter(to->store);
    assert_status(to->store, HR_OK, status);
    status = hr_figures_begin(to->store, station, 1 + (int64_t)info_of(to->store).entries, area, until, &figures);
    for (size_t i = 0; i < r->count && status == HR_OK; i++) {
        hr_record row;
        hr_record_copy(&row, &r->at[i]);
        if (!without || strcmp(hr_record_text(&row, FG_TALLY), without) != 0)
            status = hr_figures_put(figures, &row);
    }
    if (status == HR_OK)
        status = hr_figures_end(figures, changed);
    hr_figures_free(figures);
    return hr_leave(to->store, status);
}

static uint64_t report_to(fixture *from, fixture *to, const char *area, int until, const char *without) {
    char id[2 * HR_STORE_ID_SIZE + 1];
    uint64_t changed = 0;
    report r = collect(from, until);
    assert_status(to->store, HR_OK, keep(to, id_of(from, id), strtoll(area, NULL, 10), until, &r, without, &changed));
    free(r.at);
    return changed;
}

static uint64_t report_all(world *w, const char *without) {
    uint64_t changed = 0;
    for (int i = 0; i < STATIONS; i++)
        changed += report_to(&w->station[i], w->bureau, station_areas[i], UNTIL, without);
    return changed;
}

/* ---- comparing ---- */

/* Every row and column; for free(). */
static char *text_of(fixture *f, const char *by, int day, const char *known) {
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    hr_rates_options options;
    hr_cursor *rows = NULL;
    hr_rates_options_init(&options);
    options.by = by;
    options.as_of = day;
    options.known_at = known;
    options.set = "all";
    assert_status(f->store, HR_OK, hr_rates(f->store, &options, &rows));
    assert_non_null(out);
    while (hr_cursor_next(rows) == HR_OK) {
        for (int i = 0; i < hr_cursor_columns(rows); i++)
            fprintf(out, "%s,", hr_cursor_text(rows, i));
        fputc('\n', out);
    }
    hr_cursor_free(rows);
    fclose(out);
    return text;
}

static int end_of_month(int year, int month) {
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return year * 10000 + month * 100 + days[month - 1] + (month == 2 && year % 4 == 0);
}

static bool same_on(fixture *one, fixture *other, int day, bool speak) {
    bool same = true;
    for (size_t i = 0; i < COUNT(tiers) && same; i++) {
        char *a = text_of(one, tiers[i], day, NULL), *b = text_of(other, tiers[i], day, NULL);
        same = strcmp(a, b) == 0;
        size_t at = 0;
        while (!same && a[at] == b[at])
            at++;
        while (!same && at > 0 && a[at - 1] != '\n')
            at--;
        if (!same && speak)
            print_error("%s, %d: %.*s instead of %.*s\n", tiers[i], day, (int)strcspn(b + at, "\n"), b + at,
                        (int)strcspn(a + at, "\n"), a + at);
        free(a);
        free(b);
    }
    return same;
}

/* At the end of each month of ten years, and now and then before. */
static bool same_figures(fixture *one, fixture *other, bool speak) {
    static const int before[] = {18631231, 19600229, 19791130, 19850831};
    bool same = true;
    for (int year = 1998; year <= 2007 && same; year++)
        for (int month = 1; month <= 12 && same; month++)
            same = same_on(one, other, end_of_month(year, month), speak);
    for (size_t i = 0; i < COUNT(before) && same; i++)
        same = same_on(one, other, before[i], speak);
    return same;
}

/* ---- what a bureau knows ---- */

static void compare(void **state, uint64_t seed) {
    world w;
    begin_world(&w, *state, seed);
    assert_false(same_figures(w.whole, w.bureau, false));
    report_all(&w, NULL);
    assert_true(same_figures(w.whole, w.bureau, true));
    assert_int_equal(verify_findings(w.bureau->store), 0);
    end_world(&w);
}

static void reported_figures_are_those_of_the_persons_at_the_end_of_every_month(void **state) {
    compare(state, 1);
}

static void so_they_are_of_other_persons(void **state) {
    compare(state, 2);
}

static void a_register_that_changes_afterwards_counts_reported_residents_too(void **state) {
    world w;
    begin_world(&w, *state, 11);
    report_all(&w, NULL);
    say_register(&w, "institution",
                 "{'code':'S9','name':'站','kind':'station','area':'110105002002','serves':'110105002002',"
                 "'opened':'2000-05-17','closed':'2006-01-31'}");
    say_register(&w, "population", "{'area':'110108001002','year':2002,'residents':33}");
    assert_true(same_figures(w.whole, w.bureau, true));
    assert_int_equal(verify_findings(w.bureau->store), 0);
    end_world(&w);
}

static int by_text(const void *a, const void *b) {
    return strcmp(a, b);
}

static void a_tally_that_is_left_out_would_be_noticed(void **state) {
    world w;
    uint64_t changed;
    char id[2 * HR_STORE_ID_SIZE + 1], names[ROWS_MAX][48];
    size_t tried = 0;
    begin_world(&w, *state, 4);
    report_all(&w, NULL);
    report r = collect(&w.station[0], UNTIL);
    for (size_t i = 0; i < r.count; i++)
        snprintf(names[i], sizeof *names, "%s", hr_record_text(&r.at[i], FG_TALLY));
    qsort(names, r.count, sizeof *names, by_text);
    for (size_t i = 0; i < r.count; i++) {
        if (i > 0 && strcmp(names[i], names[i - 1]) == 0)
            continue;
        assert_status(w.bureau->store, HR_OK,
                      keep(w.bureau, id_of(&w.station[0], id), strtoll(station_areas[0], NULL, 10), UNTIL, &r, names[i],
                           &changed));
        if (same_figures(w.whole, w.bureau, false))
            fail_msg("nobody would miss %s", names[i]);
        tried++;
    }
    assert_in_range(tried, 40, 47); /* 24 tallies, 22 of them also by incomplete dates; some happen to nobody */
    report_all(&w, NULL);
    assert_true(same_figures(w.whole, w.bureau, true));
    free(r.at);
    end_world(&w);
}

static void corrected_figures_replace_the_earlier_ones_and_both_can_be_seen(void **state) {
    world w;
    char known[32];
    static const int days[] = {20011231, 20030228, 20051130, 20071231};
    char *before[COUNT(days)][COUNT(tiers)];
    begin_world(&w, *state, 5);
    report_all(&w, NULL);
    for (size_t d = 0; d < COUNT(days); d++)
        for (size_t t = 0; t < COUNT(tiers); t++)
            before[d][t] = text_of(w.bureau, tiers[t], days[d], NULL);
    snprintf(known, sizeof known, "#%" PRIu64, info_of(w.bureau->store).entries);
    change_people(&w);
    say_people(&w, PEOPLE, PEOPLE + 10);
    say_register(&w, "population", "{'area':'110105001003','year':2002,'residents':77}");
    assert_true(report_all(&w, NULL) > 0);
    assert_true(same_figures(w.whole, w.bureau, true));
    assert_int_equal(verify_findings(w.bureau->store), 0);
    for (size_t d = 0; d < COUNT(days); d++)
        for (size_t t = 0; t < COUNT(tiers); t++) {
            char *now = text_of(w.bureau, tiers[t], days[d], NULL);
            char *then = text_of(w.bureau, tiers[t], days[d], known);
            assert_string_equal(then, before[d][t]);
            assert_string_not_equal(now, before[d][t]);
            free(now);
            free(then);
            free(before[d][t]);
        }
    end_world(&w);
}

static void what_is_reported_again_adds_nothing(void **state) {
    world w;
    begin_world(&w, *state, 6);
    assert_true(report_all(&w, NULL) > 0);
    uint64_t entries = info_of(w.bureau->store).entries;
    assert_int_equal(report_all(&w, NULL), 0);
    assert_int_equal(info_of(w.bureau->store).entries, entries);
    end_world(&w);
}

static int newest_month(const report *r) {
    int newest = 0;
    for (size_t i = 0; i < r->count; i++) {
        const char *last = strrchr(hr_record_text(&r->at[i], FG_CHANGES), ' ');
        int month = (int)strtol(last ? last : hr_record_text(&r->at[i], FG_CHANGES), NULL, 10);
        newest = month > newest ? month : newest;
    }
    return newest;
}

static void nothing_of_later_days_is_reported(void **state) {
    world w;
    begin_world(&w, *state, 16);
    report early = collect(&w.station[0], 20020228), late = collect(&w.station[0], UNTIL);
    assert_in_range(newest_month(&early), 200101, 200202);
    assert_in_range(newest_month(&late), 200701, 200712);
    free(early.at);
    free(late.at);
    end_world(&w);
}

static void a_station_that_sends_persons_from_now_on_has_no_figures_left(void **state) {
    world w;
    uint64_t changed = 0;
    char id[2 * HR_STORE_ID_SIZE + 1];
    begin_world(&w, *state, 7);
    fixture *fresh = copy_of(w.bureau);
    report_all(&w, NULL);
    for (int i = 0; i < STATIONS; i++) {
        assert_status(w.bureau->store, HR_OK, hr_enter(w.bureau->store));
        hr_status status = hr_figures_clear(w.bureau->store, id_of(&w.station[i], id), &changed);
        assert_status(w.bureau->store, HR_OK, hr_leave(w.bureau->store, status));
        assert_true(changed > 0);
    }
    assert_true(same_figures(fresh, w.bureau, true));
    assert_true(same_on(fresh, w.bureau, 20030514, true)); /* any day will do again */
    assert_int_equal(verify_findings(w.bureau->store), 0);
    uint64_t entries = info_of(w.bureau->store).entries;
    assert_status(w.bureau->store, HR_OK, hr_enter(w.bureau->store));
    hr_status status = hr_figures_clear(w.bureau->store, "00000000000000000000000000000000", &changed);
    assert_status(w.bureau->store, HR_OK, hr_leave(w.bureau->store, status));
    assert_int_equal(info_of(w.bureau->store).entries, entries); /* whoever never reported */
    remove_fixture(fresh);
    end_world(&w);
}

/* A district holds the persons of one station and the figures of another, and reports both together. */
static void a_bureau_reports_persons_and_figures_together(void **state) {
    world w;
    fixture district = {.next_path = 0};
    begin_world(&w, *state, 8);
    make_station(&district, w.whole, "110105");
    report_to(&w.station[0], &district, station_areas[0], UNTIL, NULL);
    report_to(&w.station[1], &district, station_areas[1], UNTIL, NULL);
    report_to(&district, w.bureau, "110105", UNTIL, NULL);
    report_to(&w.station[2], w.bureau, "110108", UNTIL, NULL);
    assert_true(same_figures(w.whole, w.bureau, true));
    put_ok(&district, "resident", "{'name':'居民','sex':1,'birth_date':'1930-05-05','area':'110105002001'}");
    put_ok(w.whole, "resident", "{'name':'居民','sex':1,'birth_date':'1930-05-05','area':'110105002001'}");
    assert_false(same_figures(w.whole, w.bureau, false));
    report_to(&district, w.bureau, "110105", UNTIL, NULL);
    assert_true(same_figures(w.whole, w.bureau, true));
    assert_int_equal(verify_findings(w.bureau->store), 0);
    close_store(&district);
    end_world(&w);
}

static void a_call_of_nobody_known_counts_where_the_station_is(void **state) {
    world w;
    begin_world(&w, *state, 9);
    raise_call(&w.station[0], "NOBODYS", "2002-05-05 10:00:00", "2002-05-05 10:00:30");
    report_to(&w.station[0], w.bureau, station_areas[0], UNTIL, NULL);
    static const char *const areas[] = {"11", "110105", "110105001"};
    for (size_t i = 0; i < COUNT(areas); i++) {
        int64_t there = figure_of(w.station[0].store, "110105001", "call_response", 20020630).denominator;
        assert_int_equal(figure_of(w.bureau->store, areas[i], "call_response", 20020630).denominator, there);
    }
    int64_t within = 0;
    for (int i = 0; i < 3; i++)
        within += figure_of(w.bureau->store, committees[0][i], "call_response", 20020630).denominator;
    assert_int_equal(figure_of(w.bureau->store, "110105001", "call_response", 20020630).denominator, within + 1);
    end_world(&w);
}

/* ---- other days ---- */

static hr_status rates_status(fixture *f, const char *within, const char *by, int day, const char *known) {
    hr_rates_options options;
    hr_cursor *rows = NULL;
    hr_rates_options_init(&options);
    options.within = within;
    options.by = by;
    options.as_of = day;
    options.known_at = known;
    hr_status status = hr_rates(f->store, &options, &rows);
    hr_cursor_free(rows);
    return status;
}

static hr_status trend_status(fixture *f, const char *within, int from, int to) {
    hr_trend_options options;
    hr_cursor *rows = NULL;
    hr_trend_options_init(&options);
    options.within = within;
    options.indicators = "resident_files";
    options.every = "month";
    options.from = from;
    options.to = to;
    hr_status status = hr_trend(f->store, &options, &rows);
    hr_cursor_free(rows);
    return status;
}

static void other_days_than_months_ends_are_refused_where_figures_were_reported(void **state) {
    world w;
    char known[32];
    begin_world(&w, *state, 10);
    fixture *b = w.bureau;
    snprintf(known, sizeof known, "#%" PRIu64, info_of(b->store).entries);
    report_to(&w.station[0], b, station_areas[0], 20060228, NULL);
    static const char *const concerned[] = {NULL, "11", "110105", "110105001", "110105001002"};
    for (size_t i = 0; i < COUNT(concerned); i++) {
        assert_status(b->store, HR_INVALID, rates_status(b, concerned[i], NULL, 20040315, NULL));
        assert_text_has(hr_error(b->store), "2004-02-29");
        assert_text_has(hr_error(b->store), "2004-03-31");
        assert_status(b->store, HR_INVALID, rates_status(b, concerned[i], NULL, 20060331, NULL));
        assert_text_has(hr_error(b->store), "2006-02-28");
        assert_status(b->store, HR_OK, rates_status(b, concerned[i], NULL, 20060228, NULL));
        assert_status(b->store, HR_OK, rates_status(b, concerned[i], NULL, 20040229, NULL));
        assert_status(b->store, HR_INVALID, rates_status(b, concerned[i], NULL, 20040228, NULL));
        assert_status(b->store, HR_OK, rates_status(b, concerned[i], NULL, 20040315, known));
        assert_status(b->store, HR_OK, trend_status(b, concerned[i], 20030115, 20050331));
        assert_status(b->store, HR_INVALID, trend_status(b, concerned[i], 20030115, 20050330));
        assert_status(b->store, HR_INVALID, trend_status(b, concerned[i], 20030115, 20060331));
    }
    assert_status(b->store, HR_INVALID, rates_status(b, NULL, "street", 20040315, NULL));
    assert_status(b->store, HR_INVALID, rates_status(b, NULL, "committee", 20040115, NULL));
    assert_text_has(hr_error(b->store), "2003-12-31");
    assert_status(b->store, HR_OK, rates_status(b, "110105002", "committee", 20040315, NULL));
    assert_status(b->store, HR_OK, rates_status(b, "110108", NULL, 20060331, NULL));
    assert_status(b->store, HR_OK, trend_status(b, "110108", 20030115, 20070711));
    end_world(&w);
}

static void a_bureau_reports_no_further_than_its_stations_did(void **state) {
    world w;
    fixture district = {.next_path = 0};
    report r = new_report();
    static const int refused[] = {20060331, 20050330, 20050300, 0, 29991231};
    begin_world(&w, *state, 12);
    make_station(&district, w.whole, "110105");
    report_to(&w.station[0], &district, station_areas[0], 20060228, NULL);
    for (size_t i = 0; i < COUNT(refused); i++) {
        assert_status(district.store, HR_OK, hr_read_begin(district.store));
        assert_status(district.store, HR_INVALID, hr_figures_collect(district.store, refused[i], keep_row, &r));
        hr_read_end(district.store);
    }
    assert_int_equal(r.count, 0);
    free(r.at);
    report_to(&district, w.bureau, "110105", 20060228, NULL);
    close_store(&district);
    end_world(&w);
}

/* ---- what makes no sense ---- */

static hr_status keep_one(fixture *f, int64_t area, const char *tally, int64_t decade, const char *changes,
                          bool twice) {
    static const char station[] = "0123456789abcdef0123456789abcdef";
    uint64_t changed;
    report r = {1, malloc(2 * sizeof *r.at)};
    assert_non_null(r.at);
    hr_record_clear(&r.at[0], &hr_form_figures);
    hr_record_set_number(&r.at[0], FG_AREA, area);
    hr_record_set_number(&r.at[0], FG_DECADE, decade);
    assert_int_equal(hr_record_set_text(&r.at[0], &f->store->err, FG_TALLY, tally), HR_OK);
    if (changes)
        assert_int_equal(hr_record_set_text(&r.at[0], &f->store->err, FG_CHANGES, changes), HR_OK);
    hr_record_copy(&r.at[1], &r.at[0]);
    r.count += twice;
    hr_status status = keep(f, station, 110105, UNTIL, &r, NULL, &changed);
    free(r.at);
    return status;
}

static void what_has_always_been_is_corrected_from_the_first_month_on(void **state) {
    fixture *f = *state;
    hr_cursor *rows = NULL;
    assert_status(f->store, HR_OK, keep_one(f, 110105001001, "files_partial", 0, "000000+3", false));
    assert_status(f->store, HR_OK, keep_one(f, 110105001001, "files_partial", 0, "000000+5", false));
    assert_status(f->store, HR_OK, hr_conflicts(f->store, &rows));
    assert_status(f->store, HR_OK, hr_cursor_next(rows));
    assert_string_equal(hr_cursor_text(rows, column_named(rows, "field")), "files_partial");
    assert_string_equal(hr_cursor_text(rows, column_named(rows, "field_name")), "always files_partial");
    assert_string_equal(hr_cursor_text(rows, column_named(rows, "value")), "5");
    assert_string_equal(hr_cursor_text(rows, column_named(rows, "other_value")), "3");
    assert_status(f->store, HR_END, hr_cursor_next(rows));
    hr_cursor_free(rows);
    assert_int_equal(verify_findings(f->store), 0);
}

static void figures_that_make_no_sense_are_refused_and_change_nothing(void **state) {
    static const struct {
        int64_t area;
        const char *tally;
        int64_t decade;
        const char *changes;
    } wrong[] = {
        {110108001001, "files", 2000, "200301+3"},      /* another station's area */
        {11, "files", 2000, "200301+3"},                /* above its own */
        {110105777001, "files", 2000, "200301+3"},      /* nobody knows it */
        {110105001001, "population", 2000, "200301+3"}, /* follows from registers */
        {110105001001, "stations", 2000, "200301+3"},
        {110105001001, "calls_partial", 2000, "200301+3"},
        {110105001001, "Files", 2000, "200301+3"},
        {110105001001, "", 2000, "200301+3"},
        {110105001001, "files_partial_partial", 2000, "200301+3"},
        {110105001001, "files", 2001, "200301+3"},
        {110105001001, "files", 1990, "200301+3"},
        {110105001001, "files", 2010, "200301+3"},
        {110105001001, "files", 0, "200301+3"},
        {110105001001, "files", 2000, "000000+3"},
        {110105001001, "files", 0, "000005+3"},
        {110105001001, "files", 0, "000000+3 000000+4"},
        {110105001001, "files", 1840, "184501+3"},
        {110105001001, "files", 2000, NULL},
        {110105001001, "files", 2000, "200300+3"},
        {110105001001, "files", 2000, "200313+3"},
        {110105001001, "files", 2000, "200301+0"},
        {110105001001, "files", 2000, "200301+03"},
        {110105001001, "files", 2000, "200301+"},
        {110105001001, "files", 2000, "200301 3"},
        {110105001001, "files", 2000, "2003013"},
        {110105001001, "files", 2000, "20031+3"},
        {110105001001, "files", 2000, "200301+3 "},
        {110105001001, "files", 2000, " 200301+3"},
        {110105001001, "files", 2000, "200301+3  200302+3"},
        {110105001001, "files", 2000, "200301+3,200302+3"},
        {110105001001, "files", 2000, "200301+3 200301+3"},
        {110105001001, "files", 2000, "200302+3 200301+3"},
        {110105001001, "files", 2000, "200301+100000001"},
        {110105001001, "files", 2000, "200301+4294967297"},
        {110105001001, "files", 2000, "200301-1"}, /* less than nobody */
        {110105001001, "files", 2000, "200301+3 200302-4 200303+9"},
    };
    fixture *f = *state;
    uint64_t entries = info_of(f->store).entries;
    for (size_t i = 0; i < COUNT(wrong); i++) {
        hr_status status = keep_one(f, wrong[i].area, wrong[i].tally, wrong[i].decade, wrong[i].changes, false);
        if (status != HR_INVALID)
            print_error("%s: %s\n", wrong[i].tally, wrong[i].changes ? wrong[i].changes : "nothing");
        assert_status(f->store, HR_INVALID, status);
    }
    assert_status(f->store, HR_INVALID, keep_one(f, 110105001001, "files", 2000, "200301+3", true));
    static const struct {
        int64_t area;
        int until;
    } headings[] = {{110105, 20030130}, {110105, 20030100}, {110105, 29991231}, {110177, 20030131}};
    report none = {.count = 0};
    for (size_t i = 0; i < COUNT(headings); i++) {
        uint64_t changed;
        assert_status(
            f->store, HR_INVALID,
            keep(f, "0123456789abcdef0123456789abcdef", headings[i].area, headings[i].until, &none, NULL, &changed));
    }
    assert_int_equal(info_of(f->store).entries, entries);
    assert_status(f->store, HR_OK, rates_status(f, NULL, NULL, 20030315, NULL));
    assert_status(f->store, HR_OK, keep_one(f, 110105001001, "files", 2000, "200301+3 200302-3", false));
    assert_status(f->store, HR_OK, keep_one(f, 110105001001, "files_partial", 0, "000000+100000000", false));
    assert_int_equal(verify_findings(f->store), 0);
}

static void nobody_puts_figures_by_hand(void **state) {
    fixture *f = *state;
    put_refused(f, "figures",
                "{'station':'0123456789abcdef0123456789abcdef','area':'110105001001','tally':'files','decade':2000,"
                "'changes':'200301+3'}");
    put_refused(f, "reporting",
                "{'station':'0123456789abcdef0123456789abcdef','area':'110105001','until':'2003-01-31'}");
}

/* ---- verification, and what counts anew ---- */

static void verify_finds_reported_figures_and_tallies_that_were_changed(void **state) {
    static const char *const changes[] = {
        "UPDATE main.register SET state = replace(state, '+1', '+2')\n"
        "WHERE key = (SELECT min(key) FROM main.register WHERE kind = 'figures' AND state LIKE '%+1%')",
        "DELETE FROM main.register\n"
        "WHERE key = (SELECT min(key) FROM main.register WHERE kind = 'figures')",
        "DELETE FROM main.register WHERE kind = 'reporting'",
        "UPDATE main.register SET state = replace(state, '20071231', '20080131') WHERE kind = 'reporting'",
        "DELETE FROM main.tally_year WHERE place = 1101050010012003;\n"
        "DELETE FROM main.tally_day WHERE place = 1101050010012003",
        "DELETE FROM main.tally_year WHERE place = 1101050010010000",
    };
    world w;
    begin_world(&w, *state, 13);
    report_to(&w.station[0], w.bureau, station_areas[0], UNTIL, NULL);
    assert_int_equal(verify_findings(w.bureau->store), 0);
    for (size_t i = 0; i < COUNT(changes); i++) {
        fixture *copy = copy_of(w.bureau);
        raw_tamper(copy, changes[i]);
        reopen(copy, HR_LANGUAGE_EN);
        if (verify_findings(copy->store) == 0)
            fail_msg("nothing was found after: %s", changes[i]);
        remove_fixture(copy);
    }
    end_world(&w);
}

static void what_is_counted_anew_counts_reported_figures(void **state) {
    world w;
    begin_world(&w, *state, 14);
    report_all(&w, NULL);
    assert_status(w.bureau->store, HR_OK, hr_enter(w.bureau->store));
    hr_status status = hr_ledger_refill(w.bureau->store);
    assert_status(w.bureau->store, HR_OK, hr_leave(w.bureau->store, status));
    assert_true(same_figures(w.whole, w.bureau, true));
    assert_int_equal(verify_findings(w.bureau->store), 0);
    end_world(&w);
}

/* The copy is told of corrections; merging brings them back, in place of the earlier figures. */
static void reported_figures_are_merged_like_any_register(void **state) {
    world w;
    hr_merge_options options;
    hr_merge_result result;
    begin_world(&w, *state, 15);
    report_all(&w, NULL);
    close_store(w.bureau);
    fixture *copy = copy_of(w.bureau);
    char backup[PATH_SIZE];
    join_path(backup, copy->folder, "moved.hrs");
    close_store(copy);
    copy_folder(w.bureau->path, backup);
    memcpy(copy->path, backup, sizeof backup);
    reopen(copy, HR_LANGUAGE_EN);
    reopen(w.bureau, HR_LANGUAGE_EN);
    change_people(&w);
    for (int i = 0; i < STATIONS; i++)
        report_to(&w.station[i], copy, station_areas[i], UNTIL, NULL);
    assert_false(same_figures(w.whole, w.bureau, false));
    hr_merge_options_init(&options);
    options.passphrase = PASSPHRASE;
    hr_merge_result_init(&result);
    close_store(copy);
    assert_status(w.bureau->store, HR_OK, hr_merge(w.bureau->store, copy->path, &options, &result));
    assert_true(result.entries > 0);
    assert_true(same_figures(w.whole, w.bureau, true));
    assert_int_equal(verify_findings(w.bureau->store), 0);
    free(copy);
    end_world(&w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(reported_figures_are_those_of_the_persons_at_the_end_of_every_month),
        TEST(so_they_are_of_other_persons),
        TEST(a_tally_that_is_left_out_would_be_noticed),
        TEST(a_register_that_changes_afterwards_counts_reported_residents_too),
        TEST(corrected_figures_replace_the_earlier_ones_and_both_can_be_seen),
        TEST(what_is_reported_again_adds_nothing),
        TEST(nothing_of_later_days_is_reported),
        TEST(a_station_that_sends_persons_from_now_on_has_no_figures_left),
        TEST(a_bureau_reports_persons_and_figures_together),
        TEST(a_call_of_nobody_known_counts_where_the_station_is),
        TEST(other_days_than_months_ends_are_refused_where_figures_were_reported),
        TEST(a_bureau_reports_no_further_than_its_stations_did),
        TEST(what_has_always_been_is_corrected_from_the_first_month_on),
        TEST(figures_that_make_no_sense_are_refused_and_change_nothing),
        TEST(nobody_puts_figures_by_hand),
        TEST(verify_finds_reported_figures_and_tallies_that_were_changed),
        TEST(what_is_counted_anew_counts_reported_figures),
        TEST(reported_figures_are_merged_like_any_register),
    };
    return cmocka_run_group_tests_name("figures", tests, make_sample, remove_sample);
}
