/// The page pack: what the BMS believes and does, group by group.
#include <math.h>
#include <stdio.h>

#include "../ecu_model/gen/dtc_text.h"
#include "../ecu_model/gen/pinout_text.h"
#include "../scenarios/names.h"
#include "check_words.h"
#include "watch_pages.h"

enum { GROUP_COLUMNS = 5, FIRST_COLUMN = 3, HALF_ROWS_AT = 80, LABEL_COLUMNS = 11 };

static double of(const view_t *view, const char *name) {
  int32_t signal = signals_find(name);
  return signal < 0 ? (double)NAN : signals_read(signals_at((uint32_t)signal), &view->hil);
}

static int label(watch_grid_t *grid, int row, const char *text) {
  watch_grid_put(grid, row, 0, WATCH_SOFT, "%s", text);
  return LABEL_COLUMNS;
}

static void draw_state(const view_t *view, watch_grid_t *grid, int row) {
  char state[40] = "?";
  (void)names_word("bms.state", of(view, "bms.state"), state, sizeof state);
  int at = label(grid, row, "BMS");
  at = watch_grid_put(grid, row, at,
                      view->hil.bms.state == BMS_STATE_FAULT ? WATCH_BAD : WATCH_STRONG, "%-10s",
                      state);
  at = watch_grid_put(grid, row, at, WATCH_PLAIN, " SOC %5.1f %%", of(view, "bms.soc_pct"));
  at = watch_grid_put(grid, row, at, WATCH_PLAIN, "  pack %6.1f V %+7.1f A",
                      of(view, "bms.pack_mV") / 1e3, of(view, "bms.current_mA") / 1e3);
  watch_grid_put(grid, row, at, WATCH_PLAIN, "  link %6.1f V", of(view, "bms.link_mV") / 1e3);
}

static void draw_limits(const view_t *view, watch_grid_t *grid, int row) {
  int at = label(grid, row, "limits");
  at = watch_grid_put(grid, row, at, WATCH_PLAIN, "discharge %5.1f A %5.1f kW",
                      of(view, "bms.limit.discharge_A"), of(view, "bms.limit.discharge_W") / 1e3);
  at = watch_grid_put(grid, row, at, WATCH_PLAIN, "  charge %5.1f A %5.1f kW",
                      of(view, "bms.limit.charge_A"), of(view, "bms.limit.charge_W") / 1e3);
  watch_grid_put(grid, row, at, WATCH_PLAIN, "  isolation %.0f kohm",
                 of(view, "bms.isolation_kohm"));
}

/// Contact beside command: where they differ it is said.
static void draw_contactors(const view_t *view, watch_grid_t *grid, int row) {
  static const char *const names[][2] = {{"main+", "contactor.main_pos.closed"},
                                         {"main-", "contactor.main_neg.closed"},
                                         {"precharge", "contactor.precharge.closed"}};
  int at = label(grid, row, "contactors");
  for (uint32_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    int is_closed = of(view, names[i][1]) > 0.5;
    int is_commanded = ((unsigned)view->hil.bms.coil_command >> i & 1u) != 0;
    at = watch_grid_put(grid, row, at, WATCH_PLAIN, "%s ", names[i][0]);
    at = watch_grid_put(grid, row, at, is_closed ? WATCH_STRONG : WATCH_PLAIN, "%s",
                        is_closed ? "CLOSED" : "open");
    if (is_closed != is_commanded) {
      at = watch_grid_put(grid, row, at, WATCH_WARN, " (told to %s)",
                          is_commanded ? "close" : "open");
    }
    at = watch_grid_put(grid, row, at, WATCH_PLAIN, "  ");
  }
  watch_grid_put(grid, row, at, WATCH_PLAIN, "load %+.1f A", of(view, "phys.load.A"));
}

static int is_bleeding(const hil_t *hil, uint32_t group) {
  const pinout_group_t *of_group = &pinout_group[group];
  uint32_t mask = hil->pins_out.bleed_mask[of_group->module - 1];
  return (int)(mask >> (of_group->channel - 1) & 1u);
}

static char group_sign(const hil_t *hil, uint32_t group) {
  const bms_meas_t *meas = &hil->bms.meas;
  if (meas->group_quality[group] >= BMS_QUALITY_INVALID) return '!';
  if (meas->group_quality[group] != BMS_QUALITY_VALID) return '?';
  if (meas->group_max_index == group) return '^';
  if (meas->group_min_index == group) return 'v';
  return is_bleeding(hil, group) ? '~' : ' ';
}

static void draw_group(const view_t *view, watch_grid_t *grid, int row, int column,
                       uint32_t group) {
  const bms_meas_t *meas = &view->hil.bms.meas;
  char sign = group_sign(&view->hil, group);
  watch_style_t style = sign == '!'   ? WATCH_BAD
                        : sign == '?' ? WATCH_WARN
                        : sign == ' ' ? WATCH_PLAIN
                                      : WATCH_STRONG;
  if (meas->group_quality[group] == BMS_QUALITY_NONE) {
    watch_grid_put(grid, row, column, style, "   -%c", sign);
  } else {
    watch_grid_put(grid, row, column, style, "%4u%c", (unsigned)meas->group_mV[group], sign);
  }
}

/// A line a module, or two where the terminal is narrow.
static int draw_groups(const view_t *view, watch_grid_t *grid, int row, int end) {
  int wide = FIRST_COLUMN + 14 * GROUP_COLUMNS, is_narrow = grid->columns < wide;
  watch_grid_put(grid, row++, 0, WATCH_SOFT,
                 "mV as the BMS believes; ^ most, v least, ~ bleeding, ? suspect, ! not valid");
  for (uint32_t m = 0; m < PINOUT_MODULE_COUNT && row < end; m++) {
    const pinout_module_t *module = &pinout_module[m];
    int column = watch_grid_put(grid, row, 0, WATCH_SOFT, "M%u ", (unsigned)m + 1);
    for (uint32_t i = 0; i < module->group_count; i++) {
      if (is_narrow && i == module->group_count / 2u) {
        row++;
        column = FIRST_COLUMN;
      }
      if (row < end) draw_group(view, grid, row, column, module->first_group + i);
      column += GROUP_COLUMNS;
    }
    if (row < end && grid->columns >= wide + 6) {
      watch_grid_put(grid, row, wide, WATCH_SOFT,
                     "%5.1f\xc2\xb0"
                     "C",
                     (double)view->hil.bms.meas.module_ddegC[m] / 10.0);
    }
    row++;
  }
  return row;
}

static int draw_dtcs(const view_t *view, watch_grid_t *grid, int row, int end) {
  const bms_t *bms = &view->hil.bms;
  char signal[64], where[16];
  uint32_t count = 0;
  for (uint32_t i = 0; i < DTC_COUNT; i++) {
    if (!bms->dtc[i].is_active && !bms->dtc[i].is_latched) continue;
    count++;
    if (row >= end) continue;
    int at = label(grid, row, count == 1 ? "DTCs" : "");
    at = watch_grid_put(grid, row, at, bms->dtc[i].is_active ? WATCH_BAD : WATCH_WARN, "! %s",
                        dtc_name(i));
    snprintf(signal, sizeof signal, "dtc.%s.location", dtc_name(i));
    if (bms->dtc[i].location != BMS_NO_LOCATION &&
        names_word(signal, bms->dtc[i].location, where, sizeof where) == 0) {
      at = watch_grid_put(grid, row, at, WATCH_PLAIN, " at %s", where);
    }
    watch_grid_put(grid, row++, at, WATCH_SOFT, " %s",
                   bms->dtc[i].is_active ? "active" : "latched");
  }
  if (count == 0 && row < end) {
    int at = label(grid, row, "DTCs");
    watch_grid_put(grid, row++, at, WATCH_PLAIN, "none");
  }
  return row;
}

static int draw_faults(const view_t *view, watch_grid_t *grid, int row, int end) {
  char text[160];
  int is_first = 1;
  for (uint32_t i = 0; i < view->fault_count && row < end; i++) {
    if (view->fault[i].end_us != VIEW_NEVER) continue;
    int at = label(grid, row, is_first ? "faults" : "");
    is_first = 0;
    view_fault_text(&view->fault[i], text, sizeof text);
    watch_grid_put(grid, row++, at, WATCH_WARN, "%s, since %.3f s", text,
                   (double)view->fault[i].begin_us / 1e6);
  }
  return row;
}

static void draw_checks(const view_t *view, const watch_choice_t *choice, watch_grid_t *grid,
                        int row) {
  static const check_state_t order[] = {CHECK_IS_FAILED, CHECK_IS_PASSED, CHECK_IS_OPEN,
                                        CHECK_IS_IDLE, CHECK_IS_UNDECIDED};
  char letter[2];
  int at = label(grid, row, "checks");
  for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
    uint32_t count = check_count(view, order[i]);
    if (count == 0) continue;
    at = watch_grid_put(grid, row, at, watch_pages_style(order[i]), "%s %u %s  ",
                        watch_pages_sign(order[i], choice->is_utf8, letter), (unsigned)count,
                        check_word(order[i]));
  }
  if (view->check_count == 0) watch_grid_put(grid, row, at, WATCH_SOFT, "none");
}

void watch_pages_pack(const view_t *view, const watch_choice_t *choice, watch_grid_t *grid, int row,
                      int end) {
  draw_state(view, grid, row++);
  if (row < end) draw_contactors(view, grid, row++);
  if (row < end) draw_limits(view, grid, row++);
  if (row < end) draw_checks(view, choice, grid, row++);
  if (row < end) row = draw_groups(view, grid, row, end);
  if (row < end) row = draw_dtcs(view, grid, row, end);
  if (row < end) draw_faults(view, grid, row, end);
}
