/* Passphrases: their normal form, and the rules for a new one.
 *
 * The same passphrase must open the store from any keyboard, so it is brought to NFC (é typed as one character or as
 * two) and otherwise left as it is: the spaces and capitals of a passphrase mean something. The rules ask for length,
 * not for kinds of characters, and refuse only what an attacker tries first. Relies on ICU and guarded memory. */
#include "vault/parts.h"
#include <string.h>
#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>

enum {
    POINTS_MIN = 12,  /* code points, after NFC */
    WORDS_MIN = 6,    /* or this many words */
    DISTINCT_MIN = 5, /* different characters */
    /* NFC makes a text at most three times as long, in UTF-16 as in UTF-8. */
    NFC_MAX = 3 * HR_PASSPHRASE_MAX
};

/* ---- normal form ---- */

hr_status hr_nfc(hr_err *err, const char *text, char **out) {
    struct wide {
        UChar given[HR_PASSPHRASE_MAX + 1], normal[NFC_MAX + 1];
    } *wide = NULL;
    char *nfc = NULL;
    UErrorCode code = U_ZERO_ERROR;
    int32_t length = 0;
    hr_status status = HR_OK;
    size_t size = strnlen(text, HR_PASSPHRASE_MAX + 1);
    if (size > HR_PASSPHRASE_MAX)
        return HR_INVALID;
    const UNormalizer2 *normaliser = unorm2_getNFCInstance(&code);
    wide = hr_secret_new(sizeof *wide);
    nfc = hr_secret_new(NFC_MAX + 1);
    if (!wide || !nfc || U_FAILURE(code)) {
        status = hr_fail_memory(err);
        goto out;
    }
    u_strFromUTF8(wide->given, HR_PASSPHRASE_MAX + 1, &length, text, (int32_t)size, &code);
    length = unorm2_normalize(normaliser, wide->given, length, wide->normal, NFC_MAX + 1, &code);
    u_strToUTF8(nfc, NFC_MAX + 1, NULL, wide->normal, length, &code);
    if (U_FAILURE(code)) {
        status = HR_INVALID;
        goto out;
    }
    *out = nfc;
    nfc = NULL;
out:
    hr_secret_free(wide);
    hr_secret_free(nfc);
    return status;
}

/* ---- rules for a new one ---- */

typedef struct measure {
    size_t points, words;    /* of the whole text */
    size_t size;             /* of `folded`: */
    UChar32 folded[NFC_MAX]; /* without white space, letters in lower case, full-width ASCII as ASCII */
} measure;

static void measure_text(const char *nfc, measure *m) {
    bool in_word = false;
    const unsigned char *bytes = (const unsigned char *)nfc;
    int32_t at = 0, length = (int32_t)strlen(nfc);
    while (at < length) {
        UChar32 c;
        U8_NEXT(bytes, at, length, c);
        m->points++;
        bool space = u_isUWhiteSpace(c);
        if (!space && !in_word)
            m->words++;
        in_word = !space;
        if (c >= 0xFF01 && c <= 0xFF5E)
            c -= 0xFF01 - '!';
        if (!space)
            m->folded[m->size++] = u_foldCase(c, U_FOLD_CASE_DEFAULT);
    }
}

static bool too_uniform(const measure *m) {
    size_t distinct = 0;
    for (size_t i = 0; i < m->size && distinct < DISTINCT_MIN; i++) {
        size_t earlier = 0;
        while (m->folded[earlier] != m->folded[i])
            earlier++;
        distinct += earlier == i;
    }
    return distinct < DISTINCT_MIN;
}

/* Whether each character is the neighbour, in `order` taken as a ring, of the one before it. */
static bool follows(const measure *m, const char *order, bool backwards) {
    size_t count = strlen(order);
    for (size_t i = 0; i < m->size; i++) {
        const char *here = m->folded[i] > 0 && m->folded[i] < 0x80 ? strchr(order, (char)m->folded[i]) : NULL;
        if (!here)
            return false;
        size_t next = ((size_t)(here - order) + (backwards ? count - 1 : 1)) % count;
        if (i + 1 < m->size && m->folded[i + 1] != order[next])
            return false;
    }
    return true;
}

/* 123456789012, zyxwvutsrqpo, qwertyuiopas. */
static bool is_run(const measure *m) {
    static const char *const orders[] = {
        "0123456789",
        "abcdefghijklmnopqrstuvwxyz",
        "qwertyuiopasdfghjklzxcvbnm",
        "1234567890qwertyuiopasdfghjklzxcvbnm",
        "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
        "1q2w3e4r5t6y7u8i9o0p",
        "q1w2e3r4t5y6u7i8o9p0",
    };
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++)
        if (follows(m, orders[i], false) || follows(m, orders[i], true))
            return true;
    return false;
}

/* passwordpassword, 12345612345612: a piece that would be too short by itself. */
static bool is_repeated(const measure *m) {
    for (size_t piece = 1; piece < POINTS_MIN && 2 * piece <= m->size; piece++) {
        size_t i = piece;
        while (i < m->size && m->folded[i] == m->folded[i - piece])
            i++;
        if (i == m->size)
            return true;
    }
    return false;
}

static bool is_common(const measure *m) {
    static const char *const common[] = {
        "123456789abc",
        "abc123456789",
        "a12345678910",
        "1234567890abc",
        "qwerty123456",
        "qwerty1234567",
        "123456qwerty",
        "qwer12345678",
        "12345678qwer",
        "qwertyuiop12",
        "qwertyuiop123",
        "qwertyuiop1234",
        "asdfghjkl123",
        "zxcvbnm12345",
        "qazwsxedcrfv",
        "zaq12wsxcde3",
        "password1234",
        "password12345",
        "password123456",
        "passw0rd1234",
        "p@ssw0rd1234",
        "p@ssword1234",
        "admin1234567",
        "admin12345678",
        "admin123456789",
        "administrator",
        "administrator1",
        "administrator123",
        "welcome12345",
        "changeme1234",
        "letmein12345",
        "iloveyou1234",
        "iloveyou1314",
        "iloveyou520",
        "woaini1314520",
        "woaini5201314",
        "woaini123456",
        "5201314woaini",
        "147258369000",
        "147258369147",
        "healthrec123",
        "healthrec1234",
        "correcthorsebatterystaple",
    };
    for (size_t i = 0; i < sizeof common / sizeof *common; i++) {
        size_t at = 0;
        while (at < m->size && common[i][at] && m->folded[at] == common[i][at])
            at++;
        if (at == m->size && !common[i][at])
            return true;
    }
    return false;
}

static hr_status fail_text(hr_err *err) {
    return hr_fail(err, HR_INVALID,
                   HR_TR(err, "the passphrase is not UTF-8 text of at most %d bytes; type another",
                         "口令须为 UTF-8 文本，且不超过 %d 字节；请重新输入"),
                   (int)HR_PASSPHRASE_MAX);
}

static hr_status check_rules(hr_err *err, const measure *m) {
    if (m->points < POINTS_MIN && m->words < WORDS_MIN)
        return hr_fail(err, HR_INVALID,
                       HR_TR(err, "the passphrase is too short: it needs at least %d characters, or %d words",
                             "口令太短；请至少用 %d 个字符，或 %d 个词"),
                       (int)POINTS_MIN, (int)WORDS_MIN);
    if (too_uniform(m))
        return hr_fail(err, HR_INVALID,
                       HR_TR(err, "the passphrase has fewer than %d different characters; choose a more varied one",
                             "口令中不同的字符不足 %d 个；请换一个变化多一些的口令"),
                       (int)DISTINCT_MIN);
    if (is_run(m))
        return hr_fail(err, HR_INVALID, "%s",
                       HR_TR(err, "the passphrase is a run of neighbouring characters; choose one that is not",
                             "口令只是顺序或键盘上相邻的一串字符，极易被猜中；请换一个"));
    if (is_repeated(m))
        return hr_fail(err, HR_INVALID, "%s",
                       HR_TR(err, "the passphrase is a short piece repeated; choose one that is not",
                             "口令只是一小段内容的重复，极易被猜中；请换一个"));
    if (is_common(m))
        return hr_fail(err, HR_INVALID, "%s",
                       HR_TR(err, "this passphrase is among those tried first by anybody; choose another",
                             "这是最常见的口令之一，极易被猜中；请换一个"));
    return HR_OK;
}

hr_status hr_passphrase_accept(hr_err *err, const char *text, char **nfc) {
    char *normal = NULL;
    measure *m = hr_secret_new(sizeof *m);
    hr_status status = m ? hr_nfc(err, text, &normal) : hr_fail_memory(err);
    if (status == HR_INVALID)
        status = fail_text(err);
    if (status != HR_OK)
        goto out;
    measure_text(normal, m);
    status = check_rules(err, m);
    if (status != HR_OK)
        goto out;
    *nfc = normal;
    normal = NULL;
out:
    hr_secret_free(normal);
    hr_secret_free(m);
    return status;
}
