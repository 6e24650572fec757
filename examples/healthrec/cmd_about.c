/* indicators, tallies, forms and columns: what the store can count, and what it can hold. */
#include "commands.h"
#include "forms.h"
#include "rows.h"
#include "session.h"
#include "terminal.h"
#include "text.h"
#include <string.h>

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

/* What forms are about, and sets of indicators. */
static const char *words_about(const char *column, const char *code) {
    static const struct {
        const char *column, *code, *en, *zh;
    } words[] = {
        {"about", "resident", "residents", "居民"},
        {"about", "register", "register", "登记表"},
        {"about", "care", "health file", "健康档案"},
        {"about", "call", "emergency calls", "救助呼叫"},
        {"set", "plan", "plan", "规划"},
        {"set", "national", "national", "国家规范"},
        {"set", "own", "own", "自定"},
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i].column, column) == 0 && strcmp(words[i].code, code) == 0)
            return tr(words[i].en, words[i].zh);
    return NULL;
}

int cmd_indicators(const struct call *c) {
    static const char *const drop[] = {"source", "set", "numerator", "denominator", "due", "target", NULL};
    return print_about(c, hr_indicators, &(rows_style){.drop = drop, .words = words_about});
}

int cmd_tallies(const struct call *c) {
    return print_about(c, hr_tallies, &(rows_style){.key = NULL});
}

int cmd_forms(const struct call *c) {
    static const char *const drop[] = {"fields", "about", NULL};
    return print_about(c, hr_forms, &(rows_style){.drop = drop, .words = words_about});
}

/* ---- columns ---- */

/* A table of all this is wider than any window, so on a terminal each field has some lines of its own. */
static void print_fields(const form *of, int width) {
    enum { INDENT = 4 };
    for (size_t i = 0; i < of->count; i++) {
        const field *f = &of->fields[i];
        const char *label = field_label(f);
        text_put(stdout, f->name, 0, false, false);
        if (strcmp(label, f->name) != 0)
            printf("  %s", label);
        if (f->required || f->computed)
            fputs(f->required ? tr(" (required)", "（必填）") : tr(" (computed)", "（自动计算）"), stdout);
        putchar('\n');
        field_describe(stdout, f, INDENT, width);
        if (*f->standard)
            printf("%*s%s\n", INDENT, "", f->standard);
    }
}

static int list_fields(const struct call *c) {
    hr_store *store;
    int code = session_open(c, &store);
    if (code != EXIT_DONE)
        return code;
    forms all = {.store = store};
    const form *of = forms_get(&all, c->operands[1]);
    if (of)
        print_fields(of, terminal_columns(stdout));
    else
        code = session_result(store, *hr_error(store) ? HR_INVALID : HR_SYSTEM);
    forms_free(&all);
    hr_store_free(store);
    return code;
}

int cmd_columns(const struct call *c) {
    enum format format;
    if (!c->operands[1])
        return cmd_forms(c);
    if (!call_format(c, &format))
        return EXIT_USAGE;
    return format == FORMAT_TABLE && terminal_columns(stdout) ? list_fields(c) : print_about(c, NULL, NULL);
}
