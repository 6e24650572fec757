/* find and list: residents in rows. */
#include "commands.h"
#include "rows.h"
#include "session.h"
#include "text.h"
#include <inttypes.h>

/* What a narrow terminal can do without: show has all of it. */
static const char *const drop[] = {"area", "address", "phone", "file_number", "area_name", NULL};
static const rows_style style = {.drop = drop};

int cmd_find(const struct call *c) {
    hr_cursor *found = NULL;
    hr_store *store;
    enum format format;
    int64_t limit;
    uint64_t count = 0;
    if (!call_format(c, &format) || !call_limit(c, &limit))
        return EXIT_USAGE;
    int code = session_open(c, &store);
    if (code != EXIT_DONE)
        return code;
    hr_status status = hr_find(store, c->operands[1], limit, &found);
    code = rows_finish(store, status, found, format, &style, &count);
    if (code == EXIT_DONE && count == 0) {
        say("%s", tr("nobody was found; try a shorter part of the name, or its pinyin initials",
                     "没有找到居民；请只输入姓名的一部分，或改用拼音首字母"));
        code = EXIT_MISSING;
    } else if (code == EXIT_DONE && limit && count == (uint64_t)limit) {
        say(tr("the list stops at %" PRIu64 "; there may be more: narrow it down, or use --limit 0",
               "最多只列 %" PRIu64 " 人，可能还有更多；请缩小范围，或使用 --limit 0"),
            count);
    }
    hr_store_free(store);
    return code;
}

int cmd_list(const struct call *c) {
    hr_list_options options;
    hr_cursor *listed = NULL;
    hr_store *store;
    enum format format;
    uint64_t count = 0;
    hr_list_options_init(&options);
    if (!call_format(c, &format) || !call_date(c, OPT_AS_OF, &options.as_of))
        return EXIT_USAGE;
    options.cohort = c->values[OPT_COHORT];
    options.without = c->values[OPT_WITHOUT];
    options.within = c->values[OPT_WITHIN];
    int code = session_open(c, &store);
    if (code != EXIT_DONE)
        return code;
    hr_status status = hr_list(store, &options, &listed);
    code = rows_finish(store, status, listed, format, &style, &count);
    if (code == EXIT_DONE)
        say(tr_count(count, "%" PRIu64 " resident", "%" PRIu64 " residents", "共 %" PRIu64 " 人"), count);
    hr_store_free(store);
    return code;
}
