/* Forms as the library describes them: what fields are called, and how their values read. Nothing here knows a form. */
#ifndef TOOL_FORMS_H
#define TOOL_FORMS_H

#include "healthrec.h"
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

typedef struct field {
    char *name, *en, *zh, *meaning, *type, *unit, *range, *codes, *standard;
    bool required, computed;
} field;

typedef struct form {
    char *kind, *title;
    bool care;
    field *fields;
    size_t count;
    int width; /* of the widest label */
    struct form *next;
} form;

/* Forms that were asked for, kept until forms_free. */
typedef struct forms {
    hr_store *store;
    form *first;
} forms;

/* A form by its kind. NULL when there is none, or no memory: hr_error says which. */
const form *forms_get(forms *f, const char *kind);
void forms_free(forms *f);

/* A field by its name or either label; NULL when there is none. */
const field *form_field(const form *of, const char *name);
const char *field_label(const field *f);
/* The field whose name, or in Chinese label, a message of the library's begins with; NULL when none. */
const field *form_blamed(const form *of, const char *message);
/* What the field means and what may stand in it, a point a line, indented, in lines of at most `width` columns (0:
 * any).
 */
void field_describe(FILE *out, const field *f, int indent, int width);
/* A value of a record's JSON as people read it. */
void field_write(forms *all, FILE *out, const field *f, const json_t *value);
/* How an entry is headed wherever it is shown; what is 0 or NULL is left out. */
typedef struct heading {
    int64_t seq;
    const char *date, *title;
    const char *recorded, *author; /* UTC as hr_history gives it; both or none */
    int64_t resident;              /* whom it was said of */
    bool forced;
} heading;
void heading_write(const heading *h);

/* The words of one of the field's codes, in `out`; the code itself when it has none. */
const char *field_words(const field *f, const char *code, char *out, size_t size);
/* A record, a field a line, indented, in lines of at most `width` columns (0: any). False when it is no JSON object. */
bool form_write(forms *all, FILE *out, const form *of, const char *json, int indent, int width);

#endif
