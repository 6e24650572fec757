/* Trusted comments, manifests, and the columns of a bundle's files. */
#include "exchange/bundle.h"
#include "base/hex.h"
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const hr_bundle_entries[EN_COUNT] = {"writer",  "number", "said",      "kind",  "effective",
                                                 "subject", "amends", "withdrawn", "other", "fields"};
const char *const hr_bundle_tokens[TK_COUNT] = {"subject", "token"};
const char *const hr_bundle_log[LG_COUNT] = {"entry", "hash"};
const char *const hr_bundle_figures[FI_COUNT] = {"area", "tally", "decade", "changes"};
const char *const hr_bundle_names[HR_BUNDLE_FILES] = {"log.csv", "tokens.csv", "entries.csv", "figures.csv"};

const char *hr_level_name(int level) {
    return level == HR_LEVEL_PERSONS ? "persons" : "figures";
}

/* ---- trusted comments ---- */

static const char *const kinds[] = {"bundle", "receipt", "linkage"};

static void write_previous(const hr_bundle_comment *c, char out[HR_BUNDLE_PREVIOUS * HR_BUNDLE_HASH_TEXT]) {
    strcpy(out, c->previous_count ? "" : "none");
    for (size_t i = 0; i < c->previous_count; i++) {
        strcat(out, i ? "," : "");
        strcat(out, c->previous[i]);
    }
}

void hr_bundle_comment_write(const hr_bundle_comment *c, char out[HR_MINISIGN_COMMENT_SIZE]) {
    char from[2 * HR_STORE_ID_SIZE + 1], to[2 * HR_STORE_ID_SIZE + 1], date[HR_DATE_SIZE];
    char previous[HR_BUNDLE_PREVIOUS * HR_BUNDLE_HASH_TEXT];
    hr_hex(c->from, sizeof c->from, from);
    hr_hex(c->to, sizeof c->to, to);
    write_previous(c, previous);
    if (c->kind == HR_PACKET_BUNDLE)
        snprintf(out, HR_MINISIGN_COMMENT_SIZE,
                 "healthrec bundle 1 from=%s to=%s seq=%" PRId64 " previous=%s level=%s until=%s", from, to, c->seq,
                 previous, hr_level_name(c->level), hr_date_format(c->until, date));
    else
        snprintf(out, HR_MINISIGN_COMMENT_SIZE, "healthrec receipt 1 from=%s to=%s seq=%" PRId64 " received=%s log=%s",
                 from, to, c->seq, c->received, c->log);
}

/* The value of the next "key=value", into `out`; false when the next is another. */
static bool take(const char **text, const char *key, char *out, size_t size) {
    size_t length = strlen(key), value;
    if (strncmp(*text, key, length) != 0 || (*text)[length] != '=')
        return false;
    *text += length + 1;
    value = strcspn(*text, " ");
    if (value == 0 || value >= size)
        return false;
    memcpy(out, *text, value);
    out[value] = '\0';
    *text += value + ((*text)[value] == ' ');
    return true;
}

static bool is_hex(const char *text, size_t digits) {
    return strlen(text) == digits && strspn(text, "0123456789abcdef") == digits;
}

static bool take_id(const char **text, const char *key, unsigned char out[HR_STORE_ID_SIZE]) {
    char hex[2 * HR_STORE_ID_SIZE + 1];
    return take(text, key, hex, sizeof hex) && is_hex(hex, 2 * HR_STORE_ID_SIZE) &&
           hr_hex_parse(hex, out, HR_STORE_ID_SIZE);
}

static bool take_number(const char **text, const char *key, int64_t *out) {
    char digits[16];
    if (!take(text, key, digits, sizeof digits) || strlen(digits) > 11 || strspn(digits, "0123456789") < strlen(digits))
        return false;
    *out = strtoll(digits, NULL, 10);
    return *out > 0;
}

static bool take_previous(const char **text, hr_bundle_comment *c) {
    char list[HR_BUNDLE_PREVIOUS * HR_BUNDLE_HASH_TEXT];
    if (!take(text, "previous", list, sizeof list))
        return false;
    if (strcmp(list, "none") == 0)
        return true;
    for (const char *at = list; at;) {
        size_t length = strcspn(at, ",");
        if (c->previous_count == HR_BUNDLE_PREVIOUS || length != HR_BUNDLE_HASH_TEXT - 1)
            return false;
        snprintf(c->previous[c->previous_count++], HR_BUNDLE_HASH_TEXT, "%.*s", (int)length, at);
        at = at[length] ? at + length + 1 : NULL;
    }
    return true;
}

static bool take_bundle(const char **text, hr_bundle_comment *c) {
    char level[16], date[16];
    if (!take_number(text, "seq", &c->seq) || !take_previous(text, c) || !take(text, "level", level, sizeof level) ||
        !take(text, "until", date, sizeof date))
        return false;
    c->level = strcmp(level, "persons") == 0 ? HR_LEVEL_PERSONS : HR_LEVEL_FIGURES;
    return hr_date_parse(date, &c->until) == HR_DATE_OK;
}

bool hr_bundle_comment_read(const char *text, hr_bundle_comment *c) {
    char again[HR_MINISIGN_COMMENT_SIZE], start[40];
    const char *at = text;
    *c = (hr_bundle_comment){.seq = 0};
    for (int kind = HR_PACKET_BUNDLE; kind <= HR_PACKET_LINKAGE; kind++) {
        snprintf(start, sizeof start, "healthrec %s 1 ", kinds[kind]);
        if (strncmp(text, start, strlen(start)) != 0)
            continue;
        c->kind = (hr_packet)kind;
        at = text + strlen(start);
    }
    if (at == text || !take_id(&at, "from", c->from) || !take_id(&at, "to", c->to))
        return false;
    if (c->kind == HR_PACKET_LINKAGE)
        return true;
    if (c->kind == HR_PACKET_BUNDLE
            ? !take_bundle(&at, c)
            : !take_number(&at, "seq", &c->seq) || !take(&at, "received", c->received, sizeof c->received) ||
                  !take(&at, "log", c->log, sizeof c->log))
        return false;
    hr_bundle_comment_write(c, again); /* one text for one meaning */
    return strcmp(again, text) == 0;
}

/* ---- names ---- */

void hr_origin_name(const hr_origin *origin, char out[HR_NAME_SIZE]) {
    hr_hex(origin->writer, HR_STORE_ID_SIZE, out);
    snprintf(out + 2 * HR_STORE_ID_SIZE, HR_NAME_SIZE - 2 * HR_STORE_ID_SIZE, ":%" PRId64, origin->wseq);
}

bool hr_origin_parse(const char *text, hr_origin *out) {
    char hex[2 * HR_STORE_ID_SIZE + 1], again[HR_NAME_SIZE];
    *out = (hr_origin){.wseq = 0};
    if (strlen(text) < sizeof hex + 1 || strlen(text) >= sizeof again || text[sizeof hex - 1] != ':')
        return false;
    memcpy(hex, text, sizeof hex - 1);
    hex[sizeof hex - 1] = '\0';
    if (!is_hex(hex, sizeof hex - 1) || !hr_hex_parse(hex, out->writer, HR_STORE_ID_SIZE))
        return false;
    out->wseq = strtoll(text + sizeof hex, NULL, 10);
    hr_origin_name(out, again);
    return out->wseq > 0 && strcmp(again, text) == 0;
}

/* ---- manifests ---- */

char *hr_manifest_write(const hr_manifest *m) {
    char comment[HR_MINISIGN_COMMENT_SIZE];
    hr_bundle_comment_write(&m->comment, comment);
    json_t *files = json_object();
    for (int i = 0; files && i < HR_BUNDLE_FILES; i++)
        json_object_set_new(
            files, hr_bundle_names[i],
            json_pack("{s:I, s:s}", "rows", (json_int_t)m->total[i].rows, "blake2b_256", m->total[i].hash));
    json_t *object =
        json_pack("{s:s, s:i, s:s, s:s, s:s, s:I, s:s, s:I, s:s, s:I, s:o}", "format", "healthrec bundle", "version", 1,
                  "comment", comment, "name", m->name, "area", m->area, "log_from", (json_int_t)m->from_entry,
                  "log_from_hash", m->from_hash, "log_to", (json_int_t)m->to_entry, "log_to_hash", m->to_hash,
                  "linkage_year", (json_int_t)m->year, "files", files);
    char *text = object ? json_dumps(object, JSON_INDENT(2)) : NULL;
    json_decref(object);
    return text;
}

static bool read_text(const json_t *object, const char *key, char *out, size_t size) {
    const char *text = json_string_value(json_object_get(object, key));
    if (!text || strlen(text) >= size)
        return false;
    strcpy(out, text);
    return true;
}

static bool read_number(const json_t *object, const char *key, int64_t *out) {
    const json_t *value = json_object_get(object, key);
    *out = json_integer_value(value);
    return json_is_integer(value) && *out >= 0;
}

static bool read_totals(const json_t *files, hr_manifest *m) {
    for (int i = 0; i < HR_BUNDLE_FILES; i++) {
        const json_t *file = json_object_get(files, hr_bundle_names[i]);
        int64_t rows;
        if (!read_number(file, "rows", &rows) ||
            !read_text(file, "blake2b_256", m->total[i].hash, sizeof m->total[i].hash))
            return false;
        m->total[i].rows = (uint64_t)rows;
    }
    return json_object_size(files) == HR_BUNDLE_FILES;
}

static bool read_manifest(const json_t *object, hr_manifest *m) {
    char format[32], comment[HR_MINISIGN_COMMENT_SIZE];
    int64_t version;
    return read_text(object, "format", format, sizeof format) && strcmp(format, "healthrec bundle") == 0 &&
           read_number(object, "version", &version) && version == 1 &&
           read_text(object, "comment", comment, sizeof comment) && hr_bundle_comment_read(comment, &m->comment) &&
           read_text(object, "name", m->name, sizeof m->name) && read_text(object, "area", m->area, sizeof m->area) &&
           read_number(object, "log_from", &m->from_entry) && read_number(object, "log_to", &m->to_entry) &&
           read_text(object, "log_from_hash", m->from_hash, sizeof m->from_hash) &&
           read_text(object, "log_to_hash", m->to_hash, sizeof m->to_hash) &&
           read_number(object, "linkage_year", &m->year) && read_totals(json_object_get(object, "files"), m);
}

hr_status hr_manifest_read(hr_err *err, const char *text, size_t size, hr_manifest *out) {
    json_t *object = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
    *out = (hr_manifest){.year = 0};
    bool good = object && read_manifest(object, out);
    json_decref(object);
    return good ? HR_OK
                : hr_fail(err, HR_INVALID, "%s",
                          HR_TR(err,
                                "manifest.json is not that of a bundle of version 1; the sender's program may be newer",
                                "manifest.json 不是第 1 版上报包的清单；对方程序可能更新"));
}

/* ---- registers of bundles ---- */

typedef struct newest {
    int level;
    hr_record *out;
} newest;

static hr_status see_bundle(void *context, const hr_record *row) {
    newest *n = context;
    if ((n->level == 0 || hr_record_number(row, BU_LEVEL) == n->level) &&
        hr_record_number(row, BU_SEQ) > hr_record_number(n->out, BU_SEQ))
        *n->out = *row;
    return HR_OK;
}

hr_status hr_bundle_newest(hr_store *store, const hr_form *form, const unsigned char id[HR_STORE_ID_SIZE], int level,
                           hr_record *out) {
    char hex[2 * HR_STORE_ID_SIZE + 1];
    newest n = {.level = level, .out = out};
    hr_hex(id, HR_STORE_ID_SIZE, hex);
    hr_record_clear(out, form);
    return hr_register_walk_of(store, form, hex, see_bundle, &n);
}

hr_status hr_bundle_row(hr_store *store, const hr_form *form, const unsigned char id[HR_STORE_ID_SIZE], int64_t seq,
                        hr_record *out) {
    char hex[2 * HR_STORE_ID_SIZE + 1];
    hr_record key;
    hr_hex(id, HR_STORE_ID_SIZE, hex);
    hr_record_clear(&key, form);
    hr_record_set_number(&key, BU_SEQ, seq);
    hr_status status = hr_record_set_text(&key, &store->err, BU_STORE, hex);
    return status == HR_OK ? hr_register_get(store, &key, out) : status;
}

/* Targets and how long files are kept are each store's own. */
bool hr_bundle_has_register(const hr_form *form) {
    return form->about == HR_ABOUT_AREA && !form->by_library && form != &hr_form_indicator &&
           form != &hr_form_retention;
}
