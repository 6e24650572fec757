/* The forms of care. Each has an example, tests/forms/FORM.json: "valid", an entry that gives every field, and
 * "invalid", for each field a value that must not stand in its place. So every field of every form is stored, given
 * back, refused and imported here; what hr_columns says of it is what is asked of it. What a form works out, and which
 * of its fields contradict each other, is compared with values worked out by hand from the printed forms. */
#include "support.h"
#include <dirent.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define EXAMPLES "tests/forms"

enum { FIELDS_MAX = 192, FORMS_MAX = 64, CELL_SIZE = 4096 };

/* ---- forms and their examples ---- */

/* A field, as hr_columns tells of it in the store's language. */
typedef struct column {
    char name[64], en[128], zh[160], type[16], unit[32], range[64], codes[4096], meaning[512];
    bool required, computed;
} column;

typedef struct sheet {
    char name[48];
    hr_language language;
    size_t count;
    column at[FIELDS_MAX];
    json_t *valid, *invalid;
} sheet;

static void copy_cell(const hr_cursor *rows, const char *name, char *out, size_t size) {
    const char *text = hr_cursor_text(rows, column_named(rows, name));
    assert_true(strlen(text) < size);
    memcpy(out, text, strlen(text) + 1);
}

static void read_columns(fixture *f, sheet *out) {
    hr_cursor *rows = NULL;
    assert_status(f->store, HR_OK, hr_columns(f->store, out->name, &rows));
    while (hr_cursor_next(rows) == HR_OK) {
        column *c = &out->at[out->count++];
        assert_in_range(out->count, 1, FIELDS_MAX);
        copy_cell(rows, "name", c->name, sizeof c->name);
        copy_cell(rows, "label_en", c->en, sizeof c->en);
        copy_cell(rows, "label_zh", c->zh, sizeof c->zh);
        copy_cell(rows, "type", c->type, sizeof c->type);
        copy_cell(rows, "unit", c->unit, sizeof c->unit);
        copy_cell(rows, "range", c->range, sizeof c->range);
        copy_cell(rows, "codes", c->codes, sizeof c->codes);
        copy_cell(rows, "meaning", c->meaning, sizeof c->meaning);
        c->required = hr_cursor_integer(rows, column_named(rows, "required"));
        c->computed = hr_cursor_integer(rows, column_named(rows, "computed"));
    }
    hr_cursor_free(rows);
}

/* {"repeat": "长", "times": 400} is a text that would make the file long. */
static void write_out(json_t *values) {
    const char *key;
    json_t *value;
    void *next;
    json_object_foreach_safe(values, next, key, value) {
        const char *one = json_string_value(json_object_get(value, "repeat"));
        size_t times = (size_t)json_integer_value(json_object_get(value, "times"));
        if (!one)
            continue;
        char *text = calloc(times, strlen(one) + 1);
        assert_non_null(text);
        for (size_t i = 0; i < times; i++)
            strcat(text, one);
        json_object_set_new(values, key, json_string(text));
        free(text);
    }
}

static void read_example(sheet *out) {
    char path[PATH_SIZE];
    json_error_t problem;
    assert_in_range(snprintf(path, sizeof path, EXAMPLES "/%s.json", out->name), 1, sizeof path - 1);
    json_t *example = json_load_file(path, JSON_REJECT_DUPLICATES, &problem);
    if (!example)
        fail_msg("%s:%d: %s", path, problem.line, problem.text);
    out->valid = json_incref(json_object_get(example, "valid"));
    out->invalid = json_incref(json_object_get(example, "invalid"));
    json_decref(example);
    assert_true(json_is_object(out->valid) && json_is_object(out->invalid));
    write_out(out->invalid);
}

static size_t forms_of_care(fixture *f, char names[FORMS_MAX][48]) {
    size_t count = 0;
    hr_cursor *rows = NULL;
    assert_status(f->store, HR_OK, hr_forms(f->store, &rows));
    while (hr_cursor_next(rows) == HR_OK)
        if (strcmp(hr_cursor_text(rows, column_named(rows, "about")), "care") == 0) {
            assert_in_range(count, 0, FORMS_MAX - 1);
            copy_cell(rows, "form", names[count++], sizeof names[0]);
        }
    hr_cursor_free(rows);
    assert_true(count > 0);
    return count;
}

static sheet *open_form(fixture *f, const char *name, hr_language language) {
    sheet *out = calloc(1, sizeof *out);
    assert_non_null(out);
    snprintf(out->name, sizeof out->name, "%s", name);
    out->language = language;
    read_columns(f, out);
    read_example(out);
    return out;
}

static void close_form(sheet *form) {
    json_decref(form->valid);
    json_decref(form->invalid);
    free(form);
}

typedef void (*form_test)(fixture *f, const sheet *form);

static void each_form_in(fixture *f, hr_language language, form_test test) {
    char names[FORMS_MAX][48];
    size_t count = forms_of_care(f, names);
    for (size_t i = 0; i < count; i++) {
        sheet *one = open_form(f, names[i], language);
        test(f, one);
        close_form(one);
    }
}

static void each_form(fixture *f, form_test test) {
    each_form_in(f, HR_LANGUAGE_EN, test);
}

static void each_form_in_both_languages(fixture *f, form_test test) {
    each_form_in(f, HR_LANGUAGE_EN, test);
    reopen(f, HR_LANGUAGE_ZH);
    each_form_in(f, HR_LANGUAGE_ZH, test);
}

/* Its name in messages. */
static const char *label_of(const sheet *form, const column *c) {
    return form->language == HR_LANGUAGE_ZH ? c->zh : c->name;
}

static const column *field_of(const sheet *form, const char *name) {
    for (size_t i = 0; i < form->count; i++)
        if (strcmp(form->at[i].name, name) == 0)
            return &form->at[i];
    fail_msg("%s has no field %s", form->name, name);
    return NULL;
}

/* ---- residents and entries ---- */

/* What must be known of a resident before such an entry makes sense. */
static const char *state_for(const char *form) {
    static const char *const states[][2] = {
        {"home_bed_visit", ",'home_bed_opened':'2004-02-01'"},
        {"home_bed_close", ",'home_bed_opened':'2004-02-01'"},
        {"rehab_plan", ",'rehab_need_since':'2004-03-02'"},
        {"rehab_session", ",'rehab_need_since':'2004-03-02'"},
        {"rehab_outcome", ",'rehab_need_since':'2004-03-02','rehab_served_since':'2004-03-05'"},
    };
    for (size_t i = 0; i < sizeof states / sizeof *states; i++)
        if (strcmp(states[i][0], form) == 0)
            return states[i][1];
    return "";
}

/* A new resident, alive; `id_text` (may be NULL) is his ID number. */
static int64_t new_resident(fixture *f, const char *state, char id_text[ID_SIZE]) {
    char own[ID_SIZE], *id = id_text ? id_text : own;
    id_number(id, 110105, 19350307, (int)info_of(f->store).residents + 1);
    return put_ok(f, "resident", "{'id_number':'%s','name':'测试居民','area':'110105001001'%s}", id, state);
}

static int64_t resident_for(fixture *f, const sheet *form) {
    return new_resident(f, state_for(form->name), NULL);
}

static hr_status add_text(fixture *f, int64_t resident, const char *form, const char *json, hr_change *change) {
    return hr_entry_add(f->store, resident, form, json, NULL, NULL, change);
}

static hr_status add(fixture *f, int64_t resident, const char *form, const json_t *fields, hr_change *change) {
    char *json = json_dumps(fields, JSON_COMPACT);
    assert_non_null(json);
    hr_status status = add_text(f, resident, form, json, change);
    free(json);
    return status;
}

static void add_ok(fixture *f, int64_t resident, const char *form, const json_t *fields, hr_change want) {
    hr_change change = HR_AMENDED;
    hr_status status = add(f, resident, form, fields, &change);
    if (status != HR_OK || change != want) {
        char *json = json_dumps(fields, JSON_COMPACT);
        print_error("%s %s gave change %d\n", form, json, change);
        free(json);
    }
    assert_status(f->store, HR_OK, status);
    assert_int_equal(change, want);
}

/* The message begins with the field's label. */
static void assert_blamed(fixture *f, const sheet *form, const column *c) {
    const char *label = label_of(form, c), *message = hr_error(f->store), *end = message + strlen(label);
    bool named = strncmp(message, label, strlen(label)) == 0;
    if (!named || (*end != ':' && strncmp(end, "：", strlen("：")) != 0))
        fail_msg("%s does not begin with %s: \"%s\"", form->name, label, message);
}

static void add_refused(fixture *f, int64_t resident, const sheet *form, const json_t *fields, const column *blamed) {
    uint64_t entries = info_of(f->store).entries;
    hr_status status = add(f, resident, form->name, fields, NULL);
    if (status != HR_INVALID)
        print_error("%s.%s\n", form->name, blamed->name);
    assert_status(f->store, HR_INVALID, status);
    assert_blamed(f, form, blamed);
    assert_int_equal(info_of(f->store).entries, entries);
}

/* The newest entry of the form in a resident's history, as JSON; for free(). */
static char *newest_body(fixture *f, int64_t resident, const char *form) {
    char *body = NULL;
    hr_cursor *rows = NULL;
    assert_status(f->store, HR_OK, hr_history(f->store, resident, &rows));
    while (!body && hr_cursor_next(rows) == HR_OK)
        if (strcmp(hr_cursor_text(rows, column_named(rows, "kind")), form) == 0)
            body = strdup(hr_cursor_text(rows, column_named(rows, "body")));
    hr_cursor_free(rows);
    assert_non_null(body);
    return body;
}

static json_t *newest_entry(fixture *f, int64_t resident, const char *form) {
    char *body = newest_body(f, resident, form);
    json_t *entry = json_loads(body, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(entry);
    free(body);
    return entry;
}

/* A number is the same as another of its value. */
static bool same_value(const json_t *a, const json_t *b) {
    if (json_is_number(a) && json_is_number(b))
        return fabs(json_number_value(a) - json_number_value(b)) < 1e-9;
    return json_equal(a, b);
}

/* ---- entries made for a question ---- */

/* The example's required fields alone, for json_decref. */
static json_t *least_of(const sheet *form) {
    json_t *least = json_object();
    for (size_t i = 0; i < form->count; i++)
        if (form->at[i].required)
            json_object_set(least, form->at[i].name, json_object_get(form->valid, form->at[i].name));
    return least;
}

static json_t *parse(const char *text) {
    json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);
    if (!value)
        fail_msg("no JSON: %s", text);
    return value;
}

/* Whether the example's required fields with this one are accepted; refused, it must be by the field's label. What is
 * accepted stays, so a caller that asks often does it in a batch and rolls that back. */
static bool accepts(fixture *f, int64_t resident, const sheet *form, const column *c, json_t *value) {
    json_t *fields = least_of(form);
    json_object_set_new(fields, c->name, value);
    hr_status status = add(f, resident, form->name, fields, NULL);
    json_decref(fields);
    if (status != HR_OK) {
        assert_status(f->store, HR_INVALID, status);
        assert_blamed(f, form, c);
    }
    return status == HR_OK;
}

/* ---- examples ---- */

static void every_form_of_care_has_an_example_and_every_example_a_form(void **state) {
    fixture *f = *state;
    char names[FORMS_MAX][48], path[PATH_SIZE];
    size_t forms = forms_of_care(f, names), examples = 0;
    for (size_t i = 0; i < forms; i++) {
        snprintf(path, sizeof path, EXAMPLES "/%s.json", names[i]);
        if (!path_exists(path))
            fail_msg("there is no %s", path);
    }
    struct dirent *entry;
    DIR *folder = opendir(EXAMPLES);
    assert_non_null(folder);
    while ((entry = readdir(folder)))
        examples += *entry->d_name != '.';
    closedir(folder);
    assert_int_equal(examples, forms);
}

static void must_be_complete(fixture *f, const sheet *form) {
    (void)f;
    for (size_t i = 0; i < form->count; i++)
        if (!json_object_get(form->valid, form->at[i].name) || !json_object_get(form->invalid, form->at[i].name))
            fail_msg("the example of %s leaves out %s", form->name, form->at[i].name);
    assert_int_equal(json_object_size(form->valid), form->count);
    assert_int_equal(json_object_size(form->invalid), form->count);
}

static void an_example_names_every_field_and_no_other(void **state) {
    each_form(*state, must_be_complete);
}

static void must_come_back(fixture *f, const sheet *form) {
    int64_t resident = resident_for(f, form);
    const char *key;
    json_t *value;
    add_ok(f, resident, form->name, form->valid, HR_ADDED);
    json_t *entry = newest_entry(f, resident, form->name);
    json_object_foreach(form->valid, key, value) {
        if (!same_value(value, json_object_get(entry, key)))
            fail_msg("%s.%s came back as another value", form->name, key);
    }
    assert_int_equal(json_object_size(entry), form->count);
    json_decref(entry);
    add_ok(f, resident, form->name, form->valid, HR_UNCHANGED);
}

static void every_field_is_stored_and_given_back(void **state) {
    fixture *f = *state;
    each_form(f, must_come_back);
    assert_int_equal(verify_findings(f->store), 0);
}

static void must_need_its_state(fixture *f, const sheet *form) {
    int64_t resident = new_resident(f, "", NULL);
    if (*state_for(form->name))
        add_refused(f, resident, form, form->valid, &form->at[0]);
    else
        add_ok(f, resident, form->name, form->valid, HR_ADDED);
}

static void what_needs_a_bed_a_need_or_a_service_is_refused_without(void **state) {
    each_form(*state, must_need_its_state);
}

/* ---- wrong values ---- */

static void must_refuse_each_wrong_value(fixture *f, const sheet *form) {
    int64_t resident = resident_for(f, form);
    add_ok(f, resident, form->name, form->valid, HR_ADDED);
    for (size_t i = 0; i < form->count; i++) {
        const column *c = &form->at[i];
        json_t *fields = json_copy(form->valid);
        json_object_set(fields, c->name, json_object_get(form->invalid, c->name));
        add_refused(f, resident, form, fields, c);
        json_decref(fields);
    }
    add_ok(f, resident, form->name, form->valid, HR_UNCHANGED);
}

static void a_wrong_value_is_refused_by_its_label_and_changes_nothing(void **state) {
    each_form_in_both_languages(*state, must_refuse_each_wrong_value);
}

/* Without a field that is worked out the entry says the same. */
static void must_ask_only_for_what_is_required(fixture *f, const sheet *form) {
    int64_t resident = resident_for(f, form);
    add_ok(f, resident, form->name, form->valid, HR_ADDED);
    assert_status(f->store, HR_OK, hr_batch_begin(f->store));
    for (size_t i = 0; i < form->count; i++) {
        const column *c = &form->at[i];
        json_t *fields = json_copy(form->valid);
        json_object_del(fields, c->name);
        if (c->required) {
            add_refused(f, resident, form, fields, c);
            json_object_set_new(fields, c->name, json_string(""));
            add_refused(f, resident, form, fields, c);
            json_object_set_new(fields, c->name, json_null());
            add_refused(f, resident, form, fields, c);
        } else {
            add_ok(f, resident, form->name, fields, c->computed ? HR_UNCHANGED : HR_ADDED);
        }
        json_decref(fields);
    }
    hr_batch_rollback(f->store);
}

static void a_required_field_may_not_be_missing_and_any_other_may(void **state) {
    each_form_in_both_languages(*state, must_ask_only_for_what_is_required);
}

static void must_refuse_other_fields(fixture *f, const sheet *form) {
    int64_t resident = resident_for(f, form);
    json_t *fields = json_copy(form->valid);
    json_object_set_new(fields, "shoe_size", json_integer(42));
    assert_status(f->store, HR_INVALID, add(f, resident, form->name, fields, NULL));
    assert_text_has(hr_error(f->store), "shoe_size");
    json_decref(fields);
}

static void a_field_that_no_form_has_is_refused(void **state) {
    each_form(*state, must_refuse_other_fields);
}

/* ---- labels ---- */

/* As a roster's headings are compared: without blanks, low lines, hyphens and capitals. */
static bool same_heading(const char *a, const char *b) {
    for (;; a++, b++) {
        a += strspn(a, " _-");
        b += strspn(b, " _-");
        if (strncasecmp(a, b, 1) != 0)
            return false;
        if (*a == '\0')
            return true;
    }
}

static bool is_called(const column *c, const char *heading) {
    return same_heading(c->name, heading) || same_heading(c->en, heading) || same_heading(c->zh, heading);
}

static void must_have_its_own_labels(fixture *f, const sheet *form) {
    static const char *const whose[] = {"id_number", "ID number", "身份证号", "file_number", "file number",
                                        "档案编号",  "resident",  "居民编号", "name",        "姓名"};
    (void)f;
    for (size_t i = 0; i < form->count; i++) {
        const column *a = &form->at[i];
        assert_true(*a->name && *a->en && *a->zh);
        for (size_t j = 0; j < i; j++)
            if (is_called(&form->at[j], a->name) || is_called(&form->at[j], a->en) || is_called(&form->at[j], a->zh))
                fail_msg("%s: %s and %s share a label", form->name, form->at[j].name, a->name);
        for (size_t j = 0; j < sizeof whose / sizeof *whose; j++)
            if (is_called(a, whose[j]))
                fail_msg("%s.%s is called as what says whom a row is about", form->name, a->name);
    }
}

static void no_two_fields_of_a_form_share_a_label(void **state) {
    each_form(*state, must_have_its_own_labels);
}

static bool is_ascii(const char *text) {
    while (*text > 0)
        text++;
    return *text == '\0';
}

static void must_have_meanings(fixture *f, const sheet *form) {
    bool zh = form->language == HR_LANGUAGE_ZH;
    (void)f;
    for (size_t i = 0; i < form->count; i++) {
        const column *c = &form->at[i];
        if (*c->meaning == '\0' || is_ascii(c->meaning) == zh)
            fail_msg("%s.%s has no meaning in this language: \"%s\"", form->name, c->name, c->meaning);
    }
}

static void every_field_says_what_it_means_in_both_languages(void **state) {
    each_form_in_both_languages(*state, must_have_meanings);
}

/* ---- rosters ---- */

/* The words for a code in "1 male; 2 female"; the code itself when it has no other. */
static const char *words_for(const char *codes, const char *code, char out[CELL_SIZE]) {
    size_t length = strlen(code);
    for (const char *at = codes; at; at = strstr(at, "; ") ? strstr(at, "; ") + 2 : NULL) {
        const char *end = strstr(at, "; ");
        size_t size = end ? (size_t)(end - at) : strlen(at);
        if (strncmp(at, code, length) != 0 || (size > length && at[length] != ' '))
            continue;
        snprintf(out, CELL_SIZE, "%.*s", (int)(size > length ? size - length - 1 : length),
                 size > length ? at + length + 1 : at);
        return out;
    }
    return code; /* a wrong one */
}

/* A value as people write it into a cell: codes in words, numbers with their units. */
static void cell_of(const sheet *form, const column *c, const json_t *value, char out[CELL_SIZE]) {
    char number[64], word[CELL_SIZE];
    bool zh = form->language == HR_LANGUAGE_ZH;
    *out = '\0';
    for (size_t i = 0; json_is_array(value) && i < json_array_size(value); i++) {
        snprintf(number, sizeof number, "%" JSON_INTEGER_FORMAT, json_integer_value(json_array_get(value, i)));
        size_t used = strlen(out);
        snprintf(out + used, CELL_SIZE - used, "%s%s",
                 used == 0 ? ""
                 : zh      ? "、"
                           : "; ",
                 words_for(c->codes, number, word));
    }
    if (json_is_array(value))
        return;
    snprintf(number, sizeof number, "%.10g", json_number_value(value));
    const char *text = json_is_string(value)    ? json_string_value(value)
                       : json_is_boolean(value) ? (json_is_true(value) ? "true" : "false")
                                                : number;
    if (*c->codes)
        text = words_for(c->codes, text, word);
    snprintf(out, CELL_SIZE, "%s%s%s", text, *c->unit && !zh ? " " : "", c->unit);
}

static void write_cell(FILE *out, const char *text) {
    fputs(",\"", out);
    for (; *text; text++)
        fprintf(out, *text == '"' ? "\"\"" : "%c", *text);
    fputc('"', out);
}

/* A roster whose first column says whom a row is about. */
static FILE *begin_roster(const char *path, const sheet *form, const char *reference) {
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    fputs(reference, out);
    for (size_t i = 0; i < form->count; i++)
        write_cell(out, form->language == HR_LANGUAGE_ZH ? form->at[i].zh : form->at[i].en);
    fputc('\n', out);
    return out;
}

static void write_row(FILE *out, const sheet *form, const char *reference, const json_t *fields) {
    char cell[CELL_SIZE];
    fputs(reference, out);
    for (size_t i = 0; i < form->count; i++) {
        cell_of(form, &form->at[i], json_object_get(fields, form->at[i].name), cell);
        write_cell(out, cell);
    }
    fputc('\n', out);
}

static hr_status import(fixture *f, const char *kind, const char *path, const char *rejects, hr_import_result *out) {
    hr_import_options options;
    hr_import_options_init(&options);
    hr_import_result_init(out);
    options.kind = kind;
    options.rejects = rejects;
    return hr_import(f->store, path, &options, out);
}

static void assert_counts(const hr_import_result *r, uint64_t added, uint64_t unchanged, uint64_t rejected) {
    if (r->added == added && r->unchanged == unchanged && r->rejected == rejected && r->amended == 0)
        return;
    fail_msg("%s: %" PRIu64 " added, %" PRIu64 " unchanged, %" PRIu64 " rejected: %s", r->kind, r->added, r->unchanged,
             r->rejected, r->first_reject);
}

static void must_import_as_json(fixture *f, const sheet *form) {
    char told[ID_SIZE], imported[ID_SIZE];
    int64_t a = new_resident(f, state_for(form->name), told), b = new_resident(f, state_for(form->name), imported);
    const char *path = path_in(f, "roster.csv");
    hr_import_result result;
    add_ok(f, a, form->name, form->valid, HR_ADDED);
    FILE *roster = begin_roster(path, form, "身份证号");
    write_row(roster, form, told, form->valid);
    write_row(roster, form, imported, form->valid);
    assert_int_equal(fclose(roster), 0);
    assert_status(f->store, HR_OK, import(f, form->name, path, NULL, &result));
    assert_string_equal(result.kind, form->name);
    assert_string_equal(result.ignored_columns, "");
    assert_counts(&result, 1, 1, 0);
    assert_status(f->store, HR_OK, import(f, form->name, path, NULL, &result));
    assert_counts(&result, 0, 2, 0);
    char *first = newest_body(f, a, form->name), *second = newest_body(f, b, form->name);
    assert_string_equal(first, second);
    free(first);
    free(second);
}

static void a_roster_says_the_same_as_json(void **state) {
    fixture *f = *state;
    each_form_in_both_languages(f, must_import_as_json);
    assert_int_equal(verify_findings(f->store), 0);
}

/* Each line of the rejects file has the roster's line and the label of what is wrong there. */
static void assert_rejects(const char *path, const sheet *form, unsigned first_line) {
    char *text = read_bytes(path, NULL), *line = strstr(text, "\r\n");
    for (size_t i = 0; i < form->count; i++) {
        char number[16], *reason;
        const char *label = label_of(form, &form->at[i]);
        assert_non_null(line);
        line += 2;
        snprintf(number, sizeof number, "%zu,", first_line + i);
        if (strncmp(line, number, strlen(number)) != 0)
            fail_msg("%s.%s: not line %s but %.40s", form->name, form->at[i].name, number, line);
        reason = line + strlen(number);
        reason += *reason == '"';
        if (strncmp(reason, label, strlen(label)) != 0)
            fail_msg("%s.%s: %.80s", form->name, form->at[i].name, reason);
        line = strstr(line, "\r\n");
    }
    free(text);
}

static void must_reject_each_wrong_cell(fixture *f, const sheet *form) {
    char id[ID_SIZE];
    int64_t resident = new_resident(f, state_for(form->name), id);
    const char *path = path_in(f, "roster.csv"), *rejects = path_in(f, "rejects.csv");
    hr_import_result result;
    FILE *roster = begin_roster(path, form, "id_number");
    write_row(roster, form, id, form->valid);
    for (size_t i = 0; i < form->count; i++) {
        json_t *fields = json_copy(form->valid);
        json_object_set(fields, form->at[i].name, json_object_get(form->invalid, form->at[i].name));
        write_row(roster, form, id, fields);
        json_decref(fields);
    }
    assert_int_equal(fclose(roster), 0);
    uint64_t entries = info_of(f->store).entries;
    assert_status(f->store, HR_OK, import(f, form->name, path, rejects, &result));
    assert_counts(&result, 1, 0, form->count);
    assert_int_equal(result.first_reject_line, 3);
    assert_text_has(result.first_reject, label_of(form, &form->at[0]));
    assert_rejects(rejects, form, 3);
    assert_int_equal(info_of(f->store).entries, entries + 1);
    add_ok(f, resident, form->name, form->valid, HR_UNCHANGED);
}

static void each_wrong_cell_of_a_roster_rejects_its_row_alone(void **state) {
    fixture *f = *state;
    each_form_in_both_languages(f, must_reject_each_wrong_cell);
    assert_int_equal(verify_findings(f->store), 0);
}

/* A roster of one row: headings and cells of whom it is about, before those of the example. */
static hr_status import_row(fixture *f, const sheet *form, const char *headings, const char *cells,
                            hr_import_result *out) {
    const char *path = path_in(f, "one.csv");
    FILE *roster = begin_roster(path, form, headings);
    write_row(roster, form, cells, form->valid);
    assert_int_equal(fclose(roster), 0);
    return import(f, form->name, path, NULL, out);
}

static void assert_row_rejected(fixture *f, const sheet *form, const char *headings, const char *cells) {
    hr_import_result result;
    uint64_t entries = info_of(f->store).entries;
    assert_status(f->store, HR_OK, import_row(f, form, headings, cells, &result));
    if (result.rejected != 1)
        fail_msg("%s: %s was taken for somebody", form->name, cells);
    assert_int_equal(result.first_reject_line, 2);
    assert_int_equal(info_of(f->store).entries, entries);
}

static void must_say_whom_it_is_about(fixture *f, const sheet *form) {
    char id[ID_SIZE], nobody[ID_SIZE], cells[160];
    uint64_t entries;
    hr_import_result result;
    new_resident(f, state_for(form->name), id);
    id_number(nobody, 110105, 19350307, 999);
    assert_row_rejected(f, form, "身份证号", nobody);
    assert_row_rejected(f, form, "身份证号", "110105193503070001"); /* no check character */
    assert_row_rejected(f, form, "身份证号", "");
    assert_row_rejected(f, form, "档案编号", "11010500100199999");
    assert_row_rejected(f, form, "居民编号", "#999999");
    snprintf(cells, sizeof cells, "%s,别的居民", id);
    assert_row_rejected(f, form, "身份证号,姓名", cells);
    entries = info_of(f->store).entries;
    assert_status(f->store, HR_INVALID, import_row(f, form, "姓名", "测试居民", &result));
    assert_text_has(hr_error(f->store), form->language == HR_LANGUAGE_ZH ? "身份证号" : "id_number");
    assert_int_equal(info_of(f->store).entries, entries);
    snprintf(cells, sizeof cells, "%s,测试居民", id);
    assert_status(f->store, HR_OK, import_row(f, form, "身份证号,姓名", cells, &result));
    assert_counts(&result, 1, 0, 0);
}

static void a_row_of_care_must_say_whom_it_is_about(void **state) {
    fixture *f = *state;
    each_form_in_both_languages(f, must_say_whom_it_is_about);
    assert_int_equal(verify_findings(f->store), 0);
}

static void any_number_of_a_resident_says_whom_a_row_is_about(void **state) {
    fixture *f = *state;
    sheet *note = open_form(f, "note", HR_LANGUAGE_EN);
    char id[ID_SIZE], old[ID_SIZE], number[32];
    hr_import_result result;
    int64_t resident = new_resident(f, ",'file_number':'11010500100100001','file_opened':'2003-05-01'", id);
    snprintf(number, sizeof number, "#%" PRId64, resident);
    const char *const columns[][2] = {
        {"身份证号", id},         {"id_number", id_number_15(old, id)}, {"档案编号", "11010500100100001"},
        {"居民编号", number},     {"file_number", "11010500100100001"}, {"resident", number},
        {"resident", number + 1},
    };
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        assert_status(f->store, HR_OK, import_row(f, note, columns[i][0], columns[i][1], &result));
        assert_counts(&result, i == 0, i != 0, 0);
    }
    close_form(note);
}

static void must_need_the_required_columns(fixture *f, const sheet *form) {
    hr_import_result result;
    const char *path = path_in(f, "roster.csv");
    for (size_t i = 0; i < form->count; i++) {
        if (!form->at[i].required)
            continue;
        FILE *roster = fopen(path, "w");
        assert_non_null(roster);
        fputs("身份证号", roster);
        for (size_t j = 0; j < form->count; j++)
            if (j != i)
                write_cell(roster, form->at[j].zh);
        assert_int_equal(fclose(roster), 0);
        assert_status(f->store, HR_INVALID, import(f, form->name, path, NULL, &result));
        assert_text_has(hr_error(f->store), label_of(form, &form->at[i]));
    }
}

static void a_roster_without_a_required_column_is_refused(void **state) {
    each_form_in_both_languages(*state, must_need_the_required_columns);
}

/* ---- self-care ---- */

/* 老年人生活自理能力评估表, as printed: what each degree of the five activities counts. */
static const char *const activities[] = {"meals", "washing", "dressing", "toilet", "moving"};
static const int points[5][4] = {{0, 0, 3, 5}, {0, 1, 3, 7}, {0, 0, 3, 5}, {0, 1, 5, 10}, {0, 1, 5, 10}};

static json_t *assessment(const int degrees[5]) {
    json_t *fields = json_pack("{s:s}", "date", "2016-04-12");
    for (size_t i = 0; i < 5; i++)
        json_object_set_new(fields, activities[i], json_integer(degrees[i]));
    return fields;
}

static void assert_self_care(fixture *f, const int degrees[5], int score, int band) {
    int64_t resident = new_resident(f, "", NULL);
    json_t *fields = assessment(degrees);
    add_ok(f, resident, "self_care", fields, HR_ADDED);
    json_decref(fields);
    json_t *entry = newest_entry(f, resident, "self_care");
    assert_int_equal(json_integer_value(json_object_get(entry, "score")), score);
    assert_int_equal(json_integer_value(json_object_get(entry, "band")), band);
    json_decref(entry);
}

static void each_degree_of_each_activity_has_its_printed_points(void **state) {
    fixture *f = *state;
    assert_status(f->store, HR_OK, hr_batch_begin(f->store));
    for (size_t i = 0; i < 5; i++)
        for (int degree = 1; degree <= 4; degree++) {
            int degrees[5] = {1, 1, 1, 1, 1}, score = points[i][degree - 1];
            degrees[i] = degree;
            assert_self_care(f, degrees, score, score <= 3 ? 1 : score <= 8 ? 2 : 3);
        }
    hr_batch_rollback(f->store);
}

/* Meals, washing, dressing, toilet and moving, with their points added up by hand. */
static const struct {
    int degrees[5], score, band;
} totals[] = {
    {{1, 1, 1, 1, 1}, 0, 1},  {{2, 1, 2, 1, 1}, 0, 1}, /* mild counts nothing at meals and dressing */
    {{1, 2, 1, 2, 2}, 3, 1},                           /* 1 + 1 + 1 */
    {{3, 2, 1, 1, 1}, 4, 2},                           /* 3 + 1 */
    {{3, 1, 1, 3, 1}, 8, 2},                           /* 3 + 5 */
    {{3, 2, 1, 3, 1}, 9, 3},                           /* 3 + 1 + 5 */
    {{3, 1, 4, 4, 1}, 18, 3},                          /* 3 + 5 + 10 */
    {{3, 2, 4, 4, 1}, 19, 4},                          /* 3 + 1 + 5 + 10 */
    {{4, 4, 4, 4, 4}, 37, 4},                          /* 5 + 7 + 5 + 10 + 10 */
};

static void a_score_falls_into_the_printed_band(void **state) {
    fixture *f = *state;
    assert_status(f->store, HR_OK, hr_batch_begin(f->store));
    for (size_t i = 0; i < sizeof totals / sizeof *totals; i++)
        assert_self_care(f, totals[i].degrees, totals[i].score, totals[i].band);
    hr_batch_rollback(f->store);
}

static void a_score_or_band_that_is_given_must_be_right(void **state) {
    fixture *f = *state;
    sheet *form = open_form(f, "self_care", HR_LANGUAGE_EN);
    int64_t resident = new_resident(f, "", NULL);
    assert_status(f->store, HR_OK, hr_batch_begin(f->store));
    for (size_t i = 0; i < sizeof totals / sizeof *totals; i++) {
        json_t *fields = assessment(totals[i].degrees);
        for (int score = 0; score <= 38; score++) {
            json_object_set_new(fields, "score", json_integer(score));
            if (score != totals[i].score)
                add_refused(f, resident, form, fields, field_of(form, "score"));
        }
        json_object_set_new(fields, "score", json_integer(totals[i].score));
        for (int band = 1; band <= 4; band++) {
            json_object_set_new(fields, "band", json_integer(band));
            if (band != totals[i].band)
                add_refused(f, resident, form, fields, field_of(form, "band"));
        }
        json_object_set_new(fields, "band", json_integer(totals[i].band));
        add_ok(f, resident, "self_care", fields, HR_ADDED);
        json_object_del(fields, "score");
        add_ok(f, resident, "self_care", fields, HR_UNCHANGED);
        json_decref(fields);
    }
    hr_batch_rollback(f->store);
    close_form(form);
}

/* ---- the body mass index ---- */

/* Of weight (kg) and height (cm), worked out by hand to one decimal. */
static const struct {
    const char *weight, *height;
    double index;
    const char *good[4], *wrong[2];
} bodies[] = {
    /* 64.2 / 1.625^2 = 24.3124 */
    {"64.2", "162.5", 24.3, {"24.2", "24.31", "24.39", "24.4"}, {"24.19", "24.41"}},
    /* 81 / 2^2 = 20.25: a half goes up */
    {"81", "200", 20.3, {"20.2", "20.25", "20.3", "20.4"}, {"20.19", "20.41"}},
    /* 80.9 / 2^2 = 20.225 */
    {"80.9", "200", 20.2, {"20.1", "20.2", "20.23", "20.3"}, {"20.09", "20.31"}},
    /* 36 / 1.5^2 = 16 */
    {"36", "150", 16, {"15.9", "16", "16.05", "16.1"}, {"15.89", "16.11"}},
};

static const struct {
    const char *form, *weight, *index;
} indexes[] = {
    {"health_examination", "weight", "bmi"},
    {"hypertension_followup", "weight", "bmi"},
    {"diabetes_followup", "weight", "bmi"},
    {"hypertension_followup", "weight_target", "bmi_target"},
    {"diabetes_followup", "weight_target", "bmi_target"},
};

static void assert_index(fixture *f, int64_t resident, const char *form, const char *field, double want) {
    json_t *entry = newest_entry(f, resident, form);
    assert_true(fabs(json_number_value(json_object_get(entry, field)) - want) < 1e-9);
    json_decref(entry);
}

static void the_body_mass_index_is_worked_out_and_may_differ_by_a_tenth(void **state) {
    fixture *f = *state;
    for (size_t i = 0; i < sizeof indexes / sizeof *indexes; i++) {
        sheet *form = open_form(f, indexes[i].form, HR_LANGUAGE_EN);
        const char *index = indexes[i].index;
        for (size_t j = 0; j < sizeof bodies / sizeof *bodies; j++) {
            int64_t resident = new_resident(f, "", NULL);
            json_t *fields = json_pack("{s:s, s:s, s:s}", "date", "2018-04-12", indexes[i].weight, bodies[j].weight,
                                       "height", bodies[j].height);
            add_ok(f, resident, form->name, fields, HR_ADDED);
            assert_index(f, resident, form->name, index, bodies[j].index);
            for (size_t k = 0; k < 4; k++) {
                json_object_set_new(fields, index, json_string(bodies[j].good[k]));
                add_ok(f, resident, form->name, fields, HR_UNCHANGED); /* what is kept is what was worked out */
            }
            for (size_t k = 0; k < 2; k++) {
                json_object_set_new(fields, index, json_string(bodies[j].wrong[k]));
                add_refused(f, resident, form, fields, field_of(form, index));
            }
            json_object_set_new(fields, index, json_string("24.305")); /* three decimals */
            add_refused(f, resident, form, fields, field_of(form, index));
            json_decref(fields);
        }
        close_form(form);
    }
}

static void a_body_mass_index_without_height_is_kept_as_it_is(void **state) {
    fixture *f = *state;
    for (size_t i = 0; i < sizeof indexes / sizeof *indexes; i++) {
        int64_t resident = new_resident(f, "", NULL);
        json_t *fields =
            json_pack("{s:s, s:f, s:f}", "date", "2018-04-12", indexes[i].index, 24.35, indexes[i].weight, 64.2);
        add_ok(f, resident, indexes[i].form, fields, HR_ADDED);
        assert_index(f, resident, indexes[i].form, indexes[i].index, 24.35);
        json_decref(fields);
    }
}

static void a_weight_that_no_such_height_can_have_is_refused(void **state) {
    fixture *f = *state;
    for (size_t i = 0; i < sizeof indexes / sizeof *indexes; i++) {
        sheet *form = open_form(f, indexes[i].form, HR_LANGUAGE_EN);
        int64_t resident = new_resident(f, "", NULL);
        json_t *fields = json_pack("{s:s, s:f, s:f}", "date", "2018-04-12", indexes[i].weight, 300.0, "height", 50.0);
        add_refused(f, resident, form, fields, field_of(form, indexes[i].weight));
        json_decref(fields);
        close_form(form);
    }
}

/* ---- fields that contradict each other ---- */

/* Details that go only with some answers to a question: with the example's answer they stand, with `wrong` they do not.
 */
static const struct {
    const char *form, *question, *wrong, *details;
} contradictions[] = {
    {"basic_information", "allergies", "[1]", "allergies_other"},
    {"basic_information", "diseases", "[1]",
     "hypertension_diagnosed diabetes_diagnosed coronary_diagnosed copd_diagnosed malignancy_diagnosed "
     "malignancy_which stroke_diagnosed mental_disorder_diagnosed tuberculosis_diagnosed hepatitis_diagnosed "
     "infectious_disease_diagnosed occupational_disease_diagnosed occupational_disease_which "
     "diseases_other_diagnosed diseases_other"},
    {"basic_information", "diseases", "[3,4,5,6,7,8,9,10,11,12,13]", "hypertension_diagnosed"},
    {"basic_information", "diseases", "[2,4,5,6,7,8,9,10,11,12,13]", "diabetes_diagnosed"},
    {"basic_information", "diseases", "[2,3,5,6,7,8,9,10,11,12,13]", "coronary_diagnosed"},
    {"basic_information", "diseases", "[2,3,4,6,7,8,9,10,11,12,13]", "copd_diagnosed"},
    {"basic_information", "diseases", "[2,3,4,5,7,8,9,10,11,12,13]", "malignancy_diagnosed malignancy_which"},
    {"basic_information", "diseases", "[2,3,4,5,6,8,9,10,11,12,13]", "stroke_diagnosed"},
    {"basic_information", "diseases", "[2,3,4,5,6,7,9,10,11,12,13]", "mental_disorder_diagnosed"},
    {"basic_information", "diseases", "[2,3,4,5,6,7,8,10,11,12,13]", "tuberculosis_diagnosed"},
    {"basic_information", "diseases", "[2,3,4,5,6,7,8,9,11,12,13]", "hepatitis_diagnosed"},
    {"basic_information", "diseases", "[2,3,4,5,6,7,8,9,10,12,13]", "infectious_disease_diagnosed"},
    {"basic_information", "diseases", "[2,3,4,5,6,7,8,9,10,11,13]",
     "occupational_disease_diagnosed occupational_disease_which"},
    {"basic_information", "diseases", "[2,3,4,5,6,7,8,9,10,11,12]", "diseases_other_diagnosed"},
    {"basic_information", "operations", "1", "operation_1 operation_1_date operation_2 operation_2_date"},
    {"basic_information", "injuries", "1", "injury_1 injury_1_date injury_2 injury_2_date"},
    {"basic_information", "transfusions", "1", "transfusion_1 transfusion_1_date transfusion_2 transfusion_2_date"},
    {"basic_information", "family_father", "[1]", "family_father_other"},
    {"basic_information", "family_mother", "[1]", "family_mother_other"},
    {"basic_information", "family_siblings", "[1]", "family_siblings_other"},
    {"basic_information", "family_children", "[1]", "family_children_other"},
    {"basic_information", "genetic_disease", "1", "genetic_disease_which"},
    {"basic_information", "disability", "[1]", "disability_other"},
    {"health_examination", "symptoms", "[1]", "symptoms_other"},
    {"health_examination", "smoking", "1", "smoking_start_age smoking_quit_age"},
    {"health_examination", "smoking", "3", "smoking_quit_age"},
    {"health_examination", "drinking", "1", "drinking_start_age"},
    {"health_examination", "drinking_quit", "1", "drinking_quit_age"},
    {"health_examination", "hazards", "1",
     "hazard_trade hazard_years hazard_dust hazard_radiation hazard_physical hazard_chemical hazard_other"},
    {"health_examination", "hazard_protection", "1", "hazard_protection_which"},
    {"health_examination", "teeth", "[1]", "teeth_which"},
    {"health_examination", "skin", "1", "skin_other"},
    {"health_examination", "sclera", "1", "sclera_other"},
    {"health_examination", "lymph_nodes", "1", "lymph_nodes_other"},
    {"health_examination", "rales", "1", "rales_other"},
    {"health_examination", "rectal", "1", "rectal_other"},
    {"health_examination", "breast", "[1]", "breast_other"},
    {"health_examination", "ecg", "1", "ecg_abnormal"},
    {"health_examination", "chest_xray", "1", "chest_xray_abnormal"},
    {"health_examination", "cervical_smear", "1", "cervical_smear_abnormal"},
    {"health_examination", "assessment", "1", "abnormal"},
    {"health_examination", "risk_control", "[1,2,3,4,6,7]", "weight_target"},
    {"health_examination", "risk_control", "[1,2,3,4,5,7]", "vaccine_advised"},
    {"hypertension_followup", "symptoms", "[1]", "symptoms_other"},
    {"hypertension_followup", "adverse_reactions", "1", "adverse_reactions_which"},
    {"diabetes_followup", "symptoms", "[1]", "symptoms_other"},
    {"diabetes_followup", "adverse_reactions", "1", "adverse_reactions_which"},
    {"diabetes_followup", "dorsalis_pedis", "1", "dorsalis_pedis_side"},
    {"home_bed_close", "outcome", "1", "outcome_other"},
    {"rehab_assessment", "needs_rehab", "false", "needs needs_other"},
};

/* With the answer that does not go with it, without one, and with the example's. */
static void must_contradict(fixture *f, const sheet *form, const char *question, const char *wrong,
                            const char *detail) {
    int64_t resident = resident_for(f, form);
    json_t *fields = least_of(form), *answer = json_object_get(form->valid, question);
    json_object_set(fields, detail, json_object_get(form->valid, detail));
    json_object_set_new(fields, question, parse(wrong));
    add_refused(f, resident, form, fields, field_of(form, detail));
    json_object_del(fields, question);
    if (!field_of(form, question)->required)
        add_ok(f, resident, form->name, fields, HR_ADDED);
    json_object_set(fields, question, answer);
    add_ok(f, resident, form->name, fields, HR_ADDED);
    json_object_del(fields, detail);
    json_object_set_new(fields, question, parse(wrong));
    add_ok(f, resident_for(f, form), form->name, fields, HR_ADDED);
    json_decref(fields);
}

static void a_detail_that_its_question_denies_is_refused(void **state) {
    fixture *f = *state;
    assert_status(f->store, HR_OK, hr_batch_begin(f->store));
    for (size_t i = 0; i < sizeof contradictions / sizeof *contradictions; i++) {
        sheet *form = open_form(f, contradictions[i].form, HR_LANGUAGE_EN);
        char details[512], *rest = details;
        snprintf(details, sizeof details, "%s", contradictions[i].details);
        for (char *detail; (detail = strsep(&rest, " "));)
            must_contradict(f, form, contradictions[i].question, contradictions[i].wrong, detail);
        close_form(form);
    }
    hr_batch_rollback(f->store);
}

/* Two values that go together or not; who is blamed, NULL: they go together. */
static const struct {
    const char *form, *fields, *blamed;
} pairs[] = {
    {"hypertension_followup", "'systolic':120,'diastolic':120", "diastolic"},
    {"hypertension_followup", "'systolic':120,'diastolic':119", NULL},
    {"diabetes_followup", "'systolic':90,'diastolic':100", "diastolic"},
    {"diabetes_followup", "'systolic':100,'diastolic':90", NULL},
    {"home_bed_visit", "'systolic':80,'diastolic':80", "diastolic"},
    {"home_bed_visit", "'systolic':80,'diastolic':79", NULL},
    {"health_examination", "'systolic_left':120,'diastolic_left':120", "diastolic_left"},
    {"health_examination", "'systolic_right':120,'diastolic_right':121", "diastolic_right"},
    {"health_examination", "'systolic_left':120,'diastolic_right':130", NULL}, /* two arms */
    {"hypertension_followup", "'date':'2017-03-15','next_date':'2017-03-14'", "next_date"},
    {"hypertension_followup", "'date':'2017-03-15','next_date':'2017-03-15'", NULL},
    {"hypertension_followup", "'date':'2017-03-15','next_date':'2017-02'", "next_date"},
    {"hypertension_followup", "'date':'2017-03-15','next_date':'2017-03'", NULL}, /* may be later in March */
    {"diabetes_followup", "'date':'2017-03','next_date':'2017-02-28'", "next_date"},
    {"diabetes_followup", "'date':'2017-03','next_date':'2017-03-01'", NULL},
    {"diabetes_followup", "'date':'2017-03-15','hba1c_date':'2017-03-16'", "hba1c_date"},
    {"diabetes_followup", "'date':'2017-03-15','hba1c_date':'2017-03-15'", NULL},
    {"home_bed_visit", "'date':'2004-02-08','next_date':'2004-02-07'", "next_date"},
    {"home_bed_visit", "'date':'2004-02-08','next_date':'2004-02-08'", NULL},
    {"rehab_plan", "'from':'2004-03-08','to':'2004-03-07'", "to"},
    {"rehab_plan", "'from':'2004-03-08','to':'2004-03-08'", NULL},
    {"health_examination", "'smoking_start_age':30,'smoking_quit_age':29", "smoking_start_age"},
    {"health_examination", "'smoking_start_age':30,'smoking_quit_age':30", NULL},
    {"health_examination", "'drinking_start_age':31,'drinking_quit_age':30", "drinking_start_age"},
    {"health_examination", "'conjugated_bilirubin':14.7,'total_bilirubin':14.6", "conjugated_bilirubin"},
    {"health_examination", "'conjugated_bilirubin':14.6,'total_bilirubin':14.6", NULL},
    {"health_examination", "'hospital_1_in':'2017-11-02','hospital_1_out':'2017-11-01'", "hospital_1_out"},
    {"health_examination", "'hospital_1_in':'2017-11','hospital_1_out':'2017-11-01'", NULL},
    {"health_examination", "'hospital_2_in':'2017-11-02','hospital_2_out':'2017-11-01'", "hospital_2_out"},
    {"health_examination", "'home_bed_1_opened':'2017-11','home_bed_1_closed':'2017-10'", "home_bed_1_closed"},
    {"health_examination", "'home_bed_2_opened':'2017-11','home_bed_2_closed':'2017-10'", "home_bed_2_closed"},
    {"health_examination", "'date':'2018-04-12','hospital_1_in':'2018-04-13'", "hospital_1_in"},
    {"health_examination", "'date':'2018-04-12','hospital_2_in':'2018-05'", "hospital_2_in"},
    {"health_examination", "'date':'2018-04-12','home_bed_1_opened':'2018-04-13'", "home_bed_1_opened"},
    {"health_examination", "'date':'2018-04-12','home_bed_2_opened':'2019'", "home_bed_2_opened"},
    {"health_examination", "'date':'2018-04-12','vaccine_1_date':'2018-04-13'", "vaccine_1_date"},
    {"health_examination", "'date':'2018-04-12','vaccine_2_date':'2018-04-13'", "vaccine_2_date"},
    {"health_examination", "'date':'2018-04-12','vaccine_3_date':'2018-05'", "vaccine_3_date"},
    {"health_examination", "'date':'2018-04-12','vaccine_3_date':'2018-04'", NULL},
};

static void two_fields_that_cannot_both_be_true_are_refused(void **state) {
    fixture *f = *state;
    char text[256];
    assert_status(f->store, HR_OK, hr_batch_begin(f->store));
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        sheet *form = open_form(f, pairs[i].form, HR_LANGUAGE_EN);
        json_t *fields = least_of(form);
        snprintf(text, sizeof text, "{%s}", pairs[i].fields);
        quote_json(text);
        json_t *both = parse(text);
        json_object_update(fields, both);
        if (pairs[i].blamed)
            add_refused(f, resident_for(f, form), form, fields, field_of(form, pairs[i].blamed));
        else
            add_ok(f, resident_for(f, form), form->name, fields, HR_ADDED);
        json_decref(both);
        json_decref(fields);
        close_form(form);
    }
    hr_batch_rollback(f->store);
}

static void nothing_in_the_basic_information_comes_after_its_day(void **state) {
    fixture *f = *state;
    sheet *form = open_form(f, "basic_information", HR_LANGUAGE_EN);
    int64_t resident = new_resident(f, "", NULL);
    size_t dates = 0;
    assert_string_equal(json_string_value(json_object_get(form->valid, "date")), "2017-03-20");
    assert_status(f->store, HR_OK, hr_batch_begin(f->store));
    for (size_t i = 1; i < form->count; i++) {
        const column *c = &form->at[i];
        if (strcmp(c->type, "date") != 0)
            continue;
        dates++;
        assert_false(accepts(f, resident, form, c, json_string("2017-03-21")));
        assert_false(accepts(f, resident, form, c, json_string("2017-04")));
        assert_true(accepts(f, resident, form, c, json_string("2017-03-20")));
        assert_true(accepts(f, resident, form, c, json_string("2017")));
    }
    assert_int_equal(dates, 18); /* 12 diseases, 2 operations, injuries and transfusions each */
    hr_batch_rollback(f->store);
    close_form(form);
}

/* ---- codes ---- */

/* In these lists the first code says that there is nothing. */
static const char *const lists_with_none[][2] = {
    {"basic_information", "allergies"},         {"basic_information", "exposures"},
    {"basic_information", "diseases"},          {"basic_information", "family_father"},
    {"basic_information", "family_mother"},     {"basic_information", "family_siblings"},
    {"basic_information", "family_children"},   {"basic_information", "disability"},
    {"health_examination", "symptoms"},         {"health_examination", "teeth"},
    {"health_examination", "breast"},           {"health_examination", "cerebrovascular"},
    {"health_examination", "kidney_disease"},   {"health_examination", "heart_disease"},
    {"health_examination", "vascular_disease"}, {"health_examination", "eye_disease"},
    {"hypertension_followup", "symptoms"},      {"diabetes_followup", "symptoms"},
};

static void none_stands_alone(void **state) {
    fixture *f = *state;
    int64_t resident = new_resident(f, "", NULL);
    assert_status(f->store, HR_OK, hr_batch_begin(f->store));
    for (size_t i = 0; i < sizeof lists_with_none / sizeof *lists_with_none; i++) {
        sheet *form = open_form(f, lists_with_none[i][0], HR_LANGUAGE_EN);
        const column *c = field_of(form, lists_with_none[i][1]);
        assert_true(accepts(f, resident, form, c, parse("[1]")));
        assert_true(accepts(f, resident, form, c, parse("[2,3]")));
        assert_false(accepts(f, resident, form, c, parse("[1,2]")));
        assert_false(accepts(f, resident, form, c, parse("[3,1]")));
        assert_false(accepts(f, resident, form, c, parse("\"1;2\"")));
        close_form(form);
    }
    hr_batch_rollback(f->store);
}

static void codes_may_be_written_in_many_ways(void **state) {
    fixture *f = *state;
    static const char *const same[] = {
        "{'date':'2017-03-15','symptoms':[2,4]}",
        "{'date':'2017-03-15','symptoms':[4,2,4]}",
        "{'date':'2017-03-15','symptoms':'2;4'}",
        "{'date':'2017-03-15','symptoms':'2, 4'}",
        "{'date':'2017-03-15','symptoms':'多饮、多尿'}",
        "{'date':'2017-03-15','symptoms':'多饮；多尿'}",
        "{'date':'2017-03-15','symptoms':'多饮，4'}",
        "{'date':'2017-03-15','symptoms':'Thirst;frequent URINATION'}",
        "{'date':'2017-03-15','symptoms':['多饮','多尿']}",
    };
    int64_t resident = new_resident(f, "", NULL);
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        char json[160];
        hr_change change;
        snprintf(json, sizeof json, "%s", same[i]);
        quote_json(json);
        assert_status(f->store, HR_OK, add_text(f, resident, "diabetes_followup", json, &change));
        assert_int_equal(change, i == 0 ? HR_ADDED : HR_UNCHANGED);
    }
}

/* Every code that hr_columns lists is accepted, as it is and in words, and means the same. */
static void must_accept_each_code(fixture *f, const sheet *form) {
    int64_t resident = resident_for(f, form);
    assert_status(f->store, HR_OK, hr_batch_begin(f->store));
    for (size_t i = 0; i < form->count; i++) {
        const column *c = &form->at[i];
        for (const char *at = c->computed ? "" : c->codes; *at; at += strspn(at, "; ")) {
            char code[32], words[CELL_SIZE];
            snprintf(code, sizeof code, "%.*s", (int)strcspn(at, " ;"), at);
            json_t *fields = least_of(form);
            json_object_set_new(fields, c->name, json_string(code));
            hr_change change;
            if (!json_object_get(fields, "needs_rehab") || strcmp(code, "false") != 0) {
                assert_status(f->store, HR_OK, add(f, resident, form->name, fields, &change));
                json_object_set_new(fields, c->name, json_string(words_for(c->codes, code, words)));
                add_ok(f, resident, form->name, fields, HR_UNCHANGED);
            }
            json_decref(fields);
            at += strstr(at, "; ") ? (size_t)(strstr(at, "; ") - at) : strlen(at);
        }
    }
    hr_batch_rollback(f->store);
}

static void every_listed_code_is_accepted_and_so_are_its_words(void **state) {
    each_form_in_both_languages(*state, must_accept_each_code);
}

/* ---- numbers and texts ---- */

static bool accepts_number(fixture *f, int64_t resident, const sheet *form, const column *c, double value, int decimals,
                           const char *unit) {
    char text[96];
    snprintf(text, sizeof text, "%.*f%s", decimals, value, unit);
    return accepts(f, resident, form, c, json_string(text));
}

/* The most decimals with which a number just below `most` is accepted. */
static int decimals_of(fixture *f, int64_t resident, const sheet *form, const column *c, double most) {
    int decimals = 5;
    while (decimals >= 0 && !accepts_number(f, resident, form, c, most - pow(10, -decimals), decimals, ""))
        decimals--;
    return decimals;
}

static void must_keep_to_its_ranges(fixture *f, const sheet *form) {
    int64_t resident = resident_for(f, form);
    assert_status(f->store, HR_OK, hr_batch_begin(f->store));
    for (size_t i = 0; i < form->count; i++) {
        const column *c = &form->at[i];
        char spaced[40], *rest;
        bool decimal = strcmp(c->type, "decimal") == 0;
        if ((!decimal && strcmp(c->type, "integer") != 0) || c->computed)
            continue;
        double least = strtod(c->range, &rest);
        assert_int_equal(strncmp(rest, " to ", strlen(" to ")), 0);
        double most = strtod(rest + strlen(" to "), NULL);
        int decimals = decimals_of(f, resident, form, c, most);
        double step = pow(10, -decimals);
        assert_in_range(decimals, decimal ? 1 : 0, decimal ? 3 : 0);
        assert_true(accepts_number(f, resident, form, c, least, decimals, ""));
        assert_true(accepts_number(f, resident, form, c, most, decimals, ""));
        assert_false(accepts_number(f, resident, form, c, least - step, decimals, ""));
        assert_false(accepts_number(f, resident, form, c, most + step, decimals, ""));
        snprintf(spaced, sizeof spaced, " %s", c->unit);
        assert_true(accepts_number(f, resident, form, c, most, decimals, c->unit));
        assert_true(accepts_number(f, resident, form, c, most, decimals, spaced));
        assert_false(accepts_number(f, resident, form, c, most, decimals, " furlongs"));
    }
    hr_batch_rollback(f->store);
}

static void numbers_keep_to_the_range_and_decimals_that_are_told(void **state) {
    each_form(*state, must_keep_to_its_ranges);
}

static void a_temperature_is_read_as_people_write_it(void **state) {
    fixture *f = *state;
    sheet *form = open_form(f, "home_bed_visit", HR_LANGUAGE_EN);
    const column *c = field_of(form, "temperature");
    static const char *const good[] = {"36.5", "36.50", "36.5℃", "36.5 °C", "３６.５ ℃"};
    static const char *const wrong[] = {"29.9",  "45.1",   "36.55", "36.5 kg", "36,5",
                                        "-36.5", "36.5.1", ".5",    "℃",       "36 5"};
    int64_t resident = resident_for(f, form);
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        json_t *fields = least_of(form);
        json_object_set_new(fields, "temperature", json_string(good[i]));
        add_ok(f, resident, form->name, fields, i == 0 ? HR_ADDED : HR_UNCHANGED);
        json_decref(fields);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(accepts(f, resident, form, c, json_string(wrong[i])));
    assert_true(accepts(f, resident, form, c, json_integer(30)));
    assert_true(accepts(f, resident, form, c, json_real(45.0)));
    assert_false(accepts(f, resident, form, c, json_real(36.55)));
    assert_false(accepts(f, resident, form, c, json_true()));
    close_form(form);
}

/* A text of so many bytes. */
static json_t *text_of(size_t length) {
    char text[1200];
    assert_in_range(length, 1, sizeof text - 1);
    memset(text, 'a', length);
    text[length] = '\0';
    return json_string(text);
}

static void must_keep_to_its_lengths(fixture *f, const sheet *form) {
    int64_t resident = resident_for(f, form);
    char told[16];
    assert_status(f->store, HR_OK, hr_batch_begin(f->store));
    for (size_t i = 0; i < form->count; i++) {
        const column *c = &form->at[i];
        size_t good = 1, wrong = 1100;
        if (strcmp(c->type, "text") != 0)
            continue;
        while (wrong - good > 1) {
            size_t middle = (good + wrong) / 2;
            *(accepts(f, resident, form, c, text_of(middle)) ? &good : &wrong) = middle;
        }
        assert_in_range(good, 64, 1024);
        assert_false(accepts(f, resident, form, c, text_of(wrong)));
        snprintf(told, sizeof told, "%zu", good);
        assert_text_has(hr_error(f->store), told);
    }
    hr_batch_rollback(f->store);
}

static void a_text_may_be_as_long_as_is_told_and_no_longer(void **state) {
    each_form(*state, must_keep_to_its_lengths);
}

/* ---- junk ---- */

static json_t *junk_value(const sheet *form) {
    static const char *const texts[] = {"",
                                        " ",
                                        "1;2",
                                        "；、，",
                                        "\x01",
                                        "2004-02",
                                        "2004-13",
                                        "１２",
                                        "99999999999999",
                                        "1e9",
                                        "-0",
                                        "true",
                                        "null",
                                        "'\"\\",
                                        "#1",
                                        "11010519491231002X",
                                        "\u202E"};
    switch (random_below(10)) {
    case 0:
        return json_null();
    case 1:
        return json_boolean(one_in(2));
    case 2:
        return json_integer((json_int_t)random_below(70) - 2);
    case 3:
        return json_integer(one_in(2) ? INT64_MAX : INT64_MIN);
    case 4:
        return json_real(one_in(2) ? 1e300 : random_below(100000) / 1000.0);
    case 5:
        return json_pack("[i, i, i]", random_below(64), random_below(64), random_below(64));
    case 6:
        return json_pack("[[], {s:n}, s, n]", "a", "b");
    case 7:
        return text_of(1 + random_below(1190));
    case 8: /* a value of another field's */
        return json_deep_copy(json_object_get(form->valid, form->at[random_below((unsigned)form->count)].name));
    default:
        return json_string(texts[random_below(sizeof texts / sizeof *texts)]);
    }
}

static char *junk_for(const sheet *form) {
    json_t *fields = json_copy(form->valid);
    for (unsigned i = random_below(4); i > 0; i--)
        json_object_set_new(fields, form->at[random_below((unsigned)form->count)].name, junk_value(form));
    for (unsigned i = random_below(2) * random_below((unsigned)form->count); i > 0; i--)
        json_object_del(fields, form->at[random_below((unsigned)form->count)].name);
    if (one_in(20))
        json_object_set_new(fields, one_in(2) ? "" : "date ", junk_value(form));
    char *json = json_dumps(fields, JSON_COMPACT);
    json_decref(fields);
    assert_non_null(json);
    size_t length = strlen(json);
    for (unsigned i = one_in(4) ? 1 + random_below(4) : 0; i > 0; i--)
        json[random_below((unsigned)length)] = (char)(1 + random_below(255));
    if (one_in(10))
        json[random_below((unsigned)length)] = '\0';
    return json;
}

static void must_withstand_junk(fixture *f, const sheet *form) {
    int64_t resident = resident_for(f, form);
    unsigned accepted = 0, refused = 0;
    assert_status(f->store, HR_OK, hr_batch_begin(f->store));
    for (int i = 0; i < 300; i++) {
        uint64_t entries = info_of(f->store).entries;
        char *json = junk_for(form);
        hr_change change = HR_UNCHANGED;
        hr_status status = add_text(f, resident, form->name, json, &change);
        if (status != HR_OK)
            assert_status(f->store, HR_INVALID, status);
        assert_int_equal(info_of(f->store).entries, entries + (status == HR_OK && change == HR_ADDED));
        accepted += status == HR_OK;
        refused += status != HR_OK;
        free(json);
    }
    assert_true(accepted > 0 && refused > 0); /* the junk is neither all good nor all bad */
    assert_status(f->store, HR_OK, hr_batch_commit(f->store));
    free(newest_body(f, resident, form->name));
}

static void junk_is_refused_or_stored_but_harms_nothing(void **state) {
    fixture *f = *state;
    seed_chance(20261125);
    each_form_in_both_languages(f, must_withstand_junk);
    assert_int_equal(verify_findings(f->store), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(every_form_of_care_has_an_example_and_every_example_a_form),
        TEST(an_example_names_every_field_and_no_other),
        TEST(every_field_is_stored_and_given_back),
        TEST(what_needs_a_bed_a_need_or_a_service_is_refused_without),
        TEST(a_wrong_value_is_refused_by_its_label_and_changes_nothing),
        TEST(a_required_field_may_not_be_missing_and_any_other_may),
        TEST(a_field_that_no_form_has_is_refused),
        TEST(no_two_fields_of_a_form_share_a_label),
        TEST(every_field_says_what_it_means_in_both_languages),
        TEST(a_roster_says_the_same_as_json),
        TEST(each_wrong_cell_of_a_roster_rejects_its_row_alone),
        TEST(a_row_of_care_must_say_whom_it_is_about),
        TEST(any_number_of_a_resident_says_whom_a_row_is_about),
        TEST(a_roster_without_a_required_column_is_refused),
        TEST(each_degree_of_each_activity_has_its_printed_points),
        TEST(a_score_falls_into_the_printed_band),
        TEST(a_score_or_band_that_is_given_must_be_right),
        TEST(the_body_mass_index_is_worked_out_and_may_differ_by_a_tenth),
        TEST(a_body_mass_index_without_height_is_kept_as_it_is),
        TEST(a_weight_that_no_such_height_can_have_is_refused),
        TEST(a_detail_that_its_question_denies_is_refused),
        TEST(two_fields_that_cannot_both_be_true_are_refused),
        TEST(nothing_in_the_basic_information_comes_after_its_day),
        TEST(none_stands_alone),
        TEST(codes_may_be_written_in_many_ways),
        TEST(every_listed_code_is_accepted_and_so_are_its_words),
        TEST(numbers_keep_to_the_range_and_decimals_that_are_told),
        TEST(a_temperature_is_read_as_people_write_it),
        TEST(a_text_may_be_as_long_as_is_told_and_no_longer),
        TEST(junk_is_refused_or_stored_but_harms_nothing),
    };
    return cmocka_run_group_tests_name("forms", tests, make_sample, remove_sample);
}
