/* export --to, receive, inspect and bundles: what goes from stations to their bureau and comes back. */
#include "bundles.h"
#include "commands.h"
#include "peers.h"
#include "rows.h"
#include "session.h"
#include "terminal.h"
#include "text.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- export --to ---- */

static bool read_again(const struct call *c, int64_t *out) {
    if (!call_has(c, OPT_AGAIN) || (number_read(c->values[OPT_AGAIN], out) && *out > 0))
        return true;
    say(tr("--again: \"%s\" is no number of a bundle; bundles lists them", "--again：“%s”不是包号；可用 bundles 查看"),
        c->values[OPT_AGAIN]);
    return false;
}

static void say_exported(const hr_export_result *r, const char *file) {
    say(tr_count(
            r->entries,
            "bundle %" PRId64 " for %s (%s, %" PRIu64 " entry) is in %s and %s.minisig; send both, and take in the "
            "receipt that comes back",
            "bundle %" PRId64 " for %s (%s, %" PRIu64 " entries) is in %s and %s.minisig; send both, and take in the "
            "receipt that comes back",
            "第 %" PRId64 " 号上报包（发给 %s，%s，%" PRIu64
            " 条记录）已写入 %s 和 %s.minisig；请一并发送，收到回执后导入"),
        r->seq, r->to_name, strcmp(r->level, "persons") == 0 ? tr("persons", "个人（假名）") : tr("figures", "汇总数"),
        r->entries, file, file);
    if (r->left_out)
        say(tr_count(
                r->left_out,
                "%" PRIu64 " entry about residents whose file is restricted was held back; it is sent when the file is "
                "released",
                "%" PRIu64 " entries about residents whose file is restricted were held back; they are sent when the "
                "file is released",
                "%" PRIu64 " 条记录属于已封存档案的居民，未上报；解除封存后随下一包上报"),
            r->left_out);
}

int export_bundle(const struct call *c) {
    struct progress progress;
    hr_export_options options;
    hr_export_result result;
    hr_public_info bureau;
    hr_store *store;
    const char *file = c->values[OPT_OUTPUT];
    hr_export_options_init(&options);
    hr_export_result_init(&result);
    if (!file) {
        say("%s", tr("export --to needs a file to write: -o FILE", "export --to 需要输出文件：-o 文件"));
        return EXIT_USAGE;
    }
    if (!read_again(c, &options.again))
        return EXIT_USAGE;
    int code = session_open(c, &store);
    if (code != EXIT_DONE)
        return code;
    code = peer_take(c, store, c->values[OPT_TO_STORE], &bureau);
    if (code == EXIT_DONE) {
        options.to = bureau.id;
        options.level = c->values[OPT_LEVEL];
        options.progress = progress_step;
        options.progress_context = &progress;
        progress_begin(&progress, tr("export", "上报"), UNIT_STEPS);
        hr_status status = hr_export(store, file, &options, &result);
        progress_end(&progress);
        code = session_result(store, status);
    }
    if (code == EXIT_DONE)
        say_exported(&result, file);
    hr_store_free(store);
    return code;
}

/* ---- receive ---- */

/* A file, and what it says of where it comes from, so that bundles of one station are received in order. */
struct parcel {
    const char *file;
    char from[64];
    int64_t seq;
    size_t place; /* on the command line */
};

static void look(hr_store *store, const char *file, size_t place, struct parcel *out) {
    hr_cursor *rows = NULL;
    *out = (struct parcel){.file = file, .place = place};
    if (hr_inspect(store, file, &rows) != HR_OK)
        return;
    while (hr_cursor_next(rows) == HR_OK) {
        const char *item = hr_cursor_text(rows, 0);
        if (strcmp(item, "from") == 0)
            snprintf(out->from, sizeof out->from, "%s", hr_cursor_text(rows, 2));
        else if (strcmp(item, "seq") == 0 && !number_read(hr_cursor_text(rows, 2), &out->seq))
            out->seq = 0;
    }
    hr_cursor_free(rows);
}

/* Linkage keys first, which have no number: what comes with them may need them. */
static int by_number(const void *a, const void *b) {
    const struct parcel *x = a, *y = b;
    int stations = strcmp(x->from, y->from);
    return stations           ? stations
           : x->seq != y->seq ? (x->seq > y->seq) - (x->seq < y->seq)
                              : (x->place > y->place) - (x->place < y->place);
}

static void say_received(const struct parcel *p, const hr_receive_result *r, const struct call *c) {
    if (strcmp(r->kind, "receipt") == 0)
        say(tr("%s: %s has received bundle %" PRId64, "%s：%s 已接收第 %" PRId64 " 号上报包"), p->file, r->from_name,
            r->seq);
    else if (strcmp(r->kind, "linkage") == 0)
        say(tr("%s: the linkage key of %s is kept", "%s：%s 的关联密钥已存入"), p->file, r->from_name);
    else if (call_has(c, OPT_RECEIPT_AGAIN))
        say(tr("%s: the receipt for bundle %" PRId64 " of %s was written again",
               "%s：第 %" PRId64 " 号上报包（%s）的回执已重写"),
            p->file, r->seq, r->from_name);
    else
        say(tr("%s: bundle %" PRId64 " of %s is received: entries %" PRIu64 ", residents added %" PRIu64
               ", changed %" PRIu64 "; send back its receipt",
               "%s：已接收第 %" PRId64 " 号上报包（%s）：记录 %" PRIu64 " 条，新增居民 %" PRIu64 " 人，变更 %" PRIu64
               " 人；请将回执发回该站"),
            p->file, r->seq, r->from_name, r->entries, r->added, r->changed);
    if (r->left_out)
        say(tr_count(
                r->left_out,
                "%" PRIu64 " entry was left out: it contradicts what is known here, or is about an institution whose "
                "code another has",
                "%" PRIu64 " entries were left out: they contradict what is known here, or are about an institution "
                "whose code another has",
                "%" PRIu64 " 条记录未接收：与已有内容矛盾，或机构代码与其他机构重复"),
            r->left_out);
    if (r->conflicts)
        say(tr_count(r->conflicts, "%" PRIu64 " conflict was noted; \"healthrec conflicts %s\" lists it",
                     "%" PRIu64 " conflicts were noted; \"healthrec conflicts %s\" lists them",
                     "记下 %" PRIu64 " 处冲突；请用“healthrec conflicts %s”查看"),
            r->conflicts, c->operands[0]);
}

static int receive_one(const struct call *c, hr_store *store, const struct parcel *p) {
    struct progress progress;
    hr_receive_options options;
    hr_receive_result result;
    hr_receive_options_init(&options);
    hr_receive_result_init(&result);
    options.receipt = c->values[OPT_OUTPUT];
    options.receipt_again = call_has(c, OPT_RECEIPT_AGAIN);
    options.progress = progress_step;
    options.progress_context = &progress;
    progress_begin(&progress, p->file, UNIT_BYTES);
    hr_status status = hr_receive(store, p->file, &options, &result);
    progress_end(&progress);
    if (status == HR_OK) {
        say_received(p, &result, c);
        return EXIT_DONE;
    }
    if (status == HR_CANCELLED)
        return session_result(store, status);
    say(tr("%s: %s", "%s：%s"), p->file, hr_error(store));
    return session_exit(status);
}

static int receive_all(const struct call *c, hr_store *store, struct parcel *parcels, size_t count) {
    int first = EXIT_DONE;
    for (size_t i = 0; i < count; i++) {
        int code = receive_one(c, store, &parcels[i]);
        first = first == EXIT_DONE ? code : first;
    }
    return first;
}

int cmd_receive(const struct call *c) {
    size_t count = 1 + c->rest_count;
    hr_store *store;
    if (call_has(c, OPT_OUTPUT) && count > 1) {
        say("%s", tr("-o names the receipt of one file; name one file, or leave -o out",
                     "-o 只能为一个文件指定回执；请只给一个文件，或不用 -o"));
        return EXIT_USAGE;
    }
    struct parcel *parcels = calloc(count, sizeof *parcels);
    int code = parcels ? session_open(c, &store) : EXIT_SYSTEM;
    if (code != EXIT_DONE) {
        free(parcels);
        return code;
    }
    for (size_t i = 0; i < count; i++)
        look(store, i ? c->rest[i - 1] : c->operands[1], i, &parcels[i]);
    qsort(parcels, count, sizeof *parcels, by_number);
    code = receive_all(c, store, parcels, count);
    hr_store_free(store);
    free(parcels);
    return code;
}

/* ---- inspect and bundles ---- */

static const char *words(const char *column, const char *code) {
    static const struct {
        const char *code, *zh;
    } known[] = {{"bundle", "上报包"},
                 {"receipt", "回执"},
                 {"linkage key", "关联密钥"},
                 {"public file", "公开文件"},
                 {"persons", "个人"},
                 {"figures", "汇总数"},
                 {"sent", "上报"},
                 {"received", "接收"},
                 {"station", "站点"},
                 {"bureau", "卫生局"},
                 {"encrypted", "已加密"},
                 {"none", "无"}};
    if (strcmp(column, "value") != 0 && strcmp(column, "direction") != 0 && strcmp(column, "level") != 0)
        return NULL;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(code, known[i].code) == 0)
            return tr(known[i].code, known[i].zh);
    return NULL;
}

int cmd_inspect(const struct call *c) {
    static const char *const hide[] = {"item", NULL};
    hr_cursor *rows = NULL;
    hr_store *store;
    uint64_t count = 0;
    enum format format;
    if (!call_format(c, &format))
        return EXIT_USAGE;
    int code = session_new(&store);
    if (code != EXIT_DONE)
        return code;
    hr_status status = hr_inspect(store, c->operands[0], &rows);
    code = rows_finish(store, status, rows, format, &(rows_style){.hide = hide, .words = words, .wrapped = "value"},
                       &count);
    if (code == EXIT_DONE)
        say("%s", tr("this is what the file says; whether its sender wrote it, only receive or minisign -V can tell",
                     "以上为文件自述；是否确由对方签发，须由 receive 或 minisign -V 核验"));
    hr_store_free(store);
    return code;
}

int cmd_bundles(const struct call *c) {
    static const char *const hide[] = {"store", NULL}, *const moments[] = {"received", NULL},
                             *const drop[] = {"entry", NULL};
    hr_cursor *rows = NULL;
    hr_store *store;
    uint64_t count = 0;
    enum format format;
    if (!call_format(c, &format))
        return EXIT_USAGE;
    int code = session_open(c, &store);
    if (code != EXIT_DONE)
        return code;
    hr_status status = hr_bundles(store, &rows);
    code = rows_finish(store, status, rows, format,
                       &(rows_style){.hide = hide, .drop = drop, .moments = moments, .words = words}, &count);
    if (code == EXIT_DONE && count == 0)
        say("%s", tr("no bundle went or came yet", "尚无上报包往来"));
    hr_store_free(store);
    return code;
}
