/* The public readings of the chart: find, look up, get. One who was unified with another is shown as that other. */
#include "record/rows.h"
#include "record/access.h"
#include "record/areas.h"
#include "record/chart.h"
#include "record/custody.h"
#include "record/known.h"
#include "record/life.h"
#include "record/search.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

typedef struct rows {
    hr_store *store;
    hr_snap made;
    int64_t *ids;
    hr_area *homes;
    size_t count, at;
    bool united; /* somebody stands in another's place */
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

/* Whoever a matching resident was unified with stands in his place. */
static hr_status take_root(rows *r, size_t at) {
    int64_t root;
    hr_resident resident;
    hr_status status = hr_life_root(r->store, r->ids[at], &root);
    if (status != HR_OK || root == r->ids[at])
        return status;
    status = hr_resident_load(r->store, root, &resident, NULL);
    if (status != HR_OK)
        return status;
    r->ids[at] = root;
    r->united = true;
    hr_record_copy(&r->now, &resident.now);
    hr_resident_release(&resident);
    return HR_OK;
}

/* Whose file is restricted or erased is left out. */
static hr_status hide_in_custody(rows *r, size_t at) {
    hr_custody state = HR_CUSTODY_NONE;
    hr_status status = hr_custody_of(r->store, r->ids[at], &state);
    if (state != HR_CUSTODY_NONE)
        r->ids[at] = 0;
    return status;
}

/* Of several who are one, only the first row is given out. */
static bool was_given(const rows *r, size_t at) {
    for (size_t i = 0; r->united && i < at; i++)
        if (r->ids[i] == r->ids[at])
            return true;
    return false;
}

static hr_status next_row(hr_cursor *c) {
    rows *r = c->context;
    if (hr_snap_check(r->store, &r->made) != HR_OK)
        return HR_INVALID;
    while (r->at < r->count && (r->limit == 0 || r->given < r->limit)) {
        size_t at = r->at++;
        hr_resident resident;
        hr_status status = hr_resident_load(r->store, r->ids[at], &resident, NULL);
        bool there = status == HR_OK; /* an index may name nobody; verify says so */
        if (there) {
            hr_record_copy(&r->now, &resident.now);
            hr_resident_release(&resident);
        }
        if (there && (!r->keep || r->keep(r->store, r->text, &r->now)))
            status = take_root(r, at);
        else if (there || status == HR_NOT_FOUND)
            r->ids[at] = 0;
        else
            return status;
        if (there && status == HR_OK)
            status = hide_in_custody(r, at);
        if (there && status != HR_OK)
            return status;
        if (r->ids[at] == 0 || was_given(r, at))
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
    r->made = hr_snap_of(store);
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
    hr_status status = hr_chart_begin(store);
    if (status != HR_OK)
        return status;
    hr_err_clear(&store->err);
    status = normalised(store, reference, text, sizeof text);
    if (status == HR_OK)
        status = look_up(store, text, &found);
    if (status == HR_OK)
        status = hr_life_root(store, found, &found);
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
    *out = NULL;
    hr_status status = hr_access_file(store, id, &id);
    if (status != HR_OK)
        return status;
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
    hr_status status = hr_chart_begin(store);
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
    if (status == HR_OK) /* who is looked for is nobody's business */
        status = hr_access_search(store, HR_SEARCH_FIND, (int64_t)count, NULL);
    char *copy = status == HR_OK ? strdup(clean) : NULL;
    if (!copy) {
        free(ids);
        return status == HR_OK ? hr_fail_memory(&store->err) : status;
    }
    return hr_resident_rows(store, ids, NULL, count, exact ? NULL : hr_search_match, copy, limit, out);
}
