/* operator and rotate: who may open the store, and with which keys. */
#include "commands.h"
#include "recovery.h"
#include "rows.h"
#include "session.h"
#include "terminal.h"
#include "text.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One change of an operator. */
typedef struct change {
    const struct call *c;
    hr_store *store;
    hr_operator_options options;
    struct secret secret;
} change;

static int need_name(const struct call *c) {
    if (c->operands[2])
        return EXIT_DONE;
    say(tr("operator %s needs the operator's name: healthrec operator %s %s NAME",
           "operator %s 需要操作员名称：healthrec operator %s %s 名称"),
        c->operands[1], c->operands[0], c->operands[1]);
    return EXIT_USAGE;
}

/* ---- list ---- */

static const char *words_for_operators(const char *column, const char *code) {
    if (strcmp(column, "own") == 0)
        return strcmp(code, "true") == 0 ? tr("yes", "是") : "";
    return NULL;
}

static int list(change *it) {
    static const char *const hide[] = {"role", NULL}, *const drop[] = {"key", NULL};
    hr_cursor *rows = NULL;
    uint64_t count = 0;
    enum format format;
    if (!call_format(it->c, &format))
        return EXIT_USAGE;
    hr_status status = hr_operators(it->store, &rows);
    return rows_finish(it->store, status, rows, format,
                       &(rows_style){.hide = hide, .drop = drop, .words = words_for_operators}, &count);
}

/* ---- passphrases ---- */

static int try_add(void *context) {
    change *it = context;
    return session_result(it->store, hr_operator_add(it->store, &it->options));
}

static int try_passphrase(void *context) {
    change *it = context;
    return session_result(it->store, hr_operator_passphrase(it->store, &it->options));
}

static int choose(change *it, secret_try try) {
    it->options.passphrase = it->secret.text;
    return secret_choose(it->c->values[OPT_NEW_PASSPHRASE_FILE], &it->secret, try, it);
}

static int add(change *it) {
    if (need_name(it->c) != EXIT_DONE)
        return EXIT_USAGE;
    if (!call_has(it->c, OPT_ROLE)) {
        say("%s", tr("say with --role what the operator may do: admin, clinician, statistician or auditor",
                     "请用 --role 指明角色：admin（管理员）、clinician（医护人员）、statistician（统计员）或 "
                     "auditor（审计员）"));
        return EXIT_USAGE;
    }
    it->options.name = it->c->operands[2];
    it->options.role = it->c->values[OPT_ROLE];
    int code = session_result(it->store, hr_operator_check(it->store, &it->options));
    if (code == EXIT_DONE)
        code = choose(it, try_add);
    if (code == EXIT_DONE)
        say(tr("%s may open the store now: healthrec … --operator %s",
               "%s 现在可以打开本库：healthrec … --operator %s"),
            it->options.name, it->options.name);
    return code;
}

static int passphrase(change *it) {
    it->options.name = it->c->operands[2];
    int code = choose(it, try_passphrase);
    hr_store_info info;
    hr_store_info_init(&info);
    if (code == EXIT_DONE)
        code = session_result(it->store, hr_store_info_get(it->store, &info));
    if (code != EXIT_DONE)
        return code;
    if (strcmp(info.role, "statistician") == 0)
        say("%s",
            tr("the passphrase is changed; if the old one got known, have an administrator set a new one, and rotate",
               "口令已更换；若旧口令已泄露，请管理员为其重设口令，再运行 rotate"));
    else
        say("%s", tr("the passphrase is changed; if the old one got known, run rotate, too",
                     "口令已更换；若旧口令已泄露，请再运行 rotate 更换密钥"));
    return code;
}

/* The first administrator, for free(). */
static int first_admin(hr_store *store, char **name) {
    hr_cursor *rows = NULL;
    hr_status status = hr_operators(store, &rows);
    while (status == HR_OK && !*name && (status = hr_cursor_next(rows)) == HR_OK)
        if (strcmp(hr_cursor_text(rows, 1), "admin") == 0 && !(*name = strdup(hr_cursor_text(rows, 0))))
            status = HR_SYSTEM;
    hr_cursor_free(rows);
    return session_result(store, status);
}

/* With the recovery key, which opened the store. */
static int recover(change *it) {
    char *admin = NULL;
    int code = it->c->operands[2] ? EXIT_DONE : first_admin(it->store, &admin);
    it->options.name = it->c->operands[2] ? it->c->operands[2] : admin;
    if (code == EXIT_DONE)
        code = choose(it, try_passphrase);
    if (code == EXIT_DONE)
        say(tr("%s has a new passphrase; the recovery key stays as it is: lock it away again, or replace it with "
               "operator recovery-key",
               "%s 的口令已重设；恢复密钥未变：请重新妥善锁存，或用 operator recovery-key 更换"),
            it->options.name);
    free(admin);
    return code;
}

/* ---- the recovery key ---- */

static int replace_recovery(change *it) {
    struct secret key;
    const char *file = it->c->values[OPT_NEW_KEY_FILE];
    if (!file && !terminal_show(""))
        return recovery_needs_file("--new-recovery-file");
    secret_start(&key);
    int code = session_result(it->store, hr_recovery_key_new(it->store, key.text));
    if (code == EXIT_DONE)
        code = recovery_hand_over(it->store, key.text, file);
    if (code == EXIT_DONE) {
        code = session_result(it->store, hr_recovery_key_replace(it->store, key.text));
        if (code != EXIT_DONE && file)
            unlink(file);
    }
    if (code == EXIT_DONE)
        say("%s", tr("the new recovery key is in force; destroy the old paper", "新恢复密钥已生效；请销毁旧的那一份"));
    secret_wipe(&key);
    return code;
}

/* ---- new keys ---- */

typedef struct renewal {
    uint64_t needed, available;
    bool begun;
    struct progress progress;
} renewal;

/* Says what it takes once nothing speaks against beginning. */
static int renewal_step(void *context, uint64_t done, uint64_t total) {
    renewal *r = context;
    if (!r->begun)
        say(tr("the store is written anew under new keys: this needs %" PRIu64 " MiB, %" PRIu64 " MiB are free",
               "将用新密钥重写整个库：需要 %" PRIu64 " MiB 空间，现有 %" PRIu64 " MiB"),
            (r->needed >> 20) + 1, r->available >> 20);
    r->begun = true;
    return progress_step(&r->progress, done, total);
}

/* NULL: nobody is removed. */
static int renew(hr_store *store, const char *removed) {
    renewal r = {.begun = false};
    int code = session_result(store, hr_rotate_room(store, &r.needed, &r.available));
    if (code != EXIT_DONE)
        return code;
    progress_begin(&r.progress, tr("new keys", "更换密钥"), UNIT_BYTES);
    hr_status status =
        removed ? hr_operator_remove(store, removed, renewal_step, &r) : hr_rotate(store, renewal_step, &r);
    progress_end(&r.progress);
    return session_result(store, status);
}

static int remove_operator(change *it) {
    if (need_name(it->c) != EXIT_DONE)
        return EXIT_USAGE;
    int code = renew(it->store, it->c->operands[2]);
    if (code == EXIT_DONE)
        say(tr("%s is removed, and the store has new keys; old backups still open with the old passphrases",
               "%s 已移除，库已更换密钥；旧备份仍可用旧口令打开"),
            it->c->operands[2]);
    return code;
}

int cmd_rotate(const struct call *c) {
    hr_store *store;
    int code = session_open(c, &store);
    if (code != EXIT_DONE)
        return code;
    code = renew(store, NULL);
    if (code == EXIT_DONE)
        say("%s", tr("the store has new keys; everybody's passphrase is the same as before, and old backups still open "
                     "with the old keys",
                     "库已更换密钥；所有口令不变，旧备份仍以旧密钥打开"));
    hr_store_free(store);
    return code;
}

/* ---- operator ---- */

int cmd_operator(const struct call *c) {
    static const struct {
        const char *name;
        int (*run)(change *it);
        bool by_recovery;
    } actions[] = {
        {"list", list, false},
        {"add", add, false},
        {"remove", remove_operator, false},
        {"passphrase", passphrase, false},
        {"recover", recover, true},
        {"recovery-key", replace_recovery, false},
    };
    change it = {.c = c};
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++) {
        if (strcmp(actions[i].name, c->operands[1]) != 0)
            continue;
        int code = actions[i].by_recovery ? session_open_by_recovery(c, &it.store) : session_open(c, &it.store);
        if (code != EXIT_DONE)
            return code;
        secret_start(&it.secret);
        hr_operator_options_init(&it.options);
        code = actions[i].run(&it);
        secret_wipe(&it.secret);
        hr_store_free(it.store);
        return code;
    }
    say(tr("there is no action \"%s\"; use list, add, remove, passphrase, recover or recovery-key",
           "没有操作“%s”；可用 list、add、remove、passphrase、recover 或 recovery-key"),
        c->operands[1]);
    return EXIT_USAGE;
}
