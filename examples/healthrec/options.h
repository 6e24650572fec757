/* Options and operands of the command line. */
#ifndef TOOL_OPTIONS_H
#define TOOL_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum option_id {
    OPT_AREA,
    OPT_NAME,
    OPT_NEW_RECOVERY_FILE,
    OPT_NEW_OPERATOR,
    OPT_AS,
    OPT_ENCODING,
    OPT_REJECTS,
    OPT_DRY_RUN,
    OPT_LIMIT,
    OPT_JSON,
    OPT_COHORT,
    OPT_WITHOUT,
    OPT_AS_OF,
    OPT_WITHIN,
    OPT_BY,
    OPT_INDICATOR,
    OPT_SET,
    OPT_KNOWN_AT,
    OPT_FROM,
    OPT_TO,
    OPT_EVERY,
    OPT_DATE,
    OPT_FORCE,
    OPT_WHY,
    OPT_WITHDRAW,
    OPT_YES,
    OPT_HISTORY,
    OPT_DEVICE,
    OPT_PHONE,
    OPT_SIGNAL,
    OPT_MESSAGE,
    OPT_OUTCOME,
    OPT_WHO,
    OPT_NOTE,
    OPT_TIME,
    OPT_ALL,
    OPT_AGAINST,
    OPT_ROLE,
    OPT_NEW_PASSPHRASE_FILE,
    OPT_NEW_KEY_FILE,
    OPT_HEAD,
    OPT_RESIDENT,
    OPT_BY_OPERATOR,
    OPT_KIND,
    OPT_BUREAU,
    OPT_OUTPUT,
    OPT_RENEW,
    OPT_FINGERPRINT,
    OPT_YEAR,
    OPT_TO_STORE,
    OPT_OTHER_OPERATOR,
    OPT_OTHER_PASSPHRASE_FILE,
    OPT_PUBLIC,
    OPT_HIDE,
    OPT_LIST,
    OPT_LEVEL,
    OPT_AGAIN,
    OPT_RECEIPT_AGAIN,
    OPT_FORMAT,
    OPT_OPERATOR,
    OPT_PASSPHRASE_FILE,
    OPT_RECOVERY,
    OPT_RECOVERY_FILE,
    OPT_HELP,
    OPT_COUNT
} option_id;

typedef struct option_info {
    const char *name;
    const char *value_en, *value_zh; /* what stands for the value in a help text; NULL: takes none */
    const char *en, *zh;
} option_info;

const option_info *option_at(option_id id);

typedef uint64_t option_set;
#define OPTION(id) (UINT64_C(1) << (id))
#define OPTIONS_OPENING                                                                                                \
    (OPTION(OPT_OPERATOR) | OPTION(OPT_PASSPHRASE_FILE) | OPTION(OPT_RECOVERY) | OPTION(OPT_RECOVERY_FILE))

/* May be given again: the values are joined by commas. */
#define OPTIONS_REPEATED OPTION(OPT_INDICATOR)
struct command;
enum { OPERANDS_MAX = 4 };
/* What one command was called with. */
struct call {
    const struct command *command;
    const char *operands[OPERANDS_MAX]; /* NULL: not given */
    char **rest;                        /* of a command that takes more, what came after them; argv's */
    size_t rest_count;
    char *values[OPT_COUNT]; /* NULL: not given; "" of an option without value */
};

/* Reads argv after the command's name (argv[0]). Says what is wrong and returns false for options the command does not
 * have, and, unless help is asked for, for a missing or superfluous operand or a missing option. */
bool call_read(const struct command *command, int argc, char **argv, struct call *out);
void call_free(struct call *c);
static inline bool call_has(const struct call *c, option_id id) {
    return c->values[id] != 0;
}

/* The day an option gives as yyyymmdd, 0 without the option. Of a month or year --from means the first day, all others
 * the last. False after saying that it is no date. */
bool call_day(const struct call *c, option_id id, int32_t *out);
/* The same; today without the option. */
bool call_date(const struct call *c, option_id id, int32_t *out);
enum format { FORMAT_TABLE, FORMAT_CSV, FORMAT_JSON };
/* --limit; 50 without the option. False after saying that it is no number. */
bool call_limit(const struct call *c, int64_t *out);
bool call_format(const struct call *c, enum format *out);

#endif
