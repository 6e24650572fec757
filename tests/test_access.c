/* Who saw what: reading, listing and taking out are in the log before anything is given; failed attempts to open the
 * store and a clock that was set back are said; and the log can be asked. Clocks are this program's: it defines
 * clock_gettime, so the linker gives it to the library in place of the C library's. */
#include "raw.h"
#include "record/form.h"
#include "support.h"
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static int64_t wall_ms, monotonic_seconds; /* how far the clocks are from the true ones */
static bool dies_when_asked;               /* for the monotonic time */

int clock_gettime(clockid_t clock, struct timespec *out) {
    if (clock == CLOCK_MONOTONIC && dies_when_asked)
        raise(SIGKILL);
    int code = (int)syscall(SYS_clock_gettime, clock, out);
    if (clock == CLOCK_REALTIME) {
        int64_t ms = (int64_t)out->tv_sec * 1000 + out->tv_nsec / 1000000 + wall_ms;
        out->tv_sec = (time_t)(ms / 1000);
        out->tv_nsec = (long)(ms % 1000 * 1000000);
    } else if (clock == CLOCK_MONOTONIC) {
        out->tv_sec += (time_t)monotonic_seconds;
    }
    return code;
}

static int true_clocks(void **state) {
    wall_ms = monotonic_seconds = 0;
    return remove_copy(state);
}
#define CLOCKED(name) cmocka_unit_test_setup_teardown(name, open_copy, true_clocks)

/* ---- the log as a user sees it ---- */

/* "kind #resident detail" of each entry that is asked for, newest first, a line each; for free(). */
static char *log_of(hr_store *store, const hr_log_options *options) {
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    hr_cursor *rows = NULL;
    hr_status status;
    assert_non_null(out);
    assert_status(store, HR_OK, hr_log(store, options, &rows));
    int kind = column_named(rows, "kind"), resident = column_named(rows, "resident");
    int detail = column_named(rows, "detail");
    while ((status = hr_cursor_next(rows)) == HR_OK) {
        fputs(hr_cursor_text(rows, kind), out);
        if (hr_cursor_type(rows, resident) != HR_NULL)
            fprintf(out, " #%" PRId64, hr_cursor_integer(rows, resident));
        fprintf(out, " %s\n", hr_cursor_text(rows, detail));
    }
    assert_status(store, HR_END, status);
    hr_cursor_free(rows);
    assert_int_equal(fclose(out), 0);
    return text;
}

static char *entries_of_kind(hr_store *store, const char *kind) {
    hr_log_options options;
    hr_log_options_init(&options);
    options.kind = kind;
    return log_of(store, &options);
}

#define assert_log(store, kind, ...) assert_log_at((store), (kind), __FILE__, __LINE__, __VA_ARGS__)
static void assert_log_at(hr_store *store, const char *kind, const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
static void assert_log_at(hr_store *store, const char *kind, const char *file, int line, const char *format, ...) {
    char want[1024], *got = entries_of_kind(store, kind);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(want, sizeof want, format, arguments);
    va_end(arguments);
    if (strcmp(got, want) != 0)
        print_error("the log has of kind %s:\n%swhere there should be:\n%s", kind, got, want);
    _assert_true(strcmp(got, want) == 0, "the log is as wanted", file, line);
    free(got);
}

/* ---- what gives something of residents ---- */

static int64_t put_wang(fixture *f) {
    return put_ok(f, "resident",
                  "{'name':'王小明','sex':1,'birth_date':'1935-03-02','area':'110105001001','call_device':'HJ-1'}");
}

static hr_status get(hr_store *store, int64_t id, bool *gave) {
    char *json = NULL;
    hr_status status = hr_resident_get(store, id, &json);
    *gave = json != NULL;
    hr_free(json);
    return status;
}

static hr_status give_rows(hr_status status, hr_cursor *rows, bool *gave) {
    *gave = rows != NULL;
    hr_cursor_free(rows);
    return status;
}

static hr_status history(hr_store *store, int64_t id, bool *gave) {
    hr_cursor *rows = NULL;
    hr_status status = hr_history(store, id, &rows);
    return give_rows(status, rows, gave);
}

static hr_status find(hr_store *store, int64_t id, bool *gave) {
    hr_cursor *rows = NULL;
    (void)id;
    hr_status status = hr_find(store, "王小明", 0, &rows);
    return give_rows(status, rows, gave);
}

static hr_status list(hr_store *store, int64_t id, bool *gave) {
    hr_cursor *rows = NULL;
    hr_list_options options;
    (void)id;
    hr_list_options_init(&options);
    options.cohort = "elderly";
    options.without = "file";
    options.as_of = 20031231;
    options.within = "110105";
    hr_status status = hr_list(store, &options, &rows);
    return give_rows(status, rows, gave);
}

static hr_status duplicates(hr_store *store, int64_t id, bool *gave) {
    hr_cursor *rows = NULL;
    (void)id;
    hr_status status = hr_duplicates(store, NULL, NULL, &rows);
    return give_rows(status, rows, gave);
}

static hr_status check(hr_store *store, int64_t id, bool *gave) {
    hr_cursor *rows = NULL;
    (void)id;
    hr_status status = hr_check(store, NULL, NULL, &rows);
    return give_rows(status, rows, gave);
}

static hr_status open_calls(hr_store *store, int64_t id, bool *gave) {
    hr_cursor *rows = NULL;
    (void)id;
    hr_status status = hr_calls(store, 0, 0, 0, &rows);
    return give_rows(status, rows, gave);
}

static hr_status all_calls(hr_store *store, int64_t id, bool *gave) {
    hr_cursor *rows = NULL;
    (void)id;
    hr_status status = hr_calls(store, 1, 20030101, 20040000, &rows);
    return give_rows(status, rows, gave);
}

/* Of the call that was raised next after Wang was registered. */
static hr_status card(hr_store *store, int64_t id, bool *gave) {
    char *json = NULL;
    hr_status status = hr_call_card(store, id + 1, &json);
    *gave = json != NULL;
    hr_free(json);
    return status;
}

static int64_t raise_call(fixture *f) {
    hr_call_options options;
    int64_t call = 0;
    hr_call_options_init(&options);
    options.device = "HJ-1";
    assert_status(f->store, HR_OK, hr_call_raise(f->store, &options, &call, NULL));
    return call;
}

typedef hr_status (*giving_fn)(hr_store *store, int64_t id, bool *gave);
static const struct giving {
    giving_fn give;
    const char *kind, *entry; /* what is said of it of Wang */
} givings[] = {
    {get, "read", "read #%" PRId64 " health file\n"},
    {history, "read", "read #%" PRId64 " health file\n"},
    {card, "read", "read #%" PRId64 " card of an emergency call\n"},
    {find, "search", "search find; residents 1\n"},
    {list, "search", "search list; residents 1; detail cohort=elderly without=file as_of=2003-12-31 within=110105\n"},
    {duplicates, "search", "search duplicates\n"},
    {check, "search", "search check\n"},
    {open_calls, "search", "search calls; detail open\n"},
    {all_calls, "search", "search calls; detail all from=2003-01-01 to=2004\n"},
};

/* A store in which each of them gives something, opened anew; gives Wang's number. */
static int64_t with_wang(fixture *f) {
    int64_t wang = put_wang(f);
    assert_int_equal(raise_call(f), wang + 1);
    reopen(f, HR_LANGUAGE_EN);
    return wang;
}

static uint64_t entries(fixture *f) {
    return info_of(f->store).entries;
}

/* ---- reading ---- */

static void whatever_gives_something_of_residents_is_in_the_log(void **state) {
    fixture *f = *state;
    int64_t wang = with_wang(f);
    for (size_t i = 0; i < COUNT(givings); i++) {
        const struct giving *g = &givings[i];
        bool gave = false;
        reopen(f, HR_LANGUAGE_EN);
        char *before = entries_of_kind(f->store, g->kind), want[512];
        uint64_t count = entries(f);
        assert_status(f->store, HR_OK, g->give(f->store, wang, &gave));
        assert_true(gave);
        assert_int_equal(entries(f), count + 1);
        if (strcmp(g->kind, "read") == 0)
            snprintf(want, sizeof want, g->entry, wang);
        else
            snprintf(want, sizeof want, "%s", g->entry);
        assert_log(f->store, g->kind, "%s%s", want, before);
        free(before);
    }
    assert_int_equal(verify_findings(f->store), 0);
}

/* Text is never that of whom is looked for, nor any resident's. */
static void the_log_names_nobody(void **state) {
    static const char *const names[] = {"王小明", "王", "HJ-1", "1935", "62120317", "11010519491231002"};
    fixture *f = *state;
    int64_t wang = with_wang(f);
    bool gave;
    put_ok(f, "resident",
           "{'id_number':'11010519491231002X','name':'李秀英','area':'110105001001','phone':'62120317'}");
    assert_status(f->store, HR_OK,
                  hr_entry_add(f->store, wang, "note", "{\"date\":\"2003-05-01\",\"text\":\"王\"}", NULL, NULL, NULL));
    for (size_t i = 0; i < COUNT(givings); i++)
        assert_status(f->store, HR_OK, givings[i].give(f->store, wang, &gave));
    char *all = entries_of_kind(f->store, NULL);
    assert_text_has(all, "note #"); /* the control: there is something */
    assert_text_has(all, " 2003-05-01: text");
    assert_text_has(all, "ID number, name, sex, birth date, area, phone");
    for (size_t i = 0; i < COUNT(names); i++)
        assert_null(strstr(all, names[i]));
    free(all);
}

static void showing_a_file_is_one_entry(void **state) {
    fixture *f = *state;
    int64_t wang = with_wang(f);
    bool gave;
    assert_status(f->store, HR_OK, get(f->store, wang, &gave));
    assert_status(f->store, HR_OK, history(f->store, wang, &gave));
    assert_status(f->store, HR_OK, get(f->store, wang, &gave));
    assert_log(f->store, "read", "read #%" PRId64 " health file\n", wang);
    assert_status(f->store, HR_OK, card(f->store, wang, &gave)); /* which is something else */
    assert_log(f->store, "read", "read #%" PRId64 " card of an emergency call\nread #%" PRId64 " health file\n", wang,
               wang);
}

static void it_is_said_again_after_ten_minutes_and_after_closing(void **state) {
    fixture *f = *state;
    int64_t wang = with_wang(f);
    uint64_t before = entries(f);
    bool gave;
    assert_status(f->store, HR_OK, get(f->store, wang, &gave));
    monotonic_seconds += 590;
    assert_status(f->store, HR_OK, get(f->store, wang, &gave));
    assert_int_equal(entries(f), before + 1);
    monotonic_seconds += 20;
    assert_status(f->store, HR_OK, get(f->store, wang, &gave));
    assert_int_equal(entries(f), before + 2);
    hr_store_close(f->store);
    assert_status(f->store, HR_OK, try_open(f->store, f->path));
    assert_status(f->store, HR_OK, get(f->store, wang, &gave));
    assert_int_equal(entries(f), before + 3);
}

static void of_more_than_a_handle_remembers_none_is_left_out(void **state) {
    enum { MANY = 200 };
    fixture *f = *state;
    int64_t ids[MANY];
    bool gave;
    assert_status(f->store, HR_OK, hr_batch_begin(f->store));
    for (int i = 0; i < MANY; i++)
        ids[i] = put_ok(f, "resident", "{'name':'第%d位','sex':1,'birth_date':'1940','area':'110105001001'}", i);
    assert_status(f->store, HR_OK, hr_batch_commit(f->store));
    uint64_t before = entries(f);
    for (int i = 0; i < MANY; i++)
        assert_status(f->store, HR_OK, get(f->store, ids[i], &gave));
    assert_int_equal(entries(f), before + MANY);
}

static void nothing_is_said_of_nobody(void **state) {
    fixture *f = *state;
    int64_t wang = with_wang(f);
    uint64_t before = entries(f);
    bool gave;
    assert_status(f->store, HR_NOT_FOUND, get(f->store, wang + 99, &gave));
    assert_status(f->store, HR_NOT_FOUND, history(f->store, 1, &gave));
    assert_status(f->store, HR_NOT_FOUND, card(f->store, wang + 99, &gave));
    assert_status(f->store, HR_INVALID, hr_find(f->store, "w", 0, &(hr_cursor *){NULL}));
    assert_int_equal(entries(f), before);
}

static void of_one_who_was_unified_the_file_that_is_shown_is_logged(void **state) {
    fixture *f = *state;
    int64_t wang = with_wang(f), seq;
    int64_t other = put_ok(f, "resident", "{'name':'王晓明','sex':1,'birth_date':'1935-03-02','area':'110105001001'}");
    bool gave;
    assert_status(f->store, HR_OK, get(f->store, other, &gave));
    assert_status(f->store, HR_OK, hr_unify(f->store, wang, other, NULL, &seq));
    assert_status(f->store, HR_OK, get(f->store, other, &gave));
    assert_log(f->store, "read", "read #%" PRId64 " health file\nread #%" PRId64 " health file\n", wang, other);
    hr_log_options options;
    hr_log_options_init(&options);
    options.kind = "read";
    for (int i = 0; i < 2; i++) { /* both reads are of him, by whichever number */
        options.resident = i ? other : wang;
        char *text = log_of(f->store, &options);
        assert_text_has(text, "health file\nread");
        free(text);
    }
    assert_int_equal(verify_findings(f->store), 0);
}

static void a_read_in_a_batch_goes_with_the_batch(void **state) {
    fixture *f = *state;
    int64_t wang = with_wang(f);
    uint64_t before = entries(f);
    bool gave;
    assert_status(f->store, HR_OK, hr_batch_begin(f->store));
    assert_status(f->store, HR_OK, get(f->store, wang, &gave));
    assert_status(f->store, HR_OK, history(f->store, wang, &gave));
    assert_int_equal(entries(f), before + 1);
    hr_batch_rollback(f->store);
    assert_log(f->store, "read", "%s", "");
    assert_int_equal(entries(f), before);
    assert_status(f->store, HR_OK, hr_batch_begin(f->store)); /* what was undone is not remembered */
    assert_status(f->store, HR_OK, get(f->store, wang, &gave));
    assert_status(f->store, HR_OK, hr_batch_commit(f->store));
    assert_status(f->store, HR_OK, get(f->store, wang, &gave)); /* what was committed is */
    assert_log(f->store, "read", "read #%" PRId64 " health file\n", wang);
    assert_int_equal(verify_findings(f->store), 0);
}

static void what_was_said_before_a_batch_stays_said_when_that_is_undone(void **state) {
    fixture *f = *state;
    int64_t wang = with_wang(f);
    bool gave;
    assert_status(f->store, HR_OK, get(f->store, wang, &gave));
    uint64_t before = entries(f);
    assert_status(f->store, HR_OK, hr_batch_begin(f->store));
    put_ok(f, "resident", "{'name':'无','sex':1,'birth_date':'1940','area':'110105001001'}");
    hr_batch_rollback(f->store);
    assert_status(f->store, HR_OK, get(f->store, wang, &gave));
    assert_int_equal(entries(f), before);
}

/* ---- what cannot be said is not given ---- */

static void limit_files(rlim_t size) {
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = size < limit.rlim_max ? size : limit.rlim_max;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void on_a_full_disk_nothing_is_given(void **state) {
    fixture *f = *state;
    int64_t wang = with_wang(f);
    uint64_t before = entries(f);
    for (size_t i = 0; i < COUNT(givings); i++) {
        bool gave = true;
        limit_files(0);
        hr_status status = givings[i].give(f->store, wang, &gave);
        limit_files(RLIM_INFINITY);
        assert_status(f->store, HR_SYSTEM, status);
        assert_false(gave);
        assert_int_equal(entries(f), before);
    }
    for (size_t i = 0; i < COUNT(givings); i++) { /* the control: with room, each is */
        bool gave = false;
        assert_status(f->store, HR_OK, givings[i].give(f->store, wang, &gave));
        assert_true(gave);
    }
    assert_int_equal(verify_findings(f->store), 0);
}

static void while_another_writes_nothing_is_given(void **state) {
    fixture *f = *state;
    int64_t wang = with_wang(f);
    hr_store *other = new_handle(HR_LANGUAGE_EN);
    bool gave = true;
    assert_status(other, HR_OK, try_open(other, f->path));
    assert_status(f->store, HR_OK, get(f->store, wang, &gave)); /* said, so that the next needs not be */
    assert_status(other, HR_OK, hr_batch_begin(other));
    assert_status(f->store, HR_OK, history(f->store, wang, &gave));
    assert_status(f->store, HR_BUSY, card(f->store, wang, &gave));
    assert_false(gave);
    hr_batch_rollback(other);
    assert_status(f->store, HR_OK, card(f->store, wang, &gave));
    assert_true(gave);
    hr_store_free(other);
}

/* The library asks for the monotonic time when the entry is on disk, and before it reads. */
static void who_is_killed_before_reading_has_said_it(void **state) {
    fixture *f = *state;
    int64_t wang = with_wang(f);
    int code = 0, out[2];
    char byte;
    close_store(f);
    assert_int_equal(pipe(out), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        hr_store *store = NULL;
        char *json = NULL;
        if (hr_store_new(&store, HR_LANGUAGE_EN) != HR_OK || open_with_key(store, f->path, f->recovery) != HR_OK)
            _exit(1);
        dies_when_asked = true;
        hr_resident_get(store, wang, &json);
        _exit(write(out[1], json ? "given" : "", 1) == 1 ? 2 : 3);
    }
    close(out[1]);
    assert_int_equal(waitpid(pid, &code, 0), pid);
    assert_true(WIFSIGNALED(code) && WTERMSIG(code) == SIGKILL);
    assert_int_equal(read(out[0], &byte, 1), 0);
    close(out[0]);
    f->store = new_handle(HR_LANGUAGE_EN);
    assert_status(f->store, HR_OK, try_open(f->store, f->path));
    assert_log(f->store, "read", "read #%" PRId64 " health file\n", wang);
    assert_int_equal(verify_findings(f->store), 0);
}

/* ---- by role ---- */

static void add_operator(fixture *f, const char *name, const char *role) {
    hr_operator_options options = operator_of(name, role, PASSPHRASE);
    assert_status(f->store, HR_OK, hr_operator_add(f->store, &options));
}

static void reopen_as(fixture *f, const char *name, hr_status want, const char *passphrase) {
    close_store(f);
    f->store = new_handle(HR_LANGUAGE_EN);
    assert_status(f->store, want, open_as(f->store, f->path, name, passphrase));
}

static void an_auditor_s_reading_is_logged_too(void **state) {
    fixture *f = *state;
    int64_t wang = with_wang(f);
    hr_log_options options;
    bool gave;
    add_operator(f, "审计", "auditor");
    reopen_as(f, "审计", HR_OK, PASSPHRASE);
    for (size_t i = 0; i < COUNT(givings); i++)
        assert_status(f->store, HR_OK, givings[i].give(f->store, wang, &gave));
    hr_log_options_init(&options);
    options.operator_name = "审计";
    options.limit = 2;
    char *text = log_of(f->store, &options);
    assert_string_equal(text, "search calls; detail all from=2003-01-01 to=2004\nsearch calls; detail open\n");
    free(text);
    assert_int_equal(verify_findings(f->store), 0);
}

static void a_statistician_may_not_read_the_log(void **state) {
    fixture *f = *state;
    hr_cursor *rows = NULL;
    add_operator(f, "统计", "statistician");
    reopen_as(f, "统计", HR_OK, PASSPHRASE);
    assert_status(f->store, HR_DENIED, hr_log(f->store, NULL, &rows));
    assert_null(rows);
}

/* ---- exports ---- */

static void a_backup_holds_that_it_was_made(void **state) {
    fixture *f = *state;
    hr_open_options options;
    hr_open_options_init(&options);
    options.passphrase = PASSPHRASE;
    uint64_t before = entries(f);
    assert_status(f->store, HR_OK, hr_backup(f->store, path_in(f, "王小明.backup"), NULL, NULL));
    assert_log(f->store, "export", "export backup; detail entries=%" PRIu64 "\n", before + 1);
    assert_status(f->store, HR_EXISTS, hr_backup(f->store, path_in(f, "王小明.backup"), NULL, NULL));
    assert_int_equal(entries(f), before + 1);
    assert_status(f->store, HR_OK,
                  hr_restore(f->store, path_in(f, "王小明.backup"), path_in(f, "again.hrs"), &options, NULL, NULL));
    assert_int_equal(entries(f), before + 1);
    assert_log(f->store, "export", "export backup; detail entries=%" PRIu64 "\n", before + 1);
}

/* ---- failed attempts ---- */

static const char *attempts_file(fixture *f) {
    static char path[PATH_SIZE];
    join_path(path, f->path, "attempts");
    return path;
}

static void failed_attempts_are_told_and_logged_once(void **state) {
    fixture *f = *state;
    for (int i = 0; i < 3; i++)
        reopen_as(f, NULL, HR_PASSPHRASE, WRONG_PASSPHRASE);
    struct stat about;
    assert_int_equal(stat(attempts_file(f), &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    assert_int_equal(files_with(f->path, WRONG_PASSPHRASE, strlen(WRONG_PASSPHRASE)), 0);
    reopen_as(f, NULL, HR_OK, PASSPHRASE);
    hr_store_info info = info_of(f->store);
    assert_int_equal(info.failed_attempts, 3);
    assert_int_equal(strlen(info.failed_since), strlen("2026-11-25 08:15:02"));
    assert_false(info.attempts_damaged);
    char *text = entries_of_kind(f->store, "unlock");
    assert_text_has(text, "unlock attempts 3; first ");
    assert_text_has(text, info.failed_since);
    assert_text_has(text, "; operators admin\n");
    free(text);
    uint64_t before = entries(f);
    reopen_as(f, NULL, HR_OK, PASSPHRASE);
    assert_int_equal(info_of(f->store).failed_attempts, 0);
    assert_string_equal(info_of(f->store).failed_since, "");
    assert_int_equal(entries(f), before);
    assert_int_equal(verify_findings(f->store), 0);
}

static void whose_attempt_it_was_is_said_only_of_operators(void **state) {
    fixture *f = *state;
    char key[HR_RECOVERY_KEY_SIZE];
    assert_status(f->store, HR_OK, hr_recovery_key_new(f->store, key));
    add_operator(f, "王护士", "clinician");
    reopen_as(f, "王护士", HR_PASSPHRASE, WRONG_PASSPHRASE);
    reopen_as(f, PASSPHRASE, HR_NOT_FOUND, "admin"); /* typed into the wrong field */
    hr_open_options options;
    hr_open_options_init(&options);
    options.operator_name = PASSPHRASE;
    options.recovery_key = key; /* of another store */
    assert_status(f->store, HR_PASSPHRASE, hr_store_open(f->store, f->path, &options));
    assert_int_equal(files_with(f->path, PASSPHRASE, strlen(PASSPHRASE)), 0);
    reopen_as(f, NULL, HR_OK, PASSPHRASE);
    assert_int_equal(info_of(f->store).failed_attempts, 2);
    char *text = entries_of_kind(f->store, "unlock");
    assert_text_has(text, "; operators 王护士, recovery\n");
    free(text);
}

static void a_statistician_leaves_failed_attempts_for_the_next(void **state) {
    fixture *f = *state;
    add_operator(f, "统计", "statistician");
    reopen_as(f, "统计", HR_PASSPHRASE, WRONG_PASSPHRASE);
    reopen_as(f, "统计", HR_OK, PASSPHRASE);
    assert_int_equal(info_of(f->store).failed_attempts, 0);
    reopen_as(f, NULL, HR_OK, PASSPHRASE);
    assert_int_equal(info_of(f->store).failed_attempts, 1);
}

/* What else may stand in the file's place. */
static void put_link(fixture *f) {
    write_text(path_in(f, "somebody's"), "somebody else's");
    assert_int_equal(symlink(path_in(f, "somebody's"), attempts_file(f)), 0);
}

static void put_hard_link(fixture *f) {
    write_text(path_in(f, "somebody's"), "somebody else's");
    assert_int_equal(link(path_in(f, "somebody's"), attempts_file(f)), 0);
}

static void put_garbage(fixture *f) {
    write_text(attempts_file(f), "HRTRIED\n and what not");
}

static void put_much_garbage(fixture *f) {
    size_t size = 1 << 20;
    char *bytes = malloc(size);
    assert_non_null(bytes);
    memset(bytes, 'H', size);
    write_bytes(attempts_file(f), bytes, size);
    free(bytes);
}

static void put_folder(fixture *f) {
    assert_int_equal(mkdir(attempts_file(f), 0700), 0);
}

static void put_pipe(fixture *f) {
    assert_int_equal(mkfifo(attempts_file(f), 0600), 0);
}

static void what_stands_in_place_of_the_attempts_is_said_and_in_nobody_s_way(void **state) {
    static void (*const put[])(fixture *) = {put_link,         put_hard_link, put_garbage,
                                             put_much_garbage, put_folder,    put_pipe};
    fixture *f = *state;
    for (size_t i = 0; i < COUNT(put); i++) {
        unlink(attempts_file(f));
        unlink(path_in(f, "somebody's"));
        close_store(f);
        put[i](f);
        reopen_as(f, NULL, HR_PASSPHRASE, WRONG_PASSPHRASE); /* nor in this one's */
        if (path_exists(path_in(f, "somebody's"))) {
            char *theirs = read_bytes(path_in(f, "somebody's"), &(size_t){0});
            assert_string_equal(theirs, "somebody else's");
            free(theirs);
        }
        reopen_as(f, NULL, HR_OK, PASSPHRASE);
        assert_true(info_of(f->store).attempts_damaged);
        char *text = entries_of_kind(f->store, "unlock");
        assert_text_has(text, "record of them damaged yes");
        free(text);
        uint64_t before = entries(f);
        reopen_as(f, NULL, HR_OK, PASSPHRASE);
        assert_false(info_of(f->store).attempts_damaged);
        assert_int_equal(entries(f), before);
    }
    assert_int_equal(verify_findings(f->store), 0);
}

static void an_attempt_after_one_that_was_cut_off_counts(void **state) {
    fixture *f = *state;
    reopen_as(f, NULL, HR_PASSPHRASE, WRONG_PASSPHRASE);
    assert_int_equal(truncate(attempts_file(f), 50), 0);
    reopen_as(f, NULL, HR_PASSPHRASE, WRONG_PASSPHRASE);
    reopen_as(f, NULL, HR_OK, PASSPHRASE);
    assert_int_equal(info_of(f->store).failed_attempts, 1);
    assert_true(info_of(f->store).attempts_damaged);
}

/* docs/format.md has the record. */
static void more_attempts_than_the_file_takes_are_counted(void **state) {
    enum { RECORD = 96, RECORDS = 4096 };
    fixture *f = *state;
    unsigned char *bytes = calloc(RECORDS, RECORD);
    assert_non_null(bytes);
    for (size_t i = 0; i < RECORDS; i++) {
        unsigned char *record = bytes + i * RECORD;
        memcpy(record, "HRTRIED\n", 8);
        record[8 + 5] = record[16 + 5] = 1; /* 2^40 ms after 1970: in November 2004 */
        record[24] = 1;
        memcpy(record + 32, "admin", 5);
    }
    close_store(f);
    write_bytes(attempts_file(f), bytes, (size_t)RECORDS * RECORD);
    free(bytes);
    reopen_as(f, NULL, HR_PASSPHRASE, WRONG_PASSPHRASE);
    reopen_as(f, NULL, HR_PASSPHRASE, WRONG_PASSPHRASE);
    assert_int_equal(file_size(attempts_file(f)), (size_t)RECORDS * RECORD);
    reopen_as(f, NULL, HR_OK, PASSPHRASE);
    assert_int_equal(info_of(f->store).failed_attempts, RECORDS + 2);
    assert_text_has(info_of(f->store).failed_since, "2004-11-03");
    assert_false(info_of(f->store).attempts_damaged);
}

static void attempts_that_cannot_be_logged_now_stay_for_the_next(void **state) {
    fixture *f = *state;
    hr_store *other = new_handle(HR_LANGUAGE_EN);
    assert_status(other, HR_OK, try_open(other, f->path));
    reopen_as(f, NULL, HR_PASSPHRASE, WRONG_PASSPHRASE);
    assert_status(other, HR_OK, hr_batch_begin(other));
    reopen_as(f, NULL, HR_OK, PASSPHRASE); /* others' writing has never kept anybody from opening */
    assert_int_equal(info_of(f->store).failed_attempts, 1);
    hr_batch_rollback(other);
    hr_store_free(other);
    assert_log(f->store, "unlock", "%s", "");
    reopen_as(f, NULL, HR_OK, PASSPHRASE);
    assert_int_equal(info_of(f->store).failed_attempts, 1);
    char *text = entries_of_kind(f->store, "unlock");
    assert_text_has(text, "unlock attempts 1; ");
    free(text);
}

static void a_backup_holds_no_attempts(void **state) {
    fixture *f = *state;
    hr_open_options options;
    hr_open_options_init(&options);
    options.passphrase = PASSPHRASE;
    assert_status(f->store, HR_OK, hr_backup(f->store, path_in(f, "backup"), NULL, NULL));
    reopen_as(f, NULL, HR_PASSPHRASE, WRONG_PASSPHRASE);
    options.passphrase = WRONG_PASSPHRASE;
    assert_status(f->store, HR_PASSPHRASE,
                  hr_restore(f->store, path_in(f, "backup"), path_in(f, "again.hrs"), &options, NULL, NULL));
    assert_false(path_exists(path_in(f, "again.hrs")));
    options.passphrase = PASSPHRASE;
    assert_status(f->store, HR_OK,
                  hr_restore(f->store, path_in(f, "backup"), path_in(f, "again.hrs"), &options, NULL, NULL));
    assert_int_equal(info_of(f->store).failed_attempts, 0);
}

/* ---- the clock ---- */

static void local_text(char out[32], time_t when) {
    struct tm parts;
    assert_non_null(localtime_r(&when, &parts));
    strftime(out, 32, "%Y-%m-%d %H:%M:%S", &parts);
}

static void a_clock_that_was_set_back_is_said_once(void **state) {
    fixture *f = *state;
    char from[32], to[32];
    put_wang(f);
    assert_log(f->store, "clock", "%s", ""); /* the control: it goes as it should */
    wall_ms = INT64_C(-3600000);
    uint64_t before = entries(f);
    put_ok(f, "area", "{'area':'110105003','name':'一'}");
    assert_int_equal(entries(f), before + 2);
    put_ok(f, "area", "{'area':'110105004','name':'二'}");
    reopen(f, HR_LANGUAGE_EN);
    put_ok(f, "area", "{'area':'110105005','name':'三'}");
    assert_int_equal(entries(f), before + 4);
    /* From when to when: the times at which the entries before and after it were recorded. */
    close_store(f);
    sqlite3 *db = raw_open(f);
    char sql[128];
    snprintf(sql, sizeof sql, "SELECT recorded / 1000 FROM chart.entry WHERE seq = %" PRIu64, before);
    local_text(from, (time_t)raw_count(db, sql));
    snprintf(sql, sizeof sql, "SELECT recorded / 1000 FROM chart.entry WHERE seq = %" PRIu64, before + 2);
    local_text(to, (time_t)raw_count(db, sql));
    raw_close(db);
    f->store = new_handle(HR_LANGUAGE_EN);
    assert_status(f->store, HR_OK, try_open(f->store, f->path));
    assert_log(f->store, "clock", "clock from %s; to %s\n", from, to);
    assert_int_equal(verify_findings(f->store), 0);
}

static void a_clock_that_is_set_right_by_less_than_a_second_is_not_said(void **state) {
    fixture *f = *state;
    put_wang(f);
    wall_ms = -500;
    put_ok(f, "area", "{'area':'110105003','name':'一'}");
    assert_log(f->store, "clock", "%s", "");
}

static void a_clock_set_back_in_the_middle_of_a_batch_is_said(void **state) {
    fixture *f = *state;
    assert_status(f->store, HR_OK, hr_batch_begin(f->store));
    put_wang(f);
    wall_ms = INT64_C(-86400000);
    int64_t li = put_ok(f, "resident", "{'name':'李','sex':2,'birth_date':'1931','area':'110105001001'}");
    int64_t wu = put_ok(f, "resident", "{'name':'吴','sex':2,'birth_date':'1932','area':'110105001001'}");
    assert_int_equal(wu, li + 2);
    assert_status(f->store, HR_OK, hr_batch_commit(f->store));
    char *text = entries_of_kind(f->store, "clock");
    assert_true(strstr(text, "clock from ") == text && !strstr(text + 1, "clock"));
    free(text);
    assert_int_equal(verify_findings(f->store), 0);
}

/* That it was is said between the amendment and whatever comes next. */
static void what_is_said_first_by_a_clock_set_back_is_kept_whole(void **state) {
    fixture *f = *state;
    hr_cursor *rows = NULL;
    int64_t wang = put_wang(f), note = 0;
    wall_ms = INT64_C(-3600000);
    amend_ok(f, wang, "{'phone':'2222222'}");
    wall_ms *= 2;
    assert_status(f->store, HR_OK,
                  hr_entry_add(f->store, wang, "note", "{\"date\":\"2004-05-06\",\"text\":\"甲\"}", NULL, &note, NULL));
    wall_ms *= 2;
    amend_ok(f, wang, "{'phone':'3333333'}");
    assert_status(f->store, HR_OK, hr_history(f->store, wang, &rows));
    assert_int_equal(count_rows(f->store, rows), 4);
    assert_int_equal(verify_findings(f->store), 0);
}

/* ---- asking the log ---- */

static void the_log_is_asked_by_kind_resident_operator_and_day(void **state) {
    fixture *f = *state;
    int64_t wang = with_wang(f);
    hr_log_options options;
    bool gave;
    assert_status(f->store, HR_OK, get(f->store, wang, &gave));
    put_ok(f, "resident", "{'name':'李','sex':2,'birth_date':'1931','area':'110105001001'}");
    amend_ok(f, wang, "{'phone':'1'}");
    hr_log_options_init(&options);
    options.resident = wang;
    char *text = log_of(f->store, &options), want[512];
    snprintf(want, sizeof want,
             "resident #%" PRId64 " phone\nread #%" PRId64 " health file\ncall_raise #%" PRId64
             " time, device, area\nresident #%" PRId64 " name, sex, birth date, area, call device\n",
             wang, wang, wang, wang);
    assert_string_equal(text, want);
    free(text);
    hr_log_options_init(&options);
    options.limit = 1;
    text = log_of(f->store, &options);
    snprintf(want, sizeof want, "resident #%" PRId64 " phone\n", wang);
    assert_string_equal(text, want);
    free(text);
    options = (hr_log_options){.size = sizeof options, .from = 20990101};
    text = log_of(f->store, &options);
    assert_string_equal(text, "");
    free(text);
    options = (hr_log_options){.size = sizeof options, .from = 20000000, .to = 20990000, .kind = "store"};
    text = log_of(f->store, &options);
    assert_string_equal(text, "store \n");
    free(text);
}

static void days_of_the_log_are_whole_and_local(void **state) {
    fixture *f = *state;
    struct tm parts = {.tm_year = 135, .tm_mon = 4, .tm_mday = 6, .tm_isdst = -1}; /* 2035-05-06 00:00:00 */
    struct timespec now;
    hr_log_options options = {.size = sizeof options, .kind = "area"};
    assert_int_equal(clock_gettime(CLOCK_REALTIME, &now), 0);
    wall_ms = ((int64_t)mktime(&parts) - now.tv_sec) * 1000; /* a moment after midnight */
    put_ok(f, "area", "{'area':'110105003','name':'一'}");
    static const struct {
        int32_t from, to;
        bool there;
    } days[] = {{20350506, 20350506, true}, {0, 20350505, false}, {20350507, 0, false}, {20350500, 20350500, true}};
    for (size_t i = 0; i < COUNT(days); i++) {
        options.from = days[i].from;
        options.to = days[i].to;
        char *text = log_of(f->store, &options);
        assert_int_equal(strcmp(text, "area area, name\n") == 0, days[i].there);
        free(text);
    }
}

static void what_the_log_cannot_be_asked_is_refused(void **state) {
    static const struct {
        hr_log_options options;
        hr_status want;
        const char *part;
    } asked[] = {
        {{.size = sizeof(hr_log_options), .kind = "nothing"}, HR_INVALID, "kind"},
        {{.size = sizeof(hr_log_options), .operator_name = "nobody"}, HR_INVALID, "operator"},
        {{.size = sizeof(hr_log_options), .from = 20031301}, HR_INVALID, "date"},
        {{.size = sizeof(hr_log_options), .to = 1}, HR_INVALID, "date"},
        {{.size = sizeof(hr_log_options), .resident = 999}, HR_NOT_FOUND, "resident"},
    };
    fixture *f = *state;
    for (size_t i = 0; i < COUNT(asked); i++) {
        hr_cursor *rows = NULL;
        assert_status(f->store, asked[i].want, hr_log(f->store, &asked[i].options, &rows));
        assert_null(rows);
        assert_text_has(hr_error(f->store), asked[i].part);
    }
    uint64_t before = entries(f);
    free(entries_of_kind(f->store, NULL)); /* asking is not itself said */
    assert_int_equal(entries(f), before);
}

/* ---- reads are no part of lives ---- */

static char *history_text(fixture *f, int64_t id) {
    char *text = NULL;
    size_t size = 0;
    hr_cursor *rows = NULL;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    assert_status(f->store, HR_OK, hr_history(f->store, id, &rows));
    while (hr_cursor_next(rows) == HR_OK)
        for (int i = 0; i < hr_cursor_columns(rows); i++)
            fprintf(out, "%s|", hr_cursor_text(rows, i));
    hr_cursor_free(rows);
    assert_int_equal(fclose(out), 0);
    return text;
}

static char *figures_known_at(fixture *f, uint64_t entry) {
    hr_rates_options options;
    char known[32], *text = NULL;
    size_t size = 0;
    hr_cursor *rows = NULL;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    hr_rates_options_init(&options);
    snprintf(known, sizeof known, "#%" PRIu64, entry);
    options.known_at = known;
    options.as_of = 20031231;
    options.by = "committee";
    assert_status(f->store, HR_OK, hr_rates(f->store, &options, &rows));
    while (hr_cursor_next(rows) == HR_OK)
        for (int i = 0; i < hr_cursor_columns(rows); i++)
            fprintf(out, "%s|", hr_cursor_text(rows, i));
    hr_cursor_free(rows);
    assert_int_equal(fclose(out), 0);
    return text;
}

static void reading_changes_neither_figures_nor_files(void **state) {
    fixture *f = *state;
    int64_t wang = with_wang(f);
    uint64_t then = entries(f);
    bool gave;
    amend_ok(f, wang, "{'file_number':'11010500100100001','file_opened':'2003-05-01'}");
    char *figures = rates_text(f->store, "committee", 20031231), *known = figures_known_at(f, then);
    assert_string_not_equal(figures, known); /* the control: something was said since */
    char *file = history_text(f, wang);
    for (int round = 0; round < 3; round++) {
        reopen(f, HR_LANGUAGE_EN);
        for (size_t i = 0; i < COUNT(givings); i++)
            assert_status(f->store, HR_OK, givings[i].give(f->store, wang, &gave));
    }
    char *figures_now = rates_text(f->store, "committee", 20031231), *known_now = figures_known_at(f, then);
    char *file_now = history_text(f, wang);
    assert_string_equal(figures_now, figures);
    assert_string_equal(known_now, known);
    assert_string_equal(file_now, file);
    assert_int_equal(verify_findings(f->store), 0);
    char *texts[] = {figures, known, file, figures_now, known_now, file_now};
    for (size_t i = 0; i < COUNT(texts); i++)
        free(texts[i]);
}

/* ---- what finds them ---- */

static void plan_of(fixture *f, const char *sql, char out[512]) {
    sqlite3_stmt *plan = NULL;
    char explain[512];
    close_store(f);
    sqlite3 *db = raw_open(f);
    snprintf(explain, sizeof explain, "EXPLAIN QUERY PLAN %s", sql);
    assert_int_equal(sqlite3_prepare_v2(db, explain, -1, &plan, NULL), SQLITE_OK);
    *out = '\0';
    while (sqlite3_step(plan) == SQLITE_ROW)
        snprintf(out + strlen(out), 512 - strlen(out), "%s\n", (const char *)sqlite3_column_text(plan, 3));
    sqlite3_finalize(plan);
    raw_close(db);
}

/* The queries of lib/record/snapshot.c and logrows.c. */
static void registers_and_reads_are_found_by_their_indexes(void **state) {
    fixture *f = *state;
    char plan[512];
    plan_of(f,
            "SELECT kind, body FROM chart.entry\n"
            "WHERE subject IS NULL AND seq <= ?1 AND " HR_LOG_NO_EVENT "\nORDER BY seq",
            plan);
    assert_text_has(plan, "USING INDEX entry_of_registers");
    plan_of(f, "SELECT seq FROM chart.entry WHERE subject = ?1 AND subject < 0 ORDER BY seq", plan);
    assert_text_has(plan, "INDEX entry_of_reads");
    plan_of(f, "SELECT seq FROM chart.entry WHERE subject = ?1 ORDER BY seq", plan); /* the control */
    assert_null(strstr(plan, "entry_of_reads"));
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        TEST(whatever_gives_something_of_residents_is_in_the_log),
        TEST(the_log_names_nobody),
        TEST(showing_a_file_is_one_entry),
        CLOCKED(it_is_said_again_after_ten_minutes_and_after_closing),
        TEST(of_more_than_a_handle_remembers_none_is_left_out),
        TEST(nothing_is_said_of_nobody),
        TEST(of_one_who_was_unified_the_file_that_is_shown_is_logged),
        TEST(a_read_in_a_batch_goes_with_the_batch),
        TEST(what_was_said_before_a_batch_stays_said_when_that_is_undone),
        TEST(on_a_full_disk_nothing_is_given),
        TEST(while_another_writes_nothing_is_given),
        TEST(who_is_killed_before_reading_has_said_it),
        TEST(an_auditor_s_reading_is_logged_too),
        TEST(a_statistician_may_not_read_the_log),
        TEST(a_backup_holds_that_it_was_made),
        TEST(failed_attempts_are_told_and_logged_once),
        TEST(whose_attempt_it_was_is_said_only_of_operators),
        TEST(a_statistician_leaves_failed_attempts_for_the_next),
        TEST(what_stands_in_place_of_the_attempts_is_said_and_in_nobody_s_way),
        TEST(an_attempt_after_one_that_was_cut_off_counts),
        TEST(more_attempts_than_the_file_takes_are_counted),
        TEST(attempts_that_cannot_be_logged_now_stay_for_the_next),
        TEST(a_backup_holds_no_attempts),
        CLOCKED(a_clock_that_was_set_back_is_said_once),
        CLOCKED(a_clock_that_is_set_right_by_less_than_a_second_is_not_said),
        CLOCKED(a_clock_set_back_in_the_middle_of_a_batch_is_said),
        CLOCKED(what_is_said_first_by_a_clock_set_back_is_kept_whole),
        TEST(the_log_is_asked_by_kind_resident_operator_and_day),
        CLOCKED(days_of_the_log_are_whole_and_local),
        TEST(what_the_log_cannot_be_asked_is_refused),
        TEST(reading_changes_neither_figures_nor_files),
        TEST(registers_and_reads_are_found_by_their_indexes),
    };
    return cmocka_run_group_tests_name("access", tests, make_sample, remove_sample);
}
