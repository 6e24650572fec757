/* Rosters as records.
 *
 * The reader fills batches of rows and hands them over; the caller takes them in order and gives them back. Between the
 * two lie a few batches, of so many rows or so many bytes, so memory does not depend on the file. The reader has an
 * error and a text converter of its own; what it says about the file as a whole comes with the batch that is its last.
 */
#include "exchange/roster.h"
#include "base/forget.h"
#include "exchange/csv.h"
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS_MAX = 1 << 10, HEADING_MAX = 128, BATCHES = 3, ROWS = 128 };
enum { TEXTS_ENOUGH = 1 << 18, TEXTS_KEPT = 1 << 20 }; /* bytes of a batch's texts; more room is given back */

/* What a column is, if no field of the form: unknown, or of care one of those that say whom the row is about. */
enum { KEPT_OUT = -1, OF_ID_NUMBER = -2, OF_FILE_NUMBER = -3, OF_RESIDENT = -4, OF_NAME = -5 };

/* Texts of a batch's rows: raw bytes and reasons, kept by offset because the buffer may move. */
typedef struct texts {
    char *at;
    size_t used, room;
} texts;

typedef struct batch {
    size_t count, next;
    hr_roster_row rows[ROWS];
    hr_record records[ROWS];
    hr_record *persons; /* of rows of care; NULL: none yet */
    hr_draft drafts[ROWS];
    unsigned char salts[ROWS][HR_SALT_SIZE]; /* drawn together: each draw is a call to the system */
    size_t raw[ROWS], reason[ROWS];
    texts texts;
    uint64_t done, total; /* bytes of the file, when it was handed over */
    bool last;
} batch;

struct hr_roster {
    const char *file, *kind;
    hr_csv_options csv;
    /* of the reader */
    hr_err err;
    hr_status status;
    hr_text *text;
    const hr_form *form;
    int fields[COLUMNS_MAX]; /* column -> field, KEPT_OUT, or a column of care that says whom a row is about */
    size_t columns;
    char encoding[16], ignored[512];
    hr_roster_row header;
    batch *filling;
    uint64_t done, total;
    /* between the two */
    pthread_t thread;
    bool running;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    bool stop;
    size_t filled, taken; /* how many batches, ever */
    batch *batches[BATCHES];
    /* of the caller */
    batch *reading;
};

/* ---- headings ---- */

/* How headings are compared: without spaces, low lines and hyphens, letters in lower case. */
static void squeeze(const char *in, size_t length, char out[HEADING_MAX]) {
    size_t used = 0;
    for (size_t i = 0; i < length && used + 1 < HEADING_MAX; i++) {
        char c = in[i];
        if (c >= 'A' && c <= 'Z')
            c = (char)(c + 'a' - 'A');
        if (c != ' ' && c != '_' && c != '-')
            out[used++] = c;
    }
    out[used] = '\0';
}

/* Whether a squeezed heading is one of the names in a list parted by `separator`. */
static bool is_named(const char *heading, const char *names, char separator) {
    char name[HEADING_MAX];
    for (const char *at = names; *at;) {
        const char *end = separator ? strchrnul(at, separator) : at + strlen(at);
        squeeze(at, (size_t)(end - at), name);
        if (*name && strcmp(name, heading) == 0)
            return true;
        at = *end ? end + 1 : end;
    }
    return false;
}

static bool is_field(const char *heading, const hr_field *f) {
    return is_named(heading, f->name, '\0') || is_named(heading, f->en, '\0') || is_named(heading, f->zh, '\0') ||
           is_named(heading, f->also, ' ');
}

static int field_for(const hr_form *form, const char *heading) {
    const hr_field *resident = hr_form_resident.fields;
    for (int i = 0; i < form->count; i++)
        if (is_field(heading, &form->fields[i]))
            return i;
    if (form->about != HR_ABOUT_CARE)
        return KEPT_OUT;
    if (is_field(heading, &resident[R_ID_NUMBER]))
        return OF_ID_NUMBER;
    if (is_field(heading, &resident[R_FILE_NUMBER]))
        return OF_FILE_NUMBER;
    if (is_field(heading, &resident[R_NAME]))
        return OF_NAME;
    return is_named(heading, "resident 居民编号", ' ') ? OF_RESIDENT : KEPT_OUT;
}

/* "" for one that is too long to be any of ours. `shown` is the heading as a person wrote it. */
static void read_heading(hr_roster *r, const hr_csv_row *row, size_t column, char shown[HEADING_MAX],
                         char heading[HEADING_MAX]) {
    hr_err ignored = {.language = r->err.language};
    if (hr_text_normalise(r->text, &ignored, row->cells[column], row->lengths[column], shown, HEADING_MAX) != HR_OK)
        *shown = '\0';
    squeeze(shown, strlen(shown), heading);
}

/* What a header knows of a form. */
typedef struct heading_set {
    hr_fields fields;
    bool person; /* says whom a row is about */
    int known;   /* columns */
} heading_set;

static void known_columns(hr_roster *r, const hr_csv_row *row, const hr_form *form, heading_set *out) {
    char shown[HEADING_MAX], heading[HEADING_MAX];
    *out = (heading_set){.known = 0};
    for (size_t i = 0; i < row->count; i++) {
        read_heading(r, row, i, shown, heading);
        int field = *heading ? field_for(form, heading) : KEPT_OUT;
        out->known += field != KEPT_OUT;
        out->person |= field == OF_ID_NUMBER || field == OF_FILE_NUMBER || field == OF_RESIDENT;
        if (field >= 0)
            hr_fields_add(&out->fields, field);
    }
}

/* The column without which a row cannot say what it is about, as a field or OF_ID_NUMBER; KEPT_OUT: all are there. */
static int missing_column(const hr_form *form, const heading_set *set) {
    const hr_fields *f = &set->fields;
    if (form == &hr_form_resident) {
        bool person = hr_fields_has(f, R_NAME) && hr_fields_has(f, R_SEX) && hr_fields_has(f, R_BIRTH_DATE);
        return hr_fields_has(f, R_ID_NUMBER) || hr_fields_has(f, R_FILE_NUMBER) || person ? KEPT_OUT : R_ID_NUMBER;
    }
    if (form->about == HR_ABOUT_CARE && !set->person)
        return OF_ID_NUMBER;
    for (int i = 0; i < form->count; i++)
        if ((form->about == HR_ABOUT_CARE ? form->fields[i].required : i < form->keys) && !hr_fields_has(f, i))
            return i;
    return KEPT_OUT;
}

/* What a column is called in messages. */
static const char *column_label(const hr_roster *r, const hr_form *form, int column) {
    static const int fields[] = {[-OF_ID_NUMBER] = R_ID_NUMBER, [-OF_FILE_NUMBER] = R_FILE_NUMBER, [-OF_NAME] = R_NAME};
    if (column >= 0)
        return hr_field_label(&r->err, form, column);
    return column == OF_RESIDENT ? HR_TR(&r->err, "resident", "居民编号")
                                 : hr_field_label(&r->err, &hr_form_resident, fields[-column]);
}

static hr_status fail_missing(hr_roster *r, const hr_csv_row *row, const hr_form *form, int column) {
    return hr_fail(
        &r->err, HR_INVALID,
        HR_TR(&r->err, "line %" PRIu64 ": column %s is missing; add it", "第 %" PRIu64 " 行：缺少“%s”列；请补上"),
        row->line, column_label(r, form, column));
}

static bool can_be_imported(const hr_form *form) {
    return form->about == HR_ABOUT_RESIDENT || (form->about == HR_ABOUT_AREA && !form->by_library) ||
           form->about == HR_ABOUT_CARE;
}

/* The form of which the header names most columns, among those whose rows it lets say what they are about. */
static hr_status tell_form(hr_roster *r, const hr_csv_row *row) {
    const hr_form *form, *nearest = NULL;
    int most = 0, alike = 0, nearly = 0;
    heading_set set;
    for (int i = 0; (form = hr_form_at(i)); i++) {
        if (!can_be_imported(form))
            continue;
        known_columns(r, row, form, &set);
        if (set.known > nearly) {
            nearly = set.known;
            nearest = form;
        }
        if (set.known == 0 || missing_column(form, &set) != KEPT_OUT)
            continue;
        alike = set.known == most ? alike + 1 : set.known > most ? 1 : alike;
        if (set.known > most) {
            most = set.known;
            r->form = form;
        }
    }
    if (alike > 1)
        return hr_fail(&r->err, HR_INVALID, "%s",
                       HR_TR(&r->err, "the header could be of several kinds of roster; say which (--as)",
                             "表头可能属于多种名册；请指明类别（--as）"));
    if (!r->form && nearest) {
        known_columns(r, row, nearest, &set);
        return fail_missing(r, row, nearest, missing_column(nearest, &set));
    }
    return HR_OK;
}

static hr_status choose_form(hr_roster *r, const hr_csv_row *row) {
    heading_set set = {.known = 0};
    hr_status status = HR_OK;
    if (!r->kind)
        status = tell_form(r, row);
    else if (!(r->form = hr_form_named(r->kind)) || !can_be_imported(r->form))
        status =
            hr_fail(&r->err, HR_INVALID, "%s",
                    HR_TR(&r->err,
                          "the kind must be one of: residents, areas, institutions, population, or another form; "
                          "hr_forms (the command forms) lists all",
                          "类别须为 residents、areas、institutions、population 或其他表单；可用 forms 命令查看全部"));
    if (status != HR_OK)
        return status;
    if (r->form)
        known_columns(r, row, r->form, &set);
    if (set.known == 0)
        return hr_fail(&r->err, HR_INVALID,
                       HR_TR(&r->err,
                             "line %" PRIu64
                             ": is not a header row: no column is known; the first line must name the columns",
                             "第 %" PRIu64 " 行：不是表头，没有可识别的列名；首行须为列名"),
                       row->line);
    int missing = missing_column(r->form, &set);
    return missing == KEPT_OUT ? HR_OK : fail_missing(r, row, r->form, missing);
}

/* What a rejects file has before a roster's own columns is for people. */
static bool is_of_rejects(const char *heading) {
    static const char *const headings[] = {"line", "reason", "行号", "原因"};
    for (size_t i = 0; i < sizeof headings / sizeof *headings; i++)
        if (strcmp(headings[i], heading) == 0)
            return true;
    return false;
}

static void note_ignored(hr_roster *r, const char *heading) {
    size_t used = strlen(r->ignored), size = sizeof r->ignored;
    if (used + strlen(heading) + 3 < size)
        snprintf(r->ignored + used, size - used, "%s%s", used ? ", " : "", heading);
}

static hr_status map_columns(hr_roster *r, const hr_csv_row *row) {
    char shown[HEADING_MAX], heading[HEADING_MAX];
    r->columns = row->count;
    for (size_t i = 0; i < row->count; i++) {
        read_heading(r, row, i, shown, heading);
        int field = r->fields[i] = *heading ? field_for(r->form, heading) : KEPT_OUT;
        if (field == KEPT_OUT) {
            if (row->lengths[i] && !is_of_rejects(heading))
                note_ignored(r, *shown ? shown : "…");
            continue;
        }
        for (size_t j = 0; j < i; j++)
            if (r->fields[j] == field)
                return hr_fail(&r->err, HR_INVALID,
                               HR_TR(&r->err, "line %" PRIu64 ": column %s stands twice; keep one of them",
                                     "第 %" PRIu64 " 行：列“%s”重复；请只保留一列"),
                               row->line, column_label(r, r->form, field));
    }
    return HR_OK;
}

static hr_status take_header(hr_roster *r, const hr_csv_row *row) {
    hr_status status = choose_form(r, row);
    if (status == HR_OK)
        status = map_columns(r, row);
    char *raw = status == HR_OK ? malloc(row->raw_length + 1) : NULL;
    if (status == HR_OK && !raw)
        status = hr_fail_memory(&r->err);
    if (status != HR_OK)
        return status;
    memcpy(raw, row->raw, row->raw_length);
    r->header = (hr_roster_row){.line = row->line, .raw = raw, .raw_length = row->raw_length};
    return HR_OK;
}

/* ---- rows ---- */

static hr_status keep_text(hr_roster *r, texts *t, const char *bytes, size_t length, size_t *where) {
    if (length + 1 > t->room - t->used) {
        size_t room = 2 * t->room + length + 4096;
        char *grown = realloc(t->at, room);
        if (!grown)
            return hr_fail_memory(&r->err);
        t->at = grown;
        t->room = room;
    }
    memcpy(t->at + t->used, bytes, length);
    t->at[t->used + length] = '\0';
    *where = t->used;
    t->used += length + 1;
    return HR_OK;
}

/* One cell that says whom a row of care is about. */
static hr_status parse_person(hr_roster *r, hr_roster_row *out, int column, const char *text) {
    static const int fields[] = {[-OF_ID_NUMBER] = R_ID_NUMBER, [-OF_FILE_NUMBER] = R_FILE_NUMBER, [-OF_NAME] = R_NAME};
    if (column != OF_RESIDENT)
        return hr_field_parse(&r->err, out->person, fields[-column], text);
    const char *digits = text + (*text == '#');
    if (*digits && strlen(digits) < 18 && digits[strspn(digits, "0123456789")] == '\0')
        out->resident = strtoll(digits, NULL, 10);
    return out->resident > 0 ? HR_OK
                             : hr_fail(&r->err, HR_INVALID, "%s",
                                       HR_TR(&r->err, "resident: is not # and a resident's number; find prints it",
                                             "居民编号：应为 # 加编号；可用 find 查询编号"));
}

static hr_status parse_row(hr_roster *r, const hr_csv_row *row, hr_roster_row *out) {
    char clean[1100];
    hr_record_clear(out->record, r->form);
    if (out->person)
        hr_record_clear(out->person, &hr_form_resident);
    for (size_t i = 0; i < row->count; i++) {
        if (row->lengths[i] == 0)
            continue;
        if (i >= r->columns)
            return hr_fail(&r->err, HR_INVALID, "%s",
                           HR_TR(&r->err,
                                 "the row has more cells than the header; put a text with commas in quotation marks",
                                 "该行单元格多于表头；含逗号的文字须加引号"));
        int field = r->fields[i];
        if (field == KEPT_OUT)
            continue;
        hr_status status = hr_text_normalise(r->text, &r->err, row->cells[i], row->lengths[i], clean, sizeof clean);
        if (status == HR_INVALID)
            return hr_fail(&r->err, HR_INVALID, HR_TR(&r->err, "%s: is too long; shorten it", "%s：过长；请缩短"),
                           column_label(r, r->form, field));
        if (status == HR_OK && *clean)
            status =
                field >= 0 ? hr_field_parse(&r->err, out->record, field, clean) : parse_person(r, out, field, clean);
        if (status != HR_OK)
            return status;
    }
    return HR_OK;
}

/* Hands the batch over and waits for an empty one, unless it is the last. HR_CANCELLED when the caller wants no more.
 */
static hr_status hand_over(hr_roster *r, bool last) {
    r->filling->done = r->done;
    r->filling->total = r->total;
    r->filling->last = last;
    pthread_mutex_lock(&r->mutex);
    r->filled++;
    pthread_cond_broadcast(&r->changed);
    while (!last && !r->stop && r->filled - r->taken == BATCHES)
        pthread_cond_wait(&r->changed, &r->mutex);
    bool stop = r->stop;
    pthread_mutex_unlock(&r->mutex);
    if (last)
        return HR_OK;
    r->filling = r->batches[r->filled % BATCHES];
    r->filling->count = r->filling->next = r->filling->texts.used = 0;
    if (r->filling->texts.room > TEXTS_KEPT) {
        free(r->filling->texts.at);
        r->filling->texts = (texts){.at = NULL};
    }
    return stop ? HR_CANCELLED : HR_OK;
}

/* Room for whom the rows of a batch are about. */
static hr_status need_persons(hr_roster *r, batch *b) {
    if (r->form->about != HR_ABOUT_CARE || b->persons)
        return HR_OK;
    b->persons = calloc(ROWS, sizeof *b->persons);
    return b->persons ? HR_OK : hr_fail_memory(&r->err);
}

static hr_status take_row(void *context, const hr_csv_row *row) {
    hr_roster *r = context;
    if (!r->header.raw)
        return take_header(r, row);
    batch *b = r->filling;
    size_t i = b->count;
    hr_status status = need_persons(r, b);
    if (status != HR_OK)
        return status;
    if (i == 0)
        hr_random(b->salts, sizeof b->salts);
    b->rows[i] = (hr_roster_row){.line = row->line, .record = &b->records[i], .raw_length = row->raw_length};
    b->rows[i].person = b->persons ? &b->persons[i] : NULL;
    hr_status parsed = parse_row(r, row, &b->rows[i]);
    if (parsed != HR_OK && parsed != HR_INVALID)
        return parsed;
    const char *reason = parsed == HR_OK ? "" : r->err.text;
    b->rows[i].refused = parsed != HR_OK;
    if (r->form == &hr_form_resident && parsed == HR_OK) {
        b->rows[i].draft = &b->drafts[i];
        parsed = hr_draft_make(r->text, &r->err, &b->records[i], b->salts[i], &b->drafts[i]);
        if (parsed != HR_OK)
            return parsed;
    }
    status = keep_text(r, &b->texts, reason, strlen(reason), &b->reason[i]);
    if (status == HR_OK)
        status = keep_text(r, &b->texts, row->raw, row->raw_length, &b->raw[i]);
    if (status != HR_OK)
        return status;
    b->count++;
    return b->count == ROWS || b->texts.used > TEXTS_ENOUGH ? hand_over(r, false) : HR_OK;
}

static int note_progress(void *context, uint64_t done, uint64_t total) {
    hr_roster *r = context;
    r->done = done;
    r->total = total;
    return 0;
}

static void *read_file(void *context) {
    hr_roster *r = context;
    r->status = hr_csv_read(&r->err, r->file, &r->csv, r->encoding, take_row, r);
    if (r->status == HR_OK && !r->header.raw)
        r->status = hr_fail(
            &r->err, HR_INVALID, "%s",
            HR_TR(&r->err, "the file is empty; its first line must name the columns", "文件为空；首行须为列名"));
    hr_stack_forget();
    hand_over(r, true);
    return NULL;
}

/* ---- the caller's side ---- */

/* Waits for the next batch. */
static batch *take_batch(hr_roster *r) {
    pthread_mutex_lock(&r->mutex);
    while (r->filled == r->taken)
        pthread_cond_wait(&r->changed, &r->mutex);
    pthread_mutex_unlock(&r->mutex);
    return r->batches[r->taken % BATCHES];
}

static void give_back(hr_roster *r) {
    pthread_mutex_lock(&r->mutex);
    r->taken++;
    pthread_cond_broadcast(&r->changed);
    pthread_mutex_unlock(&r->mutex);
    r->reading = NULL;
}

/* A host's signals are not for our thread. */
static hr_status start(hr_roster *r, hr_err *err) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    r->running = pthread_create(&r->thread, NULL, read_file, r) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return r->running ? HR_OK : hr_fail_memory(err);
}

hr_status hr_roster_open(hr_err *err, const char *file, const char *kind, const char *encoding, hr_roster **out) {
    hr_roster *r = calloc(1, sizeof *r);
    if (!r)
        return hr_fail_memory(err);
    pthread_mutex_init(&r->mutex, NULL);
    pthread_cond_init(&r->changed, NULL);
    r->file = file;
    r->kind = kind;
    r->csv = (hr_csv_options){.encoding = encoding, .progress = note_progress, .progress_context = r};
    hr_err_init(&r->err, err->language);
    hr_status status = hr_text_new(err, &r->text);
    for (int i = 0; i < BATCHES && status == HR_OK; i++)
        if (!(r->batches[i] = calloc(1, sizeof *r->batches[i])))
            status = hr_fail_memory(err);
    r->filling = r->batches[0];
    if (status == HR_OK)
        status = start(r, err);
    if (status == HR_OK) {
        r->reading = take_batch(r);
        if (!r->header.raw) { /* the first batch is the last: nothing could be read */
            *err = r->err;
            status = r->status;
        }
    }
    if (status != HR_OK) {
        hr_roster_close(r);
        return status;
    }
    *out = r;
    return HR_OK;
}

hr_status hr_roster_next(hr_roster *r, hr_err *err, hr_roster_row **row) {
    for (;;) {
        if (!r->reading)
            r->reading = take_batch(r);
        batch *b = r->reading;
        if (b->next < b->count) {
            size_t i = b->next++;
            b->rows[i].reason = b->texts.at + b->reason[i];
            b->rows[i].raw = b->texts.at + b->raw[i];
            *row = &b->rows[i];
            return HR_OK;
        }
        if (b->last) {
            if (r->status == HR_OK)
                return HR_END;
            *err = r->err;
            return r->status;
        }
        give_back(r);
    }
}

const hr_roster_row *hr_roster_peek(const hr_roster *r, size_t ahead) {
    const batch *b = r->reading;
    return b && b->next + ahead < b->count ? &b->rows[b->next + ahead] : NULL;
}

void hr_roster_close(hr_roster *r) {
    if (!r)
        return;
    if (r->running) {
        pthread_mutex_lock(&r->mutex);
        r->stop = true;
        pthread_cond_broadcast(&r->changed);
        pthread_mutex_unlock(&r->mutex);
        pthread_join(r->thread, NULL);
    }
    for (int i = 0; i < BATCHES; i++) {
        if (r->batches[i]) {
            free(r->batches[i]->texts.at);
            free(r->batches[i]->persons);
        }
        free(r->batches[i]);
    }
    hr_text_free(r->text);
    free((char *)(uintptr_t)r->header.raw);
    pthread_cond_destroy(&r->changed);
    pthread_mutex_destroy(&r->mutex);
    free(r);
}

const hr_form *hr_roster_form(const hr_roster *roster) {
    return roster->form;
}

const char *hr_roster_encoding(const hr_roster *roster) {
    return roster->encoding;
}

const char *hr_roster_ignored(const hr_roster *roster) {
    return roster->ignored;
}

const hr_roster_row *hr_roster_header(const hr_roster *roster) {
    return &roster->header;
}

void hr_roster_progress(const hr_roster *roster, uint64_t *done, uint64_t *total) {
    *done = roster->reading ? roster->reading->done : 0;
    *total = roster->reading ? roster->reading->total : 0;
}
