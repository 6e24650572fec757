/* Bytes as text: base64, in which age and minisign write, read so that each run of bytes has one text alone; and Bech32
 * (BIP 173), letters and digits that are hard to mistake and a checksum, in which age writes its keys. BIP 173's limit
 * of 90 characters is Bitcoin's own. Relies on libsodium. */
#include "vault/parts.h"
#include <sodium.h>

/* ---- base64 ---- */

/* libsodium refuses all that would not be written so, but takes bytes above ASCII for A (1.0.18). */
bool hr_base64_parse(const char *text, size_t length, bool padded, void *out, size_t room, size_t *size) {
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)text[i] > 0x7f)
            return false;
    return sodium_base642bin(out, room, text, length, NULL, size, NULL,
                             padded ? sodium_base64_VARIANT_ORIGINAL : sodium_base64_VARIANT_ORIGINAL_NO_PADDING) == 0;
}

/* ---- Bech32 ---- */

static const char digits[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
enum { CHECK_SIZE = 6 };

static uint32_t check_add(uint32_t check, unsigned value) {
    static const uint32_t generator[] = {0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3};
    uint32_t top = check >> 25;
    check = (check & 0x1ffffff) << 5 ^ value;
    for (unsigned i = 0; i < 5; i++)
        if (top >> i & 1)
            check ^= generator[i];
    return check;
}

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c | 32) : c;
}

static char upper(char c) {
    return c >= 'a' && c <= 'z' ? (char)(c & ~32) : c;
}

static bool has_capitals(const char *text) {
    for (; *text; text++)
        if (lower(*text) != *text)
            return true;
    return false;
}

/* The checksum begins with the prefix, in small letters. */
static uint32_t check_prefix(const char *prefix) {
    uint32_t check = 1;
    for (const char *c = prefix; *c; c++)
        check = check_add(check, (unsigned char)lower(*c) >> 5);
    check = check_add(check, 0);
    for (const char *c = prefix; *c; c++)
        check = check_add(check, lower(*c) & 31);
    return check;
}

/* The five bits with this number; behind the bytes there are zeros. */
static unsigned group(const unsigned char *bytes, size_t size, size_t number) {
    unsigned value = 0;
    for (size_t bit = number * 5; bit < number * 5 + 5; bit++)
        value = value << 1 | (bit / 8 < size ? (unsigned)bytes[bit / 8] >> (7 - bit % 8) & 1 : 0);
    return value;
}

/* False when a bit behind the bytes is set. */
static bool put_group(unsigned char *bytes, size_t size, size_t number, unsigned value) {
    for (size_t i = 0; i < 5; i++) {
        size_t bit = number * 5 + i;
        unsigned set = value >> (4 - i) & 1;
        if (bit / 8 < size)
            bytes[bit / 8] = (unsigned char)(bytes[bit / 8] | set << (7 - bit % 8));
        else if (set)
            return false;
    }
    return true;
}

static size_t groups(size_t size) {
    return (size * 8 + 4) / 5;
}

void hr_bech32(const char *prefix, const unsigned char *bytes, size_t size, char *out) {
    bool capitals = has_capitals(prefix);
    uint32_t check = check_prefix(prefix);
    char *end = stpcpy(stpcpy(out, prefix), "1");
    for (size_t i = 0; i < groups(size); i++) {
        unsigned value = group(bytes, size, i);
        check = check_add(check, value);
        *end++ = capitals ? upper(digits[value]) : digits[value];
    }
    for (size_t i = 0; i < CHECK_SIZE; i++)
        check = check_add(check, 0);
    check ^= 1;
    for (size_t i = 0; i < CHECK_SIZE; i++) {
        char digit = digits[check >> 5 * (CHECK_SIZE - 1 - i) & 31];
        *end++ = capitals ? upper(digit) : digit;
    }
    *end = '\0';
}

bool hr_bech32_parse(const char *text, const char *prefix, unsigned char *out, size_t size) {
    bool capitals = has_capitals(prefix);
    uint32_t check = check_prefix(prefix);
    size_t length = strlen(prefix), count = groups(size);
    if (strncmp(text, prefix, length) != 0 || text[length] != '1' || strlen(text + length + 1) != count + CHECK_SIZE)
        return false;
    memset(out, 0, size);
    text += length + 1;
    for (size_t i = 0; i < count + CHECK_SIZE; i++) {
        const char *digit = strchr(digits, lower(text[i]));
        if (!digit || (capitals ? upper(text[i]) : lower(text[i])) != text[i])
            return false;
        unsigned value = (unsigned)(digit - digits);
        check = check_add(check, value);
        if (i < count && !put_group(out, size, i, value))
            return false;
    }
    return check == 1;
}
