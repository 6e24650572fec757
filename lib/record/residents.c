/* Residents in the store: a row is recognised, then either registers somebody new or amends what is known. */
#include "record/residents.h"
#include "record/areas.h"
#include "record/conflicts.h"
#include "record/custody.h"
#include "record/entries.h"
#include "record/known.h"
#include "record/life.h"
#include "record/search.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- recognising ---- */

static bool same_person(const hr_record *row, const hr_record *known) {
    return hr_record_same(row, known, R_NAME) && hr_record_same(row, known, R_SEX) &&
           hr_record_same(row, known, R_BIRTH_DATE);
}

static bool files_clash(const hr_record *row, const hr_record *known) {
    return hr_record_has(row, R_FILE_NUMBER) && hr_record_has(known, R_FILE_NUMBER) &&
           !hr_record_same(row, known, R_FILE_NUMBER);
}

/* Whether the row is about a candidate (`known`, who becomes what was said of himself alone). Somebody unified with one
 * who has an ID number has that one: another's number is not his. */
static hr_status is_about(hr_store *store, const hr_record *row, int64_t candidate, hr_resident *known, bool *out) {
    hr_resident root;
    hr_life life;
    int64_t id;
    bool united, numbered = hr_record_has(&known->now, R_ID_NUMBER);
    *out = false;
    hr_status status = hr_life_root(store, candidate, &id);
    if (status == HR_OK && id != candidate && (status = hr_resident_load(store, id, &root, NULL)) == HR_OK) {
        numbered = numbered || hr_record_has(&root.now, R_ID_NUMBER);
        hr_resident_release(&root);
    }
    if (status == HR_OK)
        status = hr_life_united(store, candidate, &united);
    if (status == HR_OK && united && (status = hr_life_load(store, candidate, INT64_MAX, &life)) == HR_OK) {
        hr_resident_release(known);
        status = hr_life_fold(store, &life, HR_LIFE_OWN, known, NULL, NULL);
        hr_life_free(&life);
    }
    if (status == HR_OK)
        *out = same_person(row, &known->now) && !files_clash(row, &known->now) &&
               !(numbered && hr_record_has(row, R_ID_NUMBER));
    return status;
}

/* Somebody without an ID number of whom the row says the same name, sex and birth date. */
static hr_status by_person(hr_store *store, const hr_record *row, int64_t print, int64_t *id) {
    if (!hr_known_person_possible(store, print))
        return HR_OK;
    sqlite3_stmt *rows = hr_db_statement(store, "SELECT p.resident, r.state, e.body, r.past\n"
                                                "FROM chart.person AS p\n"
                                                "JOIN chart.entry AS e ON e.seq = p.resident\n"
                                                "LEFT JOIN chart.resident AS r ON r.id = p.resident\n"
                                                "WHERE p.print = ?1\n"
                                                "ORDER BY p.resident");
    hr_status status = HR_END;
    if (!rows)
        return store->err.status;
    sqlite3_bind_int64(rows, 1, print);
    while (*id == 0 && (status = hr_db_row(store, rows)) == HR_OK) {
        hr_resident known;
        int64_t candidate = sqlite3_column_int64(rows, 0);
        status = hr_resident_from_row(store, rows, 1, candidate, &known);
        if (status != HR_OK)
            break;
        bool about = false;
        status = is_about(store, row, candidate, &known, &about);
        hr_resident_release(&known);
        if (status != HR_OK)
            break;
        if (about)
            *id = candidate;
    }
    sqlite3_reset(rows);
    return *id || status == HR_END ? HR_OK : status;
}

/* Whose file number a row gives must have its name, or whoever he was unified with; and no other ID number. */
static hr_status check_file(hr_store *store, const hr_record *row, int64_t id) {
    bool named = !hr_record_has(row, R_NAME), numbered = false;
    int64_t root = 0;
    hr_status status = hr_life_root(store, id, &root);
    for (int i = 0; i < (root == id ? 1 : 2) && status == HR_OK; i++) {
        hr_resident known;
        status = hr_resident_load(store, i ? root : id, &known, NULL);
        if (status != HR_OK)
            return status;
        named = named || hr_record_same(row, &known.now, R_NAME);
        numbered = numbered || hr_record_has(&known.now, R_ID_NUMBER);
        hr_resident_release(&known);
    }
    return status != HR_OK || (named && !(numbered && hr_record_has(row, R_ID_NUMBER))) ? status
                                                                                        : hr_fail_file_taken(store);
}

static hr_status recognise(hr_store *store, const hr_record *row, const hr_draft *draft, int64_t *id) {
    int64_t by_file = 0;
    hr_status status = HR_OK;
    *id = 0;
    if (hr_record_has(row, R_ID_NUMBER))
        status = hr_known_find(store, HR_KNOWN_ID_NUMBER, hr_record_number(row, R_ID_NUMBER), id);
    if (status != HR_OK || *id)
        return status;
    if (hr_record_has(row, R_FILE_NUMBER))
        status = hr_known_find(store, HR_KNOWN_FILE_NUMBER, hr_record_number(row, R_FILE_NUMBER), &by_file);
    if (status == HR_OK && by_file) {
        *id = by_file;
        return check_file(store, row, by_file);
    }
    if (status == HR_OK && hr_record_has(row, R_NAME))
        status = by_person(store, row, draft ? draft->person : hr_person_print(row), id);
    return status;
}

hr_status hr_resident_recognise(hr_store *store, const hr_record *row, int64_t *id) {
    hr_err saved = store->err;
    hr_status status = recognise(store, row, NULL, id);
    if (status != HR_INVALID) /* a file number that is somebody else's: nobody is recognised by it */
        return status;
    *id = 0;
    store->err = saved;
    return HR_OK;
}

/* ---- writing ---- */

static hr_status append(hr_store *store, const hr_body *body, int64_t subject, int64_t earlier, hr_date effective) {
    hr_entry entry = {.kind = "resident", .subject = subject, .earlier = earlier, .effective = effective};
    return hr_log_append(store, &entry, body);
}

static hr_status check_areas(hr_store *store, const hr_record *row) {
    const char *label = hr_field_label(&store->err, row->form, R_AREA);
    hr_area area = hr_record_number(row, R_AREA);
    if (!hr_record_has(row, R_AREA))
        return HR_OK;
    if (hr_area_tier(area) != HR_TIER_COMMITTEE)
        return hr_fail(&store->err, HR_INVALID,
                       HR_TR(&store->err, "%s: %" PRId64 " is not a neighbourhood committee; give its 12-digit code",
                             "%s：%" PRId64 " 不是居委会；请填 12 位居委会代码"),
                       label, area);
    return hr_areas_need(store, label, area);
}

/* What registering him writes, where no draft was made: body in `bytes`, grams in `grams`. */
static hr_status work_out(hr_store *store, const hr_record *row, hr_body *body, char bytes[HR_PACKED_SIZE],
                          uint64_t grams[HR_GRAMS_MAX], size_t *count) {
    *body = (hr_body){.bytes = bytes, .size = hr_record_pack(row, bytes)};
    hr_body_seal(body);
    return hr_grams_of(store->text, &store->err, row, grams, count);
}

static hr_status enrol(hr_store *store, const hr_record *row, const hr_draft *draft, hr_date today,
                       hr_resident_change *out) {
    char bytes[HR_PACKED_SIZE];
    uint64_t own_grams[HR_GRAMS_MAX];
    hr_body own;
    const hr_body *body = draft ? &draft->body : &own;
    const uint64_t *grams = draft ? draft->grams : own_grams;
    size_t count = draft ? draft->count : 0;
    hr_status status = hr_resident_fold(&store->err, &out->after, row);
    if (status == HR_OK)
        status = hr_resident_validate(&store->err, &out->after, today);
    if (status == HR_OK && !draft)
        status = work_out(store, row, &own, bytes, own_grams, &count);
    if (status != HR_OK)
        return status;
    out->id = hr_log_next(store);
    status = append(store, body, out->id, 0, today);
    if (status == HR_OK)
        status = hr_chart_index(store, out->id, &out->before.now, &out->after.now);
    if (status == HR_OK)
        status = hr_search_add(store, out->id, grams, count);
    if (status == HR_OK)
        out->change = HR_ADDED;
    return status;
}

/* Nobody is unified with him and no care counts: what was known and the row are all there is to fold. */
static hr_status amend_fields(hr_store *store, hr_record *row, uint64_t again, hr_date today, int64_t latest,
                              hr_resident_change *out) {
    char bytes[HR_PACKED_SIZE];
    hr_resident_narrow(row, &out->before.now, again);
    hr_status status = hr_resident_copy(&store->err, &out->after, &out->before);
    if (status == HR_OK)
        status = hr_resident_fold(&store->err, &out->after, row);
    if (status != HR_OK || (!again && hr_resident_same(&out->before, &out->after)))
        return status;
    status = hr_resident_validate(&store->err, &out->after, today);
    if (status == HR_OK)
        status = hr_chart_unique(store, out->id, &out->before.now, &out->after.now);
    if (status != HR_OK)
        return status;
    hr_body body = {.bytes = bytes, .size = hr_record_pack(row, bytes)};
    int64_t seq = hr_log_next(store); /* that the clock went back may be said after it */
    hr_body_seal(&body);
    status = append(store, &body, out->id, latest, today);
    if (status == HR_OK)
        status = hr_chart_keep(store, out->id, seq, &out->after);
    if (status == HR_OK)
        status = hr_chart_change(store, out->id, &out->before.now, &out->after.now);
    if (status == HR_OK)
        out->change = HR_AMENDED;
    return status;
}

/* What says who somebody is. Whether a row changes any of it; and a row without it. */
static const int identity[] = {R_ID_NUMBER, R_SEX, R_BIRTH_DATE, R_FILE_NUMBER, R_CERTIFICATE};
enum { IDENTITY = sizeof identity / sizeof *identity };

static bool same_identity(const hr_record *a, const hr_record *b) {
    for (int i = 0; i < IDENTITY; i++)
        if (!hr_record_same(a, b, identity[i]))
            return false;
    return true;
}

static void forget_identity(hr_record *row) {
    for (int i = 0; i < IDENTITY; i++)
        hr_record_unset(row, identity[i]);
}

/* A row in which somebody was recognised who turned out to be another. What was said of himself already is no news:
 * rosters repeat it. News of his numbers is said of him, so that he is found by them; other news of the other. */
static hr_status amend_absorbed(hr_store *store, int64_t id, hr_record *row, hr_date today, hr_changes *out) {
    hr_life life;
    hr_resident said, after;
    int64_t root = out->at[0].id;
    hr_status status = hr_life_load(store, id, INT64_MAX, &life);
    if (status != HR_OK)
        return status;
    status = hr_life_fold(store, &life, HR_LIFE_SAID, &said, NULL, NULL);
    hr_life_free(&life);
    if (status != HR_OK)
        return status;
    hr_resident_narrow(row, &said.now, 0);
    status = hr_resident_copy(&store->err, &after, &said);
    if (status == HR_OK)
        status = hr_resident_fold(&store->err, &after, row);
    bool news = status == HR_OK && !hr_resident_same(&said, &after), of_him = !same_identity(&said.now, &after.now);
    hr_resident_release(&after);
    hr_resident_release(&said);
    if (!news)
        return status;
    if (!of_him)
        forget_identity(row);
    hr_changes_release(out);
    return hr_entry_put(store, of_him ? id : root, row, NULL, today, out);
}

/* `recognised`: by the row, not named by his number. Whoever names him settles conflicts, also by saying what holds. */
static hr_status amend(hr_store *store, int64_t id, bool recognised, hr_record *row, hr_date today, hr_changes *out) {
    hr_resident_change *c = &out->at[0];
    hr_remark remark = {.amends = 0};
    int64_t latest;
    bool united;
    hr_status status = hr_life_root(store, id, &c->id);
    if (status == HR_OK)
        status = hr_custody_need(store, c->id);
    if (status == HR_OK && !recognised)
        status = hr_conflicts_settled(store, c->id, row, &remark.again);
    if (status == HR_OK)
        status = hr_resident_load(store, c->id, &c->before, &latest);
    if (status == HR_OK)
        status = hr_life_united(store, c->id, &united);
    if (status != HR_OK)
        return status;
    if (recognised && c->id != id)
        return amend_absorbed(store, id, row, today, out);
    if (!united && !hr_resident_in_care(&c->before))
        return amend_fields(store, row, remark.again, today, latest, c);
    id = c->id;
    hr_changes_release(out);
    return hr_entry_put(store, id, row, &remark, today, out);
}

hr_status hr_resident_put(hr_store *store, int64_t id, hr_record *row, const hr_draft *draft, hr_date today,
                          hr_changes *out) {
    hr_changes_begin(out);
    bool drafted = draft && draft->ready; /* then the row is complete, too */
    hr_status status = drafted ? HR_OK : hr_resident_complete(&store->err, row);
    if (status == HR_OK)
        status = check_areas(store, row);
    bool named = id != 0;
    if (status == HR_OK && !named)
        status = recognise(store, row, drafted ? draft : NULL, &id);
    if (status != HR_OK)
        return status;
    return id ? amend(store, id, !named, row, today, out)
              : enrol(store, row, drafted ? draft : NULL, today, &out->at[0]);
}

/* ---- referring ---- */

static hr_status fail_refer(hr_store *store, int field, const char *why) {
    return hr_fail(&store->err, HR_INVALID, HR_TR(&store->err, "%s: %s", "%s：%s"),
                   hr_field_label(&store->err, &hr_form_resident, field), why);
}

/* Takes what one number says into what the others said. */
static hr_status agree(hr_store *store, int field, int64_t found, int64_t *id) {
    if (!found)
        return hr_fail(&store->err, HR_NOT_FOUND, "%s",
                       HR_TR(&store->err, "nobody has this number", "没有该号码的居民"));
    if (*id && *id != found)
        return fail_refer(store, field,
                          HR_TR(&store->err, "is of another resident than the other number of this row; correct one",
                                "与本行另一号码不属于同一居民；请更正其一"));
    *id = found;
    return HR_OK;
}

/* Whether a resident's name is the person's. */
static hr_status is_named(hr_store *store, const hr_record *person, int64_t id, bool *out) {
    hr_resident known;
    hr_status status = hr_resident_load(store, id, &known, NULL);
    if (status != HR_OK)
        return status;
    *out = *out || hr_record_same(person, &known.now, R_NAME);
    hr_resident_release(&known);
    return HR_OK;
}

hr_status hr_resident_refer(hr_store *store, const hr_record *person, int64_t *id) {
    static const struct {
        hr_known_kind kind;
        int field;
    } numbers[] = {{HR_KNOWN_ID_NUMBER, R_ID_NUMBER}, {HR_KNOWN_FILE_NUMBER, R_FILE_NUMBER}};
    bool named = !hr_record_has(person, R_NAME);
    hr_status status = *id ? hr_life_root(store, *id, id) : HR_OK;
    for (size_t i = 0; i < 2 && status == HR_OK; i++) {
        int64_t found;
        if (!hr_record_has(person, numbers[i].field))
            continue;
        status = hr_known_find(store, numbers[i].kind, hr_record_number(person, numbers[i].field), &found);
        if (status == HR_OK && found) /* whoever has the number may be called otherwise than who he turned out to be */
            status = is_named(store, person, found, &named);
        if (status == HR_OK)
            status = hr_life_root(store, found, &found);
        if (status == HR_OK)
            status = agree(store, numbers[i].field, found, id);
    }
    if (status == HR_OK && !*id)
        return fail_refer(store, R_ID_NUMBER,
                          HR_TR(&store->err, "is missing, and so is any other number that says whom this is about",
                                "缺失，也没有其他号码说明是哪位居民"));
    if (status == HR_OK)
        status = is_named(store, person, *id, &named);
    return status != HR_OK || named
               ? status
               : fail_refer(store, R_NAME,
                            HR_TR(&store->err, "is not the name of the resident with this number; correct either",
                                  "与该号码的居民姓名不符；请更正其一"));
}
