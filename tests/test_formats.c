/* age and minisign: what others write we read, what we write they read, and nothing that was altered passes. Judged by
 * published values (BIP 173, RFC 5869, the test vectors of C2SP CCTV in tests/vectors/age) and by Debian's programs
 * age, age-keygen and minisign. Whatever is refused is shown to be accepted without the fault. */
#include "support.h"
#include "vault/age.h"
#include "vault/minisign.h"
#include "vault/parts.h"
#include <dirent.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define VECTORS "tests/vectors/age"
enum { VECTOR_COUNT = 68, CHUNK = 65536, TAG = 16, NONCE = 16 };

/* ---- bytes in memory as source and sink ---- */

typedef struct bytes {
    unsigned char *start;
    size_t size, at, step; /* step: the most that is given at once; 0: no limit */
} bytes;

static hr_status take(void *context, void *out, size_t size, size_t *got) {
    bytes *from = context;
    size_t left = from->size - from->at;
    *got = left < size ? left : size;
    if (from->step && *got > from->step)
        *got = from->step;
    memcpy(out, from->start + from->at, *got);
    from->at += *got;
    return HR_OK;
}

static hr_status keep(void *context, const void *from, size_t size) {
    bytes *to = context;
    to->start = realloc(to->start, to->size + size + 1);
    assert_non_null(to->start);
    memcpy(to->start + to->size, from, size);
    to->size += size;
    to->start[to->size] = '\0';
    return HR_OK;
}

static bytes file_bytes(const char *path) {
    bytes b = {0};
    b.start = (unsigned char *)read_bytes(path, &b.size);
    return b;
}

/* So many bytes that do not repeat themselves from chunk to chunk. */
static bytes some_bytes(size_t size) {
    bytes b = {.start = calloc(size + 1, 1), .size = size};
    assert_non_null(b.start);
    seed_chance(size + 1);
    for (size_t i = 0; i < size; i++)
        b.start[i] = (unsigned char)random_below(256);
    return b;
}

static bool same(const bytes *a, const bytes *b) {
    return a->size == b->size && (a->size == 0 || memcmp(a->start, b->start, a->size) == 0);
}

/* ---- a group's keys and folder ---- */

typedef struct keys {
    char folder[PATH_SIZE];
    unsigned char identity[32], recipient[32], other[32], seed[32];
    hr_err err;
} keys;

static int make_keys(void **state) {
    keys *k = calloc(1, sizeof *k);
    assert_non_null(k);
    hr_err_init(&k->err, HR_LANGUAGE_EN);
    assert_int_equal(hr_vault_start(&k->err), HR_OK);
    make_folder(k->folder, NULL);
    hr_random(k->identity, sizeof k->identity);
    hr_random(k->other, sizeof k->other);
    hr_random(k->seed, sizeof k->seed);
    hr_age_recipient(k->identity, k->recipient);
    *state = k;
    return 0;
}

static int remove_keys(void **state) {
    keys *k = *state;
    remove_tree(k->folder);
    free(k);
    return 0;
}

static bytes encrypt_in_pieces(keys *k, const bytes *plain, size_t piece) {
    bytes out = {0};
    hr_age_writer *w = NULL;
    assert_int_equal(hr_age_writer_new(&k->err, k->recipient, keep, &out, &w), HR_OK);
    for (size_t at = 0; at < plain->size; at += piece)
        assert_int_equal(hr_age_write(w, plain->start + at, plain->size - at < piece ? plain->size - at : piece),
                         HR_OK);
    assert_int_equal(hr_age_end(w), HR_OK);
    hr_age_writer_free(w);
    return out;
}

static bytes encrypt(keys *k, const bytes *plain) {
    return encrypt_in_pieces(k, plain, plain->size + 1);
}

/* What is released until the end or the failure; *opened is whether the header was good. */
static hr_status decrypt(keys *k, const unsigned char identity[32], bytes *sealed, size_t piece, bytes *plain,
                         bool *opened) {
    hr_age_reader *r = NULL;
    unsigned char *out = malloc(piece);
    size_t got = 1;
    assert_non_null(out);
    hr_err_clear(&k->err);
    sealed->at = 0;
    *plain = (bytes){0};
    hr_status status = hr_age_reader_new(&k->err, identity, take, sealed, &r);
    *opened = status == HR_OK;
    while (status == HR_OK && got > 0) {
        status = hr_age_read(r, out, piece, &got);
        if (status == HR_OK)
            keep(plain, out, got);
        else
            assert_int_equal(hr_age_read(r, out, piece, &got), status); /* and stays so */
    }
    assert_true(status == HR_OK || (k->err.status == status && *k->err.text));
    hr_age_reader_free(r);
    free(out);
    return status;
}

static hr_status opens(keys *k, bytes *sealed) {
    bytes plain;
    bool opened;
    hr_status status = decrypt(k, k->identity, sealed, CHUNK, &plain, &opened);
    free(plain.start);
    return status;
}

/* Where the content begins: behind the line of the MAC and the nonce. */
static size_t content_at(const bytes *sealed) {
    const unsigned char *mac = memmem(sealed->start, sealed->size, "\n--- ", 5);
    assert_non_null(mac);
    return (size_t)(mac - sealed->start) + 5 + 43 + 1 + NONCE;
}

/* ---- Bech32 and HKDF ---- */

static void bech32_of_bip_173_is_read_and_written_again(void **state) {
    (void)state;
    static const struct {
        const char *text, *prefix, *hex;
    } good[] = {
        {"A12UEL5L", "A", ""},
        {"a12uel5l", "a", ""},
        {"an83characterlonghumanreadablepartthatcontainsthenumber1andtheexcludedcharactersbio1tt5tgs",
         "an83characterlonghumanreadablepartthatcontainsthenumber1andtheexcludedcharactersbio", ""},
        {"abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw", "abcdef", "00443214c74254b635cf84653a56d7c675be77df"},
        {"11qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqc8247j", "1",
         "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"},
        {"split1checkupstagehandshakeupstreamerranterredcaperred2y9e3w", "split",
         "c5f38b70305f519bf66d85fb6cf03058f3dde463ecd7918f2dc743918f2d"},
        {"?1ezyfcl", "?", ""},
    };
    for (size_t i = 0; i < COUNT(good); i++) {
        unsigned char out[64];
        char hex[2 * sizeof out + 1], text[128];
        size_t size = strlen(good[i].hex) / 2;
        assert_true(hr_bech32_parse(good[i].text, good[i].prefix, out, size));
        assert_string_equal(sodium_bin2hex(hex, sizeof hex, out, size), good[i].hex);
        hr_bech32(good[i].prefix, out, size, text);
        assert_string_equal(text, good[i].text);
        assert_false(hr_bech32_parse(good[i].text, good[i].prefix, out, size + 1));
    }
}

static void bech32_that_bip_173_forbids_is_refused(void **state) {
    (void)state;
    static const struct {
        const char *text, *prefix;
        size_t size;
    } bad[] = {
        {"x1b4n0q5v", "x", 1},       {"a22uel5l", "a", 0},
        {"li1dgmt3", "li", 0},       {"de1lg7wt\xff", "de", 0},
        {"A1G7SGD8", "A", 0},        {"a12uEL5L", "a", 0},
        {"A12uel5l", "A", 0},        {"a12uel5l", "A", 0},
        {"A12UEL5L", "a", 0},        {"pzry9x0s0muk", "p", 3},
        {"pzry9x0s0muk", "pzry", 1}, {"a12uel5", "a", 0},
        {"a12uel5ll", "a", 0},       {"split1checkupstagehandshakeupstreamerranterredcaperred2y9e2w", "split", 30},
    };
    unsigned char out[64];
    assert_true(hr_bech32_parse("a12uel5l", "a", out, 0)); /* the control */
    for (size_t i = 0; i < COUNT(bad); i++)
        if (hr_bech32_parse(bad[i].text, bad[i].prefix, out, bad[i].size))
            fail_msg("accepted: %s", bad[i].text);
}

/* A byte has two digits, of which the second has two bits to spare; its checksum is right whatever they are. */
static void bech32_with_bits_to_spare_is_refused_unless_they_are_zero(void **state) {
    (void)state;
    unsigned char out[2];
    assert_true(hr_bech32_parse("a1lu9cgf6y", "a", out, 1));
    assert_int_equal(out[0], 0xff);
    assert_false(hr_bech32_parse("a1llttal5m", "a", out, 1));
}

static void hkdf_is_that_of_rfc_5869(void **state) {
    (void)state;
    unsigned char secret[80], salt[80], info[80], out[32];
    char hex[65];
    memset(secret, 0x0b, 22);
    for (unsigned i = 0; i < 80; i++) {
        salt[i] = (unsigned char)i;
        info[i] = (unsigned char)(0xf0 + i);
    }
    hr_hkdf_sha256(secret, 22, salt, 13, info, 10, out); /* A.1 */
    assert_string_equal(sodium_bin2hex(hex, sizeof hex, out, 32),
                        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf");
    hr_hkdf_sha256(secret, 22, "", 0, "", 0, out); /* A.3 */
    assert_string_equal(sodium_bin2hex(hex, sizeof hex, out, 32),
                        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d");
    for (unsigned i = 0; i < 80; i++) {
        secret[i] = (unsigned char)i;
        salt[i] = (unsigned char)(0x60 + i);
        info[i] = (unsigned char)(0xb0 + i);
    }
    hr_hkdf_sha256(secret, 80, salt, 80, info, 80, out); /* A.2 */
    assert_string_equal(sodium_bin2hex(hex, sizeof hex, out, 32),
                        "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c");
}

static void keys_as_text_are_read_in_their_own_case_alone(void **state) {
    keys *k = *state;
    char recipient[HR_AGE_RECIPIENT_SIZE], identity[HR_AGE_IDENTITY_SIZE];
    unsigned char out[32];
    hr_age_recipient_text(k->recipient, recipient);
    hr_age_identity_text(k->identity, identity);
    assert_true(hr_age_recipient_parse(recipient, out));
    assert_memory_equal(out, k->recipient, 32);
    assert_true(hr_age_identity_parse(identity, out));
    assert_memory_equal(out, k->identity, 32);
    assert_false(hr_age_identity_parse(recipient, out));
    assert_false(hr_age_recipient_parse(identity, out));
    for (char *c = recipient; *c; c++)
        *c = *c >= 'a' && *c <= 'z' ? (char)(*c - 32) : *c;
    assert_false(hr_age_recipient_parse(recipient, out));
}

static void a_recipient_of_small_order_is_refused(void **state) {
    keys *k = *state;
    static const unsigned char one[32] = {1};
    char text[HR_AGE_RECIPIENT_SIZE];
    unsigned char out[32];
    hr_age_writer *w = NULL;
    bytes sink = {0};
    hr_age_recipient_text(one, text);
    assert_false(hr_age_recipient_parse(text, out));
    assert_int_equal(hr_age_writer_new(&k->err, one, keep, &sink, &w), HR_INVALID);
    assert_int_equal(sink.size, 0);
}

/* ---- age's published vectors ---- */

typedef struct vector {
    char expect[32], payload[65], identity[HR_AGE_IDENTITY_SIZE];
    bool compressed;
    bytes file;
} vector;

/* The commands are made of names that the tests choose. */
static int shell(const char *format, ...) __attribute__((format(printf, 1, 2)));
static int shell(const char *format, ...) {
    char command[4096];
    va_list args;
    va_start(args, format);
    int length = vsnprintf(command, sizeof command, format, args);
    va_end(args);
    assert_true(length > 0 && (size_t)length < sizeof command);
    int status = system(command); /* NOLINT(cert-env33-c) */
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) < 126);
    return WEXITSTATUS(status);
}

static void inflate(const keys *k, bytes *file) {
    char packed[PATH_SIZE], plain[PATH_SIZE];
    join_path(packed, k->folder, "packed");
    join_path(plain, k->folder, "plain");
    write_bytes(packed, file->start, file->size);
    assert_int_equal(shell("python3 -c 'import sys, zlib; "
                           "sys.stdout.buffer.write(zlib.decompress(sys.stdin.buffer.read()))' <'%s' >'%s'",
                           packed, plain),
                     0);
    free(file->start);
    *file = file_bytes(plain);
}

static void read_vector(const keys *k, const char *name, vector *v) {
    char path[PATH_SIZE];
    memset(v, 0, sizeof *v);
    join_path(path, VECTORS, name);
    v->file = file_bytes(path);
    char *line = (char *)v->file.start;
    while (*line != '\n') {
        char *end = strchr(line, '\n');
        assert_non_null(end);
        *end = '\0';
        sscanf(line, "expect: %31[^\n]", v->expect);
        sscanf(line, "payload: %64s", v->payload);
        sscanf(line, "identity: %74s", v->identity);
        v->compressed |= strcmp(line, "compressed: zlib") == 0;
        line = end + 1;
    }
    v->file.size -= (size_t)(line + 1 - (char *)v->file.start);
    memmove(v->file.start, line + 1, v->file.size);
    if (v->compressed)
        inflate(k, &v->file);
}

static void expect_vector(keys *k, vector *v, const unsigned char identity[32], size_t step, size_t piece) {
    static const struct {
        const char *expect;
        hr_status status;
        bool opened;
    } expected[] = {{"success", HR_OK, true},
                    {"no match", HR_DENIED, false},
                    {"HMAC failure", HR_DAMAGED, false},
                    {"header failure", HR_INVALID, false},
                    {"payload failure", HR_DAMAGED, true}};
    unsigned char hash[crypto_hash_sha256_BYTES];
    char hex[2 * sizeof hash + 1];
    unsigned x25519 = 0, others = 0;
    bool opened = false;
    bytes plain;
    size_t i = 0;
    while (i < COUNT(expected) && strcmp(expected[i].expect, v->expect) != 0)
        i++;
    assert_true(i < COUNT(expected));
    v->file.step = step;
    assert_int_equal(decrypt(k, identity, &v->file, piece, &plain, &opened), expected[i].status);
    assert_int_equal(opened, expected[i].opened);
    if (opened) {
        crypto_hash_sha256(hash, plain.start ? plain.start : hash, plain.size);
        assert_string_equal(sodium_bin2hex(hex, sizeof hex, hash, sizeof hash), v->payload);
    }
    free(plain.start);
    v->file.at = 0;
    assert_int_equal(hr_age_look(&k->err, take, &v->file, &x25519, &others),
                     expected[i].status == HR_INVALID ? HR_INVALID : HR_OK);
}

/* The test's state is the vector's name; the group's is not handed to a test that has its own. */
static void vector_is_judged_as_published(void **state) {
    void *group = NULL;
    unsigned char identity[32] = {1};
    vector v;
    make_keys(&group);
    read_vector(group, *state, &v);
    assert_true(!*v.identity || hr_age_identity_parse(v.identity, identity));
    expect_vector(group, &v, identity, 0, CHUNK);
    expect_vector(group, &v, identity, 4099, 1 << 20);
    if (v.file.size < 1000)
        expect_vector(group, &v, identity, 1, 1);
    free(v.file.start);
    remove_keys(&group);
}

/* ---- Debian's age ---- */

static const size_t sizes[] = {0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * 1024 * 1024 + 5};

static void debians_age_opens_what_we_write(void **state) {
    keys *k = *state;
    char text[HR_AGE_IDENTITY_SIZE], identity[PATH_SIZE], sealed[PATH_SIZE], opened[PATH_SIZE];
    join_path(identity, k->folder, "identity");
    join_path(sealed, k->folder, "sealed");
    join_path(opened, k->folder, "opened");
    hr_age_identity_text(k->identity, text);
    write_text(identity, text);
    for (size_t i = 0; i < COUNT(sizes); i++) {
        bytes plain = some_bytes(sizes[i]), file = encrypt_in_pieces(k, &plain, 1 + i * 9973);
        write_bytes(sealed, file.start, file.size);
        assert_int_equal(shell("age -d -i '%s' '%s' >'%s'", identity, sealed, opened), 0);
        bytes got = file_bytes(opened);
        assert_true(same(&plain, &got));
        flip_byte(sealed, file.size - 1); /* the control */
        assert_int_not_equal(shell("age -d -i '%s' '%s' >'%s' 2>/dev/null", identity, sealed, opened), 0);
        free(plain.start);
        free(file.start);
        free(got.start);
    }
}

static void we_open_what_debians_age_writes(void **state) {
    keys *k = *state;
    char text[HR_AGE_RECIPIENT_SIZE], other[HR_AGE_RECIPIENT_SIZE], sealed[PATH_SIZE], path[PATH_SIZE];
    unsigned char recipient[32];
    join_path(sealed, k->folder, "sealed");
    join_path(path, k->folder, "plain");
    hr_age_recipient_text(k->recipient, text);
    hr_age_recipient(k->other, recipient);
    hr_age_recipient_text(recipient, other);
    for (size_t i = 0; i < COUNT(sizes); i++) {
        unsigned x25519 = 0, others = 0;
        bool opened;
        bytes plain = some_bytes(sizes[i]), got;
        write_bytes(path, plain.start, plain.size);
        assert_int_equal(
            shell("age -r %s -r %s -o '%s' '%s'", i % 2 ? text : other, i % 2 ? other : text, sealed, path), 0);
        bytes file = file_bytes(sealed);
        assert_int_equal(decrypt(k, k->identity, &file, 1 + i * 9973, &got, &opened), HR_OK);
        assert_true(same(&plain, &got));
        file.at = 0;
        assert_int_equal(hr_age_look(&k->err, take, &file, &x25519, &others), HR_OK);
        assert_int_equal(x25519, 2);
        assert_int_equal(others, 0);
        free(plain.start);
        free(file.start);
        free(got.start);
    }
}

static void keys_as_text_are_those_of_age_keygen(void **state) {
    keys *k = *state;
    char path[PATH_SIZE], public[PATH_SIZE], text[HR_AGE_RECIPIENT_SIZE + 1];
    unsigned char identity[32], recipient[32];
    join_path(path, k->folder, "generated");
    join_path(public, k->folder, "generated.pub");
    assert_int_equal(shell("age-keygen 2>/dev/null | grep -v '^#' | tr -d '\\n' >'%s'", path), 0);
    assert_int_equal(shell("age-keygen -y '%s' >'%s'", path, public), 0);
    bytes secret = file_bytes(path), expected = file_bytes(public);
    assert_true(hr_age_identity_parse((char *)secret.start, identity));
    hr_age_recipient(identity, recipient);
    hr_age_recipient_text(recipient, text);
    assert_string_equal(strcat(text, "\n"), (char *)expected.start);
    free(secret.start);
    free(expected.start);
}

/* ---- age files that were altered ---- */

static void a_file_with_any_bit_altered_is_refused(void **state) {
    keys *k = *state;
    bytes plain = some_bytes(40), sealed = encrypt(k, &plain), got;
    size_t content = content_at(&sealed);
    assert_int_equal(opens(k, &sealed), HR_OK); /* the control */
    for (size_t bit = 0; bit < 8 * sealed.size; bit++) {
        bool opened;
        sealed.start[bit / 8] ^= (unsigned char)(1 << bit % 8);
        hr_status status = decrypt(k, k->identity, &sealed, CHUNK, &got, &opened);
        assert_int_equal(got.size, 0);
        assert_true(status == HR_DAMAGED || (!opened && (status == HR_INVALID || status == HR_DENIED)));
        assert_int_equal(opened, bit / 8 >= content - NONCE);
        free(got.start);
        sealed.start[bit / 8] ^= (unsigned char)(1 << bit % 8);
    }
    assert_int_equal(opens(k, &sealed), HR_OK);
    free(plain.start);
    free(sealed.start);
}

static void a_file_cut_at_any_length_is_refused(void **state) {
    keys *k = *state;
    bytes plain = some_bytes(40), sealed = encrypt(k, &plain);
    size_t whole = sealed.size, content = content_at(&sealed);
    assert_int_equal(opens(k, &sealed), HR_OK); /* the control */
    for (sealed.size = 0; sealed.size < whole; sealed.size++) {
        assert_int_equal(opens(k, &sealed), sealed.size < content ? HR_INVALID : HR_DAMAGED);
        if (sealed.size > 0)
            assert_text_has(k->err.text, "cut off");
    }
    sealed.size = whole;
    keep(&sealed, "", 1);
    assert_int_equal(opens(k, &sealed), HR_DAMAGED);
    free(plain.start);
    free(sealed.start);
}

/* Three chunks, of which two are put in place of the others in any way. */
static void chunks_that_are_moved_or_missing_or_repeated_are_refused(void **state) {
    keys *k = *state;
    bytes plain = some_bytes(3 * CHUNK), sealed = encrypt(k, &plain);
    size_t content = content_at(&sealed), chunk = CHUNK + TAG;
    assert_int_equal(sealed.size, content + 3 * chunk);
    for (unsigned i = 0; i < 3 * 3 * 3 * 4; i++) {
        unsigned order[] = {i % 3, i / 3 % 3, i / 9 % 3}, count = i / 27;
        bytes other = {0};
        bool right = count == 3 && order[0] == 0 && order[1] == 1 && order[2] == 2;
        keep(&other, sealed.start, content);
        for (unsigned j = 0; j < count; j++)
            keep(&other, sealed.start + content + order[j] * chunk, chunk);
        assert_int_equal(opens(k, &other), right ? HR_OK : HR_DAMAGED);
        free(other.start);
    }
    free(plain.start);
    free(sealed.start);
}

static bytes changed(const bytes *file, size_t size, size_t flip) {
    bytes out = {0};
    keep(&out, file->start, size);
    if (flip < size)
        out.start[flip] ^= 1;
    return out;
}

/* Each in a message of its own, in both languages. */
static void what_is_wrong_with_a_file_is_told_apart(void **state) {
    keys *k = *state;
    enum { FAULTS = 9, NOTHING = 1 << 30 };
    static const hr_status expected[FAULTS] = {HR_INVALID, HR_INVALID, HR_INVALID, HR_DAMAGED, HR_DAMAGED,
                                               HR_DAMAGED, HR_DAMAGED, HR_DAMAGED, HR_DENIED};
    bytes plain = some_bytes(2 * CHUNK), sealed = encrypt(k, &plain), files[FAULTS], got;
    char texts[2 * FAULTS][1024];
    size_t content = content_at(&sealed);
    bool opened;
    files[0] = changed(&sealed, sealed.size, 0);                     /* no age file */
    files[1] = changed(&sealed, sealed.size, 22);                    /* a stanza's start */
    files[2] = changed(&sealed, content - 1, NOTHING);               /* cut in the nonce */
    files[3] = changed(&sealed, sealed.size, content);               /* first chunk */
    files[4] = changed(&sealed, sealed.size - 1, NOTHING);           /* cut in the last chunk */
    files[5] = changed(&sealed, sealed.size - CHUNK - TAG, NOTHING); /* last chunk missing */
    files[6] = changed(&sealed, sealed.size, NOTHING);               /* appended */
    keep(&files[6], "x", 1);
    files[7] = changed(&sealed, sealed.size, NOTHING); /* the MAC */
    unsigned char *mac = files[7].start + content - NONCE - 10;
    *mac = *mac == 'A' ? 'B' : 'A';
    files[8] = changed(&sealed, sealed.size, NOTHING); /* for somebody else */
    for (size_t i = 0; i < 2 * FAULTS; i++) {
        k->err.language = i % 2 ? HR_LANGUAGE_ZH : HR_LANGUAGE_EN;
        assert_int_equal(decrypt(k, i / 2 == 8 ? k->other : k->identity, &files[i / 2], CHUNK, &got, &opened),
                         expected[i / 2]);
        strcpy(texts[i], k->err.text);
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(texts[i], texts[j]);
        free(got.start);
        if (i % 2)
            free(files[i / 2].start);
    }
    k->err.language = HR_LANGUAGE_EN;
    free(plain.start);
    free(sealed.start);
}

/* Stanzas of a kind that nobody knows, up to a header of so many bytes. */
static bytes header_of(size_t size) {
    static const char start[] = "age-encryption.org/v1\n";
    static const char mac[] = "--- AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n";
    bytes out = {0};
    keep(&out, start, sizeof start - 1);
    while (out.size + sizeof mac - 1 < size) {
        size_t left = size - out.size - (sizeof mac - 1), words = left > 200 ? 95 : left - 5;
        keep(&out, "-> ", 3);
        for (size_t i = 0; i < words; i++)
            keep(&out, "x", 1);
        keep(&out, "\n\n", 2);
    }
    keep(&out, mac, sizeof mac - 1);
    assert_int_equal(out.size, size);
    keep(&out, "sixteen bytes...", NONCE);
    return out;
}

static void a_header_has_at_most_64_kib(void **state) {
    keys *k = *state;
    unsigned x25519 = 1, others = 0;
    bytes most = header_of(65536), more = header_of(65537);
    assert_int_equal(hr_age_look(&k->err, take, &most, &x25519, &others), HR_OK);
    assert_int_equal(x25519, 0);
    assert_true(others > 600);
    assert_int_equal(opens(k, &most), HR_DENIED);
    assert_int_equal(opens(k, &more), HR_INVALID);
    assert_text_has(k->err.text, "65536");
    free(most.start);
    free(more.start);
}

/* What the vectors leave out. The stanza is that of their vector x25519. */
static void headers_that_break_the_format_are_refused(void **state) {
    keys *k = *state;
#define SHARE "TEiF0ypqr+bpvcqXNyCVJpL7OuwPdVwPL7KQEbFDOCc"
#define BODY "EmECAEcKN+n/Vs9SbWiV+Hu0r+E8R77DdWYyd83nw7U\n"
    static const struct {
        bool good;
        const char *stanzas;
    } headers[] = {
        {true, "-> X25519 " SHARE "\n" BODY},
        {true, "-> X25519 " SHARE "\n" BODY "-> other\n\n"},
        {false, ""},
        {false, "-> X25519\n" BODY},
        {false, "-> X25519 " SHARE " " SHARE "\n" BODY},
        {false, "-> X25519 " SHARE " \n" BODY},
        {false, "->  X25519 " SHARE "\n" BODY},
        {false, "-> X25519 " SHARE "\n" BODY BODY},
        {false, "-> X25519 " SHARE "\n" BODY "--\n"},
        {false, "-> X25519 " SHARE "\n" BODY "--- " SHARE "=\n"},
        {false, "-> X25519 " SHARE "\n" BODY "\n"},
        {false, "-> \n\n"},
    };
    for (size_t i = 0; i < COUNT(headers); i++) {
        bytes file = {0};
        unsigned x25519 = 0, others = 0;
        keep(&file, "age-encryption.org/v1\n", 22);
        keep(&file, headers[i].stanzas, strlen(headers[i].stanzas));
        keep(&file, "--- " SHARE "\nsixteen bytes...", 64);
        hr_status status = hr_age_look(&k->err, take, &file, &x25519, &others);
        if (status != (headers[i].good ? HR_OK : HR_INVALID))
            fail_msg("%s for:\n%s", hr_status_name(status), file.start);
        assert_int_equal(opens(k, &file), headers[i].good ? HR_DENIED : HR_INVALID);
        free(file.start);
    }
#undef SHARE
#undef BODY
}

/* ---- sources and sinks that fail ---- */

typedef struct failing {
    bytes *file;
    size_t good; /* calls before the one that fails */
} failing;

static hr_status fail_to_take(void *context, void *out, size_t size, size_t *got) {
    failing *f = context;
    return f->good-- == 0 ? HR_BUSY : take(f->file, out, size, got);
}

static hr_status fail_to_keep(void *context, const void *from, size_t size) {
    failing *f = context;
    return f->good-- == 0 ? HR_BUSY : keep(f->file, from, size);
}

static void failures_of_source_and_sink_end_the_work(void **state) {
    keys *k = *state;
    bytes plain = some_bytes(2 * CHUNK), sealed = encrypt(k, &plain), sink = {0};
    static unsigned char out[CHUNK];
    for (size_t good = 0; good < 3; good++) {
        failing f = {&sealed, good};
        hr_age_reader *r = NULL;
        size_t got = 1;
        sealed.at = 0;
        sealed.step = CHUNK + TAG; /* just what is asked for */
        hr_status status = hr_age_reader_new(&k->err, k->identity, fail_to_take, &f, &r);
        while (status == HR_OK && got > 0)
            status = hr_age_read(r, out, sizeof out, &got);
        assert_int_equal(status, HR_BUSY);
        hr_age_reader_free(r);
    }
    for (size_t good = 0; good < 3; good++) {
        failing f = {&sink, good};
        hr_age_writer *w = NULL;
        hr_status status = hr_age_writer_new(&k->err, k->recipient, fail_to_keep, &f, &w);
        if (status == HR_OK)
            hr_age_write(w, plain.start, plain.size);
        assert_int_equal(w ? hr_age_end(w) : status, HR_BUSY);
        hr_age_writer_free(w);
    }
    free(plain.start);
    free(sealed.start);
    free(sink.start);
}

/* ---- minisign ---- */

static hr_minisign_hash hash_of(const bytes *file) {
    hr_minisign_hash hash;
    hr_minisign_begin(&hash);
    for (size_t at = 0; at < file->size; at += 1000)
        hr_minisign_update(&hash, file->start + at, file->size - at < 1000 ? file->size - at : 1000);
    return hash;
}

static void sign_text(keys *k, const bytes *file, const char *comment, char out[HR_MINISIGN_SIZE]) {
    hr_minisign_hash hash = hash_of(file);
    assert_int_equal(hr_minisign_sign(&k->err, k->seed, &hash, comment, out), HR_OK);
}

static bool signed_by(keys *k, const hr_minisign_key *key, const bytes *file, const char *text, size_t size) {
    hr_minisign_hash hash = hash_of(file);
    hr_minisignature signature;
    hr_err_clear(&k->err);
    hr_status status = hr_minisign_parse(&k->err, text, size, &signature);
    assert_true(status == HR_OK || (status == HR_INVALID && k->err.status == status && *k->err.text));
    return status == HR_OK && hr_minisign_check(key, &hash, &signature);
}

static void debians_minisign_accepts_our_signatures(void **state) {
    keys *k = *state;
    static const char comment[] = "healthrec bundle 1 seq=7 北京市 朝阳区";
    char path[PATH_SIZE], signature[PATH_SIZE], said[PATH_SIZE], text[HR_MINISIGN_SIZE], key_text[HR_MINISIGN_KEY_SIZE];
    hr_minisign_key key;
    join_path(path, k->folder, "file");
    join_path(signature, k->folder, "file.minisig");
    join_path(said, k->folder, "said");
    hr_minisign_public(k->seed, &key);
    hr_minisign_key_text(&key, key_text);
    for (size_t i = 0; i < COUNT(sizes); i++) {
        bytes file = some_bytes(sizes[i]);
        sign_text(k, &file, comment, text);
        write_bytes(path, file.start, file.size);
        write_text(signature, text);
        assert_int_equal(shell("minisign -V -Q -P '%s' -m '%s' -x '%s' >'%s'", key_text, path, signature, said), 0);
        bytes got = file_bytes(said);
        assert_true(got.size == sizeof comment && memcmp(got.start, comment, sizeof comment - 1) == 0);
        keep(&file, "x", 1); /* the control */
        write_bytes(path, file.start, file.size);
        assert_int_not_equal(shell("minisign -V -q -P '%s' -m '%s' -x '%s' 2>/dev/null", key_text, path, signature), 0);
        free(got.start);
        free(file.start);
    }
}

static void we_accept_signatures_of_debians_minisign_but_no_old_ones(void **state) {
    keys *k = *state;
    char folder[PATH_SIZE], path[PATH_SIZE], signature[PATH_SIZE], public[PATH_SIZE], text[HR_MINISIGN_KEY_SIZE];
    hr_minisign_key key, again;
    make_folder(folder, k->folder);
    join_path(path, folder, "file");
    join_path(signature, folder, "file.minisig");
    join_path(public, folder, "key.pub");
    assert_int_equal(shell("minisign -G -W -p '%s' -s '%s/key' >'%s/said'", public, folder, folder), 0);
    bytes public_file = file_bytes(public);
    assert_true(hr_minisign_key_parse((char *)public_file.start, &key));
    hr_minisign_key_text(&key, text);
    assert_non_null(strstr((char *)public_file.start, text));
    assert_true(hr_minisign_key_parse(text, &again));
    assert_memory_equal(&key, &again, sizeof key);
    for (size_t i = 0; i < COUNT(sizes); i++) {
        bytes file = some_bytes(sizes[i]);
        write_bytes(path, file.start, file.size);
        assert_int_equal(
            shell("minisign -S -W -s '%s/key' -m '%s' -x '%s' >'%s/said'", folder, path, signature, folder), 0);
        bytes made = file_bytes(signature);
        assert_true(signed_by(k, &key, &file, (char *)made.start, made.size));
        free(made.start);
        assert_int_equal(
            shell("minisign -S -l -W -s '%s/key' -m '%s' -x '%s' >'%s/said'", folder, path, signature, folder), 0);
        made = file_bytes(signature);
        assert_false(signed_by(k, &key, &file, (char *)made.start, made.size));
        assert_int_equal(k->err.status, HR_OK); /* a signature file, but an old one */
        free(made.start);
        free(file.start);
    }
    free(public_file.start);
}

static void a_signature_with_any_bit_altered_is_refused(void **state) {
    keys *k = *state;
    char text[HR_MINISIGN_SIZE];
    hr_minisign_key key;
    bytes file = some_bytes(100);
    hr_minisign_public(k->seed, &key);
    sign_text(k, &file, "healthrec receipt 1", text);
    size_t size = strlen(text), free_from = strlen("untrusted comment: "), free_to = strcspn(text, "\n");
    assert_true(signed_by(k, &key, &file, text, size)); /* the control */
    for (size_t bit = 0; bit < 8 * size; bit++) {
        text[bit / 8] = (char)(text[bit / 8] ^ 1 << bit % 8);
        if (bit / 8 < free_from || bit / 8 >= free_to)
            assert_false(signed_by(k, &key, &file, text, size));
        text[bit / 8] = (char)(text[bit / 8] ^ 1 << bit % 8);
    }
    for (size_t cut = 0; cut < size; cut++)
        assert_false(signed_by(k, &key, &file, text, cut));
    assert_false(signed_by(k, &key, &file, text, size + 1)); /* the NUL behind it */
    text[free_from] = '*';
    assert_true(signed_by(k, &key, &file, text, size));
    text[free_to + 2] = 'V'; /* "ET" in place of "ED", for which there is no key */
    assert_false(signed_by(k, &key, &file, text, size));
    assert_int_equal(k->err.status, HR_INVALID);
    free(file.start);
}

static void a_signature_is_for_one_file_and_one_key(void **state) {
    keys *k = *state;
    char text[HR_MINISIGN_SIZE];
    hr_minisign_key key, other;
    bytes file = some_bytes(100);
    hr_minisign_public(k->seed, &key);
    hr_minisign_public(k->other, &other);
    sign_text(k, &file, "", text);
    assert_true(signed_by(k, &key, &file, text, strlen(text))); /* the control */
    hr_minisign_hash hash = hash_of(&file);
    hr_minisignature signature;
    assert_int_equal(hr_minisign_parse(&k->err, text, strlen(text), &signature), HR_OK);
    for (unsigned i = 0; i < 2; i++) /* the hash stays as it is */
        assert_true(hr_minisign_check(&key, &hash, &signature));
    signature.prehashed = false; /* of the old kind it would be for another file, that of the hash's bytes */
    assert_false(hr_minisign_check(&key, &hash, &signature));
    assert_false(signed_by(k, &other, &file, text, strlen(text)));
    memcpy(other.id, key.id, sizeof key.id);
    assert_false(signed_by(k, &other, &file, text, strlen(text)));
    for (size_t i = 0; i < file.size; i++) {
        file.start[i] ^= 1;
        assert_false(signed_by(k, &key, &file, text, strlen(text)));
        file.start[i] ^= 1;
    }
    free(file.start);
}

static void a_trusted_comment_is_one_line_that_can_be_shown(void **state) {
    keys *k = *state;
    char text[HR_MINISIGN_SIZE], longest[HR_MINISIGN_COMMENT_SIZE + 1] = "";
    static const char *const bad[] = {"two\nlines", "a\rb", "\033[1m", "\x7f", "\xc2\x85", "\xe2\x80\xa8", "\xff"};
    hr_minisign_key key;
    bytes file = some_bytes(1);
    hr_minisign_hash hash = hash_of(&file);
    hr_minisignature signature;
    hr_minisign_public(k->seed, &key);
    memset(longest, 'x', HR_MINISIGN_COMMENT_SIZE);
    assert_int_equal(hr_minisign_sign(&k->err, k->seed, &hash, longest, text), HR_INVALID);
    longest[HR_MINISIGN_COMMENT_SIZE - 1] = '\0';
    sign_text(k, &file, longest, text);
    assert_true(signed_by(k, &key, &file, text, strlen(text)));
    sign_text(k, &file, "a\ttab and 汉字", text);
    assert_true(signed_by(k, &key, &file, text, strlen(text)));
    for (size_t i = 0; i < COUNT(bad); i++) {
        char changed_text[HR_MINISIGN_SIZE];
        assert_int_equal(hr_minisign_sign(&k->err, k->seed, &hash, bad[i], text), HR_INVALID);
        sign_text(k, &file, "@", text);
        char *at = strchr(text, '@');
        snprintf(changed_text, sizeof changed_text, "%.*s%s%s", (int)(at - text), text, bad[i], at + 1);
        assert_int_equal(hr_minisign_parse(&k->err, changed_text, strlen(changed_text), &signature), HR_INVALID);
    }
    free(file.start);
}

/* minisign's author signs with it: https://jedisct1.github.io/minisign/ */
static void keys_of_minisign_are_read_and_written_again(void **state) {
    (void)state;
    static const char author[] = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3";
    static const char *const bad[] = {"",
                                      "RWQf",
                                      "untrusted comment: x",
                                      "untrusted comment: x\n",
                                      "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3\n\n",
                                      "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO",
                                      "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3AAAA",
                                      " RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3",
                                      "RUQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3"};
    hr_minisign_key key;
    char text[HR_MINISIGN_KEY_SIZE];
    assert_true(hr_minisign_key_parse(author, &key));
    hr_minisign_key_text(&key, text);
    assert_string_equal(text, author);
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(hr_minisign_key_parse(bad[i], &key));
}

/* ---- all of them ---- */

static int vector_name(const struct dirent *entry) {
    return entry->d_name[0] >= 'a' && entry->d_name[0] <= 'z';
}

static int run_vectors(void) {
    struct dirent **names = NULL;
    struct CMUnitTest tests[VECTOR_COUNT];
    memset(tests, 0, sizeof tests);
    int count = scandir(VECTORS, &names, vector_name, alphasort);
    if (count != VECTOR_COUNT) {
        fprintf(stderr, "%d vectors in %s instead of %d\n", count, VECTORS, VECTOR_COUNT);
        return 1;
    }
    for (int i = 0; i < count; i++)
        tests[i] = (struct CMUnitTest){
            .name = names[i]->d_name, .test_func = vector_is_judged_as_published, .initial_state = names[i]->d_name};
    int failed = _cmocka_run_group_tests("vectors of age", tests, VECTOR_COUNT, NULL, NULL);
    for (int i = 0; i < count; i++)
        free(names[i]);
    free(names);
    return failed;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bech32_of_bip_173_is_read_and_written_again),
        cmocka_unit_test(bech32_that_bip_173_forbids_is_refused),
        cmocka_unit_test(bech32_with_bits_to_spare_is_refused_unless_they_are_zero),
        cmocka_unit_test(hkdf_is_that_of_rfc_5869),
        cmocka_unit_test(keys_as_text_are_read_in_their_own_case_alone),
        cmocka_unit_test(a_recipient_of_small_order_is_refused),
        cmocka_unit_test(debians_age_opens_what_we_write),
        cmocka_unit_test(we_open_what_debians_age_writes),
        cmocka_unit_test(keys_as_text_are_those_of_age_keygen),
        cmocka_unit_test(a_file_with_any_bit_altered_is_refused),
        cmocka_unit_test(a_file_cut_at_any_length_is_refused),
        cmocka_unit_test(chunks_that_are_moved_or_missing_or_repeated_are_refused),
        cmocka_unit_test(what_is_wrong_with_a_file_is_told_apart),
        cmocka_unit_test(a_header_has_at_most_64_kib),
        cmocka_unit_test(headers_that_break_the_format_are_refused),
        cmocka_unit_test(failures_of_source_and_sink_end_the_work),
        cmocka_unit_test(debians_minisign_accepts_our_signatures),
        cmocka_unit_test(we_accept_signatures_of_debians_minisign_but_no_old_ones),
        cmocka_unit_test(a_signature_with_any_bit_altered_is_refused),
        cmocka_unit_test(a_signature_is_for_one_file_and_one_key),
        cmocka_unit_test(a_trusted_comment_is_one_line_that_can_be_shown),
        cmocka_unit_test(keys_of_minisign_are_read_and_written_again),
    };
    int failed = run_vectors();
    return cmocka_run_group_tests(tests, make_keys, remove_keys) + failed;
}
