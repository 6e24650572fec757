/* The public readings of the chart: find, look up, get, history, and the columns of rosters. */
#include "record/rows.h"
#include "record/areas.h"
#include "record/known.h"
#include "record/residents.h"
#include "record/search.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- residents ---- */

enum {
    C_RESIDENT,
    C_NAME,
    C_SEX,
    C_BIRTH,
    C_ID_NUMBER,
    C_FILE_NUMBER,
    C_AREA,
    C_AREA_NAME,
    C_PHONE,
    C_ADDRESS,
    C_COUNT
};
static const hr_column columns[C_COUNT] = {
    [C_RESIDENT] = {"resident", "resident", "居民编号"},
    [C_NAME] = {"name", "name", "姓名"},
    [C_SEX] = {"sex", "sex", "性别"},
    [C_BIRTH] = {"birth_date", "birth date", "出生日期"},
    [C_ID_NUMBER] = {"id_number", "ID number", "身份证号"},
    [C_FILE_NUMBER] = {"file_number", "file number", "档案编号"},
    [C_AREA] = {"area", "area", "区划代码"},
    [C_AREA_NAME] = {"area_name", "area name", "区划名称"},
    [C_PHONE] = {"phone", "phone", "电话"},
    [C_ADDRESS] = {"address", "address", "住址"},
};

/* The state of the store in which a cursor was made. */
typedef struct moment {
    uint64_t opened, undone;
    bool batch;
} moment;

static moment moment_of(const hr_store *store) {
    return (moment){.opened = store->opened, .undone = store->undone, .batch = store->batch};
}

/* A cursor over a store that was closed since, or made in a batch that was undone, has nothing to read: its residents'
 * numbers may be others' now. */
static hr_status check_moment(hr_store *store, const moment *made) {
    if (store->db && store->opened == made->opened && (!made->batch || store->undone == made->undone))
        return HR_OK;
    return hr_fail(&store->err, HR_INVALID, "%s",
                   HR_TR(&store->err, "the store was closed, or the batch undone, while its rows were read; ask again",
                         "读取过程中库已关闭或批已撤销；请重新查询"));
}

typedef struct rows {
    hr_store *store;
    moment made;
    int64_t *ids;
    hr_area *homes;
    size_t count, at;
    hr_keep_fn keep;
    char *text;
    int64_t limit, given;
    hr_record now;
    char id_number[HR_ID_NUMBER_SIZE], file_number[HR_FILE_NUMBER_SIZE], area[HR_AREA_SIZE];
} rows;

static void release(void *context) {
    rows *r = context;
    free(r->ids);
    free(r->homes);
    free(r->text);
    free(r);
}

static hr_status set_row(hr_cursor *c, rows *r, size_t at) {
    const hr_record *now = &r->now;
    hr_area area = r->homes ? r->homes[at] : hr_record_number(now, R_AREA);
    hr_areas *areas;
    hr_status status = hr_areas_get(r->store, &areas);
    if (status != HR_OK)
        return status;
    hr_cell_integer(c, C_RESIDENT, r->ids[at]);
    hr_cell_text(c, C_NAME, hr_record_text(now, R_NAME));
    hr_cell_text(c, C_SEX,
                 hr_record_has(now, R_SEX)
                     ? hr_code_label(c->language, &now->form->fields[R_SEX], hr_record_number(now, R_SEX))
                     : NULL);
    hr_cell_date(c, C_BIRTH, hr_record_date(now, R_BIRTH_DATE));
    hr_cell_text(c, C_ID_NUMBER, hr_id_number_format(hr_record_number(now, R_ID_NUMBER), r->id_number));
    hr_cell_text(c, C_FILE_NUMBER, hr_file_number_format(hr_record_number(now, R_FILE_NUMBER), r->file_number));
    hr_cell_text(c, C_AREA, hr_area_format(area, r->area));
    hr_cell_text(c, C_AREA_NAME, hr_areas_name(areas, area));
    hr_cell_text(c, C_PHONE, hr_record_text(now, R_PHONE));
    hr_cell_text(c, C_ADDRESS, hr_record_text(now, R_ADDRESS));
    return HR_OK;
}

static hr_status next_row(hr_cursor *c) {
    rows *r = c->context;
    if (check_moment(r->store, &r->made) != HR_OK)
        return HR_INVALID;
    while (r->at < r->count && (r->limit == 0 || r->given < r->limit)) {
        size_t at = r->at++;
        hr_resident resident;
        hr_status status = hr_resident_load(r->store, r->ids[at], &resident, NULL);
        if (status == HR_NOT_FOUND) /* an index may name nobody; verify says so */
            continue;
        if (status != HR_OK)
            return status;
        r->now = resident.now;
        hr_resident_release(&resident);
        if (r->keep && !r->keep(r->store, r->text, &r->now))
            continue;
        r->given++;
        return set_row(c, r, at);
    }
    return HR_END;
}

hr_status hr_resident_rows(hr_store *store, int64_t *ids, hr_area *homes, size_t count, hr_keep_fn keep, char *text,
                           int64_t limit, hr_cursor **out) {
    rows *r = calloc(1, sizeof *r);
    hr_status status = r ? hr_cursor_new(&store->err, columns, C_COUNT, out) : hr_fail_memory(&store->err);
    if (status != HR_OK) {
        free(r);
        free(ids);
        free(homes);
        free(text);
        return status;
    }
    r->store = store;
    r->made = moment_of(store);
    r->ids = ids;
    r->homes = homes;
    r->count = count;
    r->keep = keep;
    r->text = text;
    r->limit = limit;
    (*out)->context = r;
    (*out)->release = release;
    (*out)->next = next_row;
    return HR_OK;
}

/* ---- exact references ---- */

static bool all_digits(const char *text, size_t length) {
    return strspn(text, "0123456789") >= length;
}

/* Sets *id to 0 when nobody has the number; HR_INVALID when the text is no reference at all. */
static hr_status look_up(hr_store *store, const char *text, int64_t *id) {
    hr_err ignored = {.language = store->err.language};
    size_t length = strlen(text);
    int64_t number;
    *id = 0;
    if (text[0] == '#' && length > 1 && length < 18 && all_digits(text + 1, length - 1)) {
        *id = strtoll(text + 1, NULL, 10);
        return HR_OK;
    }
    if (length == 17 && all_digits(text, 17) && hr_file_number_parse(&ignored, "", text, &number) == HR_OK)
        return hr_known_find(store, HR_KNOWN_FILE_NUMBER, number, id);
    if ((length == 15 || length == 18) && all_digits(text, length - 1)) {
        hr_status status = hr_id_number_parse(&store->err, HR_TR(&store->err, "resident", "居民"), text, &number);
        return status == HR_OK ? hr_known_find(store, HR_KNOWN_ID_NUMBER, number, id) : status;
    }
    return hr_fail(
        &store->err, HR_INVALID, "%s",
        HR_TR(&store->err,
              "give an ID number (15 or 18 characters), a file number (17 digits), or # and the resident's number",
              "请给出身份证号（15 或 18 位）、档案编号（17 位），或 # 加居民编号"));
}

static hr_status normalised(hr_store *store, const char *text, char *out, size_t size) {
    if (!text)
        text = "";
    return hr_text_normalise(store->text, &store->err, text, strlen(text), out, size);
}

hr_status hr_resident_lookup(hr_store *store, const char *reference, int64_t *id) {
    char text[256];
    int64_t found = 0;
    if (!store || !id)
        return hr_fail_argument(store);
    hr_status status = hr_read_begin(store);
    if (status != HR_OK)
        return status;
    hr_err_clear(&store->err);
    status = normalised(store, reference, text, sizeof text);
    if (status == HR_OK)
        status = look_up(store, text, &found);
    if (status == HR_OK && found) {
        hr_resident resident;
        status = hr_resident_load(store, found, &resident, NULL);
        if (status == HR_OK)
            hr_resident_release(&resident);
    } else if (status == HR_OK) {
        status = hr_fail(&store->err, HR_NOT_FOUND, "%s",
                         HR_TR(&store->err, "no resident has this number; try find with a part of the name",
                               "没有居民使用该号码；可用 find 按姓名查找"));
    }
    hr_read_end(store);
    if (status == HR_OK)
        *id = found;
    return status;
}

hr_status hr_resident_get(hr_store *store, int64_t id, char **out) {
    hr_resident resident;
    char *state = NULL;
    if (!store || !out)
        return hr_fail_argument(store);
    hr_status status = hr_read_begin(store);
    if (status != HR_OK)
        return status;
    hr_err_clear(&store->err);
    *out = NULL;
    status = hr_resident_load(store, id, &resident, NULL);
    if (status == HR_OK) {
        state = malloc(HR_JSON_SIZE);
        if (state)
            hr_record_to_json(&resident.now, state);
        else
            status = hr_fail_memory(&store->err);
        hr_resident_release(&resident);
    }
    hr_read_end(store);
    if (status == HR_OK)
        *out = state;
    return status;
}

/* ---- find ---- */

static hr_status candidates(hr_store *store, const char *text, int64_t **ids, size_t *count, bool *exact) {
    hr_err saved = store->err;
    int64_t id = 0;
    hr_status status = look_up(store, text, &id);
    *exact = status == HR_OK && id;
    if (status == HR_OK && id) {
        *ids = malloc(sizeof **ids);
        if (!*ids)
            return hr_fail_memory(&store->err);
        **ids = id;
        *count = 1;
        return HR_OK;
    }
    if (status != HR_OK && status != HR_INVALID)
        return status;
    store->err = saved;
    if (store->writing && (status = hr_flush(store)) != HR_OK)
        return status;
    return hr_search_candidates(store, text, ids, count);
}

hr_status hr_find(hr_store *store, const char *text, int64_t limit, hr_cursor **out) {
    char clean[512];
    int64_t *ids = NULL;
    size_t count = 0;
    bool exact = false;
    if (!store || !out)
        return hr_fail_argument(store);
    *out = NULL;
    hr_status status = hr_read_begin(store);
    if (status != HR_OK)
        return status;
    hr_err_clear(&store->err);
    status = normalised(store, text, clean, sizeof clean);
    size_t length = status == HR_OK ? strlen(clean) : 0;
    if (status == HR_OK && (length == 0 || (length == 1 && (unsigned char)*clean < 128)))
        status = hr_fail(&store->err, HR_INVALID, "%s",
                         HR_TR(&store->err, "give a part of the name, two or more pinyin initials, or a whole number",
                               "请给出姓名的一部分、两个以上拼音首字母，或完整的号码"));
    if (status == HR_OK)
        status = candidates(store, clean, &ids, &count, &exact);
    hr_read_end(store);
    if (status != HR_OK)
        return status;
    char *copy = strdup(clean);
    if (!copy) {
        free(ids);
        return hr_fail_memory(&store->err);
    }
    return hr_resident_rows(store, ids, NULL, count, exact ? NULL : hr_search_match, copy, limit, out);
}

/* ---- history ---- */

enum { H_SEQ, H_RECORDED, H_AUTHOR, H_KIND, H_EFFECTIVE, H_BODY, H_COUNT };
static const hr_column history_columns[H_COUNT] = {
    [H_SEQ] = {"seq", "entry", "记录号"},
    [H_RECORDED] = {"recorded", "recorded", "记录时间"},
    [H_AUTHOR] = {"author", "author", "操作者"},
    [H_KIND] = {"kind", "kind", "类别"},
    [H_EFFECTIVE] = {"effective", "effective", "生效日期"},
    [H_BODY] = {"body", "content", "内容"},
};

typedef struct history {
    hr_store *store;
    moment made;
    int64_t next;
    char recorded[32], author[80], kind[64], body[HR_JSON_SIZE];
} history;

/* Copies the row: a cursor may be read slowly, and a statement on a row would keep everybody from writing. */
static hr_status take_entry(hr_cursor *c, history *h, sqlite3_stmt *row) {
    time_t recorded = (time_t)(sqlite3_column_int64(row, 0) / 1000);
    const char *author = (const char *)sqlite3_column_text(row, 1), *kind = (const char *)sqlite3_column_text(row, 2);
    const char *body = (const char *)sqlite3_column_text(row, 4);
    struct tm utc;
    hr_record patch;
    gmtime_r(&recorded, &utc);
    strftime(h->recorded, sizeof h->recorded, "%Y-%m-%dT%H:%M:%SZ", &utc);
    snprintf(h->author, sizeof h->author, "%s", author ? author : "");
    snprintf(h->kind, sizeof h->kind, "%s", kind ? kind : "");
    *h->body = '\0';
    if (body) { /* unless it was erased */
        hr_status status =
            hr_record_unpack(&h->store->err, &patch, &hr_form_resident, body, (size_t)sqlite3_column_bytes(row, 4));
        if (status != HR_OK)
            return hr_fail(
                &h->store->err, HR_DAMAGED, "%s",
                HR_TR(&h->store->err, "an entry cannot be read; run verify", "有记录无法读取；请运行 verify"));
        hr_record_to_json(&patch, h->body);
    }
    hr_cell_integer(c, H_SEQ, h->next);
    hr_cell_text(c, H_RECORDED, h->recorded);
    hr_cell_text(c, H_AUTHOR, h->author);
    hr_cell_text(c, H_KIND, h->kind);
    hr_cell_date(c, H_EFFECTIVE, sqlite3_column_int(row, 3));
    hr_cell_text(c, H_BODY, h->body);
    int64_t earlier = sqlite3_column_int64(row, 5);
    h->next = earlier < h->next ? earlier : 0;
    return HR_OK;
}

/* An entry names the one before it about the same resident, so a file's history is a walk along these. */
static hr_status next_entry(hr_cursor *c) {
    history *h = c->context;
    if (h->next == 0)
        return HR_END;
    if (check_moment(h->store, &h->made) != HR_OK)
        return HR_INVALID;
    sqlite3_stmt *row = hr_db_statement(h->store, "SELECT e.recorded, a.name, e.kind, e.effective, e.body, e.earlier\n"
                                                  "FROM chart.entry AS e\n"
                                                  "JOIN chart.author AS a ON a.id = e.author\n"
                                                  "WHERE e.seq = ?1");
    if (!row)
        return h->store->err.status;
    sqlite3_bind_int64(row, 1, h->next);
    hr_status status = hr_db_row(h->store, row);
    if (status == HR_OK)
        status = take_entry(c, h, row);
    else if (status == HR_END)
        status = hr_fail(&h->store->err, HR_DAMAGED, "%s",
                         HR_TR(&h->store->err, "an entry is missing; run verify", "有记录缺失；请运行 verify"));
    sqlite3_reset(row);
    return status;
}

hr_status hr_history(hr_store *store, int64_t id, hr_cursor **out) {
    hr_resident resident;
    int64_t latest = 0;
    if (!store || !out)
        return hr_fail_argument(store);
    *out = NULL;
    hr_status status = hr_need_open(store);
    if (status != HR_OK)
        return status;
    hr_err_clear(&store->err);
    status = hr_resident_load(store, id, &resident, &latest);
    if (status != HR_OK)
        return status;
    hr_resident_release(&resident);
    history *h = calloc(1, sizeof *h);
    if (!h)
        return hr_fail_memory(&store->err);
    h->store = store;
    h->made = moment_of(store);
    h->next = latest;
    status = hr_cursor_new(&store->err, history_columns, H_COUNT, out);
    if (status != HR_OK) {
        free(h);
        return status;
    }
    (*out)->context = h;
    (*out)->release = free;
    (*out)->next = next_entry;
    return HR_OK;
}

/* ---- columns of rosters ---- */

enum { F_NAME, F_EN, F_ZH, F_REQUIRED, F_MEANING, F_COUNT };
static const hr_column field_columns[F_COUNT] = {
    [F_NAME] = {"name", "column", "列名"},        [F_EN] = {"label_en", "English", "英文"},
    [F_ZH] = {"label_zh", "Chinese", "中文"},     [F_REQUIRED] = {"required", "required", "必填"},
    [F_MEANING] = {"meaning", "meaning", "含义"},
};

typedef struct fields {
    const hr_form *form;
    int next;
} fields;

static hr_status next_field(hr_cursor *c) {
    fields *f = c->context;
    if (f->next == f->form->count)
        return HR_END;
    const hr_field *field = &f->form->fields[f->next++];
    hr_cell_text(c, F_NAME, field->name);
    hr_cell_text(c, F_EN, field->en);
    hr_cell_text(c, F_ZH, field->zh);
    hr_cell_boolean(c, F_REQUIRED, field->required);
    hr_cell_text(c, F_MEANING, c->language == HR_LANGUAGE_ZH ? field->meaning_zh : field->meaning_en);
    return HR_OK;
}

hr_status hr_columns(hr_store *store, const char *kind, hr_cursor **out) {
    const hr_form *form = hr_form_named(kind);
    if (!store || !out)
        return hr_fail_argument(store);
    hr_err_clear(&store->err);
    *out = NULL;
    if (!form)
        return hr_fail(&store->err, HR_INVALID, "%s",
                       HR_TR(&store->err, "the kind must be one of: residents, areas, institutions, population",
                             "类别须为 residents、areas、institutions 或 population"));
    fields *f = calloc(1, sizeof *f);
    hr_status status = f ? hr_cursor_new(&store->err, field_columns, F_COUNT, out) : hr_fail_memory(&store->err);
    if (status != HR_OK) {
        free(f);
        return status;
    }
    f->form = form;
    (*out)->context = f;
    (*out)->release = free;
    (*out)->next = next_field;
    return HR_OK;
}
