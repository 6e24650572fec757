/* Files in age v1: a header of text that seals the file's key to each recipient, its MAC, and the content in chunks of
 * 64 KiB, each encrypted on its own with a number and whether it is the last, so that a part that is missing, moved or
 * added is found. All of it as C2SP's age.md says, and whatever that does not allow is refused: base64 that could be
 * written otherwise, lines of another length, small-order points.
 *
 * One buffer takes first the header and the nonce behind it, which must fit, then one encrypted chunk after the other.
 * Relies on libsodium; its version in Debian 12 has no HKDF. */
#include "vault/age.h"
#include "vault/parts.h"
#include <sodium.h>

enum {
    FILE_KEY_SIZE = 16,
    POINT_SIZE = crypto_scalarmult_BYTES,
    TAG_SIZE = crypto_aead_chacha20poly1305_ietf_ABYTES,
    WRAPPED_SIZE = FILE_KEY_SIZE + TAG_SIZE,
    MAC_SIZE = crypto_auth_hmacsha256_BYTES,
    NONCE_SIZE = 16, /* of the content's key */
    CHUNK_SIZE = 1 << 16,
    SEALED_SIZE = CHUNK_SIZE + TAG_SIZE,
    COLUMNS = 64, /* of a whole line of base64 */
    LINE_SIZE = 48
};
_Static_assert(SEALED_SIZE >= HR_AGE_HEADER_MAX + NONCE_SIZE, "the buffer takes a header");

static const char version_line[] = "age-encryption.org/v1\n", stanza_start[] = "-> ", mac_start[] = "---";
static const char recipient_prefix[] = "age", identity_prefix[] = "AGE-SECRET-KEY-";
_Static_assert(HR_BECH32_SIZE(sizeof recipient_prefix - 1, POINT_SIZE) == HR_AGE_RECIPIENT_SIZE, "as text");
_Static_assert(HR_BECH32_SIZE(sizeof identity_prefix - 1, POINT_SIZE) == HR_AGE_IDENTITY_SIZE, "as text");

/* ---- keys ---- */

void hr_hkdf_sha256(const void *secret, size_t secret_size, const void *salt, size_t salt_size, const void *info,
                    size_t info_size, unsigned char out[32]) {
    static const unsigned char first = 1;
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, salt, salt_size);
    crypto_auth_hmacsha256_update(&state, secret, secret_size);
    crypto_auth_hmacsha256_final(&state, out);
    crypto_auth_hmacsha256_init(&state, out, MAC_SIZE);
    crypto_auth_hmacsha256_update(&state, info, info_size);
    crypto_auth_hmacsha256_update(&state, &first, 1);
    crypto_auth_hmacsha256_final(&state, out);
    hr_wipe(&state, sizeof state);
}

void hr_age_recipient(const unsigned char identity[32], unsigned char out[32]) {
    crypto_scalarmult_base(out, identity);
}

void hr_age_recipient_text(const unsigned char recipient[32], char out[HR_AGE_RECIPIENT_SIZE]) {
    hr_bech32(recipient_prefix, recipient, POINT_SIZE, out);
}

void hr_age_identity_text(const unsigned char identity[32], char out[HR_AGE_IDENTITY_SIZE]) {
    hr_bech32(identity_prefix, identity, POINT_SIZE, out);
}

/* Whether every identity would come to the same shared secret, 0. */
static bool small_order(const unsigned char point[POINT_SIZE]) {
    static const unsigned char any[POINT_SIZE] = {0};
    unsigned char shared[POINT_SIZE];
    return crypto_scalarmult(shared, any, point) != 0;
}

bool hr_age_recipient_parse(const char *text, unsigned char out[32]) {
    return hr_bech32_parse(text, recipient_prefix, out, POINT_SIZE) && !small_order(out);
}

bool hr_age_identity_parse(const char *text, unsigned char out[32]) {
    return hr_bech32_parse(text, identity_prefix, out, POINT_SIZE);
}

/* Under what a file's key is sealed to a recipient, from both sides: the scalar and the point are the share's secret
 * and the recipient, or the identity and the share. False for a small-order point. */
static bool wrapping_key(const unsigned char scalar[POINT_SIZE], const unsigned char point[POINT_SIZE],
                         const unsigned char share[POINT_SIZE], const unsigned char recipient[POINT_SIZE],
                         unsigned char out[32]) {
    static const char info[] = "age-encryption.org/v1/X25519";
    unsigned char shared[POINT_SIZE], salt[2 * POINT_SIZE];
    if (crypto_scalarmult(shared, scalar, point) != 0)
        return false;
    memcpy(salt, share, POINT_SIZE);
    memcpy(salt + POINT_SIZE, recipient, POINT_SIZE);
    hr_hkdf_sha256(shared, sizeof shared, salt, sizeof salt, info, sizeof info - 1, out);
    hr_wipe(shared, sizeof shared);
    return true;
}

static void header_mac(const unsigned char key[FILE_KEY_SIZE], const void *header, size_t size,
                       unsigned char out[MAC_SIZE]) {
    static const char info[] = "header";
    unsigned char mac_key[32];
    hr_hkdf_sha256(key, FILE_KEY_SIZE, "", 0, info, sizeof info - 1, mac_key);
    crypto_auth_hmacsha256(out, header, size, mac_key);
    hr_wipe(mac_key, sizeof mac_key);
}

static void content_key(const unsigned char key[FILE_KEY_SIZE], const unsigned char nonce[NONCE_SIZE],
                        unsigned char out[32]) {
    static const char info[] = "payload";
    hr_hkdf_sha256(key, FILE_KEY_SIZE, nonce, NONCE_SIZE, info, sizeof info - 1, out);
}

/* A chunk's nonce: its number, big-endian, and whether it is the last. */
static void chunk_nonce(uint64_t number, bool last, unsigned char out[crypto_aead_chacha20poly1305_ietf_NPUBBYTES]) {
    memset(out, 0, crypto_aead_chacha20poly1305_ietf_NPUBBYTES);
    for (int i = 0; i < 8; i++)
        out[10 - i] = (unsigned char)(number >> 8 * i);
    out[11] = last;
}

/* ---- writing ---- */

struct hr_age_writer { /* in guarded memory */
    hr_err *err;
    hr_sink sink;
    void *context;
    hr_status status;
    uint64_t chunk;
    size_t held;
    unsigned char file_key[FILE_KEY_SIZE], key[32];
    unsigned char plain[CHUNK_SIZE], sealed[SEALED_SIZE];
};

static char *put_base64(char *to, const unsigned char *bytes, size_t size) {
    size_t room = sodium_base64_encoded_len(size, sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
    sodium_bin2base64(to, room, bytes, size, sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
    return to + room - 1;
}

/* False for a small-order point. */
static bool wrap(const unsigned char file_key[FILE_KEY_SIZE], const unsigned char recipient[POINT_SIZE],
                 unsigned char share[POINT_SIZE], unsigned char wrapped[WRAPPED_SIZE]) {
    static const unsigned char nonce[crypto_aead_chacha20poly1305_ietf_NPUBBYTES] = {0};
    unsigned char secret[POINT_SIZE], key[32];
    hr_random(secret, sizeof secret);
    crypto_scalarmult_base(share, secret);
    bool good = wrapping_key(secret, recipient, share, recipient, key);
    if (good)
        crypto_aead_chacha20poly1305_ietf_encrypt(wrapped, NULL, file_key, FILE_KEY_SIZE, NULL, 0, NULL, nonce, key);
    hr_wipe(secret, sizeof secret);
    hr_wipe(key, sizeof key);
    return good;
}

static hr_status write_header(hr_age_writer *w, const unsigned char recipient[POINT_SIZE]) {
    unsigned char share[POINT_SIZE], wrapped[WRAPPED_SIZE], mac[MAC_SIZE], nonce[NONCE_SIZE];
    char header[256], *end = header;
    hr_random(w->file_key, sizeof w->file_key);
    if (!wrap(w->file_key, recipient, share, wrapped))
        return hr_fail(w->err, HR_INVALID, "%s",
                       HR_TR(w->err, "this recipient is no real key; ask the other side for its public file again",
                             "该接收方公钥不是有效的公钥；请向对方重新索取公开文件"));
    end = stpcpy(stpcpy(end, version_line), "-> X25519 ");
    end = stpcpy(put_base64(end, share, sizeof share), "\n");
    end = stpcpy(put_base64(end, wrapped, sizeof wrapped), "\n");
    end = stpcpy(end, mac_start);
    header_mac(w->file_key, header, (size_t)(end - header), mac);
    end = stpcpy(put_base64(stpcpy(end, " "), mac, sizeof mac), "\n");
    hr_random(nonce, sizeof nonce);
    memcpy(end, nonce, sizeof nonce);
    content_key(w->file_key, nonce, w->key);
    return w->sink(w->context, header, (size_t)(end - header) + sizeof nonce);
}

hr_status hr_age_writer_new(hr_err *err, const unsigned char recipient[32], hr_sink sink, void *context,
                            hr_age_writer **out) {
    hr_age_writer *w = hr_secret_new(sizeof *w);
    if (!w)
        return hr_fail_memory(err);
    w->err = err;
    w->sink = sink;
    w->context = context;
    hr_status status = write_header(w, recipient);
    if (status != HR_OK)
        hr_age_writer_free(w);
    else
        *out = w;
    return status;
}

void hr_age_writer_free(hr_age_writer *writer) {
    hr_secret_free(writer);
}

static hr_status write_chunk(hr_age_writer *w, bool last) {
    unsigned char nonce[crypto_aead_chacha20poly1305_ietf_NPUBBYTES];
    chunk_nonce(w->chunk++, last, nonce);
    crypto_aead_chacha20poly1305_ietf_encrypt(w->sealed, NULL, w->plain, w->held, NULL, 0, NULL, nonce, w->key);
    w->status = w->sink(w->context, w->sealed, w->held + TAG_SIZE);
    w->held = 0;
    return w->status;
}

/* A full chunk waits until it is known whether another follows. */
hr_status hr_age_write(hr_age_writer *w, const void *bytes, size_t size) {
    const unsigned char *from = bytes;
    while (size > 0 && w->status == HR_OK) {
        if (w->held == CHUNK_SIZE && write_chunk(w, false) != HR_OK)
            break;
        size_t part = size < CHUNK_SIZE - w->held ? size : CHUNK_SIZE - w->held;
        memcpy(w->plain + w->held, from, part);
        w->held += part;
        from += part;
        size -= part;
    }
    return w->status;
}

hr_status hr_age_end(hr_age_writer *w) {
    return w->status == HR_OK ? write_chunk(w, true) : w->status;
}

/* ---- what the source gives ---- */

struct hr_age_reader { /* in guarded memory */
    hr_err *err;
    hr_source source;
    void *context;
    hr_status status;
    uint64_t chunk;
    bool source_ended, last; /* last: the chunk that says so has been read */
    size_t held;             /* of `sealed` */
    size_t plain_at, plain_end;
    unsigned char file_key[FILE_KEY_SIZE], key[32];
    unsigned char sealed[SEALED_SIZE], plain[CHUNK_SIZE];
};

static hr_status fill(hr_age_reader *r) {
    while (!r->source_ended && r->held < SEALED_SIZE) {
        size_t got = 0;
        hr_status status = r->source(r->context, r->sealed + r->held, SEALED_SIZE - r->held, &got);
        if (status != HR_OK)
            return status;
        r->source_ended = got == 0;
        r->held += got;
    }
    return HR_OK;
}

static void drop(hr_age_reader *r, size_t size) {
    r->held -= size;
    memmove(r->sealed, r->sealed + size, r->held);
}

/* ---- the header ---- */

typedef struct header {
    size_t size, mac_covers;
    unsigned line, x25519, others;
    bool scrypt;
    unsigned char mac[MAC_SIZE];
    const unsigned char *identity; /* NULL: nobody's */
    unsigned char recipient[POINT_SIZE];
    bool found;
    unsigned char *file_key;
} header;

typedef struct text {
    const char *start;
    size_t size;
} text;

static hr_status malformed(hr_err *err, const header *h) {
    return hr_fail(err, HR_INVALID,
                   HR_TR(err, "line %u of this age file's header breaks the format; ask the sender for the file again",
                         "该 age 文件的文件头第 %u 行不符合格式；请让发送方重新发来文件"),
                   h->line);
}

static hr_status not_age(hr_err *err) {
    return hr_fail(err, HR_INVALID, "%s",
                   HR_TR(err, "this is not a file encrypted with age (version 1); check which file was given",
                         "这不是 age（第 1 版）加密的文件；请核对所给的文件"));
}

static hr_status cut_header(hr_err *err) {
    return hr_fail(err, HR_INVALID, "%s",
                   HR_TR(err, "this age file ends within its header: it was cut off; copy or fetch it again",
                         "该 age 文件在文件头处就中断了，内容不完整；请重新拷贝或索取"));
}

/* The next line, without its end. */
static hr_status next_line(const hr_age_reader *r, header *h, text *out) {
    size_t limit = r->held < HR_AGE_HEADER_MAX ? r->held : HR_AGE_HEADER_MAX;
    const char *start = (const char *)r->sealed + h->size;
    const char *end = memchr(start, '\n', limit - h->size);
    h->line++;
    if (!end && r->held < HR_AGE_HEADER_MAX)
        return cut_header(r->err);
    if (!end)
        return hr_fail(r->err, HR_INVALID,
                       HR_TR(r->err,
                             "the header of this age file is longer than %d bytes; ask the sender for the file again",
                             "该 age 文件的文件头超过 %d 字节；请让发送方重新发来文件"),
                       HR_AGE_HEADER_MAX);
    *out = (text){start, (size_t)(end - start)};
    h->size += out->size + 1;
    return HR_OK;
}

static bool is(text t, const char *what) {
    return t.size == strlen(what) && memcmp(t.start, what, t.size) == 0;
}

static bool begins(text t, const char *what) {
    return t.size >= strlen(what) && memcmp(t.start, what, strlen(what)) == 0;
}

static text behind(text t, const char *what) {
    return (text){t.start + strlen(what), t.size - strlen(what)};
}

static bool base64_just(text t, unsigned char *out, size_t size) {
    size_t got = 0;
    return hr_base64_parse(t.start, t.size, false, out, size, &got) && got == size;
}

/* Takes the first word off what stands behind "-> ". False when a word is empty or has other characters than visible
 * ASCII. */
static bool next_word(text *rest, text *out) {
    const char *blank = memchr(rest->start, ' ', rest->size);
    *out = (text){rest->start, blank ? (size_t)(blank - rest->start) : rest->size};
    for (size_t i = 0; i < out->size; i++)
        if (out->start[i] < 0x21 || out->start[i] > 0x7e)
            return false;
    size_t taken = out->size + (blank != NULL);
    *rest = (text){rest->start + taken, rest->size - taken};
    return out->size > 0 && (!blank || rest->size > 0);
}

/* Lines of base64 of just 64 columns, and one that is shorter; more columns would be more than LINE_SIZE bytes. `out`
 * takes the first WRAPPED_SIZE bytes. */
static hr_status read_body(const hr_age_reader *r, header *h, unsigned char out[WRAPPED_SIZE], size_t *size) {
    unsigned char bytes[LINE_SIZE];
    text line = {0};
    *size = 0;
    do {
        size_t got = 0;
        hr_status status = next_line(r, h, &line);
        if (status != HR_OK)
            return status;
        if (!hr_base64_parse(line.start, line.size, false, bytes, sizeof bytes, &got))
            return malformed(r->err, h);
        if (*size == 0)
            memcpy(out, bytes, got < WRAPPED_SIZE ? got : WRAPPED_SIZE);
        *size += got;
    } while (line.size == COLUMNS);
    return HR_OK;
}

/* The file's key, when it is sealed to the identity. */
static void unwrap(header *h, const unsigned char share[POINT_SIZE], const unsigned char wrapped[WRAPPED_SIZE]) {
    static const unsigned char nonce[crypto_aead_chacha20poly1305_ietf_NPUBBYTES] = {0};
    unsigned char key[32];
    if (!h->identity || h->found || !wrapping_key(h->identity, share, share, h->recipient, key))
        return;
    h->found = crypto_aead_chacha20poly1305_ietf_decrypt(h->file_key, NULL, NULL, wrapped, WRAPPED_SIZE, NULL, 0, nonce,
                                                         key) == 0;
    hr_wipe(key, sizeof key);
}

static hr_status read_stanza(const hr_age_reader *r, header *h, text line) {
    unsigned char share[POINT_SIZE], body[WRAPPED_SIZE];
    size_t size = 0, words = 0;
    text kind, word = {0}, rest = behind(line, stanza_start);
    if (!next_word(&rest, &kind))
        return malformed(r->err, h);
    for (; rest.size > 0; words++)
        if (!next_word(&rest, &word))
            return malformed(r->err, h);
    h->scrypt |= is(kind, "scrypt");
    bool known = is(kind, "X25519");
    if (known && (words != 1 || !base64_just(word, share, sizeof share) || small_order(share)))
        return malformed(r->err, h);
    hr_status status = read_body(r, h, body, &size);
    if (status != HR_OK)
        return status;
    if (known && size != WRAPPED_SIZE)
        return malformed(r->err, h);
    if (known)
        unwrap(h, share, body);
    h->x25519 += known;
    h->others += !known;
    return HR_OK;
}

static hr_status read_mac(const hr_age_reader *r, header *h, text line) {
    h->mac_covers = (size_t)(line.start - (const char *)r->sealed) + strlen(mac_start);
    line = behind(line, mac_start);
    if (!begins(line, " ") || !base64_just(behind(line, " "), h->mac, sizeof h->mac))
        return malformed(r->err, h);
    /* A passphrase's stanza stands alone, else who knows no more than the passphrase could give the file to others. */
    if (h->x25519 + h->others == 0 || (h->scrypt && h->x25519 + h->others > 1))
        return malformed(r->err, h);
    return r->held < h->size + NONCE_SIZE ? cut_header(r->err) : HR_OK;
}

static hr_status read_header(hr_age_reader *r, header *h) {
    text line = {0};
    hr_status status = fill(r);
    if (status != HR_OK)
        return status;
    size_t compared = r->held < strlen(version_line) ? r->held : strlen(version_line);
    if (compared == 0 || memcmp(r->sealed, version_line, compared) != 0)
        return not_age(r->err);
    status = next_line(r, h, &line);
    while (status == HR_OK) {
        status = next_line(r, h, &line);
        if (status == HR_OK && begins(line, mac_start))
            return read_mac(r, h, line);
        if (status == HR_OK)
            status = begins(line, stanza_start) ? read_stanza(r, h, line) : malformed(r->err, h);
    }
    return status;
}

hr_status hr_age_look(hr_err *err, hr_source source, void *context, unsigned *x25519, unsigned *others) {
    header h = {0};
    hr_age_reader *r = hr_secret_new(sizeof *r);
    if (!r)
        return hr_fail_memory(err);
    r->err = err;
    r->source = source;
    r->context = context;
    hr_status status = read_header(r, &h);
    if (status == HR_OK) {
        *x25519 = h.x25519;
        *others = h.others;
    }
    hr_age_reader_free(r);
    return status;
}

/* ---- reading ---- */

static hr_status open_header(hr_age_reader *r, const unsigned char identity[POINT_SIZE]) {
    unsigned char mac[MAC_SIZE];
    header h = {.identity = identity, .file_key = r->file_key};
    hr_age_recipient(identity, h.recipient);
    hr_status status = read_header(r, &h);
    if (status != HR_OK)
        return status;
    if (!h.found)
        return hr_fail(r->err, HR_DENIED, "%s",
                       HR_TR(r->err,
                             "this file is encrypted to somebody else's key; ask the sender to encrypt it to yours",
                             "该文件是用别人的公钥加密的；请让发送方用您的公钥重新加密"));
    header_mac(r->file_key, r->sealed, h.mac_covers, mac);
    if (!hr_secret_equal(mac, h.mac, sizeof mac))
        return hr_fail(
            r->err, HR_DAMAGED, "%s",
            HR_TR(r->err, "the header of this file was altered after encryption; do not use it, and ask for it again",
                  "该文件的文件头在加密后被改动过；请勿使用，并重新索取"));
    content_key(r->file_key, r->sealed + h.size, r->key);
    drop(r, h.size + NONCE_SIZE);
    return HR_OK;
}

hr_status hr_age_reader_new(hr_err *err, const unsigned char identity[32], hr_source source, void *context,
                            hr_age_reader **out) {
    hr_age_reader *r = hr_secret_new(sizeof *r);
    if (!r)
        return hr_fail_memory(err);
    r->err = err;
    r->source = source;
    r->context = context;
    hr_status status = open_header(r, identity);
    if (status != HR_OK)
        hr_age_reader_free(r);
    else
        *out = r;
    return status;
}

void hr_age_reader_free(hr_age_reader *reader) {
    hr_secret_free(reader);
}

static hr_status cut_off(hr_err *err) {
    return hr_fail(err, HR_DAMAGED, "%s",
                   HR_TR(err, "this file was cut off: its end is missing; copy or fetch it again",
                         "该文件不完整，结尾缺失；请重新拷贝或索取"));
}

static hr_status altered(const hr_age_reader *r) {
    if (r->held < SEALED_SIZE) /* the last chunk, or the start of another one */
        return hr_fail(r->err, HR_DAMAGED, "%s",
                       HR_TR(r->err,
                             "this file was altered or cut off near its end; do not use it, and ask for it again",
                             "该文件临近结尾处被改动过或被截断；请勿使用，并重新索取"));
    return hr_fail(r->err, HR_DAMAGED, "%s",
                   HR_TR(r->err, "this file was altered after encryption; do not use it, and ask for it again",
                         "该文件在加密后被改动过；请勿使用，并重新索取"));
}

static bool open_chunk(hr_age_reader *r, bool last) {
    unsigned char nonce[crypto_aead_chacha20poly1305_ietf_NPUBBYTES];
    chunk_nonce(r->chunk, last, nonce);
    return crypto_aead_chacha20poly1305_ietf_decrypt(r->plain, NULL, NULL, r->sealed, r->held, NULL, 0, nonce,
                                                     r->key) == 0;
}

/* Only a chunk that is not full is surely the last; a full one says so by the nonce that opens it. */
static hr_status next_chunk(hr_age_reader *r) {
    hr_status status = fill(r);
    if (status != HR_OK)
        return status;
    if (r->last)
        return r->held == 0
                   ? HR_OK
                   : hr_fail(r->err, HR_DAMAGED, "%s",
                             HR_TR(r->err, "something was appended to this file; do not use it, and ask for it again",
                                   "该文件末尾被添加了内容；请勿使用，并重新索取"));
    if (r->held < TAG_SIZE)
        return cut_off(r->err);
    r->last = !(r->held == SEALED_SIZE && open_chunk(r, false));
    if (r->last && !open_chunk(r, true))
        return altered(r);
    if (r->held == TAG_SIZE && r->chunk > 0) /* only a file without content ends with an empty chunk */
        return altered(r);
    r->chunk++;
    r->plain_at = 0;
    r->plain_end = r->held - TAG_SIZE;
    r->held = 0;
    return HR_OK;
}

hr_status hr_age_read(hr_age_reader *r, void *out, size_t size, size_t *got) {
    *got = 0;
    if (r->status == HR_OK && r->plain_at == r->plain_end)
        r->status = next_chunk(r);
    if (r->status != HR_OK)
        return r->status;
    size_t left = r->plain_end - r->plain_at;
    *got = size < left ? size : left;
    memcpy(out, r->plain + r->plain_at, *got);
    r->plain_at += *got;
    return HR_OK;
}
