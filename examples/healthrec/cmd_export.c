/* export: what leaves the store. With --to a bundle for a bureau (cmd_bundle.c), with --public a table for everybody,
 * whose small counts the library hides. */
#include "bundles.h"
#include "commands.h"
#include "figures.h"
#include "rows.h"
#include "session.h"
#include "text.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- where it goes ---- */

/* Has stdout go to a new file. False after saying why not. */
static bool redirect(const char *file) {
    fflush(stdout);
    int fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    bool good = fd >= 0 && dup2(fd, STDOUT_FILENO) >= 0;
    if (!good && errno == EEXIST)
        say(tr("%s exists already; give another name", "%s 已存在；请另取文件名"), file);
    else if (!good)
        say(tr("cannot make %s: %s; give another place", "无法建立 %s：%s；请换个位置"), file, strerror(errno));
    if (fd >= 0)
        close(fd);
    return good;
}

/* ---- a table for the public ---- */

struct seen {
    uint64_t rows, hidden;
};

static void see_row(void *context, hr_cursor *row) {
    enum { C_HIDDEN = 8 }; /* column of hr_public */
    struct seen *s = context;
    s->rows++;
    s->hidden += hr_cursor_type(row, C_HIDDEN) != HR_NULL;
}

/* The newest entry of a table is this one; it may be of figures that were published before. */
static void say_whether_again(hr_store *store) {
    enum { L_PUBLICATION = 0, L_AS_OF = 3, L_KNOWN = 4 }; /* columns of hr_publications */
    hr_cursor *all = NULL;
    int64_t seq = 0, known = 0;
    char day[DATE_SIZE] = "";
    if (hr_publications(store, &all) != HR_OK)
        return;
    while (hr_cursor_next(all) == HR_OK) {
        seq = hr_cursor_integer(all, L_PUBLICATION);
        known = hr_cursor_integer(all, L_KNOWN);
        snprintf(day, sizeof day, "%s", hr_cursor_text(all, L_AS_OF));
    }
    hr_cursor_free(all);
    if (known + 1 < seq)
        say(tr("%s was published before: these are the same figures, as known at entry %" PRId64
               "; later corrections show in tables of other days",
               "%s 的数据此前已公布：本表沿用当时的数据（依据至第 %" PRId64
               " 条记录）；其后的更正见于其他日期的统计表"),
            day, known);
}

static int finish(hr_store *store, const struct seen *seen, const char *file) {
    if (seen->rows == 0)
        say("%s", tr("there is nothing to show; choose other areas or indicators", "没有可列的内容；请改选区划或指标"));
    else
        say(tr("of %" PRIu64 " rows %" PRIu64 " hide something%s%s; what was published is kept in the log",
               "共 %" PRIu64 " 行，其中 %" PRIu64 " 行有隐去的数据%s%s；公布内容已记入日志"),
            seen->rows, seen->hidden, file ? tr("; written to ", "；已写入 ") : "", file ? file : "");
    say_whether_again(store);
    return EXIT_DONE;
}

static const char *words(const char *column, const char *code) {
    return strcmp(column, "hidden") == 0 && *code ? tr("hidden", "已隐去") : NULL;
}

static int print_table(hr_store *store, const hr_public_options *options, enum format format, const char *file) {
    static const char *const hide[] = {"as_of", "tier", "indicator", "denominator_source", NULL};
    char day[DATE_SIZE], *head = figures_head(date_text(options->as_of, day), NULL);
    struct seen seen = {0};
    hr_cursor *rows = NULL;
    uint64_t count = 0;
    const rows_style style = {.head = head, .hide = hide, .words = words, .each = see_row, .context = &seen};
    int code = file && !redirect(file) ? EXIT_USAGE : EXIT_DONE;
    if (code == EXIT_DONE) {
        hr_status status = hr_public(store, options, &rows);
        code = rows_finish(store, status, rows, format, &style, &count);
        if (file && (fflush(stdout) != 0 || code != EXIT_DONE))
            unlink(file);
    }
    free(head);
    return code == EXIT_DONE && !ferror(stdout) ? finish(store, &seen, file) : code;
}

static int list_published(hr_store *store, enum format format) {
    static const char *const drop[] = {"indicators", "author", "recorded", NULL}, *const moments[] = {"recorded", NULL};
    static const rows_style style = {.moments = moments, .drop = drop};
    hr_cursor *rows = NULL;
    uint64_t count = 0;
    hr_status status = hr_publications(store, &rows);
    int code = rows_finish(store, status, rows, format, &style, &count);
    if (code == EXIT_DONE && count == 0)
        say("%s", tr("nothing was published yet", "尚未公布过统计表"));
    return code;
}

static bool read_hide(const struct call *c, uint32_t *out) {
    int64_t number;
    if (!call_has(c, OPT_HIDE))
        return true;
    if (number_read(c->values[OPT_HIDE], &number) && number <= UINT32_MAX) {
        *out = (uint32_t)number;
        return true;
    }
    say(tr("--hide: \"%s\" is not a count; write 9 to hide 1 to 9", "--hide：“%s”不是计数；写 9 即隐去 1 至 9"),
        c->values[OPT_HIDE]);
    return false;
}

static int export_public(const struct call *c) {
    hr_public_options options;
    hr_store *store;
    enum format format;
    hr_public_options_init(&options);
    if (!call_format(c, &format) || !call_date(c, OPT_AS_OF, &options.as_of) || !read_hide(c, &options.hide))
        return EXIT_USAGE;
    if (call_has(c, OPT_OUTPUT) && !call_has(c, OPT_FORMAT))
        format = FORMAT_CSV;
    options.within = c->values[OPT_WITHIN];
    options.by = c->values[OPT_BY];
    options.indicators = c->values[OPT_INDICATOR];
    options.set = c->values[OPT_SET];
    int code = session_open(c, &store);
    if (code != EXIT_DONE)
        return code;
    code = call_has(c, OPT_LIST) ? list_published(store, format)
                                 : print_table(store, &options, format, c->values[OPT_OUTPUT]);
    hr_store_free(store);
    return code;
}

int cmd_export(const struct call *c) {
    bool bundle = call_has(c, OPT_TO_STORE), public = call_has(c, OPT_PUBLIC);
    if (bundle != public)
        return bundle ? export_bundle(c) : export_public(c);
    say("%s",
        tr("say what to export: --to BUREAU.pub -o FILE makes a bundle for a bureau, --public a table for the public",
           "请指明导出内容：--to 卫生局.pub -o 文件 生成上报包，--public 生成公开统计表"));
    return EXIT_USAGE;
}
