/* The CSV reader. The file is read in blocks, decoded, cut into physical lines so that a row knows where it began, and
 * given to libcsv, which knows about quotes. A row may span lines, but not 1 MiB: an unclosed quotation mark must not
 * swallow the rest of a roster. */
#include "exchange/csv.h"
#include <csv.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    BETWEEN_ROWS = 0 /* of libcsv's pstate */,
    BLOCK = 1 << 16,
    ROW_MAX = 1 << 20,
    CELLS_MAX = 1 << 10,
    ENOUGH_UTF8 = 12
};

typedef struct reader {
    hr_err *err;
    hr_csv_fn each;
    void *context;
    struct csv_parser parser;
    uint64_t line, row_line; /* being read; on which the row began */
    size_t row_bytes;        /* since the row began */
    char *text;              /* of the row's cells, each ended by NUL */
    size_t used;
    size_t starts[CELLS_MAX], lengths[CELLS_MAX];
    const char *cells[CELLS_MAX];
    size_t count;
    bool too_many, after_cr; /* after_cr: the block before ended in CR */
    char *raw;               /* the row's bytes */
    hr_status status;
} reader;

/* ---- encoding ---- */

/* UTF-8 if the bytes are, or if they are for so long that one broken character is likelier than GB18030 that happens to
 * look like it. */
static const char *detect(const char *bytes, size_t size) {
    size_t bad = 0, multibyte = 0;
    if (size >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0)
        return "utf-8";
    if (strcmp(hr_text_detect(bytes, size), "utf-8") == 0)
        return "utf-8";
    hr_text_utf8_valid(bytes, size, &bad);
    for (size_t i = 0; i < bad && i < size; i++)
        multibyte += ((unsigned char)bytes[i] & 0x80) != 0;
    return multibyte >= ENOUGH_UTF8 ? "utf-8" : "gb18030";
}

/* Looks at the first block that has anything but ASCII in it. */
static const char *detect_file(FILE *file) {
    const char *found = "utf-8";
    char *block = malloc(BLOCK);
    size_t got;
    bool first = true;
    size_t line = 0; /* a line that is too long is refused when it is read; it need not be looked through before */
    while (block && line <= ROW_MAX && (got = fread(block, 1, BLOCK, file)) > 0) {
        const char *newline = memrchr(block, '\n', got);
        size_t at = 0;
        line = newline ? (size_t)(block + got - newline) : line + got;
        while (at < got && !((unsigned char)block[at] & 0x80))
            at++;
        if (at < got) {
            if (!first || at > 0) { /* begin at a character, with as much of it as a block holds */
                memmove(block, block + at, got - at);
                got = got - at + fread(block + got - at, 1, at, file);
            }
            found = detect(block, got);
            break;
        }
        first = false;
    }
    free(block);
    rewind(file);
    return found;
}

/* ---- rows ---- */

static void on_cell(void *bytes, size_t length, void *context) {
    reader *r = context;
    if (r->status != HR_OK)
        return;
    if (r->count == CELLS_MAX || r->used + length + 1 > ROW_MAX + CELLS_MAX) {
        r->too_many = true;
        return;
    }
    r->starts[r->count] = r->used;
    r->lengths[r->count++] = length;
    if (length)
        memcpy(r->text + r->used, bytes, length);
    r->text[r->used + length] = '\0';
    r->used += length + 1;
}

static bool blank(const reader *r) {
    for (size_t i = 0; i < r->count; i++)
        if (r->lengths[i] && strspn(r->text + r->starts[i], " \t") < r->lengths[i])
            return false;
    return true;
}

static void on_row(int end, void *context) {
    reader *r = context;
    (void)end;
    if (r->status != HR_OK)
        return;
    if (r->too_many) {
        r->status = hr_fail(r->err, HR_INVALID,
                            HR_TR(r->err, "line %" PRIu64 ": has more than %d cells; is this a CSV file?",
                                  "第 %" PRIu64 " 行：超过 %d 个单元格；请确认是 CSV 文件"),
                            r->row_line, (int)CELLS_MAX);
        return;
    }
    for (size_t i = 0; i < r->count; i++)
        r->cells[i] = r->text + r->starts[i];
    size_t raw = r->row_bytes;
    while (raw && (r->raw[raw - 1] == '\n' || r->raw[raw - 1] == '\r'))
        raw--;
    hr_csv_row row = {.line = r->row_line,
                      .count = r->count,
                      .cells = r->cells,
                      .lengths = r->lengths,
                      .raw = r->raw,
                      .raw_length = raw};
    if (!blank(r))
        r->status = r->each(r->context, &row);
    r->count = 0;
    r->used = 0;
    r->row_bytes = 0;
}

static hr_status fail_long(reader *r) {
    return hr_fail(
        r->err, HR_INVALID,
        HR_TR(r->err, "line %" PRIu64 ": is longer than 1 MiB; is a quotation mark left open, or is this no CSV file?",
              "第 %" PRIu64 " 行：超过 1 MiB；请检查引号是否成对，或文件是否为 CSV"),
        r->row_line);
}

/* One piece that ends a physical line, or does not. */
static hr_status feed_line(reader *r, const char *bytes, size_t size, bool ends) {
    if (r->row_bytes == 0)
        r->row_line = r->line;
    if (size > ROW_MAX - r->row_bytes)
        return fail_long(r);
    memcpy(r->raw + r->row_bytes, bytes, size);
    r->row_bytes += size;
    if (memchr(bytes, '\0', size))
        return hr_fail(r->err, HR_INVALID,
                       HR_TR(r->err, "line %" PRIu64 ": has a NUL byte; save the file as CSV again",
                             "第 %" PRIu64 " 行：含有空字节（NUL）；请重新另存为 CSV"),
                       r->line);
    if (csv_parse(&r->parser, bytes, size, on_cell, on_row, r) != size && r->status == HR_OK)
        r->status = hr_fail_memory(r->err);
    if (r->parser.pstate == BETWEEN_ROWS &&
        (ends || bytes[size - 1] == '\r')) /* a line of blanks is no row to libcsv */
        r->row_bytes = 0;
    r->line += ends;
    return r->status;
}

static hr_status feed(reader *r, const char *bytes, size_t size) {
    if (size && r->after_cr)
        r->line += bytes[0] != '\n';
    if (size)
        r->after_cr = bytes[size - 1] == '\r';
    for (size_t at = 0; at < size;) {
        const char *end = memchr(bytes + at, '\n', size - at);
        size_t length = end ? (size_t)(end - (bytes + at)) + 1 : size - at;
        /* A file of an old Macintosh ends its lines with CR alone. */
        const char *cr = memchr(bytes + at, '\r', length);
        if (cr && cr + 1 < bytes + at + length && cr[1] != '\n') {
            length = (size_t)(cr - (bytes + at)) + 1;
            end = cr;
        }
        bool blank_line = r->row_bytes == 0 && length <= 2 && (bytes[at] == '\n' || bytes[at] == '\r');
        if (blank_line) {
            r->line += end != NULL;
        } else {
            hr_status status = feed_line(r, bytes + at, length, end != NULL);
            if (status != HR_OK)
                return status;
        }
        at += length;
    }
    return HR_OK;
}

static hr_status fail_encoding(reader *r, const char *encoding, uint64_t at) {
    bool utf8 = strcmp(encoding, "utf-8") == 0;
    return hr_fail(r->err, HR_INVALID,
                   HR_TR(r->err,
                         "line %" PRIu64 ": byte %" PRIu64 " of the file is not %s; save it as %s and try again",
                         "第 %" PRIu64 " 行：文件第 %" PRIu64 " 字节不是 %s 编码；请另存为 %s 后重试"),
                   r->line, at + 1, utf8 ? "UTF-8" : "GB18030", "UTF-8");
}

static hr_status read_blocks(reader *r, FILE *file, hr_decoder *decoder, const char *encoding,
                             const hr_csv_options *o) {
    struct stat info;
    uint64_t done = 0, bad = 0, total = fstat(fileno(file), &info) == 0 ? (uint64_t)info.st_size : 0;
    char *block = malloc(BLOCK);
    const char *text;
    size_t got, length;
    bool last = false;
    hr_status status = block ? HR_OK : hr_fail_memory(r->err);
    while (status == HR_OK && !last) {
        got = fread(block, 1, BLOCK, file);
        last = got < BLOCK;
        done += got;
        if (last && ferror(file)) {
            status = hr_fail_errno(r->err, errno, HR_TR(r->err, "read the file", "读取文件"));
            break;
        }
        hr_status decoded = hr_decoder_feed(decoder, block, got, last, &text, &length, &bad);
        status = decoded == HR_OK || decoded == HR_INVALID ? feed(r, text, length) : decoded;
        if (status == HR_OK && decoded == HR_INVALID)
            status = fail_encoding(r, encoding, bad);
        if (status == HR_OK && o->progress && o->progress(o->progress_context, done, total))
            status = hr_fail(r->err, HR_CANCELLED, "%s",
                             HR_TR(r->err, "stopped; nothing was changed", "已停止；未作任何改动"));
    }
    free(block);
    return status;
}

static hr_status finish(reader *r) {
    /* The second option works with the first only, which would refuse the mark in 5"楼, so they are set at the end. */
    csv_set_opts(&r->parser, CSV_STRICT | CSV_STRICT_FINI);
    if (csv_fini(&r->parser, on_cell, on_row, r) != 0 && r->status == HR_OK)
        return hr_fail(r->err, HR_INVALID,
                       HR_TR(r->err, "line %" PRIu64 ": a quotation mark is not closed; correct the line",
                             "第 %" PRIu64 " 行：引号未成对；请更正该行"),
                       r->row_line);
    return r->status;
}

static hr_status choose_encoding(hr_err *err, FILE *file, const char *asked, char used[16]) {
    if (!asked || strcmp(asked, "auto") == 0)
        asked = detect_file(file);
    else if (strcmp(asked, "utf-8") != 0 && strcmp(asked, "gb18030") != 0)
        return hr_fail(
            err, HR_INVALID, "%s",
            HR_TR(err, "the encoding must be one of: auto, utf-8, gb18030", "编码须为 auto、utf-8 或 gb18030"));
    snprintf(used, 16, "%s", asked);
    return HR_OK;
}

static hr_status open_file(hr_err *err, const char *path, FILE **out) {
    struct stat info;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY); /* a pipe that nobody writes must not hold us */
    *out = fd < 0 ? NULL : fdopen(fd, "rb");
    int number = errno;
    if (fd >= 0 && !*out)
        close(fd);
    errno = number;
    if (!*out && errno == ENOENT)
        return hr_fail(err, HR_NOT_FOUND, "%s",
                       HR_TR(err, "there is no such file; check its path", "没有该文件；请核对路径"));
    if (*out)
        setvbuf(*out, NULL, _IONBF, 0); /* it is read in blocks; a buffer of its own would keep some of it */
    if (*out && fstat(fileno(*out), &info) == 0 && S_ISREG(info.st_mode))
        return HR_OK;
    if (*out)
        return hr_fail(err, HR_INVALID, "%s",
                       HR_TR(err, "this is not a regular file; save the roster to a file first",
                             "不是普通文件；请先将名册保存为文件"));
    return hr_fail_errno(err, errno, HR_TR(err, "open the file", "打开文件"));
}

hr_status hr_csv_read(hr_err *err, const char *path, const hr_csv_options *options, char used[16], hr_csv_fn each,
                      void *context) {
    FILE *file = NULL;
    hr_decoder *decoder = NULL;
    bool parsing = false;
    reader *r = calloc(1, sizeof *r);
    if (!r)
        return hr_fail_memory(err);
    r->text = malloc(ROW_MAX + CELLS_MAX);
    r->raw = malloc(ROW_MAX);
    r->err = err;
    r->each = each;
    r->context = context;
    r->line = 1;
    hr_status status = r->text && r->raw ? open_file(err, path, &file) : hr_fail_memory(err);
    if (status == HR_OK)
        status = choose_encoding(err, file, options->encoding, used);
    if (status == HR_OK)
        status = hr_decoder_new(err, used, &decoder);
    if (status == HR_OK && csv_init(&r->parser, 0) != 0)
        status = hr_fail_memory(err);
    parsing = status == HR_OK;
    if (parsing) { /* ours, which wipe */
        csv_set_realloc_func(&r->parser, realloc);
        csv_set_free_func(&r->parser, free);
    }
    if (status == HR_OK)
        status = read_blocks(r, file, decoder, used, options);
    if (status == HR_OK)
        status = finish(r);
    if (parsing)
        csv_free(&r->parser);
    hr_decoder_free(decoder);
    if (file)
        fclose(file);
    free(r->text);
    free(r->raw);
    free(r);
    return status;
}

void hr_csv_write_cell(FILE *out, const char *cell) {
    csv_fwrite(out, cell, strlen(cell));
}
