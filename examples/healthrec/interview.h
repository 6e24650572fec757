/* An entry asked for field by field on the terminal. */
#ifndef TOOL_INTERVIEW_H
#define TOOL_INTERVIEW_H

#include "forms.h"

typedef struct interview {
    forms *all;
    const form *of;
    int64_t resident;
    json_t *record; /* begins with what is known already; ends with what was answered */
    bool force;     /* store it although it contradicts what is known; may become true by an answer */
} interview;

/* Gives an exit code, after saying why if that is not EXIT_DONE. *agreed is whether the entry is to be stored. */
int interview_run(interview *i, bool *agreed);

#endif
