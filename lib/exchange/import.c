/* Rosters in: every row is put, all in one transaction. A row that breaks a rule is refused by itself: it changes
 * nothing, and goes to the rejects file as it came, with its line and the reason. */
#include "base/options.h"
#include "exchange/csv.h"
#include "exchange/roster.h"
#include "indicator/ledger.h"
#include "record/known.h"
#include "record/residents.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { AHEAD = 4 }; /* rows, from when memory is asked for to when it is needed */

typedef struct importer {
    hr_store *store;
    const hr_import_options *options;
    hr_import_result result;
    hr_roster *roster;
    char *rejects_partial;
    FILE *rejects;
    char buffer[1 << 13]; /* of the rejects file: one of stdio's own would not be wiped */
    uint64_t reported;    /* bytes, to the caller's progress function */
} importer;

void hr_import_options_init(hr_import_options *options) {
    *options = (hr_import_options){.size = sizeof *options};
}

void hr_import_result_init(hr_import_result *result) {
    *result = (hr_import_result){.size = sizeof *result};
}

/* ---- rejects ---- */

static void write_reject(importer *m, const char *reason, const hr_roster_row *row) {
    fprintf(m->rejects, "%" PRIu64 ",", row->line);
    hr_csv_write_cell(m->rejects, reason);
    fputc(',', m->rejects);
    fwrite(row->raw, 1, row->raw_length, m->rejects);
    fputs("\r\n", m->rejects);
}

static hr_status fail_rejects(importer *m, int number) {
    hr_err *err = &m->store->err;
    return hr_fail_errno(err, number, HR_TR(err, "write the rejects file", "写入拒收文件"));
}

static hr_status open_rejects(importer *m, const char *file) {
    hr_err *err = &m->store->err;
    const char *path = m->options->rejects;
    struct stat in, out;
    if (!path)
        return HR_OK;
    bool there = stat(path, &out) == 0;
    if (there && !S_ISREG(out.st_mode))
        return hr_fail(err, HR_INVALID, "%s",
                       HR_TR(err, "the rejects file's name is that of a folder or a device; give it another name",
                             "拒收文件与某个文件夹或设备同名；请换一个文件名"));
    if (there && stat(file, &in) == 0 && in.st_dev == out.st_dev && in.st_ino == out.st_ino)
        return hr_fail(err, HR_INVALID, "%s",
                       HR_TR(err, "the rejects file would overwrite the roster; give it another name",
                             "拒收文件会覆盖名册；请换一个文件名"));
    m->rejects_partial = hr_partial_name(path);
    if (!m->rejects_partial)
        return hr_fail_memory(err);
    /* It holds residents' data: for its owner only. */
    int fd = open(m->rejects_partial, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    m->rejects = fd < 0 ? NULL : fdopen(fd, "w");
    if (!m->rejects) {
        int number = errno;
        if (fd >= 0)
            close(fd);
        return fail_rejects(m, number);
    }
    setvbuf(m->rejects, m->buffer, _IOFBF, sizeof m->buffer);
    const hr_roster_row *header = hr_roster_header(m->roster);
    fprintf(m->rejects, "\xEF\xBB\xBF%s,", HR_TR(err, "line,reason", "行号,原因"));
    fwrite(header->raw, 1, header->raw_length, m->rejects);
    fputs("\r\n", m->rejects);
    return HR_OK;
}

static hr_status close_rejects(importer *m, hr_status status) {
    if (!m->rejects)
        return status;
    errno = 0;
    bool good = fflush(m->rejects) == 0 && !ferror(m->rejects);
    good = fclose(m->rejects) == 0 && good;
    m->rejects = NULL;
    return status == HR_OK && !good ? fail_rejects(m, errno ? errno : ENOSPC) : status;
}

/* Gives the rejects their name when the rows are stored, and never before: what is there is of an earlier import. */
static hr_status name_rejects(importer *m, hr_status status) {
    hr_err *err = &m->store->err;
    if (!m->rejects_partial)
        return status;
    if (status == HR_OK && rename(m->rejects_partial, m->options->rejects) != 0)
        status = m->options->dry_run
                     ? fail_rejects(m, errno)
                     : hr_fail(err, HR_SYSTEM, "%s",
                               HR_TR(err,
                                     "the rows are stored, but the rejects file cannot be given its name; choose "
                                     "another and import the roster again",
                                     "数据已入库，但拒收文件无法命名；请换一个文件名，重新导入该名册"));
    if (status != HR_OK)
        unlink(m->rejects_partial);
    free(m->rejects_partial);
    return status;
}

static void reject(importer *m, const char *reason, const hr_roster_row *row) {
    hr_import_result *r = &m->result;
    if (r->rejected++ == 0) {
        r->first_reject_line = row->line;
        snprintf(r->first_reject, sizeof r->first_reject,
                 HR_TR(&m->store->err, "line %" PRIu64 ": %s", "第 %" PRIu64 " 行：%s"), row->line, reason);
    }
    if (m->rejects)
        write_reject(m, reason, row);
}

/* ---- rows ---- */

/* A row of care: whom it is about, and the entry. */
static hr_status put_care(importer *m, hr_roster_row *row, hr_change *change) {
    hr_remark remark = {.forced = m->options->force != 0};
    int64_t id = row->resident, seq;
    hr_status status = hr_resident_refer(m->store, row->person, &id);
    if (status == HR_OK)
        status = hr_ledger_entry(m->store, id, row->record, &remark, &seq, change);
    return status == HR_NOT_FOUND ? hr_fail(&m->store->err, HR_INVALID, "%s",
                                            HR_TR(&m->store->err,
                                                  "nobody in this store has this number; import the residents first, "
                                                  "or correct it",
                                                  "本库没有该号码的居民；请先导入居民，或更正号码"))
                                  : status;
}

static hr_status put_row(importer *m, hr_roster_row *row) {
    uint64_t *const counts[] = {&m->result.unchanged, &m->result.added, &m->result.amended};
    hr_change change = HR_UNCHANGED;
    int64_t id = 0;
    m->result.rows++;
    if (row->refused) {
        reject(m, row->reason, row);
        return HR_OK;
    }
    hr_status status =
        row->person ? put_care(m, row, &change) : hr_ledger_put(m->store, row->record, row->draft, &id, &change);
    if (status == HR_INVALID || status == HR_DENIED) { /* denied: his file is restricted */
        reject(m, m->store->err.text, row);
        return HR_OK;
    }
    if (status == HR_OK)
        (*counts[change])++;
    return status;
}

static hr_status report(importer *m) {
    const hr_import_options *o = m->options;
    uint64_t done, total;
    hr_roster_progress(m->roster, &done, &total);
    if (!o->progress || done == m->reported)
        return HR_OK;
    m->reported = done;
    if (o->progress(o->progress_context, done, total) == 0)
        return HR_OK;
    return hr_fail(&m->store->err, HR_CANCELLED, "%s",
                   HR_TR(&m->store->err, "stopped; nothing was changed", "已停止；未作任何改动"));
}

static hr_status put_rows(importer *m) {
    hr_roster_row *row;
    hr_status status = report(m);
    while (status == HR_OK && (status = hr_roster_next(m->roster, &m->store->err, &row)) == HR_OK) {
        const hr_roster_row *later = hr_roster_peek(m->roster, AHEAD);
        if (later && later->draft)
            hr_chart_expect(m->store, later->record, later->draft);
        status = put_row(m, row);
        if (status == HR_OK)
            status = report(m);
    }
    return status == HR_END ? report(m) : status;
}

/* Tells the registers of numbers how many residents may come, so that they prepare for a large roster. */
static hr_status expect_residents(importer *m, const char *file) {
    enum { BYTES_A_ROW = 100 };
    struct stat in;
    if (hr_roster_form(m->roster) != &hr_form_resident || stat(file, &in) != 0)
        return HR_OK;
    return hr_known_expect(m->store, (uint64_t)in.st_size / BYTES_A_ROW);
}

static hr_status import_file(importer *m, const char *file) {
    hr_err *err = &m->store->err;
    hr_status status = hr_roster_open(err, file, m->options->kind, m->options->encoding, &m->roster);
    if (status == HR_OK && hr_roster_form(m->roster)->about != HR_ABOUT_AREA)
        status = hr_need_station(m->store);
    if (status == HR_OK)
        status = open_rejects(m, file);
    if (status == HR_OK)
        status = expect_residents(m, file);
    if (status == HR_OK)
        status = put_rows(m);
    status = close_rejects(m, status);
    if (status == HR_OK) {
        snprintf(m->result.kind, sizeof m->result.kind, "%s", hr_roster_form(m->roster)->plural);
        snprintf(m->result.encoding, sizeof m->result.encoding, "%s", hr_roster_encoding(m->roster));
        snprintf(m->result.ignored_columns, sizeof m->result.ignored_columns, "%s", hr_roster_ignored(m->roster));
    }
    hr_roster_close(m->roster);
    return status;
}

hr_status hr_import(hr_store *store, const char *file, const hr_import_options *options, hr_import_result *result) {
    hr_import_options o;
    hr_import_options_init(&o);
    if (!store || !file || !result || !hr_options_take(&o, sizeof o, options))
        return hr_fail_argument(store);
    hr_status status = hr_need_idle(store);
    if (status != HR_OK)
        return status;
    importer m = {.store = store, .options = &o};
    hr_import_result_init(&m.result);
    status = hr_begin(store);
    if (status != HR_OK)
        return status;
    status = import_file(&m, file);
    if (status == HR_OK && !o.dry_run)
        status = hr_commit(store);
    else
        hr_rollback(store);
    status = name_rejects(&m, status);
    if (status != HR_OK)
        return status;
    hr_err_clear(&store->err);
    return hr_result_give(result, &m.result, sizeof m.result) ? HR_OK : hr_fail_argument(store);
}
