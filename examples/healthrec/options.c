/* Options: each exists once, in the table below; a command only says which of them it takes. getopt_long does the
 * reading, so options may stand anywhere and be shortened as everywhere else; the messages are ours, in both languages.
 */
#include "options.h"
#include "commands.h"
#include "text.h"
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

static const option_info options[OPT_COUNT] = {
    [OPT_AREA] = {"area", "CODE", "代码", "the store's area, a code of 2, 4, 6, 9 or 12 digits",
                  "本库所辖区划，2、4、6、9 或 12 位代码"},
    [OPT_NAME] = {"name", "TEXT", "站名", "the station's name", "本站名称"},
    [OPT_NEW_OPERATOR] = {"operator", "NAME", "姓名", "what the first administrator is called; default: admin",
                          "首位管理员的姓名；默认为 admin"},
    [OPT_NEW_RECOVERY_FILE] = {"recovery-file", "FILE", "文件", "write the recovery key to this new file",
                               "把恢复密钥写入这个新文件"},
    [OPT_AS] = {"as", "KIND", "类别",
                "residents, areas, institutions, population or another form; default: told from the header",
                "residents、areas、institutions、population 或其他表单；默认按表头判断"},
    [OPT_ENCODING] = {"encoding", "NAME", "编码", "auto, utf-8 or gb18030; default: auto",
                      "auto、utf-8 或 gb18030；默认为 auto"},
    [OPT_REJECTS] = {"rejects", "FILE", "文件", "write refused rows here, with line number and reason",
                     "把被拒收的行写入该文件，附行号和原因"},
    [OPT_DRY_RUN] = {"dry-run", NULL, NULL, "say what would be done, change nothing", "试运行：只报告结果，不作改动"},
    [OPT_LIMIT] = {"limit", "N", "条数", "show at most N rows; 0: all; default: 50",
                   "最多显示的条数；0 为全部；默认为 50"},
    [OPT_JSON] = {"json", NULL, NULL, "the same as --format json", "同 --format json"},
    [OPT_COHORT] = {"cohort", "NAME", "人群", "all, elderly, rehab or home_bed",
                    "all（全体）、elderly（65 岁及以上）、rehab（有康复需求）或 home_bed（家庭病床）"},
    [OPT_WITHOUT] =
        {"without", "WHAT", "所缺", "only those who lack: file, computerized, service or exam",
         "只列缺少此项的居民：file（档案）、computerized（微机化）、service（康复服务）或 exam（当年体检）"},
    [OPT_AS_OF] = {"as-of", "DATE", "日期", "at the end of this day; default: today", "截至该日（含当日）；默认为今天"},
    [OPT_WITHIN] = {"within", "AREA", "区划", "only this area; default: the store's area",
                    "只看该区划；默认为本库区划"},
    [OPT_BY] = {"by", "TIER", "层级", "a row for each area of this tier: city, district, street or committee",
                "按 city（市）、district（区）、street（街道）或 committee（居委会）分列"},
    [OPT_INDICATOR] = {"indicator", "CODE", "指标", "only this one; again or with commas for several",
                       "只算该指标；可重复，或用逗号隔开"},
    [OPT_SET] = {"set", "NAME", "指标集", "plan, national, own (of this store) or all; default: plan",
                 "plan、national、own（本库自定）或 all；默认为 plan"},
    [OPT_KNOWN_AT] = {"known-at", "TIME", "时间",
                      "by what had been recorded by then: a day, \"2004-01-05 16:30\", or '#' and an entry's number",
                      "只依据当时已记录的内容：某日、“2004-01-05 16:30”，或 '#' 加记录号"},
    [OPT_FROM] = {"from", "DATE", "日期", "from this day on; of a month or year, from its first day",
                  "自该日起；写年或年月时自其首日起"},
    [OPT_TO] = {"to", "DATE", "日期", "up to this day", "至该日止（含当日）"},
    [OPT_EVERY] = {"every", "STEP", "间隔", "month, quarter or year; default: year",
                   "month（月）、quarter（季）或 year（年）；默认为 year"},
    [OPT_DATE] = {"date", "DATE", "日期", "the entry's date; default: today", "记录的日期；默认为今天"},
    [OPT_FORCE] = {"force", NULL, NULL, "store it although it contradicts what is known; check lists it",
                   "与已知情况矛盾也保存；可用 check 查看"},
    [OPT_WHY] = {"why", "TEXT", "原因", "the reason, which is kept with the entry", "原因，随记录保存"},
    [OPT_WITHDRAW] = {"withdraw", NULL, NULL, "take the entry back; it stays in the log and counts no more",
                      "撤回该记录；记录仍保留，但不再计入"},
    [OPT_YES] = {"yes", NULL, NULL, "do not ask once more", "不再询问确认"},
    [OPT_HISTORY] = {"history", NULL, NULL, "also what was amended or withdrawn: who changed what, when and why",
                     "一并显示已更正或撤回的记录：何人、何时、改了什么、为何"},
    [OPT_DEVICE] = {"device", "NUMBER", "编号", "number of the call device", "呼叫器编号"},
    [OPT_PHONE] = {"phone", "NUMBER", "号码", "the caller's telephone", "来电号码"},
    [OPT_SIGNAL] = {"signal", "NAME", "方式", "button, fall, smoke, inactivity, phone, test or other",
                    "button（按钮）、fall（跌倒）、smoke（烟雾燃气）、inactivity（无活动）、phone（电话）、test（测试）"
                    "或 other（其他）"},
    [OPT_MESSAGE] = {"message", "TEXT", "内容", "what was said, or what the device reports", "来电所述或设备上报内容"},
    [OPT_OUTCOME] =
        {"outcome", "NAME", "结果",
         "helped, advised, ambulance, hospital, family, died, false_alarm, test, unreachable or other",
         "helped（上门处置）、advised（电话指导）、ambulance（急救车）、hospital（送医院）、family（通知家属）、"
         "died（死亡）、false_alarm（误报）、test（测试）、unreachable（联系不上）或 other（其他）"},
    [OPT_WHO] = {"who", "NAME", "姓名", "who answered or closed the call", "应答人或办结人"},
    [OPT_NOTE] = {"note", "TEXT", "备注", "what was found out or done", "了解到的情况或处理经过"},
    [OPT_TIME] = {"time", "TIME", "时间", "when it was, such as \"2026-11-25 08:15\"; default: now",
                  "时间，如“2026-11-25 08:15”；默认为现在"},
    [OPT_ALL] = {"all", NULL, NULL, "also calls that are closed", "包括已办结的呼叫"},
    [OPT_AGAINST] = {"against", "HEAD", "链头",
                     "also find whatever was rewritten since this head was printed: its text, or a file that holds it",
                     "并查出自该链头打印以来的任何改写；可写链头文字，或含该文字的文件"},
    [OPT_ROLE] = {"role", "ROLE", "角色", "admin, clinician, statistician or auditor",
                  "admin（管理员）、clinician（医护人员）、statistician（统计员）或 auditor（审计员）"},
    [OPT_NEW_PASSPHRASE_FILE] = {"new-passphrase-file", "FILE", "文件", "read the new passphrase from its first line",
                                 "从文件首行读取新口令"},
    [OPT_NEW_KEY_FILE] = {"new-recovery-file", "FILE", "文件",
                          "write the new recovery key to this new file instead of the terminal",
                          "把新恢复密钥写入该新文件，而不在终端显示"},
    [OPT_HEAD] = {"head", NULL, NULL, "print the signed head of the log, for the daily paper slip",
                  "打印经签名的记录链链头，供每日留存纸条"},
    [OPT_RESIDENT] = {"resident", "RESIDENT", "居民",
                      "only entries about this resident, and who read his file: an ID number, a file number, or '#' "
                      "and a number",
                      "只列与该居民有关的记录和查阅其档案的记录：身份证号、档案编号，或 '#' 加居民编号"},
    [OPT_BY_OPERATOR] = {"by", "NAME", "姓名", "only what this operator did", "只列该操作员所为"},
    [OPT_KIND] =
        {"kind", "KIND", "类别",
         "only entries of this kind: read, search, export, unlock, clock, operator, rotate, publication, "
         "resident, a form or a register",
         "只列该类记录：read（查阅）、search（查看名单）、export（导出）、unlock（解锁失败）、clock（时钟倒退）、"
         "operator（操作员）、rotate（更换密钥）、publication（公布）、resident、表单或登记表"},
    [OPT_BUREAU] = {"bureau", NULL, NULL, "the store of a health bureau, which receives stations' bundles",
                    "卫生局的库，用于接收各站的上报包"},
    [OPT_OUTPUT] = {"output", "FILE", "文件", "write to this new file; -o for short", "写入这个新文件；可简写为 -o"},
    [OPT_RENEW] = {"renew", NULL, NULL, "draw new keys; whoever knew the old ones needs the new file",
                   "更换密钥对；已确认旧公钥的各方须换用新的公开文件"},
    [OPT_FINGERPRINT] = {"fingerprint", "DIGITS", "指纹", "the file's fingerprint, as its owner read it out",
                         "文件的指纹，由对方在电话中念出"},
    [OPT_YEAR] = {"year", "YEAR", "年度", "the year of the linkage key", "关联密钥的年度"},
    [OPT_TO_STORE] = {"to", "FILE", "文件", "the public file of the store it is for", "接收方库的公开文件"},
    [OPT_OTHER_OPERATOR] = {"other-operator", "NAME", "姓名", "who opens the other store; default: as for STORE",
                            "以谁的身份打开另一库；默认与本库相同"},
    [OPT_OTHER_PASSPHRASE_FILE] = {"other-passphrase-file", "FILE", "文件",
                                   "read the other store's passphrase from its first line; default: as for STORE, and "
                                   "asked for when that does not open it",
                                   "从文件首行读取另一库的口令；默认与本库相同，打不开时在终端询问"},
    [OPT_PUBLIC] = {"public", NULL, NULL, "a table for the public, whose small counts are hidden",
                    "公开统计表，其中过小的计数予以隐去"},
    [OPT_LEVEL] = {"level", "LEVEL", "级别",
                   "figures (counts by committee and month) or persons (each under a pseudonym); default: as last time",
                   "figures（按居委会和月份的汇总数）或 persons（以假名逐人上报）；默认与上次相同"},
    [OPT_AGAIN] = {"again", "NUMBER", "包号", "make this bundle again, whose file was lost",
                   "重新生成已丢失的该号上报包"},
    [OPT_RECEIPT_AGAIN] = {"receipt-again", NULL, NULL, "write the receipt of a bundle that was received before",
                           "为此前已接收的上报包重写回执"},
    [OPT_HIDE] = {"hide", "N", "计数", "hide counts from 1 to N; default: 9", "隐去 1 至该数的人数；默认为 9"},
    [OPT_LIST] = {"list", NULL, NULL, "only list what was published before", "只列出此前公布过的统计表"},
    [OPT_FORMAT] = {"format", "NAME", "格式", "table, csv or json; default: table", "table、csv 或 json；默认为 table"},
    [OPT_OPERATOR] = {"operator", "NAME", "姓名", "who opens the store; default: the first administrator",
                      "以谁的身份打开库；默认为首位管理员"},
    [OPT_PASSPHRASE_FILE] = {"passphrase-file", "FILE", "文件", "read the passphrase from its first line",
                             "从文件首行读取口令"},
    [OPT_RECOVERY] = {"recovery", NULL, NULL, "open with the recovery key, which is asked for",
                      "用恢复密钥打开库，在终端输入"},
    [OPT_RECOVERY_FILE] = {"recovery-file", "FILE", "文件", "open with the recovery key in this file",
                           "用该文件中的恢复密钥打开库"},
    [OPT_HELP] = {"help", NULL, NULL, "show this help", "显示本帮助"},
};

const option_info *option_at(option_id id) {
    return &options[id];
}

/* ---- reading ---- */

enum { FIRST_LONG = 256 };

static bool set_value(struct call *c, option_id id, const char *value) {
    char *before = OPTIONS_REPEATED & OPTION(id) ? c->values[id] : NULL;
    size_t size = strlen(value) + (before ? strlen(before) + 1 : 0) + 1;
    char *joined = malloc(size);
    if (!joined) {
        say("%s", tr("out of memory; close other programs and try again", "内存不足；请关闭其他程序后重试"));
        return false;
    }
    snprintf(joined, size, "%s%s%s", before ? before : "", before ? "," : "", value);
    free(c->values[id]);
    c->values[id] = joined;
    return true;
}

static bool refuse(const struct command *command, int found, int which, const char *text) {
    if (found == ':')
        say(tr("--%s needs a value; \"healthrec help %s\" says which", "--%s 缺少取值；详见“healthrec help %s”"),
            options[which - FIRST_LONG].name, command->name);
    else if (which >= FIRST_LONG)
        say(tr("--%s takes no value; leave out what follows the =", "--%s 不带取值；请去掉“=”及其后的内容"),
            options[which - FIRST_LONG].name);
    else
        say(tr("%s has no option %s, or it is cut too short; \"healthrec help %s\" lists them",
               "%s 没有选项 %s，或缩写有歧义；详见“healthrec help %s”"),
            command->name, text, command->name);
    return false;
}

static bool read_options(int argc, char **argv, struct call *c) {
    struct option longs[OPT_COUNT + 1] = {{0}};
    size_t count = 0;
    int found;
    for (int i = 0; i < OPT_COUNT; i++)
        if (i == OPT_HELP || c->command->options & OPTION(i))
            longs[count++] = (struct option){.name = options[i].name,
                                             .has_arg = options[i].value_en ? required_argument : no_argument,
                                             .val = FIRST_LONG + i};
    opterr = 0;
    const char *shorts = c->command->options & OPTION(OPT_OUTPUT) ? ":ho:" : ":h";
    while ((found = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
        if (found == '?' || found == ':')
            return refuse(c->command, found, optopt == 'o' ? FIRST_LONG + OPT_OUTPUT : optopt, argv[optind - 1]);
        option_id id = found == 'h' ? OPT_HELP : found == 'o' ? OPT_OUTPUT : (option_id)(found - FIRST_LONG);
        if (!set_value(c, id, optarg ? optarg : ""))
            return false;
    }
    return true;
}

static bool read_operands(int argc, char **argv, struct call *c) {
    const operand *wanted = c->command->operands;
    int count = 0;
    for (int i = optind; i < argc; i++) {
        if ((count == OPERANDS_MAX || !wanted[count].en) && c->command->rest_en) {
            c->rest = argv + i;
            c->rest_count = (size_t)(argc - i);
            break;
        }
        if (count == OPERANDS_MAX || !wanted[count].en) {
            say(tr("unexpected argument \"%s\"; \"healthrec help %s\" shows what %s takes",
                   "多余的参数“%s”；“healthrec help %s”说明 %s 的用法"),
                argv[i], c->command->name, c->command->name);
            return false;
        }
        c->operands[count++] = argv[i];
    }
    if (count == OPERANDS_MAX || !wanted[count].en || wanted[count].optional)
        return true;
    say(tr("%s is missing; \"healthrec help %s\" shows what %s takes", "缺少“%s”；“healthrec help %s”说明 %s 的用法"),
        tr(wanted[count].en, wanted[count].zh), c->command->name, c->command->name);
    return false;
}

static bool has_required(const struct call *c) {
    for (int i = 0; i < OPT_COUNT; i++) {
        const option_info *o = &options[i];
        if (!(c->command->required & OPTION(i)) || (c->values[i] && *c->values[i]))
            continue;
        say(tr("--%s %s is missing: %s", "缺少 --%s %s：%s"), o->name, tr(o->value_en, o->value_zh), tr(o->en, o->zh));
        return false;
    }
    return true;
}

bool call_read(const struct command *command, int argc, char **argv, struct call *out) {
    *out = (struct call){.command = command};
    if (read_options(argc, argv, out) &&
        (call_has(out, OPT_HELP) || (read_operands(argc, argv, out) && has_required(out))))
        return true;
    call_free(out);
    return false;
}

void call_free(struct call *c) {
    for (int i = 0; i < OPT_COUNT; i++)
        free(c->values[i]);
    *c = (struct call){0};
}

/* ---- values ---- */

bool call_date(const struct call *c, option_id id, int32_t *out) {
    *out = date_today();
    return !call_has(c, id) || call_day(c, id, out);
}

bool call_day(const struct call *c, option_id id, int32_t *out) {
    bool first = id == OPT_FROM;
    *out = call_has(c, id) ? date_read(c->values[id], first ? DATE_FIRST : DATE_LAST) : 0;
    if (*out || !call_has(c, id))
        return true;
    say(tr("--%s: \"%s\" is not a date; write 2003-12-31, 20031231 or 2003年12月31日, or 2003-12 or 2003 for its %s "
           "day",
           "--%s：“%s”不是日期；请写成 2003-12-31、20031231 或 2003年12月31日，写 2003-12 或 2003 时取其%s一天"),
        options[id].name, c->values[id], first ? tr("first", "第") : tr("last", "最后"));
    return false;
}

bool call_format(const struct call *c, enum format *out) {
    static const char *const names[] = {[FORMAT_TABLE] = "table", [FORMAT_CSV] = "csv", [FORMAT_JSON] = "json"};
    const char *name = call_has(c, OPT_JSON) ? "json" : c->values[OPT_FORMAT] ? c->values[OPT_FORMAT] : "table";
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], name) == 0) {
            *out = (enum format)i;
            return true;
        }
    say(tr("there is no format \"%s\"; use table, csv or json", "没有“%s”格式；可用 table、csv 或 json"), name);
    return false;
}

bool call_limit(const struct call *c, int64_t *out) {
    const char *text = c->values[OPT_LIMIT];
    *out = 50;
    if (!text || number_read(text, out))
        return true;
    say(tr("--limit: \"%s\" is not a number of rows; write 0 for all", "--limit：“%s”不是条数；写 0 表示全部"), text);
    return false;
}
