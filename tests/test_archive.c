/* The ZIP and the CSV files inside a bundle: what is written comes back however the bytes are cut, and what was
 * altered, cut off or made to harm is refused. Given arguments, this is the program that tests/archive.sh sets against
 * Python's zipfile and csv:
 *
 *     test_archive pack ARCHIVE FILE…       test_archive write SHEET ROWS.json
 *     test_archive unpack ARCHIVE FOLDER    test_archive read SHEET ROWS.json
 */
#include "exchange/archive.h"
#include "exchange/sheet.h"
#include "support.h"
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MIB = 1 << 20, PIECE = 1 << 16 };
static const uint64_t NO_BOUND = UINT64_C(1) << 40;

/* ---- memory as sink and as source ---- */

typedef struct memory {
    hr_err *err;
    char *bytes;
    size_t size, room;     /* written */
    size_t at, piece;      /* given so far; most at a time, 0: all */
    size_t calls, fail_at; /* fails at this call, 0: never */
} memory;

static hr_status call(memory *m) {
    return ++m->calls == m->fail_at ? hr_fail(m->err, HR_SYSTEM, "the disk is full") : HR_OK;
}

static hr_status put(void *context, const void *bytes, size_t size) {
    memory *m = context;
    if (m->size + size > m->room) {
        m->room = 2 * (m->size + size);
        m->bytes = realloc(m->bytes, m->room);
        assert_non_null(m->bytes);
    }
    memcpy(m->bytes + m->size, bytes, size);
    m->size += size;
    return call(m);
}

static hr_status get(void *context, void *out, size_t size, size_t *got) {
    memory *m = context;
    size_t left = m->size - m->at;
    *got = size < left ? size : left;
    if (m->piece && *got > m->piece)
        *got = m->piece;
    if (*got)
        memcpy(out, m->bytes + m->at, *got);
    m->at += *got;
    return call(m);
}

static hr_err new_err(hr_language language) {
    hr_err err;
    hr_err_init(&err, language);
    return err;
}

static void assert_says(const hr_err *err, const char *part) {
    if (!strstr(err->text, part))
        fail_msg("\"%s\" does not say \"%s\"", err->text, part);
}

static void assert_code(const hr_err *err, hr_status want, hr_status got) {
    if (want != got)
        fail_msg("%s instead of %s: %s", hr_status_name(got), hr_status_name(want), err->text);
}

/* ---- files, and what a reading gave ---- */

typedef struct file {
    const char *name;
    char *bytes;
    size_t size;
} file;

static hr_status pack_into(hr_err *err, memory *out, const file *files, size_t count) {
    hr_archive_writer *writer = NULL;
    hr_status status = hr_archive_writer_new(err, put, out, &writer);
    for (size_t i = 0; i < count && status == HR_OK; i++) {
        status = hr_archive_add(writer, files[i].name);
        for (size_t at = 0; at < files[i].size && status == HR_OK; at += PIECE)
            status =
                hr_archive_write(writer, files[i].bytes + at, files[i].size - at < PIECE ? files[i].size - at : PIECE);
    }
    if (status == HR_OK)
        status = hr_archive_end(writer);
    hr_archive_writer_free(writer);
    return status;
}

static memory pack(const file *files, size_t count) {
    hr_err err = new_err(HR_LANGUAGE_EN);
    memory out = {.err = &err};
    assert_code(&err, HR_OK, pack_into(&err, &out, files, count));
    out.err = NULL;
    return out;
}

/* Reads it to its end. HR_OK: it was whole; `same` is whether it had just these files. */
static hr_status unpack(hr_err *err, memory *in, const file *files, size_t count, uint64_t most, bool *same) {
    static char piece[PIECE];
    hr_archive_reader *reader = NULL;
    const char *name;
    size_t number = 0, got, at;
    *same = true;
    in->at = in->calls = 0;
    in->err = err;
    hr_status status = hr_archive_reader_new(err, get, in, most, &reader);
    while (status == HR_OK && (status = hr_archive_next(reader, &name)) == HR_OK) {
        *same = *same && number < count && strcmp(name, files[number].name) == 0;
        for (at = 0; (status = hr_archive_read(reader, piece, sizeof piece, &got)) == HR_OK && got > 0; at += got)
            *same = *same && at + got <= files[number].size && memcmp(piece, files[number].bytes + at, got) == 0;
        *same = *same && (status != HR_OK || at == files[number].size);
        number++;
    }
    *same = *same && number == count;
    assert_int_not_equal(status, HR_OK);
    if (status != HR_END) { /* and it stays that way */
        assert_int_equal(hr_archive_next(reader, &name), status);
        assert_int_equal(hr_archive_read(reader, piece, 1, &got), status);
        assert_int_equal(got, 0);
        assert_int_equal(err->status, status);
        assert_true(*err->text);
    }
    hr_archive_reader_free(reader);
    return status == HR_END ? HR_OK : status;
}

static hr_status try_unpack(hr_err *err, memory *in, const file *files, size_t count) {
    bool same;
    hr_status status = unpack(err, in, files, count, NO_BOUND, &same);
    if (status == HR_OK && !same)
        fail_msg("other files than there were, and not refused");
    return status;
}

static char *chance(size_t size) {
    char *bytes = malloc(size);
    assert_non_null(bytes);
    for (size_t i = 0; i < size; i++)
        bytes[i] = (char)random_below(256);
    return bytes;
}

static char few[] = "a,b\r\n1,2\r\n1,2\r\n1,2\r\n", note[] = "{}", nothing[] = "";
static const file small[] = {
    {"manifest.json", note, sizeof note - 1}, {"empty.txt", nothing, 0}, {"residents_2.csv", few, sizeof few - 1}};
enum { SMALL_COUNT = 3 };

/* ---- archives ---- */

static void files_come_back_as_they_were_however_the_bytes_are_cut(void **state) {
    static const size_t pieces[] = {0, 1, 7, 1000, 65536, 65537};
    (void)state;
    seed_chance(1);
    char *much = chance(300000), *same = calloc(1, MIB);
    assert_non_null(same);
    file files[] = {small[0], {"a.txt", much, 300000}, small[1], {"b.csv", same, MIB}, small[2]};
    memory archive = pack(files, 5);
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        hr_err err = new_err(HR_LANGUAGE_EN);
        archive.piece = pieces[i];
        assert_code(&err, HR_OK, try_unpack(&err, &archive, files, 5));
        assert_int_equal(archive.at, archive.size);
    }
    free(archive.bytes);
    free(much);
    free(same);
}

/* The reader's: 64 KiB. Within the bytes, what is behind them, the next header, the directory or the end. */
static void a_block_may_end_anywhere(void **state) {
    (void)state;
    seed_chance(8);
    char *much = chance(65600);
    for (size_t size = 65000; size < 65600; size++) {
        hr_err err = new_err(HR_LANGUAGE_EN);
        file files[] = {{"a.txt", much, size}, small[1], small[2]};
        memory archive = pack(files, 3);
        assert_code(&err, HR_OK, try_unpack(&err, &archive, files, 3));
        free(archive.bytes);
    }
    free(much);
}

static void an_archive_may_be_empty(void **state) {
    (void)state;
    hr_err err = new_err(HR_LANGUAGE_EN);
    memory archive = pack(NULL, 0);
    assert_int_equal(archive.size, 22);
    assert_code(&err, HR_OK, try_unpack(&err, &archive, NULL, 0));
    free(archive.bytes);
}

static void a_file_that_is_not_read_is_checked_all_the_same(void **state) {
    (void)state;
    hr_err err = new_err(HR_LANGUAGE_EN);
    seed_chance(2);
    char *much = chance(200000);
    file files[] = {{"a.txt", much, 200000}, small[2]};
    for (int altered = 0; altered < 2; altered++) {
        memory archive = pack(files, 2);
        hr_archive_reader *reader = NULL;
        const char *name;
        archive.bytes[1000] ^= (char)altered;
        assert_int_equal(hr_archive_reader_new(&err, get, &archive, NO_BOUND, &reader), HR_OK);
        assert_int_equal(hr_archive_next(reader, &name), HR_OK);
        assert_string_equal(name, "a.txt");
        assert_int_equal(hr_archive_next(reader, &name), altered ? HR_DAMAGED : HR_OK);
        hr_archive_reader_free(reader);
        free(archive.bytes);
    }
    free(much);
}

static void the_same_files_give_the_same_bytes(void **state) {
    (void)state;
    memory first = pack(small, SMALL_COUNT);
    setenv("TZ", "Asia/Shanghai", 1);
    setenv("SOURCE_DATE_EPOCH", "1700000000", 1);
    umask(0);
    memory second = pack(small, SMALL_COUNT);
    unsetenv("TZ");
    umask(022);
    assert_int_equal(first.size, second.size);
    assert_memory_equal(first.bytes, second.bytes, first.size);
    free(first.bytes);
    free(second.bytes);
}

/* What may be altered and still be taken, since nobody goes by it: versions, the owner, rights, internal attributes,
 * and the bits that fill the last byte of compressed data. */
static bool harmless(const memory *archive, size_t at) {
    static const struct {
        const char *signature;
        size_t size;
        size_t from[4], to[4];
    } records[] = {{"PK\3\4", 30, {4, 0}, {6, 0}}, {"PK\1\2", 46, {4, 36, 38, 0}, {8, 38, 42, 0}}};
    for (size_t i = 0; i < 2; i++)
        for (size_t start = at < 128 ? 0 : at - 128; start <= at; start++) {
            const unsigned char *p = (const unsigned char *)archive->bytes + start;
            if (start + records[i].size > archive->size || memcmp(p, records[i].signature, 4) != 0)
                continue;
            for (size_t k = 0; k < 4; k++)
                if (at - start >= records[i].from[k] && at - start < records[i].to[k])
                    return true;
            size_t name = p[i ? 28 : 26], extra = p[i ? 30 : 28], begin = records[i].size + name;
            if (at - start >= begin && at - start < begin + extra)
                return true;
        }
    return at + 3 <= archive->size && memcmp(archive->bytes + at + 1, "PK", 2) == 0;
}

/* Each byte with each bit flipped, and with all. */
static void alter(memory *archive, const file *files, size_t count) {
    size_t refused = 0, taken = 0;
    for (size_t at = 0; at < archive->size; at++)
        for (unsigned bit = 0; bit < 9; bit++) {
            hr_err err = new_err(bit % 2 ? HR_LANGUAGE_EN : HR_LANGUAGE_ZH);
            unsigned char mask = (unsigned char)(bit < 8 ? 1U << bit : 0xFF);
            archive->bytes[at] ^= (char)mask;
            hr_status status = try_unpack(&err, archive, files, count);
            archive->bytes[at] ^= (char)mask;
            if (status == HR_OK && !harmless(archive, at))
                fail_msg("byte %zu with 0x%02X is taken", at, mask);
            assert_true(status == HR_OK || status == HR_DAMAGED || status == HR_INVALID);
            refused += status != HR_OK;
            taken += status == HR_OK;
        }
    assert_true(refused > 3 * taken);
}

static void an_altered_byte_is_refused_or_does_not_matter(void **state) {
    (void)state;
    memory archive = pack(small, SMALL_COUNT);
    alter(&archive, small, SMALL_COUNT);
    free(archive.bytes);
}

/* As Python's zipfile writes it: sizes in the headers, one file deflated and one stored. */
static void an_altered_byte_of_another_programs_archive_is_no_different(void **state) {
    static const unsigned char bytes[] = {
        0x50, 0x4B, 0x03, 0x04, 0x14, 0x00, 0x00, 0x00, 0x08, 0x00, 0x00, 0x00, 0x21, 0x00, 0x6C, 0xEB, 0x49, 0x39,
        0x0B, 0x00, 0x00, 0x00, 0x0F, 0x00, 0x00, 0x00, 0x05, 0x00, 0x00, 0x00, 0x61, 0x2E, 0x63, 0x73, 0x76, 0x4B,
        0xD4, 0x49, 0xE2, 0xE5, 0x32, 0xD4, 0x31, 0x82, 0x12, 0x00, 0x50, 0x4B, 0x03, 0x04, 0x14, 0x00, 0x00, 0x00,
        0x00, 0x00, 0x00, 0x00, 0x21, 0x00, 0x7C, 0xF2, 0x52, 0x8B, 0x04, 0x00, 0x00, 0x00, 0x04, 0x00, 0x00, 0x00,
        0x05, 0x00, 0x00, 0x00, 0x62, 0x2E, 0x74, 0x78, 0x74, 0x6D, 0x6F, 0x72, 0x65, 0x50, 0x4B, 0x01, 0x02, 0x14,
        0x03, 0x14, 0x00, 0x00, 0x00, 0x08, 0x00, 0x00, 0x00, 0x21, 0x00, 0x6C, 0xEB, 0x49, 0x39, 0x0B, 0x00, 0x00,
        0x00, 0x0F, 0x00, 0x00, 0x00, 0x05, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x80,
        0x01, 0x00, 0x00, 0x00, 0x00, 0x61, 0x2E, 0x63, 0x73, 0x76, 0x50, 0x4B, 0x01, 0x02, 0x14, 0x03, 0x14, 0x00,
        0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x21, 0x00, 0x7C, 0xF2, 0x52, 0x8B, 0x04, 0x00, 0x00, 0x00, 0x04, 0x00,
        0x00, 0x00, 0x05, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x80, 0x01, 0x2E, 0x00,
        0x00, 0x00, 0x62, 0x2E, 0x74, 0x78, 0x74, 0x50, 0x4B, 0x05, 0x06, 0x00, 0x00, 0x00, 0x00, 0x02, 0x00, 0x02,
        0x00, 0x66, 0x00, 0x00, 0x00, 0x55, 0x00, 0x00, 0x00, 0x00, 0x00};
    static char text[] = "a,b\r\n1,2\r\n1,2\r\n", more[] = "more";
    static const file files[] = {{"a.csv", text, sizeof text - 1}, {"b.txt", more, sizeof more - 1}};
    (void)state;
    hr_err err = new_err(HR_LANGUAGE_EN);
    memory archive = {.err = &err};
    put(&archive, bytes, sizeof bytes);
    assert_code(&err, HR_OK, try_unpack(&err, &archive, files, 2));
    alter(&archive, files, 2);
    free(archive.bytes);
}

static void a_cut_anywhere_is_damage(void **state) {
    (void)state;
    memory archive = pack(small, SMALL_COUNT);
    size_t whole = archive.size;
    for (archive.size = 0; archive.size < whole; archive.size++) {
        hr_err err = new_err(HR_LANGUAGE_EN);
        assert_code(&err, HR_DAMAGED, try_unpack(&err, &archive, small, SMALL_COUNT));
        assert_says(&err, archive.size < 4 ? "is no ZIP file" : "is cut off");
    }
    hr_err err = new_err(HR_LANGUAGE_EN);
    assert_code(&err, HR_OK, try_unpack(&err, &archive, small, SMALL_COUNT));
    free(archive.bytes);
}

static void what_follows_the_end_is_refused(void **state) {
    (void)state;
    memory archive = pack(small, SMALL_COUNT);
    for (size_t piece = 0; piece < 2; piece++) {
        hr_err err = new_err(HR_LANGUAGE_EN);
        size_t whole = archive.size;
        archive.err = &err;
        put(&archive, "x", 1);
        archive.piece = piece;
        assert_code(&err, HR_DAMAGED, try_unpack(&err, &archive, small, SMALL_COUNT));
        assert_says(&err, "something follows its end");
        archive.size = whole;
        assert_code(&err, HR_OK, try_unpack(&err, &archive, small, SMALL_COUNT));
    }
    free(archive.bytes);
}

static void a_failing_source_or_sink_is_the_callers_failure(void **state) {
    (void)state;
    seed_chance(3);
    char *much = chance(400000);
    file files[] = {small[0], {"a.txt", much, 400000}, small[2]};
    memory archive = pack(files, 3);
    archive.piece = 20000;
    size_t failures = 0;
    hr_status status = HR_SYSTEM;
    for (archive.fail_at = 1; status != HR_OK; archive.fail_at++) {
        hr_err err = new_err(HR_LANGUAGE_EN);
        status = try_unpack(&err, &archive, files, 3);
        assert_true(status == HR_OK || (status == HR_SYSTEM && strcmp(err.text, "the disk is full") == 0));
        failures += status != HR_OK;
    }
    assert_true(failures > 20);
    failures = 0;
    status = HR_SYSTEM;
    for (size_t fail_at = 1; status != HR_OK; fail_at++) {
        hr_err err = new_err(HR_LANGUAGE_EN);
        memory out = {.err = &err, .fail_at = fail_at};
        status = pack_into(&err, &out, files, 3);
        assert_true(status == HR_OK || (status == HR_SYSTEM && strcmp(err.text, "the disk is full") == 0));
        assert_true(status == HR_OK || out.calls == fail_at); /* nothing more came */
        failures += status != HR_OK;
        free(out.bytes);
    }
    assert_true(failures > 4);
    free(archive.bytes);
    free(much);
}

static void an_archive_that_is_not_ended_gets_nothing_more(void **state) {
    (void)state;
    hr_err err = new_err(HR_LANGUAGE_EN);
    seed_chance(4);
    char *much = chance(200000);
    memory out = {.err = &err};
    hr_archive_writer *writer = NULL;
    assert_int_equal(hr_archive_writer_new(&err, put, &out, &writer), HR_OK);
    assert_int_equal(hr_archive_add(writer, "a.csv"), HR_OK);
    assert_int_equal(hr_archive_write(writer, much, 200000), HR_OK);
    size_t calls = out.calls;
    assert_true(calls > 0);
    hr_archive_writer_free(writer);
    assert_int_equal(out.calls, calls);
    hr_archive_writer_free(NULL);
    hr_archive_reader_free(NULL);
    free(out.bytes);
    free(much);
}

static void the_writer_takes_no_name_that_the_reader_would_refuse(void **state) {
    static const char *const bad[] = {
        "",       ".csv",    "a",       "a.CSV",  "A.csv",  "/a.csv", "../a.csv",         "b\\a.csv", "b/a.csv",
        "a.csv/", "a.b.csv", "a-b.csv", "a.xlsx", "a.csv ", " a.csv", "\xE5\xB1\x85.csv", "a.csvx"};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        hr_err err = new_err(HR_LANGUAGE_EN);
        memory out = {.err = &err};
        file files[] = {small[0], {bad[i], nothing, 0}};
        assert_code(&err, HR_INVALID, pack_into(&err, &out, files, 2));
        free(out.bytes);
    }
    char name[65] = "";
    for (size_t length = 63; length < 65; length++) {
        hr_err err = new_err(HR_LANGUAGE_EN);
        memory out = {.err = &err};
        memset(name, 'a', length - 4);
        strcpy(name + length - 4, ".csv");
        file files[] = {{name, nothing, 0}};
        assert_code(&err, length < 64 ? HR_OK : HR_INVALID, pack_into(&err, &out, files, 1));
        free(out.bytes);
    }
    hr_err err = new_err(HR_LANGUAGE_EN);
    memory out = {.err = &err};
    file twice[] = {small[0], small[2], small[0]};
    assert_code(&err, HR_INVALID, pack_into(&err, &out, twice, 3));
    assert_says(&err, "two files of the same name");
    free(out.bytes);
}

static void there_may_be_64_files(void **state) {
    (void)state;
    static char names[65][16];
    file files[65];
    for (size_t i = 0; i < 65; i++) {
        snprintf(names[i], sizeof names[i], "f%zu.csv", i);
        files[i] = (file){names[i], few, sizeof few - 1};
    }
    hr_err err = new_err(HR_LANGUAGE_EN);
    memory archive = pack(files, 64), out = {.err = &err};
    assert_code(&err, HR_OK, try_unpack(&err, &archive, files, 64));
    assert_code(&err, HR_INVALID, pack_into(&err, &out, files, 65));
    assert_says(&err, "more than 64 files");
    free(archive.bytes);
    free(out.bytes);
}

static void no_more_than_the_callers_bound_is_given(void **state) {
    (void)state;
    seed_chance(5);
    char *much = chance(100000);
    file files[] = {{"a.txt", much, 60000}, {"b.txt", much, 40000}};
    memory archive = pack(files, 2);
    bool same;
    hr_err err = new_err(HR_LANGUAGE_EN);
    assert_code(&err, HR_OK, unpack(&err, &archive, files, 2, 100000, &same));
    assert_true(same);
    assert_code(&err, HR_INVALID, unpack(&err, &archive, files, 2, 99999, &same));
    assert_says(&err, "more than a bundle may hold");
    free(archive.bytes);
    free(much);
}

/* A file of so many MiB, of which `random` bytes in each 64 KiB do not compress. */
static memory pack_mib(size_t mib, size_t random) {
    static char block[PIECE];
    hr_err err = new_err(HR_LANGUAGE_EN);
    memory out = {.err = &err};
    hr_archive_writer *writer = NULL;
    memset(block, 0, sizeof block);
    assert_int_equal(hr_archive_writer_new(&err, put, &out, &writer), HR_OK);
    assert_int_equal(hr_archive_add(writer, "bomb.csv"), HR_OK);
    for (size_t i = 0; i < mib * (MIB / PIECE); i++) {
        for (size_t k = 0; k < random; k++)
            block[k] = (char)random_below(256);
        assert_int_equal(hr_archive_write(writer, block, sizeof block), HR_OK);
    }
    assert_code(&err, HR_OK, hr_archive_end(writer));
    hr_archive_writer_free(writer);
    out.err = NULL;
    return out;
}

/* How many bytes came before it ended. */
static size_t read_mib(memory *archive, hr_err *err, hr_status *status) {
    static char piece[PIECE];
    hr_archive_reader *reader = NULL;
    const char *name;
    size_t total = 0, got = 1;
    assert_int_equal(hr_archive_reader_new(err, get, archive, NO_BOUND, &reader), HR_OK);
    assert_code(err, HR_OK, hr_archive_next(reader, &name));
    while (got > 0 && (*status = hr_archive_read(reader, piece, sizeof piece, &got)) == HR_OK)
        total += got;
    hr_archive_reader_free(reader);
    return total;
}

static void a_gibibyte_of_zeros_is_refused_early(void **state) {
    (void)state;
    hr_err err = new_err(HR_LANGUAGE_EN);
    hr_status status;
    memory bomb = pack_mib(1024, 0);
    assert_true(bomb.size < 2 * MIB);
    bomb.piece = 1000;
    size_t given = read_mib(&bomb, &err, &status);
    assert_code(&err, HR_INVALID, status);
    assert_says(&err, "200 times");
    assert_true(given <= 64 * MIB);
    assert_true(bomb.at < bomb.size / 4);
    free(bomb.bytes);
}

static void what_expands_less_or_is_small_is_no_bomb(void **state) {
    (void)state;
    static const size_t mib[] = {64, 80}, random[] = {0, 500};
    seed_chance(6);
    for (size_t i = 0; i < 2; i++) {
        hr_err err = new_err(HR_LANGUAGE_EN);
        hr_status status;
        memory archive = pack_mib(mib[i], random[i]);
        assert_int_equal(read_mib(&archive, &err, &status), mib[i] * MIB);
        assert_code(&err, HR_OK, status);
        assert_true(archive.size < mib[i] * MIB / 50);
        free(archive.bytes);
    }
}

/* ---- sheets ---- */

typedef struct table {
    const char *const *cells; /* expected, row after row */
    size_t columns, count, at;
    uint64_t line;
    hr_status answer;
} table;

static hr_status compare_row(void *context, uint64_t line, const char *const *cells) {
    table *t = context;
    assert_true(line > t->line);
    t->line = line;
    for (size_t i = 0; i < t->columns; i++) {
        assert_true(t->at < t->count);
        assert_string_equal(cells[i], t->cells[t->at++]);
    }
    return t->answer;
}

static hr_status ignore_row(void *context, uint64_t line, const char *const *cells) {
    (void)context, (void)line, (void)cells;
    return HR_OK;
}

static const char *const columns[] = {"a", "b", "c", "d"};

static void cells_come_back_as_they_were_however_the_bytes_are_cut(void **state) {
    static const char *const letters[] = {"=", "+", "-", "@", "'", "\"",           ",",  "\r", "\n", "\t", " ",
                                          "1", "0", ".", "x", ";", "\xE5\xB1\x85", "＝", "＋", "－", "＠"};
    enum { ROWS = 25, CELL = 40 };
    static char cells[ROWS * 4][CELL];
    const char *given[ROWS * 4];
    (void)state;
    seed_chance(7);
    for (size_t round = 0; round < 400; round++) {
        hr_err err = new_err(HR_LANGUAGE_EN);
        size_t count = 1 + random_below(4);
        memory sheet = {.err = &err};
        assert_int_equal(hr_sheet_head(&err, put, &sheet, columns, count), HR_OK);
        for (size_t i = 0; i < ROWS * count; i++) {
            cells[i][0] = '\0';
            for (size_t length = random_below(6); length > 0; length--)
                strcat(cells[i], letters[random_below(sizeof letters / sizeof *letters)]);
            given[i] = cells[i];
        }
        for (size_t i = 0; i < ROWS; i++)
            assert_int_equal(hr_sheet_row(&err, put, &sheet, given + i * count, count), HR_OK);
        table t = {.cells = given, .columns = count, .count = ROWS * count};
        sheet.piece = round % 5;
        assert_code(&err, HR_OK, hr_sheet_read(&err, "s.csv", get, &sheet, columns, count, compare_row, &t));
        assert_int_equal(t.at, ROWS * count);
        free(sheet.bytes);
    }
}

static void a_sheet_is_written_as_spreadsheets_want_it(void **state) {
    static const char *const first[] = {"plain", "", "a,b", "5\"x"}, *const second[] = {"-3", "-0.5", "-", "=1+1"},
                             *const third[] = {" x", "x\t", "it's", "'x"},
                             *const fourth[] = {"\xE5\xB1\x85", "x\ny", "+86", "@x"};
    (void)state;
    hr_err err = new_err(HR_LANGUAGE_EN);
    memory sheet = {.err = &err};
    hr_sheet_head(&err, put, &sheet, columns, 4);
    hr_sheet_row(&err, put, &sheet, first, 4);
    hr_sheet_row(&err, put, &sheet, second, 4);
    hr_sheet_row(&err, put, &sheet, third, 4);
    hr_sheet_row(&err, put, &sheet, fourth, 4);
    put(&sheet, "", 1);
    assert_string_equal(sheet.bytes, "\xEF\xBB\xBF"
                                     "a,b,c,d\r\nplain,,\"a,b\",\"5\"\"x\"\r\n-3,-0.5,'-,'=1+1\r\n"
                                     "\" x\",\"x\t\",it's,''x\r\n\xE5\xB1\x85,\"x\ny\",'+86,'@x\r\n");
    free(sheet.bytes);
}

static hr_status read_text(hr_err *err, const char *text, size_t size, size_t count, table *t) {
    memory sheet = {.err = err, .bytes = (char *)(uintptr_t)text, .size = size};
    return hr_sheet_read(err, "persons.csv", get, &sheet, columns, count, t ? compare_row : ignore_row, t);
}

static void a_sheet_of_another_program_is_read(void **state) {
    static const char *const same[] = {
        "\357\273\277a,b\r\n1,2\r\n3,4\r\n",           "a,b\n1,2\n3,4\n", "a,b\r\n1,2\r\n3,4",
        "\"a\",\"b\"\n\"1\",\"2\"\n\n\n\"3\",\"4\"\n", "a,b\r1,2\r3,4\r", "a, b\n 1,2 \n3\t,4"};
    static const char *const cells[] = {"1", "2", "3", "4"};
    (void)state;
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        hr_err err = new_err(HR_LANGUAGE_EN);
        table t = {.cells = cells, .columns = 2, .count = 4};
        if (strchr(same[i], '\n')) {
            assert_code(&err, HR_OK, read_text(&err, same[i], strlen(same[i]), 2, &t));
            assert_int_equal(t.at, 4);
        } else { /* lines are counted by LF */
            assert_code(&err, HR_OK, read_text(&err, same[i], strlen(same[i]), 2, NULL));
        }
    }
}

static void what_is_wrong_with_a_sheet_is_said_with_file_and_line(void **state) {
    static const struct {
        const char *text;
        size_t size;
        const char *says;
    } cases[] = {
#define CASE(text, says) {text, sizeof(text) - 1, says}
        CASE("", "persons.csv, line 1: the row with the columns' names is missing"),
        CASE("\xEF\xBB\xBF", "line 1: the row with the columns' names is missing"),
        CASE("\n\n", "line 1: the row with the columns' names is missing"),
        CASE("a\n1,2\n", "persons.csv, line 1: has 1 cells instead of 2"),
        CASE("a,c\n1,2\n", "line 1: column 2 must have the name \"b\""),
        CASE("b,a\n1,2\n", "line 1: column 1 must have the name \"a\""),
        CASE("A,b\n1,2\n", "line 1: column 1 must have the name \"a\""),
        CASE("a,b,c\n", "line 1: has 3 cells instead of 2"),
        CASE("a,b\r\n1,2\r\n1\r\n", "line 3: has 1 cells instead of 2"),
        CASE("a,b\n1,2,3\n", "line 2: has 3 cells instead of 2"),
        CASE("a,b\n1,\"x\ny\"\n1,2,\n", "line 4: has 3 cells instead of 2"),
        CASE("a,b\n\n\n1,2,\n", "line 4: has 3 cells instead of 2"),
        CASE("a,b\n1,\xFF\n", "line 2: is not UTF-8"),
        CASE("a,b\n1,\xED\xA0\x80\n", "line 2: is not UTF-8"),
        CASE("a,b\n1,\xE5\xB1\n", "line 2: is not UTF-8"),
        CASE("a,b\n1,x\0y\n", "line 2: has a NUL byte"),
        CASE("a,b\n1,\0\n", "line 2: has a NUL byte"),
        CASE("a,b\n1,\"x\"y\n", "line 2: has a quotation mark where none may be"),
        CASE("a,b\n1,x\"y\n", "line 2: has a quotation mark where none may be"),
        CASE("a,b\n1,2\n1,\"y\n1,2\n", "line 3: a quotation mark is not closed"),
        CASE("a,b\n1,=1\n", "line 2: has a cell that a spreadsheet would take for a formula"),
        CASE("a,b\n1,\"\t=1\"\n", "line 2: has a cell that a spreadsheet"),
        CASE("a,b\n+1,1\n", "line 2: has a cell that a spreadsheet"),
        CASE("a,b\n1,-1+1\n", "line 2: has a cell that a spreadsheet"),
        CASE("a,b\n1,@x\n", "line 2: has a cell that a spreadsheet"),
        CASE("a,b\n1,＝x\n", "line 2: has a cell that a spreadsheet"),
#undef CASE
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        hr_err err = new_err(HR_LANGUAGE_EN);
        assert_code(&err, HR_INVALID, read_text(&err, cases[i].text, cases[i].size, 2, NULL));
        assert_says(&err, cases[i].says);
    }
    hr_err err = new_err(HR_LANGUAGE_ZH);
    assert_code(&err, HR_INVALID, read_text(&err, "a,b\n1\n", 6, 2, NULL));
    assert_string_equal(err.text, "persons.csv 第 2 行：有 1 个单元格，应有 2 个；请联系报送单位重新生成上报包");
}

static void a_row_may_be_1_mib_long(void **state) {
    (void)state;
    for (size_t more = 0; more < 2; more++) {
        hr_err err = new_err(HR_LANGUAGE_EN);
        char *cell = malloc(MIB);
        const char *row[] = {"x", cell};
        memory sheet = {.err = &err, .piece = 1000};
        assert_non_null(cell);
        memset(cell, 'y', MIB);
        cell[MIB - 4 + more] = '\0'; /* x, and CR LF */
        hr_sheet_head(&err, put, &sheet, columns, 2);
        assert_code(&err, more ? HR_INVALID : HR_OK, hr_sheet_row(&err, put, &sheet, row, 2));
        if (more) {
            put(&sheet, "x,", 2);
            put(&sheet, cell, MIB - 4 + more);
            put(&sheet, "\r\n", 2);
        }
        table t = {.cells = row, .columns = 2, .count = 2};
        hr_status status = hr_sheet_read(&err, "s.csv", get, &sheet, columns, 2, compare_row, &t);
        assert_code(&err, more ? HR_INVALID : HR_OK, status);
        if (more)
            assert_says(&err, "s.csv, line 2: is longer than 1 MiB");
        free(cell);
        free(sheet.bytes);
    }
    hr_err err = new_err(HR_LANGUAGE_EN); /* rows that end in CR alone are counted as well as those in LF */
    char *mac = malloc(3 * MIB);
    assert_non_null(mac);
    memset(mac, 'y', 3 * MIB);
    memcpy(mac, "a\r", 2);
    for (size_t at = 1; at < 3 * MIB; at += 16000)
        mac[at] = '\r';
    assert_code(&err, HR_OK, read_text(&err, mac, 3 * MIB, 1, NULL));
    memset(mac + 20000, 'y', 2 * MIB);
    assert_code(&err, HR_INVALID, read_text(&err, mac, 3 * MIB, 1, NULL));
    free(mac);
}

static void a_row_that_is_not_wanted_ends_the_reading(void **state) {
    static const char *const cells[] = {"1", "2", "3", "4"};
    (void)state;
    hr_err err = new_err(HR_LANGUAGE_EN);
    table t = {.cells = cells, .columns = 2, .count = 2, .answer = HR_DENIED};
    assert_int_equal(read_text(&err, "a,b\n1,2\n3,4\n", 12, 2, &t), HR_DENIED);
    assert_int_equal(t.at, 2);
    memory sheet = {.err = &err, .bytes = (char *)(uintptr_t) "a,b\n1,2\n3,4\n", .size = 12, .piece = 5, .fail_at = 3};
    assert_int_equal(hr_sheet_read(&err, "s.csv", get, &sheet, columns, 2, ignore_row, NULL), HR_SYSTEM);
    assert_string_equal(err.text, "the disk is full");
    sheet = (memory){.err = &err, .fail_at = 1};
    assert_int_equal(hr_sheet_row(&err, put, &sheet, cells, 2), HR_SYSTEM);
    free(sheet.bytes);
}

static void a_sheet_is_read_out_of_an_archive(void **state) {
    static const char *const cells[] = {"1", "2", "1", "2", "1", "2"};
    (void)state;
    hr_err err = new_err(HR_LANGUAGE_EN);
    memory archive = pack(small, SMALL_COUNT);
    hr_archive_reader *reader = NULL;
    const char *name = "";
    table t = {.cells = cells, .columns = 2, .count = 6};
    assert_int_equal(hr_archive_reader_new(&err, get, &archive, NO_BOUND, &reader), HR_OK);
    while (strcmp(name, "residents_2.csv") != 0)
        assert_int_equal(hr_archive_next(reader, &name), HR_OK);
    assert_code(&err, HR_OK, hr_sheet_read(&err, name, hr_archive_read, reader, columns, 2, compare_row, &t));
    assert_int_equal(t.at, 6);
    assert_int_equal(hr_archive_next(reader, &name), HR_END);
    hr_archive_reader_free(reader);
    free(archive.bytes);
}

/* ---- the program for tests/archive.sh ---- */

static int tell(hr_status status, const hr_err *err) {
    if (status != HR_OK)
        fprintf(stderr, "%s: %s\n", hr_status_name(status), err->text);
    return status != HR_OK;
}

static int pack_files(hr_err *err, const char *archive, char **paths, size_t count) {
    file files[80];
    memory out = {.err = err};
    for (size_t i = 0; i < count; i++) {
        const char *slash = strrchr(paths[i], '/');
        files[i].name = slash ? slash + 1 : paths[i];
        files[i].bytes = read_bytes(paths[i], &files[i].size);
    }
    hr_status status = pack_into(err, &out, files, count);
    write_bytes(archive, out.bytes, out.size);
    for (size_t i = 0; i < count; i++)
        free(files[i].bytes);
    free(out.bytes);
    return tell(status, err);
}

static int unpack_files(hr_err *err, const char *archive, const char *folder) {
    memory in = {.err = err, .piece = 4000};
    hr_archive_reader *reader = NULL;
    const char *name;
    char path[PATH_SIZE], piece[3000];
    size_t got;
    in.bytes = read_bytes(archive, &in.size);
    hr_status status = hr_archive_reader_new(err, get, &in, 256 * MIB, &reader);
    while (status == HR_OK && (status = hr_archive_next(reader, &name)) == HR_OK) {
        join_path(path, folder, name);
        FILE *out = fopen(path, "wb");
        assert_non_null(out);
        while ((status = hr_archive_read(reader, piece, sizeof piece, &got)) == HR_OK && got > 0)
            fwrite(piece, 1, got, out);
        fclose(out);
    }
    hr_archive_reader_free(reader);
    free(in.bytes);
    return tell(status == HR_END ? HR_OK : status, err);
}

static size_t cells_of(const json_t *row, const char *cells[HR_SHEET_COLUMNS]) {
    for (size_t i = 0; i < json_array_size(row); i++)
        cells[i] = json_string_value(json_array_get(row, i));
    return json_array_size(row);
}

static int write_sheet(hr_err *err, const char *path, const json_t *rows) {
    const char *cells[HR_SHEET_COLUMNS];
    memory out = {.err = err};
    hr_status status = HR_OK;
    for (size_t i = 0; i < json_array_size(rows) && status == HR_OK; i++) {
        size_t count = cells_of(json_array_get(rows, i), cells);
        status = (i ? hr_sheet_row : hr_sheet_head)(err, put, &out, cells, count);
    }
    write_bytes(path, out.bytes, out.size);
    free(out.bytes);
    return tell(status, err);
}

static int read_sheet(hr_err *err, const char *path, const json_t *rows) {
    const char *names[HR_SHEET_COLUMNS], *cells[4096];
    size_t count = cells_of(json_array_get(rows, 0), names), all = 0;
    memory in = {.err = err};
    for (size_t i = 1; i < json_array_size(rows); i++)
        all += cells_of(json_array_get(rows, i), cells + all);
    table t = {.cells = cells, .columns = count, .count = all};
    in.bytes = read_bytes(path, &in.size);
    hr_status status = hr_sheet_read(err, "sheet", get, &in, names, count, compare_row, &t);
    free(in.bytes);
    return tell(status, err) || t.at != all;
}

static int helper(int argc, char **argv) {
    hr_err err = new_err(HR_LANGUAGE_AUTO);
    if (argc > 2 && strcmp(argv[1], "pack") == 0)
        return pack_files(&err, argv[2], argv + 3, (size_t)argc - 3);
    if (argc == 4 && strcmp(argv[1], "unpack") == 0)
        return unpack_files(&err, argv[2], argv[3]);
    if (argc != 4)
        return 2;
    json_t *rows = json_load_file(argv[3], 0, NULL);
    int code = strcmp(argv[1], "write") == 0 ? write_sheet(&err, argv[2], rows) : read_sheet(&err, argv[2], rows);
    json_decref(rows);
    return code;
}

int main(int argc, char **argv) {
    if (argc > 1)
        return helper(argc, argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_come_back_as_they_were_however_the_bytes_are_cut),
        cmocka_unit_test(a_block_may_end_anywhere),
        cmocka_unit_test(an_archive_may_be_empty),
        cmocka_unit_test(a_file_that_is_not_read_is_checked_all_the_same),
        cmocka_unit_test(the_same_files_give_the_same_bytes),
        cmocka_unit_test(an_altered_byte_is_refused_or_does_not_matter),
        cmocka_unit_test(an_altered_byte_of_another_programs_archive_is_no_different),
        cmocka_unit_test(a_cut_anywhere_is_damage),
        cmocka_unit_test(what_follows_the_end_is_refused),
        cmocka_unit_test(a_failing_source_or_sink_is_the_callers_failure),
        cmocka_unit_test(an_archive_that_is_not_ended_gets_nothing_more),
        cmocka_unit_test(the_writer_takes_no_name_that_the_reader_would_refuse),
        cmocka_unit_test(there_may_be_64_files),
        cmocka_unit_test(no_more_than_the_callers_bound_is_given),
        cmocka_unit_test(a_gibibyte_of_zeros_is_refused_early),
        cmocka_unit_test(what_expands_less_or_is_small_is_no_bomb),
        cmocka_unit_test(cells_come_back_as_they_were_however_the_bytes_are_cut),
        cmocka_unit_test(a_sheet_is_written_as_spreadsheets_want_it),
        cmocka_unit_test(a_sheet_of_another_program_is_read),
        cmocka_unit_test(what_is_wrong_with_a_sheet_is_said_with_file_and_line),
        cmocka_unit_test(a_row_may_be_1_mib_long),
        cmocka_unit_test(a_row_that_is_not_wanted_ends_the_reading),
        cmocka_unit_test(a_sheet_is_read_out_of_an_archive),
    };
    return cmocka_run_group_tests_name("archive", tests, NULL, NULL);
}
