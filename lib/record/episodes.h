/* What entries of care mean for the resident as a whole: a home bed is opened before it is visited or closed, and not
 * twice; rehabilitation is given to those who need it, and an outcome is of a service. Each is the hook of its forms
 * (hr_form.fold): HR_INVALID with the reason when the entry contradicts what is known, which then stays as it was. */
#ifndef HR_RECORD_EPISODES_H
#define HR_RECORD_EPISODES_H

#include "record/resident.h"

hr_status hr_fold_home_bed_open(hr_err *err, struct hr_resident *resident, const struct hr_record *row);
hr_status hr_fold_home_bed_visit(hr_err *err, struct hr_resident *resident, const struct hr_record *row);
hr_status hr_fold_home_bed_close(hr_err *err, struct hr_resident *resident, const struct hr_record *row);
hr_status hr_fold_rehab_assessment(hr_err *err, struct hr_resident *resident, const struct hr_record *row);
hr_status hr_fold_rehab_service(hr_err *err, struct hr_resident *resident, const struct hr_record *row);
hr_status hr_fold_rehab_outcome(hr_err *err, struct hr_resident *resident, const struct hr_record *row);
hr_status hr_fold_household_care(hr_err *err, struct hr_resident *resident, const struct hr_record *row);

/* Any entry of care: that it lies within his lifetime, what it counts as (hr_use), and its form's hook. */
hr_status hr_fold_care(hr_err *err, hr_resident *resident, const hr_record *row);

#endif
