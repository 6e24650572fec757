/* The desk that takes emergency calls: raising one, its card, answering and closing it, the queue, and how long callers
 * waited. An emergency call must not be lost to a failure somewhere else: when its resident cannot be looked up, it is
 * kept as one of nobody known, and the card says why. */
#include "base/cursor.h"
#include "base/options.h"
#include "indicator/definitions.h"
#include "indicator/ledger.h"
#include "record/access.h"
#include "record/areas.h"
#include "record/card.h"
#include "record/custody.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void hr_call_options_init(hr_call_options *options) {
    *options = (hr_call_options){.size = sizeof *options};
}

/* ---- cards ---- */

/* Whether a call's resident is not shown: his file is restricted or erased. Until his call is closed his life comes
 * first. */
static hr_status is_hidden(hr_store *store, const hr_call *call, int64_t resident, bool *out) {
    hr_custody state = HR_CUSTODY_NONE;
    hr_status status = resident && call->closed ? hr_custody_of(store, resident, &state) : HR_OK;
    *out = state != HR_CUSTODY_NONE;
    return status;
}

/* Whom the call is of, as known now: who raised it and those who share his device; when he has it no longer, or the
 * call is closed, he alone. */
static hr_status whose(hr_store *store, const hr_call *call, const hr_record *raise, int64_t **out, size_t *count) {
    int64_t caller = 0;
    bool hidden = false;
    hr_status status = hr_call_resident(store, call->id, &caller);
    if (status == HR_OK)
        status = is_hidden(store, call, caller, &hidden);
    if (status == HR_OK && !(caller && call->closed))
        status = hr_call_residents(store, raise, out, count);
    if (status != HR_OK || !caller || hidden)
        return status;
    for (size_t i = 0; i < *count; i++)
        if ((*out)[i] == caller)
            return HR_OK;
    free(*out);
    *out = malloc(sizeof **out);
    *count = *out != NULL;
    if (!*out)
        return hr_fail_memory(&store->err);
    **out = caller;
    return HR_OK;
}

/* `problem` "": whose the call is shall be looked up. */
static hr_status make_card(hr_store *store, const hr_call *call, const hr_record *said, const char *problem,
                           char **card) {
    int64_t *residents = NULL;
    size_t count = 0;
    hr_status status = *problem ? HR_OK : whose(store, call, said, &residents, &count);
    if (status == HR_OK)
        status = hr_card_make(store, call, said, residents, count, problem, card);
    free(residents);
    return status;
}

/* When what is known of the caller cannot be read, the card is made without it and says so; but a failure of the engine
 * has undone an open transaction. */
static hr_status card_of(hr_store *store, int64_t id, const char *problem, hr_call *call, char **card) {
    char damage[sizeof store->err.text];
    hr_record said;
    hr_status status = hr_call_load(store, id, call);
    if (status == HR_OK)
        status = hr_call_said(store, id, &hr_form_call_raise, &said);
    if (status != HR_OK)
        return status;
    status = make_card(store, call, &said, problem, card);
    if (status != HR_DAMAGED || *problem || (store->writing && store->broken))
        return status;
    snprintf(damage, sizeof damage, "%s", store->err.text);
    hr_err_clear(&store->err);
    return make_card(store, call, &said, damage, card);
}

static hr_status need_shown(hr_store *store, int64_t id) {
    hr_call call;
    int64_t resident = 0;
    hr_status status = hr_call_load(store, id, &call);
    if (status == HR_OK && call.closed)
        status = hr_call_resident(store, id, &resident);
    return status == HR_OK && resident ? hr_custody_need(store, resident) : status;
}

static hr_status whose_card(hr_store *store, int64_t id, int64_t **residents, size_t *count) {
    hr_call call;
    hr_record said;
    hr_status status = hr_call_load(store, id, &call);
    if (status == HR_OK)
        status = hr_call_said(store, id, &hr_form_call_raise, &said);
    return status == HR_OK ? whose(store, &call, &said, residents, count) : status;
}

/* Says whose card is looked at, within a read transaction. When they cannot be found out, the card shows nobody. */
static hr_status say_card(hr_store *store, int64_t id) {
    hr_status status = HR_OK;
    bool again = true;
    while (status == HR_OK && again) { /* another program may have given somebody the device meanwhile */
        int64_t *residents = NULL;
        size_t count = 0;
        status = whose_card(store, id, &residents, &count);
        if (status == HR_DAMAGED && !(store->writing && store->broken)) {
            hr_err_clear(&store->err);
            return HR_OK;
        }
        if (status == HR_OK)
            status = hr_access_read(store, HR_READ_CARD, residents, count, &again);
        again = again && count <= HR_SAID; /* of more, not all are remembered */
        free(residents);
    }
    return status;
}

hr_status hr_call_card(hr_store *store, int64_t call, char **card) {
    char *text = NULL;
    hr_call known;
    if (!store || !card)
        return hr_fail_argument(store);
    *card = NULL;
    hr_status status = hr_chart_begin(store);
    if (status != HR_OK)
        return status;
    hr_err_clear(&store->err);
    status = need_shown(store, call);
    if (status == HR_OK)
        status = say_card(store, call);
    if (status == HR_OK)
        status = card_of(store, call, "", &known, &text);
    hr_read_end(store);
    if (status == HR_OK)
        *card = text;
    return status;
}

/* ---- raising ---- */

/* Fills in a field as somebody wrote it; NULL and blanks leave it out. */
static hr_status take_text(hr_store *store, hr_record *row, int field, const char *text) {
    char clean[1100];
    if (!text)
        return HR_OK;
    size_t length = strlen(text);
    if (length >= sizeof clean || !hr_text_utf8_valid(text, length, &(size_t){0}))
        return hr_fail(
            &store->err, HR_INVALID,
            HR_TR(&store->err, "%s: is too long, or not UTF-8; correct it", "%s：过长，或不是 UTF-8；请更正"),
            hr_field_label(&store->err, row->form, field));
    hr_status status = hr_text_normalise(store->text, &store->err, text, length, clean, sizeof clean);
    return status == HR_OK && *clean ? hr_field_parse(&store->err, row, field, clean) : status;
}

/* `stated`: the caller says when it was. A day that has not come is a wrong clock's: then it is now. */
static hr_status read_raise(hr_store *store, const hr_call_options *o, hr_record *row, bool *stated) {
    const char *const texts[] = {
        [CR_TIME] = o->time,     [CR_DEVICE] = o->device,   [CR_PHONE] = o->phone,
        [CR_SIGNAL] = o->signal, [CR_MESSAGE] = o->message,
    };
    hr_status status = HR_OK;
    hr_record_clear(row, &hr_form_call_raise);
    for (int i = 0; i < CR_AREA && status == HR_OK; i++)
        status = take_text(store, row, i, texts[i]);
    *stated = hr_record_has(row, CR_TIME) && hr_moment_date(hr_record_number(row, CR_TIME)) <= hr_date_today();
    if (status == HR_OK && !*stated)
        hr_record_set_number(row, CR_TIME, hr_moment_now());
    return status == HR_OK ? row->form->complete(&store->err, row) : status;
}

/* What one attempt to raise a call begins with and comes to. */
typedef struct raising {
    hr_record row;
    bool stated;
    char problem[sizeof((hr_err *)0)->text]; /* why nobody is looked up; "": somebody is */
    hr_call call;
    char *card;
} raising;

static hr_status raise_now(hr_store *store, raising *r) {
    hr_record row = r->row;
    int64_t *residents = NULL, again = 0;
    size_t count = 0;
    hr_status status = r->stated ? hr_call_repeated(store, &row, &again) : HR_OK;
    if (status == HR_OK && again)
        return card_of(store, again, r->problem, &r->call, &r->card);
    if (status == HR_OK && !*r->problem)
        status = hr_call_residents(store, &row, &residents, &count);
    if (status == HR_OK)
        status = hr_ledger_call_put(store, &row, count ? residents[0] : 0, &r->call);
    free(residents);
    return status == HR_OK ? card_of(store, r->call.id, r->problem, &r->call, &r->card) : status;
}

static hr_status attempt(hr_store *store, raising *r) {
    hr_status status = hr_enter(store);
    if (status == HR_OK)
        status = hr_leave(store, raise_now(store, r));
    if (status != HR_OK) {
        free(r->card);
        r->card = NULL;
    }
    return status;
}

static hr_status raise_safely(hr_store *store, const hr_call_options *o, raising *r) {
    hr_status status = read_raise(store, o, &r->row, &r->stated);
    if (status == HR_OK)
        status = attempt(store, r);
    if (status != HR_DAMAGED || store->batch)
        return status;
    snprintf(r->problem, sizeof r->problem, "%s", store->err.text);
    hr_err_clear(&store->err);
    r->stated = false;
    return attempt(store, r);
}

hr_status hr_call_raise(hr_store *store, const hr_call_options *options, int64_t *call, char **card) {
    hr_call_options o;
    hr_call_options_init(&o);
    if (!store || !options || !hr_options_take(&o, sizeof o, options))
        return hr_fail_argument(store);
    if (card)
        *card = NULL;
    hr_status status = hr_need_open(store);
    if (status != HR_OK)
        return status;
    hr_err_clear(&store->err);
    raising *r = calloc(1, sizeof *r);
    if (!r)
        return hr_fail_memory(&store->err);
    status = raise_safely(store, &o, r);
    if (status == HR_OK && call)
        *call = r->call.id;
    if (status == HR_OK && card)
        *card = r->card;
    else
        free(r->card);
    free(r);
    return status;
}

/* ---- answering and closing ---- */

/* Now, or when it was that this follows, should this computer's clock say that it is not yet so late. */
static hr_status set_now(hr_store *store, hr_record *row) {
    hr_call call;
    hr_status status = hr_call_load(store, hr_record_number(row, CA_CALL), &call);
    if (status != HR_OK)
        return status;
    hr_moment now = hr_moment_now(), least = call.answered > call.raised ? call.answered : call.raised;
    hr_record_set_number(row, CA_TIME, now > least ? now : least);
    return HR_OK;
}

static hr_status step_now(hr_store *store, hr_record *row) {
    hr_call after;
    hr_status status = hr_record_has(row, CA_TIME) ? HR_OK : set_now(store, row);
    return status == HR_OK ? hr_ledger_call_put(store, row, 0, &after) : status;
}

/* `texts` by field; that of the call is its number. */
static hr_status step(hr_store *store, const hr_form *form, int64_t call, const char *const texts[]) {
    hr_record row;
    hr_status status = hr_need_open(store);
    if (status != HR_OK)
        return status;
    hr_err_clear(&store->err);
    hr_record_clear(&row, form);
    for (int i = 0; i < form->count && status == HR_OK; i++)
        status = take_text(store, &row, i, texts[i]);
    if (status != HR_OK)
        return status;
    hr_record_set_number(&row, CA_CALL, call);
    status = hr_enter(store);
    return status == HR_OK ? hr_leave(store, step_now(store, &row)) : status;
}

_Static_assert((int)CA_TIME == (int)CC_TIME && (int)CA_CALL == (int)CC_CALL, "both begin alike");

hr_status hr_call_answer(hr_store *store, int64_t call, const char *time, const char *by, const char *note) {
    const char *const texts[CA_COUNT] = {[CA_TIME] = time, [CA_BY] = by, [CA_NOTE] = note};
    return step(store, &hr_form_call_answer, call, texts);
}

hr_status hr_call_close(hr_store *store, int64_t call, const char *outcome, const char *time, const char *by,
                        const char *note) {
    const char *const texts[CC_COUNT] = {[CC_TIME] = time, [CC_OUTCOME] = outcome, [CC_BY] = by, [CC_NOTE] = note};
    return step(store, &hr_form_call_close, call, texts);
}

/* ---- choosing calls ---- */

typedef struct calls {
    hr_call *at;
    size_t count, room;
} calls;

/* The moments between which calls are raised on these days. HR_INVALID for what is no date. */
static hr_status choose_days(hr_store *store, hr_date from, hr_date to, hr_moment *first, hr_moment *last) {
    *first = 0;
    *last = INT64_MAX;
    if ((from && !hr_date_valid(from)) || (to && !hr_date_valid(to)))
        return hr_fail(&store->err, HR_INVALID, "%s",
                       HR_TR(&store->err, "from and to must be dates; correct them", "起止须为日期；请更正"));
    if (from)
        *first = (hr_moment)hr_date_earliest(from) * 1000000;
    if (to)
        *last = (hr_moment)hr_date_latest(to) * 1000000 + 235959;
    return HR_OK;
}

/* Runs a query for HR_CALL_COLUMNS, which may ask for ?1 and ?2. */
static hr_status load_calls(hr_store *store, const char *sql, hr_moment first, hr_moment last, calls *out) {
    sqlite3_stmt *rows = NULL;
    hr_status status = HR_OK;
    if (sqlite3_prepare_v2(store->db, sql, -1, &rows, NULL) != SQLITE_OK)
        return hr_db_fail(store);
    sqlite3_bind_int64(rows, 1, first);
    sqlite3_bind_int64(rows, 2, last);
    while (status == HR_OK && (status = hr_db_row(store, rows)) == HR_OK) {
        if (out->count == out->room) {
            size_t room = out->room ? 2 * out->room : 64;
            hr_call *grown = realloc(out->at, room * sizeof *grown);
            if (!grown) {
                status = hr_fail_memory(&store->err);
                break;
            }
            out->at = grown;
            out->room = room;
        }
        hr_call_from_row(rows, &out->at[out->count++]);
    }
    sqlite3_finalize(rows);
    return status == HR_END ? HR_OK : status;
}

static int64_t seconds_between(hr_moment from, hr_moment to) {
    int64_t seconds = hr_moment_between(from, to);
    return seconds > 0 ? seconds : 0;
}

/* ---- the queue ---- */

enum {
    Q_CALL,
    Q_RAISED,
    Q_WAITED,
    Q_ANSWERED,
    Q_CLOSED,
    Q_OUTCOME,
    Q_SIGNAL,
    Q_DEVICE,
    Q_PHONE,
    Q_KNOWN,
    Q_RESIDENT,
    Q_NAME,
    Q_AREA,
    Q_AREA_NAME,
    Q_OUTCOME_NAME,
    Q_SIGNAL_NAME,
    Q_COUNT
};
static const hr_column queue_columns[Q_COUNT] = {
    [Q_CALL] = {"call", "call", "呼叫编号"},
    [Q_RAISED] = {"raised", "raised", "呼叫时间"},
    [Q_WAITED] = {"waited", "waited (s)", "等候（秒）"},
    [Q_ANSWERED] = {"answered", "answered", "应答时间"},
    [Q_CLOSED] = {"closed", "closed", "办结时间"},
    [Q_OUTCOME] = {"outcome", "outcome code", "处理结果代码"},
    [Q_SIGNAL] = {"signal", "signal code", "呼叫方式代码"},
    [Q_DEVICE] = {"device", "device", "呼叫器编号"},
    [Q_PHONE] = {"phone", "phone", "来电号码"},
    [Q_KNOWN] = {"known", "known", "居民已知"},
    [Q_RESIDENT] = {"resident", "resident", "居民编号"},
    [Q_NAME] = {"name", "name", "姓名"},
    [Q_AREA] = {"area", "area", "区划代码"},
    [Q_AREA_NAME] = {"area_name", "area name", "区划名称"},
    [Q_OUTCOME_NAME] = {"outcome_name", "outcome", "处理结果"},
    [Q_SIGNAL_NAME] = {"signal_name", "signal", "呼叫方式"},
};

typedef struct queue {
    hr_store *store;
    hr_snap made;
    calls calls;
    size_t next;
    hr_moment now;
    hr_record raise;
    hr_resident resident;
    char raised[HR_MOMENT_SIZE], answered[HR_MOMENT_SIZE], closed[HR_MOMENT_SIZE], area[HR_AREA_SIZE];
    char signal[32], outcome[32];
} queue;

static void release_queue(void *context) {
    queue *q = context;
    hr_resident_release(&q->resident);
    free(q->calls.at);
    free(q);
}

/* A code as JSON has it, without its quotes. */
static const char *code_text(const hr_field *field, int64_t value, char out[32]) {
    *out = '\0';
    for (const hr_code *code = field->codes; code->json; code++)
        if (code->value == value)
            snprintf(out, 32, "%.*s", (int)strlen(code->json) - 2, code->json + 1);
    return out;
}

static hr_status put_caller(hr_cursor *c, queue *q, const hr_call *call) {
    int64_t resident = 0;
    bool hidden = false;
    hr_status status = hr_call_said(q->store, call->id, &hr_form_call_raise, &q->raise);
    if (status == HR_OK)
        status = hr_call_resident(q->store, call->id, &resident);
    if (status == HR_OK)
        status = is_hidden(q->store, call, resident, &hidden);
    if (hidden) {
        hr_record_clear(&q->raise, &hr_form_call_raise);
        resident = 0;
    }
    hr_resident_release(&q->resident);
    hr_resident_clear(&q->resident);
    if (status == HR_OK && resident)
        status = hr_resident_load(q->store, resident, &q->resident, NULL);
    if (status != HR_OK)
        return status;
    hr_cell_text(c, Q_DEVICE, hr_record_text(&q->raise, CR_DEVICE));
    hr_cell_text(c, Q_PHONE, hr_record_text(&q->raise, CR_PHONE));
    hr_cell_boolean(c, Q_KNOWN, resident != 0 || hidden);
    hr_cell_null(c, Q_RESIDENT);
    if (resident)
        hr_cell_integer(c, Q_RESIDENT, resident);
    hr_cell_text(c, Q_NAME, hr_record_text(&q->resident.now, R_NAME));
    return HR_OK;
}

static hr_status next_call(hr_cursor *c) {
    queue *q = c->context;
    const hr_field *outcome = &hr_form_call_close.fields[CC_OUTCOME], *signal = &hr_form_call_raise.fields[CR_SIGNAL];
    hr_areas *areas;
    if (q->next == q->calls.count)
        return HR_END;
    if (hr_snap_check(q->store, &q->made) != HR_OK)
        return HR_INVALID;
    const hr_call *call = &q->calls.at[q->next++];
    hr_status status = put_caller(c, q, call);
    if (status == HR_OK)
        status = hr_areas_get(q->store, &areas);
    if (status != HR_OK)
        return status;
    hr_cell_integer(c, Q_CALL, call->id);
    hr_cell_text(c, Q_RAISED, hr_moment_format(call->raised, q->raised));
    hr_cell_integer(c, Q_WAITED, seconds_between(call->raised, call->answered ? call->answered : q->now));
    hr_cell_text(c, Q_ANSWERED, hr_moment_format(call->answered, q->answered));
    hr_cell_text(c, Q_CLOSED, hr_moment_format(call->closed, q->closed));
    hr_cell_text(c, Q_OUTCOME, code_text(outcome, call->outcome, q->outcome));
    hr_cell_text(c, Q_SIGNAL, code_text(signal, call->signal, q->signal));
    hr_cell_text(c, Q_AREA, hr_area_format(call->area, q->area));
    hr_cell_text(c, Q_AREA_NAME, hr_areas_name(areas, call->area));
    hr_cell_text(c, Q_OUTCOME_NAME, hr_code_label(c->language, outcome, call->outcome));
    hr_cell_text(c, Q_SIGNAL_NAME, hr_code_label(c->language, signal, call->signal));
    return HR_OK;
}

static hr_status fill_queue(queue *q, int all, hr_date from, hr_date to) {
    hr_moment first, last;
    hr_status status = choose_days(q->store, from, to, &first, &last);
    if (status != HR_OK)
        return status;
    return load_calls(q->store,
                      all ? "SELECT " HR_CALL_COLUMNS " FROM main.call\n"
                            "WHERE raised BETWEEN ?1 AND ?2\n"
                            "ORDER BY raised, id"
                          : "SELECT " HR_CALL_COLUMNS " FROM main.call\n"
                            "WHERE closed IS NULL\n"
                            "ORDER BY raised, id",
                      first, last, &q->calls);
}

static hr_status say_queue(const queue *q, int all, hr_date from, hr_date to) {
    char detail[64], first[HR_DATE_SIZE], last[HR_DATE_SIZE];
    snprintf(detail, sizeof detail, "%s%s%s%s%s", all ? "all" : "open", all && from ? " from=" : "",
             all ? hr_date_format(from, first) : "", all && to ? " to=" : "", all ? hr_date_format(to, last) : "");
    return hr_access_search(q->store, HR_SEARCH_CALLS, -1, detail);
}

hr_status hr_calls(hr_store *store, int all, int32_t from, int32_t to, hr_cursor **out) {
    if (!store || !out)
        return hr_fail_argument(store);
    *out = NULL;
    hr_status status = hr_chart_begin(store);
    if (status != HR_OK)
        return status;
    hr_err_clear(&store->err);
    queue *q = calloc(1, sizeof *q);
    if (q) {
        q->store = store;
        q->made = hr_snap_of(store);
        q->now = hr_moment_now();
        hr_resident_clear(&q->resident);
    }
    status = q ? fill_queue(q, all, from, to) : hr_fail_memory(&store->err);
    hr_read_end(store);
    if (status == HR_OK)
        status = say_queue(q, all, from, to);
    return hr_cursor_give(status, &store->err, queue_columns, Q_COUNT, q, release_queue, next_call, out);
}

/* ---- how long callers waited ---- */

enum { W_AREA, W_AREA_NAME, W_CALLS, W_ANSWERED, W_IN_TIME, W_WITHIN, W_P50, W_P90, W_P95, W_LONGEST, W_COLUMNS };
static const hr_column time_columns[W_COLUMNS] = {
    [W_AREA] = {"area", "area", "区划代码"},
    [W_AREA_NAME] = {"area_name", "area name", "区划名称"},
    [W_CALLS] = {"calls", "calls", "呼叫数"},
    [W_ANSWERED] = {"answered", "answered", "已应答"},
    [W_IN_TIME] = {"in_time", "in time", "及时应答"},
    [W_WITHIN] = {"within", "limit (s)", "及时时限（秒）"},
    [W_P50] = {"p50", "50 % within (s)", "50% 等候（秒）"},
    [W_P90] = {"p90", "90 % within (s)", "90% 等候（秒）"},
    [W_P95] = {"p95", "95 % within (s)", "95% 等候（秒）"},
    [W_LONGEST] = {"longest", "longest (s)", "最长等候（秒）"},
};

typedef struct wait {
    hr_area area;    /* of the tier asked for */
    int64_t seconds; /* -1: not answered */
} wait;

typedef struct times {
    hr_area *areas; /* as text ascending */
    char **names;
    size_t area_count, next;
    wait *waits; /* by area, then seconds: those not answered come first */
    size_t wait_count;
    int64_t within;
    char area[HR_AREA_SIZE];
} times;

static void release_times(void *context) {
    times *t = context;
    for (size_t i = 0; t->names && i < t->area_count; i++)
        free(t->names[i]);
    free(t->names);
    free(t->areas);
    free(t->waits);
    free(t);
}

/* The nearest rank: the smallest of the values that at least `percent` of them do not exceed. */
static void set_percentile(hr_cursor *c, int column, const wait *ascending, size_t count, size_t percent) {
    if (count)
        hr_cell_integer(c, column, ascending[(count * percent + 99) / 100 - 1].seconds);
    else
        hr_cell_null(c, column);
}

static int by_area(const void *a, const void *b) {
    const wait *x = a, *y = b;
    if (x->area != y->area)
        return x->area < y->area ? -1 : 1;
    return (x->seconds > y->seconds) - (x->seconds < y->seconds);
}

/* The first that does not come before (area, seconds). */
static size_t lower_bound(const times *t, hr_area area, int64_t seconds) {
    const wait key = {area, seconds};
    size_t low = 0, high = t->wait_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (by_area(&t->waits[middle], &key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static hr_status next_time(hr_cursor *c) {
    times *t = c->context;
    if (t->next == t->area_count)
        return HR_END;
    hr_area area = t->areas[t->next];
    size_t raised = lower_bound(t, area, -1), answered = lower_bound(t, area, 0);
    size_t late = lower_bound(t, area, t->within + 1), end = lower_bound(t, area + 1, -1), count = end - answered;
    hr_cell_text(c, W_AREA, hr_area_format(area, t->area));
    hr_cell_text(c, W_AREA_NAME, t->names[t->next++]);
    hr_cell_integer(c, W_CALLS, (int64_t)(end - raised));
    hr_cell_integer(c, W_ANSWERED, (int64_t)count);
    hr_cell_integer(c, W_IN_TIME, (int64_t)(late - answered));
    hr_cell_integer(c, W_WITHIN, t->within);
    set_percentile(c, W_P50, t->waits + answered, count, 50);
    set_percentile(c, W_P90, t->waits + answered, count, 90);
    set_percentile(c, W_P95, t->waits + answered, count, 95);
    set_percentile(c, W_LONGEST, t->waits + answered, count, 100);
    return HR_OK;
}

/* Every area of the tier within the store's; HR_TIER_NONE: that one itself. */
static hr_status choose_areas(hr_store *store, hr_tier tier, times *t) {
    hr_areas *areas;
    size_t first, end;
    hr_status status = hr_areas_get(store, &areas);
    if (status != HR_OK)
        return status;
    hr_areas_range(areas, store->area, &first, &end);
    t->areas = malloc((end - first + 1) * sizeof *t->areas);
    t->names = calloc(end - first + 1, sizeof *t->names);
    if (!t->areas || !t->names)
        return hr_fail_memory(&store->err);
    for (size_t i = first; i < end; i++) {
        if (tier ? hr_area_tier(areas->codes[i]) != tier : areas->codes[i] != store->area)
            continue;
        t->areas[t->area_count] = areas->codes[i];
        if (!(t->names[t->area_count++] = strdup(areas->names[i])))
            return hr_fail_memory(&store->err);
    }
    return HR_OK;
}

/* A call of a wider area than the tier's is in none of its areas; a city has codes of two lengths. */
static hr_status take_waits(hr_store *store, const calls *list, hr_tier tier, times *t) {
    t->waits = malloc((2 * list->count + 1) * sizeof *t->waits);
    if (!t->waits)
        return hr_fail_memory(&store->err);
    for (size_t i = 0; i < list->count; i++) {
        const hr_call *call = &list->at[i];
        int64_t seconds = call->answered ? seconds_between(call->raised, call->answered) : -1;
        if (call->signal == HR_SIGNAL_TEST)
            continue;
        for (hr_area area = call->area; area; area = hr_area_parent(area))
            if (tier ? hr_area_tier(area) == tier : area == store->area)
                t->waits[t->wait_count++] = (wait){area, seconds};
    }
    qsort(t->waits, t->wait_count, sizeof *t->waits, by_area);
    return HR_OK;
}

static hr_status read_tier(hr_store *store, const char *by, hr_tier *out) {
    *out = by ? hr_tier_parse(by) : HR_TIER_NONE;
    if (!by || *out != HR_TIER_NONE)
        return HR_OK;
    return hr_fail(&store->err, HR_INVALID, "%s",
                   HR_TR(&store->err, "the tier must be one of: city, district, street, committee",
                         "级别须为 city（市）、district（区）、street（街道）或 committee（居委会）"));
}

static hr_status fill_times(hr_store *store, hr_date from, hr_date to, const char *by, times *t) {
    calls list = {.count = 0};
    hr_definitions definitions;
    hr_moment first, last;
    hr_tier tier;
    hr_status status = read_tier(store, by, &tier);
    if (status == HR_OK)
        status = choose_days(store, from, to, &first, &last);
    if (status == HR_OK)
        status = choose_areas(store, tier, t);
    if (status == HR_OK)
        status = hr_definitions_load(store, NULL, &definitions);
    if (status != HR_OK)
        return status;
    t->within = hr_definitions_seconds(&definitions);
    hr_definitions_free(&definitions);
    status = load_calls(store, "SELECT " HR_CALL_COLUMNS " FROM main.call WHERE raised BETWEEN ?1 AND ?2", first, last,
                        &list);
    if (status == HR_OK)
        status = take_waits(store, &list, tier, t);
    free(list.at);
    return status;
}

hr_status hr_call_times(hr_store *store, int32_t from, int32_t to, const char *by, hr_cursor **out) {
    if (!store || !out)
        return hr_fail_argument(store);
    *out = NULL;
    hr_status status = hr_read_begin(store);
    if (status != HR_OK)
        return status;
    hr_err_clear(&store->err);
    times *t = calloc(1, sizeof *t);
    status = t ? fill_times(store, from, to, by, t) : hr_fail_memory(&store->err);
    hr_read_end(store);
    return hr_cursor_give(status, &store->err, time_columns, W_COLUMNS, t, release_times, next_time, out);
}
