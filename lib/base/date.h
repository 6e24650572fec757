/* Dates as integers yyyymmdd with unknown parts 0 (GB/T 7408 order). Pure arithmetic on the Gregorian calendar. */
#ifndef HR_BASE_DATE_H
#define HR_BASE_DATE_H

#include "base/err.h"
#include <stdbool.h>

typedef int32_t hr_date;

/* Why a text is no date; hr_date_fail turns it into a message. */
typedef enum hr_date_error {
    HR_DATE_OK = 0,
    HR_DATE_FORM,  /* not one of the accepted forms */
    HR_DATE_MONTH, /* month not 1..12 */
    HR_DATE_DAY,   /* day that the month does not have */
    HR_DATE_YEAR   /* year before 1850 or after 2199 */
} hr_date_error;

/* Reads 2003-05-01, 2003-5-1, 2003/5/1, 2003.5.1, 2003-05, 2003/5, 2003, 20030501, 2003年5月1日, 2003年5月, 2003年, and
 * after a whole date the time 0:00, 00:00, 0:00:00 or 00:00:00 as Excel writes it. 2003.1 is refused: it is what Excel
 * makes of October, too. `text` is already normalised (half-width, trimmed), not empty. */
hr_date_error hr_date_parse(const char *text, hr_date *out);
/* A message for a failed parse: names the column, the value and the accepted forms. */
hr_status hr_date_fail(hr_err *err, hr_date_error why, const char *column, const char *value);
bool hr_date_valid(hr_date date);       /* a possible date, unknown parts allowed; 0 is not one */
bool hr_date_whole(hr_date date);       /* valid, and month and day known */
hr_date hr_date_latest(hr_date date);   /* last day it can mean; 0 stays 0 */
hr_date hr_date_earliest(hr_date date); /* first day it can mean; 0 stays 0 */
int hr_month_days(int year, int month);
hr_date hr_date_today(void); /* local calendar */
#define HR_DATE_SIZE 11
/* "2003-05-01", "2003-05", "2003"; "" for 0. Returns `out`. */
char *hr_date_format(hr_date date, char out[HR_DATE_SIZE]);

#endif
