/* Peers: an entry of the register "peer" for each public file that was pinned, renewed or removed. */
#include "exchange/peers.h"
#include "base/cursor.h"
#include "base/hex.h"
#include "indicator/ledger.h"
#include "record/operators.h"
#include "record/snapshot.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- rows ---- */

static bool is_removed(const hr_record *row) {
    return hr_record_number(row, PE_REMOVED) == HR_YES;
}

static bool read_row(const hr_record *row, hr_party *out) {
    *out =
        (hr_party){.bureau = hr_record_number(row, PE_KIND) == HR_PEER_BUREAU, .area = hr_record_number(row, PE_AREA)};
    snprintf(out->name, sizeof out->name, "%s", hr_record_text(row, PE_NAME));
    return hr_hex_parse(hr_record_text(row, PE_STORE), out->store_id, sizeof out->store_id) &&
           hr_age_recipient_parse(hr_record_text(row, PE_AGE), out->age) &&
           hr_minisign_key_parse(hr_record_text(row, PE_MINISIGN), &out->sign);
}

static hr_status write_row(hr_err *err, const hr_party *peer, hr_record *row) {
    char id[HR_STORE_ID_TEXT_SIZE], age[HR_AGE_RECIPIENT_SIZE], sign[HR_MINISIGN_KEY_SIZE], print[HR_FINGERPRINT_SIZE];
    const char *const texts[PE_COUNT] = {
        [PE_STORE] = id, [PE_NAME] = peer->name, [PE_AGE] = age, [PE_MINISIGN] = sign, [PE_FINGERPRINT] = print};
    hr_status status = HR_OK;
    hr_hex(peer->store_id, sizeof peer->store_id, id);
    hr_age_recipient_text(peer->age, age);
    hr_minisign_key_text(&peer->sign, sign);
    hr_public_fingerprint(peer, print);
    hr_record_clear(row, &hr_form_peer);
    hr_record_set_number(row, PE_KIND, peer->bureau ? HR_PEER_BUREAU : HR_PEER_STATION);
    hr_record_set_number(row, PE_AREA, peer->area);
    hr_record_set_number(row, PE_REMOVED, HR_NO);
    for (int i = 0; i < PE_COUNT && status == HR_OK; i++)
        if (texts[i])
            status = hr_record_set_text(row, err, i, texts[i]);
    return status;
}

/* ---- looking up ---- */

typedef struct wanted {
    const unsigned char *id, *key_id; /* one of them */
    hr_party *out;
    bool found;
} wanted;

static hr_status see_peer(void *context, const hr_record *row) {
    wanted *w = context;
    hr_party peer;
    if (w->found || is_removed(row) || !read_row(row, &peer))
        return HR_OK;
    w->found = w->id ? memcmp(peer.store_id, w->id, sizeof peer.store_id) == 0
                     : memcmp(peer.sign.id, w->key_id, sizeof peer.sign.id) == 0;
    if (w->found)
        *w->out = peer;
    return HR_OK;
}

static hr_status walk_peers(hr_store *store, hr_register_fn each, void *context) {
    hr_registers *registers = NULL;
    hr_status status = hr_registers_known(store, INT64_MAX, &registers);
    if (status == HR_OK)
        status = hr_registers_walk(store, registers, &hr_form_peer, each, context);
    hr_registers_free(registers);
    return status;
}

static hr_status find(hr_store *store, wanted *w) {
    hr_status status = walk_peers(store, see_peer, w);
    return status == HR_OK && !w->found ? HR_NOT_FOUND : status;
}

hr_status hr_peer_find(hr_store *store, const unsigned char id[HR_STORE_ID_SIZE], hr_party *out) {
    return find(store, &(wanted){.id = id, .out = out});
}

hr_status hr_peer_by_key(hr_store *store, const unsigned char key_id[8], hr_party *out) {
    return find(store, &(wanted){.key_id = key_id, .out = out});
}

hr_status hr_fail_no_peer(hr_store *store, const unsigned char id[HR_STORE_ID_SIZE]) {
    char text[HR_STORE_ID_TEXT_SIZE];
    return hr_fail(&store->err, HR_NOT_FOUND,
                   HR_TR(&store->err, "the store %s is no peer; peer list shows them, peer add takes its public file",
                         "库 %s 的公钥未经确认；可用 peer list 查看，用 peer add 加入其公开文件"),
                   hr_hex(id, HR_STORE_ID_SIZE, text));
}

hr_status hr_peer_parse_id(hr_err *err, const char *text, unsigned char out[HR_STORE_ID_SIZE]) {
    if (hr_hex_parse(text, out, HR_STORE_ID_SIZE))
        return HR_OK;
    return hr_fail(err, HR_INVALID, "%s",
                   HR_TR(err, "a store is named by 32 hexadecimal digits; peer list and its public file show them",
                         "库编号为 32 位十六进制数字；见 peer list 或其公开文件"));
}

bool hr_public_above(const hr_party *bureau, const hr_party *other) {
    return bureau->bureau && hr_area_within(other->area, bureau->area);
}

/* ---- pinning ---- */

/* Whether what was typed, or read out over the telephone, is the fingerprint. */
static bool same_fingerprint(const char *typed, const char *right) {
    for (; *typed; typed++) {
        char c = *typed >= 'A' && *typed <= 'F' ? (char)(*typed - 'A' + 'a') : *typed;
        if (c == ' ' || c == '-')
            continue;
        right += *right == '-';
        if (c != *right)
            return false;
        right++;
    }
    return *right == '\0';
}

static hr_status check_area(hr_store *store, const hr_party *peer) {
    hr_party own = {.bureau = store->bureau, .area = store->area};
    char theirs[HR_AREA_SIZE], ours[HR_AREA_SIZE];
    if (hr_public_above(&own, peer) || hr_public_above(peer, &own))
        return HR_OK;
    hr_area_format(peer->area, theirs);
    hr_area_format(store->area, ours);
    if (store->bureau)
        return hr_fail(&store->err, HR_INVALID,
                       HR_TR(&store->err,
                             "the public file is of area %s, outside this bureau's area %s; check that it "
                             "is the right file",
                             "公开文件所属区划 %s 不在本局区划 %s 之内；请核对文件"),
                       theirs, ours);
    return hr_fail(&store->err, HR_INVALID,
                   peer->bureau
                       ? HR_TR(&store->err,
                               "the public file is of a bureau for area %s, in which this store's area %s does not "
                               "lie; check that it is the right file",
                               "公开文件属于区划 %s 的卫生局，本库区划 %s 不在其内；请核对文件")
                       : HR_TR(&store->err,
                               "the public file is of a station (area %s), as this store is (area %s); a station "
                               "needs its bureau's",
                               "公开文件属于站点（区划 %s），本库（区划 %s）也是站点；站点需要的是卫生局的公开文件"),
                   theirs, ours);
}

/* `known` is the peer as it was, NULL: it was none. */
static hr_status check_fingerprint(hr_store *store, const hr_party *peer, const hr_party *known,
                                   const char *fingerprint) {
    hr_err *err = &store->err;
    char right[HR_FINGERPRINT_SIZE], old[HR_FINGERPRINT_SIZE] = "";
    hr_public_fingerprint(peer, right);
    if (known)
        hr_public_fingerprint(known, old);
    bool renewed = known && strcmp(old, right) != 0;
    if (fingerprint ? same_fingerprint(fingerprint, right) : known && !renewed)
        return HR_OK;
    if (renewed && (!fingerprint || same_fingerprint(fingerprint, old)))
        return hr_fail(err, HR_INVALID, "%s",
                       HR_TR(err,
                             "this store is a peer already, with other keys, which this file would replace; ask its "
                             "owner by telephone whether the keys were renewed, compare the new fingerprint, and give "
                             "that one",
                             "该库已确认过，但公钥不同，加入此文件将取代原公钥；请打电话向对方核实是否更换了密钥，"
                             "比对新指纹后再给出"));
    if (!fingerprint)
        return hr_fail(err, HR_INVALID, "%s",
                       HR_TR(err,
                             "the fingerprint is missing: have the file's owner read it over the telephone, compare, "
                             "and give it",
                             "缺少指纹：请打电话让对方念出其指纹，比对一致后给出"));
    return hr_fail(err, HR_INVALID, "%s",
                   HR_TR(err,
                         "the fingerprint is another one than the file's: compare both over the telephone with the "
                         "file's owner; if they differ, somebody else made this file",
                         "指纹与文件不符：请打电话与对方逐组比对；若确实不同，此文件系他人伪造"));
}

hr_status hr_peer_pin(hr_store *store, const hr_party *peer, const char *fingerprint, hr_change *change) {
    hr_party known;
    hr_record row;
    int64_t id = 0;
    hr_status status = hr_need_admin(store);
    if (status == HR_OK && memcmp(peer->store_id, store->keys->store_id, sizeof peer->store_id) == 0)
        status = hr_fail(&store->err, HR_INVALID, "%s",
                         HR_TR(&store->err,
                               "this is the store's own public file; give it to the other side, and take "
                               "theirs here",
                               "这是本库自己的公开文件；请交给对方，在此加入对方的文件"));
    if (status == HR_OK)
        status = check_area(store, peer);
    if (status != HR_OK)
        return status;
    status = hr_peer_find(store, peer->store_id, &known);
    bool fresh = status == HR_NOT_FOUND;
    if (status == HR_OK || fresh)
        status = check_fingerprint(store, peer, fresh ? NULL : &known, fingerprint);
    if (status == HR_OK)
        status = write_row(&store->err, peer, &row);
    if (status == HR_OK)
        status = hr_ledger_put(store, &row, NULL, &id, change);
    if (status == HR_OK && fresh) /* there may be the row of one that was removed */
        *change = HR_ADDED;
    return status;
}

hr_status hr_peer_add(hr_store *store, const char *text, const char *fingerprint, hr_change *change) {
    hr_party peer;
    hr_change did = HR_UNCHANGED;
    if (!store || !text)
        return hr_fail_argument(store);
    hr_status status = hr_need_open(store);
    if (status != HR_OK)
        return status;
    hr_err_clear(&store->err);
    status = hr_public_read(store->text, &store->err, text, &peer);
    if (status == HR_OK)
        status = hr_enter(store);
    if (status != HR_OK)
        return status;
    status = hr_leave(store, hr_peer_pin(store, &peer, fingerprint, &did));
    if (status == HR_OK && change)
        *change = did;
    return status;
}

/* ---- removing ---- */

static hr_status remove_peer(hr_store *store, const unsigned char id[HR_STORE_ID_SIZE]) {
    char text[HR_STORE_ID_TEXT_SIZE];
    hr_party known;
    hr_record row;
    hr_change change;
    int64_t number = 0;
    hr_status status = hr_need_admin(store);
    if (status == HR_OK)
        status = hr_peer_find(store, id, &known);
    if (status == HR_NOT_FOUND)
        return hr_fail_no_peer(store, id);
    hr_record_clear(&row, &hr_form_peer);
    if (status == HR_OK)
        status = hr_record_set_text(&row, &store->err, PE_STORE, hr_hex(id, HR_STORE_ID_SIZE, text));
    hr_record_set_number(&row, PE_REMOVED, HR_YES);
    return status == HR_OK ? hr_ledger_put(store, &row, NULL, &number, &change) : status;
}

hr_status hr_peer_remove(hr_store *store, const char *id) {
    unsigned char bytes[HR_STORE_ID_SIZE];
    if (!store || !id)
        return hr_fail_argument(store);
    hr_status status = hr_need_open(store);
    if (status != HR_OK)
        return status;
    hr_err_clear(&store->err);
    status = hr_peer_parse_id(&store->err, id, bytes);
    if (status == HR_OK)
        status = hr_enter(store);
    return status == HR_OK ? hr_leave(store, remove_peer(store, bytes)) : status;
}

/* ---- hr_peers ---- */

enum { C_ID, C_KIND, C_KIND_NAME, C_NAME, C_AREA, C_FINGERPRINT, C_COUNT };
static const hr_column columns[C_COUNT] = {
    [C_ID] = {"id", "store", "库编号"},
    [C_KIND] = {"kind", "kind code", "类别代码"},
    [C_KIND_NAME] = {"kind_name", "kind", "类别"},
    [C_NAME] = {"name", "name", "名称"},
    [C_AREA] = {"area", "area", "区划代码"},
    [C_FINGERPRINT] = {"fingerprint", "fingerprint", "指纹"},
};

typedef struct list {
    hr_store *store;
    size_t count, next;
    hr_public_info *at;
} list;

static hr_status take_peer(void *context, const hr_record *row) {
    list *l = context;
    hr_party peer;
    if (is_removed(row) || !read_row(row, &peer))
        return HR_OK;
    hr_public_info *grown = realloc(l->at, (l->count + 1) * sizeof *grown);
    if (!grown)
        return hr_fail_memory(&l->store->err);
    l->at = grown;
    hr_public_tell(&peer, &l->at[l->count++]);
    return HR_OK;
}

static void release(void *context) {
    list *l = context;
    free(l->at);
    free(l);
}

static hr_status next_peer(hr_cursor *c) {
    list *l = c->context;
    if (l->next == l->count)
        return HR_END;
    const hr_public_info *one = &l->at[l->next++];
    hr_cell_text(c, C_ID, one->id);
    hr_cell_text(c, C_KIND, one->bureau ? "bureau" : "station");
    hr_cell_text(
        c, C_KIND_NAME,
        hr_code_label(c->language, &hr_form_peer.fields[PE_KIND], one->bureau ? HR_PEER_BUREAU : HR_PEER_STATION));
    hr_cell_text(c, C_NAME, one->name);
    hr_cell_text(c, C_AREA, one->area);
    hr_cell_text(c, C_FINGERPRINT, one->fingerprint);
    return HR_OK;
}

hr_status hr_peers(hr_store *store, hr_cursor **out) {
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
    status = l ? walk_peers(store, take_peer, l) : hr_fail_memory(&store->err);
    hr_read_end(store);
    return hr_cursor_give(status, &store->err, columns, C_COUNT, l, release, next_peer, out);
}
