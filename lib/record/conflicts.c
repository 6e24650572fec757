/* Noting and listing conflicts. One is listed as long as it is open: until the field is said again by somebody who
 * could know of it, the two residents are one or have numbers of their own, or the file is erased here, too.
 * Corrections wait for nobody and stay listed, after the conflicts. */
#include "record/conflicts.h"
#include "base/cursor.h"
#include "record/access.h"
#include "record/chart.h"
#include "record/custody.h"
#include "record/known.h"
#include "record/registers.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- noting ---- */

static hr_status put(hr_store *store, int64_t resident, const hr_record *row) {
    char bytes[HR_BODY_SIZE];
    hr_body body = {.bytes = bytes, .size = hr_body_pack(NULL, row, bytes)};
    hr_entry entry = {.kind = row->form->kind, .subject = resident, .effective = store->today};
    hr_resident known;
    hr_status status = hr_resident_load(store, resident, &known, &entry.earlier);
    if (status != HR_OK)
        return status;
    hr_body_seal(&body);
    status = hr_log_append(store, &entry, &body);
    if (status == HR_OK)
        status = hr_chart_keep(store, resident, entry.seq, &known);
    hr_resident_release(&known);
    return status;
}

/* Unless it stands there already. */
static hr_status note(hr_store *store, const hr_life *life, int what, int field, int64_t here, int64_t there) {
    hr_record row;
    hr_status status = HR_OK;
    hr_record_clear(&row, &hr_form_conflict);
    hr_record_set_number(&row, CF_WHAT, what);
    if (field >= 0)
        status = hr_record_set_text(&row, &store->err, CF_FIELD, hr_form_resident.fields[field].name);
    hr_record_set_number(&row, CF_HERE, here);
    hr_record_set_number(&row, CF_THERE, there);
    if (status != HR_OK || hr_life_same(life, &row))
        return status;
    return put(store, life->id, &row);
}

/* The last entries of either side that give each field, as indexes into a life; -1: none. */
typedef struct sides {
    ptrdiff_t here[R_COUNT], there[R_COUNT];
    hr_record *rows; /* of the life's entries, where they are needed */
} sides;

static bool gives(const hr_record *row, int field) {
    return hr_record_has(row, field) || hr_record_clears(row, field);
}

static hr_status read_sides(hr_store *store, const hr_life *life, int64_t known, hr_unknown_fn unknown, void *context,
                            sides *s) {
    hr_status status = HR_OK;
    for (int f = 0; f < R_COUNT; f++)
        s->here[f] = s->there[f] = -1;
    for (size_t i = 0; i < life->count && status == HR_OK; i++) {
        const hr_life_entry *e = &life->at[i];
        bool counts = e->seq > known;
        ptrdiff_t *last = counts ? s->there : s->here;
        if (e->form != &hr_form_resident || !hr_life_stands(e))
            continue;
        if (!counts)
            status = unknown(context, e, &counts);
        if (status == HR_OK && counts)
            status = hr_record_unpack(&store->err, &s->rows[i], e->form, e->body, e->size);
        for (int f = 0; status == HR_OK && counts && f < R_COUNT; f++)
            if (gives(&s->rows[i], f))
                last[f] = (ptrdiff_t)i;
    }
    return status;
}

/* Fields of one event, of which a life has several: two days are two events, and no conflict. */
static int day_of(int field) {
    switch (field) {
    case R_AREA:
    case R_MOVED_IN:
    case R_MOVED_OUT:
        return R_MOVED_IN;
    case R_HOME_BED_OPENED:
    case R_HOME_BED_CLOSED:
        return R_HOME_BED_OPENED;
    case R_OUTCOME:
    case R_OUTCOME_DATE:
        return R_OUTCOME_DATE;
    default:
        return -1;
    }
}

static bool differ(const hr_record *a, const hr_record *b, int field) {
    int day = day_of(field);
    if (day >= 0 && !hr_record_same(a, b, day))
        return false;
    return !hr_record_same(a, b, field);
}

/* In a bureau's store a name is a token, another in each year: stations whose keys are of different years agree. */
static hr_status note_fields(hr_store *store, const hr_life *life, int64_t known, hr_unknown_fn unknown,
                             void *context) {
    sides *s = malloc(sizeof *s);
    hr_record *rows = malloc((life->count + 1) * sizeof *rows);
    hr_status status = s && rows ? HR_OK : hr_fail_memory(&store->err);
    if (status == HR_OK) {
        s->rows = rows;
        status = read_sides(store, life, known, unknown, context, s);
    }
    for (int f = 0; f < R_COUNT && status == HR_OK; f++)
        if (s->here[f] >= 0 && s->there[f] >= 0 && !(store->bureau && f == R_NAME) &&
            differ(&rows[s->here[f]], &rows[s->there[f]], f))
            status = note(store, life, HR_CONFLICT_FIELD, f, life->at[s->here[f]].seq, life->at[s->there[f]].seq);
    free(rows);
    free(s);
    return status;
}

static const struct {
    hr_known_kind kind;
    int field;
} numbers[] = {{HR_KNOWN_ID_NUMBER, R_ID_NUMBER}, {HR_KNOWN_FILE_NUMBER, R_FILE_NUMBER}};
enum { NUMBERS = sizeof numbers / sizeof *numbers };

/* Whose number it is, besides the resident; 0: nobody else's. */
static hr_status other_holder(hr_store *store, int64_t resident, const hr_record *now, int number, int64_t *out) {
    int64_t holder = 0, root = 0;
    *out = 0;
    if (!hr_record_has(now, numbers[number].field))
        return HR_OK;
    hr_status status =
        hr_known_find(store, numbers[number].kind, hr_record_number(now, numbers[number].field), &holder);
    if (status == HR_OK && holder)
        status = hr_life_root(store, holder, &root);
    *out = root == resident ? 0 : holder;
    return status;
}

/* In the file of each of them. */
static hr_status note_number(hr_store *store, const hr_life *life, int field, int64_t holder) {
    hr_life other;
    hr_status status = note(store, life, HR_CONFLICT_NUMBER, field, holder, life->id);
    if (status == HR_OK)
        status = hr_life_load(store, holder, INT64_MAX, &other);
    if (status != HR_OK)
        return status;
    status = note(store, &other, HR_CONFLICT_NUMBER, field, life->id, holder);
    hr_life_free(&other);
    return status;
}

hr_status hr_conflicts_note(hr_store *store, int64_t resident, int64_t known, hr_unknown_fn unknown, void *context) {
    hr_life life;
    hr_resident now;
    hr_resident_clear(&now);
    hr_status status = hr_life_load(store, resident, INT64_MAX, &life);
    if (status != HR_OK)
        return status;
    if (resident <= known)
        status = note_fields(store, &life, known, unknown, context);
    if (status == HR_OK)
        status = hr_life_fold(store, &life, HR_LIFE_OWN, &now, NULL, NULL);
    for (int i = 0; i < NUMBERS && status == HR_OK; i++) {
        int64_t holder;
        status = other_holder(store, resident, &now.now, i, &holder);
        if (status == HR_OK && holder)
            status = note_number(store, &life, numbers[i].field, holder);
    }
    hr_resident_release(&now);
    hr_life_free(&life);
    return status;
}

/* ---- noting corrections ---- */

/* What one side said of a resident's fields, by the indexes of a life; a row without form is of another entry. */
typedef struct told {
    const hr_life *life;
    int64_t known;
    hr_record *rows;
} told;

static hr_status read_told(hr_store *store, told *t, hr_unknown_fn unknown, void *context) {
    hr_status status = HR_OK;
    for (size_t i = 0; i < t->life->count && status == HR_OK; i++) {
        const hr_life_entry *e = &t->life->at[i];
        bool others = true;
        if (e->form == &hr_form_resident && hr_life_stands(e))
            status = unknown(context, e, &others);
        if (status == HR_OK && !others)
            status = hr_record_unpack(&store->err, &t->rows[i], e->form, e->body, e->size);
    }
    return status;
}

/* The last row of entry `i` and those before it about the same resident that gives a field; NULL: none does. */
static const hr_record *last_giving(const told *t, size_t i, int field) {
    int64_t subject = t->life->at[i].subject;
    for (size_t j = i + 1; j-- > 0 && t->life->at[j].subject == subject;)
        if (t->rows[j].form && gives(&t->rows[j], field))
            return &t->rows[j];
    return NULL;
}

/* Whether two entries give a field of one event. That which tells events apart is corrected only by being taken back.
 */
static bool same_event(const told *t, size_t a, size_t b, int field) {
    int day = day_of(field);
    if (day < 0 || day == field)
        return day < 0 || hr_record_clears(&t->rows[b], field);
    const hr_record *before = last_giving(t, a, day), *now = last_giving(t, b, day);
    return before == now || (before && now && hr_record_same(before, now, day));
}

/* The entry that gave the field of this event before; -1: none. */
static ptrdiff_t reported_before(const told *t, size_t now, int field) {
    const hr_life_entry *at = t->life->at;
    for (size_t j = now; j-- > 0 && at[j].subject == at[now].subject;)
        if (at[j].seq <= t->known && t->rows[j].form && gives(&t->rows[j], field) && same_event(t, j, now, field))
            return (ptrdiff_t)j;
    return -1;
}

/* Whether a later entry of what was adopted gives the field of this event once more. */
static bool is_given_again(const told *t, size_t now, int field) {
    const hr_life_entry *at = t->life->at;
    for (size_t j = now + 1; j < t->life->count && at[j].subject == at[now].subject; j++)
        if (t->rows[j].form && gives(&t->rows[j], field) && same_event(t, now, j, field))
            return true;
    return false;
}

static hr_status note_corrected_field(hr_store *store, const told *t, size_t now, int field) {
    ptrdiff_t before = reported_before(t, now, field);
    if (before < 0 || hr_record_same(&t->rows[before], &t->rows[now], field) || is_given_again(t, now, field))
        return HR_OK;
    return note(store, t->life, HR_CONFLICT_CORRECTED, field, t->life->at[before].seq, t->life->at[now].seq);
}

/* What stands in the place of an entry that was known is a correction as a whole. */
static bool is_new(const told *t, size_t i) {
    const hr_life_entry *e = &t->life->at[i];
    return t->rows[i].form && e->seq > t->known && (e->root == e->seq || e->root > t->known);
}

static hr_status note_corrected_fields(hr_store *store, const hr_life *life, int64_t known, hr_unknown_fn unknown,
                                       void *context) {
    told t = {life, known, calloc(life->count + 1, sizeof *t.rows)};
    hr_status status = t.rows ? read_told(store, &t, unknown, context) : hr_fail_memory(&store->err);
    for (size_t i = 0; i < life->count && status == HR_OK; i++)
        for (int f = 0; f < R_COUNT && status == HR_OK && is_new(&t, i); f++)
            if (hr_custody_counts(&hr_form_resident, f) && gives(&t.rows[i], f))
                status = note_corrected_field(store, &t, i, f);
    free(t.rows);
    return status;
}

/* What stands in the place of an entry that was known; NULL: it is itself, or that was known, too. */
static const hr_life_entry *amending(const hr_life *life, const hr_life_entry *e, int64_t known) {
    const hr_life_entry *next = e->amended_by ? hr_life_entry_at(life, e->amended_by) : NULL;
    if (!next || e->seq > known || next->seq <= known)
        return NULL;
    while (next->amended_by && hr_life_entry_at(life, next->amended_by))
        next = hr_life_entry_at(life, next->amended_by);
    return next->seq > known ? next : NULL;
}

/* What came in a report is only what is counted: of amended texts nothing is left. */
static bool says_the_same(const hr_life_entry *a, const hr_life_entry *b) {
    return a->remark.withdrawn == b->remark.withdrawn && a->size == b->size && memcmp(a->body, b->body, a->size) == 0;
}

static hr_status note_amended(hr_store *store, const hr_life *life, int64_t known) {
    hr_status status = HR_OK;
    for (size_t i = 0; i < life->count && status == HR_OK; i++) {
        const hr_life_entry *e = &life->at[i], *now = amending(life, e, known);
        bool counts = e->form->about == HR_ABOUT_CARE || e->form == &hr_form_resident;
        if (now && counts && !says_the_same(e, now))
            status = note(store, life, HR_CONFLICT_CORRECTED, -1, e->seq, now->seq);
    }
    return status;
}

hr_status hr_conflicts_note_corrected(hr_store *store, int64_t resident, int64_t known, hr_unknown_fn unknown,
                                      void *context) {
    hr_life life;
    hr_status status = hr_conflicts_note(store, resident, known, unknown, context);
    if (status == HR_OK)
        status = hr_life_load(store, resident, INT64_MAX, &life);
    if (status != HR_OK)
        return status;
    status = note_corrected_fields(store, &life, known, unknown, context);
    if (status == HR_OK)
        status = note_amended(store, &life, known);
    hr_life_free(&life);
    return status;
}

hr_status hr_conflicts_note_erased(hr_store *store, int64_t resident) {
    hr_life life;
    hr_custody custody;
    int64_t root = 0;
    hr_status status = hr_life_root(store, resident, &root);
    if (status == HR_OK)
        status = hr_custody_of(store, root, &custody);
    if (status != HR_OK || custody == HR_CUSTODY_ERASED)
        return status;
    status = hr_life_load(store, resident, INT64_MAX, &life);
    if (status != HR_OK)
        return status;
    status = note(store, &life, HR_CONFLICT_ERASED, -1, resident, resident);
    hr_life_free(&life);
    return status;
}

/* ---- who is found by a number of two ---- */

static hr_status first_said(hr_store *store, int64_t resident, hr_origin *out) {
    hr_life life;
    hr_status status = hr_life_load(store, resident, INT64_MAX, &life);
    if (status != HR_OK)
        return status;
    const hr_life_entry *first = hr_life_entry_at(&life, resident);
    for (size_t i = 0; i < life.count; i++)
        if (life.at[i].subject == resident && life.at[i].rank < first->rank)
            first = &life.at[i];
    *out = first->origin;
    hr_life_free(&life);
    return HR_OK;
}

hr_status hr_conflicts_holder(hr_store *store, int64_t one, int64_t other, int64_t *out) {
    hr_origin here, there;
    hr_status status = first_said(store, one, &here);
    if (status == HR_OK)
        status = first_said(store, other, &there);
    if (status == HR_OK)
        *out = hr_origin_compare(&here, &there) < 0 ? one : other;
    return status;
}

/* Whether it is one of his own. */
static hr_status has_number(hr_store *store, int64_t resident, int field, int64_t number, bool *out) {
    hr_life life;
    hr_resident now;
    hr_custody custody;
    int64_t root = 0;
    *out = false;
    hr_status status = hr_life_root(store, resident, &root);
    if (status == HR_OK)
        status = hr_custody_of(store, root, &custody);
    if (status != HR_OK || custody == HR_CUSTODY_ERASED)
        return status;
    status = hr_life_load(store, resident, INT64_MAX, &life);
    if (status != HR_OK)
        return status;
    status = hr_life_fold(store, &life, HR_LIFE_OWN, &now, NULL, NULL);
    if (status == HR_OK) {
        *out = hr_record_has(&now.now, field) && hr_record_number(&now.now, field) == number;
        hr_resident_release(&now);
    }
    hr_life_free(&life);
    return status;
}

/* The one of two who is found by the number, *out being one of them already, or nobody. */
static hr_status hold(hr_store *store, int64_t other, int64_t *out) {
    if (*out)
        return hr_conflicts_holder(store, *out, other, out);
    *out = other;
    return HR_OK;
}

/* Of a conflict in somebody's file: who else it says has this number, and has. 0: nobody. */
static hr_status other_of(hr_store *store, const hr_life_entry *e, int field, int64_t number, int64_t *out) {
    hr_record row;
    bool has = false;
    *out = 0;
    hr_status status = hr_record_unpack(&store->err, &row, e->form, e->body, e->size);
    if (status != HR_OK || hr_record_number(&row, CF_WHAT) != HR_CONFLICT_NUMBER ||
        strcmp(hr_record_text(&row, CF_FIELD), hr_form_resident.fields[field].name) != 0)
        return status;
    status =
        hr_db_number(store, "SELECT subject FROM chart.entry WHERE seq = ?1", hr_record_number(&row, CF_HERE), out);
    if (status == HR_OK && *out)
        status = has_number(store, *out, field, number, &has);
    *out = has ? *out : 0;
    return status;
}

hr_status hr_conflicts_heir(hr_store *store, int64_t resident, int field, int64_t number, int64_t *out) {
    hr_life life;
    hr_status status = hr_life_load(store, resident, INT64_MAX, &life);
    *out = 0;
    if (status != HR_OK)
        return status;
    for (size_t i = 0; i < life.count && status == HR_OK; i++) {
        int64_t other = 0;
        if (life.at[i].form == &hr_form_conflict && life.at[i].subject == resident)
            status = other_of(store, &life.at[i], field, number, &other);
        if (status == HR_OK && other && other != resident)
            status = hold(store, other, out);
    }
    hr_life_free(&life);
    return status;
}

/* ---- listing ---- */

enum {
    C_RESIDENT,
    C_NAME,
    C_AREA,
    C_WHAT,
    C_FIELD,
    C_FIELD_NAME,
    C_VALUE,
    C_AUTHOR,
    C_SAID,
    C_OTHER,
    C_OTHER_VALUE,
    C_OTHER_AUTHOR,
    C_OTHER_SAID,
    C_COUNT
};
static const hr_column columns[C_COUNT] = {
    [C_RESIDENT] = {"resident", "resident", "居民编号"},
    [C_NAME] = {"name", "name", "姓名"},
    [C_AREA] = {"area", "area", "区划代码"},
    [C_WHAT] = {"what", "conflict", "冲突"},
    [C_FIELD] = {"field", "field", "字段"},
    [C_FIELD_NAME] = {"field_name", "field name", "字段名称"},
    [C_VALUE] = {"value", "value", "现用值"},
    [C_AUTHOR] = {"author", "author", "记录人"},
    [C_SAID] = {"said", "said", "记录时间"},
    [C_OTHER] = {"other_resident", "other resident", "另一居民编号"},
    [C_OTHER_VALUE] = {"other_value", "other value", "另一值"},
    [C_OTHER_AUTHOR] = {"other_author", "other author", "另一记录人"},
    [C_OTHER_SAID] = {"other_said", "other said", "另一记录时间"},
};

/* One that is open. Texts are of the longest that fields have, or cut. */
typedef struct conflict {
    int64_t resident, other;
    int what, field;
    int64_t here, there;
    char area[HR_AREA_SIZE], tally[64], label[128]; /* of a correction: what is corrected, where that is no field */
    char name[256], value[256], other_value[256];
    char author[HR_AUTHOR_SIZE], other_author[HR_AUTHOR_SIZE];
    char said[HR_UTC_SIZE], other_said[HR_UTC_SIZE];
} conflict;

typedef struct listing {
    hr_store *store;
    int64_t after; /* only those that were noted after this entry */
    bool no_corrections;
    hr_language language;
    conflict *at;
    size_t count, next; /* next: conflicts are given out first, then from `count` on corrections */
} listing;

static void release(void *context) {
    listing *l = context;
    free(l->at);
    free(l);
}

static int field_named(const char *name) {
    for (int f = 0; f < R_COUNT; f++)
        if (strcmp(hr_form_resident.fields[f].name, name) == 0)
            return f;
    return -1;
}

/* Whether somebody who could know of the conflict `e` has said the field again. */
static hr_status is_said_again(hr_store *store, const hr_life *life, const hr_life_entry *e, int field, bool *out) {
    hr_record row;
    hr_status status = HR_OK;
    *out = false;
    for (size_t i = 0; i < life->count && status == HR_OK && !*out; i++) {
        const hr_life_entry *later = &life->at[i];
        if (later->form != &hr_form_resident || !hr_life_stands(later) ||
            hr_origin_compare(&later->origin, &e->origin) < 0)
            continue;
        status = hr_record_unpack(&store->err, &row, later->form, later->body, later->size);
        *out = status == HR_OK && gives(&row, field);
    }
    return status;
}

hr_status hr_conflicts_settled(hr_store *store, int64_t resident, const hr_record *row, uint64_t *fields) {
    hr_life life;
    hr_record noted;
    hr_status status = hr_life_load(store, resident, INT64_MAX, &life);
    *fields = 0;
    if (status != HR_OK)
        return status;
    for (size_t i = 0; i < life.count && status == HR_OK; i++) {
        const hr_life_entry *e = &life.at[i];
        bool again = true;
        if (e->form != &hr_form_conflict)
            continue;
        status = hr_record_unpack(&store->err, &noted, e->form, e->body, e->size);
        int field = status == HR_OK ? field_named(hr_record_text(&noted, CF_FIELD)) : -1;
        if (field >= 0 && hr_record_number(&noted, CF_WHAT) == HR_CONFLICT_FIELD && gives(row, field))
            status = is_said_again(store, &life, e, field, &again);
        if (!again)
            *fields |= UINT64_C(1) << field;
    }
    hr_life_free(&life);
    return status;
}

static hr_status give_value(hr_store *store, const hr_life_entry *e, int field, hr_language language, char out[256]) {
    hr_record row;
    hr_status status = hr_record_unpack(&store->err, &row, e->form, e->body, e->size);
    *out = '\0';
    if (status == HR_OK && hr_record_has(&row, field))
        hr_field_format(&row, field, language, out, 256);
    return status;
}

static void give_who(const hr_life_entry *holds, const hr_life_entry *other, conflict *c) {
    memcpy(c->author, holds->author, sizeof c->author);
    memcpy(c->other_author, other->author, sizeof c->other_author);
    hr_utc_format(holds->origin.said, c->said);
    hr_utc_format(other->origin.said, c->other_said);
}

static hr_status add(listing *l, const conflict *c) {
    conflict *grown = realloc(l->at, (l->count + 1) * sizeof *grown);
    if (!grown)
        return hr_fail_memory(&l->store->err);
    l->at = grown;
    grown[l->count++] = *c;
    return HR_OK;
}

/* Two values of a field: the one that holds was said last. */
static hr_status take_field(listing *l, const hr_life *life, const hr_life_entry *e, conflict *c, bool *open) {
    const hr_life_entry *holds = hr_life_entry_at(life, c->here), *other = hr_life_entry_at(life, c->there);
    bool again = false;
    *open = false;
    if (c->field < 0 || !holds || !other || !hr_life_stands(holds) || !hr_life_stands(other))
        return HR_OK;
    hr_status status = is_said_again(l->store, life, e, c->field, &again);
    if (status != HR_OK || again)
        return status;
    if (holds->rank < other->rank) {
        const hr_life_entry *swapped = holds;
        holds = other;
        other = swapped;
    }
    *open = true;
    give_who(holds, other, c);
    status = give_value(l->store, holds, c->field, l->language, c->value);
    return status == HR_OK ? give_value(l->store, other, c->field, l->language, c->other_value) : status;
}

static void swap_residents(conflict *c) {
    char name[sizeof c->name];
    int64_t resident = c->resident;
    c->resident = c->other;
    c->other = resident;
    memcpy(name, c->name, sizeof name);
    memcpy(c->name, c->other_value, sizeof name);
    memcpy(c->other_value, name, sizeof name);
}

/* One number of two residents, the first of whom is named first. */
static hr_status take_number(listing *l, const hr_resident *own, conflict *c, bool *open) {
    hr_resident other;
    hr_custody custody;
    *open = false;
    hr_status status = hr_db_number(l->store, "SELECT subject FROM chart.entry WHERE seq = ?1", c->here, &c->other);
    if (status == HR_OK)
        status = hr_life_root(l->store, c->other, &c->other);
    if (status == HR_OK)
        status = hr_custody_of(l->store, c->other, &custody);
    if (status != HR_OK || c->other == c->resident || custody != HR_CUSTODY_NONE || c->field < 0)
        return status;
    status = hr_resident_load(l->store, c->other, &other, NULL);
    if (status != HR_OK)
        return status;
    *open = hr_record_has(&own->now, c->field) && hr_record_same(&own->now, &other.now, c->field);
    hr_field_format(&own->now, c->field, l->language, c->value, sizeof c->value);
    snprintf(c->other_value, sizeof c->other_value, "%s", hr_record_text(&other.now, R_NAME));
    hr_resident_release(&other);
    if (c->other < c->resident)
        swap_residents(c);
    return HR_OK;
}

/* ---- listing corrections ---- */

/* What an entry of care counts of what another one says otherwise, for people: "outcome effective; …". */
static void describe(const listing *l, const hr_record *row, const hr_record *other, char out[256]) {
    size_t used = 0;
    char text[512], value[256];
    *out = '\0';
    for (int i = 0; i < row->form->count; i++) {
        if (!hr_custody_counts(row->form, i) || !hr_record_has(row, i) || hr_record_same(row, other, i))
            continue;
        const hr_field *f = &row->form->fields[i];
        hr_field_format(row, i, l->language, value, sizeof value);
        int size = snprintf(text, sizeof text, l->language == HR_LANGUAGE_ZH ? "%s%s：%s" : "%s%s: %s",
                            !used                           ? ""
                            : l->language == HR_LANGUAGE_ZH ? "；"
                                                            : "; ",
                            l->language == HR_LANGUAGE_ZH ? f->zh : f->en, value);
        if (size < 0 || used + (size_t)size > 255)
            break; /* what else differs is in his file */
        memcpy(out + used, text, (size_t)size + 1);
        used += (size_t)size;
    }
}

/* Of an entry that was amended: which it is, and what it says otherwise now. */
static hr_status compare_entries(listing *l, const hr_life_entry *now, const hr_life_entry *before, conflict *c) {
    char day[HR_DATE_SIZE] = "";
    hr_record a, b;
    hr_err *err = &l->store->err;
    if (before->form->about == HR_ABOUT_CARE)
        hr_date_format(before->date, day);
    snprintf(c->label, sizeof c->label, *day ? "%s %s" : "%s",
             l->language == HR_LANGUAGE_ZH ? before->form->zh : before->form->en, day);
    hr_status status = hr_record_unpack(err, &a, now->form, now->body, now->size);
    if (status == HR_OK)
        status = hr_record_unpack(err, &b, before->form, before->body, before->size);
    if (status != HR_OK)
        return status;
    if (now->remark.withdrawn) {
        hr_record_clear(&a, now->form);
        hr_record_unset(&b, CARE_DATE); /* the label has it */
        snprintf(c->value, sizeof c->value, "%s", HR_TR(err, "withdrawn", "已撤回"));
    } else {
        describe(l, &a, &b, c->value);
    }
    describe(l, &b, &a, c->other_value);
    return HR_OK;
}

/* `there` took the place of `here`. */
static hr_status take_corrected(listing *l, const hr_life *life, conflict *c, bool *open) {
    const hr_life_entry *now = hr_life_entry_at(life, c->there), *before = hr_life_entry_at(life, c->here);
    *open = now && before && (c->field >= 0 || now->form == before->form);
    if (!*open)
        return HR_OK;
    give_who(now, before, c);
    if (c->field < 0)
        return compare_entries(l, now, before, c);
    hr_status status = give_value(l->store, now, c->field, l->language, c->value);
    return status == HR_OK ? give_value(l->store, before, c->field, l->language, c->other_value) : status;
}

static hr_status name_station(listing *l, const char *id, char out[HR_AUTHOR_SIZE]) {
    hr_record key, peer;
    hr_record_clear(&key, &hr_form_peer);
    hr_status status = hr_record_set_text(&key, &l->store->err, PE_STORE, id);
    if (status == HR_OK)
        status = hr_register_get(l->store, &key, &peer);
    if (status == HR_OK)
        snprintf(out, HR_AUTHOR_SIZE, "%s", hr_record_has(&peer, PE_NAME) ? hr_record_text(&peer, PE_NAME) : id);
    return status;
}

/* A row of the register "correction". */
static hr_status take_figure(void *context, const hr_record *row) {
    listing *l = context;
    conflict c = {.what = HR_CONFLICT_CORRECTED, .field = -1};
    bool zh = l->language == HR_LANGUAGE_ZH;
    int64_t from = hr_record_number(row, CX_FROM), months = hr_record_number(row, CX_MONTHS);
    hr_area_format(hr_record_number(row, CX_AREA), c.area);
    snprintf(c.tally, sizeof c.tally, "%s", hr_record_text(row, CX_TALLY));
    if (from == 0)
        snprintf(c.label, sizeof c.label, zh ? "自始 %s" : "always %s", c.tally);
    else
        snprintf(c.label, sizeof c.label,
                 zh            ? "%04d-%02d 起 %s（%d 个月）"
                 : months == 1 ? "%04d-%02d %s, %d month"
                               : "%04d-%02d %s, %d months",
                 (int)(from / 100), (int)(from % 100), c.tally, (int)months);
    snprintf(c.value, sizeof c.value, "%" PRId64, hr_record_number(row, CX_NOW));
    snprintf(c.other_value, sizeof c.other_value, "%" PRId64, hr_record_number(row, CX_BEFORE));
    snprintf(c.said, sizeof c.said, "%s", hr_record_text(row, CX_RECEIVED));
    hr_status status = name_station(l, hr_record_text(row, CX_STATION), c.author);
    memcpy(c.other_author, c.author, sizeof c.other_author);
    return status == HR_OK ? add(l, &c) : status;
}

/* ---- listing all ---- */

static bool is_same(const conflict *a, const conflict *b) {
    if (a->resident != b->resident || a->what != b->what || a->field != b->field || a->other != b->other)
        return false;
    bool two = a->what == HR_CONFLICT_FIELD || a->what == HR_CONFLICT_CORRECTED;
    return !two || (a->here == b->here && a->there == b->there) || (a->here == b->there && a->there == b->here);
}

static bool is_listed(const listing *l, const conflict *c) {
    for (size_t i = 0; i < l->count; i++)
        if (is_same(&l->at[i], c))
            return true;
    return false;
}

/* Nothing of a restricted file is shown; but that it is to be erased must be, which only a restricted one can be. */
static hr_status take_open(listing *l, const hr_life *life, const hr_life_entry *e, bool restricted, conflict *c) {
    hr_record row;
    hr_resident now;
    hr_status status = hr_record_unpack(&l->store->err, &row, e->form, e->body, e->size);
    if (status != HR_OK)
        return status;
    c->what = (int)hr_record_number(&row, CF_WHAT);
    c->field = field_named(hr_record_text(&row, CF_FIELD));
    c->here = hr_record_number(&row, CF_HERE);
    c->there = hr_record_number(&row, CF_THERE);
    bool open = c->what == HR_CONFLICT_ERASED;
    if ((restricted && !open) || (l->no_corrections && c->what == HR_CONFLICT_CORRECTED))
        return HR_OK;
    status = hr_resident_load(l->store, c->resident, &now, NULL);
    if (status != HR_OK)
        return status;
    snprintf(c->name, sizeof c->name, "%s", restricted ? "" : hr_record_text(&now.now, R_NAME));
    if (c->what == HR_CONFLICT_FIELD)
        status = take_field(l, life, e, c, &open);
    else if (c->what == HR_CONFLICT_NUMBER)
        status = take_number(l, &now, c, &open);
    else if (c->what == HR_CONFLICT_CORRECTED)
        status = take_corrected(l, life, c, &open);
    hr_resident_release(&now);
    return status != HR_OK || !open || is_listed(l, c) ? status : add(l, c);
}

static hr_status take(listing *l, int64_t seq, int64_t subject) {
    conflict c = {.resident = 0};
    hr_custody custody;
    hr_life life;
    hr_status status = hr_life_root(l->store, subject, &c.resident);
    if (status == HR_OK)
        status = hr_custody_of(l->store, c.resident, &custody);
    if (status != HR_OK || custody == HR_CUSTODY_ERASED)
        return status;
    status = hr_life_load(l->store, c.resident, INT64_MAX, &life);
    if (status != HR_OK)
        return status;
    const hr_life_entry *e = hr_life_entry_at(&life, seq);
    if (e)
        status = take_open(l, &life, e, custody == HR_CUSTODY_RESTRICTED, &c);
    hr_life_free(&life);
    return status;
}

static hr_status take_all(listing *l) {
    sqlite3_stmt *rows = NULL;
    hr_status status = HR_OK;
    if (sqlite3_prepare_v2(l->store->db,
                           "SELECT seq, subject FROM chart.entry\n"
                           "WHERE seq > ?1 AND kind = 'conflict'\n"
                           "ORDER BY seq",
                           -1, &rows, NULL) != SQLITE_OK)
        return hr_db_fail(l->store);
    sqlite3_bind_int64(rows, 1, l->after);
    while (status == HR_OK && (status = hr_db_row(l->store, rows)) == HR_OK)
        status = take(l, sqlite3_column_int64(rows, 0), sqlite3_column_int64(rows, 1));
    sqlite3_finalize(rows);
    if (status == HR_END)
        status = HR_OK;
    return status == HR_OK && !l->no_corrections ? hr_register_walk(l->store, &hr_form_correction, take_figure, l)
                                                 : status;
}

static const conflict *next_of(listing *l) {
    while (l->next < 2 * l->count) {
        const conflict *c = &l->at[l->next % l->count];
        if ((c->what == HR_CONFLICT_CORRECTED) == (l->next++ >= l->count))
            return c;
    }
    return NULL;
}

static void give_number(hr_cursor *cursor, int column, int64_t resident) {
    if (resident)
        hr_cell_integer(cursor, column, resident);
    else
        hr_cell_null(cursor, column);
}

static hr_status next_conflict(hr_cursor *cursor) {
    listing *l = cursor->context;
    const conflict *c = next_of(l);
    if (!c)
        return HR_END;
    static const char *const names[] = {[HR_CONFLICT_FIELD] = "field",
                                        [HR_CONFLICT_NUMBER] = "number",
                                        [HR_CONFLICT_ERASED] = "erased",
                                        [HR_CONFLICT_CORRECTED] = "corrected"};
    give_number(cursor, C_RESIDENT, c->resident);
    hr_cell_text(cursor, C_NAME, c->name);
    hr_cell_text(cursor, C_AREA, c->area);
    hr_cell_text(cursor, C_WHAT, names[c->what]);
    hr_cell_text(cursor, C_FIELD, *c->tally ? c->tally : c->field < 0 ? NULL : hr_form_resident.fields[c->field].name);
    hr_cell_text(cursor, C_FIELD_NAME,
                 *c->label                       ? c->label
                 : c->field < 0                  ? NULL
                 : l->language == HR_LANGUAGE_ZH ? hr_form_resident.fields[c->field].zh
                                                 : hr_form_resident.fields[c->field].en);
    hr_cell_text(cursor, C_VALUE, c->value);
    hr_cell_text(cursor, C_AUTHOR, c->author);
    hr_cell_text(cursor, C_SAID, c->said);
    give_number(cursor, C_OTHER, c->other);
    hr_cell_text(cursor, C_OTHER_VALUE, c->other_value);
    hr_cell_text(cursor, C_OTHER_AUTHOR, c->other_author);
    hr_cell_text(cursor, C_OTHER_SAID, c->other_said);
    return HR_OK;
}

hr_status hr_conflicts_count(hr_store *store, int64_t known, uint64_t *out) {
    listing l = {.store = store, .language = store->err.language, .after = known, .no_corrections = true};
    hr_status status = take_all(&l);
    *out = l.count;
    free(l.at);
    return status;
}

hr_status hr_conflicts(hr_store *store, hr_cursor **out) {
    if (!store || !out)
        return hr_fail_argument(store);
    *out = NULL;
    hr_status status = hr_chart_begin(store);
    if (status != HR_OK)
        return status;
    hr_err_clear(&store->err);
    listing *l = calloc(1, sizeof *l);
    if (l) {
        l->store = store;
        l->language = store->err.language;
    }
    status = l ? take_all(l) : hr_fail_memory(&store->err);
    hr_read_end(store);
    if (status == HR_OK)
        status = hr_access_search(store, HR_SEARCH_CONFLICTS, (int64_t)l->count, NULL);
    return hr_cursor_give(status, &store->err, columns, C_COUNT, l, release, next_conflict, out);
}
