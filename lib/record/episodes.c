/* Episodes. Dates are compared by the latest day they can mean, as everywhere that something is counted. */
#include "record/episodes.h"
#include <string.h>

static hr_date day_of(const hr_record *row) {
    return hr_record_date(row, CARE_DATE);
}

static bool before(hr_date a, hr_date b) {
    return hr_date_latest(a) < hr_date_latest(b);
}

static hr_status refuse(hr_err *err, const hr_record *row, const char *because, hr_date date) {
    char text[HR_DATE_SIZE];
    return hr_fail(err, HR_INVALID, because, hr_field_label(err, row->form, CARE_DATE), hr_date_format(date, text));
}

/* ---- home beds ---- */

/* An episode of a resident's: the current one in his record, or an earlier one. */
typedef struct bed {
    hr_date from, to; /* to 0: open, or until the next begins */
    hr_past *past;    /* NULL: the current one */
} bed;

/* The last episode that begins on or before a day; from 0 when there is none. */
static bed bed_by(const hr_resident *r, hr_date day) {
    hr_date from = hr_record_date(&r->now, R_HOME_BED_OPENED);
    bed found = {0};
    if (from && !before(day, from))
        found = (bed){from, hr_record_date(&r->now, R_HOME_BED_CLOSED), NULL};
    for (size_t i = 0; i < r->past_count; i++) {
        hr_past *p = &r->past[i];
        if (p->kind == HR_PAST_HOME_BED && !before(day, p->from) && (!found.from || before(found.from, p->from)))
            found = (bed){p->from, p->to, p};
    }
    return found;
}

hr_status hr_fold_home_bed_open(hr_err *err, hr_resident *r, const hr_record *row) {
    hr_date day = day_of(row), current = hr_record_date(&r->now, R_HOME_BED_OPENED);
    bed last = bed_by(r, day);
    if (last.from == day)
        return HR_OK;
    if (last.from && (!last.to || before(day, last.to)))
        return refuse(err, row,
                      HR_TR(err, "%s: a home bed is open since %s; close that one first, or correct the date",
                            "%s：%s 所建家庭病床尚未撤床；请先撤床，或更正日期"),
                      last.from);
    if (current && before(day, current))
        return hr_past_push(err, r, (hr_past){HR_PAST_HOME_BED, 0, day, 0});
    if (current) {
        hr_status status =
            hr_past_push(err, r, (hr_past){HR_PAST_HOME_BED, 0, current, hr_record_date(&r->now, R_HOME_BED_CLOSED)});
        if (status != HR_OK)
            return status;
    }
    hr_record_set_number(&r->now, R_HOME_BED_OPENED, day);
    hr_record_unset(&r->now, R_HOME_BED_CLOSED);
    return HR_OK;
}

static hr_status refuse_no_bed(hr_err *err, const hr_record *row) {
    return refuse(err, row,
                  HR_TR(err, "%s: no home bed is open on %s; add home_bed_open first, or correct the date",
                        "%s：%s 没有在床的家庭病床；请先登记建床，或更正日期"),
                  day_of(row));
}

hr_status hr_fold_home_bed_visit(hr_err *err, hr_resident *r, const hr_record *row) {
    bed last = bed_by(r, day_of(row));
    return last.from && (!last.to || !before(last.to, day_of(row))) ? HR_OK : refuse_no_bed(err, row);
}

hr_status hr_fold_home_bed_close(hr_err *err, hr_resident *r, const hr_record *row) {
    hr_date day = day_of(row);
    bed last = bed_by(r, day);
    if (!last.from)
        return refuse_no_bed(err, row);
    if (last.to && last.to != day)
        return refuse(err, row,
                      HR_TR(err, "%s: the home bed was closed on %s already; correct one of the dates",
                            "%s：该家庭病床已于 %s 撤床；请更正其一"),
                      last.to);
    if (last.past)
        last.past->to = day;
    else
        hr_record_set_number(&r->now, R_HOME_BED_CLOSED, day);
    return HR_OK;
}

/* ---- rehabilitation ---- */

/* What began by a day began then, unless it is known to have begun before. */
static void begin(hr_resident *r, int field, hr_date day) {
    hr_date known = hr_record_date(&r->now, field);
    if (!known || before(day, known))
        hr_record_set_number(&r->now, field, day);
}

static bool by(const hr_resident *r, int field, hr_date day) {
    hr_date known = hr_record_date(&r->now, field);
    return known && !before(day, known);
}

hr_status hr_fold_rehab_assessment(hr_err *err, hr_resident *r, const hr_record *row) {
    hr_date day = day_of(row);
    if (hr_record_number(row, CARE_NEEDS_REHAB) == HR_YES)
        begin(r, R_REHAB_NEED, day);
    else if (by(r, R_REHAB_NEED, day))
        return refuse(err, row,
                      HR_TR(err,
                            "%s: says that there is no need, but there is one since %s; correct the resident's "
                            "rehab_need_since, or this entry",
                            "%s：所填为无康复需求，但自 %s 起有康复需求；请更正居民的康复需求日期或本条记录"),
                      hr_record_date(&r->now, R_REHAB_NEED));
    return HR_OK;
}

hr_status hr_fold_rehab_service(hr_err *err, hr_resident *r, const hr_record *row) {
    if (!by(r, R_REHAB_NEED, day_of(row)))
        return refuse(err, row,
                      HR_TR(err,
                            "%s: no need of rehabilitation is known on %s; add rehab_assessment first, or correct the "
                            "date",
                            "%s：%s 尚无康复需求记录；请先登记康复评估，或更正日期"),
                      day_of(row));
    begin(r, R_REHAB_SERVED, day_of(row));
    return HR_OK;
}

hr_status hr_fold_rehab_outcome(hr_err *err, hr_resident *r, const hr_record *row) {
    hr_record patch;
    if (!by(r, R_REHAB_SERVED, day_of(row)))
        return refuse(err, row,
                      HR_TR(err,
                            "%s: no rehabilitation service is known by %s that this could be the outcome of; add "
                            "rehab_plan or rehab_session first, or correct the date",
                            "%s：至 %s 尚无康复服务，无从评定效果；请先登记康复计划或康复训练，或更正日期"),
                      day_of(row));
    hr_record_clear(&patch, &hr_form_resident);
    hr_record_set_number(&patch, R_OUTCOME, hr_record_number(row, CARE_OUTCOME));
    hr_record_set_number(&patch, R_OUTCOME_DATE, day_of(row));
    return hr_resident_fold(err, r, &patch);
}

hr_status hr_fold_household_care(hr_err *err, hr_resident *r, const hr_record *row) {
    (void)err;
    begin(r, R_HOUSEHOLD_CARE, day_of(row));
    return HR_OK;
}

/* ---- any entry ---- */

/* Keeps the first day of each year on which there was such an entry: that is all that figures ask for. */
static hr_status use(hr_err *err, hr_resident *r, hr_past_kind kind, hr_date day) {
    for (size_t i = 0; i < r->past_count; i++) {
        hr_past *p = &r->past[i];
        if (p->kind != kind || p->from / 10000 != day / 10000)
            continue;
        if (before(day, p->from))
            p->from = day;
        return HR_OK;
    }
    return hr_past_push(err, r, (hr_past){kind, 0, day, 0});
}

hr_status hr_fold_care(hr_err *err, hr_resident *r, const hr_record *row) {
    hr_date day = day_of(row), birth = hr_record_date(&r->now, R_BIRTH_DATE), died = hr_record_date(&r->now, R_DIED);
    hr_status status = HR_OK, problem = HR_OK;
    if (birth && hr_date_latest(day) < hr_date_earliest(birth))
        problem = refuse(
            err, row, HR_TR(err, "%s: is before he was born (%s); correct the date", "%s：早于出生日期（%s）；请更正"),
            birth);
    else if (died && hr_date_latest(died) < hr_date_earliest(day) && !row->form->after_death)
        problem = refuse(err, row,
                         HR_TR(err, "%s: is after his death (%s); correct the date, or his date of death",
                               "%s：晚于死亡日期（%s）；请更正该日期或死亡日期"),
                         died);
    else if (row->form->fold)
        problem = row->form->fold(err, r, row);
    if (problem != HR_OK && problem != HR_INVALID)
        return problem;
    if (row->form->use != HR_USE_NONE)
        status = use(err, r, HR_PAST_USE, day);
    if (status == HR_OK && row->form->use == HR_USE_EXAM)
        status = use(err, r, HR_PAST_EXAM, day);
    return status == HR_OK ? problem : status;
}
