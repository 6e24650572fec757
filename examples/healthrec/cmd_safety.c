/* verify, backup, restore: the long work that keeps a store trustworthy. */
#include "commands.h"
#include "head.h"
#include "rows.h"
#include "session.h"
#include "terminal.h"
#include "text.h"
#include <inttypes.h>
#include <stdlib.h>

int cmd_verify(const struct call *c) {
    hr_cursor *findings = NULL;
    hr_store *store;
    struct progress progress;
    enum format format;
    uint64_t count = 0;
    if (!call_format(c, &format))
        return EXIT_USAGE;
    int code = EXIT_DONE;
    char *against = call_has(c, OPT_AGAINST) ? head_read(c->values[OPT_AGAINST], &code) : NULL;
    if (code == EXIT_DONE)
        code = session_open(c, &store);
    if (code != EXIT_DONE) {
        free(against);
        return code;
    }
    hr_verify_options options;
    hr_verify_options_init(&options);
    options.progress = progress_step;
    options.progress_context = &progress;
    options.against = against;
    progress_begin(&progress, tr("verify", "核验"), UNIT_STEPS);
    hr_status status = hr_verify(store, &options, &findings);
    progress_end(&progress);
    code = rows_finish(store, status, findings, format, NULL, &count);
    if (code == EXIT_DONE && count == 0) {
        say("%s", against ? tr("OK: log, residents, figures and files agree, and nothing has been rewritten since the "
                               "head was printed",
                               "核验通过：记录链、居民、统计数据与文件均一致，且自链头打印以来没有任何改写")
                          : tr("OK: log, residents, figures and files agree",
                               "核验通过：记录链、居民、统计数据与文件均一致"));
    } else if (code == EXIT_DONE) {
        say(tr_count(count, "%" PRIu64 " finding%s; restore the newest backup that verifies, and check the disk",
                     "%" PRIu64 " findings%s; restore the newest backup that verifies, and check the disk",
                     "发现 %" PRIu64 " 处问题%s；请用最近一份核验通过的备份恢复，并检查磁盘"),
            count, count >= 100 ? tr(" or more", "（或更多）") : "");
        code = EXIT_NO;
    }
    hr_store_free(store);
    free(against);
    return code;
}

int cmd_backup(const struct call *c) {
    hr_store *store;
    struct progress progress;
    int code = session_open(c, &store);
    if (code != EXIT_DONE)
        return code;
    progress_begin(&progress, tr("backup", "备份"), UNIT_BYTES);
    hr_status status = hr_backup(store, c->operands[1], progress_step, &progress);
    progress_end(&progress);
    code = session_result(store, status);
    if (code == EXIT_DONE)
        say(tr("%s is written and checked; keep it away from this computer",
               "备份 %s 已写好并校验无误；请存放到本机以外的地方"),
            c->operands[1]);
    hr_store_free(store);
    return code;
}

int cmd_restore(const struct call *c) {
    hr_open_options options;
    hr_store *store = NULL;
    struct progress progress;
    struct secret secret;
    int code = session_new(&store);
    if (code == EXIT_DONE)
        code = secret_for_opening(c, &secret, &options);
    if (code == EXIT_DONE) {
        progress_begin(&progress, tr("restore", "恢复"), UNIT_BYTES);
        hr_status status = hr_restore(store, c->operands[0], c->operands[1], &options, progress_step, &progress);
        progress_end(&progress);
        code = session_result(store, status);
    }
    if (code == EXIT_DONE)
        say(tr("%s is restored; now run: healthrec verify %s", "%s 已恢复；接下来请执行：healthrec verify %s"),
            c->operands[1], c->operands[1]);
    secret_wipe(&secret);
    hr_store_free(store);
    return code;
}
