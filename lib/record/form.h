/* Forms: what fields a kind of record has, and what may stand in each. One declarative table a kind (forms/), one
 * parser, one comparison, one JSON reader and one JSON writer for all of them; a column's name, labels and rule exist
 * once. What the entries of a form mean for a resident as a whole is a hook of its row, so a form is one file.
 *
 * A record holds values of a form's fields: `given` says which are stated, `cleared` which are to be emptied. Text
 * lives in the record's own buffer, everything else is an integer (dates yyyymmdd, codes, ID numbers, areas). */
#ifndef HR_RECORD_FORM_H
#define HR_RECORD_FORM_H

#include "base/err.h"
#include "base/ident.h"
#include "base/moment.h"
#include "base/text.h"

typedef enum hr_field_type {
    HR_FIELD_TEXT,
    HR_FIELD_DATE,
    HR_FIELD_CODE,  /* one of `codes` */
    HR_FIELD_CODES, /* one or several of `codes`, as bits of their values */
    HR_FIELD_AREA,  /* any tier */
    HR_FIELD_AREAS, /* area codes parted by ; kept as text */
    HR_FIELD_ID_NUMBER,
    HR_FIELD_FILE_NUMBER,
    HR_FIELD_CERTIFICATE, /* kept as text */
    HR_FIELD_COUNT,       /* a whole number from least to most */
    HR_FIELD_DECIMAL,     /* a number with at most `decimals` decimals, kept times 10^decimals, as least and most are */
    HR_FIELD_MOMENT       /* a time of a day, local; kept as yyyymmddhhmmss */
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
    bool computed;       /* worked out by the form; may be given, if it is the same */
    bool counts;         /* a figure depends on it: it stays when the resident is erased (record/custody.h) */
    bool secret;         /* never shown */
    int size;            /* text: most bytes */
    int decimals;        /* decimal: 1 to 4 */
    int64_t least, most; /* counts and decimals */
    const hr_code *codes;
    uint64_t alone;             /* of several codes: those that stand with no other ("none"), as bits of their values */
    const char *unit, *unit_zh; /* of counts and decimals, for people; unit_zh NULL: the same */
    const char *standard;       /* the code it has elsewhere, such as "LOINC 8480-6" or "GB/T 2261.2"; NULL: none */
    const char *meaning_en, *meaning_zh;
} hr_field;

/* What the records of a form are about. */
typedef enum hr_about {
    HR_ABOUT_RESIDENT, /* a resident's own fields: the form "resident" */
    HR_ABOUT_AREA,     /* a register: areas, institutions, figures */
    HR_ABOUT_CARE,     /* what was found or done on a day for a resident: an entry of his health file */
    HR_ABOUT_UNITY,    /* two residents who are one: the form "unify" */
    HR_ABOUT_CALL,     /* an emergency call, whose resident may not be known */
    HR_ABOUT_CUSTODY,  /* a resident's file is restricted, released or erased (record/custody.h) */
    HR_ABOUT_CONFLICT, /* two copies of the store said different things of a resident (record/conflicts.h) */
    HR_ABOUT_STORE     /* who may open the store, who read what (record/events.h) */
} hr_about;

/* What an entry counts as, besides what its form's hook says. */
typedef enum hr_use {
    HR_USE_NONE,
    HR_USE_FILE, /* the file is in use in that year */
    HR_USE_EXAM  /* and its owner was examined in that year */
} hr_use;

struct hr_record;
struct hr_resident;

typedef struct hr_form {
    const char *kind;   /* "resident": of entries and hr_put */
    const char *plural; /* "residents": of rosters; of care the kind again */
    const char *en, *zh;
    hr_about about;
    int keys; /* of registers: the first fields, which identify a row */
    const hr_field *fields;
    int count;
    hr_use use;
    bool after_death; /* there may be such an entry of a day after his death */
    bool by_library;  /* a register that no roster fills and hr_put does not take */
    /* Rules between fields, and fields that are worked out of others. NULL: none. */
    hr_status (*complete)(hr_err *err, struct hr_record *row);
    /* What an entry of care changes in what is known of the resident (record/episodes.h). HR_INVALID with the reason
     * when it contradicts that; the resident is then unchanged. NULL: it changes nothing. */
    hr_status (*fold)(hr_err *err, struct hr_resident *resident, const struct hr_record *row);
} hr_form;

/* The first field of every form of care is the day on which it was so. */
enum { CARE_DATE = 0 };

enum { HR_FIELDS_MAX = 192, HR_RECORD_TEXT = 6144 };

/* A set of fields. */
enum { HR_FIELDS_WORDS = HR_FIELDS_MAX / 64 };
typedef struct hr_fields {
    uint64_t bits[HR_FIELDS_WORDS];
} hr_fields;
static inline bool hr_fields_has(const hr_fields *set, int field) {
    return (set->bits[field >> 6] >> (field & 63)) & 1;
}
static inline void hr_fields_add(hr_fields *set, int field) {
    set->bits[field >> 6] |= UINT64_C(1) << (field & 63);
}
static inline void hr_fields_remove(hr_fields *set, int field) {
    set->bits[field >> 6] &= ~(UINT64_C(1) << (field & 63));
}
static inline bool hr_fields_none(const hr_fields *set) {
    return (set->bits[0] | set->bits[1] | set->bits[2]) == 0;
}
_Static_assert(HR_FIELDS_WORDS == 3, "hr_fields_none looks at three");

typedef struct hr_record {
    const hr_form *form;
    hr_fields given, cleared; /* never both */
    uint16_t used;
    int64_t number[HR_FIELDS_MAX]; /* of a text: where it begins in `text` */
    char text[HR_RECORD_TEXT];
} hr_record;

/* Whether values are kept as text; all others are numbers. */
bool hr_field_is_text(const hr_field *field);

/* forms/registers.c and forms/resident.c; then those of care, a file each. */
extern const hr_form hr_form_resident, hr_form_area, hr_form_institution, hr_form_population;
extern const hr_form hr_form_grade, hr_form_elder_help, hr_form_care_beds, hr_form_hotline, hr_form_indicator,
    hr_form_retention, hr_form_peer, hr_form_bundle_sent, hr_form_bundle_received, hr_form_figures, hr_form_reporting,
    hr_form_correction;
extern const hr_form hr_form_basic_information, hr_form_health_examination, hr_form_self_care, hr_form_encounter,
    hr_form_consultation, hr_form_referral_out, hr_form_referral_back, hr_form_hypertension_followup,
    hr_form_diabetes_followup, hr_form_rehab_assessment, hr_form_rehab_plan, hr_form_rehab_session,
    hr_form_rehab_outcome, hr_form_home_bed_open, hr_form_home_bed_visit, hr_form_home_bed_close,
    hr_form_household_care, hr_form_note, hr_form_unify;
extern const hr_form hr_form_call_raise, hr_form_call_answer, hr_form_call_close;
extern const hr_form hr_form_restrict, hr_form_release, hr_form_erase, hr_form_conflict;
extern const hr_form hr_form_operator, hr_form_rotate, hr_form_read, hr_form_search, hr_form_export, hr_form_unlock,
    hr_form_clock, hr_form_merge, hr_form_identity, hr_form_linkage, hr_form_publication;
/* A condition on chart.entry that leaves out the forms about the store that become many or are secret, word for word as
 * the index over entries of registers has it. */
#define HR_LOG_NO_EVENT                                                                                                \
    "kind NOT IN ('operator', 'rotate', 'read', 'search', 'export', 'unlock', 'clock', 'merge', 'identity', "          \
    "'linkage')"
/* A condition that finds entries of this store's own keys and of linkage keys, word for word as the index over those
 * has it; "AND kind = …" goes with it. */
#define HR_LOG_EXCHANGE "kind IN ('identity', 'linkage')"
/* By kind or plural; NULL if there is none. */
const hr_form *hr_form_named(const char *name);
const hr_form *hr_form_at(int index); /* NULL past the last */

/* Code lists that several forms use (forms/codes.c). */
extern const hr_code hr_codes_yes_no[], hr_codes_none_yes[], hr_codes_outcome[], hr_codes_disability[],
    hr_codes_dependence[], hr_codes_visit[], hr_codes_quality[], hr_codes_regularity[], hr_codes_control[],
    hr_codes_rehab_measure[], hr_codes_rehab_place[];

void hr_record_clear(hr_record *record, const hr_form *form);
static inline bool hr_record_has(const hr_record *record, int field) {
    return hr_fields_has(&record->given, field);
}
static inline bool hr_record_clears(const hr_record *record, int field) {
    return hr_fields_has(&record->cleared, field);
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

/* What a number may be, for people: "30 to 45 ℃". */
void hr_field_range(const hr_field *field, hr_language language, char *out, size_t size);

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
/* The registers' fields. */
enum { A_AREA, A_NAME, A_PARENT, A_COUNT };
enum { I_CODE, I_NAME, I_KIND, I_AREA, I_GRADE, I_SERVES, I_OPENED, I_CLOSED, I_NETWORKED, I_COUNT };
enum { P_AREA, P_YEAR, P_RESIDENTS, P_ELDERLY, P_REHAB_NEED, P_HOME_BED, P_SOURCE, P_COUNT };
enum { G_INSTITUTION, G_SINCE, G_GRADE, G_SOURCE, G_COUNT };
enum { E_AREA, E_SINCE, E_UNTIL, E_SOURCE, E_COUNT };
enum { B_AREA, B_SINCE, B_BEDS, B_SOURCE, B_COUNT };
enum { H_AREA, H_PERIOD, H_REQUESTS, H_MET, H_SOURCE, H_COUNT };
enum { N_CODE, N_NAME_EN, N_NAME_ZH, N_NUMERATOR, N_DENOMINATOR, N_TARGET, N_DUE, N_SECONDS, N_SOURCE, N_COUNT };
enum { RT_WHAT, RT_YEARS, RT_SOURCE, RT_COUNT };
enum { HR_RETAIN_FILE = 1 };
enum { PE_STORE, PE_KIND, PE_NAME, PE_AREA, PE_AGE, PE_MINISIGN, PE_FINGERPRINT, PE_REMOVED, PE_COUNT };
enum { HR_PEER_STATION = 1, HR_PEER_BUREAU };
enum {
    BU_STORE,
    BU_SEQ,
    BU_HASH,
    BU_OTHERS,
    BU_ENTRY,
    BU_HEAD,
    BU_LEVEL,
    BU_UNTIL,
    BU_YEAR,
    BU_RECEIVED,
    BU_LOG,
    BU_COUNT
};
enum { HR_LEVEL_PERSONS = 1, HR_LEVEL_FIGURES };
enum { FG_STATION, FG_AREA, FG_TALLY, FG_DECADE, FG_CHANGES, FG_COUNT };
enum { RG_STATION, RG_AREA, RG_UNTIL, RG_COUNT };
enum { CX_STATION, CX_BUNDLE, CX_AREA, CX_TALLY, CX_FROM, CX_MONTHS, CX_NOW, CX_BEFORE, CX_RECEIVED, CX_COUNT };
/* The calls' fields. */
enum { CR_TIME, CR_DEVICE, CR_PHONE, CR_SIGNAL, CR_MESSAGE, CR_AREA, CR_COUNT };
enum { HR_SIGNAL_TEST = 6 };
enum { CA_TIME, CA_CALL, CA_BY, CA_NOTE, CA_COUNT };
enum { CC_TIME, CC_CALL, CC_OUTCOME, CC_BY, CC_NOTE, CC_COUNT };
enum { U_ABSORBED, U_COUNT };
/* Those of what is done with a file: restricting it and releasing it have the same. */
enum { CU_WHY, CU_COUNT };
enum { CE_DIGEST, CE_REDUCED, CE_COUNT };
enum { CF_WHAT, CF_FIELD, CF_HERE, CF_THERE, CF_COUNT };
enum { HR_CONFLICT_FIELD = 1, HR_CONFLICT_NUMBER, HR_CONFLICT_ERASED, HR_CONFLICT_CORRECTED };
/* Those of what happens to the store. */
enum { EO_ACTION, EO_OPERATOR, EO_ROLE, EO_KEY, EO_COUNT };
enum { HR_OPERATOR_ADDED = 1, HR_OPERATOR_REMOVED, HR_OPERATOR_PASSPHRASE, HR_OPERATOR_RECOVERY };
enum { ER_GENERATION, ER_COUNT };
enum { EA_RESIDENT, EA_WHAT, EA_COUNT };
enum { HR_READ_FILE = 1, HR_READ_CARD };
enum { ES_WHAT, ES_RESIDENTS, ES_DETAIL, ES_COUNT };
enum {
    HR_SEARCH_FIND = 1,
    HR_SEARCH_LIST,
    HR_SEARCH_DUPLICATES,
    HR_SEARCH_CHECK,
    HR_SEARCH_CALLS,
    HR_SEARCH_CONFLICTS
};
enum { EX_WHAT, EX_DETAIL, EX_COUNT };
enum { HR_EXPORT_BACKUP = 1, HR_EXPORT_MERGE, HR_EXPORT_LINKAGE, HR_EXPORT_BUNDLE };
enum { EU_ATTEMPTS, EU_FIRST, EU_LAST, EU_OPERATORS, EU_DAMAGED, EU_COUNT };
enum { EC_FROM, EC_TO, EC_COUNT };
enum { EM_STORE, EM_ENTRIES, EM_LEFT_OUT, EM_COUNT };
enum { EI_FINGERPRINT, EI_AGE, EI_SIGN, EI_COUNT };
enum { EL_YEAR, EL_FROM, EL_KEY, EL_COUNT };
enum { EP_AS_OF, EP_KNOWN, EP_WITHIN, EP_BY, EP_INDICATORS, EP_RATIOS, EP_HIDE, EP_RULE, EP_COUNT };
/* Those of forms of care whose hooks others write. */
enum { CARE_NEEDS_REHAB = 1, CARE_OUTCOME = 1 };
enum { HR_OUTCOME_NONE = 1, HR_OUTCOME_EFFECTIVE = 2, HR_OUTCOME_MARKED = 3 };
enum { HR_NO = 1, HR_YES = 2 };
enum { HR_CENTRE = 1, HR_STATION = 2 };
enum { HR_GRADE_A = 1 };

#endif
