/* rates: the figures. CSV and JSON are the cursor's rows as they are; the table is made for reading, grouped by area,
 * with each indicator's name and marks that a footnote explains. */
#include "commands.h"
#include "figures.h"
#include "rows.h"
#include "session.h"
#include "table.h"
#include "terminal.h"
#include "text.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- what was seen ---- */

struct rates {
    uint64_t count, above;        /* of all, and of those above 1 */
    char area[16], indicator[64]; /* the first one above 1 */
};

static void see_row(void *context, hr_cursor *row) {
    struct rates *r = context;
    r->count++;
    if (hr_cursor_type(row, R_RATE) != HR_REAL || hr_cursor_real(row, R_RATE) <= 1)
        return;
    if (r->above++ == 0) {
        snprintf(r->area, sizeof r->area, "%s", hr_cursor_text(row, R_AREA));
        snprintf(r->indicator, sizeof r->indicator, "%s", hr_cursor_text(row, R_INDICATOR));
    }
}

static void warn_of_excess(const struct rates *r) {
    say(tr_count(r->above,
                 "warning: %" PRIu64 " rate is above 100 %%, %s of %s; the official population figure is too low: "
                 "correct it with import --as population",
                 "warning: %" PRIu64 " rates are above 100 %%, the first is %s of %s; the official population "
                 "figure is too low: correct it with import --as population",
                 "警告：有 %" PRIu64
                 " 项比率超过 100%%，首项为 %s（区划 %s），说明官方人口数偏低；请用 import --as population 更正"),
        r->above, r->indicator, r->area);
}

/* ---- the table ---- */

/* The code stands last; or alone and first, where a terminal is too narrow for names. A name cut short would be
 * mistaken for another. */
enum { S_ALONE, S_NAME, S_NUMERATOR, S_DENOMINATOR, S_RATE, S_TARGET, S_DUE, S_MET, S_SHORTFALL, S_CODE, S_COUNT };

enum {
    NAMES = COLUMN(S_ALONE),
    NAMES_ONLY = COLUMN(S_ALONE) | COLUMN(S_CODE),
    CODES_ONLY = COLUMN(S_NAME) | COLUMN(S_CODE),
    NO_DUE = COLUMN(S_DUE),
    NO_TARGET = COLUMN(S_DUE) | COLUMN(S_TARGET),
    NO_MET = COLUMN(S_DUE) | COLUMN(S_TARGET) | COLUMN(S_MET)
};

/* What is left out to fit a terminal. Chinese names are short enough for any, English ones are not. */
static const column_set ways[] = {NAMES,
                                  NAMES | NO_DUE,
                                  NAMES_ONLY,
                                  NAMES_ONLY | NO_DUE,
                                  NAMES_ONLY | NO_TARGET,
                                  NAMES_ONLY | NO_MET,
                                  CODES_ONLY,
                                  CODES_ONLY | NO_DUE,
                                  CODES_ONLY | NO_TARGET,
                                  CODES_ONLY | NO_MET};
enum { WAYS_EN = sizeof ways / sizeof *ways, WAYS_ZH = 6 };

struct scorecard {
    table *table;
    dictionary names;
    char area[16];
    bool official;
    int64_t partial; /* the most in any one figure */
};

static const char *ink_of_met(const char *cell) {
    return strcmp(cell, tr("no", "否")) == 0 ? "\033[31m" : strcmp(cell, tr("yes", "是")) == 0 ? "\033[32m" : NULL;
}

static table *new_scorecard(void) {
    const table_column columns[S_COUNT] = {
        [S_ALONE] = {.heading = tr("indicator", "指标"), .whole = true},
        [S_NAME] = {.heading = tr("indicator", "指标"), .whole = true},
        [S_NUMERATOR] = {.heading = tr("count", "分子"), .right = true},
        [S_DENOMINATOR] = {.heading = tr("of", "分母"), .right = true},
        [S_RATE] = {.heading = tr("rate", "比率"), .right = true},
        [S_TARGET] = {.heading = tr("target", "目标"), .right = true},
        [S_DUE] = {.heading = tr("due", "期限")},
        [S_MET] = {.heading = tr("met", "达标"), .ink = ink_of_met},
        [S_SHORTFALL] = {.heading = tr("short", "尚缺"), .right = true},
        [S_CODE] = {.heading = tr("code", "代码"), .whole = true},
    };
    return table_new(columns, S_COUNT, ways, text_language() == HR_LANGUAGE_ZH ? WAYS_ZH : WAYS_EN);
}

static bool add_area(struct scorecard *s, hr_cursor *row) {
    char line[512], code[16];
    snprintf(code, sizeof code, "%s", hr_cursor_text(row, R_AREA));
    if (strcmp(code, s->area) == 0)
        return true;
    bool first = !*s->area;
    memcpy(s->area, code, sizeof code);
    return (first || table_line(s->table, "")) && table_line(s->table, figures_area(row, line, sizeof line));
}

static bool add_figure(struct scorecard *s, hr_cursor *row) {
    char rate[SHARE_SIZE], target[SHARE_SIZE] = "", numerator[24], denominator[32], shortfall[24] = "", due[16],
                           code[64];
    bool official = strcmp(hr_cursor_text(row, R_SOURCE), "official") == 0;
    int64_t over = hr_cursor_integer(row, R_DENOMINATOR), partial = hr_cursor_integer(row, R_PARTIAL);
    const char *met = "";
    share_of(hr_cursor_integer(row, R_NUMERATOR), over, rate);
    snprintf(numerator, sizeof numerator, "%" PRId64, hr_cursor_integer(row, R_NUMERATOR));
    snprintf(denominator, sizeof denominator, "%s%s%" PRId64, official ? "*" : "", partial ? "~" : "", over);
    snprintf(due, sizeof due, "%s", hr_cursor_text(row, R_DUE));
    snprintf(code, sizeof code, "%s", hr_cursor_text(row, R_INDICATOR));
    if (hr_cursor_type(row, R_TARGET) != HR_NULL)
        share_round(hr_cursor_real(row, R_TARGET), target);
    if (hr_cursor_type(row, R_SHORTFALL) != HR_NULL)
        snprintf(shortfall, sizeof shortfall, "%" PRId64, hr_cursor_integer(row, R_SHORTFALL));
    if (hr_cursor_type(row, R_MET) != HR_NULL)
        met = hr_cursor_integer(row, R_MET) ? tr("yes", "是") : tr("no", "否");
    s->official = s->official || official;
    s->partial = partial > s->partial ? partial : s->partial;
    const char *cells[S_COUNT] = {
        [S_ALONE] = code,
        [S_NAME] = dictionary_name(&s->names, code),
        [S_NUMERATOR] = numerator,
        [S_DENOMINATOR] = denominator,
        [S_RATE] = rate,
        [S_TARGET] = target,
        [S_DUE] = due,
        [S_MET] = met,
        [S_SHORTFALL] = shortfall,
        [S_CODE] = code,
    };
    return table_row(s->table, cells);
}

static void write_footnotes(const struct scorecard *s) {
    char text[256];
    int width = terminal_columns(stdout);
    if (s->official || s->partial)
        putchar('\n');
    if (s->official) {
        fputs("* ", stdout);
        text_wrap(
            stdout,
            tr("official population figure; the others are counted from the store", "官方人口数；其余分母由本库统计"),
            2, width);
    }
    if (s->partial) {
        snprintf(text, sizeof text,
                 tr("some of those counted are so by a date of which month or day is unknown (up to %" PRId64
                    " in one figure); it counts as the latest possible day",
                    "分母中部分日期缺月份或日期（单项最多 %" PRId64 " 例），按可能的最晚一天计"),
                 s->partial);
        fputs("~ ", stdout);
        text_wrap(stdout, text, 2, width);
    }
}

/* Of which day the figures are, and as known when. */
static void print_moment(const hr_rates_options *asked) {
    char day[DATE_SIZE];
    printf(tr("At the end of %s", "截至 %s（含当日）"), date_text(asked->as_of, day));
    figures_known(asked->known_at);
    fputs("\n\n", stdout);
}

static hr_status print_scorecard(hr_store *store, hr_cursor *rows, const hr_rates_options *asked, struct rates *seen) {
    struct scorecard s = {0};
    hr_cursor *indicators = NULL;
    hr_status status = hr_indicators(store, &indicators);
    status = dictionary_read(status, indicators, 0, 1, &s.names);
    if (status == HR_OK && !(s.table = new_scorecard()))
        status = HR_SYSTEM;
    while (status == HR_OK && (status = hr_cursor_next(rows)) == HR_OK) {
        if (seen->count == 0)
            print_moment(asked);
        see_row(seen, rows);
        if (!add_area(&s, rows) || !add_figure(&s, rows) || ferror(stdout))
            status = HR_SYSTEM;
    }
    if (status == HR_END) {
        table_finish(s.table);
        write_footnotes(&s);
    }
    table_end(s.table);
    dictionary_free(&s.names);
    return status == HR_END ? HR_OK : status;
}

/* ---- the command ---- */

static bool set_is_empty(hr_store *store, const char *set) {
    enum { I_SET = 6 }; /* column of hr_indicators */
    hr_cursor *indicators = NULL;
    bool found = strcmp(set, "all") == 0 || hr_indicators(store, &indicators) != HR_OK;
    while (!found && hr_cursor_next(indicators) == HR_OK)
        found = strcmp(hr_cursor_text(indicators, I_SET), set) == 0;
    hr_cursor_free(indicators);
    return !found;
}

static void say_why_none(hr_store *store, const char *set) {
    if (set && set_is_empty(store, set))
        say(tr("the set %s has no indicators; the store's own are defined with import --as indicators",
               "指标集 %s 没有指标；本库自定的指标用 import --as indicators 导入"),
            set);
    else
        say("%s", tr("there are no areas of this tier here; import the areas, or choose another --by or --within",
                     "这里没有该层级的区划；请导入区划，或改用其他 --by 或 --within"));
}

static int print_rates(hr_store *store, hr_cursor *rows, enum format format, const hr_rates_options *options) {
    char day[DATE_SIZE], *head = figures_head(date_text(options->as_of, day), options->known_at);
    struct rates seen = {0};
    uint64_t count = 0;
    int code;
    rows_style style = {.head = head, .each = see_row, .context = &seen};
    if (format == FORMAT_TABLE) {
        code = session_result(store, print_scorecard(store, rows, options, &seen));
        hr_cursor_free(rows);
    } else {
        code = rows_finish(store, HR_OK, rows, format, &style, &count);
    }
    free(head);
    if (code == EXIT_DONE && seen.count == 0)
        say_why_none(store, options->set);
    if (code == EXIT_DONE && seen.above > 0)
        warn_of_excess(&seen);
    return code;
}

int cmd_rates(const struct call *c) {
    hr_rates_options options;
    hr_cursor *rows = NULL;
    hr_store *store;
    enum format format;
    hr_rates_options_init(&options);
    if (!call_format(c, &format) || !call_date(c, OPT_AS_OF, &options.as_of))
        return EXIT_USAGE;
    options.within = c->values[OPT_WITHIN];
    options.by = c->values[OPT_BY];
    options.indicators = c->values[OPT_INDICATOR];
    options.set = c->values[OPT_SET];
    options.known_at = c->values[OPT_KNOWN_AT];
    int code = session_open(c, &store);
    if (code != EXIT_DONE)
        return code;
    hr_status status = hr_rates(store, &options, &rows);
    code = status == HR_OK ? print_rates(store, rows, format, &options) : session_result(store, status);
    hr_store_free(store);
    return code;
}
