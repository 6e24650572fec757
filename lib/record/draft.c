/* Drafts of registering entries. */
#include "record/draft.h"
#include "record/resident.h"
#include <string.h>

hr_status hr_draft_make(hr_text *text, hr_err *err, hr_record *row, const unsigned char salt[HR_SALT_SIZE],
                        hr_draft *out) {
    char bytes[HR_PACKED_SIZE];
    uint64_t grams[HR_GRAMS_MAX];
    out->ready = false;
    if (hr_resident_complete(err, row) != HR_OK) /* said again, with the row's line, when it is put */
        return HR_OK;
    size_t size = hr_record_pack(row, bytes);
    hr_status status = hr_grams_of(text, err, row, grams, &out->count);
    if (status != HR_OK || size > sizeof out->bytes || out->count > HR_DRAFT_GRAMS)
        return status;
    memcpy(out->bytes, bytes, size);
    memcpy(out->grams, grams, out->count * sizeof *grams);
    out->body = (hr_body){.bytes = out->bytes, .size = size};
    hr_body_seal_with(&out->body, salt);
    out->person = hr_person_print(row);
    out->ready = true;
    return HR_OK;
}
