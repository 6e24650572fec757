/* The history of a health file: every entry about a resident, and about those unified with him, as it was made. */
#include "base/cursor.h"
#include "record/access.h"
#include "record/chart.h"
#include "record/life.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    H_SEQ,
    H_RECORDED,
    H_AUTHOR,
    H_KIND,
    H_EFFECTIVE,
    H_BODY,
    H_AMENDS,
    H_AMENDED_BY,
    H_WITHDRAWN,
    H_FORCED,
    H_WHY,
    H_RESIDENT,
    H_COLUMNS
};
static const hr_column columns[H_COLUMNS] = {
    [H_SEQ] = {"seq", "entry", "记录号"},
    [H_RECORDED] = {"recorded", "recorded", "记录时间"},
    [H_AUTHOR] = {"author", "author", "操作者"},
    [H_KIND] = {"kind", "kind", "类别"},
    [H_EFFECTIVE] = {"effective", "effective", "生效日期"},
    [H_BODY] = {"body", "content", "内容"},
    [H_AMENDS] = {"amends", "amends", "更正的记录"},
    [H_AMENDED_BY] = {"amended_by", "amended by", "被更正于"},
    [H_WITHDRAWN] = {"withdrawn", "withdrawn", "撤回"},
    [H_FORCED] = {"forced", "forced", "强制保存"},
    [H_WHY] = {"why", "why", "原因"},
    [H_RESIDENT] = {"resident", "resident", "居民编号"},
};

typedef struct history {
    hr_store *store;
    hr_snap made;
    hr_life life;
    size_t left; /* entries not given out yet */
    char recorded[HR_UTC_SIZE], body[HR_JSON_SIZE];
} history;

static void release(void *context) {
    history *h = context;
    hr_life_free(&h->life);
    free(h);
}

static void number_or_null(hr_cursor *c, int column, int64_t number) {
    if (number)
        hr_cell_integer(c, column, number);
    else
        hr_cell_null(c, column);
}

static hr_status next_entry(hr_cursor *c) {
    history *h = c->context;
    hr_record row;
    if (h->left == 0)
        return HR_END;
    if (hr_snap_check(h->store, &h->made) != HR_OK)
        return HR_INVALID;
    const hr_life_entry *e = &h->life.at[--h->left];
    hr_status status = hr_record_unpack(&h->store->err, &row, e->form, e->body, e->size);
    if (status != HR_OK)
        return status == HR_INVALID ? hr_fail(&h->store->err, HR_DAMAGED, "%s",
                                              HR_TR(&h->store->err, "an entry cannot be read; run verify",
                                                    "有记录无法读取；请运行 verify"))
                                    : status;
    hr_record_to_json(&row, h->body);
    hr_cell_integer(c, H_SEQ, e->seq);
    hr_cell_text(c, H_RECORDED, hr_utc_format(e->recorded, h->recorded));
    hr_cell_text(c, H_AUTHOR, e->author);
    hr_cell_text(c, H_KIND, e->form->kind);
    hr_cell_date(c, H_EFFECTIVE, e->date);
    hr_cell_text(c, H_BODY, h->body);
    number_or_null(c, H_AMENDS, e->remark.amends);
    number_or_null(c, H_AMENDED_BY, e->amended_by);
    hr_cell_boolean(c, H_WITHDRAWN, e->remark.withdrawn);
    hr_cell_boolean(c, H_FORCED, e->remark.forced);
    hr_cell_text(c, H_WHY, e->remark.why);
    hr_cell_integer(c, H_RESIDENT, e->subject);
    return HR_OK;
}

static int by_seq(const void *a, const void *b) {
    const hr_life_entry *x = a, *y = b;
    return (x->seq > y->seq) - (x->seq < y->seq);
}

hr_status hr_history(hr_store *store, int64_t id, hr_cursor **out) {
    if (!store || !out)
        return hr_fail_argument(store);
    *out = NULL;
    hr_status status = hr_access_file(store, id, &id);
    if (status != HR_OK)
        return status;
    history *h = calloc(1, sizeof *h);
    status = h ? hr_life_load(store, id, INT64_MAX, &h->life) : hr_fail_memory(&store->err);
    hr_read_end(store);
    if (status == HR_OK) {
        qsort(h->life.at, h->life.count, sizeof *h->life.at, by_seq);
        h->store = store;
        h->made = hr_snap_of(store);
        h->left = h->life.count;
    }
    return hr_cursor_give(status, &store->err, columns, H_COLUMNS, h, release, next_entry, out);
}
