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
/* Gives the exit code for `status`, after saying the store's message if something failed; except that stdout took no
 * more, which main says once for whatever was being printed. */
int session_result(const hr_store *store, hr_status status);

int session_exit(hr_status status); /* the same, saying nothing */

/* A handle in the user's language, or an exit code after saying why not. */
int session_new(hr_store **out);
/* Opens the command's first operand with what its options say; else an exit code, after saying why, and *out is NULL.
 */
int session_open(const struct call *c, hr_store **out);
/* The same; the secret that opened it, and the options with it, are kept for secret_wipe. */
struct secret;
int session_open_keeping(const struct call *c, struct secret *keep, hr_open_options *options, hr_store **out);
/* Says so when there is nothing at the path, before the user types a passphrase for nothing. */
int session_exists(const char *path);
/* The same with the recovery key, asked for unless --recovery-file gives it. */
int session_open_by_recovery(const struct call *c, hr_store **out);

/* A passphrase or recovery key, from secret_start until secret_wipe, which is when it has been used. Make a handle
 * before: that forbids core dumps. */
enum { SECRET_SIZE = 1100 };
struct secret {
    char text[SECRET_SIZE];
};
void secret_start(struct secret *s); /* it is empty, and kept from being swapped out where the system's limit allows */
void secret_wipe(struct secret *s);
/* The file that --passphrase-file or HEALTHREC_PASSPHRASE_FILE names; NULL: ask on the terminal. */
const char *passphrase_file(const struct call *c);
/* A new passphrase, into `store_here`, that `try` takes: from the file, or (NULL) the terminal, where it is asked for
 * twice, and again as long as `try` says EXIT_USAGE. */
typedef int (*secret_try)(void *context);
int secret_choose(const char *file, struct secret *store_here, secret_try try, void *context);
/* Whichever of passphrase and recovery key the options ask for, set in `options`; it lives in `store_here`. */
int secret_for_opening(const struct call *c, struct secret *store_here, hr_open_options *options);
/* The other store's passphrase in their place: from --other-passphrase-file, else asked for. */
int secret_for_other(const struct call *c, struct secret *store_here, hr_open_options *options);

#endif
