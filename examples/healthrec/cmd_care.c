/* add, amend, unify, check, duplicates: entries of health files. Fields come from the command line as FIELD=VALUE, or
 * are asked for one by one. What a value may be is for the library to say: it is tried there, in a batch that is
 * undone. */
#include "commands.h"
#include "forms.h"
#include "rows.h"
#include "session.h"
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

/* Takes FIELD=VALUE into the record; an empty value is null. */
static bool take_assignment(const struct call *c, const form *of, const char *text, json_t *record) {
    const char *sign = strchr(text, '=');
    size_t length = sign ? (size_t)(sign - text) : strlen(text);
    char name[256];
    if (!sign) {
        say(tr("\"%s\" is no FIELD=VALUE; write for instance note=…", "“%s”不是“字段=值”；请写成如“备注=…”"), text);
        return false;
    }
    if (length >= sizeof name)
        return say_unknown(c, of, text, 40);
    memcpy(name, text, length);
    name[length] = '\0';
    const field *f = form_field(of, name);
    if (!f)
        return say_unknown(c, of, text, length);
    if (json_object_get(record, f->name)) {
        say(tr("%s is given twice; keep one of them", "字段“%s”重复；请只保留一个"), name);
        return false;
    }
    json_object_set_new(record, f->name, sign[1] ? json_string(sign + 1) : json_null());
    return true;
}

static bool take_assignments(const struct call *c, const form *of, json_t *record) {
    for (size_t i = 0; i < c->rest_count; i++)
        if (!take_assignment(c, of, c->rest[i], record))
            return false;
    return true;
}

/* The record as text, for free(). */
static char *record_text(const json_t *record) {
    return json_dumps(record, JSON_COMPACT);
}

/* ---- asking ---- */

enum { ANSWER_SIZE = 1100 };

typedef struct asking_for {
    hr_store *store;
    forms *all;
    const form *of;
    int64_t resident;
    json_t *record;
} asking_for;

/* The library's messages begin with the field's name, in Chinese with its label. */
static bool is_about(const char *message, const field *f) {
    const char *names[] = {f->name, f->zh};
    for (size_t i = 0; i < 2; i++) {
        size_t length = strlen(names[i]);
        if (strncmp(message, names[i], length) == 0 &&
            (message[length] == ':' || strncmp(message + length, "：", strlen("：")) == 0))
            return true;
    }
    return false;
}

/* What the library says against this field's value; NULL when nothing. Whatever else is missing yet does not matter. */
static const char *objection(asking_for *a, const field *f) {
    char *text = record_text(a->record);
    const char *said = NULL;
    if (text && hr_batch_begin(a->store) == HR_OK) {
        hr_status status = hr_entry_add(a->store, a->resident, a->of->kind, text, NULL, NULL, NULL);
        hr_batch_rollback(a->store);
        if (status == HR_INVALID && is_about(hr_error(a->store), f))
            said = hr_error(a->store);
    }
    free(text);
    return said;
}

static void write_prompt(const field *f, size_t number, size_t count, FILE *out) {
    fprintf(out, "(%zu/%zu) %s", number, count, field_label(f));
    if (f->required)
        fputs(tr(" (required)", "（必填）"), out);
    fprintf(out, "\n  %s", f->meaning);
    if (*f->codes)
        fprintf(out, "\n  %s", f->codes);
    if (strcmp(f->type, "codes") == 0)
        fputs(tr("\n  several are parted by ;", "\n  多项用分号隔开"), out);
    if (*f->range)
        fprintf(out, tr("\n  %s", "\n  %s"), f->range);
    fputs("\n> ", out);
}

static enum answer ask_field(const field *f, size_t number, size_t count, char out[ANSWER_SIZE]) {
    char *prompt = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&prompt, &size);
    if (!to)
        return NO_ANSWER;
    write_prompt(f, number, count, to);
    fclose(to);
    enum answer answer = terminal_ask(prompt, ASK_SHOWN, out, ANSWER_SIZE);
    free(prompt);
    return answer;
}

typedef enum step { FORWARD, BACK, AGAIN, STOP } step;

/* Asks for one field and takes the answer, if the library does. */
static step ask_one(asking_for *a, size_t i) {
    const field *f = &a->of->fields[i];
    char answer[ANSWER_SIZE];
    enum answer how = ask_field(f, i + 1, a->of->count, answer);
    if (how == NO_TERMINAL)
        say("%s", tr("there is no terminal to ask on; give the fields as FIELD=VALUE",
                     "没有可供询问的终端；请以“字段=值”给出各字段"));
    if (how != ANSWERED)
        return STOP;
    if (strcmp(answer, "-") == 0)
        return BACK;
    if (*answer == '\0' && f->required)
        terminal_show(tr("this one is required\n", "此项必填\n"));
    if (*answer == '\0')
        return f->required ? AGAIN : FORWARD;
    json_object_set_new(a->record, f->name, json_string(answer));
    const char *said = objection(a, f);
    if (!said)
        return FORWARD;
    terminal_show(said);
    terminal_show("\n");
    json_object_del(a->record, f->name);
    return AGAIN;
}

/* Asks for each field that was not given. False when there is no terminal, or the answers ended. */
static bool ask_fields(asking_for *a) {
    size_t *asked = calloc(a->of->count + 1, sizeof *asked), depth = 0;
    step next = asked ? FORWARD : STOP;
    for (size_t i = 0; next != STOP && i < a->of->count;) {
        const field *f = &a->of->fields[i];
        if (f->computed || json_object_get(a->record, f->name)) {
            i++;
            continue;
        }
        next = ask_one(a, i);
        if (next == FORWARD) {
            asked[depth++] = i++;
        } else if (next == BACK && depth > 0) {
            i = asked[--depth];
            json_object_del(a->record, a->of->fields[i].name);
        }
    }
    free(asked);
    return next != STOP;
}

/* Shows what was answered and asks whether to store it. */
static bool confirm(asking_for *a) {
    char answer[16] = "", *text = record_text(a->record);
    putchar('\n');
    if (text)
        form_write(a->all, a->of, text, 2);
    fflush(stdout);
    free(text);
    return terminal_ask(tr("store this entry? [y/N] ", "保存这条记录吗？[y/N] "), ASK_SHOWN, answer, sizeof answer) ==
               ANSWERED &&
           (*answer == 'y' || *answer == 'Y' || strcmp(answer, "是") == 0);
}

/* ---- saying what was stored ---- */

/* The entry as the library keeps it, with what it worked out. */
static void print_entry(forms *all, const form *of, int64_t resident, int64_t seq) {
    enum { H_SEQ = 0, H_BODY = 5 };
    hr_cursor *rows = NULL;
    hr_status status = hr_history(all->store, resident, &rows);
    while (status == HR_OK && (status = hr_cursor_next(rows)) == HR_OK)
        if (hr_cursor_integer(rows, H_SEQ) == seq) {
            printf(tr("entry %" PRId64 "  %s\n", "记录 %" PRId64 "  %s\n"), seq, of->title);
            form_write(all, of, hr_cursor_text(rows, H_BODY), 2);
            break;
        }
    hr_cursor_free(rows);
}

static void take_entry_options(const struct call *c, hr_entry_options *options) {
    hr_entry_options_init(options);
    options->force = call_has(c, OPT_FORCE);
    options->why = c->values[OPT_WHY];
}

/* ---- add ---- */

static int store_entry(const struct call *c, asking_for *a) {
    hr_entry_options options;
    hr_change change;
    int64_t seq = 0;
    char *text = record_text(a->record);
    take_entry_options(c, &options);
    hr_status status =
        text ? hr_entry_add(a->store, a->resident, a->of->kind, text, &options, &seq, &change) : HR_SYSTEM;
    free(text);
    if (status == HR_OK && change == HR_UNCHANGED)
        say(tr("entry %" PRId64 " says exactly this already; nothing was added",
               "记录 %" PRId64 " 内容完全相同；未新增"),
            seq);
    else if (status == HR_OK)
        print_entry(a->all, a->of, a->resident, seq);
    return session_result(a->store, status);
}

static int add_entry(const struct call *c, asking_for *a) {
    char day[DATE_SIZE];
    if (!take_assignments(c, a->of, a->record))
        return EXIT_USAGE;
    bool ask = c->rest_count == 0;
    if (call_has(c, OPT_DATE))
        json_object_set_new(a->record, "date", json_string(c->values[OPT_DATE]));
    else if (!ask && !json_object_get(a->record, "date"))
        json_object_set_new(a->record, "date", json_string(date_text(date_today(), day)));
    if (ask && !ask_fields(a))
        return EXIT_USAGE;
    if (ask && !confirm(a)) {
        say("%s", tr("nothing was stored", "未保存"));
        return EXIT_DONE;
    }
    return store_entry(c, a);
}

int cmd_add(const struct call *c) {
    forms all = {0};
    hr_store *store;
    int code = session_open(c, &store);
    if (code != EXIT_DONE)
        return code;
    all.store = store;
    asking_for a = {.store = store, .all = &all, .record = json_object()};
    hr_status status = hr_resident_lookup(store, c->operands[1], &a.resident);
    if (status == HR_OK)
        a.of = forms_get(&all, c->operands[2]);
    if (status == HR_OK && (!a.of || !a.of->care)) {
        say(tr("there is no form of care \"%s\"; \"healthrec forms %s\" lists them",
               "没有“%s”表单；可用“healthrec forms %s”查看"),
            c->operands[2], c->operands[0]);
        code = EXIT_USAGE;
    } else {
        code = status == HR_OK ? add_entry(c, &a) : session_result(store, status);
    }
    json_decref(a.record);
    forms_free(&all);
    hr_store_free(store);
    return code;
}

/* ---- amend ---- */

static bool read_entry_number(const struct call *c, int64_t *out) {
    const char *text = c->operands[1] + (c->operands[1][0] == '#');
    char *end;
    *out = strtoll(text, &end, 10);
    if (*text && !*end && *out > 0)
        return true;
    say(tr("\"%s\" is no entry's number; show prints them", "“%s”不是记录号；可用 show 查看"), c->operands[1]);
    return false;
}

static int amend_entry(const struct call *c, forms *all, int64_t seq) {
    hr_entry_options options;
    char kind[HR_FORM_SIZE];
    int64_t resident = 0, fresh = 0;
    hr_status status = hr_entry_find(all->store, seq, kind, &resident);
    const form *of = status == HR_OK ? forms_get(all, kind) : NULL;
    json_t *record = json_object();
    char *text = NULL;
    int code = EXIT_USAGE;
    take_entry_options(c, &options);
    if (status != HR_OK || !of) {
        code = session_result(all->store, status == HR_OK ? HR_SYSTEM : status);
    } else if (take_assignments(c, of, record)) {
        text = record_text(record);
        status = hr_entry_amend(all->store, seq, call_has(c, OPT_WITHDRAW) ? NULL : text, &options, &fresh);
        if (status == HR_OK && call_has(c, OPT_WITHDRAW))
            say(tr("entry %" PRId64 " is withdrawn by entry %" PRId64, "记录 %" PRId64 " 已由记录 %" PRId64 " 撤回"),
                seq, fresh);
        else if (status == HR_OK)
            print_entry(all, of, resident, fresh);
        code = session_result(all->store, status);
    }
    free(text);
    json_decref(record);
    return code;
}

int cmd_amend(const struct call *c) {
    forms all = {0};
    hr_store *store;
    int64_t seq;
    if (!read_entry_number(c, &seq))
        return EXIT_USAGE;
    if (c->rest_count == 0 && !call_has(c, OPT_WITHDRAW)) {
        say("%s", tr("say what is to be otherwise, as FIELD=VALUE, or --withdraw",
                     "请以“字段=值”说明如何更正，或用 --withdraw 撤回"));
        return EXIT_USAGE;
    }
    if (c->rest_count && call_has(c, OPT_WITHDRAW)) {
        say("%s", tr("--withdraw takes no fields; leave out one or the other", "--withdraw 不带字段；请去掉其一"));
        return EXIT_USAGE;
    }
    int code = session_open(c, &store);
    if (code != EXIT_DONE)
        return code;
    all.store = store;
    code = amend_entry(c, &all, seq);
    forms_free(&all);
    hr_store_free(store);
    return code;
}

/* ---- unify, duplicates, check ---- */

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

/* A listing that takes its time. */
static int print_found(const struct call *c, const char *const *drop, const char *what,
                       hr_status (*find)(hr_store *, hr_progress, void *, hr_cursor **), uint64_t *count) {
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
    code = rows_finish(store, status, rows, format, &(rows_style){.drop = drop}, count);
    hr_store_free(store);
    return code;
}

int cmd_check(const struct call *c) {
    static const char *const drop[] = {"forced", "date", "form", NULL};
    uint64_t count = 0;
    int code = print_found(c, drop, tr("check", "检查"), hr_check, &count);
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

int cmd_duplicates(const struct call *c) {
    static const char *const drop[] = {"rule", "area", "other_area", "sure", "birth_date", "other_birth_date", NULL};
    uint64_t count = 0;
    int code = print_found(c, drop, tr("duplicates", "查重"), hr_duplicates, &count);
    if (code == EXIT_DONE)
        say(tr_count(count, "%" PRIu64 " pair; unify makes two one", "%" PRIu64 " pairs; unify makes two one",
                     "共 %" PRIu64 " 对；可用 unify 合并"),
            count);
    return code;
}
