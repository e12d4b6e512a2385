/// Active set around a Cholesky factorisation that leaves out what lies left of each row.
#include "nnls.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROUND_MAX = 60, FREE_MANY_ROUNDS = 30 };

static const double gradient_share = 1e-10; ///< of the largest right side: counts as zero

int nnls_work_alloc(nnls_work_t *work, uint32_t count_max) {
  size_t count = count_max;
  *work = (nnls_work_t){.count_max = count_max,
                        .factor = malloc(count * count * sizeof(double)),
                        .column = malloc(count * sizeof(double)),
                        .index = malloc(count * sizeof(uint32_t)),
                        .first = malloc(count * sizeof(uint32_t)),
                        .order = malloc(count * sizeof(uint32_t))};
  if (!work->factor || !work->column || !work->index || !work->first || !work->order) {
    nnls_work_free(work);
    return -1;
  }
  for (uint32_t i = 0; i < count_max; i++) work->order[i] = i;
  return 0;
}

void nnls_work_free(nnls_work_t *work) {
  free(work->factor);
  free(work->column);
  free(work->index);
  free(work->first);
  free(work->order);
  *work = (nnls_work_t){0};
}

/// What is left of value after n products, one after the other.
static double take_away(double value, const double *a, const double *b, uint32_t n) {
  for (uint32_t i = 0; i < n; i++) value -= a[i] * b[i];
  return value;
}

/// Turn row i of the lower triangle into its factor's; rows above are done. What lies left of a
/// row's first entry stays 0. -1 iff the pivot is not positive.
static int factorise_row(double *factor, const uint32_t *first, uint32_t n, uint32_t i) {
  double *row = factor + (size_t)i * n;
  for (uint32_t j = first[i]; j <= i; j++) {
    const double *above = factor + (size_t)j * n;
    uint32_t from = first[i] > first[j] ? first[i] : first[j];
    double left = from < j ? take_away(row[j], row + from, above + from, j - from) : row[j];
    if (j < i)
      row[j] = left * (1.0 / above[j]);
    else if (left > 0.0)
      row[j] = sqrt(left);
    else
      return -1;
  }
  return 0;
}

static void substitute(const double *factor, const uint32_t *first, uint32_t n, double *x) {
  for (uint32_t i = 0; i < n; i++) {
    const double *row = factor + (size_t)i * n;
    x[i] = take_away(x[i], row + first[i], x + first[i], i - first[i]) / row[i];
  }
  for (uint32_t i = n; i-- > 0;) {
    const double *row = factor + (size_t)i * n;
    x[i] /= row[i];
    for (uint32_t j = first[i]; j < i; j++) x[j] -= row[j] * x[i];
  }
}

static double matrix_at(const double *matrix, uint32_t count, uint32_t i, uint32_t j) {
  return i >= j ? matrix[(size_t)i * count + j] : matrix[(size_t)j * count + i];
}

/// x on the free unknowns, 0 on the others.
static int solve_free(nnls_work_t *work, uint32_t count, const double *matrix, const double *right,
                      const uint8_t *is_free, double *x) {
  uint32_t n = 0;
  for (uint32_t i = 0; i < count; i++)
    if (is_free[work->order[i]]) work->index[n++] = work->order[i];
  for (uint32_t i = 0; i < n; i++) {
    double *row = work->factor + (size_t)i * n;
    uint32_t first = i;
    for (uint32_t j = i + 1; j-- > 0;) {
      row[j] = matrix_at(matrix, count, work->index[i], work->index[j]);
      if (row[j] != 0.0) first = j;
    }
    work->first[i] = first;
    if (factorise_row(work->factor, work->first, n, i) != 0) return -1;
  }
  for (uint32_t i = 0; i < n; i++) work->column[i] = right[work->index[i]];
  substitute(work->factor, work->first, n, work->column);
  memset(x, 0, count * sizeof *x);
  for (uint32_t i = 0; i < n; i++) x[work->index[i]] = work->column[i];
  return 0;
}

/// Half the gradient at unknown i.
static double gradient(uint32_t count, const double *matrix, const double *right, const double *x,
                       uint32_t i) {
  double sum = -right[i];
  for (uint32_t j = 0; j < count; j++)
    if (x[j] != 0.0) sum += matrix_at(matrix, count, i, j) * x[j];
  return sum;
}

/// Free the held unknowns that want up: all of them, or only the most wanting. Returns how many.
static uint32_t free_wanting(uint32_t count, const double *matrix, const double *right,
                             const double *x, uint8_t *is_free, int only_one) {
  double largest = 0.0, worst = 0.0;
  uint32_t freed = 0, worst_index = count;
  for (uint32_t i = 0; i < count; i++) largest = fmax(largest, fabs(right[i]));
  for (uint32_t i = 0; i < count; i++) {
    if (is_free[i]) continue;
    double slope = gradient(count, matrix, right, x, i);
    if (!(slope < -gradient_share * largest)) continue;
    freed++;
    if (!only_one) is_free[i] = 1;
    if (slope < worst) {
      worst = slope;
      worst_index = i;
    }
  }
  if (only_one && worst_index < count) is_free[worst_index] = 1;
  return freed;
}

int nnls_solve(nnls_work_t *work, uint32_t count, const double *matrix, const double *right,
               const uint8_t *is_nonnegative, uint8_t *is_free, double *x) {
  for (int round = 1; round <= ROUND_MAX; round++) {
    if (solve_free(work, count, matrix, right, is_free, x) != 0) return -1;
    uint32_t held = 0;
    for (uint32_t i = 0; i < count; i++) {
      if (!is_nonnegative[i] || !is_free[i] || !(x[i] < 0.0)) continue;
      is_free[i] = 0;
      held++;
    }
    if (held > 0) continue;
    if (free_wanting(count, matrix, right, x, is_free, round > FREE_MANY_ROUNDS) == 0) return round;
  }
  for (uint32_t i = 0; i < count; i++)
    if (is_nonnegative[i] && x[i] < 0.0) x[i] = 0.0;
  return ROUND_MAX;
}
