/* Errors carry a status and one line that says what is wrong and what to do, in the language of the handle.
 *
 * Each message is written once, in both languages side by side, at the place that finds the problem: HR_TR picks one.
 * Being a conditional of two literals, the compiler checks both formats against the arguments. So there is no catalogue
 * file that could be missing on a clinic PC, and no message can exist in one language only. Messages name lines,
 * columns, codes and dates, never a resident's name or a secret. */
#ifndef HR_BASE_ERR_H
#define HR_BASE_ERR_H

#include "healthrec.h"

typedef struct hr_err {
    hr_language language; /* EN or ZH, never AUTO */
    hr_status status;
    char text[1024];
} hr_err;

#define HR_TR(err, en, zh) ((err)->language == HR_LANGUAGE_ZH ? (zh) : (en))

/* Resolves AUTO from the environment; clears the message. */
void hr_err_init(hr_err *err, hr_language language);
void hr_err_clear(hr_err *err);
/* Sets the message and returns `status`, so that a caller can write: return hr_fail(err, HR_INVALID, HR_TR(...), ...);
 */
hr_status hr_fail(hr_err *err, hr_status status, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* HR_SYSTEM for errno `number`, with what was being done ("write keyslots") and the system's reason. */
hr_status hr_fail_errno(hr_err *err, int number, const char *doing);
hr_status hr_fail_memory(hr_err *err);

#endif
