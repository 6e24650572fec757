/* The access log. Saying that a file is read is a transaction of its own before the one that reads it, so a process
 * that dies in between has said too much, never too little; in a batch it is part of that. A handle does not say the
 * same again within SAID_SECONDS, so that showing a file, which takes several calls, is one entry. */
#include "record/access.h"
#include "record/custody.h"
#include "record/events.h"
#include "record/life.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { SAID_SECONDS = 600 };

static int64_t second_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec;
}

/* ---- reading a file ---- */

static bool was_said(const hr_store *store, int what, int64_t resident) {
    for (int i = 0; i < HR_SAID; i++) {
        const hr_said *said = &store->said[i];
        if (said->resident == resident && said->what == what && second_now() - said->second < SAID_SECONDS &&
            hr_snap_holds(store, &said->made))
            return true;
    }
    return false;
}

static void remember(hr_store *store, int what, int64_t resident) {
    store->said[store->next_said++ % HR_SAID] =
        (hr_said){.resident = resident, .what = what, .second = second_now(), .made = hr_snap_of(store)};
}

static hr_status say_reads(hr_store *store, int what, const int64_t *residents, size_t count) {
    hr_status status = HR_OK;
    hr_record row;
    for (size_t i = 0; i < count && status == HR_OK; i++) {
        if (was_said(store, what, residents[i]))
            continue;
        hr_record_clear(&row, &hr_form_read);
        hr_record_set_number(&row, EA_RESIDENT, residents[i]);
        hr_record_set_number(&row, EA_WHAT, what);
        status = hr_event_put(store, &row);
    }
    return status;
}

hr_status hr_access_read(hr_store *store, int what, const int64_t *residents, size_t count, bool *again) {
    *again = false;
    for (size_t i = 0; i < count; i++)
        *again = *again || !was_said(store, what, residents[i]);
    if (!*again)
        return HR_OK;
    hr_read_end(store);
    hr_status status = hr_enter_event(store);
    if (status == HR_OK)
        status = hr_leave(store, say_reads(store, what, residents, count));
    if (status != HR_OK)
        return status;
    for (size_t i = 0; i < count; i++)
        if (!was_said(store, what, residents[i]))
            remember(store, what, residents[i]);
    return hr_chart_begin(store);
}

/* Whoever he is counted as, if there is such a resident. */
static hr_status find_root(hr_store *store, int64_t id, int64_t *root, bool *there) {
    sqlite3_stmt *row = hr_db_statement(store, "SELECT 1 FROM chart.entry WHERE seq = ?1 AND subject = seq");
    hr_status status = row ? hr_life_root(store, id, root) : store->err.status;
    if (status != HR_OK)
        return status;
    sqlite3_bind_int64(row, 1, *root);
    status = hr_db_row(store, row);
    *there = status == HR_OK;
    sqlite3_reset(row);
    return status == HR_END ? HR_OK : status;
}

hr_status hr_access_file(hr_store *store, int64_t id, int64_t *root) {
    bool there = true, again = true;
    hr_status status = hr_chart_begin(store);
    if (status != HR_OK)
        return status;
    hr_err_clear(&store->err);
    while (status == HR_OK && there && again) { /* another program may have unified him meanwhile */
        status = find_root(store, id, root, &there);
        if (status == HR_OK)
            status = hr_custody_need(store, *root);
        if (status == HR_OK && there)
            status = hr_access_read(store, HR_READ_FILE, root, 1, &again);
    }
    if (status != HR_OK)
        hr_read_end(store);
    return status;
}

/* ---- lists and exports ---- */

static hr_status say(hr_store *store, const hr_record *row) {
    hr_status status = hr_enter_event(store);
    return status == HR_OK ? hr_leave(store, hr_event_put(store, row)) : status;
}

static hr_status set_detail(hr_store *store, hr_record *row, int field, const char *detail) {
    return detail && *detail ? hr_record_set_text(row, &store->err, field, detail) : HR_OK;
}

hr_status hr_access_search(hr_store *store, int what, int64_t count, const char *detail) {
    hr_record row;
    hr_record_clear(&row, &hr_form_search);
    hr_record_set_number(&row, ES_WHAT, what);
    if (count >= 0)
        hr_record_set_number(&row, ES_RESIDENTS, count);
    hr_status status = set_detail(store, &row, ES_DETAIL, detail);
    return status == HR_OK ? say(store, &row) : status;
}

hr_status hr_access_export(hr_store *store, int what, const char *detail) {
    hr_record row;
    hr_record_clear(&row, &hr_form_export);
    hr_record_set_number(&row, EX_WHAT, what);
    hr_status status = set_detail(store, &row, EX_DETAIL, detail);
    return status == HR_OK ? say(store, &row) : status;
}

/* ---- failed attempts ---- */

static hr_status say_attempts(hr_store *store, const hr_attempts *all) {
    const hr_field *count = &hr_form_unlock.fields[EU_ATTEMPTS];
    hr_record row;
    hr_record_clear(&row, &hr_form_unlock);
    hr_record_set_number(&row, EU_ATTEMPTS, (int64_t)all->count < count->most ? (int64_t)all->count : count->most);
    if (all->count) {
        hr_record_set_number(&row, EU_FIRST, hr_moment_of_ms(all->first));
        hr_record_set_number(&row, EU_LAST, hr_moment_of_ms(all->last));
    }
    if (all->damaged)
        hr_record_set_number(&row, EU_DAMAGED, HR_YES);
    hr_status status = set_detail(store, &row, EU_OPERATORS, all->operators);
    return status == HR_OK ? say(store, &row) : status;
}

void hr_access_attempts(hr_store *store) {
    hr_attempts_hold hold;
    if (!store->keys->has_chart || !hr_attempts_begin(store->path, &store->attempts, &hold))
        return;
    hr_status status = say_attempts(store, &store->attempts);
    hr_attempts_end(&hold, status == HR_OK);
    hr_err_clear(&store->err); /* that they stay for the next opening is no failure of this one */
    if (store->attempts.count)
        hr_moment_format(hr_moment_of_ms(store->attempts.first), store->failed_since);
}
