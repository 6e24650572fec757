/* healthrec, the administrator's tool: a command line over include/healthrec.h and nothing else.
 *
 * main finds the command in the table (commands.c), reads its options (options.c) and runs it. Data goes to stdout,
 * messages and progress to stderr. Each command returns an exit code; main adds the one failure they share, that what
 * they wrote to stdout did not arrive. */
#include "commands.h"
#include "session.h"
#include "text.h"
#include <errno.h>
#include <string.h>

/* A full disk may be noticed only now. */
static int close_stdout(int code) {
    bool failed = ferror(stdout) != 0;
    if (fclose(stdout) == 0 && !failed)
        return code;
    say(tr("the output could not be written%s%s; free some space or check where it goes",
           "输出未能写全%s%s；请清理出空间，或检查输出位置"),
        errno ? tr(": ", "：") : "", errno ? strerror(errno) : "");
    return EXIT_SYSTEM;
}

static int run(int argc, char **argv) {
    struct call call;
    const struct command *command = command_named(argv[0]);
    if (!command)
        return help_unknown(argv[0]);
    if (!call_read(command, argc, argv, &call))
        return EXIT_USAGE;
    int code = EXIT_DONE;
    if (call_has(&call, OPT_HELP))
        help_command(command);
    else
        code = command->run(&call);
    call_free(&call);
    return code;
}

int main(int argc, char **argv) {
    text_start();
    if (argc < 2) {
        say("%s", tr("a command is missing; \"healthrec help\" lists them", "缺少命令；“healthrec help”列出全部命令"));
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("healthrec %s\n", hr_version());
        return close_stdout(EXIT_DONE);
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        help_all();
        return close_stdout(EXIT_DONE);
    }
    return close_stdout(run(argc - 1, argv + 1));
}
