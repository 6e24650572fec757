/* What forms there are, and what fields each has, for people and programs. */
#include "base/cursor.h"
#include "record/form.h"
#include "store/store.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- fields ---- */

enum { F_NAME, F_EN, F_ZH, F_REQUIRED, F_MEANING, F_TYPE, F_UNIT, F_RANGE, F_CODES, F_STANDARD, F_COMPUTED, F_COUNT };
static const hr_column field_columns[F_COUNT] = {
    [F_NAME] = {"name", "column", "列名"},
    [F_EN] = {"label_en", "English", "英文"},
    [F_ZH] = {"label_zh", "Chinese", "中文"},
    [F_REQUIRED] = {"required", "required", "必填"},
    [F_MEANING] = {"meaning", "meaning", "含义"},
    [F_TYPE] = {"type", "type", "类型"},
    [F_UNIT] = {"unit", "unit", "单位"},
    [F_RANGE] = {"range", "range", "范围"},
    [F_CODES] = {"codes", "codes", "代码"},
    [F_STANDARD] = {"standard", "standard", "标准"},
    [F_COMPUTED] = {"computed", "computed", "自动计算"},
};

static const char *const types[] = {
    [HR_FIELD_TEXT] = "text",
    [HR_FIELD_DATE] = "date",
    [HR_FIELD_CODE] = "code",
    [HR_FIELD_CODES] = "codes",
    [HR_FIELD_AREA] = "area",
    [HR_FIELD_AREAS] = "areas",
    [HR_FIELD_ID_NUMBER] = "id_number",
    [HR_FIELD_FILE_NUMBER] = "file_number",
    [HR_FIELD_CERTIFICATE] = "certificate",
    [HR_FIELD_COUNT] = "integer",
    [HR_FIELD_DECIMAL] = "decimal",
    [HR_FIELD_MOMENT] = "time",
};

typedef struct fields {
    const hr_form *form;
    int next;
    char range[80], codes[4096];
} fields;

/* "1 male; 2 female": each code as JSON writes it, without quotes, and its words. */
static void list_codes(const hr_code *codes, bool zh, char *out, size_t size) {
    size_t used = 0;
    *out = '\0';
    for (const hr_code *code = codes; code && code->json && used < size; code++) {
        size_t quoted = code->json[0] == '"', length = strlen(code->json) - 2 * quoted;
        const char *words = zh ? code->zh : code->en;
        bool same = strlen(words) == length && strncmp(words, code->json + quoted, length) == 0;
        used += (size_t)snprintf(out + used, size - used, "%s%.*s%s%s", used ? "; " : "", (int)length,
                                 code->json + quoted, same ? "" : " ", same ? "" : words);
    }
}

static hr_status next_field(hr_cursor *c) {
    fields *f = c->context;
    bool zh = c->language == HR_LANGUAGE_ZH;
    if (f->next == f->form->count)
        return HR_END;
    const hr_field *field = &f->form->fields[f->next++];
    bool number = field->type == HR_FIELD_COUNT || field->type == HR_FIELD_DECIMAL;
    list_codes(field->codes, zh, f->codes, sizeof f->codes);
    *f->range = '\0';
    if (number)
        hr_field_range(field, zh ? HR_LANGUAGE_ZH : HR_LANGUAGE_EN, f->range, sizeof f->range);
    hr_cell_text(c, F_NAME, field->name);
    hr_cell_text(c, F_EN, field->en);
    hr_cell_text(c, F_ZH, field->zh);
    hr_cell_boolean(c, F_REQUIRED, field->required);
    hr_cell_text(c, F_MEANING, zh ? field->meaning_zh : field->meaning_en);
    hr_cell_text(c, F_TYPE, types[field->type]);
    hr_cell_text(c, F_UNIT, zh && field->unit_zh ? field->unit_zh : field->unit);
    hr_cell_text(c, F_RANGE, f->range);
    hr_cell_text(c, F_CODES, f->codes);
    hr_cell_text(c, F_STANDARD, field->standard);
    hr_cell_boolean(c, F_COMPUTED, field->computed);
    return HR_OK;
}

hr_status hr_columns(hr_store *store, const char *kind, hr_cursor **out) {
    const hr_form *form = hr_form_named(kind);
    if (!store || !out)
        return hr_fail_argument(store);
    hr_err_clear(&store->err);
    *out = NULL;
    if (!form)
        return hr_fail(
            &store->err, HR_INVALID, "%s",
            HR_TR(&store->err,
                  "the kind must be one of: residents, areas, institutions, population, or another form; "
                  "hr_forms (the command forms) lists all",
                  "类别须为 residents、areas、institutions、population 或其他表单；可用 forms 命令查看全部"));
    fields *f = calloc(1, sizeof *f);
    hr_status status = f ? HR_OK : hr_fail_memory(&store->err);
    if (f)
        f->form = form;
    return hr_cursor_give(status, &store->err, field_columns, F_COUNT, f, free, next_field, out);
}

/* ---- forms ---- */

enum { M_FORM, M_NAME, M_ABOUT, M_FIELDS, M_COUNT };
static const hr_column form_columns[M_COUNT] = {
    [M_FORM] = {"form", "form", "表单"},
    [M_NAME] = {"name", "name", "名称"},
    [M_ABOUT] = {"about", "about", "类别"},
    [M_FIELDS] = {"fields", "fields", "字段数"},
};

static const char *const abouts[] = {
    [HR_ABOUT_RESIDENT] = "resident", [HR_ABOUT_AREA] = "register", [HR_ABOUT_CARE] = "care", [HR_ABOUT_CALL] = "call"};

static hr_status next_form(hr_cursor *c) {
    int *at = c->context;
    const hr_form *form = hr_form_at(*at);
    while (form && (form->about == HR_ABOUT_UNITY || form->about >= HR_ABOUT_CUSTODY || form->by_library))
        form = hr_form_at(++*at);
    if (!form)
        return HR_END;
    ++*at;
    hr_cell_text(c, M_FORM, form->about == HR_ABOUT_AREA ? form->plural : form->kind);
    hr_cell_text(c, M_NAME, c->language == HR_LANGUAGE_ZH ? form->zh : form->en);
    hr_cell_text(c, M_ABOUT, abouts[form->about]);
    hr_cell_integer(c, M_FIELDS, form->count);
    return HR_OK;
}

hr_status hr_forms(hr_store *store, hr_cursor **out) {
    if (!store || !out)
        return hr_fail_argument(store);
    hr_err_clear(&store->err);
    *out = NULL;
    int *at = calloc(1, sizeof *at);
    hr_status status = at ? HR_OK : hr_fail_memory(&store->err);
    return hr_cursor_give(status, &store->err, form_columns, M_COUNT, at, free, next_form, out);
}
