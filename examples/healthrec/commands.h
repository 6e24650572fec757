/* The commands: what each is called, takes, says about itself, and does. */
#ifndef TOOL_COMMANDS_H
#define TOOL_COMMANDS_H

#include "options.h"
#include <stddef.h>

typedef struct operand {
    const char *en, *zh;
    bool optional;
} operand;

#define EXIT_CODE(code) (UINT32_C(1) << (code))

struct command {
    const char *name;
    operand operands[OPERANDS_MAX + 1]; /* ended by one without a name */
    const char *rest_en, *rest_zh;      /* what may follow any number of times; NULL: nothing */
    option_set options, required;       /* all that it takes; of them, what must be given */
    const char *en, *zh;                /* in a line */
    const char *long_en, *long_zh;      /* in a paragraph */
    const char *example;
    uint32_t exits;                   /* the exit codes it can have */
    const char *no_en, *no_zh;        /* when it exits with 1 */
    int (*run)(const struct call *c); /* gives the exit code */
};

/* NULL past the last. */
const struct command *command_at(size_t index);
const struct command *command_named(const char *name);
/* The one whose name looks most like it; NULL when none does. */
const struct command *command_nearest(const char *name);

int cmd_init(const struct call *c);
int cmd_import(const struct call *c);
int cmd_find(const struct call *c);
int cmd_show(const struct call *c);
int cmd_rates(const struct call *c);
int cmd_list(const struct call *c);
int cmd_indicators(const struct call *c);
int cmd_columns(const struct call *c);
int cmd_forms(const struct call *c);
int cmd_tallies(const struct call *c);
int cmd_trend(const struct call *c);
int cmd_export(const struct call *c);
int cmd_add(const struct call *c);
int cmd_amend(const struct call *c);
int cmd_check(const struct call *c);
int cmd_duplicates(const struct call *c);
int cmd_unify(const struct call *c);
int cmd_restrict(const struct call *c);
int cmd_release(const struct call *c);
int cmd_erase(const struct call *c);
int cmd_call(const struct call *c);
int cmd_operator(const struct call *c);
int cmd_rotate(const struct call *c);
int cmd_public(const struct call *c);
int cmd_peer(const struct call *c);
int cmd_linkage(const struct call *c);
int cmd_receive(const struct call *c);
int cmd_inspect(const struct call *c);
int cmd_bundles(const struct call *c);
int cmd_merge(const struct call *c);
int cmd_conflicts(const struct call *c);
int cmd_log(const struct call *c);
int cmd_verify(const struct call *c);
int cmd_backup(const struct call *c);
int cmd_restore(const struct call *c);
int cmd_help(const struct call *c);

/* Help on one command, or on all of them, on stdout. */
void help_command(const struct command *command);
void help_all(void);
/* Says that there is no such command, and which one may be meant; gives the exit code. */
int help_unknown(const char *name);

#endif
