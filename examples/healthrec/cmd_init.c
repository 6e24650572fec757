/* init: a new store, its first administrator, and the recovery key.
 *
 * The key is safe before the store exists: written to a new file that is synced, or typed back by the person who wrote
 * it down. If the store then cannot be made, the file goes again, because it opens nothing. */
#include "commands.h"
#include "peers.h"
#include "recovery.h"
#include "session.h"
#include "terminal.h"
#include "text.h"
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool path_is_free(const char *path) {
    struct stat about;
    if (lstat(path, &about) != 0)
        return true;
    say(tr("%s exists already; choose another path for the store", "%s 已存在；请为库另选路径"), path);
    return false;
}

static int create(const struct call *c, hr_store *store, const hr_create_options *options) {
    const char *key_file = c->values[OPT_NEW_RECOVERY_FILE];
    int code = recovery_hand_over(store, options->recovery_key, key_file);
    if (code != EXIT_DONE)
        return code;
    code = session_result(store, hr_store_create(store, c->operands[0], options));
    if (code != EXIT_DONE && key_file)
        unlink(key_file);
    return code;
}

typedef struct creation {
    hr_store *store;
    const hr_create_options *options;
} creation;

static int check_passphrase(void *context) {
    creation *it = context;
    return session_result(it->store, hr_create_check(it->store, it->options));
}

/* Everything that could be refused is asked for and checked before anybody writes a key down. */
static int prepare_and_create(const struct call *c, hr_store *store, char *key, struct secret *passphrase) {
    hr_create_options options;
    hr_create_options_init(&options);
    options.area = c->values[OPT_AREA];
    options.name = c->values[OPT_NAME];
    options.operator_name = c->values[OPT_NEW_OPERATOR];
    options.bureau = call_has(c, OPT_BUREAU);
    options.recovery_key = key;
    options.passphrase = key; /* a good one for certain, so that the others are judged before it is chosen */
    int code = session_result(store, hr_recovery_key_new(store, key));
    if (code == EXIT_DONE)
        code = session_result(store, hr_create_check(store, &options));
    options.passphrase = passphrase->text;
    if (code == EXIT_DONE)
        code = secret_choose(passphrase_file(c), passphrase, check_passphrase,
                             &(creation){.store = store, .options = &options});
    return code == EXIT_DONE ? create(c, store, &options) : code;
}

int cmd_init(const struct call *c) {
    struct secret key, passphrase;
    hr_store *store = NULL;
    if (!path_is_free(c->operands[0]))
        return EXIT_USAGE;
    if (!call_has(c, OPT_NEW_RECOVERY_FILE) && !terminal_show("")) /* the key would be lost */
        return recovery_needs_file("--recovery-file");
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
    if (code == EXIT_DONE && call_has(c, OPT_BUREAU))
        code = public_print(store, false, NULL);
    secret_wipe(&key);
    secret_wipe(&passphrase);
    hr_store_free(store);
    return code;
}
