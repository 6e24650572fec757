/* Hiding small counts. One engine for both calls: it joins the blocks of those tallies that a measure is made of, adds
 * up the measure over what is joined, and where that is small hides one more cell, until nothing small is left.
 *
 * Which cell: one at the edge of what is too small, so that two areas become one. First, where the edge runs around
 * what has nothing else in it, that cell itself: the small one. Then, where the small rest of an area with shown ones
 * in it is left, the first of these that has anybody. The choice looks at codes and at who is nobody, never at sizes:
 * the least of many would say that all others are larger, which narrows what it protects. A cell is hidden or not; why
 * it is, is told nobody, because to know that two are both small can be to know both. */
#include "indicator/hide.h"
#include <stdlib.h>
#include <string.h>

enum { TERMS = 4, MEASURES = 5, VIEWS = 2, PARTITIONS = TERMS * VIEWS };

/* A count of persons: a sum of tallies, the guard's own first. */
typedef struct measure {
    int terms, tally[TERMS], sign[TERMS];
} measure;

static void add_measure(measure *out, int *count, int terms, const int tally[TERMS], const int sign[TERMS]) {
    measure *m = &out[(*count)++];
    m->terms = terms;
    memcpy(m->tally, tally, TERMS * sizeof *tally);
    memcpy(m->sign, sign, TERMS * sizeof *sign);
}

/* All that a guard's tally is, and what it and those above it differ by. */
static int measures_of(const hr_guard *g, measure out[MEASURES]) {
    int count = 0, t = g->tally;
    add_measure(out, &count, 1, (int[TERMS]){t}, (int[TERMS]){1});
    for (int i = 0; i < 2; i++) {
        if (g->in[i] >= 0)
            add_measure(out, &count, 2, (int[TERMS]){t, g->in[i]}, (int[TERMS]){-1, 1});
        if (g->holds[i] >= 0)
            add_measure(out, &count, 2, (int[TERMS]){t, g->holds[i]}, (int[TERMS]){1, -1});
    }
    if (g->in[1] >= 0)
        add_measure(out, &count, 4, (int[TERMS]){t, g->in[0], g->in[1], g->whole}, (int[TERMS]){1, -1, -1, 1});
    if (g->holds[1] >= 0)
        add_measure(out, &count, 3, (int[TERMS]){t, g->holds[0], g->holds[1]}, (int[TERMS]){-1, 1, 1});
    if (g->holds[0] >= 0)
        add_measure(out, &count, 2, (int[TERMS]){t, g->whole}, (int[TERMS]){-1, 1});
    return count;
}

/* Of two tallies that overlap, the four parts of the whole: in both, in one, in neither. */
static int parts_of(const hr_guard *g, measure out[MEASURES]) {
    bool within = g->in[1] >= 0, around = g->holds[1] >= 0;
    int count = within || around ? measures_of(g, out) : 0;
    if (around) { /* the union of the two is no part */
        memmove(out, out + 1, (size_t)(count - 1) * sizeof *out);
        count--;
    }
    return count;
}

/* ---- the engine ---- */

typedef struct work {
    const hr_plan *plan;
    int32_t *node;          /* a forest of what is joined: areas, then the blocks of each partition, then nowhere */
    int32_t *head;          /* by partition and area: the nearest area shown */
    int64_t *sum;           /* by root of `node` */
    int32_t *some;          /* by root: in how many areas the measure is not 0 */
    int64_t *value, *under; /* by area: the measure, and with all that lies in it */
    int32_t *choice;        /* by root: the cell to hide; -1: none yet */
    unsigned char *inner;   /* by area: there are areas in it */
    unsigned char *depth, *zero, *known;
    unsigned char *good, *large, *touched; /* by root; large: in some area it is more than small */
    int64_t *spare[2]; /* by area: how much more a tally is than it must be there, and less than it could be */
    uint64_t *below;   /* by tally: what is hidden with it */
    size_t nodes;      /* in use */
} work;

static void work_free(work *w) {
    void *all[] = {w->node,    w->head, w->sum,   w->value, w->under, w->choice, w->inner,    w->depth,   w->zero,
                   w->touched, w->good, w->below, w->large, w->known, w->some,   w->spare[0], w->spare[1]};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        free(all[i]);
}

enum { TALLIES = 64 };

/* What is hidden with each tally: those below it, and those below these. */
static void find_below(const hr_plan *p, uint64_t below[TALLIES]) {
    for (int t = 0; t < TALLIES; t++)
        below[t] = UINT64_C(1) << t;
    for (size_t i = p->guards; i-- > 0;) {
        const hr_guard *g = &p->guard[i];
        for (int j = 0; j < 2; j++) {
            if (g->in[j] >= 0)
                below[g->in[j]] |= below[g->tally];
            if (g->holds[j] >= 0)
                below[g->holds[j]] |= below[g->tally];
        }
    }
}

static bool work_new(work *w, const hr_plan *p) {
    size_t n = p->areas;
    *w = (work){.plan = p, .nodes = n * (1 + PARTITIONS) + 1};
    w->node = malloc(w->nodes * sizeof *w->node);
    w->sum = malloc(w->nodes * sizeof *w->sum);
    w->choice = malloc(w->nodes * sizeof *w->choice);
    w->good = malloc(w->nodes);
    w->touched = malloc(w->nodes);
    w->large = malloc(w->nodes);
    w->some = malloc(w->nodes * sizeof *w->some);
    w->known = calloc(n + 1, 1);
    w->spare[0] = malloc((n + 1) * sizeof *w->spare[0]);
    w->spare[1] = malloc((n + 1) * sizeof *w->spare[1]);
    w->head = malloc((n * PARTITIONS + 1) * sizeof *w->head);
    w->value = malloc((n + 1) * sizeof *w->value);
    w->under = malloc((n + 1) * sizeof *w->under);
    w->inner = calloc(n + 1, 1);
    w->depth = calloc(n + 1, 1);
    w->zero = calloc(n + 1, 1);
    w->below = malloc(TALLIES * sizeof *w->below);
    if (!w->node || !w->sum || !w->choice || !w->good || !w->touched || !w->head || !w->value || !w->under ||
        !w->inner || !w->depth || !w->zero || !w->below || !w->large || !w->some || !w->known || !w->spare[0] ||
        !w->spare[1]) {
        work_free(w);
        return false;
    }
    find_below(p, w->below);
    for (size_t a = 0; a < n; a++) {
        int32_t parent = p->parent[a];
        if (parent < 0)
            continue;
        w->inner[parent] = 1;
        w->depth[a] = (unsigned char)(w->depth[parent] + 1);
    }
    return true;
}

static int32_t root_of(work *w, int32_t at) {
    while (w->node[at] != at) {
        w->node[at] = w->node[w->node[at]];
        at = w->node[at];
    }
    return at;
}

static void join(work *w, int32_t a, int32_t b) {
    a = root_of(w, a);
    b = root_of(w, b);
    if (a < b)
        w->node[b] = a;
    else
        w->node[a] = b;
}

static int64_t own_of(const work *w, const hr_shown *s, int tally, size_t area) {
    return s->own[(size_t)tally * w->plan->areas + area];
}

static bool shows(const hr_shown *s, int tally, size_t area) {
    return s->cells[area] >> tally & 1;
}

/* What is being looked at: a measure, over the joined blocks of some tallies, now and (NULL: not) less then. */
typedef struct look {
    const measure *m;
    const int64_t *value; /* by area, in place of a measure; NULL: the measure */
    int tallies;
    const int *tally; /* whose blocks */
    hr_shown *now;
    const hr_shown *then;
    const unsigned char *only; /* by area: only what has one of these is of interest; NULL: all */
    const unsigned char *less; /* by area: left out, because it is known anyhow; NULL: nothing is */
} look;

static int64_t value_of(const work *w, const look *l, size_t a) {
    int64_t value = 0;
    if (l->value)
        return l->value[a];
    if (l->less && l->less[a])
        return 0;
    for (int i = 0; i < l->m->terms; i++) {
        int64_t own = own_of(w, l->now, l->m->tally[i], a);
        if (l->then)
            own -= own_of(w, l->then, l->m->tally[i], a);
        value += l->m->sign[i] * own;
    }
    return value;
}

/* The measure of each area, and with what lies in it. */
static void measure_areas(work *w, const look *l) {
    size_t n = w->plan->areas;
    for (size_t a = 0; a < n; a++)
        w->value[a] = w->under[a] = value_of(w, l, a);
    for (size_t a = n; a-- > 0;)
        if (w->plan->parent[a] >= 0)
            w->under[w->plan->parent[a]] += w->under[a];
}

/* An area with areas in it, where nobody is counted but in those, ties nothing together: all know that. */
static bool counts_somebody(const work *w, const look *l, size_t a) {
    if (l->less && l->less[a])
        return false;
    if (!w->inner[a])
        return true;
    for (int i = 0; i < l->tallies; i++)
        if (own_of(w, l->now, l->tally[i], a) || (l->then && own_of(w, l->then, l->tally[i], a)))
            return true;
    return false;
}

static int32_t block_node(const work *w, int partition, int32_t head) {
    size_t n = w->plan->areas;
    return head < 0 ? (int32_t)(w->nodes - 1) : (int32_t)(n + (size_t)partition * n + (size_t)head);
}

static int32_t *heads_of(const work *w, int partition) {
    return w->head + (size_t)partition * w->plan->areas;
}

static void join_blocks(work *w, const look *l, int partition, int tally, const hr_shown *s) {
    int32_t *head = heads_of(w, partition);
    for (size_t a = 0; a < w->plan->areas; a++) {
        int32_t parent = w->plan->parent[a];
        head[a] = shows(s, tally, a) ? (int32_t)a : parent < 0 ? -1 : head[parent];
        if (counts_somebody(w, l, a))
            join(w, (int32_t)a, block_node(w, partition, head[a]));
    }
}

/* Adds the measure up over what can be worked out. Partition i is of tally i now, and those behind them of then. */
static void add_up(work *w, const look *l) {
    size_t n = w->plan->areas;
    w->nodes = n * (1 + (size_t)l->tallies * (l->then ? 2 : 1)) + 1;
    for (size_t i = 0; i < w->nodes; i++) {
        w->node[i] = (int32_t)i;
        w->sum[i] = 0;
        w->some[i] = 0;
        w->choice[i] = -1;
    }
    memset(w->good, 0, w->nodes);
    memset(w->large, 0, w->nodes);
    memset(w->touched, 0, w->nodes);
    measure_areas(w, l);
    for (int i = 0; i < l->tallies; i++) {
        join_blocks(w, l, i, l->tally[i], l->now);
        if (l->then)
            join_blocks(w, l, l->tallies + i, l->tally[i], l->then);
    }
    for (size_t a = 0; a < n; a++) {
        if (!counts_somebody(w, l, a))
            continue;
        int32_t root = root_of(w, (int32_t)a);
        w->sum[root] += w->value[a];
        w->some[root] += w->value[a] != 0;
        w->large[root] |= w->value[a] > w->plan->hide;
        if (!l->only || l->only[a])
            w->good[root] = 1;
    }
    w->good[root_of(w, (int32_t)(w->nodes - 1))] = 0; /* no sum of this is known */
}

/* A sum is too small to be known when it is small itself. And, on one day, when whoever works through the choices made
 * here (nobody is shown; all are small, or one is not and was hidden for the others) could tell nearly what each is:
 * ten together in ten areas are one in each. */
static bool is_small(const work *w, const look *l, int32_t root) {
    int64_t sum = w->sum[root], size = sum < 0 ? -sum : sum, hide = w->plan->hide, room = (hide + 1) / 2;
    int64_t least = w->some[root] + (w->large[root] ? hide : 0), most = hide * w->some[root];
    if (!w->good[root] || size == 0)
        return false;
    if (size <= hide || l->then || l->value || w->some[root] == 1)
        return size <= hide;
    return sum - least < room || (!w->large[root] && most - sum < room);
}

static bool may_hide(const look *l, int tally, size_t area) {
    return shows(l->now, tally, area) && !(l->now->fixed && l->now->fixed[area] >> tally & 1);
}

/* For what is small, the first cell within it whose block would make it larger; or else has somebody within. */
static void choose_within(work *w, const look *l, int index) {
    int tally = l->tally[index];
    int32_t nowhere = root_of(w, (int32_t)(w->nodes - 1));
    for (int better = 1; better >= 0; better--)
        for (size_t a = 0; a < w->plan->areas; a++) {
            int32_t parent = w->plan->parent[a], around = parent < 0 ? -1 : heads_of(w, index)[parent];
            if (around < 0 || !may_hide(l, tally, a))
                continue;
            int32_t outside = root_of(w, block_node(w, index, around)),
                    inside = root_of(w, block_node(w, index, (int32_t)a));
            bool helps = better ? w->sum[inside] != 0 || inside == nowhere : w->under[a] != 0;
            if (inside != outside && is_small(w, l, outside) && w->choice[outside] < 0 && helps)
                w->choice[outside] = (int32_t)a;
        }
}

/* For what is small and has no such cell, the deepest cell around it, of several the first. */
static void choose_itself(work *w, const look *l, int index) {
    for (size_t a = 0; a < w->plan->areas; a++) {
        if (!may_hide(l, l->tally[index], a))
            continue;
        int32_t root = root_of(w, block_node(w, index, (int32_t)a));
        int32_t *choice = &w->choice[root];
        if (is_small(w, l, root) && (*choice < 0 || w->depth[*choice] < w->depth[a]))
            *choice = (int32_t)a;
    }
}

static void hide_cell(work *w, const look *l, int tally, int32_t area) {
    uint64_t fixed = l->now->fixed ? l->now->fixed[area] : 0;
    l->now->cells[area] &= ~w->below[tally] | fixed;
}

/* Hides what was chosen, of two that touch one alone: it may be enough. Whether anything was. */
static bool hide_chosen(work *w, const look *l, int index, bool touching) {
    bool any = false;
    for (size_t i = 0; i < w->nodes; i++) {
        int32_t a = w->choice[i];
        if (a < 0)
            continue;
        int32_t inside = root_of(w, block_node(w, index, a));
        if (touching && (w->touched[i] || w->touched[inside]))
            continue;
        w->touched[i] = w->touched[inside] = 1;
        hide_cell(w, l, l->tally[index], a);
        any = true;
    }
    return any;
}

/* One step: hides small cells that have nothing else in them; when there are none, joins what is small with what is
 * not. Whether anything was hidden. */
static bool step(work *w, const look *l) {
    bool any = false;
    add_up(w, l);
    for (int index = 0; index < l->tallies && !any; index++) {
        bool lone = false;
        for (size_t i = 0; i < w->nodes; i++)
            w->choice[i] = -1;
        choose_within(w, l, index);
        for (size_t i = 0; i < w->nodes && !lone; i++)
            lone = is_small(w, l, (int32_t)i) && w->choice[i] < 0;
        if (lone) {
            for (size_t i = 0; i < w->nodes; i++) /* those that have one wait */
                if (w->choice[i] >= 0)
                    w->good[i] = 0;
            for (size_t i = 0; i < w->nodes; i++)
                w->choice[i] = -1;
            choose_itself(w, l, index);
            any = hide_chosen(w, l, index, false);
        }
        if (!any) {
            if (lone)
                add_up(w, l);
            choose_within(w, l, index);
            any = hide_chosen(w, l, index, true);
        }
    }
    return any;
}

/* ---- one day ---- */

/* Adds up a measure over the joined blocks of some tallies, and marks the areas where that is 0. */
static void mark_zero(work *w, const measure *m, int tallies, const int *tally, hr_shown *now, unsigned char *marks) {
    look l = {.m = m, .tallies = tallies, .tally = tally, .now = now};
    add_up(w, &l);
    for (size_t a = 0; a < w->plan->areas; a++) {
        int32_t root = root_of(w, (int32_t)a);
        if (w->good[root] && w->sum[root] == 0)
            marks[a] = 1;
    }
}

/* Where a guard's tally is known whether shown or not, because those above it leave no choice: one of them is nobody
 * there, or one is the whole of it. */
static void mark_known(work *w, const hr_guard *g, hr_shown *now) {
    const int *pair = g->in[0] >= 0 ? g->in : g->holds;
    const int above[] = {pair[0], pair[1] >= 0 ? pair[1] : g->whole, g->whole};
    memset(w->known, 0, w->plan->areas);
    for (int i = 0; i < 2 && pair[i] >= 0; i++) {
        int others = g->whole >= 0 ? 3 : 1;
        const measure self = {1, {pair[i]}, {1}}, rest = {2, {pair[i], g->whole}, {-1, 1}};
        const measure counted = {1, {g->tally}, {1}}, left = {2, {g->tally, pair[i]}, {-1, 1}};
        if (g->apart) {
            mark_zero(w, &counted, 1, pair, now, w->known);
            mark_zero(w, &left, 1, pair, now, w->known);
        }
        if (g->in[0] >= 0 || pair[1] >= 0)
            mark_zero(w, &self, others, above, now, w->known);
        if (g->whole >= 0)
            mark_zero(w, &rest, others, above, now, w->known);
    }
}

/* Two tallies that overlap, with their whole, set bounds to a third, in each of their own joined blocks: it holds no
 * fewer than it must of both, and no more than there are. How far it is from these; kept at one area of each block. */
static void find_spare(work *w, const hr_guard *g, hr_shown *now) {
    const int *pair = g->in[1] >= 0 ? g->in : g->holds;
    const int above[] = {pair[0], pair[1], g->whole}, terms[] = {g->tally, pair[0], pair[1], g->whole};
    int64_t *sums[] = {w->spare[0], w->spare[1], w->value, w->under};
    const measure self = {1, {g->tally}, {1}};
    look l = {.m = &self, .tallies = 3, .tally = above, .now = now};
    add_up(w, &l);
    for (int i = 0; i < 4; i++)
        memset(sums[i], 0, w->plan->areas * sizeof **sums);
    for (size_t a = 0; a < w->plan->areas; a++) {
        int32_t root = root_of(w, (int32_t)a); /* an area: these have the least numbers */
        for (int i = 0; i < 4 && w->good[root]; i++)
            sums[i][root] += own_of(w, now, terms[i], a);
    }
    for (size_t a = 0; a < w->plan->areas; a++) {
        int64_t count = sums[0][a], one = sums[1][a], other = sums[2][a], whole = sums[3][a], both = one + other;
        int64_t less = one < other ? one : other, more = one + other - less;
        bool in = g->in[1] >= 0;
        int64_t least = in ? (both > whole ? both - whole : 0) : more, most = in ? less : both < whole ? both : whole;
        w->spare[0][a] = count - least;
        w->spare[1][a] = most - count;
    }
}

/* Marks the areas where a tally has nothing to spare: there it is known as finely as those that bound it. */
static void mark_bound(work *w, const hr_guard *g, hr_shown *now) {
    memset(w->zero, 0, w->plan->areas);
    for (int i = 0; i < 2; i++) {
        look l = {.value = w->spare[i], .tallies = 1, .tally = &g->tally, .now = now};
        add_up(w, &l);
        for (size_t a = 0; a < w->plan->areas; a++) {
            int32_t root = root_of(w, (int32_t)a);
            if (w->good[root] && w->sum[root] == 0)
                w->zero[a] = 1;
        }
    }
}

/* The parts of the whole where they are known that finely. */
static bool hide_finer(work *w, const hr_guard *g, hr_shown *now) {
    const int *pair = g->in[1] >= 0 ? g->in : g->holds;
    const int above[] = {pair[0], pair[1], g->whole};
    measure parts[MEASURES];
    int count = parts_of(g, parts);
    bool any = false;
    if (count == 0)
        return false;
    find_spare(w, g, now);
    mark_bound(w, g, now);
    for (int i = 0; i < count && !any; i++) {
        look l = {.m = &parts[i], .tallies = 3, .tally = above, .now = now, .only = w->zero};
        any = step(w, &l);
    }
    return any;
}

/* Where the spare is small, the bounds would tell the tally nearly. */
static bool hide_bound(work *w, const hr_guard *g, hr_shown *now) {
    bool any = false;
    if (g->in[1] < 0 && g->holds[1] < 0)
        return false;
    find_spare(w, g, now);
    for (int i = 0; i < 2; i++) {
        look l = {.value = w->spare[i], .tallies = 1, .tally = &g->tally, .now = now};
        while (step(w, &l))
            any = true;
    }
    return any;
}

static void hide_guard(work *w, const hr_guard *g, hr_shown *now) {
    measure all[MEASURES];
    int count = measures_of(g, all);
    bool more = true;
    while (more) {
        more = false;
        mark_known(w, g, now);
        for (int i = 0; i < count; i++) {
            look l = {.m = &all[i], .tallies = 1, .tally = &g->tally, .now = now, .less = w->known};
            while (step(w, &l))
                more = true;
        }
        more = hide_bound(w, g, now) || more;
    }
}

bool hr_hide_small(const hr_plan *plan, const int64_t *own, uint64_t *cells) {
    hr_shown now = {.own = own, .cells = cells};
    bool more = true;
    work w;
    if (!work_new(&w, plan))
        return false;
    while (more) {
        more = false;
        for (size_t i = 0; i < plan->guards; i++)
            hide_guard(&w, &plan->guard[i], &now);
        for (size_t i = 0; i < plan->guards && !more; i++)
            more = hide_finer(&w, &plan->guard[i], &now);
    }
    work_free(&w);
    return true;
}

/* ---- from day to day ---- */

/* Whether the earlier day can tell something of the measure. */
static bool tells(const work *w, const measure *m, const hr_shown *s) {
    uint64_t need = 0, all = 0;
    for (int i = 0; i < m->terms; i++)
        need |= UINT64_C(1) << m->tally[i];
    for (size_t a = 0; a < w->plan->areas; a++)
        all |= s->cells[a];
    return (all & need) == need;
}

static bool hide_change(work *w, const hr_guard *g, hr_shown *now, const hr_shown *then) {
    measure all[MEASURES];
    int count = measures_of(g, all);
    bool any = false;
    if (g->yearly && now->year != then->year)
        return false;
    for (int i = 0; i < count; i++) {
        look l = {.m = &all[i], .tallies = all[i].terms, .tally = all[i].tally, .now = now, .then = then};
        while (tells(w, &all[i], then) && tells(w, &all[i], now) && step(w, &l))
            any = true;
    }
    return any;
}

bool hr_hide_changes(const hr_plan *plan, hr_shown *now, const hr_shown *earlier, size_t count) {
    bool more = true;
    work w;
    if (!work_new(&w, plan))
        return false;
    for (int t = 0; t < TALLIES; t++)
        w.below[t] = UINT64_C(1) << t; /* what must be hidden with others for the day's own sake, is already */
    for (size_t i = plan->guards; i-- > 0;)
        if (plan->guard[i].apart) /* but this tells those above it */
            w.below[plan->guard[i].in[0]] |= w.below[plan->guard[i].tally];
    while (more) {
        more = false;
        for (size_t j = 0; j < count; j++)
            for (size_t i = 0; i < plan->guards; i++)
                more = hide_change(&w, &plan->guard[i], now, &earlier[j]) || more;
    }
    work_free(&w);
    return true;
}
