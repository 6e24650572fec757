/* Residents who are likely the same person.
 *
 * Comparing everybody with everybody is out of the question, so everybody is first reduced to a digest: his number, his
 * birth date and fingerprints of what else is compared. For each way of being alike there is a key in which two such
 * residents agree; sorted by it they stand together, and only they are compared. Two numbers that differ in one digit,
 * or by two neighbours exchanged, agree when the right two neighbouring digits are left out, of which there are sixteen
 * choices. What remains are pairs of eight bytes each. When the cursor comes to a pair, both are read, and judged by
 * the same rules (rule_of) that their digests passed.
 *
 * A resident who was unified with another is still compared by what was said of himself, for a third one may be like
 * him only; the pair that is reported is of those who stand for them. */
#include "base/cursor.h"
#include "base/sort.h"
#include "record/access.h"
#include "record/chart.h"
#include "record/custody.h"
#include "record/life.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ID_DIGITS = 17, BIRTH_DIGITS = 8, PHONE_LEAST = 7, MASKS = ID_DIGITS - 1, TEXT_SIZE = 640 };

/* ---- digits ---- */

typedef enum slip { UNLIKE, SAME, ONE_DIGIT, EXCHANGED } slip;

/* How two numbers of `digits` digits differ; *place: which digit from the left, or the first of the two exchanged. */
static slip slip_of(int64_t a, int64_t b, int digits, int *place) {
    int64_t x[2], y[2];
    int where[2], count = 0;
    for (int at = digits; at > 0; at--, a /= 10, b /= 10) {
        if (a % 10 == b % 10)
            continue;
        if (count == 2)
            return UNLIKE;
        x[count] = a % 10;
        y[count] = b % 10;
        where[count++] = at;
    }
    if (count == 0)
        return SAME;
    *place = where[count - 1];
    if (count == 1)
        return ONE_DIGIT;
    return where[0] == where[1] + 1 && x[0] == y[1] && x[1] == y[0] ? EXCHANGED : UNLIKE;
}

/* The number without its digits of 10^k and 10^(k+1). */
static int64_t without_two(int64_t number, int k) {
    int64_t power = 1;
    while (k-- > 0)
        power *= 10;
    return number - number / power % 100 * power;
}

static bool month_day_swapped(hr_date a, hr_date b) {
    return a / 10000 == b / 10000 && a / 100 % 100 == b % 100 && a % 100 == b / 100 % 100;
}

/* ---- the rules ---- */

/* What is compared of two residents. A number is an ID number, or the one in a disability certificate; 0: none. */
typedef struct likeness {
    int64_t number[2];
    hr_date birth[2];
    bool name, sound, phone, address; /* the same, and given */
    bool sex;                         /* not certainly different */
} likeness;

typedef enum rule { NO_RULE, BY_NUMBER, BY_PERSON, BY_PHONE } rule;

static bool births_fit(const likeness *l) {
    return l->birth[0] && l->birth[1] && hr_date_earliest(l->birth[0]) <= hr_date_latest(l->birth[1]) &&
           hr_date_earliest(l->birth[1]) <= hr_date_latest(l->birth[0]);
}

static bool births_same(const likeness *l) {
    return l->birth[0] == l->birth[1] && hr_date_whole(l->birth[0]);
}

static bool births_alike(const likeness *l) {
    int place;
    return births_fit(l) || (hr_date_whole(l->birth[0]) && hr_date_whole(l->birth[1]) &&
                             (month_day_swapped(l->birth[0], l->birth[1]) ||
                              slip_of(l->birth[0], l->birth[1], BIRTH_DIGITS, &place) != UNLIKE));
}

/* That the birth dates are the same says something only where the numbers say that they are not: twins have numbers
 * that are alike, too. */
static bool births_against_numbers(const likeness *l) {
    return births_same(l) && hr_id_number_birth(l->number[0]) != hr_id_number_birth(l->number[1]);
}

static slip numbers_of(const likeness *l, int *place) {
    return l->number[0] && l->number[1] ? slip_of(l->number[0], l->number[1], ID_DIGITS, place) : UNLIKE;
}

static rule rule_of(const likeness *l) {
    int place;
    if (l->number[0] && l->number[0] == l->number[1])
        return BY_NUMBER;
    if ((l->name || l->sound || births_against_numbers(l)) && numbers_of(l, &place) != UNLIKE)
        return BY_NUMBER;
    if (l->sex && l->name && births_fit(l))
        return BY_PERSON;
    if (l->sex && l->sound && births_same(l) && (l->phone || l->address))
        return BY_PERSON;
    return l->name && l->phone && births_alike(l) ? BY_PHONE : NO_RULE;
}

/* ---- what is compared of one ---- */

typedef struct portrait {
    hr_resident known;
    int64_t number;
    bool certified; /* the number is that of the disability certificate */
    char name[TEXT_SIZE], sound[8 * TEXT_SIZE], phone[TEXT_SIZE], address[TEXT_SIZE];
} portrait;

/* Blanks, and the dot in 阿依古丽·买买提, which has several forms and is often left out. */
static bool is_filling(int32_t c) {
    return c == ' ' || c == 0xB7 || c == 0x2022 || c == 0x2027 || c == 0x30FB;
}

/* Letters in lower case, without filling; what is too long is cut. */
static void plain(const char *text, char out[TEXT_SIZE]) {
    size_t length = strlen(text), used = 0;
    for (size_t at = 0; at < length;) {
        size_t from = at;
        int32_t c = hr_text_next(text, &at, length);
        if (is_filling(c) || used + (at - from) >= TEXT_SIZE)
            continue;
        memcpy(out + used, text + from, at - from);
        if (c >= 'A' && c <= 'Z')
            out[used] = (char)(c + 'a' - 'A');
        used += at - from;
    }
    out[used] = '\0';
}

/* The digits, without China's code before a mobile number; "" for what is too short to be anybody's own. */
static void phone_digits(const char *phone, char out[TEXT_SIZE]) {
    size_t count = 0;
    for (; *phone && count + 1 < TEXT_SIZE; phone++)
        if (*phone >= '0' && *phone <= '9')
            out[count++] = *phone;
    out[count] = '\0';
    size_t code = strncmp(out, "0086", 4) == 0 ? 4 : strncmp(out, "86", 2) == 0 ? 2 : 0;
    if (code && count == code + 11)
        memmove(out, out + code, count - code + 1);
    if (count < PHONE_LEAST)
        *out = '\0';
}

/* Fills in what follows from `known`. */
static hr_status paint(hr_store *store, portrait *p) {
    const hr_record *now = &p->known.now;
    hr_err ignored = {.language = store->err.language};
    hr_certificate certificate;
    char initials[TEXT_SIZE];
    p->number = hr_record_number(now, R_ID_NUMBER);
    p->certified = !p->number && hr_record_has(now, R_CERTIFICATE) &&
                   hr_certificate_parse(&ignored, "", hr_record_text(now, R_CERTIFICATE), &certificate) == HR_OK;
    if (p->certified)
        p->number = certificate.id;
    plain(hr_record_text(now, R_NAME), p->name);
    plain(hr_record_text(now, R_ADDRESS), p->address);
    phone_digits(hr_record_text(now, R_PHONE), p->phone);
    return hr_text_pinyin(store->text, &store->err, p->name, p->sound, sizeof p->sound, initials, sizeof initials);
}

static bool same_text(const char *a, const char *b) {
    return *a && strcmp(a, b) == 0;
}

static bool sexes_fit(int64_t a, int64_t b) {
    return a == b || (a != 1 && a != 2) || (b != 1 && b != 2);
}

static likeness compare_portraits(const portrait *a, const portrait *b) {
    const hr_record *x = &a->known.now, *y = &b->known.now;
    return (likeness){.number = {a->number, b->number},
                      .birth = {hr_record_date(x, R_BIRTH_DATE), hr_record_date(y, R_BIRTH_DATE)},
                      .name = same_text(a->name, b->name),
                      .sound = same_text(a->sound, b->sound),
                      .phone = same_text(a->phone, b->phone),
                      .address = same_text(a->address, b->address),
                      .sex = sexes_fit(hr_record_number(x, R_SEX), hr_record_number(y, R_SEX))};
}

/* ---- digests, and pairs of them ---- */

typedef struct digest {
    int64_t number;
    uint32_t name, sound, phone, address; /* fingerprints; 0: none */
    hr_date birth;
    int8_t sex;
} digest;

/* Those who were unified with another, and who stands for them: ascending by `absorbed`, in the cursor by `root`. */
typedef struct unity {
    int64_t absorbed, root;
} unity;

typedef struct unities {
    unity *at;
    size_t count;
} unities;

typedef struct matcher {
    hr_store *store;
    hr_progress progress;
    void *progress_context;
    uint64_t done, total;
    unsigned char key[16];
    int64_t *ids; /* ascending */
    digest *at;
    size_t count, room;
    uint64_t *keys;
    uint64_t *pairs; /* places in `ids`, the lower one in the high half */
    size_t pair_count, pair_room;
    unities unities;
} matcher;

static hr_status advance(matcher *m, uint64_t by) {
    m->done += by;
    if (m->progress && m->progress(m->progress_context, m->done < m->total ? m->done : m->total, m->total))
        return hr_fail(&m->store->err, HR_CANCELLED, "%s",
                       HR_TR(&m->store->err, "stopped; nothing was changed", "已停止；未作任何改动"));
    return HR_OK;
}

static uint32_t print_of(const matcher *m, const char *text) {
    uint32_t print = *text ? (uint32_t)hr_fingerprint(m->key, text, strlen(text)) : 0;
    return *text && !print ? 1 : print;
}

static digest digest_of(const matcher *m, const portrait *p) {
    const hr_record *now = &p->known.now;
    return (digest){.number = p->number,
                    .name = print_of(m, p->name),
                    .sound = print_of(m, p->sound),
                    .phone = print_of(m, p->phone),
                    .address = print_of(m, p->address),
                    .birth = hr_record_date(now, R_BIRTH_DATE),
                    .sex = (int8_t)hr_record_number(now, R_SEX)};
}

static likeness compare_digests(const digest *a, const digest *b) {
    return (likeness){.number = {a->number, b->number},
                      .birth = {a->birth, b->birth},
                      .name = a->name && a->name == b->name,
                      .sound = a->sound && a->sound == b->sound,
                      .phone = a->phone && a->phone == b->phone,
                      .address = a->address && a->address == b->address,
                      .sex = sexes_fit(a->sex, b->sex)};
}

static hr_status make_room(matcher *m) {
    if (m->count < m->room)
        return HR_OK;
    if (m->count >= UINT32_MAX / 2) /* places in pairs have 32 bits */
        return hr_fail_memory(&m->store->err);
    size_t room = m->room ? 2 * m->room : 1024;
    int64_t *ids = realloc(m->ids, room * sizeof *ids);
    if (ids)
        m->ids = ids;
    digest *at = ids ? realloc(m->at, room * sizeof *at) : NULL;
    if (!at)
        return hr_fail_memory(&m->store->err);
    m->at = at;
    m->room = room;
    return HR_OK;
}

/* `row`: id, state, registering body, past. */
static hr_status take(matcher *m, sqlite3_stmt *row, portrait *p) {
    int64_t id = sqlite3_column_int64(row, 0);
    hr_status status = make_room(m);
    if (status == HR_OK)
        status = hr_resident_from_row(m->store, row, 1, id, &p->known);
    if (status != HR_OK)
        return status;
    status = paint(m->store, p);
    hr_resident_release(&p->known);
    if (status != HR_OK)
        return status;
    m->ids[m->count] = id;
    m->at[m->count++] = digest_of(m, p);
    return m->count % 1024 ? HR_OK : advance(m, 1024);
}

static hr_status read_residents(matcher *m) {
    sqlite3_stmt *rows = NULL;
    portrait *p = malloc(sizeof *p);
    hr_status status = p ? HR_OK : hr_fail_memory(&m->store->err);
    if (p && sqlite3_prepare_v2(m->store->db,
                                "SELECT e.seq, r.state, e.body, r.past\n"
                                "FROM chart.entry AS e\n"
                                "LEFT JOIN chart.resident AS r ON r.id = e.seq\n"
                                "WHERE e.subject = e.seq\n"
                                "ORDER BY e.seq",
                                -1, &rows, NULL) != SQLITE_OK)
        status = hr_db_fail(m->store);
    while (status == HR_OK && (status = hr_db_row(m->store, rows)) == HR_OK)
        status = take(m, rows, p);
    sqlite3_finalize(rows);
    free(p);
    return status == HR_END ? HR_OK : status;
}

static hr_status read_unities(hr_store *store, unities *out) {
    sqlite3_stmt *rows = NULL;
    hr_status status = HR_OK;
    if (sqlite3_prepare_v2(store->db, "SELECT absorbed FROM chart.unified ORDER BY absorbed", -1, &rows, NULL) !=
        SQLITE_OK)
        return hr_db_fail(store);
    while (status == HR_OK && (status = hr_db_row(store, rows)) == HR_OK) {
        unity u = {.absorbed = sqlite3_column_int64(rows, 0)};
        unity *grown = realloc(out->at, (out->count + 1) * sizeof *grown);
        if (grown)
            out->at = grown;
        status = grown ? hr_life_root(store, u.absorbed, &u.root) : hr_fail_memory(&store->err);
        if (status == HR_OK)
            out->at[out->count++] = u;
    }
    sqlite3_finalize(rows);
    return status == HR_END ? HR_OK : status;
}

static int by_absorbed(const void *a, const void *b) {
    const unity *x = a, *y = b;
    return (x->absorbed > y->absorbed) - (x->absorbed < y->absorbed);
}

static int by_root(const void *a, const void *b) {
    const unity *x = a, *y = b;
    return x->root != y->root ? (x->root > y->root) - (x->root < y->root) : by_absorbed(a, b);
}

static int by_id(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* The place of who stands for the resident at a place. */
static size_t place_of_root(const matcher *m, size_t place) {
    unity key = {.absorbed = m->ids[place]};
    if (m->unities.count == 0)
        return place;
    const unity *u = bsearch(&key, m->unities.at, m->unities.count, sizeof key, by_absorbed);
    const int64_t *root = u ? bsearch(&u->root, m->ids, m->count, sizeof *m->ids, by_id) : NULL;
    return root ? (size_t)(root - m->ids) : place;
}

static hr_status keep_pair(matcher *m, size_t i, size_t j) {
    uint64_t a = place_of_root(m, i), b = place_of_root(m, j);
    if (a == b)
        return HR_OK;
    if (m->pair_count == m->pair_room) {
        size_t room = m->pair_room ? 2 * m->pair_room : 1024;
        uint64_t *grown = realloc(m->pairs, room * sizeof *grown);
        if (!grown)
            return hr_fail_memory(&m->store->err);
        m->pairs = grown;
        m->pair_room = room;
    }
    m->pairs[m->pair_count++] = a < b ? a << 32 | b : b << 32 | a;
    return HR_OK;
}

/* ---- keys: two who are alike in a way agree in its key; 0: there is nothing to agree in ---- */

typedef uint64_t (*key_fn)(const digest *d, int k);

static uint64_t key_of_number(const digest *d, int k) {
    (void)k;
    return (uint64_t)d->number;
}

static uint64_t key_of_masked(const digest *d, int k) {
    return d->number ? (uint64_t)without_two(d->number, k) : 0;
}

/* Birth dates of which a part is unknown agree with others of the year. */
static uint64_t key_of_person(const digest *d, int k) {
    (void)k;
    return d->name && d->birth ? (uint64_t)d->name << 32 | (uint64_t)(d->birth / 10000) : 0;
}

static uint64_t key_of_sound(const digest *d, int k) {
    (void)k;
    return d->sound && d->birth && (d->phone || d->address) ? (uint64_t)d->sound << 32 | (uint64_t)d->birth : 0;
}

static uint64_t key_of_phone(const digest *d, int k) {
    (void)k;
    return d->name && d->phone ? (uint64_t)d->name << 32 | d->phone : 0;
}

static uint64_t spread(uint64_t key) {
    key = (key ^ key >> 32) * UINT64_C(0xD6E8FEB86659FD93);
    key = (key ^ key >> 32) * UINT64_C(0xD6E8FEB86659FD93);
    return key ^ key >> 32;
}

/* Compares all who agree in a key. Sorted are the key's upper bits with the place below them: who stands together by
 * chance is told apart when compared. */
static hr_status match(matcher *m, key_fn key_of, int k) {
    uint64_t places = 1;
    size_t n = 0;
    hr_status status = HR_OK;
    while (places < m->count)
        places *= 2;
    for (size_t i = 0; i < m->count; i++) {
        uint64_t key = key_of(&m->at[i], k);
        if (key)
            m->keys[n++] = (spread(key) & ~(places - 1)) | i;
    }
    hr_sort_keys(m->keys, n);
    for (size_t i = 0; i < n && status == HR_OK; i++)
        for (size_t j = i + 1; j < n && m->keys[j] / places == m->keys[i] / places && status == HR_OK; j++) {
            size_t a = m->keys[i] & (places - 1), b = m->keys[j] & (places - 1);
            likeness l = compare_digests(&m->at[a], &m->at[b]);
            if (rule_of(&l) != NO_RULE)
                status = keep_pair(m, a, b);
        }
    return status == HR_OK ? advance(m, m->total / 64) : status;
}

static void keep_each_once(matcher *m) {
    size_t kept = 0;
    hr_sort_keys(m->pairs, m->pair_count);
    for (size_t i = 0; i < m->pair_count; i++)
        if (kept == 0 || m->pairs[kept - 1] != m->pairs[i])
            m->pairs[kept++] = m->pairs[i];
    m->pair_count = kept;
}

static hr_status find_pairs(matcher *m) {
    hr_random(m->key, sizeof m->key);
    m->total = 2 * (uint64_t)m->store->head.seq;
    hr_status status = read_unities(m->store, &m->unities);
    if (status == HR_OK)
        status = read_residents(m);
    if (status != HR_OK)
        return status;
    m->keys = malloc((m->count + 1) * sizeof *m->keys);
    if (!m->keys)
        return hr_fail_memory(&m->store->err);
    status = match(m, key_of_number, 0);
    for (int k = 0; k < MASKS && status == HR_OK; k++)
        status = match(m, key_of_masked, k);
    if (status == HR_OK)
        status = match(m, key_of_person, 0);
    if (status == HR_OK)
        status = match(m, key_of_sound, 0);
    if (status == HR_OK)
        status = match(m, key_of_phone, 0);
    keep_each_once(m);
    return status;
}

/* ---- what speaks against it ---- */

enum {
    AGAINST_NAME = 1,
    AGAINST_SEX = 2,
    AGAINST_BIRTH = 4,
    AGAINST_NUMBER = 8,
    AGAINST_DEATH = 16,
    AGAINST_LIFE = 32,
    AGAINST_REST = 64
};
static const struct {
    unsigned bit;
    const char *en, *zh;
} objections[] = {
    {AGAINST_NAME, "the names are not written alike", "姓名用字不同"},
    {AGAINST_SEX, "the sex is not the same", "性别不同"},
    {AGAINST_BIRTH, "the birth dates are not the same", "出生日期不同"},
    {AGAINST_NUMBER, "the ID numbers are not the same", "身份证号不同"},
    {AGAINST_DEATH, "the dates of death are not the same", "死亡日期不同"},
    {AGAINST_LIFE, "one was cared for after the other had died", "其中一人死亡后，另一人仍有服务记录"},
    {AGAINST_REST, "what is known of the two does not go together", "两人的记录相互矛盾"},
};

static bool dates_fit(hr_date a, hr_date b) {
    return !a || !b || (hr_date_earliest(a) <= hr_date_latest(b) && hr_date_earliest(b) <= hr_date_latest(a));
}

static bool cared_for_after(const hr_resident *r, hr_date died) {
    for (size_t i = 0; died && i < r->past_count; i++)
        if (hr_date_latest(r->past[i].from) > hr_date_latest(died))
            return true;
    return false;
}

/* Whether the fields of the first, and the second's in their gaps, make one resident of whom all holds that must. */
static hr_status try_together(hr_store *store, const hr_resident *first, const hr_resident *second, bool *out) {
    enum { ANY_DAY = 99991231 };
    hr_err saved = store->err;
    hr_resident both;
    hr_status status = hr_resident_copy(&store->err, &both, second);
    if (status != HR_OK)
        return status;
    status = hr_resident_fold(&store->err, &both, &first->now);
    if (status == HR_OK)
        status = hr_resident_validate(&store->err, &both, ANY_DAY);
    hr_resident_release(&both);
    if (status != HR_INVALID)
        return status;
    *out = false;
    store->err = saved;
    return HR_OK;
}

static hr_status object(hr_store *store, const portrait *a, const portrait *b, unsigned *against) {
    likeness l = compare_portraits(a, b);
    hr_date died_a = hr_record_date(&a->known.now, R_DIED), died_b = hr_record_date(&b->known.now, R_DIED);
    int place;
    bool together = true;
    hr_status status = HR_OK;
    if (!l.name)
        *against |= AGAINST_NAME;
    if (!l.sex)
        *against |= AGAINST_SEX;
    if (!dates_fit(l.birth[0], l.birth[1]))
        *against |= AGAINST_BIRTH;
    slip numbers = numbers_of(&l, &place); /* a certificate with a number that is alike but not his is not his */
    if (l.number[0] && l.number[1] && (numbers == UNLIKE || (numbers != SAME && a->certified != b->certified)))
        *against |= AGAINST_NUMBER;
    if (!dates_fit(died_a, died_b))
        *against |= AGAINST_DEATH;
    if (cared_for_after(&a->known, died_b) || cared_for_after(&b->known, died_a))
        *against |= AGAINST_LIFE;
    if (*against == 0)
        status = try_together(store, &a->known, &b->known, &together);
    if (*against == 0 && status == HR_OK) /* whoever remains */
        status = try_together(store, &b->known, &a->known, &together);
    if (!together)
        *against |= AGAINST_REST;
    return status;
}

/* ---- reasons ---- */

typedef struct sentence {
    const hr_err *err;
    char *out;
    size_t size, used;
} sentence;

static void say(sentence *s, const char *text) {
    int n = snprintf(s->out + s->used, s->size - s->used, "%s%s", s->used ? HR_TR(s->err, ", ", "，") : "", text);
    if (n > 0 && s->used + (size_t)n < s->size)
        s->used += (size_t)n;
}

static void say_numbers(sentence *s, const likeness *l, const portrait *a, const portrait *b) {
    char text[160];
    int place = 0;
    switch (numbers_of(l, &place)) {
    case SAME:
        say(s, a->certified && b->certified
                   ? HR_TR(s->err, "the same ID number in both disability certificates", "两人残疾证号中的身份证号相同")
                   : HR_TR(s->err, "one's ID number is in the other's disability certificate",
                           "一人的身份证号与另一人残疾证号中的相同"));
        break;
    case ONE_DIGIT:
        snprintf(text, sizeof text, HR_TR(s->err, "ID numbers that differ in digit %d only", "身份证号仅第 %d 位不同"),
                 place);
        say(s, text);
        break;
    case EXCHANGED:
        snprintf(text, sizeof text,
                 HR_TR(s->err, "ID numbers in which digits %d and %d are exchanged", "身份证号仅第 %d、%d 位互换"),
                 place, place + 1);
        say(s, text);
        break;
    default:
        break;
    }
}

static void say_reason(sentence *s, rule by, const likeness *l, const portrait *a, const portrait *b) {
    if (by == BY_NUMBER)
        say_numbers(s, l, a, b);
    if (l->name)
        say(s, HR_TR(s->err, "the same name", "姓名相同"));
    else if (l->sound)
        say(s, HR_TR(s->err, "names that sound alike", "姓名读音相同"));
    if (births_same(l))
        say(s, HR_TR(s->err, "the same birth date", "出生日期相同"));
    else if (births_fit(l))
        say(s, HR_TR(s->err, "birth dates that agree as far as known", "出生日期就已知部分相符"));
    else if (by == BY_PHONE)
        say(s, HR_TR(s->err, "birth dates that are alike", "出生日期相近"));
    if (l->phone)
        say(s, HR_TR(s->err, "the same phone", "电话相同"));
    if (l->address)
        say(s, HR_TR(s->err, "the same address", "住址相同"));
}

static void say_objections(sentence *s, unsigned against) {
    bool first = true;
    for (size_t i = 0; i < sizeof objections / sizeof *objections; i++) {
        char text[128];
        if (!(against & objections[i].bit))
            continue;
        snprintf(text, sizeof text, "%s%s", first ? HR_TR(s->err, "but ", "但") : "",
                 HR_TR(s->err, objections[i].en, objections[i].zh));
        say(s, text);
        first = false;
    }
}

/* ---- judging a pair ---- */

enum {
    C_RESIDENT,
    C_NAME,
    C_BIRTH,
    C_AREA,
    C_OTHER,
    C_OTHER_NAME,
    C_OTHER_BIRTH,
    C_OTHER_AREA,
    C_REASON,
    C_RULE,
    C_SURE,
    C_COUNT
};
static const hr_column columns[C_COUNT] = {
    [C_RESIDENT] = {"resident", "resident", "居民编号"},
    [C_NAME] = {"name", "name", "姓名"},
    [C_BIRTH] = {"birth_date", "birth date", "出生日期"},
    [C_AREA] = {"area", "area", "区划代码"},
    [C_OTHER] = {"other", "other resident", "另一居民编号"},
    [C_OTHER_NAME] = {"other_name", "other's name", "另一居民姓名"},
    [C_OTHER_BIRTH] = {"other_birth_date", "other's birth date", "另一居民出生日期"},
    [C_OTHER_AREA] = {"other_area", "other's area", "另一居民区划代码"},
    [C_REASON] = {"reason", "reason", "理由"},
    [C_RULE] = {"rule", "rule", "规则"},
    [C_SURE] = {"sure", "sure", "可靠"},
};
static const char *const rule_names[] = {[BY_NUMBER] = "id_number", [BY_PERSON] = "person", [BY_PHONE] = "phone"};

typedef struct duplicates {
    hr_store *store;
    hr_snap made;
    int64_t *ids;
    uint64_t *pairs;
    size_t count, at;
    unities unities;
    portrait shown[2], compared[2]; /* who stand for the pair; who are alike */
    rule by;
    bool sure;
    char area[2][HR_AREA_SIZE], reason[512];
} duplicates;

static void release(void *context) {
    duplicates *d = context;
    free(d->ids);
    free(d->pairs);
    free(d->unities.at);
    free(d);
}

static hr_status read_portrait(hr_store *store, int64_t id, portrait *out) {
    hr_status status = hr_resident_load(store, id, &out->known, NULL);
    if (status != HR_OK)
        return status;
    status = paint(store, out);
    if (status != HR_OK)
        hr_resident_release(&out->known);
    return status;
}

/* Judges two residents for whom the two shown stand; keeps it when their rule comes before what was found. */
static hr_status judge(duplicates *d, const portrait *a, const portrait *b) {
    likeness l = compare_portraits(a, b);
    rule by = rule_of(&l);
    unsigned against = 0;
    int place;
    if (by == NO_RULE || (d->by != NO_RULE && d->by <= by))
        return HR_OK;
    hr_status status = object(d->store, a, b, &against);
    if (status == HR_OK && (a != &d->shown[0] || b != &d->shown[1]))
        status = object(d->store, &d->shown[0], &d->shown[1], &against);
    if (status != HR_OK)
        return status;
    sentence s = {.err = &d->store->err, .out = d->reason, .size = sizeof d->reason};
    say_reason(&s, by, &l, a, b);
    say_objections(&s, against);
    d->by = by;
    d->sure = against == 0 && (births_same(&l) || numbers_of(&l, &place) == SAME);
    return HR_OK;
}

/* Where those for whom a resident stands begin, among the unities by root; they go on as long as the root is his. */
static size_t first_of(const unities *u, int64_t root) {
    size_t low = 0, high = u->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (u->at[middle].root < root)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool stands_for(const unities *u, int64_t root, size_t i) {
    return i < u->count && u->at[i].root == root;
}

/* One of the first with everybody for whom the second stands. */
static hr_status judge_with(duplicates *d, const portrait *a, int64_t other) {
    const unities *u = &d->unities;
    hr_status status = judge(d, a, &d->shown[1]);
    for (size_t i = first_of(u, other); status == HR_OK && stands_for(u, other, i); i++) {
        status = read_portrait(d->store, u->at[i].absorbed, &d->compared[1]);
        if (status != HR_OK)
            break;
        status = judge(d, a, &d->compared[1]);
        hr_resident_release(&d->compared[1].known);
    }
    return status;
}

static hr_status judge_pair(duplicates *d, int64_t one, int64_t other) {
    const unities *u = &d->unities;
    hr_status status = judge_with(d, &d->shown[0], other);
    for (size_t i = first_of(u, one); status == HR_OK && stands_for(u, one, i); i++) {
        status = read_portrait(d->store, u->at[i].absorbed, &d->compared[0]);
        if (status != HR_OK)
            break;
        status = judge_with(d, &d->compared[0], other);
        hr_resident_release(&d->compared[0].known);
    }
    return status;
}

static void set_row(hr_cursor *c, duplicates *d, int64_t one, int64_t other) {
    const hr_record *a = &d->shown[0].known.now, *b = &d->shown[1].known.now;
    hr_cell_integer(c, C_RESIDENT, one);
    hr_cell_text(c, C_NAME, hr_record_text(a, R_NAME));
    hr_cell_date(c, C_BIRTH, hr_record_date(a, R_BIRTH_DATE));
    hr_cell_text(c, C_AREA, hr_area_format(hr_record_number(a, R_AREA), d->area[0]));
    hr_cell_integer(c, C_OTHER, other);
    hr_cell_text(c, C_OTHER_NAME, hr_record_text(b, R_NAME));
    hr_cell_date(c, C_OTHER_BIRTH, hr_record_date(b, R_BIRTH_DATE));
    hr_cell_text(c, C_OTHER_AREA, hr_area_format(hr_record_number(b, R_AREA), d->area[1]));
    hr_cell_text(c, C_REASON, d->reason);
    hr_cell_text(c, C_RULE, rule_names[d->by]);
    hr_cell_boolean(c, C_SURE, d->sure);
}

/* Reads who stand for a pair and judges it. Those who were made one while the cursor was read are none any more. */
static hr_status look_at(duplicates *d, int64_t *one, int64_t *other) {
    hr_status status = hr_life_root(d->store, *one, one);
    if (status == HR_OK)
        status = hr_life_root(d->store, *other, other);
    if (status != HR_OK || *one == *other)
        return status;
    hr_custody states[2] = {HR_CUSTODY_NONE, HR_CUSTODY_NONE};
    status = hr_custody_of(d->store, *one, &states[0]);
    if (status == HR_OK)
        status = hr_custody_of(d->store, *other, &states[1]);
    if (status != HR_OK || states[0] != HR_CUSTODY_NONE || states[1] != HR_CUSTODY_NONE) /* they are not shown */
        return status;
    status = read_portrait(d->store, *one, &d->shown[0]);
    if (status != HR_OK)
        return status;
    status = read_portrait(d->store, *other, &d->shown[1]);
    if (status == HR_OK) {
        status = judge_pair(d, *one, *other);
        hr_resident_release(&d->shown[1].known); /* what is shown is in the record itself */
    }
    hr_resident_release(&d->shown[0].known);
    return status;
}

static hr_status next_pair(hr_cursor *c) {
    duplicates *d = c->context;
    hr_status status = HR_OK;
    if (hr_snap_check(d->store, &d->made) != HR_OK)
        return HR_INVALID;
    while (d->at < d->count && status == HR_OK) {
        uint64_t pair = d->pairs[d->at++];
        int64_t one = d->ids[pair >> 32], other = d->ids[pair & UINT32_MAX];
        d->by = NO_RULE;
        status = look_at(d, &one, &other);
        if (status != HR_OK || d->by == NO_RULE)
            continue;
        set_row(c, d, one, other);
        return HR_OK;
    }
    return status == HR_OK ? HR_END : status;
}

/* ---- the public call ---- */

/* The cursor takes over what it needs of the matcher. */
static hr_status give(matcher *m, hr_cursor **out) {
    duplicates *d = calloc(1, sizeof *d);
    hr_status status = d ? hr_cursor_new(&m->store->err, columns, C_COUNT, out) : hr_fail_memory(&m->store->err);
    if (status != HR_OK) {
        free(d);
        return status;
    }
    d->store = m->store;
    d->made = hr_snap_of(m->store);
    d->ids = m->ids;
    d->pairs = m->pairs;
    d->count = m->pair_count;
    d->unities = m->unities;
    if (d->unities.count)
        qsort(d->unities.at, d->unities.count, sizeof *d->unities.at, by_root);
    m->ids = NULL;
    m->pairs = NULL;
    m->unities = (unities){.count = 0};
    (*out)->context = d;
    (*out)->release = release;
    (*out)->next = next_pair;
    return HR_OK;
}

hr_status hr_duplicates(hr_store *store, hr_progress progress, void *context, hr_cursor **out) {
    if (!store || !out)
        return hr_fail_argument(store);
    *out = NULL;
    hr_status status = hr_chart_begin(store);
    if (status != HR_OK)
        return status;
    hr_err_clear(&store->err);
    matcher m = {.store = store, .progress = progress, .progress_context = context};
    status = find_pairs(&m);
    hr_read_end(store);
    if (status == HR_OK)
        status = hr_access_search(store, HR_SEARCH_DUPLICATES, -1, NULL);
    if (status == HR_OK)
        status = give(&m, out);
    free(m.ids);
    free(m.at);
    free(m.keys);
    free(m.pairs);
    free(m.unities.at);
    return status;
}
