/// Charge of a rested group: the curve's points, straight lines between them, its ends.
#include <check.h>
#include <math.h>
#include <string.h>

#include "../ecu_model/core/rest.h"
#include "../ecu_model/core/soc.h"

Suite *test_suite(void);

enum { FINE_raw256 = 16 }; /* a sixteenth of a code is as fine as it tells */

static bms_config_t config;

static void setup(void) { config = *bms_config_soul_ev(); }

/// In A s, by a line between two points of the curve; its pieces hold whole A s.
static double line_As(const cell_table_t *cell, double piece_As, double raw) {
  uint32_t last = cell->ocv_count - 1u, i = 0;
  if (raw <= cell->ocv_dmV[0]) return 0.0;
  if (raw >= cell->ocv_dmV[last]) return piece_As * last;
  while (raw >= cell->ocv_dmV[i + 1]) i++;
  return piece_As * (i + (raw - cell->ocv_dmV[i]) / (cell->ocv_dmV[i + 1] - cell->ocv_dmV[i]));
}

/// Both cells and some capacities, at every sixteenth of a code: rounded down to an A s.
START_TEST(charge_follows_the_curve) {
  static const struct {
    uint8_t cell_set;
    uint32_t capacity_mAh;
    double piece_As; /* of 40, or of 100 */
  } pack[] = {{CELL_TABLE_SOUL_EV, 79000, 7110.0},
              {CELL_TABLE_SOUL_EV, 2905, 261.0},
              {CELL_TABLE_NCR18650PF, 79000, 2844.0}};
  config.cell_set = pack[_i].cell_set;
  config.capacity_mAh = pack[_i].capacity_mAh;
  const cell_table_t *cell = soc_cell(&config);
  int32_t end_raw256 = (cell->ocv_dmV[cell->ocv_count - 1u] + 2) * REST_ONE;
  for (int32_t at_raw256 = (cell->ocv_dmV[0] - 2) * REST_ONE; at_raw256 < end_raw256;
       at_raw256 += FINE_raw256) {
    double whole_As = floor(line_As(cell, pack[_i].piece_As, at_raw256 / (double)REST_ONE) + 1e-9);
    int32_t charge_mAs = rest_charge_mAs(&config, at_raw256);
    if (charge_mAs != (int32_t)whole_As * 1000)
      ck_abort_msg("at %d / 256: %d mA s, not %.0f A s", at_raw256, charge_mAs, whole_As);
  }
}
END_TEST

/// Empty below, full above, however far.
START_TEST(beyond_the_curve_are_its_ends) {
  ck_assert_int_eq(rest_charge_mAs(&config, INT32_MIN), 0);
  ck_assert_int_eq(rest_charge_mAs(&config, 0), 0);
  ck_assert_int_eq(rest_charge_mAs(&config, UINT16_MAX * REST_ONE), 79000 * 3600);
  ck_assert_int_eq(rest_charge_mAs(&config, INT32_MAX), 79000 * 3600);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("core_rest");
  TCase *tests = tcase_create("charge at rest");
  tcase_add_checked_fixture(tests, setup, NULL);
  tcase_add_loop_test(tests, charge_follows_the_curve, 0, 3);
  tcase_add_test(tests, beyond_the_curve_are_its_ends);
  suite_add_tcase(suite, tests);
  return suite;
}
