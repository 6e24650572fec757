/* trend: one indicator and area, day by day. The bar shows at a glance what the numbers say. */
#include "commands.h"
#include "rows.h"
#include "session.h"
#include "table.h"
#include "text.h"
#include <inttypes.h>
#include <string.h>

/* The columns of hr_trend that the table shows. */
enum { R_INDICATOR = 3, R_NUMERATOR = 4, R_DENOMINATOR = 5, R_RATE = 6, R_TARGET = 8, R_MET = 10, R_AS_OF = 13 };
enum { T_AS_OF, T_INDICATOR, T_NUMERATOR, T_DENOMINATOR, T_RATE, T_TARGET, T_BAR, T_COUNT };

enum { BAR_WIDTH = 25 };

/* A bar of 25 signs for 100 %, in ASCII where the terminal may show no more. */
static void draw_bar(hr_cursor *row, char *out) {
    int64_t over = hr_cursor_integer(row, R_DENOMINATOR);
    int64_t length = over ? hr_cursor_integer(row, R_NUMERATOR) * BAR_WIDTH / over : 0;
    const char *sign = text_beyond_ascii() ? "█" : "#";
    for (*out = '\0'; length > 0 && strlen(out) < BAR_WIDTH * strlen(sign); length--)
        strcat(out, sign);
}

static bool add_day(table *t, hr_cursor *row) {
    char day[DATE_SIZE], code[64], numerator[24], denominator[24], rate[SHARE_SIZE], target[SHARE_SIZE] = "",
                                                                                     bar[BAR_WIDTH * 3 + 1];
    snprintf(day, sizeof day, "%s", hr_cursor_text(row, R_AS_OF));
    snprintf(code, sizeof code, "%s", hr_cursor_text(row, R_INDICATOR));
    snprintf(numerator, sizeof numerator, "%" PRId64, hr_cursor_integer(row, R_NUMERATOR));
    snprintf(denominator, sizeof denominator, "%" PRId64, hr_cursor_integer(row, R_DENOMINATOR));
    share_of(hr_cursor_integer(row, R_NUMERATOR), hr_cursor_integer(row, R_DENOMINATOR), rate);
    if (hr_cursor_type(row, R_TARGET) != HR_NULL)
        share_round(hr_cursor_real(row, R_TARGET), target);
    draw_bar(row, bar);
    const char *cells[T_COUNT] = {day, code, numerator, denominator, rate, target, bar};
    return table_row(t, cells);
}

static hr_status print_trend(hr_cursor *rows, bool one) {
    const table_column columns[T_COUNT] = {
        [T_AS_OF] = {.heading = tr("as of", "截止日期"), .whole = true},
        [T_INDICATOR] = {.heading = tr("indicator", "指标"), .whole = true},
        [T_NUMERATOR] = {.heading = tr("count", "分子"), .right = true},
        [T_DENOMINATOR] = {.heading = tr("of", "分母"), .right = true},
        [T_RATE] = {.heading = tr("rate", "比率"), .right = true},
        [T_TARGET] = {.heading = tr("target", "目标"), .right = true},
        [T_BAR] = {.heading = ""},
    };
    const column_set alone[] = {COLUMN(T_INDICATOR), COLUMN(T_INDICATOR) | COLUMN(T_BAR),
                                COLUMN(T_INDICATOR) | COLUMN(T_BAR) | COLUMN(T_TARGET)};
    const column_set several[] = {0, COLUMN(T_BAR), COLUMN(T_BAR) | COLUMN(T_TARGET)};
    hr_status status = HR_SYSTEM;
    table *t = table_new(columns, T_COUNT, one ? alone : several, 3);
    while (t && (status = hr_cursor_next(rows)) == HR_OK)
        if (!add_day(t, rows))
            status = HR_SYSTEM;
    table_end(t);
    return status == HR_END ? HR_OK : status;
}

int cmd_trend(const struct call *c) {
    hr_trend_options options;
    hr_cursor *rows = NULL;
    hr_store *store;
    enum format format;
    uint64_t count = 0;
    hr_trend_options_init(&options);
    if (!call_format(c, &format) || !call_day(c, OPT_FROM, &options.from) || !call_date(c, OPT_TO, &options.to))
        return EXIT_USAGE;
    if (!call_has(c, OPT_INDICATOR) || !options.from) {
        say("%s", tr("a trend needs --indicator and --from; \"healthrec help trend\" shows how",
                     "须给出 --indicator 和 --from；详见“healthrec help trend”"));
        return EXIT_USAGE;
    }
    options.indicators = c->values[OPT_INDICATOR];
    options.every = c->values[OPT_EVERY];
    options.within = c->values[OPT_WITHIN];
    options.known_at = c->values[OPT_KNOWN_AT];
    int code = session_open(c, &store);
    if (code != EXIT_DONE)
        return code;
    hr_status status = hr_trend(store, &options, &rows);
    if (status == HR_OK && format == FORMAT_TABLE) {
        code = session_result(store, print_trend(rows, !strchr(options.indicators, ',')));
        hr_cursor_free(rows);
    } else {
        code = rows_finish(store, status, rows, format, &(rows_style){.key = "rows"}, &count);
    }
    hr_store_free(store);
    return code;
}
