/* The residents behind a figure. Who they are is asked of spans(), the same as counts them, so a list and a rate cannot
 * disagree. */
#include "base/options.h"
#include "indicator/definitions.h"
#include "indicator/subjects.h"
#include "record/access.h"
#include "record/rows.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void hr_list_options_init(hr_list_options *options) {
    *options = (hr_list_options){.size = sizeof *options};
}

/* Who is listed: in the first tally, and not in the second. T_COUNT: nothing must be missing. */
typedef struct shortfall {
    const char *cohort, *without;
    hr_tally in, lacking;
} shortfall;

static const shortfall shortfalls[] = {
    {"all", NULL, T_RESIDENTS, T_COUNT},
    {"all", "file", T_RESIDENTS, T_FILES},
    {"all", "computerized", T_FILES, T_COMPUTERIZED},
    {"all", "service", T_REHAB, T_SERVED},
    {"elderly", NULL, T_ELDERLY, T_COUNT},
    {"elderly", "file", T_ELDERLY, T_FILES_ELDERLY},
    {"elderly", "exam", T_ELDERLY, T_ELDERLY_EXAMINED},
    {"elderly", "computerized", T_FILES_ELDERLY, T_COMPUTERIZED_ELDERLY},
    {"rehab", NULL, T_REHAB, T_COUNT},
    {"rehab", "file", T_REHAB, T_FILES_REHAB},
    {"rehab", "computerized", T_FILES_REHAB, T_COMPUTERIZED_REHAB},
    {"rehab", "service", T_REHAB, T_SERVED},
    {"home_bed", NULL, T_HOME_BED, T_COUNT},
    {"home_bed", "file", T_HOME_BED, T_FILES_HOME_BED},
    {"home_bed", "computerized", T_FILES_HOME_BED, T_COMPUTERIZED_HOME_BED},
};

typedef struct listed {
    hr_area area;
    int64_t id;
} listed;

typedef struct lister {
    hr_store *store;
    const shortfall *what;
    hr_date as_of;
    hr_area within, at; /* at: where he counts, 0: nowhere */
    bool lacks;
    listed *rows;
    size_t count, room;
} lister;

static void see_span(void *context, hr_tally tally, hr_area area, hr_interval span) {
    lister *l = context;
    if (!hr_interval_holds(span, l->as_of))
        return;
    if (tally == l->what->in && hr_area_within(area, l->within))
        l->at = area;
    if (tally == l->what->lacking)
        l->lacks = false;
}

static hr_status see_subject(void *context, int64_t id, const hr_subject *subject) {
    lister *l = context;
    l->at = 0;
    l->lacks = true;
    hr_status status = hr_spans(&l->store->err, subject, see_span, l);
    if (status != HR_OK || l->at == 0 || !l->lacks)
        return status;
    if (l->count == l->room) {
        size_t room = l->room ? 2 * l->room : 1024;
        listed *grown = realloc(l->rows, room * sizeof *grown);
        if (!grown)
            return hr_fail_memory(&l->store->err);
        l->rows = grown;
        l->room = room;
    }
    l->rows[l->count++] = (listed){l->at, id};
    return HR_OK;
}

static int by_area(const void *a, const void *b) {
    const listed *x = a, *y = b;
    if (x->area != y->area)
        return x->area < y->area ? -1 : 1;
    return (x->id > y->id) - (x->id < y->id);
}

static hr_status choose(hr_store *store, const hr_list_options *o, lister *l) {
    for (size_t i = 0; i < sizeof shortfalls / sizeof *shortfalls; i++) {
        const shortfall *s = &shortfalls[i];
        if (o->cohort && strcmp(s->cohort, o->cohort) == 0 &&
            (o->without ? s->without && strcmp(s->without, o->without) == 0 : !s->without))
            l->what = s;
    }
    if (!l->what)
        return hr_fail(
            &store->err, HR_INVALID, "%s",
            HR_TR(
                &store->err,
                "the cohort must be one of: all, elderly, rehab, home_bed; what is missing one of: file, computerized, "
                "with all or rehab also service, with elderly also exam",
                "人群须为 all、elderly、rehab 或 home_bed；所缺可为 file、computerized，all 与 rehab 还可为 "
                "service，elderly "
                "还可为 exam"));
    hr_status status = hr_as_of(store, o->as_of, &l->as_of);
    return status == HR_OK ? hr_within(store, o->within, &l->within) : status;
}

/* How they were chosen, in the words of the options. */
static hr_status say_list(const lister *l) {
    char detail[256], date[HR_DATE_SIZE], area[HR_AREA_SIZE];
    const char *without = l->what->without;
    snprintf(detail, sizeof detail, "cohort=%s%s%s as_of=%s within=%s", l->what->cohort, without ? " without=" : "",
             without ? without : "", hr_date_format(l->as_of, date), hr_area_format(l->within, area));
    return hr_access_search(l->store, HR_SEARCH_LIST, (int64_t)l->count, detail);
}

hr_status hr_list(hr_store *store, const hr_list_options *options, hr_cursor **out) {
    lister l = {.store = store};
    hr_list_options o;
    hr_list_options_init(&o);
    if (!store || !out || !options || !hr_options_take(&o, sizeof o, options))
        return hr_fail_argument(store);
    *out = NULL;
    hr_status status = hr_chart_begin(store);
    if (status != HR_OK)
        return status;
    hr_err_clear(&store->err);
    status = choose(store, &o, &l);
    if (status == HR_OK)
        status = hr_subject_walk(store, see_subject, &l);
    hr_read_end(store);
    if (status == HR_OK)
        status = say_list(&l);
    if (status == HR_OK && l.count)
        qsort(l.rows, l.count, sizeof *l.rows, by_area);
    int64_t *ids = status == HR_OK ? malloc((l.count + 1) * sizeof *ids) : NULL;
    hr_area *homes = status == HR_OK ? malloc((l.count + 1) * sizeof *homes) : NULL;
    for (size_t i = 0; ids && homes && i < l.count; i++) {
        ids[i] = l.rows[i].id;
        homes[i] = l.rows[i].area;
    }
    free(l.rows);
    if (ids && homes)
        return hr_resident_rows(store, ids, homes, l.count, NULL, NULL, 0, out);
    free(ids);
    free(homes);
    return status == HR_OK ? hr_fail_memory(&store->err) : status;
}
