/* import: a roster into the store. All of the work is the library's; what is here tells people how it went. */
#include "commands.h"
#include "session.h"
#include "terminal.h"
#include "text.h"
#include <inttypes.h>

static void say_result(const struct call *c, const hr_import_result *r) {
    const char *rejects = c->values[OPT_REJECTS];
    if (*r->ignored_columns)
        say(tr("warning: unknown columns were kept out: %s; \"healthrec columns %s %s\" lists the known ones",
               "警告：以下各列无法识别，未予导入：%s；可用的列见“healthrec columns %s %s”"),
            r->ignored_columns, c->operands[0], r->kind);
    say(tr_count(r->rows,
                 "%s (%s): %" PRIu64 " row; %" PRIu64 " added, %" PRIu64 " amended, %" PRIu64 " unchanged, %" PRIu64
                 " rejected",
                 "%s (%s): %" PRIu64 " rows; %" PRIu64 " added, %" PRIu64 " amended, %" PRIu64 " unchanged, %" PRIu64
                 " rejected",
                 "%s（%s）：共 %" PRIu64 " 行；新增 %" PRIu64 "，更正 %" PRIu64 "，无变化 %" PRIu64 "，拒收 %" PRIu64),
        r->kind, r->encoding, r->rows, r->added, r->amended, r->unchanged, r->rejected);
    if (r->rejected && rejects)
        say(tr("what was rejected is in %s, with reasons; correct it there and import that file",
               "被拒收的行及原因在 %s 中；更正后导入该文件即可"),
            rejects);
    if (r->rejected && !rejects)
        say(tr("first rejected: %s; --rejects FILE writes down all of them",
               "首个被拒收的行：%s；用 --rejects 文件 可得到全部"),
            r->first_reject);
    if (call_has(c, OPT_DRY_RUN))
        say("%s", tr("dry run: nothing was changed", "试运行：未作任何改动"));
}

int cmd_import(const struct call *c) {
    hr_import_options options;
    hr_import_result result;
    struct progress progress;
    hr_store *store;
    int code = session_open(c, &store);
    if (code != EXIT_DONE)
        return code;
    hr_import_options_init(&options);
    hr_import_result_init(&result);
    options.kind = c->values[OPT_AS];
    options.encoding = c->values[OPT_ENCODING];
    options.rejects = c->values[OPT_REJECTS];
    options.dry_run = call_has(c, OPT_DRY_RUN);
    options.force = call_has(c, OPT_FORCE);
    options.progress = progress_step;
    options.progress_context = &progress;
    progress_begin(&progress, tr("import", "导入"), UNIT_BYTES);
    hr_status status = hr_import(store, c->operands[1], &options, &result);
    progress_end(&progress);
    code = session_result(store, status);
    if (code == EXIT_DONE) {
        say_result(c, &result);
        code = result.rejected ? EXIT_NO : EXIT_DONE;
    }
    hr_store_free(store);
    return code;
}
