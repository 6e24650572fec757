/* The table of commands: the one place that names them. Dispatch, help and suggestions are made from it. */
#include "commands.h"
#include "session.h"
#include <string.h>

#define STORE                                                                                                          \
    { "STORE", "库", false }
#define FILE_OPERAND                                                                                                   \
    { "FILE", "文件", false }

/* The exit codes of what opens a store. */
#define EXITS_OPENING                                                                                                  \
    (EXIT_CODE(EXIT_DONE) | EXIT_CODE(EXIT_USAGE) | EXIT_CODE(EXIT_REFUSED) | EXIT_CODE(EXIT_MISSING) |                \
     EXIT_CODE(EXIT_UNTRUSTED) | EXIT_CODE(EXIT_BUSY) | EXIT_CODE(EXIT_SYSTEM))

static const struct command commands[] = {
    {.name = "init",
     .operands = {STORE},
     .run = cmd_init,
     .options = OPTION(OPT_AREA) | OPTION(OPT_NAME) | OPTION(OPT_NEW_RECOVERY_FILE) | OPTION(OPT_NEW_OPERATOR) |
                OPTION(OPT_BUREAU) | OPTION(OPT_PASSPHRASE_FILE),
     .required = OPTION(OPT_AREA) | OPTION(OPT_NAME),
     .exits = EXIT_CODE(EXIT_DONE) | EXIT_CODE(EXIT_USAGE) | EXIT_CODE(EXIT_MISSING) | EXIT_CODE(EXIT_SYSTEM),
     .en = "create a store, its first administrator and the recovery key",
     .zh = "新建库、首位管理员和恢复密钥",
     .long_en = "Creates the folder STORE with an empty store for an area and everything within it. The passphrase "
                "has at least 12 characters or six words. The recovery key opens the store when the passphrase is "
                "lost: it is shown once and typed back, or written to a file. Nobody can open a store without one of "
                "the two. A bureau's store (--bureau) has no residents of its own; its public file is printed, to be "
                "given to the stations.",
     .long_zh = "新建文件夹“库”，用于某一区划及其下属各级。口令至少 12 个字符，或六个词。口令遗失时可用恢复密钥打开库："
                "密钥只显示一次，须抄写下来并照样输入核对，也可写入文件。口令和恢复密钥若都遗失，任何人都无法打开该库。"
                "卫生局的库（--bureau）没有自己的居民；建库后输出其公开文件，供发给各站。",
     .example = "healthrec init station.hrs --area 110105 --name 朝阳站"},
    {.name = "import",
     .operands = {STORE, FILE_OPERAND},
     .run = cmd_import,
     .options = OPTION(OPT_AS) | OPTION(OPT_ENCODING) | OPTION(OPT_REJECTS) | OPTION(OPT_DRY_RUN) | OPTION(OPT_FORCE) |
                OPTIONS_OPENING,
     .exits = EXITS_OPENING | EXIT_CODE(EXIT_NO),
     .en = "read a roster, register or entries of a form (CSV with a header row)",
     .zh = "导入名册、登记表或表单记录（带表头的 CSV 文件）",
     .long_en =
         "Stores every good row of FILE at once; a row that breaks a rule is refused by itself. Column names may "
         "be Chinese or English, the encoding UTF-8 or GB18030. Importing the same file again changes nothing. "
         "Import areas first, then institutions, population and residents; then entries of forms, whose rows "
         "say by ID number or file number whom they are about. Ctrl-C stops and leaves the store as it was.",
     .long_zh = "一次存入文件中所有合格的行；不合规则的行被拒收，不影响其他行。列名可用中文或英文，编码可为 UTF-8 或 "
                "GB18030。重复导入同一文件不会产生改动。请先导入区划，再依次导入机构、人口数和居民；表单记录最后导入，"
                "每行用身份证号或档案编号指明居民。按 Ctrl-C 可中断，库保持原样。",
     .example = "healthrec import station.hrs residents.csv --rejects rejects.csv",
     .no_en = "some rows were rejected; the others are stored",
     .no_zh = "部分行被拒收，其余已存入"},
    {.name = "find",
     .operands = {STORE, {"TEXT", "文字", false}},
     .run = cmd_find,
     .options = OPTION(OPT_LIMIT) | OPTION(OPT_FORMAT) | OPTIONS_OPENING,
     .exits = EXITS_OPENING,
     .en = "find residents by name, pinyin initials or a number",
     .zh = "按姓名、拼音首字母或号码查找居民",
     .long_en =
         "TEXT is any part of the name, pinyin initials (wxm finds 王小明), or a whole ID number, file number or "
         "phone number.",
     .long_zh = "文字可以是姓名的任一部分、拼音首字母（wxm 可找到王小明），或完整的身份证号、档案编号、电话号码。",
     .example = "healthrec find station.hrs wxm"},
    {.name = "show",
     .operands = {STORE, {"RESIDENT", "居民", false}},
     .run = cmd_show,
     .options = OPTION(OPT_HISTORY) | OPTION(OPT_JSON) | OPTION(OPT_FORMAT) | OPTIONS_OPENING,
     .exits = EXITS_OPENING,
     .en = "show one resident's whole file, newest entry first",
     .zh = "显示一位居民的全部档案，最新记录在前",
     .long_en =
         "RESIDENT is an ID number, a file number, or # and the number that find shows. In a shell, put '#12' in "
         "quotation marks. Entries that were amended or withdrawn are shown with --history. As CSV only the entries "
         "are given; CSV and JSON always hold all of them.",
     .long_zh = "居民可写身份证号、档案编号，或 # 加 find 列出的编号；在命令行中 '#12' 须加引号。已更正或撤回的记录用 "
                "--history "
                "显示。CSV 格式只含各条记录；CSV 和 JSON 总是包含全部记录。",
     .example = "healthrec show station.hrs '#12'"},
    {.name = "add",
     .operands = {STORE, {"RESIDENT", "居民", false}, {"FORM", "表单", false}},
     .rest_en = "FIELD=VALUE",
     .rest_zh = "字段=值",
     .run = cmd_add,
     .options = OPTION(OPT_DATE) | OPTION(OPT_FORCE) | OPTIONS_OPENING,
     .exits = EXITS_OPENING,
     .en = "add an entry to a resident's health file",
     .zh = "在居民健康档案中新增一条记录",
     .long_en =
         "FIELD is a field's name, or its English or Chinese label; the command columns lists them. Several codes "
         "are parted by ;. Without fields, asks for each on the terminal: Enter skips, - goes back, . skips the rest. "
         "What the form computes is worked out. An entry that contradicts what is known is refused, or stored with "
         "--force.",
     .long_zh =
         "字段可写名称或中英文标签，可用 columns 命令查看；多个代码用分号隔开。不带字段时在终端逐项询问：直接回车"
         "跳过，- 返回上一项，. 跳过其余各项。表单的计算项自动得出。与已知情况矛盾的记录会被拒绝，加 --force "
         "可强制保存。",
     .example = "healthrec add station.hrs '#12' hypertension_followup 收缩压=145 舒张压=90"},
    {.name = "amend",
     .operands = {STORE, {"ENTRY", "记录号", false}},
     .rest_en = "FIELD=VALUE",
     .rest_zh = "字段=值",
     .run = cmd_amend,
     .options = OPTION(OPT_WHY) | OPTION(OPT_WITHDRAW) | OPTION(OPT_FORCE) | OPTIONS_OPENING,
     .required = OPTION(OPT_WHY),
     .exits = EXITS_OPENING,
     .en = "correct or withdraw an entry",
     .zh = "更正或撤回一条记录",
     .long_en =
         "ENTRY is the number that show prints. A new entry takes its place, with the fields that are given instead "
         "of its own; FIELD= takes a field out. The old one stays in the log. --why says why, and is required.",
     .long_zh =
         "记录号见 show 的输出。系统新增一条记录取代原记录，给出的字段取代原值，写“字段=”则去掉该字段；原记录仍保留。"
         "必须用 --why 说明原因。",
     .example = "healthrec amend station.hrs 1234 收缩压=145 --why 抄写错误"},
    {.name = "check",
     .operands = {STORE},
     .run = cmd_check,
     .options = OPTION(OPT_FORMAT) | OPTIONS_OPENING,
     .exits = EXITS_OPENING | EXIT_CODE(EXIT_NO),
     .en = "list entries that contradict others",
     .zh = "列出相互矛盾的记录",
     .long_en =
         "Lists entries that were stored with --force, or that something said later contradicts. Amend or withdraw "
         "whichever is wrong.",
     .long_zh = "列出强制保存的、或与后来情况矛盾的记录。请更正或撤回其中有误的一条。",
     .example = "healthrec check station.hrs",
     .no_en = "something is contradictory",
     .no_zh = "存在矛盾"},
    {.name = "duplicates",
     .operands = {STORE},
     .run = cmd_duplicates,
     .options = OPTION(OPT_FORMAT) | OPTIONS_OPENING,
     .exits = EXITS_OPENING,
     .en = "residents who are likely the same person",
     .zh = "列出可能是同一人的居民",
     .long_en =
         "Lists pairs with the reason: an ID number that differs by a likely mistake, the same name, sex and birth "
         "date, or the same name and phone. unify makes two one.",
     .long_zh = "成对列出并说明理由：身份证号疑似误填，姓名、性别、出生日期相同，或姓名、电话相同。用 unify 合并。",
     .example = "healthrec duplicates station.hrs"},
    {.name = "unify",
     .operands = {STORE, {"RESIDENT", "居民", false}, {"OTHER", "另一居民", false}},
     .run = cmd_unify,
     .options = OPTION(OPT_WHY) | OPTION(OPT_FORCE) | OPTIONS_OPENING,
     .exits = EXITS_OPENING,
     .en = "say that two residents are the same person",
     .zh = "将两位居民合并为同一人",
     .long_en =
         "From then on both are RESIDENT: his own fields prevail, OTHER's fill the gaps, both files are one, and they "
         "count once. It is an entry like any other, and withdrawing it makes them two again.",
     .long_zh =
         "此后两者均为“居民”：以其本人资料为准，另一居民的资料补其空缺，两份档案合为一份，指标中只计一人。合并也是一条"
         "记录，撤回后即恢复为两人。",
     .example = "healthrec unify station.hrs '#12' '#345'"},
    {.name = "restrict",
     .operands = {STORE, {"RESIDENT", "居民", false}},
     .run = cmd_restrict,
     .options = OPTION(OPT_WHY) | OPTIONS_OPENING,
     .required = OPTION(OPT_WHY),
     .exits = EXITS_OPENING,
     .en = "show and change a resident's file no more, on his request",
     .zh = "应居民要求封存其档案",
     .long_en =
         "The file is neither shown nor changed, a roster's row about it is refused, and lists leave him out; he "
         "is counted as before. An emergency call of his is kept and shown in full until it is closed. release "
         "ends it.",
     .long_zh =
         "封存后档案不再显示，也不能改动，名册中有关的行被拒收，名单中不再列出；指标照常计入。其救助呼叫照常登记，"
         "办结前完整显示。可用 release 解除。",
     .example = "healthrec restrict station.hrs '#12' --why 本人要求"},
    {.name = "release",
     .operands = {STORE, {"RESIDENT", "居民", false}},
     .run = cmd_release,
     .options = OPTION(OPT_WHY) | OPTIONS_OPENING,
     .required = OPTION(OPT_WHY),
     .exits = EXITS_OPENING,
     .en = "show a restricted file again",
     .zh = "解除档案的封存",
     .long_en = "The file is again as it was. RESIDENT is named as in show.",
     .long_zh = "档案恢复原状。居民的写法同 show。",
     .example = "healthrec release station.hrs '#12' --why 本人要求"},
    {.name = "erase",
     .operands = {STORE, {"RESIDENT", "居民", false}},
     .run = cmd_erase,
     .options = OPTION(OPT_YES) | OPTIONS_OPENING,
     .exits = EXITS_OPENING,
     .en = "erase a restricted file for good",
     .zh = "永久删除已封存的档案",
     .long_en = "Of the file only what is counted is left, without name, number or text, so no figure changes; the "
                "store gets new keys, so nobody else may have it open. The file must be restricted, and its newest "
                "entry of care so old as the register retention says (15 years if it says nothing). Asks for the "
                "resident's number, unless --yes is given. Backups made before still hold the file.",
     .long_zh = "档案只留下用于统计的内容，不含姓名、号码和文字，指标不变；同时更换库的密钥，因此其间不能有其他程序打开"
                "本库。档案须已封存，且最近一次诊疗服务已满登记表 retention 规定的年限（未设时为 15 年）。执行前须输入"
                "居民编号确认，加 --yes 则不询问。此前的备份中仍有该档案。",
     .example = "healthrec erase station.hrs '#12'"},
    {.name = "rates",
     .operands = {STORE},
     .run = cmd_rates,
     .options = OPTION(OPT_AS_OF) | OPTION(OPT_WITHIN) | OPTION(OPT_BY) | OPTION(OPT_INDICATOR) | OPTION(OPT_SET) |
                OPTION(OPT_KNOWN_AT) | OPTION(OPT_FORMAT) | OPTIONS_OPENING,
     .exits = EXITS_OPENING,
     .en = "the figures: who has a file, what is computerized",
     .zh = "各项指标：建档率、微机化率等",
     .long_en =
         "For each area and indicator: numerator, denominator, rate, target, and how many are missing "
         "(shortfall). A rate that reads 90.00 % has met 90 %: it is cut off, not rounded. A date of 2003 means "
         "2003-12-31, and 2003-06 means 2003-06-30. With --known-at, figures are as they were known then: equal to "
         "what was printed at that moment.",
     .long_zh =
         "按区划和指标列出分子、分母、比率、目标和尚缺数。比率只舍不入，显示 90.00% 即已达到 90%。日期写 2003 指 "
         "2003-12-31，写 2003-06 指 2003-06-30。加 --known-at 则按当时已知的情况计算，与当时打印的一致。",
     .example = "healthrec rates station.hrs --as-of 2003-12-31 --by street"},
    {.name = "trend",
     .operands = {STORE},
     .run = cmd_trend,
     .options = OPTION(OPT_INDICATOR) | OPTION(OPT_FROM) | OPTION(OPT_TO) | OPTION(OPT_EVERY) | OPTION(OPT_WITHIN) |
                OPTION(OPT_KNOWN_AT) | OPTION(OPT_FORMAT) | OPTIONS_OPENING,
     .required = OPTION(OPT_INDICATOR) | OPTION(OPT_FROM),
     .exits = EXITS_OPENING,
     .en = "an indicator by month, quarter or year",
     .zh = "某项指标的逐月、逐季或逐年变化",
     .long_en = "The figures of one area at the end of each period, and on the last day.",
     .long_zh = "列出某一区划在每个时段末及截止日的指标。",
     .example = "healthrec trend station.hrs --indicator elderly_files --from 2001 --to 2005"},
    {.name = "export",
     .operands = {STORE},
     .run = cmd_export,
     .options = OPTION(OPT_TO_STORE) | OPTION(OPT_LEVEL) | OPTION(OPT_AGAIN) | OPTION(OPT_FINGERPRINT) |
                OPTION(OPT_PUBLIC) | OPTION(OPT_AS_OF) | OPTION(OPT_WITHIN) | OPTION(OPT_BY) | OPTION(OPT_INDICATOR) |
                OPTION(OPT_SET) | OPTION(OPT_HIDE) | OPTION(OPT_LIST) | OPTION(OPT_OUTPUT) | OPTION(OPT_FORMAT) |
                OPTIONS_OPENING,
     .exits = EXITS_OPENING,
     .en = "a bundle for the bureau, or a table for the public",
     .zh = "生成给卫生局的上报包，或公开统计表",
     .long_en =
         "With --to BUREAU.pub -o FILE: the next bundle for that bureau, encrypted for it, and its signature in "
         "FILE.minisig. It holds what was entered since the bundle before: figures only, or (--level persons) what is "
         "counted of each resident, under a pseudonym. No names, numbers, addresses, telephone numbers or texts. "
         "Bundles are received in the order of their numbers; take in the receipt that comes back with receive.\n\n"
         "With --public: the figures of an area, with --by those of all tiers from there down to that one. Counts of "
         "persons from 1 to 9 are hidden, and with them so many others that none can be worked out, also not with "
         "what was published before, which the log keeps. A day is published once: its figures stay as they were "
         "then. Hidden cells are empty, and the column hidden says so.",
     .long_zh =
         "加 --to 卫生局.pub -o "
         "文件：生成给该卫生局的下一个上报包（只有该局能解密），签名在“文件.minisig”中。包内为自上一包"
         "以来登记的内容：只含汇总数，或（--level persons）以假名逐人上报计入统计的内容；不含姓名、证件号、住址、电话和"
         "文字说明。上报包须按包号依次接收；收到回执后请用 receive 导入。\n\n"
         "加 --public：列出某一区划的指标；加 --by 则列出自该区划至该层级的各级。1 至 9 的人数予以隐去，并连带隐去"
         "其他若干数据，使其无法推算，结合以往公布的数据也不能；以往公布的内容留存于日志。同一日期的数据只公布"
         "一次，此后不变。隐去的单元格留空，并在 hidden 列注明。",
     .example = "healthrec export station.hrs --to bureau.pub -o station-1.age"},
    {.name = "receive",
     .operands = {STORE, {"FILE", "文件", false}},
     .rest_en = "FILE",
     .rest_zh = "文件",
     .run = cmd_receive,
     .options = OPTION(OPT_RECEIPT_AGAIN) | OPTION(OPT_OUTPUT) | OPTIONS_OPENING,
     .exits = EXITS_OPENING,
     .en = "take in bundles, receipts and linkage keys",
     .zh = "接收上报包、回执和关联密钥",
     .long_en =
         "A bureau receives stations' bundles, any number and in any order of stations; those of one station are "
         "taken in the order of their numbers. Each is checked before anything of it is believed (signature, sender, "
         "receiver, number, totals, the sender's log), is counted once, and gets a signed receipt in FILE.receipt, or "
         "where -o says: send it back. A station receives receipts and linkage keys. FILE.minisig must lie beside "
         "FILE.",
     .long_zh =
         "卫生局用来接收各站的上报包，数量和各站先后不限；同一站的按包号依次接收。每包先核验（签名、来源、接收方、"
         "包号、控制总数、对方记录链）再计入，只计一次，并生成签名回执“文件.receipt”（或 -o 指定的文件），请发回"
         "该站。服务站用来接收回执和关联密钥。“文件.minisig”须与文件放在一起。",
     .example = "healthrec receive bureau.hrs inbox/*.age"},
    {.name = "inspect",
     .operands = {{"FILE", "文件", false}},
     .run = cmd_inspect,
     .options = OPTION(OPT_FORMAT),
     .exits = EXIT_CODE(EXIT_DONE) | EXIT_CODE(EXIT_USAGE) | EXIT_CODE(EXIT_MISSING) | EXIT_CODE(EXIT_SYSTEM),
     .en = "what a bundle, receipt or public file says",
     .zh = "查看上报包、回执或公开文件的自述内容",
     .long_en =
         "Needs no store and no key: who it is from and for, its number, how long it is, its hash. What is inside a "
         "bundle only its receiver can read.",
     .long_zh = "无需库和密钥：来自何处、发往何处、包号、长度和哈希。上报包的内容只有接收方能读。",
     .example = "healthrec inspect station-1.age"},
    {.name = "bundles",
     .operands = {STORE},
     .run = cmd_bundles,
     .options = OPTION(OPT_FORMAT) | OPTIONS_OPENING,
     .exits = EXITS_OPENING,
     .en = "bundles sent and received",
     .zh = "列出已上报和已接收的上报包",
     .long_en =
         "Lists them by the other store and number; of those sent, when the bureau received them, by its receipt.",
     .long_zh = "按对方和包号列出；已上报的同时列出卫生局回执所载的接收时间。",
     .example = "healthrec bundles station.hrs"},
    {.name = "list",
     .operands = {STORE},
     .run = cmd_list,
     .options = OPTION(OPT_COHORT) | OPTION(OPT_WITHOUT) | OPTION(OPT_AS_OF) | OPTION(OPT_WITHIN) | OPTION(OPT_FORMAT) |
                OPTIONS_OPENING,
     .required = OPTION(OPT_COHORT),
     .exits = EXITS_OPENING,
     .en = "the residents behind a shortfall",
     .zh = "列出缺口对应的居民",
     .long_en = "Lists who counts in a cohort on a day, or only those of them who lack something: file (no health "
                "file), computerized (a file that is not computerized), service (a rehabilitation need that is not "
                "served), exam (elderly who were not examined in that year).",
     .long_zh = "列出某日属于某人群的居民，或只列其中有所缺的：file（未建档）、computerized（已建档但未微机化）、"
                "service（有康复需求但未接受服务）、exam（老年人当年未体检）。",
     .example = "healthrec list station.hrs --cohort elderly --without file"},
    {.name = "indicators",
     .operands = {STORE},
     .run = cmd_indicators,
     .options = OPTION(OPT_FORMAT) | OPTIONS_OPENING,
     .exits = EXITS_OPENING,
     .en = "what each indicator means",
     .zh = "各项指标的含义",
     .long_en =
         "Lists each indicator with its numerator, denominator, target, due date and source; those of the plan, of "
         "the national standard, and this store's own. A small CSV file sets targets and defines further ones: "
         "import it with --as indicators; \"columns STORE indicators\" says what it holds.",
     .long_zh = "列出各项指标的分子、分母、目标、期限和依据，包括规划指标、国家规范指标和本库自定指标。可用一个小的 "
                "CSV 文件设定"
                "目标或新增指标：用 import --as indicators 导入，各列见“columns 库 indicators”。",
     .example = "healthrec indicators station.hrs"},
    {.name = "tallies",
     .operands = {STORE},
     .run = cmd_tallies,
     .options = OPTION(OPT_FORMAT) | OPTIONS_OPENING,
     .exits = EXITS_OPENING,
     .en = "what can be counted, for further indicators",
     .zh = "可用于新增指标的计数项",
     .long_en = "A further indicator divides one of these by another.",
     .long_zh = "新增指标为其中两项之比。",
     .example = "healthrec tallies station.hrs"},
    {.name = "forms",
     .operands = {STORE},
     .run = cmd_forms,
     .options = OPTION(OPT_FORMAT) | OPTIONS_OPENING,
     .exits = EXITS_OPENING,
     .en = "the forms: rosters, registers and entries of health files",
     .zh = "全部表单：名册、登记表和健康档案记录",
     .long_en = "Lists what import --as and add take.",
     .long_zh = "列出 import --as 和 add 可用的表单。",
     .example = "healthrec forms station.hrs"},
    {.name = "columns",
     .operands = {STORE, {"FORM", "表单", true}},
     .run = cmd_columns,
     .options = OPTION(OPT_FORMAT) | OPTIONS_OPENING,
     .exits = EXITS_OPENING,
     .en = "the columns of a roster, a register or a form",
     .zh = "名册、登记表或表单的列",
     .long_en =
         "FORM is residents, areas, institutions, population or another form that the command forms lists. For each "
         "field: labels, whether it is required, type, unit, range and codes. Without FORM, lists the forms.",
     .long_zh = "表单为 residents（居民）、areas（区划）、institutions（机构）、population（人口数）或 forms "
                "命令列出的其他表单。逐项列出标签、是否必填、类型、单位、范围和代码；不写表单时列出全部表单。",
     .example = "healthrec columns station.hrs residents"},
    {.name = "call",
     .operands = {STORE, {"ACTION", "操作", false}, {"CALL", "呼叫编号", true}},
     .run = cmd_call,
     .options = OPTION(OPT_DEVICE) | OPTION(OPT_PHONE) | OPTION(OPT_SIGNAL) | OPTION(OPT_MESSAGE) |
                OPTION(OPT_OUTCOME) | OPTION(OPT_WHO) | OPTION(OPT_NOTE) | OPTION(OPT_TIME) | OPTION(OPT_ALL) |
                OPTION(OPT_FROM) | OPTION(OPT_TO) | OPTION(OPT_BY) | OPTION(OPT_FORMAT) | OPTIONS_OPENING,
     .exits = EXITS_OPENING,
     .en = "emergency calls: raise, answer, close, list",
     .zh = "救助呼叫：登记、应答、办结、查看",
     .long_en =
         "ACTION is raise (with --device or --phone: keeps the call and prints what a responder needs), show CALL "
         "(the same once more), answer CALL, close CALL (with --outcome), list (the queue; with --all, --from or --to "
         "all calls), or times (how long callers waited; --by TIER for each area). Who answered or closed is said by "
         "--who, or by --by. A call of an unknown device is kept and marked.",
     .long_zh =
         "操作为 raise（用 --device 或 --phone 登记呼叫，并显示急救所需信息）、show 呼叫编号（再次显示）、answer "
         "呼叫编号（应答）、close 呼叫编号（办结，须给 --outcome）、list（待处理队列；加 --all、--from 或 --to "
         "为全部呼叫）或 times（应答用时；可用 --by 层级 分列）。应答人或办结人用 --who 或 --by 给出。"
         "呼叫器无人登记时，呼叫照样保存并注明。",
     .example = "healthrec call station.hrs raise --device HJ0001234"},
    {.name = "operator",
     .operands = {STORE, {"ACTION", "操作", false}, {"NAME", "名称", true}},
     .run = cmd_operator,
     .options = OPTION(OPT_ROLE) | OPTION(OPT_NEW_PASSPHRASE_FILE) | OPTION(OPT_NEW_KEY_FILE) | OPTION(OPT_FORMAT) |
                OPTIONS_OPENING,
     .exits = EXITS_OPENING,
     .en = "who may open the store",
     .zh = "管理可打开库的操作员",
     .long_en =
         "ACTION is list, add NAME (with --role), remove NAME (which gives the store new keys, as rotate does), "
         "passphrase [NAME] (one's own, or as administrator another's), recover [NAME] (opens with the recovery key "
         "and "
         "sets the passphrase of an administrator who has lost his), or recovery-key (another recovery key in place of "
         "the present one). An admin does everything; a clinician reads and writes health files; a statistician has no "
         "key to the health files and sees figures alone; an auditor reads and verifies. New passphrases have at least "
         "12 characters or six words; they are asked for, or read from --new-passphrase-file.",
     .long_zh =
         "操作为 list（列出）、add 名称（新增，须给 --role）、remove 名称（移除，并像 rotate "
         "一样更换密钥）、passphrase [名称]"
         "（更换自己的口令；管理员可重设他人口令）、recover [名称]（用恢复密钥打开，重设遗失口令的管理员的口令）或 "
         "recovery-"
         "key（更换恢复密钥）。admin（管理员）可做一切；clinician（医护人员）读写健康档案；statistician（统计员）没有"
         "健康档案的密钥，只能看统计数据；auditor（审计员）只能查阅和核验。新口令至少 12 "
         "个字符或六个词，在终端输入，或用 "
         "--new-passphrase-file 给出。",
     .example = "healthrec operator station.hrs add 王护士 --role clinician"},
    {.name = "rotate",
     .operands = {STORE},
     .run = cmd_rotate,
     .options = OPTIONS_OPENING,
     .exits = EXITS_OPENING,
     .en = "give the store new keys",
     .zh = "更换库的密钥",
     .long_en =
         "Writes both databases anew under new keys, compares them with the old ones, and then removes those. "
         "Passphrases stay as they are. Needs as much free space as the store takes, and that nobody else has it "
         "open. Whenever it is interrupted, the store opens as before; run it again then.",
     .long_zh = "用新密钥重写两个数据库，与原库逐行比对后再删除旧文件。口令不变。需要与库同样大小的剩余空间，且没有其他"
                "程序打开"
                "该库。中途被打断时库仍可照常打开，重新运行即可。",
     .example = "healthrec rotate station.hrs"},
    {.name = "public",
     .operands = {STORE},
     .run = cmd_public,
     .options = OPTION(OPT_OUTPUT) | OPTION(OPT_RENEW) | OPTIONS_OPENING,
     .exits = EXITS_OPENING,
     .en = "the store's public file, for those who exchange with it",
     .zh = "输出本库的公开文件，供交换数据的各方使用",
     .long_en =
         "Prints the public halves of the store's own keys, signed with them: a station's for its bureau, a bureau's "
         "for its stations. Says the file's fingerprint: whoever takes the file must compare it with you over the "
         "telephone. With --renew, an administrator draws new keys.",
     .long_zh = "输出本库密钥对的公开部分，并附自签名：站点的交给卫生局，卫生局的发给各站。同时显示文件的指纹，"
                "接收方须打电话与您比对。加 --renew 则由管理员更换密钥对。",
     .example = "healthrec public station.hrs -o station.pub"},
    {.name = "peer",
     .operands = {STORE, {"ACTION", "操作", false}, {"FILE|ID", "文件或库编号", true}},
     .run = cmd_peer,
     .options = OPTION(OPT_FINGERPRINT) | OPTION(OPT_FORMAT) | OPTIONS_OPENING,
     .exits = EXITS_OPENING,
     .en = "other stores whose keys are trusted",
     .zh = "管理已确认公钥的其他库",
     .long_en =
         "ACTION is list, add FILE (another store's public file), or remove ID (as list shows it). Ring up the "
         "file's owner by a number that you know, not one that came with the file, and compare the fingerprint: add "
         "asks for its last group then, or takes the whole of it with --fingerprint. Only an administrator adds and "
         "removes.",
     .long_zh =
         "操作为 list（列出）、add 文件（加入另一库的公开文件）或 remove 库编号（移除，编号见 list）。加入前请打电话给"
         "对方比对指纹，所用号码须是您本来就知道的，不要用随文件附来的号码；add 会要求输入指纹的最后一组，也可用 "
         "--fingerprint 给出完整指纹。只有管理员可以加入和移除。",
     .example = "healthrec peer station.hrs add bureau.pub"},
    {.name = "linkage",
     .operands = {STORE, {"ACTION", "操作", false}, {"FILE", "文件", true}},
     .run = cmd_linkage,
     .options = OPTION(OPT_YEAR) | OPTION(OPT_TO_STORE) | OPTION(OPT_OUTPUT) | OPTION(OPT_FORMAT) | OPTIONS_OPENING,
     .exits = EXITS_OPENING,
     .en = "the year's key by which a person counts once",
     .zh = "管理各年度的关联密钥，使同一人只计一次",
     .long_en =
         "ACTION is issue (a bureau: with --year, --to and -o, writes the year's key, encrypted for that peer, and its "
         "signature in .minisig), receive FILE (keeps what the bureau issued), or list. Stations make tokens of "
         "persons with it. Whoever has the key can find out whose a token is by trying ID numbers, of which there are "
         "few for a county and a birth date: so it is issued to peers alone, and another one every year.",
     .long_zh =
         "操作为 issue（卫生局签发：用 --year、--to 和 -o 写出该年度密钥，加密给该库，并附 .minisig 签名）、receive "
         "文件（接收卫生局签发的密钥）或 list（列出）。各站用它生成人员标识。持有密钥者可逐个试算身份证号，从而得知"
         "标识属于何人（同一区县、同一出生日期的号码并不多），因此密钥只发给已确认的库，并且每年更换。",
     .example = "healthrec linkage bureau.hrs issue --year 2026 --to a.pub -o a.age"},
    {.name = "merge",
     .operands = {STORE, {"OTHER", "另一库", false}},
     .run = cmd_merge,
     .options = OPTION(OPT_OTHER_OPERATOR) | OPTION(OPT_OTHER_PASSPHRASE_FILE) | OPTIONS_OPENING,
     .exits = EXITS_OPENING,
     .en = "take over what another copy or station has entered",
     .zh = "并入另一副本或站点登记的内容",
     .long_en =
         "OTHER is a copy of this store, such as a home-visit laptop's that was restored from a backup, or the store "
         "of a station within this one's area. Every entry that is new here is taken over; each field is as it was "
         "last said, and where both said different things, conflicts lists it. OTHER is not changed, but for its log, "
         "which says that it was read: to bring it up to date as well, merge the other way round. Operators and keys "
         "stay each store's own. Merging again changes nothing. Ctrl-C stops and leaves the store as it was.",
     .long_zh =
         "“另一库”可以是本库的副本（如由备份恢复、供入户随访的笔记本电脑上的库），也可以是本库辖区内另一站点的库。"
         "本库没有的记录全部并入；各字段以最后登记的为准，双方所填不同的由 conflicts 列出。另一库除在日志中记下被读取外"
         "不作改动；如需其同步更新，请反向再合并一次。操作员和密钥仍归各库自有。重复合并不会产生改动。按 Ctrl-C "
         "可中断，库保持原样。",
     .example = "healthrec merge station.hrs /media/usb/laptop.hrs"},
    {.name = "conflicts",
     .operands = {STORE},
     .run = cmd_conflicts,
     .options = OPTION(OPT_FORMAT) | OPTIONS_OPENING,
     .exits = EXITS_OPENING | EXIT_CODE(EXIT_NO),
     .en = "list what merging could not settle",
     .zh = "列出合并后待人工核定的内容",
     .long_en =
         "Lists fields that two copies filled in differently without knowing of each other (the value that holds is "
         "the one said last), numbers that two residents have, and files that the other copy erased. Amend the "
         "entry with the value that holds, also with the same value if it is right (show --history prints its number); "
         "unify the two residents or correct one's number; or erase the file here as well: then it is listed no more. "
         "In a bureau's store it also lists what stations corrected since they had reported it, with the earlier "
         "value: that needs nothing done and stays listed.",
     .long_zh =
         "列出：两个副本互不知情而填写不同的字段（现用值为最后登记的值）、两位居民共有的号码、另一副本已删除的档案。"
         "请用 amend 更正现用值所在的记录（记录号见 show "
         "--"
         "history；该值正确时照原值再登记一次），合并两位居民或更正其中一人的号码，或在本库也删除该档案；处理后即不再列"
         "出。在卫生局的库中还列出各站对已上报内容的更正，并附原值；更正无须处理，一直列出。",
     .example = "healthrec conflicts station.hrs",
     .no_en = "something is left to decide",
     .no_zh = "有待核定的内容"},
    {.name = "log",
     .operands = {STORE},
     .run = cmd_log,
     .options = OPTION(OPT_RESIDENT) | OPTION(OPT_BY_OPERATOR) | OPTION(OPT_KIND) | OPTION(OPT_FROM) | OPTION(OPT_TO) |
                OPTION(OPT_LIMIT) | OPTION(OPT_HEAD) | OPTION(OPT_FORMAT) | OPTIONS_OPENING,
     .exits = EXITS_OPENING,
     .en = "who did what: every entry, reading and export",
     .zh = "查看日志：谁在何时登记、查阅、导出了什么",
     .long_en =
         "Lists the log, newest entry first: what was entered, whose file was read, which lists were looked at, what "
         "was taken out, failed attempts to open the store, and when the clock was set back. Of what was entered about "
         "a resident it names the fields, not what they say. With --head, prints the signed head of the log instead: "
         "file it every day, and verify --against finds whatever was rewritten since.",
     .long_zh =
         "列出日志，最新的在前：登记了什么、查阅了谁的档案、查看了哪些名单、导出了什么、解锁失败、时钟倒退。"
         "居民的记录只列字段名称，不列内容。加 --head 则打印经签名的记录链链头：每日留存，日后用 verify --against "
         "可查出其后的任何改写。",
     .example = "healthrec log station.hrs --resident '#12' --from 2003-12"},
    {.name = "verify",
     .operands = {STORE},
     .run = cmd_verify,
     .options = OPTION(OPT_AGAINST) | OPTION(OPT_FORMAT) | OPTIONS_OPENING,
     .exits = EXITS_OPENING | EXIT_CODE(EXIT_NO),
     .en = "check that nothing was damaged or altered",
     .zh = "核验库是否完好、未被篡改",
     .long_en = "Checks every page, every entry's hash and signature and the chain of the log, the key slots, works "
                "everything out again from the log and compares. Prints a row for each finding. --against takes a head "
                "that log --head printed earlier: it finds whatever was rewritten since, even by somebody who has all "
                "the keys.",
     .long_zh = "检查每一页、每条记录的校验值与签名、整条记录链和密钥槽，根据记录重新推算全部数据并逐一比对。每发现一处"
                "问题输出一行。"
                "--against 给出以前用 log --head 打印的链头，可查出此后的任何改写，即使改写者握有全部密钥。",
     .example = "healthrec verify station.hrs",
     .no_en = "something was found",
     .no_zh = "发现问题"},
    {.name = "backup",
     .operands = {STORE, FILE_OPERAND},
     .run = cmd_backup,
     .options = OPTIONS_OPENING,
     .exits = EXITS_OPENING,
     .en = "write the whole store into one encrypted file",
     .zh = "把整个库备份成一个加密文件",
     .long_en =
         "Writes the store as of one moment, while others may go on using it, reads it back, and only then gives "
         "FILE its name. It opens with the same passphrases as the store.",
     .long_zh = "备份库在某一时刻的完整内容，其间其他程序可照常使用；回读校验无误后才生成该文件。备份的口令与库相同。",
     .example = "healthrec backup station.hrs /media/usb/station-2003-12-31.backup"},
    {.name = "restore",
     .operands = {FILE_OPERAND, STORE},
     .run = cmd_restore,
     .options = OPTIONS_OPENING,
     .exits = EXITS_OPENING & ~EXIT_CODE(EXIT_BUSY),
     .en = "make a store from a backup",
     .zh = "由备份恢复成库",
     .long_en = "Checks the backup and makes the folder STORE from it, which must not exist yet.",
     .long_zh = "校验备份，并由它建立文件夹“库”；该文件夹不能已经存在。",
     .example = "healthrec restore station-2003-12-31.backup station.hrs"},
    {.name = "help",
     .operands = {{"COMMAND", "命令", true}},
     .run = cmd_help,
     .exits = EXIT_CODE(EXIT_DONE) | EXIT_CODE(EXIT_USAGE) | EXIT_CODE(EXIT_SYSTEM),
     .en = "explain a command",
     .zh = "说明某个命令",
     .long_en = "Says what a command does, takes and gives back; without COMMAND, lists them all.",
     .long_zh = "说明命令的作用、参数和退出码；不带参数时列出全部命令。",
     .example = "healthrec help rates"},
};

const struct command *command_at(size_t index) {
    return index < sizeof commands / sizeof *commands ? &commands[index] : NULL;
}

const struct command *command_named(const char *name) {
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

/* ---- the nearest name ---- */

enum { NAME_MAX_LENGTH = 32 };

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

/* How many letters must be changed, added, left out or swapped with the next to get from one to the other. */
static size_t distance(const char *from, const char *to) {
    size_t rows[3][NAME_MAX_LENGTH + 1], width = strlen(to), height = strlen(from);
    size_t *before = rows[0], *last = rows[1], *now = rows[2];
    for (size_t j = 0; j <= width; j++)
        last[j] = j;
    for (size_t i = 1; i <= height; i++) {
        now[0] = i;
        for (size_t j = 1; j <= width; j++) {
            now[j] = least(least(last[j], now[j - 1]) + 1, last[j - 1] + (from[i - 1] != to[j - 1]));
            if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1])
                now[j] = least(now[j], before[j - 2] + 1);
        }
        size_t *free_row = before;
        before = last;
        last = now;
        now = free_row;
    }
    return last[width];
}

const struct command *command_nearest(const char *name) {
    const struct command *nearest = NULL;
    size_t length = strlen(name), fewest = length / 2 < 3 ? length / 2 : 3;
    if (length > NAME_MAX_LENGTH)
        return NULL;
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        size_t changes = distance(name, commands[i].name);
        if (changes <= fewest && (!nearest || changes < fewest)) {
            nearest = &commands[i];
            fewest = changes;
        }
    }
    return nearest;
}
