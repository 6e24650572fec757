/* Opening a store: who, with which secret, and what to tell the shell when it fails.
 *
 * A secret is read into one buffer without passing through stdio, and wiped as soon as the library has taken it. It
 * never comes from the command line, which every user of the machine can read. */
#include "session.h"
#include "terminal.h"
#include "text.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- exit codes ---- */

static const exit_code codes[] = {
    [HR_OK] = EXIT_DONE,
    [HR_END] = EXIT_DONE,
    [HR_INVALID] = EXIT_USAGE,
    [HR_EXISTS] = EXIT_USAGE,
    [HR_PASSPHRASE] = EXIT_REFUSED,
    [HR_DENIED] = EXIT_REFUSED,
    [HR_NO_STORE] = EXIT_MISSING,
    [HR_MISSING_FILE] = EXIT_MISSING,
    [HR_NOT_FOUND] = EXIT_MISSING,
    [HR_KEYSLOTS] = EXIT_UNTRUSTED,
    [HR_DAMAGED] = EXIT_UNTRUSTED,
    [HR_NEWER] = EXIT_UNTRUSTED,
    [HR_BUSY] = EXIT_BUSY,
    [HR_SYSTEM] = EXIT_SYSTEM,
    [HR_CANCELLED] = EXIT_SYSTEM,
};

int session_exit(hr_status status) {
    return (size_t)status < sizeof codes / sizeof *codes ? (int)codes[status] : EXIT_SYSTEM;
}

const char *exit_meaning(int code) {
    static const char *const meanings[][2] = {
        [EXIT_DONE] = {"done", "完成"},
        [EXIT_NO] = {"the answer is no", "结果为“否”"},
        [EXIT_USAGE] = {"wrong usage, an unusable value, or something that exists already",
                        "用法或取值不对，或目标已存在"},
        [EXIT_REFUSED] = {"wrong passphrase or recovery key, or not allowed for this role",
                          "口令或恢复密钥不对，或该角色无权操作"},
        [EXIT_MISSING] = {"no such store, file or record", "库、文件或记录不存在"},
        [EXIT_UNTRUSTED] = {"damaged, forged, or written by a newer healthrec", "已损坏、被篡改，或由更新版本写成"},
        [EXIT_BUSY] = {"another program is using the store", "库正被其他程序占用"},
        [EXIT_SYSTEM] =
            {"the system refused (disk, memory, permission, no such folder to write into), the output could "
             "not be written, or the user stopped it",
             "系统拒绝（磁盘、内存、权限，或要写入的文件夹不存在），输出未能写全，或被用户中断"},
    };
    if (code < 0 || (size_t)code >= sizeof meanings / sizeof *meanings)
        return NULL;
    return tr(meanings[code][0], meanings[code][1]);
}

int session_result(const hr_store *store, hr_status status) {
    const char *message = hr_error(store);
    if (status == HR_SYSTEM && !*message) /* ours, not the library's */
        message = tr("out of memory; close other programs and try again", "内存不足；请关闭其他程序后重试");
    if (status != HR_OK && !ferror(stdout))
        say("%s", message);
    return session_exit(status);
}

/* ---- secrets ---- */

void secret_start(struct secret *s) {
    memset(s, 0, sizeof *s);
    mlock(s, sizeof *s); /* for good: the page may hold another one */
}

void secret_wipe(struct secret *s) {
    explicit_bzero(s, sizeof *s);
}

static int fail_file(const char *path) {
    int number = errno;
    if (number == ENOENT || number == ENOTDIR) {
        say(tr("there is no file %s; check the path", "没有文件 %s；请检查路径"), path);
        return EXIT_MISSING;
    }
    say(tr("cannot read %s: %s", "无法读取 %s：%s"), path, strerror(number));
    return EXIT_SYSTEM;
}

/* Keeps the first line, without the byte order mark and line end that Windows editors add. */
static bool keep_first_line(char *text, size_t size) {
    static const char mark[] = "\xEF\xBB\xBF";
    size_t skipped = size >= 3 && memcmp(text, mark, 3) == 0 ? 3 : 0;
    size_t length = strcspn(text + skipped, "\r\n");
    memmove(text, text + skipped, length);
    explicit_bzero(text + length, size - length);
    return length > 0;
}

static int read_secret(const char *path, struct secret *out) {
    struct stat about;
    size_t used = 0;
    ssize_t got = 1;
    int code = EXIT_DONE;
    secret_start(out);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0 || fstat(fd, &about) != 0) {
        code = fail_file(path);
        goto out;
    }
    while (got > 0 && used < SECRET_SIZE - 1) {
        got = read(fd, out->text + used, SECRET_SIZE - 1 - used);
        if (got < 0 && errno == EINTR)
            got = 1;
        else if (got > 0)
            used += (size_t)got;
    }
    if (got < 0) {
        code = fail_file(path);
        goto out;
    }
    if (S_ISREG(about.st_mode) && about.st_mode & (S_IRWXG | S_IRWXO))
        say(tr("warning: others can read %s; run: chmod 600 %s", "警告：其他用户可读取 %s；请执行：chmod 600 %s"), path,
            path);
    bool whole_line = used < SECRET_SIZE - 1 || memchr(out->text, '\n', used);
    if (!keep_first_line(out->text, used) || !whole_line) {
        say(tr("the first line of %s is empty or too long; it must be the secret alone",
               "%s 的首行为空或过长；首行只能是口令或密钥本身"),
            path);
        code = EXIT_USAGE;
    }
out:
    if (fd >= 0)
        close(fd);
    if (code != EXIT_DONE)
        secret_wipe(out);
    return code;
}

static int ask_secret(const char *prompt, asking how, const char *without_terminal, struct secret *out) {
    secret_start(out);
    enum answer answer = terminal_ask(prompt, how, out->text, sizeof out->text);
    if (answer == ANSWERED && *out->text)
        return EXIT_DONE;
    secret_wipe(out);
    say("%s", answer == NO_TERMINAL ? without_terminal : tr("nothing was entered; try again", "没有输入内容；请重试"));
    return EXIT_USAGE;
}

const char *passphrase_file(const struct call *c) {
    const char *file = c->values[OPT_PASSPHRASE_FILE];
    if (!file)
        file = getenv("HEALTHREC_PASSPHRASE_FILE");
    return file && *file ? file : NULL;
}

static int ask_passphrase(const char *prompt, struct secret *out) {
    return ask_secret(
        prompt, ASK_HIDDEN,
        tr("there is no terminal to ask for the passphrase on; give --passphrase-file FILE or set "
           "HEALTHREC_PASSPHRASE_FILE",
           "没有可供输入口令的终端；请使用 --passphrase-file 文件，或设置环境变量 HEALTHREC_PASSPHRASE_FILE"),
        out);
}

/* One try. *same is whether the two were. */
static int ask_new_passphrase(struct secret *out, bool *same) {
    struct secret again;
    *same = false;
    int code = ask_passphrase(
        tr("New passphrase (12 characters or more, or six words): ", "设置口令（至少 12 个字符，或六个词）："), out);
    if (code != EXIT_DONE)
        return code;
    code = ask_passphrase(tr("The same again: ", "再输入一遍："), &again);
    *same = code == EXIT_DONE && strcmp(out->text, again.text) == 0;
    if (code == EXIT_DONE && !*same)
        say("%s", tr("the two are not the same; try again", "两次输入不一致；请重新输入"));
    secret_wipe(&again);
    return code;
}

int secret_choose(const char *file, struct secret *store_here, secret_try try, void *context) {
    int code = EXIT_DONE, tried = EXIT_USAGE;
    for (int tries = file ? 1 : 3; tries > 0 && tried == EXIT_USAGE && code == EXIT_DONE; tries--) {
        bool same = true;
        code = file ? read_secret(file, store_here) : ask_new_passphrase(store_here, &same);
        if (code == EXIT_DONE && same)
            tried = try(context);
    }
    if (code == EXIT_DONE)
        code = tried;
    if (code != EXIT_DONE)
        secret_wipe(store_here);
    return code;
}

static int secret_of(const struct call *c, bool recovery, struct secret *store_here, hr_open_options *options) {
    int code;
    hr_open_options_init(options);
    options->operator_name = c->values[OPT_OPERATOR];
    if (!recovery) {
        const char *file = passphrase_file(c);
        options->passphrase = store_here->text;
        return file ? read_secret(file, store_here) : ask_passphrase(tr("Passphrase: ", "口令："), store_here);
    }
    if (call_has(c, OPT_RECOVERY_FILE))
        code = read_secret(c->values[OPT_RECOVERY_FILE], store_here);
    else
        code = ask_secret(tr("Recovery key: ", "恢复密钥："), ASK_ERASED,
                          tr("there is no terminal to ask for the recovery key on; give --recovery-file FILE",
                             "没有可供输入恢复密钥的终端；请使用 --recovery-file 文件"),
                          store_here);
    options->recovery_key = store_here->text;
    return code;
}

static bool asks_for_recovery(const struct call *c) {
    return call_has(c, OPT_RECOVERY) || call_has(c, OPT_RECOVERY_FILE);
}

int secret_for_opening(const struct call *c, struct secret *store_here, hr_open_options *options) {
    return secret_of(c, asks_for_recovery(c), store_here, options);
}

int secret_for_other(const struct call *c, struct secret *store_here, hr_open_options *options) {
    const char *file = c->values[OPT_OTHER_PASSPHRASE_FILE];
    options->recovery_key = NULL;
    options->passphrase = store_here->text;
    return file ? read_secret(file, store_here)
                : ask_secret(tr("Passphrase of the other store: ", "另一库的口令："), ASK_HIDDEN,
                             tr("the other store does not open with what opens this one, and there is no terminal to "
                                "ask for its passphrase on; give --other-passphrase-file FILE",
                                "本库的口令或密钥打不开另一库，也没有可供输入其口令的终端；请使用 "
                                "--other-passphrase-file 文件"),
                             store_here);
}

/* ---- stores ---- */

/* Whoever opens the store must know. */
static void warn(hr_store *store) {
    hr_store_info info;
    hr_store_info_init(&info);
    if (hr_store_info_get(store, &info) != HR_OK)
        return;
    if (info.keyslots_foreign)
        say("%s", tr("warning: the key slots file is not the newest of this store: an old one was put back; run verify",
                     "警告：密钥槽文件不是本库最新的一份，有旧文件被放回；请运行 verify"));
    if (info.keyslots_repaired)
        say("%s", tr("warning: the key slots file was damaged and read from its copy; check the disk and make a backup",
                     "警告：密钥文件已损坏，本次改读其副本；请检查磁盘并做备份"));
    if (info.failed_attempts)
        say(tr_count(info.failed_attempts,
                     "warning: %" PRIu64 " failed attempt to open the store, at %s; log --kind unlock says more",
                     "warning: %" PRIu64 " failed attempts to open the store since %s; log --kind unlock says more",
                     "警告：有 %" PRIu64 " 次解锁失败，始于 %s；详见 log --kind unlock"),
            info.failed_attempts, info.failed_since);
    if (info.attempts_damaged)
        say("%s", tr("warning: the store's record of failed attempts to open it was damaged or replaced; find out who "
                     "had access to its folder",
                     "警告：库的解锁失败留存记录已损坏或被替换；请查明何人接触过库文件夹"));
}

int session_new(hr_store **out) {
    hr_status status = hr_store_new(out, text_language());
    if (status != HR_OK)
        say("%s", tr("out of memory, or no source of randomness; close other programs and try again",
                     "内存不足，或系统没有随机数来源；请关闭其他程序后重试"));
    return session_exit(status);
}

int session_exists(const char *path) {
    struct stat about;
    if (stat(path, &about) == 0 || errno != ENOENT)
        return EXIT_DONE;
    say(tr("there is no store at %s; check the path, or make one with init", "%s 处没有库；请检查路径，或用 init 新建"),
        path);
    return EXIT_MISSING;
}

static int open_with(const struct call *c, bool recovery, struct secret *keep, hr_open_options *options,
                     hr_store **out) {
    *out = NULL;
    secret_start(keep);
    int code = session_exists(c->operands[0]);
    if (code == EXIT_DONE)
        code = session_new(out);
    if (code == EXIT_DONE)
        code = secret_of(c, recovery, keep, options);
    if (code == EXIT_DONE)
        code = session_result(*out, hr_store_open(*out, c->operands[0], options));
    if (code == EXIT_DONE) {
        warn(*out);
    } else {
        secret_wipe(keep);
        hr_store_free(*out);
        *out = NULL;
    }
    return code;
}

int session_open_keeping(const struct call *c, struct secret *keep, hr_open_options *options, hr_store **out) {
    return open_with(c, asks_for_recovery(c), keep, options, out);
}

int session_open(const struct call *c, hr_store **out) {
    hr_open_options options;
    struct secret secret;
    int code = session_open_keeping(c, &secret, &options, out);
    secret_wipe(&secret);
    return code;
}

int session_open_by_recovery(const struct call *c, hr_store **out) {
    hr_open_options options;
    struct secret secret;
    int code = open_with(c, true, &secret, &options, out);
    secret_wipe(&secret);
    return code;
}
