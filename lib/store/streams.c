/* stdout and stderr under names of our own, for SQLCipher inside the shared library.
 *
 * SQLCipher is linked into ours and hidden, so that a host program may load plain SQLite. Debian's archive of it is not
 * position-independent in two places: it reads the C library's variables `stdout` and `stderr` directly, which a
 * shared library cannot. The build renames those two references to the variables below; every other reference in that
 * archive is to a function and needs nothing. Programs that link SQLCipher's archive as it is leave this file unused.
 */
#include <stdio.h>

extern FILE *hr_own_stdout, *hr_own_stderr;
FILE *hr_own_stdout, *hr_own_stderr;

/* stdout and stderr are no constants, so they cannot be initialisers; this runs before anybody can call the library. */
__attribute__((constructor)) static void open_streams(void) {
    hr_own_stdout = stdout;
    hr_own_stderr = stderr;
}
