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
/* One line on stderr, beginning with the tool's name. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Whether the user's terminal is known to show more than ASCII. */
bool text_beyond_ascii(void);

/* Columns of a terminal that the text takes. */
int text_width(const char *text);
/* Writes `text` in `width` columns, to the left or right of them. Wider text is written whole, or, when `cut`, cut with
 * an ellipsis. */
void text_put(FILE *out, const char *text, int width, bool right, bool cut);
void text_repeat(FILE *out, const char *what, int times);

/* Reads 2003-12-31, 2003/12/31, 20031231 or 2003年12月31日; of 2003-12 and 2003 (or 2003年12月, 2003年) the last day.
 * Gives yyyymmdd; 0 for anything else. */
int32_t date_read(const char *text);
int32_t date_today(void);

#endif
