/* Residents as rows of a cursor: one set of columns for find and list. */
#ifndef HR_RECORD_ROWS_H
#define HR_RECORD_ROWS_H

#include "base/cursor.h"
#include "record/resident.h"
#include "store/store.h"

/* Gives out the residents `ids` in their order (`count` of them; taken over, for free()), those that `keep` (may be
 * NULL) says yes to, `limit` at most (0: all). `text` (may be NULL) is taken over and passed to `keep`. `homes` (may be
 * NULL; taken over) gives the area to show for each, where that is not today's. */
typedef bool (*hr_keep_fn)(hr_store *store, const char *text, const hr_record *now);
hr_status hr_resident_rows(hr_store *store, int64_t *ids, hr_area *homes, size_t count, hr_keep_fn keep, char *text,
                           int64_t limit, hr_cursor **out);

#endif
