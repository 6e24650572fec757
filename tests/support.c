/* What support.h promises. */
#include "support.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- statuses ---- */

void assert_status_at(const hr_store *store, hr_status want, hr_status got, const char *call, const char *file,
                      int line) {
    if (got != want) {
        print_error("%s gave %s instead of %s: %s\n", call, hr_status_name(got), hr_status_name(want), hr_error(store));
        _fail(file, line);
    }
    if (store && got != HR_OK && got != HR_END && *hr_error(store) == '\0') {
        print_error("%s gave %s without a word\n", call, hr_status_name(got));
        _fail(file, line);
    }
}

void assert_text_has_at(const char *text, const char *part, const char *file, int line) {
    if (strstr(text, part))
        return;
    print_error("\"%s\" is not in \"%s\"\n", part, text);
    _fail(file, line);
}

/* ---- files ---- */

void join_path(char out[PATH_SIZE], const char *folder, const char *name) {
    int length = snprintf(out, PATH_SIZE, "%s/%s", folder, name);
    assert_in_range(length, 1, PATH_SIZE - 1);
}

const char *path_in(fixture *f, const char *name) {
    char path[PATH_SIZE], *out = f->paths[f->next_path++ % PATHS];
    join_path(path, f->folder, name);
    memcpy(out, path, sizeof path);
    return out;
}

void make_folder(char out[PATH_SIZE], const char *parent) {
    const char *temporary = getenv("TMPDIR");
    join_path(out, parent ? parent : temporary && *temporary ? temporary : "/tmp", "healthrec-test-XXXXXX");
    assert_non_null(mkdtemp(out));
}

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *walk) {
    (void)info;
    (void)type;
    (void)walk;
    return remove(path);
}

void remove_tree(const char *folder) {
    nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

void write_bytes(const char *path, const void *bytes, size_t size) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

void write_text(const char *path, const char *text) {
    write_bytes(path, text, strlen(text));
}

char *read_bytes(const char *path, size_t *size) {
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t length = file_size(path);
    char *bytes = malloc(length + 1);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, length, file), length);
    fclose(file);
    bytes[length] = '\0';
    if (size)
        *size = length;
    return bytes;
}

void copy_file(const char *from, const char *to) {
    size_t size;
    char *bytes = read_bytes(from, &size);
    write_bytes(to, bytes, size);
    free(bytes);
}

/* Calls `each` for every name in the folder but . and .. */
static size_t walk_folder(const char *folder, void (*each)(void *context, const char *path, const char *name),
                          void *context) {
    char path[PATH_SIZE];
    size_t count = 0;
    struct dirent *entry;
    DIR *names = opendir(folder);
    if (!names)
        return 0;
    while ((entry = readdir(names))) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        join_path(path, folder, entry->d_name);
        count++;
        if (each)
            each(context, path, entry->d_name);
    }
    closedir(names);
    return count;
}

static void copy_into(void *folder, const char *path, const char *name) {
    char to[PATH_SIZE];
    join_path(to, folder, name);
    copy_file(path, to);
}

void copy_folder(const char *from, const char *to) {
    char target[PATH_SIZE];
    snprintf(target, sizeof target, "%s", to);
    assert_int_equal(mkdir(to, 0700), 0);
    walk_folder(from, copy_into, target);
}

size_t file_size(const char *path) {
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    return (size_t)info.st_size;
}

bool path_exists(const char *path) {
    struct stat info;
    return lstat(path, &info) == 0;
}

size_t files_in(const char *folder) {
    return walk_folder(folder, NULL, NULL);
}

void flip_byte(const char *path, size_t offset) {
    unsigned char byte;
    int fd = open(path, O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(pread(fd, &byte, 1, (off_t)offset), 1);
    byte ^= 0x20;
    assert_int_equal(pwrite(fd, &byte, 1, (off_t)offset), 1);
    assert_int_equal(close(fd), 0);
}

typedef struct scan {
    const void *needle;
    size_t size, found;
} scan;

static void scan_file(void *context, const char *path, const char *name) {
    scan *s = context;
    struct stat info;
    size_t size;
    (void)name;
    if (stat(path, &info) != 0 || !S_ISREG(info.st_mode))
        return;
    char *bytes = read_bytes(path, &size);
    s->found += memmem(bytes, size, s->needle, s->size) != NULL;
    free(bytes);
}

size_t files_with(const char *folder, const void *needle, size_t size) {
    scan s = {.needle = needle, .size = size};
    walk_folder(folder, scan_file, &s);
    return s.found;
}

typedef struct look {
    const char *prefix;
    char *out;
} look;

static void see_database(void *context, const char *path, const char *name) {
    look *l = context;
    size_t length = strlen(name);
    if (strncmp(name, l->prefix, strlen(l->prefix)) == 0 && length > 3 && strcmp(name + length - 3, ".db") == 0)
        snprintf(l->out, PATH_SIZE, "%s", path);
}

const char *database(fixture *f, const char *prefix) {
    look l = {.prefix = prefix, .out = f->paths[f->next_path++ % PATHS]};
    *l.out = '\0';
    walk_folder(f->path, see_database, &l);
    assert_true(*l.out != '\0');
    return l.out;
}

/* ---- stores ---- */

hr_store *new_handle(hr_language language) {
    hr_store *store = NULL;
    assert_int_equal(hr_store_new(&store, language), HR_OK);
    assert_non_null(store);
    return store;
}

void make_store(fixture *f, hr_language language) {
    hr_create_options options;
    f->store = new_handle(language);
    assert_status(f->store, HR_OK, hr_recovery_key_new(f->store, f->recovery));
    hr_create_options_init(&options);
    options.area = "11";
    options.name = "测试社区卫生服务站";
    options.passphrase = PASSPHRASE;
    options.recovery_key = f->recovery;
    options.kdf_ops = 3;
    options.kdf_mib = 64;
    assert_status(f->store, HR_OK, hr_store_create(f->store, f->path, &options));
}

hr_status try_open(hr_store *store, const char *path) {
    hr_open_options options;
    hr_open_options_init(&options);
    options.passphrase = PASSPHRASE;
    return hr_store_open(store, path, &options);
}

void close_store(fixture *f) {
    hr_store_free(f->store);
    f->store = NULL;
}

hr_status open_with_key(hr_store *store, const char *path, const char *recovery) {
    hr_open_options options;
    hr_open_options_init(&options);
    options.recovery_key = recovery;
    return hr_store_open(store, path, &options);
}

hr_status open_as(hr_store *store, const char *path, const char *name, const char *passphrase) {
    hr_open_options options;
    hr_open_options_init(&options);
    options.operator_name = name;
    options.passphrase = passphrase;
    return hr_store_open(store, path, &options);
}

hr_operator_options operator_of(const char *name, const char *role, const char *passphrase) {
    hr_operator_options options;
    hr_operator_options_init(&options);
    options.name = name;
    options.role = role;
    options.passphrase = passphrase;
    options.kdf_ops = 3;
    options.kdf_mib = 64;
    return options;
}

void reopen(fixture *f, hr_language language) {
    close_store(f);
    f->store = new_handle(language);
    assert_status(f->store, HR_OK, try_open(f->store, f->path));
}

void add_sample_areas(fixture *f) {
    static const char *const areas[][2] = {
        {"11", "北京市"},
        {"110105", "朝阳区"},
        {"110105001", "朝阳区第1街道"},
        {"110105001001", "第1街道第1社区"},
        {"110105001002", "第1街道第2社区"},
        {"110105001003", "第1街道第3社区"},
        {"110105002", "朝阳区第2街道"},
        {"110105002001", "第2街道第1社区"},
        {"110105002002", "第2街道第2社区"},
        {"110108", "海淀区"},
        {"110108001", "海淀区第1街道"},
        {"110108001001", "海淀第1街道第1社区"},
        {"110108001002", "海淀第1街道第2社区"},
    };
    assert_status(f->store, HR_OK, hr_batch_begin(f->store));
    for (size_t i = 0; i < sizeof areas / sizeof *areas; i++)
        put_ok(f, "area", "{'area':'%s','name':'%s'}", areas[i][0], areas[i][1]);
    assert_status(f->store, HR_OK, hr_batch_commit(f->store));
}

int make_sample(void **state) {
    fixture *f = calloc(1, sizeof *f);
    if (!f)
        return -1;
    make_folder(f->folder, NULL);
    join_path(f->path, f->folder, "sample.hrs");
    make_store(f, HR_LANGUAGE_EN);
    add_sample_areas(f);
    close_store(f);
    *state = f;
    return 0;
}

int make_opened_sample(void **state) {
    if (make_sample(state) != 0)
        return -1;
    fixture *f = *state;
    f->store = new_handle(HR_LANGUAGE_EN);
    assert_status(f->store, HR_OK, open_with_key(f->store, f->path, f->recovery));
    close_store(f);
    return 0;
}

int remove_sample(void **state) {
    return remove_copy(state);
}

void copy_sample(fixture *f, const fixture *sample) {
    make_folder(f->folder, sample->folder);
    join_path(f->path, f->folder, "station.hrs");
    memcpy(f->recovery, sample->recovery, sizeof f->recovery);
    copy_folder(sample->path, f->path);
}

int open_copy(void **state) {
    fixture *f = calloc(1, sizeof *f);
    if (!f)
        return -1;
    copy_sample(f, *state);
    reopen(f, HR_LANGUAGE_EN);
    *state = f;
    return 0;
}

int remove_copy(void **state) {
    fixture *f = *state;
    close_store(f);
    remove_tree(f->folder);
    free(f);
    return 0;
}

hr_store_info info_of(hr_store *store) {
    hr_store_info info;
    hr_store_info_init(&info);
    assert_status(store, HR_OK, hr_store_info_get(store, &info));
    return info;
}

uint64_t entries_said(hr_store *store) {
    static const char access[] = " read search export unlock ";
    hr_cursor *rows = NULL;
    hr_status status;
    uint64_t count = 0;
    char kind[40];
    assert_status(store, HR_OK, hr_log(store, NULL, &rows));
    int column = column_named(rows, "kind");
    while ((status = hr_cursor_next(rows)) == HR_OK) {
        snprintf(kind, sizeof kind, " %s ", hr_cursor_text(rows, column));
        count += strstr(access, kind) == NULL;
    }
    assert_status(store, HR_END, status);
    hr_cursor_free(rows);
    return count;
}

bool begin_unsaid(hr_store *store) {
    return hr_batch_begin(store) == HR_OK;
}

void end_unsaid(hr_store *store, bool begun) {
    if (begun)
        hr_batch_rollback(store);
}

size_t verify_findings(hr_store *store) {
    hr_cursor *findings = NULL;
    hr_status status = hr_verify(store, NULL, &findings);
    if (status != HR_OK) {
        assert_status(store, HR_DAMAGED, status);
        return 1;
    }
    return count_rows(store, findings);
}

/* ---- records ---- */

void quote_json(char *json) {
    for (; *json; json++)
        if (*json == '\'')
            *json = '"';
}

static char *json_of(const char *format, va_list values) {
    char *json = NULL;
    assert_true(vasprintf(&json, format, values) >= 0);
    quote_json(json);
    return json;
}

int64_t put_ok(fixture *f, const char *kind, const char *format, ...) {
    int64_t id = -1;
    va_list values;
    va_start(values, format);
    char *json = json_of(format, values);
    va_end(values);
    hr_status status = hr_put(f->store, kind, json, &id, NULL);
    if (status != HR_OK)
        print_error("put %s %s\n", kind, json);
    free(json);
    assert_status(f->store, HR_OK, status);
    return id;
}

hr_change put_change(fixture *f, const char *kind, const char *format, ...) {
    hr_change change = HR_UNCHANGED;
    va_list values;
    va_start(values, format);
    char *json = json_of(format, values);
    va_end(values);
    hr_status status = hr_put(f->store, kind, json, NULL, &change);
    if (status != HR_OK)
        print_error("put %s %s\n", kind, json);
    free(json);
    assert_status(f->store, HR_OK, status);
    return change;
}

void put_refused(fixture *f, const char *kind, const char *format, ...) {
    va_list values;
    va_start(values, format);
    char *json = json_of(format, values);
    va_end(values);
    hr_status status = hr_put(f->store, kind, json, NULL, NULL);
    if (status != HR_INVALID)
        print_error("put %s %s\n", kind, json);
    free(json);
    assert_status(f->store, HR_INVALID, status);
}

hr_change amend_ok(fixture *f, int64_t id, const char *format, ...) {
    hr_change change = HR_UNCHANGED;
    va_list values;
    va_start(values, format);
    char *json = json_of(format, values);
    va_end(values);
    hr_status status = hr_amend(f->store, id, json, &change);
    if (status != HR_OK)
        print_error("amend #%" PRId64 " %s\n", id, json);
    free(json);
    assert_status(f->store, HR_OK, status);
    return change;
}

char *id_number(char out[ID_SIZE], int county, int birth, int serial) {
    static const int weights[17] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
    int sum = 0;
    assert_int_equal(snprintf(out, ID_SIZE, "%06d%08d%03d", county % 1000000, birth % 100000000, serial % 1000), 17);
    for (int i = 0; i < 17; i++)
        sum += (out[i] - '0') * weights[i];
    out[17] = "10X98765432"[sum % 11];
    out[18] = '\0';
    return out;
}

char *id_number_15(char out[ID_SIZE], const char *id18) {
    memcpy(out, id18, 6);
    memcpy(out + 6, id18 + 8, 9);
    out[15] = '\0';
    return out;
}

/* ---- figures ---- */

int column_named(const hr_cursor *cursor, const char *name) {
    for (int i = 0; i < hr_cursor_columns(cursor); i++)
        if (strcmp(hr_cursor_name(cursor, i), name) == 0)
            return i;
    fail_msg("there is no column %s", name);
    return -1;
}

static void copy_text(const hr_cursor *cursor, const char *column, char *out, size_t size) {
    snprintf(out, size, "%s", hr_cursor_text(cursor, column_named(cursor, column)));
}

void read_figure(const hr_cursor *cursor, figure *out) {
    int rate = column_named(cursor, "rate"), target = column_named(cursor, "target"), met = column_named(cursor, "met");
    int shortfall = column_named(cursor, "shortfall");
    memset(out, 0, sizeof *out);
    copy_text(cursor, "area", out->area, sizeof out->area);
    copy_text(cursor, "area_name", out->area_name, sizeof out->area_name);
    copy_text(cursor, "tier", out->tier, sizeof out->tier);
    copy_text(cursor, "indicator", out->indicator, sizeof out->indicator);
    copy_text(cursor, "denominator_source", out->source, sizeof out->source);
    out->numerator = hr_cursor_integer(cursor, column_named(cursor, "numerator"));
    out->denominator = hr_cursor_integer(cursor, column_named(cursor, "denominator"));
    out->partial = hr_cursor_integer(cursor, column_named(cursor, "partial_dates"));
    out->has_rate = hr_cursor_type(cursor, rate) != HR_NULL;
    out->rate = hr_cursor_real(cursor, rate);
    out->has_target = hr_cursor_type(cursor, target) != HR_NULL;
    out->target = hr_cursor_real(cursor, target);
    out->due = hr_cursor_integer(cursor, column_named(cursor, "due"));
    out->met = hr_cursor_type(cursor, met) == HR_NULL ? -1 : (int)hr_cursor_integer(cursor, met);
    out->has_shortfall = hr_cursor_type(cursor, shortfall) != HR_NULL;
    out->shortfall = hr_cursor_integer(cursor, shortfall);
}

hr_cursor *rates_of(hr_store *store, const char *within, const char *by, const char *indicators, int32_t as_of) {
    hr_cursor *rows = NULL;
    hr_rates_options options;
    hr_rates_options_init(&options);
    options.within = within;
    options.by = by;
    options.indicators = indicators;
    options.as_of = as_of;
    assert_status(store, HR_OK, hr_rates(store, &options, &rows));
    assert_non_null(rows);
    return rows;
}

figure figure_of(hr_store *store, const char *area, const char *indicator, int32_t as_of) {
    figure out;
    hr_cursor *rows = rates_of(store, area, NULL, indicator, as_of);
    assert_status(store, HR_OK, hr_cursor_next(rows));
    read_figure(rows, &out);
    assert_status(store, HR_END, hr_cursor_next(rows));
    hr_cursor_free(rows);
    return out;
}

size_t count_rows(hr_store *store, hr_cursor *cursor) {
    size_t count = 0;
    hr_status status;
    while ((status = hr_cursor_next(cursor)) == HR_OK)
        count++;
    assert_status(store, HR_END, status);
    hr_cursor_free(cursor);
    return count;
}

char *rates_text(hr_store *store, const char *by, int32_t as_of) {
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    hr_cursor *rows = rates_of(store, NULL, by, NULL, as_of);
    hr_status status;
    assert_non_null(out);
    while ((status = hr_cursor_next(rows)) == HR_OK) {
        for (int i = 0; i < hr_cursor_columns(rows); i++)
            fprintf(out, "%s%s", i ? "," : "", hr_cursor_text(rows, i));
        fputc('\n', out);
    }
    assert_status(store, HR_END, status);
    hr_cursor_free(rows);
    fclose(out);
    return text;
}

void assert_residents_at(fixture *f, uint64_t count, const char *file, int line) {
    uint64_t held = info_of(f->store).residents;
    int64_t counted = figure_of(f->store, "11", "resident_files", 20101231).denominator;
    if (held == count && counted == (int64_t)count)
        return;
    print_error("the store holds %" PRIu64 " residents and counts %" PRId64 " instead of %" PRIu64 "\n", held, counted,
                count);
    _fail(file, line);
}

/* ---- chance ---- */

static uint64_t chance;

void seed_chance(uint64_t seed) {
    chance = seed;
}

unsigned random_below(unsigned limit) {
    chance = chance * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(chance >> 33) % limit;
}

bool one_in(unsigned n) {
    return random_below(n) == 0;
}

/* ---- memory ---- */

static long status_kib(const char *label) {
    char line[256];
    long kib = 0;
    FILE *file = fopen("/proc/self/status", "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file))
        if (strncmp(line, label, strlen(label)) == 0)
            kib = strtol(line + strlen(label), NULL, 10);
    fclose(file);
    return kib;
}

void reset_peak(void) {
    FILE *file = fopen("/proc/self/clear_refs", "w");
    if (!file) /* not allowed here: the peak then holds what was before, and is only ever too high */
        return;
    fputs("5", file);
    fclose(file);
}

long peak_kib(void) {
    return status_kib("VmHWM:");
}

long resident_kib(void) {
    return status_kib("VmRSS:");
}
