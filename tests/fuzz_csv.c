/* The CSV reader: any bytes as a roster's file. Whatever they are, rows come in the order of their lines, cells are
 * whole text, reading again gives the same, and the line numbers agree with the file. Then the same rows are asked for
 * in other ways that must not change them: with a byte order mark before them; behind a row so long that they lie
 * across the end of the reader's first block; before a quotation mark that is not closed, which must be found; written
 * out, by the library or as they were, and read again. A file without quotation marks is simple enough to be read a
 * second time here, naively. */
#include "exchange/csv.h"
#include "fuzz.h"
#include <sys/mman.h>
#include <unistd.h>

enum { BLOCK = 1 << 16, CELLS_MAX = 1 << 10 }; /* as in the reader */
enum { ROOM = 1 << 19, CELL = 100 };

/* A reader takes a MiB; as many of those as AddressSanitizer keeps by default cost most of the time. */
const char *__asan_default_options(void);
const char *__asan_default_options(void) {
    return "quarantine_size_mb=8";
}

/* What a reading gave, row after row, in a form that can be compared as bytes. */
typedef struct rows {
    hr_status status;
    char text[sizeof((hr_err *)NULL)->text], encoding[16];
    uint64_t last_line, first_line;
    size_t count, size;
    char bytes[ROOM]; /* of each row: line, number of cells; of each cell: length, text */
    FILE *copy, *raw; /* to write the rows to, as the library writes them and as they were; NULL: not wanted */
} rows;

static void keep(rows *r, const void *bytes, size_t size) {
    must(size <= sizeof r->bytes - r->size);
    if (size)
        memcpy(r->bytes + r->size, bytes, size);
    r->size += size;
}

static void keep_number(rows *r, uint64_t number) {
    keep(r, &number, sizeof number);
}

static void keep_row(rows *r, uint64_t line, size_t count) {
    r->count++;
    keep_number(r, line);
    keep_number(r, count);
}

static void keep_cell(rows *r, const char *text, size_t length) {
    keep_number(r, length);
    keep(r, text, length);
}

static void copy_row(FILE *copy, const hr_csv_row *row) {
    for (size_t i = 0; i < row->count; i++) {
        if (i > 0)
            fputc(',', copy);
        hr_csv_write_cell(copy, row->cells[i]);
    }
    fputs("\r\n", copy);
}

static void keep_cells(rows *r, const hr_csv_row *row) {
    bool blank = true;
    keep_row(r, row->line, row->count);
    for (size_t i = 0; i < row->count; i++) {
        must(strlen(row->cells[i]) == row->lengths[i]);
        must(good_prefix(row->cells[i], row->lengths[i]) == row->lengths[i]);
        blank = blank && strspn(row->cells[i], " \t") == row->lengths[i];
        keep_cell(r, row->cells[i], row->lengths[i]);
    }
    must(!blank);
}

static hr_status each_row(void *context, const hr_csv_row *row) {
    rows *r = context;
    must(row->line > r->last_line && row->count > 0 && row->count <= CELLS_MAX);
    must(row->raw_length > 0 && good_prefix(row->raw, row->raw_length) == row->raw_length);
    r->last_line = row->line;
    if (row->line < r->first_line) /* the row that only fills the block */
        return HR_OK;
    keep_cells(r, row);
    if (r->copy)
        copy_row(r->copy, row);
    if (r->raw)
        fprintf(r->raw, "%.*s\n", (int)row->raw_length, row->raw);
    return HR_OK;
}

/* ---- files in memory ---- */

static int memory_file(void) {
    int fd = memfd_create("fuzz_csv", MFD_CLOEXEC);
    must(fd >= 0);
    return fd;
}

static void put_at(int fd, size_t at, const void *bytes, size_t size) {
    if (size)
        must(pwrite(fd, bytes, size, (off_t)at) == (ssize_t)size);
}

static void read_rows(int fd, const char *encoding, rows *out) {
    char path[64];
    hr_err err = new_err(out->first_line % 2);
    hr_csv_options options = {.encoding = encoding};
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    out->count = out->size = 0;
    out->last_line = 0;
    out->status = hr_csv_read(&err, path, &options, out->encoding, each_row, out);
    must(out->status == HR_OK || out->status == HR_INVALID);
    if (out->status != HR_OK)
        must_be_failure(&err, out->status);
    memcpy(out->text, err.text, sizeof out->text);
}

static void read_bytes(const void *bytes, size_t size, const char *encoding, rows *out) {
    static int fd = -1;
    if (fd < 0)
        fd = memory_file();
    must(ftruncate(fd, 0) == 0);
    put_at(fd, 0, bytes, size);
    read_rows(fd, encoding, out);
}

/* ---- what must hold ---- */

static void must_agree(const rows *a, const rows *b) {
    must(a->status == b->status);
    must(a->count == b->count && a->size == b->size && memcmp(a->bytes, b->bytes, a->size) == 0);
}

/* A line ends with LF, CR LF or CR; in GB18030 no character has either among its bytes. */
static uint64_t lines_of(const char *bytes, size_t size) {
    uint64_t ends = 0;
    for (size_t i = 0; i < size; i++)
        ends += bytes[i] == '\n' || (bytes[i] == '\r' && (i + 1 == size || bytes[i + 1] != '\n'));
    return ends + 1;
}

static bool begins_with(const char *bytes, size_t size, const char *mark) {
    return size >= strlen(mark) && memcmp(bytes, mark, strlen(mark)) == 0;
}

/* What of a cell without quotation marks counts: not the blanks around it. */
static void keep_trimmed(rows *r, const char *cell, size_t length) {
    while (length > 0 && (*cell == ' ' || *cell == '\t'))
        cell++, length--;
    while (length > 0 && (cell[length - 1] == ' ' || cell[length - 1] == '\t'))
        length--;
    keep_cell(r, cell, length);
}

static bool keep_line(rows *r, uint64_t line, const char *text, size_t length) {
    size_t cells = 1;
    bool blank = true;
    for (size_t i = 0; i < length; i++) {
        cells += text[i] == ',';
        blank = blank && memchr(", \t", text[i], 3);
    }
    if (blank)
        return cells <= CELLS_MAX;
    keep_row(r, line, cells);
    for (size_t at = 0; cells > 0; cells--) {
        const char *comma = memchr(text + at, ',', length - at);
        size_t end = comma ? (size_t)(comma - text) : length;
        keep_trimmed(r, text + at, end - at);
        at = end + 1;
    }
    return r->count > 0 && r->size < ROOM / 2;
}

/* Every line is a row, every comma parts two cells. False when there is more than the reader takes. */
static bool read_naively(const char *text, size_t size, rows *out) {
    uint64_t line = 1;
    out->count = out->size = 0;
    out->status = HR_OK;
    for (size_t at = 0; at <= size; line++) {
        size_t end = at;
        while (end < size && text[end] != '\n' && text[end] != '\r')
            end++;
        if (!keep_line(out, line, text + at, end - at))
            return false;
        at = end + 1 + (end + 1 < size && text[end] == '\r' && text[end + 1] == '\n');
    }
    return true;
}

static void try_naively(const char *text, size_t size, const rows *read, rows *other) {
    size_t mark = begins_with(text, size, "\xEF\xBB\xBF") ? 3 : 0;
    if (memchr(text, '"', size) || memchr(text, '\0', size) || good_prefix(text, size) < size)
        return;
    if (read_naively(text + mark, size - mark, other))
        must_agree(read, other);
}

static void try_with_mark(const char *text, size_t size, const rows *read, rows *other) {
    char *marked = exactly(size + 3);
    memcpy(marked, "\xEF\xBB\xBF", 3);
    memcpy(marked + 3, text, size);
    read_bytes(marked, size + 3, "auto", other);
    must_agree(read, other);
    must(strcmp(other->encoding, "utf-8") == 0);
    free(marked);
}

/* Behind a row that ends `back` bytes before the reader's block does, the same rows begin a line later. */
static void try_across_blocks(const char *text, size_t size, size_t back, const rows *read, rows *other) {
    static int fd = -1;
    static char filler[BLOCK];
    if (fd < 0) {
        fd = memory_file();
        memset(filler, 'x', sizeof filler);
        for (size_t i = CELL; i < sizeof filler; i += CELL)
            filler[i] = ',';
    }
    size_t length = BLOCK - back;
    must(ftruncate(fd, 0) == 0);
    put_at(fd, 0, filler, length - 1);
    put_at(fd, length - 1, "\n", 1);
    put_at(fd, length, text, size);
    other->first_line = 2;
    read_rows(fd, "auto", other);
    other->first_line = 0;
    for (size_t at = 0; at < other->size;) { /* a line earlier */
        uint64_t number, cells, length_of_cell;
        memcpy(&number, other->bytes + at, sizeof number);
        number--;
        memcpy(other->bytes + at, &number, sizeof number);
        memcpy(&cells, other->bytes + at + sizeof number, sizeof cells);
        at += sizeof number + sizeof cells;
        for (; cells > 0; cells--) {
            memcpy(&length_of_cell, other->bytes + at, sizeof length_of_cell);
            at += sizeof length_of_cell + length_of_cell;
        }
    }
    must_agree(read, other);
}

/* Rows that were written again, one behind the other, have the same cells on other lines. */
static void try_copy(const char *copy, size_t size, const rows *read, rows *other) {
    size_t a = 0, b = 0;
    read_bytes(copy, size, "utf-8", other);
    must(other->status == HR_OK && other->count == read->count && other->size == read->size);
    while (a < read->size) {
        uint64_t cells, length;
        a += sizeof(uint64_t);
        b += sizeof(uint64_t);
        memcpy(&cells, read->bytes + a, sizeof cells);
        must(memcmp(read->bytes + a, other->bytes + b, sizeof cells) == 0);
        a += sizeof cells;
        b += sizeof cells;
        for (; cells > 0; cells--) {
            memcpy(&length, read->bytes + a, sizeof length);
            must(memcmp(read->bytes + a, other->bytes + b, sizeof length + length) == 0);
            a += sizeof length + length;
            b += sizeof length + length;
        }
    }
}

/* What an open quotation mark at the end would swallow is refused, and no row before it lost. */
static void try_open_quote(const char *text, size_t size, const rows *read, rows *other) {
    static const char open[] = "\n\"open\nend\n";
    char *longer = exactly(size + sizeof open);
    memcpy(longer, text, size);
    memcpy(longer + size, open, sizeof open);
    read_bytes(longer, size + sizeof open - 1, read->encoding, other);
    must(other->status == HR_INVALID);
    must(other->count == read->count && other->size == read->size &&
         memcmp(read->bytes, other->bytes, read->size) == 0);
    free(longer);
}

static void try_encodings(const char *text, size_t size, const rows *read, rows *other) {
    read_bytes(text, size, read->encoding, other);
    must_agree(read, other);
    must(strcmp(read->text, other->text) == 0);
    if (good_prefix(text, size) == size)
        must(strcmp(read->encoding, "utf-8") == 0);
    read_bytes(text, size, strcmp(read->encoding, "utf-8") == 0 ? "gb18030" : "utf-8", other);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static rows first, other;
    const char *text = (const char *)data;
    char *copy = NULL, *raw = NULL;
    size_t copied = 0, raw_size = 0;
    if (size > BLOCK / 2)
        return 0;
    first.copy = open_memstream(&copy, &copied);
    first.raw = open_memstream(&raw, &raw_size);
    must(first.copy && first.raw);
    fputs("\xEF\xBB\xBF", first.raw); /* that a second mark in the file may be a cell's again */
    read_bytes(data, size, "auto", &first);
    must(fclose(first.copy) == 0 && fclose(first.raw) == 0);
    first.copy = first.raw = NULL;
    must(first.last_line <= lines_of(text, size));
    try_encodings(text, size, &first, &other);
    /* 64 KiB take as long as all else together: not for every input. */
    if (size % 4 == 0 && !begins_with(text, size, "\xEF\xBB\xBF") && !begins_with(text, size, "\x84\x31\x95\x33"))
        try_across_blocks(text, size, size / 2, &first, &other);
    if (good_prefix(text, size) == size && !begins_with(text, size, "\xEF\xBB\xBF"))
        try_with_mark(text, size, &first, &other);
    if (first.status == HR_OK) {
        try_naively(text, size, &first, &other);
        try_copy(copy, copied, &first, &other);
        try_copy(raw, raw_size, &first, &other);
        try_open_quote(text, size, &first, &other);
    }
    free(copy);
    free(raw);
    return 0;
}
