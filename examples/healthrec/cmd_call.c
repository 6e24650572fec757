/* call: emergency calls. What a responder needs is the library's card: lines of label and text in the user's language,
 * the most urgent first; here they are put on the screen. */
#include "commands.h"
#include "rows.h"
#include "session.h"
#include "terminal.h"
#include "text.h"
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* ---- the card ---- */

enum { SCREEN_LINES = 24, SCREEN_COLUMNS = 80, GAP = 2 };

static const char *text_in(const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static void write_text(const json_t *line, FILE *out) {
    const char *date = text_in(line, "date");
    fputs(text_in(line, "text"), out);
    if (*date)
        fprintf(out, tr(" (%s)", "（%s）"), date);
}

static int label_width(const json_t *lines) {
    int width = 0;
    for (size_t i = 0; i < json_array_size(lines); i++) {
        int label = text_width(text_in(json_array_get(lines, i), "label"));
        width = label > width ? label : width;
    }
    return width;
}

/* Whether line i goes on where the last one ended, when room is short: what is of one kind, and all about the call. */
static bool goes_on(const json_t *lines, size_t i, bool about_call) {
    const json_t *line = json_array_get(lines, i), *last = json_array_get(lines, i - 1);
    return i > 0 && (about_call || strcmp(text_in(line, "key"), text_in(last, "key")) == 0);
}

/* Labels in a column of their own. */
static void write_loose(const json_t *lines, int columns, FILE *out) {
    int indent = label_width(lines) + GAP;
    for (size_t i = 0; i < json_array_size(lines); i++) {
        const json_t *line = json_array_get(lines, i);
        char *text = NULL;
        size_t size = 0;
        FILE *to = open_memstream(&text, &size);
        if (!to)
            return;
        write_text(line, to);
        fclose(to);
        text_put(out, text_in(line, "label"), indent, false, false);
        text_wrap(out, text, indent, columns);
        free(text);
    }
}

/* In as few lines as may be. */
static void write_tight(const json_t *lines, bool about_call, int columns, FILE *out) {
    for (size_t i = 0; i < json_array_size(lines);) {
        char *text = NULL;
        size_t size = 0;
        FILE *to = open_memstream(&text, &size);
        if (!to)
            return;
        do {
            const json_t *line = json_array_get(lines, i);
            fprintf(to, tr("%s%s: ", "%s%s："), size || ftell(to) ? tr("; ", "；") : "", text_in(line, "label"));
            write_text(line, to);
        } while (++i < json_array_size(lines) && goes_on(lines, i, about_call));
        fclose(to);
        text_wrap(out, text, GAP, columns);
        free(text);
    }
}

/* The whole card, for free(). */
static char *card_text(const json_t *card, bool tight) {
    const json_t *residents = json_object_get(card, "residents"), *lines = json_object_get(card, "lines");
    int columns = terminal_columns(stdout);
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return NULL;
    columns = columns ? columns : SCREEN_COLUMNS;
    fprintf(out, tr("call %" JSON_INTEGER_FORMAT "\n", "呼叫 %" JSON_INTEGER_FORMAT "\n"),
            json_integer_value(json_object_get(card, "call")));
    for (size_t i = 0; i <= json_array_size(residents); i++) {
        if (i > 0) {
            lines = json_object_get(json_array_get(residents, i - 1), "lines");
            fputc('\n', out);
        }
        if (tight)
            write_tight(lines, i == 0, columns, out);
        else
            write_loose(lines, columns, out);
    }
    fclose(out);
    return text;
}

static size_t lines_of(const char *text) {
    size_t count = 0;
    for (; *text; text++)
        count += *text == '\n';
    return count;
}

/* One screen, if that can be. */
static void write_card(const json_t *card) {
    char *text = card_text(card, false);
    if (text && lines_of(text) > SCREEN_LINES) {
        free(text);
        text = card_text(card, true);
    }
    fputs(text ? text : "", stdout);
    free(text);
    if (*text_in(card, "problem"))
        say(tr("what is known of the caller cannot be read: %s", "呼叫人资料无法读取：%s"), text_in(card, "problem"));
    else if (!json_is_true(json_object_get(card, "known")))
        say("%s", tr("nobody in this store has this device or phone; the call is kept: find out who it is",
                     "本库没有登记该呼叫器或号码；呼叫已保存，请核实呼叫人"));
    if (json_array_size(json_object_get(card, "residents")) > 1)
        say("%s", tr("more than one resident has this device or phone; all of them are shown",
                     "该呼叫器或号码由多位居民共用；已全部列出"));
}

static int print_card(hr_store *store, hr_status status, const char *text, enum format format) {
    if (status == HR_OK && format == FORMAT_JSON) {
        puts(text);
    } else if (status == HR_OK) {
        json_t *card = json_loads(text, 0, NULL);
        write_card(card);
        json_decref(card);
    }
    return session_result(store, status);
}

/* ---- the actions ---- */

/* What an action is asked to do. */
typedef struct request {
    const struct call *c;
    hr_store *store;
    enum format format;
    int64_t call;
    int32_t from, to;
} request;

static int do_raise(const request *r) {
    const struct call *c = r->c;
    hr_call_options options;
    char *card = NULL;
    hr_call_options_init(&options);
    options.device = c->values[OPT_DEVICE];
    options.phone = c->values[OPT_PHONE];
    options.signal = c->values[OPT_SIGNAL];
    options.message = c->values[OPT_MESSAGE];
    options.time = c->values[OPT_TIME];
    hr_status status = hr_call_raise(r->store, &options, NULL, &card);
    int code = print_card(r->store, status, card, r->format);
    hr_free(card);
    return code;
}

static int do_show(const request *r) {
    char *card = NULL;
    hr_status status = hr_call_card(r->store, r->call, &card);
    int code = print_card(r->store, status, card, r->format);
    hr_free(card);
    return code;
}

static const char *who(const struct call *c) {
    return c->values[OPT_WHO] ? c->values[OPT_WHO] : c->values[OPT_BY];
}

static int do_answer(const request *r) {
    hr_status status = hr_call_answer(r->store, r->call, r->c->values[OPT_TIME], who(r->c), r->c->values[OPT_NOTE]);
    if (status == HR_OK)
        say(tr("call %" PRId64 " is answered", "呼叫 %" PRId64 " 已应答"), r->call);
    return session_result(r->store, status);
}

static int do_close(const request *r) {
    hr_status status = hr_call_close(r->store, r->call, r->c->values[OPT_OUTCOME], r->c->values[OPT_TIME], who(r->c),
                                     r->c->values[OPT_NOTE]);
    if (status == HR_OK)
        say(tr("call %" PRId64 " is closed", "呼叫 %" PRId64 " 已办结"), r->call);
    return session_result(r->store, status);
}

static int do_list(const request *r) {
    static const char *const hide[] = {"outcome", "signal", NULL};
    static const char *const drop[] = {"area",     "known",     "closed",      "resident", "outcome_name",
                                       "answered", "area_name", "signal_name", NULL};
    bool all = call_has(r->c, OPT_ALL) || r->from || r->to;
    hr_cursor *rows = NULL;
    uint64_t count = 0;
    hr_status status = hr_calls(r->store, all, r->from, r->to, &rows);
    int code = rows_finish(r->store, status, rows, r->format, &(rows_style){.hide = hide, .drop = drop}, &count);
    if (code == EXIT_DONE && all)
        say(tr_count(count, "%" PRIu64 " call", "%" PRIu64 " calls", "共 %" PRIu64 " 次呼叫"), count);
    else if (code == EXIT_DONE)
        say(tr_count(count, "%" PRIu64 " call is open", "%" PRIu64 " calls are open", "待处理 %" PRIu64 " 次"), count);
    return code;
}

static int do_times(const request *r) {
    static const char *const drop[] = {"area", "longest", "p95", "within", "answered", NULL};
    hr_cursor *rows = NULL;
    uint64_t count = 0;
    hr_status status = hr_call_times(r->store, r->from, r->to, r->c->values[OPT_BY], &rows);
    return rows_finish(r->store, status, rows, r->format, &(rows_style){.drop = drop}, &count);
}

typedef struct action {
    const char *name;
    int (*run)(const request *r);
    bool of_call; /* takes the number of a call */
    option_set options;
} action;

static const action actions[] = {
    {"raise", do_raise, false,
     OPTION(OPT_DEVICE) | OPTION(OPT_PHONE) | OPTION(OPT_SIGNAL) | OPTION(OPT_MESSAGE) | OPTION(OPT_TIME) |
         OPTION(OPT_FORMAT)},
    {"show", do_show, true, OPTION(OPT_FORMAT)},
    {"answer", do_answer, true, OPTION(OPT_WHO) | OPTION(OPT_BY) | OPTION(OPT_NOTE) | OPTION(OPT_TIME)},
    {"close", do_close, true,
     OPTION(OPT_OUTCOME) | OPTION(OPT_WHO) | OPTION(OPT_BY) | OPTION(OPT_NOTE) | OPTION(OPT_TIME)},
    {"list", do_list, false, OPTION(OPT_ALL) | OPTION(OPT_FROM) | OPTION(OPT_TO) | OPTION(OPT_FORMAT)},
    {"times", do_times, false, OPTION(OPT_FROM) | OPTION(OPT_TO) | OPTION(OPT_BY) | OPTION(OPT_FORMAT)},
};

static const action *action_named(const char *name) {
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++)
        if (strcmp(actions[i].name, name) == 0)
            return &actions[i];
    say(tr("call cannot \"%s\"; it can raise, show, answer, close, list and times",
           "call 没有“%s”操作；可用 raise、show、answer、close、list 和 times"),
        name);
    return NULL;
}

/* What is not the action's own is said rather than left aside. */
static bool takes_options(const struct call *c, const action *a) {
    for (int i = 0; i < OPT_COUNT; i++)
        if (call_has(c, (option_id)i) && !((a->options | OPTIONS_OPENING) & OPTION(i))) {
            say(tr("call %s has no option --%s; \"healthrec help call\" says which it has",
                   "call %s 没有选项 --%s；详见“healthrec help call”"),
                a->name, option_at((option_id)i)->name);
            return false;
        }
    if (strcmp(a->name, "close") != 0 || call_has(c, OPT_OUTCOME))
        return true;
    say("%s", tr("--outcome is missing: say what came of the call; \"healthrec help call\" lists the outcomes",
                 "缺少 --outcome：请给出处理结果；可选值见“healthrec help call”"));
    return false;
}

static bool read_call(const struct call *c, const action *a, int64_t *out) {
    const char *text = c->operands[2];
    if (!text && !a->of_call)
        return true;
    if (!a->of_call) {
        say(tr("unexpected argument \"%s\"; \"healthrec help call\" shows what call takes",
               "多余的参数“%s”；“healthrec help call”说明 call 的用法"),
            text);
        return false;
    }
    if (text && number_read(text, out) && *out > 0)
        return true;
    say(tr("call %s needs the number of a call; \"healthrec call %s list\" shows them",
           "call %s 须给出呼叫编号；可用“healthrec call %s list”查看"),
        a->name, c->operands[0]);
    return false;
}

static bool read_format(const struct call *c, const action *a, enum format *out) {
    bool card = a->run == do_raise || a->run == do_show;
    if (!call_format(c, out))
        return false;
    if (!card || *out != FORMAT_CSV)
        return true;
    say("%s", tr("what is known of a caller is printed as table or json; use one of them",
                 "呼叫人信息只能以 table 或 json 格式显示；请改用其一"));
    return false;
}

int cmd_call(const struct call *c) {
    request r = {.c = c};
    const action *a = action_named(c->operands[1]);
    if (!a || !takes_options(c, a) || !read_call(c, a, &r.call) || !read_format(c, a, &r.format) ||
        !call_day(c, OPT_FROM, &r.from) || !call_day(c, OPT_TO, &r.to))
        return EXIT_USAGE;
    int code = session_open(c, &r.store);
    if (code == EXIT_DONE)
        code = a->run(&r);
    hr_store_free(r.store);
    return code;
}
