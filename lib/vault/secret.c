/* Guarded memory, randomness, and the start of libsodium: thin names over it, so that no other layer includes sodium.h.
 *
 * A secret lives between guard pages, is locked into memory where the system's limit allows (where it does not, it is
 * guarded and wiped all the same) and is wiped when freed. A crash must not write it to disk, nor a debugger of the
 * same user read it, hence hr_vault_start. Relies on libsodium and Linux. */
#include "vault/vault.h"
#include <errno.h>
#include <sodium.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

/* Only the soft limit is lowered: a host program keeps the right to raise it. A core_pattern that is a pipe ignores the
 * limit, so the process is made undumpable too. */
static bool forbid_core_dumps(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_CORE, &limit) != 0)
        return false;
    limit.rlim_cur = 0;
    return setrlimit(RLIMIT_CORE, &limit) == 0 && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0;
}

hr_status hr_vault_start(hr_err *err) {
    if (sodium_init() < 0)
        return hr_fail(err, HR_SYSTEM, "%s",
                       HR_TR(err, "the system gives no secure random numbers; check /dev/urandom and start again",
                             "系统无法提供安全的随机数；请检查 /dev/urandom 后重新启动"));
    if (!forbid_core_dumps())
        return hr_fail_errno(err, errno, HR_TR(err, "switch off core dumps", "关闭内存转储"));
    return HR_OK;
}

void *hr_secret_new(size_t size) {
    /* The block ends at the guard page, so its size decides its alignment. */
    enum { ALIGNMENT = 16 };
    if (size > SIZE_MAX - ALIGNMENT)
        return NULL;
    size_t rounded = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    void *secret = sodium_malloc(rounded);
    if (secret)
        memset(secret, 0, rounded);
    return secret;
}

void hr_secret_free(void *secret) {
    sodium_free(secret);
}

void hr_wipe(void *memory, size_t size) {
    sodium_memzero(memory, size);
}

bool hr_secret_equal(const void *a, const void *b, size_t size) {
    return sodium_memcmp(a, b, size) == 0;
}

void hr_random(void *out, size_t size) {
    randombytes_buf(out, size);
}
