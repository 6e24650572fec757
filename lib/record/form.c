/* Parsing, comparing and writing the fields of any form. */
#include "record/form.h"
#include <inttypes.h>
#include <jansson.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const hr_form *hr_form_at(int index) {
    static const hr_form *const forms[] = {
        &hr_form_resident,
        /* registers */
        &hr_form_area,
        &hr_form_institution,
        &hr_form_population,
        &hr_form_grade,
        &hr_form_elder_help,
        &hr_form_care_beds,
        &hr_form_hotline,
        &hr_form_indicator,
        &hr_form_retention,
        &hr_form_peer,
        &hr_form_bundle_sent,
        &hr_form_bundle_received,
        &hr_form_figures,
        &hr_form_reporting,
        &hr_form_correction,
        /* care */
        &hr_form_basic_information,
        &hr_form_health_examination,
        &hr_form_self_care,
        &hr_form_encounter,
        &hr_form_consultation,
        &hr_form_referral_out,
        &hr_form_referral_back,
        &hr_form_hypertension_followup,
        &hr_form_diabetes_followup,
        &hr_form_rehab_assessment,
        &hr_form_rehab_plan,
        &hr_form_rehab_session,
        &hr_form_rehab_outcome,
        &hr_form_home_bed_open,
        &hr_form_home_bed_visit,
        &hr_form_home_bed_close,
        &hr_form_household_care,
        &hr_form_note,
        &hr_form_unify,
        /* calls */
        &hr_form_call_raise,
        &hr_form_call_answer,
        &hr_form_call_close,
        /* a file as a whole */
        &hr_form_restrict,
        &hr_form_release,
        &hr_form_erase,
        &hr_form_conflict,
        /* the store */
        &hr_form_operator,
        &hr_form_rotate,
        &hr_form_read,
        &hr_form_search,
        &hr_form_export,
        &hr_form_unlock,
        &hr_form_clock,
        &hr_form_merge,
        &hr_form_identity,
        &hr_form_linkage,
        &hr_form_publication,
    };
    return index >= 0 && (size_t)index < sizeof forms / sizeof *forms ? forms[index] : NULL;
}

const hr_form *hr_form_named(const char *name) {
    const hr_form *form;
    for (int i = 0; name && (form = hr_form_at(i)); i++)
        if (strcmp(form->kind, name) == 0 || strcmp(form->plural, name) == 0)
            return form;
    return NULL;
}

bool hr_field_is_text(const hr_field *field) {
    return field->type == HR_FIELD_TEXT || field->type == HR_FIELD_AREAS || field->type == HR_FIELD_CERTIFICATE;
}

const char *hr_field_label(const hr_err *err, const hr_form *form, int field) {
    return HR_TR(err, form->fields[field].name, form->fields[field].zh);
}

/* ---- records ---- */

void hr_record_clear(hr_record *record, const hr_form *form) {
    record->form = form;
    record->given = record->cleared = (hr_fields){{0}};
    record->used = 0;
}

const char *hr_record_text(const hr_record *record, int field) {
    return hr_record_has(record, field) ? record->text + record->number[field] : "";
}

int64_t hr_record_number(const hr_record *record, int field) {
    return hr_record_has(record, field) ? record->number[field] : 0;
}

void hr_record_set_number(hr_record *record, int field, int64_t value) {
    record->number[field] = value;
    hr_fields_add(&record->given, field);
    hr_fields_remove(&record->cleared, field);
}

/* Moves every text that is still in use to the front of the buffer. */
static void compact(hr_record *record) {
    char packed[HR_RECORD_TEXT];
    uint16_t used = 0;
    for (int i = 0; i < record->form->count; i++)
        if (hr_record_has(record, i) && hr_field_is_text(&record->form->fields[i])) {
            size_t size = strlen(hr_record_text(record, i)) + 1;
            memcpy(packed + used, hr_record_text(record, i), size);
            record->number[i] = used;
            used = (uint16_t)(used + size);
        }
    memcpy(record->text, packed, used);
    record->used = used;
}

/* Bytes that the texts of all fields but one take. */
static size_t texts_without(const hr_record *record, int field) {
    size_t size = 0;
    for (int i = 0; i < record->form->count; i++)
        if (i != field && hr_record_has(record, i) && hr_field_is_text(&record->form->fields[i]))
            size += strlen(hr_record_text(record, i)) + 1;
    return size;
}

hr_status hr_record_set_text(hr_record *record, hr_err *err, int field, const char *value) {
    size_t size = strlen(value) + 1;
    if (size > sizeof record->text - record->used) {
        if (size > sizeof record->text - texts_without(record, field))
            return hr_fail(
                err, HR_INVALID, "%s",
                HR_TR(err, "the record's texts are too long together; shorten them", "本条记录文字过长；请缩短"));
        hr_record_unset(record, field);
        compact(record);
    }
    memcpy(record->text + record->used, value, size);
    hr_record_set_number(record, field, record->used);
    record->used = (uint16_t)(record->used + size);
    return HR_OK;
}

void hr_record_unset(hr_record *record, int field) {
    hr_fields_remove(&record->given, field);
    hr_fields_remove(&record->cleared, field);
}

void hr_record_copy(hr_record *to, const hr_record *from) {
    memcpy(to, from, offsetof(hr_record, number) + (size_t)from->form->count * sizeof from->number[0]);
    memcpy(to->text, from->text, from->used);
}

void hr_record_copy_field(hr_record *to, const hr_record *from, int field) {
    hr_err ignored = {.language = HR_LANGUAGE_EN};
    if (!hr_record_has(from, field))
        hr_record_unset(to, field);
    else if (!hr_field_is_text(&from->form->fields[field]))
        hr_record_set_number(to, field, from->number[field]);
    else /* what was in one record fits another that has no more than that */
        (void)hr_record_set_text(to, &ignored, field, hr_record_text(from, field));
}

bool hr_record_same(const hr_record *a, const hr_record *b, int field) {
    if (hr_record_has(a, field) != hr_record_has(b, field))
        return false;
    if (!hr_record_has(a, field))
        return true;
    if (hr_field_is_text(&a->form->fields[field]))
        return strcmp(hr_record_text(a, field), hr_record_text(b, field)) == 0;
    return a->number[field] == b->number[field];
}

/* ---- parsing ---- */

static bool has_word(const char *words, const char *word) {
    size_t length = strlen(word);
    if (length == 0)
        return false;
    for (const char *at = words; *at;) {
        const char *end = strchrnul(at, ' ');
        if ((size_t)(end - at) == length && strncasecmp(at, word, length) == 0)
            return true;
        at = *end ? end + 1 : end;
    }
    return false;
}

/* A code that is written to JSON as a number is accepted as that number. */
/* A code is accepted as JSON writes it, in words of either language, and in further ones. */
static bool code_is(const hr_code *code, const char *text) {
    size_t quoted = code->json[0] == '"', length = strlen(code->json) - 2 * quoted;
    bool named = quoted || (code->json[0] >= '0' && code->json[0] <= '9'); /* true and false are for JSON */
    return (named && strlen(text) == length && strncasecmp(code->json + quoted, text, length) == 0) ||
           strcasecmp(code->en, text) == 0 || strcmp(code->zh, text) == 0 || has_word(code->words, text);
}

/* A value for a message: as it is, or, when it could be a name or a number of somebody's from a column that got mixed
 * up, a word for it. `room` holds what is returned. */
enum { SHOWN_SIZE = 32 };
static const char *shown_value(const hr_err *err, const char *text, char room[SHOWN_SIZE]) {
    size_t length = strlen(text);
    bool number = length <= 6 && strspn(text, "0123456789.-") == length, short_ascii = length <= 3;
    for (size_t i = 0; i < length; i++)
        short_ascii = short_ascii && (unsigned char)text[i] < 0x80;
    if (!number && !short_ascii)
        return HR_TR(err, "the value", "所填内容");
    snprintf(room, SHOWN_SIZE, HR_TR(err, "\"%s\"", "“%s”"), text);
    return room;
}

static hr_status fail_code(hr_err *err, const hr_record *record, int field, const char *text) {
    char choices[512] = "", shown[SHOWN_SIZE];
    for (const hr_code *code = record->form->fields[field].codes; code->json; code++) {
        size_t used = strlen(choices);
        if (used > sizeof choices - 64) { /* a list of peoples; `columns` has all of it */
            snprintf(choices + used, sizeof choices - used, "%s", "…");
            break;
        }
        snprintf(choices + used, sizeof choices - used, "%s%s", used ? HR_TR(err, ", ", "、") : "",
                 HR_TR(err, code->en, code->zh));
    }
    return hr_fail(err, HR_INVALID, HR_TR(err, "%s: %s is none of: %s", "%s：%s不在可选值内；可填：%s"),
                   hr_field_label(err, record->form, field), shown_value(err, text, shown), choices);
}

static hr_status parse_code(hr_err *err, hr_record *record, int field, const char *text) {
    for (const hr_code *code = record->form->fields[field].codes; code->json; code++)
        if (code_is(code, text)) {
            hr_record_set_number(record, field, code->value);
            return HR_OK;
        }
    return fail_code(err, record, field, text);
}

/* One word of a list of codes, up to ; or a comma of either kind. */
static size_t code_length(const char *at) {
    size_t length = 0;
    while (at[length] && at[length] != ';' && at[length] != ',' && strncmp(at + length, "、", strlen("、")) != 0)
        length++;
    return length;
}

static hr_status fail_alone(hr_err *err, const hr_record *record, int field) {
    return hr_fail(err, HR_INVALID,
                   HR_TR(err, "%s: one of these codes cannot stand beside others; leave out whichever is wrong",
                         "%s：所填代码中有一项不能与其他项并列；请删去有误的一项"),
                   hr_field_label(err, record->form, field));
}

static hr_status parse_codes(hr_err *err, hr_record *record, int field, const char *text) {
    const hr_field *f = &record->form->fields[field];
    uint64_t bits = 0;
    char word[256];
    for (const char *at = text; *at;) {
        size_t length = code_length(at), blank = strspn(at, " ");
        const hr_code *code = f->codes;
        size_t end = length;
        while (end > blank && at[end - 1] == ' ')
            end--;
        snprintf(word, sizeof word, "%.*s", (int)(end > blank ? end - blank : 0), at + (blank < end ? blank : 0));
        while (*word && code->json && !code_is(code, word))
            code++;
        if (*word && !code->json)
            return fail_code(err, record, field, word);
        if (*word)
            bits |= UINT64_C(1) << code->value;
        at += length;
        if (*at)
            at += *at == ';' || *at == ',' ? 1 : strlen("、");
    }
    if (bits == 0)
        return fail_code(err, record, field, "");
    if ((bits & f->alone) && (bits & (bits - 1)))
        return fail_alone(err, record, field);
    hr_record_set_number(record, field, (int64_t)bits);
    return HR_OK;
}

static int64_t power_of_ten(int exponent) {
    int64_t power = 1;
    while (exponent-- > 0)
        power *= 10;
    return power;
}

/* Writes a decimal without zeros at its end: 365 with one decimal is 36.5, 370 is 37. */
static char *put_decimal(char *out, int64_t number, int decimals) {
    int64_t scale = power_of_ten(decimals), part = number % scale;
    out += sprintf(out, "%" PRId64, number / scale);
    if (part == 0) /* also: no decimals */
        return out;
    *out++ = '.';
    for (int i = 0; i < decimals; i++) {
        scale /= 10;
        *out++ = (char)('0' + part / scale % 10);
    }
    while (out[-1] == '0')
        *--out = '\0';
    return out;
}

static hr_status fail_decimal(hr_err *err, const hr_record *record, int field, const char *text) {
    const hr_field *f = &record->form->fields[field];
    char shown[SHOWN_SIZE], least[32], most[32];
    *put_decimal(least, f->least, f->decimals) = '\0';
    *put_decimal(most, f->most, f->decimals) = '\0';
    return hr_fail(err, HR_INVALID,
                   HR_TR(err, "%s: %s is not a number from %s to %s%s%s (decimals: %d at most)",
                         "%s：%s不是 %s 至 %s%s%s 之间、最多 %d 位小数的数"),
                   hr_field_label(err, record->form, field), shown_value(err, text, shown), least, most,
                   f->unit ? " " : "", f->unit ? HR_TR(err, f->unit, f->unit_zh ? f->unit_zh : f->unit) : "",
                   f->decimals);
}

/* Whether nothing but the field's unit follows a number. */
static bool ends_number(const hr_field *f, const char *at) {
    at += strspn(at, " ");
    return *at == '\0' || (f->unit && strcmp(at, f->unit) == 0) || (f->unit_zh && strcmp(at, f->unit_zh) == 0);
}

static hr_status parse_decimal(hr_err *err, hr_record *record, int field, const char *text) {
    const hr_field *f = &record->form->fields[field];
    const char *at = text;
    int64_t value = 0;
    int before = 0, after = 0;
    for (; *at >= '0' && *at <= '9' && before < 10; at++, before++)
        value = value * 10 + (*at - '0');
    if (*at == '.')
        for (at++; *at >= '0' && *at <= '9' && after < f->decimals; at++, after++)
            value = value * 10 + (*at - '0');
    while (after > 0 && *at == '0')
        at++;
    value *= power_of_ten(f->decimals - after);
    if (!ends_number(f, at) || before == 0 || value < f->least || value > f->most)
        return fail_decimal(err, record, field, text);
    hr_record_set_number(record, field, value);
    return HR_OK;
}

static hr_status parse_count(hr_err *err, hr_record *record, int field, const char *text) {
    const hr_field *f = &record->form->fields[field];
    char shown[SHOWN_SIZE];
    int64_t value = 0;
    const char *at = text;
    for (; *at >= '0' && *at <= '9' && at - text < 12; at++)
        value = value * 10 + (*at - '0');
    if (at == text || !ends_number(f, at) || value < f->least || value > f->most)
        return hr_fail(err, HR_INVALID,
                       HR_TR(err, "%s: %s is not a whole number from %" PRId64 " to %" PRId64 "%s%s",
                             "%s：%s不是 %" PRId64 " 至 %" PRId64 "%s%s 的整数"),
                       hr_field_label(err, record->form, field), shown_value(err, text, shown), f->least, f->most,
                       f->unit ? " " : "", f->unit ? HR_TR(err, f->unit, f->unit_zh ? f->unit_zh : f->unit) : "");
    hr_record_set_number(record, field, value);
    return HR_OK;
}

static hr_status parse_date(hr_err *err, hr_record *record, int field, const char *text) {
    hr_date date;
    hr_date_error why = hr_date_parse(text, &date);
    if (why != HR_DATE_OK)
        return hr_date_fail(err, why, hr_field_label(err, record->form, field), text);
    hr_record_set_number(record, field, date);
    return HR_OK;
}

/* Codes parted by semicolons, commas or spaces; kept parted by ; in the order given. */
static hr_status parse_areas(hr_err *err, hr_record *record, int field, const char *text) {
    char list[1024 + 1] = "", code[HR_AREA_SIZE + 8];
    const char *label = hr_field_label(err, record->form, field);
    for (const char *at = text; *at;) {
        size_t length = strcspn(at, ";, ");
        hr_area area;
        if (length > 0) {
            snprintf(code, sizeof code, "%.*s", (int)(length < sizeof code ? length : sizeof code - 1), at);
            hr_status status = hr_area_parse(err, label, code, &area);
            if (status != HR_OK)
                return status;
            size_t used = strlen(list);
            if (used + length + 2 > sizeof list)
                return hr_fail(err, HR_INVALID,
                               HR_TR(err, "%s: too many codes; name the street instead of its committees",
                                     "%s：代码过多；请填街道代码代替各居委会"),
                               label);
            snprintf(list + used, sizeof list - used, "%s;", code);
        }
        at += length;
        if (*at)
            at++;
    }
    if (!*list)
        return hr_fail(err, HR_INVALID,
                       HR_TR(err, "%s: there is no area code in it; give codes parted by ; or leave it blank",
                             "%s：其中没有区划代码；请填用分号隔开的代码，或留空"),
                       label);
    list[strlen(list) - 1] = '\0';
    return hr_record_set_text(record, err, field, list);
}

static hr_status parse_text(hr_err *err, hr_record *record, int field, const char *text) {
    if (strlen(text) > (size_t)record->form->fields[field].size)
        return hr_fail(err, HR_INVALID, HR_TR(err, "%s: longer than %d bytes; shorten it", "%s：超过 %d 字节；请缩短"),
                       hr_field_label(err, record->form, field), record->form->fields[field].size);
    return hr_record_set_text(record, err, field, text);
}

hr_status hr_field_parse(hr_err *err, hr_record *record, int field, const char *text) {
    const char *label = hr_field_label(err, record->form, field);
    hr_certificate certificate;
    int64_t number = 0;
    hr_status status;
    switch (record->form->fields[field].type) {
    case HR_FIELD_TEXT:
        return parse_text(err, record, field, text);
    case HR_FIELD_DATE:
        return parse_date(err, record, field, text);
    case HR_FIELD_CODE:
        return parse_code(err, record, field, text);
    case HR_FIELD_CODES:
        return parse_codes(err, record, field, text);
    case HR_FIELD_COUNT:
        return parse_count(err, record, field, text);
    case HR_FIELD_DECIMAL:
        return parse_decimal(err, record, field, text);
    case HR_FIELD_MOMENT:
        status = hr_moment_parse(err, label, text, &number);
        break;
    case HR_FIELD_AREAS:
        return parse_areas(err, record, field, text);
    case HR_FIELD_CERTIFICATE:
        status = hr_certificate_parse(err, label, text, &certificate);
        return status == HR_OK ? hr_record_set_text(record, err, field, certificate.text) : status;
    case HR_FIELD_AREA:
        status = hr_area_parse(err, label, text, &number);
        break;
    case HR_FIELD_ID_NUMBER:
        status = hr_id_number_parse(err, label, text, &number);
        break;
    case HR_FIELD_FILE_NUMBER:
    default:
        status = hr_file_number_parse(err, label, text, &number);
        break;
    }
    if (status == HR_OK)
        hr_record_set_number(record, field, number);
    return status;
}

/* ---- JSON ---- */

static int field_named(const hr_form *form, const char *name) {
    for (int i = 0; i < form->count; i++)
        if (strcmp(form->fields[i].name, name) == 0)
            return i;
    return -1;
}

static hr_status fail_type(hr_err *err, const hr_record *record, int field) {
    const char *what = NULL;
    switch (record->form->fields[field].type) {
    case HR_FIELD_CODE:
        what = HR_TR(err, "a text, a whole number, true, false or null", "文字、整数、true、false 或 null");
        break;
    case HR_FIELD_CODES:
        what = HR_TR(err, "a list of codes, a text, a whole number or null", "代码列表、文字、整数或 null");
        break;
    case HR_FIELD_DECIMAL:
        what = HR_TR(err, "a number, a text or null", "数字、文字或 null");
        break;
    default:
        what = HR_TR(err, "a text, a whole number or null", "文字、整数或 null");
    }
    return hr_fail(err, HR_INVALID, HR_TR(err, "%s: give %s", "%s：请给出%s"), hr_field_label(err, record->form, field),
                   what);
}

/* An array of codes as people would write them, parted by ; */
static bool join_codes(const json_t *list, char *out, size_t size) {
    size_t used = 0;
    *out = '\0';
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *one = json_array_get(list, i);
        int wrote = json_is_string(one) ? snprintf(out + used, size - used, "%s;", json_string_value(one))
                    : json_is_integer(one)
                        ? snprintf(out + used, size - used, "%" JSON_INTEGER_FORMAT ";", json_integer_value(one))
                        : -1;
        if (wrote < 0 || (size_t)wrote >= size - used)
            return false;
        used += (size_t)wrote;
    }
    return true;
}

static hr_status read_value(hr_text *text, hr_err *err, hr_record *record, int field, const json_t *value) {
    char raw[1100], clean[1100];
    const char *in = raw;
    size_t length = 0;
    const hr_field *f = &record->form->fields[field];
    if (json_is_string(value)) {
        in = json_string_value(value);
        length = json_string_length(value);
    } else if (json_is_integer(value)) {
        length = (size_t)snprintf(raw, sizeof raw, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    } else if (json_is_boolean(value) && f->type == HR_FIELD_CODE) {
        length = (size_t)snprintf(raw, sizeof raw, "%s", json_is_true(value) ? "yes" : "no");
    } else if (json_is_real(value) && f->type == HR_FIELD_DECIMAL) {
        length = (size_t)snprintf(raw, sizeof raw, "%.10g", json_real_value(value));
    } else if (json_is_array(value) && f->type == HR_FIELD_CODES && join_codes(value, raw, sizeof raw)) {
        length = strlen(raw);
    } else if (!json_is_null(value)) {
        return fail_type(err, record, field);
    }
    if (length >= sizeof clean)
        return hr_fail(err, HR_INVALID, HR_TR(err, "%s: longer than %d bytes; shorten it", "%s：超过 %d 字节；请缩短"),
                       hr_field_label(err, record->form, field), f->size ? f->size : (int)sizeof clean - 1);
    hr_status status = hr_text_normalise(text, err, in, length, clean, sizeof clean);
    if (status != HR_OK)
        return status;
    if (json_is_null(value) || *clean == '\0') {
        hr_fields_add(&record->cleared, field);
        return HR_OK;
    }
    return hr_field_parse(err, record, field, clean);
}

hr_status hr_record_from_json(hr_text *text, hr_err *err, hr_record *record, const hr_form *form, const char *json,
                              size_t size) {
    json_error_t problem;
    const char *key;
    json_t *value;
    hr_status status = HR_OK;
    hr_record_clear(record, form);
    json_t *object = json_loadb(json, size, JSON_REJECT_DUPLICATES, &problem);
    if (!json_is_object(object)) {
        status = hr_fail(
            err, HR_INVALID,
            HR_TR(err, "the record is not one JSON object with each field once (line %d, column %d); correct it there",
                  "记录不是每个字段只出现一次的 JSON 对象（第 %d 行第 %d 列）；请更正"),
            object ? 1 : problem.line, object ? 1 : problem.column);
        json_decref(object);
        return status;
    }
    json_object_foreach(object, key, value) {
        int field = field_named(form, key);
        if (field < 0)
            status = hr_fail(err, HR_INVALID,
                             HR_TR(err, "\"%.40s\" is no field of a %s; see the list of columns",
                                   "“%.40s”不是 %s 的字段；请查看列名表"),
                             key, form->kind);
        else
            status = read_value(text, err, record, field, value);
        if (status != HR_OK)
            break;
    }
    json_decref(object);
    return status;
}

static char *put_string(char *out, const char *text) {
    *out++ = '"';
    for (const char *c = text; *c;) {
        size_t plain = 0; /* how many bytes stand for themselves */
        while ((unsigned char)c[plain] >= 0x20 && c[plain] != '"' && c[plain] != '\\')
            plain++;
        memcpy(out, c, plain);
        out += plain;
        c += plain;
        if (*c)
            out += sprintf(out, (unsigned char)*c < 0x20 ? "\\u%04x" : "\\%c", *c), c++;
    }
    *out++ = '"';
    return out;
}

/* A number that is not negative, in decimal digits. */
static char *put_number(char *out, int64_t number) {
    char reversed[20];
    int count = 0;
    do
        reversed[count++] = (char)('0' + number % 10);
    while (number /= 10);
    while (count > 0)
        *out++ = reversed[--count];
    return out;
}

static char *put_value(char *out, const hr_record *record, int field) {
    const hr_field *f = &record->form->fields[field];
    char buffer[HR_ID_NUMBER_SIZE + HR_FILE_NUMBER_SIZE];
    int64_t number = record->number[field];
    switch (f->type) {
    case HR_FIELD_TEXT:
    case HR_FIELD_AREAS:
    case HR_FIELD_CERTIFICATE:
        return put_string(out, hr_record_text(record, field));
    case HR_FIELD_DATE:
        return put_string(out, hr_date_format((hr_date)number, buffer));
    case HR_FIELD_AREA:
        return put_string(out, hr_area_format(number, buffer));
    case HR_FIELD_ID_NUMBER:
        return put_string(out, hr_id_number_format(number, buffer));
    case HR_FIELD_FILE_NUMBER:
        return put_string(out, hr_file_number_format(number, buffer));
    case HR_FIELD_CODE:
        for (const hr_code *code = f->codes; code->json; code++)
            if (code->value == number)
                return stpcpy(out, code->json);
        return stpcpy(out, "null");
    case HR_FIELD_CODES:
        *out++ = '[';
        for (const hr_code *code = f->codes; code->json; code++)
            if (((uint64_t)number >> code->value) & 1) {
                out = stpcpy(out, code->json);
                *out++ = ',';
            }
        out -= out[-1] == ',';
        *out++ = ']';
        return out;
    case HR_FIELD_DECIMAL:
        return put_decimal(out, number, f->decimals);
    case HR_FIELD_MOMENT:
        return put_string(out, hr_moment_format(number, buffer));
    case HR_FIELD_COUNT:
    default:
        return out + sprintf(out, "%" PRId64, number);
    }
}

size_t hr_record_to_json(const hr_record *record, char *out) {
    char *at = out;
    *at++ = '{';
    for (int i = 0; i < record->form->count; i++) {
        bool cleared = hr_record_clears(record, i);
        if (!hr_record_has(record, i) && !cleared)
            continue;
        if (at[-1] != '{')
            *at++ = ',';
        *at++ = '"';
        at = stpcpy(at, record->form->fields[i].name);
        *at++ = '"';
        *at++ = ':';
        at = cleared ? stpcpy(at, "null") : put_value(at, record, i);
    }
    *at++ = '}';
    *at = '\0';
    return (size_t)(at - out);
}

/* ---- as it is stored ---- */

enum { TAG = '@', END = 0x1F, CLEARED = 0x1E };

size_t hr_record_pack(const hr_record *record, char out[HR_PACKED_SIZE]) {
    char *at = out;
    for (int i = 0; i < record->form->count; i++) {
        bool cleared = hr_record_clears(record, i);
        if (!hr_record_has(record, i) && !cleared)
            continue;
        *at++ = (char)(TAG + i);
        if (cleared)
            *at++ = CLEARED;
        else if (hr_field_is_text(&record->form->fields[i]))
            at = stpcpy(at, hr_record_text(record, i));
        else
            at = put_number(at, record->number[i]);
        if (!cleared)
            *at++ = END;
    }
    *at = '\0';
    return (size_t)(at - out);
}

static bool unpack_value(hr_err *err, hr_record *record, int field, const char *value, size_t size) {
    char text[HR_RECORD_TEXT];
    int64_t number = 0;
    if (hr_field_is_text(&record->form->fields[field])) {
        if (size >= sizeof text)
            return false;
        memcpy(text, value, size);
        text[size] = '\0';
        return hr_record_set_text(record, err, field, text) == HR_OK;
    }
    for (size_t i = 0; i < size; i++) {
        if (value[i] < '0' || value[i] > '9' || i == 18)
            return false;
        number = number * 10 + (value[i] - '0');
    }
    hr_record_set_number(record, field, number);
    return size > 0;
}

hr_status hr_record_unpack(hr_err *err, hr_record *record, const hr_form *form, const char *bytes, size_t size) {
    int before = -1;
    bool good = true;
    hr_record_clear(record, form);
    for (size_t at = 0; at < size && good;) {
        int field = (unsigned char)bytes[at++] - TAG;
        size_t length = 0;
        while (at + length < size && bytes[at + length] != END && bytes[at + length] != CLEARED && bytes[at + length])
            length++;
        good = field > before && field < form->count && at + length < size;
        if (good && bytes[at + length] == CLEARED) {
            hr_fields_add(&record->cleared, field);
            good = length == 0;
        } else if (good) {
            good = bytes[at + length] == END && unpack_value(err, record, field, bytes + at, length);
        }
        before = field;
        at += length + 1;
    }
    if (good)
        return HR_OK;
    return hr_fail(err, HR_INVALID, "%s", HR_TR(err, "the stored record makes no sense", "所存记录无法识别"));
}

/* ---- for people ---- */

const char *hr_code_label(hr_language language, const hr_field *field, int64_t value) {
    for (const hr_code *code = field->codes; code && code->json; code++)
        if (code->value == value)
            return language == HR_LANGUAGE_ZH ? code->zh : code->en;
    return "";
}

void hr_field_format(const hr_record *record, int field, hr_language language, char *out, size_t size) {
    const hr_field *f = &record->form->fields[field];
    char buffer[256]; /* no text, so it is short */
    if (size == 0)
        return;
    *out = '\0';
    if (!hr_record_has(record, field))
        return;
    if (f->type == HR_FIELD_CODE) {
        snprintf(out, size, "%s", hr_code_label(language, f, record->number[field]));
    } else if (f->type == HR_FIELD_CODES) {
        size_t used = 0;
        for (const hr_code *code = f->codes; code->json; code++)
            if (((uint64_t)record->number[field] >> code->value) & 1 && used < size)
                used += (size_t)snprintf(out + used, size - used, "%s%s",
                                         used ? (language == HR_LANGUAGE_ZH ? "、" : ", ") : "",
                                         language == HR_LANGUAGE_ZH ? code->zh : code->en);
    } else if (hr_field_is_text(f)) {
        snprintf(out, size, "%s", hr_record_text(record, field));
    } else { /* numbers are written as in JSON, without its quotes */
        *put_value(buffer, record, field) = '\0';
        size_t length = strlen(buffer);
        bool quoted = buffer[0] == '"';
        snprintf(out, size, "%.*s", (int)(quoted ? length - 2 : length), buffer + quoted);
    }
}

void hr_field_range(const hr_field *f, hr_language language, char *out, size_t size) {
    char least[32], most[32];
    bool zh = language == HR_LANGUAGE_ZH;
    const char *unit = zh && f->unit_zh ? f->unit_zh : f->unit;
    *put_decimal(least, f->least, f->decimals) = '\0';
    *put_decimal(most, f->most, f->decimals) = '\0';
    snprintf(out, size, zh ? "%s 至 %s%s%s" : "%s to %s%s%s", least, most, unit ? " " : "", unit ? unit : "");
}
