/* The ZIP file inside a bundle. libarchive compresses and expands; what it lets pass when it reads a stream is checked
 * here.
 *
 * A ZIP file says everything twice: in a header before each file's bytes, and in the central directory at its end. A
 * reader that believes the one and another that believes the other see two different archives in one file. libarchive
 * reading a stream (looked at in 3.6.2) believes the headers and never looks at the directory; it searches ahead for
 * the next header over whatever lies between; takes two bytes of compression method for one; ends a name at a NUL;
 * turns backslashes into slashes; compares sizes by their lower 32 bits, and an empty file's size and checksum not at
 * all; stops at the directory's first bytes, so that a cut behind them or more behind the end goes unseen. Modes are in
 * the directory alone, so a link looks like a file. And most of its known faults in memory are in what no bundle has:
 * other compressions, encryption.
 *
 * So every header is looked at before libarchive sees it, with everything refused that we do not write or need, and the
 * directory is read here and must agree with the headers to the byte. That the bytes of a file have the checksum that
 * the header gives, is for libarchive to find; the tests alter both to see that it does. */
#include "exchange/archive.h"
#include "base/bytes.h"
#include <archive.h>
#include <archive_entry.h>
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    BLOCK = 1 << 16,
    KEPT = 1 << 10,  /* of the bytes given to libarchive: it has not always used them when it asks for more */
    AHEAD = 1 << 16, /* that may have been looked at before libarchive asks for more */
    EXTRA_MAX = 256, /* of a header's extra fields */
    LOCAL = 30,
    DESCRIPTOR = 16,
    CENTRAL = 46,
    END = 22,
    EXPANSION = 200,
    SMALL = 64 << 20 /* up to which an archive may expand more than that */
};
/* Files without content: libarchive has seen all it needs when their headers have been looked at; then the directory.
 */
_Static_assert(HR_ARCHIVE_FILES *(LOCAL + CENTRAL + 2 * (HR_ARCHIVE_NAME_SIZE + EXTRA_MAX)) + END + LOCAL +
                       2 * EXTRA_MAX <
                   AHEAD,
               "AHEAD");

enum { ENCRYPTED = 1 << 0 | 1 << 6 | 1 << 13, SIZES_BEHIND = 1 << 3, USUAL = 1 << 1 | 1 << 2 | 1 << 11 }; /* flags */
enum { STORED = 0, DEFLATED = 8 };

typedef enum problem {
    NO_ZIP,
    CUT,
    CHECKSUM,
    DIRECTORY,
    BETWEEN,
    TRAILING,
    NAME,
    FOLDER,
    LINK,
    DEVICE,
    TWICE,
    CRYPT,
    METHOD,
    EXTRA,
    MANY,
    EXPANDS,
    LARGE
} problem;

static hr_status fail(hr_err *err, problem what) {
    static const struct {
        hr_status status;
        const char *en, *zh;
    } problems[] = {
        [NO_ZIP] = {HR_DAMAGED, "is no ZIP file", "不是 ZIP 文件"},
        [CUT] = {HR_DAMAGED, "is cut off", "不完整，后部缺失"},
        [CHECKSUM] = {HR_DAMAGED,
                      "is damaged: a file in it does not have the size or the checksum that is given for it",
                      "已损坏：其中有文件的大小或校验和不符"},
        [DIRECTORY] = {HR_DAMAGED, "is damaged or forged: its list of files does not agree with the files in it",
                       "已损坏或系伪造：文件目录与其中的文件不一致"},
        [BETWEEN] = {HR_DAMAGED, "is damaged or forged: it has something between its files",
                     "已损坏或系伪造：文件之间夹有其他内容"},
        [TRAILING] = {HR_DAMAGED, "is damaged or forged: something follows its end",
                      "已损坏或系伪造：结尾之后还有内容"},
        [NAME] = {HR_INVALID, "has a file with a name that no bundle uses", "含有文件名不合规定的文件"},
        [FOLDER] = {HR_INVALID, "has a folder", "含有文件夹"},
        [LINK] = {HR_INVALID, "has a link", "含有链接"},
        [DEVICE] = {HR_INVALID, "has a device or another special file", "含有设备文件或其他特殊文件"},
        [TWICE] = {HR_INVALID, "has two files of the same name", "含有同名文件"},
        [CRYPT] = {HR_INVALID, "has a file that is encrypted once more", "含有另行加密的文件"},
        [METHOD] = {HR_INVALID, "is compressed in a way that no bundle uses", "采用了不支持的压缩方式"},
        [EXTRA] = {HR_INVALID, "uses an extension of the ZIP format that no bundle uses", "采用了不支持的 ZIP 扩展"},
        [MANY] = {HR_INVALID, "has more than 64 files", "中的文件超过 64 个"},
        [EXPANDS] = {HR_INVALID, "expands to more than 200 times its size", "解压后超过自身大小的 200 倍"},
        [LARGE] = {HR_INVALID, "expands to more than a bundle may hold", "解压后超出上报包的大小上限"},
    };
    return hr_fail(err, problems[what].status,
                   HR_TR(err, "the archive in the bundle %s; ask the sender to make the bundle again",
                         "上报包内的压缩包%s；请联系报送单位重新生成"),
                   HR_TR(err, problems[what].en, problems[what].zh));
}

/* HR_SYSTEM when there is no memory; `what` for the rest, which libarchive does not tell apart. */
static hr_status fail_archive(hr_err *err, struct archive *archive, problem what) {
    return archive_errno(archive) == ENOMEM ? hr_fail_memory(err) : fail(err, what);
}

/* ---- names ---- */

static bool plain(const char *name, size_t length) {
    static const char *const endings[] = {".csv", ".json", ".txt"};
    size_t stem = 0;
    while (stem < length && name[stem] && strchr("abcdefghijklmnopqrstuvwxyz0123456789_", name[stem]))
        stem++;
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if (stem > 0 && length < HR_ARCHIVE_NAME_SIZE && length - stem == strlen(endings[i]) &&
            memcmp(name + stem, endings[i], length - stem) == 0)
            return true;
    return false;
}

/* One file, as its header has it. */
typedef struct member {
    char name[HR_ARCHIVE_NAME_SIZE];
    unsigned char how[8]; /* flags, method, time, date: as they are */
    uint32_t start, crc, packed, size;
} member;

/* Takes a name among those of the `count` members before. */
static hr_status take_name(hr_err *err, member *members, size_t count, const char *name, size_t length) {
    if (length > 0 && name[length - 1] == '/')
        return fail(err, FOLDER);
    if (!plain(name, length))
        return fail(err, NAME);
    if (count == HR_ARCHIVE_FILES)
        return fail(err, MANY);
    memcpy(members[count].name, name, length);
    members[count].name[length] = '\0';
    for (size_t i = 0; i < count; i++)
        if (strcmp(members[i].name, members[count].name) == 0)
            return fail(err, TWICE);
    return HR_OK;
}

/* ---- writing ---- */

struct hr_archive_writer {
    hr_err *err;
    hr_sink sink;
    void *context;
    struct archive *archive;
    struct archive_entry *entry;
    member members[HR_ARCHIVE_FILES]; /* the names */
    size_t count;
    uint64_t written;
    hr_status status; /* of the writer; not HR_OK: nothing more goes to the sink */
};

/* libarchive is never told that the sink failed: a writer that failed in a file would not free what zlib has. */
static la_ssize_t pass_on(struct archive *archive, void *context, const void *bytes, size_t size) {
    hr_archive_writer *w = context;
    (void)archive;
    if (w->status == HR_OK)
        w->status = w->sink(w->context, bytes, size);
    return (la_ssize_t)size;
}

/* Without ZIP64, which not every program reads: so an archive stays below 4 GiB. The last block is not filled up. */
static hr_status open_writer(hr_archive_writer *w) {
    if (archive_write_set_format_zip(w->archive) != ARCHIVE_OK ||
        archive_write_zip_set_compression_deflate(w->archive) != ARCHIVE_OK ||
        archive_write_set_format_option(w->archive, "zip", "zip64", NULL) != ARCHIVE_OK ||
        archive_write_set_bytes_per_block(w->archive, BLOCK) != ARCHIVE_OK ||
        archive_write_set_bytes_in_last_block(w->archive, 1) != ARCHIVE_OK ||
        archive_write_open(w->archive, w, NULL, pass_on, NULL) != ARCHIVE_OK)
        return hr_fail_memory(w->err);
    return HR_OK;
}

hr_status hr_archive_writer_new(hr_err *err, hr_sink sink, void *context, hr_archive_writer **out) {
    hr_archive_writer *w = calloc(1, sizeof *w);
    if (!w)
        return hr_fail_memory(err);
    *w = (hr_archive_writer){.err = err, .sink = sink, .context = context};
    w->archive = archive_write_new();
    w->entry = archive_entry_new();
    hr_status status = w->archive && w->entry ? open_writer(w) : hr_fail_memory(err);
    if (status == HR_OK)
        *out = w;
    else
        hr_archive_writer_free(w);
    return status;
}

hr_status hr_archive_add(hr_archive_writer *w, const char *name) {
    if (w->status != HR_OK)
        return w->status;
    w->status = take_name(w->err, w->members, w->count, name, strlen(name));
    if (w->status != HR_OK)
        return w->status;
    archive_entry_clear(w->entry); /* no size, no times, owner 0 */
    archive_entry_set_pathname(w->entry, w->members[w->count++].name);
    archive_entry_set_filetype(w->entry, AE_IFREG);
    archive_entry_set_perm(w->entry, 0600);
    if (archive_write_header(w->archive, w->entry) != ARCHIVE_OK && w->status == HR_OK)
        w->status = hr_fail_memory(w->err);
    return w->status;
}

hr_status hr_archive_write(void *writer, const void *bytes, size_t size) {
    static const uint64_t most = UINT64_C(0xF0000000); /* with what headers and bytes that do not compress add */
    hr_archive_writer *w = writer;
    w->written += size;
    if (w->status == HR_OK && w->written > most)
        w->status = fail(w->err, LARGE);
    if (w->status == HR_OK && size > 0 && archive_write_data(w->archive, bytes, size) != (la_ssize_t)size &&
        w->status == HR_OK)
        w->status = hr_fail_memory(w->err);
    return w->status;
}

hr_status hr_archive_end(hr_archive_writer *w) {
    if (w->status == HR_OK && archive_write_close(w->archive) != ARCHIVE_OK && w->status == HR_OK)
        w->status = hr_fail_memory(w->err);
    return w->status;
}

void hr_archive_writer_free(hr_archive_writer *w) {
    if (!w)
        return;
    if (w->status == HR_OK)
        w->status = HR_CANCELLED; /* libarchive ends an archive that is not ended */
    if (w->archive)
        archive_write_free(w->archive);
    archive_entry_free(w->entry);
    free(w);
}

/* ---- reading: the archive's own bytes ---- */

struct hr_archive_reader {
    hr_err *err;
    hr_source source;
    void *context;
    struct archive *archive;
    struct archive_entry *entry;
    member members[HR_ARCHIVE_FILES];
    size_t count;
    bool inside;         /* the last member has not been read to its end */
    uint64_t read, size; /* bytes given to the caller: of all members, of the last */
    uint64_t most;       /* of all */
    uint64_t at;         /* in the archive: what is looked at */
    uint64_t before;     /* bytes of the archive before the buffer */
    size_t have, given;  /* in the buffer; of those, given to libarchive */
    bool ended;          /* the source has no more */
    hr_status status;
    unsigned char buffer[KEPT + BLOCK + AHEAD];
};

/* Reads on until the buffer holds `want` bytes, or there are no more. */
static void fill(hr_archive_reader *r, size_t want) {
    assert(want <= sizeof r->buffer);
    while (r->status == HR_OK && !r->ended && r->have < want) {
        size_t got = 0;
        r->status = r->source(r->context, r->buffer + r->have, want - r->have, &got);
        r->ended = r->status == HR_OK && got == 0;
        r->have += r->status == HR_OK ? got : 0;
    }
}

static la_ssize_t give(struct archive *archive, void *context, const void **out) {
    hr_archive_reader *r = context;
    (void)archive;
    if (r->given == r->have) { /* and so nobody looks at what is there any more */
        size_t drop = r->have > KEPT ? r->have - KEPT : 0;
        memmove(r->buffer, r->buffer + drop, r->have - drop);
        r->before += drop;
        r->have -= drop;
        r->given = r->have;
        fill(r, r->have + BLOCK);
    }
    size_t size = r->have - r->given;
    *out = r->buffer + r->given;
    r->given = r->have;
    return r->status == HR_OK ? (la_ssize_t)size : -1;
}

/* The `size` bytes at r->at; NULL when there are not so many, with the reader's status set. */
static const unsigned char *look(hr_archive_reader *r, size_t size) {
    size_t from = (size_t)(r->at - r->before);
    fill(r, from + size);
    if (r->status == HR_OK && r->have < from + size)
        r->status = fail(r->err, CUT);
    return r->status == HR_OK ? r->buffer + from : NULL;
}

static unsigned get16(const unsigned char *in) {
    return in[0] | (unsigned)in[1] << 8;
}

/* ---- reading: headers and directory ---- */

/* Extra fields: none but the times and the owner, which libarchive writes and nobody needs. */
static bool known_extra(const unsigned char *extra, size_t size) {
    enum { TIMES = 0x5455, OWNER = 0x7875 };
    while (size >= 4 && (get16(extra) == TIMES || get16(extra) == OWNER) && get16(extra + 2) <= size - 4) {
        size_t field = 4 + get16(extra + 2);
        extra += field;
        size -= field;
    }
    return size == 0;
}

/* Checks the header at r->at, so that libarchive may see it, and moves on to the file's bytes. */
static hr_status check_header(hr_archive_reader *r) {
    const unsigned char *p = look(r, LOCAL);
    if (!p)
        return r->status;
    unsigned flags = get16(p + 6), method = get16(p + 8), name = get16(p + 26), extra = get16(p + 28);
    if (flags & ENCRYPTED)
        return fail(r->err, CRYPT);
    if (flags & ~(unsigned)(SIZES_BEHIND | USUAL) || (method != STORED && method != DEFLATED) ||
        (method == STORED && flags & SIZES_BEHIND)) /* whose end could only be guessed */
        return fail(r->err, METHOD);
    if (extra > EXTRA_MAX)
        return fail(r->err, EXTRA);
    if (name > EXTRA_MAX)
        return fail(r->err, NAME);
    p = look(r, LOCAL + name + extra);
    if (!p)
        return r->status;
    hr_status status = take_name(r->err, r->members, r->count, (const char *)p + LOCAL, name);
    if (status != HR_OK)
        return status;
    if (!known_extra(p + LOCAL + name, extra))
        return fail(r->err, EXTRA);
    member *m = &r->members[r->count];
    memcpy(m->how, p + 6, sizeof m->how);
    m->start = (uint32_t)r->at;
    m->crc = hr_get32(p + 14);
    m->packed = hr_get32(p + 18);
    m->size = hr_get32(p + 22);
    r->at += LOCAL + name + extra;
    return flags & SIZES_BEHIND && (m->crc || m->packed || m->size) ? fail(r->err, CHECKSUM) : HR_OK;
}

static hr_status open_reader(hr_archive_reader *r) {
    r->archive = archive_read_new();
    r->entry = archive_entry_new();
    if (!r->archive || !r->entry || archive_read_support_format_zip_streamable(r->archive) != ARCHIVE_OK)
        return hr_fail_memory(r->err);
    if (archive_read_open(r->archive, r, NULL, give, NULL) == ARCHIVE_OK)
        return HR_OK;
    return r->status != HR_OK ? r->status : fail_archive(r->err, r->archive, NO_ZIP);
}

static hr_status begin_member(hr_archive_reader *r) {
    uint64_t start = r->at;
    hr_status status = check_header(r);
    if (status == HR_OK && !r->archive)
        status = open_reader(r);
    if (status != HR_OK)
        return status;
    int code = archive_read_next_header2(r->archive, r->entry);
    if (r->status != HR_OK)
        return r->status;
    const char *name = archive_entry_pathname(r->entry);
    if (code != ARCHIVE_OK || archive_read_header_position(r->archive) != (la_int64_t)start ||
        archive_filter_bytes(r->archive, 0) != (la_int64_t)r->at || !name ||
        strcmp(name, r->members[r->count].name) != 0)
        return fail_archive(r->err, r->archive, BETWEEN);
    r->size = 0;
    r->inside = true;
    r->count++;
    return HR_OK;
}

/* The bytes of a file have been read, and libarchive has compared them with the header, or with the descriptor behind
 * them. */
static hr_status end_member(hr_archive_reader *r) {
    member *m = &r->members[r->count - 1];
    r->inside = false;
    r->at = (uint64_t)archive_filter_bytes(r->archive, 0);
    if (get16(m->how) & SIZES_BEHIND) {
        const unsigned char *p = look(r, DESCRIPTOR);
        if (!p)
            return r->status;
        if (memcmp(p, "PK\7\10", 4) != 0)
            return fail(r->err, CHECKSUM);
        m->crc = hr_get32(p + 4);
        m->packed = hr_get32(p + 8);
        m->size = hr_get32(p + 12);
        r->at += DESCRIPTOR;
    }
    if (m->size != r->size || (m->packed == 0 && m->crc != 0))
        return fail(r->err, CHECKSUM);
    return HR_OK;
}

/* What kind of file the directory says it is: Unix's in the upper half, DOS's in the lower. */
static hr_status check_kind(hr_archive_reader *r, uint32_t attributes) {
    enum { NO_KIND = 0, REGULAR = 8, IS_FOLDER = 4, IS_LINK = 10, DOS_FOLDER = 0x10 };
    unsigned kind = attributes >> 28;
    if (kind == IS_FOLDER || attributes & DOS_FOLDER)
        return fail(r->err, FOLDER);
    if (kind == IS_LINK)
        return fail(r->err, LINK);
    return kind == NO_KIND || kind == REGULAR ? HR_OK : fail(r->err, DEVICE);
}

static hr_status check_central(hr_archive_reader *r, const member *m) {
    const unsigned char *p = look(r, 4);
    if (p && memcmp(p, "PK\1\2", 4) != 0)
        return fail(r->err, DIRECTORY);
    p = p ? look(r, CENTRAL) : NULL;
    if (!p)
        return r->status;
    unsigned name = get16(p + 28), extra = get16(p + 30), comment = get16(p + 32), disk = get16(p + 34);
    if (memcmp(p + 8, m->how, sizeof m->how) != 0 || hr_get32(p + 16) != m->crc || hr_get32(p + 20) != m->packed ||
        hr_get32(p + 24) != m->size || name != strlen(m->name) || extra > EXTRA_MAX || comment != 0 || disk != 0 ||
        hr_get32(p + 42) != m->start)
        return fail(r->err, DIRECTORY);
    uint32_t attributes = hr_get32(p + 38);
    p = look(r, CENTRAL + name + extra);
    if (!p)
        return r->status;
    if (memcmp(p + CENTRAL, m->name, name) != 0)
        return fail(r->err, DIRECTORY);
    if (!known_extra(p + CENTRAL + name, extra))
        return fail(r->err, EXTRA);
    r->at += CENTRAL + name + extra;
    return check_kind(r, attributes);
}

/* The directory at r->at has the files that were read, in their order, and is the end of everything. */
static hr_status check_directory(hr_archive_reader *r) {
    uint64_t start = r->at;
    hr_status status = HR_OK;
    for (size_t i = 0; i < r->count && status == HR_OK; i++)
        status = check_central(r, &r->members[i]);
    const unsigned char *p = status == HR_OK ? look(r, END) : NULL;
    if (!p)
        return status != HR_OK ? status : r->status;
    if (memcmp(p, "PK\5\6\0\0\0\0", 8) != 0 || get16(p + 8) != r->count || get16(p + 10) != r->count ||
        hr_get32(p + 12) != r->at - start || hr_get32(p + 16) != start || get16(p + 20) != 0)
        return fail(r->err, DIRECTORY);
    size_t end = (size_t)(r->at - r->before) + END;
    fill(r, end + 1);
    if (r->status != HR_OK)
        return r->status;
    return r->have == end ? HR_END : fail(r->err, TRAILING);
}

/* ---- reading: what the caller sees ---- */

hr_status hr_archive_reader_new(hr_err *err, hr_source source, void *context, uint64_t most, hr_archive_reader **out) {
    hr_archive_reader *r = calloc(1, sizeof *r);
    if (!r)
        return hr_fail_memory(err);
    r->err = err;
    r->source = source;
    r->context = context;
    r->most = most;
    *out = r;
    return HR_OK;
}

static hr_status read_some(hr_archive_reader *r, void *out, size_t size, size_t *got) {
    la_ssize_t count = archive_read_data(r->archive, out, size < BLOCK ? size : BLOCK);
    if (r->status != HR_OK)
        return r->status;
    uint64_t used = (uint64_t)archive_filter_bytes(r->archive, 0);
    if (count < 0) /* libarchive wants to see 24 bytes; behind a file there are always more */
        return fail_archive(r->err, r->archive, r->ended && r->before + r->have - used < 24 ? CUT : CHECKSUM);
    if (count == 0)
        return end_member(r);
    r->read += (uint64_t)count;
    r->size += (uint64_t)count;
    if (r->read > r->most)
        return fail(r->err, LARGE);
    if (r->read > SMALL && r->read / EXPANSION > used)
        return fail(r->err, EXPANDS);
    *got = (size_t)count;
    return HR_OK;
}

hr_status hr_archive_read(void *reader, void *out, size_t size, size_t *got) {
    hr_archive_reader *r = reader;
    *got = 0;
    if (r->status == HR_OK && r->inside && size > 0)
        r->status = read_some(r, out, size, got);
    return r->status;
}

hr_status hr_archive_next(hr_archive_reader *r, const char **name) {
    unsigned char rest[4096];
    size_t got;
    while (r->status == HR_OK && r->inside)
        hr_archive_read(r, rest, sizeof rest, &got);
    const unsigned char *p = r->status == HR_OK ? look(r, 4) : NULL;
    if (!p)
        return r->status == HR_DAMAGED && r->before + r->have < 4 ? fail(r->err, NO_ZIP) : r->status;
    if (memcmp(p, "PK\3\4", 4) == 0)
        r->status = begin_member(r);
    else if (memcmp(p, "PK\1\2", 4) == 0 || memcmp(p, "PK\5\6", 4) == 0)
        r->status = check_directory(r);
    else
        r->status = fail(r->err, r->at == 0 ? NO_ZIP : BETWEEN);
    if (r->status == HR_OK)
        *name = r->members[r->count - 1].name;
    return r->status;
}

void hr_archive_reader_free(hr_archive_reader *r) {
    if (!r)
        return;
    if (r->archive)
        archive_read_free(r->archive);
    archive_entry_free(r->entry);
    free(r);
}
