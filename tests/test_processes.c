/* Several processes, several threads, one store. Nothing is lost, nothing is doubled, nobody is told that the store is
 * busy, and whoever reads sees one state.
 *
 * Processes are forked before any store is open, wait for one another, and then work as fast as they can: so many
 * records each, however long that takes. Writers put single residents without a rehabilitation need, and batches of
 * seven with one: one for each committee, all of one name. So at every moment, in whatever order the writers come, each
 * committee has as many of the latter as any other, a batch's name is found seven times or never, and the log has an
 * entry for each resident: that is what readers check. In a child nothing may assert, because that would go on with the
 * next test there; it returns what is wrong as text. Syncs are not passed on to the disk, so that its speed does not
 * matter; what they are for is test_powercut.c's. */
#include "store/store.h"
#include "support.h"
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    WRITERS = 4,
    SINGLES = SANITIZED ? 40 : 150, /* a writer's */
    BATCHES = SANITIZED ? 5 : 15,
    COMMITTEES = 7,
    WRITTEN = SINGLES + BATCHES * COMMITTEES,
    SAME = 60, /* residents whom every writer knows */
    BACKUPS = 5,
    WORKERS = 8,
    TEXT = 400
};
#define ON_LAST_DAY 20101231

static const char *const committees[COMMITTEES] = {"110105001001", "110105001002", "110105001003", "110105002001",
                                                   "110105002002", "110108001001", "110108001002"};
static char recovery[HR_RECOVERY_KEY_SIZE];

/* The linker gives these to SQLCipher in place of the C library's. */
#define STANDS_FOR(name) __asm__(name) __attribute__((visibility("default")))
int no_fsync(int fd) STANDS_FOR("fsync");
int no_fdatasync(int fd) STANDS_FOR("fdatasync");

int no_fsync(int fd) {
    (void)fd;
    return 0;
}

int no_fdatasync(int fd) {
    return no_fsync(fd);
}

/* ---- workers ---- */

/* What the processes of one test share. */
typedef struct shared {
    char folder[PATH_SIZE], path[PATH_SIZE];
    uint64_t entries;                   /* before they begin */
    int ready[2], start[2], running[2]; /* pipes: a byte from each; closed to start; closed by the last writer's end */
    unsigned added[WORKERS];
} shared;

typedef struct worker {
    shared *all;
    int number;
    hr_store *store;
    int64_t seen;       /* of the batches' residents in a committee */
    char problem[TEXT]; /* the first; "": none */
} worker;

typedef struct job {
    void (*work)(worker *w);
    bool writes, dies;
} job;

/* False if anything has gone wrong so far. */
static bool good(worker *w, hr_status status, const char *what) {
    if (status != HR_OK && !*w->problem)
        snprintf(w->problem, sizeof w->problem, "worker %d, %s: %s, %.200s", w->number, what, hr_status_name(status),
                 hr_error(w->store));
    return !*w->problem;
}

static bool agree(worker *w, int64_t got, int64_t expected, const char *what) {
    if (got != expected && !*w->problem)
        snprintf(w->problem, sizeof w->problem, "worker %d, %s: %" PRId64 " and not %" PRId64, w->number, what, got,
                 expected);
    return !*w->problem;
}

static bool open_worker(worker *w) {
    if (hr_store_new(&w->store, HR_LANGUAGE_EN) != HR_OK)
        return good(w, HR_SYSTEM, "make a handle");
    return good(w, open_with_key(w->store, w->all->path, recovery), "open");
}

/* Never returns. */
static void be_worker(shared *all, int number, const job *j) {
    worker w = {.all = all, .number = number};
    char byte = 0;
    close(all->ready[0]);
    close(all->start[1]);
    close(all->running[j->writes ? 0 : 1]); /* a writer's end is noticed by readers */
    open_worker(&w);
    if (write(all->ready[1], "", 1) != 1 || read(all->start[0], &byte, 1) != 0)
        good(&w, HR_SYSTEM, "start");
    if (!*w.problem)
        j->work(&w);
    hr_store_free(w.store);
    if (*w.problem)
        fprintf(stderr, "%s\n", w.problem);
    _exit(*w.problem ? 1 : 0);
}

static void end_worker(pid_t child, bool dies) {
    int code = 0;
    assert_int_equal(waitpid(child, &code, 0), child);
    if (dies)
        assert_true(WIFSIGNALED(code) && WTERMSIG(code) == SIGKILL);
    else
        assert_true(WIFEXITED(code) && WEXITSTATUS(code) == 0);
}

/* Runs the jobs, each in a process of its own, all at once. The fixture's store must be closed. */
static void run(shared *all, const job *jobs, int count) {
    pid_t children[WORKERS];
    char byte;
    assert_int_equal(pipe(all->ready) | pipe(all->start) | pipe(all->running), 0);
    for (int i = 0; i < count; i++) {
        children[i] = fork();
        assert_true(children[i] >= 0);
        if (children[i] == 0)
            be_worker(all, i, &jobs[i]);
    }
    close(all->ready[1]);
    close(all->start[0]);
    for (int i = 0; i < count; i++)
        assert_int_equal(read(all->ready[0], &byte, 1), 1);
    close(all->running[0]);
    close(all->running[1]);
    close(all->start[1]);
    for (int i = 0; i < count; i++)
        end_worker(children[i], jobs[i].dies);
    close(all->ready[0]);
}

static bool writers_have_ended(const worker *w) {
    struct pollfd pipe = {.fd = w->all->running[0], .events = POLLIN};
    return poll(&pipe, 1, 0) != 0;
}

/* ---- writing ---- */

/* The ID number of a writer's n-th resident. */
static char *number_of(char out[ID_SIZE], int writer, int n) {
    return id_number(out, 110105, 19300101 + n % 28 + n / 28 % 12 * 100 + n / 336 * 10000, 100 + writer);
}

static bool put_one(worker *w, int writer, int n, const char *name, const char *more) {
    char id[ID_SIZE], json[512];
    int64_t resident = 0;
    hr_change change = HR_UNCHANGED;
    snprintf(json, sizeof json, "{'id_number':'%s','name':'%s','area':'%s','file_opened':'2003-05-11'%s}",
             number_of(id, writer, n), name, committees[n % COMMITTEES], more);
    quote_json(json);
    if (!good(w, hr_put(w->store, "resident", json, &resident, &change), "put") || resident <= 0)
        return agree(w, resident > 0, 1, "a resident without a number");
    w->all->added[w->number] += change == HR_ADDED;
    return true;
}

static const char *batch_name(char out[64], int writer, int batch) {
    snprintf(out, 64, "批%02d第%02d", writer, batch);
    return out;
}

static bool put_members(worker *w, int batch, int count) {
    char name[64];
    batch_name(name, w->number, batch);
    for (int i = 0; i < count; i++)
        if (!put_one(w, w->number, SINGLES + batch * COMMITTEES + i, name, ",'rehab_need_since':'2002-03-01'"))
            return false;
    return true;
}

static bool put_batch(worker *w, int batch) {
    return good(w, hr_batch_begin(w->store), "begin a batch") && put_members(w, batch, COMMITTEES) &&
           good(w, hr_batch_commit(w->store), "commit a batch");
}

static void write_all(worker *w) {
    for (int n = 0; n < SINGLES; n++)
        if ((n % (SINGLES / BATCHES) == 0 && !put_batch(w, n / (SINGLES / BATCHES))) ||
            !put_one(w, w->number, n, "单", ""))
            return;
}

/* ---- reading ---- */

static int column(const hr_cursor *c, const char *name) {
    int i = 0;
    while (i < hr_cursor_columns(c) && strcmp(hr_cursor_name(c, i), name) != 0)
        i++;
    return i;
}

/* Steps on: true with a row. */
static bool next(worker *w, hr_cursor *c, const char *what) {
    hr_status status = hr_cursor_next(c);
    return status != HR_END && good(w, status, what);
}

static hr_cursor *rates(worker *w, const char *indicators) {
    hr_cursor *rows = NULL;
    hr_rates_options options;
    hr_rates_options_init(&options);
    options.by = "committee";
    options.indicators = indicators;
    options.as_of = ON_LAST_DAY;
    good(w, hr_rates(w->store, &options, &rows), "rates");
    return rows;
}

static int64_t count(worker *w, hr_cursor *rows, const char *what) {
    int64_t found = 0;
    while (rows && next(w, rows, what))
        found++;
    hr_cursor_free(rows);
    return found;
}

/* Every committee has the same number of the batches' residents, and never fewer than before. */
static void check_batches(worker *w) {
    int64_t first = -1, areas = 0;
    hr_cursor *rows = rates(w, "rehab_files");
    while (rows && next(w, rows, "rates")) {
        int64_t now = hr_cursor_integer(rows, column(rows, "denominator"));
        first = first < 0 ? now : first;
        agree(w, now, first, "of a batch, some are counted");
        areas++;
    }
    hr_cursor_free(rows);
    agree(w, areas, COMMITTEES, "committees");
    agree(w, first < w->seen, 0, "a batch that was counted is gone");
    w->seen = first;
}

/* All figures of one call are of one state: everybody has a file. */
static void check_files(worker *w) {
    int64_t residents = 0, files = 0, countable = 0;
    hr_cursor *rows = rates(w, "resident_files,computerized_files");
    while (rows && next(w, rows, "rates")) {
        int64_t numerator = hr_cursor_integer(rows, column(rows, "numerator"));
        int64_t denominator = hr_cursor_integer(rows, column(rows, "denominator"));
        if (strcmp(hr_cursor_text(rows, column(rows, "indicator")), "resident_files") == 0) {
            files += numerator;
            residents += denominator;
        } else {
            countable += denominator;
        }
    }
    hr_cursor_free(rows);
    agree(w, files, residents, "residents with a file");
    agree(w, countable, files, "files that could be computerized");
}

static void check_name(worker *w, int writer, int batch) {
    char name[64];
    hr_cursor *rows = NULL;
    if (!good(w, hr_find(w->store, batch_name(name, writer, batch), 0, &rows), "find"))
        return;
    int64_t found = count(w, rows, "find");
    agree(w, found, found ? COMMITTEES : 0, "found of a batch");
}

static void check_list(worker *w) {
    hr_cursor *rows = NULL;
    hr_list_options options;
    hr_list_options_init(&options);
    options.cohort = "rehab";
    options.as_of = ON_LAST_DAY;
    if (good(w, hr_list(w->store, &options, &rows), "list"))
        agree(w, count(w, rows, "list") % COMMITTEES, 0, "over in the list of whole batches");
}

static void check_info(worker *w) {
    hr_store_info info;
    hr_store_info_init(&info);
    if (good(w, hr_store_info_get(w->store, &info), "info"))
        agree(w, info.residents <= info.entries - w->all->entries, true, "each resident has an entry");
}

static void check_once(worker *w, int turn) {
    check_batches(w);
    check_files(w);
    check_name(w, turn % WRITERS, turn % BATCHES);
    check_list(w);
    check_info(w);
}

static void read_all(worker *w) {
    for (int turn = 0; !*w->problem && (turn < 10 || !writers_have_ended(w)); turn++)
        check_once(w, turn);
}

static void verify_all(worker *w) {
    for (int turn = 0; !*w->problem && (turn < 3 || !writers_have_ended(w)); turn++) {
        hr_cursor *findings = NULL;
        if (good(w, hr_verify(w->store, NULL, &findings), "verify"))
            agree(w, count(w, findings, "verify"), 0, "findings");
    }
}

/* ---- what is there at the end ---- */

static int by_value(const void *a, const void *b) {
    const int64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* Each of the writers' residents is there, each under a number of his own. */
static void assert_all_there(hr_store *store, int writers) {
    static int64_t ids[WRITERS * WRITTEN];
    int known = 0;
    for (int writer = 0; writer < writers; writer++)
        for (int n = 0; n < WRITTEN; n++) {
            char id[ID_SIZE];
            assert_status(store, HR_OK, hr_resident_lookup(store, number_of(id, writer, n), &ids[known++]));
        }
    qsort(ids, (size_t)known, sizeof *ids, by_value);
    for (int i = 1; i < known; i++)
        assert_true(ids[i - 1] < ids[i]);
}

static void assert_exact(fixture *f, const shared *all, int writers) {
    uint64_t residents = (uint64_t)writers * WRITTEN;
    f->store = new_handle(HR_LANGUAGE_EN);
    assert_status(f->store, HR_OK, open_with_key(f->store, f->path, recovery));
    assert_int_equal(entries_said(f->store), all->entries + residents);
    assert_residents(f, residents);
    assert_all_there(f->store, writers);
    assert_int_equal(verify_findings(f->store), 0);
}

/* ---- fixtures ---- */

static int make_shared(void **state) {
    if (make_opened_sample(state) != 0)
        return -1;
    memcpy(recovery, ((const fixture *)*state)->recovery, sizeof recovery);
    return 0;
}

/* A copy that is closed. */
static int copy_shared(void **state) {
    fixture *f = calloc(1, sizeof *f);
    if (!f)
        return -1;
    copy_sample(f, *state);
    *state = f;
    return 0;
}

#define SHARED(name) cmocka_unit_test_setup_teardown(name, copy_shared, remove_copy)

static shared *share(fixture *f) {
    shared *all = mmap(NULL, sizeof *all, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(all != MAP_FAILED);
    memcpy(all->folder, f->folder, sizeof all->folder);
    memcpy(all->path, f->path, sizeof all->path);
    f->store = new_handle(HR_LANGUAGE_EN);
    assert_status(f->store, HR_OK, open_with_key(f->store, f->path, recovery));
    all->entries = entries_said(f->store);
    close_store(f);
    return all;
}

static void end_sharing(shared *all) {
    munmap(all, sizeof *all);
}

/* ---- processes ---- */

static void four_writers_and_two_readers_lose_and_double_nothing(void **state) {
    static const job jobs[] = {{write_all, true, false}, {write_all, true, false}, {write_all, true, false},
                               {write_all, true, false}, {read_all, false, false}, {read_all, false, false}};
    shared *all = share(*state);
    run(all, jobs, WRITERS + 2);
    assert_exact(*state, all, WRITERS);
    end_sharing(all);
}

static void verifying_while_others_write_finds_nothing(void **state) {
    static const job jobs[] = {{write_all, true, false}, {write_all, true, false}, {verify_all, false, false}};
    shared *all = share(*state);
    run(all, jobs, 3);
    assert_exact(*state, all, 2);
    end_sharing(all);
}

static void put_the_same(worker *w) {
    for (int n = 0; n < SAME; n++)
        if (!put_one(w, 0, n, "同", ""))
            return;
}

static void a_resident_whom_all_put_at_once_is_registered_once(void **state) {
    static const job jobs[] = {{put_the_same, true, false},
                               {put_the_same, true, false},
                               {put_the_same, true, false},
                               {put_the_same, true, false}};
    fixture *f = *state;
    shared *all = share(f);
    unsigned added = 0;
    run(all, jobs, WRITERS);
    for (int i = 0; i < WRITERS; i++)
        added += all->added[i];
    assert_int_equal(added, SAME);
    f->store = new_handle(HR_LANGUAGE_EN);
    assert_status(f->store, HR_OK, open_with_key(f->store, f->path, recovery));
    assert_int_equal(entries_said(f->store), all->entries + SAME);
    assert_residents(f, SAME);
    assert_int_equal(verify_findings(f->store), 0);
    end_sharing(all);
}

/* Dies in the middle of its second batch. */
static void die_writing(worker *w) {
    if (put_batch(w, 0) && good(w, hr_batch_begin(w->store), "begin a batch") && put_members(w, 1, COMMITTEES - 2))
        raise(SIGKILL);
}

static void a_writer_that_is_killed_takes_only_its_open_batch_with_it(void **state) {
    static const job jobs[] = {{write_all, true, false}, {write_all, true, false}, {die_writing, true, true}};
    fixture *f = *state;
    shared *all = share(f);
    char name[64];
    hr_cursor *rows = NULL;
    run(all, jobs, 3);
    all->entries += COMMITTEES; /* its first batch */
    f->store = new_handle(HR_LANGUAGE_EN);
    assert_status(f->store, HR_OK, open_with_key(f->store, f->path, recovery));
    assert_int_equal(entries_said(f->store), all->entries + 2 * WRITTEN);
    assert_all_there(f->store, 2);
    for (int batch = 0; batch < 2; batch++) {
        assert_status(f->store, HR_OK, hr_find(f->store, batch_name(name, 2, batch), 0, &rows));
        assert_int_equal(count_rows(f->store, rows), batch == 0 ? COMMITTEES : 0);
    }
    assert_int_equal(verify_findings(f->store), 0);
    end_sharing(all);
}

static void open_and_close(worker *w) {
    for (int n = 0; n < BATCHES; n++) {
        hr_store_close(w->store);
        if (!good(w, open_with_key(w->store, w->all->path, recovery), "open again") || !put_batch(w, n))
            return;
        check_info(w);
    }
}

static void stores_are_opened_and_closed_while_others_write(void **state) {
    static const job jobs[] = {{open_and_close, true, false},
                               {open_and_close, true, false},
                               {open_and_close, true, false},
                               {open_and_close, true, false}};
    fixture *f = *state;
    shared *all = share(f);
    run(all, jobs, WRITERS);
    f->store = new_handle(HR_LANGUAGE_EN);
    assert_status(f->store, HR_OK, open_with_key(f->store, f->path, recovery));
    assert_residents(f, WRITERS * BATCHES * COMMITTEES);
    assert_int_equal(verify_findings(f->store), 0);
    end_sharing(all);
}

static void backup_path(char out[PATH_SIZE], const shared *all, int n) {
    snprintf(out, PATH_SIZE, "%.400s/%d.backup", all->folder, n);
}

static void back_up(worker *w) {
    char path[PATH_SIZE];
    for (int n = 0; n < BACKUPS && !*w->problem; n++) {
        backup_path(path, w->all, n);
        good(w, hr_backup(w->store, path, NULL, NULL), "back up");
    }
}

static void a_backup_made_while_others_write_is_of_one_moment(void **state) {
    static const job jobs[] = {{write_all, true, false}, {write_all, true, false}, {back_up, false, false}};
    fixture *f = *state;
    shared *all = share(f);
    hr_open_options options;
    char path[PATH_SIZE];
    hr_open_options_init(&options);
    options.recovery_key = recovery;
    run(all, jobs, 3);
    worker w = {.all = all, .store = new_handle(HR_LANGUAGE_EN)};
    for (int n = 0; n < BACKUPS; n++) {
        backup_path(path, all, n);
        assert_status(w.store, HR_OK, hr_restore(w.store, path, path_in(f, "restored.hrs"), &options, NULL, NULL));
        assert_int_equal(verify_findings(w.store), 0);
        check_once(&w, n);
        assert_string_equal(w.problem, "");
        hr_store_close(w.store);
        remove_tree(path_in(f, "restored.hrs"));
    }
    hr_store_free(w.store);
    assert_exact(f, all, 2);
    end_sharing(all);
}

/* ---- threads ---- */

typedef struct thread {
    worker w;
    pthread_t id;
    pthread_barrier_t *start;
} thread;

static void *be_thread(void *context) {
    thread *t = context;
    open_worker(&t->w);
    pthread_barrier_wait(t->start);
    if (!*t->w.problem)
        write_all(&t->w);
    check_once(&t->w, t->w.number);
    hr_store_free(t->w.store);
    return NULL;
}

static void four_threads_with_a_handle_each_lose_and_double_nothing(void **state) {
    shared *all = share(*state);
    thread threads[WRITERS];
    pthread_barrier_t start;
    assert_int_equal(pthread_barrier_init(&start, NULL, WRITERS), 0);
    for (int i = 0; i < WRITERS; i++) {
        threads[i] = (thread){.w = {.all = all, .number = i}, .start = &start};
        assert_int_equal(pthread_create(&threads[i].id, NULL, be_thread, &threads[i]), 0);
    }
    for (int i = 0; i < WRITERS; i++)
        assert_int_equal(pthread_join(threads[i].id, NULL), 0);
    pthread_barrier_destroy(&start);
    for (int i = 0; i < WRITERS; i++)
        assert_string_equal(threads[i].w.problem, "");
    assert_exact(*state, all, WRITERS);
    end_sharing(all);
}

/* ---- two handles, one step after the other ---- */

/* Two open handles on one store; the second does not wait for locks. */
typedef struct pair {
    shared *all;
    worker a, b;
} pair;

static void open_pair(pair *p, fixture *f) {
    *p = (pair){.all = share(f)};
    p->a = (worker){.all = p->all, .number = 0};
    p->b = (worker){.all = p->all, .number = 1};
    assert_true(open_worker(&p->a));
    assert_true(open_worker(&p->b));
    assert_int_equal(sqlite3_busy_timeout(p->b.store->db, 0), SQLITE_OK);
}

static void close_pair(pair *p) {
    assert_string_equal(p->a.problem, "");
    assert_string_equal(p->b.problem, "");
    hr_store_free(p->a.store);
    hr_store_free(p->b.store);
    end_sharing(p->all);
}

static void a_batch_that_is_half_written_is_seen_by_nobody(void **state) {
    pair p;
    open_pair(&p, *state);
    assert_true(put_batch(&p.a, 0));
    assert_status(p.a.store, HR_OK, hr_batch_begin(p.a.store));
    assert_true(put_members(&p.a, 1, 3));
    check_batches(&p.b); /* looking for names has to be said, and waits for the batch */
    check_files(&p.b);
    check_info(&p.b);
    agree(&p.b, p.b.seen, 1, "batches seen");
    hr_batch_rollback(p.a.store);
    close_pair(&p);
}

/* The control of every reader here. */
static void a_batch_whose_residents_are_put_one_by_one_is_found_out(void **state) {
    pair p;
    open_pair(&p, *state);
    assert_true(put_members(&p.a, 0, 3));
    check_batches(&p.b);
    assert_text_has(p.b.problem, "of a batch, some are counted");
    *p.b.problem = '\0';
    check_name(&p.b, 0, 0);
    assert_text_has(p.b.problem, "found of a batch");
    *p.b.problem = '\0';
    check_list(&p.b);
    assert_text_has(p.b.problem, "over in the list");
    *p.b.problem = '\0';
    close_pair(&p);
}

/* With the patience taken away, a store that is locked is called busy, and nothing has changed. */
static void a_locked_store_is_called_busy_and_is_free_again_afterwards(void **state) {
    pair p;
    open_pair(&p, *state);
    assert_status(p.a.store, HR_OK, hr_batch_begin(p.a.store));
    assert_true(put_members(&p.a, 0, COMMITTEES));
    assert_false(put_one(&p.b, 1, 0, "单", ""));
    assert_text_has(p.b.problem, "HR_BUSY");
    *p.b.problem = '\0';
    assert_status(p.b.store, HR_BUSY, hr_batch_begin(p.b.store));
    assert_status(p.a.store, HR_OK, hr_batch_commit(p.a.store));
    assert_true(put_one(&p.b, 1, 0, "单", ""));
    assert_int_equal(entries_said(p.b.store), p.all->entries + COMMITTEES + 1);
    close_pair(&p);
}

/* Areas, search and tallies are remembered between calls, by each handle for itself. */
static void what_another_handle_wrote_counts_at_once(void **state) {
    static const char area[] = "{\"area\":\"110105001004\",\"name\":\"第1街道第4社区\"}";
    static const char there[] = "{\"name\":\"新街坊\",\"sex\":\"female\",\"birth_date\":\"1930-01-01\","
                                "\"area\":\"110105001004\"}";
    pair p;
    hr_cursor *rows = NULL;
    open_pair(&p, *state);
    assert_true(put_batch(&p.a, 0) && put_batch(&p.b, 0));
    check_once(&p.a, 0);
    assert_status(p.b.store, HR_OK, hr_put(p.b.store, "area", area, NULL, NULL));
    assert_status(p.a.store, HR_OK, hr_put(p.a.store, "resident", there, NULL, NULL));
    assert_int_equal(figure_of(p.b.store, "110105001004", "resident_files", ON_LAST_DAY).denominator, 1);
    assert_status(p.b.store, HR_OK, hr_find(p.b.store, "新街坊", 0, &rows));
    assert_int_equal(count_rows(p.b.store, rows), 1);
    assert_true(put_batch(&p.b, 1) && put_batch(&p.a, 1));
    assert_int_equal(figure_of(p.a.store, "11", "resident_files", ON_LAST_DAY).denominator, 4 * COMMITTEES + 1);
    assert_int_equal(verify_findings(p.a.store), 0);
    close_pair(&p);
}

/* A list on a screen may stay half read for hours: nobody waits for it. */
static void assert_hinders_nobody(pair *p, hr_cursor *half_read) {
    assert_status(p->a.store, HR_OK, hr_cursor_next(half_read));
    put_one(&p->b, 1, 0, "单", "");
    while (next(&p->a, half_read, "read on"))
        continue;
    hr_cursor_free(half_read);
    close_pair(p);
}

static void a_half_read_find_hinders_nobody(void **state) {
    pair p;
    char name[64];
    hr_cursor *rows = NULL;
    open_pair(&p, *state);
    assert_true(put_batch(&p.a, 0));
    assert_status(p.a.store, HR_OK, hr_find(p.a.store, batch_name(name, 0, 0), 0, &rows));
    assert_hinders_nobody(&p, rows);
}

static void a_half_read_list_hinders_nobody(void **state) {
    pair p;
    hr_cursor *rows = NULL;
    hr_list_options options;
    hr_list_options_init(&options);
    options.cohort = "rehab";
    options.as_of = ON_LAST_DAY;
    open_pair(&p, *state);
    assert_true(put_batch(&p.a, 0));
    assert_status(p.a.store, HR_OK, hr_list(p.a.store, &options, &rows));
    assert_hinders_nobody(&p, rows);
}

static void half_read_rates_hinder_nobody(void **state) {
    pair p;
    open_pair(&p, *state);
    assert_true(put_batch(&p.a, 0));
    assert_hinders_nobody(&p, rates(&p.a, "rehab_files"));
}

static void a_half_read_history_hinders_nobody(void **state) {
    pair p;
    int64_t id = 0;
    char number[ID_SIZE];
    hr_cursor *rows = NULL;
    open_pair(&p, *state);
    assert_true(put_one(&p.a, 0, 0, "单", "") && put_one(&p.a, 0, 0, "双", ""));
    assert_status(p.a.store, HR_OK, hr_resident_lookup(p.a.store, number_of(number, 0, 0), &id));
    assert_status(p.a.store, HR_OK, hr_history(p.a.store, id, &rows));
    assert_hinders_nobody(&p, rows);
}

static void half_read_findings_hinder_nobody(void **state) {
    pair p;
    hr_cursor *rows = NULL;
    open_pair(&p, *state);
    assert_true(put_batch(&p.a, 0));
    assert_status(p.a.store, HR_OK, hr_verify(p.a.store, NULL, &rows));
    assert_true(put_one(&p.b, 1, 0, "单", ""));
    hr_cursor_free(rows);
    close_pair(&p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        SHARED(four_writers_and_two_readers_lose_and_double_nothing),
        SHARED(verifying_while_others_write_finds_nothing),
        SHARED(a_resident_whom_all_put_at_once_is_registered_once),
        SHARED(a_writer_that_is_killed_takes_only_its_open_batch_with_it),
        SHARED(stores_are_opened_and_closed_while_others_write),
        SHARED(a_backup_made_while_others_write_is_of_one_moment),
        SHARED(four_threads_with_a_handle_each_lose_and_double_nothing),
        SHARED(a_batch_that_is_half_written_is_seen_by_nobody),
        SHARED(a_batch_whose_residents_are_put_one_by_one_is_found_out),
        SHARED(a_locked_store_is_called_busy_and_is_free_again_afterwards),
        SHARED(what_another_handle_wrote_counts_at_once),
        SHARED(a_half_read_find_hinders_nobody),
        SHARED(a_half_read_list_hinders_nobody),
        SHARED(half_read_rates_hinder_nobody),
        SHARED(a_half_read_history_hinders_nobody),
        SHARED(half_read_findings_hinder_nobody),
    };
    return cmocka_run_group_tests(tests, make_shared, remove_sample);
}
