/* Handing over a new recovery key. */
#ifndef TOOL_RECOVERY_H
#define TOOL_RECOVERY_H

#include "session.h"

/* Writes the key to the new file; NULL: shows it on the terminal and has it typed back. Gives an exit code, after
 * saying what went wrong. */
int recovery_hand_over(hr_store *store, const char *key, const char *file);
/* Says that there is no terminal to show it on; gives the exit code. */
int recovery_needs_file(const char *option);

#endif
