/* age files come from outside. Any bytes are read as one, in pieces of any size, and the header is judged a second time
 * by a naive reading of C2SP's age.md in here: both must say the same. What the pieces were must make no difference,
 * and what a file with a header of another's making says may never be taken for content.
 *
 * The same bytes are also content: encrypted in pieces, they must come back, and with any one byte of the file changed
 * or the file cut there, nothing of the chunk in which that is. */
#include "fuzz.h"
#include "vault/age.h"

enum { HEADER_MAX = 65536, NONCE = 16, TAG = 16, CHUNK = 65536, OUT = 3 * CHUNK };

/* ---- sources and sinks ---- */

typedef struct bytes {
    const uint8_t *from;
    uint8_t *to;
    size_t size, at, step;
} bytes;

static hr_status give(void *context, void *out, size_t size, size_t *got) {
    bytes *b = context;
    size_t left = b->size - b->at;
    *got = left < size ? left : size;
    if (*got > b->step)
        *got = b->step;
    if (*got)
        memcpy(out, b->from + b->at, *got);
    b->at += *got;
    return HR_OK;
}

static hr_status put(void *context, const void *bytes_in, size_t size) {
    bytes *b = context;
    must(size <= OUT - b->size);
    memcpy(b->to + b->size, bytes_in, size);
    b->size += size;
    return HR_OK;
}

/* ---- the header, naively ---- */

typedef struct verdict {
    bool good;
    unsigned x25519, others;
} verdict;

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* How many bytes the base64 is; -1 for what no encoder writes. */
static int decoded(const char *text, size_t length, uint8_t out[64]) {
    unsigned bits = 0, held = 0;
    int size = 0;
    for (size_t i = 0; i < length; i++) {
        const char *c = text[i] ? strchr(alphabet, text[i]) : NULL;
        if (!c)
            return -1;
        bits = bits << 6 | (unsigned)(c - alphabet);
        held += 6;
        if (held >= 8) {
            held -= 8;
            if (size < 64)
                out[size] = (uint8_t)(bits >> held);
            size++;
        }
    }
    return held >= 6 || (bits & ((1u << held) - 1)) != 0 ? -1 : size;
}

/* The line from *at on, which moves behind it, as a text of its own; NULL when it does not end. For free(). A NUL
 * becomes a byte that is just as wrong. */
static char *line_at(const uint8_t *data, size_t size, size_t *at) {
    size_t end = *at;
    while (end < size && data[end] != '\n')
        end++;
    if (end == size)
        return NULL;
    char *line = exactly(end - *at + 1);
    for (size_t i = 0; i < end - *at; i++)
        line[i] = data[*at + i] ? (char)data[*at + i] : '\x01';
    line[end - *at] = '\0';
    *at = end + 1;
    return line;
}

static bool small_order(const uint8_t *point) {
    char text[HR_AGE_RECIPIENT_SIZE];
    uint8_t out[32];
    hr_age_recipient_text(point, text);
    return !hr_age_recipient_parse(text, out);
}

/* "-> kind argument…": each at least one visible character. *share is whether it is an X25519 stanza as it has to be.
 */
static bool stanza_line(const char *line, bool *x25519, bool *scrypt) {
    uint8_t share[64];
    unsigned words = 1;
    if (strncmp(line, "-> ", 3) != 0)
        return false;
    const char *word = line + 3;
    *x25519 = strcmp(word, "X25519") == 0 || strncmp(word, "X25519 ", 7) == 0;
    *scrypt = strcmp(word, "scrypt") == 0 || strncmp(word, "scrypt ", 7) == 0;
    size_t length = strlen(word);
    for (size_t i = 0; i < length; i++) {
        bool parted = word[i] == ' ' && i > 0 && word[i - 1] != ' ' && i + 1 < length;
        if (word[i] < ' ' || word[i] > '~' || (word[i] == ' ' && !parted))
            return false;
        words += parted;
    }
    if (length == 0)
        return false;
    return !*x25519 || (words == 2 && decoded(word + 7, strlen(word + 7), share) == 32 && !small_order(share));
}

static int body_size(const uint8_t *data, size_t size, size_t *at) {
    uint8_t out[64];
    int all = 0;
    for (;;) {
        char *line = line_at(data, size, at);
        size_t length = line ? strlen(line) : 0;
        int got = line && length <= 64 ? decoded(line, length, out) : -1;
        free(line);
        if (got < 0)
            return -1;
        all += got;
        if (length < 64)
            return all;
    }
}

/* Reads stanzas up to the line of the MAC; `end` is where that line ended. */
static verdict judge(const uint8_t *data, size_t size) {
    verdict v = {0}, bad = {0};
    uint8_t mac[64];
    bool scrypt = false;
    size_t whole = size, at = 22;
    if (size < 22 || memcmp(data, "age-encryption.org/v1\n", 22) != 0)
        return bad;
    size = size < HEADER_MAX ? size : HEADER_MAX;
    for (char *line; (line = line_at(data, size, &at)) != NULL;) {
        bool x25519 = false, password = false;
        if (strncmp(line, "---", 3) == 0) {
            v.good = strlen(line) == 47 && line[3] == ' ' && decoded(line + 4, 43, mac) == 32 && whole - at >= NONCE &&
                     v.x25519 + v.others > 0 && (!scrypt || v.x25519 + v.others == 1);
            free(line);
            return v.good ? v : bad;
        }
        bool good = stanza_line(line, &x25519, &password);
        free(line);
        int body = good ? body_size(data, size, &at) : -1;
        if (body < 0 || (x25519 && body != 32))
            return bad;
        scrypt |= password;
        v.x25519 += x25519;
        v.others += !x25519;
    }
    return bad;
}

/* ---- reading ---- */

typedef struct outcome {
    hr_status status;
    bool opened;
    size_t size;
    uint8_t *plain;
} outcome;

static outcome read_all(const uint8_t *data, size_t size, const uint8_t identity[32], size_t step, size_t piece) {
    bytes from = {.from = data, .size = size, .step = step}, to = {.to = exactly(OUT)};
    uint8_t *out = exactly(piece);
    hr_err err = new_err(step % 2);
    hr_age_reader *r = NULL;
    size_t got = 1;
    hr_status status = hr_age_reader_new(&err, identity, give, &from, &r);
    outcome o = {.opened = status == HR_OK};
    must(o.opened == (r != NULL));
    while (status == HR_OK && got > 0) {
        status = hr_age_read(r, out, piece, &got);
        must(got <= piece && (status == HR_OK || got == 0));
        put(&to, out, got);
    }
    if (status != HR_OK)
        must_be_failure(&err, status);
    hr_age_reader_free(r);
    free(out);
    o.status = status;
    o.plain = to.to;
    o.size = to.size;
    return o;
}

static const uint8_t identity[32] = {1, 2, 3}; /* of tests/corpus/fuzz_age/ours */

static void try_file(const uint8_t *data, size_t size, size_t step, size_t piece) {
    verdict expected = judge(data, size);
    hr_err err = new_err(false);
    unsigned x25519 = 0, others = 0;
    bytes from = {.from = data, .size = size, .step = step};
    hr_status looked = hr_age_look(&err, give, &from, &x25519, &others);
    must(looked == (expected.good ? HR_OK : HR_INVALID));
    must(!expected.good || (x25519 == expected.x25519 && others == expected.others));
    outcome whole = read_all(data, size, identity, SIZE_MAX, CHUNK),
            parts = read_all(data, size, identity, step, piece);
    must(whole.status == parts.status && whole.opened == parts.opened && whole.size == parts.size);
    must(memcmp(whole.plain, parts.plain, whole.size) == 0);
    must((whole.status == HR_INVALID) == !expected.good);
    must(whole.opened || whole.status == HR_INVALID || whole.status == HR_DENIED || whole.status == HR_DAMAGED);
    must(!whole.opened || whole.status == HR_OK || whole.status == HR_DAMAGED);
    free(whole.plain);
    free(parts.plain);
}

/* ---- writing ---- */

static bytes encrypted(const uint8_t *data, size_t size, size_t piece) {
    bytes to = {.to = exactly(OUT)};
    hr_err err = new_err(false);
    hr_age_writer *w = NULL;
    uint8_t recipient[32];
    hr_age_recipient(identity, recipient);
    must(hr_age_writer_new(&err, recipient, put, &to, &w) == HR_OK);
    for (size_t at = 0; at < size; at += piece)
        must(hr_age_write(w, data + at, size - at < piece ? size - at : piece) == HR_OK);
    must(hr_age_end(w) == HR_OK);
    hr_age_writer_free(w);
    return to;
}

/* What is released of a file that was changed is whole chunks of the content before the change. */
static void must_be_refused(const uint8_t *file, size_t size, size_t header, size_t changed, const uint8_t *data) {
    outcome o = read_all(file, size, identity, SIZE_MAX, CHUNK);
    must(o.status == HR_DAMAGED || (changed < header && (o.status == HR_INVALID || o.status == HR_DENIED)));
    must(o.size == 0 || (o.size % CHUNK == 0 && header + o.size / CHUNK * (CHUNK + TAG) <= changed));
    must(o.size == 0 || memcmp(o.plain, data, o.size) == 0);
    free(o.plain);
}

static void try_content(const uint8_t *data, size_t size, size_t where, uint8_t change, size_t piece) {
    bytes file = encrypted(data, size, piece);
    size_t chunks = size <= CHUNK ? 1 : (size + CHUNK - 1) / CHUNK, header = file.size - size - chunks * TAG;
    outcome o = read_all(file.to, file.size, identity, SIZE_MAX, piece);
    must(o.status == HR_OK && o.size == size && (size == 0 || memcmp(o.plain, data, size) == 0));
    free(o.plain);
    must(judge(file.to, file.size).good);
    where %= file.size;
    must_be_refused(file.to, where, header, where, data);
    file.to[where] ^= change ? change : 1;
    must_be_refused(file.to, file.size, header, where, data);
    free(file.to);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    hr_err err = new_err(false);
    must(hr_vault_start(&err) == HR_OK);
    try_file(data, size, 1 + size % 61, 1 + size % 127);
    /* The numbers are the last bytes, so that a file at the start stays one. Said again and again, the bytes are more
     * than one chunk. */
    uint8_t last = size ? data[size - 1] : 0;
    size_t where = size > 4 ? (size_t)last << 9 | data[size - 2] : size, times = 1 + last % 32;
    while (times > 1 && size * times > 2 * CHUNK)
        times--;
    size = size < 2 * CHUNK ? size : 2 * CHUNK;
    uint8_t *content = exactly(size * times);
    for (size_t i = 0; i < size * times; i++)
        content[i] = data[i % size];
    try_content(content, size * times, where, last, 1 + size % 4099);
    free(content);
    return 0;
}
