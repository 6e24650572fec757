/* What happens to the store itself: who may open it, with which keys, who read what, what left it. No program types
 * these; the library says them (record/events.h). */
#include "record/form.h"

enum { MOST = 2000000000, HEX_KEY = 64 };
#define NUMBER_MOST INT64_C(99999999999)

/* ---- operators and keys ---- */

static const hr_code actions[] = {
    {HR_OPERATOR_ADDED, "\"added\"", "added", "新增", ""},
    {HR_OPERATOR_REMOVED, "\"removed\"", "removed", "移除", ""},
    {HR_OPERATOR_PASSPHRASE, "\"passphrase\"", "new passphrase", "更换口令", ""},
    {HR_OPERATOR_RECOVERY, "\"recovery_key\"", "new recovery key", "更换恢复密钥", ""},
    {-1, NULL, NULL, NULL, NULL},
};

static const hr_code roles[] = {
    {1, "\"admin\"", "admin", "管理员", ""},
    {2, "\"clinician\"", "clinician", "医护人员", ""},
    {3, "\"statistician\"", "statistician", "统计员", ""},
    {4, "\"auditor\"", "auditor", "审计员", ""},
    {5, "\"recovery\"", "recovery key", "恢复密钥", ""},
    {-1, NULL, NULL, NULL, NULL},
};

static const hr_field operator_fields[EO_COUNT] = {
    [EO_ACTION] = {"action", "action", "操作", "", HR_FIELD_CODE, .required = true, .codes = actions},
    [EO_OPERATOR] = {"operator", "operator", "操作员", "", HR_FIELD_TEXT, .required = true, .size = 64},
    [EO_ROLE] = {"role", "role", "角色", "", HR_FIELD_CODE, .required = true, .codes = roles},
    [EO_KEY] = {"key", "signing key", "签名公钥", "", HR_FIELD_TEXT, .size = HEX_KEY},
};

static const hr_field rotate_fields[ER_COUNT] = {
    [ER_GENERATION] = {"generation", "generation", "密钥代次", "", HR_FIELD_COUNT, .required = true, .least = 2,
                       .most = MOST},
};

/* ---- access ---- */

static const hr_code reads[] = {
    {HR_READ_FILE, "\"file\"", "health file", "健康档案", ""},
    {HR_READ_CARD, "\"card\"", "card of an emergency call", "救助信息卡", ""},
    {-1, NULL, NULL, NULL, NULL},
};

static const hr_field read_fields[EA_COUNT] = {
    [EA_RESIDENT] = {"resident", "resident", "居民编号", "", HR_FIELD_COUNT, .required = true, .least = 1,
                     .most = NUMBER_MOST},
    [EA_WHAT] = {"what", "what", "内容", "", HR_FIELD_CODE, .required = true, .codes = reads},
};

static const hr_code searches[] = {
    {HR_SEARCH_FIND, "\"find\"", "find", "查找", ""},
    {HR_SEARCH_LIST, "\"list\"", "list", "名单", ""},
    {HR_SEARCH_DUPLICATES, "\"duplicates\"", "duplicates", "疑似重复", ""},
    {HR_SEARCH_CHECK, "\"check\"", "check", "矛盾记录", ""},
    {HR_SEARCH_CALLS, "\"calls\"", "calls", "呼叫列表", ""},
    {HR_SEARCH_CONFLICTS, "\"conflicts\"", "conflicts", "冲突", ""},
    {-1, NULL, NULL, NULL, NULL},
};

static const hr_field search_fields[ES_COUNT] = {
    [ES_WHAT] = {"what", "what", "内容", "", HR_FIELD_CODE, .required = true, .codes = searches},
    [ES_RESIDENTS] = {"count", "residents", "人数", "", HR_FIELD_COUNT, .most = MOST},
    [ES_DETAIL] = {"detail", "detail", "条件", "", HR_FIELD_TEXT, .size = 512},
};

static const hr_code exports[] = {
    {HR_EXPORT_BACKUP, "\"backup\"", "backup", "备份", ""},
    {HR_EXPORT_MERGE, "\"merge\"", "merged into another store", "合并到其他库", ""},
    {HR_EXPORT_BUNDLE, "\"bundle\"", "bundle for a bureau", "上报包", ""},
    {HR_EXPORT_LINKAGE, "\"linkage\"", "linkage key", "关联密钥", ""},
    {-1, NULL, NULL, NULL, NULL},
};

static const hr_field export_fields[EX_COUNT] = {
    [EX_WHAT] = {"what", "what", "内容", "", HR_FIELD_CODE, .required = true, .codes = exports},
    [EX_DETAIL] = {"detail", "detail", "说明", "", HR_FIELD_TEXT, .size = 512},
};

static const hr_field unlock_fields[EU_COUNT] = {
    [EU_ATTEMPTS] = {"attempts", "attempts", "次数", "", HR_FIELD_COUNT, .required = true, .most = MOST},
    [EU_FIRST] = {"first", "first", "首次", "", HR_FIELD_MOMENT, .meaning_en = "when the first was made",
                  .meaning_zh = "首次尝试的时间"},
    [EU_LAST] = {"last", "last", "末次", "", HR_FIELD_MOMENT, .meaning_en = "when the last was made",
                 .meaning_zh = "末次尝试的时间"},
    [EU_OPERATORS] = {"operators", "operators", "操作员", "", HR_FIELD_TEXT, .size = 512},
    /* what was kept of the attempts could not be read, or not all of it */
    [EU_DAMAGED] = {"damaged", "record of them damaged", "留存记录损坏", "", HR_FIELD_CODE, .codes = hr_codes_yes_no},
};

static const hr_field clock_fields[EC_COUNT] = {
    [EC_FROM] = {"from", "from", "原时间", "", HR_FIELD_MOMENT, .required = true},
    [EC_TO] = {"to", "to", "现时间", "", HR_FIELD_MOMENT, .required = true},
};

/* ---- what came from elsewhere ---- */

static const hr_field merge_fields[EM_COUNT] = {
    [EM_STORE] = {"store", "store", "来源库", "", HR_FIELD_TEXT, .required = true, .size = 64},
    [EM_ENTRIES] = {"entries", "entries", "记录数", "", HR_FIELD_COUNT, .required = true, .least = 0,
                    .most = NUMBER_MOST},
    [EM_LEFT_OUT] = {"left_out", "left out", "未合并数", "", HR_FIELD_COUNT, .least = 0, .most = NUMBER_MOST},
};

/* ---- keys that are not for opening the store ---- */

static const hr_field identity_fields[EI_COUNT] = {
    [EI_FINGERPRINT] = {"fingerprint", "fingerprint", "指纹", "", HR_FIELD_TEXT, .required = true, .size = 39},
    [EI_AGE] = {"age", "age identity", "age 私钥", "", HR_FIELD_TEXT, .required = true, .secret = true,
                .size = HEX_KEY},
    [EI_SIGN] = {"sign", "signing seed", "签名种子", "", HR_FIELD_TEXT, .required = true, .secret = true,
                 .size = HEX_KEY},
};

static const hr_field linkage_fields[EL_COUNT] = {
    [EL_YEAR] = {"year", "year", "年度", "", HR_FIELD_COUNT, .required = true, .least = 2000, .most = 2199},
    [EL_FROM] = {"from", "from", "来源库", "", HR_FIELD_TEXT, .size = 32}, /* not given: it was drawn here */
    [EL_KEY] = {"key", "key", "密钥", "", HR_FIELD_TEXT, .required = true, .secret = true, .size = HEX_KEY},
};

/* ---- tables for the public (indicator/public.c) ---- */

static const hr_code tiers[] = {
    {HR_TIER_CITY, "\"city\"", "city", "市", ""},
    {HR_TIER_DISTRICT, "\"district\"", "district", "区", ""},
    {HR_TIER_STREET, "\"street\"", "street", "街道", ""},
    {HR_TIER_COMMITTEE, "\"committee\"", "committee", "居委会", ""},
    {-1, NULL, NULL, NULL, NULL},
};

static const hr_field publication_fields[EP_COUNT] = {
    [EP_AS_OF] = {"as_of", "as of", "截止日期", "", HR_FIELD_DATE, .required = true},
    [EP_KNOWN] = {"known", "by the entries up to", "依据记录至", "", HR_FIELD_COUNT, .required = true, .least = 1,
                  .most = NUMBER_MOST},
    [EP_WITHIN] = {"within", "within", "区划", "", HR_FIELD_AREA, .required = true},
    [EP_BY] = {"by", "by", "层级", "", HR_FIELD_CODE, .codes = tiers},
    [EP_INDICATORS] = {"indicators", "indicators", "指标", "", HR_FIELD_TEXT, .required = true, .size = 2560},
    /* what these divided then: "files/residents*"; *: by the official figure, where there is one */
    [EP_RATIOS] = {"ratios", "ratios", "计数项", "", HR_FIELD_TEXT, .required = true, .size = 2560},
    [EP_HIDE] = {"hide", "hiding counts up to", "隐去计数至", "", HR_FIELD_COUNT, .required = true, .least = 1,
                 .most = MOST},
    [EP_RULE] = {"rule", "rule", "规则版本", "", HR_FIELD_COUNT, .required = true, .least = 1, .most = MOST},
};

#define EVENT(name, en_, zh_)                                                                                          \
    const hr_form hr_form_##name = {.kind = #name,                                                                     \
                                    .plural = #name,                                                                   \
                                    .en = (en_),                                                                       \
                                    .zh = (zh_),                                                                       \
                                    .about = HR_ABOUT_STORE,                                                           \
                                    .fields = name##_fields,                                                           \
                                    .count = sizeof name##_fields / sizeof *name##_fields}

EVENT(operator, "operator", "操作员");
EVENT(rotate, "new keys", "更换密钥");
EVENT(read, "file read", "查阅档案");
EVENT(search, "residents listed", "查看名单");
EVENT(export, "data taken out", "导出");
EVENT(unlock, "failed unlock attempts", "解锁失败");
EVENT(clock, "clock went backwards", "时钟倒退");
EVENT(merge, "entries taken over", "合并记录");
EVENT(identity, "this store's own keys", "本库密钥对");
EVENT(linkage, "linkage key", "关联密钥");
EVENT(publication, "table for the public", "公布");
