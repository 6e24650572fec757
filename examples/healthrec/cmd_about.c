/* indicators and columns: what the store can count, and what a roster may hold. */
#include "commands.h"
#include "rows.h"
#include "session.h"
#include "text.h"

static int print_about(const struct call *c, const rows_style *style) {
    const char *kind = c->operands[1];
    hr_cursor *rows = NULL;
    hr_store *store;
    enum format format;
    uint64_t count = 0;
    if (!call_format(c, &format))
        return EXIT_USAGE;
    int code = session_open(c, &store);
    if (code != EXIT_DONE)
        return code;
    hr_status status = kind ? hr_columns(store, kind, &rows) : hr_indicators(store, &rows);
    code = rows_finish(store, status, rows, format, style, &count);
    hr_store_free(store);
    return code;
}

int cmd_indicators(const struct call *c) {
    static const char *const drop[] = {"set", "numerator", "denominator", "due", "target", NULL};
    static const rows_style style = {.drop = drop};
    return print_about(c, &style);
}

int cmd_columns(const struct call *c) {
    static const char *const drop_en[] = {"label_zh", "required", "label_en", NULL}; /* the last is the name again */
    static const char *const drop_zh[] = {"label_en", "required", NULL};
    const rows_style style = {.drop = text_language() == HR_LANGUAGE_ZH ? drop_zh : drop_en};
    return print_about(c, &style);
}
