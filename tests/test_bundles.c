/* Stations that report to their bureaus, and bureaus to the one above.
 *
 * A world of stores is made once: a city's bureau, two districts', four stations and a store that holds everybody, each
 * a peer of those it has to do with. Tests work on copies. What a station says is also said, in the same words and the
 * same order, to the store that holds everybody; the bureaus' figures must be its figures. The clock is this program's,
 * so that no two statements fall into one millisecond.
 *
 * Bundles that no station would send are made from real ones: decrypted with the bureau's keys, altered, and signed
 * with the station's own. HR_BUNDLES_SEED and HR_BUNDLES_RUNS ask for other random histories and for more. */
#include "base/hex.h"
#include "exchange/bundle.h"
#include "raw.h"
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- clock and disk ---- */

static int64_t wall_ms;     /* 0: the true time */
static unsigned dies_after; /* so many more looks at the clock, or syncs; 0: never */

static void grow_older(void) {
    if (dies_after && --dies_after == 0)
        kill(getpid(), SIGKILL);
}

int clock_gettime(clockid_t clock, struct timespec *out) {
    int code = (int)syscall(SYS_clock_gettime, clock, out);
    if (clock == CLOCK_REALTIME)
        grow_older();
    if (clock == CLOCK_REALTIME && wall_ms) {
        out->tv_sec = (time_t)(wall_ms / 1000);
        out->tv_nsec = (long)(wall_ms % 1000 * 1000000);
    }
    return code;
}

/* The linker gives these in place of the C library's: the speed of the disk does not matter here. */
#define STANDS_FOR(name) __asm__(name) __attribute__((visibility("default")))
int no_fsync(int fd) STANDS_FOR("fsync");
int no_fdatasync(int fd) STANDS_FOR("fdatasync");

int no_fsync(int fd) {
    (void)fd;
    grow_older();
    return 0;
}

int no_fdatasync(int fd) {
    return no_fsync(fd);
}

static void start_clock(void) {
    struct timespec now;
    wall_ms = 0;
    clock_gettime(CLOCK_REALTIME, &now);
    wall_ms = (int64_t)now.tv_sec * 1000;
}

/* ---- the world ---- */

enum { CITY, CHAOYANG, HAIDIAN, FEDERATION, FIRST, SECOND, THIRD, FAR, EVERYBODY, STRANGER, STORES };
static const struct {
    const char *folder, *area, *name;
    int bureau;
} kinds[STORES] = {
    [CITY] = {"city.hrs", "11", "市卫生局", 1},
    [CHAOYANG] = {"chaoyang.hrs", "110105", "朝阳区卫生局", 1},
    [HAIDIAN] = {"haidian.hrs", "110108", "海淀区卫生局", 1},
    [FEDERATION] = {"federation.hrs", "110105", "朝阳区残联", 1}, /* counts the same stations */
    [FIRST] = {"first.hrs", "110105001", "第一站", 0},
    [SECOND] = {"second.hrs", "110105002", "第二站", 0},
    [THIRD] = {"third.hrs", "110105003001", "第三站", 0},
    [FAR] = {"far.hrs", "110108001", "海淀站", 0},
    [EVERYBODY] = {"everybody.hrs", "11", "总库", 0},
    [STRANGER] = {"stranger.hrs", "110105001", "无名站", 0}, /* its bureau does not know it */
};
static const struct {
    int station, bureau;
} reports[] = {{FIRST, CHAOYANG}, {SECOND, CHAOYANG}, {THIRD, CHAOYANG},  {FAR, HAIDIAN},
               {CHAOYANG, CITY},  {HAIDIAN, CITY},    {FEDERATION, CITY}, {FIRST, FEDERATION}};
enum { REPORTS = COUNT(reports) };

typedef struct world {
    char folder[PATH_SIZE];
    fixture at[STORES];
    char id[STORES][HR_STORE_ID_TEXT_SIZE];
    unsigned files; /* named so far */
} world;

static hr_store *store_of(world *w, int which) {
    return w->at[which].store;
}

static void open_one(world *w, int which) {
    w->at[which].store = new_handle(HR_LANGUAGE_EN);
    assert_status(store_of(w, which), HR_OK,
                  open_with_key(store_of(w, which), w->at[which].path, w->at[which].recovery));
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

static char *public_of(world *w, int which) {
    char *text = NULL;
    assert_status(store_of(w, which), HR_OK, hr_public_file(store_of(w, which), 0, &text));
    return text;
}

static hr_public_info info_of_public(world *w, int which) {
    hr_public_info info;
    char *text = public_of(w, which);
    hr_public_info_init(&info);
    assert_status(store_of(w, which), HR_OK, hr_public_file_read(store_of(w, which), text, &info));
    hr_free(text);
    return info;
}

static void pin(world *w, int which, int other) {
    char *text = public_of(w, other);
    hr_public_info info = info_of_public(w, other);
    assert_status(store_of(w, which), HR_OK, hr_peer_add(store_of(w, which), text, info.fingerprint, NULL));
    hr_free(text);
}

/* A name for a file, good until the world ends. */
static char *file_named(world *w, const char *what) {
    static char paths[64][PATH_SIZE];
    char *out = paths[w->files % 64];
    assert_true(snprintf(out, PATH_SIZE, "%.400s/%03u-%s", w->folder, w->files++, what) < PATH_SIZE);
    return out;
}

static const char *beside(const char *path, const char *suffix) {
    static char paths[8][PATH_SIZE];
    static unsigned next;
    char *out = paths[next++ % 8];
    snprintf(out, PATH_SIZE, "%.480s%s", path, suffix);
    return out;
}

static void issue_linkage(world *w, int bureau, int to, int year) {
    char *file = file_named(w, "linkage");
    hr_receive_result result;
    hr_receive_result_init(&result);
    assert_status(store_of(w, bureau), HR_OK, hr_linkage_issue(store_of(w, bureau), year, w->id[to], file));
    assert_status(store_of(w, to), HR_OK, hr_receive(store_of(w, to), file, NULL, &result));
    assert_string_equal(result.kind, "linkage");
}

/* The city draws the year's key; the districts pass it on. */
static void give_linkage(world *w, int year) {
    issue_linkage(w, CITY, CHAOYANG, year);
    issue_linkage(w, CITY, HAIDIAN, year);
    issue_linkage(w, CITY, FEDERATION, year);
    for (size_t i = 0; i < REPORTS; i++)
        if (!kinds[reports[i].station].bureau && reports[i].bureau != FEDERATION)
            issue_linkage(w, reports[i].bureau, reports[i].station, year);
}

static void name_area(world *w, const char *code, const char *name, const int *stores) {
    for (; *stores >= 0; stores++)
        put_ok(&w->at[*stores], "area", "{'area':'%s','name':'%s'}", code, name);
}

static void name_areas(world *w) {
    name_area(w, "11", "北京市", (const int[]){CITY, EVERYBODY, -1});
    name_area(w, "110105", "朝阳区", (const int[]){CITY, CHAOYANG, FEDERATION, EVERYBODY, -1});
    name_area(w, "110108", "海淀区", (const int[]){CITY, HAIDIAN, EVERYBODY, -1});
    name_area(w, "110105001", "一街", (const int[]){CITY, CHAOYANG, FEDERATION, FIRST, EVERYBODY, -1});
    name_area(w, "110105002", "二街", (const int[]){CITY, CHAOYANG, FEDERATION, SECOND, EVERYBODY, -1});
    name_area(w, "110105003", "三街", (const int[]){CITY, CHAOYANG, FEDERATION, EVERYBODY, -1});
    name_area(w, "110108001", "海街", (const int[]){CITY, HAIDIAN, FAR, EVERYBODY, -1});
    name_area(w, "110105001001", "一街一", (const int[]){CITY, CHAOYANG, FEDERATION, FIRST, EVERYBODY, -1});
    name_area(w, "110105001002", "一街二", (const int[]){CITY, CHAOYANG, FEDERATION, FIRST, EVERYBODY, -1});
    name_area(w, "110105002001", "二街一", (const int[]){CITY, CHAOYANG, FEDERATION, SECOND, EVERYBODY, -1});
    name_area(w, "110105003001", "三街一", (const int[]){CITY, CHAOYANG, FEDERATION, THIRD, EVERYBODY, -1});
    name_area(w, "110108001001", "海街一", (const int[]){CITY, HAIDIAN, FAR, EVERYBODY, -1});
}

static void *group; /* the world that all others are copies of */

static int make_world(void **state) {
    world *w = calloc(1, sizeof *w);
    if (!w)
        return -1;
    start_clock();
    make_folder(w->folder, NULL);
    for (int i = 0; i < STORES; i++)
        make_one(w, i);
    for (int i = 0; i < STORES; i++)
        memcpy(w->id[i], info_of_public(w, i).id, sizeof w->id[i]);
    for (size_t i = 0; i < REPORTS; i++) {
        pin(w, reports[i].station, reports[i].bureau);
        pin(w, reports[i].bureau, reports[i].station);
    }
    pin(w, STRANGER, CHAOYANG);
    name_areas(w);
    give_linkage(w, 2026);
    for (int i = 0; i < STORES; i++)
        close_store(&w->at[i]);
    *state = group = w;
    return 0;
}

static int remove_world(void **state) {
    world *w = *state;
    wall_ms = 0;
    for (int i = 0; i < STORES; i++)
        hr_store_free(store_of(w, i));
    remove_tree(w->folder);
    free(w);
    return 0;
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
        join_path(w->at[i].path, w->folder, kinds[i].folder);
        memcpy(w->at[i].folder, w->folder, sizeof w->folder);
        memcpy(w->at[i].recovery, from->at[i].recovery, sizeof w->at[i].recovery);
        copy_folder(from->at[i].path, w->at[i].path);
        open_one(w, i);
    }
    *state = w;
    return 0;
}
#define CASE(name) cmocka_unit_test_setup_teardown(name, copy_world, remove_world)

/* ---- sending and receiving ---- */

static hr_export_options persons_for(const world *w, int bureau) {
    hr_export_options o;
    hr_export_options_init(&o);
    o.to = w->id[bureau];
    o.level = "persons";
    return o;
}

static char *export_to(world *w, int from, int bureau, hr_export_result *result) {
    char *file = file_named(w, kinds[from].name);
    hr_export_options o = persons_for(w, bureau);
    hr_export_result_init(result);
    wall_ms++;
    assert_status(store_of(w, from), HR_OK, hr_export(store_of(w, from), file, &o, result));
    return file;
}

static void copy_bundle(const char *from, const char *to) {
    copy_file(from, to);
    copy_file(beside(from, ".minisig"), beside(to, ".minisig"));
}

static char *send(world *w, int from, int bureau) {
    hr_export_result result;
    return export_to(w, from, bureau, &result);
}

static hr_status try_receive(world *w, int which, const char *file) {
    hr_receive_result result;
    hr_receive_result_init(&result);
    wall_ms++;
    return hr_receive(store_of(w, which), file, NULL, &result);
}

static hr_receive_result receive(world *w, int which, const char *file) {
    hr_receive_result result;
    hr_receive_result_init(&result);
    wall_ms++;
    assert_status(store_of(w, which), HR_OK, hr_receive(store_of(w, which), file, NULL, &result));
    return result;
}

/* Sends, receives, and brings the receipt back. */
static void report(world *w, int from, int bureau) {
    char *file = send(w, from, bureau);
    receive(w, bureau, file);
    assert_string_equal(receive(w, from, beside(file, ".receipt")).kind, "receipt");
}

/* ---- figures ---- */

static const int32_t days[] = {20021231, 20040630, 20051231, 20081231, 20101231};

static void put_rates(FILE *out, hr_store *store, const char *within, const char *by, int32_t as_of,
                      const char *known_at) {
    hr_cursor *rows = NULL;
    hr_status status;
    hr_rates_options o;
    hr_rates_options_init(&o);
    o.as_of = as_of;
    o.within = within;
    o.by = by;
    o.set = "all";
    o.known_at = known_at;
    assert_status(store, HR_OK, hr_rates(store, &o, &rows));
    while ((status = hr_cursor_next(rows)) == HR_OK) {
        fprintf(out, "%d", (int)as_of);
        for (int i = 0; i < hr_cursor_columns(rows); i++)
            fprintf(out, ",%s", hr_cursor_text(rows, i));
        fputc('\n', out);
    }
    assert_status(store, HR_END, status);
    hr_cursor_free(rows);
}

/* All indicators, of the area itself and by every tier below it, on several days. For free(). */
static char *figures(hr_store *store, const char *within, const char *known_at) {
    static const char *const tiers[] = {NULL, "district", "street", "committee"};
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    for (size_t i = 0; i < COUNT(days); i++)
        for (size_t t = 0; t < COUNT(tiers); t++)
            if (t != 1 || strlen(within) == 2)
                put_rates(out, store, within, tiers[t], days[i], known_at);
    fclose(out);
    return text;
}

/* The first line in which two texts differ; NULL: none. */
static const char *difference(const char *a, const char *b) {
    static char out[1200];
    size_t at = 0, line;
    while (a[at] && a[at] == b[at])
        at++;
    if (a[at] == b[at])
        return NULL;
    for (line = at; line && a[line - 1] != '\n'; line--)
        ;
    snprintf(out, sizeof out, "%.*s  and not  %.*s", (int)strcspn(a + line, "\n"), a + line,
             (int)strcspn(b + line, "\n"), b + line);
    return out;
}

static const char *figures_differ(world *w, int bureau) {
    char *got = figures(store_of(w, bureau), kinds[bureau].area, NULL);
    char *want = figures(store_of(w, EVERYBODY), kinds[bureau].area, NULL);
    const char *where = difference(got, want);
    free(got);
    free(want);
    return where;
}

#define assert_figures(w, bureau) assert_figures_at(w, bureau, __LINE__)
static void assert_figures_at(world *w, int bureau, int line) {
    const char *where = figures_differ(w, bureau);
    if (where)
        fail_msg("line %d: the figures of %s are %s", line, kinds[bureau].name, where);
    if (verify_findings(store_of(w, bureau)))
        fail_msg("line %d: verify finds something in %s", line, kinds[bureau].name);
}

/* ---- saying something to a station and to the store that holds everybody ---- */

typedef struct said {
    int64_t here, everybody; /* numbers in the two stores */
} said;

static said say(world *w, int station, const char *kind, const char *format, ...) __attribute__((format(printf, 4, 5)));
static said say(world *w, int station, const char *kind, const char *format, ...) {
    said out = {.here = 0};
    char *json = NULL;
    va_list values;
    va_start(values, format);
    assert_true(vasprintf(&json, format, values) >= 0);
    va_end(values);
    quote_json(json);
    wall_ms += 7;
    hr_status here = hr_put(store_of(w, station), kind, json, &out.here, NULL);
    hr_status there = hr_put(store_of(w, EVERYBODY), kind, json, &out.everybody, NULL);
    if (here != HR_OK || there != HR_OK)
        print_error("%s %s\n", kind, json);
    free(json);
    assert_status(store_of(w, station), HR_OK, here);
    assert_status(store_of(w, EVERYBODY), HR_OK, there);
    return out;
}

static said add_care(world *w, int station, said who, const char *form, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
static said add_care(world *w, int station, said who, const char *form, const char *format, ...) {
    said out = {.here = 0};
    char *json = NULL;
    hr_entry_options o;
    va_list values;
    hr_entry_options_init(&o);
    o.force = 1;
    va_start(values, format);
    assert_true(vasprintf(&json, format, values) >= 0);
    va_end(values);
    quote_json(json);
    wall_ms += 7;
    assert_status(store_of(w, station), HR_OK,
                  hr_entry_add(store_of(w, station), who.here, form, json, &o, &out.here, NULL));
    assert_status(store_of(w, EVERYBODY), HR_OK,
                  hr_entry_add(store_of(w, EVERYBODY), who.everybody, form, json, &o, &out.everybody, NULL));
    free(json);
    return out;
}

/* json NULL: withdraws. */
static said correct(world *w, int station, said entry, const char *json) {
    said out = {.here = 0};
    char *text = json ? strdup(json) : NULL;
    hr_entry_options o;
    hr_entry_options_init(&o);
    o.force = 1;
    o.why = "误录";
    if (text)
        quote_json(text);
    wall_ms += 7;
    assert_status(store_of(w, station), HR_OK, hr_entry_amend(store_of(w, station), entry.here, text, &o, &out.here));
    assert_status(store_of(w, EVERYBODY), HR_OK,
                  hr_entry_amend(store_of(w, EVERYBODY), entry.everybody, text, &o, &out.everybody));
    free(text);
    return out;
}

static said unify(world *w, int station, said remaining, said other) {
    said out = {.here = 0};
    hr_entry_options o;
    hr_entry_options_init(&o);
    o.force = 1;
    wall_ms += 7;
    assert_status(store_of(w, station), HR_OK,
                  hr_unify(store_of(w, station), remaining.here, other.here, &o, &out.here));
    assert_status(store_of(w, EVERYBODY), HR_OK,
                  hr_unify(store_of(w, EVERYBODY), remaining.everybody, other.everybody, &o, &out.everybody));
    return out;
}

static void call(world *w, int station, const char *device, const char *raised, const char *answered) {
    static const int none = -1;
    int stores[] = {station, EVERYBODY, none};
    for (int i = 0; stores[i] >= 0; i++) {
        hr_store *store = store_of(w, stores[i]);
        int64_t number = 0;
        hr_call_options o;
        hr_call_options_init(&o);
        o.device = device;
        o.time = raised;
        wall_ms++;
        assert_status(store, HR_OK, hr_call_raise(store, &o, &number, NULL));
        if (answered)
            assert_status(store, HR_OK, hr_call_answer(store, number, answered, NULL, NULL));
    }
}

static void residents_of_bureau(world *w, int bureau, uint64_t count) {
    assert_int_equal(info_of(store_of(w, bureau)).residents, count);
}

static int64_t files_at(world *w, int which, const char *area, int32_t as_of, int64_t *denominator) {
    figure f = figure_of(store_of(w, which), area, "resident_files", as_of);
    if (denominator)
        *denominator = f.denominator;
    return f.numerator;
}

/* ---- what bureaus count ---- */

static void one_known_to_two_stations_counts_once_where_the_newest_residence_began(void **state) {
    world *w = *state;
    char id[ID_SIZE];
    int64_t there = 0;
    id_number(id, 110105, 19320603, 74);
    say(w, FIRST, "resident",
        "{'id_number':'%s','name':'余淑喜','area':'110105001001','moved_in':'2001-03-04','file_opened':'2003-05-01'}",
        id);
    say(w, SECOND, "resident", "{'id_number':'%s','name':'余淑喜','area':'110105002001','moved_in':'2004-02-03'}", id);
    report(w, SECOND, CHAOYANG);
    report(w, FIRST, CHAOYANG);
    residents_of_bureau(w, CHAOYANG, 1);
    assert_int_equal(files_at(w, CHAOYANG, "110105001", 20040202, &there), 1);
    assert_int_equal(files_at(w, CHAOYANG, "110105001", 20040203, &there), 0);
    assert_int_equal(there, 0);
    assert_int_equal(files_at(w, CHAOYANG, "110105002", 20040203, &there), 1);
    assert_int_equal(there, 1);
    assert_figures(w, CHAOYANG);
}

static void one_who_left_for_another_station_counts_there_in_whatever_order_they_say_so(void **state) {
    world *w = *state;
    for (int i = 0; i < 2; i++) {
        char id[ID_SIZE];
        id_number(id, 110105, 19320603, 100 + i);
        say(w, FIRST, "resident",
            "{'id_number':'%s','name':'余淑喜','area':'110105001001','moved_in':'2001-03-04','file_opened':'2003-05-01'"
            "}",
            id);
        if (i == 0)
            say(w, FIRST, "resident",
                "{'id_number':'%s','name':'余淑喜','area':'110105001001','moved_in':'2001-03-04','moved_out':'2004-02-"
                "03'}",
                id);
        say(w, SECOND, "resident", "{'id_number':'%s','name':'余淑喜','area':'110105002001','moved_in':'2004-02-03'}",
            id);
        if (i == 1)
            say(w, FIRST, "resident",
                "{'id_number':'%s','name':'余淑喜','area':'110105001001','moved_in':'2001-03-04','moved_out':'2004-02-"
                "03'}",
                id);
    }
    assert_int_equal(files_at(w, EVERYBODY, "110105002", 20041231, NULL), 2);
    report(w, FIRST, CHAOYANG);
    report(w, SECOND, CHAOYANG);
    residents_of_bureau(w, CHAOYANG, 2);
    assert_figures(w, CHAOYANG);
}

static said put_one(world *w, int station, int serial, const char *area, const char *more) {
    char id[ID_SIZE];
    id_number(id, 110105, 19320603, serial);
    return say(w, station, "resident", "{'id_number':'%s','name':'居民%d','area':'%s'%s}", id, serial, area, more);
}

static void assert_count(world *w, int which, const char *area, int32_t as_of, int64_t files, int64_t residents) {
    int64_t there;
    assert_int_equal(files_at(w, which, area, as_of, &there), files);
    assert_int_equal(there, residents);
}

static void a_correction_takes_the_place_of_a_figure_and_both_stay_visible(void **state) {
    world *w = *state;
    hr_cursor *rows = NULL;
    hr_rates_options o;
    char known_at[32];
    said who = put_one(w, FIRST, 11, "110105001001", ",'moved_in':'2001-02-03','file_opened':'2003-05-01'");
    said exam = add_care(w, FIRST, who, "rehab_assessment", "{'date':'2003-02-03','needs_rehab':true}");
    report(w, FIRST, CHAOYANG);
    char *before = figures(store_of(w, CHAOYANG), "110105", NULL);
    assert_figures(w, CHAOYANG);
    snprintf(known_at, sizeof known_at, "#%" PRIu64, info_of(store_of(w, CHAOYANG)).entries);
    put_one(w, FIRST, 11, "110105001001", ",'file_opened':'2004-02-01'");
    correct(w, FIRST, exam, NULL);
    report(w, FIRST, CHAOYANG);
    assert_figures(w, CHAOYANG);
    assert_count(w, CHAOYANG, "110105", 20031231, 0, 1);
    char *then = figures(store_of(w, CHAOYANG), "110105", known_at);
    assert_null(difference(then, before));
    hr_rates_options_init(&o);
    o.as_of = 20031231;
    o.indicators = "resident_files";
    o.known_at = known_at;
    assert_status(store_of(w, CHAOYANG), HR_OK, hr_rates(store_of(w, CHAOYANG), &o, &rows));
    assert_int_equal(hr_cursor_next(rows), HR_OK);
    assert_int_equal(hr_cursor_integer(rows, column_named(rows, "numerator")), 1);
    hr_cursor_free(rows);
    free(before);
    free(then);
}

static void districts_report_to_the_city_what_they_received(void **state) {
    world *w = *state;
    said a = put_one(w, FIRST, 1, "110105001001", ",'moved_in':'2001-02-03','file_opened':'2003-05-01'");
    put_one(w, SECOND, 1, "110105002001", ",'moved_in':'2004-02-03'");
    put_one(w, FAR, 1, "110108001001", ",'moved_in':'2006-02-03'"); /* known to three */
    said b = put_one(w, FAR, 2, "110108001001", ",'moved_in':'2000-02-03','file_opened':'2004-05-01'");
    put_one(w, FIRST, 3, "110105001002", ",'home_bed_opened':'2003-01-02'");
    say(w, FAR, "population", "{'area':'110108001001','year':2003,'residents':500,'elderly':50}");
    say(w, FAR, "institution",
        "{'code':'F1','name':'站','kind':'station','area':'110108001001','opened':'2000-01-01'}");
    said exam = add_care(w, FAR, b, "health_examination", "{'date':'2005-05-06'}");
    add_care(w, FIRST, a, "rehab_assessment", "{'date':'2003-02-03','needs_rehab':true}");
    report(w, FAR, HAIDIAN);
    report(w, HAIDIAN, CITY);
    report(w, SECOND, CHAOYANG);
    report(w, CHAOYANG, CITY);
    report(w, FIRST, CHAOYANG);
    report(w, CHAOYANG, CITY);
    residents_of_bureau(w, CITY, 3);
    assert_figures(w, CITY);
    assert_count(w, CITY, "110105001", 20031231, 1, 2);
    assert_count(w, CITY, "110105", 20041231, 1, 2);
    assert_count(w, CITY, "110105", 20061231, 0, 1);
    assert_count(w, CITY, "11", 20061231, 2, 3);
    correct(w, FAR, exam, NULL);
    put_one(w, FIRST, 3, "110105001002", ",'file_opened':'2003-05-01'");
    report(w, FAR, HAIDIAN);
    report(w, FIRST, CHAOYANG);
    report(w, CHAOYANG, CITY);
    report(w, HAIDIAN, CITY);
    assert_figures(w, CITY);
    assert_int_equal(verify_findings(store_of(w, HAIDIAN)), 0);
    assert_int_equal(verify_findings(store_of(w, CHAOYANG)), 0);
}

static size_t entries_of(world *w, int which, const char *kind) {
    hr_cursor *rows = NULL;
    hr_log_options o;
    hr_log_options_init(&o);
    o.kind = kind;
    assert_status(store_of(w, which), HR_OK, hr_log(store_of(w, which), &o, &rows));
    return count_rows(store_of(w, which), rows);
}

static void what_reaches_the_city_by_two_ways_counts_once(void **state) {
    world *w = *state;
    said a = put_one(w, FIRST, 1, "110105001001", ",'moved_in':'2001-02-03','file_opened':'2003-05-01'");
    add_care(w, FIRST, a, "rehab_assessment", "{'date':'2003-02-03','needs_rehab':true}");
    say(w, FIRST, "hotline", "{'area':'110105001001','period':'2003-04','requests':20,'met':10}");
    report(w, FIRST, FEDERATION);
    report(w, FEDERATION, CITY);
    said b = put_one(w, FIRST, 2, "110105001001", ",'moved_in':'2001-02-03'");
    report(w, FIRST, CHAOYANG);
    report(w, CHAOYANG, CITY);
    residents_of_bureau(w, CITY, 2);
    assert_figures(w, CITY);
    assert_int_equal(entries_of(w, CITY, "rehab_assessment"), 1);
    assert_int_equal(entries_of(w, CITY, "hotline"), 1);
    assert_int_equal(entries_of(w, CITY, "resident"), 2);
    unify(w, FIRST, a, b);
    report(w, FIRST, CHAOYANG);
    report(w, FIRST, FEDERATION);
    report(w, FEDERATION, CITY);
    report(w, CHAOYANG, CITY);
    assert_figures(w, CITY);
    assert_figures(w, FEDERATION);
}

/* ---- who is whom ---- */

static void one_who_gets_a_number_that_another_station_knows_is_one_from_then_on(void **state) {
    for (int first = 0; first < 2; first++) { /* whichever of the two the bureau knew first */
        world *w = *state;
        void *fresh = group;
        int64_t there;
        char id[ID_SIZE];
        if (first) {
            copy_world(&fresh);
            w = fresh;
        }
        id_number(id, 110105, 19410203, 21);
        say(w, FIRST, "resident",
            "{'name':'钱多多','sex':'male','birth_date':'1941-02-03','area':'110105001001','moved_in':'2001-01-01','"
            "file_opened':'2002-01-01'}");
        put_ok(&w->at[SECOND], "resident",
               "{'id_number':'%s','name':'钱多多','area':'110105002001','moved_in':'2003-01-01'}", id);
        report(w, first ? SECOND : FIRST, CHAOYANG);
        report(w, first ? FIRST : SECOND, CHAOYANG);
        files_at(w, CHAOYANG, "110105", 20041231, &there);
        assert_int_equal(there, 2); /* nothing says that he is one */
        put_ok(&w->at[FIRST], "resident",
               "{'id_number':'%s','name':'钱多多','sex':'male','birth_date':'1941-02-03','area':'110105001001'}", id);
        report(w, FIRST, CHAOYANG);
        files_at(w, CHAOYANG, "110105", 20041231, &there);
        if (there != 1)
            fail_msg("%s was first: still counted as %d", first ? "he with the number" : "he without it", (int)there);
        assert_count(w, CHAOYANG, "110105002", 20041231, 1, 1);
        assert_int_equal(verify_findings(store_of(w, CHAOYANG)), 0);
        if (first)
            remove_world(&fresh);
    }
}

static void stations_link_again_when_the_last_of_them_has_the_years_key(void **state) {
    world *w = *state;
    put_one(w, FIRST, 1, "110105001001", ",'moved_in':'2001-02-03','file_opened':'2003-05-01'");
    report(w, FIRST, CHAOYANG);
    issue_linkage(w, CITY, CHAOYANG, 2027);
    issue_linkage(w, CHAOYANG, SECOND, 2027);
    issue_linkage(w, CHAOYANG, THIRD, 2027);
    put_one(w, SECOND, 1, "110105002001", ",'moved_in':'2004-02-03'"); /* known under the old key only */
    report(w, SECOND, CHAOYANG);
    residents_of_bureau(w, CHAOYANG, 2);
    put_one(w, THIRD, 2, "110105003001", ",'moved_in':'2005-02-03'");
    report(w, THIRD, CHAOYANG);
    issue_linkage(w, CHAOYANG, FIRST, 2027);
    put_one(w, FIRST, 2, "110105001001", ",'moved_in':'2006-02-03'");
    report(w, FIRST, CHAOYANG);
    assert_figures(w, CHAOYANG);
    report(w, CHAOYANG, CITY);
    assert_figures(w, CITY);
}

/* What a station says of a residence is about the one in its own area: it does not know of the next. */
static void what_a_station_says_of_a_residence_is_about_its_own(void **state) {
    world *w = *state;
    said a = put_one(w, FIRST, 1, "110105001001", ",'moved_in':'2001-02-03'");
    put_one(w, FIRST, 2, "110105001001", ",'moved_in':'2001-02-03'");
    put_one(w, SECOND, 1, "110105002001", ",'moved_in':'2004-02-03'");
    put_one(w, SECOND, 2, "110105002001", ",'moved_in':'2004-02-03'");
    wall_ms += 7;
    amend_ok(&w->at[FIRST], a.here, "{'moved_out':'2004-02-03'}");
    put_ok(&w->at[FIRST], "resident", "{'id_number':'110105193206030026','name':'居民2','area':'110105001002'}");
    report(w, FIRST, CHAOYANG);
    report(w, SECOND, CHAOYANG);
    assert_count(w, CHAOYANG, "110105001", 20041231, 0, 0);
    assert_count(w, CHAOYANG, "110105002", 20041231, 0, 2);
}

/* ---- random histories ---- */

enum { MOST = 40, ENTRIES = 300, WATCHED = 12 };

typedef struct person {
    char id[ID_SIZE], name[32];
    const char *area[STORES]; /* where he lives or lived, as a station knows */
    said at[STORES]; /* in a station's store and in the one that holds everybody; here 0: that station does not know him
                      */
    int stations;    /* that know him */
    bool unified, dead, has_device;
} person;

typedef struct history {
    world *w;
    person who[MOST];
    bool far;       /* another district's station says something, too: only the city then knows all that is said */
    int count, day; /* days said so far: each is said once */
    struct {
        said entry;
        int station;
        bool gone, unites;
        int person;
    } entry[ENTRIES];
    int entries, institutions, needs;
    char *seen[WATCHED]; /* what the bureau's figures were */
    char known_at[WATCHED][24];
    int watched;
    char waiting[REPORTS][64][PATH_SIZE]; /* sent, but not received yet */
    int first[REPORTS], last[REPORTS];
} history;

static const int stations[] = {FIRST, SECOND, THIRD, FAR};

static const char *committee_of(int station) {
    return station == FIRST    ? (one_in(2) ? "110105001001" : "110105001002")
           : station == SECOND ? "110105002001"
           : station == THIRD  ? "110105003001"
                               : "110108001001";
}

/* A day later than all that were said. */
static const char *next_day(history *h) {
    static char out[4][24];
    static unsigned next;
    char *day = out[next++ % 4];
    h->day += 1 + (int)random_below(6);
    int year = 2000 + h->day / 336, month = h->day / 28 % 12 + 1, date = h->day % 28 + 1;
    snprintf(day, sizeof out[0], "%04d-%02d-%02d", year, month, date);
    return day;
}

/* One in ten without its day of the month: not when residences begin, two of which would seem to be one. */
static const char *some_day(history *h) {
    static char out[4][24];
    static unsigned next;
    char *day = out[next++ % 4];
    memcpy(day, next_day(h), sizeof out[0]);
    if (one_in(10))
        day[7] = '\0';
    return day;
}

static bool knows(const person *p, int station) {
    return p->at[station].here != 0;
}

static void put_person(history *h, person *p, int station, const char *more) {
    p->area[station] = committee_of(station);
    said who = say(h->w, station, "resident", "{'id_number':'%s','name':'%s','area':'%s'%s}", p->id, p->name,
                   p->area[station], more);
    p->stations += !knows(p, station);
    p->at[station] = who;
}

static void register_somebody(history *h, int station) {
    char more[128];
    if (h->count == MOST)
        return;
    person *p = &h->who[h->count++];
    id_number(p->id, 110105,
              19150101 + (int)random_below(50) * 10000 + (int)random_below(12) * 100 + (int)random_below(28), h->count);
    snprintf(p->name, sizeof p->name, "居民%02d", h->count);
    p->has_device = one_in(2);
    snprintf(more, sizeof more, p->has_device ? ",'moved_in':'%s','call_device':'D%d'" : ",'moved_in':'%s'",
             next_day(h), h->count);
    put_person(h, p, station, more);
}

static person *somebody(history *h, int station) {
    for (int tries = 0; h->count && tries < 20; tries++) {
        person *p = &h->who[random_below((unsigned)h->count)];
        if (knows(p, station) && !p->unified && !p->dead)
            return p;
    }
    return NULL;
}

static void keep_entry(history *h, int station, said entry, const person *p, bool unites) {
    if (h->entries == ENTRIES)
        return;
    h->entry[h->entries].entry = entry;
    h->entry[h->entries].station = station;
    h->entry[h->entries].gone = false;
    h->entry[h->entries].unites = unites;
    h->entry[h->entries++].person = (int)(p - h->who);
}

static void amend_somebody(history *h, int station) {
    const char *first = next_day(h), *second = next_day(h);
    char more[128];
    person *p = somebody(h, station);
    if (!p)
        return;
    switch (random_below(p->stations > 1 ? 3 : 4)) {
    case 0:
        snprintf(more, sizeof more, "'file_opened':'%s','computerized':'%s'", first, second);
        break;
    case 1:
        snprintf(more, sizeof more, "'rehab_need_since':'%d'%s",
                 1999 - h->needs++, /* earlier: no session is too early */
                 p->stations > 1 ? ""
                 : one_in(2)     ? ",'hardship':true"
                                 : ",'hardship':false"); /* said once more, it is news only where it was another */
        break;
    case 2:
        snprintf(more, sizeof more, "'household_care_since':'%s'", first);
        break;
    default:
        snprintf(more, sizeof more, "'moved_in':'%s','disability_kind':%u", first, 1 + random_below(7));
    }
    say(h->w, station, "resident", "{'id_number':'%s','name':'%s','area':'%s',%s}", p->id, p->name, p->area[station],
        more);
}

static void move_somebody(history *h, int from, int to) {
    char more[64];
    person *p = somebody(h, from);
    if (!p)
        return;
    snprintf(more, sizeof more, ",'moved_in':'%s'", next_day(h));
    put_person(h, p, to, more);
}

static void somebody_dies(history *h, int station) {
    person *p = somebody(h, station);
    if (!p || one_in(2))
        return;
    p->dead = true;
    say(h->w, station, "resident", "{'id_number':'%s','name':'%s','area':'%s','died':'2009-%02u-%02u'}", p->id, p->name,
        p->area[station], 1 + random_below(12), 1 + random_below(28));
}

static void care_for_somebody(history *h, int station) {
    static const struct {
        const char *form, *fields;
    } care[] = {{"health_examination", "'systolic_left':130"},
                {"encounter", "'plan':'复查'"},
                {"home_bed_open", "'diagnosis':'中风','doctor':'王'"},
                {"home_bed_close", "'outcome':'2'"},
                {"household_care", "'helper':'李'"},
                {"rehab_assessment", "'needs_rehab':true"},
                {"rehab_session", "'minutes':30"},
                {"rehab_outcome", "'outcome':'effective'"},
                {"rehab_outcome", "'outcome':'marked'"},
                {"note", "'text':'家访'"}};
    person *p = somebody(h, station);
    unsigned which = random_below(COUNT(care));
    if (!p)
        return;
    said who = {p->at[station].here, p->at[station].everybody};
    keep_entry(h, station,
               add_care(h->w, station, who, care[which].form, "{'date':'%s',%s}", some_day(h), care[which].fields), p,
               false);
}

static void correct_something(history *h, int station) {
    char json[64];
    if (h->entries == 0)
        return;
    int i = (int)random_below((unsigned)h->entries);
    if (h->entry[i].station != station || h->entry[i].gone)
        return;
    snprintf(json, sizeof json, "{'date':'%s'}", some_day(h));
    bool withdraw = h->entry[i].unites || one_in(2);
    h->entry[i].entry = correct(h->w, station, h->entry[i].entry, withdraw ? NULL : json);
    h->entry[i].gone = withdraw;
    if (h->entry[i].unites)
        h->who[h->entry[i].person].unified = false;
}

/* Only those whom no other station knows: two stations that unite differently is another matter. */
static void unite_two(history *h, int station) {
    person *a = somebody(h, station), *b = somebody(h, station);
    if (!a || !b || a == b || a->stations > 1 || b->stations > 1)
        return;
    b->unified = true;
    keep_entry(h, station, unify(h->w, station, a->at[station], b->at[station]), b, true);
}

static void somebody_calls(history *h, int station) {
    char device[16], raised[32], answered[32];
    person *p = somebody(h, station);
    if (!p || !p->has_device || p->stations > 1)
        return;
    snprintf(device, sizeof device, "D%d", (int)(p - h->who) + 1);
    snprintf(raised, sizeof raised, "200%u-%02u-%02u 08:15:02", random_below(10), 1 + random_below(12),
             1 + random_below(28));
    snprintf(answered, sizeof answered, "%.14s%02u:02", raised, 15 + random_below(20));
    call(h->w, station, device, raised, one_in(3) ? NULL : answered);
}

static void say_of_the_place(history *h, int station) {
    const char *area = committee_of(station);
    switch (random_below(7)) {
    case 0:
        say(h->w, station, "population", "{'area':'%s','year':%u,'residents':%u,'elderly':%u,'rehab_need':%u}", area,
            2001 + random_below(6), 40 + random_below(40), 10 + random_below(9), 2 + random_below(9));
        break;
    case 1:
        say(h->w, station, "institution",
            "{'code':'S%d-%d','name':'站','kind':'%s','area':'%s','opened':'%s','serves':'%s'%s}", station,
            ++h->institutions, one_in(2) ? "station" : "centre", area, some_day(h), area,
            one_in(2) ? ",'networked_since':'2004-05-01'" : "");
        say(h->w, station, "grade", "{'institution':'S%d-%d','since':'%s','grade':'%s'}", station, h->institutions,
            some_day(h), one_in(2) ? "A" : "B");
        break;
    case 2:
        say(h->w, station, "elder_help", "{'area':'%s','since':'%s'}", area, some_day(h));
        break;
    case 3:
        say(h->w, station, "care_beds", "{'area':'%s','since':'%s','beds':%u}", area, some_day(h), random_below(50));
        break;
    case 4:
        say(h->w, station, "hotline", "{'area':'%s','period':'%04d-%02d','requests':%u,'met':%u}", area,
            2001 + (int)random_below(8), 1 + (int)random_below(12), 20 + random_below(9), random_below(20));
        break;
    case 5:
        say(h->w, station, "area", "{'area':'%s','name':'改名%u'}", area, random_below(1000));
        break;
    default:
        say(h->w, station, "area", "{'area':'%.9s%03u','name':'新居委会%u'}", area, 100 + random_below(5),
            random_below(9));
    }
}

static void say_something(history *h) {
    int station = stations[random_below(h->far ? 4 : 3)], other = stations[random_below(h->far ? 4 : 3)];
    switch (random_below(20)) {
    case 0:
    case 1:
    case 2:
        register_somebody(h, station);
        break;
    case 3:
    case 4:
    case 5:
        amend_somebody(h, station);
        break;
    case 6:
    case 7:
        if (station != other)
            move_somebody(h, station, other);
        break;
    case 8:
        somebody_dies(h, station);
        break;
    case 9:
    case 10:
    case 11:
    case 12:
        care_for_somebody(h, station);
        break;
    case 13:
    case 14:
        correct_something(h, station);
        break;
    case 15:
        unite_two(h, station);
        break;
    case 16:
        somebody_calls(h, station);
        break;
    default:
        if (station != THIRD || one_in(2))
            say_of_the_place(h, station == THIRD ? FIRST : station);
    }
}

/* What the bureau's figures are now must be what they were known as later. */
static void watch(history *h) {
    if (h->watched == WATCHED)
        return;
    hr_store *store = store_of(h->w, CHAOYANG);
    h->seen[h->watched] = figures(store, "110105", NULL);
    snprintf(h->known_at[h->watched++], sizeof h->known_at[0], "#%" PRIu64, info_of(store).entries);
}

static void send_one(history *h, int which) {
    if (h->last[which] - h->first[which] < 8)
        snprintf(h->waiting[which][h->last[which]++ % 64], PATH_SIZE, "%s",
                 send(h->w, reports[which].station, reports[which].bureau));
}

static void receive_one(history *h, int which) {
    if (h->first[which] == h->last[which])
        return;
    char *file = h->waiting[which][h->first[which]++ % 64];
    receive(h->w, reports[which].bureau, file);
    receive(h->w, reports[which].station, beside(file, ".receipt"));
}

static void exchange_something(history *h) {
    int which = (int)random_below(REPORTS);
    if (one_in(2)) {
        send_one(h, which);
    } else {
        receive_one(h, which);
        if (one_in(3))
            watch(h);
    }
}

/* All that is said reaches the districts, in whatever order; then the city. */
static void exchange_the_rest(history *h) {
    for (int city = 0; city < 2; city++) {
        int left = 1;
        for (int i = 0; i < (int)REPORTS; i++)
            if ((reports[i].bureau == CITY) == city) {
                while (h->last[i] - h->first[i] >= 8)
                    receive_one(h, i);
                send_one(h, i);
            }
        while (left) {
            left = 0;
            for (int i = 0; i < (int)REPORTS; i++)
                if ((reports[i].bureau == CITY) == city) {
                    if (one_in(2))
                        receive_one(h, i);
                    left += h->last[i] - h->first[i];
                }
        }
    }
}

static uint64_t setting(const char *name, uint64_t otherwise) {
    const char *text = getenv(name);
    return text && *text ? strtoull(text, NULL, 10) : otherwise;
}

static void run_history(world *w, uint64_t seed) {
    history *h = calloc(1, sizeof *h);
    assert_non_null(h);
    h->w = w;
    h->far = seed % 2 == 0;
    seed_chance(seed);
    for (uint64_t i = 0, steps = setting("HR_BUNDLES_STEPS", 200); i < steps; i++) {
        say_something(h);
        if (one_in(3))
            exchange_something(h);
    }
    exchange_the_rest(h);
    static const int bureaus[] = {CITY, CHAOYANG};
    const char *where;
    for (size_t i = 0; i < (h->far ? 1 : COUNT(bureaus)); i++) {
        where = figures_differ(w, bureaus[i]);
        if (where)
            fail_msg("seed %" PRIu64 ", %s: %s", seed, kinds[bureaus[i]].name, where);
        assert_int_equal(verify_findings(store_of(w, bureaus[i])), 0);
    }
    for (int i = 0; i < h->watched; i++) {
        char *now = figures(store_of(w, CHAOYANG), "110105", h->known_at[i]);
        where = difference(now, h->seen[i]);
        if (where)
            fail_msg("seed %" PRIu64 ": known at %s: %s", seed, h->known_at[i], where);
        free(now);
        free(h->seen[i]);
    }
    free(h);
}

static void random_histories_amount_to_those_of_one_store_that_holds_everybody(void **state) {
    uint64_t seed = setting("HR_BUNDLES_SEED", 1), runs = setting("HR_BUNDLES_RUNS", SANITIZED ? 1 : 4);
    run_history(*state, seed);
    for (uint64_t i = 1; i < runs; i++) {
        void *fresh = group;
        assert_int_equal(copy_world(&fresh), 0);
        run_history(fresh, seed + i);
        remove_world(&fresh);
    }
}

/* ---- bundles that no station would send ---- */

enum { PARTS = 8, README_PART = 0, LOG_PART, TOKENS_PART, ENTRIES_PART, FIGURES_PART, MANIFEST_PART };

typedef struct parts {
    int count;
    char name[PARTS][64];
    char *text[PARTS];
    size_t size[PARTS];
    hr_manifest manifest;
    char comment[HR_MINISIGN_COMMENT_SIZE];
} parts;

typedef struct flow { /* a file in memory */
    char *bytes;
    size_t size, at;
} flow;

static hr_status flow_in(void *context, const void *bytes, size_t size) {
    flow *f = context;
    f->bytes = realloc(f->bytes, f->size + size + 1);
    assert_non_null(f->bytes);
    memcpy(f->bytes + f->size, bytes, size);
    f->size += size;
    f->bytes[f->size] = '\0';
    return HR_OK;
}

static hr_status flow_out(void *context, void *out, size_t size, size_t *got) {
    flow *f = context;
    *got = size < f->size - f->at ? size : f->size - f->at;
    memcpy(out, f->bytes + f->at, *got);
    f->at += *got;
    return HR_OK;
}

static hr_identity *identity_of(world *w, int which) {
    hr_identity *out = NULL;
    hr_store *store = store_of(w, which);
    assert_status(store, HR_OK, hr_chart_begin(store));
    assert_status(store, HR_OK, hr_identity_find(store, &out));
    hr_read_end(store);
    assert_non_null(out);
    return out;
}

/* What is in an age file for `which`. */
static flow decrypted(world *w, int which, const char *file) {
    hr_err err = {.language = HR_LANGUAGE_EN};
    hr_identity *identity = identity_of(w, which);
    hr_age_reader *age = NULL;
    flow in = {.at = 0}, out = {.at = 0};
    char block[4096];
    size_t got = 1;
    in.bytes = read_bytes(file, &in.size);
    assert_int_equal(hr_age_reader_new(&err, identity->age, flow_out, &in, &age), HR_OK);
    while (got) {
        assert_int_equal(hr_age_read(age, block, sizeof block, &got), HR_OK);
        flow_in(&out, block, got);
    }
    hr_age_reader_free(age);
    hr_secret_free(identity);
    free(in.bytes);
    return out;
}

static parts take_apart(world *w, int bureau, const char *file) {
    hr_err err = {.language = HR_LANGUAGE_EN};
    parts p = {.count = 0};
    flow zip = decrypted(w, bureau, file);
    hr_archive_reader *archive = NULL;
    hr_minisignature signature;
    const char *name;
    char block[4096], *text;
    size_t got, size;
    assert_int_equal(hr_archive_reader_new(&err, flow_out, &zip, UINT64_C(1) << 30, &archive), HR_OK);
    while (hr_archive_next(archive, &name) == HR_OK) {
        flow content = {.at = 0};
        snprintf(p.name[p.count], sizeof p.name[0], "%s", name);
        flow_in(&content, "", 0);
        do {
            assert_int_equal(hr_archive_read(archive, block, sizeof block, &got), HR_OK);
            flow_in(&content, block, got);
        } while (got);
        p.text[p.count] = content.bytes;
        p.size[p.count++] = content.size;
    }
    hr_archive_reader_free(archive);
    free(zip.bytes);
    assert_int_equal(p.count, MANIFEST_PART + 1);
    assert_int_equal(hr_manifest_read(&err, p.text[MANIFEST_PART], p.size[MANIFEST_PART], &p.manifest), HR_OK);
    text = read_bytes(beside(file, ".minisig"), &size);
    assert_int_equal(hr_minisign_parse(&err, text, size, &signature), HR_OK);
    memcpy(p.comment, signature.comment, sizeof p.comment);
    free(text);
    return p;
}

static void free_parts(parts *p) {
    for (int i = 0; i < p->count; i++)
        free(p->text[i]);
}

static void set_part(parts *p, int which, const char *text) {
    free(p->text[which]);
    p->text[which] = strdup(text);
    p->size[which] = strlen(text);
}

/* Puts a text in the place of another that must be there, in one of the files. */
static void alter(parts *p, int which, const char *from, const char *to) {
    char *at = strstr(p->text[which], from), *out = NULL;
    if (!at)
        fail_msg("%s is not in %s: %s", from, p->name[which], p->text[which]);
    assert_true(asprintf(&out, "%.*s%s%s", (int)(at - p->text[which]), p->text[which], to, at + strlen(from)) > 0);
    set_part(p, which, out);
    free(out);
}

static void append_row(parts *p, int which, const char *format, ...) __attribute__((format(printf, 3, 4)));
static void append_row(parts *p, int which, const char *format, ...) {
    char row[2048], *out = NULL;
    va_list values;
    va_start(values, format);
    vsnprintf(row, sizeof row, format, values);
    va_end(values);
    assert_true(asprintf(&out, "%s%s\r\n", p->text[which], row) > 0);
    set_part(p, which, out);
    free(out);
}

/* Makes the manifest's totals fit the files. */
static void count_anew(parts *p) {
    for (int i = 0; i < HR_BUNDLE_FILES; i++) {
        unsigned char digest[HR_HASH_SIZE];
        hr_hash hash;
        uint64_t lines = 0;
        for (size_t at = 0; at < p->size[1 + i]; at++)
            lines += p->text[1 + i][at] == '\n';
        hr_hash_init(&hash, NULL, 0);
        hr_hash_update(&hash, p->text[1 + i], p->size[1 + i]);
        hr_hash_final(&hash, digest);
        hr_hex(digest, sizeof digest, p->manifest.total[i].hash);
        p->manifest.total[i].rows = lines - 1;
    }
}

static void write_manifest(parts *p) {
    char *text = hr_manifest_write(&p->manifest);
    assert_non_null(text);
    set_part(p, MANIFEST_PART, text);
    free(text);
}

static flow zipped(const parts *p) {
    hr_err err = {.language = HR_LANGUAGE_EN};
    flow out = {.at = 0};
    hr_archive_writer *archive = NULL;
    assert_int_equal(hr_archive_writer_new(&err, flow_in, &out, &archive), HR_OK);
    for (int i = 0; i < p->count; i++) {
        assert_int_equal(hr_archive_add(archive, p->name[i]), HR_OK);
        assert_int_equal(hr_archive_write(archive, p->text[i], p->size[i]), HR_OK);
    }
    assert_int_equal(hr_archive_end(archive), HR_OK);
    hr_archive_writer_free(archive);
    return out;
}

/* Signs a file's bytes with a store's own key, and writes both. */
static char *sign_as(world *w, int which, const void *bytes, size_t size, const char *comment) {
    hr_err err = {.language = HR_LANGUAGE_EN};
    char *file = file_named(w, "made"), text[HR_MINISIGN_SIZE];
    hr_identity *identity = identity_of(w, which);
    hr_minisign_hash hash;
    hr_minisign_begin(&hash);
    hr_minisign_update(&hash, bytes, size);
    assert_int_equal(hr_minisign_sign(&err, identity->sign, &hash, comment, text), HR_OK);
    hr_secret_free(identity);
    write_bytes(file, bytes, size);
    write_text(beside(file, ".minisig"), text);
    return file;
}

static flow encrypted_to(world *w, int which, const flow *in) {
    hr_err err = {.language = HR_LANGUAGE_EN};
    hr_identity *identity = identity_of(w, which);
    unsigned char recipient[32];
    hr_age_writer *age = NULL;
    flow out = {.at = 0};
    hr_age_recipient(identity->age, recipient);
    hr_secret_free(identity);
    assert_int_equal(hr_age_writer_new(&err, recipient, flow_in, &out, &age), HR_OK);
    assert_int_equal(hr_age_write(age, in->bytes, in->size), HR_OK);
    assert_int_equal(hr_age_end(age), HR_OK);
    hr_age_writer_free(age);
    return out;
}

static char *wrap(world *w, int station, int bureau, const flow *zip, const char *comment) {
    flow age = encrypted_to(w, bureau, zip);
    char *file = sign_as(w, station, age.bytes, age.size, comment);
    free(age.bytes);
    return file;
}

static char *put_together(world *w, int station, int bureau, const parts *p) {
    flow zip = zipped(p);
    char *file = wrap(w, station, bureau, &zip, p->comment);
    free(zip.bytes);
    return file;
}

/* ---- refusals ---- */

enum { MESSAGES = 64 };
typedef struct refusals {
    world *w;
    int bureau;
    uint64_t entries;
    size_t files;
    char *figures;
    const char *says[MESSAGES];
    char message[MESSAGES][300];
    int count;
} refusals;

static refusals before_refusing(world *w, int bureau) {
    refusals r = {.w = w, .bureau = bureau, .entries = info_of(store_of(w, bureau)).entries};
    r.files = files_in(w->folder);
    r.figures = figures(store_of(w, bureau), kinds[bureau].area, NULL);
    return r;
}

/* Two faults must not have one message. */
static void keep_message(refusals *r, const char *says, const char *message) {
    for (int i = 0; i < r->count; i++) {
        if (strcmp(r->says[i], says) == 0)
            return;
        if (strcmp(r->message[i], message) == 0)
            fail_msg("the same message for two faults: %s", message);
    }
    assert_true(r->count < MESSAGES);
    r->says[r->count] = says;
    snprintf(r->message[r->count++], sizeof r->message[0], "%s", message);
}

/* `says` NULL: any. A receipt must not appear, nor anything else. */
#define refuse(r, file, want, says) refuse_at(r, file, want, says, __LINE__)
static void refuse_at(refusals *r, const char *file, hr_status want, const char *says, int line) {
    hr_store *store = store_of(r->w, r->bureau);
    hr_status status = try_receive(r->w, r->bureau, file);
    if (status != want || (says && !strstr(hr_error(store), says)))
        fail_msg("line %d: %s instead of %s: %s", line, hr_status_name(status), hr_status_name(want), hr_error(store));
    if (says)
        keep_message(r, says, hr_error(store));
    if (info_of(store).entries != r->entries)
        fail_msg("line %d: something was written", line);
    if (path_exists(beside(file, ".receipt")))
        fail_msg("line %d: a receipt was written", line);
}

static void after_refusing(refusals *r, size_t new_files) {
    char *now = figures(store_of(r->w, r->bureau), kinds[r->bureau].area, NULL);
    assert_null(difference(now, r->figures));
    assert_int_equal(verify_findings(store_of(r->w, r->bureau)), 0);
    assert_int_equal(files_in(r->w->folder), r->files + new_files);
    free(now);
    free(r->figures);
}

/* A station with something to say. */
static said say_something_small(world *w, int station) {
    char id[ID_SIZE];
    id_number(id, 110105, 19410203, 300 + station);
    return say(w, station, "resident", "{'id_number':'%s','name':'钱多多','area':'%s','moved_in':'2001-03-04'}", id,
               station == FIRST    ? "110105001001"
               : station == SECOND ? "110105002001"
               : station == THIRD  ? "110105003001"
                                   : "110108001001");
}

static void a_bundle_cut_off_anywhere_is_refused(void **state) {
    world *w = *state;
    say_something_small(w, FIRST);
    char *file = send(w, FIRST, CHAOYANG), *cut = file_named(w, "cut");
    size_t size;
    char *bytes = read_bytes(file, &size);
    copy_bundle(file, cut);
    refusals r = before_refusing(w, CHAOYANG);
    for (size_t length = 0; length < size; length++) {
        write_bytes(cut, bytes, length);
        refuse(&r, cut, HR_DAMAGED, "altered or cut off");
    }
    after_refusing(&r, 0);
    write_bytes(cut, bytes, size);
    free(bytes);
    receive(w, CHAOYANG, cut);
    assert_figures(w, CHAOYANG);
}

/* The same, signed by the station as it is: the age file and the ZIP file in it hold by themselves. */
static void a_bundle_signed_when_it_was_cut_off_is_refused(void **state) {
    world *w = *state;
    say_something_small(w, FIRST);
    char *file = send(w, FIRST, CHAOYANG);
    parts p = take_apart(w, CHAOYANG, file);
    size_t size;
    char *bytes = read_bytes(file, &size), *made = NULL;
    refusals r = before_refusing(w, CHAOYANG);
    for (size_t length = 0; length < size; length += 3) {
        if (made) {
            unlink(made);
            unlink(beside(made, ".minisig"));
        }
        made = sign_as(w, FIRST, bytes, length, p.comment);
        refuse(&r, made, HR_DAMAGED, NULL);
    }
    after_refusing(&r, 2);
    flow zip = zipped(&p);
    r = before_refusing(w, CHAOYANG);
    for (size_t length = 0; length < zip.size; length += 5) {
        flow part = {zip.bytes, length, 0};
        made = wrap(w, FIRST, CHAOYANG, &part, p.comment);
        refuse(&r, made, HR_DAMAGED, NULL);
        unlink(made);
        unlink(beside(made, ".minisig"));
    }
    after_refusing(&r, 0);
    receive(w, CHAOYANG, wrap(w, FIRST, CHAOYANG, &zip, p.comment));
    assert_figures(w, CHAOYANG);
    free(zip.bytes);
    free(bytes);
    free_parts(&p);
}

static void a_bundle_with_any_byte_altered_is_refused(void **state) {
    world *w = *state;
    say_something_small(w, FIRST);
    char *file = send(w, FIRST, CHAOYANG);
    size_t size = file_size(file);
    refusals r = before_refusing(w, CHAOYANG);
    for (size_t at = 0; at < size; at++) {
        flip_byte(file, at);
        refuse(&r, file, HR_DAMAGED, "altered or cut off");
        flip_byte(file, at);
    }
    after_refusing(&r, 0);
    receive(w, CHAOYANG, file);
    assert_figures(w, CHAOYANG);
}

/* Signed by the station as it is, so that the age format itself has to find it. */
static void a_bundle_with_any_bit_of_its_header_altered_is_refused(void **state) {
    world *w = *state;
    say_something_small(w, FIRST);
    char *file = send(w, FIRST, CHAOYANG), *made;
    size_t size;
    char *bytes = read_bytes(file, &size);
    parts p = take_apart(w, CHAOYANG, file);
    char *mac = memmem(bytes, size, "\n--- ", 5);
    assert_non_null(mac);
    size_t header = (size_t)(mac - bytes) + 5 + 43 + 1;
    refusals r = before_refusing(w, CHAOYANG);
    for (size_t bit = 0; bit < 8 * header; bit++) {
        bytes[bit / 8] = (char)(bytes[bit / 8] ^ (1 << bit % 8));
        made = sign_as(w, FIRST, bytes, size, p.comment);
        refuse(&r, made, HR_DAMAGED, NULL);
        unlink(made);
        unlink(beside(made, ".minisig"));
        bytes[bit / 8] = (char)(bytes[bit / 8] ^ (1 << bit % 8));
    }
    for (size_t at = header; at < size; at += 7) { /* and what follows */
        bytes[at] = (char)(bytes[at] ^ 1);
        made = sign_as(w, FIRST, bytes, size, p.comment);
        refuse(&r, made, HR_DAMAGED, NULL);
        unlink(made);
        unlink(beside(made, ".minisig"));
        bytes[at] = (char)(bytes[at] ^ 1);
    }
    after_refusing(&r, 0);
    receive(w, CHAOYANG, sign_as(w, FIRST, bytes, size, p.comment));
    assert_figures(w, CHAOYANG);
    free(bytes);
    free_parts(&p);
}

static void a_bundle_whose_signature_file_is_altered_is_refused(void **state) {
    world *w = *state;
    say_something_small(w, FIRST);
    char *file = send(w, FIRST, CHAOYANG);
    const char *signature = beside(file, ".minisig");
    size_t size, comment;
    char *text = read_bytes(signature, &size);
    comment = strcspn(text, "\n");
    refusals r = before_refusing(w, CHAOYANG);
    for (size_t at = 0; at < size; at++) {
        if (at >= strlen("untrusted comment: ") && at < comment)
            continue; /* nobody signs that */
        char was = text[at];
        for (int bit = 0; bit < 8; bit += 3) {
            text[at] = (char)(was ^ (1 << bit));
            write_bytes(signature, text, size);
            hr_status status = try_receive(w, CHAOYANG, file);
            if (status != HR_DAMAGED && status != HR_INVALID)
                fail_msg("byte %zu, bit %d: %s", at, bit, hr_status_name(status));
            assert_int_equal(info_of(store_of(w, CHAOYANG)).entries, r.entries);
        }
        text[at] = was;
    }
    for (size_t length = 0; length < size; length++) {
        write_bytes(signature, text, length);
        hr_status status = try_receive(w, CHAOYANG, file);
        assert_true(status == HR_DAMAGED || status == HR_INVALID);
    }
    after_refusing(&r, 0);
    text[comment - 1] ^= 1; /* the control: the comment that nobody signs */
    write_bytes(signature, text, size);
    receive(w, CHAOYANG, file);
    assert_figures(w, CHAOYANG);
    free(text);
}

/* A copy of a station's folder, taken while it is closed. */
static void keep_folder(world *w, int station, const char *name) {
    char path[PATH_SIZE];
    close_store(&w->at[station]);
    join_path(path, w->folder, name);
    copy_folder(w->at[station].path, path);
    open_one(w, station);
}

static void put_folder_back(world *w, int station, const char *name) {
    char path[PATH_SIZE];
    close_store(&w->at[station]);
    remove_tree(w->at[station].path);
    join_path(path, w->folder, name);
    copy_folder(path, w->at[station].path);
    open_one(w, station);
}

/* What can be told before decrypting; each has a message of its own, and which of two faults is told first is settled.
 */
static void each_fault_of_a_bundle_has_its_own_message(void **state) {
    world *w = *state;
    hr_status status;
    hr_receive_options again;
    say_something_small(w, FIRST);
    say_something_small(w, FAR);
    keep_folder(w, FIRST, "kept.hrs");
    char *one = send(w, FIRST, CHAOYANG);
    char *two = send(w, FIRST, CHAOYANG), *three = send(w, FIRST, CHAOYANG);
    char *far = send(w, FAR, HAIDIAN), *unknown = file_named(w, "unknown"), *unknown_altered = file_named(w, "altered");
    copy_bundle(far, unknown);
    copy_bundle(far, unknown_altered);
    flip_byte(unknown_altered, 300);
    char *alone = file_named(w, "alone");
    copy_file(one, alone);

    refusals r = before_refusing(w, CHAOYANG);
    refuse(&r, file_named(w, "nowhere"), HR_NOT_FOUND, "there is no file");
    refuse(&r, alone, HR_NOT_FOUND, "no signature");
    refuse(&r, beside(one, ".minisig"), HR_INVALID, "signature alone");
    refuse(&r, unknown, HR_DAMAGED, "not known here");
    refuse(&r, unknown_altered, HR_DAMAGED, "not known here"); /* who it is from comes before whether it is whole */
    refuse(&r, two, HR_DAMAGED, "cannot be received before bundle 1");
    refuse(&r, three, HR_DAMAGED, "cannot be received before bundle 1");
    flip_byte(two, 300); /* whether it is whole comes before its number */
    refuse(&r, two, HR_DAMAGED, "altered or cut off");
    flip_byte(two, 300);
    after_refusing(&r, 0);

    receive(w, CHAOYANG, one);
    r = before_refusing(w, CHAOYANG);
    unlink(beside(one, ".receipt"));
    refuse(&r, one, HR_DAMAGED, "received before");
    refuse(&r, three, HR_DAMAGED, "cannot be received before bundle 2");
    hr_receive_options_init(&again);
    again.receipt_again = 1;
    status = hr_receive(store_of(w, CHAOYANG), two, &again, NULL);
    assert_int_equal(status, HR_NOT_FOUND);
    assert_text_has(hr_error(store_of(w, CHAOYANG)), "was not received");
    after_refusing(&r, (size_t)-1);
    assert_status(store_of(w, CHAOYANG), HR_OK, hr_receive(store_of(w, CHAOYANG), one, &again, NULL));
    assert_true(path_exists(beside(one, ".receipt")));
    receive(w, CHAOYANG, two);
    receive(w, CHAOYANG, three);

    put_folder_back(w, FIRST, "kept.hrs"); /* which knows of none of the three */
    wall_ms += 1000;
    char *fork = send(w, FIRST, CHAOYANG);
    r = before_refusing(w, CHAOYANG);
    refuse(&r, fork, HR_DAMAGED, "another file was received as bundle 1");
    after_refusing(&r, 0);
    send(w, FIRST, CHAOYANG);
    send(w, FIRST, CHAOYANG);
    fork = send(w, FIRST, CHAOYANG); /* the next number, but it goes on from another */
    r = before_refusing(w, CHAOYANG);
    refuse(&r, fork, HR_DAMAGED, "does not go on from what was received");
    after_refusing(&r, 0);

    say_something_small(w, SECOND);
    char *second = send(w, SECOND, CHAOYANG);
    assert_status(store_of(w, CHAOYANG), HR_OK, hr_peer_remove(store_of(w, CHAOYANG), w->id[SECOND]));
    r = before_refusing(w, CHAOYANG);
    refuse(&r, second, HR_DAMAGED, "not known here");
    after_refusing(&r, 0);
    pin(w, CHAOYANG, SECOND);
    receive(w, CHAOYANG, second);
    assert_figures(w, CHAOYANG);
}

static void a_bundle_for_another_is_refused(void **state) {
    world *w = *state;
    say_something_small(w, FIRST);
    char *file = send(w, FIRST, CHAOYANG);
    pin(w, CITY, FIRST); /* the city knows the station, too */
    refusals r = before_refusing(w, CITY);
    refuse(&r, file, HR_DAMAGED, "for another bureau");
    after_refusing(&r, 0);
    receive(w, CHAOYANG, file);
}

static void two_copies_of_a_station_cannot_both_report(void **state) {
    world *w = *state;
    fixture copy = w->at[FIRST];
    say_something_small(w, FIRST);
    report(w, FIRST, CHAOYANG);
    keep_folder(w, FIRST, "laptop.hrs");
    char *here = send(w, FIRST, CHAOYANG);
    hr_store *store = new_handle(HR_LANGUAGE_EN);
    join_path(copy.path, w->folder, "laptop.hrs");
    assert_status(store, HR_OK, open_with_key(store, copy.path, copy.recovery));
    hr_export_options o = persons_for(w, CHAOYANG);
    char *there = file_named(w, "there");
    wall_ms++;
    assert_status(store, HR_OK, hr_export(store, there, &o, NULL));
    hr_store_free(store);
    receive(w, CHAOYANG, there);
    refusals r = before_refusing(w, CHAOYANG);
    refuse(&r, here, HR_DAMAGED, "another file was received as bundle 2");
    after_refusing(&r, 0);
}

static void a_station_receives_no_bundles(void **state) {
    world *w = *state;
    say_something_small(w, FIRST);
    parts p = take_apart(w, CHAOYANG, send(w, FIRST, CHAOYANG));
    char *at = strstr(p.comment, "to=");
    assert_non_null(at);
    memcpy(at + 3, w->id[FIRST], 32);
    at = strstr(p.comment, "from=");
    memcpy(at + 5, w->id[CHAOYANG], 32);
    assert_true(hr_bundle_comment_read(p.comment, &p.manifest.comment));
    write_manifest(&p);
    char *file = put_together(w, CHAOYANG, FIRST, &p);
    refusals r = before_refusing(w, FIRST);
    refuse(&r, file, HR_INVALID, "a station receives no bundles");
    after_refusing(&r, 0);
    free_parts(&p);
}

/* ---- bundles that contradict themselves, signed by the station ---- */

static void rows_miscounted(parts *p) {
    p->manifest.total[2].rows++;
    write_manifest(p);
}

static void hash_miscounted(parts *p) {
    p->manifest.total[1].hash[0] = p->manifest.total[1].hash[0] == '0' ? '1' : '0';
    write_manifest(p);
}

static void another_file(parts *p) {
    snprintf(p->name[p->count], sizeof p->name[0], "more.csv");
    p->text[p->count] = strdup("a\r\n");
    p->size[p->count++] = 3;
}

static void a_missing_file(parts *p) {
    free(p->text[--p->count]);
}

static void swapped(parts *p, int a, int b) {
    char name[64], *text = p->text[a];
    size_t size = p->size[a];
    memcpy(name, p->name[a], sizeof name);
    memcpy(p->name[a], p->name[b], sizeof name);
    memcpy(p->name[b], name, sizeof name);
    p->text[a] = p->text[b];
    p->size[a] = p->size[b];
    p->text[b] = text;
    p->size[b] = size;
}

static void another_order(parts *p) {
    swapped(p, TOKENS_PART, ENTRIES_PART);
}

static void an_unknown_column(parts *p) {
    alter(p, ENTRIES_PART, "withdrawn", "withdrown");
}

/* A row of an entry that fits the rest: of this writer, with a number not used yet. */
static void add_entry(parts *p, const char *kind, const char *subject, const char *fields) {
    char writer[33];
    snprintf(writer, sizeof writer, "%.32s", strstr(p->text[TOKENS_PART], "token") + strlen("token\r\n"));
    append_row(p, ENTRIES_PART, "%s,900,1770000000000,%s,20040101,%s,,,,%s", writer, kind, subject, fields);
}

static void an_unknown_kind(parts *p) {
    add_entry(p, "horoscope", "", "{}");
}

static void a_peer(parts *p) {
    add_entry(p, "peer", "", "\"{\"\"store\"\":\"\"00112233445566778899aabbccddeeff\"\"}\"");
}

static void an_operator(parts *p) {
    add_entry(p, "operator", "", "{}");
}

static void an_identity(parts *p) {
    add_entry(p, "identity", "", "{}");
}

static void a_target(parts *p) {
    add_entry(p, "indicator", "", "\"{\"\"code\"\":\"\"elderly_files\"\",\"\"target\"\":\"\"0.1\"\"}\"");
}

static void a_retention(parts *p) {
    add_entry(p, "retention", "", "\"{\"\"what\"\":\"\"file\"\",\"\"years\"\":1}\"");
}

static void a_bundle_row(parts *p) {
    add_entry(p, "bundle_received", "", "{}");
}

static void an_erasure(parts *p) {
    char subject[64];
    snprintf(subject, sizeof subject, "%.*s", (int)strcspn(strstr(p->text[TOKENS_PART], "token") + 7, ","),
             strstr(p->text[TOKENS_PART], "token") + 7);
    add_entry(p, "erase", subject, "{}");
}

static void a_foreign_area(parts *p) {
    add_entry(p, "area", "", "\"{\"\"area\"\":110105002001,\"\"name\"\":\"\"夺\"\"}\"");
}

static void a_foreign_population(parts *p) {
    add_entry(p, "population", "", "\"{\"\"area\"\":110105002001,\"\"year\"\":2003,\"\"residents\"\":1}\"");
}

static void a_foreign_residence(parts *p) {
    alter(p, ENTRIES_PART, "\"\"area\"\":\"\"110105001001\"\"", "\"\"area\"\":\"\"110105002001\"\"");
}

static void fields_that_are_none(parts *p) {
    add_entry(p, "elder_help", "", "{");
}

static void an_entry_of_yesteryear(parts *p) {
    add_entry(p, "elder_help", "", "\"{\"\"area\"\":110105001001,\"\"since\"\":\"\"2003-02-30\"\"}\"");
}

static void an_entry_about_a_wrong_name(parts *p) {
    add_entry(p, "health_examination", "somebody", "\"{\"\"date\"\":\"\"2003-02-03\"\"}\"");
}

static void an_entry_about_nobody(parts *p) {
    add_entry(p, "health_examination", "", "\"{\"\"date\"\":\"\"2003-02-03\"\"}\"");
}

static void a_number_with_more_behind_it(parts *p) {
    add_entry(p, "elder_help", "", "\"{\"\"area\"\":110105001001,\"\"since\"\":\"\"2003-02-03\"\"}\"");
    alter(p, ENTRIES_PART, ",900,", ",900x,");
}

static void a_formula(parts *p) {
    add_entry(p, "=1+1", "", "{}");
}

static void a_short_token(parts *p) {
    p->text[TOKENS_PART][p->size[TOKENS_PART] - 3] = '\r';
    p->text[TOKENS_PART][p->size[TOKENS_PART] - 2] = '\n';
    p->text[TOKENS_PART][--p->size[TOKENS_PART]] = '\0';
}

static void a_token_in_capitals(parts *p) {
    char *token = p->text[TOKENS_PART] + p->size[TOKENS_PART] - 2 - 32;
    for (int i = 0; i < 32; i++)
        if (token[i] >= 'a')
            token[i] = (char)(token[i] - 32);
    token[0] = 'A';
}

static void a_token_that_is_missing(parts *p) {
    char *row = strstr(p->text[TOKENS_PART], "token") + strlen("token\r\n");
    *row = '\0';
    p->size[TOKENS_PART] = strlen(p->text[TOKENS_PART]);
}

static void a_gap_in_the_log(parts *p) {
    char *row = strstr(p->text[LOG_PART], "\r\n3,") + 2, *next = strstr(row, "\r\n") + 2;
    memmove(row, next, strlen(next) + 1);
    p->size[LOG_PART] = strlen(p->text[LOG_PART]);
}

static void a_log_that_ends_otherwise(parts *p) {
    char *last = p->text[LOG_PART] + p->size[LOG_PART] - 3;
    *last = *last == '0' ? '1' : '0';
}

static void a_log_that_is_empty(parts *p) {
    char *rows = strstr(p->text[LOG_PART], "hash\r\n") + 6;
    *rows = '\0';
    p->size[LOG_PART] = strlen(p->text[LOG_PART]);
}

static void another_number_inside(parts *p) {
    p->manifest.comment.seq = 7;
    write_manifest(p);
}

static void a_newer_version(parts *p) {
    alter(p, MANIFEST_PART, "\"version\": 1", "\"version\": 2");
}

static void a_manifest_that_is_none(parts *p) {
    set_part(p, MANIFEST_PART, "[]");
}

static const struct {
    const char *name;
    void (*how)(parts *p);
    bool recount; /* the manifest's totals fit what was altered */
    const char *says;
} hostile[] = {
    {"wrong count of rows", rows_miscounted, false, "control totals of entries.csv"},
    {"wrong hash", hash_miscounted, false, "control totals of tokens.csv"},
    {"an extra file", another_file, false, "more files in it"},
    {"a missing file", a_missing_file, false, "manifest.json is not where"},
    {"another order", another_order, false, "tokens.csv is not where"},
    {"an unknown column", an_unknown_column, true, "must have the name"},
    {"an unknown kind", an_unknown_kind, true, "is not as a bundle has it"},
    {"a peer", a_peer, true, "is not as a bundle has it"},
    {"an operator", an_operator, true, "is not as a bundle has it"},
    {"an identity", an_identity, true, "is not as a bundle has it"},
    {"a target", a_target, true, "is not as a bundle has it"},
    {"a retention", a_retention, true, "is not as a bundle has it"},
    {"a row of received bundles", a_bundle_row, true, "is not as a bundle has it"},
    {"an erasure", an_erasure, true, "is not as a bundle has it"},
    {"an area elsewhere", a_foreign_area, true, "an area outside"},
    {"a population elsewhere", a_foreign_population, true, "an area outside"},
    {"a residence elsewhere", a_foreign_residence, true, "an area outside"},
    {"no fields", fields_that_are_none, true, NULL},
    {"a day there never was", an_entry_of_yesteryear, true, NULL},
    {"a subject that is no name", an_entry_about_a_wrong_name, true, "is not as a bundle has it"},
    {"care of nobody", an_entry_about_nobody, true, "is not as a bundle has it"},
    {"a number with more behind it", a_number_with_more_behind_it, true, "is not as a bundle has it"},
    {"a formula", a_formula, true, "formula"},
    {"a short token", a_short_token, true, "tokens.csv, line 2"},
    {"a token in capitals", a_token_in_capitals, true, "tokens.csv, line 2"},
    {"a missing token", a_token_that_is_missing, true, "is not as a bundle has it"},
    {"a gap in the log", a_gap_in_the_log, true, "log.csv, line"},
    {"a log that ends otherwise", a_log_that_ends_otherwise, true, "list of the log's hashes"},
    {"an empty log", a_log_that_is_empty, true, "list of the log's hashes"},
    {"another number inside", another_number_inside, false, "manifest is of another bundle"},
    {"a newer version", a_newer_version, false, "manifest.json is not that"},
    {"no manifest", a_manifest_that_is_none, false, "manifest.json is not that"},
};

static void a_bundle_that_contradicts_itself_is_refused_though_it_is_signed(void **state) {
    world *w = *state;
    said who = say_something_small(w, FIRST);
    add_care(w, FIRST, who, "health_examination", "{'date':'2004-05-06'}");
    char *file = send(w, FIRST, CHAOYANG);
    refusals r = before_refusing(w, CHAOYANG);
    for (size_t i = 0; i < COUNT(hostile); i++) {
        parts p = take_apart(w, CHAOYANG, file);
        hostile[i].how(&p);
        if (hostile[i].recount) {
            count_anew(&p);
            write_manifest(&p);
        }
        char *made = put_together(w, FIRST, CHAOYANG, &p);
        hr_status status = try_receive(w, CHAOYANG, made);
        const char *error = hr_error(store_of(w, CHAOYANG));
        if (status != HR_DAMAGED || (hostile[i].says && !strstr(error, hostile[i].says)))
            fail_msg("%s: %s: %s", hostile[i].name, hr_status_name(status), error);
        assert_false(path_exists(beside(made, ".receipt")));
        assert_int_equal(info_of(store_of(w, CHAOYANG)).entries, r.entries);
        free_parts(&p);
    }
    after_refusing(&r, 2 * COUNT(hostile));
    parts p = take_apart(w, CHAOYANG, file); /* the control: taken apart, and put together as it was */
    count_anew(&p);
    write_manifest(&p);
    receive(w, CHAOYANG, put_together(w, FIRST, CHAOYANG, &p));
    free_parts(&p);
    assert_figures(w, CHAOYANG);
}

static void a_log_that_contradicts_what_was_reported_is_refused(void **state) {
    world *w = *state;
    say_something_small(w, FIRST);
    report(w, FIRST, CHAOYANG);
    say(w, FIRST, "elder_help", "{'area':'110105001001','since':'2003-04-05'}");
    char *file = send(w, FIRST, CHAOYANG), start[32];
    parts p = take_apart(w, CHAOYANG, file);
    char *first = strstr(p.text[LOG_PART], "hash\r\n") + 6;
    char *hash = strchr(first, ',') + 1;
    refusals r = before_refusing(w, CHAOYANG);
    hash[5] = hash[5] == '0' ? '1' : '0'; /* the entry that was the newest then is another now */
    p.manifest.from_hash[5] = hash[5];
    count_anew(&p);
    write_manifest(&p);
    refuse(&r, put_together(w, FIRST, CHAOYANG, &p), HR_DAMAGED, "log contradicts the one of the bundle before");
    free_parts(&p);
    p = take_apart(w, CHAOYANG, file); /* it begins after that entry */
    first = strstr(p.text[LOG_PART], "hash\r\n") + 6;
    char *second = strstr(first, "\r\n") + 2;
    memmove(first, second, strlen(second) + 1);
    p.size[LOG_PART] = strlen(p.text[LOG_PART]);
    p.manifest.from_entry++;
    snprintf(p.manifest.from_hash, sizeof p.manifest.from_hash, "%.64s", strchr(first, ',') + 1);
    snprintf(start, sizeof start, "%" PRId64 ",", p.manifest.from_entry);
    assert_true(strncmp(first, start, strlen(start)) == 0);
    count_anew(&p);
    write_manifest(&p);
    refuse(&r, put_together(w, FIRST, CHAOYANG, &p), HR_DAMAGED, "log contradicts the one of the bundle before");
    free_parts(&p);
    after_refusing(&r, 4);
    receive(w, CHAOYANG, file);
    assert_figures(w, CHAOYANG);
}

/* Puts another name of the same length in the place of one, in both of the archive's lists. */
static flow renamed(const parts *p, const char *from, const char *to) {
    flow zip = zipped(p);
    size_t length = strlen(from);
    int found = 0;
    assert_int_equal(length, strlen(to));
    for (char *at = zip.bytes; (at = memmem(at, zip.size - (size_t)(at - zip.bytes), from, length)); at += length) {
        memcpy(at, to, length);
        found++;
    }
    assert_true(found >= 2);
    return zip;
}

static void an_archive_with_odd_paths_or_a_huge_expansion_is_refused(void **state) {
    static const char *const odd[] = {"/eadme.txt", "../dme.txt", "a/adme.txt",  "..\\dme.txt", "C:adme.txt",
                                      "READme.txt", "read me.tx", "readme.tx\n", "readme.exe",  "tokens.csv"};
    world *w = *state;
    say_something_small(w, FIRST);
    char *file = send(w, FIRST, CHAOYANG);
    parts p = take_apart(w, CHAOYANG, file);
    refusals r = before_refusing(w, CHAOYANG);
    for (size_t i = 0; i < COUNT(odd); i++) {
        flow zip = renamed(&p, "readme.txt", odd[i]);
        refuse(&r, wrap(w, FIRST, CHAOYANG, &zip, p.comment), HR_DAMAGED, NULL);
        free(zip.bytes);
    }
    size_t huge = (size_t)100 << 20, was = p.size[ENTRIES_PART];
    p.text[ENTRIES_PART] = realloc(p.text[ENTRIES_PART], huge + 1);
    assert_non_null(p.text[ENTRIES_PART]);
    memset(p.text[ENTRIES_PART] + was, '\n', huge - was);
    p.text[ENTRIES_PART][huge] = '\0';
    p.size[ENTRIES_PART] = huge;
    flow zip = zipped(&p);
    reset_peak();
    long before = resident_kib();
    char *made = wrap(w, FIRST, CHAOYANG, &zip, p.comment);
    refuse(&r, made, HR_DAMAGED, NULL);
    assert_true(peak_kib() - before < 16 << 10);
    free(zip.bytes);
    after_refusing(&r, 2 * (COUNT(odd) + 1));
    receive(w, CHAOYANG, file);
    free_parts(&p);
}

static void a_new_years_key_links_as_before(void **state) {
    world *w = *state;
    put_one(w, FIRST, 1, "110105001001", ",'moved_in':'2001-02-03','file_opened':'2003-05-01'");
    put_one(w, FIRST, 2, "110105001001", ",'moved_in':'2001-02-03'");
    report(w, FIRST, CHAOYANG);
    parts p = take_apart(w, CHAOYANG, send(w, FIRST, CHAOYANG));
    assert_int_equal(p.manifest.year, 2026);
    assert_int_equal(p.manifest.total[1].rows, 0);
    free_parts(&p);
    put_one(w, SECOND, 1, "110105002001", ",'moved_in':'2004-02-03'");
    report(w, SECOND, CHAOYANG);
    residents_of_bureau(w, CHAOYANG, 2);
    give_linkage(w, 2027);
    put_one(w, SECOND, 2, "110105002001", ",'moved_in':'2005-02-03'");
    put_one(w, SECOND, 3, "110105002001", ",'moved_in':'2005-02-03'");
    report(w, SECOND, CHAOYANG); /* under the new key, of one who is known under the old */
    put_one(w, FIRST, 3, "110105001001", ",'moved_in':'2001-02-03'");
    char *file = file_named(w, "next");
    hr_export_options o = persons_for(w, CHAOYANG);
    assert_status(store_of(w, FIRST), HR_OK, hr_export(store_of(w, FIRST), file, &o, NULL));
    p = take_apart(w, CHAOYANG, file);
    assert_int_equal(p.manifest.year, 2027);
    assert_int_equal(p.manifest.total[1].rows, 3);
    free_parts(&p);
    hr_status status = try_receive(w, CHAOYANG, file); /* one was sent and never received */
    assert_int_equal(status, HR_DAMAGED);
    hr_export_options again = persons_for(w, CHAOYANG);
    again.again = 2;
    char *lost = file_named(w, "lost");
    assert_status(store_of(w, FIRST), HR_OK, hr_export(store_of(w, FIRST), lost, &again, NULL));
    receive(w, CHAOYANG, lost);
    refusals r = before_refusing(w, CHAOYANG); /* which was made before the other was made again */
    refuse(&r, file, HR_DAMAGED, "If bundle 2 was made again after this one");
    after_refusing(&r, 0);
    again.again = 3;
    file = file_named(w, "anew");
    assert_status(store_of(w, FIRST), HR_OK, hr_export(store_of(w, FIRST), file, &again, NULL));
    receive(w, CHAOYANG, file);
    assert_figures(w, CHAOYANG);
}

/* Else it could take the numbers of another's next entries, which the bureau would then pass over. */
static void a_station_cannot_write_in_the_name_of_another(void **state) {
    world *w = *state;
    say_something_small(w, FIRST);
    report(w, FIRST, CHAOYANG);
    say_something_small(w, SECOND);
    char *file = send(w, SECOND, CHAOYANG);
    for (int itself = 0; itself < 2; itself++) { /* the control: in its own name it can */
        parts p = take_apart(w, CHAOYANG, file);
        append_row(&p, ENTRIES_PART,
                   "%s,900,1770000000000,care_beds,20040101,,,,,"
                   "\"{\"\"area\"\":110105002001,\"\"since\"\":\"\"2003-02-03\"\",\"\"beds\"\":1}\"",
                   w->id[itself ? SECOND : FIRST]);
        count_anew(&p);
        write_manifest(&p);
        char *made = put_together(w, SECOND, CHAOYANG, &p);
        refusals r = before_refusing(w, CHAOYANG);
        if (itself)
            receive(w, CHAOYANG, made);
        else
            refuse(&r, made, HR_DAMAGED, "in the name of another station");
        free(r.figures);
        free_parts(&p);
    }
}

/* ---- receipts ---- */

static char *bundles_text(world *w, int which) {
    char *text = NULL;
    size_t size = 0;
    hr_cursor *rows = NULL;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    assert_status(store_of(w, which), HR_OK, hr_bundles(store_of(w, which), &rows));
    while (hr_cursor_next(rows) == HR_OK)
        fprintf(out, "%s %s %s %s\n", hr_cursor_text(rows, column_named(rows, "direction")),
                hr_cursor_text(rows, column_named(rows, "store_name")), hr_cursor_text(rows, column_named(rows, "seq")),
                *hr_cursor_text(rows, column_named(rows, "received")) ? "received" : "-");
    hr_cursor_free(rows);
    fclose(out);
    return text;
}

static void assert_bundles(world *w, int which, const char *want) {
    char *text = bundles_text(w, which);
    assert_string_equal(text, want);
    free(text);
}

static void a_receipt_says_that_the_bundle_was_received(void **state) {
    world *w = *state;
    hr_receive_result result;
    say_something_small(w, FIRST);
    char *file = send(w, FIRST, CHAOYANG);
    assert_bundles(w, FIRST, "sent 朝阳区卫生局 1 -\n");
    assert_bundles(w, CHAOYANG, "");
    result = receive(w, CHAOYANG, file);
    assert_string_equal(result.kind, "bundle");
    assert_string_equal(result.from_name, "第一站");
    assert_string_equal(result.level, "persons");
    assert_int_equal(result.seq, 1);
    assert_int_equal(result.added, 1);
    assert_bundles(w, CHAOYANG, "received 第一站 1 -\n");
    result = receive(w, FIRST, beside(file, ".receipt"));
    assert_string_equal(result.kind, "receipt");
    assert_string_equal(result.from_name, "朝阳区卫生局");
    assert_int_equal(result.seq, 1);
    assert_bundles(w, FIRST, "sent 朝阳区卫生局 1 received\n");
    receive(w, FIRST, beside(file, ".receipt")); /* once more, which says nothing new */
    assert_bundles(w, FIRST, "sent 朝阳区卫生局 1 received\n");
    assert_int_equal(verify_findings(store_of(w, FIRST)), 0);
}

static void receipts_that_are_not_the_bureaus_for_this_bundle_are_refused(void **state) {
    world *w = *state;
    say_something_small(w, FIRST);
    say_something_small(w, SECOND);
    char *file = send(w, FIRST, CHAOYANG), *other = send(w, SECOND, CHAOYANG), *next = send(w, FIRST, CHAOYANG);
    receive(w, CHAOYANG, file);
    receive(w, CHAOYANG, other);
    receive(w, CHAOYANG, next);
    size_t size, comment;
    char *receipt = file_named(w, "receipt"), *text = read_bytes(beside(file, ".receipt"), &size);
    comment = strcspn(text, "\n");
    refusals r = before_refusing(w, FIRST);
    for (size_t at = strlen("untrusted comment: "); at < size; at++) {
        if (at < comment)
            continue;
        text[at] ^= 1;
        write_bytes(receipt, text, size);
        hr_status status = try_receive(w, FIRST, receipt);
        if (status != HR_DAMAGED && status != HR_INVALID)
            fail_msg("byte %zu of a receipt: %s", at, hr_status_name(status));
        text[at] ^= 1;
    }
    refuse(&r, beside(other, ".receipt"), HR_DAMAGED, "for another station");
    char *at = strstr(text, "seq=1"); /* the next bundle's number on the receipt of this one */
    at[4] = '2';
    write_bytes(receipt, text, size);
    refuse(&r, receipt, HR_DAMAGED, "of no bundle that was sent from here");
    at[4] = '9';
    write_bytes(receipt, text, size);
    refuse(&r, receipt, HR_DAMAGED, "of no bundle that was sent from here");
    at[4] = '1';
    assert_status(store_of(w, FIRST), HR_OK, hr_peer_remove(store_of(w, FIRST), w->id[CHAOYANG]));
    r.entries++;
    write_bytes(receipt, text, size);
    refuse(&r, receipt, HR_DAMAGED, "signed by a bureau that is not known here");
    pin(w, FIRST, CHAOYANG);
    receive(w, FIRST, receipt);
    assert_bundles(w, FIRST, "sent 朝阳区卫生局 1 received\nsent 朝阳区卫生局 2 -\n");
    free(text);
    free(r.figures);
}

/* Two stations gave one code to two institutions: what one says of its own is not said of the other's. */
static void an_institution_is_not_taken_for_anothers_of_the_same_code(void **state) {
    world *w = *state;
    static const char *const areas[] = {"110105001001", "110105002001"};
    for (int station = FIRST; station <= SECOND; station++) {
        char *row = NULL;
        assert_true(asprintf(&row,
                             "{\"code\":\"X1\",\"name\":\"站\",\"kind\":\"station\",\"area\":\"%s\",\"grade\":\"%s\","
                             "\"opened\":\"2000-01-01\"}",
                             areas[station - FIRST], station == FIRST ? "A" : "C") > 0);
        assert_status(store_of(w, station), HR_OK, hr_put(store_of(w, station), "institution", row, NULL, NULL));
        free(row);
    }
    hr_receive_result first = receive(w, CHAOYANG, send(w, FIRST, CHAOYANG));
    char *before = figures(store_of(w, CHAOYANG), "110105", NULL);
    hr_receive_result second = receive(w, CHAOYANG, send(w, SECOND, CHAOYANG));
    char *after = figures(store_of(w, CHAOYANG), "110105", NULL);
    assert_int_equal(first.left_out, 0);
    assert_int_equal(second.left_out, 1);
    assert_string_equal(after, before);
    assert_non_null(strstr(after, "grade_a_stations,1,1,"));
    free(before);
    free(after);
}

static void a_lost_receipt_is_written_again(void **state) {
    world *w = *state;
    hr_receive_options o;
    hr_receive_options_init(&o);
    say_something_small(w, FIRST);
    char *file = send(w, FIRST, CHAOYANG), *elsewhere = file_named(w, "elsewhere.receipt");
    receive(w, CHAOYANG, file);
    refusals r = before_refusing(w, CHAOYANG);
    o.receipt_again = 1;
    assert_int_equal(hr_receive(store_of(w, CHAOYANG), file, &o, NULL), HR_EXISTS);
    o.receipt = elsewhere;
    assert_status(store_of(w, CHAOYANG), HR_OK, hr_receive(store_of(w, CHAOYANG), file, &o, NULL));
    after_refusing(&r, 1);
    receive(w, FIRST, elsewhere);
    assert_bundles(w, FIRST, "sent 朝阳区卫生局 1 received\n");
}

/* ---- with other programs ---- */

static void run_shell(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void run_shell(const char *format, ...) {
    char command[4096];
    va_list values;
    va_start(values, format);
    vsnprintf(command, sizeof command, format, values);
    va_end(values);
    int code = system(command); /* NOLINT(cert-env33-c) */
    if (code != 0)
        fail_msg("%s: %d", command, code);
}

/* What nobody outside the station may read. */
static const char *const secrets[] = {"秘密姓名", "秘密住址",       "13912345678", "秘密户主", "秘密文字",
                                      "秘密医生", "11010519320603", "秘密理由",    "DEVICE77"};

static void debians_programs_open_bundles_and_nothing_of_anybody_is_in_them(void **state) {
    world *w = *state;
    char id[ID_SIZE], identity[HR_AGE_IDENTITY_SIZE], key[HR_MINISIGN_KEY_SIZE], bureau_key[HR_MINISIGN_KEY_SIZE];
    id_number(id, 110105, 19320603, 74);
    said who =
        say(w, FIRST, "resident",
            "{'id_number':'%s','name':'秘密姓名','area':'110105001001','phone':'13912345678','address':'秘密住址',"
            "'household':'秘密户主','call_device':'DEVICE77','file_opened':'2003-05-01',"
            "'file_number':'11010500100100001','disability_certificate':'%s43'}",
            id, id);
    add_care(w, FIRST, who, "encounter", "{'date':'2004-02-03','plan':'秘密文字','doctor':'秘密医生'}");
    add_care(w, FIRST, who, "home_bed_open", "{'date':'2004-02-03','diagnosis':'秘密文字','doctor':'秘密医生'}");
    said note = add_care(w, FIRST, who, "note", "{'date':'2004-02-03','text':'秘密文字'}");
    hr_entry_options why;
    hr_entry_options_init(&why);
    why.why = "秘密理由";
    assert_status(store_of(w, FIRST), HR_OK, hr_entry_amend(store_of(w, FIRST), note.here, NULL, &why, NULL));
    call(w, FIRST, "DEVICE77", "2005-02-03 08:15:02", "2005-02-03 08:17:02");
    char *file = send(w, FIRST, CHAOYANG);
    receive(w, CHAOYANG, file);

    hr_identity *bureau = identity_of(w, CHAOYANG), *station = identity_of(w, FIRST);
    hr_minisign_key public;
    hr_age_identity_text(bureau->age, identity);
    hr_minisign_public(station->sign, &public);
    hr_minisign_key_text(&public, key);
    hr_minisign_public(bureau->sign, &public);
    hr_minisign_key_text(&public, bureau_key);
    hr_secret_free(bureau);
    hr_secret_free(station);
    char *identity_file = file_named(w, "identity"), *folder = file_named(w, "open");
    write_text(identity_file, identity);
    run_shell("minisign -Vq -P %s -m %s -x %s.minisig", key, file, file);
    run_shell("minisign -Vq -P %s -m %s -x %s.receipt", bureau_key, file, file);
    run_shell("! minisign -Vq -P %s -m %s -x %s.minisig 2>/dev/null", bureau_key, file, file);
    run_shell("age -d -i %s -o %s.zip %s", identity_file, folder, file);
    run_shell("python3 -m zipfile -e %s.zip %s", folder, folder);
    run_shell(
        "test \"$(ls %s | tr '\\n' ' ')\" = 'entries.csv figures.csv log.csv manifest.json readme.txt tokens.csv '",
        folder);
    run_shell("grep -q 社区卫生服务站 %s/readme.txt", folder);
    run_shell("python3 -c \"import csv,json,hashlib,sys; d='%s/'; m=json.load(open(d+'manifest.json'))\n"
              "for n,t in m['files'].items():\n"
              "  rows=list(csv.reader(open(d+n, encoding='utf-8-sig', newline='')))\n"
              "  assert len(rows)-1==t['rows'] and len({len(r) for r in rows})==1\n"
              "  assert hashlib.blake2b(open(d+n,'rb').read(), digest_size=32).hexdigest()==t['blake2b_256']\n"
              "assert m['files']['entries.csv']['rows']>5\n\"",
              folder);
    flow zip = decrypted(w, CHAOYANG, file);
    for (size_t i = 0; i < COUNT(secrets); i++) {
        assert_int_equal(files_with(folder, secrets[i], strlen(secrets[i])), 0);
        assert_null(memmem(zip.bytes, zip.size, secrets[i], strlen(secrets[i])));
    }
    assert_int_equal(files_with(folder, "第一站", strlen("第一站")),
                     1); /* the control: the manifest names the station */
    assert_int_equal(files_with(folder, "encounter", 9), 1);
    free(zip.bytes);
}

/* ---- restricted and erased ---- */

static void a_restricted_resident_is_sent_when_he_is_released(void **state) {
    world *w = *state;
    hr_export_result result;
    said a =
        put_one(w, FIRST, 1, "110105001001", ",'moved_in':'2001-02-03','file_opened':'2003-05-01','call_device':'D1'");
    said b = put_one(w, FIRST, 2, "110105001001", ",'moved_in':'2001-02-03','file_opened':'2003-05-01'");
    said c = put_one(w, FIRST, 3, "110105001001", ",'moved_in':'2001-02-03','file_opened':'2003-05-01'");
    add_care(w, FIRST, a, "health_examination", "{'date':'2005-05-06'}");
    add_care(w, FIRST, c, "rehab_assessment", "{'date':'2005-05-06','needs_rehab':true}");
    unify(w, FIRST, b, c);
    assert_status(store_of(w, FIRST), HR_OK, hr_restrict(store_of(w, FIRST), a.here, "本人要求"));
    assert_status(store_of(w, FIRST), HR_OK, hr_restrict(store_of(w, FIRST), b.here, "本人要求"));
    char *file = export_to(w, FIRST, CHAOYANG, &result);
    assert_int_equal(result.left_out, 6); /* who they are, three; care, two; that two are one */
    receive(w, CHAOYANG, file);
    residents_of_bureau(w, CHAOYANG, 0);
    assert_count(w, CHAOYANG, "110105", 20051231, 0, 0);
    call(w, FIRST, "D1", "2005-02-03 08:15:02", "2005-02-03 08:16:02"); /* a call is kept all the same */
    report(w, FIRST, CHAOYANG);
    residents_of_bureau(w, CHAOYANG, 0);
    call(w, FIRST, "D1", "2005-02-04 08:15:02", "2005-02-04 08:16:02");
    assert_status(store_of(w, FIRST), HR_OK, hr_release(store_of(w, FIRST), a.here, "本人同意"));
    assert_status(store_of(w, FIRST), HR_OK, hr_release(store_of(w, FIRST), b.here, "本人同意"));
    report(w, FIRST, CHAOYANG);
    assert_figures(w, CHAOYANG);
}

static void one_restricted_after_he_was_sent_counts_on(void **state) {
    world *w = *state;
    said a = put_one(w, FIRST, 1, "110105001001", ",'moved_in':'2001-02-03','file_opened':'2003-05-01'");
    report(w, FIRST, CHAOYANG);
    assert_status(store_of(w, FIRST), HR_OK, hr_restrict(store_of(w, FIRST), a.here, "本人要求"));
    report(w, FIRST, CHAOYANG);
    assert_figures(w, CHAOYANG);
    assert_status(store_of(w, FIRST), HR_OK, hr_release(store_of(w, FIRST), a.here, "本人同意"));
    put_one(w, FIRST, 1, "110105001001", ",'file_opened':'2004-05-01'");
    report(w, FIRST, CHAOYANG);
    assert_figures(w, CHAOYANG);
}

static void one_erased_counts_on_and_is_nobody(void **state) {
    world *w = *state;
    said a = put_one(w, FIRST, 1, "110105001001", ",'moved_in':'2001-02-03','file_opened':'2003-05-01'");
    said b = put_one(w, FIRST, 2, "110105001001", ",'moved_in':'2001-02-03','file_opened':'2003-05-01'");
    put_one(w, SECOND, 1, "110105002001", ",'moved_in':'2002-02-03'");
    report(w, SECOND, CHAOYANG);
    report(w, FIRST, CHAOYANG);
    said c = put_one(w, FIRST, 3, "110105001001", ",'moved_in':'2001-02-03','file_opened':'2003-05-01'");
    said d = put_one(w, FIRST, 4, "110105001001", ",'moved_in':'2001-02-03','file_opened':'2003-05-01'");
    (void)b;
    assert_status(store_of(w, FIRST), HR_OK, hr_restrict(store_of(w, FIRST), d.here, "本人要求"));
    report(w, FIRST, CHAOYANG);
    said gone[] = {a, c, d}; /* one who was sent twice, one once, and one whom the bureau never heard of */
    for (size_t i = 0; i < COUNT(gone); i++) {
        if (gone[i].here != d.here)
            assert_status(store_of(w, FIRST), HR_OK, hr_restrict(store_of(w, FIRST), gone[i].here, "本人要求"));
        assert_status(store_of(w, FIRST), HR_OK, hr_erase(store_of(w, FIRST), gone[i].here, NULL));
    }
    report(w, FIRST, CHAOYANG);
    assert_figures(w, CHAOYANG);
    put_one(w, THIRD, 1, "110105003001", ",'moved_in':'2005-02-03'");
    report(w, THIRD, CHAOYANG);
    assert_figures(w, CHAOYANG); /* he is the same who was erased at the first and is known to the second */
    give_linkage(w, 2027);
    report(w, SECOND, CHAOYANG);
    report(w, FIRST, CHAOYANG);
    report(w, THIRD, CHAOYANG);
    assert_figures(w, CHAOYANG);
}

/* ---- made again ---- */

static void a_bundle_that_was_lost_is_made_again_and_either_is_taken(void **state) {
    for (int second = 0; second < 2; second++) {
        world *w = *state;
        void *fresh = group;
        if (second) {
            copy_world(&fresh);
            w = fresh;
        }
        said a = say_something_small(w, FIRST);
        report(w, FIRST, CHAOYANG);
        add_care(w, FIRST, a, "health_examination", "{'date':'2005-05-06'}");
        hr_export_result result;
        char *lost = send(w, FIRST, CHAOYANG), *again = file_named(w, "again");
        add_care(w, FIRST, a, "rehab_assessment", "{'date':'2005-05-06','needs_rehab':true}");
        wall_ms += 90000000; /* the day after */
        hr_export_options o = persons_for(w, CHAOYANG);
        hr_export_result_init(&result);
        o.again = 7;
        assert_int_equal(hr_export(store_of(w, FIRST), again, &o, NULL), HR_NOT_FOUND);
        o.again = 2;
        assert_int_equal(hr_export(store_of(w, FIRST), lost, &o, NULL), HR_EXISTS);
        assert_status(store_of(w, FIRST), HR_OK, hr_export(store_of(w, FIRST), again, &o, &result));
        assert_int_equal(result.seq, 2);
        assert_int_equal(result.entries, 1);
        char *next = send(w, FIRST, CHAOYANG);
        char *taken = second ? again : lost, *left = second ? lost : again;
        receive(w, CHAOYANG, taken);
        refusals r = before_refusing(w, CHAOYANG);
        refuse(&r, left, HR_DAMAGED, "another file was received as bundle 2");
        after_refusing(&r, 0);
        receive(w, CHAOYANG, next);
        receive(w, FIRST, beside(taken, ".receipt"));
        assert_bundles(w, FIRST, "sent 朝阳区卫生局 1 received\nsent 朝阳区卫生局 2 received\nsent 朝阳区卫生局 3 -\n");
        assert_figures(w, CHAOYANG);
        if (second)
            remove_world(&fresh);
    }
}

/* ---- stopped and killed ---- */

typedef struct stopping {
    int calls, at;
} stopping;

static int stop(void *context, uint64_t done, uint64_t total) {
    stopping *s = context;
    (void)done;
    (void)total;
    return s->calls++ == s->at;
}

static void say_much(world *w, int station) {
    char id[ID_SIZE];
    assert_status(store_of(w, station), HR_OK, hr_batch_begin(store_of(w, station)));
    for (int i = 0; i < 600; i++)
        put_ok(&w->at[station], "resident", "{'id_number':'%s','name':'居民','area':'110105001001'}",
               id_number(id, 110105, 19300101 + i % 28 + i / 28 % 12 * 100 + i / 336 * 10000, 400));
    assert_status(store_of(w, station), HR_OK, hr_batch_commit(store_of(w, station)));
}

static void whoever_is_stopped_changes_nothing(void **state) {
    world *w = *state;
    stopping s = {.at = 0};
    hr_export_options o = persons_for(w, CHAOYANG);
    hr_receive_options in;
    hr_status status;
    char *file = file_named(w, "stopped");
    say_much(w, FIRST);
    o.progress = stop;
    o.progress_context = &s;
    refusals r = before_refusing(w, FIRST);
    while ((status = hr_export(store_of(w, FIRST), file, &o, NULL)) == HR_CANCELLED) {
        assert_int_equal(info_of(store_of(w, FIRST)).entries, r.entries);
        assert_int_equal(files_in(w->folder), r.files);
        s = (stopping){.at = s.at + 1};
    }
    assert_status(store_of(w, FIRST), HR_OK, status);
    assert_in_range(s.at, 2, 100);
    after_refusing(&r, 2);
    hr_receive_options_init(&in);
    in.progress = stop;
    in.progress_context = &s;
    s = (stopping){.at = 0};
    r = before_refusing(w, CHAOYANG);
    while ((status = hr_receive(store_of(w, CHAOYANG), file, &in, NULL)) == HR_CANCELLED) {
        assert_int_equal(info_of(store_of(w, CHAOYANG)).entries, r.entries);
        assert_int_equal(files_in(w->folder), r.files);
        s = (stopping){.at = s.at + 1};
    }
    assert_status(store_of(w, CHAOYANG), HR_OK, status);
    assert_in_range(s.at, 2, 200);
    free(r.figures);
    residents_of_bureau(w, CHAOYANG, 600);
}

/* Does it in a process that dies at the n-th look at the clock or sync. False when it came to its end. */
static bool dies_at(world *w, int which, const char *file, bool sends, unsigned n) {
    int code = 0;
    close_store(&w->at[which]);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        hr_store *store = NULL;
        hr_export_options o = persons_for(w, CHAOYANG);
        if (hr_store_new(&store, HR_LANGUAGE_EN) != HR_OK ||
            open_with_key(store, w->at[which].path, w->at[which].recovery) != HR_OK)
            _exit(2);
        dies_after = n;
        hr_status status = sends ? hr_export(store, file, &o, NULL) : hr_receive(store, file, NULL, NULL);
        if (status != HR_OK)
            fprintf(stderr, "%s\n", hr_error(store));
        _exit(status == HR_OK ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &code, 0), child);
    open_one(w, which);
    assert_int_equal(verify_findings(store_of(w, which)), 0);
    if (WIFEXITED(code))
        assert_int_equal(WEXITSTATUS(code), 0);
    return WIFSIGNALED(code);
}

static int64_t sent_so_far(world *w) {
    hr_cursor *rows = NULL;
    assert_status(store_of(w, FIRST), HR_OK, hr_bundles(store_of(w, FIRST), &rows));
    return (int64_t)count_rows(store_of(w, FIRST), rows);
}

static void an_export_that_is_killed_leaves_no_half_bundle_and_its_number_can_be_made_again(void **state) {
    world *w = *state;
    int64_t seq = 1;
    unsigned n = 1, used = 0;
    char *file = NULL;
    say_something_small(w, FIRST);
    for (bool died = true; died; n++) {
        file = file_named(w, "killed");
        died = dies_at(w, FIRST, file, true, n);
        bool whole = path_exists(file), is_said = sent_so_far(w) >= seq;
        assert_true(!whole || (is_said && path_exists(beside(file, ".minisig")))); /* a name is given last */
        if (!is_said)
            continue;
        if (!whole) { /* it says that it was sent, but there is no file */
            hr_export_options o = persons_for(w, CHAOYANG);
            o.again = seq;
            file = file_named(w, "again");
            used++;
            assert_status(store_of(w, FIRST), HR_OK, hr_export(store_of(w, FIRST), file, &o, NULL));
        }
        receive(w, CHAOYANG, file);
        seq++;
    }
    assert_in_range(n, 8, 1000);
    assert_in_range(used, 1, 1000);
    assert_figures(w, CHAOYANG);
}

static void a_receiving_that_is_killed_takes_all_or_nothing(void **state) {
    world *w = *state;
    unsigned n = 1;
    bool died = true;
    say_something_small(w, FIRST);
    char *file = send(w, FIRST, CHAOYANG);
    hr_receive_options again;
    hr_receive_options_init(&again);
    again.receipt_again = 1;
    refusals r = before_refusing(w, CHAOYANG);
    for (; died && info_of(store_of(w, CHAOYANG)).residents == 0; n++) {
        died = dies_at(w, CHAOYANG, file, false, n);
        if (info_of(store_of(w, CHAOYANG)).residents == 0) {
            char *now = figures(store_of(w, CHAOYANG), "110105", NULL);
            assert_null(difference(now, r.figures));
            free(now);
            assert_false(path_exists(beside(file, ".receipt")));
        }
    }
    assert_in_range(n, 4, 1000);
    assert_true(died); /* received, but without a receipt */
    assert_figures(w, CHAOYANG);
    if (!path_exists(beside(file, ".receipt")))
        assert_status(store_of(w, CHAOYANG), HR_OK, hr_receive(store_of(w, CHAOYANG), file, &again, NULL));
    receive(w, FIRST, beside(file, ".receipt"));
    free(r.figures);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(one_known_to_two_stations_counts_once_where_the_newest_residence_began),
        CASE(random_histories_amount_to_those_of_one_store_that_holds_everybody),
        CASE(a_bundle_cut_off_anywhere_is_refused),
        CASE(a_bundle_signed_when_it_was_cut_off_is_refused),
        CASE(a_bundle_with_any_byte_altered_is_refused),
        CASE(a_bundle_with_any_bit_of_its_header_altered_is_refused),
        CASE(a_bundle_whose_signature_file_is_altered_is_refused),
        CASE(each_fault_of_a_bundle_has_its_own_message),
        CASE(a_bundle_for_another_is_refused),
        CASE(two_copies_of_a_station_cannot_both_report),
        CASE(a_station_receives_no_bundles),
        CASE(a_bundle_that_contradicts_itself_is_refused_though_it_is_signed),
        CASE(a_log_that_contradicts_what_was_reported_is_refused),
        CASE(an_archive_with_odd_paths_or_a_huge_expansion_is_refused),
        CASE(a_correction_takes_the_place_of_a_figure_and_both_stay_visible),
        CASE(districts_report_to_the_city_what_they_received),
        CASE(what_reaches_the_city_by_two_ways_counts_once),
        CASE(one_who_gets_a_number_that_another_station_knows_is_one_from_then_on),
        CASE(a_new_years_key_links_as_before),
        CASE(a_receipt_says_that_the_bundle_was_received),
        CASE(receipts_that_are_not_the_bureaus_for_this_bundle_are_refused),
        CASE(an_institution_is_not_taken_for_anothers_of_the_same_code),
        CASE(a_lost_receipt_is_written_again),
        CASE(debians_programs_open_bundles_and_nothing_of_anybody_is_in_them),
        CASE(a_restricted_resident_is_sent_when_he_is_released),
        CASE(one_restricted_after_he_was_sent_counts_on),
        CASE(one_erased_counts_on_and_is_nobody),
        CASE(a_bundle_that_was_lost_is_made_again_and_either_is_taken),
        CASE(whoever_is_stopped_changes_nothing),
        CASE(an_export_that_is_killed_leaves_no_half_bundle_and_its_number_can_be_made_again),
        CASE(a_receiving_that_is_killed_takes_all_or_nothing),
        CASE(stations_link_again_when_the_last_of_them_has_the_years_key),
        CASE(what_a_station_says_of_a_residence_is_about_its_own),
        CASE(a_station_cannot_write_in_the_name_of_another),
        CASE(one_who_left_for_another_station_counts_there_in_whatever_order_they_say_so),
    };
    return cmocka_run_group_tests_name("bundles", tests, make_world, remove_world);
}
