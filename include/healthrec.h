/* healthrec: resident health files, encrypted and offline; and the figures a health district is judged by.
 *
 * This header is the whole public interface. Read these rules first.
 *
 * Status.    Every call that can fail returns hr_status. On anything but HR_OK (and HR_END of a cursor) it has changed
 *            nothing, out-parameters are untouched or NULL, and hr_error(store) says in the store's language what is
 *            wrong and what to do about it.
 * Text.      Strings are NUL-terminated UTF-8, in and out. Input is normalised (NFC, full-width to half-width).
 * Dates.     Integers yyyymmdd. 0 in month or day means unknown (19350000: only the year is known); 0 alone: no date.
 *            An unknown part counts as the latest possible day, so nobody is counted as 65 too early.
 *            In JSON and text a date is "2003-05-01", "2003-05" or "2003"; input also takes 20030501 and 2003年5月1日.
 * Areas.     Codes of 2 or 4 (city), 6 (district, GB/T 2260), 9 (street) or 12 (committee) digits. The prefixes of a
 *            code are its parents.
 * Ownership. What comes out through an hr_x **out is yours to give to the matching hr_x_free; strings that a getter
 *            returns belong to the handle and live until its next call. Strings through char **out: hr_free.
 * Threads.   One thread at a time per handle, any number of handles and processes per store.
 * Options.   Option structs begin with their size; fill them with the matching _init, then set what you need.
 * Log.       Whoever reads an identified resident's file or card (hr_resident_get, hr_history, hr_call_card), lists
 *            residents (hr_find, hr_list, hr_duplicates, hr_check, hr_calls) or takes data out (hr_backup) is in the
 *            log before anything is given; when that cannot be written, the call fails with its status and gives
 *            nothing. So these calls write, also for an auditor. A handle says that a resident's file is read once in
 *            ten minutes. In a batch it goes with the batch.
 * Caveats.   Never open a store's files with the sqlcipher shell: it writes plain text beside them. Never copy a
 * store's files while a program is using it: hr_backup makes a copy that is whole.
 * Secrets.   Keys and passphrases are in locked memory. When a store is closed, nothing of it is left in the memory
 *            of the process, but: what you were given (texts, cards, rows of a cursor that is not freed, results of
 *            an import) is yours to free before; hr_free wipes. SQLCipher's own copies of keys, and pages, are in
 *            ordinary memory while a store is open, and could be swapped out: encrypt swap, or have none. jansson
 *            wipes what it frees from the first hr_store_new on, unless you gave it functions of your own before.
 *            ICU does not wipe what it frees; no trace was found in what it is asked here. Of a stack that you made
 *            yourself (a coroutine's) only the 16 KiB below the call are wiped. hr_store_new sets the soft limit of
 *            core dumps to 0 and makes the process undumpable (prctl), which is felt by debuggers; you can set both
 *            back, and then answer for it.
 */
#ifndef HEALTHREC_H
#define HEALTHREC_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define HR_API __attribute__((visibility("default")))
#else
#define HR_API
#endif

/* What a call came to. The tool's exit codes (its manual) are made from these. */
typedef enum hr_status {
    HR_OK = 0,
    HR_END = 1,          /* a cursor has no more rows */
    HR_INVALID = 2,      /* an argument or a record breaks a rule; the message names field, value and remedy */
    HR_PASSPHRASE = 3,   /* the passphrase or recovery key opens no slot of that operator */
    HR_DENIED = 4,       /* the operator's role does not allow this */
    HR_NO_STORE = 5,     /* there is no store at this path */
    HR_MISSING_FILE = 6, /* the store is there, one of its files is not */
    HR_NOT_FOUND = 7,    /* no such record, operator or input file */
    HR_EXISTS = 8,       /* creating would overwrite something */
    HR_KEYSLOTS = 9,     /* the key slots file is damaged or forged, and so is its copy */
    HR_DAMAGED = 10,     /* a database page, the log's chain or a backup is damaged */
    HR_NEWER = 11,       /* written by a newer healthrec than this one */
    HR_BUSY = 12,        /* another process kept the store locked for more than 10 seconds */
    HR_SYSTEM = 13,      /* the operating system refused: disk full, no permission, no memory */
    HR_CANCELLED = 14    /* the progress function asked to stop */
} hr_status;

/* The language of messages and labels. HR_LANGUAGE_AUTO follows LANGUAGE, LC_ALL, LC_MESSAGES and LANG, in the order
 * gettext uses, and is English unless they ask for Chinese. */
typedef enum hr_language { HR_LANGUAGE_AUTO = 0, HR_LANGUAGE_EN = 1, HR_LANGUAGE_ZH = 2 } hr_language;

typedef struct hr_store hr_store;
typedef struct hr_cursor hr_cursor;

/* Called during long work with what is done of a total (0: not known), on the calling thread, a few times a second.
 * Return 0 to go on; anything else stops the work with HR_CANCELLED and leaves the store as it was. It must return, and
 * must not use the store. */
typedef int (*hr_progress)(void *context, uint64_t done, uint64_t total);

HR_API const char *hr_version(void);
/* The constant's name ("HR_PASSPHRASE"), for logs and bindings. Never NULL. */
HR_API const char *hr_status_name(hr_status status);
HR_API void hr_free(void *text);

/* ---- stores ------------------------------------------------------------------------------------------------- */

/* A handle, not yet connected to a store. The only failure is HR_SYSTEM (no memory, or no secure random source). */
HR_API hr_status hr_store_new(hr_store **out, hr_language language);
/* Closes and frees. NULL is allowed. Keys are wiped. An open batch is rolled back. */
HR_API void hr_store_free(hr_store *store);
/* The message of the last call on this handle that failed; "" when none did. Never NULL, names no resident. */
HR_API const char *hr_error(const hr_store *store);

/* A recovery key: 160 random bits in Crockford base32, eight groups of four characters and a check character, parted by
 * hyphens: 47 characters and NUL. It opens the store when every passphrase is lost, so print it, have it typed back,
 * and lock it away. HR_SYSTEM when there is no randomness. */
#define HR_RECOVERY_KEY_SIZE 64
HR_API hr_status hr_recovery_key_new(hr_store *store, char out[HR_RECOVERY_KEY_SIZE]);
/* HR_OK when `typed` is the same key: case, spaces and hyphens do not matter, o reads as 0, i and l as 1.
 * HR_INVALID names the group with the typing error, or says that it is another key. */
HR_API hr_status hr_recovery_key_confirm(hr_store *store, const char *key, const char *typed);

typedef struct hr_create_options {
    size_t size;
    const char *area;          /* code of the store's area: everything in it lies within; required */
    const char *name;          /* the station's name; required */
    const char *operator_name; /* first administrator; default "admin" */
    const char *passphrase;    /* at least 12 characters, or six words; required */
    const char *recovery_key;  /* from hr_recovery_key_new; required */
    uint32_t kdf_ops;          /* Argon2id passes; 0: 4. Below 3 is refused */
    uint32_t kdf_mib;          /* Argon2id memory in MiB; 0: 256. Below 64 is refused */
    int bureau;                /* it is a bureau's: it has no residents of its own, and receives bundles */
} hr_create_options;
HR_API void hr_create_options_init(hr_create_options *options);
/* Whether hr_store_create would take area, name, operator's name, passphrase and Argon2 settings, before a recovery key
 * is written down for nothing. HR_INVALID says what is wrong. */
HR_API hr_status hr_create_check(hr_store *store, const hr_create_options *options);
/* Makes the folder `path` with an empty store and opens it on this handle. HR_EXISTS if anything is there already;
 * HR_INVALID for an unusable area, name, passphrase or recovery key; HR_SYSTEM. Nothing is left behind on failure. */
HR_API hr_status hr_store_create(hr_store *store, const char *path, const hr_create_options *options);

typedef struct hr_open_options {
    size_t size;
    const char *operator_name; /* default: the first administrator */
    const char *passphrase;    /* this, */
    const char *recovery_key;  /* or this */
} hr_open_options;
HR_API void hr_open_options_init(hr_open_options *options);
/* Opens an existing store; never creates one. What was open on this handle is closed before, also when opening then
 * fails. HR_NO_STORE, HR_MISSING_FILE, HR_KEYSLOTS, HR_PASSPHRASE, HR_NOT_FOUND (no such operator), HR_DAMAGED,
 * HR_NEWER, HR_BUSY and HR_SYSTEM are told apart. A damaged key slots file is read from its copy and, if the disk lets
 * it, written again from it; hr_store_info.keyslots_repaired says when it was. */
HR_API hr_status hr_store_open(hr_store *store, const char *path, const hr_open_options *options);
/* Closes the databases and wipes the keys and all that was read; the handle can open again. */
HR_API void hr_store_close(hr_store *store);

typedef struct hr_store_info {
    size_t size;
    const char *path, *area, *name, *operator_name, *role; /* owned by the store */
    uint64_t entries;                                      /* in the log */
    uint64_t residents;                                    /* with or without a health file, alive or not */
    int keyslots_repaired;
    int keyslots_foreign;     /* the key slots file is not the store's newest: an old one was put back; run verify */
    uint64_t failed_attempts; /* to open the store, before this opening; those of a statistician are told nobody yet */
    const char *failed_since; /* when the first of them was, "2026-11-25 08:15:02", local; "" when there are none */
    int attempts_damaged;     /* what was kept of failed attempts was damaged, or not the store's own */
    int bureau;               /* it was made as a bureau's */
} hr_store_info;
HR_API void hr_store_info_init(hr_store_info *info);
HR_API hr_status hr_store_info_get(hr_store *store, hr_store_info *info);

/* Makes what follows, up to commit, one change: all of it or nothing. Batches do not nest. Thousands of records in a
 * batch are about a hundred times faster than one by one. A record that is refused inside a batch leaves the batch as
 * it was before it; a batch that is rolled back, or whose process dies, leaves the store as it was before begin. */
HR_API hr_status hr_batch_begin(hr_store *store);
HR_API hr_status hr_batch_commit(hr_store *store);
HR_API void hr_batch_rollback(hr_store *store);

/* ---- records ------------------------------------------------------------------------------------------------ */

/* What a put did. */
typedef enum hr_change { HR_UNCHANGED = 0, HR_ADDED = 1, HR_AMENDED = 2 } hr_change;

/* One record of a kind: "resident", or one of the registers ("area", "institution", "population", "grade",
 * "elder_help", "care_beds", "hotline", "indicator", "retention"), as a JSON object whose keys are the column names of
 * `import` (see hr_columns). Values are strings, numbers, true, false, of several codes a list; null clears a field.
 *
 * A resident is recognised by ID number, else by file number, else by name, sex and birth date among residents without
 * an ID number. One that is new is registered. One that is known is amended by the fields that are given and differ;
 * equal fields change nothing. An area is recognised by its code, an institution by its code, a population figure by
 * area and year, a grade by institution and date, elder-help services and elder-care beds by area and date, hotline
 * requests by area and period, an indicator by its code.
 *
 * What recurs in a life is kept, because figures for earlier days still count it:
 *   Residences (area, moved_in, moved_out). Another area with a later moved_in, or any area with one on or after a
 *   moved_out, is a move. A residence without an end of its own, or with one after the next began, lasts until then. An
 *   earlier moved_in with another area, or with an area and before another residence, is an earlier residence. An area
 *   of an earlier residence, with that one's moved_in or none, as an older roster gives it, restates that residence and
 *   can only correct its end.
 *   Home-bed episodes (home_bed_opened, home_bed_closed). One opened on or after the last was closed is a further
 *   episode, one opened and closed before the current one an earlier episode.
 *   Outcomes (rehab_outcome, rehab_outcome_date). Another date is another outcome; the newest counts. Clearing both
 *   withdraws all of them.
 * Everything else corrects what was said before. A correction that an earlier residence or episode, the ID number or
 * the disability certificate contradicts is refused.
 *
 * HR_INVALID names the field, what is wrong with its value, and the remedy. HR_DENIED, HR_BUSY, HR_DAMAGED, HR_SYSTEM.
 * `id` (may be NULL) is set to the resident's number in this store, 0 for other kinds; `change` (may be NULL) to what
 * was done. On HR_OK the record is on disk, unless a batch is open. */
HR_API hr_status hr_put(hr_store *store, const char *kind, const char *json, int64_t *id, hr_change *change);

/* Amends the resident `id` with the fields in `json`, which may also correct id_number and name. As hr_put otherwise.
 */
HR_API hr_status hr_amend(hr_store *store, int64_t id, const char *json, hr_change *change);

/* The resident's current fields as a JSON object, for hr_free; of one who was unified with another those of that other.
 * HR_NOT_FOUND if there is none, or his file was erased; HR_DENIED while it is restricted (hr_restrict). */
HR_API hr_status hr_resident_get(hr_store *store, int64_t id, char **out);
/* The resident that `reference` names exactly: an ID number (15 or 18), a file number, or # and the number in this
 * store. HR_NOT_FOUND if there is none; HR_INVALID for a text that is none of the three. */
HR_API hr_status hr_resident_lookup(hr_store *store, const char *reference, int64_t *id);

/* ---- health files ------------------------------------------------------------------------------------------- */

typedef struct hr_entry_options {
    size_t size;
    int force;       /* store it although it contradicts what is known; hr_check lists it */
    const char *why; /* the reason for an amendment or a unification; at most 512 bytes */
} hr_entry_options;
HR_API void hr_entry_options_init(hr_entry_options *options);

/* Adds an entry to a resident's health file: `form` is one of care (hr_forms), `json` its fields as in hr_put; every
 * form has a `date`, whole or with day or month unknown. What the form computes (a score, an index) is worked out;
 * given, it must be right. HR_INVALID for what breaks the form's rules, with field and remedy; and, unless forced, for
 * what contradicts what is known: a day before his birth or after his death, a home bed opened twice, visited or closed
 * when none is open, an outcome of no service. The message then says with which entry it does not go together.
 * HR_NOT_FOUND if there is no such resident. `seq` (may be NULL) is set to the entry's number. An entry that says
 * exactly what one says already changes nothing: `change` (may be NULL) is HR_UNCHANGED and `seq` that one's. */
HR_API hr_status hr_entry_add(hr_store *store, int64_t resident, const char *form, const char *json,
                              const hr_entry_options *options, int64_t *seq, hr_change *change);

/* An entry is never changed: this makes one that takes the place of entry `entry` (of care, or of a resident's fields),
 * with the fields in `json` instead of its own; null takes a field out. `json` NULL withdraws the entry: it stays in
 * the log and counts no more. The reason (options->why) is required. HR_NOT_FOUND if there is no such entry; HR_INVALID
 * as hr_entry_add, for an entry that was amended already (amend the one that stands), for one of a register (put the
 * row again), and for withdrawing the entry that registered somebody. */
HR_API hr_status hr_entry_amend(hr_store *store, int64_t entry, const char *json, const hr_entry_options *options,
                                int64_t *seq);

/* What an entry is about: its form ("resident", a form of care, …) and the resident (0: none). HR_NOT_FOUND. */
#define HR_FORM_SIZE 32
HR_API hr_status hr_entry_find(hr_store *store, int64_t entry, char form[HR_FORM_SIZE], int64_t *resident);

/* Says that resident `other` is the same person as `remaining`: from now on they are one, where `remaining`'s own
 * fields prevail and the other's fill the gaps; both files' entries are one history, and in figures they count once. It
 * is an entry like any other: hr_entry_amend with NULL undoes it, and both are again as they were. HR_INVALID, unless
 * forced, when the two contradict each other (ID numbers of different birth or sex, different deaths, dates that cannot
 * be one person's), or when undoing would leave one of them without what an entry of his rests on. */
HR_API hr_status hr_unify(hr_store *store, int64_t remaining, int64_t other, const hr_entry_options *options,
                          int64_t *seq);

/* ---- custody ------------------------------------------------------------------------------------------------ */

/* What is done with a resident's file on his request. It means him with everybody who was unified with him.
 *
 * Restricted, his file is neither shown nor changed: hr_resident_get, hr_history, putting, amending and unifying are
 * HR_DENIED, a row of a roster about him is refused, and hr_find, hr_list, hr_check, hr_duplicates and the closed calls
 * leave him out. He is counted as before. An emergency call of his is kept and, until it is closed, shown with all that
 * a responder needs: his life comes first. hr_resident_lookup finds him, so that he can be released or erased. `why` is
 * required, at most 512 bytes, and kept in his file. HR_INVALID when it is missing, or his file is so already;
 * HR_NOT_FOUND if there is no such resident, or his file was erased. */
HR_API hr_status hr_restrict(hr_store *store, int64_t resident, const char *why);
HR_API hr_status hr_release(hr_store *store, int64_t resident, const char *why);

typedef struct hr_erase_options {
    size_t size;
    hr_progress progress; /* for erasing, then from 0 again for the new keys; may be NULL */
    void *progress_context;
} hr_erase_options;
HR_API void hr_erase_options_init(hr_erase_options *options);
/* Erases his file for good: of each entry only what is counted is left (no name, number, phone, address, text or
 * reason), nothing finds him but his number here, and the store gets new keys, so that no freed place of its files
 * holds anything of him. Figures of any day, also as known at any moment, stay as they are, and hr_verify finds what is
 * left altered. What others wrote of him in their own files stays, and a call that was kept as one of nobody known; and
 * so do backups that were made before: destroy them. A roster that still names him registers him anew.
 *
 * For an administrator, or whoever has the recovery key; else HR_DENIED. HR_DENIED, with the first day on which it is
 * allowed, before his newest entry of care is as old as the register "retention" says ({"what": "file", "years": 30};
 * 15 when it says nothing); a file without care may be erased at once. HR_INVALID when it is not restricted, or an
 * emergency call of his is not closed. HR_BUSY when somebody else has the store open: nothing is erased then. Should
 * new keys fail after he was erased, the status and the message say so, and calling it again makes them; it does
 * nothing else to a file that was erased already. No batch may be open. `options` may be NULL. */
HR_API hr_status hr_erase(hr_store *store, int64_t resident, const hr_erase_options *options);

/* ---- rows --------------------------------------------------------------------------------------------------- */

/* Rows of a result, read forwards:
 *     while ((status = hr_cursor_next(c)) == HR_OK) use(hr_cursor_text(c, 0));
 *     if (status != HR_END) report(hr_error(store));
 *     hr_cursor_free(c);
 * Columns are numbered from 0. A cursor must be freed before its store. Getters convert: text of a number is its
 * decimal form, integer of a text is 0; of a null they give "", 0 and 0.0. Texts live until the next call on the
 * cursor. */
typedef enum hr_type { HR_NULL = 0, HR_INTEGER = 1, HR_REAL = 2, HR_TEXT = 3, HR_BOOLEAN = 4, HR_DATE = 5 } hr_type;
HR_API int hr_cursor_columns(const hr_cursor *cursor);
/* The column's name in JSON and CSV ("denominator"), the same in every language. */
HR_API const char *hr_cursor_name(const hr_cursor *cursor, int column);
/* The column's heading for people, in the store's language ("denominator", "分母"). */
HR_API const char *hr_cursor_label(const hr_cursor *cursor, int column);
HR_API hr_status hr_cursor_next(hr_cursor *cursor);
/* The type of the current row's value: HR_DATE is an integer date whose text is "2003-05-01", "2003-05" or "2003". */
HR_API hr_type hr_cursor_type(const hr_cursor *cursor, int column);
HR_API int64_t hr_cursor_integer(const hr_cursor *cursor, int column);
HR_API double hr_cursor_real(const hr_cursor *cursor, int column);
HR_API const char *hr_cursor_text(const hr_cursor *cursor, int column);
HR_API void hr_cursor_free(hr_cursor *cursor);

/* Residents whose name contains `text`, whose name's pinyin initials contain it ("wxm", "xm" for 王小明), or whose ID
 * number, file number or phone is `text`. Columns: resident (number in this store), name, sex, birth_date, id_number,
 * file_number, area, area_name, phone, address. At most `limit` rows (0: no limit), in the order they were registered.
 * HR_INVALID for an empty text, and for a single letter. */
HR_API hr_status hr_find(hr_store *store, const char *text, int64_t limit, hr_cursor **out);

/* The entries of one health file, newest first, with those of residents unified with him. Columns: seq, recorded (UTC,
 * "2026-11-24T08:15:02Z"), author, kind, effective, body (JSON as entered), amends (the entry in whose place it
 * stands), amended_by (the one that stands in its place), withdrawn (it takes back the one it amends), forced, why,
 * resident (whom it was said of). HR_NOT_FOUND if there is no such resident. */
HR_API hr_status hr_history(hr_store *store, int64_t id, hr_cursor **out);

/* The forms: kinds of records there are. Columns: form, name, about ("resident", "register", "care", "call"), fields.
 */
HR_API hr_status hr_forms(hr_store *store, hr_cursor **out);

/* Entries that stand and contradict others, accepted because somebody insisted, or because what they contradict was
 * said later. Columns: resident, entry, form, date, problem, forced. */
HR_API hr_status hr_check(hr_store *store, hr_progress progress, void *context, hr_cursor **out);

/* Pairs of residents who are likely the same person, each once, ordered by resident, then other. Columns: resident,
 * name, birth_date, area, other, other_name, other_birth_date, other_area, reason (for people), rule, sure. The rule is
 * the first of these that holds:
 *     "id_number"  the ID number of one is in the disability certificate of the other; or their numbers (for want of
 *                  an ID number, the certificate's) are alike but for one digit or two neighbours exchanged, and the
 *                  names are the same or sound alike (pinyin), or the birth dates are the same though the numbers
 *                  differ in them
 *     "person"     the same name, birth dates that agree as far as known (1935 with 1935-03-02), and no different sex;
 *                  or names that sound alike, the same whole birth date, no different sex, and the same phone or
 *                  address
 *     "phone"      the same name and phone (7 digits or more), and birth dates that agree, or are alike but for one
 *                  digit, two neighbours exchanged, or day and month exchanged
 * It is sure when the names and either the numbers or the whole birth dates are the same and nothing speaks against it
 * (another sex, ID numbers that are not alike, another date of death, anything after the other's death): such two can
 * be unified without force, unless their care contradicts. Who was unified is no pair any more; what was said of each
 * of them is compared all the same, and who stands for them is shown. Pairs may be unified while the cursor is read:
 * it leaves out what is one by then. HR_CANCELLED when `progress` asks to stop; HR_DAMAGED. */
HR_API hr_status hr_duplicates(hr_store *store, hr_progress progress, void *context, hr_cursor **out);

/* ---- emergency calls ---------------------------------------------------------------------------------------- */

typedef struct hr_call_options {
    size_t size;
    const char *device;  /* number of the call device; */
    const char *phone;   /* or the caller's telephone; one of the two is required */
    const char *time;    /* "2026-11-25 08:15:02", also with Z or an offset; NULL: now */
    const char *signal;  /* "button", "fall", "smoke", "inactivity", "phone", "test" or "other"; NULL: not said */
    const char *message; /* what was said, or what the device reports; may be NULL */
} hr_call_options;
HR_API void hr_call_options_init(hr_call_options *options);
/* Keeps an emergency call and says what a responder needs. The resident is found by the device, else by the phone:
 * hyphens, blanks and capitals do not matter, nor does +86 or an area code that only one of the two numbers has. A call
 * of a device or phone that nobody has is kept all the same. Of several who share a device it is in the file of the
 * first registered who is alive and lives here; the card shows all of them.
 *
 * The call in the same words once more (as a device or a broker repeats it that had no acknowledgement), with its time,
 * is the same call: nothing is added, and `call` and `card` are of that one. A time on a day that has not come yet is a
 * wrong clock's; the call then came in now. HR_INVALID for a call without device and phone, or with a time, signal or
 * text that cannot be read. When a resident's record is damaged, the call is kept as one of nobody known, and the card
 * says why (in a batch, HR_DAMAGED). `call` (may be NULL) is set to the call's number; a later call has a greater one.
 *
 * `card` (may be NULL), for hr_free, is a JSON object: the fields of the call as far as known (time, device, phone,
 * signal, message, area; answered, answered_by, answer_note; closed, outcome, closed_by, close_note), and
 *     call        its number
 *     area_name   of where it counts: where the resident lives, else the store's area
 *     known       false: nobody has this device or phone
 *     problem     only when what is known of the caller cannot be read: why
 *     lines       about the call, to be shown
 *     residents   whose call it may be; each an object with the fields of hr_resident_get, and resident (his number in
 *                 this store), age (whole years; when he died, if he did), area_name, and lines about him, to be shown
 * Lines are for people, in the store's language, the most urgent first: objects with key, label, text and, when it was
 * found out on a day, date. Whoever prints `label: text (date)` of each prints the card. The keys of a call's lines:
 * time, signal, message, device, phone, answered, closed. Of a resident's: resident (name, sex, age), died, moved_out,
 * address, area, phone, contact, allergies, condition, medication, disability, self_care, home_bed, doctor, nurse,
 * file_number, id_number; there may be several of a key, or none. Each is from the newest entry that says it. */
HR_API hr_status hr_call_raise(hr_store *store, const hr_call_options *options, int64_t *call, char **card);
/* The card of a call as known now, for hr_free: of whoever raised it and those who share the device with him; of a
 * closed call, or when he has the device no longer, of him alone. HR_NOT_FOUND; of a closed call HR_DENIED when his
 * file is restricted, HR_NOT_FOUND when it was erased. */
HR_API hr_status hr_call_card(hr_store *store, int64_t call, char **card);
/* Somebody answered, or closed the call with an outcome ("helped", "advised", "ambulance", "hospital", "family",
 * "died", "false_alarm", "test", "unreachable", "other"). `time` as above; NULL: now, or when the call was raised or
 * answered, should that lie ahead of this computer's clock. `by` and `note` may be NULL. HR_INVALID for a call that is
 * answered or closed already, or is to be closed unanswered, for a time before the call was raised or answered or on a
 * day to come; HR_NOT_FOUND. */
HR_API hr_status hr_call_answer(hr_store *store, int64_t call, const char *time, const char *by, const char *note);
HR_API hr_status hr_call_close(hr_store *store, int64_t call, const char *outcome, const char *time, const char *by,
                               const char *note);
/* Calls, the oldest first: those not closed yet, or all raised on days from `from` to `to` (0: no bound) when `all`.
 * Columns: call, raised, waited (seconds until the answer, or until now), answered, closed, outcome, signal (both as
 * above), device, phone, known (a resident was found), resident, name, area, area_name, outcome_name, signal_name (both
 * for people). HR_INVALID for a bound that is no date. */
HR_API hr_status hr_calls(hr_store *store, int all, int32_t from, int32_t to, hr_cursor **out);
/* How long callers waited, of calls raised on days from `from` to `to` (0: no bound), test signals left out, in every
 * city, district, street or committee (`by`) of the store; NULL: in the store as a whole. A call of nobody known counts
 * in the store's area, not in those within it. Columns: area, area_name, calls, answered, in_time (of those answered),
 * within (seconds that are in time; see the indicator call_response), p50, p90, p95, longest (seconds, of those
 * answered, by nearest rank; null when none was). HR_INVALID for a tier or a bound that does not exist. */
HR_API hr_status hr_call_times(hr_store *store, int32_t from, int32_t to, const char *by, hr_cursor **out);

/* ---- figures ------------------------------------------------------------------------------------------------ */

typedef struct hr_rates_options {
    size_t size;
    int32_t as_of;          /* yyyymmdd, a whole date; 0: today */
    const char *within;     /* area code; NULL: the store's area */
    const char *by;         /* "city", "district", "street", "committee"; NULL: `within` itself */
    const char *indicators; /* codes parted by commas; NULL: all of the set */
    const char *set;        /* "plan", "national", "own" (of the register of indicators) or "all"; NULL: "plan" */
    const char *known_at;   /* NULL: by all that is known now. Else by what had been recorded by then: a time
                             * "2004-01-05 16:30" (local, or with Z or an offset), a day, or "#" and the number of an
                             * entry. Areas, targets and official figures are as they were then, too */
} hr_rates_options;
HR_API void hr_rates_options_init(hr_rates_options *options);
/* The figures at the end of the day `as_of`, a row for each area and indicator, ordered by area, then as hr_indicators.
 * Columns: area, area_name, tier, indicator, numerator, denominator, rate (null where the denominator is 0),
 * denominator_source ("official": the newest population figure for the area; "register"; "committees"), target (share
 * of 1), due, met, shortfall (how many more are needed to meet the target), partial_dates (of those counted in the
 * denominator, how many are so by a date of which month or day is unknown; 0 for service_coverage and for official
 * denominators, which count no persons). HR_INVALID for a date, tier or indicator that does not exist, and where
 * stations report figures in place of persons, which are exact at the end of each month, for other days and for those
 * after what they reported; the message names days that will do. HR_NOT_FOUND for an area that the store does not
 * know. */
HR_API hr_status hr_rates(hr_store *store, const hr_rates_options *options, hr_cursor **out);

typedef struct hr_public_options {
    size_t size;
    int32_t as_of; /* as in hr_rates_options, these five */
    const char *within;
    const char *by; /* the lowest tier; NULL: `within` alone */
    const char *indicators;
    const char *set;
    uint32_t hide; /* counts from 1 to this are hidden, from 3 to 1000; hr_public_options_init sets 9 */
} hr_public_options;
HR_API void hr_public_options_init(hr_public_options *options);
/* The figures as a table for the public: of `within` and the tiers from there down to `by`, with small counts of
 * persons hidden, and with them so many other cells that none can be worked out. Columns: area, area_name, tier,
 * indicator, indicator_name, numerator, denominator, rate (each null where it is hidden), hidden ("hidden"; null when
 * nothing is), denominator_source, as_of. Which hidden cell is small, and which only protects one, is not told.
 *
 * Protected is each count of persons, and what it differs by from a count that holds it (with a file but not
 * computerized). Whoever adds and subtracts all that was ever published of a day can work out none that is 1 to `hide`;
 * and if he also uses that counts are not negative and that some hold others, at least `hide` + 2 values are possible
 * of each. Whoever moreover works through how the cells to hide are chosen can rule out some of these (see "Decisions"
 * in docs/architecture.md). 0 is shown, unless a count that holds it is hidden. Figures of places and official
 * population figures are public.
 *
 * What was published is an entry of the log, of kind "publication", and later tables are made with regard to it: a
 * cell hidden once stays hidden for that day, one that was shown stays shown, whatever `hide` is; and what would tell
 * that a count changed by 1 to `hide` from one published day to another is hidden in the later table. All tables of a
 * day are of its figures as they were known when the first was made; corrections show in tables of other days.
 *
 * For an administrator or a clinician; else HR_DENIED. No batch may be open. HR_INVALID and HR_NOT_FOUND as hr_rates,
 * and for a `by` above `within`; HR_NEWER when a newer version has published something. */
HR_API hr_status hr_public(hr_store *store, const hr_public_options *options, hr_cursor **out);
/* What was published, the oldest first. Columns: publication (entry), recorded, author, as_of, known (the entry up to
 * which its figures were known), within, by, indicators (parted by commas), hide. */
HR_API hr_status hr_publications(hr_store *store, hr_cursor **out);

typedef struct hr_trend_options {
    size_t size;
    const char *indicators; /* codes parted by commas; required */
    int32_t from, to;       /* yyyymmdd, whole dates; from is required, to 0: today */
    const char *every;      /* "month", "quarter" or "year"; NULL: "year" */
    const char *within;     /* area code; NULL: the store's area */
    const char *known_at;   /* as in hr_rates_options */
} hr_trend_options;
HR_API void hr_trend_options_init(hr_trend_options *options);
/* The figures of one area at the end of each month, quarter or year from `from` on, and at the end of `to`. Columns as
 * hr_rates, and as_of. HR_INVALID, HR_NOT_FOUND as hr_rates. */
HR_API hr_status hr_trend(hr_store *store, const hr_trend_options *options, hr_cursor **out);

/* What each indicator means: built in ones, then those that the store's register of indicators adds. Columns:
 * indicator, name, numerator, denominator, target, due, set, source. A register of indicators is a small CSV file for
 * hr_import: a row with the code of a built-in indicator sets its target, due date and source; a row with another code
 * defines a further one as the ratio of two tallies. Rows that make no sense are refused with the reason. */
HR_API hr_status hr_indicators(hr_store *store, hr_cursor **out);
/* What can be counted, for further indicators. Columns: tally, meaning. */
HR_API hr_status hr_tallies(hr_store *store, hr_cursor **out);

typedef struct hr_list_options {
    size_t size;
    const char *cohort;  /* "all", "elderly", "rehab" or "home_bed"; required */
    const char *without; /* "file", "computerized", "service", "exam"; NULL: nothing must be missing */
    int32_t as_of;       /* yyyymmdd; 0: today */
    const char *within;  /* area code; NULL: the store's area */
} hr_list_options;
HR_API void hr_list_options_init(hr_list_options *options);
/* The residents behind a figure: who counts in the cohort at the end of `as_of` but not as having what is missing
 * ("computerized" lists only residents with a file, "service" those with a rehabilitation need, "exam" the elderly who
 * were not examined in that year). Ordered by area, then
 * registration. Columns as hr_find; the area is where each lived on that day, the rest is what is known today. */
HR_API hr_status hr_list(hr_store *store, const hr_list_options *options, hr_cursor **out);

/* ---- rosters ------------------------------------------------------------------------------------------------ */

/* The columns a roster of `kind` may have: a form or its plural. Columns: name, label_en, label_zh, required, meaning,
 * type
 * ("text", "date", "code", "codes", "area", "areas", "id_number", "file_number", "certificate", "integer", "decimal",
 * "time"), unit, range ("30 to 45"), codes ("1 male; 2 female"), standard ("LOINC 8480-6"), computed. */
HR_API hr_status hr_columns(hr_store *store, const char *kind, hr_cursor **out);

typedef struct hr_import_options {
    size_t size;
    const char *kind;     /* "residents", a register or a form of care (hr_forms); NULL: told from the header */
    const char *encoding; /* "auto", "utf-8" or "gb18030"; NULL: "auto" */
    const char *rejects;  /* file to write refused rows to; NULL: none is written */
    int dry_run;          /* say what would be done, change nothing */
    hr_progress progress; /* bytes read of the file's size; may be NULL */
    void *progress_context;
    int force; /* entries of care: store those that contradict what is known, too */
} hr_import_options;
HR_API void hr_import_options_init(hr_import_options *options);

typedef struct hr_import_result {
    size_t size;
    uint64_t rows, added, amended, unchanged, rejected;
    uint64_t first_reject_line; /* 0: none */
    char kind[32];
    char encoding[16];
    char first_reject[512];    /* why, in the store's language, with line, column and remedy */
    char ignored_columns[512]; /* headings that are no known column, parted by ", "; their cells were kept out */
} hr_import_result;
HR_API void hr_import_result_init(hr_import_result *result);
/* Reads a CSV file with a header row and puts every row, as one batch: on HR_OK all good rows are stored and `result`
 * says how many were not; on anything else the store is as it was. A row of a form of care says whom it is about in
 * columns besides the form's: id_number, file_number or resident (#number); a name beside them must be his. Entries
 * that are there already, word for word, are unchanged. HR_INVALID when the file as a whole cannot be read
 * as a roster (no header, a required column missing, undecodable bytes, a line above 1 MiB, a NUL byte): the message
 * names the line and the remedy. HR_NOT_FOUND when there is no such file. Refused rows go to `rejects` unchanged, as
 * UTF-8 with BOM and two columns before theirs: line (of the row's first line in the file; the header is line 1) and
 * reason. The file is written even when it stays empty but for its header, after the rows are stored; should only that
 * fail (HR_SYSTEM says so), the rows are stored. Importing the same file again changes nothing. */
HR_API hr_status hr_import(hr_store *store, const char *file, const hr_import_options *options,
                           hr_import_result *result);

/* ---- operators ---------------------------------------------------------------------------------------------- */

/* Who may open the store. A role is what its holder can decrypt:
 *     admin          everything, and changes operators and keys
 *     clinician      reads and writes health files
 *     statistician   figures alone: rates, trend, indicators; the key of the health files is not given to him, so calls
 *                    that need them are HR_DENIED
 *     auditor        reads and verifies, and changes nothing
 * Columns: operator, role, role_name (for people), own (it is who opened the store), key (his public signing key, hex).
 * The recovery key is among them, with the role "recovery". */
HR_API hr_status hr_operators(hr_store *store, hr_cursor **out);

typedef struct hr_operator_options {
    size_t size;
    const char *name;       /* 1 to 64 bytes of printable text */
    const char *role;       /* of hr_operator_add */
    const char *passphrase; /* at least 12 characters, or six words; not one of the commonest */
    uint32_t kdf_ops;       /* Argon2id passes; 0: 4, or as before */
    uint32_t kdf_mib;       /* Argon2id memory in MiB; 0: 256, or as before */
} hr_operator_options;
HR_API void hr_operator_options_init(hr_operator_options *options);
/* Adds an operator. HR_INVALID for a name that is taken, an unknown role or a passphrase against the rules; HR_DENIED
 * unless an administrator (or the recovery key) does it; HR_BUSY while another program changes operators. */
HR_API hr_status hr_operator_add(hr_store *store, const hr_operator_options *options);
/* Whether hr_operator_add would take the name and the role, before anybody thinks of a passphrase. HR_INVALID says what
 * is wrong; HR_DENIED. */
HR_API hr_status hr_operator_check(hr_store *store, const hr_operator_options *options);
/* A new passphrase: one's own (name NULL), or, for an administrator, another's who has forgotten his. It ends what the
 * old one opens in this store, but not in copies made before: after a passphrase got known, hr_rotate too. A
 * statistician's own change keeps his pair of keys: if his passphrase got known, an administrator sets him a new one,
 * then hr_rotate.
 * HR_NOT_FOUND, HR_INVALID, HR_DENIED, HR_BUSY. */
HR_API hr_status hr_operator_passphrase(hr_store *store, const hr_operator_options *options);
/* Gives the store another recovery key (hr_recovery_key_new); the old one opens it no more. HR_INVALID, HR_DENIED. */
HR_API hr_status hr_recovery_key_replace(hr_store *store, const char *recovery_key);
/* Removes an operator and gives the store new keys, as hr_rotate does. HR_NOT_FOUND; HR_INVALID for the last
 * administrator, oneself and the recovery key; else as hr_rotate. */
HR_API hr_status hr_operator_remove(hr_store *store, const char *name, hr_progress progress, void *context);
/* New keys: both databases are written anew under them, compared with the old ones, and take their place. Nobody's
 * passphrase changes. Needs as much free space as the store takes (hr_rotate_room, in bytes), and that nobody else has
 * it open: else HR_SYSTEM or HR_BUSY. Whenever it is cut off, the store opens as it was or as it is to be; what is left
 * over goes with the next opening or rotation. Cursors over this handle are past afterwards. HR_DENIED, HR_CANCELLED,
 * HR_DAMAGED. */
HR_API hr_status hr_rotate(hr_store *store, hr_progress progress, void *context);
HR_API hr_status hr_rotate_room(hr_store *store, uint64_t *needed, uint64_t *available);

/* ---- copies and other stations ------------------------------------------------------------------------------ */

typedef struct hr_merge_options {
    size_t size;
    const char *operator_name; /* how the other store is opened, as hr_open_options */
    const char *passphrase, *recovery_key;
    hr_progress progress; /* entries looked at, then residents folded; total 0 while it verifies the other store */
    void *progress_context;
} hr_merge_options;
HR_API void hr_merge_options_init(hr_merge_options *options);
typedef struct hr_merge_result {
    size_t size;
    uint64_t entries;   /* taken over */
    uint64_t added;     /* residents who were not known here */
    uint64_t changed;   /* residents about whom more is known now */
    uint64_t left_out;  /* entries that cannot be taken over: releases from restriction and erasures, which are decided
                         * here; second answers to a call; unifications of one who is somebody else here; what is about
                         * residents erased here */
    uint64_t conflicts; /* see hr_conflicts */
    char store_name[256];
} hr_merge_result;
HR_API void hr_merge_result_init(hr_merge_result *result);
/* Takes over what another store says and this one does not: a copy of this store (restored from a backup, such as a
 * home-visit laptop's), or another station's whose area lies within this one's. Afterwards this store's log holds the
 * union of both logs' entries about residents, registers and calls, and who read what; operators and keys stay each
 * store's own. A resident is recognised as in hr_put. Each field is as it was last said, by the clocks of both stores;
 * where each said something else without knowing of the other, hr_conflicts lists it. In whatever order copies are
 * merged, and however often, they come to say the same, but for what is left out: where both answered one call, or both
 * unified the same residents in other ways, each keeps its own. All or nothing; the other store is read (and says in
 * its log that it was), nothing else of it changes. HR_INVALID when it is this store itself, or lies elsewhere;
 * HR_DAMAGED when it fails verification, or two copies wrote as one (a folder that was copied by hand within one
 * computer); the errors of hr_store_open for the other; HR_BUSY, HR_CANCELLED. */
HR_API hr_status hr_merge(hr_store *store, const char *other, const hr_merge_options *options, hr_merge_result *result);
/* What merging or receiving could not settle, for a person to decide; then what stations corrected. Columns: resident,
 * name, area, what ("field": two values; "number": two residents have the same number; "erased": the other copy erased
 * the file; "corrected"), field, field_name, value (which holds), author, said (UTC), other_resident, other_value,
 * other_author, other_said. A "field" is listed until it is said again (hr_amend, with either value), a "number" until
 * the two are unified or one is corrected, "erased" until the file is erased here.
 *   "corrected" needs no decision and stays listed: a station that a bureau hears from has reported another thing than
 * before. `value` is the later one, other_value the earlier; figures as they were known before (hr_rates_options
 * .known_at) have the earlier. Of a resident it is a field, or, where field is null, an entry that was amended or
 * withdrawn, with its day in field_name. Of reported figures resident is null: in `area` the tally `field` was
 * other_value at the end of the month in field_name and now is `value`; field_name also says at how many months' ends,
 * from that one on, it is another. Then said is when that was received, and other_said null. Another day of a move, a
 * home bed or an outcome is another move, bed or outcome and no correction. */
HR_API hr_status hr_conflicts(hr_store *store, hr_cursor **out);

/* ---- bundles ------------------------------------------------------------------------------------------------ */

/* Stations send bundles to their bureau, bureaus to the one above. Each store has two pairs of keys of its own: to it
 * others encrypt (age, X25519), and it signs (minisign, Ed25519). The secret halves lie in the store and are never
 * shown; the public ones go to others as a *public file*, a small text. Anybody could have made such a file, so it is
 * believed only when the *fingerprint* of its keys, eight groups of four digits, was compared with its owner over the
 * telephone. From then on that store is a *peer*. */

/* The public file of this store, for hr_free. The keys are drawn when it is first asked for by somebody who may write
 * (a bureau's when it is made). With `renew`, which is for an administrator, others take their place: peers must be
 * given the new file, and what they encrypted to the old keys opens no more. HR_DENIED; HR_INVALID while a batch is
 * open. */
HR_API hr_status hr_public_file(hr_store *store, int renew, char **out);

#define HR_STORE_ID_TEXT_SIZE 33
#define HR_FINGERPRINT_SIZE 40
typedef struct hr_public_info {
    size_t size;
    int bureau; /* else a station's */
    char name[256], area[16];
    char id[HR_STORE_ID_TEXT_SIZE]; /* of the store: 32 hexadecimal digits */
    char fingerprint[HR_FINGERPRINT_SIZE];
} hr_public_info;
HR_API void hr_public_info_init(hr_public_info *info);
/* What a public file says. HR_INVALID when the text is none, or was altered since its owner signed it. That it is whole
 * says nothing yet about who made it. No store needs to be open. */
HR_API hr_status hr_public_file_read(hr_store *store, const char *text, hr_public_info *info);

/* Takes a store as a peer by its public file, whose fingerprint must be `fingerprint` (case, spaces and hyphens do not
 * matter), as its owner said it. NULL will do for a peer that is known with these keys already. `change` (may be NULL):
 * HR_AMENDED when it was known, with other keys or another name, which these replace. HR_INVALID, each with a message
 * of its own: the text is no public file, or altered; the fingerprint is missing, or another; it is this store's own;
 * or neither of the two is a bureau in whose area the other lies. HR_DENIED for who is no administrator. */
HR_API hr_status hr_peer_add(hr_store *store, const char *text, const char *fingerprint, hr_change *change);
/* Peers. Columns: id, kind ("station", "bureau"), kind_name (for people), name, area, fingerprint. */
HR_API hr_status hr_peers(hr_store *store, hr_cursor **out);
/* From now on the store `id` is none. HR_NOT_FOUND if it was none; HR_DENIED for who is no administrator. */
HR_API hr_status hr_peer_remove(hr_store *store, const char *id);

/* That a person known to two stations counts once at the bureau, without its learning who he is, stations send tokens
 * of persons, made with a *linkage key* that the topmost bureau draws anew each year. Whoever has it can find out whose
 * a token is by trying: a county and a birth date have about a thousand ID numbers, and the whole country's are tried
 * in hours. So it goes to peers alone, encrypted, and nothing that counts needs it. */

/* Writes the year's key for the peer `id` into the new file `file`, encrypted (age), and `file`.minisig, signed
 * (minisign). A bureau draws the key when there is none for that year; one that received it from the bureau above
 * passes that one on. The log says to whom it went. HR_DENIED for who is no administrator; HR_INVALID in a station's
 * store, or when the peer does not lie in this bureau's area, or the year is none; HR_NOT_FOUND without such a peer;
 * HR_EXISTS. */
HR_API hr_status hr_linkage_issue(hr_store *store, int year, const char *id, const char *file);
/* Keeps the linkage key in `file`, signed in `file`.minisig by a peer that is a bureau; the year's key once more is
 * HR_UNCHANGED (`change` may be NULL). HR_NOT_FOUND without these files; HR_INVALID: they are none of a linkage key,
 * are for another store, come from a bureau that is no peer, or another key is known for the year; HR_DAMAGED: altered;
 * HR_DENIED: encrypted to keys that this store no longer has, or the role writes nothing. */
HR_API hr_status hr_linkage_receive(hr_store *store, const char *file, hr_change *change);
/* Linkage keys, the newest year first. Columns: year, key (a fingerprint of it, 16 digits), from (id of the store it
 * came from; null: drawn here), from_name. */
HR_API hr_status hr_linkages(hr_store *store, hr_cursor **out);

typedef struct hr_export_options {
    size_t size;
    const char *to; /* a peer's id; required */
    const char
        *level;    /* "figures": counts by committee and month; "persons": what is counted of each resident, under a
                    * pseudonym, so that one known to two stations counts once; NULL: as last time, else "figures" */
    int64_t again; /* the number of a bundle sent before, to be made again, because its file was lost; 0: a new one */
    hr_progress progress; /* entries; may be NULL */
    void *progress_context;
} hr_export_options;
HR_API void hr_export_options_init(hr_export_options *options);
typedef struct hr_export_result {
    size_t size;
    int64_t seq;       /* the bundle's number among those for this bureau, from 1 */
    uint64_t entries;  /* in it */
    uint64_t left_out; /* entries about residents whose file is restricted: not sent until it is released */
    char level[16], to_name[256];
} hr_export_result;
HR_API void hr_export_result_init(hr_export_result *result);
/* Writes the next bundle for a bureau that is a peer: the new file `file`, a ZIP of CSV files in an age file for the
 * bureau, and `file`.minisig, its minisign signature by this store. It holds what was said since the bundle before: no
 * name, number, address, telephone number or text of anybody's. Bundles have to be received in the order of their
 * numbers; the bureau's receipt (hr_receive) says that it was. HR_INVALID: no bureau, or one whose area this store's
 * does not lie in; "persons" without a linkage key; "figures" where persons were sent already. HR_NOT_FOUND: no such
 * peer or bundle; HR_EXISTS, HR_DENIED (auditor, statistician), HR_BUSY, HR_CANCELLED, HR_SYSTEM. */
HR_API hr_status hr_export(hr_store *store, const char *file, const hr_export_options *options,
                           hr_export_result *result);
/* Bundles sent and received. Columns: direction ("sent", "received"), store (id of the other), store_name, seq, level,
 * until, entry (of the sender's log), received (of those sent: by the bureau's receipt, UTC; null: no receipt yet). */
HR_API hr_status hr_bundles(hr_store *store, hr_cursor **out);

typedef struct hr_receive_options {
    size_t size;
    const char *receipt;  /* file for the receipt of a bundle; NULL: `file`.receipt */
    int receipt_again;    /* write the receipt of a bundle that was received before, and do nothing else */
    hr_progress progress; /* bytes of the file; may be NULL */
    void *progress_context;
} hr_receive_options;
HR_API void hr_receive_options_init(hr_receive_options *options);
typedef struct hr_receive_result {
    size_t size;
    char kind[16]; /* "bundle", "receipt", "linkage" */
    char from_name[256], level[16], until[16];
    int64_t seq;
    uint64_t entries, added, changed, conflicts; /* as hr_merge_result */
    uint64_t left_out; /* entries that are not taken over: as hr_merge_result; and what is said of an institution whose
                        * code one outside the sender's area has already */
} hr_receive_result;
HR_API void hr_receive_result_init(hr_receive_result *result);
/* Takes in what a peer sent: a bundle (`file`, with `file`.minisig beside it), a receipt, or a linkage key. What it is
 * is told from the signature's trusted comment. A bundle is checked in this order: sizes, signature over the whole
 * file, a known peer's, for this store, its number (a gap, a replay and a fork are three errors), then it is decrypted,
 * its files and totals are compared with its manifest, its log's head with the one before, and all of it becomes one
 * change of the store, with a signed receipt written beside it. HR_DAMAGED, each with a message of its own: whatever is
 * wrong with it. HR_NOT_FOUND: no such file, or no signature beside it; HR_INVALID: none of the three; HR_DENIED,
 * HR_BUSY, HR_CANCELLED, HR_SYSTEM. */
HR_API hr_status hr_receive(hr_store *store, const char *file, const hr_receive_options *options,
                            hr_receive_result *result);
/* What can be said of a bundle, receipt, linkage key or public file without any key. Columns: item, label (for people),
 * value. That something is written in it is not yet that it is so: only who knows the sender's key can check
 * (hr_receive, or minisign -V). HR_NOT_FOUND, HR_INVALID: it is nothing of the kind. No store needs to be open. */
HR_API hr_status hr_inspect(hr_store *store, const char *file, hr_cursor **out);

/* ---- trust and safety --------------------------------------------------------------------------------------- */

typedef struct hr_verify_options {
    size_t size;
    hr_progress progress;
    void *progress_context;
    const char *against; /* a head that hr_log_head gave earlier, or its "<entries>.<hash>" alone; NULL: none */
} hr_verify_options;
HR_API void hr_verify_options_init(hr_verify_options *options);
/* Checks every page, every entry's hash and signature and the chain of the log, the key slots against the operators
 * that the log tells of, folds the whole log again and compares residents, search index, facts and tallies with what is
 * stored; and that the log still begins with what `against` was the head of. HR_INVALID for an `against` that is no
 * head or is misspelt. HR_OK with an empty cursor when all of it agrees; HR_OK with a row per finding otherwise
 * (columns: file, place, problem), at most 100. Reads only. */
HR_API hr_status hr_verify(hr_store *store, const hr_verify_options *options, hr_cursor **findings);
/* The head of the log for the daily paper slip, for hr_free: the store, the number of entries, their hash, the time and
 * the operator's key, signed with it; one line of capitals, digits and points, as a QR code holds it best. Whoever
 * keeps it can have it compared later (hr_verify_options.against): nothing that was said up to it can be changed, taken
 * away or put in between without its showing, not even by somebody who has all the keys. */
HR_API hr_status hr_log_head(hr_store *store, char **out);

typedef struct hr_log_options {
    size_t size;
    int64_t resident;          /* entries about him and those unified with him, and who read his file; 0: all */
    const char *operator_name; /* made by this operator; NULL: by anybody */
    const char *kind;          /* of this kind: a form's name, "store", or of those below; NULL: any */
    int32_t from, to;          /* recorded on days from `from` to `to`, local (0: no bound) */
    int64_t limit;             /* at most so many; 0: all */
} hr_log_options;
HR_API void hr_log_options_init(hr_log_options *options);
/* The log, newest entry first. Columns: seq, recorded (UTC, as hr_history), author, kind, kind_name (for people),
 * effective, resident (null: about none), detail (for people). What happened to the store has kinds of its own:
 *     "read"      somebody's file or card was read
 *     "search"    residents were listed, or looked for
 *     "export"    data was taken out
 *     "unlock"    attempts to open the store failed, before the opening that says so
 *     "clock"     this computer's clock was set back, before the entry before this one
 *     "operator"  who may open the store was changed; "rotate": its keys were
 *     "publication" a table for the public was made
 *     "identity"  the keys of its public file were drawn; "linkage": a linkage key was drawn or received
 * The detail of a record about residents says which fields it gives, not their values; no detail has a name or a number
 * of anybody's, so that reading the log is not itself said in it. HR_INVALID for an operator or a kind there is not,
 * and for a bound that is no date; HR_NOT_FOUND for a resident. */
HR_API hr_status hr_log(hr_store *store, const hr_log_options *options, hr_cursor **out);

/* Writes the whole store, as of one moment, into one file, which is read back and checked before it gets its name. All
 * in it is encrypted as in the store, and opens with the same passphrases. HR_EXISTS if the file is there already;
 * HR_DAMAGED when a page of the store is damaged: what is damaged is no backup. */
HR_API hr_status hr_backup(hr_store *store, const char *file, hr_progress progress, void *context);
/* Makes the store `path` from a backup and opens it on this handle. The file is checked before anything gets its name.
 * HR_EXISTS if `path` is there already; HR_NOT_FOUND for a missing file; HR_DAMAGED for one that is not a whole backup;
 * else as hr_store_open. Nothing is left behind on failure. */
HR_API hr_status hr_restore(hr_store *store, const char *file, const char *path, const hr_open_options *options,
                            hr_progress progress, void *context);

#ifdef __cplusplus
}
#endif
#endif
