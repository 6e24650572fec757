/* Which fields refer to what: here alone. */
#include "record/refer.h"

static const struct {
    const hr_form *form;
    int field;
    bool resident;
} references[] = {
    {&hr_form_unify, U_ABSORBED, true},    {&hr_form_read, EA_RESIDENT, true},  {&hr_form_call_answer, CA_CALL, false},
    {&hr_form_call_close, CC_CALL, false}, {&hr_form_conflict, CF_HERE, false}, {&hr_form_conflict, CF_THERE, false},
};
enum { REFERENCES = sizeof references / sizeof *references };

static hr_status refer(int64_t *number, bool resident, hr_refer_fn each, void *context, bool *whole) {
    hr_status status = each(context, resident, number);
    *whole = *whole && *number;
    return status;
}

hr_status hr_refer(hr_remark *remark, hr_record *row, hr_refer_fn each, void *context, bool *whole) {
    *whole = true;
    hr_status status = remark->amends ? refer(&remark->amends, false, each, context, whole) : HR_OK;
    for (int i = 0; i < REFERENCES && status == HR_OK; i++) {
        int field = references[i].field;
        if (references[i].form != row->form || !hr_record_has(row, field))
            continue;
        int64_t number = hr_record_number(row, field);
        status = refer(&number, references[i].resident, each, context, whole);
        hr_record_set_number(row, field, number);
    }
    return status;
}

int hr_refer_field(const hr_form *form, bool *resident) {
    for (int i = 0; i < REFERENCES; i++)
        if (references[i].form == form) {
            *resident = references[i].resident;
            return references[i].field;
        }
    return -1;
}
