/* log: who did what, and the head of it all on paper. */
#include "commands.h"
#include "head.h"
#include "rows.h"
#include "session.h"
#include "text.h"
#include <inttypes.h>

static int list_entries(hr_store *store, const hr_log_options *options, enum format format) {
    static const char *const hide[] = {"kind", "effective", NULL}, *const moments[] = {"recorded", NULL};
    const rows_style style = {.hide = hide, .moments = moments, .wrapped = "detail"};
    hr_cursor *rows = NULL;
    uint64_t count = 0;
    hr_status status = hr_log(store, options, &rows);
    int code = rows_finish(store, status, rows, format, &style, &count);
    if (code == EXIT_DONE && count == 0)
        say("%s", tr("there is no such entry", "没有这样的记录"));
    else if (code == EXIT_DONE && options->limit && count == (uint64_t)options->limit)
        say(tr("the list stops at %" PRIu64 " entries; there may be older ones: use --to, or --limit 0",
               "最多只列 %" PRIu64 " 条，可能还有更早的；请使用 --to 或 --limit 0"),
            count);
    return code;
}

int cmd_log(const struct call *c) {
    hr_log_options options;
    hr_store *store;
    enum format format;
    hr_log_options_init(&options);
    if (!call_format(c, &format) || !call_day(c, OPT_FROM, &options.from) || !call_day(c, OPT_TO, &options.to) ||
        !call_limit(c, &options.limit))
        return EXIT_USAGE;
    options.operator_name = c->values[OPT_BY_OPERATOR];
    options.kind = c->values[OPT_KIND];
    int code = session_open(c, &store);
    if (code != EXIT_DONE)
        return code;
    if (call_has(c, OPT_RESIDENT))
        code = session_result(store, hr_resident_lookup(store, c->values[OPT_RESIDENT], &options.resident));
    if (code == EXIT_DONE)
        code = call_has(c, OPT_HEAD) ? head_print(store) : list_entries(store, &options, format);
    hr_store_free(store);
    return code;
}
