/* Times of a day. Arithmetic on the calendar is the C library's (timegm, mktime). */
#include "base/moment.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct tm parts_of(hr_moment moment) {
    return (struct tm){.tm_year = (int)(moment / 10000000000) - 1900,
                       .tm_mon = (int)(moment / 100000000 % 100) - 1,
                       .tm_mday = (int)(moment / 1000000 % 100),
                       .tm_hour = (int)(moment / 10000 % 100),
                       .tm_min = (int)(moment / 100 % 100),
                       .tm_sec = (int)(moment % 100),
                       .tm_isdst = -1};
}

static hr_moment moment_of(const struct tm *t) {
    hr_moment date = (hr_moment)(t->tm_year + 1900) * 10000 + (t->tm_mon + 1) * 100 + t->tm_mday;
    return date * 1000000 + t->tm_hour * 10000 + t->tm_min * 100 + t->tm_sec;
}

static bool read_two(const char **at, int least_digits, int most, int *out) {
    int digits = 0;
    for (*out = 0; **at >= '0' && **at <= '9' && digits < 2; digits++)
        *out = *out * 10 + (*(*at)++ - '0');
    return digits >= least_digits && *out <= most;
}

/* Minutes east of UTC at the end of a time; false when there is something else. *local: nothing is there. */
static bool read_offset(const char *at, bool *local, int *minutes) {
    int hours = 0, rest = 0;
    *local = *at == '\0';
    *minutes = 0;
    if (*local || strcmp(at, "Z") == 0 || strcmp(at, "z") == 0)
        return true;
    int sign = *at == '-' ? -1 : 1;
    if (*at != '+' && *at != '-')
        return false;
    at++;
    if (!read_two(&at, 2, 14, &hours))
        return false;
    at += *at == ':';
    if (*at && !read_two(&at, 2, 59, &rest))
        return false;
    *minutes = sign * (hours * 60 + rest);
    return *at == '\0';
}

/* Reads the time after the date. */
static bool read_time(const char *at, hr_date date, hr_moment *out) {
    int hour, minute, second = 0, offset;
    bool local;
    if (!read_two(&at, 1, 23, &hour) || *at++ != ':' || !read_two(&at, 2, 59, &minute))
        return false;
    if (*at == ':' && (at++, !read_two(&at, 2, 59, &second)))
        return false;
    if (*at == '.')
        at += 1 + strspn(at + 1, "0123456789");
    if (!read_offset(at, &local, &offset))
        return false;
    *out = (hr_moment)date * 1000000 + hour * 10000 + minute * 100 + second;
    if (local)
        return true;
    struct tm parts = parts_of(*out), here;
    time_t utc = timegm(&parts) - (time_t)offset * 60;
    if (!localtime_r(&utc, &here))
        return false;
    *out = moment_of(&here);
    return hr_date_whole(hr_moment_date(*out)); /* not over the end of the calendar */
}

hr_status hr_moment_parse(hr_err *err, const char *column, const char *text, hr_moment *out) {
    char day[64];
    size_t length = strcspn(text, " T");
    hr_date date;
    hr_moment moment;
    snprintf(day, sizeof day, "%.*s", (int)(length < sizeof day ? length : sizeof day - 1), text);
    if (text[length] && hr_date_parse(day, &date) == HR_DATE_OK && hr_date_whole(date) &&
        read_time(text + length + 1, date, &moment)) {
        *out = moment;
        return HR_OK;
    }
    return hr_fail(err, HR_INVALID,
                   HR_TR(err, "%s: the value is not a date and a time; write 2026-11-25 08:15 or 2026-11-25 08:15:02",
                         "%s：所填内容不是日期加时间；请写成 2026-11-25 08:15 或 2026-11-25 08:15:02"),
                   column);
}

char *hr_moment_format(hr_moment moment, char out[HR_MOMENT_SIZE]) {
    char date[HR_DATE_SIZE];
    *out = '\0';
    if (moment)
        snprintf(out, HR_MOMENT_SIZE, "%s %02d:%02d:%02d", hr_date_format(hr_moment_date(moment), date),
                 (int)(moment / 10000 % 100), (int)(moment / 100 % 100), (int)(moment % 100));
    return out;
}

hr_moment hr_moment_now(void) {
    return hr_moment_of_ms((int64_t)time(NULL) * 1000);
}

hr_moment hr_moment_of_ms(int64_t ms) {
    time_t second = (time_t)(ms / 1000);
    struct tm here;
    return localtime_r(&second, &here) ? moment_of(&here) : 0;
}

int64_t hr_moment_ms(hr_moment moment) {
    struct tm parts = parts_of(moment);
    return (int64_t)mktime(&parts) * 1000;
}

int64_t hr_moment_between(hr_moment from, hr_moment to) {
    struct tm a = parts_of(from), b = parts_of(to);
    return (int64_t)timegm(&b) - (int64_t)timegm(&a);
}

hr_status hr_moment_end_ms(hr_err *err, const char *column, const char *text, int64_t *out) {
    hr_date date;
    hr_moment moment;
    int64_t more = 1000;
    if (hr_date_parse(text, &date) == HR_DATE_OK) {
        moment = (hr_moment)hr_date_latest(date) * 1000000 + 235959;
    } else {
        hr_status status = hr_moment_parse(err, column, text, &moment);
        if (status != HR_OK)
            return status;
        if (!strchr(strchr(text, ':') + 1, ':')) /* only the minute is named */
            more = 60000;
    }
    *out = hr_moment_ms(moment) + more - 1;
    return HR_OK;
}

char *hr_utc_format(int64_t ms, char out[HR_UTC_SIZE]) {
    time_t seconds = (time_t)(ms / 1000);
    struct tm utc;
    gmtime_r(&seconds, &utc);
    strftime(out, HR_UTC_SIZE, "%Y-%m-%dT%H:%M:%SZ", &utc);
    return out;
}
