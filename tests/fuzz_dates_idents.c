/* Dates, identifiers, area codes: any text is given to every parser. What one accepts must be right by a second
 * computation made here, and must survive being written and read again; what it refuses must leave the result alone and
 * get a message that does not repeat the number.
 *
 * The first byte chooses the language of messages. The rest is normalised, as every caller does, and is also given as
 * it is: text that breaks the parsers' contract may be refused or accepted, but nothing worse. */
#include "base/date.h"
#include "base/ident.h"
#include "base/moment.h"
#include "base/text.h"
#include "fuzz.h"

enum { UNTOUCHED = -7, CLEAN_SIZE = 1024, SHOWN_DIGITS = 14 };

static const char column[] = "column";

/* Digits that follow one another in a message, at most. */
static size_t longest_number(const char *text) {
    size_t longest = 0, count = 0;
    for (; *text; text++) {
        count = *text >= '0' && *text <= '9' ? count + 1 : 0;
        longest = count > longest ? count : longest;
    }
    return longest;
}

/* Messages count characters and name standards ("GB/T 2260"); a number of a person is longer. */
static void must_be_refused(const hr_err *err, hr_status status, size_t most_digits) {
    must(status == HR_INVALID);
    must_be_failure(err, status);
    must(longest_number(err->text) <= most_digits);
}

/* ---- dates ---- */

static int days_of(int year, int month) {
    if (month == 2)
        return year % 400 == 0 || (year % 4 == 0 && year % 100 != 0) ? 29 : 28;
    return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

static void must_be_possible(hr_date date, const char *text) {
    int year = date / 10000, month = date / 100 % 100, day = date % 100;
    char digits[8];
    must(year >= 1850 && year <= 2199 && month <= 12);
    must(month ? day <= days_of(year, month) : day == 0);
    snprintf(digits, sizeof digits, "%d", year);
    must(strncmp(text, digits, 4) == 0);
    must(hr_date_valid(date) && hr_date_whole(date) == (day > 0));
}

static void must_contain(hr_date date) {
    hr_date first = hr_date_earliest(date), last = hr_date_latest(date);
    must(hr_date_whole(first) && hr_date_whole(last) && first <= last);
    must(first == last ? first == date : first > date && last > date);
    must(first / 10000 == date / 10000 && last / 10000 == date / 10000);
}

static void try_date(bool chinese, const char *text) {
    hr_err err = new_err(chinese);
    hr_date date = UNTOUCHED, again = UNTOUCHED;
    char written[HR_DATE_SIZE];
    hr_date_error why = hr_date_parse(text, &date);
    if (why != HR_DATE_OK) {
        must(date == UNTOUCHED);
        must_be_refused(&err, hr_date_fail(&err, why, column, text), SHOWN_DIGITS);
        return;
    }
    must_be_possible(date, text);
    must_contain(date);
    must(hr_date_parse(hr_date_format(date, written), &again) == HR_DATE_OK && again == date);
}

static void try_moment(bool chinese, const char *text) {
    hr_err err = new_err(chinese);
    hr_moment moment = -1, again = -1;
    char written[HR_MOMENT_SIZE];
    if (hr_moment_parse(&err, column, text, &moment) != HR_OK) {
        must(moment == -1);
        must_be_refused(&err, HR_INVALID, 4);
        return;
    }
    must(hr_date_whole(hr_moment_date(moment)));
    must(hr_moment_parse(&err, column, hr_moment_format(moment, written), &again) == HR_OK && again == moment);
}

/* ---- identifiers ---- */

/* GB 11643 by its other definition: with the check character counted in, the weighted sum leaves 1. */
static bool checks(const char *id) {
    int sum = 0;
    for (int i = 0; i < 18; i++)
        sum = (sum * 2 + (id[i] == 'X' ? 10 : id[i] - '0')) % 11;
    return sum == 1;
}

static void try_id_number(bool chinese, const char *text) {
    hr_err err = new_err(chinese);
    hr_id_number id = UNTOUCHED, again = UNTOUCHED;
    char written[HR_ID_NUMBER_SIZE];
    hr_status status = hr_id_number_parse(&err, column, text, &id);
    if (status != HR_OK) {
        must(id == UNTOUCHED);
        must_be_refused(&err, status, 4);
        return;
    }
    hr_id_number_format(id, written);
    must(strlen(written) == 18 && checks(written));
    if (strlen(text) == 18)
        must(strcasecmp(text, written) == 0);
    else
        must(strlen(text) == 15 && strncmp(text, written, 6) == 0 && strncmp(written + 6, "19", 2) == 0 &&
             strncmp(text + 6, written + 8, 9) == 0);
    must(hr_date_whole(hr_id_number_birth(id)));
    must(hr_id_number_sex(id) == ((written[16] - '0') % 2 ? 1 : 2));
    must(hr_id_number_parse(&err, column, written, &again) == HR_OK && again == id);
}

static void try_file_number(bool chinese, const char *text) {
    hr_err err = new_err(chinese);
    hr_file_number number = UNTOUCHED;
    char written[HR_FILE_NUMBER_SIZE];
    hr_status status = hr_file_number_parse(&err, column, text, &number);
    if (status == HR_OK) {
        must(strcmp(hr_file_number_format(number, written), text) == 0);
        return;
    }
    must(number == UNTOUCHED);
    must_be_refused(&err, status, 4);
}

static void try_certificate(bool chinese, const char *text) {
    hr_err err = new_err(chinese);
    hr_certificate certificate = {.kind = UNTOUCHED}, again = {.kind = UNTOUCHED};
    char id[HR_ID_NUMBER_SIZE];
    hr_status status = hr_certificate_parse(&err, column, text, &certificate);
    if (status != HR_OK) {
        must(certificate.kind == UNTOUCHED);
        must_be_refused(&err, status, 4);
        return;
    }
    must(strcasecmp(certificate.text, text) == 0);
    must(strncmp(hr_id_number_format(certificate.id, id), text, 17) == 0);
    must(certificate.kind == text[18] - '0' && certificate.kind >= 1 && certificate.kind <= 7);
    must(certificate.grade == text[19] - '0' && certificate.grade >= 1 && certificate.grade <= 4);
    must(hr_certificate_parse(&err, column, certificate.text, &again) == HR_OK);
    must(again.id == certificate.id && strcmp(again.text, certificate.text) == 0);
}

static void must_rise(hr_area area, const char *text) {
    hr_tier tier = hr_area_tier(area);
    must(tier != HR_TIER_NONE && hr_tier_parse(hr_tier_name(tier)) == tier);
    for (hr_area parent = hr_area_parent(area); parent; parent = hr_area_parent(parent)) {
        char written[HR_AREA_SIZE];
        must(hr_area_within(area, parent) && !hr_area_within(parent, area));
        must(strncmp(hr_area_format(parent, written), text, strlen(written)) == 0);
        must(hr_area_tier(parent) <= tier);
    }
}

static void try_area(bool chinese, const char *text) {
    hr_err err = new_err(chinese);
    hr_area area = UNTOUCHED;
    char written[HR_AREA_SIZE];
    hr_status status = hr_area_parse(&err, column, text, &area);
    if (status == HR_OK) {
        must(strcmp(hr_area_format(area, written), text) == 0);
        must_rise(area, text);
        return;
    }
    must(area == UNTOUCHED);
    must_be_refused(&err, status, HR_AREA_SIZE - 1);
}

/* ---- */

static void try_all(bool chinese, const char *text) {
    try_date(chinese, text);
    try_moment(chinese, text);
    try_id_number(chinese, text);
    try_file_number(chinese, text);
    try_certificate(chinese, text);
    try_area(chinese, text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static hr_text *ground;
    hr_err err = new_err(false);
    char clean[CLEAN_SIZE];
    if (!ground)
        must(hr_text_new(&err, &ground) == HR_OK);
    bool chinese = take(&data, &size) & 1;
    char *raw = text_of(data, size);
    if (hr_text_normalise(ground, &err, raw, strlen(raw), clean, sizeof clean) == HR_OK)
        try_all(chinese, clean);
    try_all(chinese, raw);
    free(raw);
    return 0;
}
