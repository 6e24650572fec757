/* What is secret, and where it may be: names, ID numbers, what was written about people, passphrases and keys are
 * looked for, byte by byte, wherever a program leaves things. A process of its own works with a store, as a station
 * would in a day, and stops at certain points; this one then reads all of its memory, its environment, the store's
 * folder and the folder for temporary files.
 *
 * Marks are texts that nobody has. Those of people are in this program's constants, which are no memory that is
 * written; keys are told by the process that made them, through a pipe, without a copy. A search that finds nothing
 * proves nothing, so every mark must be found where it has to be: people's while the store is open, a passphrase while
 * a key is made of it. Only Linux has /proc, and under the sanitizers freed memory is kept aside on purpose, so memory
 * is not searched there. */
#include "record/form.h"
#include "store/store.h"
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support.h"

/* ---- marks ---- */

#define NAME "魑魅魍"
#define NAME_ASCII "Zyxwvut Qponmlk"
#define NAME_WIDE "Ｗｖｕｔｓ Ｒｑｐｏｎ" /* goes through the normal form */
#define NAME_NARROW "Wvuts Rqpon"
/* goes through the transliterator; long, because ICU keeps short texts in the objects themselves */
#define NAME_CYRILLIC "Жщшчцэюевскийфхцчшщэюевскийжщшчцэювич"
#define NAME_LATE "Manxome Tumtumtree"
#define FILLING                                                                                                        \
    ", a lane so long that a cell of it does not fit where the reader of cells begins: it has to grow, and is moved"
#define NAME_GB "饕餮貔"
#define NAME_GB_BYTES "\xf7\xd2\xf7\xd1\xf5\xf9"
#define NAME_REFUSED "Nosuchperson Refusedrow"
#define ID "110105193503070024"
#define ID_ROSTER "110105194109224157"
#define ID_WIDE "110105195207146185"
#define ID_GB "110105192802037713"
#define ID_WRONG "110105193305018832" /* its check character is another */
#define ID_NEW "110105193305018831"
#define PHONE "010-87364519"
#define PHONE_ROSTER "13987654021"
#define ADDRESS "貔貅胡同七十九号"
#define ADDRESS_ROSTER "Quizzical Lane 7719"
#define NOTE "饔飧不继 Jabberwock snicker-snack"
#define NOTE_AMENDED "饔飧已继 Vorpal blade"
#define WHY "borogoves were mimsy"
#define MESSAGE "Ｍｏｍｅ ｒａｔｈｓ ｏｕｔｇｒａｂｅ; all mimsy were the borogoves é, and so on to the very end"
#define MESSAGE_NARROW "Mome raths outgrabe"
#define DEVICE "QZX-778812"
#define SECRET_PASSPHRASE "slithy toves gyre and gimble 貔貅"
#define SECRET_WRONG "slithy toves gyre and gamble 貔貅"

typedef struct needle {
    char label[128];
    unsigned char bytes[128];
    size_t size;
    bool personal; /* must be found while the store is open */
    bool ours;     /* a key of the library's own */
} needle;

enum { NEEDLES = 256, TOLD_MAX = 128 };

/* ---- where and when ---- */

typedef enum point { DERIVING, OPENED, IN_BATCH, CLOSED, IMPORTED, REFUSED, FREED, POINTS } point;
static const char *const point_names[POINTS] = {"deriving", "opened", "in a batch", "closed", "imported and closed",
                                                "refused",  "freed"};

typedef enum area { MEMORY, STORE, TEMPORARY, ENVIRONMENT, ARGUMENTS, AREAS } area;

typedef struct search {
    char folder[PATH_SIZE], store[PATH_SIZE], temporary[PATH_SIZE];
    char recovery[HR_RECOVERY_KEY_SIZE];
    needle needles[NEEDLES];
    size_t count;
    uint16_t first[1 << 16], next[NEEDLES]; /* numbers of needles from 1; 0: none */
    bool seen[POINTS], found[POINTS][AREAS][NEEDLES];
    char where[POINTS][NEEDLES][64]; /* in memory */
    size_t temporary_files;
    pid_t child;
    bool loose[NEEDLES]; /* of a store's keys: somewhere while it was open, could be swapped out */
} search;

/* ---- the process that works ---- */

enum { TO_TEST = 3, FROM_TEST = 4 };
/* What it tells. A point is answered with a byte when the search is done. */
typedef struct word {
    enum { A_SECRET, A_POINT } what;
    char label[40];
    bool ours;
    point at;
    size_t size; /* of the secret, which follows */
} word;

static bool telling; /* in the process that works */

static void say_or_die(const void *bytes, size_t size) {
    if (write(TO_TEST, bytes, size) != (ssize_t)size)
        _exit(3);
}

static void tell_secret(const char *label, const void *bytes, size_t size) {
    word w = {.what = A_SECRET, .size = size, .ours = size == HR_KEY_SIZE};
    if (!telling)
        return;
    snprintf(w.label, sizeof w.label, "%s", label);
    say_or_die(&w, sizeof w);
    say_or_die(bytes, size);
}

static void stop_at(point at) {
    word w = {.what = A_POINT, .at = at};
    char byte;
    if (!telling)
        return;
    say_or_die(&w, sizeof w);
    if (read(FROM_TEST, &byte, 1) != 1)
        _exit(3);
}

/* The keys on the way from a passphrase to the store's, heard where libsodium makes them. */
int crypto_pwhash(unsigned char *const out, unsigned long long size, const char *const secret,
                  unsigned long long secret_size, const unsigned char *const salt, unsigned long long ops,
                  size_t memory, int kind) {
    static int calls;
    __typeof__(&crypto_pwhash) next;
    *(void **)&next = dlsym(RTLD_NEXT, "crypto_pwhash");
    int code = next(out, size, secret, secret_size, salt, ops, memory, kind);
    tell_secret("Argon2's key", out, (size_t)size);
    if (calls++ == 0)
        stop_at(DERIVING);
    return code;
}

int crypto_box_seed_keypair(unsigned char *public, unsigned char *secret, const unsigned char *seed) {
    __typeof__(&crypto_box_seed_keypair) next;
    *(void **)&next = dlsym(RTLD_NEXT, "crypto_box_seed_keypair");
    int code = next(public, secret, seed);
    tell_secret("seed of a key pair", seed, crypto_box_SEEDBYTES);
    tell_secret("key of a box", secret, crypto_box_SECRETKEYBYTES);
    return code;
}

static void must(const hr_store *store, hr_status want, hr_status got, const char *what) {
    if (want == got)
        return;
    fprintf(stderr, "%s: %s instead of %s: %s\n", what, hr_status_name(got), hr_status_name(want), hr_error(store));
    _exit(2);
}
#define MUST(call) must(store, HR_OK, (call), #call)
#define REFUSES(status, call) must(store, (status), (call), #call)

static void see_rows(hr_store *store, hr_status status, hr_cursor *rows) {
    must(store, HR_OK, status, "a query");
    while ((status = hr_cursor_next(rows)) == HR_OK)
        for (int i = 0; i < hr_cursor_columns(rows); i++)
            hr_cursor_text(rows, i);
    must(store, HR_END, status, "a query");
    hr_cursor_free(rows);
}
#define SEE(call)                                                                                                      \
    do {                                                                                                               \
        hr_cursor *rows = NULL;                                                                                        \
        hr_status got = (call);                                                                                        \
        see_rows(store, got, rows);                                                                                    \
    } while (0)

static void import(hr_store *store, const char *folder, const char *name, uint64_t rejected) {
    char file[PATH_SIZE], rejects[PATH_SIZE];
    hr_import_options options;
    hr_import_result result;
    hr_import_options_init(&options);
    hr_import_result_init(&result);
    snprintf(file, sizeof file, "%s/%s.csv", folder, name);
    snprintf(rejects, sizeof rejects, "%s/%s.rejects.csv", folder, name);
    options.rejects = rejects;
    MUST(hr_import(store, file, &options, &result));
    if (result.rejected != rejected || result.rows == 0) {
        fprintf(stderr, "%s: %s\n", name, result.first_reject);
        _exit(2);
    }
}

static void put_areas(hr_store *store) {
    static const char *const areas[] = {"{\"area\":\"110105\",\"name\":\"朝阳区\"}",
                                        "{\"area\":\"110105001\",\"name\":\"第1街道\"}",
                                        "{\"area\":\"110105001001\",\"name\":\"第1社区\"}"};
    MUST(hr_batch_begin(store));
    for (size_t i = 0; i < sizeof areas / sizeof *areas; i++)
        MUST(hr_put(store, "area", areas[i], NULL, NULL));
    MUST(hr_batch_commit(store));
}

#define RESIDENT                                                                                                       \
    "{\"id_number\":\"" ID "\",\"name\":\"" NAME "\",\"area\":\"110105001001\",\"phone\":\"" PHONE                     \
    "\",\"address\":\"" ADDRESS "\",\"call_device\":\"" DEVICE "\",\"file_opened\":\"2003-05\"}"

static int64_t write_of_people(hr_store *store) {
    int64_t id = 0, note = 0;
    hr_entry_options options;
    hr_change change;
    hr_entry_options_init(&options);
    MUST(hr_put(store, "resident", RESIDENT, &id, NULL));
    REFUSES(HR_INVALID,
            hr_put(store, "resident", "{\"id_number\":\"" ID_WRONG "\",\"name\":\"" NAME_REFUSED "\"}", NULL, NULL));
    REFUSES(HR_INVALID, hr_put(store, "resident", "{\"name\":\"" NAME_REFUSED "\"", NULL, NULL));
    MUST(hr_amend(store, id, "{\"rehab_need_since\":\"2004-02-01\",\"household\":\"" NAME_ASCII "\"}", &change));
    MUST(hr_entry_add(store, id, "note", "{\"date\":\"2004-04-20\",\"text\":\"" NOTE "\",\"author\":\"" NAME_GB "\"}",
                      NULL, &note, NULL));
    REFUSES(HR_INVALID, hr_entry_add(store, id, "note", "{\"text\":\"" NOTE "\"}", NULL, NULL, NULL));
    options.why = WHY;
    MUST(hr_entry_amend(store, note, "{\"text\":\"" NOTE_AMENDED "\"}", &options, NULL));
    return id;
}

static void read_of_people(hr_store *store, int64_t id) {
    static const char *const asked[] = {NAME, "cmw", ID, PHONE, "魑魅", NAME_CYRILLIC, "Qponmlk", DEVICE};
    char *text = NULL;
    int64_t same = 0;
    hr_list_options list;
    hr_rates_options rates;
    hr_list_options_init(&list);
    hr_rates_options_init(&rates);
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++)
        SEE(hr_find(store, asked[i], 0, &rows));
    MUST(hr_resident_lookup(store, ID, &same));
    MUST(hr_resident_get(store, id, &text));
    hr_free(text);
    SEE(hr_history(store, id, &rows));
    list.cohort = "all";
    SEE(hr_list(store, &list, &rows));
    SEE(hr_rates(store, &rates, &rows));
    SEE(hr_duplicates(store, NULL, NULL, &rows));
    SEE(hr_check(store, NULL, NULL, &rows));
    SEE(hr_verify(store, NULL, &rows));
}

static void take_calls(hr_store *store) {
    int64_t call = 0;
    char *card = NULL;
    hr_call_options options;
    hr_call_options_init(&options);
    options.device = DEVICE;
    options.message = MESSAGE;
    MUST(hr_call_raise(store, &options, &call, &card));
    hr_free(card);
    MUST(hr_call_card(store, call, &card));
    hr_free(card);
    MUST(hr_call_answer(store, call, NULL, NAME_NARROW, MESSAGE));
    MUST(hr_call_close(store, call, "helped", NULL, NULL, MESSAGE));
    SEE(hr_calls(store, 1, 0, 0, &rows));
    options.device = NULL;
    options.phone = PHONE;
    MUST(hr_call_raise(store, &options, &call, &card));
    hr_free(card);
}

static void tell_keys(const hr_store *store) {
    char *hex = hr_secret_new(97);
    tell_secret("key C", store->keys->chart, HR_KEY_SIZE);
    tell_secret("key F", store->keys->facts, HR_KEY_SIZE);
    tell_secret("the operator's signing seed", store->keys->sign_seed, sizeof store->keys->sign_seed);
    hr_database_key(store->keys, "chart", hex);
    tell_secret("key of chart.db", hex, 96);
    hr_database_key(store->keys, "facts", hex);
    tell_secret("key of facts.db", hex, 96);
    hr_secret_free(hex);
}

/* The process cannot be looked at any more; the test, which is its parent, has to. */
static hr_store *new_and_readable(void) {
    struct rlimit core;
    hr_store *store = NULL;
    if (hr_store_new(&store, HR_LANGUAGE_EN) != HR_OK)
        _exit(2);
    if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0 || getrlimit(RLIMIT_CORE, &core) != 0 || core.rlim_cur != 0) {
        fprintf(stderr, "a core could be dumped\n");
        _exit(2);
    }
    prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
    return store;
}

static void create(hr_store *store, const char *path, const char *recovery) {
    hr_create_options options;
    hr_create_options_init(&options);
    options.area = "11";
    options.name = "测试社区卫生服务站";
    options.passphrase = SECRET_PASSPHRASE;
    options.recovery_key = recovery;
    options.kdf_ops = 3;
    options.kdf_mib = 64;
    MUST(hr_create_check(store, &options));
    MUST(hr_store_create(store, path, &options));
}

/* A day's work. */
static int work(const char *folder) {
    char path[PATH_SIZE], backup[PATH_SIZE], restored[PATH_SIZE];
    telling = true;
    snprintf(path, sizeof path, "%s/station.hrs", folder);
    snprintf(backup, sizeof backup, "%s/station.backup", folder);
    snprintf(restored, sizeof restored, "%s/restored.hrs", folder);
    hr_store *store = new_and_readable();
    char *recovery = hr_secret_new(HR_RECOVERY_KEY_SIZE);
    MUST(hr_recovery_key_new(store, recovery));
    MUST(hr_recovery_key_confirm(store, recovery, recovery));
    tell_secret("the recovery key", recovery, 47);
    create(store, path, recovery);
    tell_keys(store);
    put_areas(store);
    import(store, folder, "residents", 1);
    import(store, folder, "gb", 0);
    int64_t id = write_of_people(store);
    take_calls(store);
    read_of_people(store, id);
    MUST(hr_backup(store, backup, NULL, NULL));
    stop_at(OPENED);
    MUST(hr_batch_begin(store));
    MUST(hr_amend(store, id, "{\"id_number\":\"" ID_NEW "\",\"phone\":\"" PHONE_ROSTER "\"}", NULL));
    stop_at(IN_BATCH);
    hr_store_close(store);
    stop_at(CLOSED);
    MUST(open_with_key(store, path, recovery));
    hr_secret_free(recovery);
    import(store, folder, "late", 40);
    import(store, folder, "gb", 0);
    import(store, folder, "last", 0);
    hr_store_close(store);
    stop_at(IMPORTED);

    REFUSES(HR_PASSPHRASE, open_as(store, path, NULL, SECRET_WRONG));
    stop_at(REFUSED);
    MUST(open_as(store, path, NULL, SECRET_PASSPHRASE));
    read_of_people(store, id);
    hr_open_options options;
    hr_open_options_init(&options);
    options.passphrase = SECRET_PASSPHRASE;
    MUST(hr_restore(store, backup, restored, &options, NULL, NULL));
    read_of_people(store, id);
    hr_store_free(store);
    stop_at(FREED);
    return 0;
}

/* ---- the search ---- */

static void add_needle(search *s, const char *label, const void *bytes, size_t size, bool personal) {
    needle *n = &s->needles[s->count++];
    assert_true(s->count <= NEEDLES && size <= sizeof n->bytes);
    snprintf(n->label, sizeof n->label, "%s", label);
    memcpy(n->bytes, bytes, size);
    n->size = size;
    n->personal = personal;
}

/* A text as the library, and as ICU, holds it; of what ICU works on, the beginning is enough to be missed. */
static void add_text(search *s, const char *text, bool personal) {
    enum { BEGINNING = 10 };
    char label[120];
    uint16_t units[BEGINNING];
    uint32_t points[BEGINNING];
    size_t count = 0, length = strlen(text);
    for (size_t at = 0; at < length && count < BEGINNING; count++) {
        points[count] = (uint32_t)hr_text_next(text, &at, length);
        units[count] = (uint16_t)points[count];
    }
    add_needle(s, text, text, length, personal);
    snprintf(label, sizeof label, "%s in UTF-16", text);
    add_needle(s, label, units, count * 2, false);
    snprintf(label, sizeof label, "%s in UTF-32", text);
    add_needle(s, label, points, count * 4, false);
}

/* What a name is read as, which is as good as the name. */
static void add_reading(search *s, const char *name) {
    char whole[256], initials[64];
    hr_err err;
    hr_text *text = NULL;
    hr_err_init(&err, HR_LANGUAGE_EN);
    assert_int_equal(hr_text_new(&err, &text), HR_OK);
    assert_int_equal(hr_text_pinyin(text, &err, name, whole, sizeof whole, initials, sizeof initials), HR_OK);
    assert_true(strlen(whole) >= 8);
    whole[10] = '\0';
    add_text(s, whole, false);
    hr_text_free(text);
}

static void add_number(search *s, const char *label, uint64_t number, size_t size) {
    unsigned char little[8], big[8];
    unsigned char varint[8];
    char text[120];
    for (size_t i = 0; i < 8; i++) /* as SQLite writes a number of 50 to 56 bits */
        varint[i] = (unsigned char)((i < 7 ? 0x80 : 0) | (number >> (7 * (7 - i)) & 0x7F));
    for (size_t i = 0; i < size; i++) {
        little[i] = (unsigned char)(number >> (8 * i));
        big[size - 1 - i] = little[i];
    }
    snprintf(text, sizeof text, "%s as a number", label);
    add_needle(s, text, little, size, false);
    snprintf(text, sizeof text, "%s as a column", label);
    add_needle(s, text, big, size, false);
    snprintf(text, sizeof text, "%s as a row's number", label);
    if (number >> 49 && !(number >> 56))
        add_needle(s, text, varint, sizeof varint, false);
}

/* The 18th character follows from those before it, and an entry leaves it out. */
static void add_id(search *s, const char *id) {
    char digits[ID_SIZE];
    snprintf(digits, sizeof digits, "%.17s", id);
    add_text(s, digits, false);
    add_number(s, id, strtoull(digits, NULL, 10), 8);
}

/* Two characters of a name as the search index holds them (docs/format.md). */
static void add_gram(search *s, const char *label, uint32_t first, uint32_t second) {
    add_number(s, label, UINT64_C(1) << 42 | (uint64_t)first << 21 | second, 6);
}

static void add_marks(search *s) {
    static const char *const kept[] = {NAME,    NAME_ASCII,     NAME_NARROW, NAME_CYRILLIC, NAME_GB,      PHONE,
                                       ADDRESS, ADDRESS_ROSTER, NOTE,        NOTE_AMENDED,  PHONE_ROSTER, DEVICE};
    static const char *const passing[] = {NAME_WIDE,         NAME_LATE,    NAME_REFUSED, WHY,          MESSAGE,
                                          SECRET_PASSPHRASE, SECRET_WRONG, "qzx778812",  "01087364519"};
    static const char *const ids[] = {ID, ID_ROSTER, ID_WIDE, ID_GB, ID_WRONG, ID_NEW};
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        add_text(s, kept[i], true);
    for (size_t i = 0; i < sizeof passing / sizeof *passing; i++)
        add_text(s, passing[i], false);
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
        add_id(s, ids[i]);
    add_reading(s, NAME);
    add_reading(s, NAME_GB);
    add_reading(s, NAME_CYRILLIC);
    add_needle(s, "a name in GB18030", NAME_GB_BYTES, 6, false);
    add_gram(s, "a gram of a name", 0x9B51, 0x9B45);          /* 魑魅 */
    add_gram(s, "a gram of a roster's name", 0x9955, 0x992E); /* 饕餮 */
}

static size_t needle_named(const search *s, const char *label) {
    for (size_t i = 0; i < s->count; i++)
        if (strcmp(s->needles[i].label, label) == 0)
            return i;
    fail_msg("nothing is called %s", label);
    return 0;
}

/* Needles by their first two bytes, so that memory is gone through once. */
static void order_needles(search *s) {
    memset(s->first, 0, sizeof s->first);
    for (size_t i = 0; i < s->count; i++) {
        unsigned char *bytes = s->needles[i].bytes;
        uint16_t *first = &s->first[bytes[0] << 8 | bytes[1]];
        s->next[i] = *first;
        *first = (uint16_t)(i + 1);
    }
}

/* A line of /proc/<pid>/maps or smaps that begins a mapping; `rest` is its access and so on. */
static bool read_range(const char *line, uint64_t *from, uint64_t *to, const char **rest) {
    char *at;
    *from = strtoull(line, &at, 16);
    if (at == line || *at != '-')
        return false;
    *to = strtoull(at + 1, &at, 16);
    *rest = at + 1;
    return *at == ' ';
}

/* Whether the page at `address` may not be swapped out. */
static bool is_locked(pid_t child, uintptr_t address) {
    char path[64], line[512];
    const char *rest;
    uint64_t from, to;
    bool here = false, locked = false;
    snprintf(path, sizeof path, "/proc/%d/smaps", (int)child);
    FILE *maps = fopen(path, "r");
    assert_non_null(maps);
    while (fgets(line, sizeof line, maps)) {
        if (read_range(line, &from, &to, &rest))
            here = address >= from && address < to;
        else if (here && strncmp(line, "VmFlags:", 8) == 0)
            locked = strstr(line, " lo") != NULL;
    }
    fclose(maps);
    return locked;
}

static void look_through(search *s, point at, area in, const unsigned char *bytes, size_t size, const char *where,
                         uint64_t address) {
    for (size_t b = 0; b + 1 < size; b++)
        for (size_t i = s->first[bytes[b] << 8 | bytes[b + 1]]; i; i = s->next[i - 1]) {
            const needle *n = &s->needles[i - 1];
            if (n->size > size - b || memcmp(bytes + b, n->bytes, n->size) != 0)
                continue;
            if (in == MEMORY && !s->found[at][in][i - 1])
                snprintf(s->where[at][i - 1], sizeof s->where[at][i - 1], "%.*s %" PRIx64, (int)strcspn(where, "\n"),
                         where, address + b);
            s->found[at][in][i - 1] = true;
            if (in == MEMORY && at == OPENED && n->ours && !s->loose[i - 1])
                s->loose[i - 1] = !is_locked(s->child, address + b);
        }
}

static void look_in_file(search *s, point at, area in, const char *path) {
    size_t size = 0, room = 1 << 16, got;
    unsigned char *bytes = malloc(room);
    FILE *file = fopen(path, "rb"); /* one in /proc has no size */
    assert_non_null(file);
    while (bytes && (got = fread(bytes + size, 1, room - size, file)) > 0) {
        size += got;
        if (size == room)
            bytes = realloc(bytes, room *= 2);
    }
    assert_non_null(bytes);
    fclose(file);
    look_through(s, at, in, bytes, size, "", 0);
    free(bytes);
}

static void look_in_folder(search *s, point at, area in, const char *folder) {
    char command[2 * PATH_SIZE], path[PATH_SIZE];
    if (!path_exists(folder)) /* the store, while its first key is made */
        return;
    snprintf(command, sizeof command, "find '%s' -type f", folder);
    FILE *names = popen(command, "r"); /* NOLINT(cert-env33-c): of a folder that we named */
    assert_non_null(names);
    while (fgets(path, sizeof path, names)) {
        path[strcspn(path, "\n")] = '\0';
        s->temporary_files += in == TEMPORARY;
        look_in_file(s, at, in, path);
    }
    pclose(names);
}

/* Everything that can differ from the files that the program was started from. */
static void look_in_memory(search *s, point at, pid_t child) {
    enum { BLOCK = 1 << 20, OVERLAP = 256 };
    char path[64], line[512];
    const char *rest, *name;
    uint64_t from, to;
    static unsigned char block[BLOCK];
    snprintf(path, sizeof path, "/proc/%d/mem", (int)child);
    int memory = open(path, O_RDONLY | O_CLOEXEC);
    s->child = child;
    snprintf(path, sizeof path, "/proc/%d/maps", (int)child);
    FILE *maps = fopen(path, "r");
    assert_true(memory >= 0 && maps);
    while (fgets(line, sizeof line, maps)) {
        assert_true(read_range(line, &from, &to, &rest));
        name = strpbrk(rest, "/[");
        if (name && *name == '/' && rest[1] != 'w')
            continue;
        for (uint64_t start = from; start < to; start += BLOCK - OVERLAP) {
            size_t size = to - start < BLOCK ? (size_t)(to - start) : BLOCK;
            ssize_t got = pread(memory, block, size, (off_t)start);
            if (got <= 0)
                break; /* [vvar] */
            look_through(s, at, MEMORY, block, (size_t)got, name ? name : "anonymous\n", start);
        }
    }
    fclose(maps);
    close(memory);
}

static void look(search *s, point at, pid_t child) {
    char path[64];
    s->seen[at] = true;
    order_needles(s);
    if (!SANITIZED)
        look_in_memory(s, at, child);
    look_in_folder(s, at, STORE, s->store);
    look_in_folder(s, at, TEMPORARY, s->temporary);
    snprintf(path, sizeof path, "/proc/%d/environ", (int)child);
    look_in_file(s, at, ENVIRONMENT, path);
    snprintf(path, sizeof path, "/proc/%d/cmdline", (int)child);
    look_in_file(s, at, ARGUMENTS, path);
}

/* The key of a database as SQLCipher holds it, and that of its pages' MACs, which it makes of it. */
static void add_database_key(search *s, const char *label, const unsigned char *hex) {
    unsigned char raw[48], mac[32];
    char name[64];
    assert_int_equal(sodium_hex2bin(raw, sizeof raw, (const char *)hex, 96, NULL, NULL, NULL), 0);
    snprintf(name, sizeof name, "%s, raw", label);
    add_needle(s, name, raw, 32, false);
    for (int i = 32; i < 48; i++)
        raw[i] ^= 0x3A;
    assert_int_equal(PKCS5_PBKDF2_HMAC((const char *)raw, 32, raw + 32, 16, 2, EVP_sha512(), sizeof mac, mac), 1);
    snprintf(name, sizeof name, "%s, of MACs", label);
    add_needle(s, name, mac, sizeof mac, false);
}

static void hear(search *s, const word *w, int from, int to, pid_t child) {
    unsigned char secret[TOLD_MAX], parsed[20];
    hr_err err;
    switch (w->what) {
    case A_SECRET:
        assert_true(w->size <= sizeof secret);
        assert_int_equal(read(from, secret, w->size), w->size);
        add_needle(s, w->label, secret, w->size, false);
        s->needles[s->count - 1].ours = w->ours;
        if (w->size == 96)
            add_database_key(s, w->label, secret);
        if (strcmp(w->label, "the recovery key") == 0) {
            memcpy(s->recovery, secret, w->size);
            hr_err_init(&err, HR_LANGUAGE_EN);
            assert_int_equal(hr_recovery_parse(&err, s->recovery, parsed), HR_OK);
            add_needle(s, "the recovery key's bytes", parsed, sizeof parsed, false);
        }
        break;
    case A_POINT:
        look(s, w->at, child);
        assert_int_equal(write(to, "", 1), 1);
        break;
    }
}

static pid_t start(search *s, const char *what, int *from, int *to) {
    int up[2], down[2];
    char self[PATH_SIZE] = "";
    assert_true(readlink("/proc/self/exe", self, sizeof self - 1) > 0);
    assert_int_equal(pipe(up) | pipe(down), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        /* The numbers may be each other's. */
        int own_up = fcntl(up[1], F_DUPFD, 10), own_down = fcntl(down[0], F_DUPFD, 10);
        for (int i = 0; i < 4; i++)
            close((int[]){up[0], up[1], down[0], down[1]}[i]);
        dup2(own_up, TO_TEST);
        dup2(own_down, FROM_TEST);
        close(own_up);
        close(own_down);
        setenv("TMPDIR", s->temporary, 1);
        setenv("SQLITE_TMPDIR", s->temporary, 1);
        execl(self, self, what, s->folder, (char *)NULL);
        _exit(127);
    }
    close(up[1]);
    close(down[0]);
    *from = up[0];
    *to = down[1];
    return child;
}

static void write_rosters(const search *s) {
    char path[PATH_SIZE];
    join_path(path, s->folder, "residents.csv");
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    fputs("id_number,name,area,phone,address,birth_date,sex\n", out);
    for (int i = 0; i < 1000; i++) {
        if (i == 100)
            fprintf(out, "%s,%s,110105001001,%s,%s,,\n", ID_ROSTER, NAME_ASCII, PHONE_ROSTER, ADDRESS_ROSTER);
        if (i == 300)
            fprintf(out, "%s,%s,110105001001,,\"%s\",,\n", ID_WIDE, NAME_WIDE, ADDRESS);
        if (i == 500)
            fprintf(out, ",%s,110105001001,,%s,1935-03-02,1\n", NAME_CYRILLIC, ADDRESS_ROSTER);
        if (i == 700)
            fprintf(out, "%s,%s,110105001001,,%s,,\n", ID_WRONG, NAME_REFUSED, ADDRESS_ROSTER);
        fprintf(out, ",Somebody %d,110105001001,,,1950-01-01,2\n", i);
    }
    assert_int_equal(fclose(out), 0);
    join_path(path, s->folder, "late.csv");
    out = fopen(path, "w");
    assert_non_null(out);
    fputs("file_number,name,area,birth_date,sex,address\n", out);
    for (int i = 0; i < 120; i++)
        fprintf(out, "%s,%s %d,110105001001,1950-01-01,2,\"%s" FILLING ADDRESS "\"\n", i % 3 ? "" : "12345", NAME_LATE,
                i, ADDRESS);
    assert_int_equal(fclose(out), 0);
    join_path(path, s->folder, "last.csv");
    write_text(path, "name,area,birth_date,sex,address\n" NAME_CYRILLIC
                     ",110105001001,1951-01-01,2,\"" NAME_WIDE MESSAGE "\"\n");
    join_path(path, s->folder, "gb.csv");
    write_text(path, "id_number,name,area\n" ID_GB "," NAME_GB_BYTES ",110105001001\n");
}

static int run_day(void **state) {
    word w;
    int from, to, code = 0;
    search *s = calloc(1, sizeof *s);
    *state = s;
    if (!s || sodium_init() < 0)
        return -1;
    make_folder(s->folder, NULL);
    make_folder(s->temporary, s->folder);
    join_path(s->store, s->folder, "station.hrs");
    add_marks(s);
    write_rosters(s);
    pid_t child = start(s, "work", &from, &to);
    while (read(from, &w, sizeof w) == (ssize_t)sizeof w)
        hear(s, &w, from, to, child);
    close(from);
    close(to);
    assert_int_equal(waitpid(child, &code, 0), child);
    assert_true(WIFEXITED(code) && WEXITSTATUS(code) == 0);
    for (int i = 0; i < POINTS; i++)
        assert_true(s->seen[i]);
    return 0;
}

static int end_day(void **state) {
    search *s = *state;
    remove_tree(s->folder);
    free(s);
    return 0;
}

/* ---- tests ---- */

static void assert_nothing_in(const search *s, point at, area in) {
    size_t hits = 0;
    if (in == MEMORY && SANITIZED)
        skip();
    for (size_t i = 0; i < s->count; i++)
        if (s->found[at][in][i]) {
            print_error("%s: %s %s\n", point_names[at], s->needles[i].label, in == MEMORY ? s->where[at][i] : "");
            hits++;
        }
    assert_int_equal(hits, 0);
}

static void assert_found(const search *s, point at, const char *label) {
    if (!s->found[at][MEMORY][needle_named(s, label)])
        fail_msg("%s: %s is not found, so the search is no good", point_names[at], label);
}

static void while_a_store_is_open_its_people_and_keys_are_found(void **state) {
    const search *s = *state;
    if (SANITIZED)
        skip();
    for (size_t i = 0; i < s->count; i++)
        if (s->needles[i].personal)
            assert_found(s, OPENED, s->needles[i].label);
    assert_found(s, OPENED, ID " as a row's number");
    assert_found(s, OPENED, "key C");
    assert_found(s, OPENED, "key F");
    assert_found(s, OPENED, "key of chart.db, raw");
    assert_found(s, OPENED, "key of facts.db, of MACs");
    assert_found(s, OPENED, "the operator's signing seed");
    assert_found(s, IN_BATCH, PHONE_ROSTER);
}

static void while_a_key_is_made_the_passphrase_is_found(void **state) {
    const search *s = *state;
    if (SANITIZED)
        skip();
    assert_found(s, DERIVING, SECRET_PASSPHRASE);
    assert_found(s, DERIVING, "Argon2's key");
    assert_found(s, DERIVING, "the recovery key");
    assert_found(s, DERIVING, "the recovery key's bytes");
}

static void while_a_store_is_open_its_passphrase_is_not_in_memory(void **state) {
    const search *s = *state;
    if (SANITIZED)
        skip();
    assert_false(s->found[OPENED][MEMORY][needle_named(s, SECRET_PASSPHRASE)]);
    assert_false(s->found[OPENED][MEMORY][needle_named(s, SECRET_PASSPHRASE " in UTF-16")]);
    assert_false(s->found[OPENED][MEMORY][needle_named(s, "Argon2's key")]);
}

static void closing_leaves_nothing_in_memory(void **state) {
    search *s = *state;
    s->found[CLOSED][MEMORY][needle_named(s, "the recovery key")] = false; /* that process will need it once more */
    assert_nothing_in(s, CLOSED, MEMORY);
}

static void closing_after_an_import_leaves_nothing_in_memory(void **state) {
    assert_nothing_in(*state, IMPORTED, MEMORY);
}

static void what_could_not_be_opened_leaves_nothing_in_memory(void **state) {
    assert_nothing_in(*state, REFUSED, MEMORY);
}

static void freeing_leaves_nothing_in_memory(void **state) {
    assert_nothing_in(*state, FREED, MEMORY);
}

static void the_store_s_files_hold_nothing_to_read(void **state) {
    const search *s = *state;
    for (int at = 0; at < POINTS; at++)
        assert_nothing_in(s, (point)at, STORE);
}

static void there_are_no_temporary_files(void **state) {
    const search *s = *state;
    for (int at = 0; at < POINTS; at++)
        assert_nothing_in(s, (point)at, TEMPORARY);
    assert_int_equal(s->temporary_files, 0);
}

static void neither_environment_nor_arguments_say_anything(void **state) {
    const search *s = *state;
    for (int at = 0; at < POINTS; at++) {
        assert_nothing_in(s, (point)at, ENVIRONMENT);
        assert_nothing_in(s, (point)at, ARGUMENTS);
    }
}

static void the_keys_are_locked_into_memory(void **state) {
    const search *s = *state;
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_MEMLOCK, &limit), 0);
    if (SANITIZED || limit.rlim_cur < 1 << 20) /* they ignore mlock; the system does not let us */
        skip();
    for (size_t i = 0; i < s->count; i++)
        if (s->loose[i])
            fail_msg("%s lies where it could be swapped out: %s", s->needles[i].label, s->where[OPENED][i]);
}

int main(int argc, char **argv) {
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(while_a_store_is_open_its_people_and_keys_are_found),
        cmocka_unit_test(while_a_key_is_made_the_passphrase_is_found),
        cmocka_unit_test(while_a_store_is_open_its_passphrase_is_not_in_memory),
        cmocka_unit_test(closing_leaves_nothing_in_memory),
        cmocka_unit_test(closing_after_an_import_leaves_nothing_in_memory),
        cmocka_unit_test(what_could_not_be_opened_leaves_nothing_in_memory),
        cmocka_unit_test(freeing_leaves_nothing_in_memory),
        cmocka_unit_test(the_store_s_files_hold_nothing_to_read),
        cmocka_unit_test(there_are_no_temporary_files),
        cmocka_unit_test(neither_environment_nor_arguments_say_anything),
        cmocka_unit_test(the_keys_are_locked_into_memory),
    };
    if (argc == 3 && strcmp(argv[1], "work") == 0)
        return work(argv[2]);
    return cmocka_run_group_tests(tests, run_day, end_day);
}
