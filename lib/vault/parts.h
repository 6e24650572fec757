/* What the files of the vault give one another and nobody else. */
#ifndef HR_VAULT_PARTS_H
#define HR_VAULT_PARTS_H

#include "vault/vault.h"

/* Integers on disk are little-endian. */
static inline void hr_put32(unsigned char out[4], uint32_t value) {
    for (int i = 0; i < 4; i++)
        out[i] = (unsigned char)(value >> 8 * i);
}

static inline uint32_t hr_get32(const unsigned char in[4]) {
    return (uint32_t)in[0] | (uint32_t)in[1] << 8 | (uint32_t)in[2] << 16 | (uint32_t)in[3] << 24;
}

/* ---- passphrases (passphrase.c) ---- */

/* NFC of `text`, and nothing else changed, in guarded memory for hr_secret_free. HR_INVALID, without a message, when it
 * is longer than HR_PASSPHRASE_MAX bytes or not UTF-8. HR_SYSTEM. */
enum { HR_PASSPHRASE_MAX = 1024 };
hr_status hr_nfc(hr_err *err, const char *text, char **out);
/* The NFC of a new passphrase that keeps all rules, for hr_secret_free; HR_INVALID says which rule it breaks. */
hr_status hr_passphrase_accept(hr_err *err, const char *text, char **nfc);

/* ---- the two files (slotfile.c) ---- */

/* In every version of the format a file is at most this long, begins with magic and version, and ends with a checksum.
 */
enum { HR_SLOTFILE_MAX = 1 << 16 };
typedef struct hr_slotfile {
    size_t size;
    unsigned char bytes[HR_SLOTFILE_MAX];
} hr_slotfile;

/* HR_NO_STORE when `path` is not there or not a folder. *out is for close(). */
hr_status hr_slotfile_folder(hr_err *err, const char *path, int *out);
bool hr_slotfile_exists(int folder, const char *name);
/* HR_NO_STORE when there is no such file; HR_KEYSLOTS when it cannot be a key slots file (too long, not a regular file,
 * not readable from the disk); HR_SYSTEM. */
hr_status hr_slotfile_read(hr_err *err, int folder, const char *name, hr_slotfile *out);
/* Makes or replaces the file: after HR_OK it is on disk and was read back; after anything else, and after a power cut
 * at any moment, the old file or the new one is there, and whole. */
hr_status hr_slotfile_write(hr_err *err, int folder, const char *name, const unsigned char *bytes, size_t size);
hr_status hr_slotfile_damaged(hr_err *err); /* the message and HR_KEYSLOTS */

#endif
