/// One tick of the high-voltage path: contacts, then the link's exact exponential, then the
/// energies.
#include "hv.h"

#include <string.h>

#include "det_math.h"
#include "hv_contactor.h"

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
                       .link_active_discharge_ohm = 500.0};
}

void hv_init(hv_t *hv, const hv_params_t *params) {
  memset(hv, 0, sizeof *hv);
  hv->params = *params;
}

/// How the string meets the link in this tick.
typedef struct {
  double conductance_S; ///< from the string's source to the link; 0: open
  double main_share, aside_share; ///< of the current: through main positive, through the resistor
} path_t;

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
  double load_A, charger_A;
  int is_at_max_power;
} draw_t;

static path_t find_path(const hv_t *hv, double source_ohm) {
  const hv_params_t *params = &hv->params;
  const uint8_t *closed = hv->contact_is_closed;
  double main_S = closed[PINS_COIL_MAIN_POS] ? 1.0 / params->contact_ohm : 0.0;
  double aside_S = 1.0 / (params->precharge_ohm + params->contact_ohm);
  if (!closed[PINS_COIL_PRECHARGE]) aside_S = 0.0;
  double both_S = main_S + aside_S;
  path_t path = {0};
  if (!closed[PINS_COIL_MAIN_NEG] || hv->fuse_is_blown || both_S <= 0.0) return path;
  path.main_share = main_S / both_S;
  path.aside_share = aside_S / both_S;
  path.conductance_S = 1.0 / (source_ohm + params->fuse_ohm + params->contact_ohm + 1.0 / both_S);
  return path;
}

static double shunt_S(const hv_t *hv, const hv_load_t *load) {
  double sum_S = load->conductance_S > 0.0 ? load->conductance_S : 0.0;
  if (hv->params.link_bleed_ohm > 0.0) sum_S += 1.0 / hv->params.link_bleed_ohm;
  if (load->active_discharge) sum_S += 1.0 / hv->params.link_active_discharge_ohm;
  if (load->short_ohm > 0.0) sum_S += 1.0 / load->short_ohm;
  return sum_S;
}

static link_t make_link(const hv_t *hv, const path_t *path, double emf_V, double shunt,
                        double dt_s) {
  double farad = hv->params.link_F > link_min_F ? hv->params.link_F : link_min_F;
  double rate = (path->conductance_S + shunt) / farad;
  double x = rate * dt_s;
  link_t link = {.start_V = hv->link_V, .capacitance_F = farad, .dt_s = dt_s, .shunt_S = shunt};
  link.slope_Vps = path->conductance_S * emf_V / farad - rate * hv->link_V;
  if (x < series_below) {
    link.rise_s = dt_s * (1.0 - x / 2.0 + x * x / 6.0 - x * x * x / 24.0);
    link.area_s2 = dt_s * dt_s * (1.0 / 2.0 - x / 6.0 + x * x / 24.0 - x * x * x / 120.0);
    link.square_s3 =
        dt_s * dt_s * dt_s * (1.0 / 3.0 - x / 4.0 + 7.0 * x * x / 60.0 - x * x * x / 24.0);
  } else {
    double twice_s = det_expm1_neg(2.0 * x) / (2.0 * rate);
    link.rise_s = det_expm1_neg(x) / rate;
    link.area_s2 = (dt_s - link.rise_s) / rate;
    link.square_s3 = (dt_s - 2.0 * link.rise_s + twice_s) / (rate * rate);
  }
  return link;
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
  double current_A = open_V > 0.0 ? 0.5 * open_V / response->mean_ohm : 0.0;
  if (!*is_at_max_power) current_A = 2.0 * power_W / (open_V + det_sqrt(square_V2));
  return limit_current_A(response, current_A);
}

static response_t shifted(response_t response, double injected_A) {
  response.end_V += response.end_ohm * injected_A;
  response.mean_V += response.mean_ohm * injected_A;
  return response;
}

/// Loads and charger together: the charger gives its current unless its voltage limit comes first.
static draw_t solve_draw(const link_t *link, const hv_load_t *load, uint8_t *is_in_cv) {
  response_t base = respond(link);
  double fixed_A = limit_current_A(&base, load->current_A);
  base = shifted(base, -fixed_A);
  draw_t draw = {0};
  *is_in_cv = 0;
  if (load->charger_current_A > 0.0) {
    draw.charger_A = load->charger_current_A;
    response_t charged = shifted(base, draw.charger_A);
    double power_A = power_current_A(&charged, load->power_W, &draw.is_at_max_power);
    if (charged.end_V - charged.end_ohm * power_A <= load->charger_voltage_V) {
      draw.load_A = fixed_A + power_A;
      return draw;
    }
    double net_A = (load->charger_voltage_V - base.end_V) / base.end_ohm;
    double mean_V = base.mean_V + base.mean_ohm * net_A;
    double cv_power_A = mean_V > 0.0 ? load->power_W / mean_V : 0.0;
    draw.charger_A = net_A + cv_power_A;
    if (draw.charger_A >= 0.0 && draw.charger_A <= load->charger_current_A) {
      *is_in_cv = 1;
      draw.is_at_max_power = 0;
      draw.load_A = fixed_A + cv_power_A;
      return draw;
    }
    draw.charger_A = 0.0;
  }
  draw.load_A = fixed_A + power_current_A(&base, load->power_W, &draw.is_at_max_power);
  return draw;
}

/// Integrals over the tick of string current and link voltage.
typedef struct {
  double charge_As, square_A2s, link_Vs, link_V2s;
} integral_t;

static integral_t integrate(const link_t *link, const path_t *path, double emf_V) {
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

static void book_path(hv_t *hv, const path_t *path, double square_A2s, double dt_s) {
  const hv_params_t *params = &hv->params;
  double aside_A2s = path->aside_share * path->aside_share * square_A2s;
  double main_A2s = path->main_share * path->main_share * square_A2s;
  double precharge_J = params->precharge_ohm * aside_A2s;
  double fuse_J = params->fuse_ohm * square_A2s;
  double contact_J = params->contact_ohm * (square_A2s + main_A2s + aside_A2s);
  hv->precharge_J += precharge_J;
  hv->fuse_J += fuse_J;
  hv->contact_J += contact_J;
  hv->loss_J += precharge_J + fuse_J + contact_J;
  double heat_A2s = square_A2s - params->fuse_rated_A * params->fuse_rated_A * dt_s;
  hv->fuse_I2t_A2s += heat_A2s;
  if (hv->fuse_I2t_A2s < 0.0) hv->fuse_I2t_A2s = 0.0;
  if (hv->fuse_I2t_A2s >= params->fuse_I2t_A2s) hv->fuse_is_blown = 1;
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
  hv->loss_J += short_J + bleed_J;
}

double hv_step(hv_t *hv, pack_source_t source, const double coil_V[PINS_COIL_COUNT],
               const hv_load_t *load, uint32_t dt_us) {
  if (dt_us == 0) return 0.0;
  double dt_s = 1e-6 * (double)dt_us;
  for (uint32_t i = 0; i < PINS_COIL_COUNT; i++) hv_contactor_step(hv, i, coil_V[i], dt_us);
  path_t path = find_path(hv, source.ohm);
  link_t link = make_link(hv, &path, source.emf_V, shunt_S(hv, load), dt_s);
  draw_t draw = solve_draw(&link, load, &hv->charger_is_in_cv);
  link.slope_Vps += (draw.charger_A - draw.load_A) / link.capacitance_F;
  if (draw.is_at_max_power && path.conductance_S > 0.0) hv->max_power_point_count++;

  integral_t sum = integrate(&link, &path, source.emf_V);
  hv->link_V = link.start_V + link.slope_Vps * link.rise_s;
  hv->link_mean_V = sum.link_Vs / dt_s;
  hv->pack_A = sum.charge_As / dt_s;
  hv->ripple_A2s = sum.square_A2s - hv->pack_A * sum.charge_As;
  hv->pack_V = source.emf_V - source.ohm * hv->pack_A;
  hv->charger_A = draw.charger_A;
  double conductive_A = load->conductance_S > 0.0 ? load->conductance_S * hv->link_mean_V : 0.0;
  hv->load_A = draw.load_A + conductive_A;
  hv->pack_J += source.emf_V * sum.charge_As - source.ohm * sum.square_A2s;
  book_path(hv, &path, sum.square_A2s, dt_s);
  book_link(hv, load, &draw, &sum, link.shunt_S);
  return hv->pack_A;
}
