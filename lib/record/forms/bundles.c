/* Bundles that went to a bureau, and those that a bureau received: registers, by the other store and the bundle's
 * number. The library fills them (exchange/export.c, exchange/receive.c). */
#include "record/form.h"

#define NUMBER_MOST INT64_C(99999999999)

static const hr_code levels[] = {
    {HR_LEVEL_PERSONS, "\"persons\"", "persons", "个人（假名）", ""},
    {HR_LEVEL_FIGURES, "\"figures\"", "figures", "汇总数", ""},
    {-1, NULL, NULL, NULL, NULL},
};

static const hr_field fields[BU_COUNT] = {
    [BU_STORE] = {"store", "store", "对方库编号", "", HR_FIELD_TEXT, .required = true, .size = 32},
    [BU_SEQ] = {"seq", "number", "包号", "", HR_FIELD_COUNT, .required = true, .least = 1, .most = NUMBER_MOST},
    [BU_HASH] = {"hash", "BLAKE2b-512 of the file", "文件 BLAKE2b-512", "", HR_FIELD_TEXT, .required = true,
                 .size = 128, .meaning_en = "in hexadecimal", .meaning_zh = "十六进制"},
    [BU_OTHERS] = {"others", "of files of the same bundle", "同一包其他文件的哈希", "", HR_FIELD_TEXT, .size = 516,
                   .meaning_en = "when it was made again; parted by commas", .meaning_zh = "重新生成时；以逗号分隔"},
    [BU_ENTRY] = {"entry", "log up to entry", "截至记录号", "", HR_FIELD_COUNT, .required = true, .least = 1,
                  .most = NUMBER_MOST},
    [BU_HEAD] = {"head", "its hash", "该记录哈希", "", HR_FIELD_TEXT, .required = true, .size = 64},
    [BU_LEVEL] = {"level", "level", "内容级别", "", HR_FIELD_CODE, .required = true, .codes = levels},
    [BU_UNTIL] = {"until", "until", "截止日期", "", HR_FIELD_DATE, .required = true},
    [BU_YEAR] = {"year", "linkage key's year", "关联密钥年份", "", HR_FIELD_COUNT, .least = 1999, .most = 9999},
    [BU_RECEIVED] = {"received", "received", "接收时间", "", HR_FIELD_TEXT, .size = 32,
                     .meaning_en = "by the bureau's receipt, UTC", .meaning_zh = "据卫生局回执，UTC"},
    [BU_LOG] = {"log", "bureau's log", "卫生局记录链", "", HR_FIELD_TEXT, .size = 96,
                .meaning_en = "its head by the receipt", .meaning_zh = "据回执"},
};

#define BUNDLES(name, en_, zh_)                                                                                        \
    const hr_form hr_form_##name = {.kind = #name,                                                                     \
                                    .plural = #name,                                                                   \
                                    .en = (en_),                                                                       \
                                    .zh = (zh_),                                                                       \
                                    .about = HR_ABOUT_AREA,                                                            \
                                    .by_library = true,                                                                \
                                    .keys = 2,                                                                         \
                                    .fields = fields,                                                                  \
                                    .count = BU_COUNT}

BUNDLES(bundle_sent, "bundles sent", "已上报的上报包");
BUNDLES(bundle_received, "bundles received", "已接收的上报包");
