/* Files by their names within the store's folder.
 *
 * SQLite writes the absolute names of a transaction's files into its journals, and takes a journal whose super-journal
 * is not where it says for one that is done with. A store that was moved after a power cut, or whose USB disk is
 * mounted elsewhere, would then stay half changed, without a sign. Here a file's full name is its name in the folder,
 * so journals hold nothing else; the folder, absolute so that the program may change its own, is added when the system
 * is called. Everything else is SQLite's own. */
#include "store/store.h"
#include <errno.h>
#include <limits.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

struct hr_vfs {
    sqlite3_vfs vfs; /* first: SQLite gives us this */
    sqlite3_vfs *system;
    char name[40], folder[PATH_MAX];
};

static sqlite3_vfs *system_of(sqlite3_vfs *vfs) {
    return ((hr_vfs *)vfs)->system;
}

static const char *last_part(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* False when it is too long. */
static bool full_path(sqlite3_vfs *vfs, const char *name, char out[PATH_MAX]) {
    return snprintf(out, PATH_MAX, "%s/%s", ((hr_vfs *)vfs)->folder, last_part(name)) < PATH_MAX;
}

static int full_name(sqlite3_vfs *vfs, const char *name, int size, char *out) {
    (void)vfs;
    return snprintf(out, (size_t)size, "%s", last_part(name)) < size ? SQLITE_OK : SQLITE_CANTOPEN;
}

static int open_file(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *given) {
    char *path = (char *)file + system_of(vfs)->szOsFile; /* SQLite keeps the pointer as long as the file */
    if (name && !full_path(vfs, name, path))
        return SQLITE_CANTOPEN;
    return system_of(vfs)->xOpen(system_of(vfs), name ? path : NULL, file, flags & ~SQLITE_OPEN_URI, given);
}

static int delete_file(sqlite3_vfs *vfs, const char *name, int sync) {
    char path[PATH_MAX];
    return full_path(vfs, name, path) ? system_of(vfs)->xDelete(system_of(vfs), path, sync) : SQLITE_IOERR_DELETE;
}

static int access_file(sqlite3_vfs *vfs, const char *name, int flags, int *out) {
    char path[PATH_MAX];
    return full_path(vfs, name, path) ? system_of(vfs)->xAccess(system_of(vfs), path, flags, out) : SQLITE_IOERR_ACCESS;
}

/* ---- the engine's memory ---- */

/* While it is given keys: on this thread. */
static _Thread_local bool holding;

void hr_engine_hold(bool keys) {
    holding = keys;
}

/* A key and what goes with it is small; pages are not. */
static void *take(int size) {
    enum { KEYS_MOST = 1024 };
    void *memory = holding ? calloc(1, (size_t)size) : malloc((size_t)size);
    if (memory && holding && size <= KEYS_MOST)
        mlock(memory, (size_t)size); /* as far as the system's limit allows; for good, as its page holds others */
    return memory;
}

static void *take_more(void *memory, int size) {
    return realloc(memory, (size_t)size);
}

static int size_of(void *memory) {
    return (int)malloc_usable_size(memory);
}

static int round_up(int size) {
    return (size + 7) & ~7;
}

static int begin(void *unused) {
    (void)unused;
    return SQLITE_OK;
}

static void end(void *unused) {
    (void)unused;
}

/* What is freed is wiped (base/forget.h): pages, values, statements, the keys. Pages are freed when the store is
 * closed; in between they are used again, so this costs an import nothing that can be measured. The engine's count of
 * its memory is of no use to us and costs two locks for every allocation. It can be told all this only before anything
 * else is asked of it. */
static void configure_engine(void) {
    static const sqlite3_mem_methods memory = {.xMalloc = take,
                                               .xFree = free,
                                               .xRealloc = take_more,
                                               .xSize = size_of,
                                               .xRoundup = round_up,
                                               .xInit = begin,
                                               .xShutdown = end};
    sqlite3_config(SQLITE_CONFIG_MALLOC, &memory);
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

hr_status hr_vfs_new(hr_err *err, const char *folder, hr_vfs **out) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, configure_engine);
    hr_vfs *v = calloc(1, sizeof *v);
    sqlite3_vfs *system = sqlite3_vfs_find(NULL);
    if (!v || !system) {
        free(v);
        return hr_fail_memory(err);
    }
    if (!realpath(folder, v->folder)) {
        int number = errno;
        free(v);
        return hr_fail_errno(err, number, HR_TR(err, "find the store's folder", "查找库文件夹"));
    }
    snprintf(v->name, sizeof v->name, "healthrec-%p", (void *)v); /* one for each handle */
    v->system = system;
    v->vfs = *system;
    v->vfs.pNext = NULL;
    v->vfs.zName = v->name;
    v->vfs.szOsFile += PATH_MAX;
    v->vfs.xOpen = open_file;
    v->vfs.xDelete = delete_file;
    v->vfs.xAccess = access_file;
    v->vfs.xFullPathname = full_name;
    if (sqlite3_vfs_register(&v->vfs, 0) != SQLITE_OK) {
        free(v);
        return hr_fail_memory(err);
    }
    *out = v;
    return HR_OK;
}

const char *hr_vfs_name(const hr_vfs *vfs) {
    return vfs->name;
}

void hr_vfs_free(hr_vfs *vfs) {
    if (vfs)
        sqlite3_vfs_unregister(&vfs->vfs);
    free(vfs);
}
