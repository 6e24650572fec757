/* Help, made from the tables of commands, options and exit codes, so that it cannot tell of something that is not
 * there. */
#include "commands.h"
#include "session.h"
#include "terminal.h"
#include "text.h"
#include <string.h>

enum { GAP = 2 };

static void write_operands(const struct command *command) {
    for (const operand *o = command->operands; o->en; o++)
        printf(o->optional ? " [%s]" : " %s", tr(o->en, o->zh));
    if (command->rest_en)
        printf(" [%s…]", tr(command->rest_en, command->rest_zh));
}

static int option_width(const option_info *o) {
    return (int)strlen(o->name) + 2 + (o->value_en ? 1 + text_width(tr(o->value_en, o->value_zh)) : 0);
}

static bool takes(const struct command *command, int id) {
    return id == OPT_HELP || (command->options & OPTION(id));
}

/* Lines of help are no longer than this, and no wider than the terminal. */
static int help_width(void) {
    enum { MOST = 80 };
    int columns = terminal_columns(stdout);
    return columns > 0 && columns < MOST ? columns : MOST;
}

static void write_required(const struct command *command) {
    for (int i = 0; i < OPT_COUNT; i++)
        if (command->required & OPTION(i))
            printf(" --%s %s", option_at((option_id)i)->name,
                   tr(option_at((option_id)i)->value_en, option_at((option_id)i)->value_zh));
}

static void write_options(const struct command *command) {
    int width = 0;
    for (int i = 0; i < OPT_COUNT; i++)
        if (takes(command, i) && option_width(option_at((option_id)i)) > width)
            width = option_width(option_at((option_id)i));
    printf("\n%s\n", tr("Options:", "选项："));
    for (int i = 0; i < OPT_COUNT; i++) {
        const option_info *o = option_at((option_id)i);
        if (!takes(command, i))
            continue;
        printf("  --%s%s%s", o->name, o->value_en ? " " : "", o->value_en ? tr(o->value_en, o->value_zh) : "");
        text_repeat(stdout, " ", width - option_width(o) + GAP);
        text_wrap(stdout, tr(o->en, o->zh), GAP + width + GAP, help_width());
    }
}

static void write_exits(const struct command *command) {
    const char *meaning;
    printf("\n%s\n", tr("Exit codes:", "退出码："));
    for (int i = 0; (meaning = exit_meaning(i)); i++) {
        if (!(command->exits & EXIT_CODE(i)))
            continue;
        printf("  %d  ", i);
        text_wrap(stdout, i == EXIT_NO ? tr(command->no_en, command->no_zh) : meaning, 5, help_width());
    }
}

void help_command(const struct command *command) {
    printf(tr("usage: healthrec %s", "用法：healthrec %s"), command->name);
    write_operands(command);
    write_required(command);
    printf("%s\n\n", command->options ? tr(" [OPTION…]", " [选项…]") : "");
    text_wrap(stdout, tr(command->long_en, command->long_zh), 0, help_width());
    write_options(command);
    printf("\n%s\n  %s\n", tr("Example:", "示例："), command->example);
    write_exits(command);
}

void help_all(void) {
    const struct command *command;
    int width = 0;
    puts(tr("usage: healthrec COMMAND STORE [ARG…] [OPTION…]", "用法：healthrec 命令 库 [参数…] [选项…]"));
    text_wrap(stdout,
              tr("Resident health files, encrypted on this computer; and the figures a health district is judged "
                 "by.",
                 "居民健康档案加密保存在本机，并据此计算各项考核指标。"),
              0, help_width());
    putchar('\n');
    for (size_t i = 0; (command = command_at(i)); i++)
        width = (int)strlen(command->name) > width ? (int)strlen(command->name) : width;
    for (size_t i = 0; (command = command_at(i)); i++) {
        printf("  %-*s  ", width, command->name);
        text_wrap(stdout, tr(command->en, command->zh), GAP + width + GAP, help_width());
    }
    putchar('\n');
    text_wrap(stdout,
              tr("\"healthrec help COMMAND\" explains a command, \"healthrec --version\" gives the version.",
                 "“healthrec help 命令”说明某个命令，“healthrec --version”显示版本。"),
              0, help_width());
}

int help_unknown(const char *name) {
    const struct command *nearest = command_nearest(name);
    if (nearest)
        say(tr("there is no command \"%s\"; did you mean %s?", "没有“%s”命令；是否要用 %s？"), name, nearest->name);
    else
        say(tr("there is no command \"%s\"; \"healthrec help\" lists them",
               "没有“%s”命令；“healthrec help”列出全部命令"),
            name);
    return EXIT_USAGE;
}

int cmd_help(const struct call *c) {
    const struct command *command = c->operands[0] ? command_named(c->operands[0]) : NULL;
    if (c->operands[0] && !command)
        return help_unknown(c->operands[0]);
    if (command)
        help_command(command);
    else
        help_all();
    return EXIT_DONE;
}
