/* Hexadecimal digits, of what is no secret: keys that are public, hashes. */
#include "base/hex.h"
#include <string.h>

char *hr_hex(const unsigned char *bytes, size_t size, char *out) {
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < size; i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }
    out[2 * size] = '\0';
    return out;
}

bool hr_hex_parse(const char *text, unsigned char *out, size_t size) {
    static const char digits[] = "0123456789abcdefABCDEF";
    if (strlen(text) != 2 * size || strspn(text, digits) != 2 * size)
        return false;
    memset(out, 0, size);
    for (size_t i = 0; i < 2 * size; i++) {
        size_t value = (size_t)(strchr(digits, text[i]) - digits);
        out[i / 2] = (unsigned char)((size_t)out[i / 2] << 4 | (value < 16 ? value : value - 6));
    }
    return true;
}
