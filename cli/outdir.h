/// The out folder of a run: made, emptied by moving the result before it aside, never by deleting
/// what is not
/// ours.
#ifndef CLI_OUTDIR_H
#define CLI_OUTDIR_H

/// Make dir ready for a new result. An older result in it (it holds results.json) is moved to
/// dir.previous,
/// replacing only an older result there, and *moved says so (1). CLI_OK, or CLI_USAGE after one
/// line on
/// stderr: dir holds something else, or cannot be written.
int outdir_prepare(const char *verb, const char *dir, int *moved);

/// Make one folder in it. 0, or -1 with errno.
int outdir_make(const char *path);

#endif
