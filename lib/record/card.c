/* Cards. A line of a card is a label and a text in the user's language, made of fields of one entry: the newest one
 * standing that has any of them. So whoever prints a card knows neither forms nor codes. A later entry may say only
 * what has changed, so what must not be hidden by it (an allergy) is a line of its own. */
#include "record/card.h"
#include "record/areas.h"
#include <assert.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct line {
    const char *key; /* of what kind the line is, for programs */
    const hr_form *form;
    /* Names of the form's fields: groups parted by ; are parted by one in the text, too. A field after = has its label
     * before it, one after * is a number of times a day. */
    const char *fields;
    const char *en, *zh; /* the label; NULL: the first field's */
    bool found;          /* left out where nothing was found: "none", "normal" */
    bool in_bed;         /* of an open home bed */
} line;

static const line of_call[] = {
    {"time", &hr_form_call_raise, .fields = "time"},
    {"signal", &hr_form_call_raise, .fields = "signal"},
    {"message", &hr_form_call_raise, .fields = "message"},
    {"device", &hr_form_call_raise, .fields = "device"},
    {"phone", &hr_form_call_raise, .fields = "phone"},
    {"answered", &hr_form_call_answer, .fields = "time; by; note", .en = "answered", .zh = "应答"},
    {"closed", &hr_form_call_close, .fields = "time; outcome; by; note", .en = "closed", .zh = "办结"},
};

static const line of_resident[] = {
    {"died", &hr_form_resident, .fields = "died"},
    {"moved_out", &hr_form_resident, .fields = "moved_out"},
    {"address", &hr_form_resident, .fields = "address"},
    {"area", &hr_form_resident, .fields = "area"},
    {"phone", &hr_form_resident, .fields = "phone"},
    {"contact", &hr_form_home_bed_open, .fields = "contact contact_phone", .in_bed = true},
    {"contact", &hr_form_basic_information, .fields = "contact_name contact_phone"},
    {"allergies", &hr_form_basic_information, .fields = "allergies"},
    {"allergies", &hr_form_basic_information, .fields = "allergies_other"},
    {"condition", &hr_form_home_bed_open, .fields = "diagnosis", .en = "home-bed diagnosis", .zh = "建床诊断",
     .in_bed = true},
    {"condition", &hr_form_basic_information, .fields = "diseases"},
    {"condition", &hr_form_basic_information, .fields = "malignancy_which"},
    {"condition", &hr_form_basic_information, .fields = "occupational_disease_which"},
    {"condition", &hr_form_basic_information, .fields = "diseases_other"},
    {"condition", &hr_form_health_examination, .fields = "cerebrovascular", .found = true},
    {"condition", &hr_form_health_examination, .fields = "heart_disease", .found = true},
    {"condition", &hr_form_health_examination, .fields = "vascular_disease", .found = true},
    {"condition", &hr_form_health_examination, .fields = "kidney_disease", .found = true},
    {"condition", &hr_form_health_examination, .fields = "eye_disease", .found = true},
    {"condition", &hr_form_health_examination, .fields = "nervous_disease", .found = true},
    {"condition", &hr_form_health_examination, .fields = "other_disease", .found = true},
    {"condition", &hr_form_health_examination, .fields = "problems_other"},
    {"condition", &hr_form_health_examination, .fields = "abnormal"},
    {"condition", &hr_form_hypertension_followup, .fields = "classification; =systolic; =diastolic; =heart_rate",
     .en = "hypertension", .zh = "高血压随访"},
    {"condition", &hr_form_diabetes_followup, .fields = "classification; =fasting_glucose; =hypoglycaemia",
     .en = "diabetes", .zh = "糖尿病随访"},
    {"medication", &hr_form_hypertension_followup,
     .fields = "drug_1 drug_1_dose *drug_1_times; drug_2 drug_2_dose *drug_2_times; drug_3 drug_3_dose *drug_3_times; "
               "drug_other drug_other_dose *drug_other_times",
     .en = "medication (hypertension)", .zh = "用药（高血压）"},
    {"medication", &hr_form_diabetes_followup,
     .fields = "drug_1 drug_1_dose *drug_1_times; drug_2 drug_2_dose *drug_2_times; drug_3 drug_3_dose *drug_3_times; "
               "insulin insulin_use",
     .en = "medication (diabetes)", .zh = "用药（糖尿病）"},
    {"medication", &hr_form_health_examination,
     .fields = "drug_1 drug_1_use; drug_2 drug_2_use; drug_3 drug_3_use; drug_4 drug_4_use; drug_5 drug_5_use; drug_6 "
               "drug_6_use",
     .en = "medication", .zh = "用药"},
    {"disability", &hr_form_resident, .fields = "disability_kind disability_grade", .en = "disability", .zh = "残疾"},
    {"disability", &hr_form_basic_information, .fields = "disability; disability_other", .found = true},
    {"self_care", &hr_form_self_care, .fields = "band; =score", .en = "self-care", .zh = "生活自理能力"},
    {"self_care", &hr_form_health_examination, .fields = "self_care"},
    {"home_bed", &hr_form_resident, .fields = "home_bed_opened", .en = "home bed since", .zh = "家庭病床建床日期",
     .in_bed = true},
    {"doctor", &hr_form_home_bed_open, .fields = "doctor", .en = "home-bed doctor", .zh = "家床医生", .in_bed = true},
    {"nurse", &hr_form_home_bed_open, .fields = "nurse", .en = "home-bed nurse", .zh = "家床护士", .in_bed = true},
    {"file_number", &hr_form_resident, .fields = "file_number"},
    {"id_number", &hr_form_resident, .fields = "id_number"},
};

/* ---- texts ---- */

enum { VALUE_SIZE = HR_RECORD_TEXT, TEXT_SIZE = 2 * HR_RECORD_TEXT };

typedef struct writer {
    hr_store *store;
    hr_language language;
    const hr_areas *areas;
    hr_date today;
    char text[TEXT_SIZE]; /* of the line being made */
    bool no_memory;
} writer;

static const char *either(const writer *w, const char *en, const char *zh) {
    return w->language == HR_LANGUAGE_ZH ? zh : en;
}

/* A field's text is left out whole when there is no room. */
static void add(writer *w, const char *part) {
    size_t used = strlen(w->text), length = strlen(part);
    if (used + length < sizeof w->text)
        memcpy(w->text + used, part, length + 1);
}

typedef struct field_word {
    char mark;  /* = or *, or 0 */
    bool group; /* begins one */
    int field;
} field_word;

static int field_named(const hr_form *form, const char *name, size_t length) {
    int field = 0;
    while (field < form->count &&
           (strncmp(form->fields[field].name, name, length) != 0 || form->fields[field].name[length]))
        field++;
    assert(field < form->count); /* the tables above name what there is */
    return field;
}

static bool next_word(const line *l, const char **at, field_word *out) {
    size_t gap = strspn(*at, "; ");
    out->group = memchr(*at, ';', gap) != NULL;
    *at += gap;
    if (!**at)
        return false;
    out->mark = **at == '=' || **at == '*' ? *(*at)++ : '\0';
    size_t length = strcspn(*at, "; ");
    out->field = field_named(l->form, *at, length);
    *at += length;
    return true;
}

/* Whether the field has something to say on this line. */
static bool says(const line *l, const hr_record *row, int field) {
    const hr_field *f = &l->form->fields[field];
    int64_t number = hr_record_number(row, field);
    bool none =
        f->type == HR_FIELD_CODES ? ((uint64_t)number & f->alone) != 0 : f->type == HR_FIELD_CODE && number == 1;
    return hr_record_has(row, field) && !(l->found && none);
}

static bool has_any(const line *l, const hr_record *row) {
    field_word word;
    for (const char *at = l->fields; next_word(l, &at, &word);)
        if (hr_record_has(row, word.field))
            return true;
    return false;
}

static void add_value(writer *w, const hr_record *row, const field_word *word) {
    const hr_field *f = &row->form->fields[word->field];
    char value[VALUE_SIZE];
    hr_field_format(row, word->field, w->language, value, sizeof value);
    if (word->mark == '=') {
        add(w, either(w, f->en, f->zh));
        add(w, " ");
    } else if (word->mark == '*') {
        add(w, either(w, "", "每日"));
    } else if (f->type == HR_FIELD_AREA && *hr_areas_name(w->areas, hr_record_number(row, word->field))) {
        add(w, hr_areas_name(w->areas, hr_record_number(row, word->field)));
        add(w, " ");
    }
    add(w, value);
    if (word->mark == '*') {
        add(w, either(w, "x daily", "次"));
    } else if (f->unit) {
        add(w, " ");
        add(w, either(w, f->unit, f->unit_zh ? f->unit_zh : f->unit));
    }
}

/* Makes the line's text of an entry; "" when it has nothing to say. */
static void make_text(writer *w, const line *l, const hr_record *row) {
    bool group = false;
    field_word word;
    *w->text = '\0';
    for (const char *at = l->fields; next_word(l, &at, &word);) {
        group = group || word.group;
        if (!says(l, row, word.field))
            continue;
        if (*w->text)
            add(w, group ? either(w, "; ", "；") : " ");
        group = false;
        add_value(w, row, &word);
    }
}

/* ---- JSON ---- */

/* Takes what jansson gives; it fails for want of memory only. */
static void give(writer *w, json_t *object, const char *name, json_t *value) {
    if (json_object_set_new(object, name, value) != 0)
        w->no_memory = true;
}

static void give_text(writer *w, json_t *object, const char *name, const char *text) {
    if (*text)
        give(w, object, name, json_string(text));
}

static void give_line(writer *w, json_t *lines, const char *key, const char *label, hr_date date) {
    char day[HR_DATE_SIZE];
    json_t *one = json_object();
    give(w, one, "key", json_string(key));
    give(w, one, "label", json_string(label));
    give(w, one, "text", json_string(w->text));
    give_text(w, one, "date", hr_date_format(date, day));
    if (json_array_append_new(lines, one) != 0)
        w->no_memory = true;
}

/* The line that an entry's fields make, if they make one. */
static void put_line(writer *w, json_t *lines, const line *l, const hr_record *row, hr_date date) {
    const char *at = l->fields;
    field_word first;
    make_text(w, l, row);
    if (!*w->text || !next_word(l, &at, &first))
        return;
    const hr_field *f = &l->form->fields[first.field];
    give_line(w, lines, l->key, l->en ? either(w, l->en, l->zh) : either(w, f->en, f->zh), date);
}

/* A record's fields as its form's JSON object. */
static json_t *object_of(writer *w, const hr_record *row) {
    char *json = malloc(HR_JSON_SIZE);
    size_t length = json ? hr_record_to_json(row, json) : 0;
    json_t *object = json ? json_loadb(json, length, 0, NULL) : NULL;
    free(json);
    w->no_memory = w->no_memory || !object;
    return object;
}

static void give_area_name(writer *w, json_t *object, hr_area area) {
    give_text(w, object, "area_name", hr_areas_name(w->areas, area));
}

/* ---- a resident ---- */

typedef struct person {
    int64_t id;
    hr_resident known;
    hr_life life;
    const hr_life_entry **order; /* standing entries of care, the newest first */
    size_t count;
    hr_date bed; /* since when a home bed is open; 0: none is */
} person;

static int newest_first(const void *a, const void *b) {
    const hr_life_entry *x = *(const hr_life_entry *const *)a, *y = *(const hr_life_entry *const *)b;
    hr_date by = hr_date_latest(x->date), other = hr_date_latest(y->date);
    return by != other ? (by < other) - (by > other) : (x->seq < y->seq) - (x->seq > y->seq);
}

static hr_status load_person(writer *w, int64_t id, person *p) {
    *p = (person){.id = id};
    hr_resident_clear(&p->known);
    hr_status status = hr_resident_load(w->store, id, &p->known, NULL);
    if (status == HR_OK)
        status = hr_life_load(w->store, id, INT64_MAX, &p->life);
    if (status != HR_OK)
        return status;
    p->order = malloc((p->life.count + 1) * sizeof *p->order);
    if (!p->order)
        return hr_fail_memory(&w->store->err);
    for (size_t i = 0; i < p->life.count; i++)
        if (p->life.at[i].form->about == HR_ABOUT_CARE && hr_life_stands(&p->life.at[i]))
            p->order[p->count++] = &p->life.at[i];
    qsort(p->order, p->count, sizeof *p->order, newest_first);
    hr_date closed = hr_record_date(&p->known.now, R_HOME_BED_CLOSED);
    if (!closed || hr_date_latest(closed) > w->today)
        p->bed = hr_record_date(&p->known.now, R_HOME_BED_OPENED);
    return HR_OK;
}

static void release_person(person *p) {
    hr_resident_release(&p->known);
    hr_life_free(&p->life);
    free(p->order);
}

/* The newest entry that has any of the line's fields; of opening a home bed only the one that opened this bed. */
static hr_status put_newest(writer *w, json_t *lines, const line *l, const person *p) {
    hr_record row;
    for (size_t i = 0; i < p->count; i++) {
        const hr_life_entry *e = p->order[i];
        if (e->form != l->form || (l->in_bed && e->date != p->bed))
            continue;
        if (hr_record_unpack(&w->store->err, &row, e->form, e->body, e->size) != HR_OK)
            return hr_fail(&w->store->err, HR_DAMAGED, "%s",
                           HR_TR(&w->store->err, "an entry of the resident's cannot be read; run verify",
                                 "该居民有记录无法读取；请运行 verify"));
        if (!has_any(l, &row))
            continue;
        put_line(w, lines, l, &row, e->date);
        break;
    }
    return HR_OK;
}

/* Whole years; an unknown month or day counts as the latest. -1: not known. */
static int age_of(const writer *w, const hr_record *now) {
    hr_date birth = hr_date_latest(hr_record_date(now, R_BIRTH_DATE)), died = hr_record_date(now, R_DIED);
    hr_date day = died ? hr_date_latest(died) : w->today;
    return birth && birth <= day ? (day - birth) / 10000 : -1;
}

/* Who it is, in one line. */
static void put_who(writer *w, json_t *lines, const person *p, int age) {
    const hr_record *now = &p->known.now;
    char value[VALUE_SIZE], part[64];
    snprintf(w->text, sizeof w->text, "%s", hr_record_text(now, R_NAME));
    hr_field_format(now, R_SEX, w->language, value, sizeof value);
    if (*value) {
        add(w, either(w, ", ", "，"));
        add(w, value);
    }
    if (age >= 0) {
        snprintf(part, sizeof part, either(w, ", %d years", "，%d岁"), age);
        add(w, part);
    }
    hr_field_format(now, R_BIRTH_DATE, w->language, value, sizeof value);
    if (*value) {
        snprintf(part, sizeof part, either(w, " (born %.32s)", "（%.32s 出生）"), value);
        add(w, part);
    }
    give_line(w, lines, "resident", either(w, "resident", "居民"), 0);
}

static hr_status put_person(writer *w, json_t *residents, int64_t id) {
    person p;
    json_t *object = NULL, *lines = json_array();
    hr_status status = load_person(w, id, &p);
    if (status != HR_OK)
        goto out;
    int age = age_of(w, &p.known.now);
    object = object_of(w, &p.known.now);
    give(w, object, "resident", json_integer(id));
    if (age >= 0)
        give(w, object, "age", json_integer(age));
    give_area_name(w, object, hr_record_number(&p.known.now, R_AREA));
    put_who(w, lines, &p, age);
    for (size_t i = 0; i < sizeof of_resident / sizeof *of_resident && status == HR_OK; i++) {
        const line *l = &of_resident[i];
        if (l->in_bed && !p.bed)
            continue;
        if (l->form == &hr_form_resident)
            put_line(w, lines, l, &p.known.now, 0);
        else
            status = put_newest(w, lines, l, &p);
    }
    give(w, object, "lines", json_incref(lines));
    if (json_array_append(residents, object) != 0)
        w->no_memory = true;
out:
    json_decref(object);
    json_decref(lines);
    release_person(&p);
    return status;
}

/* ---- the call ---- */

/* What one of the call's entries says, under names of the card's own. */
static hr_status put_step(writer *w, json_t *card, json_t *lines, int64_t seq, const hr_form *form,
                          const char *const names[]) {
    hr_record row;
    if (!seq)
        return HR_OK;
    hr_status status = hr_call_said(w->store, seq, form, &row);
    if (status != HR_OK)
        return status;
    json_t *said = object_of(w, &row);
    for (int i = 0; i < form->count; i++) {
        json_t *value = json_object_get(said, form->fields[i].name);
        if (names[i] && value)
            give(w, card, names[i], json_incref(value));
    }
    json_decref(said);
    for (size_t i = 0; i < sizeof of_call / sizeof *of_call; i++)
        if (of_call[i].form == form)
            put_line(w, lines, &of_call[i], &row, 0);
    return HR_OK;
}

static hr_status put_call(writer *w, json_t *card, json_t *lines, const hr_call *call, const hr_record *raise) {
    static const char *const answer[CA_COUNT] = {"answered", NULL, "answered_by", "answer_note"};
    static const char *const closing[CC_COUNT] = {"closed", NULL, "outcome", "closed_by", "close_note"};
    give(w, card, "call", json_integer(call->id));
    give_area_name(w, card, call->area);
    for (size_t i = 0; i < sizeof of_call / sizeof *of_call; i++)
        if (of_call[i].form == &hr_form_call_raise)
            put_line(w, lines, &of_call[i], raise, 0);
    hr_status status = put_step(w, card, lines, call->answer_entry, &hr_form_call_answer, answer);
    return status == HR_OK ? put_step(w, card, lines, call->close_entry, &hr_form_call_close, closing) : status;
}

static hr_status start(hr_store *store, writer **out) {
    hr_areas *areas;
    hr_status status = hr_areas_get(store, &areas);
    writer *w = status == HR_OK ? malloc(sizeof *w) : NULL;
    if (!w)
        return status == HR_OK ? hr_fail_memory(&store->err) : status;
    *w = (writer){.store = store, .language = store->err.language, .areas = areas, .today = hr_date_today()};
    *out = w;
    return HR_OK;
}

hr_status hr_card_make(hr_store *store, const hr_call *call, const hr_record *raise, const int64_t *residents,
                       size_t count, const char *problem, char **out) {
    writer *w = NULL;
    json_t *card = NULL, *people = json_array(), *lines = json_array();
    char *text = NULL;
    hr_status status = start(store, &w);
    if (status != HR_OK)
        goto out;
    card = object_of(w, raise);
    status = put_call(w, card, lines, call, raise);
    for (size_t i = 0; i < count && status == HR_OK; i++)
        status = put_person(w, people, residents[i]);
    give(w, card, "known", json_boolean(count > 0));
    give_text(w, card, "problem", problem);
    give(w, card, "lines", json_incref(lines));
    give(w, card, "residents", json_incref(people));
    if (status == HR_OK)
        text = json_dumps(card, JSON_COMPACT);
    if (status == HR_OK && (!text || w->no_memory))
        status = hr_fail_memory(&store->err);
out:
    json_decref(card);
    json_decref(people);
    json_decref(lines);
    free(w);
    if (status == HR_OK)
        *out = text;
    else
        free(text);
    return status;
}
