/* Records and what residents are made of. The first byte chooses a form (r resident, a area, i institution, p
 * population), the lines that follow are given to it: one that begins with { as a record in JSON, any other as the text
 * of each of the form's fields in turn.
 *
 * What is accepted must survive being printed and read again, as JSON and as people see it; what is refused must change
 * nothing and get a message that does not repeat an ID number. Records of residents are also one person's entries: they
 * are folded one after the other, as hr_put does it. Then a stored entry must fold to the same when it is read back (or
 * verify would cry wolf), the same entry again must change nothing (or an import would, when repeated), and in the
 * spans nobody may count twice on one day, nor in a part of a cohort without being in the cohort. */
#include "fuzz.h"
#include "indicator/spans.h"
#include "record/resident.h"
#include <jansson.h>

enum { TODAY = 20261231, CLEAN_SIZE = 1100, LINES_MAX = 12, SPANS_MAX = 4096 };

static hr_text *ground;

/* ---- records ---- */

static void must_be_same(const hr_record *a, const hr_record *b) {
    must(a->form == b->form && a->given == b->given && a->cleared == b->cleared);
    for (int i = 0; i < a->form->count; i++)
        must(hr_record_same(a, b, i));
}

static hr_status read_json(hr_err *err, const hr_form *form, const char *json, size_t size, hr_record *out) {
    hr_status status = hr_record_from_json(ground, err, out, form, json, size);
    must(status == HR_OK || status == HR_INVALID);
    if (status != HR_OK)
        must_be_failure(err, status);
    else
        must((out->given & out->cleared) == 0 && (uint64_t)(out->given | out->cleared) >> form->count == 0);
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

/* What is stored reads back as the same record, and printing it again gives the same bytes. */
static void must_survive_packing(const hr_record *record) {
    hr_err err = new_err(false);
    hr_record again;
    char *first = exactly(HR_PACKED_SIZE), *second = exactly(HR_PACKED_SIZE);
    size_t length = hr_record_pack(record, first);
    must(length == strlen(first) && length < HR_PACKED_SIZE);
    must(hr_record_unpack(&err, &again, record->form, first, length) == HR_OK);
    must_be_same(record, &again);
    must(hr_record_pack(&again, second) == length && memcmp(first, second, length) == 0);
    free(first);
    free(second);
}

static void must_survive_json(const hr_record *record) {
    must_survive_packing(record);
    hr_err err = new_err(false);
    hr_record again;
    char *first = print(record);
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

/* How often the resident counts in each tally on a day. */
static void count_day(const counted *c, hr_date day, size_t out[T_COUNT]) {
    memset(out, 0, T_COUNT * sizeof *out);
    for (size_t i = 0; i < c->count; i++)
        if (c->spans[i].from <= day && day < c->spans[i].to)
            out[c->spans[i].tally]++;
}

/* Counts only change where a span begins. */
static void must_count_once(const hr_resident *resident) {
    static const hr_tally within[][2] = {
        {T_FILES, T_RESIDENTS},        {T_COMPUTERIZED, T_FILES},      {T_ELDERLY, T_RESIDENTS},
        {T_FILES_ELDERLY, T_ELDERLY},  {T_FILES_ELDERLY, T_FILES},     {T_COMPUTERIZED_ELDERLY, T_FILES_ELDERLY},
        {T_REHAB, T_RESIDENTS},        {T_FILES_REHAB, T_REHAB},       {T_COMPUTERIZED_REHAB, T_FILES_REHAB},
        {T_HOME_BED, T_RESIDENTS},     {T_FILES_HOME_BED, T_HOME_BED}, {T_COMPUTERIZED_HOME_BED, T_FILES_HOME_BED},
        {T_SERVED, T_REHAB},           {T_EFFECTIVE, T_SERVED},        {T_MARKED, T_EFFECTIVE},
        {T_CARED, T_HARDSHIP},         {T_HARDSHIP, T_RESIDENTS},      {T_CALL_DUE, T_RESIDENTS},
        {T_CALL_ENROLLED, T_CALL_DUE}, {T_ELDERLY, T_CALL_DUE},        {T_HOME_BED, T_CALL_DUE},
    };
    static counted c;
    hr_err err = new_err(false);
    hr_subject subject;
    c.count = 0;
    hr_subject_of(resident, &subject);
    must(hr_spans(&err, &subject, count_span, &c) == HR_OK);
    for (size_t i = 0; i < c.count; i++) {
        size_t on_day[T_COUNT];
        count_day(&c, c.spans[i].from, on_day);
        must(on_day[c.spans[i].tally] == 1);
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
    hr_resident_narrow(&again, &after->now);
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
        hr_resident_narrow(&entry, &resident->now);
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

/* ---- */

/* ---- mutations ---- */

static const hr_form *form_of(uint8_t letter) {
    switch (letter) {
    case 'a':
        return &hr_form_area;
    case 'i':
        return &hr_form_institution;
    case 'p':
        return &hr_form_population;
    default:
        return &hr_form_resident;
    }
}

/* Changed bytes seldom make another record. So every other mutation gives a field of one line a value that means
 * something: few of each, so that entries meet. */
static const char *value_for(hr_field_type type, unsigned number) {
    static const char *const dates[] = {"2000", "2001", "2001-05", "2001-05-01", "2002-01-01", "2003-12", "2035", "x"};
    static const char *const areas[] = {"110105001001", "110105001002", "110105001001", "110105"};
    static const char *const codes[] = {"1", "2", "yes", "no", "none", "marked", "effective", "station"};
    static const char *const texts[] = {"\u5F20\u4E09", "a", "e\u0301", "\uFF21\u3000b"};
    static const char *const identities[] = {"11010519491231002X", "110105491231002", "110105194912310038"};
    switch (type) {
    case HR_FIELD_DATE:
        return dates[number % (sizeof dates / sizeof *dates)];
    case HR_FIELD_AREA:
    case HR_FIELD_AREAS:
        return areas[number % (sizeof areas / sizeof *areas)];
    case HR_FIELD_CODE:
        return codes[number % (sizeof codes / sizeof *codes)];
    case HR_FIELD_ID_NUMBER:
        return identities[number % (sizeof identities / sizeof *identities)];
    case HR_FIELD_FILE_NUMBER:
        return "11010500100100001";
    case HR_FIELD_CERTIFICATE:
        return "11010519491231002X44";
    case HR_FIELD_COUNT:
        return "2003";
    case HR_FIELD_TEXT:
    default:
        return texts[number % (sizeof texts / sizeof *texts)];
    }
}

/* The line with one more or one other field, or one field less; for free(). NULL when it is no JSON object. */
static char *change_line(const hr_form *form, const char *line, size_t size, unsigned number) {
    json_t *object = json_loadb(line, size, 0, NULL);
    const hr_field *field = &form->fields[number % (unsigned)form->count];
    char *changed = NULL;
    if (json_is_object(object)) {
        if (number >> 8 & 7)
            json_object_set_new(object, field->name, json_string(value_for(field->type, number >> 12)));
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
    char *changed = change_line(form_of(data[0]), (const char *)data + at, end - at, number >> 4);
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const hr_form *form = form_of(take(&data, &size));
    const char *at = (const char *)data, *end = at + size;
    bool chinese = size % 2, known = false;
    hr_err err = new_err(chinese);
    hr_resident resident;
    hr_record typed, row;
    if (!ground)
        must(hr_text_new(&err, &ground) == HR_OK);
    if (hr_record_unpack(&err, &row, form, at, size) == HR_OK)
        must_survive_packing(&row);
    hr_resident_clear(&resident);
    hr_record_clear(&typed, form);
    for (int line = 0; line < LINES_MAX && at < end; line++) {
        const char *next = memchr(at, '\n', (size_t)(end - at));
        size_t length = (size_t)((next ? next : end) - at);
        if (length > 0 && *at != '{') {
            try_fields(&typed, at, length, chinese);
        } else if (length > 0 && read_json(&err, form, at, length, &row) == HR_OK) {
            must_survive_json(&row);
            must_survive_people(&row, chinese);
            if (form == &hr_form_resident)
                put(&resident, &row, known, chinese);
            known = known || resident.now.given != 0;
        }
        at = next ? next + 1 : end;
    }
    hr_resident_release(&resident);
    return 0;
}
