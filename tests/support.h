/* Helpers that the tests share: a folder of their own, a store made with the cheapest Argon2 that is allowed, files,
 * records, figures. A group of tests makes one sample store; each test opens a copy of it, so tests neither wait for
 * key derivation twice nor see one another. Everything goes through the public header.
 *
 * The sample store, of area 11, knows these areas and nobody:
 *     11 北京市
 *       110105 朝阳区   110105001 (committees 001 002 003)   110105002 (001 002)
 *       110108 海淀区   110108001 (001 002)
 */
#ifndef TESTS_SUPPORT_H
#define TESTS_SUPPORT_H

#include "healthrec.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h> /* wants the headers above before it */

#define PASSPHRASE "five quiet stations along the river"
#define WRONG_PASSPHRASE "five quiet stations along the canal"

enum { PATH_SIZE = 512, PATHS = 8, ID_SIZE = 19 };

#if defined(__SANITIZE_ADDRESS__)
enum { SANITIZED = 1 };
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
enum { SANITIZED = 1 };
#else
enum { SANITIZED = 0 };
#endif
#else
enum { SANITIZED = 0 };
#endif

typedef struct fixture {
    char folder[PATH_SIZE]; /* the test's own */
    char path[PATH_SIZE];   /* of its store */
    char recovery[HR_RECOVERY_KEY_SIZE];
    hr_store *store; /* open, unless the test closes it */
    char paths[PATHS][PATH_SIZE];
    unsigned next_path;
} fixture;

/* ---- for cmocka_run_group_tests and cmocka_unit_test_setup_teardown ---- */
int make_sample(void **state);        /* group setup: *state is a fixture whose store is closed */
int remove_sample(void **state);      /* group teardown */
int open_copy(void **state);          /* setup: *state becomes a fixture with an open copy of the sample, in English */
int remove_copy(void **state);        /* teardown */
int make_opened_sample(void **state); /* make_sample, and its recovery key was used once: no copy writes that down */
void copy_sample(fixture *f, const fixture *sample); /* makes f a copy of the sample that is closed */
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_copy, remove_copy)

/* ---- statuses ---- */
/* Fails unless `call` gives `want`; prints hr_error. Whatever fails must say so in words. */
#define assert_status(store, want, call) assert_status_at((store), (want), (call), #call, __FILE__, __LINE__)
void assert_status_at(const hr_store *store, hr_status want, hr_status got, const char *call, const char *file,
                      int line);
#define assert_text_has(text, part) assert_text_has_at((text), (part), __FILE__, __LINE__)
void assert_text_has_at(const char *text, const char *part, const char *file, int line);

/* ---- stores ---- */
hr_store *new_handle(hr_language language);
void make_store(fixture *f, hr_language language);                                /* makes and opens f->path */
hr_status try_open(hr_store *store, const char *path);                            /* with PASSPHRASE */
hr_status open_with_key(hr_store *store, const char *path, const char *recovery); /* needs no Argon2 */
hr_status open_as(hr_store *store, const char *path, const char *name, const char *passphrase);
/* An operator with the cheapest Argon2 that is allowed. */
hr_operator_options operator_of(const char *name, const char *role, const char *passphrase);
void reopen(fixture *f, hr_language language); /* closes f->store; opens f->path again */
void close_store(fixture *f);                  /* frees the handle; f->store is NULL */
void add_sample_areas(fixture *f);
hr_store_info info_of(hr_store *store);
/* How many entries the log has, without those that say who read, listed, took out or failed to open. */
uint64_t entries_said(hr_store *store);
/* Reading is said in the log. What is read between these two leaves no trace: it is in a batch that is undone. Within a
 * batch of the test's own it belongs to that. */
bool begin_unsaid(hr_store *store);
void end_unsaid(hr_store *store, bool begun); /* begun: what begin_unsaid gave */
size_t verify_findings(hr_store *store);      /* how many; a verification that cannot be done to the end is one, too */

/* ---- chance: the same numbers in every run ---- */
void seed_chance(uint64_t seed);
unsigned random_below(unsigned limit);
bool one_in(unsigned n);

/* ---- files ---- */
void make_folder(char out[PATH_SIZE], const char *parent); /* a new temporary folder; parent NULL: $TMPDIR or /tmp */
void remove_tree(const char *folder);
const char *path_in(fixture *f, const char *name); /* f->folder/name; good for the next PATHS calls */
void join_path(char out[PATH_SIZE], const char *folder, const char *name);
void write_bytes(const char *path, const void *bytes, size_t size);
void write_text(const char *path, const char *text);
char *read_bytes(const char *path, size_t *size); /* with a NUL after it; for free() */
void copy_file(const char *from, const char *to);
void copy_folder(const char *from, const char *to); /* plain files only */
size_t file_size(const char *path);
bool path_exists(const char *path);
size_t files_in(const char *folder);                                    /* how many names there are in it */
void flip_byte(const char *path, size_t offset);                        /* again: as it was */
size_t files_with(const char *folder, const void *needle, size_t size); /* how many plain files hold these bytes */
/* The store's file whose name begins with "chart" or "facts" and ends with ".db". */
const char *database(fixture *f, const char *prefix);

/* ---- records; JSON is written with ' for " ---- */
int64_t put_ok(fixture *f, const char *kind, const char *format, ...) __attribute__((format(printf, 3, 4)));
hr_change put_change(fixture *f, const char *kind, const char *format, ...) __attribute__((format(printf, 3, 4)));
void put_refused(fixture *f, const char *kind, const char *format, ...) __attribute__((format(printf, 3, 4)));
hr_change amend_ok(fixture *f, int64_t id, const char *format, ...) __attribute__((format(printf, 3, 4)));
void quote_json(char *json); /* ' to " */
/* GB 11643: county, birth date and serial (odd: male), with its check character. */
char *id_number(char out[ID_SIZE], int county, int birth, int serial);
char *id_number_15(char out[ID_SIZE], const char *id18);

/* ---- figures ---- */
typedef struct figure {
    char area[16], area_name[64], tier[16], indicator[40], source[16];
    int64_t numerator, denominator, shortfall, partial;
    double rate, target;
    int64_t due; /* 0: null */
    int met;     /* -1: null */
    bool has_rate, has_target, has_shortfall;
} figure;
int column_named(const hr_cursor *cursor, const char *name); /* fails when there is none */
void read_figure(const hr_cursor *cursor, figure *out);
hr_cursor *rates_of(hr_store *store, const char *within, const char *by, const char *indicators, int32_t as_of);
figure figure_of(hr_store *store, const char *area, const char *indicator,
                 int32_t as_of);                                  /* the one row there must be */
size_t count_rows(hr_store *store, hr_cursor *cursor);            /* and frees the cursor */
char *rates_text(hr_store *store, const char *by, int32_t as_of); /* every row and column; for free() */
/* The store holds so many residents, and so many count in the figures of the city at the end of 2010. */
#define assert_residents(f, count) assert_residents_at((f), (count), __FILE__, __LINE__)
void assert_residents_at(fixture *f, uint64_t count, const char *file, int line);

/* ---- memory ---- */
void reset_peak(void);   /* asks the kernel to forget the peak so far */
long peak_kib(void);     /* most resident memory since, in KiB */
long resident_kib(void); /* now */

#endif
