/* Parsing, comparing and writing the fields of any form. */
#include "record/form.h"
#include <inttypes.h>
#include <jansson.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const hr_form *hr_form_at(int index) {
    static const hr_form *const forms[] = {&hr_form_resident, &hr_form_area, &hr_form_institution, &hr_form_population};
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
    record->given = record->cleared = 0;
    record->used = 0;
}

const char *hr_record_text(const hr_record *record, int field) {
    return hr_record_has(record, field) ? record->text + record->at[field] : "";
}

int64_t hr_record_number(const hr_record *record, int field) {
    return hr_record_has(record, field) ? record->number[field] : 0;
}

void hr_record_set_number(hr_record *record, int field, int64_t value) {
    record->number[field] = value;
    record->given |= 1u << field;
    record->cleared &= ~(1u << field);
}

/* Moves every text that is still in use to the front of the buffer. */
static void compact(hr_record *record) {
    char packed[HR_RECORD_TEXT];
    uint16_t used = 0;
    for (int i = 0; i < record->form->count; i++)
        if (hr_record_has(record, i) && hr_field_is_text(&record->form->fields[i])) {
            size_t size = strlen(record->text + record->at[i]) + 1;
            memcpy(packed + used, record->text + record->at[i], size);
            record->at[i] = used;
            used = (uint16_t)(used + size);
        }
    memcpy(record->text, packed, used);
    record->used = used;
}

hr_status hr_record_set_text(hr_record *record, hr_err *err, int field, const char *value) {
    size_t size = strlen(value) + 1;
    if (size > sizeof record->text - record->used) {
        hr_record_unset(record, field);
        compact(record);
    }
    if (size > sizeof record->text - record->used)
        return hr_fail(
            err, HR_INVALID, "%s",
            HR_TR(err, "the record's texts are too long together; shorten them", "本条记录文字过长；请缩短"));
    memcpy(record->text + record->used, value, size);
    record->at[field] = record->used;
    record->used = (uint16_t)(record->used + size);
    record->given |= 1u << field;
    record->cleared &= ~(1u << field);
    return HR_OK;
}

void hr_record_unset(hr_record *record, int field) {
    record->given &= ~(1u << field);
    record->cleared &= ~(1u << field);
}

void hr_record_copy(hr_record *to, const hr_record *from) {
    memcpy(to, from, offsetof(hr_record, text) + from->used);
}

void hr_record_copy_field(hr_record *to, const hr_record *from, int field) {
    hr_err ignored = {.language = HR_LANGUAGE_EN};
    if (!hr_record_has(from, field))
        hr_record_unset(to, field);
    else if (!hr_field_is_text(&from->form->fields[field]))
        hr_record_set_number(to, field, from->number[field]);
    else /* field sizes add up to less than the buffer, so this cannot fail for one record's own fields */
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
static bool code_is(const hr_code *code, const char *text) {
    bool numbered = code->json[0] >= '0' && code->json[0] <= '9';
    return (numbered && strcmp(code->json, text) == 0) || strcasecmp(code->en, text) == 0 ||
           strcmp(code->zh, text) == 0 || has_word(code->words, text);
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
    char choices[256] = "", shown[SHOWN_SIZE];
    for (const hr_code *code = record->form->fields[field].codes; code->json; code++) {
        size_t used = strlen(choices);
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

static hr_status parse_count(hr_err *err, hr_record *record, int field, const char *text) {
    const hr_field *f = &record->form->fields[field];
    char shown[SHOWN_SIZE];
    int64_t value = 0;
    bool good = *text != '\0' && strlen(text) < 12;
    for (const char *c = text; good && *c; c++) {
        good = *c >= '0' && *c <= '9';
        value = value * 10 + (*c - '0');
    }
    if (!good || value < f->least || value > f->most)
        return hr_fail(err, HR_INVALID,
                       HR_TR(err, "%s: %s is not a whole number from %" PRId64 " to %" PRId64,
                             "%s：%s不是 %" PRId64 " 至 %" PRId64 " 的整数"),
                       hr_field_label(err, record->form, field), shown_value(err, text, shown), f->least, f->most);
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
    case HR_FIELD_COUNT:
        return parse_count(err, record, field, text);
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

static hr_status read_value(hr_text *text, hr_err *err, hr_record *record, int field, const json_t *value) {
    char raw[32], clean[1100];
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
    } else if (!json_is_null(value)) {
        return hr_fail(err, HR_INVALID,
                       f->type == HR_FIELD_CODE
                           ? HR_TR(err, "%s: give a text, a whole number, true, false or null",
                                   "%s：请给出文字、整数、true、false 或 null")
                           : HR_TR(err, "%s: give a text, a whole number or null", "%s：请给出文字、整数或 null"),
                       hr_field_label(err, record->form, field));
    }
    if (length >= sizeof clean)
        return hr_fail(err, HR_INVALID, HR_TR(err, "%s: longer than %d bytes; shorten it", "%s：超过 %d 字节；请缩短"),
                       hr_field_label(err, record->form, field), f->size ? f->size : (int)sizeof clean - 1);
    hr_status status = hr_text_normalise(text, err, in, length, clean, sizeof clean);
    if (status != HR_OK)
        return status;
    if (json_is_null(value) || *clean == '\0') {
        record->cleared |= 1u << field;
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
    case HR_FIELD_COUNT:
    default:
        return out + sprintf(out, "%" PRId64, number);
    }
}

size_t hr_record_to_json(const hr_record *record, char *out) {
    char *at = out;
    *at++ = '{';
    for (int i = 0; i < record->form->count; i++) {
        bool cleared = (record->cleared >> i) & 1;
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
        bool cleared = (record->cleared >> i) & 1;
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
            record->cleared |= 1u << field;
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
    char buffer[HR_JSON_SIZE / 8];
    if (size == 0)
        return;
    *out = '\0';
    if (!hr_record_has(record, field))
        return;
    if (f->type == HR_FIELD_CODE) {
        snprintf(out, size, "%s", hr_code_label(language, f, record->number[field]));
    } else if (hr_field_is_text(f)) {
        snprintf(out, size, "%s", hr_record_text(record, field));
    } else { /* numbers are written as in JSON, without its quotes */
        *put_value(buffer, record, field) = '\0';
        size_t length = strlen(buffer);
        bool quoted = buffer[0] == '"';
        snprintf(out, size, "%.*s", (int)(quoted ? length - 2 : length), buffer + quoted);
    }
}
