/* Making a bundle. What is in it is read in one transaction; then it is said, with the file's hash, that it was sent;
 * then the file gets its name. Who is cut off in between makes the bundle again. */
#include "base/hex.h"
#include "base/options.h"
#include "exchange/bundle.h"
#include "exchange/linkage.h"
#include "indicator/figures.h"
#include "record/access.h"
#include "record/chart.h"
#include "record/custody.h"
#include "record/events.h"
#include "record/refer.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct exporting {
    hr_store *store;
    const hr_export_options *options;
    hr_export_result result;
    hr_party bureau, own;
    hr_identity *identity;
    hr_linkage *linkage; /* NULL in a bureau's own store: what it has are tokens */
    hr_manifest manifest;
    hr_record sent; /* the row of register bundle_sent, as it is to be */
    bool anew;      /* every resident's token is sent, because the key is another than before */
    bool is_bureau;
    /* the files */
    char *partial, *signature_partial;
    int file;
    hr_minisign_hash hash;
    hr_age_writer *age;
    hr_archive_writer *archive;
    hr_hash content; /* of the CSV file that is being written */
    int current;
    uint64_t done, total;
} exporting;

void hr_export_options_init(hr_export_options *options) {
    *options = (hr_export_options){.size = sizeof *options};
}

void hr_export_result_init(hr_export_result *result) {
    *result = (hr_export_result){.size = sizeof *result};
}

static hr_status advance(exporting *x) {
    const hr_export_options *o = x->options;
    if (!o->progress || x->done++ % 256 || !o->progress(o->progress_context, x->done, x->total))
        return HR_OK;
    return hr_fail(&x->store->err, HR_CANCELLED, "%s",
                   HR_TR(&x->store->err, "stopped; nothing was sent", "已停止；未生成上报包"));
}

/* ---- from rows to the file ---- */

static hr_status to_file(void *context, const void *bytes, size_t size) {
    exporting *x = context;
    const unsigned char *at = bytes;
    hr_minisign_update(&x->hash, bytes, size);
    while (size) {
        ssize_t written = write(x->file, at, size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return hr_fail_errno(&x->store->err, errno, HR_TR(&x->store->err, "write the bundle", "写入上报包"));
        at += written;
        size -= (size_t)written;
    }
    return HR_OK;
}

static hr_status to_age(void *context, const void *bytes, size_t size) {
    exporting *x = context;
    return hr_age_write(x->age, bytes, size);
}

static hr_status to_archive(void *context, const void *bytes, size_t size) {
    exporting *x = context;
    hr_hash_update(&x->content, bytes, size);
    return hr_archive_write(x->archive, bytes, size);
}

static hr_status begin_file(exporting *x, const char *name) {
    hr_hash_init(&x->content, NULL, 0);
    return hr_archive_add(x->archive, name);
}

static hr_status begin_table(exporting *x, int number, const char *const *columns, size_t count) {
    x->current = number;
    hr_status status = begin_file(x, hr_bundle_names[number]);
    return status == HR_OK ? hr_sheet_head(&x->store->err, to_archive, x, columns, count) : status;
}

static hr_status put_row(exporting *x, const char *const *cells, size_t count) {
    x->manifest.total[x->current].rows++;
    return hr_sheet_row(&x->store->err, to_archive, x, cells, count);
}

static void end_table(exporting *x) {
    unsigned char hash[HR_HASH_SIZE];
    hr_hash_final(&x->content, hash);
    hr_hex(hash, sizeof hash, x->manifest.total[x->current].hash);
}

static hr_status put_text_file(exporting *x, const char *name, const char *text) {
    hr_status status = begin_file(x, name);
    return status == HR_OK ? to_archive(x, text, strlen(text)) : status;
}

static const char readme[] =
    "\xEF\xBB\xBF本文件夹是社区卫生服务站（或下级卫生局）的上报包，由 healthrec 生成。\r\n"
    "\r\n"
    "manifest.json  清单：格式版本、上报与接收单位、包号、截止日期、记录链首尾、各文件行数与 BLAKE2b-256\r\n"
    "log.csv        自上一包以来记录链每条的哈希（entry 记录号，hash 哈希）；第一行与上一包的末行相同\r\n"
    "tokens.csv     居民假名与关联码（subject 假名，token 关联码）；关联码由市级关联密钥计算，不含身份证号\r\n"
    "entries.csv    自上一包以来的记录，只含计入统计的内容，不含姓名、身份证号、电话、住址和文字说明\r\n"
    "    writer, number  最初写入的库及其记录号，两者确定一条记录\r\n"
    "    said            写入时间（1970 年以来的毫秒数，UTC）\r\n"
    "    kind            表单；effective 生效日期（年月日 8 位数，未知的月日为 00）\r\n"
    "    subject         居民假名；amends 被更正的记录；withdrawn 1 表示撤回；other 相关的另一居民或呼叫\r\n"
    "    fields          各字段（JSON）\r\n"
    "figures.csv    汇总数（仅 figures 级别）：各区划、各计数项每月的变动，如 200301+3 表示 2003 年 1 月末比上月末多 "
    "3\r\n"
    "单元格开头的撇号（'）只用于防止电子表格将其当作公式，不属于内容。\r\n"
    "\r\n"
    "各 .csv 为 UTF-8（带 BOM），可用 Excel 或 WPS 打开。格式详见 healthrec 的 docs/format.md。\r\n"
    "\r\n"
    "This folder is a community health station's (or lower bureau's) report, made by healthrec. manifest.json: who, "
    "to\r\n"
    "whom, number, until when, and for each file its rows and BLAKE2b-256. log.csv: the hash of each entry of the log "
    "since\r\n"
    "the report before. tokens.csv: pseudonyms of residents, and tokens by which one known to two stations counts "
    "once.\r\n"
    "entries.csv: entries since the report before, only what is counted; no names, numbers, addresses or texts. "
    "figures.csv:\r\n"
    "how counts changed by area and month (level figures). An apostrophe at the start of a cell is not part of it.\r\n";

/* ---- the log's hashes ---- */

static hr_status put_hashes(exporting *x) {
    sqlite3_stmt *rows = NULL;
    hr_status status = begin_table(x, 0, hr_bundle_log, LG_COUNT);
    if (status != HR_OK)
        return status;
    if (sqlite3_prepare_v2(x->store->db, "SELECT seq, hash FROM chart.entry WHERE seq >= ?1 AND seq <= ?2 ORDER BY seq",
                           -1, &rows, NULL) != SQLITE_OK)
        return hr_db_fail(x->store);
    sqlite3_bind_int64(rows, 1, x->manifest.from_entry);
    sqlite3_bind_int64(rows, 2, x->manifest.to_entry);
    while (status == HR_OK && (status = hr_db_row(x->store, rows)) == HR_OK) {
        char seq[24], hash[2 * HR_HASH_SIZE + 1];
        const char *const cells[LG_COUNT] = {seq, hash};
        snprintf(seq, sizeof seq, "%" PRId64, (int64_t)sqlite3_column_int64(rows, 0));
        hr_hex(sqlite3_column_blob(rows, 1), sqlite3_column_bytes(rows, 1) == HR_HASH_SIZE ? HR_HASH_SIZE : 0, hash);
        status = put_row(x, cells, LG_COUNT);
    }
    sqlite3_finalize(rows);
    end_table(x);
    return status == HR_END ? HR_OK : status;
}

/* ---- who residents are to the bureau ---- */

static hr_status name_of(exporting *x, int64_t seq, char out[HR_NAME_SIZE]) {
    hr_origin origin;
    hr_status status = hr_origin_of(x->store, seq, &origin);
    if (status == HR_OK)
        hr_origin_name(&origin, out);
    return status == HR_END
               ? hr_fail(&x->store->err, HR_DAMAGED, "%s",
                         HR_TR(&x->store->err, "an entry is missing; run verify", "有记录缺失；请运行 verify"))
               : status;
}

/* In a bureau's store residents are called by their tokens. Of an erased one nothing is left to make one of: "". */
static hr_status token_of(exporting *x, int64_t id, char out[HR_TOKEN_SIZE]) {
    hr_resident known;
    hr_status status = hr_resident_load(x->store, id, &known, NULL);
    if (status != HR_OK)
        return status;
    *out = '\0';
    if (x->is_bureau)
        snprintf(out, HR_TOKEN_SIZE, "%.32s", hr_record_text(&known.now, R_NAME));
    else if (hr_record_has(&known.now, R_NAME))
        hr_token(x->linkage->key, &known.now, out);
    hr_resident_release(&known);
    return status;
}

static hr_status put_token(exporting *x, int64_t id) {
    char name[HR_NAME_SIZE], token[HR_TOKEN_SIZE];
    const char *const cells[TK_COUNT] = {name, token};
    hr_status status = name_of(x, id, name);
    if (status == HR_OK)
        status = token_of(x, id, token);
    return status == HR_OK ? put_row(x, cells, TK_COUNT) : status;
}

static hr_status is_restricted(exporting *x, int64_t subject, bool *out) {
    hr_custody state = HR_CUSTODY_NONE;
    int64_t root = subject;
    hr_status status = subject > 0 ? hr_life_root(x->store, subject, &root) : HR_OK;
    if (status == HR_OK && subject > 0)
        status = hr_custody_of(x->store, root, &state);
    *out = state == HR_CUSTODY_RESTRICTED;
    return status;
}

/* Those whose file was restricted until it was released or erased since the bundle before, with everybody who is one
 * with them. */
#define RELEASED                                                                                                       \
    "WITH RECURSIVE released (id) AS (\n"                                                                              \
    "    SELECT subject FROM chart.entry WHERE seq > ?1 AND seq <= ?2 AND kind IN ('release', 'erase')\n"              \
    "    UNION SELECT u.absorbed FROM chart.unified AS u JOIN released AS r ON r.id = u.remaining)\n"                  \
    "SELECT id FROM released"

/* Residents about whom this bundle says something of who they are; all, under another key. */
static hr_status put_tokens(exporting *x) {
    sqlite3_stmt *rows = NULL;
    hr_status status = begin_table(x, 1, hr_bundle_tokens, TK_COUNT);
    if (status != HR_OK || x->manifest.comment.level != HR_LEVEL_PERSONS)
        goto out;
    if (sqlite3_prepare_v2(
            x->store->db,
            x->anew ? "SELECT seq FROM chart.entry WHERE subject = seq AND seq <= ?2 AND ?1 = ?1 ORDER BY seq"
                    : "SELECT DISTINCT subject FROM chart.entry\n"
                      "WHERE seq > ?1 AND seq <= ?2 AND kind = 'resident'\n"
                      "UNION SELECT id FROM (" RELEASED ") JOIN chart.entry ON seq = id\n"
                      "ORDER BY subject",
            -1, &rows, NULL) != SQLITE_OK)
        return hr_db_fail(x->store);
    sqlite3_bind_int64(rows, 1, x->manifest.from_entry);
    sqlite3_bind_int64(rows, 2, x->manifest.to_entry);
    while (status == HR_OK && (status = hr_db_row(x->store, rows)) == HR_OK) {
        bool restricted;
        int64_t id = sqlite3_column_int64(rows, 0);
        status = is_restricted(x, id, &restricted);
        if (status == HR_OK && !restricted)
            status = put_token(x, id);
    }
    sqlite3_finalize(rows);
    if (status == HR_END)
        status = HR_OK;
out:
    end_table(x);
    return status;
}

/* ---- entries ---- */

/* Only what is counted, of texts that there is one, and no number of anybody's. */
static void reduce(const hr_record *row, hr_record *out) {
    hr_err ignored = {.language = HR_LANGUAGE_EN};
    hr_record_clear(out, row->form);
    for (int i = 0; i < row->form->count; i++) {
        const hr_field *f = &row->form->fields[i];
        bool number =
            f->type == HR_FIELD_ID_NUMBER || f->type == HR_FIELD_FILE_NUMBER || f->type == HR_FIELD_CERTIFICATE;
        if (row->form->about == HR_ABOUT_AREA) { /* a register names nobody */
            if (hr_record_has(row, i))
                hr_record_copy_field(out, row, i);
        } else if (number || !hr_custody_counts(row->form, i)) {
            continue;
        } else if (hr_record_has(row, i) && hr_field_is_text(f)) {
            if (hr_record_set_text(out, &ignored, i, "1") != HR_OK)
                continue;
        } else if (hr_record_has(row, i)) {
            hr_record_copy_field(out, row, i);
        }
        if (hr_record_clears(row, i))
            hr_fields_add(&out->cleared, i);
    }
}

/* The name of what an entry refers to is kept, its number taken out. */
typedef struct names {
    exporting *x;
    char amends[HR_NAME_SIZE], other[HR_NAME_SIZE];
    bool first; /* the next is what it amends */
} names;

static hr_status keep_name(void *context, bool resident, int64_t *number) {
    names *n = context;
    (void)resident;
    hr_status status = name_of(n->x, *number, n->first ? n->amends : n->other);
    n->first = false;
    return status;
}

/* Its own area is called by its code until areas are imported, which is no news for the bureau. */
static bool is_nameless(const hr_record *row) {
    char code[HR_AREA_SIZE];
    return row->form == &hr_form_area &&
           strcmp(hr_record_text(row, A_NAME), hr_area_format(hr_record_number(row, A_AREA), code)) == 0;
}

static bool is_sent(const exporting *x, const hr_form *form) {
    if (!form)
        return false;
    if (form->about == HR_ABOUT_AREA)
        return hr_bundle_has_register(form);
    return x->manifest.comment.level == HR_LEVEL_PERSONS &&
           (form->about == HR_ABOUT_RESIDENT || form->about == HR_ABOUT_CARE || form->about == HR_ABOUT_UNITY ||
            form->about == HR_ABOUT_CALL);
}

enum { COL_SEQ, COL_KIND, COL_SUBJECT, COL_EFFECTIVE, COL_BODY, COL_RECORDED, COL_STORE, COL_WSEQ };
#define ENTRY_COLUMNS                                                                                                  \
    "SELECT e.seq, e.kind, e.subject, e.effective, e.body, e.recorded, w.store_id, o.wseq, o.said, o.author\n"         \
    "FROM chart.entry AS e\n"                                                                                          \
    "JOIN chart.writer AS w ON w.id = e.writer\n"                                                                      \
    "LEFT JOIN chart.origin AS o ON o.seq = e.seq\n"

/* What a station says of a residence is about the one it knows. The bureau may know of a newer one, elsewhere: so it is
 * told which one is meant. */
static hr_status name_residence(exporting *x, int64_t subject, int64_t seq, hr_record *row) {
    hr_life life;
    hr_resident then;
    if (x->is_bureau || row->form != &hr_form_resident || subject == seq ||
        !(hr_record_has(row, R_AREA) || hr_record_has(row, R_MOVED_IN) || hr_record_has(row, R_MOVED_OUT)))
        return HR_OK;
    hr_status status = hr_life_load(x->store, subject, seq, &life);
    if (status != HR_OK)
        return status;
    status = hr_life_fold(x->store, &life, HR_LIFE_OWN, &then, NULL, NULL);
    hr_life_free(&life);
    if (status != HR_OK)
        return status;
    if (!hr_record_has(row, R_AREA) || hr_record_same(row, &then.now, R_AREA)) {
        hr_record_copy_field(row, &then.now, R_AREA);
        if (!hr_record_has(row, R_MOVED_IN) && hr_record_has(&then.now, R_MOVED_IN))
            hr_record_copy_field(row, &then.now, R_MOVED_IN);
    }
    hr_resident_release(&then);
    return HR_OK;
}

static hr_status write_entry(exporting *x, sqlite3_stmt *row, const hr_form *form) {
    hr_remark remark;
    hr_record whole, left;
    hr_origin origin;
    names n = {.x = x};
    char writer[2 * HR_STORE_ID_SIZE + 1], number[24], said[24], effective[16], subject[HR_NAME_SIZE] = "";
    char *fields = malloc(HR_JSON_SIZE);
    bool all;
    const char *body = (const char *)sqlite3_column_text(row, COL_BODY);
    hr_status status = fields ? hr_body_unpack(&x->store->err, &remark, &whole, form, body ? body : "",
                                               (size_t)sqlite3_column_bytes(row, COL_BODY))
                              : hr_fail_memory(&x->store->err);
    hr_origin_read(row, COL_STORE, COL_WSEQ, sqlite3_column_int64(row, COL_SEQ),
                   sqlite3_column_int64(row, COL_RECORDED), &origin);
    if (status == HR_OK && is_nameless(&whole)) {
        free(fields);
        return HR_OK;
    }
    if (status == HR_OK)
        status = name_residence(x, sqlite3_column_int64(row, COL_SUBJECT), sqlite3_column_int64(row, COL_SEQ), &whole);
    if (status == HR_OK && sqlite3_column_int64(row, COL_SUBJECT) > 0)
        status = name_of(x, sqlite3_column_int64(row, COL_SUBJECT), subject);
    n.first = status == HR_OK && remark.amends;
    if (status == HR_OK)
        status = hr_refer(&remark, &whole, keep_name, &n, &all);
    if (status == HR_OK) {
        const char *const cells[EN_COUNT] = {writer,    number,  said,     form->kind,
                                             effective, subject, n.amends, remark.withdrawn ? "1" : "",
                                             n.other,   fields};
        int reference = hr_refer_field(form, &all);
        reduce(&whole, &left);
        if (reference >= 0)
            hr_record_unset(&left, reference);
        hr_record_to_json(&left, fields);
        hr_hex(origin.writer, sizeof origin.writer, writer);
        snprintf(number, sizeof number, "%" PRId64, origin.wseq);
        snprintf(said, sizeof said, "%" PRId64, origin.said);
        snprintf(effective, sizeof effective, "%d", sqlite3_column_int(row, COL_EFFECTIVE));
        status = put_row(x, cells, EN_COUNT);
        x->result.entries += status == HR_OK;
    }
    free(fields);
    return status;
}

static hr_status take_entry(exporting *x, sqlite3_stmt *row) {
    const hr_form *form = hr_form_named((const char *)sqlite3_column_text(row, COL_KIND));
    bool restricted;
    if (!is_sent(x, form))
        return HR_OK;
    hr_status status = is_restricted(x, sqlite3_column_int64(row, COL_SUBJECT), &restricted);
    if (status == HR_OK && !restricted)
        return write_entry(x, row, form);
    x->result.left_out += status == HR_OK;
    return status;
}

/* What was held back while a file was restricted comes before what was said since; what the bureau has, it knows. */
#define HELD_BACK "WHERE e.seq <= ?1 AND e.subject IN (" RELEASED ") ORDER BY e.seq"
#define SAID_SINCE "WHERE e.seq > ?1 AND e.seq <= ?2 ORDER BY e.seq"

static hr_status put_rows(exporting *x, const char *sql) {
    sqlite3_stmt *rows = NULL;
    hr_status status = HR_OK;
    if (sqlite3_prepare_v2(x->store->db, sql, -1, &rows, NULL) != SQLITE_OK)
        return hr_db_fail(x->store);
    sqlite3_bind_int64(rows, 1, x->manifest.from_entry);
    sqlite3_bind_int64(rows, 2, x->manifest.to_entry);
    while (status == HR_OK && (status = hr_db_row(x->store, rows)) == HR_OK) {
        status = take_entry(x, rows);
        if (status == HR_OK)
            status = advance(x);
    }
    sqlite3_finalize(rows);
    return status == HR_END ? HR_OK : status;
}

static hr_status put_entries(exporting *x) {
    hr_status status = begin_table(x, 2, hr_bundle_entries, EN_COUNT);
    x->total = (uint64_t)(x->manifest.to_entry - x->manifest.from_entry);
    if (status == HR_OK)
        status = put_rows(x, ENTRY_COLUMNS HELD_BACK);
    if (status == HR_OK)
        status = put_rows(x, ENTRY_COLUMNS SAID_SINCE);
    end_table(x);
    return status;
}

/* ---- figures ---- */

static hr_status put_figure(void *context, const hr_record *row) {
    exporting *x = context;
    char area[HR_AREA_SIZE], decade[16];
    const char *const cells[FI_COUNT] = {area, hr_record_text(row, FG_TALLY), decade, hr_record_text(row, FG_CHANGES)};
    hr_area_format(hr_record_number(row, FG_AREA), area);
    snprintf(decade, sizeof decade, "%" PRId64, hr_record_number(row, FG_DECADE));
    hr_status status = put_row(x, cells, FI_COUNT);
    return status == HR_OK ? advance(x) : status;
}

static hr_status put_figures(exporting *x) {
    hr_status status = begin_table(x, 3, hr_bundle_figures, FI_COUNT);
    if (status == HR_OK && x->manifest.comment.level == HR_LEVEL_FIGURES)
        status = hr_figures_collect(x->store, x->manifest.comment.until, put_figure, x);
    end_table(x);
    return status;
}

static hr_status put_manifest(exporting *x) {
    char *text = hr_manifest_write(&x->manifest);
    hr_status status = text ? put_text_file(x, "manifest.json", text) : hr_fail_memory(&x->store->err);
    free(text);
    return status;
}

static hr_status write_bundle(exporting *x) {
    hr_minisign_begin(&x->hash);
    hr_status status = hr_age_writer_new(&x->store->err, x->bureau.age, to_file, x, &x->age);
    if (status == HR_OK)
        status = hr_archive_writer_new(&x->store->err, to_age, x, &x->archive);
    if (status == HR_OK)
        status = put_text_file(x, "readme.txt", readme);
    if (status == HR_OK)
        status = put_hashes(x);
    if (status == HR_OK)
        status = put_tokens(x);
    if (status == HR_OK)
        status = put_entries(x);
    if (status == HR_OK)
        status = put_figures(x);
    if (status == HR_OK)
        status = put_manifest(x);
    if (status == HR_OK)
        status = hr_archive_end(x->archive);
    if (status == HR_OK)
        status = hr_age_end(x->age);
    if (status == HR_OK && fsync(x->file) != 0)
        status = hr_fail_errno(&x->store->err, errno, HR_TR(&x->store->err, "write the bundle", "写入上报包"));
    return status;
}

/* ---- which bundle it is ---- */

static hr_status read_hash(exporting *x, int64_t seq, char out[2 * HR_HASH_SIZE + 1]) {
    static const unsigned char nothing[HR_HASH_SIZE];
    sqlite3_stmt *row = hr_db_statement(x->store, "SELECT hash FROM chart.entry WHERE seq = ?1");
    if (!row)
        return x->store->err.status;
    sqlite3_bind_int64(row, 1, seq);
    hr_status status = hr_db_row(x->store, row);
    bool good = status == HR_OK && sqlite3_column_bytes(row, 0) == HR_HASH_SIZE;
    hr_hex(good ? sqlite3_column_blob(row, 0) : nothing, HR_HASH_SIZE, out);
    sqlite3_reset(row);
    return status == HR_END ? HR_OK : status;
}

/* All files that were made of a bundle: any of them may have been received. */
static void list_previous(const hr_record *row, hr_bundle_comment *comment) {
    const char *at = hr_record_text(row, BU_OTHERS);
    comment->previous_count = 1;
    snprintf(comment->previous[0], HR_BUNDLE_HASH_TEXT, "%s", hr_record_text(row, BU_HASH));
    while (*at && comment->previous_count < HR_BUNDLE_PREVIOUS) {
        size_t length = strcspn(at, ",");
        snprintf(comment->previous[comment->previous_count++], HR_BUNDLE_HASH_TEXT, "%.*s", (int)length, at);
        at += length + (at[length] == ',');
    }
}

static hr_status choose_level(exporting *x, const hr_record *newest) {
    hr_err *err = &x->store->err;
    const char *level = x->options->level;
    int before = (int)hr_record_number(newest, BU_LEVEL);
    int wanted = !level                          ? (before ? before : HR_LEVEL_FIGURES)
                 : strcmp(level, "persons") == 0 ? HR_LEVEL_PERSONS
                 : strcmp(level, "figures") == 0 ? HR_LEVEL_FIGURES
                                                 : 0;
    if (!wanted)
        return hr_fail(err, HR_INVALID, "%s",
                       HR_TR(err, "the level must be \"figures\" or \"persons\"", "级别须为 figures 或 persons"));
    if (before == HR_LEVEL_PERSONS && wanted == HR_LEVEL_FIGURES)
        return hr_fail(err, HR_INVALID, "%s",
                       HR_TR(err,
                             "this bureau counts the persons that it was sent before; go on with level \"persons\"",
                             "该卫生局已按此前上报的个人统计；请继续用 persons 级别"));
    x->manifest.comment.level = wanted;
    return HR_OK;
}

static hr_status need_linkage(exporting *x, int year) {
    if (x->manifest.comment.level != HR_LEVEL_PERSONS || x->is_bureau)
        return HR_OK;
    hr_status status = hr_linkage_find(x->store, year, &x->linkage);
    if (status == HR_OK && !x->linkage)
        return hr_fail(
            &x->store->err, HR_INVALID, "%s",
            HR_TR(&x->store->err,
                  "there is no linkage key for level \"persons\"; ask the bureau for this year's, and take it in "
                  "with linkage receive; or send level \"figures\"",
                  "没有 persons 级别所需的关联密钥；请向卫生局索取本年度密钥，用 linkage receive 导入；或上报 figures "
                  "级别"));
    return status;
}

/* Figures are of whole months that are over. */
static hr_date last_month_end(void) {
    hr_date today = hr_date_today();
    int year = today / 10000, month = today / 100 % 100 - 1;
    if (month == 0) {
        month = 12;
        year--;
    }
    return year * 10000 + month * 100 + hr_month_days(year, month);
}

/* The next bundle goes on where the last of its level ended. */
static hr_status choose_next(exporting *x) {
    hr_record newest, same;
    hr_manifest *m = &x->manifest;
    hr_status status = hr_bundle_newest(x->store, &hr_form_bundle_sent, x->bureau.store_id, 0, &newest);
    if (status == HR_OK)
        status = choose_level(x, &newest);
    if (status == HR_OK)
        status = hr_bundle_newest(x->store, &hr_form_bundle_sent, x->bureau.store_id, m->comment.level, &same);
    if (status == HR_OK)
        status = need_linkage(x, 0);
    if (status != HR_OK)
        return status;
    m->comment.seq = hr_record_number(&newest, BU_SEQ) + 1;
    m->comment.until = m->comment.level == HR_LEVEL_FIGURES ? last_month_end() : hr_date_today();
    m->from_entry = hr_record_number(&same, BU_ENTRY);
    m->to_entry = x->store->head.seq;
    m->year = x->linkage ? x->linkage->year : 0;
    x->anew = m->from_entry && m->year != hr_record_number(&same, BU_YEAR);
    if (hr_record_has(&newest, BU_SEQ))
        list_previous(&newest, &m->comment);
    return HR_OK;
}

static hr_status fail_no_bundle(exporting *x) {
    return hr_fail(&x->store->err, HR_NOT_FOUND,
                   HR_TR(&x->store->err, "no bundle %" PRId64 " was sent to this bureau; bundles lists them",
                         "未向该卫生局上报过第 %" PRId64 " 号包；可用 bundles 查看"),
                   x->options->again);
}

/* One that was sent before, as it was, but for what was erased since. */
static hr_status choose_again(exporting *x) {
    hr_record row, before = {.form = NULL};
    hr_manifest *m = &x->manifest;
    int64_t seq = x->options->again, from = 0, year = 0;
    hr_status status = hr_bundle_row(x->store, &hr_form_bundle_sent, x->bureau.store_id, seq, &row);
    if (status == HR_OK && !hr_record_has(&row, BU_SEQ))
        return fail_no_bundle(x);
    m->comment.level = (int)hr_record_number(&row, BU_LEVEL);
    for (int64_t i = seq - 1; i > 0 && status == HR_OK; i--) {
        status = hr_bundle_row(x->store, &hr_form_bundle_sent, x->bureau.store_id, i, &before);
        if (status == HR_OK && i == seq - 1)
            list_previous(&before, &m->comment);
        if (status == HR_OK && hr_record_number(&before, BU_LEVEL) == m->comment.level) {
            from = hr_record_number(&before, BU_ENTRY);
            year = hr_record_number(&before, BU_YEAR);
            break;
        }
    }
    if (status == HR_OK)
        status = need_linkage(x, (int)hr_record_number(&row, BU_YEAR));
    m->comment.seq = seq;
    m->comment.until = hr_record_date(&row, BU_UNTIL);
    m->from_entry = from;
    m->to_entry = hr_record_number(&row, BU_ENTRY);
    m->year = hr_record_number(&row, BU_YEAR);
    x->anew = from && m->year != year;
    return status;
}

static hr_status find_bureau(exporting *x) {
    hr_err *err = &x->store->err;
    unsigned char id[HR_STORE_ID_SIZE];
    hr_status status = hr_peer_parse_id(err, x->options->to, id);
    if (status == HR_OK)
        status = hr_peer_find(x->store, id, &x->bureau);
    if (status == HR_NOT_FOUND)
        return hr_fail_no_peer(x->store, id);
    if (status == HR_OK && (!hr_public_above(&x->bureau, &x->own) || memcmp(id, x->own.store_id, sizeof id) == 0))
        return hr_fail(err, HR_INVALID,
                       HR_TR(err, "%s is no bureau in whose area this store lies; name the bureau above",
                             "“%s”不是本库所属的卫生局；请给出上级卫生局"),
                       x->bureau.name);
    return status;
}

static hr_status choose(exporting *x) {
    hr_manifest *m = &x->manifest;
    hr_status status = hr_identity_need(x->store, &x->identity);
    if (status != HR_OK)
        return status;
    hr_public_of(x->store, x->identity, &x->own);
    x->is_bureau = x->own.bureau;
    status = find_bureau(x);
    if (status == HR_OK)
        status = x->options->again ? choose_again(x) : choose_next(x);
    if (status != HR_OK)
        return status;
    m->comment.kind = HR_PACKET_BUNDLE;
    memcpy(m->comment.from, x->own.store_id, HR_STORE_ID_SIZE);
    memcpy(m->comment.to, x->bureau.store_id, HR_STORE_ID_SIZE);
    snprintf(m->name, sizeof m->name, "%s", x->own.name);
    hr_area_format(x->own.area, m->area);
    status = read_hash(x, m->from_entry, m->from_hash);
    return status == HR_OK ? read_hash(x, m->to_entry, m->to_hash) : status;
}

/* ---- saying that it was sent ---- */

static hr_status note_sent(exporting *x, const char hash[HR_BUNDLE_HASH_TEXT]) {
    hr_err *err = &x->store->err;
    hr_manifest *m = &x->manifest;
    hr_record before;
    char id[HR_STORE_ID_TEXT_SIZE], others[HR_BUNDLE_PREVIOUS * HR_BUNDLE_HASH_TEXT] = "";
    hr_change change;
    hr_status status = hr_bundle_row(x->store, &hr_form_bundle_sent, x->bureau.store_id, m->comment.seq, &before);
    if (status == HR_OK && hr_record_has(&before, BU_SEQ) != (x->options->again != 0))
        return hr_fail(
            err, HR_BUSY, "%s",
            HR_TR(err, "another program sent a bundle meanwhile; try again", "其间另一程序已生成上报包；请重试"));
    hr_record *row = &x->sent;
    hr_record_clear(row, &hr_form_bundle_sent);
    hr_record_set_number(row, BU_SEQ, m->comment.seq);
    hr_record_set_number(row, BU_ENTRY, m->to_entry);
    hr_record_set_number(row, BU_LEVEL, m->comment.level);
    hr_record_set_number(row, BU_UNTIL, m->comment.until);
    if (m->year)
        hr_record_set_number(row, BU_YEAR, m->year);
    if (hr_record_has(&before, BU_HASH)) /* the newest of them that there is room for */
        snprintf(others, sizeof others, "%s%s%.257s", hr_record_text(&before, BU_HASH),
                 hr_record_has(&before, BU_OTHERS) ? "," : "", hr_record_text(&before, BU_OTHERS));
    if (status == HR_OK)
        status = hr_record_set_text(row, err, BU_STORE, hr_hex(x->bureau.store_id, HR_STORE_ID_SIZE, id));
    if (status == HR_OK)
        status = hr_record_set_text(row, err, BU_HASH, hash);
    if (status == HR_OK && *others)
        status = hr_record_set_text(row, err, BU_OTHERS, others);
    if (status == HR_OK)
        status = hr_record_set_text(row, err, BU_HEAD, m->to_hash);
    return status == HR_OK ? hr_register_put(x->store, row, x->store->today, &before, &change) : status;
}

static hr_status say_sent(exporting *x) {
    unsigned char digest[HR_BUNDLE_HASH_SIZE];
    char hash[HR_BUNDLE_HASH_TEXT], detail[64];
    hr_record row;
    hr_minisign_digest(&x->hash, digest);
    hr_hex(digest, sizeof digest, hash);
    snprintf(detail, sizeof detail, "bundle=%" PRId64 " level=%s", x->manifest.comment.seq,
             hr_level_name(x->manifest.comment.level));
    hr_status status = hr_enter(x->store);
    if (status != HR_OK)
        return status;
    hr_record_clear(&row, &hr_form_export);
    hr_record_set_number(&row, EX_WHAT, HR_EXPORT_BUNDLE);
    status = hr_record_set_text(&row, &x->store->err, EX_DETAIL, detail);
    if (status == HR_OK)
        status = hr_event_put(x->store, &row);
    if (status == HR_OK)
        status = note_sent(x, hash);
    return hr_leave(x->store, status);
}

/* ---- files ---- */

static hr_status write_signature(exporting *x, const char *path) {
    hr_err *err = &x->store->err;
    char comment[HR_MINISIGN_COMMENT_SIZE], text[HR_MINISIGN_SIZE];
    hr_bundle_comment_write(&x->manifest.comment, comment);
    hr_status status = hr_minisign_sign(err, x->identity->sign, &x->hash, comment, text);
    return status == HR_OK ? hr_partial_write(err, path, 0600, HR_TR(err, "write the signature", "写入签名"), text,
                                              strlen(text), &x->signature_partial)
                           : status;
}

static hr_status need_free(exporting *x, const char *path) {
    if (access(path, F_OK) != 0)
        return HR_OK;
    return hr_fail(&x->store->err, HR_EXISTS,
                   HR_TR(&x->store->err, "%s exists already; choose another name", "%s 已存在；请换一个文件名"), path);
}

/* What has its name is not to be taken away any more. */
static hr_status publish(exporting *x, const char *file, const char *signature) {
    hr_status status = hr_publish_signed(&x->store->err, x->partial, file, x->signature_partial, signature);
    if (status != HR_OK)
        return status;
    free(x->signature_partial);
    free(x->partial);
    x->signature_partial = x->partial = NULL;
    return HR_OK;
}

static void give_up(exporting *x) {
    if (x->file >= 0)
        close(x->file);
    if (x->partial)
        unlink(x->partial);
    if (x->signature_partial)
        unlink(x->signature_partial);
    free(x->partial);
    free(x->signature_partial);
    hr_archive_writer_free(x->archive);
    hr_age_writer_free(x->age);
    hr_secret_free(x->identity);
    hr_secret_free(x->linkage);
}

/* The keys may have to be drawn first, which writes. */
static hr_status draw_identity(hr_store *store) {
    hr_identity *identity = NULL;
    hr_status status = hr_enter(store);
    if (status == HR_OK)
        status = hr_leave(store, hr_identity_need(store, &identity));
    hr_secret_free(identity);
    return status;
}

static hr_status export(exporting *x, const char *file, const char *signature) {
    hr_status status = need_free(x, file);
    if (status == HR_OK)
        status = need_free(x, signature);
    if (status == HR_OK)
        status = draw_identity(x->store);
    if (status == HR_OK)
        status = hr_chart_begin(x->store);
    if (status != HR_OK)
        return status;
    status = choose(x);
    if (status == HR_OK)
        status = hr_partial_create(&x->store->err, file, 0600, HR_TR(&x->store->err, "make the bundle", "创建上报包"),
                                   &x->partial, &x->file);
    if (status == HR_OK)
        status = write_bundle(x);
    hr_read_end(x->store);
    if (status == HR_OK)
        status = write_signature(x, signature);
    if (status == HR_OK)
        status = say_sent(x);
    return status == HR_OK ? publish(x, file, signature) : status;
}

hr_status hr_export(hr_store *store, const char *file, const hr_export_options *options, hr_export_result *result) {
    hr_export_options o;
    exporting *x = NULL;
    char *signature = NULL;
    hr_export_options_init(&o);
    if (!store || !file || !options || !hr_options_take(&o, sizeof o, options) || !o.to)
        return hr_fail_argument(store);
    hr_status status = hr_need_idle(store);
    if (status == HR_OK)
        status = hr_need_writer(store);
    if (status != HR_OK)
        return status;
    x = calloc(1, sizeof *x);
    signature = hr_beside(file, ".minisig");
    if (!x || !signature) {
        free(x);
        free(signature);
        return hr_fail_memory(&store->err);
    }
    x->store = store;
    x->options = &o;
    x->file = -1;
    hr_export_result_init(&x->result);
    status = export(x, file, signature);
    x->result.seq = x->manifest.comment.seq;
    snprintf(x->result.level, sizeof x->result.level, "%s", hr_level_name(x->manifest.comment.level));
    snprintf(x->result.to_name, sizeof x->result.to_name, "%s", x->bureau.name);
    if (status == HR_OK && result && !hr_result_give(result, &x->result, sizeof x->result))
        status = hr_fail_argument(store);
    give_up(x);
    free(x);
    free(signature);
    return status;
}
