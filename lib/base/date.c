/* Dates as rosters write them, and what an unknown part of one can mean.
 *
 * A date is read by trying the accepted forms in turn; a form is a pattern in which Y is four digits, M and D are one
 * or two, and anything else is itself. So the list of forms is a table that can be read and compared with date.h. */
#include "base/date.h"
#include <string.h>
#include <time.h>

enum { YEAR_MIN = 1850, YEAR_MAX = 2199 };

typedef struct parts {
    int year, month, day; /* month and day: -1 when the text does not give them */
} parts;

int hr_month_days(int year, int month) {
    static const int days[13] = {0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (month < 1 || month > 12)
        return 0;
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return month == 2 && leap ? 29 : days[month];
}

/* Reads `least` to `most` digits into *value; where they end, or NULL. */
static const char *read_digits(const char *at, int least, int most, int *value) {
    int count = 0;
    *value = 0;
    for (; count < most && *at >= '0' && *at <= '9'; count++)
        *value = *value * 10 + (*at++ - '0');
    return count >= least ? at : NULL;
}

static const char *read_form(const char *at, const char *form, parts *out) {
    *out = (parts){.month = -1, .day = -1};
    for (; *form && at; form++) {
        if (*form == 'Y')
            at = read_digits(at, 4, 4, &out->year);
        else if (*form == 'M')
            at = read_digits(at, 1, 2, &out->month);
        else if (*form == 'D')
            at = read_digits(at, 1, 2, &out->day);
        else
            at = *at == *form ? at + 1 : NULL;
    }
    return at;
}

static bool is_midnight(const char *text) {
    static const char *const forms[] = {" 0:00", " 00:00", " 0:00:00", " 00:00:00"};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        if (strcmp(text, forms[i]) == 0)
            return true;
    return false;
}

static bool read_compact(const char *text, parts *out) {
    if (strlen(text) < 8)
        return false;
    const char *end = read_digits(text, 4, 4, &out->year);
    if (end)
        end = read_digits(end, 2, 2, &out->month);
    if (end)
        end = read_digits(end, 2, 2, &out->day);
    return end && (*end == '\0' || is_midnight(end));
}

static bool read_parts(const char *text, parts *out) {
    static const char *const forms[] = {"Y-M-D", "Y/M/D", "Y.M.D", "Y年M月D日", "Y-M", "Y/M", "Y年M月", "Y", "Y年"};
    if (read_compact(text, out))
        return true;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        const char *end = read_form(text, forms[i], out);
        if (end && (*end == '\0' || (out->day >= 0 && is_midnight(end))))
            return true;
    }
    return false;
}

hr_date_error hr_date_parse(const char *text, hr_date *out) {
    parts p;
    if (!read_parts(text, &p))
        return HR_DATE_FORM;
    if (p.year < YEAR_MIN || p.year > YEAR_MAX)
        return HR_DATE_YEAR;
    if (p.month == 0 || p.month > 12)
        return HR_DATE_MONTH;
    if (p.day == 0 || (p.day > 0 && p.day > hr_month_days(p.year, p.month)))
        return HR_DATE_DAY;
    *out = p.year * 10000 + (p.month > 0 ? p.month * 100 : 0) + (p.day > 0 ? p.day : 0);
    return HR_DATE_OK;
}

/* A value in a date's column may be a name or an ID number when columns got mixed up; such a value is not repeated. */
static bool may_be_shown(const char *value) {
    static const char *const units[] = {"年", "月", "日"};
    size_t digits = 0;
    for (const char *at = value; *at;) {
        size_t size = *at < 0 || !strchr("0123456789-/.: ", *at) ? 0 : 1;
        for (size_t i = 0; i < 3 && size == 0; i++)
            if (strncmp(at, units[i], strlen(units[i])) == 0)
                size = strlen(units[i]);
        if (size == 0 || at - value > 32)
            return false;
        digits += *at >= '0' && *at <= '9';
        at += size;
    }
    return digits <= 14;
}

hr_status hr_date_fail(hr_err *err, hr_date_error why, const char *column, const char *value) {
    const char *reason = "";
    switch (why) {
    case HR_DATE_MONTH:
        reason = HR_TR(err, "has no possible month: it is 01 to 12; leave an unknown month out, as in 2003",
                       "月份不对，应为 01 至 12；月份不详时只填年份，如 2003");
        break;
    case HR_DATE_DAY:
        reason = HR_TR(err, "has a day that this month does not have; leave an unknown day out, as in 2003-05",
                       "日期不对，该月没有这一天；日不详时只填年月，如 2003-05");
        break;
    case HR_DATE_YEAR:
        reason =
            HR_TR(err, "has a year before 1850 or after 2199; correct the year", "年份不对，应为 1850 至 2199；请更正");
        break;
    case HR_DATE_FORM:
    case HR_DATE_OK:
    default:
        reason = HR_TR(
            err, "is not a date; write 2003-05-01, 20030501 or 2003年5月1日, or 2003-05 or 2003 if not all is known",
            "不是日期；请写成 2003-05-01、20030501 或 2003年5月1日，不全知道时写 2003-05 或 2003");
        break;
    }
    if (may_be_shown(value))
        return hr_fail(err, HR_INVALID, HR_TR(err, "%s: \"%s\" %s", "%s：“%s”%s"), column, value, reason);
    return hr_fail(err, HR_INVALID, HR_TR(err, "%s: the value %s", "%s：所填内容%s"), column, reason);
}

bool hr_date_valid(hr_date date) {
    int year = date / 10000, month = date / 100 % 100, day = date % 100;
    if (date <= 0 || year < YEAR_MIN || year > YEAR_MAX || month > 12)
        return false;
    return month == 0 ? day == 0 : day <= hr_month_days(year, month);
}

bool hr_date_whole(hr_date date) {
    return hr_date_valid(date) && date % 100 != 0;
}

hr_date hr_date_latest(hr_date date) {
    if (date == 0 || date % 100 != 0)
        return date;
    int month = date / 100 % 100;
    return month == 0 ? date + 1231 : date + hr_month_days(date / 10000, month);
}

hr_date hr_date_earliest(hr_date date) {
    if (date == 0 || date % 100 != 0)
        return date;
    return date / 100 % 100 == 0 ? date + 101 : date + 1;
}

hr_date hr_date_today(void) {
    time_t now = time(NULL);
    struct tm day;
    if (!localtime_r(&now, &day))
        return 0;
    return (day.tm_year + 1900) * 10000 + (day.tm_mon + 1) * 100 + day.tm_mday;
}

/* Digits one by one instead of snprintf: this runs for every date of every row that is printed. */
static char *write_digits(char *at, int value, int count) {
    for (int i = count - 1; i >= 0; i--, value /= 10)
        at[i] = (char)('0' + value % 10);
    return at + count;
}

char *hr_date_format(hr_date date, char out[HR_DATE_SIZE]) {
    char *at = out;
    if (date > 0 && date <= 99991231) {
        at = write_digits(at, date / 10000, 4);
        if (date / 100 % 100 != 0) {
            *at++ = '-';
            at = write_digits(at, date / 100 % 100, 2);
        }
        if (date % 100 != 0) {
            *at++ = '-';
            at = write_digits(at, date % 100, 2);
        }
    }
    *at = '\0';
    return out;
}
