/* Copies of a store that come together again, and stations that come into a greater one.
 *
 * Copies are made as users make them: restored from a backup, or copied with the folder. Each has a clock of its own,
 * which this program keeps: it defines clock_gettime, so the linker gives it to the library in place of the C
 * library's. What a store says is written down as text without its own numbers, residents named by their ID numbers, so
 * that two stores that say the same give the same text.
 *
 * Random histories are compared with a naive model (what each copy said, and which of it each copy knows) and with one
 * store to which all of it was said in its order. HR_MERGE_SEED and HR_MERGE_RUNS ask for another seed and for more. */
#include "raw.h"
#include "support.h"
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

/* ---- clocks ---- */

static int64_t wall_ms;     /* 0: the true time */
static unsigned dies_after; /* so many more looks at the clock; 0: never */

int clock_gettime(clockid_t clock, struct timespec *out) {
    int code = (int)syscall(SYS_clock_gettime, clock, out);
    if (clock == CLOCK_REALTIME && dies_after && --dies_after == 0)
        kill(getpid(), SIGKILL);
    if (clock == CLOCK_REALTIME && wall_ms) {
        out->tv_sec = (time_t)(wall_ms / 1000);
        out->tv_nsec = (long)(wall_ms % 1000 * 1000000);
    }
    return code;
}

enum { SECOND = 1000, HOUR = 3600 * SECOND };

static void start_clock(void) {
    struct timespec now;
    wall_ms = 0;
    clock_gettime(CLOCK_REALTIME, &now);
    wall_ms = (int64_t)now.tv_sec * 1000;
}

/* ---- copies ---- */

enum { A, B, C, COPIES };

typedef struct desk {
    fixture f[COPIES]; /* the first is the test's own; the others are in its folder */
} desk;

static hr_open_options by_key(const fixture *f) {
    hr_open_options options;
    hr_open_options_init(&options);
    options.recovery_key = f->recovery;
    return options;
}

static void name_copy(fixture *out, const fixture *of, const char *name) {
    *out = (fixture){.store = NULL};
    memcpy(out->folder, of->folder, sizeof out->folder);
    memcpy(out->recovery, of->recovery, sizeof out->recovery);
    join_path(out->path, out->folder, name);
}

static void open_store(fixture *f) {
    f->store = new_handle(HR_LANGUAGE_EN);
    assert_status(f->store, HR_OK, open_with_key(f->store, f->path, f->recovery));
}

/* Makes `out` from a backup of `from`, which is open. */
static void restore_copy(fixture *out, fixture *from, const char *name) {
    hr_open_options options = by_key(from);
    char file[PATH_SIZE];
    name_copy(out, from, name);
    snprintf(file, sizeof file, "%.480s.backup", out->path);
    assert_status(from->store, HR_OK, hr_backup(from->store, file, NULL, NULL));
    out->store = new_handle(HR_LANGUAGE_EN);
    assert_status(out->store, HR_OK, hr_restore(out->store, file, out->path, &options, NULL, NULL));
}

/* As with cp -r: `from` must be closed, and is open afterwards. */
static void copy_by_hand(fixture *out, fixture *from, const char *name) {
    close_store(from);
    name_copy(out, from, name);
    copy_folder(from->path, out->path);
    open_store(from);
    open_store(out);
}

static void *sample; /* what sit_down was given last */

static int sit_down(void **state) {
    desk *d = calloc(1, sizeof *d);
    assert_non_null(d);
    sample = *state;
    copy_sample(&d->f[A], *state);
    open_store(&d->f[A]);
    start_clock();
    *state = d;
    return 0;
}

static int stand_up(void **state) {
    desk *d = *state;
    wall_ms = 0;
    for (int i = COPIES; i-- > 0;)
        close_store(&d->f[i]);
    remove_tree(d->f[A].folder);
    free(d);
    return 0;
}
#define CASE(name) cmocka_unit_test_setup_teardown(name, sit_down, stand_up)

/* A desk with two copies: the second restored from a backup of the first. */
static fixture *two_copies(desk *d) {
    restore_copy(&d->f[B], &d->f[A], "laptop.hrs");
    return &d->f[B];
}

/* ---- merging ---- */

static hr_merge_options merge_options(const fixture *f) {
    hr_merge_options options;
    hr_merge_options_init(&options);
    options.recovery_key = f->recovery;
    return options;
}

static hr_status try_merge(fixture *into, const fixture *from, hr_merge_result *result) {
    hr_merge_options options = merge_options(from);
    hr_merge_result_init(result);
    return hr_merge(into->store, from->path, &options, result);
}

static hr_merge_result merge(fixture *into, const fixture *from) {
    hr_merge_result result;
    wall_ms += wall_ms ? SECOND : 0;
    assert_status(into->store, HR_OK, try_merge(into, from, &result));
    assert_int_equal(verify_findings(into->store), 0);
    return result;
}

static void refuse_merge(fixture *into, const fixture *from, hr_status want, const char *says) {
    hr_merge_result result;
    uint64_t before = info_of(into->store).entries;
    assert_status(into->store, want, try_merge(into, from, &result));
    assert_text_has(hr_error(into->store), says);
    assert_int_equal(info_of(into->store).entries, before);
    assert_int_equal(verify_findings(into->store), 0);
}

/* ---- what a store says, in text ---- */

enum { LINES = 512 };

typedef struct sheet {
    char *bytes;
    size_t size;
    FILE *to;
} sheet;

static void begin_text(sheet *t) {
    *t = (sheet){.bytes = NULL};
    t->to = open_memstream(&t->bytes, &t->size);
    assert_non_null(t->to);
}

static char *end_text(sheet *t) {
    assert_int_equal(fclose(t->to), 0);
    return t->bytes;
}

static int by_text(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The lines of a text in alphabetical order, appended to `out`; frees the text. */
static void put_sorted(FILE *out, char *lines) {
    char *at[LINES], *save = NULL;
    size_t count = 0;
    for (char *line = strtok_r(lines, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        assert_in_range(count, 0, LINES - 1);
        at[count++] = line;
    }
    qsort(at, count, sizeof *at, by_text);
    for (size_t i = 0; i < count; i++)
        fprintf(out, "%s\n", at[i]);
    free(lines);
}

/* Who somebody is in every store: his ID number, else his name. */
static const char *person_named(hr_store *store, int64_t number, char out[64]) {
    char *json = NULL;
    hr_status status = number ? hr_resident_get(store, number, &json) : HR_NOT_FOUND;
    json_t *object = json ? json_loads(json, 0, NULL) : NULL;
    const char *id = json_string_value(json_object_get(object, "id_number"));
    if (!id)
        id = json_string_value(json_object_get(object, "name"));
    snprintf(out, 64, "%s", id ? id : status == HR_DENIED ? "(restricted)" : number ? "(nobody)" : "");
    json_decref(object);
    hr_free(json);
    return out;
}

/* Each row as "column=value …", a line each, in order; `skip` names columns that are the store's own, parted and
 * surrounded by blanks. Numbers of residents become persons. */
static void put_rows(FILE *out, hr_store *store, hr_status status, hr_cursor *rows, const char *skip) {
    sheet t;
    char column[64], person[64];
    begin_text(&t);
    assert_status(store, HR_OK, status);
    while ((status = hr_cursor_next(rows)) == HR_OK) {
        for (int i = 0; i < hr_cursor_columns(rows); i++) {
            const char *name = hr_cursor_name(rows, i);
            snprintf(column, sizeof column, " %s ", name);
            if (strstr(skip, column))
                continue;
            if (strcmp(name, "resident") == 0 || strcmp(name, "other_resident") == 0)
                fprintf(t.to, " %s=%s", name, person_named(store, hr_cursor_integer(rows, i), person));
            else if (strstr(" amends amended_by ", column))
                fprintf(t.to, " %s=%d", name, hr_cursor_type(rows, i) != HR_NULL);
            else
                fprintf(t.to, " %s=%s", name, hr_cursor_text(rows, i));
        }
        fputc('\n', t.to);
    }
    assert_status(store, HR_END, status);
    hr_cursor_free(rows);
    put_sorted(out, end_text(&t));
}

static void put_rates(FILE *out, hr_store *store, int32_t as_of, const char *known_at) {
    static const char *const tiers[] = {"committee", "city"};
    for (size_t i = 0; i < COUNT(tiers); i++) {
        hr_cursor *rows = NULL;
        hr_status status;
        hr_rates_options options;
        hr_rates_options_init(&options);
        options.as_of = as_of;
        options.by = tiers[i];
        options.set = "all";
        options.known_at = known_at;
        assert_status(store, HR_OK, hr_rates(store, &options, &rows));
        while ((status = hr_cursor_next(rows)) == HR_OK) {
            for (int column = 0; column < hr_cursor_columns(rows); column++)
                fprintf(out, "%s,", hr_cursor_text(rows, column));
            fputc('\n', out);
        }
        assert_status(store, HR_END, status);
        hr_cursor_free(rows);
    }
}

static const int32_t days[] = {20021231, 20051231, 20081231, 20101231};

static char *rates_at(hr_store *store, const char *known_at) {
    sheet t;
    begin_text(&t);
    for (size_t i = 0; i < COUNT(days); i++)
        put_rates(t.to, store, days[i], known_at);
    return end_text(&t);
}

/* The history of a person but for the conflicts noted in it, which name entries by the store's own numbers. */
static void put_history(FILE *out, hr_store *store, int64_t number) {
    hr_cursor *rows = NULL;
    sheet t, kept;
    hr_status status = hr_history(store, number, &rows);
    if (status == HR_DENIED || status == HR_NOT_FOUND) {
        fprintf(out, "%s\n", hr_status_name(status));
        return;
    }
    begin_text(&t);
    put_rows(t.to, store, status, rows, " seq recorded "); /* when, by the clock of where it is asked */
    char *all = end_text(&t), *save = NULL;
    begin_text(&kept);
    for (char *line = strtok_r(all, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        char *call = strstr(line, "\"call\":"); /* the store's own number of it */
        if (call)
            memset(call, '#', strcspn(call, ",}"));
        if (!strstr(line, " kind=conflict "))
            fprintf(kept.to, "%.*s%s\n", call ? (int)(call - line) : 0, line, call ? call + strspn(call, "#") : line);
    }
    free(all);
    put_sorted(out, end_text(&kept));
}

static void put_person(FILE *out, hr_store *store, const char *reference, bool history) {
    int64_t number = 0;
    char *json = NULL;
    hr_status status = hr_resident_lookup(store, reference, &number);
    if (status == HR_OK)
        status = hr_resident_get(store, number, &json);
    fprintf(out, "%s: %s %s\n", reference, hr_status_name(status), json ? json : "");
    hr_free(json);
    if (number && history)
        put_history(out, store, number);
}

/* All that can be asked about these persons and of the store as a whole. `whole` false: only what is known, not how it
 * came to be known. */
static char *all_of(fixture *f, const char *const *persons, size_t count, bool whole) {
    hr_store *store = f->store;
    hr_cursor *rows = NULL;
    sheet t;
    bool begun = begin_unsaid(store);
    begin_text(&t);
    fprintf(t.to, "residents %" PRIu64 "\n", info_of(store).residents);
    for (size_t i = 0; i < COUNT(days); i++)
        put_rates(t.to, store, days[i], NULL);
    for (size_t i = 0; i < count; i++)
        put_person(t.to, store, persons[i], whole);
    hr_status status = hr_check(store, NULL, NULL, &rows);
    put_rows(t.to, store, status, rows, whole ? " entry " : " entry forced problem ");
    status = hr_calls(store, 1, 0, 0, &rows);
    put_rows(t.to, store, status, rows, " call waited ");
    if (whole) {
        status = hr_conflicts(store, &rows);
        put_rows(t.to, store, status, rows, " ");
    }
    end_unsaid(store, begun);
    return end_text(&t);
}

static void assert_same_text(char *got, char *want, const char *what) {
    if (strcmp(got, want) != 0) {
        size_t at = 0;
        while (got[at] && got[at] == want[at])
            at++;
        while (at && got[at - 1] != '\n')
            at--;
        print_error("%s: first differs:\n%.*s\nwhere there should be:\n%.*s\n", what, (int)strcspn(got + at, "\n"),
                    got + at, (int)strcspn(want + at, "\n"), want + at);
        fail();
    }
    free(got);
    free(want);
}

/* Both stores say the same about these persons. */
static void assert_alike(fixture *a, fixture *b, const char *const *persons, size_t count) {
    assert_same_text(all_of(b, persons, count, true), all_of(a, persons, count, true), "two copies");
}

/* ---- small questions ---- */

static char wang[ID_SIZE], li[ID_SIZE], zhao[ID_SIZE];

static int64_t number_of(const fixture *f, const char *reference) {
    int64_t number = 0;
    assert_status(f->store, HR_OK, hr_resident_lookup(f->store, reference, &number));
    return number;
}

static int64_t put_wang(fixture *f) {
    return put_ok(f, "resident", "{'id_number':'%s','name':'王小明','area':'110105001001','phone':'1111111'}",
                  id_number(wang, 110105, 19350302, 11));
}

static int64_t put_li(fixture *f) {
    return put_ok(f, "resident", "{'id_number':'%s','name':'李秀英','area':'110105001002'}",
                  id_number(li, 110105, 19400404, 24));
}

static int64_t put_zhao(fixture *f) {
    return put_ok(f, "resident", "{'id_number':'%s','name':'赵敏','area':'110108001001'}",
                  id_number(zhao, 110108, 19330505, 36));
}

static void amend(fixture *f, const char *who, const char *field, const char *value) {
    wall_ms += wall_ms ? SECOND : 0;
    if (value)
        amend_ok(f, number_of(f, who), "{'%s':'%s'}", field, value);
    else
        amend_ok(f, number_of(f, who), "{'%s':null}", field);
}

/* What the field is now; "" when it has none. */
static void assert_field_at(fixture *f, const char *who, const char *field, const char *want, int line) {
    char *json = NULL;
    bool begun = begin_unsaid(f->store);
    assert_status(f->store, HR_OK, hr_resident_get(f->store, number_of(f, who), &json));
    end_unsaid(f->store, begun);
    json_t *object = json_loads(json, 0, NULL);
    const char *got = json_string_value(json_object_get(object, field));
    if (strcmp(got ? got : "", want) != 0) {
        print_error("%s is \"%s\" instead of \"%s\"\n", field, got ? got : "", want);
        _fail(__FILE__, line);
    }
    json_decref(object);
    hr_free(json);
}
#define assert_field(f, who, field, want) assert_field_at((f), (who), (field), (want), __LINE__)

static uint64_t residents_in(fixture *f) {
    return info_of(f->store).residents;
}

/* "what field: value / other value" of each conflict, in alphabetical order, each ended by a semicolon. */
static char *conflicts_of(fixture *f) {
    hr_cursor *rows = NULL;
    sheet t, all;
    hr_status status;
    bool begun = begin_unsaid(f->store);
    begin_text(&t);
    assert_status(f->store, HR_OK, hr_conflicts(f->store, &rows));
    int what = column_named(rows, "what"), field = column_named(rows, "field");
    int value = column_named(rows, "value"), other = column_named(rows, "other_value");
    while ((status = hr_cursor_next(rows)) == HR_OK) {
        fprintf(t.to, "%s", hr_cursor_text(rows, what));
        if (*hr_cursor_text(rows, field))
            fprintf(t.to, " %s", hr_cursor_text(rows, field));
        if (strcmp(hr_cursor_text(rows, what), "field") == 0) {
            fprintf(t.to, ": %s", hr_cursor_text(rows, value));
            fprintf(t.to, " / %s", hr_cursor_text(rows, other));
        }
        fprintf(t.to, ";\n");
    }
    assert_status(f->store, HR_END, status);
    hr_cursor_free(rows);
    end_unsaid(f->store, begun);
    begin_text(&all);
    put_sorted(all.to, end_text(&t));
    char *out = end_text(&all), *to = out;
    for (char *from = out; *from; from++)
        if (*from != '\n')
            *to++ = *from;
    *to = '\0';
    return out;
}

static void assert_conflicts_at(fixture *f, const char *want, int line) {
    char *got = conflicts_of(f);
    if (strcmp(got, want) != 0) {
        print_error("the conflicts are \"%s\" instead of \"%s\"\n", got, want);
        _fail(__FILE__, line);
    }
    free(got);
}
#define assert_conflicts(f, want) assert_conflicts_at((f), (want), __LINE__)

/* ---- two copies ---- */

static void what_one_copy_says_the_other_takes_over(void **state) {
    desk *d = *state;
    fixture *a = &d->f[A], *b;
    put_wang(a);
    b = two_copies(d);
    wall_ms += SECOND;
    put_li(b);
    amend(b, wang, "address", "三里屯路1号");
    assert_status(b->store, HR_OK,
                  hr_entry_add(b->store, number_of(b, li), "note", "{\"date\":\"2004-05-06\",\"text\":\"家访\"}", NULL,
                               NULL, NULL));
    put_ok(b, "area", "{'area':'110105001001','name':'新名社区'}");
    uint64_t others = info_of(b->store).entries;
    hr_merge_result r = merge(a, b);
    assert_int_equal(r.entries, 4);
    assert_int_equal(r.added, 1);
    assert_int_equal(r.changed, 1);
    assert_int_equal(r.left_out, 0);
    assert_int_equal(r.conflicts, 0);
    assert_string_equal(r.store_name, "测试社区卫生服务站");
    assert_int_equal(residents_in(a), 2);
    assert_field(a, wang, "address", "三里屯路1号");
    assert_string_equal(figure_of(a->store, "110105001001", "resident_files", 20101231).area_name, "新名社区");
    assert_alike(a, b, (const char *const[]){wang, li}, 2);
    assert_int_equal(info_of(b->store).entries, others + 1); /* that it was read */
    assert_int_equal(verify_findings(b->store), 0);
}

static void merging_again_takes_over_nothing(void **state) {
    desk *d = *state;
    fixture *a = &d->f[A], *b;
    put_wang(a);
    b = two_copies(d);
    amend(a, wang, "phone", "2222222");
    amend(b, wang, "phone", "3333333");
    put_li(b);
    assert_int_equal(merge(a, b).entries, 2);
    assert_true(merge(b, a).entries > 0);
    for (int i = 0; i < 3; i++) {
        hr_merge_result r = i % 2 ? merge(b, a) : merge(a, b);
        assert_int_equal(r.entries + r.added + r.changed + r.left_out + r.conflicts, 0);
    }
    assert_conflicts(a, "field phone: 3333333 / 2222222;");
    assert_alike(a, b, (const char *const[]){wang, li}, 2);
}

static void each_field_is_as_it_was_last_said_whichever_way_they_merge(void **state) {
    desk *d = *state;
    fixture *a = &d->f[A], *b, *c = &d->f[C];
    put_wang(a);
    b = two_copies(d);
    restore_copy(c, a, "other.hrs");
    amend(a, wang, "phone", "2222222");
    amend(b, wang, "address", "三里屯路1号");
    amend(b, wang, "phone", "3333333");
    amend(a, wang, "address", "工体北路2号");
    amend(c, wang, "address", NULL);
    amend(c, wang, "address", "东大桥3号");
    amend(c, wang, "phone", "1111112");
    amend(a, wang, "phone", "4444444");
    merge(a, b);
    assert_field(a, wang, "phone", "4444444");
    assert_field(a, wang, "address", "工体北路2号");
    merge(b, a);
    merge(c, b);
    merge(b, c);
    merge(a, c);
    for (int i = A; i < COPIES; i++) {
        assert_field(&d->f[i], wang, "phone", "4444444");
        assert_field(&d->f[i], wang, "address", "东大桥3号");
    }
    merge(b, a);
    merge(c, a);
    merge(a, c);
    merge(b, c);
    assert_alike(a, b, (const char *const[]){wang}, 1);
    assert_alike(a, c, (const char *const[]){wang}, 1);
}

/* Whoever has merged knows what the other said, so what he says then is said later, whatever his clock says. */
static void what_is_said_after_merging_holds_though_the_clock_is_behind(void **state) {
    desk *d = *state;
    fixture *a = &d->f[A], *b;
    put_wang(a);
    b = two_copies(d);
    int64_t now = wall_ms;
    for (int i = 0; i < 2; i++) {
        fixture *ahead = i ? a : b, *behind = i ? b : a;
        wall_ms = now += 3 * HOUR;
        amend(ahead, wang, "phone", "2222222");
        wall_ms = now - HOUR;
        merge(behind, ahead);
        amend(behind, wang, "phone", "3333333");
        assert_field(behind, wang, "phone", "3333333");
        wall_ms = now;
        merge(ahead, behind);
        assert_field(ahead, wang, "phone", "3333333");
        assert_conflicts(ahead, "");
        amend(ahead, wang, "phone", "1111111");
        merge(behind, ahead);
    }
    assert_alike(a, b, (const char *const[]){wang}, 1);
}

static void the_same_moment_is_settled_alike_in_every_copy(void **state) {
    desk *d = *state;
    fixture *a = &d->f[A], *b;
    put_wang(a);
    b = two_copies(d);
    wall_ms += HOUR;
    amend_ok(a, number_of(a, wang), "{'phone':'2222222'}");
    amend_ok(b, number_of(b, wang), "{'phone':'3333333'}");
    merge(a, b);
    merge(b, a);
    merge(a, b);
    assert_alike(a, b, (const char *const[]){wang}, 1);
}

static void one_person_registered_in_both_is_one(void **state) {
    desk *d = *state;
    fixture *a = &d->f[A], *b = two_copies(d);
    put_ok(b, "resident", "{'name':'周七','sex':1,'birth_date':'1930','area':'110105001001'}");
    put_ok(a, "resident", "{'name':'先来','sex':1,'birth_date':'1931','area':'110105001001'}");
    put_ok(a, "resident", "{'name':'周七','sex':1,'birth_date':'1930','area':'110105001001','phone':'5555555'}");
    wall_ms += SECOND;
    put_wang(a);
    put_li(a);
    wall_ms += SECOND;
    put_wang(b);
    assert_status(a->store, HR_OK,
                  hr_entry_add(a->store, number_of(a, wang), "note", "{\"date\":\"2004-05-06\",\"text\":\"甲\"}", NULL,
                               NULL, NULL));
    assert_status(b->store, HR_OK,
                  hr_entry_add(b->store, number_of(b, wang), "note", "{\"date\":\"2004-05-06\",\"text\":\"乙\"}", NULL,
                               NULL, NULL));
    hr_merge_result r = merge(a, b);
    assert_int_equal(r.added, 0);
    assert_int_equal(residents_in(a), 4);
    assert_int_equal(figure_of(a->store, "11", "resident_files", 20101231).denominator, 4);
    assert_int_equal(merge(b, a).added, 2);
    assert_int_equal(residents_in(b), 4);
    merge(a, b);
    assert_conflicts(a, "");
    assert_alike(a, b, (const char *const[]){wang, li}, 2);
}

static void entries_amended_in_one_copy_are_amended_in_the_other(void **state) {
    desk *d = *state;
    fixture *a = &d->f[A], *b;
    hr_entry_options options;
    int64_t note = 0, other = 0;
    hr_entry_options_init(&options);
    options.why = "抄写错误";
    put_wang(a);
    assert_status(a->store, HR_OK,
                  hr_entry_add(a->store, number_of(a, wang), "note", "{\"date\":\"2004-05-06\",\"text\":\"甲\"}", NULL,
                               &note, NULL));
    assert_status(a->store, HR_OK,
                  hr_entry_add(a->store, number_of(a, wang), "note", "{\"date\":\"2004-05-07\",\"text\":\"丙\"}", NULL,
                               &other, NULL));
    b = two_copies(d);
    wall_ms += SECOND;
    assert_status(a->store, HR_OK, hr_entry_amend(a->store, note, "{\"text\":\"甲二\"}", &options, NULL));
    wall_ms += SECOND;
    assert_status(b->store, HR_OK, hr_entry_amend(b->store, note, "{\"text\":\"乙二\"}", &options, NULL));
    assert_status(b->store, HR_OK, hr_entry_amend(b->store, other, NULL, &options, NULL));
    merge(a, b);
    merge(b, a);
    assert_alike(a, b, (const char *const[]){wang}, 1);
    char *said = all_of(a, (const char *const[]){wang}, 1, true);
    assert_text_has(said, "body={\"date\":\"2004-05-06\",\"text\":\"乙二\"} amends=1 amended_by=0 withdrawn=false");
    assert_text_has(said, "body={\"date\":\"2004-05-06\",\"text\":\"甲二\"} amends=1 amended_by=1 withdrawn=false");
    free(said);
}

/* ---- conflicts ---- */

static void erase(fixture *f, const char *who) {
    int64_t number = number_of(f, who);
    assert_status(f->store, HR_OK, hr_restrict(f->store, number, "本人要求"));
    assert_status(f->store, HR_OK, hr_erase(f->store, number, NULL));
}

static void two_values_said_without_knowing_of_each_other_are_a_conflict(void **state) {
    desk *d = *state;
    fixture *a = &d->f[A], *b;
    hr_cursor *rows = NULL;
    put_wang(a);
    b = two_copies(d);
    amend(a, wang, "phone", "2222222");
    int64_t first = wall_ms;
    amend(b, wang, "phone", "3333333");
    assert_int_equal(merge(a, b).conflicts, 1);
    assert_int_equal(merge(b, a).conflicts, 1);
    assert_int_equal(merge(a, b).conflicts + merge(b, a).conflicts, 0);
    for (int i = A; i <= B; i++) {
        fixture *f = &d->f[i];
        time_t seconds = (time_t)(first / 1000);
        char said[32];
        struct tm utc;
        strftime(said, sizeof said, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&seconds, &utc));
        assert_conflicts(f, "field phone: 3333333 / 2222222;");
        bool begun = begin_unsaid(f->store);
        assert_status(f->store, HR_OK, hr_conflicts(f->store, &rows));
        assert_status(f->store, HR_OK, hr_cursor_next(rows));
        assert_int_equal(hr_cursor_integer(rows, column_named(rows, "resident")), number_of(f, wang));
        assert_string_equal(hr_cursor_text(rows, column_named(rows, "name")), "王小明");
        assert_string_equal(hr_cursor_text(rows, column_named(rows, "field_name")), "phone");
        assert_string_equal(hr_cursor_text(rows, column_named(rows, "author")), "recovery");
        assert_string_equal(hr_cursor_text(rows, column_named(rows, "other_author")), "recovery");
        assert_string_equal(hr_cursor_text(rows, column_named(rows, "other_said")), said);
        assert_int_equal(hr_cursor_type(rows, column_named(rows, "other_resident")), HR_NULL);
        hr_cursor_free(rows);
        end_unsaid(f->store, begun);
    }
}

static void a_conflict_is_the_same_whichever_copy_merges(void **state) {
    desk *d = *state;
    fixture *a = &d->f[A], *b, *kept = &d->f[C];
    put_wang(a);
    b = two_copies(d);
    amend(a, wang, "phone", "2222222");
    amend(b, wang, "phone", "3333333");
    copy_by_hand(kept, a, "kept.hrs"); /* as it is before */
    merge(a, b);
    merge(b, kept);
    assert_conflicts(a, "field phone: 3333333 / 2222222;");
    assert_conflicts(b, "field phone: 3333333 / 2222222;");
    merge(a, b); /* each has noted it: it is one */
    merge(b, a);
    assert_conflicts(a, "field phone: 3333333 / 2222222;");
    assert_alike(a, b, (const char *const[]){wang}, 1);
}

static void what_agrees_or_was_said_by_one_side_alone_is_no_conflict(void **state) {
    desk *d = *state;
    fixture *a = &d->f[A], *b;
    put_wang(a);
    b = two_copies(d);
    amend(a, wang, "phone", "2222222");
    amend(b, wang, "phone", "2222222");
    amend(a, wang, "address", "三里屯路1号");
    amend(b, wang, "call_device", "HJ-1");
    assert_int_equal(merge(a, b).conflicts, 0);
    assert_int_equal(merge(b, a).conflicts, 0);
    amend(a, wang, "address", "工体北路2号"); /* said knowing what was said before */
    assert_int_equal(merge(b, a).conflicts, 0);
    amend(b, wang, "address", "东大桥3号");
    assert_int_equal(merge(a, b).conflicts, 0);
    assert_conflicts(a, "");
    assert_conflicts(b, "");
    assert_alike(a, b, (const char *const[]){wang}, 1);
}

static void a_conflict_is_gone_when_the_field_is_said_again(void **state) {
    static const char *const values[] = {"3333333", "2222222", "4444444", NULL};
    desk *d = *state;
    fixture *a = &d->f[A], *b;
    put_wang(a);
    b = two_copies(d);
    for (size_t i = 0; i < COUNT(values); i++) {
        amend(a, wang, "phone", "2222222");
        amend(b, wang, "phone", "3333333");
        assert_int_equal(merge(a, b).conflicts, 1);
        assert_conflicts(a, "field phone: 3333333 / 2222222;");
        amend(a, wang, "phone", values[i]);
        assert_conflicts(a, "");
        assert_field(a, wang, "phone", values[i] ? values[i] : "");
        assert_int_equal(merge(b, a).conflicts, 0);
        assert_conflicts(b, "");
        assert_field(b, wang, "phone", values[i] ? values[i] : "");
        amend(b, wang, "phone", "5555555");
        merge(a, b);
    }
}

static void a_field_that_one_cleared_and_the_other_set_is_a_conflict(void **state) {
    desk *d = *state;
    fixture *a = &d->f[A], *b;
    put_wang(a);
    b = two_copies(d);
    amend(a, wang, "phone", "2222222");
    amend(b, wang, "phone", NULL);
    assert_int_equal(merge(a, b).conflicts, 1);
    assert_conflicts(a, "field phone:  / 2222222;");
}

static void different_days_of_a_move_are_two_moves(void **state) {
    desk *d = *state;
    fixture *a = &d->f[A], *b;
    put_wang(a);
    b = two_copies(d);
    wall_ms += SECOND;
    amend_ok(a, number_of(a, wang), "{'area':'110105002001','moved_in':'2006-01-01'}");
    wall_ms += SECOND;
    amend_ok(b, number_of(b, wang), "{'area':'110108001001','moved_in':'2004-01-01'}");
    assert_int_equal(merge(a, b).conflicts, 0);
    assert_int_equal(merge(b, a).conflicts, 0);
    for (int i = A; i <= B; i++) {
        hr_store *store = d->f[i].store;
        assert_int_equal(figure_of(store, "110105001001", "resident_files", 20031231).denominator, 1);
        assert_int_equal(figure_of(store, "110108001001", "resident_files", 20051231).denominator, 1);
        assert_int_equal(figure_of(store, "110105002001", "resident_files", 20071231).denominator, 1);
        assert_int_equal(figure_of(store, "11", "resident_files", 20071231).denominator, 1);
    }
    wall_ms += SECOND; /* on the same day to two places */
    amend_ok(a, number_of(a, wang), "{'area':'110105002002','moved_in':'2008-01-01'}");
    wall_ms += SECOND;
    amend_ok(b, number_of(b, wang), "{'area':'110105001003','moved_in':'2008-01-01'}");
    assert_int_equal(merge(a, b).conflicts, 1);
    merge(b, a);
    assert_int_equal(figure_of(a->store, "110105001003", "resident_files", 20101231).denominator, 1);
    assert_alike(a, b, (const char *const[]){wang}, 1);
}

/* Two residents of two copies who got one file number, before they merge. */
static fixture *with_one_file_number(desk *d, const char *number) {
    fixture *a = &d->f[A], *b;
    put_wang(a);
    put_li(a);
    b = two_copies(d);
    wall_ms += SECOND;
    amend_ok(b, number_of(b, li), "{'file_number':'%s','file_opened':'2003-01-02'}", number);
    wall_ms += SECOND;
    amend_ok(a, number_of(a, wang), "{'file_number':'%s','file_opened':'2003-01-01'}", number);
    return b;
}

static void a_number_that_two_residents_got_is_a_conflict_until_it_is_settled(void **state) {
    static const char file[] = "11010500100100001";
    for (int i = 0; i < 2; i++) { /* whoever is found by it, and the other, gets another one */
        desk *d = *state;
        fixture *a = &d->f[A], *b = with_one_file_number(d, file);
        assert_int_equal(merge(a, b).conflicts, 1);
        assert_conflicts(a, "number file_number;");
        merge(b, a);
        merge(a, b);
        for (int copy = A; copy <= B; copy++) {
            fixture *f = &d->f[copy];
            assert_conflicts(f, "number file_number;");
            assert_int_equal(number_of(f, file), number_of(f, wang)); /* who was registered first */
            assert_int_equal(verify_findings(f->store), 0);
        }
        amend(a, li, "phone", "5555555"); /* which does not keep either from anything else */
        amend(b, wang, "phone", "6666666");
        assert_conflicts(a, "number file_number;");
        wall_ms += SECOND;
        amend_ok(a, number_of(a, i ? wang : li), "{'file_number':'11010500100100002'}");
        assert_conflicts(a, "");
        merge(b, a);
        assert_conflicts(b, "");
        assert_int_equal(number_of(a, file), number_of(a, i ? li : wang));
        assert_int_equal(number_of(b, file), number_of(b, i ? li : wang));
        merge(a, b);
        assert_alike(a, b, (const char *const[]){wang, li, file}, 3);
        if (i == 0) {
            stand_up(state);
            *state = sample;
            sit_down(state);
        }
    }
}

static void a_number_of_two_is_found_when_one_of_them_is_erased(void **state) {
    static const char file[] = "11010500100100001";
    desk *d = *state;
    fixture *a = &d->f[A], *b = with_one_file_number(d, file);
    merge(a, b);
    erase(a, wang);
    assert_conflicts(a, "");
    assert_int_equal(number_of(a, file), number_of(a, li));
    assert_int_equal(verify_findings(a->store), 0);
}

static void an_id_number_that_two_residents_got_is_a_conflict_until_they_are_one(void **state) {
    desk *d = *state;
    fixture *a = &d->f[A], *b;
    char id[ID_SIZE];
    id_number(id, 110105, 19350302, 11);
    int64_t one = put_ok(a, "resident", "{'name':'周七','sex':1,'birth_date':'1935-03-02','area':'110105001001'}");
    int64_t two = put_ok(a, "resident", "{'name':'周起','sex':1,'birth_date':'1935-03-02','area':'110105001001'}");
    b = two_copies(d);
    wall_ms += SECOND;
    amend_ok(a, one, "{'id_number':'%s'}", id);
    amend_ok(b, two, "{'id_number':'%s'}", id);
    assert_int_equal(merge(a, b).conflicts, 1);
    merge(b, a);
    assert_conflicts(a, "number id_number;");
    assert_conflicts(b, "number id_number;");
    wall_ms += SECOND;
    assert_status(b->store, HR_OK, hr_unify(b->store, one, two, NULL, NULL));
    assert_conflicts(b, "");
    merge(a, b);
    assert_conflicts(a, "");
    assert_int_equal(figure_of(a->store, "11", "resident_files", 20101231).denominator, 1);
    merge(b, a);
    assert_alike(a, b, (const char *const[]){id}, 1);
}

/* ---- restricted and erased files, calls, unifications ---- */

static void a_file_erased_in_one_copy_is_a_conflict_until_it_is_erased_in_the_other(void **state) {
    desk *d = *state;
    fixture *a = &d->f[A], *b;
    put_wang(a);
    put_li(a);
    b = two_copies(d);
    wall_ms += SECOND;
    erase(b, wang);
    wall_ms += SECOND;
    hr_merge_result r = merge(a, b);
    assert_int_equal(r.left_out, 1);
    assert_int_equal(r.conflicts, 1);
    assert_conflicts(a, "erased;");
    hr_merge_result again = merge(a, b);
    assert_int_equal(again.conflicts + again.entries, 0);
    assert_conflicts(a, "erased;");
    int64_t number = number_of(a, wang); /* it was restricted there, so it is here */
    assert_status(a->store, HR_OK, hr_erase(a->store, number, NULL));
    assert_conflicts(a, "");
    merge(a, b);
    assert_conflicts(a, "");
    merge(b, a);
    assert_conflicts(b, "");
    assert_int_equal(verify_findings(b->store), 0);
    uint64_t entries = info_of(a->store).entries;
    r = merge(a, b);
    assert_int_equal(r.entries + r.conflicts, 0);
    assert_true(info_of(a->store).entries <= entries + 2); /* that it was merged, and who read it */
}

static void what_is_about_somebody_erased_here_is_left_out(void **state) {
    desk *d = *state;
    fixture *a = &d->f[A], *b;
    int64_t number = put_wang(a), other;
    put_li(a);
    b = two_copies(d);
    wall_ms += SECOND;
    erase(a, wang);
    amend(b, wang, "phone", "2222222");
    amend(b, li, "phone", "3333333");
    assert_status(b->store, HR_OK,
                  hr_entry_add(b->store, number_of(b, wang), "note", "{\"date\":\"2004-05-06\",\"text\":\"乙\"}", NULL,
                               NULL, NULL));
    hr_merge_result r = merge(a, b);
    assert_int_equal(r.entries, 1);
    assert_int_equal(r.left_out, 2);
    assert_field(a, li, "phone", "3333333");
    assert_status(a->store, HR_NOT_FOUND, hr_resident_lookup(a->store, wang, &other));
    assert_status(a->store, HR_NOT_FOUND, hr_resident_get(a->store, number, &(char *){NULL}));
    assert_int_equal(verify_findings(a->store), 0);
}

static void a_restriction_is_taken_over_and_a_release_is_not(void **state) {
    desk *d = *state;
    fixture *a = &d->f[A], *b;
    char *json = NULL;
    put_wang(a);
    b = two_copies(d);
    wall_ms += SECOND;
    assert_status(b->store, HR_OK, hr_restrict(b->store, number_of(b, wang), "本人要求"));
    hr_merge_result r = merge(a, b);
    assert_int_equal(r.entries, 1);
    assert_status(a->store, HR_DENIED, hr_resident_get(a->store, number_of(a, wang), &json));
    assert_status(b->store, HR_OK, hr_release(b->store, number_of(b, wang), "本人要求"));
    r = merge(a, b);
    assert_int_equal(r.entries, 0);
    assert_int_equal(r.left_out, 1);
    assert_status(a->store, HR_DENIED, hr_resident_get(a->store, number_of(a, wang), &json));
    assert_status(a->store, HR_OK, hr_release(a->store, number_of(a, wang), "本人要求"));
    assert_field(a, wang, "phone", "1111111");
}

static int64_t raise_call(fixture *f, const char *device, const char *time) {
    hr_call_options options;
    int64_t call = 0;
    hr_call_options_init(&options);
    options.device = device;
    options.time = time;
    options.signal = "button";
    assert_status(f->store, HR_OK, hr_call_raise(f->store, &options, &call, NULL));
    return call;
}

static void calls_come_over_and_a_second_answer_does_not(void **state) {
    desk *d = *state;
    fixture *a = &d->f[A], *b;
    put_wang(a);
    amend(a, wang, "call_device", "HJ-1");
    int64_t call = raise_call(a, "HJ-1", "2009-03-01 08:00:00");
    b = two_copies(d);
    wall_ms += SECOND;
    int64_t second = raise_call(b, "HJ-1", "2009-03-02 08:00:00");
    assert_status(b->store, HR_OK, hr_call_answer(b->store, second, "2009-03-02 08:00:30", "张护士", NULL));
    assert_status(b->store, HR_OK, hr_call_close(b->store, second, "helped", "2009-03-02 09:00:00", NULL, NULL));
    hr_merge_result r = merge(a, b);
    assert_int_equal(r.entries, 3);
    assert_int_equal(r.left_out, 0);
    merge(b, a);
    assert_alike(a, b, (const char *const[]){wang}, 1);
    wall_ms += SECOND;
    assert_status(a->store, HR_OK, hr_call_answer(a->store, call, "2009-03-01 08:01:00", "王护士", NULL));
    assert_status(b->store, HR_OK, hr_call_answer(b->store, call, "2009-03-01 08:02:00", "张护士", NULL));
    r = merge(a, b);
    assert_int_equal(r.entries, 0);
    assert_int_equal(r.left_out, 1);
    assert_status(b->store, HR_OK, hr_call_close(b->store, call, "helped", "2009-03-01 09:00:00", NULL, NULL));
    r = merge(a, b);
    assert_int_equal(r.entries, 1);
    assert_int_equal(merge(b, a).left_out, 1);
}

static void a_unification_comes_over_and_is_undone_with_the_other(void **state) {
    desk *d = *state;
    fixture *a = &d->f[A], *b;
    hr_entry_options options;
    int64_t seq = 0;
    hr_entry_options_init(&options);
    options.why = "并非同一人";
    options.force = 1;
    put_wang(a);
    put_li(a);
    b = two_copies(d);
    wall_ms += SECOND;
    assert_status(b->store, HR_OK, hr_unify(b->store, number_of(b, wang), number_of(b, li), &options, &seq));
    assert_int_equal(merge(a, b).entries, 1);
    assert_int_equal(figure_of(a->store, "11", "resident_files", 20101231).denominator, 1);
    assert_alike(a, b, (const char *const[]){wang, li}, 2);
    wall_ms += SECOND;
    assert_status(b->store, HR_OK, hr_entry_amend(b->store, seq, NULL, &options, NULL));
    assert_int_equal(merge(a, b).entries, 1);
    assert_int_equal(figure_of(a->store, "11", "resident_files", 20101231).denominator, 2);
    merge(b, a);
    assert_alike(a, b, (const char *const[]){wang, li}, 2);
}

/* ---- who may, and what with ---- */

static void operators_and_keys_stay_each_stores_own(void **state) {
    desk *d = *state;
    fixture *a = &d->f[A], *b;
    hr_operator_options nurse = operator_of("王护士", "clinician", WRONG_PASSPHRASE);
    hr_cursor *rows = NULL;
    put_wang(a);
    b = two_copies(d);
    assert_status(b->store, HR_OK, hr_operator_add(b->store, &nurse));
    assert_status(b->store, HR_OK, hr_rotate(b->store, NULL, NULL));
    close_store(b);
    b->store = new_handle(HR_LANGUAGE_EN);
    assert_status(b->store, HR_OK, open_as(b->store, b->path, "王护士", WRONG_PASSPHRASE));
    amend(b, wang, "phone", "2222222");
    assert_int_equal(merge(a, b).entries, 1);
    assert_status(a->store, HR_OK, hr_operators(a->store, &rows));
    assert_int_equal(count_rows(a->store, rows), 2);
    hr_store *stranger = new_handle(HR_LANGUAGE_EN);
    assert_status(stranger, HR_NOT_FOUND, open_as(stranger, a->path, "王护士", WRONG_PASSPHRASE));
    hr_store_free(stranger);
    char *said = all_of(a, (const char *const[]){wang}, 1, true);
    assert_text_has(said, "author=王护士 kind=resident"); /* who said it there */
    free(said);
}

static void who_may_not_write_may_not_merge(void **state) {
    static const char *const roles[] = {"statistician", "auditor"};
    desk *d = *state;
    fixture *a = &d->f[A], *b;
    hr_merge_result r;
    put_wang(a);
    b = two_copies(d);
    amend(b, wang, "phone", "2222222");
    for (size_t i = 0; i < COUNT(roles); i++) {
        hr_operator_options one = operator_of(roles[i], roles[i], WRONG_PASSPHRASE);
        assert_status(a->store, HR_OK, hr_operator_add(a->store, &one));
        close_store(a);
        a->store = new_handle(HR_LANGUAGE_EN);
        assert_status(a->store, HR_OK, open_as(a->store, a->path, roles[i], WRONG_PASSPHRASE));
        assert_status(a->store, HR_DENIED, try_merge(a, b, &r));
        close_store(a);
        open_store(a);
        one = operator_of(roles[i], roles[i], WRONG_PASSPHRASE);
        assert_status(b->store, HR_OK, hr_operator_add(b->store, &one));
        hr_merge_options options;
        hr_merge_options_init(&options);
        options.operator_name = roles[i];
        options.passphrase = WRONG_PASSPHRASE;
        hr_merge_result_init(&r);
        hr_status want = i ? HR_OK : HR_DENIED; /* an auditor reads, a statistician cannot */
        assert_status(a->store, want, hr_merge(a->store, b->path, &options, &r));
    }
    assert_field(a, wang, "phone", "2222222");
}

static void the_other_store_is_opened_with_its_own_passphrase(void **state) {
    desk *d = *state;
    fixture *a = &d->f[A], *b;
    hr_merge_result r;
    hr_merge_options options;
    put_wang(a);
    b = two_copies(d);
    amend(b, wang, "phone", "2222222");
    hr_merge_options_init(&options);
    hr_merge_result_init(&r);
    options.passphrase = WRONG_PASSPHRASE;
    assert_status(a->store, HR_PASSPHRASE, hr_merge(a->store, b->path, &options, &r));
    options.operator_name = "nobody";
    assert_status(a->store, HR_NOT_FOUND, hr_merge(a->store, b->path, &options, &r));
    assert_int_equal(r.entries, 0);
    assert_field(a, wang, "phone", "1111111");
    options.operator_name = "admin";
    options.passphrase = PASSPHRASE;
    assert_status(a->store, HR_OK, hr_merge(a->store, b->path, &options, &r));
    assert_field(a, wang, "phone", "2222222");
}

static void what_is_no_other_store_is_refused(void **state) {
    desk *d = *state;
    fixture *a = &d->f[A], other = *a;
    hr_merge_result r;
    put_wang(a);
    refuse_merge(a, a, HR_INVALID, "itself");
    join_path(other.path, a->folder, "link.hrs");
    assert_int_equal(symlink(a->path, other.path), 0);
    refuse_merge(a, &other, HR_INVALID, "itself");
    join_path(other.path, a->folder, "../../nothing.hrs");
    refuse_merge(a, &other, HR_NO_STORE, "other store");
    fixture *b = two_copies(d);
    assert_status(a->store, HR_OK, hr_batch_begin(a->store));
    assert_int_equal(try_merge(a, b, &r), HR_INVALID);
    hr_batch_rollback(a->store);
    assert_int_equal(hr_merge(a->store, NULL, NULL, NULL), HR_INVALID);
    assert_int_equal(hr_merge(a->store, b->path, NULL, NULL), HR_INVALID);
    assert_int_equal(hr_merge(NULL, b->path, NULL, NULL), HR_INVALID);
}

/* ---- another station ---- */

static void make_station(fixture *out, const fixture *near, const char *name, const char *area) {
    hr_create_options options;
    name_copy(out, near, name);
    out->store = new_handle(HR_LANGUAGE_EN);
    hr_create_options_init(&options);
    options.area = area;
    options.name = "另一站";
    options.passphrase = PASSPHRASE;
    options.recovery_key = out->recovery;
    options.kdf_ops = 3;
    options.kdf_mib = 64;
    assert_status(out->store, HR_OK, hr_store_create(out->store, out->path, &options));
    put_ok(out, "area", "{'area':'%s','name':'某区划'}", area);
}

static void another_station_within_the_area_is_taken_over(void **state) {
    desk *d = *state;
    fixture *a = &d->f[A], *b = &d->f[B];
    put_wang(a);
    make_station(b, a, "station2.hrs", "110105");
    wall_ms += SECOND;
    put_ok(b, "area", "{'area':'110105001','name':'一街'}");
    put_ok(b, "area", "{'area':'110105001001','name':'一居'}");
    put_ok(b, "area", "{'area':'110105001002','name':'二居'}");
    put_wang(b);
    put_li(b);
    amend(b, wang, "phone", "2222222");
    put_ok(b, "institution",
           "{'code':'S2','name':'另一站','kind':'station','area':'110105001001','opened':'2001-01-01'}");
    hr_merge_result r = merge(a, b);
    assert_int_equal(r.added, 1);
    assert_string_equal(r.store_name, "另一站");
    assert_int_equal(residents_in(a), 2);
    assert_field(a, wang, "phone", "2222222");
    assert_string_equal(info_of(a->store).area, "11");
    assert_string_equal(info_of(a->store).name, "测试社区卫生服务站");
    r = merge(a, b);
    assert_int_equal(r.entries, 0);
    assert_int_equal(residents_in(a), 2);
    hr_cursor *rows = NULL;
    bool begun = begin_unsaid(a->store);
    assert_status(a->store, HR_OK, hr_conflicts(a->store, &rows));
    hr_cursor_free(rows);
    end_unsaid(a->store, begun);
    refuse_merge(b, a, HR_INVALID, "lie");
}

static void a_station_elsewhere_is_refused(void **state) {
    desk *d = *state;
    fixture *a = &d->f[A], *b = &d->f[B];
    make_station(b, a, "station2.hrs", "310101");
    refuse_merge(a, b, HR_INVALID, "310101");
}

/* ---- copies that were made in other ways ---- */

static void a_folder_copied_by_hand_is_a_copy(void **state) {
    desk *d = *state;
    fixture *a = &d->f[A], *b = &d->f[B], *c = &d->f[C];
    put_wang(a);
    copy_by_hand(b, a, "copied.hrs");
    put_li(a);
    amend(b, wang, "phone", "2222222");
    copy_by_hand(c, b, "copied again.hrs");
    amend(b, wang, "address", "三里屯路1号");
    amend(c, wang, "call_device", "HJ-1");
    put_zhao(c);
    merge(a, b);
    merge(a, c);
    merge(b, a);
    merge(c, a);
    assert_int_equal(residents_in(a), 3);
    assert_field(a, wang, "phone", "2222222");
    assert_field(a, wang, "address", "三里屯路1号");
    assert_field(a, wang, "call_device", "HJ-1");
    assert_alike(a, b, (const char *const[]){wang, li, zhao}, 3);
    assert_alike(a, c, (const char *const[]){wang, li, zhao}, 3);
}

/* The laptop's disk dies after it was merged, and its own older backup is restored where it was. */
static void a_backup_restored_in_its_own_place_goes_on_as_another_copy(void **state) {
    desk *d = *state;
    fixture *a = &d->f[A], *b;
    hr_open_options options;
    put_wang(a);
    b = two_copies(d);
    amend(b, wang, "address", "三里屯路1号");
    const char *file = path_in(b, "laptop.backup");
    assert_status(b->store, HR_OK, hr_backup(b->store, file, NULL, NULL));
    amend(b, wang, "phone", "2222222");
    merge(a, b);
    close_store(b);
    remove_tree(b->path);
    b->store = new_handle(HR_LANGUAGE_EN);
    options = by_key(b);
    assert_status(b->store, HR_OK, hr_restore(b->store, file, b->path, &options, NULL, NULL));
    amend(b, wang, "phone", "3333333");
    put_li(b);
    merge(a, b);
    assert_field(a, wang, "phone", "3333333");
    merge(b, a);
    assert_alike(a, b, (const char *const[]){wang, li}, 2);
}

/* The control of the one above: the files of before are put back into the very folder, so nothing can tell that what is
 * written then is another copy's. */
static void two_copies_that_wrote_as_one_are_refused(void **state) {
    desk *d = *state;
    fixture *a = &d->f[A], *b, kept;
    put_wang(a);
    b = two_copies(d);
    amend(b, wang, "address", "三里屯路1号");
    close_store(b);
    name_copy(&kept, b, "kept.hrs");
    copy_folder(b->path, kept.path);
    open_store(b);
    amend(b, wang, "phone", "2222222");
    merge(a, b);
    close_store(b);
    copy_file(database(&kept, "chart"), database(b, "chart"));
    copy_file(database(&kept, "facts"), database(b, "facts"));
    open_store(b);
    amend(b, wang, "phone", "3333333");
    refuse_merge(a, b, HR_DAMAGED, "one and the same");
    assert_field(a, wang, "phone", "2222222");
}

/* ---- forged and damaged ---- */

static void an_altered_log_is_not_merged(void **state) {
    static const char *const changes[] = {
        "UPDATE chart.entry SET body = replace(body, '2222222', '2222229') WHERE kind = 'resident'",
        "UPDATE chart.entry SET recorded = recorded + 1 WHERE seq = (SELECT max(seq) FROM chart.entry)",
        "DELETE FROM chart.entry WHERE seq = (SELECT max(seq) FROM chart.entry)",
        "UPDATE main.subject SET birth_date = birth_date + 10000",
    };
    desk *d = *state;
    fixture *a = &d->f[A], *b;
    put_wang(a);
    b = two_copies(d);
    amend(b, wang, "phone", "2222222");
    close_store(b);
    char kept[PATH_SIZE];
    join_path(kept, b->folder, "kept");
    copy_folder(b->path, kept);
    for (size_t i = 0; i <= COUNT(changes); i++) {
        remove_tree(b->path);
        copy_folder(kept, b->path);
        if (i == COUNT(changes)) {
            raw_tamper(b, "UPDATE chart.entry SET body = body"); /* the control */
            assert_int_equal(merge(a, b).entries, 1);
            assert_field(a, wang, "phone", "2222222");
            break;
        }
        raw_tamper(b, changes[i]);
        refuse_merge(a, b, HR_DAMAGED, "verif");
        assert_field(a, wang, "phone", "1111111");
    }
}

static void a_damaged_page_of_the_other_store_is_not_merged(void **state) {
    desk *d = *state;
    fixture *a = &d->f[A], *b;
    put_wang(a);
    b = two_copies(d);
    amend(b, wang, "phone", "2222222");
    close_store(b);
    const char *chart = database(b, "chart");
    flip_byte(chart, file_size(chart) - 5000);
    refuse_merge(a, b, HR_DAMAGED, "other store");
    flip_byte(chart, file_size(chart) - 5000);
    assert_int_equal(merge(a, b).entries, 1);
}

/* ---- interrupted ---- */

enum { CROWD = 700 };

/* Copies of which the second says enough for many looks at the progress. */
static fixture *crowded(desk *d) {
    fixture *a = &d->f[A], *b;
    char id[ID_SIZE];
    put_wang(a);
    b = two_copies(d);
    amend(a, wang, "phone", "2222222");
    assert_status(b->store, HR_OK, hr_batch_begin(b->store));
    for (int i = 0; i < CROWD; i++)
        put_ok(b, "resident", "{'id_number':'%s','name':'众人','area':'110105001001'}",
               id_number(id, 110105, 19300101 + i % 28 + i / 28 % 12 * 100 + i / 336 * 10000, 100));
    assert_status(b->store, HR_OK, hr_batch_commit(b->store));
    amend(b, wang, "phone", "3333333");
    return b;
}

typedef struct stopping {
    unsigned calls, stop_at; /* 0: never */
    bool kills;
} stopping;

static int stop(void *context, uint64_t done, uint64_t total) {
    stopping *s = context;
    assert_true(total == 0 || done <= total + 1);
    if (++s->calls != s->stop_at)
        return 0;
    if (s->kills)
        kill(getpid(), SIGKILL);
    return 1;
}

static hr_status merge_stopping(fixture *a, const fixture *b, stopping *s, hr_merge_result *r) {
    hr_merge_options options = merge_options(b);
    options.progress = stop;
    options.progress_context = s;
    s->calls = 0;
    hr_merge_result_init(r);
    return hr_merge(a->store, b->path, &options, r);
}

static void whoever_is_stopped_leaves_the_store_as_it_was(void **state) {
    desk *d = *state;
    fixture *a = &d->f[A], *b = crowded(d);
    hr_merge_result r;
    stopping s = {.stop_at = 1};
    char *before = all_of(a, (const char *const[]){wang}, 1, true);
    uint64_t entries = info_of(a->store).entries;
    hr_status status;
    while ((status = merge_stopping(a, b, &s, &r)) == HR_CANCELLED) {
        assert_int_equal(r.entries, 0);
        assert_int_equal(info_of(a->store).entries, entries);
        assert_same_text(all_of(a, (const char *const[]){wang}, 1, true), strdup(before), "after stopping");
        assert_int_equal(verify_findings(a->store), 0);
        s.stop_at++;
    }
    free(before);
    assert_status(a->store, HR_OK, status);
    assert_in_range(s.stop_at, 6, 1000); /* it was asked often enough for this to mean something */
    assert_int_equal(r.entries, CROWD + 1);
    assert_int_equal(residents_in(a), CROWD + 1);
    assert_conflicts(a, "field phone: 3333333 / 2222222;");
    assert_int_equal(verify_findings(a->store), 0);
}

/* In a process of its own, which dies at the n-th look at the clock (which is at least one for every entry), or at the
 * n-th call of the progress. False when it ended before. */
static bool merge_and_die(fixture *a, const fixture *b, unsigned looks, unsigned calls) {
    int code;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        stopping s = {.stop_at = calls, .kills = true};
        hr_merge_result r;
        fixture mine = *a;
        mine.store = new_handle(HR_LANGUAGE_EN);
        if (open_with_key(mine.store, mine.path, mine.recovery) != HR_OK)
            _exit(2);
        dies_after = looks;
        _exit(merge_stopping(&mine, b, &s, &r) == HR_OK ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &code, 0), child);
    assert_true(WIFSIGNALED(code) ? WTERMSIG(code) == SIGKILL : WEXITSTATUS(code) == 0);
    return WIFSIGNALED(code);
}

static void whoever_is_killed_leaves_the_store_as_it_was(void **state) {
    static const unsigned looks[] = {1, 2, 3, 10, 100, CROWD, CROWD + 2, CROWD + 3}, calls[] = {1, 3, 4, 6};
    desk *d = *state;
    fixture *a = &d->f[A], *b = crowded(d);
    unsigned killed = 0;
    uint64_t entries = info_of(a->store).entries;
    close_store(a);
    close_store(b);
    for (size_t i = 0; i < COUNT(looks) + COUNT(calls); i++) {
        bool at_look = i < COUNT(looks);
        killed += merge_and_die(a, b, at_look ? looks[i] : 0, at_look ? 0 : calls[i - COUNT(looks)]);
        open_store(a);
        assert_int_equal(verify_findings(a->store), 0);
        if (info_of(a->store).entries != entries) /* it came to the end */
            break;
        close_store(a);
    }
    assert_in_range(killed, 8, 100);
    if (!a->store)
        open_store(a);
    merge(a, b);
    assert_int_equal(residents_in(a), CROWD + 1);
    open_store(b);
    assert_int_equal(verify_findings(b->store), 0);
}

/* ---- random histories ---- */

enum { TIED = 3, PLAIN = 3, PLAIN_END = 7, PAIRS = 7, PAIRS_END = 11, NEW = 11, PERSONS = 15 };
enum { SAYINGS = 600, STEPS = 70, AREAS = 7, MOVES = 6, MARKS = 24 };

enum { PHONE, ADDRESS, HOUSEHOLD_CARE, REHAB_NEED, FIELDS };
static const char *const field_names[FIELDS] = {"phone", "address", "household_care_since", "rehab_need_since"};
static const char *const field_values[FIELDS][4] = {
    {"1111111", "2222222", "3333333", "4444444"},
    {"三里屯路1号", "工体北路2号", "东大桥3号", "团结湖4号"},
    {"2001-02-03", "2003-04-05", "2005-06-07", "2007"},
    {"2002-02-03", "2004-04", "2006-06-07", "2008-08-09"},
};
static const char *const committees[AREAS] = {"110105001001", "110105001002", "110105001003", "110105002001",
                                              "110105002002", "110108001001", "110108001002"};

typedef enum deed { SET, MOVE, ENROL, CARE, RECARE, UNCARE, UNIFY, PART, REGISTER, RAISE, ANSWER, CLOSE } deed;

/* What one copy said. */
typedef struct saying {
    deed kind;
    int copy, person;
    int64_t said;
    int value[FIELDS];           /* of what is said of his fields: -1 nothing, 4 that there is none */
    int about;                   /* the saying that is amended, withdrawn, undone or answered */
    const char *form;            /* or register */
    char json[400], mark[MARKS]; /* mark: a text in it that nothing else says */
    int64_t number;              /* of the call or unification in its own copy */
    int64_t replayed;            /* the entry's or call's number in the store to which all is said */
} saying;

typedef struct world {
    desk *d;
    fixture *f; /* three copies */
    saying at[SAYINGS];
    int count;
    bool known[COPIES][SAYINGS];
    int64_t now, skew[COPIES], next_said[COPIES];
    int rank[COPIES]; /* of two who said something at one moment, whose word holds: the greater one's */
    int moves[PERSONS];
    uint64_t seed;
    bool finished;
    struct {
        int copy;
        char entry[32], *figures;
    } reports[64];
    int report_count;
} world;

static world *running; /* for who tells of a failure */
static char ids[PERSONS][ID_SIZE];

static void set_clock(world *w, int copy) {
    wall_ms = w->now + w->skew[copy];
}

static void note_said(world *w, int copy) {
    if (wall_ms > w->next_said[copy])
        w->next_said[copy] = wall_ms;
}

/* Keeps what the copy has just said. */
static saying *keep(world *w, int copy, saying s) {
    assert_in_range(w->count, 0, SAYINGS - 1);
    note_said(w, copy);
    s.copy = copy;
    s.said = w->next_said[copy];
    w->known[copy][w->count] = true;
    w->at[w->count] = s;
    return &w->at[w->count++];
}

static saying blank(deed kind, int person) {
    saying s = {.kind = kind, .person = person, .about = -1};
    for (int i = 0; i < FIELDS; i++)
        s.value[i] = -1;
    return s;
}

/* ---- the model ---- */

static bool later(const world *w, int a, int b) {
    const saying *x = &w->at[a], *y = &w->at[b];
    if (x->said != y->said)
        return x->said > y->said;
    return x->copy != y->copy ? w->rank[x->copy] > w->rank[y->copy] : a > b;
}

/* The last known one of which `takes` holds; -1: none. */
static int last_known(const world *w, int copy, bool (*takes)(const saying *s, int a, int b), int a, int b) {
    int last = -1;
    for (int i = 0; i < w->count; i++)
        if (w->known[copy][i] && takes(&w->at[i], a, b) && (last < 0 || later(w, i, last)))
            last = i;
    return last;
}

static bool gives_field(const saying *s, int person, int field) {
    return s->person == person && s->value[field] >= 0 && (s->kind == SET || s->kind == ENROL);
}

static bool is_version(const saying *s, int root, int unused) {
    (void)unused;
    return (s->kind == RECARE || s->kind == UNCARE) && s->about == root;
}

static bool enrols(const saying *s, int person, int unused) {
    (void)unused;
    return s->kind == ENROL && s->person == person;
}

static bool unifies(const saying *s, int person, int unused) {
    (void)unused;
    return (s->kind == UNIFY || s->kind == PART) && s->person == person;
}

/* What the field is, as text. */
static const char *model_value(const world *w, int copy, int person, int field) {
    int last = last_known(w, copy, gives_field, person, field);
    return last < 0 || w->at[last].value[field] == 4 ? "" : field_values[field][w->at[last].value[field]];
}

static bool is_known(const world *w, int copy, int person) {
    return person < NEW || last_known(w, copy, enrols, person, 0) >= 0;
}

static uint64_t residents_known(const world *w, int copy) {
    uint64_t count = 0;
    for (int person = 0; person < PERSONS; person++) {
        int last = last_known(w, copy, unifies, person, 0);
        count += is_known(w, copy, person);
        count -= last >= 0 && w->at[last].kind == UNIFY;
    }
    return count;
}

static int anybody(const world *w, int copy, int from, int to) {
    for (;;) {
        int person = from + (int)random_below((unsigned)(to - from));
        if (is_known(w, copy, person))
            return person;
    }
}

/* ---- saying something ---- */

static void set_field(world *w, int copy) {
    saying s = blank(SET, one_in(3) ? anybody(w, copy, NEW - 1, PERSONS) : anybody(w, copy, PLAIN, PLAIN_END));
    if (s.person < NEW && s.person >= PLAIN_END)
        s.person = PLAIN;
    int field = (int)random_below(FIELDS), value = (int)random_below(5);
    const char *text = value == 4 ? "" : field_values[field][value];
    bool same = strcmp(model_value(w, copy, s.person, field), text) == 0;
    s.value[field] = value;
    if (value == 4)
        snprintf(s.json, sizeof s.json, "{'%s':null}", field_names[field]);
    else
        snprintf(s.json, sizeof s.json, "{'%s':'%s'}", field_names[field], text);
    hr_change change = amend_ok(&w->f[copy], number_of(&w->f[copy], ids[s.person]), "%s", s.json);
    assert_true(change == HR_AMENDED || same); /* what is known is said again only where it settles a conflict */
    if (change == HR_AMENDED)
        keep(w, copy, s);
}

static void move(world *w, int copy) {
    saying s = blank(MOVE, anybody(w, copy, PLAIN, PLAIN_END));
    int which = w->moves[s.person];
    if (which == MOVES - 1)
        return;
    w->moves[s.person]++;
    snprintf(s.json, sizeof s.json, "{'area':'%s','moved_in':'%u-%02u-%02u'}",
             committees[(s.person + 1 + which) % AREAS], 2001 + random_below(9), (unsigned)which % 12 + 1,
             1 + random_below(28));
    hr_change change = amend_ok(&w->f[copy], number_of(&w->f[copy], ids[s.person]), "%s", s.json);
    if (change == HR_AMENDED)
        keep(w, copy, s);
}

static void enrol(world *w, int copy) {
    saying s = blank(ENROL, NEW + (int)random_below(PERSONS - NEW));
    if (is_known(w, copy, s.person))
        return;
    s.value[PHONE] = (int)random_below(4);
    s.value[ADDRESS] = (int)random_below(4);
    snprintf(s.json, sizeof s.json,
             "{'id_number':'%s','name':'新人','area':'%s','phone':'%s','address':'%s','call_device':'HJ-%d'}",
             ids[s.person], committees[s.person % AREAS], field_values[PHONE][s.value[PHONE]],
             field_values[ADDRESS][s.value[ADDRESS]], s.person);
    assert_int_equal(put_change(&w->f[copy], "resident", "%s", s.json), HR_ADDED);
    keep(w, copy, s);
}

static void write_care(saying *s, const char *form, const char *mark) {
    char date[40];
    snprintf(date, sizeof date, "%u-%02u-%02u", 2002 + random_below(8), 1 + random_below(12), 1 + random_below(28));
    s->form = form;
    snprintf(s->mark, sizeof s->mark, "%s", mark);
    if (strcmp(form, "home_bed_open") == 0)
        snprintf(s->json, sizeof s->json, "{'date':'%s','diagnosis':'%s','doctor':'王医生'}", date, mark);
    else if (strcmp(form, "home_bed_close") == 0)
        snprintf(s->json, sizeof s->json, "{'date':'%s','outcome':2,'summary':'%s'}", date, mark);
    else if (strcmp(form, "encounter") == 0)
        snprintf(s->json, sizeof s->json, "{'date':'%s','subjective':'%s'}", date, mark);
    else
        snprintf(s->json, sizeof s->json, "{'date':'%s','text':'%s'}", date, mark);
}

static void add_care(world *w, int copy) {
    static const char *const forms[] = {"note", "home_bed_open", "home_bed_close", "encounter", "home_bed_open"};
    saying s = blank(CARE, anybody(w, copy, PLAIN, PERSONS));
    char mark[MARKS];
    hr_entry_options options;
    hr_change change;
    hr_entry_options_init(&options);
    options.force = 1;
    if (s.person >= PAIRS + 2 && s.person < PAIRS_END) /* these are parted again */
        return;
    snprintf(mark, sizeof mark, "记%d", w->count);
    write_care(&s, forms[random_below(COUNT(forms))], mark);
    if (one_in(4)) { /* what others say, too */
        *s.mark = '\0';
        s.form = "encounter";
        snprintf(s.json, sizeof s.json, "{'date':'2004-03-0%u','subjective':'复查'}", 1 + random_below(3));
    }
    quote_json(s.json);
    assert_status(
        w->f[copy].store, HR_OK,
        hr_entry_add(w->f[copy].store, number_of(&w->f[copy], ids[s.person]), s.form, s.json, &options, NULL, &change));
    if (change == HR_ADDED)
        keep(w, copy, s);
}

/* The entry in a resident's history whose body has this text. */
static int64_t entry_with(fixture *f, int person, const char *mark) {
    hr_cursor *rows = NULL;
    int64_t seq = 0;
    char ended[MARKS + 2];
    snprintf(ended, sizeof ended, "%s\"", mark);
    bool begun = begin_unsaid(f->store);
    assert_status(f->store, HR_OK, hr_history(f->store, number_of(f, ids[person]), &rows));
    while (hr_cursor_next(rows) == HR_OK)
        if (strstr(hr_cursor_text(rows, column_named(rows, "body")), ended))
            seq = hr_cursor_integer(rows, column_named(rows, "seq"));
    hr_cursor_free(rows);
    end_unsaid(f->store, begun);
    assert_true(seq > 0);
    return seq;
}

/* Entries with an even number are amended, with an odd one withdrawn, by anybody. */
static void amend_care(world *w, int copy) {
    int root = (int)random_below((unsigned)w->count + 1);
    hr_entry_options options;
    hr_entry_options_init(&options);
    options.why = "抄写错误";
    options.force = 1;
    for (; root < w->count; root++)
        if (w->known[copy][root] && w->at[root].kind == CARE && *w->at[root].mark)
            break;
    if (root == w->count)
        return;
    int version = last_known(w, copy, is_version, root, 0);
    saying s = blank(root % 2 ? UNCARE : RECARE, w->at[root].person);
    char mark[MARKS];
    if (version >= 0 && w->at[version].kind == UNCARE)
        return;
    snprintf(mark, sizeof mark, "记%d改%d", root, w->count);
    write_care(&s, w->at[root].form, mark);
    quote_json(s.json);
    s.about = root;
    int64_t entry = entry_with(&w->f[copy], s.person, w->at[version >= 0 ? version : root].mark);
    assert_status(w->f[copy].store, HR_OK,
                  hr_entry_amend(w->f[copy].store, entry, s.kind == UNCARE ? NULL : s.json, &options, NULL));
    keep(w, copy, s);
}

/* Each pair is unified by one copy; the second pair is parted again, too. */
static void unify(world *w, int copy) {
    if (copy > 1)
        return;
    int first = PAIRS + 2 * copy, last = last_known(w, copy, unifies, first, 0);
    fixture *f = &w->f[copy];
    hr_entry_options options;
    hr_entry_options_init(&options);
    options.force = 1;
    options.why = "核实";
    if (last >= 0 && w->at[last].kind == UNIFY && copy == 0)
        return;
    saying s = blank(last >= 0 && w->at[last].kind == UNIFY ? PART : UNIFY, first);
    s.about = last;
    if (s.kind == UNIFY)
        assert_status(f->store, HR_OK,
                      hr_unify(f->store, number_of(f, ids[first]), number_of(f, ids[first + 1]), &options, &s.number));
    else
        assert_status(f->store, HR_OK, hr_entry_amend(f->store, w->at[last].number, NULL, &options, NULL));
    keep(w, copy, s);
}

static void put_register(world *w, int copy) {
    saying s = blank(REGISTER, -1);
    int n = w->count;
    const char *committee = committees[random_below(AREAS)];
    switch (random_below(3)) {
    case 0:
        s.form = "area";
        snprintf(s.json, sizeof s.json, "{'area':'%s','name':'名%d'}", committee, n);
        break;
    case 1:
        s.form = "population";
        snprintf(s.json, sizeof s.json, "{'area':'%s','year':%d,'residents':%d}", committee,
                 2001 + (int)random_below(9), 100 + n);
        break;
    default:
        s.form = "institution";
        snprintf(s.json, sizeof s.json,
                 "{'code':'S%u','name':'站%d','kind':'station','area':'%s','opened':'%d-%02d-%02d'}", random_below(3),
                 n, committees[0], 2001 + n / 336, 1 + n / 28 % 12, 1 + n % 28);
        break;
    }
    assert_int_not_equal(put_change(&w->f[copy], s.form, "%s", s.json), HR_UNCHANGED);
    keep(w, copy, s);
}

static void call_time(char out[32], int n, int minute) {
    snprintf(out, 32, "2009-%02d-%02d 08:%02d:00", 1 + n / 28 % 12, 1 + n % 28, minute);
}

static hr_status do_call(fixture *f, const saying *s, int n, int64_t number, int64_t *out) {
    hr_call_options options;
    char time[32], device[16];
    if (s->kind != RAISE) {
        call_time(time, n, s->kind == ANSWER ? 10 : 20);
        return s->kind == ANSWER ? hr_call_answer(f->store, number, time, "张护士", NULL)
                                 : hr_call_close(f->store, number, "helped", time, NULL, NULL);
    }
    call_time(time, n, 0);
    snprintf(device, sizeof device, "HJ-%d", s->person);
    hr_call_options_init(&options);
    options.device = device;
    options.time = time;
    return hr_call_raise(f->store, &options, out, NULL);
}

/* A call is answered and closed where it was raised; by somebody who never moves, because it counts where he lived as
 * far as was known there when it was raised. */
static void call(world *w, int copy) {
    saying s = blank(RAISE, anybody(w, copy, 0, TIED));
    int raised = -1, n = w->count;
    int64_t number = 0;
    for (int i = 0; i < w->count; i++)
        if (w->at[i].copy == copy && w->at[i].kind == RAISE)
            raised = i;
    for (int i = 0; raised >= 0 && i < w->count; i++)
        if (w->at[i].about == raised && (w->at[i].kind == ANSWER || w->at[i].kind == CLOSE))
            s.kind = w->at[i].kind == CLOSE ? RAISE : CLOSE;
    if (raised >= 0 && s.kind == RAISE) {
        bool answered = false;
        for (int i = 0; i < w->count; i++)
            answered = answered || (w->at[i].about == raised && w->at[i].kind == ANSWER);
        if (!answered)
            s.kind = ANSWER;
    }
    if (s.kind != RAISE) {
        s.about = n = raised;
        number = w->at[raised].number;
    }
    assert_status(w->f[copy].store, HR_OK, do_call(&w->f[copy], &s, n, number, &s.number));
    keep(w, copy, s);
}

/* ---- merging ---- */

static void report(world *w, int copy) {
    if (w->report_count == (int)COUNT(w->reports))
        return;
    w->reports[w->report_count].copy = copy;
    snprintf(w->reports[w->report_count].entry, 32, "#%" PRIu64, info_of(w->f[copy].store).entries);
    w->reports[w->report_count++].figures = rates_at(w->f[copy].store, NULL);
}

static void check_fields(world *w, int copy) {
    for (int person = PLAIN; person < PERSONS; person++)
        for (int field = 0; field < FIELDS && (person < PAIRS || person >= NEW); field++)
            if (is_known(w, copy, person))
                assert_field(&w->f[copy], ids[person], field_names[field], model_value(w, copy, person, field));
}

static uint64_t merge_copies(world *w, int into, int from) {
    hr_merge_result r;
    uint64_t news = 0;
    set_clock(w, into);
    note_said(w, from); /* that it was read */
    if (w->next_said[from] + 1 > w->next_said[into])
        w->next_said[into] = w->next_said[from] + 1;
    note_said(w, into);
    for (int i = 0; i < w->count; i++) {
        news += w->known[from][i] && !w->known[into][i];
        w->known[into][i] = w->known[into][i] || w->known[from][i];
    }
    assert_status(w->f[into].store, HR_OK, try_merge(&w->f[into], &w->f[from], &r));
    assert_int_equal(verify_findings(w->f[into].store), 0);
    assert_int_equal(verify_findings(w->f[from].store), 0);
    assert_int_equal(r.left_out, 0);
    assert_true(r.entries >= news); /* and conflicts that were noted there */
    assert_int_equal(residents_in(&w->f[into]), residents_known(w, into));
    check_fields(w, into);
    report(w, into);
    return r.entries;
}

/* ---- a run ---- */

static void make_persons(fixture *f) {
    for (int person = 0; person < PERSONS; person++) {
        id_number(ids[person], 110105, 19300101 + person * 10000, 11 + 2 * person);
        if (person < NEW)
            put_ok(f, "resident", "{'id_number':'%s','name':'居民','area':'%s','call_device':'HJ-%d'}", ids[person],
                   committees[person % AREAS], person);
    }
}

/* Whose word holds of two at one moment is the same in every copy, but not told: so it is tried. */
static void find_ranks(world *w) {
    w->now += HOUR;
    for (int copy = 0; copy < COPIES; copy++)
        for (int person = 0; person < TIED; person++) {
            if ((person + 2) % 3 == copy) /* person 0: A and B, 1: B and C, 2: C and A */
                continue;
            set_clock(w, copy);
            amend_ok(&w->f[copy], number_of(&w->f[copy], ids[person]), "{'phone':'%s'}", field_values[PHONE][copy]);
            note_said(w, copy);
        }
    merge_copies(w, A, B);
    merge_copies(w, A, C);
    merge_copies(w, B, A);
    merge_copies(w, C, A);
    for (int person = 0; person < TIED; person++) {
        int one = person, other = (person + 1) % 3, winner = -1;
        char *text = NULL;
        bool begun = begin_unsaid(w->f[A].store);
        assert_status(w->f[A].store, HR_OK, hr_resident_get(w->f[A].store, number_of(&w->f[A], ids[person]), &text));
        end_unsaid(w->f[A].store, begun);
        for (int copy = 0; copy < COPIES; copy++)
            if (strstr(text, field_values[PHONE][copy]))
                winner = copy;
        hr_free(text);
        assert_true(winner == one || winner == other);
        w->rank[winner]++;
    }
    assert_true(w->rank[A] != w->rank[B] && w->rank[B] != w->rank[C] && w->rank[A] != w->rank[C]);
}

static void act(world *w, int copy) {
    static void (*const acts[])(world *, int) = {set_field, set_field,  set_field,  move,  enrol,        add_care,
                                                 add_care,  amend_care, amend_care, unify, put_register, call};
    w->now += random_below(3) * 700;
    set_clock(w, copy);
    acts[random_below(COUNT(acts))](w, copy);
}

static bool all_known(const world *w) {
    for (int copy = 0; copy < COPIES; copy++)
        for (int i = 0; i < w->count; i++)
            if (!w->known[copy][i])
                return false;
    return true;
}

/* Until none has anything that another has not. */
static void bring_together(world *w) {
    int quiet = 0, merges = 0;
    while (!all_known(w) || quiet < 8) {
        int into = (int)random_below(COPIES), from = (into + 1 + (int)random_below(COPIES - 1)) % COPIES;
        quiet = merge_copies(w, into, from) ? 0 : quiet + 1;
        assert_in_range(++merges, 0, 200);
    }
}

static char *whole(world *w, int copy, bool conflicts) {
    const char *persons[PERSONS];
    size_t count = 0;
    for (int i = 0; i < PERSONS; i++)
        if (is_known(w, copy, i))
            persons[count++] = ids[i];
    return all_of(&w->f[copy], persons, count, conflicts);
}

static int by_saying(const void *a, const void *b) {
    int x = *(const int *)a, y = *(const int *)b;
    return x == y ? 0 : later(running, x, y) ? 1 : -1;
}

static void say_to(fixture *f, world *w, int n) {
    saying *s = &w->at[n];
    hr_entry_options options;
    int64_t target = s->about >= 0 ? w->at[s->about].replayed : 0;
    hr_status status = HR_OK;
    char json[sizeof s->json];
    hr_entry_options_init(&options);
    options.force = 1;
    options.why = "核实";
    snprintf(json, sizeof json, "%s", s->json);
    quote_json(json);
    switch (s->kind) {
    case SET:
    case MOVE:
        status = hr_amend(f->store, number_of(f, ids[s->person]), json, NULL);
        break;
    case ENROL:
        status = hr_put(f->store, "resident", json, NULL, NULL);
        break;
    case REGISTER:
        status = hr_put(f->store, s->form, json, NULL, NULL);
        break;
    case CARE:
        status = hr_entry_add(f->store, number_of(f, ids[s->person]), s->form, json, &options, &s->replayed, NULL);
        break;
    case RECARE: /* of what stands in its place by now */
        status = hr_entry_amend(f->store, target, json, &options, &w->at[s->about].replayed);
        break;
    case UNCARE:
        if (target)
            status = hr_entry_amend(f->store, target, NULL, &options, NULL);
        w->at[s->about].replayed = 0;
        break;
    case UNIFY:
        status =
            hr_unify(f->store, number_of(f, ids[s->person]), number_of(f, ids[s->person + 1]), &options, &s->replayed);
        break;
    case PART:
        status = hr_entry_amend(f->store, target, NULL, &options, NULL);
        break;
    case RAISE:
    case ANSWER:
    case CLOSE:
        status = do_call(f, s, s->kind == RAISE ? n : s->about, target, &s->replayed);
        break;
    }
    assert_status(f->store, HR_OK, status);
}

/* One store to which all of it is said in its order knows the same. */
static void compare_with_one(world *w, const char *backup) {
    hr_open_options options = by_key(&w->f[A]);
    fixture one;
    world alone = *w;
    int order[SAYINGS];
    name_copy(&one, &w->f[A], "one.hrs");
    one.store = new_handle(HR_LANGUAGE_EN);
    assert_status(one.store, HR_OK, hr_restore(one.store, backup, one.path, &options, NULL, NULL));
    for (int i = 0; i < w->count; i++)
        order[i] = i;
    qsort(order, (size_t)w->count, sizeof *order, by_saying);
    for (int i = 0; i < w->count; i++)
        say_to(&one, w, order[i]);
    for (int person = 0; person < TIED; person++) { /* what was tried with these */
        amend_ok(&one, number_of(&one, ids[person]), "{'phone':'%s'}", field_values[PHONE][0]);
        amend_ok(&w->f[A], number_of(&w->f[A], ids[person]), "{'phone':'%s'}", field_values[PHONE][0]);
    }
    assert_int_equal(verify_findings(w->f[A].store), 0);
    assert_int_equal(verify_findings(one.store), 0);
    alone.f = &one;
    memcpy(alone.known[0], w->known[A], sizeof alone.known[0]);
    assert_same_text(whole(w, A, false), whole(&alone, 0, false), "all of it said to one store");
    close_store(&one);
}

static void check_reports(world *w) {
    for (int i = 0; i < w->report_count; i++) {
        char *now = rates_at(w->f[w->reports[i].copy].store, w->reports[i].entry);
        assert_same_text(now, w->reports[i].figures, "figures as known at an entry before");
        w->reports[i].figures = NULL;
    }
    w->report_count = 0;
}

static void begin_world(world *w, desk *d, uint64_t seed) {
    *w = (world){.d = d, .f = d->f, .seed = seed, .now = wall_ms};
    running = w;
    seed_chance(seed);
    make_persons(&w->f[A]);
    restore_copy(&w->f[B], &w->f[A], "b.hrs");
    restore_copy(&w->f[C], &w->f[A], "c.hrs");
    find_ranks(w);
    for (int copy = 0; copy < COPIES; copy++)
        w->skew[copy] = one_in(2) ? 0 : ((int64_t)random_below(7) - 3) * 1234567;
}

static void end_world(world *w) {
    w->finished = true;
    running = NULL;
    for (int i = 0; i < w->report_count; i++) /* of merges since they were checked */
        free(w->reports[i].figures);
    w->report_count = 0;
    for (int copy = COPIES; copy-- > 0;)
        close_store(&w->f[copy]);
}

/* The same three copies once more, to be brought together in another order. */
static void fork_world(const world *w, world *out, fixture f[COPIES]) {
    static const char *const names[COPIES] = {"a2.hrs", "b2.hrs", "c2.hrs"};
    *out = *w;
    out->f = f;
    out->report_count = 0;
    for (int copy = 0; copy < COPIES; copy++)
        copy_by_hand(&f[copy], &w->f[copy], names[copy]);
}

static void random_histories_come_together(void **state) {
    const char *asked = getenv("HR_MERGE_SEED"), *many = getenv("HR_MERGE_RUNS");
    uint64_t seed = asked ? strtoull(asked, NULL, 10) : 20031231;
    int runs = many ? (int)strtol(many, NULL, 10) : 3;
    static world w, again;
    for (int run = 0; run < runs; run++, seed++) {
        desk d = {0};
        fixture forked[COPIES];
        char backup[PATH_SIZE];
        d.f[A] = (*(desk **)state)->f[A];
        name_copy(&d.f[A], &(*(desk **)state)->f[A], "");
        snprintf(d.f[A].path, PATH_SIZE, "%.400s/run%d.hrs", d.f[A].folder, run);
        copy_folder((*(desk **)state)->f[A].path, d.f[A].path);
        open_store(&d.f[A]);
        begin_world(&w, &d, seed);
        snprintf(backup, sizeof backup, "%.500s.backup", w.f[B].path);
        for (int step = 0; step < STEPS; step++) {
            act(&w, (int)random_below(COPIES));
            if (one_in(9)) {
                int into = (int)random_below(COPIES);
                merge_copies(&w, into, (into + 1 + (int)random_below(2)) % COPIES);
            }
        }
        fork_world(&w, &again, forked);
        bring_together(&w);
        assert_same_text(whole(&w, B, true), whole(&w, A, true), "the second copy");
        assert_same_text(whole(&w, C, true), whole(&w, A, true), "the third copy");
        running = &again;
        bring_together(&again);
        running = &w;
        assert_same_text(whole(&again, C, false), whole(&w, A, false), "in another order");
        check_reports(&w);
        compare_with_one(&w, backup);
        end_world(&again);
        end_world(&w);
        for (int copy = 0; copy < COPIES; copy++) {
            remove_tree(w.f[copy].path);
            remove_tree(forked[copy].path);
        }
        unlink(backup);
        char one[PATH_SIZE];
        join_path(one, d.f[A].folder, "one.hrs");
        remove_tree(one);
        snprintf(one, sizeof one, "%.500s.backup", w.f[C].path);
        unlink(one);
    }
}

static int tell_seed(void **state) {
    if (running)
        print_error("it was with HR_MERGE_SEED=%" PRIu64 "\n", running->seed);
    running = NULL;
    return stand_up(state);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(what_one_copy_says_the_other_takes_over),
        CASE(merging_again_takes_over_nothing),
        CASE(each_field_is_as_it_was_last_said_whichever_way_they_merge),
        CASE(what_is_said_after_merging_holds_though_the_clock_is_behind),
        CASE(the_same_moment_is_settled_alike_in_every_copy),
        CASE(one_person_registered_in_both_is_one),
        CASE(entries_amended_in_one_copy_are_amended_in_the_other),
        CASE(two_values_said_without_knowing_of_each_other_are_a_conflict),
        CASE(a_conflict_is_the_same_whichever_copy_merges),
        CASE(what_agrees_or_was_said_by_one_side_alone_is_no_conflict),
        CASE(a_conflict_is_gone_when_the_field_is_said_again),
        CASE(a_field_that_one_cleared_and_the_other_set_is_a_conflict),
        CASE(different_days_of_a_move_are_two_moves),
        CASE(a_number_that_two_residents_got_is_a_conflict_until_it_is_settled),
        CASE(a_number_of_two_is_found_when_one_of_them_is_erased),
        CASE(an_id_number_that_two_residents_got_is_a_conflict_until_they_are_one),
        CASE(a_file_erased_in_one_copy_is_a_conflict_until_it_is_erased_in_the_other),
        CASE(what_is_about_somebody_erased_here_is_left_out),
        CASE(a_restriction_is_taken_over_and_a_release_is_not),
        CASE(calls_come_over_and_a_second_answer_does_not),
        CASE(a_unification_comes_over_and_is_undone_with_the_other),
        CASE(operators_and_keys_stay_each_stores_own),
        CASE(who_may_not_write_may_not_merge),
        CASE(the_other_store_is_opened_with_its_own_passphrase),
        CASE(what_is_no_other_store_is_refused),
        CASE(another_station_within_the_area_is_taken_over),
        CASE(a_station_elsewhere_is_refused),
        CASE(a_folder_copied_by_hand_is_a_copy),
        CASE(a_backup_restored_in_its_own_place_goes_on_as_another_copy),
        CASE(two_copies_that_wrote_as_one_are_refused),
        CASE(an_altered_log_is_not_merged),
        CASE(a_damaged_page_of_the_other_store_is_not_merged),
        CASE(whoever_is_stopped_leaves_the_store_as_it_was),
        CASE(whoever_is_killed_leaves_the_store_as_it_was),
        cmocka_unit_test_setup_teardown(random_histories_come_together, sit_down, tell_seed),
    };
    return cmocka_run_group_tests(tests, make_opened_sample, remove_sample);
}
