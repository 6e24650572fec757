/* Signature files and public keys of minisign come from outside. Any bytes are read as either. A signature file that is
 * taken must be just the text that its parts make, put together here again; the same holds for a key. No signature that
 * the input can hold is that of the key in here, except the one that the inputs began as.
 *
 * The same bytes are also a comment and a file to sign: what is signed must be accepted, and not when the comment or
 * the file is another. */
#include "fuzz.h"
#include "vault/minisign.h"

static const uint8_t seed[32] = {1, 2, 3}; /* of tests/corpus/fuzz_minisign/ours, over no bytes */

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void encode(const uint8_t *bytes, size_t size, char *out) {
    for (size_t i = 0; i < size; i += 3) {
        uint32_t three = (uint32_t)bytes[i] << 16 | (i + 1 < size ? (uint32_t)bytes[i + 1] << 8 : 0) |
                         (i + 2 < size ? bytes[i + 2] : 0);
        *out++ = alphabet[three >> 18];
        *out++ = alphabet[three >> 12 & 63];
        *out++ = i + 1 < size ? alphabet[three >> 6 & 63] : '=';
        *out++ = i + 2 < size ? alphabet[three & 63] : '=';
    }
    *out = '\0';
}

static hr_minisign_hash hash_of(const uint8_t *data, size_t size) {
    hr_minisign_hash hash;
    hr_minisign_begin(&hash);
    for (size_t at = 0; at < size; at += 7)
        hr_minisign_update(&hash, data + at, size - at < 7 ? size - at : 7);
    return hash;
}

static void must_be_comment(const char *comment) {
    size_t length = strlen(comment);
    must(length < HR_MINISIGN_COMMENT_SIZE && good_prefix(comment, length) == length);
    for (size_t at = 0; at < length;) {
        int32_t c = character_at(comment, length, &at);
        must(c == '\t' || !is_control(c));
    }
}

/* The text that the parts make, behind the first line. */
static void put_together(const hr_minisignature *s, char out[HR_MINISIGN_SIZE]) {
    uint8_t bytes[74] = {'E', s->prehashed ? 'D' : 'd'};
    char first[128], second[128];
    memcpy(bytes + 2, s->key_id, 8);
    memcpy(bytes + 10, s->signature, 64);
    encode(bytes, sizeof bytes, first);
    encode(s->global, 64, second);
    snprintf(out, HR_MINISIGN_SIZE, "%s\ntrusted comment: %s\n%s\n", first, s->comment, second);
}

/* Whether the input is a signature file, and says what the one in the corpus says. */
static void try_signature(const uint8_t *data, size_t size) {
    hr_err err = new_err(size % 2);
    hr_minisignature s;
    char *text = exactly(size), again[HR_MINISIGN_SIZE];
    if (size)
        memcpy(text, data, size);
    hr_status status = hr_minisign_parse(&err, text, size, &s);
    if (status == HR_OK) {
        const char *second = memchr(text, '\n', size);
        put_together(&s, again);
        must(second && size - (size_t)(second + 1 - text) == strlen(again));
        must(memcmp(second + 1, again, strlen(again)) == 0 && memcmp(text, "untrusted comment: ", 19) == 0);
        must_be_comment(s.comment);
        hr_minisign_key key;
        hr_minisign_hash hash = hash_of(data, 0);
        hr_minisign_public(seed, &key);
        if (hr_minisign_check(&key, &hash, &s))
            must(s.prehashed && strcmp(s.comment, "healthrec receipt 1\tof nothing") == 0);
    } else {
        must(status == HR_INVALID);
        must_be_failure(&err, status);
    }
    free(text);
}

static void try_key(const uint8_t *data, size_t size) {
    char *text = text_of(data, size), again[HR_MINISIGN_KEY_SIZE];
    hr_minisign_key key;
    if (hr_minisign_key_parse(text, &key)) {
        hr_minisign_key_text(&key, again);
        size_t length = strlen(text), end = length - (length && text[length - 1] == '\n');
        must(end >= strlen(again) && memcmp(text + end - strlen(again), again, strlen(again)) == 0);
        must(end == strlen(again) || strncmp(text, "untrusted comment: ", 19) == 0);
    }
    free(text);
}

static bool accepted(const char *text, const uint8_t *data, size_t size) {
    hr_err err = new_err(false);
    hr_minisign_key key;
    hr_minisignature s;
    hr_minisign_hash hash = hash_of(data, size);
    hr_minisign_public(seed, &key);
    return hr_minisign_parse(&err, text, strlen(text), &s) == HR_OK && hr_minisign_check(&key, &hash, &s);
}

static void try_signing(const uint8_t *data, size_t size) {
    hr_err err = new_err(size % 2);
    char *comment = text_of(data, size), text[HR_MINISIGN_SIZE];
    hr_minisign_hash hash = hash_of(data, size);
    hr_status status = hr_minisign_sign(&err, seed, &hash, comment, text);
    if (status == HR_OK) {
        must_be_comment(comment);
        must(accepted(text, data, size));
        must(!accepted(text, data, size - (size > 0)) || size == 0);
        char *at = strstr(text, "trusted comment: ");
        at = strstr(at + 1, "trusted comment: "); /* behind that of "untrusted comment: " */
        memmove(at + 18, at + 17, strlen(at + 17) + 1);
        at[17] = 'x';
        must(!accepted(text, data, size));
    } else {
        must(status == HR_INVALID);
        must_be_failure(&err, status);
    }
    free(comment);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    hr_err err = new_err(false);
    must(hr_vault_start(&err) == HR_OK);
    try_signature(data, size);
    try_key(data, size);
    try_signing(data, size);
    return 0;
}
