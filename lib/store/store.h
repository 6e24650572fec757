/* The store: two SQLCipher databases opened as one connection, transactions over both, migrations, and the log.
 *
 * chart.db (identities and everything written about them) is the schema "chart"; facts.db (what is counted) is "main".
 * A transaction covers both, through SQLite's super-journal. Layers above keep their caches in slots of the handle,
 * which are dropped when another process has written or a transaction is rolled back, and say through `flush` what they
 * still owe the databases before a commit. Only this layer calls SQLite's open and key functions. */
#ifndef HR_STORE_H
#define HR_STORE_H

#include "base/err.h"
#include "base/ident.h"
#include "base/moment.h"
#include "base/text.h"
#include "vault/vault.h"
#include <sqlite3.h>

/* What an upper layer keeps in memory between calls. */
typedef enum hr_slot {
    HR_SLOT_AREAS,
    HR_SLOT_PLACES,
    HR_SLOT_KNOWN,
    HR_SLOT_SEARCH,
    HR_SLOT_TALLIES,
    HR_SLOT_COUNT
} hr_slot;
typedef struct hr_slot_value {
    void *data;
    void (*release)(void *data);
    hr_status (*flush)(hr_store *store, void *data); /* called before a commit, in slot order; may be NULL */
} hr_slot_value;

enum { HR_STATEMENTS = 128 };

typedef struct hr_vfs hr_vfs;

typedef struct hr_head {
    int64_t seq; /* of the newest entry; 0: none */
    unsigned char hash[HR_HASH_SIZE];
    int64_t recorded; /* when it was, in milliseconds; 0: not looked up yet */
    int64_t said;     /* the earliest moment at which the next can be said (hr_origin); 0: not looked up yet */
} hr_head;

/* The state of the store in which something was found out, such as by a cursor. When the store was closed since, or it
 * was in a batch that was undone, it holds no more: residents' numbers may be others' now. */
typedef struct hr_snap {
    uint64_t opened, undone;
    bool batch;
} hr_snap;

/* That the reading of somebody's file is in the log, so that it is not said again at once. */
typedef struct hr_said {
    int64_t resident;
    int what;
    int64_t second; /* by the monotonic clock */
    hr_snap made;
} hr_said;
enum { HR_SAID = 64 };

/* Attempts to open the store that failed. */
typedef struct hr_attempts {
    uint64_t count;
    int64_t first, last; /* milliseconds since 1970, UTC */
    bool damaged;        /* the file is not, or not wholly, one that healthrec wrote */
    char operators[512]; /* whom they were as, parted by ", " */
} hr_attempts;

struct hr_store {
    hr_err err;
    hr_text *text;
    char *path;
    hr_keys *keys;
    int lock;
    bool keyslots_repaired;
    bool keyslots_foreign; /* the key slots file is not the one that the databases expect */
    bool bureau;           /* it is a bureau's: it has no residents of its own */
    hr_vfs *vfs;
    sqlite3 *db;
    struct {
        const char *sql; /* by address: statements are literals or embedded files */
        sqlite3_stmt *statement;
    } statements[HR_STATEMENTS];
    hr_slot_value slots[HR_SLOT_COUNT];
    hr_date today; /* when the transaction began: what is said in it is effective on that day */
    bool writing;  /* inside a transaction */
    bool batch;    /* which the caller opened */
    bool broken;   /* a write in it failed half-way: it can only be rolled back */
    hr_head head;
    int64_t saved;   /* seq of the head that is on disk */
    uint64_t opened; /* counts opening and closing, and */
    uint64_t undone; /* undoing what was said, for cursors to know that theirs is past */
    hr_said said[HR_SAID];
    unsigned next_said;
    hr_attempts attempts; /* those before this opening */
    char failed_since[HR_MOMENT_SIZE];
    int64_t author, writer; /* rows of chart.author and chart.writer; writer 0: not looked up yet */
    unsigned char writer_id[HR_STORE_ID_SIZE];
    char *name;
    hr_area area;
    char role[16];
    char area_text[HR_AREA_SIZE];
};

/* One step of the databases' history. A store's version is that of the newest step it has taken. */
typedef struct hr_migration {
    int version;
    const char *sql;
    hr_status (*fill)(hr_store *store); /* fills the step's tables from what an older store holds; may be NULL */
} hr_migration;

/* Says in the log of `store` what is being done, within its open transaction. */
typedef hr_status (*hr_say_fn)(hr_store *store, void *context);

/* ---- opening (open.c) ---- */
/* `populate` writes a new store's first entries, before anybody can see it. */
hr_status hr_files_create(hr_store *store, const char *path, const hr_create_options *options,
                          const hr_migration *migrations, size_t count,
                          hr_status (*populate)(hr_store *store, const char *folder));
/* `introduce` tells the log of a store from before it told of operators, who they are; its context is hr_slots. */
hr_status hr_files_open(hr_store *store, const char *path, const hr_open_options *options,
                        const hr_migration *migrations, size_t count, hr_say_fn introduce);
hr_status hr_need_open(hr_store *store);
/* Open, and no batch is; forgets the last error. */
hr_status hr_need_idle(hr_store *store);
/* HR_INVALID in a bureau's store, which has no residents of its own. */
hr_status hr_need_station(hr_store *store);
/* HR_INVALID: a required argument is NULL. */
hr_status hr_fail_argument(hr_store *store);
/* A name beside `path` for work in progress, for free(); NULL for want of memory. */
char *hr_partial_name(const char *path);
/* `path` without trailing slashes, and a name beside it for work in progress; both for free(). HR_EXISTS if it is
 * taken. */
hr_status hr_folder_names(hr_err *err, const char *path, char **folder, char **partial);
/* Gives a finished file or folder its name, unless that is taken, and syncs. */
hr_status hr_folder_publish(hr_err *err, const char *from, const char *path);
hr_status hr_sync_parent(hr_err *err, const char *path);
/* The path of one of the store's files ("keyslots", "chart", "facts"), for free(). */
char *hr_file_path(const hr_store *store, const char *folder, const char *file);

/* ---- failed attempts to open it (attempts.c) ---- */
/* Keeps one in the store's folder. Nothing depends on it: what hinders that is no matter. */
void hr_attempts_add(const char *folder, const char *operator_name, bool recovery);
/* Reads those that are kept. Until hr_attempts_end, others wait to add theirs; `forget`: what was read is in the log.
 * False when there are none; then there is no end to call. */
typedef struct hr_attempts_hold {
    int folder, file; /* file -1: what is there is none of ours */
    int64_t size;     /* of the file as it was read */
} hr_attempts_hold;
bool hr_attempts_begin(const char *folder, hr_attempts *out, hr_attempts_hold *hold);
void hr_attempts_end(hr_attempts_hold *hold, bool forget);

/* ---- files by their names within the folder (vfs.c) ---- */
hr_status hr_vfs_new(hr_err *err, const char *folder, hr_vfs **out);
const char *hr_vfs_name(const hr_vfs *vfs);
void hr_vfs_free(hr_vfs *vfs); /* after what was opened through it is closed */

/* ---- databases (db.c) ---- */
/* `chart_path` NULL: facts alone. */
hr_status hr_db_open(hr_err *err, const hr_keys *keys, const hr_vfs *vfs, const char *facts_path,
                     const char *chart_path, bool create, sqlite3 **out);
/* A new file, empty, for its owner alone; the engine gives its journals the same mode. */
hr_status hr_db_create(hr_err *err, const char *path);
/* Attaches a file under the key that these keys give for its label ("chart", "facts"). */
hr_status hr_db_attach(hr_err *err, sqlite3 *db, const hr_keys *keys, const char *label, const char *path,
                       const char *schema);
void hr_db_close(hr_store *store); /* with what is remembered of it; no transaction may be open */
/* Reads bytes of a database's file as they are on disk, and its size; what lies past its end stays untouched. */
hr_status hr_db_raw(hr_err *err, sqlite3 *db, const char *schema, int64_t offset, void *out, int size,
                    int64_t *file_size);
/* The status and message for the connection's last error. Within a transaction it breaks that. */
hr_status hr_db_fail(hr_store *store);
hr_status hr_db_fail_on(hr_err *err, sqlite3 *db);
hr_status hr_db_run(hr_store *store, const char *sql);
/* A statement prepared once per handle; reset, with bindings cleared. NULL after setting the error. For use within one
 * function; a cursor that lives longer prepares its own. `sql` must be a literal. */
sqlite3_stmt *hr_db_statement(hr_store *store, const char *sql);
/* Steps a statement that returns nothing and resets it. */
hr_status hr_db_step(hr_store *store, sqlite3_stmt *statement);
/* Steps a query: HR_OK with a row, HR_END without, else the error. */
hr_status hr_db_row(hr_store *store, sqlite3_stmt *statement);
/* The number that a query with one argument gives; 0 when it has no row. */
hr_status hr_db_number(hr_store *store, const char *sql, int64_t argument, int64_t *out);
void hr_db_finalise(hr_store *store);

hr_snap hr_snap_of(const hr_store *store);
bool hr_snap_holds(const hr_store *store, const hr_snap *made);
hr_status hr_snap_check(hr_store *store, const hr_snap *made); /* HR_INVALID when it does not hold */

/* ---- transactions (db.c) ---- */
hr_status hr_begin(hr_store *store); /* as hr_need_writer */
/* HR_DENIED when this operator was given another secret since he opened the store: nothing he signs would count. */
hr_status hr_need_current(hr_store *store);
hr_status hr_need_writer(hr_store *store); /* HR_DENIED for a role that writes nothing */
/* The same for saying who read what, which is said of an auditor, too: whoever has the chart's key may. */
hr_status hr_begin_event(hr_store *store);
hr_status hr_begin_own(hr_store *store); /* for an operator's own access: any role; a statistician in facts.db alone */
hr_status hr_commit(hr_store *store);
hr_status
hr_flush(hr_store *store); /* writes what the slots still owe, so that a read within the transaction is right */
void hr_rollback(hr_store *store);
/* For functions that write one thing: joins an open batch or makes a transaction of its own. hr_leave commits the
 * latter when `status` is HR_OK and rolls it back otherwise; inside a batch, HR_SYSTEM, HR_DAMAGED or HR_BUSY breaks
 * the batch. */
hr_status hr_enter(hr_store *store);
hr_status hr_enter_event(hr_store *store); /* as hr_begin_event; ends with hr_leave */
hr_status hr_leave(hr_store *store, hr_status status);
/* A read transaction, so that several queries see one state: of facts.db, which every role has; or also of the chart,
 * HR_DENIED for a role that is not given its key. */
hr_status hr_read_begin(hr_store *store);
hr_status hr_chart_begin(hr_store *store);
void hr_read_end(hr_store *store);
void hr_slots_drop(hr_store *store);

/* ---- settings kept in facts.db (db.c) ---- */
hr_status hr_meta_text(hr_store *store, const char *key, char **out);
hr_status hr_meta_set(hr_store *store, const char *key, const void *value, int size); /* size < 0: text */

/* ---- who writes, and what was first said where (origin.c) ---- */
/* Where an entry was first said. (writer, wseq) names it in every log that has it. A writer is one copy of a store: one
 * that is restored from a backup, or copied, is another from its first write on. `said` never goes back along one log,
 * so entries in the order of said, writer and wseq are in one order everywhere, and after all that their writer knew.
 */
enum { HR_AUTHOR_SIZE = 65 };
typedef struct hr_origin {
    unsigned char writer[HR_STORE_ID_SIZE];
    int64_t wseq, said;
    char author[HR_AUTHOR_SIZE]; /* "": this store's own entry */
} hr_origin;
int hr_origin_compare(const hr_origin *a, const hr_origin *b); /* by said, writer, wseq */
/* Looks up whom this copy of the store writes as, within the open transaction: store->writer and writer_id. */
hr_status hr_writer_own(hr_store *store);
/* The row of a writer, which is made when there is none. */
hr_status hr_writer_known(hr_store *store, const unsigned char id[HR_STORE_ID_SIZE], int64_t *row);
/* The entry that is named so; 0: this log has none. */
hr_status hr_origin_find(hr_store *store, const hr_origin *origin, int64_t *seq);
/* Where an entry was first said. HR_END when there is no such entry. */
hr_status hr_origin_of(hr_store *store, int64_t seq, hr_origin *out);
/* Reads it from a row, whose column `store_id` is the writer's id, and `wseq` and the next two are chart.origin's wseq,
 * said and author (null where it has no row), of an entry. */
void hr_origin_read(sqlite3_stmt *row, int store_id, int wseq, int64_t seq, int64_t recorded, hr_origin *out);
/* Works out for an older store's entries what is kept of them; a step of its migration. */
hr_status hr_origin_fill(hr_store *store);

/* ---- the log (log.c) ---- */
/* What an entry says, with the salt and hash under which it is chained. */
typedef struct hr_body {
    const char *bytes; /* text without NUL: of a form's record as hr_record_pack writes it */
    size_t size;
    unsigned char salt[HR_SALT_SIZE], hash[HR_HASH_SIZE];
} hr_body;
void hr_body_seal(hr_body *body);                                              /* draws a salt */
void hr_body_seal_with(hr_body *body, const unsigned char salt[HR_SALT_SIZE]); /* a random one */

typedef struct hr_entry {
    int64_t seq;
    int64_t recorded; /* milliseconds since 1970, UTC */
    const char *author, *kind;
    int64_t subject; /* the resident's number; 0: a register */
    int64_t earlier; /* the subject's entry before this one; 0: none */
    hr_date effective;
    const char *body;
    size_t body_size;
    const unsigned char *hash, *signature; /* of a walk alone; signature: NULL where none is */
    bool reduced;                          /* the body is what was left of another, whose hash the entry keeps */
    hr_origin origin;                      /* of a walk alone */
} hr_entry;
/* Appends within the open transaction. The store fills seq, recorded and author. */
hr_status hr_log_append(hr_store *store, hr_entry *entry, const hr_body *body);
/* The same of one that was first said elsewhere; origin->author is not empty. The last entry of a transaction must be
 * one of the store's own. */
hr_status hr_log_adopt(hr_store *store, hr_entry *entry, const hr_body *body, const hr_origin *origin);
int64_t hr_now_ms(void);                    /* the clock of the log: milliseconds since 1970, UTC */
int64_t hr_log_next(const hr_store *store); /* the seq that the next append will give */
/* Leaves `body` of an entry's body, within the transaction. The hash of the whole body stays, so the chain holds; the
 * salt goes, so that nobody can try what the body may have been. */
hr_status hr_log_reduce(hr_store *store, int64_t seq, const char *body, size_t size);
/* Signs the log's head, within the transaction. */
hr_status hr_log_sign(hr_store *store);
/* Whether whoever has the key signed this head. */
bool hr_log_signed(hr_store *store, int64_t seq, const unsigned char hash[HR_HASH_SIZE], const unsigned char key[32],
                   const unsigned char signature[HR_SIGNATURE_SIZE]);
/* Walks the whole log in order, checking each hash, the order, the chain and the head. `each` sees every entry (its
 * strings live until it returns). A broken place is reported through `found`, and the walk goes on. */
typedef hr_status (*hr_entry_fn)(void *context, const hr_entry *entry);
typedef void (*hr_finding_fn)(void *context, const char *file, const char *place, const char *problem);
hr_status hr_log_walk(hr_store *store, hr_entry_fn each, hr_finding_fn found, void *context);

/* ---- checks of the files (check.c) ---- */
hr_status hr_pages_check(hr_store *store, hr_finding_fn found, void *context);
/* Whether it finds nothing. */
hr_status hr_pages_sound(hr_store *store, bool *out);

/* ---- key slots and generations of keys (generation.c) ---- */

/* Puts changed key slots in force, with what is said about it (`say` may be NULL), all or nothing; gives the handle its
 * keys. */
hr_status hr_slots_enforce(hr_store *store, hr_slots *slots, hr_say_fn say, void *context);
/* Writes both databases anew under fresh keys, in place of the old files, and puts the slots in force that hold them.
 * HR_BUSY when another handle has the store open; HR_SYSTEM, with the numbers, when there is too little room. At every
 * moment the store opens, with the old keys or the new. */
hr_status hr_generation_renew(hr_store *store, hr_slots *slots, hr_say_fn say, void *context, hr_progress progress,
                              void *progress_context);
/* Whether it can be done now; then nobody else opens the store until it is done, or hr_lock_shared. */
hr_status hr_generation_ready(hr_store *store);
/* How many bytes it takes, and how many there are. */
hr_status hr_generation_room(hr_store *store, uint64_t *needed, uint64_t *available);
/* Takes away files of generations before the present one. */
void hr_generation_sweep(hr_store *store);
/* The checksum of the key slots file that the databases expect. HR_END when they know of none. */
hr_status hr_slots_expected(hr_store *store, unsigned char sum[HR_HASH_SIZE]);
hr_status hr_lock_alone(hr_store *store); /* nobody else has the store open until hr_lock_shared (open.c) */
hr_status hr_lock_shared(hr_store *store);
hr_status hr_databases_open(hr_store *store, const char *folder, bool create);

/* ---- backup (backup.c) ---- */
/* Packs the store into a new file. `say` puts into the log, before it is read, that it leaves. */
hr_status hr_backup_pack(hr_store *store, const char *file, hr_status (*say)(hr_store *store), hr_progress progress,
                         void *context);
/* Unpacks a backup into the folder, checking every byte against its manifest. The files are as they were in the store.
 */
hr_status hr_backup_unpack(hr_err *err, const char *file, const char *folder, hr_progress progress, void *context);
/* Deletes a folder that holds nothing but a store's files. */
void hr_folder_remove(const char *folder);

#endif
