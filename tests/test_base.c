/* The ground everything stands on: messages, dates, identifiers, text. Expected values come from the standards' own
 * examples or from a second, naive computation in this file; wherever something is refused, the same thing without the
 * fault is shown to be accepted. */
#include "base/date.h"
#include "base/err.h"
#include "base/ident.h"
#include "base/moment.h"
#include "base/text.h"
#include <iconv.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
/* After what it needs. */
#include <cmocka.h>
#include <errno.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static hr_err english(void) {
    hr_err err;
    hr_err_init(&err, HR_LANGUAGE_EN);
    return err;
}

static hr_err chinese(void) {
    hr_err err;
    hr_err_init(&err, HR_LANGUAGE_ZH);
    return err;
}

static void assert_says(const hr_err *err, const char *part) {
    if (!strstr(err->text, part))
        fail_msg("\"%s\" does not say \"%s\"", err->text, part);
}

/* ---- messages ---- */

static void set_variable(const char *name, const char *value) {
    if (value)
        setenv(name, value, 1);
    else
        unsetenv(name);
}

static void the_language_follows_the_environment_as_gettext_reads_it(void **state) {
    (void)state;
    static const struct {
        const char *language, *lc_all, *lc_messages, *lang;
        hr_language expected;
    } cases[] = {
        {NULL, NULL, NULL, NULL, HR_LANGUAGE_EN},
        {NULL, NULL, NULL, "zh_CN.UTF-8", HR_LANGUAGE_ZH},
        {NULL, NULL, NULL, "en_US.UTF-8", HR_LANGUAGE_EN},
        {NULL, NULL, NULL, "zh", HR_LANGUAGE_ZH},
        {NULL, NULL, "zh_CN.UTF-8", "en_US.UTF-8", HR_LANGUAGE_ZH},
        {NULL, NULL, "en_US.UTF-8", "zh_CN.UTF-8", HR_LANGUAGE_EN},
        {NULL, "zh_CN.GB18030", "en_US.UTF-8", "en_US.UTF-8", HR_LANGUAGE_ZH},
        {NULL, "", "", "zh_CN.UTF-8", HR_LANGUAGE_ZH},
        {"zh_CN:en", NULL, NULL, "en_US.UTF-8", HR_LANGUAGE_ZH},
        {"en:zh_CN", NULL, NULL, "zh_CN.UTF-8", HR_LANGUAGE_EN},
        {"", NULL, NULL, "zh_CN.UTF-8", HR_LANGUAGE_ZH},
        {":zh", NULL, NULL, "en_US.UTF-8", HR_LANGUAGE_ZH},
        {"zh_CN", NULL, NULL, NULL, HR_LANGUAGE_EN},
        {"zh_CN", NULL, NULL, "C", HR_LANGUAGE_EN},
        {"zh_CN", "POSIX", NULL, "en_US.UTF-8", HR_LANGUAGE_EN},
        {"zh_CN", NULL, "C", "zh_CN.UTF-8", HR_LANGUAGE_EN},
        {"zh_CN", NULL, NULL, "C.UTF-8", HR_LANGUAGE_ZH},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        hr_err err;
        set_variable("LANGUAGE", cases[i].language);
        set_variable("LC_ALL", cases[i].lc_all);
        set_variable("LC_MESSAGES", cases[i].lc_messages);
        set_variable("LANG", cases[i].lang);
        hr_err_init(&err, HR_LANGUAGE_AUTO);
        if (err.language != cases[i].expected)
            fail_msg("case %zu: language %d", i, err.language);
    }
}

static void a_language_that_is_given_overrides_the_environment(void **state) {
    (void)state;
    set_variable("LC_ALL", "zh_CN.UTF-8");
    assert_int_equal(english().language, HR_LANGUAGE_EN);
    set_variable("LC_ALL", "en_US.UTF-8");
    assert_int_equal(chinese().language, HR_LANGUAGE_ZH);
}

static void a_failure_keeps_its_status_and_message_until_cleared(void **state) {
    (void)state;
    hr_err err = english();
    assert_string_equal(err.text, "");
    assert_int_equal(hr_fail(&err, HR_NOT_FOUND, "row %d", 7), HR_NOT_FOUND);
    assert_int_equal(err.status, HR_NOT_FOUND);
    assert_string_equal(err.text, "row 7");
    hr_err_clear(&err);
    assert_int_equal(err.status, HR_OK);
    assert_string_equal(err.text, "");
}

static void a_message_can_be_wrapped_into_another(void **state) {
    (void)state;
    hr_err err = english();
    hr_fail(&err, HR_INVALID, "name: too long");
    hr_fail(&err, HR_INVALID, "line %d: %s", 214, err.text);
    assert_string_equal(err.text, "line 214: name: too long");
}

static void a_message_is_one_line_of_whole_characters(void **state) {
    (void)state;
    hr_err err = chinese();
    hr_fail(&err, HR_INVALID, "“%.4s”和\n“%s”", "建国路", "建国路");
    assert_string_equal(err.text, "“建”和 “建国路”");
    char longer[3 * sizeof err.text + 1];
    for (size_t i = 0; i < sizeof err.text; i++)
        memcpy(longer + 3 * i, "路", 4);
    for (int lead = 0; lead < 3; lead++) {
        hr_fail(&err, HR_INVALID, "%.*s%s", lead, "xx", longer);
        assert_true(hr_text_utf8_valid(err.text, strlen(err.text), NULL));
        assert_in_range(strlen(err.text), sizeof err.text - 4, sizeof err.text - 1);
    }
}

static void a_system_error_says_what_to_do_in_both_languages(void **state) {
    (void)state;
    hr_err en = english(), zh = chinese();
    assert_int_equal(hr_fail_errno(&en, ENOSPC, "write keyslots"), HR_SYSTEM);
    assert_string_equal(en.text, "could not write keyslots: the disk is full; free some space and try again");
    hr_fail_errno(&zh, ENOSPC, "写入密钥槽");
    assert_string_equal(zh.text, "操作未完成（写入密钥槽）：磁盘已满；请清理出空间后重试");
    hr_fail_errno(&en, EXDEV, "write keyslots");
    assert_says(&en, strerror(EXDEV));
    assert_int_equal(hr_fail_memory(&zh), HR_SYSTEM);
    assert_says(&zh, "内存不足");
}

/* ---- dates ---- */

static void every_day_of_two_centuries_agrees_with_the_c_library(void **state) {
    (void)state;
    struct tm first = {.tm_year = 1890 - 1900, .tm_mon = 0, .tm_mday = 1},
              after = {.tm_year = 2111 - 1900, .tm_mday = 1};
    for (time_t at = timegm(&first), end = timegm(&after); at < end; at += 86400) {
        struct tm day;
        gmtime_r(&at, &day);
        int year = day.tm_year + 1900, month = day.tm_mon + 1;
        hr_date date = year * 10000 + month * 100 + day.tm_mday, read = 0;
        char expected[32], compact[32], text[HR_DATE_SIZE];
        strftime(expected, sizeof expected, "%Y-%m-%d", &day);
        strftime(compact, sizeof compact, "%Y%m%d", &day);
        assert_true(hr_date_whole(date));
        assert_string_equal(hr_date_format(date, text), expected);
        assert_int_equal(hr_date_parse(expected, &read), HR_DATE_OK);
        assert_int_equal(read, date);
        assert_int_equal(hr_date_parse(compact, &read), HR_DATE_OK);
        assert_int_equal(read, date);
        assert_int_equal(hr_date_latest(date), date);
        assert_int_equal(hr_date_earliest(date), date);
        time_t next = at + 86400;
        struct tm tomorrow;
        gmtime_r(&next, &tomorrow);
        assert_int_equal(tomorrow.tm_mday == 1, day.tm_mday == hr_month_days(year, month));
    }
}

static void no_number_but_the_calendars_days_is_a_whole_date(void **state) {
    (void)state;
    struct tm first = {.tm_year = 1850 - 1900, .tm_mday = 1}, after = {.tm_year = 2200 - 1900, .tm_mday = 1};
    long days = (long)((timegm(&after) - timegm(&first)) / 86400), whole = 0, partial = 0;
    for (hr_date date = 18000000; date < 22500000; date++) {
        whole += hr_date_whole(date);
        partial += hr_date_valid(date) && !hr_date_whole(date);
    }
    assert_int_equal(whole, days);
    assert_int_equal(partial, 350 * 13);
    assert_false(hr_date_valid(0));
    assert_false(hr_date_valid(-20030501));
    assert_false(hr_date_valid(INT32_MAX));
    assert_false(hr_date_valid(INT32_MIN));
}

static void leap_years_follow_the_gregorian_rule(void **state) {
    (void)state;
    assert_int_equal(hr_month_days(1900, 2), 28);
    assert_int_equal(hr_month_days(2000, 2), 29);
    assert_int_equal(hr_month_days(2100, 2), 28);
    assert_int_equal(hr_month_days(2004, 2), 29);
    assert_int_equal(hr_month_days(2003, 2), 28);
    assert_int_equal(hr_month_days(2003, 0), 0);
    assert_int_equal(hr_month_days(2003, 13), 0);
}

static void an_unknown_part_can_mean_any_day_of_its_month_or_year(void **state) {
    (void)state;
    assert_int_equal(hr_date_latest(19350000), 19351231);
    assert_int_equal(hr_date_earliest(19350000), 19350101);
    assert_int_equal(hr_date_latest(20000200), 20000229);
    assert_int_equal(hr_date_latest(19000200), 19000228);
    assert_int_equal(hr_date_earliest(20000200), 20000201);
    assert_int_equal(hr_date_latest(0), 0);
    assert_int_equal(hr_date_earliest(0), 0);
    assert_true(hr_date_valid(19350000));
    assert_false(hr_date_whole(19350000));
    assert_true(hr_date_valid(19350600));
    assert_false(hr_date_whole(19350600));
    assert_false(hr_date_valid(19350006));
}

static void every_form_of_a_date_is_read(void **state) {
    (void)state;
    static const struct {
        const char *text;
        hr_date date;
    } cases[] = {
        {"2003-05-01", 20030501},     {"2003-5-1", 20030501},         {"2003/5/1", 20030501},
        {"2003/05/01", 20030501},     {"2003.5.1", 20030501},         {"20030501", 20030501},
        {"2003年5月1日", 20030501},   {"2003年05月01日", 20030501},   {"2003-05", 20030500},
        {"2003-5", 20030500},         {"2003/5", 20030500},           {"2003年5月", 20030500},
        {"2003", 20030000},           {"2003年", 20030000},           {"2003-05-01 00:00", 20030501},
        {"2003/5/1 0:00", 20030501},  {"2003/5/1 0:00:00", 20030501}, {"2003-05-01 00:00:00", 20030501},
        {"20030501 00:00", 20030501}, {"1850-01-01", 18500101},       {"2199-12-31", 21991231},
        {"2004-02-29", 20040229},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        hr_date date = 0;
        if (hr_date_parse(cases[i].text, &date) != HR_DATE_OK || date != cases[i].date)
            fail_msg("%s was read as %d", cases[i].text, date);
    }
}

static void what_is_no_date_is_refused_with_its_reason(void **state) {
    (void)state;
    static const struct {
        const char *text;
        hr_date_error why;
    } cases[] = {
        {"", HR_DATE_FORM},
        {"abc", HR_DATE_FORM},
        {"2003-05-01x", HR_DATE_FORM},
        {"2003-05/01", HR_DATE_FORM},
        {"2003-05-", HR_DATE_FORM},
        {"2003-", HR_DATE_FORM},
        {"03-05-01", HR_DATE_FORM},
        {"200305", HR_DATE_FORM},
        {"2003050", HR_DATE_FORM},
        {"200305011", HR_DATE_FORM},
        {"2003.1", HR_DATE_FORM},
        {"2003-005-01", HR_DATE_FORM},
        {"2003-05-001", HR_DATE_FORM},
        {"5/1/2003", HR_DATE_FORM},
        {"37742", HR_DATE_FORM},
        {"-2003", HR_DATE_FORM},
        {"2003年5月1", HR_DATE_FORM},
        {"2003年5", HR_DATE_FORM},
        {"2003-05-01 12:30", HR_DATE_FORM},
        {"2003-05-01 00", HR_DATE_FORM},
        {"2003-05 00:00", HR_DATE_FORM},
        {"2003 00:00", HR_DATE_FORM},
        {"2003-00-00", HR_DATE_MONTH},
        {"20030000", HR_DATE_MONTH},
        {"2003-00", HR_DATE_MONTH},
        {"2003-13-01", HR_DATE_MONTH},
        {"2003年13月", HR_DATE_MONTH},
        {"2003-05-00", HR_DATE_DAY},
        {"20030500", HR_DATE_DAY},
        {"2003-04-31", HR_DATE_DAY},
        {"2003-02-29", HR_DATE_DAY},
        {"1900-02-29", HR_DATE_DAY},
        {"2003-05-32", HR_DATE_DAY},
        {"1849-12-31", HR_DATE_YEAR},
        {"2200-01-01", HR_DATE_YEAR},
        {"0000", HR_DATE_YEAR},
        {"99991231", HR_DATE_YEAR},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        hr_date date = 12345;
        hr_date_error why = hr_date_parse(cases[i].text, &date);
        if (why != cases[i].why)
            fail_msg("\"%s\": error %d, date %d", cases[i].text, why, date);
        assert_int_equal(date, 12345);
    }
}

static void a_date_is_printed_as_far_as_it_is_known(void **state) {
    (void)state;
    char text[HR_DATE_SIZE];
    assert_string_equal(hr_date_format(20030501, text), "2003-05-01");
    assert_string_equal(hr_date_format(20030500, text), "2003-05");
    assert_string_equal(hr_date_format(20030000, text), "2003");
    assert_string_equal(hr_date_format(0, text), "");
    assert_string_equal(hr_date_format(-1, text), "");
    assert_string_equal(hr_date_format(INT32_MAX, text), "");
}

static void today_is_the_local_calendars_day(void **state) {
    (void)state;
    hr_date today, before, after;
    do { /* again if midnight came between */
        time_t now = time(NULL);
        struct tm day;
        localtime_r(&now, &day);
        before = (day.tm_year + 1900) * 10000 + (day.tm_mon + 1) * 100 + day.tm_mday;
        today = hr_date_today();
        now = time(NULL);
        localtime_r(&now, &day);
        after = (day.tm_year + 1900) * 10000 + (day.tm_mon + 1) * 100 + day.tm_mday;
    } while (before != after);
    assert_int_equal(today, before);
}

static void a_wrong_date_is_named_with_column_value_and_remedy(void **state) {
    (void)state;
    hr_err en = english(), zh = chinese();
    assert_int_equal(hr_date_fail(&en, HR_DATE_MONTH, "birth date", "2003-13-01"), HR_INVALID);
    assert_says(&en, "birth date: \"2003-13-01\" has no possible month");
    hr_date_fail(&zh, HR_DATE_DAY, "出生日期", "2003年2月30日");
    assert_says(&zh, "出生日期：“2003年2月30日”日期不对，该月没有这一天");
    hr_date_fail(&zh, HR_DATE_YEAR, "出生日期", "1203-01-01");
    assert_says(&zh, "1850 至 2199");
    hr_date_fail(&zh, HR_DATE_FORM, "出生日期", "2003.5");
    assert_says(&zh, "“2003.5”不是日期；请写成 2003-05-01");
}

static void a_name_or_id_number_in_a_dates_column_is_not_repeated(void **state) {
    (void)state;
    hr_err err = chinese();
    static const char *const values[] = {"11010519491231002X", "110105491231002", "王小明"};
    for (size_t i = 0; i < COUNT(values); i++) {
        hr_date_fail(&err, HR_DATE_FORM, "出生日期", values[i]);
        assert_null(strstr(err.text, values[i]));
        assert_says(&err, "出生日期：所填内容不是日期");
    }
}

/* ---- times of a day ---- */

static hr_moment moment_read(const char *text) {
    hr_err err;
    hr_moment moment = -1;
    hr_err_init(&err, HR_LANGUAGE_EN);
    return hr_moment_parse(&err, "time", text, &moment) == HR_OK ? moment : -1;
}

static void a_time_of_a_day_is_read_in_the_forms_that_clocks_write(void **state) {
    static const struct {
        const char *text;
        hr_moment moment;
    } rows[] = {{"2026-11-25 08:15:02", 20261125081502},    {"2026-11-25T08:15:02", 20261125081502},
                {"2026-11-25 8:15", 20261125081500},        {"2026/11/25 08:15", 20261125081500},
                {"20261125 23:59:59", 20261125235959},      {"2026年11月25日 00:00", 20261125000000},
                {"2026-11-25T08:15:02.999", 20261125081502}};
    char text[HR_MOMENT_SIZE];
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(moment_read(rows[i].text), rows[i].moment);
    assert_string_equal(hr_moment_format(20261125081502, text), "2026-11-25 08:15:02");
    assert_string_equal(hr_moment_format(0, text), "");
}

static void a_time_with_an_offset_is_brought_to_the_clock_on_the_wall(void **state) {
    static const char *const same[] = {"2026-11-25T00:15:02Z", "2026-11-25T08:15:02+08:00", "2026-11-25T08:15:02+0800",
                                       "2026-11-24T19:15:02-05:00", "2026-11-25T05:45:02+05:30"};
    (void)state;
    char *zone = getenv("TZ") ? strdup(getenv("TZ")) : NULL;
    setenv("TZ", "Asia/Shanghai", 1);
    tzset();
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        assert_int_equal(moment_read(same[i]), 20261125081502);
    setenv("TZ", "UTC0", 1);
    tzset();
    assert_int_equal(moment_read(same[0]), 20261125001502);
    if (zone)
        setenv("TZ", zone, 1);
    else
        unsetenv("TZ");
    tzset();
    free(zone);
}

static void what_is_no_time_of_a_day_is_refused(void **state) {
    static const char *const wrong[] = {"2026-11-25",          "08:15",
                                        "2026-11 08:15",       "2026-11-25 24:00",
                                        "2026-11-25 08:60",    "2026-11-25 08:15:60",
                                        "2026-02-30 08:15",    "2026-11-25 08:15:02+8",
                                        "2026-11-25 08:15 pm", "2026-11-25 08:15:02+15:00",
                                        "2026-11-25 0815",     "2026-11-25  "};
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (moment_read(wrong[i]) != -1)
            fail_msg("\"%s\" was read as a time", wrong[i]);
}

static void seconds_between_times_are_counted_over_midnight_months_and_leap_days(void **state) {
    (void)state;
    assert_int_equal(hr_moment_between(20261125081502, 20261125081602), 60);
    assert_int_equal(hr_moment_between(20261231235959, 20270101000001), 2);
    assert_int_equal(hr_moment_between(20240228120000, 20240301120000), 2 * 86400);
    assert_int_equal(hr_moment_between(20230228120000, 20230301120000), 86400);
    assert_int_equal(hr_moment_between(20261125081602, 20261125081502), -60);
}

static void the_end_of_a_day_minute_or_second_is_its_last_millisecond(void **state) {
    hr_err err;
    int64_t second, minute, day;
    (void)state;
    hr_err_init(&err, HR_LANGUAGE_EN);
    assert_int_equal(hr_moment_end_ms(&err, "", "2026-11-25T08:15:02Z", &second), HR_OK);
    assert_int_equal(second, INT64_C(1795594502999)); /* date -u -d 2026-11-25T08:15:02Z +%s */
    assert_int_equal(hr_moment_end_ms(&err, "", "2026-11-25T08:15Z", &minute), HR_OK);
    assert_int_equal(minute, INT64_C(1795594559999));
    assert_int_equal(hr_moment_end_ms(&err, "", "2026-11-25", &day), HR_OK);
    assert_int_equal((day + 1) % 1000, 0);
    assert_int_equal(hr_moment_end_ms(&err, "", "yesterday", &day), HR_INVALID);
}

/* ---- ID numbers ---- */

static hr_status parse_id(const char *text, hr_id_number *out) {
    hr_err err = english();
    return hr_id_number_parse(&err, "ID number", text, out);
}

/* ISO 7064 as the recursion it is defined by, for seventeen digits. */
static char naive_check(const char *digits) {
    int p = 0;
    for (int i = 0; i < 17; i++)
        p = (p + (digits[i] - '0')) * 2 % 11;
    int check = (12 - p) % 11;
    return check == 10 ? 'X' : (char)('0' + check);
}

static void the_standards_own_examples_are_valid(void **state) {
    (void)state;
    hr_id_number id = 0;
    char text[HR_ID_NUMBER_SIZE];
    assert_int_equal(parse_id("11010519491231002X", &id), HR_OK);
    assert_true(id == 11010519491231002);
    assert_int_equal(hr_id_number_birth(id), 19491231);
    assert_int_equal(hr_id_number_sex(id), 2);
    assert_int_equal(hr_id_number_check(id), 'X');
    assert_string_equal(hr_id_number_format(id, text), "11010519491231002X");
    assert_int_equal(parse_id("440524188001010014", &id), HR_OK);
    assert_int_equal(hr_id_number_birth(id), 18800101);
    assert_int_equal(hr_id_number_sex(id), 1);
    assert_string_equal(hr_id_number_format(id, text), "440524188001010014");
    assert_string_equal(hr_id_number_format(0, text), "");
}

static void a_lower_case_x_is_accepted(void **state) {
    (void)state;
    hr_id_number upper = 0, lower = 0;
    assert_int_equal(parse_id("11010519491231002X", &upper), HR_OK);
    assert_int_equal(parse_id("11010519491231002x", &lower), HR_OK);
    assert_true(upper == lower);
}

static void an_old_number_is_upgraded_to_eighteen_characters(void **state) {
    (void)state;
    hr_id_number id = 0;
    char text[HR_ID_NUMBER_SIZE];
    assert_int_equal(parse_id("110105491231002", &id), HR_OK);
    assert_string_equal(hr_id_number_format(id, text), "11010519491231002X");
}

static void the_check_character_agrees_with_the_standards_recursion(void **state) {
    (void)state;
    uint64_t random = 88172645463325252u;
    for (int i = 0; i < 50000; i++) {
        char digits[32];
        random ^= random << 13, random ^= random >> 7, random ^= random << 17;
        int64_t id = (int64_t)(10000000000000000u + random % 90000000000000000u);
        snprintf(digits, sizeof digits, "%lld", (long long)id);
        assert_int_equal(hr_id_number_check(id), naive_check(digits));
    }
}

static void assert_other_character_is_caught(const char *number, int place, char other) {
    char text[HR_ID_NUMBER_SIZE];
    hr_id_number id = -1;
    strcpy(text, number);
    text[place] = other;
    assert_int_equal(parse_id(text, &id), HR_INVALID);
    assert_true(id == -1);
    if (place == 17 || other == 'X')
        return;
    text[17] = '\0'; /* whatever else is wrong with it, the check character alone shows it */
    assert_int_not_equal(hr_id_number_check(strtoll(text, NULL, 10)), number[17]);
}

static void any_one_wrong_character_is_caught(void **state) {
    (void)state;
    static const char *const numbers[] = {"11010519491231002X", "440524188001010014"};
    for (size_t n = 0; n < COUNT(numbers); n++)
        for (int place = 0; place < 18; place++)
            for (const char *other = "0123456789X"; *other; other++)
                if (numbers[n][place] != *other)
                    assert_other_character_is_caught(numbers[n], place, *other);
}

static void neighbours_that_changed_places_are_caught(void **state) {
    (void)state;
    const char *number = "440524188001010014";
    hr_id_number id;
    assert_int_equal(parse_id(number, &id), HR_OK);
    for (int place = 0; place < 17; place++) {
        char text[HR_ID_NUMBER_SIZE];
        strcpy(text, number);
        text[place] = number[place + 1];
        text[place + 1] = number[place];
        assert_int_equal(parse_id(text, &id), strcmp(text, number) == 0 ? HR_OK : HR_INVALID);
    }
}

static void the_message_names_the_right_check_character_and_the_given_one(void **state) {
    (void)state;
    hr_id_number id = 0;
    hr_err en = english(), zh = chinese();
    assert_int_equal(hr_id_number_parse(&zh, "身份证号", "440524188001010012", &id), HR_INVALID);
    assert_string_equal(zh.text, "身份证号：第18位校验码应为 4（现为 2）；请核对身份证");
    assert_int_equal(hr_id_number_parse(&en, "ID number", "110105194912310021", &id), HR_INVALID);
    assert_says(&en, "should be X, but is 1");
    assert_int_equal(parse_id("440524188001010014", &id), HR_OK);
}

/* Seventeen digits with their right check character. */
static const char *with_check(const char *digits) {
    static char text[HR_ID_NUMBER_SIZE];
    snprintf(text, sizeof text, "%.17s%c", digits, naive_check(digits));
    return text;
}

static void the_birth_date_in_a_number_must_exist_and_not_lie_ahead(void **state) {
    (void)state;
    hr_id_number id;
    assert_int_equal(parse_id(with_check("11010520000229001"), &id), HR_OK);
    assert_int_equal(parse_id(with_check("11010519000229001"), &id), HR_INVALID);
    assert_int_equal(parse_id(with_check("11010519491331001"), &id), HR_INVALID);
    assert_int_equal(parse_id(with_check("11010519490031001"), &id), HR_INVALID);
    assert_int_equal(parse_id(with_check("11010519491200001"), &id), HR_INVALID);
    assert_int_equal(parse_id(with_check("11010518491231001"), &id), HR_INVALID);
    assert_int_equal(parse_id(with_check("11010518500101001"), &id), HR_OK);
    assert_int_equal(parse_id("110105490229002", &id), HR_INVALID);
    assert_int_equal(parse_id("110105490228002", &id), HR_OK);
    char digits[32];
    snprintf(digits, sizeof digits, "110105%08d001", hr_date_today());
    assert_int_equal(parse_id(with_check(digits), &id), HR_OK);
    snprintf(digits, sizeof digits, "110105%04d0101001", hr_date_today() / 10000 + 1);
    hr_err err = english();
    assert_int_equal(hr_id_number_parse(&err, "ID number", with_check(digits), &id), HR_INVALID);
    assert_says(&err, "after today");
}

static void the_first_two_digits_are_a_region(void **state) {
    (void)state;
    static const char regions[] =
        "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 "
        "65 71 81 82 83 91";
    for (int region = 0; region < 100; region++) {
        char digits[32], code[12];
        hr_id_number id;
        snprintf(code, sizeof code, "%02d", region);
        snprintf(digits, sizeof digits, "%s010519491231002", code);
        assert_int_equal(parse_id(with_check(digits), &id), strstr(regions, code) ? HR_OK : HR_INVALID);
    }
}

static void no_message_repeats_an_identifier(void **state) {
    (void)state;
    static const char *const wrong[] = {
        "110105194912310021", "11010519491331002X",  "010105194912310021",   "1101051949123100",
        "11010549123100A",    "1101051949123100211", "11010520991231002X",   "11010519491231002Y",
        "110105491331002",    "11O10519491231002X",  "11010519491231002X95", "",
    };
    for (size_t i = 0; i < COUNT(wrong); i++)
        for (int kind = 0; kind < 4; kind++) {
            hr_err err = kind % 2 ? english() : chinese();
            int64_t number = -1;
            hr_certificate certificate;
            hr_status status = kind == 0   ? hr_id_number_parse(&err, "C", wrong[i], &number)
                               : kind == 1 ? hr_file_number_parse(&err, "C", wrong[i], &number)
                               : kind == 2 ? hr_certificate_parse(&err, "C", wrong[i], &certificate)
                                           : hr_area_parse(&err, "C", wrong[i], &number);
            assert_int_equal(status, HR_INVALID);
            assert_true(number == -1);
            assert_int_equal(strncmp(err.text, "C", 1), 0);
            for (size_t at = 0; at + 6 <= strlen(wrong[i]); at++) {
                char part[7];
                snprintf(part, sizeof part, "%.6s", wrong[i] + at);
                assert_null(strstr(err.text, part));
            }
        }
}

static void a_length_is_told_in_characters(void **state) {
    (void)state;
    hr_err err = chinese();
    hr_id_number id;
    assert_int_equal(hr_id_number_parse(&err, "身份证号", "王小明", &id), HR_INVALID);
    assert_says(&err, "现为3位");
    assert_int_equal(hr_id_number_parse(&err, "身份证号", "1101051949一1002", &id), HR_INVALID);
    assert_says(&err, "现为15位");
    assert_int_equal(hr_id_number_parse(&err, "身份证号", "1101051949一31002", &id), HR_INVALID);
    assert_says(&err, "第11位应为数字");
}

/* ---- file numbers, certificates ---- */

static void a_file_number_has_seventeen_digits(void **state) {
    (void)state;
    hr_err err = english();
    hr_file_number number = 0;
    char text[HR_FILE_NUMBER_SIZE];
    assert_int_equal(hr_file_number_parse(&err, "file number", "11010500100100001", &number), HR_OK);
    assert_true(number == 11010500100100001);
    assert_string_equal(hr_file_number_format(number, text), "11010500100100001");
    assert_string_equal(hr_file_number_format(0, text), "");
    static const char *const wrong[] = {"1101050010010000", "110105001001000011", "01010500100100001",
                                        "1101050010010000X"};
    for (size_t i = 0; i < COUNT(wrong); i++)
        assert_int_equal(hr_file_number_parse(&err, "file number", wrong[i], &number), HR_INVALID);
    assert_says(&err, "character 17");
}

static void a_certificate_is_an_id_number_with_kind_and_grade(void **state) {
    (void)state;
    static const struct {
        const char *text, *kept;
        int kind, grade;
    } good[] = {
        {"11010519491231002X11", "11010519491231002X11", 1, 1},
        {"11010519491231002x74", "11010519491231002X74", 7, 4},
        {"11010519491231002X43B1", "11010519491231002X43B1", 4, 3},
        {"440524188001010014"
         "62b9",
         "440524188001010014"
         "62B9",
         6, 2},
    };
    for (size_t i = 0; i < COUNT(good); i++) {
        hr_err err = english();
        hr_certificate certificate;
        assert_int_equal(hr_certificate_parse(&err, "certificate", good[i].text, &certificate), HR_OK);
        assert_string_equal(certificate.text, good[i].kept);
        assert_int_equal(certificate.kind, good[i].kind);
        assert_int_equal(certificate.grade, good[i].grade);
        char id[HR_ID_NUMBER_SIZE];
        assert_int_equal(strncmp(hr_id_number_format(certificate.id, id), good[i].kept, 18), 0);
    }
}

static void a_certificate_that_is_not_one_says_which_character(void **state) {
    (void)state;
    static const struct {
        const char *text, *says;
    } bad[] = {
        {"11010519491231002X01", "character 19"},     {"11010519491231002X81", "character 19"},
        {"11010519491231002X10", "character 20"},     {"11010519491231002X15", "character 20"},
        {"11010519491231002X11C1", "21 and 22"},      {"11010519491231002X11BB", "21 and 22"},
        {"11010519491231002X11B", "this one has 21"}, {"11010519491231002X", "this one has 18"},
        {"11010549123100211", "this one has 17"},     {"11010519491231002111", "should be X, but is 1"},
    };
    for (size_t i = 0; i < COUNT(bad); i++) {
        hr_err err = english();
        hr_certificate certificate = {.kind = 99};
        assert_int_equal(hr_certificate_parse(&err, "certificate", bad[i].text, &certificate), HR_INVALID);
        assert_says(&err, bad[i].says);
        assert_int_equal(certificate.kind, 99);
    }
}

/* ---- areas ---- */

static void an_area_code_has_two_four_six_nine_or_twelve_digits(void **state) {
    (void)state;
    const char *digits = "1101050010012";
    for (int length = 0; length <= 13; length++) {
        hr_err err = english();
        char code[16], text[HR_AREA_SIZE];
        hr_area area = -1;
        bool good = length == 2 || length == 4 || length == 6 || length == 9 || length == 12;
        snprintf(code, sizeof code, "%.*s", length, digits);
        assert_int_equal(hr_area_parse(&err, "area", code, &area), good ? HR_OK : HR_INVALID);
        if (good)
            assert_string_equal(hr_area_format(area, text), code);
        else
            assert_true(area == -1);
    }
    hr_err err = english();
    hr_area area;
    assert_int_equal(hr_area_parse(&err, "area", "010105", &area), HR_INVALID);
    assert_says(&err, "never begins with 0");
    assert_int_equal(hr_area_parse(&err, "area", "11010A", &area), HR_INVALID);
    assert_says(&err, "character 6 should be a digit");
    assert_int_equal(hr_area_parse(&err, "area", "11010", &area), HR_INVALID);
    assert_says(&err, "this one has 5");
}

static void the_parent_of_an_area_is_its_next_shorter_prefix(void **state) {
    (void)state;
    static const struct {
        hr_area area, parent;
        hr_tier tier;
    } cases[] = {
        {110105001001, 110105001, HR_TIER_COMMITTEE},
        {110105001, 110105, HR_TIER_STREET},
        {110105, 1101, HR_TIER_DISTRICT},
        {1101, 11, HR_TIER_CITY},
        {11, 0, HR_TIER_CITY},
        {0, 0, HR_TIER_NONE},
        {110, 0, HR_TIER_NONE},
        {11010, 0, HR_TIER_NONE},
        {1101050010011, 0, HR_TIER_NONE},
        {-11, 0, HR_TIER_NONE},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_true(hr_area_parent(cases[i].area) == cases[i].parent);
        assert_int_equal(hr_area_tier(cases[i].area), cases[i].tier);
    }
}

static void an_area_lies_within_itself_and_its_prefixes_only(void **state) {
    (void)state;
    const hr_area committee = 110105001001;
    for (hr_area parent = committee; parent; parent = hr_area_parent(parent))
        assert_true(hr_area_within(committee, parent));
    assert_false(hr_area_within(committee, 110106));
    assert_false(hr_area_within(committee, 12));
    assert_false(hr_area_within(committee, 110105001002));
    assert_false(hr_area_within(110105, committee));
    assert_false(hr_area_within(committee, 0));
    assert_false(hr_area_within(0, 11));
    assert_false(hr_area_within(committee, 110)); /* a prefix, but no area */
}

static void tiers_are_named_and_read_back(void **state) {
    (void)state;
    static const char *const names[] = {"city", "district", "street", "committee"};
    for (int i = 0; i < 4; i++) {
        hr_tier tier = (hr_tier)(HR_TIER_CITY + i);
        assert_string_equal(hr_tier_name(tier), names[i]);
        assert_int_equal(hr_tier_parse(names[i]), tier);
    }
    assert_int_equal(hr_tier_parse(""), HR_TIER_NONE);
    assert_int_equal(hr_tier_parse("City"), HR_TIER_NONE);
    assert_string_equal(hr_tier_name(HR_TIER_NONE), "");
}

/* ---- normalising ---- */

static int open_text(void **state) {
    hr_err err = english();
    hr_text *text;
    if (hr_text_new(&err, &text) != HR_OK)
        return -1;
    *state = text;
    return 0;
}

static int close_text(void **state) {
    hr_text_free(*state);
    return 0;
}

static const struct {
    const char *in, *out;
} normal_forms[] = {
    {"", ""},
    {"   ", ""},
    {"plain", "plain"},
    {"  two  words ", "two words"},
    {"王小明", "王小明"},
    {"王 小明", "王 小明"},
    {"\t王小明\r\n", "王小明"},
    {"\u3000王\u3000小明\u3000", "王 小明"},
    {"１１０１０５", "110105"},
    {"１１０１０５１９４９１２３１００２ｘ", "11010519491231002x"},
    {"（甲）－ＡＢ～", "(甲)-AB~"},
    {"e\u0301", "é"},
    {"\u00e9", "é"},
    {"A\u030a\u0301", "Ǻ"},
    {"\uf900", "\u8c48"},
    {"\u1100\u1161\u11a8", "\uac01"},
    {"\u202d13800138000\u202c", "13800138000"},
    {"\ufeff姓名", "姓名"},
    {"a\u200bb", "ab"},
    {"a\x01\x7f\xC2\x85"
     "b",
     "a b"},
    {"a\u00a0\u2003b", "a b"},
    {"a\nb", "a b"},
    {"e\u200b\u0301", "é"},
    {"𠮷野\u4dae", "𠮷野䶮"},
    {"\u4dff\u9fff\u4e00", "\u4dff\u9fff\u4e00"},
    {"\ue81e\ue864", "\u9fb4\u9fbb"},
    {"王\ue5e5小明\ue5e5", "王 小明"},
    {"买买提·阿里木", "买买提·阿里木"},
    {"می\u200cخواهم", "می\u200cخواهم"},
};

static void a_field_is_made_half_width_composed_and_trimmed(void **state) {
    hr_err err = english();
    for (size_t i = 0; i < COUNT(normal_forms); i++) {
        char out[128];
        assert_int_equal(
            hr_text_normalise(*state, &err, normal_forms[i].in, strlen(normal_forms[i].in), out, sizeof out), HR_OK);
        assert_string_equal(out, normal_forms[i].out);
    }
}

/* The C library's converter follows GB 18030-2022; a Unicode library may follow the edition before. */
static void a_name_from_gb18030_does_not_depend_on_the_edition(void **state) {
    static const char codes[][3] = {"\xA6\xD9", "\xA6\xDA", "\xA6\xDB", "\xA6\xDC", "\xA6\xDD", "\xA6\xDE",
                                    "\xA6\xDF", "\xA6\xEC", "\xA6\xED", "\xA6\xF3", "\xFE\x59", "\xFE\x61",
                                    "\xFE\x66", "\xFE\x67", "\xFE\x6D", "\xFE\x7E", "\xFE\x90", "\xFE\xA0"};
    hr_err err = english();
    hr_decoder *decoder = NULL;
    iconv_t converter = iconv_open("UTF-8", "GB18030");
    assert_true(converter != (iconv_t)-1);
    assert_int_equal(hr_decoder_new(&err, "gb18030", &decoder), HR_OK);
    for (size_t i = 0; i < COUNT(codes); i++) {
        char code[3], expected[8] = "", clean[8], *in = code, *out = expected;
        const char *decoded;
        size_t in_left = 2, out_left = sizeof expected, length;
        uint64_t bad_at;
        memcpy(code, codes[i], sizeof code);
        assert_int_equal(iconv(converter, &in, &in_left, &out, &out_left), 0);
        assert_int_equal(hr_decoder_feed(decoder, codes[i], 2, false, &decoded, &length, &bad_at), HR_OK);
        assert_int_equal(hr_text_normalise(*state, &err, decoded, length, clean, sizeof clean), HR_OK);
        assert_string_equal(clean, expected);
    }
    hr_decoder_free(decoder);
    iconv_close(converter);
}

static void normalising_again_changes_nothing(void **state) {
    hr_err err = english();
    for (size_t i = 0; i < COUNT(normal_forms); i++) {
        char out[128];
        const char *once = normal_forms[i].out;
        assert_int_equal(hr_text_normalise(*state, &err, once, strlen(once), out, sizeof out), HR_OK);
        assert_string_equal(out, once);
    }
}

static void a_field_is_read_only_as_far_as_it_reaches(void **state) {
    hr_err err = english();
    char out[16], in[] = {'a', ' ', ' ', 'b', 0, 'c'};
    assert_int_equal(hr_text_normalise(*state, &err, "王小明", 6, out, sizeof out), HR_OK);
    assert_string_equal(out, "王小");
    assert_int_equal(hr_text_normalise(*state, &err, "ab cd", 3, out, sizeof out), HR_OK);
    assert_string_equal(out, "ab");
    assert_int_equal(hr_text_normalise(*state, &err, in, sizeof in, out, sizeof out), HR_OK);
    assert_string_equal(out, "a bc");
}

static void what_does_not_fit_is_refused_and_what_just_fits_is_not(void **state) {
    hr_err err = english();
    for (size_t i = 0; i < COUNT(normal_forms); i++) {
        size_t needed = strlen(normal_forms[i].out) + 1;
        char *out = malloc(needed);
        assert_non_null(out);
        assert_int_equal(hr_text_normalise(*state, &err, normal_forms[i].in, strlen(normal_forms[i].in), out, needed),
                         HR_OK);
        assert_string_equal(out, normal_forms[i].out);
        assert_int_equal(
            hr_text_normalise(*state, &err, normal_forms[i].in, strlen(normal_forms[i].in), out, needed - 1),
            HR_INVALID);
        free(out);
    }
}

static void fast_and_slow_path_agree(void **state) {
    /* A zero-width space, which goes, sends the same text through ICU. */
    hr_err err = english();
    static const char *const pieces[] = {"a", "7", " ", "王", "一", "鿿", "~", "  "};
    for (size_t i = 0; i < 4096; i++) {
        char in[64] = "", marked[68], fast[64], slow[64];
        for (size_t rest = i, n = 0; n < 4; n++, rest /= 8)
            strcat(in, pieces[rest % 8]);
        snprintf(marked, sizeof marked, "%s\u200b", in);
        assert_int_equal(hr_text_normalise(*state, &err, in, strlen(in), fast, sizeof fast), HR_OK);
        assert_int_equal(hr_text_normalise(*state, &err, marked, strlen(marked), slow, sizeof slow), HR_OK);
        assert_string_equal(fast, slow);
    }
}

/* ---- pinyin ---- */

static void names_are_read_with_their_surnames_readings(void **state) {
    static const struct {
        const char *name, *whole, *initials;
    } cases[] = {
        {"王小明", "wangxiaoming", "wxm"},
        {"欧阳娜", "ouyangna", "oyn"},
        {"单雄信", "shanxiongxin", "sxx"},
        {"王单", "wangdan", "wd"},
        {"仇英", "qiuying", "qy"},
        {"曾国藩", "zengguofan", "zgf"},
        {"解缙", "xiejin", "xj"},
        {"查良镛", "zhaliangyong", "zly"},
        {"万俟卨", "moqixie", "mqx"},
        {"万里", "wanli", "wl"},
        {"长孙无忌", "zhangsunwuji", "zswj"},
        {"王重庆", "wangchongqing", "wcq"},
        {"刘䶮", "liuyan", "ly"},
        {"𠮷野", "ye", "y"},
        {"阿里木·买买提", "alimumaimaiti", "almmmt"},
        {"陈Bob", "chenbob", "cb"},
        {"John Smith", "johnsmith", "js"},
        {"O'Brien", "obrien", "o"},
        {"Müller", "muller", "m"},
        {"Ольга", "olga", "o"},
        {"王小明2", "wangxiaoming2", "wxm2"},
        {"", "", ""},
        {"·🙂-", "", ""},
    };
    hr_err err = english();
    for (int round = 0; round < 2; round++) /* the second from the cache */
        for (size_t i = 0; i < COUNT(cases); i++) {
            char whole[64], initials[16];
            assert_int_equal(
                hr_text_pinyin(*state, &err, cases[i].name, whole, sizeof whole, initials, sizeof initials), HR_OK);
            assert_string_equal(whole, cases[i].whole);
            assert_string_equal(initials, cases[i].initials);
        }
}

static void a_pinyin_buffer_takes_what_fits(void **state) {
    hr_err err = english();
    for (size_t size = 1; size < 16; size++) {
        char *whole = malloc(size), *initials = malloc(size), expected[16];
        assert_non_null(whole);
        assert_non_null(initials);
        assert_int_equal(hr_text_pinyin(*state, &err, "王小明", whole, size, initials, size), HR_OK);
        snprintf(expected, sizeof expected, "%.*s", (int)size - 1, "wangxiaoming");
        assert_string_equal(whole, expected);
        snprintf(expected, sizeof expected, "%.*s", (int)size - 1, "wxm");
        assert_string_equal(initials, expected);
        free(whole);
        free(initials);
    }
}

static void every_common_character_has_at_most_one_syllable(void **state) {
    hr_err err = english();
    int without = 0;
    for (unsigned c = 0x4E00; c <= 0x9FA5; c++) {
        char name[4] = {(char)(0xE0 | c >> 12), (char)(0x80 | (c >> 6 & 0x3F)), (char)(0x80 | (c & 0x3F)), 0};
        char whole[32], initials[8];
        assert_int_equal(hr_text_pinyin(*state, &err, name, whole, sizeof whole, initials, sizeof initials), HR_OK);
        assert_in_range(strlen(initials), 0, 1);
        assert_int_equal(strspn(whole, "abcdefghijklmnopqrstuvwxyz"), strlen(whole));
        without += !*whole;
    }
    assert_in_range(without, 0, 200);
}

/* ---- encodings ---- */

static void valid_utf8_is_exactly_the_characters_of_unicode(void **state) {
    (void)state;
    int one = 0, two = 0, three = 0, four = 0;
    for (int a = 0; a < 256; a++) {
        one += hr_text_utf8_valid((char[]){(char)a}, 1, NULL);
        for (int b = 0; b < 256; b++) {
            two += a >= 0x80 && hr_text_utf8_valid((char[]){(char)a, (char)b}, 2, NULL);
            for (int c = 0; a >= 0xE0 && c < 256; c++)
                three += hr_text_utf8_valid((char[]){(char)a, (char)b, (char)c}, 3, NULL);
            static const int ends[] = {0x7F, 0x80, 0xBF, 0xC0};
            for (int i = 0; a >= 0xF0 && i < 16; i++)
                four += hr_text_utf8_valid((char[]){(char)a, (char)b, (char)ends[i / 4], (char)ends[i % 4]}, 4, NULL);
        }
    }
    assert_int_equal(one, 128);
    assert_int_equal(two, 0x800 - 0x80);
    assert_int_equal(three, 0x10000 - 0x800 - 0x800);
    assert_int_equal(four, 0x100000 / 4096 * 4);
}

static void the_first_wrong_byte_of_utf8_is_found(void **state) {
    (void)state;
    size_t bad_at = 99;
    char text[] = "abcdefghijkl王小明xyz";
    assert_true(hr_text_utf8_valid(text, strlen(text), &bad_at));
    assert_int_equal(bad_at, 99);
    for (size_t i = 0; i < strlen(text); i++) {
        char kept = text[i];
        text[i] = (char)0xFF;
        assert_false(hr_text_utf8_valid(text, strlen(text), &bad_at));
        size_t start = i < 12 || i >= 21 ? i : i - i % 3;
        assert_int_equal(bad_at, start);
        text[i] = kept;
    }
    assert_false(hr_text_utf8_valid(text, 14, &bad_at));
    assert_int_equal(bad_at, 12);
}

/* One text in both encodings: ASCII, characters of one to four bytes in each, line ends. */
static const char sample[] = "姓名,a䶮㐂𠮷\r\n王小明é€,z";
static const char sample_gb18030[] = "\xd0\xd5\xc3\xfb,a\xfe\x9f\x81\x39\xef\x31\x95\x34\xb2\x35\r\n"
                                     "\xcd\xf5\xd0\xa1\xc3\xf7\xa8\xa6\xa2\xe3,z";

static void an_encoding_is_told_from_the_first_bytes(void **state) {
    (void)state;
    assert_string_equal(hr_text_detect("", 0), "utf-8");
    assert_string_equal(hr_text_detect("name,sex", 8), "utf-8");
    for (size_t length = 0; length < sizeof sample; length++) /* a character may be cut */
        assert_string_equal(hr_text_detect(sample, length), "utf-8");
    assert_string_equal(hr_text_detect("\xEF\xBB\xBF"
                                       "a",
                                       4),
                        "utf-8");
    for (size_t length = 2; length < sizeof sample_gb18030; length++)
        assert_string_equal(hr_text_detect(sample_gb18030, length), "gb18030");
}

typedef struct decoded {
    hr_status status;
    char text[256];
    size_t length;
    uint64_t bad_at;
} decoded;

/* Feeds `length` bytes cut at `first` and `second`, each piece from a block of exactly its size. */
static decoded decode(const char *encoding, const char *bytes, size_t length, size_t first, size_t second) {
    const size_t cuts[] = {0, first, second, length};
    hr_err err = english();
    hr_decoder *decoder = NULL;
    decoded got = {.status = HR_OK, .bad_at = UINT64_MAX};
    assert_int_equal(hr_decoder_new(&err, encoding, &decoder), HR_OK);
    for (int i = 0; i < 3 && got.status == HR_OK; i++) {
        const char *out = NULL;
        size_t size = cuts[i + 1] - cuts[i], out_length = 0;
        char *piece = malloc(size + 1);
        assert_non_null(piece);
        memcpy(piece, bytes + cuts[i], size);
        got.status = hr_decoder_feed(decoder, piece, size, i == 2, &out, &out_length, &got.bad_at);
        memset(piece, 'x', size); /* what came out must not point into it */
        assert_true(got.length + out_length <= sizeof got.text);
        memcpy(got.text + got.length, out, out_length);
        got.length += out_length;
        free(piece);
    }
    hr_decoder_free(decoder);
    return got;
}

static void assert_decodes_however_cut(const char *encoding, const char *bytes, size_t length, const char *expected) {
    for (size_t first = 0; first <= length; first++)
        for (size_t second = first; second <= length; second++) {
            decoded got = decode(encoding, bytes, length, first, second);
            assert_int_equal(got.status, HR_OK);
            assert_int_equal(got.length, strlen(expected));
            assert_memory_equal(got.text, expected, got.length);
            assert_true(got.bad_at == UINT64_MAX);
        }
}

static void assert_fails_at_however_cut(const char *encoding, const char *bytes, size_t length, uint64_t bad_at,
                                        const char *before) {
    for (size_t first = 0; first <= length; first++)
        for (size_t second = first; second <= length; second++) {
            decoded got = decode(encoding, bytes, length, first, second);
            assert_int_equal(got.status, HR_INVALID);
            assert_int_equal(got.bad_at, bad_at);
            assert_int_equal(got.length, strlen(before));
            assert_memory_equal(got.text, before, got.length);
        }
}

static void a_file_decodes_alike_wherever_its_pieces_are_cut(void **state) {
    (void)state;
    assert_decodes_however_cut("utf-8", sample, strlen(sample), sample);
    assert_decodes_however_cut("gb18030", sample_gb18030, strlen(sample_gb18030), sample);
    assert_decodes_however_cut("utf-8", "", 0, "");
    assert_decodes_however_cut("gb18030", "", 0, "");
}

static void a_byte_order_mark_is_taken_off_the_start_only(void **state) {
    (void)state;
    assert_decodes_however_cut("utf-8", "\xEF\xBB\xBF姓名", 9, "姓名");
    assert_decodes_however_cut("utf-8", "a\xEF\xBB\xBF", 4, "a\xEF\xBB\xBF");
    assert_decodes_however_cut("utf-8", "\xEF\xBB\xBF", 3, "");
    assert_decodes_however_cut("gb18030", "\x84\x31\x95\x33\xd0\xd5", 6, "姓");
}

static void a_bad_byte_is_found_to_the_byte_however_the_file_is_cut(void **state) {
    (void)state;
    assert_fails_at_however_cut("utf-8", "王小\xFF明", 10, 6, "王小");
    assert_decodes_however_cut("utf-8", "王小明", 9, "王小明");
    assert_fails_at_however_cut("utf-8", "王\xE5\xB0,a", 7, 3, "王");
    assert_fails_at_however_cut("utf-8", "\xEF\xBB\xBF王\xC0\x80", 8, 6, "王");
    assert_fails_at_however_cut("utf-8", "a\xED\xA0\x80", 4, 1, "a");
    assert_fails_at_however_cut("gb18030", "\xcd\xf5\xd0\xa1\xff\xc3\xf7", 7, 4, "王小");
    assert_decodes_however_cut("gb18030", "\xcd\xf5\xd0\xa1\xc3\xf7", 6, "王小明");
    assert_fails_at_however_cut("gb18030", "\xcd\xf5\x80\xc3\xf7", 5, 2, "王"); /* 80 only ends a character */
    assert_decodes_however_cut("gb18030", "\xcd\xf5\x81\x80z", 5, "王亐z");
    assert_fails_at_however_cut("gb18030", "\xcd\xf5\xd0\x20z", 5, 2, "王");
    assert_fails_at_however_cut("gb18030", "\xcd\xf5\x81\x39\xef\x20z", 7, 2, "王");
    assert_fails_at_however_cut("gb18030", "\xcd\xf5\xe3\x32\x9a\x36z", 7, 2, "王");
    assert_decodes_however_cut("gb18030", "\xcd\xf5\x81\x39\xef\x31z", 7, "王㐂z");
}

static void a_character_cut_off_by_the_end_of_the_file_is_bad(void **state) {
    (void)state;
    assert_fails_at_however_cut("utf-8", "王小明", 8, 6, "王小");
    assert_fails_at_however_cut("utf-8", "ab\xF0\xA0\xAE", 5, 2, "ab");
    assert_fails_at_however_cut("gb18030", "\xcd\xf5\xd0", 3, 2, "王");
    assert_fails_at_however_cut("gb18030", "\xcd\xf5\x81\x39\xef", 5, 2, "王");
    assert_decodes_however_cut("gb18030", "\xcd\xf5", 2, "王");
}

static void a_long_piece_decodes_as_short_ones_do(void **state) {
    (void)state;
    enum { TIMES = 5001 };
    const size_t unit = strlen(sample_gb18030), length = unit * TIMES, expected = strlen(sample) * TIMES;
    char *bytes = malloc(length + 1);
    hr_err err = english();
    hr_decoder *decoder;
    const char *out;
    size_t out_length;
    uint64_t bad_at = 0;
    assert_non_null(bytes);
    for (size_t i = 0; i < TIMES; i++)
        memcpy(bytes + i * unit, sample_gb18030, unit);
    assert_int_equal(hr_decoder_new(&err, "gb18030", &decoder), HR_OK);
    assert_int_equal(hr_decoder_feed(decoder, bytes, length, false, &out, &out_length, &bad_at), HR_OK);
    assert_int_equal(out_length, expected);
    for (size_t i = 0; i < TIMES; i++)
        assert_memory_equal(out + i * strlen(sample), sample, strlen(sample));
    bytes[length] = (char)0xFF;
    assert_int_equal(hr_decoder_feed(decoder, bytes, length + 1, true, &out, &out_length, &bad_at), HR_INVALID);
    assert_int_equal(bad_at, 2 * length);
    assert_int_equal(out_length, expected);
    assert_int_equal(hr_decoder_feed(decoder, "a", 1, true, &out, &out_length, &bad_at), HR_INVALID);
    assert_int_equal(bad_at, 2 * length);
    assert_int_equal(out_length, 0);
    hr_decoder_free(decoder);
    free(bytes);
}

static void an_unknown_encoding_is_refused(void **state) {
    (void)state;
    hr_err err = english();
    hr_decoder *decoder = NULL;
    assert_int_equal(hr_decoder_new(&err, "latin1", &decoder), HR_INVALID);
    assert_null(decoder);
    assert_says(&err, "\"latin1\"");
    hr_decoder_free(NULL);
    hr_text_free(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_language_follows_the_environment_as_gettext_reads_it),
        cmocka_unit_test(a_language_that_is_given_overrides_the_environment),
        cmocka_unit_test(a_failure_keeps_its_status_and_message_until_cleared),
        cmocka_unit_test(a_message_can_be_wrapped_into_another),
        cmocka_unit_test(a_message_is_one_line_of_whole_characters),
        cmocka_unit_test(a_system_error_says_what_to_do_in_both_languages),
        cmocka_unit_test(every_day_of_two_centuries_agrees_with_the_c_library),
        cmocka_unit_test(no_number_but_the_calendars_days_is_a_whole_date),
        cmocka_unit_test(leap_years_follow_the_gregorian_rule),
        cmocka_unit_test(an_unknown_part_can_mean_any_day_of_its_month_or_year),
        cmocka_unit_test(every_form_of_a_date_is_read),
        cmocka_unit_test(what_is_no_date_is_refused_with_its_reason),
        cmocka_unit_test(a_date_is_printed_as_far_as_it_is_known),
        cmocka_unit_test(today_is_the_local_calendars_day),
        cmocka_unit_test(a_wrong_date_is_named_with_column_value_and_remedy),
        cmocka_unit_test(a_name_or_id_number_in_a_dates_column_is_not_repeated),
        cmocka_unit_test(a_time_of_a_day_is_read_in_the_forms_that_clocks_write),
        cmocka_unit_test(a_time_with_an_offset_is_brought_to_the_clock_on_the_wall),
        cmocka_unit_test(what_is_no_time_of_a_day_is_refused),
        cmocka_unit_test(seconds_between_times_are_counted_over_midnight_months_and_leap_days),
        cmocka_unit_test(the_end_of_a_day_minute_or_second_is_its_last_millisecond),
        cmocka_unit_test(the_standards_own_examples_are_valid),
        cmocka_unit_test(a_lower_case_x_is_accepted),
        cmocka_unit_test(an_old_number_is_upgraded_to_eighteen_characters),
        cmocka_unit_test(the_check_character_agrees_with_the_standards_recursion),
        cmocka_unit_test(any_one_wrong_character_is_caught),
        cmocka_unit_test(neighbours_that_changed_places_are_caught),
        cmocka_unit_test(the_message_names_the_right_check_character_and_the_given_one),
        cmocka_unit_test(the_birth_date_in_a_number_must_exist_and_not_lie_ahead),
        cmocka_unit_test(the_first_two_digits_are_a_region),
        cmocka_unit_test(no_message_repeats_an_identifier),
        cmocka_unit_test(a_length_is_told_in_characters),
        cmocka_unit_test(a_file_number_has_seventeen_digits),
        cmocka_unit_test(a_certificate_is_an_id_number_with_kind_and_grade),
        cmocka_unit_test(a_certificate_that_is_not_one_says_which_character),
        cmocka_unit_test(an_area_code_has_two_four_six_nine_or_twelve_digits),
        cmocka_unit_test(the_parent_of_an_area_is_its_next_shorter_prefix),
        cmocka_unit_test(an_area_lies_within_itself_and_its_prefixes_only),
        cmocka_unit_test(tiers_are_named_and_read_back),
        cmocka_unit_test_setup_teardown(a_field_is_made_half_width_composed_and_trimmed, open_text, close_text),
        cmocka_unit_test_setup_teardown(a_name_from_gb18030_does_not_depend_on_the_edition, open_text, close_text),
        cmocka_unit_test_setup_teardown(normalising_again_changes_nothing, open_text, close_text),
        cmocka_unit_test_setup_teardown(a_field_is_read_only_as_far_as_it_reaches, open_text, close_text),
        cmocka_unit_test_setup_teardown(what_does_not_fit_is_refused_and_what_just_fits_is_not, open_text, close_text),
        cmocka_unit_test_setup_teardown(fast_and_slow_path_agree, open_text, close_text),
        cmocka_unit_test_setup_teardown(names_are_read_with_their_surnames_readings, open_text, close_text),
        cmocka_unit_test_setup_teardown(a_pinyin_buffer_takes_what_fits, open_text, close_text),
        cmocka_unit_test_setup_teardown(every_common_character_has_at_most_one_syllable, open_text, close_text),
        cmocka_unit_test(valid_utf8_is_exactly_the_characters_of_unicode),
        cmocka_unit_test(the_first_wrong_byte_of_utf8_is_found),
        cmocka_unit_test(an_encoding_is_told_from_the_first_bytes),
        cmocka_unit_test(a_file_decodes_alike_wherever_its_pieces_are_cut),
        cmocka_unit_test(a_byte_order_mark_is_taken_off_the_start_only),
        cmocka_unit_test(a_bad_byte_is_found_to_the_byte_however_the_file_is_cut),
        cmocka_unit_test(a_character_cut_off_by_the_end_of_the_file_is_bad),
        cmocka_unit_test(a_long_piece_decodes_as_short_ones_do),
        cmocka_unit_test(an_unknown_encoding_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
