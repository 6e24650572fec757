/* A bundle comes from a station, or from anybody who has got its keys: any bytes are read as the archive inside one,
 * and what it holds as sheets. Whatever they are, each is read the same however the bytes are cut; the files of one
 * that is taken have plain names, none twice, and come back from an archive written of them; and a sheet that is taken
 * comes back from a sheet written of its rows, which holds no formula.
 *
 * Few inputs are whole archives by themselves. So each is also packed as a file's content, and the archive then altered
 * in one place that the input names: it is refused, or gives the same. */
#include "exchange/archive.h"
#include "exchange/sheet.h"
#include "fuzz.h"

enum { FILES = HR_ARCHIVE_FILES, COLUMNS = 3, MOST = 1 << 20 };

/* A reader takes half a MiB; as many of those as AddressSanitizer keeps by default cost most of the time. */
const char *__asan_default_options(void);
const char *__asan_default_options(void) {
    return "quarantine_size_mb=8";
}

/* ---- memory as sink and as source ---- */

typedef struct memory {
    uint8_t *bytes;
    size_t size, at, piece; /* piece: given at a time, 0: all */
} memory;

static hr_status put(void *context, const void *bytes, size_t size) {
    memory *m = context;
    m->bytes = realloc(m->bytes, m->size + size + 1);
    must(m->bytes != NULL);
    if (size)
        memcpy(m->bytes + m->size, bytes, size);
    m->size += size;
    return HR_OK;
}

static hr_status get(void *context, void *out, size_t size, size_t *got) {
    memory *m = context;
    must(size > 0);
    *got = m->size - m->at < size ? m->size - m->at : size;
    if (m->piece && *got > m->piece)
        *got = m->piece;
    if (*got)
        memcpy(out, m->bytes + m->at, *got);
    m->at += *got;
    return HR_OK;
}

static bool equal(const memory *a, const memory *b) {
    return a->size == b->size && (a->size == 0 || memcmp(a->bytes, b->bytes, a->size) == 0);
}

/* ---- archives ---- */

typedef struct contents {
    size_t count;
    char names[FILES][HR_ARCHIVE_NAME_SIZE];
    memory files[FILES];
} contents;

static void drop(contents *c) {
    for (size_t i = 0; i < c->count; i++)
        free(c->files[i].bytes);
    free(c);
}

static hr_status unpack(const void *bytes, size_t size, size_t piece, contents **out) {
    static uint8_t block[5000];
    contents *c = calloc(1, sizeof *c);
    memory in = {(uint8_t *)(uintptr_t)bytes, size, 0, piece};
    hr_err err = new_err(size % 2);
    hr_archive_reader *reader = NULL;
    const char *name;
    size_t got, total = 0;
    must(c != NULL && hr_archive_reader_new(&err, get, &in, MOST, &reader) == HR_OK);
    hr_status status;
    while ((status = hr_archive_next(reader, &name)) == HR_OK) {
        must(c->count < FILES && strlen(name) < HR_ARCHIVE_NAME_SIZE);
        strcpy(c->names[c->count], name);
        memory *file = &c->files[c->count++];
        while (hr_archive_read(reader, block, sizeof block, &got) == HR_OK && got > 0)
            put(file, block, got);
        total += file->size;
    }
    must(total <= MOST);
    must(status == HR_END || status == HR_INVALID || status == HR_DAMAGED);
    if (status != HR_END)
        must_be_failure(&err, status);
    else
        must(in.at == size);
    hr_archive_reader_free(reader);
    *out = c;
    return status;
}

static memory pack(const contents *c) {
    memory out = {0};
    hr_err err = new_err(false);
    hr_archive_writer *writer = NULL;
    must(hr_archive_writer_new(&err, put, &out, &writer) == HR_OK);
    for (size_t i = 0; i < c->count; i++) { /* it refuses names that are not plain, and those that come twice */
        must(hr_archive_add(writer, c->names[i]) == HR_OK);
        must(hr_archive_write(writer, c->files[i].bytes, c->files[i].size) == HR_OK);
    }
    must(hr_archive_end(writer) == HR_OK);
    hr_archive_writer_free(writer);
    return out;
}

static bool same_files(const contents *a, const contents *b) {
    bool same = a->count == b->count;
    for (size_t i = 0; i < a->count && same; i++)
        same = strcmp(a->names[i], b->names[i]) == 0 && equal(&a->files[i], &b->files[i]);
    return same;
}

static void must_come_back(const contents *c) {
    contents *again;
    memory archive = pack(c);
    must(unpack(archive.bytes, archive.size, 0, &again) == HR_END && same_files(c, again));
    drop(again);
    free(archive.bytes);
}

static void try_as_archive(const uint8_t *data, size_t size) {
    contents *first, *other;
    hr_status status = unpack(data, size, 0, &first);
    must(unpack(data, size, 1 + size % 7, &other) == status);
    must(same_files(first, other));
    if (status == HR_END)
        must_come_back(first);
    drop(first);
    drop(other);
}

static void try_altered(const uint8_t *data, size_t size) {
    contents *c = calloc(1, sizeof *c), *again;
    must(c != NULL);
    size_t at = take(&data, &size);
    at = at << 8 | take(&data, &size);
    uint8_t mask = take(&data, &size);
    c->count = 2;
    strcpy(c->names[0], "a.csv");
    strcpy(c->names[1], "b_2.json");
    put(&c->files[0], data, size / 2);
    put(&c->files[1], data + size / 2, size - size / 2);
    memory archive = pack(c);
    archive.bytes[at % archive.size] ^= mask;
    hr_status status = unpack(archive.bytes, archive.size, 0, &again);
    must(mask != 0 || status == HR_END);
    must(status != HR_END || same_files(c, again));
    drop(again);
    free(archive.bytes);
    drop(c);
}

/* ---- sheets ---- */

static const char *const columns[COLUMNS] = {"a", "b", "c"};

typedef struct rows {
    hr_err *err;
    uint64_t line;
    memory sheet; /* written of the rows read */
} rows;

static hr_status write_row(void *context, uint64_t line, const char *const *cells) {
    rows *r = context;
    must(line >= r->line && line > 0);
    r->line = line;
    for (size_t i = 0; i < COLUMNS; i++)
        must(good_prefix(cells[i], strlen(cells[i])) == strlen(cells[i]));
    return hr_sheet_row(r->err, put, &r->sheet, cells, COLUMNS);
}

static hr_status read_sheet(const uint8_t *bytes, size_t size, size_t piece, memory *out) {
    memory in = {(uint8_t *)(uintptr_t)bytes, size, 0, piece};
    hr_err err = new_err(size % 2);
    rows r = {.err = &err};
    must(hr_sheet_head(&err, put, &r.sheet, columns, COLUMNS) == HR_OK);
    hr_status status = hr_sheet_read(&err, "a.csv", get, &in, columns, COLUMNS, write_row, &r);
    must(status == HR_OK || status == HR_INVALID);
    if (status != HR_OK)
        must_be_failure(&err, status);
    *out = r.sheet;
    return status;
}

static void try_as_sheet(const uint8_t *data, size_t size) {
    memory first, other, all = {0};
    put(&all, "a,b,c\n", 6);
    put(&all, data, size);
    hr_status status = read_sheet(all.bytes, all.size, 0, &first);
    must(read_sheet(all.bytes, all.size, 1 + size % 7, &other) == status);
    must(equal(&first, &other));
    free(other.bytes);
    must(read_sheet(first.bytes, first.size, 0, &other) == HR_OK && equal(&first, &other));
    for (size_t at = 1; at < first.size; at++)
        if (first.bytes[at - 1] == '\n' || first.bytes[at - 1] == ',')
            must(!memchr("=+@", first.bytes[at], 3) || memchr(first.bytes, '"', at)); /* in quotation marks it may be */
    free(first.bytes);
    free(other.bytes);
    free(all.bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    try_as_archive(data, size);
    try_altered(data, size);
    try_as_sheet(data, size);
    return 0;
}
