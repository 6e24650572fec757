/* What the fuzzers share: saying what must hold, Unicode's own definition of text, and reading parameters off an input.
 *
 * A fuzzer checks more than that nothing crashes: each states what must hold whatever the bytes are (a round trip, an
 * equal answer however the input is cut, a second naive reading of it). None of them depends on randomness or on what
 * ran before, and the clock decides no more than whether a birth date lies in the future, so an input that libFuzzer
 * keeps fails again when it is given to the program. In tests/corpus/NAME are inputs to begin with, small and invented;
 * those that once failed stay among them.
 *
 *     build/fuzzer-no-link-address-undefined/tests/fuzz_csv INPUT
 */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include "base/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the run, so that the input is kept, unless the condition holds. */
#define must(condition) must_at((condition), #condition, __FILE__, __LINE__)
static inline void must_at(bool holds, const char *what, const char *file, int line) {
    if (holds)
        return;
    fprintf(stderr, "%s:%d: this must hold: %s\n", file, line, what);
    abort();
}

/* ---- inputs ---- */

/* Memory of just this size, so that a byte written or read beyond it is found; for free(). */
static inline void *exactly(size_t size) {
    void *block = malloc(size ? size : 1);
    must(block != NULL);
    return block;
}

/* The bytes up to the first NUL as a text of its own; for free(). */
static inline char *text_of(const uint8_t *data, size_t size) {
    size_t length = size ? strnlen((const char *)data, size) : 0;
    char *text = exactly(length + 1);
    if (length)
        memcpy(text, data, length);
    text[length] = '\0';
    return text;
}

/* The next byte of an input, which moves on; 0 at its end. */
static inline uint8_t take(const uint8_t **data, size_t *size) {
    if (*size == 0)
        return 0;
    (*size)--;
    return *(*data)++;
}

/* ---- text, by the definition ---- */

/* The character at *at, which moves on behind it; -1 for bytes that are none. */
static inline int32_t character_at(const char *text, size_t length, size_t *at) {
    static const int32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *c = (const unsigned char *)text + *at;
    size_t size = c[0] < 0x80 ? 1 : c[0] >> 5 == 6 ? 2 : c[0] >> 4 == 14 ? 3 : c[0] >> 3 == 30 ? 4 : 0;
    if (size == 0 || size > length - *at)
        return -1;
    int32_t value = size == 1 ? c[0] : c[0] & (0x7F >> size);
    for (size_t i = 1; i < size; i++) {
        if (c[i] >> 6 != 2)
            return -1;
        value = value << 6 | (c[i] & 0x3F);
    }
    if (value < least[size] || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF))
        return -1;
    *at += size;
    return value;
}

/* How many bytes from the start are whole characters. */
static inline size_t good_prefix(const char *text, size_t length) {
    size_t at = 0;
    while (at < length && character_at(text, length, &at) >= 0)
        continue;
    return at;
}

/* Whether it ends a line or steers a terminal. */
static inline bool is_control(int32_t c) {
    return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029;
}

static inline void must_be_line(const char *text) {
    size_t length = strlen(text);
    for (size_t at = 0; at < length;)
        must(!is_control(character_at(text, length, &at)));
}

/* ---- messages ---- */

static inline hr_err new_err(bool chinese) {
    hr_err err;
    hr_err_init(&err, chinese ? HR_LANGUAGE_ZH : HR_LANGUAGE_EN);
    return err;
}

/* What a call that failed left behind: its status, and one line of text. */
static inline void must_be_failure(const hr_err *err, hr_status status) {
    must(err->status == status);
    must(*err->text != '\0');
    must_be_line(err->text);
}

#endif
