/* The key slots' two files on disk: bounded reading, and replacing a file so that a power cut leaves the old or the
 * new.
 *
 * A new file is written under another name, synced, read back from the disk as far as the system allows that, renamed,
 * and the folder synced. What it holds is not looked at here. Relies on POSIX files. */
#include "vault/parts.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char temporary[] = "keyslots.tmp";

hr_status hr_slotfile_damaged(hr_err *err) {
    return hr_fail(
        err, HR_KEYSLOTS, "%s",
        HR_TR(err, "the key slots file is damaged; restore the newest backup", "密钥槽文件已损坏；请用最近的备份恢复"));
}

hr_status hr_slotfile_folder(hr_err *err, const char *path, int *out) {
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0 && (errno == ENOENT || errno == ENOTDIR))
        return hr_fail(
            err, HR_NO_STORE, "%s",
            HR_TR(err, "there is no such folder; check the path of the store", "文件夹不存在；请检查库的路径"));
    if (folder < 0)
        return hr_fail_errno(err, errno, HR_TR(err, "open the store's folder", "打开库文件夹"));
    *out = folder;
    return HR_OK;
}

bool hr_slotfile_exists(int folder, const char *name) {
    struct stat there;
    return fstatat(folder, name, &there, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Reads to the end of the file or to `limit`. Returns the bytes read, -1 with errno set. */
static ssize_t read_all(int file, unsigned char *out, size_t limit) {
    size_t size = 0;
    while (size < limit) {
        ssize_t got = read(file, out + size, limit - size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        size += (size_t)got;
    }
    return (ssize_t)size;
}

hr_status hr_slotfile_read(hr_err *err, int folder, const char *name, hr_slotfile *out) {
    struct stat about;
    hr_status status = HR_OK;
    out->size = 0;
    int file = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (file < 0 && errno == ENOENT)
        return hr_fail(err, HR_NO_STORE, "%s",
                       HR_TR(err, "this folder is not a store: it has no key slots file; check the path",
                             "该文件夹不是库：其中没有密钥槽文件；请检查路径"));
    if (file < 0 && errno == ELOOP)
        return hr_slotfile_damaged(err);
    if (file < 0)
        return hr_fail_errno(err, errno, HR_TR(err, "open the key slots file", "打开密钥槽文件"));
    if (fstat(file, &about) != 0)
        status = hr_fail_errno(err, errno, HR_TR(err, "read the key slots file", "读取密钥槽文件"));
    else if (!S_ISREG(about.st_mode) || about.st_size > HR_SLOTFILE_MAX)
        status = hr_slotfile_damaged(err);
    if (status == HR_OK) {
        ssize_t size = read_all(file, out->bytes, sizeof out->bytes);
        if (size >= 0)
            out->size = (size_t)size;
        else if (errno == EIO)
            status = hr_slotfile_damaged(err);
        else
            status = hr_fail_errno(err, errno, HR_TR(err, "read the key slots file", "读取密钥槽文件"));
    }
    close(file);
    return status;
}

/* ---- writing ---- */

/* 0, or an errno. */
static int write_new(int folder, const unsigned char *bytes, size_t size) {
    int number = 0;
    int file = openat(folder, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (file < 0)
        return errno;
    while (size && !number) {
        ssize_t written = write(file, bytes, size);
        if (written > 0) {
            bytes += written;
            size -= (size_t)written;
        } else if (written == 0 || errno != EINTR) {
            number = written == 0 ? EIO : errno;
        }
    }
    if (!number && fsync(file) != 0)
        number = errno;
    posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED); /* so that reading back asks the disk */
    if (close(file) != 0 && !number)
        number = errno;
    return number;
}

static int read_back(int folder, const unsigned char *bytes, size_t size) {
    int number = 0;
    unsigned char *found = malloc(size + 1);
    int file = openat(folder, temporary, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (!found || file < 0) {
        number = found ? errno : ENOMEM;
    } else {
        ssize_t got = read_all(file, found, size + 1);
        number = got < 0 ? errno : (size_t)got != size || memcmp(found, bytes, size) != 0 ? EIO : 0;
    }
    if (file >= 0)
        close(file);
    free(found);
    return number;
}

hr_status hr_slotfile_write(hr_err *err, int folder, const char *name, const unsigned char *bytes, size_t size) {
    int number = 0;
    if (unlinkat(folder, temporary, 0) != 0 && errno != ENOENT) /* left by a process that died */
        number = errno;
    if (!number)
        number = write_new(folder, bytes, size);
    if (!number)
        number = read_back(folder, bytes, size);
    if (!number && renameat(folder, temporary, folder, name) != 0)
        number = errno;
    if (number)
        unlinkat(folder, temporary, 0);
    else if (fsync(folder) != 0)
        number = errno;
    if (number)
        return hr_fail_errno(err, number, HR_TR(err, "write the key slots file", "写入密钥槽文件"));
    return HR_OK;
}
