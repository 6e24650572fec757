/* What stations report otherwise than before: that the later figure counts, that the earlier one is still seen as it
 * was known, and that conflicts lists both, apart from what is left to decide.
 *
 * A city's bureau, a district's, and two stations are made once; tests work on copies. The clock is this program's, so
 * that no two statements fall into one millisecond. */
#include "raw.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* ---- clock ---- */

enum { SECOND = 1000 };
static int64_t wall_ms; /* 0: the true time */

int clock_gettime(clockid_t clock, struct timespec *out) {
    int code = (int)syscall(SYS_clock_gettime, clock, out);
    if (clock == CLOCK_REALTIME && wall_ms) {
        out->tv_sec = (time_t)(wall_ms / 1000);
        out->tv_nsec = (long)(wall_ms % 1000 * 1000000);
    }
    return code;
}

static void start_clock(void) {
    struct timespec now;
    wall_ms = 0;
    clock_gettime(CLOCK_REALTIME, &now);
    wall_ms = (int64_t)now.tv_sec * 1000;
}

/* ---- the world ---- */

enum { CITY, DISTRICT, FIRST, OTHER, STORES, COPY = STORES };
static const struct {
    const char *folder, *area, *name;
    int bureau, above;
} kinds[STORES] = {{"city.hrs", "11", "市卫生局", 1, -1},
                   {"district.hrs", "110105", "朝阳区卫生局", 1, CITY},
                   {"first.hrs", "110105001", "第一站", 0, DISTRICT},
                   {"second.hrs", "110105002", "第二站", 0, DISTRICT}};

typedef struct world {
    char folder[PATH_SIZE];
    fixture at[STORES + 1]; /* and a copy of one of them */
    char id[STORES][HR_STORE_ID_TEXT_SIZE];
    unsigned files;
} world;

static hr_store *store_of(world *w, int which) {
    return w->at[which].store;
}

static void open_one(world *w, int which) {
    fixture *f = &w->at[which];
    f->store = new_handle(HR_LANGUAGE_EN);
    assert_status(f->store, HR_OK, open_with_key(f->store, f->path, f->recovery));
}

static void make_one(world *w, int which) {
    hr_create_options o;
    fixture *f = &w->at[which];
    f->store = new_handle(HR_LANGUAGE_EN);
    assert_status(f->store, HR_OK, hr_recovery_key_new(f->store, f->recovery));
    hr_create_options_init(&o);
    o.area = kinds[which].area;
    o.name = kinds[which].name;
    o.passphrase = PASSPHRASE;
    o.recovery_key = f->recovery;
    o.kdf_ops = 3;
    o.kdf_mib = 64;
    o.bureau = kinds[which].bureau;
    join_path(f->path, w->folder, kinds[which].folder);
    assert_status(f->store, HR_OK, hr_store_create(f->store, f->path, &o));
    close_store(f);
    open_one(w, which); /* the recovery key was used once, so no copy writes that down */
}

/* `which` takes `other` as a peer. */
static void pin(world *w, int which, int other) {
    char *text = NULL;
    hr_public_info info;
    hr_public_info_init(&info);
    assert_status(store_of(w, other), HR_OK, hr_public_file(store_of(w, other), 0, &text));
    assert_status(store_of(w, other), HR_OK, hr_public_file_read(store_of(w, other), text, &info));
    assert_status(store_of(w, which), HR_OK, hr_peer_add(store_of(w, which), text, info.fingerprint, NULL));
    memcpy(w->id[other], info.id, sizeof w->id[other]);
    hr_free(text);
}

static char *file_named(world *w, char out[PATH_SIZE]) {
    char name[32];
    snprintf(name, sizeof name, "%03u.age", w->files++);
    join_path(out, w->folder, name);
    return out;
}

static void give_linkage(world *w, int which) {
    char file[PATH_SIZE];
    int above = kinds[which].above;
    assert_status(store_of(w, above), HR_OK,
                  hr_linkage_issue(store_of(w, above), 2026, w->id[which], file_named(w, file)));
    assert_status(store_of(w, which), HR_OK, hr_receive(store_of(w, which), file, NULL, NULL));
}

static void name_areas(world *w) {
    static const char *const areas[] = {"110105",       "110105001",    "110105002",
                                        "110105001001", "110105001002", "110105002001"};
    for (int i = 0; i < STORES; i++)
        for (size_t a = 0; a < sizeof areas / sizeof *areas; a++)
            if (strncmp(areas[a], kinds[i].area, strlen(kinds[i].area)) == 0)
                put_ok(&w->at[i], "area", "{'area':'%s','name':'区划%s'}", areas[a], areas[a]);
}

static int make_world(void **state) {
    world *w = calloc(1, sizeof *w);
    if (!w)
        return -1;
    start_clock();
    make_folder(w->folder, NULL);
    for (int i = 0; i < STORES; i++)
        make_one(w, i);
    for (int i = DISTRICT; i < STORES; i++) {
        pin(w, i, kinds[i].above);
        pin(w, kinds[i].above, i);
    }
    name_areas(w);
    for (int i = DISTRICT; i < STORES; i++)
        give_linkage(w, i);
    for (int i = 0; i < STORES; i++)
        close_store(&w->at[i]);
    *state = w;
    return 0;
}

static int remove_world(void **state) {
    world *w = *state;
    wall_ms = 0;
    for (int i = 0; i <= STORES; i++)
        hr_store_free(store_of(w, i));
    remove_tree(w->folder);
    free(w);
    return 0;
}

static void copy_one(const fixture *from, const char *folder, const char *name, fixture *out) {
    join_path(out->path, folder, name);
    memcpy(out->folder, folder, PATH_SIZE);
    memcpy(out->recovery, from->recovery, sizeof out->recovery);
    copy_folder(from->path, out->path);
}

static int copy_world(void **state) {
    const world *from = *state;
    world *w = calloc(1, sizeof *w);
    if (!w)
        return -1;
    start_clock();
    make_folder(w->folder, from->folder);
    memcpy(w->id, from->id, sizeof w->id);
    for (int i = 0; i < STORES; i++) {
        copy_one(&from->at[i], w->folder, kinds[i].folder, &w->at[i]);
        open_one(w, i);
    }
    *state = w;
    return 0;
}
#define CASE(name) cmocka_unit_test_setup_teardown(name, copy_world, remove_world)

/* w->at[COPY] becomes a copy of a store. */
static fixture *copy_store(world *w, int which) {
    close_store(&w->at[which]);
    copy_one(&w->at[which], w->folder, "copy.hrs", &w->at[COPY]);
    open_one(w, which);
    open_one(w, COPY);
    return &w->at[COPY];
}

/* ---- saying and reporting ---- */

static char id[ID_SIZE]; /* the resident's */

static int64_t say(world *w, int station, const char *area, const char *more) {
    wall_ms += SECOND;
    return put_ok(&w->at[station], "resident", "{'id_number':'%s','name':'余淑喜','area':'%s'%s}", id, area, more);
}

static int64_t care(world *w, int station, int64_t resident, const char *form, const char *json) {
    int64_t seq = 0;
    char text[512];
    snprintf(text, sizeof text, "%s", json);
    quote_json(text);
    wall_ms += SECOND;
    assert_status(store_of(w, station), HR_OK,
                  hr_entry_add(store_of(w, station), resident, form, text, NULL, &seq, NULL));
    return seq;
}

/* json NULL: withdraws. */
static int64_t correct(world *w, int station, int64_t entry, const char *json) {
    int64_t seq = 0;
    char text[512];
    hr_entry_options o;
    hr_entry_options_init(&o);
    o.why = "误录";
    snprintf(text, sizeof text, "%s", json ? json : "");
    quote_json(text);
    wall_ms += SECOND;
    assert_status(store_of(w, station), HR_OK,
                  hr_entry_amend(store_of(w, station), entry, json ? text : NULL, &o, &seq));
    return seq;
}

static void export_from(world *w, int from, const char *level, char file[PATH_SIZE]) {
    hr_export_options o;
    hr_export_options_init(&o);
    o.to = w->id[kinds[from].above];
    o.level = level;
    wall_ms += SECOND;
    assert_status(store_of(w, from), HR_OK, hr_export(store_of(w, from), file_named(w, file), &o, NULL));
}

static uint64_t receive_at(world *w, int which, const char *file) {
    char receipt[PATH_SIZE];
    hr_receive_options o;
    hr_receive_result result;
    hr_receive_options_init(&o);
    hr_receive_result_init(&result);
    o.receipt = file_named(w, receipt);
    wall_ms += SECOND;
    assert_status(store_of(w, which), HR_OK, hr_receive(store_of(w, which), file, &o, &result));
    assert_int_equal(verify_findings(store_of(w, which)), 0);
    return result.conflicts;
}

/* How many conflicts the bureau above noted. */
static uint64_t report(world *w, int from, const char *level) {
    char file[PATH_SIZE];
    export_from(w, from, level, file);
    return receive_at(w, kinds[from].above, file);
}

/* ---- what is listed ---- */

static const char *cell(hr_cursor *rows, const char *name) {
    return hr_cursor_text(rows, column_named(rows, name));
}

/* "what area field (field name): value / other value, by author" of each row, parted by line ends. For free(). */
static char *listed(hr_store *store) {
    char *text = NULL;
    size_t size = 0;
    hr_cursor *rows = NULL;
    hr_status status;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    assert_status(store, HR_OK, hr_conflicts(store, &rows));
    while ((status = hr_cursor_next(rows)) == HR_OK) {
        fprintf(out, "%s%s %s (%s): %s / %s, by %s\n", cell(rows, "what"), cell(rows, "area"), cell(rows, "field"),
                cell(rows, "field_name"), cell(rows, "value"), cell(rows, "other_value"), cell(rows, "author"));
        assert_int_equal(strlen(cell(rows, "said")), 20);
        assert_true(*cell(rows, "area") || strcmp(cell(rows, "said"), cell(rows, "other_said")) > 0);
        assert_true(*cell(rows, "area") || hr_cursor_integer(rows, column_named(rows, "resident")) > 0);
    }
    assert_status(store, HR_END, status);
    hr_cursor_free(rows);
    fclose(out);
    return text;
}

static void assert_listed_at(world *w, int which, const char *want, int line) {
    char *got = listed(store_of(w, which));
    if (strcmp(got, want) != 0) {
        print_error("listed is\n%sinstead of\n%s", got, want);
        _fail(__FILE__, line);
    }
    free(got);
}
#define assert_listed(w, which, want) assert_listed_at((w), (which), (want), __LINE__)

/* Files of a committee, as known at an entry of the bureau's log; 0: now. */
static int64_t files_of(world *w, int which, const char *area, int32_t as_of, uint64_t known) {
    char at[32];
    hr_rates_options o;
    hr_cursor *rows = NULL;
    hr_rates_options_init(&o);
    o.within = area;
    o.as_of = as_of;
    o.indicators = "resident_files";
    snprintf(at, sizeof at, "#%" PRIu64, known);
    o.known_at = known ? at : NULL;
    assert_status(store_of(w, which), HR_OK, hr_rates(store_of(w, which), &o, &rows));
    assert_status(store_of(w, which), HR_OK, hr_cursor_next(rows));
    int64_t files = hr_cursor_integer(rows, column_named(rows, "numerator"));
    hr_cursor_free(rows);
    return files;
}

/* ---- persons ---- */

static void what_a_station_corrects_replaces_the_earlier_and_both_are_listed(void **state) {
    world *w = *state;
    id_number(id, 110105, 19320603, 74);
    int64_t who = say(w, FIRST, "110105001001", ",'file_opened':'2003-05-01'");
    assert_int_equal(report(w, FIRST, "persons"), 0);
    assert_listed(w, DISTRICT, "");
    uint64_t first = info_of(store_of(w, DISTRICT)).entries;
    wall_ms += SECOND;
    amend_ok(&w->at[FIRST], who, "{'file_opened':'2003-02-01'}");
    assert_int_equal(report(w, FIRST, "persons"), 0);
    assert_listed(w, DISTRICT, "corrected file_opened (file opened): 2003-02-01 / 2003-05-01, by 第一站\n");
    uint64_t second = info_of(store_of(w, DISTRICT)).entries;
    wall_ms += SECOND;
    amend_ok(&w->at[FIRST], who, "{'file_opened':'2003-06-01'}");
    assert_int_equal(report(w, FIRST, "persons"), 0);
    assert_listed(w, DISTRICT,
                  "corrected file_opened (file opened): 2003-02-01 / 2003-05-01, by 第一站\n"
                  "corrected file_opened (file opened): 2003-06-01 / 2003-02-01, by 第一站\n");
    assert_int_equal(files_of(w, DISTRICT, "110105001001", 20030531, first), 1);
    assert_int_equal(files_of(w, DISTRICT, "110105001001", 20030331, first), 0);
    assert_int_equal(files_of(w, DISTRICT, "110105001001", 20030331, second), 1);
    assert_int_equal(files_of(w, DISTRICT, "110105001001", 20030531, 0), 0);
    assert_int_equal(files_of(w, DISTRICT, "110105001001", 20030630, 0), 1);
}

static void what_the_city_is_told_anew_it_lists_as_the_districts(void **state) {
    world *w = *state;
    id_number(id, 110105, 19320603, 74);
    int64_t who = say(w, FIRST, "110105001001", ",'file_opened':'2003-05-01'");
    report(w, FIRST, "persons");
    report(w, DISTRICT, "persons");
    wall_ms += SECOND;
    amend_ok(&w->at[FIRST], who, "{'file_opened':'2003-02-01'}");
    report(w, FIRST, "persons");
    assert_int_equal(report(w, DISTRICT, "persons"), 0);
    assert_listed(w, CITY, "corrected file_opened (file opened): 2003-02-01 / 2003-05-01, by 朝阳区卫生局\n");
}

static void a_value_that_two_stations_give_is_a_conflict_and_no_correction(void **state) {
    world *w = *state;
    id_number(id, 110105, 19320603, 74);
    say(w, FIRST, "110105001001", ",'file_opened':'2003-05-01'");
    say(w, OTHER, "110105002001", ",'moved_in':'2004-02-03','file_opened':'2003-06-01'");
    report(w, FIRST, "persons");
    assert_int_equal(report(w, OTHER, "persons"), 1);
    assert_listed(w, DISTRICT, "field file_opened (file opened): 2003-06-01 / 2003-05-01, by 第二站\n");
    say(w, OTHER, "110105002001", ",'file_opened':'2003-06-02'");
    assert_int_equal(report(w, OTHER, "persons"), 1); /* it knows as little of the other's value as before */
    assert_listed(w, DISTRICT,
                  "field file_opened (file opened): 2003-06-02 / 2003-05-01, by 第二站\n"
                  "corrected file_opened (file opened): 2003-06-02 / 2003-06-01, by 第二站\n");
}

/* What is said for the first time, another event, or the same once more, corrects nothing. */
static void what_is_new_is_no_correction(void **state) {
    world *w = *state;
    id_number(id, 110105, 19320603, 74);
    say(w, FIRST, "110105001001", ",'moved_in':'2001-03-04','home_bed_opened':'2003-01-02'");
    report(w, FIRST, "persons");
    say(w, FIRST, "110105001001", ",'home_bed_opened':'2003-01-02','home_bed_closed':'2003-02-03','hardship':'no'");
    report(w, FIRST, "persons");
    say(w, FIRST, "110105001001", ",'home_bed_opened':'2003-05-02'");
    report(w, FIRST, "persons");
    say(w, FIRST, "110105001001", ",'home_bed_opened':'2003-05-02','home_bed_closed':'2003-06-07'");
    say(w, FIRST, "110105001002", ",'moved_in':'2004-05-06'");
    report(w, FIRST, "persons");
    say(w, FIRST, "110105001002", ",'hardship':'yes'");
    say(w, FIRST, "110105001002", ",'hardship':'no'");
    report(w, FIRST, "persons");
    assert_listed(w, DISTRICT, "");
}

static void an_event_is_corrected_where_its_day_is_the_same(void **state) {
    world *w = *state;
    id_number(id, 110105, 19320603, 74);
    int64_t who = say(w, FIRST, "110105001001",
                      ",'moved_in':'2001-03-04','home_bed_opened':'2003-01-02','home_bed_closed':'2003-02-03'");
    report(w, FIRST, "persons");
    say(w, FIRST, "110105001001", ",'home_bed_opened':'2003-05-02'");
    report(w, FIRST, "persons");
    assert_listed(w, DISTRICT, "");
    say(w, FIRST, "110105001001", ",'home_bed_opened':'2003-01-02','home_bed_closed':'2003-02-04'"); /* the first one */
    report(w, FIRST, "persons");
    assert_listed(w, DISTRICT, "corrected home_bed_closed (home bed closed): 2003-02-04 / 2003-02-03, by 第一站\n");
    wall_ms += SECOND;
    amend_ok(&w->at[FIRST], who, "{'area':'110105001002'}"); /* he lived there all the time */
    report(w, FIRST, "persons");
    assert_listed(w, DISTRICT,
                  "corrected home_bed_closed (home bed closed): 2003-02-04 / 2003-02-03, by 第一站\n"
                  "corrected area (area): 110105001002 / 110105001001, by 第一站\n");
}

static void entries_that_are_amended_or_withdrawn_are_corrections(void **state) {
    world *w = *state;
    id_number(id, 110105, 19320603, 74);
    int64_t who = say(w, FIRST, "110105001001", ",'file_opened':'2003-01-01'");
    int64_t note = care(w, FIRST, who, "encounter", "{'date':'2003-04-05','complaint':'咳嗽'}");
    int64_t bed = care(w, FIRST, who, "home_bed_open", "{'date':'2003-05-06'}");
    report(w, FIRST, "persons");
    correct(w, FIRST, bed, "{'date':'2003-05-07'}");
    correct(w, FIRST, note, NULL);
    int64_t other = care(w, FIRST, who, "encounter", "{'date':'2003-06-05','complaint':'咳嗽'}");
    correct(w, FIRST, other, NULL); /* that was never reported */
    assert_int_equal(report(w, FIRST, "persons"), 0);
    assert_listed(w, DISTRICT, "?");
}

/* ---- figures ---- */

static void reported_figures_that_change_are_listed_by_area_and_tally(void **state) {
    world *w = *state;
    id_number(id, 110105, 19620603, 74);
    int64_t who = say(w, FIRST, "110105001001", ",'moved_in':'2001-01-01','file_opened':'2003-05-10'");
    assert_int_equal(report(w, FIRST, "figures"), 0);
    assert_listed(w, DISTRICT, "");
    uint64_t first = info_of(store_of(w, DISTRICT)).entries;
    assert_int_equal(report(w, FIRST, "figures"), 0);
    assert_listed(w, DISTRICT, "");
    wall_ms += SECOND;
    amend_ok(&w->at[FIRST], who, "{'file_opened':'2003-02-10'}");
    assert_int_equal(report(w, FIRST, "figures"), 0);
    assert_listed(w, DISTRICT, "corrected110105001001 files (files 2003-02, 3 months): 1 / 0, by 第一站\n");
    assert_int_equal(files_of(w, DISTRICT, "110105001001", 20030228, first), 0);
    assert_int_equal(files_of(w, DISTRICT, "110105001001", 20030228, 0), 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(what_a_station_corrects_replaces_the_earlier_and_both_are_listed),
        CASE(what_the_city_is_told_anew_it_lists_as_the_districts),
        CASE(a_value_that_two_stations_give_is_a_conflict_and_no_correction),
        CASE(what_is_new_is_no_correction),
        CASE(an_event_is_corrected_where_its_day_is_the_same),
        CASE(entries_that_are_amended_or_withdrawn_are_corrections),
        CASE(reported_figures_that_change_are_listed_by_area_and_tally),
    };
    return cmocka_run_group_tests_name("corrections", tests, make_world, remove_world);
}
