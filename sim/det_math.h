/// Bounded exp, log and friends that give the same bits with every compiler and libc.
///
/// Model    range reduction and polynomials in plain IEEE arithmetic; relative error <= 1e-13
/// Threads  pure functions
#ifndef SIM_DET_MATH_H
#define SIM_DET_MATH_H

#include <math.h>

/// e^x for -700..700; outside it is clamped to the ends. Not a number gives 1.
double det_exp(double x);

/// Natural logarithm for x > 0; x <= 0 or not a number gives -745.
double det_log(double x);

/// 1 - e^-x for 0..700, exact near 0.
double det_expm1_neg(double x);

/// arcsinh.
double det_asinh(double x);

/// Square root (IEEE-exact), 0 for negative x.
static inline double det_sqrt(double x) { return x > 0.0 ? sqrt(x) : 0.0; }

#endif
