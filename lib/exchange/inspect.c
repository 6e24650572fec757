/* Looking at bundles: what went and came, and what a file says to anybody. */
#include "base/cursor.h"
#include "base/hex.h"
#include "exchange/bundle.h"
#include "exchange/peers.h"
#include "record/snapshot.h"
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what went and came ---- */

enum { BL_DIRECTION, BL_STORE, BL_NAME, BL_SEQ, BL_LEVEL, BL_UNTIL, BL_ENTRY, BL_RECEIVED, BL_COUNT };
static const hr_column bundle_columns[BL_COUNT] = {
    [BL_DIRECTION] = {"direction", "direction", "方向"},
    [BL_STORE] = {"store", "store", "对方库编号"},
    [BL_NAME] = {"store_name", "store name", "对方名称"},
    [BL_SEQ] = {"seq", "number", "包号"},
    [BL_LEVEL] = {"level", "level", "级别"},
    [BL_UNTIL] = {"until", "until", "截止日期"},
    [BL_ENTRY] = {"entry", "log up to entry", "截至记录号"},
    [BL_RECEIVED] = {"received", "received", "接收时间"},
};

typedef struct bundle_row {
    bool sent;
    char store[HR_STORE_ID_TEXT_SIZE], name[256], received[32];
    int64_t seq, entry;
    int level;
    hr_date until;
} bundle_row;

typedef struct bundle_list {
    hr_store *store;
    bundle_row *at;
    size_t count, next;
} bundle_list;

static void release_list(void *context) {
    bundle_list *l = context;
    free(l->at);
    free(l);
}

static hr_status see_bundle(void *context, const hr_record *row) {
    bundle_list *l = context;
    bundle_row *grown = realloc(l->at, (l->count + 1) * sizeof *grown);
    unsigned char id[HR_STORE_ID_SIZE];
    hr_party peer;
    if (!grown)
        return hr_fail_memory(&l->store->err);
    l->at = grown;
    bundle_row *b = &grown[l->count++];
    *b = (bundle_row){.sent = row->form == &hr_form_bundle_sent,
                      .seq = hr_record_number(row, BU_SEQ),
                      .entry = hr_record_number(row, BU_ENTRY),
                      .level = (int)hr_record_number(row, BU_LEVEL),
                      .until = hr_record_date(row, BU_UNTIL)};
    snprintf(b->store, sizeof b->store, "%s", hr_record_text(row, BU_STORE));
    snprintf(b->received, sizeof b->received, "%s", hr_record_text(row, BU_RECEIVED));
    if (!hr_hex_parse(b->store, id, sizeof id))
        return HR_OK;
    hr_status status = hr_peer_find(l->store, id, &peer);
    if (status == HR_OK)
        snprintf(b->name, sizeof b->name, "%s", peer.name);
    return status == HR_NOT_FOUND ? HR_OK : status;
}

static int by_store(const void *a, const void *b) {
    const bundle_row *x = a, *y = b;
    int stores = strcmp(x->store, y->store);
    return x->sent != y->sent ? y->sent - x->sent : stores ? stores : (x->seq > y->seq) - (x->seq < y->seq);
}

static hr_status next_bundle(hr_cursor *c) {
    bundle_list *l = c->context;
    if (l->next == l->count)
        return HR_END;
    const bundle_row *b = &l->at[l->next++];
    hr_cell_text(c, BL_DIRECTION, b->sent ? "sent" : "received");
    hr_cell_text(c, BL_STORE, b->store);
    hr_cell_text(c, BL_NAME, b->name);
    hr_cell_integer(c, BL_SEQ, b->seq);
    hr_cell_text(c, BL_LEVEL, hr_level_name(b->level));
    hr_cell_date(c, BL_UNTIL, b->until);
    hr_cell_integer(c, BL_ENTRY, b->entry);
    hr_cell_text(c, BL_RECEIVED, b->received);
    return HR_OK;
}

hr_status hr_bundles(hr_store *store, hr_cursor **out) {
    if (!store || !out)
        return hr_fail_argument(store);
    *out = NULL;
    hr_status status = hr_chart_begin(store);
    if (status != HR_OK)
        return status;
    hr_err_clear(&store->err);
    bundle_list *l = calloc(1, sizeof *l);
    status = l ? HR_OK : hr_fail_memory(&store->err);
    if (l)
        l->store = store;
    if (status == HR_OK)
        status = hr_register_walk(store, &hr_form_bundle_sent, see_bundle, l);
    if (status == HR_OK)
        status = hr_register_walk(store, &hr_form_bundle_received, see_bundle, l);
    if (status == HR_OK && l->count)
        qsort(l->at, l->count, sizeof *l->at, by_store);
    hr_read_end(store);
    return hr_cursor_give(status, &store->err, bundle_columns, BL_COUNT, l, release_list, next_bundle, out);
}

/* ---- what a file says to anybody ---- */

enum { S_ITEM, S_LABEL, S_VALUE, S_COUNT };
static const hr_column columns[S_COUNT] = {
    [S_ITEM] = {"item", "item", "项目"},
    [S_LABEL] = {"label", "what it is", "说明"},
    [S_VALUE] = {"value", "value", "内容"},
};

enum { LINES_MAX = 24 };
typedef struct looking {
    hr_store *store;
    struct {
        char item[24], label[64], value[640];
    } line[LINES_MAX];
    int count, next;
} looking;

static void say(looking *l, const char *item, const char *en, const char *zh, const char *value) {
    if (l->count == LINES_MAX)
        return;
    snprintf(l->line[l->count].item, sizeof l->line[0].item, "%s", item);
    snprintf(l->line[l->count].label, sizeof l->line[0].label, "%s", HR_TR(&l->store->err, en, zh));
    snprintf(l->line[l->count++].value, sizeof l->line[0].value, "%s", value);
}

static void say_number(looking *l, const char *item, const char *en, const char *zh, uint64_t value) {
    char text[24];
    snprintf(text, sizeof text, "%" PRIu64, value);
    say(l, item, en, zh, text);
}

static void say_public(looking *l, const hr_public_info *info) {
    say(l, "kind", "what it is", "类别", "public file");
    say(l, "owner", "whose it is", "所属", info->bureau ? "bureau" : "station");
    say(l, "name", "name", "名称", info->name);
    say(l, "area", "area", "区划代码", info->area);
    say(l, "store", "its store", "库编号", info->id);
    say(l, "fingerprint", "compare it by telephone", "请电话核对指纹", info->fingerprint);
}

static void say_previous(looking *l, const hr_bundle_comment *c) {
    if (c->previous_count == 0)
        say(l, "previous", "hash of the bundle before", "上一包的哈希", "none");
    for (size_t i = 0; i < c->previous_count; i++)
        say(l, "previous", "hash of the bundle before", "上一包的哈希", c->previous[i]);
}

static void say_comment(looking *l, const hr_bundle_comment *c) {
    static const char *const kinds[] = {"bundle", "receipt", "linkage key"};
    char text[HR_STORE_ID_TEXT_SIZE], date[HR_DATE_SIZE];
    say(l, "kind", "what it is", "类别", kinds[c->kind]);
    say(l, "from", "from the store", "来自库", hr_hex(c->from, HR_STORE_ID_SIZE, text));
    say(l, "to", "for the store", "发往库", hr_hex(c->to, HR_STORE_ID_SIZE, text));
    if (c->kind == HR_PACKET_LINKAGE)
        return;
    say_number(l, "seq", "number of the bundle", "包号", (uint64_t)c->seq);
    if (c->kind == HR_PACKET_RECEIPT) {
        say(l, "received", "received at (UTC)", "接收时间（UTC）", c->received);
        say(l, "log", "head of the bureau's log then", "当时卫生局的记录链首", c->log);
        return;
    }
    say(l, "level", "what it holds", "内容级别", hr_level_name(c->level));
    say(l, "until", "until", "截止日期", hr_date_format(c->until, date));
    say_previous(l, c);
}

static hr_status say_signature(looking *l, const char *text, size_t size, bool *known) {
    hr_minisignature signature;
    hr_bundle_comment comment;
    hr_minisign_key key = {{0}, {0}};
    char id[17];
    hr_status status = hr_minisign_parse(&l->store->err, text, size, &signature);
    if (status != HR_OK)
        return status;
    memcpy(key.id, signature.key_id, sizeof key.id);
    *known = hr_bundle_comment_read(signature.comment, &comment);
    if (*known)
        say_comment(l, &comment);
    else
        say(l, "comment", "trusted comment", "可信注释", signature.comment);
    say(l, "key_id", "signed with key", "签名公钥编号", hr_hex(signature.key_id, sizeof signature.key_id, id));
    return HR_OK;
}

typedef struct reading {
    FILE *file;
    hr_minisign_hash hash;
    uint64_t size;
} reading;

static hr_status from_file(void *context, void *out, size_t size, size_t *got) {
    reading *r = context;
    *got = fread(out, 1, size, r->file);
    hr_minisign_update(&r->hash, out, *got);
    r->size += *got;
    return HR_OK;
}

/* The age file: for how many it is, how long, and the hash by which the next bundle names it. */
static hr_status say_age(looking *l, const char *file) {
    reading r = {.file = fopen(file, "rb")};
    unsigned x25519 = 0, others = 0;
    unsigned char digest[HR_MINISIGN_DIGEST_SIZE];
    char hash[HR_BUNDLE_HASH_TEXT];
    size_t got = 1;
    unsigned char buffer[4096];
    if (!r.file)
        return hr_fail_errno(&l->store->err, errno, HR_TR(&l->store->err, "open the file", "打开文件"));
    hr_minisign_begin(&r.hash);
    hr_status status = hr_age_look(&l->store->err, from_file, &r, &x25519, &others);
    while (status == HR_OK && got)
        status = from_file(&r, buffer, sizeof buffer, &got);
    fclose(r.file);
    if (status != HR_OK)
        return status;
    hr_minisign_digest(&r.hash, digest);
    say_number(l, "bytes", "length in bytes", "字节数", r.size);
    say(l, "hash", "BLAKE2b-512 of the file", "文件 BLAKE2b-512", hr_hex(digest, sizeof digest, hash));
    say_number(l, "recipients", "age: recipients with X25519 keys", "age：X25519 接收方数", x25519);
    if (others)
        say_number(l, "others", "age: recipients of other kinds", "age：其他类型接收方数", others);
    return HR_OK;
}

static bool begins(const char *text, const char *with) {
    return strncmp(text, with, strlen(with)) == 0;
}

static hr_status fail_unknown(looking *l) {
    return hr_fail(&l->store->err, HR_INVALID, "%s",
                   HR_TR(&l->store->err, "this is no bundle, receipt, linkage key or public file",
                         "这不是上报包、回执、关联密钥或公开文件"));
}

static hr_status look_small(looking *l, const char *text, size_t size) {
    hr_public_info info;
    bool known;
    hr_public_info_init(&info);
    if (begins(text, "untrusted comment:"))
        return say_signature(l, text, size, &known);
    hr_status status = hr_public_file_read(l->store, text, &info);
    if (status == HR_OK)
        say_public(l, &info);
    return status;
}

static hr_status look_age(looking *l, const char *file) {
    char *path = hr_beside(file, ".minisig"), *text = NULL;
    size_t size = 0;
    bool known;
    hr_status status =
        path ? hr_small_file(&l->store->err, path, HR_MINISIGN_SIZE, &text, &size) : hr_fail_memory(&l->store->err);
    if (status == HR_OK)
        status = say_signature(l, text, size, &known);
    else if (status == HR_NOT_FOUND) {
        hr_err_clear(&l->store->err);
        say(l, "signature", "no signature beside it", "旁边没有签名文件", path);
        status = HR_OK;
    }
    if (status == HR_OK)
        status = say_age(l, file);
    if (status == HR_OK)
        say(l, "content", "for its receiver's eyes", "仅接收方可解密", "encrypted");
    free(text);
    free(path);
    return status;
}

static hr_status look(looking *l, const char *file) {
    char *text = NULL, start[32] = "";
    size_t size = 0;
    hr_status status;
    FILE *f = fopen(file, "rb");
    if (!f)
        return hr_fail(&l->store->err, HR_NOT_FOUND, HR_TR(&l->store->err, "there is no file %s", "没有文件 %s"), file);
    size = fread(start, 1, sizeof start - 1, f);
    fclose(f);
    if (begins(start, "age-encryption.org/"))
        return look_age(l, file);
    if (!begins(start, "untrusted comment:") && !begins(start, "healthrec public file"))
        return fail_unknown(l);
    status = hr_small_file(&l->store->err, file, HR_MINISIGN_SIZE, &text, &size);
    if (status == HR_OK)
        status = look_small(l, text, size);
    free(text);
    return status;
}

static hr_status next_line(hr_cursor *c) {
    looking *l = c->context;
    if (l->next == l->count)
        return HR_END;
    hr_cell_text(c, S_ITEM, l->line[l->next].item);
    hr_cell_text(c, S_LABEL, l->line[l->next].label);
    hr_cell_text(c, S_VALUE, l->line[l->next++].value);
    return HR_OK;
}

hr_status hr_inspect(hr_store *store, const char *file, hr_cursor **out) {
    if (!store || !file || !out)
        return hr_fail_argument(store);
    *out = NULL;
    hr_err_clear(&store->err);
    looking *l = calloc(1, sizeof *l);
    hr_status status = l ? HR_OK : hr_fail_memory(&store->err);
    if (l) {
        l->store = store;
        status = look(l, file);
    }
    return hr_cursor_give(status, &store->err, columns, S_COUNT, l, free, next_line, out);
}
