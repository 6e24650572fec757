/* Taking in what peers send. Everything that can be known of a bundle without decrypting it is checked first; what is
 * in it is adopted in one transaction, which ends only when all of it has been read and agrees with its manifest. */
#include "base/hex.h"
#include "base/options.h"
#include "exchange/bundle.h"
#include "exchange/linkage.h"
#include "indicator/adopt.h"
#include "indicator/figures.h"
#include "indicator/ledger.h"
#include "record/areas.h"
#include "record/conflicts.h"
#include "record/refer.h"
#include "record/residents.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Who a resident is, by tokens.csv. */
typedef struct token {
    unsigned char writer[HR_STORE_ID_SIZE];
    int64_t wseq;
    char text[HR_TOKEN_SIZE];
} token;

typedef struct receiving {
    hr_store *store;
    const hr_receive_options *options;
    hr_receive_result result;
    hr_identity *identity;
    hr_party own, peer;
    hr_minisignature signature;
    hr_bundle_comment comment;
    unsigned char digest[HR_MINISIGN_DIGEST_SIZE];
    char hash[HR_BUNDLE_HASH_TEXT];
    int file;
    uint64_t size, done;
    hr_minisign_hash read; /* of what is decrypted: the same as what was checked */
    hr_hash content;
    hr_manifest manifest, found;
    int64_t last_entry; /* of log.csv */
    char first_hash[2 * HR_HASH_SIZE + 1], last_hash[2 * HR_HASH_SIZE + 1];
    hr_record before; /* the row of the bundle before; nothing given: none */
    bool head_seen;   /* its log's head is in log.csv */
    token *tokens;
    size_t token_count, token_room;
    hr_adoption *adoption;
    hr_figures *figures;
    hr_foreign entry;
    unsigned char writer[HR_STORE_ID_SIZE]; /* of the entry before, which is none of another station's */
    hr_areas *areas;
    int64_t known;
} receiving;

void hr_receive_options_init(hr_receive_options *options) {
    *options = (hr_receive_options){.size = sizeof *options};
}

void hr_receive_result_init(hr_receive_result *result) {
    *result = (hr_receive_result){.size = sizeof *result};
}

#define REFUSE(r, en, zh) hr_fail(&(r)->store->err, HR_DAMAGED, "%s", HR_TR(&(r)->store->err, en, zh))

/* ---- before anything is decrypted ---- */

enum { READ_SIZE = 1 << 16 };

static hr_status advance(receiving *r, size_t by) {
    const hr_receive_options *o = r->options;
    r->done += by;
    if (!o->progress || !o->progress(o->progress_context, r->done, 2 * r->size))
        return HR_OK;
    return hr_fail(&r->store->err, HR_CANCELLED, "%s",
                   HR_TR(&r->store->err, "stopped; nothing was changed", "已停止；未作任何改动"));
}

static hr_status read_some(receiving *r, void *out, size_t size, size_t *got) {
    ssize_t n;
    do
        n = read(r->file, out, size);
    while (n < 0 && errno == EINTR);
    *got = n > 0 ? (size_t)n : 0;
    return n < 0 ? hr_fail_errno(&r->store->err, errno, HR_TR(&r->store->err, "read the file", "读取文件"))
                 : advance(r, *got);
}

static hr_status open_file(receiving *r, const char *file) {
    struct stat there;
    r->file = open(file, O_RDONLY | O_CLOEXEC);
    if (r->file < 0)
        return errno == ENOENT
                   ? hr_fail(&r->store->err, HR_NOT_FOUND, HR_TR(&r->store->err, "there is no file %s", "没有文件 %s"),
                             file)
                   : hr_fail_errno(&r->store->err, errno, HR_TR(&r->store->err, "open the file", "打开文件"));
    if (fstat(r->file, &there) != 0 || !S_ISREG(there.st_mode))
        return hr_fail(&r->store->err, HR_INVALID, HR_TR(&r->store->err, "%s is no file", "%s 不是文件"), file);
    r->size = (uint64_t)there.st_size;
    return HR_OK;
}

static hr_status hash_file(receiving *r) {
    unsigned char *buffer = malloc(READ_SIZE);
    hr_minisign_hash hash;
    size_t got = 1;
    hr_status status = buffer ? HR_OK : hr_fail_memory(&r->store->err);
    hr_minisign_begin(&hash);
    while (status == HR_OK && got) {
        status = read_some(r, buffer, READ_SIZE, &got);
        if (status == HR_OK)
            hr_minisign_update(&hash, buffer, got);
    }
    hr_minisign_digest(&hash, r->digest);
    hr_hex(r->digest, sizeof r->digest, r->hash);
    free(buffer);
    return status;
}

static hr_status read_signature(receiving *r, const char *path) {
    char *text = NULL;
    size_t size = 0;
    hr_status status = hr_small_file(&r->store->err, path, HR_MINISIGN_SIZE, &text, &size);
    if (status == HR_NOT_FOUND)
        status = hr_fail(&r->store->err, HR_NOT_FOUND,
                         HR_TR(&r->store->err,
                               "there is no signature %s; the two files belong together: ask the sender for both",
                               "没有签名文件 %s；两个文件须放在一起，请向对方索取"),
                         path);
    if (status == HR_OK)
        status = hr_minisign_parse(&r->store->err, text, size, &r->signature);
    free(text);
    if (status == HR_OK && !hr_bundle_comment_read(r->signature.comment, &r->comment))
        status =
            hr_fail(&r->store->err, HR_INVALID, "%s",
                    HR_TR(&r->store->err, "the signature is not that of a bundle, receipt or linkage key of version 1",
                          "该签名不属于第 1 版的上报包、回执或关联密钥"));
    return status;
}

/* Known, and for this store. */
static hr_status check_sides(receiving *r) {
    hr_status status = hr_peer_by_key(r->store, r->signature.key_id, &r->peer);
    if (status == HR_NOT_FOUND)
        return REFUSE(
            r,
            "it is signed by a station that is not known here; take in its public file first (peer add), after "
            "comparing the fingerprint by telephone",
            "签名者不是本库已确认的单位；请先电话核对指纹，用 peer add 加入其公开文件");
    if (status != HR_OK)
        return status;
    if (!hr_minisign_check_digest(&r->peer.sign, r->digest, &r->signature))
        return REFUSE(r, "the signature does not fit: the file was altered or cut off on its way; ask for it again",
                      "签名不符：文件在途中被改动或截断；请对方重新发送");
    if (memcmp(r->comment.from, r->peer.store_id, HR_STORE_ID_SIZE) != 0)
        return REFUSE(r, "it is signed by another than it says it is from", "签名者与所写的来源不符");
    if (memcmp(r->comment.to, r->own.store_id, HR_STORE_ID_SIZE) != 0)
        return REFUSE(r, "it is for another bureau than this; send it there", "这是给其他单位的；请转交对应的卫生局");
    snprintf(r->result.from_name, sizeof r->result.from_name, "%s", r->peer.name);
    return HR_OK;
}

static bool is_previous(const hr_bundle_comment *c, const char *hash) {
    for (size_t i = 0; i < c->previous_count; i++)
        if (strcmp(c->previous[i], hash) == 0)
            return true;
    return false;
}

/* Not so rare as a copied store is a bundle that was made again: it is another file. */
static hr_status fail_fork(receiving *r, bool next) {
    return hr_fail(
        &r->store->err, HR_DAMAGED,
        next ? HR_TR(&r->store->err,
                     "it does not go on from what was received before. If bundle %" PRId64
                     " was made again after this one, have this one made again, too (export --again); else the "
                     "station's store was copied or an old copy put back, and both send bundles: find out which one is "
                     "right",
                     "与此前收到的包不衔接。若第 %" PRId64
                     " 号包是在本包之后重新生成的，请该站用 export --again 把本包也重新生成；否则就是该站的库被复制或"
                     "放回了旧副本，两者都在上报，请查明以哪个为准")
             : HR_TR(&r->store->err,
                     "another file was received as bundle %" PRId64
                     ". If the station made it again (export --again), there is nothing left to do; else its store was "
                     "copied or an old copy put back, and both send bundles: find out which one is right",
                     "第 %" PRId64
                     " 号包已按另一文件接收。若该站用 export --again 重新生成过，则无需再收；否则就是该站的库被复制或"
                     "放回了旧副本，两者都在上报，请查明以哪个为准"),
        next ? r->comment.seq - 1 : r->comment.seq);
}

/* Each bundle once, and in order. */
static hr_status check_number(receiving *r) {
    hr_err *err = &r->store->err;
    const hr_bundle_comment *c = &r->comment;
    hr_record same;
    hr_status status = hr_bundle_newest(r->store, &hr_form_bundle_received, c->from, 0, &r->before);
    int64_t last = hr_record_number(&r->before, BU_SEQ);
    if (status == HR_OK)
        status = hr_bundle_row(r->store, &hr_form_bundle_received, c->from, c->seq, &same);
    if (status != HR_OK)
        return status;
    if (hr_record_has(&same, BU_HASH) && strcmp(hr_record_text(&same, BU_HASH), r->hash) == 0)
        return hr_fail(err, HR_DAMAGED,
                       HR_TR(err,
                             "bundle %" PRId64
                             " was received before; nothing is counted twice (receive --receipt-again "
                             "writes its receipt once more)",
                             "第 %" PRId64 " 号包此前已接收，不会重复计入（可用 receive --receipt-again 重写回执）"),
                       c->seq);
    if (c->seq <= last)
        return fail_fork(r, false);
    if (c->seq > last + 1)
        return hr_fail(err, HR_DAMAGED,
                       HR_TR(err,
                             "bundle %" PRId64 " cannot be received before bundle %" PRId64
                             "; receive that first, or have the station make it again (export --again)",
                             "接收第 %" PRId64 " 号包之前须先接收第 %" PRId64
                             " 号包；若已丢失，请该站用 export --again 重新生成"),
                       c->seq, last + 1);
    if (last ? !is_previous(c, hr_record_text(&r->before, BU_HASH)) : c->previous_count != 0)
        return fail_fork(r, true);
    if (hr_record_number(&r->before, BU_LEVEL) == HR_LEVEL_PERSONS && c->level == HR_LEVEL_FIGURES)
        return REFUSE(r, "it has figures, but persons of this station are counted already",
                      "包内为汇总数，但该站此前已按个人统计");
    return HR_OK;
}

/* What lies between the bureau's area and the station's must be known here, or its figures would hang in the air. */
static hr_status check_area(receiving *r) {
    hr_area parent;
    hr_status status = hr_areas_get(r->store, &r->areas);
    if (status != HR_OK)
        return status;
    if (!r->own.bureau)
        return hr_fail(&r->store->err, HR_INVALID, "%s",
                       HR_TR(&r->store->err,
                             "a station receives no bundles; only a bureau's store (init --bureau) does",
                             "服务站的库不接收上报包；只有卫生局的库（init --bureau）可以接收"));
    if (!hr_public_above(&r->own, &r->peer))
        return REFUSE(r, "the station's area does not lie in this bureau's", "该站的区划不在本卫生局范围内");
    for (parent = hr_area_parent(r->peer.area); parent > r->store->area && hr_area_tier(parent) != HR_TIER_CITY;
         parent = hr_area_parent(parent))
        if (hr_areas_index(r->areas, parent) < 0)
            return hr_fail(&r->store->err, HR_INVALID,
                           HR_TR(&r->store->err,
                                 "the area %" PRId64
                                 " above the station's is not in this store; import the areas first",
                                 "本库没有该站的上级区划 %" PRId64 "；请先导入区划"),
                           parent);
    return HR_OK;
}

/* ---- decrypting ---- */

static hr_status from_file(void *context, void *out, size_t size, size_t *got) {
    receiving *r = context;
    hr_status status = read_some(r, out, size, got);
    if (status == HR_OK)
        hr_minisign_update(&r->read, out, *got);
    return status;
}

static hr_status from_age(void *context, void *out, size_t size, size_t *got) {
    return hr_age_read(context, out, size, got);
}

typedef struct hashing {
    receiving *r;
    hr_archive_reader *archive;
} hashing;

static hr_status from_archive(void *context, void *out, size_t size, size_t *got) {
    hashing *h = context;
    hr_status status = hr_archive_read(h->archive, out, size, got);
    if (status == HR_OK)
        hr_hash_update(&h->r->content, out, *got);
    return status;
}

static hr_status fail_content(receiving *r, const char *file, uint64_t line) {
    return hr_fail(&r->store->err, HR_DAMAGED,
                   HR_TR(&r->store->err,
                         "%s, line %" PRIu64 ": is not as a bundle has it; the sender's program is faulty",
                         "%s 第 %" PRIu64 " 行：不符合上报包的格式；对方程序有误"),
                   file, line);
}

/* ---- log.csv ---- */

static hr_status see_hash(void *context, uint64_t line, const char *const *cells) {
    receiving *r = context;
    char *end;
    int64_t entry = strtoll(cells[LG_ENTRY], &end, 10);
    bool first = r->found.total[0].rows++ == 0;
    if (*end || entry < 0 || strlen(cells[LG_HASH]) != 2 * HR_HASH_SIZE || (!first && entry != r->last_entry + 1))
        return fail_content(r, hr_bundle_names[0], line);
    if (first) {
        r->found.from_entry = entry;
        snprintf(r->first_hash, sizeof r->first_hash, "%s", cells[LG_HASH]);
    }
    r->last_entry = entry;
    snprintf(r->last_hash, sizeof r->last_hash, "%s", cells[LG_HASH]);
    if (entry == hr_record_number(&r->before, BU_ENTRY))
        r->head_seen = strcmp(cells[LG_HASH], hr_record_text(&r->before, BU_HEAD)) == 0;
    return HR_OK;
}

/* ---- tokens.csv ---- */

static int by_name(const void *a, const void *b) {
    const token *x = a, *y = b;
    int writers = memcmp(x->writer, y->writer, sizeof x->writer);
    return writers ? writers : (x->wseq > y->wseq) - (x->wseq < y->wseq);
}

static hr_status see_token(void *context, uint64_t line, const char *const *cells) {
    receiving *r = context;
    hr_origin name;
    r->found.total[1].rows++;
    size_t length = strlen(cells[TK_TOKEN]);
    if (!hr_origin_parse(cells[TK_SUBJECT], &name) || (length && length != HR_TOKEN_SIZE - 1) ||
        strspn(cells[TK_TOKEN], "0123456789abcdef") != length)
        return fail_content(r, hr_bundle_names[1], line);
    if (r->token_count == r->token_room) {
        size_t room = r->token_room ? 2 * r->token_room : 256;
        token *grown = realloc(r->tokens, room * sizeof *grown);
        if (!grown)
            return hr_fail_memory(&r->store->err);
        r->tokens = grown;
        r->token_room = room;
    }
    token *t = &r->tokens[r->token_count++];
    memcpy(t->writer, name.writer, sizeof t->writer);
    t->wseq = name.wseq;
    memcpy(t->text, cells[TK_TOKEN], length + 1);
    return HR_OK;
}

static const token *find_token(const receiving *r, const hr_origin *name) {
    token key = {.wseq = name->wseq};
    memcpy(key.writer, name->writer, sizeof key.writer);
    return r->token_count ? bsearch(&key, r->tokens, r->token_count, sizeof key, by_name) : NULL;
}

/* ---- entries.csv ---- */

/* The entry here that has the name; *number 0: there is none. */
static hr_status number_of(receiving *r, const char *name, int64_t *number) {
    hr_origin origin;
    *number = 0;
    return hr_origin_parse(name, &origin) ? hr_origin_find(r->store, &origin, number) : HR_INVALID;
}

/* What a resident is called here. One who was erased has no token and is nobody else. */
static hr_status call_him(receiving *r, const token *t, const char *name) {
    unsigned char hash[HR_HASH_SIZE];
    char own[HR_TOKEN_SIZE];
    hr_hash h;
    hr_hash_init(&h, NULL, 0);
    hr_hash_update(&h, name, strlen(name));
    hr_hash_final(&h, hash);
    hr_hex(hash, (HR_TOKEN_SIZE - 1) / 2, own);
    return hr_record_set_text(&r->entry.row, &r->store->err, R_NAME, *t->text ? t->text : own);
}

/* Whom an entry is about. *whole is false when nobody here. */
static hr_status find_subject(receiving *r, const char *name, bool *registers, bool *whole) {
    hr_foreign *e = &r->entry;
    hr_origin subject;
    int64_t entry = 0;
    *registers = false;
    *whole = true;
    e->subject = 0;
    if (!*name)
        return e->form->about == HR_ABOUT_AREA || e->form->about == HR_ABOUT_CALL ? HR_OK : HR_INVALID;
    if (!hr_origin_parse(name, &subject) || e->form->about == HR_ABOUT_AREA)
        return HR_INVALID;
    *registers = e->form == &hr_form_resident && subject.wseq == e->origin.wseq &&
                 memcmp(subject.writer, e->origin.writer, sizeof subject.writer) == 0;
    const token *t = e->form == &hr_form_resident ? find_token(r, &subject) : NULL;
    if (*registers && !t)
        return HR_INVALID;
    hr_status status = t ? call_him(r, t, name) : HR_OK;
    if (status != HR_OK || *registers)
        return status == HR_OK ? hr_resident_recognise(r->store, &e->row, &e->subject) : status;
    status = hr_origin_find(r->store, &subject, &entry);
    if (status == HR_OK && entry)
        status = hr_db_number(r->store, "SELECT subject FROM chart.entry WHERE seq = ?1", entry, &e->subject);
    *whole = e->subject > 0;
    return status;
}

/* What an entry refers to. */
static hr_status find_references(receiving *r, const char *const *cells, bool *whole) {
    hr_foreign *e = &r->entry;
    bool resident = false;
    int field = hr_refer_field(e->form, &resident);
    int64_t number = 0;
    hr_status status = HR_OK;
    e->remark = (hr_remark){.withdrawn = strcmp(cells[EN_WITHDRAWN], "1") == 0};
    if (*cells[EN_AMENDS]) {
        status = number_of(r, cells[EN_AMENDS], &e->remark.amends);
        *whole = *whole && e->remark.amends;
    }
    if (status != HR_OK || field < 0 || !*cells[EN_OTHER])
        return status;
    status = number_of(r, cells[EN_OTHER], &number);
    if (status == HR_OK && number && resident)
        status = hr_db_number(r->store, "SELECT subject FROM chart.entry WHERE seq = ?1", number, &number);
    hr_record_set_number(&e->row, field, number);
    *whole = *whole && number;
    return status;
}

/* Nothing outside the sender's area, and nothing that is not known. */
static bool areas_fit(const receiving *r) {
    const hr_record *row = &r->entry.row;
    for (int i = 0; i < row->form->count; i++) {
        hr_area area = hr_record_number(row, i);
        if (row->form->fields[i].type != HR_FIELD_AREA || !hr_record_has(row, i))
            continue;
        if (!hr_area_within(area, r->peer.area))
            return false;
        if (row->form == &hr_form_resident && hr_area_tier(area) != HR_TIER_COMMITTEE)
            return false;
    }
    return true;
}

static bool may_be_sent(const receiving *r, const hr_form *form) {
    return form &&
           (hr_bundle_has_register(form) || (r->comment.level == HR_LEVEL_PERSONS &&
                                             (form->about == HR_ABOUT_RESIDENT || form->about == HR_ABOUT_CARE ||
                                              form->about == HR_ABOUT_UNITY || form->about == HR_ABOUT_CALL)));
}

/* Here the sender is the author of what he sends. A name may be longer than an author's; it is cut between characters.
 */
static void cut_name(const char *name, char out[HR_AUTHOR_SIZE]) {
    size_t size = strlen(name), bad = 0;
    if (size > HR_AUTHOR_SIZE - 1)
        size = HR_AUTHOR_SIZE - 1;
    if (!hr_text_utf8_valid(name, size, &bad))
        size = bad;
    memcpy(out, name, size);
    out[size] = '\0';
}

static hr_status read_row(receiving *r, const char *const *cells) {
    hr_foreign *e = &r->entry;
    char name[HR_NAME_SIZE], *said_end, *effective_end;
    e->form = hr_form_named(cells[EN_KIND]);
    if (!may_be_sent(r, e->form) || strcmp(e->form->kind, cells[EN_KIND]) != 0)
        return HR_INVALID;
    snprintf(name, sizeof name, "%s:%s", cells[EN_WRITER], cells[EN_NUMBER]);
    if (!hr_origin_parse(name, &e->origin))
        return HR_INVALID;
    e->origin.said = strtoll(cells[EN_SAID], &said_end, 10);
    e->effective = (hr_date)strtol(cells[EN_EFFECTIVE], &effective_end, 10);
    cut_name(r->peer.name, e->origin.author);
    if (*said_end || *effective_end || e->origin.said <= 0 || !hr_date_valid(e->effective))
        return HR_INVALID;
    return hr_record_from_json(r->store->text, &r->store->err, &e->row, e->form, cells[EN_FIELDS],
                               strlen(cells[EN_FIELDS]));
}

/* Whoever could name another station's next entries would keep the bureau from ever hearing of them. A store writes
 * under its own id first; which ids it takes as a copy nobody outside knows. A greater station's may have been merged.
 */
static hr_status check_writer(receiving *r, uint64_t line) {
    const unsigned char *writer = r->entry.origin.writer;
    hr_party other;
    if (r->peer.bureau || memcmp(writer, r->peer.store_id, HR_STORE_ID_SIZE) == 0 ||
        memcmp(writer, r->writer, HR_STORE_ID_SIZE) == 0)
        return HR_OK;
    hr_err saved = r->store->err;
    hr_status status = hr_peer_find(r->store, writer, &other);
    if (status == HR_OK && !hr_area_within(other.area, r->peer.area))
        return hr_fail(&r->store->err, HR_DAMAGED,
                       HR_TR(&r->store->err, "%s, line %" PRIu64 ": says something in the name of another station",
                             "%s 第 %" PRIu64 " 行：以其他站的名义书写"),
                       hr_bundle_names[2], line);
    if (status != HR_OK && status != HR_NOT_FOUND)
        return status;
    r->store->err = saved;
    memcpy(r->writer, writer, HR_STORE_ID_SIZE);
    return HR_OK;
}

/* An institution of the same code that lies elsewhere is another's: what this station says of its own does not change
 * that one's row. */
static hr_status is_anothers(receiving *r, bool *out) {
    const hr_record *row = &r->entry.row;
    hr_record key, known;
    *out = false;
    if (row->form != &hr_form_institution && row->form != &hr_form_grade)
        return HR_OK;
    hr_record_clear(&key, &hr_form_institution);
    hr_status status =
        hr_record_set_text(&key, &r->store->err, I_CODE,
                           hr_record_text(row, row->form == &hr_form_grade ? (int)G_INSTITUTION : (int)I_CODE));
    if (status == HR_OK)
        status = hr_register_get(r->store, &key, &known);
    *out = status == HR_OK && hr_record_has(&known, I_AREA) &&
           !hr_area_within(hr_record_number(&known, I_AREA), r->peer.area);
    return status;
}

static hr_status see_entry(void *context, uint64_t line, const char *const *cells) {
    receiving *r = context;
    bool registers = false, whole = true, others = false;
    int64_t here = 0;
    r->found.total[2].rows++;
    hr_status status = read_row(r, cells);
    if (status == HR_OK)
        status = check_writer(r, line);
    if (status == HR_OK)
        status = hr_origin_find(r->store, &r->entry.origin, &here);
    if (status == HR_OK && here) /* it came through another bureau */
        return HR_OK;
    if (status == HR_OK)
        status = find_subject(r, cells[EN_SUBJECT], &registers, &whole);
    if (status == HR_OK)
        status = find_references(r, cells, &whole);
    if (status == HR_OK && !areas_fit(r))
        return hr_fail(&r->store->err, HR_DAMAGED,
                       HR_TR(&r->store->err, "%s, line %" PRIu64 ": names an area outside the station's own",
                             "%s 第 %" PRIu64 " 行：区划超出该站范围"),
                       hr_bundle_names[2], line);
    if (status == HR_INVALID)
        return fail_content(r, hr_bundle_names[2], line);
    status = status == HR_OK ? is_anothers(r, &others) : status;
    if (status == HR_OK && whole && !others)
        status = hr_adopt(r->adoption, &r->entry, &here);
    r->result.entries += here != 0;
    r->result.left_out += here == 0;
    return status;
}

/* ---- figures.csv ---- */

static hr_status see_figure(void *context, uint64_t line, const char *const *cells) {
    receiving *r = context;
    hr_record row;
    hr_err *err = &r->store->err;
    char *end;
    r->found.total[3].rows++;
    hr_record_clear(&row, &hr_form_figures);
    hr_record_set_number(&row, FG_AREA, strtoll(cells[FI_AREA], &end, 10));
    bool good = r->figures && *end == '\0' && *cells[FI_AREA];
    hr_record_set_number(&row, FG_DECADE, strtoll(cells[FI_DECADE], &end, 10));
    good = good && *end == '\0' && *cells[FI_DECADE];
    hr_status status = good ? hr_record_set_text(&row, err, FG_TALLY, cells[FI_TALLY]) : HR_INVALID;
    if (status == HR_OK)
        status = hr_record_set_text(&row, err, FG_CHANGES, cells[FI_CHANGES]);
    if (status == HR_OK)
        status = hr_figures_put(r->figures, &row);
    return status == HR_INVALID ? fail_content(r, hr_bundle_names[3], line) : status;
}

/* What was said of areas counts from here on, so that figures find them. A station that sends persons reports no
 * figures. */
static hr_status begin_figures(receiving *r) {
    char station[HR_STORE_ID_TEXT_SIZE];
    uint64_t changed;
    hr_adopted did = {.entries = 0};
    hr_status status = hr_adoption_end(r->adoption, NULL, NULL, &did);
    r->result.added = did.added;
    r->result.changed = did.changed;
    hr_hex(r->comment.from, HR_STORE_ID_SIZE, station);
    if (status != HR_OK)
        return status;
    return r->comment.level == HR_LEVEL_PERSONS
               ? hr_figures_clear(r->store, station, &changed)
               : hr_figures_begin(r->store, station, r->comment.seq, r->peer.area, r->comment.until, &r->figures);
}

static hr_status end_figures(receiving *r) {
    uint64_t changed = 0;
    hr_status status = r->figures ? hr_figures_end(r->figures, &changed) : HR_OK;
    r->result.entries += changed;
    return status;
}

/* ---- the whole bundle ---- */

static const struct {
    const char *const *columns;
    size_t count;
    hr_sheet_fn each;
} tables[HR_BUNDLE_FILES] = {{hr_bundle_log, LG_COUNT, see_hash},
                             {hr_bundle_tokens, TK_COUNT, see_token},
                             {hr_bundle_entries, EN_COUNT, see_entry},
                             {hr_bundle_figures, FI_COUNT, see_figure}};

static hr_status need_next(receiving *r, hr_archive_reader *archive, const char *name) {
    const char *found = NULL;
    hr_status status = hr_archive_next(archive, &found);
    if (status == HR_END || (status == HR_OK && strcmp(found, name) != 0))
        return hr_fail(&r->store->err, HR_DAMAGED,
                       HR_TR(&r->store->err,
                             "%s is not where it should be in the bundle; the sender's program is faulty",
                             "包内文件 %s 缺失或次序不对；对方程序有误"),
                       name);
    return status;
}

static hr_status read_table(receiving *r, hr_archive_reader *archive, int number) {
    hashing h = {r, archive};
    unsigned char hash[HR_HASH_SIZE];
    hr_status status = need_next(r, archive, hr_bundle_names[number]);
    hr_hash_init(&r->content, NULL, 0);
    if (status == HR_OK)
        status = hr_sheet_read(&r->store->err, hr_bundle_names[number], from_archive, &h, tables[number].columns,
                               tables[number].count, tables[number].each, r);
    hr_hash_final(&r->content, hash);
    hr_hex(hash, sizeof hash, r->found.total[number].hash);
    if (status == HR_OK && number == 1 && r->token_count)
        qsort(r->tokens, r->token_count, sizeof *r->tokens, by_name);
    return status;
}

enum { MANIFEST_MAX = 1 << 16 };

static hr_status read_manifest(receiving *r, hr_archive_reader *archive) {
    char *text = malloc(MANIFEST_MAX);
    size_t size = 0, got = 1;
    hr_status status = text ? need_next(r, archive, "manifest.json") : hr_fail_memory(&r->store->err);
    while (status == HR_OK && got && size < MANIFEST_MAX) {
        status = hr_archive_read(archive, text + size, MANIFEST_MAX - size, &got);
        size += status == HR_OK ? got : 0;
    }
    if (status == HR_OK)
        status = hr_manifest_read(&r->store->err, text, size, &r->manifest);
    free(text);
    return status;
}

static hr_status check_totals(receiving *r) {
    const hr_manifest *m = &r->manifest;
    char said[HR_MINISIGN_COMMENT_SIZE];
    hr_bundle_comment_write(&m->comment, said);
    if (strcmp(said, r->signature.comment) != 0)
        return REFUSE(r, "its manifest is of another bundle than its signature", "包内清单与签名说明的不是同一个包");
    for (int i = 0; i < HR_BUNDLE_FILES; i++)
        if (m->total[i].rows != r->found.total[i].rows || strcmp(m->total[i].hash, r->found.total[i].hash) != 0)
            return hr_fail(&r->store->err, HR_DAMAGED,
                           HR_TR(&r->store->err,
                                 "the control totals of %s do not agree: the manifest says %" PRIu64
                                 " rows, there are %" PRIu64 ", or their content is another",
                                 "%s 的控制总数不符：清单为 %" PRIu64 " 行，实有 %" PRIu64 " 行，或内容不同"),
                           hr_bundle_names[i], m->total[i].rows, r->found.total[i].rows);
    return HR_OK;
}

/* The log goes on from where it was when the last bundle was sent. */
static hr_status check_log(receiving *r) {
    const hr_manifest *m = &r->manifest;
    bool empty = m->from_entry == 0;
    bool fits = r->found.total[0].rows > 0 && r->last_entry == m->to_entry && strcmp(r->last_hash, m->to_hash) == 0 &&
                (empty ? r->found.from_entry == 1
                       : r->found.from_entry == m->from_entry && strcmp(r->first_hash, m->from_hash) == 0);
    if (!fits)
        return REFUSE(r, "its list of the log's hashes is not the one that its manifest tells of",
                      "包内记录链哈希与清单不符");
    if (hr_record_has(&r->before, BU_ENTRY) && !r->head_seen)
        return REFUSE(r,
                      "the station's log contradicts the one of the bundle before: entries that were reported were "
                      "rewritten or taken away since; have the station's store verified",
                      "该站的记录链与上一包矛盾：已上报的记录被改写或删去；请核验该站的库");
    return HR_OK;
}

static hr_status read_bundle(receiving *r, hr_archive_reader *archive) {
    const char *name;
    unsigned char digest[HR_MINISIGN_DIGEST_SIZE];
    hr_status status = need_next(r, archive, "readme.txt");
    for (int i = 0; i < HR_BUNDLE_FILES && status == HR_OK; i++) {
        if (i == 3)
            status = begin_figures(r);
        if (status == HR_OK)
            status = read_table(r, archive, i);
    }
    if (status == HR_OK)
        status = end_figures(r);
    if (status == HR_OK)
        status = read_manifest(r, archive);
    if (status == HR_OK && (status = hr_archive_next(archive, &name)) == HR_OK)
        status = REFUSE(r, "there are more files in it than a bundle has", "包内有多余的文件");
    if (status == HR_END)
        status = HR_OK;
    hr_minisign_digest(&r->read, digest);
    if (status == HR_OK && memcmp(digest, r->digest, sizeof digest) != 0)
        status =
            REFUSE(r, "the file was changed while it was read; receive it again", "文件在读取过程中被改动；请重新接收");
    if (status == HR_OK)
        status = check_totals(r);
    return status == HR_OK ? check_log(r) : status;
}

static hr_status decrypt(receiving *r) {
    hr_age_reader *age = NULL;
    hr_archive_reader *archive = NULL;
    uint64_t most = r->size < UINT64_C(1) << 40 ? 256 * r->size + (UINT64_C(1) << 26) : UINT64_MAX;
    hr_status status = lseek(r->file, 0, SEEK_SET) == 0
                           ? HR_OK
                           : hr_fail_errno(&r->store->err, errno, HR_TR(&r->store->err, "read the file", "读取文件"));
    hr_minisign_begin(&r->read);
    if (status == HR_OK)
        status = hr_age_reader_new(&r->store->err, r->identity->age, from_file, r, &age);
    if (status == HR_DENIED)
        status = REFUSE(r,
                        "it is encrypted to keys that this store does not have, or no longer has; give the sender this "
                        "store's public file",
                        "加密所用的公钥不是本库现有的；请将本库的公开文件交给对方");
    if (status == HR_OK)
        status = hr_archive_reader_new(&r->store->err, from_age, age, most, &archive);
    if (status == HR_OK)
        status = read_bundle(r, archive);
    hr_archive_reader_free(archive);
    hr_age_reader_free(age);
    if (status == HR_INVALID) { /* what it is to the archive or a table, it is not to who asked for a bundle */
        hr_err why = r->store->err;
        status = hr_fail(&r->store->err, HR_DAMAGED, "%s", why.text);
    }
    return status;
}

/* ---- what it means here ---- */

/* Entries of other writers than the sender's: he did not know them. */
static hr_status is_unknown(void *context, const hr_life_entry *entry, bool *out) {
    receiving *r = context;
    *out = strcmp(entry->author, r->entry.origin.author) != 0;
    return HR_OK;
}

/* Two who turn out to have one token are one; whoever was known first remains. */
static hr_status unite(receiving *r, int64_t id) {
    hr_resident known;
    hr_record row;
    hr_remark remark = {.forced = true};
    hr_change change;
    int64_t other = 0, root = id, seq;
    sqlite3_stmt *find = hr_db_statement(r->store, "SELECT min(resident) FROM chart.person\n"
                                                   "WHERE print = ?1 AND resident <> ?2\n"
                                                   "    AND resident NOT IN (SELECT absorbed FROM chart.unified)");
    hr_status status = find ? hr_life_root(r->store, id, &root) : r->store->err.status;
    if (status != HR_OK || root != id)
        return status;
    status = hr_resident_load(r->store, id, &known, NULL);
    if (status != HR_OK)
        return status;
    sqlite3_bind_int64(find, 1, hr_resident_person(&known.now));
    sqlite3_bind_int64(find, 2, id);
    hr_resident_release(&known);
    status = hr_db_row(r->store, find);
    if (status == HR_OK)
        other = sqlite3_column_int64(find, 0);
    sqlite3_reset(find);
    if (status != HR_OK || other == 0)
        return status;
    hr_record_clear(&row, &hr_form_unify);
    hr_record_set_number(&row, U_ABSORBED, other > id ? other : id);
    return hr_ledger_entry(r->store, other > id ? id : other, &row, &remark, &seq, &change);
}

/* Another key gives everybody another token; the erased keep theirs. */
static hr_status rename_resident(receiving *r, const token *t) {
    hr_origin name = {.wseq = t->wseq};
    hr_resident known;
    hr_record row;
    hr_change change;
    int64_t entry = 0, id = 0, seq;
    memcpy(name.writer, t->writer, sizeof name.writer);
    hr_status status = *t->text ? hr_origin_find(r->store, &name, &entry) : HR_OK;
    if (status == HR_OK && entry)
        status = hr_db_number(r->store, "SELECT subject FROM chart.entry WHERE seq = ?1", entry, &id);
    if (status != HR_OK || id <= 0)
        return status;
    status = hr_resident_load(r->store, id, &known, NULL);
    bool same = status == HR_OK && strcmp(hr_record_text(&known.now, R_NAME), t->text) == 0;
    if (status == HR_OK)
        hr_resident_release(&known);
    if (status != HR_OK || same)
        return status;
    hr_record_clear(&row, &hr_form_resident);
    status = hr_record_set_text(&row, &r->store->err, R_NAME, t->text);
    if (status == HR_OK)
        status = hr_ledger_entry(r->store, id, &row, NULL, &seq, &change);
    return status == HR_OK ? unite(r, id) : status;
}

static hr_status finish(receiving *r) {
    hr_status status = HR_OK;
    for (size_t i = 0; i < r->token_count && status == HR_OK; i++)
        status = rename_resident(r, &r->tokens[i]);
    for (size_t i = 0; i < hr_adoption_count(r->adoption) && status == HR_OK; i++) {
        bool fresh;
        int64_t id = hr_adoption_at(r->adoption, i, &fresh), root = id;
        status = unite(r, id);
        if (status == HR_OK)
            status = hr_life_root(r->store, id, &root);
        if (status == HR_OK && root == id)
            status = hr_conflicts_note_corrected(r->store, id, r->known, is_unknown, r);
    }
    return status == HR_OK ? hr_conflicts_count(r->store, r->known, &r->result.conflicts) : status;
}

static hr_status note_received(receiving *r) {
    hr_err *err = &r->store->err;
    const hr_manifest *m = &r->manifest;
    hr_record row, before;
    hr_change change;
    char id[HR_STORE_ID_TEXT_SIZE];
    hr_record_clear(&row, &hr_form_bundle_received);
    hr_record_set_number(&row, BU_SEQ, r->comment.seq);
    hr_record_set_number(&row, BU_ENTRY, m->to_entry);
    hr_record_set_number(&row, BU_LEVEL, r->comment.level);
    hr_record_set_number(&row, BU_UNTIL, r->comment.until);
    if (m->year)
        hr_record_set_number(&row, BU_YEAR, m->year);
    hr_status status = hr_record_set_text(&row, err, BU_STORE, hr_hex(r->comment.from, HR_STORE_ID_SIZE, id));
    if (status == HR_OK)
        status = hr_record_set_text(&row, err, BU_HASH, r->hash);
    if (status == HR_OK)
        status = hr_record_set_text(&row, err, BU_HEAD, m->to_hash);
    return status == HR_OK ? hr_register_put(r->store, &row, r->store->today, &before, &change) : status;
}

static hr_status need_free(receiving *r, const char *path) {
    if (access(path, F_OK) != 0)
        return HR_OK;
    return hr_fail(&r->store->err, HR_EXISTS,
                   HR_TR(&r->store->err, "%s exists already; move it away, or name another file for the receipt",
                         "%s 已存在；请移走，或为回执另指定文件"),
                   path);
}

static hr_status take_in(receiving *r, const char *receipt) {
    hr_status status = check_area(r);
    if (status == HR_OK)
        status = check_number(r);
    if (status == HR_OK)
        status = need_free(r, receipt);
    if (status == HR_OK)
        status = hr_adoption_new(r->store, &r->adoption);
    r->known = r->store->head.seq;
    if (status == HR_OK)
        status = decrypt(r);
    if (status == HR_OK)
        status = finish(r);
    return status == HR_OK ? note_received(r) : status;
}

/* ---- receipts ---- */

static hr_status write_receipt(receiving *r, const char *path) {
    hr_bundle_comment c = {.kind = HR_PACKET_RECEIPT, .seq = r->comment.seq};
    char comment[HR_MINISIGN_COMMENT_SIZE], text[HR_MINISIGN_SIZE], hash[2 * HR_HASH_SIZE + 1];
    char *partial = NULL;
    hr_err *err = &r->store->err;
    memcpy(c.from, r->own.store_id, HR_STORE_ID_SIZE);
    memcpy(c.to, r->comment.from, HR_STORE_ID_SIZE);
    hr_utc_format(hr_now_ms(), c.received);
    snprintf(c.log, sizeof c.log, "%" PRId64 ".%s", r->store->head.seq,
             hr_hex(r->store->head.hash, HR_HASH_SIZE, hash));
    hr_bundle_comment_write(&c, comment);
    hr_status status = hr_minisign_sign_digest(err, r->identity->sign, r->digest, comment, text);
    if (status == HR_OK)
        status = hr_partial_write(err, path, 0644, HR_TR(err, "write the receipt", "写入回执"), text, strlen(text),
                                  &partial);
    if (status == HR_OK)
        status = hr_folder_publish(err, partial, path);
    if (status != HR_OK && partial)
        unlink(partial);
    free(partial);
    return status;
}

/* The receipt of a bundle that was received before. */
static hr_status receipt_again(receiving *r, const char *receipt) {
    hr_record row;
    hr_status status = hr_bundle_row(r->store, &hr_form_bundle_received, r->comment.from, r->comment.seq, &row);
    if (status == HR_OK && strcmp(hr_record_text(&row, BU_HASH), r->hash) != 0)
        return hr_fail(&r->store->err, HR_NOT_FOUND, "%s",
                       HR_TR(&r->store->err, "this bundle was not received; receive it without --receipt-again",
                             "尚未接收该包；请去掉 --receipt-again 后接收"));
    if (status == HR_OK)
        status = need_free(r, receipt);
    return status == HR_OK ? write_receipt(r, receipt) : status;
}

static hr_status receive_bundle(receiving *r, const char *receipt) {
    char date[HR_DATE_SIZE];
    hr_status status = hr_chart_begin(r->store);
    if (status != HR_OK)
        return status;
    status = check_sides(r);
    hr_read_end(r->store);
    if (status == HR_OK && r->options->receipt_again)
        return receipt_again(r, receipt);
    if (status == HR_OK)
        status = hr_enter(r->store);
    if (status == HR_OK)
        status = hr_leave(r->store, take_in(r, receipt));
    snprintf(r->result.level, sizeof r->result.level, "%s", hr_level_name(r->comment.level));
    snprintf(r->result.until, sizeof r->result.until, "%s", hr_date_format(r->comment.until, date));
    r->result.seq = r->comment.seq;
    if (status == HR_OK && (status = write_receipt(r, receipt)) != HR_OK)
        return hr_fail(
            &r->store->err, status, "%s",
            HR_TR(&r->store->err,
                  "the bundle is received, but its receipt could not be written; receive --receipt-again writes it",
                  "上报包已接收，但回执未能写入；请用 receive --receipt-again 重写"));
    return status;
}

/* The bureau's word that a bundle arrived. */
static hr_status take_receipt(receiving *r) {
    hr_record row, before;
    hr_change change;
    hr_status status = hr_bundle_row(r->store, &hr_form_bundle_sent, r->comment.from, r->comment.seq, &row);
    bool sent = status == HR_OK && hr_record_has(&row, BU_HASH);
    const char *hashes[2] = {hr_record_text(&row, BU_HASH), hr_record_text(&row, BU_OTHERS)};
    bool fits = false;
    for (int i = 0; sent && i < 2; i++)
        for (const char *at = hashes[i]; *at && !fits;) {
            size_t length = strcspn(at, ",");
            char hash[HR_BUNDLE_HASH_TEXT];
            snprintf(hash, sizeof hash, "%.*s", (int)length, at);
            fits = hr_hex_parse(hash, r->digest, sizeof r->digest) &&
                   hr_minisign_check_digest(&r->peer.sign, r->digest, &r->signature);
            at += length + (at[length] == ',');
        }
    if (status == HR_OK && !fits)
        return REFUSE(r, "the receipt is of no bundle that was sent from here, or was altered",
                      "该回执不对应本库上报过的包，或已被改动");
    if (status == HR_OK)
        status = hr_record_set_text(&row, &r->store->err, BU_RECEIVED, r->comment.received);
    if (status == HR_OK)
        status = hr_record_set_text(&row, &r->store->err, BU_LOG, r->comment.log);
    return status == HR_OK ? hr_register_put(r->store, &row, r->store->today, &before, &change) : status;
}

static hr_status receive_receipt(receiving *r) {
    hr_status status = hr_enter(r->store);
    if (status != HR_OK)
        return status;
    status = hr_peer_by_key(r->store, r->signature.key_id, &r->peer);
    if (status == HR_NOT_FOUND)
        status =
            REFUSE(r, "the receipt is signed by a bureau that is not known here", "回执的签名者不是本库已确认的单位");
    if (status == HR_OK && (memcmp(r->comment.from, r->peer.store_id, HR_STORE_ID_SIZE) != 0 ||
                            memcmp(r->comment.to, r->own.store_id, HR_STORE_ID_SIZE) != 0))
        status = REFUSE(r, "the receipt is for another station", "这是给其他站的回执");
    if (status == HR_OK)
        status = take_receipt(r);
    snprintf(r->result.from_name, sizeof r->result.from_name, "%s", r->peer.name);
    r->result.seq = r->comment.seq;
    return hr_leave(r->store, status);
}

/* ---- any of them ---- */

/* A receipt is a signature by itself; of the others it lies beside the file. */
static hr_status look(receiving *r, const char *file, const char *signature, bool *alone) {
    char start[24] = "";
    size_t got = 0;
    hr_status status = open_file(r, file);
    *alone = false;
    if (status == HR_OK && r->size < HR_MINISIGN_SIZE)
        status = read_some(r, start, sizeof start - 1, &got);
    *alone = strncmp(start, "untrusted comment:", 18) == 0;
    if (status == HR_OK && lseek(r->file, 0, SEEK_SET) != 0)
        status = hr_fail_errno(&r->store->err, errno, HR_TR(&r->store->err, "read the file", "读取文件"));
    r->done = 0;
    if (status == HR_OK)
        status = read_signature(r, *alone ? file : signature);
    return status;
}

static hr_status load_own(receiving *r) {
    hr_status status = hr_chart_begin(r->store);
    if (status != HR_OK)
        return status;
    status = hr_identity_find(r->store, &r->identity);
    if (status == HR_OK && r->identity)
        hr_public_of(r->store, r->identity, &r->own);
    hr_read_end(r->store);
    if (status == HR_OK && !r->identity)
        status = REFUSE(r,
                        "this store has no keys of its own yet, so nothing can be for it; give its public file to the "
                        "sender (public)",
                        "本库尚无自己的密钥，不可能有发给它的文件；请先用 public 生成公开文件交给对方");
    return status;
}

static hr_status receive_linkage(receiving *r, const char *file) {
    hr_change change;
    hr_status status = hr_linkage_receive(r->store, file, &change);
    if (status == HR_OK)
        status = hr_chart_begin(r->store);
    if (status != HR_OK)
        return status;
    status = hr_peer_by_key(r->store, r->signature.key_id, &r->peer);
    hr_read_end(r->store);
    snprintf(r->result.from_name, sizeof r->result.from_name, "%s", r->peer.name);
    return status;
}

static hr_status receive(receiving *r, const char *file, const char *signature, const char *receipt) {
    bool alone;
    static const char *const kinds[] = {"bundle", "receipt", "linkage"};
    hr_status status = look(r, file, signature, &alone);
    if (status == HR_OK && alone != (r->comment.kind == HR_PACKET_RECEIPT))
        status = hr_fail(&r->store->err, HR_INVALID, "%s",
                         HR_TR(&r->store->err, "this is a signature alone; name the file that it belongs to",
                               "这只是签名文件；请给出它所属的文件"));
    if (status == HR_OK)
        status = load_own(r);
    if (status != HR_OK)
        return status;
    snprintf(r->result.kind, sizeof r->result.kind, "%s", kinds[r->comment.kind]);
    if (r->comment.kind == HR_PACKET_LINKAGE)
        return receive_linkage(r, file);
    if (r->comment.kind == HR_PACKET_RECEIPT)
        return receive_receipt(r);
    status = hash_file(r);
    return status == HR_OK ? receive_bundle(r, receipt) : status;
}

static void give_up(receiving *r) {
    if (r->file >= 0)
        close(r->file);
    free(r->tokens);
    hr_adoption_free(r->adoption);
    hr_figures_free(r->figures);
    hr_secret_free(r->identity);
    free(r);
}

hr_status hr_receive(hr_store *store, const char *file, const hr_receive_options *options, hr_receive_result *result) {
    hr_receive_options o;
    hr_receive_options_init(&o);
    if (!store || !file || (options && !hr_options_take(&o, sizeof o, options)))
        return hr_fail_argument(store);
    hr_status status = hr_need_idle(store);
    if (status == HR_OK)
        status = hr_need_writer(store);
    if (status != HR_OK)
        return status;
    receiving *r = calloc(1, sizeof *r);
    char *signature = hr_beside(file, ".minisig"),
         *receipt = hr_beside(o.receipt ? o.receipt : file, o.receipt ? "" : ".receipt");
    if (!r || !signature || !receipt) {
        status = hr_fail_memory(&store->err);
        free(r);
        goto out;
    }
    r->store = store;
    r->options = &o;
    r->file = -1;
    hr_receive_result_init(&r->result);
    status = receive(r, file, signature, receipt);
    if (status == HR_OK && result && !hr_result_give(result, &r->result, sizeof r->result))
        status = hr_fail_argument(store);
    give_up(r);
out:
    free(signature);
    free(receipt);
    return status;
}
