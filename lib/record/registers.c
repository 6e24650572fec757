/* Putting and reading the registers. Those that queries take apart have tables with a column for each field of their
 * forms, in the same order, so one pair of functions binds and reads them; all others lie packed in one table. */
#include "record/registers.h"
#include "record/areas.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct reg {
    const hr_form *form; /* NULL: any other register */
    int columns;         /* fields that are columns */
    const char *get, *put, *walk;
} reg;

static const reg registers[] = {
    {&hr_form_area, 2, "SELECT code, name FROM main.area WHERE code = ?1",
     "INSERT INTO main.area (code, name) VALUES (?1, ?2)\n"
     "ON CONFLICT (code) DO UPDATE SET name = excluded.name",
     "SELECT code, name FROM main.area ORDER BY CAST(code AS TEXT)"},
    {&hr_form_institution, I_COUNT,
     "SELECT code, name, kind, area, grade, serves, opened, closed, networked_since FROM main.institution WHERE code = "
     "?1",
     "REPLACE INTO main.institution (code, name, kind, area, grade, serves, opened, closed, networked_since)\n"
     "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
     "SELECT code, name, kind, area, grade, serves, opened, closed, networked_since FROM main.institution ORDER BY "
     "code"},
    {&hr_form_population, P_COUNT,
     "SELECT area, year, residents, elderly, rehab_need, home_bed, source FROM main.population\n"
     "WHERE area = ?1 AND year = ?2",
     "REPLACE INTO main.population (area, year, residents, elderly, rehab_need, home_bed, source)\n"
     "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
     "SELECT area, year, residents, elderly, rehab_need, home_bed, source FROM main.population ORDER BY area, year"},
    {NULL, 0, "SELECT state FROM main.register WHERE kind = ?1 AND key = ?2",
     "REPLACE INTO main.register (kind, key, state) VALUES (?1, ?2, ?3)",
     "SELECT state FROM main.register WHERE kind = ?1 ORDER BY key"},
};

static const reg *register_of(const hr_form *form) {
    const reg *r = registers;
    while (r->form && r->form != form)
        r++;
    return r;
}

char *hr_register_key(const hr_record *row, char out[HR_REGISTER_KEY_SIZE]) {
    size_t used = 0;
    *out = '\0';
    for (int i = 0; i < row->form->keys; i++)
        used += (size_t)(hr_field_is_text(&row->form->fields[i])
                             ? snprintf(out + used, HR_REGISTER_KEY_SIZE - used, "%s%s", i ? " " : "",
                                        hr_record_text(row, i))
                             : snprintf(out + used, HR_REGISTER_KEY_SIZE - used, "%s%" PRId64, i ? " " : "",
                                        hr_record_number(row, i)));
    return out;
}

static void bind_fields(sqlite3_stmt *statement, const hr_record *row, int count) {
    for (int i = 0; i < count; i++) {
        if (!hr_record_has(row, i))
            continue;
        if (hr_field_is_text(&row->form->fields[i]))
            sqlite3_bind_text(statement, i + 1, hr_record_text(row, i), -1, SQLITE_STATIC);
        else
            sqlite3_bind_int64(statement, i + 1, hr_record_number(row, i));
    }
}

static hr_status read_columns(hr_store *store, sqlite3_stmt *statement, const reg *r, hr_record *out) {
    hr_status status = HR_OK;
    for (int i = 0; i < r->columns && status == HR_OK; i++) {
        if (sqlite3_column_type(statement, i) == SQLITE_NULL)
            continue;
        if (hr_field_is_text(&r->form->fields[i]))
            status = hr_record_set_text(out, &store->err, i, (const char *)sqlite3_column_text(statement, i));
        else
            hr_record_set_number(out, i, sqlite3_column_int64(statement, i));
    }
    return status;
}

static hr_status read_fields(hr_store *store, sqlite3_stmt *statement, const hr_form *form, hr_record *out) {
    const reg *r = register_of(form);
    hr_record_clear(out, form);
    if (r->form)
        return read_columns(store, statement, r, out);
    const char *state = (const char *)sqlite3_column_text(statement, 0);
    return hr_record_unpack(&store->err, out, form, state, (size_t)sqlite3_column_bytes(statement, 0));
}

hr_status hr_register_get(hr_store *store, const hr_record *row, hr_record *out) {
    const reg *r = register_of(row->form);
    char key[HR_REGISTER_KEY_SIZE];
    sqlite3_stmt *statement = hr_db_statement(store, r->get);
    hr_record_clear(out, row->form);
    if (!statement)
        return store->err.status;
    if (r->form) {
        bind_fields(statement, row, row->form->keys);
    } else {
        sqlite3_bind_text(statement, 1, row->form->kind, -1, SQLITE_STATIC);
        sqlite3_bind_text(statement, 2, hr_register_key(row, key), -1, SQLITE_STATIC);
    }
    hr_status status = hr_db_row(store, statement);
    if (status == HR_OK)
        status = read_fields(store, statement, row->form, out);
    sqlite3_reset(statement);
    return status == HR_END ? HR_OK : status;
}

static hr_status put_row(hr_store *store, const hr_record *row) {
    const reg *r = register_of(row->form);
    char key[HR_REGISTER_KEY_SIZE], state[HR_PACKED_SIZE];
    sqlite3_stmt *put = hr_db_statement(store, r->put);
    if (!put)
        return store->err.status;
    if (r->form) {
        bind_fields(put, row, r->columns);
    } else {
        sqlite3_bind_text(put, 1, row->form->kind, -1, SQLITE_STATIC);
        sqlite3_bind_text(put, 2, hr_register_key(row, key), -1, SQLITE_STATIC);
        sqlite3_bind_text(put, 3, state, (int)hr_record_pack(row, state), SQLITE_STATIC);
    }
    return hr_db_step(store, put);
}

hr_status hr_register_keep(hr_store *store, const hr_record *row) {
    hr_status status = put_row(store, row);
    if (status == HR_OK && row->form == &hr_form_area)
        status = hr_areas_put(store, hr_record_number(row, A_AREA), hr_record_text(row, A_NAME));
    return status;
}

/* Gives out the rows of a query of its own, because `each` may use the register; finalises it. */
static hr_status walk_rows(hr_store *store, sqlite3_stmt *rows, const hr_form *form, hr_register_fn each,
                           void *context) {
    hr_record row;
    hr_status status = HR_OK;
    while (status == HR_OK && (status = hr_db_row(store, rows)) == HR_OK) {
        status = read_fields(store, rows, form, &row);
        if (status == HR_OK)
            status = each(context, &row);
    }
    sqlite3_finalize(rows);
    return status == HR_END ? HR_OK : status;
}

hr_status hr_register_walk(hr_store *store, const hr_form *form, hr_register_fn each, void *context) {
    const reg *r = register_of(form);
    sqlite3_stmt *rows = NULL;
    if (sqlite3_prepare_v2(store->db, r->walk, -1, &rows, NULL) != SQLITE_OK)
        return hr_db_fail(store);
    if (!r->form)
        sqlite3_bind_text(rows, 1, form->kind, -1, SQLITE_STATIC);
    return walk_rows(store, rows, form, each, context);
}

hr_status hr_register_walk_of(hr_store *store, const hr_form *form, const char *first, hr_register_fn each,
                              void *context) {
    char from[HR_REGISTER_KEY_SIZE], to[HR_REGISTER_KEY_SIZE];
    sqlite3_stmt *rows = NULL;
    if (sqlite3_prepare_v2(store->db,
                           "SELECT state FROM main.register WHERE kind = ?1 AND key >= ?2 AND key < ?3 ORDER BY key",
                           -1, &rows, NULL) != SQLITE_OK)
        return hr_db_fail(store);
    snprintf(from, sizeof from, "%s ", first);
    snprintf(to, sizeof to, "%s!", first); /* what follows a blank */
    sqlite3_bind_text(rows, 1, form->kind, -1, SQLITE_STATIC);
    sqlite3_bind_text(rows, 2, from, -1, SQLITE_STATIC);
    sqlite3_bind_text(rows, 3, to, -1, SQLITE_STATIC);
    return walk_rows(store, rows, form, each, context);
}

void hr_register_fold(hr_record *known, const hr_record *patch) {
    for (int i = 0; i < patch->form->count; i++)
        if (hr_record_has(patch, i))
            hr_record_copy_field(known, patch, i);
        else if (hr_record_clears(patch, i))
            hr_record_unset(known, i);
}

/* ---- rules ---- */

static hr_status check_area(hr_store *store, const hr_record *row) {
    hr_area area = hr_record_number(row, A_AREA), parent = area;
    const char *label = hr_field_label(&store->err, row->form, A_AREA);
    hr_areas *areas;
    if (!hr_area_within(area, store->area))
        return hr_fail(&store->err, HR_INVALID,
                       HR_TR(&store->err,
                             "%s: %" PRId64 " lies outside this store's area %" PRId64 "; correct the code",
                             "%s：%" PRId64 " 不在本库区划 %" PRId64 " 之内；请更正代码"),
                       label, area, store->area);
    if (hr_record_has(row, A_PARENT) &&
        (hr_record_number(row, A_PARENT) == area || !hr_area_within(area, hr_record_number(row, A_PARENT))))
        return hr_fail(&store->err, HR_INVALID,
                       HR_TR(&store->err, "%s: is not a beginning of the area's code; correct one of them",
                             "%s：不是区划代码的前段；请更正其一"),
                       hr_field_label(&store->err, row->form, A_PARENT));
    hr_status status = hr_areas_get(store, &areas);
    if (status != HR_OK || area == store->area || hr_areas_index(areas, area) >= 0)
        return status;
    size_t first, end;
    hr_areas_range(areas, area, &first, &end);
    if (first < end) /* what lies in it was counted without it */
        return hr_fail(&store->err, HR_INVALID,
                       HR_TR(&store->err,
                             "%s: areas within %" PRId64 " are in this store already; an area must come before them",
                             "%s：本库已有 %" PRId64 " 之内的区划；上级区划须先于下级导入"),
                       label, area);
    /* A city may have 2 digits or 4, so a district's parent is either. */
    do
        parent = hr_area_parent(parent);
    while (parent > store->area && hr_area_tier(parent) == HR_TIER_CITY && hr_areas_index(areas, parent) < 0);
    if (parent == store->area || hr_areas_index(areas, parent) >= 0)
        return HR_OK;
    return hr_fail(&store->err, HR_INVALID,
                   HR_TR(&store->err,
                         "%s: the area above it, %" PRId64 ", is not in this store; put its row before this one",
                         "%s：本库没有其上级区划 %" PRId64 "；请将上级的行放在此行之前"),
                   label, parent);
}

static hr_status check_place(hr_store *store, const hr_record *row, int field) {
    return hr_areas_need(store, hr_field_label(&store->err, row->form, field), hr_record_number(row, field));
}

static hr_status check_order(hr_store *store, const hr_record *row, int first, int second) {
    hr_date a = hr_record_date(row, first), b = hr_record_date(row, second);
    if (!a || !b || hr_date_latest(b) >= hr_date_earliest(a))
        return HR_OK;
    return hr_fail(&store->err, HR_INVALID,
                   HR_TR(&store->err, "%s: is before %s; correct whichever is wrong", "%s：早于%s；请更正有误的一项"),
                   hr_field_label(&store->err, row->form, second), hr_field_label(&store->err, row->form, first));
}

/* An institution's code must be known. */
static hr_status check_institution(hr_store *store, const hr_record *row) {
    hr_record institution, found;
    hr_record_clear(&institution, &hr_form_institution);
    hr_status status = hr_record_set_text(&institution, &store->err, I_CODE, hr_record_text(row, G_INSTITUTION));
    if (status == HR_OK)
        status = hr_register_get(store, &institution, &found);
    if (status != HR_OK || hr_record_has(&found, I_CODE))
        return status;
    return hr_fail(&store->err, HR_INVALID,
                   HR_TR(&store->err,
                         "%s: no institution of this store has this code; correct it, or import the institutions first",
                         "%s：本库没有该代码的机构；请核对，或先导入机构"),
                   hr_field_label(&store->err, row->form, G_INSTITUTION));
}

static hr_status check_elder_help(hr_store *store, const hr_record *row) {
    hr_area area = hr_record_number(row, E_AREA);
    if (hr_area_tier(area) != HR_TIER_COMMITTEE)
        return hr_fail(&store->err, HR_INVALID,
                       HR_TR(&store->err, "%s: %" PRId64 " is not a neighbourhood committee; give its 12-digit code",
                             "%s：%" PRId64 " 不是居委会；请填 12 位居委会代码"),
                       hr_field_label(&store->err, row->form, E_AREA), area);
    hr_status status = check_place(store, row, E_AREA);
    return status == HR_OK ? check_order(store, row, E_SINCE, E_UNTIL) : status;
}

typedef struct bed_rows {
    hr_area area, clash;
} bed_rows;

static hr_status see_beds(void *context, const hr_record *row) {
    bed_rows *b = context;
    hr_area area = hr_record_number(row, B_AREA);
    if (area != b->area && (hr_area_within(area, b->area) || hr_area_within(b->area, area)))
        b->clash = area;
    return HR_OK;
}

/* Beds of an area and of one within it would be counted twice. */
static hr_status check_beds(hr_store *store, const hr_record *row) {
    bed_rows b = {.area = hr_record_number(row, B_AREA)};
    hr_status status = check_place(store, row, B_AREA);
    if (status == HR_OK)
        status = hr_register_walk(store, row->form, see_beds, &b);
    if (status != HR_OK || b.clash == 0)
        return status;
    return hr_fail(&store->err, HR_INVALID,
                   HR_TR(&store->err,
                         "%s: %" PRId64 " has beds already, and one of the two lies within the other, so they would be "
                         "counted twice; give beds for one of them only",
                         "%s：%" PRId64 " 已报有床位，两者互为上下级，会重复计算；请只报其中一级"),
                   hr_field_label(&store->err, row->form, B_AREA), b.clash);
}

static hr_status check(hr_store *store, const hr_record *row, hr_date today) {
    char date[HR_DATE_SIZE];
    hr_status status = HR_OK;
    for (int i = 0; i < row->form->count; i++) {
        if (row->form->fields[i].required && !hr_record_has(row, i))
            return hr_fail(&store->err, HR_INVALID,
                           HR_TR(&store->err, "%s: is missing; fill it in", "%s：缺失；请补填"),
                           hr_field_label(&store->err, row->form, i));
        if (row->form->fields[i].type == HR_FIELD_DATE && row->form != &hr_form_indicator &&
            hr_date_earliest(hr_record_date(row, i)) > today)
            return hr_fail(
                &store->err, HR_INVALID,
                HR_TR(&store->err, "%s: %s is in the future; correct the date", "%s：%s 是将来的日期；请更正"),
                hr_field_label(&store->err, row->form, i), hr_date_format(hr_record_date(row, i), date));
    }
    if (row->form == &hr_form_area)
        return check_area(store, row);
    if (row->form == &hr_form_population)
        return check_place(store, row, P_AREA);
    if (row->form == &hr_form_grade)
        return check_institution(store, row);
    if (row->form == &hr_form_elder_help)
        return check_elder_help(store, row);
    if (row->form == &hr_form_care_beds)
        return check_beds(store, row);
    if (row->form == &hr_form_hotline)
        return check_place(store, row, H_AREA);
    if (row->form == &hr_form_figures)
        return check_place(store, row, FG_AREA);
    if (row->form == &hr_form_reporting)
        return check_place(store, row, RG_AREA);
    if (row->form == &hr_form_retention || row->form->by_library)
        return HR_OK;
    if (row->form == &hr_form_indicator) /* what it counts by is known to the layer above, which checks it */
        return HR_OK;
    status = check_place(store, row, I_AREA);
    if (status == HR_OK)
        status = check_order(store, row, I_OPENED, I_CLOSED);
    return status;
}

/* ---- putting ---- */

static void narrow(hr_record *patch, const hr_record *known, int keys) {
    for (int i = keys; i < patch->form->count; i++)
        if (hr_record_same(patch, known, i)) /* also: cleared, and not known */
            hr_record_unset(patch, i);
}

/* Whether anything is left beside the key. */
static bool says_more(const hr_record *row, int keys) {
    for (int i = keys; i < row->form->count; i++)
        if (hr_record_has(row, i) || hr_record_clears(row, i))
            return true;
    return false;
}

hr_status hr_register_put(hr_store *store, hr_record *row, hr_date today, hr_record *before, hr_change *change) {
    int keys = row->form->keys;
    char bytes[HR_PACKED_SIZE];
    hr_record after;
    for (int i = 0; i < keys; i++)
        if (!hr_record_has(row, i))
            return check(store, row, today);
    hr_status status = hr_register_get(store, row, before);
    if (status != HR_OK)
        return status;
    after = *before;
    hr_register_fold(&after, row);
    if (row->form->complete)
        status = row->form->complete(&store->err, &after);
    if (status == HR_OK)
        status = check(store, &after, today);
    if (status != HR_OK)
        return status;
    if (row->form == &hr_form_area)
        hr_record_unset(row, A_PARENT), hr_record_unset(&after, A_PARENT);
    narrow(row, before, keys);
    *change = hr_fields_none(&before->given) ? HR_ADDED : says_more(row, keys) ? HR_AMENDED : HR_UNCHANGED;
    if (*change == HR_UNCHANGED)
        return HR_OK;
    hr_body body = {.bytes = bytes, .size = hr_record_pack(row, bytes)};
    hr_entry entry = {.kind = row->form->kind, .effective = today};
    hr_body_seal(&body);
    status = hr_log_append(store, &entry, &body);
    *row = after;
    return status == HR_OK ? hr_register_keep(store, &after) : status;
}
