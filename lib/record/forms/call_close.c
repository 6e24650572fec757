/* An emergency call is closed (办结), with what came of it. */
#include "record/form.h"

static const hr_code outcomes[] = {
    {1, "\"helped\"", "helped at home", "上门处置", "helped 上门"},
    {2, "\"advised\"", "advised by phone", "电话指导", "advised 电话"},
    {3, "\"ambulance\"", "ambulance called", "呼叫急救车", "ambulance 急救 120"},
    {4, "\"hospital\"", "taken to hospital", "送医院", "hospital 送医"},
    {5, "\"family\"", "family informed", "通知家属", "family 家属"},
    {6, "\"died\"", "found dead or died", "死亡", "died"},
    {7, "\"false_alarm\"", "false alarm", "误报", "false_alarm 误按"},
    {8, "\"test\"", "test", "测试", ""},
    {9, "\"unreachable\"", "nobody was reached", "联系不上", "unreachable"},
    {10, "\"other\"", "other", "其他", ""},
    {-1, NULL, NULL, NULL, NULL},
};

static const hr_field fields[CC_COUNT] = {
    [CC_TIME] = {"time", "time", "办结时间", "时间", HR_FIELD_MOMENT, .counts = true, .required = true,
                 .meaning_en = "when it was closed", .meaning_zh = "办结的时间"},
    [CC_CALL] = {"call", "call", "呼叫编号", "", HR_FIELD_COUNT, .counts = true, .required = true, .least = 1,
                 .most = INT64_C(99999999999), .meaning_en = "number of the call", .meaning_zh = "呼叫的编号"},
    [CC_OUTCOME] = {"outcome", "outcome", "处理结果", "结果", HR_FIELD_CODE, .counts = true, .required = true,
                    .codes = outcomes, .meaning_en = "what came of it", .meaning_zh = "处理的结果"},
    [CC_BY] = {"by", "closed by", "办结人", "", HR_FIELD_TEXT, .size = 64, .meaning_en = "who closed it",
               .meaning_zh = "办结人姓名"},
    [CC_NOTE] = {"note", "note", "备注", "", HR_FIELD_TEXT, .size = 1024, .meaning_en = "what was done",
                 .meaning_zh = "处理经过"},
};

const hr_form hr_form_call_close = {.kind = "call_close",
                                    .plural = "call_close",
                                    .en = "call closed",
                                    .zh = "呼叫办结",
                                    .about = HR_ABOUT_CALL,
                                    .fields = fields,
                                    .count = CC_COUNT};
