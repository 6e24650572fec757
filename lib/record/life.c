/* Loading and folding a life. The entries are few, so they are gathered, ordered and folded anew for every change; a
 * resident about whom only rosters spoke never comes here. */
#include "record/life.h"
#include "record/episodes.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 16 }; /* unifying goes no deeper (bring_in); a log that says otherwise is damaged */

void hr_life_free(hr_life *life) {
    for (size_t i = 0; i < life->count; i++)
        free(life->at[i].body);
    free(life->at);
    *life = (hr_life){.count = 0};
}

static hr_status fail_damaged(hr_store *store, int64_t id) {
    return hr_fail(&store->err, HR_DAMAGED,
                   HR_TR(&store->err, "the entries of resident #%" PRId64 " are not complete; run verify",
                         "居民 #%" PRId64 " 的记录不完整；请运行 verify"),
                   id);
}

/* ---- gathering ---- */

static hr_status push(hr_store *store, hr_life *life, const hr_life_entry *entry, const char *body) {
    hr_life_entry *grown = realloc(life->at, (life->count + 1) * sizeof *grown);
    if (!grown)
        return hr_fail_memory(&store->err);
    life->at = grown;
    char *copy = malloc(entry->size + 1);
    if (!copy)
        return hr_fail_memory(&store->err);
    memcpy(copy, body, entry->size);
    copy[entry->size] = '\0';
    grown[life->count] = *entry;
    grown[life->count++].body = copy;
    return HR_OK;
}

/* Takes one row of an entry: kind, effective, body. */
static hr_status take(hr_store *store, hr_life *life, sqlite3_stmt *row, hr_life_entry *entry) {
    const char *kind = (const char *)sqlite3_column_text(row, 2), *body = (const char *)sqlite3_column_text(row, 4);
    size_t size = (size_t)sqlite3_column_bytes(row, 4), fields = 0;
    entry->form = hr_form_named(kind);
    if (!entry->form || entry->form->about == HR_ABOUT_AREA || entry->form->about == HR_ABOUT_STORE)
        return fail_damaged(store, entry->subject);
    hr_status status = body ? hr_remark_unpack(&store->err, &entry->remark, body, size, &fields) : HR_OK;
    if (status == HR_INVALID)
        return fail_damaged(store, entry->subject);
    entry->date = sqlite3_column_int(row, 3);
    entry->size = size - fields;
    return body ? push(store, life, entry, body + fields) : push(store, life, entry, "");
}

/* Columns from 5 on: recorded, the writer's id, of chart.origin wseq, said and author; author. */
static void read_who(sqlite3_stmt *row, hr_life_entry *entry) {
    const char *author = (const char *)sqlite3_column_text(row, 10);
    int64_t recorded = sqlite3_column_int64(row, 5);
    hr_origin_read(row, 6, 7, entry->seq, recorded, &entry->origin);
    bool elsewhere = *entry->origin.author;
    entry->recorded = elsewhere ? entry->origin.said : recorded;
    snprintf(entry->author, sizeof entry->author, "%s", elsewhere ? entry->origin.author : author ? author : "");
}

/* All entries of one subject, newest first, by the chain that they name. `latest` 0: whatever it is. */
static hr_status gather(hr_store *store, int64_t id, int64_t known, int depth, hr_life *life) {
    sqlite3_stmt *row = hr_db_statement(store, "SELECT e.subject, e.earlier, e.kind, e.effective, e.body,\n"
                                               "       e.recorded, w.store_id, o.wseq, o.said, o.author, a.name\n"
                                               "FROM chart.entry AS e\n"
                                               "LEFT JOIN chart.author AS a ON a.id = e.author\n"
                                               "LEFT JOIN chart.writer AS w ON w.id = e.writer\n"
                                               "LEFT JOIN chart.origin AS o ON o.seq = e.seq\n"
                                               "WHERE e.seq = ?1");
    sqlite3_stmt *last = hr_db_statement(store, "SELECT latest FROM chart.resident WHERE id = ?1");
    if (!row || !last)
        return store->err.status;
    sqlite3_bind_int64(last, 1, id);
    hr_status status = hr_db_row(store, last);
    int64_t seq = status == HR_OK ? sqlite3_column_int64(last, 0) : id;
    sqlite3_reset(last);
    if (status == HR_END)
        status = HR_OK;
    if (depth == 0)
        life->latest = seq;
    while (status == HR_OK && seq) {
        sqlite3_reset(row);
        sqlite3_bind_int64(row, 1, seq);
        status = hr_db_row(store, row);
        if (status == HR_END || (status == HR_OK && sqlite3_column_int64(row, 0) != id))
            status = depth == 0 && seq == id
                         ? hr_fail(&store->err, HR_NOT_FOUND,
                                   HR_TR(&store->err, "there is no resident #%" PRId64 "; find prints the numbers",
                                         "没有编号为 #%" PRId64 " 的居民；可用 find 查询编号"),
                                   id)
                         : fail_damaged(store, id);
        if (status != HR_OK)
            break;
        hr_life_entry entry = {.seq = seq, .root = seq, .subject = id, .depth = depth};
        int64_t earlier = sqlite3_column_int64(row, 1);
        read_who(row, &entry);
        if (seq <= known)
            status = take(store, life, row, &entry);
        if (earlier >= seq || (earlier == 0) != (seq == id))
            status = fail_damaged(store, id);
        seq = earlier;
    }
    sqlite3_reset(row);
    return status;
}

static int by_said(const void *a, const void *b) {
    const hr_life_entry *x = *(const hr_life_entry *const *)a, *y = *(const hr_life_entry *const *)b;
    return hr_origin_compare(&x->origin, &y->origin);
}

static int by_depth(const void *a, const void *b) {
    const hr_life_entry *x = a, *y = b;
    return x->depth != y->depth ? (x->depth < y->depth) - (x->depth > y->depth)
                                : (x->rank > y->rank) - (x->rank < y->rank);
}

static hr_life_entry *entry_at(const hr_life *life, int64_t seq) {
    for (size_t i = 0; i < life->count; i++)
        if (life->at[i].seq == seq)
            return &life->at[i];
    return NULL;
}

const hr_life_entry *hr_life_entry_at(const hr_life *life, int64_t seq) {
    return entry_at(life, seq);
}

/* Pointers to the entries from `first` on in the order in which they were said, for free(). */
static hr_life_entry **in_order(const hr_life *life, size_t first) {
    size_t count = life->count - first;
    hr_life_entry **order = malloc((count + 1) * sizeof *order);
    for (size_t i = 0; order && i < count; i++)
        order[i] = &life->at[first + i];
    if (order)
        qsort(order, count, sizeof *order, by_said);
    return order;
}

/* Puts the whole life in order. */
static hr_status arrange(hr_store *store, hr_life *life) {
    hr_life_entry **order = in_order(life, 0);
    if (!order)
        return hr_fail_memory(&store->err);
    for (size_t i = 0; i < life->count; i++)
        order[i]->rank = i;
    free(order);
    for (size_t i = 0; i < life->count; i++) {
        const hr_life_entry *e = &life->at[i], *root = e->root == e->seq ? e : entry_at(life, e->root);
        life->at[i].root_rank = root ? root->rank : e->rank;
    }
    if (life->count)
        qsort(life->at, life->count, sizeof *life->at, by_depth);
    return HR_OK;
}

/* Marks what was amended among the entries from `first` on, of one subject. Where two copies of a store amended the
 * same entry, what was said last stands. */
static hr_status settle(hr_store *store, hr_life *life, size_t first) {
    size_t count = life->count - first;
    hr_life_entry **order = in_order(life, first);
    if (!order)
        return hr_fail_memory(&store->err);
    for (size_t i = 0; i < count; i++) {
        hr_life_entry *e = order[i], *target = e->remark.amends ? entry_at(life, e->remark.amends) : NULL;
        if (!target || target->subject != e->subject || target->seq >= e->seq)
            continue;
        while (target->amended_by && entry_at(life, target->amended_by))
            target = entry_at(life, target->amended_by);
        target->amended_by = e->seq;
        e->root = target->root;
    }
    free(order);
    return HR_OK;
}

hr_status hr_life_absorbed(hr_store *store, const hr_life_entry *entry, int64_t *out) {
    hr_record row;
    hr_status status = hr_record_unpack(&store->err, &row, entry->form, entry->body, entry->size);
    *out = status == HR_OK ? hr_record_number(&row, U_ABSORBED) : 0;
    return status == HR_OK && *out == 0 ? HR_INVALID : status;
}

static hr_status gather_all(hr_store *store, int64_t id, int64_t known, int depth, hr_life *life) {
    size_t first = life->count;
    if (depth == DEPTH_MAX)
        return fail_damaged(store, id);
    hr_status status = gather(store, id, known, depth, life);
    if (status != HR_OK)
        return status;
    size_t end = life->count;
    status = settle(store, life, first);
    for (size_t i = first; i < end && status == HR_OK; i++) {
        const hr_life_entry *e = &life->at[i];
        int64_t other = 0;
        if (e->form->about != HR_ABOUT_UNITY || e->amended_by || e->remark.withdrawn)
            continue;
        status = hr_life_absorbed(store, e, &other);
        if (status == HR_OK)
            status = gather_all(store, other, known, depth + 1, life);
    }
    return status == HR_INVALID ? fail_damaged(store, id) : status;
}

hr_status hr_life_load(hr_store *store, int64_t id, int64_t known, hr_life *out) {
    *out = (hr_life){.id = id};
    hr_status status = gather_all(store, id, known, 0, out);
    if (status == HR_OK && (id > known || out->count == 0))
        status = hr_fail(&store->err, HR_NOT_FOUND, "%s",
                         HR_TR(&store->err, "the resident was not registered by then", "当时尚未登记该居民"));
    if (status == HR_OK)
        status = arrange(store, out);
    if (status != HR_OK)
        hr_life_free(out);
    return status;
}

bool hr_life_stands(const hr_life_entry *e) {
    return !e->amended_by && !e->remark.withdrawn;
}

const hr_life_entry *hr_life_same(const hr_life *life, const hr_record *row) {
    char body[HR_PACKED_SIZE];
    size_t size = hr_record_pack(row, body);
    for (size_t i = 0; i < life->count; i++) {
        const hr_life_entry *e = &life->at[i];
        if (e->form == row->form && !e->remark.withdrawn && e->size == size && memcmp(e->body, body, size) == 0)
            return e;
    }
    return NULL;
}

/* ---- as if one more had been said ---- */

static hr_status fail_deep(hr_store *store) {
    return hr_fail(&store->err, HR_INVALID,
                   HR_TR(&store->err,
                         "too many residents were unified one into the next (%d at most); withdraw a unification, and "
                         "unify each of them with the resident who remains",
                         "逐级合并的居民过多（最多 %d 级）；请撤回其中的合并，再将各居民直接与保留的居民合并"),
                   (int)DEPTH_MAX);
}

/* Brings in the life of another, below `depth`. */
static hr_status bring_in(hr_store *store, hr_life *life, int64_t other, int depth) {
    hr_life more;
    hr_status status = hr_life_load(store, other, INT64_MAX, &more);
    if (status != HR_OK)
        return status;
    for (size_t i = 0; i < more.count && status == HR_OK; i++) {
        hr_life_entry entry = more.at[i];
        entry.depth += depth + 1;
        status = entry.depth < DEPTH_MAX ? push(store, life, &entry, more.at[i].body) : fail_deep(store);
    }
    hr_life_free(&more);
    return status;
}

static hr_status take_out(hr_store *store, hr_life *life, int64_t other) {
    hr_life less;
    size_t kept = 0;
    hr_status status = hr_life_load(store, other, INT64_MAX, &less);
    if (status != HR_OK)
        return status;
    for (size_t i = 0; i < life->count; i++) {
        if (hr_life_entry_at(&less, life->at[i].seq))
            free(life->at[i].body);
        else
            life->at[kept++] = life->at[i];
    }
    life->count = kept;
    hr_life_free(&less);
    return HR_OK;
}

hr_status hr_life_append(hr_store *store, hr_life *life, int64_t subject, const hr_record *row,
                         const hr_remark *remark) {
    char body[HR_PACKED_SIZE];
    hr_life_entry entry = {.seq = hr_log_next(store), .subject = subject, .form = row->form};
    entry.origin = (hr_origin){.said = INT64_MAX, .wseq = entry.seq}; /* after all that was said */
    hr_life_entry *target = NULL;
    int64_t other = 0;
    entry.root = entry.seq;
    for (size_t i = 0; i < life->count; i++) {
        if (life->at[i].subject == subject)
            entry.depth = life->at[i].depth;
        if (remark && remark->amends && life->at[i].seq == remark->amends)
            target = &life->at[i];
    }
    if (remark)
        entry.remark = *remark;
    if (row->form->about == HR_ABOUT_CARE)
        entry.date = hr_record_date(row, CARE_DATE);
    if (target) {
        target->amended_by = entry.seq;
        entry.root = target->root;
    }
    entry.size = hr_record_pack(row, body);
    hr_status status = HR_OK;
    if (row->form->about == HR_ABOUT_UNITY) {
        if (target && entry.remark.withdrawn)
            status = hr_life_absorbed(store, target, &other);
        if (status == HR_OK && other)
            status = take_out(store, life, other);
        else if (status == HR_OK)
            status = bring_in(store, life, hr_record_number(row, U_ABSORBED), entry.depth);
    }
    if (status == HR_OK)
        status = push(store, life, &entry, body);
    return status == HR_OK ? arrange(store, life) : status;
}

/* ---- folding ---- */

/* Which of the forms comes first on a day: an opening before a visit before a closing. */
static int rank_of(const hr_form *form) {
    int rank = 0;
    while (hr_form_at(rank) && hr_form_at(rank) != form)
        rank++;
    return rank;
}

/* The order of folding: resident's fields by depth and root; then care by day. */
static int by_folding(const void *a, const void *b) {
    const hr_life_entry *x = *(const hr_life_entry *const *)a, *y = *(const hr_life_entry *const *)b;
    bool care_x = x->form->about == HR_ABOUT_CARE, care_y = y->form->about == HR_ABOUT_CARE;
    if (care_x != care_y)
        return care_x ? 1 : -1;
    if (!care_x && x->depth != y->depth)
        return y->depth - x->depth;
    if (care_x && hr_date_latest(x->date) != hr_date_latest(y->date))
        return hr_date_latest(x->date) < hr_date_latest(y->date) ? -1 : 1;
    if (care_x && x->form != y->form)
        return rank_of(x->form) - rank_of(y->form);
    return (x->root_rank > y->root_rank) - (x->root_rank < y->root_rank);
}

/* What says who somebody is. */
static void forget_person(hr_record *now) {
    static const int fields[] = {R_ID_NUMBER, R_SEX, R_BIRTH_DATE};
    static const int certified[] = {R_CERTIFICATE, R_DISABILITY_KIND, R_DISABILITY_GRADE};
    bool certificate = hr_record_has(now, R_CERTIFICATE);
    for (size_t i = 0; i < 3; i++) {
        hr_record_unset(now, fields[i]);
        if (certificate)
            hr_record_unset(now, certified[i]);
    }
}

/* Who a person is is said by himself alone: where it contradicts what was said of those unified with him, that is
 * forgotten. HR_INVALID all the same, with the contradiction. */
static hr_status fold_fields(hr_store *store, const hr_record *row, bool others, hr_resident *out) {
    hr_resident fresh;
    hr_status status = hr_resident_fold(&store->err, out, row);
    if (status != HR_INVALID || !others)
        return status;
    hr_err contradiction = store->err;
    status = hr_resident_copy(&store->err, &fresh, out);
    if (status != HR_OK)
        return status;
    forget_person(&fresh.now);
    status = hr_resident_fold(&store->err, &fresh, row);
    if (status == HR_OK) {
        hr_resident_release(out);
        *out = fresh;
    } else {
        hr_resident_release(&fresh);
    }
    if (status != HR_OK && status != HR_INVALID)
        return status;
    store->err = contradiction;
    return HR_INVALID;
}

/* *person: whose entry was the last to say who he is; 0: none did. */
static hr_status fold_one(hr_store *store, const hr_life_entry *e, int64_t *person, hr_resident *out) {
    hr_record row;
    hr_status status = hr_record_unpack(&store->err, &row, e->form, e->body, e->size);
    if (status != HR_OK)
        return fail_damaged(store, e->subject);
    if (e->form->about == HR_ABOUT_CARE)
        return hr_fold_care(&store->err, out, &row);
    status = fold_fields(store, &row, *person && *person != e->subject, out);
    if (hr_record_has(&row, R_BIRTH_DATE))
        *person = e->subject;
    return status;
}

static bool is_part(const hr_life_entry *e, hr_life_part part) {
    hr_about about = e->form->about;
    if (!hr_life_stands(e) || (part == HR_LIFE_OWN && e->depth))
        return false;
    return about == HR_ABOUT_RESIDENT || (about == HR_ABOUT_CARE && part != HR_LIFE_SAID);
}

/* Whether another copy said the same before: `order` are the entries that are folded before it. */
static bool is_repeated(const hr_life_entry *const *order, size_t before, const hr_life_entry *e) {
    for (size_t i = before; e->form->about == HR_ABOUT_CARE && i-- > 0 && order[i]->form == e->form &&
                            hr_date_latest(order[i]->date) == hr_date_latest(e->date);)
        if (memcmp(order[i]->origin.writer, e->origin.writer, sizeof e->origin.writer) != 0 &&
            order[i]->size == e->size && memcmp(order[i]->body, e->body, e->size) == 0)
            return true;
    return false;
}

enum { ANY_DAY = 99991231 };

/* What was said of one resident's fields, by those who are unified in a life. */
static hr_status fold_said_of(hr_store *store, const hr_life *life, int64_t subject, hr_resident *out) {
    hr_life one = {.id = subject, .at = malloc((life->count + 1) * sizeof *one.at)};
    if (!one.at)
        return hr_fail_memory(&store->err);
    for (size_t i = 0; i < life->count; i++)
        if (life->at[i].subject == subject)
            one.at[one.count++] = life->at[i];
    hr_status status = hr_life_fold(store, &one, HR_LIFE_SAID, out, NULL, NULL);
    free(one.at); /* the bodies are the life's */
    return status;
}

static bool dates_differ(hr_date a, hr_date b) {
    return a && b && (hr_date_latest(a) < hr_date_earliest(b) || hr_date_latest(b) < hr_date_earliest(a));
}

/* Whether what was said of one can be so of what they all amount to: he is born and dies as they do. What does not hold
 * of him alone, because others fill his gaps, is no contradiction. */
static hr_status compare_person(hr_err *err, hr_resident *said, const hr_record *all) {
    static const int dates[] = {R_BIRTH_DATE, R_DIED};
    bool alone = hr_resident_validate(err, said, ANY_DAY) == HR_OK;
    int64_t sex = hr_record_number(&said->now, R_SEX), sex_of_all = hr_record_number(all, R_SEX);
    int differs = (sex == 1 && sex_of_all == 2) || (sex == 2 && sex_of_all == 1) ? R_SEX : -1;
    for (size_t i = 0; i < sizeof dates / sizeof *dates; i++) {
        if (dates_differ(hr_record_date(&said->now, dates[i]), hr_record_date(all, dates[i])))
            differs = dates[i];
        if (hr_record_has(all, dates[i]))
            hr_record_copy_field(&said->now, all, dates[i]);
    }
    if (differs < 0)
        return alone ? hr_resident_validate(err, said, ANY_DAY) : HR_OK;
    return hr_fail(err, HR_INVALID,
                   HR_TR(err, "%s: differs between the two residents; correct whichever is wrong",
                         "%s：两位居民不一致；请更正有误的一项"),
                   hr_field_label(err, &hr_form_resident, differs));
}

/* Those who are unified must be able to be one: each of them agrees with what they amount to, and that can be. */
static hr_status compare_persons(hr_store *store, const hr_life *life, const hr_resident *all, hr_problem_fn found,
                                 void *context) {
    const hr_life_entry *oldest = NULL;
    hr_err saved = store->err;
    hr_status status = HR_OK;
    for (size_t i = 0; i < life->count && status == HR_OK; i++) {
        const hr_life_entry *e = &life->at[i];
        hr_resident said;
        int64_t other;
        if (e->form->about != HR_ABOUT_UNITY || !hr_life_stands(e))
            continue;
        if (!oldest || oldest->rank > e->rank)
            oldest = e;
        status = hr_life_absorbed(store, e, &other);
        if (status == HR_OK)
            status = fold_said_of(store, life, other, &said);
        if (status != HR_OK)
            break;
        if (compare_person(&store->err, &said, &all->now) != HR_OK)
            found(context, e, store->err.text);
        hr_resident_release(&said);
    }
    if (status == HR_OK && oldest && hr_resident_validate(&store->err, all, ANY_DAY) != HR_OK)
        found(context, oldest, store->err.text);
    if (status == HR_OK)
        store->err = saved;
    return status;
}

hr_status hr_life_fold(hr_store *store, const hr_life *life, hr_life_part part, hr_resident *out, hr_problem_fn found,
                       void *context) {
    const hr_life_entry **order = malloc((life->count + 1) * sizeof *order);
    hr_err saved = store->err;
    hr_status status = HR_OK;
    size_t count = 0;
    int64_t person = 0;
    hr_resident_clear(out);
    if (!order)
        return hr_fail_memory(&store->err);
    for (size_t i = 0; i < life->count; i++)
        if (is_part(&life->at[i], part))
            order[count++] = &life->at[i];
    qsort(order, count, sizeof *order, by_folding);
    for (size_t i = 0; i < count && status == HR_OK; i++) {
        if (is_repeated(order, i, order[i]))
            continue;
        status = fold_one(store, order[i], &person, out);
        if (status != HR_INVALID)
            continue;
        if (found)
            found(context, order[i], store->err.text);
        store->err = saved;
        status = HR_OK;
    }
    free(order);
    if (status == HR_OK && found && part == HR_LIFE_ALL)
        status = compare_persons(store, life, out, found, context);
    if (status != HR_OK)
        hr_resident_release(out);
    return status;
}

/* ---- who is one ---- */

hr_status hr_life_parent(hr_store *store, int64_t id, int64_t *parent) {
    return hr_db_number(store, "SELECT remaining FROM chart.unified WHERE absorbed = ?1", id, parent);
}

hr_status hr_life_root(hr_store *store, int64_t id, int64_t *root) {
    hr_status status = HR_OK;
    *root = id;
    for (int depth = 0; status == HR_OK && id && depth < DEPTH_MAX; depth++) {
        *root = id;
        status = hr_life_parent(store, id, &id);
    }
    return status;
}

hr_status hr_life_united(hr_store *store, int64_t id, bool *out) {
    int64_t any = 0;
    hr_status status = hr_db_number(store, "SELECT 1 FROM chart.unified WHERE remaining = ?1", id, &any);
    *out = any != 0;
    return status;
}
