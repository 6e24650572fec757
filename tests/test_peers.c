/* Stores that exchange with one another: their own keys and public files, the peers that they trust, linkage keys, and
 * a bureau's store. Four stores are made once, a city's bureau, a district's, and two stations in two districts; each
 * test works on copies, opened with the recovery key. Every refusal has a control that is not refused. Values of tokens
 * and fingerprints were worked out with Python's hashlib; tests/peers.sh compares whole files with age and minisign. */
#include "base/hex.h"
#include "exchange/linkage.h"
#include "raw.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define NURSE "eleven pears in a paper bag"
#define COUNTER "nine swallows under the eaves"
#define AUDITOR "three bridges and one ferry"

enum { CITY, DISTRICT, STATION, STRANGER, STORES };
static const struct {
    const char *folder, *area, *name;
    int bureau;
} kinds[STORES] = {{"city.hrs", "11", "北京市卫生局", 1},
                   {"district.hrs", "110105", "朝阳区卫生局", 1},
                   {"station.hrs", "110105001", "朝阳站", 0},
                   {"stranger.hrs", "110108001", "海淀站", 0}};

typedef struct world {
    char folder[PATH_SIZE];
    fixture at[STORES];
} world;

/* ---- the stores ---- */

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
    if (which == STATION) {
        hr_operator_options nurse = operator_of("nurse", "clinician", NURSE);
        hr_operator_options counter = operator_of("counter", "statistician", COUNTER);
        hr_operator_options auditor = operator_of("auditor", "auditor", AUDITOR);
        assert_status(f->store, HR_OK, hr_operator_add(f->store, &nurse));
        assert_status(f->store, HR_OK, hr_operator_add(f->store, &counter));
        assert_status(f->store, HR_OK, hr_operator_add(f->store, &auditor));
    }
    close_store(f);
}

static int make_world(void **state) {
    world *w = calloc(1, sizeof *w);
    if (!w)
        return -1;
    make_folder(w->folder, NULL);
    for (int i = 0; i < STORES; i++)
        make_one(w, i);
    *state = w;
    return 0;
}

static int remove_world(void **state) {
    world *w = *state;
    for (int i = 0; i < STORES; i++)
        hr_store_free(w->at[i].store);
    remove_tree(w->folder);
    free(w);
    return 0;
}

static void become(fixture *f, const char *name, const char *passphrase) {
    close_store(f);
    f->store = new_handle(HR_LANGUAGE_EN);
    assert_status(f->store, HR_OK,
                  name ? open_as(f->store, f->path, name, passphrase) : open_with_key(f->store, f->path, f->recovery));
}

static int copy_world(void **state) {
    const world *from = *state;
    world *w = calloc(1, sizeof *w);
    if (!w)
        return -1;
    make_folder(w->folder, from->folder);
    for (int i = 0; i < STORES; i++) {
        fixture *f = &w->at[i];
        join_path(f->path, w->folder, kinds[i].folder);
        memcpy(f->folder, w->folder, sizeof f->folder);
        memcpy(f->recovery, from->at[i].recovery, sizeof f->recovery);
        copy_folder(from->at[i].path, f->path);
        become(f, NULL, NULL);
    }
    *state = w;
    return 0;
}
#define TEST_OF(name) cmocka_unit_test_setup_teardown(name, copy_world, remove_world)

/* ---- helpers ---- */

static char *public_of(fixture *f) {
    char *text = NULL;
    assert_status(f->store, HR_OK, hr_public_file(f->store, 0, &text));
    return text;
}

static hr_public_info told(fixture *f, const char *text) {
    hr_public_info info;
    hr_public_info_init(&info);
    assert_status(f->store, HR_OK, hr_public_file_read(f->store, text, &info));
    return info;
}

static hr_public_info info_of_public(fixture *f) {
    char *text = public_of(f);
    hr_public_info info = told(f, text);
    hr_free(text);
    return info;
}

/* `f` takes `other` as a peer. */
static void pin(fixture *f, fixture *other) {
    char *text = public_of(other);
    hr_change change;
    assert_status(f->store, HR_OK, hr_peer_add(f->store, text, told(f, text).fingerprint, &change));
    assert_int_equal(change, HR_ADDED);
    hr_free(text);
}

static void refused(hr_store *store, hr_status want, hr_status got, const char *message) {
    assert_status(store, want, got);
    assert_text_has(hr_error(store), message);
}

/* Every cell of a cursor; for free(). */
static char *text_of(hr_store *store, hr_status status, hr_cursor *rows) {
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    assert_status(store, HR_OK, status);
    while ((status = hr_cursor_next(rows)) == HR_OK)
        for (int i = 0; i < hr_cursor_columns(rows); i++)
            fprintf(out, "%s%s", hr_cursor_text(rows, i), i + 1 < hr_cursor_columns(rows) ? "|" : "\n");
    assert_status(store, HR_END, status);
    hr_cursor_free(rows);
    fclose(out);
    return text;
}

static char *log_text(fixture *f) {
    hr_cursor *rows = NULL;
    hr_log_options o;
    hr_log_options_init(&o);
    hr_status status = hr_log(f->store, &o, &rows);
    return text_of(f->store, status, rows);
}

static char *peers_text(fixture *f) {
    hr_cursor *rows = NULL;
    hr_status status = hr_peers(f->store, &rows);
    return text_of(f->store, status, rows);
}

static char *linkages_text(fixture *f) {
    hr_cursor *rows = NULL;
    hr_status status = hr_linkages(f->store, &rows);
    return text_of(f->store, status, rows);
}

static void assert_rows(char *text, const char *expected) {
    assert_string_equal(text, expected);
    free(text);
}

static void assert_whole(world *w) {
    for (int i = 0; i < STORES; i++)
        assert_int_equal(verify_findings(w->at[i].store), 0);
}

static void replace(char *text, const char *from, const char *to) {
    char *at = strstr(text, from);
    assert_non_null(at);
    assert_int_equal(strlen(from), strlen(to));
    memcpy(at, to, strlen(to));
}

/* ---- public files ---- */

static void a_public_file_says_whose_it_is_and_is_the_same_each_time(void **state) {
    world *w = *state;
    for (int i = 0; i < STORES; i++) {
        fixture *f = &w->at[i];
        char *text = public_of(f), *again = public_of(f);
        hr_public_info info = told(f, text);
        assert_string_equal(text, again);
        assert_int_equal(info.bureau, kinds[i].bureau);
        assert_string_equal(info.name, kinds[i].name);
        assert_string_equal(info.area, kinds[i].area);
        assert_int_equal(strlen(info.id), 32);
        assert_int_equal(strlen(info.fingerprint), 39);
        assert_int_equal(strspn(info.fingerprint, "0123456789abcdef-"), 39);
        assert_int_equal(info_of(f->store).bureau, kinds[i].bureau);
        hr_free(text);
        hr_free(again);
    }
    assert_whole(w);
}

/* The fingerprint of these bytes, worked out with hashlib: blake2b of id, recipient and key, 32 bytes long. */
static void a_fingerprint_is_the_beginning_of_a_hash(void **state) {
    (void)state;
    char out[HR_FINGERPRINT_SIZE];
    hr_party p = {.bureau = true};
    memset(p.store_id, 1, sizeof p.store_id);
    memset(p.age, 2, sizeof p.age);
    memset(p.sign.key, 3, sizeof p.sign.key);
    hr_public_fingerprint(&p, out);
    assert_string_equal(out, "d5a0-1de3-ed6c-89fe-f0b8-2fbb-71db-779e");
}

static void every_change_of_a_public_file_shows(void **state) {
    world *w = *state;
    fixture *f = &w->at[STATION];
    char *text = public_of(&w->at[DISTRICT]);
    hr_public_info info;
    for (size_t i = 0; text[i + 1]; i++) {
        char kept = text[i];
        text[i] = kept == 'a' ? 'b' : 'a';
        hr_public_info_init(&info);
        assert_status(f->store, HR_INVALID, hr_public_file_read(f->store, text, &info));
        assert_status(f->store, HR_INVALID, hr_peer_add(f->store, text, NULL, NULL));
        text[i] = kept;
    }
    told(f, text); /* the control */
    replace(text, "朝阳区", "朝阴区");
    refused(f->store, HR_INVALID, hr_public_file_read(f->store, text, &info), "altered");
    replace(text, "朝阴区", "朝阳区");
    replace(text, "area: 110105", "area: 110108");
    refused(f->store, HR_INVALID, hr_public_file_read(f->store, text, &info), "altered");
    refused(f->store, HR_INVALID, hr_public_file_read(f->store, "", &info), "no public file");
    refused(f->store, HR_INVALID, hr_public_file_read(f->store, "healthrec public file 2\n", &info), "no public file");
    hr_free(text);
}

static void a_public_file_may_have_the_line_ends_of_windows(void **state) {
    world *w = *state;
    char *text = public_of(&w->at[DISTRICT]), windows[2048] = "\xEF\xBB\xBF";
    for (size_t i = 0, used = strlen(windows); text[i]; i++) {
        if (text[i] == '\n')
            windows[used++] = '\r';
        windows[used++] = text[i];
    }
    assert_string_equal(told(&w->at[STATION], windows).fingerprint, told(&w->at[STATION], text).fingerprint);
    hr_free(text);
}

static void keys_are_drawn_by_who_may_write_and_renewed_by_an_administrator(void **state) {
    world *w = *state;
    fixture *f = &w->at[STATION];
    char *text = NULL;
    become(f, "auditor", AUDITOR);
    refused(f->store, HR_DENIED, hr_public_file(f->store, 0, &text), "auditor");
    assert_null(text);
    become(f, "counter", COUNTER);
    refused(f->store, HR_DENIED, hr_public_file(f->store, 0, &text), "statistician");
    become(f, "nurse", NURSE);
    text = public_of(f);
    refused(f->store, HR_DENIED, hr_public_file(f->store, 1, &(char *){NULL}), "administrator");
    assert_status(f->store, HR_OK, hr_batch_begin(f->store));
    refused(f->store, HR_INVALID, hr_public_file(f->store, 0, &(char *){NULL}), "batch");
    hr_batch_rollback(f->store);
    become(f, "auditor", AUDITOR);
    char *same = public_of(f), *other = NULL;
    assert_string_equal(same, text);
    become(f, NULL, NULL);
    assert_status(f->store, HR_OK, hr_public_file(f->store, 1, &other));
    assert_string_equal(told(f, other).id, told(f, text).id);
    assert_string_not_equal(told(f, other).fingerprint, told(f, text).fingerprint);
    hr_free(same);
    same = public_of(f);
    assert_string_equal(same, other);
    assert_int_equal(verify_findings(f->store), 0);
    hr_free(text);
    hr_free(same);
    hr_free(other);
}

static void own_keys_outlive_new_keys_of_the_store_and_a_backup(void **state) {
    world *w = *state;
    fixture *f = &w->at[DISTRICT];
    hr_open_options o;
    char *before = public_of(f), restored[PATH_SIZE], backup[PATH_SIZE];
    assert_status(f->store, HR_OK, hr_rotate(f->store, NULL, NULL));
    char *after = public_of(f);
    assert_string_equal(after, before);
    join_path(backup, w->folder, "backup");
    join_path(restored, w->folder, "restored.hrs");
    assert_status(f->store, HR_OK, hr_backup(f->store, backup, NULL, NULL));
    hr_open_options_init(&o);
    o.recovery_key = f->recovery;
    assert_status(f->store, HR_OK, hr_restore(f->store, backup, restored, &o, NULL, NULL));
    hr_free(after);
    after = public_of(f);
    assert_string_equal(after, before);
    assert_int_equal(info_of(f->store).bureau, 1);
    hr_free(before);
    hr_free(after);
}

/* ---- peers ---- */

static void a_peer_is_taken_by_its_fingerprint_alone(void **state) {
    world *w = *state;
    fixture *f = &w->at[STATION];
    char *text = public_of(&w->at[DISTRICT]), *city = public_of(&w->at[CITY]), typed[64], row[512];
    hr_public_info info = told(f, text);
    hr_change change;
    refused(f->store, HR_INVALID, hr_peer_add(f->store, text, NULL, &change), "fingerprint is missing");
    refused(f->store, HR_INVALID, hr_peer_add(f->store, text, "", &change), "another one");
    refused(f->store, HR_INVALID, hr_peer_add(f->store, text, told(f, city).fingerprint, &change), "telephone");
    for (size_t i = 0; i < strlen(info.fingerprint); i++) { /* each digit counts */
        memcpy(typed, info.fingerprint, sizeof info.fingerprint);
        if (typed[i] == '-')
            continue;
        typed[i] = typed[i] == '0' ? '1' : '0';
        assert_status(f->store, HR_INVALID, hr_peer_add(f->store, text, typed, &change));
    }
    snprintf(typed, sizeof typed, "%.38s", info.fingerprint); /* and none may be missing, or follow */
    assert_status(f->store, HR_INVALID, hr_peer_add(f->store, text, typed, &change));
    snprintf(typed, sizeof typed, "%s0", info.fingerprint);
    assert_status(f->store, HR_INVALID, hr_peer_add(f->store, text, typed, &change));
    assert_rows(peers_text(f), "");
    size_t used = 0;
    for (const char *at = info.fingerprint; *at; at++) /* as somebody may type it */
        if (*at != '-')
            typed[used++] = (char)(*at >= 'a' ? *at - 32 : *at);
        else
            typed[used++] = ' ';
    typed[used] = '\0';
    assert_status(f->store, HR_OK, hr_peer_add(f->store, text, typed, &change));
    assert_int_equal(change, HR_ADDED);
    assert_status(f->store, HR_OK, hr_peer_add(f->store, text, NULL, &change));
    assert_int_equal(change, HR_UNCHANGED);
    snprintf(row, sizeof row, "%s|bureau|bureau|朝阳区卫生局|110105|%s\n", info.id, info.fingerprint);
    assert_rows(peers_text(f), row);
    become(f, NULL, NULL);
    assert_rows(peers_text(f), row);
    assert_whole(w);
    hr_free(text);
    hr_free(city);
}

static void a_store_is_a_peer_of_its_bureau_and_of_none_else(void **state) {
    world *w = *state;
    static const struct {
        int here, there;
        const char *message; /* NULL: it is taken */
    } cases[] = {
        {STATION, STATION, "own public file"},
        {DISTRICT, DISTRICT, "own public file"},
        {STATION, DISTRICT, NULL},
        {STATION, CITY, NULL},
        {DISTRICT, STATION, NULL},
        {CITY, STATION, NULL},
        {DISTRICT, CITY, NULL},
        {CITY, DISTRICT, NULL},
        {STATION, STRANGER, "a station"},
        {DISTRICT, STRANGER, "outside this bureau's area"},
        {CITY, STRANGER, NULL},
        {STRANGER, DISTRICT, "does not lie"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        fixture *here = &w->at[cases[i].here], *there = &w->at[cases[i].there];
        char *text = public_of(there);
        hr_status status = hr_peer_add(here->store, text, told(here, text).fingerprint, NULL);
        if (cases[i].message)
            refused(here->store, HR_INVALID, status, cases[i].message);
        else
            assert_status(here->store, HR_OK, status);
        hr_free(text);
    }
    assert_whole(w);
}

static void a_peer_with_new_keys_needs_the_new_fingerprint(void **state) {
    world *w = *state;
    fixture *f = &w->at[STATION], *bureau = &w->at[DISTRICT];
    hr_public_info old = info_of_public(bureau);
    hr_change change;
    char *text = NULL, row[512];
    pin(f, bureau);
    assert_status(bureau->store, HR_OK, hr_public_file(bureau->store, 1, &text));
    hr_public_info new = told(f, text);
    refused(f->store, HR_INVALID, hr_peer_add(f->store, text, NULL, &change), "would replace");
    refused(f->store, HR_INVALID, hr_peer_add(f->store, text, old.fingerprint, &change), "would replace");
    refused(f->store, HR_INVALID, hr_peer_add(f->store, text, info_of_public(&w->at[CITY]).fingerprint, &change),
            "another one");
    assert_status(f->store, HR_OK, hr_peer_add(f->store, text, new.fingerprint, &change));
    assert_int_equal(change, HR_AMENDED);
    snprintf(row, sizeof row, "%s|bureau|bureau|朝阳区卫生局|110105|%s\n", new.id, new.fingerprint);
    assert_rows(peers_text(f), row);
    assert_whole(w);
    hr_free(text);
}

static void a_removed_peer_needs_its_fingerprint_again(void **state) {
    world *w = *state;
    fixture *f = &w->at[STATION];
    char *text = public_of(&w->at[DISTRICT]);
    hr_public_info info = told(f, text);
    hr_change change;
    refused(f->store, HR_NOT_FOUND, hr_peer_remove(f->store, info.id), info.id);
    pin(f, &w->at[DISTRICT]);
    refused(f->store, HR_INVALID, hr_peer_remove(f->store, "110105"), "32 hexadecimal digits");
    assert_status(f->store, HR_OK, hr_peer_remove(f->store, info.id));
    assert_rows(peers_text(f), "");
    refused(f->store, HR_NOT_FOUND, hr_peer_remove(f->store, info.id), "no peer");
    refused(f->store, HR_INVALID, hr_peer_add(f->store, text, NULL, &change), "fingerprint is missing");
    assert_status(f->store, HR_OK, hr_peer_add(f->store, text, info.fingerprint, &change));
    assert_int_equal(change, HR_ADDED);
    assert_int_equal(verify_findings(f->store), 0);
    hr_free(text);
}

static void only_administrators_take_and_remove_peers(void **state) {
    world *w = *state;
    fixture *f = &w->at[STATION];
    char *text = public_of(&w->at[DISTRICT]), *city = public_of(&w->at[CITY]);
    hr_public_info info = told(f, text), other = told(f, city);
    static const char *const people[][2] = {{"nurse", NURSE}, {"auditor", AUDITOR}, {"counter", COUNTER}};
    pin(f, &w->at[DISTRICT]);
    for (size_t i = 0; i < COUNT(people); i++) {
        become(f, people[i][0], people[i][1]);
        assert_status(f->store, HR_DENIED, hr_peer_add(f->store, city, other.fingerprint, NULL));
        assert_status(f->store, HR_DENIED, hr_peer_add(f->store, text, NULL, NULL));
        assert_status(f->store, HR_DENIED, hr_peer_remove(f->store, info.id));
    }
    become(f, "admin", PASSPHRASE); /* the control */
    assert_status(f->store, HR_OK, hr_peer_add(f->store, city, other.fingerprint, NULL));
    assert_status(f->store, HR_OK, hr_peer_remove(f->store, info.id));
    hr_free(text);
    hr_free(city);
}

static void no_roster_makes_a_peer(void **state) {
    world *w = *state;
    fixture *f = &w->at[STATION];
    hr_import_options o;
    hr_import_result result;
    hr_cursor *rows = NULL;
    char file[PATH_SIZE];
    join_path(file, w->folder, "peers.csv");
    write_text(file, "store,kind,name,area,age,minisign,fingerprint\n"
                     "00112233445566778899aabbccddeeff,bureau,假局,110105,age1x,RWx,0000\n");
    put_refused(f, "peer",
                "{'store':'00112233445566778899aabbccddeeff','kind':'bureau','name':'假局','area':'110105',"
                "'age':'age1x','minisign':'RWx','fingerprint':'0000'}");
    assert_text_has(hr_error(f->store), "one of the registers");
    hr_import_options_init(&o);
    hr_import_result_init(&result);
    assert_status(f->store, HR_OK, hr_import(f->store, file, &o, &result)); /* taken for one of areas */
    assert_int_equal(result.added, 0);
    o.kind = "peers";
    assert_status(f->store, HR_INVALID, hr_import(f->store, file, &o, &result));
    hr_status status = hr_forms(f->store, &rows);
    char *forms = text_of(f->store, status, rows);
    assert_null(strstr(forms, "peer"));
    assert_text_has(forms, "retention"); /* the control */
    free(forms);
    assert_rows(peers_text(f), "");
}

/* Whoever has the key of facts.db alone can rewrite what lies there. */
static void a_statistician_cannot_put_keys_in_a_peers_place(void **state) {
    world *w = *state;
    fixture *f = &w->at[STATION];
    char row[512];
    hr_public_info info = info_of_public(&w->at[DISTRICT]);
    pin(f, &w->at[DISTRICT]);
    close_store(f);
    raw_tamper(f, "UPDATE main.register SET state = replace(state, 'age1', 'age2') WHERE kind = 'peer'");
    become(f, NULL, NULL);
    snprintf(row, sizeof row, "%s|bureau|bureau|朝阳区卫生局|110105|%s\n", info.id, info.fingerprint);
    assert_rows(peers_text(f), row);
    assert_int_equal(verify_findings(f->store), 1);
}

/* ---- linkage keys ---- */

typedef struct parcel {
    char file[PATH_SIZE], signature[PATH_SIZE + 8];
} parcel;

static parcel parcel_of(world *w, const char *name) {
    parcel p;
    join_path(p.file, w->folder, name);
    snprintf(p.signature, sizeof p.signature, "%s.minisig", p.file);
    return p;
}

static parcel issue(world *w, int from, int to, int year, const char *name) {
    parcel p = parcel_of(w, name);
    fixture *f = &w->at[from];
    assert_status(f->store, HR_OK, hr_linkage_issue(f->store, year, info_of_public(&w->at[to]).id, p.file));
    assert_true(path_exists(p.file) && path_exists(p.signature));
    return p;
}

static void pin_all(world *w) {
    pin(&w->at[CITY], &w->at[DISTRICT]);
    pin(&w->at[DISTRICT], &w->at[CITY]);
    pin(&w->at[DISTRICT], &w->at[STATION]);
    pin(&w->at[STATION], &w->at[DISTRICT]);
}

static hr_status receive(fixture *f, const parcel *p, hr_change *change) {
    return hr_linkage_receive(f->store, p->file, change);
}

static void a_linkage_key_comes_down_from_the_city_unchanged(void **state) {
    world *w = *state;
    hr_change change;
    char expected[512], print[17];
    pin_all(w);
    parcel down = issue(w, CITY, DISTRICT, 2026, "district.age");
    assert_status(w->at[DISTRICT].store, HR_OK, receive(&w->at[DISTRICT], &down, &change));
    assert_int_equal(change, HR_ADDED);
    assert_status(w->at[DISTRICT].store, HR_OK, receive(&w->at[DISTRICT], &down, &change));
    assert_int_equal(change, HR_UNCHANGED);
    parcel further = issue(w, DISTRICT, STATION, 2026, "station.age");
    assert_status(w->at[STATION].store, HR_OK, receive(&w->at[STATION], &further, &change));
    assert_int_equal(change, HR_ADDED);
    char *city = linkages_text(&w->at[CITY]);
    assert_int_equal(sscanf(city, "2026|%16[0-9a-f]||", print), 1);
    free(city);
    snprintf(expected, sizeof expected, "2026|%s|%s|北京市卫生局\n", print, info_of_public(&w->at[CITY]).id);
    assert_rows(linkages_text(&w->at[DISTRICT]), expected);
    snprintf(expected, sizeof expected, "2026|%s|%s|朝阳区卫生局\n", print, info_of_public(&w->at[DISTRICT]).id);
    assert_rows(linkages_text(&w->at[STATION]), expected);
    parcel again = issue(w, CITY, DISTRICT, 2026, "again.age"); /* not another key of that year */
    assert_status(w->at[DISTRICT].store, HR_OK, receive(&w->at[DISTRICT], &again, &change));
    assert_int_equal(change, HR_UNCHANGED);
    parcel next = issue(w, CITY, DISTRICT, 2027, "next.age");
    assert_status(w->at[DISTRICT].store, HR_OK, receive(&w->at[DISTRICT], &next, &change));
    char *both = linkages_text(&w->at[DISTRICT]), *second = strchr(both, '\n') + 1;
    assert_memory_equal(both, "2027|", 5);
    assert_memory_equal(second, "2026|", 5);
    assert_memory_not_equal(both + 5, second + 5, 16);
    free(both);
    assert_whole(w);
}

static void there_is_one_linkage_key_a_year(void **state) {
    world *w = *state;
    hr_change change;
    pin_all(w);
    issue(w, DISTRICT, STATION, 2026, "own.age"); /* the district did not wait for the city's */
    parcel late = issue(w, CITY, DISTRICT, 2026, "late.age");
    refused(w->at[DISTRICT].store, HR_INVALID, receive(&w->at[DISTRICT], &late, &change), "another linkage key");
    parcel next = issue(w, CITY, DISTRICT, 2027, "next.age"); /* the control */
    assert_status(w->at[DISTRICT].store, HR_OK, receive(&w->at[DISTRICT], &next, &change));
}

static void a_linkage_key_is_issued_by_a_bureaus_administrator_to_a_peer_below(void **state) {
    world *w = *state;
    fixture *f = &w->at[DISTRICT];
    parcel p = parcel_of(w, "key.age");
    char id[33], city[33], stranger[33];
    memcpy(id, info_of_public(&w->at[STATION]).id, sizeof id);
    memcpy(city, info_of_public(&w->at[CITY]).id, sizeof city);
    memcpy(stranger, info_of_public(&w->at[STRANGER]).id, sizeof stranger);
    refused(f->store, HR_NOT_FOUND, hr_linkage_issue(f->store, 2026, id, p.file), "no peer");
    pin_all(w);
    refused(f->store, HR_NOT_FOUND, hr_linkage_issue(f->store, 2026, stranger, p.file), "no peer");
    refused(f->store, HR_INVALID, hr_linkage_issue(f->store, 2026, city, p.file), "go down");
    refused(f->store, HR_INVALID, hr_linkage_issue(f->store, 1999, id, p.file), "2000");
    refused(f->store, HR_INVALID, hr_linkage_issue(f->store, 2200, id, p.file), "2199");
    refused(f->store, HR_INVALID, hr_linkage_issue(f->store, 2026, "station", p.file), "32 hexadecimal digits");
    refused(w->at[STATION].store, HR_INVALID,
            hr_linkage_issue(w->at[STATION].store, 2026, info_of_public(f).id, p.file), "a station issues no");
    assert_false(path_exists(p.file) || path_exists(p.signature));
    hr_operator_options nurse = operator_of("nurse", "clinician", NURSE);
    assert_status(f->store, HR_OK, hr_operator_add(f->store, &nurse));
    become(f, "nurse", NURSE);
    refused(f->store, HR_DENIED, hr_linkage_issue(f->store, 2026, id, p.file), "administrator");
    become(f, NULL, NULL);
    assert_rows(linkages_text(f), ""); /* none was drawn in vain */
    assert_status(f->store, HR_OK, hr_linkage_issue(f->store, 2026, id, p.file));
    char *log = log_text(f), expected[128];
    snprintf(expected, sizeof expected, "year=2026 to=%s", id);
    assert_text_has(log, expected);
    free(log);
}

static void an_issue_overwrites_nothing_and_leaves_nothing_behind(void **state) {
    world *w = *state;
    fixture *f = &w->at[DISTRICT];
    parcel p = parcel_of(w, "key.age");
    pin_all(w);
    hr_public_info to = info_of_public(&w->at[STATION]);
    size_t before = files_in(w->folder);
    write_text(p.file, "mine");
    refused(f->store, HR_EXISTS, hr_linkage_issue(f->store, 2026, to.id, p.file), "exists");
    assert_int_equal(file_size(p.file), 4);
    assert_int_equal(unlink(p.file), 0);
    write_text(p.signature, "mine");
    refused(f->store, HR_EXISTS, hr_linkage_issue(f->store, 2026, to.id, p.file), "exists");
    assert_int_equal(file_size(p.signature), 4);
    assert_int_equal(unlink(p.signature), 0);
    char name[226]; /* for the name of the signature while it is written there is no room */
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    parcel longest = parcel_of(w, name);
    assert_status(f->store, HR_SYSTEM, hr_linkage_issue(f->store, 2026, to.id, longest.file));
    parcel nowhere = parcel_of(w, "no/such/folder");
    assert_status(f->store, HR_SYSTEM, hr_linkage_issue(f->store, 2026, to.id, nowhere.file));
    assert_int_equal(files_in(w->folder), before);
    assert_rows(linkages_text(f), "");
    assert_status(f->store, HR_OK, hr_linkage_issue(f->store, 2026, to.id, p.file)); /* the control */
    assert_int_equal(files_in(w->folder), before + 2);
}

static void a_linkage_key_from_elsewhere_or_for_another_is_refused(void **state) {
    world *w = *state;
    fixture *f = &w->at[STATION];
    hr_change change;
    pin_all(w);
    pin(&w->at[CITY], &w->at[STATION]);
    pin(&w->at[CITY], &w->at[STRANGER]);
    pin(&w->at[STRANGER], &w->at[CITY]);
    parcel missing = parcel_of(w, "missing.age");
    refused(f->store, HR_NOT_FOUND, receive(f, &missing, &change), "missing.age");
    parcel unknown = issue(w, CITY, STATION, 2026, "unknown.age");
    refused(f->store, HR_INVALID, receive(f, &unknown, &change), "no peer");
    parcel other = issue(w, DISTRICT, STATION, 2027, "other.age");
    assert_status(f->store, HR_OK, hr_peer_remove(f->store, info_of_public(&w->at[DISTRICT]).id));
    refused(f->store, HR_INVALID, receive(f, &other, &change), "no peer");
    pin(f, &w->at[DISTRICT]);
    pin(f, &w->at[CITY]);
    parcel strangers = issue(w, CITY, STRANGER, 2026, "strangers.age");
    refused(f->store, HR_INVALID, receive(f, &strangers, &change), "another store");
    assert_status(w->at[STRANGER].store, HR_OK, receive(&w->at[STRANGER], &strangers, &change)); /* the controls */
    assert_status(f->store, HR_OK, receive(f, &unknown, &change));
    assert_status(f->store, HR_OK, receive(f, &other, &change));
}

static void a_linkage_key_to_renewed_keys_is_refused(void **state) {
    world *w = *state;
    fixture *f = &w->at[STATION];
    char *text = NULL;
    hr_change change;
    pin_all(w);
    parcel p = issue(w, DISTRICT, STATION, 2026, "key.age");
    assert_status(f->store, HR_OK, hr_public_file(f->store, 1, &text));
    refused(f->store, HR_DENIED, receive(f, &p, &change), "any more");
    assert_status(w->at[DISTRICT].store, HR_OK,
                  hr_peer_add(w->at[DISTRICT].store, text, told(f, text).fingerprint, NULL));
    parcel anew = issue(w, DISTRICT, STATION, 2026, "anew.age");
    assert_status(f->store, HR_OK, receive(f, &anew, &change));
    hr_free(text);
}

static void only_who_may_write_receives_a_linkage_key(void **state) {
    world *w = *state;
    fixture *f = &w->at[STATION];
    pin_all(w);
    parcel p = issue(w, DISTRICT, STATION, 2026, "key.age");
    become(f, "auditor", AUDITOR);
    assert_status(f->store, HR_DENIED, receive(f, &p, NULL));
    become(f, "counter", COUNTER);
    assert_status(f->store, HR_DENIED, receive(f, &p, NULL));
    assert_status(f->store, HR_DENIED, hr_linkages(f->store, &(hr_cursor *){NULL}));
    become(f, "nurse", NURSE);
    assert_status(f->store, HR_OK, receive(f, &p, NULL));
}

static void every_altered_byte_of_a_linkage_key_shows(void **state) {
    world *w = *state;
    fixture *f = &w->at[STATION];
    size_t size;
    pin_all(w);
    parcel p = issue(w, DISTRICT, STATION, 2026, "key.age");
    char *signature = read_bytes(p.signature, &size);
    size_t comment = (size_t)(strchr(signature, '\n') - signature); /* anybody may change that one */
    free(signature);
    for (size_t i = 0; i < file_size(p.file); i++) {
        flip_byte(p.file, i);
        refused(f->store, HR_DAMAGED, receive(f, &p, NULL), "altered");
        flip_byte(p.file, i);
    }
    for (size_t i = comment; i < size; i++) {
        flip_byte(p.signature, i);
        hr_status status = receive(f, &p, NULL);
        assert_true(status == HR_DAMAGED || status == HR_INVALID);
        flip_byte(p.signature, i);
    }
    assert_int_equal(truncate(p.file, (off_t)file_size(p.file) - 1), 0);
    refused(f->store, HR_DAMAGED, receive(f, &p, NULL), "altered");
    assert_rows(linkages_text(f), "");
    parcel whole = issue(w, DISTRICT, STATION, 2026, "whole.age"); /* the control */
    assert_status(f->store, HR_OK, receive(f, &whole, NULL));
}

static void what_is_no_linkage_key_is_said_to_be_none(void **state) {
    world *w = *state;
    fixture *f = &w->at[STATION];
    static char large[1 << 15];
    pin_all(w);
    parcel p = issue(w, DISTRICT, STATION, 2026, "key.age");
    write_text(p.signature, "healthrec\n");
    refused(f->store, HR_INVALID, receive(f, &p, NULL), "no linkage key");
    memset(large, 'x', sizeof large);
    write_bytes(p.signature, large, sizeof large);
    refused(f->store, HR_INVALID, receive(f, &p, NULL), "no linkage key");
    parcel other = issue(w, DISTRICT, STATION, 2026, "other.age");
    copy_file(other.signature, p.signature); /* of another file */
    refused(f->store, HR_DAMAGED, receive(f, &p, NULL), "altered");
    assert_status(f->store, HR_OK, receive(f, &other, NULL)); /* the control */
}

/* ---- secrets ---- */

/* The text of the secret fields in an entry's body, as the format has them: fields from `first` on. */
static char *secret_of(fixture *f, const char *sql) {
    sqlite3_stmt *row = NULL;
    sqlite3 *db = raw_open(f);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &row, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(row), SQLITE_ROW);
    char *text = strdup((const char *)sqlite3_column_text(row, 0));
    assert_non_null(text);
    sqlite3_finalize(row);
    raw_close(db);
    return text;
}

static bool column_has(sqlite3_stmt *rows, int column, const char *text, const unsigned char *bytes, size_t size) {
    const void *value = sqlite3_column_blob(rows, column);
    size_t length = (size_t)sqlite3_column_bytes(rows, column);
    return value && (memmem(value, length, text, strlen(text)) || memmem(value, length, bytes, size));
}

/* Whether any row of any table of the schema holds the hexadecimal text, or what it stands for. */
static bool schema_has(fixture *f, const char *schema, const char *hex) {
    unsigned char bytes[32];
    char sql[256];
    bool found = false;
    sqlite3_stmt *tables = NULL, *rows = NULL;
    sqlite3 *db = raw_open(f);
    assert_true(hr_hex_parse(hex, bytes, sizeof bytes));
    snprintf(sql, sizeof sql, "SELECT name FROM %s.sqlite_master WHERE type = 'table'", schema);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &tables, NULL), SQLITE_OK);
    while (sqlite3_step(tables) == SQLITE_ROW) {
        snprintf(sql, sizeof sql, "SELECT * FROM %s.\"%s\"", schema, (const char *)sqlite3_column_text(tables, 0));
        assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &rows, NULL), SQLITE_OK);
        while (sqlite3_step(rows) == SQLITE_ROW)
            for (int i = 0; i < sqlite3_column_count(rows); i++)
                found = found || column_has(rows, i, hex, bytes, sizeof bytes);
        sqlite3_finalize(rows);
    }
    sqlite3_finalize(tables);
    raw_close(db);
    return found;
}

static void secrets_lie_in_the_chart_alone_and_are_never_shown(void **state) {
    world *w = *state;
    fixture *f = &w->at[DISTRICT];
    static const char *const queries[] = {
        "SELECT substr(body, instr(body, 'A') + 1, 64) FROM chart.entry WHERE kind = 'identity'",
        "SELECT substr(body, instr(body, 'B') + 1, 64) FROM chart.entry WHERE kind = 'identity'",
        "SELECT substr(body, instr(body, 'B') + 1, 64) FROM chart.entry WHERE kind = 'linkage'"};
    pin_all(w);
    issue(w, DISTRICT, STATION, 2026, "key.age");
    char *shown[] = {log_text(f), linkages_text(f), peers_text(f), public_of(f)};
    char form[HR_FORM_SIZE];
    int64_t resident;
    for (int64_t seq = 1; seq <= (int64_t)info_of(f->store).entries; seq++) {
        hr_status status = hr_entry_find(f->store, seq, form, &resident);
        assert_status(f->store, HR_OK, status);
        hr_entry_options why;
        hr_entry_options_init(&why);
        why.why = "test";
        if (strcmp(form, "identity") == 0 || strcmp(form, "linkage") == 0)
            assert_status(f->store, HR_INVALID, hr_entry_amend(f->store, seq, "{\"key\":\"0\"}", &why, NULL));
    }
    close_store(f);
    for (size_t i = 0; i < COUNT(queries); i++) {
        char *secret = secret_of(f, queries[i]);
        assert_int_equal(strlen(secret), 64);
        assert_int_equal(strspn(secret, "0123456789abcdef"), 64);
        for (size_t j = 0; j < COUNT(shown); j++)
            assert_null(strstr(shown[j], secret));
        assert_true(schema_has(f, "chart", secret)); /* the control */
        assert_false(schema_has(f, "main", secret));
        free(secret);
    }
    assert_text_has(shown[0], "linkage"); /* they are told of */
    assert_text_has(shown[0], "identity");
    for (size_t j = 0; j < COUNT(shown); j++)
        free(shown[j]);
}

/* ---- tokens ---- */

/* Worked out with hashlib.blake2b, keyed with the bytes 0 to 31. */
static void a_token_is_a_keyed_hash_of_who_somebody_is(void **state) {
    (void)state;
    unsigned char key[HR_LINKAGE_SIZE];
    char out[HR_TOKEN_SIZE], print[HR_LINKAGE_PRINT_SIZE];
    hr_err err = {.language = HR_LANGUAGE_EN};
    hr_record row;
    for (size_t i = 0; i < sizeof key; i++)
        key[i] = (unsigned char)i;
    hr_record_clear(&row, &hr_form_resident);
    hr_record_set_number(&row, R_SEX, 2);
    hr_record_set_number(&row, R_BIRTH_DATE, 19491231);
    assert_int_equal(hr_record_set_text(&row, &err, R_NAME, "李秀英"), HR_OK);
    hr_token(key, &row, out);
    assert_string_equal(out, "c26add861f942ff66f2929971179e771");
    hr_record_set_number(&row, R_ID_NUMBER, INT64_C(11010519491231002));
    hr_token(key, &row, out);
    assert_string_equal(out, "48e55184f53d92d720339e67d97c632b");
    hr_record_set_number(&row, R_SEX, 1); /* a number says it all */
    hr_token(key, &row, out);
    assert_string_equal(out, "48e55184f53d92d720339e67d97c632b");
    hr_linkage_print(key, print);
    assert_string_equal(print, "6ff1f3aa6fad0f64");
}

/* What whoever writes bundles asks for. */
static void keys_and_peers_are_found_inside(void **state) {
    world *w = *state;
    fixture *f = &w->at[STATION];
    hr_linkage *linkage = NULL;
    hr_party peer;
    pin_all(w);
    parcel a = issue(w, DISTRICT, STATION, 2027, "a.age"), b = issue(w, DISTRICT, STATION, 2026, "b.age");
    assert_status(f->store, HR_OK, hr_read_begin(f->store));
    assert_int_equal(hr_linkage_find(f->store, 0, &linkage), HR_OK);
    assert_null(linkage);
    hr_read_end(f->store);
    assert_status(f->store, HR_OK, receive(f, &a, NULL));
    assert_status(f->store, HR_OK, receive(f, &b, NULL));
    char *text = public_of(&w->at[DISTRICT]);
    hr_party own;
    assert_status(f->store, HR_OK, hr_public_read(f->store->text, &f->store->err, text, &own));
    assert_status(f->store, HR_OK, hr_read_begin(f->store));
    static const int asked[][2] = {{0, 2027}, {2027, 2027}, {2026, 2026}};
    for (size_t i = 0; i < COUNT(asked); i++) {
        assert_int_equal(hr_linkage_find(f->store, asked[i][0], &linkage), HR_OK);
        assert_non_null(linkage);
        assert_int_equal(linkage->year, asked[i][1]);
        hr_secret_free(linkage);
    }
    assert_int_equal(hr_peer_find(f->store, own.store_id, &peer), HR_OK);
    assert_memory_equal(peer.age, own.age, sizeof own.age);
    assert_int_equal(hr_peer_by_key(f->store, own.sign.id, &peer), HR_OK);
    assert_memory_equal(peer.sign.key, own.sign.key, sizeof own.sign.key);
    own.sign.id[0] ^= 1;
    own.store_id[0] ^= 1;
    assert_int_equal(hr_peer_find(f->store, own.store_id, &peer), HR_NOT_FOUND);
    assert_int_equal(hr_peer_by_key(f->store, own.sign.id, &peer), HR_NOT_FOUND);
    hr_read_end(f->store);
    hr_free(text);
}

/* ---- a bureau's store ---- */

static void a_bureau_has_no_residents_of_its_own(void **state) {
    world *w = *state;
    fixture *f = &w->at[DISTRICT];
    hr_import_options o;
    hr_import_result result;
    hr_call_options call;
    char file[PATH_SIZE], care[PATH_SIZE];
    static const char resident[] = "{\"name\":\"王小明\",\"sex\":1,\"birth_date\":\"1940-01-01\",\"area\":\"110105\"}";
    join_path(file, w->folder, "residents.csv");
    join_path(care, w->folder, "care.csv");
    write_text(file, "name,sex,birth_date,area\n王小明,1,1940-01-01,110105\n");
    write_text(care, "resident,date,text\n#1,2003-01-01,x\n");
    hr_import_options_init(&o);
    hr_import_result_init(&result);
    hr_call_options_init(&call);
    call.phone = "13800000001";
    refused(f->store, HR_INVALID, hr_put(f->store, "resident", resident, NULL, NULL), "no residents of its own");
    refused(f->store, HR_INVALID, hr_amend(f->store, 1, resident, NULL), "no residents of its own");
    refused(f->store, HR_INVALID,
            hr_entry_add(f->store, 1, "note", "{\"date\":\"2003-01-01\",\"text\":\"x\"}", NULL, NULL, NULL),
            "no residents of its own");
    o.kind = "residents";
    refused(f->store, HR_INVALID, hr_import(f->store, file, &o, &result), "no residents of its own");
    o.kind = "note";
    refused(f->store, HR_INVALID, hr_import(f->store, care, &o, &result), "no residents of its own");
    refused(f->store, HR_INVALID, hr_call_raise(f->store, &call, NULL, NULL), "no residents of its own");
    /* the controls: registers, and a station */
    put_ok(f, "area", "{'area':'110105001','name':'建外街道'}");
    put_ok(f, "population", "{'area':'110105','year':2003,'residents':2000000}");
    put_ok(&w->at[STATION], "area", "{'area':'110105001001','name':'一居委会'}");
    put_ok(&w->at[STATION], "resident", "{'name':'王小明','sex':1,'birth_date':'1940-01-01','area':'110105001001'}");
    assert_status(w->at[STATION].store, HR_OK, hr_call_raise(w->at[STATION].store, &call, NULL, NULL));
    assert_int_equal(info_of(f->store).residents, 0);
    assert_whole(w);
}

static void verify_finds_a_store_that_was_made_a_bureaus_or_none(void **state) {
    world *w = *state;
    close_store(&w->at[DISTRICT]);
    close_store(&w->at[STATION]);
    raw_tamper(&w->at[DISTRICT], "DELETE FROM main.meta WHERE key = 'kind'");
    raw_tamper(&w->at[STATION], "INSERT INTO main.meta (key, value) VALUES ('kind', 'bureau')");
    become(&w->at[DISTRICT], NULL, NULL);
    become(&w->at[STATION], NULL, NULL);
    assert_int_equal(verify_findings(w->at[DISTRICT].store), 1);
    assert_int_equal(verify_findings(w->at[STATION].store), 1);
    assert_int_equal(verify_findings(w->at[CITY].store), 0);
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        TEST_OF(a_public_file_says_whose_it_is_and_is_the_same_each_time),
        cmocka_unit_test(a_fingerprint_is_the_beginning_of_a_hash),
        TEST_OF(every_change_of_a_public_file_shows),
        TEST_OF(a_public_file_may_have_the_line_ends_of_windows),
        TEST_OF(keys_are_drawn_by_who_may_write_and_renewed_by_an_administrator),
        TEST_OF(own_keys_outlive_new_keys_of_the_store_and_a_backup),
        TEST_OF(a_peer_is_taken_by_its_fingerprint_alone),
        TEST_OF(a_store_is_a_peer_of_its_bureau_and_of_none_else),
        TEST_OF(a_peer_with_new_keys_needs_the_new_fingerprint),
        TEST_OF(a_removed_peer_needs_its_fingerprint_again),
        TEST_OF(only_administrators_take_and_remove_peers),
        TEST_OF(no_roster_makes_a_peer),
        TEST_OF(a_statistician_cannot_put_keys_in_a_peers_place),
        TEST_OF(a_linkage_key_comes_down_from_the_city_unchanged),
        TEST_OF(there_is_one_linkage_key_a_year),
        TEST_OF(a_linkage_key_is_issued_by_a_bureaus_administrator_to_a_peer_below),
        TEST_OF(an_issue_overwrites_nothing_and_leaves_nothing_behind),
        TEST_OF(a_linkage_key_from_elsewhere_or_for_another_is_refused),
        TEST_OF(a_linkage_key_to_renewed_keys_is_refused),
        TEST_OF(only_who_may_write_receives_a_linkage_key),
        TEST_OF(every_altered_byte_of_a_linkage_key_shows),
        TEST_OF(what_is_no_linkage_key_is_said_to_be_none),
        TEST_OF(secrets_lie_in_the_chart_alone_and_are_never_shown),
        cmocka_unit_test(a_token_is_a_keyed_hash_of_who_somebody_is),
        TEST_OF(keys_and_peers_are_found_inside),
        TEST_OF(a_bureau_has_no_residents_of_its_own),
        TEST_OF(verify_finds_a_store_that_was_made_a_bureaus_or_none),
    };
    return cmocka_run_group_tests(tests, make_world, remove_world);
}
