/* Files in age v1 (https://age-encryption.org/v1, C2SP age.md) for X25519 recipients alone. In streams: nothing that is
 * to be kept secret lies in a file in between. */
#ifndef HR_VAULT_AGE_H
#define HR_VAULT_AGE_H

#include "vault/vault.h"

/* An identity is 32 secret bytes in guarded memory; its recipient is the X25519 public key. As text in Bech32:
 * "age1…" and "AGE-SECRET-KEY-1…". */
enum { HR_AGE_RECIPIENT_SIZE = 63, HR_AGE_IDENTITY_SIZE = 75 }; /* texts, with NUL */
void hr_age_recipient(const unsigned char identity[32], unsigned char out[32]);
void hr_age_recipient_text(const unsigned char recipient[32], char out[HR_AGE_RECIPIENT_SIZE]);
void hr_age_identity_text(const unsigned char identity[32], char out[HR_AGE_IDENTITY_SIZE]); /* out: guarded memory */
bool hr_age_recipient_parse(const char *text, unsigned char out[32]); /* false: it is none, or a small-order point */
bool hr_age_identity_parse(const char *text, unsigned char out[32]);  /* out: guarded memory */

/* Takes ciphertext away, or gives it: at least one byte until the end, 0 bytes at the end. A status that is not HR_OK
 * ends the work, with the message that they set. */
typedef hr_status (*hr_sink)(void *context, const void *bytes, size_t size);
typedef hr_status (*hr_source)(void *context, void *out, size_t size, size_t *got);

/* A failure is for good: every further call gives the same. `err` must outlive writer and reader. */
typedef struct hr_age_writer hr_age_writer;
/* Gives the header to the sink. HR_INVALID for a recipient that is a small-order point. */
hr_status hr_age_writer_new(hr_err *err, const unsigned char recipient[32], hr_sink sink, void *context,
                            hr_age_writer **out);
hr_status hr_age_write(hr_age_writer *writer, const void *bytes, size_t size);
hr_status hr_age_end(hr_age_writer *writer);    /* what comes before is no whole file */
void hr_age_writer_free(hr_age_writer *writer); /* NULL allowed */

/* A header is read whole before anything in it is believed; a longer one is refused. */
enum { HR_AGE_HEADER_MAX = 1 << 16 };
/* Reads the header and finds the file's key. HR_INVALID: no age v1 file, or its header breaks the format or is not
 * whole; HR_DAMAGED: the header was altered; HR_DENIED: it is for nobody with this identity. Other kinds of recipients
 * beside X25519 are passed over, as the format asks. */
typedef struct hr_age_reader hr_age_reader;
hr_status hr_age_reader_new(hr_err *err, const unsigned char identity[32], hr_source source, void *context,
                            hr_age_reader **out);
/* Gives what has been checked: HR_DAMAGED, and nothing of that chunk, when it was altered or the file was cut off. A
 * file of which something is missing can give whole chunks before that. *got 0 is the end of a whole file; `size` is
 * not 0. */
hr_status hr_age_read(hr_age_reader *reader, void *out, size_t size, size_t *got);
void hr_age_reader_free(hr_age_reader *reader); /* NULL allowed */
/* What a header says to somebody without a key: how many recipients of which kind. HR_INVALID as above. */
hr_status hr_age_look(hr_err *err, hr_source source, void *context, unsigned *x25519, unsigned *others);

#endif
