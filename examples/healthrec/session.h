/* Opening stores, secrets, and what an exit code means. */
#ifndef TOOL_SESSION_H
#define TOOL_SESSION_H

#include "healthrec.h"
#include "options.h"

typedef enum exit_code {
    EXIT_DONE = 0,
    EXIT_NO = 1,
    EXIT_USAGE = 2,
    EXIT_REFUSED = 3,
    EXIT_MISSING = 4,
    EXIT_UNTRUSTED = 5,
    EXIT_BUSY = 6,
    EXIT_SYSTEM = 7
} exit_code;

/* What the code means to people; NULL past the last. */
const char *exit_meaning(int code);
int exit_for(hr_status status);
/* Says the store's message and gives the exit code for `status`. */
int session_fail(const hr_store *store, hr_status status);

/* A handle in the user's language, or an exit code after saying why not. */
int session_new(hr_store **out);
/* Opens the command's first operand with what its options say; else an exit code, after saying why, and *out is NULL.
 */
int session_open(const struct call *c, hr_store **out);
/* Warns when the store's key slots had to be read from their copy. */
void session_warn(hr_store *store);

/* A passphrase or recovery key. Wipe it when it has been used. */
enum { SECRET_SIZE = 1100 };
struct secret {
    char text[SECRET_SIZE];
};
void secret_wipe(struct secret *s);
/* From --passphrase-file, HEALTHREC_PASSPHRASE_FILE or the terminal; a new one is asked for twice there. */
int secret_passphrase(const struct call *c, bool is_new, struct secret *out);
/* Whichever of passphrase and recovery key the options ask for, set in `options`; it lives in `store_here`. */
int secret_for_opening(const struct call *c, struct secret *store_here, hr_open_options *options);

#endif
