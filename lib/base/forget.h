/* Memory that forgets. Everything the library frees may have held a name or a number, so what is freed is wiped first.
 * The build puts this header before each file of lib, so no file has to think of it: free and realloc are these. */
#ifndef HR_BASE_FORGET_H
#define HR_BASE_FORGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

/* Frees what malloc and its kin gave. NULL is allowed. */
void hr_forget(void *memory);
/* As realloc, but what is left behind is wiped. `size` is not 0. */
void *hr_regrow(void *memory, size_t size);
/* Whether this is the C library's free. */
bool hr_is_free(void (*function)(void *));
/* Wipes what returned calls have left on this thread's stack. On a stack that the program made itself (a coroutine's)
 * only a little of it. */
void hr_stack_forget(void);

#define free hr_forget
#define realloc hr_regrow

#endif
