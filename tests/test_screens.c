/// The screens Plots, Bus and Scenario and the terminal's pages in ten situations: their texts,
/// that nothing overlaps, and what keys and mouse do.
#include "../gui/screen.h"

#include <math.h>

#include "../gui/screen_plots.h"
#include "../gui/watch_pages.h"
#include "../gui/window.h"
#include "golden.h"
#include "view_rig.h"
#include "thorough.h"

static const char failing[] =
    "\"pack\": {\"soc_pct\": 60}, \"seed\": 5,"
    "\"load\": [{\"at_s\": 0.5, \"request\": \"drive\", \"current_A\": 30}],"
    "\"events\": ["
    " {\"id\": \"cut\", \"when\": {\"at_s\": 3}, \"for_s\": 1.5,"
    "  \"fault\": {\"target\": \"wire.A13\", \"type\": \"resistance\", \"value_ohm\": 200}},"
    " {\"id\": \"never_there\", \"when\": {\"signal\": \"phys.group.M3C5.V\", \"gt\": 4.3}}],"
    "\"expect\": ["
    " {\"id\": \"opens\", \"after\": \"cut\", \"signal\": \"contactor.main_pos.closed\", \"eq\": 0,"
    "  \"within_ms\": 110},"
    " {\"id\": \"waits\", \"after\": \"cut\", \"signal\": \"phys.pack.A\", \"gt\": 500,"
    "  \"within_ms\": 5000},"
    " {\"id\": \"later\", \"after\": \"never_there\", \"signal\": \"bms.state\", \"eq\": \"FAULT\","
    "  \"within_ms\": 50},"
    " {\"id\": \"drives\", \"signal\": \"bms.state\", \"eq\": \"DRIVE\", \"within_ms\": 4000}],"
    "\"always\": [{\"id\": \"alive\", \"can_period\": \"BMS_Status\", \"ms\": 100,"
    "  \"tolerance_ms\": 10, \"from_s\": 1}],"
    "\"never\": [{\"id\": \"hot\", \"signal\": \"phys.cell.*.degC\", \"gt\": 60}],"
    "\"measure\": [{\"id\": \"span\", \"from\": \"cut\", \"to\": \"opens\", \"limit_ms\": 300}],"
    "\"end\": {\"at_s\": 12}";

typedef struct {
  const char *name;
  const char *library; ///< NULL: the text above
  uint32_t point;
  double at_s;
} situation_t;

static const situation_t situations[] = {
    {"start", "pre-001.json", 0, 0.0},       {"precharge", "pre-001.json", 0, 1.2},
    {"overvoltage", "ov-001.json", 0, 60.0}, {"two-wires", "ow-adjacent.json", 0, 12.0},
    {"request-lost", "cm-001.json", 0, 6.0}, {"bus-off", "cm-009.json", 0, 9.0},
    {"fd", "cm-012.json", 0, 4.0},           {"short", "sc-001.json", 0, 60.0},
    {"reset", "su-003.json", 0, 12.0},       {"failing", NULL, 0, 5.0},
};
enum { SITUATION_COUNT = sizeof situations / sizeof situations[0] };

static const screen_t *const screens[] = {&screen_plots, &screen_bus, &screen_story};
enum { SCREENS = sizeof screens / sizeof screens[0] };

static display_list_t *list;
static ui_t ui;
static view_rig_t rig;

static void setup(void) {
  memset(&ui, 0, sizeof ui);
  memset(&rig, 0, sizeof rig);
  ui.pointer_x = ui.pointer_y = -1;
  ui.chosen_pin = ui.chosen_group = -1;
  list = calloc(1, sizeof *list);
}

static void teardown(void) {
  free(list);
  if (rig.session != NULL) view_rig_close(&rig);
}

static const view_t *at_situation(const situation_t *situation) {
  if (situation->library != NULL) {
    view_rig_library(&rig, situation->library, situation->point);
  } else {
    view_rig_text(&rig, failing);
  }
  view_rig_to(&rig, situation->at_s);
  return view_rig_view(&rig);
}

static void draw(const screen_t *screen, const view_t *view, int width, int height) {
  display_list_clear(list, width, height);
  list_box_t room = list_box(THEME_GAP_px, THEME_BAR_px + THEME_GAP_px, width - 2 * THEME_GAP_px,
                             height - THEME_BAR_px - 2 * THEME_GAP_px);
  screen->draw(view, &ui, room, list);
}

/// Texts, and how many shapes of each colour.
static void print(FILE *file, const screen_t *screen) {
  static const char *const kinds[] = {"rect", "frame", "line"};
  uint32_t count[3][THEME_COLOR_COUNT] = {{0}};
  fprintf(file, "== %s\n", screen->name);
  display_list_print(list, file, 0);
  for (uint32_t i = 0; i < list->item_count; i++) {
    if (list->item[i].kind != LIST_TEXT) count[list->item[i].kind][list->item[i].color]++;
  }
  for (uint32_t k = 0; k < 3; k++) {
    for (uint32_t c = 0; c < THEME_COLOR_COUNT; c++) {
      if (count[k][c] == 0) continue;
      fprintf(file, "%u %s %s\n", count[k][c], kinds[k], theme_color_name((theme_color_t)c));
    }
  }
}

START_TEST(texts) {
  _i *= STEP_OF_LOOP;
  const situation_t *situation = &situations[_i];
  const view_t *view = at_situation(situation);
  char *text = NULL, name[80];
  size_t bytes = 0;
  FILE *file = open_memstream(&text, &bytes);
  for (uint32_t s = 0; s < SCREENS; s++) {
    draw(screens[s], view, 1280, 800);
    print(file, screens[s]);
  }
  fclose(file);
  snprintf(name, sizeof name, "screens/%s", situation->name);
  golden_check(name, text);
  free(text);
}
END_TEST

/* ---- layout ---- */

static int is_inside(list_box_t box, list_box_t room) {
  return box.x >= room.x && box.y >= room.y && box.x + box.w <= room.x + room.w &&
         box.y + box.h <= room.y + room.h;
}

static int overlap(list_box_t a, list_box_t b) {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

static list_box_t box_of(const list_item_t *item) {
  list_box_t box = item->box;
  if (item->kind != LIST_LINE) return box;
  if (box.w < 0) box = (list_box_t){(int16_t)(box.x + box.w), box.y, (int16_t)-box.w, box.h};
  if (box.h < 0) box = (list_box_t){box.x, (int16_t)(box.y + box.h), box.w, (int16_t)-box.h};
  return box;
}

static void check_panels(const char *what);

static void check_layout(const char *what) {
  ck_assert_msg(list->cut_count == 0, "%s: %u texts are cut", what, list->cut_count);
  ck_assert_msg(list->lost_count == 0, "%s: %u things are lost", what, list->lost_count);
  for (uint32_t i = 0; i < list->item_count; i++) {
    const list_item_t *item = &list->item[i];
    const char *text = item->kind == LIST_TEXT ? list->text + item->text : "";
    ck_assert_msg(is_inside(box_of(item), list->panel_box[item->panel]),
                  "%s: item %u, kind %u, %s at %d,%d %dx%d leaves panel %s", what, i, item->kind,
                  text, item->box.x, item->box.y, item->box.w, item->box.h,
                  list->panel_title[item->panel]);
    for (uint32_t j = i + 1; item->kind == LIST_TEXT && j < list->item_count; j++) {
      const list_item_t *other = &list->item[j];
      if (other->kind != LIST_TEXT || other->is_over != item->is_over) continue;
      ck_assert_msg(!overlap(item->box, other->box), "%s: \"%s\" at %d,%d overlaps \"%s\"", what,
                    text, item->box.x, item->box.y, list->text + other->text);
    }
  }
  check_panels(what);
}

/// 1 iff what is in the panel lies over other things on purpose.
static int is_over(uint32_t panel) {
  for (uint32_t i = 0; i < list->item_count; i++) {
    if (list->item[i].panel == panel && list->item[i].is_over) return 1;
  }
  return 0;
}

static void check_panels(const char *what) {
  for (uint32_t i = 1; i < list->panel_count; i++) {
    ck_assert_msg(is_inside(list->panel_box[i], list->panel_box[0]), "%s: panel %s leaves", what,
                  list->panel_title[i]);
    for (uint32_t j = i + 1; j < list->panel_count; j++) {
      if (is_over(i) || is_over(j)) continue;
      ck_assert_msg(!overlap(list->panel_box[i], list->panel_box[j]), "%s: panels %s and %s", what,
                    list->panel_title[i], list->panel_title[j]);
    }
  }
}

START_TEST(layout) {
  _i *= STEP_OF_LOOP;
  static const int sizes[][2] = {{800, 600},  {1024, 600},  {1024, 768},
                                 {1280, 800}, {1920, 1080}, {2560, 1440}};
  const view_t *view = at_situation(&situations[_i]);
  char what[120];
  for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
    for (uint32_t i = 0; i < SCREENS; i++) {
      snprintf(what, sizeof what, "%s %s %dx%d", situations[_i].name, screens[i]->name, sizes[s][0],
               sizes[s][1]);
      draw(screens[i], view, sizes[s][0], sizes[s][1]);
      check_layout(what);
    }
  }
}
END_TEST

/* ---- the terminal's pages ---- */

START_TEST(pages) {
  _i *= STEP_OF_LOOP;
  const situation_t *situation = &situations[_i];
  const view_t *view = at_situation(situation);
  watch_grid_t *grid = calloc(1, sizeof *grid);
  char *text = NULL, name[80];
  size_t bytes = 0;
  FILE *file = open_memstream(&text, &bytes);
  for (uint32_t page = 0; page < watch_pages_count(); page++) {
    watch_choice_t choice = {.page = (uint8_t)page, .is_utf8 = 1, .has_message = 1};
    fprintf(file, "== %s\n", watch_pages_at(page)->name);
    watch_grid_clear(grid, 80, 24);
    watch_pages_draw(view, &choice, grid);
    watch_grid_print(grid, file);
  }
  fclose(file);
  snprintf(name, sizeof name, "watch/%s", situation->name);
  golden_check(name, text);
  free(text);
  free(grid);
}
END_TEST

/* ---- keys and mouse ---- */

static command_t press(const screen_t *screen, int32_t key) {
  event_t event = {.kind = EVENT_KEY, .key = key};
  return screen->input(rig.view, &ui, &event);
}

/// An event of the pointer where it hits the first place that means action (and argument, unless
/// it is negative).
static command_t point(const screen_t *screen, event_kind_t kind, uint16_t action, int32_t argument,
                       double share_x, double start_share_x, int steps) {
  draw(screen, rig.view, 1280, 800);
  for (uint32_t i = 0; i < list->hot_count; i++) {
    const list_hot_t *hot = &list->hot[i];
    if (hot->action != action || (argument >= 0 && hot->argument != argument)) continue;
    event_t event = {.kind = (uint8_t)kind, .hot = *hot, .steps = steps};
    event.x = hot->box.x + (int)(share_x * hot->box.w);
    event.start_x = hot->box.x + (int)(start_share_x * hot->box.w);
    event.y = event.start_y = hot->box.y + hot->box.h / 2;
    return screen->input(rig.view, &ui, &event);
  }
  ck_abort_msg("%s: nothing means action %u, argument %d", screen->name, action, (int)argument);
  return (command_t){.kind = COMMAND_NONE};
}

static int has_text(const char *text) {
  for (uint32_t i = 0; i < list->item_count; i++) {
    if (list->item[i].kind != LIST_TEXT) continue;
    if (strstr(list->text + list->item[i].text, text) != NULL) return 1;
  }
  return 0;
}

/// As the worker does it.
static void carry_out(command_t command) {
  session_command(rig.session, &command);
  (void)view_rig_view(&rig);
}

static void type_words(const screen_t *screen, const char *words) {
  for (; *words != '\0'; words++) {
    ck_assert_int_eq(press(screen, *words).kind, COMMAND_TAKEN);
  }
}

START_TEST(plots_by_keys) {
  (void)at_situation(&situations[1]);
  int32_t wanted = signals_find("contactor.main_pos.closed");
  ck_assert_int_eq(press(&screen_plots, ' ').kind, COMMAND_NONE); /* the window's */
  ck_assert_int_eq(press(&screen_plots, '/').kind, COMMAND_TAKEN);
  type_words(&screen_plots, "POS clos tactorz");
  ck_assert_int_eq(press(&screen_plots, KEY_BACKSPACE).kind, COMMAND_TAKEN);
  command_t command = press(&screen_plots, KEY_ENTER);
  ck_assert_int_eq(command.kind, COMMAND_TRACE);
  ck_assert_int_eq(command.number, wanted);
  carry_out(command);
  ck_assert_int_ge(screen_plots_trace(rig.view, wanted), 0);
  draw(&screen_plots, rig.view, 1280, 800);
  ck_assert(has_text("contactor.main_pos.closed"));
  ck_assert_int_eq(press(&screen_plots, KEY_ESCAPE).kind, COMMAND_TAKEN);
  ck_assert_int_eq(press(&screen_plots, 'd').kind, COMMAND_TRACE); /* the newest goes */
  carry_out(press(&screen_plots, 'd'));
  ck_assert_int_lt(screen_plots_trace(rig.view, wanted), 0);
  (void)press(&screen_plots, '/');
  type_words(&screen_plots, "no such signal at all");
  command = press(&screen_plots, KEY_ENTER);
  ck_assert_int_eq(command.kind, COMMAND_TAKEN); /* nothing to plot */
  draw(&screen_plots, rig.view, 1280, 800);
  ck_assert(has_text("0 signals"));
}
END_TEST

START_TEST(plots_move) {
  (void)at_situation(&situations[1]); /* 1.2 s */
  command_t command = press(&screen_plots, 'i');
  ck_assert_int_eq(command.kind, COMMAND_PLOT);
  carry_out(command);
  ck_assert_uint_eq(rig.view->plot.to_us, 1200000);
  ck_assert_uint_eq(rig.view->plot.from_us, 600000);
  carry_out(press(&screen_plots, KEY_LEFT));
  ck_assert_uint_eq(rig.view->plot.from_us, 480000);
  view_rig_to(&rig, 1.5);
  (void)view_rig_view(&rig);
  ck_assert_uint_eq(rig.view->plot.from_us, 480000); /* it stands still */
  carry_out(press(&screen_plots, KEY_END));
  ck_assert_uint_eq(rig.view->plot.to_us, 1500000); /* it follows */
  carry_out(press(&screen_plots, KEY_HOME));
  ck_assert_uint_eq(rig.view->plot.from_us, 0);
  (void)point(&screen_plots, EVENT_CLICK, SCREEN_PLOTS_CURVES, -1, 0.5, 0.5, 0);
  carry_out(point(&screen_plots, EVENT_WHEEL, SCREEN_PLOTS_CURVES, -1, 0.5, 0.5, 1));
  ck_assert_uint_eq((rig.view->plot.to_us - rig.view->plot.from_us + 500) / 1000, 1200);
  (void)point(&screen_plots, EVENT_CLICK, SCREEN_PLOTS_CURVES, -1, 0.5, 0.5, 0);
  uint64_t before_us = rig.view->plot.from_us;
  carry_out(point(&screen_plots, EVENT_DRAG, SCREEN_PLOTS_CURVES, -1, 0.6, 0.5, 0));
  ck_assert_double_eq_tol((double)before_us - (double)rig.view->plot.from_us, 120000, 2000);
}
END_TEST

START_TEST(plots_by_mouse) {
  (void)at_situation(&situations[1]);
  int32_t first = signals_find("phys.pack.V");
  command_t command = point(&screen_plots, EVENT_CLICK, SCREEN_PLOTS_SIGNAL, first, 0.5, 0.5, 0);
  ck_assert_int_eq(command.kind, COMMAND_TRACE);
  carry_out(command);
  int32_t trace = screen_plots_trace(rig.view, first);
  ck_assert_int_ge(trace, 0);
  command = point(&screen_plots, EVENT_CLICK, SCREEN_PLOTS_TRACE, trace, 0.5, 0.5, 0);
  ck_assert_int_eq(command.number, PLOT_NO_SIGNAL);
  carry_out(command);
  ck_assert_int_lt(screen_plots_trace(rig.view, first), 0);
  for (uint32_t i = 0; i < PLOT_TRACE_MAX; i++) { /* until all are taken */
    carry_out(screen_plots_toggle(rig.view, 100 + (int32_t)i));
  }
  ck_assert_int_eq(screen_plots_toggle(rig.view, 300).kind, COMMAND_TAKEN);
  draw(&screen_plots, rig.view, 1280, 800);
  ck_assert(has_text("all traces taken"));
}
END_TEST

/* The cursor shows what the signal was there: the link at 1 s is empty, at the end it is not. */
START_TEST(cursor) {
  (void)at_situation(&situations[1]);
  ui.pointer_x = -1;
  (void)point(&screen_plots, EVENT_CLICK, SCREEN_PLOTS_CURVES, -1, 0.1, 0.1, 0);
  (void)point(&screen_plots, EVENT_RELEASE, SCREEN_PLOTS_CURVES, -1, 0.1, 0.1, 0);
  draw(&screen_plots, rig.view, 1280, 800);
  ck_assert(has_text("cursor 0.120 s") || has_text("cursor 0.119 s"));
  int32_t link = signals_find("phys.link.V");
  int32_t trace = screen_plots_trace(rig.view, link);
  ck_assert_int_ge(trace, 0);
  const plot_range_t *column = rig.view->plot.column[trace];
  ck_assert_double_eq_tol((double)column[PLOT_COLUMN_COUNT / 10].greatest, 0.0, 0.01);
  double now_V = signals_read(signals_at((uint32_t)link), &rig.view->hil);
  ck_assert_double_gt(now_V, 10.0);
  ck_assert_double_eq_tol((double)column[PLOT_COLUMN_COUNT - 1].greatest, now_V, now_V * 0.02);
  (void)press(&screen_plots, 'n'); /* by keys: a hundredth of 1.2 s on */
  draw(&screen_plots, rig.view, 1280, 800);
  ck_assert(has_text("cursor 0.132 s") || has_text("cursor 0.131 s"));
  (void)press(&screen_plots, KEY_ESCAPE);
  draw(&screen_plots, rig.view, 1280, 800);
  ck_assert(!has_text("cursor"));
}
END_TEST

START_TEST(bus_by_keys_and_mouse) {
  (void)at_situation(&situations[6]); /* FD */
  (void)press(&screen_bus, KEY_DOWN);
  draw(&screen_bus, rig.view, 1280, 800);
  ck_assert(has_text("VCM_Vehicle, 8 bytes"));
  uint32_t groups = 0;
  while (rig.view->bus.frame[groups].message != CAN_MSG_BMS_GROUPSFD) groups++;
  (void)point(&screen_bus, EVENT_CLICK, 1, (int32_t)groups, 0.5, 0.5, 0);
  draw(&screen_bus, rig.view, 800, 600);
  ck_assert(has_text("BMS_GroupsFd, 64 bytes, FD"));
  int has_last = has_text("M8C14_mV") || has_text("group_95");
  for (int i = 0; i < 20; i++) (void)press(&screen_bus, KEY_PAGE_DOWN);
  draw(&screen_bus, rig.view, 800, 600);
  const can_msg_t *msg = &can_msg[CAN_MSG_BMS_GROUPSFD];
  ck_assert(!has_last && has_text(can_signal[msg->first_signal + msg->signal_count - 1].name));
  for (int i = 0; i < 90; i++) (void)press(&screen_bus, KEY_UP);
  draw(&screen_bus, rig.view, 1280, 800);
  ck_assert(has_text("VCM_Request, 8 bytes"));
  ck_assert_int_eq(press(&screen_bus, 'q').kind, COMMAND_NONE);
}
END_TEST

START_TEST(story_by_keys_and_mouse) {
  (void)at_situation(&situations[9]); /* failing */
  (void)point(&screen_story, EVENT_CLICK, 1, 3, 0.5, 0.5, 0);
  draw(&screen_story, rig.view, 1280, 800);
  ck_assert(has_text("expect opens: FAILED"));
  ck_assert(has_text("contactor.main_pos.closed = 0 within 110 ms after cut"));
  (void)press(&screen_story, KEY_DOWN);
  draw(&screen_story, rig.view, 1280, 800);
  ck_assert(has_text("expect waits: open"));
  for (int i = 0; i < 50; i++) (void)press(&screen_story, KEY_DOWN);
  draw(&screen_story, rig.view, 800, 420); /* the chosen row is among those shown */
  ck_assert(has_text("span") && has_text("rows"));
  (void)press(&screen_story, 'i');
  draw(&screen_story, rig.view, 1280, 800);
  ck_assert(!has_text("12"));
  (void)press(&screen_story, KEY_HOME);
  draw(&screen_story, rig.view, 1280, 800);
  ck_assert(has_text("12"));
}
END_TEST

/* A fault by hand stands between the scenario's own and the checks. */
START_TEST(story_of_the_user) {
  (void)at_situation(&situations[9]);
  fault_on_t on = FAULT_ON_WIRE;
  uint32_t target = 0;
  ck_assert_int_eq(faults_target("wire.A12", &on, &target), 0);
  carry_out((command_t){.kind = COMMAND_FAULT,
                        .row = faults_find("open", FAULT_ON_WIRE),
                        .target = (uint16_t)target});
  view_rig_to(&rig, 6.0);
  (void)view_rig_view(&rig);
  draw(&screen_story, rig.view, 1280, 800);
  ck_assert(has_text("open of wire.A12"));
  ck_assert(has_text("by hand at 5.000 s") || has_text("by hand at 5.001 s"));
}
END_TEST

/* Whoever looks on, plots, goes back or asks for what: the run is that of packsim run. */
START_TEST(looking_on_changes_nothing) {
  run_options_t options = {.out_dir = NULL};
  run_result_t *result = calloc(1, sizeof *result);
  (void)at_situation(&situations[9]);
  run_scenario(rig.point, &options, result);
  carry_out(screen_plots_toggle(rig.view, 7));
  carry_out(press(&screen_plots, 'i'));
  carry_out((command_t){.kind = COMMAND_SEEK, .time_us = 2000000});
  view_rig_to(&rig, 3.3);
  carry_out(press(&screen_plots, KEY_HOME));
  view_rig_to(&rig, 1e9);
  (void)view_rig_view(&rig);
  ck_assert_uint_eq(rig.view->run, VIEW_ENDED);
  ck_assert_uint_eq(rig.view->hil.trace_hash, result->trace_hash);
  ck_assert_uint_eq(rig.view->hil.output_hash, result->output_hash);
  ck_assert_uint_eq(rig.view->check_count, result->check_count);
  for (uint32_t i = 0; i < result->check_count; i++) {
    const view_check_t *check = &rig.view->check[i];
    ck_assert_uint_eq(check->verdict, result->check[i].verdict);
    ck_assert_uint_eq(check->has_margin, result->check[i].has_margin);
    ck_assert_double_eq(check->value, result->check[i].value);
    ck_assert_double_eq(check->limit, result->check[i].limit);
  }
  free(result);
}
END_TEST

/* What was later than the time gone back to is neither in the table of frames nor in the curves. */
START_TEST(going_back_forgets) {
  (void)at_situation(&situations[9]); /* 5 s */
  uint32_t frames = rig.view->bus.frame_count;
  carry_out((command_t){.kind = COMMAND_SEEK, .time_us = 3000000});
  ck_assert_uint_eq(rig.view->hil.now_us, 3000000);
  ck_assert_uint_lt(rig.view->bus.frame_count, frames * 3 / 4);
  ck_assert_uint_eq(rig.view->plot.to_us, 3000000);
  view_rig_to(&rig, 5.0);
  (void)view_rig_view(&rig);
  ck_assert_uint_eq(rig.view->bus.frame_count, frames);
}
END_TEST

Suite *test_suite(void);
Suite *test_suite(void) {
  Suite *suite = suite_create("screens");
  TCase *all = tcase_create("all");
  tcase_set_timeout(all, 60);
  tcase_add_checked_fixture(all, setup, teardown);
  tcase_add_loop_test(all, texts, 0, LOOP_END(SITUATION_COUNT));
  tcase_add_loop_test(all, layout, 0, LOOP_END(SITUATION_COUNT));
  tcase_add_loop_test(all, pages, 0, LOOP_END(SITUATION_COUNT));
  tcase_add_test(all, plots_by_keys);
  tcase_add_test(all, plots_move);
  tcase_add_test(all, plots_by_mouse);
  tcase_add_test(all, cursor);
  tcase_add_test(all, bus_by_keys_and_mouse);
  tcase_add_test(all, story_by_keys_and_mouse);
  tcase_add_test(all, story_of_the_user);
  tcase_add_test(all, looking_on_changes_nothing);
  tcase_add_test(all, going_back_forgets);
  suite_add_tcase(suite, all);
  return suite;
}
