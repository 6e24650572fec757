/* Putting entries of health files. The life is folded as it is and as it would be; a contradiction that is there only
 * then refuses the entry, unless somebody insists. Indexes follow from a resident's own entries, figures from those of
 * all who were unified with him. */
#include "record/entries.h"
#include "record/areas.h"
#include "record/custody.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void begin_change(hr_resident_change *change, int64_t id) {
    change->id = id;
    change->change = HR_UNCHANGED;
    change->came = change->went = false;
    hr_resident_clear(&change->before);
    hr_resident_clear(&change->after);
}

void hr_changes_begin(hr_changes *changes) {
    changes->count = 1;
    changes->seq = 0;
    begin_change(&changes->at[0], 0);
}

void hr_changes_release(hr_changes *changes) {
    for (size_t i = 0; i < changes->count; i++) {
        hr_resident_release(&changes->at[i].before);
        hr_resident_release(&changes->at[i].after);
    }
    changes->count = 0;
}

hr_status hr_entry_locate(hr_store *store, int64_t seq, const hr_form **form, int64_t *subject) {
    sqlite3_stmt *row = hr_db_statement(store, "SELECT kind, subject FROM chart.entry WHERE seq = ?1");
    if (!row)
        return store->err.status;
    sqlite3_bind_int64(row, 1, seq);
    hr_status status = hr_db_row(store, row);
    if (status == HR_OK) {
        *form = hr_form_named((const char *)sqlite3_column_text(row, 0));
        *subject = sqlite3_column_int64(row, 1);
    }
    sqlite3_reset(row);
    if (status != HR_END)
        return status;
    return hr_fail(&store->err, HR_NOT_FOUND,
                   HR_TR(&store->err, "there is no entry %" PRId64 "; show prints the numbers",
                         "没有编号为 %" PRId64 " 的记录；可用 show 查看编号"),
                   seq);
}

/* ---- contradictions ---- */

typedef struct problem {
    int64_t seq; /* of the entry; 0: no entry by itself */
    char *text;
} problem;

typedef struct problems {
    problem *at;
    size_t count;
    bool no_memory;
    hr_err *err;
} problems;

static void note(problems *p, int64_t seq, const char *reason) {
    problem *grown = realloc(p->at, (p->count + 1) * sizeof *grown);
    char *text = grown ? strdup(reason) : NULL;
    if (grown)
        p->at = grown;
    if (text)
        p->at[p->count++] = (problem){seq, text};
    else
        p->no_memory = true;
}

static void note_problem(void *context, const hr_life_entry *entry, const char *reason) {
    note(context, entry->seq, reason);
}

static void free_problems(problems *p) {
    for (size_t i = 0; i < p->count; i++)
        free(p->at[i].text);
    free(p->at);
}

static bool unifies(const hr_life_entry *e) {
    return e && e->form->about == HR_ABOUT_UNITY && !e->remark.withdrawn;
}

/* What contradicts already may do so for another reason now: it has no effect either way, unless it unifies. */
static bool had_problem(const hr_life *life, const problems *before, const problem *one) {
    bool same = !unifies(hr_life_entry_at(life, one->seq));
    for (size_t i = 0; i < before->count; i++) {
        const problem *had = &before->at[i];
        if (had->seq == one->seq ? same || strcmp(had->text, one->text) == 0
                                 : had->seq == 0 && strcmp(had->text, one->text) == 0)
            return true;
    }
    return false;
}

/* What the entry `fresh` would contradict, as an error; HR_OK when nothing. */
static hr_status compare_problems(hr_store *store, const hr_life *life, const problems *before, const problems *after,
                                  int64_t fresh) {
    hr_err *err = &store->err;
    char date[HR_DATE_SIZE];
    bool uniting = unifies(hr_life_entry_at(life, fresh));
    for (size_t i = 0; i < after->count; i++) {
        const problem *p = &after->at[i];
        const hr_life_entry *e = hr_life_entry_at(life, p->seq);
        if (had_problem(life, before, p))
            continue;
        if (unifies(e) && !uniting) /* what is known now speaks against it: hr_check lists it */
            continue;
        if (p->seq == fresh || !e || unifies(e))
            return hr_fail(err, HR_INVALID, "%s", p->text);
        return hr_fail(err, HR_INVALID,
                       HR_TR(err, "with this, entry %" PRId64 " (%s, %s) makes no sense: %s",
                             "与记录 %" PRId64 "（%s，%s）矛盾：%s"),
                       p->seq, HR_TR(err, e->form->en, e->form->zh), hr_date_format(e->date, date), p->text);
    }
    return HR_OK;
}

/* ---- what must hold of a row by itself ---- */

static hr_status check_row(hr_store *store, hr_record *row, hr_date today) {
    hr_err *err = &store->err;
    char date[HR_DATE_SIZE];
    for (int i = 0; i < row->form->count; i++) {
        const hr_field *f = &row->form->fields[i];
        if (f->required && !hr_record_has(row, i))
            return hr_fail(err, HR_INVALID, HR_TR(err, "%s: is missing; fill it in", "%s：缺失；请补填"),
                           hr_field_label(err, row->form, i));
        hr_fields_remove(&row->cleared, i); /* a new entry has nothing to clear */
    }
    if (row->form->about == HR_ABOUT_CARE && hr_date_earliest(hr_record_date(row, CARE_DATE)) > today)
        return hr_fail(err, HR_INVALID,
                       HR_TR(err, "%s: %s is in the future; correct the date", "%s：%s 是将来的日期；请更正"),
                       hr_field_label(err, row->form, CARE_DATE), hr_date_format(hr_record_date(row, CARE_DATE), date));
    return row->form->complete ? row->form->complete(err, row) : HR_OK;
}

/* Says that one may insist. */
static hr_status say_force(hr_store *store) {
    char text[sizeof store->err.text];
    snprintf(text, sizeof text, "%s", store->err.text);
    return hr_fail(&store->err, HR_INVALID,
                   HR_TR(&store->err, "%.900s; if it is so all the same, store it with force (--force)",
                         "%.900s；若确属实，可强制保存（--force）"),
                   text);
}

/* ---- putting ---- */

typedef struct putting {
    hr_store *store;
    int64_t subject, root;
    hr_record *row;
    hr_remark remark;
    hr_date today;
    hr_life life;
    hr_resident own_before, own_after, before, after;
    problems problems_before, problems_after;
    bool contradicts;
} putting;

static void release(putting *p) {
    hr_resident_release(&p->own_before);
    hr_resident_release(&p->own_after);
    hr_resident_release(&p->before);
    hr_resident_release(&p->after);
    free_problems(&p->problems_before);
    free_problems(&p->problems_after);
    hr_life_free(&p->life);
}

/* Both states of one part of the subject's own life and of the whole. */
static hr_status fold_states(putting *p, hr_resident *own, hr_resident *all, problems *found) {
    hr_life mine = p->life;
    hr_status status = HR_OK;
    if (p->subject != p->root) {
        status = hr_life_load(p->store, p->subject, INT64_MAX, &mine);
        if (status == HR_OK && own == &p->own_after)
            status = hr_life_append(p->store, &mine, p->subject, p->row, &p->remark);
    }
    if (status == HR_OK)
        status = hr_life_fold(p->store, &mine, HR_LIFE_OWN, own, NULL, NULL);
    if (p->subject != p->root)
        hr_life_free(&mine);
    if (status == HR_OK)
        status = hr_life_fold(p->store, &p->life, HR_LIFE_ALL, all, note_problem, found);
    return status == HR_OK && found->no_memory ? hr_fail_memory(&p->store->err) : status;
}

/* Who is unified must be two, each of whom is nobody else yet. */
static hr_status check_unity(putting *p) {
    hr_err *err = &p->store->err;
    int64_t other = hr_record_number(p->row, U_ABSORBED), root;
    hr_resident known;
    if (p->remark.amends)
        return p->remark.withdrawn
                   ? HR_OK
                   : hr_fail(err, HR_INVALID, "%s",
                             HR_TR(err, "a unification is not amended; withdraw it, and unify whom you mean",
                                   "合并记录不能更正；请先撤回，再合并正确的居民"));
    hr_status status = hr_resident_load(p->store, other, &known, NULL);
    if (status != HR_OK)
        return status;
    hr_resident_release(&known);
    status = hr_life_root(p->store, other, &root);
    if (status == HR_OK && root == p->root)
        status = hr_fail(err, HR_INVALID, "%s",
                         HR_TR(err, "the two are one resident already; name two", "两者已是同一居民；请给出两位居民"));
    else if (status == HR_OK && root != other)
        status = hr_fail(err, HR_INVALID,
                         HR_TR(err, "resident #%" PRId64 " was unified with #%" PRId64 " already; name that one",
                               "居民 #%" PRId64 " 已并入 #%" PRId64 "；请使用后者"),
                         other, root);
    return status == HR_OK ? hr_custody_need(p->store, root) : status;
}

/* What is there when he is nobody else must name him: he may be parted from those whose fields now fill his gaps. */
static hr_status need_person(putting *p) {
    static const int fields[] = {R_ID_NUMBER, R_NAME, R_SEX, R_BIRTH_DATE, R_AREA};
    hr_resident named;
    hr_resident_clear(&named);
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (hr_record_has(&p->own_after.now, fields[i]))
            hr_record_copy_field(&named.now, &p->own_after.now, fields[i]);
    return hr_resident_validate(&p->store->err, &named, p->today);
}

static hr_status fail_two(hr_err *err, const char *why, int field, int other) {
    return hr_fail(err, HR_INVALID, why, hr_field_label(err, &hr_form_resident, field),
                   hr_field_label(err, &hr_form_resident, other));
}

/* Also what was current when it was said, and is past: because an entry of care opened another home bed, or because
 * what was said before it was amended. */
static hr_status validate(hr_err *err, const hr_resident *r, hr_date today) {
    for (size_t i = 0; i < r->past_count; i++) {
        const hr_past *p = &r->past[i];
        if (p->kind == HR_PAST_HOME_BED && p->to && hr_date_latest(p->to) < hr_date_earliest(p->from))
            return fail_two(err,
                            HR_TR(err, "%s: is before %s; correct whichever is wrong", "%s：早于%s；请更正有误的一项"),
                            R_HOME_BED_CLOSED, R_HOME_BED_OPENED);
        if (p->kind == HR_PAST_RESIDENCE && !p->value)
            return fail_two(
                err, HR_TR(err, "%s: is missing for what was before %s; fill it in", "%s：%s 之前的缺失；请补填"),
                R_AREA, R_MOVED_IN);
    }
    return hr_resident_validate(err, r, today);
}

/* What did not hold before, because two were unified by force, may go on not to hold. */
static hr_status need_valid(putting *p) {
    hr_status status = validate(&p->store->err, &p->after, p->today);
    if (status != HR_INVALID)
        return status;
    hr_err now = p->store->err;
    status = validate(&p->store->err, &p->before, p->today);
    if (status == HR_INVALID && strcmp(now.text, p->store->err.text) == 0) {
        hr_err_clear(&p->store->err);
        return HR_OK;
    }
    p->store->err = now;
    return HR_INVALID;
}

/* Also an area of an earlier residence is a committee that the store knows. */
static hr_status need_area(putting *p) {
    const char *label = hr_field_label(&p->store->err, &hr_form_resident, R_AREA);
    hr_area area = hr_record_number(p->row, R_AREA);
    if (!hr_record_has(p->row, R_AREA))
        return HR_OK;
    if (hr_area_tier(area) != HR_TIER_COMMITTEE)
        return hr_fail(&p->store->err, HR_INVALID,
                       HR_TR(&p->store->err, "%s: %" PRId64 " is not a neighbourhood committee; give its 12-digit code",
                             "%s：%" PRId64 " 不是居委会；请填 12 位居委会代码"),
                       label, area);
    return hr_areas_need(p->store, label, area);
}

static hr_status refuse_fields(putting *p) {
    hr_status status = need_area(p);
    if (status == HR_OK)
        status = need_person(p);
    if (status == HR_OK)
        status = need_valid(p);
    return status == HR_OK ? hr_chart_unique(p->store, p->subject, &p->own_before.now, &p->own_after.now) : status;
}

/* What does not hold of one as a whole. */
static void note_invalid(putting *p, const hr_resident *one) {
    hr_err saved = p->store->err;
    if (hr_resident_validate(&p->store->err, one, p->today) != HR_OK)
        note(&p->problems_before, 0, p->store->err.text);
    p->store->err = saved;
}

/* What either contradicts by himself is not the unification's doing. */
static hr_status note_both(putting *p) {
    hr_life other;
    hr_resident all;
    hr_status status = hr_life_load(p->store, hr_record_number(p->row, U_ABSORBED), INT64_MAX, &other);
    if (status != HR_OK)
        return status;
    status = hr_life_fold(p->store, &other, HR_LIFE_ALL, &all, note_problem, &p->problems_before);
    hr_life_free(&other);
    if (status != HR_OK)
        return status;
    note_invalid(p, &p->before);
    note_invalid(p, &all);
    hr_resident_release(&all);
    return p->problems_before.no_memory ? hr_fail_memory(&p->store->err) : HR_OK;
}

/* Works out both states and refuses what may not be. */
static hr_status work_out(putting *p) {
    hr_status status = fold_states(p, &p->own_before, &p->before, &p->problems_before);
    if (status == HR_OK && p->row->form->about == HR_ABOUT_UNITY && !p->remark.withdrawn)
        status = note_both(p);
    if (status == HR_OK)
        status = hr_life_append(p->store, &p->life, p->subject, p->row, &p->remark);
    if (status == HR_OK)
        status = fold_states(p, &p->own_after, &p->after, &p->problems_after);
    if (status == HR_OK && p->row->form == &hr_form_resident)
        status = refuse_fields(p);
    if (status != HR_OK)
        return status;
    status = compare_problems(p->store, &p->life, &p->problems_before, &p->problems_after, hr_log_next(p->store));
    if (status == HR_OK && p->row->form->about == HR_ABOUT_UNITY && p->remark.withdrawn) /* what it filled is needed */
        status = need_valid(p);
    p->contradicts = status == HR_INVALID;
    if (p->contradicts && p->remark.forced) {
        hr_err_clear(&p->store->err);
        return HR_OK;
    }
    p->remark.forced = false; /* nobody had to insist */
    return status;
}

static hr_status append(putting *p, int64_t *seq) {
    char bytes[HR_BODY_SIZE];
    hr_body body = {.bytes = bytes, .size = hr_body_pack(&p->remark, p->row, bytes)};
    hr_life mine;
    hr_entry entry = {.kind = p->row->form->kind, .subject = p->subject, .effective = p->today};
    if (p->row->form->about == HR_ABOUT_CARE && hr_record_has(p->row, CARE_DATE))
        entry.effective = hr_record_date(p->row, CARE_DATE);
    hr_status status = hr_life_load(p->store, p->subject, INT64_MAX, &mine);
    if (status != HR_OK)
        return status;
    entry.earlier = mine.latest;
    hr_life_free(&mine);
    hr_body_seal(&body);
    status = hr_log_append(p->store, &entry, &body);
    *seq = entry.seq;
    return status;
}

/* Keeps what the subject and whoever he was unified with amount to. */
static hr_status keep(putting *p, int64_t seq) {
    hr_status status = HR_OK;
    int64_t id = p->subject, latest = seq;
    if (id == p->root)
        return hr_chart_keep(p->store, id, seq, &p->after);
    status = hr_chart_keep(p->store, id, seq, &p->own_after); /* so that his newest entry is found */
    while (status == HR_OK && id) {
        hr_life life;
        hr_resident now;
        status = hr_life_load(p->store, id, INT64_MAX, &life);
        if (status != HR_OK)
            break;
        latest = life.latest;
        status = hr_life_fold(p->store, &life, HR_LIFE_ALL, &now, NULL, NULL);
        hr_life_free(&life);
        if (status == HR_OK) {
            status = hr_chart_keep(p->store, id, latest, &now);
            hr_resident_release(&now);
        }
        if (status == HR_OK)
            status = hr_life_parent(p->store, id, &id);
    }
    return status;
}

static hr_status run(hr_store *store, const char *sql, int64_t a, int64_t b, int64_t c) {
    sqlite3_stmt *statement = hr_db_statement(store, sql);
    if (!statement)
        return store->err.status;
    sqlite3_bind_int64(statement, 1, a);
    sqlite3_bind_int64(statement, 2, b);
    sqlite3_bind_int64(statement, 3, c);
    return hr_db_step(store, statement);
}

/* Unites or parts, and says so of the other as a second change. */
static hr_status change_unity(putting *p, int64_t seq, hr_changes *out) {
    hr_store *store = p->store;
    hr_resident_change *other = &out->at[1];
    int64_t id = hr_record_number(p->row, U_ABSORBED);
    hr_status status =
        p->remark.withdrawn
            ? run(store, "DELETE FROM chart.unified WHERE absorbed = ?1 AND ?2 = ?2 AND ?3 = ?3", id, 0, 0)
            : run(store, "INSERT INTO chart.unified (absorbed, remaining, entry) VALUES (?1, ?2, ?3)", id, p->subject,
                  seq);
    if (status != HR_OK)
        return status;
    begin_change(other, id);
    other->change = HR_AMENDED;
    out->count = 2;
    other->came = p->remark.withdrawn;
    other->went = !p->remark.withdrawn;
    return hr_resident_load(store, id, other->came ? &other->after : &other->before, NULL);
}

static hr_status write(putting *p, hr_changes *out) {
    hr_status status = append(p, &out->seq);
    if (status == HR_OK && p->row->form->about == HR_ABOUT_UNITY)
        status = change_unity(p, out->seq, out);
    if (status == HR_OK)
        status = keep(p, out->seq);
    if (status == HR_OK)
        status = hr_chart_change(p->store, p->subject, &p->own_before.now, &p->own_after.now);
    return status;
}

/* A resident's row says only what differs from what was said of his fields. */
static hr_status narrow(putting *p, bool *nothing) {
    hr_resident said, after;
    hr_life mine = p->life;
    hr_status status = p->subject == p->root ? HR_OK : hr_life_load(p->store, p->subject, INT64_MAX, &mine);
    if (status == HR_OK)
        status = hr_life_fold(p->store, &mine, HR_LIFE_SAID, &said, NULL, NULL);
    if (p->subject != p->root)
        hr_life_free(&mine);
    if (status != HR_OK)
        return status;
    hr_resident_narrow(p->row, &said.now, p->remark.again);
    status = hr_resident_copy(&p->store->err, &after, &said);
    if (status == HR_OK)
        status = hr_resident_fold(&p->store->err, &after, p->row);
    *nothing = status == HR_OK && !p->remark.again && hr_resident_same(&said, &after);
    hr_resident_release(&after);
    hr_resident_release(&said);
    return status;
}

static hr_status prepare(putting *p, hr_changes *out, bool *nothing) {
    hr_status status = hr_life_root(p->store, p->subject, &p->root);
    if (status == HR_OK && !p->remark.amends && p->row->form != &hr_form_resident) /* of fields the caller chooses */
        p->subject = p->root;
    if (status == HR_OK && p->row->form->about != HR_ABOUT_CALL) /* an emergency comes first */
        status = hr_custody_need(p->store, p->root);
    if (status == HR_OK)
        status = hr_life_load(p->store, p->root, INT64_MAX, &p->life);
    if (status != HR_OK || p->remark.withdrawn)
        return status == HR_OK && p->row->form->about == HR_ABOUT_UNITY ? check_unity(p) : status;
    if (p->row->form == &hr_form_resident)
        return p->remark.amends ? HR_OK : narrow(p, nothing);
    status = check_row(p->store, p->row, p->today);
    if (status == HR_OK && p->row->form->about == HR_ABOUT_UNITY)
        status = check_unity(p);
    const hr_life_entry *same = status == HR_OK && p->row->form->about == HR_ABOUT_CARE && !p->remark.amends
                                    ? hr_life_same(&p->life, p->row)
                                    : NULL;
    if (same) {
        *nothing = true;
        out->seq = same->seq;
    }
    return status;
}

hr_status hr_entry_put(hr_store *store, int64_t subject, hr_record *row, const hr_remark *remark, hr_date today,
                       hr_changes *out) {
    putting p = {.store = store, .subject = subject, .row = row, .today = today};
    bool nothing = false;
    hr_resident_change *c = &out->at[0];
    hr_changes_begin(out);
    hr_resident_clear(&p.own_before);
    hr_resident_clear(&p.own_after);
    hr_resident_clear(&p.before);
    hr_resident_clear(&p.after);
    if (remark)
        p.remark = *remark;
    hr_status status = prepare(&p, out, &nothing);
    c->id = p.root;
    if (status == HR_OK && !nothing)
        status = work_out(&p);
    if (status == HR_INVALID && p.contradicts)
        status = say_force(store);
    if (status == HR_OK && !nothing)
        status = write(&p, out);
    if (status == HR_OK && !nothing) {
        c->change = p.remark.amends || row->form == &hr_form_resident ? HR_AMENDED : HR_ADDED;
        c->before = p.before;
        c->after = p.after;
        hr_resident_clear(&p.before);
        hr_resident_clear(&p.after);
    }
    release(&p);
    return status;
}
