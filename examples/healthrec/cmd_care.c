/* add, amend, unify, check, duplicates: entries of health files. Fields come from the command line as FIELD=VALUE, or
 * are asked for one by one (interview.c). What a value may be is for the library to say. */
#include "commands.h"
#include "forms.h"
#include "interview.h"
#include "rows.h"
#include "session.h"
#include "table.h"
#include "terminal.h"
#include "text.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- fields from the command line ---- */

static bool say_unknown(const struct call *c, const form *of, const char *name, size_t length) {
    say(tr("\"%.*s\" is no field of %s; \"healthrec columns %s %s\" lists them",
           "“%.*s”不是 %s 的字段；可用“healthrec columns %s %s”查看"),
        (int)length, name, of->kind, c->operands[0], of->kind);
    return false;
}

static bool say_twice(const field *f) {
    say(tr("%s is given twice; keep one of them", "字段 %s 重复；请只保留一个"), f->name);
    return false;
}

/* The = between field and value, or the wide one that a Chinese keyboard gives; *size is its own. */
static const char *equals_sign(const char *text, size_t *size) {
    static const char wide[] = "＝";
    const char *narrow_at = strchr(text, '='), *wide_at = strstr(text, wide);
    bool is_wide = wide_at && (!narrow_at || wide_at < narrow_at);
    *size = is_wide ? strlen(wide) : 1;
    return is_wide ? wide_at : narrow_at;
}

/* Takes FIELD=VALUE into the record; an empty value is null. */
static bool take_assignment(const struct call *c, const form *of, const char *text, json_t *record) {
    size_t size;
    const char *sign = equals_sign(text, &size);
    char *name = sign ? strndup(text, (size_t)(sign - text)) : NULL;
    const field *f = name ? form_field(of, name) : NULL;
    free(name);
    if (!sign) {
        say(tr("\"%s\" is no FIELD=VALUE; write for instance date=2003-05-01",
               "“%s”不是“字段=值”；请写成如“日期=2003-05-01”的形式"),
            text);
        return false;
    }
    if (!f)
        return say_unknown(c, of, text, (size_t)(sign - text));
    if (json_object_get(record, f->name))
        return say_twice(f);
    if (json_object_set_new(record, f->name, sign[size] ? json_string(sign + size) : json_null()) == 0)
        return true;
    say(tr("%s: the value is not UTF-8; set the terminal to UTF-8", "字段 %s：取值不是 UTF-8；请把终端设为 UTF-8"),
        f->name);
    return false;
}

static bool take_assignments(const struct call *c, const form *of, json_t *record) {
    for (size_t i = 0; i < c->rest_count; i++)
        if (!take_assignment(c, of, c->rest[i], record))
            return false;
    return true;
}

static void take_entry_options(const struct call *c, hr_entry_options *options) {
    hr_entry_options_init(options);
    options->force = call_has(c, OPT_FORCE);
    options->why = c->values[OPT_WHY];
}

/* ---- saying what was stored ---- */

/* The entry as the library keeps it, with what it worked out. */
static hr_status print_entry(forms *all, const form *of, int64_t resident, int64_t seq) {
    enum { H_SEQ = 0, H_BODY = 5 }; /* columns of hr_history */
    hr_cursor *rows = NULL;
    heading_write(&(heading){.seq = seq, .title = of->title});
    hr_status status = hr_history(all->store, resident, &rows);
    while (status == HR_OK && (status = hr_cursor_next(rows)) == HR_OK)
        if (hr_cursor_integer(rows, H_SEQ) == seq) {
            form_write(all, stdout, of, hr_cursor_text(rows, H_BODY), 2, terminal_columns(stdout));
            break;
        }
    hr_cursor_free(rows);
    return status == HR_END ? HR_OK : status;
}

/* ---- add ---- */

static int store_entry(const struct call *c, const interview *i) {
    hr_entry_options options;
    hr_change change = HR_UNCHANGED;
    int64_t seq = 0;
    hr_store *store = i->all->store;
    char *text = json_dumps(i->record, JSON_COMPACT);
    take_entry_options(c, &options);
    options.force = i->force;
    hr_status status = text ? hr_entry_add(store, i->resident, i->of->kind, text, &options, &seq, &change) : HR_SYSTEM;
    free(text);
    if (status == HR_OK && change == HR_UNCHANGED)
        say(tr("entry %" PRId64 " says exactly this already; nothing was added",
               "记录 %" PRId64 " 内容完全相同；未新增"),
            seq);
    else if (status == HR_OK)
        status = print_entry(i->all, i->of, i->resident, seq);
    return session_result(store, status);
}

/* The entry's day: --date, or today when the other fields are given; else it is asked for. */
static bool take_date(const struct call *c, const interview *i, bool ask) {
    char day[DATE_SIZE];
    const field *date = form_field(i->of, "date");
    const char *given = c->values[OPT_DATE];
    bool known = json_object_get(i->record, "date") != NULL;
    if (given && known && date)
        return say_twice(date);
    if (given || (!known && !ask))
        json_object_set_new(i->record, "date", json_string(given ? given : date_text(date_today(), day)));
    return true;
}

static int add_entry(const struct call *c, interview *i) {
    bool ask = c->rest_count == 0, agreed = true;
    if (!take_assignments(c, i->of, i->record) || !take_date(c, i, ask))
        return EXIT_USAGE;
    int code = ask ? interview_run(i, &agreed) : EXIT_DONE;
    return code == EXIT_DONE && agreed ? store_entry(c, i) : code;
}

int cmd_add(const struct call *c) {
    forms all = {0};
    hr_store *store;
    int code = session_open(c, &store);
    if (code != EXIT_DONE)
        return code;
    all.store = store;
    interview i = {.all = &all, .record = json_object(), .force = call_has(c, OPT_FORCE)};
    hr_status status = hr_resident_lookup(store, c->operands[1], &i.resident);
    if (status == HR_OK)
        i.of = forms_get(&all, c->operands[2]);
    if (status == HR_OK && (!i.of || !i.of->care)) {
        say(tr("there is no form of care \"%s\"; \"healthrec forms %s\" lists them",
               "没有“%s”表单；可用“healthrec forms %s”查看"),
            c->operands[2], c->operands[0]);
        code = EXIT_USAGE;
    } else {
        code = status == HR_OK ? add_entry(c, &i) : session_result(store, status);
    }
    json_decref(i.record);
    forms_free(&all);
    hr_store_free(store);
    return code;
}

/* ---- amend ---- */

static bool read_entry_number(const struct call *c, int64_t *out) {
    if (number_read(c->operands[1] + (c->operands[1][0] == '#'), out) && *out > 0)
        return true;
    say(tr("\"%s\" is no entry's number; show prints them", "“%s”不是记录号；可用 show 查看"), c->operands[1]);
    return false;
}

/* Whether the command line says what is to be otherwise. */
static bool says_what(const struct call *c) {
    bool withdraw = call_has(c, OPT_WITHDRAW);
    if (c->rest_count == 0 && !withdraw)
        say("%s", tr("say what is to be otherwise, as FIELD=VALUE, or --withdraw",
                     "请以“字段=值”说明如何更正，或用 --withdraw 撤回"));
    else if (c->rest_count && withdraw)
        say("%s", tr("--withdraw takes no fields; leave out one or the other", "--withdraw 不带字段；请去掉其一"));
    return (c->rest_count != 0) != withdraw;
}

static int amend_with(const struct call *c, forms *all, int64_t seq, const form *of, int64_t resident,
                      const char *fields) {
    hr_entry_options options;
    int64_t fresh = 0;
    take_entry_options(c, &options);
    hr_status status = hr_entry_amend(all->store, seq, fields, &options, &fresh);
    if (status == HR_OK && !fields)
        say(tr("entry %" PRId64 " is withdrawn by entry %" PRId64, "记录 %" PRId64 " 已由记录 %" PRId64 " 撤回"), seq,
            fresh);
    else if (status == HR_OK && of)
        status = print_entry(all, of, resident, fresh);
    return session_result(all->store, status);
}

static int amend_entry(const struct call *c, forms *all, int64_t seq) {
    char kind[HR_FORM_SIZE];
    int64_t resident = 0;
    hr_status status = hr_entry_find(all->store, seq, kind, &resident);
    if (status != HR_OK)
        return session_result(all->store, status);
    const form *of = forms_get(all, kind);
    if (!of) /* no entry that has fields; the library says what it is */
        return amend_with(c, all, seq, NULL, resident, "{}");
    json_t *record = json_object();
    int code = EXIT_USAGE;
    if (take_assignments(c, of, record)) {
        char *fields = json_dumps(record, JSON_COMPACT);
        code = fields ? amend_with(c, all, seq, of, resident, call_has(c, OPT_WITHDRAW) ? NULL : fields)
                      : session_result(all->store, HR_SYSTEM);
        free(fields);
    }
    json_decref(record);
    return code;
}

int cmd_amend(const struct call *c) {
    forms all = {0};
    hr_store *store;
    int64_t seq;
    if (!read_entry_number(c, &seq) || !says_what(c))
        return EXIT_USAGE;
    int code = session_open(c, &store);
    if (code != EXIT_DONE)
        return code;
    all.store = store;
    code = amend_entry(c, &all, seq);
    forms_free(&all);
    hr_store_free(store);
    return code;
}

/* ---- unify ---- */

int cmd_unify(const struct call *c) {
    hr_entry_options options;
    hr_store *store;
    int64_t remaining = 0, other = 0, seq = 0;
    int code = session_open(c, &store);
    if (code != EXIT_DONE)
        return code;
    take_entry_options(c, &options);
    hr_status status = hr_resident_lookup(store, c->operands[1], &remaining);
    if (status == HR_OK)
        status = hr_resident_lookup(store, c->operands[2], &other);
    if (status == HR_OK)
        status = hr_unify(store, remaining, other, &options, &seq);
    if (status == HR_OK)
        say(tr("resident #%" PRId64 " is #%" PRId64 " from now on; \"healthrec amend %s %" PRId64
               " --withdraw --why …\" makes them two again",
               "居民 #%" PRId64 " 已并入 #%" PRId64 "；如需恢复，请用“healthrec amend %s %" PRId64
               " --withdraw --why …”"),
            other, remaining, c->operands[0], seq);
    code = session_result(store, status);
    hr_store_free(store);
    return code;
}

typedef hr_status (*find_fn)(hr_store *store, hr_progress progress, void *context, hr_cursor **out);
typedef hr_status (*print_fn)(hr_store *store, hr_cursor *rows, uint64_t *count);

/* A listing that takes its time. What it says is too long for a table, so people get it in lines, by `print`. */
static int print_found(const struct call *c, const char *what, find_fn find, print_fn print, uint64_t *count) {
    struct progress progress;
    hr_cursor *rows = NULL;
    hr_store *store;
    enum format format;
    if (!call_format(c, &format))
        return EXIT_USAGE;
    int code = session_open(c, &store);
    if (code != EXIT_DONE)
        return code;
    progress_begin(&progress, what, UNIT_STEPS);
    hr_status status = find(store, progress_step, &progress, &rows);
    progress_end(&progress);
    if (status == HR_OK && format == FORMAT_TABLE) {
        code = session_result(store, print(store, rows, count));
        hr_cursor_free(rows);
    } else {
        code = rows_finish(store, status, rows, format, NULL, count);
    }
    hr_store_free(store);
    return code;
}

/* ---- check ---- */

static hr_status print_contradictions(hr_store *store, hr_cursor *rows, uint64_t *count) {
    enum { RESIDENT, ENTRY, FORM, DATE, PROBLEM, FORCED, INDENT = 4 }; /* columns of hr_check */
    forms all = {.store = store};
    hr_status status;
    while ((status = hr_cursor_next(rows)) == HR_OK) {
        const form *of = forms_get(&all, hr_cursor_text(rows, FORM));
        heading_write(&(heading){.seq = hr_cursor_integer(rows, ENTRY),
                                 .date = hr_cursor_text(rows, DATE),
                                 .title = of ? of->title : hr_cursor_text(rows, FORM),
                                 .forced = hr_cursor_integer(rows, FORCED) != 0,
                                 .resident = hr_cursor_integer(rows, RESIDENT)});
        text_repeat(stdout, " ", INDENT);
        text_wrap(stdout, hr_cursor_text(rows, PROBLEM), INDENT, terminal_columns(stdout));
        ++*count;
    }
    forms_free(&all);
    return status == HR_END ? HR_OK : status;
}

int cmd_check(const struct call *c) {
    uint64_t count = 0;
    int code = print_found(c, tr("check", "检查"), hr_check, print_contradictions, &count);
    if (code != EXIT_DONE)
        return code;
    if (count == 0)
        say("%s", tr("OK: no entry contradicts another", "正常：没有相互矛盾的记录"));
    else
        say(tr_count(count, "%" PRIu64 " entry contradicts others; amend or withdraw whichever is wrong",
                     "%" PRIu64 " entries contradict others; amend or withdraw whichever is wrong",
                     "共 %" PRIu64 " 条记录存在矛盾；请更正或撤回有误的一条"),
            count);
    return count ? EXIT_NO : EXIT_DONE;
}

/* ---- duplicates ---- */

enum { D_RESIDENT, D_NAME, D_BIRTH, D_AREA, D_PERSON, D_OTHER = D_PERSON, D_REASON = 2 * D_PERSON };

/* One of a pair, whose columns begin at `from`. */
static bool add_person(table *t, hr_cursor *row, int from) {
    char texts[D_PERSON][200];
    const char *cells[D_PERSON];
    for (int i = 0; i < D_PERSON; i++) {
        snprintf(texts[i], sizeof texts[i], "%s%s", i == D_RESIDENT ? "#" : "", hr_cursor_text(row, from + i));
        cells[i] = texts[i];
    }
    return table_row(t, cells);
}

static bool add_reason(table *t, const char *reason) {
    enum { INDENT = 4 };
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return false;
    text_repeat(out, " ", INDENT);
    text_wrap(out, reason, INDENT, terminal_columns(stdout));
    fclose(out);
    text[size - 1] = '\0'; /* the line's end */
    bool good = table_line(t, text);
    free(text);
    return good;
}

/* The two below one another, so that differences are seen; then why. */
static hr_status print_pairs(hr_store *store, hr_cursor *rows, uint64_t *count) {
    const table_column columns[D_PERSON] = {{.heading = tr("resident", "居民编号")},
                                            {.heading = tr("name", "姓名")},
                                            {.heading = tr("birth date", "出生日期")},
                                            {.heading = tr("area", "区划代码")}};
    const column_set all[] = {0};
    table *t = table_new(columns, D_PERSON, all, 1);
    hr_status status = t ? HR_OK : HR_SYSTEM;
    (void)store;
    while (status == HR_OK && (status = hr_cursor_next(rows)) == HR_OK) {
        if (!add_person(t, rows, 0) || !add_person(t, rows, D_OTHER) || !add_reason(t, hr_cursor_text(rows, D_REASON)))
            status = HR_SYSTEM;
        ++*count;
    }
    table_end(t);
    return status == HR_END ? HR_OK : status;
}

int cmd_duplicates(const struct call *c) {
    uint64_t count = 0;
    int code = print_found(c, tr("duplicates", "查重"), hr_duplicates, print_pairs, &count);
    if (code == EXIT_DONE && count == 0)
        say("%s", tr("no residents look like the same person", "没有疑似同一人的居民"));
    else if (code == EXIT_DONE)
        say(tr_count(count, "%" PRIu64 " pair; unify makes two one", "%" PRIu64 " pairs; unify makes two one",
                     "共 %" PRIu64 " 对；可用 unify 合并"),
            count);
    return code;
}
