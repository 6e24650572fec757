/* What is read of a bundle before and after it is decrypted comes from outside: trusted comments, names of entries, and
 * manifests. Any bytes are read as each of them. A comment or a name that is taken must be just the text that its parts
 * make, put together here again. A manifest that is taken must be the same when it is written and read once more, and
 * a byte too few is none. */
#include "exchange/bundle.h"
#include "fuzz.h"
#include <inttypes.h>

static void hex(const unsigned char *bytes, size_t size, char *out) {
    for (size_t i = 0; i < size; i++)
        sprintf(out + 2 * i, "%02x", bytes[i]);
}

static void put_bundle(FILE *out, const hr_bundle_comment *c) {
    int year = c->until / 10000, month = c->until / 100 % 100, day = c->until % 100;
    fprintf(out, " seq=%" PRId64 " previous=%s", c->seq, c->previous_count ? "" : "none");
    for (size_t i = 0; i < c->previous_count; i++)
        fprintf(out, "%s%s", i ? "," : "", c->previous[i]);
    fprintf(out, " level=%s until=%04d", c->level == HR_LEVEL_PERSONS ? "persons" : "figures", year);
    if (month)
        fprintf(out, "-%02d", month);
    if (day)
        fprintf(out, "-%02d", day);
}

static void read_comment(const char *text) {
    static const char *const kinds[] = {"bundle", "receipt", "linkage"};
    hr_bundle_comment c;
    char *again = NULL, from[33] = "", to[33] = "";
    size_t size = 0;
    if (!hr_bundle_comment_read(text, &c))
        return;
    FILE *out = open_memstream(&again, &size);
    must(out != NULL);
    hex(c.from, sizeof c.from, from);
    hex(c.to, sizeof c.to, to);
    fprintf(out, "healthrec %s 1 from=%s to=%s", kinds[c.kind], from, to);
    if (c.kind == HR_PACKET_BUNDLE)
        put_bundle(out, &c);
    else if (c.kind == HR_PACKET_RECEIPT)
        fprintf(out, " seq=%" PRId64 " received=%s log=%s", c.seq, c.received, c.log);
    fclose(out);
    must(c.kind == HR_PACKET_LINKAGE ? strncmp(text, again, size) == 0 : strcmp(text, again) == 0);
    must(c.kind == HR_PACKET_LINKAGE || (c.seq > 0 && c.seq < 100000000000));
    must(c.previous_count <= HR_BUNDLE_PREVIOUS);
    free(again);
}

static void read_name(const char *text) {
    hr_origin origin;
    char writer[33] = "", again[80];
    if (!hr_origin_parse(text, &origin))
        return;
    hex(origin.writer, sizeof origin.writer, writer);
    snprintf(again, sizeof again, "%s:%" PRId64, writer, origin.wseq);
    must(origin.wseq > 0);
    must(strcmp(text, again) == 0);
}

static void read_manifest(const uint8_t *data, size_t size, bool chinese) {
    hr_err err = new_err(chinese);
    hr_manifest one, two;
    char *bytes = exactly(size);
    if (size)
        memcpy(bytes, data, size);
    hr_status status = hr_manifest_read(&err, bytes, size, &one);
    free(bytes);
    if (status != HR_OK) {
        must(status == HR_INVALID);
        must_be_failure(&err, status);
        return;
    }
    char *text = hr_manifest_write(&one);
    must(text != NULL);
    must(hr_manifest_read(&err, text, strlen(text), &two) == HR_OK);
    char *again = hr_manifest_write(&two);
    must(again && strcmp(text, again) == 0);
    must(hr_manifest_read(&err, text, strlen(text) - 1, &two) == HR_INVALID);
    must(one.from_entry >= 0 && one.to_entry >= 0 && one.year >= 0);
    free(text);
    free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *text = text_of(data, size);
    read_comment(text);
    read_name(text);
    free(text);
    read_manifest(data, size, size % 2);
    return 0;
}
