/* Slips with the head of the log. Relies on the vault for the signature. */
#include "record/slip.h"
#include "base/hex.h"
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SLIP_SIZE = 400, PARTS = 7, SIGNED_PARTS = 6 };
static const char MAGIC[] = "HRHEAD1", PURPOSE[] = "healthrec slip";

/* In capitals, which a QR code holds more densely. */
static char *put_hex(char *at, const unsigned char *bytes, size_t size) {
    for (hr_hex(bytes, size, at); *at; at++)
        *at = (char)toupper((unsigned char)*at);
    return at;
}

hr_status hr_log_head(hr_store *store, char **out) {
    unsigned char key[32], signature[HR_SIGNATURE_SIZE];
    char text[SLIP_SIZE], *at = text;
    time_t now = time(NULL);
    struct tm utc;
    if (!store || !out)
        return hr_fail_argument(store);
    *out = NULL;
    hr_status status = hr_read_begin(store);
    if (status != HR_OK)
        return status;
    hr_err_clear(&store->err);
    status = hr_need_current(store);
    if (status != HR_OK) {
        hr_read_end(store);
        return status;
    }
    gmtime_r(&now, &utc);
    hr_sign_public(store->keys, key);
    at += sprintf(at, "%s.", MAGIC);
    at = put_hex(at, store->keys->store_id, HR_STORE_ID_SIZE);
    at += sprintf(at, ".%" PRId64 ".", store->head.seq);
    at = put_hex(at, store->head.hash, HR_HASH_SIZE);
    at += strftime(at, 24, ".%Y%m%dT%H%M%SZ.", &utc);
    at = put_hex(at, key, sizeof key);
    hr_sign(store->keys, PURPOSE, text, (size_t)(at - text), signature);
    *at++ = '.';
    put_hex(at, signature, sizeof signature);
    hr_read_end(store);
    *out = strdup(text);
    return *out ? HR_OK : hr_fail_memory(&store->err);
}

/* ---- reading ---- */

static bool get_seq(const char *text, int64_t *out) {
    size_t length = strlen(text);
    if (length == 0 || length > 18 || strspn(text, "0123456789") != length)
        return false;
    *out = strtoll(text, NULL, 10);
    return *out > 0;
}

/* Without white space, in capitals; false when it is too long. */
static bool clean(const char *text, char out[SLIP_SIZE]) {
    size_t size = 0;
    for (; *text; text++) {
        if (isspace((unsigned char)*text))
            continue;
        if (size == SLIP_SIZE - 1)
            return false;
        out[size++] = (char)toupper((unsigned char)*text);
    }
    out[size] = '\0';
    return true;
}

static bool read_whole(char *part[PARTS], size_t signed_size, const char *text, hr_slip *out) {
    unsigned char signature[HR_SIGNATURE_SIZE];
    out->whole = true;
    return strcmp(part[0], MAGIC) == 0 && hr_hex_parse(part[1], out->store_id, sizeof out->store_id) &&
           get_seq(part[2], &out->seq) && hr_hex_parse(part[3], out->hash, sizeof out->hash) &&
           hr_hex_parse(part[5], out->key, sizeof out->key) && hr_hex_parse(part[6], signature, sizeof signature) &&
           hr_sign_check(out->key, PURPOSE, text, signed_size, signature);
}

hr_status hr_slip_parse(hr_err *err, const char *text, hr_slip *out) {
    char whole[SLIP_SIZE], copy[SLIP_SIZE], *part[PARTS] = {NULL};
    int count = 0;
    bool good = clean(text, whole);
    *out = (hr_slip){.whole = false};
    memcpy(copy, whole, sizeof copy);
    for (char *at = good ? copy : NULL; at && count < PARTS;) {
        part[count++] = at;
        at = strchr(at, '.');
        if (at)
            *at++ = '\0';
        good = good && (at == NULL || count < PARTS);
    }
    if (good && count == PARTS)
        good = read_whole(part, (size_t)(part[SIGNED_PARTS] - copy) - 1, whole, out);
    else
        good = good && count == 2 && get_seq(part[0], &out->seq) && hr_hex_parse(part[1], out->hash, sizeof out->hash);
    if (good)
        return HR_OK;
    return hr_fail(err, HR_INVALID, "%s",
                   HR_TR(err,
                         "this is no head of a log as \"log --head\" prints it, or it has a typing error; compare it "
                         "with the slip, or scan its code",
                         "这不是“log --head”打印的链头，或输入有误；请与纸条核对，或扫描其二维码"));
}
