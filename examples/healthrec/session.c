/* Opening a store: who, with which secret, and what to tell the shell when it fails.
 *
 * A secret is read into one buffer without passing through stdio, and wiped as soon as the library has taken it. It
 * never comes from the command line, which every user of the machine can read. */
#include "session.h"
#include "terminal.h"
#include "text.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
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

int exit_for(hr_status status) {
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
        [EXIT_SYSTEM] = {"the system refused (disk, memory, permission), or stopped by the user",
                         "系统拒绝（磁盘、内存、权限），或被用户中断"},
    };
    if (code < 0 || (size_t)code >= sizeof meanings / sizeof *meanings)
        return NULL;
    return tr(meanings[code][0], meanings[code][1]);
}

int session_fail(const hr_store *store, hr_status status) {
    const char *message = hr_error(store);
    say("%s", *message ? message : hr_status_name(status));
    return exit_for(status);
}

/* ---- secrets ---- */

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
    memset(out, 0, sizeof *out);
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
    enum answer answer = terminal_ask(prompt, how, out->text, sizeof out->text);
    if (answer == ANSWERED && *out->text)
        return EXIT_DONE;
    secret_wipe(out);
    say("%s", answer == NO_TERMINAL ? without_terminal : tr("nothing was entered; try again", "没有输入内容；请重试"));
    return EXIT_USAGE;
}

static int ask_new_passphrase(const char *without_terminal, struct secret *out) {
    struct secret again;
    bool same = false;
    int code = EXIT_DONE;
    for (int tries = 0; tries < 3 && !same && code == EXIT_DONE; tries++) {
        code = ask_secret(
            tr("New passphrase (12 characters or more, or six words): ", "设置口令（至少 12 个字符，或六个词）："),
            ASK_HIDDEN, without_terminal, out);
        if (code == EXIT_DONE)
            code = ask_secret(tr("The same again: ", "再输入一遍："), ASK_HIDDEN, without_terminal, &again);
        same = code == EXIT_DONE && strcmp(out->text, again.text) == 0;
        if (code == EXIT_DONE && !same)
            say("%s", tr("the two are not the same", "两次输入不一致"));
        secret_wipe(&again);
    }
    if (code == EXIT_DONE && !same)
        code = EXIT_USAGE;
    if (code != EXIT_DONE)
        secret_wipe(out);
    return code;
}

int secret_passphrase(const struct call *c, bool is_new, struct secret *out) {
    const char *file = c->values[OPT_PASSPHRASE_FILE];
    const char *without_terminal =
        tr("there is no terminal to ask for the passphrase on; give --passphrase-file FILE or set "
           "HEALTHREC_PASSPHRASE_FILE",
           "没有可供输入口令的终端；请使用 --passphrase-file 文件，或设置环境变量 HEALTHREC_PASSPHRASE_FILE");
    if (!file)
        file = getenv("HEALTHREC_PASSPHRASE_FILE");
    if (file && *file)
        return read_secret(file, out);
    if (is_new)
        return ask_new_passphrase(without_terminal, out);
    return ask_secret(tr("Passphrase: ", "口令："), ASK_HIDDEN, without_terminal, out);
}

int secret_for_opening(const struct call *c, struct secret *store_here, hr_open_options *options) {
    int code;
    hr_open_options_init(options);
    options->operator_name = c->values[OPT_OPERATOR];
    if (!call_has(c, OPT_RECOVERY) && !call_has(c, OPT_RECOVERY_FILE)) {
        code = secret_passphrase(c, false, store_here);
        options->passphrase = store_here->text;
        return code;
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

/* ---- stores ---- */

int session_new(hr_store **out) {
    hr_status status = hr_store_new(out, text_language());
    if (status != HR_OK)
        say("%s", tr("out of memory, or no source of randomness; close other programs and try again",
                     "内存不足，或系统没有随机数来源；请关闭其他程序后重试"));
    return exit_for(status);
}

int session_open(const struct call *c, hr_store **out) {
    hr_open_options options;
    struct secret secret;
    struct stat about;
    *out = NULL;
    if (stat(c->operands[0], &about) != 0 && errno == ENOENT) { /* before the user types a passphrase for nothing */
        say(tr("there is no store at %s; check the path, or make one with init",
               "%s 处没有库；请检查路径，或用 init 新建"),
            c->operands[0]);
        return EXIT_MISSING;
    }
    int code = secret_for_opening(c, &secret, &options);
    if (code == EXIT_DONE)
        code = session_new(out);
    if (code == EXIT_DONE) {
        hr_status status = hr_store_open(*out, c->operands[0], &options);
        code = status == HR_OK ? EXIT_DONE : session_fail(*out, status);
    }
    secret_wipe(&secret);
    if (code != EXIT_DONE) {
        hr_store_free(*out);
        *out = NULL;
    }
    return code;
}

void session_warn(hr_store *store) {
    hr_store_info info;
    hr_store_info_init(&info);
    if (hr_store_info_get(store, &info) == HR_OK && info.keyslots_repaired)
        say("%s", tr("warning: the key slots file was damaged and read from its copy; check the disk and make a backup",
                     "警告：密钥文件已损坏，本次改读其副本；请检查磁盘并做备份"));
}
