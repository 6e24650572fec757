/* merge and conflicts: two copies of a store, or a station's within another's area, come together; and what is left for
 * a person to decide. */
#include "commands.h"
#include "rows.h"
#include "session.h"
#include "terminal.h"
#include "text.h"
#include <inttypes.h>
#include <string.h>

static hr_status merge_once(const struct call *c, hr_store *store, const hr_open_options *open,
                            hr_merge_result *result) {
    struct progress progress;
    hr_merge_options options;
    hr_merge_options_init(&options);
    hr_merge_result_init(result);
    options.operator_name = open->operator_name;
    options.passphrase = open->passphrase;
    options.recovery_key = open->recovery_key;
    options.progress = progress_step;
    options.progress_context = &progress;
    progress_begin(&progress, tr("merge", "合并"), UNIT_STEPS);
    hr_status status = hr_merge(store, c->operands[1], &options, result);
    progress_end(&progress);
    return status;
}

/* With what opened this store, unless the options say otherwise; asked for when that does not open the other one. */
static int merge(const struct call *c, hr_store *store, struct secret *secret, hr_open_options *open,
                 hr_merge_result *result) {
    bool given = call_has(c, OPT_OTHER_PASSPHRASE_FILE) || (call_has(c, OPT_OTHER_OPERATOR) && open->recovery_key);
    if (call_has(c, OPT_OTHER_OPERATOR))
        open->operator_name = c->values[OPT_OTHER_OPERATOR];
    int code = given ? secret_for_other(c, secret, open) : EXIT_DONE;
    hr_status status = code == EXIT_DONE ? merge_once(c, store, open, result) : HR_OK;
    if (code == EXIT_DONE && status == HR_PASSPHRASE && !given) {
        secret_wipe(secret);
        code = secret_for_other(c, secret, open);
        status = code == EXIT_DONE ? merge_once(c, store, open, result) : HR_OK;
    }
    secret_wipe(secret);
    return code == EXIT_DONE ? session_result(store, status) : code;
}

static void say_result(const struct call *c, const hr_merge_result *r) {
    say(tr_count(r->entries, "from %s: %" PRIu64 " entry taken over; residents added: %" PRIu64 ", changed: %" PRIu64,
                 "from %s: %" PRIu64 " entries taken over; residents added: %" PRIu64 ", changed: %" PRIu64,
                 "来自 %s：并入记录 %" PRIu64 " 条；新增居民 %" PRIu64 " 人，变更 %" PRIu64 " 人"),
        r->store_name, r->entries, r->added, r->changed);
    if (r->left_out)
        say(tr_count(r->left_out,
                     "%" PRIu64 " entry was left out: releases and erasures are decided here, a call is answered once, "
                     "and what is about a resident erased here is not taken over",
                     "%" PRIu64 " entries were left out: releases and erasures are decided here, a call is answered "
                     "once, and what is about a resident erased here is not taken over",
                     "%" PRIu64
                     " 条记录未并入：解除封存和删除由本库决定，一次呼叫只应答一次，本库已删除的居民不再并入"),
            r->left_out);
    if (r->conflicts)
        say(tr_count(r->conflicts,
                     "%" PRIu64 " conflict is left for you to decide; \"healthrec conflicts %s\" lists it",
                     "%" PRIu64 " conflicts are left for you to decide; \"healthrec conflicts %s\" lists them",
                     "有 %" PRIu64 " 处冲突待核定；请用“healthrec conflicts %s”查看"),
            r->conflicts, c->operands[0]);
}

int cmd_merge(const struct call *c) {
    hr_open_options open;
    hr_merge_result result;
    struct secret secret;
    hr_store *store;
    int code = session_exists(c->operands[1]);
    if (code == EXIT_DONE)
        code = session_open_keeping(c, &secret, &open, &store);
    if (code != EXIT_DONE)
        return code;
    code = merge(c, store, &secret, &open, &result);
    if (code == EXIT_DONE)
        say_result(c, &result);
    hr_store_free(store);
    return code;
}

/* ---- conflicts ---- */

static const char *words_for_conflicts(const char *column, const char *code) {
    static const struct {
        const char *code, *en, *zh;
    } what[] = {{"field", "two values", "两个值"},
                {"number", "same number", "号码相同"},
                {"erased", "erased there", "对方已删除"},
                {"corrected", "corrected", "已更正"}};
    for (size_t i = 0; strcmp(column, "what") == 0 && i < sizeof what / sizeof *what; i++)
        if (strcmp(code, what[i].code) == 0)
            return tr(what[i].en, what[i].zh);
    return NULL;
}

static void count_correction(void *context, hr_cursor *row) {
    uint64_t *count = context;
    for (int i = 0; i < hr_cursor_columns(row); i++)
        if (strcmp(hr_cursor_name(row, i), "what") == 0 && strcmp(hr_cursor_text(row, i), "corrected") == 0)
            ++*count;
}

static int say_conflicts(uint64_t count, uint64_t corrections) {
    if (count)
        say(tr_count(count,
                     "%" PRIu64
                     " conflict; amend the entry with the value that holds, unify the two, or erase the file here",
                     "%" PRIu64
                     " conflicts; amend the entry with the value that holds, unify the two, or erase the file here",
                     "共 %" PRIu64 " 处冲突；请更正现用值所在的记录，合并两位居民，或在本库删除档案"),
            count);
    else
        say("%s", tr("OK: nothing is left to decide", "正常：没有待核定的内容"));
    if (corrections)
        say(tr_count(corrections, "%" PRIu64 " correction besides, which needs nothing done: the later value counts",
                     "%" PRIu64 " corrections besides, which need nothing done: the later values count",
                     "另有更正 %" PRIu64 " 处，以后报的为准，无须处理"),
            corrections);
    return count ? EXIT_NO : EXIT_DONE;
}

int cmd_conflicts(const struct call *c) {
    static const char *const hide[] = {"field", NULL}, *const moments[] = {"said", "other_said", NULL};
    static const char *const drop[] = {"other_said", "said", "other_author", "author", "name", "other_resident", NULL};
    uint64_t count = 0, corrections = 0;
    const rows_style style = {.hide = hide,
                              .drop = drop,
                              .moments = moments,
                              .words = words_for_conflicts,
                              .each = count_correction,
                              .context = &corrections};
    hr_cursor *rows = NULL;
    hr_store *store;
    enum format format;
    if (!call_format(c, &format))
        return EXIT_USAGE;
    int code = session_open(c, &store);
    if (code != EXIT_DONE)
        return code;
    hr_status status = hr_conflicts(store, &rows);
    code = rows_finish(store, status, rows, format, &style, &count);
    if (code == EXIT_DONE)
        code = say_conflicts(count - corrections, corrections);
    hr_store_free(store);
    return code;
}
