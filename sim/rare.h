/// Marks code by how often a tick runs it, so that what each tick runs lies close together.
///
/// Model    a tick runs more code than the processor's first-level cache holds: each line of it
///          that is spared is one line less to fetch in every tick
/// Threads  no state
#ifndef SIM_RARE_H
#define SIM_RARE_H

/* A function that usual ticks do not call: it stands apart, and so do the branches to it. One that
 * is called from several places or not in each tick: its code is there once. */
#if defined(__GNUC__)
#define RARE __attribute__((cold, noinline))
#define APART __attribute__((noinline))
#else
#define RARE
#define APART
#endif

#endif
