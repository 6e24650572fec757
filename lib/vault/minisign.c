/* minisign's signature files and public keys. A signature file has four lines: a comment that anybody may change; key
 * id and Ed25519 signature of the file's BLAKE2b-512; the trusted comment; and a signature over the first signature and
 * that comment. The key id is signed nowhere, so it is compared.
 *
 * Strict, so that one signature has one text: standard base64 as it must be written, each line ended by LF alone. */
#include "vault/minisign.h"
#include "base/text.h"
#include "vault/parts.h"
#include <sodium.h>
#include <stdio.h>
#include <string.h>

_Static_assert(sizeof(hr_minisign_hash) >= sizeof(crypto_generichash_state),
               "hr_minisign_hash holds libsodium's state");
_Static_assert(_Alignof(hr_minisign_hash) >= _Alignof(crypto_generichash_state), "and is aligned for it");

static const char untrusted_start[] = "untrusted comment: ", trusted_start[] = "trusted comment: ";

/* As they are in base64. */
typedef struct key_line {
    unsigned char algorithm[2], id[8], key[crypto_sign_PUBLICKEYBYTES];
} key_line;
typedef struct signature_line {
    unsigned char algorithm[2], id[8], signature[crypto_sign_BYTES];
} signature_line;
_Static_assert(sodium_base64_ENCODED_LEN(sizeof(key_line), sodium_base64_VARIANT_ORIGINAL) == HR_MINISIGN_KEY_SIZE,
               "a key as text");
static const unsigned char plain_algorithm[2] = "Ed", prehashed_algorithm[2] = "ED";

typedef struct line {
    const char *start;
    size_t size;
} line;

static bool base64(line text, void *out, size_t size) {
    size_t got = 0;
    return hr_base64_parse(text.start, text.size, true, out, size, &got) && got == size;
}

static bool begins(line text, const char *start) {
    return text.size >= strlen(start) && memcmp(text.start, start, strlen(start)) == 0;
}

/* ---- keys ---- */

void hr_minisign_public(const unsigned char seed[32], hr_minisign_key *out) {
    unsigned char secret[crypto_sign_SECRETKEYBYTES], hash[crypto_generichash_BYTES];
    crypto_sign_seed_keypair(out->key, secret, seed);
    hr_wipe(secret, sizeof secret);
    crypto_generichash(hash, sizeof hash, out->key, sizeof out->key, NULL, 0);
    memcpy(out->id, hash, sizeof out->id);
}

void hr_minisign_key_text(const hr_minisign_key *key, char out[HR_MINISIGN_KEY_SIZE]) {
    key_line bytes;
    memcpy(bytes.algorithm, plain_algorithm, sizeof bytes.algorithm);
    memcpy(bytes.id, key->id, sizeof bytes.id);
    memcpy(bytes.key, key->key, sizeof bytes.key);
    sodium_bin2base64(out, HR_MINISIGN_KEY_SIZE, (unsigned char *)&bytes, sizeof bytes, sodium_base64_VARIANT_ORIGINAL);
}

bool hr_minisign_key_parse(const char *text, hr_minisign_key *out) {
    key_line bytes;
    line whole = {text, strlen(text)};
    if (begins(whole, untrusted_start)) {
        size_t comment = strcspn(text, "\n") + 1;
        if (comment > whole.size)
            return false;
        whole = (line){text + comment, whole.size - comment};
    }
    if (whole.size > 0 && whole.start[whole.size - 1] == '\n')
        whole.size--;
    if (!base64(whole, &bytes, sizeof bytes) || memcmp(bytes.algorithm, plain_algorithm, sizeof bytes.algorithm) != 0)
        return false;
    memcpy(out->id, bytes.id, sizeof out->id);
    memcpy(out->key, bytes.key, sizeof out->key);
    return true;
}

/* ---- hashing ---- */

static crypto_generichash_state *state_of(hr_minisign_hash *hash) {
    return (crypto_generichash_state *)(void *)hash->state;
}

void hr_minisign_begin(hr_minisign_hash *hash) {
    crypto_generichash_init(state_of(hash), NULL, 0, HR_MINISIGN_DIGEST_SIZE);
}

void hr_minisign_update(hr_minisign_hash *hash, const void *bytes, size_t size) {
    if (size)
        crypto_generichash_update(state_of(hash), bytes, size);
}

void hr_minisign_digest(const hr_minisign_hash *hash, unsigned char out[HR_MINISIGN_DIGEST_SIZE]) {
    hr_minisign_hash copy = *hash;
    crypto_generichash_final(state_of(&copy), out, HR_MINISIGN_DIGEST_SIZE);
}

/* ---- signing ---- */

/* What may stand on one line and be shown: no control characters. minisign's own comments have tabs. */
static bool comment_valid(line text) {
    size_t bad_at = 0;
    if (text.size >= HR_MINISIGN_COMMENT_SIZE || !hr_text_utf8_valid(text.start, text.size, &bad_at))
        return false;
    for (size_t at = 0; at < text.size;) {
        int32_t c = hr_text_next(text.start, &at, text.size);
        if ((c < 0x20 && c != '\t') || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029)
            return false;
    }
    return true;
}

/* The second signature is over the first one and the comment. */
static size_t put_together(const unsigned char signature[crypto_sign_BYTES], const char *comment,
                           unsigned char out[crypto_sign_BYTES + HR_MINISIGN_COMMENT_SIZE]) {
    size_t length = strlen(comment);
    memcpy(out, signature, crypto_sign_BYTES);
    memcpy(out + crypto_sign_BYTES, comment, length);
    return crypto_sign_BYTES + length;
}

hr_status hr_minisign_sign(hr_err *err, const unsigned char seed[32], const hr_minisign_hash *hash, const char *comment,
                           char out[HR_MINISIGN_SIZE]) {
    unsigned char digest[HR_MINISIGN_DIGEST_SIZE];
    hr_minisign_digest(hash, digest);
    return hr_minisign_sign_digest(err, seed, digest, comment, out);
}

hr_status hr_minisign_sign_digest(hr_err *err, const unsigned char seed[32],
                                  const unsigned char digest[HR_MINISIGN_DIGEST_SIZE], const char *comment,
                                  char out[HR_MINISIGN_SIZE]) {
    enum { VARIANT = sodium_base64_VARIANT_ORIGINAL };
    unsigned char public[crypto_sign_PUBLICKEYBYTES], secret[crypto_sign_SECRETKEYBYTES];
    unsigned char together[crypto_sign_BYTES + HR_MINISIGN_COMMENT_SIZE], global[crypto_sign_BYTES];
    char first[sodium_base64_ENCODED_LEN(sizeof(signature_line), VARIANT)];
    char second[sodium_base64_ENCODED_LEN(sizeof global, VARIANT)];
    signature_line bytes;
    hr_minisign_key key;
    if (!comment_valid((line){comment, strlen(comment)}))
        return hr_fail(
            err, HR_INVALID,
            HR_TR(err, "a signature's comment is one line of at most %d bytes without control characters; shorten it",
                  "签名的注释须为一行、不超过 %d 字节且不含控制字符；请缩短"),
            HR_MINISIGN_COMMENT_SIZE - 1);
    hr_minisign_public(seed, &key);
    memcpy(bytes.algorithm, prehashed_algorithm, sizeof bytes.algorithm);
    memcpy(bytes.id, key.id, sizeof bytes.id);
    crypto_sign_seed_keypair(public, secret, seed);
    crypto_sign_detached(bytes.signature, NULL, digest, HR_MINISIGN_DIGEST_SIZE, secret);
    crypto_sign_detached(global, NULL, together, put_together(bytes.signature, comment, together), secret);
    hr_wipe(secret, sizeof secret);
    sodium_bin2base64(first, sizeof first, (unsigned char *)&bytes, sizeof bytes, VARIANT);
    sodium_bin2base64(second, sizeof second, global, sizeof global, VARIANT);
    snprintf(out, HR_MINISIGN_SIZE, "%ssignature by healthrec\n%s\n%s%s\n%s\n", untrusted_start, first, trusted_start,
             comment, second);
    return HR_OK;
}

/* ---- checking ---- */

/* The next line, without its end, which must be there. */
static bool next_line(line *rest, line *out) {
    const char *end = memchr(rest->start, '\n', rest->size);
    if (!end)
        return false;
    *out = (line){rest->start, (size_t)(end - rest->start)};
    *rest = (line){end + 1, rest->size - out->size - 1};
    return true;
}

static bool read_signature(line text, hr_minisignature *out) {
    signature_line bytes;
    if (!base64(text, &bytes, sizeof bytes))
        return false;
    out->prehashed = memcmp(bytes.algorithm, prehashed_algorithm, sizeof bytes.algorithm) == 0;
    memcpy(out->key_id, bytes.id, sizeof out->key_id);
    memcpy(out->signature, bytes.signature, sizeof out->signature);
    return out->prehashed || memcmp(bytes.algorithm, plain_algorithm, sizeof bytes.algorithm) == 0;
}

static bool read_comment(line text, hr_minisignature *out) {
    size_t start = strlen(trusted_start);
    if (!begins(text, trusted_start) || !comment_valid((line){text.start + start, text.size - start}))
        return false;
    memcpy(out->comment, text.start + start, text.size - start);
    out->comment[text.size - start] = '\0';
    return true;
}

/* The number of the line that is wrong; 0: none. */
static unsigned read_lines(line rest, hr_minisignature *out) {
    line text = {0};
    if (!next_line(&rest, &text) || !begins(text, untrusted_start) || text.size >= HR_MINISIGN_COMMENT_SIZE)
        return 1;
    if (!next_line(&rest, &text) || !read_signature(text, out))
        return 2;
    if (!next_line(&rest, &text) || !read_comment(text, out))
        return 3;
    if (!next_line(&rest, &text) || !base64(text, out->global, sizeof out->global))
        return 4;
    return rest.size == 0 ? 0 : 5;
}

hr_status hr_minisign_parse(hr_err *err, const char *text, size_t size, hr_minisignature *out) {
    unsigned wrong = read_lines((line){text, size}, out);
    if (wrong == 1)
        return hr_fail(err, HR_INVALID, "%s",
                       HR_TR(err, "this is not a signature file of minisign; check which file was given",
                             "这不是 minisign 签名文件；请核对所给的文件"));
    if (wrong)
        return hr_fail(
            err, HR_INVALID,
            HR_TR(err, "line %u of this signature file is not as minisign writes it; ask for the signature file again",
                  "该签名文件第 %u 行不是 minisign 的写法；请重新索取签名文件"),
            wrong);
    return HR_OK;
}

bool hr_minisign_check_digest(const hr_minisign_key *key, const unsigned char digest[HR_MINISIGN_DIGEST_SIZE],
                              const hr_minisignature *signature) {
    unsigned char together[crypto_sign_BYTES + HR_MINISIGN_COMMENT_SIZE];
    if (!signature->prehashed || memcmp(key->id, signature->key_id, sizeof key->id) != 0)
        return false;
    return crypto_sign_verify_detached(signature->signature, digest, HR_MINISIGN_DIGEST_SIZE, key->key) == 0 &&
           crypto_sign_verify_detached(signature->global, together,
                                       put_together(signature->signature, signature->comment, together), key->key) == 0;
}

bool hr_minisign_check(const hr_minisign_key *key, const hr_minisign_hash *hash, const hr_minisignature *signature) {
    unsigned char digest[HR_MINISIGN_DIGEST_SIZE];
    hr_minisign_digest(hash, digest);
    return hr_minisign_check_digest(key, digest, signature);
}
