/* Rosters in. A header row is matched with a form's columns, then every row is parsed, checked and put, all in one
 * transaction. A row that breaks a rule is refused by itself: it changes nothing, and goes to the rejects file as it
 * came, with its line and the reason. */
#include "exchange/csv.h"
#include "indicator/ledger.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { COLUMNS_MAX = 1 << 10, HEADING_MAX = 128 };

typedef struct importer {
    hr_store *store;
    const hr_import_options *options;
    hr_import_result *result;
    const hr_form *form;
    bool have_header;
    int fields[COLUMNS_MAX]; /* column -> field, -1: kept out */
    size_t columns;
    char *rejects_partial;
    FILE *rejects;
    hr_record row;
} importer;

void hr_import_options_init(hr_import_options *options) {
    *options = (hr_import_options){.size = sizeof *options};
}

void hr_import_result_init(hr_import_result *result) {
    *result = (hr_import_result){.size = sizeof *result};
}

/* ---- the header ---- */

static bool has_word(const char *words, const char *word) {
    size_t length = strlen(word);
    for (const char *at = strstr(words, word); at && length; at = strstr(at + 1, word))
        if ((at == words || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0'))
            return true;
    return false;
}

static int field_for(const hr_form *form, const char *heading) {
    for (int i = 0; i < form->count; i++) {
        const hr_field *f = &form->fields[i];
        if (strcasecmp(f->name, heading) == 0 || strcasecmp(f->en, heading) == 0 || strcmp(f->zh, heading) == 0 ||
            has_word(f->also, heading))
            return i;
    }
    return -1;
}

static hr_status read_heading(importer *m, const hr_csv_row *row, size_t column, char out[HEADING_MAX]) {
    hr_err ignored = {.language = m->store->err.language};
    /* A heading that is too long is no column of ours. */
    if (hr_text_normalise(m->store->text, &ignored, row->cells[column], row->lengths[column], out, HEADING_MAX) !=
        HR_OK)
        *out = '\0';
    return HR_OK;
}

static int count_known(importer *m, const hr_csv_row *row, const hr_form *form) {
    char heading[HEADING_MAX];
    int known = 0;
    for (size_t i = 0; i < row->count; i++) {
        read_heading(m, row, i, heading);
        known += *heading && field_for(form, heading) >= 0;
    }
    return known;
}

static hr_status choose_form(importer *m, const hr_csv_row *row) {
    hr_err *err = &m->store->err;
    const hr_form *form;
    int most = 0, alike = 0;
    if (m->options->kind) {
        m->form = hr_form_named(m->options->kind);
        if (!m->form)
            return hr_fail(err, HR_INVALID, "%s",
                           HR_TR(err, "the kind is none of residents, areas, institutions, population",
                                 "类别须为 residents、areas、institutions 或 population"));
        most = count_known(m, row, m->form);
    } else {
        for (int i = 0; (form = hr_form_at(i)); i++) {
            int known = count_known(m, row, form);
            alike = known == most ? alike + 1 : known > most ? 1 : alike;
            if (known > most) {
                most = known;
                m->form = form;
            }
        }
        if (most && alike > 1)
            return hr_fail(err, HR_INVALID, "%s",
                           HR_TR(err, "the header could be of several kinds of roster; say which (--as)",
                                 "表头可能属于多种名册；请指明类别（--as）"));
    }
    if (most == 0)
        return hr_fail(err, HR_INVALID,
                       HR_TR(err,
                             "line %" PRIu64
                             ": is not a header row: no column is known; the first line must name the columns",
                             "第 %" PRIu64 " 行：不是表头，没有可识别的列名；首行须为列名"),
                       row->line);
    return HR_OK;
}

static void note_ignored(importer *m, const char *heading) {
    char *list = m->result->ignored_columns;
    size_t used = strlen(list), size = sizeof m->result->ignored_columns;
    if (used + strlen(heading) + 3 < size)
        snprintf(list + used, size - used, "%s%s", used ? ", " : "", heading);
}

static hr_status map_columns(importer *m, const hr_csv_row *row) {
    hr_err *err = &m->store->err;
    char heading[HEADING_MAX];
    uint32_t seen = 0;
    m->columns = row->count;
    for (size_t i = 0; i < row->count; i++) {
        read_heading(m, row, i, heading);
        m->fields[i] = *heading ? field_for(m->form, heading) : -1;
        if (m->fields[i] < 0) {
            if (row->lengths[i])
                note_ignored(m, *heading ? heading : "…");
            continue;
        }
        if (seen >> m->fields[i] & 1)
            return hr_fail(err, HR_INVALID,
                           HR_TR(err, "line %" PRIu64 ": column %s stands twice; keep one of them",
                                 "第 %" PRIu64 " 行：列“%s”重复；请只保留一列"),
                           row->line, hr_field_label(err, m->form, m->fields[i]));
        seen |= 1u << m->fields[i];
    }
    /* Without these a row cannot say what it is about. */
    static const uint32_t resident = 1u << R_ID_NUMBER | 1u << R_FILE_NUMBER | 1u << R_NAME;
    uint32_t needed = m->form == &hr_form_population ? 3u : 1u;
    if (m->form == &hr_form_resident ? (seen & resident) == 0 : (seen & needed) != needed) {
        int missing = m->form == &hr_form_resident ? R_ID_NUMBER : (seen & 1u) ? 1 : 0;
        return hr_fail(
            err, HR_INVALID,
            HR_TR(err, "line %" PRIu64 ": column %s is missing; add it", "第 %" PRIu64 " 行：缺少“%s”列；请补上"),
            row->line, hr_field_label(err, m->form, missing));
    }
    return HR_OK;
}

/* ---- rejects ---- */

static void write_row(FILE *out, const hr_csv_row *row) {
    for (size_t i = 0; i < row->count; i++) {
        fputc(',', out);
        hr_csv_write_cell(out, row->cells[i], row->lengths[i]);
    }
    fputs("\r\n", out);
}

static hr_status open_rejects(importer *m, const hr_csv_row *header, const char *file) {
    hr_err *err = &m->store->err;
    const char *path = m->options->rejects;
    struct stat in, out;
    if (!path)
        return HR_OK;
    if (stat(file, &in) == 0 && stat(path, &out) == 0 && in.st_dev == out.st_dev && in.st_ino == out.st_ino)
        return hr_fail(err, HR_INVALID, "%s",
                       HR_TR(err, "the rejects file would overwrite the roster; give it another name",
                             "拒收文件会覆盖名册；请换一个文件名"));
    size_t size = strlen(path) + 32;
    m->rejects_partial = malloc(size);
    if (!m->rejects_partial)
        return hr_fail_memory(err);
    snprintf(m->rejects_partial, size, "%s.partial-%ld", path, (long)getpid());
    /* It holds residents' data: for its owner only. */
    int fd = open(m->rejects_partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    m->rejects = fd < 0 ? NULL : fdopen(fd, "w");
    if (!m->rejects) {
        if (fd >= 0)
            close(fd);
        return hr_fail_errno(err, errno, HR_TR(err, "write the rejects file", "写入拒收文件"));
    }
    fprintf(m->rejects, "\xEF\xBB\xBF%s", HR_TR(err, "line,reason", "行号,原因"));
    write_row(m->rejects, header);
    return HR_OK;
}

static hr_status close_rejects(importer *m, hr_status status) {
    hr_err *err = &m->store->err;
    if (m->rejects) {
        bool good = !ferror(m->rejects);
        good = fclose(m->rejects) == 0 && good;
        m->rejects = NULL;
        if (status == HR_OK && (!good || rename(m->rejects_partial, m->options->rejects) != 0))
            status = hr_fail_errno(err, errno, HR_TR(err, "write the rejects file", "写入拒收文件"));
    }
    if (status != HR_OK && m->rejects_partial)
        unlink(m->rejects_partial);
    free(m->rejects_partial);
    m->rejects_partial = NULL;
    return status;
}

static void reject(importer *m, const hr_csv_row *row) {
    hr_import_result *r = m->result;
    const char *reason = m->store->err.text;
    if (r->rejected++ == 0) {
        r->first_reject_line = row->line;
        snprintf(r->first_reject, sizeof r->first_reject,
                 HR_TR(&m->store->err, "line %" PRIu64 ": %s", "第 %" PRIu64 " 行：%s"), row->line, reason);
    }
    if (!m->rejects)
        return;
    fprintf(m->rejects, "%" PRIu64 ",", row->line);
    hr_csv_write_cell(m->rejects, reason, strlen(reason));
    write_row(m->rejects, row);
}

/* ---- rows ---- */

static hr_status parse_row(importer *m, const hr_csv_row *row) {
    hr_err *err = &m->store->err;
    char clean[1100];
    hr_record_clear(&m->row, m->form);
    for (size_t i = 0; i < row->count; i++) {
        if (row->lengths[i] == 0)
            continue;
        if (i >= m->columns)
            return hr_fail(err, HR_INVALID, "%s",
                           HR_TR(err,
                                 "the row has more cells than the header; put a text with commas in quotation marks",
                                 "该行单元格多于表头；含逗号的文字须加引号"));
        if (m->fields[i] < 0)
            continue;
        hr_status status = hr_text_normalise(m->store->text, err, row->cells[i], row->lengths[i], clean, sizeof clean);
        if (status == HR_OK && *clean)
            status = hr_field_parse(err, &m->row, m->fields[i], clean);
        else if (status == HR_INVALID)
            return hr_fail(err, HR_INVALID, HR_TR(err, "%s: is too long; shorten it", "%s：过长；请缩短"),
                           hr_field_label(err, m->form, m->fields[i]));
        if (status != HR_OK)
            return status;
    }
    return HR_OK;
}

static hr_status on_data(importer *m, const hr_csv_row *row) {
    hr_change change = HR_UNCHANGED;
    int64_t id = 0;
    m->result->rows++;
    hr_status status = parse_row(m, row);
    if (status == HR_OK)
        status = hr_ledger_put(m->store, &m->row, &id, &change);
    if (status == HR_INVALID) {
        reject(m, row);
        return HR_OK;
    }
    if (status != HR_OK)
        return status;
    uint64_t *counts[] = {&m->result->unchanged, &m->result->added, &m->result->amended};
    (*counts[change])++;
    return HR_OK;
}

typedef struct reading {
    importer *m;
    const char *file;
} reading;

static hr_status on_row(void *context, const hr_csv_row *row) {
    reading *r = context;
    importer *m = r->m;
    if (m->have_header)
        return on_data(m, row);
    m->have_header = true;
    hr_status status = choose_form(m, row);
    if (status == HR_OK)
        status = map_columns(m, row);
    if (status == HR_OK)
        status = open_rejects(m, row, r->file);
    return status;
}

static hr_status import_file(importer *m, const char *file) {
    hr_err *err = &m->store->err;
    reading r = {.m = m, .file = file};
    hr_csv_options csv = {.encoding = m->options->encoding,
                          .progress = m->options->progress,
                          .progress_context = m->options->progress_context};
    hr_status status = hr_csv_read(err, file, &csv, m->result->encoding, on_row, &r);
    if (status == HR_OK && !m->have_header)
        status =
            hr_fail(err, HR_INVALID, "%s",
                    HR_TR(err, "the file is empty; its first line must name the columns", "文件为空；首行须为列名"));
    return status;
}

hr_status hr_import(hr_store *store, const char *file, const hr_import_options *options, hr_import_result *result) {
    hr_import_options defaults;
    hr_import_options_init(&defaults);
    if (!file || !result)
        return HR_INVALID;
    hr_status status = hr_need_open(store);
    if (status != HR_OK)
        return status;
    hr_err_clear(&store->err);
    if (store->writing)
        return hr_fail(
            &store->err, HR_INVALID, "%s",
            HR_TR(&store->err, "a batch is open; commit it before importing", "有未提交的批；请先提交再导入"));
    importer *m = calloc(1, sizeof *m);
    if (!m)
        return hr_fail_memory(&store->err);
    hr_import_result_init(result);
    m->store = store;
    m->options = options ? options : &defaults;
    m->result = result;
    status = hr_begin(store);
    if (status == HR_OK) {
        status = import_file(m, file);
        status = close_rejects(m, status);
        if (status == HR_OK && !m->options->dry_run)
            status = hr_commit(store);
        else
            hr_rollback(store);
        if (m->form)
            snprintf(result->kind, sizeof result->kind, "%s", m->form->plural);
        if (status == HR_OK)
            hr_err_clear(&store->err);
    }
    free(m);
    return status;
}
