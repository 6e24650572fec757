/* Rows of reported figures: a tally, a decade and the changes of its months, a line each.
 *
 * What is accepted must be of a tally that is reported and of months of that decade, ascending, none without a change;
 * a second, naive reading of the text must agree; and written again it must be the same bytes, so that a row can be
 * said in one way only. The file is included because writing is figures.c's own. */
#include "fuzz.h"
#include "indicator/figures.c" /* NOLINT(bugprone-suspicious-include) */

static hr_status keep(void *context, const hr_record *row) {
    hr_record_copy(context, row);
    return HR_OK;
}

/* Every change that strtol finds is the one that was read, and nothing stands between them but a blank. */
static void must_read_naively(const char *text, const hr_reported *r) {
    const char *at = text;
    for (size_t i = 0; i < r->count; i++) {
        char six[7], *end = NULL;
        must(strlen(at) > 6);
        snprintf(six, sizeof six, "%.6s", at);
        long month = strtol(six, NULL, 10), delta = strtol(at + 6, &end, 10);
        must(delta == r->at[i].delta && delta != 0 && labs(delta) <= DELTA_MOST);
        must(r->at[i].date / 100 == month && month / 1000 * 10 == r->decade);
        must(r->at[i].date == 0 || hr_date_whole(r->at[i].date));
        must(i == 0 || r->at[i].date > r->at[i - 1].date);
        must(*end == (i + 1 < r->count ? ' ' : '\0'));
        at = end + 1;
    }
}

static void must_be_written_so(const hr_record *row, const hr_reported *r) {
    static hr_store store;
    int64_t months[HR_REPORTED_STEPS] = {0};
    hr_record again;
    collection c = {.store = &store, .each = keep, .context = &again};
    for (size_t i = 0; i < r->count; i++)
        months[r->decade ? (r->at[i].date / 10000 - r->decade) * 12 + r->at[i].date / 100 % 100 - 1 : 0] =
            r->at[i].delta;
    must(give_decade(&c, r->area, r->slot, r->decade, months, r->decade ? HR_REPORTED_STEPS : 1) == HR_OK);
    for (int i = FG_AREA; i < FG_COUNT; i++)
        must(hr_record_same(row, &again, i));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    hr_err err = new_err(size % 2);
    char *text = text_of(data, size), *lines[3] = {text, "", ""};
    hr_record row;
    hr_reported reported;
    for (int i = 0; i < 2; i++) {
        char *end = strchr(lines[i], '\n');
        if (!end)
            break;
        *end = '\0';
        lines[i + 1] = end + 1;
    }
    hr_record_clear(&row, &hr_form_figures);
    hr_record_set_number(&row, FG_AREA, 110105001001);
    hr_record_set_number(&row, FG_DECADE, strtol(lines[1], NULL, 10));
    hr_status status = hr_record_set_text(&row, &err, FG_TALLY, lines[0]);
    if (status == HR_OK && *lines[2])
        status = hr_record_set_text(&row, &err, FG_CHANGES, lines[2]);
    if (status == HR_OK) {
        status = hr_reported_read(&err, &row, &reported);
        must(status == HR_OK || status == HR_INVALID);
        if (status != HR_OK)
            must_be_failure(&err, status);
    }
    if (status == HR_OK) {
        must(is_reported(reported.slot) && (reported.count > 0) == (*lines[2] != '\0'));
        must_read_naively(lines[2], &reported);
    }
    if (status == HR_OK && reported.count)
        must_be_written_so(&row, &reported);
    free(text);
    return 0;
}
