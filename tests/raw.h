/* A store's databases past the library, with the right keys: what somebody can do who has them. */
#ifndef TESTS_RAW_H
#define TESTS_RAW_H

#include "support.h"
#include "vault/vault.h"
#include <sqlite3.h>

/* Both databases in SQLCipher, facts as "main" and chart as "chart", by the recovery key. The store must be closed. */
sqlite3 *raw_open(fixture *f);
void raw_close(sqlite3 *db);
void raw_run(sqlite3 *db, const char *sql);
int64_t raw_count(sqlite3 *db, const char *sql); /* the one number that it gives */

/* Makes the chain of the log fit its rows again, and the head with it, as docs/format.md has it: what a forger does who
 * has changed an entry. */
void raw_rechain(sqlite3 *db);
/* Closes the store and runs `sql` on it. */
void raw_tamper(fixture *f, const char *sql);
hr_keys *raw_keys(fixture *f); /* for hr_secret_free */

#endif
