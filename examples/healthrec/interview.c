/* Asking for an entry. The tool knows no rules: after each answer the entry so far is put into the store in a batch
 * that is undone, and what the library says decides.
 *
 *   - A message about a field that is still to come says no more than that it is still to come.
 *   - Any other refusal is about the answer, or about one before it that the answer does not go with. It is shown, and
 *     the field is asked again; "-" leads back to the other one.
 *   - What contradicts the resident's file is shown once, as soon as it is known, and asked about at the end. */
#include "interview.h"
#include "session.h"
#include "terminal.h"
#include "text.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* A terminal gives no longer line. */
enum { ANSWER_SIZE = 4100, MESSAGE_SIZE = 1200, INDENT = 2 };

typedef struct talk {
    interview *i;
    hr_store *store;
    int width;
    size_t *asked, depth;     /* the fields that were asked and answered or skipped, for going back */
    bool rest;                /* what need not be answered is not asked any more */
    char noted[MESSAGE_SIZE]; /* the contradiction that was shown last */
} talk;

/* ---- trying ---- */

/* What the entry would be: its number if it is there already, else 0; and the record as the library would keep it, for
 * free(). */
typedef struct preview {
    int64_t same;
    char *body;
} preview;

static void read_back(talk *t, int64_t seq, hr_change change, preview *out) {
    enum { H_SEQ = 0, H_BODY = 5 }; /* columns of hr_history */
    hr_cursor *rows = NULL;
    hr_status status = hr_history(t->store, t->i->resident, &rows);
    out->same = change == HR_UNCHANGED ? seq : 0;
    while (status == HR_OK && (status = hr_cursor_next(rows)) == HR_OK)
        if (hr_cursor_integer(rows, H_SEQ) == seq) {
            out->body = strdup(hr_cursor_text(rows, H_BODY));
            break;
        }
    hr_cursor_free(rows);
}

/* Puts the entry and takes it back. `seen` may be NULL. */
static hr_status try_entry(talk *t, bool force, preview *seen) {
    hr_entry_options options;
    hr_change change = HR_UNCHANGED;
    int64_t seq = 0;
    char *text = json_dumps(t->i->record, JSON_COMPACT);
    hr_status status = text ? hr_batch_begin(t->store) : HR_SYSTEM;
    hr_entry_options_init(&options);
    options.force = force;
    if (status == HR_OK) {
        status = hr_entry_add(t->store, t->i->resident, t->i->of->kind, text, &options, &seq, &change);
        if (status == HR_OK && seen)
            read_back(t, seq, change, seen);
        hr_batch_rollback(t->store);
    }
    free(text);
    return status;
}

static void show_line(const talk *t, const char *line) {
    char *text = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&text, &size);
    if (!to)
        return;
    text_wrap(to, line, 0, t->width);
    fclose(to);
    terminal_show(text);
    free(text);
}

/* Shows what the entry contradicts, once. */
static void note_contradiction(talk *t) {
    if (t->i->force || try_entry(t, false, NULL) != HR_INVALID || strcmp(t->noted, hr_error(t->store)) == 0)
        return;
    snprintf(t->noted, sizeof t->noted, "%s", hr_error(t->store));
    show_line(t, t->noted);
}

/* Whether field `at`, which was just answered or skipped, may be left so; else the library's message is shown. */
static bool settles(talk *t, size_t at, bool skipped) {
    const form *of = t->i->of;
    hr_status status = try_entry(t, true, NULL);
    if (status == HR_OK) {
        note_contradiction(t);
        return true;
    }
    const field *blamed = status == HR_INVALID ? form_blamed(of, hr_error(t->store)) : NULL;
    size_t place = blamed ? (size_t)(blamed - of->fields) : of->count;
    bool to_come = blamed && place > at && !blamed->computed && !json_object_get(t->i->record, blamed->name);
    if (to_come || (skipped && place != at && status == HR_INVALID))
        return true;
    show_line(t, hr_error(t->store));
    return false;
}

/* ---- asking ---- */

static enum answer ask(talk *t, const field *f, char out[ANSWER_SIZE]) {
    char *prompt = NULL;
    size_t size = 0, number = (size_t)(f - t->i->of->fields) + 1;
    FILE *to = open_memstream(&prompt, &size);
    if (!to)
        return NO_ANSWER;
    fprintf(to, "(%zu/%zu) %s%s\n", number, t->i->of->count, field_label(f),
            f->required ? tr(" (required)", "（必填）") : "");
    field_describe(to, f, INDENT, t->width);
    fputs("> ", to);
    fclose(to);
    enum answer answer = terminal_ask(prompt, ASK_SHOWN, out, ANSWER_SIZE);
    free(prompt);
    return answer;
}

/* Without the blanks around it. */
static const char *trimmed(char *text) {
    char *end = text + strlen(text);
    while (end > text && (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\r'))
        *--end = '\0';
    return text + strspn(text, " \t");
}

typedef enum step { FORWARD, PASS, BACK, AGAIN, STOP } step;

static step skip(talk *t, size_t at) {
    if (t->i->of->fields[at].required) {
        show_line(t, tr("this one is required", "此项必填"));
        return AGAIN;
    }
    return settles(t, at, true) ? FORWARD : AGAIN;
}

static step take(talk *t, size_t at, const char *answer) {
    const char *name = t->i->of->fields[at].name;
    if (json_object_set_new(t->i->record, name, json_string(answer)) != 0) { /* no UTF-8 */
        show_line(t, tr("this text is not UTF-8; type it again", "此内容不是 UTF-8 文字；请重新输入"));
        return AGAIN;
    }
    if (settles(t, at, false))
        return FORWARD;
    json_object_del(t->i->record, name);
    return AGAIN;
}

static step ask_field(talk *t, size_t at) {
    char line[ANSWER_SIZE];
    enum answer how = ask(t, &t->i->of->fields[at], line);
    if (how != ANSWERED)
        return STOP;
    const char *answer = trimmed(line);
    if (strcmp(answer, "-") == 0)
        return BACK;
    t->rest = t->rest || strcmp(answer, ".") == 0;
    return *answer && strcmp(answer, ".") != 0 ? take(t, at, answer) : skip(t, at);
}

/* Fields that are computed or known already are not asked for. */
static bool is_asked(const talk *t, size_t at) {
    const field *f = &t->i->of->fields[at];
    return !f->computed && !json_object_get(t->i->record, f->name) && !(t->rest && !f->required);
}

/* Takes the last answer back. False when there is none. */
static bool go_back(talk *t, size_t *at) {
    t->rest = false;
    if (t->depth == 0)
        return false;
    *at = t->asked[--t->depth];
    json_object_del(t->i->record, t->i->of->fields[*at].name);
    return true;
}

/* Asks from field `at` on. False when the answers ended. */
static bool ask_from(talk *t, size_t at) {
    while (at < t->i->of->count) {
        step next = is_asked(t, at) ? ask_field(t, at) : PASS;
        if (next == STOP)
            return false;
        if (next == BACK)
            go_back(t, &at);
        if (next == FORWARD)
            t->asked[t->depth++] = at;
        at += next == FORWARD || next == PASS;
    }
    return true;
}

/* ---- beginning and end ---- */

static void greet(talk *t) {
    char *now = NULL, *text = NULL;
    size_t size = 0;
    json_t *known = hr_resident_get(t->store, t->i->resident, &now) == HR_OK ? json_loads(now, 0, NULL) : NULL;
    const char *name = json_string_value(json_object_get(known, "name"));
    FILE *to = open_memstream(&text, &size);
    if (to) {
        fprintf(to, tr("%s: resident #%" PRId64 " %s\n", "%s：居民 #%" PRId64 " %s\n"), t->i->of->title, t->i->resident,
                name ? name : "");
        text_wrap(to,
                  tr("Enter skips a field, - goes back, . skips all that is not required, Ctrl-D stops and stores "
                     "nothing.",
                     "直接回车跳过，输入 - 返回上一项，输入 . 跳过其余非必填项，按 Ctrl-D 放弃，不保存。"),
                  0, t->width);
        fclose(to);
        terminal_show(text);
        free(text);
    }
    json_decref(known);
    hr_free(now);
}

static void show_entry(talk *t, const char *body) {
    char *text = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&text, &size);
    if (!to)
        return;
    fputc('\n', to);
    form_write(t->i->all, to, t->i->of, body, INDENT, t->width);
    fclose(to);
    terminal_show(text);
    free(text);
}

static step confirm(talk *t) {
    char line[ANSWER_SIZE];
    bool contradicts = !t->i->force && try_entry(t, false, NULL) == HR_INVALID;
    if (contradicts)
        show_line(t, hr_error(t->store));
    enum answer how =
        terminal_ask(contradicts ? tr("store this entry all the same? [y/N/-] ", "仍要保存这条记录吗？[y/N/-] ")
                                 : tr("store this entry? [y/N/-] ", "保存这条记录吗？[y/N/-] "),
                     ASK_SHOWN, line, sizeof line);
    const char *answer = trimmed(line);
    if (how != ANSWERED)
        return STOP;
    if (strcmp(answer, "-") == 0)
        return BACK;
    bool yes = *answer == 'y' || *answer == 'Y' || strcmp(answer, "是") == 0;
    t->i->force = t->i->force || (yes && contradicts);
    return yes ? FORWARD : STOP;
}

/* The whole entry, once more, and whether it is to be stored. BACK when it cannot be yet. */
static step conclude(talk *t, int *code, bool *agreed) {
    preview seen = {0};
    hr_status status = try_entry(t, true, &seen);
    step next = STOP;
    if (status == HR_INVALID || status == HR_BUSY) {
        show_line(t, hr_error(t->store));
        next = BACK;
    } else if (status != HR_OK) {
        *code = session_result(t->store, status);
    } else if (seen.same) { /* storing it says so */
        *agreed = true;
    } else {
        show_entry(t, seen.body ? seen.body : "{}");
        next = confirm(t);
        *agreed = next == FORWARD;
        next = next == BACK ? BACK : STOP;
    }
    free(seen.body);
    return next;
}

static int talk_through(talk *t, bool *agreed) {
    int code = EXIT_DONE;
    size_t at = 0;
    greet(t);
    do {
        if (!ask_from(t, at)) {
            say("%s", tr("the questions were not answered to the end; nothing was stored", "未答完；未保存"));
            return EXIT_USAGE;
        }
        at = t->i->of->count;
    } while (conclude(t, &code, agreed) == BACK && go_back(t, &at));
    if (code == EXIT_DONE && !*agreed)
        say("%s", tr("nothing was stored", "未保存"));
    return code;
}

/* What was given beforehand is said to be wrong before anything is asked. */
static int check_given(talk *t) {
    hr_status status = try_entry(t, true, NULL);
    const field *blamed = status == HR_INVALID ? form_blamed(t->i->of, hr_error(t->store)) : NULL;
    if (status == HR_OK || (blamed && !json_object_get(t->i->record, blamed->name)))
        return EXIT_DONE;
    return session_result(t->store, status);
}

int interview_run(interview *i, bool *agreed) {
    talk t = {.i = i, .store = i->all->store, .width = terminal_width()};
    *agreed = false;
    if (!t.width) {
        say("%s", tr("there is no terminal to ask on; give the fields as FIELD=VALUE",
                     "没有可供询问的终端；请以“字段=值”给出各字段"));
        return EXIT_USAGE;
    }
    t.asked = calloc(i->of->count + 1, sizeof *t.asked);
    int code = t.asked ? check_given(&t) : session_result(t.store, HR_SYSTEM);
    if (code == EXIT_DONE)
        code = talk_through(&t, agreed);
    free(t.asked);
    return code;
}
