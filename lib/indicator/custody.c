/* Restricting, releasing and erasing files, from outside. Before an erasure is committed, what he was counted as is
 * compared at every moment at which something was said of him, so that no figure of any day can have changed. */
#include "record/custody.h"
#include "base/options.h"
#include "indicator/subjects.h"
#include "record/calls.h"
#include "record/operators.h"
#include "record/registers.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- restricting and releasing ---- */

static hr_status read_reason(hr_store *store, const char *why, hr_record *row) {
    char clean[HR_WHY_SIZE];
    hr_status status =
        hr_text_normalise(store->text, &store->err, why ? why : "", strlen(why ? why : ""), clean, sizeof clean);
    if (status == HR_INVALID)
        return hr_fail(
            &store->err, HR_INVALID, "%s",
            HR_TR(&store->err, "the reason is longer than 512 bytes; shorten it", "原因超过 512 字节；请缩短"));
    if (status == HR_OK && !*clean)
        return hr_fail(&store->err, HR_INVALID, "%s",
                       HR_TR(&store->err, "say why; the reason is kept in the log", "请说明原因；原因将记入日志"));
    return status == HR_OK ? hr_record_set_text(row, &store->err, CU_WHY, clean) : status;
}

static hr_status put(hr_store *store, int64_t resident, const hr_record *row) {
    hr_err *err = &store->err;
    int64_t root;
    hr_custody state = HR_CUSTODY_NONE;
    hr_status status = hr_life_root(store, resident, &root);
    if (status == HR_OK)
        status = hr_custody_of(store, root, &state);
    if (status == HR_OK && state == HR_CUSTODY_ERASED)
        return hr_custody_fail_erased(store, root);
    if (status == HR_OK && row->form == &hr_form_restrict && state == HR_CUSTODY_RESTRICTED)
        return hr_fail(err, HR_INVALID, "%s",
                       HR_TR(err, "the resident's file is restricted already", "该居民的档案已经封存"));
    if (status == HR_OK && row->form == &hr_form_release && state == HR_CUSTODY_NONE)
        return hr_fail(err, HR_INVALID, "%s",
                       HR_TR(err, "the resident's file is not restricted", "该居民的档案并未封存"));
    return status == HR_OK ? hr_custody_put(store, root, row) : status;
}

static hr_status change(hr_store *store, int64_t resident, const hr_form *form, const char *why) {
    hr_record row;
    hr_status status = hr_need_open(store);
    if (status != HR_OK)
        return status;
    hr_err_clear(&store->err);
    hr_record_clear(&row, form);
    status = read_reason(store, why, &row);
    if (status == HR_OK && (status = hr_enter(store)) == HR_OK)
        status = hr_leave(store, put(store, resident, &row));
    return status;
}

hr_status hr_restrict(hr_store *store, int64_t resident, const char *why) {
    return change(store, resident, &hr_form_restrict, why);
}

hr_status hr_release(hr_store *store, int64_t resident, const char *why) {
    return change(store, resident, &hr_form_release, why);
}

/* ---- may he be erased ---- */

/* 《医疗机构病历管理规定（2013年版）》: an outpatient's record is kept for 15 years after the last visit, at least. */
enum { YEARS = 15 };

static hr_status years_kept(hr_store *store, int *out) {
    hr_record key, row;
    hr_record_clear(&key, &hr_form_retention);
    hr_record_set_number(&key, RT_WHAT, HR_RETAIN_FILE);
    hr_status status = hr_register_get(store, &key, &row);
    *out = status == HR_OK && hr_record_has(&row, RT_YEARS) ? (int)hr_record_number(&row, RT_YEARS) : YEARS;
    return status;
}

/* So many years after a day; after 29 February where there is none on 1 March. */
static hr_date years_after(hr_date day, int years) {
    hr_date after = day + years * 10000;
    return hr_date_whole(after) ? after : after - 29 + 101;
}

static hr_status check_retention(hr_store *store, const hr_life *life) {
    char date[HR_DATE_SIZE];
    int years;
    hr_date newest = hr_custody_newest_care(life);
    hr_status status = years_kept(store, &years);
    if (status != HR_OK || !newest || store->today >= years_after(newest, years))
        return status;
    return hr_fail(&store->err, HR_DENIED,
                   HR_TR(&store->err,
                         "the file must be kept for %d years after the newest entry of care; it may be erased from %s "
                         "on (the register retention sets the years)",
                         "最近一次诊疗服务后档案须保存 %d 年；自 %s 起方可删除（年限由登记表 retention 设定）"),
                   years, hr_date_format(years_after(newest, years), date));
}

static hr_status check_calls(hr_store *store, const hr_life *life) {
    hr_call call = {.closed = 1};
    hr_status status = HR_OK;
    for (size_t i = 0; i < life->count && status == HR_OK && call.closed; i++)
        if (life->at[i].form == &hr_form_call_raise)
            status = hr_call_load(store, life->at[i].seq, &call);
    if (status != HR_OK || call.closed)
        return status;
    return hr_fail(&store->err, HR_INVALID,
                   HR_TR(&store->err, "the resident's emergency call %" PRId64 " is not closed; close it first",
                         "该居民的救助呼叫 %" PRId64 " 尚未办结；请先办结"),
                   call.id);
}

static hr_status need_restricted(hr_store *store, hr_custody state) {
    if (state == HR_CUSTODY_RESTRICTED)
        return HR_OK;
    return hr_fail(&store->err, HR_INVALID, "%s",
                   HR_TR(&store->err, "a file is restricted before it is erased; restrict it first",
                         "档案须先封存再删除；请先封存（restrict）"));
}

/* ---- erasing ---- */

typedef struct erasing {
    hr_store *store;
    const hr_life *life;
    hr_progress progress;
    void *context;
    uint64_t done, total;
} erasing;

/* Takes in what somebody of the life was counted as when the log ended with `known`. */
static hr_status hash_moment(erasing *e, int64_t id, int64_t known, hr_hash *hash) {
    hr_life life;
    hr_resident then;
    hr_subject subject;
    hr_status status = hr_life_load(e->store, id, known, &life);
    if (status != HR_OK)
        return status;
    status = hr_life_fold(e->store, &life, HR_LIFE_ALL, &then, NULL, NULL);
    hr_life_free(&life);
    if (status != HR_OK)
        return status;
    hr_subject_of(&then, &subject);
    hr_subject_hash(&subject, hash);
    hr_resident_release(&then);
    return HR_OK;
}

static hr_status advance(erasing *e) {
    if (!e->progress || e->progress(e->context, e->done++, e->total) == 0)
        return HR_OK;
    return hr_fail(&e->store->err, HR_CANCELLED, "%s",
                   HR_TR(&e->store->err, "stopped; nothing was changed", "已停止；未作任何改动"));
}

/* What everybody whose life it is was counted as at every moment at which something was said of any. */
static hr_status hash_moments(erasing *e, unsigned char out[HR_HASH_SIZE]) {
    const hr_life *life = e->life;
    hr_status status = HR_OK;
    hr_hash hash;
    hr_hash_init(&hash, NULL, 0);
    for (size_t i = 0; i < life->count && status == HR_OK; i++) {
        for (size_t j = 0; j < life->count && status == HR_OK; j++)
            if (life->at[j].seq == life->at[j].subject && life->at[j].seq <= life->at[i].seq)
                status = hash_moment(e, life->at[j].seq, life->at[i].seq, &hash);
        if (status == HR_OK)
            status = advance(e);
    }
    hr_hash_final(&hash, out);
    return status;
}

static hr_status erase_life(erasing *e) {
    unsigned char before[HR_HASH_SIZE], after[HR_HASH_SIZE];
    hr_status status = hash_moments(e, before);
    if (status == HR_OK)
        status = hr_custody_erase(e->store, e->life);
    if (status == HR_OK)
        status = hash_moments(e, after);
    if (status != HR_OK || hr_secret_equal(before, after, sizeof before))
        return status;
    return hr_fail(&e->store->err, HR_DAMAGED, "%s",
                   HR_TR(&e->store->err,
                         "figures of earlier days would change with this erasure; nothing was erased; run verify",
                         "删除会改变以往的统计数据，故未删除；请运行 verify"));
}

static hr_status erase(hr_store *store, int64_t root, const hr_erase_options *o) {
    hr_life life;
    hr_custody state;
    hr_status status = hr_life_load(store, root, INT64_MAX, &life);
    if (status != HR_OK)
        return status;
    status = hr_custody_of(store, root, &state);
    erasing e = {.store = store,
                 .life = &life,
                 .progress = o->progress,
                 .context = o->progress_context,
                 .total = 2 * (uint64_t)life.count};
    if (status == HR_OK)
        status = need_restricted(store, state);
    if (status == HR_OK)
        status = check_retention(store, &life);
    if (status == HR_OK)
        status = check_calls(store, &life);
    if (status == HR_OK)
        status = erase_life(&e);
    hr_life_free(&life);
    return status;
}

/* He is erased: what old pages may still hold goes with the old keys. */
static hr_status renew(hr_store *store, const hr_erase_options *o) {
    char why[sizeof store->err.text];
    hr_status status = hr_rotate(store, o->progress, o->progress_context);
    if (status == HR_OK)
        return HR_OK;
    snprintf(why, sizeof why, "%s", store->err.text);
    return hr_fail(
        &store->err, status,
        HR_TR(&store->err,
              "the file is erased, but freed places of the store's files may still hold parts of it until "
              "the keys are renewed: erase once more, or rotate (%.700s)",
              "档案已删除，但更换密钥前，库文件的空闲处可能仍有残留：请再次执行 erase 或运行 rotate（%.700s）"),
        why);
}

static hr_status state_now(hr_store *store, int64_t resident, int64_t *root, hr_custody *state) {
    hr_status status = hr_chart_begin(store);
    if (status != HR_OK)
        return status;
    status = hr_life_root(store, resident, root);
    if (status == HR_OK)
        status = hr_custody_of(store, *root, state);
    hr_read_end(store);
    return status;
}

void hr_erase_options_init(hr_erase_options *options) {
    *options = (hr_erase_options){.size = sizeof *options};
}

hr_status hr_erase(hr_store *store, int64_t resident, const hr_erase_options *options) {
    hr_erase_options o;
    int64_t root;
    hr_custody state;
    hr_slots *slots = NULL;
    hr_erase_options_init(&o);
    if (!store || !hr_options_take(&o, sizeof o, options))
        return hr_fail_argument(store);
    hr_status status = hr_need_idle(store);
    if (status == HR_OK)
        status = hr_need_admin(store);
    if (status == HR_OK)
        status = state_now(store, resident, &root, &state);
    if (status == HR_OK)
        status = hr_slots_begin(&store->err, store->path, store->keys, &slots); /* nobody else asks for the lock alone,
                                                                                   which gives up the shared one */
    if (status == HR_OK)
        status = hr_generation_ready(store);
    hr_slots_free(slots);
    bool ready = status == HR_OK;
    if (status == HR_OK && state != HR_CUSTODY_ERASED && (status = hr_enter(store)) == HR_OK)
        status = hr_leave(store, erase(store, root, &o));
    if (status == HR_OK)
        return renew(store, &o);
    if (ready)
        hr_lock_shared(store);
    return status;
}
