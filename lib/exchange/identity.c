/* A store's own keys are an entry of its log, in chart.db: so whoever may not read health files has no part in them,
 * new keys of the store take them along, and a backup holds them. They are written as text in the entry's body, which
 * is never shown (hr_field.secret).
 *
 * A public file is signed by the key that it names. That binds the other lines to the fingerprint, which is over the
 * keys and the store's id alone. */
#include "exchange/identity.h"
#include "base/forget.h"
#include "base/hex.h"
#include "base/options.h"
#include "record/entry.h"
#include "record/events.h"
#include "record/operators.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char title[] = "healthrec public file 1", purpose[] = "healthrec public file";

/* ---- the keys ---- */

static hr_status unpack(hr_store *store, sqlite3_stmt *row, hr_identity *out) {
    hr_record said;
    const char *body = (const char *)sqlite3_column_text(row, 0);
    size_t size = (size_t)sqlite3_column_bytes(row, 0);
    hr_status status = hr_body_unpack(&store->err, NULL, &said, &hr_form_identity, body ? body : "", size);
    bool good = status == HR_OK && hr_hex_parse(hr_record_text(&said, EI_AGE), out->age, sizeof out->age) &&
                hr_hex_parse(hr_record_text(&said, EI_SIGN), out->sign, sizeof out->sign);
    hr_wipe(&said, sizeof said);
    return good ? HR_OK
                : hr_fail(&store->err, HR_DAMAGED, "%s",
                          HR_TR(&store->err, "the store's own keys cannot be read; run verify",
                                "本库密钥对无法读取；请运行 verify"));
}

hr_status hr_identity_find(hr_store *store, hr_identity **out) {
    *out = NULL;
    sqlite3_stmt *row = hr_db_statement(store, "SELECT body FROM chart.entry\n"
                                               "WHERE " HR_LOG_EXCHANGE " AND kind = 'identity'\n"
                                               "ORDER BY seq DESC LIMIT 1");
    if (!row)
        return store->err.status;
    hr_status status = hr_db_row(store, row);
    if (status == HR_OK && !(*out = hr_secret_new(sizeof **out)))
        status = hr_fail_memory(&store->err);
    if (status == HR_OK)
        status = unpack(store, row, *out);
    sqlite3_reset(row);
    if (status == HR_OK || status == HR_END)
        return HR_OK;
    hr_secret_free(*out);
    *out = NULL;
    return status;
}

static hr_status put_identity(hr_store *store, const hr_identity *identity) {
    char text[65], fingerprint[HR_FINGERPRINT_SIZE];
    hr_party public;
    hr_record row;
    hr_public_of(store, identity, &public);
    hr_public_fingerprint(&public, fingerprint);
    hr_record_clear(&row, &hr_form_identity);
    hr_status status = hr_record_set_text(&row, &store->err, EI_FINGERPRINT, fingerprint);
    if (status == HR_OK)
        status = hr_record_set_text(&row, &store->err, EI_AGE, hr_hex(identity->age, sizeof identity->age, text));
    if (status == HR_OK)
        status = hr_record_set_text(&row, &store->err, EI_SIGN, hr_hex(identity->sign, sizeof identity->sign, text));
    if (status == HR_OK)
        status = hr_event_put(store, &row);
    hr_wipe(text, sizeof text);
    hr_wipe(&row, sizeof row);
    return status;
}

hr_status hr_identity_draw(hr_store *store) {
    hr_identity *identity = hr_secret_new(sizeof *identity);
    if (!identity)
        return hr_fail_memory(&store->err);
    hr_random(identity, sizeof *identity);
    hr_status status = put_identity(store, identity);
    hr_secret_free(identity);
    return status;
}

hr_status hr_identity_need(hr_store *store, hr_identity **out) {
    hr_status status = hr_identity_find(store, out);
    if (status != HR_OK || *out)
        return status;
    status = hr_identity_draw(store);
    return status == HR_OK ? hr_identity_find(store, out) : status;
}

/* ---- what a public file says ---- */

void hr_public_of(const hr_store *store, const hr_identity *identity, hr_party *out) {
    *out = (hr_party){.bureau = store->bureau, .area = store->area};
    snprintf(out->name, sizeof out->name, "%s", store->name);
    memcpy(out->store_id, store->keys->store_id, sizeof out->store_id);
    hr_age_recipient(identity->age, out->age);
    hr_minisign_public(identity->sign, &out->sign);
}

void hr_public_fingerprint(const hr_party *public, char out[HR_FINGERPRINT_SIZE]) {
    enum { GROUPS = 8 };
    unsigned char sum[HR_HASH_SIZE];
    char group[5];
    hr_hash hash;
    hr_hash_init(&hash, NULL, 0);
    hr_hash_update(&hash, public->store_id, sizeof public->store_id);
    hr_hash_update(&hash, public->age, sizeof public->age);
    hr_hash_update(&hash, public->sign.key, sizeof public->sign.key);
    hr_hash_final(&hash, sum);
    for (int i = 0; i < GROUPS; i++)
        snprintf(out + 5 * i, 6, "%s%s", hr_hex(sum + 2 * i, 2, group), i + 1 < GROUPS ? "-" : "");
}

void hr_public_tell(const hr_party *public, hr_public_info *out) {
    *out = (hr_public_info){.size = sizeof *out, .bureau = public->bureau};
    snprintf(out->name, sizeof out->name, "%s", public->name);
    hr_area_format(public->area, out->area);
    hr_hex(public->store_id, sizeof public->store_id, out->id);
    hr_public_fingerprint(public, out->fingerprint);
}

/* ---- as text ---- */

size_t hr_public_lines(const hr_party *public, char out[HR_PUBLIC_FILE_SIZE]) {
    char area[HR_AREA_SIZE], id[HR_STORE_ID_TEXT_SIZE], age[HR_AGE_RECIPIENT_SIZE], sign[HR_MINISIGN_KEY_SIZE];
    hr_age_recipient_text(public->age, age);
    hr_minisign_key_text(&public->sign, sign);
    return (size_t)snprintf(out, HR_PUBLIC_FILE_SIZE,
                            "%s\nkind: %s\nname: %s\narea: %s\nstore: %s\nage: %s\nminisign: %s\n", title,
                            public->bureau ? "bureau" : "station", public->name, hr_area_format(public->area, area),
                            hr_hex(public->store_id, sizeof public->store_id, id), age, sign);
}

void hr_public_write(const hr_party *public, const unsigned char sign[32], char out[HR_PUBLIC_FILE_SIZE]) {
    unsigned char signature[HR_SIGNATURE_SIZE];
    char text[HR_SIGNATURE_TEXT_SIZE];
    size_t size = hr_public_lines(public, out);
    hr_sign_with(sign, purpose, out, size, signature);
    hr_signature_text(signature, text);
    snprintf(out + size, HR_PUBLIC_FILE_SIZE - size, "signature: %s\n", text);
}

/* Takes the line that begins with `label` off *at. False when the next one does not, or does not fit. */
static bool take_line(const char **at, const char *label, char *out, size_t size) {
    size_t length = strcspn(*at, "\n"), skip = strlen(label);
    const char *line = *at;
    *at += length + (line[length] == '\n');
    if (length > 0 && line[length - 1] == '\r')
        length--;
    if (length < skip || memcmp(line, label, skip) != 0 || length - skip >= size)
        return false;
    memcpy(out, line + skip, length - skip);
    out[length - skip] = '\0';
    return true;
}

/* As healthrec writes names: what is shown is what stands there. */
static bool take_name(hr_text *text, const char *line, char out[256]) {
    hr_err ignored = {.language = HR_LANGUAGE_EN};
    size_t length = strlen(line), bad_at;
    return length > 0 && hr_text_utf8_valid(line, length, &bad_at) &&
           hr_text_normalise(text, &ignored, line, length, out, 256) == HR_OK && strcmp(line, out) == 0;
}

/* All of it but whether the signature is right. */
static bool read_lines(hr_text *text, const char *file, hr_party *out, unsigned char signature[HR_SIGNATURE_SIZE]) {
    static const char mark[] = "\xEF\xBB\xBF";
    char line[256], again[HR_AREA_SIZE];
    hr_err ignored = {.language = HR_LANGUAGE_EN};
    const char *at = strncmp(file, mark, 3) == 0 ? file + 3 : file;
    *out = (hr_party){.bureau = false};
    if (!take_line(&at, title, line, sizeof line) || *line || !take_line(&at, "kind: ", line, sizeof line))
        return false;
    out->bureau = strcmp(line, "bureau") == 0;
    if (!out->bureau && strcmp(line, "station") != 0)
        return false;
    if (!take_line(&at, "name: ", line, sizeof line) || !take_name(text, line, out->name))
        return false;
    if (!take_line(&at, "area: ", line, sizeof line) || hr_area_parse(&ignored, "", line, &out->area) != HR_OK ||
        strcmp(hr_area_format(out->area, again), line) != 0)
        return false;
    if (!take_line(&at, "store: ", line, sizeof line) || !hr_hex_parse(line, out->store_id, sizeof out->store_id))
        return false;
    if (!take_line(&at, "age: ", line, sizeof line) || !hr_age_recipient_parse(line, out->age))
        return false;
    if (!take_line(&at, "minisign: ", line, sizeof line) || !hr_minisign_key_parse(line, &out->sign))
        return false;
    return take_line(&at, "signature: ", line, sizeof line) && hr_signature_parse(line, signature) &&
           at[strspn(at, " \r\n")] == '\0';
}

hr_status hr_public_read(hr_text *text, hr_err *err, const char *file, hr_party *out) {
    unsigned char signature[HR_SIGNATURE_SIZE];
    char lines[HR_PUBLIC_FILE_SIZE];
    if (!read_lines(text, file, out, signature))
        return hr_fail(err, HR_INVALID, "%s",
                       HR_TR(err,
                             "this is no public file of a healthrec store; it should be what the command public wrote",
                             "这不是 healthrec 库的公开文件；应为 public 命令生成的文件"));
    if (!hr_sign_check(out->sign.key, purpose, lines, hr_public_lines(out, lines), signature))
        return hr_fail(err, HR_INVALID, "%s",
                       HR_TR(err, "the public file was altered: its signature is wrong; ask its owner for it again",
                             "公开文件被改动：签名不符；请向对方重新索取"));
    return HR_OK;
}

/* ---- the public calls ---- */

void hr_public_info_init(hr_public_info *info) {
    *info = (hr_public_info){.size = sizeof *info};
}

hr_status hr_public_file_read(hr_store *store, const char *text, hr_public_info *info) {
    hr_party public;
    hr_public_info told;
    if (!store || !text || !info)
        return hr_fail_argument(store);
    hr_err_clear(&store->err);
    hr_status status = hr_public_read(store->text, &store->err, text, &public);
    if (status != HR_OK)
        return status;
    hr_public_tell(&public, &told);
    return hr_result_give(info, &told, sizeof told) ? HR_OK : hr_fail_argument(store);
}

/* The keys that are there, without writing; else in a transaction that draws them. */
static hr_status own_keys(hr_store *store, bool renew, hr_identity **out) {
    hr_status status = renew ? hr_need_admin(store) : HR_OK;
    if (status == HR_OK)
        status = hr_chart_begin(store);
    if (status != HR_OK)
        return status;
    if (!renew)
        status = hr_identity_find(store, out);
    hr_read_end(store);
    if (status != HR_OK || *out)
        return status;
    status = hr_enter(store);
    if (status != HR_OK)
        return status;
    if (renew)
        status = hr_identity_draw(store);
    if (status == HR_OK)
        status = hr_identity_need(store, out);
    return hr_leave(store, status);
}

hr_status hr_public_file(hr_store *store, int renew, char **out) {
    hr_identity *identity = NULL;
    hr_party public;
    if (!store || !out)
        return hr_fail_argument(store);
    *out = NULL;
    hr_status status = hr_need_idle(store);
    if (status == HR_OK)
        status = own_keys(store, renew != 0, &identity);
    char *text = status == HR_OK ? calloc(1, HR_PUBLIC_FILE_SIZE) : NULL;
    if (status == HR_OK && !text)
        status = hr_fail_memory(&store->err);
    if (status == HR_OK) {
        hr_public_of(store, identity, &public);
        hr_public_write(&public, identity->sign, text);
        *out = text;
    }
    hr_secret_free(identity);
    hr_stack_forget();
    return status;
}
