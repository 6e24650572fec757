/* The vault: hashes against published vectors, guarded memory, the recovery key's error detection, and the key slots
 * file: it opens for those who hold a secret, and each kind of damage and forgery is told apart. Layout and
 * expectations are those of docs/format.md, written here a second time; one file in here was written by another program
 * from that page. Whatever is refused is shown to be accepted without the fault. */
#include "support.h"
#include "vault/parts.h"
#include "vault/vault.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* docs/format.md */
enum { HEADER = 36, SLOT = 388, TRAILER = 96, ADMIN = HEADER, RECOVERY = HEADER + SLOT, FILE_SIZE = 132 + 2 * SLOT };
enum {
    ROLE = 0,
    FLAGS = 1,
    NAME_SIZE = 2,
    NAME = 4,
    OPS = 68,
    MIB = 72,
    SALT = 76,
    BOX_PUBLIC = 116,
    WRAPPED = 180,
    CHART = 228,
    FACTS = 308
};

static const hr_kdf cheap = {3, 64};

/* A folder with a key slots file and its copy, made once; tests work on copies of the folder. */
typedef struct vault {
    char folder[PATH_SIZE], main[PATH_SIZE], copy[PATH_SIZE];
    char recovery[HR_RECOVERY_KEY_SIZE];
    unsigned char bytes[FILE_SIZE]; /* the good file */
    hr_keys keys;                   /* what was created */
    hr_err err;
} vault;

static hr_err english(void) {
    hr_err err;
    hr_err_init(&err, HR_LANGUAGE_EN);
    return err;
}

static void name_files(vault *v, const char *parent) {
    make_folder(v->folder, parent);
    join_path(v->main, v->folder, "keyslots");
    join_path(v->copy, v->folder, "keyslots.bak");
}

static void expect(const hr_err *err, hr_status want, hr_status got, const char *file, int line) {
    if (got == want && (got == HR_OK || (err->status == got && *err->text)))
        return;
    print_error("%s instead of %s: %s\n", hr_status_name(got), hr_status_name(want), err->text);
    _fail(file, line);
}
#define EXPECT(want, call) expect(&v->err, (want), (call), __FILE__, __LINE__)

static int make_vault(void **state) {
    vault *v = calloc(1, sizeof *v);
    hr_keys *keys = NULL;
    size_t size;
    assert_non_null(v);
    v->err = english();
    EXPECT(HR_OK, hr_vault_start(&v->err));
    name_files(v, NULL);
    EXPECT(HR_OK, hr_recovery_new(&v->err, v->recovery));
    EXPECT(HR_OK, hr_keyslots_create(&v->err, v->folder, "admin", PASSPHRASE, v->recovery, cheap, &keys));
    v->keys = *keys;
    hr_secret_free(keys);
    char *bytes = read_bytes(v->main, &size);
    assert_int_equal(size, FILE_SIZE);
    memcpy(v->bytes, bytes, FILE_SIZE);
    free(bytes);
    *state = v;
    return 0;
}

static int remove_vault(void **state) {
    vault *v = *state;
    remove_tree(v->folder);
    free(v);
    return 0;
}

/* The group's vault in a folder of the test's own. */
static int copy_vault(void **state) {
    vault *v = malloc(sizeof *v);
    assert_non_null(v);
    *v = *(vault *)*state;
    name_files(v, NULL);
    write_bytes(v->main, v->bytes, FILE_SIZE);
    write_bytes(v->copy, v->bytes, FILE_SIZE);
    *state = v;
    return 0;
}

static hr_status open_vault(vault *v, const char *operator_name, const char *passphrase, const char *recovery,
                            bool *copied) {
    hr_keys *keys = NULL;
    bool from_copy = false;
    hr_status status = hr_keyslots_open(&v->err, v->folder, operator_name, passphrase, recovery, &keys, &from_copy);
    if (status == HR_OK) {
        assert_memory_equal(keys->chart, v->keys.chart, HR_KEY_SIZE);
        assert_memory_equal(keys->facts, v->keys.facts, HR_KEY_SIZE);
        assert_memory_equal(keys->store_id, v->keys.store_id, HR_STORE_ID_SIZE);
        assert_int_equal(keys->generation, v->keys.generation);
    } else {
        assert_null(keys);
        assert_false(from_copy);
    }
    if (copied)
        *copied = from_copy;
    hr_secret_free(keys);
    return status;
}

/* With the recovery key, which needs no Argon2. */
static hr_status open_fast(vault *v) {
    return open_vault(v, NULL, NULL, v->recovery, NULL);
}

static void hash(const void *key, size_t key_size, const void *bytes, size_t size, unsigned char out[HR_HASH_SIZE]) {
    hr_hash state;
    hr_hash_init(&state, key, key_size);
    hr_hash_update(&state, bytes, size);
    hr_hash_final(&state, out);
}

/* What anybody can do who has no key. */
static void fix_checksum(unsigned char *bytes, size_t size) {
    hash(NULL, 0, bytes, size - HR_HASH_SIZE, bytes + size - HR_HASH_SIZE);
}

static void only_main(vault *v, const unsigned char *bytes, size_t size) {
    write_bytes(v->main, bytes, size);
    unlink(v->copy);
}

/* How a child ended that ran `body`: its exit code, or 256 and the signal. */
static int in_child(void (*body)(void *), void *context) {
    int status;
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        static const int signals[] = {SIGSEGV, SIGBUS, SIGABRT}; /* which cmocka or a sanitizer catches */
        for (size_t i = 0; i < COUNT(signals); i++)
            signal(signals[i], SIG_DFL);
        body(context);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) ? 256 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void from_hex(const char *hex, unsigned char *out) {
    for (size_t i = 0; hex[2 * i]; i++) {
        char *end, byte[3] = {hex[2 * i], hex[2 * i + 1], '\0'};
        out[i] = (unsigned char)strtoul(byte, &end, 16);
        assert_ptr_equal(end, byte + 2);
    }
}

/* A small generator with a fixed seed, so that a failure can be repeated. */
static uint32_t next_random(uint64_t *seed) {
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*seed >> 33);
}

/* ---- hashes ---- */

static void blake2b_gives_the_published_hash_of_abc(void **state) {
    unsigned char want[HR_HASH_SIZE], got[HR_HASH_SIZE];
    (void)state;
    from_hex("bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319", want);
    hash(NULL, 0, "abc", 3, got);
    assert_memory_equal(got, want, sizeof want);
    from_hex("0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8", want);
    hash(NULL, 0, "", 0, got);
    assert_memory_equal(got, want, sizeof want);
}

static void a_keyed_hash_is_another_function_for_each_key(void **state) {
    unsigned char key[64] = {1}, got[4][HR_HASH_SIZE], want[HR_HASH_SIZE];
    (void)state;
    for (size_t i = 0; i < 64; i++)
        key[i] = (unsigned char)i;
    from_hex("d63a32d3e44738d7907f964316c241adaba0abfeabc32349677578a15a203f7f", want);
    hash(key, 32, "abc", 3, got[0]);
    assert_memory_equal(got[0], want, sizeof want);
    hash(key, 64, "abc", 3, got[1]);
    hash(NULL, 0, "abc", 3, got[2]);
    key[31] ^= 1;
    hash(key, 32, "abc", 3, got[3]);
    for (size_t i = 0; i < 4; i++)
        for (size_t j = 0; j < i; j++)
            assert_memory_not_equal(got[i], got[j], HR_HASH_SIZE);
}

static void a_hash_does_not_depend_on_where_its_pieces_are_cut(void **state) {
    unsigned char text[400], whole[HR_HASH_SIZE], pieces[HR_HASH_SIZE];
    (void)state;
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (unsigned char)(i * 7);
    hash(NULL, 0, text, sizeof text, whole);
    for (size_t cut = 0; cut <= sizeof text; cut++) {
        hr_hash hashing;
        hr_hash_init(&hashing, NULL, 0);
        hr_hash_update(&hashing, text, cut);
        hr_hash_update(&hashing, NULL, 0);
        hr_hash_update(&hashing, text + cut, sizeof text - cut);
        hr_hash_final(&hashing, pieces);
        assert_memory_equal(pieces, whole, sizeof whole);
    }
}

static void key_that_is_too_long(void *context) {
    unsigned char key[65] = {0};
    hr_hash hashing;
    hr_hash_init(&hashing, key, *(size_t *)context);
}

static void a_hash_key_of_impossible_size_ends_the_process(void **state) {
    size_t size = 65;
    (void)state;
    assert_int_equal(in_child(key_that_is_too_long, &size), 256 + SIGABRT);
    size = 0; /* a key that is there but would not be used */
    assert_int_equal(in_child(key_that_is_too_long, &size), 256 + SIGABRT);
    size = 64;
    assert_int_equal(in_child(key_that_is_too_long, &size), 0);
}

static void the_fingerprint_is_siphash_2_4(void **state) {
    unsigned char key[16], text[15];
    (void)state;
    for (size_t i = 0; i < 16; i++)
        key[i] = (unsigned char)i;
    memcpy(text, key, sizeof text);
    assert_true(hr_fingerprint(key, text, 15) == UINT64_C(0xa129ca6149be45e5)); /* from the paper's appendix */
    assert_true(hr_fingerprint(key, text, 0) == UINT64_C(0x726fdb47dd0e0e31));
    assert_true(hr_fingerprint(key, NULL, 0) == UINT64_C(0x726fdb47dd0e0e31));
}

/* ---- guarded memory ---- */

static void a_secret_is_zeroed_and_aligned(void **state) {
    (void)state;
    for (size_t size = 0; size < 200; size++) {
        unsigned char *secret = hr_secret_new(size);
        assert_non_null(secret);
        assert_int_equal((uintptr_t)secret % 16, 0);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(secret[i], 0);
        memset(secret, 0xAA, size);
        hr_secret_free(secret);
    }
    hr_secret_free(NULL);
    assert_null(hr_secret_new(SIZE_MAX));
}

static void write_at(void *at) {
    *(volatile unsigned char *)at = 1;
}

static void writing_past_a_secret_ends_the_process(void **state) {
    unsigned char *secret = hr_secret_new(32);
    (void)state;
    assert_int_equal(in_child(write_at, secret + 31), 0);
    assert_int_equal(in_child(write_at, secret + 32), 256 + SIGSEGV);
    hr_secret_free(secret);
}

static void need_secret(void *context) {
    const struct rlimit none = {0, 0};
    (void)context;
    if (setrlimit(RLIMIT_MEMLOCK, &none) != 0 || (getuid() == 0 && setuid(65534) != 0))
        _exit(2);
    unsigned char *secret = hr_secret_new(32);
    if (!secret)
        _exit(1);
    memset(secret, 1, 32);
    hr_secret_free(secret);
}

static void secrets_exist_where_no_memory_may_be_locked(void **state) {
    (void)state;
    assert_int_equal(in_child(need_secret, NULL), 0);
}

static void equal_compares_every_byte(void **state) {
    unsigned char a[33] = {0}, b[33] = {0};
    (void)state;
    assert_true(hr_secret_equal(a, b, sizeof a));
    for (size_t i = 0; i < sizeof a; i++) {
        b[i] = 1;
        assert_false(hr_secret_equal(a, b, sizeof a));
        assert_true(hr_secret_equal(a, b, i));
        hr_wipe(b, sizeof b);
        assert_true(hr_secret_equal(a, b, sizeof a));
    }
}

static void random_bytes_do_not_repeat(void **state) {
    unsigned char a[32] = {0}, b[32] = {0};
    (void)state;
    hr_random(a, sizeof a);
    hr_random(b, sizeof b);
    assert_memory_not_equal(a, b, sizeof a);
}

static void starting_forbids_core_dumps_again_and_again(void **state) {
    struct rlimit limit;
    hr_err err = english();
    (void)state;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(hr_vault_start(&err), HR_OK);
        assert_int_equal(getrlimit(RLIMIT_CORE, &limit), 0);
        assert_int_equal(limit.rlim_cur, 0);
        assert_int_equal(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), 0);
    }
}

/* ---- the recovery key ---- */

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
enum { TYPED = 40, TEXT = 47 };

/* GF(32) by schoolbook multiplication, as unlike the library's as can be. */
static unsigned multiply(unsigned a, unsigned b) {
    unsigned product = 0;
    for (unsigned i = 0; i < 5; i++)
        if (b >> i & 1)
            product ^= a << i;
    for (unsigned i = 9; i-- > 5;)
        if (product >> i & 1)
            product ^= 0x25u << (i - 5);
    return product;
}

static void write_recovery(const unsigned char secret[20], char out[TEXT + 1]) {
    for (unsigned g = 0; g < 8; g++) {
        unsigned power = 1, check = 0;
        for (unsigned i = 4; i-- > 0;) { /* from the right: x, x^2, x^3, x^4 */
            unsigned value = 0;
            for (unsigned bit = 0; bit < 5; bit++) {
                unsigned at = (g * 4 + i) * 5 + bit;
                value = value << 1 | (secret[at / 8] >> (7 - at % 8) & 1);
            }
            power = multiply(power, 2);
            check ^= multiply(power, value);
            out[g * 6 + i] = alphabet[value];
        }
        check ^= multiply(multiply(power, 2), g + 1);
        out[g * 6 + 4] = alphabet[check];
        out[g * 6 + 5] = '-';
    }
    out[TEXT] = '\0';
}

static void the_recovery_key_is_what_the_format_page_says(void **state) {
    unsigned char secret[20], read[20];
    char text[TEXT + 1];
    hr_err err = english();
    (void)state;
    for (unsigned i = 0; i < 20; i++)
        secret[i] = (unsigned char)i;
    write_recovery(secret, text);
    assert_string_equal(text, "000G0-40R47-0M30J-E209D-185GT-R38E6-1W81Q-24GK4");
    assert_int_equal(hr_recovery_parse(&err, text, read), HR_OK);
    assert_memory_equal(read, secret, sizeof secret);
}

static void ten_thousand_recovery_keys_survive_the_round_trip(void **state) {
    char text[HR_RECOVERY_KEY_SIZE], again[TEXT + 1];
    unsigned char secret[20];
    hr_err err = english();
    (void)state;
    for (int i = 0; i < 10000; i++) {
        assert_int_equal(hr_recovery_new(&err, text), HR_OK);
        assert_int_equal(strlen(text), TEXT);
        assert_int_equal(hr_recovery_parse(&err, text, secret), HR_OK);
        write_recovery(secret, again);
        assert_string_equal(again, text);
    }
}

static void refused_in_group(const char *text, unsigned group) {
    unsigned char out[20] = {0}, zero[20] = {0};
    char part[16];
    hr_err err = english();
    if (hr_recovery_parse(&err, text, out) != HR_INVALID)
        fail_msg("%s is accepted", text);
    assert_memory_equal(out, zero, sizeof zero);
    snprintf(part, sizeof part, "group %u ", group);
    assert_text_has(err.text, part);
}

static void a_wrong_character_is_found_and_its_group_named(void **state) {
    char text[HR_RECOVERY_KEY_SIZE];
    hr_err err = english();
    (void)state;
    for (int round = 0; round < 20; round++) {
        assert_int_equal(hr_recovery_new(&err, text), HR_OK);
        for (unsigned at = 0; at < TEXT; at++) {
            char right = text[at];
            for (const char *wrong = alphabet; right != '-' && *wrong; wrong++)
                if (*wrong != right) {
                    text[at] = *wrong;
                    refused_in_group(text, at / 6 + 1);
                }
            text[at] = right;
        }
    }
}

static void swapped_characters_and_groups_are_found(void **state) {
    char text[HR_RECOVERY_KEY_SIZE], swapped[HR_RECOVERY_KEY_SIZE];
    hr_err err = english();
    unsigned swaps = 0;
    (void)state;
    for (int round = 0; round < 200; round++) {
        assert_int_equal(hr_recovery_new(&err, text), HR_OK);
        for (unsigned a = 0; a < TEXT; a++)
            for (unsigned b = a + 1; b < TEXT && b / 6 == a / 6 && b % 6 < 5; b++)
                if (text[a] != text[b]) {
                    memcpy(swapped, text, sizeof swapped);
                    swapped[a] = text[b];
                    swapped[b] = text[a];
                    refused_in_group(swapped, a / 6 + 1);
                    swaps++;
                }
        for (unsigned a = 0; a < 8; a++)
            for (unsigned b = a + 1; b < 8; b++) {
                memcpy(swapped, text, sizeof swapped);
                memcpy(swapped + a * 6, text + b * 6, 5);
                memcpy(swapped + b * 6, text + a * 6, 5);
                refused_in_group(swapped, a + 1);
            }
    }
    assert_true(swaps > 10000);
}

static void a_recovery_key_is_read_however_it_is_typed(void **state) {
    static const char *const typed[] = {
        "000G0-40R47-0M30J-E209D-185GT-R38E6-1W81Q-24GK4",
        "000g0-40r47-0m30j-e209d-185gt-r38e6-1w81q-24gk4",
        "OoOGO 4OR47 OM3OJ E2O9D I85GT R38E6 lW8LQ 24GK4",
        "000G040R470M30JE209D185GTR38E61W81Q24GK4",
        " 0-0-0-G-0--40R47\t0M30J\nE209D 185GT R38E6 1W81Q 24GK4\r\n",
        "０００Ｇ０－４０ｒ４７－０M30J—E209D–185GT　R38E6‐1W81Q−24GK4",
    };
    unsigned char first[20], other[20];
    hr_err err = english();
    (void)state;
    assert_int_equal(hr_recovery_parse(&err, typed[0], first), HR_OK);
    for (size_t i = 1; i < COUNT(typed); i++) {
        memset(other, 0, sizeof other);
        if (hr_recovery_parse(&err, typed[i], other) != HR_OK)
            fail_msg("%s: %s", typed[i], err.text);
        assert_memory_equal(other, first, sizeof first);
    }
}

static void a_character_that_no_key_has_is_named_by_its_group(void **state) {
    static const char *const wrong[] = {"U", "*", "?", "\x01", "\xE2", "\xC3\xA9", "钥", "\xF0\x9F\x98\x80", "\xFF"};
    char text[128];
    (void)state;
    for (size_t i = 0; i < COUNT(wrong); i++) {
        snprintf(text, sizeof text, "000G0-40R47-0M3%sJ-E209D-185GT-R38E6-1W81Q-24GK4", wrong[i]);
        refused_in_group(text, 3);
    }
}

static void a_key_of_wrong_length_is_told_so(void **state) {
    static const struct {
        const char *typed, *says;
    } wrong[] = {
        {"", "40 letters and digits, 0 were typed; compare from group 1 "},
        {"000G0", "5 were typed; compare from group 2 "},
        {"000G0-40R47-0M30J-E209D-185GT-R38E6-1W81Q-24GK", "39 were typed; compare from group 8 "},
        {"000G0-40R47-0M30-E209D-185GT-R38E6-1W81Q-24GK4", "39 were typed; compare from group 3 "},
        {"000G0-40R47-0M300J-E209D-185GT-R38E6-1W81Q-24GK4", "41 were typed; compare from group 3 "},
        {"000G0-40R47-0M30J-E209D-185GT-R38E6-1W81Q-24GK4-4", "41 were typed; leave out what follows group 8"},
    };
    unsigned char out[20];
    hr_err err = english();
    (void)state;
    for (size_t i = 0; i < COUNT(wrong); i++) {
        assert_int_equal(hr_recovery_parse(&err, wrong[i].typed, out), HR_INVALID);
        assert_text_has(err.text, wrong[i].says);
    }
    hr_err_init(&err, HR_LANGUAGE_ZH);
    assert_int_equal(hr_recovery_parse(&err, wrong[3].typed, out), HR_INVALID);
    assert_text_has(err.text, "请从第 3 组开始核对");
}

/* ---- making key slots ---- */

static void a_new_file_opens_with_either_secret(void **state) {
    vault *v = *state;
    hr_keys *keys = NULL;
    bool copied = true;
    EXPECT(HR_OK, hr_keyslots_open(&v->err, v->folder, NULL, PASSPHRASE, NULL, &keys, &copied));
    assert_false(copied);
    assert_memory_equal(keys, &v->keys, sizeof *keys);
    assert_true(keys->has_chart);
    assert_int_equal(keys->role, HR_ROLE_ADMIN);
    assert_int_equal(keys->generation, 1);
    assert_string_equal(keys->operator_name, "admin");
    hr_secret_free(keys);
    keys = NULL;
    EXPECT(HR_OK, hr_keyslots_open(&v->err, v->folder, NULL, NULL, v->recovery, &keys, &copied));
    assert_int_equal(keys->role, HR_ROLE_RECOVERY);
    assert_string_equal(keys->operator_name, "recovery");
    assert_memory_equal(keys->chart, v->keys.chart, HR_KEY_SIZE);
    assert_memory_equal(keys->facts, v->keys.facts, HR_KEY_SIZE);
    assert_memory_not_equal(keys->sign_seed, v->keys.sign_seed, sizeof keys->sign_seed);
    hr_secret_free(keys);
    EXPECT(HR_OK, open_vault(v, "admin", PASSPHRASE, NULL, &copied));
}

static void both_files_are_private_and_nothing_else_is_left(void **state) {
    vault *v = *state, made = {.err = english()};
    struct stat about;
    hr_keys *keys = NULL;
    char temporary[PATH_SIZE];
    name_files(&made, v->folder);
    join_path(temporary, made.folder, "keyslots.tmp");
    write_text(temporary, "left by a process that died");
    EXPECT(HR_OK, hr_keyslots_create(&v->err, made.folder, "admin", PASSPHRASE, v->recovery, cheap, &keys));
    hr_secret_free(keys);
    assert_int_equal(files_in(made.folder), 2);
    char *main = read_bytes(made.main, NULL), *copy = read_bytes(made.copy, NULL);
    assert_memory_equal(main, copy, FILE_SIZE);
    assert_memory_not_equal(main, v->bytes, FILE_SIZE);
    assert_int_equal(stat(made.main, &about), 0);
    assert_int_equal(about.st_mode & 07777, 0600);
    assert_int_equal(stat(made.copy, &about), 0);
    assert_int_equal(about.st_mode & 07777, 0600);
    free(main);
    free(copy);
}

static void the_file_holds_no_key_and_no_passphrase(void **state) {
    vault *v = *state;
    assert_int_equal(files_with(v->folder, v->keys.store_id, HR_STORE_ID_SIZE), 2); /* control */
    assert_int_equal(files_with(v->folder, v->keys.chart, HR_KEY_SIZE), 0);
    assert_int_equal(files_with(v->folder, v->keys.facts, HR_KEY_SIZE), 0);
    assert_int_equal(files_with(v->folder, v->keys.sign_seed, 32), 0);
    assert_int_equal(files_with(v->folder, PASSPHRASE, 8), 0);
}

static void an_existing_file_is_not_replaced(void **state) {
    vault *v = *state;
    hr_keys *keys = NULL;
    EXPECT(HR_EXISTS, hr_keyslots_create(&v->err, v->folder, "admin", PASSPHRASE, v->recovery, cheap, &keys));
    unlink(v->main);
    EXPECT(HR_EXISTS, hr_keyslots_create(&v->err, v->folder, "admin", PASSPHRASE, v->recovery, cheap, &keys));
    assert_null(keys);
    unlink(v->copy);
    EXPECT(HR_OK, hr_keyslots_create(&v->err, v->folder, "admin", PASSPHRASE, v->recovery, cheap, &keys));
    hr_secret_free(keys);
}

static void create_with_little_room(void *context) {
    vault *v = context;
    hr_keys *keys = NULL;
    signal(SIGXFSZ, SIG_IGN);
    const struct rlimit room = {FILE_SIZE - 1, FILE_SIZE - 1};
    if (setrlimit(RLIMIT_FSIZE, &room) != 0)
        _exit(2);
    hr_status status = hr_keyslots_create(&v->err, v->folder, "admin", PASSPHRASE, v->recovery, cheap, &keys);
    _exit(status == HR_SYSTEM && !keys && *v->err.text ? 0 : 1);
}

static void a_failed_creation_leaves_nothing(void **state) {
    vault *v = *state;
    hr_keys *keys = NULL;
    char obstacle[PATH_SIZE], missing[PATH_SIZE];
    unlink(v->main);
    unlink(v->copy);
    assert_int_equal(in_child(create_with_little_room, v), 0);
    assert_int_equal(files_in(v->folder), 0);
    join_path(obstacle, v->folder, "keyslots.tmp");
    assert_int_equal(mkdir(obstacle, 0700), 0);
    EXPECT(HR_SYSTEM, hr_keyslots_create(&v->err, v->folder, "admin", PASSPHRASE, v->recovery, cheap, &keys));
    assert_int_equal(files_in(v->folder), 1);
    assert_int_equal(rmdir(obstacle), 0);
    join_path(missing, v->folder, "missing");
    EXPECT(HR_NO_STORE, hr_keyslots_create(&v->err, missing, "admin", PASSPHRASE, v->recovery, cheap, &keys));
    EXPECT(HR_OK, hr_keyslots_create(&v->err, v->folder, "admin", PASSPHRASE, v->recovery, cheap, &keys));
    hr_secret_free(keys);
}

static void links_are_not_followed(void **state) {
    vault *v = *state;
    hr_keys *keys = NULL;
    char victim[PATH_SIZE], temporary[PATH_SIZE];
    bool copied;
    join_path(victim, v->folder, "victim");
    join_path(temporary, v->folder, "keyslots.tmp");
    write_text(victim, "untouched");
    unlink(v->main);
    unlink(v->copy);
    assert_int_equal(symlink(victim, temporary), 0);
    EXPECT(HR_OK, hr_keyslots_create(&v->err, v->folder, "admin", PASSPHRASE, v->recovery, cheap, &keys));
    v->keys = *keys;
    hr_secret_free(keys);
    char *text = read_bytes(victim, NULL);
    assert_string_equal(text, "untouched");
    free(text);
    assert_int_equal(rename(v->main, victim), 0);
    assert_int_equal(symlink(victim, v->main), 0);
    EXPECT(HR_OK, open_vault(v, NULL, NULL, v->recovery, &copied));
    assert_true(copied);
    unlink(v->copy);
    EXPECT(HR_KEYSLOTS, open_fast(v));
}

static void replace_with_little_room(void *context) {
    unsigned char bytes[2 * FILE_SIZE] = {0};
    const struct rlimit room = {FILE_SIZE, FILE_SIZE};
    hr_err err = english();
    signal(SIGXFSZ, SIG_IGN);
    if (setrlimit(RLIMIT_FSIZE, &room) != 0)
        _exit(2);
    _exit(hr_slotfile_write(&err, *(int *)context, "keyslots", bytes, sizeof bytes) == HR_SYSTEM ? 0 : 1);
}

static void a_failed_replacement_leaves_the_old_file(void **state) {
    vault *v = *state;
    int folder = -1;
    EXPECT(HR_OK, hr_slotfile_folder(&v->err, v->folder, &folder));
    assert_int_equal(in_child(replace_with_little_room, &folder), 0);
    unlink(v->copy);
    EXPECT(HR_OK, open_fast(v));
    assert_int_equal(files_in(v->folder), 1);
    EXPECT(HR_OK, hr_slotfile_write(&v->err, folder, "keyslots", (const unsigned char *)"new", 3));
    assert_int_equal(file_size(v->main), 3);
    assert_int_equal(files_in(v->folder), 1);
    close(folder);
}

static void argon2_settings_have_bounds(void **state) {
    static const hr_kdf refused[] = {{2, 64}, {17, 64}, {3, 63}, {3, 1025}, {1, 0}, {0, 1}, {UINT32_MAX, UINT32_MAX}};
    vault *v = *state;
    hr_keys *keys = NULL;
    unlink(v->main);
    unlink(v->copy);
    for (size_t i = 0; i < COUNT(refused); i++) {
        EXPECT(HR_INVALID, hr_keyslots_create(&v->err, v->folder, "a", PASSPHRASE, v->recovery, refused[i], &keys));
        assert_text_has(v->err.text, "3 to 16");
    }
    EXPECT(HR_OK, hr_keyslots_create(&v->err, v->folder, "a", PASSPHRASE, v->recovery, (hr_kdf){0, 0}, &keys));
    hr_secret_free(keys);
    unsigned char *bytes = (unsigned char *)read_bytes(v->main, NULL);
    assert_int_equal(hr_get32(bytes + ADMIN + OPS), 4);
    assert_int_equal(hr_get32(bytes + ADMIN + MIB), 256);
    free(bytes);
}

/* Whether a creation gets as far as the folder, which is missing; so nothing slow is done. */
static bool accepts(vault *v, const char *name, const char *passphrase, const char *recovery) {
    char missing[PATH_SIZE];
    hr_keys *keys = NULL;
    join_path(missing, v->folder, "missing");
    hr_status status = hr_keyslots_create(&v->err, missing, name, passphrase, recovery, cheap, &keys);
    assert_true(status == HR_NO_STORE || status == HR_INVALID);
    assert_true(*v->err.text);
    return status == HR_NO_STORE;
}

static void easy_passphrases_are_refused_and_why(void **state) {
    static const struct {
        const char *passphrase, *says;
    } refused[] = {
        {"", "too short"},
        {"            ", "different characters"},
        {"elevenchars", "too short"},
        {"春眠不觉晓处处闻啼鸟夜", "too short"},
        {"cafe\u0301 au lai", "too short"}, /* 12 typed, 11 characters */
        {"a b c d e", "too short"},
        {"111111111111", "different characters"},
        {"abcdabcdabcdabcd", "different characters"},
        {"a b c d a b c d", "different characters"},
        {"123456789012", "run"},
        {"１２３４５６７８９０１２", "run"},
        {"098765432109", "run"},
        {"abcdefghijkl", "run"},
        {"ABCDEFGHIJKL", "run"},
        {"zyxwvutsrqpo", "run"},
        {"1 2 3 4 5 6", "run"},
        {"qwertyuiopas", "run"},
        {"1qaz2wsx3edc", "run"},
        {"1q2w3e4r5t6y", "run"},
        {"passwordpassword", "repeated"},
        {"PassWord password", "repeated"},
        {"12345612345612", "repeated"},
        {"qwertyuiop12", "tried first"},
        {"Administrator", "tried first"},
        {"woaini1314520", "tried first"},
        {"correct horse battery staple", "tried first"},
    };
    static const char *const accepted[] = {
        PASSPHRASE,
        "twelve chars",
        "我 爱 北 京 天 安", /* six words */
        "春眠不觉晓处处闻啼鸟夜来",
        "qwertyuiop12 and more",
        "123456789012x",
        "passwordpassworm",
        "correct horse correct mouse",
    };
    vault *v = *state;
    for (size_t i = 0; i < COUNT(refused); i++) {
        if (accepts(v, "a", refused[i].passphrase, v->recovery))
            fail_msg("\"%s\" is accepted", refused[i].passphrase);
        assert_text_has(v->err.text, refused[i].says);
    }
    for (size_t i = 0; i < COUNT(accepted); i++)
        if (!accepts(v, "a", accepted[i], v->recovery))
            fail_msg("\"%s\": %s", accepted[i], v->err.text);
}

static void a_passphrase_has_a_greatest_length_and_is_utf8(void **state) {
    char text[1100];
    vault *v = *state;
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (char)('a' + (i * i + i / 7) % 26);
    text[1024] = '\0';
    assert_true(accepts(v, "a", text, v->recovery));
    text[1024] = 'x';
    text[1025] = '\0';
    assert_false(accepts(v, "a", text, v->recovery));
    EXPECT(HR_PASSPHRASE, open_vault(v, NULL, text, NULL, NULL));
    assert_false(accepts(v, "a", "five quiet \xFF stations", v->recovery));
    assert_text_has(v->err.text, "UTF-8");
    EXPECT(HR_PASSPHRASE, open_vault(v, NULL, "five quiet \xFF stations", NULL, NULL));
    text[0] = '\0'; /* U+0958 becomes two of three bytes each: NFC can grow */
    for (size_t i = 0; i < 341; i++)
        memcpy(text + 3 * i, i % 2 ? "\u0958" : "\u0959", 4);
    memcpy(text + 3 * 300, "abcde", 6);
    assert_true(accepts(v, "a", text, v->recovery));
}

static void operator_names_are_short_visible_text(void **state) {
    static const char *const refused[] = {
        "",          " ",
        "recovery",  " a",
        "a ",        "　站长",
        "a\nb",      "a\x7F",
        "a\xC2\x85", "a\u200Bb",
        "a\u202Eb",  "a\u2028b",
        "a\xFF",     "12345678901234567890123456789012345678901234567890123456789012345",
    };
    static const char *const accepted[] = {
        "a",       "王站长",   "Dr. Li",
        "张 管理", "Recovery", "1234567890123456789012345678901234567890123456789012345678901234",
    };
    vault *v = *state;
    for (size_t i = 0; i < COUNT(refused); i++) {
        if (accepts(v, refused[i], PASSPHRASE, v->recovery))
            fail_msg("\"%s\" is accepted", refused[i]);
        assert_text_has(v->err.text, "operator's name");
    }
    for (size_t i = 0; i < COUNT(accepted); i++)
        if (!accepts(v, accepted[i], PASSPHRASE, v->recovery))
            fail_msg("\"%s\": %s", accepted[i], v->err.text);
}

static void creating_needs_all_three_and_a_right_recovery_key(void **state) {
    vault *v = *state;
    assert_true(accepts(v, "a", PASSPHRASE, v->recovery));
    assert_false(accepts(v, NULL, PASSPHRASE, v->recovery));
    assert_false(accepts(v, "a", NULL, v->recovery));
    assert_false(accepts(v, "a", PASSPHRASE, NULL));
    char typed[HR_RECOVERY_KEY_SIZE];
    memcpy(typed, v->recovery, sizeof typed);
    typed[12] = typed[12] == '0' ? '1' : '0';
    assert_false(accepts(v, "a", PASSPHRASE, typed));
    assert_text_has(v->err.text, "group 3 ");
}

/* ---- opening ---- */

static void wrong_secrets_are_refused_as_such(void **state) {
    vault *v = *state;
    char other[HR_RECOVERY_KEY_SIZE];
    EXPECT(HR_PASSPHRASE, open_vault(v, NULL, WRONG_PASSPHRASE, NULL, NULL));
    EXPECT(HR_PASSPHRASE, open_vault(v, NULL, "", NULL, NULL));
    EXPECT(HR_PASSPHRASE, open_vault(v, NULL, PASSPHRASE " ", NULL, NULL));
    EXPECT(HR_OK, hr_recovery_new(&v->err, other));
    EXPECT(HR_PASSPHRASE, open_vault(v, NULL, NULL, other, NULL));
    assert_text_has(v->err.text, "not the recovery key of this store");
    memcpy(other, v->recovery, sizeof other);
    other[18] = other[18] == '0' ? '1' : '0';
    EXPECT(HR_PASSPHRASE, open_vault(v, NULL, NULL, other, NULL));
    assert_text_has(v->err.text, "group 4 ");
    hr_err_init(&v->err, HR_LANGUAGE_ZH);
    EXPECT(HR_PASSPHRASE, open_vault(v, NULL, WRONG_PASSPHRASE, NULL, NULL));
    assert_text_has(v->err.text, "口令不正确");
    EXPECT(HR_OK, open_vault(v, NULL, PASSPHRASE, NULL, NULL));
    EXPECT(HR_OK, open_fast(v));
}

static void an_unknown_operator_is_not_found(void **state) {
    vault *v = *state;
    EXPECT(HR_NOT_FOUND, open_vault(v, "nobody", PASSPHRASE, NULL, NULL));
    assert_text_has(v->err.text, "\"nobody\"");
    EXPECT(HR_NOT_FOUND, open_vault(v, "Admin", PASSPHRASE, NULL, NULL));
    EXPECT(HR_NOT_FOUND, open_vault(v, "recovery", PASSPHRASE, NULL, NULL));
    EXPECT(HR_NOT_FOUND, open_vault(v, "\xFF", PASSPHRASE, NULL, NULL));
    EXPECT(HR_OK, open_vault(v, "nobody", NULL, v->recovery, NULL)); /* with the recovery key it plays no part */
}

static void exactly_one_secret_is_wanted(void **state) {
    vault *v = *state;
    EXPECT(HR_INVALID, open_vault(v, NULL, NULL, NULL, NULL));
    EXPECT(HR_INVALID, open_vault(v, NULL, PASSPHRASE, v->recovery, NULL));
}

static void composed_and_decomposed_are_one_passphrase(void **state) {
    vault *v = *state;
    hr_keys *keys = NULL;
    unlink(v->main);
    unlink(v->copy);
    EXPECT(HR_OK, hr_keyslots_create(&v->err, v->folder, "Rene\u0301", "cafe\u0301 au lait le matin", v->recovery,
                                     cheap, &keys));
    v->keys = *keys;
    hr_secret_free(keys);
    EXPECT(HR_OK, open_vault(v, "Ren\u00E9", "caf\u00E9 au lait le matin", NULL, NULL));
    EXPECT(HR_OK, open_vault(v, "Rene\u0301", "cafe\u0301 au lait le matin", NULL, NULL));
    EXPECT(HR_PASSPHRASE, open_vault(v, NULL, "cafe au lait le matin", NULL, NULL));
    EXPECT(HR_PASSPHRASE, open_vault(v, NULL, "caf\u00E9  au lait le matin", NULL, NULL)); /* spaces stay */
    EXPECT(HR_PASSPHRASE, open_vault(v, NULL, "Caf\u00E9 au lait le matin", NULL, NULL));
}

static void a_folder_without_the_files_is_no_store(void **state) {
    vault *v = *state;
    char folder[PATH_SIZE];
    EXPECT(HR_OK, open_fast(v));
    memcpy(folder, v->folder, sizeof folder);
    join_path(v->folder, folder, "missing");
    EXPECT(HR_NO_STORE, open_fast(v));
    join_path(v->folder, folder, "keyslots"); /* a file */
    EXPECT(HR_NO_STORE, open_fast(v));
    memcpy(v->folder, folder, sizeof folder);
    unlink(v->main);
    unlink(v->copy);
    EXPECT(HR_NO_STORE, open_fast(v));
}

static void the_copy_stands_in_for_a_missing_or_damaged_file(void **state) {
    vault *v = *state;
    bool copied;
    EXPECT(HR_OK, open_vault(v, NULL, PASSPHRASE, NULL, &copied));
    assert_false(copied);
    flip_byte(v->main, 100);
    EXPECT(HR_OK, open_vault(v, NULL, PASSPHRASE, NULL, &copied));
    assert_true(copied);
    write_bytes(v->main, "", 0);
    EXPECT(HR_OK, open_vault(v, NULL, NULL, v->recovery, &copied));
    assert_true(copied);
    unlink(v->main);
    EXPECT(HR_OK, open_vault(v, NULL, NULL, v->recovery, &copied));
    assert_true(copied);
    EXPECT(HR_PASSPHRASE, open_vault(v, NULL, WRONG_PASSPHRASE, NULL, &copied));
    assert_int_equal(mkfifo(v->main, 0600), 0); /* and nothing waits for a writer */
    EXPECT(HR_OK, open_vault(v, NULL, NULL, v->recovery, &copied));
    assert_true(copied);
    unlink(v->main);
    flip_byte(v->copy, 100);
    EXPECT(HR_KEYSLOTS, open_fast(v));
    flip_byte(v->copy, 100);
    write_bytes(v->main, v->bytes, FILE_SIZE);
    flip_byte(v->copy, 100); /* a damaged copy does not matter while the file is good */
    EXPECT(HR_OK, open_vault(v, NULL, NULL, v->recovery, &copied));
    assert_false(copied);
    flip_byte(v->main, 100);
    EXPECT(HR_KEYSLOTS, open_fast(v));
    assert_text_has(v->err.text, "both");
}

static void a_newer_file_is_told_from_a_damaged_one(void **state) {
    vault *v = *state;
    unsigned char newer[FILE_SIZE + 500] = {0};
    bool copied;
    memcpy(newer, v->bytes, FILE_SIZE);
    newer[8] = 3;
    write_bytes(v->main, newer, FILE_SIZE); /* the checksum says: damage, not a newer version */
    EXPECT(HR_OK, open_vault(v, NULL, NULL, v->recovery, &copied));
    assert_true(copied);
    fix_checksum(newer, FILE_SIZE);
    write_bytes(v->main, newer, FILE_SIZE);
    EXPECT(HR_NEWER, open_fast(v)); /* the old copy beside it is not taken */
    fix_checksum(newer, sizeof newer);
    write_bytes(v->main, newer, sizeof newer); /* whatever its size */
    EXPECT(HR_NEWER, open_fast(v));
    unlink(v->main);
    write_bytes(v->copy, newer, sizeof newer);
    EXPECT(HR_NEWER, open_fast(v));
    write_bytes(v->main, v->bytes, FILE_SIZE);
    EXPECT(HR_OK, open_fast(v));
}

static void need_more_memory_than_there_is(void *context) {
    vault *v = context;
    const struct rlimit room = {256u << 20, 256u << 20};
    if (setrlimit(RLIMIT_AS, &room) != 0)
        _exit(2);
    hr_keys *keys = NULL;
    bool copied;
    hr_status status = hr_keyslots_open(&v->err, v->folder, NULL, PASSPHRASE, NULL, &keys, &copied);
    _exit(status == HR_SYSTEM && strstr(v->err.text, "1024 MiB") ? 0 : 1);
}

static void too_little_memory_is_no_wrong_passphrase(void **state) {
    vault *v = *state;
    if (SANITIZED)
        skip(); /* its own memory is beyond any such limit */
    hr_put32(v->bytes + ADMIN + MIB, 1024);
    fix_checksum(v->bytes, FILE_SIZE);
    write_bytes(v->main, v->bytes, FILE_SIZE);
    assert_int_equal(in_child(need_more_memory_than_there_is, v), 0);
}

/* ---- damage ---- */

static void every_flipped_bit_is_found_before_any_secret_is_tried(void **state) {
    vault *v = *state;
    unsigned char bytes[FILE_SIZE];
    memcpy(bytes, v->bytes, sizeof bytes);
    EXPECT(HR_OK, hr_keyslots_check(&v->err, bytes, sizeof bytes));
    for (size_t i = 0; i < sizeof bytes; i++)
        for (unsigned bit = 0; bit < 8; bit++) {
            bytes[i] ^= (unsigned char)(1u << bit);
            hr_status status = hr_keyslots_check(&v->err, bytes, sizeof bytes);
            assert_int_equal(status, i >= 8 && i < 12 && hr_get32(bytes + 8) > 2 ? HR_NEWER : HR_KEYSLOTS);
            bytes[i] = v->bytes[i];
        }
    EXPECT(HR_OK, hr_keyslots_check(&v->err, bytes, sizeof bytes));
}

static void every_flipped_byte_is_told_or_repaired_from_the_copy(void **state) {
    vault *v = *state;
    bool copied;
    for (size_t i = 0; i < FILE_SIZE; i++) {
        flip_byte(v->main, i);
        EXPECT(HR_OK, open_vault(v, NULL, NULL, v->recovery, &copied));
        assert_true(copied);
        unlink(v->copy);
        hr_status status = open_fast(v);
        assert_true(status == HR_KEYSLOTS || (status == HR_NEWER && i >= 8 && i < 12));
        write_bytes(v->copy, v->bytes, FILE_SIZE);
        flip_byte(v->main, i);
    }
    EXPECT(HR_OK, open_vault(v, NULL, NULL, v->recovery, &copied));
    assert_false(copied);
}

static void a_file_cut_or_extended_anywhere_is_found(void **state) {
    vault *v = *state;
    for (size_t size = 0; size <= FILE_SIZE + SLOT; size++) {
        unsigned char *bytes =
            malloc(size ? size : 1); /* of just this size, so that a sanitizer sees any step beyond */
        assert_non_null(bytes);
        memset(bytes, 0, size);
        memcpy(bytes, v->bytes, size < FILE_SIZE ? size : FILE_SIZE);
        EXPECT(size == FILE_SIZE ? HR_OK : HR_KEYSLOTS, hr_keyslots_check(&v->err, bytes, size));
        if (size != FILE_SIZE && size > HEADER + HR_HASH_SIZE) { /* with a checksum that holds, too */
            fix_checksum(bytes, size);
            EXPECT(HR_KEYSLOTS, hr_keyslots_check(&v->err, bytes, size));
        }
        if (size % 16 == 0 || size > FILE_SIZE - 3) {
            only_main(v, bytes, size);
            EXPECT(size == FILE_SIZE ? HR_OK : HR_KEYSLOTS, open_fast(v));
        }
        free(bytes);
    }
}

/* ---- forgery: by somebody who can compute the checksum but has no key ---- */

static void expect_forgery_found(vault *v, size_t at, hr_status status) {
    bool in_own_slot = at >= RECOVERY && at < RECOVERY + CHART; /* or in what its key is made from */
    bool in_store_id = at >= 16 && at < 32;
    if (status == HR_KEYSLOTS || (status == HR_NEWER && at >= 8 && at < 12) ||
        (status == HR_PASSPHRASE && (in_own_slot || in_store_id)))
        return;
    fail_msg("byte %zu changed: %s %s", at, hr_status_name(status), v->err.text);
}

static void every_forged_byte_is_found_by_the_recovery_key(void **state) {
    vault *v = *state;
    unsigned char bytes[FILE_SIZE];
    for (size_t i = 0; i < FILE_SIZE - HR_HASH_SIZE; i++) {
        memcpy(bytes, v->bytes, sizeof bytes);
        bytes[i] ^= 1;
        fix_checksum(bytes, sizeof bytes);
        write_bytes(v->main, bytes,
                    sizeof bytes); /* a good copy lies beside it, and is not taken once the MAC failed */
        bool copied = false;
        hr_status status = open_vault(v, NULL, NULL, v->recovery, &copied);
        if (copied) /* found by its bounds, like damage */
            assert_int_not_equal(hr_keyslots_check(&v->err, bytes, sizeof bytes), HR_OK);
        else
            expect_forgery_found(v, i, status);
    }
    memcpy(bytes, v->bytes, sizeof bytes);
    fix_checksum(bytes, sizeof bytes);
    write_bytes(v->main, bytes, sizeof bytes);
    EXPECT(HR_OK, open_fast(v));
}

static void a_forged_byte_is_found_by_the_passphrase(void **state) {
    static const struct {
        size_t at;
        hr_status status;
    } forged[] = {
        {16, HR_KEYSLOTS},              /* store id */
        {32, HR_KEYSLOTS},              /* generation */
        {RECOVERY + SALT, HR_KEYSLOTS}, /* another slot */
        {RECOVERY + FACTS + 9, HR_KEYSLOTS},
        {ADMIN + CHART, HR_KEYSLOTS}, /* a key sealed for this operator */
        {ADMIN + FACTS + 79, HR_KEYSLOTS},
        {FILE_SIZE - TRAILER, HR_KEYSLOTS}, /* the MACs */
        {FILE_SIZE - 64, HR_KEYSLOTS},
        {ADMIN + SALT, HR_PASSPHRASE}, /* what the passphrase is tried against */
        {ADMIN + WRAPPED, HR_PASSPHRASE},
        {ADMIN + 116, HR_PASSPHRASE}, /* public keys are bound to the seed */
        {ADMIN + 148, HR_PASSPHRASE},
    };
    vault *v = *state;
    for (size_t i = 0; i < COUNT(forged); i++) {
        unsigned char bytes[FILE_SIZE];
        memcpy(bytes, v->bytes, sizeof bytes);
        bytes[forged[i].at] ^= 0x80;
        fix_checksum(bytes, sizeof bytes);
        write_bytes(v->main, bytes, sizeof bytes);
        EXPECT(forged[i].status, open_vault(v, NULL, PASSPHRASE, NULL, NULL));
        if (forged[i].status == HR_KEYSLOTS)
            assert_text_has(v->err.text, "altered");
    }
    write_bytes(v->main, v->bytes, FILE_SIZE);
    EXPECT(HR_OK, open_vault(v, NULL, PASSPHRASE, NULL, NULL));
}

static void a_slot_of_another_store_opens_nothing(void **state) {
    vault *v = *state;
    hr_keys *keys = NULL;
    unlink(v->main);
    unlink(v->copy);
    EXPECT(HR_OK, hr_keyslots_create(&v->err, v->folder, "admin", PASSPHRASE, v->recovery, cheap, &keys));
    hr_secret_free(keys);
    unsigned char *bytes = (unsigned char *)read_bytes(v->main, NULL);
    memcpy(bytes + ADMIN, v->bytes + ADMIN, SLOT);
    fix_checksum(bytes, FILE_SIZE);
    only_main(v, bytes, FILE_SIZE);
    EXPECT(HR_KEYSLOTS, hr_keyslots_open(&v->err, v->folder, NULL, PASSPHRASE, NULL, &keys, &(bool){false}));
    memcpy(bytes + RECOVERY, v->bytes + RECOVERY, SLOT);
    fix_checksum(bytes, FILE_SIZE);
    only_main(v, bytes, FILE_SIZE);
    EXPECT(HR_PASSPHRASE, hr_keyslots_open(&v->err, v->folder, NULL, NULL, v->recovery, &keys, &(bool){false}));
    free(bytes);
}

/* A file whose checksum holds and whose one field is out of bounds. */
typedef struct field {
    size_t at, size;
    const char *bytes;
} field;

static void set_field(unsigned char *bytes, const field *f) {
    memcpy(bytes + f->at, f->bytes, f->size);
    fix_checksum(bytes, FILE_SIZE);
}

static void every_field_has_bounds(void **state) {
    static const field wrong[] = {
        {0, 1, "h"},
        {6, 2, "\n\n"}, /* as a transfer in text mode makes of it */
        {8, 4, "\0\0\0\0"},
        {12, 4, "\0\0\0\0"},
        {12, 4, "\1\0\0\0"},
        {12, 4, "\3\0\0\0"},
        {12, 4, "\x41\0\0\0"},
        {12, 4, "\xFF\xFF\xFF\xFF"},
        {32, 4, "\0\0\0\0"},
        {ADMIN + ROLE, 1, "\0"},
        {ADMIN + ROLE, 1, "\2"}, /* no administrator */
        {ADMIN + ROLE, 1, "\5"},
        {ADMIN + ROLE, 1, "\6"},
        {ADMIN + ROLE, 1, "\xFF"},
        {RECOVERY + ROLE, 1, "\1"},
        {ADMIN + FLAGS, 1, "\0"},
        {ADMIN + FLAGS, 1, "\3"},
        {ADMIN + NAME_SIZE, 1, "\0"},
        {ADMIN + NAME_SIZE, 1, "\4"},
        {ADMIN + NAME_SIZE, 1, "\6"},
        {ADMIN + NAME_SIZE, 1, "\x41"},
        {ADMIN + NAME_SIZE, 1, "\xFF"},
        {ADMIN + 3, 1, "\1"},
        {ADMIN + NAME + 1, 1, "\0"},
        {ADMIN + NAME + 1, 1, "\n"},
        {ADMIN + NAME + 1, 1, "\x7F"},
        {ADMIN + NAME + 1, 2, "\xC2\x85"},
        {ADMIN + NAME + 1, 1, "\xFF"},
        {ADMIN + NAME + 1, 3, "\xED\xA0\x80"},
        {ADMIN + NAME + 4, 1, "\xE4"}, /* a character that the end cuts */
        {ADMIN + NAME + 63, 1, "x"},
        {ADMIN + OPS, 4, "\2\0\0\0"},
        {ADMIN + OPS, 4, "\x11\0\0\0"},
        {ADMIN + OPS, 4, "\3\0\0\x80"},
        {ADMIN + MIB, 4, "\x3F\0\0\0"},
        {ADMIN + MIB, 4, "\1\4\0\0"},
        {ADMIN + MIB, 4, "\0\0\0\x80"}, /* 2^51 bytes */
        {ADMIN + MIB, 4, "\xFF\xFF\xFF\xFF"},
        {RECOVERY + OPS, 4, "\3\0\0\0"},
        {RECOVERY + MIB, 4, "\x40\0\0\0"},
        {RECOVERY + NAME, 1, "R"},
    };
    static const field right[] = {
        {16, 4, "abcd"},
        {32, 4, "\xFF\xFF\xFF\xFF"},
        {ADMIN + NAME, 5, "\xE4\xB8\xAD\xC3\xA9"},
        {ADMIN + OPS, 4, "\x10\0\0\0"},
        {ADMIN + MIB, 4, "\0\4\0\0"},
        {RECOVERY + FACTS, 4, "abcd"},
    };
    vault *v = *state;
    unsigned char bytes[FILE_SIZE];
    for (size_t i = 0; i < COUNT(wrong); i++) {
        memcpy(bytes, v->bytes, sizeof bytes);
        set_field(bytes, &wrong[i]);
        if (hr_keyslots_check(&v->err, bytes, sizeof bytes) != HR_KEYSLOTS)
            fail_msg("wrong field %zu at byte %zu is accepted", i, wrong[i].at);
    }
    for (size_t i = 0; i < COUNT(right); i++) {
        memcpy(bytes, v->bytes, sizeof bytes);
        set_field(bytes, &right[i]);
        EXPECT(HR_OK, hr_keyslots_check(&v->err, bytes, sizeof bytes));
    }
}

/* The good file with its first slot as often as makes `count`, each under a name of its own. */
static unsigned char *with_slots(const vault *v, size_t count, size_t *size) {
    *size = 132 + SLOT * count;
    unsigned char *bytes = calloc(1, *size);
    assert_non_null(bytes);
    memcpy(bytes, v->bytes, HEADER);
    hr_put32(bytes + 12, (uint32_t)count);
    for (size_t i = 0; i < count; i++) {
        unsigned char *slot = bytes + HEADER + SLOT * i;
        memcpy(slot, v->bytes + (i ? ADMIN : RECOVERY), SLOT);
        if (i) {
            slot[NAME + 3] = (unsigned char)('A' + i / 16);
            slot[NAME + 4] = (unsigned char)('A' + i % 16);
        }
    }
    fix_checksum(bytes, *size);
    return bytes;
}

static void a_file_has_at_most_64_slots_with_different_names(void **state) {
    vault *v = *state;
    size_t size;
    unsigned char *bytes = with_slots(v, 64, &size);
    EXPECT(HR_OK, hr_keyslots_check(&v->err, bytes, size));
    memcpy(bytes + HEADER + SLOT * 63 + NAME, bytes + HEADER + SLOT + NAME, 64); /* two of the same name */
    fix_checksum(bytes, size);
    EXPECT(HR_KEYSLOTS, hr_keyslots_check(&v->err, bytes, size));
    free(bytes);
    bytes = with_slots(v, 65, &size);
    EXPECT(HR_KEYSLOTS, hr_keyslots_check(&v->err, bytes, size));
    free(bytes);
    bytes = with_slots(v, 3, &size);
    memcpy(bytes + HEADER + SLOT, bytes + HEADER, SLOT); /* two recovery slots */
    fix_checksum(bytes, size);
    EXPECT(HR_KEYSLOTS, hr_keyslots_check(&v->err, bytes, size));
    free(bytes);
}

static void a_statistician_s_slot_has_no_sealed_chart_key(void **state) {
    vault *v = *state;
    size_t size;
    unsigned char *bytes = with_slots(v, 3, &size), *slot = bytes + HEADER + SLOT * 2;
    slot[ROLE] = HR_ROLE_STATISTICIAN;
    fix_checksum(bytes, size);
    EXPECT(HR_KEYSLOTS, hr_keyslots_check(&v->err, bytes, size));
    slot[FLAGS] = 0;
    fix_checksum(bytes, size);
    EXPECT(HR_KEYSLOTS, hr_keyslots_check(&v->err, bytes, size));
    memset(slot + CHART, 0, 80);
    fix_checksum(bytes, size);
    EXPECT(HR_OK, hr_keyslots_check(&v->err, bytes, size));
    slot[ROLE] = HR_ROLE_AUDITOR;
    fix_checksum(bytes, size);
    EXPECT(HR_KEYSLOTS, hr_keyslots_check(&v->err, bytes, size));
    free(bytes);
}

/* What a holder of F alone can make fit again. */
static void fix_mac_under_facts(vault *v, unsigned char *bytes) {
    unsigned char key[32];
    assert_int_equal(crypto_kdf_derive_from_key(key, sizeof key, 1, "hrKeyMAC", v->keys.facts), 0);
    hash(key, sizeof key, bytes, FILE_SIZE - 2 * HR_HASH_SIZE, bytes + FILE_SIZE - 2 * HR_HASH_SIZE);
    fix_checksum(bytes, FILE_SIZE);
}

static void the_mac_over_roles_is_under_the_chart_s_key(void **state) {
    vault *v = *state;
    unsigned char key[32], want[HR_HASH_SIZE];
    hr_hash state_of;
    assert_int_equal(crypto_kdf_derive_from_key(key, sizeof key, 1, "hrRolMAC", v->keys.chart), 0);
    hr_hash_init(&state_of, key, sizeof key);
    hr_hash_update(&state_of, v->bytes, HEADER);
    for (int at = ADMIN; at <= RECOVERY; at += SLOT) {
        hr_hash_update(&state_of, v->bytes + at, OPS);
        hr_hash_update(&state_of, v->bytes + at + BOX_PUBLIC, 64); /* and the signing key after it */
    }
    hr_hash_final(&state_of, want);
    assert_memory_equal(v->bytes + FILE_SIZE - TRAILER, want, HR_HASH_SIZE);
}

/* Of another's slot: the statistician may replace what a passphrase protects, as he does with his own, and nothing
 * else.
 */
static void whoever_has_the_facts_key_alone_changes_no_role_no_name_and_no_public_key(void **state) {
    vault *v = *state;
    for (size_t at = 0; at < SLOT; at++) {
        unsigned char bytes[FILE_SIZE];
        bool covered = at < OPS || (at >= BOX_PUBLIC && at < WRAPPED);
        memcpy(bytes, v->bytes, sizeof bytes);
        bytes[ADMIN + at] ^= 1;
        fix_mac_under_facts(v, bytes);
        if (hr_keyslots_check(&v->err, bytes, sizeof bytes) != HR_OK)
            continue; /* what cannot be in any file */
        only_main(v, bytes, sizeof bytes);
        EXPECT(covered ? HR_KEYSLOTS : HR_OK, open_fast(v));
    }
}

static void random_changes_never_open(void **state) {
    vault *v = *state;
    uint64_t seed = 20261124;
    unlink(v->copy);
    for (int round = 0; round < 20000; round++) {
        unsigned char bytes[FILE_SIZE];
        memcpy(bytes, v->bytes, sizeof bytes);
        size_t changes = 1 + next_random(&seed) % 6;
        for (size_t i = 0; i < changes; i++)
            bytes[next_random(&seed) % (FILE_SIZE - HR_HASH_SIZE)] = (unsigned char)next_random(&seed);
        if (memcmp(bytes, v->bytes, sizeof bytes) == 0)
            continue;
        fix_checksum(bytes, sizeof bytes);
        hr_status status = hr_keyslots_check(&v->err, bytes, sizeof bytes);
        assert_true(status == HR_OK || status == HR_KEYSLOTS || status == HR_NEWER);
        if (round % 20)
            continue;
        write_bytes(v->main, bytes, sizeof bytes);
        assert_int_not_equal(open_fast(v), HR_OK);
    }
}

/* ---- what is made of the keys ---- */

/* Made by another program from docs/format.md: generation 7, a recovery slot, a statistician, an administrator. */
static const char foreign[] =
    "48524b4559530d0a010000000300000037ff38c2fdc0870af2e4fb9baa0d442407000000050108007265636f76657279000000000000"
    "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
    "00000000bd8d8eae75c3f445b7d6b0526133b957aa873fee63a4c4d4fcb357556a98def9445033d79ac481fd0cf7539edbabd42b14fd"
    "5b069697ebb18d93a423d48335667cfdd00fde16c72cc291040b2f03767646c52fc798738300ebd0af4ce67dffa98871d8fe079a5b6b"
    "e179c7b9e0e13acd1d53364fd0b15fb852cbe55faa496806640605c9dc039f5e75fe3ba7eaa0539340f6a06cb807514e4d8e2e7ccb70"
    "2be74426be6e3b781b131f470d4f3197535fd602f8bfd2855a659b5b27ada1ec077854221116fc372aaaca579e3365c17bbebcade75f"
    "3fe220821dac763db0480cf247d550b73932fa6e346f6c93940c2018d41d3949b3343ef4744f0521700bbdb9548e8f56139b7b5bb960"
    "d94ca40a17516f57114ae23fb438299d8f4e9d28ad83399d38b209401ffd4e69fbb871ebeba6f37d1106ee02a2cb03000900e7bb9fe8"
    "aea1e5919800000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
    "00000000000003000000400000008bb384f2b0fdde15e1fb75ea8032a90075bfc41c87d0d99ee2d2ab80c98f9d9c6f9e7561d2728308"
    "02f990697dbd6cc9328e429d526e8f7061e739e02d3b3fe0a304ea26601c203226a7f5aac9a7b517433644f951794dead8d671d8e43f"
    "61b971b7dfbbe050c9c8c241f501696c93a28edeb0c8137031e823073508a4f75ef4d8553c5d8a46d54e0ed0e9413798f6648ea3038e"
    "e2bacfad0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
    "0000000000000000000000000000000000000000000000000000000000003a008ccb9fca6c65212397efb75df1e419ef5313c6a1ec72"
    "4839d003aced8c777a962a323fc219aef10f5e0b4e1e8ed1e7ff9a30562be1c5b9781487df46ca3238b5c6ccd81b7ab0e66a0a947374"
    "30a701010900e78e8be7ab99e995bf000000000000000000000000000000000000000000000000000000000000000000000000000000"
    "000000000000000000000000000000000300000040000000d1ffe0f23dc3fbbbf07c4c4bf28e81a6ce25d4755f23f981d91e4d09d53b"
    "3e028fb0a46bca1c00818831c0562475f738be738c570b89c1f767fefd2f4e31a7bff3c42cd7148b5e07de84470056c5a23beaf44271"
    "dc188580b5e43744356770df210ed74b571fa2a8c5d24e62f0c0af06eafaf8885d50cf697bf1577643586477a08bf2eab8594d9dc9e2"
    "38c94944251582a9ce72b4238f779bd77307fbcf432bf56432a6bcca8d738def30c07b58fcc27640898d3f5f8f642fbe40a703b20f02"
    "be06bccdeda3694b7072f32483ac703c356e1dfd8cef4f84ebf7991ddc19de8a03dd3dceac93375b35ca44b0bfb011fdf79da75cf757"
    "9c32aab749e1c1d7fe94547861e06d6091220e0feae4b10c0157e93958243e5387320957dfd7fbc894c5f573e6d133dec6bfa3c1afa3"
    "458fd9b13822948d6329882c18e7e879a93ca5ebccba24055cb2594b405d9f3378cbd2baceb277160f4f257146d39eee7703d22a1b90"
    "39e6bfed2df2691f171f037ed477ad2b7b6cbd894c4b";
static const char foreign_recovery[] = "MJN7P-Z7HRA-83ARV-0Q9Z7-9ENDE-MCW9V-XVEH4-XAP30";
static const char foreign_chart[] = "1ed28950b0ec90f6822be374e04730d64a41dff292a7a9b9e481d11a1d8d68bd"
                                    "665895a167370f414683590a6c9f5993";
static const char foreign_facts[] = "6a0a10a60e1e3155206e63d0219124c19331e62fbedcff431a8a740fef3c1ef0"
                                    "73f6991b68339a3c322af166b8471ad7";

static void ask_for_the_chart(void *keys) {
    char hex[97];
    hr_database_key(keys, "chart", hex);
}

static void ask_for_an_unknown_database(void *keys) {
    char hex[97];
    hr_database_key(keys, "charts", hex);
}

static void a_file_by_another_program_opens_for_each_role(void **state) {
    static const struct {
        const char *name, *passphrase, *recovery, *sign_seed;
        hr_role role;
    } secrets[] = {
        {NULL, NULL, foreign_recovery, "371819eb20c7b2c58ef3678313d9e22998b879107b8d31a281b43755bdd6cfa9",
         HR_ROLE_RECOVERY},
        {NULL, "朝阳门外早市豆浆油条糖火烧", NULL, "d95e88187b183267989ece7781c1661d310812b9e38f18a3d03ef5f24c8a0182",
         HR_ROLE_ADMIN},
        {"统计员", "caf\u00E9 au lait le matin", NULL,
         "ab23339274f24bc1d98cc63740879788fa2efa18e51cc42106cc187db9abaacb", HR_ROLE_STATISTICIAN},
    };
    vault *v = *state;
    unsigned char bytes[(sizeof foreign - 1) / 2], sign_seed[32], none[HR_KEY_SIZE] = {0};
    char hex[97];
    bool copied;
    from_hex(foreign, bytes);
    only_main(v, bytes, sizeof bytes);
    for (size_t i = 0; i < COUNT(secrets); i++) {
        hr_keys *keys = NULL;
        EXPECT(HR_OK, hr_keyslots_open(&v->err, v->folder, secrets[i].name, secrets[i].passphrase, secrets[i].recovery,
                                       &keys, &copied));
        assert_int_equal(keys->role, secrets[i].role);
        assert_int_equal(keys->generation, 7);
        from_hex(secrets[i].sign_seed, sign_seed);
        assert_memory_equal(keys->sign_seed, sign_seed, sizeof sign_seed);
        hr_database_key(keys, "facts", hex);
        assert_string_equal(hex, foreign_facts);
        assert_int_equal(keys->has_chart, secrets[i].role != HR_ROLE_STATISTICIAN);
        if (keys->has_chart) {
            hr_database_key(keys, "chart", hex);
            assert_string_equal(hex, foreign_chart);
        } else {
            assert_memory_equal(keys->chart, none, sizeof none);
        }
        /* A key that anybody could make is never given. */
        assert_int_equal(in_child(ask_for_the_chart, keys), keys->has_chart ? 0 : 256 + SIGABRT);
        assert_int_equal(in_child(ask_for_an_unknown_database, keys), 256 + SIGABRT);
        hr_secret_free(keys);
    }
}

static void database_keys_depend_on_label_generation_and_store(void **state) {
    vault *v = *state;
    char hex[6][97];
    hr_keys keys = v->keys;
    hr_database_key(&keys, "chart", hex[0]);
    hr_database_key(&keys, "facts", hex[1]);
    keys.generation++;
    hr_database_key(&keys, "facts", hex[2]);
    keys.generation--;
    keys.store_id[15] ^= 1;
    hr_database_key(&keys, "facts", hex[3]);
    keys.store_id[15] ^= 1;
    keys.facts[0] ^= 1;
    hr_database_key(&keys, "facts", hex[4]);
    keys.facts[0] ^= 1;
    memcpy(keys.chart, keys.facts, sizeof keys.chart);
    hr_database_key(&keys, "chart", hex[5]);
    for (size_t i = 0; i < COUNT(hex); i++) {
        assert_int_equal(strlen(hex[i]), 96);
        assert_int_equal(strspn(hex[i], "0123456789abcdef"), 96);
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(hex[i], hex[j]);
    }
    hr_database_key(&v->keys, "chart", hex[1]);
    assert_string_equal(hex[0], hex[1]);
}

static void every_role_has_a_name(void **state) {
    (void)state;
    assert_string_equal(hr_role_name(HR_ROLE_ADMIN), "admin");
    assert_string_equal(hr_role_name(HR_ROLE_CLINICIAN), "clinician");
    assert_string_equal(hr_role_name(HR_ROLE_STATISTICIAN), "statistician");
    assert_string_equal(hr_role_name(HR_ROLE_AUDITOR), "auditor");
    assert_string_equal(hr_role_name(HR_ROLE_RECOVERY), "recovery");
    assert_string_equal(hr_role_name((hr_role)0), "unknown");
    assert_string_equal(hr_role_name((hr_role)6), "unknown");
}

#define WITH_COPY(name) cmocka_unit_test_setup_teardown(name, copy_vault, remove_vault)

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blake2b_gives_the_published_hash_of_abc),
        cmocka_unit_test(a_keyed_hash_is_another_function_for_each_key),
        cmocka_unit_test(a_hash_does_not_depend_on_where_its_pieces_are_cut),
        cmocka_unit_test(a_hash_key_of_impossible_size_ends_the_process),
        cmocka_unit_test(the_fingerprint_is_siphash_2_4),
        cmocka_unit_test(a_secret_is_zeroed_and_aligned),
        cmocka_unit_test(writing_past_a_secret_ends_the_process),
        cmocka_unit_test(secrets_exist_where_no_memory_may_be_locked),
        cmocka_unit_test(equal_compares_every_byte),
        cmocka_unit_test(random_bytes_do_not_repeat),
        cmocka_unit_test(starting_forbids_core_dumps_again_and_again),
        cmocka_unit_test(the_recovery_key_is_what_the_format_page_says),
        cmocka_unit_test(ten_thousand_recovery_keys_survive_the_round_trip),
        cmocka_unit_test(a_wrong_character_is_found_and_its_group_named),
        cmocka_unit_test(swapped_characters_and_groups_are_found),
        cmocka_unit_test(a_recovery_key_is_read_however_it_is_typed),
        cmocka_unit_test(a_character_that_no_key_has_is_named_by_its_group),
        cmocka_unit_test(a_key_of_wrong_length_is_told_so),
        WITH_COPY(a_new_file_opens_with_either_secret),
        cmocka_unit_test(both_files_are_private_and_nothing_else_is_left),
        WITH_COPY(the_file_holds_no_key_and_no_passphrase),
        WITH_COPY(an_existing_file_is_not_replaced),
        WITH_COPY(a_failed_creation_leaves_nothing),
        WITH_COPY(links_are_not_followed),
        WITH_COPY(a_failed_replacement_leaves_the_old_file),
        WITH_COPY(argon2_settings_have_bounds),
        WITH_COPY(easy_passphrases_are_refused_and_why),
        WITH_COPY(a_passphrase_has_a_greatest_length_and_is_utf8),
        WITH_COPY(operator_names_are_short_visible_text),
        WITH_COPY(creating_needs_all_three_and_a_right_recovery_key),
        WITH_COPY(wrong_secrets_are_refused_as_such),
        WITH_COPY(an_unknown_operator_is_not_found),
        WITH_COPY(exactly_one_secret_is_wanted),
        WITH_COPY(composed_and_decomposed_are_one_passphrase),
        WITH_COPY(a_folder_without_the_files_is_no_store),
        WITH_COPY(the_copy_stands_in_for_a_missing_or_damaged_file),
        WITH_COPY(a_newer_file_is_told_from_a_damaged_one),
        WITH_COPY(too_little_memory_is_no_wrong_passphrase),
        WITH_COPY(every_flipped_bit_is_found_before_any_secret_is_tried),
        WITH_COPY(every_flipped_byte_is_told_or_repaired_from_the_copy),
        WITH_COPY(a_file_cut_or_extended_anywhere_is_found),
        WITH_COPY(every_forged_byte_is_found_by_the_recovery_key),
        WITH_COPY(a_forged_byte_is_found_by_the_passphrase),
        WITH_COPY(a_slot_of_another_store_opens_nothing),
        WITH_COPY(every_field_has_bounds),
        WITH_COPY(a_file_has_at_most_64_slots_with_different_names),
        WITH_COPY(a_statistician_s_slot_has_no_sealed_chart_key),
        WITH_COPY(the_mac_over_roles_is_under_the_chart_s_key),
        WITH_COPY(whoever_has_the_facts_key_alone_changes_no_role_no_name_and_no_public_key),
        WITH_COPY(random_changes_never_open),
        WITH_COPY(a_file_by_another_program_opens_for_each_role),
        WITH_COPY(database_keys_depend_on_label_generation_and_store),
        cmocka_unit_test(every_role_has_a_name),
    };
    return cmocka_run_group_tests(tests, make_vault, remove_vault);
}
