/* Linkage keys. A year's key is drawn once, by the topmost bureau, and handed down: so a token is the same wherever it
 * is made. It is an entry of the log, in chart.db, and travels as an age file with a minisign signature beside it,
 * whose trusted comment says from whom to whom.
 *
 * A token hides a person from who lacks the key, and from nobody else: ID numbers can be tried one after the other. */
#include "exchange/linkage.h"
#include "base/bytes.h"
#include "base/cursor.h"
#include "base/forget.h"
#include "base/hex.h"
#include "exchange/files.h"
#include "record/entry.h"
#include "record/events.h"
#include "record/operators.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINES "healthrec linkage key 1\nyear: %04d\nkey: %s\n" /* what is encrypted */
enum { LINES_SIZE = 128, FILE_MOST = 1 << 14 };

/* ---- tokens ---- */

void hr_token(const unsigned char key[HR_LINKAGE_SIZE], const hr_record *resident, char out[HR_TOKEN_SIZE]) {
    static const char by_number[] = "healthrec token of ID number", by_person[] = "healthrec token of person";
    unsigned char sum[HR_HASH_SIZE], bytes[16];
    char digits[18];
    const char *name = hr_record_text(resident, R_NAME);
    hr_hash hash;
    hr_hash_init(&hash, key, HR_LINKAGE_SIZE);
    if (hr_record_has(resident, R_ID_NUMBER)) {
        snprintf(digits, sizeof digits, "%017" PRId64, hr_record_number(resident, R_ID_NUMBER));
        hr_hash_update(&hash, by_number, sizeof by_number);
        hr_hash_update(&hash, digits, 17);
    } else {
        hr_put64(bytes, hr_record_number(resident, R_SEX));
        hr_put64(bytes + 8, hr_record_number(resident, R_BIRTH_DATE));
        hr_hash_update(&hash, by_person, sizeof by_person);
        hr_hash_update(&hash, bytes, sizeof bytes);
        hr_hash_update(&hash, name, strlen(name));
    }
    hr_hash_final(&hash, sum);
    hr_hex(sum, (HR_TOKEN_SIZE - 1) / 2, out);
}

void hr_linkage_print(const unsigned char key[HR_LINKAGE_SIZE], char out[HR_LINKAGE_PRINT_SIZE]) {
    static const char domain[] = "healthrec linkage key";
    unsigned char sum[HR_HASH_SIZE];
    hr_hash hash;
    hr_hash_init(&hash, NULL, 0);
    hr_hash_update(&hash, domain, sizeof domain);
    hr_hash_update(&hash, key, HR_LINKAGE_SIZE);
    hr_hash_final(&hash, sum);
    hr_hex(sum, (HR_LINKAGE_PRINT_SIZE - 1) / 2, out);
}

/* ---- kept in the log ---- */

static hr_status fail_unreadable(hr_store *store) {
    return hr_fail(&store->err, HR_DAMAGED, "%s",
                   HR_TR(&store->err, "a linkage key cannot be read; run verify", "有关联密钥无法读取；请运行 verify"));
}

static hr_status unpack(hr_store *store, sqlite3_stmt *row, hr_linkage *out) {
    hr_record said;
    const char *body = (const char *)sqlite3_column_text(row, 0);
    size_t size = (size_t)sqlite3_column_bytes(row, 0);
    hr_status status = hr_body_unpack(&store->err, NULL, &said, &hr_form_linkage, body ? body : "", size);
    bool good = status == HR_OK && hr_hex_parse(hr_record_text(&said, EL_KEY), out->key, sizeof out->key);
    if (good) {
        out->year = (int)hr_record_number(&said, EL_YEAR);
        snprintf(out->from, sizeof out->from, "%s", hr_record_text(&said, EL_FROM));
    }
    hr_wipe(&said, sizeof said);
    return good ? HR_OK : fail_unreadable(store);
}

/* Gives every key, the newest first, until `each` says HR_END. */
typedef hr_status (*linkage_fn)(void *context, const hr_linkage *linkage);
static hr_status walk(hr_store *store, linkage_fn each, void *context) {
    sqlite3_stmt *rows = hr_db_statement(store, "SELECT body FROM chart.entry\n"
                                                "WHERE " HR_LOG_EXCHANGE " AND kind = 'linkage'\n"
                                                "ORDER BY seq DESC");
    hr_linkage *one = rows ? hr_secret_new(sizeof *one) : NULL;
    if (!one)
        return rows ? hr_fail_memory(&store->err) : store->err.status;
    hr_status status = HR_OK;
    while (status == HR_OK && (status = hr_db_row(store, rows)) == HR_OK) {
        status = unpack(store, rows, one);
        if (status == HR_OK)
            status = each(context, one);
    }
    sqlite3_reset(rows);
    hr_secret_free(one);
    return status == HR_END ? HR_OK : status;
}

typedef struct wanted {
    hr_store *store;
    int year;
    hr_linkage *found;
} wanted;

static hr_status see_linkage(void *context, const hr_linkage *linkage) {
    wanted *w = context;
    if (w->year ? linkage->year != w->year : w->found && w->found->year >= linkage->year)
        return HR_OK;
    if (!w->found && !(w->found = hr_secret_new(sizeof *w->found)))
        return hr_fail_memory(&w->store->err);
    *w->found = *linkage;
    return w->year ? HR_END : HR_OK;
}

hr_status hr_linkage_find(hr_store *store, int year, hr_linkage **out) {
    wanted w = {.store = store, .year = year};
    *out = NULL;
    hr_status status = walk(store, see_linkage, &w);
    if (status == HR_OK)
        *out = w.found;
    else
        hr_secret_free(w.found);
    return status;
}

static hr_status put_linkage(hr_store *store, const hr_linkage *linkage) {
    char text[2 * HR_LINKAGE_SIZE + 1];
    hr_record row;
    hr_record_clear(&row, &hr_form_linkage);
    hr_record_set_number(&row, EL_YEAR, linkage->year);
    hr_status status = hr_record_set_text(&row, &store->err, EL_KEY, hr_hex(linkage->key, sizeof linkage->key, text));
    if (status == HR_OK && *linkage->from)
        status = hr_record_set_text(&row, &store->err, EL_FROM, linkage->from);
    if (status == HR_OK)
        status = hr_event_put(store, &row);
    hr_wipe(text, sizeof text);
    hr_wipe(&row, sizeof row);
    return status;
}

static hr_status check_year(hr_store *store, int year) {
    const hr_field *field = &hr_form_linkage.fields[EL_YEAR];
    if (year >= field->least && year <= field->most)
        return HR_OK;
    return hr_fail(&store->err, HR_INVALID,
                   HR_TR(&store->err, "the year must be one from %d to %d", "年度须为 %d 至 %d 之间的年份"),
                   (int)field->least, (int)field->most);
}

/* ---- as a file ---- */

/* The trusted comment. */
typedef struct comment {
    unsigned char from[HR_STORE_ID_SIZE], to[HR_STORE_ID_SIZE];
    int year;
    char print[HR_LINKAGE_PRINT_SIZE];
} comment;

static void write_comment(const comment *c, char out[HR_MINISIGN_COMMENT_SIZE]) {
    char from[HR_STORE_ID_TEXT_SIZE], to[HR_STORE_ID_TEXT_SIZE];
    snprintf(out, HR_MINISIGN_COMMENT_SIZE, "healthrec linkage 1 from=%s to=%s year=%04d key=%s",
             hr_hex(c->from, sizeof c->from, from), hr_hex(c->to, sizeof c->to, to), c->year, c->print);
}

/* Takes `label` and then `size` characters off *at; false when it goes on otherwise. */
static bool take(const char **at, const char *label, char *out, size_t size) {
    size_t skip = strlen(label);
    if (strncmp(*at, label, skip) != 0 || strlen(*at + skip) < size)
        return false;
    memcpy(out, *at + skip, size);
    out[size] = '\0';
    *at += skip + size;
    return true;
}

/* One text alone says it: what is read is written again, and compared. */
static bool read_comment(const char *text, comment *out) {
    char from[HR_STORE_ID_TEXT_SIZE], to[HR_STORE_ID_TEXT_SIZE], year[5], again[HR_MINISIGN_COMMENT_SIZE];
    const char *at = text;
    *out = (comment){.year = 0};
    if (!take(&at, "healthrec linkage 1 from=", from, sizeof from - 1) || !take(&at, " to=", to, sizeof to - 1) ||
        !take(&at, " year=", year, sizeof year - 1) || !take(&at, " key=", out->print, sizeof out->print - 1) ||
        !hr_hex_parse(from, out->from, sizeof out->from) || !hr_hex_parse(to, out->to, sizeof out->to))
        return false;
    out->year = (int)strtol(year, NULL, 10);
    write_comment(out, again);
    return strcmp(text, again) == 0;
}

/* Bytes of a file that is small. */
typedef struct bytes {
    size_t size, taken;
    char at[FILE_MOST + 1]; /* with a NUL behind them */
} bytes;

static hr_status give_bytes(void *context, void *out, size_t size, size_t *got) {
    bytes *b = context;
    *got = b->size - b->taken < size ? b->size - b->taken : size;
    memcpy(out, b->at + b->taken, *got);
    b->taken += *got;
    return HR_OK;
}

static hr_status take_bytes(void *context, const void *in, size_t size) {
    bytes *b = context;
    if (size > FILE_MOST - b->size)
        return HR_SYSTEM; /* cannot be: a key is short */
    memcpy(b->at + b->size, in, size);
    b->size += size;
    return HR_OK;
}

/* ---- issuing ---- */

static hr_status encrypt(hr_err *err, const hr_linkage *linkage, const unsigned char recipient[32], bytes *out) {
    hr_age_writer *writer = NULL;
    char key[2 * HR_LINKAGE_SIZE + 1], lines[LINES_SIZE];
    int size = snprintf(lines, sizeof lines, LINES, linkage->year, hr_hex(linkage->key, sizeof linkage->key, key));
    out->size = 0;
    hr_status status = hr_age_writer_new(err, recipient, take_bytes, out, &writer);
    if (status == HR_OK)
        status = hr_age_write(writer, lines, (size_t)size);
    if (status == HR_OK)
        status = hr_age_end(writer);
    hr_age_writer_free(writer);
    hr_wipe(key, sizeof key);
    hr_wipe(lines, sizeof lines);
    return status;
}

static hr_status sign(hr_store *store, const bytes *file, const comment *c, char out[HR_MINISIGN_SIZE]) {
    char text[HR_MINISIGN_COMMENT_SIZE];
    hr_identity *identity = NULL;
    hr_minisign_hash hash;
    write_comment(c, text);
    hr_minisign_begin(&hash);
    hr_minisign_update(&hash, file->at, file->size);
    hr_status status = hr_identity_need(store, &identity);
    if (status == HR_OK)
        status = hr_minisign_sign(&store->err, identity->sign, &hash, text, out);
    hr_secret_free(identity);
    return status;
}

/* The year's key, which is drawn when there is none. */
static hr_status need_linkage(hr_store *store, int year, hr_linkage **out) {
    hr_status status = hr_linkage_find(store, year, out);
    if (status != HR_OK || *out)
        return status;
    if (!(*out = hr_secret_new(sizeof **out)))
        return hr_fail_memory(&store->err);
    (*out)->year = year;
    hr_random((*out)->key, sizeof(*out)->key);
    return put_linkage(store, *out);
}

static hr_status find_below(hr_store *store, const unsigned char id[HR_STORE_ID_SIZE], hr_party *out) {
    hr_party own = {.bureau = store->bureau, .area = store->area};
    hr_status status = hr_peer_find(store, id, out);
    if (status == HR_NOT_FOUND)
        return hr_fail_no_peer(store, id);
    if (status == HR_OK && !hr_public_above(&own, out))
        status = hr_fail(&store->err, HR_INVALID, "%s",
                         HR_TR(&store->err,
                               "this peer does not lie in this bureau's area; linkage keys go down, from "
                               "bureaus to who reports to them",
                               "该库不在本局区划之内；关联密钥只由上级卫生局发给下级"));
    return status;
}

typedef struct issue {
    int year;
    unsigned char to[HR_STORE_ID_SIZE];
    bytes file;
    char signature[HR_MINISIGN_SIZE];
} issue;

static hr_status say_issued(hr_store *store, const comment *c) {
    char detail[96], to[HR_STORE_ID_TEXT_SIZE];
    hr_record row;
    snprintf(detail, sizeof detail, "year=%04d to=%s", c->year, hr_hex(c->to, sizeof c->to, to));
    hr_record_clear(&row, &hr_form_export);
    hr_record_set_number(&row, EX_WHAT, HR_EXPORT_LINKAGE);
    hr_status status = hr_record_set_text(&row, &store->err, EX_DETAIL, detail);
    return status == HR_OK ? hr_event_put(store, &row) : status;
}

/* Within the open transaction: all that the two files will hold. */
static hr_status make_files(hr_store *store, issue *it) {
    hr_linkage *linkage = NULL;
    comment c = {.year = it->year};
    hr_party peer;
    hr_status status = find_below(store, it->to, &peer);
    if (status == HR_OK)
        status = need_linkage(store, it->year, &linkage);
    if (status == HR_OK)
        status = encrypt(&store->err, linkage, peer.age, &it->file);
    if (status == HR_OK) {
        memcpy(c.from, store->keys->store_id, sizeof c.from);
        memcpy(c.to, it->to, sizeof c.to);
        hr_linkage_print(linkage->key, c.print);
        status = sign(store, &it->file, &c, it->signature);
    }
    hr_secret_free(linkage);
    return status == HR_OK ? say_issued(store, &c) : status;
}

static hr_status check_free(hr_err *err, const char *path) {
    struct stat there;
    if (lstat(path, &there) != 0)
        return HR_OK;
    return hr_fail(err, HR_EXISTS, "%s",
                   HR_TR(err, "something with this name exists already; choose another name or move it away",
                         "已有同名文件或文件夹；请换一个名称或先将其移走"));
}

/* Commits once both files are on disk, and gives them their names after that: a key that left is in the log. */
static hr_status write_files(hr_store *store, issue *it, const char *file, const char *signature) {
    char *partial = NULL, *partial_signature = NULL;
    const char *doing = HR_TR(&store->err, "write the file", "写入文件");
    hr_status status = check_free(&store->err, file);
    if (status == HR_OK)
        status = check_free(&store->err, signature);
    if (status == HR_OK)
        status = hr_begin(store);
    if (status != HR_OK)
        return status;
    status = make_files(store, it);
    if (status == HR_OK)
        status = hr_partial_write(&store->err, file, 0600, doing, it->file.at, it->file.size, &partial);
    if (status == HR_OK)
        status = hr_partial_write(&store->err, signature, 0600, doing, it->signature, strlen(it->signature),
                                  &partial_signature);
    status = hr_leave(store, status);
    if (status == HR_OK)
        status = hr_publish_signed(&store->err, partial, file, partial_signature, signature);
    if (status != HR_OK && partial)
        unlink(partial);
    if (status != HR_OK && partial_signature)
        unlink(partial_signature);
    free(partial);
    free(partial_signature);
    return status;
}

static hr_status check_issuer(hr_store *store) {
    hr_status status = hr_need_admin(store);
    if (status == HR_OK && !store->bureau)
        status = hr_fail(&store->err, HR_INVALID, "%s",
                         HR_TR(&store->err, "a station issues no linkage key; its bureau does",
                               "站点不能签发关联密钥；应由卫生局签发"));
    return status;
}

hr_status hr_linkage_issue(hr_store *store, int year, const char *id, const char *file) {
    if (!store || !id || !file)
        return hr_fail_argument(store);
    hr_status status = hr_need_idle(store);
    if (status == HR_OK)
        status = check_issuer(store);
    if (status == HR_OK)
        status = check_year(store, year);
    if (status != HR_OK)
        return status;
    issue *it = calloc(1, sizeof *it);
    char *signature = hr_beside(file, ".minisig");
    if (!it || !signature) {
        status = hr_fail_memory(&store->err);
    } else {
        it->year = year;
        status = hr_peer_parse_id(&store->err, id, it->to);
        if (status == HR_OK)
            status = write_files(store, it, file, signature);
    }
    free(signature);
    free(it);
    hr_stack_forget();
    return status;
}

/* ---- receiving ---- */

static hr_status fail_none(hr_err *err) {
    return hr_fail(err, HR_INVALID, "%s",
                   HR_TR(err, "this is no linkage key as a bureau issues it, a file and its signature in .minisig",
                         "这不是卫生局签发的关联密钥（文件及其 .minisig 签名）"));
}

static hr_status read_file(hr_err *err, const char *path, bytes *out) {
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return hr_fail(err, HR_NOT_FOUND,
                       HR_TR(err, "there is no file %s; a linkage key is a file and its signature in .minisig",
                             "没有文件 %s；关联密钥由文件及其 .minisig 签名组成"),
                       strrchr(path, '/') ? strrchr(path, '/') + 1 : path);
    ssize_t got = fd < 0 ? -1 : 1;
    out->size = out->taken = 0;
    while (got > 0 && out->size <= FILE_MOST) {
        got = read(fd, out->at + out->size, FILE_MOST + 1 - out->size);
        if (got < 0 && errno == EINTR)
            got = 1;
        else if (got > 0)
            out->size += (size_t)got;
    }
    int number = got < 0 ? errno : 0;
    if (fd >= 0)
        close(fd);
    if (number)
        return hr_fail_errno(err, number, HR_TR(err, "read the file", "读取文件"));
    if (out->size > FILE_MOST)
        return fail_none(err);
    out->at[out->size] = '\0';
    return HR_OK;
}

typedef struct arrival {
    bytes file, signature;
    comment c;
    hr_linkage key; /* as it was decrypted; in guarded memory with all of it */
    char lines[LINES_SIZE];
} arrival;

/* Who says it to whom; trusted from then on. */
static hr_status check_origin(hr_store *store, arrival *r) {
    hr_err *err = &store->err;
    hr_minisignature signature;
    hr_minisign_hash hash;
    hr_party peer, own = {.bureau = store->bureau, .area = store->area};
    if (hr_minisign_parse(err, r->signature.at, r->signature.size, &signature) != HR_OK ||
        !read_comment(signature.comment, &r->c))
        return fail_none(err);
    hr_status status = hr_peer_find(store, r->c.from, &peer);
    if (status == HR_NOT_FOUND || (status == HR_OK && !hr_public_above(&peer, &own)))
        return hr_fail(err, HR_INVALID, "%s",
                       HR_TR(err,
                             "this linkage key comes from a bureau that is no peer of this store; take its public "
                             "file with peer add first",
                             "该关联密钥来自未经确认的卫生局；请先用 peer add 加入其公开文件"));
    if (status != HR_OK)
        return status;
    hr_minisign_begin(&hash);
    hr_minisign_update(&hash, r->file.at, r->file.size);
    if (!hr_minisign_check(&peer.sign, &hash, &signature))
        return hr_fail(err, HR_DAMAGED, "%s",
                       HR_TR(err,
                             "the linkage key was altered, or not signed by the bureau that it names; have it sent "
                             "again",
                             "关联密钥被改动，或并非其所称的卫生局签发；请对方重新发送"));
    if (memcmp(r->c.to, store->keys->store_id, sizeof r->c.to) != 0)
        return hr_fail(err, HR_INVALID, "%s",
                       HR_TR(err, "this linkage key is for another store; have the bureau issue one for this one",
                             "该关联密钥是签发给其他库的；请卫生局为本库另行签发"));
    return check_year(store, r->c.year);
}

static hr_status read_lines(hr_store *store, arrival *r, const hr_identity *identity) {
    hr_age_reader *reader = NULL;
    size_t used = 0, got = 1;
    r->file.taken = 0;
    hr_status status = hr_age_reader_new(&store->err, identity->age, give_bytes, &r->file, &reader);
    while (status == HR_OK && got > 0 && used < sizeof r->lines - 1) {
        status = hr_age_read(reader, r->lines + used, sizeof r->lines - 1 - used, &got);
        used += status == HR_OK ? got : 0;
    }
    r->lines[used] = '\0';
    hr_age_reader_free(reader);
    if (status == HR_DENIED)
        return hr_fail(&store->err, HR_DENIED, "%s",
                       HR_TR(&store->err,
                             "the linkage key is encrypted to keys that this store does not have any more; give the "
                             "bureau the public file as it is now, and have it issued again",
                             "关联密钥是用本库已更换的旧公钥加密的；请把现在的公开文件交给卫生局，重新签发"));
    return status;
}

/* What is encrypted must be what the comment says. */
static hr_status decrypt(hr_store *store, arrival *r) {
    hr_identity *identity = NULL;
    char print[HR_LINKAGE_PRINT_SIZE], key[2 * HR_LINKAGE_SIZE + 1] = "", again[LINES_SIZE];
    hr_status status = hr_identity_need(store, &identity);
    if (status == HR_OK)
        status = read_lines(store, r, identity);
    hr_secret_free(identity);
    if (status != HR_OK)
        return status;
    const char *line = strstr(r->lines, "\nkey: ");
    if (line)
        snprintf(key, sizeof key, "%s", line + strlen("\nkey: "));
    bool good = hr_hex_parse(key, r->key.key, sizeof r->key.key);
    snprintf(again, sizeof again, LINES, r->c.year, key);
    hr_linkage_print(r->key.key, print);
    if (!good || strcmp(again, r->lines) != 0 || strcmp(print, r->c.print) != 0)
        status = fail_none(&store->err);
    hr_wipe(key, sizeof key);
    hr_wipe(again, sizeof again);
    r->key.year = r->c.year;
    hr_hex(r->c.from, sizeof r->c.from, r->key.from);
    return status;
}

/* There is one key a year, or tokens would not be the same everywhere. */
static hr_status keep(hr_store *store, const arrival *r, hr_change *change) {
    hr_linkage *known = NULL;
    hr_status status = hr_linkage_find(store, r->c.year, &known);
    if (status == HR_OK && !known)
        status = put_linkage(store, &r->key);
    else if (status == HR_OK && !hr_secret_equal(known->key, r->key.key, sizeof known->key))
        status = hr_fail(&store->err, HR_INVALID,
                         HR_TR(&store->err,
                               "this store has another linkage key for %d already, and there must be one a year; ask "
                               "the bureau which holds",
                               "本库已有 %d 年度的另一关联密钥，每年只能有一个；请向卫生局核实以哪个为准"),
                         r->c.year);
    *change = status == HR_OK && !known ? HR_ADDED : HR_UNCHANGED;
    hr_secret_free(known);
    return status;
}

static hr_status receive(hr_store *store, arrival *r, hr_change *change) {
    hr_status status = hr_enter(store);
    if (status != HR_OK)
        return status;
    status = check_origin(store, r);
    if (status == HR_OK)
        status = decrypt(store, r);
    if (status == HR_OK)
        status = keep(store, r, change);
    return hr_leave(store, status);
}

hr_status hr_linkage_receive(hr_store *store, const char *file, hr_change *change) {
    hr_change did = HR_UNCHANGED;
    if (!store || !file)
        return hr_fail_argument(store);
    hr_status status = hr_need_open(store);
    if (status != HR_OK)
        return status;
    hr_err_clear(&store->err);
    arrival *r = hr_secret_new(sizeof *r);
    char *signature = hr_beside(file, ".minisig");
    if (!r || !signature)
        status = hr_fail_memory(&store->err);
    if (status == HR_OK)
        status = read_file(&store->err, file, &r->file);
    if (status == HR_OK)
        status = read_file(&store->err, signature, &r->signature);
    if (status == HR_OK)
        status = receive(store, r, &did);
    if (status == HR_OK && change)
        *change = did;
    hr_secret_free(r);
    free(signature);
    hr_stack_forget();
    return status;
}

/* ---- hr_linkages ---- */

enum { C_YEAR, C_KEY, C_FROM, C_FROM_NAME, C_COUNT };
static const hr_column columns[C_COUNT] = {
    [C_YEAR] = {"year", "year", "年度"},
    [C_KEY] = {"key", "key", "密钥标识"},
    [C_FROM] = {"from", "from store", "来源库"},
    [C_FROM_NAME] = {"from_name", "from", "来源"},
};

typedef struct known {
    int year;
    char print[HR_LINKAGE_PRINT_SIZE], from[HR_STORE_ID_TEXT_SIZE], name[256];
} known;

typedef struct list {
    hr_store *store;
    size_t count, next;
    known *at;
} list;

static hr_status take_linkage(void *context, const hr_linkage *linkage) {
    list *l = context;
    known *grown = realloc(l->at, (l->count + 1) * sizeof *grown);
    if (!grown)
        return hr_fail_memory(&l->store->err);
    l->at = grown;
    known *one = &l->at[l->count++];
    *one = (known){.year = linkage->year};
    hr_linkage_print(linkage->key, one->print);
    memcpy(one->from, linkage->from, sizeof one->from);
    return HR_OK;
}

static hr_status name_origins(list *l) {
    unsigned char id[HR_STORE_ID_SIZE];
    hr_party peer;
    hr_status status = HR_OK;
    for (size_t i = 0; i < l->count && status == HR_OK; i++) {
        if (!hr_hex_parse(l->at[i].from, id, sizeof id))
            continue;
        status = hr_peer_find(l->store, id, &peer);
        if (status == HR_OK)
            snprintf(l->at[i].name, sizeof l->at[i].name, "%s", peer.name);
        else if (status == HR_NOT_FOUND) /* removed since */
            status = HR_OK;
    }
    return status;
}

static int by_year(const void *a, const void *b) {
    int x = ((const known *)a)->year, y = ((const known *)b)->year;
    return (x < y) - (x > y);
}

static void release(void *context) {
    list *l = context;
    free(l->at);
    free(l);
}

static hr_status next_linkage(hr_cursor *c) {
    list *l = c->context;
    if (l->next == l->count)
        return HR_END;
    const known *one = &l->at[l->next++];
    hr_cell_integer(c, C_YEAR, one->year);
    hr_cell_text(c, C_KEY, one->print);
    hr_cell_text(c, C_FROM, one->from);
    hr_cell_text(c, C_FROM_NAME, one->name);
    return HR_OK;
}

hr_status hr_linkages(hr_store *store, hr_cursor **out) {
    if (!store || !out)
        return hr_fail_argument(store);
    *out = NULL;
    hr_status status = hr_chart_begin(store);
    if (status != HR_OK)
        return status;
    hr_err_clear(&store->err);
    list *l = calloc(1, sizeof *l);
    if (l)
        l->store = store;
    status = l ? walk(store, take_linkage, l) : hr_fail_memory(&store->err);
    if (status == HR_OK)
        status = name_origins(l);
    hr_read_end(store);
    if (status == HR_OK && l->count)
        qsort(l->at, l->count, sizeof *l->at, by_year);
    return hr_cursor_give(status, &store->err, columns, C_COUNT, l, release, next_linkage, out);
}
