/* Text: from the bytes of a roster to clean UTF-8, and from names to the letters people search them by.
 *
 * Normalising and pinyin run for every cell and every name of a million rows, so both have a path that does not call
 * ICU: a field of ASCII and common Chinese characters is its own NFC, and the reading of a Chinese character depends
 * (but for the few words listed below) only on whether it is a surname, so each is asked for twice at most and then
 * looked up. Decoding never leaves half a character inside ICU: bytes that only begin one are kept here and put before
 * the next piece. So an error's place is known to the byte however the file is cut. */
#include "base/text.h"
#include <stdlib.h>
#include <string.h>
#include <unicode/uchar.h>
#include <unicode/ucnv.h>
#include <unicode/ucnv_err.h>
#include <unicode/unorm2.h>
#include <unicode/uscript.h>
#include <unicode/ustring.h>
#include <unicode/utf16.h>
#include <unicode/utrans.h>

enum {
    HAN_FIRST = 0x3400, /* the two blocks of common characters, and 64 signs between them */
    HAN_LAST = 0x9FFF,
    HAN_COUNT = HAN_LAST - HAN_FIRST + 1,
    SYLLABLES = 1024, /* Mandarin has about 420 without tones */
    SYLLABLE_SIZE = 12,
    RUN = 64, /* characters of another script that are read together */
};

typedef enum place { PLACE_SURNAME, PLACE_LATER, PLACES } place;

struct hr_text {
    const UNormalizer2 *nfc;
    UTransliterator *latin; /* opened by the first name: it takes a tenth of a second */
    UChar *units, *composed;
    size_t units_size, composed_size;
    uint16_t reading[PLACES][HAN_COUNT]; /* index into syllables; 0: not asked yet */
    char syllables[SYLLABLES][SYLLABLE_SIZE];
    uint16_t syllable_count;
};

hr_status hr_text_new(hr_err *err, hr_text **out) {
    UErrorCode code = U_ZERO_ERROR;
    hr_text *text = calloc(1, sizeof *text);
    if (!text)
        return hr_fail_memory(err);
    text->syllable_count = 1;
    text->nfc = unorm2_getNFCInstance(&code);
    if (U_FAILURE(code)) {
        hr_text_free(text);
        return hr_fail(err, HR_SYSTEM,
                       HR_TR(err, "the ICU library is damaged (%s); install libicu again",
                             "ICU 库已损坏（%s）；请重新安装 libicu"),
                       u_errorName(code));
    }
    *out = text;
    return HR_OK;
}

void hr_text_forget(hr_text *text) {
    if (text->latin)
        utrans_close(text->latin);
    free(text->units);
    free(text->composed);
    const UNormalizer2 *nfc = text->nfc;
    explicit_bzero(text, sizeof *text);
    text->nfc = nfc;
    text->syllable_count = 1;
}

void hr_text_free(hr_text *text) {
    if (text)
        hr_text_forget(text);
    free(text);
}

/* ---- characters ---- */

/* Bytes of the UTF-8 character that begins with `lead` (0: none does), and what its second byte may be: that is where
 * overlong forms and surrogates show. */
static size_t lead_size(unsigned char lead, unsigned char *least, unsigned char *most) {
    *least = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    *most = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    return lead < 0x80 ? 1 : lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 0;
}

/* How many bytes of the first character are there, of the *size it should have (0: it cannot begin like this). */
static size_t first_character(const unsigned char *at, size_t rest, size_t *size) {
    unsigned char least, most;
    size_t have = 1;
    *size = lead_size(at[0], &least, &most);
    for (; have < *size && have < rest && at[have] >= least && at[have] <= most; have++) {
        least = 0x80;
        most = 0xBF;
    }
    return have;
}

int32_t hr_text_next(const char *text, size_t *at, size_t length) {
    static const unsigned char lead_bits[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    const unsigned char *bytes = (const unsigned char *)text + *at;
    size_t size;
    if (*at >= length)
        return 0;
    size_t have = first_character(bytes, length - *at, &size);
    *at += have;
    if (have != size)
        return 0xFFFD;
    UChar32 c = bytes[0] & lead_bits[size];
    for (size_t i = 1; i < size; i++)
        c = c << 6 | (bytes[i] & 0x3F);
    return c;
}

/* Appends `c` in UTF-16. */
static void append(UChar *units, int32_t *count, UChar32 c) {
    if (c > 0xFFFF)
        units[(*count)++] = U16_LEAD(c);
    units[(*count)++] = c > 0xFFFF ? U16_TRAIL(c) : (UChar)c;
}

/* ---- normalising ---- */

static hr_status fail_too_long(hr_err *err, size_t size) {
    return hr_fail(err, HR_INVALID,
                   HR_TR(err, "the text is longer than %zu bytes; shorten it", "内容超过 %zu 字节；请缩短"),
                   size > 0 ? size - 1 : 0);
}

/* U+4E00 to U+9FFF: they compose with nothing that this path lets through. */
static bool is_common_han(const unsigned char *at, size_t rest) {
    return rest >= 3 && at[0] >= 0xE4 && at[0] <= 0xE9 && (at[0] > 0xE4 || at[1] >= 0xB8) && (at[1] & 0xC0) == 0x80 &&
           (at[2] & 0xC0) == 0x80;
}

/* Copies a field that is normal already, but for ASCII spaces around it; false, with `out` spoilt, for any other. */
static bool copy_normal(const unsigned char *at, size_t length, char *out, size_t size) {
    while (length > 0 && *at == ' ')
        at++, length--;
    while (length > 0 && at[length - 1] == ' ')
        length--;
    if (length >= size)
        return false;
    for (size_t i = 0; i < length;) {
        if (at[i] >= 0x20 && at[i] < 0x7F && (at[i] != ' ' || at[i + 1] != ' ')) {
            out[i] = (char)at[i];
            i++;
        } else if (is_common_han(at + i, length - i)) {
            memcpy(out + i, at + i, 3);
            i += 3;
        } else {
            return false;
        }
    }
    out[length] = '\0';
    return true;
}

static bool grow(UChar **units, size_t *size, size_t needed) {
    if (needed <= *size)
        return true;
    UChar *larger = needed > INT32_MAX / 4 ? NULL : realloc(*units, needed * sizeof **units);
    if (!larger)
        return false;
    *units = larger;
    *size = needed;
    return true;
}

/* Controls, and the marks of writing direction and width that come along when a number is copied from a web page. The
 * joiners of Mongolian and Uyghur writing carry meaning and stay. */
static bool is_invisible(UChar32 c) {
    int8_t type = u_charType(c);
    if (type == U_CONTROL_CHAR)
        return true;
    return type == U_FORMAT_CHAR && c != 0x200C && c != 0x200D && c != 0x180E &&
           u_hasBinaryProperty(c, UCHAR_DEFAULT_IGNORABLE_CODE_POINT);
}

/* GB 18030-2005 had no Unicode place for these 18 characters and a space and used private ones; GB 18030-2022 gives
 * them their own. Which of the two ICU takes depends on its release, and a name must not. */
static UChar32 public_place(UChar32 c) {
    static const UChar places[][2] = {{0xE5E5, 0x3000}, {0xE78D, 0xFE10}, {0xE78E, 0xFE12}, {0xE78F, 0xFE11},
                                      {0xE790, 0xFE13}, {0xE791, 0xFE14}, {0xE792, 0xFE15}, {0xE793, 0xFE16},
                                      {0xE794, 0xFE17}, {0xE795, 0xFE18}, {0xE796, 0xFE19}, {0xE81E, 0x9FB4},
                                      {0xE826, 0x9FB5}, {0xE82B, 0x9FB6}, {0xE82C, 0x9FB7}, {0xE832, 0x9FB8},
                                      {0xE843, 0x9FB9}, {0xE854, 0x9FBA}, {0xE864, 0x9FBB}};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (c == places[i][0])
            return places[i][1];
    return c;
}

/* Half-width, without invisible characters, white space as single spaces: all but NFC. `units` holds `length` units. */
static int32_t fold_width(const char *in, size_t length, UChar *units) {
    int32_t count = 0;
    bool gap = false;
    for (size_t at = 0; at < length;) {
        UChar32 c = public_place(hr_text_next(in, &at, length));
        if (u_isUWhiteSpace(c)) {
            gap = count > 0;
            continue;
        }
        if (is_invisible(c))
            continue;
        if (c >= 0xFF01 && c <= 0xFF5E)
            c -= 0xFF01 - 0x21;
        if (gap)
            units[count++] = ' ';
        gap = false;
        append(units, &count, c);
    }
    return count;
}

hr_status hr_text_normalise(hr_text *text, hr_err *err, const char *in, size_t length, char *out, size_t size) {
    if (size == 0)
        return fail_too_long(err, size);
    if (copy_normal((const unsigned char *)in, length, out, size))
        return HR_OK;
    out[0] = '\0';
    if (!hr_text_utf8_valid(in, length, NULL))
        return hr_fail(err, HR_INVALID, "%s",
                       HR_TR(err, "the text is not UTF-8; convert it first", "文字不是 UTF-8 编码；请先转换编码"));
    /* No character is longer in UTF-16 than in UTF-8, and composing makes at most three units of one. */
    if (length > INT32_MAX / 16 || !grow(&text->units, &text->units_size, length))
        return hr_fail_memory(err);
    int32_t count = fold_width(in, length, text->units), written = 0;
    if (!grow(&text->composed, &text->composed_size, (size_t)count * 3))
        return hr_fail_memory(err);
    UErrorCode code = U_ZERO_ERROR;
    count = unorm2_normalize(text->nfc, text->units, count, text->composed, (int32_t)text->composed_size, &code);
    if (U_FAILURE(code))
        return hr_fail_memory(err);
    int32_t room = size - 1 > INT32_MAX ? INT32_MAX : (int32_t)(size - 1);
    u_strToUTF8(out, room, &written, text->composed, count, &code);
    if (code == U_BUFFER_OVERFLOW_ERROR) {
        out[0] = '\0';
        return fail_too_long(err, size);
    }
    out[written] = '\0';
    return HR_OK;
}

/* ---- pinyin ---- */

/* Words whose first character is read otherwise than alone: the rules of CLDR's transliterators that look ahead. */
static const UChar words[][3] = {u"藏文", u"重庆", u"沈阳", u"秘鲁", u"令狐", u"万俟", u"澹台", u"长孙"};

static bool is_word(UChar32 first, UChar32 second) {
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (first == words[i][0] && second == words[i][1])
            return true;
    return false;
}

static bool is_han(UChar32 c) {
    UErrorCode code = U_ZERO_ERROR;
    if ((c >= 0x4E00 && c <= 0x9FFF) || c < 0x80)
        return c >= 0x80;
    return uscript_getScript(c, &code) == USCRIPT_HAN;
}

static hr_status open_latin(hr_text *text, hr_err *err) {
    static const UChar *const ids[] = {u"Han-Latin/Names; Any-Latin; Latin-ASCII; Lower",
                                       u"Han-Latin; Any-Latin; Latin-ASCII; Lower"};
    UErrorCode code = U_ZERO_ERROR;
    for (size_t i = 0; i < sizeof ids / sizeof *ids && !text->latin; i++) {
        code = U_ZERO_ERROR;
        UTransliterator *opened = utrans_openU(ids[i], -1, UTRANS_FORWARD, NULL, 0, NULL, &code);
        text->latin = U_SUCCESS(code) ? opened : NULL;
    }
    if (text->latin)
        return HR_OK;
    return hr_fail(err, HR_SYSTEM,
                   HR_TR(err, "the ICU library cannot read Chinese names (%s); install libicu again",
                         "ICU 库无法转换汉语拼音（%s）；请重新安装 libicu"),
                   u_errorName(code));
}

/* What ICU reads `count` units as, in ASCII: what has no reading is left out. A text too long for `out` reads as "". */
static hr_status read_aloud(hr_text *text, hr_err *err, const UChar *units, int32_t count, char *out, size_t size) {
    UChar buffer[RUN * 8];
    int32_t limit = count, length = count;
    UErrorCode code = U_ZERO_ERROR;
    out[0] = '\0';
    if (!text->latin && open_latin(text, err) != HR_OK)
        return err->status;
    u_memcpy(buffer, units, count);
    utrans_transUChars(text->latin, buffer, &length, RUN * 8, 0, &limit, &code);
    if (code == U_MEMORY_ALLOCATION_ERROR)
        return hr_fail_memory(err);
    size_t used = 0;
    for (int32_t i = 0; U_SUCCESS(code) && i < length && used + 1 < size; i++)
        if (buffer[i] < 0x80)
            out[used++] = (char)buffer[i];
    out[used] = '\0';
    return HR_OK;
}

/* Asks ICU for one Chinese character, with what stands around it as far as that matters: a character before it makes
 * it no surname, and the one after it may make a word of it. */
static hr_status ask_syllable(hr_text *text, hr_err *err, place where, UChar32 c, UChar32 next,
                              char out[SYLLABLE_SIZE]) {
    UChar units[5];
    int32_t count = 0;
    char all[RUN];
    if (where == PLACE_LATER)
        units[count++] = u'一';
    append(units, &count, c);
    if (next)
        append(units, &count, next);
    hr_status status = read_aloud(text, err, units, count, all, sizeof all);
    const char *syllable = where == PLACE_LATER ? all + strcspn(all, " ") : all;
    syllable += strspn(syllable, " ");
    size_t length = strspn(syllable, "abcdefghijklmnopqrstuvwxyz");
    if (length >= SYLLABLE_SIZE)
        length = 0;
    memcpy(out, syllable, length);
    out[length] = '\0';
    return status;
}

/* The syllable's index, adding it if there is room; 0 if not. */
static uint16_t syllable_index(hr_text *text, const char *syllable) {
    for (uint16_t i = 1; i < text->syllable_count; i++)
        if (strcmp(text->syllables[i], syllable) == 0)
            return i;
    if (text->syllable_count == SYLLABLES)
        return 0;
    memcpy(text->syllables[text->syllable_count], syllable, strlen(syllable) + 1);
    return text->syllable_count++;
}

/* *out lives in the cache or in `own`. */
static hr_status syllable_of(hr_text *text, hr_err *err, place where, UChar32 c, UChar32 next, char own[SYLLABLE_SIZE],
                             const char **out) {
    bool word = is_word(c, next), cached = !word && c >= HAN_FIRST && c <= HAN_LAST;
    uint16_t known = cached ? text->reading[where][c - HAN_FIRST] : 0;
    *out = known ? text->syllables[known] : own;
    if (known)
        return HR_OK;
    hr_status status = ask_syllable(text, err, where, c, word ? next : 0, own);
    if (status == HR_OK && cached)
        text->reading[where][c - HAN_FIRST] = syllable_index(text, own);
    return status;
}

/* Where the letters go. A buffer that is full takes no more. */
typedef struct spelling {
    char *whole, *whole_end, *initials, *initials_end;
    bool in_word;
} spelling;

static void put_letter(spelling *to, char c) {
    c = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    if (!to->in_word && to->initials < to->initials_end)
        *to->initials++ = c;
    if (to->whole < to->whole_end)
        *to->whole++ = c;
    to->in_word = true;
}

static void put_latin(spelling *to, const char *latin) {
    for (; *latin; latin++) {
        if ((*latin >= 'a' && *latin <= 'z') || (*latin >= 'A' && *latin <= 'Z') || (*latin >= '0' && *latin <= '9'))
            put_letter(to, *latin);
        else if (*latin != '\'') /* a soft sign or a glottal stop, inside a word */
            to->in_word = false;
    }
}

/* Reads on from *at to the end of what is neither Chinese nor ASCII. */
static hr_status spell_other(hr_text *text, hr_err *err, const char *name, size_t length, size_t *at, spelling *to) {
    UChar units[RUN + 2];
    int32_t count = 0;
    char latin[RUN * 4];
    while (*at < length && count < RUN) {
        size_t next = *at;
        UChar32 c = hr_text_next(name, &next, length);
        if (c < 0x80 || is_han(c))
            break;
        *at = next;
        if (u_hasBinaryProperty(c, UCHAR_ALPHABETIC) || u_isalnum(c) || u_getCombiningClass(c) != 0)
            append(units, &count, c);
        else if (count > 0)
            units[count++] = ' ';
        else /* the dot in names of minorities: a mark alone is worth no call */
            to->in_word = false;
    }
    if (count == 0)
        return HR_OK;
    hr_status status = read_aloud(text, err, units, count, latin, sizeof latin);
    put_latin(to, latin);
    return status;
}

static hr_status spell_han(hr_text *text, hr_err *err, place where, UChar32 c, UChar32 next, spelling *to) {
    char own[SYLLABLE_SIZE] = "";
    const char *syllable;
    hr_status status = syllable_of(text, err, where, c, next, own, &syllable);
    to->in_word = false;
    put_latin(to, syllable);
    to->in_word = false;
    return status;
}

/* A Chinese character with none before it is a surname, as ICU sees it too. */
static hr_status spell(hr_text *text, hr_err *err, const char *name, size_t length, spelling *to) {
    place where = PLACE_SURNAME;
    hr_status status = HR_OK;
    for (size_t at = 0; at < length && status == HR_OK;) {
        size_t after = at;
        UChar32 c = hr_text_next(name, &after, length);
        if (is_han(c)) {
            size_t further = after;
            status = spell_han(text, err, where, c, hr_text_next(name, &further, length), to);
            at = after;
        } else if (c < 0x80) {
            put_latin(to, (const char[]){(char)c, '\0'});
            at = after;
        } else {
            status = spell_other(text, err, name, length, &at, to);
        }
        where = is_han(c) ? PLACE_LATER : PLACE_SURNAME;
    }
    return status;
}

hr_status hr_text_pinyin(hr_text *text, hr_err *err, const char *name, char *whole, size_t whole_size, char *initials,
                         size_t initials_size) {
    if (whole_size == 0 || initials_size == 0)
        return hr_fail(err, HR_INVALID, "%s",
                       HR_TR(err, "no room for the pinyin; give a larger buffer", "没有存放拼音的空间；请加大缓冲区"));
    spelling to = {.whole = whole,
                   .whole_end = whole + whole_size - 1,
                   .initials = initials,
                   .initials_end = initials + initials_size - 1};
    hr_status status = spell(text, err, name, strlen(name), &to);
    *to.whole = *to.initials = '\0';
    return status;
}

/* ---- encodings ---- */

static const char bom[] = "\xEF\xBB\xBF";
enum { BOM_SIZE = sizeof bom - 1 };

/* Why a run of good characters ended. */
typedef enum stop { STOP_END, STOP_CUT, STOP_BAD } stop;

/* How many bytes from the start are whole characters of strict UTF-8. */
static size_t utf8_span(const unsigned char *bytes, size_t length, stop *why) {
    size_t i = 0;
    *why = STOP_END;
    while (i < length) {
        uint64_t eight;
        if (length - i >= sizeof eight) {
            memcpy(&eight, bytes + i, sizeof eight);
            if ((eight & UINT64_C(0x8080808080808080)) == 0) {
                i += sizeof eight;
                continue;
            }
        }
        size_t size, have = first_character(bytes + i, length - i, &size);
        if (have != size) {
            *why = size > 0 && i + have == length ? STOP_CUT : STOP_BAD;
            break;
        }
        i += size;
    }
    return i;
}

bool hr_text_utf8_valid(const char *bytes, size_t length, size_t *bad_at) {
    stop why;
    size_t good = utf8_span((const unsigned char *)bytes, length, &why);
    if (why != STOP_END && bad_at)
        *bad_at = good;
    return why == STOP_END;
}

const char *hr_text_detect(const char *bytes, size_t length) {
    stop why;
    if (length >= BOM_SIZE && memcmp(bytes, bom, BOM_SIZE) == 0)
        return "utf-8";
    utf8_span((const unsigned char *)bytes, length, &why);
    return why == STOP_BAD ? "gb18030" : "utf-8";
}

enum {
    CARRY = 3,    /* a character has at most four bytes in either encoding */
    SLICE = 8192, /* bytes given to ICU at a time: never more UTF-16 than bytes */
};

struct hr_decoder {
    hr_err *err;
    UConverter *converter; /* NULL: UTF-8, which is only checked */
    unsigned char *in;     /* what was carried over, and the piece */
    char *out;             /* what became of it; not used for UTF-8 */
    size_t in_size, out_size, carried;
    unsigned char carry[CARRY];
    uint64_t good; /* bytes of the whole input that were whole characters so far */
    bool started, failed;
    UChar units[SLICE];
};

hr_status hr_decoder_new(hr_err *err, const char *encoding, hr_decoder **out) {
    bool utf8 = strcmp(encoding, "utf-8") == 0;
    UErrorCode code = U_ZERO_ERROR;
    if (!utf8 && strcmp(encoding, "gb18030") != 0)
        return hr_fail(err, HR_INVALID,
                       HR_TR(err, "encoding \"%.20s\" is not known; choose utf-8 or gb18030",
                             "不支持编码“%.20s”；请选 utf-8 或 gb18030"),
                       encoding);
    hr_decoder *decoder = calloc(1, sizeof *decoder);
    if (!decoder)
        return hr_fail_memory(err);
    decoder->err = err;
    if (!utf8) {
        decoder->converter = ucnv_open("gb18030", &code);
        ucnv_setToUCallBack(decoder->converter, UCNV_TO_U_CALLBACK_STOP, NULL, NULL, NULL, &code);
    }
    if (U_FAILURE(code)) {
        hr_decoder_free(decoder);
        return hr_fail(err, HR_SYSTEM,
                       HR_TR(err,
                             "the ICU library cannot read GB18030 (%s); install libicu again or save the file as UTF-8",
                             "ICU 库无法读取 GB18030（%s）；请重新安装 libicu，或将文件另存为 UTF-8"),
                       u_errorName(code));
    }
    *out = decoder;
    return HR_OK;
}

void hr_decoder_free(hr_decoder *decoder) {
    if (!decoder)
        return;
    if (decoder->converter)
        ucnv_close(decoder->converter);
    free(decoder->in);
    free(decoder->out);
    free(decoder);
}

static bool grow_bytes(void **bytes, size_t *size, size_t needed) {
    if (needed <= *size)
        return true;
    void *larger = realloc(*bytes, needed);
    if (!larger)
        return false;
    *bytes = larger;
    *size = needed;
    return true;
}

/* Decodes one slice, which begins at a character's first byte, to `out`. The bytes of it that were whole characters. */
static size_t decode_slice(hr_decoder *decoder, const char *slice, size_t length, char *out, size_t room,
                           size_t *written, stop *why) {
    const char *source = slice;
    UChar *target = decoder->units;
    UErrorCode code = U_ZERO_ERROR, asked = U_ZERO_ERROR;
    ucnv_resetToUnicode(decoder->converter);
    ucnv_toUnicode(decoder->converter, &target, decoder->units + SLICE, &source, slice + length, NULL, false, &code);
    size_t rest = (size_t)ucnv_toUCountPending(decoder->converter, &asked);
    *why = rest > 0 ? STOP_CUT : STOP_END;
    if (U_FAILURE(code)) {
        char invalid[16];
        int8_t count = sizeof invalid;
        ucnv_getInvalidChars(decoder->converter, invalid, &count, &asked);
        rest = (size_t)count;
        *why = STOP_BAD;
    }
    int32_t bytes = 0;
    code = U_ZERO_ERROR;
    u_strToUTF8(out, room > INT32_MAX ? INT32_MAX : (int32_t)room, &bytes, decoder->units,
                (int32_t)(target - decoder->units), &code);
    if (U_FAILURE(code)) { /* half a surrogate pair is no character, whatever the bytes were */
        *why = STOP_BAD;
        *written = 0;
        return 0;
    }
    *written = (size_t)bytes;
    return (size_t)(source - slice) - rest;
}

/* How many bytes come before a byte 80 that stands by itself. It is no character of GB18030, but some releases of ICU
 * read it as one; a roster must not read differently on another computer. `in` begins at a character's first byte. */
static size_t before_lone_80(const unsigned char *in, size_t length) {
    size_t at = 0;
    while (at < length && in[at] != 0x80) {
        bool lead = in[at] > 0x80 && in[at] < 0xff;
        bool four = lead && at + 1 < length && in[at + 1] >= '0' && in[at + 1] <= '9';
        at += four ? 4 : lead ? 2 : 1;
    }
    return at < length ? at : length;
}

/* Decodes to decoder->out, which has room: two bytes of GB18030 become three at most, one becomes one, four four. */
static size_t decode_span(hr_decoder *decoder, size_t length, size_t *out_length, stop *why) {
    size_t used = 0;
    *out_length = 0;
    *why = STOP_END;
    while (used < length && *why != STOP_BAD) {
        size_t written, slice = length - used < SLICE ? length - used : SLICE;
        size_t sound = before_lone_80(decoder->in + used, slice);
        size_t good = decode_slice(decoder, (const char *)decoder->in + used, sound, decoder->out + *out_length,
                                   decoder->out_size - *out_length, &written, why);
        if (good == sound && sound < slice)
            *why = STOP_BAD;
        used += good;
        *out_length += written;
        if (good == 0)
            break;
    }
    return used;
}

static void strip_bom(hr_decoder *decoder, const char **out, size_t *out_length) {
    if (decoder->started || *out_length == 0)
        return;
    decoder->started = true;
    if (*out_length >= BOM_SIZE && memcmp(*out, bom, BOM_SIZE) == 0) {
        *out += BOM_SIZE;
        *out_length -= BOM_SIZE;
    }
}

hr_status hr_decoder_feed(hr_decoder *decoder, const char *in, size_t length, bool last, const char **out,
                          size_t *out_length, uint64_t *bad_at) {
    size_t total = decoder->carried + length, used;
    stop why = STOP_END;
    *out = "";
    *out_length = 0;
    if (decoder->failed) {
        *bad_at = decoder->good;
        return HR_INVALID;
    }
    if (length > SIZE_MAX / 2 - CARRY || !grow_bytes((void **)&decoder->in, &decoder->in_size, total + 1) ||
        (decoder->converter && !grow_bytes((void **)&decoder->out, &decoder->out_size, total + total / 2 + 1)))
        return hr_fail_memory(decoder->err);
    memcpy(decoder->in, decoder->carry, decoder->carried);
    if (length > 0)
        memcpy(decoder->in + decoder->carried, in, length);
    if (decoder->converter) {
        used = decode_span(decoder, total, out_length, &why);
        *out = decoder->out;
    } else {
        used = *out_length = utf8_span(decoder->in, total, &why);
        *out = (const char *)decoder->in;
    }
    strip_bom(decoder, out, out_length);
    decoder->good += used;
    decoder->failed = why == STOP_BAD || (last && why == STOP_CUT);
    if (decoder->failed) {
        *bad_at = decoder->good;
        return HR_INVALID;
    }
    decoder->carried = total - used;
    memcpy(decoder->carry, decoder->in + used, decoder->carried);
    return HR_OK;
}
