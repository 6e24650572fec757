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

/* ---- random histories ---- */

enum { MOST = 40, ENTRIES = 300, WATCHED = 12 };

typedef struct person {
    char id[ID_SIZE], name[32];
    const char *area[STORES]; /* where he lives or lived, as a station knows */
    said at[STORES]; /* in a station's store and in the one that holds everybody; here 0: that station does not know him */
    int stations;    /* that know him */
    bool unified, dead, has_device;
} person;

typedef struct history {
    world *w;
    uint64_t seed;
    person who[MOST];
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
    char *waiting[STORES][64];
    int first[STORES], last[STORES];
} history;

static const int stations_of_chaoyang[] = {FIRST, SECOND, THIRD};

static const char *committee_of(int station) {
    return station == FIRST ? (one_in(2) ? "110105001001" : "110105001002")
           : station == SECOND ? "110105002001"
           : station == THIRD ? "110105003001"
                              : "110108001001";
}

/* A day later than all that were said, one in ten without its day of the month. */
static const char *next_day(history *h) {
    static char out[4][16];
    static unsigned next;
    char *day = out[next++ % 4];
    h->day += 1 + (int)random_below(6);
    int year = 2000 + h->day / 336, month = h->day / 28 % 12 + 1, date = h->day % 28 + 1;
    snprintf(day, sizeof out[0], one_in(10) ? "%04d-%02d" : "%04d-%02d-%02d", year, month, date);
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
    id_number(p->id, 110105, 19150101 + (int)random_below(50) * 10000 + (int)random_below(12) * 100 + (int)random_below(28),
              h->count);
    snprintf(p->name, sizeof p->name, "居民%02d", h->count);
    p->has_device = one_in(2);
    snprintf(more, sizeof more, p->has_device ? ",'moved_in':'%s','call_device':'D%d'" : ",'moved_in':'%s'", next_day(h),
             h->count);
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
        snprintf(more, sizeof more, "'rehab_need_since':'%d'%s", 1999 - h->needs++, /* earlier: no session is too early */
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
    say(h->w, station, "resident", "{'id_number':'%s','name':'%s','area':'%s',%s}", p->id, p->name, p->area[station], more);
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
    keep_entry(h, station, add_care(h->w, station, who, care[which].form, "{'date':'%s',%s}", next_day(h), care[which].fields),
               p, false);
}

static void correct_something(history *h, int station) {
    char json[64];
    if (h->entries == 0)
        return;
    int i = (int)random_below((unsigned)h->entries);
    if (h->entry[i].station != station || h->entry[i].gone)
        return;
    snprintf(json, sizeof json, "{'date':'%s'}", next_day(h));
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
    snprintf(raised, sizeof raised, "200%u-%02u-%02u 08:15:02", random_below(10), 1 + random_below(12), 1 + random_below(28));
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
        say(h->w, station, "institution", "{'code':'S%d-%d','name':'站','kind':'%s','area':'%s','opened':'%s','serves':'%s'%s}",
            station, ++h->institutions, one_in(2) ? "station" : "centre", area, next_day(h), area,
            one_in(2) ? ",'networked_since':'2004-05-01'" : "");
        say(h->w, station, "grade", "{'institution':'S%d-%d','since':'%s','grade':'%s'}", station, h->institutions,
            next_day(h), one_in(2) ? "A" : "B");
        break;
    case 2:
        say(h->w, station, "elder_help", "{'area':'%s','since':'%s'}", area, next_day(h));
        break;
    case 3:
        say(h->w, station, "care_beds", "{'area':'%s','since':'%s','beds':%u}", area, next_day(h), random_below(50));
        break;
    case 4:
        say(h->w, station, "hotline", "{'area':'%s','period':'%04d-%02d','requests':%u,'met':%u}", area,
            2001 + (int)random_below(8), 1 + (int)random_below(12), 20 + random_below(9), random_below(20));
        break;
    case 5:
        say(h->w, station, "area", "{'area':'%s','name':'改名%u'}", area, random_below(1000));
        break;
    default:
        say(h->w, station, "area", "{'area':'%.9s%03u','name':'新居委会%u'}", area, 100 + random_below(5) , random_below(9));
    }
}

static void say_something(history *h) {
    int station = stations_of_chaoyang[random_below(3)], other = stations_of_chaoyang[random_below(3)];
    switch (random_below(20)) {
    case 0: case 1: case 2:
        register_somebody(h, station);
        break;
    case 3: case 4: case 5:
        amend_somebody(h, station);
        break;
    case 6: case 7:
        if (station != other)
            move_somebody(h, station, other);
        break;
    case 8:
        somebody_dies(h, station);
        break;
    case 9: case 10: case 11: case 12:
        care_for_somebody(h, station);
        break;
    case 13: case 14:
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

static void receive_waiting(history *h, int station) {
    if (h->first[station] == h->last[station])
        return;
    char *file = h->waiting[station][h->first[station]++ % 64];
    receive(h->w, CHAOYANG, file);
    receive(h->w, station, beside(file, ".receipt"));
}

static void exchange_something(history *h) {
    int station = stations_of_chaoyang[random_below(3)];
    if (one_in(2) && h->last[station] - h->first[station] < 8) {
        h->waiting[station][h->last[station]++ % 64] = send(h->w, station, CHAOYANG);
    } else {
        receive_waiting(h, station);
        if (one_in(3))
            watch(h);
    }
}

static void exchange_the_rest(history *h) {
    for (int i = 0; i < 3; i++)
        h->waiting[stations_of_chaoyang[i]][h->last[stations_of_chaoyang[i]]++ % 64] =
            send(h->w, stations_of_chaoyang[i], CHAOYANG);
    for (int left = 1; left;) {
        int station = stations_of_chaoyang[random_below(3)];
        receive_waiting(h, station);
        left = 0;
        for (int i = 0; i < 3; i++)
            left += h->last[stations_of_chaoyang[i]] - h->first[stations_of_chaoyang[i]];
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
    h->seed = seed;
    seed_chance(seed);
    print_message("seed %" PRIu64 "\n", seed);
    for (uint64_t i = 0, steps = setting("HR_BUNDLES_STEPS", 150); i < steps; i++) {
        say_something(h);
        if (one_in(8))
            exchange_something(h);
    }
    exchange_the_rest(h);
    const char *where = figures_differ(w, CHAOYANG);
    if (where)
        fail_msg("seed %" PRIu64 ": %s", seed, where);
    assert_int_equal(verify_findings(store_of(w, CHAOYANG)), 0);
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

static void random_histories_of_three_stations_amount_to_those_of_one(void **state) {
    uint64_t seed = setting("HR_BUNDLES_SEED", 1), runs = setting("HR_BUNDLES_RUNS", SANITIZED ? 1 : 4);
    run_history(*state, seed);
    for (uint64_t i = 1; i < runs; i++) {
        void *fresh = group;
        assert_int_equal(copy_world(&fresh), 0);
        run_history(fresh, seed + i);
        remove_world(&fresh);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(one_known_to_two_stations_counts_once_where_the_newest_residence_began),
        CASE(random_histories_of_three_stations_amount_to_those_of_one),
        CASE(one_who_left_for_another_station_counts_there_in_whatever_order_they_say_so),
    };
    return cmocka_run_group_tests_name("bundles", tests, make_world, remove_world);
}
