/* indicators, tallies, forms and columns: what the store can count, and what it can hold. */
#include "commands.h"
#include "rows.h"
#include "session.h"
#include "text.h"

typedef hr_status (*about_fn)(hr_store *store, hr_cursor **out);

static int print_about(const struct call *c, about_fn ask, const rows_style *style) {
    hr_cursor *rows = NULL;
    hr_store *store;
    enum format format;
    uint64_t count = 0;
    if (!call_format(c, &format))
        return EXIT_USAGE;
    int code = session_open(c, &store);
    if (code != EXIT_DONE)
        return code;
    hr_status status = ask ? ask(store, &rows) : hr_columns(store, c->operands[1], &rows);
    code = rows_finish(store, status, rows, format, style, &count);
    hr_store_free(store);
    return code;
}

int cmd_indicators(const struct call *c) {
    static const char *const drop[] = {"source", "set", "numerator", "denominator", "due", "target", NULL};
    return print_about(c, hr_indicators, &(rows_style){.drop = drop});
}

int cmd_tallies(const struct call *c) {
    return print_about(c, hr_tallies, &(rows_style){.key = NULL});
}

int cmd_forms(const struct call *c) {
    static const char *const drop[] = {"fields", "about", NULL};
    return print_about(c, hr_forms, &(rows_style){.drop = drop});
}

int cmd_columns(const struct call *c) {
    /* The last is the name again. */
    static const char *const drop_en[] = {"standard", "computed", "codes",    "range",    "unit",
                                          "label_zh", "type",     "required", "label_en", NULL};
    static const char *const drop_zh[] = {"standard", "computed", "codes",    "range", "unit",
                                          "label_en", "type",     "required", NULL};
    return print_about(c, NULL, &(rows_style){.drop = text_language() == HR_LANGUAGE_ZH ? drop_zh : drop_en});
}
