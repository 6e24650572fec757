/* indicators and columns: what the store can count, and what a roster may hold. */
#include "commands.h"
#include "rows.h"
#include "session.h"

int cmd_indicators(const struct call *c) {
    static const char *const drop[] = {"set", "numerator", "denominator", "due", NULL};
    static const rows_style style = {.drop = drop};
    hr_cursor *rows = NULL;
    hr_store *store;
    enum format format;
    uint64_t count = 0;
    if (!call_format(c, &format))
        return EXIT_USAGE;
    int code = session_open(c, &store);
    if (code != EXIT_DONE)
        return code;
    hr_status status = hr_indicators(store, &rows);
    code = rows_finish(store, status, rows, format, &style, &count);
    hr_store_free(store);
    return code;
}

int cmd_columns(const struct call *c) {
    hr_cursor *rows = NULL;
    hr_store *store;
    enum format format;
    uint64_t count = 0;
    if (!call_format(c, &format))
        return EXIT_USAGE;
    int code = session_open(c, &store);
    if (code != EXIT_DONE)
        return code;
    hr_status status = hr_columns(store, c->operands[1], &rows);
    code = rows_finish(store, status, rows, format, NULL, &count);
    hr_store_free(store);
    return code;
}
