/* The daily slip: the signed head of the log as text, and as a QR code for a telephone. Printed, the code's modules are
 * dark on white paper; on a terminal, whose background nobody knows, colours make them so. */
#include "head.h"
#include "terminal.h"
#include "text.h"
#include <errno.h>
#include <qrencode.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { QUIET = 4, LINE = 64, FILE_MOST = 1 << 20 };
static const char MARK[] = "HRHEAD1.";

/* Whether the module is dark; around the code is a quiet zone. */
static bool dark(const QRcode *code, int x, int y) {
    return x >= 0 && y >= 0 && x < code->width && y < code->width && code->data[y * code->width + x] & 1;
}

/* Two rows of modules make a line of text. */
static void print_code(const QRcode *code) {
    static const char *const blocks[2][4] = {{" ", "▀", "▄", "█"}, {"  ", "''", "..", "##"}};
    bool colours = terminal_colours(stdout), ascii = !text_beyond_ascii() && terminal_columns(stdout);
    for (int y = -QUIET; y < code->width + QUIET; y += 2) {
        fputs(colours ? "\033[30;107m" : "", stdout);
        for (int x = -QUIET; x < code->width + QUIET; x++)
            fputs(blocks[ascii][dark(code, x, y) + 2 * dark(code, x, y + 1)], stdout);
        puts(colours ? "\033[0m" : "");
    }
}

static void print_text(const char *head) {
    for (size_t left = strlen(head); left;) {
        size_t size = left < LINE ? left : LINE;
        printf("%.*s\n", (int)size, head);
        head += size;
        left -= size;
    }
}

int head_print(hr_store *store) {
    char *head = NULL;
    hr_store_info info;
    hr_store_info_init(&info);
    hr_status status = hr_log_head(store, &head);
    if (status == HR_OK)
        status = hr_store_info_get(store, &info);
    int result = session_result(store, status);
    if (result != EXIT_DONE)
        goto out;
    QRcode *code = QRcode_encodeString(head, 0, QR_ECLEVEL_M, QR_MODE_8, 1);
    if (!code) {
        say("%s", tr("out of memory; close other programs and try again", "内存不足；请关闭其他程序后重试"));
        result = EXIT_SYSTEM;
        goto out;
    }
    printf(tr("%s (%s), signed by %s, %ju entries\n\n", "%s（%s），签名人 %s，共 %ju 条记录\n\n"), info.name, info.area,
           info.operator_name, (uintmax_t)info.entries);
    print_text(head);
    putchar('\n');
    print_code(code);
    QRcode_free(code);
    say("%s",
        tr("keep this slip away from the computer; healthrec verify --against finds what is rewritten from now on",
           "请将此纸条存放在本机以外；以后可用 healthrec verify --against 查出自此以后的任何改写"));
out:
    hr_free(head);
    return result;
}

/* ---- reading it back ---- */

/* What stands between the mark and the next empty line. */
static char *cut_out(char *text) {
    char *from = strstr(text, MARK);
    char *to = from ? strstr(from, "\n\n") : NULL;
    if (to)
        *to = '\0';
    return from ? strdup(from) : NULL;
}

static char *read_file(const char *path, int *code) {
    FILE *in = fopen(path, "re");
    char *text = calloc(1, FILE_MOST + 1), *head = NULL;
    if (!in || !text) {
        say(tr("cannot read %s: %s", "无法读取 %s：%s"), path, strerror(in ? ENOMEM : errno));
        *code = EXIT_SYSTEM;
    } else {
        size_t size = fread(text, 1, FILE_MOST, in);
        for (size_t i = 0, kept = 0; i <= size; i++) /* as Windows writes lines */
            if (text[i] != '\r')
                text[kept++] = text[i];
        head = cut_out(text);
        if (!head) {
            say(tr("%s holds no head of a log; it should be what log --head printed",
                   "%s 中没有链头；应为 log --head 打印的内容"),
                path);
            *code = EXIT_USAGE;
        }
    }
    if (in)
        fclose(in);
    free(text);
    return head;
}

char *head_read(const char *given, int *code) {
    struct stat about;
    if (stat(given, &about) == 0 && S_ISREG(about.st_mode))
        return read_file(given, code);
    char *copy = strdup(given);
    if (!copy)
        *code = EXIT_SYSTEM;
    return copy;
}
