/* Everything that depends on there being a person at a terminal.
 *
 * Questions go to /dev/tty, so that a roster may come through a pipe while the passphrase is typed. Signals are taken
 * from a signalfd while echo is off, and looked up with sigtimedwait during long work: neither needs a handler, so the
 * tool has no global state, and the terminal is never left without echo. */
#include "terminal.h"
#include "text.h"
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

static bool dumb(void) {
    const char *type = getenv("TERM");
    return !type || !*type || strcmp(type, "dumb") == 0;
}

static int columns_of(int fd) {
    struct winsize size;
    if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    return 80;
}

int terminal_columns(FILE *stream) {
    return isatty(fileno(stream)) ? columns_of(fileno(stream)) : 0;
}

bool terminal_colours(FILE *stream) {
    const char *refused = getenv("NO_COLOR");
    return isatty(fileno(stream)) && !dumb() && !(refused && *refused);
}

/* ---- asking ---- */

static int open_terminal(void) {
    return open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
}

static void write_all(int fd, const char *text) {
    for (size_t left = strlen(text); left;) {
        ssize_t written = write(fd, text, left);
        if (written <= 0)
            return;
        text += written;
        left -= (size_t)written;
    }
}

bool terminal_show(const char *text) {
    int tty = open_terminal();
    if (tty < 0)
        return false;
    write_all(tty, text);
    close(tty);
    return true;
}

int terminal_width(void) {
    int tty = open_terminal();
    if (tty < 0)
        return 0;
    int columns = columns_of(tty);
    close(tty);
    return columns;
}

void terminal_erase(int lines) {
    char text[32];
    if (dumb())
        return;
    snprintf(text, sizeof text, "\033[%dA\r\033[J", lines);
    terminal_show(text);
}

/* Reads a line, or until a signal arrives, which is then in *signal. */
static enum answer read_line(int tty, int signals, char *out, size_t size, int *signal) {
    struct signalfd_siginfo info;
    struct pollfd both[2] = {{.fd = tty, .events = POLLIN}, {.fd = signals, .events = POLLIN}};
    size_t used = 0;
    while (used + 1 < size) {
        if (poll(both, 2, -1) < 0)
            continue;
        if (both[1].revents && read(signals, &info, sizeof info) == (ssize_t)sizeof info) {
            *signal = (int)info.ssi_signo;
            return NO_ANSWER;
        }
        if (!both[0].revents)
            continue;
        ssize_t got = read(tty, out + used, size - 1 - used);
        if (got <= 0)
            return NO_ANSWER;
        used += (size_t)got;
        if (out[used - 1] == '\n') {
            out[used - 1] = '\0';
            return ANSWERED;
        }
    }
    tcflush(tty, TCIFLUSH);
    return NO_ANSWER;
}

/* One try of a question. A signal that came is in *signal, and the terminal is as it was. */
static enum answer ask_once(int tty, const char *prompt, asking how, char *out, size_t size, int *signal) {
    static const int caught[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};
    struct termios before, hidden;
    sigset_t held, mask;
    enum answer answer = NO_TERMINAL;
    sigemptyset(&held);
    for (size_t i = 0; i < sizeof caught / sizeof *caught; i++)
        sigaddset(&held, caught[i]);
    sigprocmask(SIG_BLOCK, &held, &mask);
    int signals = signalfd(-1, &held, SFD_CLOEXEC);
    if (signals < 0 || tcgetattr(tty, &before) != 0)
        goto out;
    hidden = before;
    hidden.c_lflag = (hidden.c_lflag & ~(tcflag_t)ECHO) | ECHONL;
    if (how == ASK_HIDDEN && tcsetattr(tty, TCSAFLUSH, &hidden) != 0)
        goto out;
    write_all(tty, prompt);
    answer = read_line(tty, signals, out, size, signal);
    if (how == ASK_HIDDEN)
        tcsetattr(tty, TCSAFLUSH, &before);
    if (how == ASK_ERASED && answer == ANSWERED)
        terminal_erase((text_width(prompt) + text_width(out)) / columns_of(tty) + 1);
out:
    if (signals >= 0)
        close(signals);
    sigprocmask(SIG_SETMASK, &mask, NULL);
    return answer;
}

enum answer terminal_ask(const char *prompt, asking how, char *out, size_t size) {
    int tty = open_terminal(), signal = 0;
    if (tty < 0)
        return NO_TERMINAL;
    enum answer answer = ask_once(tty, prompt, how, out, size, &signal);
    while (signal) {
        int number = signal;
        write_all(tty, "\n");
        signal = 0;
        raise(number);
        if (number != SIGTSTP) /* ignored, or we would not be here */
            break;
        answer = ask_once(tty, prompt, how, out, size, &signal);
    }
    close(tty);
    return answer;
}

/* ---- progress ---- */

enum { CELLS = 20, REDRAW_MS = 100 };

static int64_t milliseconds_between(struct timespec from, struct timespec to) {
    return (int64_t)(to.tv_sec - from.tv_sec) * 1000 + (to.tv_nsec - from.tv_nsec) / 1000000;
}

void progress_begin(struct progress *p, const char *what, enum unit unit) {
    static const int ending[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction now;
    *p = (struct progress){.what = what, .unit = unit, .shown = isatty(STDERR_FILENO) && !dumb()};
    clock_gettime(CLOCK_MONOTONIC, &p->begun);
    sigemptyset(&p->held);
    for (size_t i = 0; i < sizeof ending / sizeof *ending; i++) /* what nohup lets us ignore stays ignored */
        if (sigaction(ending[i], NULL, &now) == 0 && now.sa_handler != SIG_IGN)
            sigaddset(&p->held, ending[i]);
    sigprocmask(SIG_BLOCK, &p->held, &p->before);
}

static void draw_amount(const struct progress *p, uint64_t done, uint64_t total) {
    if (p->unit == UNIT_BYTES)
        fprintf(stderr, "  %.1f/%.1f MB", (double)done / 1e6, (double)total / 1e6);
    else
        fprintf(stderr, "  %ju/%ju", (uintmax_t)done, (uintmax_t)total);
}

static void draw(const struct progress *p, uint64_t done, uint64_t total, int64_t elapsed) {
    bool blocks = text_beyond_ascii();
    double share = total ? (double)done / (double)total : 0;
    share = share > 1 ? 1 : share;
    fprintf(stderr, "\r\033[K%s", p->what);
    if (total && terminal_columns(stderr) >= 78) {
        int full = (int)(share * CELLS);
        fputs(blocks ? "  " : "  [", stderr);
        text_repeat(stderr, blocks ? "█" : "#", full);
        text_repeat(stderr, blocks ? "░" : "-", CELLS - full);
        fputs(blocks ? "" : "]", stderr);
    }
    if (total) {
        fprintf(stderr, "  %3d %%", (int)(share * 100));
        draw_amount(p, done, total);
    }
    int64_t seconds = elapsed / 1000;
    fprintf(stderr, "  %jd:%02d", (intmax_t)(seconds / 60), (int)(seconds % 60));
    if (elapsed >= 1000 && share > 0.01) {
        int64_t left = (int64_t)((double)elapsed / 1000 * (1 - share) / share + 0.5);
        fprintf(stderr, tr(", %jd:%02d left", "，约剩 %jd:%02d"), (intmax_t)(left / 60), (int)(left % 60));
    }
    fflush(stderr);
}

int progress_step(void *context, uint64_t done, uint64_t total) {
    struct progress *p = context;
    struct timespec now, none = {0};
    if (sigtimedwait(&p->held, NULL, &none) > 0)
        return 1;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (p->shown && (!p->drawn || milliseconds_between(p->last, now) >= REDRAW_MS)) {
        draw(p, done, total, milliseconds_between(p->begun, now));
        p->drawn = true;
        p->last = now;
    }
    return 0;
}

void progress_end(struct progress *p) {
    struct timespec none = {0};
    if (p->drawn)
        fputs("\r\033[K", stderr);
    /* One that came after the work was done has nothing left to stop: the user is to see what was done. */
    while (sigtimedwait(&p->held, NULL, &none) > 0)
        continue;
    sigprocmask(SIG_SETMASK, &p->before, NULL);
}
