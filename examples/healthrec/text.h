/* What the tool says: two languages side by side, and text that lines up. */
#ifndef TOOL_TEXT_H
#define TOOL_TEXT_H

#include "healthrec.h"
#include <stdbool.h>
#include <stdio.h>

/* Sets the locale so that UTF-8 has widths, and numbers have points, wherever the tool runs. Call first. */
void text_start(void);
/* The language the user reads: HR_LANGUAGE_EN or HR_LANGUAGE_ZH. */
hr_language text_language(void);
/* The one of the two that the user reads. The compiler checks both formats. */
const char *tr(const char *en, const char *zh) __attribute__((format_arg(1), format_arg(2)));
/* The same of a message about `count` things, which English counts in two forms. */
const char *tr_count(uint64_t count, const char *one, const char *many, const char *zh)
    __attribute__((format_arg(2), format_arg(3), format_arg(4)));
/* One line on stderr, beginning with the tool's name, after all that was printed before it. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Whether the user's terminal is known to show more than ASCII. */
bool text_beyond_ascii(void);

/* Columns of a terminal that the text takes. */
int text_width(const char *text);
/* Writes `text` in `width` columns, to the left or right of them. Wider text is written whole, or, when `cut`, cut with
 * an ellipsis. */
void text_put(FILE *out, const char *text, int width, bool right, bool cut);
void text_repeat(FILE *out, const char *what, int times);
/* Writes `text`, whose first line begins in column `indent`, in lines of at most `width` columns, broken between words
 * or Chinese characters; the further lines begin with `indent` blanks. 0 columns: in one line. */
void text_wrap(FILE *out, const char *text, int indent, int width);

/* Reads a whole number of digits alone. False for anything else, and for one that is too large. */
bool number_read(const char *text, int64_t *out);
/* Reads 2003-12-31, 2003/12/31, 20031231 or 2003年12月31日; of 2003-12 and 2003 (or 2003年12月, 2003年) the last day,
 * or the first. Gives yyyymmdd; 0 for anything else. */
typedef enum date_end { DATE_LAST, DATE_FIRST } date_end;
int32_t date_read(const char *text, date_end end);
int32_t date_today(void);
/* "2026-11-24T08:15:02Z" as the clock on the wall shows it, "2026-11-24 16:15"; any other text as it is. */
enum { MOMENT_SIZE = 32 };
const char *moment_text(const char *utc, char out[MOMENT_SIZE]);
/* "2003-12-31" of a whole date. */
enum { DATE_SIZE = 16 };
char *date_text(int32_t date, char out[DATE_SIZE]);

#endif
