/// Least squares from normal equations, with some unknowns kept at or above 0.
///
/// Model    minimises x'Nx - 2c'x by an active set: Cholesky on the free unknowns, those that turn
///          negative are held at 0, those whose gradient wants up are freed again
/// Memory   nnls_work_t is allocated by its caller for the largest count
#ifndef SCENARIOS_NNLS_H
#define SCENARIOS_NNLS_H

#include <stdint.h>

/// Space for problems of up to count_max unknowns.
typedef struct {
  uint32_t count_max;
  double *factor; ///< count_max x count_max
  double *column; ///< count_max
  uint32_t *index, *first; ///< count_max
  uint32_t *order; ///< in which the unknowns are eliminated; nnls_work_alloc: as they come. Fast
      ///< where most of a row's entries lie close to the diagonal
} nnls_work_t;

/// 0, or -1 iff there is no memory. nnls_work_free also takes a zeroed work.
int nnls_work_alloc(nnls_work_t *work, uint32_t count_max);
void nnls_work_free(nnls_work_t *work);

/// Solve for x[count]. matrix is symmetric (its lower triangle is read), row length count.
/// is_free tells which unknowns start free, and which are at the end: hand it back to start the
/// next, similar problem. Returns the number of factorisations, or -1 iff the matrix is not
/// positive definite on the free unknowns.
int nnls_solve(nnls_work_t *work, uint32_t count, const double *matrix, const double *right,
               const uint8_t *is_nonnegative, uint8_t *is_free, double *x);

#endif
