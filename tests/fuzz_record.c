/* Records and what residents are made of. The first byte chooses a form (r resident, a area, i institution, p
 * population, any other one of all forms by its number), and a line @KIND another one from there on. The lines that
 * follow are given to it: one that begins with { as a record in JSON, any other as the text of each of the form's
 * fields in turn.
 *
 * What is accepted must survive being printed and read again, as JSON, as people see it, and as it is stored; what is
 * refused must change nothing and get a message that does not repeat an ID number. What a form works out must be right
 * when it is worked out again. Records of residents and of care are also one person's entries. His own are folded one
 * after the other, as hr_put does it: then a stored entry must fold to the same when it is read back (or verify would
 * cry wolf), and the same entry again must change nothing (or an import would, when repeated). Those of care are folded
 * in the order of their days, as a life is. In the spans nobody may count twice on one day, nor in a part of a cohort
 * without being in the cohort. */
#include "fuzz.h"
#include "indicator/spans.h"
#include "record/entry.h"
#include "record/episodes.h"
#include <jansson.h>

enum { TODAY = 20261231, CLEAN_SIZE = 1100, LINES_MAX = 16, SPANS_MAX = 4096 };

static hr_text *ground;

/* ---- records ---- */

static void must_be_same(const hr_record *a, const hr_record *b) {
    must(a->form == b->form && memcmp(&a->cleared, &b->cleared, sizeof a->cleared) == 0);
    for (int i = 0; i < a->form->count; i++)
        must(hr_record_same(a, b, i));
}

static hr_status read_json(hr_err *err, const hr_form *form, const char *json, size_t size, hr_record *out) {
    hr_status status = hr_record_from_json(ground, err, out, form, json, size);
    must(status == HR_OK || status == HR_INVALID);
    if (status != HR_OK)
        must_be_failure(err, status);
    for (int i = 0; i < HR_FIELDS_MAX && status == HR_OK; i++)
        must(hr_record_has(out, i) + hr_record_clears(out, i) <= (i < form->count));
    return status;
}

/* The record's JSON; for free(). */
static char *print(const hr_record *record) {
    char *json = exactly(HR_JSON_SIZE);
    size_t length = hr_record_to_json(record, json);
    must(length == strlen(json) && length < HR_JSON_SIZE);
    must_be_line(json);
    return json;
}

/* What is stored reads back as the same record, and printing it again gives the same bytes. So does an entry's body
 * that has more to say; `number` varies it. */
static void must_survive_packing(const hr_record *record, size_t number) {
    hr_err err = new_err(false);
    hr_record again;
    hr_remark remark = {.amends = number & 1 ? (int64_t)number : 0,
                        .withdrawn = number & 2,
                        .forced = number & 4,
                        .why = "录入有误"},
              read;
    remark.why[number & 8 ? sizeof "录入" - 1 : 0] = '\0';
    char *first = exactly(HR_BODY_SIZE), *second = exactly(HR_BODY_SIZE);
    size_t length = hr_body_pack(&remark, record, first);
    must(length == strlen(first) && length < HR_BODY_SIZE);
    must(hr_body_unpack(&err, &read, &again, record->form, first, length) == HR_OK);
    must_be_same(record, &again);
    must(read.amends == remark.amends && read.withdrawn == remark.withdrawn && read.forced == remark.forced);
    must(strcmp(read.why, remark.why) == 0);
    must(hr_body_pack(&read, &again, second) == length && memcmp(first, second, length) == 0);
    must(hr_body_pack(NULL, &again, second) == hr_record_pack(record, first) && strcmp(first, second) == 0);
    free(first);
    free(second);
}

/* Bytes that nobody packed are refused, or mean something that can be packed and printed. */
static void try_body(const hr_form *form, const char *bytes, size_t size) {
    hr_err err = new_err(false);
    hr_remark remark;
    hr_record row;
    hr_status status = hr_body_unpack(&err, &remark, &row, form, bytes, size);
    if (status != HR_OK) {
        must(status == HR_INVALID);
        must_be_failure(&err, status);
        return;
    }
    must(remark.amends >= 0);
    must_survive_packing(&row, size);
}

static void must_survive_json(const hr_record *record) {
    hr_err err = new_err(false);
    hr_record again;
    char *first = print(record);
    must_survive_packing(record, strlen(first));
    must(read_json(&err, record->form, first, strlen(first), &again) == HR_OK);
    must_be_same(record, &again);
    char *second = print(&again);
    must(strcmp(first, second) == 0);
    free(first);
    free(second);
}

/* What people see of a field can be typed into it. */
static void must_survive_people(const hr_record *record, bool chinese) {
    hr_err err = new_err(chinese);
    for (int i = 0; i < record->form->count; i++) {
        char seen[HR_RECORD_TEXT];
        hr_record typed;
        hr_field_format(record, i, err.language, seen, sizeof seen);
        if (!hr_record_has(record, i)) {
            must(*seen == '\0');
            continue;
        }
        hr_record_clear(&typed, record->form);
        must(hr_field_parse(&err, &typed, i, seen) == HR_OK);
        must(hr_record_same(record, &typed, i));
    }
}

/* ---- fields ---- */

/* Whether the text tells who somebody is. */
static bool is_identity(const char *text) {
    hr_err ignored = new_err(false);
    hr_id_number id;
    hr_file_number file;
    hr_certificate certificate;
    return strlen(text) >= 15 && (hr_id_number_parse(&ignored, "", text, &id) == HR_OK ||
                                  hr_file_number_parse(&ignored, "", text, &file) == HR_OK ||
                                  hr_certificate_parse(&ignored, "", text, &certificate) == HR_OK);
}

/* A text in the wrong column is refused without being repeated when it is an identity. */
static void try_field(hr_record *record, int field, const char *text, bool identity, bool chinese) {
    hr_err err = new_err(chinese);
    hr_record before = *record;
    hr_status status = hr_field_parse(&err, record, field, text);
    if (status == HR_OK) {
        must(hr_record_has(record, field));
        return;
    }
    must(status == HR_INVALID);
    must_be_failure(&err, status);
    must(!identity || !strstr(err.text, text));
    must_be_same(&before, record);
}

/* The second text for a field replaces the first. */
static void try_fields(hr_record *record, const char *line, size_t size, bool chinese) {
    hr_err err = new_err(chinese);
    char clean[CLEAN_SIZE];
    if (hr_text_normalise(ground, &err, line, size, clean, sizeof clean) != HR_OK || *clean == '\0')
        return;
    bool identity = is_identity(clean);
    for (int i = 0; i < record->form->count; i++)
        try_field(record, i, clean, identity, chinese);
    must_survive_json(record);
    must_survive_people(record, chinese);
}

/* ---- what is counted ---- */

typedef struct counted {
    size_t count;
    struct span {
        hr_tally tally;
        hr_date from, to;
    } spans[SPANS_MAX];
} counted;

static void count_span(void *context, hr_tally tally, hr_area area, hr_interval span) {
    counted *c = context;
    must(tally >= 0 && tally < T_COUNT && area > 0 && span.from < span.to);
    must(span.from == 0 || hr_date_valid(span.from) || span.from >= 65 * 10000);
    if (c->count < SPANS_MAX)
        c->spans[c->count++] = (struct span){tally, span.from, span.to};
}

/* How often the resident counts in each tally on a day, as the tallies are kept. */
static void count_day(const counted *c, hr_date day, int64_t out[T_SLOTS]) {
    memset(out, 0, T_SLOTS * sizeof *out);
    for (size_t i = 0; i < c->count; i++)
        if (c->spans[i].from <= day && day < c->spans[i].to)
            out[c->spans[i].tally]++;
}

/* Counts only change where a span begins. */
static void must_count_once(const hr_resident *resident) {
    static const hr_tally within[][2] = {
        {T_FILES, T_RESIDENTS},        {T_COMPUTERIZED, T_FILES},       {T_ELDERLY, T_RESIDENTS_60},
        {T_FILES_ELDERLY, T_ELDERLY},  {T_FILES_ELDERLY, T_FILES},      {T_COMPUTERIZED_ELDERLY, T_FILES_ELDERLY},
        {T_REHAB, T_RESIDENTS},        {T_FILES_REHAB, T_REHAB},        {T_COMPUTERIZED_REHAB, T_FILES_REHAB},
        {T_HOME_BED, T_RESIDENTS},     {T_FILES_HOME_BED, T_HOME_BED},  {T_COMPUTERIZED_HOME_BED, T_FILES_HOME_BED},
        {T_SERVED, T_REHAB},           {T_EFFECTIVE, T_SERVED},         {T_MARKED, T_EFFECTIVE},
        {T_CARED, T_HARDSHIP},         {T_HARDSHIP, T_RESIDENTS},       {T_CALL_DUE, T_RESIDENTS},
        {T_CALL_ENROLLED, T_CALL_DUE}, {T_ELDERLY, T_CALL_DUE},         {T_HOME_BED, T_CALL_DUE},
        {T_FILES_IN_USE, T_FILES},     {T_ELDERLY_EXAMINED, T_ELDERLY}, {T_RESIDENTS_60, T_RESIDENTS},
    };
    static counted c;
    hr_err err = new_err(false);
    hr_subject subject;
    c.count = 0;
    hr_subject_of(resident, &subject);
    must(hr_spans(&err, &subject, count_span, &c) == HR_OK);
    for (size_t i = 0; i < c.count; i++) {
        int64_t on_day[T_SLOTS];
        count_day(&c, c.spans[i].from, on_day);
        must(on_day[c.spans[i].tally] == 1);
        hr_tallies_complete(on_day);
        for (size_t w = 0; w < sizeof within / sizeof *within; w++)
            must(on_day[within[w][0]] <= on_day[within[w][1]]);
    }
}

/* ---- residents ---- */

static void must_survive_state(const hr_resident *resident) {
    hr_err err = new_err(false);
    hr_resident again;
    char *state = exactly(HR_PACKED_SIZE), *past = NULL;
    size_t size = hr_record_pack(&resident->now, state);
    must(hr_past_to_json(&err, resident, &past) == HR_OK);
    must((past != NULL) == (resident->past_count > 0));
    must(hr_resident_from_state(&err, &again, state, size, past) == HR_OK);
    must(hr_resident_same(resident, &again));
    hr_resident_release(&again);
    free(state);
    free(past);
}

static void must_fold_to(const hr_resident *from, const hr_record *entry, const hr_resident *to) {
    hr_err err = new_err(false);
    hr_resident again;
    must(hr_resident_copy(&err, &again, from) == HR_OK);
    must(hr_resident_fold(&err, &again, entry) == HR_OK);
    must(hr_resident_same(&again, to));
    hr_resident_release(&again);
}

static void must_fold_alike_when_stored(const hr_resident *from, const hr_record *entry, const hr_resident *to) {
    hr_err err = new_err(false);
    hr_record stored;
    char *bytes = exactly(HR_PACKED_SIZE);
    size_t size = hr_record_pack(entry, bytes);
    must(hr_record_unpack(&err, &stored, entry->form, bytes, size) == HR_OK);
    must_fold_to(from, &stored, to);
    free(bytes);
}

static void must_change_nothing_again(const hr_resident *after, const hr_record *row) {
    hr_record again = *row;
    hr_resident_narrow(&again, &after->now, 0);
    must_fold_to(after, &again, after);
}

/* As hr_put: a row is completed, narrowed to what is new, folded, and checked. */
static void put(hr_resident *resident, hr_record *row, bool known, bool chinese) {
    hr_err err = new_err(chinese);
    hr_resident after;
    hr_status status = hr_resident_complete(&err, row);
    if (status != HR_OK) {
        must_be_failure(&err, status);
        return;
    }
    must_survive_json(row);
    hr_record entry = *row;
    if (known)
        hr_resident_narrow(&entry, &resident->now, 0);
    must(hr_resident_copy(&err, &after, resident) == HR_OK);
    status = hr_resident_fold(&err, &after, &entry);
    if (status == HR_OK)
        status = hr_resident_validate(&err, &after, TODAY);
    else
        must(hr_resident_same(resident, &after));
    if (status != HR_OK) {
        must(status == HR_INVALID);
        must_be_failure(&err, status);
        hr_resident_release(&after);
        return;
    }
    must_fold_alike_when_stored(resident, &entry, &after);
    must_survive_state(&after);
    must_change_nothing_again(&after, row);
    must_count_once(&after);
    hr_resident_release(resident);
    *resident = after;
}

/* ---- care ---- */

/* An entry of care as it would be stored: required fields are there, others worked out, which must be right when it is
 * done again. */
static bool stands(hr_record *row, bool chinese) {
    hr_err err = new_err(chinese);
    for (int i = 0; i < row->form->count; i++)
        if (row->form->fields[i].required && !hr_record_has(row, i))
            return false;
    row->cleared = (hr_fields){{0}};
    hr_status status = row->form->complete ? row->form->complete(&err, row) : HR_OK;
    if (status != HR_OK) {
        must(status == HR_INVALID);
        must_be_failure(&err, status);
        return false;
    }
    hr_record again = *row;
    must(!row->form->complete || row->form->complete(&err, &again) == HR_OK);
    must_be_same(row, &again);
    must_survive_json(row);
    return true;
}

static int by_day(const void *a, const void *b) {
    const hr_record *x = *(const hr_record *const *)a, *y = *(const hr_record *const *)b;
    hr_date day_x = hr_date_latest(hr_record_date(x, CARE_DATE)), day_y = hr_date_latest(hr_record_date(y, CARE_DATE));
    return day_x != day_y ? (day_x < day_y ? -1 : 1) : x < y ? -1 : x > y;
}

/* An entry that contradicts what is known changes no field of his. */
static hr_status fold_care(hr_resident *resident, const hr_record *row, bool chinese) {
    hr_err err = new_err(chinese);
    hr_record before = resident->now;
    hr_status status = hr_fold_care(&err, resident, row);
    if (status != HR_OK) {
        must(status == HR_INVALID);
        must_be_failure(&err, status);
        must_be_same(&before, &resident->now);
    }
    return status;
}

/* Said twice, an entry is the same: it contradicts what it contradicted, and changes nothing more. */
static void live(const hr_resident *said, hr_record *rows, size_t count, bool chinese) {
    hr_err err = new_err(chinese);
    hr_resident resident, twice;
    hr_record *ordered[LINES_MAX];
    for (size_t i = 0; i < count; i++)
        ordered[i] = &rows[i];
    qsort(ordered, count, sizeof *ordered, by_day);
    must(hr_resident_copy(&err, &resident, said) == HR_OK && hr_resident_copy(&err, &twice, said) == HR_OK);
    for (size_t i = 0; i < count; i++) {
        hr_status status = fold_care(&resident, ordered[i], chinese);
        must(fold_care(&twice, ordered[i], chinese) == status);
        must(fold_care(&twice, ordered[i], chinese) == status);
        must(hr_resident_same(&resident, &twice));
        must_survive_state(&resident);
        must_count_once(&resident);
    }
    hr_resident_release(&resident);
    hr_resident_release(&twice);
}

/* ---- mutations ---- */

static const hr_form *form_of(uint8_t letter) {
    int count = 0;
    do
        count++;
    while (hr_form_at(count));
    switch (letter) {
    case 'r':
        return &hr_form_resident;
    case 'a':
        return &hr_form_area;
    case 'i':
        return &hr_form_institution;
    case 'p':
        return &hr_form_population;
    default:
        return hr_form_at(letter % count);
    }
}

/* What a line @KIND says; NULL for any other line. */
static const hr_form *form_named(const char *line, size_t length) {
    char kind[64];
    if (length < 2 || length > sizeof kind || *line != '@')
        return NULL;
    memcpy(kind, line + 1, length - 1);
    kind[length - 1] = '\0';
    return hr_form_named(kind);
}

/* The form to which the line at this place of an input is given. */
static const hr_form *form_for(const uint8_t *data, size_t at) {
    const hr_form *form = form_of(data[0]);
    for (size_t from = 1; from < at;) {
        const uint8_t *next = memchr(data + from, '\n', at - from);
        size_t end = next ? (size_t)(next - data) : at;
        const hr_form *named = form_named((const char *)data + from, end - from);
        form = named ? named : form;
        from = end + 1;
    }
    return form;
}

/* Changed bytes seldom make another record. So every other mutation gives a field of one line a value that means
 * something: few of each, so that entries meet. */
static const char *value_for(const hr_field *field, unsigned number, char room[64]) {
    static const char *const dates[] = {"2000", "2001", "2001-05", "2001-05-01", "2002-01-01", "2003-12", "2035", "x"};
    static const char *const areas[] = {"110105001001", "110105001002", "110105001001", "110105"};
    static const char *const texts[] = {"\u5F20\u4E09", "a", "e\u0301", "\uFF21\u3000b"};
    static const char *const identities[] = {"11010519491231002X", "110105491231002", "110105194912310038"};
    const hr_code *code = field->codes;
    switch (field->type) {
    case HR_FIELD_DATE:
        return dates[number % (sizeof dates / sizeof *dates)];
    case HR_FIELD_AREA:
    case HR_FIELD_AREAS:
        return areas[number % (sizeof areas / sizeof *areas)];
    case HR_FIELD_CODE:
    case HR_FIELD_CODES: /* the first ones, so that there are contradictions */
        for (unsigned i = number % 4; i > 0 && code[1].json; i--)
            code++;
        return field->type == HR_FIELD_CODES && number / 4 % 2 && code[1].json
                   ? (snprintf(room, 64, "%.24s;%.24s", code->en, code[1].en), room)
                   : code->en;
    case HR_FIELD_ID_NUMBER:
        return identities[number % (sizeof identities / sizeof *identities)];
    case HR_FIELD_FILE_NUMBER:
        return "11010500100100001";
    case HR_FIELD_CERTIFICATE:
        return "11010519491231002X44";
    case HR_FIELD_MOMENT:
        return "2003-05-01 08:15:02";
    case HR_FIELD_COUNT:
    case HR_FIELD_DECIMAL: /* within its range, or just beyond */
        snprintf(room, 64, "%.*f", field->decimals,
                 (double)(field->least + (int64_t)number % (field->most - field->least + 2)) /
                     (double[]){1, 10, 100, 1000, 10000}[field->decimals]);
        return room;
    case HR_FIELD_TEXT:
    default:
        return texts[number % (sizeof texts / sizeof *texts)];
    }
}

/* The line with one more or one other field, or one field less; for free(). NULL when it is no JSON object. */
static char *change_line(const hr_form *form, const char *line, size_t size, unsigned number) {
    json_t *object = json_loadb(line, size, 0, NULL);
    const hr_field *field = &form->fields[number % (unsigned)form->count];
    char *changed = NULL, room[64];
    if (json_is_object(object)) {
        if (number >> 8 & 7)
            json_object_set_new(object, field->name, json_string(value_for(field, number >> 12, room)));
        else if (number >> 11 & 1)
            json_object_set_new(object, field->name, json_null());
        else
            json_object_del(object, field->name);
        changed = json_dumps(object, JSON_COMPACT);
    }
    json_decref(object);
    return changed;
}

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed);

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed) {
    unsigned number = seed / 2 * 2654435761u;
    size_t at = 1, lines = 0;
    if (seed % 2 || size < 3)
        return LLVMFuzzerMutate(data, size, most);
    for (size_t i = 0; i < size; i++) /* one of the lines, by reservoir */
        if (data[i] == '\n' && i + 1 < size && number % ++lines == 0)
            at = i + 1;
    const uint8_t *next = memchr(data + at, '\n', size - at);
    size_t end = next ? (size_t)(next - data) : size;
    char *changed = change_line(form_for(data, at), (const char *)data + at, end - at, number >> 4);
    size_t length = changed ? strlen(changed) : 0, whole = size - (end - at) + length;
    bool more = number >> 30 == 0 && whole + end - at + 1 <= most; /* the old line stays, before the new one */
    if (!changed || whole > most) {
        free(changed);
        return LLVMFuzzerMutate(data, size, most);
    }
    if (more) {
        memmove(data + end + 1, data + end, size - end);
        data[end] = '\n';
        at = end + 1;
        end = at;
        size++;
        whole = size + length;
    }
    if (whole <= most) {
        memmove(data + at + length, data + end, size - end);
        memcpy(data + at, changed, length);
        size = whole;
    }
    free(changed);
    return size;
}

/* ---- */

/* What the lines of an input have said so far. */
typedef struct told {
    hr_resident resident;
    bool known, chinese;
    hr_record typed; /* of the form that is being typed in */
    size_t count;
    hr_record care[LINES_MAX];
} told;

static void take_json(told *t, const hr_form *form, const char *line, size_t length) {
    hr_err err = new_err(t->chinese);
    hr_record row;
    if (read_json(&err, form, line, length, &row) != HR_OK)
        return;
    must_survive_json(&row);
    must_survive_people(&row, t->chinese);
    if (form == &hr_form_resident)
        put(&t->resident, &row, t->known, t->chinese);
    else if (form->about == HR_ABOUT_CARE && stands(&row, t->chinese))
        t->care[t->count++] = row;
    t->known = t->known || !hr_fields_none(&t->resident.now.given);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static told t;
    const hr_form *form = form_of(take(&data, &size)), *named;
    const char *at = (const char *)data, *end = at + size;
    hr_err err = new_err(false);
    if (!ground)
        must(hr_text_new(&err, &ground) == HR_OK);
    t.chinese = size % 2;
    t.known = false;
    t.count = 0;
    hr_resident_clear(&t.resident);
    hr_record_clear(&t.typed, form);
    try_body(form, at, size);
    for (int line = 0; line < LINES_MAX && at < end; line++) {
        const char *next = memchr(at, '\n', (size_t)(end - at));
        size_t length = (size_t)((next ? next : end) - at);
        if ((named = form_named(at, length))) {
            form = named;
            hr_record_clear(&t.typed, form);
        } else if (length > 0 && *at == '{') {
            take_json(&t, form, at, length);
        } else if (length > 0) {
            try_fields(&t.typed, at, length, t.chinese);
        }
        at = next ? next + 1 : end;
    }
    if (t.known)
        live(&t.resident, t.care, t.count, t.chinese);
    hr_resident_release(&t.resident);
    return 0;
}
