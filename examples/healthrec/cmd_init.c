/* init: a new store, its first administrator, and the recovery key.
 *
 * The key is safe before the store exists: written to a new file that is synced, or typed back by the person who wrote
 * it down. If the store then cannot be made, the file goes again, because it opens nothing. */
#include "commands.h"
#include "session.h"
#include "terminal.h"
#include "text.h"
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void sync_folder_of(const char *path) {
    char *copy = strdup(path);
    int fd = copy ? open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
    free(copy);
}

static int write_key(const char *path, const char *key) {
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 && errno == EEXIST) {
        say(tr("%s exists already; give another name for the recovery key's file",
               "%s 已存在；请为恢复密钥文件另取名称"),
            path);
        return EXIT_USAGE;
    }
    char line[HR_RECOVERY_KEY_SIZE + 1]; /* not through stdio, which would keep a copy */
    int length = snprintf(line, sizeof line, "%s\n", key);
    bool good = fd >= 0 && write(fd, line, (size_t)length) == length && fsync(fd) == 0;
    int number = errno;
    explicit_bzero(line, sizeof line);
    if (fd >= 0) {
        good = close(fd) == 0 && good;
        if (!good)
            unlink(path);
    }
    if (good) {
        sync_folder_of(path);
        return EXIT_DONE;
    }
    say(tr("cannot write the recovery key to %s: %s", "无法把恢复密钥写入 %s：%s"), path, strerror(number));
    return EXIT_SYSTEM;
}

static int refuse_without_terminal(void) {
    say("%s", tr("there is no terminal to show the recovery key on; give --recovery-file FILE",
                 "没有可显示恢复密钥的终端；请使用 --recovery-file 文件"));
    return EXIT_USAGE;
}

static bool show_key(const char *key) {
    char text[512];
    snprintf(text, sizeof text, "\n%s\n\n    %s\n\n",
             tr("Recovery key: opens the store if the passphrase is lost.\nWrite it on paper and lock it away.",
                "恢复密钥：口令遗失时用它打开库。\n请抄写在纸上，妥善锁存。"),
             key);
    bool shown = terminal_show(text);
    explicit_bzero(text, sizeof text);
    return shown;
}

/* Shows the key, takes it off the screen, and has it typed back from paper. */
static int confirm_key(hr_store *store, const char *key) {
    struct secret typed;
    int code = EXIT_USAGE;
    secret_start(&typed);
    if (!show_key(key))
        return refuse_without_terminal();
    enum answer answer = terminal_ask(tr("Press Enter when it is written down: ", "抄好后按回车键："), ASK_SHOWN,
                                      typed.text, sizeof typed.text);
    terminal_erase(4);
    for (int tries = 0; tries < 3 && answer == ANSWERED && code != EXIT_DONE; tries++) {
        answer = terminal_ask(tr("Type it back from the paper: ", "请照纸上的内容输入："), ASK_ERASED, typed.text,
                              sizeof typed.text);
        if (answer == ANSWERED)
            code = session_result(store, hr_recovery_key_confirm(store, key, typed.text));
    }
    if (code != EXIT_DONE)
        say("%s", tr("the recovery key was not confirmed; nothing was created", "恢复密钥未能核对；没有创建库"));
    secret_wipe(&typed);
    return code;
}

static bool path_is_free(const char *path) {
    struct stat about;
    if (lstat(path, &about) != 0)
        return true;
    say(tr("%s exists already; choose another path for the store", "%s 已存在；请为库另选路径"), path);
    return false;
}

static int create(const struct call *c, hr_store *store, const hr_create_options *options) {
    const char *key_file = c->values[OPT_NEW_RECOVERY_FILE];
    int code = key_file ? write_key(key_file, options->recovery_key) : confirm_key(store, options->recovery_key);
    if (code != EXIT_DONE)
        return code;
    code = session_result(store, hr_store_create(store, c->operands[0], options));
    if (code != EXIT_DONE && key_file)
        unlink(key_file);
    return code;
}

/* Everything that could be refused is asked for and checked before anybody writes a key down. */
static int prepare_and_create(const struct call *c, hr_store *store, char *key, struct secret *passphrase) {
    hr_create_options options;
    hr_create_options_init(&options);
    options.area = c->values[OPT_AREA];
    options.name = c->values[OPT_NAME];
    options.operator_name = c->values[OPT_NEW_OPERATOR];
    options.recovery_key = key;
    options.passphrase = key; /* a good one for certain, so that the others are judged before it is chosen */
    int code = session_result(store, hr_recovery_key_new(store, key));
    if (code == EXIT_DONE)
        code = session_result(store, hr_create_check(store, &options));
    if (code == EXIT_DONE)
        code = secret_for_creating(c, store, passphrase, &options);
    return code == EXIT_DONE ? create(c, store, &options) : code;
}

int cmd_init(const struct call *c) {
    struct secret key, passphrase;
    hr_store *store = NULL;
    if (!path_is_free(c->operands[0]))
        return EXIT_USAGE;
    if (!call_has(c, OPT_NEW_RECOVERY_FILE) && !terminal_show("")) /* the key would be lost */
        return refuse_without_terminal();
    secret_start(&key);
    secret_start(&passphrase);
    int code = session_new(&store);
    if (code == EXIT_DONE)
        code = prepare_and_create(c, store, key.text, &passphrase);
    if (code == EXIT_DONE)
        say(tr("%s is ready; next: healthrec import %s FILE --as areas",
               "%s 已建好；下一步：healthrec import %s 文件 --as areas"),
            c->operands[0], c->operands[0]);
    if (code == EXIT_DONE && call_has(c, OPT_NEW_RECOVERY_FILE))
        say(tr("the recovery key is in %s; move it off this computer", "恢复密钥在 %s 中；请移出本机妥善保管"),
            c->values[OPT_NEW_RECOVERY_FILE]);
    secret_wipe(&key);
    secret_wipe(&passphrase);
    hr_store_free(store);
    return code;
}
