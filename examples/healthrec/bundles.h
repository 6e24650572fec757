/* Bundles for a bureau. */
#ifndef TOOL_BUNDLES_H
#define TOOL_BUNDLES_H

#include "options.h"

int export_bundle(const struct call *c); /* export --to; gives an exit code */

#endif
