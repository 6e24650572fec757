/* Memory that forgets: see forget.h. Relies on glibc telling how large a block is, so that a whole one is wiped without
 * anybody having to know how much of it was used, and on Linux for the stack. */
#include "base/forget.h"
#undef free /* here they are the C library's */
#undef realloc
#include <malloc.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static uintptr_t page_size(void) {
    return (uintptr_t)sysconf(_SC_PAGESIZE);
}

/* Gives the whole pages from `from` to `to` back to the system, which gives them out empty. False where it refuses:
 * locked memory. */
static bool give_back(uintptr_t from, uintptr_t to) {
    from = (from + page_size() - 1) & ~(page_size() - 1);
    to &= ~(page_size() - 1);
    return from >= to || madvise((void *)from, to - from, MADV_DONTNEED) == 0;
}

/* Wiping all of a large block would first bring in those pages of it that were never used. */
static void wipe(unsigned char *memory, size_t size) {
    enum { LARGE = 1 << 18 };
    if (size < LARGE || !give_back((uintptr_t)memory, (uintptr_t)memory + size)) {
        explicit_bzero(memory, size);
    } else {
        explicit_bzero(memory, page_size());
        explicit_bzero(memory + size - page_size(), page_size());
    }
}

void hr_forget(void *memory) {
    if (memory)
        wipe(memory, malloc_usable_size(memory));
    free(memory);
}

void *hr_regrow(void *memory, size_t size) {
    size_t had = malloc_usable_size(memory);
    if (size <= had && size >= had / 2) /* the rest stays ours, and is wiped with it */
        return memory;
    void *moved = malloc(size);
    if (!moved)
        return NULL;
    if (memory)
        memcpy(moved, memory, had < size ? had : size);
    hr_forget(memory);
    return moved;
}

bool hr_is_free(void (*function)(void *)) {
    return function == free;
}

/* ---- the stack ---- */

enum { NEAR = 16384, FRAME = 1024 };

/* What lies right below the caller's frame. */
__attribute__((noinline)) static void wipe_near(void) {
    unsigned char near[NEAR];
    explicit_bzero(near, sizeof near);
}

/* Far below, whole pages are given back to the system, which gives them out empty: that costs nothing however deep a
 * call went. */
__attribute__((noinline)) void hr_stack_forget(void) {
    pthread_attr_t attributes;
    void *lowest = NULL;
    size_t size = 0;
    uintptr_t here = (uintptr_t)__builtin_frame_address(0);
    if (pthread_getattr_np(pthread_self(), &attributes) == 0) {
        pthread_attr_getstack(&attributes, &lowest, &size);
        pthread_attr_destroy(&attributes);
    }
    if (lowest && here - (uintptr_t)lowest < size)
        give_back((uintptr_t)lowest, here - FRAME);
    wipe_near();
}
