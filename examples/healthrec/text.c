/* Language, width and dates: what every other file of the tool says its piece with.
 *
 * There is no catalogue of translations: each message stands in both languages where it is used, and tr() picks. It
 * asks the environment every time, by the rule the library follows too, so there is no state that could disagree with
 * it. Widths come from wcwidth, which needs a UTF-8 locale; a minimal Debian has at least C.UTF-8. */
#include "text.h"
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <wchar.h>

/* ---- language ---- */

void text_start(void) {
    /* A Chinese desktop whose locale was never generated is no reason to lose widths. */
    if (!setlocale(LC_ALL, ""))
        setlocale(LC_ALL, "C.UTF-8");
    if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
        setlocale(LC_CTYPE, "C.UTF-8");
    setlocale(LC_NUMERIC, "C");
}

static const char *variable(const char *name) {
    const char *value = getenv(name);
    return value ? value : "";
}

hr_language text_language(void) {
    static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    const char *wanted = "";
    for (size_t i = 0; i < sizeof names / sizeof *names && !*wanted; i++)
        wanted = variable(names[i]);
    if (!*wanted || strcmp(wanted, "C") == 0 || strcmp(wanted, "POSIX") == 0)
        return HR_LANGUAGE_EN;
    const char *list = variable("LANGUAGE");
    list += strspn(list, ":");
    return strncmp(*list ? list : wanted, "zh", 2) == 0 ? HR_LANGUAGE_ZH : HR_LANGUAGE_EN;
}

const char *tr(const char *en, const char *zh) {
    return text_language() == HR_LANGUAGE_ZH ? zh : en;
}

const char *tr_count(uint64_t count, const char *one, const char *many, const char *zh) {
    return tr(count == 1 ? one : many, zh);
}

void say(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fflush(stdout);
    fputs("healthrec: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
}

bool text_beyond_ascii(void) {
    const char *messages = setlocale(LC_MESSAGES, NULL);
    return messages && strcmp(messages, "C") != 0 && strcmp(messages, "POSIX") != 0;
}

/* ---- width ---- */

/* The next character's size in bytes and its width; what is no printable character is one byte wide as a question mark.
 */
static size_t next_character(const char *text, int *width) {
    wchar_t character;
    mbstate_t state = {0};
    size_t size = mbrtowc(&character, text, strlen(text), &state);
    *width = size == (size_t)-1 || size == (size_t)-2 ? -1 : wcwidth(character);
    if (*width >= 0)
        return size;
    *width = 1;
    return size == (size_t)-1 || size == (size_t)-2 || size == 0 ? 1 : size;
}

int text_width(const char *text) {
    int total = 0, width;
    while (*text) {
        text += next_character(text, &width);
        total += width;
    }
    return total;
}

static bool printable(const char *text, size_t size) {
    mbstate_t state = {0};
    wchar_t character;
    size_t read = mbrtowc(&character, text, size, &state);
    return read != (size_t)-1 && read != (size_t)-2 && wcwidth(character) >= 0;
}

/* Writes one character; a question mark for what would move a terminal about. */
static void write_character(FILE *out, const char *text, size_t size) {
    if (printable(text, size))
        fwrite(text, 1, size, out);
    else
        fputc('?', out);
}

void text_repeat(FILE *out, const char *what, int times) {
    while (times-- > 0)
        fputs(what, out);
}

void text_put(FILE *out, const char *text, int width, bool right, bool cut) {
    int whole = text_width(text), used = 0, wide;
    bool shorten = cut && whole > width;
    int room = shorten ? width - 1 : whole;
    if (right && !shorten)
        text_repeat(out, " ", width - whole);
    while (*text) {
        size_t size = next_character(text, &wide);
        if (used + wide > room)
            break;
        write_character(out, text, size);
        used += wide;
        text += size;
    }
    if (shorten) {
        fputs("…", out);
        used++;
    }
    if (!right || shorten)
        text_repeat(out, " ", width - used);
}

/* ---- lines ---- */

static bool begins_with(const char *text, const char *const *marks) {
    for (; *marks; marks++)
        if (strncmp(text, *marks, strlen(*marks)) == 0)
            return true;
    return false;
}

/* The size of what has to stay in one line: a word, or a Chinese character with the marks that cling to it. */
static size_t unbroken(const char *text, int *width) {
    static const char *const closing[] = {"，", "。", "、", "；", "：", "）", "”", ")", ",", ".", ";", ":", NULL};
    static const char *const opening[] = {"（", "“", "(", NULL};
    const char *at = text;
    int wide = 0, next = 0;
    for (*width = 0; *at && *at != ' ';) {
        const char *last = at;
        at += next_character(at, &wide);
        *width += wide;
        next_character(at, &next);
        if ((wide == 2 || next == 2) && !begins_with(at, closing) && !begins_with(last, opening))
            break;
    }
    return (size_t)(at - text);
}

void text_wrap(FILE *out, const char *text, int indent, int width) {
    for (int at = indent, wide; *text;) {
        size_t blanks = strspn(text, " "), size = unbroken(text + blanks, &wide);
        if (width && at > indent && at + (int)blanks + wide > width) {
            fputc('\n', out);
            text_repeat(out, " ", at = indent);
        } else {
            text_repeat(out, " ", (int)blanks);
            at += (int)blanks;
        }
        text += blanks;
        for (size_t left = size, one; left; left -= one, text += one) {
            int unused;
            one = next_character(text, &unused);
            write_character(out, text, one);
        }
        at += wide;
    }
    fputc('\n', out);
}

/* ---- numbers and dates ---- */

static bool digit(char c) {
    return c >= '0' && c <= '9';
}

bool number_read(const char *text, int64_t *out) {
    errno = 0;
    *out = strtoll(text, NULL, 10);
    return *text && !text[strspn(text, "0123456789")] && errno == 0;
}

static int read_number(const char **at, int least, int most) {
    int value = 0, count = 0;
    for (; count < most && digit(**at); count++)
        value = value * 10 + (*(*at)++ - '0');
    return count >= least ? value : -1;
}

static bool skip(const char **at, const char *what) {
    size_t size = strlen(what);
    if (strncmp(*at, what, size) != 0)
        return false;
    *at += size;
    return true;
}

static int month_days(int year, int month) {
    static const int days[13] = {0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return month == 2 && leap ? 29 : days[month];
}

/* How a date is written: what follows the year, the month and the day, and whether that may be left out at the end. */
static const struct {
    const char *after_year, *after_month, *after_day;
    bool closed; /* 2003年12月: the last sign belongs to the part before it */
} styles[] = {
    {"-", "-", "", false},
    {"/", "/", "", false},
    {"", "", "", false},
    {"年", "月", "日", true},
};

static bool read_style(const char *at, size_t style, int *year, int *month, int *day) {
    bool compact = !*styles[style].after_year;
    *month = *day = 0;
    *year = read_number(&at, 4, 4);
    if (*year < 0 || (!*at && !styles[style].closed))
        return *year > 0;
    if (!skip(&at, styles[style].after_year))
        return false;
    if (!*at)
        return styles[style].closed;
    *month = read_number(&at, compact ? 2 : 1, 2);
    if (*month < 1 || (!*at && !styles[style].closed))
        return *month > 0 && !compact;
    if (!skip(&at, styles[style].after_month))
        return false;
    if (!*at)
        return styles[style].closed;
    *day = read_number(&at, compact ? 2 : 1, 2);
    return *day > 0 && skip(&at, styles[style].after_day) && !*at;
}

int32_t date_read(const char *text, date_end end) {
    int year, month, day;
    for (size_t i = 0; i < sizeof styles / sizeof *styles; i++) {
        if (!read_style(text, i, &year, &month, &day) || month > 12)
            continue;
        month = month ? month : end == DATE_FIRST ? 1 : 12;
        int last = month_days(year, month);
        if (day <= last)
            return year * 10000 + month * 100 + (day ? day : end == DATE_FIRST ? 1 : last);
    }
    return 0;
}

int32_t date_today(void) {
    time_t now = time(NULL);
    struct tm day;
    if (!localtime_r(&now, &day))
        return 0;
    return (day.tm_year + 1900) * 10000 + (day.tm_mon + 1) * 100 + day.tm_mday;
}

char *date_text(int32_t date, char out[DATE_SIZE]) {
    snprintf(out, DATE_SIZE, "%04d-%02d-%02d", (int)(date / 10000), (int)(date / 100 % 100), (int)(date % 100));
    return out;
}

const char *moment_text(const char *utc, char out[MOMENT_SIZE]) {
    struct tm moment = {0}, local;
    if (!strptime(utc, "%Y-%m-%dT%H:%M:%SZ", &moment))
        return utc;
    time_t time = timegm(&moment);
    return localtime_r(&time, &local) && strftime(out, MOMENT_SIZE, "%Y-%m-%d %H:%M", &local) ? out : utc;
}
