/// Shorts between wires and switching clamps: the AFE networks solved together.
#include "harness_couple.h"

#include <string.h>

#include "../ecu_model/gen/pinout.h"

enum { BRANCH_MAX = 3 * HARNESS_SHORT_MAX, CLAMP_ROUND_MAX = 24 };

static const double help_S = 1.0;

/// A branch across the solved networks: a short, or the taking back of a helping conductance.
typedef struct {
  double ohm;
  uint8_t afe_a, pin_a;
  uint8_t afe_b, pin_b;
  uint8_t is_single; ///< b is the reference
} branch_t;

typedef struct {
  harness_net_t net[PINS_MODULE_COUNT];
  harness_factor_t factor[PINS_MODULE_COUNT];
  harness_vector_t injected[PINS_MODULE_COUNT], currents[PINS_MODULE_COUNT],
      voltages[PINS_MODULE_COUNT];
  double base_V[PINS_MODULE_COUNT];
  double clamp_A[PINS_MODULE_COUNT];
  branch_t branch[BRANCH_MAX];
  double matrix[BRANCH_MAX][BRANCH_MAX + 1];
  double branch_A[BRANCH_MAX];
  uint32_t branch_count;
} work_t;

static void locate(uint32_t wire, uint8_t *afe, uint8_t *pin) {
  const uint32_t module = pinout_wire[wire].module - 1u;
  *afe = (uint8_t)module;
  *pin = (uint8_t)(wire - pinout_module[module].first_wire);
}

static int afe_floats(const harness_t *harness, uint32_t afe) {
  const pinout_module_t *module = &pinout_module[afe];
  for (uint32_t k = 0; k < module->wire_count; k++)
    if (harness->is_floating[module->first_wire + k]) return 1;
  return 0;
}

static void build_net(const harness_t *harness, uint32_t afe, const harness_step_t *step,
                      harness_net_t *net) {
  const pinout_module_t *module = &pinout_module[afe];
  const uint32_t first = module->first_wire, count = module->wire_count;
  const double hold_S = HARNESS_FILTER_F / step->step_s;
  const int minus_floats = harness->is_floating[first];
  memset(net, 0, sizeof *net);
  net->count = count;
  net->is_full = afe_floats(harness, afe);
  net->stray_S = minus_floats ? HARNESS_STRAY_F / step->step_s : 0.0;
  for (uint32_t k = 0; k < count; k++) {
    const uint32_t wire = first + k;
    net->wire_S[k] = 1.0 / harness->series_ohm[wire];
    net->clamp[k] = harness->clamp[wire];
    net->clamp_to_minus[k] = harness->clamp_to_minus[wire];
    if (net->clamp[k] != HARNESS_CLAMP_OFF || net->clamp_to_minus[k]) net->is_full = 1;
    if (k == 0) continue;
    if (minus_floats || harness->is_floating[wire]) net->hold_S[k] = hold_S;
    if (harness->bleed_mask[afe] >> (k - 1) & 1u) net->bleed_S[k] = 1.0 / HARNESS_BLEED_ohm;
  }
}

static void build_currents(const harness_t *harness, uint32_t afe, const harness_step_t *step,
                           work_t *work) {
  const uint32_t first = pinout_module[afe].first_wire;
  const harness_net_t *net = &work->net[afe];
  harness_vector_t *currents = &work->injected[afe];
  const double base_V = step->source_V[first + net->count / 2], minus_V = harness->pin_V[first];
  double back_A = net->stray_S * (minus_V - base_V);
  for (uint32_t k = 0; k < net->count; k++) {
    const uint32_t wire = first + k;
    const double into_A = step->test_A[wire] - harness->leak_A[wire];
    const double held_A = net->hold_S[k] * (harness->input_V[wire] - minus_V);
    currents->pin[k] = net->wire_S[k] * (step->source_V[wire] - base_V);
    currents->input[k] = into_A + held_A;
    back_A -= into_A + held_A;
  }
  currents->pin[0] += back_A;
  work->base_V[afe] = base_V;
}

static void add_branch(work_t *work, uint32_t wire_a, uint32_t wire_b, double ohm, int is_single) {
  branch_t *branch = &work->branch[work->branch_count++];
  branch->ohm = ohm;
  locate(wire_a, &branch->afe_a, &branch->pin_a);
  locate(wire_b, &branch->afe_b, &branch->pin_b);
  branch->is_single = (uint8_t)is_single;
}

static void add_help(const harness_t *harness, work_t *work, uint32_t wire,
                     uint8_t is_helped[PINS_WIRE_COUNT]) {
  if (is_helped[wire] || harness->is_floating[wire]) return;
  if (harness->series_ohm[wire] <= HARNESS_SLOW_ohm) return;
  is_helped[wire] = 1;
  add_branch(work, wire, wire, -1.0 / help_S, 1);
  const branch_t *branch = &work->branch[work->branch_count - 1];
  work->net[branch->afe_a].wire_S[branch->pin_a] += help_S;
}

static void build_branches(const harness_t *harness, work_t *work) {
  uint8_t is_helped[PINS_WIRE_COUNT] = {0};
  work->branch_count = 0;
  for (uint32_t i = 0; i < harness->short_count; i++) {
    const harness_short_t *bridge = &harness->shorts[i];
    add_branch(work, bridge->wire_a, bridge->wire_b, bridge->ohm, 0);
    add_help(harness, work, bridge->wire_a, is_helped);
    add_help(harness, work, bridge->wire_b, is_helped);
  }
}

static double branch_V(const work_t *work, const branch_t *branch, double base_share) {
  const double a_V = work->voltages[branch->afe_a].pin[branch->pin_a];
  if (branch->is_single) return a_V;
  const double b_V = work->voltages[branch->afe_b].pin[branch->pin_b];
  return a_V - b_V + base_share * (work->base_V[branch->afe_a] - work->base_V[branch->afe_b]);
}

static void solve_afe(work_t *work, uint32_t afe) {
  harness_net_solve(&work->net[afe], &work->factor[afe], &work->currents[afe],
                    &work->voltages[afe]);
}

static int branch_touches(const branch_t *branch, uint32_t afe) {
  return branch->afe_a == afe || branch->afe_b == afe;
}

/// Column: what a unit current of branch j does to all branches.
static void fill_column(work_t *work, uint32_t j) {
  const branch_t *source = &work->branch[j];
  memset(&work->currents[source->afe_a], 0, sizeof work->currents[0]);
  memset(&work->currents[source->afe_b], 0, sizeof work->currents[0]);
  work->currents[source->afe_a].pin[source->pin_a] += 1.0;
  if (!source->is_single) work->currents[source->afe_b].pin[source->pin_b] -= 1.0;
  solve_afe(work, source->afe_a);
  if (source->afe_b != source->afe_a) solve_afe(work, source->afe_b);
  for (uint32_t i = 0; i < work->branch_count; i++) {
    const branch_t *branch = &work->branch[i];
    double sum_ohm = i == j ? branch->ohm : 0.0;
    if (branch_touches(source, branch->afe_a))
      sum_ohm += work->voltages[branch->afe_a].pin[branch->pin_a];
    if (!branch->is_single && branch_touches(source, branch->afe_b))
      sum_ohm -= work->voltages[branch->afe_b].pin[branch->pin_b];
    work->matrix[i][j] = sum_ohm;
  }
}

static double magnitude(double x) { return x < 0.0 ? -x : x; }

static void eliminate(work_t *work, uint32_t column) {
  const uint32_t n = work->branch_count;
  uint32_t best = column;
  for (uint32_t i = column + 1; i < n; i++)
    if (magnitude(work->matrix[i][column]) > magnitude(work->matrix[best][column])) best = i;
  for (uint32_t j = column; j <= n && best != column; j++) {
    const double swap = work->matrix[column][j];
    work->matrix[column][j] = work->matrix[best][j];
    work->matrix[best][j] = swap;
  }
  for (uint32_t i = column + 1; i < n; i++) {
    const double share = work->matrix[i][column] / work->matrix[column][column];
    for (uint32_t j = column; j <= n; j++) work->matrix[i][j] -= share * work->matrix[column][j];
  }
}

static void solve_branches(work_t *work) {
  const uint32_t n = work->branch_count;
  for (uint32_t column = 0; column < n; column++) eliminate(work, column);
  for (uint32_t i = n; i-- > 0;) {
    double sum = work->matrix[i][n];
    for (uint32_t j = i + 1; j < n; j++) sum -= work->matrix[i][j] * work->branch_A[j];
    work->branch_A[i] = sum / work->matrix[i][i];
  }
}

static void start_currents(work_t *work, uint32_t afe) {
  work->currents[afe] = work->injected[afe];
  harness_net_clamp_currents(&work->net[afe], &work->currents[afe]);
}

/// With all AFEs solved alone: the branches' currents, then the touched AFEs again with them.
static void couple(work_t *work) {
  const uint32_t n = work->branch_count;
  for (uint32_t i = 0; i < n; i++) work->matrix[i][n] = branch_V(work, &work->branch[i], 1.0);
  for (uint32_t j = 0; j < n; j++) fill_column(work, j);
  solve_branches(work);
  uint8_t is_touched[PINS_MODULE_COUNT] = {0};
  for (uint32_t i = 0; i < n; i++)
    is_touched[work->branch[i].afe_a] = is_touched[work->branch[i].afe_b] = 1;
  for (uint32_t afe = 0; afe < PINS_MODULE_COUNT; afe++)
    if (is_touched[afe]) start_currents(work, afe);
  for (uint32_t i = 0; i < n; i++) {
    const branch_t *branch = &work->branch[i];
    work->currents[branch->afe_a].pin[branch->pin_a] -= work->branch_A[i];
    if (!branch->is_single) work->currents[branch->afe_b].pin[branch->pin_b] += work->branch_A[i];
  }
  for (uint32_t afe = 0; afe < PINS_MODULE_COUNT; afe++)
    if (is_touched[afe]) solve_afe(work, afe);
}

static void solve_round(const harness_t *harness, work_t *work) {
  for (uint32_t afe = 0; afe < PINS_MODULE_COUNT; afe++) {
    if (harness->afe_is_plain[afe]) continue;
    harness_net_factor(&work->net[afe], &work->factor[afe]);
    start_currents(work, afe);
    solve_afe(work, afe);
  }
  if (work->branch_count > 0) couple(work);
}

static int switch_clamps(const harness_t *harness, work_t *work) {
  int is_changed = 0;
  for (uint32_t afe = 0; afe < PINS_MODULE_COUNT; afe++)
    if (!harness->afe_is_plain[afe])
      is_changed |= harness_net_clamp(&work->net[afe], &work->voltages[afe], &work->clamp_A[afe]);
  return is_changed;
}

static void take_over(harness_t *harness, uint32_t afe, const harness_step_t *step,
                      const work_t *work) {
  const uint32_t first = pinout_module[afe].first_wire;
  const harness_net_t *net = &work->net[afe];
  for (uint32_t k = 0; k < net->count; k++) {
    const uint32_t wire = first + k;
    harness->pin_V[wire] = work->voltages[afe].pin[k] + work->base_V[afe];
    harness->input_V[wire] = work->voltages[afe].input[k] + work->base_V[afe];
    harness->wire_A[wire] =
        (step->source_V[wire] - harness->pin_V[wire]) / harness->series_ohm[wire];
    harness->clamp[wire] = net->clamp[k];
    harness->clamp_to_minus[wire] = net->clamp_to_minus[k];
  }
  harness->clamp_A[afe] = work->clamp_A[afe];
}

void harness_couple_step(harness_t *harness, const harness_step_t *step) {
  work_t work;
  for (uint32_t afe = 0; afe < PINS_MODULE_COUNT; afe++) {
    if (harness->afe_is_plain[afe]) continue;
    build_net(harness, afe, step, &work.net[afe]);
    build_currents(harness, afe, step, &work);
  }
  build_branches(harness, &work);
  for (uint32_t round = 0; round < CLAMP_ROUND_MAX; round++) {
    solve_round(harness, &work);
    if (!switch_clamps(harness, &work)) break;
  }
  for (uint32_t afe = 0; afe < PINS_MODULE_COUNT; afe++)
    if (!harness->afe_is_plain[afe]) take_over(harness, afe, step, &work);
}
