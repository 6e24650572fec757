/* Reading and making files that are sent. */
#include "exchange/files.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char *hr_beside(const char *path, const char *suffix) {
    size_t size = strlen(path) + strlen(suffix) + 1;
    char *out = malloc(size);
    if (out)
        snprintf(out, size, "%s%s", path, suffix);
    return out;
}

hr_status hr_small_file(hr_err *err, const char *path, size_t most, char **out, size_t *size) {
    struct stat there;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    *out = NULL;
    *size = 0;
    if (fd < 0)
        return errno == ENOENT ? hr_fail(err, HR_NOT_FOUND, HR_TR(err, "there is no file %s", "没有文件 %s"), path)
                               : hr_fail_errno(err, errno, HR_TR(err, "open the file", "打开文件"));
    hr_status status = HR_OK;
    if (fstat(fd, &there) != 0 || !S_ISREG(there.st_mode) || (uint64_t)there.st_size > most)
        status = hr_fail(err, HR_INVALID, HR_TR(err, "%s is too long for what it should be", "%s 过长，不是所需的文件"),
                         path);
    if (status == HR_OK && !(*out = malloc((size_t)there.st_size + 1)))
        status = hr_fail_memory(err);
    while (status == HR_OK && *size < (size_t)there.st_size) {
        ssize_t got = read(fd, *out + *size, (size_t)there.st_size - *size);
        if (got < 0 && errno != EINTR)
            status = hr_fail_errno(err, errno, HR_TR(err, "read the file", "读取文件"));
        if (got == 0)
            break;
        *size += got > 0 ? (size_t)got : 0;
    }
    if (*out)
        (*out)[*size] = '\0';
    close(fd);
    if (status != HR_OK) {
        free(*out);
        *out = NULL;
    }
    return status;
}

hr_status hr_partial_create(hr_err *err, const char *path, unsigned mode, const char *doing, char **partial, int *fd) {
    *fd = -1;
    *partial = hr_partial_name(path);
    if (!*partial)
        return hr_fail_memory(err);
    *fd = open(*partial, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
    return *fd >= 0 ? HR_OK : hr_fail_errno(err, errno, doing);
}

hr_status hr_partial_write(hr_err *err, const char *path, unsigned mode, const char *doing, const void *text,
                           size_t size, char **partial) {
    const char *at = text;
    int fd, number = 0;
    hr_status status = hr_partial_create(err, path, mode, doing, partial, &fd);
    if (status != HR_OK)
        return status;
    for (size_t done = 0; number == 0 && done < size;) {
        ssize_t wrote = write(fd, at + done, size - done);
        if (wrote >= 0)
            done += (size_t)wrote;
        else if (errno != EINTR)
            number = errno;
    }
    if (number == 0 && fsync(fd) != 0)
        number = errno;
    if (close(fd) != 0 && number == 0)
        number = errno;
    return number ? hr_fail_errno(err, number, doing) : HR_OK;
}

hr_status hr_publish_signed(hr_err *err, const char *partial, const char *file, const char *partial_signature,
                            const char *signature) {
    hr_status status = hr_folder_publish(err, partial_signature, signature);
    if (status != HR_OK)
        return status;
    status = hr_folder_publish(err, partial, file);
    if (status != HR_OK)
        unlink(signature);
    return status;
}
