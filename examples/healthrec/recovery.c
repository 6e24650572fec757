/* A new recovery key is handed over before anything depends on it: written to a new file that is synced, or shown once
 * and typed back by the person who wrote it down. */
#include "recovery.h"
#include "terminal.h"
#include "text.h"
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
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

int recovery_needs_file(const char *option) {
    say(tr("there is no terminal to show the recovery key on; give %s FILE",
           "没有可显示恢复密钥的终端；请使用 %s 文件"),
        option);
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
        return recovery_needs_file("--recovery-file");
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
        say("%s", tr("the recovery key was not confirmed; nothing was changed", "恢复密钥未能核对；未作任何改动"));
    secret_wipe(&typed);
    return code;
}

int recovery_hand_over(hr_store *store, const char *key, const char *file) {
    return file ? write_key(file, key) : confirm_key(store, key);
}
