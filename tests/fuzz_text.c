/* Text: encodings, normalising, pinyin. The first byte chooses sizes, the rest is the text, in any bytes.
 *
 * A file decodes to the same, with the same first bad byte, however it is cut into pieces; UTF-8 is compared with its
 * definition. Normalised text is clean, stays as it is when normalised again, and fits a buffer that is just large
 * enough but none that is smaller. Pinyin is lower-case ASCII, the same when the cache answers, and in a smaller buffer
 * what fits of it. Every buffer has just the size that is told, so that a byte too many is found. */
#include "base/text.h"
#include "fuzz.h"

enum { SLICE = 8192 }; /* as in the decoder */

/* ---- decoding ---- */

typedef struct decoded {
    hr_status status;
    uint64_t bad_at;
    size_t size, room;
    char *text;
} decoded;

static void append(decoded *d, const char *bytes, size_t size) {
    must(size <= d->room - d->size);
    if (size)
        memcpy(d->text + d->size, bytes, size);
    d->size += size;
}

static hr_status feed(hr_decoder *decoder, const uint8_t *data, size_t size, bool last, decoded *d) {
    const char *out = NULL;
    size_t length = 0;
    char *piece = exactly(size);
    if (size)
        memcpy(piece, data, size);
    hr_status status = hr_decoder_feed(decoder, piece, size, last, &out, &length, &d->bad_at);
    must(status == HR_OK || status == HR_INVALID);
    append(d, out, length);
    free(piece);
    return status;
}

/* In pieces of `step` bytes; `apart`: the end is told by a last piece of nothing. */
static decoded decode(const char *encoding, const uint8_t *data, size_t size, size_t step, bool apart) {
    hr_err err = new_err(false);
    hr_decoder *decoder = NULL;
    decoded d = {.room = 2 * size + 1};
    d.text = exactly(d.room);
    must(hr_decoder_new(&err, encoding, &decoder) == HR_OK);
    for (size_t at = 0; at < size && d.status == HR_OK; at += step) {
        size_t piece = size - at < step ? size - at : step;
        d.status = feed(decoder, data + at, piece, !apart && at + piece == size, &d);
    }
    if (d.status == HR_OK && (apart || size == 0))
        d.status = feed(decoder, data, 0, true, &d);
    if (d.status != HR_OK) { /* once bad, always bad, and at the same place */
        uint64_t bad_at = d.bad_at;
        size_t had = d.size;
        must(feed(decoder, (const uint8_t *)"a", 1, false, &d) == d.status);
        must(d.bad_at == bad_at && d.size == had);
    }
    hr_decoder_free(decoder);
    return d;
}

static void must_agree(const decoded *a, const decoded *b) {
    must(a->status == b->status && a->size == b->size && memcmp(a->text, b->text, a->size) == 0);
    must(a->status == HR_OK || a->bad_at == b->bad_at);
}

static void must_be_utf8(const decoded *d, const uint8_t *data, size_t size) {
    const char *text = (const char *)data;
    size_t good = good_prefix(text, size), mark = good >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    must((d->status == HR_OK) == (good == size));
    must(d->status == HR_OK || d->bad_at == good);
    must(d->size == good - mark && memcmp(d->text, text + mark, d->size) == 0);
}

static void try_decoder(const char *encoding, const uint8_t *data, size_t size, size_t step) {
    decoded whole = decode(encoding, data, size, size + 1, false);
    must(good_prefix(whole.text, whole.size) == whole.size);
    if (strcmp(encoding, "utf-8") == 0)
        must_be_utf8(&whole, data, size);
    for (int apart = 0; apart < 2; apart++) {
        decoded pieces = decode(encoding, data, size, step, apart);
        must_agree(&whole, &pieces);
        free(pieces.text);
    }
    free(whole.text);
}

/* The text over and over, until it is longer than what is decoded at a time. */
static void try_long(const uint8_t *data, size_t size, size_t step) {
    size_t count = SLICE / size + 2;
    uint8_t *repeated = exactly(count * size);
    for (size_t i = 0; i < count; i++)
        memcpy(repeated + i * size, data, size);
    try_decoder("gb18030", repeated, count * size, SLICE / 2 + step);
    free(repeated);
}

static void try_encodings(const uint8_t *data, size_t size, size_t step) {
    const char *text = (const char *)data, *found = hr_text_detect(text, size);
    size_t bad = SIZE_MAX, good = good_prefix(text, size);
    must(hr_text_utf8_valid(text, size, &bad) == (good == size));
    must(bad == (good == size ? SIZE_MAX : good));
    if (good == size)
        must(strcmp(found, "utf-8") == 0);
    try_decoder("utf-8", data, size, step);
    try_decoder("gb18030", data, size, step);
    if (size > 0 && step % 8 == 1)
        try_long(data, size, step);
}

/* ---- normalising ---- */

static void must_be_clean(const char *text) {
    size_t length = strlen(text);
    int32_t before = ' ';
    for (size_t at = 0; at < length;) {
        int32_t c = character_at(text, length, &at);
        must(!is_control(c) && c != 0xA0 && c != 0x3000 && c != 0xFEFF && !(c >= 0xFF01 && c <= 0xFF5E));
        must(c != ' ' || before != ' ');
        before = c;
    }
    must(length == 0 || before != ' ');
}

static hr_status normalise(hr_text *ground, const char *in, size_t length, char *out, size_t size) {
    hr_err err = new_err(false);
    hr_status status = hr_text_normalise(ground, &err, in, length, out, size);
    must(status == HR_OK || status == HR_INVALID);
    if (status != HR_OK)
        must_be_failure(&err, status);
    return status;
}

/* Only UTF-8 has a normal form. */
static void try_normalising(hr_text *ground, const char *in, size_t length) {
    size_t room = 3 * length + 1; /* a character becomes three at most */
    char *clean = exactly(room);
    hr_status status = normalise(ground, in, length, clean, room);
    must((status == HR_OK) == (good_prefix(in, length) == length));
    if (status != HR_OK) {
        free(clean);
        return;
    }
    must_be_clean(clean);
    size_t size = strlen(clean);
    char *fits = exactly(size + 1), *small = exactly(size);
    must(normalise(ground, clean, size, fits, size + 1) == HR_OK && strcmp(fits, clean) == 0);
    must(normalise(ground, in, length, fits, size + 1) == HR_OK && strcmp(fits, clean) == 0);
    must(normalise(ground, in, length, small, size) == HR_INVALID);
    free(fits);
    free(small);
    free(clean);
}

/* ---- pinyin ---- */

static void must_be_letters(const char *text) {
    must(text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789")] == '\0');
}

static void spell(hr_text *ground, const char *name, char *whole, size_t whole_size, char *initials,
                  size_t initials_size) {
    hr_err err = new_err(false);
    must(hr_text_pinyin(ground, &err, name, whole, whole_size, initials, initials_size) == HR_OK);
    must(strlen(whole) < whole_size && strlen(initials) < initials_size);
    must_be_letters(whole);
    must_be_letters(initials);
}

static void try_pinyin(hr_text *ground, const char *name, size_t size) {
    enum { ROOM = 4096 };
    char whole[ROOM], initials[ROOM], *less = exactly(size), *fewer = exactly(size / 2 + 1);
    spell(ground, name, whole, ROOM, initials, ROOM);
    must(strlen(initials) <= strlen(whole));
    spell(ground, name, less, size, fewer, size / 2 + 1);
    must(strncmp(whole, less, strlen(less)) == 0 && strncmp(initials, fewer, strlen(fewer)) == 0);
    must(strlen(less) == size - 1 || strcmp(less, whole) == 0);
    must(strlen(fewer) == size / 2 || strcmp(fewer, initials) == 0);
    free(less);
    free(fewer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static hr_text *ground;
    hr_err err = new_err(false);
    if (!ground)
        must(hr_text_new(&err, &ground) == HR_OK);
    size_t step = take(&data, &size) % 32 + 1;
    try_encodings(data, size, step);
    try_normalising(ground, (const char *)data, size);
    char *name = text_of(data, size);
    try_pinyin(ground, name, step);
    free(name);
    return 0;
}
