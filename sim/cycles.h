/// The speed traces that are built in: const tables made from data/cycles/*.txt by
/// tools/gen_cycles.sh.
///
/// Units    m/s, one sample a second
/// Source   each trace names its regulation
#ifndef SIM_CYCLES_H
#define SIM_CYCLES_H

#include "vehicle.h"

extern const float cycles_ftp75_mps[1875];
extern const float cycles_hwfet_mps[766];
extern const float cycles_la92_mps[1436];
extern const float cycles_nedc_mps[1181];
extern const float cycles_sc03_mps[601];
extern const float cycles_udds_mps[1370];
extern const float cycles_us06_mps[601];
extern const float cycles_wltc3b_mps[1801];

#endif
