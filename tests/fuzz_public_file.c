/* Public files come from other stores, by mail or on a USB stick. Whatever the bytes are: what is read as one is of
 * somebody who signed it; its name can be shown; and written again it is the same text, which
 * is read the same.
 *
 * No input can be signed by chance. So each is tried as it is, and again with the two last lines put right: the key is
 * one of ours, and the signature is by it. */
#include "exchange/identity.h"
#include "fuzz.h"

static const unsigned char seed[32] = "a seed that is no secret at all";

static hr_text *text_tools(void) {
    static hr_text *tools;
    hr_err err = new_err(false);
    must(tools || (hr_vault_start(&err) == HR_OK && hr_text_new(&err, &tools) == HR_OK));
    return tools;
}

static void must_be_shown(const hr_party *public) {
    size_t length = strlen(public->name);
    must(length > 0 && length < sizeof public->name && good_prefix(public->name, length) == length);
    must_be_line(public->name);
    must(hr_area_tier(public->area) != HR_TIER_NONE);
}

/* One text alone says it, but for line ends. */
static void must_be_canonical(const char *file, const char *written) {
    const char *at = strncmp(file, "\xEF\xBB\xBF", 3) == 0 ? file + 3 : file;
    for (; *written; written++, at++) {
        if (*at == '\r' && *written == '\n')
            at++;
        must(*at == *written || (*at == '\0' && strcmp(written, "\n") == 0));
        if (*at == '\0')
            return;
    }
    must(at[strspn(at, " \r\n")] == '\0');
}

static hr_status read(const char *file, bool chinese, hr_party *out) {
    hr_err err = new_err(chinese);
    hr_status status = hr_public_read(text_tools(), &err, file, out);
    must(status == HR_OK || status == HR_INVALID);
    if (status != HR_OK)
        must_be_failure(&err, status);
    return status;
}

static void must_read_again(const hr_party *public) {
    char written[HR_PUBLIC_FILE_SIZE], again[HR_PUBLIC_FILE_SIZE], print[HR_FINGERPRINT_SIZE],
        same[HR_FINGERPRINT_SIZE];
    hr_party back;
    hr_public_write(public, seed, written);
    must(read(written, false, &back) == HR_OK);
    hr_public_write(&back, seed, again);
    must(strcmp(written, again) == 0);
    hr_public_fingerprint(public, print);
    hr_public_fingerprint(&back, same);
    must(strcmp(print, same) == 0 && strlen(print) == HR_FINGERPRINT_SIZE - 1);
}

/* The same lines, but the two last ones as somebody with the seed writes them. */
static char *put_right(const char *file) {
    static const char label[] = "minisign: ";
    char key[HR_MINISIGN_KEY_SIZE], signature[HR_SIGNATURE_TEXT_SIZE];
    unsigned char bytes[HR_SIGNATURE_SIZE];
    hr_minisign_key public;
    const char *line = strstr(file, label);
    size_t kept = line ? (size_t)(line - file) : strlen(file), size = kept + 256;
    char *out = exactly(size);
    hr_minisign_public(seed, &public);
    hr_minisign_key_text(&public, key);
    size_t used = (size_t)snprintf(out, size, "%.*s%s%s\n", (int)kept, file, label, key);
    hr_sign_with(seed, "healthrec public file", out, used, bytes);
    hr_signature_text(bytes, signature);
    snprintf(out + used, size - used, "signature: %s\n", signature);
    return out;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *file = text_of(data, size), written[HR_PUBLIC_FILE_SIZE];
    hr_party public;
    bool chinese = size % 2 != 0;
    if (read(file, chinese, &public) == HR_OK)
        must_be_shown(&public);
    char *right = put_right(file);
    if (read(right, chinese, &public) == HR_OK) {
        must_be_shown(&public);
        hr_public_write(&public, seed, written);
        must_be_canonical(right, written);
        must_read_again(&public);
    }
    free(right);
    free(file);
    return 0;
}
