/* trend: indicators of one area, day by day. The bar shows at a glance what the numbers say. */
#include "commands.h"
#include "figures.h"
#include "rows.h"
#include "session.h"
#include "table.h"
#include "text.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- the bar ---- */

enum { BAR_WIDTH = 25, EIGHTHS = 8, BAR_SIZE = BAR_WIDTH * 3 + 1 };

/* A bar of 25 signs for 100 %, to an eighth of a sign; in ASCII where the terminal may show no more. What is not 0 is
 * seen. */
static void draw_bar(int64_t part, int64_t whole, char out[BAR_SIZE]) {
    static const char *const ends[EIGHTHS] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    bool blocks = text_beyond_ascii();
    int64_t most = BAR_WIDTH * EIGHTHS, length = whole > 0 ? part * most / whole : 0;
    length = length > most ? most : length == 0 && part > 0 && whole > 0 ? 1 : length;
    for (*out = '\0'; length >= EIGHTHS; length -= EIGHTHS)
        strcat(out, blocks ? "█" : "#");
    if (blocks)
        strcat(out, ends[length]);
}

/* ---- the table ---- */

enum { T_AS_OF, T_INDICATOR, T_NUMERATOR, T_DENOMINATOR, T_RATE, T_TARGET, T_BAR, T_COUNT };

/* The bar goes first where there is little room, then the target. With one indicator the title names it. */
static table *new_series(bool one) {
    const table_column columns[T_COUNT] = {
        [T_AS_OF] = {.heading = tr("as of", "截止日期"), .whole = true},
        [T_INDICATOR] = {.heading = tr("indicator", "指标"), .whole = true},
        [T_NUMERATOR] = {.heading = tr("count", "分子"), .right = true},
        [T_DENOMINATOR] = {.heading = tr("of", "分母"), .right = true},
        [T_RATE] = {.heading = tr("rate", "比率"), .right = true},
        [T_TARGET] = {.heading = tr("target", "目标"), .right = true},
        [T_BAR] = {.heading = ""},
    };
    column_set always = one ? COLUMN(T_INDICATOR) : 0;
    const column_set ways[] = {always, always | COLUMN(T_BAR), always | COLUMN(T_BAR) | COLUMN(T_TARGET)};
    return table_new(columns, T_COUNT, ways, sizeof ways / sizeof *ways);
}

static bool add_day(table *t, hr_cursor *row) {
    int64_t part = hr_cursor_integer(row, R_NUMERATOR), whole = hr_cursor_integer(row, R_DENOMINATOR);
    char day[DATE_SIZE], code[64], numerator[24], denominator[24], rate[SHARE_SIZE], target[SHARE_SIZE] = "",
                                                                                     bar[BAR_SIZE];
    snprintf(day, sizeof day, "%s", hr_cursor_text(row, R_AS_OF));
    snprintf(code, sizeof code, "%s", hr_cursor_text(row, R_INDICATOR));
    snprintf(numerator, sizeof numerator, "%" PRId64, part);
    snprintf(denominator, sizeof denominator, "%" PRId64, whole);
    share_of(part, whole, rate);
    if (hr_cursor_type(row, R_TARGET) != HR_NULL)
        share_round(hr_cursor_real(row, R_TARGET), target);
    draw_bar(part, whole, bar);
    const char *cells[T_COUNT] = {day, code, numerator, denominator, rate, target, bar};
    return table_row(t, cells);
}

static void print_title(const hr_trend_options *asked, hr_cursor *row, const dictionary *names) {
    char area[512];
    fputs(figures_area(row, area, sizeof area), stdout);
    figures_known(asked->known_at);
    putchar('\n');
    if (!strchr(asked->indicators, ','))
        printf("%s\n", dictionary_name(names, asked->indicators));
    putchar('\n');
}

static hr_status print_trend(hr_store *store, hr_cursor *rows, const hr_trend_options *asked) {
    dictionary names = {0};
    hr_cursor *indicators = NULL;
    bool begun = false;
    hr_status status = hr_indicators(store, &indicators);
    status = dictionary_read(status, indicators, 0, 1, &names);
    table *t = new_series(!strchr(asked->indicators, ','));
    if (status == HR_OK && !t)
        status = HR_SYSTEM;
    while (status == HR_OK && (status = hr_cursor_next(rows)) == HR_OK) {
        if (!begun)
            print_title(asked, rows, &names);
        begun = true;
        if (!add_day(t, rows) || ferror(stdout))
            status = HR_SYSTEM;
    }
    table_end(t);
    dictionary_free(&names);
    return status == HR_END ? HR_OK : status;
}

/* ---- the command ---- */

static bool read_options(const struct call *c, enum format *format, hr_trend_options *out) {
    hr_trend_options_init(out);
    if (!call_format(c, format) || !call_day(c, OPT_FROM, &out->from) || !call_date(c, OPT_TO, &out->to))
        return false;
    out->indicators = c->values[OPT_INDICATOR];
    out->every = c->values[OPT_EVERY];
    out->within = c->values[OPT_WITHIN];
    out->known_at = c->values[OPT_KNOWN_AT];
    return true;
}

int cmd_trend(const struct call *c) {
    hr_trend_options options;
    hr_cursor *rows = NULL;
    hr_store *store;
    enum format format;
    uint64_t count = 0;
    if (!read_options(c, &format, &options))
        return EXIT_USAGE;
    int code = session_open(c, &store);
    if (code != EXIT_DONE)
        return code;
    hr_status status = hr_trend(store, &options, &rows);
    if (status == HR_OK && format == FORMAT_TABLE) {
        code = session_result(store, print_trend(store, rows, &options));
        hr_cursor_free(rows);
    } else {
        char *head = figures_head(NULL, options.known_at);
        code = rows_finish(store, status, rows, format, &(rows_style){.head = head}, &count);
        free(head);
    }
    hr_store_free(store);
    return code;
}
