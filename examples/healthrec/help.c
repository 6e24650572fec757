/* Help, made from the tables of commands, options and exit codes, so that it cannot tell of something that is not
 * there. */
#include "commands.h"
#include "session.h"
#include "text.h"
#include <string.h>

enum { GAP = 2 };

static void write_operands(const struct command *command) {
    for (const operand *o = command->operands; o->en; o++)
        printf(o->optional ? " [%s]" : " %s", tr(o->en, o->zh));
}

static int option_width(const option_info *o) {
    return (int)strlen(o->name) + 2 + (o->value_en ? 1 + text_width(tr(o->value_en, o->value_zh)) : 0);
}

static bool takes(const struct command *command, int id) {
    return id == OPT_HELP || (command->options & OPTION(id));
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
        puts(tr(o->en, o->zh));
    }
}

static void write_exits(const struct command *command) {
    const char *meaning;
    printf("\n%s\n", tr("Exit codes:", "退出码："));
    for (int i = 0; (meaning = exit_meaning(i)); i++) {
        if (i == EXIT_NO && !command->no_en)
            continue;
        printf("  %d  %s\n", i, i == EXIT_NO ? tr(command->no_en, command->no_zh) : meaning);
    }
}

void help_command(const struct command *command) {
    printf(tr("usage: healthrec %s", "用法：healthrec %s"), command->name);
    write_operands(command);
    printf("%s\n\n%s\n", command->options ? tr(" [OPTION…]", " [选项…]") : "", tr(command->long_en, command->long_zh));
    write_options(command);
    printf("\n%s\n  %s\n", tr("Example:", "示例："), command->example);
    write_exits(command);
}

void help_all(void) {
    const struct command *command;
    int width = 0;
    puts(tr("usage: healthrec COMMAND STORE [ARG…] [OPTION…]\n"
            "Resident health files, encrypted on this computer; and the figures a health district is judged by.\n",
            "用法：healthrec 命令 库 [参数…] [选项…]\n居民健康档案加密保存在本机，并据此计算各项考核指标。\n"));
    for (size_t i = 0; (command = command_at(i)); i++)
        width = (int)strlen(command->name) > width ? (int)strlen(command->name) : width;
    for (size_t i = 0; (command = command_at(i)); i++)
        printf("  %-*s  %s\n", width, command->name, tr(command->en, command->zh));
    puts(tr("\n\"healthrec help COMMAND\" explains a command, \"healthrec --version\" gives the version.",
            "\n“healthrec help 命令”说明某个命令，“healthrec --version”显示版本。"));
}

int cmd_help(const struct call *c) {
    if (!c->operands[0]) {
        help_all();
        return EXIT_DONE;
    }
    const struct command *command = command_named(c->operands[0]);
    if (command) {
        help_command(command);
        return EXIT_DONE;
    }
    say(tr("there is no command \"%s\"; \"healthrec help\" lists them", "没有“%s”命令；“healthrec help”列出全部命令"),
        c->operands[0]);
    return EXIT_USAGE;
}
