/* Putting and reading the registers. Their tables have a column for each field of their forms, in the same order, so
 * one pair of functions binds and reads all three. */
#include "record/registers.h"
#include "record/areas.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

typedef struct reg {
    const hr_form *form;
    int keys;    /* the first fields, which identify a row */
    int columns; /* fields that are columns */
    const char *get, *put, *walk;
} reg;

static const reg registers[] = {
    {&hr_form_area, 1, 2, "SELECT code, name FROM main.area WHERE code = ?1",
     "INSERT INTO main.area (code, name) VALUES (?1, ?2)\n"
     "ON CONFLICT (code) DO UPDATE SET name = excluded.name",
     "SELECT code, name FROM main.area ORDER BY CAST(code AS TEXT)"},
    {&hr_form_institution, 1, I_COUNT,
     "SELECT code, name, kind, area, grade, serves, opened, closed, networked_since FROM main.institution WHERE code = "
     "?1",
     "REPLACE INTO main.institution (code, name, kind, area, grade, serves, opened, closed, networked_since)\n"
     "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
     "SELECT code, name, kind, area, grade, serves, opened, closed, networked_since FROM main.institution ORDER BY "
     "code"},
    {&hr_form_population, 2, P_COUNT,
     "SELECT area, year, residents, elderly, rehab_need, home_bed, source FROM main.population\n"
     "WHERE area = ?1 AND year = ?2",
     "REPLACE INTO main.population (area, year, residents, elderly, rehab_need, home_bed, source)\n"
     "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
     "SELECT area, year, residents, elderly, rehab_need, home_bed, source FROM main.population ORDER BY area, year"},
};

static const reg *register_of(const hr_form *form) {
    for (size_t i = 0; i < sizeof registers / sizeof *registers; i++)
        if (registers[i].form == form)
            return &registers[i];
    return NULL;
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

static hr_status read_fields(hr_store *store, sqlite3_stmt *statement, const reg *r, hr_record *out) {
    hr_status status = HR_OK;
    hr_record_clear(out, r->form);
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

hr_status hr_register_get(hr_store *store, const hr_record *row, hr_record *out) {
    const reg *r = register_of(row->form);
    sqlite3_stmt *statement = hr_db_statement(store, r->get);
    hr_record_clear(out, row->form);
    if (!statement)
        return store->err.status;
    bind_fields(statement, row, r->keys);
    hr_status status = hr_db_row(store, statement);
    if (status == HR_OK)
        status = read_fields(store, statement, r, out);
    sqlite3_reset(statement);
    return status == HR_END ? HR_OK : status;
}

hr_status hr_register_walk(hr_store *store, const hr_form *form, hr_status (*each)(void *context, const hr_record *row),
                           void *context) {
    const reg *r = register_of(form);
    sqlite3_stmt *rows = NULL; /* its own: `each` may use the register */
    hr_record row;
    if (sqlite3_prepare_v2(store->db, r->walk, -1, &rows, NULL) != SQLITE_OK)
        return hr_db_fail(store);
    hr_status status = HR_OK;
    while (status == HR_OK && (status = hr_db_row(store, rows)) == HR_OK) {
        status = read_fields(store, rows, r, &row);
        if (status == HR_OK)
            status = each(context, &row);
    }
    sqlite3_finalize(rows);
    return status == HR_END ? HR_OK : status;
}

void hr_register_fold(hr_record *known, const hr_record *patch) {
    for (int i = 0; i < patch->form->count; i++)
        if (hr_record_has(patch, i))
            hr_record_copy_field(known, patch, i);
        else if ((patch->cleared >> i) & 1)
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

static hr_status check(hr_store *store, const hr_record *row, hr_date today) {
    char date[HR_DATE_SIZE];
    hr_status status = HR_OK;
    for (int i = 0; i < row->form->count; i++) {
        if (row->form->fields[i].required && !hr_record_has(row, i))
            return hr_fail(&store->err, HR_INVALID,
                           HR_TR(&store->err, "%s: is missing; fill it in", "%s：缺失；请补填"),
                           hr_field_label(&store->err, row->form, i));
        if (row->form->fields[i].type == HR_FIELD_DATE && hr_date_earliest(hr_record_date(row, i)) > today)
            return hr_fail(
                &store->err, HR_INVALID,
                HR_TR(&store->err, "%s: %s is in the future; correct the date", "%s：%s 是将来的日期；请更正"),
                hr_field_label(&store->err, row->form, i), hr_date_format(hr_record_date(row, i), date));
    }
    if (row->form == &hr_form_area)
        return check_area(store, row);
    if (row->form == &hr_form_population)
        return check_place(store, row, P_AREA);
    status = check_place(store, row, I_AREA);
    if (status == HR_OK)
        status = check_order(store, row, I_OPENED, I_CLOSED);
    return status;
}

/* ---- putting ---- */

static void narrow(hr_record *patch, const hr_record *known, int keys) {
    uint32_t keep = 0;
    for (int i = 0; i < patch->form->count; i++)
        if (i < keys || !hr_record_same(patch, known, i))
            keep |= 1u << i;
    patch->given &= keep;
    patch->cleared &= keep & known->given;
}

hr_status hr_register_put(hr_store *store, hr_record *row, hr_date today, hr_record *before, hr_change *change) {
    const reg *r = register_of(row->form);
    char bytes[HR_PACKED_SIZE];
    hr_record after;
    for (int i = 0; i < r->keys; i++)
        if (!hr_record_has(row, i))
            return check(store, row, today);
    hr_status status = hr_register_get(store, row, before);
    if (status != HR_OK)
        return status;
    after = *before;
    hr_register_fold(&after, row);
    status = check(store, &after, today);
    if (status != HR_OK)
        return status;
    if (row->form == &hr_form_area)
        hr_record_unset(row, A_PARENT), hr_record_unset(&after, A_PARENT);
    narrow(row, before, r->keys);
    uint32_t keys = (1u << r->keys) - 1;
    *change = before->given == 0 ? HR_ADDED : ((row->given & ~keys) | row->cleared) ? HR_AMENDED : HR_UNCHANGED;
    if (*change == HR_UNCHANGED)
        return HR_OK;
    hr_body body = {.bytes = bytes, .size = hr_record_pack(row, bytes)};
    hr_entry entry = {.kind = row->form->kind, .effective = today};
    hr_body_seal(&body);
    status = hr_log_append(store, &entry, &body);
    sqlite3_stmt *put = status == HR_OK ? hr_db_statement(store, r->put) : NULL;
    if (!put)
        return store->err.status;
    bind_fields(put, &after, r->columns);
    status = hr_db_step(store, put);
    if (status == HR_OK && row->form == &hr_form_area)
        status = hr_areas_put(store, hr_record_number(&after, A_AREA), hr_record_text(&after, A_NAME));
    *row = after;
    return status;
}
