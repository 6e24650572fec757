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

/* What day it is. */
time_t time(time_t *out) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (out)
        *out = now.tv_sec;
    return now.tv_sec;
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

static void give_linkage(world *w, int which, int year) {
    char file[PATH_SIZE];
    int above = kinds[which].above;
    assert_status(store_of(w, above), HR_OK,
                  hr_linkage_issue(store_of(w, above), year, w->id[which], file_named(w, file)));
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
        give_linkage(w, i, 2026);
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

static void a_new_years_token_is_no_other_name(void **state) {
    world *w = *state;
    id_number(id, 110105, 19320603, 74);
    int64_t who = say(w, FIRST, "110105001001", ",'file_opened':'2003-05-01'");
    say(w, OTHER, "110105002001", ",'moved_in':'2004-02-03'");
    report(w, FIRST, "persons");
    report(w, OTHER, "persons");
    for (int i = DISTRICT; i < STORES; i++)
        give_linkage(w, i, 2027);
    wall_ms += SECOND;
    amend_ok(&w->at[FIRST], who, "{'hardship':'no'}");
    assert_int_equal(report(w, FIRST, "persons"), 0);
    assert_listed(w, DISTRICT, "");
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
    int64_t visit = care(w, FIRST, who, "encounter", "{'date':'2003-04-05','plan':'多饮水'}");
    int64_t bed = care(w, FIRST, who, "home_bed_open", "{'date':'2003-05-06','diagnosis':'中风','doctor':'赵'}");
    report(w, FIRST, "persons");
    bed = correct(w, FIRST, bed, "{'date':'2003-05-08'}");
    correct(w, FIRST, bed, "{'date':'2003-05-07'}");
    visit = correct(w, FIRST, visit, "{'plan':'多休息'}"); /* which the bureau is not told */
    int64_t other = care(w, FIRST, who, "encounter", "{'date':'2003-06-05','plan':'多饮水'}");
    correct(w, FIRST, other, NULL); /* that was never reported */
    assert_int_equal(report(w, FIRST, "persons"), 0);
    assert_listed(w, DISTRICT,
                  "corrected  (home sickbed opened 2003-05-06): opening date: 2003-05-07 / opening date: 2003-05-06, "
                  "by 第一站\n");
    correct(w, FIRST, visit, NULL);
    assert_int_equal(report(w, FIRST, "persons"), 0);
    assert_listed(w, DISTRICT,
                  "corrected  (home sickbed opened 2003-05-06): opening date: 2003-05-07 / opening date: 2003-05-06, "
                  "by 第一站\n"
                  "corrected  (encounter 2003-04-05): withdrawn / , by 第一站\n");
}

static void amending_what_was_said_of_a_resident_is_one_correction(void **state) {
    world *w = *state;
    id_number(id, 110105, 19320603, 74);
    int64_t who = say(w, FIRST, "110105001001", ",'file_opened':'2003-01-01','hardship':'no'");
    report(w, FIRST, "persons");
    correct(w, FIRST, who, "{'file_opened':'2003-02-01','hardship':'yes','phone':'64990001'}");
    report(w, FIRST, "persons");
    assert_listed(w, DISTRICT,
                  "corrected  (resident): file opened: 2003-02-01; hardship: yes / file opened: 2003-01-01; hardship: "
                  "no, by 第一站\n");
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
    assert_listed(w, DISTRICT, "corrected110105001001 files (2003-02 files, 3 months): 1 / 0, by 第一站\n");
    assert_int_equal(files_of(w, DISTRICT, "110105001001", 20030228, first), 0);
    assert_int_equal(files_of(w, DISTRICT, "110105001001", 20030228, 0), 1);
}

/* The months are of one row, however many persons and years; what ended before stays as it was. */
static void a_restatement_of_years_is_one_row_for_each_tally(void **state) {
    enum { PEOPLE = 24 };
    world *w = *state;
    int64_t who[PEOPLE];
    for (int i = 0; i < PEOPLE; i++) {
        char more[160];
        id_number(id, 110105, 19620603, 74 + i);
        snprintf(more, sizeof more, ",'moved_in':'1970-01-01','file_opened':'%d-05-10','moved_out':'2004-07-08'",
                 1980 + i);
        who[i] = say(w, FIRST, i % 2 ? "110105001001" : "110105001002", more);
    }
    report(w, FIRST, "figures");
    for (int i = 0; i < PEOPLE; i++) {
        wall_ms += SECOND;
        amend_ok(&w->at[FIRST], who[i], "{'file_opened':'%d-05-10'}", 1979 + i);
    }
    report(w, FIRST, "figures");
    /* of one committee files are one more from May of each year to April of the next, of the other in the years
     * between; 1980 to 2003 for one and 1979 to 2002 for the other, 12 years of 12 months each */
    assert_listed(w, DISTRICT,
                  "corrected110105001001 files (1980-05 files, 144 months): 1 / 0, by 第一站\n"
                  "corrected110105001002 files (1979-05 files, 144 months): 1 / 0, by 第一站\n");
}

/* The row of the years after 2000 is gone, and one of the years before is there. */
static void what_is_reported_no_more_is_compared_too(void **state) {
    world *w = *state;
    id_number(id, 110105, 19620603, 74);
    int64_t who = say(w, FIRST, "110105001001", ",'moved_in':'1990-01-01','file_opened':'2003-05-10'");
    report(w, FIRST, "figures");
    wall_ms += SECOND;
    amend_ok(&w->at[FIRST], who, "{'file_opened':'1999-02-10'}");
    report(w, FIRST, "figures");
    assert_listed(w, DISTRICT, "corrected110105001001 files (1999-02 files, 51 months): 1 / 0, by 第一站\n");
}

/* What happened since the month that was reported last, and is reported with the next one, corrects nothing. */
static void months_that_were_not_reported_before_are_no_corrections(void **state) {
    world *w = *state;
    char more[96];
    time_t today = (time_t)(wall_ms / 1000);
    struct tm day;
    localtime_r(&today, &day);
    int month = (day.tm_year + 1900) * 12 + day.tm_mon + 1; /* the next one */
    id_number(id, 110105, 20000603, 74);
    int64_t who = say(w, FIRST, "110105001001", ",'moved_in':'2001-01-01'");
    report(w, FIRST, "figures");
    wall_ms += INT64_C(76) * 86400 * SECOND;
    snprintf(more, sizeof more, ",'file_opened':'%04d-%02d-01'", month / 12, month % 12 + 1);
    say(w, FIRST, "110105001001", more);
    report(w, FIRST, "figures");
    assert_listed(w, DISTRICT, "");
    wall_ms += SECOND;
    amend_ok(&w->at[FIRST], who, "{'moved_in':'2002-01-01'}"); /* the control */
    report(w, FIRST, "figures");
    assert_listed(w, DISTRICT, "corrected110105001001 residents (2001-01 residents, 12 months): 0 / 1, by 第一站\n");
}

static void figures_corrected_again_are_listed_again(void **state) {
    world *w = *state;
    id_number(id, 110105, 19620603, 74);
    int64_t who = say(w, FIRST, "110105001001", ",'moved_in':'2001-01-01','file_opened':'2003-05-10'");
    report(w, FIRST, "figures");
    wall_ms += SECOND;
    amend_ok(&w->at[FIRST], who, "{'file_opened':'2003-02-10'}");
    report(w, FIRST, "figures");
    wall_ms += SECOND;
    amend_ok(&w->at[FIRST], who, "{'file_opened':'2003-03-10'}");
    report(w, FIRST, "figures");
    assert_listed(w, DISTRICT,
                  "corrected110105001001 files (2003-02 files, 3 months): 1 / 0, by 第一站\n"
                  "corrected110105001001 files (2003-02 files, 1 month): 0 / 1, by 第一站\n");
    report(w, FIRST, "persons"); /* which replaces figures, and corrects none */
    assert_int_equal(files_of(w, DISTRICT, "110105001001", 20030331, 0), 1);
    assert_listed(w, DISTRICT,
                  "corrected110105001001 files (2003-02 files, 3 months): 1 / 0, by 第一站\n"
                  "corrected110105001001 files (2003-02 files, 1 month): 0 / 1, by 第一站\n");
}

/* ---- copies ---- */

static void merge_into(world *w, int which, const fixture *other) {
    hr_merge_options o;
    hr_merge_options_init(&o);
    o.recovery_key = other->recovery;
    wall_ms += SECOND;
    assert_status(store_of(w, which), HR_OK, hr_merge(store_of(w, which), other->path, &o, NULL));
    assert_int_equal(verify_findings(store_of(w, which)), 0);
}

static void what_copies_of_a_stations_store_say_is_no_correction(void **state) {
    world *w = *state;
    id_number(id, 110105, 19320603, 74);
    int64_t who = say(w, FIRST, "110105001001", ",'file_opened':'2003-05-01','hardship':'no'");
    int64_t visit = care(w, FIRST, who, "encounter", "{'date':'2003-04-05','plan':'多饮水'}");
    fixture *copy = copy_store(w, FIRST);
    wall_ms += SECOND;
    amend_ok(copy, who, "{'file_opened':'2003-02-01'}");
    correct(w, COPY, visit, "{'date':'2003-04-06'}");
    merge_into(w, FIRST, copy);
    assert_listed(w, FIRST, "");
    wall_ms += SECOND;
    amend_ok(&w->at[FIRST], who, "{'hardship':'yes'}");
    wall_ms += SECOND;
    amend_ok(copy, who, "{'hardship':'yes','file_opened':'2003-01-01'}");
    merge_into(w, FIRST, copy);
    assert_listed(w, FIRST, "");
}

static void copies_of_a_bureaus_store_list_a_correction_once(void **state) {
    world *w = *state;
    char file[PATH_SIZE];
    id_number(id, 110105, 19620603, 74);
    int64_t who = say(w, FIRST, "110105001001", ",'moved_in':'2001-01-01','file_opened':'2003-05-10'");
    id_number(id, 110105, 19620603, 75);
    int64_t other = say(w, OTHER, "110105002001", ",'moved_in':'2001-01-01','file_opened':'2003-05-10'");
    report(w, FIRST, "figures");
    report(w, OTHER, "persons");
    fixture *copy = copy_store(w, DISTRICT);
    for (int i = 0; i < 2; i++) {
        int station = i ? OTHER : FIRST;
        wall_ms += SECOND;
        amend_ok(&w->at[station], i ? other : who, "{'file_opened':'2003-02-10'}");
        export_from(w, station, i ? "persons" : "figures", file);
        receive_at(w, DISTRICT, file);
        receive_at(w, COPY, file);
    }
    merge_into(w, DISTRICT, copy);
    assert_listed(w, DISTRICT,
                  "corrected file_opened (file opened): 2003-02-10 / 2003-05-10, by 第二站\n"
                  "corrected110105001001 files (2003-02 files, 3 months): 1 / 0, by 第一站\n");
}

/* ---- the tool ---- */

/* Runs `healthrec conflicts` on the district's store; what it says and prints is in the file `out`. */
static int conflicts_by_tool(world *w, const char *language, char out[PATH_SIZE]) {
    char program[PATH_SIZE], secret[PATH_SIZE];
    const char *built = getenv("HR_BUILD");
    int status;
    assert_non_null(built);
    join_path(program, built, "healthrec");
    join_path(secret, w->folder, "passphrase");
    join_path(out, w->folder, "said.txt");
    write_text(secret, PASSPHRASE "\n");
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        unsetenv("LANGUAGE");
        setenv("LC_ALL", language, 1);
        setenv("COLUMNS", "80", 1);
        if (freopen(out, "w", stdout) && dup2(1, 2) == 2)
            execl(program, "healthrec", "conflicts", w->at[DISTRICT].path, "--passphrase-file", secret, (char *)NULL);
        _exit(127);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void assert_said(const char *path, const char *part) {
    char *text = read_bytes(path, NULL);
    assert_text_has(text, part);
    free(text);
}

static void the_tool_lists_corrections_and_leaves_nothing_to_decide(void **state) {
    world *w = *state;
    char out[PATH_SIZE];
    id_number(id, 110105, 19620603, 75);
    int64_t other = say(w, OTHER, "110105002001", ",'moved_in':'2001-01-01','file_opened':'2003-05-10'");
    report(w, OTHER, "persons");
    assert_int_equal(conflicts_by_tool(w, "C.UTF-8", out), 0);
    assert_said(out, "OK: nothing is left to decide");
    wall_ms += SECOND;
    amend_ok(&w->at[OTHER], other, "{'file_opened':'2003-02-10'}");
    report(w, OTHER, "persons");
    assert_int_equal(conflicts_by_tool(w, "C.UTF-8", out), 0);
    assert_said(out, "2003-02-10");
    assert_said(out, "OK: nothing is left to decide");
    assert_said(out, "1 correction besides");
    assert_int_equal(conflicts_by_tool(w, "zh_CN.UTF-8", out), 0);
    assert_said(out, "已更正");
    assert_said(out, "另有更正 1 处");
    say(w, FIRST, "110105001001", ",'moved_in':'2000-01-01','file_opened':'2003-06-10'");
    report(w, FIRST, "persons");
    assert_int_equal(conflicts_by_tool(w, "C.UTF-8", out), 1);
    assert_said(out, "1 conflict;");
    assert_said(out, "1 correction besides");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(what_a_station_corrects_replaces_the_earlier_and_both_are_listed),
        CASE(what_the_city_is_told_anew_it_lists_as_the_districts),
        CASE(a_value_that_two_stations_give_is_a_conflict_and_no_correction),
        CASE(a_new_years_token_is_no_other_name),
        CASE(what_is_new_is_no_correction),
        CASE(an_event_is_corrected_where_its_day_is_the_same),
        CASE(entries_that_are_amended_or_withdrawn_are_corrections),
        CASE(amending_what_was_said_of_a_resident_is_one_correction),
        CASE(reported_figures_that_change_are_listed_by_area_and_tally),
        CASE(a_restatement_of_years_is_one_row_for_each_tally),
        CASE(what_is_reported_no_more_is_compared_too),
        CASE(months_that_were_not_reported_before_are_no_corrections),
        CASE(figures_corrected_again_are_listed_again),
        CASE(what_copies_of_a_stations_store_say_is_no_correction),
        CASE(copies_of_a_bureaus_store_list_a_correction_once),
        CASE(the_tool_lists_corrections_and_leaves_nothing_to_decide),
    };
    return cmocka_run_group_tests_name("corrections", tests, make_world, remove_world);
}
