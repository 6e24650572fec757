/* An emergency call is answered (应答): somebody speaks with the caller or is on the way. */
#include "record/form.h"

static const hr_field fields[CA_COUNT] = {
    [CA_TIME] = {"time", "time", "应答时间", "时间", HR_FIELD_MOMENT, .counts = true, .required = true,
                 .meaning_en = "when it was answered", .meaning_zh = "应答的时间"},
    [CA_CALL] = {"call", "call", "呼叫编号", "", HR_FIELD_COUNT, .counts = true, .required = true, .least = 1,
                 .most = INT64_C(99999999999), .meaning_en = "number of the call", .meaning_zh = "呼叫的编号"},
    [CA_BY] = {"by", "answered by", "应答人", "", HR_FIELD_TEXT, .size = 64, .meaning_en = "who answered",
               .meaning_zh = "应答人姓名"},
    [CA_NOTE] = {"note", "note", "备注", "", HR_FIELD_TEXT, .size = 512, .meaning_en = "what was found out",
                 .meaning_zh = "了解到的情况"},
};

const hr_form hr_form_call_answer = {.kind = "call_answer",
                                     .plural = "call_answer",
                                     .en = "call answered",
                                     .zh = "呼叫应答",
                                     .about = HR_ABOUT_CALL,
                                     .fields = fields,
                                     .count = CA_COUNT};
