/* What a store makes of the records it is given, through the public header: who a record is about, what it changes,
 * what is refused, and how residents are looked up, found, listed and counted.
 *
 * Expected values are worked out by hand or by a naive second way in this file: a scan over a table of generated
 * residents for hr_find, a list's length beside a rate's two numbers. Refusals are tables. Each row is refused alone
 * and inside a batch, in both languages, changes nothing (`everything` writes out all that a store says), names no
 * resident, and is accepted once its fault is taken away. Long random runs beside a model are test_model.c's. */
#include "support.h"
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

#define LI "11010519491231002X" /* the example of GB 11643: a woman, born 1949-12-31 */
#define LI_OLD "110105491231002"
#define LI_NAME "李秀英"
#define ZHAO_NAME "赵国强"       /* has no ID number */
#define SUN "110108196003051233" /* a man, born 1960-03-05, whom nobody knows yet */
#define HOME "110105001001"
#define OTHER_HOME "110105001002"
#define FAR_HOME "110108001001"
#define LI_FILE "11010500100100001"
#define ZHAO_FILE "11010500100100002"

enum { AS_OF = 20051231 };

/* ---- stores ---- */

static int open_areas(void **state) {
    fixture *f = calloc(1, sizeof *f);
    if (!f)
        return -1;
    copy_sample(f, *state);
    f->store = new_handle(HR_LANGUAGE_EN);
    *state = f;
    return open_with_key(f->store, f->path, f->recovery) == HR_OK ? 0 : -1;
}

#define RECORDS(name) cmocka_unit_test_setup_teardown(name, open_areas, remove_copy)

static void speak(fixture *f, hr_language language) {
    close_store(f);
    f->store = new_handle(language);
    assert_status(f->store, HR_OK, open_with_key(f->store, f->path, f->recovery));
}

static void add_text(FILE *out, char *text) {
    assert_non_null(text);
    fputs(text, out);
    fputc('\n', out);
    free(text);
}

/* All that a store says: counts, every resident, the figures of each tier. For free(). */
static char *everything(fixture *f) {
    static const char *const tiers[] = {"city", "district", "street", "committee"};
    char *text = NULL, *json;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    hr_store_info info = info_of(f->store);
    assert_non_null(out);
    fprintf(out, "%" PRIu64 " entries, %" PRIu64 " residents\n", entries_said(f->store), info.residents);
    for (size_t i = 0; i < COUNT(tiers); i++)
        add_text(out, rates_text(f->store, tiers[i], AS_OF));
    bool unsaid = begin_unsaid(f->store);
    for (int64_t id = 1; id <= (int64_t)info.entries; id++)
        if (hr_resident_get(f->store, id, &json) == HR_OK) {
            fprintf(out, "#%" PRId64 " %s\n", id, json);
            hr_free(json);
        }
    end_unsaid(f->store, unsaid);
    fclose(out);
    return text;
}

static void assert_everything_at(fixture *f, const char *before, const char *file, int line) {
    char *now = everything(f);
    bool same = strcmp(now, before) == 0;
    if (!same)
        print_error("the store says\n%s\nwhere it said\n%s\n", now, before);
    free(now);
    if (!same)
        _fail(file, line);
}
#define assert_everything(f, before) assert_everything_at((f), (before), __FILE__, __LINE__)

static uint64_t entries(fixture *f) {
    return entries_said(f->store);
}

/* ---- residents ---- */

/* A woman who has an ID number and a file, and a man who has neither ID number nor phone. */
static int64_t put_li(fixture *f) {
    return put_ok(f, "resident",
                  "{'id_number':'" LI "','name':'" LI_NAME "','area':'" HOME "','phone':'010-65001234',"
                  "'file_number':'" LI_FILE "','file_opened':'2002-03-01'}");
}

static int64_t put_zhao(fixture *f) {
    return put_ok(f, "resident",
                  "{'name':'" ZHAO_NAME "','sex':1,'birth_date':'1938-05','area':'" OTHER_HOME "',"
                  "'file_number':'" ZHAO_FILE "','file_opened':'2003-01-05'}");
}

static json_t *parsed(const char *text) {
    char *json = strdup(text);
    assert_non_null(json);
    quote_json(json);
    json_t *value = json_loads(json, JSON_DECODE_ANY, NULL);
    if (!value)
        fail_msg("%s is no JSON", text);
    free(json);
    return value;
}

static json_t *resident_of(fixture *f, int64_t id) {
    char *json = NULL;
    assert_status(f->store, HR_OK, hr_resident_get(f->store, id, &json));
    json_t *value = parsed(json);
    hr_free(json);
    return value;
}

/* The resident is exactly this JSON object, in which ' stands for ". */
static void assert_resident(fixture *f, int64_t id, const char *want) {
    json_t *a = resident_of(f, id), *b = parsed(want);
    if (!json_equal(a, b))
        fail_msg("%s is not %s", json_dumps(a, 0), want);
    json_decref(a);
    json_decref(b);
}

/* The field is this JSON value; NULL: it is not there. */
static void assert_field_at(fixture *f, int64_t id, const char *field, const char *want, const char *file, int line) {
    json_t *resident = resident_of(f, id), *value = json_object_get(resident, field);
    char *text = value ? json_dumps(value, JSON_ENCODE_ANY) : NULL, *quoted = want ? strdup(want) : NULL;
    if (quoted)
        quote_json(quoted);
    if (!text != !quoted || (text && quoted && strcmp(text, quoted) != 0)) {
        print_error("%s is %s instead of %s\n", field, text ? text : "not there", quoted ? quoted : "not there");
        _fail(file, line);
    }
    free(text);
    free(quoted);
    json_decref(resident);
}
#define assert_field(f, id, field, want) assert_field_at((f), (id), (field), (want), __FILE__, __LINE__)

/* ---- recognising ---- */

static void a_new_resident_is_registered(void **state) {
    fixture *f = *state;
    uint64_t before = entries(f);
    hr_change change = HR_UNCHANGED;
    int64_t id = 0;
    assert_status(f->store, HR_OK,
                  hr_put(f->store, "resident",
                         "{\"id_number\":\"" LI "\",\"name\":\"" LI_NAME "\",\"area\":\"" HOME "\"}", &id, &change));
    assert_int_equal(change, HR_ADDED);
    assert_true(id > 0);
    assert_int_equal(entries(f), before + 1);
    assert_int_equal(info_of(f->store).residents, 1);
    assert_resident(f, id,
                    "{'id_number':'" LI "','name':'" LI_NAME "','area':'" HOME "','sex':2,'birth_date':'1949-12-31'}");
}

static void out_parameters_may_be_left_out(void **state) {
    fixture *f = *state;
    const char *json = "{\"id_number\":\"" LI "\",\"name\":\"" LI_NAME "\",\"area\":\"" HOME "\"}";
    assert_status(f->store, HR_OK, hr_put(f->store, "resident", json, NULL, NULL));
    assert_int_equal(info_of(f->store).residents, 1);
}

static void the_number_of_a_record_that_is_no_resident_is_0(void **state) {
    assert_int_equal(put_ok(*state, "area", "{'area':'110109','name':'门头沟区'}"), 0);
}

static void a_resident_is_known_by_each_spelling_of_his_id_number(void **state) {
    static const char *const spellings[] = {LI,
                                            LI_OLD,
                                            "11010519491231002x",
                                            "１１０１０５１９４９１２３１００２Ｘ",
                                            "１１０１０５４９１２３１００２",
                                            " 11010519491231002X "};
    fixture *f = *state;
    int64_t li = put_li(f);
    uint64_t before = entries(f);
    for (size_t i = 0; i < COUNT(spellings); i++) {
        assert_int_equal(put_ok(f, "resident", "{'id_number':'%s','name':'" LI_NAME "'}", spellings[i]), li);
        assert_int_equal(entries(f), before);
    }
    assert_int_equal(info_of(f->store).residents, 1);
}

static void a_resident_is_known_by_his_file_number(void **state) {
    fixture *f = *state;
    int64_t zhao = put_zhao(f);
    assert_int_equal(put_ok(f, "resident", "{'file_number':'" ZHAO_FILE "','phone':'65001235'}"), zhao);
    assert_field(f, zhao, "phone", "'65001235'");
    assert_int_equal(info_of(f->store).residents, 1);
}

static void a_file_number_finds_whom_an_unknown_id_number_does_not(void **state) {
    fixture *f = *state;
    int64_t zhao = put_zhao(f);
    assert_int_equal(put_ok(f, "resident",
                            "{'id_number':'110105193805100014','name':'" ZHAO_NAME "','file_number':'" ZHAO_FILE "'}"),
                     zhao);
    assert_field(f, zhao, "id_number", "'110105193805100014'");
    assert_field(f, zhao, "birth_date", "'1938-05-10'");
}

static void a_resident_without_id_number_is_known_by_name_sex_and_birth_date(void **state) {
    static const char *const others[] = {"'name':'赵国庆','sex':1,'birth_date':'1938-05'",
                                         "'name':'" ZHAO_NAME "','sex':2,'birth_date':'1938-05'",
                                         "'name':'" ZHAO_NAME "','sex':1,'birth_date':'1938-05-01'",
                                         "'name':'" ZHAO_NAME "','sex':1,'birth_date':'1938'"};
    fixture *f = *state;
    int64_t zhao = put_zhao(f);
    assert_int_equal(
        put_ok(f, "resident", "{'name':'" ZHAO_NAME "','sex':'男','birth_date':'1938年5月','phone':'65001235'}"), zhao);
    assert_field(f, zhao, "phone", "'65001235'");
    for (size_t i = 0; i < COUNT(others); i++)
        assert_int_not_equal(put_ok(f, "resident", "{%s,'area':'" HOME "'}", others[i]), zhao);
    assert_int_equal(info_of(f->store).residents, 1 + COUNT(others));
}

static void an_id_number_is_added_to_who_was_known_without(void **state) {
    fixture *f = *state;
    int64_t sun = put_ok(f, "resident", "{'name':'孙海','sex':1,'birth_date':'1960-03-05','area':'" HOME "'}");
    assert_int_equal(put_ok(f, "resident", "{'id_number':'" SUN "','name':'孙海','area':'" HOME "'}"), sun);
    assert_field(f, sun, "id_number", "'" SUN "'");
    assert_int_equal(info_of(f->store).residents, 1);
    assert_int_equal(put_ok(f, "resident", "{'id_number':'" SUN "'}"), sun);
}

static void namesakes_with_different_id_numbers_are_two_residents(void **state) {
    fixture *f = *state;
    char namesake[ID_SIZE];
    int64_t sun = put_ok(f, "resident", "{'id_number':'" SUN "','name':'孙海','area':'" HOME "'}");
    id_number(namesake, 110105, 19600305, 125);
    assert_int_not_equal(put_ok(f, "resident", "{'id_number':'%s','name':'孙海','area':'" HOME "'}", namesake), sun);
    assert_int_equal(info_of(f->store).residents, 2);
}

static void a_resident_with_id_number_is_not_known_by_his_name(void **state) {
    fixture *f = *state;
    int64_t li = put_li(f);
    assert_int_not_equal(
        put_ok(f, "resident", "{'name':'" LI_NAME "','sex':2,'birth_date':'1949-12-31','area':'" HOME "'}"), li);
    assert_int_equal(info_of(f->store).residents, 2);
}

static void two_namesakes_with_different_file_numbers_are_two_residents(void **state) {
    fixture *f = *state;
    int64_t zhao = put_zhao(f);
    int64_t namesake = put_ok(f, "resident",
                              "{'name':'" ZHAO_NAME "','sex':1,'birth_date':'1938-05','area':'" HOME "',"
                              "'file_number':'11010500100100009','file_opened':'2003'}");
    assert_int_not_equal(namesake, zhao);
    assert_field(f, zhao, "area", "'" OTHER_HOME "'");
}

static void a_resident_is_known_within_the_batch_that_registers_him(void **state) {
    fixture *f = *state;
    assert_status(f->store, HR_OK, hr_batch_begin(f->store));
    int64_t li = put_li(f), zhao = put_zhao(f);
    assert_int_equal(put_ok(f, "resident", "{'id_number':'" LI_OLD "','phone':'1234567'}"), li);
    assert_int_equal(put_ok(f, "resident", "{'name':'" ZHAO_NAME "','sex':1,'birth_date':'1938-05'}"), zhao);
    assert_status(f->store, HR_OK, hr_batch_commit(f->store));
    assert_int_equal(info_of(f->store).residents, 2);
}

static void a_resident_of_a_batch_that_is_undone_is_not_known(void **state) {
    fixture *f = *state;
    assert_status(f->store, HR_OK, hr_batch_begin(f->store));
    put_li(f);
    hr_batch_rollback(f->store);
    assert_int_equal(put_change(f, "resident", "{'id_number':'" LI "','name':'" LI_NAME "','area':'" HOME "'}"),
                     HR_ADDED);
    assert_int_equal(info_of(f->store).residents, 1);
}

/* ---- amending ---- */

static void fields_that_are_given_change_and_others_stay(void **state) {
    fixture *f = *state;
    int64_t li = put_li(f);
    assert_int_equal(put_change(f, "resident", "{'id_number':'" LI "','phone':'13901001234','address':'幸福里1号'}"),
                     HR_AMENDED);
    assert_resident(f, li,
                    "{'id_number':'" LI "','name':'" LI_NAME "','area':'" HOME "','sex':2,'birth_date':'1949-12-31',"
                    "'phone':'13901001234','address':'幸福里1号','file_number':'" LI_FILE
                    "','file_opened':'2002-03-01'}");
}

static void null_clears_a_field(void **state) {
    fixture *f = *state;
    int64_t li = put_li(f);
    assert_int_equal(amend_ok(f, li, "{'phone':null,'file_number':null}"), HR_AMENDED);
    assert_resident(f, li,
                    "{'id_number':'" LI "','name':'" LI_NAME "','area':'" HOME "','sex':2,'birth_date':'1949-12-31',"
                    "'file_opened':'2002-03-01'}");
}

static void equal_fields_change_nothing_however_they_are_spelled(void **state) {
    static const char *const same[] = {
        "{'phone':'０１０-６５００１２３４'}",
        "{'phone':' 010-65001234 '}",
        "{'file_opened':'20020301'}",
        "{'file_opened':'2002年3月1日'}",
        "{'sex':2}",
        "{'sex':'女'}",
        "{'sex':'Female'}",
        "{'birth_date':'19491231'}",
        "{'address':null}",
        "{'died':null}",
        "{'area':110105001001}",
        "{}",
        ("{'id_number':'" LI_OLD "'}"),
    };
    fixture *f = *state;
    int64_t li = put_li(f);
    char *before = everything(f);
    for (size_t i = 0; i < COUNT(same); i++) {
        assert_int_equal(amend_ok(f, li, "%s", same[i]), HR_UNCHANGED);
        assert_everything(f, before);
    }
    free(before);
    assert_int_equal(amend_ok(f, li, "{'phone':'010-65001235'}"), HR_AMENDED); /* the control */
}

static void each_change_is_one_entry(void **state) {
    fixture *f = *state;
    uint64_t before = entries(f);
    int64_t li = put_li(f);
    amend_ok(f, li, "{'phone':'1234567','address':'幸福里1号','household':'户籍'}");
    amend_ok(f, li, "{'phone':'1234567'}");
    amend_ok(f, li, "{'phone':null}");
    put_ok(f, "area", "{'area':'" HOME "','name':'幸福里'}");
    put_ok(f, "area", "{'area':'" HOME "','name':'幸福里'}");
    assert_int_equal(entries(f), before + 4);
}

static void an_amendment_can_be_undone_by_another(void **state) {
    fixture *f = *state;
    int64_t li = put_li(f);
    json_t *before = resident_of(f, li);
    amend_ok(f, li, "{'phone':'1','area':'" FAR_HOME "','computerized':'2004-01-01'}");
    amend_ok(f, li, "{'phone':'010-65001234','area':'" HOME "','computerized':null}");
    json_t *after = resident_of(f, li);
    assert_true(json_equal(before, after));
    json_decref(before);
    json_decref(after);
}

static void a_corrected_id_number_replaces_the_old_one(void **state) {
    fixture *f = *state;
    int64_t li = put_li(f), id = 0;
    assert_int_equal(amend_ok(f, li, "{'id_number':'" SUN "'}"), HR_AMENDED);
    assert_status(f->store, HR_OK, hr_resident_lookup(f->store, SUN, &id));
    assert_int_equal(id, li);
    assert_status(f->store, HR_NOT_FOUND, hr_resident_lookup(f->store, LI, &id));
    assert_field(f, li, "birth_date", "'1960-03-05'");
    assert_field(f, li, "sex", "1");
    assert_int_equal(put_change(f, "resident", "{'id_number':'" LI "','name':'" LI_NAME "','area':'" HOME "'}"),
                     HR_ADDED);
    assert_int_equal(put_ok(f, "resident", "{'id_number':'" SUN "'}"), li);
}

static void a_corrected_name_replaces_the_old_one(void **state) {
    fixture *f = *state;
    int64_t zhao = put_zhao(f);
    amend_ok(f, zhao, "{'name':'赵国庆','file_number':null}");
    assert_int_equal(put_ok(f, "resident", "{'name':'赵国庆','sex':1,'birth_date':'1938-05'}"), zhao);
    assert_int_not_equal(
        put_ok(f, "resident", "{'name':'" ZHAO_NAME "','sex':1,'birth_date':'1938-05','area':'" HOME "'}"), zhao);
}

static void a_freed_file_number_may_be_given_to_another(void **state) {
    fixture *f = *state;
    int64_t li = put_li(f), zhao = put_zhao(f), id = 0;
    amend_ok(f, li, "{'file_number':'11010500100100008'}");
    assert_int_equal(amend_ok(f, zhao, "{'file_number':'" LI_FILE "'}"), HR_AMENDED);
    assert_status(f->store, HR_OK, hr_resident_lookup(f->store, LI_FILE, &id));
    assert_int_equal(id, zhao);
}

static void nobody_is_amended_who_is_not_there(void **state) {
    fixture *f = *state;
    int64_t li = put_li(f);
    const char *json = "{\"phone\":\"1234567\"}";
    hr_change change = HR_ADDED;
    assert_status(f->store, HR_NOT_FOUND, hr_amend(f->store, li + 1, json, &change));
    assert_status(f->store, HR_NOT_FOUND, hr_amend(f->store, li - 1, json, &change)); /* an area's entry */
    assert_status(f->store, HR_INVALID, hr_amend(f->store, 0, json, &change));
    assert_status(f->store, HR_INVALID, hr_amend(f->store, -li, json, &change));
    assert_status(f->store, HR_INVALID, hr_amend(f->store, li, NULL, &change));
    assert_int_equal(change, HR_ADDED);
    assert_status(f->store, HR_OK, hr_amend(f->store, li, json, NULL));
}

/* ---- what an ID number and a certificate say ---- */

static void birth_date_and_sex_come_from_the_id_number(void **state) {
    fixture *f = *state;
    int64_t woman = put_li(f), man = put_ok(f, "resident", "{'id_number':'" SUN "','name':'孙海','area':'" HOME "'}");
    assert_field(f, woman, "sex", "2");
    assert_field(f, woman, "birth_date", "'1949-12-31'");
    assert_field(f, man, "sex", "1");
    assert_field(f, man, "birth_date", "'1960-03-05'");
}

static void a_vaguer_birth_date_or_sex_beside_an_id_number_is_made_exact(void **state) {
    static const char *const vague[] = {"'birth_date':'1949'", "'birth_date':'1949-12'", "'sex':0", "'sex':9"};
    fixture *f = *state;
    for (size_t i = 0; i < COUNT(vague); i++) {
        assert_status(f->store, HR_OK, hr_batch_begin(f->store));
        int64_t li =
            put_ok(f, "resident", "{'id_number':'" LI "','name':'" LI_NAME "','area':'" HOME "',%s}", vague[i]);
        assert_field(f, li, "birth_date", "'1949-12-31'");
        assert_field(f, li, "sex", "2");
        hr_batch_rollback(f->store);
    }
}

static void the_certificate_says_kind_and_grade(void **state) {
    fixture *f = *state;
    int64_t li = put_li(f);
    amend_ok(f, li, "{'disability_certificate':'" LI "43'}");
    assert_field(f, li, "disability_kind", "4");
    assert_field(f, li, "disability_grade", "3");
    amend_ok(f, li, "{'disability_certificate':'１１０１０５１９４９１２３１００２ｘ12b1'}"); /* replaced */
    assert_field(f, li, "disability_certificate", "'" LI "12B1'");
    assert_field(f, li, "disability_kind", "1");
    assert_field(f, li, "disability_grade", "2");
}

/* Whatever becomes of the request, the ID number and what it says stay together. */
static void clearing_what_the_id_number_says_does_not_lose_it(void **state) {
    static const char *const requests[] = {"{\"birth_date\":null}", "{\"sex\":null}"};
    fixture *f = *state;
    int64_t li = put_li(f);
    for (size_t i = 0; i < COUNT(requests); i++) {
        (void)hr_amend(f->store, li, requests[i], NULL);
        assert_field(f, li, "birth_date", "'1949-12-31'");
        assert_field(f, li, "sex", "2");
    }
}

static void an_id_number_can_be_cleared_and_leaves_birth_date_and_sex(void **state) {
    fixture *f = *state;
    int64_t li = put_li(f);
    assert_int_equal(amend_ok(f, li, "{'id_number':null}"), HR_AMENDED);
    assert_field(f, li, "id_number", NULL);
    assert_field(f, li, "birth_date", "'1949-12-31'");
    assert_int_equal(put_ok(f, "resident", "{'name':'" LI_NAME "','sex':2,'birth_date':'1949-12-31'}"), li);
}

static void id_number_and_certificate_can_be_corrected_together(void **state) {
    fixture *f = *state;
    int64_t li = put_li(f);
    amend_ok(f, li, "{'disability_certificate':'" LI "43'}");
    amend_ok(f, li, "{'id_number':'" SUN "','disability_certificate':'" SUN "43'}");
    assert_field(f, li, "disability_certificate", "'" SUN "43'");
}

/* ---- refusals ---- */

/* A record that is refused: by `id` to hr_amend, or to hr_put. The message names `field` and, where two contradict each
 * other, `other`; `good` is the same without the fault. */
typedef enum whom { PUT, AMEND_LI, AMEND_ZHAO } whom;
typedef struct refusal {
    whom to;
    const char *kind, *json, *field, *other, *good;
} refusal;

typedef struct neighbours {
    int64_t li, zhao;
} neighbours;

static const hr_language languages[] = {HR_LANGUAGE_EN, HR_LANGUAGE_ZH};

/* What a message calls a field: by its name in English, by its heading in Chinese. */
static void label_of(fixture *f, const char *kind, const char *field, char out[64], hr_language language) {
    hr_cursor *rows = NULL;
    assert_status(f->store, HR_OK, hr_columns(f->store, kind, &rows));
    *out = '\0';
    while (hr_cursor_next(rows) == HR_OK)
        if (strcmp(hr_cursor_text(rows, 0), field) == 0)
            snprintf(out, 64, "%s", hr_cursor_text(rows, language == HR_LANGUAGE_ZH ? 2 : 0));
    hr_cursor_free(rows);
    if (!*out)
        fail_msg("%s has no column %s", kind, field);
}

/* Whether there is a character of East Asian writing, its punctuation and full-width forms included. */
static bool has_chinese(const char *text) {
    for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
        unsigned code = c[0] >= 0xE0 && c[0] < 0xF0 ? (c[0] & 15u) << 12 | (c[1] & 63u) << 6 | (c[2] & 63u) : 0;
        if ((code >= 0x2E80 && code < 0xA000) || (code >= 0xF900 && code < 0xFB00) ||
            (code >= 0xFF00 && code < 0xFFF0) || c[0] >= 0xF0)
            return true;
    }
    return false;
}

/* An accepted spelling of a date is quoted to everybody. */
static void assert_language(const char *said, hr_language language) {
    static const char example[] = "2003年5月1日";
    char rest[1200];
    const char *at = strstr(said, example);
    snprintf(rest, sizeof rest, "%.*s%s", at ? (int)(at - said) : (int)strlen(said), said,
             at ? at + strlen(example) : "");
    if (has_chinese(rest) != (language == HR_LANGUAGE_ZH))
        fail_msg("\"%s\" is in the wrong language", said);
}

static void assert_remedy(const char *said, hr_language language) {
    static const char *const english[] = {
        "correct", "fill",   "give",        "check",  "shorten",   "write ",  "must come",
        "import",  "choose", "put its row", "leave ", "none of: ", "see the", "whole number from"};
    static const char *const chinese[] = {"请", "须", "可填", "只填", "应为", "的整数"};
    bool zh = language == HR_LANGUAGE_ZH, found = false;
    for (size_t i = 0; i < (zh ? COUNT(chinese) : COUNT(english)); i++)
        found |= strstr(said, zh ? chinese[i] : english[i]) != NULL;
    if (!found)
        fail_msg("\"%s\" does not say what to do", said);
}

static void assert_not_said(const char *said, const char *secret) {
    if (*secret && strstr(said, secret))
        fail_msg("\"%s\" repeats %s", said, secret);
}

/* Neither who is known already nor who the record is about is named. */
static void assert_names_nobody(const char *said, const char *json) {
    static const char *const known[] = {LI, LI_OLD, LI_NAME, ZHAO_NAME};
    static const char *const fields[] = {"id_number", "name", "disability_certificate"};
    json_t *record = parsed(json);
    for (size_t i = 0; i < COUNT(known); i++)
        assert_not_said(said, known[i]);
    for (size_t i = 0; i < COUNT(fields); i++) {
        const char *value = json_string_value(json_object_get(record, fields[i]));
        assert_not_said(said, value ? value : "");
    }
    json_decref(record);
}

static hr_status send(fixture *f, const refusal *r, const neighbours *p, const char *json) {
    char *quoted = strdup(json);
    int64_t id = -7;
    hr_change change = HR_ADDED;
    assert_non_null(quoted);
    quote_json(quoted);
    hr_status status = r->to == PUT ? hr_put(f->store, r->kind, quoted, &id, &change)
                                    : hr_amend(f->store, r->to == AMEND_LI ? p->li : p->zhao, quoted, &change);
    if (status != HR_OK) { /* out-parameters are untouched */
        assert_int_equal(id, -7);
        assert_int_equal(change, HR_ADDED);
    }
    free(quoted);
    return status;
}

static void assert_explained(fixture *f, const refusal *r, hr_language language) {
    char said[1200], label[64];
    snprintf(said, sizeof said, "%s", hr_error(f->store));
    assert_language(said, language);
    assert_remedy(said, language);
    assert_names_nobody(said, r->json);
    if (r->field) {
        label_of(f, r->kind, r->field, label, language);
        if (strncmp(said, label, strlen(label)) != 0)
            fail_msg("\"%s\" does not begin with \"%s\"", said, label);
    }
    if (r->other) {
        label_of(f, r->kind, r->other, label, language);
        assert_text_has(said, label);
    }
}

static void assert_refused(fixture *f, const refusal *r, const neighbours *p, hr_language language) {
    char *before = everything(f);
    hr_status status = send(f, r, p, r->json);
    if (status != HR_INVALID)
        print_error("%s\n", r->json);
    assert_status(f->store, HR_INVALID, status);
    assert_explained(f, r, language);
    assert_everything(f, before);
    free(before);
}

/* Inside a batch that has said something already, and goes on to say the same without the fault. */
static void assert_refused_in_batch(fixture *f, const refusal *r, const neighbours *p, hr_language language) {
    assert_status(f->store, HR_OK, hr_batch_begin(f->store));
    put_ok(f, "resident", "{'name':'钱文','sex':2,'birth_date':'1951','area':'" HOME "','file_opened':'2001'}");
    put_ok(f, "population", "{'area':'" HOME "','year':2004,'residents':500}");
    assert_refused(f, r, p, language);
    hr_status status = send(f, r, p, r->good);
    if (status != HR_OK)
        print_error("%s\n", r->good);
    assert_status(f->store, HR_OK, status);
    hr_batch_rollback(f->store);
}

static void assert_all_refused(fixture *f, const refusal *rows, size_t count) {
    neighbours p = {.li = put_li(f), .zhao = put_zhao(f)};
    char *before = everything(f);
    for (size_t l = 0; l < COUNT(languages); l++) {
        speak(f, languages[l]);
        for (size_t i = 0; i < count; i++) {
            assert_refused(f, &rows[i], &p, languages[l]);
            assert_refused_in_batch(f, &rows[i], &p, languages[l]);
        }
    }
    assert_everything(f, before);
    assert_int_equal(verify_findings(f->store), 0);
    free(before);
}

#define NEW(rest) "{'name':'孙海','area':'" HOME "'," rest "}"
#define NEW_SUN(rest) NEW("'id_number':'" SUN "'," rest)

static void a_clash_with_another_resident_is_refused(void **state) {
    static const refusal rows[] = {
        /* his file number belongs to her, by any way he is known or not known */
        {PUT, "resident", NEW_SUN("'file_number':'" LI_FILE "','file_opened':'2003'"), "file_number", NULL,
         NEW_SUN("'file_number':'11010500100100007','file_opened':'2003'")},
        {PUT, "resident", NEW("'sex':1,'birth_date':'1960','file_number':'" LI_FILE "','file_opened':'2003'"),
         "file_number", NULL,
         NEW("'sex':1,'birth_date':'1960','file_number':'11010500100100007','file_opened':'2003'")},
        {PUT, "resident", "{'id_number':'" SUN "','name':'" LI_NAME "','file_number':'" LI_FILE "'}", "file_number",
         NULL, "{'id_number':'" LI "','name':'" LI_NAME "','file_number':'" LI_FILE "'}"},
        {PUT, "resident", "{'id_number':'" LI "','file_number':'" ZHAO_FILE "'}", "file_number", NULL,
         "{'id_number':'" LI "','file_number':'" LI_FILE "'}"},
        {PUT, "resident", "{'name':'赵国庆','file_number':'" ZHAO_FILE "'}", "file_number", NULL,
         "{'name':'" ZHAO_NAME "','file_number':'" ZHAO_FILE "'}"},
        {AMEND_ZHAO, "resident", "{'file_number':'" LI_FILE "'}", "file_number", NULL,
         "{'file_number':'" ZHAO_FILE "'}"},
        {AMEND_ZHAO, "resident", "{'sex':2,'birth_date':null,'id_number':'" LI "'}", "id_number", NULL,
         "{'sex':null,'birth_date':null,'id_number':'" SUN "'}"},
    };
    assert_all_refused(*state, rows, COUNT(rows));
}

static void what_contradicts_the_id_number_is_refused(void **state) {
    static const refusal rows[] = {
        {PUT, "resident", NEW_SUN("'birth_date':'1960-03-06'"), "birth_date", "id_number",
         NEW_SUN("'birth_date':'1960-03-05'")},
        {PUT, "resident", NEW_SUN("'birth_date':'1961'"), "birth_date", "id_number", NEW_SUN("'birth_date':'1960'")},
        {PUT, "resident", NEW_SUN("'sex':2"), "sex", "id_number", NEW_SUN("'sex':1")},
        {PUT, "resident", NEW_SUN("'disability_certificate':'" LI "43'"), "disability_certificate", "id_number",
         NEW_SUN("'disability_certificate':'" SUN "43'")},
        {PUT, "resident", "{'id_number':'" LI "','sex':1}", "sex", "id_number", "{'id_number':'" LI "','sex':2}"},
    };
    assert_all_refused(*state, rows, COUNT(rows));
}

/* The record says one thing and the store knows the other. */
static void what_contradicts_the_known_id_number_is_refused(void **state) {
    static const refusal rows[] = {
        {AMEND_LI, "resident", "{'birth_date':'1949-12-30'}", "birth_date", "id_number", "{'birth_date':'1949-12-31'}"},
        {AMEND_LI, "resident", "{'sex':1}", "sex", "id_number", "{'sex':2}"},
        {AMEND_LI, "resident", "{'disability_certificate':'" SUN "43'}", "disability_certificate", "id_number",
         "{'disability_certificate':'" LI "43'}"},
        {PUT, "resident", "{'file_number':'" LI_FILE "','sex':1}", "sex", "id_number",
         "{'file_number':'" LI_FILE "','sex':2}"},
    };
    assert_all_refused(*state, rows, COUNT(rows));
}

static void what_contradicts_the_certificate_is_refused(void **state) {
    static const refusal rows[] = {
        {AMEND_LI, "resident", "{'disability_certificate':'" LI "43','disability_kind':3}", "disability_kind",
         "disability_certificate", "{'disability_certificate':'" LI "43','disability_kind':'肢体'}"},
        {AMEND_LI, "resident", "{'disability_certificate':'" LI "43','disability_grade':4}", "disability_grade",
         "disability_certificate", "{'disability_certificate':'" LI "43','disability_grade':'三级'}"},
    };
    assert_all_refused(*state, rows, COUNT(rows));
}

static void what_contradicts_the_known_certificate_is_refused(void **state) {
    static const refusal rows[] = {
        {AMEND_LI, "resident", "{'disability_kind':3}", "disability_kind", "disability_certificate",
         "{'disability_kind':4}"},
        {AMEND_LI, "resident", "{'disability_grade':4}", "disability_grade", "disability_certificate",
         "{'disability_grade':3}"},
        {AMEND_LI, "resident", "{'id_number':'" SUN "'}", "disability_certificate", "id_number",
         "{'id_number':'" SUN "','disability_certificate':null}"},
    };
    fixture *f = *state;
    neighbours p = {.li = put_li(f)};
    amend_ok(f, p.li, "{'disability_certificate':'" LI "43'}");
    for (size_t l = 0; l < COUNT(languages); l++) {
        speak(f, languages[l]);
        for (size_t i = 0; i < COUNT(rows); i++)
            assert_refused_in_batch(f, &rows[i], &p, languages[l]);
    }
}

static void what_is_required_must_be_there(void **state) {
    static const refusal rows[] = {
        {PUT, "resident", "{'id_number':'" SUN "','area':'" HOME "'}", "name", NULL, NEW_SUN("'phone':null")},
        {PUT, "resident", "{'id_number':'" SUN "','name':'孙海'}", "area", NULL, NEW_SUN("'phone':null")},
        {PUT, "resident", NEW("'sex':1"), "id_number", NULL, NEW("'sex':1,'birth_date':'1960'")},
        {PUT, "resident", NEW("'birth_date':'1960'"), "id_number", NULL, NEW("'sex':0,'birth_date':'1960'")},
        {PUT, "resident", "{}", "name", NULL, NEW_SUN("'phone':null")},
        {AMEND_LI, "resident", "{'name':null}", "name", NULL, "{'name':'李秀'}"},
        {AMEND_LI, "resident", "{'area':null}", "area", NULL, "{'area':'" FAR_HOME "'}"},
        {AMEND_ZHAO, "resident", "{'sex':null}", "id_number", NULL, "{'sex':9}"},
        {AMEND_ZHAO, "resident", "{'birth_date':null}", "id_number", NULL, "{'birth_date':'1938'}"},
        {AMEND_LI, "resident", "{'file_opened':null}", "file_opened", "file_number",
         "{'file_opened':null,'file_number':null}"},
        {PUT, "resident", NEW_SUN("'file_number':'11010500100100007'"), "file_opened", "file_number",
         NEW_SUN("'file_number':'11010500100100007','file_opened':'2003'")},
        {PUT, "resident", NEW_SUN("'computerized':'2003'"), "file_opened", "computerized",
         NEW_SUN("'computerized':'2003','file_opened':'2003'")},
        {AMEND_LI, "resident", "{'rehab_served_since':'2003'}", "rehab_need_since", "rehab_served_since",
         "{'rehab_need_since':'2003','rehab_served_since':'2003'}"},
        {AMEND_LI, "resident", "{'rehab_need_since':'2003','rehab_outcome':'none','rehab_outcome_date':'2004'}",
         "rehab_served_since", "rehab_outcome",
         "{'rehab_need_since':'2003','rehab_served_since':'2003','rehab_outcome':'none','rehab_outcome_date':'2004'}"},
        {AMEND_LI, "resident", "{'rehab_need_since':'2003','rehab_served_since':'2003','rehab_outcome':'none'}",
         "rehab_outcome_date", "rehab_outcome", "{'rehab_need_since':'2003','rehab_served_since':'2003'}"},
        {AMEND_LI, "resident", "{'rehab_need_since':'2003','rehab_served_since':'2003','rehab_outcome_date':'2004'}",
         "rehab_outcome", "rehab_outcome_date", "{'rehab_need_since':'2003','rehab_served_since':'2003'}"},
        {AMEND_LI, "resident", "{'home_bed_closed':'2003'}", "home_bed_opened", "home_bed_closed",
         "{'home_bed_opened':'2003','home_bed_closed':'2003'}"},
        {PUT, "institution", "{'code':'S1','name':'一站','kind':'station'}", "area", NULL,
         "{'code':'S1','name':'一站','kind':'station','area':'" HOME "'}"},
        {PUT, "institution", "{'code':'S1','name':'一站','area':'" HOME "'}", "kind", NULL,
         "{'code':'S1','name':'一站','kind':'站','area':'" HOME "'}"},
        {PUT, "institution", "{'code':'S1','kind':'station','area':'" HOME "'}", "name", NULL,
         "{'code':'S1','name':'一站','kind':'centre','area':'" HOME "'}"},
        {PUT, "institution", "{'name':'一站','kind':'station','area':'" HOME "'}", "code", NULL,
         "{'code':'S1','name':'一站','kind':'station','area':'" HOME "'}"},
        {PUT, "population", "{'area':'" HOME "','residents':5}", "year", NULL,
         "{'area':'" HOME "','year':2003,'residents':5}"},
        {PUT, "population", "{'year':2003,'residents':5}", "area", NULL, "{'area':'" HOME "','year':2003}"},
        {PUT, "area", "{'area':'110109'}", "name", NULL, "{'area':'110109','name':'门头沟区'}"},
        {PUT, "area", "{'name':'门头沟区'}", "area", NULL, "{'area':'110109','name':'门头沟区'}"},
        {PUT, "area", "{'area':'" HOME "','name':null}", "name", NULL, "{'area':'" HOME "','name':'幸福里'}"},
    };
    assert_all_refused(*state, rows, COUNT(rows));
}

#define A32 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define LONGEST A32 A32 A32 A32 /* that a name may be */

static void a_value_that_is_none_of_its_field_is_refused(void **state) {
    static const refusal rows[] = {
        {PUT, "resident", NEW("'id_number':'110108196003051239'"), "id_number", NULL, NEW_SUN("'phone':null")},
        {PUT, "resident", NEW("'id_number':'11010819600305123'"), "id_number", NULL, NEW_SUN("'phone':null")},
        {PUT, "resident", NEW("'id_number':'110108196002301232'"), "id_number", NULL, NEW_SUN("'phone':null")},
        {AMEND_LI, "resident", "{'sex':3}", "sex", NULL, "{'sex':2}"},
        {AMEND_LI, "resident", "{'file_number':'1101050010010000'}", "file_number", NULL,
         "{'file_number':'11010500100100003'}"},
        {AMEND_LI, "resident", "{'file_opened':'2003-02-29'}", "file_opened", NULL, "{'file_opened':'2004-02-29'}"},
        {AMEND_LI, "resident", "{'file_opened':'2003-13'}", "file_opened", NULL, "{'file_opened':'2003-12'}"},
        {AMEND_LI, "resident", "{'file_opened':'1849'}", "file_opened", NULL, "{'file_opened':'1950'}"},
        {AMEND_LI, "resident", "{'file_opened':'soon'}", "file_opened", NULL, "{'file_opened':20030501}"},
        {AMEND_LI, "resident", "{'file_opened':true}", "file_opened", NULL, "{'file_opened':'2003'}"},
        {AMEND_LI, "resident", "{'phone':1.5}", "phone", NULL, "{'phone':65001234}"},
        {AMEND_LI, "resident", "{'call_device':true}", "call_device", NULL, "{'call_device':'A-17'}"},
        {AMEND_LI, "resident", "{'phone':['65001234']}", "phone", NULL, "{'phone':'65001234'}"},
        {AMEND_LI, "resident", "{'disability_certificate':'" LI "83'}", "disability_certificate", NULL,
         "{'disability_certificate':'" LI "73'}"},
        {AMEND_LI, "resident", "{'disability_kind':8}", "disability_kind", NULL, "{'disability_kind':7}"},
        {AMEND_LI, "resident", "{'disability_grade':'5'}", "disability_grade", NULL, "{'disability_grade':'4'}"},
        {AMEND_LI, "resident", "{'hardship':'perhaps'}", "hardship", NULL, "{'hardship':true}"},
        {AMEND_LI, "resident", "{'area':'11010500100'}", "area", NULL, "{'area':'" FAR_HOME "'}"},
        {AMEND_LI, "resident", "{'name':'" LONGEST "a'}", "name", NULL, "{'name':'" LONGEST "'}"},
        {AMEND_LI, "resident", "{'weight':70}", NULL, NULL, "{'household':'70'}"},
        {PUT, "population", "{'area':'" HOME "','year':1849}", "year", NULL, "{'area':'" HOME "','year':1850}"},
        {PUT, "population", "{'area':'" HOME "','year':2200}", "year", NULL, "{'area':'" HOME "','year':2199}"},
        {PUT, "population", "{'area':'" HOME "','year':2003,'elderly':-1}", "elderly", NULL,
         "{'area':'" HOME "','year':2003,'elderly':0}"},
        {PUT, "population", "{'area':'" HOME "','year':2003,'home_bed':100000001}", "home_bed", NULL,
         "{'area':'" HOME "','year':2003,'home_bed':100000000}"},
        {PUT, "population", "{'area':'" HOME "','year':2003,'residents':'12.5'}", "residents", NULL,
         "{'area':'" HOME "','year':2003,'residents':'12'}"},
        {PUT, "institution", "{'code':'S1','name':'一站','kind':'hospital','area':'" HOME "'}", "kind", NULL,
         "{'code':'S1','name':'一站','kind':'station','area':'" HOME "'}"},
        {PUT, "institution", "{'code':'S1','name':'一站','kind':'station','area':'" HOME "','grade':'D'}", "grade",
         NULL, "{'code':'S1','name':'一站','kind':'station','area':'" HOME "','grade':'C'}"},
        {PUT, "institution", "{'code':'S1','name':'一站','kind':'站','area':'" HOME "','serves':'110105;12345'}",
         "serves", NULL, "{'code':'S1','name':'一站','kind':'站','area':'" HOME "','serves':'110105;110108'}"},
    };
    assert_all_refused(*state, rows, COUNT(rows));
}

static void what_is_no_json_object_is_refused(void **state) {
    static const refusal rows[] = {
        {AMEND_LI, "resident", "['" LI "']", NULL, NULL, "{'id_number':'" LI "'}"},
        {AMEND_LI, "resident", "'" LI_NAME "'", NULL, NULL, "{'name':'" LI_NAME "'}"},
        {AMEND_LI, "resident", "{'phone':'1','phone':'2'}", NULL, NULL, "{'phone':'1'}"},
    };
    assert_all_refused(*state, rows, COUNT(rows));
}

static void an_area_must_be_known_and_fit(void **state) {
    static const refusal rows[] = {
        {AMEND_LI, "resident", "{'area':'110105001004'}", "area", NULL, "{'area':'110105001003'}"},
        {AMEND_LI, "resident", "{'area':'110105001'}", "area", NULL, "{'area':'110105001001'}"},
        {AMEND_LI, "resident", "{'area':'11'}", "area", NULL, "{'area':'110105001002'}"},
        {AMEND_LI, "resident", "{'area':'310105001001'}", "area", NULL, "{'area':'110108001001'}"},
        {PUT, "institution", "{'code':'S1','name':'一站','kind':'站','area':'110105009'}", "area", NULL,
         "{'code':'S1','name':'一站','kind':'站','area':'110105002'}"},
        {PUT, "population", "{'area':'110109','year':2003,'residents':5}", "area", NULL,
         "{'area':'110108','year':2003,'residents':5}"},
        {PUT, "area", "{'area':'310101','name':'黄浦区'}", "area", NULL, "{'area':'110101','name':'东城区'}"},
        {PUT, "area", "{'area':'12','name':'天津市'}", "area", NULL, "{'area':'11','name':'北京'}"},
        {PUT, "area", "{'area':'110105003001','name':'第1社区'}", "area", NULL,
         "{'area':'110105002003','name':'第3社区'}"},
        {PUT, "area", "{'area':'110109001','name':'第1街道'}", "area", NULL, "{'area':'110108002','name':'第2街道'}"},
        {PUT, "area", "{'area':'1101','name':'市辖区'}", "area", NULL, "{'area':'1102','name':'县'}"},
        {PUT, "area", "{'area':'110108002','name':'第2街道','parent':'110105'}", "parent", NULL,
         "{'area':'110108002','name':'第2街道','parent':'110108'}"},
        {PUT, "area", "{'area':'110108002','name':'第2街道','parent':'110108002'}", "parent", NULL,
         "{'area':'110108002','name':'第2街道','parent':'11'}"},
    };
    assert_all_refused(*state, rows, COUNT(rows));
}

/* ---- dates ---- */

/* The second is never before the first. */
static const char *const in_order[][2] = {
    {"birth_date", "died"},
    {"birth_date", "file_opened"},
    {"birth_date", "computerized"},
    {"birth_date", "rehab_need_since"},
    {"birth_date", "rehab_served_since"},
    {"birth_date", "rehab_outcome_date"},
    {"birth_date", "home_bed_opened"},
    {"birth_date", "household_care_since"},
    {"birth_date", "moved_in"},
    {"birth_date", "moved_out"},
    {"file_opened", "computerized"},
    {"file_opened", "died"},
    {"rehab_need_since", "rehab_served_since"},
    {"home_bed_opened", "home_bed_closed"},
    {"moved_in", "moved_out"},
    {"moved_in", "died"},
};

/* What a field needs beside it; a year alone contradicts no day in it. */
static const char *const companions[][4] = {
    {"computerized", "file_opened"},
    {"rehab_served_since", "rehab_need_since"},
    {"rehab_outcome_date", "rehab_need_since", "rehab_served_since", "rehab_outcome"},
    {"home_bed_closed", "home_bed_opened"},
};

enum { RECORD = 512 };

static void append(char json[RECORD], const char *field, const char *value) {
    size_t used = strlen(json);
    snprintf(json + used, RECORD - used, "%s'%s':'%s'", used > 1 ? "," : "", field, value);
}

static bool says(const char *json, const char *field) {
    char key[40];
    snprintf(key, sizeof key, "'%s':", field);
    return strstr(json, key) != NULL;
}

/* Appends the field and what it needs that neither `json` nor `known` says yet. */
static void say_date(char json[RECORD], const char *known, const char *field, const char *value) {
    append(json, field, value);
    for (size_t i = 0; i < COUNT(companions); i++)
        for (size_t k = 1; k < 4 && strcmp(companions[i][0], field) == 0 && companions[i][k]; k++)
            if (!says(json, companions[i][k]) && !says(known, companions[i][k]))
                append(json, companions[i][k], strcmp(companions[i][k], "rehab_outcome") == 0 ? "none" : "2000");
}

/* Somebody of whom this date is known; without the closing brace. */
static void begin_person(char json[RECORD], const char *field, const char *date) {
    snprintf(json, RECORD, "{'name':'孙海','sex':'1','area':'" HOME "'");
    if (strcmp(field, "birth_date") != 0)
        append(json, "birth_date", "1960");
    say_date(json, "", field, date);
}

static void assert_order(fixture *f, const char *const fields[2], const char *first, const char *too_early,
                         const char *good, hr_language language) {
    char bad_json[RECORD], good_json[RECORD];
    begin_person(bad_json, fields[0], first);
    begin_person(good_json, fields[0], first);
    say_date(bad_json, "", fields[1], too_early);
    say_date(good_json, "", fields[1], good);
    refusal row = {PUT, "resident", strcat(bad_json, "}"), fields[1], fields[0], strcat(good_json, "}")};
    assert_refused_in_batch(f, &row, NULL, language);
}

static void no_date_is_before_one_that_must_come_first(void **state) {
    fixture *f = *state;
    for (size_t l = 0; l < COUNT(languages); l++) {
        speak(f, languages[l]);
        for (size_t i = 0; i < COUNT(in_order); i++)
            assert_order(f, in_order[i], "2000-05-10", "2000-05-09", "2000-05-10", languages[l]);
    }
}

static void an_unknown_month_or_day_contradicts_nothing_that_may_be_true(void **state) {
    static const char *const cases[][3] = {{"2000-05-10", "2000-04", "2000-05"},
                                           {"2000-05-10", "1999", "2000"},
                                           {"2000-06", "2000-05-31", "2000-06-01"},
                                           {"2000-06", "2000-05", "2000-06"},
                                           {"2000", "1999-12-31", "2000-01-01"}};
    fixture *f = *state;
    for (size_t c = 0; c < COUNT(cases); c++)
        for (size_t i = 0; i < COUNT(in_order); i++)
            assert_order(f, in_order[i], cases[c][0], cases[c][1], cases[c][2], HR_LANGUAGE_EN);
}

static void an_amendment_keeps_to_the_order_of_the_dates_that_are_known(void **state) {
    fixture *f = *state;
    for (size_t i = 0; i < COUNT(in_order); i++) {
        char known[RECORD], bad[RECORD] = "{", good[RECORD] = "{";
        neighbours p = {0};
        begin_person(known, in_order[i][0], "2000-05-10");
        say_date(bad, known, in_order[i][1], "2000-05-09");
        say_date(good, known, in_order[i][1], "2000-05-10");
        refusal row = {AMEND_LI, "resident", strcat(bad, "}"), in_order[i][1], in_order[i][0], strcat(good, "}")};
        p.li = put_ok(f, "resident", "%s}", known);
        assert_refused_in_batch(f, &row, &p, HR_LANGUAGE_EN);
        amend_ok(f, p.li, "{'name':'孙海%zu'}", i); /* another, next time */
    }
}

static void an_institution_does_not_close_before_it_opens(void **state) {
#define STATION_OF(opened, closed)                                                                                     \
    "{'code':'S1','name':'一站','kind':'站','area':'" HOME "','opened':'" opened "','closed':'" closed "'}"
    static const refusal rows[] = {
        {PUT, "institution", STATION_OF("2003-05-10", "2003-05-09"), "closed", "opened",
         STATION_OF("2003-05-10", "2003-05-10")},
        {PUT, "institution", STATION_OF("2003-05", "2003-04"), "closed", "opened", STATION_OF("2003-05", "2003")},
    };
    assert_all_refused(*state, rows, COUNT(rows));
}

static int32_t day_from_now(int days) {
    time_t at = time(NULL);
    struct tm day;
    assert_non_null(localtime_r(&at, &day));
    day.tm_mday += days;
    day.tm_hour = 12;
    mktime(&day);
    return (day.tm_year + 1900) * 10000 + (day.tm_mon + 1) * 100 + day.tm_mday;
}

static hr_status put_dated(fixture *f, const char *kind, const char *field, int days, char json[RECORD]) {
    char value[16];
    snprintf(value, sizeof value, "%d", day_from_now(days));
    if (strcmp(kind, "resident") == 0)
        begin_person(json, field, value);
    else
        append(strcpy(json, "{'code':'S1','name':'一站','kind':'站','area':'" HOME "'"), field, value);
    strcat(json, "}");
    char *quoted = strdup(json);
    assert_non_null(quoted);
    quote_json(quoted);
    hr_status status = hr_put(f->store, kind, quoted, NULL, NULL);
    free(quoted);
    return status;
}

/* If tomorrow comes meanwhile, asks once more. */
static void assert_no_future(fixture *f, const char *kind, const char *field, hr_language language) {
    char json[RECORD], *before = everything(f);
    int32_t today;
    hr_status status;
    do {
        today = day_from_now(0);
        assert_status(f->store, HR_OK, hr_batch_begin(f->store));
        status = put_dated(f, kind, field, 1, json);
        if (status == HR_INVALID)
            assert_explained(f, &(refusal){PUT, kind, json, field, NULL, NULL}, language);
        assert_status(f->store, HR_OK, put_dated(f, kind, field, 0, json)); /* today, the control */
        hr_batch_rollback(f->store);
    } while (today != day_from_now(0));
    if (status != HR_INVALID)
        fail_msg("%s may be in the future", field);
    assert_everything(f, before);
    free(before);
}

static void no_date_is_in_the_future(void **state) {
    static const char *const resident[] = {"birth_date",       "file_opened",        "computerized",
                                           "rehab_need_since", "rehab_served_since", "rehab_outcome_date",
                                           "home_bed_opened",  "home_bed_closed",    "household_care_since",
                                           "moved_in",         "moved_out",          "died"};
    static const char *const institution[] = {"opened", "closed", "networked_since"};
    fixture *f = *state;
    for (size_t l = 0; l < COUNT(languages); l++) {
        speak(f, languages[l]);
        for (size_t i = 0; i < COUNT(resident); i++)
            assert_no_future(f, "resident", resident[i], languages[l]);
        for (size_t i = 0; i < COUNT(institution); i++)
            assert_no_future(f, "institution", institution[i], languages[l]);
    }
}

/* ---- what else is refused ---- */

static void a_kind_or_record_that_is_none_is_refused(void **state) {
    fixture *f = *state;
    put_li(f);
    char *before = everything(f);
    for (size_t l = 0; l < COUNT(languages); l++) {
        const char *const bad[][2] = {{"patient", "{}"},  {"", "{}"},       {NULL, "{}"},
                                      {"resident", NULL}, {"resident", ""}, {"resident", "{\"name\":\"" LI_NAME "\""}};
        speak(f, languages[l]);
        for (size_t i = 0; i < COUNT(bad); i++) {
            assert_status(f->store, HR_INVALID, hr_put(f->store, bad[i][0], bad[i][1], NULL, NULL));
            assert_language(hr_error(f->store), languages[l]);
            assert_not_said(hr_error(f->store), LI_NAME);
            assert_everything(f, before);
        }
    }
    free(before);
}

/* Columns get mixed up: whatever is in the wrong one may be a name or a number of a person. */
static void assert_kept_secret(fixture *f, const char *kind, const char *secret, hr_language language) {
    hr_cursor *rows = NULL;
    assert_status(f->store, HR_OK, hr_columns(f->store, kind, &rows));
    while (hr_cursor_next(rows) == HR_OK) {
        char json[RECORD];
        snprintf(json, sizeof json, "{\"%s\":\"%s\"}", hr_cursor_text(rows, 0), secret);
        if (hr_put(f->store, kind, json, NULL, NULL) == HR_OK) /* in the right one, and hers */
            continue;
        assert_not_said(hr_error(f->store), secret);
        assert_language(hr_error(f->store), language);
    }
    hr_cursor_free(rows);
}

static void no_message_repeats_a_name_or_number_from_the_wrong_column(void **state) {
    static const char *const kinds[] = {"resident", "area", "institution", "population"};
    static const char *const secrets[] = {ZHAO_NAME, "Maria Silva", LI, LI_OLD, (LI "43"), "110105194912310021"};
    fixture *f = *state;
    put_li(f);
    for (size_t l = 0; l < COUNT(languages); l++) {
        speak(f, languages[l]);
        for (size_t k = 0; k < COUNT(kinds); k++)
            for (size_t i = 0; i < COUNT(secrets); i++)
                assert_kept_secret(f, kinds[k], secrets[i], languages[l]);
    }
}

/* ---- registers ---- */

static void the_store_s_own_area_can_be_named(void **state) {
    fixture *f = *state;
    assert_int_equal(put_change(f, "area", "{'area':'11','name':'京城'}"), HR_AMENDED);
    assert_string_equal(figure_of(f->store, "11", "resident_files", AS_OF).area_name, "京城");
}

static void an_area_is_known_by_its_code(void **state) {
    fixture *f = *state;
    assert_int_equal(put_change(f, "area", "{'area':'110105001','name':'朝阳区第1街道'}"), HR_UNCHANGED);
    assert_int_equal(put_change(f, "area", "{'area':'１１０１０５００１','name':'建外街道'}"), HR_AMENDED);
    assert_int_equal(put_change(f, "area", "{'area':110105001,'name':'建外街道','parent':'110105'}"), HR_UNCHANGED);
    assert_int_equal(put_change(f, "area", "{'area':'110105003','name':'第3街道','parent':'110105'}"), HR_ADDED);
    assert_string_equal(figure_of(f->store, "110105001", "resident_files", AS_OF).area_name, "建外街道");
}

static void areas_grow_downwards_from_what_was_added(void **state) {
    fixture *f = *state;
    put_refused(f, "area", "{'area':'110228001001','name':'鼓楼社区'}");
    put_ok(f, "area", "{'area':'1102','name':'县'}");
    put_ok(f, "area", "{'area':'110228','name':'密云县'}");
    put_ok(f, "area", "{'area':'110228001','name':'鼓楼街道'}");
    put_ok(f, "area", "{'area':'110228001001','name':'鼓楼社区'}");
    put_ok(f, "resident", "{'name':'孙海','sex':1,'birth_date':'1960','area':'110228001001'}");
    assert_int_equal(figure_of(f->store, "1102", "resident_files", AS_OF).denominator, 1);
    assert_int_equal(figure_of(f->store, "110228001001", "resident_files", AS_OF).denominator, 1);
}

static void an_institution_is_known_by_its_code(void **state) {
    static const char *const again[] = {"{'code':'C1'}", "{'code':'Ｃ1','grade':'甲'}",
                                        "{'code':'C1','serves':'110105001 ；110105002；'}",
                                        "{'code':'C1','closed':null}"};
    fixture *f = *state;
    assert_int_equal(put_change(f, "institution",
                                "{'code':'C1','name':'一站','kind':'站','area':'" HOME "','grade':'A',"
                                "'serves':'110105001;110105002','opened':'2003'}"),
                     HR_ADDED);
    uint64_t before = entries(f);
    for (size_t i = 0; i < COUNT(again); i++)
        assert_int_equal(put_change(f, "institution", "%s", again[i]), HR_UNCHANGED);
    assert_int_equal(entries(f), before);
    assert_int_equal(put_change(f, "institution", "{'code':'C1','grade':'B'}"), HR_AMENDED);
    assert_int_equal(figure_of(f->store, HOME, "grade_a_stations", AS_OF).numerator, 0);
    assert_int_equal(figure_of(f->store, HOME, "grade_a_stations", AS_OF).denominator, 1);
}

static void an_institution_that_moves_counts_in_its_new_place_only(void **state) {
    fixture *f = *state;
    put_ok(f, "institution", "{'code':'C1','name':'一站','kind':'站','area':'" HOME "','grade':'A'}");
    put_ok(f, "institution", "{'code':'C1','area':'" FAR_HOME "'}");
    assert_int_equal(figure_of(f->store, HOME, "grade_a_stations", AS_OF).denominator, 0);
    assert_int_equal(figure_of(f->store, FAR_HOME, "grade_a_stations", AS_OF).numerator, 1);
    assert_int_equal(figure_of(f->store, "11", "grade_a_stations", AS_OF).denominator, 1);
}

static void a_population_figure_is_known_by_area_and_year(void **state) {
    fixture *f = *state;
    assert_int_equal(put_change(f, "population", "{'area':'" HOME "','year':2003,'residents':500}"), HR_ADDED);
    assert_int_equal(put_change(f, "population", "{'area':'" HOME "','year':'2003','residents':'５００'}"),
                     HR_UNCHANGED);
    assert_int_equal(put_change(f, "population", "{'area':'" HOME "','year':2004,'residents':500}"), HR_ADDED);
    assert_int_equal(put_change(f, "population", "{'area':'" HOME "','year':2003,'elderly':80}"), HR_AMENDED);
    assert_int_equal(figure_of(f->store, HOME, "resident_files", 20031231).denominator, 500);
    assert_int_equal(figure_of(f->store, HOME, "elderly_files", 20031231).denominator, 80);
}

/* ---- moves, episodes, outcomes ---- */

static int64_t counted_in(fixture *f, const char *area, const char *indicator, int32_t as_of) {
    return figure_of(f->store, area, indicator, as_of).denominator;
}

/* Where he counts that day: the committee, or "" for nowhere. */
static const char *home_on(fixture *f, int32_t as_of) {
    static char home[16];
    hr_cursor *rows = rates_of(f->store, NULL, "committee", "resident_files", as_of);
    size_t places = 0;
    *home = '\0';
    while (hr_cursor_next(rows) == HR_OK)
        if (hr_cursor_integer(rows, column_named(rows, "denominator")) == 1) {
            snprintf(home, sizeof home, "%s", hr_cursor_text(rows, column_named(rows, "area")));
            places++;
        }
    hr_cursor_free(rows);
    assert_in_range(places, 0, 1);
    return home;
}

static void a_later_moved_in_with_another_area_is_a_move(void **state) {
    fixture *f = *state;
    int64_t li = put_li(f);
    assert_int_equal(amend_ok(f, li, "{'area':'" FAR_HOME "','moved_in':'2003-06-15'}"), HR_AMENDED);
    assert_string_equal(home_on(f, 20030614), HOME);
    assert_string_equal(home_on(f, 20030615), FAR_HOME);
    assert_field(f, li, "area", "'" FAR_HOME "'");
}

static void a_moved_in_on_or_after_a_moved_out_is_a_return(void **state) {
    fixture *f = *state;
    int64_t li = put_li(f);
    amend_ok(f, li, "{'moved_out':'2003-02-01'}");
    assert_int_equal(amend_ok(f, li, "{'moved_in':'2004-02-01'}"), HR_AMENDED);
    assert_string_equal(home_on(f, 20030131), HOME);
    assert_string_equal(home_on(f, 20030201), "");
    assert_string_equal(home_on(f, 20040131), "");
    assert_string_equal(home_on(f, 20040201), HOME);
    assert_field(f, li, "moved_out", NULL);
}

static void a_later_moved_in_without_another_area_or_moved_out_is_a_correction(void **state) {
    fixture *f = *state;
    int64_t li = put_li(f);
    amend_ok(f, li, "{'moved_in':'2003-02-01'}");
    amend_ok(f, li, "{'moved_in':'2003-03-01'}");
    assert_string_equal(home_on(f, 20030228), "");
    assert_string_equal(home_on(f, 20030301), HOME);
}

static void another_area_without_a_later_moved_in_is_a_correction(void **state) {
    fixture *f = *state;
    int64_t li = put_li(f);
    amend_ok(f, li, "{'area':'" OTHER_HOME "'}");
    assert_string_equal(home_on(f, 19900101), OTHER_HOME);
    amend_ok(f, li, "{'moved_in':'2003-02-01'}");
    amend_ok(f, li, "{'area':'" FAR_HOME "','moved_in':'2003-01-01'}");
    assert_string_equal(home_on(f, 20021231), "");
    assert_string_equal(home_on(f, 20030101), FAR_HOME);
}

static void an_older_roster_does_not_move_anybody_back(void **state) {
    fixture *f = *state;
    int64_t li = put_li(f);
    amend_ok(f, li, "{'area':'" FAR_HOME "','moved_in':'2003-06-15'}");
    amend_ok(f, li, "{'area':'" OTHER_HOME "','moved_in':'2004-06-15'}");
    char *before = everything(f);
    assert_int_equal(amend_ok(f, li, "{'area':'" HOME "'}"), HR_UNCHANGED);
    assert_int_equal(amend_ok(f, li, "{'area':'" FAR_HOME "','moved_in':'2003-06-15'}"), HR_UNCHANGED);
    assert_everything(f, before);
    free(before);
}

static void an_earlier_residence_s_end_can_be_restated(void **state) {
    fixture *f = *state;
    int64_t li = put_li(f);
    amend_ok(f, li, "{'area':'" FAR_HOME "','moved_in':'2003-06-15'}");
    assert_int_equal(amend_ok(f, li, "{'area':'" HOME "','moved_out':'2003-05-01'}"), HR_AMENDED);
    assert_string_equal(home_on(f, 20030430), HOME);
    assert_string_equal(home_on(f, 20030501), "");
    assert_string_equal(home_on(f, 20030615), FAR_HOME);
    assert_field(f, li, "moved_out", NULL);
}

static void an_earlier_residence_lasts_until_the_next_whatever_end_it_is_given(void **state) {
    fixture *f = *state;
    int64_t li = put_li(f);
    amend_ok(f, li, "{'area':'" FAR_HOME "','moved_in':'2003-06-15'}");
    assert_int_equal(amend_ok(f, li, "{'area':'" HOME "','moved_out':'2003-06-16'}"), HR_UNCHANGED);
    assert_string_equal(home_on(f, 20030614), HOME);
    assert_string_equal(home_on(f, 20030615), FAR_HOME);
    assert_int_equal(amend_ok(f, li, "{'area':'" HOME "','moved_out':'2003-06-10'}"), HR_AMENDED);
    assert_string_equal(home_on(f, 20030609), HOME);
    assert_string_equal(home_on(f, 20030610), "");
}

static void who_died_or_moved_out_counts_no_longer_from_that_day(void **state) {
    fixture *f = *state;
    int64_t li = put_li(f);
    amend_ok(f, li, "{'died':'2004-05'}"); /* by the end of May at the latest */
    assert_string_equal(home_on(f, 20040530), HOME);
    assert_string_equal(home_on(f, 20040531), "");
    amend_ok(f, li, "{'died':null,'moved_out':'2004-05-10'}");
    assert_string_equal(home_on(f, 20040509), HOME);
    assert_string_equal(home_on(f, 20040510), "");
}

static void a_home_bed_opened_after_the_last_closed_is_a_further_episode(void **state) {
    static const struct {
        int32_t day;
        int64_t open;
    } cases[] = {{20030109, 0}, {20030110, 1}, {20030901, 0}, {20040131, 0}, {20040201, 1}, {20050101, 1}};
    fixture *f = *state;
    int64_t li = put_li(f);
    amend_ok(f, li, "{'home_bed_opened':'2003-01-10'}");
    amend_ok(f, li, "{'home_bed_closed':'2003-09-01'}");
    amend_ok(f, li, "{'home_bed_opened':'2004-02-01'}");
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_int_equal(counted_in(f, HOME, "home_bed_files", cases[i].day), cases[i].open);
    assert_field(f, li, "home_bed_closed", NULL);
}

static void an_earlier_episode_is_restated_by_its_opening(void **state) {
    fixture *f = *state;
    int64_t li = put_li(f);
    amend_ok(f, li, "{'home_bed_opened':'2003-01-10','home_bed_closed':'2003-09-01'}");
    amend_ok(f, li, "{'home_bed_opened':'2004-02-01'}");
    uint64_t before = entries(f);
    assert_int_equal(amend_ok(f, li, "{'home_bed_opened':'2003-01-10'}"), HR_UNCHANGED);
    assert_int_equal(amend_ok(f, li, "{'home_bed_opened':'2003-01-10','home_bed_closed':'2003-09-01'}"), HR_UNCHANGED);
    assert_int_equal(entries(f), before);
    assert_int_equal(amend_ok(f, li, "{'home_bed_opened':'2003-01-10','home_bed_closed':'2003-10-01'}"), HR_AMENDED);
    assert_int_equal(counted_in(f, HOME, "home_bed_files", 20030930), 1);
    assert_int_equal(counted_in(f, HOME, "home_bed_files", 20031001), 0);
    assert_int_equal(counted_in(f, HOME, "home_bed_files", 20040201), 1);
}

static void another_opening_of_an_open_home_bed_is_a_correction(void **state) {
    fixture *f = *state;
    int64_t li = put_li(f);
    amend_ok(f, li, "{'home_bed_opened':'2003-01-10'}");
    amend_ok(f, li, "{'home_bed_opened':'2003-02-10'}");
    assert_int_equal(counted_in(f, HOME, "home_bed_files", 20030209), 0);
    assert_int_equal(counted_in(f, HOME, "home_bed_files", 20030210), 1);
}

static int64_t put_served(fixture *f) {
    int64_t li = put_li(f);
    amend_ok(f, li, "{'rehab_need_since':'2002','rehab_served_since':'2003-01-01'}");
    return li;
}

static void assert_outcome(fixture *f, int32_t as_of, int64_t effective, int64_t marked) {
    assert_int_equal(figure_of(f->store, HOME, "rehab_effective", as_of).numerator, effective);
    assert_int_equal(figure_of(f->store, HOME, "rehab_marked", as_of).numerator, marked);
}

static void an_outcome_of_another_date_is_a_further_one(void **state) {
    fixture *f = *state;
    int64_t li = put_served(f);
    amend_ok(f, li, "{'rehab_outcome':'marked','rehab_outcome_date':'2003-06-01'}");
    amend_ok(f, li, "{'rehab_outcome':'none','rehab_outcome_date':'2004-06-01'}");
    amend_ok(f, li, "{'rehab_outcome':'effective','rehab_outcome_date':'2004-01-01'}"); /* heard of late */
    assert_outcome(f, 20030531, 0, 0);
    assert_outcome(f, 20030601, 1, 1);
    assert_outcome(f, 20040101, 1, 0);
    assert_outcome(f, 20040601, 0, 0);
    assert_field(f, li, "rehab_outcome", "'none'");
}

static void another_outcome_of_the_same_date_is_a_correction(void **state) {
    fixture *f = *state;
    int64_t li = put_served(f);
    amend_ok(f, li, "{'rehab_outcome':'marked','rehab_outcome_date':'2003-06-01'}");
    amend_ok(f, li, "{'rehab_outcome':'none','rehab_outcome_date':'2003-06-01'}");
    assert_outcome(f, 20030601, 0, 0);
    amend_ok(f, li, "{'rehab_outcome':'effective','rehab_outcome_date':'2004-06-01'}");
    amend_ok(f, li, "{'rehab_outcome':'effective','rehab_outcome_date':'2003-06-01'}");
    assert_outcome(f, 20030601, 1, 0);
}

/* ---- looking up, getting, history ---- */

static void a_resident_is_looked_up_by_each_exact_reference(void **state) {
    fixture *f = *state;
    int64_t li = put_li(f), id = 0;
    char number[24];
    snprintf(number, sizeof number, "#%" PRId64, li);
    const char *const references[] = {LI,      LI_OLD, "11010519491231002x", "１１０１０５１９４９１２３１００２Ｘ",
                                      LI_FILE, number};
    for (size_t i = 0; i < COUNT(references); i++) {
        id = 0;
        assert_status(f->store, HR_OK, hr_resident_lookup(f->store, references[i], &id));
        assert_int_equal(id, li);
    }
}

static void what_refers_to_nobody_is_told_from_what_is_no_reference(void **state) {
    static const char *const nobody[] = {SUN, ZHAO_FILE, "#1", "#999999", "#0"};
    static const char *const none[] = {LI_NAME, "", "65001234", "#", "#x", "110105194912310021", NULL};
    fixture *f = *state;
    put_li(f);
    for (size_t l = 0; l < COUNT(languages); l++) {
        speak(f, languages[l]);
        for (size_t i = 0; i < COUNT(nobody) + COUNT(none); i++) {
            const char *text = i < COUNT(nobody) ? nobody[i] : none[i - COUNT(nobody)];
            int64_t id = -7;
            assert_status(f->store, i < COUNT(nobody) ? HR_NOT_FOUND : HR_INVALID,
                          hr_resident_lookup(f->store, text, &id));
            assert_int_equal(id, -7);
            assert_language(hr_error(f->store), languages[l]);
            if (text && *text != '#')
                assert_not_said(hr_error(f->store), text);
        }
    }
}

static void assert_nobody(fixture *f, int64_t number, hr_language language) {
    char *json = NULL;
    hr_cursor *rows = NULL;
    assert_status(f->store, HR_NOT_FOUND, hr_resident_get(f->store, number, &json));
    assert_null(json);
    assert_language(hr_error(f->store), language);
    assert_status(f->store, HR_NOT_FOUND, hr_history(f->store, number, &rows));
    assert_null(rows);
    assert_language(hr_error(f->store), language);
}

static void nobody_can_be_got_or_read_who_is_not_there(void **state) {
    fixture *f = *state;
    int64_t li = put_li(f);
    const int64_t numbers[] = {0, -1, li - 1, li + 1, INT64_MAX, INT64_MIN};
    for (size_t l = 0; l < COUNT(languages); l++) {
        speak(f, languages[l]);
        for (size_t i = 0; i < COUNT(numbers); i++)
            assert_nobody(f, numbers[i], languages[l]);
    }
}

static void an_entry_that_amends_is_no_resident(void **state) {
    fixture *f = *state;
    int64_t li = put_li(f);
    char *json = NULL;
    amend_ok(f, li, "{'phone':'1234567'}");
    assert_status(f->store, HR_NOT_FOUND, hr_resident_get(f->store, li + 1, &json));
}

static void every_field_is_got_as_it_was_given(void **state) {
    static const char whole[] =
        "{'id_number':'" LI "','name':'阿依古丽·买买提','sex':2,'birth_date':'1949-12-31','area':'" HOME "',"
        "'phone':'010-65001234','address':'\\\"甲\\\\乙\\\" 3号','household':'户籍','file_number':'" LI_FILE "',"
        "'file_opened':'2002','computerized':'2003-04','disability_certificate':'" LI "43B1','disability_kind':4,"
        "'disability_grade':3,'rehab_need_since':'2001-01-01','rehab_served_since':'2002-02','rehab_outcome':'marked',"
        "'rehab_outcome_date':'2003-03-03','home_bed_opened':'2004-04-04','home_bed_closed':'2004-05','hardship':true,"
        "'household_care_since':'2003','call_device':'A-17','moved_in':'1970','moved_out':'2005-05-05',"
        "'died':'2005-06-07'}";
    fixture *f = *state;
    assert_resident(f, put_ok(f, "resident", "%s", whole), whole);
}

typedef struct told {
    int64_t seq;
    char recorded[32], author[64], kind[32], effective[16], body[1024];
} told;

static size_t read_history(fixture *f, int64_t id, told *out, size_t room) {
    static const char *const names[] = {"seq",    "recorded",   "author",    "kind",   "effective", "body",
                                        "amends", "amended_by", "withdrawn", "forced", "why",       "resident"};
    hr_cursor *rows = NULL;
    size_t count = 0;
    hr_status status;
    assert_status(f->store, HR_OK, hr_history(f->store, id, &rows));
    assert_int_equal(hr_cursor_columns(rows), COUNT(names));
    for (int i = 0; i < (int)COUNT(names); i++)
        assert_string_equal(hr_cursor_name(rows, i), names[i]);
    while ((status = hr_cursor_next(rows)) == HR_OK && count < room) {
        told *t = &out[count++];
        t->seq = hr_cursor_integer(rows, 0);
        snprintf(t->recorded, sizeof t->recorded, "%s", hr_cursor_text(rows, 1));
        snprintf(t->author, sizeof t->author, "%s", hr_cursor_text(rows, 2));
        snprintf(t->kind, sizeof t->kind, "%s", hr_cursor_text(rows, 3));
        snprintf(t->effective, sizeof t->effective, "%s", hr_cursor_text(rows, 4));
        snprintf(t->body, sizeof t->body, "%s", hr_cursor_text(rows, 5));
    }
    assert_status(f->store, HR_END, status);
    hr_cursor_free(rows);
    return count;
}

static void assert_body(const told *t, const char *want) {
    json_t *a = parsed(t->body), *b = parsed(want);
    if (!json_equal(a, b))
        fail_msg("%s is not %s", t->body, want);
    json_decref(a);
    json_decref(b);
}

static void the_history_of_a_file_is_its_entries_newest_first(void **state) {
    fixture *f = *state;
    told t[5];
    int64_t zhao = put_zhao(f);
    put_li(f);
    amend_ok(f, zhao, "{'phone':'１２３４５６７','file_opened':'2003年1月5日'}");
    amend_ok(f, zhao, "{'phone':'1234567'}"); /* changes nothing */
    amend_ok(f, zhao, "{'phone':null,'address':'幸福里'}");
    assert_int_equal(read_history(f, zhao, t, COUNT(t)), 3);
    assert_body(&t[0], "{'phone':null,'address':'幸福里'}");
    assert_body(&t[1], "{'phone':'1234567'}");
    assert_body(&t[2], "{'name':'" ZHAO_NAME "','sex':1,'birth_date':'1938-05','area':'" OTHER_HOME "',"
                       "'file_number':'" ZHAO_FILE "','file_opened':'2003-01-05'}");
    assert_int_equal(t[2].seq, zhao);
    assert_int_equal(t[1].seq, zhao + 2);
    assert_int_equal(t[0].seq, zhao + 3);
}

static void an_entry_says_when_and_by_whom_it_was_made(void **state) {
    fixture *f = *state;
    told t;
    char before[32], after[32], today[16], tomorrow[16];
    time_t now = time(NULL);
    struct tm day;
    int32_t first = day_from_now(0);
    strftime(before, sizeof before, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &day));
    assert_int_equal(read_history(f, put_li(f), &t, 1), 1);
    now = time(NULL);
    strftime(after, sizeof after, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &day));
    int32_t last = day_from_now(0);
    assert_int_equal(strlen(t.recorded), 20);
    assert_true(strcmp(t.recorded, before) >= 0 && strcmp(t.recorded, after) <= 0);
    assert_string_equal(t.author, info_of(f->store).operator_name);
    assert_string_equal(t.kind, "resident");
    snprintf(today, sizeof today, "%04d-%02d-%02d", first / 10000, first / 100 % 100, first % 100);
    snprintf(tomorrow, sizeof tomorrow, "%04d-%02d-%02d", last / 10000, last / 100 % 100, last % 100);
    assert_true(strcmp(t.effective, today) == 0 || strcmp(t.effective, tomorrow) == 0);
}

static void a_history_is_read_inside_an_open_batch_too(void **state) {
    fixture *f = *state;
    told t[3];
    int64_t li = put_li(f);
    assert_status(f->store, HR_OK, hr_batch_begin(f->store));
    amend_ok(f, li, "{'phone':'1234567'}");
    assert_int_equal(read_history(f, li, t, COUNT(t)), 2);
    hr_batch_rollback(f->store);
    assert_int_equal(read_history(f, li, t, COUNT(t)), 1);
}

/* ---- finding ---- */

/* The names of who is found, parted by |. */
static const char *found(fixture *f, const char *text, int64_t limit) {
    static char names[1024];
    hr_cursor *rows = NULL;
    hr_status status;
    assert_status(f->store, HR_OK, hr_find(f->store, text, limit, &rows));
    *names = '\0';
    while ((status = hr_cursor_next(rows)) == HR_OK) {
        size_t used = strlen(names);
        snprintf(names + used, sizeof names - used, "%s%s", used ? "|" : "", hr_cursor_text(rows, 1));
    }
    assert_status(f->store, HR_END, status);
    hr_cursor_free(rows);
    return names;
}

typedef struct search {
    const char *text, *names;
} search;

static void assert_all_found_at(fixture *f, const search *cases, size_t count, const char *file, int line) {
    for (size_t i = 0; i < count; i++) {
        const char *names = found(f, cases[i].text, 0);
        if (strcmp(names, cases[i].names) != 0) {
            print_error("%s finds \"%s\" instead of \"%s\"\n", cases[i].text, names, cases[i].names);
            _fail(file, line);
        }
    }
}
#define assert_all_found(f, cases) assert_all_found_at((f), (cases), COUNT(cases), __FILE__, __LINE__)

static void put_named(fixture *f, const char *const *names, size_t count) {
    for (size_t i = 0; i < count; i++)
        put_ok(f, "resident", "{'name':'%s','sex':1,'birth_date':'%d','area':'" HOME "'}", names[i], 1930 + (int)i);
}

static void any_part_of_a_name_finds_it(void **state) {
    static const char *const names[] = {"王小明", "李小明", "王大明", "明小王", "欧阳小明", "王明"};
    static const search cases[] = {{"王小明", "王小明"},
                                   {"小明", "王小明|李小明|欧阳小明"},
                                   {"王", "王小明|王大明|明小王|王明"},
                                   {"明", "王小明|李小明|王大明|明小王|欧阳小明|王明"},
                                   {"欧阳", "欧阳小明"},
                                   {"阳小", "欧阳小明"},
                                   {"王明", "王明"},
                                   {"王小", "王小明"},
                                   {"　王小明 ", "王小明"},
                                   {"赵", ""},
                                   {"王小明明", ""},
                                   {"明明", ""}};
    fixture *f = *state;
    put_named(f, names, COUNT(names));
    assert_all_found(f, cases);
}

static void rare_and_supplementary_characters_are_found(void **state) {
    static const char *const names[] = {"李䶮", "𠮷野", "王𠮷", "王𬭎", "䶮𠮷"};
    static const search cases[] = {{"䶮", "李䶮|䶮𠮷"}, {"李䶮", "李䶮"},    {"𠮷", "𠮷野|王𠮷|䶮𠮷"},
                                   {"王𠮷", "王𠮷"},    {"𬭎", "王𬭎"}, {"䶮𠮷", "䶮𠮷"},
                                   {"𠮷𠮷", ""},        {"𠮸", ""},          {"野", "𠮷野"}};
    fixture *f = *state;
    put_named(f, names, COUNT(names));
    assert_all_found(f, cases);
}

static void pinyin_initials_find_a_name(void **state) {
    static const char *const names[] = {"王小明", "曾国藩", "单田芳", "仇英", "王单", "欧阳修"};
    static const search cases[] = {{"wxm", "王小明"}, {"WXM", "王小明"}, {"ｗｘｍ", "王小明"}, {"xm", "王小明"},
                                   {"wx", "王小明"},  {"wm", ""},        {"wxmm", ""},         {"zgf", "曾国藩"},
                                   {"cgf", ""},       {"stf", "单田芳"}, {"dtf", ""},          {"qy", "仇英"},
                                   {"cy", ""},        {"wd", "王单"},    {"oyx", "欧阳修"},    {"yx", "欧阳修"}};
    fixture *f = *state;
    put_named(f, names, COUNT(names));
    assert_all_found(f, cases);
}

static void names_of_minorities_are_found_with_and_without_the_dot(void **state) {
    static const char *const names[] = {"阿依古丽·买买提", "买买提·阿依古丽", "阿不都热合曼"};
    static const search cases[] = {{"阿依古丽·买买提", "阿依古丽·买买提"},
                                   {"阿依古丽买买提", "阿依古丽·买买提"},
                                   {"丽·买", "阿依古丽·买买提"},
                                   {"买买提", "阿依古丽·买买提|买买提·阿依古丽"},
                                   {"阿不都·热合曼", "阿不都热合曼"},
                                   {"aygl", "阿依古丽·买买提|买买提·阿依古丽"},
                                   {"glmmt", "阿依古丽·买买提"}};
    fixture *f = *state;
    put_named(f, names, COUNT(names));
    assert_all_found(f, cases);
}

static void latin_names_are_found_in_any_case(void **state) {
    static const char *const names[] = {"Maria da Silva", "John O\\u0027Brien", "Müller", "陈Bob"};
    static const search cases[] = {{"silva", "Maria da Silva"},
                                   {"SILVA", "Maria da Silva"},
                                   {"maria da", "Maria da Silva"},
                                   {"ar", "Maria da Silva"},
                                   {"mds", "Maria da Silva"},
                                   {"o'brien", "John O'Brien"},
                                   {"Müller", "Müller"},
                                   {"M\xCC\x88", ""},
                                   {"Mu\xCC\x88ller", "Müller"},
                                   {"ü", "Müller"},
                                   {"bob", "陈Bob"},
                                   {"陈b", "陈Bob"},
                                   {"silvan", ""}};
    fixture *f = *state;
    put_named(f, names, COUNT(names));
    assert_all_found(f, cases);
}

static void whole_numbers_find_their_resident(void **state) {
    static const search cases[] = {{LI, LI_NAME},
                                   {LI_OLD, LI_NAME},
                                   {"11010519491231002x", LI_NAME},
                                   {LI_FILE, LI_NAME},
                                   {ZHAO_FILE, ZHAO_NAME},
                                   {"11010519491231002", ""}, /* a part is not enough */
                                   {"110105001001", ""},
                                   {SUN, ""},
                                   {"110105194912310021", ""}};
    fixture *f = *state;
    put_li(f);
    put_zhao(f);
    assert_all_found(f, cases);
}

static void a_phone_finds_its_residents_however_it_is_parted(void **state) {
    static const search cases[] = {{"010-65001234", LI_NAME "|" ZHAO_NAME},
                                   {"01065001234", LI_NAME "|" ZHAO_NAME},
                                   {"010 6500 1234", LI_NAME "|" ZHAO_NAME},
                                   {"(010)65001234", LI_NAME "|" ZHAO_NAME},
                                   {"０１０－６５００１２３４", LI_NAME "|" ZHAO_NAME},
                                   {"65001234", ""},
                                   {"010-65001235", ""},
                                   {"1234", ""}};
    fixture *f = *state;
    put_li(f);
    amend_ok(f, put_zhao(f), "{'phone':'(010) 65001234'}");
    assert_all_found(f, cases);
}

static void a_short_phone_is_found_too(void **state) {
    static const search cases[] = {{"95598", LI_NAME}, {"8012", ZHAO_NAME}, {"9559", ""}, {"5598", ""}};
    fixture *f = *state;
    amend_ok(f, put_li(f), "{'phone':'95598'}");
    amend_ok(f, put_zhao(f), "{'phone':'8012'}");
    assert_all_found(f, cases);
}

static void a_name_with_digits_is_no_phone(void **state) {
    static const search cases[] = {{"王65001234", ""}, {"65001234", LI_NAME}};
    fixture *f = *state;
    amend_ok(f, put_li(f), "{'phone':'65001234'}");
    assert_all_found(f, cases);
}

static void a_limit_takes_the_first_that_were_registered(void **state) {
    static const char *const names[] = {"王三", "王一", "王二", "王四"};
    fixture *f = *state;
    put_named(f, names, COUNT(names));
    amend_ok(f, put_ok(f, "resident", "{'name':'王三','sex':1,'birth_date':'1930'}"), "{'phone':'1'}");
    assert_string_equal(found(f, "王", 0), "王三|王一|王二|王四");
    assert_string_equal(found(f, "王", 1), "王三");
    assert_string_equal(found(f, "王", 3), "王三|王一|王二");
    assert_string_equal(found(f, "王", 4), "王三|王一|王二|王四");
    assert_string_equal(found(f, "王", 100), "王三|王一|王二|王四");
}

static void what_says_too_little_is_refused(void **state) {
    static const char *const bad[] = {"", " ", "　", "w", "Ｗ", NULL};
    fixture *f = *state;
    put_li(f);
    for (size_t l = 0; l < COUNT(languages); l++) {
        speak(f, languages[l]);
        for (size_t i = 0; i < COUNT(bad); i++) {
            hr_cursor *rows = NULL;
            assert_status(f->store, HR_INVALID, hr_find(f->store, bad[i], 0, &rows));
            assert_null(rows);
            assert_language(hr_error(f->store), languages[l]);
        }
    }
    assert_string_equal(found(f, "李", 0), LI_NAME); /* the control */
}

static void what_was_amended_is_found_by_the_new_and_not_by_the_old(void **state) {
    static const search before[] = {
        {"秀英", LI_NAME}, {"lxy", LI_NAME}, {"010-65001234", LI_NAME}, {LI, LI_NAME}, {LI_FILE, LI_NAME}};
    static const search after[] = {{"秀英", ""},         {"lxy", ""},
                                   {"010-65001234", ""}, {LI, ""},
                                   {LI_FILE, ""},        {"王大", "王大明"},
                                   {"wdm", "王大明"},    {"13901001234", "王大明"},
                                   {SUN, "王大明"},      {"11010500100100005", "王大明"}};
    static const search cleared[] = {{"13901001234", ""}, {"11010500100100005", ""}, {"wdm", "王大明"}};
    fixture *f = *state;
    int64_t li = put_li(f);
    assert_all_found(f, before);
    amend_ok(f, li, "{'name':'王大明','phone':'13901001234','id_number':'" SUN "','file_number':'11010500100100005'}");
    assert_all_found(f, after);
    amend_ok(f, li, "{'phone':null,'file_number':null}");
    assert_all_found(f, cleared);
    amend_ok(f, li, "{'name':'" LI_NAME "','phone':'010-65001234','id_number':'" LI "','file_number':'" LI_FILE "'}");
    assert_all_found(f, before);
}

static void an_open_batch_is_searched_and_forgotten_when_undone(void **state) {
    static const search within[] = {
        {"李", LI_NAME "|李新"}, {"lx", LI_NAME "|李新"}, {LI, LI_NAME}, {"7654321", "李新"}};
    static const search undone[] = {{"李", LI_NAME}, {"lx", LI_NAME}, {LI, LI_NAME}, {"7654321", ""}};
    fixture *f = *state;
    put_li(f);
    assert_status(f->store, HR_OK, hr_batch_begin(f->store));
    put_ok(f, "resident", "{'name':'李新','sex':1,'birth_date':'1960','area':'" HOME "','phone':'7654321'}");
    assert_all_found(f, within);
    hr_batch_rollback(f->store);
    assert_all_found(f, undone);
    assert_status(f->store, HR_OK, hr_batch_begin(f->store));
    put_ok(f, "resident", "{'name':'李新','sex':1,'birth_date':'1960','area':'" HOME "','phone':'7654321'}");
    assert_status(f->store, HR_OK, hr_batch_commit(f->store));
    assert_all_found(f, within);
}

static void a_found_row_has_every_column(void **state) {
    static const char *const names[] = {"resident",    "name", "sex",       "birth_date", "id_number",
                                        "file_number", "area", "area_name", "phone",      "address"};
    fixture *f = *state;
    int64_t li = put_li(f);
    hr_cursor *rows = NULL;
    char number[24];
    snprintf(number, sizeof number, "%" PRId64, li);
    const char *const values[] = {number,  LI_NAME, "female",         "1949-12-31",   LI,
                                  LI_FILE, HOME,    "第1街道第1社区", "010-65001234", "幸福里1号"};
    amend_ok(f, li, "{'address':'幸福里1号'}");
    assert_status(f->store, HR_OK, hr_find(f->store, LI, 0, &rows));
    assert_int_equal(hr_cursor_columns(rows), COUNT(names));
    assert_status(f->store, HR_OK, hr_cursor_next(rows));
    for (int i = 0; i < (int)COUNT(names); i++) {
        assert_string_equal(hr_cursor_name(rows, i), names[i]);
        assert_string_equal(hr_cursor_text(rows, i), values[i]);
    }
    assert_int_equal(hr_cursor_type(rows, 0), HR_INTEGER);
    assert_int_equal(hr_cursor_type(rows, 3), HR_DATE);
    assert_int_equal(hr_cursor_integer(rows, 3), 19491231);
    hr_cursor_free(rows);
}

/* ---- finding, beside a scan ---- */

/* Characters of names with the first letter of the one reading they have, by the dictionary. */
static const struct {
    const char *character;
    char initial;
} surnames[] = {{"王", 'w'}, {"李", 'l'}, {"赵", 'z'}, {"钱", 'q'}, {"孙", 's'}, {"周", 'z'},
                {"吴", 'w'}, {"郑", 'z'}, {"冯", 'f'}, {"陈", 'c'}, {"韩", 'h'}, {"杨", 'y'},
                {"何", 'h'}, {"吕", 'l'}, {"张", 'z'}, {"孔", 'k'}, {"曹", 'c'}, {"严", 'y'}},
  given_names[] = {{"小", 'x'}, {"明", 'm'}, {"国", 'g'}, {"强", 'q'}, {"秀", 'x'}, {"英", 'y'}, {"文", 'w'},
                   {"玉", 'y'}, {"兰", 'l'}, {"海", 'h'}, {"丽", 'l'}, {"华", 'h'}, {"芬", 'f'}, {"建", 'j'},
                   {"志", 'z'}, {"永", 'y'}, {"桂", 'g'}, {"珍", 'z'}, {"梅", 'm'}, {"刚", 'g'}};

enum { PEOPLE = 2000, QUERIES = 600, CHANGES = 300, NAME_ROOM = 32 };

typedef struct person {
    int64_t id;
    char name[NAME_ROOM], initials[8], id_number[ID_SIZE], file_number[ID_SIZE], phone[24];
} person;

static void add_character(person *p, const char *character, char initial) {
    size_t length = strlen(p->initials);
    strcat(p->name, character);
    p->initials[length] = initial;
    p->initials[length + 1] = '\0';
}

static void make_name(person *p) {
    size_t surname = random_below(COUNT(surnames));
    *p->name = *p->initials = '\0';
    add_character(p, surnames[surname].character, surnames[surname].initial);
    for (unsigned i = 0, count = 1 + random_below(2); i < count; i++) {
        size_t at = random_below(COUNT(given_names));
        add_character(p, given_names[at].character, given_names[at].initial);
    }
}

static void make_phone(person *p) {
    static const char *const forms[] = {"010-%08u", "010%08u", "%08u", "139%08u"};
    unsigned number = 62000000 + random_below(400); /* some share a number */
    *p->phone = '\0';
    if (!one_in(4))
        snprintf(p->phone, sizeof p->phone, forms[random_below(COUNT(forms))], number);
}

static void put_person(fixture *f, person *p, int serial) {
    make_name(p);
    make_phone(p);
    id_number(p->id_number, 110105, (1920 + serial / 500) * 10000 + 101 + serial % 28, serial % 500);
    snprintf(p->file_number, sizeof p->file_number, HOME "%05u", ((unsigned)serial + 1) % 100000);
    p->id = put_ok(f, "resident",
                   "{'id_number':'%s','name':'%s','area':'" HOME "','phone':'%s','file_number':'%s',"
                   "'file_opened':'2003'}",
                   p->id_number, p->name, p->phone, p->file_number);
}

static void change_person(fixture *f, person *p, int serial) {
    switch (random_below(4)) {
    case 0:
        make_name(p);
        amend_ok(f, p->id, "{'name':'%s'}", p->name);
        break;
    case 1:
        make_phone(p);
        amend_ok(f, p->id, *p->phone ? "{'phone':'%s'}" : "{'phone':null}", p->phone);
        break;
    case 2:
        id_number(p->id_number, 110108, 19300101 + serial % 28, serial);
        amend_ok(f, p->id, "{'id_number':'%s'}", p->id_number);
        break;
    default:
        snprintf(p->file_number, sizeof p->file_number, FAR_HOME "%05u", ((unsigned)serial + 1) % 100000);
        amend_ok(f, p->id, "{'file_number':'%s'}", p->file_number);
        break;
    }
}

static bool same_digits(const char *a, const char *b) {
    char digits[2][64];
    const char *const texts[2] = {a, b};
    for (int i = 0; i < 2; i++) {
        size_t n = 0;
        for (const char *c = texts[i]; *c; c++) {
            if (*c >= '0' && *c <= '9')
                digits[i][n++] = *c;
            else if (*c != '-')
                return false;
        }
        digits[i][n] = '\0';
    }
    return *digits[0] && strcmp(digits[0], digits[1]) == 0;
}

static bool matches(const person *p, const char *text) {
    char old[ID_SIZE];
    return strstr(p->name, text) || (strlen(text) > 1 && strstr(p->initials, text)) ||
           strcmp(p->id_number, text) == 0 || strcmp(id_number_15(old, p->id_number), text) == 0 ||
           strcmp(p->file_number, text) == 0 || same_digits(p->phone, text);
}

/* A part of somebody's name or initials, or one of his numbers, perhaps not quite his. */
static void make_query(const person *people, char query[64]) {
    const person *p = &people[random_below(PEOPLE)], *other = &people[random_below(PEOPLE)];
    size_t characters = strlen(p->name) / 3, first = random_below((unsigned)characters);
    size_t length = 1 + random_below((unsigned)(characters - first)), letters = strlen(p->initials);
    char old[ID_SIZE];
    switch (random_below(9)) {
    case 0:
    case 1:
        snprintf(query, 64, "%.*s", (int)(3 * length), p->name + 3 * first);
        break;
    case 2:
    case 3:
        first = random_below((unsigned)letters - 1);
        snprintf(query, 64, "%.*s", (int)(2 + random_below((unsigned)(letters - first - 1))), p->initials + first);
        break;
    case 4:
        snprintf(query, 64, "%s", one_in(2) ? p->id_number : id_number_15(old, p->id_number));
        break;
    case 5:
        snprintf(query, 64, "%s", p->file_number);
        break;
    case 6:
        snprintf(query, 64, "%s", *p->phone ? p->phone : "010-62000001");
        break;
    case 7: /* another's given name after his surname: perhaps nobody's */
        snprintf(query, 64, "%.3s%s", p->name, other->name + 3);
        break;
    default:
        snprintf(query, 64, "%c%s", p->initials[0], other->initials);
        break;
    }
}

/* Compares a find with the scan, row by row, as far as the limit goes. */
static size_t assert_scan_agrees(fixture *f, const person *people, const char *query, int64_t limit) {
    hr_cursor *rows = NULL;
    size_t given = 0;
    assert_status(f->store, HR_OK, hr_find(f->store, query, limit, &rows));
    for (size_t i = 0; i < PEOPLE && (limit == 0 || given < (size_t)limit); i++) {
        if (!matches(&people[i], query))
            continue;
        if (hr_cursor_next(rows) != HR_OK || hr_cursor_integer(rows, 0) != people[i].id)
            fail_msg("\"%s\", limit %" PRId64 ": row %zu is not #%" PRId64 " but #%s", query, limit, given,
                     people[i].id, hr_cursor_text(rows, 0));
        given++;
    }
    if (hr_cursor_next(rows) != HR_END)
        fail_msg("\"%s\" finds #%s, too", query, hr_cursor_text(rows, 0));
    hr_cursor_free(rows);
    return given;
}

static void assert_queries_agree(fixture *f, const person *people) {
    size_t with_rows = 0, rows = 0;
    for (int i = 0; i < QUERIES; i++) {
        char query[64];
        make_query(people, query);
        size_t found_now = assert_scan_agrees(f, people, query, one_in(3) ? 1 + (int64_t)random_below(10) : 0);
        with_rows += found_now > 0;
        rows += found_now;
    }
    assert_in_range(with_rows, QUERIES / 2, QUERIES - 1); /* the queries are worth asking: some find, some do not */
    assert_true(rows > QUERIES);
}

static void a_find_is_a_scan_over_two_thousand_residents(void **state) {
    fixture *f = *state;
    person *people = calloc(PEOPLE, sizeof *people);
    assert_non_null(people);
    seed_chance(20031231);
    for (int i = 0; i < PEOPLE; i++) {
        if (i % (PEOPLE / 2) == 0)
            assert_status(f->store, HR_OK, hr_batch_begin(f->store));
        put_person(f, &people[i], i);
        if (i == PEOPLE / 2 - 1)
            assert_status(f->store, HR_OK, hr_batch_commit(f->store));
    }
    assert_queries_agree(f, people); /* half of them in the open batch */
    assert_status(f->store, HR_OK, hr_batch_commit(f->store));
    assert_queries_agree(f, people);
    assert_status(f->store, HR_OK, hr_batch_begin(f->store));
    for (int i = 0; i < CHANGES; i++)
        change_person(f, &people[random_below(PEOPLE)], i);
    assert_queries_agree(f, people);
    assert_status(f->store, HR_OK, hr_batch_commit(f->store));
    assert_queries_agree(f, people);
    assert_int_equal(verify_findings(f->store), 0);
    free(people);
}

/* ---- lists ---- */

static hr_list_options list_options(const char *cohort, const char *without, const char *within, int32_t as_of) {
    hr_list_options o;
    hr_list_options_init(&o);
    o.cohort = cohort;
    o.without = without;
    o.within = within;
    o.as_of = as_of;
    return o;
}

static hr_cursor *list_of(fixture *f, const char *cohort, const char *without, const char *within, int32_t as_of) {
    hr_list_options o = list_options(cohort, without, within, as_of);
    hr_cursor *rows = NULL;
    assert_status(f->store, HR_OK, hr_list(f->store, &o, &rows));
    return rows;
}

/* Names parted by |. */
static const char *listed(fixture *f, const char *cohort, const char *without, const char *within, int32_t as_of) {
    static char names[1024];
    hr_cursor *rows = list_of(f, cohort, without, within, as_of);
    *names = '\0';
    while (hr_cursor_next(rows) == HR_OK) {
        size_t used = strlen(names);
        snprintf(names + used, sizeof names - used, "%s%s", used ? "|" : "", hr_cursor_text(rows, 1));
    }
    hr_cursor_free(rows);
    return names;
}

static void put_neighbours(fixture *f) {
    static const char *const rows[] = {
        "'name':'甲','birth_date':'1930','area':'" FAR_HOME "'",
        "'name':'乙','birth_date':'1930','area':'" HOME "','file_opened':'2002'",
        "'name':'丙','birth_date':'1930','area':'" HOME "','file_opened':'2002','computerized':'2003'",
        "'name':'丁','birth_date':'1960','area':'" OTHER_HOME "','rehab_need_since':'2002'",
        "'name':'戊','birth_date':'1960','area':'" HOME "','rehab_need_since':'2002','rehab_served_since':'2003',"
        "'file_opened':'2003'",
        "'name':'己','birth_date':'1960','area':'" HOME "','home_bed_opened':'2002'",
        "'name':'庚','birth_date':'1930','area':'" HOME "','died':'2002'",
        "'name':'辛','birth_date':'1960','area':'" HOME "','home_bed_opened':'2002','home_bed_closed':'2003'",
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        put_ok(f, "resident", "{'sex':1,%s}", rows[i]);
}

static void a_list_names_who_lacks_what(void **state) {
    static const char *const cases[][3] = {{"all", NULL, "乙|丙|戊|己|辛|丁|甲"},
                                           {"all", "file", "己|辛|丁|甲"},
                                           {"all", "computerized", "乙|戊"},
                                           {"all", "service", "丁"},
                                           {"elderly", NULL, "乙|丙|甲"},
                                           {"elderly", "file", "甲"},
                                           {"elderly", "computerized", "乙"},
                                           {"rehab", NULL, "戊|丁"},
                                           {"rehab", "file", "丁"},
                                           {"rehab", "computerized", "戊"},
                                           {"rehab", "service", "丁"},
                                           {"home_bed", NULL, "己"},
                                           {"home_bed", "file", "己"},
                                           {"home_bed", "computerized", ""}};
    fixture *f = *state;
    put_neighbours(f);
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_string_equal(listed(f, cases[i][0], cases[i][1], NULL, AS_OF), cases[i][2]);
}

static void a_list_is_within_its_area_and_of_its_day(void **state) {
    fixture *f = *state;
    put_neighbours(f);
    assert_string_equal(listed(f, "elderly", NULL, "110108", AS_OF), "甲");
    assert_string_equal(listed(f, "elderly", NULL, HOME, AS_OF), "乙|丙");
    assert_string_equal(listed(f, "elderly", NULL, "110105001002", AS_OF), "");
    assert_string_equal(listed(f, "all", NULL, "110105001002", AS_OF), "丁");
    assert_string_equal(listed(f, "elderly", "file", HOME, 20021230), "乙|丙|庚");
    assert_string_equal(listed(f, "elderly", "file", HOME, 20021231), "");
    assert_string_equal(listed(f, "home_bed", NULL, NULL, 20031230), "己|辛");
    assert_string_equal(listed(f, "home_bed", NULL, NULL, 20031231), "己");
}

static void a_list_shows_where_each_lived_on_its_day(void **state) {
    fixture *f = *state;
    int64_t li = put_li(f);
    amend_ok(f, li, "{'area':'" FAR_HOME "','moved_in':'2004-06-15'}");
    const struct {
        int32_t as_of;
        const char *home;
    } cases[] = {{20040614, HOME}, {20040615, FAR_HOME}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        hr_cursor *rows = list_of(f, "all", NULL, cases[i].home, cases[i].as_of);
        assert_int_equal(hr_cursor_next(rows), HR_OK);
        assert_string_equal(hr_cursor_name(rows, 6), "area");
        assert_string_equal(hr_cursor_text(rows, 6), cases[i].home);
        assert_int_equal(hr_cursor_next(rows), HR_END);
        hr_cursor_free(rows);
    }
}

static void an_area_may_be_typed_in_full_width_digits(void **state) {
    fixture *f = *state;
    put_neighbours(f);
    assert_string_equal(listed(f, "elderly", NULL, "１１０１０８", AS_OF), "甲");
}

static void a_list_has_the_columns_of_a_find(void **state) {
    fixture *f = *state;
    hr_cursor *listing = list_of(f, "all", NULL, NULL, AS_OF), *finding = NULL;
    assert_status(f->store, HR_OK, hr_find(f->store, "王", 0, &finding));
    assert_int_equal(hr_cursor_columns(listing), hr_cursor_columns(finding));
    for (int i = 0; i < hr_cursor_columns(listing); i++)
        assert_string_equal(hr_cursor_name(listing, i), hr_cursor_name(finding, i));
    hr_cursor_free(listing);
    hr_cursor_free(finding);
}

static void lists_and_figures_are_made_inside_an_open_batch_too(void **state) {
    fixture *f = *state;
    assert_status(f->store, HR_OK, hr_batch_begin(f->store));
    put_neighbours(f);
    assert_int_equal(counted_in(f, "11", "rehab_files", AS_OF), 2);
    assert_string_equal(listed(f, "rehab", NULL, NULL, AS_OF), "戊|丁");
    hr_batch_rollback(f->store);
    assert_string_equal(listed(f, "rehab", NULL, NULL, AS_OF), "");
    assert_int_equal(counted_in(f, "11", "rehab_files", AS_OF), 0);
}

static void a_list_that_cannot_be_is_refused(void **state) {
    const struct {
        const char *cohort, *without, *within;
        int32_t as_of;
        hr_status want;
    } cases[] = {{NULL, NULL, NULL, AS_OF, HR_INVALID},
                 {"young", NULL, NULL, AS_OF, HR_INVALID},
                 {"", NULL, NULL, AS_OF, HR_INVALID},
                 {"all", "phone", NULL, AS_OF, HR_INVALID},
                 {"elderly", "service", NULL, AS_OF, HR_INVALID},
                 {"home_bed", "service", NULL, AS_OF, HR_INVALID},
                 {"all", NULL, "110109", AS_OF, HR_NOT_FOUND},
                 {"all", NULL, "12345", AS_OF, HR_INVALID},
                 {"all", NULL, NULL, 20050000, HR_INVALID},
                 {"all", NULL, NULL, 20050229, HR_INVALID}};
    fixture *f = *state;
    for (size_t l = 0; l < COUNT(languages); l++) {
        speak(f, languages[l]);
        for (size_t i = 0; i < COUNT(cases); i++) {
            hr_list_options o = list_options(cases[i].cohort, cases[i].without, cases[i].within, cases[i].as_of);
            hr_cursor *rows = NULL;
            assert_status(f->store, cases[i].want, hr_list(f->store, &o, &rows));
            assert_null(rows);
            assert_language(hr_error(f->store), languages[l]);
        }
    }
}

/* A date in the year, of which perhaps the month or the day is not known. */
static void append_some_date(char json[RECORD], const char *field, int year) {
    static const char *const forms[] = {"%04d-%02u-%02u", "%04d-%02u", "%04d"};
    char date[24];
    snprintf(date, sizeof date, forms[one_in(3) ? random_below(3) : 0], year, 1 + random_below(12),
             1 + random_below(28));
    append(json, field, date);
}

/* Years in order make dates in order. */
static void put_somebody(fixture *f, int number) {
    static const char *const committees[] = {"110105001001", "110105001002", "110105002002", "110108001001"};
    char json[RECORD];
    snprintf(json, sizeof json, "{'name':'人%d','sex':'2','area':'%s'", number,
             committees[random_below(COUNT(committees))]);
    append_some_date(json, "birth_date", 1934 + (int)random_below(8));
    if (one_in(4))
        append_some_date(json, "moved_in", 1999 + (int)random_below(3));
    if (one_in(2)) {
        append_some_date(json, "file_opened", 1999 + (int)random_below(4));
        if (one_in(2))
            append_some_date(json, "computerized", 2003 + (int)random_below(3));
    }
    if (one_in(3)) {
        append_some_date(json, "rehab_need_since", 1999 + (int)random_below(3));
        if (one_in(2))
            append_some_date(json, "rehab_served_since", 2002 + (int)random_below(3));
    }
    if (one_in(3)) {
        append_some_date(json, "home_bed_opened", 2000 + (int)random_below(2));
        if (one_in(2))
            append_some_date(json, "home_bed_closed", 2002 + (int)random_below(3));
    }
    bool gone = one_in(6);
    if (gone)
        append_some_date(json, one_in(2) ? "died" : "moved_out", 2003 + (int)random_below(3));
    int64_t id = put_ok(f, "resident", "%s}", json);
    if (!gone && one_in(6))
        amend_ok(f, id, "{'area':'110105001003','moved_in':'2006-03-0%u'}", 1 + random_below(9));
}

static size_t assert_length_is_difference(fixture *f, const char *cohort, const char *without, const char *indicator,
                                          const char *area, int32_t as_of) {
    figure rate = figure_of(f->store, area, indicator, as_of);
    size_t length = count_rows(f->store, list_of(f, cohort, without, area, as_of));
    int64_t want = without ? rate.denominator - rate.numerator : rate.denominator;
    assert_string_equal(rate.source, "register");
    if ((int64_t)length != want)
        fail_msg("%s without %s in %s on %d: %zu are listed, %" PRId64 " counted", cohort,
                 without ? without : "nothing", area, (int)as_of, length, want);
    return length;
}

static void a_list_is_as_long_as_its_rate_says(void **state) {
    static const char *const cases[][3] = {{"all", NULL, "resident_files"},
                                           {"all", "file", "resident_files"},
                                           {"elderly", NULL, "elderly_files"},
                                           {"elderly", "file", "elderly_files"},
                                           {"rehab", NULL, "rehab_files"},
                                           {"rehab", "file", "rehab_files"},
                                           {"rehab", "service", "rehab_service"},
                                           {"all", "service", "rehab_service"},
                                           {"home_bed", NULL, "home_bed_files"},
                                           {"home_bed", "file", "home_bed_files"},
                                           {"all", "computerized", "computerized_files"},
                                           {"elderly", "computerized", "computerized_files_elderly"},
                                           {"rehab", "computerized", "computerized_files_rehab"},
                                           {"home_bed", "computerized", "computerized_files_home_bed"}};
    static const char *const areas[] = {"11", "110105", "110105001", "110105001001", "110105001003", "110108"};
    static const int32_t days[] = {20011231, 20021231, 20030615, 20040229, 20051231, 20060305};
    fixture *f = *state;
    seed_chance(65);
    assert_status(f->store, HR_OK, hr_batch_begin(f->store));
    for (int i = 0; i < 300; i++)
        put_somebody(f, i);
    assert_status(f->store, HR_OK, hr_batch_commit(f->store));
    for (size_t i = 0; i < COUNT(cases); i++) {
        size_t most = 0;
        for (size_t a = 0; a < COUNT(areas); a++)
            for (size_t d = 0; d < COUNT(days); d++) {
                size_t length =
                    assert_length_is_difference(f, cases[i][0], cases[i][1], cases[i][2], areas[a], days[d]);
                most = length > most ? length : most;
            }
        assert_true(most > 3); /* the control: there was something to list */
    }
}

/* ---- columns, indicators, cursors ---- */

/* CLI.md, in both languages. */
static void the_columns_of_residents_are_those_of_the_manual(void **state) {
    static const char *const want[][2] = {{"id_number", "身份证号"},
                                          {"name", "姓名"},
                                          {"sex", "性别"},
                                          {"birth_date", "出生日期"},
                                          {"area", "区划代码"},
                                          {"phone", "电话"},
                                          {"address", "住址"},
                                          {"household", "户籍类型"},
                                          {"file_number", "档案编号"},
                                          {"file_opened", "建档日期"},
                                          {"computerized", "微机化日期"},
                                          {"disability_certificate", "残疾证号"},
                                          {"disability_kind", "残疾类别"},
                                          {"disability_grade", "残疾等级"},
                                          {"rehab_need_since", "康复需求日期"},
                                          {"rehab_served_since", "康复服务日期"},
                                          {"rehab_outcome", "康复效果"},
                                          {"rehab_outcome_date", "康复评定日期"},
                                          {"home_bed_opened", "建床日期"},
                                          {"home_bed_closed", "撤床日期"},
                                          {"hardship", "特困"},
                                          {"household_care_since", "包户服务日期"},
                                          {"call_device", "呼叫器编号"},
                                          {"moved_in", "迁入日期"},
                                          {"moved_out", "迁出日期"},
                                          {"died", "死亡日期"}};
    fixture *f = *state;
    hr_cursor *rows = NULL;
    assert_status(f->store, HR_OK, hr_columns(f->store, "residents", &rows));
    size_t seen = 0;
    while (hr_cursor_next(rows) == HR_OK) {
        bool known = false;
        for (size_t i = 0; i < COUNT(want); i++)
            known |=
                strcmp(hr_cursor_text(rows, 0), want[i][0]) == 0 && strcmp(hr_cursor_text(rows, 2), want[i][1]) == 0;
        if (!known)
            fail_msg("%s %s is not in the manual", hr_cursor_text(rows, 0), hr_cursor_text(rows, 2));
        seen++;
    }
    hr_cursor_free(rows);
    assert_int_equal(seen, COUNT(want));
}

static void columns_say_what_is_required_and_what_it_means_in_either_language(void **state) {
    static const char *const kinds[] = {"residents", "areas", "institutions", "population", "resident", "area"};
    fixture *f = *state;
    for (size_t l = 0; l < COUNT(languages); l++) {
        speak(f, languages[l]);
        for (size_t k = 0; k < COUNT(kinds); k++) {
            hr_cursor *rows = NULL;
            size_t required = 0;
            assert_status(f->store, HR_OK, hr_columns(f->store, kinds[k], &rows));
            while (hr_cursor_next(rows) == HR_OK) {
                assert_int_equal(hr_cursor_type(rows, 3), HR_BOOLEAN);
                required += hr_cursor_integer(rows, 3) != 0;
                assert_language(hr_cursor_text(rows, 1), HR_LANGUAGE_EN);
                assert_language(hr_cursor_text(rows, 2), HR_LANGUAGE_ZH);
                assert_language(hr_cursor_text(rows, 4), languages[l]);
            }
            assert_true(required >= 2);
            hr_cursor_free(rows);
        }
    }
}

static void columns_of_a_kind_that_is_none_are_refused(void **state) {
    static const char *const bad[] = {"patients", "", NULL};
    fixture *f = *state;
    for (size_t l = 0; l < COUNT(languages); l++) {
        speak(f, languages[l]);
        for (size_t i = 0; i < COUNT(bad); i++) {
            hr_cursor *rows = NULL;
            assert_status(f->store, HR_INVALID, hr_columns(f->store, bad[i], &rows));
            assert_null(rows);
            assert_language(hr_error(f->store), languages[l]);
        }
    }
}

/* DESIGN.md, section 7, as far as it is counted from residents and institutions. */
static const struct {
    const char *code, *zh;
    int target; /* per mille; 0: none */
    int32_t due;
} plan[] = {
    {"service_coverage", "社区卫生服务人口覆盖率", 950, 20031231},
    {"resident_files", "居民建档率", 500, 20031231},
    {"elderly_files", "65岁以上老年人建档率", 900, 20031231},
    {"rehab_files", "有康复需求残疾人建档率", 900, 20031231},
    {"home_bed_files", "家庭病床建档率", 0, 0},
    {"computerized_files", "健康档案微机化率", 900, 20051231},
    {"network_informatization", "社区卫生服务网络信息化管理率", 900, 20051231},
    {"grade_a_stations", "甲级站比例", 850, 20051231},
    {"street_centres", "街道设立服务中心", 1000, 20051231},
    {"rehab_service", "康复服务率", 900, 20051231},
    {"rehab_effective", "康复有效率", 950, 20051231},
    {"rehab_marked", "康复显效率", 850, 20051231},
    {"hardship_care", "特困老人、残疾人包户服务率", 900, 20051231},
};

static void the_indicators_are_those_of_the_plan_in_its_order(void **state) {
    fixture *f = *state;
    hr_cursor *rows = NULL;
    size_t next = 0;
    speak(f, HR_LANGUAGE_ZH);
    assert_status(f->store, HR_OK, hr_indicators(f->store, &rows));
    while (hr_cursor_next(rows) == HR_OK) {
        if (next == COUNT(plan) || strcmp(hr_cursor_text(rows, 0), plan[next].code) != 0)
            continue;
        assert_string_equal(hr_cursor_text(rows, 1), plan[next].zh);
        assert_int_equal(hr_cursor_type(rows, 4), plan[next].target ? HR_REAL : HR_NULL);
        assert_true(hr_cursor_real(rows, 4) == plan[next].target / 1000.0);
        assert_int_equal(hr_cursor_integer(rows, 5), plan[next].due);
        assert_string_equal(hr_cursor_text(rows, 6), "plan");
        next++;
    }
    hr_cursor_free(rows);
    assert_int_equal(next, COUNT(plan));
}

static void indicators_are_explained_in_either_language(void **state) {
    fixture *f = *state;
    for (size_t l = 0; l < COUNT(languages); l++) {
        hr_cursor *rows = NULL;
        speak(f, languages[l]);
        assert_status(f->store, HR_OK, hr_indicators(f->store, &rows));
        while (hr_cursor_next(rows) == HR_OK)
            for (int i = 1; i <= 3; i++)
                assert_language(hr_cursor_text(rows, i), languages[l]);
        hr_cursor_free(rows);
    }
}

static void headings_are_in_the_store_s_language_and_names_are_not(void **state) {
    fixture *f = *state;
    for (size_t l = 0; l < COUNT(languages); l++) {
        speak(f, languages[l]);
        hr_cursor *cursors[] = {rates_of(f->store, NULL, NULL, NULL, AS_OF), list_of(f, "all", NULL, NULL, AS_OF),
                                NULL};
        assert_status(f->store, HR_OK, hr_history(f->store, put_li(f), &cursors[2]));
        for (size_t c = 0; c < COUNT(cursors); c++) {
            for (int i = 0; i < hr_cursor_columns(cursors[c]); i++) {
                assert_language(hr_cursor_name(cursors[c], i), HR_LANGUAGE_EN);
                assert_language(hr_cursor_label(cursors[c], i), languages[l]);
            }
            hr_cursor_free(cursors[c]);
        }
    }
}

/* Its numbers are given out again: rows that were read on would be another's. */
static void a_cursor_of_a_batch_that_is_undone_gives_no_rows(void **state) {
    fixture *f = *state;
    for (int undo = 0; undo < 2; undo++) {
        hr_cursor *rows[3] = {NULL};
        assert_status(f->store, HR_OK, hr_batch_begin(f->store));
        int64_t sun = put_ok(f, "resident", "{'name':'孙海','sex':1,'birth_date':'1930','area':'" HOME "'}");
        assert_status(f->store, HR_OK, hr_history(f->store, sun, &rows[0]));
        assert_status(f->store, HR_OK, hr_find(f->store, "孙海", 0, &rows[1]));
        rows[2] = list_of(f, "elderly", NULL, NULL, AS_OF);
        if (!undo)
            hr_batch_rollback(f->store);
        else
            assert_status(f->store, HR_OK, hr_batch_commit(f->store));
        if (!undo)
            assert_int_equal(put_ok(f, "resident", "{'name':'李海','sex':1,'birth_date':'1931','area':'" HOME "'}"),
                             sun);
        for (size_t i = 0; i < COUNT(rows); i++) {
            assert_int_equal(hr_cursor_next(rows[i]), undo ? HR_OK : HR_INVALID);
            hr_cursor_free(rows[i]);
        }
    }
}

static hr_cursor *one_rate(fixture *f, const char *indicator) {
    hr_cursor *rows = rates_of(f->store, HOME, NULL, indicator, AS_OF);
    assert_status(f->store, HR_OK, hr_cursor_next(rows));
    return rows;
}

static void getters_convert_every_type(void **state) {
    static const struct {
        const char *column;
        hr_type type;
        int64_t integer;
        double real;
        const char *text;
    } cases[] = {{"area", HR_TEXT, 0, 0.0, HOME},        {"indicator", HR_TEXT, 0, 0.0, "resident_files"},
                 {"numerator", HR_INTEGER, 1, 1.0, "1"}, {"denominator", HR_INTEGER, 2, 2.0, "2"},
                 {"rate", HR_REAL, 0, 0.5, "0.500000"},  {"due", HR_DATE, 20031231, 20031231.0, "2003-12-31"},
                 {"met", HR_BOOLEAN, 1, 1.0, "true"}};
    fixture *f = *state;
    put_li(f);
    put_ok(f, "resident", "{'name':'孙海','sex':1,'birth_date':'1960','area':'" HOME "'}");
    hr_cursor *rows = one_rate(f, "resident_files");
    for (size_t i = 0; i < COUNT(cases); i++) {
        int column = column_named(rows, cases[i].column);
        assert_int_equal(hr_cursor_type(rows, column), cases[i].type);
        assert_int_equal(hr_cursor_integer(rows, column), cases[i].integer);
        assert_true(hr_cursor_real(rows, column) == cases[i].real);
        assert_string_equal(hr_cursor_text(rows, column), cases[i].text);
    }
    hr_cursor_free(rows);
}

static void assert_null_cell(const hr_cursor *rows, int column) {
    assert_int_equal(hr_cursor_type(rows, column), HR_NULL);
    assert_int_equal(hr_cursor_integer(rows, column), 0);
    assert_true(hr_cursor_real(rows, column) == 0.0);
    assert_string_equal(hr_cursor_text(rows, column), "");
}

static void a_null_reads_as_nothing_of_every_type(void **state) {
    static const char *const nulls[] = {"rate", "target", "due", "met", "shortfall"};
    hr_cursor *rows = one_rate(*state, "home_bed_files");
    for (size_t i = 0; i < COUNT(nulls); i++)
        assert_null_cell(rows, column_named(rows, nulls[i]));
    hr_cursor_free(rows);
}

static void columns_that_are_not_there_read_as_null(void **state) {
    const int columns[] = {-1, 13, INT32_MAX, INT32_MIN};
    hr_cursor *rows = one_rate(*state, "resident_files");
    assert_int_equal(hr_cursor_columns(rows), 13);
    for (size_t i = 0; i < COUNT(columns); i++) {
        assert_null_cell(rows, columns[i]);
        assert_string_equal(hr_cursor_name(rows, columns[i]), "");
        assert_string_equal(hr_cursor_label(rows, columns[i]), "");
    }
    hr_cursor_free(rows);
}

static void a_cursor_before_its_first_row_and_at_its_end_is_harmless(void **state) {
    fixture *f = *state;
    hr_cursor *rows = rates_of(f->store, NULL, NULL, "resident_files", AS_OF);
    for (int i = 0; i < hr_cursor_columns(rows); i++)
        assert_null_cell(rows, i);
    assert_status(f->store, HR_OK, hr_cursor_next(rows));
    assert_status(f->store, HR_END, hr_cursor_next(rows));
    assert_status(f->store, HR_END, hr_cursor_next(rows));
    hr_cursor_free(rows);
    hr_cursor_free(NULL);
    assert_int_equal(hr_cursor_columns(NULL), 0);
    assert_int_equal(hr_cursor_next(NULL), HR_END);
}

static void a_partial_date_is_written_as_far_as_it_is_known(void **state) {
    static const struct {
        const char *date;
        int32_t number;
    } dates[] = {{"1938", 19380000}, {"1938-05", 19380500}, {"1938-05-09", 19380509}};
    fixture *f = *state;
    for (size_t i = 0; i < COUNT(dates); i++) {
        hr_cursor *rows = NULL;
        put_ok(f, "resident", "{'name':'赵%zu','sex':1,'birth_date':'%s','area':'" HOME "'}", i, dates[i].date);
        char name[16];
        snprintf(name, sizeof name, "赵%zu", i);
        assert_status(f->store, HR_OK, hr_find(f->store, name, 0, &rows));
        assert_status(f->store, HR_OK, hr_cursor_next(rows));
        assert_string_equal(hr_cursor_text(rows, 3), dates[i].date);
        assert_int_equal(hr_cursor_integer(rows, 3), dates[i].number);
        hr_cursor_free(rows);
    }
}

static void what_a_resident_does_not_have_is_null_in_his_row(void **state) {
    fixture *f = *state;
    hr_cursor *rows = NULL;
    put_ok(f, "resident", "{'name':'" ZHAO_NAME "','sex':1,'birth_date':'1938','area':'" HOME "'}");
    assert_status(f->store, HR_OK, hr_find(f->store, ZHAO_NAME, 0, &rows));
    assert_status(f->store, HR_OK, hr_cursor_next(rows));
    static const char *const nulls[] = {"id_number", "file_number", "phone", "address"};
    for (size_t i = 0; i < COUNT(nulls); i++)
        assert_null_cell(rows, column_named(rows, nulls[i]));
    hr_cursor_free(rows);
}

/* ---- rates ---- */

static void a_rate_that_cannot_be_is_refused(void **state) {
    const struct {
        const char *within, *by, *indicators, *set;
        int32_t as_of;
        hr_status want;
    } cases[] = {
        {NULL, "village", NULL, NULL, AS_OF, HR_INVALID},
        {NULL, "", NULL, NULL, AS_OF, HR_INVALID},
        {NULL, NULL, "resident_file", NULL, AS_OF, HR_INVALID},
        {NULL, NULL, "", NULL, AS_OF, HR_INVALID},
        {NULL, NULL, "resident_files,nonsense", NULL, AS_OF, HR_INVALID},
        {NULL, NULL, "resident_files,,elderly_files", NULL, AS_OF, HR_INVALID},
        {NULL, NULL, NULL, "city", AS_OF, HR_INVALID},
        {"110109", NULL, NULL, NULL, AS_OF, HR_NOT_FOUND},
        {"310101", NULL, NULL, NULL, AS_OF, HR_NOT_FOUND},
        {"chaoyang", NULL, NULL, NULL, AS_OF, HR_INVALID},
        {"1101050", NULL, NULL, NULL, AS_OF, HR_INVALID},
        {NULL, NULL, NULL, NULL, 20050000, HR_INVALID},
        {NULL, NULL, NULL, NULL, 20050500, HR_INVALID},
        {NULL, NULL, NULL, NULL, 20050229, HR_INVALID},
        {NULL, NULL, NULL, NULL, 20051301, HR_INVALID},
        {NULL, NULL, NULL, NULL, -20051231, HR_INVALID},
        {NULL, NULL, NULL, NULL, 5, HR_INVALID},
    };
    fixture *f = *state;
    for (size_t l = 0; l < COUNT(languages); l++) {
        speak(f, languages[l]);
        for (size_t i = 0; i < COUNT(cases); i++) {
            hr_rates_options o;
            hr_cursor *rows = NULL;
            hr_rates_options_init(&o);
            o.within = cases[i].within;
            o.by = cases[i].by;
            o.indicators = cases[i].indicators;
            o.set = cases[i].set;
            o.as_of = cases[i].as_of;
            assert_status(f->store, cases[i].want, hr_rates(f->store, &o, &rows));
            assert_null(rows);
            assert_language(hr_error(f->store), languages[l]);
        }
    }
}

static void rates_without_options_are_those_of_the_store_today(void **state) {
    fixture *f = *state;
    hr_cursor *rows = NULL;
    assert_status(f->store, HR_OK, hr_rates(f->store, NULL, &rows));
    assert_status(f->store, HR_OK, hr_cursor_next(rows));
    assert_string_equal(hr_cursor_text(rows, 0), "11");
    assert_string_equal(hr_cursor_text(rows, 1), "北京市");
    assert_string_equal(hr_cursor_text(rows, 2), "city");
    hr_cursor_free(rows);
}

/* Each area of the tier, and for each the indicators in the order of hr_indicators. */
static void assert_rows_in_order(fixture *f, const char *by, const char *const *areas, size_t count) {
    hr_cursor *rows = rates_of(f->store, NULL, by, NULL, AS_OF);
    for (size_t a = 0; a < count; a++) {
        hr_cursor *indicators = NULL;
        assert_status(f->store, HR_OK, hr_indicators(f->store, &indicators));
        while (hr_cursor_next(indicators) == HR_OK) {
            const char *code = hr_cursor_text(indicators, 0);
            if ((strcmp(by, "committee") == 0 && strcmp(code, "street_centres") == 0) ||
                strcmp(hr_cursor_text(indicators, 6), "plan") != 0)
                continue;
            assert_status(f->store, HR_OK, hr_cursor_next(rows));
            assert_string_equal(hr_cursor_text(rows, 0), areas[a]);
            assert_string_equal(hr_cursor_text(rows, 2), by);
            assert_string_equal(hr_cursor_text(rows, 3), code);
        }
        hr_cursor_free(indicators);
    }
    assert_status(f->store, HR_END, hr_cursor_next(rows));
    hr_cursor_free(rows);
}

static void rows_are_ordered_by_area_and_then_indicator(void **state) {
    static const char *const cities[] = {"11", "1102"}, *const districts[] = {"110101", "110105", "110108", "110228"},
                             *const streets[] = {"110105001", "110105002", "110108001"},
                             *const committees[] = {"110105001001", "110105001002", "110105001003", "110105002001",
                                                    "110105002002", "110108001001", "110108001002"};
    fixture *f = *state;
    put_ok(f, "area", "{'area':'1102','name':'县'}"); /* later than what comes after it */
    put_ok(f, "area", "{'area':'110228','name':'密云县'}");
    put_ok(f, "area", "{'area':'110101','name':'东城区'}");
    assert_rows_in_order(f, "city", cities, COUNT(cities));
    assert_rows_in_order(f, "district", districts, COUNT(districts));
    assert_rows_in_order(f, "street", streets, COUNT(streets));
    assert_rows_in_order(f, "committee", committees, COUNT(committees));
}

static void indicators_that_are_asked_for_come_in_their_own_order_and_once(void **state) {
    static const char *const want[] = {"resident_files", "elderly_files", "rehab_marked"};
    fixture *f = *state;
    hr_cursor *rows =
        rates_of(f->store, "110105", NULL, "rehab_marked,elderly_files,resident_files,elderly_files", AS_OF);
    for (size_t i = 0; i < COUNT(want); i++) {
        assert_status(f->store, HR_OK, hr_cursor_next(rows));
        assert_string_equal(hr_cursor_text(rows, 0), "110105");
        assert_string_equal(hr_cursor_text(rows, 3), want[i]);
    }
    assert_status(f->store, HR_END, hr_cursor_next(rows));
    hr_cursor_free(rows);
}

static void a_tier_above_the_area_has_no_rows(void **state) {
    fixture *f = *state;
    assert_int_equal(count_rows(f->store, rates_of(f->store, "110105", "city", NULL, AS_OF)), 0);
    assert_int_equal(count_rows(f->store, rates_of(f->store, "110105", "district", "resident_files", AS_OF)), 1);
    assert_int_equal(count_rows(f->store, rates_of(f->store, "110105", "street", "resident_files", AS_OF)), 2);
    assert_int_equal(count_rows(f->store, rates_of(f->store, "110105", "committee", "resident_files", AS_OF)), 5);
}

static void street_centres_has_no_row_of_a_committee(void **state) {
    fixture *f = *state;
    put_ok(f, "institution", "{'code':'C1','name':'中心','kind':'centre','area':'" HOME "'}");
    assert_int_equal(count_rows(f->store, rates_of(f->store, HOME, NULL, "street_centres", AS_OF)), 0);
    assert_int_equal(count_rows(f->store, rates_of(f->store, NULL, "committee", "street_centres", AS_OF)), 0);
    assert_int_equal(figure_of(f->store, "110105001", "street_centres", AS_OF).numerator, 1);
    assert_int_equal(figure_of(f->store, "110105002", "street_centres", AS_OF).numerator, 0);
    assert_int_equal(figure_of(f->store, "110105", "street_centres", AS_OF).numerator, 1);
    assert_int_equal(figure_of(f->store, "110105", "street_centres", AS_OF).denominator, 2);
}

/* ---- targets ---- */

/* Nine old people with files, three of them computerized. */
static void put_nine(fixture *f) {
    for (int i = 0; i < 9; i++)
        put_ok(f, "resident", "{'name':'人%d','sex':1,'birth_date':'1930','area':'" HOME "','file_opened':'2002'%s}", i,
               i < 3 ? ",'computerized':'2003'" : "");
}

static void shortfall_and_met_are_exact_at_the_border(void **state) {
    static const struct {
        const char *field, *indicator;
        int people;
        int64_t shortfall;
        int met;
    } cases[] = {
        {"residents", "resident_files", 18, 0, 1}, /* 50 %: exactly met */
        {"residents", "resident_files", 19, 1, 0}, /* 9.5 are needed */
        {"residents", "resident_files", 20, 1, 0}, /* one short */
        {"residents", "resident_files", 21, 2, 0},
        {"residents", "resident_files", 17, 0, 1},
        {"residents", "resident_files", 9, 0, 1},
        {"residents", "resident_files", 8, 0, 1}, /* fewer people than files */
        {"residents", "resident_files", 0, 0, -1},
        {"elderly", "elderly_files", 10, 0, 1}, /* 90 % */
        {"elderly", "elderly_files", 11, 1, 0},
        {"elderly", "elderly_files", 1000, 891, 0},
        {"elderly", "elderly_files", 100000000, 89999991, 0},
    };
    fixture *f = *state;
    put_nine(f);
    for (size_t i = 0; i < COUNT(cases); i++) {
        put_ok(f, "population", "{'area':'" HOME "','year':2003,'%s':%d}", cases[i].field, cases[i].people);
        figure got = figure_of(f->store, HOME, cases[i].indicator, 20031231);
        assert_string_equal(got.source, "official");
        assert_int_equal(got.numerator, 9);
        assert_int_equal(got.denominator, cases[i].people);
        assert_int_equal(got.shortfall, cases[i].shortfall);
        assert_int_equal(got.met, cases[i].met);
        assert_int_equal(got.has_rate, cases[i].people > 0);
        if (got.has_rate)
            assert_true(got.rate == 9.0 / cases[i].people);
    }
}

static void a_target_of_the_register_is_exact_too(void **state) {
    fixture *f = *state;
    put_nine(f); /* 3 of 9 computerized: 8.1, so 9, are needed for 90 % */
    figure got = figure_of(f->store, HOME, "computerized_files", AS_OF);
    assert_string_equal(got.source, "register");
    assert_int_equal(got.shortfall, 6);
    assert_int_equal(got.met, 0);
    assert_true(got.target == 0.9);
    got = figure_of(f->store, OTHER_HOME, "computerized_files", AS_OF);
    assert_int_equal(got.denominator, 0);
    assert_false(got.has_rate);
    assert_int_equal(got.met, -1);
    assert_int_equal(got.shortfall, 0);
}

static void a_rate_above_1_is_given_as_it_is(void **state) {
    fixture *f = *state;
    put_nine(f);
    put_ok(f, "population", "{'area':'" HOME "','year':2003,'residents':6}");
    figure got = figure_of(f->store, HOME, "resident_files", 20031231);
    assert_true(got.rate == 1.5);
    assert_int_equal(got.met, 1);
    assert_int_equal(got.shortfall, 0);
}

/* ---- denominators ---- */

static void an_official_figure_holds_from_its_year_on(void **state) {
    static const struct {
        int32_t as_of;
        int64_t denominator;
        const char *source;
    } cases[] = {{20011231, 9, "register"},
                 {20020101, 100, "official"},
                 {20031231, 100, "official"},
                 {20040101, 200, "official"},
                 {20101231, 200, "official"}};
    fixture *f = *state;
    put_nine(f);
    put_ok(f, "population", "{'area':'" HOME "','year':2004,'residents':200}");
    put_ok(f, "population", "{'area':'" HOME "','year':2002,'residents':100}");
    for (size_t i = 0; i < COUNT(cases); i++) {
        figure got = figure_of(f->store, HOME, "resident_files", cases[i].as_of);
        assert_int_equal(got.denominator, cases[i].denominator);
        assert_string_equal(got.source, cases[i].source);
    }
}

static void each_official_figure_is_the_denominator_of_its_own_indicators(void **state) {
    static const struct {
        const char *indicator;
        int64_t denominator;
    } official[] = {{"resident_files", 1001},
                    {"elderly_files", 102},
                    {"rehab_files", 53},
                    {"rehab_service", 53},
                    {"home_bed_files", 14}};
    static const char *const others[] = {"computerized_files", "computerized_files_elderly", "rehab_effective",
                                         "hardship_care"};
    fixture *f = *state;
    put_ok(f, "population",
           "{'area':'" HOME "','year':2003,'residents':1001,'elderly':102,'rehab_need':53,'home_bed':14}");
    for (size_t i = 0; i < COUNT(official); i++) {
        figure got = figure_of(f->store, HOME, official[i].indicator, AS_OF);
        assert_int_equal(got.denominator, official[i].denominator);
        assert_string_equal(got.source, "official");
    }
    for (size_t i = 0; i < COUNT(others); i++)
        assert_string_equal(figure_of(f->store, HOME, others[i], AS_OF).source, "register");
}

static void an_official_figure_is_its_own_area_s_only(void **state) {
    fixture *f = *state;
    put_nine(f);
    put_ok(f, "population", "{'area':'" HOME "','year':2003,'residents':100}");
    put_ok(f, "population", "{'area':'110105','year':2003,'residents':700}");
    assert_int_equal(counted_in(f, HOME, "resident_files", AS_OF), 100);
    assert_int_equal(counted_in(f, "110105001", "resident_files", AS_OF), 9);
    assert_int_equal(counted_in(f, "110105", "resident_files", AS_OF), 700);
    assert_int_equal(counted_in(f, "11", "resident_files", AS_OF), 9);
}

static void an_official_figure_that_is_cleared_gives_way(void **state) {
    fixture *f = *state;
    put_nine(f);
    put_ok(f, "population", "{'area':'" HOME "','year':2002,'residents':100}");
    put_ok(f, "population", "{'area':'" HOME "','year':2003,'residents':200}");
    put_ok(f, "population", "{'area':'" HOME "','year':2003,'residents':null}");
    assert_int_equal(counted_in(f, HOME, "resident_files", AS_OF), 100);
    put_ok(f, "population", "{'area':'" HOME "','year':2002,'residents':null}");
    assert_int_equal(counted_in(f, HOME, "resident_files", AS_OF), 9);
    assert_string_equal(figure_of(f->store, HOME, "resident_files", AS_OF).source, "register");
}

static void coverage_sums_committees_by_their_official_figure_or_register(void **state) {
    fixture *f = *state;
    put_nine(f); /* in HOME */
    put_ok(f, "population", "{'area':'" OTHER_HOME "','year':2003,'residents':100}");
    put_ok(f, "population", "{'area':'110105','year':2003,'residents':9999}"); /* no committee */
    put_ok(f, "institution", "{'code':'S1','name':'站','kind':'站','area':'110105002','serves':'" OTHER_HOME "'}");
    figure got = figure_of(f->store, "110105", "service_coverage", AS_OF);
    assert_string_equal(got.source, "committees");
    assert_int_equal(got.denominator, 109);
    assert_int_equal(got.numerator, 100);
    put_ok(f, "institution", "{'code':'S1','serves':'110105001'}"); /* a prefix of both */
    assert_int_equal(figure_of(f->store, "110105", "service_coverage", AS_OF).numerator, 109);
    put_ok(f, "institution", "{'code':'S1','closed':'2005-12-31'}");
    assert_int_equal(figure_of(f->store, "110105", "service_coverage", 20051230).numerator, 109);
    assert_int_equal(figure_of(f->store, "110105", "service_coverage", 20051231).numerator, 0);
}

/* ---- partial dates ---- */

static void who_counts_by_a_partial_date_is_counted_beside(void **state) {
    fixture *f = *state;
    put_ok(f, "resident", "{'name':'甲','sex':1,'birth_date':'1938','area':'" HOME "'}");
    put_ok(f, "resident", "{'name':'乙','sex':1,'birth_date':'1938-06','area':'" HOME "'}");
    put_ok(f, "resident", "{'name':'丙','sex':1,'birth_date':'1938-01-05','area':'" HOME "'}");
    put_ok(f, "resident", "{'name':'丁','sex':1,'birth_date':'1950','area':'" HOME "','moved_in':'2001'}");
    figure at_new_year = figure_of(f->store, HOME, "elderly_files", 20031231);
    figure before = figure_of(f->store, HOME, "elderly_files", 20031230);
    figure in_june = figure_of(f->store, HOME, "elderly_files", 20030629);
    assert_int_equal(at_new_year.denominator, 3);
    assert_int_equal(at_new_year.partial, 2);
    assert_int_equal(before.denominator, 2); /* 1938 counts as its last day */
    assert_int_equal(before.partial, 1);
    assert_int_equal(in_june.denominator, 1);
    assert_int_equal(in_june.partial, 0);
    assert_int_equal(figure_of(f->store, HOME, "resident_files", 20031231).partial, 1);
    assert_int_equal(figure_of(f->store, HOME, "resident_files", 20011230).partial, 0);
}

static void whole_dates_leave_nothing_beside(void **state) {
    fixture *f = *state;
    put_li(f);
    hr_cursor *rows = rates_of(f->store, NULL, "committee", NULL, 20301231);
    while (hr_cursor_next(rows) == HR_OK)
        assert_int_equal(hr_cursor_integer(rows, column_named(rows, "partial_dates")), 0);
    hr_cursor_free(rows);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        RECORDS(a_new_resident_is_registered),
        RECORDS(out_parameters_may_be_left_out),
        RECORDS(the_number_of_a_record_that_is_no_resident_is_0),
        RECORDS(a_resident_is_known_by_each_spelling_of_his_id_number),
        RECORDS(a_resident_is_known_by_his_file_number),
        RECORDS(a_file_number_finds_whom_an_unknown_id_number_does_not),
        RECORDS(a_resident_without_id_number_is_known_by_name_sex_and_birth_date),
        RECORDS(an_id_number_is_added_to_who_was_known_without),
        RECORDS(namesakes_with_different_id_numbers_are_two_residents),
        RECORDS(a_resident_with_id_number_is_not_known_by_his_name),
        RECORDS(two_namesakes_with_different_file_numbers_are_two_residents),
        RECORDS(a_resident_is_known_within_the_batch_that_registers_him),
        RECORDS(a_resident_of_a_batch_that_is_undone_is_not_known),
        RECORDS(fields_that_are_given_change_and_others_stay),
        RECORDS(null_clears_a_field),
        RECORDS(equal_fields_change_nothing_however_they_are_spelled),
        RECORDS(each_change_is_one_entry),
        RECORDS(an_amendment_can_be_undone_by_another),
        RECORDS(a_corrected_id_number_replaces_the_old_one),
        RECORDS(a_corrected_name_replaces_the_old_one),
        RECORDS(a_freed_file_number_may_be_given_to_another),
        RECORDS(nobody_is_amended_who_is_not_there),
        RECORDS(birth_date_and_sex_come_from_the_id_number),
        RECORDS(a_vaguer_birth_date_or_sex_beside_an_id_number_is_made_exact),
        RECORDS(the_certificate_says_kind_and_grade),
        RECORDS(clearing_what_the_id_number_says_does_not_lose_it),
        RECORDS(an_id_number_can_be_cleared_and_leaves_birth_date_and_sex),
        RECORDS(id_number_and_certificate_can_be_corrected_together),
        RECORDS(a_clash_with_another_resident_is_refused),
        RECORDS(what_contradicts_the_id_number_is_refused),
        RECORDS(what_contradicts_the_known_id_number_is_refused),
        RECORDS(what_contradicts_the_certificate_is_refused),
        RECORDS(what_contradicts_the_known_certificate_is_refused),
        RECORDS(what_is_required_must_be_there),
        RECORDS(a_value_that_is_none_of_its_field_is_refused),
        RECORDS(what_is_no_json_object_is_refused),
        RECORDS(an_area_must_be_known_and_fit),
        RECORDS(no_date_is_before_one_that_must_come_first),
        RECORDS(an_unknown_month_or_day_contradicts_nothing_that_may_be_true),
        RECORDS(an_amendment_keeps_to_the_order_of_the_dates_that_are_known),
        RECORDS(an_institution_does_not_close_before_it_opens),
        RECORDS(no_date_is_in_the_future),
        RECORDS(a_kind_or_record_that_is_none_is_refused),
        RECORDS(no_message_repeats_a_name_or_number_from_the_wrong_column),
        RECORDS(the_store_s_own_area_can_be_named),
        RECORDS(an_area_is_known_by_its_code),
        RECORDS(areas_grow_downwards_from_what_was_added),
        RECORDS(an_institution_is_known_by_its_code),
        RECORDS(an_institution_that_moves_counts_in_its_new_place_only),
        RECORDS(a_population_figure_is_known_by_area_and_year),
        RECORDS(a_later_moved_in_with_another_area_is_a_move),
        RECORDS(a_moved_in_on_or_after_a_moved_out_is_a_return),
        RECORDS(a_later_moved_in_without_another_area_or_moved_out_is_a_correction),
        RECORDS(another_area_without_a_later_moved_in_is_a_correction),
        RECORDS(an_older_roster_does_not_move_anybody_back),
        RECORDS(an_earlier_residence_s_end_can_be_restated),
        RECORDS(an_earlier_residence_lasts_until_the_next_whatever_end_it_is_given),
        RECORDS(who_died_or_moved_out_counts_no_longer_from_that_day),
        RECORDS(a_home_bed_opened_after_the_last_closed_is_a_further_episode),
        RECORDS(an_earlier_episode_is_restated_by_its_opening),
        RECORDS(another_opening_of_an_open_home_bed_is_a_correction),
        RECORDS(an_outcome_of_another_date_is_a_further_one),
        RECORDS(another_outcome_of_the_same_date_is_a_correction),
        RECORDS(a_resident_is_looked_up_by_each_exact_reference),
        RECORDS(what_refers_to_nobody_is_told_from_what_is_no_reference),
        RECORDS(nobody_can_be_got_or_read_who_is_not_there),
        RECORDS(an_entry_that_amends_is_no_resident),
        RECORDS(every_field_is_got_as_it_was_given),
        RECORDS(the_history_of_a_file_is_its_entries_newest_first),
        RECORDS(an_entry_says_when_and_by_whom_it_was_made),
        RECORDS(a_history_is_read_inside_an_open_batch_too),
        RECORDS(any_part_of_a_name_finds_it),
        RECORDS(rare_and_supplementary_characters_are_found),
        RECORDS(pinyin_initials_find_a_name),
        RECORDS(names_of_minorities_are_found_with_and_without_the_dot),
        RECORDS(latin_names_are_found_in_any_case),
        RECORDS(whole_numbers_find_their_resident),
        RECORDS(a_phone_finds_its_residents_however_it_is_parted),
        RECORDS(a_short_phone_is_found_too),
        RECORDS(a_name_with_digits_is_no_phone),
        RECORDS(a_limit_takes_the_first_that_were_registered),
        RECORDS(what_says_too_little_is_refused),
        RECORDS(what_was_amended_is_found_by_the_new_and_not_by_the_old),
        RECORDS(an_open_batch_is_searched_and_forgotten_when_undone),
        RECORDS(a_found_row_has_every_column),
        RECORDS(a_find_is_a_scan_over_two_thousand_residents),
        RECORDS(a_list_names_who_lacks_what),
        RECORDS(a_list_is_within_its_area_and_of_its_day),
        RECORDS(a_list_shows_where_each_lived_on_its_day),
        RECORDS(an_area_may_be_typed_in_full_width_digits),
        RECORDS(a_list_has_the_columns_of_a_find),
        RECORDS(a_cursor_of_a_batch_that_is_undone_gives_no_rows),
        RECORDS(lists_and_figures_are_made_inside_an_open_batch_too),
        RECORDS(a_list_that_cannot_be_is_refused),
        RECORDS(a_list_is_as_long_as_its_rate_says),
        RECORDS(the_columns_of_residents_are_those_of_the_manual),
        RECORDS(columns_say_what_is_required_and_what_it_means_in_either_language),
        RECORDS(columns_of_a_kind_that_is_none_are_refused),
        RECORDS(the_indicators_are_those_of_the_plan_in_its_order),
        RECORDS(indicators_are_explained_in_either_language),
        RECORDS(headings_are_in_the_store_s_language_and_names_are_not),
        RECORDS(getters_convert_every_type),
        RECORDS(a_null_reads_as_nothing_of_every_type),
        RECORDS(columns_that_are_not_there_read_as_null),
        RECORDS(a_cursor_before_its_first_row_and_at_its_end_is_harmless),
        RECORDS(a_partial_date_is_written_as_far_as_it_is_known),
        RECORDS(what_a_resident_does_not_have_is_null_in_his_row),
        RECORDS(a_rate_that_cannot_be_is_refused),
        RECORDS(rates_without_options_are_those_of_the_store_today),
        RECORDS(rows_are_ordered_by_area_and_then_indicator),
        RECORDS(indicators_that_are_asked_for_come_in_their_own_order_and_once),
        RECORDS(a_tier_above_the_area_has_no_rows),
        RECORDS(street_centres_has_no_row_of_a_committee),
        RECORDS(shortfall_and_met_are_exact_at_the_border),
        RECORDS(a_target_of_the_register_is_exact_too),
        RECORDS(a_rate_above_1_is_given_as_it_is),
        RECORDS(an_official_figure_holds_from_its_year_on),
        RECORDS(each_official_figure_is_the_denominator_of_its_own_indicators),
        RECORDS(an_official_figure_is_its_own_area_s_only),
        RECORDS(an_official_figure_that_is_cleared_gives_way),
        RECORDS(coverage_sums_committees_by_their_official_figure_or_register),
        RECORDS(who_counts_by_a_partial_date_is_counted_beside),
        RECORDS(whole_dates_leave_nothing_beside),
    };
    return cmocka_run_group_tests(tests, make_opened_sample, remove_sample);
}
