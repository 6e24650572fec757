/* rates: the figures. CSV and JSON are the cursor's rows as they are; the table is made for reading, grouped by area,
 * with each indicator's name and marks that a footnote explains. */
#include "commands.h"
#include "rows.h"
#include "session.h"
#include "table.h"
#include "terminal.h"
#include "text.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* The columns of hr_rates. */
enum {
    R_AREA,
    R_AREA_NAME,
    R_TIER,
    R_INDICATOR,
    R_NUMERATOR,
    R_DENOMINATOR,
    R_RATE,
    R_SOURCE,
    R_TARGET,
    R_DUE,
    R_MET,
    R_SHORTFALL,
    R_PARTIAL
};

/* ---- rates above 1 ---- */

struct excess {
    uint64_t count;
    char area[16], indicator[64]; /* the first one */
};

static void see_row(void *context, hr_cursor *row) {
    struct excess *e = context;
    if (hr_cursor_type(row, R_RATE) != HR_REAL || hr_cursor_real(row, R_RATE) <= 1)
        return;
    if (e->count++ == 0) {
        snprintf(e->area, sizeof e->area, "%s", hr_cursor_text(row, R_AREA));
        snprintf(e->indicator, sizeof e->indicator, "%s", hr_cursor_text(row, R_INDICATOR));
    }
}

static void warn_of_excess(const struct excess *e) {
    if (e->count)
        say(tr("warning: %" PRIu64
               " rates are above 100 %%, first %s of %s: the official population figure is too low; "
               "correct it with import --as population",
               "警告：有 %" PRIu64
               " 项比率超过 100%%，首项为 %s（区划 %s）：官方人口数偏低；请用 import --as population 更正"),
            e->count, e->indicator, e->area);
}

/* ---- names ---- */

enum { NAMES_MAX = 64 };
typedef struct names {
    size_t count;
    struct {
        char *code, *name;
    } at[NAMES_MAX];
} names;

static hr_status read_names(hr_store *store, names *out) {
    hr_cursor *indicators = NULL;
    hr_status status = hr_indicators(store, &indicators);
    while (status == HR_OK && out->count < NAMES_MAX && (status = hr_cursor_next(indicators)) == HR_OK) {
        char *code = strdup(hr_cursor_text(indicators, 0)), *name = strdup(hr_cursor_text(indicators, 1));
        out->at[out->count].code = code;
        out->at[out->count++].name = name;
        if (!code || !name)
            status = HR_SYSTEM;
    }
    hr_cursor_free(indicators);
    return status == HR_END ? HR_OK : status;
}

static void free_names(names *n) {
    for (size_t i = 0; i < n->count; i++) {
        free(n->at[i].code);
        free(n->at[i].name);
    }
}

static const char *name_of(const names *n, const char *code) {
    for (size_t i = 0; i < n->count; i++)
        if (strcmp(n->at[i].code, code) == 0)
            return n->at[i].name;
    return code;
}

static const char *tier_name(const char *tier) {
    static const struct {
        const char *tier, *en, *zh;
    } tiers[] = {{"city", "city", "市"},
                 {"district", "district", "区"},
                 {"street", "street", "街道"},
                 {"committee", "committee", "居委会"}};
    for (size_t i = 0; i < sizeof tiers / sizeof *tiers; i++)
        if (strcmp(tiers[i].tier, tier) == 0)
            return tr(tiers[i].en, tiers[i].zh);
    return tier;
}

/* ---- the table ---- */

enum { S_NAME, S_NUMERATOR, S_DENOMINATOR, S_RATE, S_TARGET, S_DUE, S_MET, S_SHORTFALL, S_CODE, S_COUNT };

static const char *ink_of_met(const char *cell) {
    return strcmp(cell, tr("no", "否")) == 0 ? "\033[31m" : strcmp(cell, tr("yes", "是")) == 0 ? "\033[32m" : NULL;
}

/* What the first and last columns are: the indicator's name and code, or, where a terminal is too narrow for both, the
 * name alone, or the code alone; a name cut short would be mistaken for another. */
enum naming { NAME_AND_CODE, NAME_ALONE, CODE_ALONE };

struct scorecard {
    table *table;
    names names;
    enum naming naming;
    char area[16];
    bool official;
    int64_t partial; /* the most in any one figure */
};

static enum naming naming_for(const names *n, int room) {
    enum { FIGURES = 50 }; /* columns that the figures take, about */
    int name = 0, code = 0;
    for (size_t i = 0; i < n->count; i++) {
        name = text_width(n->at[i].name) > name ? text_width(n->at[i].name) : name;
        code = text_width(n->at[i].code) > code ? text_width(n->at[i].code) : code;
    }
    return room == 0 || room >= name + code + FIGURES ? NAME_AND_CODE
           : room >= name + FIGURES                   ? NAME_ALONE
                                                      : CODE_ALONE;
}

static table *new_scorecard(enum naming naming) {
    const table_column columns[S_COUNT] = {
        [S_NAME] = {.heading = tr("indicator", "指标")},
        [S_NUMERATOR] = {.heading = tr("count", "分子"), .right = true},
        [S_DENOMINATOR] = {.heading = tr("of", "分母"), .right = true},
        [S_RATE] = {.heading = tr("rate", "比率"), .right = true},
        [S_TARGET] = {.heading = tr("target", "目标"), .right = true},
        [S_DUE] = {.heading = tr("due", "期限"), .drop = 1},
        [S_MET] = {.heading = tr("met", "达标"), .ink = ink_of_met},
        [S_SHORTFALL] = {.heading = tr("short", "尚缺"), .right = true},
        [S_CODE] = {.heading = tr("code", "代码")},
    };
    return table_new(columns, naming == NAME_AND_CODE ? S_COUNT : S_CODE);
}

static bool add_area(struct scorecard *s, hr_cursor *row) {
    char line[512], code[16], name[400];
    snprintf(code, sizeof code, "%s", hr_cursor_text(row, R_AREA));
    if (strcmp(code, s->area) == 0)
        return true;
    bool first = !*s->area;
    memcpy(s->area, code, sizeof code);
    snprintf(name, sizeof name, "%s", hr_cursor_text(row, R_AREA_NAME));
    if (strcmp(code, name) == 0) /* nobody has named it yet */
        *name = '\0';
    snprintf(line, sizeof line, tr("%s %s%s(%s)", "%s %s%s（%s）"), code, name, *name ? tr(" ", "") : "",
             tier_name(hr_cursor_text(row, R_TIER)));
    return (first || table_line(s->table, "")) && table_line(s->table, line);
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
        [S_NAME] = s->naming == CODE_ALONE ? code : name_of(&s->names, code),
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
    if (s->official || s->partial)
        putchar('\n');
    if (s->official)
        printf("* %s\n", tr("official population figure; the others are counted from the store",
                            "官方人口数；其余分母由本库统计"));
    if (s->partial)
        printf(tr("~ some of those counted are so by a date of which month or day is unknown (up to %" PRId64
                  " in one figure); it counts as the latest possible day\n",
                  "~ 分母中有日期缺月或日者（单项最多 %" PRId64 " 例），按可能的最晚一天计\n"),
               s->partial);
}

static void write_title(int32_t as_of) {
    printf(tr("At the end of %04d-%02d-%02d\n\n", "截至 %04d-%02d-%02d 终了\n\n"), (int)(as_of / 10000),
           (int)(as_of / 100 % 100), (int)(as_of % 100));
}

static hr_status print_scorecard(hr_store *store, hr_cursor *rows, int32_t as_of, struct excess *excess) {
    struct scorecard s = {0};
    hr_status status = read_names(store, &s.names);
    s.naming = naming_for(&s.names, terminal_columns(stdout));
    if (status == HR_OK && !(s.table = new_scorecard(s.naming)))
        status = HR_SYSTEM;
    if (status == HR_OK)
        write_title(as_of);
    while (status == HR_OK && (status = hr_cursor_next(rows)) == HR_OK) {
        see_row(excess, rows);
        if (!add_area(&s, rows) || !add_figure(&s, rows) || ferror(stdout))
            status = HR_SYSTEM;
    }
    table_end(s.table);
    if (status == HR_END && *s.area)
        write_footnotes(&s);
    else if (status == HR_END)
        say("%s", tr("there are no areas of this tier here; import the areas, or choose another --by or --within",
                     "这里没有该层级的区划；请导入区划，或改用其他 --by 或 --within"));
    free_names(&s.names);
    return status == HR_END ? HR_OK : status;
}

/* ---- the command ---- */

static int print_rates(hr_store *store, hr_cursor *rows, enum format format, int32_t as_of) {
    char head[64];
    struct excess excess = {0};
    uint64_t count = 0;
    int code;
    snprintf(head, sizeof head, "\"as_of\":\"%04d-%02d-%02d\",\"known_at\":null,", (int)(as_of / 10000),
             (int)(as_of / 100 % 100), (int)(as_of % 100));
    rows_style style = {.head = head, .each = see_row, .context = &excess};
    if (format == FORMAT_TABLE) {
        hr_status status = print_scorecard(store, rows, as_of, &excess);
        code = status == HR_OK || ferror(stdout) ? exit_for(status) : session_fail(store, status);
        hr_cursor_free(rows);
    } else {
        code = rows_finish(store, HR_OK, rows, format, &style, &count);
    }
    if (code == EXIT_DONE) {
        fflush(stdout);
        warn_of_excess(&excess);
    }
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
    int code = session_open(c, &store);
    if (code != EXIT_DONE)
        return code;
    hr_status status = hr_rates(store, &options, &rows);
    code = status == HR_OK ? print_rates(store, rows, format, options.as_of) : session_fail(store, status);
    hr_store_free(store);
    return code;
}
