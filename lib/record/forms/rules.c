/* Rules between fields that several forms have. */
#include "record/forms/rules.h"

static bool has_both(const hr_record *row, int one, int other) {
    return hr_record_has(row, one) && hr_record_has(row, other);
}

static hr_status fail(hr_err *err, const hr_record *row, const char *what, int field, int other) {
    return hr_fail(err, HR_INVALID, what, hr_field_label(err, row->form, field), hr_field_label(err, row->form, other));
}

static hr_status check_detail(hr_err *err, const hr_record *row, const hr_detail *detail) {
    uint64_t chosen = (uint64_t)hr_record_number(row, detail->choice);
    if (row->form->fields[detail->choice].type == HR_FIELD_CODE)
        chosen = BIT(chosen);
    if (!has_both(row, detail->field, detail->choice) || (chosen & detail->with))
        return HR_OK;
    return fail(err, row,
                HR_TR(err, "%s: is given, but %s says otherwise; correct whichever is wrong",
                      "%s：与所填%s不符；请更正有误的一项"),
                detail->field, detail->choice);
}

hr_status hr_rule_details(hr_err *err, const hr_record *row, const hr_detail *details, size_t count) {
    hr_status status = HR_OK;
    for (size_t i = 0; i < count && status == HR_OK; i++)
        status = check_detail(err, row, &details[i]);
    return status;
}

hr_status hr_rule_pressure(hr_err *err, const hr_record *row, int upper, int lower) {
    if (!has_both(row, upper, lower) || hr_record_number(row, lower) < hr_record_number(row, upper))
        return HR_OK;
    return fail(err, row,
                HR_TR(err, "%s: is not below %s; correct whichever is wrong", "%s：不低于%s；请更正有误的一项"), lower,
                upper);
}

hr_status hr_rule_not_above(hr_err *err, const hr_record *row, int less, int more) {
    if (!has_both(row, less, more) || hr_record_number(row, less) <= hr_record_number(row, more))
        return HR_OK;
    return fail(err, row, HR_TR(err, "%s: is above %s; correct whichever is wrong", "%s：大于%s；请更正有误的一项"),
                less, more);
}

/* The entry's own day is what others are measured by. */
hr_status hr_rule_order(hr_err *err, const hr_record *row, int first, int second) {
    if (!has_both(row, first, second) ||
        hr_date_latest(hr_record_date(row, second)) >= hr_date_earliest(hr_record_date(row, first)))
        return HR_OK;
    if (second == CARE_DATE)
        return fail(err, row, HR_TR(err, "%s: is after %s; correct whichever is wrong", "%s：晚于%s；请更正有误的一项"),
                    first, second);
    return fail(err, row, HR_TR(err, "%s: is before %s; correct whichever is wrong", "%s：早于%s；请更正有误的一项"),
                second, first);
}

hr_status hr_rule_bmi(hr_err *err, hr_record *row, int weight, int height, int bmi) {
    const hr_field *field = &row->form->fields[bmi];
    int64_t square = hr_record_number(row, height) * hr_record_number(row, height), tenths;
    int64_t given = hr_record_number(row, bmi);
    if (!has_both(row, weight, height))
        return HR_OK;
    tenths = (2000000 * hr_record_number(row, weight) + square) / (2 * square);
    if (10 * tenths < field->least || 10 * tenths > field->most)
        return fail(
            err, row,
            HR_TR(err, "%s: does not go with %s; correct whichever is wrong", "%s：与%s不相称；请更正有误的一项"),
            weight, height);
    if (hr_record_has(row, bmi) && (given > 10 * tenths + 10 || given < 10 * tenths - 10))
        return hr_fail(err, HR_INVALID,
                       HR_TR(err, "%s: is %d.%d by %s and %s; leave it out or correct whichever is wrong",
                             "%s：应为 %d.%d（按%s、%s计算）；请留空，或更正有误的一项"),
                       hr_field_label(err, row->form, bmi), (int)(tenths / 10), (int)(tenths % 10),
                       hr_field_label(err, row->form, weight), hr_field_label(err, row->form, height));
    hr_record_set_number(row, bmi, 10 * tenths);
    return HR_OK;
}
