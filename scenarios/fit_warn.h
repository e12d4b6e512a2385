/// What a fit's data cannot identify, in plain lines.
#ifndef SCENARIOS_FIT_WARN_H
#define SCENARIOS_FIT_WARN_H

#include "fit.h"

/// Fill fit->warning from its job, data and result.
void fit_warn(fit_t *fit);

/// Lower or upper bound of a shape in the search.
double fit_bound(const fit_job_t *job, uint32_t shape, int upper);

#endif
