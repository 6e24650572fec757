/* Bundles: what the sides have in common. A bundle is an age file for its receiver, and its minisign signature beside
 * it, whose trusted comment says what has to be known before anything is decrypted. docs/format.md has it to the byte.
 */
#ifndef HR_EXCHANGE_BUNDLE_H
#define HR_EXCHANGE_BUNDLE_H

#include "exchange/archive.h"
#include "exchange/files.h"
#include "exchange/identity.h"
#include "exchange/sheet.h"
#include "record/entry.h"
#include "record/registers.h"

enum { HR_BUNDLE_HASH_SIZE = 64, HR_BUNDLE_HASH_TEXT = 2 * HR_BUNDLE_HASH_SIZE + 1, HR_BUNDLE_PREVIOUS = 4 };

typedef enum hr_packet { HR_PACKET_BUNDLE, HR_PACKET_RECEIPT, HR_PACKET_LINKAGE } hr_packet;
/* A trusted comment. Which of the fields it has depends on the kind. */
typedef struct hr_bundle_comment {
    hr_packet kind;
    unsigned char from[HR_STORE_ID_SIZE], to[HR_STORE_ID_SIZE];
    int64_t seq;
    int level; /* HR_LEVEL_PERSONS, … */
    hr_date until;
    size_t previous_count; /* hashes of the files that were made of the bundle before */
    char previous[HR_BUNDLE_PREVIOUS][HR_BUNDLE_HASH_TEXT];
    char received[32], log[96];
} hr_bundle_comment;
void hr_bundle_comment_write(const hr_bundle_comment *comment, char out[HR_MINISIGN_COMMENT_SIZE]);
/* False when it is none, to the byte. Of a linkage key only kind, from and to are read. */
bool hr_bundle_comment_read(const char *text, hr_bundle_comment *out);
const char *hr_level_name(int level); /* "persons", "figures" */

/* Name an entry or resident everywhere: 32 hexadecimal digits of the writer, a colon, and the number there. */
enum { HR_NAME_SIZE = 2 * HR_STORE_ID_SIZE + 1 + 20 + 1 };
void hr_origin_name(const hr_origin *origin, char out[HR_NAME_SIZE]);
bool hr_origin_parse(const char *text, hr_origin *out); /* writer and wseq alone are set */

/* The columns of the CSV files. */
enum {
    EN_WRITER,
    EN_NUMBER,
    EN_SAID,
    EN_KIND,
    EN_EFFECTIVE,
    EN_SUBJECT,
    EN_AMENDS,
    EN_WITHDRAWN,
    EN_OTHER,
    EN_FIELDS,
    EN_COUNT
};
extern const char *const hr_bundle_entries[EN_COUNT];
enum { TK_SUBJECT, TK_TOKEN, TK_COUNT };
extern const char *const hr_bundle_tokens[TK_COUNT];
enum { LG_ENTRY, LG_HASH, LG_COUNT };
extern const char *const hr_bundle_log[LG_COUNT];
enum { FI_AREA, FI_TALLY, FI_DECADE, FI_CHANGES, FI_COUNT };
extern const char *const hr_bundle_figures[FI_COUNT]; /* indicator/figures.h */
enum { HR_BUNDLE_FILES = 4 };
extern const char *const hr_bundle_names[HR_BUNDLE_FILES]; /* in their order */

/* What a manifest says of each CSV file: rows but the first, and BLAKE2b-256 of its bytes. */
typedef struct hr_bundle_total {
    uint64_t rows;
    char hash[2 * HR_HASH_SIZE + 1];
} hr_bundle_total;
typedef struct hr_manifest {
    hr_bundle_comment comment;
    char name[256], area[HR_AREA_SIZE];
    int64_t from_entry, to_entry; /* of the sender's log: after the one, up to the other */
    char from_hash[2 * HR_HASH_SIZE + 1], to_hash[2 * HR_HASH_SIZE + 1];
    int64_t year; /* of the linkage key; 0: none */
    hr_bundle_total total[HR_BUNDLE_FILES];
} hr_manifest;
char *hr_manifest_write(const hr_manifest *manifest); /* for free(); NULL for want of memory */
hr_status hr_manifest_read(hr_err *err, const char *text, size_t size, hr_manifest *out); /* HR_INVALID */

/* The row of register "bundle_sent" or "bundle_received" with the greatest number for a store; nothing given when there
 * is none. `level` 0: any. */
hr_status hr_bundle_newest(hr_store *store, const hr_form *form, const unsigned char id[HR_STORE_ID_SIZE], int level,
                           hr_record *out);
/* That of one number; nothing given when there is none. */
hr_status hr_bundle_row(hr_store *store, const hr_form *form, const unsigned char id[HR_STORE_ID_SIZE], int64_t seq,
                        hr_record *out);

/* Which registers a bundle has: those that say something of areas and institutions. */
bool hr_bundle_has_register(const hr_form *form);

#endif
