/* restrict, release, erase: what is done with a resident's file on his request. */
#include "commands.h"
#include "session.h"
#include "terminal.h"
#include "text.h"
#include <inttypes.h>

static int open_and_find(const struct call *c, hr_store **store, int64_t *id) {
    int code = session_open(c, store);
    return code == EXIT_DONE ? session_result(*store, hr_resident_lookup(*store, c->operands[1], id)) : code;
}

int cmd_restrict(const struct call *c) {
    hr_store *store = NULL;
    int64_t id = 0;
    int code = open_and_find(c, &store, &id);
    if (code == EXIT_DONE)
        code = session_result(store, hr_restrict(store, id, c->values[OPT_WHY]));
    if (code == EXIT_DONE)
        say(tr("the file of resident #%" PRId64 " is restricted; \"healthrec release %s '#%" PRId64
               "' --why …\" shows it again",
               "居民 #%" PRId64 " 的档案已封存；解除封存请用“healthrec release %s '#%" PRId64 "' --why …”"),
            id, c->operands[0], id);
    hr_store_free(store);
    return code;
}

int cmd_release(const struct call *c) {
    hr_store *store = NULL;
    int64_t id = 0;
    int code = open_and_find(c, &store, &id);
    if (code == EXIT_DONE)
        code = session_result(store, hr_release(store, id, c->values[OPT_WHY]));
    if (code == EXIT_DONE)
        say(tr("the file of resident #%" PRId64 " is released", "居民 #%" PRId64 " 的档案已解除封存"), id);
    hr_store_free(store);
    return code;
}

/* He is named once more, by his number in this store, so that nobody is erased for another. */
static int confirm(const struct call *c, int64_t id) {
    char prompt[256], typed[32] = "";
    int64_t number = 0;
    if (call_has(c, OPT_YES))
        return EXIT_DONE;
    snprintf(prompt, sizeof prompt,
             tr("The file of resident #%" PRId64 " will be erased for good. Type his number to go on: ",
                "将永久删除居民 #%" PRId64 " 的档案。请输入该编号以确认："),
             id);
    enum answer answer = terminal_ask(prompt, ASK_SHOWN, typed, sizeof typed);
    if (answer == ANSWERED && number_read(typed + (typed[0] == '#'), &number) && number == id)
        return EXIT_DONE;
    say("%s", answer == NO_TERMINAL
                  ? tr("there is no terminal to confirm on; give --yes", "没有可用于确认的终端；请使用 --yes")
                  : tr("that is not his number; nothing was erased", "编号不符；未作删除"));
    return EXIT_USAGE;
}

int cmd_erase(const struct call *c) {
    hr_erase_options options;
    hr_store *store = NULL;
    struct progress progress;
    int64_t id = 0;
    hr_erase_options_init(&options);
    options.progress = progress_step;
    options.progress_context = &progress;
    int code = open_and_find(c, &store, &id);
    if (code == EXIT_DONE)
        code = confirm(c, id);
    if (code == EXIT_DONE) {
        progress_begin(&progress, tr("erase", "删除"), UNIT_STEPS);
        hr_status status = hr_erase(store, id, &options);
        progress_end(&progress);
        code = session_result(store, status);
    }
    if (code == EXIT_DONE)
        say(tr("the file of resident #%" PRId64 " is erased; backups that were made before still hold it: make a new "
               "one and destroy them",
               "居民 #%" PRId64 " 的档案已删除；此前的备份中仍有该档案：请另作新备份，并销毁旧备份"),
            id);
    hr_store_free(store);
    return code;
}
