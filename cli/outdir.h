/// The out folder of a run: made, emptied by moving the result before it aside, never by deleting
/// what is not ours.
#ifndef CLI_OUTDIR_H
#define CLI_OUTDIR_H

#include <stdint.h>

enum { OUTDIR_KEEP_DEFAULT = 2, OUTDIR_KEEP_MAX = 99 };

/// Make dir ready for a new result and lock it until the process ends. An older result in it (it
/// holds results.json) is moved to dir.previous, that one to dir.previous.2 and so on up to
/// keep_count; the one behind is removed, which is said on stderr. Where it is moved to is said on
/// stdout unless is_quiet. CLI_OK, or CLI_USAGE after one line on stderr: dir or a place of an
/// older result holds something else, another packsim writes there, or it cannot be written.
int outdir_prepare(const char *verb, const char *dir, uint32_t keep_count, int is_quiet);

/// Make one folder in it. 0, or -1 with errno.
int outdir_make(const char *path);

/// Remove a folder with all that is in it; links are removed, never followed. 0, or -1 with errno.
int outdir_remove(const char *path);

/// Copy the files of a folder (no folders in it, no links) into another one that is there. 0, or -1
/// with errno.
int outdir_copy(const char *from, const char *to);

#endif
