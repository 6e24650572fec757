/* Whatever fits no other form: 其他记录, one free text. It is no medical service, so it does not make a file count as
 * in use. Identity is the resident's own record and not repeated. */
#include "record/form.h"

enum { NT_DATE, NT_TEXT, NT_AUTHOR, NT_COUNT };

static const hr_field fields[NT_COUNT] = {
    [NT_DATE] = {"date", "note date", "记录日期", "日期", HR_FIELD_DATE, .required = true,
                 .meaning_en = "day that the note is about", .meaning_zh = "所记事项的日期"},
    [NT_TEXT] = {"text", "text", "内容", "备注 记录内容", HR_FIELD_TEXT, .required = true, .size = 1024,
                 .meaning_en = "the note itself", .meaning_zh = "所记事项"},
    [NT_AUTHOR] = {"author", "author", "记录人", "", HR_FIELD_TEXT, .size = 64, .meaning_en = "who wrote it",
                   .meaning_zh = "记录者姓名"},
};

const hr_form hr_form_note = {.kind = "note",
                              .plural = "note",
                              .en = "note",
                              .zh = "其他记录",
                              .about = HR_ABOUT_CARE,
                              .fields = fields,
                              .count = NT_COUNT,
                              .use = HR_USE_NONE,
                              .after_death = true};
