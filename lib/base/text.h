/* Text: encodings, normalisation, pinyin. ICU does the work; what is here says which of it we mean.
 * A hr_text holds ICU's opened converters and transliterators (opening one is slow); one per store handle. */
#ifndef HR_BASE_TEXT_H
#define HR_BASE_TEXT_H

#include "base/err.h"
#include <stdbool.h>

typedef struct hr_text hr_text;
hr_status hr_text_new(hr_err *err, hr_text **out);
void hr_text_free(hr_text *text);   /* NULL allowed */
void hr_text_forget(hr_text *text); /* what it was asked; it is as new */

/* Normalises one field into `out`: full-width ASCII and ideographic space to half-width, NFC, control characters and
 * surrounding white space (any Unicode space) removed, inner runs of white space made one space. Plain ASCII takes a
 * fast path without ICU. `in` is valid UTF-8 of `length` bytes. HR_INVALID when `out` (of `size` bytes) is too small.
 */
hr_status hr_text_normalise(hr_text *text, hr_err *err, const char *in, size_t length, char *out, size_t size);

/* The pinyin of a name, lower-case ASCII without tones or spaces ("wangxiaoming"), and its initials ("wxm"). Letters
 * that are not Chinese stay, lower-cased, each word giving one initial. A buffer too small holds what fits. Pure ASCII
 * or unknown characters never fail. Results for single characters are cached, because a district has about 5,000 of
 * them. */
hr_status hr_text_pinyin(hr_text *text, hr_err *err, const char *name, char *whole, size_t whole_size, char *initials,
                         size_t initials_size);

/* Bytes from the first `length` bytes of a file to the encoding they are in: "utf-8" (with or without BOM) when they
 * are valid UTF-8 (a character cut at the end is allowed), else "gb18030". */
const char *hr_text_detect(const char *bytes, size_t length);
/* The Unicode character at *at of UTF-8 text, and moves *at behind it; U+FFFD for bytes that are none, 0 at the end. */
int32_t hr_text_next(const char *text, size_t *at, size_t length);
bool hr_text_utf8_valid(const char *bytes, size_t length, size_t *bad_at); /* strict: no surrogates, no overlong */

/* Streaming conversion to UTF-8 of a whole file given in pieces. `err` must outlive the decoder, which reports through
 * it when there is no memory (HR_SYSTEM). After an error every further piece gives the same error. */
typedef struct hr_decoder hr_decoder;
hr_status hr_decoder_new(hr_err *err, const char *encoding, hr_decoder **out); /* "utf-8" or "gb18030" */
void hr_decoder_free(hr_decoder *decoder);
/* Converts `length` bytes; `last` ends the file. *out (owned by the decoder, until its next call) is UTF-8, without
 * BOM. Bytes that are not of the encoding: HR_INVALID, *bad_at is how many bytes of the whole input were good before
 * them (err's message is set by the caller, who knows the line), and *out, *out_length hold what came before the bad
 * byte. */
hr_status hr_decoder_feed(hr_decoder *decoder, const char *in, size_t length, bool last, const char **out,
                          size_t *out_length, uint64_t *bad_at);

#endif
