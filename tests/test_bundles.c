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

enum { CITY, CHAOYANG, HAIDIAN, FIRST, SECOND, THIRD, FAR, EVERYBODY, STRANGER, STORES };
static const struct {
    const char *folder, *area, *name;
    int bureau;
} kinds[STORES] = {
    [CITY] = {"city.hrs", "11", "市卫生局", 1},
    [CHAOYANG] = {"chaoyang.hrs", "110105", "朝阳区卫生局", 1},
    [HAIDIAN] = {"haidian.hrs", "110108", "海淀区卫生局", 1},
    [FIRST] = {"first.hrs", "110105001", "第一站", 0},
    [SECOND] = {"second.hrs", "110105002", "第二站", 0},
    [THIRD] = {"third.hrs", "110105003001", "第三站", 0},
    [FAR] = {"far.hrs", "110108001", "海淀站", 0},
    [EVERYBODY] = {"everybody.hrs", "11", "总库", 0},
    [STRANGER] = {"stranger.hrs", "110105001", "无名站", 0}, /* its bureau does not know it */
};
static const struct {
    int station, bureau;
} reports[] = {{FIRST, CHAOYANG}, {SECOND, CHAOYANG}, {THIRD, CHAOYANG}, {FAR, HAIDIAN}, {CHAOYANG, CITY}, {HAIDIAN, CITY}};
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
    assert_status(store_of(w, which), HR_OK, open_with_key(store_of(w, which), w->at[which].path, w->at[which].recovery));
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
    for (size_t i = 0; i < REPORTS; i++)
        if (!kinds[reports[i].station].bureau)
            issue_linkage(w, reports[i].bureau, reports[i].station, year);
}

static void name_area(world *w, const char *code, const char *name, const int *stores) {
    for (; *stores >= 0; stores++)
        put_ok(&w->at[*stores], "area", "{'area':'%s','name':'%s'}", code, name);
}

static void name_areas(world *w) {
    name_area(w, "11", "北京市", (const int[]){CITY, EVERYBODY, -1});
    name_area(w, "110105", "朝阳区", (const int[]){CITY, CHAOYANG, EVERYBODY, -1});
    name_area(w, "110108", "海淀区", (const int[]){CITY, HAIDIAN, EVERYBODY, -1});
    name_area(w, "110105001", "一街", (const int[]){CITY, CHAOYANG, FIRST, EVERYBODY, -1});
    name_area(w, "110105002", "二街", (const int[]){CITY, CHAOYANG, SECOND, EVERYBODY, -1});
    name_area(w, "110105003", "三街", (const int[]){CITY, CHAOYANG, EVERYBODY, -1});
    name_area(w, "110108001", "海街", (const int[]){CITY, HAIDIAN, FAR, EVERYBODY, -1});
    name_area(w, "110105001001", "一街一", (const int[]){CITY, CHAOYANG, FIRST, EVERYBODY, -1});
    name_area(w, "110105001002", "一街二", (const int[]){CITY, CHAOYANG, FIRST, EVERYBODY, -1});
    name_area(w, "110105002001", "二街一", (const int[]){CITY, CHAOYANG, SECOND, EVERYBODY, -1});
    name_area(w, "110105003001", "三街一", (const int[]){CITY, CHAOYANG, THIRD, EVERYBODY, -1});
    name_area(w, "110108001001", "海街一", (const int[]){CITY, HAIDIAN, FAR, EVERYBODY, -1});
}

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
    *state = w;
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
    snprintf(out, sizeof out, "%.*s  and not  %.*s", (int)strcspn(a + line, "\n"), a + line, (int)strcspn(b + line, "\n"),
             b + line);
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
    say(w, FIRST, "resident", "{'id_number':'%s','name':'余淑喜','area':'110105001001','moved_in':'2001-03-04','file_opened':'2003-05-01'}", id);
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
        say(w, FIRST, "resident", "{'id_number':'%s','name':'余淑喜','area':'110105001001','moved_in':'2001-03-04','file_opened':'2003-05-01'}", id);
        if (i == 0)
            say(w, FIRST, "resident", "{'id_number':'%s','name':'余淑喜','area':'110105001001','moved_in':'2001-03-04','moved_out':'2004-02-03'}", id);
        say(w, SECOND, "resident", "{'id_number':'%s','name':'余淑喜','area':'110105002001','moved_in':'2004-02-03'}", id);
        if (i == 1)
            say(w, FIRST, "resident", "{'id_number':'%s','name':'余淑喜','area':'110105001001','moved_in':'2001-03-04','moved_out':'2004-02-03'}", id);
    }
    assert_int_equal(files_at(w, EVERYBODY, "110105002", 20041231, NULL), 2);
    report(w, FIRST, CHAOYANG);
    report(w, SECOND, CHAOYANG);
    residents_of_bureau(w, CHAOYANG, 2);
    assert_figures(w, CHAOYANG);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(one_known_to_two_stations_counts_once_where_the_newest_residence_began),
        CASE(one_who_left_for_another_station_counts_there_in_whatever_order_they_say_so),
    };
    return cmocka_run_group_tests_name("bundles", tests, make_world, remove_world);
}
