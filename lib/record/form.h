/* Forms: what fields a kind of record has, and what may stand in each. One declarative table a kind (forms/), one
 * parser, one comparison, one JSON reader and one JSON writer for all of them; a column's name, labels and rule exist
 * once.
 *
 * A record holds values of a form's fields: `given` says which are stated, `cleared` which are to be emptied. Text
 * lives in the record's own buffer, everything else is an integer (dates yyyymmdd, codes, ID numbers, areas). */
#ifndef HR_RECORD_FORM_H
#define HR_RECORD_FORM_H

#include "base/err.h"
#include "base/ident.h"
#include "base/text.h"

typedef enum hr_field_type {
    HR_FIELD_TEXT,
    HR_FIELD_DATE,
    HR_FIELD_CODE,  /* one of `codes` */
    HR_FIELD_AREA,  /* any tier */
    HR_FIELD_AREAS, /* area codes parted by ; kept as text */
    HR_FIELD_ID_NUMBER,
    HR_FIELD_FILE_NUMBER,
    HR_FIELD_CERTIFICATE, /* kept as text */
    HR_FIELD_COUNT        /* a whole number from least to most */
} hr_field_type;

typedef struct hr_code {
    int value;
    const char *json; /* as written to JSON; with quotes when it is a string */
    const char *en, *zh;
    const char *words; /* what else is accepted, parted by spaces */
} hr_code;

typedef struct hr_field {
    const char *name, *en, *zh;
    const char *also; /* other accepted headings, parted by spaces */
    hr_field_type type;
    bool required;
    int size;            /* text: most bytes */
    int64_t least, most; /* counts */
    const hr_code *codes;
    const char *meaning_en, *meaning_zh;
} hr_field;

typedef struct hr_form {
    const char *kind;   /* "resident": of entries and hr_put */
    const char *plural; /* "residents": of rosters */
    const hr_field *fields;
    int count;
} hr_form;

enum { HR_FIELDS_MAX = 28, HR_RECORD_TEXT = 2048 };
_Static_assert(HR_FIELDS_MAX <= 32, "a bit of `given` for each field");

typedef struct hr_record {
    const hr_form *form;
    uint32_t given, cleared; /* bit i: field i; never both */
    int64_t number[HR_FIELDS_MAX];
    uint16_t at[HR_FIELDS_MAX]; /* where a text begins in `text` */
    uint16_t used;
    char text[HR_RECORD_TEXT];
} hr_record;

/* Whether values are kept as text; all others are numbers. */
bool hr_field_is_text(const hr_field *field);

extern const hr_form hr_form_resident, hr_form_area, hr_form_institution, hr_form_population;
/* By kind or plural; NULL if there is none. */
const hr_form *hr_form_named(const char *name);
const hr_form *hr_form_at(int index); /* NULL past the last */

void hr_record_clear(hr_record *record, const hr_form *form);
static inline bool hr_record_has(const hr_record *record, int field) {
    return (record->given >> field) & 1;
}
/* "" when not given. */
const char *hr_record_text(const hr_record *record, int field);
/* 0 when not given. */
int64_t hr_record_number(const hr_record *record, int field);
static inline hr_date hr_record_date(const hr_record *record, int field) {
    return (hr_date)hr_record_number(record, field);
}
void hr_record_set_number(hr_record *record, int field, int64_t value);
/* HR_INVALID when the record's texts together are too long. */
hr_status hr_record_set_text(hr_record *record, hr_err *err, int field, const char *value);
void hr_record_unset(hr_record *record, int field);
void hr_record_copy(hr_record *to, const hr_record *from);
void hr_record_copy_field(hr_record *to, const hr_record *from, int field);
bool hr_record_same(const hr_record *a, const hr_record *b, int field);

/* Parses normalised, non-empty text into a field. */
hr_status hr_field_parse(hr_err *err, hr_record *record, int field, const char *text);
/* Reads a JSON object; unknown keys are HR_INVALID, null clears. */
hr_status hr_record_from_json(hr_text *text, hr_err *err, hr_record *record, const hr_form *form, const char *json,
                              size_t size);
/* Writes the given fields as canonical JSON (the form's order, no spaces; cleared fields as null) into HR_JSON_SIZE
 * bytes. Returns the length. */
enum { HR_JSON_SIZE = 6 * HR_RECORD_TEXT + 64 * HR_FIELDS_MAX };
size_t hr_record_to_json(const hr_record *record, char *out);
/* The same as it is stored, in a third of the room: of each given field a byte '@' + its number, its value (a text, or
 * the number in decimal digits) and a byte 1F; of each cleared one the first byte and 1E. So a form's fields may become
 * more, but none may change its place. HR_PACKED_SIZE bytes hold any record; a NUL follows. Returns the length. */
enum { HR_PACKED_SIZE = HR_RECORD_TEXT + 24 * HR_FIELDS_MAX };
size_t hr_record_pack(const hr_record *record, char out[HR_PACKED_SIZE]);
/* HR_INVALID, with a message for nobody but a developer, when the bytes are no such record. */
hr_status hr_record_unpack(hr_err *err, hr_record *record, const hr_form *form, const char *bytes, size_t size);
/* A field's name for messages, in the language of `err`. */
const char *hr_field_label(const hr_err *err, const hr_form *form, int field);
/* The words of a coded value in the language, "" if there is none. */
const char *hr_code_label(hr_language language, const hr_field *field, int64_t value);
/* Writes the value as people type it (dates 2003-05-01, ID numbers with their check character) into `out`. */
void hr_field_format(const hr_record *record, int field, hr_language language, char *out, size_t size);

/* The resident's fields, in the order of CLI.md's columns. */
enum {
    R_ID_NUMBER,
    R_NAME,
    R_SEX,
    R_BIRTH_DATE,
    R_AREA,
    R_PHONE,
    R_ADDRESS,
    R_HOUSEHOLD,
    R_FILE_NUMBER,
    R_FILE_OPENED,
    R_COMPUTERIZED,
    R_CERTIFICATE,
    R_DISABILITY_KIND,
    R_DISABILITY_GRADE,
    R_REHAB_NEED,
    R_REHAB_SERVED,
    R_OUTCOME,
    R_OUTCOME_DATE,
    R_HOME_BED_OPENED,
    R_HOME_BED_CLOSED,
    R_HARDSHIP,
    R_HOUSEHOLD_CARE,
    R_CALL_DEVICE,
    R_MOVED_IN,
    R_MOVED_OUT,
    R_DIED,
    R_COUNT
};
_Static_assert((int)R_COUNT <= (int)HR_FIELDS_MAX, "a record has room for every field");
enum { A_AREA, A_NAME, A_PARENT, A_COUNT };
enum { I_CODE, I_NAME, I_KIND, I_AREA, I_GRADE, I_SERVES, I_OPENED, I_CLOSED, I_NETWORKED, I_COUNT };
enum { P_AREA, P_YEAR, P_RESIDENTS, P_ELDERLY, P_REHAB_NEED, P_HOME_BED, P_SOURCE, P_COUNT };
enum { HR_OUTCOME_NONE = 1, HR_OUTCOME_EFFECTIVE = 2, HR_OUTCOME_MARKED = 3 };
enum { HR_NO = 1, HR_YES = 2 };
enum { HR_CENTRE = 1, HR_STATION = 2 };
enum { HR_GRADE_A = 1 };

#endif
