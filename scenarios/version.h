/// The version that --version prints and that every output carries.
#ifndef SCENARIOS_VERSION_H
#define SCENARIOS_VERSION_H

#define PACKSIM_VERSION "0.1.0"

enum { RECORDER_FORMAT_VERSION = 1, RESULTS_FORMAT_VERSION = 2 };

#endif
