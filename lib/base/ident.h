/* Identifiers: resident ID number (GB 11643), health file number, disability certificate number, area codes.
 * Pure functions; input is normalised text (half-width, trimmed), see text.h. */
#ifndef HR_BASE_IDENT_H
#define HR_BASE_IDENT_H

#include "base/date.h"

/* An ID number is kept as the integer of its first 17 digits: the 18th is computed from them. 0: none. */
typedef int64_t hr_id_number;
#define HR_ID_NUMBER_SIZE 19
/* 18 characters, or 15 as issued before 1999 (upgraded with century 19 and a check character). Lower-case x is
 * accepted. The check character must be right, the birth date in it must exist and not lie after today, the first six
 * digits must begin with a region of GB/T 2260, or with 83 or 91 as on residence permits. The failure message
 * (HR_INVALID) names `column`, says which character is wrong and what it should be, but never prints the number itself.
 */
hr_status hr_id_number_parse(hr_err *err, const char *column, const char *text, hr_id_number *out);
char *hr_id_number_format(hr_id_number id, char out[HR_ID_NUMBER_SIZE]); /* upper-case X; "" for 0 */
hr_date hr_id_number_birth(hr_id_number id);
int hr_id_number_sex(hr_id_number id); /* GB/T 2261.1: 1 male, 2 female */
char hr_id_number_check(hr_id_number id);

/* 17 digits: county 6, street 3, committee 3, serial 5. Kept as an integer. 0: none. */
typedef int64_t hr_file_number;
#define HR_FILE_NUMBER_SIZE 18
hr_status hr_file_number_parse(hr_err *err, const char *column, const char *text, hr_file_number *out);
char *hr_file_number_format(hr_file_number number, char out[HR_FILE_NUMBER_SIZE]); /* "" for 0 */

/* Disability certificate: the 18-character ID number, kind 1..7, grade 1..4, and after a replacement B and one digit.
 */
#define HR_CERTIFICATE_SIZE 23
typedef struct hr_certificate {
    hr_id_number id;
    int kind, grade;
    char text[HR_CERTIFICATE_SIZE]; /* normalised: upper-case */
} hr_certificate;
hr_status hr_certificate_parse(hr_err *err, const char *column, const char *text, hr_certificate *out);

/* Area codes as integers: 11, 1101, 110105, 110105001, 110105001001. Codes never begin with 0, so their length, and
 * with it their tier, can be told from the number. */
typedef int64_t hr_area;
typedef enum hr_tier {
    HR_TIER_NONE = 0,
    HR_TIER_CITY = 1,
    HR_TIER_DISTRICT = 2,
    HR_TIER_STREET = 3,
    HR_TIER_COMMITTEE = 4
} hr_tier;
hr_status hr_area_parse(hr_err *err, const char *column, const char *text, hr_area *out);
hr_tier hr_area_tier(hr_area area); /* HR_TIER_NONE for a number of another length */
/* The next shorter code: committee, street, district, 4-digit city, 2-digit city; 0 above that. */
hr_area hr_area_parent(hr_area area);
bool hr_area_within(hr_area area, hr_area parent); /* equal, or parent is a prefix */
const char *hr_tier_name(hr_tier tier);            /* "city", "district", "street", "committee" */
hr_tier hr_tier_parse(const char *name);           /* HR_TIER_NONE for anything else */
#define HR_AREA_SIZE 13
char *hr_area_format(hr_area area, char out[HR_AREA_SIZE]);

#endif
