/* Who saw what: reading somebody's file, listing residents, taking data out, and failed attempts to open the store are
 * said in the log before anything is given. An entry that cannot be written means that nothing is given. */
#ifndef HR_RECORD_ACCESS_H
#define HR_RECORD_ACCESS_H

#include "record/form.h"
#include "store/store.h"

/* Begins reading (as hr_chart_begin, for hr_read_end) the health file of whoever resident `id` is counted as, `root`,
 * once it is in the log that it is read. Of a resident there is not, nothing is said. On failure nothing has begun. */
hr_status hr_access_file(hr_store *store, int64_t id, int64_t *root);
/* The same of several, within a read transaction, for HR_READ_FILE or HR_READ_CARD. When there was something to be
 * said, the transaction was ended and another begun, and `again` is true: whoever they are has to be found out again.
 */
hr_status hr_access_read(hr_store *store, int what, const int64_t *residents, size_t count, bool *again);
/* Says which list is given (HR_SEARCH_FIND, …), of how many (-1: not known yet), chosen how: `detail` (may be NULL)
 * identifies nobody. Not within a read transaction. */
hr_status hr_access_search(hr_store *store, int what, int64_t count, const char *detail);
/* Says that data leaves the store (HR_EXPORT_BACKUP, …). Not within a read transaction. */
hr_status hr_access_export(hr_store *store, int what, const char *detail);
/* Puts the failed attempts to open this store, which was just opened, into the log; store->attempts says how many. What
 * cannot be put there now stays for the next opening. */
void hr_access_attempts(hr_store *store);

#endif
