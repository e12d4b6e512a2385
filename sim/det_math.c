/// Bounded exp, log and friends in plain IEEE arithmetic: range reduction and short series.
#include "det_math.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#define LN2_HIGH 6.93147180369123816490e-01 /* 33 bits: k * LN2_HIGH is exact for |k| < 2^20 */
#define LN2_LOW 1.90821492927058770002e-10
#define INV_LN2 1.44269504088896338700e+00
#define EXP_LIMIT 700.0
#define LOG_OF_NOTHING (-745.0)

/* e^r - 1 for |r| <= ln2/2: Taylor, remainder r^14/14! < 5e-18 */
static double expm1_small(double r) {
  double sum = 1.0 / 13.0;
  for (int n = 12; n >= 2; n--) sum = (1.0 + sum * r) / n;
  return r * (1.0 + sum * r);
}

static double power_of_two(int exponent) {
  uint64_t bits = (uint64_t)(1023 + exponent) << 52;
  double value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

double det_exp(double x) {
  if (!(x == x)) return 1.0;
  if (x > EXP_LIMIT) x = EXP_LIMIT;
  if (x < -EXP_LIMIT) x = -EXP_LIMIT;
  double scaled = x * INV_LN2;
  int k = (int)(scaled < 0.0 ? scaled - 0.5 : scaled + 0.5);
  double r = (x - k * LN2_HIGH) - k * LN2_LOW;
  return (1.0 + expm1_small(r)) * power_of_two(k);
}

double det_expm1_neg(double x) {
  if (!(x > 0.0)) return 0.0;
  if (x < 0.34) return -expm1_small(-x);
  return 1.0 - det_exp(-x);
}

/* ln(m) for m in [sqrt(1/2), sqrt(2)) as 2 atanh((m-1)/(m+1)); |s| < 0.1716, s^25 < 1e-19 */
static double log_mantissa(double mantissa) {
  double s = (mantissa - 1.0) / (mantissa + 1.0);
  double square = s * s;
  double sum = 1.0 / 23.0;
  for (int n = 21; n >= 1; n -= 2) sum = 1.0 / n + sum * square;
  return 2.0 * s * sum;
}

double det_log(double x) {
  if (!(x > 0.0)) return LOG_OF_NOTHING;
  int k = 0;
  if (x < 2.2250738585072014e-308) { /* subnormal: scale into the normal range */
    x *= 18014398509481984.0;
    k = -54;
  }
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  k += (int)(bits >> 52) - 1023;
  bits = (bits & 0x000FFFFFFFFFFFFFu) | 0x3FF0000000000000u;
  double mantissa;
  memcpy(&mantissa, &bits, sizeof mantissa);
  if (mantissa > 1.41421356237309504880) {
    mantissa *= 0.5;
    k++;
  }
  return k * LN2_HIGH + (log_mantissa(mantissa) + k * LN2_LOW);
}

double det_asinh(double x) {
  double magnitude = x < 0.0 ? -x : x;
  double result;
  if (magnitude < 1e-3) {
    double square = magnitude * magnitude; /* series: x - x^3/6 + 3x^5/40 */
    result = magnitude * (1.0 - square * (1.0 / 6.0 - square * (3.0 / 40.0)));
  } else {
    result = det_log(magnitude + det_sqrt(magnitude * magnitude + 1.0));
  }
  return x < 0.0 ? -result : result;
}
