/* Public files: this store's own, and others'. */
#ifndef TOOL_PEERS_H
#define TOOL_PEERS_H

#include "session.h"
#include <stdbool.h>

/* Prints the store's public file, or writes it to the new file `path` (NULL: none), and says its fingerprint. Gives an
 * exit code. */
int public_print(hr_store *store, bool renew, const char *path);
/* A public file's text, for free(). NULL with the exit code, after saying what is wrong. */
char *public_load(const char *path, int *code);

/* Has the store whose public file is at `path` a peer: if it is none yet, after its fingerprint was compared
 * (--fingerprint, or asked for). Gives an exit code, and what the file says. */
int peer_take(const struct call *c, hr_store *store, const char *path, hr_public_info *info);

#endif
