/* The store as a whole: making, opening, batches, verification, backup and restoring, through the public header. Faults
 * and attacks are played on copies of one sample store: by flipping and exchanging bytes as anybody can, and through
 * SQLCipher with the right keys as only an operator can. What is refused or found is shown to be accepted or not found
 * without the fault; what is neither must have changed nothing at all, for which `everything` writes out a store whole.
 *
 * The key slots file has tests of its own in test_vault.c. */
#include "raw.h"
#include "store/store.h" /* for one test only: the connection's settings, which nobody else can see */
#include "support.h"
#include "vault/parts.h"
#include "vault/vault.h"
#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum { PAGE = 8192, OTHERS = 200 }; /* residents beside Wang and Li, of one entry each */

#define WANG_NAME "王小明"
#define WANG_PHONE "13901001234"
#define STATION_NAME "测试社区卫生服务站"

static fixture sample;   /* closed; tests work on copies */
static fixture stranger; /* another store with the same passphrase */
static char wang_id[ID_SIZE];

/* Entries of the sample: who registered; what amended Wang's address, Li's second episode; two of the others; the last.
 * In SQL and in places they are written $wang and so on. */
enum { WANG, LI, AMENDED, EPISODE, ONE, TWO, LAST, MARKS };
static const char *const marks[MARKS] = {"$wang", "$li", "$amended", "$episode", "$one", "$two", "$last"};
static int64_t entries[MARKS];

/* Puts the numbers in, for free(). */
static char *with_entries(const char *text) {
    char *out = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&out, &size);
    assert_non_null(to);
    while (*text) {
        size_t plain = strcspn(text, "$");
        fprintf(to, "%.*s", (int)plain, text);
        text += plain;
        for (int i = 0; *text && i < MARKS; i++)
            if (strncmp(text, marks[i], strlen(marks[i])) == 0) {
                fprintf(to, "%" PRId64, entries[i]);
                text += strlen(marks[i]);
                break;
            } else if (i == MARKS - 1) {
                fputc(*text++, to);
            }
    }
    fclose(to);
    return out;
}

/* ---- the sample ---- */

static hr_store *handle_on(const fixture *f) {
    hr_store *store = new_handle(HR_LANGUAGE_EN);
    assert_status(store, HR_OK, open_with_key(store, f->path, f->recovery));
    return store;
}

static void put_other(fixture *f, int number) {
    static const char *const surnames[] = {"赵", "钱", "孙", "周", "吴", "郑", "冯", "陈", "褚", "卫"};
    static const char *const given[] = {"建国", "淑芬", "志强", "桂兰", "海", "丽华", "永福", "秀兰", "文", "玉珍"};
    static const char *const committees[] = {"110105001001", "110105001002", "110105002001", "110108001001"};
    char id[ID_SIZE];
    put_ok(f, "resident", "{'id_number':'%s','name':'%s%s','area':'%s','phone':'010%08d','file_opened':'%d-%02d-%02d'}",
           id_number(id, 110105, (1925 + number % 60) * 10000 + 101 + number % 12 * 100 + number % 28, 1 + number),
           surnames[number % 10], given[number / 10 % 10], committees[number % 4], 62000000 + number, 1999 + number % 8,
           1 + number % 12, 1 + number % 28);
}

static void fill_registers(fixture *f) {
    put_ok(f, "institution",
           "{'code':'C1','name':'第一中心','kind':'centre','area':'110105001','serves':'110105001001;110105001002',"
           "'opened':'2001-05-01','networked_since':'2003-01-01'}");
    put_ok(f, "institution",
           "{'code':'S1','name':'第一站','kind':'station','area':'110105002001','grade':'A','serves':'110105002'}");
    put_ok(f, "population", "{'area':'110105001001','year':2003,'residents':500}");
    put_ok(f, "population", "{'area':'110105','year':2002,'elderly':90,'source':'统计局'}");
    put_ok(f, "institution", "{'code':'S1','closed':'2009-01-01'}");
}

static void fill_residents(fixture *f) {
    entries[WANG] = put_ok(f, "resident",
                           "{'id_number':'%s','name':'" WANG_NAME "','area':'110105001001','phone':'" WANG_PHONE
                           "','address':'幸福里1号','file_opened':'2002-03-01','computerized':'2003-04-05'}",
                           wang_id);
    entries[LI] = put_ok(f, "resident",
                         "{'name':'李秀英','sex':2,'birth_date':'1930','area':'110108001001',"
                         "'file_number':'11010800100100001','file_opened':'2003-01-05',"
                         "'home_bed_opened':'2003-01-10'}");
    amend_ok(f, entries[WANG], "{'address':'幸福里2号'}"); /* a change that no figure and no search shows */
    amend_ok(f, entries[LI], "{'home_bed_closed':'2003-09-01'}");
    amend_ok(f, entries[LI], "{'home_bed_opened':'2004-02-01','home_bed_closed':null}");
    amend_ok(f, entries[WANG], "{'area':'110105002001','moved_in':'2005-06-01'}");
    for (int i = 0; i < OTHERS; i++)
        put_other(f, i);
}

/* Every put above makes one entry, and a resident's number is that of his first. */
static void fill_sample(fixture *f) {
    id_number(wang_id, 110105, 19330415, 111);
    assert_status(f->store, HR_OK, hr_batch_begin(f->store));
    fill_registers(f);
    fill_residents(f);
    assert_status(f->store, HR_OK, hr_batch_commit(f->store));
    entries[AMENDED] = entries[WANG] + 2;
    entries[EPISODE] = entries[WANG] + 4;
    entries[ONE] = entries[WANG] + 10;
    entries[TWO] = entries[ONE] + 1;
    entries[LAST] = (int64_t)info_of(f->store).entries;
    assert_int_equal(entries[LAST], entries[WANG] + 5 + OTHERS);
}

static void make_stranger(void) {
    make_folder(stranger.folder, NULL);
    join_path(stranger.path, stranger.folder, "stranger.hrs");
    make_store(&stranger, HR_LANGUAGE_EN);
    add_sample_areas(&stranger);
    close_store(&stranger);
}

static int make_both(void **state) {
    void *made = NULL;
    if (make_sample(&made) != 0)
        return -1;
    sample = *(fixture *)made;
    free(made);
    reopen(&sample, HR_LANGUAGE_EN);
    fill_sample(&sample);
    close_store(&sample);
    sample.store = handle_on(&sample); /* the recovery key's first use is written down; not in the tests */
    close_store(&sample);
    make_stranger();
    *state = &sample;
    return 0;
}

static int remove_both(void **state) {
    (void)state;
    remove_tree(sample.folder);
    remove_tree(stranger.folder);
    return 0;
}

/* A test's own copy of the sample, open; and the row of a table of tests that it was given. */
typedef struct trial {
    fixture f; /* first: support.h's functions take the trial for a fixture */
    const void *row;
} trial;

static void open_sample(fixture *f) {
    copy_sample(f, &sample);
    f->store = handle_on(f);
}

static int start(void **state) {
    trial *t = calloc(1, sizeof *t);
    if (!t)
        return -1;
    t->row = *state;
    open_sample(&t->f);
    *state = t;
    return 0;
}

static int finish(void **state) {
    trial *t = *state;
    close_store(&t->f);
    remove_tree(t->f.folder);
    free(t);
    return 0;
}

#define STORE_TEST(name)                                                                                               \
    { #name, name, start, finish, NULL }
#define ROW_TEST(sentence, function, ...)                                                                              \
    { sentence, function, start, finish, (void *)(uintptr_t)(__VA_ARGS__) }

/* ---- looking ---- */

static void list_into(FILE *out, const char *folder) {
    static const unsigned char key[16] = {0};
    struct dirent **names = NULL;
    char path[PATH_SIZE];
    int count = scandir(folder, &names, NULL, alphasort);
    assert_true(count >= 0);
    for (int i = 0; i < count; i++) {
        struct stat info;
        bool dots = strcmp(names[i]->d_name, ".") == 0 || strcmp(names[i]->d_name, "..") == 0;
        join_path(path, folder, names[i]->d_name);
        free(names[i]);
        if (dots)
            continue;
        assert_int_equal(lstat(path, &info), 0);
        fprintf(out, "%s %o", path, (unsigned)info.st_mode);
        if (S_ISREG(info.st_mode)) {
            char *bytes = read_bytes(path, NULL);
            fprintf(out, " %" PRIx64, hr_fingerprint(key, bytes, (size_t)info.st_size));
            free(bytes);
        }
        fputc('\n', out);
        if (S_ISDIR(info.st_mode))
            list_into(out, path);
    }
    free(names);
}

/* Every path below a folder with its mode and a fingerprint of its content: two equal listings, and nothing happened in
 * between. For free(). */
static char *listing(const char *folder) {
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    list_into(out, folder);
    fclose(out);
    return text;
}

/* Compares without printing two hundred pages. */
#define assert_same(a, b) assert_same_at((a), (b), __FILE__, __LINE__)
static void assert_same_at(const char *a, const char *b, const char *file, int line) {
    size_t at = 0;
    if (strcmp(a, b) == 0)
        return;
    while (a[at] && a[at] == b[at])
        at++;
    at = at > 60 ? at - 60 : 0;
    print_error("different: %.160s\n      and: %.160s\n", a + at, b + at);
    _fail(file, line);
}

#define assert_listing(folder, before) assert_listing_at((folder), (before), __FILE__, __LINE__)
static void assert_listing_at(const char *folder, const char *before, const char *file, int line) {
    char *now = listing(folder);
    assert_same_at(now, before, file, line);
    free(now);
}

static void write_rows(FILE *out, hr_store *store, hr_cursor *rows) {
    hr_status status;
    while ((status = hr_cursor_next(rows)) == HR_OK) {
        for (int i = 0; i < hr_cursor_columns(rows); i++)
            fprintf(out, "%s|", hr_cursor_text(rows, i));
        fputc('\n', out);
    }
    assert_status(store, HR_END, status);
    hr_cursor_free(rows);
}

static void write_figures(FILE *out, hr_store *store) {
    static const char *const tiers[] = {"city", "district", "street", "committee"};
    static const int32_t days[] = {20021231, 20030902, 20080630, 20101231};
    for (size_t i = 0; i < COUNT(tiers); i++)
        for (size_t j = 0; j < COUNT(days); j++)
            write_rows(out, store, rates_of(store, NULL, tiers[i], NULL, days[j]));
}

static void write_resident(FILE *out, hr_store *store, int64_t id) {
    char *json = NULL;
    hr_cursor *rows = NULL;
    if (hr_resident_get(store, id, &json) != HR_OK) /* the entry is not one that registers somebody */
        return;
    fprintf(out, "#%" PRId64 " %s\n", id, json);
    hr_free(json);
    assert_status(store, HR_OK, hr_history(store, id, &rows));
    write_rows(out, store, rows);
}

static void write_found(FILE *out, hr_store *store, const char *text) {
    hr_cursor *rows = NULL;
    assert_status(store, HR_OK, hr_find(store, text, 0, &rows));
    fprintf(out, "find %s\n", text);
    write_rows(out, store, rows);
}

/* All that can be read from a store, for free(). */
static char *everything(hr_store *store) {
    static const char *const names[] = {WANG_NAME, "小明", "wxm", "淑芬", "赵建", "jg", WANG_PHONE};
    char *text = NULL;
    size_t size = 0;
    hr_store_info info = info_of(store);
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    fprintf(out, "%s %s %" PRIu64 " %" PRIu64 "\n", info.area, info.name, entries_said(store), info.residents);
    write_figures(out, store);
    bool unsaid = begin_unsaid(store);
    for (size_t i = 0; i < COUNT(names); i++)
        write_found(out, store, names[i]);
    for (int64_t id = 1; id <= (int64_t)info.entries; id++)
        write_resident(out, store, id);
    end_unsaid(store, unsaid);
    fclose(out);
    return text;
}

static char *figures(hr_store *store) {
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    write_figures(out, store);
    fclose(out);
    return text;
}

#define assert_everything(store, before) assert_everything_at((store), (before), __FILE__, __LINE__)
static void assert_everything_at(hr_store *store, const char *before, const char *file, int line) {
    char *now = everything(store);
    assert_same_at(now, before, file, line);
    free(now);
}

/* What can be read while another writes: reading more has to be said in the log. */
static char *counted(hr_store *store) {
    char *text = NULL;
    size_t size = 0;
    hr_store_info info = info_of(store);
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    fprintf(out, "%" PRIu64 " %" PRIu64 "\n", entries_said(store), info.residents);
    write_figures(out, store);
    fclose(out);
    return text;
}

#define assert_counted(store, before) assert_counted_at((store), (before), __FILE__, __LINE__)
static void assert_counted_at(hr_store *store, const char *before, const char *file, int line) {
    char *now = counted(store);
    assert_same_at(now, before, file, line);
    free(now);
}

/* ---- with the right keys ---- */

/* Closes the store and changes it with the right keys. Something must have been changed. */
static void tamper(fixture *f, const char *sql) {
    char *expanded = with_entries(sql);
    close_store(f);
    sqlite3 *db = raw_open(f);
    raw_run(db, expanded);
    assert_true(sqlite3_total_changes(db) > 0);
    raw_close(db);
    free(expanded);
}

/* One number that the files hold. */
static int64_t raw_number(fixture *f, const char *sql) {
    sqlite3_stmt *row = NULL;
    sqlite3 *db = raw_open(f);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &row, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(row), SQLITE_ROW);
    int64_t number = sqlite3_column_int64(row, 0);
    sqlite3_finalize(row);
    raw_close(db);
    return number;
}

/* ---- findings ---- */

/* Opening or verifying finds damage. Whatever they answer, they say it with the status for damage. */
static bool damage_shows(fixture *f) {
    hr_store *store = new_handle(HR_LANGUAGE_EN);
    hr_status status = open_with_key(store, f->path, f->recovery);
    bool shows = status != HR_OK || verify_findings(store) > 0;
    if (status != HR_OK)
        assert_status(store, HR_DAMAGED, status);
    hr_store_free(store);
    return shows;
}

static bool harmless(const fixture *f, const char *before) {
    hr_store *store = handle_on(f);
    char *now = everything(store);
    bool same = strcmp(now, before) == 0;
    free(now);
    hr_store_free(store);
    return same;
}

/* ---- creating ---- */

static hr_create_options create_options(fixture *f) {
    hr_create_options options;
    hr_create_options_init(&options);
    options.area = "110105";
    options.name = STATION_NAME;
    options.passphrase = PASSPHRASE;
    options.recovery_key = f->recovery;
    options.kdf_ops = 3;
    options.kdf_mib = 64;
    return options;
}

static unsigned mode_of(const char *path) {
    struct stat info;
    assert_int_equal(lstat(path, &info), 0);
    return info.st_mode & 07777u;
}

static void a_new_store_is_a_private_folder_with_its_five_files(void **state) {
    static const char *const names[] = {"keyslots", "keyslots.bak", "chart.1.db", "facts.1.db", "lock"};
    fixture *f = *state;
    char path[PATH_SIZE], folder[PATH_SIZE];
    hr_create_options options = create_options(f);
    join_path(folder, f->folder, "new.hrs");
    mode_t before = umask(0);
    hr_status status = hr_store_create(f->store, folder, &options);
    umask(before);
    assert_status(f->store, HR_OK, status);
    assert_int_equal(mode_of(folder), 0700);
    for (size_t i = 0; i < COUNT(names); i++) {
        join_path(path, folder, names[i]);
        assert_true(path_exists(path));
    }
    hr_store_close(f->store);
    for (const char *const *name = (const char *const[]){"chart.1.db-journal", "facts.1.db-journal", NULL}; *name;
         name++) { /* journal_mode=TRUNCATE may leave these, empty */
        join_path(path, folder, *name);
        if (path_exists(path))
            assert_int_equal(file_size(path), 0);
        unlink(path);
    }
    assert_int_equal(files_in(folder), COUNT(names));
}

static void a_new_store_is_open_and_says_what_it_is(void **state) {
    fixture *f = *state;
    hr_create_options options = create_options(f);
    const char *path = path_in(f, "new.hrs");
    assert_status(f->store, HR_OK, hr_store_create(f->store, path, &options));
    hr_store_info info = info_of(f->store);
    assert_string_equal(info.path, path);
    assert_string_equal(info.area, "110105");
    assert_string_equal(info.name, STATION_NAME);
    assert_string_equal(info.operator_name, "admin");
    assert_string_equal(info.role, "admin");
    assert_int_equal(info.residents, 0);
    assert_int_equal(info.keyslots_repaired, 0);
    assert_int_equal(verify_findings(f->store), 0);
}

static void a_store_can_be_made_at_a_relative_path_with_a_slash_after_it(void **state) {
    fixture *f = *state;
    hr_create_options options = create_options(f);
    int here = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(chdir(f->folder), 0);
    hr_status status = hr_store_create(f->store, "new.hrs/", &options);
    assert_int_equal(fchdir(here), 0);
    close(here);
    assert_status(f->store, HR_OK, status);
    assert_int_equal(mode_of(path_in(f, "new.hrs")), 0700);
}

static void a_store_stays_open_when_the_program_changes_its_folder(void **state) {
    fixture *f = *state;
    int here = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    hr_store_close(f->store);
    assert_int_equal(chdir(f->folder), 0);
    hr_status opened = open_with_key(f->store, "station.hrs", f->recovery);
    assert_int_equal(chdir("/"), 0);
    hr_status put = hr_put(f->store, "area", "{\"area\":\"110107\",\"name\":\"石景山区\"}", NULL, NULL);
    hr_status backed_up = hr_backup(f->store, path_in(f, "backup"), NULL, NULL);
    assert_int_equal(fchdir(here), 0);
    close(here);
    assert_int_equal(opened, HR_OK);
    assert_status(f->store, HR_OK, put);
    assert_status(f->store, HR_OK, backed_up);
    assert_int_equal(verify_findings(f->store), 0);
    assert_string_equal(info_of(f->store).path, f->path);
}

static void the_folder_is_created_for_the_operator_that_is_named(void **state) {
    fixture *f = *state;
    hr_create_options options = create_options(f);
    options.operator_name = "王医生";
    assert_status(f->store, HR_OK, hr_store_create(f->store, path_in(f, "new.hrs"), &options));
    assert_string_equal(info_of(f->store).operator_name, "王医生");
}

/* What is asked for when one thing is wrong with it. */
typedef struct bad_creation {
    void (*spoil)(hr_create_options *options);
} bad_creation;

static void no_area(hr_create_options *o) {
    o->area = NULL;
}
static void empty_area(hr_create_options *o) {
    o->area = "";
}
static void short_area(hr_create_options *o) {
    o->area = "11010";
}
static void lettered_area(hr_create_options *o) {
    o->area = "1101O5";
}
static void no_name(hr_create_options *o) {
    o->name = NULL;
}
static void blank_name(hr_create_options *o) {
    o->name = "  \xE3\x80\x80 "; /* an ideographic space among them */
}
static void undecodable_name(hr_create_options *o) {
    o->name = "\xD6\xD0\xD0\xC4"; /* GB 18030, not UTF-8 */
}
static void no_passphrase(hr_create_options *o) {
    o->passphrase = NULL;
}
static void short_passphrase(hr_create_options *o) {
    o->passphrase = "eleven char";
}
static void no_recovery(hr_create_options *o) {
    o->recovery_key = NULL;
}
static void mistyped_recovery(hr_create_options *o) {
    static char wrong[HR_RECOVERY_KEY_SIZE];
    snprintf(wrong, sizeof wrong, "%s", o->recovery_key);
    wrong[1] = wrong[1] == '7' ? '8' : '7';
    o->recovery_key = wrong;
}
static void bad_operator(hr_create_options *o) {
    o->operator_name = "recovery";
}
static void weak_passes(hr_create_options *o) {
    o->kdf_ops = 2;
}
static void little_memory(hr_create_options *o) {
    o->kdf_mib = 63;
}

static void refused_creation(void **state) {
    trial *t = *state;
    fixture *f = &t->f;
    const bad_creation *row = t->row;
    hr_create_options options = create_options(f);
    char *before = listing(f->folder);
    row->spoil(&options);
    assert_status(f->store, HR_INVALID, hr_store_create(f->store, path_in(f, "new.hrs"), &options));
    assert_listing(f->folder, before);
    free(before);
    options = create_options(f);
    assert_status(f->store, HR_OK, hr_store_create(f->store, path_in(f, "new.hrs"), &options));
}

#define BAD_CREATION(sentence, spoil) ROW_TEST(sentence, refused_creation, &(const bad_creation){spoil})

static const struct CMUnitTest bad_creations[] = {
    BAD_CREATION("a store is not made without an area", no_area),
    BAD_CREATION("a store is not made for an empty area", empty_area),
    BAD_CREATION("a store is not made for an area of five digits", short_area),
    BAD_CREATION("a store is not made for an area with a letter", lettered_area),
    BAD_CREATION("a store is not made without a name", no_name),
    BAD_CREATION("a store is not made with a blank name", blank_name),
    BAD_CREATION("a store is not made with a name that is not UTF-8", undecodable_name),
    BAD_CREATION("a store is not made without a passphrase", no_passphrase),
    BAD_CREATION("a store is not made with a short passphrase", short_passphrase),
    BAD_CREATION("a store is not made without a recovery key", no_recovery),
    BAD_CREATION("a store is not made with a mistyped recovery key", mistyped_recovery),
    BAD_CREATION("a store is not made for an operator called recovery", bad_operator),
    BAD_CREATION("a store is not made with two Argon2 passes", weak_passes),
    BAD_CREATION("a store is not made with 63 MiB for Argon2", little_memory),
};

/* Puts each kind of thing at `path`, and checks that `try` refuses to touch it. */
static void check_taken(fixture *f, const char *path, hr_status (*try)(fixture *f, const char *path)) {
    for (int kind = 0; kind < 4; kind++) {
        if (kind == 0)
            write_text(path, "a file");
        else if (kind == 1)
            assert_int_equal(mkdir(path, 0755), 0);
        else
            assert_int_equal(symlink(kind == 2 ? f->path : "/nowhere/at/all", path), 0);
        char *before = listing(f->folder), *inside = listing(f->path);
        assert_status(f->store, HR_EXISTS, try(f, path));
        assert_listing(f->folder, before);
        assert_listing(f->path, inside);
        free(before);
        free(inside);
        assert_int_equal(remove(path), 0);
    }
    assert_status(f->store, HR_OK, try(f, path));
}

static hr_status try_create(fixture *f, const char *path) {
    hr_create_options options = create_options(f);
    return hr_store_create(f->store, path, &options);
}

static void a_store_is_not_made_over_a_file_a_folder_or_a_link(void **state) {
    fixture *f = *state;
    char path[PATH_SIZE];
    join_path(path, f->folder, "new.hrs");
    check_taken(f, path, try_create);
}

static void a_store_is_not_made_in_a_folder_that_is_not_there(void **state) {
    fixture *f = *state;
    char *before = listing(f->folder);
    assert_status(f->store, HR_SYSTEM, try_create(f, path_in(f, "none/new.hrs")));
    assert_listing(f->folder, before);
    free(before);
}

static void a_store_is_not_made_without_a_path(void **state) {
    fixture *f = *state;
    assert_status(f->store, HR_INVALID, try_create(f, ""));
    assert_status(f->store, HR_INVALID, try_create(f, NULL));
}

/* From now on no file of this process may grow beyond `size`, as on a full disk. */
static void limit_files(rlim_t size) {
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = size;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void unlimit_files(void) {
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void a_store_that_cannot_be_written_leaves_nothing(void **state) {
    static const rlim_t sizes[] = {0, 500, 5000, PAGE, 3 * PAGE};
    fixture *f = *state;
    char *before = listing(f->folder);
    for (size_t i = 0; i < COUNT(sizes); i++) {
        limit_files(sizes[i]);
        hr_status status = try_create(f, path_in(f, "new.hrs"));
        unlimit_files();
        assert_status(f->store, HR_SYSTEM, status);
        assert_listing(f->folder, before);
    }
    free(before);
    assert_status(f->store, HR_OK, try_create(f, path_in(f, "new.hrs")));
}

static void a_missing_argument_is_refused_in_words(void **state) {
    fixture *f = *state;
    hr_create_options options = create_options(f);
    hr_open_options open;
    hr_open_options_init(&open);
    open.recovery_key = f->recovery;
    hr_store *store = new_handle(HR_LANGUAGE_EN); /* nothing has been said on it yet */
    assert_status(store, HR_INVALID, hr_store_open(store, NULL, &open));
    hr_store_free(store);
    store = new_handle(HR_LANGUAGE_EN);
    assert_status(store, HR_INVALID, hr_store_open(store, f->path, NULL));
    hr_store_free(store);
    store = new_handle(HR_LANGUAGE_EN);
    assert_status(store, HR_INVALID, hr_store_create(store, path_in(f, "new.hrs"), NULL));
    hr_store_free(store);
    store = new_handle(HR_LANGUAGE_EN);
    options.area = "";
    assert_status(store, HR_INVALID, hr_store_create(store, path_in(f, "new.hrs"), &options));
    hr_store_free(store);
    store = new_handle(HR_LANGUAGE_EN);
    assert_status(store, HR_INVALID, hr_restore(store, NULL, path_in(f, "new.hrs"), &open, NULL, NULL));
    hr_store_free(store);
    assert_status(f->store, HR_INVALID, hr_backup(f->store, NULL, NULL, NULL));
}

/* ---- what the files hold ---- */

static size_t holders(const char *folder, const char *text) {
    return files_with(folder, text, strlen(text));
}

/* How many files show any of eight texts that none may show. */
static size_t plain_texts(const fixture *f, const char *folder) {
    char bare[HR_RECOVERY_KEY_SIZE];
    size_t length = 0;
    for (const char *c = f->recovery; *c; c++)
        if (*c != '-')
            bare[length++] = *c;
    bare[length] = '\0';
    return holders(folder, "SQLite format 3") + holders(folder, WANG_NAME) + holders(folder, wang_id) +
           holders(folder, WANG_PHONE) + holders(folder, PASSPHRASE) + holders(folder, STATION_NAME) +
           holders(folder, f->recovery) + holders(folder, bare);
}

static void write_plain(const char *path, const char *recovery) {
    sqlite3 *db = NULL;
    sqlite3_stmt *put = NULL;
    const char *const texts[] = {WANG_NAME, wang_id, WANG_PHONE, PASSPHRASE, STATION_NAME, recovery};
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    raw_run(db, "CREATE TABLE note (text TEXT)");
    assert_int_equal(sqlite3_prepare_v2(db, "INSERT INTO note VALUES (?1)", -1, &put, NULL), SQLITE_OK);
    for (size_t i = 0; i < COUNT(texts); i++) {
        sqlite3_bind_text(put, 1, texts[i], -1, SQLITE_STATIC);
        assert_int_equal(sqlite3_step(put), SQLITE_DONE);
        sqlite3_reset(put);
    }
    sqlite3_finalize(put);
    raw_close(db);
}

static void nothing_stands_in_the_files_in_plain_text(void **state) {
    fixture *f = *state;
    assert_int_equal(plain_texts(f, f->path), 0);
    assert_status(f->store, HR_OK, hr_backup(f->store, path_in(f, "backup"), NULL, NULL));
    assert_int_equal(plain_texts(f, f->folder), 0);
    write_plain(path_in(f, "plain.db"), f->recovery); /* the control: an unencrypted file shows seven of the eight */
    assert_int_equal(plain_texts(f, f->folder), 7);
}

static void a_batch_and_its_journal_leave_nothing_in_plain_text(void **state) {
    fixture *f = *state;
    assert_status(f->store, HR_OK, hr_batch_begin(f->store));
    for (int i = OTHERS; i < OTHERS + 300; i++)
        put_other(f, i);
    amend_ok(f, entries[WANG], "{'address':'幸福里3号'}");
    figure_of(f->store, "11", "resident_files", 20101231); /* a figure within a batch writes what is still owed */
    assert_int_equal(plain_texts(f, f->path), 0);
    assert_int_equal(holders(f->path, "幸福里3号"), 0);
    assert_status(f->store, HR_OK, hr_batch_commit(f->store));
    assert_int_equal(plain_texts(f, f->path) + holders(f->path, "幸福里3号"), 0);
}

/* ---- opening ---- */

static void the_passphrase_opens_as_the_first_administrator(void **state) {
    fixture *f = *state;
    assert_status(f->store, HR_OK, open_as(f->store, f->path, NULL, PASSPHRASE));
    assert_string_equal(info_of(f->store).operator_name, "admin");
    assert_int_equal(info_of(f->store).residents, OTHERS + 2);
    assert_status(f->store, HR_OK, open_as(f->store, f->path, "admin", PASSPHRASE));
}

static void the_recovery_key_opens_however_it_is_typed(void **state) {
    fixture *f = *state;
    char typed[HR_RECOVERY_KEY_SIZE];
    snprintf(typed, sizeof typed, "%s", f->recovery);
    for (char *c = typed; *c; c++)
        *c = (char)(*c == '-' ? ' ' : *c >= 'A' && *c <= 'Z' ? *c + 32 : *c);
    assert_status(f->store, HR_OK, open_with_key(f->store, f->path, typed));
    assert_string_equal(info_of(f->store).role, "recovery");
    assert_int_equal(info_of(f->store).residents, OTHERS + 2);
}

static void a_handle_that_failed_to_open_opens_afterwards(void **state) {
    fixture *f = *state;
    hr_store_close(f->store);
    assert_status(f->store, HR_PASSPHRASE, open_as(f->store, f->path, NULL, WRONG_PASSPHRASE));
    assert_status(f->store, HR_INVALID, hr_put(f->store, "area", "{}", NULL, NULL));
    assert_status(f->store, HR_OK, open_with_key(f->store, f->path, f->recovery));
    assert_status(f->store, HR_OK, hr_put(f->store, "area", "{\"area\":\"110106\",\"name\":\"丰台区\"}", NULL, NULL));
}

static void whatever_needs_a_store_says_that_none_is_open(void **state) {
    fixture *f = *state;
    hr_cursor *rows = NULL;
    hr_store_info info;
    hr_store_info_init(&info);
    hr_store_close(f->store);
    hr_store_close(f->store);
    assert_status(f->store, HR_INVALID, hr_store_info_get(f->store, &info));
    assert_status(f->store, HR_INVALID, hr_batch_begin(f->store));
    assert_status(f->store, HR_INVALID, hr_batch_commit(f->store));
    hr_batch_rollback(f->store);
    assert_status(f->store, HR_INVALID, hr_verify(f->store, NULL, &rows));
    assert_null(rows);
    assert_status(f->store, HR_INVALID, hr_backup(f->store, path_in(f, "backup"), NULL, NULL));
    assert_false(path_exists(path_in(f, "backup")));
}

/* A fault, and what opening says to it. */
typedef struct bad_opening {
    void (*spoil)(fixture *f, hr_open_options *options);
    hr_status want;
} bad_opening;

static void wrong_passphrase(fixture *f, hr_open_options *options) {
    (void)f;
    options->recovery_key = NULL;
    options->passphrase = WRONG_PASSPHRASE;
}
static void foreign_recovery(fixture *f, hr_open_options *options) {
    (void)f;
    options->recovery_key = stranger.recovery;
}
static void no_secret(fixture *f, hr_open_options *options) {
    (void)f;
    options->recovery_key = NULL;
}
static void two_secrets(fixture *f, hr_open_options *options) {
    (void)f;
    options->passphrase = PASSPHRASE;
}
static void unknown_operator(fixture *f, hr_open_options *options) {
    (void)f;
    options->recovery_key = NULL;
    options->operator_name = "nobody";
    options->passphrase = PASSPHRASE;
}
static void no_folder(fixture *f, hr_open_options *options) {
    (void)options;
    assert_int_equal(rename(f->path, path_in(f, "elsewhere.hrs")), 0);
}
static void a_file_for_a_folder(fixture *f, hr_open_options *options) {
    no_folder(f, options);
    write_text(f->path, "not a folder");
}
static void an_empty_folder(fixture *f, hr_open_options *options) {
    no_folder(f, options);
    assert_int_equal(mkdir(f->path, 0700), 0);
}
static void no_chart(fixture *f, hr_open_options *options) {
    (void)options;
    assert_int_equal(unlink(database(f, "chart")), 0);
}
static void no_facts(fixture *f, hr_open_options *options) {
    (void)options;
    assert_int_equal(unlink(database(f, "facts")), 0);
}
static void no_chart_and_no_lock(fixture *f, hr_open_options *options) {
    no_chart(f, options);
    assert_int_equal(unlink(path_in(f, "station.hrs/lock")), 0);
}
static void no_keyslots(fixture *f, hr_open_options *options) {
    (void)options;
    assert_int_equal(unlink(path_in(f, "station.hrs/keyslots")), 0);
    assert_int_equal(unlink(path_in(f, "station.hrs/keyslots.bak")), 0);
}
static void damaged_keyslots(fixture *f, hr_open_options *options) {
    (void)options;
    flip_byte(path_in(f, "station.hrs/keyslots"), 200);
    flip_byte(path_in(f, "station.hrs/keyslots.bak"), 300);
}
static void damaged_chart(fixture *f, hr_open_options *options) {
    (void)options;
    flip_byte(database(f, "chart"), 1000);
}
static void damaged_facts(fixture *f, hr_open_options *options) {
    (void)options;
    flip_byte(database(f, "facts"), 1000);
}
static void newer_chart(fixture *f, hr_open_options *options) {
    (void)options;
    sqlite3 *db = raw_open(f);
    raw_run(db, "PRAGMA chart.user_version = 1000");
    raw_close(db);
}
static void newer_facts(fixture *f, hr_open_options *options) {
    (void)options;
    sqlite3 *db = raw_open(f);
    raw_run(db, "PRAGMA main.user_version = 1000");
    raw_close(db);
}
static void older_chart(fixture *f, hr_open_options *options) {
    (void)options;
    sqlite3 *db = raw_open(f);
    raw_run(db, "PRAGMA chart.user_version = 0");
    raw_close(db);
}
static void plain_chart(fixture *f, hr_open_options *options) {
    const char *path = database(f, "chart");
    no_chart(f, options);
    write_plain(path, f->recovery);
}
static void plain_facts(fixture *f, hr_open_options *options) {
    const char *path = database(f, "facts");
    no_facts(f, options);
    write_plain(path, f->recovery);
}
static void empty_chart(fixture *f, hr_open_options *options) {
    (void)options;
    write_text(database(f, "chart"), "");
}
static void empty_facts(fixture *f, hr_open_options *options) {
    (void)options;
    write_text(database(f, "facts"), "");
}
static void foreign_chart(fixture *f, hr_open_options *options) {
    (void)options;
    copy_file(database(&stranger, "chart"), database(f, "chart"));
}
static void foreign_facts(fixture *f, hr_open_options *options) {
    (void)options;
    copy_file(database(&stranger, "facts"), database(f, "facts"));
}
static void exchanged_databases(fixture *f, hr_open_options *options) {
    const char *chart = database(f, "chart"), *facts = database(f, "facts"), *aside = path_in(f, "aside");
    (void)options;
    assert_int_equal(rename(chart, aside), 0);
    assert_int_equal(rename(facts, chart), 0);
    assert_int_equal(rename(aside, facts), 0);
}
static void foreign_keyslots(fixture *f, hr_open_options *options) {
    copy_file(path_in(&stranger, "stranger.hrs/keyslots"), path_in(f, "station.hrs/keyslots"));
    options->recovery_key = stranger.recovery; /* its key is right; what it opens is not there */
}
static void random_chart(fixture *f, hr_open_options *options) {
    unsigned char noise[4 * PAGE];
    (void)options;
    hr_random(noise, sizeof noise);
    write_bytes(database(f, "chart"), noise, sizeof noise);
}

static hr_status open_spoiled(fixture *f, hr_store *store, const bad_opening *row, bool spoil) {
    hr_open_options options;
    hr_open_options_init(&options);
    options.recovery_key = f->recovery;
    if (spoil)
        row->spoil(f, &options);
    char *before = listing(f->folder);
    hr_status status = hr_store_open(store, f->path, &options);
    assert_status(store, spoil ? row->want : HR_OK, status);
    if (spoil && row->want == HR_PASSPHRASE) /* which is kept, to be told */
        assert_int_equal(unlink(path_in(f, "station.hrs/attempts")), 0);
    if (spoil)
        assert_listing(f->folder, before);
    free(before);
    return status;
}

static void refused_opening(void **state) {
    trial *t = *state;
    close_store(&t->f);
    t->f.store = new_handle(HR_LANGUAGE_EN);
    open_spoiled(&t->f, t->f.store, t->row, false);
    hr_store_close(t->f.store);
    open_spoiled(&t->f, t->f.store, t->row, true);
}

#define BAD_OPENING(sentence, spoil, want) ROW_TEST(sentence, refused_opening, &(const bad_opening){spoil, want})

static const struct CMUnitTest bad_openings[] = {
    BAD_OPENING("a wrong passphrase opens nothing", wrong_passphrase, HR_PASSPHRASE),
    BAD_OPENING("the recovery key of another store opens nothing", foreign_recovery, HR_PASSPHRASE),
    BAD_OPENING("a store does not open without a secret", no_secret, HR_INVALID),
    BAD_OPENING("a store does not open with two secrets", two_secrets, HR_INVALID),
    BAD_OPENING("a store does not open for somebody unknown", unknown_operator, HR_NOT_FOUND),
    BAD_OPENING("a folder that is not there is no store", no_folder, HR_NO_STORE),
    BAD_OPENING("a file is no store", a_file_for_a_folder, HR_NO_STORE),
    BAD_OPENING("an empty folder is no store", an_empty_folder, HR_NO_STORE),
    BAD_OPENING("a missing chart is missed", no_chart, HR_MISSING_FILE),
    BAD_OPENING("missing facts are missed", no_facts, HR_MISSING_FILE),
    BAD_OPENING("not even a lock file is made for a store whose chart is missing", no_chart_and_no_lock,
                HR_MISSING_FILE),
    BAD_OPENING("databases without key slots are no store", no_keyslots, HR_NO_STORE),
    BAD_OPENING("two damaged key slots files open nothing", damaged_keyslots, HR_KEYSLOTS),
    BAD_OPENING("a damaged chart does not open", damaged_chart, HR_DAMAGED),
    BAD_OPENING("damaged facts do not open", damaged_facts, HR_DAMAGED),
    BAD_OPENING("a chart of a newer format is left to the newer program", newer_chart, HR_NEWER),
    BAD_OPENING("facts of a newer format are left to the newer program", newer_facts, HR_NEWER),
    BAD_OPENING("databases of different formats do not open", older_chart, HR_DAMAGED),
    BAD_OPENING("a plain SQLite file does not pass for the chart", plain_chart, HR_DAMAGED),
    BAD_OPENING("a plain SQLite file does not pass for the facts", plain_facts, HR_DAMAGED),
    BAD_OPENING("an empty file does not pass for the chart", empty_chart, HR_DAMAGED),
    BAD_OPENING("an empty file does not pass for the facts", empty_facts, HR_DAMAGED),
    BAD_OPENING("another store's chart does not open", foreign_chart, HR_DAMAGED),
    BAD_OPENING("another store's facts do not open", foreign_facts, HR_DAMAGED),
    BAD_OPENING("the two databases cannot stand for each other", exchanged_databases, HR_DAMAGED),
    BAD_OPENING("another store's key slots do not open the databases", foreign_keyslots, HR_DAMAGED),
    BAD_OPENING("noise does not open", random_chart, HR_DAMAGED),
};

static bool is_ascii(const char *text) {
    for (; *text; text++)
        if ((unsigned char)*text > 126)
            return false;
    return true;
}

/* The message for one fault on a fresh copy of the sample, for free(). */
static char *message_for(const bad_opening *row, hr_language language) {
    fixture f = {.next_path = 0};
    open_sample(&f);
    close_store(&f);
    f.store = new_handle(language);
    open_spoiled(&f, f.store, row, true);
    char *message = strdup(hr_error(f.store));
    close_store(&f);
    remove_tree(f.folder);
    assert_non_null(message);
    return message;
}

static void each_kind_of_failure_has_its_own_status_and_message_in_both_languages(void **state) {
    static const bad_opening kinds[] = {{wrong_passphrase, HR_PASSPHRASE}, {no_chart, HR_MISSING_FILE},
                                        {no_folder, HR_NO_STORE},          {damaged_keyslots, HR_KEYSLOTS},
                                        {damaged_facts, HR_DAMAGED},       {newer_chart, HR_NEWER},
                                        {unknown_operator, HR_NOT_FOUND}};
    char *messages[2 * COUNT(kinds)];
    (void)state;
    for (size_t i = 0; i < COUNT(messages); i++) {
        messages[i] = message_for(&kinds[i / 2], i % 2 ? HR_LANGUAGE_ZH : HR_LANGUAGE_EN);
        assert_int_equal(is_ascii(messages[i]), i % 2 == 0);
        for (size_t j = 0; j < i; j++) {
            assert_string_not_equal(messages[i], messages[j]);
            assert_true(i / 2 == j / 2 || kinds[i / 2].want != kinds[j / 2].want);
        }
    }
    for (size_t i = 0; i < COUNT(messages); i++)
        free(messages[i]);
}

static void a_missing_file_is_named(void **state) {
    fixture *f = *state;
    close_store(f);
    no_chart(f, NULL);
    f->store = new_handle(HR_LANGUAGE_EN);
    assert_status(f->store, HR_MISSING_FILE, open_with_key(f->store, f->path, f->recovery));
    assert_text_has(hr_error(f->store), "chart.1.db");
}

static void a_damaged_key_slots_file_is_read_from_its_copy(void **state) {
    fixture *f = *state;
    assert_int_equal(info_of(f->store).keyslots_repaired, 0);
    hr_store_close(f->store);
    flip_byte(path_in(f, "station.hrs/keyslots"), 200);
    assert_status(f->store, HR_OK, open_as(f->store, f->path, NULL, PASSPHRASE));
    assert_int_equal(info_of(f->store).keyslots_repaired, 1);
    assert_int_equal(info_of(f->store).residents, OTHERS + 2);
}

static void key_slots_that_another_program_is_mending_are_not_said_to_be_mended(void **state) {
    fixture *f = *state;
    hr_store_close(f->store);
    flip_byte(path_in(f, "station.hrs/keyslots"), 200);
    int folder = open(f->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(flock(folder, LOCK_EX), 0);
    assert_status(f->store, HR_OK, open_as(f->store, f->path, NULL, PASSPHRASE));
    assert_int_equal(info_of(f->store).keyslots_repaired, 0);
    close(folder);
    assert_status(f->store, HR_OK, open_as(f->store, f->path, NULL, PASSPHRASE));
    assert_int_equal(info_of(f->store).keyslots_repaired, 1);
}

static void a_store_opened_from_the_copy_of_its_key_slots_can_be_backed_up(void **state) {
    fixture *f = *state;
    hr_open_options options;
    hr_open_options_init(&options);
    options.recovery_key = f->recovery;
    hr_store_close(f->store);
    flip_byte(path_in(f, "station.hrs/keyslots"), 200);
    assert_status(f->store, HR_OK, open_with_key(f->store, f->path, f->recovery));
    assert_status(f->store, HR_OK, hr_backup(f->store, path_in(f, "backup"), NULL, NULL));
    assert_status(f->store, HR_OK,
                  hr_restore(f->store, path_in(f, "backup"), path_in(f, "again.hrs"), &options, NULL, NULL));
}

/* ---- settings (DESIGN §5) ---- */

static void check_pragma(sqlite3 *db, const char *pragma, const char *want) {
    sqlite3_stmt *row = NULL;
    assert_int_equal(sqlite3_prepare_v2(db, pragma, -1, &row, NULL), SQLITE_OK);
    const char *value = sqlite3_step(row) == SQLITE_ROW ? (const char *)sqlite3_column_text(row, 0) : NULL;
    bool same = value && strcmp(value, want) == 0;
    if (!same)
        print_error("%s: %s instead of %s\n", pragma, value ? value : "nothing", want);
    sqlite3_finalize(row);
    assert_true(same);
}

static void every_setting_of_the_connection_holds(void **state) {
    static const char *const settings[][2] = {
        {"PRAGMA main.page_size", "8192"},
        {"PRAGMA chart.page_size", "8192"},
        {"PRAGMA main.journal_mode", "truncate"},
        {"PRAGMA chart.journal_mode", "truncate"},
        {"PRAGMA main.synchronous", "3"},
        {"PRAGMA chart.synchronous", "3"},
        {"PRAGMA main.secure_delete", "1"},
        {"PRAGMA chart.secure_delete", "1"},
        {"PRAGMA main.mmap_size", "0"},
        {"PRAGMA chart.mmap_size", "0"},
        {"PRAGMA temp_store", "2"},
        {"PRAGMA trusted_schema", "0"},
        {"PRAGMA foreign_keys", "1"},
        {"PRAGMA cell_size_check", "1"},
        {"PRAGMA busy_timeout", "10000"},
        {"PRAGMA main.encoding", "UTF-8"},
    };
    static const int switches[][2] = {{SQLITE_DBCONFIG_DEFENSIVE, 1},
                                      {SQLITE_DBCONFIG_DQS_DML, 0},
                                      {SQLITE_DBCONFIG_DQS_DDL, 0},
                                      {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0}};
    fixture *f = *state;
    sqlite3 *db = f->store->db;
    for (size_t i = 0; i < COUNT(settings); i++)
        check_pragma(db, settings[i][0], settings[i][1]);
    for (size_t i = 0; i < COUNT(switches); i++) {
        int now = -1;
        assert_int_equal(sqlite3_db_config(db, switches[i][0], -1, &now), SQLITE_OK);
        assert_int_equal(now, switches[i][1]);
    }
}

/* What the files themselves keep, seen from a connection with nothing set; the rest of the settings differ there, so
 * the test above reads the library's and not everybody's. */
static void a_second_connection_sees_what_the_files_keep(void **state) {
    fixture *f = *state;
    sqlite3 *db = raw_open(f);
    check_pragma(db, "PRAGMA main.page_size", "8192");
    check_pragma(db, "PRAGMA chart.page_size", "8192");
    check_pragma(db, "PRAGMA main.journal_mode", "delete"); /* not WAL, which a file would keep */
    check_pragma(db, "PRAGMA chart.journal_mode", "delete");
    check_pragma(db, "PRAGMA main.auto_vacuum", "0");
    check_pragma(db, "PRAGMA chart.auto_vacuum", "0");
    check_pragma(db, "PRAGMA foreign_keys", "0");
    check_pragma(db, "PRAGMA synchronous", "2");
    raw_close(db);
}

static void the_journal_is_truncated_and_not_deleted(void **state) {
    fixture *f = *state;
    put_ok(f, "area", "{'area':'110106','name':'丰台区'}");
    assert_true(path_exists(path_in(f, "station.hrs/facts.1.db-journal")));
    assert_int_equal(file_size(path_in(f, "station.hrs/facts.1.db-journal")), 0);
}

/* ---- batches ---- */

static void put_wang_s_neighbours(fixture *f, int first, int count) {
    for (int i = 0; i < count; i++)
        put_other(f, OTHERS + first + i);
}

static void a_committed_batch_is_in_the_store(void **state) {
    fixture *f = *state;
    assert_status(f->store, HR_OK, hr_batch_begin(f->store));
    put_wang_s_neighbours(f, 0, 3);
    assert_status(f->store, HR_OK, hr_batch_commit(f->store));
    char *before = everything(f->store);
    close_store(f);
    f->store = handle_on(f);
    assert_everything(f->store, before);
    assert_int_equal(info_of(f->store).residents, OTHERS + 5);
    assert_int_equal(verify_findings(f->store), 0);
    free(before);
}

static void fill_a_batch(fixture *f) {
    assert_status(f->store, HR_OK, hr_batch_begin(f->store));
    put_wang_s_neighbours(f, 0, 3);
    put_ok(f, "area", "{'area':'110106','name':'丰台区'}");
    put_ok(f, "institution", "{'code':'C2','name':'第二中心','kind':'centre','area':'110105002','serves':'110108'}");
    put_ok(f, "population", "{'area':'110105001001','year':2004,'residents':700}");
    amend_ok(f, entries[WANG], "{'died':'2006-01-01'}");
}

static void a_batch_rolled_back_was_never_there(void **state) {
    fixture *f = *state;
    char *before = everything(f->store);
    fill_a_batch(f);
    char *within = everything(f->store);
    assert_string_not_equal(within, before); /* the control: the batch said something */
    hr_batch_rollback(f->store);
    assert_everything(f->store, before);
    assert_int_equal(verify_findings(f->store), 0);
    free(within);
    free(before);
}

static void a_batch_open_at_closing_is_rolled_back(void **state) {
    fixture *f = *state;
    char *before = everything(f->store);
    fill_a_batch(f);
    hr_store_close(f->store);
    assert_status(f->store, HR_OK, open_with_key(f->store, f->path, f->recovery));
    assert_everything(f->store, before);
    fill_a_batch(f);
    close_store(f);
    f->store = handle_on(f);
    assert_everything(f->store, before);
    assert_int_equal(verify_findings(f->store), 0);
    free(before);
}

static void batches_do_not_nest(void **state) {
    fixture *f = *state;
    assert_status(f->store, HR_OK, hr_batch_begin(f->store));
    put_wang_s_neighbours(f, 0, 1);
    assert_status(f->store, HR_INVALID, hr_batch_begin(f->store));
    put_wang_s_neighbours(f, 1, 1);
    assert_status(f->store, HR_OK, hr_batch_commit(f->store));
    assert_int_equal(info_of(f->store).residents, OTHERS + 4);
}

static void without_a_batch_nothing_is_committed_or_rolled_back(void **state) {
    fixture *f = *state;
    char *before = everything(f->store);
    hr_batch_rollback(f->store);
    assert_status(f->store, HR_INVALID, hr_batch_commit(f->store));
    assert_status(f->store, HR_OK, hr_batch_begin(f->store));
    assert_status(f->store, HR_OK, hr_batch_commit(f->store));
    assert_status(f->store, HR_INVALID, hr_batch_commit(f->store));
    assert_everything(f->store, before);
    hr_batch_rollback(NULL);
    free(before);
}

static void put_around_refusals(fixture *f, bool refusals) {
    assert_status(f->store, HR_OK, hr_batch_begin(f->store));
    put_wang_s_neighbours(f, 0, 1);
    if (refusals) {
        put_refused(f, "resident", "{'name':'无区划','sex':1,'birth_date':'1940'}");
        put_refused(f, "resident", "{'name':'未来','sex':1,'birth_date':'1940','area':'110105001001','died':'2199'}");
        put_refused(f, "area", "{'area':'120101','name':'外地'}");
        put_refused(f, "institution", "{'code':'C9','name':'中心','kind':'centre','area':'110109'}");
        put_refused(f, "population", "{'area':'110105001001','year':1,'residents':5}");
        put_refused(f, "resident", "not JSON");
    }
    put_wang_s_neighbours(f, 1, 1);
    assert_status(f->store, HR_OK, hr_batch_commit(f->store));
}

static void a_refusal_leaves_the_batch_as_it_was(void **state) {
    fixture *f = *state, without = {.next_path = 0};
    open_sample(&without);
    put_around_refusals(&without, false);
    put_around_refusals(f, true);
    char *wanted = figures(without.store), *now = figures(f->store);
    assert_same(now, wanted);
    assert_int_equal(info_of(f->store).entries, info_of(without.store).entries);
    assert_int_equal(verify_findings(f->store), 0);
    close_store(&without);
    remove_tree(without.folder);
    free(wanted);
    free(now);
}

static void verifying_and_backing_up_wait_for_the_end_of_the_own_batch(void **state) {
    fixture *f = *state;
    hr_cursor *findings = NULL;
    assert_status(f->store, HR_OK, hr_batch_begin(f->store));
    assert_status(f->store, HR_INVALID, hr_verify(f->store, NULL, &findings));
    assert_status(f->store, HR_INVALID, hr_backup(f->store, path_in(f, "backup"), NULL, NULL));
    assert_int_equal(files_in(f->folder), 1);
    put_wang_s_neighbours(f, 0, 1);
    assert_status(f->store, HR_OK, hr_batch_commit(f->store));
    assert_int_equal(info_of(f->store).residents, OTHERS + 3);
    assert_int_equal(verify_findings(f->store), 0);
}

/* ---- other handles and other processes ---- */

/* This program again, as another process: `role` is one of those in `other_process`. Returns its process id; `talk` is
 * its standard input and `hear` its standard output. */
static pid_t start_process(const fixture *f, const char *role, int *talk, int *hear) {
    int in[2], out[2];
    assert_int_equal(pipe(in), 0);
    assert_int_equal(pipe(out), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        dup2(in[0], 0);
        dup2(out[1], 1);
        for (int fd = 3; fd < 256; fd++)
            close(fd);
        execl("/proc/self/exe", "test_store", role, f->path, f->recovery, (char *)NULL);
        _exit(99);
    }
    close(in[0]);
    close(out[1]);
    *talk = in[1];
    *hear = out[0];
    return pid;
}

/* Opens the store and says how many residents it holds; in the role "hold" then opens a batch, puts a resident, says
 * so, and waits to be killed. */
static int other_process(const char *role, const char *path, const char *recovery) {
    hr_store *store = NULL;
    hr_store_info info;
    char byte;
    hr_store_info_init(&info);
    if (hr_store_new(&store, HR_LANGUAGE_EN) != HR_OK || open_with_key(store, path, recovery) != HR_OK)
        return 1;
    if (strcmp(role, "hold") == 0 &&
        (hr_batch_begin(store) != HR_OK ||
         hr_put(store, "resident", "{\"name\":\"别处\",\"sex\":1,\"birth_date\":\"1931\",\"area\":\"110105001001\"}",
                NULL, NULL) != HR_OK))
        return 2;
    if (hr_store_info_get(store, &info) != HR_OK)
        return 3;
    printf("%" PRIu64 "\n", info.residents);
    fflush(stdout);
    if (strcmp(role, "hold") == 0 && read(0, &byte, 1) >= 0)
        return 4; /* the parent is gone */
    hr_store_free(store);
    return 0;
}

static unsigned long heard(int hear) {
    char text[32] = "";
    ssize_t got = read(hear, text, sizeof text - 1);
    assert_true(got > 0);
    return strtoul(text, NULL, 10);
}

static unsigned long residents_elsewhere(const fixture *f) {
    int talk, hear, code = 0;
    pid_t pid = start_process(f, "count", &talk, &hear);
    unsigned long count = heard(hear);
    close(talk);
    close(hear);
    assert_int_equal(waitpid(pid, &code, 0), pid);
    assert_int_equal(code, 0);
    return count;
}

static void another_process_sees_what_is_committed_and_no_more(void **state) {
    fixture *f = *state;
    assert_status(f->store, HR_OK, hr_batch_begin(f->store));
    put_wang_s_neighbours(f, 0, 1);
    assert_int_equal(info_of(f->store).residents, OTHERS + 3);
    assert_int_equal(residents_elsewhere(f), OTHERS + 2);
    assert_status(f->store, HR_OK, hr_batch_commit(f->store));
    assert_int_equal(residents_elsewhere(f), OTHERS + 3);
}

static void a_batch_whose_process_is_killed_leaves_no_trace(void **state) {
    fixture *f = *state;
    int talk, hear, code = 0;
    char *before = everything(f->store), *figures_before = counted(f->store);
    pid_t pid = start_process(f, "hold", &talk, &hear);
    assert_int_equal(heard(hear), OTHERS + 3); /* it has put its resident */
    assert_counted(f->store, figures_before);
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, &code, 0), pid);
    assert_true(WIFSIGNALED(code));
    close(talk);
    close(hear);
    assert_everything(f->store, before);
    put_wang_s_neighbours(f, 0, 1); /* nobody is in the way any more */
    assert_int_equal(verify_findings(f->store), 0);
    free(before);
    free(figures_before);
}

static void another_handle_sees_what_is_committed_and_no_more(void **state) {
    fixture *f = *state;
    hr_store *other = handle_on(f);
    char *before = counted(other);
    fill_a_batch(f);
    assert_counted(other, before);
    assert_int_equal(verify_findings(other), 0);
    assert_status(f->store, HR_OK, hr_batch_commit(f->store));
    char *after = everything(f->store);
    assert_everything(other, after);
    char *counted_after = counted(other);
    assert_string_not_equal(counted_after, before);
    free(counted_after);
    hr_store_free(other);
    free(before);
    free(after);
}

/* One of those who wait in threads of their own, all during the same ten seconds. */
typedef struct waiter {
    fixture *f;
    hr_store *store;
    pthread_t thread;
    hr_status status;
} waiter;

static void *wait_to_put(void *context) {
    waiter *w = context;
    w->status = hr_put(w->store, "area", "{\"area\":\"110107\",\"name\":\"石景山区\"}", NULL, NULL);
    return NULL;
}

static void *wait_to_begin(void *context) {
    waiter *w = context;
    w->status = hr_batch_begin(w->store);
    return NULL;
}

static void *wait_to_back_up(void *context) {
    waiter *w = context;
    char path[PATH_SIZE];
    join_path(path, w->f->folder, "backup");
    w->status = hr_backup(w->store, path, NULL, NULL);
    return NULL;
}

static void who_waits_for_a_batch_gets_busy_and_may_try_again(void **state) {
    static void *(*const calls[])(void *) = {wait_to_put, wait_to_begin, wait_to_back_up};
    fixture *f = *state;
    waiter waiters[COUNT(calls)];
    char *before = counted(f->store);
    for (size_t i = 0; i < COUNT(calls); i++)
        waiters[i] = (waiter){.f = f, .store = handle_on(f)};
    fill_a_batch(f);
    for (size_t i = 0; i < COUNT(calls); i++)
        assert_int_equal(pthread_create(&waiters[i].thread, NULL, calls[i], &waiters[i]), 0);
    for (size_t i = 0; i < COUNT(calls); i++) {
        assert_int_equal(pthread_join(waiters[i].thread, NULL), 0);
        assert_status(waiters[i].store, HR_BUSY, waiters[i].status);
        assert_text_has(hr_error(waiters[i].store), "another program");
        assert_counted(waiters[i].store, before); /* reading goes on */
    }
    assert_int_equal(files_in(f->folder), 1);
    hr_batch_rollback(f->store);
    for (size_t i = COUNT(calls); i-- > 0;) { /* the one that opens a batch before the one that puts */
        calls[i](&waiters[i]);
        assert_status(waiters[i].store, HR_OK, waiters[i].status);
        hr_store_free(waiters[i].store);
    }
    assert_int_equal(verify_findings(f->store), 0);
    free(before);
}

/* A cursor that somebody forgot does not keep the others waiting: a writer that had to wait would give HR_BUSY. */
static void an_open_cursor_keeps_no_writer_waiting(void **state) {
    fixture *f = *state;
    hr_store *other = handle_on(f);
    hr_list_options list;
    hr_cursor *rows[6] = {NULL};
    hr_list_options_init(&list);
    list.cohort = "all";
    rows[0] = rates_of(f->store, NULL, "committee", NULL, 20101231);
    assert_status(f->store, HR_OK, hr_find(f->store, "建", 0, &rows[1]));
    assert_status(f->store, HR_OK, hr_history(f->store, entries[WANG], &rows[2]));
    assert_status(f->store, HR_OK, hr_list(f->store, &list, &rows[3]));
    assert_status(f->store, HR_OK, hr_indicators(f->store, &rows[4]));
    assert_status(f->store, HR_OK, hr_columns(f->store, "residents", &rows[5]));
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_status(f->store, HR_OK, hr_cursor_next(rows[i]));
    assert_status(other, HR_OK, hr_put(other, "area", "{\"area\":\"110107\",\"name\":\"石景山区\"}", NULL, NULL));
    for (size_t i = 0; i < COUNT(rows); i++)
        count_rows(f->store, rows[i]);
    hr_store_free(other);
}

/* What two handles say in turn: handle, kind, record. Each one needs what the other said just before. */
typedef struct turn {
    int handle;
    const char *kind, *json;
} turn;

static const turn turns[] = {
    {0, "resident", "{'name':'王大林','sex':1,'birth_date':'1931','area':'110105001001','file_opened':'2003-01-01'}"},
    {1, "area", "{'area':'110105003','name':'第3街道'}"},
    {0, "area", "{'area':'110105003001','name':'第3街道第1社区'}"},
    {1, "resident", "{'name':'王大林','sex':1,'birth_date':'1932','area':'110105003001','file_opened':'2003-02-01'}"},
    {0, "institution", "{'code':'N','name':'新站','kind':'station','area':'110105003','serves':'110105003'}"},
    {1, "resident", "{'name':'王大林','sex':1,'birth_date':'1933','area':'110105003001','file_opened':'2003-03-01'}"},
    {0, "resident", "{'name':'张大林','sex':2,'birth_date':'1934','area':'110105003001','moved_in':'2006-01-01'}"},
    {1, "population", "{'area':'110105003001','year':2007,'residents':70}"},
    {0, "resident", "{'name':'张大林','sex':2,'birth_date':'1934','area':'110105003001','moved_out':'2008-05-01'}"},
    {1, "institution", "{'code':'N','opened':'2004-06-01','grade':'A'}"},
    {0, "population", "{'area':'110105003001','year':2007,'residents':80}"},
    {1, "resident", "{'name':'王大林','sex':1,'birth_date':'1932','area':'110105003001','computerized':'2004-01-01'}"},
    {0, "institution",
     "{'code':'K','name':'新中心','kind':'centre','area':'110105003001','serves':'110105001;110108'}"},
    {1, "institution", "{'code':'C1','serves':'110105001001'}"},
    {0, "resident", "{'name':'欧阳大林','sex':2,'birth_date':'1920','area':'110108001002','phone':'13600001111'}"},
    {1, "resident", "{'name':'欧阳大林','sex':2,'birth_date':'1920','area':'110108001002','phone':'13700002222'}"},
    {0, "area", "{'area':'110105003001','name':'改了名的社区'}"},
    {1, "institution", "{'code':'K','closed':'2009-09-09'}"},
    {0, "resident", "{'name':'司马大林','sex':1,'birth_date':'1921','area':'110108001002','died':'2005-05-05'}"},
    {1, "resident", "{'name':'王大林','sex':1,'birth_date':'1933','area':'110108001002','moved_in':'2008-08-08'}"},
};

static void take_turn(hr_store *store, const turn *t, bool batch) {
    char json[512];
    if (batch) { /* whatever is remembered of a batch that was undone must be forgotten, too */
        assert_status(store, HR_OK, hr_batch_begin(store));
        assert_status(store, HR_OK, hr_put(store, "area", "{\"area\":\"110199\",\"name\":\"不算\"}", NULL, NULL));
        assert_status(store, HR_OK,
                      hr_put(store, "resident",
                             "{\"name\":\"不算\",\"sex\":1,\"birth_date\":\"1930\",\"area\":\"110105001001\"}", NULL,
                             NULL));
        hr_batch_rollback(store);
        assert_status(store, HR_OK, hr_batch_begin(store));
    }
    snprintf(json, sizeof json, "%s", t->json);
    quote_json(json);
    assert_status(store, HR_OK, hr_put(store, t->kind, json, NULL, NULL));
    if (batch)
        assert_status(store, HR_OK, hr_batch_commit(store));
}

static char *found_by(hr_store *store) {
    static const char *const texts[] = {"大林", "dl", "欧阳", "13600001111", "13700002222", "sm"};
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    for (size_t i = 0; i < COUNT(texts); i++)
        write_found(out, store, texts[i]);
    write_figures(out, store);
    fclose(out);
    return text;
}

static void interleave(fixture *f, bool batch) {
    fixture alone = {.next_path = 0};
    hr_store *handles[2] = {f->store, handle_on(f)};
    open_sample(&alone);
    for (size_t i = 0; i < COUNT(turns); i++) {
        take_turn(handles[turns[i].handle], &turns[i], batch);
        take_turn(alone.store, &turns[i], false);
        char *wanted = found_by(alone.store);
        free(found_by(alone.store)); /* looking is an entry; so all numbers stay the same */
        for (int h = 0; h < 2; h++) {
            char *now = found_by(handles[h]);
            assert_same(now, wanted);
            free(now);
        }
        free(wanted);
    }
    assert_int_equal(verify_findings(f->store), 0);
    close_store(&alone);
    alone.store = handle_on(&alone); /* and what was counted bit by bit is what is on disk */
    char *wanted = found_by(alone.store), *now = found_by(handles[1]);
    assert_same(now, wanted);
    free(wanted);
    free(now);
    hr_store_free(handles[1]);
    close_store(&alone);
    remove_tree(alone.folder);
}

static void two_handles_in_turn_count_as_one_does(void **state) {
    interleave(*state, false);
}

static void two_handles_in_turn_count_as_one_does_after_batches_that_were_undone(void **state) {
    interleave(*state, true);
}

/* ---- damaged files ---- */

static void a_flipped_byte_is_found_in_every_page(void **state) {
    static const size_t places[] = {20, 3000, PAGE - 70, PAGE - 1}; /* two of the content, initial vector, MAC */
    fixture *f = *state;
    close_store(f);
    assert_false(damage_shows(f));
    for (int which = 0; which < 2; which++) {
        const char *path = database(f, which ? "chart" : "facts");
        size_t pages = file_size(path) / PAGE;
        assert_true(pages > 5);
        for (size_t i = 0; i < pages * COUNT(places); i++) {
            flip_byte(path, i / COUNT(places) * PAGE + places[i % COUNT(places)]);
            if (!damage_shows(f))
                fail_msg("the byte at %zu of page %zu of %s is not missed", places[i % COUNT(places)],
                         i / COUNT(places) + 1, path);
            flip_byte(path, i / COUNT(places) * PAGE + places[i % COUNT(places)]);
        }
    }
    assert_false(damage_shows(f));
}

/* The first 16 bytes are a salt, which nobody needs who has the raw key. */
static void a_flipped_byte_of_the_salt_is_found_or_changes_nothing(void **state) {
    fixture *f = *state;
    char *before = everything(f->store);
    close_store(f);
    for (size_t i = 0; i < 32; i++) {
        const char *path = database(f, i < 16 ? "chart" : "facts");
        flip_byte(path, i % 16);
        assert_true(damage_shows(f) || harmless(f, before));
        flip_byte(path, i % 16);
    }
    free(before);
}

static void check_lengths(fixture *f, const char *path, const char *before) {
    size_t size;
    char *bytes = read_bytes(path, &size);
    const size_t lengths[] = {0,           1,        15,   16,       17,          100,
                              PAGE / 2,    PAGE - 1, PAGE, PAGE + 1, 2 * PAGE,    size / 2,
                              size - PAGE, size - 1, size, size + 1, size + PAGE, size + PAGE + 5};
    bytes = realloc(bytes, size + 2 * PAGE);
    assert_non_null(bytes);
    memcpy(bytes + size, bytes + size - PAGE, PAGE); /* what is added is a page that was good elsewhere */
    memset(bytes + size + PAGE, 0, PAGE);
    for (size_t i = 0; i < COUNT(lengths); i++) {
        write_bytes(path, bytes, lengths[i]);
        bool shows = damage_shows(f);
        if (shows != (lengths[i] < size) && (lengths[i] <= size || !(shows || harmless(f, before))))
            fail_msg("%s of %zu bytes instead of %zu", path, lengths[i], size);
    }
    write_bytes(path, bytes, size);
    free(bytes);
}

static void a_database_cut_short_is_found_and_one_that_is_longer_means_the_same(void **state) {
    fixture *f = *state;
    char *before = everything(f->store);
    close_store(f);
    check_lengths(f, database(f, "chart"), before);
    check_lengths(f, database(f, "facts"), before);
    assert_false(damage_shows(f));
    free(before);
}

/* Copies pages of an older file over a newer one, one at a time. Each is found, unless it changes nothing. Returns how
 * many were found. */
static size_t splice_pages(fixture *f, const char *path, const char *older, const char *before) {
    size_t old_size, size, found = 0;
    char *old = read_bytes(older, &old_size), *now = read_bytes(path, &size), *spliced = malloc(size);
    assert_non_null(spliced);
    for (size_t at = 0; at + PAGE <= old_size; at += PAGE) {
        if (memcmp(old + at, now + at, PAGE) == 0)
            continue;
        memcpy(spliced, now, size);
        memcpy(spliced + at, old + at, PAGE);
        write_bytes(path, spliced, size);
        bool shows = damage_shows(f);
        if (!shows && !harmless(f, before))
            fail_msg("page %zu of an older %s is not noticed", at / PAGE + 1, path);
        found += shows;
    }
    write_bytes(path, now, size);
    free(old);
    free(now);
    free(spliced);
    return found;
}

static void write_more(fixture *f) {
    assert_status(f->store, HR_OK, hr_batch_begin(f->store));
    put_wang_s_neighbours(f, 0, 60);
    amend_ok(f, entries[WANG], "{'phone':'13800000000','died':'2007-07-07'}");
    amend_ok(f, entries[LI], "{'name':'李秀瑛'}");
    for (int i = 0; i < OTHERS - 10; i += 7)
        amend_ok(f, entries[ONE] + i, "{'computerized':'2008-0%d-01'}", 1 + i % 9);
    put_ok(f, "population", "{'area':'110105','year':2002,'elderly':95}");
    put_ok(f, "institution", "{'code':'C1','grade':'A'}");
    assert_status(f->store, HR_OK, hr_batch_commit(f->store));
}

static void old_pages_put_back_are_found(void **state) {
    fixture *f = *state;
    copy_file(database(f, "chart"), path_in(f, "chart.old"));
    copy_file(database(f, "facts"), path_in(f, "facts.old"));
    write_more(f);
    char *before = everything(f->store);
    close_store(f);
    assert_false(damage_shows(f));
    assert_true(splice_pages(f, database(f, "chart"), path_in(f, "chart.old"), before) > 5);
    assert_true(splice_pages(f, database(f, "facts"), path_in(f, "facts.old"), before) > 5);
    assert_false(damage_shows(f));
    free(before);
}

/* What a store of the first format has not: the tables of the second, tallies of new kinds, call devices in the index.
 */
static void make_first_format(fixture *f) {
    sqlite3 *db;
    tamper(f, "UPDATE chart.entry SET kind = 'search' WHERE kind = 'operator';" /* which means nothing */
              "UPDATE chart.entry SET writer = 1; DELETE FROM chart.writer WHERE id > 1");
    db = raw_open(f);
    raw_rechain(db);
    raw_close(db);
    tamper(f,
           "DROP TABLE main.register; DROP TABLE main.call; DROP TABLE chart.unified; DROP TABLE chart.signature;"
           "DROP TABLE chart.custody; DROP TABLE chart.origin; ALTER TABLE chart.writer DROP COLUMN own;"
           "DROP INDEX chart.entry_of_conflicts; DROP INDEX chart.entry_of_exchange;"
           "DROP INDEX chart.entry_of_registers; DROP INDEX chart.entry_of_reads; DROP INDEX chart.entry_of_operators;"
           "DELETE FROM main.meta WHERE key IN ('keyslots', 'place');"
           "DELETE FROM main.tally_year; DELETE FROM main.tally_day;"
           "DELETE FROM chart.gram WHERE gram >> 42 = 4;"
           "PRAGMA main.user_version = 1; PRAGMA chart.user_version = 1");
}

/* The key slots file as version 1 has it: without the MAC over the roles. */
static void make_first_slots(fixture *f) {
    hr_hash hash;
    size_t size;
    hr_keys *keys = raw_keys(f);
    unsigned char *bytes = (unsigned char *)read_bytes(path_in(f, "station.hrs/keyslots"), &size);
    size -= HR_HASH_SIZE;
    bytes[8] = 1;
    hr_slots_mac(bytes, size, keys, bytes + size - 2 * HR_HASH_SIZE);
    hr_hash_init(&hash, NULL, 0);
    hr_hash_update(&hash, bytes, size - HR_HASH_SIZE);
    hr_hash_final(&hash, bytes + size - HR_HASH_SIZE);
    write_bytes(path_in(f, "station.hrs/keyslots"), bytes, size);
    write_bytes(path_in(f, "station.hrs/keyslots.bak"), bytes, size);
    hr_secret_free(keys);
    free(bytes);
}

/* Entries and residents stand in the first line: operators are told of now. */
static const char *after_first_line(const char *text) {
    return strchr(text, '\n');
}

static void key_slots_of_the_first_format_do_not_open_a_store_of_this_one(void **state) {
    fixture *f = *state;
    make_first_slots(f);
    close_store(f);
    f->store = new_handle(HR_LANGUAGE_EN);
    assert_status(f->store, HR_KEYSLOTS, open_with_key(f->store, f->path, f->recovery));
}

static void bringing_a_store_to_this_format_may_be_cut_off(void **state) {
    fixture *f = *state;
    make_first_format(f);
    make_first_slots(f);
    assert_int_equal(mkdir(path_in(f, "station.hrs/keyslots.tmp"), 0700), 0); /* where the new key slots would be */
    f->store = new_handle(HR_LANGUAGE_EN);
    assert_status(f->store, HR_SYSTEM, open_with_key(f->store, f->path, f->recovery));
    assert_int_equal(raw_number(f, "PRAGMA chart.user_version"), 4); /* the tables have come so far */
    assert_int_equal(rmdir(path_in(f, "station.hrs/keyslots.tmp")), 0);
    assert_status(f->store, HR_OK, open_with_key(f->store, f->path, f->recovery));
    assert_int_equal(verify_findings(f->store), 0);
}

static void a_store_of_the_first_format_is_brought_to_this_one(void **state) {
    fixture *f = *state;
    put_ok(f, "resident", "{'name':'钱呼叫','sex':1,'birth_date':'1930','area':'110105001001','call_device':'HJ-1'}");
    char *before = everything(f->store), *figures = rates_text(f->store, "committee", 20051231);
    make_first_format(f);
    make_first_slots(f);
    f->store = handle_on(f);
    char *after = everything(f->store), *again = rates_text(f->store, "committee", 20051231);
    assert_string_equal(after_first_line(after), after_first_line(before));
    assert_string_equal(again, figures);
    assert_int_equal(verify_findings(f->store), 0);
    close_store(f);
    f->store = handle_on(f); /* and once more, when there is nothing to do */
    assert_int_equal(verify_findings(f->store), 0);
    free(before);
    free(figures);
    free(after);
    free(again);
}

/* ---- verification against attacks with the right keys ---- */

/* A change of the databases, and where verification must say it is. */
typedef struct attack {
    const char *sql, *file, *place;
} attack;

static bool finds(hr_store *store, const char *file, const char *place) {
    hr_cursor *rows = NULL;
    hr_status status;
    bool named = false;
    char *expanded = with_entries(place);
    assert_status(store, HR_OK, hr_verify(store, NULL, &rows));
    while ((status = hr_cursor_next(rows)) == HR_OK) {
        named = named || (strcmp(hr_cursor_text(rows, 0), file) == 0 && strstr(hr_cursor_text(rows, 1), expanded));
        assert_true(*hr_cursor_text(rows, 2) != '\0');
    }
    assert_status(store, HR_END, status);
    hr_cursor_free(rows);
    free(expanded);
    return named;
}

static void print_findings(hr_store *store) {
    hr_cursor *rows = NULL;
    if (hr_verify(store, NULL, &rows) != HR_OK)
        print_error("verify: %s\n", hr_error(store));
    while (rows && hr_cursor_next(rows) == HR_OK)
        print_error("found: %s, %s: %s\n", hr_cursor_text(rows, 0), hr_cursor_text(rows, 1), hr_cursor_text(rows, 2));
    hr_cursor_free(rows);
}

static void attack_is_found(void **state) {
    trial *t = *state;
    fixture *f = &t->f;
    const attack *row = t->row;
    assert_int_equal(verify_findings(f->store), 0);
    tamper(f, row->sql);
    f->store = handle_on(f);
    if (finds(f->store, row->file, row->place))
        return;
    print_findings(f->store);
    fail_msg("nothing is said about %s, %s", row->file, row->place);
}

#define ATTACK(sentence, sql, file, place) ROW_TEST(sentence, attack_is_found, (&(const attack){sql, file, place}))

static const struct CMUnitTest attacks[] = {
    ATTACK("an entry's altered body is found",
           "UPDATE chart.entry SET body = replace(body, '幸福里1号', '别处') WHERE seq = $wang", "chart",
           "entry $wang"),
    ATTACK("an entry's body taken away is found", "UPDATE chart.entry SET body = NULL WHERE seq = $one", "chart",
           "entry $one"),
    ATTACK("an entry's altered effective date is found",
           "UPDATE chart.entry SET effective = effective - 1 WHERE seq = $one", "chart", "entry $one"),
    ATTACK("an entry's other author is found", "UPDATE chart.entry SET author = 2 WHERE seq = $one", "chart",
           "entry $one"),
    ATTACK("an entry without an author is found", "UPDATE chart.entry SET author = 99 WHERE seq = $one", "chart",
           "entry $one"),
    ATTACK("an author's other name is found", "UPDATE chart.author SET name = 'somebody' WHERE name = 'admin'", "chart",
           "entry $one"),
    ATTACK("an entry's altered time is found", "UPDATE chart.entry SET recorded = recorded + 1 WHERE seq = $one",
           "chart", "entry $one"),
    ATTACK("an entry's other kind is found", "UPDATE chart.entry SET kind = 'area' WHERE seq = $one", "chart",
           "entry $one"),
    ATTACK("an entry's other subject is found", "UPDATE chart.entry SET subject = $one WHERE seq = $amended", "chart",
           "entry $amended"),
    ATTACK("an entry's other predecessor is found", "UPDATE chart.entry SET earlier = $li WHERE seq = $amended",
           "chart", "entry $amended"),
    ATTACK("an entry's altered salt is found", "UPDATE chart.entry SET salt = zeroblob(16) WHERE seq = $one", "chart",
           "entry $one"),
    ATTACK("an entry's altered hash is found", "UPDATE chart.entry SET hash = zeroblob(32) WHERE seq = $one", "chart",
           "entry $one"),
    ATTACK("an entry's short hash is found", "UPDATE chart.entry SET hash = x'00' WHERE seq = $one", "chart",
           "entry $one"),
    ATTACK("another store as the writer is found", "UPDATE chart.writer SET store_id = zeroblob(16)", "chart",
           "entry 1"),
    ATTACK(
        "two entries' exchanged bodies are found",
        "CREATE TEMP TABLE aside AS SELECT $one + $two - seq AS seq, body FROM chart.entry WHERE seq IN ($one, $two);"
        "UPDATE chart.entry SET body = aside.body FROM aside WHERE aside.seq = entry.seq",
        "chart", "entry $two"),
    ATTACK("the last entries cut off are found",
           "DELETE FROM chart.entry WHERE seq > (SELECT max(seq) - 3 FROM chart.entry)", "chart", "log"),
    ATTACK("an entry cut out is found", "DELETE FROM chart.entry WHERE seq = $one", "chart", "entry $two"),
    ATTACK("the first entry cut off is found", "DELETE FROM chart.entry WHERE seq = 1", "chart", "entry 2"),
    ATTACK("an empty log is found", "DELETE FROM chart.entry", "chart", "log"),
    ATTACK("an entry added behind the last is found",
           "INSERT INTO chart.entry SELECT max(seq) + 1, writer, recorded, author, kind, subject, earlier, effective,"
           "salt, body, body_hash, hash FROM chart.entry",
           "chart", "log"),
    ATTACK("an entry added before the first is found",
           "INSERT INTO chart.entry SELECT 0, writer, recorded, author, kind, subject, earlier, effective,"
           "salt, body, body_hash, hash FROM chart.entry WHERE seq = 1",
           "chart", "entry 0"),

    ATTACK("a resident's altered state is found",
           "UPDATE chart.resident SET state = replace(state, '幸福里2号', '别处') WHERE id = $wang", "chart",
           "resident #$wang"),
    ATTACK("a state for a resident who needs none is found",
           "INSERT INTO chart.resident (id, latest, state)"
           " SELECT seq, seq, body || 'Z1' || char(31) FROM chart.entry WHERE seq = $one",
           "chart", "resident #$one"),
    ATTACK("a state that makes no sense is found", "UPDATE chart.resident SET state = '{' WHERE id = $wang", "chart",
           "resident #$wang"),
    ATTACK("a resident's forgotten past is found", "UPDATE chart.resident SET past = NULL WHERE id = $li", "chart",
           "resident #$li"),
    ATTACK("an amendment hidden from its resident is found",
           "UPDATE chart.resident SET latest = $amended, past = NULL, state ="
           " (SELECT replace(body, '幸福里1号', '幸福里2号') FROM chart.entry WHERE seq = $wang) WHERE id = $wang",
           "chart", "resident"),
    ATTACK("a resident with no such newest entry is found", "UPDATE chart.resident SET latest = 99999 WHERE id = $wang",
           "chart", "resident #$wang"),
    ATTACK("a resident with somebody else's newest entry is found",
           "UPDATE chart.resident SET latest = $one WHERE id = $wang", "chart", "resident #$wang"),
    ATTACK("a resident's row taken away is found", "DELETE FROM chart.resident WHERE id = $wang", "chart", "resident"),
    ATTACK("a resident whom no entry registered is found",
           "INSERT INTO chart.resident (id, latest, state) VALUES ($amended, $amended, '{}')", "chart", "resident"),
    ATTACK("a resident beyond the log is found",
           "INSERT INTO chart.resident (id, latest, state) VALUES (99999, 99999, '{}')", "chart", "resident"),

    ATTACK("a resident's other ID number is found",
           "UPDATE chart.id_number SET number = number + 2 WHERE resident = $one", "chart", "numbers"),
    ATTACK("an ID number of somebody else is found", "UPDATE chart.id_number SET resident = $two WHERE resident = $one",
           "chart", "numbers"),
    ATTACK("a missing ID number is found", "DELETE FROM chart.id_number WHERE resident = $one", "chart", "numbers"),
    ATTACK("an ID number too many is found", "INSERT INTO chart.id_number VALUES (11010519500101001, $one)", "chart",
           "numbers"),
    ATTACK("a resident's other file number is found",
           "UPDATE chart.file_number SET number = number + 1 WHERE resident = $li", "chart", "numbers"),
    ATTACK("a missing file number is found", "DELETE FROM chart.file_number WHERE resident = $li", "chart", "numbers"),
    ATTACK("a resident's other fingerprint is found", "UPDATE chart.person SET print = print + 1 WHERE resident = $li",
           "chart", "numbers"),
    ATTACK("a missing fingerprint is found", "DELETE FROM chart.person WHERE resident = $li", "chart", "numbers"),
    ATTACK("a fingerprint too many is found", "INSERT INTO chart.person VALUES (5, $one)", "chart", "numbers"),

    ATTACK("a row missing in the search index is found",
           "DELETE FROM chart.gram WHERE gram = (SELECT min(gram) FROM chart.gram)", "chart", "search"),
    ATTACK("a row too many in the search index is found", "INSERT INTO chart.gram VALUES (12345, 0, x'1400')", "chart",
           "search"),
    ATTACK("a resident too many in the search index is found",
           "UPDATE chart.gram SET residents = CAST(residents || x'FF7F' AS BLOB)"
           "WHERE gram = (SELECT max(gram) FROM chart.gram)",
           "chart", "search"),
    ATTACK("another block of the search index is found",
           "UPDATE chart.gram SET block = 1 WHERE gram = (SELECT max(gram) FROM chart.gram)", "chart", "search"),

    ATTACK("a subject's other area is found", "UPDATE main.subject SET area = 110105001001 WHERE id = $wang", "facts",
           "resident #$wang"),
    ATTACK("a subject's other birth date is found",
           "UPDATE main.subject SET birth_date = birth_date - 10000 WHERE id = $one", "facts", "resident #$one"),
    ATTACK("a subject's other date of a file is found",
           "UPDATE main.subject SET file_opened = file_opened - 10000 WHERE id = $one", "facts", "resident #$one"),
    ATTACK("a subject taken away is found", "DELETE FROM main.subject WHERE id = $one", "facts", "resident #$one"),
    ATTACK("a subject too many is found", "INSERT INTO main.subject (id, area) VALUES (99999, 110105001001)", "facts",
           "subjects"),
    ATTACK("one subject exchanged for another is found", "UPDATE main.subject SET id = 99999 WHERE id = $one", "facts",
           "resident #$one"),
    ATTACK("a subject's altered past is found", "UPDATE main.past SET ended = ended + 1 WHERE subject = $li", "facts",
           "resident #$li"),
    ATTACK("a subject's missing past is found", "DELETE FROM main.past WHERE subject = $li", "facts", "resident #$li"),
    ATTACK("a row too many of a subject's past is found",
           "INSERT INTO main.past SELECT subject, number + 1, kind, value, start, ended FROM main.past"
           " WHERE subject = $li",
           "facts", "resident #$li"),
    ATTACK("a past for a subject without one is found",
           "INSERT INTO main.past VALUES ($one, 1, 1, 1, 20010101, 20020101)", "facts", "past"),
    ATTACK("a subject that claims an endless past is found",
           "UPDATE main.subject SET past = 1000000000000000 WHERE id = $li", "facts", "resident #$li"),

    ATTACK("a year's altered tally is found",
           "UPDATE main.tally_year SET net = x'0002' WHERE place = (SELECT max(place) FROM main.tally_year WHERE place "
           "< 1101080010020000)",
           "facts", "tally"),
    ATTACK("a year's unreadable tally is found",
           "UPDATE main.tally_year SET net = x'80' WHERE place = (SELECT max(place) FROM main.tally_year WHERE place < "
           "1101080010020000)",
           "facts", "tally"),
    ATTACK("a year's missing tally is found",
           "DELETE FROM main.tally_year WHERE place = (SELECT max(place) FROM main.tally_year WHERE place < "
           "1101080010020000)",
           "facts", "110108001001"),
    ATTACK("a missing tally of what has always been is found",
           "DELETE FROM main.tally_year WHERE place = 1101050010010000", "facts", "area 110105001001"),
    ATTACK("tallies of days for a year that has none are found",
           "INSERT INTO main.tally_day SELECT place / 10000 * 10000 + 1977, days FROM main.tally_day"
           " ORDER BY place DESC LIMIT 1",
           "facts", "110108001001"),
    ATTACK("an altered tally of days is found",
           "UPDATE main.tally_day SET days = (SELECT o.days FROM main.tally_day AS o WHERE o.place < tally_day.place"
           " ORDER BY o.place DESC LIMIT 1) WHERE place = (SELECT max(place) FROM main.tally_day)",
           "facts", "110108001001"),
    ATTACK("an unreadable tally of days is found",
           "UPDATE main.tally_day SET days = x'80' WHERE place = (SELECT max(place) FROM main.tally_day)", "facts",
           "tally"),
    ATTACK("missing tallies of days are found", "DELETE FROM main.tally_day", "facts", "tally"),
    ATTACK("no tallies at all are found", "DELETE FROM main.tally_day; DELETE FROM main.tally_year", "facts",
           "area 110105"),
    ATTACK("a year's tallies moved whole to another year are found",
           "UPDATE main.tally_day SET place = place - 200 WHERE place = 1101050020012005;"
           "UPDATE main.tally_year SET place = place - 200 WHERE place = 1101050020012005",
           "facts", "area 110105002001"),
    ATTACK("tallies of an area that is not there are found",
           "INSERT INTO main.tally_year VALUES (1101990000000, x'0002')", "facts", "tally 110199000"),

    ATTACK("an area's other name is found", "UPDATE main.area SET name = '别处' WHERE code = 110108", "facts",
           "area 110108"),
    ATTACK("an area taken away is found", "DELETE FROM main.area WHERE code = 110108001002", "facts", "areas"),
    ATTACK("an area too many is found", "INSERT INTO main.area VALUES (110106, '丰台区')", "facts", "area 110106"),
    ATTACK("an institution's other grade is found", "UPDATE main.institution SET grade = 2 WHERE code = 'S1'", "facts",
           "institution S1"),
    ATTACK("an institution's other reach is found", "UPDATE main.institution SET serves = '110108' WHERE code = 'C1'",
           "facts", "institution C1"),
    ATTACK("an institution taken away is found", "DELETE FROM main.institution WHERE code = 'S1'", "facts",
           "institutions"),
    ATTACK("an institution too many is found",
           "INSERT INTO main.institution (code, name, kind, area) VALUES ('X', 'X', 1, 110108)", "facts",
           "institution X"),
    ATTACK("another population is found", "UPDATE main.population SET residents = 5000", "facts",
           "population 110105001001 2003"),
    ATTACK("a population of another year is found", "UPDATE main.population SET year = 2004 WHERE elderly IS NOT NULL",
           "facts", "population 110105 2004"),
    ATTACK("a population taken away is found", "DELETE FROM main.population WHERE year = 2002", "facts", "population"),

    ATTACK("another head of the log is found", "UPDATE main.meta SET value = zeroblob(40) WHERE key = 'head'", "chart",
           "log"),
    ATTACK("a head of the log that is no head is found", "UPDATE main.meta SET value = 'head' WHERE key = 'head'",
           "chart", "log"),
    ATTACK("another name of the store is found", "UPDATE main.meta SET value = '别处' WHERE key = 'name'", "facts",
           "settings"),
    ATTACK("another area of the store is found", "UPDATE main.meta SET value = '110105' WHERE key = 'area'", "facts",
           "settings"),
    ATTACK("a missing head of the log is found", "DELETE FROM main.meta WHERE key = 'head'", "chart", "log"),
};

static void rewriting_the_databases_without_altering_them_is_no_finding(void **state) {
    fixture *f = *state;
    tamper(f, "UPDATE chart.entry SET body = body, hash = hash; UPDATE main.subject SET area = area;"
              "UPDATE chart.resident SET state = state; UPDATE main.tally_day SET days = days; VACUUM main;"
              "VACUUM chart; REINDEX");
    f->store = handle_on(f);
    print_findings(f->store);
    assert_int_equal(verify_findings(f->store), 0);
}

/* The head as the store would have had it: only the residents who were not there yet give it away. */
static void the_last_entry_cut_off_together_with_the_head_is_found(void **state) {
    fixture *f = *state;
    tamper(f, "DELETE FROM chart.entry WHERE seq = (SELECT max(seq) FROM chart.entry);"
              "UPDATE main.meta SET value = (SELECT CAST(unhex(printf('%02x%02x000000000000', seq % 256, seq / 256))"
              " || hash AS BLOB) FROM chart.entry ORDER BY seq DESC LIMIT 1) WHERE key = 'head'");
    assert_int_equal(raw_number(f, "SELECT length(value) FROM main.meta WHERE key = 'head'"), 40);
    f->store = handle_on(f);
    assert_int_equal(info_of(f->store).entries, entries[LAST] - 1);
    assert_false(finds(f->store, "chart", "log")); /* the control: chain and head agree */
    assert_true(verify_findings(f->store) > 0);
}

static void findings_are_a_hundred_at_most(void **state) {
    fixture *f = *state;
    hr_cursor *rows = NULL;
    tamper(f, "UPDATE chart.entry SET hash = zeroblob(32)");
    f->store = handle_on(f);
    assert_status(f->store, HR_OK, hr_verify(f->store, NULL, &rows));
    assert_int_equal(count_rows(f->store, rows), 100);
}

static void what_changes_under_an_open_handle_is_found_too(void **state) {
    fixture *f = *state;
    char *first = everything(f->store); /* all is remembered that can be */
    sqlite3 *db = raw_open(f);
    assert_int_equal(verify_findings(f->store), 0);
    char *sql = with_entries("UPDATE main.subject SET birth_date = 19000101 WHERE id = $one");
    raw_run(db, sql);
    raw_close(db);
    free(sql);
    assert_true(finds(f->store, "facts", "resident #$one"));
    free(first);
}

static void a_file_of_another_time_is_found(void **state) {
    fixture *f = *state;
    for (int which = 0; which < 2; which++) {
        const char *path = database(f, which ? "chart" : "facts"), *older = path_in(f, "older"),
                   *newer = path_in(f, "newer");
        assert_int_equal(verify_findings(f->store), 0);
        copy_file(path, older);
        put_wang_s_neighbours(f, which, 1);
        close_store(f);
        copy_file(path, newer);
        copy_file(older, path);
        f->store = handle_on(f);
        assert_true(finds(f->store, "chart", "log"));
        close_store(f);
        copy_file(newer, path);
        f->store = handle_on(f);
    }
    assert_int_equal(verify_findings(f->store), 0);
}

static void verifying_only_reads(void **state) {
    fixture *f = *state;
    char *before = listing(f->folder);
    assert_int_equal(verify_findings(f->store), 0);
    assert_listing(f->folder, before);
    free(before);
}

static void an_empty_store_and_its_first_entries_verify(void **state) {
    fixture *f = *state;
    assert_status(f->store, HR_OK, try_create(f, path_in(f, "new.hrs")));
    assert_int_equal(verify_findings(f->store), 0);
    put_ok(f, "area", "{'area':'110105001','name':'街道'}");
    assert_int_equal(verify_findings(f->store), 0);
}

/* ---- progress and stopping ---- */

typedef struct watch {
    uint64_t calls, stop_at, last, total;
    bool backwards;
} watch;

static int look_on(void *context, uint64_t done, uint64_t total) {
    watch *w = context;
    w->backwards = w->backwards || done < w->last || (total && done > total);
    w->last = done;
    w->total = total;
    return ++w->calls == w->stop_at;
}

static hr_status verify_with(hr_store *store, hr_progress progress, void *context, hr_cursor **out) {
    hr_verify_options options;
    hr_verify_options_init(&options);
    options.progress = progress;
    options.progress_context = context;
    return hr_verify(store, &options, out);
}

static void verifying_can_be_watched_and_stopped(void **state) {
    fixture *f = *state;
    watch all = {0}, stopped = {.stop_at = 1};
    hr_cursor *rows = NULL;
    assert_status(f->store, HR_OK, hr_batch_begin(f->store));
    put_wang_s_neighbours(f, 0, 790); /* progress is told of every thousand steps */
    assert_status(f->store, HR_OK, hr_batch_commit(f->store));
    assert_status(f->store, HR_OK, verify_with(f->store, look_on, &all, &rows));
    assert_int_equal(count_rows(f->store, rows), 0);
    assert_true(all.calls > 0 && !all.backwards);
    rows = NULL;
    assert_status(f->store, HR_CANCELLED, verify_with(f->store, look_on, &stopped, &rows));
    assert_null(rows);
    assert_int_equal(stopped.calls, 1);
    put_wang_s_neighbours(f, 790, 1);
    assert_int_equal(verify_findings(f->store), 0);
}

static void a_backup_can_be_watched_and_stopped_at_any_moment(void **state) {
    fixture *f = *state;
    watch all = {0};
    assert_status(f->store, HR_OK, hr_backup(f->store, path_in(f, "whole"), look_on, &all));
    assert_true(all.calls > 3 && !all.backwards);
    assert_int_equal(all.last, all.total);
    assert_int_equal(unlink(path_in(f, "whole")), 0);
    char *before = everything(f->store);
    for (uint64_t i = 1; i <= all.calls; i++) {
        watch stopped = {.stop_at = i};
        assert_status(f->store, HR_CANCELLED, hr_backup(f->store, path_in(f, "backup"), look_on, &stopped));
        assert_int_equal(stopped.calls, i);
        assert_int_equal(files_in(f->folder), 1);
    }
    assert_everything(f->store, before); /* but that one was about to be made */
    free(before);
    put_wang_s_neighbours(f, 0, 1);
}

/* ---- backup ---- */

static hr_status restore_fast(hr_store *store, const fixture *f, const char *file, const char *path) {
    hr_open_options options;
    hr_open_options_init(&options);
    options.recovery_key = f->recovery;
    return hr_restore(store, file, path, &options, NULL, NULL);
}

static void a_restored_store_holds_everything(void **state) {
    fixture *f = *state;
    hr_store *restored = new_handle(HR_LANGUAGE_EN);
    char *before = everything(f->store), original[PATH_SIZE], copy[PATH_SIZE];
    assert_status(f->store, HR_OK, hr_backup(f->store, path_in(f, "backup"), NULL, NULL));
    join_path(original, f->folder, "station.hrs");
    join_path(copy, f->folder, "again.hrs");
    assert_status(restored, HR_OK, restore_fast(restored, f, path_in(f, "backup"), copy));
    assert_string_equal(info_of(restored).path, copy);
    assert_everything(restored, before);
    assert_int_equal(verify_findings(restored), 0);
    assert_int_equal(mode_of(copy), 0700);
    hr_store_free(restored);
    free(before);
}

static void a_restored_store_has_a_copy_of_its_key_slots(void **state) {
    fixture *f = *state;
    char path[PATH_SIZE];
    assert_status(f->store, HR_OK, hr_backup(f->store, path_in(f, "backup"), NULL, NULL));
    assert_status(f->store, HR_OK, restore_fast(f->store, f, path_in(f, "backup"), path_in(f, "again.hrs")));
    hr_store_close(f->store);
    join_path(path, f->folder, "again.hrs/keyslots");
    flip_byte(path, 200);
    assert_status(f->store, HR_OK, open_with_key(f->store, path_in(f, "again.hrs"), f->recovery));
    assert_int_equal(info_of(f->store).keyslots_repaired, 1);
}

static void a_backup_opens_with_the_passphrase_of_the_store(void **state) {
    fixture *f = *state;
    hr_open_options options;
    hr_open_options_init(&options);
    options.passphrase = PASSPHRASE;
    assert_status(f->store, HR_OK, hr_backup(f->store, path_in(f, "backup"), NULL, NULL));
    assert_status(f->store, HR_OK,
                  hr_restore(f->store, path_in(f, "backup"), path_in(f, "again.hrs"), &options, NULL, NULL));
    assert_string_equal(info_of(f->store).operator_name, "admin");
}

static void a_restored_store_works(void **state) {
    fixture *f = *state;
    assert_status(f->store, HR_OK, hr_backup(f->store, path_in(f, "backup"), NULL, NULL));
    write_more(f);
    char *wanted = figures(f->store);
    assert_status(f->store, HR_OK, restore_fast(f->store, f, path_in(f, "backup"), path_in(f, "again.hrs")));
    write_more(f);
    char *now = figures(f->store);
    assert_same(now, wanted);
    assert_int_equal(verify_findings(f->store), 0);
    assert_status(f->store, HR_OK, hr_backup(f->store, path_in(f, "second"), NULL, NULL));
    assert_status(f->store, HR_OK, restore_fast(f->store, f, path_in(f, "second"), path_in(f, "third.hrs")));
    free(wanted);
    wanted = figures(f->store);
    assert_same(now, wanted);
    free(wanted);
    free(now);
}

static void a_backup_leaves_the_store_as_it_was_and_is_private(void **state) {
    fixture *f = *state;
    char *before = everything(f->store);
    mode_t mask = umask(0);
    hr_status status = hr_backup(f->store, path_in(f, "backup"), NULL, NULL);
    umask(mask);
    assert_status(f->store, HR_OK, status);
    assert_int_equal(mode_of(path_in(f, "backup")), 0600);
    assert_everything(f->store, before);
    assert_int_equal(files_in(f->folder), 2);
    free(before);
}

static hr_status try_backup(fixture *f, const char *path) {
    return hr_backup(f->store, path, NULL, NULL);
}

static void a_backup_is_not_written_over_a_file_a_folder_or_a_link(void **state) {
    fixture *f = *state;
    char path[PATH_SIZE];
    join_path(path, f->folder, "backup");
    check_taken(f, path, try_backup);
}

static void a_backup_into_a_folder_that_is_not_there_is_refused(void **state) {
    fixture *f = *state;
    assert_status(f->store, HR_SYSTEM, try_backup(f, path_in(f, "none/backup")));
    assert_status(f->store, HR_INVALID, try_backup(f, ""));
    assert_int_equal(files_in(f->folder), 1);
    put_wang_s_neighbours(f, 0, 1);
}

static void a_backup_that_cannot_be_written_leaves_nothing(void **state) {
    fixture *f = *state;
    const rlim_t sizes[] = {0, 100, 512, 2000, PAGE, 5 * PAGE, file_size(database(f, "chart"))};
    char *before = everything(f->store);
    for (size_t i = 0; i < COUNT(sizes); i++) {
        limit_files(sizes[i]);
        hr_status status = try_backup(f, path_in(f, "backup"));
        unlimit_files();
        assert_status(f->store, HR_SYSTEM, status);
        assert_int_equal(files_in(f->folder), 1);
    }
    assert_everything(f->store, before);
    free(before);
    assert_status(f->store, HR_OK, try_backup(f, path_in(f, "backup")));
}

static void a_backup_is_made_while_others_read(void **state) {
    fixture *f = *state;
    hr_store *other = handle_on(f);
    hr_cursor *own = NULL, *foreign = NULL;
    char *before = everything(f->store);
    assert_status(f->store, HR_OK, hr_find(f->store, "建国", 0, &own));
    assert_status(other, HR_OK, hr_find(other, "建国", 0, &foreign));
    assert_status(f->store, HR_OK, hr_cursor_next(own));
    assert_status(other, HR_OK, hr_cursor_next(foreign));
    assert_status(f->store, HR_OK, try_backup(f, path_in(f, "backup")));
    assert_int_equal(count_rows(f->store, own), OTHERS / 10 - 1); /* every tenth is called so */
    assert_int_equal(count_rows(other, foreign), OTHERS / 10 - 1);
    assert_status(other, HR_OK, restore_fast(other, f, path_in(f, "backup"), path_in(f, "again.hrs")));
    assert_everything(other, before);
    hr_store_free(other);
    free(before);
}

/* ---- restoring ---- */

static void restoring_to_where_something_is_touches_nothing(void **state) {
    fixture *f = *state;
    assert_status(f->store, HR_OK, try_backup(f, path_in(f, "backup")));
    put_wang_s_neighbours(f, 0, 1);
    hr_store_close(f->store);
    char *before = listing(f->folder);
    assert_status(f->store, HR_EXISTS, restore_fast(f->store, f, path_in(f, "backup"), f->path));
    assert_status(f->store, HR_EXISTS, restore_fast(f->store, f, path_in(f, "backup"), path_in(f, "backup")));
    assert_listing(f->folder, before);
    free(before);
    assert_status(f->store, HR_OK, restore_fast(f->store, f, path_in(f, "backup"), path_in(f, "again.hrs")));
}

/* A backup file's state, and what restoring says to it. */
typedef struct bad_restoring {
    const char *operator_name, *passphrase;
    const char *file; /* in the test's folder */
    hr_status want;
} bad_restoring;

static void refused_restoring(void **state) {
    trial *t = *state;
    fixture *f = &t->f;
    const bad_restoring *row = t->row;
    hr_open_options options;
    hr_open_options_init(&options);
    options.operator_name = row->operator_name;
    options.passphrase = row->passphrase;
    options.recovery_key = row->passphrase ? NULL : f->recovery;
    assert_status(f->store, HR_OK, try_backup(f, path_in(f, "backup")));
    write_text(path_in(f, "empty"), "");
    write_text(path_in(f, "text"), "this is not a backup, and it is longer than nothing\n");
    char *before = listing(f->folder);
    assert_status(f->store, row->want,
                  hr_restore(f->store, path_in(f, row->file), path_in(f, "again.hrs"), &options, NULL, NULL));
    assert_listing(f->folder, before);
    free(before);
    assert_status(f->store, HR_OK, restore_fast(f->store, f, path_in(f, "backup"), path_in(f, "again.hrs")));
}

#define BAD_RESTORING(sentence, ...) ROW_TEST(sentence, refused_restoring, (&(const bad_restoring){__VA_ARGS__}))

static const struct CMUnitTest bad_restorings[] = {
    BAD_RESTORING("a wrong passphrase restores nothing", NULL, WRONG_PASSPHRASE, "backup", HR_PASSPHRASE),
    BAD_RESTORING("nothing is restored for somebody unknown", "nobody", PASSPHRASE, "backup", HR_NOT_FOUND),
    BAD_RESTORING("a backup that is not there is not found", NULL, NULL, "none", HR_NOT_FOUND),
    BAD_RESTORING("an empty file is no backup", NULL, NULL, "empty", HR_DAMAGED),
    BAD_RESTORING("a text is no backup", NULL, NULL, "text", HR_DAMAGED),
    BAD_RESTORING("a database is no backup", NULL, NULL, "station.hrs/chart.1.db", HR_DAMAGED),
    BAD_RESTORING("key slots are no backup", NULL, NULL, "station.hrs/keyslots", HR_DAMAGED),
};

static void a_folder_is_no_backup(void **state) {
    fixture *f = *state;
    hr_store *other = new_handle(HR_LANGUAGE_EN);
    char *before = listing(f->folder);
    hr_status status = restore_fast(other, f, f->path, path_in(f, "again.hrs"));
    assert_status(other, status == HR_SYSTEM ? HR_SYSTEM : HR_DAMAGED, status);
    assert_listing(f->folder, before);
    hr_store_free(other);
    free(before);
}

static void restoring_can_be_watched_and_stopped_at_any_moment(void **state) {
    fixture *f = *state;
    watch all = {0};
    hr_open_options options;
    hr_open_options_init(&options);
    options.recovery_key = f->recovery;
    assert_status(f->store, HR_OK, try_backup(f, path_in(f, "backup")));
    assert_status(f->store, HR_OK,
                  hr_restore(f->store, path_in(f, "backup"), path_in(f, "whole.hrs"), &options, look_on, &all));
    assert_true(all.calls > 2 && !all.backwards);
    hr_store_close(f->store);
    char *before = listing(f->folder);
    for (uint64_t i = 1; i <= all.calls; i++) {
        watch stopped = {.stop_at = i};
        assert_status(f->store, HR_CANCELLED,
                      hr_restore(f->store, path_in(f, "backup"), path_in(f, "again.hrs"), &options, look_on, &stopped));
        assert_listing(f->folder, before);
    }
    free(before);
}

static void a_store_that_cannot_be_restored_for_want_of_space_leaves_nothing(void **state) {
    static const rlim_t sizes[] = {0, 500, PAGE, 5 * PAGE};
    fixture *f = *state;
    assert_status(f->store, HR_OK, try_backup(f, path_in(f, "backup")));
    hr_store_close(f->store);
    char *before = listing(f->folder);
    for (size_t i = 0; i < COUNT(sizes); i++) {
        limit_files(sizes[i]);
        hr_status status = restore_fast(f->store, f, path_in(f, "backup"), path_in(f, "again.hrs"));
        unlimit_files();
        assert_status(f->store, HR_SYSTEM, status);
        assert_listing(f->folder, before);
    }
    free(before);
    assert_status(f->store, HR_OK, restore_fast(f->store, f, path_in(f, "backup"), path_in(f, "again.hrs")));
}

/* Restoring what is in `file` is refused and leaves nothing, or gives the whole store. */
static bool refused_or_whole(fixture *f, const char *file, const char *beside, const char *before) {
    const char *path = path_in(f, "again.hrs");
    hr_status status = restore_fast(f->store, f, file, path);
    if (status != HR_OK) {
        char *now = listing(f->folder);
        bool same = strcmp(now, beside) == 0;
        if (*hr_error(f->store) == '\0' || (status != HR_DAMAGED && status != HR_NEWER))
            print_error("%s: %s\n", hr_status_name(status), hr_error(f->store));
        same = same && (status == HR_DAMAGED || status == HR_NEWER);
        free(now);
        return same;
    }
    char *now = everything(f->store);
    bool same = strcmp(now, before) == 0;
    hr_store_close(f->store);
    remove_tree(path);
    free(now);
    return same;
}

/* A backup beside no store, so that a listing is short; `before` is what it holds. */
typedef struct backup_trial {
    char file[PATH_SIZE];
    char *before, *beside, *bytes;
    size_t size;
} backup_trial;

static backup_trial start_backup_trial(fixture *f) {
    backup_trial b = {.before = everything(f->store)};
    snprintf(b.file, sizeof b.file, "%.400s.backup", f->folder); /* outside the folder that is listed */
    assert_status(f->store, HR_OK, try_backup(f, b.file));
    hr_store_close(f->store);
    remove_tree(f->path);
    b.beside = listing(f->folder);
    b.bytes = read_bytes(b.file, &b.size);
    assert_true(refused_or_whole(f, b.file, b.beside, b.before)); /* the control: it is whole */
    return b;
}

static void end_backup_trial(const backup_trial *b) {
    unlink(b->file);
    free(b->before);
    free(b->beside);
    free(b->bytes);
}

static void check_flip(fixture *f, backup_trial *b, size_t at, char bits) {
    b->bytes[at] ^= bits;
    write_bytes(b->file, b->bytes, b->size);
    if (!refused_or_whole(f, b->file, b->beside, b->before))
        fail_msg("the byte at %zu of a backup changed by %d passes", at, bits);
    b->bytes[at] ^= bits;
}

static void any_byte_of_a_backup_changed_is_refused_or_changes_nothing(void **state) {
    enum { START = 2048, SAMPLE = 256 };
    fixture *f = *state;
    backup_trial b = start_backup_trial(f);
    for (size_t at = 0; at < START; at++)
        check_flip(f, &b, at, at % 2 ? 0x20 : 0x01);
    for (size_t i = 0; i < SAMPLE; i++)
        check_flip(f, &b, START + i * (b.size - START) / SAMPLE, (char)(1 << i % 7));
    end_backup_trial(&b);
}

static void a_changed_byte_of_a_database_in_a_backup_is_never_harmless(void **state) {
    fixture *f = *state;
    size_t size;
    char *chart = read_bytes(database(f, "chart"), &size);
    backup_trial b = start_backup_trial(f);
    char *within = memmem(b.bytes, b.size, chart, 16); /* by its salt: that it is backed up changes the chart */
    assert_non_null(within);
    for (size_t i = 0; i < 64; i++) {
        within[i * size / 64] ^= 4;
        write_bytes(b.file, b.bytes, b.size);
        within[i * size / 64] ^= 4;
        assert_status(f->store, HR_DAMAGED, restore_fast(f->store, f, b.file, path_in(f, "again.hrs")));
        assert_listing(f->folder, b.beside);
    }
    free(chart);
    end_backup_trial(&b);
}

static void a_backup_cut_short_or_longer_is_refused_or_whole(void **state) {
    fixture *f = *state;
    backup_trial b = start_backup_trial(f);
    for (size_t i = 0; i < 160; i++) {
        size_t length = i < 40 ? i * 61 : i < 120 ? (i - 40) * b.size / 80 : b.size - (i - 120) * 311;
        write_bytes(b.file, b.bytes, length);
        if (!refused_or_whole(f, b.file, b.beside, b.before))
            fail_msg("%zu bytes of a backup of %zu pass", length, b.size);
    }
    write_bytes(b.file, b.bytes, b.size / 2); /* half a backup is none */
    assert_status(f->store, HR_DAMAGED, restore_fast(f->store, f, b.file, path_in(f, "again.hrs")));
    for (size_t more = 1; more < 5000; more = more * 3 + 1) {
        char *longer = malloc(b.size + more);
        assert_non_null(longer);
        memcpy(longer, b.bytes, b.size);
        memcpy(longer + b.size, b.bytes, more);
        write_bytes(b.file, longer, b.size + more);
        free(longer);
        assert_true(refused_or_whole(f, b.file, b.beside, b.before));
    }
    end_backup_trial(&b);
}

/* ---- archives that no backup is ---- */

enum { MANIFEST, KEYSLOTS, CHART, FACTS, MEMBERS_MAX = 8 };

typedef struct member {
    char name[PATH_SIZE], link[PATH_SIZE];
    unsigned type; /* AE_IFREG and so on; 0: a hard link */
    char *bytes;
    size_t size;
} member;

/* A backup taken to pieces, to be put together otherwise. */
typedef struct pieces {
    member at[MEMBERS_MAX];
    size_t count;
    char outside[PATH_SIZE]; /* a file that no restoring may write */
    int format;
    int filter;
} pieces;

static void take_apart(const char *file, pieces *p) {
    struct archive *in = archive_read_new();
    struct archive_entry *entry;
    archive_read_support_format_tar(in);
    assert_int_equal(archive_read_open_filename(in, file, 65536), ARCHIVE_OK);
    while (archive_read_next_header(in, &entry) == ARCHIVE_OK) {
        member *m = &p->at[p->count++];
        assert_true(p->count <= 4);
        snprintf(m->name, sizeof m->name, "%s", archive_entry_pathname(entry));
        m->type = AE_IFREG;
        m->size = (size_t)archive_entry_size(entry);
        m->bytes = malloc(m->size + 1);
        assert_non_null(m->bytes);
        assert_int_equal(archive_read_data(in, m->bytes, m->size), m->size);
        m->bytes[m->size] = '\0';
    }
    archive_read_free(in);
    assert_int_equal(p->count, 4);
    p->format = ARCHIVE_FORMAT_TAR_PAX_RESTRICTED;
    p->filter = ARCHIVE_FILTER_NONE;
}

static void put_together(const char *file, const pieces *p) {
    struct archive *out = archive_write_new();
    assert_int_equal(archive_write_set_format(out, p->format), ARCHIVE_OK);
    assert_int_equal(archive_write_add_filter(out, p->filter), ARCHIVE_OK);
    assert_int_equal(archive_write_open_filename(out, file), ARCHIVE_OK);
    for (size_t i = 0; i < p->count; i++) {
        const member *m = &p->at[i];
        struct archive_entry *entry = archive_entry_new();
        archive_entry_set_pathname(entry, m->name);
        archive_entry_set_perm(entry, 0600);
        archive_entry_set_size(entry, m->type == AE_IFREG ? (la_int64_t)m->size : 0);
        if (m->type)
            archive_entry_set_filetype(entry, m->type);
        if (m->type == AE_IFLNK)
            archive_entry_set_symlink(entry, m->link);
        if (m->type == 0)
            archive_entry_set_hardlink(entry, m->link);
        assert_true(archive_write_header(out, entry) >= ARCHIVE_WARN);
        if (m->type == AE_IFREG)
            assert_int_equal(archive_write_data(out, m->bytes, m->size), m->size);
        archive_entry_free(entry);
    }
    assert_int_equal(archive_write_free(out), ARCHIVE_OK);
}

static void release_pieces(pieces *p) {
    for (size_t i = 0; i < p->count; i++)
        free(p->at[i].bytes);
}

/* Writes another text in the place of one in the manifest. */
static void edit_manifest(pieces *p, const char *from, const char *to) {
    member *m = &p->at[MANIFEST];
    char *at = strstr(m->bytes, from), *edited = NULL;
    assert_non_null(at);
    int size = asprintf(&edited, "%.*s%s%s", (int)(at - m->bytes), m->bytes, to, at + strlen(from));
    assert_true(size > 0);
    free(m->bytes);
    m->bytes = edited;
    m->size = (size_t)size;
}

static void rename_member(pieces *p, size_t which, const char *name) {
    char quoted[PATH_SIZE + 2], to[PATH_SIZE + 2];
    snprintf(quoted, sizeof quoted, "\"%s\"", p->at[which].name);
    snprintf(to, sizeof to, "\"%s\"", name);
    edit_manifest(p, quoted, to);
    snprintf(p->at[which].name, sizeof p->at[which].name, "%s", name);
}

static void drop_member(pieces *p, size_t which) {
    free(p->at[which].bytes);
    memmove(&p->at[which], &p->at[which + 1], (p->count - which - 1) * sizeof *p->at);
    p->count--;
}

static void add_member(pieces *p, size_t where, const member *like) {
    member copy = *like;
    copy.bytes = malloc(like->size + 1);
    assert_non_null(copy.bytes);
    memcpy(copy.bytes, like->bytes, like->size + 1);
    memmove(&p->at[where + 1], &p->at[where], (p->count - where) * sizeof *p->at);
    p->at[where] = copy;
    p->count++;
}

static void nothing_odd(pieces *p) {
    assert_int_equal(p->count, 4);
}
static void no_manifest(pieces *p) {
    drop_member(p, MANIFEST);
}
static void late_manifest(pieces *p) {
    member first = p->at[MANIFEST];
    memmove(&p->at[0], &p->at[1], 3 * sizeof *p->at);
    p->at[3] = first;
}
static void two_manifests(pieces *p) {
    add_member(p, 1, &p->at[MANIFEST]);
}
static void only_a_manifest(pieces *p) {
    while (p->count > 1)
        drop_member(p, 1);
}
static void no_members(pieces *p) {
    while (p->count > 0)
        drop_member(p, 0);
}
static void no_chart_member(pieces *p) {
    drop_member(p, CHART);
}
static void no_facts_member(pieces *p) {
    drop_member(p, FACTS);
}
static void two_charts(pieces *p) {
    add_member(p, FACTS, &p->at[CHART]);
}
static void two_facts(pieces *p) {
    add_member(p, p->count, &p->at[FACTS]);
}
static void one_file_more(pieces *p) {
    add_member(p, p->count, &p->at[KEYSLOTS]);
    snprintf(p->at[4].name, sizeof p->at[4].name, "more");
}
static void one_file_more_with_a_path(pieces *p) {
    add_member(p, p->count, &p->at[KEYSLOTS]);
    snprintf(p->at[4].name, sizeof p->at[4].name, "../outside");
}
static void climbing_keyslots(pieces *p) {
    rename_member(p, KEYSLOTS, "../keyslots");
}
static void climbing_chart(pieces *p) {
    rename_member(p, CHART, "../chart.1.db");
}
static void climbing_number(pieces *p) {
    rename_member(p, CHART, "chart./../../outside.db");
}
static void absolute_facts(pieces *p) {
    rename_member(p, FACTS, p->outside);
}
static void dotted_keyslots(pieces *p) {
    rename_member(p, KEYSLOTS, "./keyslots");
}
static void other_generation(pieces *p) {
    rename_member(p, CHART, "chart.2.db");
}
static void names_differ(pieces *p) {
    snprintf(p->at[CHART].name, sizeof p->at[CHART].name, "chart.2.db");
}
static void exchanged_members(pieces *p) {
    member aside = p->at[CHART];
    p->at[CHART] = p->at[FACTS];
    p->at[FACTS] = aside;
}
static void linked_chart(pieces *p) {
    p->at[CHART].type = AE_IFLNK;
    snprintf(p->at[CHART].link, sizeof p->at[CHART].link, "%s", p->outside);
}
static void link_before_the_chart(pieces *p) {
    add_member(p, CHART, &p->at[CHART]);
    linked_chart(p);
}
static void hard_linked_chart(pieces *p) {
    p->at[CHART].type = 0;
    snprintf(p->at[CHART].link, sizeof p->at[CHART].link, "keyslots");
}
static void folder_for_a_chart(pieces *p) {
    p->at[CHART].type = AE_IFDIR;
}
static void pipe_for_a_chart(pieces *p) {
    p->at[CHART].type = AE_IFIFO;
}
static void device_for_a_chart(pieces *p) {
    p->at[CHART].type = AE_IFCHR;
}
static void linked_manifest(pieces *p) {
    p->at[MANIFEST].type = AE_IFLNK;
    snprintf(p->at[MANIFEST].link, sizeof p->at[MANIFEST].link, "%s", p->outside);
}
static void shorter_chart(pieces *p) {
    p->at[CHART].size--;
}
static void empty_chart_member(pieces *p) {
    p->at[CHART].size = 0;
}
static void longer_keyslots(pieces *p) {
    p->at[KEYSLOTS].size++;
}
static void altered_facts(pieces *p) {
    p->at[FACTS].bytes[p->at[FACTS].size - 1] ^= 1;
}
static void manifest_no_json(pieces *p) {
    p->at[MANIFEST].bytes[0] = '[';
}
static void manifest_of_nothing(pieces *p) {
    p->at[MANIFEST].size = 0;
}
static void manifest_of_two_bytes(pieces *p) {
    memcpy(p->at[MANIFEST].bytes, "{}", 2);
    p->at[MANIFEST].size = 2;
}
static void manifest_too_long(pieces *p) {
    enum { LONG = 70000 };
    char *padded = malloc(LONG);
    assert_non_null(padded);
    memset(padded, ' ', LONG); /* white space, which JSON allows */
    memcpy(padded, p->at[MANIFEST].bytes, p->at[MANIFEST].size);
    free(p->at[MANIFEST].bytes);
    p->at[MANIFEST].bytes = padded;
    p->at[MANIFEST].size = LONG;
}
static void negative_size(pieces *p) {
    edit_manifest(p, "\"size\": ", "\"size\": -");
}
static void greatest_size(pieces *p) {
    edit_manifest(p, "\"size\": ", "\"size\": 9223372036854775807, \"was\": ");
}
static void real_size(pieces *p) {
    edit_manifest(p, "\"size\": ", "\"size\": 1.5, \"was\": ");
}
static void no_hash(pieces *p) {
    edit_manifest(p, "\"blake2b\"", "\"md5\"");
}
static void empty_hash(pieces *p) {
    edit_manifest(p, "\"blake2b\": ", "\"blake2b\": \"\", \"was\": ");
}
static void more_files_named(pieces *p) {
    edit_manifest(p, "\"files\": [", "\"files\": [{\"name\": \"more\", \"size\": 1, \"blake2b\": \"\"}, ");
}
static void newer_format(pieces *p) {
    edit_manifest(p, "\"format\": 1", "\"format\": 2");
}
static void no_format(pieces *p) {
    edit_manifest(p, "\"format\": 1", "\"was\": 1");
}
static void other_thing(pieces *p) {
    edit_manifest(p, "\"backup\"", "\"bundle\"");
}
static void zipped(pieces *p) {
    p->filter = ARCHIVE_FILTER_GZIP;
}
static void as_zip(pieces *p) {
    p->format = ARCHIVE_FORMAT_ZIP;
}
static void as_cpio(pieces *p) {
    p->format = ARCHIVE_FORMAT_CPIO_POSIX;
}

/* A way to put a backup together, and what restoring says to it. */
typedef struct odd_archive {
    void (*make)(pieces *p);
    hr_status want;
} odd_archive;

static void odd_archive_is_judged(void **state) {
    trial *t = *state;
    fixture *f = &t->f;
    const odd_archive *row = t->row;
    pieces p = {.count = 0};
    char odd[PATH_SIZE];
    join_path(odd, f->folder, "odd");
    join_path(p.outside, f->folder, "outside");
    assert_status(f->store, HR_OK, try_backup(f, path_in(f, "backup")));
    hr_store_close(f->store);
    take_apart(path_in(f, "backup"), &p);
    row->make(&p);
    put_together(odd, &p);
    release_pieces(&p);
    char *before = listing(f->folder);
    assert_status(f->store, row->want, restore_fast(f->store, f, odd, path_in(f, "again.hrs")));
    if (row->want == HR_OK)
        assert_int_equal(verify_findings(f->store), 0);
    else
        assert_listing(f->folder, before);
    free(before);
}

#define ODD(sentence, make, want) ROW_TEST(sentence, odd_archive_is_judged, (&(const odd_archive){make, want}))

static const struct CMUnitTest odd_archives[] = {
    ODD("a backup packed again by another program restores", nothing_odd, HR_OK),
    ODD("an archive without a manifest is no backup", no_manifest, HR_DAMAGED),
    ODD("a manifest that comes last is too late", late_manifest, HR_DAMAGED),
    ODD("an archive with two manifests is no backup", two_manifests, HR_DAMAGED),
    ODD("a manifest alone is no backup", only_a_manifest, HR_DAMAGED),
    ODD("an empty archive is no backup", no_members, HR_DAMAGED),
    ODD("a backup without a chart is not whole", no_chart_member, HR_DAMAGED),
    ODD("a backup without facts is not whole", no_facts_member, HR_DAMAGED),
    ODD("a backup with two charts is refused", two_charts, HR_DAMAGED),
    ODD("a backup with two facts is refused", two_facts, HR_DAMAGED),
    ODD("a backup with a file more is refused", one_file_more, HR_DAMAGED),
    ODD("a file more with a path is not written", one_file_more_with_a_path, HR_DAMAGED),
    ODD("key slots with a path above are not written", climbing_keyslots, HR_DAMAGED),
    ODD("a chart with a path above is not written", climbing_chart, HR_DAMAGED),
    ODD("a generation that is a path is not written", climbing_number, HR_DAMAGED),
    ODD("facts with an absolute path are not written", absolute_facts, HR_DAMAGED),
    ODD("key slots with a dot before them are refused", dotted_keyslots, HR_DAMAGED),
    ODD("a chart of a generation that the key slots do not know is missed", other_generation, HR_MISSING_FILE),
    ODD("a chart named otherwise than in the manifest is refused", names_differ, HR_DAMAGED),
    ODD("members out of order are refused", exchanged_members, HR_DAMAGED),
    ODD("a link for a chart is not followed", linked_chart, HR_DAMAGED),
    ODD("a link before the chart is not followed", link_before_the_chart, HR_DAMAGED),
    ODD("a hard link for a chart is refused", hard_linked_chart, HR_DAMAGED),
    ODD("a folder for a chart is refused", folder_for_a_chart, HR_DAMAGED),
    ODD("a pipe for a chart is refused", pipe_for_a_chart, HR_DAMAGED),
    ODD("a device for a chart is refused", device_for_a_chart, HR_DAMAGED),
    ODD("a link for a manifest is refused", linked_manifest, HR_DAMAGED),
    ODD("a chart shorter than the manifest says is refused", shorter_chart, HR_DAMAGED),
    ODD("an empty chart is refused", empty_chart_member, HR_DAMAGED),
    ODD("key slots longer than the manifest says are refused", longer_keyslots, HR_DAMAGED),
    ODD("facts that hash to something else are refused", altered_facts, HR_DAMAGED),
    ODD("a manifest that is no JSON is refused", manifest_no_json, HR_DAMAGED),
    ODD("a manifest of no bytes is refused", manifest_of_nothing, HR_DAMAGED),
    ODD("a manifest that says nothing is refused", manifest_of_two_bytes, HR_DAMAGED),
    ODD("a manifest of 70,000 bytes is refused", manifest_too_long, HR_DAMAGED),
    ODD("a negative size is refused", negative_size, HR_DAMAGED),
    ODD("the greatest size is refused", greatest_size, HR_DAMAGED),
    ODD("a size that is no whole number is refused", real_size, HR_DAMAGED),
    ODD("a manifest without a hash is refused", no_hash, HR_DAMAGED),
    ODD("a manifest with an empty hash is refused", empty_hash, HR_DAMAGED),
    ODD("a manifest that names more files is refused", more_files_named, HR_DAMAGED),
    ODD("a backup of a newer format is left to the newer program", newer_format, HR_NEWER),
    ODD("a manifest without a format is refused", no_format, HR_DAMAGED),
    ODD("a manifest of something else is refused", other_thing, HR_DAMAGED),
    ODD("a compressed backup is refused", zipped, HR_DAMAGED),
    ODD("a zip file is no backup", as_zip, HR_DAMAGED),
    ODD("a cpio archive is no backup", as_cpio, HR_DAMAGED),
};

/* ---- all of it ---- */

static const struct CMUnitTest single[] = {
    STORE_TEST(a_new_store_is_a_private_folder_with_its_five_files),
    STORE_TEST(a_new_store_is_open_and_says_what_it_is),
    STORE_TEST(a_store_can_be_made_at_a_relative_path_with_a_slash_after_it),
    STORE_TEST(a_store_stays_open_when_the_program_changes_its_folder),
    STORE_TEST(the_folder_is_created_for_the_operator_that_is_named),
    STORE_TEST(a_store_is_not_made_over_a_file_a_folder_or_a_link),
    STORE_TEST(a_store_is_not_made_in_a_folder_that_is_not_there),
    STORE_TEST(a_store_is_not_made_without_a_path),
    STORE_TEST(a_store_that_cannot_be_written_leaves_nothing),
    STORE_TEST(a_missing_argument_is_refused_in_words),
    STORE_TEST(nothing_stands_in_the_files_in_plain_text),
    STORE_TEST(a_batch_and_its_journal_leave_nothing_in_plain_text),
    STORE_TEST(the_passphrase_opens_as_the_first_administrator),
    STORE_TEST(the_recovery_key_opens_however_it_is_typed),
    STORE_TEST(a_handle_that_failed_to_open_opens_afterwards),
    STORE_TEST(whatever_needs_a_store_says_that_none_is_open),
    STORE_TEST(each_kind_of_failure_has_its_own_status_and_message_in_both_languages),
    STORE_TEST(a_missing_file_is_named),
    STORE_TEST(a_damaged_key_slots_file_is_read_from_its_copy),
    STORE_TEST(key_slots_that_another_program_is_mending_are_not_said_to_be_mended),
    STORE_TEST(a_store_opened_from_the_copy_of_its_key_slots_can_be_backed_up),
    STORE_TEST(every_setting_of_the_connection_holds),
    STORE_TEST(a_second_connection_sees_what_the_files_keep),
    STORE_TEST(a_store_of_the_first_format_is_brought_to_this_one),
    STORE_TEST(bringing_a_store_to_this_format_may_be_cut_off),
    STORE_TEST(key_slots_of_the_first_format_do_not_open_a_store_of_this_one),
    STORE_TEST(the_journal_is_truncated_and_not_deleted),
    STORE_TEST(a_committed_batch_is_in_the_store),
    STORE_TEST(a_batch_rolled_back_was_never_there),
    STORE_TEST(a_batch_open_at_closing_is_rolled_back),
    STORE_TEST(batches_do_not_nest),
    STORE_TEST(without_a_batch_nothing_is_committed_or_rolled_back),
    STORE_TEST(a_refusal_leaves_the_batch_as_it_was),
    STORE_TEST(verifying_and_backing_up_wait_for_the_end_of_the_own_batch),
    STORE_TEST(another_process_sees_what_is_committed_and_no_more),
    STORE_TEST(a_batch_whose_process_is_killed_leaves_no_trace),
    STORE_TEST(another_handle_sees_what_is_committed_and_no_more),
    STORE_TEST(who_waits_for_a_batch_gets_busy_and_may_try_again),
    STORE_TEST(an_open_cursor_keeps_no_writer_waiting),
    STORE_TEST(two_handles_in_turn_count_as_one_does),
    STORE_TEST(two_handles_in_turn_count_as_one_does_after_batches_that_were_undone),
    STORE_TEST(a_flipped_byte_is_found_in_every_page),
    STORE_TEST(a_flipped_byte_of_the_salt_is_found_or_changes_nothing),
    STORE_TEST(a_database_cut_short_is_found_and_one_that_is_longer_means_the_same),
    STORE_TEST(old_pages_put_back_are_found),
    STORE_TEST(rewriting_the_databases_without_altering_them_is_no_finding),
    STORE_TEST(the_last_entry_cut_off_together_with_the_head_is_found),
    STORE_TEST(findings_are_a_hundred_at_most),
    STORE_TEST(what_changes_under_an_open_handle_is_found_too),
    STORE_TEST(a_file_of_another_time_is_found),
    STORE_TEST(verifying_only_reads),
    STORE_TEST(an_empty_store_and_its_first_entries_verify),
    STORE_TEST(verifying_can_be_watched_and_stopped),
    STORE_TEST(a_backup_can_be_watched_and_stopped_at_any_moment),
    STORE_TEST(a_restored_store_holds_everything),
    STORE_TEST(a_restored_store_has_a_copy_of_its_key_slots),
    STORE_TEST(a_backup_opens_with_the_passphrase_of_the_store),
    STORE_TEST(a_restored_store_works),
    STORE_TEST(a_backup_leaves_the_store_as_it_was_and_is_private),
    STORE_TEST(a_backup_is_not_written_over_a_file_a_folder_or_a_link),
    STORE_TEST(a_backup_into_a_folder_that_is_not_there_is_refused),
    STORE_TEST(a_backup_that_cannot_be_written_leaves_nothing),
    STORE_TEST(a_backup_is_made_while_others_read),
    STORE_TEST(restoring_to_where_something_is_touches_nothing),
    STORE_TEST(a_folder_is_no_backup),
    STORE_TEST(restoring_can_be_watched_and_stopped_at_any_moment),
    STORE_TEST(a_store_that_cannot_be_restored_for_want_of_space_leaves_nothing),
    STORE_TEST(any_byte_of_a_backup_changed_is_refused_or_changes_nothing),
    STORE_TEST(a_changed_byte_of_a_database_in_a_backup_is_never_harmless),
    STORE_TEST(a_backup_cut_short_or_longer_is_refused_or_whole),
};

static const struct {
    const char *name;
    const struct CMUnitTest *tests;
    size_t count;
} groups[] = {
    {"stores", single, COUNT(single)},
    {"bad creations", bad_creations, COUNT(bad_creations)},
    {"bad openings", bad_openings, COUNT(bad_openings)},
    {"attacks", attacks, COUNT(attacks)},
    {"bad restorings", bad_restorings, COUNT(bad_restorings)},
    {"odd archives", odd_archives, COUNT(odd_archives)},
};

/* "count" and "hold" are this program as the other process of its own tests; see start_process. */
int main(int argc, char **argv) {
    int failed = 0;
    void *made = NULL;
    if (argc == 4)
        return other_process(argv[1], argv[2], argv[3]);
    if (make_both(&made) != 0)
        return 1;
    for (size_t i = 0; i < COUNT(groups); i++)
        failed += _cmocka_run_group_tests(groups[i].name, groups[i].tests, groups[i].count, NULL, NULL);
    remove_both(NULL);
    return failed;
}
