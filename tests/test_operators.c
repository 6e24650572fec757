/* Operators, their keys, and proof that nothing was rewritten: what each role may do, passphrases given and taken,
 * stores under new keys, and what somebody can try who has some of the keys.
 *
 * One sample store is made with an operator of each role; each test works on a copy. The passphrases are typed where
 * they are the point; else the recovery key opens, which needs no Argon2. Attacks go past the library, through raw.h,
 * with keys that the attacker has: each is found where the test says, and each has a control that is not. Power cuts
 * are test_powercut.c's. */
#include "raw.h"
#include "vault/parts.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define ON_LAST_DAY 20101231

enum { RESIDENTS = 12 };

/* ---- the sample ---- */

typedef struct person {
    const char *name, *role, *passphrase;
} person;

#define CHIEF "李站长"
static const person people[] = {
    {"admin", "admin", PASSPHRASE},
    {CHIEF, "admin", "seven lanterns above a harbour"},
    {"nurse", "clinician", "eleven pears in a paper bag"},
    {"counter", "statistician", "nine swallows under the eaves"},
    {"auditor", "auditor", "three bridges and one ferry"},
};

static const char *passphrase_of(const char *name) {
    for (size_t i = 0; i < COUNT(people); i++)
        if (strcmp(people[i].name, name) == 0)
            return people[i].passphrase;
    fail_msg("nobody is called %s", name);
    return NULL;
}

/* f->store becomes the store as `name` opens it with the sample's passphrase; NULL: with the recovery key. */
static void become(fixture *f, const char *name) {
    close_store(f);
    f->store = new_handle(HR_LANGUAGE_EN);
    if (name)
        assert_status(f->store, HR_OK, open_as(f->store, f->path, name, passphrase_of(name)));
    else
        assert_status(f->store, HR_OK, open_with_key(f->store, f->path, f->recovery));
}

/* What opening as that operator gives. */
static hr_status try_as(fixture *f, const char *name, const char *passphrase) {
    hr_store *store = new_handle(HR_LANGUAGE_EN);
    hr_status status = open_as(store, f->path, name, passphrase);
    if (status == HR_OK)
        assert_string_equal(info_of(store).operator_name, name);
    else
        assert_true(*hr_error(store) != '\0');
    hr_store_free(store);
    return status;
}

static hr_status add(hr_store *store, const char *name, const char *role, const char *passphrase) {
    hr_operator_options options = operator_of(name, role, passphrase);
    return hr_operator_add(store, &options);
}

static hr_status change(hr_store *store, const char *name, const char *passphrase) {
    hr_operator_options options = operator_of(name, NULL, passphrase);
    return hr_operator_passphrase(store, &options);
}

static void put_residents(fixture *f, int from, int to) {
    char id[ID_SIZE];
    assert_status(f->store, HR_OK, hr_batch_begin(f->store));
    for (int n = from; n < to; n++)
        put_ok(
            f, "resident",
            "{'id_number':'%s','name':'王第%d','area':'110105001001','file_opened':'2003-01-11','phone':'1380000%04d'}",
            id_number(id, 110105, 19400101, 100 + n), n, n);
    assert_status(f->store, HR_OK, hr_batch_commit(f->store));
}

static int64_t raise_call(hr_store *store) {
    int64_t call = 0;
    hr_call_options options;
    hr_call_options_init(&options);
    options.phone = "13800000001";
    options.time = "2004-05-06 07:08:09";
    assert_status(store, HR_OK, hr_call_raise(store, &options, &call, NULL));
    return call;
}

/* Everybody has opened the store once, so that opening it writes nothing more. */
static int make_staffed(void **state) {
    if (make_opened_sample(state) != 0)
        return -1;
    fixture *f = *state;
    become(f, "admin");
    put_residents(f, 0, RESIDENTS);
    raise_call(f->store);
    for (size_t i = 1; i < COUNT(people); i++)
        assert_status(f->store, HR_OK, add(f->store, people[i].name, people[i].role, people[i].passphrase));
    for (size_t i = 1; i < COUNT(people); i++)
        become(f, people[i].name);
    close_store(f);
    return 0;
}

static int closed_copy(void **state) {
    fixture *f = calloc(1, sizeof *f);
    if (!f)
        return -1;
    copy_sample(f, *state);
    *state = f;
    return 0;
}
#define STAFF(name) cmocka_unit_test_setup_teardown(name, closed_copy, remove_copy)

/* ---- what there is ---- */

/* Of every name and byte in the folder, in any order of names. */
static uint64_t folder_print(const char *folder) {
    static const unsigned char key[16] = {7};
    char path[PATH_SIZE];
    uint64_t sum = 0;
    struct dirent *name;
    DIR *names = opendir(folder);
    assert_non_null(names);
    while ((name = readdir(names))) {
        size_t size;
        if (name->d_name[0] == '.')
            continue;
        join_path(path, folder, name->d_name);
        char *bytes = read_bytes(path, &size);
        sum += hr_fingerprint(key, bytes, size) ^ (hr_fingerprint(key, name->d_name, strlen(name->d_name)) << 1);
        free(bytes);
    }
    closedir(names);
    return sum;
}

/* Figures, residents and histories as text, for free(). */
static char *state_text(hr_store *store) {
    char *text = NULL, *rates = rates_text(store, "committee", ON_LAST_DAY);
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    fputs(rates, out);
    free(rates);
    uint64_t entries = info_of(store).entries;
    for (int64_t id = 1; id <= (int64_t)entries; id++) {
        char *json = NULL;
        hr_cursor *rows = NULL;
        if (hr_resident_get(store, id, &json) != HR_OK)
            continue;
        fprintf(out, "%" PRId64 " %s\n", id, json);
        hr_free(json);
        assert_status(store, HR_OK, hr_history(store, id, &rows));
        while (hr_cursor_next(rows) == HR_OK)
            for (int i = 0; i < hr_cursor_columns(rows); i++)
                fprintf(out, "%s|", hr_cursor_text(rows, i));
        hr_cursor_free(rows);
    }
    fclose(out);
    return text;
}

/* "name:role " of each operator, in order; for free(). */
static char *operators_text(hr_store *store) {
    char *text = NULL;
    size_t size = 0;
    hr_cursor *rows = NULL;
    FILE *out = open_memstream(&text, &size);
    hr_status status;
    assert_status(store, HR_OK, hr_operators(store, &rows));
    while ((status = hr_cursor_next(rows)) == HR_OK) {
        const char *role = hr_cursor_text(rows, column_named(rows, "role"));
        fprintf(out, "%s:%s%s ", hr_cursor_text(rows, column_named(rows, "operator")), role,
                hr_cursor_integer(rows, column_named(rows, "own")) ? "*" : "");
        assert_int_equal(strlen(hr_cursor_text(rows, column_named(rows, "key"))), 64);
    }
    assert_status(store, HR_END, status);
    hr_cursor_free(rows);
    fclose(out);
    return text;
}

static void assert_operators_at(hr_store *store, const char *expected, const char *file, int line) {
    char *text = operators_text(store);
    bool same = strcmp(text, expected) == 0;
    if (!same)
        print_error("operators: %s\nexpected:  %s\n", text, expected);
    free(text);
    if (!same)
        _fail(file, line);
}
#define assert_operators(store, expected) assert_operators_at((store), (expected), __FILE__, __LINE__)

static void print_findings(hr_store *store, const char *against) {
    hr_cursor *rows = NULL;
    hr_verify_options options;
    hr_verify_options_init(&options);
    options.against = against;
    if (hr_verify(store, &options, &rows) != HR_OK)
        print_error("verify: %s\n", hr_error(store));
    while (rows && hr_cursor_next(rows) == HR_OK)
        print_error("found: %s, %s: %s\n", hr_cursor_text(rows, 0), hr_cursor_text(rows, 1), hr_cursor_text(rows, 2));
    hr_cursor_free(rows);
}

/* How many findings; `place` (NULL: anything) must be that of one whose problem has `problem`. */
static size_t find_at(hr_store *store, const char *against, const char *place, const char *problem) {
    hr_cursor *rows = NULL;
    hr_verify_options options;
    hr_verify_options_init(&options);
    options.against = against;
    bool named = place == NULL;
    size_t count = 0;
    assert_status(store, HR_OK, hr_verify(store, &options, &rows));
    while (hr_cursor_next(rows) == HR_OK) {
        count++;
        named = named || (strcmp(hr_cursor_text(rows, 1), place) == 0 && strstr(hr_cursor_text(rows, 2), problem));
    }
    hr_cursor_free(rows);
    if (!named) {
        print_findings(store, against);
        fail_msg("nothing about %s: %s", place, problem);
    }
    return count;
}

static void assert_clean_at(hr_store *store, const char *against, const char *file, int line) {
    if (find_at(store, against, NULL, NULL) == 0)
        return;
    print_findings(store, against);
    _fail(file, line);
}
#define assert_clean(store) assert_clean_at((store), NULL, __FILE__, __LINE__)
#define assert_clean_against(store, slip) assert_clean_at((store), (slip), __FILE__, __LINE__)

static int64_t logged(fixture *f, const char *sql) {
    sqlite3 *db = raw_open(f);
    int64_t count = raw_count(db, sql);
    raw_close(db);
    return count;
}

/* ---- operators ---- */

static void each_role_opens_with_its_own_passphrase(void **state) {
    fixture *f = *state;
    for (size_t i = 0; i < COUNT(people); i++) {
        become(f, people[i].name);
        hr_store_info info = info_of(f->store);
        assert_string_equal(info.operator_name, people[i].name);
        assert_string_equal(info.role, people[i].role);
        assert_int_equal(info.residents, RESIDENTS);
        for (size_t j = 0; j < COUNT(people); j++)
            if (i != j && j < 3)
                assert_int_equal(try_as(f, people[i].name, people[j].passphrase), HR_PASSPHRASE);
    }
    become(f, NULL);
    assert_string_equal(info_of(f->store).role, "recovery");
    assert_clean(f->store);
}

static void operators_are_listed_to_everybody(void **state) {
    fixture *f = *state;
    become(f, "admin");
    assert_operators(f->store, "admin:admin* recovery:recovery " CHIEF ":admin nurse:clinician counter:statistician "
                               "auditor:auditor ");
    become(f, "counter");
    assert_operators(f->store, "admin:admin recovery:recovery " CHIEF ":admin nurse:clinician counter:statistician* "
                               "auditor:auditor ");
    become(f, "auditor");
    assert_operators(f->store, "admin:admin recovery:recovery " CHIEF ":admin nurse:clinician counter:statistician "
                               "auditor:auditor* ");
    become(f, NULL);
    assert_operators(f->store, "admin:admin recovery:recovery* " CHIEF ":admin nurse:clinician counter:statistician "
                               "auditor:auditor ");
}

static void refuse(fixture *f, hr_status want, const char *name, const char *role, const char *passphrase,
                   const char *message) {
    assert_status(f->store, want, add(f->store, name, role, passphrase));
    assert_text_has(hr_error(f->store), message);
}

static void names_and_roles_that_cannot_be_are_refused(void **state) {
    fixture *f = *state;
    static const char good[] = "thirteen blue umbrellas drying";
    char name65[66];
    become(f, NULL);
    uint64_t before = folder_print(f->path);
    memset(name65, 'a', 65);
    name65[65] = '\0';
    refuse(f, HR_INVALID, "nurse", "admin", good, "already");
    refuse(f, HR_INVALID, "", "admin", good, "1 to 64");
    refuse(f, HR_INVALID, name65, "admin", good, "1 to 64");
    refuse(f, HR_INVALID, " nurse", "admin", good, "spaces");
    refuse(f, HR_INVALID, "nurse ", "admin", good, "spaces");
    refuse(f, HR_INVALID, "nu\nrse", "admin", good, "printable");
    refuse(f, HR_INVALID, "nu\xffrse", "admin", good, "printable");
    refuse(f, HR_INVALID, "recovery", "admin", good, "recovery");
    refuse(f, HR_INVALID, "somebody", "recovery", good, "role");
    refuse(f, HR_INVALID, "somebody", "doctor", good, "role");
    refuse(f, HR_INVALID, "somebody", "", good, "role");
    refuse(f, HR_INVALID, "somebody", NULL, good, "role");
    refuse(f, HR_INVALID, NULL, "admin", good, "argument");
    refuse(f, HR_INVALID, "somebody", "admin", NULL, "argument");
    assert_int_equal(folder_print(f->path), before);
    name65[64] = '\0'; /* the controls */
    assert_status(f->store, HR_OK, add(f->store, name65, "auditor", good));
    assert_int_equal(try_as(f, name65, good), HR_OK);
    assert_clean(f->store);
}

static hr_status check(fixture *f, const char *name, const char *role) {
    hr_operator_options options = operator_of(name, role, NULL);
    return hr_operator_check(f->store, &options);
}

static void whether_somebody_can_be_added_is_known_before_his_passphrase(void **state) {
    fixture *f = *state;
    become(f, NULL);
    uint64_t before = folder_print(f->path);
    assert_status(f->store, HR_INVALID, check(f, "nurse", "admin"));
    assert_text_has(hr_error(f->store), "already");
    assert_status(f->store, HR_INVALID, check(f, "recovery", "admin"));
    assert_status(f->store, HR_INVALID, check(f, "somebody", "doctor"));
    assert_text_has(hr_error(f->store), "role");
    assert_status(f->store, HR_INVALID, check(f, NULL, "admin"));
    assert_status(f->store, HR_OK, check(f, "somebody", "auditor"));
    assert_int_equal(folder_print(f->path), before);
    become(f, "nurse");
    assert_status(f->store, HR_DENIED, check(f, "somebody", "auditor"));
}

static void a_name_is_the_same_composed_or_decomposed(void **state) {
    fixture *f = *state;
    static const char composed[] = "Zo\xc3\xab", decomposed[] = "Zoe\xcc\x88",
                      good[] = "thirteen blue umbrellas drying";
    become(f, NULL);
    assert_status(f->store, HR_OK, add(f->store, decomposed, "clinician", good));
    refuse(f, HR_INVALID, composed, "auditor", good, "already");
    refuse(f, HR_INVALID, decomposed, "auditor", good, "already");
    assert_int_equal(try_as(f, composed, good), HR_OK);
    hr_store *store = new_handle(HR_LANGUAGE_EN);
    assert_status(store, HR_OK, open_as(store, f->path, decomposed, good));
    assert_string_equal(info_of(store).operator_name, composed);
    hr_store_free(store);
    assert_status(f->store, HR_OK, change(f->store, decomposed, "fourteen blue umbrellas drying"));
    assert_status(f->store, HR_OK, hr_operator_remove(f->store, decomposed, NULL, NULL));
    assert_clean(f->store);
}

static void easy_passphrases_are_refused(void **state) {
    fixture *f = *state;
    static const struct {
        const char *passphrase, *message;
    } easy[] = {
        {"", "12"},
        {"elevenchars", "12"},
        {"one two three", ""},
        {"passwordpassword", ""},
        {"123456789012", ""},
        {"qwertyuiopas", ""},
        {"aaaaaaaaaaaaaaaa", ""},
        {"口令口令", "12"},
        {"e\xcc\x81leven char", "12"}, /* twelve code points before NFC, eleven after */
    };
    become(f, NULL);
    uint64_t before = folder_print(f->path);
    for (size_t i = 0; i < COUNT(easy); i++) {
        if (strcmp(easy[i].passphrase, "one two three") == 0)
            continue; /* thirteen characters: good enough, and no control */
        refuse(f, HR_INVALID, "somebody", "auditor", easy[i].passphrase, easy[i].message);
        assert_status(f->store, HR_INVALID, change(f->store, "nurse", easy[i].passphrase));
    }
    assert_int_equal(folder_print(f->path), before);
    assert_int_equal(try_as(f, "nurse", passphrase_of("nurse")), HR_OK);
    /* six short words, and what is typed composed or decomposed */
    assert_status(f->store, HR_OK, add(f->store, "words", "auditor", "z a m e k t"));
    assert_int_equal(try_as(f, "words", "z a m e k t"), HR_OK);
    assert_status(f->store, HR_OK, change(f->store, "words", "caf\xc3\xa9 au lait, please"));
    assert_int_equal(try_as(f, "words", "cafe\xcc\x81 au lait, please"), HR_OK);
    assert_int_equal(try_as(f, "words", "cafe au lait, please"), HR_PASSPHRASE);
}

static void argon2_settings_have_bounds_and_stay_as_they_were(void **state) {
    fixture *f = *state;
    hr_operator_options o = operator_of("slow", "auditor", "thirteen blue umbrellas drying");
    become(f, NULL);
    o.kdf_ops = 2;
    assert_status(f->store, HR_INVALID, hr_operator_add(f->store, &o));
    o.kdf_ops = 17;
    assert_status(f->store, HR_INVALID, hr_operator_add(f->store, &o));
    o.kdf_ops = 3;
    o.kdf_mib = 63;
    assert_status(f->store, HR_INVALID, hr_operator_add(f->store, &o));
    o.kdf_mib = 65;
    assert_status(f->store, HR_OK, hr_operator_add(f->store, &o));
    o.kdf_ops = o.kdf_mib = 0; /* as before */
    o.passphrase = "fourteen blue umbrellas drying";
    assert_status(f->store, HR_OK, hr_operator_passphrase(f->store, &o));
    hr_slots *slots = NULL;
    hr_slot_info info;
    hr_err err;
    hr_err_init(&err, HR_LANGUAGE_EN);
    hr_keys *keys = raw_keys(f);
    assert_int_equal(hr_slots_begin(&err, f->path, keys, &slots), HR_OK);
    assert_int_equal(hr_slots_find(&err, slots, "slow", &info), HR_OK);
    assert_int_equal(info.kdf.ops, 3);
    assert_int_equal(info.kdf.mib, 65);
    hr_slots_free(slots);
    hr_secret_free(keys);
}

/* ---- what a role may do ---- */

static hr_status rows_of(hr_store *store, hr_status status, hr_cursor *rows) {
    hr_status end = HR_END;
    if (status != HR_OK) {
        assert_null(rows);
        return status;
    }
    while ((end = hr_cursor_next(rows)) == HR_OK)
        continue;
    hr_cursor_free(rows);
    (void)store;
    return end == HR_END ? HR_OK : end;
}
#define ROWS(call)                                                                                                     \
    hr_cursor *rows = NULL;                                                                                            \
    hr_status status = call;                                                                                           \
    return rows_of(f->store, status, rows)

static int64_t first_resident(fixture *f) {
    (void)f;
    static int64_t id; /* the sample's, the same in every copy */
    if (!id) {
        fixture g = *f;
        g.store = new_handle(HR_LANGUAGE_EN);
        char number[ID_SIZE];
        assert_status(g.store, HR_OK, open_with_key(g.store, g.path, g.recovery));
        assert_status(g.store, HR_OK, hr_resident_lookup(g.store, id_number(number, 110105, 19400101, 100), &id));
        hr_store_free(g.store);
    }
    return id;
}

static hr_status do_info(fixture *f) {
    hr_store_info info;
    hr_store_info_init(&info);
    return hr_store_info_get(f->store, &info);
}
static hr_status do_rates(fixture *f) {
    hr_rates_options o;
    hr_rates_options_init(&o);
    ROWS(hr_rates(f->store, &o, &rows));
}
static hr_status do_rates_known_at(fixture *f) {
    hr_rates_options o;
    hr_rates_options_init(&o);
    o.known_at = "#5";
    ROWS(hr_rates(f->store, &o, &rows));
}
static hr_status do_trend(fixture *f) {
    hr_trend_options o;
    hr_trend_options_init(&o);
    o.indicators = "resident_files";
    o.from = 20030101;
    ROWS(hr_trend(f->store, &o, &rows));
}
static hr_status do_trend_known_at(fixture *f) {
    hr_trend_options o;
    hr_trend_options_init(&o);
    o.indicators = "resident_files";
    o.from = 20030101;
    o.known_at = "#5";
    ROWS(hr_trend(f->store, &o, &rows));
}
static hr_status do_indicators(fixture *f) {
    ROWS(hr_indicators(f->store, &rows));
}
static hr_status do_tallies(fixture *f) {
    ROWS(hr_tallies(f->store, &rows));
}
static hr_status do_columns(fixture *f) {
    ROWS(hr_columns(f->store, "residents", &rows));
}
static hr_status do_operators(fixture *f) {
    ROWS(hr_operators(f->store, &rows));
}
static hr_status do_head(fixture *f) {
    char *head = NULL;
    hr_status status = hr_log_head(f->store, &head);
    assert_true((status == HR_OK) == (head != NULL));
    hr_free(head);
    return status;
}
static hr_status do_get(fixture *f) {
    char *json = NULL;
    hr_status status = hr_resident_get(f->store, first_resident(f), &json);
    assert_true((status == HR_OK) == (json != NULL));
    hr_free(json);
    return status;
}
static hr_status do_lookup(fixture *f) {
    int64_t id;
    char number[ID_SIZE];
    return hr_resident_lookup(f->store, id_number(number, 110105, 19400101, 100), &id);
}
static hr_status do_entry_find(fixture *f) {
    char form[HR_FORM_SIZE];
    int64_t resident;
    return hr_entry_find(f->store, first_resident(f), form, &resident);
}
static hr_status do_find(fixture *f) {
    ROWS(hr_find(f->store, "王", 0, &rows));
}
static hr_status do_list(fixture *f) {
    hr_list_options o;
    hr_list_options_init(&o);
    o.cohort = "all";
    ROWS(hr_list(f->store, &o, &rows));
}
static hr_status do_history(fixture *f) {
    ROWS(hr_history(f->store, first_resident(f), &rows));
}
static hr_status do_check(fixture *f) {
    ROWS(hr_check(f->store, NULL, NULL, &rows));
}
static hr_status do_duplicates(fixture *f) {
    ROWS(hr_duplicates(f->store, NULL, NULL, &rows));
}
static hr_status do_calls(fixture *f) {
    ROWS(hr_calls(f->store, 1, 0, 0, &rows));
}
static hr_status do_call_times(fixture *f) {
    ROWS(hr_call_times(f->store, 0, 0, NULL, &rows));
}
static hr_status do_card(fixture *f) {
    char *card = NULL;
    for (int64_t at = first_resident(f); at < first_resident(f) + 40; at++) {
        hr_status status = hr_call_card(f->store, at, &card);
        hr_free(card);
        if (status != HR_NOT_FOUND)
            return status;
    }
    return HR_NOT_FOUND;
}
static hr_status do_verify(fixture *f) {
    ROWS(hr_verify(f->store, NULL, &rows));
}
static hr_status do_put(fixture *f) {
    return hr_put(f->store, "resident",
                  "{\"name\":\"新人\",\"sex\":\"male\",\"birth_date\":\"1950-01-02\",\"area\":\"110105001001\"}", NULL,
                  NULL);
}
static hr_status do_put_area(fixture *f) {
    return hr_put(f->store, "area", "{\"area\":\"110108002\",\"name\":\"街道\"}", NULL, NULL);
}
static hr_status do_amend(fixture *f) {
    return hr_amend(f->store, first_resident(f), "{\"phone\":\"13900000000\"}", NULL);
}
static hr_status do_entry(fixture *f) {
    return hr_entry_add(f->store, first_resident(f), "note", "{\"date\":\"2004-01-02\",\"text\":\"甲\"}", NULL, NULL,
                        NULL);
}
static hr_status do_entry_amend(fixture *f) {
    hr_entry_options o;
    hr_entry_options_init(&o);
    o.why = "a test";
    return hr_entry_amend(f->store, first_resident(f) + 1, "{\"name\":\"别名\"}", &o, NULL);
}
static hr_status do_unify(fixture *f) {
    hr_entry_options o;
    hr_entry_options_init(&o);
    o.why = "a test";
    o.force = 1;
    return hr_unify(f->store, first_resident(f), first_resident(f) + 1, &o, NULL);
}
static hr_status do_batch(fixture *f) {
    hr_status status = hr_batch_begin(f->store);
    if (status == HR_OK)
        hr_batch_rollback(f->store);
    return status;
}
static hr_status do_import(fixture *f) {
    hr_import_result result;
    hr_import_result_init(&result);
    write_text(path_in(f, "roster.csv"), "姓名,性别,出生日期,区划代码\n李某,男,1950-01-02,110105001001\n");
    return hr_import(f->store, path_in(f, "roster.csv"), NULL, &result);
}
static hr_status do_raise(fixture *f) {
    hr_call_options o;
    hr_call_options_init(&o);
    o.phone = "13800000002";
    return hr_call_raise(f->store, &o, NULL, NULL);
}
static hr_status do_backup(fixture *f) {
    hr_status status = hr_backup(f->store, path_in(f, "a.backup"), NULL, NULL);
    assert_true((status == HR_OK) == path_exists(path_in(f, "a.backup")));
    unlink(path_in(f, "a.backup"));
    return status;
}
static hr_status do_own_passphrase(fixture *f) {
    return change(f->store, NULL, "fifteen green kettles whistling");
}
static hr_status do_other_passphrase(fixture *f) {
    return change(f->store, CHIEF, "fifteen green kettles whistling");
}
static hr_status do_add(fixture *f) {
    return add(f->store, "new", "clinician", "fifteen green kettles whistling");
}
static hr_status do_recovery_key(fixture *f) {
    char key[HR_RECOVERY_KEY_SIZE];
    assert_status(f->store, HR_OK, hr_recovery_key_new(f->store, key));
    return hr_recovery_key_replace(f->store, key);
}
static hr_status do_room(fixture *f) {
    uint64_t needed = 0, available = 0;
    return hr_rotate_room(f->store, &needed, &available);
}
static hr_status do_rotate(fixture *f) {
    return hr_rotate(f->store, NULL, NULL);
}
static hr_status do_remove(fixture *f) {
    return hr_operator_remove(f->store, CHIEF, NULL, NULL);
}

/* In the order of `people` after the first: A another administrator, C, S, U. */
static const struct {
    const char *name, *who;
    hr_status (*run)(fixture *f);
} deeds[] = {
    {"info", "ACSU", do_info},
    {"rates", "ACSU", do_rates},
    {"trend", "ACSU", do_trend},
    {"indicators", "ACSU", do_indicators},
    {"tallies", "ACSU", do_tallies},
    {"columns", "ACSU", do_columns},
    {"operators", "ACSU", do_operators},
    {"log --head", "ACSU", do_head},
    {"rates known at", "AC U", do_rates_known_at},
    {"trend known at", "AC U", do_trend_known_at},
    {"get", "AC U", do_get},
    {"lookup", "AC U", do_lookup},
    {"entry find", "AC U", do_entry_find},
    {"find", "AC U", do_find},
    {"list", "AC U", do_list},
    {"history", "AC U", do_history},
    {"check", "AC U", do_check},
    {"duplicates", "AC U", do_duplicates},
    {"calls", "AC U", do_calls},
    {"call times", "ACSU", do_call_times},
    {"card", "AC U", do_card},
    {"verify", "AC U", do_verify},
    {"put", "AC  ", do_put},
    {"put area", "AC  ", do_put_area},
    {"amend", "AC  ", do_amend},
    {"entry add", "AC  ", do_entry},
    {"entry amend", "AC  ", do_entry_amend},
    {"unify", "AC  ", do_unify},
    {"batch", "AC  ", do_batch},
    {"import", "AC  ", do_import},
    {"call raise", "AC  ", do_raise},
    {"backup", "AC  ", do_backup},
    {"another's passphrase", "A   ", do_other_passphrase},
    {"operator add", "A   ", do_add},
    {"recovery key", "A   ", do_recovery_key},
    {"rotate room", "A   ", do_room},
    {"rotate", "A   ", do_rotate},
    {"own passphrase", "ACSU", do_own_passphrase},
};

static void a_role_may_do_what_it_may(fixture *f, size_t who) {
    size_t wrong = 0;
    first_resident(f);
    become(f, people[who].name);
    for (size_t i = 0; i < COUNT(deeds); i++) {
        bool may = deeds[i].who[who - 1] != ' ';
        uint64_t before = folder_print(f->path);
        hr_status status = deeds[i].run(f);
        if (status == (may ? HR_OK : HR_DENIED) && (may || folder_print(f->path) == before) &&
            (may || *hr_error(f->store)))
            continue;
        print_error("%s, %s: %s %s%s\n", people[who].role, deeds[i].name, hr_status_name(status),
                    status == HR_OK ? "" : hr_error(f->store),
                    !may && folder_print(f->path) != before ? " and the files have changed" : "");
        wrong++;
    }
    assert_int_equal(wrong, 0);
    close_store(f);
    assert_int_equal(try_as(f, people[who].name, people[who].passphrase), HR_PASSPHRASE);
    assert_int_equal(try_as(f, people[who].name, "fifteen green kettles whistling"), HR_OK);
    f->store = new_handle(HR_LANGUAGE_EN);
    assert_status(f->store, HR_OK, open_as(f->store, f->path, "admin", PASSPHRASE));
    assert_clean(f->store);
}

static void an_administrator_may_do_everything(void **state) {
    a_role_may_do_what_it_may(*state, 1);
}
static void a_clinician_changes_no_operators(void **state) {
    a_role_may_do_what_it_may(*state, 2);
}
static void a_statistician_sees_figures_alone(void **state) {
    a_role_may_do_what_it_may(*state, 3);
}
static void an_auditor_changes_nothing(void **state) {
    a_role_may_do_what_it_may(*state, 4);
}

static void only_administrators_remove(void **state) {
    fixture *f = *state;
    for (size_t who = 2; who < COUNT(people); who++) {
        become(f, people[who].name);
        uint64_t before = folder_print(f->path);
        assert_status(f->store, HR_DENIED, do_remove(f));
        assert_int_equal(folder_print(f->path), before);
    }
    become(f, "admin");
    assert_status(f->store, HR_OK, do_remove(f));
}

/* All roles see the same figures; a statistician does not need more. */
static void a_statistician_sees_the_same_figures(void **state) {
    fixture *f = *state;
    become(f, "admin");
    char *all = rates_text(f->store, "committee", ON_LAST_DAY);
    become(f, "counter");
    char *figures = rates_text(f->store, "committee", ON_LAST_DAY);
    assert_string_equal(figures, all);
    assert_text_has(all, "110105001001");
    free(all);
    free(figures);
}

/* ---- the memory of a statistician's process ---- */

/* Opens the store in a process of its own, made anew, and waits with it open: what `sit` does with the arguments. */
static int sit(const char *path, const char *name, const char *passphrase) {
    char byte;
    hr_store *store = new_handle(HR_LANGUAGE_EN);
    if (open_as(store, path, name, passphrase) != HR_OK)
        return 1;
    hr_cursor *rows = NULL;
    hr_rates_options o;
    hr_rates_options_init(&o);
    if (hr_rates(store, &o, &rows) != HR_OK)
        return 1;
    while (hr_cursor_next(rows) == HR_OK)
        continue;
    hr_cursor_free(rows);
    prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
    if (write(1, "", 1) != 1 || read(0, &byte, 1) != 0)
        return 1;
    hr_store_free(store);
    return 0;
}

/* How often the bytes are in the process's memory. */
static size_t count_in_memory(pid_t process, const void *needle, size_t size) {
    char path[64], line[512];
    size_t found = 0;
    snprintf(path, sizeof path, "/proc/%d/maps", (int)process);
    FILE *maps = fopen(path, "r");
    snprintf(path, sizeof path, "/proc/%d/mem", (int)process);
    int memory = open(path, O_RDONLY | O_CLOEXEC);
    assert_non_null(maps);
    assert_true(memory >= 0);
    while (fgets(line, sizeof line, maps)) {
        char *at;
        uint64_t from = strtoull(line, &at, 16), to = strtoull(at + 1, &at, 16);
        if (at[1] != 'r')
            continue;
        unsigned char *bytes = malloc(to - from);
        assert_non_null(bytes);
        ssize_t got = pread(memory, bytes, to - from, (off_t)from);
        for (unsigned char *hit = bytes; got > 0; found++, hit++)
            if (!(hit = memmem(hit, (size_t)(bytes + got - hit), needle, size)))
                break;
        free(bytes);
    }
    fclose(maps);
    close(memory);
    return found;
}

typedef struct keys_seen {
    size_t chart, chart_hex, chart_raw, facts;
} keys_seen;

static keys_seen keys_in_process_of(fixture *f, const char *name) {
    int out[2], in[2], code;
    char byte, hex[97];
    assert_int_equal(pipe(out), 0);
    assert_int_equal(pipe(in), 0);
    pid_t child = fork();
    if (child == 0) {
        dup2(in[0], 0);
        dup2(out[1], 1);
        close(in[1]);
        close(out[0]);
        execl("/proc/self/exe", "test_operators", "sit", f->path, name, passphrase_of(name), NULL);
        _exit(1);
    }
    close(out[1]);
    close(in[0]);
    assert_int_equal(read(out[0], &byte, 1), 1);
    hr_keys *keys = raw_keys(f);
    hr_database_key(keys, "chart", hex);
    unsigned char raw[32];
    for (int i = 0; i < 32; i++) {
        char two[3] = {hex[2 * i], hex[2 * i + 1], '\0'};
        raw[i] = (unsigned char)strtoul(two, NULL, 16);
    }
    keys_seen seen = {.chart = count_in_memory(child, keys->chart, HR_KEY_SIZE),
                      .chart_hex = count_in_memory(child, hex, 64),
                      .chart_raw = count_in_memory(child, raw, sizeof raw),
                      .facts = count_in_memory(child, keys->facts, HR_KEY_SIZE)};
    hr_secret_free(keys);
    close(in[1]);
    close(out[0]);
    assert_int_equal(waitpid(child, &code, 0), child);
    assert_int_equal(code, 0);
    return seen;
}

static void the_chart_s_key_is_not_in_a_statistician_s_process(void **state) {
    if (SANITIZED)
        skip(); /* its shadow memory is terabytes */
    keys_seen seen = keys_in_process_of(*state, "counter");
    assert_int_equal(seen.chart + seen.chart_hex + seen.chart_raw, 0);
    assert_true(seen.facts > 0); /* the search does find what is there */
    seen = keys_in_process_of(*state, "admin");
    assert_true(seen.chart > 0);
    assert_true(seen.chart_hex + seen.chart_raw > 0);
}

/* ---- passphrases and the recovery key ---- */

#define NEW_PASSPHRASE "sixteen grey herons at dawn"

static void the_old_passphrase_is_refused_after_a_new_one(void **state) {
    fixture *f = *state;
    for (size_t i = 0; i < COUNT(people); i++) {
        become(f, people[i].name);
        bool tells = strcmp(people[i].role, "statistician") != 0;
        uint64_t entries = tells ? entries_said(f->store) : info_of(f->store).entries;
        assert_status(f->store, HR_OK, change(f->store, NULL, NEW_PASSPHRASE));
        assert_int_equal(try_as(f, people[i].name, people[i].passphrase), HR_PASSPHRASE);
        assert_int_equal(try_as(f, people[i].name, NEW_PASSPHRASE), HR_OK);
        /* the log tells of it, unless he cannot write there */
        assert_int_equal(tells ? entries_said(f->store) : info_of(f->store).entries, entries + tells);
        /* the open handle goes on, with what he may */
        assert_status(f->store, HR_OK, do_rates(f));
        assert_status(f->store, HR_OK, do_operators(f));
        assert_status(f->store, HR_OK, change(f->store, people[i].name, people[i].passphrase));
        assert_int_equal(try_as(f, people[i].name, people[i].passphrase), HR_OK);
    }
    become(f, "admin");
    assert_status(f->store, HR_OK, do_put(f)); /* signed with the newest key */
    assert_clean(f->store);
}

static void a_handle_goes_on_writing_after_its_own_new_passphrase(void **state) {
    fixture *f = *state;
    become(f, "nurse");
    assert_status(f->store, HR_OK, do_put_area(f));
    assert_status(f->store, HR_OK, change(f->store, NULL, NEW_PASSPHRASE));
    assert_status(f->store, HR_OK, do_amend(f));
    assert_status(f->store, HR_OK, do_entry(f));
    assert_clean(f->store);
}

static void administrators_and_the_recovery_key_give_others_new_passphrases(void **state) {
    fixture *f = *state;
    static const char *const by[] = {CHIEF, NULL};
    for (size_t i = 0; i < COUNT(by); i++)
        for (size_t j = 0; j < COUNT(people); j++) {
            const char *next = i == 0 ? NEW_PASSPHRASE : people[j].passphrase;
            const char *last = i == 0 ? people[j].passphrase : NEW_PASSPHRASE;
            if (by[i] && strcmp(by[i], people[j].name) == 0)
                continue;
            if (!by[i] && strcmp(CHIEF, people[j].name) == 0)
                last = people[j].passphrase;
            become(f, by[i]);
            assert_status(f->store, HR_OK, change(f->store, people[j].name, next));
            if (strcmp(last, next) != 0)
                assert_int_equal(try_as(f, people[j].name, last), HR_PASSPHRASE);
            assert_int_equal(try_as(f, people[j].name, next), HR_OK);
        }
    become(f, NULL);
    assert_status(f->store, HR_NOT_FOUND, change(f->store, "nobody", NEW_PASSPHRASE));
    assert_status(f->store, HR_INVALID, change(f->store, NULL, NEW_PASSPHRASE));
    assert_status(f->store, HR_INVALID, change(f->store, "recovery", NEW_PASSPHRASE));
    assert_clean(f->store);
}

static void a_new_recovery_key_takes_the_place_of_the_old_one(void **state) {
    fixture *f = *state;
    char old[HR_RECOVERY_KEY_SIZE], next[HR_RECOVERY_KEY_SIZE], mistyped[HR_RECOVERY_KEY_SIZE];
    memcpy(old, f->recovery, sizeof old);
    for (int own = 0; own < 2; own++) {
        become(f, own ? NULL : "admin");
        assert_status(f->store, HR_OK, hr_recovery_key_new(f->store, next));
        memcpy(mistyped, next, sizeof mistyped);
        mistyped[0] = mistyped[0] == 'A' ? 'B' : 'A';
        assert_status(f->store, HR_INVALID, hr_recovery_key_replace(f->store, mistyped));
        assert_status(f->store, HR_INVALID, hr_recovery_key_replace(f->store, ""));
        assert_status(f->store, HR_INVALID, hr_recovery_key_replace(f->store, NULL));
        assert_status(f->store, HR_OK, hr_recovery_key_replace(f->store, next));
        assert_status(f->store, HR_OK, do_amend(f)); /* the handle's key goes on signing */
        assert_clean(f->store);
        hr_store *other = new_handle(HR_LANGUAGE_EN);
        assert_status(other, HR_PASSPHRASE, open_with_key(other, f->path, old));
        assert_status(other, HR_OK, open_with_key(other, f->path, next));
        hr_store_free(other);
        memcpy(old, next, sizeof old);
        memcpy(f->recovery, next, sizeof next);
    }
    assert_int_equal(logged(f, "SELECT count(*) FROM chart.entry WHERE kind = 'operator'"), 6 + 2);
}

static void some_are_never_removed(void **state) {
    fixture *f = *state;
    become(f, "admin");
    uint64_t before = folder_print(f->path);
    assert_status(f->store, HR_INVALID, hr_operator_remove(f->store, "admin", NULL, NULL));
    assert_text_has(hr_error(f->store), "himself");
    assert_status(f->store, HR_INVALID, hr_operator_remove(f->store, "recovery", NULL, NULL));
    assert_text_has(hr_error(f->store), "recovery key");
    assert_status(f->store, HR_NOT_FOUND, hr_operator_remove(f->store, "nobody", NULL, NULL));
    assert_status(f->store, HR_INVALID, hr_operator_remove(f->store, NULL, NULL, NULL));
    assert_int_equal(folder_print(f->path), before);
    become(f, NULL);
    assert_status(f->store, HR_OK, hr_operator_remove(f->store, CHIEF, NULL, NULL));
    assert_status(f->store, HR_INVALID, hr_operator_remove(f->store, "admin", NULL, NULL));
    assert_text_has(hr_error(f->store), "last administrator");
    assert_clean(f->store);
}

static void a_store_has_room_for_63_operators(void **state) {
    fixture *f = *state;
    char name[24];
    become(f, NULL);
    for (int i = 0; i < 58; i++) {
        snprintf(name, sizeof name, "number %d", i);
        assert_status(f->store, HR_OK, add(f->store, name, i % 2 ? "statistician" : "clinician", NEW_PASSPHRASE));
    }
    uint64_t before = folder_print(f->path);
    assert_status(f->store, HR_INVALID, add(f->store, "one more", "auditor", NEW_PASSPHRASE));
    assert_text_has(hr_error(f->store), "63");
    assert_int_equal(folder_print(f->path), before);
    assert_clean(f->store);
    assert_status(f->store, HR_OK, hr_operator_remove(f->store, "number 3", NULL, NULL));
    assert_status(f->store, HR_OK, add(f->store, "one more", "auditor", NEW_PASSPHRASE));
    assert_int_equal(try_as(f, "one more", NEW_PASSPHRASE), HR_OK);
    assert_int_equal(try_as(f, "number 57", NEW_PASSPHRASE), HR_OK);
    assert_clean(f->store);
}

/* Whose secret is replaced while he has the store open. He neither changes operators with the old one, nor says
 * anything that nobody could have signed. */
static void a_handle_whose_secret_was_replaced_must_open_again(void **state) {
    fixture *f = *state;
    become(f, CHIEF);
    hr_store *admin = new_handle(HR_LANGUAGE_EN);
    assert_status(admin, HR_OK, open_with_key(admin, f->path, f->recovery));
    assert_status(admin, HR_OK, change(admin, "nurse", NEW_PASSPHRASE));
    assert_status(f->store, HR_OK, do_put_area(f)); /* another's: the control */
    assert_status(admin, HR_OK, change(admin, CHIEF, NEW_PASSPHRASE));
    uint64_t before = folder_print(f->path);
    assert_status(f->store, HR_DENIED, add(f->store, "new", "admin", NEW_PASSPHRASE));
    assert_status(f->store, HR_DENIED, change(f->store, NULL, "seventeen grey herons at dawn"));
    assert_status(f->store, HR_DENIED, hr_rotate(f->store, NULL, NULL));
    assert_status(f->store, HR_DENIED, do_amend(f));
    assert_int_equal(folder_print(f->path), before);
    assert_status(f->store, HR_DENIED, do_find(f)); /* nobody could have signed that he read */
    assert_status(f->store, HR_OK, do_rates(f));
    assert_clean(admin);
    assert_status(f->store, HR_OK, open_as(f->store, f->path, CHIEF, NEW_PASSPHRASE));
    assert_status(f->store, HR_OK, do_amend(f));
    assert_clean(f->store);
    hr_store_free(admin);
}

/* ---- new keys ---- */

static void remember(fixture *f, const char *name) {
    copy_folder(f->path, path_in(f, name));
}

/* Of databases, journals and key slots there are those of one generation, and nothing else. */
static void assert_generation(fixture *f, int generation) {
    static const char *const names[] = {"keyslots", "keyslots.bak", "lock"};
    static const char *const files[] = {"chart.%d.db", "facts.%d.db", "chart.%d.db-journal", "facts.%d.db-journal"};
    char name[64], path[PATH_SIZE];
    size_t expected = 0;
    for (size_t i = 0; i < COUNT(names) + COUNT(files); i++) {
        if (i < COUNT(names))
            snprintf(name, sizeof name, "%s", names[i]);
        else
            snprintf(name, sizeof name, files[i - COUNT(names)], generation);
        join_path(path, f->path, name);
        if (i < COUNT(names) + 2)
            assert_true(path_exists(path));
        expected += path_exists(path);
    }
    assert_int_equal(files_in(f->path), expected);
}

/* Whether somebody with these keys, had they been of that generation, opens the database. */
static bool opens_with(const hr_keys *keys, uint32_t generation, const char *label, const char *path) {
    hr_keys *as = hr_secret_new(sizeof *as);
    char hex[97], key[100];
    sqlite3 *db = NULL;
    *as = *keys;
    as->generation = generation;
    hr_database_key(as, label, hex);
    snprintf(key, sizeof key, "x'%s'", hex);
    hr_secret_free(as);
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    sqlite3_exec(db, "PRAGMA cipher_default_page_size = 8192; PRAGMA cipher_log_level = NONE", NULL, NULL, NULL);
    sqlite3_key(db, key, 99);
    sqlite3_exec(db, "PRAGMA cipher_log_level = NONE", NULL, NULL, NULL);
    bool opened = sqlite3_exec(db, "SELECT count(*) FROM sqlite_schema", NULL, NULL, NULL) == SQLITE_OK;
    sqlite3_close(db);
    return opened;
}

static hr_keys *keys_of(const char *folder, const char *name, const char *passphrase) {
    hr_keys *keys = NULL;
    bool copied;
    hr_err err;
    hr_err_init(&err, HR_LANGUAGE_EN);
    assert_int_equal(hr_keyslots_open(&err, folder, name, passphrase, NULL, &keys, &copied), HR_OK);
    return keys;
}

static void new_keys_change_nobody_s_passphrase_and_nothing_that_is_said(void **state) {
    fixture *f = *state;
    become(f, "admin");
    char *before = state_text(f->store);
    uint64_t entries = entries_said(f->store);
    hr_cursor *rows = NULL;
    assert_status(f->store, HR_OK, hr_find(f->store, "王", 0, &rows));
    assert_status(f->store, HR_OK, hr_cursor_next(rows));
    assert_status(f->store, HR_OK, hr_rotate(f->store, NULL, NULL));
    assert_status(f->store, HR_INVALID, hr_cursor_next(rows)); /* its store is another one now */
    hr_cursor_free(rows);
    for (int generation = 2; generation < 4; generation++) {
        char *after = state_text(f->store);
        assert_string_equal(after, before);
        free(after);
        assert_int_equal(entries_said(f->store), entries + (uint64_t)generation - 1);
        assert_clean(f->store);
        assert_generation(f, generation);
        if (generation == 2)
            assert_status(f->store, HR_OK, hr_rotate(f->store, NULL, NULL));
    }
    for (size_t i = 0; i < COUNT(people); i++)
        assert_int_equal(try_as(f, people[i].name, people[i].passphrase), HR_OK);
    assert_status(f->store, HR_OK, do_put(f));
    assert_status(f->store, HR_OK, do_amend(f));
    assert_clean(f->store);
    become(f, NULL);
    assert_clean(f->store);
    close_store(f);
    assert_int_equal(logged(f, "SELECT count(*) FROM chart.entry WHERE kind = 'rotate'"), 2);
    assert_int_equal(logged(f, "SELECT count(*) FROM chart.signature WHERE seq ="
                               " (SELECT max(seq) FROM chart.entry WHERE kind = 'rotate')"),
                     1);
    free(before);
}

static void who_is_removed_opens_nothing_that_comes_after(void **state) {
    fixture *f = *state;
    remember(f, "old.hrs");
    become(f, "admin");
    char *before = state_text(f->store);
    assert_status(f->store, HR_OK, hr_operator_remove(f->store, "nurse", NULL, NULL));
    char *after = state_text(f->store);
    assert_string_equal(after, before);
    free(before);
    free(after);
    assert_clean(f->store);
    assert_operators(f->store, "admin:admin* recovery:recovery " CHIEF ":admin counter:statistician auditor:auditor ");
    assert_status(f->store, HR_OK, do_put(f));
    assert_clean(f->store);
    assert_generation(f, 2);
    close_store(f);
    assert_int_equal(try_as(f, "nurse", passphrase_of("nurse")), HR_NOT_FOUND);
    for (size_t i = 0; i < COUNT(people); i++)
        if (strcmp(people[i].name, "nurse") != 0)
            assert_int_equal(try_as(f, people[i].name, people[i].passphrase), HR_OK);
    hr_keys *old = keys_of(path_in(f, "old.hrs"), "nurse", passphrase_of("nurse"));
    hr_keys *now = raw_keys(f);
    assert_int_equal(now->generation, 2);
    static const char *const labels[] = {"chart", "facts"};
    for (size_t i = 0; i < COUNT(labels); i++) {
        char path[PATH_SIZE], name[32];
        snprintf(name, sizeof name, "%s.1.db", labels[i]);
        join_path(path, path_in(f, "old.hrs"), name);
        assert_true(opens_with(old, 1, labels[i], path)); /* the controls: what he had, and who may */
        assert_true(opens_with(now, 2, labels[i], database(f, labels[i])));
        assert_false(opens_with(old, 2, labels[i], database(f, labels[i])));
        assert_false(opens_with(old, 1, labels[i], database(f, labels[i])));
    }
    hr_secret_free(old);
    hr_secret_free(now);
    assert_int_equal(logged(f, "SELECT count(*) FROM chart.entry WHERE kind = 'operator'"), 7);
    assert_int_equal(logged(f, "SELECT count(*) FROM chart.entry WHERE kind = 'rotate'"), 1);
    /* the name is free again, for somebody else */
    become(f, NULL);
    assert_status(f->store, HR_OK, add(f->store, "nurse", "auditor", NEW_PASSPHRASE));
    assert_clean(f->store);
    assert_int_equal(try_as(f, "nurse", NEW_PASSPHRASE), HR_OK);
}

static void new_keys_wait_until_nobody_else_has_the_store_open(void **state) {
    fixture *f = *state;
    become(f, NULL);
    hr_store *other = new_handle(HR_LANGUAGE_EN);
    assert_status(other, HR_OK, open_as(other, f->path, "counter", passphrase_of("counter")));
    uint64_t before = folder_print(f->path);
    assert_status(f->store, HR_BUSY, hr_rotate(f->store, NULL, NULL));
    assert_int_equal(folder_print(f->path), before);
    assert_status(f->store, HR_OK, do_find(f)); /* both go on */
    hr_cursor *rows = NULL;
    assert_status(other, HR_OK, hr_indicators(other, &rows));
    hr_cursor_free(rows);
    assert_status(f->store, HR_OK, do_amend(f));
    hr_store_free(other);
    assert_status(f->store, HR_OK, hr_rotate(f->store, NULL, NULL));
    assert_generation(f, 2);
    assert_clean(f->store);
}

static void new_keys_need_no_open_batch(void **state) {
    fixture *f = *state;
    become(f, NULL);
    assert_status(f->store, HR_OK, hr_batch_begin(f->store));
    assert_status(f->store, HR_INVALID, hr_rotate(f->store, NULL, NULL));
    assert_status(f->store, HR_INVALID, add(f->store, "new", "admin", NEW_PASSPHRASE));
    assert_status(f->store, HR_INVALID, change(f->store, "nurse", NEW_PASSPHRASE));
    assert_status(f->store, HR_OK, hr_batch_commit(f->store));
    assert_status(f->store, HR_OK, hr_rotate(f->store, NULL, NULL));
}

/* ---- progress and room ---- */

typedef struct watcher {
    uint64_t calls, last, total, stop_at; /* stop_at 0: never */
    bool fell, exceeded;
} watcher;

static int see_progress(void *context, uint64_t done, uint64_t total) {
    watcher *w = context;
    w->calls++;
    w->fell = w->fell || done < w->last || (w->total && total != w->total);
    w->exceeded = w->exceeded || done > total;
    w->last = done;
    w->total = total;
    return w->stop_at && w->calls == w->stop_at;
}

static void progress_grows_and_can_stop_new_keys(void **state) {
    fixture *f = *state;
    watcher w = {.stop_at = 1};
    become(f, NULL);
    put_residents(f, 100, 600);
    char *before = state_text(f->store);
    for (;; w = (watcher){.stop_at = w.stop_at + 1}) {
        uint64_t print = folder_print(f->path);
        hr_status status = w.stop_at % 2 ? hr_rotate(f->store, see_progress, &w)
                                         : hr_operator_remove(f->store, "nurse", see_progress, &w);
        assert_false(w.fell);
        assert_false(w.exceeded);
        if (status == HR_OK)
            break;
        assert_status(f->store, HR_CANCELLED, status);
        assert_int_equal(folder_print(f->path), print);
        assert_status(f->store, HR_OK, do_find(f));
        if (w.stop_at == 1)
            assert_clean(f->store);
    }
    assert_true(w.stop_at > 3);        /* it was stopped at several places */
    assert_int_equal(w.last, w.total); /* and the last report says that all is done */
    char *after = state_text(f->store);
    assert_string_equal(after, before);
    free(before);
    free(after);
    assert_generation(f, 2);
    assert_clean(f->store);
}

/* The linker gives this to the library in place of the C library's. */
static uint64_t free_bytes; /* 0: as the system says */
int no_room(const char *path, struct statvfs *out) __asm__("statvfs") __attribute__((visibility("default")));
int no_room64(const char *path, struct statvfs *out) __asm__("statvfs64") __attribute__((visibility("default")));
int no_room(const char *path, struct statvfs *out) {
    (void)path;
    *out = (struct statvfs){.f_frsize = 4096, .f_bavail = (free_bytes ? free_bytes : (uint64_t)1 << 40) / 4096};
    return 0;
}
int no_room64(const char *path, struct statvfs *out) {
    return no_room(path, out);
}

static void too_little_room_is_told_before_anything_is_done(void **state) {
    fixture *f = *state;
    uint64_t needed = 0, available = 0;
    become(f, NULL);
    free_bytes = 5 << 20;
    assert_status(f->store, HR_OK, hr_rotate_room(f->store, &needed, &available));
    assert_int_equal(available, free_bytes);
    assert_true(needed >= file_size(database(f, "chart")) + file_size(database(f, "facts")));
    uint64_t before = folder_print(f->path);
    assert_status(f->store, HR_SYSTEM, hr_rotate(f->store, NULL, NULL));
    char number[32];
    snprintf(number, sizeof number, "%" PRIu64 " MiB", (needed >> 20) + 1);
    assert_text_has(hr_error(f->store), number);
    assert_text_has(hr_error(f->store), "5");
    assert_status(f->store, HR_SYSTEM, hr_operator_remove(f->store, "nurse", NULL, NULL));
    assert_int_equal(folder_print(f->path), before);
    free_bytes = needed + 4096;
    assert_status(f->store, HR_OK, hr_rotate(f->store, NULL, NULL));
    free_bytes = 0;
}

static void a_disk_that_fills_meanwhile_changes_nothing(void **state) {
    fixture *f = *state;
    struct rlimit old, small;
    become(f, NULL);
    put_residents(f, 100, 600);
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    size_t chart = file_size(database(f, "chart")), step = chart / 5;
    char *before = state_text(f->store);
    for (size_t limit = step; limit < chart; limit += step) {
        uint64_t print = folder_print(f->path);
        small = (struct rlimit){limit / 8192 * 8192 + 100, old.rlim_max};
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
        hr_status status = hr_rotate(f->store, NULL, NULL);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
        if (status == HR_OK) /* the copy is smaller */
            break;
        assert_status(f->store, HR_SYSTEM, status);
        assert_int_equal(folder_print(f->path), print);
        char *after = state_text(f->store);
        assert_string_equal(after, before);
        free(after);
    }
    assert_status(f->store, HR_OK, hr_rotate(f->store, NULL, NULL));
    assert_clean(f->store);
    free(before);
}

/* ---- attacks ---- */

/* Signs the log's head after entry `seq` with these keys, as docs/format.md has it. */
static void sign_at(sqlite3 *db, const hr_keys *keys, int64_t seq) {
    unsigned char head[HR_STORE_ID_SIZE + 8 + HR_HASH_SIZE], signature[HR_SIGNATURE_SIZE];
    sqlite3_stmt *row = NULL;
    memcpy(head, keys->store_id, HR_STORE_ID_SIZE);
    for (int i = 0; i < 8; i++)
        head[HR_STORE_ID_SIZE + i] = (unsigned char)((uint64_t)seq >> 8 * i);
    assert_int_equal(sqlite3_prepare_v2(db, "SELECT hash FROM chart.entry WHERE seq = ?1", -1, &row, NULL), SQLITE_OK);
    sqlite3_bind_int64(row, 1, seq);
    assert_int_equal(sqlite3_step(row), SQLITE_ROW);
    assert_int_equal(sqlite3_column_bytes(row, 0), HR_HASH_SIZE);
    memcpy(head + HR_STORE_ID_SIZE + 8, sqlite3_column_blob(row, 0), HR_HASH_SIZE);
    sqlite3_finalize(row);
    hr_sign(keys, "healthrec head", head, sizeof head, signature);
    assert_int_equal(sqlite3_prepare_v2(db, "INSERT OR REPLACE INTO chart.signature VALUES (?1, ?2)", -1, &row, NULL),
                     SQLITE_OK);
    sqlite3_bind_int64(row, 1, seq);
    sqlite3_bind_blob(row, 2, signature, sizeof signature, SQLITE_STATIC);
    assert_int_equal(sqlite3_step(row), SQLITE_DONE);
    sqlite3_finalize(row);
}

/* Makes again every signature there is. */
static void sign_all(sqlite3 *db, const hr_keys *keys) {
    int64_t seqs[64];
    size_t count = 0;
    sqlite3_stmt *row = NULL;
    assert_int_equal(sqlite3_prepare_v2(db, "SELECT seq FROM chart.signature ORDER BY seq", -1, &row, NULL), SQLITE_OK);
    while (sqlite3_step(row) == SQLITE_ROW && count < COUNT(seqs))
        seqs[count++] = sqlite3_column_int64(row, 0);
    sqlite3_finalize(row);
    assert_in_range(count, 1, COUNT(seqs) - 1);
    for (size_t i = 0; i < count; i++)
        sign_at(db, keys, seqs[i]);
}

/* Runs `sql`, makes the chain and the head fit, and signs everything again as `signer` (NULL: nobody). */
static void forge(fixture *f, const char *sql, const char *signer) {
    close_store(f);
    sqlite3 *db = raw_open(f);
    raw_run(db, sql);
    assert_true(sqlite3_total_changes(db) > 0);
    raw_rechain(db);
    if (signer) {
        hr_keys *keys = keys_of(f->path, signer, passphrase_of(signer));
        sign_all(db, keys);
        hr_secret_free(keys);
    }
    raw_close(db);
}

static char *slip_of(hr_store *store) {
    char *slip = NULL;
    assert_status(store, HR_OK, hr_log_head(store, &slip));
    return slip;
}

static int64_t slip_seq(const char *slip) {
    const char *id = strchr(slip, '.'), *seq = id ? strchr(id + 1, '.') : NULL;
    assert_non_null(seq);
    return strtoll(seq + 1, NULL, 10);
}

static void place_of(char out[32], int64_t seq) {
    snprintf(out, 32, "entry %" PRId64, seq);
}

/* A note about somebody, of which nothing is kept but the entry; and the slip of a later moment. */
typedef struct noted {
    char place[32];   /* of the note, as verify names it */
    char printed[32]; /* of the slip's newest entry */
    char *slip;
} noted;

static noted write_note(fixture *f) {
    noted n;
    int64_t seq = 0;
    become(f, "admin");
    assert_status(f->store, HR_OK,
                  hr_entry_add(f->store, first_resident(f), "note", "{\"date\":\"2004-01-02\",\"text\":\"血压偏高\"}",
                               NULL, &seq, NULL));
    assert_status(f->store, HR_OK, do_put_area(f));
    n.slip = slip_of(f->store);
    place_of(n.place, seq);
    place_of(n.printed, slip_seq(n.slip));
    assert_status(f->store, HR_OK,
                  hr_put(f->store, "area", "{\"area\":\"110108003\",\"name\":\"又一街道\"}", NULL, NULL));
    return n;
}

#define CHANGE_NOTE "UPDATE chart.entry SET body = replace(body, '偏高', '正常') WHERE kind = 'note'"

static void an_entry_changed_with_the_right_key_is_found_by_its_hash(void **state) {
    fixture *f = *state;
    noted n = write_note(f);
    assert_clean(f->store); /* the control */
    raw_tamper(f, CHANGE_NOTE);
    become(f, "nurse");
    assert_int_equal(find_at(f->store, NULL, n.place, "hash"), 1);
    free(n.slip);
}

static void a_chain_made_to_fit_is_found_by_its_signature_and_by_the_slip(void **state) {
    fixture *f = *state;
    noted n = write_note(f);
    assert_clean_against(f->store, n.slip);
    forge(f, CHANGE_NOTE, NULL);
    become(f, "auditor");
    assert_int_equal(find_at(f->store, NULL, n.place, "signature"), 3); /* and of the two commits after it */
    find_at(f->store, n.slip, n.printed, "rewritten");
    free(n.slip);
}

static void signatures_made_again_by_somebody_else_are_found(void **state) {
    fixture *f = *state;
    noted n = write_note(f);
    forge(f, CHANGE_NOTE, "nurse");
    become(f, "auditor");
    find_at(f->store, NULL, n.place, "signature");
    find_at(f->store, n.slip, n.printed, "rewritten");
    free(n.slip);
}

/* The author has all the keys that he needs to say something else than he did: only who has kept a slip can tell. */
static void an_author_who_rewrites_himself_is_found_by_the_slip_alone(void **state) {
    fixture *f = *state;
    char shorter[128];
    noted n = write_note(f);
    const char *dot = strchr(strchr(n.slip, '.') + 1, '.') + 1;
    snprintf(shorter, sizeof shorter, "%.*s", (int)(strchr(strchr(dot, '.') + 1, '.') - dot), dot);
    assert_clean_against(f->store, shorter);
    forge(f, CHANGE_NOTE, "admin");
    become(f, "auditor");
    assert_clean(f->store);
    assert_int_equal(find_at(f->store, n.slip, n.printed, "rewritten"), 1);
    assert_int_equal(find_at(f->store, shorter, n.printed, "rewritten"), 1);
    free(n.slip);
}

static void a_missing_or_spoilt_signature_is_found(void **state) {
    fixture *f = *state;
    noted n = write_note(f);
    raw_tamper(f, "UPDATE chart.signature SET signature = zeroblob(64) WHERE seq ="
                  " (SELECT seq FROM chart.entry WHERE kind = 'note')");
    become(f, "nurse");
    assert_int_equal(find_at(f->store, NULL, n.place, "signature"), 1);
    raw_tamper(f, "DELETE FROM chart.signature WHERE seq = (SELECT max(seq) FROM chart.entry)");
    become(f, "nurse");
    find_at(f->store, NULL, "signatures", "not signed");
    free(n.slip);
}

/* An entry said to be another's, between two commits of its real author. */
static void an_entry_in_another_s_name_is_found(void **state) {
    fixture *f = *state;
    noted n = write_note(f);
    forge(f, "UPDATE chart.entry SET author = (SELECT id FROM chart.author WHERE name = 'nurse') WHERE kind = 'note'",
          "admin");
    become(f, "auditor");
    find_at(f->store, NULL, n.place, "signature");
    free(n.slip);
}

static void entries_cut_off_with_head_and_signatures_are_found_by_the_slip_alone(void **state) {
    fixture *f = *state;
    become(f, "admin");
    assert_status(f->store, HR_OK, hr_rotate(f->store, NULL, NULL)); /* its entry is about nothing else */
    char *slip = slip_of(f->store), printed[32];
    place_of(printed, slip_seq(slip));
    assert_clean_against(f->store, slip);
    forge(f,
          "DELETE FROM chart.signature WHERE seq = (SELECT max(seq) FROM chart.entry);"
          "DELETE FROM chart.entry WHERE seq = (SELECT max(seq) FROM chart.entry)",
          NULL);
    become(f, "auditor");
    assert_clean(f->store);
    assert_int_equal(find_at(f->store, slip, printed, "cut off"), 1);
    free(slip);
}

static void put_back(fixture *f, const char *folder, const char *file) {
    char from[PATH_SIZE], to[PATH_SIZE];
    join_path(from, path_in(f, folder), file);
    join_path(to, f->path, file);
    copy_file(from, to);
}

static void put_back_all(fixture *f, const char *folder) {
    remove_tree(f->path);
    copy_folder(path_in(f, folder), f->path);
}

static void a_whole_earlier_moment_put_back_is_found_by_the_slip_alone(void **state) {
    fixture *f = *state;
    remember(f, "earlier.hrs");
    become(f, "nurse");
    char *before = slip_of(f->store);
    assert_status(f->store, HR_OK, do_amend(f));
    char *slip = slip_of(f->store), printed[32];
    place_of(printed, slip_seq(slip));
    close_store(f);
    put_back_all(f, "earlier.hrs");
    become(f, "nurse");
    assert_false(info_of(f->store).keyslots_foreign);
    assert_clean(f->store);
    assert_clean_against(f->store, before);
    find_at(f->store, slip, printed, "old copy");
    free(before);
    free(slip);
}

static void databases_of_an_earlier_moment_under_newer_key_slots_are_found(void **state) {
    fixture *f = *state;
    remember(f, "earlier.hrs");
    become(f, "admin");
    assert_status(f->store, HR_OK, change(f->store, "nurse", NEW_PASSPHRASE));
    close_store(f);
    put_back(f, "earlier.hrs", "chart.1.db");
    put_back(f, "earlier.hrs", "facts.1.db");
    become(f, "admin");
    assert_true(info_of(f->store).keyslots_foreign);
    find_at(f->store, NULL, "nurse", "slot");
    find_at(f->store, NULL, "file", "not the newest");
}

static void key_slots_of_an_older_generation_open_nothing(void **state) {
    fixture *f = *state;
    remember(f, "earlier.hrs");
    become(f, "admin");
    assert_status(f->store, HR_OK, hr_rotate(f->store, NULL, NULL));
    close_store(f);
    put_back(f, "earlier.hrs", "keyslots");
    put_back(f, "earlier.hrs", "keyslots.bak");
    assert_int_equal(try_as(f, "nurse", passphrase_of("nurse")), HR_MISSING_FILE);
    assert_int_equal(try_as(f, "counter", passphrase_of("counter")), HR_MISSING_FILE);
    /* the old keys on the new files, which get the old names */
    char name[PATH_SIZE];
    join_path(name, f->path, "chart.1.db");
    assert_int_equal(rename(database(f, "chart"), name), 0);
    join_path(name, f->path, "facts.1.db");
    assert_int_equal(rename(database(f, "facts"), name), 0);
    assert_int_equal(try_as(f, "nurse", passphrase_of("nurse")), HR_DAMAGED);
    assert_int_equal(try_as(f, "counter", passphrase_of("counter")), HR_DAMAGED);
}

static void key_slots_from_before_a_new_passphrase_are_found(void **state) {
    fixture *f = *state;
    remember(f, "earlier.hrs");
    become(f, NULL);
    assert_status(f->store, HR_OK, change(f->store, "nurse", NEW_PASSPHRASE));
    assert_clean(f->store);
    assert_false(info_of(f->store).keyslots_foreign);
    close_store(f);
    put_back(f, "earlier.hrs", "keyslots");
    put_back(f, "earlier.hrs", "keyslots.bak");
    become(f, "admin");
    assert_true(info_of(f->store).keyslots_foreign);
    find_at(f->store, NULL, "nurse", "slot");
    find_at(f->store, NULL, "file", "not the newest");
    /* Who got in with the old passphrase says nothing that passes for the nurse's. */
    become(f, "nurse");
    assert_true(info_of(f->store).keyslots_foreign);
    char place[32];
    assert_status(f->store, HR_OK, do_amend(f));
    place_of(place, (int64_t)info_of(f->store).entries);
    become(f, "admin");
    find_at(f->store, NULL, place, "signature");
}

/* ---- forged key slots ---- */

/* Puts a file together with these keys, as the library would, with one more operator or another passphrase. */
static void forge_slots(fixture *f, const char *who, hr_role role, const char *name) {
    hr_err err;
    hr_slots *slots = NULL;
    unsigned char sum[HR_HASH_SIZE];
    bool settled = false;
    hr_keys *keys = keys_of(f->path, who, passphrase_of(who));
    hr_err_init(&err, HR_LANGUAGE_EN);
    assert_int_equal(hr_slots_begin(&err, f->path, keys, &slots), HR_OK);
    if (role)
        assert_int_equal(hr_slots_add(&err, slots, role, name, NEW_PASSPHRASE, (hr_kdf){3, 64}), HR_OK);
    else
        assert_int_equal(hr_slots_passphrase(&err, slots, name, NEW_PASSPHRASE, (hr_kdf){0, 0}), HR_OK);
    assert_int_equal(hr_slots_prepare(&err, slots, sum), HR_OK);
    assert_int_equal(hr_slots_commit(&err, slots, &settled), HR_OK);
    assert_true(settled);
    hr_slots_free(slots);
    hr_secret_free(keys);
}

static void a_statistician_cannot_make_slots_that_others_believe(void **state) {
    fixture *f = *state;
    remember(f, "earlier.hrs");
    forge_slots(f, "counter", 0, "counter"); /* the control: his own passphrase, which he may change */
    become(f, "admin");
    assert_true(info_of(f->store).keyslots_foreign);
    close_store(f);
    static const struct {
        hr_role role;
        const char *name;
    } forged[] = {
        {HR_ROLE_CLINICIAN, "ghost"}, {HR_ROLE_STATISTICIAN, "ghost"}, {HR_ROLE_ADMIN, "ghost"}, {0, "nurse"}};
    for (size_t i = 0; i < COUNT(forged); i++) {
        put_back_all(f, "earlier.hrs");
        forge_slots(f, "counter", forged[i].role, forged[i].name);
        assert_int_equal(try_as(f, "admin", PASSPHRASE), HR_KEYSLOTS);
        assert_int_equal(try_as(f, "auditor", passphrase_of("auditor")), HR_KEYSLOTS);
        hr_store *store = new_handle(HR_LANGUAGE_EN);
        assert_status(store, HR_KEYSLOTS, open_with_key(store, f->path, f->recovery));
        hr_store_free(store);
    }
}

/* His own slot, said to be a clinician's: bytes in place, and everything made to fit that F can make. */
static void a_statistician_cannot_make_himself_a_clinician(void **state) {
    fixture *f = *state;
    char path[PATH_SIZE], copy[PATH_SIZE];
    size_t size;
    join_path(path, f->path, "keyslots");
    join_path(copy, f->path, "keyslots.bak");
    hr_keys *keys = keys_of(f->path, "counter", passphrase_of("counter"));
    for (int forged = 0; forged < 2; forged++) {
        unsigned char *bytes = (unsigned char *)read_bytes(path, &size);
        for (size_t i = 0; forged && i < hr_slot_count(bytes); i++) {
            hr_key_slot *s = (hr_key_slot *)(uintptr_t)hr_slot_at(bytes, i);
            if (s->role == HR_ROLE_STATISTICIAN) {
                s->role = HR_ROLE_CLINICIAN;
                s->flags = HR_SLOT_HAS_CHART;
            }
        }
        hr_slots_mac(bytes, size, keys, bytes + size - 2 * HR_HASH_SIZE);
        hr_slots_checksum(bytes, size, bytes + size - HR_HASH_SIZE);
        write_bytes(path, bytes, size);
        write_bytes(copy, bytes, size);
        free(bytes);
        assert_int_equal(try_as(f, "admin", PASSPHRASE), forged ? HR_KEYSLOTS : HR_OK);
        if (forged) /* what is typed unwraps nothing: the role is bound to it */
            assert_int_equal(try_as(f, "counter", passphrase_of("counter")), HR_PASSPHRASE);
    }
    hr_secret_free(keys);
}

/* Who has C can make slots that open; the log does not tell of them. */
static void a_clinician_s_forged_slots_are_found_by_the_log(void **state) {
    fixture *f = *state;
    forge_slots(f, "nurse", HR_ROLE_ADMIN, "ghost");
    become(f, "admin");
    assert_true(info_of(f->store).keyslots_foreign);
    find_at(f->store, NULL, "ghost", "slot");
    close_store(f);
    /* He has F, too, and makes the store expect them. */
    hr_keys *keys = raw_keys(f);
    sqlite3 *db = raw_open(f);
    sqlite3_stmt *row = NULL;
    assert_int_equal(sqlite3_prepare_v2(db, "UPDATE main.meta SET value = ?1 WHERE key = 'keyslots'", -1, &row, NULL),
                     SQLITE_OK);
    sqlite3_bind_blob(row, 1, keys->slots_sum, HR_HASH_SIZE, SQLITE_STATIC);
    assert_int_equal(sqlite3_step(row), SQLITE_DONE);
    sqlite3_finalize(row);
    raw_close(db);
    hr_secret_free(keys);
    become(f, "admin");
    assert_false(info_of(f->store).keyslots_foreign);
    assert_int_equal(find_at(f->store, NULL, "ghost", "slot"), 1);
}

static void a_forged_slot_gets_no_new_keys_and_can_be_removed(void **state) {
    fixture *f = *state;
    forge_slots(f, "nurse", HR_ROLE_ADMIN, "ghost");
    become(f, "admin");
    assert_status(f->store, HR_KEYSLOTS, hr_rotate(f->store, NULL, NULL));
    assert_text_has(hr_error(f->store), "ghost");
    assert_status(f->store, HR_KEYSLOTS, hr_operator_remove(f->store, "nurse", NULL, NULL));
    assert_status(f->store, HR_KEYSLOTS, add(f->store, "new", "clinician", NEW_PASSPHRASE));
    assert_generation(f, 1);
    assert_status(f->store, HR_OK, hr_operator_remove(f->store, "ghost", NULL, NULL));
    assert_clean(f->store);
    assert_status(f->store, HR_OK, hr_rotate(f->store, NULL, NULL)); /* the control: now it can be done */
    assert_int_equal(try_as(f, "ghost", NEW_PASSPHRASE), HR_NOT_FOUND);
}

/* Version 1 has no MAC that a statistician cannot make. */
static void key_slots_of_version_1_are_not_believed_of_a_newer_store(void **state) {
    fixture *f = *state;
    static const char *const names[] = {"keyslots", "keyslots.bak"};
    char path[PATH_SIZE];
    size_t size;
    hr_keys *keys = keys_of(f->path, "counter", passphrase_of("counter"));
    for (size_t i = 0; i < COUNT(names); i++) {
        join_path(path, f->path, names[i]);
        unsigned char *bytes = (unsigned char *)read_bytes(path, &size);
        hr_put32(bytes + 8, 1);
        size -= HR_HASH_SIZE;
        hr_slots_mac(bytes, size, keys, bytes + size - 2 * HR_HASH_SIZE);
        hr_slots_checksum(bytes, size, bytes + size - HR_HASH_SIZE);
        write_bytes(path, bytes, size);
        free(bytes);
    }
    hr_secret_free(keys);
    hr_secret_free(keys_of(f->path, "admin", PASSPHRASE)); /* the file by itself is a good one */
    for (size_t i = 0; i < COUNT(people); i++)
        assert_int_equal(try_as(f, people[i].name, people[i].passphrase), HR_KEYSLOTS);
}

static void a_store_that_expects_no_key_slots_any_more_is_found(void **state) {
    fixture *f = *state;
    raw_tamper(f, "DELETE FROM main.meta WHERE key = 'keyslots'");
    static const char *const names[] = {"auditor", "counter", "admin", NULL};
    for (size_t i = 0; i < COUNT(names); i++) {
        become(f, names[i]);
        assert_true(info_of(f->store).keyslots_foreign);
        if (i != 1)
            find_at(f->store, NULL, "file", "not the newest");
    }
    /* another change makes it right again */
    assert_status(f->store, HR_OK, change(f->store, "nurse", passphrase_of("nurse")));
    become(f, NULL);
    assert_false(info_of(f->store).keyslots_foreign);
    assert_clean(f->store);
}

/* ---- entries that nobody may write ---- */

/* Appends a copy of an entry, with `name` for "nurse" in it, said and signed by `author`. Its place. */
static void append_as(fixture *f, const char *author, const char *which, const char *name, char place[32]) {
    char sql[640];
    close_store(f);
    hr_keys *keys = keys_of(f->path, author, passphrase_of(author));
    sqlite3 *db = raw_open(f);
    snprintf(sql, sizeof sql,
             "INSERT INTO chart.entry (seq, writer, recorded, author, kind, effective, salt, body, hash)"
             " SELECT (SELECT max(seq) + 1 FROM chart.entry), writer, (SELECT max(recorded) FROM chart.entry),"
             "  (SELECT id FROM chart.author WHERE name = '%s'), kind, effective, randomblob(16),"
             "  replace(body, 'nurse', '%s'), zeroblob(32) FROM chart.entry WHERE %s ORDER BY seq LIMIT 1",
             author, name, which);
    raw_run(db, sql);
    assert_int_equal(sqlite3_changes(db), 1);
    raw_rechain(db);
    int64_t seq = raw_count(db, "SELECT max(seq) FROM chart.entry");
    sign_at(db, keys, seq);
    raw_close(db);
    hr_secret_free(keys);
    place_of(place, seq);
    become(f, NULL);
}

static size_t findings_at(hr_store *store, const char *place) {
    hr_cursor *rows = NULL;
    size_t count = 0;
    assert_status(store, HR_OK, hr_verify(store, NULL, &rows));
    while (hr_cursor_next(rows) == HR_OK)
        count += strcmp(hr_cursor_text(rows, 1), place) == 0;
    hr_cursor_free(rows);
    return count;
}

#define NURSE_ENTRY "kind = 'operator' AND instr(body, 'nurse') > 0"

static void operators_brought_in_by_a_clinician_are_found(void **state) {
    fixture *f = *state;
    char place[32];
    remember(f, "earlier.hrs");
    append_as(f, "nurse", NURSE_ENTRY, "ghost", place);
    find_at(f->store, NULL, place, "may not");
    put_back_all(f, "earlier.hrs");
    append_as(f, "auditor", NURSE_ENTRY, "ghost", place);
    find_at(f->store, NULL, place, "may not");
    put_back_all(f, "earlier.hrs");
    append_as(f, "admin", NURSE_ENTRY, "nurse", place); /* who is there already */
    find_at(f->store, NULL, place, "no sense");
    put_back_all(f, "earlier.hrs");
    append_as(f, "admin", NURSE_ENTRY, "ghost", place); /* the control: only a slot is wanting */
    assert_int_equal(findings_at(f->store, place), 0);
    assert_int_equal(find_at(f->store, NULL, "slots", "no slot"), 1);
}

static void an_entry_that_an_auditor_wrote_is_found(void **state) {
    fixture *f = *state;
    char place[32];
    remember(f, "earlier.hrs");
    append_as(f, "auditor", "kind = 'area' AND instr(body, '110108001002') > 0", "", place);
    assert_int_equal(find_at(f->store, NULL, place, "not allowed"), 1);
    put_back_all(f, "earlier.hrs");
    append_as(f, "nurse", "kind = 'area' AND instr(body, '110108001002') > 0", "",
              place); /* the control: says again what is so */
    assert_clean(f->store);
}

static void facts_of_another_store_are_not_read(void **state) {
    fixture *f = *state, other = {.path = ""};
    make_folder(other.folder, f->folder);
    join_path(other.path, other.folder, "other.hrs");
    make_store(&other, HR_LANGUAGE_EN);
    close_store(&other);
    remember(f, "earlier.hrs");
    copy_file(database(&other, "facts"), database(f, "facts"));
    for (size_t i = 0; i < COUNT(people); i++)
        assert_int_equal(try_as(f, people[i].name, people[i].passphrase), HR_DAMAGED);
    put_back(f, "earlier.hrs", "facts.1.db");
    copy_file(database(&other, "chart"), database(f, "chart"));
    assert_int_equal(try_as(f, "nurse", passphrase_of("nurse")), HR_DAMAGED);
    put_back(f, "earlier.hrs", "chart.1.db");
    assert_int_equal(try_as(f, "nurse", passphrase_of("nurse")), HR_OK);
}

/* ---- slips ---- */

static void everybody_s_slips_hold_whatever_happens_to_him_later(void **state) {
    fixture *f = *state;
    char *slips[COUNT(people) + 1];
    for (size_t i = 0; i <= COUNT(people); i++) {
        become(f, i < COUNT(people) ? people[i].name : NULL);
        slips[i] = slip_of(f->store);
        assert_true(strlen(slips[i]) < 400);
        assert_int_equal(strspn(slips[i], "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ."), strlen(slips[i]));
    }
    become(f, "admin");
    assert_status(f->store, HR_OK, change(f->store, "nurse", NEW_PASSPHRASE));
    assert_status(f->store, HR_OK, change(f->store, "counter", NEW_PASSPHRASE));
    assert_status(f->store, HR_OK, change(f->store, NULL, NEW_PASSPHRASE));
    assert_status(f->store, HR_OK, hr_operator_remove(f->store, "auditor", NULL, NULL));
    for (size_t i = 0; i <= COUNT(people); i++) {
        assert_clean_against(f->store, slips[i]);
        free(slips[i]);
    }
}

static void a_slip_is_read_in_small_letters_and_with_white_space(void **state) {
    fixture *f = *state;
    char typed[1024], *at = typed;
    become(f, NULL);
    char *slip = slip_of(f->store);
    for (size_t i = 0; slip[i]; i++) {
        *at++ = (char)(slip[i] >= 'A' && slip[i] <= 'Z' ? slip[i] + 32 : slip[i]);
        if (i % 40 == 39)
            *at++ = i % 80 == 79 ? '\n' : ' ';
    }
    *at = '\0';
    assert_clean_against(f->store, typed);
    free(slip);
}

static hr_status verify_against(hr_store *store, const char *against) {
    hr_cursor *rows = NULL;
    hr_verify_options options;
    hr_verify_options_init(&options);
    options.against = against;
    hr_status status = hr_verify(store, &options, &rows);
    assert_true((status == HR_OK) == (rows != NULL));
    hr_cursor_free(rows);
    return status;
}

static void every_mistyped_character_of_a_slip_is_found(void **state) {
    fixture *f = *state;
    become(f, NULL);
    char *slip = slip_of(f->store);
    assert_status(f->store, HR_OK, verify_against(f->store, slip));
    for (size_t i = 0; slip[i]; i++) {
        char right = slip[i];
        slip[i] = right == '7' ? '1' : '7';
        assert_status(f->store, HR_INVALID, verify_against(f->store, slip));
        assert_text_has(hr_error(f->store), "slip");
        slip[i] = right;
    }
    static const char *const wrong[] = {"", " ", ".", "12", "12.", ".AB", "0.", "-1.AB", "HRHEAD1", "HRHEAD1......"};
    for (size_t i = 0; i < COUNT(wrong); i++)
        assert_status(f->store, HR_INVALID, verify_against(f->store, wrong[i]));
    size_t whole = strlen(slip);
    for (size_t length = 1; length < whole; length += 7) {
        char cut = slip[length];
        slip[length] = '\0';
        assert_status(f->store, HR_INVALID, verify_against(f->store, slip));
        slip[length] = cut;
    }
    char longer[1024];
    snprintf(longer, sizeof longer, "%s.%s", slip, slip);
    assert_status(f->store, HR_INVALID, verify_against(f->store, longer));
    snprintf(longer, sizeof longer, "%sA", slip);
    assert_status(f->store, HR_INVALID, verify_against(f->store, longer));
    snprintf(longer, sizeof longer, "%s.", slip);
    assert_status(f->store, HR_INVALID, verify_against(f->store, longer));
    assert_status(f->store, HR_OK, verify_against(f->store, slip));
    free(slip);
}

static void a_slip_of_another_store_is_found(void **state) {
    fixture *f = *state, other = {.path = ""};
    make_folder(other.folder, f->folder);
    join_path(other.path, other.folder, "other.hrs");
    make_store(&other, HR_LANGUAGE_EN);
    char *slip = slip_of(other.store);
    assert_clean_against(other.store, slip);
    close_store(&other);
    become(f, "nurse");
    find_at(f->store, slip, "log", "another store");
    free(slip);
}

/* The slip's signed part, with another key and its signature. */
static void sign_slip(char out[512], const char *slip, const hr_keys *keys) {
    unsigned char key[32], signature[HR_SIGNATURE_SIZE];
    const char *end = slip;
    for (int dots = 0; dots < 5; end++)
        dots += *end == '.';
    char *at = out + snprintf(out, 512, "%.*s", (int)(end - slip), slip);
    hr_sign_public(keys, key);
    for (int i = 0; i < 32; i++)
        at += sprintf(at, "%02X", key[i]);
    hr_sign(keys, "healthrec slip", out, (size_t)(at - out), signature);
    *at++ = '.';
    for (int i = 0; i < HR_SIGNATURE_SIZE; i++)
        at += sprintf(at, "%02X", signature[i]);
}

static void a_slip_that_no_operator_signed_is_found(void **state) {
    fixture *f = *state;
    char again[512];
    hr_keys *keys = keys_of(f->path, "nurse", passphrase_of("nurse"));
    become(f, "nurse");
    char *slip = slip_of(f->store), place[32];
    place_of(place, slip_seq(slip));
    sign_slip(again, slip, keys); /* the control */
    assert_string_equal(again, slip);
    hr_random(keys->sign_seed, sizeof keys->sign_seed);
    sign_slip(again, slip, keys);
    assert_int_equal(find_at(f->store, again, place, "no operator"), 1);
    hr_secret_free(keys);
    free(slip);
}

/* ---- two programs ---- */

/* In a child nothing may assert; what is wrong is printed, and its exit code says so. */
static int wait_for(pid_t child) {
    int code = 0;
    assert_int_equal(waitpid(child, &code, 0), child);
    assert_true(WIFEXITED(code));
    return WEXITSTATUS(code);
}

static int complain(hr_store *store, const char *what, hr_status status) {
    fprintf(stderr, "%s: %s: %s\n", what, hr_status_name(status), hr_error(store));
    return 1;
}

enum { ROTATIONS = 6 };

static int rotate_often(fixture *f) {
    hr_store *store = NULL;
    if (hr_store_new(&store, HR_LANGUAGE_EN) != HR_OK)
        return 1;
    for (int i = 0; i < ROTATIONS;) {
        hr_status status = open_with_key(store, f->path, f->recovery);
        if (status == HR_OK)
            status = hr_rotate(store, NULL, NULL);
        hr_store_close(store);
        if (status == HR_OK)
            i++;
        else if (status != HR_BUSY)
            return complain(store, "rotate", status);
    }
    hr_store_free(store);
    return 0;
}

static void whoever_opens_while_keys_change_gets_the_store_or_is_told_to_wait(void **state) {
    fixture *f = *state;
    size_t opened = 0;
    int code;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(rotate_often(f));
    while (waitpid(child, &code, WNOHANG) == 0) {
        hr_store *store = new_handle(HR_LANGUAGE_EN);
        hr_status status = open_with_key(store, f->path, f->recovery);
        if (status != HR_BUSY)
            assert_status(store, HR_OK, status);
        if (status == HR_OK) {
            assert_int_equal(info_of(store).residents, RESIDENTS);
            assert_false(info_of(store).keyslots_foreign);
        }
        opened += status == HR_OK;
        hr_store_free(store);
        usleep(2000 * (1 + (unsigned)(opened % 7)));
    }
    assert_true(WIFEXITED(code));
    assert_int_equal(WEXITSTATUS(code), 0);
    assert_true(opened > 0);
    become(f, NULL);
    assert_generation(f, 1 + ROTATIONS);
    assert_clean(f->store);
}

enum { ADDED = 5 };

static int add_several(fixture *f, const char *prefix, int ready) {
    char name[32], byte;
    hr_store *store = NULL;
    if (hr_store_new(&store, HR_LANGUAGE_EN) != HR_OK)
        return 1;
    hr_status status = open_with_key(store, f->path, f->recovery);
    if (status != HR_OK)
        return complain(store, "open", status);
    if (read(ready, &byte, 1) != 0)
        return 1;
    for (int i = 0; i < ADDED; i++) {
        snprintf(name, sizeof name, "%s%d", prefix, i);
        status = add(store, name, "auditor", NEW_PASSPHRASE);
        if (status != HR_OK)
            return complain(store, name, status);
        status = change(store, name, "seventeen grey herons at dawn");
        if (status != HR_OK)
            return complain(store, name, status);
    }
    hr_store_free(store);
    return 0;
}

static void two_administrators_change_operators_at_once(void **state) {
    fixture *f = *state;
    pid_t children[2];
    int start[2];
    assert_int_equal(pipe(start), 0);
    for (int i = 0; i < 2; i++) {
        children[i] = fork();
        assert_true(children[i] >= 0);
        if (children[i] == 0) {
            close(start[1]);
            _exit(add_several(f, i ? "b" : "a", start[0]));
        }
    }
    close(start[0]);
    close(start[1]);
    assert_int_equal(wait_for(children[0]), 0);
    assert_int_equal(wait_for(children[1]), 0);
    become(f, NULL);
    assert_clean(f->store);
    assert_false(info_of(f->store).keyslots_foreign);
    char *all = operators_text(f->store);
    for (int i = 0; i < 2 * ADDED; i++) {
        char name[32];
        snprintf(name, sizeof name, " %c%d:auditor", i % 2 ? 'b' : 'a', i / 2);
        assert_text_has(all, name);
    }
    free(all);
    assert_int_equal(try_as(f, "a0", "seventeen grey herons at dawn"), HR_OK);
    assert_int_equal(try_as(f, "b4", "seventeen grey herons at dawn"), HR_OK);
}

/* A backup while operators change holds key slots and databases of one moment. */
static void a_backup_and_its_operators_are_of_one_moment(void **state) {
    fixture *f = *state;
    int start[2], code;
    size_t backups = 0;
    assert_int_equal(pipe(start), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        close(start[1]);
        _exit(add_several(f, "a", start[0]));
    }
    become(f, "nurse");
    close(start[0]);
    close(start[1]);
    while (waitpid(child, &code, WNOHANG) == 0) {
        fixture copy = {.path = ""};
        hr_open_options options;
        hr_open_options_init(&options);
        options.recovery_key = f->recovery;
        make_folder(copy.folder, f->folder);
        join_path(copy.path, copy.folder, "restored.hrs");
        assert_status(f->store, HR_OK, hr_backup(f->store, path_in(&copy, "a.backup"), NULL, NULL));
        copy.store = new_handle(HR_LANGUAGE_EN);
        assert_status(copy.store, HR_OK,
                      hr_restore(copy.store, path_in(&copy, "a.backup"), copy.path, &options, NULL, NULL));
        assert_false(info_of(copy.store).keyslots_foreign);
        assert_clean(copy.store);
        close_store(&copy);
        remove_tree(copy.folder);
        backups++;
    }
    assert_true(WIFEXITED(code));
    assert_int_equal(WEXITSTATUS(code), 0);
    assert_true(backups > 0);
}

int main(int count, char **arguments) {
    const struct CMUnitTest tests[] = {
        STAFF(each_role_opens_with_its_own_passphrase),
        STAFF(operators_are_listed_to_everybody),
        STAFF(names_and_roles_that_cannot_be_are_refused),
        STAFF(whether_somebody_can_be_added_is_known_before_his_passphrase),
        STAFF(a_name_is_the_same_composed_or_decomposed),
        STAFF(easy_passphrases_are_refused),
        STAFF(argon2_settings_have_bounds_and_stay_as_they_were),
        STAFF(an_administrator_may_do_everything),
        STAFF(a_clinician_changes_no_operators),
        STAFF(a_statistician_sees_figures_alone),
        STAFF(an_auditor_changes_nothing),
        STAFF(only_administrators_remove),
        STAFF(a_statistician_sees_the_same_figures),
        STAFF(the_chart_s_key_is_not_in_a_statistician_s_process),
        STAFF(the_old_passphrase_is_refused_after_a_new_one),
        STAFF(a_handle_goes_on_writing_after_its_own_new_passphrase),
        STAFF(administrators_and_the_recovery_key_give_others_new_passphrases),
        STAFF(a_new_recovery_key_takes_the_place_of_the_old_one),
        STAFF(some_are_never_removed),
        STAFF(a_store_has_room_for_63_operators),
        STAFF(a_handle_whose_secret_was_replaced_must_open_again),
        STAFF(new_keys_change_nobody_s_passphrase_and_nothing_that_is_said),
        STAFF(who_is_removed_opens_nothing_that_comes_after),
        STAFF(new_keys_wait_until_nobody_else_has_the_store_open),
        STAFF(new_keys_need_no_open_batch),
        STAFF(progress_grows_and_can_stop_new_keys),
        STAFF(too_little_room_is_told_before_anything_is_done),
        STAFF(a_disk_that_fills_meanwhile_changes_nothing),
        STAFF(an_entry_changed_with_the_right_key_is_found_by_its_hash),
        STAFF(a_chain_made_to_fit_is_found_by_its_signature_and_by_the_slip),
        STAFF(signatures_made_again_by_somebody_else_are_found),
        STAFF(an_author_who_rewrites_himself_is_found_by_the_slip_alone),
        STAFF(a_missing_or_spoilt_signature_is_found),
        STAFF(an_entry_in_another_s_name_is_found),
        STAFF(entries_cut_off_with_head_and_signatures_are_found_by_the_slip_alone),
        STAFF(a_whole_earlier_moment_put_back_is_found_by_the_slip_alone),
        STAFF(databases_of_an_earlier_moment_under_newer_key_slots_are_found),
        STAFF(key_slots_of_an_older_generation_open_nothing),
        STAFF(key_slots_from_before_a_new_passphrase_are_found),
        STAFF(a_statistician_cannot_make_slots_that_others_believe),
        STAFF(a_statistician_cannot_make_himself_a_clinician),
        STAFF(a_clinician_s_forged_slots_are_found_by_the_log),
        STAFF(a_forged_slot_gets_no_new_keys_and_can_be_removed),
        STAFF(key_slots_of_version_1_are_not_believed_of_a_newer_store),
        STAFF(a_store_that_expects_no_key_slots_any_more_is_found),
        STAFF(operators_brought_in_by_a_clinician_are_found),
        STAFF(an_entry_that_an_auditor_wrote_is_found),
        STAFF(facts_of_another_store_are_not_read),
        STAFF(everybody_s_slips_hold_whatever_happens_to_him_later),
        STAFF(a_slip_is_read_in_small_letters_and_with_white_space),
        STAFF(every_mistyped_character_of_a_slip_is_found),
        STAFF(a_slip_of_another_store_is_found),
        STAFF(a_slip_that_no_operator_signed_is_found),
        STAFF(whoever_opens_while_keys_change_gets_the_store_or_is_told_to_wait),
        STAFF(two_administrators_change_operators_at_once),
        STAFF(a_backup_and_its_operators_are_of_one_moment),
    };
    if (count == 5 && strcmp(arguments[1], "sit") == 0)
        return sit(arguments[2], arguments[3], arguments[4]);
    if (count == 2)
        cmocka_set_test_filter(arguments[1]);
    return cmocka_run_group_tests(tests, make_staffed, remove_sample);
}
