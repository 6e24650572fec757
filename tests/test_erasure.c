/* Custody: files that are restricted, released and erased. What a restricted file does not show, what is left of an
 * erased one (nothing of its marker texts, in any table), that no figure changes, and that verify finds what was done
 * to what is left. */
#include "raw.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define COMMITTEE "110105001001"

/* ---- saying ---- */

static int64_t entry(fixture *f, int64_t id, const char *form, const char *fields) {
    char json[2048];
    int64_t seq = 0;
    snprintf(json, sizeof json, "%s", fields);
    quote_json(json);
    assert_status(f->store, HR_OK, hr_entry_add(f->store, id, form, json, NULL, &seq, NULL));
    return seq;
}

static hr_entry_options forced(void) {
    hr_entry_options options;
    hr_entry_options_init(&options);
    options.force = 1;
    options.why = "it is so";
    return options;
}

static int64_t unify(fixture *f, int64_t remaining, int64_t other) {
    int64_t seq = 0;
    hr_entry_options options = forced();
    assert_status(f->store, HR_OK, hr_unify(f->store, remaining, other, &options, &seq));
    return seq;
}

static int64_t amend(fixture *f, int64_t seq, const char *fields) {
    char json[2048];
    hr_entry_options options = forced();
    int64_t fresh = 0;
    snprintf(json, sizeof json, "%s", fields ? fields : "");
    quote_json(json);
    assert_status(f->store, HR_OK, hr_entry_amend(f->store, seq, fields ? json : NULL, &options, &fresh));
    return fresh;
}

static int64_t raise_call(fixture *f, const char *device, const char *phone, const char *time, char **card) {
    hr_call_options options;
    int64_t call = 0;
    hr_call_options_init(&options);
    options.device = device;
    options.phone = phone;
    options.time = time;
    options.signal = "fall";
    options.message = "he fell beside the marker stove";
    assert_status(f->store, HR_OK, hr_call_raise(f->store, &options, &call, card));
    return call;
}

static void close_call(fixture *f, int64_t call) {
    assert_status(f->store, HR_OK, hr_call_answer(f->store, call, NULL, "王护士", "the marker door was open"));
    assert_status(f->store, HR_OK, hr_call_close(f->store, call, "helped", NULL, "王护士", "marker tea was made"));
}

static void keep_years(fixture *f, int years) {
    put_ok(f, "retention", "{'what':'file','years':%d}", years);
}

static void erase(fixture *f, int64_t id) {
    assert_status(f->store, HR_OK, hr_restrict(f->store, id, "he asked for it"));
    assert_status(f->store, HR_OK, hr_erase(f->store, id, NULL));
}

static void restrict_it(fixture *f, int64_t id) {
    assert_status(f->store, HR_OK, hr_restrict(f->store, id, "he asked for it"));
}

/* ---- seeing ---- */

static char *fields_of(fixture *f, int64_t id) {
    char *json = NULL;
    assert_status(f->store, HR_OK, hr_resident_get(f->store, id, &json));
    return json;
}

static size_t found_by(fixture *f, const char *text) {
    hr_cursor *rows = NULL;
    assert_status(f->store, HR_OK, hr_find(f->store, text, 0, &rows));
    return count_rows(f->store, rows);
}

static size_t entries_of(fixture *f, int64_t id) {
    hr_cursor *rows = NULL;
    assert_status(f->store, HR_OK, hr_history(f->store, id, &rows));
    return count_rows(f->store, rows);
}

static size_t listed(fixture *f, const char *cohort) {
    hr_cursor *rows = NULL;
    hr_list_options options;
    hr_list_options_init(&options);
    options.cohort = cohort;
    assert_status(f->store, HR_OK, hr_list(f->store, &options, &rows));
    return count_rows(f->store, rows);
}

static size_t contradictions(fixture *f) {
    hr_cursor *rows = NULL;
    assert_status(f->store, HR_OK, hr_check(f->store, NULL, NULL, &rows));
    return count_rows(f->store, rows);
}

static size_t duplicates(fixture *f) {
    hr_cursor *rows = NULL;
    assert_status(f->store, HR_OK, hr_duplicates(f->store, NULL, NULL, &rows));
    return count_rows(f->store, rows);
}

/* The row of a call among all calls, as text. */
static char *call_row(fixture *f, int64_t call) {
    hr_cursor *rows = NULL;
    char *text = NULL;
    size_t size;
    assert_status(f->store, HR_OK, hr_calls(f->store, 1, 0, 0, &rows));
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    while (hr_cursor_next(rows) == HR_OK)
        if (hr_cursor_integer(rows, column_named(rows, "call")) == call)
            for (int i = 0; i < hr_cursor_columns(rows); i++)
                fprintf(out, "%s|", hr_cursor_text(rows, i));
    fclose(out);
    hr_cursor_free(rows);
    return text;
}

static void write_rows(FILE *out, hr_store *store, hr_cursor *rows) {
    hr_status status;
    while ((status = hr_cursor_next(rows)) == HR_OK) {
        for (int i = 0; i < hr_cursor_columns(rows); i++)
            fprintf(out, "%s,", hr_cursor_text(rows, i));
        fputc('\n', out);
    }
    assert_status(store, HR_END, status);
    hr_cursor_free(rows);
}

/* Every figure by committee and of the whole, for several days, as known at the entry (0: now). */
static char *figures(fixture *f, int64_t known_at) {
    static const int32_t days[] = {20011231, 20040630, 20061231, 20091231, 20301231};
    char *text = NULL, known[32];
    size_t size;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    snprintf(known, sizeof known, "#%" PRId64, known_at);
    for (size_t i = 0; i < 2 * COUNT(days); i++) {
        hr_cursor *rows = NULL;
        hr_rates_options options;
        hr_rates_options_init(&options);
        options.as_of = days[i / 2];
        options.by = i % 2 ? "committee" : NULL;
        options.set = "all";
        options.known_at = known_at ? known : NULL;
        assert_status(f->store, HR_OK, hr_rates(f->store, &options, &rows));
        write_rows(out, f->store, rows);
    }
    fclose(out);
    return text;
}

/* ---- past the library ---- */

static void write_value(FILE *out, sqlite3_stmt *row, int column) {
    const void *bytes = sqlite3_column_blob(row, column); /* of a number its digits; NULL when there are none */
    if (bytes)
        fwrite(bytes, 1, (size_t)sqlite3_column_bytes(row, column), out);
    fputc('|', out);
}

static void write_table(FILE *out, sqlite3 *db, const char *schema, const char *table) {
    char sql[256];
    sqlite3_stmt *rows = NULL;
    snprintf(sql, sizeof sql, "SELECT * FROM %s.\"%s\" ORDER BY 1, 2", schema, table);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &rows, NULL), SQLITE_OK);
    fprintf(out, "\n%s.%s\n", schema, table);
    while (sqlite3_step(rows) == SQLITE_ROW) {
        for (int i = 0; i < sqlite3_column_count(rows); i++)
            write_value(out, rows, i);
        fputc('\n', out);
    }
    sqlite3_finalize(rows);
}

/* Every value of every table of a database, but those of `without`. Closes the store and opens it again. */
static char *contents(fixture *f, const char *schema, const char *without, size_t *size) {
    char sql[128], *text = NULL;
    sqlite3_stmt *tables = NULL;
    FILE *out = open_memstream(&text, size);
    assert_non_null(out);
    close_store(f);
    sqlite3 *db = raw_open(f);
    snprintf(sql, sizeof sql, "SELECT name FROM %s.sqlite_schema WHERE type = 'table' ORDER BY name", schema);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &tables, NULL), SQLITE_OK);
    while (sqlite3_step(tables) == SQLITE_ROW)
        if (!without || strcmp((const char *)sqlite3_column_text(tables, 0), without) != 0)
            write_table(out, db, schema, (const char *)sqlite3_column_text(tables, 0));
    sqlite3_finalize(tables);
    raw_close(db);
    fclose(out);
    reopen(f, HR_LANGUAGE_EN);
    return text;
}

static void tamper(fixture *f, const char *format, ...) {
    char sql[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sql, sizeof sql, format, arguments);
    va_end(arguments);
    close_store(f);
    sqlite3 *db = raw_open(f);
    raw_run(db, sql);
    assert_int_equal(sqlite3_total_changes(db), 1);
    raw_close(db);
    reopen(f, HR_LANGUAGE_EN);
}

/* verify finds this at the place, and nothing else. */
static void assert_finding(fixture *f, const char *place, const char *problem) {
    hr_cursor *rows = NULL;
    assert_status(f->store, HR_OK, hr_verify(f->store, NULL, &rows));
    assert_status(f->store, HR_OK, hr_cursor_next(rows));
    assert_string_equal(hr_cursor_text(rows, 1), place);
    assert_text_has(hr_cursor_text(rows, 2), problem);
    if (hr_cursor_next(rows) == HR_OK)
        fail_msg("also %s: %s", hr_cursor_text(rows, 1), hr_cursor_text(rows, 2));
    hr_cursor_free(rows);
}

/* ---- days ---- */

/* The day so many years ago and so many days later, as 2003-05-01. */
static const char *years_ago(int years, int days, char out[32]) {
    time_t now = time(NULL);
    struct tm day;
    localtime_r(&now, &day);
    day.tm_hour = 12;
    day.tm_year -= years;
    day.tm_mday += days;
    day.tm_isdst = -1;
    mktime(&day);
    strftime(out, 32, "%Y-%m-%d", &day);
    return out;
}

/* ---- restricted ---- */

#define NAME "钱守义"
#define PHONE "13901234567"

typedef struct town {
    int64_t marked, other, exam;
    char id_number[ID_SIZE];
} town;

/* Two who are likely the same person; the first's file has care that contradicts, a number and a device. */
static town make_town(fixture *f) {
    town t;
    hr_entry_options options = forced();
    id_number(t.id_number, 110105, 19380412, 7);
    t.marked = put_ok(f, "resident",
                      "{'id_number':'%s','name':'" NAME "','area':'" COMMITTEE "','phone':'" PHONE
                      "','address':'标记胡同 9 号','household':'本地','file_number':'11010500100100077',"
                      "'file_opened':'2003-05-01','computerized':'2003-06','call_device':'DEV-4711',"
                      "'rehab_need_since':'2003-07-01'}",
                      t.id_number);
    t.exam = entry(f, t.marked, "note", "{'date':'2004-02-03','text':'the marker note'}");
    char json[] = "{\"date\":\"1930-01-01\",\"text\":\"before he was born\"}";
    assert_status(f->store, HR_OK, hr_entry_add(f->store, t.marked, "note", json, &options, NULL, NULL));
    t.other =
        put_ok(f, "resident",
               "{'name':'" NAME "','sex':1,'birth_date':'1938-04-12','area':'" COMMITTEE "','phone':'" PHONE "'}");
    return t;
}

static void a_restricted_file_is_not_shown_and_counts(void **state) {
    fixture *f = *state;
    town t = make_town(f);
    char number[32], *json = NULL, *before = figures(f, 0);
    hr_cursor *rows = NULL;
    int64_t id = 0;
    assert_int_equal(found_by(f, NAME), 2);
    assert_int_equal(listed(f, "all"), 2);
    assert_int_equal(contradictions(f), 1);
    assert_int_equal(duplicates(f), 1);
    assert_status(f->store, HR_OK, hr_restrict(f->store, t.marked, "he asked for it"));
    assert_status(f->store, HR_DENIED, hr_resident_get(f->store, t.marked, &json));
    assert_text_has(hr_error(f->store), "restricted");
    assert_status(f->store, HR_DENIED, hr_history(f->store, t.marked, &rows));
    assert_null(json);
    assert_null(rows);
    snprintf(number, sizeof number, "#%" PRId64, t.marked);
    assert_int_equal(found_by(f, NAME), 1);
    assert_int_equal(found_by(f, "qsy"), 1);
    assert_int_equal(found_by(f, t.id_number), 0);
    assert_int_equal(found_by(f, number), 0);
    assert_int_equal(listed(f, "all"), 1);
    assert_int_equal(contradictions(f), 0);
    assert_int_equal(duplicates(f), 0);
    assert_status(f->store, HR_OK, hr_resident_lookup(f->store, t.id_number, &id));
    assert_int_equal(id, t.marked);
    assert_int_equal(info_of(f->store).residents, 2);
    char *after = figures(f, 0);
    assert_string_equal(before, after);
    assert_int_equal(verify_findings(f->store), 0);
    free(before);
    free(after);
}

static void nothing_is_added_to_a_restricted_file(void **state) {
    fixture *f = *state;
    town t = make_town(f);
    char note[] = "{\"date\":\"2005-01-01\",\"text\":\"x\"}", phone[] = "{\"phone\":\"1\"}", row[256];
    hr_entry_options options = forced();
    int64_t id = 0, seq = 0;
    snprintf(row, sizeof row, "{\"id_number\":\"%s\",\"name\":\"" NAME "\",\"area\":\"" COMMITTEE "\",\"phone\":\"2\"}",
             t.id_number);
    assert_status(f->store, HR_OK, hr_restrict(f->store, t.marked, "he asked for it"));
    uint64_t entries = info_of(f->store).entries;
    assert_status(f->store, HR_DENIED, hr_entry_add(f->store, t.marked, "note", note, NULL, NULL, NULL));
    assert_status(f->store, HR_DENIED, hr_entry_amend(f->store, t.exam, note, &options, &seq));
    assert_status(f->store, HR_DENIED, hr_entry_amend(f->store, t.exam, NULL, &options, &seq));
    assert_status(f->store, HR_DENIED, hr_amend(f->store, t.marked, phone, NULL));
    assert_status(f->store, HR_DENIED, hr_put(f->store, "resident", row, &id, NULL));
    assert_status(f->store, HR_DENIED, hr_unify(f->store, t.marked, t.other, &options, NULL));
    assert_status(f->store, HR_DENIED, hr_unify(f->store, t.other, t.marked, &options, NULL));
    assert_int_equal(info_of(f->store).entries, entries);
}

static void a_released_file_is_what_it_was(void **state) {
    fixture *f = *state;
    town t = make_town(f);
    char *before = fields_of(f, t.marked);
    size_t entries = entries_of(f, t.marked);
    assert_status(f->store, HR_OK, hr_restrict(f->store, t.marked, "he asked for it"));
    assert_status(f->store, HR_OK, hr_release(f->store, t.marked, "he moved back"));
    char *after = fields_of(f, t.marked);
    assert_string_equal(before, after);
    assert_int_equal(entries_of(f, t.marked), entries + 2);
    assert_int_equal(found_by(f, t.id_number), 1);
    entry(f, t.marked, "note", "{'date':'2005-02-03','text':'again'}");
    assert_int_equal(verify_findings(f->store), 0);
    hr_free(before);
    hr_free(after);
}

static void custody_is_said_once_with_a_reason(void **state) {
    fixture *f = *state;
    char long_reason[600];
    memset(long_reason, 'x', sizeof long_reason);
    long_reason[sizeof long_reason - 1] = '\0';
    town t = make_town(f);
    hr_entry_options options = forced();
    assert_status(f->store, HR_INVALID, hr_restrict(f->store, t.marked, NULL));
    assert_status(f->store, HR_INVALID, hr_restrict(f->store, t.marked, "  "));
    assert_status(f->store, HR_INVALID, hr_restrict(f->store, t.marked, long_reason));
    assert_status(f->store, HR_INVALID, hr_release(f->store, t.marked, "why not"));
    assert_status(f->store, HR_NOT_FOUND, hr_restrict(f->store, 99999, "nobody"));
    assert_status(f->store, HR_NOT_FOUND, hr_restrict(f->store, t.exam, "not a resident"));
    assert_status(f->store, HR_OK, hr_restrict(f->store, t.marked, "he asked for it"));
    assert_status(f->store, HR_INVALID, hr_restrict(f->store, t.marked, "he asked again"));
    assert_status(f->store, HR_OK, hr_release(f->store, t.marked, "he moved back"));
    assert_status(f->store, HR_INVALID, hr_release(f->store, t.marked, "once more"));
    int64_t said = (int64_t)info_of(f->store).entries;
    assert_status(f->store, HR_INVALID, hr_entry_amend(f->store, said, NULL, &options, NULL));
}

static void custody_can_be_undone_with_its_batch(void **state) {
    fixture *f = *state;
    town t = make_town(f);
    assert_status(f->store, HR_OK, hr_batch_begin(f->store));
    assert_status(f->store, HR_OK, hr_restrict(f->store, t.marked, "he asked for it"));
    assert_int_equal(found_by(f, t.id_number), 0);
    hr_batch_rollback(f->store);
    assert_int_equal(found_by(f, t.id_number), 1);
}

static void a_rosters_row_about_a_restricted_file_is_refused(void **state) {
    fixture *f = *state;
    town t = make_town(f);
    char text[512], id[ID_SIZE];
    hr_import_options options;
    hr_import_result result;
    hr_import_options_init(&options);
    hr_import_result_init(&result);
    snprintf(text, sizeof text, "id_number,name,area,phone\n%s," NAME "," COMMITTEE ",1\n%s,李安," COMMITTEE ",2\n",
             t.id_number, id_number(id, 110105, 19400101, 2));
    write_text(path_in(f, "roster.csv"), text);
    assert_status(f->store, HR_OK, hr_restrict(f->store, t.marked, "he asked for it"));
    assert_status(f->store, HR_OK, hr_import(f->store, path_in(f, "roster.csv"), &options, &result));
    assert_int_equal(result.added, 1);
    assert_int_equal(result.rejected, 1);
    assert_int_equal(result.first_reject_line, 2);
    assert_text_has(result.first_reject, "restricted");
    snprintf(text, sizeof text, "resident,date,text\n#%" PRId64 ",2005-01-01,x\n", t.marked);
    write_text(path_in(f, "notes.csv"), text);
    options.kind = "note";
    assert_status(f->store, HR_OK, hr_import(f->store, path_in(f, "notes.csv"), &options, &result));
    assert_int_equal(result.rejected, 1);
    assert_text_has(result.first_reject, "restricted");
}

static void an_emergency_call_is_shown_until_it_is_closed(void **state) {
    fixture *f = *state;
    town t = make_town(f);
    char *card = NULL;
    assert_status(f->store, HR_OK, hr_restrict(f->store, t.marked, "he asked for it"));
    int64_t call = raise_call(f, "DEV-4711", NULL, "2024-03-01 10:00:00", &card), again;
    assert_text_has(card, NAME);
    hr_free(card);
    assert_status(f->store, HR_OK, hr_call_card(f->store, call, &card));
    assert_text_has(card, "标记胡同 9 号");
    hr_free(card);
    char *row = call_row(f, call);
    assert_text_has(row, NAME);
    free(row);
    close_call(f, call);
    card = NULL;
    assert_status(f->store, HR_DENIED, hr_call_card(f->store, call, &card));
    assert_null(card);
    row = call_row(f, call);
    assert_null(strstr(row, NAME));
    assert_null(strstr(row, "DEV-4711"));
    assert_text_has(row, "helped");
    free(row);
    again = raise_call(f, "DEV-4711", NULL, "2024-03-01 10:00:00", &card); /* the broker says it once more */
    assert_int_equal(again, call);
    assert_null(strstr(card, NAME));
    hr_free(card);
    assert_int_equal(verify_findings(f->store), 0);
}

static void those_who_are_one_are_restricted_together(void **state) {
    fixture *f = *state;
    town t = make_town(f);
    char *json = NULL;
    unify(f, t.marked, t.other);
    assert_status(f->store, HR_OK, hr_restrict(f->store, t.other, "he asked for it"));
    assert_status(f->store, HR_DENIED, hr_resident_get(f->store, t.marked, &json));
    assert_status(f->store, HR_DENIED, hr_resident_get(f->store, t.other, &json));
    assert_int_equal(found_by(f, NAME), 0);
    assert_status(f->store, HR_INVALID, hr_restrict(f->store, t.marked, "by the other number"));
    assert_status(f->store, HR_OK, hr_release(f->store, t.marked, "he moved back"));
    assert_int_equal(found_by(f, NAME), 1);
}

/* ---- when a file may be erased ---- */

static int64_t somebody(fixture *f, const char *name) {
    return put_ok(f, "resident", "{'name':'%s','sex':2,'birth_date':'1935','area':'" COMMITTEE "'}", name);
}

static void a_file_is_restricted_before_it_is_erased(void **state) {
    fixture *f = *state;
    int64_t id = somebody(f, "周一");
    assert_status(f->store, HR_INVALID, hr_erase(f->store, id, NULL));
    assert_text_has(hr_error(f->store), "restrict");
    assert_status(f->store, HR_NOT_FOUND, hr_erase(f->store, 99999, NULL));
    erase(f, id);
}

static void add_operator(fixture *f, const char *role) {
    hr_operator_options options = operator_of(role, role, PASSPHRASE);
    assert_status(f->store, HR_OK, hr_operator_add(f->store, &options));
}

static void only_an_administrator_erases(void **state) {
    static const char *const roles[] = {"clinician", "statistician", "auditor"};
    fixture *f = *state;
    int64_t id = somebody(f, "周一");
    restrict_it(f, id);
    for (size_t i = 0; i < COUNT(roles); i++)
        add_operator(f, roles[i]);
    for (size_t i = 0; i < COUNT(roles); i++) {
        assert_status(f->store, HR_OK, open_as(f->store, f->path, roles[i], PASSPHRASE));
        assert_status(f->store, HR_DENIED, hr_erase(f->store, id, NULL));
        assert_text_has(hr_error(f->store), "administrator");
    }
    assert_status(f->store, HR_OK, open_with_key(f->store, f->path, f->recovery));
    assert_status(f->store, HR_OK, hr_erase(f->store, id, NULL));
}

/* Erasing is refused until the day that the message names; "": it is allowed. */
static void assert_kept_until(fixture *f, int64_t id, const char *day) {
    assert_status(f->store, *day ? HR_DENIED : HR_OK, hr_erase(f->store, id, NULL));
    assert_text_has(*day ? hr_error(f->store) : "", day);
}

static int64_t treated(fixture *f, const char *name, const char *day) {
    char note[128];
    int64_t id = somebody(f, name);
    snprintf(note, sizeof note, "{'date':'%s','text':'x'}", day);
    entry(f, id, "note", note);
    return id;
}

static void a_file_with_care_is_kept_for_fifteen_years(void **state) {
    fixture *f = *state;
    char day[32], first[32];
    int64_t old = treated(f, "周一", years_ago(15, 0, day)), recent = treated(f, "周二", years_ago(15, 1, day));
    restrict_it(f, old);
    restrict_it(f, recent);
    assert_kept_until(f, old, "");
    assert_kept_until(f, recent, years_ago(0, 1, first));
}

static void how_long_a_file_is_kept_is_a_setting(void **state) {
    fixture *f = *state;
    int64_t whole = treated(f, "周一", "2012-02-29"), partial = treated(f, "周二", "2012");
    restrict_it(f, whole);
    restrict_it(f, partial);
    keep_years(f, 99);
    assert_kept_until(f, whole, "2111-03-01");
    assert_kept_until(f, partial, "2111-12-31");
    put_refused(f, "retention", "{'what':'file','years':101}");
    put_refused(f, "retention", "{'what':'roster','years':1}");
    put_refused(f, "retention", "{'what':'file','years':null}");
    keep_years(f, 0);
    assert_kept_until(f, whole, "");
    assert_kept_until(f, partial, "");
    assert_int_equal(verify_findings(f->store), 0);
}

static void withdrawn_care_keeps_no_file(void **state) {
    fixture *f = *state;
    char day[32], note[128];
    int64_t id = somebody(f, "周一");
    snprintf(note, sizeof note, "{'date':'%s','text':'x'}", years_ago(1, 0, day));
    amend(f, entry(f, id, "note", note), NULL);
    restrict_it(f, id);
    assert_kept_until(f, id, "");
}

static void an_open_call_is_closed_first(void **state) {
    fixture *f = *state;
    town t = make_town(f);
    keep_years(f, 0);
    int64_t call = raise_call(f, "DEV-4711", NULL, NULL, NULL);
    restrict_it(f, t.marked);
    assert_status(f->store, HR_INVALID, hr_erase(f->store, t.marked, NULL));
    assert_text_has(hr_error(f->store), "call");
    close_call(f, call);
    assert_status(f->store, HR_OK, hr_erase(f->store, t.marked, NULL));
}

static int stop(void *context, uint64_t done, uint64_t total) {
    int *left = context;
    assert_true(done <= total);
    return (*left)-- == 0;
}

static void an_erasure_that_is_stopped_changes_nothing(void **state) {
    fixture *f = *state;
    town t = make_town(f);
    size_t before_size, after_size;
    hr_erase_options options;
    hr_erase_options_init(&options);
    options.progress = stop;
    keep_years(f, 0);
    restrict_it(f, t.marked);
    char *before = contents(f, "chart", NULL, &before_size);
    for (int when = 0; when < 7; when++) { /* four entries are compared, erased, and compared again */
        int left = when;
        options.progress_context = &left;
        assert_status(f->store, HR_CANCELLED, hr_erase(f->store, t.marked, &options));
    }
    char *after = contents(f, "chart", NULL, &after_size);
    assert_int_equal(before_size, after_size);
    assert_memory_equal(before, after, before_size);
    assert_status(f->store, HR_OK, hr_batch_begin(f->store));
    assert_status(f->store, HR_INVALID, hr_erase(f->store, t.marked, NULL));
    hr_batch_rollback(f->store);
    assert_status(f->store, HR_OK, hr_erase(f->store, t.marked, NULL));
    free(before);
    free(after);
}

static void nothing_is_erased_while_somebody_else_has_the_store_open(void **state) {
    fixture *f = *state;
    town t = make_town(f);
    keep_years(f, 0);
    restrict_it(f, t.marked);
    uint64_t entries = info_of(f->store).entries;
    hr_store *other = new_handle(HR_LANGUAGE_EN);
    assert_status(other, HR_OK, open_with_key(other, f->path, f->recovery));
    assert_status(f->store, HR_BUSY, hr_erase(f->store, t.marked, NULL));
    hr_store_free(other);
    assert_int_equal(info_of(f->store).entries, entries);
    assert_status(f->store, HR_OK, hr_erase(f->store, t.marked, NULL));
}

/* Stops what is done in bytes: renewing the keys. */
static int stop_renewal(void *context, uint64_t done, uint64_t total) {
    (void)context;
    (void)done;
    return total > 4096;
}

static void keys_that_could_not_be_renewed_are_renewed_by_erasing_once_more(void **state) {
    fixture *f = *state;
    town t = make_town(f);
    char *json = NULL;
    hr_erase_options options;
    hr_erase_options_init(&options);
    options.progress = stop_renewal;
    keep_years(f, 0);
    restrict_it(f, t.marked);
    assert_status(f->store, HR_CANCELLED, hr_erase(f->store, t.marked, &options));
    assert_text_has(hr_error(f->store), "is erased");
    assert_status(f->store, HR_NOT_FOUND, hr_resident_get(f->store, t.marked, &json));
    assert_text_has(database(f, "chart"), "chart.1.db");
    assert_status(f->store, HR_OK, hr_erase(f->store, t.marked, NULL));
    assert_text_has(database(f, "chart"), "chart.2.db");
    assert_text_has(database(f, "facts"), "facts.2.db");
    reopen(f, HR_LANGUAGE_EN);
    assert_int_equal(verify_findings(f->store), 0);
}

/* ---- erased ---- */

/* All that says who somebody is, in care, calls, reasons and a file that turned out to be his. */
static town make_marked(fixture *f) {
    town t = make_town(f);
    hr_entry_options options = forced();
    entry(f, t.marked, "rehab_assessment", "{'date':'2004-03-01','needs_rehab':true,'assessor':'marker assessor'}");
    entry(f, t.marked, "rehab_session", "{'date':'2004-04-01','therapist':'marker therapist'}");
    entry(f, t.marked, "home_bed_open", "{'date':'2004-05-01','doctor':'marker doctor','diagnosis':'marker stroke'}");
    options.why = "marker reason";
    char json[] = "{\"text\":\"marker second thoughts\"}", certificate[128];
    assert_status(f->store, HR_OK, hr_entry_amend(f->store, t.exam, json, &options, NULL));
    snprintf(certificate, sizeof certificate, "{'disability_certificate':'%s42','household':'marker household'}",
             t.id_number);
    amend_ok(f, t.marked, "%s", certificate);
    amend_ok(f, t.other, "{'address':'标记胡同 10 号','phone':'010-87654321'}");
    unify(f, t.marked, t.other);
    close_call(f, raise_call(f, "DEV-4711", "13900009999", "2024-03-01 10:00:00", NULL));
    keep_years(f, 0);
    return t;
}

static void an_erased_file_is_found_by_nothing(void **state) {
    fixture *f = *state;
    town t = make_marked(f);
    char number[32], *json = NULL, note[] = "{\"date\":\"2005-01-01\",\"text\":\"x\"}";
    int64_t id = 0;
    hr_cursor *rows = NULL;
    hr_entry_options options = forced();
    erase(f, t.other);
    snprintf(number, sizeof number, "#%" PRId64, t.marked);
    assert_status(f->store, HR_NOT_FOUND, hr_resident_get(f->store, t.marked, &json));
    assert_text_has(hr_error(f->store), "erased");
    assert_status(f->store, HR_NOT_FOUND, hr_resident_get(f->store, t.other, &json));
    assert_status(f->store, HR_NOT_FOUND, hr_history(f->store, t.marked, &rows));
    assert_status(f->store, HR_NOT_FOUND, hr_resident_lookup(f->store, t.id_number, &id));
    assert_status(f->store, HR_NOT_FOUND, hr_resident_lookup(f->store, "11010500100100077", &id));
    assert_int_equal(found_by(f, NAME) + found_by(f, "qsy") + found_by(f, PHONE) + found_by(f, number), 0);
    assert_int_equal(listed(f, "all"), 0);
    assert_int_equal(contradictions(f) + duplicates(f), 0);
    assert_status(f->store, HR_NOT_FOUND, hr_entry_add(f->store, t.marked, "note", note, NULL, NULL, NULL));
    assert_status(f->store, HR_NOT_FOUND, hr_entry_amend(f->store, t.exam + 1, note, &options, NULL));
    assert_status(f->store, HR_NOT_FOUND, hr_release(f->store, t.marked, "he moved back"));
    assert_status(f->store, HR_NOT_FOUND, hr_restrict(f->store, t.other, "he asked again"));
    assert_int_equal(info_of(f->store).residents, 1); /* and counted */
    uint64_t entries = info_of(f->store).entries;
    assert_status(f->store, HR_OK, hr_erase(f->store, t.marked, NULL)); /* once more: only the keys */
    assert_int_equal(info_of(f->store).entries, entries + 1);           /* that says so */
    assert_int_equal(verify_findings(f->store), 0);
    char *card = NULL; /* his device is nobody's now */
    raise_call(f, "DEV-4711", NULL, NULL, &card);
    assert_text_has(card, "\"known\":false");
    hr_free(card);
}

static const char *const markers[] = {NAME,       PHONE,         "标记胡同",          "marker",         "DEV-4711",
                                      "87654321", "13900009999", "11010500100100077", "he asked for it"};

static bool holds(const char *all, size_t size, const char *part) {
    return memmem(all, size, part, strlen(part)) != NULL;
}

static void nothing_that_says_who_he_was_is_left_in_any_table(void **state) {
    fixture *f = *state;
    town t = make_marked(f);
    static const char *const schemas[] = {"chart", "main"};
    char first_17[18];
    size_t size;
    snprintf(first_17, sizeof first_17, "%.17s", t.id_number);
    restrict_it(f, t.marked);
    char *all = contents(f, "chart", NULL, &size);
    for (size_t i = 0; i < COUNT(markers); i++)
        assert_true(holds(all, size, markers[i]));
    assert_true(holds(all, size, first_17) && holds(all, size, t.id_number));
    free(all);
    assert_status(f->store, HR_OK, hr_erase(f->store, t.marked, NULL));
    for (size_t s = 0; s < COUNT(schemas); s++) {
        all = contents(f, schemas[s], NULL, &size);
        for (size_t i = 0; i < COUNT(markers); i++)
            if (holds(all, size, markers[i]))
                fail_msg("%s is in %s", markers[i], schemas[s]);
        assert_false(holds(all, size, first_17) || holds(all, size, t.id_number));
        free(all);
    }
}

static void what_is_counted_is_the_same_to_the_byte(void **state) {
    fixture *f = *state;
    town t = make_marked(f);
    size_t before_size, after_size;
    restrict_it(f, t.marked);
    char *before = contents(f, "main", "meta", &before_size);
    assert_status(f->store, HR_OK, hr_erase(f->store, t.marked, NULL));
    char *after = contents(f, "main", "meta", &after_size);
    assert_int_equal(before_size, after_size);
    assert_memory_equal(before, after, before_size);
    free(before);
    free(after);
}

/* Somebody without a number has the certificate of another number. When both are one, the certificate contradicts: what
 * it says is forgotten. Without the numbers it still must be. */
static void a_number_that_contradicted_another_goes_on_contradicting_it(void **state) {
    fixture *f = *state;
    char mine[ID_SIZE], theirs[ID_SIZE];
    id_number(mine, 110105, 19380412, 7);
    id_number(theirs, 110105, 19380412, 9); /* born on the same day, of the same sex */
    int64_t one = put_ok(f, "resident", "{'id_number':'%s','name':'赵甲','area':'" COMMITTEE "'}", mine);
    int64_t other = put_ok(
        f, "resident",
        "{'name':'赵乙','sex':1,'birth_date':'1938','area':'" COMMITTEE "','disability_certificate':'%s42'}", theirs);
    unify(f, one, other);
    char *json = fields_of(f, one);
    assert_null(strstr(json, "disability_kind"));
    hr_free(json);
    erase(f, one);
    assert_int_equal(verify_findings(f->store), 0);
}

/* ---- figures stay ---- */

enum { PEOPLE = 12, STEPS = 120, ENTRIES = 1024 };

typedef struct crowd {
    fixture *f;
    int64_t people[PEOPLE];
    size_t count;
} crowd;

static int64_t anybody(const crowd *c) {
    return c->people[random_below((unsigned)c->count)];
}

static const char *any_day(char out[16]) {
    int year = 1999 + (int)random_below(12), month = (int)random_below(13), day = month ? (int)random_below(28) : 0;
    snprintf(out, 16, month ? day ? "%d-%02d-%02d" : "%d-%02d" : "%d", year, month, day);
    return out;
}

static void register_one(crowd *c) {
    char id[ID_SIZE], day[16];
    bool numbered = !one_in(3);
    int birth = 19300000 + (int)random_below(20) * 10000 + 101 + (int)random_below(28);
    id_number(id, 110105, birth, 1 + 2 * (int)random_below(200));
    if (c->count == PEOPLE)
        return;
    c->people[c->count] = put_ok(
        c->f, "resident",
        "{%s%s%s'name':'居民%u','sex':1,'birth_date':'%d-%02d-%02d','area':'11010500100%u','file_opened':'%s'%s}",
        numbered ? "'id_number':'" : "", numbered ? id : "", numbered ? "'," : "", random_below(1000), birth / 10000,
        birth / 100 % 100, birth % 100, 1 + random_below(3), any_day(day), one_in(2) ? ",'call_device':'D-1'" : "");
    bool again = false;
    for (size_t i = 0; i < c->count; i++)
        again = again || c->people[i] == c->people[c->count];
    c->count += !again;
}

/* Anything may be refused: the lives need only be eventful. */
static void amend_one(crowd *c) {
    static const char *const dates[] = {
        "file_opened",     "computerized",    "moved_in",         "moved_out",          "died",
        "home_bed_opened", "home_bed_closed", "rehab_need_since", "rehab_served_since", "household_care_since"};
    char json[256], day[16], id[ID_SIZE];
    unsigned what = random_below(COUNT(dates) + 8);
    any_day(day);
    id_number(id, 110105, 19380412, 1 + 2 * (int)random_below(3));
    if (what < COUNT(dates))
        snprintf(json, sizeof json, one_in(6) ? "{\"%s\":null}" : "{\"%s\":\"%s\"}", dates[what], day);
    else if (what == COUNT(dates))
        snprintf(json, sizeof json, "{\"moved_in\":\"%s\",\"area\":\"11010500100%u\"}", day, 1 + random_below(3));
    else if (what == COUNT(dates) + 1)
        snprintf(json, sizeof json, "{\"birth_date\":\"19%u\"}", 30 + random_below(20));
    else if (what == COUNT(dates) + 2)
        snprintf(json, sizeof json, "{\"disability_certificate\":\"%s4%u\"}", id, 1 + random_below(4));
    else if (what == COUNT(dates) + 3)
        snprintf(json, sizeof json, "{\"hardship\":%s}", one_in(3) ? "false" : "true");
    else if (what == COUNT(dates) + 4)
        snprintf(json, sizeof json, "{\"rehab_outcome\":\"effective\",\"rehab_outcome_date\":\"%s\"}", day);
    else if (what == COUNT(dates) + 5)
        snprintf(json, sizeof json, "{\"disability_kind\":%u,\"disability_grade\":1}", 1 + random_below(7));
    else if (what == COUNT(dates) + 6)
        snprintf(json, sizeof json, one_in(2) ? "{\"call_device\":null}" : "{\"call_device\":\"D-2\"}");
    else
        snprintf(json, sizeof json, "{\"id_number\":\"%s\"}", id);
    hr_amend(c->f->store, anybody(c), json, NULL);
}

static void treat_one(crowd *c) {
    static const char *const forms[][2] = {
        {"encounter", ""},
        {"health_examination", ""},
        {"rehab_assessment", ",\"needs_rehab\":true"},
        {"rehab_session", ""},
        {"rehab_outcome", ",\"outcome\":\"marked\""},
        {"home_bed_open", ""},
        {"home_bed_close", ""},
        {"household_care", ""},
        {"note", ",\"text\":\"x\""},
        {"rehab_assessment", ",\"needs_rehab\":false"},
    };
    char json[256], day[16];
    hr_entry_options options = forced();
    unsigned what = random_below(COUNT(forms));
    snprintf(json, sizeof json, "{\"date\":\"%s\"%s}", any_day(day), forms[what][1]);
    hr_entry_add(c->f->store, anybody(c), forms[what][0], json, &options, NULL, NULL);
}

static void change_entry(crowd *c) {
    char json[64], day[16], form[HR_FORM_SIZE];
    int64_t seq = 1 + random_below((unsigned)info_of(c->f->store).entries), id = 0;
    hr_entry_options options = forced();
    if (hr_entry_find(c->f->store, seq, form, &id) != HR_OK || !id)
        return;
    if (strcmp(form, "resident") == 0)
        snprintf(json, sizeof json, "{\"birth_date\":\"19%u\"}", 30 + random_below(20));
    else
        snprintf(json, sizeof json, "{\"date\":\"%s\"}", any_day(day));
    hr_entry_amend(c->f->store, seq, one_in(3) ? NULL : json, &options, NULL);
}

static void unite(crowd *c) {
    hr_entry_options options = forced();
    hr_unify(c->f->store, anybody(c), anybody(c), &options, NULL);
}

static void call_one(crowd *c) {
    int64_t call = raise_call(c->f, "D-1", NULL, NULL, NULL);
    close_call(c->f, call);
}

static void make_crowd(crowd *c, fixture *f) {
    *c = (crowd){.f = f};
    keep_years(f, 0);
    register_one(c);
    register_one(c);
    for (int i = 0; i < STEPS; i++) {
        unsigned what = random_below(20);
        (what < 3    ? register_one
         : what < 8  ? amend_one
         : what < 14 ? treat_one
         : what < 17 ? change_entry
         : what < 19 ? unite
                     : call_one)(c);
    }
}

/* The figures now, and as known at every third entry. */
static size_t tell(fixture *f, int64_t last, char *out[ENTRIES]) {
    size_t count = 0;
    out[count++] = figures(f, 0);
    for (int64_t at = 16; at <= last; at += 3)
        out[count++] = figures(f, at);
    assert_true(count < ENTRIES);
    return count;
}

static void erase_every_other(crowd *c) {
    fixture *f = c->f;
    char *before[ENTRIES], *after[ENTRIES];
    int64_t last = (int64_t)info_of(f->store).entries;
    size_t count = tell(f, last, before), erased = 0;
    for (size_t i = 0; i < c->count; i += 2) {
        if (hr_restrict(f->store, c->people[i], "he asked for it") != HR_OK)
            continue; /* he was unified with one who is erased */
        assert_status(f->store, HR_OK, hr_erase(f->store, c->people[i], NULL));
        erased++;
    }
    assert_true(erased > 0);
    tell(f, last, after);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(before[i], after[i]) != 0)
            fail_msg("before\n%s\nafter\n%s", before[i], after[i]);
        free(before[i]);
        free(after[i]);
    }
    assert_int_equal(verify_findings(f->store), 0);
}

static void no_figure_changes_whatever_was_said(void **state) {
    fixture *sample = *state;
    close_store(sample);
    for (unsigned round = 0; round < (SANITIZED ? 3 : 12); round++) {
        fixture f = {.store = NULL};
        crowd c;
        seed_chance(round + 7);
        copy_sample(&f, sample);
        reopen(&f, HR_LANGUAGE_EN);
        make_crowd(&c, &f);
        assert_int_equal(verify_findings(f.store), 0);
        erase_every_other(&c);
        close_store(&f);
        remove_tree(f.folder);
    }
}

/* ---- what verify finds ---- */

static int64_t erased_with_note(fixture *f, int64_t *note) {
    int64_t id = somebody(f, "周一");
    *note = entry(f, id, "note", "{'date':'2004-02-03','text':'the marker note'}");
    keep_years(f, 0);
    erase(f, id);
    assert_int_equal(verify_findings(f->store), 0);
    return id;
}

static void what_is_left_cannot_be_altered(void **state) {
    fixture *f = *state;
    int64_t note, id = erased_with_note(f, &note);
    char place[64];
    snprintf(place, sizeof place, "resident #%" PRId64, id);
    tamper(f, "UPDATE chart.entry SET body = replace(body, '20040203', '20050203') WHERE seq = %" PRId64, note);
    assert_finding(f, place, "altered");
}

/* The hash of an entry's whole body, in hexadecimal. */
static void body_hash_of(fixture *f, int64_t seq, char hex[2 * HR_HASH_SIZE + 1]) {
    unsigned char bytes[HR_HASH_SIZE];
    hr_hash hash;
    sqlite3_stmt *row = NULL;
    close_store(f);
    sqlite3 *db = raw_open(f);
    assert_int_equal(sqlite3_prepare_v2(db, "SELECT salt, body FROM chart.entry WHERE seq = ?1", -1, &row, NULL),
                     SQLITE_OK);
    sqlite3_bind_int64(row, 1, seq);
    assert_int_equal(sqlite3_step(row), SQLITE_ROW);
    hr_hash_init(&hash, NULL, 0);
    for (int i = 0; i < 2; i++)
        hr_hash_update(&hash, sqlite3_column_blob(row, i), (size_t)sqlite3_column_bytes(row, i));
    hr_hash_final(&hash, bytes);
    sqlite3_finalize(row);
    raw_close(db);
    reopen(f, HR_LANGUAGE_EN);
    for (size_t i = 0; i < HR_HASH_SIZE; i++)
        snprintf(hex + 2 * i, 3, "%02x", bytes[i]);
}

/* A body taken away, with its right hash kept, fits the chain. */
static void an_entry_is_not_reduced_without_an_erasure(void **state) {
    fixture *f = *state;
    char place[64], hex[2 * HR_HASH_SIZE + 1];
    int64_t id = somebody(f, "周一");
    int64_t note = entry(f, id, "note", "{'date':'2004-02-03','text':'the marker note'}");
    body_hash_of(f, note, hex);
    tamper(f, "UPDATE chart.entry SET body = replace(body, 'marker', 'other!'), body_hash = x'%s' WHERE seq = %" PRId64,
           hex, note);
    snprintf(place, sizeof place, "entry %" PRId64, note);
    assert_finding(f, place, "nobody erased it");
}

/* Else it could be made to say another digest. */
static void the_erasure_itself_is_not_reduced(void **state) {
    fixture *f = *state;
    char place[64], hex[2 * HR_HASH_SIZE + 1];
    int64_t note;
    erased_with_note(f, &note);
    int64_t erasure = (int64_t)info_of(f->store).entries - 1; /* before that the keys were renewed */
    body_hash_of(f, erasure, hex);
    tamper(f, "UPDATE chart.entry SET body_hash = x'%s' WHERE seq = %" PRId64, hex, erasure);
    snprintf(place, sizeof place, "entry %" PRId64, erasure);
    assert_finding(f, place, "nobody erased it");
}

static void custody_is_what_the_log_says(void **state) {
    fixture *f = *state;
    int64_t note, id = erased_with_note(f, &note), restricted = somebody(f, "周二"), other = somebody(f, "周三");
    char place[64];
    restrict_it(f, restricted);
    int64_t said = (int64_t)info_of(f->store).entries;
    assert_int_equal(verify_findings(f->store), 0);
    snprintf(place, sizeof place, "resident #%" PRId64, restricted);
    tamper(f, "DELETE FROM chart.custody WHERE resident = %" PRId64, restricted);
    assert_finding(f, place, "otherwise than the entries say");
    tamper(f, "INSERT INTO chart.custody VALUES (%" PRId64 ", 1, %" PRId64 ")", restricted, said);
    assert_int_equal(verify_findings(f->store), 0);
    tamper(f, "INSERT INTO chart.custody VALUES (%" PRId64 ", 1, %" PRId64 ")", other, said);
    snprintf(place, sizeof place, "resident #%" PRId64, other);
    assert_finding(f, place, "otherwise than the entries say");
    tamper(f, "DELETE FROM chart.custody WHERE resident = %" PRId64, other);
    tamper(f, "DELETE FROM chart.custody WHERE resident = %" PRId64, id);
    assert_true(verify_findings(f->store) > 0);
}

static void an_erased_body_cannot_be_guessed(void **state) {
    fixture *f = *state;
    int64_t note, id = erased_with_note(f, &note);
    sqlite3_stmt *row = NULL;
    close_store(f);
    sqlite3 *db = raw_open(f);
    assert_int_equal(sqlite3_prepare_v2(db,
                                        "SELECT count(*) FROM chart.entry\n"
                                        "WHERE body_hash IS NOT NULL AND salt = zeroblob(16) AND subject = ?1",
                                        -1, &row, NULL),
                     SQLITE_OK);
    sqlite3_bind_int64(row, 1, id);
    assert_int_equal(sqlite3_step(row), SQLITE_ROW);
    assert_int_equal(sqlite3_column_int(row, 0), 3); /* registered, note, restricted; not the erasure */
    sqlite3_finalize(row);
    raw_close(db);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_restricted_file_is_not_shown_and_counts),
        TEST(nothing_is_added_to_a_restricted_file),
        TEST(a_released_file_is_what_it_was),
        TEST(custody_is_said_once_with_a_reason),
        TEST(custody_can_be_undone_with_its_batch),
        TEST(a_rosters_row_about_a_restricted_file_is_refused),
        TEST(an_emergency_call_is_shown_until_it_is_closed),
        TEST(those_who_are_one_are_restricted_together),
        TEST(a_file_is_restricted_before_it_is_erased),
        TEST(only_an_administrator_erases),
        TEST(a_file_with_care_is_kept_for_fifteen_years),
        TEST(how_long_a_file_is_kept_is_a_setting),
        TEST(withdrawn_care_keeps_no_file),
        TEST(an_open_call_is_closed_first),
        TEST(an_erasure_that_is_stopped_changes_nothing),
        TEST(nothing_is_erased_while_somebody_else_has_the_store_open),
        TEST(keys_that_could_not_be_renewed_are_renewed_by_erasing_once_more),
        TEST(an_erased_file_is_found_by_nothing),
        TEST(nothing_that_says_who_he_was_is_left_in_any_table),
        TEST(what_is_counted_is_the_same_to_the_byte),
        TEST(a_number_that_contradicted_another_goes_on_contradicting_it),
        TEST(no_figure_changes_whatever_was_said),
        TEST(what_is_left_cannot_be_altered),
        TEST(an_entry_is_not_reduced_without_an_erasure),
        TEST(the_erasure_itself_is_not_reduced),
        TEST(custody_is_what_the_log_says),
        TEST(an_erased_body_cannot_be_guessed),
    };
    return cmocka_run_group_tests(tests, make_opened_sample, remove_sample);
}
