/// One tick of the chassis node: sums over the leaks, the exponential, the currents that it means.
#include "isolation.h"

#include <string.h>

#include "../ecu_model/gen/pinout.h"
#include "det_math.h"
#include "rare.h"

static const double y_min_F = 1e-12;
static const double exponent_max = 700.0;
static const double none_ohm = 1e12; /* shown for no leak at all */

isolation_params_t isolation_params_soul_ev(void) {
  return (isolation_params_t){
      .leak_ohm = {5e6, 5e6, 5e6, 5e6}, .y_F = {0.5e-6, 0.5e-6}, .divider_ohm = 2e6};
}

static double siemens(double ohm) { return ohm > 0.0 ? 1.0 / ohm : 0.0; }

void isolation_init(isolation_t *isolation, const isolation_params_t *params) {
  memset(isolation, 0, sizeof *isolation);
  isolation->divider_S = siemens(params->divider_ohm);
  for (uint32_t i = 0; i < ISOLATION_SIDE_COUNT; i++) isolation_set_y(isolation, i, params->y_F[i]);
  for (uint32_t i = 0; i < ISOLATION_POLE_COUNT; i++)
    isolation_set_leak(isolation, (isolation_pole_t)i, params->leak_ohm[i]);
}

void isolation_set_y(isolation_t *isolation, uint32_t side, double farad_F) {
  isolation->y_F[side] = farad_F;
  double sum_F = isolation->y_F[ISOLATION_POS] + isolation->y_F[ISOLATION_NEG];
  isolation->y_per_F = 1.0 / (sum_F > y_min_F ? sum_F : y_min_F);
  isolation->y_series_F =
      isolation->y_F[ISOLATION_POS] * isolation->y_F[ISOLATION_NEG] * isolation->y_per_F;
}

void isolation_set_leak(isolation_t *isolation, isolation_pole_t pole, double ohm) {
  isolation->pole_S[pole] = siemens(ohm);
}

void isolation_set_tap(isolation_t *isolation, uint32_t tap, double ohm) {
  isolation->tap_S[tap] = siemens(ohm);
  isolation->tap_A[tap] = 0.0;
  isolation->tap_count = 0;
  isolation->tap_sum_S = 0.0;
  for (uint32_t i = 0; i < PINS_TAP_COUNT; i++) {
    isolation->tap_count += isolation->tap_S[i] > 0.0;
    isolation->tap_sum_S += isolation->tap_S[i];
  }
}

/// Module of a tap: each has one tap more than groups.
static uint32_t module_of(uint32_t tap) {
  uint32_t m = PINS_MODULE_COUNT - 1;
  while (m > 0 && tap < pinout_module[m].first_group + m) m--;
  return m;
}

uint32_t isolation_tap_groups(uint32_t tap) { return tap - module_of(tap); }

/// At a doubled tap the wire of the lower section.
uint32_t isolation_tap_wire(uint32_t tap) {
  uint32_t m = module_of(tap);
  const pinout_module_t *module = &pinout_module[m];
  uint32_t number = tap - (module->first_group + m);
  uint32_t is_behind_pair = module->pair_channel != 0 && number >= module->pair_channel;
  return module->first_wire + number + is_behind_pair;
}

/// Sums over conductances: g, g v, g v v.
typedef struct {
  double S, A, W;
} sums_t;

static void add(sums_t *sums, double conductance_S, double volt_V) {
  double current_A = conductance_S * volt_V;
  sums->S += conductance_S;
  sums->A += current_A;
  sums->W += current_A * volt_V;
}

/// Where the poles of the link stand; a link that is joined nowhere leaks into itself only.
typedef struct {
  double pos_V, neg_V, pos_S, neg_S;
} link_t;

static link_t find_link(const isolation_t *isolation, const isolation_in_t *in) {
  link_t link = {0};
  if (!in->link_pos_is_joined && !in->link_neg_is_joined) return link;
  link.pos_V = in->link_neg_is_joined ? in->link_V : in->pack_V;
  link.neg_V = link.pos_V - in->link_V;
  link.pos_S = isolation->pole_S[ISOLATION_LINK_POS];
  link.neg_S = isolation->pole_S[ISOLATION_LINK_NEG];
  return link;
}

RARE static void add_taps(const isolation_t *isolation, const isolation_in_t *in, sums_t *sums) {
  for (uint32_t tap = 0; tap < PINS_TAP_COUNT; tap++)
    if (isolation->tap_S[tap] > 0.0)
      add(sums, isolation->tap_S[tap], in->wire_source_V[isolation_tap_wire(tap)]);
}

static sums_t sum_leaks(const isolation_t *isolation, const isolation_in_t *in,
                        const link_t *link) {
  sums_t sums = {0};
  add(&sums, isolation->pole_S[ISOLATION_PACK_POS], in->pack_V);
  add(&sums, isolation->pole_S[ISOLATION_PACK_NEG], 0.0);
  add(&sums, link->pos_S, link->pos_V);
  add(&sums, link->neg_S, link->neg_V);
  if (isolation->tap_count > 0) add_taps(isolation, in, &sums);
  return sums;
}

/// A step of pack plus divides itself over the Y-capacitors; its charge leaves pack plus.
static double follow_pack_As(isolation_t *isolation, double pack_V) {
  double step_V = pack_V - isolation->pack_V;
  double charge_As = isolation->y_series_F * step_V;
  isolation->chassis_V += isolation->y_F[ISOLATION_POS] * isolation->y_per_F * step_V;
  isolation->heat_J += 0.5 * charge_As * step_V;
  isolation->pack_V = pack_V;
  return charge_As;
}

RARE static void book_taps(isolation_t *isolation, const double *wire_source_V, double mean_V) {
  for (uint32_t tap = 0; tap < PINS_TAP_COUNT; tap++) {
    double conductance_S = isolation->tap_S[tap];
    if (conductance_S > 0.0)
      isolation->tap_A[tap] = conductance_S * (wire_source_V[isolation_tap_wire(tap)] - mean_V);
  }
}

/// Means of the tick: leaks and dividers at the node's mean, capacitors by what it moved.
static void book_currents(isolation_t *isolation, const isolation_in_t *in, const link_t *link,
                          const double divider_S[ISOLATION_SIDE_COUNT], double mean_V,
                          double move_Vps) {
  double pos_S = isolation->pole_S[ISOLATION_PACK_POS] + divider_S[ISOLATION_POS];
  double neg_S = isolation->pole_S[ISOLATION_PACK_NEG] + divider_S[ISOLATION_NEG];
  double link_pos_A = link->pos_S * (link->pos_V - mean_V);
  double link_neg_A = link->neg_S * (link->neg_V - mean_V);
  isolation->plus_A = pos_S * (in->pack_V - mean_V) - isolation->y_F[ISOLATION_POS] * move_Vps;
  isolation->minus_A = -neg_S * mean_V - isolation->y_F[ISOLATION_NEG] * move_Vps;
  isolation->wire_A = in->wire_A - in->wire_S * mean_V;
  if (in->link_neg_is_joined) {
    isolation->link_A = link_pos_A;
    isolation->minus_A += link_neg_A;
  } else if (in->link_pos_is_joined) {
    isolation->link_A = -link_neg_A;
    isolation->plus_A += link_pos_A + link_neg_A;
  }
  if (isolation->tap_count > 0) book_taps(isolation, in->wire_source_V, mean_V);
}

/// Both leaks of a link that is joined nowhere are in series across it.
APART static void empty_link(isolation_t *isolation, double link_V, double dt_s) {
  double pos_S = isolation->pole_S[ISOLATION_LINK_POS];
  double neg_S = isolation->pole_S[ISOLATION_LINK_NEG];
  isolation->link_A = pos_S > 0.0 && neg_S > 0.0 ? link_V * pos_S * neg_S / (pos_S + neg_S) : 0.0;
  isolation->heat_J += isolation->link_A * link_V * dt_s;
}

RARE static void renew_exponent(isolation_t *isolation, double exponent) {
  double bounded = exponent < exponent_max ? exponent : exponent_max;
  isolation->exponent = exponent;
  isolation->fraction = exponent > 0.0 ? det_expm1_neg(bounded) / exponent : 1.0;
}

static void set_exponent(isolation_t *isolation, double exponent) {
  if (isolation->fraction > 0.0 && exponent <= isolation->exponent &&
      exponent >= isolation->exponent)
    return;
  renew_exponent(isolation, exponent);
}

static void set_tick(isolation_t *isolation, uint32_t dt_us) {
  double dt_s = 1e-6 * (double)dt_us;
  if (dt_s <= isolation->dt_s && dt_s >= isolation->dt_s) return;
  isolation->dt_s = dt_s;
  isolation->rate_Hz = 1.0 / dt_s;
}

void isolation_step(isolation_t *isolation, const isolation_in_t *in, uint32_t dt_us) {
  if (dt_us == 0) return;
  set_tick(isolation, dt_us);
  double dt_s = isolation->dt_s, divider_S[ISOLATION_SIDE_COUNT];
  for (uint32_t i = 0; i < ISOLATION_SIDE_COUNT; i++)
    divider_S[i] = in->switch_is_on[i] ? isolation->divider_S : 0.0;
  link_t link = find_link(isolation, in);
  sums_t own = sum_leaks(isolation, in, &link);
  isolation->leak_S = own.S + in->wire_S;
  isolation->leak_A = own.A + in->wire_A;
  add(&own, divider_S[ISOLATION_POS], in->pack_V);
  add(&own, divider_S[ISOLATION_NEG], 0.0);
  double all_S = own.S + in->wire_S, all_A = own.A + in->wire_A;

  if (!isolation->is_started) {
    isolation->pack_V = in->pack_V;
    isolation->chassis_V = all_S > 0.0 ? all_A / all_S : 0.5 * in->pack_V;
    isolation->is_started = 1;
  }
  double step_As = follow_pack_As(isolation, in->pack_V);
  set_exponent(isolation, all_S * dt_s * isolation->y_per_F);
  double rest_V = all_S > 0.0 ? all_A / all_S : isolation->chassis_V;
  double away_V = isolation->chassis_V - rest_V, fraction = isolation->fraction;
  double rise = isolation->exponent * fraction; /* 1 - e^-x */
  double mean_V = rest_V + away_V * fraction;
  double square_V2 = rest_V * rest_V + 2.0 * rest_V * away_V * fraction +
                     away_V * away_V * fraction * (1.0 - 0.5 * rise);
  isolation->chassis_V -= away_V * rise;
  isolation->heat_J += dt_s * (own.W - 2.0 * own.A * mean_V + own.S * square_V2);
  book_currents(isolation, in, &link, divider_S, mean_V, -away_V * rise * isolation->rate_Hz);
  isolation->plus_A += step_As * isolation->rate_Hz;
  isolation->minus_A -= step_As * isolation->rate_Hz;
  if (!in->link_pos_is_joined && !in->link_neg_is_joined) empty_link(isolation, in->link_V, dt_s);
  isolation->divider_V[ISOLATION_POS] =
      in->switch_is_on[ISOLATION_POS] ? in->pack_V - isolation->chassis_V : 0.0;
  isolation->divider_V[ISOLATION_NEG] =
      in->switch_is_on[ISOLATION_NEG] ? isolation->chassis_V : 0.0;
}

static double ohm_of(double conductance_S) {
  return conductance_S * none_ohm > 1.0 ? 1.0 / conductance_S : none_ohm;
}

double isolation_ohm(const isolation_t *isolation) { return ohm_of(isolation->leak_S); }

double isolation_side_ohm(const isolation_t *isolation, uint32_t side) {
  if (!(isolation->pack_V > 1.0)) return isolation_ohm(isolation);
  double pos_S = isolation->leak_A / isolation->pack_V;
  return ohm_of(side == ISOLATION_POS ? pos_S : isolation->leak_S - pos_S);
}
