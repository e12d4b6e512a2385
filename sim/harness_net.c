/// Block elimination of one AFE's sense network, with the clamps of its inputs.
#include "harness_net.h"

static const double filter_S = 1.0 / HARNESS_FILTER_ohm;
static const double clamp_S = 1.0 / HARNESS_CLAMP_ohm;

static double link_S(const harness_net_t *net, uint32_t k) {
  return k > 0 && k < net->count && net->clamp[k] != HARNESS_CLAMP_OFF ? clamp_S : 0.0;
}

static double minus_S(const harness_net_t *net, uint32_t k) {
  return net->hold_S[k] + (net->clamp_to_minus[k] ? clamp_S : 0.0);
}

static void factor_pins(const harness_net_t *net, harness_factor_t *factor) {
  double fill_S = 0.0;
  for (uint32_t k = net->count; k-- > 0;) {
    double own_S = net->wire_S[k] + net->bleed_S[k] + net->bleed_S[k + 1] - fill_S;
    if (k == 0) own_S += net->stray_S;
    factor->i11[k] = 1.0 / own_S;
    fill_S = net->bleed_S[k] * net->bleed_S[k] * factor->i11[k];
  }
}

static void factor_pairs(const harness_net_t *net, harness_factor_t *factor) {
  double fill_pin = 0.0, fill_mix = 0.0, fill_input = 0.0, fill_pin_minus = 0.0,
         fill_input_minus = 0.0;
  double v = net->wire_S[0] + filter_S + net->bleed_S[1] + net->stray_S;
  for (uint32_t k = net->count - 1; k > 0; k--) {
    const double down_S = minus_S(net, k), link = link_S(net, k),
                 bleed = k > 1 ? net->bleed_S[k] : 0.0;
    const double a = net->wire_S[k] + filter_S + net->bleed_S[k] + net->bleed_S[k + 1] - fill_pin;
    const double c = filter_S + down_S + link + link_S(net, k + 1) - fill_input;
    const double o = -filter_S - fill_mix;
    const double pv = fill_pin_minus - (k == 1 ? net->bleed_S[1] : 0.0);
    const double cv = fill_input_minus - down_S;
    const double scale = 1.0 / (a * c - o * o);
    const double i11 = c * scale, i12 = -o * scale, i22 = a * scale;
    const double to_pin = i11 * pv + i12 * cv, to_input = i12 * pv + i22 * cv;
    v += down_S - pv * to_pin - cv * to_input;
    fill_pin = bleed * bleed * i11;
    fill_mix = bleed * link * i12;
    fill_input = link * link * i22;
    fill_pin_minus = bleed * to_pin;
    fill_input_minus = link * to_input;
    factor->i11[k] = i11;
    factor->i12[k] = i12;
    factor->i22[k] = i22;
    factor->link_S[k] = link;
    factor->pin_minus[k] = pv;
    factor->input_minus[k] = cv;
  }
  factor->zero_S = 1.0 / (filter_S + link_S(net, 1) - fill_input);
  factor->zero_minus = fill_input_minus - filter_S;
  factor->minus_S = 1.0 / (v - factor->zero_minus * factor->zero_minus * factor->zero_S);
}

void harness_net_factor(const harness_net_t *net, harness_factor_t *factor) {
  if (net->is_full)
    factor_pairs(net, factor);
  else
    factor_pins(net, factor);
}

static void solve_pins(const harness_net_t *net, const harness_factor_t *factor,
                       harness_vector_t *currents, harness_vector_t *voltages) {
  double carry = 0.0;
  for (uint32_t k = net->count; k-- > 0;) {
    const double x = (currents->pin[k] + currents->input[k] + carry) * factor->i11[k];
    voltages->pin[k] = x;
    carry = net->bleed_S[k] * x;
  }
  voltages->input[0] = voltages->pin[0] + currents->input[0] * HARNESS_FILTER_ohm;
  for (uint32_t k = 1; k < net->count; k++) {
    voltages->pin[k] += net->bleed_S[k] * factor->i11[k] * voltages->pin[k - 1];
    voltages->input[k] = voltages->pin[k] + currents->input[k] * HARNESS_FILTER_ohm;
  }
}

static void solve_pairs(const harness_net_t *net, const harness_factor_t *factor,
                        harness_vector_t *currents, harness_vector_t *voltages) {
  double minus = currents->pin[0];
  for (uint32_t k = net->count - 1; k > 0; k--) {
    const double p = currents->pin[k], c = currents->input[k];
    const double y = factor->i11[k] * p + factor->i12[k] * c;
    const double z = factor->i12[k] * p + factor->i22[k] * c;
    if (k > 1) currents->pin[k - 1] += net->bleed_S[k] * y;
    currents->input[k - 1] += factor->link_S[k] * z;
    minus -= factor->pin_minus[k] * y + factor->input_minus[k] * z;
  }
  minus -= factor->zero_minus * currents->input[0] * factor->zero_S;
  const double v = minus * factor->minus_S;
  voltages->pin[0] = v;
  voltages->input[0] = (currents->input[0] - factor->zero_minus * v) * factor->zero_S;
  for (uint32_t k = 1; k < net->count; k++) {
    const double below = k > 1 ? net->bleed_S[k] * voltages->pin[k - 1] : 0.0;
    const double p = currents->pin[k] + below - factor->pin_minus[k] * v;
    const double c = currents->input[k] + factor->link_S[k] * voltages->input[k - 1] -
                     factor->input_minus[k] * v;
    voltages->pin[k] = factor->i11[k] * p + factor->i12[k] * c;
    voltages->input[k] = factor->i12[k] * p + factor->i22[k] * c;
  }
}

void harness_net_solve(const harness_net_t *net, const harness_factor_t *factor,
                       harness_vector_t *currents, harness_vector_t *voltages) {
  if (net->is_full)
    solve_pairs(net, factor, currents, voltages);
  else
    solve_pins(net, factor, currents, voltages);
}

static harness_clamp_t clamp_wanted(double step_V, int is_top) {
  if (step_V < -HARNESS_DIODE_V) return HARNESS_CLAMP_FORWARD;
  return is_top && step_V > HARNESS_ZENER_V ? HARNESS_CLAMP_ZENER : HARNESS_CLAMP_OFF;
}

int harness_net_clamp(harness_net_t *net, const harness_vector_t *voltages, double *current_A) {
  int is_changed = 0;
  double max_A = 0.0;
  for (uint32_t k = 1; k < net->count; k++) {
    const double step_V = voltages->input[k] - voltages->input[k - 1];
    const harness_clamp_t clamp = clamp_wanted(step_V, k == net->count - 1);
    const double over_V = clamp == HARNESS_CLAMP_FORWARD ? -step_V - HARNESS_DIODE_V
                          : clamp == HARNESS_CLAMP_ZENER ? step_V - HARNESS_ZENER_V
                                                         : 0.0;
    const double minus_V = voltages->pin[0] - voltages->input[k] - HARNESS_DIODE_V;
    const uint8_t to_minus = k > 1 && minus_V > 0.0;
    if (over_V * clamp_S > max_A) max_A = over_V * clamp_S;
    if (to_minus && minus_V * clamp_S > max_A) max_A = minus_V * clamp_S;
    is_changed |= clamp != net->clamp[k] || to_minus != net->clamp_to_minus[k];
    net->clamp[k] = (uint8_t)clamp;
    net->clamp_to_minus[k] = to_minus;
  }
  if (is_changed) net->is_full = 1;
  *current_A = max_A;
  return is_changed;
}

void harness_net_clamp_currents(const harness_net_t *net, harness_vector_t *currents) {
  for (uint32_t k = 1; k < net->count; k++) {
    const double source_A = net->clamp[k] == HARNESS_CLAMP_FORWARD ? -HARNESS_DIODE_V * clamp_S
                            : net->clamp[k] == HARNESS_CLAMP_ZENER ? HARNESS_ZENER_V * clamp_S
                                                                   : 0.0;
    const double minus_A = net->clamp_to_minus[k] ? HARNESS_DIODE_V * clamp_S : 0.0;
    currents->input[k] += source_A - minus_A;
    currents->input[k - 1] -= source_A;
    currents->pin[0] += minus_A;
  }
}
