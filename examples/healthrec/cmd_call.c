/* call: emergency calls. What a responder needs is the library's card: lines of label and text in the user's language,
 * the most urgent first; here they are put on the screen. */
#include "commands.h"
#include "rows.h"
#include "session.h"
#include "table.h"
#include "terminal.h"
#include "text.h"
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* ---- the card ---- */

static const char *text_in(const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static int label_width(const json_t *lines) {
    int width = 0;
    for (size_t i = 0; i < json_array_size(lines); i++) {
        int label = text_width(text_in(json_array_get(lines, i), "label"));
        width = label > width ? label : width;
    }
    return width;
}

static void write_lines(const json_t *lines) {
    enum { GAP = 2, NARROW = 80 };
    int width = label_width(lines), columns = terminal_columns(stdout);
    for (size_t i = 0; i < json_array_size(lines); i++) {
        const json_t *line = json_array_get(lines, i);
        const char *date = text_in(line, "date");
        char *text = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&text, &size);
        if (!out)
            return;
        fputs(text_in(line, "text"), out);
        if (*date)
            fprintf(out, tr(" (%s)", "（%s）"), date);
        fclose(out);
        text_put(stdout, text_in(line, "label"), width + GAP, false, false);
        text_wrap(stdout, text, width + GAP, columns ? columns : NARROW);
        free(text);
    }
}

static void write_card(const json_t *card) {
    const json_t *residents = json_object_get(card, "residents");
    printf(tr("call %" JSON_INTEGER_FORMAT "\n", "呼叫 %" JSON_INTEGER_FORMAT "\n"),
           json_integer_value(json_object_get(card, "call")));
    write_lines(json_object_get(card, "lines"));
    for (size_t i = 0; i < json_array_size(residents); i++) {
        putchar('\n');
        write_lines(json_object_get(json_array_get(residents, i), "lines"));
    }
    if (*text_in(card, "problem"))
        say(tr("what is known of the caller cannot be read: %s", "呼叫人资料无法读取：%s"), text_in(card, "problem"));
    else if (!json_is_true(json_object_get(card, "known")))
        say("%s", tr("nobody in this store has this device or phone; the call is kept: find out who it is",
                     "本库没有登记该呼叫器或号码；呼叫已保存，请核实呼叫人"));
    if (json_array_size(residents) > 1)
        say("%s", tr("more than one resident has this device or phone; all of them are shown",
                     "该呼叫器或号码由多位居民共用；已全部列出"));
}

static int print_card(hr_store *store, hr_status status, const char *text, enum format format) {
    if (status == HR_OK && format != FORMAT_TABLE) {
        puts(text);
    } else if (status == HR_OK) {
        json_t *card = json_loads(text, 0, NULL);
        write_card(card);
        json_decref(card);
    }
    return session_result(store, status);
}

/* ---- the actions ---- */

static bool read_call(const struct call *c, int64_t *out) {
    const char *text = c->operands[2] ? c->operands[2] : "";
    char *end;
    *out = strtoll(text, &end, 10);
    if (*text && !*end && *out > 0)
        return true;
    say(tr("call %s needs the number of a call; \"healthrec call %s list\" shows them",
           "call %s 须给出呼叫编号；可用“healthrec call %s list”查看"),
        c->operands[1], c->operands[0]);
    return false;
}

static int do_raise(const struct call *c, hr_store *store, enum format format) {
    hr_call_options options;
    char *card = NULL;
    hr_call_options_init(&options);
    options.device = c->values[OPT_DEVICE];
    options.phone = c->values[OPT_PHONE];
    options.signal = c->values[OPT_SIGNAL];
    options.message = c->values[OPT_MESSAGE];
    options.time = c->values[OPT_TIME];
    hr_status status = hr_call_raise(store, &options, NULL, &card);
    int code = print_card(store, status, card, format);
    hr_free(card);
    return code;
}

static int do_show(const struct call *c, hr_store *store, enum format format) {
    char *card = NULL;
    int64_t call;
    if (!read_call(c, &call))
        return EXIT_USAGE;
    hr_status status = hr_call_card(store, call, &card);
    int code = print_card(store, status, card, format);
    hr_free(card);
    return code;
}

static int do_answer(const struct call *c, hr_store *store, enum format format) {
    int64_t call;
    (void)format;
    if (!read_call(c, &call))
        return EXIT_USAGE;
    hr_status status = hr_call_answer(store, call, c->values[OPT_TIME], c->values[OPT_WHO], c->values[OPT_NOTE]);
    if (status == HR_OK)
        say(tr("call %" PRId64 " is answered", "呼叫 %" PRId64 " 已应答"), call);
    return session_result(store, status);
}

static int do_close(const struct call *c, hr_store *store, enum format format) {
    int64_t call;
    (void)format;
    if (!read_call(c, &call))
        return EXIT_USAGE;
    if (!call_has(c, OPT_OUTCOME)) {
        say("%s", tr("--outcome is missing: say what came of the call; \"healthrec help call\" lists the outcomes",
                     "缺少 --outcome：请给出处理结果；可选值见“healthrec help call”"));
        return EXIT_USAGE;
    }
    hr_status status = hr_call_close(store, call, c->values[OPT_OUTCOME], c->values[OPT_TIME], c->values[OPT_WHO],
                                     c->values[OPT_NOTE]);
    if (status == HR_OK)
        say(tr("call %" PRId64 " is closed", "呼叫 %" PRId64 " 已办结"), call);
    return session_result(store, status);
}

static int do_list(const struct call *c, hr_store *store, enum format format) {
    static const char *const drop[] = {"area", "phone", "outcome", "closed", "signal", "resident", "known", NULL};
    hr_cursor *rows = NULL;
    uint64_t count = 0;
    int32_t from, to;
    if (!call_day(c, OPT_FROM, &from) || !call_day(c, OPT_TO, &to))
        return EXIT_USAGE;
    hr_status status = hr_calls(store, call_has(c, OPT_ALL), from, to, &rows);
    int code = rows_finish(store, status, rows, format, &(rows_style){.drop = drop}, &count);
    if (code == EXIT_DONE && call_has(c, OPT_ALL))
        say(tr_count(count, "%" PRIu64 " call", "%" PRIu64 " calls", "共 %" PRIu64 " 次呼叫"), count);
    else if (code == EXIT_DONE)
        say(tr_count(count, "%" PRIu64 " call is open", "%" PRIu64 " calls are open", "待处理 %" PRIu64 " 次"), count);
    return code;
}

static int do_times(const struct call *c, hr_store *store, enum format format) {
    static const char *const drop[] = {"area", "longest", NULL};
    hr_cursor *rows = NULL;
    uint64_t count = 0;
    int32_t from, to;
    if (!call_day(c, OPT_FROM, &from) || !call_day(c, OPT_TO, &to))
        return EXIT_USAGE;
    hr_status status = hr_call_times(store, from, to, c->values[OPT_BY], &rows);
    return rows_finish(store, status, rows, format, &(rows_style){.drop = drop}, &count);
}

int cmd_call(const struct call *c) {
    static const struct {
        const char *name;
        int (*run)(const struct call *c, hr_store *store, enum format format);
    } actions[] = {{"raise", do_raise}, {"show", do_show}, {"answer", do_answer},
                   {"close", do_close}, {"list", do_list}, {"times", do_times}};
    enum format format;
    hr_store *store;
    size_t i = 0, count = sizeof actions / sizeof *actions;
    while (i < count && strcmp(actions[i].name, c->operands[1]) != 0)
        i++;
    if (i == count) {
        say(tr("call cannot \"%s\"; it can raise, show, answer, close, list and times",
               "call 没有“%s”操作；可用 raise、show、answer、close、list 和 times"),
            c->operands[1]);
        return EXIT_USAGE;
    }
    if (!call_format(c, &format))
        return EXIT_USAGE;
    int code = session_open(c, &store);
    if (code != EXIT_DONE)
        return code;
    code = actions[i].run(c, store, format);
    hr_store_free(store);
    return code;
}
