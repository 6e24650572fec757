/* Messages: formatted once, where the problem is found, in the language of the handle.
 *
 * A message is always one line of whole UTF-8 characters: a value that a format cut in the middle of a character
 * ("%.40s"), or that carries control characters, is tidied here, so that no caller and no binding has to. Relies on
 * nothing but libc. */
#include "base/err.h"
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *variable(const char *name) {
    const char *value = getenv(name);
    return value ? value : "";
}

/* As gettext does: the locale of the first variable that is set; LANGUAGE overrides it, unless it asks for no language.
 */
static hr_language resolve_language(void) {
    static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    const char *wanted = "";
    for (size_t i = 0; i < sizeof names / sizeof *names && !*wanted; i++)
        wanted = variable(names[i]);
    if (!*wanted || strcmp(wanted, "C") == 0 || strcmp(wanted, "POSIX") == 0)
        return HR_LANGUAGE_EN;
    const char *list = variable("LANGUAGE");
    list += strspn(list, ":");
    if (*list)
        wanted = list;
    return strncmp(wanted, "zh", 2) == 0 ? HR_LANGUAGE_ZH : HR_LANGUAGE_EN;
}

void hr_err_init(hr_err *err, hr_language language) {
    bool given = language == HR_LANGUAGE_EN || language == HR_LANGUAGE_ZH;
    err->language = given ? language : resolve_language();
    hr_err_clear(err);
}

void hr_err_clear(hr_err *err) {
    err->status = HR_OK;
    err->text[0] = '\0';
}

/* Bytes of the UTF-8 character that begins with `lead`, going by the lead alone; 0 for a byte that begins none. */
static size_t character_size(unsigned char lead) {
    return lead < 0x80 ? 1 : lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 0;
}

/* Whether a lead and the byte after it begin an overlong form, a surrogate, or nothing that Unicode has. */
static bool impossible(unsigned char lead, unsigned char second) {
    return (lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F) || (lead == 0xF0 && second < 0x90) ||
           (lead == 0xF4 && second > 0x8F);
}

/* Whether a whole character ends a line or steers a terminal: C0, DEL, C1, and the separators U+2028 and U+2029. */
static bool is_control(const unsigned char *at, size_t size) {
    if (size == 1)
        return at[0] < 0x20 || at[0] == 0x7F;
    return (size == 2 && at[0] == 0xC2 && at[1] < 0xA0) ||
           (size == 3 && at[0] == 0xE2 && at[1] == 0x80 && (at[2] == 0xA8 || at[2] == 0xA9));
}

/* Copies the characters that are whole, each control character as a space. `out` holds as much as `in`. */
static void copy_tidied(const char *in, char *out) {
    while (*in) {
        const unsigned char *at = (const unsigned char *)in;
        size_t size = character_size(*at), have = 1;
        while (have < size && (at[have] & 0xC0) == 0x80)
            have++;
        bool whole = have == size && (size < 2 || !impossible(at[0], at[1]));
        if (whole && is_control(at, size)) {
            *out++ = ' ';
        } else if (whole) {
            memcpy(out, in, size);
            out += size;
        }
        in += have;
    }
    *out = '\0';
}

hr_status hr_fail(hr_err *err, hr_status status, const char *format, ...) {
    /* Not formatted in place: an argument may be the message so far, to which the caller adds where it happened. */
    char text[sizeof err->text];
    va_list arguments;
    va_start(arguments, format);
    if (vsnprintf(text, sizeof text, format, arguments) < 0)
        text[0] = '\0';
    va_end(arguments);
    copy_tidied(text, err->text);
    err->status = status;
    return status;
}

hr_status hr_fail_errno(hr_err *err, int number, const char *doing) {
    static const struct {
        int number;
        const char *en, *zh;
    } reasons[] = {
        {ENOSPC, "the disk is full; free some space and try again", "磁盘已满；请清理出空间后重试"},
        {EDQUOT, "the disk quota is used up; free some space and try again", "磁盘配额已用完；请清理出空间后重试"},
        {EACCES, "permission denied; check who owns the file and its folder",
         "没有权限；请检查文件及其所在文件夹的属主和权限"},
        {EPERM, "not permitted; check who owns the file and its folder",
         "操作不被允许；请检查文件及其所在文件夹的属主和权限"},
        {EROFS, "the disk is read-only; choose another place or remount it",
         "磁盘为只读；请换一个位置，或重新以可写方式挂载"},
        {ENOENT, "no such file or folder; check the path", "文件或文件夹不存在；请检查路径"},
        {ENOTDIR, "a part of the path is no folder; check the path", "路径中有一段不是文件夹；请检查路径"},
        {EISDIR, "it is a folder; name a file", "这是文件夹；请指定一个文件"},
        {EEXIST, "it exists already; choose another name", "已经存在；请换一个名称"},
        {ENAMETOOLONG, "the path is too long; choose a shorter one", "路径过长；请换一个较短的路径"},
        {EFBIG, "the file is too large for this disk's file system; use another disk",
         "文件超出该磁盘文件系统的大小上限；请换一个磁盘"},
        {EIO, "the disk reports an error; check the disk and its cable, and restore a backup if need be",
         "磁盘读写出错；请检查磁盘及连线，必要时从备份恢复"},
        {EMFILE, "too many files are open; close other programs and try again", "打开的文件过多；请关闭其他程序后重试"},
        {ENFILE, "too many files are open; close other programs and try again", "打开的文件过多；请关闭其他程序后重试"},
        {ENOMEM, "out of memory; close other programs and try again", "内存不足；请关闭其他程序后重试"},
    };
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        if (reasons[i].number == number)
            return hr_fail(err, HR_SYSTEM, HR_TR(err, "could not %s: %s", "操作未完成（%s）：%s"), doing,
                           HR_TR(err, reasons[i].en, reasons[i].zh));
    return hr_fail(err, HR_SYSTEM,
                   HR_TR(err, "could not %s: %s (system error %d)", "操作未完成（%s）：%s（系统错误号 %d）"), doing,
                   strerror(number), number);
}

hr_status hr_fail_memory(hr_err *err) {
    return hr_fail(err, HR_SYSTEM, "%s",
                   HR_TR(err, "out of memory; close other programs and try again", "内存不足；请关闭其他程序后重试"));
}
