/* Identifiers: what makes one possible, and what a person has to look at when it is not.
 *
 * All are kept as integers, which index and compare fast and cannot be spelled in two ways. Each check that fails says
 * which character is wrong; none repeats the number, because messages are shown, logged and sent around. */
#include "base/ident.h"
#include <string.h>

/* Only births from this day on are compared with the clock: asking it takes a lock that every thread shares. */
enum { CLOCK_FROM = 20240101 };
enum { ID_DIGITS = 17, ID_LENGTH = 18, OLD_ID_LENGTH = 15, FILE_DIGITS = 17, CERTIFICATE_LENGTH = 20 };

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* Length in characters, as a person counts them. */
static int characters(const char *text) {
    int count = 0;
    for (; *text; text++)
        count += ((unsigned char)*text & 0xC0) != 0x80;
    return count;
}

/* The place, from 1, of the first of `count` characters that is no digit; 0: all are. */
static int first_no_digit(const char *text, int count) {
    for (int i = 0; i < count; i++)
        if (!is_digit(text[i]))
            return i + 1;
    return 0;
}

static int64_t to_integer(const char *digits, int count) {
    int64_t value = 0;
    for (int i = 0; i < count; i++)
        value = value * 10 + (digits[i] - '0');
    return value;
}

/* Writes a positive `value` of at most `most` digits; "" for anything else. */
static void write_integer(int64_t value, int most, char *out) {
    char reversed[20];
    int count = 0;
    for (; value > 0; value /= 10)
        reversed[count++] = (char)('0' + value % 10);
    if (count > most)
        count = 0;
    for (int i = 0; i < count; i++)
        out[i] = reversed[count - 1 - i];
    out[count] = '\0';
}

static hr_status fail_no_digit(hr_err *err, const char *column, int place) {
    return hr_fail(err, HR_INVALID,
                   HR_TR(err, "%s: character %d should be a digit; check it and type it again",
                         "%s：第%d位应为数字；请核对后重新填写"),
                   column, place);
}

/* ISO 7064 MOD 11-2: GB 11643 gives the weights from the first digit on, here they are from the last. */
char hr_id_number_check(hr_id_number id) {
    static const int weights[ID_DIGITS] = {2, 4, 8, 5, 10, 9, 7, 3, 6, 1, 2, 4, 8, 5, 10, 9, 7};
    int sum = 0;
    for (int i = 0; i < ID_DIGITS; i++, id /= 10)
        sum += weights[i] * (int)(id % 10);
    return "10X98765432"[sum % 11];
}

/* Whether the first two digits are a province-level division of GB/T 2260, or 83 (permits for residents of Taiwan; 81
 * and 82 are Hong Kong and Macao in both lists) or 91 (permanent residence cards of foreigners issued before 2023). */
static bool is_region(int code) {
    static const struct {
        int first, last;
    } regions[] = {{11, 15}, {21, 23}, {31, 37}, {41, 46}, {50, 54}, {61, 65}, {71, 71}, {81, 83}, {91, 91}};
    for (size_t i = 0; i < sizeof regions / sizeof *regions; i++)
        if (code >= regions[i].first && code <= regions[i].last)
            return true;
    return false;
}

static hr_status check_birth(hr_err *err, const char *column, hr_date birth, int last_place) {
    if (!hr_date_whole(birth))
        return hr_fail(err, HR_INVALID,
                       HR_TR(err,
                             "%s: characters 7 to %d are no date that exists; check the number against the ID card",
                             "%s：第7至%d位不是存在的出生日期；请核对身份证"),
                       column, last_place);
    if (birth >= CLOCK_FROM && birth > hr_date_today())
        return hr_fail(err, HR_INVALID,
                       HR_TR(err,
                             "%s: the birth date in it (characters 7 to %d) lies after today; check the number against "
                             "the ID card and the computer's clock",
                             "%s：其中的出生日期（第7至%d位）晚于今天；请核对身份证和电脑时钟"),
                       column, last_place);
    return HR_OK;
}

/* The first 17 digits of a number of either length; its characters are digits where they must be. */
static hr_id_number first_digits(const char *text, bool old) {
    if (!old)
        return to_integer(text, ID_DIGITS);
    const int64_t after_century = 1000000000; /* birth date without century 6, order 3 */
    return (to_integer(text, 6) * 100 + 19) * after_century + to_integer(text + 6, 9);
}

hr_status hr_id_number_parse(hr_err *err, const char *column, const char *text, hr_id_number *out) {
    size_t length = strlen(text);
    bool old = length == OLD_ID_LENGTH;
    if (!old && length != ID_LENGTH)
        return hr_fail(err, HR_INVALID,
                       HR_TR(err,
                             "%s: an ID number has 18 characters (15 on old cards), this one has %d; check the ID card",
                             "%s：身份证号应为18位（旧证15位），现为%d位；请核对身份证"),
                       column, characters(text));
    int place = first_no_digit(text, old ? OLD_ID_LENGTH : ID_DIGITS);
    if (place)
        return fail_no_digit(err, column, place);
    if (!is_region((int)to_integer(text, 2)))
        return hr_fail(err, HR_INVALID,
                       HR_TR(err, "%s: the first two digits are no region of China (GB/T 2260); check the ID card",
                             "%s：前两位不是有效的省级区划代码（GB/T 2260）；请核对身份证"),
                       column);
    hr_id_number id = first_digits(text, old);
    hr_status status = check_birth(err, column, hr_id_number_birth(id), old ? 12 : 14);
    if (status != HR_OK)
        return status;
    if (!old) {
        char given = text[ID_DIGITS] == 'x' ? 'X' : text[ID_DIGITS], right = hr_id_number_check(id);
        if (!is_digit(given) && given != 'X')
            return hr_fail(err, HR_INVALID,
                           HR_TR(err, "%s: character 18 should be a digit or X; check the ID card",
                                 "%s：第18位校验码应为数字或 X；请核对身份证"),
                           column);
        if (given != right)
            return hr_fail(
                err, HR_INVALID,
                HR_TR(err,
                      "%s: the check character (18th) should be %c, but is %c; check the whole number against "
                      "the ID card",
                      "%s：第18位校验码应为 %c（现为 %c）；请核对身份证"),
                column, right, given);
    }
    *out = id;
    return HR_OK;
}

char *hr_id_number_format(hr_id_number id, char out[HR_ID_NUMBER_SIZE]) {
    write_integer(id, ID_DIGITS, out);
    if (strlen(out) == ID_DIGITS) {
        out[ID_DIGITS] = hr_id_number_check(id);
        out[ID_LENGTH] = '\0';
    }
    return out;
}

hr_date hr_id_number_birth(hr_id_number id) {
    return (hr_date)(id / 1000 % 100000000);
}

int hr_id_number_sex(hr_id_number id) {
    return id % 2 != 0 ? 1 : 2;
}

hr_status hr_file_number_parse(hr_err *err, const char *column, const char *text, hr_file_number *out) {
    int length = characters(text), place = strlen(text) == FILE_DIGITS ? first_no_digit(text, FILE_DIGITS) : 0;
    if (strlen(text) != FILE_DIGITS)
        return hr_fail(
            err, HR_INVALID,
            HR_TR(err,
                  "%s: a file number has 17 digits (county 6, street 3, committee 3, serial 5), this one has %d; "
                  "check it against the file's cover",
                  "%s：档案编号应为17位数字（区县6位、街道3位、居委会3位、序号5位），现为%d位；请核对档案封面"),
            column, length);
    if (place)
        return fail_no_digit(err, column, place);
    if (text[0] == '0')
        return hr_fail(
            err, HR_INVALID,
            HR_TR(err, "%s: a file number begins with a county code, never with 0; check it against the file's cover",
                  "%s：档案编号以区县代码开头，首位不能为 0；请核对档案封面"),
            column);
    *out = to_integer(text, FILE_DIGITS);
    return HR_OK;
}

char *hr_file_number_format(hr_file_number number, char out[HR_FILE_NUMBER_SIZE]) {
    write_integer(number, FILE_DIGITS, out);
    return out;
}

static hr_status check_certificate_end(hr_err *err, const char *column, const char *text) {
    if (text[18] < '1' || text[18] > '7')
        return hr_fail(err, HR_INVALID,
                       HR_TR(err, "%s: character 19, the kind of disability, should be 1 to 7; check the certificate",
                             "%s：第19位是残疾类别，应为 1 至 7；请核对残疾人证"),
                       column);
    if (text[19] < '1' || text[19] > '4')
        return hr_fail(err, HR_INVALID,
                       HR_TR(err, "%s: character 20, the grade of disability, should be 1 to 4; check the certificate",
                             "%s：第20位是残疾等级，应为 1 至 4；请核对残疾人证"),
                       column);
    if (text[20] && ((text[20] != 'B' && text[20] != 'b') || !is_digit(text[21])))
        return hr_fail(
            err, HR_INVALID,
            HR_TR(err, "%s: characters 21 and 22 should be B and a digit (replaced certificate); check the certificate",
                  "%s：第21、22位应为字母 B 和一位数字（补发证）；请核对残疾人证"),
            column);
    return HR_OK;
}

hr_status hr_certificate_parse(hr_err *err, const char *column, const char *text, hr_certificate *out) {
    size_t length = strlen(text);
    if (length != CERTIFICATE_LENGTH && length != CERTIFICATE_LENGTH + 2)
        return hr_fail(
            err, HR_INVALID,
            HR_TR(err,
                  "%s: a certificate number has 20 characters (ID number 18, kind 1, grade 1), or 22 with B and a "
                  "digit when replaced; this one has %d; check the certificate",
                  "%s：残疾人证号应为20位（身份证号18位、类别1位、等级1位），补发证另加字母 B 和一位数字共22位，"
                  "现为%d位；请核对残疾人证"),
            column, characters(text));
    hr_certificate certificate = {.id = 0};
    memcpy(certificate.text, text, ID_LENGTH);
    hr_status status = hr_id_number_parse(err, column, certificate.text, &certificate.id);
    if (status == HR_OK)
        status = check_certificate_end(err, column, text);
    if (status != HR_OK)
        return status;
    certificate.kind = text[18] - '0';
    certificate.grade = text[19] - '0';
    memcpy(certificate.text, text, length);
    for (char *at = certificate.text; *at; at++)
        *at = *at == 'x' ? 'X' : *at == 'b' ? 'B' : *at;
    *out = certificate;
    return HR_OK;
}

/* The lengths an area code can have, longest first: the number's range, its tier, and what to divide by for its parent.
 */
static const struct {
    hr_area first, end;
    hr_tier tier;
    int to_parent;
} lengths[] = {
    {100000000000, 1000000000000, HR_TIER_COMMITTEE, 1000},
    {100000000, 1000000000, HR_TIER_STREET, 1000},
    {100000, 1000000, HR_TIER_DISTRICT, 100},
    {1000, 10000, HR_TIER_CITY, 100},
    {10, 100, HR_TIER_CITY, 0},
};
enum { LENGTHS = sizeof lengths / sizeof *lengths };

static int length_of(hr_area area) {
    for (int i = 0; i < LENGTHS; i++)
        if (area >= lengths[i].first && area < lengths[i].end)
            return i;
    return -1;
}

hr_tier hr_area_tier(hr_area area) {
    int i = length_of(area);
    return i < 0 ? HR_TIER_NONE : lengths[i].tier;
}

hr_area hr_area_parent(hr_area area) {
    int i = length_of(area);
    return i < 0 || lengths[i].to_parent == 0 ? 0 : area / lengths[i].to_parent;
}

bool hr_area_within(hr_area area, hr_area parent) {
    if (length_of(parent) < 0)
        return false;
    while (area > parent)
        area = hr_area_parent(area);
    return area == parent;
}

/* The value is not repeated: it may be a name, an ID number or a phone number from a column that got mixed up. */
hr_status hr_area_parse(hr_err *err, const char *column, const char *text, hr_area *out) {
    int length = characters(text);
    int place = first_no_digit(text, (int)strnlen(text, HR_AREA_SIZE - 1));
    if (place)
        return fail_no_digit(err, column, place);
    hr_area area = strlen(text) < HR_AREA_SIZE ? to_integer(text, length) : 0;
    if (text[0] == '0')
        return hr_fail(err, HR_INVALID,
                       HR_TR(err, "%s: an area code never begins with 0; check it against the list of areas",
                             "%s：区划代码首位不会是 0；请核对区划代码表"),
                       column);
    if (area == 0 || length_of(area) < 0)
        return hr_fail(
            err, HR_INVALID,
            HR_TR(err,
                  "%s: an area code has 2 or 4 (city), 6 (district), 9 (street) or 12 (committee) digits, this one "
                  "has %d; check it against the list of areas",
                  "%s：区划代码应为 2 或 4 位（市）、6 位（区县）、9 位（街道）或 12 位（居委会），现为%d位；"
                  "请核对区划代码表"),
            column, length);
    *out = area;
    return HR_OK;
}

static const char *const tier_names[] = {
    [HR_TIER_NONE] = "",         [HR_TIER_CITY] = "city",           [HR_TIER_DISTRICT] = "district",
    [HR_TIER_STREET] = "street", [HR_TIER_COMMITTEE] = "committee",
};

const char *hr_tier_name(hr_tier tier) {
    return tier >= HR_TIER_NONE && tier <= HR_TIER_COMMITTEE ? tier_names[tier] : "";
}

hr_tier hr_tier_parse(const char *name) {
    for (int tier = HR_TIER_CITY; tier <= HR_TIER_COMMITTEE; tier++)
        if (strcmp(name, tier_names[tier]) == 0)
            return (hr_tier)tier;
    return HR_TIER_NONE;
}

char *hr_area_format(hr_area area, char out[HR_AREA_SIZE]) {
    write_integer(area, HR_AREA_SIZE - 1, out);
    return out;
}
