/* The recovery key as people write it: 160 random bits as 32 Crockford base32 characters in 8 groups of 4, each group
 * followed by a check character, parted by hyphens: 47 characters.
 *
 * The check is a sum in GF(32), the field whose elements are just the alphabet's 32 values, so that it needs no symbol
 * beyond letters and digits (Crockford's own check modulo 37 needs * ~ $ =, which a Chinese input method turns into
 * full-width ones). With x a generator of the field, values v1..v4 and group number g from 1, the check is
 * x^5·g + x^4·v1 + x^3·v2 + x^2·v3 + x·v4. All weights (the check's own is 1) differ and none is 0, so one wrong
 * character, two swapped characters of a group, and two swapped groups are always found. docs/format.md repeats this
 * for a second reader. */
#include "vault/vault.h"
#include <string.h>

enum { GROUPS = 8, GROUP = 4, TYPED_GROUP = GROUP + 1, TYPED = GROUPS * TYPED_GROUP, SECRET = 20, BITS = 5 };

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/* Multiplies by x in GF(2)[x] / (x^5 + x^2 + 1). */
static unsigned times_x(unsigned value) {
    value <<= 1;
    return value & 32 ? value ^ 0x25 : value;
}

static unsigned check_of(const unsigned char values[GROUP], unsigned number) {
    unsigned sum = number;
    for (size_t i = 0; i < GROUP; i++)
        sum = times_x(sum) ^ values[i];
    return times_x(sum);
}

hr_status hr_recovery_new(hr_err *err, char out[HR_RECOVERY_KEY_SIZE]) {
    unsigned char *secret = hr_secret_new(SECRET);
    unsigned char values[GROUP];
    unsigned pending = 0, bits = 0;
    if (!secret)
        return hr_fail_memory(err);
    hr_random(secret, SECRET);
    const unsigned char *next = secret;
    for (unsigned group = 0; group < GROUPS; group++) {
        for (size_t i = 0; i < GROUP; i++, bits -= BITS) {
            if (bits < BITS) {
                pending = pending << 8 | *next++;
                bits += 8;
            }
            values[i] = pending >> (bits - BITS) & 31;
            *out++ = alphabet[values[i]];
        }
        *out++ = alphabet[check_of(values, group + 1)];
        *out++ = group + 1 < GROUPS ? '-' : '\0';
    }
    hr_wipe(values, sizeof values);
    hr_wipe(&pending, sizeof pending);
    hr_secret_free(secret);
    return HR_OK;
}

/* ---- reading ---- */

enum { SKIP = 32, WRONG = 33 }; /* beside the values 0..31 */

/* The next character of UTF-8 text, full-width ones (as input methods type them) as their ASCII forms; what has no
 * ASCII form is '?', but for the dashes and the space that a person may take for ours. */
static char next_ascii(const char **at) {
    static const char *const dashes[] = {"\u2010", "\u2011", "\u2012", "\u2013", "\u2014", "\u2212"};
    const unsigned char *c = (const unsigned char *)*at;
    size_t size = 1;
    char found = '?';
    if (c[0] < 0x80) {
        found = (char)c[0];
    } else {
        while ((c[size] & 0xC0) == 0x80)
            size++;
        if (size == 3 && c[0] == 0xEF && c[1] == 0xBC && c[2] > 0x80)
            found = (char)(c[2] - 0x60);
        else if (size == 3 && c[0] == 0xEF && c[1] == 0xBD && c[2] <= 0x9E)
            found = (char)(c[2] - 0x20);
        else if (size == 3 && memcmp(c, "\u3000", 3) == 0)
            found = ' ';
        for (size_t i = 0; size == 3 && i < sizeof dashes / sizeof *dashes; i++)
            if (memcmp(c, dashes[i], 3) == 0)
                found = '-';
    }
    *at += size;
    return found;
}

static unsigned char value_of(char c) {
    if (c >= 'a' && c <= 'z')
        c = (char)(c - 'a' + 'A');
    if (c == 'O')
        c = '0';
    if (c == 'I' || c == 'L')
        c = '1';
    const char *at = strchr(alphabet, c);
    return strchr("- \t\r\n", c) ? SKIP : at ? (unsigned char)(at - alphabet) : WRONG;
}

/* The values of the characters that count, at most TYPED of them, and how many there were. */
static size_t collect(const char *typed, unsigned char values[TYPED]) {
    size_t count = 0;
    while (*typed) {
        unsigned char value = value_of(next_ascii(&typed));
        if (value == SKIP)
            continue;
        if (count < TYPED)
            values[count] = value;
        count++;
    }
    return count;
}

/* The number of the first group that has an error or is not complete, GROUPS + 1 when all are right. */
static unsigned first_wrong(const unsigned char *values, size_t count) {
    for (unsigned group = 0; group < GROUPS; group++) {
        const unsigned char *at = values + (size_t)group * TYPED_GROUP;
        if (count < (size_t)(group + 1) * TYPED_GROUP || memchr(at, WRONG, TYPED_GROUP) ||
            check_of(at, group + 1) != at[GROUP])
            return group + 1;
    }
    return GROUPS + 1;
}

static void pack(const unsigned char *values, unsigned char out[SECRET]) {
    unsigned pending = 0, bits = 0;
    for (size_t i = 0; i < TYPED; i++) {
        if (i % TYPED_GROUP == GROUP)
            continue;
        pending = pending << BITS | values[i];
        bits += BITS;
        if (bits >= 8) {
            bits -= 8;
            *out++ = (unsigned char)(pending >> bits);
        }
    }
    hr_wipe(&pending, sizeof pending);
}

hr_status hr_recovery_parse(hr_err *err, const char *typed, unsigned char out[20]) {
    unsigned char *values = hr_secret_new(TYPED);
    hr_status status = HR_OK;
    if (!values)
        return hr_fail_memory(err);
    size_t count = collect(typed, values);
    unsigned wrong = first_wrong(values, count);
    if (count != TYPED && wrong <= GROUPS)
        status =
            hr_fail(err, HR_INVALID,
                    HR_TR(err, "the recovery key has %d letters and digits, %zu were typed; compare from group %u on",
                          "恢复密钥应有 %d 个字母和数字，现输入了 %zu 个；请从第 %u 组开始核对"),
                    (int)TYPED, count, wrong);
    else if (count != TYPED)
        status = hr_fail(err, HR_INVALID,
                         HR_TR(err,
                               "the recovery key has %d letters and digits, %zu were typed; leave out what follows "
                               "group %d",
                               "恢复密钥应有 %d 个字母和数字，现输入了 %zu 个；请删去第 %d 组之后多出的部分"),
                         (int)TYPED, count, (int)GROUPS);
    else if (wrong <= GROUPS)
        status = hr_fail(err, HR_INVALID,
                         HR_TR(err, "group %u of the recovery key has a typing error; compare it with the paper",
                               "恢复密钥第 %u 组输入有误；请与纸上的原文核对"),
                         wrong);
    else
        pack(values, out);
    hr_secret_free(values);
    return status;
}
