/* An emergency call (救助呼叫): somebody pressed a button, or telephoned. The resident is found by the device or the
 * phone and is the entry's subject; a call of nobody known is kept all the same. */
#include "record/form.h"

static const hr_code signals[] = {
    {1, "\"button\"", "button", "按钮呼叫", "按钮 呼叫"},
    {2, "\"fall\"", "fall detected", "跌倒报警", "fall 跌倒"},
    {3, "\"smoke\"", "smoke or gas", "烟雾燃气报警", "smoke gas 烟雾 燃气"},
    {4, "\"inactivity\"", "no movement", "长时间无活动", "inactivity 无活动"},
    {5, "\"phone\"", "telephone", "电话呼叫", "phone 电话"},
    {HR_SIGNAL_TEST, "\"test\"", "test call", "测试呼叫", "test 测试"},
    {9, "\"other\"", "other", "其他", ""},
    {-1, NULL, NULL, NULL, NULL},
};

static const hr_field fields[CR_COUNT] = {
    [CR_TIME] = {"time", "time", "呼叫时间", "时间", HR_FIELD_MOMENT, .counts = true, .required = true,
                 .meaning_en = "when it came in", .meaning_zh = "呼叫到达的时间"},
    [CR_DEVICE] = {"device", "device", "呼叫器编号", "设备编号", HR_FIELD_TEXT, .size = 64,
                   .meaning_en = "number of the call device; it or a phone is needed",
                   .meaning_zh = "呼叫器编号；与来电号码至少填一项"},
    [CR_PHONE] = {"phone", "phone", "来电号码", "电话", HR_FIELD_TEXT, .size = 64, .meaning_en = "the caller's number",
                  .meaning_zh = "来电号码"},
    [CR_SIGNAL] = {"signal", "signal", "呼叫方式", "信号类型", HR_FIELD_CODE, .counts = true, .codes = signals,
                   .meaning_en = "what raised the call", .meaning_zh = "由何引发"},
    [CR_MESSAGE] = {"message", "message", "呼叫内容", "", HR_FIELD_TEXT, .size = 512,
                    .meaning_en = "what was said, or what the device reports", .meaning_zh = "来电所述或设备上报内容"},
    [CR_AREA] = {"area", "area", "区划代码", "", HR_FIELD_AREA, .counts = true,
                 .meaning_en = "where it counts; blank: where the resident lives, else the store's area",
                 .meaning_zh = "计入的区划；空白时为居民所住区划，居民不明时为本库区划"},
};

static hr_status complete(hr_err *err, hr_record *row) {
    if (hr_record_has(row, CR_DEVICE) || hr_record_has(row, CR_PHONE))
        return HR_OK;
    return hr_fail(err, HR_INVALID, "%s",
                   HR_TR(err, "a call needs the device's number or the caller's phone; give one of them",
                         "呼叫须有呼叫器编号或来电号码；请至少给出一项"));
}

const hr_form hr_form_call_raise = {.kind = "call_raise",
                                    .plural = "call_raise",
                                    .en = "emergency call",
                                    .zh = "救助呼叫",
                                    .about = HR_ABOUT_CALL,
                                    .fields = fields,
                                    .count = CR_COUNT,
                                    .complete = complete};
