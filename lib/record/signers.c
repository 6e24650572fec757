/* The log's signatures, against the keys that the log itself has brought in.
 *
 * The first entries of kind "operator" found the circle of operators; from then on only an administrator (or the
 * recovery key) changes it, and everybody his own passphrase. Each commit is signed by the author of its entries with
 * the key he had when it began. So somebody who has the databases' keys, as a clinician or auditor has, can neither
 * write in another's name nor make himself an operator without its showing. */
#include "record/signers.h"
#include "base/hex.h"
#include "record/entry.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 256 };

typedef struct signer {
    char name[65];
    hr_role role;
    unsigned char key[32], next[32]; /* next: from the following commit on */
    bool fresh;                      /* has no key but the next */
    bool changed, removed;
} signer;

struct hr_signers {
    signer at[MOST];
    size_t count;
    bool founded;    /* an earlier commit has brought operators in */
    bool founding;   /* this one does */
    char author[65]; /* of the entries since the last signature */
    bool pending;    /* there are such entries */
};

hr_status hr_signers_new(hr_err *err, hr_signers **out) {
    *out = calloc(1, sizeof **out);
    return *out ? HR_OK : hr_fail_memory(err);
}

void hr_signers_free(hr_signers *signers) {
    free(signers);
}

static signer *named(hr_signers *s, const char *name) {
    for (size_t i = 0; i < s->count; i++)
        if (strcmp(s->at[i].name, name) == 0)
            return &s->at[i];
    return NULL;
}

const char *hr_signers_owner(const hr_signers *s, const unsigned char key[32]) {
    for (size_t i = 0; i < s->count; i++)
        if (memcmp(s->at[i].key, key, 32) == 0)
            return s->at[i].name;
    return NULL;
}

/* As it is written: docs/format.md has small letters. */
static bool read_key(const char *hex, unsigned char out[32]) {
    return strspn(hex, "0123456789abcdef") == strlen(hex) && hr_hex_parse(hex, out, 32);
}

/* ---- operators ---- */

static bool may_change(hr_signers *s, const signer *author, const hr_record *row) {
    int64_t action = hr_record_number(row, EO_ACTION);
    if (!s->founded)
        return action == HR_OPERATOR_ADDED;
    if (!author)
        return false;
    if (hr_role_administers(author->role))
        return true;
    return action == HR_OPERATOR_PASSPHRASE && strcmp(author->name, hr_record_text(row, EO_OPERATOR)) == 0 &&
           (int64_t)author->role == hr_record_number(row, EO_ROLE);
}

/* False when it cannot be: added twice, removed or changed without being there. */
static bool take_change(hr_signers *s, const hr_record *row) {
    const char *name = hr_record_text(row, EO_OPERATOR);
    int64_t action = hr_record_number(row, EO_ACTION);
    signer *one = named(s, name);
    if ((action == HR_OPERATOR_ADDED) != (one == NULL))
        return false;
    if (action == HR_OPERATOR_ADDED) {
        if (s->count == MOST)
            return false;
        one = &s->at[s->count++];
        *one = (signer){.role = (hr_role)hr_record_number(row, EO_ROLE), .fresh = true};
        snprintf(one->name, sizeof one->name, "%s", name);
    }
    one->removed = action == HR_OPERATOR_REMOVED;
    one->changed = true;
    return one->removed || read_key(hr_record_text(row, EO_KEY), one->next);
}

static bool read_change(hr_record *row, const char *body, size_t size) {
    hr_err ignored = {.language = HR_LANGUAGE_EN};
    return body && hr_body_unpack(&ignored, NULL, row, &hr_form_operator, body, size) == HR_OK;
}

static bool see_operator(hr_signers *s, const signer *author, const hr_entry *entry) {
    hr_record row;
    s->founding = true;
    return read_change(&row, entry->body, entry->body_size) && may_change(s, author, &row) && take_change(s, &row);
}

/* What the commit changed holds from here on. */
static void settle(hr_signers *s) {
    size_t kept = 0;
    for (size_t i = 0; i < s->count; i++) {
        signer *one = &s->at[i];
        if (one->removed)
            continue;
        if (one->changed)
            memcpy(one->key, one->next, sizeof one->key);
        one->fresh = one->changed = false;
        s->at[kept++] = *one;
    }
    s->count = kept;
    s->founded = s->founded || s->founding;
    s->founding = false;
    s->pending = false;
}

/* ---- entries ---- */

static bool is_event(const char *kind) {
    const hr_form *form = hr_form_named(kind);
    return form && form->about == HR_ABOUT_STORE;
}

/* NULL: somebody who was no operator. Erasing, which nothing undoes, is for an administrator, and so is whose keys are
 * trusted. */
static bool may_write(const signer *author, const hr_entry *entry) {
    if (!author)
        return false;
    if (strcmp(entry->kind, hr_form_erase.kind) == 0 ||
        (strcmp(entry->kind, hr_form_peer.kind) == 0 && !*entry->origin.author))
        return hr_role_administers(author->role);
    return hr_role_writes(author->role) || is_event(entry->kind);
}

static void check_signature(hr_store *store, hr_signers *s, const hr_entry *entry, hr_finding_fn found, void *context,
                            const char *place) {
    const signer *author = named(s, entry->author);
    if (s->founded || s->founding)
        if (!author || !hr_log_signed(store, entry->seq, entry->hash, author->fresh ? author->next : author->key,
                                      entry->signature))
            found(context, "chart", place,
                  HR_TR(&store->err, "the signature is not that of the entries' author", "签名与记录作者不符"));
    settle(s);
}

void hr_signers_see(hr_store *store, hr_signers *s, const hr_entry *entry, hr_finding_fn found, void *context) {
    char place[48];
    const signer *author = named(s, entry->author);
    snprintf(place, sizeof place, "entry %" PRId64, entry->seq);
    if (s->founded && !may_write(author, entry))
        found(context, "chart", place,
              HR_TR(&store->err, "its author was not allowed to write it", "作者当时无权写入该记录"));
    if (s->pending && strcmp(s->author, entry->author) != 0)
        found(context, "chart", place,
              HR_TR(&store->err, "an entry before it is not signed by its author", "此前的记录没有作者签名"));
    snprintf(s->author, sizeof s->author, "%s", entry->author);
    s->pending = true;
    if (strcmp(entry->kind, hr_form_operator.kind) == 0 && !see_operator(s, author, entry))
        found(context, "chart", place,
              HR_TR(&store->err, "operators were changed by somebody who may not, or in a way that makes no sense",
                    "操作员变更无权限或不合理"));
    if (entry->signature)
        check_signature(store, s, entry, found, context, place);
    else if (!s->founded && !s->founding)
        s->pending = false; /* from before there were signatures */
}

/* ---- the key slots ---- */

bool hr_signers_has(hr_signers *s, const char *name) {
    return named(s, name) != NULL;
}

bool hr_signers_match(hr_signers *s, const hr_slot_info *slot) {
    const signer *one = named(s, slot->name);
    return one && one->role == slot->role && memcmp(one->key, slot->sign_public, sizeof one->key) == 0;
}

hr_status hr_signers_load(hr_store *store, hr_signers **out) {
    hr_signers *s = NULL;
    sqlite3_stmt *rows = hr_db_statement(store, "SELECT body FROM chart.entry WHERE kind = 'operator' ORDER BY seq");
    if (!rows)
        return store->err.status;
    hr_status status = hr_signers_new(&store->err, &s);
    while (status == HR_OK && (status = hr_db_row(store, rows)) == HR_OK) {
        hr_record row;
        const char *body = (const char *)sqlite3_column_text(rows, 0);
        if (read_change(&row, body, (size_t)sqlite3_column_bytes(rows, 0)))
            take_change(s, &row); /* what makes no sense is verify's to find */
        settle(s);
    }
    sqlite3_reset(rows);
    if (status != HR_END) {
        hr_signers_free(s);
        return status;
    }
    *out = s;
    return HR_OK;
}

static void compare_slots(hr_store *store, hr_signers *s, const hr_slots *slots, hr_finding_fn found, void *context) {
    size_t known = 0;
    for (size_t i = 0; i < hr_slots_count(slots); i++) {
        hr_slot_info slot;
        hr_slots_at(slots, i, &slot);
        known += hr_signers_has(s, slot.name);
        if (!hr_signers_match(s, &slot))
            found(context, "keyslots", slot.name,
                  HR_TR(&store->err, "the operator's slot is not the one that the log tells of: an old or forged file",
                        "该操作员的密钥槽与日志所记不符：旧文件或伪造的文件"));
    }
    if (known != s->count)
        found(context, "keyslots", "slots",
              HR_TR(&store->err, "an operator that the log tells of has no slot: an old or forged file",
                    "日志所记的操作员没有密钥槽：旧文件或伪造的文件"));
}

hr_status hr_signers_end(hr_store *store, hr_signers *s, hr_finding_fn found, void *context) {
    hr_slots *slots = NULL;
    if (s->pending && (s->founded || s->founding))
        found(context, "chart", "signatures",
              HR_TR(&store->err, "the newest entries are not signed", "最新的记录没有签名"));
    if (!s->founded)
        return HR_OK;
    hr_status status = hr_slots_look(&store->err, store->path, store->keys, &slots);
    if (status == HR_OK) {
        compare_slots(store, s, slots, found, context);
    } else if (status == HR_KEYSLOTS || status == HR_DENIED) {
        found(context, "keyslots", "file", store->err.text);
        status = HR_OK;
    }
    hr_slots_free(slots);
    if (status == HR_OK && store->keyslots_foreign)
        found(context, "keyslots", "file",
              HR_TR(&store->err, "the key slots file is not the newest one of this store: an old file was put back",
                    "密钥槽文件不是本库最新的一份：有旧文件被放回"));
    return status;
}
