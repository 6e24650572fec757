/* Emergency calls: whose they are, what the card says, answering and closing, the queue, how long callers waited, and
 * the figure call_response. Waits and figures are compared with what a naive count over a list of the calls gives. */
#include "raw.h"
#include "support.h"
#include "vault/vault.h"
#include <inttypes.h>
#include <jansson.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define COMMITTEE "110105001001"

enum { NAME_SIZE = 64, TEXT_SIZE = 512 };

/* ---- records ---- */

/* Somebody of the committee, without an ID number; `more` are further fields, each after a comma. */
static int64_t resident(fixture *f, const char *name, const char *more) {
    return put_ok(f, "resident", "{'name':'%s','sex':2,'birth_date':'1935-05-01','area':'%s'%s}", name, COMMITTEE,
                  more);
}

static int64_t entry(fixture *f, int64_t id, const char *form, const char *fields) {
    char json[4096];
    int64_t seq = 0;
    snprintf(json, sizeof json, "%s", fields);
    quote_json(json);
    assert_status(f->store, HR_OK, hr_entry_add(f->store, id, form, json, NULL, &seq, NULL));
    return seq;
}

static void unify(fixture *f, int64_t remaining, int64_t other) {
    hr_entry_options options;
    hr_entry_options_init(&options);
    options.force = 1;
    options.why = "the same person";
    assert_status(f->store, HR_OK, hr_unify(f->store, remaining, other, &options, NULL));
}

/* ---- calls ---- */

typedef struct call {
    const char *device, *phone, *time, *signal, *message;
} call;

static hr_status try_raise(fixture *f, const call *c, int64_t *number, char **card) {
    hr_call_options options;
    hr_call_options_init(&options);
    options.device = c->device;
    options.phone = c->phone;
    options.time = c->time;
    options.signal = c->signal;
    options.message = c->message;
    return hr_call_raise(f->store, &options, number, card);
}

static json_t *parse_card(char *text) {
    json_error_t problem;
    assert_non_null(text);
    json_t *card = json_loads(text, JSON_REJECT_DUPLICATES, &problem);
    if (!card)
        fail_msg("%s in %s", problem.text, text);
    hr_free(text);
    return card;
}

/* Raises a call; the card is for json_decref. */
static json_t *raise_card(fixture *f, call c) {
    int64_t number = 0;
    char *text = NULL;
    assert_status(f->store, HR_OK, try_raise(f, &c, &number, &text));
    json_t *card = parse_card(text);
    assert_int_equal(json_integer_value(json_object_get(card, "call")), number);
    return card;
}

static int64_t raise_call(fixture *f, call c) {
    int64_t number = 0;
    assert_status(f->store, HR_OK, try_raise(f, &c, &number, NULL));
    assert_true(number > 0);
    return number;
}

static json_t *card_of(fixture *f, int64_t number) {
    char *text = NULL;
    assert_status(f->store, HR_OK, hr_call_card(f->store, number, &text));
    return parse_card(text);
}

static const char *text_in(const json_t *object, const char *name) {
    const char *text = json_string_value(json_object_get(object, name));
    return text ? text : "";
}

static const json_t *caller(const json_t *card, size_t index) {
    return json_array_get(json_object_get(card, "residents"), index);
}

static size_t callers(const json_t *card) {
    return json_array_size(json_object_get(card, "residents"));
}

static int64_t caller_number(const json_t *card, size_t index) {
    return json_integer_value(json_object_get(caller(card, index), "resident"));
}

/* A card's lines, or a resident's, as they are shown: "label: text (date)" each, for free(). */
static char *shown(const json_t *of) {
    char *text = NULL;
    size_t size = 0, i;
    json_t *line;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    json_array_foreach(json_object_get(of, "lines"), i, line) {
        assert_true(*text_in(line, "key") && *text_in(line, "label") && *text_in(line, "text"));
        fprintf(out, "%s: %s", text_in(line, "label"), text_in(line, "text"));
        fprintf(out, *text_in(line, "date") ? " (%s)\n" : "\n", text_in(line, "date"));
    }
    fclose(out);
    return text;
}

#define assert_shown(of, want) assert_shown_at((of), (want), __FILE__, __LINE__)
static void assert_shown_at(const json_t *of, const char *want, const char *file, int line) {
    char *now = shown(of);
    if (strcmp(now, want) != 0) {
        print_error("the card shows\n%sinstead of\n%s", now, want);
        _fail(file, line);
    }
    free(now);
}

static void assert_known(const json_t *card, int64_t id) {
    assert_true(json_is_true(json_object_get(card, "known")));
    assert_int_equal(callers(card), 1);
    assert_int_equal(caller_number(card, 0), id);
}

static void assert_unknown(const json_t *card) {
    assert_true(json_is_false(json_object_get(card, "known")));
    assert_int_equal(callers(card), 0);
}

/* Raises a call and says whose it is; 0: nobody's. */
static int64_t caller_of(fixture *f, const char *device, const char *phone) {
    json_t *card = raise_card(f, (call){.device = device, .phone = phone});
    int64_t id = callers(card) ? caller_number(card, 0) : 0;
    assert_true(callers(card) <= 1);
    assert_int_equal(json_is_true(json_object_get(card, "known")), id != 0);
    json_decref(card);
    return id;
}

/* ---- rows ---- */

/* The row of hr_calls about one call; fails when there is none. The cursor is on it. */
static hr_cursor *queue_row(fixture *f, int all, int64_t number) {
    hr_cursor *rows = NULL;
    hr_status status;
    assert_status(f->store, HR_OK, hr_calls(f->store, all, 0, 0, &rows));
    while ((status = hr_cursor_next(rows)) == HR_OK)
        if (hr_cursor_integer(rows, 0) == number)
            return rows;
    fail_msg("call %" PRId64 " is not in the list: %s", number, hr_status_name(status));
    return rows;
}

static void assert_cell_at(hr_cursor *row, const char *column, const char *want, const char *file, int line) {
    const char *now = hr_cursor_text(row, column_named(row, column));
    if (strcmp(now, want) == 0)
        return;
    print_error("%s is \"%s\" instead of \"%s\"\n", column, now, want);
    _fail(file, line);
}
#define assert_cell(row, column, want) assert_cell_at((row), (column), (want), __FILE__, __LINE__)

/* The numbers of the calls listed, parted by blanks. */
static void listed(fixture *f, int all, int32_t from, int32_t to, char out[TEXT_SIZE]) {
    hr_cursor *rows = NULL;
    hr_status status;
    size_t used = 0;
    *out = '\0';
    assert_status(f->store, HR_OK, hr_calls(f->store, all, from, to, &rows));
    while ((status = hr_cursor_next(rows)) == HR_OK)
        used += (size_t)snprintf(out + used, TEXT_SIZE - used, "%s%s", used ? " " : "", hr_cursor_text(rows, 0));
    assert_status(f->store, HR_END, status);
    hr_cursor_free(rows);
}

static void assert_listed(fixture *f, int all, int32_t from, int32_t to, const int64_t *numbers, size_t count) {
    char now[TEXT_SIZE], want[TEXT_SIZE] = "";
    for (size_t i = 0, used = 0; i < count; i++)
        used += (size_t)snprintf(want + used, sizeof want - used, "%s%" PRId64, i ? " " : "", numbers[i]);
    listed(f, all, from, to, now);
    assert_string_equal(now, want);
}

/* The kinds in somebody's history, newest first. */
static void kinds(fixture *f, int64_t id, char out[TEXT_SIZE]) {
    hr_cursor *rows = NULL;
    size_t used = 0;
    *out = '\0';
    assert_status(f->store, HR_OK, hr_history(f->store, id, &rows));
    while (hr_cursor_next(rows) == HR_OK)
        used += (size_t)snprintf(out + used, TEXT_SIZE - used, "%s%s", used ? " " : "",
                                 hr_cursor_text(rows, column_named(rows, "kind")));
    hr_cursor_free(rows);
}

/* ---- whose a call is ---- */

static void a_call_is_found_by_its_device_whatever_its_hyphens_and_capitals(void **state) {
    fixture *f = *state;
    int64_t li = resident(f, "李秀英", ",'call_device':'HJ-0017-A'");
    resident(f, "王芳", ",'call_device':'HJ-0018-A'");
    static const char *const same[] = {"HJ-0017-A", "hj0017a", "HJ 0017 A", "Ｈj－0017－a"};
    for (size_t i = 0; i < COUNT(same); i++)
        assert_int_equal(caller_of(f, same[i], NULL), li);
    assert_int_equal(caller_of(f, "HJ-0017", NULL), 0);
    assert_int_equal(caller_of(f, "J-0017-A", NULL), 0);
    assert_int_equal(verify_findings(f->store), 0);
}

static void a_call_is_found_by_the_phone_as_it_is_dialled(void **state) {
    fixture *f = *state;
    int64_t mobile = resident(f, "李秀英", ",'phone':'138-0000-1234'");
    int64_t house = resident(f, "王芳", ",'phone':'65001234'");
    int64_t far = resident(f, "赵建国", ",'phone':'010-65008888/13900005678'");
    static const struct {
        const char *phone;
        int whose; /* 1: the mobile, 2: the house, 3: far */
    } dialled[] = {
        {"13800001234", 1},      {"+86 138 0000 1234", 1},
        {"008613800001234", 1},  {"013800001234", 1},
        {"65001234", 2},         {"010-65001234", 2},
        {"+86 10 65001234", 2},  {"(010) 6500 1234", 2},
        {"+86 010 65001234", 2}, {"0755-65001234", 2},
        {"13900005678", 3},      {"5001234", 0},
        {"865001234", 0},        {"1234", 0},
        {"23800001234", 0},      {"1065001234", 0},
        {"065001234", 0},        {"0123465001234", 0},
        {"+8665001234", 0},      {"65001234801", 0},
    };
    for (size_t i = 0; i < COUNT(dialled); i++) {
        const int64_t want[] = {0, mobile, house, far};
        int64_t now = caller_of(f, NULL, dialled[i].phone);
        if (now != want[dialled[i].whose])
            fail_msg("%s is of #%" PRId64, dialled[i].phone, now);
    }
    assert_int_equal(verify_findings(f->store), 0);
}

static void a_name_of_digits_is_no_phone(void **state) {
    fixture *f = *state;
    resident(f, "65001234", "");
    assert_int_equal(caller_of(f, NULL, "65001234"), 0);
}

static void the_device_goes_before_the_phone(void **state) {
    fixture *f = *state;
    int64_t li = resident(f, "李秀英", ",'call_device':'HJ-0017'");
    int64_t wang = resident(f, "王芳", ",'phone':'65001234'");
    assert_int_equal(caller_of(f, "HJ-0017", "65001234"), li);
    assert_int_equal(caller_of(f, "HJ-9999", "65001234"), wang);
}

static void whoever_got_the_device_later_is_found_by_it(void **state) {
    fixture *f = *state;
    int64_t li = resident(f, "李秀英", ",'call_device':'HJ-0017'"), wang = resident(f, "王芳", "");
    int64_t number = raise_call(f, (call){.device = "HJ-0017"});
    amend_ok(f, li, "{'call_device':null}");
    amend_ok(f, wang, "{'call_device':'HJ-0017'}");
    assert_int_equal(caller_of(f, "hj0017", NULL), wang);
    json_t *card = card_of(f, number); /* of the earlier call */
    assert_known(card, li);
    json_decref(card);
}

static void those_who_share_a_device_are_all_on_the_card(void **state) {
    fixture *f = *state;
    char history[TEXT_SIZE];
    int64_t husband = resident(f, "赵建国", ",'call_device':'HJ-0017','died':'2020-01-01'");
    int64_t wife = resident(f, "李秀英", ",'call_device':'HJ-0017'");
    int64_t sister = resident(f, "李秀兰", ",'call_device':'hj0017'");
    json_t *card = raise_card(f, (call){.device = "HJ-0017"});
    assert_int_equal(callers(card), 3);
    assert_int_equal(caller_number(card, 0), wife); /* the living come first */
    assert_int_equal(caller_number(card, 1), sister);
    assert_int_equal(caller_number(card, 2), husband);
    kinds(f, wife, history);
    assert_string_equal(history, "call_raise resident");
    kinds(f, husband, history);
    assert_string_equal(history, "resident");
    int64_t number = json_integer_value(json_object_get(card, "call"));
    json_decref(card);
    card = card_of(f, number);
    assert_int_equal(callers(card), 3);
    json_decref(card);
    assert_status(f->store, HR_OK, hr_call_answer(f->store, number, NULL, NULL, NULL));
    assert_status(f->store, HR_OK, hr_call_close(f->store, number, "helped", NULL, NULL, NULL));
    card = card_of(f, number);
    assert_known(card, wife); /* a closed call is of whom it was */
    json_decref(card);
    assert_int_equal(verify_findings(f->store), 0);
}

static void a_dead_residents_call_is_kept_and_the_card_says_so(void **state) {
    fixture *f = *state;
    int64_t li = resident(f, "李秀英", ",'call_device':'HJ-0017','died':'2020-02-03'");
    json_t *card = raise_card(f, (call){.device = "HJ-0017"});
    assert_known(card, li);
    assert_string_equal(text_in(caller(card, 0), "died"), "2020-02-03");
    assert_int_equal(json_integer_value(json_object_get(caller(card, 0), "age")), 84);
    json_decref(card);
    assert_int_equal(verify_findings(f->store), 0);
}

static void a_call_of_nobody_known_is_kept(void **state) {
    fixture *f = *state;
    json_t *card = raise_card(f, (call){"HJ-4040", "65004040", "2025-03-04 05:06:07", "fall", "挂机"});
    int64_t number = json_integer_value(json_object_get(card, "call"));
    assert_unknown(card);
    assert_shown(card, "time: 2025-03-04 05:06:07\nsignal: fall detected\nmessage: 挂机\ndevice: HJ-4040\n"
                       "phone: 65004040\n");
    hr_cursor *row = queue_row(f, 0, number);
    assert_cell(row, "known", "false");
    assert_cell(row, "resident", "");
    assert_cell(row, "name", "");
    assert_cell(row, "device", "HJ-4040");
    assert_cell(row, "phone", "65004040");
    assert_cell(row, "area", "11");
    assert_cell(row, "area_name", "北京市");
    hr_cursor_free(row);
    assert_status(f->store, HR_OK, hr_call_answer(f->store, number, "2025-03-04 05:06:30", "王医生", NULL));
    assert_status(f->store, HR_OK, hr_call_close(f->store, number, "false_alarm", NULL, NULL, NULL));
    assert_int_equal(verify_findings(f->store), 0);
    json_decref(card);
}

static void a_device_registered_after_the_call_is_on_its_card(void **state) {
    fixture *f = *state;
    int64_t number = raise_call(f, (call){.device = "HJ-0017"});
    int64_t li = resident(f, "李秀英", ",'call_device':'HJ-0017'");
    json_t *card = card_of(f, number);
    assert_known(card, li);
    json_decref(card);
}

static void the_device_of_somebody_unified_is_his_who_remains(void **state) {
    fixture *f = *state;
    char history[TEXT_SIZE];
    int64_t li = resident(f, "李秀英", ""), twice = resident(f, "李秀英儿", ",'call_device':'HJ-0017'");
    int64_t before = raise_call(f, (call){.device = "HJ-0017"});
    unify(f, li, twice);
    json_t *card = raise_card(f, (call){.device = "HJ-0017"});
    int64_t number = json_integer_value(json_object_get(card, "call"));
    assert_known(card, li);
    json_decref(card);
    card = card_of(f, before);
    assert_known(card, li);
    json_decref(card);
    assert_status(f->store, HR_OK, hr_call_answer(f->store, before, NULL, NULL, NULL));
    assert_status(f->store, HR_OK, hr_call_answer(f->store, number, NULL, NULL, NULL));
    kinds(f, li, history);
    assert_string_equal(history, "call_answer call_answer call_raise unify call_raise resident resident");
    hr_cursor *row = queue_row(f, 1, before);
    assert_cell(row, "name", "李秀英");
    hr_cursor_free(row);
    assert_int_equal(verify_findings(f->store), 0);
}

static void a_call_finds_who_was_registered_in_the_same_batch(void **state) {
    fixture *f = *state;
    assert_status(f->store, HR_OK, hr_batch_begin(f->store));
    int64_t li = resident(f, "李秀英", ",'call_device':'HJ-0017'");
    assert_int_equal(caller_of(f, "HJ-0017", NULL), li);
    call none = {.signal = "button"};
    assert_status(f->store, HR_INVALID, try_raise(f, &none, NULL, NULL)); /* leaves the batch as it was */
    assert_status(f->store, HR_OK, hr_batch_commit(f->store));
    assert_int_equal(caller_of(f, "HJ-0017", NULL), li);
    assert_int_equal(verify_findings(f->store), 0);
}

/* ---- raising ---- */

static void a_call_says_who_calls_or_is_refused(void **state) {
    fixture *f = *state;
    char long_text[600];
    memset(long_text, 'x', sizeof long_text - 1);
    long_text[sizeof long_text - 1] = '\0';
    const call wrong[] = {
        {.signal = "button"},
        {.device = "  ", .phone = ""},
        {.device = "HJ-0017", .time = "yesterday"},
        {.device = "HJ-0017", .time = "2025-02-30 08:00"},
        {.device = "HJ-0017", .time = "2025-02-03"},
        {.device = "HJ-0017", .signal = "music"},
        {.device = "HJ-0017", .message = long_text},
        {.device = long_text},
        {.device = "HJ-\xff"},
    };
    uint64_t entries = info_of(f->store).entries;
    for (size_t i = 0; i < COUNT(wrong); i++) {
        int64_t number = -1;
        char *card = long_text;
        assert_status(f->store, HR_INVALID, try_raise(f, &wrong[i], &number, &card));
        assert_int_equal(number, -1);
        assert_null(card);
    }
    assert_int_equal(info_of(f->store).entries, entries);
}

static void every_signal_is_kept_under_its_own_name(void **state) {
    fixture *f = *state;
    static const char *const signals[] = {"button", "fall", "smoke", "inactivity", "phone", "test", "other"};
    for (size_t i = 0; i < COUNT(signals); i++) {
        json_t *card = raise_card(f, (call){.device = "HJ-0017", .signal = signals[i]});
        assert_string_equal(text_in(card, "signal"), signals[i]);
        hr_cursor *row = queue_row(f, 0, json_integer_value(json_object_get(card, "call")));
        assert_cell(row, "signal", signals[i]);
        hr_cursor_free(row);
        json_decref(card);
    }
}

static void the_same_call_once_more_is_the_same_call(void **state) {
    fixture *f = *state;
    resident(f, "李秀英", ",'call_device':'HJ-0017'");
    const call one = {"HJ-0017", NULL, "2025-03-04 05:06:07", "button", "a"};
    int64_t number = raise_call(f, one);
    uint64_t entries = info_of(f->store).entries;
    assert_int_equal(raise_call(f, one), number);
    assert_status(f->store, HR_OK, hr_call_answer(f->store, number, "2025-03-04 05:06:08", NULL, NULL));
    json_t *card = raise_card(f, one);
    assert_int_equal(json_integer_value(json_object_get(card, "call")), number);
    assert_string_equal(text_in(card, "answered"), "2025-03-04 05:06:08");
    assert_string_equal(text_in(card, "area"), COMMITTEE);
    json_decref(card);
    assert_int_equal(info_of(f->store).entries, entries + 1);
    const call others[] = {{"HJ-0018", NULL, "2025-03-04 05:06:07", "button", "a"},
                           {"HJ-0017", "65001234", "2025-03-04 05:06:07", "button", "a"},
                           {"HJ-0017", NULL, "2025-03-04 05:06:08", "button", "a"},
                           {"HJ-0017", NULL, "2025-03-04 05:06:07", "fall", "a"},
                           {"HJ-0017", NULL, "2025-03-04 05:06:07", "button", "b"}};
    for (size_t i = 0; i < COUNT(others); i++) {
        int64_t other = raise_call(f, others[i]);
        assert_true(other > number);
        number = other;
    }
    assert_int_equal(verify_findings(f->store), 0);
}

static void calls_without_a_time_are_each_one_of_its_own(void **state) {
    fixture *f = *state;
    int64_t first = raise_call(f, (call){.device = "HJ-0017"}), second = raise_call(f, (call){.device = "HJ-0017"});
    assert_true(second > first);
}

static void a_call_of_a_day_to_come_came_in_now(void **state) {
    fixture *f = *state;
    int64_t number = raise_call(f, (call){.device = "HJ-0017", .time = "2199-01-01 00:00:00"});
    hr_cursor *row = queue_row(f, 0, number);
    assert_true(strncmp(hr_cursor_text(row, column_named(row, "raised")), "2199", 4) < 0);
    hr_cursor_free(row);
    assert_status(f->store, HR_OK, hr_call_answer(f->store, number, NULL, NULL, NULL));
    assert_int_equal(verify_findings(f->store), 0);
}

static void a_clock_that_is_ahead_does_not_keep_the_call_from_being_answered(void **state) {
    fixture *f = *state;
    char ahead[32];
    time_t now = time(NULL);
    struct tm here;
    localtime_r(&now, &here);
    strftime(ahead, sizeof ahead, "%Y-%m-%d 23:59:59", &here);
    int64_t number = raise_call(f, (call){.device = "HJ-0017", .time = ahead});
    assert_status(f->store, HR_OK, hr_call_answer(f->store, number, NULL, NULL, NULL));
    hr_cursor *row = queue_row(f, 0, number);
    assert_cell(row, "raised", ahead);
    assert_true(strcmp(hr_cursor_text(row, column_named(row, "answered")), ahead) >= 0);
    hr_cursor_free(row);
    assert_status(f->store, HR_OK, hr_call_close(f->store, number, "test", NULL, NULL, NULL));
}

static void a_time_with_an_offset_is_brought_to_the_clock_here(void **state) {
    fixture *f = *state;
    json_t *card = raise_card(f, (call){.device = "HJ-0017", .time = "2025-03-04T05:06:07.5+08:00"});
    time_t moment = 1741035967; /* date -u -d '2025-03-03 21:06:07' +%s */
    struct tm here;
    char want[32];
    localtime_r(&moment, &here);
    strftime(want, sizeof want, "%Y-%m-%d %H:%M:%S", &here);
    assert_string_equal(text_in(card, "time"), want);
    json_decref(card);
}

/* ---- answering and closing ---- */

static void a_call_is_answered_then_closed_each_once(void **state) {
    fixture *f = *state;
    char history[TEXT_SIZE];
    hr_store *s = f->store;
    int64_t li = resident(f, "李秀英", ",'call_device':'HJ-0017'");
    int64_t number = raise_call(f, (call){.device = "HJ-0017", .time = "2025-03-04 05:06:07"});
    assert_status(s, HR_INVALID, hr_call_close(s, number, "helped", "2025-03-04 05:08:00", NULL, NULL));
    assert_status(s, HR_INVALID, hr_call_answer(s, number, "2025-03-04 05:06:06", NULL, NULL));
    assert_status(s, HR_INVALID, hr_call_answer(s, number, "2199-01-01 00:00", NULL, NULL));
    assert_status(s, HR_OK, hr_call_answer(s, number, "2025-03-04 05:06:31", "王医生", "在路上"));
    assert_status(s, HR_INVALID, hr_call_answer(s, number, "2025-03-04 05:06:40", NULL, NULL));
    assert_text_has(hr_error(s), "2025-03-04 05:06:31");
    assert_status(s, HR_INVALID, hr_call_close(s, number, "helped", "2025-03-04 05:06:30", NULL, NULL));
    assert_status(s, HR_INVALID, hr_call_close(s, number, NULL, NULL, NULL, NULL));
    assert_status(s, HR_INVALID, hr_call_close(s, number, "danced", NULL, NULL, NULL));
    assert_status(s, HR_OK, hr_call_close(s, number, "hospital", "2025-03-04 05:50", "赵护士", "送朝阳医院"));
    assert_status(s, HR_INVALID, hr_call_close(s, number, "helped", NULL, NULL, NULL));
    assert_status(s, HR_INVALID, hr_call_answer(s, number, NULL, NULL, NULL));
    kinds(f, li, history);
    assert_string_equal(history, "call_close call_answer call_raise resident");
    json_t *card = card_of(f, number);
    assert_shown(card, "time: 2025-03-04 05:06:07\ndevice: HJ-0017\n"
                       "answered: 2025-03-04 05:06:31; 王医生; 在路上\n"
                       "closed: 2025-03-04 05:50:00; taken to hospital; 赵护士; 送朝阳医院\n");
    assert_string_equal(text_in(card, "outcome"), "hospital");
    assert_string_equal(text_in(card, "closed_by"), "赵护士");
    json_decref(card);
    assert_int_equal(verify_findings(s), 0);
}

static void a_refused_step_changes_nothing(void **state) {
    fixture *f = *state;
    hr_store *s = f->store;
    int64_t number = raise_call(f, (call){.device = "HJ-0017", .time = "2025-03-04 05:06:07"});
    uint64_t entries = info_of(s).entries;
    assert_status(s, HR_INVALID, hr_call_close(s, number, "helped", NULL, NULL, NULL));
    assert_status(s, HR_NOT_FOUND, hr_call_answer(s, number + 1, NULL, NULL, NULL));
    assert_status(s, HR_NOT_FOUND, hr_call_answer(s, 1, NULL, NULL, NULL)); /* an entry, but of no call */
    assert_status(s, HR_NOT_FOUND, hr_call_close(s, -5, "helped", NULL, NULL, NULL));
    char *card = NULL;
    assert_status(s, HR_NOT_FOUND, hr_call_card(s, number + 1, &card));
    assert_null(card);
    assert_int_equal(info_of(s).entries, entries);
    assert_int_equal(verify_findings(s), 0);
}

static void every_outcome_is_kept_under_its_own_name(void **state) {
    fixture *f = *state;
    static const char *const outcomes[] = {"helped", "advised",     "ambulance", "hospital",    "family",
                                           "died",   "false_alarm", "test",      "unreachable", "other"};
    for (size_t i = 0; i < COUNT(outcomes); i++) {
        int64_t number = raise_call(f, (call){.device = "HJ-0017"});
        assert_status(f->store, HR_OK, hr_call_answer(f->store, number, NULL, NULL, NULL));
        assert_status(f->store, HR_OK, hr_call_close(f->store, number, outcomes[i], NULL, NULL, NULL));
        hr_cursor *row = queue_row(f, 1, number);
        assert_cell(row, "outcome", outcomes[i]);
        hr_cursor_free(row);
    }
}

static void what_a_history_says_of_a_call_is_what_was_said(void **state) {
    fixture *f = *state;
    hr_cursor *rows = NULL;
    int64_t li = resident(f, "李秀英", ",'call_device':'HJ-0017'");
    raise_call(f, (call){"HJ-0017", NULL, "2025-03-04 05:06:07", "button", NULL});
    assert_status(f->store, HR_OK, hr_history(f->store, li, &rows));
    assert_status(f->store, HR_OK, hr_cursor_next(rows));
    assert_cell(rows, "kind", "call_raise");
    assert_cell(rows, "effective", "2025-03-04");
    assert_cell(rows, "body",
                "{\"time\":\"2025-03-04 05:06:07\",\"device\":\"HJ-0017\",\"signal\":\"button\",\"area\":\"" COMMITTEE
                "\"}");
    hr_cursor_free(rows);
}

/* ---- the card ---- */

/* Somebody of whom every form has something to say. */
static int64_t well_known(fixture *f) {
    char id[ID_SIZE], more[TEXT_SIZE];
    snprintf(more, sizeof more,
             ",'id_number':'%s','call_device':'HJ-0017','phone':'65001234','address':'幸福里1号'"
             ",'file_number':'11010500100100017','file_opened':'2003-05-01','disability_kind':4,'disability_grade':2",
             id_number(id, 110105, 19350501, 2));
    int64_t li = resident(f, "李秀英", more);
    entry(f, li, "basic_information",
          "{'date':'2020-01-05','contact_name':'旧联系人','contact_phone':'1','allergies':[2,5],"
          "'allergies_other':'头孢','diseases':[2,7],'disability':[5]}");
    entry(f, li, "basic_information", "{'date':'2024-01-05','contact_name':'王小明','contact_phone':'13800001234'}");
    entry(f, li, "health_examination",
          "{'date':'2024-05-06','cerebrovascular':[2],'heart_disease':[3,5],'kidney_disease':[1],'nervous_disease':1,"
          "'problems_other':'帕金森病','self_care':2,'drug_1':'阿司匹林','drug_1_use':'口服 100mg 每日一次'}");
    entry(f, li, "hypertension_followup", "{'date':'2024-06-01','systolic':170,'diastolic':100,'drug_1':'旧药'}");
    entry(f, li, "hypertension_followup",
          "{'date':'2024-09-01','systolic':150,'diastolic':95,'classification':2,'drug_1':'氨氯地平','drug_1_times':1,"
          "'drug_1_dose':'5mg','drug_2':'缬沙坦','drug_2_dose':'80mg'}");
    entry(f, li, "diabetes_followup",
          "{'date':'2024-08-01','fasting_glucose':9.1,'insulin':'诺和灵','insulin_use':'早12单位'}");
    entry(f, li, "self_care", "{'date':'2024-07-01','meals':1,'washing':2,'dressing':1,'toilet':3,'moving':1}");
    entry(f, li, "home_bed_open",
          "{'date':'2024-10-01','diagnosis':'脑梗死后遗症','doctor':'张医生','nurse':'刘护士','contact':'王大明',"
          "'contact_phone':'13900005678'}");
    return li;
}

static void a_card_is_one_screen_of_what_a_responder_needs(void **state) {
    fixture *f = *state;
    int64_t li = well_known(f);
    json_t *card = raise_card(f, (call){"HJ-0017", NULL, "2025-03-04 05:06:07", "button", NULL});
    assert_known(card, li);
    const json_t *who = caller(card, 0);
    int64_t age = json_integer_value(json_object_get(who, "age"));
    char *lines = shown(who), first[TEXT_SIZE];
    snprintf(first, sizeof first, "resident: 李秀英, female, %" PRId64 " years (born 1935-05-01)\n", age);
    assert_int_equal(strncmp(lines, first, strlen(first)), 0);
    assert_string_equal(lines + strlen(first),
                        "address: 幸福里1号\n"
                        "area: 第1街道第1社区 110105001001\n"
                        "phone: 65001234\n"
                        "contact: 王大明 13900005678 (2024-10-01)\n"
                        "contact: 王小明 13800001234 (2024-01-05)\n"
                        "drug allergies: penicillin, other (2020-01-05)\n"
                        "other drug allergies: 头孢 (2020-01-05)\n"
                        "home-bed diagnosis: 脑梗死后遗症 (2024-10-01)\n"
                        "past diseases: hypertension, stroke (2020-01-05)\n"
                        "cerebrovascular diseases: ischaemic stroke (2024-05-06)\n"
                        "heart diseases: angina pectoris, congestive heart failure (2024-05-06)\n"
                        "other problems: 帕金森病 (2024-05-06)\n"
                        "hypertension: not controlled; systolic pressure 150 mmHg; "
                        "diastolic pressure 95 mmHg (2024-09-01)\n"
                        "diabetes: fasting glucose 9.1 mmol/L (2024-08-01)\n"
                        "medication (hypertension): 氨氯地平 5mg 1x daily; 缬沙坦 80mg "
                        "(2024-09-01)\n"
                        "medication (diabetes): 诺和灵 早12单位 (2024-08-01)\n"
                        "medication: 阿司匹林 口服 100mg 每日一次 (2024-05-06)\n"
                        "disability: limb 2\n"
                        "disability: limb (2020-01-05)\n"
                        "self-care: mildly dependent; score 6 points (2024-07-01)\n"
                        "self-care: mildly dependent (2024-05-06)\n"
                        "home bed since: 2024-10-01\n"
                        "home-bed doctor: 张医生 (2024-10-01)\n"
                        "home-bed nurse: 刘护士 (2024-10-01)\n"
                        "file number: 11010500100100017\n"
                        "ID number: 110105193505010025\n");
    free(lines);
    json_decref(card);
}

static void a_card_speaks_chinese_to_those_who_read_it(void **state) {
    fixture *f = *state;
    well_known(f);
    reopen(f, HR_LANGUAGE_ZH);
    json_t *card = raise_card(f, (call){"HJ-0017", NULL, "2025-03-04 05:06:07", "button", NULL});
    assert_shown(card, "呼叫时间: 2025-03-04 05:06:07\n呼叫方式: 按钮呼叫\n呼叫器编号: HJ-0017\n");
    char *lines = shown(caller(card, 0));
    assert_text_has(lines, "居民: 李秀英，女，");
    assert_text_has(lines, "联系人: 王大明 13900005678 (2024-10-01)\n联系人姓名: 王小明 13800001234 (2024-01-05)\n");
    assert_text_has(lines, "药物过敏史: 青霉素、其他 (2020-01-05)\n");
    assert_text_has(lines, "高血压随访: 控制不满意；收缩压 150 mmHg；舒张压 95 mmHg (2024-09-01)\n");
    assert_text_has(lines, "用药（高血压）: 氨氯地平 5mg 每日1次；缬沙坦 80mg (2024-09-01)\n");
    assert_text_has(lines, "残疾: 肢体 二级\n");
    assert_text_has(lines, "生活自理能力: 轻度依赖；总评分 6 分 (2024-07-01)\n");
    free(lines);
    json_decref(card);
}

static void a_card_tells_programs_what_hr_resident_get_does(void **state) {
    fixture *f = *state;
    char *text = NULL;
    json_error_t problem;
    int64_t li = well_known(f);
    json_t *card = raise_card(f, (call){.device = "HJ-0017"}), *value;
    const char *name;
    assert_status(f->store, HR_OK, hr_resident_get(f->store, li, &text));
    json_t *fields = json_loads(text, 0, &problem);
    assert_true(json_object_size(fields) > 8);
    json_object_foreach(fields, name, value) assert_true(json_equal(value, json_object_get(caller(card, 0), name)));
    assert_string_equal(text_in(caller(card, 0), "area_name"), "第1街道第1社区");
    json_decref(fields);
    json_decref(card);
    hr_free(text);
}

static void what_was_amended_or_withdrawn_is_on_no_card(void **state) {
    fixture *f = *state;
    hr_entry_options options;
    char json[] = "{\"allergies\":[3]}";
    int64_t li = resident(f, "李秀英", ",'call_device':'HJ-0017'"), amended = 0;
    int64_t wrong = entry(f, li, "basic_information", "{'date':'2024-01-05','allergies':[2]}");
    int64_t gone = entry(f, li, "basic_information", "{'date':'2024-02-05','contact_name':'张三'}");
    hr_entry_options_init(&options);
    options.why = "typed in wrongly";
    assert_status(f->store, HR_OK, hr_entry_amend(f->store, wrong, json, &options, &amended));
    assert_status(f->store, HR_OK, hr_entry_amend(f->store, gone, NULL, &options, NULL));
    json_t *card = raise_card(f, (call){.device = "HJ-0017"});
    char *lines = shown(caller(card, 0));
    assert_text_has(lines, "drug allergies: sulfonamides (2024-01-05)\n");
    assert_null(strstr(lines, "penicillin"));
    assert_null(strstr(lines, "张三"));
    free(lines);
    json_decref(card);
}

static void a_home_bed_that_is_closed_is_on_no_card(void **state) {
    fixture *f = *state;
    int64_t li = well_known(f);
    entry(f, li, "home_bed_close", "{'date':'2024-11-01','outcome':1,'doctor':'张医生'}");
    json_t *card = raise_card(f, (call){.device = "HJ-0017"});
    char *lines = shown(caller(card, 0));
    assert_null(strstr(lines, "home bed"));
    assert_null(strstr(lines, "home-bed"));
    assert_null(strstr(lines, "王大明"));
    free(lines);
    json_decref(card);
}

/* A bed that a roster opened has no doctor of an earlier one. */
static void a_later_home_bed_is_not_of_the_earlier_ones_doctor(void **state) {
    fixture *f = *state;
    int64_t li = well_known(f);
    entry(f, li, "home_bed_close", "{'date':'2024-11-01','outcome':1,'doctor':'张医生'}");
    entry(f, li, "home_bed_open", "{'date':'2024-12-01','diagnosis':'骨折','doctor':'孙医生'}");
    json_t *card = raise_card(f, (call){.device = "HJ-0017"});
    char *lines = shown(caller(card, 0));
    assert_text_has(lines, "home bed since: 2024-12-01\n");
    assert_text_has(lines, "home-bed doctor: 孙医生 (2024-12-01)\n");
    assert_null(strstr(lines, "刘护士"));
    free(lines);
    json_decref(card);
}

static void somebody_of_whom_little_is_known_has_a_short_card(void **state) {
    fixture *f = *state;
    put_ok(f, "resident", "{'name':'李秀英','sex':2,'birth_date':'1935','area':'%s','call_device':'HJ-0017'}",
           COMMITTEE);
    json_t *card = raise_card(f, (call){.device = "HJ-0017"});
    char want[TEXT_SIZE];
    snprintf(want, sizeof want, "resident: 李秀英, female, %d years (born 1935)\narea: 第1街道第1社区 110105001001\n",
             (int)json_integer_value(json_object_get(caller(card, 0), "age")));
    assert_shown(caller(card, 0), want);
    json_decref(card);
}

/* ---- the queue ---- */

static void the_queue_holds_what_is_open_the_oldest_first(void **state) {
    fixture *f = *state;
    hr_store *s = f->store;
    int64_t late = raise_call(f, (call){.device = "A", .time = "2025-03-04 05:06:07"});
    int64_t early = raise_call(f, (call){.device = "B", .time = "2024-12-31 23:59:59"});
    int64_t closed = raise_call(f, (call){.device = "C", .time = "2025-01-01 00:00:00"});
    assert_listed(f, 0, 0, 0, (int64_t[]){early, closed, late}, 3);
    assert_status(s, HR_OK, hr_call_answer(s, closed, "2025-01-01 00:01:00", NULL, NULL));
    assert_listed(f, 0, 0, 0, (int64_t[]){early, closed, late}, 3);
    assert_status(s, HR_OK, hr_call_close(s, closed, "helped", "2025-01-01 01:00:00", NULL, NULL));
    assert_listed(f, 0, 0, 0, (int64_t[]){early, late}, 2);
    assert_listed(f, 1, 0, 0, (int64_t[]){early, closed, late}, 3);
    assert_listed(f, 1, 20241231, 20241231, (int64_t[]){early}, 1);
    assert_listed(f, 1, 20250101, 0, (int64_t[]){closed, late}, 2);
    assert_listed(f, 1, 0, 20250101, (int64_t[]){early, closed}, 2);
    assert_listed(f, 1, 20250000, 20250100, (int64_t[]){closed}, 1);
    assert_listed(f, 1, 20250305, 0, NULL, 0);
    hr_cursor *rows = NULL;
    assert_status(s, HR_INVALID, hr_calls(s, 1, 20251301, 0, &rows));
    assert_null(rows);
}

static void a_row_of_the_queue_says_who_waits_and_how_long(void **state) {
    fixture *f = *state;
    hr_store *s = f->store;
    int64_t li = resident(f, "李秀英", ",'call_device':'HJ-0017'");
    int64_t number = raise_call(f, (call){"HJ-0017", NULL, "2025-03-04 23:59:50", "button", NULL});
    hr_cursor *row = queue_row(f, 0, number);
    char id[24];
    snprintf(id, sizeof id, "%" PRId64, li);
    assert_true(hr_cursor_integer(row, column_named(row, "waited")) > 365 * 86400);
    assert_cell(row, "raised", "2025-03-04 23:59:50");
    assert_cell(row, "answered", "");
    assert_cell(row, "known", "true");
    assert_cell(row, "resident", id);
    assert_cell(row, "name", "李秀英");
    assert_cell(row, "area", COMMITTEE);
    assert_cell(row, "area_name", "第1街道第1社区");
    assert_cell(row, "signal_name", "button");
    hr_cursor_free(row);
    assert_status(s, HR_OK, hr_call_answer(s, number, "2025-03-05 00:00:20", NULL, NULL));
    assert_status(s, HR_OK, hr_call_close(s, number, "family", "2025-03-05 00:10", NULL, NULL));
    row = queue_row(f, 1, number);
    assert_cell(row, "waited", "30");
    assert_cell(row, "answered", "2025-03-05 00:00:20");
    assert_cell(row, "closed", "2025-03-05 00:10:00");
    assert_cell(row, "outcome", "family");
    assert_cell(row, "outcome_name", "family informed");
    hr_cursor_free(row);
}

/* ---- waits and figures against a naive count ---- */

static const char *const committees[] = {"110105001001", "110105001002", "110105002001", "110108001001"};

typedef struct past_call {
    const char *area;
    int32_t day;
    int wait; /* -1: not answered */
    bool test;
} past_call;

enum { PAST_MAX = 400 };
typedef struct past {
    past_call at[PAST_MAX];
    size_t count;
} past;

static void time_text(int32_t day, int seconds, char out[32]) {
    struct tm t = {.tm_year = day / 10000 - 1900,
                   .tm_mon = day / 100 % 100 - 1,
                   .tm_mday = day % 100,
                   .tm_hour = 23,
                   .tm_min = 59,
                   .tm_sec = 30 + seconds,
                   .tm_isdst = -1};
    timegm(&t); /* carries */
    strftime(out, 32, "%Y-%m-%d %H:%M:%S", &t);
}

/* Raises a call half a minute before the day's end and answers it. */
static void add_call(fixture *f, past *p, size_t device, int32_t day, int wait, bool test) {
    char name[32], time[32];
    assert_true(p->count < PAST_MAX);
    snprintf(name, sizeof name, "D-%zu", device);
    time_text(day, 0, time);
    char message[32];
    snprintf(message, sizeof message, "%zu", p->count);
    int64_t number = raise_call(f, (call){name, NULL, time, test ? "test" : "button", message});
    time_text(day, wait, time);
    if (wait >= 0)
        assert_status(f->store, HR_OK, hr_call_answer(f->store, number, time, NULL, NULL));
    p->at[p->count++] = (past_call){device < COUNT(committees) ? committees[device] : "11", day, wait, test};
}

/* Device n is of somebody in committee n; the last one is nobody's. */
static past *random_calls(fixture *f, size_t count) {
    static const int32_t days[] = {20221231, 20230101, 20230615, 20231231, 20240101, 20240229};
    past *p = calloc(1, sizeof *p);
    assert_non_null(p);
    for (size_t i = 0; i < COUNT(committees); i++)
        put_ok(f, "resident", "{'name':'居民%zu','sex':1,'birth_date':'1940-01-01','area':'%s','call_device':'D-%zu'}",
               i, committees[i], i);
    for (size_t i = 0; i < count; i++) {
        int wait = one_in(5) ? -1 : one_in(3) ? (int)random_below(4) * 30 : (int)random_below(200);
        add_call(f, p, random_below(COUNT(committees) + 1), days[random_below(COUNT(days))], wait, one_in(6));
    }
    return p;
}

static bool within(const past_call *c, const char *area) {
    return strncmp(c->area, area, strlen(area)) == 0;
}

#define assert_figure(f, p, area, as_of, seconds)                                                                      \
    assert_figure_at((f), (p), (area), (as_of), (seconds), __FILE__, __LINE__)
static void assert_figure_at(fixture *f, const past *p, const char *area, int32_t as_of, int seconds, const char *file,
                             int line) {
    int64_t calls = 0, in_time = 0;
    for (size_t i = 0; i < p->count; i++) {
        const past_call *c = &p->at[i];
        if (c->test || !within(c, area) || c->day > as_of || c->day / 10000 != as_of / 10000)
            continue;
        calls++;
        in_time += c->wait >= 0 && c->wait <= seconds;
    }
    figure now = figure_of(f->store, area, "call_response", as_of);
    if (now.denominator == calls && now.numerator == in_time)
        return;
    print_error("%s as of %d: %" PRId64 " of %" PRId64 " instead of %" PRId64 " of %" PRId64 "\n", area, (int)as_of,
                now.numerator, now.denominator, in_time, calls);
    _fail(file, line);
}

static void assert_figures(fixture *f, const past *p, int seconds) {
    static const char *const areas[] = {"11",        "110105",       "110108",       "110105001",
                                        "110105002", "110105001001", "110105001002", "110105001003"};
    static const int32_t days[] = {20221230, 20221231, 20230101, 20230614, 20230615,
                                   20231231, 20240101, 20240301, 20241231, 20250101};
    for (size_t i = 0; i < COUNT(areas); i++)
        for (size_t j = 0; j < COUNT(days); j++)
            assert_figure(f, p, areas[i], days[j], seconds);
}

static void the_figure_of_answers_in_time_follows_the_limit_that_is_set(void **state) {
    fixture *f = *state;
    seed_chance(11);
    past *p = random_calls(f, 120);
    assert_figures(f, p, 60); /* what holds until something is set */
    put_ok(f, "indicator", "{'indicator':'call_response','seconds':30}");
    assert_figures(f, p, 30);
    assert_int_equal(verify_findings(f->store), 0);
    add_call(f, p, 0, 20240301, 30, false);
    add_call(f, p, 0, 20240301, 31, false);
    assert_figures(f, p, 30);
    put_ok(f, "indicator", "{'indicator':'call_response','seconds':120}");
    assert_figures(f, p, 120);
    assert_int_equal(verify_findings(f->store), 0);
    free(p);
}

static void a_call_counts_in_its_year_from_its_day_on(void **state) {
    fixture *f = *state;
    past p = {.count = 0};
    add_call(f, &p, COUNT(committees), 20231231, 45, false); /* answered in the next year */
    assert_int_equal(figure_of(f->store, "11", "call_response", 20231230).denominator, 0);
    assert_int_equal(figure_of(f->store, "11", "call_response", 20231231).denominator, 1);
    assert_int_equal(figure_of(f->store, "11", "call_response", 20231231).numerator, 1);
    assert_int_equal(figure_of(f->store, "11", "call_response", 20240101).denominator, 0);
    assert_int_equal(figure_of(f->store, "110105", "call_response", 20231231).denominator, 0); /* nobody known */
}

static void a_figure_as_it_was_known_has_the_calls_as_they_were_known(void **state) {
    fixture *f = *state;
    hr_store *s = f->store;
    hr_rates_options options;
    hr_cursor *rows = NULL;
    figure was;
    char known[32];
    int64_t number = raise_call(f, (call){.device = "A", .time = "2024-05-06 07:08:09"});
    snprintf(known, sizeof known, "#%" PRIu64, info_of(s).entries);
    assert_status(s, HR_OK, hr_call_answer(s, number, "2024-05-06 07:08:30", NULL, NULL));
    raise_call(f, (call){.device = "A", .time = "2024-05-07 07:08:09"});
    hr_rates_options_init(&options);
    options.indicators = "call_response";
    options.as_of = 20241231;
    options.known_at = known;
    assert_status(s, HR_OK, hr_rates(s, &options, &rows));
    assert_status(s, HR_OK, hr_cursor_next(rows));
    read_figure(rows, &was);
    hr_cursor_free(rows);
    assert_int_equal(was.denominator, 1);
    assert_int_equal(was.numerator, 0);
    figure is = figure_of(s, "11", "call_response", 20241231);
    assert_int_equal(is.denominator, 2);
    assert_int_equal(is.numerator, 1);
}

/* The nearest rank by its definition: the least value such that `percent` of a hundred do not exceed it; -1: none. */
static int64_t naive_percentile(const int *waits, size_t count, size_t percent) {
    int64_t best = -1;
    for (size_t i = 0; i < count; i++) {
        size_t below = 0;
        for (size_t j = 0; j < count; j++)
            below += waits[j] <= waits[i];
        if (below * 100 >= percent * count && (best < 0 || waits[i] < best))
            best = waits[i];
    }
    return best;
}

static void assert_times_row(hr_cursor *row, const past *p, int32_t from, int32_t to, int limit) {
    static const struct {
        const char *column;
        size_t percent;
    } ranks[] = {{"p50", 50}, {"p90", 90}, {"p95", 95}, {"longest", 100}};
    const char *area = hr_cursor_text(row, column_named(row, "area"));
    int waits[PAST_MAX], calls = 0, in_time = 0;
    size_t count = 0;
    for (size_t i = 0; i < p->count; i++) {
        const past_call *c = &p->at[i];
        if (c->test || !within(c, area) || (from && c->day < from) || (to && c->day > to))
            continue;
        calls++;
        if (c->wait >= 0)
            waits[count++] = c->wait;
        in_time += c->wait >= 0 && c->wait <= limit;
    }
    assert_int_equal(hr_cursor_integer(row, column_named(row, "calls")), calls);
    assert_int_equal(hr_cursor_integer(row, column_named(row, "answered")), count);
    assert_int_equal(hr_cursor_integer(row, column_named(row, "in_time")), in_time);
    assert_int_equal(hr_cursor_integer(row, column_named(row, "within")), limit);
    for (size_t i = 0; i < COUNT(ranks); i++) {
        int column = column_named(row, ranks[i].column);
        int64_t now = hr_cursor_type(row, column) == HR_NULL ? -1 : hr_cursor_integer(row, column);
        assert_int_equal(now, naive_percentile(waits, count, ranks[i].percent));
    }
}

/* Each row is what a naive count gives; how many rows there are. */
static size_t assert_times(fixture *f, const past *p, int32_t from, int32_t to, const char *by, int limit) {
    hr_cursor *rows = NULL;
    hr_status status;
    size_t count = 0;
    assert_status(f->store, HR_OK, hr_call_times(f->store, from, to, by, &rows));
    for (; (status = hr_cursor_next(rows)) == HR_OK; count++)
        assert_times_row(rows, p, from, to, limit);
    assert_status(f->store, HR_END, status);
    hr_cursor_free(rows);
    return count;
}

static void waits_are_what_a_naive_count_gives(void **state) {
    fixture *f = *state;
    seed_chance(12);
    past *p = random_calls(f, 150);
    assert_int_equal(assert_times(f, p, 0, 0, NULL, 60), 1);
    assert_int_equal(assert_times(f, p, 0, 0, "city", 60), 1);
    assert_int_equal(assert_times(f, p, 0, 0, "district", 60), 2);
    assert_int_equal(assert_times(f, p, 0, 0, "street", 60), 3);
    assert_int_equal(assert_times(f, p, 0, 0, "committee", 60), 7); /* those without a call, too */
    assert_int_equal(assert_times(f, p, 20230101, 20231231, "street", 60), 3);
    assert_int_equal(assert_times(f, p, 20240229, 20240229, NULL, 60), 1);
    put_ok(f, "indicator", "{'indicator':'call_response','seconds':30}");
    assert_int_equal(assert_times(f, p, 0, 0, "committee", 30), 7);
    free(p);
}

static void waits_of_none_one_and_ties(void **state) {
    fixture *f = *state;
    past p = {.count = 0};
    assert_int_equal(assert_times(f, &p, 0, 0, NULL, 60), 1);
    add_call(f, &p, COUNT(committees), 20240101, -1, false);
    assert_int_equal(assert_times(f, &p, 0, 0, NULL, 60), 1); /* one, not answered */
    add_call(f, &p, COUNT(committees), 20240102, 20, false);
    assert_int_equal(assert_times(f, &p, 0, 0, NULL, 60), 1);
    for (int i = 0; i < 9; i++)
        add_call(f, &p, COUNT(committees), 20240103, 60, false);
    add_call(f, &p, COUNT(committees), 20240103, 61, false);
    assert_int_equal(assert_times(f, &p, 0, 0, NULL, 60), 1);
}

static void waits_by_no_tier_are_refused(void **state) {
    fixture *f = *state;
    hr_cursor *rows = NULL;
    assert_status(f->store, HR_INVALID, hr_call_times(f->store, 0, 0, "house", &rows));
    assert_status(f->store, HR_INVALID, hr_call_times(f->store, 20240230, 0, NULL, &rows));
    assert_null(rows);
}

/* ---- damage ---- */

/* Changes one row of the store with the right keys, past the library. */
static void tamper(fixture *f, const char *sql) {
    close_store(f);
    sqlite3 *db = raw_open(f);
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK || sqlite3_total_changes(db) != 1)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    raw_close(db);
    reopen(f, HR_LANGUAGE_EN);
}

static void a_call_that_was_tampered_with_is_found(void **state) {
    fixture *f = *state;
    static const char *const changes[] = {
        "UPDATE main.call SET answered = answered - 1",
        "UPDATE main.call SET raised = raised + 1",
        "UPDATE main.call SET area = 110108",
        "UPDATE main.call SET signal = 6",
        "UPDATE main.call SET closed = NULL",
        "UPDATE main.call SET outcome = 7",
        "UPDATE main.call SET answered = NULL, answer_entry = NULL",
        "DELETE FROM main.call",
        "INSERT INTO main.call (id, area, raised) VALUES (1, 11, 20240101000000)",
    };
    int64_t number = raise_call(f, (call){.device = "A", .time = "2024-05-06 07:08:09"});
    assert_status(f->store, HR_OK, hr_call_answer(f->store, number, "2024-05-06 07:09:09", NULL, NULL));
    assert_status(f->store, HR_OK, hr_call_close(f->store, number, "helped", "2024-05-06 08:00:00", NULL, NULL));
    assert_int_equal(verify_findings(f->store), 0);
    char kept[PATH_SIZE], folder[PATH_SIZE];
    memcpy(folder, f->path, sizeof folder);
    join_path(kept, f->folder, "kept.hrs");
    close_store(f);
    copy_folder(folder, kept);
    for (size_t i = 0; i < COUNT(changes); i++) {
        remove_tree(folder);
        copy_folder(kept, folder);
        tamper(f, changes[i]);
        if (verify_findings(f->store) == 0)
            fail_msg("nothing is said after %s", changes[i]);
        close_store(f);
    }
}

static void a_call_is_kept_though_its_residents_record_is_damaged(void **state) {
    fixture *f = *state;
    char *text = NULL;
    resident(f, "李秀英", ",'call_device':'HJ-0017'");
    int64_t before = raise_call(f, (call){.device = "HJ-0017"});
    tamper(f, "UPDATE chart.resident SET state = 'x'");
    json_t *card = raise_card(f, (call){"HJ-0017", NULL, "2025-03-04 05:06:07", NULL, NULL});
    int64_t number = json_integer_value(json_object_get(card, "call"));
    assert_unknown(card);
    assert_text_has(text_in(card, "problem"), "verify");
    json_decref(card);
    card = card_of(f, before);
    assert_true(*text_in(card, "problem"));
    json_decref(card);
    assert_status(f->store, HR_OK, hr_call_answer(f->store, number, NULL, NULL, NULL));
    /* Within a batch nothing is done in its place. */
    assert_status(f->store, HR_OK, hr_batch_begin(f->store));
    call again = {.device = "HJ-0017"};
    assert_status(f->store, HR_DAMAGED, try_raise(f, &again, NULL, &text));
    assert_null(text);
    hr_batch_rollback(f->store);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_call_is_found_by_its_device_whatever_its_hyphens_and_capitals),
        TEST(a_call_is_found_by_the_phone_as_it_is_dialled),
        TEST(a_name_of_digits_is_no_phone),
        TEST(the_device_goes_before_the_phone),
        TEST(whoever_got_the_device_later_is_found_by_it),
        TEST(those_who_share_a_device_are_all_on_the_card),
        TEST(a_dead_residents_call_is_kept_and_the_card_says_so),
        TEST(a_call_of_nobody_known_is_kept),
        TEST(a_device_registered_after_the_call_is_on_its_card),
        TEST(the_device_of_somebody_unified_is_his_who_remains),
        TEST(a_call_finds_who_was_registered_in_the_same_batch),
        TEST(a_call_says_who_calls_or_is_refused),
        TEST(every_signal_is_kept_under_its_own_name),
        TEST(the_same_call_once_more_is_the_same_call),
        TEST(calls_without_a_time_are_each_one_of_its_own),
        TEST(a_call_of_a_day_to_come_came_in_now),
        TEST(a_clock_that_is_ahead_does_not_keep_the_call_from_being_answered),
        TEST(a_time_with_an_offset_is_brought_to_the_clock_here),
        TEST(a_call_is_answered_then_closed_each_once),
        TEST(a_refused_step_changes_nothing),
        TEST(every_outcome_is_kept_under_its_own_name),
        TEST(what_a_history_says_of_a_call_is_what_was_said),
        TEST(a_card_is_one_screen_of_what_a_responder_needs),
        TEST(a_card_speaks_chinese_to_those_who_read_it),
        TEST(a_card_tells_programs_what_hr_resident_get_does),
        TEST(what_was_amended_or_withdrawn_is_on_no_card),
        TEST(a_home_bed_that_is_closed_is_on_no_card),
        TEST(a_later_home_bed_is_not_of_the_earlier_ones_doctor),
        TEST(somebody_of_whom_little_is_known_has_a_short_card),
        TEST(the_queue_holds_what_is_open_the_oldest_first),
        TEST(a_row_of_the_queue_says_who_waits_and_how_long),
        TEST(the_figure_of_answers_in_time_follows_the_limit_that_is_set),
        TEST(a_call_counts_in_its_year_from_its_day_on),
        TEST(a_figure_as_it_was_known_has_the_calls_as_they_were_known),
        TEST(waits_are_what_a_naive_count_gives),
        TEST(waits_of_none_one_and_ties),
        TEST(waits_by_no_tier_are_refused),
        TEST(a_call_that_was_tampered_with_is_found),
        TEST(a_call_is_kept_though_its_residents_record_is_damaged),
    };
    return cmocka_run_group_tests(tests, make_sample, remove_sample);
}
