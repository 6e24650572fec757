/* district: writes the rosters of an invented part of Beijing, for the demo, the tests of rosters, and measuring.
 *
 *     district [--residents N] [--seed S] [--single] [--care] FOLDER
 *
 * It tells the years 1999 to 2005 as a district lives them: files are opened and computerized, beds set up, people born
 * elsewhere move in, move on and die. Each resident's story is drawn whole; a roster then shows what was known at the
 * end of 2004, and moves.csv what 2005 added. So both agree with each other, and rates of 2003 and of 2005 differ for a
 * reason. Some rows are wrong on purpose, two in a thousand, and good rows hold what makes rosters hard: 15-digit ID
 * numbers, no ID number, birth days nobody knows, full-width digits, Excel's GB18030. With --care also what health
 * files hold of the elderly and the sick, and the other registers.
 *
 * The same seed gives the same bytes everywhere: an own generator, integers only, no locale. Nobody in it is real. */
#include <errno.h>
#include <iconv.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
    RESIDENTS_LEAST = 100,
    RESIDENTS_MOST = 10000000,
    COMMITTEES_A_STREET = 6,
    FIRST_YEAR = 1998, /* the curves below begin at its end */
    YEARS = 8,
    ROSTER_YEAR = 2004, /* the rosters show its end, moves.csv the year after */
    BORN_FIRST = 1900,
};

/* ---- chance ---- */

typedef struct chance {
    uint64_t state;
} chance;

static uint64_t draw(chance *c) { /* splitmix64 */
    uint64_t z = c->state += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

static int below(chance *c, int n) {
    return (int)(((draw(c) >> 32) * (uint64_t)n) >> 32);
}

static int between(chance *c, int first, int last) {
    return first + below(c, last - first + 1);
}

static bool in_1000(chance *c, int n) {
    return below(c, 1000) < n;
}

/* ---- days: counted from 1 March of the year 0, so that a leap day is a year's last; 0 is no day ---- */

static int day_of(int year, int month, int day) {
    int y = month <= 2 ? year - 1 : year, since_march = (month + 9) % 12;
    return y * 365 + y / 4 - y / 100 + y / 400 + (153 * since_march + 2) / 5 + day;
}

typedef struct date {
    int year, month, day;
} date;

static date date_of(int day) {
    int in_era = (day - 1) % 146097, era = (day - 1) / 146097;
    int y = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
    int in_year = in_era - (y * 365 + y / 4 - y / 100), m = (5 * in_year + 2) / 153;
    return (date){
        .year = era * 400 + y + (m >= 10), .month = m < 10 ? m + 3 : m - 9, .day = in_year - (153 * m + 2) / 5 + 1};
}

static int year_end(int year) {
    return day_of(year, 12, 31);
}

/* ---- the district ---- */

typedef struct street {
    int64_t code;
    int district;
    char name[64];
    int counts[2][3]; /* at the end of 2003 and 2005: residents, elderly, rehab need */
} street;

typedef struct committee {
    int64_t code;
    int street, files; /* files: numbers given out */
    int zeal;          /* how many in 1000 it is ahead of the others with its files */
    char name[64];
} committee;

enum { COUNTIES = 20 };
static const int counties[COUNTIES] = {110105, 110108, 110103, 110104, 110102, 110106, 130102, 130602, 120101, 140105,
                                       210102, 220102, 230103, 310101, 320102, 340102, 370102, 410102, 420102, 510104};

static const struct {
    int code;
    const char *name;
    int zeal;
} districts[] = {{110105, "朝阳区", 14}, {110108, "海淀区", -30}};

typedef struct sample {
    uint64_t seed;
    int residents;
    bool single, care;
    const char *folder;
    street *streets;
    committee *committees;
    int street_count, committee_count;
    uint16_t *issued;    /* ID numbers by county, birth day and sex */
    uint64_t *namesakes; /* hashes of who has no ID number: name, sex and birth date must tell them apart */
    size_t namesakes_size;
    int wrong, changed; /* rows written on purpose wrong; rows of moves.csv */
} sample;

static chance chance_for(const sample *s, uint64_t what, uint64_t number) {
    chance c = {s->seed ^ (what << 56)};
    c.state = draw(&c) + number;
    return (chance){draw(&c)};
}

static void name_street(int i, char *out, size_t size) {
    static const char *const names[] = {"望湖", "安泰", "春晖", "柳荫", "锦绣", "文昌", "松涛", "金桥",
                                        "枫林", "明珠", "长乐", "瑞祥", "碧溪", "东篱", "晨光", "云台",
                                        "翠竹", "永宁", "和顺", "丹枫", "清泉", "紫云", "乐山", "康宁"};
    static const char *const sides[] = {"", "东", "西", "南", "北", "中", "上", "下", "前", "后", "新", "老"};
    enum { NAMES = sizeof names / sizeof *names, SIDES = sizeof sides / sizeof *sides };
    char number[16] = "";
    if (i / NAMES / SIDES > 0)
        snprintf(number, sizeof number, "%d", i / NAMES / SIDES + 1);
    snprintf(out, size, "%s%s%s街道", names[i % NAMES], sides[i / NAMES % SIDES], number);
}

static void name_committee(int i, char *out, size_t size) {
    static const char *const names[] = {"向阳", "团结", "光明", "幸福", "友谊", "建设", "新风", "朝霞",
                                        "育才", "百合", "丁香", "银杏", "梧桐", "双桥", "南里", "北里",
                                        "水碓", "花园", "晓月", "芳草", "槐树", "石榴", "玉兰"};
    snprintf(out, size, "%s社区", names[(size_t)i % (sizeof names / sizeof *names)]);
}

/* A committee has about 330 residents in a small sample and 3,000 from a million on. */
static int committees_for(int residents) {
    int each = residents <= 100000 ? 330 : residents >= 1000000 ? 3000 : 330 + (residents - 100000) / 1000 * 2670 / 900;
    return residents / each < 2 ? 2 : residents / each;
}

static void lay_out(sample *s) {
    int half = (s->street_count + 1) / 2;
    for (int i = 0; i < s->street_count; i++) {
        street *t = &s->streets[i];
        t->district = i >= half;
        t->code = (int64_t)districts[t->district].code * 1000 + (t->district ? i - half : i) + 1;
        name_street(i, t->name, sizeof t->name);
    }
    for (int i = 0, in_street = 0; i < s->committee_count; i++) {
        committee *m = &s->committees[i];
        chance c = chance_for(s, 1, (uint64_t)i);
        m->street = (int)((int64_t)i * s->street_count / s->committee_count);
        in_street = i > 0 && m->street == m[-1].street ? in_street + 1 : 1;
        m->code = s->streets[m->street].code * 1000 + in_street;
        m->zeal = districts[s->streets[m->street].district].zeal + between(&c, -40, 40);
        name_committee(i, m->name, sizeof m->name);
    }
}

/* ---- a resident's story ---- */

enum column {
    ID_NUMBER,
    NAME,
    SEX,
    BIRTH_DATE,
    AREA,
    PHONE,
    ADDRESS,
    HOUSEHOLD,
    FILE_NUMBER,
    FILE_OPENED,
    COMPUTERIZED,
    CERTIFICATE,
    DISABILITY_KIND,
    DISABILITY_GRADE,
    REHAB_NEED,
    REHAB_SERVED,
    OUTCOME,
    OUTCOME_DATE,
    BED_OPENED,
    BED_CLOSED,
    HARDSHIP,
    HOUSEHOLD_CARE,
    CALL_DEVICE,
    MOVED_IN,
    MOVED_OUT,
    DIED,
    COLUMNS
};

typedef enum fault { NO_FAULT, WRONG_CHECK, WRONG_BIRTH, WRONG_AREA, WRONG_DATE, NO_NAME } fault;

typedef struct person {
    chance chance;
    int number, committee;
    int moved_to, moved_on;      /* the committee and day of a move in 2005; day 0: none */
    int sex, birth, birth_parts; /* 3: the day is known, 2: the month, 1: only the year */
    bool full_width, quoted_address;
    int day[COLUMNS];  /* of date columns; 0: never */
    int code[COLUMNS]; /* of coded columns; 0: blank */
    int64_t file_number;
    fault fault;
    int building, entrance, floor, flat;
    char name[32], id[20], phone[20];
} person;

/* What share, in 1000, has been reached by the ends of 1998 to 2005. */
typedef int curve[YEARS];
static const curve files_of_all = {0, 30, 90, 180, 330, 495, 570, 640};
static const curve files_of_elderly = {0, 90, 230, 430, 670, 912, 945, 968};
static const curve files_of_cared = {0, 110, 260, 460, 710, 922, 958, 975};
static const curve computerization = {0, 0, 20, 80, 200, 420, 700, 918};
static const curve stations_opened = {200, 330, 480, 650, 820, 965, 985, 1000};
static const curve stations_networked = {0, 0, 60, 160, 300, 500, 720, 905};

/* The day on which a share of `level` in a million is reached; 0: not by the end of 2005. */
static int reached(const curve c, int level) {
    for (int i = 0; i < YEARS; i++) {
        if (level >= c[i] * 1000)
            continue;
        int before = i ? c[i - 1] * 1000 : 0, gained = c[i] * 1000 - before;
        return year_end(FIRST_YEAR + i - 1) + 1 + (int)((int64_t)(level - before) * 365 / gained);
    }
    return 0;
}

static int reached_by(chance *c, const curve goal, int zeal) {
    int level = below(c, 1000000) - zeal * 1000;
    return reached(goal, level < 0 ? 0 : level);
}

static int age_at(const person *p, int day) {
    date b = date_of(p->birth), d = date_of(day);
    return d.year - b.year - (d.month < b.month || (d.month == b.month && d.day < b.day));
}

static void draw_birth(person *p) {
    /* Of 1000 residents, those in each five years of age at the end of 2004. */
    static const int ages[] = {32, 36, 50, 72, 80, 82, 84, 78, 80, 72, 68, 50, 39, 58, 50, 36, 20, 9, 3, 1};
    int group = 0, left = below(&p->chance, 1000);
    while (left >= ages[group])
        left -= ages[group++];
    p->birth = year_end(ROSTER_YEAR - group * 5) - below(&p->chance, 5 * 365);
    p->sex = in_1000(&p->chance, 505) ? 1 : 2;
    p->birth_parts = 3;
}

/* One character of three bytes. */
static void add_letter(char *out, const char *letters, int i) {
    strncat(out, letters + (size_t)i * 3, 3);
}

static int letters_in(const char *letters) {
    return (int)(strlen(letters) / 3);
}

static void draw_name(person *p) {
    static const char family[] =
        "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏"
        "钟"
        "汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文";
    static const char *const doubled[] = {"欧阳", "司马", "诸葛", "上官", "皇甫", "慕容"};
    static const char *const given[2][2] = {{"国建志德福寿荣贵生明文宝树林长永玉春山海庆祥忠义成立增全广发",
                                             "伟强磊军勇涛超杰鹏浩宇轩然博睿晨阳旭峰凯斌飞洋子哲嘉䶮"},
                                            {"秀英兰桂珍淑玉凤芬素琴华荣莲香翠云月春梅贞慧敏芝霞瑞喜娥静巧",
                                             "芳娜敏静丽艳娟霞燕玲婷雪琳梦雨欣怡涵佳悦蕾倩颖洁璐晶子诗雯瑶"}};
    chance *c = &p->chance;
    const char *letters = given[p->sex - 1][p->birth > year_end(1959)];
    p->name[0] = '\0';
    if (in_1000(c, 6))
        strcpy(p->name, doubled[below(c, 6)]);
    else
        add_letter(p->name, family, below(c, 1 + below(c, letters_in(family))));
    add_letter(p->name, letters, below(c, letters_in(letters)));
    if (in_1000(c, 800))
        add_letter(p->name, letters, below(c, letters_in(letters)));
}

static char check_letter(const char *digits) { /* ISO 7064 MOD 11-2 */
    int rest = 0;
    for (int i = 0; i < 17; i++)
        rest = (rest + digits[i] - '0') * 2 % 11;
    return "10X98765432"[rest];
}

static bool is_new_namesake(sample *s, const person *p) {
    uint64_t hash =
        0xCBF29CE484222325u + (uint64_t)p->birth * 8 + (uint64_t)p->birth_parts * 2 + (uint64_t)(p->sex - 1);
    if (p->birth_parts < 3) { /* who share a year may share all that is known */
        date b = date_of(p->birth);
        hash = (uint64_t)(b.year * 16 + (p->birth_parts == 2 ? b.month : 0)) * 8 + (uint64_t)p->sex;
    }
    for (const char *at = p->name; *at; at++)
        hash = (hash ^ (unsigned char)*at) * 0x100000001B3u;
    hash |= 1;
    size_t i = (size_t)(hash >> 20) % s->namesakes_size;
    for (; s->namesakes[i]; i = (i + 1) % s->namesakes_size)
        if (s->namesakes[i] == hash)
            return false;
    s->namesakes[i] = hash;
    return true;
}

static void draw_identity(sample *s, person *p) {
    chance *c = &p->chance;
    bool old = p->birth <= year_end(1939);
    int county = in_1000(c, 720) ? (int)(s->committees[p->committee].code / 1000000 == 110108) : below(c, COUNTIES);
    int without = in_1000(c, old ? 50 : 18);
    size_t slot = ((size_t)county * 40000 + (size_t)(p->birth - day_of(BORN_FIRST, 1, 1))) * 2 + (size_t)(p->sex - 1);
    if (old && in_1000(c, without ? 500 : 30))
        p->birth_parts = between(c, 1, 2);
    draw_name(p);
    if (without || s->issued[slot] >= 500) {
        for (p->id[0] = '\0'; !is_new_namesake(s, p);)
            draw_name(p);
        return;
    }
    date b = date_of(p->birth);
    int order = (s->issued[slot]++ * 181 + 37) % 500 * 2 + (p->sex == 1);
    snprintf(p->id, sizeof p->id, "%06d%04d%02d%02d%03d", counties[county], b.year, b.month, b.day, order);
    p->id[17] = check_letter(p->id);
    p->id[18] = '\0';
    if (b.year < 2000 && in_1000(c, 45)) { /* as issued before 1999: no century, no check character */
        p->id[17] = '\0';
        memmove(p->id + 6, p->id + 8, 10);
    } else if (p->id[17] == 'X' && in_1000(c, 100)) {
        p->id[17] = 'x';
    }
}

static void draw_contact(person *p) {
    chance *c = &p->chance;
    p->quoted_address = in_1000(c, 15);
    p->building = between(c, 1, 40);
    p->entrance = between(c, 1, 6);
    p->floor = between(c, 1, 18);
    p->flat = between(c, 1, 4);
    if (in_1000(c, 300))
        p->phone[0] = '\0';
    else if (p->birth < year_end(1960))
        snprintf(p->phone, sizeof p->phone, "010-6%07d", below(c, 10000000));
    else
        snprintf(p->phone, sizeof p->phone, "13%09d", below(c, 1000000000));
    p->code[HOUSEHOLD] = in_1000(c, 820) ? 1 : 2;
}

static void draw_residence(const sample *s, person *p) {
    static const struct {
        int age, deaths; /* of 1000 in a year */
    } mortality[] = {{85, 90}, {75, 45}, {65, 18}, {45, 4}, {0, 1}};
    chance *c = &p->chance;
    int i = 0, first = year_end(2000) + 1, last = year_end(ROSTER_YEAR + 1);
    while (age_at(p, year_end(ROSTER_YEAR)) < mortality[i].age)
        i++;
    if (in_1000(c, 150))
        p->day[MOVED_IN] = between(c, year_end(1994) + 1, year_end(ROSTER_YEAR));
    if (p->day[MOVED_IN] && p->day[MOVED_IN] < p->birth)
        p->day[MOVED_IN] = 0;
    int since = p->day[MOVED_IN] ? p->day[MOVED_IN] : p->birth;
    first = since >= first ? since + 1 : first;
    if (in_1000(c, mortality[i].deaths * 5))
        p->day[DIED] = between(c, first, last);
    else if (in_1000(c, 20))
        p->day[MOVED_OUT] = between(c, first, last);
    else if (!s->single && in_1000(c, 15))
        p->moved_on = between(c, year_end(ROSTER_YEAR) + 1, last);
    p->moved_to = below(c, s->committee_count);
    if (p->moved_to == p->committee)
        p->moved_on = 0;
}

static void draw_disability(person *p) {
    static const int kinds[] = {1, 1, 2, 2, 3, 4, 4, 4, 4, 5, 6, 7};
    chance *c = &p->chance;
    int age = age_at(p, year_end(ROSTER_YEAR));
    if (!in_1000(c, age < 18 ? 15 : age < 60 ? 32 : age < 75 ? 100 : 190))
        return;
    p->code[DISABILITY_KIND] = kinds[below(c, 12)];
    p->code[DISABILITY_GRADE] = between(c, 1, 4);
    p->code[CERTIFICATE] = strlen(p->id) == 18 && in_1000(c, 700);
    if (!in_1000(c, 450))
        return;
    p->day[REHAB_NEED] = between(c, year_end(1998), year_end(2004) - 60);
    if (!in_1000(c, 930))
        return;
    p->day[REHAB_SERVED] = p->day[REHAB_NEED] + between(c, 20, 300);
    int outcome = below(c, 1000);
    if (outcome >= 985) /* not assessed */
        return;
    p->code[OUTCOME] = outcome < 30 ? 1 : outcome < 125 ? 2 : 3;
    p->day[OUTCOME_DATE] = p->day[REHAB_SERVED] + between(c, 30, 200);
}

static void draw_care(person *p) {
    chance *c = &p->chance;
    bool elderly = age_at(p, year_end(2003)) >= 65;
    if (in_1000(c, elderly ? 9 : p->day[REHAB_NEED] ? 40 : 0)) {
        p->day[BED_OPENED] = between(c, year_end(1999), year_end(2005));
        if (in_1000(c, 550))
            p->day[BED_CLOSED] = p->day[BED_OPENED] + between(c, 40, 700);
    }
    p->code[HARDSHIP] = (elderly || p->code[DISABILITY_KIND]) && in_1000(c, 35) ? 1 : 2;
    if (p->code[HARDSHIP] == 1 && in_1000(c, 925))
        p->day[HOUSEHOLD_CARE] = between(c, year_end(1999), year_end(2005));
    p->code[CALL_DEVICE] = in_1000(c, p->day[BED_OPENED] ? 450 : elderly ? 120 : 0);
}

static void draw_file(const sample *s, person *p) {
    chance *c = &p->chance;
    int zeal = s->committees[p->committee].zeal;
    bool elderly = age_at(p, year_end(2004)) >= 65, cared = p->day[REHAB_NEED] || p->day[BED_OPENED];
    p->day[FILE_OPENED] = reached_by(c, cared ? files_of_cared : elderly ? files_of_elderly : files_of_all, zeal);
    int computerized = reached_by(c, computerization, zeal / 2), typed = p->day[FILE_OPENED] + below(c, 20);
    p->day[COMPUTERIZED] = computerized == 0 ? 0 : computerized > typed ? computerized : typed;
}

/* Events happen to a resident between his arrival and his leaving, and what an event rests on comes before it. */
static void make_consistent(person *p) {
    static const int rests_on[][2] = {{COMPUTERIZED, FILE_OPENED},
                                      {REHAB_SERVED, REHAB_NEED},
                                      {OUTCOME_DATE, REHAB_SERVED},
                                      {BED_CLOSED, BED_OPENED}};
    static const int events[] = {FILE_OPENED, REHAB_NEED, BED_OPENED, HOUSEHOLD_CARE};
    int first = p->day[MOVED_IN] ? p->day[MOVED_IN] : p->birth + 30, last = year_end(2005);
    for (size_t i = 0; i < sizeof events / sizeof *events; i++)
        if (p->day[events[i]] && p->day[events[i]] < first)
            p->day[events[i]] = first + below(&p->chance, 90);
    for (size_t i = 0; i < sizeof rests_on / sizeof *rests_on; i++) {
        int *event = &p->day[rests_on[i][0]], base = p->day[rests_on[i][1]];
        if (*event && *event < base)
            *event = base;
    }
    last = p->day[DIED] ? p->day[DIED] - 1 : p->day[MOVED_OUT] ? p->day[MOVED_OUT] - 1 : last;
    if (p->moved_on && p->day[FILE_OPENED] >= p->moved_on - 1) /* a file's number tells where it was opened */
        p->day[FILE_OPENED] = 0;
    for (int i = 0; i < COLUMNS; i++)
        if (i != DIED && i != MOVED_OUT && p->day[i] > last)
            p->day[i] = 0;
    for (size_t i = 0; i < sizeof rests_on / sizeof *rests_on; i++)
        if (p->day[rests_on[i][1]] == 0)
            p->day[rests_on[i][0]] = 0;
}

static void draw_person(sample *s, int number, int where, person *p) {
    *p = (person){.chance = chance_for(s, 2, (uint64_t)number), .number = number, .committee = where};
    draw_birth(p);
    draw_identity(s, p);
    draw_contact(p);
    draw_residence(s, p);
    draw_disability(p);
    draw_care(p);
    draw_file(s, p);
    make_consistent(p);
    if (p->day[FILE_OPENED])
        p->file_number = s->committees[where].code * 100000 + s->committees[where].files++;
    p->full_width = in_1000(&p->chance, 4);
    if (in_1000(&p->chance, 2)) {
        static const fault faults[] = {WRONG_CHECK, WRONG_CHECK, WRONG_CHECK, WRONG_CHECK,
                                       WRONG_BIRTH, WRONG_AREA,  WRONG_DATE,  NO_NAME};
        p->fault = faults[below(&p->chance, 8)];
        if (p->fault == WRONG_CHECK && strlen(p->id) != 18)
            p->fault = WRONG_AREA;
        s->wrong++;
    }
}

static void count_person(sample *s, const person *p) {
    for (int i = 0; i < 2; i++) {
        int day = year_end(2003 + 2 * i), arrived = p->day[MOVED_IN] ? p->day[MOVED_IN] : p->birth;
        int left = p->day[DIED] ? p->day[DIED] : p->day[MOVED_OUT];
        if (arrived > day || (left && left <= day))
            continue;
        int where = p->moved_on && p->moved_on <= day ? p->moved_to : p->committee;
        int *counts = s->streets[s->committees[where].street].counts[i];
        counts[0]++;
        counts[1] += age_at(p, day) >= 65;
        counts[2] += p->day[REHAB_NEED] && p->day[REHAB_NEED] <= day;
    }
}

/* ---- sheets ---- */

typedef enum date_form { ISO, COMPACT, CHINESE, SLASHES } date_form;

typedef struct sheet {
    FILE *file;
    bool gb18030; /* as Excel on a Chinese PC saves it: GB18030 without a mark, Chinese headings */
    iconv_t convert;
    date_form form;
    char line[4096];
    size_t used;
} sheet;

static void die(const char *what, const char *name) {
    fprintf(stderr, "district: %s %s: %s\n", what, name, strerror(errno));
    exit(1);
}

static void open_sheet(const sample *s, const char *name, date_form form, sheet *out) {
    char path[4096];
    *out = (sheet){.form = form, .gb18030 = form == SLASHES};
    if ((size_t)snprintf(path, sizeof path, "%s/%s", s->folder, name) >= sizeof path) {
        errno = ENAMETOOLONG;
        die("cannot write", name);
    }
    out->file = fopen(path, "wb");
    if (!out->file)
        die("cannot write", path);
    if (!out->gb18030)
        fputs("\xEF\xBB\xBF", out->file);
    else if ((out->convert = iconv_open("GB18030", "UTF-8")) == (iconv_t)-1)
        die("this system's iconv has no", "GB18030");
}

static void close_sheet(sheet *t) {
    bool good = !ferror(t->file);
    if (t->gb18030)
        iconv_close(t->convert);
    if (fclose(t->file) != 0 || !good)
        die("cannot write", "a roster");
}

static void end_row(sheet *t) {
    char converted[2 * sizeof t->line], *from = t->line, *to = converted;
    size_t left = t->used, room = sizeof converted;
    if (t->gb18030 && iconv(t->convert, &from, &left, &to, &room) == (size_t)-1)
        die("cannot convert a row to", "GB18030");
    if (t->gb18030)
        fwrite(converted, 1, sizeof converted - room, t->file);
    else
        fwrite(t->line, 1, t->used, t->file);
    fputs("\r\n", t->file);
    t->used = 0;
}

static void add_byte(sheet *t, char byte) {
    if (t->used < sizeof t->line)
        t->line[t->used++] = byte;
}

/* A cell and the comma before it; the caller ends the row. */
static void add_cell(sheet *t, bool first, const char *text) {
    bool quote = strpbrk(text, ",\"") != NULL;
    if (!first)
        add_byte(t, ',');
    if (quote)
        add_byte(t, '"');
    for (; *text; text++) {
        if (*text == '"')
            add_byte(t, '"');
        add_byte(t, *text);
    }
    if (quote)
        add_byte(t, '"');
}

static void add_row(sheet *t, const char *const *cells, size_t count) {
    for (size_t i = 0; i < count; i++)
        add_cell(t, i == 0, cells[i]);
    end_row(t);
}

#define ADD_ROW(sheet, ...)                                                                                            \
    add_row(sheet, (const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

/* ---- cells ---- */

enum { CELL = 256 };

static void write_date(date_form form, int day, int parts, char *out) {
    static const char *const forms[][3] = {[ISO] = {"%04d", "%04d-%02d", "%04d-%02d-%02d"},
                                           [COMPACT] = {"%04d", "%04d-%02d", "%04d%02d%02d"},
                                           [CHINESE] = {"%d年", "%d年%d月", "%d年%d月%d日"},
                                           [SLASHES] = {"%d", "%d/%d", "%d/%d/%d"}};
    date d = date_of(day);
    snprintf(out, CELL, forms[form][parts - 1], d.year, d.month, d.day);
}

static void widen(char *text) {
    char wide[CELL];
    size_t used = 0;
    for (const char *at = text; *at && used + 4 < sizeof wide; at++) {
        int letter = 0xFF01 + (*at - '!');
        if (*at < '!') {
            wide[used++] = *at;
            continue;
        }
        wide[used++] = (char)0xEF;
        wide[used++] = (char)(0x80 | ((letter >> 6) & 0x3F));
        wide[used++] = (char)(0x80 | (letter & 0x3F));
    }
    memcpy(text, wide, used);
    text[used] = '\0';
}

typedef struct column_info {
    const char *en, *zh;
    bool is_date, in_moves;
    const char *codes[2][8]; /* English and Chinese text of codes from 1 on */
} column_info;

static const column_info columns[COLUMNS] = {
    [ID_NUMBER] = {.en = "id_number", .zh = "身份证号", .in_moves = true},
    [NAME] = {.en = "name", .zh = "姓名", .in_moves = true},
    [SEX] = {.en = "sex", .zh = "性别", .in_moves = true},
    [BIRTH_DATE] = {.en = "birth_date", .zh = "出生日期", .in_moves = true},
    [AREA] = {.en = "area", .zh = "区划代码", .in_moves = true},
    [PHONE] = {.en = "phone", .zh = "电话"},
    [ADDRESS] = {.en = "address", .zh = "住址", .in_moves = true},
    [HOUSEHOLD] = {.en = "household", .zh = "户籍类型", .codes = {{"户籍", "非户籍"}, {"户籍", "非户籍"}}},
    [FILE_NUMBER] = {.en = "file_number", .zh = "档案编号", .in_moves = true},
    [FILE_OPENED] = {.en = "file_opened", .zh = "建档日期", .is_date = true, .in_moves = true},
    [COMPUTERIZED] = {.en = "computerized", .zh = "微机化日期", .is_date = true, .in_moves = true},
    [CERTIFICATE] = {.en = "disability_certificate", .zh = "残疾证号"},
    [DISABILITY_KIND] = {.en = "disability_kind",
                         .zh = "残疾类别",
                         .codes = {{"1", "2", "3", "4", "5", "6", "7"},
                                   {"视力", "听力", "言语", "肢体", "智力", "精神", "多重"}}},
    [DISABILITY_GRADE] = {.en = "disability_grade",
                          .zh = "残疾等级",
                          .codes = {{"1", "2", "3", "4"}, {"一级", "二级", "三级", "四级"}}},
    [REHAB_NEED] = {.en = "rehab_need_since", .zh = "康复需求日期", .is_date = true},
    [REHAB_SERVED] = {.en = "rehab_served_since", .zh = "康复服务日期", .is_date = true, .in_moves = true},
    [OUTCOME] = {.en = "rehab_outcome",
                 .zh = "康复效果",
                 .in_moves = true,
                 .codes = {{"none", "effective", "marked"}, {"无效", "有效", "显效"}}},
    [OUTCOME_DATE] = {.en = "rehab_outcome_date", .zh = "康复评定日期", .is_date = true, .in_moves = true},
    [BED_OPENED] = {.en = "home_bed_opened", .zh = "建床日期", .is_date = true, .in_moves = true},
    [BED_CLOSED] = {.en = "home_bed_closed", .zh = "撤床日期", .is_date = true, .in_moves = true},
    [HARDSHIP] = {.en = "hardship", .zh = "特困", .codes = {{"yes", "no"}, {"是", "否"}}},
    [HOUSEHOLD_CARE] = {.en = "household_care_since", .zh = "包户服务日期", .is_date = true, .in_moves = true},
    [CALL_DEVICE] = {.en = "call_device", .zh = "呼叫器编号"},
    [MOVED_IN] = {.en = "moved_in", .zh = "迁入日期", .is_date = true, .in_moves = true},
    [MOVED_OUT] = {.en = "moved_out", .zh = "迁出日期", .is_date = true, .in_moves = true},
    [DIED] = {.en = "died", .zh = "死亡日期", .is_date = true, .in_moves = true},
};

/* What a sheet shows: the events of some days, of some columns. */
typedef struct view {
    int from, to;
    bool moves;
} view;

static bool shows(const view *v, int day) {
    return day > v->from && day <= v->to;
}

static void write_id(const person *p, char *out) {
    strcpy(out, p->id);
    if (p->fault == WRONG_CHECK)
        out[17] = p->id[17] == '7' ? '3' : '7';
    if (p->fault == WRONG_BIRTH)
        strcpy(out, "110105194902300039");
}

static void write_address(const sample *s, const person *p, const committee *home, char *out) {
    snprintf(out, CELL, p->quoted_address ? "%s%s,“乐园”小区%d号楼%d单元%d%02d室" : "%s%s%d号楼%d单元%d%02d室",
             s->streets[home->street].name, home->name, p->building, p->entrance, p->floor, p->flat);
}

static void write_cell(const sample *s, const person *p, int column, const view *v, const sheet *t, char *out) {
    const committee *home = &s->committees[p->moved_on && v->moves ? p->moved_to : p->committee];
    *out = '\0';
    switch (column) {
    case ID_NUMBER:
        write_id(p, out);
        break;
    case NAME:
        strcpy(out, p->fault == NO_NAME ? "" : p->name);
        break;
    case SEX:
        strcpy(out, t->gb18030 ? (p->sex == 1 ? "男" : "女") : p->sex == 1 ? "1" : "2");
        break;
    case BIRTH_DATE:
        write_date(t->form, p->birth, p->birth_parts, out);
        if (p->fault == WRONG_DATE)
            strcpy(out, "1958-02-30");
        break;
    case AREA:
        snprintf(out, CELL, "%" PRId64, p->fault == WRONG_AREA ? home->code / 1000 * 1000 + 999 : home->code);
        break;
    case PHONE:
        strcpy(out, p->phone);
        break;
    case ADDRESS:
        if (p->moved_on || !v->moves)
            write_address(s, p, home, out);
        break;
    case FILE_NUMBER:
        if (p->day[FILE_OPENED] && p->day[FILE_OPENED] <= v->to)
            snprintf(out, CELL, "%" PRId64, p->file_number);
        break;
    case CERTIFICATE:
        if (p->code[CERTIFICATE])
            snprintf(out, CELL, "%s%d%d", p->id, p->code[DISABILITY_KIND], p->code[DISABILITY_GRADE]);
        break;
    case CALL_DEVICE:
        if (p->code[CALL_DEVICE])
            snprintf(out, CELL, "HJ%07d", p->number);
        break;
    case MOVED_IN:
        if (p->moved_on && v->moves)
            write_date(t->form, p->moved_on, 3, out);
        else if (shows(v, p->day[MOVED_IN]))
            write_date(t->form, p->day[MOVED_IN], 3, out);
        break;
    default:
        if (columns[column].is_date && shows(v, p->day[column]))
            write_date(t->form, p->day[column], 3, out);
        else if (p->code[column] && (column != OUTCOME || shows(v, p->day[OUTCOME_DATE])))
            strcpy(out, columns[column].codes[t->gb18030][p->code[column] - 1]);
        break;
    }
    if (p->full_width && (column == ID_NUMBER || column == BIRTH_DATE || column == PHONE))
        widen(out);
}

static void add_headings(sheet *t, bool moves) {
    for (int i = 0; i < COLUMNS; i++)
        if (!moves || columns[i].in_moves)
            add_cell(t, i == 0, t->gb18030 ? columns[i].zh : columns[i].en);
    end_row(t);
}

static void add_person(const sample *s, const person *p, const view *v, sheet *t) {
    char cell[CELL];
    for (int i = 0; i < COLUMNS; i++) {
        if (v->moves && !columns[i].in_moves)
            continue;
        write_cell(s, p, i, v, t, cell);
        add_cell(t, i == 0, cell);
    }
    end_row(t);
}

/* ---- entries of health files ---- */

typedef enum care_sheet { BASIC, EXAMS, SELF_CARE, PRESSURE, BED_VISITS, SESSIONS, CARE_SHEETS } care_sheet;

static void open_care(const sample *s, sheet *care) {
    static const char *const names[CARE_SHEETS] = {"basic_information.csv", "health_examination.csv",
                                                   "self_care.csv",         "hypertension_followup.csv",
                                                   "home_bed_visit.csv",    "rehab_session.csv"};
    for (int i = 0; i < CARE_SHEETS; i++)
        open_sheet(s, names[i], ISO, &care[i]);
    ADD_ROW(&care[BASIC], "身份证号", "姓名", "填表日期", "联系人姓名", "联系人电话", "血型", "文化程度", "婚姻状况",
            "药物过敏史", "疾病史");
    ADD_ROW(&care[EXAMS], "身份证号", "姓名", "体检日期", "责任医生", "体温", "脉率", "呼吸频率", "身高", "体重",
            "腰围");
    ADD_ROW(&care[SELF_CARE], "身份证号", "姓名", "评估日期", "进餐", "梳洗", "穿衣", "如厕", "活动", "评估人");
    ADD_ROW(&care[PRESSURE], "身份证号", "姓名", "随访日期", "随访方式", "收缩压", "舒张压", "身高", "体重", "心率",
            "药物名称1", "药物1每日次数", "药物1每次用量");
    ADD_ROW(&care[BED_VISITS], "身份证号", "姓名", "巡诊日期", "巡诊人", "体温", "脉搏", "收缩压", "舒张压", "处理");
    ADD_ROW(&care[SESSIONS], "身份证号", "姓名", "服务日期", "训练项目", "训练时间", "康复人员");
}

static const char *doctor_of(const sample *s, const person *p) {
    static const char *const doctors[] = {"王建华", "李淑敏", "张文海", "刘晓东", "陈桂芳", "赵立新"};
    return doctors[s->committees[p->committee].street % 6];
}

static void number_text(char *out, int value) {
    snprintf(out, CELL, "%d", value);
}

static void tenths_text(char *out, int tenths) {
    snprintf(out, CELL, "%d.%d", tenths / 10, tenths % 10);
}

static void add_basic(const person *p, chance *c, int day, bool pressure, sheet *t) {
    static const char *const blood[] = {"1", "2", "2", "3", "4", "5"}, *const schooling[] = {"5", "6", "7", "8", "9"};
    static const char *const allergies[] = {"无", "无", "无", "无", "无", "青霉素", "磺胺", "青霉素;磺胺", "链霉素"};
    static const char *const diseases[2][5] = {{"无", "无", "糖尿病", "冠心病", "慢性阻塞性肺疾病"},
                                               {"高血压", "高血压", "高血压;糖尿病", "高血压;冠心病", "高血压;脑卒中"}};
    static const char *const relatives[] = {"建国", "淑兰", "志刚", "丽华", "伟", "敏"};
    char when[CELL], contact[64] = "", phone[CELL];
    memcpy(contact, p->name, 3); /* the family name */
    strcat(contact, relatives[below(c, 6)]);
    write_date(ISO, day, 3, when);
    snprintf(phone, sizeof phone, "138%08d", below(c, 100000000));
    ADD_ROW(t, p->id, p->name, when, contact, phone, blood[below(c, 6)], schooling[below(c, 5)], "2",
            allergies[below(c, 9)], diseases[pressure][below(c, 5)]);
}

static void add_exam(const sample *s, const person *p, chance *c, int day, int height, int weight, sheet *t) {
    char when[CELL], warmth[CELL], pulse[CELL], breath[CELL], tall[CELL], heavy[CELL], waist[CELL];
    write_date(ISO, day, 3, when);
    tenths_text(warmth, between(c, 361, 371));
    number_text(pulse, between(c, 58, 96));
    number_text(breath, between(c, 14, 22));
    tenths_text(tall, height);
    tenths_text(heavy, weight + between(c, -20, 20));
    number_text(waist, between(c, 68, 104));
    if (in_1000(c, 3)) /* somebody missed the point */
        number_text(heavy, weight);
    ADD_ROW(t, p->id, p->name, when, doctor_of(s, p), warmth, pulse, breath, tall, heavy, waist);
}

static void add_self_care(const sample *s, const person *p, chance *c, int day, sheet *t) {
    char when[CELL], items[5][CELL];
    int frailty = age_at(p, day) - 60 + (p->day[BED_OPENED] ? 30 : 0);
    write_date(ISO, day, 3, when);
    for (int i = 0; i < 5; i++)
        number_text(items[i], below(c, 100) < frailty ? between(c, 1, frailty > 40 ? 4 : 2) : 1);
    ADD_ROW(t, p->id, p->name, when, items[0], items[1], items[2], items[3], items[4], doctor_of(s, p));
}

static void add_pressure(const person *p, chance *c, int day, int height, int weight, sheet *t) {
    static const char *const drugs[] = {"硝苯地平", "卡托普利", "复方降压片", "吲达帕胺"};
    char when[CELL], high[CELL], low[CELL], tall[CELL], heavy[CELL], heart[CELL];
    write_date(ISO, day, 3, when);
    number_text(high, between(c, 126, 172));
    number_text(low, between(c, 74, 98));
    tenths_text(tall, height);
    tenths_text(heavy, weight + between(c, -20, 20));
    number_text(heart, between(c, 60, 92));
    if (in_1000(c, 3))
        strcat(high, "0");
    ADD_ROW(t, p->id, p->name, when, in_1000(c, 300) ? "2" : "1", high, low, tall, heavy, heart, drugs[below(c, 4)],
            "2", "1片");
}

static void add_visits(const sample *s, const person *p, chance *c, int last, sheet *t) {
    static const char *const treatments[] = {"换药", "静脉输液", "更换导尿管", "压疮护理", "调整用药", "康复指导"};
    char when[CELL], warmth[CELL], pulse[CELL], high[CELL], low[CELL];
    int end = p->day[BED_CLOSED] && p->day[BED_CLOSED] < last ? p->day[BED_CLOSED] : last;
    for (int day = p->day[BED_OPENED] + (in_1000(c, 10) ? -3 : 2); day <= end; day += between(c, 10, 40)) {
        write_date(ISO, day, 3, when);
        tenths_text(warmth, between(c, 361, 378));
        number_text(pulse, between(c, 58, 104));
        number_text(high, between(c, 110, 168));
        number_text(low, between(c, 62, 96));
        ADD_ROW(t, p->id, p->name, when, doctor_of(s, p), warmth, pulse, high, low, treatments[below(c, 6)]);
    }
}

static void add_sessions(const sample *s, const person *p, chance *c, int last, sheet *t) {
    char when[CELL], items[CELL], minutes[CELL];
    for (int i = 0, day = p->day[REHAB_SERVED]; i < 6 && day <= last; i++, day += between(c, 5, 30)) {
        write_date(ISO, day, 3, when);
        snprintf(items, sizeof items, "%d;%d", between(c, 1, 3), between(c, 4, 6));
        number_text(minutes, between(c, 3, 9) * 5);
        ADD_ROW(t, p->id, p->name, when, items, minutes, doctor_of(s, p));
    }
}

/* Of the elderly and the cared for whose files are computerized, and who can be referred to by an ID number. */
static void add_care(const sample *s, const person *p, sheet *care) {
    chance c = chance_for(s, 6, (uint64_t)p->number);
    int last = p->day[DIED] ? p->day[DIED] - 1 : p->day[MOVED_OUT] ? p->day[MOVED_OUT] - 1 : year_end(ROSTER_YEAR + 1);
    int opened = p->day[FILE_OPENED], height = between(&c, 1480, 1780), weight = between(&c, 450, 820);
    bool elderly = age_at(p, last) >= 65, pressure = in_1000(&c, 420);
    if (p->fault || !*p->id || !p->day[COMPUTERIZED] || opened > last || (!elderly && !p->day[BED_OPENED]))
        return;
    add_basic(p, &c, opened, pressure, &care[BASIC]);
    for (int year = 2003; year <= 2005; year++) {
        int day = between(&c, year_end(year - 1) + 1, year_end(year));
        if (day < opened || day > last || !in_1000(&c, 780))
            continue;
        add_exam(s, p, &c, day, height, weight, &care[EXAMS]);
        add_self_care(s, p, &c, day, &care[SELF_CARE]);
        for (int visit = day + 30; pressure && visit <= last && visit < day + 330; visit += 90)
            add_pressure(p, &c, visit, height, weight, &care[PRESSURE]);
    }
    if (p->day[BED_OPENED])
        add_visits(s, p, &c, last, &care[BED_VISITS]);
    if (p->day[REHAB_SERVED])
        add_sessions(s, p, &c, last, &care[SESSIONS]);
}

/* ---- the files ---- */

static bool has_news(const person *p, const view *v) {
    bool news = p->moved_on != 0;
    for (int i = 0; i < COLUMNS && !news; i++)
        news = columns[i].in_moves && columns[i].is_date && shows(v, p->day[i]);
    return news && !p->fault;
}

static void write_residents(sample *s) {
    const int roster = year_end(s->single ? ROSTER_YEAR + 1 : ROSTER_YEAR);
    const view known = {.to = roster}, news = {.from = roster, .to = year_end(ROSTER_YEAR + 1), .moves = true};
    chance somewhere = chance_for(s, 3, 0);
    sheet t, moves, care[CARE_SHEETS];
    int open = -1;
    if (s->care)
        open_care(s, care);
    if (!s->single) {
        open_sheet(s, "moves.csv", ISO, &moves);
        add_headings(&moves, true);
    }
    for (int i = 0; i < s->residents; i++) {
        person p;
        int where =
            s->single ? below(&somewhere, s->committee_count) : (int)((int64_t)i * s->committee_count / s->residents);
        int file = s->single ? 0 : s->committees[where].street;
        if (file != open) {
            char name[64] = "residents.csv";
            if (!s->single)
                snprintf(name, sizeof name, "residents-%" PRId64 ".csv", s->streets[file].code);
            if (open >= 0)
                close_sheet(&t);
            open_sheet(s, name, s->single ? ISO : file == 1 ? SLASHES : (date_form)(file % 3), &t);
            add_headings(&t, false);
            open = file;
        }
        draw_person(s, i, where, &p);
        count_person(s, &p);
        add_person(s, &p, &known, &t);
        if (s->care)
            add_care(s, &p, care);
        if (!s->single && has_news(&p, &news)) {
            add_person(s, &p, &news, &moves);
            s->changed++;
        }
    }
    close_sheet(&t);
    if (!s->single)
        close_sheet(&moves);
    for (int i = 0; s->care && i < CARE_SHEETS; i++)
        close_sheet(&care[i]);
}

static void write_areas(const sample *s) {
    char code[24], parent[24];
    sheet t;
    open_sheet(s, "areas.csv", ISO, &t);
    ADD_ROW(&t, "area", "name", "parent");
    ADD_ROW(&t, "11", "北京市", "");
    for (int i = 0; i < 2; i++) {
        snprintf(code, sizeof code, "%d", districts[i].code);
        ADD_ROW(&t, code, districts[i].name, "11");
    }
    for (int i = 0; i < s->street_count; i++) {
        snprintf(code, sizeof code, "%" PRId64, s->streets[i].code);
        snprintf(parent, sizeof parent, "%" PRId64, s->streets[i].code / 1000);
        ADD_ROW(&t, code, s->streets[i].name, parent);
    }
    for (int i = 0; i < s->committee_count; i++) {
        snprintf(code, sizeof code, "%" PRId64, s->committees[i].code);
        snprintf(parent, sizeof parent, "%" PRId64, s->committees[i].code / 1000);
        ADD_ROW(&t, code, s->committees[i].name, parent);
    }
    close_sheet(&t);
}

/* A centre has the street's first committee, a station each of the others; here and there one helps its neighbour. */
static void write_institution(const sample *s, int i, sheet *t) {
    static const char *const grades[] = {"甲", "甲", "甲", "甲", "甲", "甲", "甲", "A", "B", "丙"};
    const committee *m = &s->committees[i];
    const street *in = &s->streets[m->street];
    chance c = chance_for(s, 4, (uint64_t)i);
    bool centre = i == 0 || m[-1].street != m->street;
    char code[24], name[160], area[24], serves[64], opened[CELL], closed[CELL] = "", networked[CELL] = "";
    int start = reached_by(&c, stations_opened, centre ? 30 : districts[in->district].zeal);
    int online = reached_by(&c, stations_networked, districts[in->district].zeal);
    if (!centre && in_1000(&c, 25))
        return;
    snprintf(code, sizeof code, "%c%04d", centre ? 'C' : 'S', i + 1);
    snprintf(name, sizeof name, "%s%s%s", in->name, centre ? "" : m->name, centre ? "社区卫生服务中心" : "卫生服务站");
    snprintf(area, sizeof area, "%" PRId64, centre ? in->code : m->code);
    snprintf(serves, sizeof serves, "%" PRId64, m->code);
    if (i + 1 < s->committee_count && m[1].street == m->street && in_1000(&c, 150))
        snprintf(serves, sizeof serves, "%" PRId64 ";%" PRId64, m->code, m[1].code);
    write_date(ISO, start ? start : year_end(2005), 3, opened);
    if (!centre && in_1000(&c, 25))
        write_date(ISO, between(&c, start > year_end(2003) ? start : year_end(2003), year_end(2005)), 3, closed);
    if (online)
        write_date(ISO, online > start ? online : start, 3, networked);
    ADD_ROW(t, code, name, centre ? "中心" : "站", area, centre ? "" : grades[below(&c, 10)], serves, opened, closed,
            networked);
}

static void write_institutions(const sample *s) {
    sheet t;
    open_sheet(s, "institutions.csv", ISO, &t);
    ADD_ROW(&t, "code", "name", "kind", "area", "grade", "serves", "opened", "closed", "networked_since");
    for (int i = 0; i < s->committee_count; i++)
        write_institution(s, i, &t);
    close_sheet(&t);
}

/* The statistics office counts a little more than the register knows; for half of the streets it gives no figures. */
static void write_population(const sample *s) {
    static const char *const source = "统计局";
    sheet t;
    open_sheet(s, "population.csv", ISO, &t);
    ADD_ROW(&t, "area", "year", "residents", "elderly", "rehab_need", "home_bed", "source");
    for (int i = 0; i < 2; i++) {
        int sums[4][3] = {{0}}; /* city, districts, the street at hand */
        char text[5][24];
        chance c = chance_for(s, 5, (uint64_t)i);
        snprintf(text[1], sizeof text[1], "%d", 2003 + 2 * i);
        for (int j = 0; j < s->street_count + 3; j++) {
            const street *in = j < s->street_count ? &s->streets[j] : NULL;
            int *row = sums[in ? 3 : j - s->street_count], more = between(&c, 1, 9);
            for (int k = 0; k < 3; k++) {
                if (in) {
                    row[k] = in->counts[i][k] + in->counts[i][k] * more / 1000;
                    sums[0][k] += row[k];
                    sums[1 + in->district][k] += row[k];
                }
                snprintf(text[2 + k], sizeof text[2 + k], "%d", row[k]);
            }
            snprintf(text[0], sizeof text[0], "%" PRId64,
                     in               ? in->code
                     : row == sums[0] ? 11
                                      : districts[row == sums[2]].code);
            if (!in || j % 2 == 0)
                ADD_ROW(&t, text[0], text[1], text[2], text[3], in ? "" : text[4], "", source);
        }
    }
    close_sheet(&t);
}

/* Grades are given anew in 2003; committees begin to help their elderly; streets have beds and a hotline; and the
 * station has goals of its own. */
static void write_registers(const sample *s) {
    char code[24], beds[CELL], requests[CELL], met[CELL], period[24];
    sheet grades, help, care, hotline, goals;
    open_sheet(s, "grades.csv", ISO, &grades);
    open_sheet(s, "elder_help.csv", ISO, &help);
    open_sheet(s, "care_beds.csv", ISO, &care);
    open_sheet(s, "hotline.csv", ISO, &hotline);
    open_sheet(s, "indicators.csv", ISO, &goals);
    ADD_ROW(&grades, "机构代码", "评定日期", "等级", "来源");
    ADD_ROW(&help, "区划代码", "开办日期", "停办日期");
    ADD_ROW(&care, "区划代码", "起始日期", "养老床位数");
    ADD_ROW(&hotline, "区划代码", "期间", "需求数", "满足数");
    for (int i = 0; i < s->committee_count; i++) {
        chance c = chance_for(s, 7, (uint64_t)i);
        snprintf(code, sizeof code, "S%04d", i + 1);
        if (i > 0 && s->committees[i - 1].street == s->committees[i].street && in_1000(&c, 400))
            ADD_ROW(&grades, code, "2003-09-01", in_1000(&c, 900) ? "甲" : "乙", "区卫生局评审");
        snprintf(code, sizeof code, "%" PRId64, s->committees[i].code);
        snprintf(period, sizeof period, "%d-%02d", between(&c, 2001, 2005), between(&c, 1, 12));
        if (in_1000(&c, 850))
            ADD_ROW(&help, code, period, "");
    }
    for (int i = 0; i < s->street_count; i++) {
        chance c = chance_for(s, 8, (uint64_t)i);
        snprintf(code, sizeof code, "%" PRId64, s->streets[i].code);
        number_text(beds, between(&c, 4, 18));
        ADD_ROW(&care, code, "2002", beds);
        number_text(beds, between(&c, 18, 40));
        ADD_ROW(&care, code, "2005-07-01", beds);
        for (int month = 0; month < 24; month++) {
            int asked = between(&c, 10, 60);
            snprintf(period, sizeof period, "%d-%02d", 2004 + month / 12, month % 12 + 1);
            number_text(requests, asked);
            number_text(met, asked - asked * between(&c, 0, 90) / 1000);
            ADD_ROW(&hotline, code, period, requests, met);
        }
    }
    ADD_ROW(&goals, "指标", "名称", "分子", "分母", "目标", "期限", "应答时限", "来源");
    ADD_ROW(&goals, "elderly_managed", "", "", "", "67%", "2005-12-31", "", "本站年度计划");
    ADD_ROW(&goals, "call_response", "", "", "", "95%", "2005-12-31", "120", "本站年度计划");
    ADD_ROW(&goals, "elderly_home_beds", "老年人家庭病床占比", "home_bed", "elderly", "1%", "", "", "本站年度计划");
    close_sheet(&grades);
    close_sheet(&help);
    close_sheet(&care);
    close_sheet(&hotline);
    close_sheet(&goals);
}

/* ---- start ---- */

static void usage(void) {
    fprintf(stderr,
            "usage: district [--residents N] [--seed S] [--single] [--care] FOLDER\n"
            "  --residents N  how many, %d to %d (20000)\n"
            "  --seed S       another number, another district (2003)\n"
            "  --single       all in residents.csv as of the end of 2005, in no order of areas, and no moves.csv\n"
            "  --care         also entries of health files, a file for each form, and the other registers\n",
            RESIDENTS_LEAST, RESIDENTS_MOST);
    exit(2);
}

static uint64_t read_number(const char *text, uint64_t least, uint64_t most) {
    char *end;
    errno = 0;
    uint64_t value = text ? strtoull(text, &end, 10) : 0;
    if (!text || *text < '0' || *text > '9' || *end || errno || value < least || value > most)
        usage();
    return value;
}

static sample read_arguments(char **argv) {
    sample s = {.seed = 2003, .residents = 20000};
    while (*++argv) {
        if (strcmp(*argv, "--single") == 0)
            s.single = true;
        else if (strcmp(*argv, "--care") == 0)
            s.care = true;
        else if (strcmp(*argv, "--residents") == 0)
            s.residents = (int)read_number(*++argv, RESIDENTS_LEAST, RESIDENTS_MOST);
        else if (strcmp(*argv, "--seed") == 0)
            s.seed = read_number(*++argv, 0, UINT64_MAX);
        else if (**argv == '-' || s.folder)
            usage();
        else
            s.folder = *argv;
    }
    if (!s.folder)
        usage();
    return s;
}

int main(int argc, char **argv) {
    if (argc < 1)
        return 2;
    sample s = read_arguments(argv);
    s.committee_count = committees_for(s.residents);
    s.street_count = s.committee_count < 2 * COMMITTEES_A_STREET ? 2 : s.committee_count / COMMITTEES_A_STREET;
    s.namesakes_size = (size_t)s.residents / 4 + 101;
    s.streets = calloc((size_t)s.street_count, sizeof *s.streets);
    s.committees = calloc((size_t)s.committee_count, sizeof *s.committees);
    s.issued = calloc((size_t)COUNTIES * 40000 * 2, sizeof *s.issued);
    s.namesakes = calloc(s.namesakes_size, sizeof *s.namesakes);
    if (!s.streets || !s.committees || !s.issued || !s.namesakes)
        die("cannot start", "district");
    if (mkdir(s.folder, 0777) != 0 && errno != EEXIST)
        die("cannot make", s.folder);
    lay_out(&s);
    write_areas(&s);
    write_institutions(&s);
    write_residents(&s);
    write_population(&s);
    if (s.care)
        write_registers(&s);
    printf(
        "%s: %d residents in %d committees of %d streets; %d rows are wrong on purpose; %d residents changed in 2005\n",
        s.folder, s.residents, s.committee_count, s.street_count, s.wrong, s.changed);
    free(s.streets);
    free(s.committees);
    free(s.issued);
    free(s.namesakes);
    return 0;
}
