/// One tick of the high-voltage path: contacts, then the link's exact exponential, then the
/// energies.
#include "hv.h"

#include <string.h>

#include "det_math.h"
#include "hv_contactor.h"
#include "hv_damage.h"
#include "rare.h"

/// Inverter and regeneration never lift the link above this; assumed (pack window 240-413 V).
static const double link_max_V = 450.0;
static const double link_min_F = 1e-6;
static const double series_below =
    1e-2; ///< exponent below which integrals are taken from their series

hv_params_t hv_params_soul_ev(void) {
  return (hv_params_t){.link_F = 1.0e-3,
                       .precharge_ohm = 40.0,
                       .contact_ohm = 0.20e-3,
                       .fuse_ohm = 0.35e-3,
                       .fuse_I2t_A2s = 60e3,
                       .fuse_rated_A = 350.0,
                       .pull_in_s = 0.020,
                       .drop_out_s = 0.010,
                       .bounce_s = 0.003,
                       .coil_pull_in_V = 7.5,
                       .coil_drop_out_V = 3.0,
                       .link_bleed_ohm = 100e3,
                       .link_active_discharge_ohm = 500.0,
                       .arc_rated_A = 200.0,
                       .arc_weld_A = 1000.0,
                       .make_weld_V = 60.0,
                       .precharge_J_per_K = 20.0,
                       .precharge_cool_s = 120.0,
                       .precharge_burn_K = 250.0};
}

void hv_init(hv_t *hv, const hv_params_t *params) {
  memset(hv, 0, sizeof *hv);
  hv->params = *params;
}

/// String and fuse, with a short behind the fuse if there is one, as the contactors see them.
typedef struct {
  double emf_V, ohm;
  double base_A, gain; ///< current of the string: base_A + gain times that through the contactors
  double short_S;
  uint8_t is_live; ///< there is something that drives or takes current
} node_t;

/// The link over one tick: u(t) = start + slope (1 - e^(-kt))/k, with slope = slope0 + injected /
/// C.
typedef struct {
  double start_V, slope_Vps, capacitance_F, dt_s, shunt_S;
  double rise_s; ///< (1 - e^(-kh))/k
  double area_s2; ///< integral of (1 - e^(-kt))/k
  double square_s3; ///< integral of its square
} link_t;

/// Currents at the link in this tick, out of it.
typedef struct {
  double load_A, charger_A; ///< the load's without isolation_A
  double isolation_A;
  int is_at_max_power;
} draw_t;

static node_t find_node(const hv_t *hv, const pack_source_t *source, const hv_load_t *load) {
  node_t node = {0};
  double short_ohm = load->terminal_short_ohm;
  int has_string = !hv->fuse_is_blown && !hv->fuse_is_open && !hv->string_is_open;
  node.is_live = has_string || short_ohm > 0.0;
  node.short_S = short_ohm > 0.0 ? 1.0 / short_ohm : 0.0;
  node.ohm = short_ohm;
  if (!has_string) return node;
  node.emf_V = source->emf_V;
  node.ohm = source->ohm + hv->params.fuse_ohm;
  node.gain = 1.0;
  if (short_ohm > 0.0) {
    node.base_A = source->emf_V / (node.ohm + short_ohm);
    node.gain = short_ohm / (node.ohm + short_ohm);
    node.emf_V *= node.gain;
    node.ohm *= node.gain;
  }
  return node;
}

static int resistor_is_whole(const hv_t *hv) {
  return !hv->precharge_is_open && !hv->precharge_is_burnt;
}

int hv_link_is_joined(const hv_t *hv, int at_plus) {
  const uint8_t *closed = hv->contact_is_closed;
  if (!at_plus) return closed[PINS_COIL_MAIN_NEG];
  return closed[PINS_COIL_MAIN_POS] || (closed[PINS_COIL_PRECHARGE] && resistor_is_whole(hv));
}

enum { WAY_MAIN = 1, WAY_ASIDE = 2, WAY_BACK = 4, WAY_IS_KNOWN = 8 };

static uint32_t ways_of(const hv_t *hv, const node_t *node) {
  const uint8_t *closed = hv->contact_is_closed;
  uint32_t ways = WAY_IS_KNOWN;
  if (closed[PINS_COIL_MAIN_POS]) ways |= WAY_MAIN;
  if (closed[PINS_COIL_PRECHARGE] && resistor_is_whole(hv)) ways |= WAY_ASIDE;
  if (closed[PINS_COIL_MAIN_NEG] && node->is_live) ways |= WAY_BACK;
  return ways;
}

APART static hv_path_t find_path(const hv_params_t *params, double node_ohm, uint32_t ways) {
  double main_S = ways & WAY_MAIN ? 1.0 / params->contact_ohm : 0.0;
  double aside_S = ways & WAY_ASIDE ? 1.0 / (params->precharge_ohm + params->contact_ohm) : 0.0;
  double both_S = main_S + aside_S;
  hv_path_t path = {.node_ohm = node_ohm,
                    .contact_ohm = params->contact_ohm,
                    .precharge_ohm = params->precharge_ohm,
                    .ways = ways};
  if (!(ways & WAY_BACK) || both_S <= 0.0) return path;
  path.main_share = main_S / both_S;
  path.aside_share = aside_S / both_S;
  path.conductance_S = 1.0 / (node_ohm + params->contact_ohm + 1.0 / both_S);
  return path;
}

/// How the node meets the link in this tick: as in the one before, most of the time.
static const hv_path_t *take_path(hv_t *hv, const node_t *node) {
  const hv_params_t *params = &hv->params;
  hv_path_t *path = &hv->kept_path;
  const uint32_t ways = ways_of(hv, node);
  if (ways != path->ways || node->ohm != path->node_ohm ||
      params->contact_ohm != path->contact_ohm || params->precharge_ohm != path->precharge_ohm)
    *path = find_path(params, node->ohm, ways);
  return path;
}

static double shunt_S(const hv_t *hv, const hv_load_t *load) {
  double sum_S = load->conductance_S > 0.0 ? load->conductance_S : 0.0;
  if (hv->params.link_bleed_ohm > 0.0) sum_S += 1.0 / hv->params.link_bleed_ohm;
  if (load->active_discharge) sum_S += 1.0 / hv->params.link_active_discharge_ohm;
  if (load->short_ohm > 0.0) sum_S += 1.0 / load->short_ohm;
  return sum_S;
}

APART static hv_kept_t integrals_of(double rate, double dt_s) {
  hv_kept_t kept = {.rate = rate, .dt_s = dt_s};
  double x = rate * dt_s;
  if (x < series_below) {
    kept.rise_s = dt_s * (1.0 - x / 2.0 + x * x / 6.0 - x * x * x / 24.0);
    kept.area_s2 = dt_s * dt_s * (1.0 / 2.0 - x / 6.0 + x * x / 24.0 - x * x * x / 120.0);
    kept.square_s3 =
        dt_s * dt_s * dt_s * (1.0 / 3.0 - x / 4.0 + 7.0 * x * x / 60.0 - x * x * x / 24.0);
  } else {
    double twice_s = det_expm1_neg(2.0 * x) / (2.0 * rate);
    kept.rise_s = det_expm1_neg(x) / rate;
    kept.area_s2 = (dt_s - kept.rise_s) / rate;
    kept.square_s3 = (dt_s - 2.0 * kept.rise_s + twice_s) / (rate * rate);
  }
  return kept;
}

static link_t make_link(hv_t *hv, const hv_path_t *path, double emf_V, double shunt, double dt_s) {
  double farad = hv->params.link_F > link_min_F ? hv->params.link_F : link_min_F;
  double rate = (path->conductance_S + shunt) / farad;
  if (rate != hv->kept.rate || dt_s != hv->kept.dt_s) hv->kept = integrals_of(rate, dt_s);
  const hv_kept_t *kept = &hv->kept;
  return (link_t){.start_V = hv->link_V,
                  .slope_Vps = path->conductance_S * emf_V / farad - rate * hv->link_V,
                  .capacitance_F = farad,
                  .dt_s = dt_s,
                  .shunt_S = shunt,
                  .rise_s = kept->rise_s,
                  .area_s2 = kept->area_s2,
                  .square_s3 = kept->square_s3};
}

/// Link voltage without and per injected ampere: at the tick's end and in its mean.
typedef struct {
  double end_V, end_ohm, mean_V, mean_ohm;
} response_t;

static response_t respond(const link_t *link) {
  response_t response;
  response.end_ohm = link->rise_s / link->capacitance_F;
  response.mean_ohm = link->area_s2 / (link->dt_s * link->capacitance_F);
  response.end_V = link->start_V + link->slope_Vps * link->rise_s;
  response.mean_V = link->start_V + link->slope_Vps * link->area_s2 / link->dt_s;
  return response;
}

/// What is left of wanted_A when the end voltage must stay within 0..link_max_V.
static double limit_current_A(const response_t *response, double wanted_A) {
  double end_V = response->end_V - response->end_ohm * wanted_A;
  if (end_V >= 0.0 && end_V <= link_max_V) return wanted_A;
  double most_A = response->end_V > 0.0 ? response->end_V / response->end_ohm : 0.0;
  double least_A = (response->end_V - link_max_V) / response->end_ohm;
  if (least_A > 0.0) least_A = 0.0;
  if (wanted_A > most_A) return most_A;
  return wanted_A < least_A ? least_A : wanted_A;
}

/// Current that takes power_W in the tick's mean; without a solution the most power that there is.
static double power_current_A(const response_t *response, double power_W, int *is_at_max_power) {
  double open_V = response->mean_V;
  double square_V2 = open_V * open_V - 4.0 * power_W * response->mean_ohm;
  *is_at_max_power = power_W > 0.0 && (square_V2 < 0.0 || open_V <= 0.0);
  if (power_W == 0.0) return 0.0;
  if (!*is_at_max_power)
    return limit_current_A(response, 2.0 * power_W / (open_V + det_sqrt(square_V2)));
  return limit_current_A(response, open_V > 0.0 ? 0.5 * open_V / response->mean_ohm : 0.0);
}

static response_t shifted(response_t response, double injected_A) {
  response.end_V += response.end_ohm * injected_A;
  response.mean_V += response.mean_ohm * injected_A;
  return response;
}

/// The charger gives its current, or its power if that is less. 1 iff its voltage limit allows it.
APART static int solve_charging(const response_t *base, const hv_load_t *load, draw_t *draw) {
  double charger_A = load->charger_current_A, power_W = load->charger_power_W;
  response_t charged = shifted(*base, charger_A);
  double load_A = power_current_A(&charged, load->power_W, &draw->is_at_max_power);
  double mean_V = charged.mean_V - charged.mean_ohm * load_A;
  if (power_W > 0.0 && charger_A * mean_V > power_W) {
    double net_A = power_current_A(base, load->power_W - power_W, &draw->is_at_max_power);
    mean_V = base->mean_V - base->mean_ohm * net_A;
    if (mean_V * charger_A > power_W) charger_A = power_W / mean_V; /* else it collapses */
    load_A = net_A + charger_A;
  }
  draw->charger_A = charger_A;
  draw->load_A = load_A;
  return base->end_V + base->end_ohm * (charger_A - load_A) <= load->charger_voltage_V;
}

/// With a charger that gives its current or holds its voltage; 0 iff it gives nothing.
APART static int draw_charging(const response_t *base, const hv_load_t *load, double fixed_A,
                               draw_t *draw, uint8_t *is_in_cv) {
  if (solve_charging(base, load, draw)) {
    draw->load_A += fixed_A;
    return 1;
  }
  double net_A = (load->charger_voltage_V - base->end_V) / base->end_ohm;
  double mean_V = base->mean_V + base->mean_ohm * net_A;
  double cv_power_A = mean_V > 0.0 ? load->power_W / mean_V : 0.0;
  draw->charger_A = net_A + cv_power_A;
  if (draw->charger_A >= 0.0 && draw->charger_A <= load->charger_current_A) {
    *is_in_cv = 1;
    draw->is_at_max_power = 0;
    draw->load_A = fixed_A + cv_power_A;
    return 1;
  }
  draw->charger_A = 0.0;
  return 0;
}

/// What the load's own bounds leave of the current that it wants.
static double within_bounds_A(const hv_load_t *load, double wanted_A) {
  if (!load->is_bounded) return wanted_A;
  if (wanted_A > load->most_A) return load->most_A;
  return wanted_A < -load->most_back_A ? -load->most_back_A : wanted_A;
}

/// Loads and charger together: the charger gives its current, at most its power, unless its voltage
/// limit comes first.
static draw_t solve_draw(const link_t *link, const hv_load_t *load, uint8_t *is_in_cv) {
  response_t base = respond(link);
  draw_t draw = {0};
  draw.isolation_A = limit_current_A(&base, load->isolation_A);
  base = shifted(base, -draw.isolation_A);
  double fixed_A = limit_current_A(&base, load->current_A);
  base = shifted(base, -fixed_A);
  *is_in_cv = 0;
  if (load->charger_current_A > 0.0 && draw_charging(&base, load, fixed_A, &draw, is_in_cv))
    return draw;
  draw.load_A = fixed_A + power_current_A(&base, load->power_W, &draw.is_at_max_power);
  const double allowed_A = within_bounds_A(load, draw.load_A);
  if (allowed_A != draw.load_A) draw.is_at_max_power = 0;
  draw.load_A = allowed_A;
  return draw;
}

/// Integrals over the tick of string current and link voltage.
typedef struct {
  double charge_As, square_A2s, link_Vs, link_V2s;
} integral_t;

static integral_t integrate(const link_t *link, const hv_path_t *path, double emf_V) {
  integral_t sum;
  double slope = link->slope_Vps;
  double lift_Vs = slope * link->area_s2;
  double lift_V2s = slope * slope * link->square_s3;
  double drop_V = emf_V - link->start_V;
  double path_S = path->conductance_S;
  sum.link_Vs = link->start_V * link->dt_s + lift_Vs;
  sum.link_V2s =
      link->start_V * link->start_V * link->dt_s + 2.0 * link->start_V * lift_Vs + lift_V2s;
  sum.charge_As = path_S * (drop_V * link->dt_s - lift_Vs);
  sum.square_A2s =
      path_S * path_S * (drop_V * drop_V * link->dt_s - 2.0 * drop_V * lift_Vs + lift_V2s);
  return sum;
}

/// The string's own current follows from that through the contactors; so do its integrals.
static void book_string(hv_t *hv, const node_t *node, const pack_source_t *source,
                        const integral_t *sum, double dt_s) {
  const hv_params_t *params = &hv->params;
  double base_A = node->base_A, gain = node->gain, beside = node->gain - 1.0;
  double base_A2s = base_A * base_A * dt_s;
  double charge_As = base_A * dt_s + gain * sum->charge_As;
  double square_A2s =
      base_A2s + 2.0 * base_A * gain * sum->charge_As + gain * gain * sum->square_A2s;
  double fuse_J = params->fuse_ohm * square_A2s;
  hv->pack_A = charge_As / dt_s;
  hv->ripple_A2s = square_A2s - hv->pack_A * charge_As;
  hv->pack_J += source->emf_V * charge_As - source->ohm * square_A2s;
  hv->fuse_J += fuse_J;
  hv->loss_J += fuse_J;
  if (node->short_S > 0.0) {
    double short_A2s =
        base_A2s + 2.0 * base_A * beside * sum->charge_As + beside * beside * sum->square_A2s;
    hv->short_J += short_A2s / node->short_S;
    hv->loss_J += short_A2s / node->short_S;
  }
  hv->fuse_I2t_A2s += square_A2s - params->fuse_rated_A * params->fuse_rated_A * dt_s;
  if (hv->fuse_I2t_A2s < 0.0) hv->fuse_I2t_A2s = 0.0;
  if (hv->fuse_I2t_A2s >= params->fuse_I2t_A2s) hv->fuse_is_blown = 1;
}

static void book_path(hv_t *hv, const hv_path_t *path, const integral_t *sum, uint32_t dt_us) {
  const hv_params_t *params = &hv->params;
  double square_A2s = sum->square_A2s, mean_A = sum->charge_As / (1e-6 * (double)dt_us);
  double aside_A2s = path->aside_share * path->aside_share * square_A2s;
  double main_A2s = path->main_share * path->main_share * square_A2s;
  double precharge_J = params->precharge_ohm * aside_A2s;
  double contact_J = params->contact_ohm * (square_A2s + main_A2s + aside_A2s);
  hv->precharge_J += precharge_J;
  hv->contact_J += contact_J;
  hv->loss_J += precharge_J + contact_J;
  hv->contact_A[PINS_COIL_MAIN_POS] = path->main_share * mean_A;
  hv->contact_A[PINS_COIL_MAIN_NEG] = mean_A;
  hv->contact_A[PINS_COIL_PRECHARGE] = path->aside_share * mean_A;
  hv_damage_precharge(hv, precharge_J, dt_us);
}

static void book_link(hv_t *hv, const hv_load_t *load, const draw_t *draw, const integral_t *sum,
                      double all_S) {
  double load_S = load->conductance_S > 0.0 ? load->conductance_S : 0.0;
  double short_S = load->short_ohm > 0.0 ? 1.0 / load->short_ohm : 0.0;
  double short_J = short_S * sum->link_V2s;
  double bleed_J = (all_S - load_S - short_S) * sum->link_V2s;
  hv->link_load_J += draw->load_A * sum->link_Vs + load_S * sum->link_V2s;
  hv->charger_J += draw->charger_A * sum->link_Vs;
  hv->short_J += short_J;
  hv->bleed_J += bleed_J;
  double isolation_J = draw->isolation_A * sum->link_Vs;
  hv->isolation_J += isolation_J;
  hv->loss_J += short_J + bleed_J + isolation_J;
}

/// Without the service plug a short, else the link decides, else the sense divider: 0.
static double terminal_V(const hv_t *hv, const pack_source_t *source, const node_t *node) {
  if (!hv->string_is_open) return source->emf_V - source->ohm * hv->pack_A;
  if (node->short_S > 0.0) return -hv->contact_A[PINS_COIL_MAIN_NEG] / node->short_S;
  return hv_link_is_joined(hv, 0) && hv_link_is_joined(hv, 1) ? hv->link_mean_V : 0.0;
}

static void step_contactors(hv_t *hv, const node_t *node, const double coil_V[PINS_COIL_COUNT],
                            uint32_t dt_us) {
  uint8_t was_closed[PINS_COIL_COUNT];
  memcpy(was_closed, hv->contact_is_closed, sizeof was_closed);
  for (uint32_t i = 0; i < PINS_COIL_COUNT; i++)
    hv_contactor_step(hv, i, hv->coil_is_open[i] ? 0.0 : coil_V[i], dt_us);
  if (memcmp(was_closed, hv->contact_is_closed, sizeof was_closed) != 0)
    hv_damage_contacts(hv, was_closed, node->is_live ? node->emf_V - hv->link_V : 0.0);
  for (uint32_t i = 0; i < PINS_COIL_COUNT; i++) {
    hv->aux_is_closed[i] = hv->contact_is_closed[i];
    if (hv->aux_fault[i] != HV_AUX_OK)
      hv->aux_is_closed[i] = hv->aux_fault[i] == HV_AUX_STUCK_CLOSED;
  }
}

double hv_step(hv_t *hv, pack_source_t source, const double coil_V[PINS_COIL_COUNT],
               const hv_load_t *load, uint32_t dt_us) {
  if (dt_us == 0) return 0.0;
  double dt_s = 1e-6 * (double)dt_us;
  node_t node = find_node(hv, &source, load);
  step_contactors(hv, &node, coil_V, dt_us);
  const hv_path_t *path = take_path(hv, &node);
  link_t link = make_link(hv, path, node.emf_V, shunt_S(hv, load), dt_s);
  draw_t draw = solve_draw(&link, load, &hv->charger_is_in_cv);
  link.slope_Vps += (draw.charger_A - draw.load_A - draw.isolation_A) / link.capacitance_F;
  if (draw.is_at_max_power && path->conductance_S > 0.0) hv->max_power_point_count++;

  integral_t sum = integrate(&link, path, node.emf_V);
  hv->link_V = link.start_V + link.slope_Vps * link.rise_s;
  hv->link_mean_V = sum.link_Vs / dt_s;
  book_string(hv, &node, &source, &sum, dt_s);
  hv->charger_A = draw.charger_A;
  double conductive_A = load->conductance_S > 0.0 ? load->conductance_S * hv->link_mean_V : 0.0;
  hv->load_A = draw.load_A + conductive_A;
  book_path(hv, path, &sum, dt_us);
  hv->pack_V = terminal_V(hv, &source, &node);
  book_link(hv, load, &draw, &sum, link.shunt_S);
  return hv->pack_A;
}
