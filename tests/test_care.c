/* Health files: entries of care, episodes, amendments, what contradicts what, and the registers beside them. One test
 * for each sentence of the header; what is expected is worked out by hand. */
#include "support.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define HOME "110105001001"

/* ---- entries ---- */

typedef struct added {
    hr_status status;
    int64_t seq;
    hr_change change;
} added;

static added add_entry(fixture *f, int64_t id, const char *form, const char *json, bool force) {
    hr_entry_options options;
    char text[4096];
    added a = {.seq = 0};
    hr_entry_options_init(&options);
    options.force = force;
    snprintf(text, sizeof text, "%s", json);
    quote_json(text);
    a.status = hr_entry_add(f->store, id, form, text, &options, &a.seq, &a.change);
    return a;
}

static int64_t add_ok(fixture *f, int64_t id, const char *form, const char *json) {
    added a = add_entry(f, id, form, json, false);
    assert_status(f->store, HR_OK, a.status);
    assert_int_equal(a.change, HR_ADDED);
    return a.seq;
}

/* Refused, with these words, and nothing was changed. */
static void add_refused(fixture *f, int64_t id, const char *form, const char *json, const char *words) {
    uint64_t entries = info_of(f->store).entries;
    added a = add_entry(f, id, form, json, false);
    assert_status(f->store, HR_INVALID, a.status);
    assert_text_has(hr_error(f->store), words);
    assert_int_equal(info_of(f->store).entries, entries);
}

static hr_status amend_entry(fixture *f, int64_t entry, const char *json, const char *why, bool force, int64_t *seq) {
    hr_entry_options options;
    char text[4096];
    hr_entry_options_init(&options);
    options.force = force;
    options.why = why;
    snprintf(text, sizeof text, "%s", json ? json : "");
    quote_json(text);
    return hr_entry_amend(f->store, entry, json ? text : NULL, &options, seq);
}

static int64_t amended_ok(fixture *f, int64_t entry, const char *json) {
    int64_t seq = 0;
    assert_status(f->store, HR_OK, amend_entry(f, entry, json, "written down wrongly", false, &seq));
    return seq;
}

static size_t contradictions(fixture *f) {
    hr_cursor *rows = NULL;
    assert_status(f->store, HR_OK, hr_check(f->store, NULL, NULL, &rows));
    return count_rows(f->store, rows);
}

/* What the history says of an entry in a column. */
static void history_of(fixture *f, int64_t id, int64_t seq, const char *column, char out[512]) {
    hr_cursor *rows = NULL;
    hr_status status;
    *out = '\0';
    assert_status(f->store, HR_OK, hr_history(f->store, id, &rows));
    int at = column_named(rows, column);
    while ((status = hr_cursor_next(rows)) == HR_OK)
        if (hr_cursor_integer(rows, 0) == seq)
            snprintf(out, 512, "%s", hr_cursor_text(rows, at));
    assert_status(f->store, HR_END, status);
    hr_cursor_free(rows);
}

static int64_t someone(fixture *f) {
    return put_ok(f, "resident",
                  "{'name':'李秀英','sex':2,'birth_date':'1930-05-01','area':'" HOME "','file_opened':'2000-01-01'}");
}

static void assert_counts(fixture *f, const char *indicator, int32_t day, int64_t numerator, int64_t denominator) {
    figure g = figure_of(f->store, HOME, indicator, day);
    if (g.numerator != numerator || g.denominator != denominator)
        fail_msg("%s at %d: %" PRId64 "/%" PRId64 " instead of %" PRId64 "/%" PRId64, indicator, day, g.numerator,
                 g.denominator, numerator, denominator);
}

/* Each test leaves a store in which all agrees. */
static int agree_and_remove(void **state) {
    fixture *f = *state;
    if (f->store && verify_findings(f->store) != 0)
        return -1;
    return remove_copy(state);
}
#define CARE(name) cmocka_unit_test_setup_teardown(name, open_copy, agree_and_remove)

/* ---- adding ---- */

static void an_entry_that_says_the_same_changes_nothing(void **state) {
    fixture *f = *state;
    int64_t id = someone(f), seq = add_ok(f, id, "note", "{'date':'2003-05-01','text':'quiet'}");
    uint64_t entries = info_of(f->store).entries;
    added again = add_entry(f, id, "note", "{'text':'quiet','date':'20030501'}", false);
    assert_status(f->store, HR_OK, again.status);
    assert_int_equal(again.change, HR_UNCHANGED);
    assert_int_equal(again.seq, seq);
    assert_int_equal(info_of(f->store).entries, entries);
    add_ok(f, id, "note", "{'date':'2003-05-01','text':'not quiet'}");
    amended_ok(f, seq, "{'text':'calm'}");
    again = add_entry(f, id, "note", "{'date':'2003-05-01','text':'quiet'}", false); /* of what was amended, too */
    assert_int_equal(again.change, HR_UNCHANGED);
}

static void what_is_no_entry_is_refused(void **state) {
    fixture *f = *state;
    int64_t id = someone(f);
    add_refused(f, id, "notes", "{'date':'2003-05-01','text':'a'}", "form");
    add_refused(f, id, "resident", "{'name':'a'}", "form");
    add_refused(f, id, "call_raise", "{'device':'a'}", "form");
    add_refused(f, id, "note", "{'date':'2003-05-01'}", "text");
    add_refused(f, id, "note", "{'text':'a'}", "date");
    add_refused(f, id, "note", "{'date':'2003-05-01','text':'a','colour':'red'}", "colour");
    add_refused(f, id, "note", "{'date':'2199-01-01','text':'a'}", "future");
    added a = add_entry(f, id + 1000, "note", "{'date':'2003-05-01','text':'a'}", false);
    assert_status(f->store, HR_NOT_FOUND, a.status);
}

static void entries_of_a_batch_that_is_undone_were_never_there(void **state) {
    fixture *f = *state;
    int64_t id = someone(f);
    char *before = rates_text(f->store, "committee", 20031231);
    assert_status(f->store, HR_OK, hr_batch_begin(f->store));
    add_ok(f, id, "home_bed_open", "{'date':'2003-01-01','diagnosis':'x','doctor':'y'}");
    add_refused(f, id, "home_bed_open", "{'date':'2003-02-01','diagnosis':'x','doctor':'y'}", "2003-01-01");
    add_ok(f, id, "home_bed_visit", "{'date':'2003-02-01'}");
    hr_batch_rollback(f->store);
    char *after = rates_text(f->store, "committee", 20031231);
    assert_string_equal(after, before);
    add_ok(f, id, "home_bed_open", "{'date':'2003-02-01','diagnosis':'x','doctor':'y'}");
    free(before);
    free(after);
}

/* ---- home beds ---- */

static void a_home_bed_is_opened_visited_and_closed_in_that_order(void **state) {
    fixture *f = *state;
    int64_t id = someone(f);
    add_refused(f, id, "home_bed_close", "{'date':'2003-05-01','outcome':1}", "no home bed");
    add_refused(f, id, "home_bed_visit", "{'date':'2003-05-01'}", "no home bed");
    add_ok(f, id, "home_bed_open", "{'date':'2003-05-01','diagnosis':'x','doctor':'y'}");
    add_refused(f, id, "home_bed_open", "{'date':'2003-06-01','diagnosis':'x','doctor':'y'}", "2003-05-01");
    add_refused(f, id, "home_bed_visit", "{'date':'2003-04-30'}", "no home bed");
    add_ok(f, id, "home_bed_visit", "{'date':'2003-05-01'}");
    add_ok(f, id, "home_bed_close", "{'date':'2003-08-01','outcome':2}");
    add_ok(f, id, "home_bed_visit", "{'date':'2003-08-01'}"); /* on the day of closing */
    add_refused(f, id, "home_bed_visit", "{'date':'2003-08-02'}", "no home bed");
    add_refused(f, id, "home_bed_close", "{'date':'2003-09-01','outcome':2}", "2003-08-01");
    assert_counts(f, "home_bed_files", 20030430, 0, 0);
    assert_counts(f, "home_bed_files", 20030501, 1, 1);
    assert_counts(f, "home_bed_files", 20030731, 1, 1);
    assert_counts(f, "home_bed_files", 20030801, 0, 0);
    assert_int_equal(contradictions(f), 0);
}

static void a_file_typed_in_late_counts_as_one_kept_from_day_to_day(void **state) {
    fixture *f = *state;
    int64_t id = someone(f);
    add_ok(f, id, "home_bed_open", "{'date':'2004-03-01','diagnosis':'x','doctor':'y'}");
    /* An earlier episode is open into the later one until its end is typed in. */
    add_refused(f, id, "home_bed_open", "{'date':'2002-03-01','diagnosis':'x','doctor':'y'}", "2002-03-01");
    added forced = add_entry(f, id, "home_bed_open", "{'date':'2002-03-01','diagnosis':'x','doctor':'y'}", true);
    assert_status(f->store, HR_OK, forced.status);
    assert_int_equal(contradictions(f), 1);
    add_ok(f, id, "home_bed_visit", "{'date':'2002-04-01'}");
    add_ok(f, id, "home_bed_close", "{'date':'2002-06-01','outcome':1}");
    assert_int_equal(contradictions(f), 0);
    add_refused(f, id, "home_bed_visit", "{'date':'2003-01-01'}", "no home bed");
    assert_counts(f, "home_bed_files", 20020401, 1, 1);
    assert_counts(f, "home_bed_files", 20030101, 0, 0);
    assert_counts(f, "home_bed_files", 20050101, 1, 1);
}

static void rosters_and_entries_tell_of_the_same_home_bed(void **state) {
    fixture *f = *state;
    int64_t id = someone(f);
    amend_ok(f, id, "{'home_bed_opened':'2003-01-01'}");
    add_ok(f, id, "home_bed_open", "{'date':'2003-01-01','diagnosis':'x','doctor':'y'}");
    add_ok(f, id, "home_bed_close", "{'date':'2003-02-01','outcome':1}");
    assert_counts(f, "home_bed_files", 20030201, 0, 0);
    assert_int_equal(amend_ok(f, id, "{'home_bed_opened':'2003-01-01'}"), HR_UNCHANGED);
    assert_counts(f, "home_bed_files", 20030201, 0, 0);
}

/* ---- rehabilitation ---- */

static void an_outcome_is_of_a_service_and_a_service_of_a_need(void **state) {
    fixture *f = *state;
    int64_t id = someone(f);
    add_refused(f, id, "rehab_outcome", "{'date':'2003-05-01','outcome':'marked'}", "service");
    add_refused(f, id, "rehab_session", "{'date':'2003-05-01'}", "need");
    add_ok(f, id, "rehab_assessment", "{'date':'2003-05-01','needs_rehab':true}");
    add_refused(f, id, "rehab_plan", "{'date':'2003-04-30'}", "need");
    add_ok(f, id, "rehab_plan", "{'date':'2003-05-10'}");
    add_ok(f, id, "rehab_session", "{'date':'2003-06-10'}");
    add_refused(f, id, "rehab_outcome", "{'date':'2003-05-09','outcome':'marked'}", "service");
    add_ok(f, id, "rehab_outcome", "{'date':'2003-07-01','outcome':'effective'}");
    add_ok(f, id, "rehab_outcome", "{'date':'2003-09-01','outcome':'marked'}");
    add_refused(f, id, "rehab_assessment", "{'date':'2003-10-01','needs_rehab':false}", "2003-05-01");
    assert_counts(f, "rehab_service", 20030501, 0, 1);
    assert_counts(f, "rehab_service", 20030510, 1, 1);
    assert_counts(f, "rehab_effective", 20030630, 0, 1);
    assert_counts(f, "rehab_effective", 20030701, 1, 1);
    assert_counts(f, "rehab_marked", 20030831, 0, 1);
    assert_counts(f, "rehab_marked", 20030901, 1, 1);
}

static void household_care_counts_from_its_first_day(void **state) {
    fixture *f = *state;
    int64_t id = someone(f);
    amend_ok(f, id, "{'hardship':true}");
    add_ok(f, id, "household_care", "{'date':'2004-01-01'}");
    add_ok(f, id, "household_care", "{'date':'2003-03-01'}");
    assert_counts(f, "hardship_care", 20030228, 0, 1);
    assert_counts(f, "hardship_care", 20030301, 1, 1);
}

/* ---- lifetimes ---- */

static void entries_lie_within_a_lifetime(void **state) {
    fixture *f = *state;
    int64_t id = someone(f);
    add_refused(f, id, "encounter", "{'date':'1930-04-30'}", "1930-05-01");
    amend_ok(f, id, "{'died':'2003-05-01'}");
    add_ok(f, id, "encounter", "{'date':'2003-05-01'}");
    add_refused(f, id, "encounter", "{'date':'2003-05-02'}", "death");
    add_ok(f, id, "note", "{'date':'2003-05-02','text':'the family came'}");
}

static void a_death_that_entries_contradict_is_refused(void **state) {
    fixture *f = *state;
    hr_change change;
    int64_t id = someone(f), seq = add_ok(f, id, "encounter", "{'date':'2003-05-02'}");
    char number[32];
    snprintf(number, sizeof number, "entry %" PRId64, seq);
    assert_status(f->store, HR_INVALID, hr_amend(f->store, id, "{\"died\":\"2003-05-01\"}", &change));
    assert_text_has(hr_error(f->store), number);
    amended_ok(f, seq, "{'date':'2003-04-02'}");
    assert_status(f->store, HR_OK, hr_amend(f->store, id, "{\"died\":\"2003-05-01\"}", &change));
}

static void a_death_ends_what_is_open(void **state) {
    fixture *f = *state;
    int64_t id = someone(f);
    add_ok(f, id, "home_bed_open", "{'date':'2003-01-01','diagnosis':'x','doctor':'y'}");
    amend_ok(f, id, "{'died':'2003-05-01'}");
    assert_counts(f, "home_bed_files", 20030430, 1, 1);
    assert_counts(f, "home_bed_files", 20030501, 0, 0);
    add_ok(f, id, "home_bed_close", "{'date':'2003-05-03','outcome':5}"); /* the paper is done later */
}

/* ---- insisting ---- */

static void what_is_forced_is_stored_and_listed_until_it_is_resolved(void **state) {
    fixture *f = *state;
    int64_t id = someone(f), open;
    added forced = add_entry(f, id, "home_bed_visit", "{'date':'2003-05-01'}", true);
    assert_status(f->store, HR_OK, forced.status);
    assert_int_equal(contradictions(f), 1);
    char text[512];
    history_of(f, id, forced.seq, "forced", text);
    assert_string_equal(text, "true");
    assert_counts(f, "home_bed_files", 20030501, 0, 0); /* it opens none */
    open = add_ok(f, id, "home_bed_open", "{'date':'2003-04-01','diagnosis':'x','doctor':'y'}");
    assert_int_equal(contradictions(f), 0);
    assert_status(f->store, HR_INVALID, amend_entry(f, open, "{'date':'2003-06-01'}", "wrong day", false, NULL));
    assert_status(f->store, HR_OK, amend_entry(f, open, "{'date':'2003-06-01'}", "wrong day", true, NULL));
    assert_int_equal(contradictions(f), 1);
}

static void nobody_insists_where_nothing_contradicts(void **state) {
    fixture *f = *state;
    int64_t id = someone(f);
    added a = add_entry(f, id, "encounter", "{'date':'2003-05-01'}", true);
    char text[512];
    history_of(f, id, a.seq, "forced", text);
    assert_string_equal(text, "false");
    add_refused(f, id, "self_care", "{'date':'2003-05-01','meals':9,'washing':1,'dressing':1,'toilet':1,'moving':1}",
                "meals");
    a = add_entry(f, id, "self_care", "{'date':'2003-05-01','meals':9,'washing':1,'dressing':1,'toilet':1,'moving':1}",
                  true); /* a rule of the form is no contradiction */
    assert_status(f->store, HR_INVALID, a.status);
}

/* ---- amending ---- */

static void an_amendment_takes_the_place_of_an_entry(void **state) {
    fixture *f = *state;
    int64_t id = someone(f),
            first = add_ok(f, id, "health_examination", "{'date':'2003-05-01','height':160,'weight':60}");
    int64_t second = amended_ok(f, first, "{'weight':70}");
    char text[512];
    history_of(f, id, second, "body", text);
    assert_text_has(text, "\"bmi\":27.3"); /* 70 / 1.6² = 27.34: worked out again */
    assert_text_has(text, "\"height\":160");
    history_of(f, id, second, "amends", text);
    assert_int_equal(strtoll(text, NULL, 10), first);
    history_of(f, id, second, "why", text);
    assert_string_equal(text, "written down wrongly");
    history_of(f, id, first, "amended_by", text);
    assert_int_equal(strtoll(text, NULL, 10), second);
    history_of(f, id, first, "body", text);
    assert_text_has(text, "\"weight\":60"); /* never changed */
    assert_status(f->store, HR_INVALID, amend_entry(f, first, "{'weight':80}", "x", false, NULL));
    int64_t third = amended_ok(f, second, "{'height':null}");
    history_of(f, id, third, "body", text);
    assert_null(strstr(text, "height"));
    assert_null(strstr(text, "bmi"));
    amended_ok(f, third, "{'date':'2004-05-01'}");
    assert_counts(f, "elderly_managed", 20031231, 0, 1); /* the examination is of 2004 now */
    assert_counts(f, "elderly_managed", 20041231, 1, 1);
}

static void a_withdrawn_entry_counts_no_more(void **state) {
    fixture *f = *state;
    int64_t id = someone(f),
            open = add_ok(f, id, "home_bed_open", "{'date':'2003-01-01','diagnosis':'x','doctor':'y'}");
    int64_t withdrawal;
    assert_counts(f, "files_in_use", 20031231, 1, 1);
    assert_status(f->store, HR_OK, amend_entry(f, open, NULL, "another's", false, &withdrawal));
    assert_counts(f, "home_bed_files", 20030501, 0, 0);
    assert_counts(f, "files_in_use", 20031231, 0, 1);
    assert_status(f->store, HR_INVALID, amend_entry(f, withdrawal, NULL, "x", false, NULL));
    assert_status(f->store, HR_INVALID, amend_entry(f, open, NULL, "x", false, NULL));
    add_ok(f, id, "home_bed_open", "{'date':'2003-02-01','diagnosis':'x','doctor':'y'}");
}

static void an_amendment_says_why(void **state) {
    fixture *f = *state;
    int64_t id = someone(f), seq = add_ok(f, id, "note", "{'date':'2003-05-01','text':'a'}");
    char longest[514];
    memset(longest, 'x', 513);
    longest[513] = '\0';
    assert_status(f->store, HR_INVALID, amend_entry(f, seq, "{'text':'b'}", NULL, false, NULL));
    assert_status(f->store, HR_INVALID, amend_entry(f, seq, "{'text':'b'}", " ", false, NULL));
    assert_status(f->store, HR_INVALID, amend_entry(f, seq, "{'text':'b'}", longest, false, NULL));
    longest[512] = '\0';
    assert_status(f->store, HR_OK, amend_entry(f, seq, "{'text':'b'}", longest, false, NULL));
}

static void what_cannot_be_amended_says_what_to_do(void **state) {
    fixture *f = *state;
    int64_t id = someone(f);
    assert_status(f->store, HR_NOT_FOUND, amend_entry(f, 100000, "{'text':'b'}", "x", false, NULL));
    assert_status(f->store, HR_INVALID, amend_entry(f, 4, "{'name':'b'}", "x", false, NULL)); /* an area's */
    assert_text_has(hr_error(f->store), "register");
    assert_status(f->store, HR_INVALID, amend_entry(f, id, NULL, "x", false, NULL));
    assert_text_has(hr_error(f->store), "registered");
}

static void amending_the_entry_that_registered_somebody_changes_who_he_is(void **state) {
    fixture *f = *state;
    char wrong[ID_SIZE], right[ID_SIZE], json[256];
    int64_t id, found = 0;
    id_number(wrong, 110105, 19300501, 11);
    id_number(right, 110105, 19400501, 12);
    id = put_ok(f, "resident", "{'name':'张三','id_number':'%s','area':'" HOME "','file_opened':'2003-01-01'}", wrong);
    add_ok(f, id, "encounter", "{'date':'2003-05-01'}");
    snprintf(json, sizeof json, "{'id_number':'%s','name':'张珊'}", right);
    amended_ok(f, id, json);
    assert_status(f->store, HR_OK, hr_resident_lookup(f->store, right, &found));
    assert_int_equal(found, id);
    assert_status(f->store, HR_NOT_FOUND, hr_resident_lookup(f->store, wrong, &found));
    hr_cursor *rows = NULL;
    assert_status(f->store, HR_OK, hr_find(f->store, "张珊", 0, &rows));
    assert_int_equal(count_rows(f->store, rows), 1);
    assert_status(f->store, HR_OK, hr_find(f->store, "张三", 0, &rows));
    assert_int_equal(count_rows(f->store, rows), 0);
    assert_counts(f, "elderly_files", 20030601, 0, 0); /* born in 1940: 65 in 2005 */
    assert_counts(f, "elderly_files", 20050601, 1, 1);
}

/* ---- what is said later, and what is not known to the day ---- */

static void a_month_does_not_contradict_a_day_in_it(void **state) {
    fixture *f = *state;
    int64_t id = someone(f);
    amend_ok(f, id, "{'died':'2003-05-20'}");
    add_ok(f, id, "encounter", "{'date':'2003-05'}");
    add_ok(f, id, "encounter", "{'date':'2003'}");
    add_ok(f, id, "encounter", "{'date':'1930'}");
    add_refused(f, id, "encounter", "{'date':'2003-06'}", "death");
    add_refused(f, id, "encounter", "{'date':'1929'}", "born");
    assert_counts(f, "files_in_use", 20030519, 0, 1); /* the day may have been a later one */
}

static void a_bed_of_which_only_the_month_is_known_is_open_from_its_last_day(void **state) {
    fixture *f = *state;
    int64_t id = someone(f);
    add_ok(f, id, "home_bed_open", "{'date':'2003-06','diagnosis':'x','doctor':'y'}");
    add_refused(f, id, "home_bed_visit", "{'date':'2003-06-29'}", "no home bed");
    add_ok(f, id, "home_bed_visit", "{'date':'2003-06-30'}");
    add_ok(f, id, "home_bed_close", "{'date':'2003-09','outcome':1}");
    assert_counts(f, "home_bed_files", 20030629, 0, 0);
    assert_counts(f, "home_bed_files", 20030630, 1, 1);
    assert_counts(f, "home_bed_files", 20030929, 1, 1);
    assert_counts(f, "home_bed_files", 20030930, 0, 0);
}

static void a_home_bed_is_opened_again_after_it_was_closed(void **state) {
    fixture *f = *state;
    int64_t id = someone(f);
    add_ok(f, id, "home_bed_open", "{'date':'2003-01-01','diagnosis':'x','doctor':'y'}");
    add_ok(f, id, "home_bed_close", "{'date':'2003-02-01','outcome':1}");
    add_ok(f, id, "home_bed_open", "{'date':'2003-02-02','diagnosis':'x','doctor':'y'}");
    add_ok(f, id, "home_bed_close", "{'date':'2003-03-01','outcome':1}");
    add_ok(f, id, "home_bed_open", "{'date':'2004-01-01','diagnosis':'x','doctor':'y'}");
    assert_counts(f, "home_bed_files", 20030131, 1, 1);
    assert_counts(f, "home_bed_files", 20030201, 0, 0);
    assert_counts(f, "home_bed_files", 20030202, 1, 1);
    assert_counts(f, "home_bed_files", 20030301, 0, 0);
    assert_counts(f, "home_bed_files", 20031231, 0, 0);
    assert_counts(f, "home_bed_files", 20040101, 1, 1);
    /* An earlier episode in a roster stays one beside those of the entries. */
    amend_ok(f, id, "{'home_bed_opened':'2001-01-01','home_bed_closed':'2001-02-01'}");
    assert_counts(f, "home_bed_files", 20010131, 1, 1);
    assert_counts(f, "home_bed_files", 20010201, 0, 0);
    assert_counts(f, "home_bed_files", 20030131, 1, 1);
    assert_int_equal(contradictions(f), 0);
}

static void a_roster_with_a_bed_closed_before_it_opened_is_refused_whatever_entries_say(void **state) {
    fixture *f = *state;
    int64_t id = someone(f);
    hr_change change;
    add_ok(f, id, "home_bed_open", "{'date':'2005-01-01','diagnosis':'x','doctor':'y'}");
    assert_status(
        f->store, HR_INVALID,
        hr_amend(f->store, id, "{\"home_bed_opened\":\"2004-05-01\",\"home_bed_closed\":\"2004-01-01\"}", &change));
    assert_text_has(hr_error(f->store), "home_bed_closed");
    amend_ok(f, id, "{'home_bed_opened':'2004-01-01','home_bed_closed':'2004-05-01'}");
    assert_counts(f, "home_bed_files", 20040501, 0, 0);
    assert_counts(f, "home_bed_files", 20050101, 1, 1);
}

/* The one row of check. */
static void only_contradiction(fixture *f, int64_t id, int64_t entry, const char *form, const char *date, bool forced) {
    hr_cursor *rows = NULL;
    assert_status(f->store, HR_OK, hr_check(f->store, NULL, NULL, &rows));
    assert_status(f->store, HR_OK, hr_cursor_next(rows));
    assert_int_equal(hr_cursor_integer(rows, column_named(rows, "resident")), id);
    assert_int_equal(hr_cursor_integer(rows, column_named(rows, "entry")), entry);
    assert_string_equal(hr_cursor_text(rows, column_named(rows, "form")), form);
    assert_string_equal(hr_cursor_text(rows, column_named(rows, "date")), date);
    assert_string_equal(hr_cursor_text(rows, column_named(rows, "forced")), forced ? "true" : "false");
    assert_string_not_equal(hr_cursor_text(rows, column_named(rows, "problem")), "");
    assert_status(f->store, HR_END, hr_cursor_next(rows));
    hr_cursor_free(rows);
}

static void a_death_that_somebody_insists_on_leaves_the_later_entries_listed(void **state) {
    fixture *f = *state;
    int64_t id = someone(f), visit = add_ok(f, id, "encounter", "{'date':'2003-06-01'}"), registered = 0;
    assert_status(f->store, HR_INVALID, amend_entry(f, id, "{'died':'2003-05-01'}", "certificate", false, NULL));
    assert_status(f->store, HR_OK, amend_entry(f, id, "{'died':'2003-05-01'}", "certificate", true, &registered));
    only_contradiction(f, id, visit, "encounter", "2003-06-01", false);
    assert_counts(f, "resident_files", 20030430, 1, 1);
    assert_counts(f, "resident_files", 20030501, 0, 0);
    amended_ok(f, visit, "{'date':'2003-04-01'}");
    assert_int_equal(contradictions(f), 0);
}

static void what_contradicts_already_stands_in_nobodys_way(void **state) {
    fixture *f = *state;
    int64_t id = someone(f);
    added forced = add_entry(f, id, "home_bed_visit", "{'date':'2004-05-01'}", true);
    only_contradiction(f, id, forced.seq, "home_bed_visit", "2004-05-01", true);
    amend_ok(f, id, "{'died':'2003-05-01'}"); /* the visit now contradicts that, too */
    only_contradiction(f, id, forced.seq, "home_bed_visit", "2004-05-01", true);
}

/* ---- amending what was said of a resident's fields ---- */

static int64_t last_entry(fixture *f) {
    return (int64_t)info_of(f->store).entries;
}

static void an_entry_about_fields_is_amended_and_withdrawn(void **state) {
    fixture *f = *state;
    int64_t id = someone(f);
    amend_ok(f, id, "{'computerized':'2003-01-01','hardship':true}");
    int64_t second = amended_ok(f, last_entry(f), "{'computerized':'2004-01-01'}");
    assert_counts(f, "computerized_files", 20031231, 0, 1);
    assert_counts(f, "computerized_files", 20040101, 1, 1);
    assert_counts(f, "hardship_care", 20040101, 0, 1);
    int64_t third = amended_ok(f, second, "{'computerized':null}");
    assert_counts(f, "computerized_files", 20040101, 0, 1);
    assert_counts(f, "hardship_care", 20040101, 0, 1);
    amended_ok(f, third, NULL);
    assert_counts(f, "hardship_care", 20040101, 0, 0);
    assert_int_equal(amend_ok(f, id, "{'computerized':'2004-01-01'}"), HR_AMENDED); /* it can be said again */
    assert_counts(f, "computerized_files", 20040101, 1, 1);
}

static void an_amendment_moves_a_resident_to_no_area_that_he_cannot_live_in(void **state) {
    fixture *f = *state;
    int64_t id = someone(f);
    add_ok(f, id, "encounter", "{'date':'2002-05-01'}");
    assert_status(f->store, HR_INVALID, amend_entry(f, id, "{'area':'110105'}", "x", false, NULL));
    assert_text_has(hr_error(f->store), "committee");
    assert_status(f->store, HR_INVALID, amend_entry(f, id, "{'area':'110199001001'}", "x", true, NULL));
    assert_status(f->store, HR_INVALID, amend_entry(f, id, "{'area':null}", "x", true, NULL));
    amend_ok(f, id, "{'area':'110108001001','moved_in':'2003-01-01'}");
    /* Neither where he lived before. */
    assert_status(f->store, HR_INVALID, amend_entry(f, id, "{'area':'110105001'}", "x", true, NULL));
    assert_status(f->store, HR_INVALID, amend_entry(f, id, "{'area':'110199001001'}", "x", true, NULL));
    assert_status(f->store, HR_INVALID, amend_entry(f, id, "{'area':null}", "x", true, NULL));
    amended_ok(f, id, "{'area':'110105001002'}");
    assert_counts(f, "resident_files", 20021231, 0, 0);
    assert_int_equal(figure_of(f->store, "110105001002", "resident_files", 20021231).denominator, 1);
    assert_int_equal(figure_of(f->store, "110105001002", "resident_files", 20030101).denominator, 0);
}

static void what_an_amendment_takes_away_others_may_need(void **state) {
    fixture *f = *state;
    int64_t id = someone(f), need;
    amend_ok(f, id, "{'rehab_need_since':'2003-01-01'}");
    need = last_entry(f);
    amend_ok(f, id, "{'rehab_served_since':'2003-02-01'}");
    assert_status(f->store, HR_INVALID, amend_entry(f, need, NULL, "x", true, NULL));
    assert_text_has(hr_error(f->store), "rehab_need_since");
    assert_status(f->store, HR_INVALID, amend_entry(f, need, "{'rehab_need_since':'2003-03-01'}", "x", true, NULL));
    amended_ok(f, need, "{'rehab_need_since':'2003-01-15'}");
    assert_counts(f, "rehab_service", 20030114, 0, 0);
    assert_counts(f, "rehab_service", 20030201, 1, 1);
}

static void what_a_form_computes_is_worked_out_or_must_be_right(void **state) {
    fixture *f = *state;
    int64_t id = someone(f), seq;
    char text[512];
    /* Washing with help 1, the toilet with help 1, moving about hardly at all 10: 12 points, moderately dependent. */
    static const char items[] = "'meals':1,'washing':2,'dressing':1,'toilet':2,'moving':4";
    char json[256];
    snprintf(json, sizeof json, "{'date':'2003-05-01',%s}", items);
    seq = add_ok(f, id, "self_care", json);
    history_of(f, id, seq, "body", text);
    assert_text_has(text, "\"score\":12");
    assert_text_has(text, "\"band\":3");
    snprintf(json, sizeof json, "{'date':'2003-05-02',%s,'score':13}", items);
    add_refused(f, id, "self_care", json, "12");
    snprintf(json, sizeof json, "{'date':'2003-05-02',%s,'score':12,'band':3}", items);
    add_ok(f, id, "self_care", json);
    seq = amended_ok(f, seq, "{'moving':1}");
    history_of(f, id, seq, "body", text);
    assert_text_has(text, "\"score\":2");
    assert_text_has(text, "\"band\":1");
    assert_status(f->store, HR_INVALID, amend_entry(f, seq, "{'moving':4,'score':2}", "x", true, NULL));
}

/* ---- the year ---- */

static void a_file_is_in_use_and_its_owner_examined_in_the_year_of_the_entry(void **state) {
    fixture *f = *state;
    int64_t id = someone(f);
    add_ok(f, id, "health_examination", "{'date':'2003-05-01'}");
    add_ok(f, id, "encounter", "{'date':'2004-12-31'}");
    add_ok(f, id, "note", "{'date':'2005-06-01','text':'no service'}");
    assert_counts(f, "files_in_use", 20030430, 0, 1);
    assert_counts(f, "files_in_use", 20030501, 1, 1);
    assert_counts(f, "files_in_use", 20031231, 1, 1);
    assert_counts(f, "files_in_use", 20040101, 0, 1);
    assert_counts(f, "files_in_use", 20041231, 1, 1);
    assert_counts(f, "files_in_use", 20051231, 0, 1);
    assert_counts(f, "elderly_managed", 20031231, 1, 1);
    assert_counts(f, "elderly_managed", 20041231, 0, 1);
}

/* ---- registers ---- */

static void rows_of_registers_that_make_no_sense_are_refused(void **state) {
    fixture *f = *state;
    put_ok(f, "institution",
           "{'code':'S1','name':'站','kind':'station','area':'" HOME "','opened':'2000','grade':'B'}");
    put_refused(f, "grade", "{'institution':'S2','since':'2003-01-01','grade':'A'}");
    put_refused(f, "grade", "{'institution':'S1','grade':'A'}");
    put_refused(f, "elder_help", "{'area':'110105001','since':'2003-01-01'}");
    put_refused(f, "elder_help", "{'area':'" HOME "','since':'2003-01-01','until':'2002-01-01'}");
    put_ok(f, "care_beds", "{'area':'110105001','since':'2003-01-01','beds':30}");
    put_refused(f, "care_beds", "{'area':'" HOME "','since':'2003-01-01','beds':3}");
    put_refused(f, "care_beds", "{'area':'110105','since':'2003-01-01','beds':3}");
    put_ok(f, "care_beds", "{'area':'110105002','since':'2003-01-01','beds':3}");
    put_refused(f, "hotline", "{'area':'110105','period':'2003-01','requests':3,'met':4}");
    put_refused(f, "hotline", "{'area':'999999','period':'2003-01','requests':3,'met':3}");
    put_refused(f, "indicator", "{'indicator':'elderly_files','numerator':'files'}");
    put_refused(f, "indicator", "{'indicator':'elderly_files','seconds':30}");
    put_refused(f, "indicator", "{'indicator':'care_beds','denominator':'residents'}");
    put_refused(f, "indicator", "{'indicator':'Mine','name_en':'x','numerator':'files','denominator':'elderly'}");
    put_refused(f, "indicator", "{'indicator':'mine','name_en':'x','numerator':'files','denominator':'everybody'}");
    put_refused(f, "indicator", "{'indicator':'mine','name_en':'x','numerator':'files'}");
    put_refused(f, "indicator", "{'indicator':'mine','numerator':'files','denominator':'elderly'}");
    put_refused(f, "indicator", "{'indicator':'elderly_files','target':100.5}");
}

static void grades_beds_help_and_hotline_count_by_their_dates(void **state) {
    fixture *f = *state;
    put_ok(f, "institution",
           "{'code':'S1','name':'站','kind':'station','area':'" HOME "','opened':'2000','grade':'A'}");
    put_ok(f, "grade", "{'institution':'S1','since':'2003-03-01','grade':'B'}");
    put_ok(f, "grade", "{'institution':'S1','since':'2004','grade':'A'}");
    put_ok(f, "elder_help", "{'area':'" HOME "','since':'2003-02-01','until':'2003-05-01'}");
    put_ok(f, "elder_help", "{'area':'" HOME "','since':'2003-04-01','until':'2003-06-01'}");
    put_ok(f, "care_beds", "{'area':'" HOME "','since':'2003-01-01','beds':30}");
    put_ok(f, "care_beds", "{'area':'" HOME "','since':'2003-07-01','beds':10}");
    put_ok(f, "hotline", "{'area':'" HOME "','period':'2003-02','requests':10,'met':9}");
    put_ok(f, "hotline", "{'area':'" HOME "','period':'2003-05-05','requests':2,'met':2}");
    someone(f);
    assert_counts(f, "grade_a_stations", 20030228, 1, 1);
    assert_counts(f, "grade_a_stations", 20030301, 0, 1);
    assert_counts(f, "grade_a_stations", 20041230, 0, 1);
    assert_counts(f, "grade_a_stations", 20041231, 1, 1); /* "2004" is its last day */
    assert_counts(f, "elder_help_communities", 20030131, 0, 1);
    assert_counts(f, "elder_help_communities", 20030415, 1, 1); /* two spells at once are one */
    assert_counts(f, "elder_help_communities", 20030601, 0, 1);
    assert_counts(f, "care_beds", 20030630, 30, 1);
    assert_counts(f, "care_beds", 20030701, 10, 1);
    assert_counts(f, "hotline_satisfaction", 20030227, 0, 0);
    assert_counts(f, "hotline_satisfaction", 20030228, 9, 10);
    assert_counts(f, "hotline_satisfaction", 20031231, 11, 12);
    assert_counts(f, "hotline_satisfaction", 20040101, 0, 0);
    put_ok(f, "hotline", "{'area':'" HOME "','period':'2003-05-05','requests':4,'met':3}"); /* corrected */
    assert_counts(f, "hotline_satisfaction", 20031231, 12, 14);
}

static void the_age_of_the_elderly_for_care_beds_is_a_setting(void **state) {
    fixture *f = *state;
    put_ok(f, "care_beds", "{'area':'" HOME "','since':'2003-01-01','beds':30}");
    put_ok(f, "resident", "{'name':'甲','sex':1,'birth_date':'1940-01-01','area':'" HOME "'}"); /* 63 in 2003 */
    assert_counts(f, "care_beds", 20030601, 30, 1);
    put_ok(f, "indicator", "{'indicator':'care_beds','denominator':'elderly'}");
    assert_counts(f, "care_beds", 20030601, 30, 0);
    put_ok(f, "indicator", "{'indicator':'care_beds','denominator':'residents_60'}");
    assert_counts(f, "care_beds", 20030601, 30, 1);
}

/* ---- targets and further indicators ---- */

/* A text of the row about an indicator. */
static void definition_of(fixture *f, const char *code, const char *column, char out[256]) {
    hr_cursor *rows = NULL;
    hr_status status;
    *out = '\0';
    assert_status(f->store, HR_OK, hr_indicators(f->store, &rows));
    int at = column_named(rows, column), indicator = column_named(rows, "indicator");
    while ((status = hr_cursor_next(rows)) == HR_OK)
        if (strcmp(hr_cursor_text(rows, indicator), code) == 0)
            snprintf(out, 256, "%s", hr_cursor_text(rows, at));
    assert_status(f->store, HR_END, status);
    hr_cursor_free(rows);
}

#define assert_definition(f, code, column, want)                                                                       \
    do {                                                                                                               \
        char said[256];                                                                                                \
        definition_of(f, code, column, said);                                                                          \
        assert_string_equal(said, want);                                                                               \
    } while (0)

/* The figures of one area of a set. */
static hr_cursor *set_of(fixture *f, const char *set, const char *within) {
    hr_cursor *rows = NULL;
    hr_rates_options options;
    hr_rates_options_init(&options);
    options.set = set;
    options.within = within;
    options.as_of = 20031231;
    assert_status(f->store, HR_OK, hr_rates(f->store, &options, &rows));
    return rows;
}

static void a_store_sets_its_own_targets(void **state) {
    fixture *f = *state;
    assert_definition(f, "elderly_files", "target", "0.900000");
    assert_definition(f, "elderly_files", "due", "2003-12-31");
    put_ok(f, "indicator", "{'indicator':'elderly_files','target':95.5,'due':'2004-06-30','source':'朝阳区计划'}");
    assert_definition(f, "elderly_files", "target", "0.955000");
    assert_definition(f, "elderly_files", "due", "2004-06-30");
    assert_definition(f, "elderly_files", "source", "朝阳区计划");
    assert_definition(f, "elderly_files", "set", "plan");
    for (int i = 0; i < 20; i++) /* 19 of 20 have a file; 95.5 % are 19.1, so all must */
        put_ok(f, "resident", "{'name':'老人%d','sex':1,'birth_date':'1930-01-01','area':'" HOME "'%s}", i,
               i ? ",'file_opened':'2001-01-01'" : "");
    figure g = figure_of(f->store, HOME, "elderly_files", 20031231);
    assert_true(g.numerator == 19 && g.denominator == 20 && g.met == 0 && g.shortfall == 1 && g.due == 20040630);
    put_ok(f, "indicator", "{'indicator':'elderly_files','target':95}");
    g = figure_of(f->store, HOME, "elderly_files", 20031231);
    assert_true(g.met == 1 && g.shortfall == 0 && g.due == 20040630);
    put_ok(f, "indicator", "{'indicator':'elderly_files','target':null,'due':null,'source':null}");
    assert_definition(f, "elderly_files", "target", "0.900000");
    assert_definition(f, "elderly_files", "due", "2003-12-31");
}

static void a_further_indicator_is_a_ratio_of_two_tallies(void **state) {
    fixture *f = *state;
    put_ok(f, "indicator",
           "{'indicator':'beds_per_file','name_en':'Beds per file','name_zh':'每份档案床位','numerator':'care_beds',"
           "'denominator':'files','target':50,'due':'2005-12-31'}");
    put_ok(f, "care_beds", "{'area':'" HOME "','since':'2003-01-01','beds':1}");
    for (int i = 0; i < 3; i++)
        put_ok(f, "resident", "{'name':'居民%d','sex':1,'birth_date':'1960','area':'" HOME "','file_opened':'2001'}",
               i);
    assert_definition(f, "beds_per_file", "name", "Beds per file");
    assert_definition(f, "beds_per_file", "numerator", "elder-care beds");
    assert_definition(f, "beds_per_file", "denominator", "residents with a file");
    assert_definition(f, "beds_per_file", "target", "0.500000");
    assert_definition(f, "beds_per_file", "set", "own");
    hr_cursor *rows = set_of(f, "own", HOME);
    figure g;
    assert_status(f->store, HR_OK, hr_cursor_next(rows));
    read_figure(rows, &g);
    assert_status(f->store, HR_END, hr_cursor_next(rows));
    hr_cursor_free(rows);
    assert_string_equal(g.indicator, "beds_per_file");
    assert_string_equal(g.source, "register");
    /* Half of 3 files are 2 beds, of which there is 1; the day of opening is not known of any file. */
    assert_true(g.numerator == 1 && g.denominator == 3 && g.shortfall == 1 && g.met == 0 && g.partial == 3);
    assert_true(g.target > 0.4999 && g.target < 0.5001 && g.due == 20051231);
    reopen(f, HR_LANGUAGE_ZH);
    assert_definition(f, "beds_per_file", "name", "每份档案床位");
}

static void a_further_indicator_of_the_population_is_one_of_committees(void **state) {
    fixture *f = *state;
    put_ok(f, "indicator",
           "{'indicator':'served','name_en':'x','numerator':'population_served','denominator':'population'}");
    put_ok(f, "population", "{'area':'110105001002','year':2002,'residents':40}");
    someone(f);
    figure g = figure_of(f->store, "110105", "served", 20031231);
    assert_string_equal(g.source, "committees");
    assert_true(g.numerator == 0 && g.denominator == 41 && g.partial == 0);
    assert_true(!g.has_target && !g.has_shortfall && g.met == -1 && g.due == 0);
}

static void sets_part_the_indicators(void **state) {
    fixture *f = *state;
    hr_cursor *all = NULL;
    assert_int_equal(count_rows(f->store, set_of(f, "own", "11")), 0);
    put_ok(f, "indicator", "{'indicator':'mine','name_en':'x','numerator':'files','denominator':'elderly'}");
    size_t plan = count_rows(f->store, set_of(f, "plan", "11")),
           national = count_rows(f->store, set_of(f, "national", "11"));
    assert_int_equal(count_rows(f->store, set_of(f, NULL, "11")), plan);
    assert_int_equal(national, 3);
    assert_int_equal(count_rows(f->store, set_of(f, "own", "11")), 1);
    assert_int_equal(count_rows(f->store, set_of(f, "all", "11")), plan + national + 1);
    assert_status(f->store, HR_OK, hr_indicators(f->store, &all));
    assert_int_equal(count_rows(f->store, all), plan + national + 1);
    hr_rates_options options;
    hr_rates_options_init(&options);
    options.set = "mine";
    assert_status(f->store, HR_INVALID, hr_rates(f->store, &options, &all));
    options.set = NULL;
    options.indicators = "yours";
    assert_status(f->store, HR_INVALID, hr_rates(f->store, &options, &all));
}

/* Each tally that is listed can be counted, and no other. */
static void further_indicators_count_whatever_is_listed(void **state) {
    fixture *f = *state;
    hr_cursor *rows = NULL;
    int tallies = 0;
    assert_status(f->store, HR_OK, hr_tallies(f->store, &rows));
    while (hr_cursor_next(rows) == HR_OK) {
        const char *tally = hr_cursor_text(rows, column_named(rows, "tally"));
        put_ok(f, "indicator", "{'indicator':'own_%d','name_en':'x','numerator':'%s','denominator':'%s'}", tallies++,
               tally, tally);
        assert_string_not_equal(hr_cursor_text(rows, column_named(rows, "meaning")), "");
    }
    hr_cursor_free(rows);
    assert_int_equal(count_rows(f->store, set_of(f, "own", "11")), tallies);
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        CARE(an_entry_that_says_the_same_changes_nothing),
        CARE(what_is_no_entry_is_refused),
        CARE(entries_of_a_batch_that_is_undone_were_never_there),
        CARE(a_home_bed_is_opened_visited_and_closed_in_that_order),
        CARE(a_file_typed_in_late_counts_as_one_kept_from_day_to_day),
        CARE(rosters_and_entries_tell_of_the_same_home_bed),
        CARE(an_outcome_is_of_a_service_and_a_service_of_a_need),
        CARE(household_care_counts_from_its_first_day),
        CARE(entries_lie_within_a_lifetime),
        CARE(a_death_that_entries_contradict_is_refused),
        CARE(a_death_ends_what_is_open),
        CARE(what_is_forced_is_stored_and_listed_until_it_is_resolved),
        CARE(nobody_insists_where_nothing_contradicts),
        CARE(an_amendment_takes_the_place_of_an_entry),
        CARE(a_withdrawn_entry_counts_no_more),
        CARE(an_amendment_says_why),
        CARE(what_cannot_be_amended_says_what_to_do),
        CARE(amending_the_entry_that_registered_somebody_changes_who_he_is),
        CARE(a_month_does_not_contradict_a_day_in_it),
        CARE(a_bed_of_which_only_the_month_is_known_is_open_from_its_last_day),
        CARE(a_home_bed_is_opened_again_after_it_was_closed),
        CARE(a_roster_with_a_bed_closed_before_it_opened_is_refused_whatever_entries_say),
        CARE(a_death_that_somebody_insists_on_leaves_the_later_entries_listed),
        CARE(what_contradicts_already_stands_in_nobodys_way),
        CARE(an_entry_about_fields_is_amended_and_withdrawn),
        CARE(an_amendment_moves_a_resident_to_no_area_that_he_cannot_live_in),
        CARE(what_an_amendment_takes_away_others_may_need),
        CARE(what_a_form_computes_is_worked_out_or_must_be_right),
        CARE(a_file_is_in_use_and_its_owner_examined_in_the_year_of_the_entry),
        CARE(rows_of_registers_that_make_no_sense_are_refused),
        CARE(grades_beds_help_and_hotline_count_by_their_dates),
        CARE(the_age_of_the_elderly_for_care_beds_is_a_setting),
        CARE(a_store_sets_its_own_targets),
        CARE(a_further_indicator_is_a_ratio_of_two_tallies),
        CARE(a_further_indicator_of_the_population_is_one_of_committees),
        CARE(sets_part_the_indicators),
        CARE(further_indicators_count_whatever_is_listed),
    };
    return cmocka_run_group_tests(tests, make_sample, remove_sample);
}
