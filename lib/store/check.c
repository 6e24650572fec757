/* Checks of the pages: SQLCipher's (every page's MAC) and SQLite's (the trees). Each finds what the other misses, and
 * all rows are read. Neither finds old pages put back: that takes folding the log again, which is hr_verify's. */
#include "store/store.h"
#include <stdio.h>
#include <string.h>

static hr_status check_one(hr_store *store, const char *pragma, const char *file, const char *fine, hr_finding_fn found,
                           void *context, int *number) {
    sqlite3_stmt *rows = NULL;
    int code;
    char place[32];
    if (sqlite3_prepare_v2(store->db, pragma, -1, &rows, NULL) != SQLITE_OK) {
        found(context, file, "pages", HR_TR(&store->err, "a page is damaged", "有页面损坏"));
        ++*number;
        return HR_OK;
    }
    while ((code = sqlite3_step(rows)) == SQLITE_ROW) {
        const char *text = (const char *)sqlite3_column_text(rows, 0);
        if (fine && text && strcmp(text, fine) == 0)
            continue;
        snprintf(place, sizeof place, "pages (%d)", ++*number);
        found(context, file, place,
              fine ? HR_TR(&store->err, "the database's structure is damaged", "数据库结构损坏")
                   : HR_TR(&store->err, "a page does not match its authentication code", "有页面与其校验码不符"));
    }
    sqlite3_finalize(rows);
    if (code == SQLITE_CORRUPT || code == SQLITE_NOTADB) {
        found(context, file, "pages", HR_TR(&store->err, "a page is damaged", "有页面损坏"));
        ++*number;
        return HR_OK;
    }
    return code == SQLITE_DONE ? HR_OK : hr_db_fail(store);
}

/* One file: its MACs, and, when they all hold, its trees; on a page that is not itself, the trees could only say the
 * same. */
static hr_status check_file(hr_store *store, const char *macs, const char *trees, const char *file, hr_finding_fn found,
                            void *context) {
    int before = 0;
    hr_status status = check_one(store, macs, file, NULL, found, context, &before);
    return status == HR_OK && before == 0 ? check_one(store, trees, file, "ok", found, context, &before) : status;
}

hr_status hr_pages_check(hr_store *store, hr_finding_fn found, void *context) {
    hr_status status =
        check_file(store, "PRAGMA main.cipher_integrity_check", "PRAGMA main.integrity_check", "facts", found, context);
    return status == HR_OK ? check_file(store, "PRAGMA chart.cipher_integrity_check", "PRAGMA chart.integrity_check",
                                        "chart", found, context)
                           : status;
}

static void count_finding(void *context, const char *file, const char *place, const char *problem) {
    (void)file;
    (void)place;
    (void)problem;
    ++*(int *)context;
}

hr_status hr_pages_sound(hr_store *store, bool *out) {
    int findings = 0;
    hr_status status = hr_pages_check(store, count_finding, &findings);
    *out = findings == 0;
    return status;
}
