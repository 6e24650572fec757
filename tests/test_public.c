/* Tables for the public, beside somebody who tries to find out what they hide.
 *
 * Of small tables the attacker knows everything: he tries all counts of persons there could be (a model says which
 * kinds of persons there are, and which tallies count each kind) and keeps those that agree with what is shown. What
 * he then knows of a small count is the range of its values among them. A second one also knows how the program
 * chooses: of the tables he keeps only those of which just this would have been shown. Of a store he is an accountant:
 * he adds and subtracts shown figures, whatever was published when, until he has the figure of any group of committees
 * that he can get at all. Both must succeed against tables where only the small counts are hidden, and where nobody
 * remembers what was published before. */
#include "indicator/hide.h"
#include "support.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- small tables, and all that they could be ---- */

enum { AREAS = 7, TALLIES = 4, KINDS = 4, MEASURES = 10, UNITS = 5 };

typedef struct model {
    int areas;
    int32_t parent[AREAS];
    unsigned lives; /* in which areas persons are counted, by bits */
    int tallies;
    hr_guard guards[TALLIES];
    int kinds;
    unsigned counts[KINDS]; /* in which tallies a kind of person counts, by bits */
    int measures;
    int measure[MEASURES][TALLIES]; /* the counts of persons that are protected, as sums of tallies */
} model;

#define NONE                                                                                                           \
    { -1, -1 }
#define ONE_TALLY                                                                                                      \
    .tallies = 1, .guards = {{0, NONE, NONE, -1, false, false}}, .kinds = 1, .counts = {1}, .measures = 1,             \
    .measure = {{1}}
#define PART_OF_ANOTHER                                                                                                \
    .tallies = 2, .guards = {{0, NONE, NONE, -1, false, false}, {1, {0, -1}, NONE, -1, false, false}}, .kinds = 2,     \
    .counts = {1, 3}, .measures = 3, .measure = {{1, 0}, {0, 1}, {1, -1}}

/* Persons lived[i] of each kind in each area where persons live, kinds first. */
typedef struct table {
    int32_t total[TALLIES][AREAS];
    uint64_t cells[AREAS];
    bool tried; /* it is one of those to be attacked, not only one that could be */
} table;

static void count_persons(const model *m, const int *lived, table *t, int64_t own[TALLIES * AREAS]) {
    int next = 0;
    memset(t, 0, sizeof *t);
    memset(own, 0, TALLIES * AREAS * sizeof *own);
    for (int a = 0; a < m->areas; a++)
        for (int kind = 0; m->lives >> a & 1 && kind < m->kinds; kind++, next++)
            for (int tally = 0; tally < m->tallies; tally++)
                if (m->counts[kind] >> tally & 1)
                    own[tally * m->areas + a] += lived[next];
    for (int tally = 0; tally < m->tallies; tally++)
        for (int a = m->areas; a-- > 0;) {
            t->total[tally][a] += (int32_t)own[tally * m->areas + a];
            if (m->parent[a] >= 0)
                t->total[tally][m->parent[a]] += t->total[tally][a];
        }
}

static int64_t measured(const model *m, const table *t, int measure, int area) {
    int64_t sum = 0;
    for (int tally = 0; tally < m->tallies; tally++)
        sum += m->measure[measure][tally] * t->total[tally][area];
    return sum;
}

static bool is_small(int64_t count, int hide) {
    return count >= 1 && count <= hide;
}

static hr_plan plan_of(const model *m, int hide) {
    return (hr_plan){
        .areas = (size_t)m->areas, .parent = m->parent, .guards = (size_t)m->tallies, .guard = m->guards, .hide = hide};
}

typedef void (*hiding)(const model *m, int hide, const int64_t *own, table *t);

static void show_all(const model *m, table *t) {
    for (int a = 0; a < m->areas; a++)
        t->cells[a] = (UINT64_C(1) << m->tallies) - 1;
}

static void hide_well(const model *m, int hide, const int64_t *own, table *t) {
    hr_plan plan = plan_of(m, hide);
    show_all(m, t);
    assert_true(hr_hide_small(&plan, own, t->cells));
}

/* What is small, or makes something small, and nothing else. */
static void hide_primary(const model *m, int hide, const int64_t *own, table *t) {
    (void)own;
    show_all(m, t);
    for (int measure = 0; measure < m->measures; measure++)
        for (int a = 0; a < m->areas; a++)
            for (int tally = m->tallies - 1; is_small(measured(m, t, measure, a), hide) && tally >= 0; tally--)
                if (m->measure[measure][tally]) {
                    t->cells[a] &= ~(UINT64_C(1) << tally);
                    break;
                }
}

/* ---- the attacker of small tables ---- */

/* A table by all that is shown of it, as one number. */
typedef struct seen {
    uint64_t shown;
    const table *is;
} seen;

static uint64_t what_is_shown(const model *m, const table *t, const uint64_t *cells, uint64_t base) {
    uint64_t number = 0, most = 1;
    for (int a = 0; a < m->areas; a++)
        for (int tally = 0; tally < m->tallies; tally++) {
            assert_true(most <= UINT64_MAX / base);
            most *= base;
            number = number * base + (cells[a] >> tally & 1 ? (uint64_t)t->total[tally][a] : 0);
        }
    return number;
}

static int by_what_is_shown(const void *a, const void *b) {
    const seen *x = a, *y = b;
    return (x->shown > y->shown) - (x->shown < y->shown);
}

static int by_cells(const void *a, const void *b) {
    const table *x = *(const table *const *)a, *y = *(const table *const *)b;
    return memcmp(x->cells, y->cells, sizeof x->cells);
}

/* What attackers got of all tables: how often a small count was certain, and the least range of one. */
typedef struct findings {
    uint64_t small, certain, certain_by_choice;
    int64_t range;
} findings;

static void look_at_alike(const model *m, int hide, const seen *all, size_t count, const uint64_t *cells,
                          findings *out) {
    bool any = false;
    for (size_t i = 0; i < count; i++)
        any = any || (all[i].is->tried && memcmp(all[i].is->cells, cells, sizeof all[i].is->cells) == 0);
    for (int measure = 0; any && measure < m->measures; measure++)
        for (int a = 0; a < m->areas; a++) {
            int64_t least = INT64_MAX, most = INT64_MIN, chosen_least = INT64_MAX, chosen_most = INT64_MIN;
            bool small = false;
            for (size_t i = 0; i < count; i++) {
                int64_t value = measured(m, all[i].is, measure, a);
                least = value < least ? value : least;
                most = value > most ? value : most;
                if (memcmp(all[i].is->cells, cells, sizeof all[i].is->cells) != 0)
                    continue;
                chosen_least = value < chosen_least ? value : chosen_least;
                chosen_most = value > chosen_most ? value : chosen_most;
                small = small || (all[i].is->tried && is_small(value, hide));
            }
            if (!small)
                continue;
            out->small++;
            out->certain += most == least;
            out->certain_by_choice += chosen_most == chosen_least;
            out->range = most - least < out->range ? most - least : out->range;
        }
}

/* Attacks every table in which at most `tried` persons of a kind live in an area; the attacker thinks of up to `most`.
 */
static findings attack(const model *m, int hide, int tried, int most, hiding hides) {
    findings out = {.range = INT64_MAX};
    int numbers = __builtin_popcount(m->lives) * m->kinds, lived[UNITS * KINDS];
    size_t count = 1;
    for (int i = 0; i < numbers; i++)
        count *= (size_t)most + 1;
    uint64_t base = (uint64_t)(most * numbers) + 1;
    table *all = malloc(count * sizeof *all), **sorted = malloc(count * sizeof *sorted);
    seen *alike = malloc(count * sizeof *alike);
    assert_true(all && sorted && alike);
    for (size_t i = 0; i < count; i++) {
        int64_t own[TALLIES * AREAS];
        size_t rest = i;
        bool is_tried = true;
        for (int j = 0; j < numbers; j++, rest /= (size_t)most + 1) {
            lived[j] = (int)(rest % ((size_t)most + 1));
            is_tried = is_tried && lived[j] <= tried;
        }
        count_persons(m, lived, &all[i], own);
        hides(m, hide, own, &all[i]);
        all[i].tried = is_tried;
        sorted[i] = &all[i];
    }
    qsort(sorted, count, sizeof(table *), by_cells);
    for (size_t i = 0, end; i < count; i = end) { /* for each set of cells that is ever shown */
        const uint64_t *cells = sorted[i]->cells;
        bool any = false;
        for (end = i; end < count && by_cells(&sorted[i], &sorted[end]) == 0; end++)
            any = any || sorted[end]->tried;
        if (!any)
            continue;
        for (size_t j = 0; j < count; j++)
            alike[j] = (seen){what_is_shown(m, &all[j], cells, base), &all[j]};
        qsort(alike, count, sizeof *alike, by_what_is_shown);
        for (size_t from = 0, to; from < count; from = to) {
            for (to = from + 1; to < count && alike[from].shown == alike[to].shown;)
                to++;
            look_at_alike(m, hide, alike + from, to - from, cells, &out);
        }
    }
    free(all);
    free(sorted);
    free(alike);
    return out;
}

/* Nobody finds a small count, nor a range of it that is no wider than `hide`. `choice`: nor can be certain of one even
 * if he knows how the program chooses. */
static void assert_nothing_found(const model *m, int hide, int tried, int most, bool choice) {
    findings well = attack(m, hide, tried, most, hide_well);
    assert_true(well.small > 0);
    assert_int_equal(well.certain, 0);
    assert_true(!choice || well.certain_by_choice == 0);
    assert_true(well.range > hide);
}

/* Who hides only what is small, is found out. */
static void assert_primary_found(const model *m, int hide, int tried, int most) {
    findings primary = attack(m, hide, tried, most, hide_primary);
    assert_true(primary.small > 0 && primary.range <= hide);
}

static void assert_hides(const model *m, int hide, int tried, int most, bool choice) {
    assert_nothing_found(m, hide, tried, most, choice);
    assert_primary_found(m, hide, tried, most);
}

static const model two_children = {.areas = 3, .parent = {-1, 0, 0}, .lives = 6, ONE_TALLY};
static const model three_children = {.areas = 4, .parent = {-1, 0, 0, 0}, .lives = 14, ONE_TALLY};
static const model four_children = {.areas = 5, .parent = {-1, 0, 0, 0, 0}, .lives = 30, ONE_TALLY};
static const model parent_with_own = {.areas = 3, .parent = {-1, 0, 0}, .lives = 7, ONE_TALLY};
static const model two_and_one = {.areas = 6, .parent = {-1, 0, 1, 1, 0, 4}, .lives = 44, ONE_TALLY};
static const model two_and_two = {.areas = 7, .parent = {-1, 0, 1, 1, 0, 4, 4}, .lives = 108, ONE_TALLY};

static void no_count_of_a_parent_with_two_to_four_children_is_found(void **state) {
    (void)state;
    assert_hides(&two_children, 2, 7, 14, true);
    assert_hides(&two_children, 9, 40, 80, true);
    assert_hides(&three_children, 2, 6, 9, true);
    assert_hides(&three_children, 3, 8, 12, true);
    assert_hides(&three_children, 5, 14, 22, true);
    assert_hides(&four_children, 2, 4, 7, false);
    assert_hides(&four_children, 3, 5, 9, true);
}

static void no_count_is_found_where_some_live_in_the_parent_alone(void **state) {
    (void)state;
    assert_hides(&parent_with_own, 3, 8, 12, true);
}

static void no_count_in_two_levels_is_found(void **state) {
    (void)state;
    assert_hides(&two_and_one, 2, 6, 12, true);
    assert_hides(&two_and_one, 5, 12, 24, true);
    assert_hides(&two_and_two, 2, 4, 7, false);
    assert_hides(&two_and_two, 4, 7, 10, true);
}

static void neither_a_part_nor_the_rest_is_found(void **state) {
    static const model two = {.areas = 3, .parent = {-1, 0, 0}, .lives = 6, PART_OF_ANOTHER};
    static const model three = {.areas = 4, .parent = {-1, 0, 0, 0}, .lives = 14, PART_OF_ANOTHER};
    static const model levels = {.areas = 6, .parent = {-1, 0, 1, 1, 0, 4}, .lives = 44, PART_OF_ANOTHER};
    (void)state;
    assert_hides(&two, 2, 5, 9, false);
    assert_hides(&two, 3, 7, 12, false);
    assert_hides(&three, 1, 2, 4, false);
    assert_hides(&levels, 1, 2, 4, false);
}

static void no_link_of_a_chain_is_found(void **state) {
    static const model chain = {.areas = 3,
                                .parent = {-1, 0, 0},
                                .lives = 6,
                                .tallies = 3,
                                .guards = {{0, NONE, NONE, -1, false, false},
                                           {1, {0, -1}, NONE, -1, false, false},
                                           {2, {1, -1}, NONE, -1, false, false}},
                                .kinds = 3,
                                .counts = {1, 3, 7},
                                .measures = 5,
                                .measure = {{1}, {0, 1}, {0, 0, 1}, {1, -1}, {0, 1, -1}}};
    (void)state;
    assert_hides(&chain, 1, 3, 5, false);
    assert_hides(&chain, 2, 3, 6, false);
}

/* Residents, those with a file, the elderly, and the elderly with a file: also who is neither. */
static const model square = {
    .areas = 3,
    .parent = {-1, 0, 0},
    .lives = 6,
    .tallies = 4,
    .guards = {{0, NONE, NONE, -1, false, false},
               {1, {0, -1}, NONE, -1, false, false},
               {2, {0, -1}, NONE, -1, false, false},
               {3, {1, 2}, NONE, 0, false, false}},
    .kinds = 4,
    .counts = {1, 3, 5, 15},
    .measures = 9,
    .measure = {
        {1}, {0, 1}, {0, 0, 1}, {0, 0, 0, 1}, {1, -1}, {1, 0, -1}, {0, 1, 0, -1}, {0, 0, 1, -1}, {1, -1, -1, 1}}};

/* The elderly, those on home beds, and whoever is one of the two. */
static const model either = {.areas = 3,
                             .parent = {-1, 0, 0},
                             .lives = 6,
                             .tallies = 4,
                             .guards = {{0, NONE, NONE, -1, false, false},
                                        {1, {0, -1}, NONE, -1, false, false},
                                        {2, {0, -1}, NONE, -1, false, false},
                                        {3, NONE, {1, 2}, 0, false, false}},
                             .kinds = 4,
                             .counts = {1, 11, 13, 15},
                             .measures = 10,
                             .measure = {{1},
                                         {0, 1},
                                         {0, 0, 1},
                                         {0, 0, 0, 1},
                                         {1, -1},
                                         {1, 0, -1},
                                         {0, -1, 0, 1},
                                         {0, 0, -1, 1},
                                         {1, 0, 0, -1},
                                         {0, 1, 1, -1}}};

static void none_of_four_parts_is_found(void **state) {
    (void)state;
    assert_nothing_found(&square, 1, 2, 4, false);
    assert_primary_found(&square, 1, 1, 2);
}

/* ---- larger counts, of which not all can be tried ---- */

/* What two areas may have of a tally, as far as it is shown of them and of their parent. */
typedef struct pairs {
    int count;
    int32_t at[1024][2];
} pairs;

static void pairs_of(const table *t, int tally, int32_t most, pairs *out) {
    out->count = 0;
    for (int32_t x = 0; x <= most; x++)
        for (int32_t y = 0; y <= most; y++) {
            const int32_t could[] = {x + y, x, y};
            bool agrees = true;
            for (int a = 0; a < 3; a++)
                agrees = agrees && (!(t->cells[a] >> tally & 1) || t->total[tally][a] == could[a]);
            if (agrees && out->count < (int)COUNT(out->at))
                memcpy(out->at[out->count++], (int32_t[]){x, y}, sizeof *out->at);
        }
}

typedef struct ranges {
    int64_t least[MEASURES][3], most[MEASURES][3];
} ranges;

static void take_in(const model *m, const int32_t *const could[TALLIES], ranges *out) {
    table t = {.tried = true};
    for (int tally = 0; tally < m->tallies; tally++) {
        t.total[tally][1] = could[tally][0];
        t.total[tally][2] = could[tally][1];
        t.total[tally][0] = could[tally][0] + could[tally][1];
    }
    for (int measure = 0; measure < m->measures; measure++)
        for (int a = 1; a < 3; a++)
            if (measured(m, &t, measure, a) < 0)
                return;
    for (int measure = 0; measure < m->measures; measure++)
        for (int a = 0; a < 3; a++) {
            int64_t value = measured(m, &t, measure, a);
            int64_t *least = &out->least[measure][a], *most = &out->most[measure][a];
            *least = value < *least ? value : *least;
            *most = value > *most ? value : *most;
        }
}

/* All that four tallies of two areas could be. False when it is too much to try. */
static bool ranges_of(const model *m, const table *t, ranges *out) {
    static pairs each[TALLIES];
    int64_t all = 1;
    const int32_t *could[TALLIES];
    for (int tally = 0; tally < TALLIES; tally++) {
        pairs_of(t, tally, 31, &each[tally]);
        all *= each[tally].count;
    }
    for (int measure = 0; measure < m->measures; measure++)
        for (int a = 0; a < 3; a++) {
            out->least[measure][a] = INT64_MAX;
            out->most[measure][a] = INT64_MIN;
        }
    for (int64_t i = 0; all <= 40000 && i < all; i++) {
        int64_t rest = i;
        for (int tally = 0; tally < TALLIES; rest /= each[tally].count, tally++)
            could[tally] = each[tally].at[rest % each[tally].count];
        take_in(m, could, out);
    }
    return all <= 40000;
}

/* Tables of two areas with up to 9 persons of each of four kinds, and often nobody of one: how many small counts have
 * no wider a range than `hide`. */
static int narrow_ranges(const model *m, int hide, hiding hides) {
    enum { ROUNDS = 6000 };
    int found = 0, tried = 0;
    seed_chance(5);
    for (int round = 0; round < ROUNDS; round++) {
        int lived[2 * KINDS], nobody = (int)random_below(6);
        int64_t own[TALLIES * AREAS];
        static ranges r;
        table t;
        for (int i = 0; i < 2 * KINDS; i++)
            lived[i] = i % KINDS == nobody ? 0 : (int)random_below(8);
        count_persons(m, lived, &t, own);
        hides(m, hide, own, &t);
        if (!ranges_of(m, &t, &r))
            continue;
        tried++;
        for (int measure = 0; measure < m->measures; measure++)
            for (int a = 0; a < 3; a++)
                found +=
                    is_small(measured(m, &t, measure, a), hide) && r.most[measure][a] - r.least[measure][a] <= hide;
    }
    assert_true(tried > ROUNDS / 3);
    return found;
}

static void where_one_part_is_nobody_the_others_are_not_found(void **state) {
    (void)state;
    for (int hide = 1; hide <= 3; hide++) {
        assert_int_equal(narrow_ranges(&square, hide, hide_well), 0);
        assert_int_equal(narrow_ranges(&either, hide, hide_well), 0);
        assert_true(narrow_ranges(&square, hide, hide_primary) > 100);
        assert_true(narrow_ranges(&either, hide, hide_primary) > 100);
    }
}

static void no_part_of_a_union_is_found(void **state) {
    (void)state;
    assert_nothing_found(&either, 1, 2, 4, false);
    assert_primary_found(&either, 1, 1, 2);
}

/* ---- the accountant ---- */

enum { LEAVES = 7, GROUPS = 1 << LEAVES, PRIME = 1000003 };

typedef struct told {
    unsigned sets[256]; /* groups of leaves whose figure is shown */
    int count;
} told;

static void tell(told *t, unsigned set) {
    assert_true(t->count < (int)COUNT(t->sets));
    t->sets[t->count++] = set;
}

static int64_t power(int64_t base, int64_t exponent) {
    int64_t out = 1;
    for (base %= PRIME; exponent; exponent >>= 1, base = base * base % PRIME)
        if (exponent & 1)
            out = out * base % PRIME;
    return out;
}

typedef struct basis {
    int64_t row[LEAVES][LEAVES];
    bool has[LEAVES];
} basis;

/* What is left of a group when all that is known is taken off; false: nothing. */
static bool reduce(const basis *b, int64_t row[LEAVES], int *first) {
    for (int i = 0; i < LEAVES; i++) {
        if (row[i] == 0)
            continue;
        if (!b->has[i]) {
            *first = i;
            return true;
        }
        for (int64_t times = row[i], j = i; j < LEAVES; j++)
            row[j] = ((row[j] - times * b->row[i][j]) % PRIME + PRIME) % PRIME;
    }
    return false;
}

static void row_of(unsigned set, int64_t row[LEAVES]) {
    for (int i = 0; i < LEAVES; i++)
        row[i] = set >> i & 1;
}

/* Marks the groups whose figure follows from those that are told. */
static void work_out(const told *t, bool known[GROUPS]) {
    basis b = {.has = {false}};
    int64_t row[LEAVES];
    int first = 0;
    for (int i = 0; i < t->count; i++) {
        row_of(t->sets[i], row);
        if (!reduce(&b, row, &first))
            continue;
        int64_t inverse = power(row[first], PRIME - 2);
        for (int j = 0; j < LEAVES; j++)
            b.row[first][j] = row[j] * inverse % PRIME;
        b.has[first] = true;
    }
    for (unsigned set = 0; set < GROUPS; set++) {
        row_of(set, row);
        known[set] = !reduce(&b, row, &first);
    }
}

static void the_accountant_takes_off_and_adds_up(void **state) {
    (void)state;
    told t = {.sets = {7, 6, 24, 16 | 32}, .count = 4}; /* abc, bc, de, ef */
    bool known[GROUPS];
    work_out(&t, known);
    assert_true(known[1] && known[6] && known[7] && known[25] && known[31] && known[7 | 24]);
    assert_false(known[2] || known[8] || known[16] || known[8 | 32] || known[64]);
}

/* ---- from day to day, of small tables ---- */

/* Leaves of a model are its areas with persons. */
static unsigned leaves_of(const model *m, int area) {
    unsigned set = 0;
    int next = 0;
    for (int a = 0; a < m->areas; a++) {
        bool within = false;
        for (int at = a; at >= 0; at = m->parent[at])
            within = within || at == area;
        if (m->lives >> a & 1)
            set |= (unsigned)within << next++;
    }
    return set;
}

/* Over a group of leaves, of which the one of an area with areas in it are those who live in none of these. */
static int64_t measured_in(const model *m, const table *t, int measure, unsigned set) {
    int64_t sum = 0;
    int next = 0;
    for (int a = 0; a < m->areas; a++) {
        if (!(m->lives >> a & 1) || !(set >> next++ & 1))
            continue;
        sum += measured(m, t, measure, a);
        for (int child = 0; child < m->areas; child++)
            sum -= m->parent[child] == a ? measured(m, t, measure, child) : 0;
    }
    return sum;
}

/* Persons that an area has besides those of the areas in it: all know where there never are any. */
static int64_t persons_alone(const model *m, const table *t, int area) {
    int64_t sum = 0;
    for (int tally = 0; tally < m->tallies; tally++) {
        sum += t->total[tally][area];
        for (int a = 0; a < m->areas; a++)
            sum -= m->parent[a] == area ? t->total[tally][a] : 0;
    }
    return sum;
}

static void know_day(const model *m, const table *t, const table *other, bool known[TALLIES][GROUPS]) {
    for (int tally = 0; tally < m->tallies; tally++) {
        told shown = {.count = 0};
        for (int a = 0; a < m->areas; a++) {
            unsigned alone = leaves_of(m, a);
            for (int child = 0; child < m->areas; child++)
                alone &= m->parent[child] == a ? ~leaves_of(m, child) : ~0u;
            if (t->cells[a] >> tally & 1)
                tell(&shown, leaves_of(m, a));
            if (alone != leaves_of(m, a) && persons_alone(m, t, a) == 0 && persons_alone(m, other, a) == 0)
                tell(&shown, alone);
        }
        work_out(&shown, known[tally]);
    }
}

/* Whether a group is told by none of its own parts: what several parts tell together is no more than they do. */
static bool is_least(const bool known[GROUPS], unsigned set) {
    for (unsigned part = (set - 1) & set; part; part = (part - 1) & set)
        if (known[part])
            return false;
    return known[set];
}

/* How many small changes the accountant finds between two days. */
static int small_changes(const model *m, int hide, const table *one, const table *other) {
    bool first[TALLIES][GROUPS], second[TALLIES][GROUPS];
    int found = 0, leaves = __builtin_popcount(m->lives);
    know_day(m, one, other, first);
    know_day(m, other, one, second);
    for (int measure = 0; measure < m->measures; measure++) {
        bool known[GROUPS] = {false};
        for (unsigned set = 1; set < 1u << leaves; set++) {
            known[set] = true;
            for (int tally = 0; tally < m->tallies; tally++)
                known[set] = known[set] && (!m->measure[measure][tally] || (first[tally][set] && second[tally][set]));
        }
        for (unsigned set = 1; set < 1u << leaves; set++) {
            int64_t change = measured_in(m, other, measure, set) - measured_in(m, one, measure, set);
            found += is_least(known, set) && is_small(llabs(change), hide);
        }
    }
    return found;
}

static void any_table(const model *m, int most, table *t, int64_t own[TALLIES * AREAS]) {
    int lived[UNITS * KINDS] = {0};
    for (int i = 0; i < __builtin_popcount(m->lives) * m->kinds; i++)
        lived[i] = (int)random_below((unsigned)most + 1);
    count_persons(m, lived, t, own);
}

/* Somebody comes or goes here and there. */
static void next_table(const model *m, const table *before, table *t, int64_t own[TALLIES * AREAS]) {
    do
        any_table(m, 12, t, own);
    while (labs((long)t->total[0][0] - before->total[0][0]) > 12);
}

static int changes_found(const model *m, int hide, bool remembers) {
    enum { DAYS = 4, ROUNDS = 3000 };
    int found = 0;
    seed_chance(11);
    for (int round = 0; round < ROUNDS; round++) {
        static int64_t own[DAYS][TALLIES * AREAS];
        static table days[DAYS];
        hr_plan plan = plan_of(m, hide);
        for (int day = 0; day < DAYS; day++) {
            hr_shown earlier[DAYS], now = {.own = own[day], .cells = days[day].cells};
            if (day)
                next_table(m, &days[day - 1], &days[day], own[day]);
            else
                any_table(m, 12, &days[day], own[day]);
            hide_well(m, hide, own[day], &days[day]);
            for (int i = 0; i < day; i++)
                earlier[i] = (hr_shown){.own = own[i], .cells = days[i].cells};
            if (remembers)
                assert_true(hr_hide_changes(&plan, &now, earlier, (size_t)day));
            for (int i = 0; i < day; i++)
                found += small_changes(m, hide, &days[i], &days[day]);
        }
    }
    return found;
}

static void no_small_change_from_day_to_day_is_found(void **state) {
    static const model part = {.areas = 3, .parent = {-1, 0, 0}, .lives = 6, PART_OF_ANOTHER};
    static const model *const models[] = {&two_children, &four_children, &parent_with_own, &two_and_two, &part};
    (void)state;
    for (size_t i = 0; i < COUNT(models); i++) {
        assert_int_equal(changes_found(models[i], 3, true), 0);
        assert_true(changes_found(models[i], 3, false) > 100);
    }
}

static void what_was_shown_before_stays_shown(void **state) {
    (void)state;
    const int64_t then[] = {0, 20, 20}, now[] = {0, 21, 20};
    const int32_t parent[] = {-1, 0, 0};
    const uint64_t fixed[] = {1, 0, 1};
    uint64_t all[] = {1, 1, 1}, cells[] = {1, 1, 1};
    hr_plan plan = {.areas = 3, .parent = parent, .guards = 1, .guard = two_children.guards, .hide = 3};
    hr_shown earlier = {.own = then, .cells = all}, shown = {.own = now, .cells = cells, .fixed = fixed};
    assert_true(hr_hide_changes(&plan, &shown, &earlier, 1));
    assert_true(cells[0] && !cells[1] && cells[2]); /* and so the change is known by what was fixed: nothing helps */
}

static void what_begins_anew_each_year_is_compared_within_one(void **state) {
    (void)state;
    const int64_t then[] = {0, 20, 20}, now[] = {0, 21, 20};
    const int32_t parent[] = {-1, 0, 0};
    const hr_guard guard = {.tally = 0, .in = NONE, .holds = NONE, .whole = -1, .yearly = true};
    uint64_t all[] = {1, 1, 1}, cells[] = {1, 1, 1};
    hr_plan plan = {.areas = 3, .parent = parent, .guards = 1, .guard = &guard, .hide = 3};
    hr_shown earlier = {.own = then, .cells = all, .year = 2003}, shown = {.own = now, .cells = cells, .year = 2004};
    assert_true(hr_hide_changes(&plan, &shown, &earlier, 1));
    assert_true(cells[0] && cells[1] && cells[2]);
    shown.year = 2003;
    assert_true(hr_hide_changes(&plan, &shown, &earlier, 1));
    assert_false(cells[1]);
}

/* ---- of a store ---- */

typedef enum tally_id {
    RESIDENTS,
    FILES,
    COMPUTERIZED,
    ELDERLY,
    FILES_ELDERLY,
    COMPUTERIZED_ELDERLY,
    REHAB,
    FILES_REHAB,
    COMPUTERIZED_REHAB,
    HOME_BED,
    FILES_HOME_BED,
    COMPUTERIZED_HOME_BED,
    SERVED,
    HARDSHIP,
    CARED,
    RESIDENTS_60,
    CALL_DUE,
    CALL_ENROLLED,
    IN_USE,
    EXAMINED,
    TALLY_COUNT,
    NOBODY = -1
} tally_id;

static const struct {
    const char *indicator;
    tally_id over, of;
} meanings[] = {
    {"resident_files", FILES, RESIDENTS},
    {"elderly_files", FILES_ELDERLY, ELDERLY},
    {"rehab_files", FILES_REHAB, REHAB},
    {"home_bed_files", FILES_HOME_BED, HOME_BED},
    {"computerized_files", COMPUTERIZED, FILES},
    {"computerized_files_elderly", COMPUTERIZED_ELDERLY, FILES_ELDERLY},
    {"computerized_files_rehab", COMPUTERIZED_REHAB, FILES_REHAB},
    {"computerized_files_home_bed", COMPUTERIZED_HOME_BED, FILES_HOME_BED},
    {"rehab_service", SERVED, REHAB},
    {"hardship_care", CARED, HARDSHIP},
    {"care_beds", NOBODY, RESIDENTS_60},
    {"call_enrolment", CALL_ENROLLED, CALL_DUE},
    {"service_coverage", NOBODY, RESIDENTS}, /* where there are no official figures */
    {"electronic_files", COMPUTERIZED, RESIDENTS},
    {"files_in_use", IN_USE, FILES},
    {"elderly_managed", EXAMINED, ELDERLY},
};

/* Counts of persons, as what some tallies have more than others. */
static const struct {
    tally_id more[2], less[2];
} persons[] = {
#define COUNTED(t)                                                                                                     \
    {                                                                                                                  \
        {(t), NOBODY}, {                                                                                               \
            NOBODY, NOBODY                                                                                             \
        }                                                                                                              \
    }
#define BUT_NOT(t, u)                                                                                                  \
    {                                                                                                                  \
        {(t), NOBODY}, {                                                                                               \
            (u), NOBODY                                                                                                \
        }                                                                                                              \
    }
#define NEITHER(all, t, u, both)                                                                                       \
    {                                                                                                                  \
        {(all), (both)}, {                                                                                             \
            (t), (u)                                                                                                   \
        }                                                                                                              \
    }
    COUNTED(RESIDENTS),
    COUNTED(FILES),
    COUNTED(COMPUTERIZED),
    COUNTED(ELDERLY),
    COUNTED(FILES_ELDERLY),
    COUNTED(COMPUTERIZED_ELDERLY),
    COUNTED(REHAB),
    COUNTED(FILES_REHAB),
    COUNTED(COMPUTERIZED_REHAB),
    COUNTED(HOME_BED),
    COUNTED(FILES_HOME_BED),
    COUNTED(COMPUTERIZED_HOME_BED),
    COUNTED(SERVED),
    COUNTED(HARDSHIP),
    COUNTED(CARED),
    COUNTED(RESIDENTS_60),
    COUNTED(CALL_DUE),
    COUNTED(CALL_ENROLLED),
    COUNTED(IN_USE),
    COUNTED(EXAMINED),
    BUT_NOT(RESIDENTS, FILES),
    BUT_NOT(FILES, COMPUTERIZED),
    BUT_NOT(RESIDENTS, COMPUTERIZED),
    BUT_NOT(RESIDENTS, ELDERLY),
    BUT_NOT(ELDERLY, FILES_ELDERLY),
    BUT_NOT(FILES, FILES_ELDERLY),
    BUT_NOT(FILES_ELDERLY, COMPUTERIZED_ELDERLY),
    BUT_NOT(COMPUTERIZED, COMPUTERIZED_ELDERLY),
    BUT_NOT(REHAB, FILES_REHAB),
    BUT_NOT(FILES_REHAB, COMPUTERIZED_REHAB),
    BUT_NOT(HOME_BED, FILES_HOME_BED),
    BUT_NOT(FILES_HOME_BED, COMPUTERIZED_HOME_BED),
    BUT_NOT(REHAB, SERVED),
    BUT_NOT(HARDSHIP, CARED),
    BUT_NOT(RESIDENTS, RESIDENTS_60),
    BUT_NOT(RESIDENTS_60, ELDERLY),
    BUT_NOT(CALL_DUE, ELDERLY),
    BUT_NOT(CALL_DUE, HOME_BED),
    BUT_NOT(RESIDENTS, CALL_DUE),
    BUT_NOT(CALL_DUE, CALL_ENROLLED),
    BUT_NOT(FILES, IN_USE),
    BUT_NOT(ELDERLY, EXAMINED),
    NEITHER(RESIDENTS, FILES, ELDERLY, FILES_ELDERLY),
    NEITHER(RESIDENTS, FILES, REHAB, FILES_REHAB),
    NEITHER(RESIDENTS, FILES, HOME_BED, FILES_HOME_BED),
    NEITHER(FILES, COMPUTERIZED, FILES_ELDERLY, COMPUTERIZED_ELDERLY),
    {{ELDERLY, HOME_BED}, {CALL_DUE, NOBODY}},
};

static const char *const committees[LEAVES] = {"110105001001", "110105001002", "110105001003", "110105002001",
                                               "110105002002", "110108001001", "110108001002"};

static unsigned set_of(const char *area) {
    unsigned set = 0;
    for (int i = 0; i < LEAVES; i++)
        set |= (unsigned)(strncmp(committees[i], area, strlen(area)) == 0) << i;
    return set;
}

/* All that was published of a day, and what is true of it. */
typedef struct day {
    int32_t as_of;
    told shown[TALLY_COUNT], hidden[TALLY_COUNT];
    bool known[TALLY_COUNT][GROUPS];
    int64_t truth[TALLY_COUNT][LEAVES];
} day;

static int meaning_of(const char *indicator) {
    for (size_t i = 0; i < COUNT(meanings); i++)
        if (strcmp(meanings[i].indicator, indicator) == 0)
            return (int)i;
    return -1;
}

static void read_truth(hr_store *store, day *d) {
    hr_rates_options options;
    hr_cursor *rows = NULL;
    hr_rates_options_init(&options);
    options.as_of = d->as_of;
    options.by = "committee";
    options.set = "all";
    assert_status(store, HR_OK, hr_rates(store, &options, &rows));
    while (hr_cursor_next(rows) == HR_OK) {
        int meaning = meaning_of(hr_cursor_text(rows, column_named(rows, "indicator")));
        int leaf = __builtin_ctz(set_of(hr_cursor_text(rows, column_named(rows, "area"))));
        bool official = strcmp(hr_cursor_text(rows, column_named(rows, "denominator_source")), "official") == 0;
        if (meaning < 0 || strcmp(meanings[meaning].indicator, "service_coverage") == 0)
            continue;
        if (meanings[meaning].over != NOBODY)
            d->truth[meanings[meaning].over][leaf] = hr_cursor_integer(rows, column_named(rows, "numerator"));
        if (!official)
            d->truth[meanings[meaning].of][leaf] = hr_cursor_integer(rows, column_named(rows, "denominator"));
    }
    hr_cursor_free(rows);
}

static int64_t true_count(const day *d, size_t which, unsigned set) {
    int64_t sum = 0;
    for (int leaf = 0; leaf < LEAVES; leaf++)
        for (int i = 0; set >> leaf & 1 && i < 2; i++) {
            if (persons[which].more[i] != NOBODY)
                sum += d->truth[persons[which].more[i]][leaf];
            if (persons[which].less[i] != NOBODY)
                sum -= d->truth[persons[which].less[i]][leaf];
        }
    return sum;
}

static bool is_known(const day *d, size_t which, unsigned set) {
    for (int i = 0; i < 2; i++)
        if ((persons[which].more[i] != NOBODY && !d->known[persons[which].more[i]][set]) ||
            (persons[which].less[i] != NOBODY && !d->known[persons[which].less[i]][set]))
            return false;
    return true;
}

static void study(day *d) {
    for (int t = 0; t < TALLY_COUNT; t++)
        work_out(&d->shown[t], d->known[t]);
}

/* How many small counts of a day can be worked out. */
static int small_found(const day *d, int hide) {
    int found = 0;
    for (size_t which = 0; which < COUNT(persons); which++)
        for (unsigned set = 1; set < GROUPS; set++)
            found += is_known(d, which, set) && is_small(true_count(d, which, set), hide);
    return found;
}

/* And small changes from one to another. */
static int changes_between(const day *one, const day *other, int hide) {
    int found = 0;
    for (size_t which = 0; which < COUNT(persons); which++) {
        bool known[GROUPS] = {false};
        for (unsigned set = 1; set < GROUPS; set++)
            known[set] = is_known(one, which, set) && is_known(other, which, set);
        for (unsigned set = 1; set < GROUPS; set++)
            found += is_least(known, set) &&
                     is_small(llabs(true_count(one, which, set) - true_count(other, which, set)), hide);
    }
    return found;
}

/* ---- publishing ---- */

static hr_public_options public_of(int32_t as_of, const char *within, const char *by, const char *set) {
    hr_public_options options;
    hr_public_options_init(&options);
    options.as_of = as_of;
    options.within = within;
    options.by = by;
    options.set = set;
    return options;
}

static bool holds(const told *t, unsigned set) {
    for (int i = 0; i < t->count; i++)
        if (t->sets[i] == set)
            return true;
    return false;
}

/* What was shown once is shown always, and what was not, never. */
static void see_cell(day *d, tally_id tally, unsigned set, bool shown) {
    if (tally == NOBODY)
        return;
    assert_false(holds(shown ? &d->hidden[tally] : &d->shown[tally], set));
    if (!holds(shown ? &d->shown[tally] : &d->hidden[tally], set))
        tell(shown ? &d->shown[tally] : &d->hidden[tally], set);
}

static void publish(fixture *f, const hr_public_options *options, day *d) {
    hr_cursor *rows = NULL;
    hr_status status;
    assert_status(f->store, HR_OK, hr_public(f->store, options, &rows));
    int indicator = column_named(rows, "indicator"), area = column_named(rows, "area");
    int numerator = column_named(rows, "numerator"), denominator = column_named(rows, "denominator");
    int source = column_named(rows, "denominator_source"), rate = column_named(rows, "rate");
    while ((status = hr_cursor_next(rows)) == HR_OK) {
        int meaning = meaning_of(hr_cursor_text(rows, indicator));
        const char *code = hr_cursor_text(rows, area);
        unsigned set = set_of(code) | (unsigned)strlen(code) << LEAVES; /* one street can be all of its district */
        bool over = hr_cursor_type(rows, numerator) != HR_NULL, of = hr_cursor_type(rows, denominator) != HR_NULL;
        bool hidden = hr_cursor_type(rows, column_named(rows, "hidden")) != HR_NULL;
        assert_true(hidden == (!over || !of));
        assert_true(hr_cursor_type(rows, rate) == HR_NULL || !hidden);
        if (meaning < 0)
            continue;
        see_cell(d, meanings[meaning].over, set, over);
        bool coverage = strcmp(meanings[meaning].indicator, "service_coverage") == 0;
        if (strcmp(hr_cursor_text(rows, source), "official") != 0 && (of || !coverage))
            see_cell(d, meanings[meaning].of, set, of);
    }
    assert_status(f->store, HR_END, status);
    hr_cursor_free(rows);
}

/* Everything in the tables as text; for free(). */
static char *published_text(fixture *f, const hr_public_options *options) {
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    hr_cursor *rows = NULL;
    assert_non_null(out);
    assert_status(f->store, HR_OK, hr_public(f->store, options, &rows));
    while (hr_cursor_next(rows) == HR_OK) {
        for (int i = 0; i < hr_cursor_columns(rows); i++)
            fprintf(out, "%s%s", i ? "," : "", hr_cursor_text(rows, i));
        fputc('\n', out);
    }
    hr_cursor_free(rows);
    fclose(out);
    return text;
}

static void add_person(fixture *f, const char *area) {
    static int next;
    char fields[512] = "";
    size_t used = 0;
#define ADD(...) used += (size_t)snprintf(fields + used, sizeof fields - used, __VA_ARGS__)
    bool file = !one_in(3);
    if (file)
        ADD(",'file_opened':'200%u-0%u-10'", random_below(4), 1 + random_below(9));
    if (file && !one_in(3))
        ADD(",'computerized':'2004-0%u-10'", 1 + random_below(9));
    if (one_in(4))
        ADD(",'rehab_need_since':'2001-01-01'%s", one_in(2) ? ",'rehab_served_since':'2002-02-02'" : "");
    if (one_in(6))
        ADD(",'home_bed_opened':'2002-03-0%u'", 1 + random_below(9));
    if (one_in(8))
        ADD(",'hardship':true%s", one_in(2) ? ",'household_care_since':'2002-02-02'" : "");
    if (one_in(5))
        ADD(",'call_device':'HJ%d'", next);
#undef ADD
    put_ok(f, "resident", "{'name':'居民%d','sex':%d,'birth_date':'19%u-05-05','area':'%s'%s}", next, 1 + next % 2,
           20 + random_below(60), area, fields);
    next++;
}

/* As many as differ from committee to committee, from none to many. */
static void people(fixture *f) {
    static const unsigned sizes[] = {0, 2, 5, 11, 14, 25, 40};
    assert_status(f->store, HR_OK, hr_batch_begin(f->store));
    for (int i = 0; i < LEAVES; i++)
        for (unsigned count = sizes[random_below(COUNT(sizes))]; count > 0; count--)
            add_person(f, committees[i]);
    assert_status(f->store, HR_OK, hr_batch_commit(f->store));
}

/* A store without people, again. */
static void begin_again(fixture *f, const char *empty) {
    close_store(f);
    remove_tree(f->path);
    copy_folder(empty, f->path);
    f->store = new_handle(HR_LANGUAGE_EN);
    assert_status(f->store, HR_OK, open_with_key(f->store, f->path, f->recovery));
}

static const char *keep_empty(fixture *f, char out[PATH_SIZE]) {
    join_path(out, f->folder, "empty.hrs");
    close_store(f);
    copy_folder(f->path, out);
    f->store = new_handle(HR_LANGUAGE_EN);
    assert_status(f->store, HR_OK, open_with_key(f->store, f->path, f->recovery));
    return out;
}

static hr_public_options any_question(int32_t as_of) {
    static const char *const withins[] = {NULL, NULL, "110105", "110105001", "110108"};
    static const char *const bys[] = {NULL, "street", "committee", "committee"};
    static const char *const sets[] = {"plan", "national", "all"};
    hr_public_options options = public_of(as_of, withins[random_below(COUNT(withins))], bys[random_below(COUNT(bys))],
                                          sets[random_below(COUNT(sets))]);
    if (one_in(3))
        options.indicators = one_in(2) ? "elderly_files,home_bed_files" : "call_enrolment,care_beds";
    options.hide = 4;
    return options;
}

enum { STORES = 12, HIDE = 4 };

static void tables_of_one_day_give_no_small_count_back(void **state) {
    fixture *f = *state;
    char empty[PATH_SIZE];
    int naive = 0;
    keep_empty(f, empty);
    for (unsigned seed = 1; seed <= STORES; seed++) {
        day d = {.as_of = 20041231}, primary = {.as_of = 20041231};
        begin_again(f, empty);
        seed_chance(seed);
        people(f);
        read_truth(f->store, &d);
        for (int i = 0; i < 4; i++) {
            hr_public_options options = any_question(d.as_of);
            publish(f, &options, &d);
        }
        study(&d);
        assert_int_equal(small_found(&d, HIDE), 0);
        read_truth(f->store, &primary);
        for (int t = 0; t < TALLY_COUNT; t++)
            for (unsigned set = 1; set < GROUPS; set++) {
                int64_t sum = 0;
                for (int leaf = 0; leaf < LEAVES; leaf++)
                    sum += set >> leaf & 1 ? primary.truth[t][leaf] : 0;
                bool area = (set & (set - 1)) == 0 || set == 7 || set == 24 || set == 31 || set == 96 || set == 127;
                if (area && !is_small(sum, HIDE))
                    tell(&primary.shown[t], set);
            }
        study(&primary);
        naive += small_found(&primary, HIDE) > 0;
    }
    assert_int_equal(naive, STORES); /* hiding only what is small gives something back in each */
}

static void tables_of_several_days_give_no_small_change_back(void **state) {
    enum { DAYS = 4 };
    static const int32_t days[DAYS] = {20031231, 20040630, 20030930, 20041231};
    fixture *f = *state;
    char empty[PATH_SIZE], peopled[PATH_SIZE];
    int forgetful = 0;
    keep_empty(f, empty);
    join_path(peopled, f->folder, "peopled.hrs");
    for (unsigned seed = 1; seed <= STORES; seed++) {
        static day kept[DAYS], forgot[DAYS];
        begin_again(f, empty);
        seed_chance(100 + seed);
        people(f);
        memset(kept, 0, sizeof kept);
        memset(forgot, 0, sizeof forgot);
        close_store(f);
        copy_folder(f->path, peopled);
        for (int i = 0; i < DAYS; i++) { /* each in a store that knows of no other */
            hr_public_options options = public_of(days[i], NULL, "committee", "all");
            options.hide = HIDE;
            forgot[i].as_of = days[i];
            begin_again(f, peopled);
            read_truth(f->store, &forgot[i]);
            publish(f, &options, &forgot[i]);
            study(&forgot[i]);
        }
        begin_again(f, peopled);
        for (int i = 0; i < DAYS; i++) {
            kept[i].as_of = days[i];
            read_truth(f->store, &kept[i]);
            for (int j = 0; j < 3; j++) {
                hr_public_options options = any_question(days[i]);
                publish(f, &options, &kept[i]);
            }
            if (i == 1) { /* the first day once more, by something else */
                hr_public_options options = public_of(days[0], NULL, "committee", "all");
                options.hide = HIDE;
                publish(f, &options, &kept[0]);
            }
        }
        for (int i = 0; i < DAYS; i++) {
            study(&kept[i]);
            assert_int_equal(small_found(&kept[i], HIDE), 0);
            for (int j = 0; j < i; j++) {
                assert_int_equal(changes_between(&kept[j], &kept[i], HIDE), 0);
                forgetful += changes_between(&forgot[j], &forgot[i], HIDE) > 0;
            }
        }
        remove_tree(peopled);
    }
    assert_true(forgetful > STORES);
}

static void what_is_shown_is_what_the_rates_say(void **state) {
    fixture *f = *state;
    hr_public_options options = public_of(20041231, NULL, "committee", "all");
    hr_cursor *rows = NULL;
    size_t shown = 0, hidden = 0, areas = 0;
    seed_chance(3);
    people(f);
    assert_status(f->store, HR_OK, hr_public(f->store, &options, &rows));
    while (hr_cursor_next(rows) == HR_OK) {
        char area[16], indicator[40];
        snprintf(area, sizeof area, "%s", hr_cursor_text(rows, column_named(rows, "area")));
        snprintf(indicator, sizeof indicator, "%s", hr_cursor_text(rows, column_named(rows, "indicator")));
        figure is = figure_of(f->store, area, indicator, 20041231);
        int numerator = column_named(rows, "numerator"), denominator = column_named(rows, "denominator");
        if (hr_cursor_type(rows, numerator) != HR_NULL)
            assert_int_equal(hr_cursor_integer(rows, numerator), is.numerator);
        if (hr_cursor_type(rows, denominator) != HR_NULL)
            assert_int_equal(hr_cursor_integer(rows, denominator), is.denominator);
        if (hr_cursor_type(rows, column_named(rows, "rate")) != HR_NULL)
            assert_true(is.has_rate && hr_cursor_real(rows, column_named(rows, "rate")) == is.rate);
        assert_string_equal(hr_cursor_text(rows, column_named(rows, "tier")), is.tier);
        assert_string_equal(hr_cursor_text(rows, column_named(rows, "area_name")), is.area_name);
        assert_string_equal(hr_cursor_text(rows, column_named(rows, "denominator_source")), is.source);
        assert_int_equal(hr_cursor_integer(rows, column_named(rows, "as_of")), 20041231);
        if (hr_cursor_type(rows, column_named(rows, "hidden")) == HR_NULL)
            shown++;
        else
            hidden++;
        areas += strcmp(indicator, "resident_files") == 0;
    }
    hr_cursor_free(rows);
    assert_int_equal(areas, 1 + 2 + 3 + LEAVES);
    assert_true(shown > 50 && hidden > 50);
}

/* ---- what is remembered ---- */

static void persons_with_files(fixture *f, int committee, int count) {
    static int next;
    assert_status(f->store, HR_OK, hr_batch_begin(f->store));
    for (int i = 0; i < count; i++, next++)
        put_ok(f, "resident",
               "{'name':'建档%d','sex':1,'birth_date':'1980-01-01','area':'%s','file_opened':'2003-01-01'}", next,
               committees[committee]);
    assert_status(f->store, HR_OK, hr_batch_commit(f->store));
}

/* Twenty with a file in one committee, three in its neighbour, forty in the next, and nobody else. */
static void three_committees(fixture *f) {
    persons_with_files(f, 0, 20);
    persons_with_files(f, 1, 3);
    persons_with_files(f, 2, 40);
}

/* "12 - 40 ..." the numerators of resident_files by committee; -: hidden */
static char *files_text(fixture *f, hr_public_options *options) {
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    hr_cursor *rows = NULL;
    assert_non_null(out);
    options->indicators = "resident_files";
    assert_status(f->store, HR_OK, hr_public(f->store, options, &rows));
    for (int i = 0; hr_cursor_next(rows) == HR_OK; i++) {
        bool hidden = hr_cursor_type(rows, column_named(rows, "numerator")) == HR_NULL;
        fprintf(out, "%s%s", i ? " " : "", hidden ? "-" : hr_cursor_text(rows, column_named(rows, "numerator")));
    }
    hr_cursor_free(rows);
    fclose(out);
    return text;
}

#define assert_files(f, options, want)                                                                                 \
    do {                                                                                                               \
        char *is = files_text((f), (options));                                                                         \
        assert_string_equal(is, (want));                                                                               \
        free(is);                                                                                                      \
    } while (0)

static void a_small_count_takes_its_neighbour_along(void **state) {
    fixture *f = *state;
    hr_public_options street = public_of(20031231, "110105001", "committee", NULL);
    three_committees(f);
    assert_files(f, &street, "63 - - 40");
}

static void a_table_made_again_is_the_same_also_after_corrections(void **state) {
    fixture *f = *state;
    hr_public_options street = public_of(20031231, "110105001", "committee", NULL),
                      all = public_of(20031231, NULL, "committee", "all");
    three_committees(f);
    assert_files(f, &street, "63 - - 40");
    char *first = published_text(f, &all);
    for (int i = 0; i < 20; i++)
        put_ok(f, "resident",
               "{'name':'后来%d','sex':2,'birth_date':'1980-01-01','area':'110105001002','file_opened':'2003-02-01'}",
               i);
    put_ok(f, "area", "{'area':'110105001004','name':'新居委会'}");
    assert_files(f, &street, "63 - - 40");
    char *second = published_text(f, &all);
    assert_string_equal(first, second);
    free(first);
    free(second);
    street.as_of = 20040101; /* another day has the corrections */
    assert_files(f, &street, "83 20 23 40 0");
    assert_int_equal(verify_findings(f->store), 0);
}

static void another_threshold_shows_nothing_more_of_the_same_day(void **state) {
    fixture *f = *state;
    hr_public_options wide = public_of(20031231, "110105001", "committee", NULL), narrow = wide;
    three_committees(f);
    wide.hide = 20;
    narrow.hide = 3;
    assert_files(f, &wide, "63 - - 40");
    assert_files(f, &narrow, "63 - - 40");
    wide.as_of = narrow.as_of = 20040101;
    assert_files(f, &narrow, "63 - - 40");
    assert_files(f, &wide, "63 - - 40");
}

static void the_first_threshold_of_a_day_holds_for_what_is_asked_later(void **state) {
    fixture *f = *state;
    hr_public_options streets = public_of(20031231, "110105", "street", NULL),
                      below = public_of(20031231, "110105002", "committee", NULL);
    persons_with_files(f, 3, 30);
    persons_with_files(f, 4, 15);
    streets.hide = 20;
    below.hide = 3;
    assert_files(f, &streets, "45 0 45");
    assert_files(f, &below, "45 - -");
    streets.as_of = below.as_of = 20040101; /* and the other way around */
    assert_files(f, &below, "45 30 15");
    assert_files(f, &streets, "45 0 45");
}

static void a_small_change_since_another_day_is_hidden(void **state) {
    fixture *f = *state;
    hr_public_options street = public_of(20031231, "110105001", "committee", NULL);
    three_committees(f);
    for (int i = 0; i < 4; i++)
        put_ok(f, "resident",
               "{'name':'新来%d','sex':2,'birth_date':'1980-01-01','area':'110105001003','moved_in':'2004-02-01','file_"
               "opened':'2004-02-01'}",
               i);
    assert_files(f, &street, "63 - - 40");
    street.as_of = 20040110;
    assert_files(f, &street, "63 - - 40");
    street.as_of = 20040301; /* 44 and 67 would say that four came */
    assert_files(f, &street, "- - - -");
}

static void what_was_published_is_listed_and_in_the_log(void **state) {
    fixture *f = *state;
    hr_public_options options = public_of(20031231, "110105", "street", "national");
    hr_log_options log;
    hr_cursor *rows = NULL;
    three_committees(f);
    int64_t before = (int64_t)info_of(f->store).entries;
    assert_status(f->store, HR_OK, hr_publications(f->store, &rows));
    assert_int_equal(count_rows(f->store, rows), 0);
    free(published_text(f, &options));
    assert_int_equal(info_of(f->store).entries, before + 1);
    assert_status(f->store, HR_OK, hr_publications(f->store, &rows));
    assert_status(f->store, HR_OK, hr_cursor_next(rows));
    assert_int_equal(hr_cursor_integer(rows, column_named(rows, "publication")), before + 1);
    assert_int_equal(hr_cursor_integer(rows, column_named(rows, "as_of")), 20031231);
    assert_int_equal(hr_cursor_integer(rows, column_named(rows, "known")), before);
    assert_string_equal(hr_cursor_text(rows, column_named(rows, "within")), "110105");
    assert_string_equal(hr_cursor_text(rows, column_named(rows, "by")), "street");
    assert_string_equal(hr_cursor_text(rows, column_named(rows, "indicators")),
                        "electronic_files,files_in_use,elderly_managed");
    assert_int_equal(hr_cursor_integer(rows, column_named(rows, "hide")), 9);
    assert_status(f->store, HR_END, hr_cursor_next(rows));
    hr_cursor_free(rows);
    hr_log_options_init(&log);
    log.kind = "publication";
    assert_status(f->store, HR_OK, hr_log(f->store, &log, &rows));
    assert_status(f->store, HR_OK, hr_cursor_next(rows));
    assert_text_has(hr_cursor_text(rows, column_named(rows, "detail")), "as of 2003-12-31");
    assert_status(f->store, HR_END, hr_cursor_next(rows));
    hr_cursor_free(rows);
    assert_int_equal(verify_findings(f->store), 0);
}

/* ---- what is public ---- */

static bool denominator_shown(fixture *f, int32_t as_of, const char *area, const char *indicator) {
    hr_public_options options = public_of(as_of, area, NULL, NULL);
    hr_cursor *rows = NULL;
    options.indicators = indicator;
    assert_status(f->store, HR_OK, hr_public(f->store, &options, &rows));
    assert_status(f->store, HR_OK, hr_cursor_next(rows));
    bool shown = hr_cursor_type(rows, column_named(rows, "denominator")) != HR_NULL;
    hr_cursor_free(rows);
    return shown;
}

static void places_and_official_figures_are_shown_however_small(void **state) {
    fixture *f = *state;
    hr_public_options options = public_of(20031231, "110105001", NULL, "all");
    hr_cursor *rows = NULL;
    int found = 0;
    three_committees(f);
    put_ok(f, "institution",
           "{'code':'S1','name':'一站','kind':'station','area':'110105001001','serves':'110105001001'}");
    for (int i = 0; i < 3; i++)
        put_ok(f, "population", "{'area':'%s','year':2003,'residents':7,'elderly':2}", committees[i]);
    put_ok(f, "population", "{'area':'110105001','year':2003,'residents':8,'elderly':2}");
    assert_status(f->store, HR_OK, hr_public(f->store, &options, &rows));
    while (hr_cursor_next(rows) == HR_OK) {
        const char *indicator = hr_cursor_text(rows, column_named(rows, "indicator"));
        bool stations = strcmp(indicator, "grade_a_stations") == 0,
             coverage = strcmp(indicator, "service_coverage") == 0;
        bool elderly = strcmp(indicator, "elderly_files") == 0;
        int64_t want = stations ? 1 : coverage ? 21 : 2;
        if (!stations && !coverage && !elderly)
            continue;
        found++;
        assert_int_equal(hr_cursor_integer(rows, column_named(rows, "denominator")), want);
        if (coverage)
            assert_int_equal(hr_cursor_integer(rows, column_named(rows, "numerator")), 7);
    }
    hr_cursor_free(rows);
    assert_int_equal(found, 3);
    for (int i = 0; i < 3; i++) /* one has three residents by the register */
        assert_true(denominator_shown(f, 20031231, committees[i], "service_coverage"));
    assert_false(denominator_shown(f, 20031231, committees[1], "computerized_files"));
}

static void a_population_counted_from_the_register_is_no_way_around(void **state) {
    fixture *f = *state;
    hr_public_options options = public_of(20031231, "110105001", "committee", NULL);
    hr_cursor *rows = NULL;
    size_t hidden = 0, count = 0;
    three_committees(f);
    options.indicators = "service_coverage";
    assert_status(f->store, HR_OK, hr_public(f->store, &options, &rows));
    for (; hr_cursor_next(rows) == HR_OK; count++)
        hidden += hr_cursor_type(rows, column_named(rows, "denominator")) == HR_NULL;
    hr_cursor_free(rows);
    assert_int_equal(count, 4);
    assert_int_equal(hidden, 2);
}

/* The second committee's residents are hidden to protect that two came to the first; its population is as many. */
static void nor_is_one_that_is_asked_for_by_itself(void **state) {
    fixture *f = *state;
    hr_public_options street = public_of(20031231, "110105001", "committee", "all");
    persons_with_files(f, 0, 20);
    persons_with_files(f, 1, 30);
    persons_with_files(f, 2, 40);
    for (int i = 0; i < 17; i++)
        put_ok(f, "resident", "{'name':'迁入%d','sex':1,'birth_date':'1980-01-01','area':'%s','moved_in':'2004-02-01'}",
               i, committees[i < 15]);
    free(published_text(f, &street));
    assert_true(denominator_shown(f, 20031231, committees[1], "service_coverage"));
    street.as_of = 20040301;
    street.set = "national";
    free(published_text(f, &street));
    assert_false(denominator_shown(f, 20040301, committees[0], "electronic_files"));
    assert_false(denominator_shown(f, 20040301, committees[1], "electronic_files"));
    assert_true(denominator_shown(f, 20040301, committees[2], "electronic_files"));
    assert_false(denominator_shown(f, 20040301, committees[1], "service_coverage"));
    assert_true(denominator_shown(f, 20040301, committees[2], "service_coverage"));
}

/* One committee has an official figure, two have not: a small one of 5, and one of 40 whose residents are shown. What
 * is left of the street's population would be the small one's. */
static void nor_is_a_population_of_which_a_part_is_official(void **state) {
    static const int sizes[] = {20, 5, 40};
    fixture *f = *state;
    hr_public_options options = public_of(20031231, "110105001", "committee", "plan");
    hr_cursor *rows = NULL;
    int next = 0, streets = 0;
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < sizes[i]; j++, next++)
            put_ok(f, "resident", "{'name':'居民%d','sex':1,'birth_date':'1980-01-01','area':'%s'}", next,
                   committees[i]);
    put_ok(f, "population", "{'area':'%s','year':2003,'residents':33}", committees[0]);
    assert_status(f->store, HR_OK, hr_public(f->store, &options, &rows));
    while (hr_cursor_next(rows) == HR_OK) {
        bool street = strcmp(hr_cursor_text(rows, column_named(rows, "tier")), "street") == 0;
        const char *indicator = hr_cursor_text(rows, column_named(rows, "indicator"));
        bool hidden = hr_cursor_type(rows, column_named(rows, "denominator")) == HR_NULL;
        streets += street;
        if (street && strcmp(indicator, "service_coverage") == 0)
            assert_true(hidden);
        if (street && strcmp(indicator, "resident_files") == 0)
            assert_false(hidden);
    }
    hr_cursor_free(rows);
    assert_true(streets > 0);
}

/* ---- who, and what else is refused ---- */

static void reopen_as(fixture *f, const char *name) {
    close_store(f);
    f->store = new_handle(HR_LANGUAGE_EN);
    assert_status(f->store, HR_OK, open_as(f->store, f->path, name, PASSPHRASE));
}

static void only_who_writes_the_log_may_publish(void **state) {
    static const struct {
        const char *name, *role, *why;
        hr_status want;
    } operators[] = {{"nurse", "clinician", NULL, HR_OK},
                     {"counter", "statistician", "administrator or a clinician", HR_DENIED},
                     {"checker", "auditor", "an auditor may read and verify", HR_DENIED}};
    fixture *f = *state;
    hr_cursor *rows = NULL;
    for (size_t i = 0; i < COUNT(operators); i++) {
        hr_operator_options options = operator_of(operators[i].name, operators[i].role, PASSPHRASE);
        assert_status(f->store, HR_OK, hr_operator_add(f->store, &options));
    }
    for (size_t i = 0; i < COUNT(operators); i++) {
        reopen_as(f, operators[i].name);
        assert_status(f->store, operators[i].want, hr_public(f->store, NULL, &rows));
        if (operators[i].why)
            assert_text_has(hr_error(f->store), operators[i].why);
        hr_cursor_free(rows);
        rows = NULL;
        if (strcmp(operators[i].role, "statistician") == 0)
            assert_status(f->store, HR_DENIED, hr_publications(f->store, &rows));
    }
    reopen_as(f, "checker");
    assert_status(f->store, HR_OK, hr_publications(f->store, &rows));
    assert_int_equal(count_rows(f->store, rows), 1);
}

static void what_cannot_be_published_is_said_and_leaves_no_entry(void **state) {
    static const struct {
        hr_public_options options;
        hr_status want;
        const char *why;
    } wrong[] = {
        {{.as_of = 20030000, .hide = 9}, HR_INVALID, "not a whole date"},
        {{.within = "11x", .hide = 9}, HR_INVALID, "area"},
        {{.within = "110199", .hide = 9}, HR_NOT_FOUND, "not in this store"},
        {{.by = "village", .hide = 9}, HR_INVALID, "tier"},
        {{.within = "110105001", .by = "district", .hide = 9}, HR_INVALID, "above the area"},
        {{.indicators = "resident_files,nothing", .hide = 9}, HR_INVALID, "no indicator \"nothing\""},
        {{.set = "none", .hide = 9}, HR_INVALID, "set"},
        {{.hide = 2}, HR_INVALID, "3 to 1000"},
        {{.hide = 1001}, HR_INVALID, "3 to 1000"},
    };
    fixture *f = *state;
    hr_cursor *rows = NULL;
    uint64_t before = info_of(f->store).entries;
    for (size_t i = 0; i < COUNT(wrong); i++) {
        hr_public_options options = wrong[i].options;
        options.size = sizeof options;
        assert_status(f->store, wrong[i].want, hr_public(f->store, &options, &rows));
        assert_text_has(hr_error(f->store), wrong[i].why);
        assert_null(rows);
    }
    assert_status(f->store, HR_OK, hr_batch_begin(f->store));
    assert_status(f->store, HR_INVALID, hr_public(f->store, NULL, &rows));
    hr_batch_rollback(f->store);
    assert_int_equal(info_of(f->store).entries, before);
}

static void an_empty_store_can_be_published(void **state) {
    fixture *f = *state;
    hr_public_options options = public_of(20031231, NULL, "committee", "all");
    hr_cursor *rows = NULL;
    assert_status(f->store, HR_OK, hr_public(f->store, &options, &rows));
    while (hr_cursor_next(rows) == HR_OK)
        assert_int_equal(hr_cursor_type(rows, column_named(rows, "hidden")), HR_NULL);
    hr_cursor_free(rows);
    options.set = "own"; /* of which there are none: nothing is told */
    assert_status(f->store, HR_OK, hr_public(f->store, &options, &rows));
    assert_int_equal(count_rows(f->store, rows), 0);
    assert_status(f->store, HR_OK, hr_publications(f->store, &rows));
    assert_int_equal(count_rows(f->store, rows), 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_count_of_a_parent_with_two_to_four_children_is_found),
        cmocka_unit_test(no_count_is_found_where_some_live_in_the_parent_alone),
        cmocka_unit_test(no_count_in_two_levels_is_found),
        cmocka_unit_test(neither_a_part_nor_the_rest_is_found),
        cmocka_unit_test(no_link_of_a_chain_is_found),
        cmocka_unit_test(none_of_four_parts_is_found),
        cmocka_unit_test(no_part_of_a_union_is_found),
        cmocka_unit_test(where_one_part_is_nobody_the_others_are_not_found),
        cmocka_unit_test(the_accountant_takes_off_and_adds_up),
        cmocka_unit_test(no_small_change_from_day_to_day_is_found),
        cmocka_unit_test(what_was_shown_before_stays_shown),
        cmocka_unit_test(what_begins_anew_each_year_is_compared_within_one),
        TEST(tables_of_one_day_give_no_small_count_back),
        TEST(tables_of_several_days_give_no_small_change_back),
        TEST(what_is_shown_is_what_the_rates_say),
        TEST(a_small_count_takes_its_neighbour_along),
        TEST(a_table_made_again_is_the_same_also_after_corrections),
        TEST(another_threshold_shows_nothing_more_of_the_same_day),
        TEST(the_first_threshold_of_a_day_holds_for_what_is_asked_later),
        TEST(a_small_change_since_another_day_is_hidden),
        TEST(what_was_published_is_listed_and_in_the_log),
        TEST(places_and_official_figures_are_shown_however_small),
        TEST(a_population_counted_from_the_register_is_no_way_around),
        TEST(nor_is_one_that_is_asked_for_by_itself),
        TEST(nor_is_a_population_of_which_a_part_is_official),
        TEST(only_who_writes_the_log_may_publish),
        TEST(what_cannot_be_published_is_said_and_leaves_no_entry),
        TEST(an_empty_store_can_be_published),
    };
    return cmocka_run_group_tests(tests, make_opened_sample, remove_sample);
}
