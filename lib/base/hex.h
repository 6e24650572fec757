/* Bytes as hexadecimal text. */
#ifndef HR_BASE_HEX_H
#define HR_BASE_HEX_H

#include <stdbool.h>
#include <stddef.h>

/* Lower-case digits and a NUL: 2 * size + 1 characters. Returns `out`. */
char *hr_hex(const unsigned char *bytes, size_t size, char *out);
/* Reads just 2 * size digits, lower-case ones or capitals. False for anything else. */
bool hr_hex_parse(const char *text, unsigned char *out, size_t size);

#endif
