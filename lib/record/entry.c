/* Bodies of entries. */
#include "record/entry.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { AMENDS = '!', WHY = '"', FORCED = '#', WITHDRAWN = '$', FIELDS_FROM = '@', END = 0x1F };

size_t hr_body_pack(const hr_remark *remark, const hr_record *row, char out[HR_BODY_SIZE]) {
    char *at = out;
    if (remark && remark->amends)
        at += sprintf(at, "%c%" PRId64 "%c", AMENDS, remark->amends, END);
    if (remark && *remark->why)
        at += sprintf(at, "%c%s%c", WHY, remark->why, END);
    if (remark && remark->forced)
        at += sprintf(at, "%c%c", FORCED, END);
    if (remark && remark->withdrawn)
        at += sprintf(at, "%c%c", WITHDRAWN, END);
    return (size_t)(at - out) + hr_record_pack(row, at);
}

static bool read_mark(hr_remark *remark, char mark, const char *value, size_t size) {
    char number[24];
    switch (mark) {
    case AMENDS:
        if (size == 0 || size > 18 || strspn(value, "0123456789") < size)
            return false;
        snprintf(number, sizeof number, "%.*s", (int)size, value);
        remark->amends = strtoll(number, NULL, 10);
        return remark->amends > 0;
    case WHY:
        snprintf(remark->why, sizeof remark->why, "%.*s", (int)size, value);
        return size > 0 && size < sizeof remark->why;
    case FORCED:
        remark->forced = true;
        return size == 0;
    case WITHDRAWN:
        remark->withdrawn = true;
        return size == 0;
    default:
        return false;
    }
}

hr_status hr_remark_unpack(hr_err *err, hr_remark *remark, const char *bytes, size_t size, size_t *fields) {
    size_t at = 0;
    char before = 0;
    *remark = (hr_remark){.amends = 0};
    while (at < size && (unsigned char)bytes[at] < FIELDS_FROM) {
        const char *end = memchr(bytes + at, END, size - at);
        size_t length = end ? (size_t)(end - bytes) - at - 1 : 0;
        if (!end || bytes[at] <= before || !read_mark(remark, bytes[at], bytes + at + 1, length))
            return hr_fail(err, HR_INVALID, "%s", HR_TR(err, "the stored record makes no sense", "所存记录无法识别"));
        before = bytes[at];
        at += length + 2;
    }
    *fields = at;
    return HR_OK;
}

hr_status hr_body_unpack(hr_err *err, hr_remark *remark, hr_record *row, const hr_form *form, const char *bytes,
                         size_t size) {
    hr_remark own;
    size_t fields = 0;
    hr_record_clear(row, form);
    hr_status status = hr_remark_unpack(err, remark ? remark : &own, bytes, size, &fields);
    return status == HR_OK ? hr_record_unpack(err, row, form, bytes + fields, size - fields) : status;
}
