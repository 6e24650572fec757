/* The tool as its users run it: a program of its own, started with arguments and an environment, its stdout and stderr
 * pipes or, where a person sits before it, a pseudo-terminal. What is expected stands in its manual (docs/healthrec.1);
 * figures are those one can count by hand in the eight residents below, JSON is read with jansson, CSV with a reader of
 * our own, and the width of text is worked out here from the ranges of East Asian wide characters.
 *
 * Whatever a run says on stderr is looked at as well, in every test: each line names the program, and is in the
 * language that was asked for. Each test works on a copy of one small store, which is made once. */
#include "support.h"
#include <errno.h>
#include <fcntl.h>
#include <iconv.h>
#include <inttypes.h>
#include <jansson.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define YEAR_END "2003-12-31"
#define FILE_WANG "11010500100100001"
#define FILE_OUYANG "11010500100200001"

enum { PATIENCE = 120000, SETTINGS = 6, ARGUMENTS = 24, SCREEN = 1 << 19, CELLS = 32, CELL = 512 };

/* What can be told of a program that ran. */
typedef struct desk {
    fixture store; /* first, for support.h; closed unless a test opens it */
    char passphrase[PATH_SIZE];
    bool chinese;                   /* what LC_ALL asks for */
    bool speechless;                /* LC_ALL is left to the settings */
    const char *settings[SETTINGS]; /* NAME=VALUE; NAME alone: not set */
    const char *stdout_to;          /* a file in place of a pipe */
    int code;                       /* the last program's exit code; 128 + the signal that ended it */
    char *out, *err;
    pid_t running; /* on the terminal, 0: none */
    int terminal;
    size_t shown, seen; /* on the screen; of it, up to what a test has waited for */
    char screen[SCREEN];
} desk;

static char wang_id[ID_SIZE], ouyang_id[ID_SIZE], zhang_id[ID_SIZE];

static const char *const commands[] = {"init",       "import",  "find",     "show",    "add",   "amend",     "check",
                                       "duplicates", "unify",   "restrict", "release", "erase", "rates",     "trend",
                                       "export",     "receive", "inspect",  "bundles", "merge", "conflicts", "list",
                                       "indicators", "tallies", "forms",    "columns", "call",  "log",       "verify",
                                       "backup",     "restore", "help",     "public",  "peer",  "linkage"};

/* The plan's indicators in the order of the design. */
static const char *const plan[] = {"service_coverage",
                                   "resident_files",
                                   "elderly_files",
                                   "rehab_files",
                                   "home_bed_files",
                                   "computerized_files",
                                   "computerized_files_elderly",
                                   "computerized_files_rehab",
                                   "computerized_files_home_bed",
                                   "network_informatization",
                                   "grade_a_stations",
                                   "street_centres",
                                   "rehab_service",
                                   "rehab_effective",
                                   "rehab_marked",
                                   "hardship_care",
                                   "elder_help_communities",
                                   "care_beds",
                                   "hotline_satisfaction",
                                   "call_enrolment",
                                   "call_response"};

/* ---- text ---- */

static uint32_t next_point(const char **text) {
    const unsigned char *at = (const unsigned char *)*text;
    int more = *at < 0x80 ? 0 : *at < 0xE0 ? 1 : *at < 0xF0 ? 2 : 3;
    uint32_t point = more ? *at & (0x3Fu >> more) : *at;
    for (int i = 1; i <= more && at[i]; i++)
        point = point << 6 | (at[i] & 0x3Fu);
    *text += strnlen(*text, (size_t)more + 1);
    return point;
}

static bool is_han(uint32_t point) {
    return (point >= 0x3400 && point <= 0x9FFF) || (point >= 0x20000 && point <= 0x323AF);
}

/* Columns on a screen, by the blocks that Unicode's EastAsianWidth calls W or F. */
static int width_of(uint32_t p) {
    bool wide = (p >= 0x1100 && p <= 0x115F) || (p >= 0x2E80 && p <= 0xA4CF) || (p >= 0xAC00 && p <= 0xD7A3) ||
                (p >= 0xF900 && p <= 0xFAFF) || (p >= 0xFE30 && p <= 0xFE6F) || (p >= 0xFF00 && p <= 0xFF60) ||
                (p >= 0xFFE0 && p <= 0xFFE6) || (p >= 0x20000 && p <= 0x3FFFD);
    return wide ? 2 : 1;
}

static int width(const char *text, size_t size) {
    int sum = 0;
    for (const char *end = text + size; text < end;)
        sum += width_of(next_point(&text));
    return sum;
}

/* Names and dates that may stand in an English text: they are data. */
static bool says_han(const char *line, size_t size) {
    static const char *const data[] = {"2003年12月31日",    "王小明", "朝阳站", "朝阳区", "备注", "测试社区卫生服务站",
                                       "测试社区卫生服务站"};
    char text[4096];
    assert_in_range(size, 0, sizeof text - 1);
    memcpy(text, line, size);
    text[size] = '\0';
    for (size_t i = 0; i < COUNT(data); i++)
        for (char *at = strstr(text, data[i]); at; at = strstr(at, data[i]))
            memset(at, '_', strlen(data[i]));
    for (const char *at = text; *at;)
        if (is_han(next_point(&at)))
            return true;
    return false;
}

/* Every line that is no example is in the language. */
static void assert_language(const char *text, bool chinese) {
    for (size_t size; *text; text += size + (text[size] == '\n')) {
        size = strcspn(text, "\n");
        if (size == 0 || strncmp(text, "  healthrec ", 12) == 0 || says_han(text, size) == chinese)
            continue;
        print_error("not in %s: %.*s\n", chinese ? "Chinese" : "English", (int)size, text);
        fail();
    }
}

static size_t lines_of(const char *text) {
    size_t count = 0;
    for (; *text; text++)
        count += *text == '\n';
    return count;
}

static void assert_lacks(const char *text, const char *part) {
    if (strstr(text, part))
        fail_msg("\"%s\" stands in \"%s\"", part, text);
}

/* ---- running ---- */

static const char *built(const char *name) {
    static char path[PATH_SIZE];
    const char *folder = getenv("HR_BUILD");
    if (!folder)
        fail_msg("HR_BUILD must name the folder of the built programs");
    join_path(path, folder, name);
    return path;
}

/* In the child: the environment is the desk's, and there is no terminal but the one it is given. */
static void become(const desk *d, const char *program, const char *const *arguments) {
    static const char *const dropped[] = {"LANGUAGE", "LC_ALL", "LC_MESSAGES", "LC_CTYPE", "LANG", "NO_COLOR", "TERM"};
    for (size_t i = 0; i < COUNT(dropped); i++)
        unsetenv(dropped[i]);
    setenv("TERM", "xterm", 1);
    setenv("HEALTHREC_PASSPHRASE_FILE", d->passphrase, 1);
    if (!d->speechless)
        setenv("LC_ALL", d->chinese ? "zh_CN.UTF-8" : "en_US.UTF-8", 1);
    for (size_t i = 0; i < SETTINGS && d->settings[i]; i++) {
        char name[PATH_SIZE];
        snprintf(name, sizeof name, "%s", d->settings[i]);
        char *value = strchr(name, '=');
        if (value)
            *value++ = '\0';
        if (value)
            setenv(name, value, 1);
        else
            unsetenv(name);
    }
    execv(program, (char *const *)(uintptr_t)arguments);
    _exit(127);
}

static int code_of(int status) {
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Reads both pipes until the program has closed them. */
static void read_pipes(desk *d, const int *ends) {
    char **texts[2] = {&d->out, &d->err};
    struct pollfd both[2] = {{.fd = ends[0], .events = POLLIN}, {.fd = ends[1], .events = POLLIN}};
    size_t sizes[2] = {0, 0}, open_ends = 2;
    for (int i = 0; i < 2; i++) {
        free(*texts[i]);
        *texts[i] = calloc(1, 1);
    }
    while (open_ends) {
        assert_true(poll(both, 2, PATIENCE) > 0);
        for (int i = 0; i < 2; i++) {
            char block[4096];
            if (both[i].fd < 0 || !both[i].revents)
                continue;
            ssize_t got = read(both[i].fd, block, sizeof block);
            if (got <= 0) {
                close(both[i].fd);
                both[i].fd = -1;
                open_ends--;
                continue;
            }
            *texts[i] = realloc(*texts[i], sizes[i] + (size_t)got + 1);
            assert_non_null(*texts[i]);
            memcpy(*texts[i] + sizes[i], block, (size_t)got);
            sizes[i] += (size_t)got;
            (*texts[i])[sizes[i]] = '\0';
        }
    }
}

static void run(desk *d, const char *program, const char *const *arguments) {
    int out[2], err[2], status;
    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    assert_int_equal(pipe2(err, O_CLOEXEC), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        int to = d->stdout_to ? open(d->stdout_to, O_WRONLY | O_CREAT | O_TRUNC, 0600) : out[1];
        int from = open("/dev/null", O_RDONLY);
        setsid();
        if (from >= 0 && to >= 0 && dup2(from, 0) == 0 && dup2(to, 1) == 1 && dup2(err[1], 2) == 2)
            become(d, program, arguments);
        _exit(126);
    }
    close(out[1]);
    close(err[1]);
    read_pipes(d, (const int[]){out[0], err[0]});
    assert_int_equal(waitpid(child, &status, 0), child);
    d->code = code_of(status);
}

/* What the tool may never do, whatever it was asked. */
static void assert_manners(const desk *d) {
    for (const char *line = d->err; *line; line += strcspn(line, "\n") + 1) {
        assert_memory_equal(line, "healthrec: ", strlen("healthrec: "));
        assert_non_null(strchr(line, '\n'));
    }
    assert_language(d->err, d->chinese);
    assert_lacks(d->err, "\033");
    assert_lacks(d->out, "\033");
    assert_lacks(d->err, "\r");
    assert_lacks(d->err, PASSPHRASE);
}

static void tool_at(desk *d, int want, const char *const *arguments, const char *file, int line) {
    const char *all[ARGUMENTS] = {"healthrec"};
    for (size_t i = 0; arguments[i]; i++) {
        assert_in_range(i, 0, ARGUMENTS - 3);
        all[i + 1] = arguments[i];
    }
    run(d, built("healthrec"), all);
    if (d->code != want) {
        print_error("healthrec %s: exit code %d instead of %d: %s\n", arguments[0] ? arguments[0] : "", d->code, want,
                    d->err);
        _fail(file, line);
    }
    assert_manners(d);
}
#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TOOL(d, want, ...) tool_at((d), (want), LIST(__VA_ARGS__), __FILE__, __LINE__)
#define STORE(d) ((d)->store.path)

static char *kept(const char *text) {
    char *copy = strdup(text);
    assert_non_null(copy);
    return copy;
}

/* ---- a terminal ---- */

static void start_at(desk *d, unsigned short columns, const char *const *arguments) {
    const char *all[ARGUMENTS] = {"healthrec"}, *program = built("healthrec");
    struct winsize size = {.ws_row = 40, .ws_col = columns};
    int slave;
    for (size_t i = 0; arguments[i]; i++)
        all[i + 1] = arguments[i];
    assert_int_equal(openpty(&d->terminal, &slave, NULL, NULL, &size), 0);
    assert_int_equal(fcntl(d->terminal, F_SETFD, FD_CLOEXEC), 0);
    d->shown = d->seen = 0;
    d->running = fork();
    assert_true(d->running >= 0);
    if (d->running == 0) {
        setsid();
        if (ioctl(slave, TIOCSCTTY, 0) == 0 && dup2(slave, 0) == 0 && dup2(slave, 1) == 1 && dup2(slave, 2) == 2) {
            close(slave);
            become(d, program, all);
        }
        _exit(126);
    }
    close(slave);
}
#define START(d, columns, ...) start_at((d), (columns), LIST(__VA_ARGS__))

/* More of what the program shows; false at its end. */
static bool look_on(desk *d) {
    struct pollfd one = {.fd = d->terminal, .events = POLLIN};
    assert_true(poll(&one, 1, PATIENCE) > 0);
    assert_in_range(d->shown, 0, SCREEN - 2);
    ssize_t got = read(d->terminal, d->screen + d->shown, SCREEN - 1 - d->shown);
    if (got <= 0)
        return false;
    d->shown += (size_t)got;
    d->screen[d->shown] = '\0';
    return true;
}

/* Waits until `text` is shown, after what was waited for before. */
static void see(desk *d, const char *text) {
    d->screen[d->shown] = '\0';
    for (;;) {
        const char *found = strstr(d->screen + d->seen, text);
        if (found) {
            d->seen = (size_t)(found - d->screen) + strlen(text);
            return;
        }
        if (!look_on(d))
            fail_msg("\"%s\" was never shown: %s", text, d->screen);
    }
}

static void type(desk *d, const char *text) {
    size_t size = strlen(text);
    assert_int_equal(write(d->terminal, text, size), size);
}

/* To the program's end; the terminal stays until close_terminal. */
static int see_end(desk *d) {
    int status;
    while (look_on(d))
        continue;
    assert_int_equal(waitpid(d->running, &status, 0), d->running);
    d->running = 0;
    return d->code = code_of(status);
}

static void close_terminal(desk *d) {
    if (d->running > 0) {
        kill(d->running, SIGKILL);
        waitpid(d->running, NULL, 0);
    }
    if (d->terminal >= 0)
        close(d->terminal);
    d->running = 0;
    d->terminal = -1;
}

static int leave(desk *d) {
    int code = see_end(d);
    close_terminal(d);
    return code;
}

/* The screen's text without carriage returns and what only moves or colours. */
static char *plain(const desk *d) {
    char *text = calloc(1, d->shown + 1), *to = text;
    assert_non_null(text);
    for (const char *at = d->screen; *at; at++) {
        if (*at == '\033' && at[1] == '[')
            at += 2 + strspn(at + 2, "0123456789;");
        else if (*at != '\r')
            *to++ = *at;
    }
    return text;
}

/* ---- the store ---- */

static void add_residents(fixture *f) {
    id_number(wang_id, 110105, 19300501, 11);
    id_number(ouyang_id, 110105, 19600707, 13);
    id_number(zhang_id, 110108, 19500101, 15);
    put_ok(f, "resident",
           "{'id_number':'%s','name':'王小明','area':'110105001001','phone':'13800000000','file_number':'" FILE_WANG
           "','file_opened':'2001-02-03','computerized':'2002-01-01','address':'三里屯路1号,南楼'}",
           wang_id);
    put_ok(f, "resident", "{'name':'李秀英','sex':2,'birth_date':'1935','area':'110105001001'}");
    put_ok(f, "resident",
           "{'id_number':'%s','name':'欧阳春','area':'110105001002','file_number':'" FILE_OUYANG
           "','file_opened':'" YEAR_END "'}",
           ouyang_id);
    put_ok(f, "resident",
           "{'id_number':'%s','name':'张伟','area':'110108001001','address':'-1层','home_bed_opened':'2003-06-01',"
           "'file_opened':'2002-05-05'}",
           zhang_id);
    put_ok(f, "resident",
           "{'name':'赵敏','sex':2,'birth_date':'1974-03-03','area':'110105002001','file_opened':'2003-03-03',"
           "'rehab_need_since':'2002-02-02','rehab_served_since':'2003-01-01'}");
    put_ok(f, "resident",
           "{'name':'钱多多','sex':1,'birth_date':'1974-04','area':'110105002002','file_opened':'2003'}");
    put_ok(f, "population", "{'area':'110105002','year':2003,'residents':1}");
}

static int make_desk_store(void **state) {
    if (make_sample(state) != 0)
        return -1;
    fixture *f = *state;
    reopen(f, HR_LANGUAGE_EN);
    add_residents(f);
    close_store(f);
    return 0;
}

static int sit_down(void **state) {
    const fixture *sample = *state;
    desk *d = calloc(1, sizeof *d);
    assert_non_null(d);
    d->terminal = -1;
    make_folder(d->store.folder, sample->folder);
    join_path(d->store.path, d->store.folder, "station.hrs");
    join_path(d->passphrase, d->store.folder, "passphrase");
    memcpy(d->store.recovery, sample->recovery, sizeof d->store.recovery);
    copy_folder(sample->path, d->store.path);
    write_text(d->passphrase, PASSPHRASE "\n");
    assert_int_equal(chmod(d->passphrase, 0600), 0);
    *state = d;
    return 0;
}

static int stand_up(void **state) {
    desk *d = *state;
    close_terminal(d);
    free(d->out);
    free(d->err);
    return remove_copy(state);
}

static const char *named(desk *d, const char *name) {
    return path_in(&d->store, name);
}

static const char *roster(desk *d, const char *name, const char *text) {
    const char *path = named(d, name);
    write_text(path, text);
    return path;
}

/* All figures of the end of 2003, as text. */
static char *figures(desk *d) {
    TOOL(d, 0, "rates", STORE(d), "--as-of", YEAR_END, "--by", "committee", "--format", "csv");
    return kept(d->out);
}

static void assert_figures(desk *d, char *before) {
    char *now = figures(d);
    assert_string_equal(now, before);
    free(now);
    free(before);
}

/* ---- what it prints, read again ---- */

static json_t *json_out(const desk *d) {
    json_error_t error;
    json_t *root = json_loads(d->out, JSON_REJECT_DUPLICATES, &error);
    if (!root)
        fail_msg("no JSON, line %d: %s", error.line, error.text);
    return root;
}

static json_t *member(const json_t *object, const char *name) {
    json_t *value = json_object_get(object, name);
    if (!value)
        fail_msg("there is no member %s", name);
    return value;
}

static const char *string_in(const json_t *object, const char *name) {
    const char *text = json_string_value(member(object, name));
    if (!text)
        fail_msg("%s is no string", name);
    return text;
}

/* A row of CSV: RFC 4180 with CRLF, and the tab that guards a text from spreadsheets taken off. */
typedef struct csv_row {
    int count;
    char cells[CELLS][CELL];
} csv_row;

static const char *read_cell(const char *at, char *out) {
    size_t used = 0;
    bool quoted = *at == '"';
    at += quoted;
    while (*at && (quoted ? *at != '"' || at[1] == '"' : *at != ',' && *at != '\r')) {
        at += quoted && *at == '"';
        assert_in_range(used, 0, CELL - 2);
        out[used++] = *at++;
    }
    out[used] = '\0';
    if (*out == '\t')
        memmove(out, out + 1, used);
    return at + quoted;
}

/* Gives the place after the row; NULL when there is none. */
static const char *read_row(const char *at, csv_row *out) {
    out->count = 0;
    if (!*at)
        return NULL;
    for (;; at++) {
        assert_in_range(out->count, 0, CELLS - 1);
        at = read_cell(at, out->cells[out->count++]);
        if (*at != ',')
            break;
    }
    if (at[0] != '\r' || at[1] != '\n')
        fail_msg("no CR LF after cell %d: %.20s", out->count, at);
    return at + 2;
}

static const char *after_mark(const char *csv) {
    assert_memory_equal(csv, "\xEF\xBB\xBF", 3);
    return csv + 3;
}

static int cell_named(const csv_row *header, const char *name) {
    for (int i = 0; i < header->count; i++)
        if (strcmp(header->cells[i], name) == 0)
            return i;
    fail_msg("there is no column %s", name);
    return -1;
}

/* rows, added, amended, unchanged, rejected: the numbers of import's result line, whatever the words between them. */
static void assert_counts(const desk *d, const char *kind, const int want[5]) {
    char start[64];
    snprintf(start, sizeof start, "healthrec: %s", kind);
    const char *line = strstr(d->err, start);
    if (!line)
        fail_msg("no result of %s in: %s", kind, d->err);
    const char *end = strchr(line, '\n'), *at = strstr(line, d->chinese ? "）：" : "): ");
    assert_non_null(at);
    for (int i = 0; i < 5; i++) {
        at += strcspn(at, "0123456789\n");
        assert_true(at < end);
        assert_int_equal(strtol(at, NULL, 10), want[i]);
        at += strspn(at, "0123456789");
    }
}
#define COUNTS(d, kind, ...) assert_counts((d), (kind), (const int[5]){__VA_ARGS__})

/* ---- tables ---- */

enum { WIDE = 640, ROWS = 64 };

/* Which columns of the screen the lines of a table cover. */
typedef struct grid {
    int lines, width;
    bool ink[ROWS][WIDE];
} grid;

static void draw(grid *g, const char *text) {
    memset(g, 0, sizeof *g);
    for (int at = 0; *text; at = 0, g->lines++) {
        assert_in_range(g->lines, 0, ROWS - 1);
        while (*text && *text != '\n') {
            uint32_t point = next_point(&text);
            for (int i = width_of(point); i > 0; i--) {
                assert_in_range(at, 0, WIDE - 3);
                g->ink[g->lines][at++] = point != ' ';
            }
        }
        g->width = at > g->width ? at : g->width;
        text += *text == '\n';
    }
}

/* The end of the band of columns that begins at `from`: two columns that are blank in `lines` lines follow it. */
static int band_end(const grid *g, int from, int lines) {
    int end = from, blanks = 0;
    for (int at = from; at < g->width && blanks < 2; at++) {
        bool ink = false;
        for (int i = 0; i < lines; i++)
            ink = ink || g->ink[i][at];
        blanks = ink ? 0 : blanks + 1;
        end = ink ? at + 1 : end;
    }
    return end;
}

static int next_ink(const grid *g, int from, int lines) {
    for (int at = from; at < g->width; at++)
        for (int i = 0; i < lines; i++)
            if (g->ink[i][at])
                return at;
    return g->width;
}

static int bands(const grid *g, int lines) {
    int count = 0;
    for (int at = next_ink(g, 0, lines); at < g->width; at = next_ink(g, band_end(g, at, lines), lines))
        count++;
    return count;
}

/* Whether all cells in a band begin in its first column, or all end in its last one. */
static bool is_straight(const grid *g, int from, int end) {
    bool left = true, right = true;
    for (int i = 0; i < g->lines; i++) {
        bool empty = true;
        for (int at = from; at < end; at++)
            empty = empty && !g->ink[i][at];
        left = left && (empty || g->ink[i][from]);
        right = right && (empty || g->ink[i][end - 1]);
    }
    return left || right;
}

/* The first line holds the headings. Under each of them there is one band of cells, and it is straight. */
static bool lines_up(const char *table) {
    static grid g;
    draw(&g, table);
    if (g.lines < 2 || bands(&g, 1) < 2 || bands(&g, g.lines) != bands(&g, 1))
        return false;
    for (int at = next_ink(&g, 0, g.lines), end; at < g.width; at = next_ink(&g, end, g.lines)) {
        end = band_end(&g, at, g.lines);
        if (!is_straight(&g, at, end))
            return false;
    }
    return true;
}

/* The lines that are headings and rows: no title, no area between them, no message; footnotes end it. */
static char *table_in(const char *text) {
    char *table = calloc(1, strlen(text) + 1), *to = table;
    assert_non_null(table);
    for (size_t size; *text && *text != '*' && *text != '~'; text += size + (text[size] == '\n')) {
        size = strcspn(text, "\n");
        bool aside = size == 0 || (*text >= '0' && *text <= '9') || strncmp(text, "At the end", 10) == 0 ||
                     strncmp(text, "截至", strlen("截至")) == 0 || strncmp(text, "healthrec: ", 11) == 0;
        if (!aside)
            to += sprintf(to, "%.*s\n", (int)size, text);
    }
    return table;
}

static void assert_lines_up(const char *text) {
    char *table = table_in(text);
    bool straight = lines_up(table);
    if (!straight)
        print_error("%s", table);
    free(table);
    assert_true(straight);
}

static void assert_fits(const char *text, int columns) {
    for (size_t size; *text; text += size + (text[size] == '\n')) {
        size = strcspn(text, "\n");
        if (width(text, size) > columns && strncmp(text, "healthrec: ", 11) != 0)
            fail_msg("%d columns in a window of %d: %.*s", width(text, size), columns, (int)size, text);
    }
}

static void the_check_for_straight_columns_sees_a_crooked_one(void **state) {
    (void)state;
    assert_true(lines_up("名称  数  x\n甲     9  y\n乙乙  10\n"));
    assert_false(lines_up("名称  数  x\n甲    9  y\n乙乙  10\n"));    /* counted in characters, not in columns */
    assert_false(lines_up("名称  数  x\n甲乙丙  9  y\n乙  10  z\n")); /* no columns at all */
}

/* ---- help and usage ---- */

static void version_is_that_of_the_library(void **state) {
    desk *d = *state;
    char want[64];
    snprintf(want, sizeof want, "healthrec %s\n", hr_version());
    TOOL(d, 0, "--version");
    assert_string_equal(d->out, want);
    assert_string_equal(d->err, "");
}

static void help_of_each_command_can_be_asked_for_in_three_ways(void **state) {
    desk *d = *state;
    for (size_t i = 0; i < COUNT(commands); i++) {
        TOOL(d, 0, "help", commands[i]);
        char *help = kept(d->out);
        assert_string_equal(d->err, "");
        TOOL(d, 0, commands[i], "--help");
        assert_string_equal(d->out, help);
        TOOL(d, 0, commands[i], "-h");
        assert_string_equal(d->out, help);
        free(help);
    }
}

static void help_of_each_command_tells_usage_options_example_and_exit_codes(void **state) {
    static const char *const parts[2][4] = {{"usage: healthrec ", "\nOptions:\n", "\nExample:\n", "\nExit codes:\n"},
                                            {"用法：healthrec ", "\n选项：\n", "\n示例：\n", "\n退出码：\n"}};
    desk *d = *state;
    char text[64];
    for (int chinese = 0; chinese < 2; chinese++) {
        d->chinese = chinese;
        for (size_t i = 0; i < COUNT(commands); i++) {
            TOOL(d, 0, "help", commands[i]);
            snprintf(text, sizeof text, "%s%s", parts[chinese][0], commands[i]);
            assert_memory_equal(d->out, text, strlen(text));
            for (size_t part = 1; part < 4; part++)
                assert_text_has(d->out, parts[chinese][part]);
            snprintf(text, sizeof text, "\n  healthrec %s ", commands[i]);
            assert_text_has(d->out, text);
            assert_language(d->out, chinese);
            assert_fits(d->out, 80);
        }
    }
}

static void help_lists_the_exit_codes_that_a_command_can_have(void **state) {
    static const struct {
        const char *command, *codes;
    } cases[] = {
        {"help", "027"}, {"init", "0247"}, {"find", "0234567"}, {"import", "01234567"}, {"verify", "01234567"}};
    desk *d = *state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char found[16] = "";
        TOOL(d, 0, "help", cases[i].command);
        for (const char *line = strstr(d->out, "\nExit codes:\n") + 1; (line = strstr(line, "\n  ")); line++)
            if (line[3] >= '0' && line[3] <= '9')
                strncat(found, line + 3, 1);
        assert_string_equal(found, cases[i].codes);
    }
}

static void help_without_a_command_lists_them_all(void **state) {
    desk *d = *state;
    char line[32];
    for (int chinese = 0; chinese < 2; chinese++) {
        d->chinese = chinese;
        TOOL(d, 0, "--help");
        char *help = kept(d->out);
        TOOL(d, 0, "help");
        assert_string_equal(d->out, help);
        free(help);
        assert_language(d->out, chinese);
        assert_fits(d->out, 80);
        for (size_t i = 0; i < COUNT(commands); i++) {
            snprintf(line, sizeof line, "\n  %s ", commands[i]);
            assert_text_has(d->out, line);
        }
    }
}

/* Both manuals name what the help names. They stand beside the tests, which are run from the folder above. */
static void the_manuals_tell_of_every_command_and_option(void **state) {
    desk *d = *state;
    char want[64];
    char *manuals[2] = {read_bytes("docs/healthrec.1", NULL), read_bytes("docs/healthrec.zh.1", NULL)};
    for (size_t i = 0; i < COUNT(commands); i++) {
        TOOL(d, 0, "help", commands[i]);
        for (int m = 0; m < 2; m++) {
            snprintf(want, sizeof want, "\n.It Cm %s\n", commands[i]);
            assert_text_has(manuals[m], want);
            for (const char *at = d->out; (at = strstr(at, "\n  --"));) {
                int size = (int)strcspn(at += 5, " \n");
                snprintf(want, sizeof want, "Fl -%.*s", size, at);
                if (strncmp(at, "help", 4) != 0 && !strstr(manuals[m], want))
                    fail_msg("the %s manual does not tell of --%.*s", m ? "Chinese" : "English", size, at);
            }
        }
    }
    free(manuals[0]);
    free(manuals[1]);
}

/* One line says what is wrong and, with these words, what to do. */
typedef struct misuse {
    const char *arguments[9];
    const char *remedy;
} misuse;

static void assert_misuses(desk *d, const misuse *m, size_t count) {
    for (size_t i = 0; i < count; i++)
        for (int chinese = 0; chinese < 2; chinese++) {
            d->chinese = chinese;
            TOOL(d, 2, m[i].arguments[0], m[i].arguments[1], m[i].arguments[2], m[i].arguments[3], m[i].arguments[4],
                 m[i].arguments[5], m[i].arguments[6], m[i].arguments[7]);
            assert_string_equal(d->out, "");
            assert_int_equal(lines_of(d->err), 1);
            assert_text_has(d->err, m[i].remedy);
        }
}

static void a_wrong_command_line_is_answered_in_one_line_that_says_what_to_do(void **state) {
    static const misuse all[] = {
        {{NULL}, "healthrec help"},
        {{"inti"}, "init"},
        {{"rate", "s.hrs"}, "rates"},
        {{"frobnicate"}, "healthrec help"},
        {{"--frobnicate"}, "healthrec help"},
        {{"help", "frobnicate"}, "healthrec help"},
        {{"help", "init", "more"}, "healthrec help"},
        {{"init"}, "healthrec help init"},
        {{"init", "x.hrs"}, "--area"},
        {{"init", "x.hrs", "--area", "11"}, "--name"},
        {{"import", "x.hrs"}, "healthrec help import"},
        {{"find", "x.hrs"}, "healthrec help find"},
        {{"find", "x.hrs", "a", "b"}, "healthrec help find"},
        {{"find", "x.hrs", "a", "--frobnicate"}, "healthrec help find"},
        {{"find", "x.hrs", "a", "--limit"}, "healthrec help find"},
        {{"find", "x.hrs", "a", "--limit", "-1"}, "--limit"},
        {{"find", "x.hrs", "a", "--limit", "1x"}, "--limit"},
        {{"find", "x.hrs", "a", "--as-of", "2003"}, "healthrec help find"},
        {{"show", "x.hrs"}, "healthrec help show"},
        {{"show", "x.hrs", "#1", "--json=yes"}, "="},
        {{"rates"}, "healthrec help rates"},
        {{"rates", "x.hrs", "--format", "xml"}, "csv"},
        {{"rates", "x.hrs", "--as-of", "2003-13-01"}, "2003-12-31"},
        {{"rates", "x.hrs", "--as-of", "2003-02-29"}, "2003-12-31"},
        {{"rates", "x.hrs", "--as-of", "yesterday"}, "2003-12-31"},
        {{"export", "x.hrs"}, "--public"},
        {{"export", "x.hrs", "--public", "--hide", "few"}, "9"},
        {{"export", "x.hrs", "--public", "--as-of", "2003-13"}, "2003-12-31"},
        {{"export", "x.hrs", "--public", "-o"}, "healthrec help export"},
        {{"list", "x.hrs"}, "elderly"},
        {{"columns"}, "healthrec help columns"},
        {{"columns", "x.hrs", "note", "more"}, "healthrec help columns"},
        {{"add", "x.hrs", "#1"}, "healthrec help add"},
        {{"amend", "x.hrs", "1", "text=a"}, "--why"},
        {{"amend", "x.hrs", "1", "text=a", "--why", ""}, "--why"},
        {{"amend", "x.hrs", "1", "--why", "x"}, "--withdraw"},
        {{"amend", "x.hrs", "1", "text=a", "--withdraw", "--why", "x"}, "--withdraw"},
        {{"amend", "x.hrs", "x", "text=a", "--why", "x"}, "show"},
        {{"amend", "x.hrs", "0", "text=a", "--why", "x"}, "show"},
        {{"unify", "x.hrs", "#1"}, "healthrec help unify"},
        {{"trend", "x.hrs", "--from", "2003"}, "--indicator"},
        {{"trend", "x.hrs", "--indicator", "elderly_files"}, "--from"},
        {{"trend", "x.hrs", "--indicator", "elderly_files", "--from", "2003-13"}, "2003-12-31"},
        {{"call", "x.hrs"}, "healthrec help call"},
        {{"call", "x.hrs", "shout"}, "raise"},
        {{"call", "x.hrs", "answer"}, "list"},
        {{"call", "x.hrs", "answer", "0"}, "list"},
        {{"call", "x.hrs", "answer", "5x"}, "list"},
        {{"call", "x.hrs", "close", "5"}, "--outcome"},
        {{"call", "x.hrs", "list", "5"}, "healthrec help call"},
        {{"call", "x.hrs", "list", "--device", "5"}, "--device"},
        {{"call", "x.hrs", "answer", "5", "--format", "json"}, "--format"},
        {{"call", "x.hrs", "show", "5", "--format", "csv"}, "json"},
        {{"call", "x.hrs", "times", "--to", "yesterday"}, "2003-12-31"},
        {{"verify"}, "healthrec help verify"},
        {{"backup", "x.hrs"}, "healthrec help backup"},
        {{"restore", "x.backup"}, "healthrec help restore"},
    };
    assert_misuses(*state, all, COUNT(all));
}

static void an_unusable_value_is_answered_in_one_line_that_says_what_to_do(void **state) {
    desk *d = *state;
    const char *s = STORE(d), *headless = roster(d, "headless.csv", "x,y\n1,2\n"), *empty = roster(d, "empty.csv", "");
    const char *areas = roster(d, "areas.csv", "area,name\n110109,门头沟区\n");
    const misuse all[] = {
        {{"find", s, ""}, ""},
        {{"find", s, "x"}, ""},
        {{"show", s, "12"}, "18"},
        {{"rates", s, "--by", "village"}, "committee"},
        {{"rates", s, "--set", "mine"}, "national"},
        {{"rates", s, "--indicator", "mine"}, "indicators"},
        {{"rates", s, "--within", "123"}, "12"},
        {{"list", s, "--cohort", "children"}, "elderly"},
        {{"list", s, "--cohort", "all", "--without", "shoes"}, "computerized"},
        {{"columns", s, "shoes"}, "institutions"},
        {{"import", s, areas, "--as", "shoes"}, "institutions"},
        {{"import", s, areas, "--encoding", "shoes"}, "gb18030"},
        {{"import", s, headless}, "1"},
        {{"import", s, empty}, ""},
    };
    assert_misuses(d, all, COUNT(all));
}

static void a_misspelt_command_is_suggested_by_help_as_well(void **state) {
    desk *d = *state;
    TOOL(d, 2, "help", "inti");
    assert_text_has(d->err, "init");
}

/* ---- exit codes ---- */

static void a_wrong_passphrase_exits_with_3(void **state) {
    desk *d = *state;
    write_text(d->passphrase, WRONG_PASSPHRASE "\n");
    TOOL(d, 3, "find", STORE(d), "王小明");
    assert_string_equal(d->out, "");
    write_text(d->passphrase, PASSPHRASE "\n");
    TOOL(d, 0, "find", STORE(d), "王小明");
}

static void what_does_not_exist_exits_with_4_and_is_not_made(void **state) {
    desk *d = *state;
    const char *nowhere = named(d, "nowhere"), *facts = database(&d->store, "facts");
    char id[ID_SIZE];
    TOOL(d, 4, "find", nowhere, "王小明");
    TOOL(d, 4, "import", STORE(d), nowhere);
    TOOL(d, 4, "restore", nowhere, named(d, "other.hrs"));
    assert_false(path_exists(nowhere));
    TOOL(d, 4, "find", STORE(d), "王", "--operator", "nobody");
    TOOL(d, 4, "find", STORE(d), "王", "--passphrase-file", nowhere);
    TOOL(d, 4, "show", STORE(d), "#99");
    TOOL(d, 4, "show", STORE(d), id_number(id, 110105, 19300501, 77));
    TOOL(d, 4, "rates", STORE(d), "--within", "33");
    assert_string_equal(d->out, "");
    assert_int_equal(remove(facts), 0);
    TOOL(d, 4, "find", STORE(d), "王小明");
}

static void damaged_key_slots_exit_with_5(void **state) {
    desk *d = *state;
    char path[PATH_SIZE], copy[PATH_SIZE];
    join_path(path, STORE(d), "keyslots");
    join_path(copy, STORE(d), "keyslots.bak");
    flip_byte(path, 50);
    TOOL(d, 0, "find", STORE(d), "王小明"); /* from the copy, with a warning, and mended */
    assert_int_equal(lines_of(d->err), 1);
    TOOL(d, 0, "find", STORE(d), "王小明");
    assert_string_equal(d->err, "");
    flip_byte(path, 50);
    flip_byte(copy, 50);
    TOOL(d, 5, "verify", STORE(d));
    TOOL(d, 5, "restore", roster(d, "no.backup", "not a backup"), named(d, "other.hrs"));
    assert_false(path_exists(named(d, "other.hrs")));
}

/* This process holds a batch open; the tool waits for its ten seconds and gives up. */
static void a_store_that_another_program_writes_to_exits_with_6(void **state) {
    desk *d = *state;
    const char *file = roster(d, "areas.csv", "area,name\n110109,门头沟区\n");
    reopen(&d->store, HR_LANGUAGE_EN);
    assert_status(d->store.store, HR_OK, hr_batch_begin(d->store.store));
    put_ok(&d->store, "area", "{'area':'110107','name':'石景山区'}");
    TOOL(d, 6, "import", STORE(d), file, "--as", "areas");
    assert_int_equal(lines_of(d->err), 1);
    hr_batch_rollback(d->store.store);
    TOOL(d, 0, "import", STORE(d), file, "--as", "areas");
    COUNTS(d, "areas", 1, 1, 0, 0, 0);
}

static void a_full_disk_under_stdout_exits_with_7(void **state) {
    desk *d = *state;
    for (int full = 0; full < 2; full++) {
        d->stdout_to = full ? "/dev/full" : named(d, "out");
        TOOL(d, full ? 7 : 0, "help");
        assert_int_equal(lines_of(d->err), full);
        TOOL(d, full ? 7 : 0, "rates", STORE(d), "--as-of", YEAR_END, "--format", "json");
        assert_int_equal(lines_of(d->err), full);
        TOOL(d, full ? 7 : 0, "rates", STORE(d), "--as-of", YEAR_END);
        assert_int_equal(lines_of(d->err), full);
        TOOL(d, full ? 7 : 0, "show", STORE(d), wang_id);
        assert_int_equal(lines_of(d->err), full);
    }
}

/* ---- the log ---- */

static void the_log_tells_who_read_whose_file(void **state) {
    desk *d = *state;
    TOOL(d, 0, "show", STORE(d), wang_id);
    TOOL(d, 0, "log", STORE(d), "--resident", wang_id, "--kind", "read");
    assert_int_equal(lines_of(d->out), 2); /* of which one is the heading */
    assert_text_has(d->out, "admin   file read");
    assert_text_has(d->out, "health file");
    assert_lacks(d->out, "王");
    d->chinese = true;
    TOOL(d, 0, "log", STORE(d), "--resident", wang_id, "--kind", "read", "--by", "admin");
    assert_text_has(d->out, "查阅档案");
    TOOL(d, 0, "log", STORE(d), "--from", "2099", "--format", "csv");
    assert_string_equal(d->out, "\xEF\xBB\xBFseq,recorded,author,kind,kind_name,effective,resident,detail\r\n");
    TOOL(d, 2, "log", STORE(d), "--kind", "nothing");
    TOOL(d, 2, "log", STORE(d), "--by", "nobody");
    TOOL(d, 4, "log", STORE(d), "--resident", "#999999");
    TOOL(d, 2, "log", STORE(d), "--from", "soon");
}

/* ---- passphrases ---- */

static void the_passphrase_file_may_be_an_option_or_an_environment_variable(void **state) {
    desk *d = *state;
    const char *other = roster(d, "other", "\xEF\xBB\xBF" PASSPHRASE "\r\nnot this\r\n"), *wrong = named(d, "wrong");
    char setting[PATH_SIZE + 32];
    write_text(wrong, WRONG_PASSPHRASE "\n");
    assert_int_equal(chmod(other, 0600) | chmod(wrong, 0600), 0);
    snprintf(setting, sizeof setting, "HEALTHREC_PASSPHRASE_FILE=%s", wrong);
    d->settings[0] = setting;
    TOOL(d, 3, "find", STORE(d), "王小明");
    TOOL(d, 0, "find", STORE(d), "王小明", "--passphrase-file", other);
    assert_text_has(d->err, "warning: 1 failed attempt to open the store, at 20");
    TOOL(d, 0, "find", STORE(d), "王小明", "--passphrase-file", other); /* which is told once */
    assert_string_equal(d->err, "");
}

static void without_a_terminal_or_a_file_the_passphrase_is_asked_for_in_vain(void **state) {
    desk *d = *state;
    d->settings[0] = "HEALTHREC_PASSPHRASE_FILE";
    for (int chinese = 0; chinese < 2; chinese++) {
        d->chinese = chinese;
        TOOL(d, 2, "find", STORE(d), "王小明");
        assert_text_has(d->err, "--passphrase-file");
        assert_text_has(d->err, "HEALTHREC_PASSPHRASE_FILE");
    }
}

static void a_passphrase_file_that_others_can_read_is_warned_of(void **state) {
    desk *d = *state;
    TOOL(d, 0, "find", STORE(d), "王小明");
    assert_string_equal(d->err, "");
    assert_int_equal(chmod(d->passphrase, 0644), 0);
    for (int chinese = 0; chinese < 2; chinese++) {
        d->chinese = chinese;
        TOOL(d, 0, "find", STORE(d), "王小明");
        assert_int_equal(lines_of(d->err), 1);
        assert_text_has(d->err, "chmod 600");
        assert_text_has(d->err, d->passphrase);
    }
}

static void an_empty_passphrase_file_is_refused(void **state) {
    desk *d = *state;
    write_text(d->passphrase, "\n" PASSPHRASE "\n");
    TOOL(d, 2, "find", STORE(d), "王小明");
    assert_text_has(d->err, d->passphrase);
}

static void the_recovery_key_opens_the_store_from_a_file(void **state) {
    desk *d = *state;
    const char *key = roster(d, "key", d->store.recovery);
    char other[HR_RECOVERY_KEY_SIZE];
    assert_int_equal(chmod(key, 0600), 0);
    d->settings[0] = "HEALTHREC_PASSPHRASE_FILE";
    TOOL(d, 0, "find", STORE(d), "王小明", "--recovery-file", key);
    reopen(&d->store, HR_LANGUAGE_EN);
    assert_status(d->store.store, HR_OK, hr_recovery_key_new(d->store.store, other));
    close_store(&d->store);
    write_text(key, other);
    TOOL(d, 3, "find", STORE(d), "王小明", "--recovery-file", key);
}

/* ---- init ---- */

static void init_writes_the_recovery_key_to_a_file_of_its_owner(void **state) {
    desk *d = *state;
    const char *made = named(d, "made.hrs"), *key = named(d, "key");
    struct stat about;
    mode_t mask = umask(0);
    TOOL(d, 0, "init", made, "--area", "110105", "--name", "朝阳站", "--recovery-file", key, "--operator", "wang");
    umask(mask);
    assert_int_equal(lstat(key, &about), 0);
    assert_int_equal(about.st_mode & 07777, 0600);
    char *text = read_bytes(key, NULL);
    text[strcspn(text, "\n")] = '\0';
    assert_lacks(d->err, text);
    free(text);
    TOOL(d, 0, "verify", made, "--operator", "wang");
    TOOL(d, 4, "verify", made, "--operator", "admin");
    TOOL(d, 0, "verify", made, "--recovery-file", key);
}

static void init_overwrites_neither_a_key_file_nor_a_store(void **state) {
    desk *d = *state;
    const char *made = named(d, "made.hrs"), *key = roster(d, "key", "something else\n");
    TOOL(d, 2, "init", made, "--area", "11", "--name", "x", "--recovery-file", key);
    assert_false(path_exists(made));
    char *text = read_bytes(key, NULL);
    assert_string_equal(text, "something else\n");
    free(text);
    TOOL(d, 2, "init", STORE(d), "--area", "11", "--name", "x", "--recovery-file", named(d, "new"));
    assert_false(path_exists(named(d, "new")));
    TOOL(d, 0, "find", STORE(d), "王小明");
}

static void a_refused_init_leaves_nothing_behind(void **state) {
    desk *d = *state;
    const char *made = named(d, "made.hrs"), *key = named(d, "key");
    size_t before = files_in(d->store.folder);
    TOOL(d, 2, "init", made, "--area", "1", "--name", "x", "--recovery-file", key);
    TOOL(d, 2, "init", made, "--area", "11", "--name", "x"); /* no terminal for the key, no file */
    assert_text_has(d->err, "--recovery-file");
    write_text(d->passphrase, "too short\n");
    TOOL(d, 2, "init", made, "--area", "11", "--name", "x", "--recovery-file", key);
    assert_text_has(d->err, "12");
    assert_int_equal(files_in(d->store.folder), before);
}

/* The first thing on the screen that looks like a recovery key; nothing else there has 40 such characters. */
static void read_key(desk *d, char out[HR_RECOVERY_KEY_SIZE]) {
    static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ*~$=U-";
    for (const char *at = d->screen; *at; at++) {
        size_t size = strspn(at, digits);
        if (size >= 40) {
            assert_in_range(size, 40, HR_RECOVERY_KEY_SIZE - 1);
            memcpy(out, at, size);
            out[size] = '\0';
            return;
        }
        at += size ? size - 1 : 0;
    }
    fail_msg("no recovery key: %s", d->screen);
}

static void start_init(desk *d) {
    d->settings[0] = "HEALTHREC_PASSPHRASE_FILE";
    START(d, 80, "init", named(d, "made.hrs"), "--area", "110105", "--name", "朝阳站");
}

static const char *const new_passphrase[2] = {"New passphrase", "设置口令"};
static const char *const same_again[2] = {"same again", "再输入一遍"};
static const char *const press_enter[2] = {"Press Enter", "回车键"};
static const char *const type_back[2] = {"Type it back", "请照纸上的内容输入"};

/* Up to where the key stands on the screen. */
static void choose_passphrase(desk *d, char key[HR_RECOVERY_KEY_SIZE]) {
    see(d, new_passphrase[d->chinese]);
    type(d, PASSPHRASE "\n");
    see(d, same_again[d->chinese]);
    type(d, PASSPHRASE "\n");
    see(d, press_enter[d->chinese]);
    read_key(d, key);
}

/* As one types who reads it from paper: in small letters, the groups parted by spaces. */
static void type_key(desk *d, const char *key, bool wrong) {
    char typed[HR_RECOVERY_KEY_SIZE + 1];
    size_t size = strlen(key);
    for (size_t i = 0; i <= size; i++)
        typed[i] = key[i] == '-' ? ' ' : key[i] >= 'A' && key[i] <= 'Z' ? (char)(key[i] | 0x20) : key[i];
    if (wrong)
        typed[2] = typed[2] == '7' ? '8' : '7';
    typed[size] = '\n';
    typed[size + 1] = '\0';
    see(d, type_back[d->chinese]);
    type(d, typed);
}

static void assert_nothing_made(desk *d) {
    assert_false(path_exists(named(d, "made.hrs")));
    assert_int_equal(files_in(d->store.folder), 2); /* what sit_down made */
}

static void init_asks_twice_in_the_dark_and_has_the_key_typed_back(void **state) {
    desk *d = *state;
    char key[HR_RECOVERY_KEY_SIZE];
    for (int chinese = 0; chinese < 2; chinese++) {
        d->chinese = chinese;
        start_init(d);
        choose_passphrase(d, key);
        type(d, "\n");
        type_key(d, key, true);
        see(d, "healthrec: ");
        type_key(d, key, false);
        see(d, "made.hrs");
        assert_int_equal(leave(d), 0);
        assert_lacks(d->screen, PASSPHRASE);
        TOOL(d, 2, "verify", named(d, "made.hrs"));
        d->settings[0] = NULL;
        TOOL(d, 0, "verify", named(d, "made.hrs"));
        remove_tree(named(d, "made.hrs"));
    }
}

static void the_recovery_key_typed_at_the_terminal_opens_the_store(void **state) {
    desk *d = *state;
    d->settings[0] = "HEALTHREC_PASSPHRASE_FILE";
    START(d, 80, "find", STORE(d), "王小明", "--recovery");
    see(d, "Recovery key: ");
    type(d, d->store.recovery);
    type(d, "\n");
    see(d, wang_id);
    assert_int_equal(leave(d), 0);
}

static void init_gives_up_when_the_passphrases_differ_and_makes_nothing(void **state) {
    desk *d = *state;
    for (int chinese = 0; chinese < 2; chinese++) {
        d->chinese = chinese;
        start_init(d);
        for (int i = 0; i < 3; i++) {
            see(d, new_passphrase[chinese]);
            type(d, PASSPHRASE "\n");
            see(d, same_again[chinese]);
            type(d, WRONG_PASSPHRASE "\n");
            see(d, "healthrec: ");
        }
        assert_int_equal(leave(d), 2);
        assert_nothing_made(d);
    }
}

/* Nobody should write down 40 characters to learn that the passphrase he chose before them is no good. */
static void init_refuses_a_short_passphrase_before_it_shows_a_key(void **state) {
    desk *d = *state;
    for (int chinese = 0; chinese < 2; chinese++) {
        d->chinese = chinese;
        start_init(d);
        for (int i = 0; i < 3; i++) {
            see(d, new_passphrase[chinese]);
            type(d, "short\n");
            see(d, same_again[chinese]);
            type(d, "short\n");
            see(d, "healthrec: ");
        }
        assert_int_equal(leave(d), 2);
        assert_lacks(d->screen, press_enter[chinese]);
        assert_nothing_made(d);
    }
}

static void after_a_refused_passphrase_init_takes_a_better_one(void **state) {
    desk *d = *state;
    char key[HR_RECOVERY_KEY_SIZE];
    start_init(d);
    see(d, new_passphrase[0]);
    type(d, "short\n");
    see(d, same_again[0]);
    type(d, "short\n");
    see(d, "healthrec: ");
    choose_passphrase(d, key);
    close_terminal(d);
    assert_nothing_made(d);
}

static void init_refuses_an_area_or_name_before_it_asks_for_anything(void **state) {
    static const char *const values[][3] = {{"1", "x", "admin"}, {"11", "\t", "admin"}, {"11", "x", "\t"}};
    desk *d = *state;
    d->settings[0] = "HEALTHREC_PASSPHRASE_FILE";
    for (size_t i = 0; i < COUNT(values); i++) {
        START(d, 80, "init", named(d, "made.hrs"), "--area", values[i][0], "--name", values[i][1], "--operator",
              values[i][2]);
        assert_int_equal(leave(d), 2);
        assert_memory_equal(d->screen, "healthrec: ", strlen("healthrec: "));
        assert_nothing_made(d);
    }
}

static void init_gives_up_when_the_key_is_typed_wrong_and_makes_nothing(void **state) {
    desk *d = *state;
    char key[HR_RECOVERY_KEY_SIZE];
    for (int chinese = 0; chinese < 2; chinese++) {
        d->chinese = chinese;
        start_init(d);
        choose_passphrase(d, key);
        type(d, "\n");
        for (int i = 0; i < 3; i++) {
            type_key(d, key, true);
            see(d, "healthrec: ");
        }
        assert_int_equal(leave(d), 2);
        assert_nothing_made(d);
    }
}

static char *process_file(desk *d, const char *name) {
    char path[64], *text = calloc(1, 65536);
    assert_non_null(text);
    snprintf(path, sizeof path, "/proc/%d/%s", (int)d->running, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t size = fd < 0 ? 0 : read(fd, text, 65535);
    if (fd >= 0)
        close(fd);
    for (ssize_t i = 0; i < size; i++)
        text[i] = text[i] ? text[i] : ' ';
    return text;
}

/* What other users of the machine can see while the passphrase is known to the program. */
static void the_passphrase_is_neither_an_argument_nor_in_the_environment(void **state) {
    desk *d = *state;
    char key[HR_RECOVERY_KEY_SIZE];
    start_init(d);
    choose_passphrase(d, key);
    char *arguments = process_file(d, "cmdline"), *environment = process_file(d, "environ");
    type(d, "\003");
    assert_int_equal(leave(d), 128 + SIGINT);
    assert_text_has(arguments, "--area 110105");
    assert_lacks(arguments, PASSPHRASE);
    assert_lacks(environment, PASSPHRASE); /* empty where the process may not be looked into at all */
    free(arguments);
    free(environment);
    assert_nothing_made(d);
}

/* ---- signals ---- */

static bool echoes(const desk *d) {
    struct termios now;
    assert_int_equal(tcgetattr(d->terminal, &now), 0);
    return (now.c_lflag & ECHO) != 0;
}

static void ctrl_c_at_the_passphrase_gives_the_terminal_its_echo_back(void **state) {
    desk *d = *state;
    static const char *const asking[2] = {"Passphrase: ", "口令："};
    d->settings[0] = "HEALTHREC_PASSPHRASE_FILE";
    for (int chinese = 0; chinese < 2; chinese++) {
        d->chinese = chinese;
        START(d, 80, "find", STORE(d), "王小明");
        see(d, asking[chinese]);
        assert_false(echoes(d));
        type(d, "half a passphr\003");
        assert_int_equal(see_end(d), 128 + SIGINT);
        assert_true(echoes(d));
        close_terminal(d);
        assert_lacks(d->screen, "half");
    }
}

static void ctrl_d_at_the_passphrase_is_no_answer(void **state) {
    desk *d = *state;
    d->settings[0] = "HEALTHREC_PASSPHRASE_FILE";
    START(d, 80, "find", STORE(d), "王小明");
    see(d, "Passphrase: ");
    type(d, "\004");
    assert_int_equal(see_end(d), 2);
    assert_true(echoes(d));
    close_terminal(d);
}

static void write_many(const char *path, int count) {
    char id[ID_SIZE];
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("id_number,name,area,file_opened\n", file);
    for (int i = 0; i < count; i++)
        fprintf(file, "%s,某某某,110105001003,2003-01-01\n",
                id_number(id, 110105, 19400101 + i / 900 % 28 + i / 25200 * 10000, i % 900));
    fclose(file);
}

static void ctrl_c_during_an_import_leaves_the_store_as_it_was(void **state) {
    desk *d = *state;
    const char *many = named(d, "many.csv");
    char *before = figures(d);
    write_many(many, SANITIZED ? 10000 : 40000);
    START(d, 100, "import", STORE(d), many);
    see(d, " MB");
    type(d, "\003");
    assert_int_equal(leave(d), 7);
    char *text = plain(d);
    assert_text_has(text, "healthrec: stopped; nothing was changed\n");
    free(text);
    assert_figures(d, before);
    TOOL(d, 0, "verify", STORE(d));
    write_many(many, 2000); /* uninterrupted, it is imported */
    TOOL(d, 0, "import", STORE(d), many);
    COUNTS(d, "residents", 2000, 2000, 0, 0, 0);
}

static void terminating_an_import_leaves_the_store_as_it_was(void **state) {
    desk *d = *state;
    const char *many = named(d, "many.csv");
    char *before = figures(d);
    write_many(many, SANITIZED ? 10000 : 40000);
    START(d, 100, "import", STORE(d), many);
    see(d, " MB");
    assert_int_equal(kill(d->running, SIGKILL), 0);
    assert_int_equal(leave(d), 128 + SIGKILL);
    assert_figures(d, before);
    TOOL(d, 0, "verify", STORE(d));
}

/* ---- import ---- */

static void each_kind_of_roster_is_imported_and_counted(void **state) {
    static const struct {
        const char *kind, *text;
    } rosters[] = {
        {"areas", "area,name,parent\n110112,通州区,11\n110112001,中仓街道,110112\n"},
        {"institutions", "code,name,kind,area,grade,serves,opened\nC1,朝阳中心,centre,110105001,,110105001,2000\n"
                         "S1,第一站,站,110105001001,甲,110105001001;110105001002,2001-02\n"},
        {"population", "area,year,residents,elderly,source\n110105001,2003,9000,,统计局\n110105001,2004,9100,1000,\n"},
        {"residents", "name,sex,birth_date,area\n甲一,男,1930,110105001001\n甲二,female,1931-02,110105001001\n"},
    };
    desk *d = *state;
    for (size_t i = 0; i < COUNT(rosters); i++) {
        const char *file = roster(d, "roster.csv", rosters[i].text);
        TOOL(d, 0, "import", STORE(d), file, "--as", rosters[i].kind);
        COUNTS(d, rosters[i].kind, 2, 2, 0, 0, 0);
        d->chinese = true;
        TOOL(d, 0, "import", STORE(d), file);
        COUNTS(d, rosters[i].kind, 2, 0, 0, 2, 0);
        d->chinese = false;
    }
}

static void chinese_headings_in_gb18030_are_read(void **state) {
    desk *d = *state;
    char text[] = "姓名,性别,出生日期,区划代码,备注\n甲一,男,1930年5月1日,110105001001,喆\n", bytes[256];
    char *from = text, *to = bytes;
    size_t left = strlen(text), room = sizeof bytes;
    iconv_t convert = iconv_open("GB18030", "UTF-8");
    assert_true(iconv(convert, &from, &left, &to, &room) == 0 && left == 0);
    iconv_close(convert);
    write_bytes(named(d, "gb.csv"), bytes, (size_t)(to - bytes));
    TOOL(d, 2, "import", STORE(d), named(d, "gb.csv"), "--encoding", "utf-8");
    TOOL(d, 0, "import", STORE(d), named(d, "gb.csv"));
    COUNTS(d, "residents", 1, 1, 0, 0, 0);
    assert_text_has(d->err, "gb18030");
    assert_text_has(d->err, "备注"); /* the column that was kept out */
    TOOL(d, 0, "find", STORE(d), "甲一", "--format", "csv");
    assert_text_has(d->out, "1930-05-01");
}

/* Good rows 2, 4 and 12 of a roster; whatever is wrong with the others is told without saying who they are. */
static const char *mixed_roster(desk *d) {
    static char text[4096], a[ID_SIZE], b[ID_SIZE], c[ID_SIZE], e[ID_SIZE];
    id_number(a, 110105, 19310101, 21);
    id_number(b, 110105, 19310102, 23);
    id_number(c, 110105, 19310103, 25);
    id_number(e, 110105, 19310104, 27);
    b[17] = b[17] == '0' ? '1' : '0';
    snprintf(text, sizeof text,
             "id_number,name,sex,birth_date,area,file_number,file_opened,computerized,disability_certificate\n"
             "%s,赵甲甲,,,110105001001,,,,\n"                       /* 2 */
             "%s,钱乙乙,,,110105001001,,,,\n"                       /* 3 check character */
             "%s,孙丙丙,,,110105001001,,,,\n"                       /* 4 */
             ",李丁丁,1,2003-02-30,110105001001,,,,\n"              /* 5 day */
             ",周戊戊,1,1931,990105001001,,,,\n"                    /* 6 area */
             "%s,吴己己,female,,110105001001,,,,\n"                 /* 7 sex against ID number */
             "%s,郑庚庚,,1932-01-04,110105001001,,,,\n"             /* 8 birth date against ID number */
             "%s,,,,110105001001,,,,\n"                             /* 9 no name */
             ",王辛辛,1,1931,110105001001," FILE_WANG ",,,\n"       /* 10 another's file number */
             "%s,冯壬壬,,,110105001001,,2003-01-02,2003-01-01,%s\n" /* 11 order of dates, no certificate */
             ",陈癸癸,1,1931,110105001001,,,,\n"                    /* 12 */
             ",褚子子,1,1931,110105001001,,,,,,,x\n"                /* 13 too many cells */
             "%.17s,卫丑丑,,,110105001001,,,,\n",                   /* 14 17 characters */
             a, b, c, e, e, e, e, b, e);
    return roster(d, "mixed.csv", text);
}

static void assert_names_nobody(const char *message) {
    static const char *const names[] = {"赵甲甲", "钱乙乙", "孙丙丙", "李丁丁", "周戊戊", "吴己己", "郑庚庚",
                                        "王辛辛", "冯壬壬", "陈癸癸", "褚子子", "卫丑丑", "王小明", "11010519310"};
    for (size_t i = 0; i < COUNT(names); i++)
        assert_lacks(message, names[i]);
}

static void rejected_rows_exit_with_1_and_are_kept_with_line_and_reason(void **state) {
    static const char *const lines[] = {"3", "5", "6", "7", "8", "9", "10", "11", "13", "14"};
    desk *d = *state;
    const char *mixed = mixed_roster(d), *rejects = named(d, "rejects.csv");
    csv_row row;
    for (int chinese = 0; chinese < 2; chinese++) {
        d->chinese = chinese;
        TOOL(d, 1, "import", STORE(d), mixed, "--rejects", rejects);
        COUNTS(d, "residents", 13, chinese ? 0 : 3, 0, chinese ? 3 : 0, 10);
        assert_text_has(d->err, rejects);
        assert_names_nobody(d->err);
        char *text = read_bytes(rejects, NULL);
        const char *at = read_row(after_mark(text), &row);
        assert_language(row.cells[0], chinese);
        assert_language(row.cells[1], chinese);
        assert_string_equal(row.cells[2], "id_number");
        for (size_t i = 0; i < COUNT(lines); i++) {
            at = read_row(at, &row);
            assert_non_null(at);
            assert_string_equal(row.cells[0], lines[i]);
            assert_names_nobody(row.cells[1]);
            assert_language(row.cells[1], chinese);
        }
        assert_null(read_row(at, &row));
        free(text);
    }
}

static void a_corrected_rejects_file_is_a_roster(void **state) {
    desk *d = *state;
    const char *rejects = named(d, "rejects.csv");
    char text[256], right[ID_SIZE], wrong[ID_SIZE];
    for (int chinese = 0; chinese < 2; chinese++) {
        d->chinese = chinese;
        memcpy(wrong, id_number(right, 110105, 19310101, 21 + 2 * chinese), ID_SIZE);
        wrong[17] = wrong[17] == '0' ? '1' : '0';
        snprintf(text, sizeof text, "id_number,name,area\n%s,赵甲甲,110105001001\n", wrong);
        TOOL(d, 1, "import", STORE(d), roster(d, "wrong.csv", text), "--rejects", rejects);
        char *kept_rows = read_bytes(rejects, NULL);
        memcpy(strstr(kept_rows, wrong), right, ID_SIZE - 1);
        write_text(rejects, kept_rows);
        free(kept_rows);
        TOOL(d, 0, "import", STORE(d), rejects);
        COUNTS(d, "residents", 1, 1, 0, 0, 0);
        assert_int_equal(lines_of(d->err), 1); /* no word of unknown columns */
    }
}

static void without_a_rejects_file_the_first_reason_is_told(void **state) {
    desk *d = *state;
    const char *mixed = mixed_roster(d);
    for (int chinese = 0; chinese < 2; chinese++) {
        d->chinese = chinese;
        TOOL(d, 1, "import", STORE(d), mixed, "--dry-run");
        assert_names_nobody(d->err);
        assert_text_has(d->err, "--rejects");
        assert_text_has(d->err, chinese ? "第 3 行" : "line 3");
    }
}

static void a_dry_run_counts_and_changes_nothing(void **state) {
    desk *d = *state;
    const char *mixed = mixed_roster(d);
    char *before = figures(d);
    for (int chinese = 0; chinese < 2; chinese++) {
        d->chinese = chinese;
        TOOL(d, 1, "import", STORE(d), mixed, "--dry-run");
        COUNTS(d, "residents", 13, 3, 0, 0, 10);
    }
    d->chinese = false;
    assert_figures(d, before);
    TOOL(d, 1, "import", STORE(d), mixed);
    COUNTS(d, "residents", 13, 3, 0, 0, 10);
}

/* ---- find and show ---- */

static void find_finds_by_name_initials_and_numbers(void **state) {
    desk *d = *state;
    const char *const texts[] = {"王小明", "小明", "wxm", "XM", wang_id, FILE_WANG, "13800000000"};
    for (size_t i = 0; i < COUNT(texts); i++) {
        TOOL(d, 0, "find", STORE(d), texts[i], "--format", "json");
        json_t *root = json_out(d), *rows = member(root, "rows");
        assert_int_equal(json_array_size(rows), 1);
        assert_string_equal(string_in(json_array_get(rows, 0), "id_number"), wang_id);
        assert_string_equal(string_in(json_array_get(rows, 0), "name"), "王小明");
        json_decref(root);
    }
}

static void finding_nobody_exits_with_4_in_every_format(void **state) {
    static const char *const formats[] = {"table", "csv", "json"};
    desk *d = *state;
    for (int chinese = 0; chinese < 2; chinese++)
        for (size_t i = 0; i < COUNT(formats); i++) {
            d->chinese = chinese;
            TOOL(d, 4, "find", STORE(d), "司马", "--format", formats[i]);
            assert_int_equal(lines_of(d->err), 1);
        }
    json_t *root = json_out(d);
    assert_int_equal(json_array_size(member(root, "rows")), 0);
    json_decref(root);
}

static void find_stops_at_the_limit_and_says_so(void **state) {
    desk *d = *state;
    const char *many = named(d, "many.csv");
    write_many(many, 60);
    TOOL(d, 0, "import", STORE(d), many);
    TOOL(d, 0, "find", STORE(d), "某某", "--format", "csv");
    assert_int_equal(lines_of(d->out), 1 + 50);
    assert_text_has(d->err, "--limit 0");
    TOOL(d, 0, "find", STORE(d), "某某", "--format", "csv", "--limit", "7");
    assert_int_equal(lines_of(d->out), 1 + 7);
    TOOL(d, 0, "find", STORE(d), "某某", "--format", "csv", "--limit", "0");
    assert_int_equal(lines_of(d->out), 1 + 60);
    assert_string_equal(d->err, "");
}

static void show_takes_an_id_number_a_file_number_and_the_number_of_find(void **state) {
    desk *d = *state;
    char old_id[ID_SIZE];
    id_number_15(old_id, wang_id);
    TOOL(d, 0, "show", STORE(d), wang_id);
    char *by_id = kept(d->out);
    assert_text_has(by_id, "王小明");
    assert_text_has(by_id, "male");
    assert_text_has(by_id, "2001-02-03");
    TOOL(d, 0, "find", STORE(d), "王小明", "--format", "csv");
    csv_row header, row;
    read_row(read_row(after_mark(d->out), &header), &row);
    char number[CELL + 1];
    snprintf(number, sizeof number, "#%s", row.cells[cell_named(&header, "resident")]);
    const char *const references[] = {FILE_WANG, old_id, number};
    for (size_t i = 0; i < COUNT(references); i++) {
        TOOL(d, 0, "show", STORE(d), references[i]);
        assert_string_equal(d->out, by_id);
    }
    free(by_id);
}

static void show_as_json_has_the_resident_and_the_entries_newest_first(void **state) {
    desk *d = *state;
    char text[128];
    snprintf(text, sizeof text, "id_number,phone\n%s,13911111111\n", wang_id);
    TOOL(d, 0, "import", STORE(d), roster(d, "amend.csv", text), "--as", "residents");
    TOOL(d, 0, "show", STORE(d), wang_id, "--format", "json");
    char *json = kept(d->out);
    TOOL(d, 0, "show", STORE(d), wang_id, "--json");
    assert_string_equal(d->out, json);
    free(json);
    json_t *root = json_out(d), *now = member(root, "resident"), *entries = member(root, "entries");
    assert_int_equal(json_object_size(root), 2);
    assert_string_equal(string_in(now, "phone"), "13911111111");
    assert_string_equal(string_in(now, "id_number"), wang_id);
    assert_int_equal(json_array_size(entries), 2);
    json_t *newest = json_array_get(entries, 0), *oldest = json_array_get(entries, 1);
    assert_true(json_integer_value(member(newest, "seq")) > json_integer_value(member(oldest, "seq")));
    assert_int_equal(json_object_size(member(newest, "body")), 1);
    assert_string_equal(string_in(member(newest, "body"), "phone"), "13911111111");
    assert_string_equal(string_in(member(oldest, "body"), "phone"), "13800000000");
    assert_string_equal(string_in(oldest, "author"), "admin");
    assert_string_equal(string_in(oldest, "kind"), "resident");
    json_decref(root);
}

/* ---- rates ---- */

static bool is_type(const json_t *value, char type) {
    switch (type) {
    case 's':
        return json_is_string(value);
    case 'i':
        return json_is_integer(value);
    case 'n':
        return json_is_number(value);
    case 'b':
        return json_is_boolean(value);
    default:
        return json_is_null(value);
    }
}

/* The members of a row, in order, and the types each may have (0: null). */
static const struct {
    const char *name, *types;
} members[] = {{"area", "s"},         {"area_name", "s"},   {"tier", "s"},  {"indicator", "s"},
               {"numerator", "i"},    {"denominator", "i"}, {"rate", "n0"}, {"denominator_source", "s"},
               {"target", "n0"},      {"due", "s0"},        {"met", "b0"},  {"shortfall", "i0"},
               {"partial_dates", "i"}};

static void assert_members(json_t *row) {
    size_t i = 0;
    const char *name;
    json_t *value;
    json_object_foreach(row, name, value) {
        assert_in_range(i, 0, COUNT(members) - 1);
        assert_string_equal(name, members[i].name);
        if (!is_type(value, members[i].types[0]) && !(members[i].types[1] && is_type(value, '0')))
            fail_msg("%s has the wrong type", name);
        i++;
    }
    assert_int_equal(i, COUNT(members));
}

static size_t place_in_plan(const char *indicator) {
    for (size_t i = 0; i < COUNT(plan); i++)
        if (strcmp(plan[i], indicator) == 0)
            return i;
    fail_msg("%s is not in the plan", indicator);
    return 0;
}

static void rates_as_json_have_the_documented_members_in_the_documented_order(void **state) {
    static const char *const areas[] = {"110105", "110108"}, *const names[] = {"朝阳区", "海淀区"};
    desk *d = *state;
    TOOL(d, 0, "rates", STORE(d), "--as-of", YEAR_END, "--by", "district", "--format", "json");
    json_t *root = json_out(d), *rows = member(root, "rows"), *row;
    size_t i;
    assert_int_equal(json_object_size(root), 3);
    assert_string_equal(string_in(root, "as_of"), YEAR_END);
    assert_true(json_is_null(member(root, "known_at")));
    assert_int_equal(json_array_size(rows), 2 * COUNT(plan));
    json_array_foreach(rows, i, row) {
        assert_members(row);
        assert_string_equal(string_in(row, "area"), areas[i / COUNT(plan)]);
        assert_string_equal(string_in(row, "area_name"), names[i / COUNT(plan)]);
        assert_string_equal(string_in(row, "tier"), "district");
        assert_int_equal(place_in_plan(string_in(row, "indicator")), i % COUNT(plan));
    }
    json_decref(root);
}

/* Counted by hand; -1 stands for null. */
static const struct {
    const char *indicator;
    int numerator, denominator;
    double rate, target;
    const char *due;
    int met, shortfall, partial;
} expected[] = {
    {"resident_files", 5, 6, 5 / 6.0, 0.5, YEAR_END, 1, 0, 0},
    {"elderly_files", 1, 2, 0.5, 0.9, YEAR_END, 0, 1, 1}, /* 李秀英's birth date is a year */
    {"rehab_files", 1, 1, 1, 0.9, YEAR_END, 1, 0, 0},
    {"home_bed_files", 1, 1, 1, -1, NULL, -1, -1, 0},
    {"computerized_files", 1, 5, 0.2, 0.9, "2005-12-31", 0, 4, 1}, /* 钱多多's file was opened in a year */
    {"computerized_files_home_bed", 0, 1, 0, -1, NULL, -1, -1, 0},
    {"grade_a_stations", 0, 0, -1, 0.85, "2005-12-31", -1, 0, 0},
    {"rehab_service", 1, 1, 1, 0.9, "2005-12-31", 1, 0, 0},
};

static void assert_number(const json_t *row, const char *name, double want) {
    const json_t *value = member(row, name);
    if (want < 0)
        assert_true(json_is_null(value));
    else
        assert_true(json_is_number(value) && json_number_value(value) > want - 1e-6 &&
                    json_number_value(value) < want + 1e-6);
}

static void assert_figure(const json_t *row, size_t i) {
    const json_t *due = member(row, "due"), *met = member(row, "met");
    assert_int_equal(json_integer_value(member(row, "numerator")), expected[i].numerator);
    assert_int_equal(json_integer_value(member(row, "denominator")), expected[i].denominator);
    assert_string_equal(string_in(row, "denominator_source"), "register");
    assert_number(row, "rate", expected[i].rate);
    assert_number(row, "target", expected[i].target);
    assert_number(row, "shortfall", expected[i].shortfall);
    assert_int_equal(json_integer_value(member(row, "partial_dates")), expected[i].partial);
    assert_int_equal(json_is_null(met) ? -1 : json_is_true(met), expected[i].met);
    if (expected[i].due)
        assert_string_equal(json_string_value(due), expected[i].due);
    else
        assert_true(json_is_null(due));
}

static void rates_are_those_one_counts_by_hand(void **state) {
    desk *d = *state;
    TOOL(d, 0, "rates", STORE(d), "--as-of", YEAR_END, "--format", "json");
    assert_string_equal(d->err, "");
    json_t *root = json_out(d), *row;
    size_t i, found = 0;
    json_array_foreach(member(root, "rows"), i, row) {
        assert_string_equal(string_in(row, "area"), "11");
        for (size_t e = 0; e < COUNT(expected); e++)
            if (strcmp(expected[e].indicator, string_in(row, "indicator")) == 0) {
                assert_figure(row, e);
                found++;
            }
    }
    assert_int_equal(found, COUNT(expected));
    json_decref(root);
}

/* A cell says what the JSON value says. */
static bool says_the_same(const char *cell, const json_t *value) {
    if (json_is_null(value))
        return *cell == '\0';
    if (json_is_string(value))
        return strcmp(cell, json_string_value(value)) == 0;
    if (json_is_boolean(value))
        return strcmp(cell, json_is_true(value) ? "true" : "false") == 0;
    return *cell && strtod(cell, NULL) == json_number_value(value);
}

static void rates_as_csv_are_the_same_table(void **state) {
    desk *d = *state;
    csv_row header, row;
    TOOL(d, 0, "rates", STORE(d), "--as-of", YEAR_END, "--by", "street", "--format", "json");
    json_t *root = json_out(d), *rows = member(root, "rows"), *object;
    size_t i;
    TOOL(d, 0, "rates", STORE(d), "--as-of", YEAR_END, "--by", "street", "--format", "csv");
    const char *at = read_row(after_mark(d->out), &header);
    assert_int_equal(header.count, COUNT(members));
    for (int column = 0; column < header.count; column++)
        assert_string_equal(header.cells[column], members[column].name);
    json_array_foreach(rows, i, object) {
        at = read_row(at, &row);
        assert_non_null(at);
        assert_int_equal(row.count, header.count);
        for (int column = 0; column < row.count; column++)
            if (!says_the_same(row.cells[column], member(object, header.cells[column])))
                fail_msg("row %zu: %s is \"%s\"", i, header.cells[column], row.cells[column]);
    }
    assert_int_equal(i, 3 * COUNT(plan));
    assert_null(read_row(at, &row));
    json_decref(root);
}

static void a_day_can_be_written_in_every_form(void **state) {
    static const char *const forms[] = {"20031231",   "2003年12月31日", "2003/12/31", "2003-12",
                                        "2003年12月", "2003",           "2003年"};
    desk *d = *state;
    TOOL(d, 0, "rates", STORE(d), "--as-of", YEAR_END, "--format", "json");
    char *want = kept(d->out);
    for (size_t i = 0; i < COUNT(forms); i++) {
        TOOL(d, 0, "rates", STORE(d), "--as-of", forms[i], "--format", "json");
        assert_string_equal(d->out, want);
    }
    TOOL(d, 0, "rates", STORE(d), "--as-of", "2003-12-30", "--indicator", "resident_files", "--format", "json");
    json_t *root = json_out(d), *row = json_array_get(member(root, "rows"), 0);
    assert_string_equal(string_in(root, "as_of"), "2003-12-30");
    assert_int_equal(json_integer_value(member(row, "numerator")), 3); /* neither 欧阳春 nor, by the year, 钱多多 */
    json_decref(root);
    free(want);
}

static void assert_rows(desk *d, size_t want, const char *area, const char *first, const char *last) {
    json_t *root = json_out(d), *rows = member(root, "rows");
    assert_int_equal(json_array_size(rows), want);
    assert_string_equal(string_in(json_array_get(rows, 0), "area"), area);
    assert_string_equal(string_in(json_array_get(rows, 0), "indicator"), first);
    assert_string_equal(string_in(json_array_get(rows, want - 1), "indicator"), last);
    json_decref(root);
}

#define PUBLIC(d, file) "export", STORE(d), "--public", "--as-of", YEAR_END, "--by", "street", "-o", (file)

static void a_table_for_the_public_is_a_spreadsheet_without_small_counts(void **state) {
    desk *d = *state;
    const char *file = named(d, "public.csv");
    csv_row header, row;
    size_t rows = 0, beds = 0;
    TOOL(d, 0, PUBLIC(d, file));
    assert_string_equal(d->out, "");
    assert_text_has(d->err, file);
    char *csv = read_bytes(file, NULL);
    const char *at = read_row(after_mark(csv), &header);
    int indicator = cell_named(&header, "indicator"), numerator = cell_named(&header, "numerator");
    int rate = cell_named(&header, "rate"), hidden = cell_named(&header, "hidden");
    for (; *at; rows++) {
        at = read_row(at, &row);
        bool stations = strcmp(row.cells[indicator], "network_informatization") == 0;
        if (strcmp(row.cells[indicator], "resident_files") == 0) { /* of eight residents none can be told */
            assert_string_equal(row.cells[numerator], "");
            assert_string_equal(row.cells[rate], "");
            assert_string_equal(row.cells[hidden], "hidden");
        }
        if (stations)
            assert_string_equal(row.cells[hidden], "");
        beds += stations;
    }
    assert_true(rows > 40 && beds > 1);
    free(csv);
}

static void a_table_for_the_public_is_remembered(void **state) {
    desk *d = *state;
    const char *first = named(d, "first.csv"), *second = named(d, "second.csv"), *refused = named(d, "refused.csv");
    TOOL(d, 0, "export", STORE(d), "--public", "--list");
    assert_text_has(d->err, "nothing was published");
    TOOL(d, 0, PUBLIC(d, first));
    assert_lacks(d->err, "published before");
    TOOL(d, 2, PUBLIC(d, first)); /* which exists, and is left as it is */
    TOOL(d, 2, PUBLIC(d, refused), "--hide", "2");
    assert_text_has(d->err, "3 to 1000");
    assert_false(path_exists(refused));
    TOOL(d, 4, PUBLIC(d, refused), "--within", "110199");
    assert_false(path_exists(refused));
    TOOL(d, 0, PUBLIC(d, second));
    assert_text_has(d->err, "published before");
    char *one = read_bytes(first, NULL), *other = read_bytes(second, NULL);
    assert_string_equal(one, other);
    free(one);
    free(other);
    TOOL(d, 0, "export", STORE(d), "--public", "--list", "--format", "csv");
    assert_int_equal(lines_of(d->out), 3);
    TOOL(d, 0, "log", STORE(d), "--kind", "publication", "--format", "csv");
    assert_int_equal(lines_of(d->out), 3);
    assert_text_has(d->out, "as of " YEAR_END);
}

static void a_table_for_the_public_is_in_chinese_where_that_is_read(void **state) {
    desk *d = *state;
    const char *file = named(d, "公开.csv");
    d->chinese = true;
    TOOL(d, 0, PUBLIC(d, file));
    assert_text_has(d->err, "已写入");
    char *csv = read_bytes(file, NULL);
    assert_text_has(csv, "居民建档率");
    free(csv);
    TOOL(d, 0, "export", STORE(d), "--public", "--as-of", YEAR_END);
    assert_text_has(d->out, "已隐去");
    assert_text_has(d->err, "此前已公布");
    TOOL(d, 2, PUBLIC(d, file));
    TOOL(d, 2, "export", STORE(d));
    TOOL(d, 2, "export", STORE(d), "--public", "--hide", "x");
    TOOL(d, 0, "export", STORE(d), "--public", "--list");
    TOOL(d, 0, "log", STORE(d), "--kind", "publication");
    assert_text_has(d->out, "截止日期 " YEAR_END);
}

static void rates_can_be_asked_of_an_area_a_tier_and_some_indicators(void **state) {
    desk *d = *state;
    TOOL(d, 0, "rates", STORE(d), "--format", "json", "--within", "110105001", "--by", "committee", "--indicator",
         "elderly_files", "--as-of", "2003");
    assert_rows(d, 3, "110105001001", "elderly_files", "elderly_files");
    TOOL(d, 0, "rates", STORE(d), "--format", "json", "--indicator", "rehab_files", "--indicator", "resident_files");
    char *repeated = kept(d->out);
    assert_rows(d, 2, "11", "resident_files", "rehab_files");
    TOOL(d, 0, "rates", STORE(d), "--format", "json", "--indicator", "rehab_files,resident_files");
    assert_string_equal(d->out, repeated);
    free(repeated);
    TOOL(d, 0, "rates", STORE(d), "--format", "json", "--set", "plan");
    char *all = kept(d->out);
    assert_rows(d, COUNT(plan), "11", plan[0], plan[COUNT(plan) - 1]);
    TOOL(d, 0, "rates", STORE(d), "--format", "json");
    assert_string_equal(d->out, all);
    free(all);
    TOOL(d, 0, "rates", STORE(d), "--format", "json", "--set", "all");
    json_t *root = json_out(d);
    assert_true(json_array_size(member(root, "rows")) >= COUNT(plan));
    json_decref(root);
}

/* The store has no figures of the national set yet, and areas enough: the message must not ask for areas. */
static void an_empty_set_is_not_blamed_on_the_areas(void **state) {
    desk *d = *state;
    for (int chinese = 0; chinese < 2; chinese++) {
        d->chinese = chinese;
        TOOL(d, 0, "rates", STORE(d), "--set", "own");
        assert_string_equal(d->out, "");
        assert_text_has(d->err, "own");
        TOOL(d, 0, "rates", STORE(d), "--within", "110108001001", "--by", "street");
        assert_text_has(d->err, "--within");
    }
}

static void a_rate_above_1_is_given_with_a_warning(void **state) {
    desk *d = *state;
    for (int chinese = 0; chinese < 2; chinese++) {
        d->chinese = chinese;
        TOOL(d, 0, "rates", STORE(d), "--as-of", YEAR_END, "--within", "110105002", "--indicator", "resident_files",
             "--format", "json");
        assert_int_equal(lines_of(d->err), 1);
        assert_text_has(d->err, "resident_files");
        assert_text_has(d->err, "110105002");
        json_t *root = json_out(d), *row = json_array_get(member(root, "rows"), 0);
        assert_number(row, "rate", 2);
        assert_string_equal(string_in(row, "denominator_source"), "official");
        json_decref(root);
    }
}

static void the_table_of_rates_marks_official_and_uncertain_denominators(void **state) {
    desk *d = *state;
    TOOL(d, 0, "rates", STORE(d), "--as-of", YEAR_END, "--by", "street");
    assert_text_has(d->out, " *1 ");
    assert_text_has(d->out, " ~2 ");
    assert_text_has(d->out, "\n* ");
    assert_text_has(d->out, "\n~ ");
    TOOL(d, 0, "rates", STORE(d), "--as-of", YEAR_END, "--within", "110108");
    assert_lacks(d->out, "*");
    assert_lacks(d->out, "~");
}

/* ---- list, indicators, columns ---- */

static void list_gives_the_residents_behind_a_shortfall(void **state) {
    static const struct {
        const char *cohort, *without, *names;
    } lists[] = {
        {"elderly", "file", "李秀英;"},
        {"elderly", NULL, "王小明;李秀英;"},
        {"home_bed", "computerized", "张伟;"},
        {"rehab", "service", ""},
        {"all", "computerized", "欧阳春;赵敏;钱多多;张伟;"},
    };
    desk *d = *state;
    csv_row header, row;
    for (size_t i = 0; i < COUNT(lists); i++) {
        char names[CELL] = "", count[64];
        size_t rows = 0;
        TOOL(d, 0, "list", STORE(d), "--as-of", YEAR_END, "--format", "csv", "--cohort", lists[i].cohort,
             lists[i].without ? "--without" : NULL, lists[i].without);
        for (const char *at = read_row(after_mark(d->out), &header); (at = read_row(at, &row)); rows++) {
            size_t used = strlen(names);
            snprintf(names + used, sizeof names - used, "%.100s;", row.cells[cell_named(&header, "name")]);
        }
        assert_string_equal(names, lists[i].names);
        snprintf(count, sizeof count, "healthrec: %zu resident%s\n", rows, rows == 1 ? "" : "s");
        assert_string_equal(d->err, count);
    }
}

static void indicators_and_columns_tell_what_the_store_knows(void **state) {
    static const char *const kinds[] = {"residents", "areas", "institutions", "population"};
    static const char *const firsts[] = {"id_number", "area", "code", "area"};
    desk *d = *state;
    TOOL(d, 0, "indicators", STORE(d), "--format", "json");
    json_t *root = json_out(d), *rows = member(root, "rows");
    for (size_t i = 0; i < COUNT(plan); i++)
        assert_string_equal(string_in(json_array_get(rows, i), "indicator"), plan[i]);
    json_decref(root);
    for (size_t i = 0; i < COUNT(kinds); i++) {
        TOOL(d, 0, "columns", STORE(d), kinds[i], "--format", "json");
        root = json_out(d);
        assert_string_equal(string_in(json_array_get(member(root, "rows"), 0), "name"), firsts[i]);
        json_decref(root);
    }
    TOOL(d, 0, "columns", STORE(d), "residents", "--format", "csv");
    assert_text_has(d->out, "\r\nhome_bed_opened,home bed opened,建床日期,");
}

/* ---- what comes out goes in again ---- */

static void what_find_and_list_print_as_csv_changes_nothing_when_imported(void **state) {
    desk *d = *state;
    const char *found = named(d, "found.csv"), *listed = named(d, "listed.csv");
    TOOL(d, 0, "find", STORE(d), "王", "--format", "csv");
    write_text(found, d->out);
    assert_text_has(d->out, "\t110105");
    assert_text_has(d->out, "\t" FILE_WANG);
    TOOL(d, 0, "list", STORE(d), "--cohort", "all", "--as-of", YEAR_END, "--format", "csv");
    write_text(listed, d->out);
    assert_text_has(d->out, "\t-1层"); /* else a formula */
    TOOL(d, 0, "import", STORE(d), found);
    COUNTS(d, "residents", 1, 0, 0, 1, 0);
    TOOL(d, 0, "import", STORE(d), listed);
    COUNTS(d, "residents", 6, 0, 0, 6, 0);
    char *text = read_bytes(listed, NULL);
    memcpy(strstr(text, "13800000000"), "13900000000", 11);
    write_text(listed, text);
    free(text);
    TOOL(d, 0, "import", STORE(d), listed);
    COUNTS(d, "residents", 6, 0, 1, 5, 0);
}

/* ---- entries of health files ---- */

/* The number of the entry that the last command printed. */
static const char *entry_printed(const desk *d) {
    static char number[32];
    const char *at = strpbrk(d->out, "0123456789");
    assert_non_null(at);
    snprintf(number, sizeof number, "%.*s", (int)strspn(at, "0123456789"), at);
    return number;
}

static void add_takes_names_and_labels_and_works_out_what_the_form_computes(void **state) {
    desk *d = *state;
    TOOL(d, 0, "add", STORE(d), wang_id, "self_care", "--date", "2003-05-01", "meals=1", "washing=3", "dressing=able",
         "toilet=1", "moving about=2");
    assert_text_has(d->out, "self-care");
    assert_text_has(d->out, "4 points"); /* 0 + 3 + 0 + 0 + 1 by the national table */
    assert_text_has(d->out, "mildly dependent");
    d->chinese = true;
    TOOL(d, 0, "add", STORE(d), wang_id, "self_care", "--date", "2004-05-01", "进餐=可自理", "梳洗＝1", "穿衣=1",
         "如厕=1", "活动=1");
    assert_text_has(d->out, "老年人生活自理能力评估表");
    assert_text_has(d->out, "0 分");
    char *entry = kept(entry_printed(d));
    TOOL(d, 0, "add", STORE(d), wang_id, "self_care", "评估日期=2004年5月1日", "进餐=1", "梳洗=1", "穿衣=1", "如厕=1",
         "活动=1");
    assert_string_equal(d->out, ""); /* it is there already */
    assert_text_has(d->err, entry);
    TOOL(d, 0, "verify", STORE(d));
    free(entry);
}

static void an_entry_is_of_today_unless_it_says_otherwise(void **state) {
    desk *d = *state;
    char before[16], after[16], effective[16];
    time_t now = time(NULL);
    strftime(before, sizeof before, "%Y-%m-%d", localtime(&now));
    TOOL(d, 0, "add", STORE(d), wang_id, "note", "text=x");
    now = time(NULL);
    strftime(after, sizeof after, "%Y-%m-%d", localtime(&now));
    TOOL(d, 0, "show", STORE(d), wang_id, "--json");
    json_t *root = json_out(d);
    snprintf(effective, sizeof effective, "%s",
             string_in(member(json_array_get(member(root, "entries"), 0), "body"), "date"));
    json_decref(root);
    assert_true(strcmp(effective, before) >= 0 && strcmp(effective, after) <= 0);
}

static void add_says_in_one_line_what_is_wrong(void **state) {
    desk *d = *state;
    const char *s = STORE(d), *id = wang_id;
    const misuse all[] = {
        {{"add", s, "x", "note", "text=a"}, "18"},
        {{"add", s, id, "self_car", "meals=1"}, "healthrec forms"},
        {{"add", s, id, "residents", "name=x"}, "healthrec forms"},
        {{"add", s, id, "population", "year=2003"}, "healthrec forms"},
        {{"add", s, id, "call_raise", "device=1"}, "healthrec forms"},
        {{"add", s, id, "unify", "absorbed=2"}, "healthrec forms"},
        {{"add", s, id, "note", "colour=red"}, "healthrec columns"},
        {{"add", s, id, "note", "=red"}, "healthrec columns"},
        {{"add", s, id, "note", "text"}, "="},
        {{"add", s, id, "note", "text=a", "内容=b"}, "text"},
        {{"add", s, id, "note", "text=a", "date=2003", "--date", "2003"}, "date"},
        {{"add", s, id, "self_care", "meals=9"}, "9"},
        {{"add", s, id, "note", "author=x"}, ""}, /* text is required */
        {{"add", s, id, "note", "text=a", "--date", "2999-01-01"}, "2999"},
        {{"add", s, id, "note", "text=a", "--date", "2003-02-30"}, "2003-02-30"},
        {{"add", s, id, "hypertension_followup", "systolic=80", "diastolic=90"}, ""},
        {{"add", s, id, "note"}, "="},                   /* nobody can be asked */
        {{"amend", s, "1", "name=a", "--why", "x"}, ""}, /* the entry is of an area */
        {{"unify", s, id, id}, ""},
        {{"call", s, "raise"}, ""},
        {{"call", s, "raise", "--device", "1", "--signal", "shout"}, ""},
        {{"call", s, "raise", "--device", "1", "--time", "noon"}, ""},
        {{"trend", s, "--indicator", "elderly_files", "--from", "2003", "--every", "week"}, "month"},
        {{"trend", s, "--indicator", "nothing", "--from", "2003"}, "indicators"},
        {{"rates", s, "--known-at", "once"}, ""},
        {{"rates", s, "--known-at", "1999"}, ""},
    };
    char *before = figures(d);
    assert_misuses(d, all, COUNT(all));
    d->chinese = false;
    TOOL(d, 4, "add", s, "#4242", "note", "text=a");
    TOOL(d, 4, "amend", s, "4242", "text=a", "--why", "x");
    TOOL(d, 4, "unify", s, id, "#4242");
    TOOL(d, 4, "call", s, "answer", "4242");
    TOOL(d, 4, "call", s, "close", "4242", "--outcome", "helped");
    TOOL(d, 4, "call", s, "show", "4242");
    TOOL(d, 4, "trend", s, "--indicator", "elderly_files", "--from", "2003", "--within", "33");
    assert_figures(d, before);
    TOOL(d, 0, "check", s);
}

static void a_contradiction_is_refused_or_forced_and_then_listed(void **state) {
    desk *d = *state;
    for (int chinese = 0; chinese < 2; chinese++) {
        d->chinese = chinese;
        TOOL(d, 2, "add", STORE(d), wang_id, "home_bed_close", "outcome=1", "--date", "2003-05-01");
        assert_text_has(d->err, "--force");
        assert_int_equal(lines_of(d->err), 1);
        TOOL(d, 0, "check", STORE(d));
        assert_string_equal(d->out, "");
    }
    d->chinese = false;
    TOOL(d, 0, "add", STORE(d), wang_id, "home_bed_close", "outcome=1", "--date", "2003-05-01", "--force");
    char *entry = kept(entry_printed(d));
    for (int chinese = 0; chinese < 2; chinese++) {
        d->chinese = chinese;
        TOOL(d, 1, "check", STORE(d));
        assert_text_has(d->out, entry);
        assert_text_has(d->out, "2003-05-01");
        assert_text_has(d->out, chinese ? "家庭病床撤床" : "home sickbed closed");
        assert_text_has(d->out, chinese ? "强制保存" : "--force");
        assert_language(d->out, chinese);
        TOOL(d, 0, "show", STORE(d), wang_id);
        assert_text_has(d->out, chinese ? "强制保存" : "--force");
    }
    TOOL(d, 1, "check", STORE(d), "--format", "json");
    json_t *root = json_out(d), *row = json_array_get(member(root, "rows"), 0);
    assert_int_equal(json_integer_value(member(row, "entry")), strtol(entry, NULL, 10));
    assert_true(json_is_true(member(row, "forced")));
    json_decref(root);
    TOOL(d, 2, "amend", STORE(d), entry, "--withdraw", "--why", "another's", "outcome=2");
    TOOL(d, 0, "amend", STORE(d), entry, "--withdraw", "--why", "another's");
    TOOL(d, 0, "check", STORE(d));
    free(entry);
}

/* Sees the question, among what goes before it, and answers it. */
static void answer(desk *d, const char *question, const char *typed) {
    see(d, question);
    see(d, "> ");
    type(d, typed);
    type(d, "\n");
}

static const char *const store_it[2] = {"store this entry?", "保存这条记录吗？"};
static const char *const not_stored[2] = {"nothing was stored", "未保存"};

static size_t entries_of(desk *d, const char *resident) {
    bool chinese = d->chinese;
    d->chinese = false;
    TOOL(d, 0, "show", STORE(d), resident, "--json");
    d->chinese = chinese;
    json_t *root = json_out(d);
    size_t count = json_array_size(member(root, "entries"));
    json_decref(root);
    return count;
}

static void add_asks_field_by_field_and_takes_back_what_was_wrong(void **state) {
    static const char *const words[2][9] = {{"assessment date (required)", "meals (required)", "washing", "dressing",
                                             "toilet", "moving", "assessor", "day that this month does not have",
                                             "none of"},
                                            {"评估日期（必填）", "进餐（必填）", "梳洗", "穿衣", "如厕", "活动",
                                             "评估人", "该月没有这一天", "不在可选值内"}};
    desk *d = *state;
    for (int chinese = 0; chinese < 2; chinese++) {
        const char *const *word = words[chinese];
        d->chinese = chinese;
        START(d, 80, "add", STORE(d), wang_id, "self_care");
        see(d, "王小明"); /* whom it will be about */
        answer(d, word[0], "");
        see(d, chinese ? "此项必填" : "required\r\n");
        answer(d, word[0], "2003-02-30");
        see(d, word[7]);
        answer(d, word[0], chinese ? "2003年5月2日" : "2003-05-01");
        see(d, chinese ? "餐具" : "bringing food"); /* what it means */
        see(d, chinese ? "1 可自理；2 轻度依赖" : "1 able; 2 mildly");
        see(d, "> ");
        type(d, "9\n");
        see(d, word[8]);
        answer(d, word[1], "3");
        answer(d, word[2], "-"); /* back to meals */
        answer(d, word[1], "4");
        for (int i = 2; i < 6; i++)
            answer(d, word[i], "1");
        answer(d, word[6], "");
        see(d, chinese ? "5 分" : "5 points"); /* meals 4: 5, as it will be stored */
        see(d, store_it[chinese]);
        type(d, chinese ? "是\n" : "y\n");
        see(d, chinese ? "记录 " : "entry ");
        see(d, chinese ? "5 分" : "5 points");
        assert_int_equal(leave(d), 0);
        TOOL(d, 0, "show", STORE(d), wang_id, "--json");
        assert_text_has(d->out, "\"meals\":4");
        assert_text_has(d->out, chinese ? "2003-05-02" : "2003-05-01");
    }
}

static void an_entry_that_is_not_agreed_to_or_not_answered_to_the_end_is_not_stored(void **state) {
    desk *d = *state;
    size_t before = entries_of(d, wang_id);
    for (int chinese = 0; chinese < 2; chinese++) {
        d->chinese = chinese;
        START(d, 80, "add", STORE(d), wang_id, "note", "--date", "2003-05-02");
        answer(d, chinese ? "内容（必填）" : "text (required)", "something");
        answer(d, chinese ? "记录人" : "author", "");
        see(d, store_it[chinese]);
        type(d, "n\n");
        see(d, not_stored[chinese]);
        assert_int_equal(leave(d), 0);
        START(d, 80, "add", STORE(d), wang_id, "note", "--date", "2003-05-02");
        answer(d, chinese ? "内容（必填）" : "text (required)", "something");
        see(d, "> ");
        type(d, "\004");
        see(d, not_stored[chinese]);
        assert_int_equal(leave(d), 2);
        assert_int_equal(entries_of(d, wang_id), before);
    }
}

/* What two answers say together is refused at the second, and whichever was wrong can be corrected. */
static void answers_that_do_not_go_together_are_asked_again(void **state) {
    desk *d = *state;
    START(d, 80, "add", STORE(d), wang_id, "hypertension_followup", "--date", "2003-05-01");
    answer(d, "mode of visit", "");
    answer(d, "symptoms", "2;3");
    answer(d, "other symptoms", "");
    answer(d, "systolic", "90");
    answer(d, "diastolic", "92");
    see(d, "is not below");
    answer(d, "diastolic", "-");
    answer(d, "systolic", "190");
    answer(d, "diastolic", "92");
    answer(d, "weight", "."); /* the rest is not asked */
    see(d, "headache or dizziness, nausea");
    see(d, "190 mmHg");
    see(d, store_it[0]);
    type(d, "-\n"); /* back to where the rest began */
    answer(d, "weight", "61.5");
    answer(d, "weight target", ".");
    see(d, "61.5 kg");
    see(d, store_it[0]);
    type(d, "y\n");
    assert_int_equal(leave(d), 0);
    assert_lacks(d->screen, "height");
}

static void a_full_stop_skips_all_but_what_is_required(void **state) {
    desk *d = *state;
    START(d, 80, "add", STORE(d), wang_id, "home_bed_open");
    answer(d, "opening date", "2003-05-01");
    answer(d, "diagnosis", "stroke");
    answer(d, "reason", ".");
    answer(d, "home-bed doctor (required)", "Chen");
    see(d, store_it[0]);
    type(d, "y\n");
    assert_int_equal(leave(d), 0);
    assert_lacks(d->screen, "nurse");
}

static void what_contradicts_the_file_is_said_at_once_and_asked_about_at_the_end(void **state) {
    static const char *const all_the_same[2] = {"all the same?", "仍要保存"};
    desk *d = *state;
    size_t before = entries_of(d, wang_id);
    for (int chinese = 0; chinese < 2; chinese++) {
        d->chinese = chinese;
        for (int agreed = 0; agreed < 2; agreed++) {
            START(d, 80, "add", STORE(d), wang_id, "home_bed_close");
            answer(d, chinese ? "撤床日期" : "closing date", chinese ? "2003-05-02" : "2003-05-01");
            answer(d, chinese ? "转归" : "outcome", "1");
            see(d, "--force");
            answer(d, chinese ? "其他转归" : "other outcome", ".");
            see(d, "--force");
            see(d, all_the_same[chinese]);
            type(d, agreed ? "y\n" : "n\n");
            assert_int_equal(leave(d), 0);
            assert_int_equal(entries_of(d, wang_id), before + (size_t)(chinese + agreed));
        }
    }
    d->chinese = false;
    TOOL(d, 1, "check", STORE(d));
}

static void a_wrong_date_is_said_before_anything_is_asked(void **state) {
    desk *d = *state;
    START(d, 80, "add", STORE(d), wang_id, "note", "--date", "2999-01-01");
    assert_int_equal(leave(d), 2);
    assert_lacks(d->screen, "> ");
}

static void show_tells_who_changed_what_and_why(void **state) {
    desk *d = *state;
    TOOL(d, 0, "add", STORE(d), wang_id, "hypertension_followup", "systolic=154", "diastolic=92", "symptoms=2;9",
         "--date", "2003-11-20");
    char *first = kept(entry_printed(d));
    TOOL(d, 0, "amend", STORE(d), first, "systolic=145", "drug_1=nifedipine", "--why", "digits exchanged");
    char *second = kept(entry_printed(d));
    TOOL(d, 2, "amend", STORE(d), first, "systolic=144", "--why", "x"); /* it no longer stands */
    assert_text_has(d->err, second);
    TOOL(d, 0, "show", STORE(d), wang_id);
    assert_text_has(d->out, "145 mmHg");
    assert_text_has(d->out, "headache or dizziness, swollen legs");
    assert_lacks(d->out, "154 mmHg");
    TOOL(d, 0, "show", STORE(d), wang_id, "--history");
    assert_text_has(d->out, "digits exchanged");
    assert_text_has(d->out, "154 mmHg → 145 mmHg");
    assert_text_has(d->out, "(nothing) → nifedipine");
    assert_text_has(d->out, "admin");
    TOOL(d, 0, "amend", STORE(d), second, "drug_1=", "--why", "none was given");
    char *third = kept(entry_printed(d));
    TOOL(d, 0, "show", STORE(d), wang_id);
    assert_lacks(d->out, "nifedipine");
    TOOL(d, 0, "amend", STORE(d), third, "--withdraw", "--why", "of another");
    TOOL(d, 0, "show", STORE(d), wang_id);
    assert_lacks(d->out, "mmHg");
    d->chinese = true;
    TOOL(d, 0, "show", STORE(d), wang_id, "--history");
    assert_text_has(d->out, "高血压患者随访服务记录表");
    assert_text_has(d->out, "154 mmHg → 145 mmHg");
    assert_text_has(d->out, "nifedipine → （空）");
    assert_text_has(d->out, "头痛头晕、下肢水肿");
    assert_text_has(d->out, "原因：of another");
    TOOL(d, 0, "show", STORE(d), wang_id, "--json"); /* JSON always holds all of it */
    json_t *root = json_out(d), *entries = member(root, "entries"), *last = json_array_get(entries, 0);
    assert_int_equal(json_array_size(entries), 5);
    assert_true(json_is_true(member(last, "withdrawn")));
    assert_int_equal(json_integer_value(member(last, "amends")), strtol(third, NULL, 10));
    assert_string_equal(string_in(last, "why"), "of another");
    assert_int_equal(json_integer_value(member(json_array_get(entries, 3), "amended_by")), strtol(second, NULL, 10));
    json_decref(root);
    TOOL(d, 0, "verify", STORE(d));
    free(first);
    free(second);
    free(third);
}

/* What must not be overlooked stands before everything else. */
static void show_begins_with_how_the_resident_is(void **state) {
    static const char *const states[2][4] = {
        {"[home bed open since 2003-06-01]", "[in need of rehabilitation since 2003-07-01, not served]",
         "served since 2003-08-01, outcome effective (2003-09-01)]", "[died 2004-02-01]"},
        {"[家庭病床：2003-06-01 建床，在床]", "[有康复需求（2003-07-01 起），尚未接受服务]",
         "2003-08-01 起接受服务，效果：有效（2003-09-01）]", "[已于 2004-02-01 死亡]"}};
    desk *d = *state;
    char text[128];
    for (int step = 0; step < 4; step++) {
        if (step == 1)
            TOOL(d, 0, "add", STORE(d), zhang_id, "rehab_assessment", "needs_rehab=yes", "--date", "2003-07-01");
        if (step == 2) {
            TOOL(d, 0, "add", STORE(d), zhang_id, "rehab_session", "minutes=30", "--date", "2003-08-01");
            TOOL(d, 0, "add", STORE(d), zhang_id, "rehab_outcome", "outcome=effective", "--date", "2003-09-01");
        }
        if (step == 3) {
            snprintf(text, sizeof text, "id_number,died\n%s,2004-02-01\n", zhang_id);
            TOOL(d, 0, "import", STORE(d), roster(d, "died.csv", text));
        }
        for (int chinese = 0; chinese < 2; chinese++) {
            d->chinese = chinese;
            TOOL(d, 0, "show", STORE(d), zhang_id);
            assert_text_has(d->out, states[chinese][step]);
            assert_true(strstr(d->out, states[chinese][step]) < strstr(d->out, "张伟"));
        }
        d->chinese = false;
    }
    assert_lacks(d->out, states[1][0]); /* the dead have no home bed */
    TOOL(d, 0, "show", STORE(d), wang_id);
    assert_lacks(d->out, "[");
}

static void the_fields_of_a_resident_are_amended_by_entry(void **state) {
    desk *d = *state;
    char number[32];
    TOOL(d, 0, "show", STORE(d), wang_id, "--json");
    json_t *root = json_out(d), *entries = member(root, "entries");
    snprintf(number, sizeof number, "%" JSON_INTEGER_FORMAT,
             json_integer_value(member(json_array_get(entries, 0), "seq")));
    json_decref(root);
    TOOL(d, 2, "amend", STORE(d), number, "--withdraw", "--why", "x"); /* it registered him */
    TOOL(d, 0, "amend", STORE(d), number, "电话=13700000000", "address=", "--why", "moved his telephone");
    TOOL(d, 0, "show", STORE(d), wang_id);
    assert_text_has(d->out, "13700000000");
    assert_lacks(d->out, "13800000000");
    assert_lacks(d->out, "三里屯");
    TOOL(d, 0, "show", STORE(d), wang_id, "--history");
    assert_text_has(d->out, "13800000000 → 13700000000");
    TOOL(d, 0, "find", STORE(d), "13700000000");
    TOOL(d, 0, "verify", STORE(d));
}

static void rates_as_known_at_an_entry_are_those_printed_then(void **state) {
    desk *d = *state;
    char at[40];
    TOOL(d, 0, "add", STORE(d), wang_id, "note", "text=before");
    snprintf(at, sizeof at, "#%s", entry_printed(d));
    TOOL(d, 0, "rates", STORE(d), "--as-of", YEAR_END, "--set", "all", "--by", "committee", "--format", "csv");
    char *before = kept(d->out);
    TOOL(d, 0, "add", STORE(d), wang_id, "health_examination", "weight=61.5", "height=160", "--date", "2003-06-01");
    TOOL(d, 0, "import", STORE(d),
         roster(d, "more.csv", "name,sex,birth_date,area,file_opened\n新人,1,1931,110105001001,2001\n"));
    TOOL(d, 0, "rates", STORE(d), "--as-of", YEAR_END, "--set", "all", "--by", "committee", "--format", "csv");
    assert_string_not_equal(d->out, before);
    TOOL(d, 0, "rates", STORE(d), "--as-of", YEAR_END, "--set", "all", "--by", "committee", "--format", "csv",
         "--known-at", at);
    assert_string_equal(d->out, before);
    TOOL(d, 0, "rates", STORE(d), "--as-of", YEAR_END, "--format", "json", "--known-at", at);
    json_t *root = json_out(d);
    assert_string_equal(string_in(root, "known_at"), at);
    json_decref(root);
    for (int chinese = 0; chinese < 2; chinese++) {
        d->chinese = chinese;
        TOOL(d, 0, "rates", STORE(d), "--as-of", YEAR_END, "--known-at", at);
        assert_text_has(d->out, at);
        assert_text_has(d->out, chinese ? "已知" : "known");
    }
    free(before);
}

static void the_sets_hold_the_indicators_of_the_design(void **state) {
    static const char *const national[] = {"electronic_files", "files_in_use", "elderly_managed"};
    desk *d = *state;
    TOOL(d, 0, "rates", STORE(d), "--as-of", YEAR_END, "--set", "all", "--format", "json");
    json_t *root = json_out(d), *rows = member(root, "rows"), *row;
    size_t i;
    assert_int_equal(json_array_size(rows), COUNT(plan) + COUNT(national));
    json_array_foreach(rows, i, row)
        assert_string_equal(string_in(row, "indicator"), i < COUNT(plan) ? plan[i] : national[i - COUNT(plan)]);
    json_decref(root);
    TOOL(d, 0, "rates", STORE(d), "--as-of", YEAR_END, "--set", "national", "--format", "json");
    assert_rows(d, COUNT(national), "11", national[0], national[COUNT(national) - 1]);
}

/* 王小明 and 李秀英 are over 65; one of them was examined in 2003. */
static void who_was_not_examined_this_year_is_listed(void **state) {
    desk *d = *state;
    TOOL(d, 0, "add", STORE(d), wang_id, "health_examination", "weight=61.5", "--date", "2003-03-01");
    TOOL(d, 0, "list", STORE(d), "--cohort", "elderly", "--without", "exam", "--as-of", YEAR_END);
    assert_text_has(d->out, "李秀英");
    assert_lacks(d->out, "王小明");
    TOOL(d, 0, "list", STORE(d), "--cohort", "elderly", "--without", "exam", "--as-of", "2004");
    assert_text_has(d->out, "王小明");
}

static void a_trend_is_the_rates_of_its_days(void **state) {
    static const char *const days[] = {"2001-12-31", "2002-12-31", "2003-06-30"};
    static const int files[] = {1, 2, 3}; /* 王小明; 张伟; 赵敏: counted by hand */
    desk *d = *state;
    TOOL(d, 0, "trend", STORE(d), "--indicator", "resident_files", "--from", "2001-01-01", "--to", "2003-06-30",
         "--format", "json");
    json_t *root = json_out(d), *rows = member(root, "rows"), *row;
    size_t i;
    assert_true(json_is_null(member(root, "known_at")));
    assert_int_equal(json_array_size(rows), COUNT(days));
    json_array_foreach(rows, i, row) {
        assert_string_equal(string_in(row, "as_of"), days[i]);
        assert_int_equal(json_integer_value(member(row, "numerator")), files[i]);
    }
    json_decref(root);
    for (int chinese = 0; chinese < 2; chinese++) {
        d->chinese = chinese;
        TOOL(d, 0, "trend", STORE(d), "--indicator", "resident_files", "--from", "2001-01-01", "--to", "2003-06-30");
        assert_text_has(d->out, chinese ? "居民建档率" : "Residents with a health file");
        assert_text_has(d->out, chinese ? "50.00%" : "50.00 %"); /* 3 of 6 */
        assert_text_has(d->out, " ████████████▌\n");             /* half of 25 */
        START(d, 60, "trend", STORE(d), "--indicator", "resident_files,elderly_files", "--from", "2001", "--to",
              "2003");
        assert_int_equal(leave(d), 0);
        char *text = plain(d);
        assert_fits(text, 60);
        free(text);
    }
}

static void a_trend_from_a_year_begins_with_its_first_month(void **state) {
    desk *d = *state;
    csv_row header, row;
    TOOL(d, 0, "trend", STORE(d), "--indicator", "resident_files", "--from", "2003", "--to", "2003", "--every", "month",
         "--format", "csv");
    assert_int_equal(lines_of(d->out), 13);
    assert_non_null(read_row(read_row(after_mark(d->out), &header), &row));
    assert_string_equal(row.cells[cell_named(&header, "as_of")], "2003-01-31");
    TOOL(d, 0, "trend", STORE(d), "--indicator", "resident_files", "--from", "2003-04", "--to", "2003-12", "--every",
         "quarter", "--format", "csv");
    assert_int_equal(lines_of(d->out), 4);
    TOOL(d, 0, "trend", STORE(d), "--indicator", "resident_files", "--from", "2003", "--to", "2003", "--known-at", "#1",
         "--format", "json");
    json_t *root = json_out(d);
    assert_string_equal(string_in(root, "known_at"), "#1");
    json_decref(root);
}

static void entries_are_imported_by_the_labels_of_their_form(void **state) {
    desk *d = *state;
    char text[512];
    snprintf(text, sizeof text,
             "身份证号,姓名,随访日期,收缩压,舒张压\n%s,王小明,2003-05-01,150,90\n%s,王小明,2003-06-01,1500,90\n"
             "%s,张伟,2003-06-01,150,90\n",
             wang_id, wang_id, wang_id);
    const char *file = roster(d, "visits.csv", text);
    TOOL(d, 1, "import", STORE(d), file, "--as", "hypertension_followup");
    COUNTS(d, "hypertension_followup", 3, 1, 0, 0, 2);
    TOOL(d, 1, "import", STORE(d), file, "--as", "hypertension_followup");
    COUNTS(d, "hypertension_followup", 3, 0, 0, 1, 2);
    snprintf(text, sizeof text, "身份证号,巡诊日期\n%s,2003-05-01\n", wang_id);
    file = roster(d, "beds.csv", text);
    TOOL(d, 1, "import", STORE(d), file, "--as", "home_bed_visit");
    TOOL(d, 0, "import", STORE(d), file, "--as", "home_bed_visit", "--force");
    TOOL(d, 1, "check", STORE(d));
}

static void a_store_sets_targets_and_defines_further_indicators(void **state) {
    desk *d = *state;
    const char *file = roster(d, "goals.csv",
                              "indicator,name_en,name_zh,numerator,denominator,target,source\n"
                              "elderly_files,,,,,99%,plan of 2026\n"
                              "beds_of_elderly,Beds,床,home_bed,elderly,5,\nbad one,x,x,home_bed,elderly,5,\n"
                              "other,x,x,home_bed,nobody,5,\n");
    TOOL(d, 1, "import", STORE(d), file, "--as", "indicators");
    COUNTS(d, "indicators", 4, 2, 0, 0, 2);
    TOOL(d, 0, "indicators", STORE(d), "--format", "csv");
    assert_text_has(d->out, "plan of 2026");
    assert_text_has(d->out, "beds_of_elderly");
    TOOL(d, 0, "rates", STORE(d), "--as-of", YEAR_END, "--set", "own", "--format", "json");
    json_t *root = json_out(d), *row = json_array_get(member(root, "rows"), 0);
    assert_string_equal(string_in(row, "indicator"), "beds_of_elderly");
    assert_int_equal(json_integer_value(member(row, "numerator")), 1);
    assert_int_equal(json_integer_value(member(row, "denominator")), 2);
    json_decref(root);
    TOOL(d, 0, "tallies", STORE(d));
    assert_text_has(d->out, "home_bed");
    TOOL(d, 0, "forms", STORE(d), "--format", "csv");
    assert_text_has(d->out, "health_examination");
    assert_text_has(d->out, "indicators");
    TOOL(d, 0, "columns", STORE(d), "health_examination", "--format", "json");
    assert_text_has(d->out, "\"unit\":\"kg\"");
}

static void two_who_are_one_are_unified_and_parted_again(void **state) {
    desk *d = *state;
    const char *twin =
        roster(d, "twin.csv", "name,sex,birth_date,area,phone\n王小明,1,1930-05-01,110105001002,13800000000\n");
    TOOL(d, 0, "duplicates", STORE(d));
    assert_string_equal(d->out, "");
    TOOL(d, 0, "import", STORE(d), twin);
    for (int chinese = 0; chinese < 2; chinese++) {
        d->chinese = chinese;
        TOOL(d, 0, "duplicates", STORE(d));
        assert_text_has(d->out, chinese ? "出生日期相同" : "the same birth date");
        assert_text_has(d->out, "110105001002");
        assert_text_has(d->err, "1 ");
    }
    d->chinese = false;
    TOOL(d, 0, "duplicates", STORE(d), "--format", "json");
    json_t *root = json_out(d), *pair = json_array_get(member(root, "rows"), 0);
    assert_int_equal(json_array_size(member(root, "rows")), 1);
    char one[32], other[32];
    snprintf(one, sizeof one, "#%" JSON_INTEGER_FORMAT, json_integer_value(member(pair, "resident")));
    snprintf(other, sizeof other, "#%" JSON_INTEGER_FORMAT, json_integer_value(member(pair, "other")));
    json_decref(root);
    TOOL(d, 0, "unify", STORE(d), one, other, "--why", "seen at the door");
    const char *hint = strstr(d->err, "station.hrs ");
    assert_non_null(hint);
    char entry[32];
    snprintf(entry, sizeof entry, "%.*s", (int)strspn(hint + 12, "0123456789"), hint + 12);
    assert_text_has(hint, "--withdraw");
    TOOL(d, 0, "duplicates", STORE(d), "--format", "csv");
    assert_int_equal(lines_of(d->out), 1);
    TOOL(d, 0, "show", STORE(d), other, "--history");
    assert_text_has(d->out, wang_id);
    assert_text_has(d->out, "seen at the door");
    assert_text_has(d->out, other); /* whom his own entry was said of */
    TOOL(d, 2, "unify", STORE(d), one, other);
    TOOL(d, 0, "amend", STORE(d), entry, "--withdraw", "--why", "two after all");
    TOOL(d, 0, "show", STORE(d), other);
    assert_lacks(d->out, wang_id);
    TOOL(d, 0, "verify", STORE(d));
}

/* ---- forms and columns ---- */

/* The number of 王小明 in the store, with #. */
static const char *number_of_wang(desk *d, char out[32]) {
    TOOL(d, 0, "find", STORE(d), wang_id, "--format", "csv");
    const char *row = strchr(d->out, '\n');
    assert_non_null(row);
    snprintf(out, 32, "#%.*s", (int)strcspn(row + 1, ","), row + 1);
    return out;
}

static void a_file_is_restricted_and_released_again(void **state) {
    desk *d = *state;
    char number[32];
    number_of_wang(d, number);
    TOOL(d, 2, "restrict", STORE(d), wang_id);
    TOOL(d, 0, "restrict", STORE(d), wang_id, "--why", "he asked for it");
    assert_text_has(d->err, number);
    TOOL(d, 3, "show", STORE(d), wang_id);
    assert_text_has(d->err, "restricted");
    TOOL(d, 4, "find", STORE(d), "王小明");
    TOOL(d, 2, "restrict", STORE(d), wang_id, "--why", "once more");
    TOOL(d, 0, "release", STORE(d), number, "--why", "he asked for it");
    TOOL(d, 0, "show", STORE(d), wang_id);
    assert_text_has(d->out, "王小明");
    assert_text_has(d->out, "file restricted");
    assert_text_has(d->out, "file released");
    assert_text_has(d->out, "he asked for it");
    d->chinese = true;
    TOOL(d, 2, "release", STORE(d), wang_id, "--why", "本人要求");
}

static void a_file_is_erased_by_whoever_types_its_number(void **state) {
    desk *d = *state;
    char number[32], line[34];
    snprintf(line, sizeof line, "%s\n", number_of_wang(d, number));
    TOOL(d, 0, "rates", STORE(d), "--as-of", YEAR_END, "--by", "committee", "--format", "csv");
    char *before = kept(d->out);
    TOOL(d, 2, "erase", STORE(d), wang_id, "--yes");
    assert_text_has(d->err, "restrict");
    TOOL(d, 0, "restrict", STORE(d), wang_id, "--why", "he asked for it");
    TOOL(d, 2, "erase", STORE(d), wang_id); /* nobody is there to confirm it */
    assert_text_has(d->err, "--yes");
    START(d, 80, "erase", STORE(d), wang_id);
    see(d, number);
    type(d, "#4711\n");
    assert_int_equal(leave(d), 2);
    START(d, 80, "erase", STORE(d), wang_id);
    see(d, number);
    type(d, line);
    see(d, "backups");
    assert_int_equal(leave(d), 0);
    TOOL(d, 4, "show", STORE(d), number);
    assert_text_has(d->err, "erased");
    TOOL(d, 4, "show", STORE(d), wang_id);
    TOOL(d, 0, "rates", STORE(d), "--as-of", YEAR_END, "--by", "committee", "--format", "csv");
    assert_string_equal(d->out, before);
    free(before);
    TOOL(d, 0, "verify", STORE(d));
    TOOL(d, 0, "erase", STORE(d), number, "--yes"); /* only the keys, once more */
}

/* ---- other stores ---- */

/* A bureau for the desk's store, beside it; its public file is bureau.pub. Gives the fingerprint, for free(). */
static char *make_bureau(desk *d) {
    char path[PATH_SIZE];
    snprintf(path, sizeof path, "%s", named(d, "bureau.hrs"));
    d->stdout_to = named(d, "bureau.pub");
    TOOL(d, 0, "init", path, "--area", "11", "--name", "朝阳站", "--bureau", "--recovery-file", named(d, "bureau.key"));
    d->stdout_to = NULL;
    const char *said = strstr(d->err, d->chinese ? "指纹 " : "fingerprint ");
    assert_non_null(said);
    return strndup(strchr(said, ' ') + 1, 39);
}

static void a_public_file_is_printed_or_written_and_its_fingerprint_said(void **state) {
    desk *d = *state;
    for (int chinese = 0; chinese < 2; chinese++) {
        d->chinese = chinese;
        TOOL(d, 0, "public", STORE(d));
        char *printed = kept(d->out), *said = kept(d->err);
        assert_memory_equal(printed, "healthrec public file 1\nkind: station\n", 38);
        char file[PATH_SIZE];
        snprintf(file, sizeof file, "%s", named(d, chinese ? "zh.pub" : "en.pub"));
        TOOL(d, 0, "public", STORE(d), "-o", file);
        assert_string_equal(d->err, said);
        char *written = read_bytes(file, NULL);
        assert_string_equal(written, printed);
        TOOL(d, 2, "public", STORE(d), "--output", file); /* which is there already */
        TOOL(d, 0, "public", STORE(d), "--renew");
        assert_string_not_equal(d->out, printed);
        free(printed);
        free(written);
        free(said);
    }
}

static void a_peer_is_taken_once_the_last_group_of_its_fingerprint_is_typed(void **state) {
    desk *d = *state;
    char *fingerprint = make_bureau(d), file[PATH_SIZE], last[8];
    snprintf(file, sizeof file, "%s", named(d, "bureau.pub"));
    snprintf(last, sizeof last, "%s\n", fingerprint + 35);
    TOOL(d, 2, "peer", STORE(d), "add", file); /* without a terminal */
    assert_text_has(d->err, "--fingerprint");
    static const char *const wrong[] = {"\n", "y\n", "zzzz\n"};
    for (size_t i = 0; i < COUNT(wrong); i++) {
        START(d, 80, "peer", STORE(d), "add", file);
        see(d, fingerprint);
        see(d, "last group: ");
        type(d, wrong[i]);
        assert_int_equal(leave(d), 2);
    }
    TOOL(d, 0, "peer", STORE(d), "list", "--format", "csv");
    assert_int_equal(lines_of(d->out), 1);
    START(d, 80, "peer", STORE(d), "add", file);
    see(d, fingerprint);
    see(d, "last group: ");
    type(d, last);
    assert_int_equal(leave(d), 0);
    TOOL(d, 0, "peer", STORE(d), "list", "--format", "csv");
    assert_text_has(d->out, fingerprint);
    TOOL(d, 0, "peer", STORE(d), "add", file); /* known */
    char *id = strndup(strstr(d->err, "(store ") + 7, 32);
    TOOL(d, 0, "peer", STORE(d), "remove", id);
    TOOL(d, 4, "peer", STORE(d), "remove", id);
    TOOL(d, 2, "peer", STORE(d), "add", file, "--fingerprint", "0000");
    TOOL(d, 0, "peer", STORE(d), "add", file, "--fingerprint", fingerprint);
    free(fingerprint);
    free(id);
}

static void linkage_keys_go_from_a_bureau_to_a_station(void **state) {
    desk *d = *state;
    char *fingerprint = make_bureau(d), bureau[PATH_SIZE], pub[PATH_SIZE], key[PATH_SIZE];
    snprintf(bureau, sizeof bureau, "%s", named(d, "bureau.hrs"));
    snprintf(pub, sizeof pub, "%s", named(d, "station.pub"));
    snprintf(key, sizeof key, "%s", named(d, "key.age"));
    TOOL(d, 0, "peer", STORE(d), "add", named(d, "bureau.pub"), "--fingerprint", fingerprint);
    free(fingerprint);
    TOOL(d, 0, "public", STORE(d), "-o", pub);
    fingerprint = strndup(strstr(d->err, "fingerprint ") + 12, 39);
    TOOL(d, 4, "linkage", bureau, "issue", "--year", "2026", "--to", pub, "-o", key); /* no peer yet */
    TOOL(d, 0, "peer", bureau, "add", pub, "--fingerprint", fingerprint);
    TOOL(d, 2, "linkage", bureau, "issue", "--year", "2026", "--to", pub);
    TOOL(d, 2, "linkage", bureau, "issue", "--year", "this", "--to", pub, "-o", key);
    TOOL(d, 2, "linkage", STORE(d), "issue", "--year", "2026", "--to", named(d, "bureau.pub"), "-o", key);
    TOOL(d, 0, "linkage", bureau, "issue", "--year", "2026", "--to", pub, "-o", key);
    TOOL(d, 2, "linkage", STORE(d), "receive");
    TOOL(d, 4, "linkage", STORE(d), "receive", named(d, "nothing"));
    d->chinese = true;
    TOOL(d, 0, "linkage", STORE(d), "receive", key);
    TOOL(d, 0, "linkage", STORE(d), "receive", key);
    TOOL(d, 0, "linkage", STORE(d), "list");
    assert_text_has(d->out, "2026");
    TOOL(d, 2, "linkage", STORE(d), "draw");
    TOOL(d, 2, "peer", STORE(d), "pin");
    free(fingerprint);
}

static void retention_is_a_register(void **state) {
    desk *d = *state;
    TOOL(d, 0, "columns", STORE(d), "retention", "--format", "csv");
    assert_text_has(d->out, "years,");
    write_text(named(d, "keep.csv"), "what,years\nfile,100\n");
    TOOL(d, 0, "import", STORE(d), named(d, "keep.csv"));
    TOOL(d, 0, "add", STORE(d), wang_id, "note", "--date", "2003-05-01", "text=x");
    TOOL(d, 0, "restrict", STORE(d), wang_id, "--why", "he asked for it");
    TOOL(d, 3, "erase", STORE(d), wang_id, "--yes");
    assert_text_has(d->err, "2103-05-01");
}

static void columns_without_a_form_lists_the_forms(void **state) {
    desk *d = *state;
    for (int chinese = 0; chinese < 2; chinese++) {
        d->chinese = chinese;
        TOOL(d, 0, "forms", STORE(d));
        char *listed = kept(d->out);
        assert_text_has(listed, chinese ? "高血压患者随访服务记录表" : "hypertension follow-up");
        assert_lines_up(listed);
        TOOL(d, 0, "columns", STORE(d));
        assert_string_equal(d->out, listed);
        free(listed);
    }
}

/* Neither the codes nor what a value may be is left out where there is little room. */
static void on_a_terminal_columns_tells_of_each_field_whole(void **state) {
    static const char *const parts[2][4] = {
        {"systolic pressure", "40 to 300 mmHg", "visit date (required)", "body mass index (computed)"},
        {"收缩压", "40 至 300 mmHg", "随访日期（必填）", "体质指数（自动计算）"}};
    static const unsigned short windows[] = {60, 80, 160};
    desk *d = *state;
    for (int chinese = 0; chinese < 2; chinese++)
        for (size_t i = 0; i < COUNT(windows); i++) {
            d->chinese = chinese;
            START(d, windows[i], "columns", STORE(d), "hypertension_followup");
            assert_int_equal(leave(d), 0);
            char *text = plain(d);
            assert_fits(text, windows[i]);
            for (size_t part = 0; part < 4; part++)
                assert_text_has(text, parts[chinese][part]);
            assert_text_has(text, chinese ? "下肢水肿" : "9 swollen legs"); /* the last of the symptoms */
            assert_text_has(text, "LOINC 8480-6");
            assert_lacks(text, "…");
            free(text);
        }
    START(d, 80, "columns", STORE(d), "shoes");
    assert_int_equal(leave(d), 2);
}

/* ---- emergency calls ---- */

static void lend_devices(desk *d) {
    char text[256];
    snprintf(text, sizeof text, "id_number,call_device\n%s,HJ-0001\n%s,HJ-0002\n", wang_id, zhang_id);
    TOOL(d, 0, "import", STORE(d), roster(d, "devices.csv", text));
}

static void a_call_is_raised_answered_and_closed(void **state) {
    desk *d = *state;
    lend_devices(d);
    TOOL(d, 0, "call", STORE(d), "raise", "--device", "hj0001", "--signal", "fall", "--time", "2003-05-01 08:00:00");
    char *call = kept(entry_printed(d));
    assert_text_has(d->out, "王小明");
    assert_text_has(d->out, "三里屯路1号");
    assert_text_has(d->out, "fall");
    TOOL(d, 0, "call", STORE(d), "raise", "--device", "HJ-0002", "--time", "2003-05-01 09:00:00");
    char *next = kept(entry_printed(d));
    TOOL(d, 0, "call", STORE(d), "list", "--format", "csv");
    assert_int_equal(lines_of(d->out), 3);
    TOOL(d, 2, "call", STORE(d), "close", call, "--outcome", "helped");
    TOOL(d, 0, "call", STORE(d), "answer", call, "--who", "Li", "--time", "2003-05-01 08:00:40");
    TOOL(d, 2, "call", STORE(d), "answer", call);
    TOOL(d, 2, "call", STORE(d), "close", call, "--outcome", "vanished");
    TOOL(d, 0, "call", STORE(d), "close", call, "--outcome", "helped", "--note", "at home", "--time",
         "2003-05-01 08:30:00");
    TOOL(d, 0, "call", STORE(d), "answer", next, "--by", "Chen", "--time", "2003-05-01 09:02:00");
    TOOL(d, 0, "call", STORE(d), "list", "--format", "csv");
    assert_int_equal(lines_of(d->out), 2);
    TOOL(d, 0, "call", STORE(d), "list", "--all", "--format", "csv");
    assert_int_equal(lines_of(d->out), 3);
    TOOL(d, 0, "call", STORE(d), "list", "--from", "2003-05", "--to", "2003-05-01", "--format", "csv");
    assert_int_equal(lines_of(d->out), 3); /* also what is closed */
    TOOL(d, 0, "call", STORE(d), "list", "--from", "2003-06", "--format", "csv");
    assert_int_equal(lines_of(d->out), 1);
    TOOL(d, 0, "call", STORE(d), "show", call);
    assert_text_has(d->out, "Li");
    assert_text_has(d->out, "at home");
    TOOL(d, 0, "call", STORE(d), "show", next);
    assert_text_has(d->out, "Chen");
    d->chinese = true;
    TOOL(d, 0, "call", STORE(d), "show", call);
    assert_text_has(d->out, "跌倒");
    TOOL(d, 0, "verify", STORE(d));
    free(call);
    free(next);
}

/* 40 s and 120 s; 60 s are in time unless the register of indicators says otherwise. */
static void how_long_callers_waited_is_told_for_the_store_and_its_parts(void **state) {
    desk *d = *state;
    char *calls[2];
    lend_devices(d);
    for (int i = 0; i < 2; i++) {
        TOOL(d, 0, "call", STORE(d), "raise", "--device", i ? "HJ-0002" : "HJ-0001", "--time", "2003-05-01 08:00:00");
        calls[i] = kept(entry_printed(d));
        TOOL(d, 0, "call", STORE(d), "answer", calls[i], "--time", i ? "2003-05-01 08:02:00" : "2003-05-01 08:00:40");
        free(calls[i]);
    }
    TOOL(d, 0, "call", STORE(d), "times", "--format", "json");
    json_t *root = json_out(d), *row = json_array_get(member(root, "rows"), 0);
    assert_int_equal(json_integer_value(member(row, "calls")), 2);
    assert_int_equal(json_integer_value(member(row, "in_time")), 1);
    assert_int_equal(json_integer_value(member(row, "p50")), 40);
    assert_int_equal(json_integer_value(member(row, "longest")), 120);
    json_decref(root);
    TOOL(d, 0, "call", STORE(d), "times", "--by", "district", "--format", "json");
    root = json_out(d);
    row = json_array_get(member(root, "rows"), 1);
    assert_string_equal(string_in(row, "area"), "110108");
    assert_int_equal(json_integer_value(member(row, "calls")), 1);
    assert_int_equal(json_integer_value(member(row, "in_time")), 0);
    json_decref(root);
    TOOL(d, 2, "call", STORE(d), "times", "--by", "village");
    for (int chinese = 0; chinese < 2; chinese++) {
        d->chinese = chinese;
        TOOL(d, 0, "call", STORE(d), "list", "--all");
        assert_lines_up(d->out);
        TOOL(d, 0, "call", STORE(d), "times");
        assert_true(lines_up(d->out));
        START(d, 80, "call", STORE(d), "list", "--all");
        assert_int_equal(leave(d), 0);
        char *text = plain(d);
        assert_fits(text, 80);
        assert_text_has(text, "HJ-0002");
        free(text);
    }
}

static void a_call_of_a_device_that_nobody_has_is_kept_and_said_to_be_so(void **state) {
    desk *d = *state;
    for (int chinese = 0; chinese < 2; chinese++) {
        d->chinese = chinese;
        TOOL(d, 0, "call", STORE(d), "raise", "--phone", chinese ? "010-1" : "010-2", "--message", "help");
        assert_text_has(d->out, chinese ? "呼叫 " : "call ");
        assert_true(strtol(entry_printed(d), NULL, 10) > 0);
        assert_text_has(d->err, chinese ? "没有登记" : "nobody");
        assert_int_equal(lines_of(d->err), 1);
    }
    TOOL(d, 0, "call", STORE(d), "list", "--format", "json");
    json_t *root = json_out(d);
    assert_int_equal(json_array_size(member(root, "rows")), 2);
    json_decref(root);
    TOOL(d, 0, "call", STORE(d), "raise", "--phone", "13800000000", "--format", "json");
    root = json_out(d);
    assert_true(json_is_true(member(root, "known")));
    assert_string_equal(string_in(json_array_get(member(root, "residents"), 0), "name"), "王小明");
    json_decref(root);
}

/* Much is known of him: what is most urgent stands first, and all of it on one screen. */
static void the_card_of_a_call_fits_one_screen_with_the_most_urgent_first(void **state) {
    static const char *const order[] = {"王小明", "三里屯路1号", "13500000000", "latex",
                                        "gout",   "heart",       "nifedipine",  FILE_WANG};
    desk *d = *state;
    lend_devices(d);
    TOOL(d, 0, "add", STORE(d), wang_id, "basic_information", "--date", "2003-01-01", "contact_name=小李",
         "contact_phone=13500000000", "allergies=2;5", "allergies_other=latex", "diseases=2;7;13",
         "diseases_other=gout", "disability=5");
    TOOL(d, 0, "add", STORE(d), wang_id, "health_examination", "--date", "2003-02-01", "cerebrovascular=2;5",
         "heart_disease=3;5", "vascular_disease=3", "kidney_disease=2", "problems_other=walks with a stick",
         "abnormal=blood lipids", "self_care=2");
    TOOL(d, 0, "add", STORE(d), wang_id, "hypertension_followup", "--date", "2003-03-01", "systolic=154",
         "diastolic=92", "classification=2", "drug_1=nifedipine", "drug_1_dose=30 mg", "drug_1_times=1");
    TOOL(d, 0, "add", STORE(d), wang_id, "diabetes_followup", "--date", "2003-03-01", "fasting_glucose=7.8",
         "drug_1=metformin", "drug_1_dose=0.5 g", "drug_1_times=3");
    for (int chinese = 0; chinese < 2; chinese++) {
        d->chinese = chinese;
        TOOL(d, 0, "call", STORE(d), "raise", "--device", "HJ-0001", "--signal", "button", "--message", "pain");
        assert_true(lines_of(d->out) <= 24);
        assert_fits(d->out, 80);
        const char *at = d->out;
        for (size_t i = 0; i < COUNT(order); i++) {
            const char *word = chinese && strcmp(order[i], "heart") == 0 ? "心绞痛" : order[i];
            const char *found = strstr(at, word);
            if (!found)
                fail_msg("%s is not where it should be: %s", word, d->out);
            at = found;
        }
    }
}

/* ---- trust and safety ---- */

static void verify_says_that_all_is_well(void **state) {
    desk *d = *state;
    for (int chinese = 0; chinese < 2; chinese++) {
        d->chinese = chinese;
        TOOL(d, 0, "verify", STORE(d));
        assert_string_equal(d->out, "");
        assert_int_equal(lines_of(d->err), 1);
    }
}

/* A byte of the last page, which opening a store does not read. */
static void damage(desk *d, const char *prefix) {
    const char *path = database(&d->store, prefix);
    flip_byte(path, file_size(path) - 2000);
}

static void verify_names_the_file_of_a_damaged_page(void **state) {
    static const char *const prefixes[] = {"chart", "facts"};
    desk *d = *state;
    for (size_t i = 0; i < COUNT(prefixes); i++) {
        damage(d, prefixes[i]);
        for (int chinese = 0; chinese < 2; chinese++) {
            d->chinese = chinese;
            TOOL(d, 1, "verify", STORE(d));
            assert_text_has(d->out, prefixes[i]);
            assert_lacks(d->out, prefixes[!i]);
        }
        damage(d, prefixes[i]); /* undone */
    }
}

/* Whoever is told that a backup is checked throws the last good one away. */
static void a_store_with_a_damaged_page_is_not_backed_up(void **state) {
    desk *d = *state;
    const char *backup = named(d, "station.backup");
    damage(d, "chart");
    TOOL(d, 5, "backup", STORE(d), backup);
    assert_false(path_exists(backup));
    damage(d, "chart"); /* undone */
    TOOL(d, 0, "backup", STORE(d), backup);
}

static void a_backup_is_restored_with_the_same_figures(void **state) {
    desk *d = *state;
    const char *backup = named(d, "station.backup"), *other = named(d, "other.hrs");
    char *before = figures(d);
    TOOL(d, 0, "backup", STORE(d), backup);
    TOOL(d, 2, "backup", STORE(d), backup); /* not overwritten */
    TOOL(d, 2, "restore", backup, STORE(d));
    TOOL(d, 3, "restore", backup, other, "--recovery-file", roster(d, "key", "0000-0000"));
    assert_false(path_exists(other));
    TOOL(d, 0, "restore", backup, other);
    TOOL(d, 0, "rates", other, "--as-of", YEAR_END, "--by", "committee", "--format", "csv");
    assert_string_equal(d->out, before);
    free(before);
    TOOL(d, 0, "verify", other);
}

/* ---- merging ---- */

/* Makes a copy, as for a home-visit laptop. Then both say another phone of 王小明, and the copy knows one more. */
static void part_ways(desk *d, char laptop[PATH_SIZE]) {
    char row[256];
    const char *backup = named(d, "laptop.backup");
    join_path(laptop, d->store.folder, "laptop.hrs");
    TOOL(d, 0, "backup", STORE(d), backup);
    TOOL(d, 0, "restore", backup, laptop);
    snprintf(row, sizeof row, "id_number,name,phone\n%s,王小明,13911111111\n", wang_id);
    TOOL(d, 0, "import", STORE(d), roster(d, "here.csv", row), "--as", "residents");
    snprintf(row, sizeof row,
             "id_number,name,sex,birth_date,phone,area\n%s,王小明,,,13922222222,\n,周七,1,1933,,110105001001\n",
             wang_id);
    TOOL(d, 0, "import", laptop, roster(d, "there.csv", row), "--as", "residents");
}

static void merging_tells_what_was_taken_over_and_where_conflicts_are(void **state) {
    desk *d = *state;
    char laptop[PATH_SIZE], listed[PATH_SIZE + 128];
    part_ways(d, laptop);
    TOOL(d, 0, "merge", STORE(d), laptop);
    assert_string_equal(d->out, "");
    assert_text_has(d->err, "from 测试社区卫生服务站: 2 entries taken over; residents added: 1, changed: 1\n");
    snprintf(listed, sizeof listed, "1 conflict is left for you to decide; \"healthrec conflicts %s\" lists it\n",
             STORE(d));
    assert_text_has(d->err, listed);
    assert_lacks(d->err, "left out");
    TOOL(d, 0, "find", STORE(d), "周七");
    d->chinese = true;
    TOOL(d, 0, "merge", STORE(d), laptop); /* again */
    assert_text_has(d->err, "来自 测试社区卫生服务站：并入记录 0 条；新增居民 0 人，变更 0 人\n");
    assert_lacks(d->err, "冲突");
    TOOL(d, 0, "merge", laptop, STORE(d));
    assert_text_has(d->err, "并入记录 2 条"); /* the phone, and the conflict */
    assert_text_has(d->err, "有 1 处冲突待核定");
    TOOL(d, 0, "restrict", laptop, "#19", "--why", "本人要求");
    TOOL(d, 0, "release", laptop, "#19", "--why", "本人要求");
    TOOL(d, 0, "merge", STORE(d), laptop);
    assert_text_has(d->err, "1 条记录未并入");
    TOOL(d, 0, "verify", STORE(d));
    TOOL(d, 0, "verify", laptop);
}

static void conflicts_are_listed_until_they_are_settled(void **state) {
    desk *d = *state;
    char laptop[PATH_SIZE], entry[32] = "";
    part_ways(d, laptop);
    TOOL(d, 0, "conflicts", STORE(d));
    assert_string_equal(d->err, "healthrec: OK: nothing is left to decide\n");
    TOOL(d, 0, "merge", STORE(d), laptop);
    for (int chinese = 0; chinese < 2; chinese++) {
        d->chinese = chinese;
        TOOL(d, 1, "conflicts", STORE(d));
        assert_lines_up(d->out);
        assert_text_has(d->out, chinese ? "两个值" : "two values");
        assert_text_has(d->out, "13922222222");
    }
    d->chinese = false;
    START(d, 80, "conflicts", STORE(d));
    assert_int_equal(leave(d), 1);
    char *text = plain(d);
    assert_fits(text, 80);
    assert_text_has(text, "13911111111");
    free(text);
    TOOL(d, 1, "conflicts", STORE(d), "--format", "csv");
    assert_int_equal(lines_of(d->out), 2);
    TOOL(d, 1, "conflicts", STORE(d), "--format", "json");
    json_t *root = json_out(d), *row = json_array_get(member(root, "rows"), 0);
    assert_string_equal(string_in(row, "what"), "field");
    assert_string_equal(string_in(row, "field"), "phone");
    assert_string_equal(string_in(row, "value"), "13922222222");
    assert_string_equal(string_in(row, "other_value"), "13911111111");
    assert_string_equal(string_in(row, "author"), "admin");
    json_decref(root);
    TOOL(d, 0, "show", STORE(d), wang_id, "--json");
    root = json_out(d);
    size_t i;
    json_array_foreach(member(root, "entries"), i, row) { /* the newest first */
        const char *phone = json_string_value(json_object_get(member(row, "body"), "phone"));
        if (phone && strcmp(phone, "13922222222") == 0)
            snprintf(entry, sizeof entry, "%" JSON_INTEGER_FORMAT, json_integer_value(member(row, "seq")));
    }
    json_decref(root);
    TOOL(d, 0, "amend", STORE(d), entry, "phone=13922222222", "--why", "asked him");
    TOOL(d, 0, "conflicts", STORE(d));
    TOOL(d, 0, "merge", laptop, STORE(d));
    assert_lacks(d->err, "conflict");
    TOOL(d, 0, "conflicts", laptop);
}

static void another_passphrase_of_the_other_store_is_asked_for_or_read_from_a_file(void **state) {
    desk *d = *state;
    char laptop[PATH_SIZE];
    const char *file = roster(d, "other passphrase", WRONG_PASSPHRASE "\n");
    assert_int_equal(chmod(file, 0600), 0);
    part_ways(d, laptop);
    TOOL(d, 0, "operator", laptop, "passphrase", "--new-passphrase-file", file);
    TOOL(d, 2, "merge", STORE(d), laptop);
    assert_text_has(d->err, "give --other-passphrase-file FILE");
    START(d, 100, "merge", STORE(d), laptop);
    see(d, "Passphrase of the other store: ");
    type(d, PASSPHRASE "\n");
    see(d, "the other store: wrong passphrase");
    assert_int_equal(leave(d), 3);
    START(d, 100, "merge", STORE(d), laptop);
    see(d, "Passphrase of the other store: ");
    type(d, WRONG_PASSPHRASE "\n");
    see(d, "2 entries taken over");
    assert_int_equal(leave(d), 0);
    assert_lacks(d->screen, WRONG_PASSPHRASE);
    TOOL(d, 0, "merge", STORE(d), laptop, "--other-passphrase-file", file, "--other-operator", "admin");
    TOOL(d, 3, "merge", STORE(d), laptop, "--other-passphrase-file", d->passphrase);
    TOOL(d, 4, "merge", STORE(d), laptop, "--other-passphrase-file", file, "--other-operator", "nobody");
    TOOL(d, 4, "merge", STORE(d), laptop, "--other-passphrase-file", named(d, "nothing"));
    TOOL(d, 0, "merge", STORE(d), laptop, "--recovery-file", roster(d, "key", d->store.recovery)); /* opens both */
}

static void what_cannot_be_merged_is_refused_in_one_line(void **state) {
    desk *d = *state;
    const char *elsewhere = named(d, "elsewhere.hrs"), *nothing = named(d, "nothing.hrs");
    char *before = figures(d);
    TOOL(d, 0, "init", elsewhere, "--area", "310101", "--name", "别处", "--recovery-file", named(d, "key"));
    const struct {
        int code;
        const char *other, *says;
    } wrong[] = {{2, STORE(d), "itself"},
                 {2, elsewhere, "310101"},
                 {4, nothing, "there is no store at"},
                 {4, d->store.folder, "the other store"}};
    for (size_t i = 0; i < COUNT(wrong); i++) {
        TOOL(d, wrong[i].code, "merge", STORE(d), wrong[i].other);
        assert_int_equal(lines_of(d->err), 1);
        assert_text_has(d->err, wrong[i].says);
    }
    d->settings[0] = "HEALTHREC_PASSPHRASE_FILE";
    START(d, 80, "merge", STORE(d), nothing); /* before a passphrase is typed for nothing */
    assert_int_equal(leave(d), 4);
    assert_lacks(d->screen, "Passphrase");
    d->settings[0] = NULL;
    assert_figures(d, before);
}

static void ctrl_c_during_a_merge_leaves_the_store_as_it_was(void **state) {
    desk *d = *state;
    char laptop[PATH_SIZE];
    const char *many = named(d, "many.csv");
    char *before = figures(d);
    write_many(many, SANITIZED ? 5000 : 20000);
    TOOL(d, 0, "backup", STORE(d), named(d, "laptop.backup"));
    join_path(laptop, d->store.folder, "laptop.hrs");
    TOOL(d, 0, "restore", named(d, "laptop.backup"), laptop);
    TOOL(d, 0, "import", laptop, many);
    START(d, 100, "merge", STORE(d), laptop);
    see(d, " %");
    type(d, "\003");
    assert_int_equal(leave(d), 7);
    char *text = plain(d);
    assert_text_has(text, "healthrec: stopped; nothing was changed\n");
    free(text);
    assert_figures(d, before);
    TOOL(d, 0, "verify", STORE(d));
    TOOL(d, 0, "merge", STORE(d), laptop);
    assert_text_has(d->err, SANITIZED ? "residents added: 5000" : "residents added: 20000");
}

static void a_damaged_backup_is_not_restored(void **state) {
    desk *d = *state;
    const char *backup = named(d, "station.backup"), *other = named(d, "other.hrs");
    TOOL(d, 0, "backup", STORE(d), backup);
    flip_byte(backup, file_size(backup) / 2);
    TOOL(d, 5, "restore", backup, other);
    assert_false(path_exists(other));
}

/* ---- on the screen ---- */

static void tables_line_up_in_both_languages(void **state) {
    desk *d = *state;
    for (int chinese = 0; chinese < 2; chinese++) {
        d->chinese = chinese;
        TOOL(d, 0, "rates", STORE(d), "--as-of", YEAR_END, "--by", "district");
        assert_lines_up(d->out);
        TOOL(d, 0, "list", STORE(d), "--cohort", "all", "--as-of", YEAR_END);
        assert_lines_up(d->out);
        TOOL(d, 0, "indicators", STORE(d));
        assert_lines_up(d->out);
        TOOL(d, 0, "columns", STORE(d), "residents");
        assert_lines_up(d->out);
    }
}

static void the_c_locale_prints_names_and_straight_columns(void **state) {
    static const char *const locales[] = {"LC_ALL=C", "LC_ALL=POSIX", "LC_ALL=nowhere"};
    desk *d = *state;
    d->speechless = true;
    for (size_t i = 0; i < COUNT(locales); i++) {
        d->settings[0] = locales[i];
        TOOL(d, 0, "list", STORE(d), "--cohort", "all", "--as-of", YEAR_END);
        assert_text_has(d->out, "欧阳春");
        assert_lines_up(d->out);
    }
}

static void tables_fit_the_window(void **state) {
    static const unsigned short windows[] = {60, 80, 120};
    desk *d = *state;
    for (size_t i = 0; i < COUNT(windows); i++)
        for (int which = 0; which < 8; which++) {
            d->chinese = which % 2;
            if (which >= 6)
                START(d, windows[i], "log", STORE(d));
            else if (which < 2)
                START(d, windows[i], "rates", STORE(d), "--as-of", YEAR_END, "--by", "street");
            else if (which < 4)
                START(d, windows[i], "list", STORE(d), "--as-of", YEAR_END, "--cohort", "all");
            else
                START(d, windows[i], "indicators", STORE(d));
            assert_int_equal(leave(d), 0);
            char *text = plain(d);
            assert_fits(text, windows[i]);
            if (which < 6) /* what a log says in detail stands in lines of its own for want of room */
                assert_lines_up(text);
            free(text);
        }
}

static void a_narrow_log_breaks_its_details_into_lines(void **state) {
    static const unsigned short windows[] = {60, 80, 120};
    desk *d = *state;
    TOOL(d, 0, "list", STORE(d), "--cohort", "elderly", "--without", "file", "--as-of", YEAR_END);
    for (size_t i = 0; i < COUNT(windows); i++)
        for (int chinese = 0; chinese < 2; chinese++) {
            d->chinese = chinese;
            START(d, windows[i], "log", STORE(d), "--kind", "search");
            assert_int_equal(leave(d), 0);
            assert_text_has(d->screen, "cohort=elderly"); /* nothing is cut off */
            assert_text_has(d->screen, "without=file");
            assert_text_has(d->screen, "as_of=2003-12-31");
            assert_text_has(d->screen, "admin");
            if (i > 0)
                assert_lacks(d->screen, "--format csv");
            assert_lacks(d->screen, " \r\n");
        }
}

/* Rows whose names are cut to the same beginning cannot be told apart. */
static void assert_rows_differ(const char *table) {
    char seen[ROWS][128];
    size_t rows = 0;
    for (const char *line = table; *line; line += strcspn(line, "\n") + 1, rows++) {
        const char *end = strstr(line, "  ");
        assert_non_null(end);
        assert_in_range(rows, 0, ROWS - 1);
        snprintf(seen[rows], sizeof *seen, "%.*s", (int)(end - line), line);
        for (size_t i = 0; i < rows; i++)
            if (strcmp(seen[i], seen[rows]) == 0)
                fail_msg("two rows are called %s", seen[i]);
    }
    assert_in_range(rows, COUNT(plan), ROWS);
}

static void a_narrow_window_leaves_every_indicator_its_name(void **state) {
    static const unsigned short windows[] = {60, 80};
    desk *d = *state;
    for (size_t i = 0; i < COUNT(windows); i++)
        for (int chinese = 0; chinese < 2; chinese++) {
            d->chinese = chinese;
            START(d, windows[i], "rates", STORE(d), "--as-of", YEAR_END);
            assert_int_equal(leave(d), 0);
            char *text = plain(d), *table = table_in(text);
            assert_rows_differ(table);
            free(table);
            free(text);
        }
}

/* Of 赵敏 neither ID number, file number, phone nor address is known: without them the rest has room. */
static void empty_columns_are_the_first_to_go(void **state) {
    desk *d = *state;
    START(d, 80, "find", STORE(d), "赵敏");
    assert_int_equal(leave(d), 0);
    assert_text_has(d->screen, "110105002001");
    assert_lacks(d->screen, "--format csv");
}

static void a_narrow_window_leaves_columns_their_label_in_the_language(void **state) {
    static const char *const labels[2] = {"home bed opened", "建床日期"};
    desk *d = *state;
    for (int chinese = 0; chinese < 2; chinese++) {
        d->chinese = chinese;
        START(d, 80, "columns", STORE(d), "residents");
        assert_int_equal(leave(d), 0);
        assert_lacks(d->screen, labels[!chinese]);
        assert_text_has(d->screen, "home_bed_opened");
        assert_text_has(d->screen, chinese ? labels[1] : "when the home sickbed was opened");
    }
}

static void a_narrow_table_says_so_after_its_footnotes(void **state) {
    desk *d = *state;
    for (int chinese = 0; chinese < 2; chinese++) {
        d->chinese = chinese;
        START(d, 60, "rates", STORE(d), "--as-of", YEAR_END);
        see(d, "\n~ ");
        see(d, "--format csv");
        assert_int_equal(leave(d), 0);
    }
    d->chinese = false;
    START(d, 60, "indicators", STORE(d)); /* names are cut */
    see(d, "…");
    see(d, "--format csv");
    assert_int_equal(leave(d), 0);
}

static void a_narrow_table_says_that_columns_are_missing(void **state) {
    desk *d = *state;
    for (int chinese = 0; chinese < 2; chinese++) {
        d->chinese = chinese;
        START(d, 60, "list", STORE(d), "--as-of", YEAR_END, "--cohort", "all");
        see(d, "--format csv");
        see(d, chinese ? " 6 人" : ": 6 residents");
        assert_int_equal(leave(d), 0);
        START(d, 200, "list", STORE(d), "--as-of", YEAR_END, "--cohort", "all");
        assert_int_equal(leave(d), 0);
        assert_lacks(d->screen, "--format csv");
    }
}

static void colours_are_for_terminals_that_want_them(void **state) {
    static const struct {
        const char *setting;
        bool coloured;
    } cases[] = {{NULL, true}, {"NO_COLOR=", true}, {"NO_COLOR=1", false}, {"TERM=dumb", false}, {"TERM", false}};
    desk *d = *state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        d->settings[0] = cases[i].setting;
        START(d, 100, "rates", STORE(d), "--as-of", YEAR_END);
        see(d, "Residents with a health file");
        assert_int_equal(leave(d), 0);
        assert_int_equal(strstr(d->screen, "\033[") != NULL, cases[i].coloured);
    }
}

/* That there is none in a pipe is asserted of every run. */
static void a_progress_bar_is_for_terminals(void **state) {
    desk *d = *state;
    const char *many = named(d, "many.csv");
    write_many(many, 3000);
    for (int dumb = 0; dumb < 2; dumb++) {
        d->settings[0] = dumb ? "TERM=dumb" : NULL;
        START(d, 100, "import", STORE(d), many, "--dry-run");
        see(d, "3000 rows");
        assert_int_equal(leave(d), 0);
        assert_int_equal(strstr(d->screen, " MB") != NULL, !dumb);
        assert_int_equal(strchr(d->screen, '\033') != NULL, !dumb);
    }
}

/* ---- languages ---- */

static void the_language_follows_the_environment(void **state) {
    static const struct {
        const char *settings[4];
        bool chinese;
    } cases[] = {
        {{NULL}, false},
        {{"LC_ALL=zh_CN.UTF-8"}, true},
        {{"LC_MESSAGES=zh_CN.UTF-8"}, true},
        {{"LANG=zh_CN.UTF-8"}, true},
        {{"LANG=zh_CN.GB18030"}, true},
        {{"LC_ALL=en_US.UTF-8", "LANG=zh_CN.UTF-8"}, false},
        {{"LC_ALL=", "LANG=zh_CN.UTF-8"}, true},
        {{"LC_MESSAGES=en_US.UTF-8", "LANG=zh_CN.UTF-8"}, false},
        {{"LC_MESSAGES=zh_CN.UTF-8", "LANG=en_US.UTF-8"}, true},
        {{"LC_ALL=zh_CN.UTF-8", "LC_MESSAGES=en_US.UTF-8"}, true},
        {{"LANGUAGE=zh_CN:en", "LANG=en_US.UTF-8"}, true},
        {{"LANGUAGE=en:zh_CN", "LANG=zh_CN.UTF-8"}, false},
        {{"LANGUAGE=zh_CN", "LC_ALL=C"}, false},
        {{"LANG=fr_FR.UTF-8"}, false},
    };
    desk *d = *state;
    d->speechless = true;
    for (size_t i = 0; i < COUNT(cases); i++) {
        memcpy(d->settings, cases[i].settings, sizeof cases[i].settings);
        d->chinese = cases[i].chinese;
        TOOL(d, 2, "find");                /* the tool's words */
        TOOL(d, 2, "find", STORE(d), "x"); /* the library's */
        TOOL(d, 0, "help");
        assert_language(d->out, cases[i].chinese);
    }
}

/* ---- the examples ---- */

static void station_opens_registers_and_prints(void **state) {
    desk *d = *state;
    const char *made = named(d, "made.hrs");
    run(d, built("station"), LIST("station"));
    assert_int_equal(d->code, 2);
    assert_memory_equal(d->err, "usage: ", 7);
    run(d, built("station"), LIST("station", made));
    assert_int_equal(d->code, 1);
    assert_int_equal(lines_of(d->err), 1);
    assert_false(path_exists(made));
    run(d, built("station"), LIST("station", made, "--create"));
    assert_int_equal(d->code, 0);
    assert_string_equal(d->err, "");
    char *rates = kept(strchr(d->out, '\n') + 1); /* after the recovery key */
    assert_text_has(rates, "resident_files               1 of 1\n");
    run(d, built("station"), LIST("station", made));
    assert_int_equal(d->code, 0);
    assert_string_equal(d->out, rates);
    free(rates);
    TOOL(d, 0, "find", made, "王小明", "--format", "json");
    json_t *root = json_out(d), *found = member(root, "rows");
    assert_int_equal(json_array_size(found), 1);
    char number[32];
    snprintf(number, sizeof number, "#%" JSON_INTEGER_FORMAT,
             json_integer_value(member(json_array_get(found, 0), "resident")));
    json_decref(root);
    TOOL(d, 0, "show", made, number, "--json");
    root = json_out(d);
    assert_int_equal(json_array_size(member(root, "entries")), 1); /* the second run had nothing to add */
    json_decref(root);
    write_text(d->passphrase, WRONG_PASSPHRASE "\n");
    run(d, built("station"), LIST("station", made));
    assert_int_equal(d->code, 1);
}

static const char *const district_files[] = {"areas.csv", "institutions.csv", "population.csv", "residents.csv"};

static const char *make_district(desk *d, const char *name, const char *seed) {
    const char *folder = named(d, name);
    run(d, built("district"), LIST("district", "--residents", "2000", "--seed", seed, "--single", folder));
    assert_int_equal(d->code, 0);
    assert_int_equal(files_in(folder), COUNT(district_files));
    return folder;
}

static bool same_file(const char *folder, const char *other, const char *name) {
    char path[PATH_SIZE];
    size_t sizes[2];
    join_path(path, folder, name);
    char *one = read_bytes(path, &sizes[0]);
    join_path(path, other, name);
    char *two = read_bytes(path, &sizes[1]);
    bool same = sizes[0] == sizes[1] && memcmp(one, two, sizes[0]) == 0;
    free(one);
    free(two);
    return same;
}

static void the_same_seed_gives_the_same_district(void **state) {
    desk *d = *state;
    const char *first = make_district(d, "first", "7"), *again = make_district(d, "again", "7");
    const char *other = make_district(d, "other", "8");
    for (size_t i = 0; i < COUNT(district_files); i++)
        assert_true(same_file(first, again, district_files[i]));
    assert_false(same_file(first, other, "residents.csv"));
    run(d, built("district"), LIST("district"));
    assert_int_equal(d->code, 2);
}

static void a_districts_rosters_hold_as_many_wrong_rows_as_announced(void **state) {
    desk *d = *state;
    char path[PATH_SIZE];
    const char *made = named(d, "made.hrs"), *rejects = named(d, "rejects.csv");
    const char *folder = make_district(d, "sample", "7"), *announced = strstr(d->out, " rows are wrong");
    assert_non_null(announced);
    while (announced > d->out && announced[-1] >= '0' && announced[-1] <= '9')
        announced--;
    size_t wrong = strtoul(announced, NULL, 10);
    assert_true(wrong > 0);
    TOOL(d, 0, "init", made, "--area", "11", "--name", "x", "--recovery-file", named(d, "key"));
    for (size_t i = 0; i < COUNT(district_files); i++) {
        join_path(path, folder, district_files[i]);
        TOOL(d, i == 3 ? 1 : 0, "import", made, path, "--rejects", rejects);
    }
    char *text = read_bytes(rejects, NULL);
    assert_int_equal(lines_of(text), 1 + wrong);
    free(text);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, sit_down, stand_up)

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_check_for_straight_columns_sees_a_crooked_one),
        CASE(version_is_that_of_the_library),
        CASE(help_of_each_command_can_be_asked_for_in_three_ways),
        CASE(help_of_each_command_tells_usage_options_example_and_exit_codes),
        CASE(help_lists_the_exit_codes_that_a_command_can_have),
        CASE(help_without_a_command_lists_them_all),
        CASE(the_manuals_tell_of_every_command_and_option),
        CASE(a_wrong_command_line_is_answered_in_one_line_that_says_what_to_do),
        CASE(an_unusable_value_is_answered_in_one_line_that_says_what_to_do),
        CASE(a_misspelt_command_is_suggested_by_help_as_well),
        CASE(a_wrong_passphrase_exits_with_3),
        CASE(what_does_not_exist_exits_with_4_and_is_not_made),
        CASE(damaged_key_slots_exit_with_5),
        CASE(a_store_that_another_program_writes_to_exits_with_6),
        CASE(a_full_disk_under_stdout_exits_with_7),
        CASE(the_passphrase_file_may_be_an_option_or_an_environment_variable),
        CASE(without_a_terminal_or_a_file_the_passphrase_is_asked_for_in_vain),
        CASE(a_passphrase_file_that_others_can_read_is_warned_of),
        CASE(an_empty_passphrase_file_is_refused),
        CASE(the_recovery_key_opens_the_store_from_a_file),
        CASE(init_writes_the_recovery_key_to_a_file_of_its_owner),
        CASE(init_overwrites_neither_a_key_file_nor_a_store),
        CASE(a_refused_init_leaves_nothing_behind),
        CASE(init_asks_twice_in_the_dark_and_has_the_key_typed_back),
        CASE(the_recovery_key_typed_at_the_terminal_opens_the_store),
        CASE(init_gives_up_when_the_passphrases_differ_and_makes_nothing),
        CASE(init_refuses_a_short_passphrase_before_it_shows_a_key),
        CASE(after_a_refused_passphrase_init_takes_a_better_one),
        CASE(init_refuses_an_area_or_name_before_it_asks_for_anything),
        CASE(init_gives_up_when_the_key_is_typed_wrong_and_makes_nothing),
        CASE(the_passphrase_is_neither_an_argument_nor_in_the_environment),
        CASE(ctrl_c_at_the_passphrase_gives_the_terminal_its_echo_back),
        CASE(ctrl_d_at_the_passphrase_is_no_answer),
        CASE(ctrl_c_during_an_import_leaves_the_store_as_it_was),
        CASE(terminating_an_import_leaves_the_store_as_it_was),
        CASE(each_kind_of_roster_is_imported_and_counted),
        CASE(chinese_headings_in_gb18030_are_read),
        CASE(rejected_rows_exit_with_1_and_are_kept_with_line_and_reason),
        CASE(a_corrected_rejects_file_is_a_roster),
        CASE(without_a_rejects_file_the_first_reason_is_told),
        CASE(a_dry_run_counts_and_changes_nothing),
        CASE(find_finds_by_name_initials_and_numbers),
        CASE(finding_nobody_exits_with_4_in_every_format),
        CASE(find_stops_at_the_limit_and_says_so),
        CASE(show_takes_an_id_number_a_file_number_and_the_number_of_find),
        CASE(show_as_json_has_the_resident_and_the_entries_newest_first),
        CASE(rates_as_json_have_the_documented_members_in_the_documented_order),
        CASE(rates_are_those_one_counts_by_hand),
        CASE(rates_as_csv_are_the_same_table),
        CASE(a_day_can_be_written_in_every_form),
        CASE(a_table_for_the_public_is_a_spreadsheet_without_small_counts),
        CASE(a_table_for_the_public_is_remembered),
        CASE(a_table_for_the_public_is_in_chinese_where_that_is_read),
        CASE(rates_can_be_asked_of_an_area_a_tier_and_some_indicators),
        CASE(an_empty_set_is_not_blamed_on_the_areas),
        CASE(a_rate_above_1_is_given_with_a_warning),
        CASE(the_table_of_rates_marks_official_and_uncertain_denominators),
        CASE(list_gives_the_residents_behind_a_shortfall),
        CASE(add_takes_names_and_labels_and_works_out_what_the_form_computes),
        CASE(an_entry_is_of_today_unless_it_says_otherwise),
        CASE(add_says_in_one_line_what_is_wrong),
        CASE(a_contradiction_is_refused_or_forced_and_then_listed),
        CASE(add_asks_field_by_field_and_takes_back_what_was_wrong),
        CASE(an_entry_that_is_not_agreed_to_or_not_answered_to_the_end_is_not_stored),
        CASE(answers_that_do_not_go_together_are_asked_again),
        CASE(a_full_stop_skips_all_but_what_is_required),
        CASE(what_contradicts_the_file_is_said_at_once_and_asked_about_at_the_end),
        CASE(a_wrong_date_is_said_before_anything_is_asked),
        CASE(show_tells_who_changed_what_and_why),
        CASE(show_begins_with_how_the_resident_is),
        CASE(the_fields_of_a_resident_are_amended_by_entry),
        CASE(rates_as_known_at_an_entry_are_those_printed_then),
        CASE(the_sets_hold_the_indicators_of_the_design),
        CASE(who_was_not_examined_this_year_is_listed),
        CASE(a_trend_is_the_rates_of_its_days),
        CASE(a_trend_from_a_year_begins_with_its_first_month),
        CASE(entries_are_imported_by_the_labels_of_their_form),
        CASE(a_store_sets_targets_and_defines_further_indicators),
        CASE(two_who_are_one_are_unified_and_parted_again),
        CASE(a_file_is_restricted_and_released_again),
        CASE(a_file_is_erased_by_whoever_types_its_number),
        CASE(a_public_file_is_printed_or_written_and_its_fingerprint_said),
        CASE(a_peer_is_taken_once_the_last_group_of_its_fingerprint_is_typed),
        CASE(linkage_keys_go_from_a_bureau_to_a_station),
        CASE(retention_is_a_register),
        CASE(columns_without_a_form_lists_the_forms),
        CASE(on_a_terminal_columns_tells_of_each_field_whole),
        CASE(a_call_is_raised_answered_and_closed),
        CASE(how_long_callers_waited_is_told_for_the_store_and_its_parts),
        CASE(a_call_of_a_device_that_nobody_has_is_kept_and_said_to_be_so),
        CASE(the_card_of_a_call_fits_one_screen_with_the_most_urgent_first),
        CASE(indicators_and_columns_tell_what_the_store_knows),
        CASE(what_find_and_list_print_as_csv_changes_nothing_when_imported),
        CASE(verify_says_that_all_is_well),
        CASE(verify_names_the_file_of_a_damaged_page),
        CASE(a_store_with_a_damaged_page_is_not_backed_up),
        CASE(a_backup_is_restored_with_the_same_figures),
        CASE(merging_tells_what_was_taken_over_and_where_conflicts_are),
        CASE(conflicts_are_listed_until_they_are_settled),
        CASE(another_passphrase_of_the_other_store_is_asked_for_or_read_from_a_file),
        CASE(what_cannot_be_merged_is_refused_in_one_line),
        CASE(ctrl_c_during_a_merge_leaves_the_store_as_it_was),
        CASE(a_damaged_backup_is_not_restored),
        CASE(tables_line_up_in_both_languages),
        CASE(the_c_locale_prints_names_and_straight_columns),
        CASE(tables_fit_the_window),
        CASE(a_narrow_log_breaks_its_details_into_lines),
        CASE(the_log_tells_who_read_whose_file),
        CASE(a_narrow_window_leaves_every_indicator_its_name),
        CASE(empty_columns_are_the_first_to_go),
        CASE(a_narrow_window_leaves_columns_their_label_in_the_language),
        CASE(a_narrow_table_says_so_after_its_footnotes),
        CASE(a_narrow_table_says_that_columns_are_missing),
        CASE(colours_are_for_terminals_that_want_them),
        CASE(a_progress_bar_is_for_terminals),
        CASE(the_language_follows_the_environment),
        CASE(station_opens_registers_and_prints),
        CASE(the_same_seed_gives_the_same_district),
        CASE(a_districts_rosters_hold_as_many_wrong_rows_as_announced),
    };
    return cmocka_run_group_tests(tests, make_desk_store, remove_sample);
}
