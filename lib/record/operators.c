/* Who may open the store: the public calls. Each change is one of the key slots, one entry of the log, and for a
 * removal new keys, which take effect together (store/generation.c). */
#include "record/operators.h"
#include "base/cursor.h"
#include "base/hex.h"
#include "base/options.h"
#include "record/events.h"
#include "record/signers.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

hr_status hr_need_admin(hr_store *store) {
    if (hr_role_administers(store->keys->role))
        return HR_OK;
    return hr_fail(&store->err, HR_DENIED, "%s",
                   HR_TR(&store->err, "only an administrator may do this; open the store as one",
                         "只有管理员可以执行此操作；请以管理员身份打开库"));
}

/* ---- what the log is told ---- */

/* What is said of one operator, and whether all get new keys besides. */
typedef struct change {
    int action; /* 0: nothing is said of anybody */
    hr_slot_info who;
    uint32_t generation; /* 0: no new keys */
} change;

static hr_status put_operator(hr_store *store, int action, const hr_slot_info *who) {
    hr_record row;
    char key[65];
    hr_hex(who->sign_public, sizeof who->sign_public, key);
    hr_record_clear(&row, &hr_form_operator);
    hr_record_set_number(&row, EO_ACTION, action);
    hr_record_set_number(&row, EO_ROLE, who->role);
    hr_status status = hr_record_set_text(&row, &store->err, EO_OPERATOR, who->name);
    if (status == HR_OK && action != HR_OPERATOR_REMOVED)
        status = hr_record_set_text(&row, &store->err, EO_KEY, key);
    return status == HR_OK ? hr_event_put(store, &row) : status;
}

static hr_status say(hr_store *store, void *context) {
    const change *c = context;
    hr_record row;
    hr_status status = c->action ? put_operator(store, c->action, &c->who) : HR_OK;
    if (status != HR_OK || !c->generation)
        return status;
    hr_record_clear(&row, &hr_form_rotate);
    hr_record_set_number(&row, ER_GENERATION, c->generation);
    return hr_event_put(store, &row);
}

hr_status hr_operators_introduce(hr_store *store, void *slots) {
    hr_status status = HR_OK;
    for (size_t i = 0; status == HR_OK && i < hr_slots_count(slots); i++) {
        hr_slot_info who;
        hr_slots_at(slots, i, &who);
        status = put_operator(store, HR_OPERATOR_ADDED, &who);
    }
    return status;
}

/* ---- changes ---- */

void hr_operator_options_init(hr_operator_options *options) {
    *options = (hr_operator_options){.size = sizeof *options};
}

static hr_status begin(hr_store *store, bool admin, hr_slots **slots) {
    hr_status status = hr_need_idle(store);
    if (status == HR_OK && admin)
        status = hr_need_admin(store);
    return status == HR_OK ? hr_slots_begin(&store->err, store->path, store->keys, slots) : status;
}

/* New keys are sealed to nobody of whom the log does not tell: whoever has the databases' keys could have made a slot.
 * `but` may be NULL: the one who is being removed. *told (may be NULL) is whether the log tells of him. */
static hr_status need_told(hr_store *store, const hr_slots *slots, const char *but, bool *told) {
    hr_signers *signers = NULL;
    hr_slot_info slot;
    hr_status status = hr_chart_begin(store);
    if (status != HR_OK)
        return status;
    status = hr_signers_load(store, &signers);
    hr_read_end(store);
    if (told)
        *told = status == HR_OK && but && hr_signers_has(signers, but);
    for (size_t i = 0; status == HR_OK && i < hr_slots_count(slots); i++) {
        hr_slots_at(slots, i, &slot);
        if (hr_signers_match(signers, &slot) || (but && strcmp(but, slot.name) == 0))
            continue;
        status =
            hr_fail(&store->err, HR_KEYSLOTS,
                    HR_TR(&store->err,
                          "the slot of \"%s\" is not the one that the log tells of; run verify, then remove him or "
                          "give him a new passphrase",
                          "“%s”的密钥槽与日志所记不符；请运行 verify，然后将其移除或重设口令"),
                    slot.name);
    }
    hr_signers_free(signers);
    return status;
}

/* What an old file holds must not be given new keys, nor come into force again with another change. */
static hr_status need_newest(hr_store *store) {
    unsigned char expected[HR_HASH_SIZE], now[HR_HASH_SIZE];
    hr_status status = hr_slots_expected(store, expected);
    if (status == HR_OK)
        status = hr_keyslots_sum(&store->err, store->path, now);
    if (status == HR_OK && memcmp(now, expected, sizeof now) != 0)
        status = hr_fail(&store->err, HR_KEYSLOTS, "%s",
                         HR_TR(&store->err,
                               "the key slots file is not the newest one of this store; run verify, and remove the "
                               "operator that it names or give him a new passphrase",
                               "密钥槽文件不是本库最新的一份；请运行 verify，将其指出的操作员移除或重设口令"));
    return status == HR_END ? HR_OK : status;
}

static hr_status parse_role(hr_store *store, const char *text, hr_role *out) {
    for (int role = HR_ROLE_ADMIN; role <= HR_ROLE_AUDITOR; role++)
        if (text && strcmp(text, hr_role_name((hr_role)role)) == 0) {
            *out = (hr_role)role;
            return HR_OK;
        }
    return hr_fail(
        &store->err, HR_INVALID, "%s",
        HR_TR(&store->err, "the role must be admin, clinician, statistician or auditor",
              "角色须为 admin（管理员）、clinician（医护人员）、statistician（统计员）或 auditor（审计员）"));
}

hr_status hr_operator_check(hr_store *store, const hr_operator_options *options) {
    hr_operator_options o;
    hr_slots *slots = NULL;
    hr_role role;
    hr_operator_options_init(&o);
    if (!store || !options || !hr_options_take(&o, sizeof o, options) || !o.name)
        return hr_fail_argument(store);
    hr_status status = hr_need_idle(store);
    if (status == HR_OK)
        status = hr_need_admin(store);
    if (status == HR_OK)
        status = hr_slots_look(&store->err, store->path, store->keys, &slots);
    if (status == HR_OK)
        status = parse_role(store, o.role, &role);
    if (status == HR_OK)
        status = hr_slots_room_for(&store->err, slots, o.name);
    hr_slots_free(slots);
    return status;
}

hr_status hr_operator_add(hr_store *store, const hr_operator_options *options) {
    hr_operator_options o;
    hr_slots *slots = NULL;
    hr_role role = HR_ROLE_ADMIN;
    change c = {.action = HR_OPERATOR_ADDED};
    hr_operator_options_init(&o);
    if (!store || !options || !hr_options_take(&o, sizeof o, options) || !o.name || !o.passphrase)
        return hr_fail_argument(store);
    hr_status status = begin(store, true, &slots);
    if (status == HR_OK)
        status = need_told(store, slots, NULL, NULL);
    if (status == HR_OK)
        status = need_newest(store);
    if (status == HR_OK)
        status = parse_role(store, o.role, &role);
    if (status == HR_OK)
        status = hr_slots_add(&store->err, slots, role, o.name, o.passphrase, (hr_kdf){o.kdf_ops, o.kdf_mib});
    if (status == HR_OK)
        status = hr_slots_find(&store->err, slots, o.name, &c.who);
    if (status == HR_OK)
        status = hr_slots_enforce(store, slots, say, &c);
    hr_slots_free(slots);
    return status;
}

hr_status hr_operator_passphrase(hr_store *store, const hr_operator_options *options) {
    hr_operator_options o;
    hr_slots *slots = NULL;
    change c = {.action = HR_OPERATOR_PASSPHRASE};
    hr_operator_options_init(&o);
    if (!store || !options || !hr_options_take(&o, sizeof o, options) || !o.passphrase)
        return hr_fail_argument(store);
    hr_status status = begin(store, false, &slots);
    const char *name = status == HR_OK && !o.name ? store->keys->operator_name : o.name;
    if (status == HR_OK)
        status = hr_slots_find(&store->err, slots, name, &c.who);
    if (status == HR_OK && strcmp(c.who.name, store->keys->operator_name) != 0)
        status = hr_need_admin(store);
    if (status == HR_OK)
        status = hr_slots_passphrase(&store->err, slots, name, o.passphrase, (hr_kdf){o.kdf_ops, o.kdf_mib});
    if (status == HR_OK)
        status = hr_slots_find(&store->err, slots, name, &c.who);
    if (status == HR_OK) /* a statistician cannot tell the log; his pair of keys stays the same */
        status = hr_slots_enforce(store, slots, store->keys->has_chart ? say : NULL, &c);
    hr_slots_free(slots);
    return status;
}

hr_status hr_recovery_key_replace(hr_store *store, const char *recovery_key) {
    hr_slots *slots = NULL;
    change c = {.action = HR_OPERATOR_RECOVERY};
    if (!store || !recovery_key)
        return hr_fail_argument(store);
    hr_status status = begin(store, true, &slots);
    if (status == HR_OK)
        status = need_newest(store);
    if (status == HR_OK)
        status = hr_slots_recovery_key(&store->err, slots, recovery_key);
    if (status == HR_OK)
        status = hr_slots_find(&store->err, slots, hr_role_name(HR_ROLE_RECOVERY), &c.who);
    if (status == HR_OK)
        status = hr_slots_enforce(store, slots, say, &c);
    hr_slots_free(slots);
    return status;
}

static hr_status renew(hr_store *store, const char *removed, hr_progress progress, void *context) {
    hr_slots *slots = NULL;
    change c = {.action = 0};
    if (!store)
        return hr_fail_argument(store);
    bool told = false;
    hr_status status = begin(store, true, &slots);
    if (status == HR_OK && removed)
        status = hr_slots_find(&store->err, slots, removed, &c.who);
    if (status == HR_OK)
        status = need_told(store, slots, removed ? c.who.name : NULL, &told);
    if (status == HR_OK && !removed)
        status = need_newest(store);
    if (status == HR_OK && removed)
        status = hr_slots_remove(&store->err, slots, removed);
    if (told) /* of a forged slot that goes there was nothing to tell */
        c.action = HR_OPERATOR_REMOVED;
    c.generation = status == HR_OK ? store->keys->generation + 1 : 0;
    if (status == HR_OK)
        status = hr_generation_renew(store, slots, say, &c, progress, context);
    hr_slots_free(slots);
    return status;
}

hr_status hr_operator_remove(hr_store *store, const char *name, hr_progress progress, void *context) {
    return name ? renew(store, name, progress, context) : hr_fail_argument(store);
}

hr_status hr_rotate(hr_store *store, hr_progress progress, void *context) {
    return renew(store, NULL, progress, context);
}

hr_status hr_rotate_room(hr_store *store, uint64_t *needed, uint64_t *available) {
    if (!store || !needed || !available)
        return hr_fail_argument(store);
    hr_status status = hr_need_idle(store);
    if (status == HR_OK)
        status = hr_need_admin(store);
    return status == HR_OK ? hr_generation_room(store, needed, available) : status;
}

/* ---- hr_operators ---- */

enum { C_OPERATOR, C_ROLE, C_ROLE_NAME, C_OWN, C_KEY, C_COUNT };
static const hr_column columns[C_COUNT] = {
    [C_OPERATOR] = {"operator", "operator", "操作员"}, [C_ROLE] = {"role", "role", "角色代码"},
    [C_ROLE_NAME] = {"role_name", "role", "角色"},     [C_OWN] = {"own", "you", "本人"},
    [C_KEY] = {"key", "signing key", "签名公钥"},
};

typedef struct list {
    size_t count, next;
    char own[65], key[65];
    hr_slot_info at[];
} list;

static hr_status next_operator(hr_cursor *cursor) {
    list *l = cursor->context;
    if (l->next == l->count)
        return HR_END;
    const hr_slot_info *one = &l->at[l->next++];
    hr_hex(one->sign_public, sizeof one->sign_public, l->key);
    hr_cell_text(cursor, C_OPERATOR, one->name);
    hr_cell_text(cursor, C_ROLE, hr_role_name(one->role));
    hr_cell_text(cursor, C_ROLE_NAME, hr_code_label(cursor->language, &hr_form_operator.fields[EO_ROLE], one->role));
    hr_cell_boolean(cursor, C_OWN, strcmp(one->name, l->own) == 0);
    hr_cell_text(cursor, C_KEY, l->key);
    return HR_OK;
}

hr_status hr_operators(hr_store *store, hr_cursor **out) {
    hr_slots *slots = NULL;
    list *l = NULL;
    if (!store || !out)
        return hr_fail_argument(store);
    *out = NULL;
    hr_status status = hr_need_idle(store);
    if (status == HR_OK)
        status = hr_slots_look(&store->err, store->path, store->keys, &slots);
    if (status != HR_OK)
        return status;
    size_t count = hr_slots_count(slots);
    l = calloc(1, sizeof *l + count * sizeof l->at[0]);
    if (l) {
        l->count = count;
        snprintf(l->own, sizeof l->own, "%s", store->keys->operator_name);
        for (size_t i = 0; i < count; i++)
            hr_slots_at(slots, i, &l->at[i]);
    }
    hr_slots_free(slots);
    return hr_cursor_give(l ? HR_OK : hr_fail_memory(&store->err), &store->err, columns, C_COUNT, l, free,
                          next_operator, out);
}
