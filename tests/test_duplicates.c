/* Two residents who are one person: how such pairs are found (hr_duplicates), made one (hr_unify) and parted again.
 *
 * What is found is compared with a naive comparison of everybody with everybody, which knows the rules in its own way:
 * numbers are texts here, and pinyin is a column of a table. What a unification does to figures is compared with a
 * store in which the person was only ever registered once. */
#include "support.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define HOME "110105001001"
#define ELSEWHERE "110105002001"

enum { TEXT = 512, PAIRS_ROOM = 20000, FIGURES_AS_OF = 20101231 };

/* ---- helpers: pairs ---- */

typedef struct pair {
    int64_t one, other;
    char rule[16], reason[TEXT];
    bool sure;
} pair;

static void take_text(const hr_cursor *rows, const char *column, char *out, size_t size) {
    snprintf(out, size, "%s", hr_cursor_text(rows, column_named(rows, column)));
}

static size_t read_pairs(hr_store *store, pair *out, size_t room) {
    hr_cursor *rows = NULL;
    hr_status status;
    size_t count = 0;
    assert_status(store, HR_OK, hr_duplicates(store, NULL, NULL, &rows));
    while ((status = hr_cursor_next(rows)) == HR_OK) {
        pair *p = &out[count++];
        assert_true(count <= room);
        p->one = hr_cursor_integer(rows, column_named(rows, "resident"));
        p->other = hr_cursor_integer(rows, column_named(rows, "other"));
        p->sure = hr_cursor_integer(rows, column_named(rows, "sure")) != 0;
        take_text(rows, "rule", p->rule, sizeof p->rule);
        take_text(rows, "reason", p->reason, sizeof p->reason);
    }
    assert_status(store, HR_END, status);
    hr_cursor_free(rows);
    return count;
}

/* Whether the only pair is these two; `rule` NULL: there is none. Prints what is there instead. */
static bool only_pair(hr_store *store, int64_t one, int64_t other, const char *rule, bool sure) {
    pair found[4];
    size_t count = read_pairs(store, found, 4);
    bool good = rule ? count == 1 && found->one == one && found->other == other && strcmp(found->rule, rule) == 0 &&
                           found->sure == sure
                     : count == 0;
    for (size_t i = 0; !good && i < count; i++)
        print_error("found #%" PRId64 " and #%" PRId64 ": %s, %s: %s\n", found[i].one, found[i].other, found[i].rule,
                    found[i].sure ? "sure" : "not sure", found[i].reason);
    return good;
}

/* A copy of the JSON in which <110105 19350302 012> is the ID number of that county, birth date and order; for free().
 * ' becomes ". */
static char *with_numbers(const char *json) {
    char *text = NULL, id[ID_SIZE];
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    for (; *json; json++) {
        char *end;
        if (*json != '<') {
            fputc(*json, out);
            continue;
        }
        int county = (int)strtol(json + 1, &end, 10), birth = (int)strtol(end, &end, 10);
        int serial = (int)strtol(end, &end, 10);
        assert_int_equal(*end, '>');
        fputs(id_number(id, county, birth, serial), out);
        json = end;
    }
    fclose(out);
    quote_json(text);
    return text;
}

/* Registers somebody who lives at home, with the fields (JSON without braces). */
static int64_t enrol(fixture *f, const char *fields) {
    char *said = with_numbers(fields), *json = NULL;
    int64_t id = 0;
    hr_change change;
    assert_true(asprintf(&json, "{\"area\":\"%s\",%s}", HOME, said) > 0);
    hr_status status = hr_put(f->store, "resident", json, &id, &change);
    if (status != HR_OK || change != HR_ADDED)
        print_error("put %s: %s\n", json, hr_error(f->store));
    assert_status(f->store, HR_OK, status);
    assert_int_equal(change, HR_ADDED);
    free(said);
    free(json);
    return id;
}

static hr_change put_again(fixture *f, const char *fields, int64_t *id) {
    char *said = with_numbers(fields), *json = NULL;
    hr_change change;
    assert_true(asprintf(&json, "{\"area\":\"%s\",%s}", HOME, said) > 0);
    assert_status(f->store, HR_OK, hr_put(f->store, "resident", json, id, &change));
    free(said);
    free(json);
    return change;
}

static int64_t care(fixture *f, int64_t resident, const char *form, const char *json) {
    int64_t seq = 0;
    char *said = with_numbers(json);
    hr_status status = hr_entry_add(f->store, resident, form, said, NULL, &seq, NULL);
    if (status != HR_OK)
        print_error("add to #%" PRId64 " %s %s\n", resident, form, said);
    assert_status(f->store, HR_OK, status);
    free(said);
    return seq;
}

/* ---- which pairs are found ---- */

typedef struct two {
    const char *one, *other, *rule; /* rule NULL: they are not alike */
    bool sure;
} two;

static void judge_each(fixture *f, const two *cases, size_t count) {
    bool good = true;
    for (size_t i = 0; i < count; i++) {
        assert_status(f->store, HR_OK, hr_batch_begin(f->store));
        int64_t one = enrol(f, cases[i].one), other = enrol(f, cases[i].other);
        if (!only_pair(f->store, one, other, cases[i].rule, cases[i].sure)) {
            print_error("    of %s\n    and %s\n", cases[i].one, cases[i].other);
            good = false;
        }
        hr_batch_rollback(f->store);
    }
    assert_true(good);
}
#define JUDGE(f, cases) judge_each((f), (cases), sizeof(cases) / sizeof *(cases))

static int number_at(const char *digits, int count) {
    int number = 0;
    for (int i = 0; i < count; i++)
        number = number * 10 + (digits[i] - '0');
    return number;
}

/* Whether a number with these first 17 digits may be registered: region, birth date. */
static bool may_be_number(const char *digits) {
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    static const char regions[] =
        " 11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 "
        "63 64 65 71 81 82 83 91 ";
    int year = number_at(digits + 6, 4), month = number_at(digits + 10, 2), day = number_at(digits + 12, 2);
    char text[8];
    snprintf(text, sizeof text, " %.2s ", digits);
    return strstr(regions, text) && year >= 1850 && year <= 2020 && month >= 1 && month <= 12 && day >= 1 &&
           day <= days[month - 1];
}

static void each_pair_of_alike_numbers(fixture *f, const char digits[17], const char other[17], int place) {
    char a[64], b[64], county[7], birth[9];
    const char *const both[] = {digits, other};
    char *const out[] = {a, b};
    for (int i = 0; i < 2; i++) {
        memcpy(county, both[i], 6);
        memcpy(birth, both[i] + 6, 8);
        county[6] = birth[8] = '\0';
        snprintf(out[i], 64, "'name':'王小明','id_number':'<%s %s %.3s>'", county, birth, both[i] + 14);
    }
    assert_status(f->store, HR_OK, hr_batch_begin(f->store));
    int64_t one = enrol(f, a), second = enrol(f, b);
    /* Another birth date, or another sex, contradicts it. */
    bool sure = memcmp(digits + 6, other + 6, 8) == 0 && digits[16] % 2 == other[16] % 2;
    if (!only_pair(f->store, one, second, "id_number", sure))
        fail_msg("digit %d", place + 1);
    hr_batch_rollback(f->store);
}

static void numbers_of_one_name_that_differ_in_any_one_digit_are_found(void **state) {
    static const char digits[] = "11010519350312145";
    char other[18];
    int tried = 0;
    for (int place = 0; place < 17; place++)
        for (int c = '0'; c <= '9'; c++) {
            memcpy(other, digits, 18);
            other[place] = (char)c;
            if (c == digits[place] || !may_be_number(other))
                continue;
            each_pair_of_alike_numbers(*state, digits, other, place);
            tried++;
        }
    assert_in_range(tried, 75, 160);
}

static void numbers_of_one_name_with_any_two_neighbours_exchanged_are_found(void **state) {
    char digits[32], other[18];
    int tried[16] = {0};
    seed_chance(3);
    for (int i = 0; i < 40000; i++) {
        int place = (int)random_below(16);
        snprintf(digits, sizeof digits, "%u%05u19%02u%02u%02u%03u", 1 + random_below(6), random_below(100000),
                 random_below(100), 1 + random_below(12), 1 + random_below(28), random_below(1000));
        memcpy(other, digits, sizeof other);
        other[place] = digits[place + 1];
        other[place + 1] = digits[place];
        if (tried[place] == 3 || other[place] == other[place + 1] || !may_be_number(digits) || !may_be_number(other))
            continue;
        each_pair_of_alike_numbers(*state, digits, other, place);
        tried[place]++;
    }
    for (int place = 0; place < 16; place++) /* but the digits of the century */
        if (place < 5 || place > 7)
            assert_in_range(tried[place], 3, 3);
}

static void alike_numbers_need_more_that_is_alike(void **state) {
    static const two cases[] = {
        {"'name':'王小明','id_number':'<110105 19350302 013>'", "'name':'王晓明','id_number':'<110105 19350302 015>'",
         "id_number", false}, /* pinyin */
        {"'name':'王小明','id_number':'<110105 19350302 013>'", "'name':'王大明','id_number':'<110105 19350302 015>'",
         NULL, false},
        {"'name':'王小明','id_number':'<110105 19350302 013>'", "'name':'王大明','id_number':'<110105 19350320 013>'",
         NULL, false},
        {"'name':'阿依古丽·买买提','id_number':'<650102 19500302 014>'",
         "'name':'阿依古丽买买提','id_number':'<650102 19500302 024>'", "id_number", true},
        {"'name':'John Li','id_number':'<110105 19500302 013>'", "'name':'JOHN LI','id_number':'<110105 19500302 023>'",
         "id_number", true},
        /* two digits apart: another number */
        {"'name':'王小明','id_number':'<110105 19350302 013>'", "'name':'王晓明','id_number':'<110105 19350302 095>'",
         NULL, false},
        {"'name':'王小明','id_number':'<110105 19350302 014>'", "'name':'王晓明','id_number':'<110105 19350302 032>'",
         NULL, false},
        {"'name':'王小明','id_number':'<110105 19350302 014>'", "'name':'王晓明','id_number':'<120106 19350302 014>'",
         NULL, false},
        /* exchanged, but not neighbours */
        {"'name':'王小明','id_number':'<110105 19350302 135>'", "'name':'王晓明','id_number':'<110105 19350302 531>'",
         NULL, false},
        /* the old form of a number has no check character, so a mistake in it passes */
        {"'name':'王小明','id_number':'110105350302013'", "'name':'王小明','id_number':'110105350302017'", "id_number",
         true},
    };
    JUDGE((fixture *)*state, cases);
}

static void twins_are_two(void **state) {
    static const two cases[] = {
        {"'name':'王小明','id_number':'<110105 19350302 013>','phone':'65001234','address':'一号楼'",
         "'name':'王小亮','id_number':'<110105 19350302 015>','phone':'65001234','address':'一号楼'", NULL, false},
        {"'name':'王小明','id_number':'<110105 19350302 013>','phone':'65001234','address':'一号楼'",
         "'name':'王小丽','id_number':'<110105 19350302 014>','phone':'65001234','address':'一号楼'", NULL, false},
        {"'name':'王小明','sex':1,'birth_date':'1935-03-02','phone':'65001234','address':'一号楼'",
         "'name':'王小亮','sex':1,'birth_date':'1935-03-02','phone':'65001234','address':'一号楼'", NULL, false},
        {"'name':'王小明','sex':1,'birth_date':'1935-03-02','phone':'65001234','address':'一号楼'",
         "'name':'王晓明','sex':2,'birth_date':'1935-03-02','phone':'65001234','address':'一号楼'", NULL, false},
    };
    JUDGE((fixture *)*state, cases);
}

static void the_number_in_a_disability_certificate_is_compared_too(void **state) {
    static const two cases[] = {
        {"'name':'王小明','id_number':'<110105 19350302 013>'",
         "'name':'王小明','sex':1,'birth_date':'1935','disability_certificate':'<110105 19350302 013>42'", "id_number",
         true},
        {"'name':'王小明','id_number':'<110105 19350302 013>'",
         "'name':'赵大刚','sex':1,'birth_date':'1935','disability_certificate':'<110105 19350302 013>42'", "id_number",
         false},
        {"'name':'王小明','id_number':'<110105 19350302 013>'",
         "'name':'王小明','sex':2,'birth_date':'1940','disability_certificate':'<110105 19350302 013>42'", "id_number",
         false},
        {"'name':'王小明','sex':1,'birth_date':'1935-03','disability_certificate':'<110105 19350302 013>42B1'",
         "'name':'王小明','sex':1,'birth_date':'1935','disability_certificate':'<110105 19350302 013>31'", "id_number",
         true},
        {"'name':'王小明','id_number':'<110105 19350302 013>'",
         "'name':'王小明','sex':1,'birth_date':'1935-03-02','disability_certificate':'<110105 19350302 015>42'",
         "id_number", false},
        {"'name':'王小明','sex':1,'birth_date':'1935-03-02','file_opened':'2003','file_number':'11010500100100002',"
         "'disability_certificate':'<110105 19350302 013>42'",
         "'name':'王小明','sex':1,'birth_date':'1935-03-02','file_opened':'2003','file_number':'11010500100100001',"
         "'disability_certificate':'<110105 19350302 015>42'",
         "id_number", true},
        /* the numbers say different birth dates, the residents do not */
        {"'name':'王小明','id_number':'<110105 19350302 013>'",
         "'name':'赵大刚','sex':1,'birth_date':'1935-03-02','disability_certificate':'<110105 19350305 013>42'",
         "id_number", false},
        {"'name':'王小明','id_number':'<110105 19350302 013>'",
         "'name':'赵大刚','sex':1,'birth_date':'1935-03-05','disability_certificate':'<110105 19350305 013>42'", NULL,
         false},
        {"'name':'王小明','id_number':'<110105 19350302 013>'",
         "'name':'赵大刚','sex':1,'birth_date':'1935-03','disability_certificate':'<110105 19350305 013>42'", NULL,
         false},
    };
    JUDGE((fixture *)*state, cases);
}

static void the_same_person_is_found_by_name_sex_and_birth_date(void **state) {
    static const two cases[] = {
        {"'name':'王小明','id_number':'<110105 19350302 013>'", "'name':'王小明','sex':1,'birth_date':'1935-03-02'",
         "person", true},
        {"'name':'王小明','sex':1,'birth_date':'1935-03-02','file_number':'11010500100100001','file_opened':'2003'",
         "'name':'王小明','sex':1,'birth_date':'1935-03-02','file_number':'11010500100100002','file_opened':'2003'",
         "person", true},
        {"'name':'王小明','id_number':'<110105 19350302 013>'", "'name':'王小明','id_number':'<320105 19350302 771>'",
         "person", false}, /* two numbers that are not alike */
        {"'name':'王小明','id_number':'<110105 19350302 013>'",
         "'name':'王小明','sex':1,'birth_date':'1935-03-02','disability_certificate':'<320105 19350302 771>42'",
         "person", false},
        {"'name':'王小明','id_number':'<110105 19350302 013>'", "'name':'王小明','sex':9,'birth_date':'1935-03-02'",
         "person", true},
        {"'name':'王小明','id_number':'<110105 19350302 013>'", "'name':'王小明','sex':2,'birth_date':'1935-03-02'",
         NULL, false},
        {"'name':'王小明','id_number':'<110105 19350302 013>'", "'name':'王大明','sex':1,'birth_date':'1935-03-02'",
         NULL, false},
        {"'name':'王小明','id_number':'<110105 19350302 013>'", "'name':'王小明','sex':1,'birth_date':'1935-03-03'",
         NULL, false},
    };
    JUDGE((fixture *)*state, cases);
}

static void birth_dates_that_are_known_in_part_may_agree(void **state) {
    static const two cases[] = {
        {"'name':'王小明','id_number':'<110105 19350302 013>'", "'name':'王小明','sex':1,'birth_date':'1935'", "person",
         false},
        {"'name':'王小明','sex':1,'birth_date':'1935-03'", "'name':'王小明','sex':1,'birth_date':'1935'", "person",
         false},
        {"'name':'王小明','sex':1,'birth_date':'1935-03'", "'name':'王小明','sex':1,'birth_date':'1935-03-31'",
         "person", false},
        {"'name':'王小明','sex':1,'birth_date':'1935-03'", "'name':'王小明','sex':1,'birth_date':'1935-04-01'", NULL,
         false},
        {"'name':'王小明','sex':1,'birth_date':'1935-03'", "'name':'王小明','sex':1,'birth_date':'1935-04'", NULL,
         false},
        {"'name':'王小明','sex':1,'birth_date':'1935'", "'name':'王小明','sex':1,'birth_date':'1936-01-01'", NULL,
         false},
        {"'name':'王小明','sex':1,'birth_date':'1935'", "'name':'王小明','sex':2,'birth_date':'1935'", NULL, false},
    };
    JUDGE((fixture *)*state, cases);
}

static void names_that_sound_alike_need_a_birth_date_and_a_phone_or_address(void **state) {
    static const two cases[] = {
        {"'name':'王小明','sex':1,'birth_date':'1935-03-02','phone':'010-65001234'",
         "'name':'王晓明','sex':1,'birth_date':'1935-03-02','phone':'01065001234'", "person", false},
        {"'name':'王小明','sex':1,'birth_date':'1935-03-02','address':'一号楼 2 单元'",
         "'name':'王晓明','sex':1,'birth_date':'1935-03-02','address':'一号楼2单元'", "person", false},
        {"'name':'王小明','sex':1,'birth_date':'1935-03-02','address':'一号楼'",
         "'name':'王晓明','sex':1,'birth_date':'1935-03-02','address':'二号楼'", NULL, false},
        {"'name':'王小明','sex':1,'birth_date':'1935-03-02'", "'name':'王晓明','sex':1,'birth_date':'1935-03-02'", NULL,
         false},
        {"'name':'王小明','sex':1,'birth_date':'1935-03','address':'一号楼'",
         "'name':'王晓明','sex':1,'birth_date':'1935-03','address':'一号楼'", NULL, false},
        {"'name':'王小明','sex':1,'birth_date':'1935-03-02','phone':'65001234'",
         "'name':'王晓明','sex':1,'birth_date':'1935-03-03','phone':'65001234'", NULL, false},
    };
    JUDGE((fixture *)*state, cases);
}

static void a_name_with_a_phone_is_found_when_birth_dates_are_alike(void **state) {
    static const two cases[] = {
        {"'name':'王小明','sex':1,'birth_date':'1935-03-02','phone':'13800138000'",
         "'name':'王小明','sex':1,'birth_date':'1935-03-05','phone':'138-0013-8000'", "phone", false},
        {"'name':'王小明','sex':1,'birth_date':'1935-03-02','phone':'13800138000'",
         "'name':'王小明','sex':1,'birth_date':'1985-03-02','phone':'+86 13800138000'", "phone", false},
        {"'name':'王小明','sex':1,'birth_date':'1935-03-21','phone':'13800138000'",
         "'name':'王小明','sex':1,'birth_date':'1935-03-12','phone':'008613800138000'", "phone", false},
        {"'name':'王小明','sex':1,'birth_date':'1935-03-12','phone':'13800138000'",
         "'name':'王小明','sex':1,'birth_date':'1935-12-03','phone':'13800138000'", "phone", false},
        {"'name':'王小明','sex':1,'birth_date':'1935-03-02','phone':'13800138000'",
         "'name':'王小明','sex':2,'birth_date':'1935-03-02','phone':'13800138000'", "phone", false},
        {"'name':'王小明','sex':1,'birth_date':'1935-03-02','phone':'13800138000'",
         "'name':'王小明','sex':1,'birth_date':'1962-11-25','phone':'13800138000'", NULL, false},
        {"'name':'王小明','sex':1,'birth_date':'1935-03','phone':'13800138000'",
         "'name':'王小明','sex':1,'birth_date':'1935-04','phone':'13800138000'", NULL, false},
        {"'name':'王小明','sex':1,'birth_date':'1935-03-02','phone':'13800138000'",
         "'name':'王小明','sex':1,'birth_date':'1935-03-05','phone':'13800138001'", NULL, false},
        {"'name':'王小明','sex':1,'birth_date':'1935-03-02','phone':'8001'",
         "'name':'王小明','sex':1,'birth_date':'1935-03-05','phone':'8001'", NULL,
         false}, /* an extension is anybody's */
        {"'name':'王小明','sex':1,'birth_date':'1935-03-02','phone':'13800138000'",
         "'name':'王大明','sex':1,'birth_date':'1935-03-02','phone':'13800138000'", NULL, false},
    };
    JUDGE((fixture *)*state, cases);
}

static void what_speaks_against_it_makes_a_pair_unsure(void **state) {
    static const two cases[] = {
        {"'name':'王小明','id_number':'<110105 19350302 013>','died':'2003-05'",
         "'name':'王小明','sex':1,'birth_date':'1935-03-02','died':'2003-05-17'", "person", true},
        {"'name':'王小明','id_number':'<110105 19350302 013>','died':'2003-05-01'",
         "'name':'王小明','sex':1,'birth_date':'1935-03-02','died':'2004-05-01'", "person", false},
        {"'name':'王小明','id_number':'<110105 19350302 013>','died':'2003-05-01'",
         "'name':'王小明','sex':1,'birth_date':'1935-03-02','file_opened':'2004-05-01'", "person", false},
        {"'name':'王小明','id_number':'<110105 19350302 013>','file_opened':'2004-05-01'",
         "'name':'王小明','sex':1,'birth_date':'1935-03-02','file_opened':'2001','died':'2003-05-01'", "person", false},
        {"'name':'王小明','id_number':'<110105 19350302 013>','file_opened':'2001','died':'2003-05-01'",
         "'name':'王小明','sex':1,'birth_date':'1935-03-02','file_opened':'2004-05-01'", "person", false},
    };
    JUDGE((fixture *)*state, cases);
}

static void who_was_cared_for_after_the_other_s_death_may_be_another(void **state) {
    fixture *f = *state;
    int64_t dead = enrol(f, "'name':'王小明','id_number':'<110105 19350302 013>','died':'2003-05-01'");
    int64_t other = enrol(f, "'name':'王小明','sex':1,'birth_date':'1935-03-02'");
    care(f, other, "encounter", "{'date':'2003-04-01','doctor':'李医生'}");
    assert_true(only_pair(f->store, dead, other, "person", true));
    care(f, other, "encounter", "{'date':'2003-06-01','doctor':'李医生'}");
    assert_true(only_pair(f->store, dead, other, "person", true)); /* what counts is the first of a year */
    care(f, other, "encounter", "{'date':'2004-06-01','doctor':'李医生'}");
    assert_true(only_pair(f->store, dead, other, "person", false));
}

/* ---- how they are given out ---- */

static void a_pair_says_who_the_two_are(void **state) {
    fixture *f = *state;
    hr_cursor *rows = NULL;
    static const char *const names[] = {"resident",         "name",       "birth_date", "area", "other", "other_name",
                                        "other_birth_date", "other_area", "reason",     "rule", "sure"};
    static const char *const values[] = {NULL,         "王小明",  "1935-03-02", HOME,     NULL,  "王小明",
                                         "1935-03-02", ELSEWHERE, NULL,         "person", "true"};
    int64_t one = enrol(f, "'name':'王小明','id_number':'<110105 19350302 013>'");
    int64_t other = put_ok(f, "resident", "{'area':'%s','name':'王小明','sex':1,'birth_date':'1935-03-02'}", ELSEWHERE);
    assert_status(f->store, HR_OK, hr_duplicates(f->store, NULL, NULL, &rows));
    assert_int_equal(hr_cursor_columns(rows), 11);
    assert_status(f->store, HR_OK, hr_cursor_next(rows));
    for (int i = 0; i < 11; i++) {
        assert_string_equal(hr_cursor_name(rows, i), names[i]);
        if (values[i])
            assert_string_equal(hr_cursor_text(rows, i), values[i]);
    }
    assert_int_equal(hr_cursor_integer(rows, 0), one);
    assert_int_equal(hr_cursor_integer(rows, 4), other);
    assert_int_equal(hr_cursor_type(rows, 2), HR_DATE);
    assert_int_equal(hr_cursor_type(rows, 10), HR_BOOLEAN);
    assert_status(f->store, HR_END, hr_cursor_next(rows));
    hr_cursor_free(rows);
}

static void the_reason_is_in_the_language_of_the_handle(void **state) {
    fixture *f = *state;
    pair found[1];
    enrol(f, "'name':'王小明','id_number':'<110105 19350302 013>','phone':'65001234'");
    enrol(f, "'name':'王小明','id_number':'<110105 19350302 991>','died':'2001','phone':'65001234'");
    assert_int_equal(read_pairs(f->store, found, 1), 1);
    assert_string_equal(found->reason, "the same name, the same birth date, the same phone, but the ID numbers are not "
                                       "the same");
    int64_t mistyped = enrol(f, "'name':'王晓明','id_number':'<110105 19350302 015>'");
    pair three[3];
    size_t count = read_pairs(f->store, three, 3);
    assert_int_equal(count, 2);
    assert_int_equal(three[1].other, mistyped);
    assert_string_equal(three[1].reason,
                        "ID numbers that differ in digit 17 only, names that sound alike, the same birth "
                        "date, but the names are not written alike");
    reopen(f, HR_LANGUAGE_ZH);
    assert_int_equal(read_pairs(f->store, three, 3), 2);
    assert_string_equal(three[0].reason, "姓名相同，出生日期相同，电话相同，但身份证号不同");
    assert_string_equal(three[1].reason, "身份证号仅第 17 位不同，姓名读音相同，出生日期相同，但姓名用字不同");
}

static void pairs_come_in_the_order_of_residents_each_once(void **state) {
    fixture *f = *state;
    int64_t ids[4];
    pair found[8];
    for (int i = 0; i < 4; i++) {
        char fields[TEXT];
        snprintf(fields, sizeof fields,
                 "'name':'王小明','id_number':'<110105 19350302 %03d>','phone':'65001234','address':'一号楼'",
                 13 + 2 * i);
        ids[i] = enrol(f, fields); /* all are alike in each way */
    }
    assert_int_equal(read_pairs(f->store, found, 8), 6);
    for (int i = 0, n = 0; i < 4; i++)
        for (int j = i + 1; j < 4; j++, n++) {
            assert_int_equal(found[n].one, ids[i]);
            assert_int_equal(found[n].other, ids[j]);
        }
}

static void looking_for_duplicates_changes_nothing(void **state) {
    fixture *f = *state;
    enrol(f, "'name':'王小明','id_number':'<110105 19350302 013>'");
    enrol(f, "'name':'王小明','sex':1,'birth_date':'1935-03-02'");
    uint64_t entries = entries_said(f->store);
    hr_cursor *rows = NULL;
    assert_status(f->store, HR_OK, hr_duplicates(f->store, NULL, NULL, &rows));
    assert_int_equal(count_rows(f->store, rows), 1);
    assert_int_equal(entries_said(f->store), entries);
    assert_int_equal(verify_findings(f->store), 0);
    assert_status(f->store, HR_INVALID, hr_duplicates(f->store, NULL, NULL, NULL));
}

static void a_store_of_nobody_has_no_duplicates(void **state) {
    fixture *f = *state;
    assert_true(only_pair(f->store, 0, 0, NULL, false));
    enrol(f, "'name':'王小明','id_number':'<110105 19350302 013>'");
    assert_true(only_pair(f->store, 0, 0, NULL, false));
}

typedef struct stopping {
    int calls, stop_at;
    uint64_t last, total;
} stopping;

static int stop(void *context, uint64_t done, uint64_t total) {
    stopping *s = context;
    assert_true(done >= s->last && done <= total);
    s->last = done;
    s->total = total;
    return ++s->calls == s->stop_at;
}

static void it_can_be_stopped_at_any_time(void **state) {
    fixture *f = *state;
    hr_cursor *rows = NULL;
    stopping all = {.stop_at = 0};
    for (int i = 0; i < 50; i++)
        put_ok(f, "resident", "{'area':'%s','name':'王小明','sex':1,'birth_date':'%d'}", HOME, 1901 + i);
    assert_status(f->store, HR_OK, hr_duplicates(f->store, stop, &all, &rows));
    hr_cursor_free(rows);
    assert_true(all.calls > 3);
    for (int i = 1; i <= all.calls; i++) {
        stopping s = {.stop_at = i};
        rows = NULL;
        assert_status(f->store, HR_CANCELLED, hr_duplicates(f->store, stop, &s, &rows));
        assert_null(rows);
        assert_true(*hr_error(f->store));
    }
    assert_true(only_pair(f->store, 0, 0, NULL, false));
}

static void a_cursor_of_duplicates_ends_with_its_store_or_batch(void **state) {
    fixture *f = *state;
    hr_cursor *rows = NULL;
    assert_status(f->store, HR_OK, hr_batch_begin(f->store));
    enrol(f, "'name':'王小明','id_number':'<110105 19350302 013>'");
    enrol(f, "'name':'王小明','sex':1,'birth_date':'1935-03-02'");
    assert_status(f->store, HR_OK, hr_duplicates(f->store, NULL, NULL, &rows));
    hr_batch_rollback(f->store);
    assert_status(f->store, HR_INVALID, hr_cursor_next(rows));
    hr_cursor_free(rows);
}

/* ---- against a naive comparison ---- */

/* Names and how they sound. */
static const struct {
    const char *name, *sound;
} names[] = {{"王小明", "wangxiaoming"}, {"王晓明", "wangxiaoming"}, {"李伟", "liwei"},    {"李玮", "liwei"},
             {"张芳", "zhangfang"},      {"章芳", "zhangfang"},      {"孙丽", "sunli"},    {"钱永", "qianyong"},
             {"Li Wei", "liwei"},        {"liwei", "liwei"},         {"周强", "zhouqiang"}};
enum { NAMES = sizeof names / sizeof *names, PEOPLE = 160 };

typedef struct human {
    int64_t id;
    int name, sex, phone, address; /* phone and address 0: none */
    char birth[16];                /* 19350302, 19350300, 19350000 */
    char number[32];               /* of the ID number, else of the certificate; "": none */
    bool certified;
    int file, died; /* years; 0: no */
} human;

static bool digits_alike(const char *a, const char *b, bool *same) {
    size_t n = strlen(a), first = 0, last = n;
    while (first < n && a[first] == b[first])
        first++;
    while (last > first && a[last - 1] == b[last - 1])
        last--;
    *same = first == n;
    return last - first <= 1 || (last - first == 2 && a[first] == b[first + 1] && a[first + 1] == b[first]);
}

static bool births_agree(const char *a, const char *b) {
    if (memcmp(a, b, 4) != 0)
        return false;
    if (memcmp(a + 4, "00", 2) == 0 || memcmp(b + 4, "00", 2) == 0)
        return true;
    if (memcmp(a + 4, b + 4, 2) != 0)
        return false;
    return memcmp(a + 6, "00", 2) == 0 || memcmp(b + 6, "00", 2) == 0 || memcmp(a + 6, b + 6, 2) == 0;
}

static bool whole(const char *birth) {
    return birth[7] != '0' || birth[6] != '0';
}

static bool near(const char *a, const char *b) {
    bool same;
    if (births_agree(a, b))
        return true;
    return whole(a) && whole(b) &&
           (digits_alike(a, b, &same) ||
            (memcmp(a, b, 4) == 0 && memcmp(a + 4, b + 6, 2) == 0 && memcmp(a + 6, b + 4, 2) == 0));
}

static bool equal_names(const human *a, const human *b) {
    return a->name == b->name || (a->name >= 8 && a->name <= 9 && b->name >= 8 && b->name <= 9);
}

/* By which rule two are alike; NULL: by none. */
static const char *naive_rule(const human *a, const human *b, bool *sure) {
    bool same = false, same_birth = strcmp(a->birth, b->birth) == 0 && whole(a->birth);
    bool alike = *a->number && *b->number && digits_alike(a->number, b->number, &same);
    bool name = equal_names(a, b), sound = strcmp(names[a->name].sound, names[b->name].sound) == 0;
    bool sexes = a->sex == b->sex || a->sex == 9 || b->sex == 9;
    bool phone = a->phone && a->phone == b->phone, address = a->address && a->address == b->address;
    bool different_numbers = *a->number && *b->number && (!alike || (!same && a->certified != b->certified));
    bool lives = (!a->died || !b->died || a->died == b->died) && (!a->died || b->file <= a->died) &&
                 (!b->died || a->file <= b->died);
    *sure = name && sexes && births_agree(a->birth, b->birth) && !different_numbers && lives && (same || same_birth);
    if (alike && (same || name || sound || (same_birth && memcmp(a->number + 6, b->number + 6, 8) != 0)))
        return "id_number";
    if (sexes && name && births_agree(a->birth, b->birth))
        return "person";
    if (sexes && sound && same_birth && (phone || address))
        return "person";
    return name && phone && near(a->birth, b->birth) ? "phone" : NULL;
}

static bool number_is_free(const human *people, int count, const human *h) {
    for (int i = 0; i < count; i++)
        if (!people[i].certified && strcmp(people[i].number, h->number) == 0)
            return false;
    return true;
}

/* Draws somebody from small pools, so that many are alike. */
static void draw_human(human *h, const human *people, int count) {
    static const unsigned counties[] = {110105, 110106, 110115, 120105}, days[] = {2, 3, 12, 20, 21};
    unsigned year = 1934 + random_below(2), month = one_in(3) ? 1 + random_below(12) : 3, kind = random_below(10);
    *h = (human){.name = (int)random_below(NAMES), .sex = one_in(2) ? 1 : 2, .phone = (int)random_below(5)};
    h->address = (int)random_below(5);
    h->file = one_in(2) ? 1999 : 2003;
    h->died = one_in(8) ? 2004 : h->file == 1999 && one_in(8) ? 2001 : 0;
    snprintf(h->birth, sizeof h->birth, "%04u%02u%02u", year, month, days[random_below(5)]);
    do {
        unsigned serial = random_below(2) * 10 + random_below(2) * 100 + random_below(4) * 2 + (h->sex == 1);
        snprintf(h->number, sizeof h->number, "%06u%.8s%03u", counties[one_in(2) ? 0 : random_below(4)], h->birth,
                 serial);
    } while (!number_is_free(people, count, h));
    if (kind >= 6) { /* no ID number */
        h->certified = kind == 6;
        if (h->certified && one_in(2) && count) {
            const human *whose = &people[random_below((unsigned)count)];
            if (*whose->number)
                memcpy(h->number, whose->number, sizeof h->number);
        }
        if (!h->certified)
            *h->number = '\0';
        h->sex = one_in(6) ? 9 : h->sex;
        if (one_in(3))
            memcpy(h->birth + 6, "00", 2);
        if (one_in(6))
            memcpy(h->birth + 4, "0000", 4);
    }
}

static void print_birth(FILE *out, const char *birth) {
    fprintf(out,
            memcmp(birth + 4, "00", 2) == 0 ? "%.4s"
            : whole(birth)                  ? "%.4s-%.2s-%.2s"
                                            : "%.4s-%.2s",
            birth, birth + 4, birth + 6);
}

static void enrol_human(fixture *f, human *h, int order) {
    static const char *const phones[][2] = {{"13800138000", "+86 138-0013-8000"},
                                            {"13800138001", "138 0013 8001"},
                                            {"65001234", "6500-1234"},
                                            {"13800138010", "008613800138010"}};
    static const char *const addresses[][2] = {
        {"一号楼2单元", "一号楼 2 单元"}, {"二号楼", "二号楼"}, {"三号楼A", "三号楼a"}, {"四号楼", "四号 楼"}};
    char *fields = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&fields, &size);
    assert_non_null(out);
    fprintf(out, "'name':'%s','file_number':'110105001001%05d','file_opened':'%d-01-01'", names[h->name].name, order,
            h->file);
    if (!*h->number || h->certified) {
        fprintf(out, ",'sex':%d,'birth_date':'", h->sex);
        print_birth(out, h->birth);
        fputc('\'', out);
    }
    if (*h->number)
        fprintf(out, ",'%s':'<%.6s %.8s %.3s>%s'", h->certified ? "disability_certificate" : "id_number", h->number,
                h->number + 6, h->number + 14, h->certified ? "42" : "");
    if (h->phone)
        fprintf(out, ",'phone':'%s'", phones[h->phone - 1][random_below(2)]);
    if (h->address)
        fprintf(out, ",'address':'%s'", addresses[h->address - 1][random_below(2)]);
    if (h->died)
        fprintf(out, ",'died':'%d-06-01'", h->died);
    fclose(out);
    h->id = enrol(f, fields);
    free(fields);
}

/* Compares what is found with the naive list; prints the first difference. */
static void compare_all(fixture *f, const human *people, int count, size_t *of_rule) {
    static pair found[PAIRS_ROOM];
    size_t n = read_pairs(f->store, found, PAIRS_ROOM), at = 0;
    for (int i = 0; i < count; i++)
        for (int j = i + 1; j < count; j++) {
            bool sure;
            const human *a = &people[i], *b = &people[j];
            const char *rule = naive_rule(a, b, &sure);
            bool there = at < n && found[at].one == a->id && found[at].other == b->id;
            if (rule ? !there || strcmp(found[at].rule, rule) != 0 || found[at].sure != sure : there)
                fail_msg("%s %s %s sex %d and %s %s %s sex %d: %s%s instead of %s%s (%s)", names[a->name].name,
                         a->birth, a->number, a->sex, names[b->name].name, b->birth, b->number, b->sex,
                         there ? found[at].rule : "nothing", there && found[at].sure ? ", sure" : "",
                         rule ? rule : "nothing", rule && sure ? ", sure" : "", there ? found[at].reason : "");
            at += there;
            if (rule)
                of_rule[(*rule == 'i' ? 0 : *rule == 'p' && rule[1] == 'e' ? 2 : 4) + sure]++;
        }
    assert_int_equal(at, n);
}

static void a_naive_comparison_of_all_with_all_finds_the_same_pairs(void **state) {
    fixture *f = *state;
    static human people[PEOPLE];
    size_t of_rule[6] = {0};
    for (unsigned seed = 1; seed <= 10; seed++) {
        seed_chance(seed);
        assert_status(f->store, HR_OK, hr_batch_begin(f->store));
        for (int i = 0; i < PEOPLE; i++) {
            draw_human(&people[i], people, i);
            enrol_human(f, &people[i], i + 1);
        }
        compare_all(f, people, PEOPLE, of_rule);
        hr_batch_rollback(f->store);
    }
    for (int i = 0; i < 5; i++) /* unsure and sure by number, by person; unsure by phone, which is never sure */
        assert_in_range(of_rule[i], 10, 100000);
    assert_int_equal(of_rule[5], 0);
}

/* Who is surely the same can be made one, whoever remains. */
static void a_pair_that_is_sure_can_be_unified_without_force(void **state) {
    fixture *f = *state;
    static human people[PEOPLE];
    static pair found[PAIRS_ROOM];
    size_t sure = 0;
    seed_chance(7);
    assert_status(f->store, HR_OK, hr_batch_begin(f->store));
    for (int i = 0; i < PEOPLE; i++) {
        draw_human(&people[i], people, i);
        enrol_human(f, &people[i], i + 1);
    }
    assert_status(f->store, HR_OK, hr_batch_commit(f->store));
    size_t count = read_pairs(f->store, found, PAIRS_ROOM);
    for (size_t i = 0; i < count; i++) {
        if (!found[i].sure)
            continue;
        sure++;
        for (int way = 0; way < 2; way++) {
            assert_status(f->store, HR_OK, hr_batch_begin(f->store));
            assert_status(f->store, HR_OK,
                          hr_unify(f->store, way ? found[i].other : found[i].one, way ? found[i].one : found[i].other,
                                   NULL, NULL));
            hr_batch_rollback(f->store);
        }
    }
    assert_in_range(sure, 10, PAIRS_ROOM);
}

/* Nobody else is born on the day; `mistyped`: the last digit but the check character is another. */
static void row_of(int order, bool mistyped, FILE *out) {
    char id[ID_SIZE];
    int birth = (1900 + order % 100) * 10000 + (order / 100 % 12 + 1) * 100 + 1 + order / 1200;
    int serial = order * 7 % 1000;
    if (mistyped)
        serial += serial % 10 < 8 ? 2 : -2;
    fprintf(out, "%s,", id_number(id, 110101, birth, serial));
    fprintf(out, "王%d,%s\n", order, HOME);
}

static void a_large_store_is_searched_in_little_memory(void **state) {
    enum { MANY = 30000, EVERY = 1500, MOST_KIB = 16 * 1024 };
    fixture *f = *state;
    static pair found[MANY / EVERY + 1];
    hr_import_result result;
    FILE *out = fopen(path_in(f, "roster.csv"), "w");
    assert_non_null(out);
    fprintf(out, "id_number,name,area\n");
    for (int i = 0; i < MANY; i++)
        row_of(i, false, out);
    for (int i = 0; i < MANY; i += EVERY)
        row_of(i, true, out);
    fclose(out);
    hr_import_result_init(&result);
    assert_status(f->store, HR_OK, hr_import(f->store, path_in(f, "roster.csv"), NULL, &result));
    assert_int_equal(result.added, MANY + MANY / EVERY);
    reopen(f, HR_LANGUAGE_EN);
    reset_peak();
    long before = resident_kib();
    size_t count = read_pairs(f->store, found, MANY / EVERY + 1);
    if (!SANITIZED)
        assert_in_range(peak_kib() - before, 0, MOST_KIB);
    assert_int_equal(count, MANY / EVERY);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(found[i].other - found[0].other, i);
        assert_int_equal(found[i].one - found[0].one, i * EVERY);
        assert_string_equal(found[i].rule, "id_number");
        assert_true(found[i].sure);
    }
}

/* ---- helpers: unifying ---- */

static int64_t unify_ok(fixture *f, int64_t remaining, int64_t other) {
    int64_t seq = 0;
    hr_entry_options options;
    hr_entry_options_init(&options);
    options.why = "同一人";
    assert_status(f->store, HR_OK, hr_unify(f->store, remaining, other, &options, &seq));
    assert_true(seq > 0);
    return seq;
}

static int64_t force_unify(fixture *f, int64_t remaining, int64_t other) {
    int64_t seq = 0;
    hr_entry_options options;
    hr_entry_options_init(&options);
    options.force = 1;
    assert_status(f->store, HR_OK, hr_unify(f->store, remaining, other, &options, &seq));
    return seq;
}

/* Refused with a message that has `part`; nothing is written. */
static void unify_refused(fixture *f, int64_t remaining, int64_t other, hr_status want, const char *part) {
    uint64_t entries = info_of(f->store).entries;
    int64_t seq = -1;
    assert_status(f->store, want, hr_unify(f->store, remaining, other, NULL, &seq));
    assert_text_has(hr_error(f->store), part);
    assert_int_equal(seq, -1);
    assert_int_equal(info_of(f->store).entries, entries);
}

static int64_t part(fixture *f, int64_t entry) {
    int64_t seq = 0;
    hr_entry_options options;
    hr_entry_options_init(&options);
    options.why = "并非同一人";
    assert_status(f->store, HR_OK, hr_entry_amend(f->store, entry, NULL, &options, &seq));
    return seq;
}

static int64_t amend_entry(fixture *f, int64_t entry, const char *json) {
    int64_t seq = 0;
    char *said = with_numbers(json);
    hr_entry_options options;
    hr_entry_options_init(&options);
    options.why = "更正";
    assert_status(f->store, HR_OK, hr_entry_amend(f->store, entry, said, &options, &seq));
    free(said);
    return seq;
}

static char *resident_json(fixture *f, int64_t id) {
    char *json = NULL;
    assert_status(f->store, HR_OK, hr_resident_get(f->store, id, &json));
    return json;
}

static void assert_json(fixture *f, int64_t id, const char *want) {
    char *json = resident_json(f, id), *said = with_numbers(want);
    assert_string_equal(json, said);
    free(said);
    hr_free(json);
}

/* Every figure of every set, of two days, by committee and of the whole, as known at an entry (0: now). For free(). */
static char *figures(hr_store *store, int64_t known) {
    static const int32_t days[] = {20041231, FIGURES_AS_OF};
    char *text = NULL, at[32];
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    snprintf(at, sizeof at, "#%" PRId64, known);
    for (int i = 0; i < 4; i++) {
        hr_cursor *rows = NULL;
        hr_status status;
        hr_rates_options options;
        hr_rates_options_init(&options);
        options.as_of = days[i % 2];
        options.by = i < 2 ? "committee" : NULL;
        options.set = "all";
        options.known_at = known ? at : NULL;
        assert_status(store, HR_OK, hr_rates(store, &options, &rows));
        while ((status = hr_cursor_next(rows)) == HR_OK) {
            for (int c = 0; c < hr_cursor_columns(rows); c++)
                fprintf(out, "%s%s", c ? "," : "", hr_cursor_text(rows, c));
            fputc('\n', out);
        }
        assert_status(store, HR_END, status);
        hr_cursor_free(rows);
    }
    fclose(out);
    return text;
}

/* Fails with the first line in which two texts differ. */
static void assert_same_lines(const char *want, const char *got, const char *what) {
    while (*want && *got) {
        size_t w = strcspn(want, "\n"), g = strcspn(got, "\n");
        if (w != g || memcmp(want, got, w) != 0)
            fail_msg("%s:\n  %.*s\ninstead of\n  %.*s", what, (int)g, got, (int)w, want);
        want += w + (want[w] == '\n');
        got += g + (got[g] == '\n');
    }
    if (*want || *got)
        fail_msg("%s: there is more or less: %s%s", what, want, got);
}

static void assert_figures_are(hr_store *store, const char *want, int64_t known, const char *what) {
    char *got = figures(store, known);
    assert_same_lines(want, got, what);
    free(got);
}

static int64_t lookup(fixture *f, const char *reference) {
    int64_t id = 0;
    char *said = with_numbers(reference);
    assert_status(f->store, HR_OK, hr_resident_lookup(f->store, said, &id));
    free(said);
    return id;
}

/* Whom a text finds, each by his number; for comparison, as text. */
static void found_by(fixture *f, const char *text, char out[TEXT]) {
    hr_cursor *rows = NULL;
    hr_status status;
    char *said = with_numbers(text);
    size_t used = 0;
    *out = '\0';
    assert_status(f->store, HR_OK, hr_find(f->store, said, 0, &rows));
    while ((status = hr_cursor_next(rows)) == HR_OK)
        used += (size_t)snprintf(out + used, TEXT - used, "%s ", hr_cursor_text(rows, 0));
    assert_status(f->store, HR_END, status);
    hr_cursor_free(rows);
    free(said);
}

static void assert_finds_only(fixture *f, const char *text, int64_t id) {
    char found[TEXT], want[32];
    found_by(f, text, found);
    snprintf(want, sizeof want, "%" PRId64 " ", id);
    if (strcmp(found, want) != 0)
        fail_msg("%s finds %s instead of #%" PRId64, text, *found ? found : "nobody", id);
}

/* The history of a file as text: entry, kind, whose, what takes its place; for free(). */
static char *history(fixture *f, int64_t id) {
    static const char *const shown[] = {"seq", "kind", "resident", "amended_by", "withdrawn", "forced", "body", "why"};
    hr_cursor *rows = NULL;
    hr_status status;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    assert_status(f->store, HR_OK, hr_history(f->store, id, &rows));
    while ((status = hr_cursor_next(rows)) == HR_OK) {
        for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
            fprintf(out, "%s,", hr_cursor_text(rows, column_named(rows, shown[i])));
        fputc('\n', out);
    }
    assert_status(f->store, HR_END, status);
    hr_cursor_free(rows);
    fclose(out);
    return text;
}

static size_t contradictions(fixture *f, int64_t *resident, int64_t *entry) {
    hr_cursor *rows = NULL;
    hr_status status;
    size_t count = 0;
    assert_status(f->store, HR_OK, hr_check(f->store, NULL, NULL, &rows));
    while ((status = hr_cursor_next(rows)) == HR_OK) {
        count++;
        *resident = hr_cursor_integer(rows, column_named(rows, "resident"));
        *entry = hr_cursor_integer(rows, column_named(rows, "entry"));
        assert_true(*hr_cursor_text(rows, column_named(rows, "problem")));
    }
    assert_status(f->store, HR_END, status);
    hr_cursor_free(rows);
    return count;
}

static hr_import_result import_roster(fixture *f, const char *kind, const char *text) {
    hr_import_options options;
    hr_import_result result;
    char *said = with_numbers(text);
    hr_import_options_init(&options);
    hr_import_result_init(&result);
    options.kind = kind;
    write_text(path_in(f, "roster.csv"), said);
    assert_status(f->store, HR_OK, hr_import(f->store, path_in(f, "roster.csv"), &options, &result));
    free(said);
    return result;
}

/* ---- two are one ---- */

#define LI "'name':'李秀英','id_number':'<110105 19350302 024>','phone':'65001234','address':'一号楼'"
#define LI_AGAIN                                                                                                       \
    "'name':'李秀瑛','sex':2,'birth_date':'1935-03','phone':'13800138000','household':'户籍',"                    \
    "'file_number':'11010500100100001','file_opened':'2003-05-01'"

static void either_number_file_and_name_find_the_one_who_remains(void **state) {
    fixture *f = *state;
    char number[32];
    int64_t li = enrol(f, LI), again = enrol(f, LI_AGAIN);
    put_ok(f, "resident", "{'area':'%s','name':'李秀荣','sex':2,'birth_date':'1940'}", HOME);
    unify_ok(f, li, again);
    assert_int_equal(lookup(f, "<110105 19350302 024>"), li);
    assert_int_equal(lookup(f, "11010500100100001"), li);
    snprintf(number, sizeof number, "#%" PRId64, again);
    assert_int_equal(lookup(f, number), li);
    assert_finds_only(f, "<110105 19350302 024>", li);
    assert_finds_only(f, "11010500100100001", li);
    assert_finds_only(f, number, li);
    assert_finds_only(f, "李秀英", li);
    assert_finds_only(f, "李秀瑛", li);
    assert_finds_only(f, "秀瑛", li);
    assert_finds_only(f, "65001234", li);
    assert_finds_only(f, "13800138000", li);
    assert_json(f, li,
                "{'id_number':'<110105 19350302 024>','name':'李秀英','sex':2,'birth_date':'1935-03-02',"
                "'area':'110105001001','phone':'65001234','address':'一号楼','household':'户籍',"
                "'file_number':'11010500100100001','file_opened':'2003-05-01'}");
    char *one = resident_json(f, li), *other = resident_json(f, again);
    assert_string_equal(one, other);
    hr_free(one);
    hr_free(other);
    assert_int_equal(info_of(f->store).residents, 2);
    assert_int_equal(verify_findings(f->store), 0);
}

static void who_is_found_by_several_of_his_names_or_numbers_is_found_once(void **state) {
    fixture *f = *state;
    int64_t li = enrol(f, "'name':'李秀英','sex':2,'birth_date':'1935-03-02'");
    int64_t second = enrol(f, "'name':'李秀瑛','sex':2,'birth_date':'1935-03-02','phone':'13800138000'");
    int64_t third = enrol(f, "'name':'李秀荧','sex':2,'birth_date':'1935-03-02','phone':'13800138000'");
    unify_ok(f, third, second); /* who remains comes after, then before */
    assert_finds_only(f, "13800138000", third);
    unify_ok(f, li, third);
    assert_finds_only(f, "李秀", li);
    assert_finds_only(f, "lxy", li);
    assert_finds_only(f, "13800138000", li); /* he has the phone by them alone */
    assert_finds_only(f, "李秀瑛", li);
}

static void the_history_holds_the_entries_of_both(void **state) {
    fixture *f = *state;
    int64_t li = enrol(f, LI), again = enrol(f, LI_AGAIN);
    int64_t first = care(f, li, "encounter", "{'date':'2003-06-01','doctor':'李医生'}");
    int64_t second = care(f, again, "encounter", "{'date':'2003-06-02','doctor':'赵医生'}");
    char *before = history(f, again), want[TEXT];
    int64_t unity = unify_ok(f, li, again);
    char *one = history(f, li), *other = history(f, again);
    assert_string_equal(one, other);
    snprintf(want, sizeof want, "%" PRId64 ",unify,%" PRId64 ",,false,false,{\"absorbed\":%" PRId64 "},同一人,\n",
             unity, li, again);
    assert_memory_equal(one, want, strlen(want));
    snprintf(want, sizeof want, "\n%" PRId64 ",encounter,%" PRId64 ",", first, li);
    assert_text_has(one, want);
    snprintf(want, sizeof want, "\n%" PRId64 ",encounter,%" PRId64 ",", second, again);
    assert_text_has(one, want);
    for (const char *line = before; *line; line = strchr(line, '\n') + 1) { /* each of his own, as it was */
        char *copy = strndup(line, strcspn(line, "\n"));
        assert_text_has(one, copy);
        free(copy);
    }
    free(before);
    free(one);
    free(other);
}

/* What is said of each, and what of the one whom a store knows that never had two. */
static void they_count_as_one_who_was_only_registered_once(void **state) {
    static const struct {
        const char *one, *other, *together;
    } cases[] = {
        {LI, LI_AGAIN, LI ",'household':'户籍','file_number':'11010500100100001','file_opened':'2003-05-01'"},
        {"'name':'王强','id_number':'<110105 19350302 013>','file_opened':'2003','computerized':'2004-02'",
         "'name':'王强','sex':1,'birth_date':'1935','hardship':'yes','household_care_since':'2003-01-01'",
         "'name':'王强','id_number':'<110105 19350302 013>','file_opened':'2003','computerized':'2004-02',"
         "'hardship':'yes','household_care_since':'2003-01-01'"},
        {"'name':'王强','sex':1,'birth_date':'1935','home_bed_opened':'2003-01-05','home_bed_closed':'2003-04-01'",
         "'name':'王强','id_number':'<110105 19350302 013>','rehab_need_since':'2002','rehab_served_since':'2003-03'",
         "'name':'王强','id_number':'<110105 19350302 013>','home_bed_opened':'2003-01-05',"
         "'home_bed_closed':'2003-04-01','rehab_need_since':'2002','rehab_served_since':'2003-03'"},
        {"'name':'王强','sex':1,'birth_date':'1950-01-02','call_device':'A-17','file_opened':'2003-03-03'",
         "'name':'王勇','id_number':'<110105 19500102 013>','file_opened':'2002','died':'2009-05-06'",
         "'name':'王强','id_number':'<110105 19500102 013>','call_device':'A-17','file_opened':'2003-03-03',"
         "'died':'2009-05-06'"},
        {"'name':'王强','sex':1,'birth_date':'1930-01-02','moved_in':'2001-01-01'",
         "'name':'王勇','id_number':'<110105 19300102 013>','rehab_need_since':'2001','rehab_served_since':'2002',"
         "'rehab_outcome':'marked','rehab_outcome_date':'2003-01-01','disability_kind':'4'",
         "'name':'王强','id_number':'<110105 19300102 013>','rehab_need_since':'2001','rehab_served_since':'2002',"
         "'rehab_outcome':'marked','rehab_outcome_date':'2003-01-01','disability_kind':'4','moved_in':'2001-01-01'"},
    };
    fixture *f = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_status(f->store, HR_OK, hr_batch_begin(f->store));
        int64_t id = enrol(f, cases[i].together);
        char *once = figures(f->store, 0), *json = resident_json(f, id);
        hr_batch_rollback(f->store);
        assert_status(f->store, HR_OK, hr_batch_begin(f->store));
        int64_t one = enrol(f, cases[i].one), other = enrol(f, cases[i].other);
        char *twice = figures(f->store, 0);
        assert_string_not_equal(once, twice);
        unify_ok(f, one, other);
        assert_figures_are(f->store, once, 0, cases[i].together);
        char *merged = resident_json(f, one);
        assert_string_equal(merged, json);
        hr_batch_rollback(f->store);
        free(once);
        free(twice);
        hr_free(json);
        hr_free(merged);
    }
}

static void one_who_is_known_in_two_places_counts_where_he_came_last(void **state) {
    fixture *f = *state;
    int64_t old =
        put_ok(f, "resident", "{'area':'%s','name':'王强','sex':1,'birth_date':'1930','moved_in':'2001'}", HOME);
    int64_t new =
        put_ok(f, "resident", "{'area':'%s','name':'王强','sex':1,'birth_date':'1930-05-05','moved_in':'2003-07-01'}",
               ELSEWHERE);
    for (int way = 0; way < 2; way++) {
        int64_t unity = way ? unify_ok(f, new, old) : unify_ok(f, old, new);
        assert_int_equal(figure_of(f->store, HOME, "resident_files", 20030630).denominator, 1);
        assert_int_equal(figure_of(f->store, ELSEWHERE, "resident_files", 20030630).denominator, 0);
        assert_int_equal(figure_of(f->store, HOME, "resident_files", 20030701).denominator, 0);
        assert_int_equal(figure_of(f->store, ELSEWHERE, "resident_files", 20030701).denominator, 1);
        assert_int_equal(figure_of(f->store, "11", "resident_files", FIGURES_AS_OF).denominator, 1);
        assert_int_equal(verify_findings(f->store), 0);
        part(f, unity);
        assert_int_equal(figure_of(f->store, "11", "resident_files", FIGURES_AS_OF).denominator, 2);
    }
}

static void care_of_both_counts_in_one_file(void **state) {
    fixture *f = *state;
    int64_t one = enrol(f, "'name':'王强','sex':1,'birth_date':'1930'");
    int64_t other = enrol(f, "'name':'王强','id_number':'<110105 19300102 013>','file_opened':'2003'");
    care(f, one, "home_bed_open", "{'date':'2004-02-01','diagnosis':'脑梗死','doctor':'王医生'}");
    assert_int_equal(figure_of(f->store, "11", "home_bed_files", 20040301).numerator, 0);
    int64_t unity = unify_ok(f, one, other);
    assert_int_equal(figure_of(f->store, "11", "home_bed_files", 20040301).numerator, 1);
    assert_int_equal(figure_of(f->store, "11", "home_bed_files", 20040301).denominator, 1);
    /* Closed in the other's name: it is the same bed. */
    int64_t closed = care(f, other, "home_bed_close", "{'date':'2004-05-30','outcome':1,'doctor':'王医生'}");
    assert_int_equal(figure_of(f->store, "11", "home_bed_files", 20040601).denominator, 0);
    assert_int_equal(verify_findings(f->store), 0);
    int64_t later = amend_entry(f, closed, "{'date':'2004-06-30'}");
    assert_int_equal(figure_of(f->store, "11", "home_bed_files", 20040601).denominator, 1);
    part(f, unity); /* the bed was opened and closed in the file that remains */
    assert_int_equal(figure_of(f->store, "11", "home_bed_files", 20040601).denominator, 1);
    assert_int_equal(figure_of(f->store, "11", "home_bed_files", 20040601).numerator, 0);
    part(f, later);
    assert_int_equal(figure_of(f->store, "11", "home_bed_files", 20050601).denominator, 1);
    assert_int_equal(verify_findings(f->store), 0);
}

static void entries_of_either_are_amended_when_they_are_one(void **state) {
    fixture *f = *state;
    int64_t li = enrol(f, LI), again = enrol(f, LI_AGAIN);
    int64_t care_before = care(f, again, "encounter", "{'date':'2003-06-02','doctor':'赵医生'}");
    unify_ok(f, li, again);
    amend_entry(f, again, "{'household':'非户籍','phone':'13900139000'}"); /* the entry that registered him */
    assert_json(f, li,
                "{'id_number':'<110105 19350302 024>','name':'李秀英','sex':2,'birth_date':'1935-03-02',"
                "'area':'110105001001','phone':'65001234','address':'一号楼','household':'非户籍',"
                "'file_number':'11010500100100001','file_opened':'2003-05-01'}");
    assert_finds_only(f, "13900139000", li);
    int64_t amended = amend_entry(f, care_before, "{'date':'2004-06-02'}");
    hr_change change;
    int64_t seq = 0;
    assert_status(f->store, HR_OK,
                  hr_entry_add(f->store, li, "encounter", "{\"date\":\"2004-06-02\",\"doctor\":\"赵医生\"}", NULL, &seq,
                               &change)); /* it is in the other's file already */
    assert_int_equal(change, HR_UNCHANGED);
    assert_int_equal(seq, amended);
    assert_int_equal(amend_ok(f, again, "{'address':'二号楼'}"), HR_AMENDED); /* said of whoever he is */
    char *one = resident_json(f, li);
    assert_text_has(one, "二号楼");
    hr_free(one);
    assert_int_equal(verify_findings(f->store), 0);
}

static void an_amendment_may_name_the_resident_by_either_number(void **state) {
    fixture *f = *state;
    int64_t li = enrol(f, "'name':'李秀英','sex':2,'birth_date':'1935-03-02'"), again = enrol(f, LI_AGAIN);
    unify_ok(f, li, again);
    char *id = with_numbers("{'id_number':'<110105 19350302 024>'}");
    assert_int_equal(amend_ok(f, again, "%s", id), HR_AMENDED);
    free(id);
    assert_int_equal(lookup(f, "<110105 19350302 024>"), li);
    assert_int_equal(verify_findings(f->store), 0);
}

/* ---- rosters ---- */

#define ROSTER_HEAD "id_number,name,sex,birth_date,area,phone,file_number,file_opened,address\n"
#define LI_ROW "<110105 19350302 024>,李秀英,,," HOME ",65001234,,,一号楼\n"
#define MISTYPED_ROW "<110105 19350302 042>,李秀瑛,,," HOME ",13800138000,11010500100100001,2003-05-01,\n"
#define UNNUMBERED_ROW ",李秀英,女,1935," HOME ",13900139000,11010500100100002,2004-05-01,三号楼\n"

static void assert_nothing_new(fixture *f, const char *roster, uint64_t rows) {
    uint64_t entries = info_of(f->store).entries;
    hr_import_result r = import_roster(f, "residents", roster);
    assert_int_equal(r.rejected, 0);
    assert_int_equal(r.unchanged, rows);
    assert_int_equal(info_of(f->store).entries, entries);
}

static void a_roster_in_which_one_stands_twice_changes_nothing_when_imported_again(void **state) {
    static const char roster[] = ROSTER_HEAD LI_ROW MISTYPED_ROW UNNUMBERED_ROW;
    fixture *f = *state;
    assert_int_equal(import_roster(f, "residents", roster).added, 3);
    int64_t li = lookup(f, "<110105 19350302 024>"), mistyped = lookup(f, "<110105 19350302 042>"),
            unnumbered = lookup(f, "11010500100100002");
    assert_true(li < mistyped && mistyped < unnumbered);
    assert_nothing_new(f, roster, 3);
    int64_t ways[][2] = {{li, mistyped}, {mistyped, li}, {unnumbered, li}, {li, unnumbered}, {unnumbered, mistyped}};
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        int64_t unity = unify_ok(f, ways[i][0], ways[i][1]);
        assert_nothing_new(f, roster, 3);
        int64_t all = unify_ok(f, ways[i][0], li + mistyped + unnumbered - ways[i][0] - ways[i][1]);
        assert_nothing_new(f, roster, 3);
        assert_int_equal(info_of(f->store).residents, 1);
        part(f, all);
        part(f, unity);
        assert_nothing_new(f, roster, 3);
        assert_int_equal(verify_findings(f->store), 0);
    }
}

static void news_under_the_absorbed_one_s_number_is_the_remaining_one_s(void **state) {
    static const char news[] = "id_number,name,area,moved_in,phone,died\n"
                               "<110105 19350302 042>,李秀瑛," ELSEWHERE ",2005-05-01,13700137000,2009-01-01\n";
    fixture *f = *state;
    import_roster(f, "residents", ROSTER_HEAD LI_ROW MISTYPED_ROW);
    int64_t li = lookup(f, "<110105 19350302 024>"), mistyped = lookup(f, "<110105 19350302 042>");
    unify_ok(f, li, mistyped);
    assert_int_equal(import_roster(f, "residents", news).amended, 1);
    assert_json(f, li,
                "{'id_number':'<110105 19350302 024>','name':'李秀英','sex':2,'birth_date':'1935-03-02',"
                "'area':'" ELSEWHERE "','phone':'13700137000','address':'一号楼','file_number':'11010500100100001',"
                "'file_opened':'2003-05-01','moved_in':'2005-05-01','died':'2009-01-01'}");
    assert_int_equal(figure_of(f->store, HOME, "resident_files", 20050430).numerator, 1);
    assert_int_equal(figure_of(f->store, ELSEWHERE, "resident_files", 20050501).numerator, 1);
    assert_int_equal(figure_of(f->store, "11", "resident_files", 20090101).denominator, 0);
    assert_nothing_new(f, news, 1);
    assert_nothing_new(f, ROSTER_HEAD MISTYPED_ROW, 1);
    assert_int_equal(verify_findings(f->store), 0);
}

static void what_a_row_does_not_know_of_the_absorbed_one_is_no_news(void **state) {
    fixture *f = *state;
    int64_t id = 0;
    int64_t vague = enrol(f, "'name':'王二','sex':9,'birth_date':'1935'");
    int64_t numbered = enrol(f, "'name':'王三','id_number':'<110105 19350302 013>'");
    int64_t remaining = enrol(f, "'name':'王一','sex':1,'birth_date':'1935-03'");
    int64_t unity = unify_ok(f, vague, numbered);
    unify_ok(f, remaining, vague);
    assert_int_equal(put_again(f, "'name':'王二','sex':9,'birth_date':'1935','phone':'65001234'", &id), HR_AMENDED);
    assert_int_equal(id, remaining);
    part(f, unity);
    assert_json(f, remaining, "{'name':'王一','sex':1,'birth_date':'1935-03','area':'" HOME "','phone':'65001234'}");
    assert_int_equal(verify_findings(f->store), 0);
}

static void a_new_number_of_the_absorbed_one_finds_the_one_who_remains(void **state) {
    static const char file[] = ROSTER_HEAD "<110105 19350302 042>,李秀瑛,,," HOME ",,11010500100100009,2003-05-01,\n";
    static const char number[] = ROSTER_HEAD "<110105 19350107 024>,李秀英,女,1935-01-07," HOME ",,,,\n";
    fixture *f = *state;
    import_roster(f, "residents", ROSTER_HEAD LI_ROW "<110105 19350302 042>,李秀瑛,,," HOME ",13800138000,,,\n");
    int64_t li = lookup(f, "<110105 19350302 024>"), mistyped = lookup(f, "<110105 19350302 042>");
    unify_ok(f, li, mistyped);
    assert_int_equal(import_roster(f, "residents", file).amended, 1);
    assert_int_equal(lookup(f, "11010500100100009"), li);
    assert_nothing_new(f, file, 1);
    /* Two without an ID number; then one of them is given one. */
    int64_t a = enrol(f, "'name':'李秀花','sex':2,'birth_date':'1935-01-07'");
    int64_t b = enrol(f, "'name':'李秀英','sex':2,'birth_date':'1935-01-07'");
    unify_ok(f, a, b);
    assert_int_equal(import_roster(f, "residents", number).amended, 1);
    assert_int_equal(lookup(f, "<110105 19350107 024>"), a);
    assert_nothing_new(f, number, 1);
    assert_int_equal(verify_findings(f->store), 0);
}

static void another_s_number_is_not_given_to_one_who_has_one_by_being_unified(void **state) {
    static const char row[] = ROSTER_HEAD "<320105 19350302 771>,王强,男,1935-03-02," HOME ",,,,\n";
    fixture *f = *state;
    int64_t numbered = enrol(f, "'name':'王强','id_number':'<110105 19350302 013>'");
    int64_t without = enrol(f, "'name':'王强','sex':1,'birth_date':'1935-03-02'");
    for (int way = 0; way < 2; way++) {
        int64_t unity = way ? unify_ok(f, numbered, without) : unify_ok(f, without, numbered);
        assert_status(f->store, HR_OK, hr_batch_begin(f->store));
        int64_t id = 0;
        assert_int_equal(put_again(f, "'name':'王强','id_number':'<320105 19350302 771>'", &id), HR_ADDED);
        assert_true(id != numbered && id != without);
        hr_batch_rollback(f->store);
        part(f, unity);
    }
    assert_int_equal(import_roster(f, "residents", row).amended, 1); /* parted, the one without is known by his name */
    assert_int_equal(lookup(f, "<320105 19350302 771>"), without);
}

static void a_file_number_of_either_may_stand_beside_the_name_of_either(void **state) {
    fixture *f = *state;
    int64_t id = 0;
    int64_t li = enrol(f, LI), again = enrol(f, LI_AGAIN);
    unify_ok(f, li, again);
    assert_int_equal(put_again(f, "'name':'李秀英','file_number':'11010500100100001','address':'九号楼'", &id),
                     HR_AMENDED);
    assert_int_equal(id, li);
    put_refused(f, "resident", "{'name':'李秀花','file_number':'11010500100100001','area':'%s'}", HOME);
    char *number = with_numbers("<320105 19350302 782>");
    put_refused(f, "resident", "{'name':'李秀瑛','file_number':'11010500100100001','id_number':'%s','area':'%s'}",
                number, HOME);
    free(number);
    assert_int_equal(verify_findings(f->store), 0);
}

static void a_roster_of_care_may_name_either(void **state) {
    static const char roster[] = "id_number,file_number,name,date,doctor\n"
                                 "<110105 19350302 024>,,李秀英,2004-01-01,王医生\n"
                                 "<110105 19350302 042>,,李秀瑛,2004-01-02,王医生\n"
                                 "<110105 19350302 042>,,李秀英,2004-01-03,王医生\n"
                                 ",11010500100100001,李秀瑛,2004-01-04,王医生\n";
    fixture *f = *state;
    import_roster(f, "residents", ROSTER_HEAD LI_ROW MISTYPED_ROW);
    int64_t li = lookup(f, "<110105 19350302 024>"), mistyped = lookup(f, "<110105 19350302 042>");
    unify_ok(f, li, mistyped);
    assert_int_equal(import_roster(f, "encounter", roster).added, 4);
    assert_int_equal(import_roster(f, "encounter", roster).unchanged, 4);
    hr_import_result r = import_roster(f, "encounter",
                                       "id_number,name,date,doctor\n"
                                       "<110105 19350302 042>,李秀花,2004-01-05,王医生\n");
    assert_int_equal(r.rejected, 1);
    assert_int_equal(verify_findings(f->store), 0);
}

/* ---- chains ---- */

static void whoever_was_unified_stands_for_those_unified_with_him(void **state) {
    fixture *f = *state;
    int64_t a = enrol(f, "'name':'王一','sex':1,'birth_date':'1935'");
    int64_t b = enrol(f, "'name':'王二','sex':1,'birth_date':'1935','phone':'65001234'");
    int64_t c = enrol(f, "'name':'王三','sex':1,'birth_date':'1935','phone':'65005678','address':'三号楼'");
    int64_t d = enrol(f, "'name':'王四','sex':1,'birth_date':'1935','household':'户籍'");
    char *four = figures(f->store, 0);
    int64_t c_in_b = unify_ok(f, b, c);
    int64_t b_in_a = unify_ok(f, a, b);
    int64_t d_in_a = unify_ok(f, c, d); /* whoever c is */
    assert_json(f, c,
                "{'name':'王一','sex':1,'birth_date':'1935','area':'" HOME "','phone':'65001234','address':'三号楼',"
                "'household':'户籍'}");
    assert_finds_only(f, "王三", a);
    assert_finds_only(f, "王四", a);
    assert_finds_only(f, "65005678", a);
    assert_int_equal(info_of(f->store).residents, 1);
    assert_int_equal(verify_findings(f->store), 0);
    part(f, c_in_b); /* in the middle */
    assert_finds_only(f, "王三", c);
    assert_json(f, b,
                "{'name':'王一','sex':1,'birth_date':'1935','area':'" HOME "','phone':'65001234','household':'户籍'}");
    assert_int_equal(info_of(f->store).residents, 2);
    assert_int_equal(verify_findings(f->store), 0);
    c_in_b = unify_ok(f, b, c); /* b is a, so c is, too */
    assert_finds_only(f, "王三", a);
    part(f, b_in_a);
    assert_finds_only(f, "王二", b);
    assert_finds_only(f, "王三", a);
    assert_int_equal(verify_findings(f->store), 0);
    part(f, d_in_a);
    part(f, c_in_b);
    assert_figures_are(f->store, four, 0, "parted again");
    assert_int_equal(verify_findings(f->store), 0);
    free(four);
}

static void a_chain_that_is_too_long_is_refused(void **state) {
    enum { MANY = 24 };
    fixture *f = *state;
    int64_t ids[MANY];
    int length = 1;
    for (int i = 0; i < MANY; i++) {
        char fields[TEXT];
        snprintf(fields, sizeof fields, "'name':'王%d','sex':1,'birth_date':'1935'", i);
        ids[i] = enrol(f, fields);
    }
    while (length < MANY && hr_unify(f->store, ids[length], ids[length - 1], NULL, NULL) == HR_OK)
        length++;
    assert_in_range(length, 8, MANY - 1);
    unify_refused(f, ids[length], ids[length - 1], HR_INVALID, "too many residents");
    assert_finds_only(f, "王0", ids[length - 1]);
    assert_int_equal(verify_findings(f->store), 0);
    unify_ok(f, ids[length - 1], ids[length]); /* the other way there is room */
    for (int i = length + 1; i < MANY; i++)
        unify_ok(f, ids[0], ids[i]);
    assert_int_equal(info_of(f->store).residents, 1);
    assert_finds_only(f, "王0", ids[length - 1]);
    assert_int_equal(amend_ok(f, ids[0], "{'phone':'65001234'}"), HR_AMENDED);
    assert_int_equal(verify_findings(f->store), 0);
}

/* ---- what is refused ---- */

static void only_two_who_are_two_are_unified(void **state) {
    fixture *f = *state;
    int64_t a = enrol(f, "'name':'王一','sex':1,'birth_date':'1935'");
    int64_t b = enrol(f, "'name':'王二','sex':1,'birth_date':'1935'");
    int64_t c = enrol(f, "'name':'王三','sex':1,'birth_date':'1935'");
    int64_t entry = care(f, a, "encounter", "{'date':'2004-01-01','doctor':'王医生'}");
    unify_refused(f, a, a, HR_INVALID, "one resident already");
    unify_refused(f, a, entry, HR_NOT_FOUND, "no resident");
    unify_refused(f, entry, a, HR_NOT_FOUND, "no resident");
    unify_refused(f, a, 1, HR_NOT_FOUND, "no resident");
    unify_refused(f, a, 999999, HR_NOT_FOUND, "no resident");
    unify_refused(f, 999999, a, HR_NOT_FOUND, "no resident");
    unify_refused(f, a, 0, HR_NOT_FOUND, "");
    unify_refused(f, 0, a, HR_NOT_FOUND, "");
    unify_refused(f, a, -b, HR_NOT_FOUND, "");
    unify_ok(f, a, b);
    unify_refused(f, a, b, HR_INVALID, "one resident already");
    unify_refused(f, b, a, HR_INVALID, "one resident already");
    unify_refused(f, c, b, HR_INVALID, "unified with");
    unify_ok(f, c, a);
    unify_refused(f, b, c, HR_INVALID, "one resident already");
    assert_int_equal(verify_findings(f->store), 0);
}

static void two_who_contradict_each_other_are_unified_by_force_only(void **state) {
    static const struct {
        const char *one, *other, *problem;
    } cases[] = {
        {"'name':'王强','id_number':'<110105 19350302 013>'", "'name':'王强','id_number':'<110105 19350303 013>'",
         "birth_date"},
        {"'name':'王强','id_number':'<110105 19350302 013>'", "'name':'王强','id_number':'<110105 19350302 014>'",
         "sex"},
        {"'name':'王强','sex':1,'birth_date':'1935'", "'name':'王强','sex':1,'birth_date':'1936-01'", "birth_date"},
        {"'name':'王强','sex':1,'birth_date':'1936'", "'name':'王强','id_number':'<110105 19350302 013>'",
         "birth_date"},
        {"'name':'王强','id_number':'<110105 19350302 013>'", "'name':'王强','sex':1,'birth_date':'1936'",
         "birth_date"},
        {"'name':'王强','sex':1,'birth_date':'1935','died':'2003-05'",
         "'name':'王勇','sex':1,'birth_date':'1935','file_number':'11010500100100001','file_opened':'2001','died':'"
         "2004'",
         "died"},
        {"'name':'王强','sex':1,'birth_date':'1935','file_opened':'2001','died':'2003-05'",
         "'name':'王勇','sex':1,'birth_date':'1935','file_opened':'2004'", "died"},
        {"'name':'王强','sex':1,'birth_date':'1935','file_opened':'2005'",
         "'name':'王勇','sex':1,'birth_date':'1935','file_opened':'2002','computerized':'2003'", "computerized"},
        {"'name':'王强','id_number':'<110105 19350302 013>'",
         "'name':'王强','sex':1,'birth_date':'1935','disability_certificate':'<110105 19350303 013>42'",
         "disability_certificate"},
    };
    fixture *f = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t resident = 0, entry = 0;
        assert_status(f->store, HR_OK, hr_batch_begin(f->store));
        int64_t one = enrol(f, cases[i].one), other = enrol(f, cases[i].other);
        char *before = figures(f->store, 0);
        unify_refused(f, one, other, HR_INVALID, cases[i].problem);
        unify_refused(f, one, other, HR_INVALID, "force");
        int64_t unity = force_unify(f, one, other);
        assert_true(contradictions(f, &resident, &entry) > 0);
        assert_int_equal(resident, one);
        char *list = history(f, one);
        assert_text_has(list, "unify");
        assert_text_has(list, "true"); /* forced */
        free(list);
        assert_int_equal(info_of(f->store).residents, 1);
        part(f, unity);
        assert_int_equal(contradictions(f, &resident, &entry), 0);
        assert_figures_are(f->store, before, 0, cases[i].one);
        free(before);
        hr_batch_rollback(f->store);
    }
}

static void the_fields_of_who_remains_prevail_though_they_contradict(void **state) {
    fixture *f = *state;
    int64_t one = enrol(f, "'name':'王强','sex':1,'birth_date':'1936','file_opened':'2003'");
    int64_t other = enrol(f, "'name':'王勇','id_number':'<110105 19350302 013>','phone':'65001234',"
                             "'disability_certificate':'<110105 19350302 013>42'");
    force_unify(f, one, other);
    assert_json(f, one,
                "{'name':'王强','sex':1,'birth_date':'1936','area':'" HOME
                "','phone':'65001234','file_opened':'2003'}");
    assert_int_equal(lookup(f, "<110105 19350302 013>"), one);
    assert_int_equal(verify_findings(f->store), 0);
    assert_int_equal(amend_ok(f, one, "{'phone':'65005678'}"), HR_AMENDED);
    assert_int_equal(verify_findings(f->store), 0);
}

static void what_was_unified_by_force_can_be_amended_and_mended(void **state) {
    fixture *f = *state;
    int64_t resident, entry;
    int64_t one = enrol(f, "'name':'王强','sex':1,'birth_date':'1935','file_opened':'2005'");
    int64_t other = enrol(f, "'name':'王勇','sex':1,'birth_date':'1935','file_opened':'2002','computerized':'2003'");
    int64_t third = enrol(f, "'name':'王猛','sex':1,'birth_date':'1935'");
    int64_t unity = force_unify(f, one, other);
    assert_int_equal(contradictions(f, &resident, &entry), 1);
    assert_int_equal(entry, unity);
    assert_int_equal(amend_ok(f, one, "{'phone':'65001234'}"), HR_AMENDED); /* is no part of it */
    care(f, one, "encounter", "{'date':'2006-01-01','doctor':'王医生'}");
    unify_ok(f, one, third);
    put_refused(f, "resident", "{'name':'王强','sex':1,'birth_date':'1935','computerized':'2004','area':'%s'}", HOME);
    assert_int_equal(amend_ok(f, one, "{'file_opened':'2002'}"), HR_AMENDED);
    assert_int_equal(contradictions(f, &resident, &entry), 0);
    assert_int_equal(verify_findings(f->store), 0);
}

static void what_one_contradicts_by_himself_does_not_hinder_it(void **state) {
    fixture *f = *state;
    int64_t seq;
    hr_entry_options options;
    hr_entry_options_init(&options);
    options.force = 1;
    int64_t one = enrol(f, "'name':'王强','sex':1,'birth_date':'1935'");
    int64_t other = enrol(f, "'name':'王勇','sex':1,'birth_date':'1935'");
    assert_status(f->store, HR_OK,
                  hr_entry_add(f->store, other, "home_bed_close",
                               "{\"date\":\"2004-05-30\",\"outcome\":1,\"doctor\":\"王医生\"}", &options, &seq, NULL));
    unify_ok(f, one, other);
    assert_int_equal(verify_findings(f->store), 0);
}

static void a_unification_that_makes_no_sense_of_care_is_refused(void **state) {
    fixture *f = *state;
    int64_t one = enrol(f, "'name':'王强','sex':1,'birth_date':'1935','died':'2003'");
    int64_t other = enrol(f, "'name':'王勇','sex':1,'birth_date':'1935'");
    care(f, other, "encounter", "{'date':'2004-05-30','doctor':'王医生'}");
    unify_refused(f, one, other, HR_INVALID, "after his death");
}

static void later_news_may_speak_against_a_unification(void **state) {
    fixture *f = *state;
    int64_t resident = 0, entry = 0;
    int64_t one = enrol(f, "'name':'王强','id_number':'<110105 19350302 013>','died':'2003-05-01'");
    int64_t other = enrol(f, "'name':'王强','id_number':'<110105 19350302 031>','died':'2003-05-01'");
    int64_t unity = unify_ok(f, one, other);
    assert_int_equal(contradictions(f, &resident, &entry), 0);
    assert_int_equal(amend_ok(f, one, "{'died':'2003-06-01'}"), HR_AMENDED);
    assert_int_equal(contradictions(f, &resident, &entry), 1);
    assert_int_equal(resident, one);
    assert_int_equal(entry, unity);
    assert_int_equal(verify_findings(f->store), 0);
}

static void a_unification_is_not_amended_but_withdrawn(void **state) {
    fixture *f = *state;
    int64_t a = enrol(f, "'name':'王一','sex':1,'birth_date':'1935'");
    int64_t b = enrol(f, "'name':'王二','sex':1,'birth_date':'1935'");
    int64_t unity = unify_ok(f, a, b);
    hr_entry_options options;
    hr_entry_options_init(&options);
    assert_status(f->store, HR_INVALID, hr_entry_amend(f->store, unity, NULL, &options, NULL)); /* why? */
    options.why = "误";
    assert_status(f->store, HR_INVALID, hr_entry_amend(f->store, unity, "{\"absorbed\":7}", &options, NULL));
    int64_t parted = part(f, unity);
    assert_status(f->store, HR_INVALID, hr_entry_amend(f->store, unity, NULL, &options, NULL));
    assert_status(f->store, HR_INVALID, hr_entry_amend(f->store, parted, NULL, &options, NULL));
    assert_status(f->store, HR_INVALID, hr_put(f->store, "unify", "{\"absorbed\":7}", NULL, NULL));
    assert_int_equal(verify_findings(f->store), 0);
}

static void who_was_unified_must_still_be_somebody_by_himself(void **state) {
    fixture *f = *state;
    hr_entry_options options;
    hr_entry_options_init(&options);
    options.why = "更正";
    int64_t li = enrol(f, LI), again = enrol(f, LI_AGAIN);
    int64_t unity = unify_ok(f, li, again);
    static const char *const lacking[] = {"{\"name\":null}", "{\"birth_date\":null}", "{\"sex\":null}",
                                          "{\"area\":null}"};
    for (size_t i = 0; i < sizeof lacking / sizeof *lacking; i++)
        assert_status(f->store, HR_INVALID, hr_entry_amend(f->store, again, lacking[i], &options, NULL));
    assert_status(f->store, HR_INVALID, hr_amend(f->store, li, "{\"name\":null}", NULL));
    assert_status(f->store, HR_INVALID, hr_entry_amend(f->store, again, "{\"area\":\"110105001\"}", &options, NULL));
    part(f, unity);
    assert_int_equal(verify_findings(f->store), 0);
}

static void two_are_parted_by_force_only_when_one_needs_what_the_other_has(void **state) {
    fixture *f = *state;
    hr_entry_options options;
    hr_entry_options_init(&options);
    options.why = "误";
    int64_t one = enrol(f, "'name':'王一','sex':1,'birth_date':'1935'");
    int64_t other = enrol(f, "'name':'王二','sex':1,'birth_date':'1935','file_opened':'2003'");
    int64_t unity = unify_ok(f, one, other);
    assert_int_equal(amend_ok(f, one, "{'computerized':'2004'}"), HR_AMENDED);
    assert_status(f->store, HR_INVALID, hr_entry_amend(f->store, unity, NULL, &options, NULL));
    assert_text_has(hr_error(f->store), "file_opened");
    assert_text_has(hr_error(f->store), "force");
    assert_int_equal(info_of(f->store).residents, 1);
    options.force = 1;
    assert_status(f->store, HR_OK, hr_entry_amend(f->store, unity, NULL, &options, NULL));
    assert_int_equal(figure_of(f->store, "11", "computerized_files", FIGURES_AS_OF).numerator, 0);
    assert_int_equal(amend_ok(f, one, "{'file_opened':'2003-01-01'}"), HR_AMENDED);
    assert_int_equal(figure_of(f->store, "11", "computerized_files", FIGURES_AS_OF).numerator, 1);
    assert_int_equal(verify_findings(f->store), 0);
}

/* ---- and parted again ---- */

static void undone_everything_is_as_it_was_and_can_be_done_again(void **state) {
    fixture *f = *state;
    char found[TEXT], was[TEXT];
    int64_t li = enrol(f, LI ",'moved_in':'2001'"), again = enrol(f, LI_AGAIN ",'moved_in':'2003-04-01'");
    care(f, again, "encounter", "{'date':'2004-06-02','doctor':'赵医生'}");
    int64_t bed = care(f, li, "home_bed_open", "{'date':'2004-02-01','diagnosis':'脑梗死','doctor':'王医生'}");
    char *before = figures(f->store, 0), *one = resident_json(f, li), *other = resident_json(f, again);
    char *history_before = history(f, again);
    int64_t last = (int64_t)info_of(f->store).entries;
    found_by(f, "李秀", was);
    char *united = NULL;
    for (int round = 0; round < 3; round++) {
        int64_t unity = unify_ok(f, li, again);
        char *now = figures(f->store, 0);
        if (united)
            assert_same_lines(united, now, "done again");
        free(united);
        united = now;
        assert_finds_only(f, "李秀", li);
        assert_int_equal(verify_findings(f->store), 0);
        int64_t parted = part(f, unity);
        assert_int_equal(verify_findings(f->store), 0);
        assert_figures_are(f->store, before, 0, "undone");
        assert_figures_are(f->store, before, last, "known before");
        assert_figures_are(f->store, united, unity, "known when they were one");
        assert_figures_are(f->store, before, parted, "known when they were two again");
        found_by(f, "李秀", found);
        assert_string_equal(found, was);
        char *one_now = resident_json(f, li), *other_now = resident_json(f, again), *history_now = history(f, again);
        assert_string_equal(one_now, one);
        assert_string_equal(other_now, other);
        assert_string_equal(history_now, history_before);
        hr_free(one_now);
        hr_free(other_now);
        free(history_now);
    }
    amend_entry(f, bed, "{'date':'2004-03-01'}");
    assert_int_equal(verify_findings(f->store), 0);
    free(united);
    free(before);
    hr_free(one);
    hr_free(other);
    free(history_before);
}

static void those_who_are_one_are_no_duplicates_any_more(void **state) {
    fixture *f = *state;
    pair found[8];
    int64_t a = enrol(f, "'name':'王强','id_number':'<110105 19350302 013>'");
    int64_t b = enrol(f, "'name':'王强','id_number':'<110105 19350302 015>'");
    int64_t unity = unify_ok(f, a, b);
    assert_true(only_pair(f->store, 0, 0, NULL, false));
    /* A third is like b alone: who stands for b is in the pair. */
    int64_t c = enrol(f, "'name':'王墙','id_number':'<110105 19350302 115>'");
    assert_true(only_pair(f->store, a, c, "id_number", false));
    int64_t c_too = unify_ok(f, a, c);
    assert_true(only_pair(f->store, 0, 0, NULL, false));
    part(f, c_too);
    part(f, unity);
    assert_int_equal(read_pairs(f->store, found, 8), 2);
    assert_true(found[0].one == a && found[0].other == b && found[1].one == b && found[1].other == c);
}

static void who_is_like_several_of_one_makes_one_pair(void **state) {
    fixture *f = *state;
    int64_t ids[4];
    for (int i = 0; i < 4; i++) {
        char text[TEXT];
        snprintf(text, sizeof text, "'name':'王强','id_number':'<110105 19350302 %03d>'", 11 + 2 * i);
        ids[i] = enrol(f, text);
    }
    unify_ok(f, ids[1], ids[0]);
    unify_ok(f, ids[3], ids[2]);
    assert_true(only_pair(f->store, ids[1], ids[3], "id_number", true));
}

static void pairs_may_be_unified_while_they_are_read(void **state) {
    fixture *f = *state;
    hr_cursor *rows = NULL;
    hr_status status;
    int unified = 0;
    for (int i = 0; i < 4; i++) {
        char fields[TEXT];
        snprintf(fields, sizeof fields, "'name':'王强','id_number':'<110105 19350302 %03d>'", 11 + 2 * i);
        enrol(f, fields);
    }
    assert_status(f->store, HR_OK, hr_duplicates(f->store, NULL, NULL, &rows));
    while ((status = hr_cursor_next(rows)) == HR_OK) {
        unify_ok(f, hr_cursor_integer(rows, 0), hr_cursor_integer(rows, 4));
        unified++;
    }
    assert_status(f->store, HR_END, status);
    hr_cursor_free(rows);
    assert_int_equal(unified, 3);
    assert_int_equal(info_of(f->store).residents, 1);
    assert_int_equal(verify_findings(f->store), 0);
}

static void no_message_about_a_unification_names_anybody(void **state) {
    fixture *f = *state;
    for (int language = HR_LANGUAGE_EN; language <= HR_LANGUAGE_ZH; language++) {
        reopen(f, (hr_language)language);
        char a[TEXT], b[TEXT];
        snprintf(a, sizeof a, "'name':'欧阳靖%d','id_number':'<110105 1935030%d 013>'", language, language);
        snprintf(b, sizeof b, "'name':'欧阳靖%d','id_number':'<110105 1936030%d 013>'", language, language);
        int64_t one = enrol(f, a), other = enrol(f, b);
        for (int i = 0; i < 3; i++) {
            (void)hr_unify(f->store, one, i == 0 ? one : i == 1 ? 999999 : other, NULL, NULL);
            assert_true(*hr_error(f->store));
            assert_null(strstr(hr_error(f->store), "欧阳"));
            assert_null(strstr(hr_error(f->store), "1101051"));
        }
    }
}

/* ---- random lives against a model ---- */

/* The fields that the model knows, in JSON's order; each value as JSON writes it. */
typedef enum field { PHONE, ADDRESS, HOUSEHOLD, OPENED, COMPUTERIZED, HARDSHIP, DEVICE, FIELDS } field;
static const struct {
    const char *name, *values[4];
} fields[FIELDS] = {
    [PHONE] = {"phone", {"\"65001234\"", "\"65001235\"", "\"13800138000\"", "\"13800138001\""}},
    [ADDRESS] = {"address", {"\"一号楼\"", "\"二号楼\"", "\"三号楼\"", "\"四号楼\""}},
    [HOUSEHOLD] = {"household", {"\"户籍\"", "\"非户籍\"", "\"户籍\"", "\"非户籍\""}},
    [OPENED] = {"file_opened", {"\"1999\"", "\"2000-05-01\"", "\"2001-07\"", "\"2002-01-01\""}},
    [COMPUTERIZED] = {"computerized", {"\"2003-01-01\"", "\"2003-06\"", "\"2004\"", "\"2005-05-05\""}},
    [HARDSHIP] = {"hardship", {"true", "false", "true", "false"}},
    [DEVICE] = {"call_device", {"\"A-1\"", "\"A-2\"", "\"B-7\"", "\"B-8\""}},
};

enum { MEMBERS = 14, CARES = 400, STEPS = 220, FORMS = 5 };

typedef struct member {
    int64_t id, standing; /* the entry that registered him, and the one that stands in its place */
    int parent;           /* -1: nobody; else by `unity` */
    int64_t unity;
    bool forced;
    const char *first[FIELDS], *row[FIELDS], *later[FIELDS]; /* registered, as amended; as first said; said since */
    int64_t later_seq[FIELDS];
    char name[32], number[32], birth[16]; /* number "": none */
    int sex;
    const char *area;
} member;

typedef struct cared {
    int64_t seq;
    int owner, form, day;
    bool stands;
} cared;

typedef struct lives {
    fixture *f;
    member members[MEMBERS];
    cared cares[CARES];
    int count, care_count;
    char *figures[4 * STEPS]; /* by the log's head; NULL: there was no such moment between two steps */
} lives;

static int root_of(const lives *l, int m) {
    while (l->members[m].parent >= 0)
        m = l->members[m].parent;
    return m;
}

static int depth_of(const lives *l, int m) {
    int depth = 0;
    for (; l->members[m].parent >= 0; m = l->members[m].parent)
        depth++;
    return depth;
}

static const char *own(const member *m, field k, int64_t *seq) {
    *seq = m->later[k] ? m->later_seq[k] : m->id;
    return m->later[k] ? m->later[k] : m->first[k];
}

static bool is_in_family(const lives *l, int m, int top) {
    while (m != top && l->members[m].parent >= 0)
        m = l->members[m].parent;
    return m == top;
}

/* What the field of a family is, or of a part of it: the shallowest member's who has it; of several, what was said
 * last. */
static const char *merged(const lives *l, int top, field k) {
    const char *value = NULL;
    int depth = MEMBERS;
    int64_t said = 0;
    for (int i = 0; i < l->count; i++) {
        int64_t seq;
        const char *v = own(&l->members[i], k, &seq);
        int d = depth_of(l, i);
        if (!is_in_family(l, i, top) || !v || d > depth || (d == depth && seq < said))
            continue;
        value = v;
        depth = d;
        said = seq;
    }
    return value;
}

typedef struct identity {
    char number[32], birth[16], name[32];
    int sex, owner, depth;
    const char *area;
    bool contradicts;
} identity;

static bool sexes_differ(int a, int b) {
    return (a == 1 && b == 2) || (a == 2 && b == 1);
}

/* One registration after another, the deepest first: a number says more than a birth date does. */
static void say_who(identity *who, const member *m, int index) {
    if (*who->number && !*m->number && (!births_agree(who->birth, m->birth) || sexes_differ(who->sex, m->sex))) {
        who->contradicts = true;
        *who->number = '\0';
    }
    if (*m->number)
        memcpy(who->number, m->number, sizeof who->number);
    if (!*who->number || *m->number) {
        memcpy(who->birth, m->birth, sizeof who->birth);
        who->sex = m->sex;
    }
    memcpy(who->name, m->name, sizeof who->name);
    who->area = m->area;
    who->owner = index;
}

static identity who_is(const lives *l, int root) {
    identity who = {.owner = -1};
    for (int depth = MEMBERS; depth >= 0; depth--)
        for (int i = 0; i < l->count; i++)
            if (root_of(l, i) == root && depth_of(l, i) == depth)
                say_who(&who, &l->members[i], i);
    for (int i = 0; i < l->count; i++)
        if (root_of(l, i) == root && i != root)
            who.contradicts = who.contradicts || !births_agree(who.birth, l->members[i].birth) ||
                              sexes_differ(who.sex, l->members[i].sex);
    return who;
}

static bool any_forced(const lives *l, int root) {
    for (int i = 0; i < l->count; i++)
        if (root_of(l, i) == root && l->members[i].forced)
            return true;
    return false;
}

/* ---- what the library says ---- */

static void print_person(FILE *out, const identity *who) {
    fprintf(out, "\"name\":\"%s\",\"area\":\"%s\",\"sex\":%d,\"birth_date\":\"", who->name, who->area, who->sex);
    print_birth(out, who->birth);
    fputc('"', out);
    if (*who->number) {
        char text[64], *number;
        snprintf(text, sizeof text, "<%.6s %.8s %.3s>", who->number, who->number + 6, who->number + 14);
        number = with_numbers(text);
        fprintf(out, ",\"id_number\":\"%s\"", number);
        free(number);
    }
}

static char *merged_json(const lives *l, int root) {
    char *json = NULL;
    size_t size = 0;
    identity who = who_is(l, root);
    FILE *out = open_memstream(&json, &size);
    assert_non_null(out);
    fputc('{', out);
    print_person(out, &who);
    for (field k = 0; k < FIELDS; k++)
        if (merged(l, root, k) && (k != COMPUTERIZED || merged(l, root, OPENED))) /* the file may be the parted one's */
            fprintf(out, ",\"%s\":%s", fields[k].name, merged(l, root, k));
    fputc('}', out);
    fclose(out);
    return json;
}

/* Each of `"name":value` of the model's JSON must be in the library's; of the model's fields there are no others. */
static void check_resident_is(const lives *l, int m) {
    char *json = resident_json(l->f, l->members[m].id), part[128];
    int root = root_of(l, m);
    identity who = who_is(l, root);
    for (field k = 0; k < FIELDS; k++) {
        const char *v = merged(l, root, k);
        snprintf(part, sizeof part, "\"%s\":%s", fields[k].name, v ? v : "");
        if (v ? !strstr(json, part) : strstr(json, part) != NULL)
            fail_msg("#%" PRId64 " has not %s: %s", l->members[m].id, part, json);
    }
    char *person = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&person, &size);
    assert_non_null(out);
    print_person(out, &who);
    fclose(out);
    for (char *piece = strtok(person, ","); piece; piece = strtok(NULL, ","))
        if (!strstr(json, piece))
            fail_msg("#%" PRId64 " has not %s: %s", l->members[m].id, piece, json);
    assert_int_equal(*who.number != '\0', strstr(json, "id_number") != NULL);
    free(person);
    hr_free(json);
}

static const char *const forms[FORMS] = {"note", "encounter", "health_examination", "home_bed_open", "home_bed_close"};
static const char *const contents[FORMS] = {"\"text\":\"备注\"", "\"doctor\":\"李医生\"", "\"height\":160",
                                            "\"diagnosis\":\"脑梗死\",\"doctor\":\"王医生\"",
                                            "\"outcome\":1,\"doctor\":\"王医生\""};

static void care_json(const cared *c, char out[TEXT]) {
    snprintf(out, TEXT, "{\"date\":\"%d-%02d-%02d\",%s}", 2003 + c->day / 100, c->day / 10 % 10 + 1,
             c->day % 10 * 3 + 1, contents[c->form]);
}

/* ---- steps ---- */

static void register_step(lives *l) {
    fixture *f = l->f;
    member *m = &l->members[l->count];
    char *json = NULL;
    size_t size = 0;
    if (l->count == MEMBERS)
        return;
    *m = (member){.parent = -1, .sex = one_in(5) ? 2 : 1, .area = one_in(2) ? HOME : ELSEWHERE};
    snprintf(m->name, sizeof m->name, "王%d", l->count);
    snprintf(m->birth, sizeof m->birth, "%s", one_in(6) ? "19360101" : "19350302");
    if (one_in(2)) {
        char birth[16];
        memcpy(birth, m->birth, sizeof birth);
        snprintf(m->number, sizeof m->number, "110105%.8s%03d", birth, 20 + 2 * l->count + (m->sex == 1));
    } else {
        if (one_in(2))
            memcpy(m->birth + 4, "0000", 4);
        m->sex = one_in(4) ? 9 : m->sex;
    }
    for (field k = 0; k < FIELDS; k++)
        if (one_in(3))
            m->first[k] = fields[k].values[random_below(4)];
    if (!m->first[OPENED])
        m->first[COMPUTERIZED] = NULL;
    memcpy(m->row, m->first, sizeof m->row);
    FILE *out = open_memstream(&json, &size);
    assert_non_null(out);
    identity who = {.sex = m->sex, .area = m->area};
    memcpy(who.name, m->name, sizeof who.name);
    memcpy(who.birth, m->birth, sizeof who.birth);
    memcpy(who.number, m->number, sizeof who.number);
    fputc('{', out);
    print_person(out, &who);
    for (field k = 0; k < FIELDS; k++)
        if (m->first[k])
            fprintf(out, ",\"%s\":%s", fields[k].name, m->first[k]);
    fputc('}', out);
    fclose(out);
    hr_change change;
    assert_status(f->store, HR_OK, hr_put(f->store, "resident", json, &m->id, &change));
    assert_int_equal(change, HR_ADDED);
    free(json);
    m->standing = m->id;
    l->count++;
}

/* A field is said of whoever he is; it is news when it differs. */
static void amend_step(lives *l) {
    int m = (int)random_below((unsigned)l->count), root = root_of(l, m);
    field k = (field)random_below(FIELDS);
    const char *value = fields[k].values[random_below(4)], *was = merged(l, root, k);
    bool news = !was || strcmp(was, value) != 0;
    hr_change change = HR_UNCHANGED;
    char json[TEXT];
    snprintf(json, sizeof json, "{\"%s\":%s}", fields[k].name, value);
    hr_status status = hr_amend(l->f->store, l->members[m].id, json, &change);
    if (status == HR_INVALID) { /* of a file that is not there, or is the one's from whom he was parted */
        assert_null(merged(l, root, OPENED));
        assert_true(k == COMPUTERIZED || merged(l, root, COMPUTERIZED));
        return;
    }
    assert_true(k != COMPUTERIZED || was || merged(l, root, OPENED));
    assert_status(l->f->store, HR_OK, status);
    assert_int_equal(change, news ? HR_AMENDED : HR_UNCHANGED);
    if (!news)
        return;
    l->members[root].later[k] = value;
    l->members[root].later_seq[k] = (int64_t)info_of(l->f->store).entries;
}

static int64_t amended(lives *l, int64_t entry, const char *json, bool force) {
    int64_t seq = 0;
    hr_entry_options options;
    hr_entry_options_init(&options);
    options.why = "更正";
    options.force = force;
    hr_status status = hr_entry_amend(l->f->store, entry, json, &options, &seq);
    if (status != HR_OK)
        assert_status(l->f->store, HR_INVALID, status);
    return seq; /* 0: refused */
}

/* The entry that registered him is amended. */
static void correct_step(lives *l) {
    int who = (int)random_below((unsigned)l->count);
    member *m = &l->members[who];
    field k = (field)random_below(FIELDS);
    const char *value = k == OPENED || !one_in(4) ? fields[k].values[random_below(4)] : NULL;
    char json[TEXT];
    snprintf(json, sizeof json, "{\"%s\":%s}", fields[k].name, value ? value : "null");
    int64_t seq = amended(l, m->standing, json, any_forced(l, root_of(l, who))); /* it may contradict already */
    if (!seq) {                                                                  /* only this may be lacking */
        assert_int_equal(k, COMPUTERIZED);
        return;
    }
    m->standing = seq;
    m->first[k] = value;
}

static void care_step(lives *l) {
    if (l->care_count == CARES)
        return;
    cared *c = &l->cares[l->care_count];
    char json[TEXT];
    hr_change change;
    hr_entry_options options;
    hr_entry_options_init(&options);
    options.force = one_in(3);
    int m = (int)random_below((unsigned)l->count);
    *c = (cared){
        .owner = root_of(l, m), .form = (int)random_below(FORMS), .day = (int)random_below(300), .stands = true};
    care_json(c, json);
    hr_status status = hr_entry_add(l->f->store, l->members[m].id, forms[c->form], json, &options, &c->seq, &change);
    if (status == HR_OK && change == HR_ADDED) {
        l->care_count++;
        return;
    }
    if (status == HR_OK || options.force)
        assert_status(l->f->store, HR_OK, status);
    else
        assert_status(l->f->store, HR_INVALID, status);
}

static void amend_care_step(lives *l) {
    if (!l->care_count)
        return;
    cared *c = &l->cares[random_below((unsigned)l->care_count)];
    char json[TEXT];
    if (!c->stands)
        return;
    cared later = *c;
    later.day = (int)random_below(300);
    care_json(&later, json);
    bool withdraw = one_in(3);
    int64_t seq = amended(l, c->seq, withdraw ? NULL : json, one_in(2));
    if (!seq)
        return;
    if (withdraw)
        c->stands = false;
    else
        *c = later;
    c->seq = seq;
}

static void unify_step(lives *l) {
    int a = (int)random_below((unsigned)l->count), b = (int)random_below((unsigned)l->count), root = root_of(l, a);
    hr_entry_options options;
    int64_t seq = 0;
    hr_entry_options_init(&options);
    options.force = one_in(3);
    bool known = !any_forced(l, root) && !any_forced(l, b);
    hr_status status = hr_unify(l->f->store, l->members[a].id, l->members[b].id, &options, &seq);
    if (root_of(l, b) == root || l->members[b].parent >= 0) {
        assert_status(l->f->store, HR_INVALID, status);
        return;
    }
    l->members[b].parent = root;
    l->members[b].unity = seq;
    l->members[b].forced = options.force;
    bool contradicts = who_is(l, root).contradicts;
    if (options.force)
        assert_status(l->f->store, HR_OK, status);
    else if (known && contradicts)
        assert_status(l->f->store, HR_INVALID, status);
    else if (known && status != HR_OK) /* the model knows nothing of beds */
        assert_text_has(hr_error(l->f->store), "home bed");
    if (status != HR_OK)
        l->members[b].parent = -1;
}

static void part_step(lives *l) {
    int who = (int)random_below((unsigned)l->count);
    member *m = &l->members[who];
    if (m->parent < 0)
        return;
    if (amended(l, m->unity, NULL, any_forced(l, root_of(l, who)) || one_in(2)))
        m->parent = -1;
    else if (!strstr(hr_error(l->f->store), "file_opened")) /* what was said when they were one may need it */
        assert_text_has(hr_error(l->f->store), "home bed");
}

/* The row that registered somebody comes again: of one who was unified it is no news but where his entry was amended.
 */
static void row_step(lives *l) {
    int m = (int)random_below((unsigned)l->count), root = root_of(l, m);
    member *who = &l->members[m];
    char *json = NULL;
    size_t size = 0;
    int64_t id = 0;
    bool news[FIELDS], any = false;
    hr_change change;
    FILE *out = open_memstream(&json, &size);
    assert_non_null(out);
    identity said = {.sex = who->sex, .area = who->area};
    memcpy(said.name, who->name, sizeof said.name);
    memcpy(said.birth, who->birth, sizeof said.birth);
    memcpy(said.number, who->number, sizeof said.number);
    fputc('{', out);
    print_person(out, &said);
    for (field k = 0; k < FIELDS; k++) {
        const char *was = merged(l, root, k), *of_his = merged(l, m, k), *v = who->row[k];
        news[k] = v && (!was || strcmp(was, v) != 0) && (m == root || !of_his || strcmp(of_his, v) != 0);
        any = any || news[k];
        if (v)
            fprintf(out, ",\"%s\":%s", fields[k].name, v);
    }
    fputc('}', out);
    fclose(out);
    hr_status status = hr_put(l->f->store, "resident", json, &id, &change);
    free(json);
    if (status == HR_INVALID && !merged(l, root, OPENED) && !who->row[OPENED])
        return;
    assert_status(l->f->store, HR_OK, status);
    assert_int_equal(id, l->members[root].id);
    assert_int_equal(change, any ? HR_AMENDED : HR_UNCHANGED);
    for (field k = 0; k < FIELDS; k++)
        if (news[k]) {
            l->members[root].later[k] = who->row[k];
            l->members[root].later_seq[k] = (int64_t)info_of(l->f->store).entries;
        }
}

static void step(lives *l) {
    static void (*const steps[])(lives *) = {register_step,   amend_step, correct_step, care_step, care_step,
                                             amend_care_step, unify_step, unify_step,   part_step, row_step};
    if (l->count < 4)
        register_step(l);
    else
        steps[random_below(sizeof steps / sizeof *steps)](l);
}

/* ---- checks ---- */

static void remember(lives *l) {
    int64_t head = (int64_t)info_of(l->f->store).entries;
    assert_in_range(head, 1, sizeof l->figures / sizeof *l->figures - 1);
    if (!l->figures[head])
        l->figures[head] = figures(l->f->store, 0);
    else
        assert_figures_are(l->f->store, l->figures[head], 0, "nothing was said, but the figures changed");
}

static void check_known(lives *l, int64_t seq) {
    char what[64];
    if (seq <= 0 || !l->figures[seq])
        return;
    snprintf(what, sizeof what, "known at #%" PRId64, seq);
    assert_figures_are(l->f->store, l->figures[seq], seq, what);
}

/* A store in which each person was only ever registered once, as the model says, and cared for. */
static void compare_with_once(lives *l, fixture *once) {
    hr_entry_options options;
    hr_entry_options_init(&options);
    options.force = 1;
    char json[TEXT];
    for (int i = 0; i < l->count; i++) {
        int64_t id = 0;
        if (l->members[i].parent >= 0)
            continue;
        char *all = merged_json(l, i);
        hr_status status = hr_put(once->store, "resident", all, &id, NULL);
        if (status != HR_OK)
            print_error("%s\n", all);
        assert_status(once->store, HR_OK, status);
        free(all);
        for (int c = 0; c < l->care_count; c++) {
            if (root_of(l, l->cares[c].owner) != i || !l->cares[c].stands)
                continue;
            care_json(&l->cares[c], json);
            assert_status(once->store, HR_OK,
                          hr_entry_add(once->store, id, forms[l->cares[c].form], json, &options, NULL, NULL));
        }
    }
    char *want = figures(once->store, 0);
    assert_figures_are(l->f->store, want, 0, "beside a store without duplicates");
    free(want);
}

static void live(fixture *f, uint64_t seed) {
    static lives l;
    fixture once = *f;
    memset(&l, 0, sizeof l);
    l.f = f;
    close_store(f);
    join_path(once.path, f->folder, "once.hrs");
    copy_folder(f->path, once.path);
    reopen(f, HR_LANGUAGE_EN);
    seed_chance(seed);
    remember(&l);
    for (int i = 0; i < STEPS; i++) {
        step(&l);
        remember(&l);
        if (verify_findings(f->store) != 0)
            fail_msg("verify finds something after step %d of seed %" PRIu64, i, seed);
        check_resident_is(&l, (int)random_below((unsigned)l.count));
        check_known(&l, 1 + random_below((unsigned)info_of(f->store).entries));
    }
    for (int i = 0; i < l.count; i++)
        check_resident_is(&l, i);
    for (int64_t seq = 1; seq <= (int64_t)info_of(f->store).entries; seq++)
        check_known(&l, seq);
    once.store = NULL;
    reopen(&once, HR_LANGUAGE_EN);
    compare_with_once(&l, &once);
    close_store(&once);
    for (size_t i = 0; i < sizeof l.figures / sizeof *l.figures; i++)
        free(l.figures[i]);
}

static void random_lives_keep_to_the_model_1(void **state) {
    live(*state, 1);
}

static void random_lives_keep_to_the_model_2(void **state) {
    live(*state, 2);
}

static void random_lives_keep_to_the_model_3(void **state) {
    live(*state, 3);
}

/* ---- random lives of any kind: what is said twice is no news, and nothing is forgotten ---- */

enum { ROWS_MOST = 60 };

typedef struct saying {
    fixture *f;
    char *rows[ROWS_MOST];
    size_t row_count;
    int64_t entries[ROWS_MOST * 8];
    size_t entry_count;
    char *figures[ROWS_MOST * 16];
} saying;

static void random_date(FILE *out, const char *name, unsigned first_year) {
    unsigned year = first_year + random_below(4), month = 1 + random_below(12);
    if (one_in(3))
        fprintf(out, ",\"%s\":\"%u-%02u\"", name, year, month);
    else
        fprintf(out, ",\"%s\":\"%u-%02u-%02u\"", name, year, month, 1 + random_below(28));
}

/* Some fields of some of the groups, in no way sure to go together. */
static void random_fields(FILE *out) {
    static const char *const areas[] = {HOME, ELSEWHERE, "110108001001"};
    static const struct {
        const char *name;
        unsigned year;
    } dates[] = {{"file_opened", 2001},          {"computerized", 2003},    {"rehab_need_since", 2001},
                 {"rehab_served_since", 2002},   {"home_bed_opened", 2002}, {"home_bed_closed", 2004},
                 {"household_care_since", 2002}, {"moved_out", 2006},       {"died", 2008}};
    fprintf(out, ",\"area\":\"%s\"", areas[random_below(3)]);
    if (one_in(3))
        random_date(out, "moved_in", 2000);
    for (size_t i = 0; i < sizeof dates / sizeof *dates; i++)
        if (one_in(i < 2 ? 2 : 7))
            random_date(out, dates[i].name, dates[i].year);
    if (one_in(6)) {
        fprintf(out, ",\"rehab_outcome\":\"%s\"", one_in(2) ? "marked" : "none");
        random_date(out, "rehab_outcome_date", 2004);
    }
    if (one_in(3))
        fprintf(out, ",\"phone\":\"6500%04u\"", random_below(4));
    if (one_in(8))
        fprintf(out, ",\"hardship\":%s", one_in(2) ? "true" : "null");
    if (one_in(8))
        fprintf(out, ",\"file_number\":\"1101050010010000%u\"", 1 + random_below(6));
}

/* A row about one of a few persons, who is known by his number, or by name, sex and birth date. */
static char *random_row(void) {
    char *json = NULL, id[ID_SIZE];
    size_t size = 0;
    unsigned who = random_below(6);
    FILE *out = open_memstream(&json, &size);
    assert_non_null(out);
    fprintf(out, "{\"name\":\"王%c\"", "ABC"[who / 2]);
    if (one_in(2))
        fprintf(out, ",\"id_number\":\"%s\"", id_number(id, 110105, 19350302 + (int)(who == 5), 11 + 2 * (int)who));
    else
        fprintf(out, ",\"sex\":%d,\"birth_date\":\"%s\"", one_in(6) ? 9 : 1, one_in(3) ? "1935" : "1935-03-02");
    random_fields(out);
    fputc('}', out);
    fclose(out);
    return json;
}

static int64_t somebody(const saying *s) {
    int64_t id = 0;
    for (int i = 0; i < 20 && !id; i++) {
        char number[32];
        snprintf(number, sizeof number, "#%u", 1 + random_below((unsigned)info_of(s->f->store).entries));
        if (hr_resident_lookup(s->f->store, number, &id) != HR_OK)
            id = 0;
    }
    return id;
}

static void say_step(saying *s) {
    char *json = random_row();
    int64_t id = 0, again = 0;
    hr_change change;
    if (s->row_count && one_in(3)) { /* an older row comes again */
        free(json);
        json = strdup(s->rows[random_below((unsigned)s->row_count)]);
    }
    hr_status status = hr_put(s->f->store, "resident", json, &id, &change);
    if (status == HR_OK) {
        status = hr_put(s->f->store, "resident", json, &again, &change);
        if (status != HR_OK || change != HR_UNCHANGED || id != again)
            fail_msg("said twice, it was #%" PRId64 " and #%" PRId64 " (%s): %s", id, again, hr_error(s->f->store),
                     json);
    } else {
        assert_status(s->f->store, HR_INVALID, status);
    }
    if (s->row_count < ROWS_MOST)
        s->rows[s->row_count++] = json;
    else
        free(json);
}

static void keep_entry(saying *s, int64_t seq) {
    if (seq && s->entry_count < sizeof s->entries / sizeof *s->entries)
        s->entries[s->entry_count++] = seq;
}

static void care_for_step(saying *s) {
    static const char *const kinds[][2] = {
        {"encounter", "\"doctor\":\"李医生\""},
        {"health_examination", "\"height\":160"},
        {"home_bed_open", "\"diagnosis\":\"脑梗死\",\"doctor\":\"王医生\""},
        {"home_bed_close", "\"outcome\":1,\"doctor\":\"王医生\""},
        {"household_care", "\"helper\":\"孙护士\""},
        {"rehab_assessment", "\"needs_rehab\":true,\"assessor\":\"陈医生\""},
        {"rehab_outcome", "\"outcome\":\"effective\",\"assessor\":\"陈医生\""},
    };
    size_t kind = random_below(sizeof kinds / sizeof *kinds);
    hr_entry_options options;
    char *json = NULL;
    int64_t seq = 0, id = somebody(s);
    hr_entry_options_init(&options);
    options.force = one_in(2);
    assert_true(asprintf(&json, "{\"date\":\"%u-%02u-%02u\",%s}", 2002 + random_below(7), 1 + random_below(12),
                         1 + random_below(28), kinds[kind][1]) > 0);
    if (id && hr_entry_add(s->f->store, id, kinds[kind][0], json, &options, &seq, NULL) == HR_OK)
        keep_entry(s, seq);
    free(json);
}

static void unite_step(saying *s) {
    hr_entry_options options;
    int64_t seq = 0, one = somebody(s), other = somebody(s);
    hr_entry_options_init(&options);
    options.force = one_in(2);
    if (hr_unify(s->f->store, one, other, &options, &seq) == HR_OK)
        keep_entry(s, seq);
}

/* An entry of care, a unification, or what was said of somebody's fields is amended or withdrawn. */
static void change_step(saying *s) {
    hr_entry_options options;
    char *json = NULL, *date = NULL;
    size_t size = 0;
    int64_t seq = 0, entry = 1 + (int64_t)random_below((unsigned)info_of(s->f->store).entries);
    if (s->entry_count && one_in(2))
        entry = s->entries[random_below((unsigned)s->entry_count)];
    FILE *out = open_memstream(&json, &size);
    assert_non_null(out);
    hr_entry_options_init(&options);
    options.why = "更正";
    options.force = one_in(2);
    random_fields(out);
    fclose(out);
    assert_true(asprintf(&date, "{\"date\":\"%u-05-06\"}", 2002 + random_below(6)) > 0);
    *json = '{';
    json = realloc(json, size + 2);
    strcpy(json + size, "}");
    if (hr_entry_amend(s->f->store, entry, one_in(3) ? NULL : one_in(2) ? date : json, &options, &seq) == HR_OK)
        keep_entry(s, seq);
    free(json);
    free(date);
}

static void correct_somebody_step(saying *s) {
    char *json = NULL, id[ID_SIZE];
    size_t size = 0;
    hr_change change;
    int64_t who = somebody(s);
    FILE *out = open_memstream(&json, &size);
    assert_non_null(out);
    fprintf(out, "{\"address\":\"%u号楼\"", random_below(3));
    random_fields(out);
    if (one_in(3))
        fprintf(out, ",\"id_number\":\"%s\"", id_number(id, 110105, 19350302, 11 + 2 * (int)random_below(6)));
    if (one_in(6))
        fprintf(out, ",\"name\":\"王%c\"", "ABC"[random_below(3)]);
    fputc('}', out);
    fclose(out);
    if (who && hr_amend(s->f->store, who, json, &change) == HR_OK) {
        hr_status status = hr_amend(s->f->store, who, json, &change);
        if (status != HR_OK || change != HR_UNCHANGED)
            fail_msg("said twice of #%" PRId64 " (%s): %s", who, hr_error(s->f->store), json);
    }
    free(json);
}

static void figures_are_remembered(saying *s, bool all) {
    int64_t head = (int64_t)info_of(s->f->store).entries;
    char what[64];
    assert_in_range(head, 1, sizeof s->figures / sizeof *s->figures - 1);
    if (!s->figures[head])
        s->figures[head] = figures(s->f->store, 0);
    for (int64_t seq = all ? 1 : 1 + (int64_t)random_below((unsigned)head); seq <= head; seq++) {
        snprintf(what, sizeof what, "known at #%" PRId64, seq);
        if (s->figures[seq])
            assert_figures_are(s->f->store, s->figures[seq], seq, what);
        if (!all)
            return;
    }
}

static void say_anything(fixture *f, uint64_t seed) {
    static void (*const steps[])(saying *) = {say_step,   say_step,    care_for_step, unite_step,
                                              unite_step, change_step, change_step,   correct_somebody_step};
    saying s = {.f = f};
    seed_chance(seed);
    for (int i = 0; i < 150; i++) {
        if (i < 5)
            say_step(&s);
        else
            steps[random_below(sizeof steps / sizeof *steps)](&s);
        if (verify_findings(f->store) != 0)
            fail_msg("verify finds something after step %d of seed %" PRIu64, i, seed);
        figures_are_remembered(&s, false);
    }
    figures_are_remembered(&s, true);
    for (size_t i = 0; i < s.row_count; i++)
        free(s.rows[i]);
    for (size_t i = 0; i < sizeof s.figures / sizeof *s.figures; i++)
        free(s.figures[i]);
}

static void whatever_is_said_is_verified_and_remembered_1(void **state) {
    say_anything(*state, 1);
}

static void whatever_is_said_is_verified_and_remembered_2(void **state) {
    say_anything(*state, 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(numbers_of_one_name_that_differ_in_any_one_digit_are_found),
        TEST(numbers_of_one_name_with_any_two_neighbours_exchanged_are_found),
        TEST(alike_numbers_need_more_that_is_alike),
        TEST(twins_are_two),
        TEST(the_number_in_a_disability_certificate_is_compared_too),
        TEST(the_same_person_is_found_by_name_sex_and_birth_date),
        TEST(birth_dates_that_are_known_in_part_may_agree),
        TEST(names_that_sound_alike_need_a_birth_date_and_a_phone_or_address),
        TEST(a_name_with_a_phone_is_found_when_birth_dates_are_alike),
        TEST(what_speaks_against_it_makes_a_pair_unsure),
        TEST(who_was_cared_for_after_the_other_s_death_may_be_another),
        TEST(a_pair_says_who_the_two_are),
        TEST(the_reason_is_in_the_language_of_the_handle),
        TEST(pairs_come_in_the_order_of_residents_each_once),
        TEST(looking_for_duplicates_changes_nothing),
        TEST(a_store_of_nobody_has_no_duplicates),
        TEST(it_can_be_stopped_at_any_time),
        TEST(a_cursor_of_duplicates_ends_with_its_store_or_batch),
        TEST(a_naive_comparison_of_all_with_all_finds_the_same_pairs),
        TEST(a_pair_that_is_sure_can_be_unified_without_force),
        TEST(a_large_store_is_searched_in_little_memory),
        TEST(either_number_file_and_name_find_the_one_who_remains),
        TEST(who_is_found_by_several_of_his_names_or_numbers_is_found_once),
        TEST(the_history_holds_the_entries_of_both),
        TEST(they_count_as_one_who_was_only_registered_once),
        TEST(one_who_is_known_in_two_places_counts_where_he_came_last),
        TEST(care_of_both_counts_in_one_file),
        TEST(entries_of_either_are_amended_when_they_are_one),
        TEST(an_amendment_may_name_the_resident_by_either_number),
        TEST(a_roster_in_which_one_stands_twice_changes_nothing_when_imported_again),
        TEST(news_under_the_absorbed_one_s_number_is_the_remaining_one_s),
        TEST(what_a_row_does_not_know_of_the_absorbed_one_is_no_news),
        TEST(a_new_number_of_the_absorbed_one_finds_the_one_who_remains),
        TEST(another_s_number_is_not_given_to_one_who_has_one_by_being_unified),
        TEST(a_file_number_of_either_may_stand_beside_the_name_of_either),
        TEST(a_roster_of_care_may_name_either),
        TEST(whoever_was_unified_stands_for_those_unified_with_him),
        TEST(a_chain_that_is_too_long_is_refused),
        TEST(only_two_who_are_two_are_unified),
        TEST(two_who_contradict_each_other_are_unified_by_force_only),
        TEST(the_fields_of_who_remains_prevail_though_they_contradict),
        TEST(what_was_unified_by_force_can_be_amended_and_mended),
        TEST(what_one_contradicts_by_himself_does_not_hinder_it),
        TEST(a_unification_that_makes_no_sense_of_care_is_refused),
        TEST(later_news_may_speak_against_a_unification),
        TEST(a_unification_is_not_amended_but_withdrawn),
        TEST(who_was_unified_must_still_be_somebody_by_himself),
        TEST(two_are_parted_by_force_only_when_one_needs_what_the_other_has),
        TEST(undone_everything_is_as_it_was_and_can_be_done_again),
        TEST(those_who_are_one_are_no_duplicates_any_more),
        TEST(who_is_like_several_of_one_makes_one_pair),
        TEST(pairs_may_be_unified_while_they_are_read),
        TEST(no_message_about_a_unification_names_anybody),
        TEST(random_lives_keep_to_the_model_1),
        TEST(random_lives_keep_to_the_model_2),
        TEST(random_lives_keep_to_the_model_3),
        TEST(whatever_is_said_is_verified_and_remembered_1),
        TEST(whatever_is_said_is_verified_and_remembered_2),
    };
    return cmocka_run_group_tests(tests, make_sample, remove_sample);
}
