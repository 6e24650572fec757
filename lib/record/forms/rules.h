/* Rules between fields that several forms have. Fields are given by their numbers; of a field that is not stated
 * nothing is asked. Each rule fails with HR_INVALID, the fields' labels and the remedy. */
#ifndef HR_RECORD_FORMS_RULES_H
#define HR_RECORD_FORMS_RULES_H

#include "record/form.h"

/* In every list of the national forms that has it, "none", "normal" or "not found" is printed first. */
enum { NONE = 1 };
/* A code among several, as bits of their values. */
#define BIT(code) (UINT64_C(1) << (code))

/* A field that is filled in only with certain codes of another. */
typedef struct hr_detail {
    int field, choice;
    uint64_t with;
} hr_detail;
hr_status hr_rule_details(hr_err *err, const hr_record *row, const hr_detail *details, size_t count);

/* Of blood pressure the lower value is below the upper. */
hr_status hr_rule_pressure(hr_err *err, const hr_record *row, int upper, int lower);
/* A number that is not above another. */
hr_status hr_rule_not_above(hr_err *err, const hr_record *row, int less, int more);
/* Two days of which the first cannot come after the second. */
hr_status hr_rule_order(hr_err *err, const hr_record *row, int first, int second);
/* Works the body mass index out to one decimal. A weight has one decimal (kg), so has a height (cm); an index has two:
 * one that was worked out elsewhere may differ by 0.1. */
hr_status hr_rule_bmi(hr_err *err, hr_record *row, int weight, int height, int bmi);

#endif
