/* Forms as the library describes them: what fields are called, and how their values read. Nothing here knows a form. */
#ifndef TOOL_FORMS_H
#define TOOL_FORMS_H

#include "healthrec.h"
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

typedef struct field {
    char *name, *en, *zh, *meaning, *type, *unit, *range, *codes;
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
/* A value of a record's JSON as people read it. */
void field_write(forms *all, FILE *out, const field *f, const json_t *value);
/* A record, a field a line, indented. False when it is no JSON object. */
bool form_write(forms *all, const form *of, const char *json, int indent);

#endif
