/* The terminal: asking, showing progress, colours. */
#ifndef TOOL_TERMINAL_H
#define TOOL_TERMINAL_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

/* Columns of the terminal that `stream` is; 0 when it is none. */
int terminal_columns(FILE *stream);
/* Whether `stream` may be given colours: a terminal, not a dumb one, and NO_COLOR not set. */
bool terminal_colours(FILE *stream);

enum answer { ANSWERED, NO_TERMINAL, NO_ANSWER };
typedef enum asking {
    ASK_HIDDEN, /* what is typed is not shown */
    ASK_SHOWN,
    ASK_ERASED /* shown while typed, gone from the screen afterwards */
} asking;
/* Asks on the controlling terminal, wherever stdin and stderr go. `out` is the line without its end; NO_ANSWER when it
 * was ended (Ctrl-D) or does not fit. A signal puts the terminal back as it was before it takes effect. */
enum answer terminal_ask(const char *prompt, asking how, char *out, size_t size);
/* Writes on the controlling terminal. False when there is none. */
bool terminal_show(const char *text);
/* Columns of the controlling terminal; 0 when there is none. */
int terminal_width(void);
/* Takes the last `lines` lines off the screen again. */
void terminal_erase(int lines);

enum unit { UNIT_BYTES, UNIT_STEPS };
/* Long work that shows how far it is and that Ctrl-C stops in an orderly way: between begin and end the signals that
 * would end the process are held back, and progress_step tells the library to stop. */
struct progress {
    const char *what;
    enum unit unit;
    bool shown; /* stderr is a terminal */
    bool drawn;
    struct timespec begun, last;
    sigset_t held, before;
};
void progress_begin(struct progress *p, const char *what, enum unit unit);
int progress_step(void *progress, uint64_t done, uint64_t total); /* a hr_progress */
void progress_end(struct progress *p);

#endif
