/* Speed, as ratios measured side by side in one run: the library against a plain SQLite that does the same with the
 * same rows. "Plain" is the engine inside SQLCipher without a key, so that only what the library adds differs.
 *
 *     bench [--residents N] [--rounds N] [--folder FOLDER]
 *
 * Each round measures both sides in turn; the table gives the median of each side, the median of the rounds' ratios and
 * their spread. What is compared is compared in its result, too: a figure that differs ends the run. Memory is the peak
 * of a process that does nothing else, from when the store is open, because Argon2 has its own. */
#include "healthrec.h"
#include "store/store.h"
#include <csv.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "support.h"

enum { ROUNDS_MOST = 15, AS_OF = 20050615, COLUMNS_MOST = 64 };

static const char PASSPHRASE_HERE[] = "benchmarks tell what was measured here";

typedef struct bench {
    char folder[PATH_SIZE], rosters[PATH_SIZE], store_path[PATH_SIZE], plain_path[PATH_SIZE];
    const char *program, *memory; /* memory: of what, in a process of its own */
    int residents, rounds;
    hr_store *store;
    char recovery[HR_RECOVERY_KEY_SIZE];
} bench;

static void die(const char *what, const char *why) {
    fprintf(stderr, "bench: %s: %s\n", what, why);
    exit(1);
}

static void must(const bench *b, hr_status status, const char *what) {
    if (status != HR_OK)
        die(what, hr_error(b->store));
}

/* ---- measuring ---- */

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

typedef struct series {
    int count;
    double ours[ROUNDS_MOST], theirs[ROUNDS_MOST];
} series;

static double median(const double *values, int count) {
    double sorted[ROUNDS_MOST];
    memcpy(sorted, values, (size_t)count * sizeof *sorted);
    qsort(sorted, (size_t)count, sizeof *sorted, by_size);
    return count % 2 ? sorted[count / 2] : (sorted[count / 2 - 1] + sorted[count / 2]) / 2;
}

static void print_head(void) {
    printf("\n%-58s %12s %12s %22s  %s\n", "", "healthrec", "plain", "ratio (least to most)", "wanted");
}

/* The ratio is how many times as fast ours is. */
static void print_ratio(const char *what, const series *s, double wanted) {
    double ratios[ROUNDS_MOST] = {0}, least, most;
    for (int i = 0; i < s->count; i++)
        ratios[i] = s->theirs[i] / s->ours[i];
    least = most = ratios[0];
    for (int i = 1; i < s->count; i++) {
        least = ratios[i] < least ? ratios[i] : least;
        most = ratios[i] > most ? ratios[i] : most;
    }
    double middle = median(ratios, s->count);
    printf("%-58s %9.3f ms %9.3f ms %8.4gx (%.4g to %.4g)  >= %gx%s\n", what, median(s->ours, s->count) * 1e3,
           median(s->theirs, s->count) * 1e3, middle, least, most, wanted, middle >= wanted ? "" : "  MISSED");
    fflush(stdout);
}

/* What a process of its own says its memory was. */
static long memory_of(const bench *b, const char *what) {
    char line[32] = "";
    int ends[2], status = 0;
    if (pipe(ends) != 0)
        die("memory", strerror(errno));
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDOUT_FILENO);
        execl(b->program, b->program, "--folder", b->folder, "--memory", what, (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    ssize_t got = read(ends[0], line, sizeof line - 1);
    close(ends[0]);
    if (child < 0 || got <= 0 || waitpid(child, &status, 0) != child || status != 0)
        die("memory", what);
    return strtol(line, NULL, 10);
}

static void print_memory(const char *what, long kib, long wanted_mib) {
    printf("%-58s %8.1f MiB %36s  <= %ld MiB%s\n", what, (double)kib / 1024, "", wanted_mib,
           kib <= wanted_mib * 1024 ? "" : "  MISSED");
    fflush(stdout);
}

/* The least, median and greatest of what was measured here alone. */
static void print_measure(const char *what, const double *values, int count, const char *unit, double wanted) {
    double middle = median(values, count), least = values[0], most = values[0];
    char spread[48];
    for (int i = 1; i < count; i++) {
        least = values[i] < least ? values[i] : least;
        most = values[i] > most ? values[i] : most;
    }
    snprintf(spread, sizeof spread, "(%.1f to %.1f)", least, most);
    printf("%-58s %8.1f %-3s %36s  <= %g %s%s\n", what, middle, unit, spread, wanted, unit,
           middle <= wanted ? "" : "  MISSED");
    fflush(stdout);
}

/* ---- the rosters ---- */

static void make_rosters(const bench *b) {
    char program[PATH_SIZE], residents[16];
    const char *build = getenv("HR_BUILD");
    join_path(program, build ? build : "build", "district");
    snprintf(residents, sizeof residents, "%d", b->residents);
    pid_t child = fork();
    int status = 0;
    if (child == 0) {
        execl(program, program, "--single", "--residents", residents, b->rosters, (char *)NULL);
        _exit(127);
    }
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0)
        die(program, "could not make the rosters; run make first");
}

/* ---- importing ---- */

static void import(const bench *b, const char *name, const char *kind) {
    char path[PATH_SIZE];
    hr_import_options options;
    hr_import_result result;
    hr_import_options_init(&options);
    hr_import_result_init(&result);
    options.kind = kind;
    join_path(path, b->rosters, name);
    must(b, hr_import(b->store, path, &options, &result), name);
}

static void new_store(bench *b) {
    hr_create_options options;
    hr_store_free(b->store);
    remove_tree(b->store_path);
    if (hr_store_new(&b->store, HR_LANGUAGE_EN) != HR_OK)
        die("hr_store_new", "no handle");
    must(b, hr_recovery_key_new(b->store, b->recovery), "hr_recovery_key_new");
    hr_create_options_init(&options);
    options.area = "11";
    options.name = "bench";
    options.passphrase = PASSPHRASE_HERE;
    options.recovery_key = b->recovery;
    options.kdf_ops = 3;
    options.kdf_mib = 64;
    must(b, hr_store_create(b->store, b->store_path, &options), "hr_store_create");
    import(b, "areas.csv", "areas");
    import(b, "institutions.csv", "institutions");
    import(b, "population.csv", "population");
}

/* ---- the same rows in a plain database ---- */

typedef struct loader {
    sqlite3 *db;
    sqlite3_stmt *insert[2];
    int table[COLUMNS_MOST], place[COLUMNS_MOST]; /* where a column goes */
    int columns, column, counts[2];
    bool header_done;
    char heads[COLUMNS_MOST][40];
} loader;

static void run(sqlite3 *db, const char *sql) {
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        die(sql, sqlite3_errmsg(db));
}

/* Who somebody is goes into one table, what is counted about him into the other. */
static bool identifies(const char *column) {
    static const char *const names[] = {"id_number",   "name",        "phone",
                                        "address",     "household",   "file_number",
                                        "call_device", "birth_place", "disability_certificate"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(column, names[i]) == 0)
            return true;
    return false;
}

static void create_tables(loader *l) {
    static const char *const tables[] = {"identity", "facts"};
    char create[2048], insert[2048];
    for (int t = 0; t < 2; t++) {
        int used = snprintf(create, sizeof create, "CREATE TABLE %s (id INTEGER PRIMARY KEY", tables[t]);
        int other = snprintf(insert, sizeof insert, "INSERT INTO %s VALUES (NULL", tables[t]);
        for (int i = 0; i < l->columns; i++) {
            if (l->table[i] != t)
                continue;
            used += snprintf(create + used, sizeof create - (size_t)used, ", %s", l->heads[i]);
            other += snprintf(insert + other, sizeof insert - (size_t)other, ", ?%d", ++l->counts[t]);
            l->place[i] = l->counts[t];
        }
        snprintf(create + used, sizeof create - (size_t)used, ")");
        snprintf(insert + other, sizeof insert - (size_t)other, ")");
        run(l->db, create);
        if (sqlite3_prepare_v2(l->db, insert, -1, &l->insert[t], NULL) != SQLITE_OK)
            die(insert, sqlite3_errmsg(l->db));
    }
}

static void on_cell(void *bytes, size_t length, void *context) {
    loader *l = context;
    if (!l->header_done && l->columns < COLUMNS_MOST) {
        const char *name = bytes;
        if (length >= 3 && memcmp(name, "\xEF\xBB\xBF", 3) == 0) {
            name += 3;
            length -= 3;
        }
        snprintf(l->heads[l->columns], sizeof l->heads[0], "%.*s", (int)length, name);
        l->table[l->columns] = identifies(l->heads[l->columns]) ? 0 : 1;
        l->columns++;
    } else if (l->header_done && l->column < l->columns) {
        int i = l->column++;
        if (length)
            sqlite3_bind_text(l->insert[l->table[i]], l->place[i], bytes, (int)length, SQLITE_TRANSIENT);
    }
}

static void on_row(int end, void *context) {
    loader *l = context;
    (void)end;
    if (!l->header_done) {
        create_tables(l);
        l->header_done = true;
        return;
    }
    for (int t = 0; t < 2; t++) {
        if (sqlite3_step(l->insert[t]) != SQLITE_DONE)
            die("insert", sqlite3_errmsg(l->db));
        sqlite3_reset(l->insert[t]);
        sqlite3_clear_bindings(l->insert[t]);
    }
    l->column = 0;
}

static void load_plain(const bench *b) {
    loader l = {0};
    char path[PATH_SIZE], block[1 << 16];
    struct csv_parser parser;
    size_t got;
    unlink(b->plain_path);
    join_path(path, b->rosters, "residents.csv");
    FILE *file = fopen(path, "rb");
    if (!file || csv_init(&parser, 0) != 0 || sqlite3_open(b->plain_path, &l.db) != SQLITE_OK)
        die(path, "cannot load");
    run(l.db, "PRAGMA synchronous = FULL");
    run(l.db, "BEGIN");
    while ((got = fread(block, 1, sizeof block, file)) > 0)
        csv_parse(&parser, block, got, on_cell, on_row, &l);
    csv_fini(&parser, on_cell, on_row, &l);
    run(l.db, "COMMIT");
    csv_free(&parser);
    fclose(file);
    sqlite3_finalize(l.insert[0]);
    sqlite3_finalize(l.insert[1]);
    sqlite3_close(l.db);
}

static void bench_import(bench *b) {
    series s = {.count = b->rounds};
    for (int i = 0; i < b->rounds; i++) {
        double begun = now();
        load_plain(b);
        s.theirs[i] = now() - begun;
        new_store(b);
        begun = now();
        import(b, "residents.csv", "residents");
        s.ours[i] = now() - begun;
    }
    print_ratio("import of all residents, beside a load into two tables", &s, 0.3);
    new_store(b);
    hr_store_close(b->store);
    print_memory("memory of that import, all of a process", memory_of(b, "import"), 64);
}

/* ---- rates ---- */

/* The indicators that count residents, as one scan over the store's own facts computes them; `date` is as hr_rates has
 * it. */
#define LATEST(x) "CASE WHEN " x " % 10000 = 0 THEN " x " + 1231 WHEN " x " % 100 = 0 THEN " x " + 31 ELSE " x " END"
static const char SCAN[] =
    "WITH s AS (\n"
    "    SELECT area / ?2 AS area, (" LATEST(
        "birth_date") ") + 650000 <= ?1 AS elderly, file_opened <= ?1 AS file,\n"
                      "           file_opened <= ?1 AND computerized <= ?1 AS computerized, rehab_need_since <= ?1 AS "
                      "need,\n"
                      "           rehab_need_since <= ?1 AND rehab_served_since <= ?1 AS served,\n"
                      "           CASE WHEN rehab_outcome_date <= ?1 THEN rehab_outcome END AS outcome,\n"
                      "           home_bed_opened <= ?1 AND (home_bed_closed IS NULL OR home_bed_closed > ?1) AS bed, "
                      "hardship = 2 AS hard,\n"
                      "           household_care_since <= ?1 AS cared, call_device IS NOT NULL AS device\n"
                      "    FROM main.subject\n"
                      "    WHERE (moved_in IS NULL OR moved_in <= ?1) AND (moved_out IS NULL OR moved_out > ?1)\n"
                      "      AND (died IS NULL OR died > ?1) AND area / ?4 = ?3\n"
                      ")\n"
                      "SELECT area, count(*) FILTER (WHERE file), count(*), count(*) FILTER (WHERE elderly AND file),\n"
                      "       count(*) FILTER (WHERE elderly), count(*) FILTER (WHERE need AND file), count(*) FILTER "
                      "(WHERE need),\n"
                      "       count(*) FILTER (WHERE bed AND file), count(*) FILTER (WHERE bed), count(*) FILTER "
                      "(WHERE computerized),\n"
                      "       count(*) FILTER (WHERE file), count(*) FILTER (WHERE elderly AND computerized),\n"
                      "       count(*) FILTER (WHERE elderly AND file), count(*) FILTER (WHERE need AND "
                      "computerized),\n"
                      "       count(*) FILTER (WHERE need AND file), count(*) FILTER (WHERE bed AND computerized),\n"
                      "       count(*) FILTER (WHERE bed AND file), count(*) FILTER (WHERE served), count(*) FILTER "
                      "(WHERE need),\n"
                      "       count(*) FILTER (WHERE served AND outcome >= 2), count(*) FILTER (WHERE served),\n"
                      "       count(*) FILTER (WHERE served AND outcome = 3), count(*) FILTER (WHERE served),\n"
                      "       count(*) FILTER (WHERE hard AND cared), count(*) FILTER (WHERE hard),\n"
                      "       count(*) FILTER (WHERE (elderly OR bed) AND device), count(*) FILTER (WHERE elderly OR "
                      "bed)\n"
                      "FROM s\n"
                      "GROUP BY area\n"
                      "ORDER BY area";

static const char *const scanned[] = {"resident_files",
                                      "elderly_files",
                                      "rehab_files",
                                      "home_bed_files",
                                      "computerized_files",
                                      "computerized_files_elderly",
                                      "computerized_files_rehab",
                                      "computerized_files_home_bed",
                                      "rehab_service",
                                      "rehab_effective",
                                      "rehab_marked",
                                      "hardship_care",
                                      "call_enrolment"};
enum { SCANNED = sizeof scanned / sizeof *scanned, AREAS_MOST = 512 };

typedef struct counts {
    int64_t area, numerator[SCANNED], denominator[SCANNED];
} counts;

typedef struct question {
    const char *within, *by;                          /* as hr_rates takes them */
    int64_t divide_group, divide_within, within_code; /* as the scan does */
} question;

static size_t scan(const bench *b, const question *q, counts *out) {
    size_t count = 0;
    sqlite3_stmt *rows = hr_db_statement(b->store, SCAN);
    if (!rows)
        die("scan", hr_error(b->store));
    sqlite3_bind_int(rows, 1, AS_OF);
    sqlite3_bind_int64(rows, 2, q->divide_group);
    sqlite3_bind_int64(rows, 3, q->within_code);
    sqlite3_bind_int64(rows, 4, q->divide_within);
    for (; sqlite3_step(rows) == SQLITE_ROW && count < AREAS_MOST; count++) {
        out[count].area = sqlite3_column_int64(rows, 0);
        for (int i = 0; i < SCANNED; i++) {
            out[count].numerator[i] = sqlite3_column_int64(rows, 1 + 2 * i);
            out[count].denominator[i] = sqlite3_column_int64(rows, 2 + 2 * i);
        }
    }
    sqlite3_reset(rows);
    return count;
}

static int scanned_index(const char *indicator) {
    for (int i = 0; i < SCANNED; i++)
        if (strcmp(scanned[i], indicator) == 0)
            return i;
    return -1;
}

/* All indicators; those that the scan computes too are kept. */
static size_t rates(const bench *b, const question *q, counts *out) {
    hr_rates_options options;
    hr_cursor *rows = NULL;
    size_t count = 0;
    hr_rates_options_init(&options);
    options.as_of = AS_OF;
    options.within = q->within;
    options.by = q->by;
    must(b, hr_rates(b->store, &options, &rows), "hr_rates");
    while (hr_cursor_next(rows) == HR_OK) {
        int64_t area = strtoll(hr_cursor_text(rows, 0), NULL, 10);
        int i = scanned_index(hr_cursor_text(rows, 3));
        if (count == 0 || out[count - 1].area != area)
            out[count++] = (counts){.area = area};
        if (i >= 0) {
            out[count - 1].numerator[i] = hr_cursor_integer(rows, 4);
            /* An official figure replaces the register's; the scan has only the register. */
            out[count - 1].denominator[i] =
                strcmp(hr_cursor_text(rows, 7), "official") == 0 ? -1 : hr_cursor_integer(rows, 5);
        }
    }
    hr_cursor_free(rows);
    return count;
}

static void compare(const char *what, const counts *ours, size_t our_count, const counts *theirs, size_t their_count) {
    if (our_count != their_count)
        die(what, "the scan gives another number of areas");
    for (size_t a = 0; a < our_count; a++)
        for (int i = 0; i < SCANNED; i++)
            if (ours[a].area != theirs[a].area || ours[a].numerator[i] != theirs[a].numerator[i] ||
                (ours[a].denominator[i] >= 0 && ours[a].denominator[i] != theirs[a].denominator[i]))
                die(what, scanned[i]);
}

static void bench_rates(const bench *b, const char *what, const question *q, double wanted) {
    enum { REPEATS = 50 };
    static counts ours[AREAS_MOST], theirs[AREAS_MOST];
    series s = {.count = b->rounds};
    size_t our_count = 0, their_count = 0;
    for (int i = 0; i < b->rounds; i++) {
        double begun = now();
        their_count = scan(b, q, theirs);
        s.theirs[i] = now() - begun;
        begun = now();
        for (int n = 0; n < REPEATS; n++)
            our_count = rates(b, q, ours);
        s.ours[i] = (now() - begun) / REPEATS;
    }
    compare(what, ours, our_count, theirs, their_count);
    print_ratio(what, &s, wanted);
}

static void reopen_store(bench *b) {
    hr_open_options options;
    hr_open_options_init(&options);
    options.passphrase = PASSPHRASE_HERE;
    must(b, hr_store_open(b->store, b->store_path, &options), "hr_store_open");
}

/* ---- emergency calls ---- */

/* Finding who calls and making his card, beside one change that is put on disk as durably. */
static void bench_call(const bench *b) {
    enum { REPEATS = 20 };
    series s = {.count = b->rounds};
    hr_call_options options;
    int64_t id = 0;
    char json[64];
    must(b,
         hr_put(b->store, "resident",
                "{\"name\":\"bench\",\"sex\":1,\"birth_date\":\"1935\",\"area\":\"110105001001\","
                "\"call_device\":\"bench-1\"}",
                &id, NULL),
         "hr_put");
    hr_call_options_init(&options);
    options.device = "BENCH 1";
    for (int i = 0; i < b->rounds; i++) {
        double begun = now();
        for (int n = 0; n < REPEATS; n++) {
            snprintf(json, sizeof json, "{\"phone\":\"%d\"}", i * REPEATS + n);
            must(b, hr_amend(b->store, id, json, NULL), "hr_amend");
        }
        s.theirs[i] = (now() - begun) / REPEATS;
        begun = now();
        for (int n = 0; n < REPEATS; n++) {
            char *card = NULL;
            must(b, hr_call_raise(b->store, &options, NULL, &card), "hr_call_raise");
            if (!strstr(card, "bench-1"))
                die("hr_call_raise", "nobody was found");
            hr_free(card);
        }
        s.ours[i] = (now() - begun) / REPEATS;
    }
    print_ratio("an emergency call with its card, beside one durable change", &s, 0.4);
}

/* ---- opening, and the log of reading ---- */

/* The recovery key needs no Argon2. */
static void bench_unlock(bench *b) {
    enum { REPEATS = 10 };
    double ms[ROUNDS_MOST] = {0};
    hr_open_options options;
    hr_open_options_init(&options);
    options.recovery_key = b->recovery;
    for (int i = 0; i < b->rounds; i++) {
        double begun = now();
        for (int n = 0; n < REPEATS; n++)
            must(b, hr_store_open(b->store, b->store_path, &options), "hr_store_open");
        ms[i] = (now() - begun) * 1000 / REPEATS;
    }
    print_measure("unlock besides Argon2", ms, b->rounds, "ms", 20);
}

/* Reads a file as show does, and gives the seconds that it takes. */
static double read_file(const bench *b, int64_t resident) {
    char *json = NULL;
    hr_cursor *rows = NULL;
    double begun = now();
    must(b, hr_resident_get(b->store, resident, &json), "hr_resident_get");
    must(b, hr_history(b->store, resident, &rows), "hr_history");
    while (hr_cursor_next(rows) == HR_OK)
        continue;
    double took = now() - begun;
    hr_cursor_free(rows);
    hr_free(json);
    return took;
}

/* The share of what show takes, from opening the store on, that is spent on saying so in the log: what a file takes
 * that is read for the first time, less what it takes at once again, when that is said already. */
static void bench_reading(bench *b) {
    double share[ROUNDS_MOST] = {0};
    hr_operator_options operator;
    hr_cursor *rows = NULL;
    int64_t resident[2];
    hr_operator_options_init(&operator);
    operator.name = "admin";
    operator.passphrase = PASSPHRASE_HERE;
    operator.kdf_ops = 4; /* the store was made with less; these are the defaults */
    operator.kdf_mib = 256;
    must(b, hr_operator_passphrase(b->store, &operator), "hr_operator_passphrase");
    must(b, hr_find(b->store, "张", 2, &rows), "hr_find");
    for (int i = 0; i < 2; i++) {
        if (hr_cursor_next(rows) != HR_OK)
            die("hr_find", "nobody is called so");
        resident[i] = hr_cursor_integer(rows, 0);
    }
    hr_cursor_free(rows);
    for (int i = 0; i < b->rounds; i++) {
        double begun = now();
        reopen_store(b);
        read_file(b, resident[0]);
        double whole = now() - begun, first = read_file(b, resident[1]), again = read_file(b, resident[1]);
        share[i] = 100 * (first - again) / whole;
    }
    print_measure("logging of a read, as a share of show", share, b->rounds, "%", 10);
}

/* ---- memory ---- */

static const question streets = {"110105", "street", 1000, 1000000, 110105};

static int measure_memory(bench *b) {
    static counts ignored[AREAS_MOST];
    if (hr_store_new(&b->store, HR_LANGUAGE_EN) != HR_OK)
        die("hr_store_new", "no handle");
    reopen_store(b);
    reset_peak();
    if (strcmp(b->memory, "import") == 0)
        import(b, "residents.csv", "residents");
    else
        rates(b, &streets, ignored);
    printf("%ld\n", peak_kib());
    hr_store_free(b->store);
    return 0;
}

/* ---- start ---- */

static void usage(void) {
    fputs("usage: bench [--residents N] [--rounds N] [--folder FOLDER]\n"
          "  --residents N    how many, 1000 or more (1000000)\n"
          "  --rounds N       rounds of each comparison, 1 to 15 (3)\n"
          "  --folder FOLDER  where to work (a temporary folder)\n",
          stderr);
    exit(2);
}

static void read_arguments(bench *b, char **argv) {
    for (*b = (bench){.program = *argv, .residents = 1000000, .rounds = 3}; *++argv; argv++) {
        if (!argv[1])
            usage();
        if (strcmp(*argv, "--residents") == 0)
            b->residents = (int)strtol(argv[1], NULL, 10);
        else if (strcmp(*argv, "--rounds") == 0)
            b->rounds = (int)strtol(argv[1], NULL, 10);
        else if (strcmp(*argv, "--folder") == 0)
            snprintf(b->folder, sizeof b->folder, "%s", argv[1]);
        else if (strcmp(*argv, "--memory") == 0)
            b->memory = argv[1];
        else
            usage();
    }
    if (b->residents < 1000 || b->rounds < 1 || b->rounds > ROUNDS_MOST)
        usage();
}

int main(int argc, char **argv) {
    static const question city = {"11", NULL, 10000000000, 10000000000, 11};
    static const question committee = {"110105001001", NULL, 1, 1, 110105001001};
    bench b;
    (void)argc;
    read_arguments(&b, argv);
    char own[PATH_SIZE] = "";
    if (!*b.folder) {
        make_folder(own, NULL);
        memcpy(b.folder, own, sizeof own);
    }
    join_path(b.rosters, b.folder, "rosters");
    join_path(b.store_path, b.folder, "bench.hrs");
    join_path(b.plain_path, b.folder, "plain.db");
    if (b.memory)
        return measure_memory(&b);
    make_rosters(&b);
    print_head();
    bench_import(&b);
    reopen_store(&b);
    bench_rates(&b, "all indicators of a city as of a day, beside a scan", &city, 200);
    bench_rates(&b, "all indicators of a committee, beside a scan", &committee, 200);
    bench_rates(&b, "all indicators of a district's streets, beside a scan", &streets, 20);
    print_memory("memory of those rates, all of a process", memory_of(&b, "rates"), 64);
    bench_call(&b);
    bench_unlock(&b);
    bench_reading(&b);
    hr_store_free(b.store);
    remove_tree(b.store_path);
    remove_tree(b.rosters);
    unlink(b.plain_path);
    if (*own)
        remove_tree(own);
    return 0;
}
