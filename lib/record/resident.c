/* What entries about a resident amount to. An entry gives fields; most of them simply replace what was known. Three
 * groups of fields describe events that recur, and there an entry may end one event and begin another, which is kept in
 * `past`, because figures for earlier dates still count it:
 *
 *     residence          area, moved_in, moved_out
 *     home-bed episode   home_bed_opened, home_bed_closed
 *     outcome            rehab_outcome, rehab_outcome_date
 */
#include "record/resident.h"
#include "vault/vault.h"
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BIT(field) (UINT64_C(1) << (field))
_Static_assert((int)R_COUNT <= 64, "a resident's fields fit the first word of a set");

enum { RESIDENCE, HOME_BED, OUTCOME, GROUPS };
static const uint64_t groups[GROUPS] = {
    [RESIDENCE] = BIT(R_AREA) | BIT(R_MOVED_IN) | BIT(R_MOVED_OUT),
    [HOME_BED] = BIT(R_HOME_BED_OPENED) | BIT(R_HOME_BED_CLOSED),
    [OUTCOME] = BIT(R_OUTCOME) | BIT(R_OUTCOME_DATE),
};

void hr_resident_clear(hr_resident *resident) {
    hr_record_clear(&resident->now, &hr_form_resident);
    resident->past = NULL;
    resident->past_count = 0;
}

void hr_resident_release(hr_resident *resident) {
    free(resident->past);
    resident->past = NULL;
    resident->past_count = 0;
}

hr_status hr_resident_copy(hr_err *err, hr_resident *to, const hr_resident *from) {
    hr_record_copy(&to->now, &from->now);
    to->past_count = from->past_count;
    to->past = NULL;
    if (from->past_count == 0)
        return HR_OK;
    to->past = malloc(from->past_count * sizeof *to->past);
    if (!to->past)
        return hr_fail_memory(err);
    memcpy(to->past, from->past, from->past_count * sizeof *to->past);
    return HR_OK;
}

hr_status hr_past_push(hr_err *err, hr_resident *r, hr_past past) {
    hr_past *grown = realloc(r->past, (r->past_count + 1) * sizeof *grown);
    if (!grown)
        return hr_fail_memory(err);
    r->past = grown;
    r->past[r->past_count++] = past;
    return HR_OK;
}

bool hr_resident_in_care(const hr_resident *r) {
    for (size_t i = 0; i < r->past_count; i++)
        if (r->past[i].kind == HR_PAST_USE)
            return true;
    return false;
}

/* ---- who somebody is ---- */

int64_t hr_person_print(const hr_record *row) {
    static const unsigned char key[16] = "healthrec person"; /* no secret: what it prints lies beside what is printed */
    unsigned char person[HR_RECORD_TEXT + 16];
    int64_t sex = hr_record_number(row, R_SEX), birth = hr_record_number(row, R_BIRTH_DATE);
    const char *name = hr_record_text(row, R_NAME);
    size_t length = strlen(name);
    memcpy(person, &sex, 8);
    memcpy(person + 8, &birth, 8);
    memcpy(person + 16, name, length);
    int64_t print = (int64_t)(hr_fingerprint(key, person, length + 16) >> 1);
    return print ? print : 1;
}

int64_t hr_resident_person(const hr_record *now) {
    return hr_record_has(now, R_ID_NUMBER) || !hr_record_has(now, R_NAME) ? 0 : hr_person_print(now);
}

/* ---- what an ID number says ---- */

static hr_status fail_contradiction(hr_err *err, int field, int with) {
    return hr_fail(err, HR_INVALID,
                   HR_TR(err, "%s: contradicts %s; correct whichever is wrong", "%s：与%s矛盾；请更正有误的一项"),
                   hr_field_label(err, &hr_form_resident, field), hr_field_label(err, &hr_form_resident, with));
}

static hr_status complete_from_id(hr_err *err, hr_record *row) {
    hr_id_number id = hr_record_number(row, R_ID_NUMBER);
    hr_date birth = hr_id_number_birth(id), given = hr_record_date(row, R_BIRTH_DATE);
    int sex = hr_id_number_sex(id);
    int64_t said = hr_record_number(row, R_SEX);
    if (given && (hr_date_earliest(given) > birth || hr_date_latest(given) < birth))
        return fail_contradiction(err, R_BIRTH_DATE, R_ID_NUMBER);
    if ((said == 1 || said == 2) && said != sex)
        return fail_contradiction(err, R_SEX, R_ID_NUMBER);
    hr_record_set_number(row, R_BIRTH_DATE, birth);
    hr_record_set_number(row, R_SEX, sex);
    return HR_OK;
}

hr_status hr_resident_complete(hr_err *err, hr_record *row) {
    hr_certificate certificate;
    hr_status status;
    if (hr_record_has(row, R_ID_NUMBER) && (status = complete_from_id(err, row)) != HR_OK)
        return status;
    if (!hr_record_has(row, R_CERTIFICATE))
        return HR_OK;
    status = hr_certificate_parse(err, hr_field_label(err, row->form, R_CERTIFICATE),
                                  hr_record_text(row, R_CERTIFICATE), &certificate);
    if (status != HR_OK)
        return status;
    if (hr_record_has(row, R_ID_NUMBER) && certificate.id != hr_record_number(row, R_ID_NUMBER))
        return fail_contradiction(err, R_CERTIFICATE, R_ID_NUMBER);
    if (hr_record_has(row, R_DISABILITY_KIND) && certificate.kind != hr_record_number(row, R_DISABILITY_KIND))
        return fail_contradiction(err, R_DISABILITY_KIND, R_CERTIFICATE);
    if (hr_record_has(row, R_DISABILITY_GRADE) && certificate.grade != hr_record_number(row, R_DISABILITY_GRADE))
        return fail_contradiction(err, R_DISABILITY_GRADE, R_CERTIFICATE);
    hr_record_set_number(row, R_DISABILITY_KIND, certificate.kind);
    hr_record_set_number(row, R_DISABILITY_GRADE, certificate.grade);
    return HR_OK;
}

void hr_resident_narrow(hr_record *patch, const hr_record *known, uint64_t again) {
    uint64_t differs = again;
    for (int i = 0; i < R_COUNT; i++) {
        bool cleared = hr_record_clears(patch, i);
        if (cleared ? hr_record_has(known, i) : (hr_record_has(patch, i) && !hr_record_same(patch, known, i)))
            differs |= BIT(i);
    }
    for (int g = 0; g < GROUPS; g++)
        if (differs & groups[g])
            differs |= groups[g];
    patch->given.bits[0] &= differs;
    patch->cleared.bits[0] &= differs;
}

/* ---- folding ---- */

static hr_past *find_past(hr_resident *r, hr_past_kind kind, int64_t value, hr_date from) {
    for (size_t i = 0; i < r->past_count; i++)
        if (r->past[i].kind == kind && r->past[i].from == from &&
            (kind == HR_PAST_HOME_BED || r->past[i].value == value))
            return &r->past[i];
    return NULL;
}

/* The newest of the earlier residences in an area. */
static hr_past *find_residence(hr_resident *r, hr_area area) {
    hr_past *found = NULL;
    for (size_t i = 0; i < r->past_count; i++) {
        hr_past *p = &r->past[i];
        if (p->kind == HR_PAST_RESIDENCE && p->value == area &&
            (!found || hr_date_latest(p->from) > hr_date_latest(found->from)))
            found = p;
    }
    return found;
}

/* Whether any earlier event of a kind reaches past `date`: begins later, or is known to have ended later. */
static bool reaches_past(const hr_resident *r, hr_past_kind kind, hr_date date) {
    for (size_t i = 0; i < r->past_count; i++)
        if (r->past[i].kind == kind && (hr_date_latest(r->past[i].from) > hr_date_latest(date) ||
                                        hr_date_latest(r->past[i].to) > hr_date_latest(date)))
            return true;
    return false;
}

/* An entry restates an earlier residence or episode and may correct its end. One that reaches into what came after
 * (`next` on, 0: nothing did) is none: it lasted until then. */
static hr_status restate(hr_err *err, hr_past *past, const hr_record *patch, int end, hr_date next) {
    hr_date to = hr_record_date(patch, end);
    bool cleared = hr_record_clears(patch, end);
    if (to && next && hr_date_latest(to) > hr_date_latest(next))
        return HR_OK;
    if (to && hr_date_latest(to) < hr_date_earliest(past->from))
        return fail_contradiction(err, end, end == R_MOVED_OUT ? R_MOVED_IN : R_HOME_BED_OPENED);
    if (to || cleared)
        past->to = to;
    return HR_OK;
}

static void set_or_clear(hr_record *now, const hr_record *patch, int field) {
    if (hr_record_has(patch, field))
        hr_record_copy_field(now, patch, field);
    else if (hr_record_clears(patch, field))
        hr_record_unset(now, field);
}

/* The three fields of an event as the record would have them after the entry. */
static void set_group(hr_record *now, const hr_record *patch, int group) {
    for (int i = 0; i < R_COUNT; i++)
        if (groups[group] & BIT(i))
            set_or_clear(now, patch, i);
}

/* What an entry about residence is. The newest residence is in the record; an earlier one that has no end of its own
 * lasts until the next begins, so correcting when somebody moved corrects both. */
static hr_status fold_residence(hr_err *err, hr_resident *r, const hr_record *patch) {
    hr_record *now = &r->now;
    hr_area here = hr_record_number(now, R_AREA);
    hr_area area = hr_record_has(patch, R_AREA) ? hr_record_number(patch, R_AREA) : here;
    hr_date in = hr_record_date(patch, R_MOVED_IN), was_in = hr_record_date(now, R_MOVED_IN);
    hr_date out = hr_record_date(now, R_MOVED_OUT);
    bool elsewhere = area != here, dated = in != 0;
    hr_past *past = dated ? find_past(r, HR_PAST_RESIDENCE, area, in) : elsewhere ? find_residence(r, area) : NULL;
    if (past && !(area == here && in == was_in))
        return restate(err, past, patch, R_MOVED_OUT, was_in);
    bool later = dated && hr_date_latest(in) > hr_date_latest(was_in);
    bool earlier = dated && hr_date_latest(in) < hr_date_latest(was_in);
    bool after = out && hr_date_latest(in) >= hr_date_latest(out);
    if (earlier && (elsewhere || (hr_record_has(patch, R_AREA) && reaches_past(r, HR_PAST_RESIDENCE, in)))) {
        hr_status status = hr_past_push(err, r, (hr_past){HR_PAST_RESIDENCE, area, in, 0});
        return status == HR_OK ? restate(err, &r->past[r->past_count - 1], patch, R_MOVED_OUT, was_in) : status;
    }
    if (later && (elsewhere || after)) {
        hr_status status = hr_past_push(err, r, (hr_past){HR_PAST_RESIDENCE, here, was_in, after ? out : 0});
        if (status != HR_OK)
            return status;
        hr_record_unset(now, R_MOVED_OUT);
    }
    set_group(now, patch, RESIDENCE);
    return reaches_past(r, HR_PAST_RESIDENCE, hr_record_date(now, R_MOVED_IN))
               ? fail_contradiction(err, R_MOVED_IN, R_AREA)
               : HR_OK;
}

/* Episodes do not overlap. A closed one before the current one is an earlier episode, one opened after the current one
 * was closed is a further one. */
static hr_status fold_home_bed(hr_err *err, hr_resident *r, const hr_record *patch) {
    hr_record *now = &r->now;
    hr_date opened = hr_record_date(patch, R_HOME_BED_OPENED), was = hr_record_date(now, R_HOME_BED_OPENED);
    hr_date closed = hr_record_date(patch, R_HOME_BED_CLOSED), was_closed = hr_record_date(now, R_HOME_BED_CLOSED);
    if (opened && opened != was) {
        hr_past *past = find_past(r, HR_PAST_HOME_BED, 0, opened);
        if (past)
            return restate(err, past, patch, R_HOME_BED_CLOSED, was);
        if (was && closed && hr_date_latest(opened) < hr_date_latest(was) &&
            hr_date_latest(closed) <= hr_date_latest(was) && hr_date_latest(closed) >= hr_date_earliest(opened))
            return hr_past_push(err, r, (hr_past){HR_PAST_HOME_BED, 0, opened, closed});
        if (was && was_closed && hr_date_latest(opened) >= hr_date_latest(was_closed)) {
            hr_status status = hr_past_push(err, r, (hr_past){HR_PAST_HOME_BED, 0, was, was_closed});
            if (status != HR_OK)
                return status;
            hr_record_unset(now, R_HOME_BED_CLOSED);
        }
    }
    set_group(now, patch, HOME_BED);
    return hr_record_has(now, R_HOME_BED_OPENED) &&
                   reaches_past(r, HR_PAST_HOME_BED, hr_record_date(now, R_HOME_BED_OPENED))
               ? fail_contradiction(err, R_HOME_BED_OPENED, R_HOME_BED_CLOSED)
               : HR_OK;
}

static void forget_outcomes(hr_resident *r) {
    size_t kept = 0;
    for (size_t i = 0; i < r->past_count; i++)
        if (r->past[i].kind != HR_PAST_OUTCOME)
            r->past[kept++] = r->past[i];
    r->past_count = kept;
}

/* The newest outcome is in the record, the others in the past. Clearing it withdraws all of them: what is seen is what
 * counts. */
static hr_status fold_outcome(hr_err *err, hr_resident *r, const hr_record *patch) {
    hr_record *now = &r->now;
    hr_date date = hr_record_date(patch, R_OUTCOME_DATE), was = hr_record_date(now, R_OUTCOME_DATE);
    int64_t outcome = hr_record_number(patch, R_OUTCOME);
    if (date && outcome && was && date != was) {
        hr_status status;
        for (size_t i = 0; i < r->past_count; i++)
            if (r->past[i].kind == HR_PAST_OUTCOME && r->past[i].from == date) {
                r->past[i].value = outcome;
                return HR_OK;
            }
        if (hr_date_latest(date) < hr_date_latest(was))
            return hr_past_push(err, r, (hr_past){HR_PAST_OUTCOME, outcome, date, 0});
        status = hr_past_push(err, r, (hr_past){HR_PAST_OUTCOME, hr_record_number(now, R_OUTCOME), was, 0});
        if (status != HR_OK)
            return status;
    }
    set_group(now, patch, OUTCOME);
    if (!hr_record_has(now, R_OUTCOME) && !hr_record_has(now, R_OUTCOME_DATE))
        forget_outcomes(r);
    return HR_OK;
}

hr_status hr_resident_fold(hr_err *err, hr_resident *resident, const hr_record *patch) {
    static hr_status (*const fold_group[GROUPS])(hr_err *, hr_resident *, const hr_record *) = {
        [RESIDENCE] = fold_residence, [HOME_BED] = fold_home_bed, [OUTCOME] = fold_outcome};
    hr_resident after;
    uint64_t touched = patch->given.bits[0] | patch->cleared.bits[0], grouped = 0;
    if (hr_fields_none(&resident->now.given) &&
        resident->past_count == 0) { /* what the first entry gives is all there is */
        hr_record_copy(&resident->now, patch);
        resident->now.cleared = (hr_fields){{0}};
        return HR_OK;
    }
    hr_status status = hr_resident_copy(err, &after, resident);
    for (int g = 0; g < GROUPS && status == HR_OK; g++) {
        grouped |= groups[g];
        if (touched & groups[g])
            status = fold_group[g](err, &after, patch);
    }
    for (int i = 0; i < R_COUNT && status == HR_OK; i++)
        if (touched & ~grouped & BIT(i))
            set_or_clear(&after.now, patch, i);
    if (status == HR_OK)
        status = hr_resident_complete(err, &after.now);
    if (status != HR_OK) {
        hr_resident_release(&after);
        return status;
    }
    hr_resident_release(resident);
    *resident = after;
    return HR_OK;
}

/* ---- what must hold ---- */

static hr_status need(hr_err *err, const hr_record *now, int field, int because) {
    if (hr_record_has(now, field))
        return HR_OK;
    if (because < 0)
        return hr_fail(err, HR_INVALID, HR_TR(err, "%s: is missing; fill it in", "%s：缺失；请补填"),
                       hr_field_label(err, now->form, field));
    return hr_fail(err, HR_INVALID,
                   HR_TR(err, "%s: is missing, but %s is given; fill it in (the year is enough)",
                         "%s：缺失，但已填%s；请补填（只知年份也可）"),
                   hr_field_label(err, now->form, field), hr_field_label(err, now->form, because));
}

static hr_status validate_presence(hr_err *err, const hr_record *now) {
    /* The second needs the first. */
    static const int needed[][2] = {
        {R_FILE_OPENED, R_FILE_NUMBER},
        {R_FILE_OPENED, R_COMPUTERIZED},
        {R_REHAB_NEED, R_REHAB_SERVED},
        {R_REHAB_SERVED, R_OUTCOME},
        {R_OUTCOME_DATE, R_OUTCOME},
        {R_OUTCOME, R_OUTCOME_DATE},
        {R_HOME_BED_OPENED, R_HOME_BED_CLOSED},
    };
    hr_status status = need(err, now, R_NAME, -1);
    if (status == HR_OK)
        status = need(err, now, R_AREA, -1);
    if (status == HR_OK && !hr_record_has(now, R_ID_NUMBER)) {
        if (!hr_record_has(now, R_SEX) || !hr_record_has(now, R_BIRTH_DATE))
            return hr_fail(err, HR_INVALID,
                           HR_TR(err,
                                 "%s: is missing, so name, sex and birth date are all needed; fill in what is missing",
                                 "%s：缺失，此时姓名、性别、出生日期均须填写；请补齐"),
                           hr_field_label(err, now->form, R_ID_NUMBER));
    }
    for (size_t i = 0; i < sizeof needed / sizeof *needed && status == HR_OK; i++)
        if (hr_record_has(now, needed[i][1]))
            status = need(err, now, needed[i][0], needed[i][1]);
    return status;
}

static hr_status validate_order(hr_err *err, const hr_record *now) {
    /* The second cannot certainly be before the first. */
    static const int order[][2] = {
        {R_BIRTH_DATE, R_DIED},
        {R_BIRTH_DATE, R_FILE_OPENED},
        {R_BIRTH_DATE, R_COMPUTERIZED},
        {R_BIRTH_DATE, R_REHAB_NEED},
        {R_BIRTH_DATE, R_REHAB_SERVED},
        {R_BIRTH_DATE, R_OUTCOME_DATE},
        {R_BIRTH_DATE, R_HOME_BED_OPENED},
        {R_BIRTH_DATE, R_HOUSEHOLD_CARE},
        {R_BIRTH_DATE, R_MOVED_IN},
        {R_BIRTH_DATE, R_MOVED_OUT},
        {R_FILE_OPENED, R_COMPUTERIZED},
        {R_REHAB_NEED, R_REHAB_SERVED},
        {R_HOME_BED_OPENED, R_HOME_BED_CLOSED},
        {R_MOVED_IN, R_MOVED_OUT},
        {R_MOVED_IN, R_DIED},
        {R_FILE_OPENED, R_DIED},
    };
    char first[HR_DATE_SIZE], second[HR_DATE_SIZE];
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        hr_date a = hr_record_date(now, order[i][0]), b = hr_record_date(now, order[i][1]);
        if (a && b && hr_date_latest(b) < hr_date_earliest(a))
            return hr_fail(err, HR_INVALID,
                           HR_TR(err, "%s: %s is before %s (%s); correct whichever is wrong",
                                 "%s：%s 早于%s（%s）；请更正有误的一项"),
                           hr_field_label(err, now->form, order[i][1]), hr_date_format(b, second),
                           hr_field_label(err, now->form, order[i][0]), hr_date_format(a, first));
    }
    return HR_OK;
}

/* What is past began in his lifetime, too. */
static hr_status validate_past(hr_err *err, const hr_resident *r) {
    static const int fields[] = {
        [HR_PAST_RESIDENCE] = R_MOVED_IN, [HR_PAST_HOME_BED] = R_HOME_BED_OPENED, [HR_PAST_OUTCOME] = R_OUTCOME_DATE};
    hr_date birth = hr_record_date(&r->now, R_BIRTH_DATE);
    for (size_t i = 0; i < r->past_count; i++)
        if (r->past[i].kind <= HR_PAST_OUTCOME && r->past[i].from &&
            hr_date_latest(r->past[i].from) < hr_date_earliest(birth))
            return fail_contradiction(err, fields[r->past[i].kind], R_BIRTH_DATE);
    return HR_OK;
}

hr_status hr_resident_validate(hr_err *err, const hr_resident *resident, hr_date today) {
    const hr_record *now = &resident->now;
    char date[HR_DATE_SIZE];
    for (int i = 0; i < R_COUNT; i++)
        if (now->form->fields[i].type == HR_FIELD_DATE && hr_date_earliest(hr_record_date(now, i)) > today)
            return hr_fail(err, HR_INVALID,
                           HR_TR(err, "%s: %s is in the future; correct the date", "%s：%s 是将来的日期；请更正"),
                           hr_field_label(err, now->form, i), hr_date_format(hr_record_date(now, i), date));
    hr_status status = validate_presence(err, now);
    if (status == HR_OK)
        status = validate_order(err, now);
    return status == HR_OK ? validate_past(err, resident) : status;
}

/* ---- state ---- */

hr_status hr_past_to_json(hr_err *err, const hr_resident *resident, char **out) {
    *out = NULL;
    if (resident->past_count == 0)
        return HR_OK;
    char *at = *out = malloc(resident->past_count * 96 + 2);
    if (!at)
        return hr_fail_memory(err);
    for (size_t i = 0; i < resident->past_count; i++) {
        const hr_past *p = &resident->past[i];
        at += sprintf(at, "%c[%d,%" PRId64 ",%d,%d]", i ? ',' : '[', (int)p->kind, p->value, (int)p->from, (int)p->to);
    }
    strcpy(at, "]");
    return HR_OK;
}

hr_status hr_resident_from_state(hr_err *err, hr_resident *resident, const char *state, size_t size, const char *past) {
    hr_resident_clear(resident);
    hr_status status = hr_record_unpack(err, &resident->now, &hr_form_resident, state, size);
    json_t *list = status == HR_OK && past ? json_loads(past, 0, NULL) : NULL;
    resident->now.cleared = (hr_fields){{0}};
    if (status == HR_OK && past && !json_is_array(list))
        status = hr_fail(err, HR_INVALID, "%s", HR_TR(err, "what is past cannot be read", "历史内容无法读取"));
    for (size_t i = 0; i < json_array_size(list) && status == HR_OK; i++) {
        const json_t *row = json_array_get(list, i);
        status = hr_past_push(err, resident,
                              (hr_past){.kind = (hr_past_kind)json_integer_value(json_array_get(row, 0)),
                                        .value = json_integer_value(json_array_get(row, 1)),
                                        .from = (hr_date)json_integer_value(json_array_get(row, 2)),
                                        .to = (hr_date)json_integer_value(json_array_get(row, 3))});
    }
    json_decref(list);
    if (status != HR_OK)
        hr_resident_release(resident);
    return status;
}

bool hr_past_same(const hr_past *a, size_t a_count, const hr_past *b, size_t b_count) {
    if (a_count != b_count)
        return false;
    for (size_t i = 0; i < a_count; i++)
        if (a[i].kind != b[i].kind || a[i].value != b[i].value || a[i].from != b[i].from || a[i].to != b[i].to)
            return false;
    return true;
}

bool hr_resident_same(const hr_resident *a, const hr_resident *b) {
    for (int i = 0; i < R_COUNT; i++)
        if (!hr_record_same(&a->now, &b->now, i))
            return false;
    return hr_past_same(a->past, a->past_count, b->past, b->past_count);
}
