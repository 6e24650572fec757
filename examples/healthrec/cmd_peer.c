/* public, peer and linkage: the keys of stores that exchange with one another.
 *
 * Taking another store's keys is the one moment when somebody could put his own in between, and nothing but two people
 * on the telephone prevents it. So on a terminal the last group of the fingerprint is asked for, which cannot be
 * answered by pressing Enter; a script must have been given the whole. */
#include "commands.h"
#include "peers.h"
#include "rows.h"
#include "session.h"
#include "terminal.h"
#include "text.h"
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FILE_MOST = 1 << 14 };

/* ---- files ---- */

static int fail_file(const char *doing_en, const char *doing_zh, const char *path, int number) {
    say("%s %s%s%s", tr(doing_en, doing_zh), path, tr(": ", "："), strerror(number));
    return number == ENOENT || number == ENOTDIR ? EXIT_MISSING : EXIT_SYSTEM;
}

char *public_load(const char *path, int *code) {
    FILE *in = fopen(path, "re");
    char *text = calloc(1, FILE_MOST + 1);
    if (!in || !text) {
        *code = fail_file("cannot read", "无法读取", path, in ? ENOMEM : errno);
    } else {
        size_t size = fread(text, 1, FILE_MOST, in);
        *code = ferror(in) ? fail_file("cannot read", "无法读取", path, errno) : EXIT_DONE;
        if (*code == EXIT_DONE && strlen(text) != size) /* a NUL: no text; the library says so of what is left */
            *text = '\0';
    }
    if (in)
        fclose(in);
    if (*code == EXIT_DONE)
        return text;
    free(text);
    return NULL;
}

static int write_new(const char *path, const char *text) {
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0 && errno == EEXIST) {
        say(tr("%s exists already; choose another file", "%s 已存在；请另选文件名"), path);
        return EXIT_USAGE;
    }
    FILE *out = fd < 0 ? NULL : fdopen(fd, "w");
    if (!out) {
        int number = errno;
        if (fd >= 0)
            close(fd);
        fail_file("cannot write", "无法写入", path, number);
        return EXIT_SYSTEM;
    }
    bool good = fputs(text, out) >= 0 && fflush(out) == 0 && fsync(fd) == 0;
    int number = errno;
    good = fclose(out) == 0 && good;
    if (good)
        return EXIT_DONE;
    unlink(path);
    fail_file("cannot write", "无法写入", path, number);
    return EXIT_SYSTEM;
}

/* ---- public ---- */

int public_print(hr_store *store, bool renew, const char *path) {
    char *text = NULL;
    hr_public_info info;
    hr_public_info_init(&info);
    hr_status status = hr_public_file(store, renew, &text);
    if (status == HR_OK)
        status = hr_public_file_read(store, text, &info);
    int code = session_result(store, status);
    if (code == EXIT_DONE && path)
        code = write_new(path, text);
    else if (code == EXIT_DONE)
        fputs(text, stdout);
    if (code == EXIT_DONE)
        say(tr("fingerprint %s; read it out over the telephone to whoever takes this file",
               "指纹 %s；请在电话中念给接收此文件的一方"),
            info.fingerprint);
    hr_free(text);
    return code;
}

int cmd_public(const struct call *c) {
    hr_store *store;
    int code = session_open(c, &store);
    if (code != EXIT_DONE)
        return code;
    code = public_print(store, call_has(c, OPT_RENEW), c->values[OPT_OUTPUT]);
    hr_store_free(store);
    return code;
}

/* ---- peer ---- */

static int need_operand(const struct call *c, const char *en, const char *zh) {
    if (c->operands[2])
        return EXIT_DONE;
    say("%s", tr(en, zh));
    return EXIT_USAGE;
}

static int list_peers(const struct call *c, hr_store *store) {
    static const char *const hide[] = {"kind", NULL}, *const drop[] = {"id", NULL};
    hr_cursor *rows = NULL;
    uint64_t count = 0;
    enum format format;
    if (!call_format(c, &format))
        return EXIT_USAGE;
    hr_status status = hr_peers(store, &rows);
    return rows_finish(store, status, rows, format, &(rows_style){.hide = hide, .drop = drop}, &count);
}

static bool same_group(const char *typed, const char *group) {
    while (*typed == ' ')
        typed++;
    for (; *group; typed++, group++)
        if (tolower((unsigned char)*typed) != *group)
            return false;
    return typed[strspn(typed, " ")] == '\0';
}

/* Whether the user has compared the fingerprint. */
static int confirm(const hr_public_info *info) {
    char shown[1024], typed[64];
    snprintf(shown, sizeof shown,
             tr("\n  %s, %s (area %s)\n  %s\n\nRing up its owner by a number that you know, have the fingerprint read "
                "out, and compare.\n",
                "\n  %s，%s（区划 %s）\n  %s\n\n请用您本来就知道的号码打电话给对方，让对方念出指纹，逐组比对。\n"),
             info->name, info->bureau ? tr("bureau", "卫生局") : tr("station", "站点"), info->area, info->fingerprint);
    enum answer answer =
        terminal_show(shown)
            ? terminal_ask(tr("If all of it agrees, type its last group: ", "全部一致时，请输入最后一组："), ASK_SHOWN,
                           typed, sizeof typed)
            : NO_TERMINAL;
    if (answer == NO_TERMINAL)
        say("%s", tr("there is no terminal to ask on; compare the fingerprint over the telephone with the file's owner "
                     "and give it with --fingerprint",
                     "没有可供确认的终端；请打电话与对方比对指纹，并用 --fingerprint 给出"));
    else if (answer == ANSWERED && same_group(typed, strrchr(info->fingerprint, '-') + 1))
        return EXIT_DONE;
    else
        say("%s", tr("that is not the last group; nothing was added", "输入的不是最后一组；未加入"));
    return EXIT_USAGE;
}

static bool is_known(hr_store *store, const hr_public_info *info, hr_status *status) {
    hr_cursor *rows = NULL;
    bool known = false;
    *status = hr_peers(store, &rows);
    while (*status == HR_OK && (*status = hr_cursor_next(rows)) == HR_OK)
        known = known || (strcmp(hr_cursor_text(rows, 0), info->id) == 0 &&
                          strcmp(hr_cursor_text(rows, 5), info->fingerprint) == 0);
    hr_cursor_free(rows);
    if (*status == HR_END)
        *status = HR_OK;
    return known;
}

/* Takes the peer if it is none yet. */
static int take_text(const struct call *c, hr_store *store, const char *text, hr_public_info *info, hr_change *change) {
    const char *fingerprint = c->values[OPT_FINGERPRINT];
    hr_public_info_init(info);
    hr_status status = hr_public_file_read(store, text, info);
    bool known = status == HR_OK && is_known(store, info, &status), ask = status == HR_OK && !fingerprint && !known;
    int code = session_result(store, status);
    if (code == EXIT_DONE && ask)
        code = confirm(info);
    if (code == EXIT_DONE && !(known && !fingerprint))
        code = session_result(store, hr_peer_add(store, text, ask ? info->fingerprint : fingerprint, change));
    return code;
}

int peer_take(const struct call *c, hr_store *store, const char *path, hr_public_info *info) {
    hr_change change = HR_UNCHANGED;
    int code = EXIT_DONE;
    char *text = public_load(path, &code);
    if (code == EXIT_DONE)
        code = take_text(c, store, text, info, &change);
    free(text);
    return code;
}

static int add_text(const struct call *c, hr_store *store, const char *text) {
    hr_public_info info;
    hr_change change = HR_UNCHANGED;
    int code = take_text(c, store, text, &info, &change);
    if (code == EXIT_DONE)
        say(change == HR_ADDED     ? tr("%s is a peer now (store %s)", "已加入 %s（库编号 %s）")
            : change == HR_AMENDED ? tr("%s is a peer, and this file is in place of what was known (store %s)",
                                        "%s 的公开文件已更新，取代原先所存（库编号 %s）")
                                   : tr("%s is a peer already (store %s)", "%s 此前已加入（库编号 %s）"),
            info.name, info.id);
    return code;
}

static int add_peer(const struct call *c, hr_store *store) {
    int code = need_operand(c, "peer add needs the other store's public file: healthrec peer STORE add FILE",
                            "peer add 需要对方的公开文件：healthrec peer 库 add 文件");
    char *text = code == EXIT_DONE ? public_load(c->operands[2], &code) : NULL;
    if (code == EXIT_DONE)
        code = add_text(c, store, text);
    free(text);
    return code;
}

static int remove_peer(const struct call *c, hr_store *store) {
    int code =
        need_operand(c, "peer remove needs the store's number that peer list shows: healthrec peer STORE remove ID",
                     "peer remove 需要 peer list 列出的库编号：healthrec peer 库 remove 库编号");
    if (code == EXIT_DONE)
        code = session_result(store, hr_peer_remove(store, c->operands[2]));
    if (code == EXIT_DONE)
        say(tr("%s is no peer any more", "%s 已移除"), c->operands[2]);
    return code;
}

/* ---- linkage ---- */

static int list_linkages(const struct call *c, hr_store *store) {
    static const char *const hide[] = {"from", NULL};
    hr_cursor *rows = NULL;
    uint64_t count = 0;
    enum format format;
    if (!call_format(c, &format))
        return EXIT_USAGE;
    hr_status status = hr_linkages(store, &rows);
    return rows_finish(store, status, rows, format, &(rows_style){.hide = hide}, &count);
}

static int issue(const struct call *c, hr_store *store) {
    const char *file = c->values[OPT_OUTPUT];
    int64_t year = 0;
    hr_status status = HR_OK;
    hr_public_info info;
    hr_public_info_init(&info);
    if (!file || !call_has(c, OPT_TO_STORE) || !call_has(c, OPT_YEAR) || !number_read(c->values[OPT_YEAR], &year) ||
        year > 9999) {
        say("%s",
            tr("linkage issue needs a year, the receiver's public file and a file to write: --year YEAR --to FILE "
               "-o FILE",
               "linkage issue 需要年度、接收方的公开文件和输出文件：--year 年度 --to 文件 -o 文件"));
        return EXIT_USAGE;
    }
    int code = EXIT_DONE;
    char *text = public_load(c->values[OPT_TO_STORE], &code);
    if (code == EXIT_DONE)
        code = session_result(store, hr_public_file_read(store, text, &info));
    if (code == EXIT_DONE && !is_known(store, &info, &status)) {
        code = session_result(store, status);
        if (code == EXIT_DONE) {
            say(tr("%s is not the public file of a peer, or has other keys; take it with peer add first",
                   "%s 不是已确认的公开文件，或公钥不同；请先用 peer add 加入"),
                c->values[OPT_TO_STORE]);
            code = EXIT_MISSING;
        }
    }
    if (code == EXIT_DONE)
        code = session_result(store, hr_linkage_issue(store, (int)year, info.id, file));
    if (code == EXIT_DONE)
        say(tr("the linkage key of %d for %s is in %s and %s.minisig; send both",
               "%d 年度关联密钥（发给 %s）已写入 %s 和 %s.minisig；请一并发送"),
            (int)year, info.name, file, file);
    free(text);
    return code;
}

static int receive(const struct call *c, hr_store *store) {
    hr_change change = HR_UNCHANGED;
    int code =
        need_operand(c, "linkage receive needs the file that the bureau sent: healthrec linkage STORE receive FILE",
                     "linkage receive 需要卫生局发来的文件：healthrec linkage 库 receive 文件");
    if (code == EXIT_DONE)
        code = session_result(store, hr_linkage_receive(store, c->operands[2], &change));
    if (code == EXIT_DONE)
        say("%s", change == HR_ADDED ? tr("the linkage key is kept", "关联密钥已存入")
                                     : tr("the linkage key was kept before", "关联密钥此前已存入"));
    return code;
}

/* ---- actions ---- */

typedef struct action {
    const char *name;
    int (*run)(const struct call *c, hr_store *store);
} action;

static int run_action(const struct call *c, const action *actions, const char *unknown) {
    while (actions->name && strcmp(actions->name, c->operands[1]) != 0)
        actions++;
    if (!actions->name) {
        say("%s", unknown);
        return EXIT_USAGE;
    }
    hr_store *store;
    int code = session_open(c, &store);
    if (code != EXIT_DONE)
        return code;
    code = actions->run(c, store);
    hr_store_free(store);
    return code;
}

int cmd_peer(const struct call *c) {
    static const action actions[] = {{"list", list_peers}, {"add", add_peer}, {"remove", remove_peer}, {NULL, NULL}};
    return run_action(
        c, actions,
        tr("there is no such action of peer; use list, add or remove", "peer 没有这种操作；可用 list、add 或 remove"));
}

int cmd_linkage(const struct call *c) {
    static const action actions[] = {{"list", list_linkages}, {"issue", issue}, {"receive", receive}, {NULL, NULL}};
    return run_action(c, actions,
                      tr("there is no such action of linkage; use list, issue or receive",
                         "linkage 没有这种操作；可用 list、issue 或 receive"));
}
