/* The head of the log on paper, and back. */
#ifndef TOOL_HEAD_H
#define TOOL_HEAD_H

#include "session.h"

/* Prints the head as text and as a QR code; gives an exit code. */
int head_print(hr_store *store);
/* The head in `given`, which is its text or names a file that holds what head_print printed; for free(). NULL after
 * saying what is wrong, with *code set. */
char *head_read(const char *given, int *code);

#endif
