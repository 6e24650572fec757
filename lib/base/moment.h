/* Moments: a time of a day to the second as the clock on the wall shows it, as the integer yyyymmddhhmmss. Emergency
 * calls have them. */
#ifndef HR_BASE_MOMENT_H
#define HR_BASE_MOMENT_H

#include "base/date.h"

typedef int64_t hr_moment;

/* Reads a whole date in any form of hr_date_parse and after a blank or a T the time 8:15, 08:15 or 08:15:02, fractions
 * of a second cut off. With Z or an offset (+08:00) behind it, the time is brought to this computer's time zone. `text`
 * is normalised. HR_INVALID names `column` and the forms. */
hr_status hr_moment_parse(hr_err *err, const char *column, const char *text, hr_moment *out);
#define HR_MOMENT_SIZE 20
char *hr_moment_format(hr_moment moment, char out[HR_MOMENT_SIZE]); /* "2026-11-25 08:15:02"; "" for 0 */
hr_moment hr_moment_now(void);
static inline hr_date hr_moment_date(hr_moment moment) {
    return (hr_date)(moment / 1000000);
}
/* Seconds from one to another, as clocks count them. */
int64_t hr_moment_between(hr_moment from, hr_moment to);
/* Milliseconds since 1970 at which the second begins; and the moment of such a time. */
int64_t hr_moment_ms(hr_moment moment);
hr_moment hr_moment_of_ms(int64_t ms);
#define HR_UTC_SIZE 32
char *hr_utc_format(int64_t ms, char out[HR_UTC_SIZE]); /* "2026-11-24T08:15:02Z" of such a time */
/* Milliseconds since 1970 at the end of what `text` names: of a time that second or minute, of a date that day. For
 * asking what was known at a moment. HR_INVALID as hr_moment_parse. */
hr_status hr_moment_end_ms(hr_err *err, const char *column, const char *text, int64_t *out);

#endif
