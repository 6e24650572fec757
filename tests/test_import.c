/* Rosters in: hr_import through the public header. A roster is written byte by byte, imported, and what the store then
 * says (residents, counts, log, figures, verification) is compared with what the bytes mean by CLI.md and the header.
 * What is refused is shown to be accepted without its fault; each refusal is shown to leave the store as it was. The
 * last test writes 3,000 residents in every spelling that is allowed and expects each of them back.
 *
 * GB18030 is written by iconv or in bytes from the standard, the rejects file is read by a CSV reader of this file's
 * own: neither shares code with the library. */
#include "support.h"
#include <fcntl.h>
#include <iconv.h>
#include <inttypes.h>
#include <jansson.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

#define BOM "\xEF\xBB\xBF"
#define AREA "110105001001"
#define LI "11010519491231002X" /* the two examples of GB 11643: a woman, born 1949-12-31, */
#define WU "440524188001010014" /* and a man, born 1880-01-01 */
#define ZHAO "110108193005200032"
#define HEADER "id_number,name,area\n"
#define LI_ROW LI ",李秀英," AREA "\n"
#define WU_ROW WU ",吴大海," AREA "\n"
#define ZHAO_ROW ZHAO ",赵国强," AREA "\n"
#define BAD_ROW "123,某人," AREA "\n"
#define CUT_ROW WU ",某\xE4\xBA\xBA某人某人\xE4" /* the file ends inside a character */

enum { MIB = 1 << 20 };

/* ---- importing ---- */

static const char *roster(fixture *f, const char *text) {
    const char *path = path_in(f, "roster.csv");
    write_text(path, text);
    return path;
}

static hr_import_options options_of(const char *kind, const char *encoding, const char *rejects) {
    hr_import_options options;
    hr_import_options_init(&options);
    options.kind = kind;
    options.encoding = encoding;
    options.rejects = rejects;
    return options;
}

/* Imports what must be readable as a whole; its counts must add up. */
static hr_import_result import_file(fixture *f, const char *file, const hr_import_options *options) {
    hr_import_result result;
    hr_import_result_init(&result);
    assert_status(f->store, HR_OK, hr_import(f->store, file, options, &result));
    assert_int_equal(result.rows, result.added + result.amended + result.unchanged + result.rejected);
    assert_int_equal(result.rejected > 0, result.first_reject_line > 0);
    assert_int_equal(result.rejected > 0, *result.first_reject != '\0');
    return result;
}

static hr_import_result import_text(fixture *f, const char *text) {
    return import_file(f, roster(f, text), NULL);
}

#define assert_counts(result, added, amended, unchanged, rejected)                                                     \
    assert_counts_at((result), (added), (amended), (unchanged), (rejected), __FILE__, __LINE__)
static void assert_counts_at(hr_import_result r, uint64_t added, uint64_t amended, uint64_t unchanged,
                             uint64_t rejected, const char *file, int line) {
    if (r.added == added && r.amended == amended && r.unchanged == unchanged && r.rejected == rejected)
        return;
    print_error("added %" PRIu64 ", amended %" PRIu64 ", unchanged %" PRIu64 ", rejected %" PRIu64 "; %s\n", r.added,
                r.amended, r.unchanged, r.rejected, r.first_reject);
    _fail(file, line);
}

/* What an import that is refused must not change. */
typedef struct picture {
    uint64_t entries, residents;
    char *city, *committees;
} picture;

static picture picture_of(fixture *f) {
    hr_store_info info = info_of(f->store);
    return (picture){.entries = info.entries,
                     .residents = info.residents,
                     .city = rates_text(f->store, NULL, 20101231),
                     .committees = rates_text(f->store, "committee", 20101231)};
}

static void forget(picture *p) {
    free(p->city);
    free(p->committees);
}

static void assert_as_in(fixture *f, const picture *before) {
    picture now = picture_of(f);
    assert_int_equal(now.entries, before->entries);
    assert_int_equal(now.residents, before->residents);
    assert_string_equal(now.city, before->city);
    assert_string_equal(now.committees, before->committees);
    assert_int_equal(verify_findings(f->store), 0);
    forget(&now);
}

/* Imports what must be refused as a whole, and leave nothing behind. The message, good until the next call. */
static const char *import_refused(fixture *f, hr_status want, const char *file, const hr_import_options *options) {
    static char said[1200];
    hr_import_result result;
    picture before = picture_of(f);
    size_t names = files_in(f->folder);
    hr_import_result_init(&result);
    hr_status status = hr_import(f->store, file, options, &result);
    snprintf(said, sizeof said, "%s", hr_error(f->store));
    assert_status(f->store, want, status);
    assert_as_in(f, &before);
    assert_int_equal(files_in(f->folder), names);
    forget(&before);
    return said;
}

static const char *text_refused(fixture *f, const char *text) {
    const char *path = roster(f, text);
    return import_refused(f, HR_INVALID, path, NULL);
}

/* ---- what is stored ---- */

static int64_t resident_named(fixture *f, const char *reference) {
    int64_t id = 0;
    assert_status(f->store, HR_OK, hr_resident_lookup(f->store, reference, &id));
    return id;
}

/* A number or text of the resident, "" when it is not given. For free(). */
static char *field_of(fixture *f, const char *reference, const char *field) {
    char *json = NULL;
    assert_status(f->store, HR_OK, hr_resident_get(f->store, resident_named(f, reference), &json));
    json_t *object = json_loads(json, 0, NULL);
    assert_non_null(object);
    const char *text = json_string_value(json_object_get(object, field));
    char *out = strdup(text ? text : "");
    assert_non_null(out);
    json_decref(object);
    hr_free(json);
    return out;
}

static void assert_field(fixture *f, const char *reference, const char *field, const char *want) {
    char *value = field_of(f, reference, field);
    assert_string_equal(value, want);
    free(value);
}

/* The resident is exactly this JSON object, in which ' stands for ". */
static void assert_resident(fixture *f, const char *reference, const char *json) {
    char *got = NULL, *want = strdup(json);
    assert_non_null(want);
    quote_json(want);
    assert_status(f->store, HR_OK, hr_resident_get(f->store, resident_named(f, reference), &got));
    json_t *a = json_loads(got, 0, NULL), *b = json_loads(want, 0, NULL);
    assert_non_null(a);
    assert_non_null(b);
    if (!json_equal(a, b))
        fail_msg("%s is not %s", got, want);
    json_decref(a);
    json_decref(b);
    hr_free(got);
    free(want);
}

static bool is_known(fixture *f, const char *reference) {
    int64_t id = 0;
    return hr_resident_lookup(f->store, reference, &id) == HR_OK;
}

/* ---- other encodings, other readers ---- */

/* For free(). */
static char *to_gb18030(const char *text, size_t *size) {
    size_t left = strlen(text), room = 2 * left + 4;
    char *out = malloc(room + 1), *to = out, *from = (char *)(uintptr_t)text;
    iconv_t converter = iconv_open("GB18030", "UTF-8");
    assert_non_null(out);
    assert_true(converter != (iconv_t)-1);
    assert_int_equal(iconv(converter, &from, &left, &to, &room), 0);
    assert_int_equal(left, 0);
    iconv_close(converter);
    *to = '\0';
    *size = (size_t)(to - out);
    return out;
}

static const char *roster_gb18030(fixture *f, const char *text) {
    const char *path = path_in(f, "roster.csv");
    size_t size;
    char *bytes = to_gb18030(text, &size);
    write_bytes(path, bytes, size);
    free(bytes);
    return path;
}

enum { SHEET_ROWS = 80, SHEET_CELLS = 40 };

/* A rejects file: BOM, rows, cells that may be quoted. */
typedef struct sheet {
    char *bytes;
    size_t rows, count[SHEET_ROWS];
    char *cells[SHEET_ROWS][SHEET_CELLS];
} sheet;

/* Reads one cell at *at, in place; what ended it. */
static char read_cell(char **at, char **cell) {
    char *from = *at, *to = *at;
    bool quoted = *from == '"';
    *cell = to;
    from += quoted;
    while (*from && (quoted || !strchr(",\r\n", *from))) {
        if (quoted && *from == '"' && *++from != '"')
            break;
        *to++ = *from++;
    }
    char end = *from;
    *at = end ? from + 1 : from;
    *to = '\0';
    return end;
}

static void read_sheet(const char *path, sheet *out) {
    memset(out, 0, sizeof *out);
    out->bytes = read_bytes(path, NULL);
    assert_memory_equal(out->bytes, BOM, 3);
    for (char *at = out->bytes + 3; *at; out->rows++) {
        char end = ',';
        assert_in_range(out->rows, 0, SHEET_ROWS - 1);
        while (end == ',') {
            size_t *count = &out->count[out->rows];
            assert_in_range(*count, 0, SHEET_CELLS - 1);
            end = read_cell(&at, &out->cells[out->rows][(*count)++]);
        }
        if (end == '\r')
            end = *at++;
        assert_int_equal(end, '\n');
    }
}

static void forget_sheet(sheet *s) {
    free(s->bytes);
}

static void assert_row(const sheet *s, size_t row, size_t first, const char *const *cells, size_t count) {
    assert_in_range(row, 0, s->rows - 1);
    assert_int_equal(s->count[row], first + count);
    for (size_t i = 0; i < count; i++)
        assert_string_equal(s->cells[row][first + i], cells[i]);
}

/* ---- the columns of CLI.md ---- */

enum {
    ID_NUMBER,
    NAME,
    SEX,
    BIRTH_DATE,
    AREA_CODE,
    PHONE,
    ADDRESS,
    HOUSEHOLD,
    FILE_NUMBER,
    FILE_OPENED,
    COMPUTERIZED,
    CERTIFICATE,
    KIND,
    GRADE,
    NEED,
    SERVED,
    OUTCOME,
    OUTCOME_DATE,
    BED_OPENED,
    BED_CLOSED,
    HARDSHIP,
    CARE,
    DEVICE,
    MOVED_IN,
    MOVED_OUT,
    DIED,
    COLUMNS
};

static const struct {
    const char *name, *zh, *cell, *json; /* what a cell may hold, and what it means */
} columns[COLUMNS] = {
    {"id_number", "身份证号", LI, "'" LI "'"},
    {"name", "姓名", "李秀英", "'李秀英'"},
    {"sex", "性别", "女", "2"},
    {"birth_date", "出生日期", "1949-12-31", "'1949-12-31'"},
    {"area", "区划代码", AREA, "'" AREA "'"},
    {"phone", "电话", "010-65001234", "'010-65001234'"},
    {"address", "住址", "朝阳门外1号", "'朝阳门外1号'"},
    {"household", "户籍类型", "非户籍", "'非户籍'"},
    {"file_number", "档案编号", "11010500100100001", "'11010500100100001'"},
    {"file_opened", "建档日期", "2003年5月1日", "'2003-05-01'"},
    {"computerized", "微机化日期", "2003-06", "'2003-06'"},
    {"disability_certificate", "残疾证号", LI "43", "'" LI "43'"},
    {"disability_kind", "残疾类别", "4", "4"},
    {"disability_grade", "残疾等级", "3", "3"},
    {"rehab_need_since", "康复需求日期", "2000", "'2000'"},
    {"rehab_served_since", "康复服务日期", "20010203", "'2001-02-03'"},
    {"rehab_outcome", "康复效果", "有效", "'effective'"},
    {"rehab_outcome_date", "康复评定日期", "2002-01-05", "'2002-01-05'"},
    {"home_bed_opened", "建床日期", "2001-01-06", "'2001-01-06'"},
    {"home_bed_closed", "撤床日期", "2002-01-07", "'2002-01-07'"},
    {"hardship", "特困", "是", "true"},
    {"household_care_since", "包户服务日期", "2001-01-08", "'2001-01-08'"},
    {"call_device", "呼叫器编号", "C000001", "'C000001'"},
    {"moved_in", "迁入日期", "1990-01-09", "'1990-01-09'"},
    {"moved_out", "迁出日期", "2009-01-10", "'2009-01-10'"},
    {"died", "死亡日期", "2010-01-11", "'2010-01-11'"},
};

enum { ENGLISH, CHINESE, MIXED };

static const char *heading(size_t column, int language) {
    bool zh = language == CHINESE || (language == MIXED && column % 2 == 1);
    return zh ? columns[column].zh : columns[column].name;
}

static void all_columns_are_stored(fixture *f, int language, bool backwards) {
    char text[4096] = "", json[4096] = "{";
    for (int line = 0; line < 2; line++)
        for (size_t i = 0; i < COLUMNS; i++) {
            size_t column = backwards ? COLUMNS - 1 - i : i, used = strlen(text);
            snprintf(text + used, sizeof text - used, "%s%s", line ? columns[column].cell : heading(column, language),
                     i + 1 < COLUMNS ? "," : "\n");
        }
    for (size_t i = 0; i < COLUMNS; i++) {
        size_t used = strlen(json);
        snprintf(json + used, sizeof json - used, "%s'%s':%s", i ? "," : "", columns[i].name, columns[i].json);
    }
    strncat(json, "}", sizeof json - strlen(json) - 1);
    hr_import_result result = import_text(f, text);
    assert_counts(result, 1, 0, 0, 0);
    assert_string_equal(result.kind, "residents");
    assert_string_equal(result.ignored_columns, "");
    assert_resident(f, LI, json);
}

/* ---- the header ---- */

static void all_columns_of_residents_are_known_in_english(void **state) {
    all_columns_are_stored(*state, ENGLISH, false);
}

static void all_columns_of_residents_are_known_in_chinese(void **state) {
    all_columns_are_stored(*state, CHINESE, false);
}

static void english_and_chinese_headings_may_be_mixed(void **state) {
    all_columns_are_stored(*state, MIXED, false);
}

static void columns_may_stand_in_any_order(void **state) {
    all_columns_are_stored(*state, ENGLISH, true);
}

static void the_kind_is_told_from_the_header(void **state) {
    fixture *f = *state;
    static const struct {
        const char *kind, *text;
    } cases[] = {
        {"residents", HEADER LI_ROW},
        {"residents", "姓名,性别,出生日期,区划代码\n周明,男,1950-01-01," AREA "\n"},
        {"areas", "area,name,parent\n110105001004,第4社区,110105001\n"},
        {"institutions", "code,name,kind,area,grade,serves,opened,closed,networked_since\nS1,一站,站," AREA ",,,,,\n"},
        {"population", "area,year,residents,elderly,rehab_need,home_bed,source\n" AREA ",2003,500,,,,统计局\n"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        hr_import_result result = import_text(f, cases[i].text);
        assert_string_equal(result.kind, cases[i].kind);
        assert_counts(result, 1, 0, 0, 0);
    }
}

static void the_required_columns_of_areas_are_enough_to_tell_them(void **state) {
    hr_import_result result = import_text(*state, "area,name\n110105001004,第4社区\n");
    assert_string_equal(result.kind, "areas");
    assert_counts(result, 1, 0, 0, 0);
}

/* Writes a header of the texts in one column of hr_columns; `column` NULL: of the three in turn. */
static void write_headings(fixture *f, const char *kind, const char *column, char *out, size_t size) {
    static const char *const names[] = {"name", "label_en", "label_zh"};
    hr_cursor *rows = NULL;
    *out = '\0';
    assert_status(f->store, HR_OK, hr_columns(f->store, kind, &rows));
    for (size_t i = 0; hr_cursor_next(rows) == HR_OK; i++) {
        const char *from = column ? column : names[i % COUNT(names)];
        size_t used = strlen(out);
        snprintf(out + used, size - used, "%s%s", i ? "," : "", hr_cursor_text(rows, column_named(rows, from)));
    }
    hr_cursor_free(rows);
    strncat(out, "\n", size - strlen(out) - 1);
}

static void all_names_and_labels_of_hr_columns_are_headings(void **state) {
    fixture *f = *state;
    static const char *const kinds[] = {"residents", "areas", "institutions", "population"};
    static const char *const texts[] = {"name", "label_en", "label_zh", NULL};
    char header[2048];
    for (size_t k = 0; k < COUNT(kinds); k++)
        for (size_t i = 0; i < COUNT(texts); i++) {
            write_headings(f, kinds[k], texts[i], header, sizeof header);
            hr_import_result result = import_text(f, header);
            assert_string_equal(result.kind, kinds[k]);
            assert_string_equal(result.ignored_columns, "");
        }
}

static void a_header_that_fits_two_kinds_needs_the_kind_to_be_said(void **state) {
    fixture *f = *state;
    const char *file = roster(f, "name,area,code,kind,id_number,phone\n李秀英," AREA ",S1,站," LI ",65001234\n");
    hr_import_options residents = options_of("residents", NULL, NULL);
    assert_text_has(import_refused(f, HR_INVALID, file, NULL), "say which");
    hr_import_result result = import_file(f, file, &residents);
    assert_counts(result, 1, 0, 0, 0);
    assert_string_equal(result.ignored_columns, "code, kind");
}

static void a_kind_that_does_not_exist_is_refused(void **state) {
    fixture *f = *state;
    const char *file = roster(f, HEADER LI_ROW);
    hr_import_options options = options_of("patients", NULL, NULL);
    assert_text_has(import_refused(f, HR_INVALID, file, &options), "residents, areas, institutions, population");
    options.kind = "residents";
    assert_counts(import_file(f, file, &options), 1, 0, 0, 0);
}

static void a_roster_of_another_kind_than_said_is_refused(void **state) {
    fixture *f = *state;
    hr_import_options options = options_of("population", NULL, NULL);
    assert_text_has(import_refused(f, HR_INVALID, roster(f, HEADER LI_ROW), &options), "year");
}

static void a_file_without_a_header_is_refused_with_the_remedy(void **state) {
    fixture *f = *state;
    const char *said = text_refused(f, LI_ROW WU_ROW);
    assert_text_has(said, "line 1");
    assert_text_has(said, "name the columns");
    assert_counts(import_text(f, HEADER LI_ROW WU_ROW), 2, 0, 0, 0);
}

static void a_file_without_a_header_is_refused_in_chinese(void **state) {
    fixture *f = *state;
    reopen(f, HR_LANGUAGE_ZH);
    const char *said = text_refused(f, LI_ROW);
    assert_text_has(said, "第 1 行");
    assert_text_has(said, "列名");
}

static void headings_may_be_in_capitals_full_width_or_among_spaces(void **state) {
    fixture *f = *state;
    static const char *const headers[] = {
        "ID_NUMBER,NAME,AREA\n",
        "Id_Number,Name,Area\n",
        " id_number ,\tname , area \n",
        "\" id_number \",\"　name\",\"area　\"\n",
        "　身份证号　,　姓名,区划代码　\n",
        "ｉｄ＿ｎｕｍｂｅｒ,ｎａｍｅ,ＡＲＥＡ\n",
        "ID Number,\tname,area\n",
        "\"身份证号\",\"姓名\",\"区划代码\"\n",
    };
    for (size_t i = 0; i < COUNT(headers); i++) {
        char text[512];
        snprintf(text, sizeof text, "%s%s,name %zu,%s\n", headers[i], LI, i, AREA);
        hr_import_result result = import_text(f, text);
        assert_string_equal(result.ignored_columns, "");
        assert_int_equal(result.added + result.amended, 1);
    }
}

static void unknown_columns_are_reported_and_kept_out(void **state) {
    fixture *f = *state;
    hr_import_result result =
        import_text(f, "id_number,blood_group,name,备注,area\n" LI ",AB,李秀英,爱下棋," AREA "\n");
    assert_counts(result, 1, 0, 0, 0);
    assert_string_equal(result.ignored_columns, "blood_group, 备注");
    assert_resident(f, LI,
                    "{'id_number':'" LI "','name':'李秀英','sex':2,'birth_date':'1949-12-31','area':'" AREA "'}");
}

static void many_unknown_columns_are_reported_as_far_as_there_is_room(void **state) {
    fixture *f = *state;
    char text[8192] = "id_number,name,area";
    for (int i = 0; i < 100; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), ",不认识的列%03d", i);
    strncat(text, "\n" LI_ROW, sizeof text - strlen(text) - 1);
    hr_import_result result = import_text(f, text);
    assert_counts(result, 1, 0, 0, 0);
    assert_text_has(result.ignored_columns, "不认识的列000, 不认识的列001, ");
    /* Whole headings only. */
    const char *last = strrchr(result.ignored_columns, ',');
    assert_non_null(last);
    assert_int_equal(strlen(last), strlen(", 不认识的列000"));
}

static void a_column_that_stands_twice_is_refused(void **state) {
    fixture *f = *state;
    static const char *const headers[] = {"id_number,name,area,name\n", "id_number,name,area,姓名\n",
                                          "id_number,name,area, NAME \n"};
    for (size_t i = 0; i < COUNT(headers); i++) {
        char text[512];
        snprintf(text, sizeof text, "%s" LI ",李秀英," AREA ",李秀兰\n", headers[i]);
        const char *said = text_refused(f, text);
        assert_text_has(said, "line 1");
        assert_text_has(said, "column name ");
        assert_text_has(said, "keep one");
    }
    assert_counts(import_text(f, "id_number,name,area,alias,alias\n" LI ",李秀英," AREA ",a,b\n"), 1, 0, 0, 0);
}

static void a_missing_column_without_which_rows_mean_nothing_is_named(void **state) {
    fixture *f = *state;
    static const struct {
        const char *kind, *text, *missing;
    } cases[] = {
        {"residents", "sex,birth_date,area,phone\n女,1949-12-31," AREA ",65001234\n", "id_number"},
        {"areas", "name,parent\n第4社区,110105001\n", "area"},
        {"institutions", "name,kind,area\n一站,站," AREA "\n", "code"},
        {"population", "area,residents\n" AREA ",500\n", "year"},
        {"population", "year,residents\n2003,500\n", "area"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        hr_import_options options = options_of(cases[i].kind, NULL, NULL);
        char named[64];
        snprintf(named, sizeof named, "column %s is missing; add it", cases[i].missing);
        assert_text_has(import_refused(f, HR_INVALID, roster(f, cases[i].text), &options), named);
    }
}

static void a_roster_may_hold_nothing_but_a_key_and_what_changes(void **state) {
    fixture *f = *state;
    import_text(f, HEADER LI_ROW);
    assert_counts(import_text(f, "身份证号,电话\n" LI ",65001234\n" WU ",65005678\n"), 0, 1, 0, 1);
    assert_field(f, LI, "phone", "65001234");
}

/* ---- encodings ---- */

static void utf_8_is_read_with_and_without_a_byte_order_mark(void **state) {
    fixture *f = *state;
    hr_import_result result = import_text(f, BOM HEADER LI_ROW);
    assert_counts(result, 1, 0, 0, 0);
    assert_string_equal(result.encoding, "utf-8");
    assert_string_equal(result.ignored_columns, "");
    result = import_text(f, HEADER LI_ROW);
    assert_counts(result, 0, 0, 1, 0);
    assert_string_equal(result.encoding, "utf-8");
    assert_counts(import_text(f, BOM "\"身份证号\",姓名\n" LI ",李秀英\n"), 0, 0, 1, 0);
}

static void gb18030_is_recognised_and_stored_as_unicode(void **state) {
    fixture *f = *state;
    /* GB 2312; two bytes beyond GBK; four bytes in and beyond the basic plane; a letter of Mongolian; four characters
     * that could be UTF-8 before one that could not. */
    static const struct {
        const char *gb18030, *utf8;
    } names[] = {
        {"\xCD\xF5\xD0\xA1\xC3\xF7", "王小明"},
        {"\xCD\xF5\xFE\x9F", "王䶮"},
        {"\xCD\xF5\x81\x39\xEE\x39", "王㐀"},
        {"\xCD\xF5\x95\x34\xB2\x35", "王𠮷"},
        {"\xCD\xF5\x82\x35\x8F\x33", "王龦"},
        {"\xCD\xF5\x81\x34\xD6\x30", "王ᠠ"},
        {"\xC4\xA3\xC4\xA3\xC4\xA3\xC4\xA3\xCD\xF5", "模模模模王"},
    };
    for (size_t i = 0; i < COUNT(names); i++) {
        char text[256];
        snprintf(text, sizeof text, HEADER LI ",%s," AREA "\n", names[i].gb18030);
        hr_import_result result = import_text(f, text);
        assert_string_equal(result.encoding, "gb18030");
        assert_int_equal(result.added + result.amended, 1);
        assert_field(f, LI, "name", names[i].utf8);
    }
}

static void chinese_headings_in_gb18030_are_known(void **state) {
    fixture *f = *state;
    hr_import_result result = import_file(f, roster_gb18030(f, "身份证号,姓名,区划代码,备注\n" LI_ROW), NULL);
    assert_counts(result, 1, 0, 0, 0);
    assert_string_equal(result.encoding, "gb18030");
    assert_string_equal(result.ignored_columns, "备注");
}

static void gb18030_is_read_with_its_byte_order_mark(void **state) {
    fixture *f = *state;
    hr_import_result result = import_text(f, "\x84\x31\x95\x33" HEADER LI ",\xCD\xF5\xD0\xA1\xC3\xF7," AREA "\n");
    assert_counts(result, 1, 0, 0, 0);
    assert_string_equal(result.ignored_columns, "");
    assert_field(f, LI, "name", "王小明");
}

/* A roster whose first character that is not ASCII begins at byte `offset`: Li's name, in her row, which is the last.
 */
static void write_late_name(const char *path, size_t offset, const char *name) {
    static const char header[] = "id_number,area,note,name\n", row[] = WU "," AREA ",", last[] = LI "," AREA ",";
    enum { WIDTH = 4096 };
    FILE *out = fopen(path, "wb");
    size_t used = sizeof header - 1;
    assert_non_null(out);
    fputs(header, out);
    for (; used + 2 * WIDTH < offset; used += WIDTH)
        fprintf(out, "%s%*d,Wu\n", row, (int)(WIDTH - sizeof row + 1 - 4), 0);
    fprintf(out, "%s%*d,", last, (int)(offset - used - sizeof last), 0);
    assert_int_equal(ftell(out), offset);
    fprintf(out, "%s\n", name);
    fclose(out);
}

static void the_encoding_shows_wherever_the_first_character_that_is_not_ascii_stands(void **state) {
    fixture *f = *state;
    static const struct {
        const char *encoding, *bytes;
    } cases[] = {{"utf-8", "𠮷小明"}, {"gb18030", "\x95\x34\xB2\x35\xD0\xA1\xC3\xF7"}};
    static const size_t edges[] = {8192, 1 << 16, 1 << 17, MIB, 5 * MIB};
    char path[PATH_SIZE];
    join_path(path, f->folder, "late.csv");
    import_text(f, HEADER LI_ROW WU ",Wu," AREA "\n");
    int64_t li = resident_named(f, LI);
    /* Every way in which a block that is a power of two long can cut the character. */
    for (size_t i = 0; i < COUNT(edges); i++)
        for (size_t cut = 0; cut < (edges[i] > MIB ? 1 : 6); cut++)
            for (size_t c = 0; c < COUNT(cases); c++) {
                amend_ok(f, li, "{'name':'Li'}");
                write_late_name(path, edges[i] - cut, cases[c].bytes);
                hr_import_result result = import_file(f, path, NULL);
                assert_string_equal(result.encoding, cases[c].encoding);
                assert_int_equal(result.amended, 1);
                assert_field(f, LI, "name", "𠮷小明");
            }
}

static void an_encoding_that_is_said_is_not_guessed(void **state) {
    fixture *f = *state;
    static const char text[] = HEADER LI ",\xC4\xA3," AREA "\n"; /* 模, or in UTF-8 a letter of Latvian */
    hr_import_options options = options_of(NULL, "gb18030", NULL);
    hr_import_result result = import_file(f, roster(f, text), &options);
    assert_string_equal(result.encoding, "gb18030");
    assert_field(f, LI, "name", "模");
    options.encoding = "utf-8";
    result = import_file(f, roster(f, text), &options);
    assert_string_equal(result.encoding, "utf-8");
    assert_field(f, LI, "name", "ģ");
    options.encoding = "auto";
    assert_counts(import_file(f, roster(f, HEADER LI ",模," AREA "\n"), &options), 0, 1, 0, 0);
    assert_field(f, LI, "name", "模");
}

static void an_encoding_that_does_not_exist_is_refused(void **state) {
    fixture *f = *state;
    hr_import_options options = options_of(NULL, "latin-1", NULL);
    assert_text_has(import_refused(f, HR_INVALID, roster(f, HEADER LI_ROW), &options), "gb18030");
}

/* Imports `before` and `bytes` after it, of which the one at `bad` is the first that is not of the encoding. */
static void assert_bytes_refused(fixture *f, const char *encoding, const char *before, const char *bytes, size_t bad,
                                 bool chinese) {
    char *text = NULL, line[64], byte[64];
    size_t lines = 1, at = strlen(before) + bad + 1;
    for (const char *c = before; *c; c++)
        lines += *c == '\n';
    hr_import_options options = options_of(NULL, encoding, NULL);
    assert_true(asprintf(&text, "%s%s", before, bytes) > 0);
    const char *said = import_refused(f, HR_INVALID, roster(f, text), &options);
    snprintf(line, sizeof line, chinese ? "第 %zu 行" : "line %zu", lines);
    snprintf(byte, sizeof byte, chinese ? "第 %zu 字节" : "byte %zu", at);
    assert_text_has(said, line);
    assert_text_has(said, byte);
    assert_text_has(said, chinese ? "另存为" : "save it as");
    free(text);
}

static const struct {
    const char *encoding, *bytes;
    size_t bad;
} broken[] = {
    {"utf-8", "\xCD\xF5\xD0\xA1\xC3\xF7," AREA "\n", 0}, /* GB18030 */
    {"utf-8", "李\x80秀," AREA "\n", 3},
    {"utf-8", "李\xC0\xAF," AREA "\n", 3},
    {"utf-8", "李\xED\xA0\x80," AREA "\n", 3},
    {"utf-8", "李\xE7\x8E," AREA "\n", 3},
    {"utf-8", "李\xE7\x8E", 3}, /* the file ends in a character */
    {"utf-8", "李\xF0\xA0\xAE", 3},
    {"gb18030", "王小明," AREA "\n", 8}, /* UTF-8: the ninth byte and the comma are no pair */
    {"gb18030", "\xCD\xF5\xFF," AREA "\n", 2},
    {"gb18030", "\xCD\xF5\xCD", 2},
    {"gb18030", "\xCD\xF5\x95\x34\xB2", 2},
};

static void bytes_of_another_encoding_are_refused_with_line_and_byte(void **state) {
    for (size_t i = 0; i < COUNT(broken); i++) {
        assert_bytes_refused(*state, broken[i].encoding, HEADER LI ",", broken[i].bytes, broken[i].bad, false);
        assert_bytes_refused(*state, broken[i].encoding, "id_number,name,area\r\n" WU ",Wu," AREA "\r\n" LI ",",
                             broken[i].bytes, broken[i].bad, false);
    }
}

static void bytes_of_another_encoding_are_refused_in_chinese(void **state) {
    reopen(*state, HR_LANGUAGE_ZH);
    for (size_t i = 0; i < COUNT(broken); i++)
        assert_bytes_refused(*state, broken[i].encoding, HEADER LI ",", broken[i].bytes, broken[i].bad, true);
}

static void one_broken_character_does_not_make_a_file_gb18030(void **state) {
    fixture *f = *state;
    static const char rows[] = BOM HEADER LI_ROW WU_ROW ZHAO_ROW;
    const char *said = text_refused(f, BOM HEADER LI_ROW WU_ROW ZHAO_ROW LI ",李\x80,\n");
    char byte[64];
    snprintf(byte, sizeof byte, "line 5: byte %zu ", sizeof rows - 1 + strlen(LI ",李") + 1);
    assert_text_has(said, byte);
    assert_text_has(said, "not UTF-8");
    assert_counts(import_text(f, rows), 3, 0, 0, 0);
}

static void broken_bytes_deep_in_a_file_are_named_to_the_byte(void **state) {
    fixture *f = *state;
    char *before = NULL;
    size_t size;
    FILE *out = open_memstream(&before, &size);
    assert_non_null(out);
    fputs(BOM HEADER, out);
    for (int i = 0; i < 5000; i++)
        fputs(WU_ROW, out);
    fputs(LI ",", out);
    fclose(out);
    assert_true(size > 200000);
    assert_bytes_refused(f, "auto", before, "李\x80," AREA "\n", 3, false);
    free(before);
}

static void utf_16_is_refused_with_the_remedy(void **state) {
    fixture *f = *state;
    static const char bytes[] = "\xFF\xFEi\0d\0_\0n\0u\0m\0b\0e\0r\0";
    const char *path = path_in(f, "roster.csv");
    write_bytes(path, bytes, sizeof bytes - 1);
    assert_text_has(import_refused(f, HR_INVALID, path, NULL), "save it as UTF-8");
}

/* ---- lines and cells ---- */

/* `text` with each LF made `end`. For free(). */
static char *with_line_ends(const char *text, const char *end) {
    char *out = NULL;
    size_t size;
    FILE *to = open_memstream(&out, &size);
    assert_non_null(to);
    for (; *text; text++)
        if (*text == '\n')
            fputs(end, to);
        else
            fputc(*text, to);
    fclose(to);
    return out;
}

static const char *const line_ends[] = {"\n", "\r\n", "\r"};

static void lines_may_end_in_any_of_the_three_ways(void **state) {
    fixture *f = *state;
    for (size_t i = 0; i < COUNT(line_ends); i++) {
        char *text = with_line_ends(HEADER LI_ROW WU_ROW ZHAO_ROW, line_ends[i]);
        assert_counts(import_text(f, text), i ? 0 : 3, 0, i ? 3 : 0, 0);
        text[strlen(text) - strlen(line_ends[i])] = '\0'; /* the last line need not end at all */
        assert_counts(import_text(f, text), 0, 0, 3, 0);
        free(text);
    }
}

static void a_refused_row_is_named_by_its_first_line(void **state) {
    fixture *f = *state;
    static const struct {
        const char *text;
        uint64_t line;
    } cases[] = {
        {HEADER BAD_ROW, 2},
        {HEADER LI_ROW WU_ROW BAD_ROW ZHAO_ROW, 4},
        {BOM HEADER LI_ROW BAD_ROW, 3},
        {HEADER LI_ROW "123,last line without end," AREA, 3},
        {"\n\n" HEADER "\n" BAD_ROW, 5},
        {HEADER "\n\n\n" LI_ROW "\n" BAD_ROW, 7},
        {HEADER ",,\n" LI_ROW "  ,\t,\n" BAD_ROW, 5},
        {HEADER LI ",\"李\n秀\n英\"," AREA "\n" BAD_ROW, 5},
        {HEADER LI ",\"李\n\n英\"," AREA "\n" BAD_ROW, 5},
        {HEADER LI_ROW "\"12\n3\",\"某\n人\"," AREA "\n" BAD_ROW, 3},
        {"id_number,name,\"no\nte\",area\n" LI_ROW BAD_ROW, 4},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        for (size_t e = 0; e < COUNT(line_ends); e++) {
            char *text = with_line_ends(cases[i].text, line_ends[e]);
            hr_import_result result = import_text(f, text);
            if (result.first_reject_line != cases[i].line)
                fail_msg("case %zu, line end %zu: line %" PRIu64, i, e, result.first_reject_line);
            free(text);
        }
}

static void lines_of_spaces_count_as_lines(void **state) {
    fixture *f = *state;
    assert_int_equal(import_text(f, HEADER "  \n" BAD_ROW).first_reject_line, 3);
    assert_int_equal(import_text(f, HEADER "\t\r\n \n" LI_ROW " \t \n" BAD_ROW).first_reject_line, 6);
}

static void lines_of_spaces_do_not_add_up_to_a_line_that_is_too_long(void **state) {
    char *text = malloc(3 * MIB);
    static const char header[] = HEADER, row[] = LI_ROW;
    size_t used = sizeof header - 1;
    assert_non_null(text);
    memcpy(text, header, used);
    for (; used < 2 * MIB; used += 64) {
        memset(text + used, ' ', 64);
        text[used + 63] = '\n';
    }
    memcpy(text + used, row, sizeof row);
    assert_counts(import_text(*state, text), 1, 0, 0, 0);
    free(text);
}

/* Lines of 64 bytes, so that one ends wherever a block that is a power of two long does. */
static void lines_are_counted_across_blocks(void **state) {
    fixture *f = *state;
    enum { WIDTH = 64, LINES = 6000 };
    char path[PATH_SIZE];
    join_path(path, f->folder, "wide.csv");
    for (size_t e = 0; e < COUNT(line_ends); e++) {
        int room = WIDTH - (int)strlen(line_ends[e]);
        FILE *out = fopen(path, "wb");
        assert_non_null(out);
        fprintf(out, "%-*s%s", room, "id_number,name,area", line_ends[e]);
        for (int i = 2; i < LINES; i++)
            fprintf(out, "%-*s%s", room, WU ",Wu," AREA, line_ends[e]);
        fprintf(out, "%-*s%s", room, "123,nobody," AREA, line_ends[e]);
        assert_int_equal(ftell(out), (long)WIDTH * LINES);
        fclose(out);
        hr_import_result result = import_file(f, path, NULL);
        assert_int_equal(result.rows, LINES - 1);
        assert_int_equal(result.first_reject_line, LINES);
    }
}

static void quoted_cells_may_hold_commas_quotes_and_newlines(void **state) {
    fixture *f = *state;
    import_text(f, "id_number,address,\"name\",area\n" LI ",\"1号楼,\"\"东\"\"门\r\n2层\",\"李秀英\"," AREA "\n");
    assert_field(f, LI, "address", "1号楼,\"东\"门 2层");
    assert_field(f, LI, "area", AREA);
}

static void a_quotation_mark_inside_a_cell_is_text(void **state) {
    fixture *f = *state;
    import_text(f, "id_number,address,name,area\n" LI ",5\"楼,李秀英," AREA "\n" WU_ROW);
    assert_field(f, LI, "address", "5\"楼");
}

static void blank_lines_are_no_rows(void **state) {
    assert_counts(import_text(*state, "\n" HEADER "\n\r\n" LI_ROW "   \n,,\n\t\n" WU_ROW "\n\n"), 2, 0, 0, 0);
}

static void empty_cells_say_nothing(void **state) {
    fixture *f = *state;
    static const char header[] = "id_number,name,area,phone,hardship\n";
    char text[512];
    snprintf(text, sizeof text, "%s" LI ",李秀英," AREA ",65001234,是\n", header);
    import_text(f, text);
    snprintf(text, sizeof text, "%s" LI ",,,,\n" LI ",\"\",\" \",\t,　\n", header);
    assert_counts(import_text(f, text), 0, 0, 2, 0);
    assert_field(f, LI, "phone", "65001234");
}

static void a_row_may_have_fewer_cells_than_the_header(void **state) {
    fixture *f = *state;
    assert_counts(import_text(f, "id_number,name,area,phone,address\n" LI_ROW WU ",吴大海," AREA ",65001234\n"), 2, 0,
                  0, 0);
    assert_field(f, WU, "phone", "65001234");
}

static void a_row_with_more_cells_than_the_header_is_refused(void **state) {
    fixture *f = *state;
    hr_import_result result = import_text(f, HEADER LI ",李秀英," AREA ",more\n" WU ",吴大海," AREA ",,\n");
    assert_counts(result, 1, 0, 0, 1);
    assert_int_equal(result.first_reject_line, 2);
    assert_text_has(result.first_reject, "more cells than the header");
    assert_false(is_known(f, LI));
}

static void a_file_with_nothing_but_a_header_has_no_rows(void **state) {
    fixture *f = *state;
    picture before = picture_of(f);
    hr_import_result result = import_text(f, "id_number,name,area");
    assert_int_equal(result.rows, 0);
    assert_string_equal(result.kind, "residents");
    assert_as_in(f, &before);
    forget(&before);
}

static void an_empty_file_is_refused(void **state) {
    static const char *const texts[] = {"", BOM, "\n\n\r\n", "  \n", ",,,\n"};
    for (size_t i = 0; i < COUNT(texts); i++)
        assert_text_has(text_refused(*state, texts[i]), "first line must name the columns");
}

static void a_quotation_mark_left_open_is_named_with_its_line(void **state) {
    fixture *f = *state;
    const char *said = text_refused(f, HEADER LI_ROW WU ",\"吴大海," AREA "\n" ZHAO_ROW);
    assert_text_has(said, "line 3");
    assert_text_has(said, "quotation mark");
    assert_counts(import_text(f, HEADER LI_ROW WU ",\"吴大海\"," AREA "\n" ZHAO_ROW), 3, 0, 0, 0);
}

static void a_quotation_mark_left_open_does_not_swallow_a_large_roster(void **state) {
    fixture *f = *state;
    char path[PATH_SIZE];
    join_path(path, f->folder, "open.csv");
    FILE *out = fopen(path, "wb");
    assert_non_null(out);
    fputs(HEADER LI_ROW WU ",\"吴大海," AREA "\n", out);
    while (ftell(out) < 2 * MIB)
        fputs(ZHAO_ROW, out);
    fclose(out);
    const char *said = import_refused(f, HR_INVALID, path, NULL);
    assert_text_has(said, "line 3");
    assert_text_has(said, "quotation mark");
}

static void a_nul_byte_is_refused_with_its_line(void **state) {
    fixture *f = *state;
    char bytes[] = HEADER LI_ROW WU ",吴#海," AREA "\n";
    const char *path = path_in(f, "roster.csv");
    write_text(path, bytes);
    *strchr(bytes, '#') = '\0';
    const char *broken_path = path_in(f, "nul.csv");
    write_bytes(broken_path, bytes, sizeof bytes - 1);
    const char *said = import_refused(f, HR_INVALID, broken_path, NULL);
    assert_text_has(said, "line 3");
    assert_text_has(said, "NUL");
    assert_counts(import_file(f, path, NULL), 2, 0, 0, 0);
}

/* One row with a cell of `size` bytes in a column that is not ours. */
static void write_long_line(const char *path, size_t size, bool many_lines) {
    char *cell = malloc(size);
    FILE *out = fopen(path, "wb");
    assert_non_null(cell);
    assert_non_null(out);
    memset(cell, 'x', size);
    for (size_t i = 100; many_lines && i < size; i += 100)
        cell[i] = '\n';
    fputs("id_number,name,area,note\n" WU ",吴大海," AREA ",\n" LI ",李秀英," AREA ",\"", out);
    fwrite(cell, 1, size, out);
    fputs("\"\n", out);
    fclose(out);
    free(cell);
}

static void a_line_above_1_mib_is_refused(void **state) {
    fixture *f = *state;
    char path[PATH_SIZE];
    join_path(path, f->folder, "long.csv");
    for (int many_lines = 0; many_lines < 2; many_lines++) {
        write_long_line(path, MIB + 1024, many_lines);
        const char *said = import_refused(f, HR_INVALID, path, NULL);
        assert_text_has(said, "line 3");
        assert_text_has(said, "1 MiB");
        write_long_line(path, MIB - 1024, many_lines);
        assert_counts(import_file(f, path, NULL), many_lines ? 0 : 2, 0, many_lines ? 2 : 0, 0);
    }
}

enum { HUGE_FILE = 1 << 30 };

/* A header and then a line of 1 GiB, most of it a hole. */
static void write_huge_line(const char *path) {
    enum { SOLID = 4 * MIB };
    char *line = malloc(SOLID);
    FILE *out = fopen(path, "wb");
    assert_non_null(line);
    assert_non_null(out);
    memset(line, 'x', SOLID);
    fputs(HEADER, out);
    fwrite(line, 1, SOLID, out);
    assert_int_equal(fflush(out), 0);
    assert_int_equal(ftruncate(fileno(out), HUGE_FILE), 0);
    fclose(out);
    free(line);
}

static void a_line_of_1_gib_is_refused_in_little_memory(void **state) {
    fixture *f = *state;
    enum { BOUND_KIB = 256 << 10 }; /* key derivation took 64 MiB of it, and the peak may not be forgettable */
    char path[PATH_SIZE];
    hr_import_result result;
    join_path(path, f->folder, "huge.csv");
    write_huge_line(path);
    assert_true(file_size(path) / 1024 > BOUND_KIB);
    hr_import_result_init(&result);
    reset_peak();
    assert_status(f->store, HR_INVALID, hr_import(f->store, path, NULL, &result));
    if (!SANITIZED)
        assert_in_range(peak_kib(), 1, BOUND_KIB);
    assert_text_has(hr_error(f->store), "line 2");
    assert_text_has(hr_error(f->store), "1 MiB");
}

/* What this process has read so far. The library makes a process undumpable, and its /proc files root's. */
static uint64_t bytes_read(void) {
    char line[128];
    uint64_t bytes = 0;
    int dumpable = prctl(PR_GET_DUMPABLE, 0, 0, 0, 0);
    prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
    FILE *file = fopen("/proc/self/io", "r");
    prctl(PR_SET_DUMPABLE, dumpable, 0, 0, 0);
    if (!file)
        skip(); /* a kernel without task accounting */
    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, "rchar:", 6) == 0)
            bytes = strtoull(line + 6, NULL, 10);
    if (file)
        fclose(file);
    return bytes;
}

static void assert_huge_line_is_hardly_read(fixture *f, const char *encoding) {
    char path[PATH_SIZE];
    hr_import_result result;
    hr_import_options options = options_of(NULL, encoding, NULL);
    join_path(path, f->folder, "huge.csv");
    write_huge_line(path);
    hr_import_result_init(&result);
    uint64_t before = bytes_read();
    assert_status(f->store, HR_INVALID, hr_import(f->store, path, &options, &result));
    assert_in_range(bytes_read() - before, MIB, 64 * MIB);
}

static void a_line_of_1_gib_is_refused_after_its_beginning(void **state) {
    assert_huge_line_is_hardly_read(*state, "utf-8");
}

static void a_line_of_1_gib_is_not_read_to_its_end_to_guess_the_encoding(void **state) {
    assert_huge_line_is_hardly_read(*state, "auto");
}

static void more_cells_than_any_roster_has_are_refused(void **state) {
    fixture *f = *state;
    char *text = malloc(MIB);
    assert_non_null(text);
    for (int cells = 500; cells <= 5000; cells += 4500) {
        size_t used = strlen(strcpy(text, "id_number,name,area"));
        memset(text + used, ',', (size_t)cells);
        strcpy(text + used + cells, "\n" LI_ROW);
        if (cells == 500)
            assert_counts(import_text(f, text), 1, 0, 0, 0);
        else
            assert_text_has(text_refused(f, text), "line 1");
    }
    free(text);
}

/* ---- files that are none ---- */

static void a_missing_file_is_not_found(void **state) {
    fixture *f = *state;
    assert_text_has(import_refused(f, HR_NOT_FOUND, path_in(f, "nothing.csv"), NULL), "no such file");
    import_refused(f, HR_NOT_FOUND, "", NULL);
}

static void a_folder_is_no_roster(void **state) {
    fixture *f = *state;
    import_refused(f, HR_INVALID, f->folder, NULL);
}

static void a_device_is_no_roster(void **state) {
    import_refused(*state, HR_INVALID, "/dev/zero", NULL);
}

static void stop_waiting(int signal_number) {
    (void)signal_number;
}

/* The alarm only ends a wait that would never end. */
static void a_fifo_is_refused_without_waiting_for_a_writer(void **state) {
    fixture *f = *state;
    hr_import_result result;
    const char *path = path_in(f, "fifo.csv");
    struct sigaction action = {.sa_handler = stop_waiting};
    assert_int_equal(mkfifo(path, 0600), 0);
    hr_import_result_init(&result);
    assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
    alarm(20);
    hr_status status = hr_import(f->store, path, NULL, &result);
    alarm(0);
    assert_status(f->store, HR_INVALID, status);
}

static void a_roster_in_no_file_is_refused_in_words(void **state) {
    fixture *f = *state;
    hr_import_result result;
    hr_import_result_init(&result);
    assert_status(f->store, HR_INVALID, hr_import(f->store, NULL, NULL, &result));
    assert_status(f->store, HR_INVALID, hr_import(f->store, roster(f, HEADER LI_ROW), NULL, NULL));
}

static void a_closed_store_takes_no_roster(void **state) {
    fixture *f = *state;
    const char *path = roster(f, HEADER LI_ROW);
    hr_import_result result;
    hr_import_result_init(&result);
    hr_store_close(f->store);
    hr_status status = hr_import(f->store, path, NULL, &result);
    assert_int_not_equal(status, HR_OK);
    assert_string_not_equal(hr_error(f->store), "");
    assert_status(f->store, HR_OK, try_open(f->store, f->path));
    assert_counts(import_file(f, path, NULL), 1, 0, 0, 0);
}

static void an_open_batch_must_be_ended_first(void **state) {
    fixture *f = *state;
    const char *path = roster(f, HEADER LI_ROW);
    hr_import_result result;
    hr_import_result_init(&result);
    assert_status(f->store, HR_OK, hr_batch_begin(f->store));
    put_ok(f, "resident", "{'id_number':'" WU "','name':'吴大海','area':'" AREA "'}");
    assert_status(f->store, HR_INVALID, hr_import(f->store, path, NULL, &result));
    assert_status(f->store, HR_OK, hr_batch_commit(f->store));
    assert_true(is_known(f, WU));
    assert_false(is_known(f, LI));
    assert_counts(import_file(f, path, NULL), 1, 0, 0, 0);
}

static void a_refused_file_leaves_the_result_untouched(void **state) {
    fixture *f = *state;
    hr_import_result before, result;
    hr_import_result_init(&before);
    before.rows = before.added = 77;
    result = before;
    const char *path = roster(f, HEADER LI_ROW CUT_ROW);
    assert_status(f->store, HR_INVALID, hr_import(f->store, path, NULL, &result));
    assert_memory_equal(&result, &before, sizeof result);
}

/* ---- values ---- */

static void assert_cells(fixture *f, const char *column, const char *const (*cases)[2], size_t count) {
    for (size_t i = 0; i < count; i++) {
        char text[512];
        snprintf(text, sizeof text, "id_number,name,area,%s\n" LI ",李秀英," AREA ",%s\n", column, cases[i][0]);
        hr_import_result result = import_text(f, text);
        if (result.rejected)
            fail_msg("%s: %s", cases[i][0], result.first_reject);
        assert_field(f, LI, column, cases[i][1]);
    }
}

static void dates_are_read_in_every_form_of_the_manual(void **state) {
    static const char *const cases[][2] = {
        {"2003-05-01", "2003-05-01"},
        {"2004-06", "2004-06"},
        {"2005", "2005"},
        {"20060802", "2006-08-02"},
        {"2007年5月1日", "2007-05-01"},
        {"2008年11月30日", "2008-11-30"},
        {"２００９－０５－０２", "2009-05-02"},
        {"２０１０年６月３日", "2010-06-03"},
        {"２０１１", "2011"},
        {"２０１２０７０４", "2012-07-04"},
        {"  2013-05-01  ", "2013-05-01"},
        {"\"  2014-05-01 \"", "2014-05-01"},
        {"\"　2015　\"", "2015"},
        {"\t20160501", "2016-05-01"},
        {"2004-02-29", "2004-02-29"},
    };
    assert_cells(*state, "file_opened", cases, COUNT(cases));
}

static void text_is_stored_half_width_and_trimmed(void **state) {
    static const char *const cases[][2] = {
        {"  朝阳门外 1 号  ", "朝阳门外 1 号"},
        {"　朝阳门外２号　", "朝阳门外2号"},
        {"\"\t朝阳门外\t\t3号\"", "朝阳门外 3号"},
        {"ＡＢＣ（甲）座＃４", "ABC(甲)座#4"},
        {"Cafe\xCC\x81 5", "Caf\xC3\xA9 5"}, /* NFC */
        {"\xEF\xBB\xBF"
         "6号\xE2\x80\x8E",
         "6号"}, /* marks that come along when copied */
    };
    assert_cells(*state, "address", cases, COUNT(cases));
}

static void formulas_stay_text(void **state) {
    static const char *const cases[][2] = {
        {"=cmd|' /C calc'!A0", "=cmd|' /C calc'!A0"},
        {"\"=1+2\"", "=1+2"},
        {"+86-10-65001234", "+86-10-65001234"},
        {"-1", "-1"},
        {"@SUM(A1)", "@SUM(A1)"},
        {"\t=1+3", "=1+3"}, /* as the tool's own CSV writes it */
    };
    assert_cells(*state, "address", cases, COUNT(cases));
}

static void cells_that_begin_with_a_tab_for_a_spreadsheet_s_sake_are_read(void **state) {
    fixture *f = *state;
    hr_import_result result = import_text(f, BOM "name,id_number,file_number,file_opened,phone,area\r\n李秀英,\t" LI
                                                 ",\t11010500100100001,2003-05-01,\"\t+86,1\",\t" AREA "\r\n");
    assert_counts(result, 1, 0, 0, 0);
    assert_field(f, LI, "file_number", "11010500100100001");
    assert_field(f, LI, "phone", "+86,1");
}

static void id_numbers_are_read_in_every_form(void **state) {
    fixture *f = *state;
    static const char spaced[] = " " LI " ";
    static const char *const forms[] = {LI, "11010519491231002x", "１１０１０５１９４９１２３１００２Ｘ",
                                        "110105491231002", spaced};
    for (size_t i = 0; i < COUNT(forms); i++) {
        char text[256];
        snprintf(text, sizeof text, HEADER "%s,李秀英," AREA "\n", forms[i]);
        assert_counts(import_text(f, text), i ? 0 : 1, 0, i ? 1 : 0, 0);
    }
}

static void a_very_long_cell_is_refused_with_its_row_only(void **state) {
    fixture *f = *state;
    static const char *const fields[] = {"name", "phone", "address", "file_opened", "id_number", "area"};
    char cell[5001], text[6000];
    memset(cell, '9', sizeof cell - 1);
    cell[sizeof cell - 1] = '\0';
    for (size_t i = 0; i < COUNT(fields); i++) {
        char header[128];
        snprintf(header, sizeof header, "sex,birth_date,%s%s\n", fields[i], i == 0 ? "" : ",name");
        snprintf(text, sizeof text, "%s女,1949-12-31,%s,李秀英\n", header, cell);
        hr_import_result result = import_text(f, text);
        assert_counts(result, 0, 0, 0, 1);
        assert_text_has(result.first_reject, "line 2: ");
    }
    snprintf(text, sizeof text, "id_number,name,area,note\n" LI ",李秀英," AREA ",%s\n", cell);
    assert_counts(import_text(f, text), 1, 0, 0, 0);
}

/* ---- rows that are refused ---- */

typedef struct faulty {
    int column;
    const char *bad, *good;
    int named;                 /* the column that the message names */
    const char *en, *zh;       /* what is wrong */
    const char *do_en, *do_zh; /* what to do */
    struct {
        int column;
        const char *cell;
    } with[4];
} faulty;

/* Each resident is a man born 1950-01-01, unless `with` gives another ID number. */
static const faulty faults[] = {
    {ID_NUMBER,
     "110105194912310021",
     LI,
     ID_NUMBER,
     "should be X, but is 1",
     "应为 X（现为 1）",
     "check",
     "请核对",
     {{0}}},
    {ID_NUMBER, "110105194902300021", LI, ID_NUMBER, "no date", "不是存在的出生日期", "check", "请核对", {{0}}},
    {ID_NUMBER, "1101051949123100", LI, ID_NUMBER, "18", "18位", "check", "请核对", {{0}}},
    {ID_NUMBER, "11010519491231O02X", LI, ID_NUMBER, "character 15", "第15位", "check", "请核对", {{0}}},
    {ID_NUMBER, "", LI, ID_NUMBER, "missing", "缺失", "fill in", "请补齐", {{0}}},
    {NAME, "", "王大山", NAME, "missing", "缺失", "fill it in", "请补填", {{0}}},
    {SEX, "3", "1", SEX, "\"3\"", "“3”", "female", "女", {{0}}},
    {SEX, "女", "男", SEX, "contradicts id_number", "与身份证号矛盾", "correct", "请更正", {{0}}},
    {BIRTH_DATE,
     "1951-01-01",
     "1950-01-01",
     BIRTH_DATE,
     "contradicts id_number",
     "与身份证号矛盾",
     "correct",
     "请更正",
     {{0}}},
    {BIRTH_DATE,
     "1950-13-01",
     "1950-01-01",
     BIRTH_DATE,
     "month",
     "月份",
     "leave an unknown month out",
     "只填年份",
     {{0}}},
    {AREA_CODE,
     "110105009009",
     AREA,
     AREA_CODE,
     "110105009009 is not in this store",
     "没有区划 110105009009",
     "import the areas",
     "导入区划",
     {{0}}},
    {AREA_CODE,
     "110105001",
     AREA,
     AREA_CODE,
     "110105001 is not a neighbourhood committee",
     "110105001 不是居委会",
     "12-digit",
     "12 位",
     {{0}}},
    {AREA_CODE, "", AREA, AREA_CODE, "missing", "缺失", "fill it in", "请补填", {{0}}},
    {FILE_NUMBER, "123", "", FILE_NUMBER, "17 digits", "17位", "check", "请核对", {{0}}},
    {FILE_NUMBER,
     "11010500100199999",
     "11010500100199998",
     FILE_NUMBER,
     "another resident",
     "另一位居民",
     "correct",
     "请更正",
     {{FILE_OPENED, "2003-05-01"}}},
    {FILE_OPENED,
     "2003-02-29",
     "2004-02-29",
     FILE_OPENED,
     "2003-02-29",
     "2003-02-29",
     "leave an unknown day out",
     "只填年月",
     {{0}}},
    {FILE_OPENED, "two years ago", "2004", FILE_OPENED, "not a date", "不是日期", "write 2003-05-01", "请写成", {{0}}},
    {FILE_OPENED,
     "2198-01-01",
     "2004",
     FILE_OPENED,
     "2198-01-01 is in the future",
     "2198-01-01 是将来的日期",
     "correct the date",
     "请更正",
     {{0}}},
    {FILE_OPENED,
     "",
     "2003",
     FILE_OPENED,
     "missing, but computerized is given",
     "缺失，但已填微机化日期",
     "fill it in",
     "请补填",
     {{COMPUTERIZED, "2003-05-01"}}},
    {FILE_OPENED,
     "1949",
     "2003",
     FILE_OPENED,
     "1949 is before birth_date",
     "1949 早于出生日期",
     "correct",
     "请更正",
     {{0}}},
    {COMPUTERIZED,
     "2003-04-30",
     "2003-05-01",
     COMPUTERIZED,
     "2003-04-30 is before file_opened",
     "2003-04-30 早于建档日期",
     "correct",
     "请更正",
     {{FILE_OPENED, "2003-05-01"}}},
    {CERTIFICATE,
     LI "93",
     LI "43",
     CERTIFICATE,
     "kind of disability",
     "残疾类别",
     "check",
     "请核对",
     {{ID_NUMBER, LI}}},
    {KIND, "8", "7", KIND, "\"8\"", "“8”", "sight", "视力", {{0}}},
    {SERVED,
     "2003-05-01",
     "",
     NEED,
     "missing, but rehab_served_since is given",
     "缺失，但已填康复服务日期",
     "fill it in",
     "请补填",
     {{0}}},
    {OUTCOME,
     "good",
     "marked",
     OUTCOME,
     "the value is none of",
     "所填内容不在可选值内",
     "effective",
     "显效",
     {{NEED, "2000"}, {SERVED, "2001"}, {OUTCOME_DATE, "2002"}}},
    {OUTCOME_DATE,
     "",
     "2002",
     OUTCOME_DATE,
     "missing",
     "缺失",
     "fill it in",
     "请补填",
     {{NEED, "2000"}, {SERVED, "2001"}, {OUTCOME, "有效"}}},
    {BED_CLOSED,
     "2000-12-31",
     "2001-01-01",
     BED_CLOSED,
     "2000-12-31 is before home_bed_opened",
     "2000-12-31 早于建床日期",
     "correct",
     "请更正",
     {{BED_OPENED, "2001-01-01"}}},
    {HARDSHIP, "maybe", "yes", HARDSHIP, "the value is none of", "所填内容不在可选值内", "yes, no", "是、否", {{0}}},
    {MOVED_OUT,
     "2000-12-31",
     "2001-01-02",
     MOVED_OUT,
     "2000-12-31 is before moved_in",
     "2000-12-31 早于迁入日期",
     "correct",
     "请更正",
     {{MOVED_IN, "2001-01-01"}}},
    {DIED,
     "1949-12-31",
     "2005-01-01",
     DIED,
     "1949-12-31 is before birth_date",
     "1949-12-31 早于出生日期",
     "correct",
     "请更正",
     {{0}}},
};

/* A resident's row with the cell of a fault, bad or good; `fault` NULL: one that has the file number of another. */
static void write_faulty_row(FILE *out, const faulty *fault, int serial, bool good) {
    char id[ID_SIZE];
    const char *cells[COLUMNS] = {0};
    cells[ID_NUMBER] = id_number(id, 110105, 19500101, serial);
    cells[NAME] = "王大山";
    cells[AREA_CODE] = AREA;
    if (fault) {
        for (size_t i = 0; i < COUNT(fault->with) && fault->with[i].cell; i++)
            cells[fault->with[i].column] = fault->with[i].cell;
        cells[fault->column] = good ? fault->good : fault->bad;
    } else {
        cells[FILE_NUMBER] = "11010500100199999";
        cells[FILE_OPENED] = "2000";
    }
    for (int i = 0; i < COLUMNS; i++)
        fprintf(out, "%s%s", i ? "," : "", cells[i] ? cells[i] : "");
    fputc('\n', out);
}

/* A header, a good row, and for each fault a row that has it after a good one of two lines. */
static void write_faults(const char *path, bool good, uint64_t lines[COUNT(faults)]) {
    FILE *out = fopen(path, "wb");
    uint64_t line = 3;
    assert_non_null(out);
    for (int i = 0; i < COLUMNS; i++)
        fprintf(out, "%s%s", i ? "," : "", columns[i].name);
    fputc('\n', out);
    write_faulty_row(out, NULL, 501, true);
    for (size_t i = 0; i < COUNT(faults); i++) {
        char id[ID_SIZE];
        fprintf(out, "%s,周大海,,," AREA ",,\"1号\n2层\"\n", id_number(id, 110108, 19400101, 2 * (int)i + 1));
        write_faulty_row(out, &faults[i], 2 * (int)i + 1, good);
        lines[i] = line + 2;
        line += 3;
    }
    fclose(out);
}

static void assert_reason(const sheet *s, size_t i, uint64_t line, bool chinese) {
    const faulty *fault = &faults[i];
    const char *reason = s->cells[i + 1][1];
    const char *column = chinese ? columns[fault->named].zh : columns[fault->named].name;
    assert_int_equal(strtoull(s->cells[i + 1][0], NULL, 10), line);
    assert_int_equal(strncmp(reason, column, strlen(column)), 0);
    assert_text_has(reason, chinese ? fault->zh : fault->en);
    assert_text_has(reason, chinese ? fault->do_zh : fault->do_en);
}

static void faults_are_named(fixture *f, bool chinese) {
    char path[PATH_SIZE], rejects[PATH_SIZE], line[64];
    uint64_t lines[COUNT(faults)];
    sheet s;
    join_path(path, f->folder, "faults.csv");
    join_path(rejects, f->folder, "rejects.csv");
    write_faults(path, false, lines);
    hr_import_options options = options_of(NULL, NULL, rejects);
    hr_import_result result = import_file(f, path, &options);
    assert_counts(result, COUNT(faults) + 1, 0, 0, COUNT(faults));
    assert_int_equal(info_of(f->store).residents, COUNT(faults) + 1);
    assert_int_equal(result.first_reject_line, lines[0]);
    read_sheet(rejects, &s);
    assert_int_equal(s.rows, COUNT(faults) + 1);
    for (size_t i = 0; i < COUNT(faults); i++)
        assert_reason(&s, i, lines[i], chinese);
    snprintf(line, sizeof line, chinese ? "第 %" PRIu64 " 行" : "line %" PRIu64, lines[0]);
    assert_text_has(result.first_reject, line);
    assert_text_has(result.first_reject, s.cells[1][1]);
    forget_sheet(&s);
    assert_int_equal(verify_findings(f->store), 0);
}

static void a_refused_row_is_explained_by_line_column_problem_and_remedy(void **state) {
    faults_are_named(*state, false);
}

static void a_refused_row_is_explained_in_chinese(void **state) {
    reopen(*state, HR_LANGUAGE_ZH);
    faults_are_named(*state, true);
}

static void the_same_rows_without_their_faults_are_stored(void **state) {
    fixture *f = *state;
    char path[PATH_SIZE];
    uint64_t lines[COUNT(faults)];
    join_path(path, f->folder, "faults.csv");
    write_faults(path, true, lines);
    hr_import_result result = import_file(f, path, NULL);
    if (result.rejected)
        fail_msg("%s", result.first_reject);
    assert_int_equal(result.rows, 2 * COUNT(faults) + 1);
}

static void a_row_refused_in_the_middle_leaves_the_others_stored(void **state) {
    fixture *f = *state;
    hr_import_result result = import_text(f, HEADER LI_ROW BAD_ROW WU_ROW BAD_ROW ZHAO_ROW);
    assert_counts(result, 3, 0, 0, 2);
    assert_int_equal(result.first_reject_line, 3);
    assert_residents(f, 3);
    assert_int_equal(verify_findings(f->store), 0);
}

static void a_row_that_would_amend_somebody_wrongly_leaves_him_as_he_was(void **state) {
    fixture *f = *state;
    import_text(f, "id_number,name,area,phone\n" LI ",李秀英," AREA ",1\n");
    picture before = picture_of(f);
    assert_counts(import_text(f, "id_number,phone,died\n" LI ",2,1900-01-01\n"), 0, 0, 0, 1);
    assert_as_in(f, &before);
    assert_field(f, LI, "phone", "1");
    forget(&before);
    assert_counts(import_text(f, "id_number,phone,died\n" LI ",2,2009-01-01\n"), 0, 1, 0, 0);
}

static void rows_of_registers_are_explained_too(void **state) {
    fixture *f = *state;
    static const struct {
        const char *header, *bad, *good, *named;
    } cases[] = {
        {"area,name,parent", "110105009001,第1社区,", "110105009,第9街道,", "area: "},
        {"area,name,parent", "310101,黄浦区,", "110101,东城区,", "area: "},
        {"area,name,parent", "110105001009,,", "110105001009,第9社区,", "name: "},
        {"area,name,parent", "110105001008,第8社区,110108", "110105001008,第8社区,110105001", "parent: "},
        {"code,name,kind,area", "S1,一站,医院," AREA, "S1,一站,站," AREA, "kind: "},
        {"code,name,kind,area", "S2,二站,站,110105888888", "S2,二站,站," AREA, "area: "},
        {"code,name,kind,area,grade", "S3,三站,站," AREA ",D", "S3,三站,站," AREA ",甲", "grade: "},
        {"code,name,kind,area,opened,closed", "S4,四站,站," AREA ",2003,2001", "S4,四站,站," AREA ",2001,2003",
         "closed: "},
        {"code,name,kind,area,opened", "S5,五站,站," AREA ",2190", "S5,五站,站," AREA ",2001", "opened: "},
        {"code,name,kind,area,serves", "S6,六站,站," AREA ",11010x", "S6,六站,站," AREA ",110105001;110105002",
         "serves: "},
        {"area,year,residents", AREA ",2003,-1", AREA ",2003,1", "residents: "},
        {"area,year,residents", AREA ",MMIII,1", AREA ",2004,1", "year: "},
        {"area,year,residents", "110105888888,2003,1", AREA ",2005,1", "area: "},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char text[512];
        snprintf(text, sizeof text, "%s\n%s\n%s\n", cases[i].header, cases[i].bad, cases[i].good);
        hr_import_result result = import_text(f, text);
        if (result.added != 1 || result.first_reject_line != 2)
            fail_msg("case %zu: line %" PRIu64 ": %s", i, result.first_reject_line, result.first_reject);
        assert_text_has(result.first_reject, cases[i].named);
    }
    assert_int_equal(verify_findings(f->store), 0);
}

static void areas_are_taken_when_their_parents_come_first(void **state) {
    fixture *f = *state;
    static const char rows[][40] = {"110101,东城区\n", "110101001,第1街道\n", "110101001001,第1社区\n"};
    char text[256], rejects[PATH_SIZE];
    join_path(rejects, f->folder, "rejects.csv");
    hr_import_options options = options_of("areas", NULL, rejects);
    snprintf(text, sizeof text, "area,name\n%s%s%s", rows[2], rows[1], rows[0]);
    assert_counts(import_file(f, roster(f, text), &options), 1, 0, 0, 2);
    snprintf(text, sizeof text, "area,name\n%s%s%s", rows[0], rows[1], rows[2]);
    assert_counts(import_file(f, roster(f, text), &options), 2, 0, 1, 0);
    assert_counts(import_text(f, HEADER LI ",李秀英,110101001001\n"), 1, 0, 0, 0);
    assert_int_equal(figure_of(f->store, "110101001001", "resident_files", 20101231).denominator, 1);
}

static void what_registers_hold_shows_in_the_figures(void **state) {
    fixture *f = *state;
    import_text(f, "area,year,residents,elderly\n" AREA ",2003,500,40\n");
    import_text(f, "code,name,kind,area,serves,opened\nS1,一站,station," AREA "," AREA ",2001-01-01\n");
    figure residents = figure_of(f->store, AREA, "resident_files", 20031231);
    assert_int_equal(residents.denominator, 500);
    assert_string_equal(residents.source, "official");
    assert_int_equal(figure_of(f->store, AREA, "elderly_files", 20031231).denominator, 40);
    assert_int_equal(figure_of(f->store, AREA, "service_coverage", 20031231).numerator, 500);
}

static void an_institution_that_opened_some_day_in_a_month_is_counted_as_the_log_folds(void **state) {
    fixture *f = *state;
    import_text(f, HEADER LI_ROW);
    import_text(f, "code,name,kind,area,serves,opened\nS1,一站,站," AREA "," AREA ",2001-05\n");
    assert_int_equal(figure_of(f->store, AREA, "service_coverage", 20010530).numerator, 0);
    assert_int_equal(figure_of(f->store, AREA, "service_coverage", 20010531).numerator, 1);
    assert_int_equal(verify_findings(f->store), 0);
}

/* ---- the rejects file ---- */

static const char *rejects_of(fixture *f, const char *text, hr_import_result *result) {
    const char *rejects = path_in(f, "rejects.csv");
    hr_import_options options = options_of(NULL, NULL, rejects);
    *result = import_file(f, roster(f, text), &options);
    return rejects;
}

static void rejects_hold_the_cells_as_they_were_with_line_and_reason(void **state) {
    fixture *f = *state;
    static const char *const header[] = {"ID_Number", "备注", "姓名", "区划代码", "住址"};
    static const char *const first[] = {"123", "=1+1", "某\"人\"", AREA, "１号,\n2层"};
    static const char *const second[] = {"11010519491231002x", "　,", "李秀英", "９９９", ""};
    hr_import_result result;
    sheet s;
    read_sheet(rejects_of(f,
                          "ID_Number,备注,姓名,区划代码,住址\n123,=1+1,\"某\"\"人\"\"\"," AREA ",\"１号,\n2层\"\n" WU
                          ",,吴大海," AREA ",\n11010519491231002x,\"　,\",李秀英,９９９,\n",
                          &result),
               &s);
    assert_counts(result, 1, 0, 0, 2);
    assert_int_equal(s.rows, 3);
    assert_string_equal(s.cells[0][0], "line");
    assert_string_equal(s.cells[0][1], "reason");
    assert_row(&s, 0, 2, header, COUNT(header));
    assert_string_equal(s.cells[1][0], "2");
    assert_row(&s, 1, 2, first, COUNT(first));
    assert_string_equal(s.cells[2][0], "5");
    assert_row(&s, 2, 2, second, COUNT(second));
    forget_sheet(&s);
}

static void rejects_keep_the_spaces_and_tabs_around_a_cell(void **state) {
    fixture *f = *state;
    static const char *const cells[] = {"\t123", " 某人 ", "\t=1+1", ("  " AREA)};
    hr_import_result result;
    sheet s;
    read_sheet(rejects_of(f, "id_number,name,address,area\n\t123, 某人 ,\t=1+1,  " AREA "\n", &result), &s);
    assert_row(&s, 1, 2, cells, COUNT(cells));
    forget_sheet(&s);
}

static void rejects_keep_the_spaces_and_tabs_inside_quotation_marks(void **state) {
    fixture *f = *state;
    static const char *const cells[] = {"\t123", " 某人 ", "\t=1+1", ("  " AREA)};
    hr_import_result result;
    sheet s;
    read_sheet(rejects_of(f, "id_number,name,address,area\n\"\t123\",\" 某人 \",\"\t=1+1\",\"  " AREA "\"\n", &result),
               &s);
    assert_row(&s, 1, 2, cells, COUNT(cells));
    forget_sheet(&s);
}

static void rejects_keep_all_cells_of_a_row_that_has_too_many(void **state) {
    fixture *f = *state;
    static const char *const cells[] = {LI, "李秀英", AREA, "1", "", "2"};
    hr_import_result result;
    sheet s;
    read_sheet(rejects_of(f, HEADER LI ",李秀英," AREA ",1,,2\n", &result), &s);
    assert_row(&s, 1, 2, cells, COUNT(cells));
    forget_sheet(&s);
}

static void rejects_of_a_gb18030_roster_are_utf_8(void **state) {
    fixture *f = *state;
    static const char *const cells[] = {"123", "王𠮷", AREA};
    char rejects[PATH_SIZE];
    sheet s;
    join_path(rejects, f->folder, "rejects.csv");
    hr_import_options options = options_of(NULL, NULL, rejects);
    assert_counts(import_file(f, roster_gb18030(f, HEADER "123,王𠮷," AREA "\n"), &options), 0, 0, 0, 1);
    read_sheet(rejects, &s);
    assert_row(&s, 1, 2, cells, COUNT(cells));
    forget_sheet(&s);
}

static void rejects_are_for_their_owner_only(void **state) {
    fixture *f = *state;
    struct stat info;
    hr_import_result result;
    mode_t mask = umask(0);
    const char *rejects = rejects_of(f, HEADER BAD_ROW, &result);
    umask(mask);
    assert_int_equal(stat(rejects, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0600);
}

static void rejects_are_written_even_when_there_are_none(void **state) {
    fixture *f = *state;
    static const char *const header[] = {"id_number", "name", "area"};
    hr_import_result result;
    sheet s;
    read_sheet(rejects_of(f, HEADER LI_ROW, &result), &s);
    assert_int_equal(s.rows, 1);
    assert_row(&s, 0, 2, header, COUNT(header));
    forget_sheet(&s);
}

static void no_rejects_are_written_unless_asked_for(void **state) {
    fixture *f = *state;
    const char *path = roster(f, HEADER BAD_ROW);
    size_t names = files_in(f->folder);
    import_file(f, path, NULL);
    assert_int_equal(files_in(f->folder), names);
}

static void rejects_of_the_run_before_are_replaced(void **state) {
    fixture *f = *state;
    hr_import_result result;
    sheet s;
    rejects_of(f, HEADER BAD_ROW BAD_ROW BAD_ROW, &result);
    size_t names = files_in(f->folder);
    read_sheet(rejects_of(f, HEADER BAD_ROW, &result), &s);
    assert_int_equal(s.rows, 2);
    assert_int_equal(files_in(f->folder), names);
    forget_sheet(&s);
}

/* A process that reads the store's facts, as SQLite's lock on them says, until it is killed. */
static pid_t start_reader(const fixture *f) {
    int ready[2];
    char path[PATH_SIZE], byte = 0;
    struct flock shared = {.l_type = F_RDLCK, .l_whence = SEEK_SET, .l_start = 0x40000002, .l_len = 510};
    join_path(path, f->path, "facts.1.db");
    assert_int_equal(pipe(ready), 0);
    pid_t child = fork();
    if (child == 0) {
        int file = open(path, O_RDONLY | O_CLOEXEC);
        if (file < 0 || fcntl(file, F_SETLK, &shared) != 0 || write(ready[1], "r", 1) != 1)
            _exit(1);
        for (;;)
            pause();
    }
    assert_true(child > 0);
    close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    return child;
}

static void rejects_of_the_run_before_stay_when_nothing_could_be_stored(void **state) {
    fixture *f = *state;
    hr_import_result result;
    const char *path = roster(f, HEADER LI_ROW BAD_ROW), *rejects = path_in(f, "rejects.csv");
    hr_import_options options = options_of(NULL, NULL, rejects);
    write_bytes(rejects, "earlier", 7);
    size_t names = files_in(f->folder);
    hr_import_result_init(&result);
    pid_t reader = start_reader(f);
    assert_status(f->store, HR_BUSY, hr_import(f->store, path, &options, &result));
    kill(reader, SIGKILL);
    assert_int_equal(waitpid(reader, NULL, 0), reader);
    assert_false(is_known(f, LI));
    assert_int_equal(file_size(rejects), 7);
    assert_int_equal(files_in(f->folder), names);
    assert_status(f->store, HR_OK, hr_import(f->store, path, &options, &result));
    assert_counts(result, 1, 0, 0, 1);
    assert_true(file_size(rejects) > 7);
}

static void rejects_take_the_place_of_no_folder_and_no_device(void **state) {
    fixture *f = *state;
    const char *path = roster(f, HEADER LI_ROW), *const taken[] = {f->folder, "/dev/null"};
    for (size_t i = 0; i < COUNT(taken); i++) {
        hr_import_options options = options_of(NULL, NULL, taken[i]);
        assert_text_has(import_refused(f, HR_INVALID, path, &options), "rejects file");
    }
    hr_import_options options = options_of(NULL, NULL, path_in(f, "rejects.csv"));
    assert_counts(import_file(f, path, &options), 1, 0, 0, 0);
}

/* Imports the rejects after `wrong` in them was made `right`. */
static hr_import_result import_corrected(fixture *f, const char *rejects, const char *wrong, const char *right) {
    char *bytes = read_bytes(rejects, NULL), *at = strstr(bytes, wrong), *text = NULL;
    assert_non_null(at);
    assert_true(asprintf(&text, "%.*s%s%s", (int)(at - bytes), bytes, right, at + strlen(wrong)) > 0);
    hr_import_result result = import_text(f, text);
    free(text);
    free(bytes);
    return result;
}

static void rejects_can_be_corrected_and_imported(void **state) {
    fixture *f = *state;
    hr_import_result result;
    const char *rejects = rejects_of(f, HEADER LI_ROW "123,\"吴,大海\"," AREA "\n", &result);
    assert_counts(result, 1, 0, 0, 1);
    result = import_corrected(f, rejects, "123", WU);
    assert_counts(result, 1, 0, 0, 0);
    assert_string_equal(result.ignored_columns, "");
    assert_field(f, WU, "name", "吴,大海");
}

static void rejects_in_chinese_can_be_corrected_and_imported(void **state) {
    fixture *f = *state;
    hr_import_result result;
    reopen(f, HR_LANGUAGE_ZH);
    const char *rejects = rejects_of(f, "身份证号,姓名,区划代码\n" LI_ROW "123,吴大海," AREA "\n", &result);
    result = import_corrected(f, rejects, "123", WU);
    assert_counts(result, 1, 0, 0, 0);
    assert_string_equal(result.ignored_columns, "");
}

static void rejects_that_are_not_corrected_are_refused_alike(void **state) {
    fixture *f = *state;
    hr_import_result result, again;
    const char *rejects = rejects_of(f, HEADER LI_ROW BAD_ROW, &result);
    again = import_file(f, rejects, NULL);
    assert_counts(again, 0, 0, 0, 1);
    assert_int_equal(again.first_reject_line, 2);
    assert_string_equal(strchr(again.first_reject, ':'), strchr(result.first_reject, ':'));
}

static void rejects_do_not_overwrite_the_roster(void **state) {
    fixture *f = *state;
    char path[PATH_SIZE], hard[PATH_SIZE], soft[PATH_SIZE], dotted[PATH_SIZE];
    join_path(path, f->folder, "roster.csv");
    join_path(hard, f->folder, "hard.csv");
    join_path(soft, f->folder, "soft.csv");
    join_path(dotted, f->folder, "./roster.csv");
    roster(f, HEADER LI_ROW BAD_ROW);
    assert_int_equal(link(path, hard), 0);
    assert_int_equal(symlink(path, soft), 0);
    const char *const names[] = {path, hard, soft, dotted};
    for (size_t i = 0; i < COUNT(names); i++) {
        hr_import_options options = options_of(NULL, NULL, names[i]);
        assert_text_has(import_refused(f, HR_INVALID, path, &options), "another name");
        char *bytes = read_bytes(path, NULL);
        assert_string_equal(bytes, HEADER LI_ROW BAD_ROW);
        free(bytes);
    }
}

static void rejects_that_cannot_be_written_leave_the_store_as_it_was(void **state) {
    fixture *f = *state;
    char missing[PATH_SIZE], file[PATH_SIZE], locked[PATH_SIZE], inside[PATH_SIZE];
    const char *path = roster(f, HEADER LI_ROW BAD_ROW);
    join_path(missing, f->folder, "no such folder/rejects.csv");
    join_path(file, f->folder, "roster.csv/rejects.csv");
    join_path(locked, f->folder, "locked");
    join_path(inside, locked, "rejects.csv");
    assert_int_equal(mkdir(locked, 0500), 0);
    const char *const names[] = {missing, file, inside};
    /* Root may write anywhere. */
    for (size_t i = 0; i < COUNT(names) - (geteuid() == 0); i++) {
        hr_import_options options = options_of(NULL, NULL, names[i]);
        assert_text_has(import_refused(f, HR_SYSTEM, path, &options), "rejects");
    }
    assert_counts(import_file(f, path, NULL), 1, 0, 0, 1);
}

static void a_file_that_is_refused_leaves_the_rejects_of_the_run_before(void **state) {
    fixture *f = *state;
    hr_import_result result;
    char rejects[PATH_SIZE];
    join_path(rejects, f->folder, "rejects.csv");
    rejects_of(f, HEADER BAD_ROW, &result);
    char *before = read_bytes(rejects, NULL);
    hr_import_options options = options_of(NULL, NULL, rejects);
    import_refused(f, HR_INVALID, roster(f, HEADER BAD_ROW BAD_ROW CUT_ROW), &options);
    char *after = read_bytes(rejects, NULL);
    assert_string_equal(after, before);
    free(before);
    free(after);
}

static void a_file_that_is_refused_leaves_no_rejects(void **state) {
    fixture *f = *state;
    const char *path = roster(f, HEADER BAD_ROW CUT_ROW), *rejects = path_in(f, "rejects.csv");
    hr_import_options options = options_of(NULL, NULL, rejects);
    import_refused(f, HR_INVALID, path, &options);
    assert_false(path_exists(rejects));
}

/* ---- trying, repeating, amending ---- */

static void assert_dry_run_counts_alike(fixture *f, const char *text) {
    char rejects[PATH_SIZE];
    join_path(rejects, f->folder, "rejects.csv");
    const char *path = roster(f, text);
    hr_import_options options = options_of(NULL, NULL, rejects);
    picture before = picture_of(f);
    options.dry_run = 1;
    hr_import_result dry = import_file(f, path, &options);
    assert_as_in(f, &before);
    char *would = read_bytes(rejects, NULL);
    options.dry_run = 0;
    hr_import_result real = import_file(f, path, &options);
    char *did = read_bytes(rejects, NULL);
    assert_memory_equal(&dry, &real, sizeof dry);
    assert_string_equal(would, did);
    assert_true(info_of(f->store).entries > before.entries);
    forget(&before);
    free(would);
    free(did);
}

static void a_dry_run_changes_nothing_and_counts_alike(void **state) {
    fixture *f = *state;
    import_text(f, HEADER LI_ROW WU_ROW);
    assert_dry_run_counts_alike(f, "id_number,name,area,phone,file_opened\n" LI ",李秀英," AREA
                                   ",1,2003\n" WU_ROW ZHAO_ROW ZHAO ",赵国强," AREA ",2,\n123,某人," AREA ",,\n");
}

static void a_dry_run_of_registers_changes_nothing_and_counts_alike(void **state) {
    assert_dry_run_counts_alike(*state, "area,name,parent\n110101,东城区,11\n110101001,第1街道,\n1101,坏,\n");
    assert_dry_run_counts_alike(*state, "code,name,kind,area,serves\nS1,一站,站," AREA "," AREA "\nS2,,,,\n");
    assert_dry_run_counts_alike(*state, "area,year,residents\n" AREA ",2003,500\n" AREA ",x,500\n");
}

static void a_dry_run_of_areas_is_forgotten(void **state) {
    fixture *f = *state;
    hr_import_options options = options_of("areas", NULL, NULL);
    options.dry_run = 1;
    assert_counts(import_file(f, roster(f, "area,name\n110105001009,第9社区\n"), &options), 1, 0, 0, 0);
    assert_counts(import_text(f, HEADER LI ",李秀英,110105001009\n"), 0, 0, 0, 1);
    put_refused(f, "resident", "{'id_number':'" LI "','name':'李秀英','area':'110105001009'}");
}

static void the_same_file_again_changes_nothing(void **state) {
    fixture *f = *state;
    static const char *const texts[] = {
        "id_number,name,sex,birth_date,area,file_number,file_opened,rehab_need_since,moved_in,hardship\n" LI
        ",李秀英,,," AREA ",11010500100100001,2003-05-01,2001,1990,否\n,王小明,男,1950," AREA
        ",11010500100100002,2003-05,,,是\n,张三,1,1960-01-01," AREA ",,,,,\n",
        "area,name,parent\n110105001004,第4社区,110105001\n",
        "code,name,kind,area,grade,serves,opened\nS1,一站,站," AREA ",甲,110105001001;110105001002,2001-05-01\n",
        "area,year,residents,elderly,source\n" AREA ",2003,500,,统计局\n",
    };
    for (size_t i = 0; i < COUNT(texts); i++) {
        hr_import_result first = import_text(f, texts[i]);
        assert_int_equal(first.added, first.rows);
        picture before = picture_of(f);
        assert_counts(import_text(f, texts[i]), 0, 0, first.rows, 0);
        assert_as_in(f, &before);
        forget(&before);
    }
}

/* The body of the newest entry about a resident must be this JSON, in which ' stands for ". */
static void assert_newest_entry(fixture *f, const char *reference, const char *json) {
    hr_cursor *rows = NULL;
    char *want = strdup(json);
    assert_non_null(want);
    quote_json(want);
    assert_status(f->store, HR_OK, hr_history(f->store, resident_named(f, reference), &rows));
    assert_status(f->store, HR_OK, hr_cursor_next(rows));
    assert_string_equal(hr_cursor_text(rows, column_named(rows, "body")), want);
    hr_cursor_free(rows);
    free(want);
}

static void an_updated_roster_amends_only_what_differs(void **state) {
    fixture *f = *state;
    static const char header[] = "id_number,name,area,phone,file_opened\n";
    char text[512];
    snprintf(text, sizeof text, "%s" LI ",李秀英," AREA ",1,2003-05-01\n" WU_ROW ZHAO_ROW, header);
    import_text(f, text);
    uint64_t entries = info_of(f->store).entries;
    snprintf(text, sizeof text, "%s" LI ",李秀英," AREA ",2,2003-05-01\n" WU_ROW ZHAO ",赵国强," AREA ",,2004\n",
             header);
    assert_counts(import_text(f, text), 0, 2, 1, 0);
    assert_int_equal(info_of(f->store).entries, entries + 2);
    assert_newest_entry(f, LI, "{'phone':'2'}");
    assert_newest_entry(f, ZHAO, "{'file_opened':'2004'}");
    assert_int_equal(figure_of(f->store, AREA, "resident_files", 20101231).numerator, 2);
}

static void the_second_row_of_a_resident_amends_the_first(void **state) {
    fixture *f = *state;
    assert_counts(import_text(f, "id_number,name,area,phone\n" LI ",李秀英," AREA ",1\n" WU_ROW LI ",李秀英," AREA
                                 ",2\n" LI ",李秀英," AREA ",2\n"),
                  2, 1, 1, 0);
    assert_field(f, LI, "phone", "2");
    assert_residents(f, 2);
    assert_int_equal(verify_findings(f->store), 0);
}

static void a_resident_without_an_id_number_is_known_again_in_another_roster(void **state) {
    fixture *f = *state;
    import_text(f, "name,sex,birth_date,area\n王小明,男,1950-01-01," AREA "\n王小明,男,1950-01-02," AREA
                   "\n王小明,女,1950-01-01," AREA "\n");
    assert_residents(f, 3);
    hr_import_result result =
        import_text(f, "出生日期,姓名,性别,电话,区划代码\n1950年1月1日,王小明,1,65001234," AREA "\n");
    assert_counts(result, 0, 1, 0, 0);
    assert_residents(f, 3);
}

/* ---- long work ---- */

/* Residents, numbered from 0, each with `padding` bytes in a column that is not ours. */
static void write_people(const char *path, int count, int padding) {
    static const char *const areas[] = {"110105001001", "110105001002", "110105001003", "110105002001"};
    FILE *out = fopen(path, "wb");
    assert_non_null(out);
    fputs("id_number,name,area,phone,address,file_opened,computerized,note\n", out);
    for (int i = 0; i < count; i++) {
        char id[ID_SIZE];
        int day = i % 28 + 1, month = i / 28 % 12 + 1, year = 1930 + i / 336 % 60;
        id_number(id, 110105, year * 10000 + month * 100 + day, 1 + i / 20160);
        fprintf(out, "%s,居民%d,%s,%d,朝阳门外%d号,%s,%s,%*d\n", id, i, areas[i % 4], 65000000 + i, i,
                i % 2 ? "2003-05-01" : "", i % 4 == 1 ? "2003-06-01" : "", padding, 0);
    }
    fclose(out);
}

typedef struct watch {
    uint64_t calls, last, total, steps, stop_at;
    bool fell;
} watch;

static int see_progress(void *context, uint64_t done, uint64_t total) {
    watch *w = context;
    w->calls++;
    w->fell |= done < w->last;
    w->steps += done > w->last;
    w->last = done;
    w->total = total;
    return w->stop_at && w->calls == w->stop_at;
}

static void progress_grows_to_the_size_of_the_file(void **state) {
    fixture *f = *state;
    char path[PATH_SIZE];
    watch w = {0};
    hr_import_options options = options_of(NULL, NULL, NULL);
    options.progress = see_progress;
    options.progress_context = &w;
    join_path(path, f->folder, "people.csv");
    write_people(path, 1000, 1000);
    import_file(f, path, &options);
    assert_false(w.fell);
    assert_true(w.steps >= 3);
    assert_int_equal(w.last, file_size(path));
    assert_int_equal(w.total, file_size(path));
}

static void an_import_can_be_stopped_at_any_time(void **state) {
    fixture *f = *state;
    char path[PATH_SIZE], rejects[PATH_SIZE];
    watch w = {0};
    join_path(path, f->folder, "people.csv");
    join_path(rejects, f->folder, "rejects.csv");
    write_people(path, 1000, 1000);
    hr_import_options options = options_of(NULL, NULL, rejects);
    options.progress = see_progress;
    options.progress_context = &w;
    options.dry_run = 1;
    import_file(f, path, &options);
    assert_int_equal(unlink(rejects), 0);
    options.dry_run = 0;
    const uint64_t stops[] = {1, w.calls / 2, w.calls};
    for (size_t i = 0; i < COUNT(stops); i++) {
        w = (watch){.stop_at = stops[i]};
        import_refused(f, HR_CANCELLED, path, &options);
        assert_int_equal(w.calls, stops[i]);
    }
    w = (watch){0};
    assert_counts(import_file(f, path, &options), 1000, 0, 0, 0);
}

static void broken_bytes_at_the_end_of_a_long_roster_undo_all_of_it(void **state) {
    fixture *f = *state;
    enum { PEOPLE = 20000 };
    static const char bad[] = LI ",李\x80," AREA "\n";
    char path[PATH_SIZE];
    import_text(f, HEADER LI_ROW);
    join_path(path, f->folder, "people.csv");
    write_people(path, PEOPLE, 1);
    size_t good = file_size(path);
    FILE *out = fopen(path, "ab");
    assert_non_null(out);
    fputs(bad, out);
    fclose(out);
    const char *said = import_refused(f, HR_INVALID, path, NULL);
    assert_text_has(said, "line 20002");
    assert_int_equal(truncate(path, (off_t)good), 0);
    assert_counts(import_file(f, path, NULL), PEOPLE, 0, 0, 0);
    assert_residents(f, PEOPLE + 1);
    assert_int_equal(verify_findings(f->store), 0);
}

/* How much more memory than before an import of so many residents took at most. */
static long import_peak(fixture *f, int people, size_t *size) {
    char path[PATH_SIZE];
    join_path(path, f->folder, "people.csv");
    write_people(path, people, 1400);
    *size = file_size(path);
    int dumpable = prctl(PR_GET_DUMPABLE, 0, 0, 0, 0);
    prctl(PR_SET_DUMPABLE, 1, 0, 0, 0); /* else only root may forget the peak */
    reset_peak();
    prctl(PR_SET_DUMPABLE, dumpable, 0, 0, 0);
    assert_counts(import_file(f, path, NULL), (uint64_t)people, 0, 0, 0);
    return peak_kib();
}

static void memory_does_not_grow_with_the_file(void **state) {
    fixture *f = *state;
    enum { BOUND_KIB = 64 << 10 }; /* caches and collections of a fixed size, which a small roster does not fill */
    size_t small, large;
    if (SANITIZED) /* whose allocator keeps what is freed */
        skip();
    long before = import_peak(f, 5000, &small);
    close_store(f);
    remove_tree(f->path);
    make_store(f, HR_LANGUAGE_EN);
    add_sample_areas(f);
    long after = import_peak(f, 60000, &large);
    assert_true((large - small) / 1024 > BOUND_KIB);
    if (after > before + BOUND_KIB)
        fail_msg("%ld KiB for 5,000 residents, %ld KiB for 60,000", before, after);
}

/* Rows just below the longest that is taken, most of each in a column that is not known. */
static void memory_does_not_grow_with_the_cells(void **state) {
    fixture *f = *state;
    enum { ROWS = 60, CELL_SIZE = 1000000, BOUND_KIB = 32 << 10 };
    char path[PATH_SIZE], *cell = malloc(CELL_SIZE + 1);
    size_t size;
    if (SANITIZED) {
        free(cell);
        skip();
    }
    assert_non_null(cell);
    memset(cell, 'x', CELL_SIZE);
    cell[CELL_SIZE] = '\0';
    join_path(path, f->folder, "wide.csv");
    FILE *out = fopen(path, "we");
    assert_non_null(out);
    fputs("name,sex,birth_date,area,remark\n", out);
    for (int i = 0; i < ROWS; i++)
        fprintf(out, "人%d,1,1940,%s,%s\n", i, AREA, cell);
    assert_int_equal(fclose(out), 0);
    free(cell);
    long before = import_peak(f, 100, &size);
    reset_peak();
    assert_counts(import_file(f, path, NULL), ROWS, 0, 0, 0);
    long after = peak_kib();
    if (after > before + BOUND_KIB)
        fail_msg("%ld KiB for short rows, %ld KiB for long ones", before, after);
}

/* ---- every spelling ---- */

enum { SPELLED = 3000, CELL = 400 };

/* What a resident is (JSON with ' for ", empty: not given) and one way to write it. */
typedef struct person {
    char key[ID_SIZE], json[COLUMNS][CELL], cell[COLUMNS][CELL];
} person;

/* Appends `c`, perhaps as its full-width form. */
static void put_spelled(char *out, char c, bool wide) {
    size_t used = strlen(out);
    assert_in_range(used, 0, CELL - 4);
    if (wide && c > ' ' && c < 0x7F) {
        unsigned code = 0xFF01u + (unsigned)(c - '!');
        out[used++] = (char)(0xE0 | code >> 12);
        out[used++] = (char)(0x80 | (code >> 6 & 0x3F));
        out[used++] = (char)(0x80 | (code & 0x3F));
    } else {
        out[used++] = c;
    }
    out[used] = '\0';
}

/* The text as somebody may type it: full-width, among white space, with long gaps. */
static void spell(char out[CELL], const char *text) {
    static const char *const around[] = {"", "", "", " ", "  ", "　", "\t"};
    static const char *const gaps[] = {" ", "  ", "　", "\r\n"};
    bool wide = one_in(4);
    snprintf(out, CELL, "%s", around[random_below(COUNT(around))]);
    for (; *text; text++)
        if (*text == ' ')
            strcat(out, gaps[random_below(COUNT(gaps))]);
        else
            put_spelled(out, *text, wide);
    strcat(out, around[random_below(COUNT(around))]);
}

static void set_text(person *p, int column, const char *text) {
    snprintf(p->json[column], CELL, "'%s'", text);
    spell(p->cell[column], text);
}

static void set_words(person *p, int column, const char *json, const char *const words[3]) {
    snprintf(p->json[column], CELL, "%s", json);
    spell(p->cell[column], words[random_below(3)]);
}

static void set_date(person *p, int column, int year, int month, int day) {
    static const char *const whole[] = {"%04d-%02d-%02d", "%04d%02d%02d", "%04d年%d月%d日"};
    unsigned known = one_in(4) ? random_below(2) : 2;
    char json[32], cell[32];
    if (known == 0) {
        snprintf(json, sizeof json, "%04d", year);
        snprintf(cell, sizeof cell, "%04d", year);
    } else if (known == 1) {
        snprintf(json, sizeof json, "%04d-%02d", year, month);
        snprintf(cell, sizeof cell, "%04d-%02d", year, month);
    } else {
        snprintf(json, sizeof json, "%04d-%02d-%02d", year, month, day);
        snprintf(cell, sizeof cell, whole[random_below(COUNT(whole))], year, month, day);
    }
    set_text(p, column, json);
    spell(p->cell[column], cell);
}

/* A date in one of five years, so that the order of dates is the order of their first years. */
static void set_event(person *p, int column, int first_year) {
    set_date(p, column, first_year + (int)random_below(5), 1 + (int)random_below(12), 1 + (int)random_below(28));
}

static void make_identity(person *p, int serial) {
    static const char *const men[] = {"1", "男", "male"}, *const women[] = {"2", "女", "female"};
    int year = 1900 + (int)random_below(80), month = 1 + (int)random_below(12), day = 1 + (int)random_below(28);
    char old[ID_SIZE], birth[40];
    id_number(p->key, 110105, year * 10000 + month * 100 + day, serial % 1000);
    bool man = serial % 2 == 1;
    snprintf(birth, sizeof birth, "%04d-%02d-%02d", year, month, day);
    set_text(p, ID_NUMBER, p->key);
    if (one_in(4))
        spell(p->cell[ID_NUMBER], id_number_15(old, p->key));
    else if (p->key[17] == 'X' && one_in(2))
        strcpy(strrchr(strcpy(p->cell[ID_NUMBER], p->key), 'X'), "x");
    set_text(p, BIRTH_DATE, birth);
    set_words(p, SEX, man ? "1" : "2", man ? men : women);
    if (one_in(2)) /* it is in the ID number */
        *p->cell[BIRTH_DATE] = '\0';
    if (one_in(2))
        *p->cell[SEX] = '\0';
}

static void make_file(person *p, int serial) {
    char number[ID_SIZE];
    set_event(p, FILE_OPENED, 1995);
    snprintf(number, sizeof number, AREA "%05d", serial);
    if (one_in(2) || !*p->key)
        set_text(p, FILE_NUMBER, number);
    if (one_in(2))
        set_event(p, COMPUTERIZED, 2000);
    if (!*p->key)
        memcpy(p->key, number, sizeof number);
}

/* Known by his file number, because he has no ID number. */
static void make_anonymous(person *p, int serial) {
    static const char *const unsaid[] = {"9", "9", "未说明"}, *const men[] = {"1", "男", "male"};
    set_event(p, BIRTH_DATE, 1900 + 5 * (int)random_below(15));
    if (one_in(5))
        set_words(p, SEX, "9", unsaid);
    else
        set_words(p, SEX, "1", men);
    make_file(p, serial);
}

static void make_disability(person *p) {
    static const char *const kinds[][3] = {{"1", "视力", "sight"}, {"4", "肢体", "limb"}, {"7", "多重", "multiple"}};
    static const char *const marks[][4] = {{"'none'", "none", "无效", "none"},
                                           {"'effective'", "effective", "有效", "有效"},
                                           {"'marked'", "marked", "显效", "显效"}};
    char grade[2] = {(char)('1' + random_below(4)), '\0'}, certificate[32];
    const char *const *kind = kinds[random_below(COUNT(kinds))];
    const char *const grades[3] = {grade, grade, grade}, *const *mark = marks[random_below(COUNT(marks))];
    set_words(p, KIND, kind[0], kind);
    set_words(p, GRADE, grade, grades);
    if (*p->json[ID_NUMBER] && one_in(2)) {
        snprintf(certificate, sizeof certificate, "%s%s%s%s", p->key, kind[0], grade, one_in(3) ? "B2" : "");
        set_text(p, CERTIFICATE, certificate);
        if (one_in(2)) /* they are in the certificate */
            *p->cell[KIND] = *p->cell[GRADE] = '\0';
    }
    set_event(p, NEED, 1995);
    if (one_in(3))
        return;
    set_event(p, SERVED, 2000);
    if (one_in(2)) {
        set_words(p, OUTCOME, mark[0], mark + 1);
        set_event(p, OUTCOME_DATE, 2005);
    }
}

static void make_rest(person *p, int serial) {
    static const char *const yes[] = {"是", "yes", "YES"}, *const no[] = {"否", "no", "No"};
    static const char *const homes[] = {"朝阳门外大街1号", "=1+1",   "4 Jianguo Road, Flat 5",
                                        "A\"甲\"座,3层",   "+86 号", "王府井 2 号 䶮斋"};
    char device[24];
    if (one_in(2))
        set_text(p, PHONE, "010-65001234");
    if (one_in(2)) {
        const char *home = homes[random_below(COUNT(homes))];
        set_text(p, ADDRESS, home);
        if (strchr(home, '"')) /* JSON's way */
            snprintf(p->json[ADDRESS], CELL, "'A\\\"甲\\\"座,3层'");
    }
    if (one_in(3))
        set_text(p, HOUSEHOLD, one_in(2) ? "户籍" : "非户籍");
    if (one_in(2))
        one_in(2) ? set_words(p, HARDSHIP, "true", yes) : set_words(p, HARDSHIP, "false", no);
    if (one_in(3))
        set_event(p, CARE, 2000);
    snprintf(device, sizeof device, "C%06d", serial);
    if (one_in(4))
        set_text(p, DEVICE, device);
    if (one_in(4)) {
        set_event(p, BED_OPENED, 2000);
        if (one_in(2))
            set_event(p, BED_CLOSED, 2005);
    }
}

static void make_person(person *p, int serial) {
    static const char *const names[] = {"王小明", "李䶮", "阿不都·热合曼", "Maria da Silva", "=cmd", "欧阳 𠮷"};
    static const char *const areas[] = {AREA, "110105002002", "110108001001"};
    memset(p, 0, sizeof *p);
    if (one_in(6))
        make_anonymous(p, serial);
    else
        make_identity(p, serial);
    set_text(p, NAME, names[random_below(COUNT(names))]);
    set_text(p, AREA_CODE, areas[random_below(COUNT(areas))]);
    if (*p->json[ID_NUMBER] && one_in(2))
        make_file(p, serial);
    if (one_in(3))
        make_disability(p);
    make_rest(p, serial);
    if (one_in(4))
        set_event(p, MOVED_IN, 1980);
    if (one_in(8))
        set_event(p, MOVED_OUT, 2010);
    if (one_in(8))
        set_event(p, DIED, 2015);
}

static void write_spelled(FILE *out, const char *cell) {
    bool quoted = strpbrk(cell, ",\"\r\n") || one_in(5);
    if (quoted)
        fputc('"', out);
    for (; *cell; cell++)
        fputs(*cell == '"' ? "\"\"" : (const char[]){*cell, '\0'}, out);
    if (quoted)
        fputc('"', out);
}

/* A roster in some order of columns, some language of headings, some line end. For free(). */
static char *write_spelled_people(const person *people, size_t count) {
    static const char *const ends[] = {"\n", "\r\n", "\r"};
    const char *end = ends[random_below(COUNT(ends))];
    int order[COLUMNS] = {0}, language = (int)random_below(3);
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    for (int i = 0; i < COLUMNS; i++) {
        int j = (int)random_below((unsigned)i + 1);
        order[i] = order[j];
        order[j] = i;
    }
    for (int i = 0; i < COLUMNS; i++)
        fprintf(out, "%s%s", heading((size_t)order[i], language), i + 1 < COLUMNS ? "," : end);
    for (size_t p = 0; p < count; p++)
        for (int i = 0; i < COLUMNS; i++) {
            write_spelled(out, people[p].cell[order[i]]);
            fputs(i + 1 < COLUMNS ? "," : end, out);
        }
    fclose(out);
    return text;
}

static void assert_person(fixture *f, const person *p) {
    char json[COLUMNS * CELL] = "{";
    for (int i = 0; i < COLUMNS; i++) {
        size_t used = strlen(json);
        if (*p->json[i])
            snprintf(json + used, sizeof json - used, "%s'%s':%s", used > 1 ? "," : "", columns[i].name, p->json[i]);
    }
    strcat(json, "}");
    assert_resident(f, p->key, json);
}

static void three_thousand_residents_in_every_spelling_are_read_back(void **state) {
    fixture *f = *state;
    enum { FILES = 10, EACH = SPELLED / FILES };
    person *people = calloc(SPELLED, sizeof *people);
    assert_non_null(people);
    seed_chance(20031231);
    for (int i = 0; i < SPELLED; i++)
        make_person(&people[i], i + 1);
    for (size_t i = 0; i < FILES; i++) {
        char *text = write_spelled_people(people + i * EACH, EACH);
        hr_import_result result = import_file(f, i % 2 ? roster_gb18030(f, text) : roster(f, text), NULL);
        assert_string_equal(result.encoding, i % 2 ? "gb18030" : "utf-8");
        assert_string_equal(result.ignored_columns, "");
        assert_counts(result, EACH, 0, 0, 0);
        assert_counts(import_file(f, roster(f, text), NULL), 0, 0, EACH, 0);
        free(text);
    }
    for (size_t i = 0; i < SPELLED; i++)
        assert_person(f, &people[i]);
    assert_int_equal(verify_findings(f->store), 0);
    free(people);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(all_columns_of_residents_are_known_in_english),
        TEST(all_columns_of_residents_are_known_in_chinese),
        TEST(english_and_chinese_headings_may_be_mixed),
        TEST(columns_may_stand_in_any_order),
        TEST(the_kind_is_told_from_the_header),
        TEST(the_required_columns_of_areas_are_enough_to_tell_them),
        TEST(all_names_and_labels_of_hr_columns_are_headings),
        TEST(a_header_that_fits_two_kinds_needs_the_kind_to_be_said),
        TEST(a_kind_that_does_not_exist_is_refused),
        TEST(a_roster_of_another_kind_than_said_is_refused),
        TEST(a_file_without_a_header_is_refused_with_the_remedy),
        TEST(a_file_without_a_header_is_refused_in_chinese),
        TEST(headings_may_be_in_capitals_full_width_or_among_spaces),
        TEST(unknown_columns_are_reported_and_kept_out),
        TEST(many_unknown_columns_are_reported_as_far_as_there_is_room),
        TEST(a_column_that_stands_twice_is_refused),
        TEST(a_missing_column_without_which_rows_mean_nothing_is_named),
        TEST(a_roster_may_hold_nothing_but_a_key_and_what_changes),
        TEST(utf_8_is_read_with_and_without_a_byte_order_mark),
        TEST(gb18030_is_recognised_and_stored_as_unicode),
        TEST(chinese_headings_in_gb18030_are_known),
        TEST(gb18030_is_read_with_its_byte_order_mark),
        TEST(the_encoding_shows_wherever_the_first_character_that_is_not_ascii_stands),
        TEST(an_encoding_that_is_said_is_not_guessed),
        TEST(an_encoding_that_does_not_exist_is_refused),
        TEST(bytes_of_another_encoding_are_refused_with_line_and_byte),
        TEST(bytes_of_another_encoding_are_refused_in_chinese),
        TEST(one_broken_character_does_not_make_a_file_gb18030),
        TEST(broken_bytes_deep_in_a_file_are_named_to_the_byte),
        TEST(utf_16_is_refused_with_the_remedy),
        TEST(lines_may_end_in_any_of_the_three_ways),
        TEST(a_refused_row_is_named_by_its_first_line),
        TEST(lines_of_spaces_count_as_lines),
        TEST(lines_of_spaces_do_not_add_up_to_a_line_that_is_too_long),
        TEST(lines_are_counted_across_blocks),
        TEST(quoted_cells_may_hold_commas_quotes_and_newlines),
        TEST(a_quotation_mark_inside_a_cell_is_text),
        TEST(blank_lines_are_no_rows),
        TEST(empty_cells_say_nothing),
        TEST(a_row_may_have_fewer_cells_than_the_header),
        TEST(a_row_with_more_cells_than_the_header_is_refused),
        TEST(a_file_with_nothing_but_a_header_has_no_rows),
        TEST(an_empty_file_is_refused),
        TEST(a_quotation_mark_left_open_is_named_with_its_line),
        TEST(a_quotation_mark_left_open_does_not_swallow_a_large_roster),
        TEST(a_nul_byte_is_refused_with_its_line),
        TEST(a_line_above_1_mib_is_refused),
        TEST(a_line_of_1_gib_is_refused_in_little_memory),
        TEST(a_line_of_1_gib_is_refused_after_its_beginning),
        TEST(a_line_of_1_gib_is_not_read_to_its_end_to_guess_the_encoding),
        TEST(more_cells_than_any_roster_has_are_refused),
        TEST(a_missing_file_is_not_found),
        TEST(a_folder_is_no_roster),
        TEST(a_device_is_no_roster),
        TEST(a_fifo_is_refused_without_waiting_for_a_writer),
        TEST(a_roster_in_no_file_is_refused_in_words),
        TEST(a_closed_store_takes_no_roster),
        TEST(an_open_batch_must_be_ended_first),
        TEST(a_refused_file_leaves_the_result_untouched),
        TEST(dates_are_read_in_every_form_of_the_manual),
        TEST(text_is_stored_half_width_and_trimmed),
        TEST(formulas_stay_text),
        TEST(cells_that_begin_with_a_tab_for_a_spreadsheet_s_sake_are_read),
        TEST(id_numbers_are_read_in_every_form),
        TEST(a_very_long_cell_is_refused_with_its_row_only),
        TEST(a_refused_row_is_explained_by_line_column_problem_and_remedy),
        TEST(a_refused_row_is_explained_in_chinese),
        TEST(the_same_rows_without_their_faults_are_stored),
        TEST(a_row_refused_in_the_middle_leaves_the_others_stored),
        TEST(a_row_that_would_amend_somebody_wrongly_leaves_him_as_he_was),
        TEST(rows_of_registers_are_explained_too),
        TEST(areas_are_taken_when_their_parents_come_first),
        TEST(what_registers_hold_shows_in_the_figures),
        TEST(an_institution_that_opened_some_day_in_a_month_is_counted_as_the_log_folds),
        TEST(rejects_hold_the_cells_as_they_were_with_line_and_reason),
        TEST(rejects_keep_the_spaces_and_tabs_around_a_cell),
        TEST(rejects_keep_the_spaces_and_tabs_inside_quotation_marks),
        TEST(rejects_keep_all_cells_of_a_row_that_has_too_many),
        TEST(rejects_of_a_gb18030_roster_are_utf_8),
        TEST(rejects_are_for_their_owner_only),
        TEST(rejects_of_the_run_before_stay_when_nothing_could_be_stored),
        TEST(rejects_take_the_place_of_no_folder_and_no_device),
        TEST(rejects_are_written_even_when_there_are_none),
        TEST(no_rejects_are_written_unless_asked_for),
        TEST(rejects_of_the_run_before_are_replaced),
        TEST(rejects_can_be_corrected_and_imported),
        TEST(rejects_in_chinese_can_be_corrected_and_imported),
        TEST(rejects_that_are_not_corrected_are_refused_alike),
        TEST(rejects_do_not_overwrite_the_roster),
        TEST(rejects_that_cannot_be_written_leave_the_store_as_it_was),
        TEST(a_file_that_is_refused_leaves_the_rejects_of_the_run_before),
        TEST(a_file_that_is_refused_leaves_no_rejects),
        TEST(a_dry_run_changes_nothing_and_counts_alike),
        TEST(a_dry_run_of_registers_changes_nothing_and_counts_alike),
        TEST(a_dry_run_of_areas_is_forgotten),
        TEST(the_same_file_again_changes_nothing),
        TEST(an_updated_roster_amends_only_what_differs),
        TEST(the_second_row_of_a_resident_amends_the_first),
        TEST(a_resident_without_an_id_number_is_known_again_in_another_roster),
        TEST(progress_grows_to_the_size_of_the_file),
        TEST(an_import_can_be_stopped_at_any_time),
        TEST(broken_bytes_at_the_end_of_a_long_roster_undo_all_of_it),
        TEST(memory_does_not_grow_with_the_file),
        TEST(memory_does_not_grow_with_the_cells),
        TEST(three_thousand_residents_in_every_spelling_are_read_back),
    };
    return cmocka_run_group_tests(tests, make_sample, remove_sample);
}
