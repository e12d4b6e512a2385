/// What the window shows, as text and as boxes: layout at all sizes, ten situations, input.
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../ecu_model/gen/pinout_text.h"
#include "../gui/session.h"
#include "../gui/window.h"
#include "scenario_text.h"

static const char base[] =
    "\"pack\": {\"soc_pct\": 60, \"groups\": {\"M3C5\": {\"soc_pct\": 64},"
    "  \"M7C2\": {\"soc_pct\": 57}}}, \"seed\": 5,"
    "\"load\": [{\"at_s\": 0, \"request\": \"drive\", \"current_A\": 80}],"
    "\"events\": [{\"id\": \"cut\", \"when\": {\"at_s\": 2},"
    "  \"fault\": {\"target\": \"wire.A12\", \"type\": \"open\"}}],"
    "\"expect\": [{\"id\": \"named\", \"after\": \"cut\", \"signal\": \"dtc.OPEN_WIRE_REDUNDANT\","
    "  \"eq\": 1, \"within_ms\": 5000}],"
    "\"end\": {\"at_s\": 8}";

typedef struct {
  scenario_t *point;
  session_t *session;
  view_t *view;
  display_list_t *list;
  ui_t ui;
} shown_t;

static shown_t *show(const char *text) {
  static shown_t shown;
  signals_init();
  shown.point = point_of_text(text);
  shown.session = session_open(shown.point);
  shown.view = calloc(1, sizeof *shown.view);
  shown.list = malloc(sizeof *shown.list);
  ck_assert(shown.session != NULL && shown.view != NULL && shown.list != NULL);
  window_begin(&shown.ui, 0, THEME_LIGHT);
  session_fill(shown.session, shown.view);
  return &shown;
}

static void hide(shown_t *shown) {
  session_close(shown->session, NULL);
  scenario_free(shown->point);
  free(shown->view);
  free(shown->list);
}

static void run_until(shown_t *shown, double time_s) {
  while ((double)session_now_us(shown->session) < 1e6 * time_s &&
         session_tick(shown->session) == 0) {
  }
  session_fill(shown->session, shown->view);
}

static void draw(shown_t *shown, int width, int height) {
  window_draw(shown->view, &shown->ui, width, height, shown->list);
}

static int has_text(const display_list_t *list, const char *text) {
  for (uint32_t i = 0; i < list->item_count; i++) {
    if (list->item[i].kind == LIST_TEXT && strstr(list->text + list->item[i].text, text)) return 1;
  }
  return 0;
}

static int overlap(list_box_t a, list_box_t b) {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

static int is_inside(list_box_t a, list_box_t b) {
  return a.x >= b.x && a.y >= b.y && a.x + a.w <= b.x + b.w && a.y + a.h <= b.y + b.h;
}

/// 1 iff two texts may not lie so.
static int is_in_the_way(const list_item_t *item, const list_item_t *other) {
  if (other->kind != LIST_TEXT || item->is_over != other->is_over) return 0;
  if (item->is_over && item->panel != other->panel) return 0;
  return overlap(item->box, other->box);
}

/// Nothing is cut, leaves its panel, or lies over other text, but what is in a menu or hint.
static void check_layout(const shown_t *shown, const char *what) {
  const display_list_t *list = shown->list;
  if (list->cut_count + list->lost_count > 0) {
    ck_abort_msg("%s: %u texts cut, %u items lost", what, list->cut_count, list->lost_count);
  }
  for (uint32_t i = 0; i < list->item_count; i++) {
    const list_item_t *item = &list->item[i];
    const char *text = item->kind == LIST_TEXT ? list->text + item->text : "a box";
    if (item->kind != LIST_LINE && !is_inside(item->box, list->panel_box[item->panel])) {
      ck_abort_msg("%s: %s at %d,%d %dx%d outside of %s", what, text, item->box.x, item->box.y,
                   item->box.w, item->box.h, list->panel_title[item->panel]);
    }
    for (uint32_t j = 0; item->kind == LIST_TEXT && j < i; j++) {
      if (is_in_the_way(item, &list->item[j])) {
        ck_abort_msg("%s: \"%s\" and \"%s\" overlap at %d,%d", what, text,
                     list->text + list->item[j].text, item->box.x, item->box.y);
      }
    }
  }
  for (uint32_t i = 1; i < list->panel_count; i++) {
    ck_assert_msg(is_inside(list->panel_box[i], list->panel_box[0]), "%s: panel %s", what,
                  list->panel_title[i]);
  }
}

static const int sizes[][2] = {{800, 600},  {801, 617},  {1024, 600},  {1024, 768}, {800, 1200},
                               {1280, 800}, {1600, 900}, {1920, 1080}, {1920, 600}, {2560, 1440}};
enum { SIZE_COUNT = sizeof sizes / sizeof sizes[0] };

static void check_sizes(shown_t *shown, const char *what) {
  char text[120];
  for (uint32_t s = 0; screen_at(s) != NULL; s++) {
    shown->ui.screen = (uint8_t)s;
    for (uint32_t i = 0; i < SIZE_COUNT; i++) {
      snprintf(text, sizeof text, "%s, %s, %dx%d", what, screen_at(s)->name, sizes[i][0],
               sizes[i][1]);
      draw(shown, sizes[i][0], sizes[i][1]);
      check_layout(shown, text);
    }
  }
}

START_TEST(nothing_overlaps_or_is_cut) {
  shown_t *shown = show(base);
  check_sizes(shown, "at the begin");
  run_until(shown, 4.0);
  check_sizes(shown, "driving with a broken wire");
  shown->ui.chosen_group = 40;
  shown->ui.chosen_pin = 11;
  check_sizes(shown, "with a hint");
  for (int kind = MENU_PIN; kind <= MENU_HELP; kind++) {
    shown->ui.menu = (menu_t){.kind = (uint8_t)kind, .pin = 130, .x = 700, .y = 500};
    check_sizes(shown, "with a menu");
  }
  shown->ui.menu = (menu_t){.kind = MENU_NONE};
  run_until(shown, 9.0);
  ck_assert_uint_eq(shown->view->run, VIEW_ENDED);
  check_sizes(shown, "at the end");
  hide(shown);
}
END_TEST

/// Values at their longest: currents, temperatures and voltages of a pack in trouble.
START_TEST(nothing_overlaps_with_long_values) {
  shown_t *shown = show(base);
  run_until(shown, 3.0);
  hil_t *hil = &shown->view->hil;
  hil->pack_A = -1234.5;
  hil->hv.load_A = -1234.5;
  hil->hv.charger_A = 1234.5;
  hil->hv.link_V = 1234.5;
  for (int i = 0; i < PINS_COIL_COUNT; i++) hil->hv.contact_A[i] = -1234.5;
  hil->bms.meas.current_mA = -1234567;
  hil->bms.limit.discharge_mA = 999999;
  hil->bms.limit.charge_W = 999999;
  hil->now_us = 123456789000;
  hil->stimulus.current_A = -100;
  hil->stimulus.charger_current_A = 120;
  for (uint32_t i = 0; i < DTC_COUNT; i++) {
    hil->bms.dtc[i].is_active = 1;
    hil->bms.dtc[i].location = 11;
  }
  shown->view->is_recording = 1;
  memset(shown->view->message, 'm', sizeof shown->view->message - 1);
  check_sizes(shown, "long values");
  hide(shown);
}
END_TEST

/* ---- ten situations as text ---- */

static void nothing(shown_t *shown) { (void)shown; }
static void drive(shown_t *shown) { run_until(shown, 1.9); }
static void broken(shown_t *shown) { run_until(shown, 4.5); }
static void temperature(shown_t *shown) {
  const event_t key = {.kind = EVENT_KEY, .key = 't'};
  broken(shown);
  (void)window_input(shown->view, &shown->ui, shown->list, &key);
}
static void hint(shown_t *shown) {
  drive(shown);
  shown->ui.chosen_group = pinout_group_find("M3C5");
}
static void connectors(shown_t *shown) {
  broken(shown);
  shown->ui.screen = 1;
  shown->ui.chosen_pin = pinout_pin_find("A12");
}
static void pin_menu(shown_t *shown) {
  drive(shown);
  shown->ui.screen = 1;
  shown->ui.menu = (menu_t){.kind = MENU_PIN, .pin = pinout_pin_find("B7"), .x = 100, .y = 100};
}
static void sensor_menu(shown_t *shown) {
  drive(shown);
  shown->ui.screen = 1;
  shown->ui.menu = (menu_t){.kind = MENU_PIN, .pin = pinout_pin_find("E20"), .x = 600, .y = 400};
}
static void fault_menu(shown_t *shown) {
  const event_t open = {.kind = EVENT_KEY, .key = 'f'}, down = {.kind = EVENT_KEY, .key = KEY_DOWN};
  drive(shown);
  commands_t commands = window_input(shown->view, &shown->ui, shown->list, &open);
  (void)window_command(shown->view, &shown->ui, &commands.command[0]);
  (void)window_input(shown->view, &shown->ui, shown->list, &down);
}
static void ended(shown_t *shown) { run_until(shown, 9.0); }

static const struct {
  const char *name;
  void (*make)(shown_t *shown);
} situations[] = {{"begin", nothing},
                  {"drive", drive},
                  {"broken", broken},
                  {"temperature", temperature},
                  {"hint", hint},
                  {"connectors", connectors},
                  {"pin_menu", pin_menu},
                  {"sensor_menu", sensor_menu},
                  {"fault_menu", fault_menu},
                  {"ended", ended}};

/// tests/window/NAME.txt, both screens; UPDATE_WINDOW=1 writes them anew.
START_TEST(ten_situations_look_as_they_did) {
  static const char *const screens[] = {"pack", "connectors"};
  const char *home = getenv("PACKSIM_HOME");
  char path[400];
  char *now = NULL;
  size_t bytes = 0;
  shown_t *shown = show(base);
  draw(shown, 1280, 800);
  situations[_i].make(shown);
  FILE *memory = open_memstream(&now, &bytes);
  ck_assert_ptr_nonnull(memory);
  for (size_t i = 0; i < sizeof screens / sizeof screens[0]; i++) {
    shown->ui.screen = (uint8_t)screen_find(screens[i]);
    draw(shown, 1280, 800);
    fprintf(memory, "== %s\n", screens[i]);
    display_list_print(shown->list, memory, 0);
  }
  fclose(memory);
  hide(shown);
  snprintf(path, sizeof path, "%s/tests/window/%s.txt", home != NULL ? home : ".",
           situations[_i].name);
  if (getenv("UPDATE_WINDOW") != NULL) {
    FILE *file = fopen(path, "w");
    ck_assert_msg(file != NULL && fputs(now, file) >= 0 && fclose(file) == 0, "%s", path);
  }
  FILE *file = fopen(path, "r");
  ck_assert_msg(file != NULL, "%s", path);
  char line[600];
  const char *at = now;
  for (uint32_t number = 1; fgets(line, sizeof line, file) != NULL; number++) {
    size_t length = strlen(line);
    ck_assert_msg(strncmp(at, line, length) == 0,
                  "%s:%u: was \"%s\", is \"%.*s\"; if it is meant so: UPDATE_WINDOW=1", path,
                  number, line, (int)strcspn(at, "\n"), at);
    at += length;
  }
  fclose(file);
  ck_assert_msg(*at == '\0', "%s: more than there was: %.80s", path, at);
  free(now);
}
END_TEST

START_TEST(the_same_view_gives_the_same_list) {
  shown_t *shown = show(base);
  display_list_t *again = malloc(sizeof *again);
  ck_assert_ptr_nonnull(again);
  run_until(shown, 2.5);
  for (uint32_t s = 0; screen_at(s) != NULL; s++) {
    shown->ui.screen = (uint8_t)s;
    draw(shown, 1280, 800);
    window_draw(shown->view, &shown->ui, 1280, 800, again);
    ck_assert_uint_eq(again->item_count, shown->list->item_count);
    ck_assert_int_eq(
        memcmp(again->item, shown->list->item, again->item_count * sizeof again->item[0]), 0);
    ck_assert_int_eq(memcmp(again->text, shown->list->text, again->text_bytes), 0);
  }
  free(again);
  hide(shown);
}
END_TEST

/* ---- input ---- */

static const list_hot_t *find_hot(const display_list_t *list, uint16_t action, int32_t argument) {
  for (uint32_t i = list->hot_count; i > 0; i--) {
    const list_hot_t *hot = &list->hot[i - 1];
    if (hot->action == action && hot->argument == argument) return hot;
  }
  return NULL;
}

static void apply(shown_t *shown, const commands_t *commands) {
  for (uint32_t i = 0; i < commands->count; i++) {
    if (!window_command(shown->view, &shown->ui, &commands->command[i])) {
      session_command(shown->session, &commands->command[i]);
    }
  }
  session_fill(shown->session, shown->view);
  draw(shown, 1280, 800);
}

static void click_box(shown_t *shown, list_box_t box) {
  event_t event = {.kind = EVENT_CLICK, .x = box.x + box.w / 2, .y = box.y + box.h / 2};
  event.start_x = event.x;
  event.start_y = event.y;
  commands_t commands = window_input(shown->view, &shown->ui, shown->list, &event);
  apply(shown, &commands);
}

static void press(shown_t *shown, int32_t key) {
  event_t event = {.kind = EVENT_KEY, .key = key};
  commands_t commands = window_input(shown->view, &shown->ui, shown->list, &event);
  apply(shown, &commands);
}

static list_box_t box_of_text(const display_list_t *list, const char *text) {
  for (uint32_t i = list->item_count; i > 0; i--) {
    const list_item_t *item = &list->item[i - 1];
    if (item->kind == LIST_TEXT && strcmp(list->text + item->text, text) == 0) return item->box;
  }
  ck_abort_msg("no text \"%s\"", text);
  return (list_box_t){0, 0, 0, 0};
}

START_TEST(a_pin_is_broken_and_mended_by_mouse) {
  shown_t *shown = show(base);
  int32_t pin = pinout_pin_find("C9");
  run_until(shown, 1.0);
  draw(shown, 1280, 800);
  press(shown, KEY_F1 + 1);
  ck_assert_uint_eq(shown->ui.screen, 1);
  const list_hot_t *hot = find_hot(shown->list, 1, pin);
  ck_assert_ptr_nonnull(hot);
  click_box(shown, hot->box);
  ck_assert_uint_eq(shown->ui.menu.kind, MENU_PIN);
  ck_assert_int_eq(shown->ui.menu.pin, pin);
  click_box(shown, box_of_text(shown->list, "open"));
  ck_assert_uint_eq(shown->ui.menu.kind, MENU_NONE);
  ck_assert_uint_eq(shown->view->pending_count, 1);
  run_until(shown, 1.5);
  ck_assert_uint_eq(shown->view->pending_count, 0);
  ck_assert_uint_eq(shown->view->hil.harness.fault[pinout_wire_find("C9")].is_open, 1);
  ck_assert_uint_eq(shown->view->hil.bms.wire_state[pinout_wire_find("C9")], BMS_WIRE_OPEN);
  draw(shown, 1280, 800);
  shown->ui.chosen_pin = pin;
  shown->ui.hover.action = LIST_ACTION_NONE;
  draw(shown, 1280, 800);
  ck_assert(has_text(shown->list, "open of wire.C9; the BMS: open"));
  click_box(shown, find_hot(shown->list, 1, pin)->box);
  click_box(shown, box_of_text(shown->list, "clear all faults here"));
  run_until(shown, 1.6);
  ck_assert_uint_eq(shown->view->hil.harness.fault[pinout_wire_find("C9")].is_open, 0);
  ck_assert_ptr_null(view_fault_on(shown->view, FAULT_ON_WIRE, (uint32_t)pinout_wire_find("C9")));
  hide(shown);
}
END_TEST

START_TEST(every_entry_of_the_fault_menu_can_begin) {
  shown_t *shown = show("\"pack\": {\"soc_pct\": 60}, \"end\": {\"at_s\": 8}");
  run_until(shown, 0.1);
  draw(shown, 1280, 800);
  press(shown, 'f');
  ck_assert_uint_eq(shown->ui.menu.kind, MENU_FAULTS);
  for (uint32_t i = 0; i < faults_count(); i++) {
    ck_assert_int_eq(shown->ui.menu.row, (int32_t)i);
    ck_assert(has_text(shown->list, faults_at(i)->name));
    press(shown, KEY_ENTER);
    ck_assert_msg(shown->view->pending_count == 1, "%s: %s", faults_at(i)->name,
                  session_message(shown->session));
    press(shown, 'c'); /* taken back before its tick */
    ck_assert_uint_eq(shown->view->pending_count, 0);
    press(shown, KEY_DOWN);
  }
  press(shown, KEY_ESCAPE);
  ck_assert_uint_eq(shown->ui.menu.kind, MENU_NONE);
  hide(shown);
}
END_TEST

START_TEST(every_pin_of_the_fault_table_has_a_menu) {
  shown_t *shown = show(base);
  shown->ui.screen = 1;
  draw(shown, 1280, 800);
  uint32_t with_menu = 0;
  for (int32_t pin = 0; pin < PINOUT_PIN_COUNT; pin++) {
    const list_hot_t *hot = find_hot(shown->list, 1, pin);
    ck_assert_msg(hot != NULL, "%s", pinout_pin[pin].name);
    click_box(shown, hot->box);
    ck_assert_int_eq(shown->ui.menu.pin, pin);
    int is_empty = has_text(shown->list, "no fault of the table acts here");
    with_menu += is_empty ? 0 : 1;
    ck_assert_msg(!is_empty || pinout_pin[pin].wire == PINOUT_NONE, "%s", pinout_pin[pin].name);
    press(shown, KEY_ESCAPE);
  }
  ck_assert_uint_ge(with_menu, PINS_WIRE_COUNT + 30);
  hide(shown);
}
END_TEST

START_TEST(controls_ask_for_what_they_say) {
  shown_t *shown = show(base);
  run_until(shown, 1.2);
  draw(shown, 1280, 800);
  event_t key = {.kind = EVENT_KEY};
  static const struct {
    int32_t key;
    uint8_t kind;
  } expected[] = {{' ', COMMAND_PAUSE},  {'.', COMMAND_STEP},           {'x', COMMAND_CLEAR_ALL},
                  {'r', COMMAND_RECORD}, {'s', COMMAND_SAVE},           {'p', COMMAND_SCREENSHOT},
                  {'q', COMMAND_QUIT},   {']', COMMAND_SPEED},          {'2', COMMAND_LOAD},
                  {'>', COMMAND_LOAD},   {KEY_BACKSPACE, COMMAND_SEEK}, {'l', COMMAND_THEME}};
  for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
    key.key = expected[i].key;
    commands_t commands = window_input(shown->view, &shown->ui, shown->list, &key);
    ck_assert_msg(commands.count >= 1, "key %d", expected[i].key);
    ck_assert_uint_eq(commands.command[commands.count - 1].kind, expected[i].kind);
  }
  click_box(shown, box_of_text(shown->list, "Charge"));
  ck_assert_uint_ge(shown->view->pending_count, 2); /* plug, charger, request */
  run_until(shown, 1.201);
  ck_assert_uint_eq(shown->view->hil.stimulus.request, VCM_CHARGE);
  ck_assert_uint_eq(shown->view->hil.stimulus.charger_is_plugged, 1);
  ck_assert_double_eq(shown->view->hil.stimulus.charger_current_A, 40.0);
  hide(shown);
}
END_TEST

START_TEST(going_back_takes_the_future_along) {
  shown_t *shown = show(base);
  run_until(shown, 3.5);
  ck_assert_uint_eq(shown->view->checkpoint_count, 4);
  ck_assert_uint_eq(shown->view->fault_count, 1);
  command_t seek = {.kind = COMMAND_SEEK, .time_us = 1500000};
  session_command(shown->session, &seek);
  session_fill(shown->session, shown->view);
  ck_assert_uint_eq(shown->view->hil.now_us, 1000000);
  ck_assert_uint_eq(shown->view->fault_count, 0);
  ck_assert_uint_eq(shown->view->checkpoint_count, 2);
  for (uint32_t i = 0; i < shown->view->mark_count; i++) {
    ck_assert_uint_le(shown->view->mark[i].time_us, 1000000);
  }
  run_until(shown, 9.0);
  ck_assert_uint_eq(shown->view->run, VIEW_ENDED);
  session_command(shown->session, &seek); /* also from the end */
  session_fill(shown->session, shown->view);
  ck_assert_uint_eq(shown->view->run, VIEW_RUNNING);
  hide(shown);
}
END_TEST

/// Whoever looks on does not change the run, nor does the history of anything.
START_TEST(a_watched_run_is_the_same_run) {
  run_result_t alone, watched;
  const run_options_t options = {.out_dir = NULL};
  scenario_t *point = point_of_text(base);
  run_scenario(point, &options, &alone);
  shown_t *shown = show(base);
  command_t trace = {
      .kind = COMMAND_TRACE, .target = 7, .number = signals_find("phys.cell.min.degC")};
  while (session_tick(shown->session) == 0) {
    uint64_t now_us = session_now_us(shown->session);
    if (now_us % 100000 == 0) session_fill(shown->session, shown->view);
    if (now_us == 3000000) session_command(shown->session, &trace);
    if (now_us == 5000000) { /* back, and the same again */
      static int was_back;
      const command_t seek = {.kind = COMMAND_SEEK, .time_us = 2000000};
      if (!was_back++) session_command(shown->session, &seek);
    }
  }
  session_close(shown->session, &watched);
  ck_assert_uint_eq(alone.verdict, VERDICT_PASS);
  ck_assert_uint_eq(watched.verdict, alone.verdict);
  ck_assert_uint_eq(watched.trace_hash, alone.trace_hash);
  ck_assert_uint_eq(watched.output_hash, alone.output_hash);
  ck_assert_uint_eq(watched.tick_count, alone.tick_count);
  scenario_free(shown->point);
  free(shown->view);
  free(shown->list);
  scenario_free(point);
}
END_TEST

START_TEST(checkpoints_stay_few_and_reach_back) {
  shown_t *shown = show("\"pack\": {\"soc_pct\": 60}, \"end\": {\"at_s\": 60}, \"load\": "
                        "[{\"at_s\": 0, \"request\": \"drive\", \"current_A\": 100}]");
  run_until(shown, 60.0);
  ck_assert_uint_le(shown->view->checkpoint_count, VIEW_CHECKPOINT_MAX);
  ck_assert_uint_ge(shown->view->checkpoint_count, VIEW_CHECKPOINT_MAX / 2);
  ck_assert_uint_eq(shown->view->checkpoint_us[0], 0);
  for (uint32_t i = 1; i < shown->view->checkpoint_count; i++) {
    ck_assert_uint_gt(shown->view->checkpoint_us[i], shown->view->checkpoint_us[i - 1]);
  }
  const view_history_t *history = &shown->view->history;
  ck_assert_uint_le(history->point_count, VIEW_POINT_MAX);
  ck_assert_uint_gt(history->point_count, VIEW_POINT_MAX / 2 - 1);
  ck_assert_uint_eq(history->period_us, 80000);
  double before_V = 0.0;
  for (uint32_t i = 4 * (10000000 / 320000); i + 4 < history->point_count; i += 4) {
    double now_V = (double)history->group_V[95][i / 4]; /* under load from 10 s on: it falls */
    ck_assert_msg(before_V == 0.0 || (now_V < before_V && now_V > before_V - 0.01), "point %u", i);
    before_V = now_V;
  }
  ck_assert_double_eq_tol(before_V, pack_group_V(&shown->view->hil.pack, 95), 0.01);
  hide(shown);
}
END_TEST

/* ---- colours ---- */

static double channel(uint32_t rgb, int shift) {
  double c = ((rgb >> shift) & 255) / 255.0;
  return c <= 0.03928 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4);
}

static double luminance(uint32_t rgb) {
  return 0.2126 * channel(rgb, 16) + 0.7152 * channel(rgb, 8) + 0.0722 * channel(rgb, 0);
}

static double contrast(uint32_t a, uint32_t b) {
  double x = luminance(a), y = luminance(b);
  return (x > y ? x + 0.05 : y + 0.05) / (x > y ? y + 0.05 : x + 0.05);
}

/// Text can be read wherever it stands: WCAG 2.1 asks for 4.5.
START_TEST(text_can_be_read) {
  static const uint8_t fills[] = {
      THEME_PANEL, THEME_RAISED, THEME_HOVER,  THEME_CHOSEN, THEME_WINDOW, THEME_LOW_3,
      THEME_LOW_2, THEME_LOW_1,  THEME_MIDDLE, THEME_HIGH_1, THEME_HIGH_2, THEME_HIGH_3,
      THEME_WARN,  THEME_BAD,    THEME_FINE,   THEME_ACCENT, THEME_USER};
  for (uint32_t theme = 0; theme < THEME_COUNT; theme++) {
    for (size_t i = 0; i < sizeof fills; i++) {
      theme_color_t fill = (theme_color_t)fills[i];
      double ratio = contrast(theme_rgb(theme, fill), theme_rgb(theme, theme_ink(fill)));
      ck_assert_msg(ratio >= 4.5, "%s: text on %s %.2f", theme_name(theme), theme_color_name(fill),
                    ratio);
    }
    static const uint8_t inks[] = {THEME_SOFT, THEME_ACCENT, THEME_BAD, THEME_USER, THEME_FINE};
    for (size_t i = 0; i < sizeof inks; i++) {
      double ratio =
          contrast(theme_rgb(theme, THEME_PANEL), theme_rgb(theme, (theme_color_t)inks[i]));
      ck_assert_msg(ratio >= 4.0, "%s: %s on a panel %.2f", theme_name(theme),
                    theme_color_name((theme_color_t)inks[i]), ratio);
    }
  }
}
END_TEST

/// As people without long-wave (or middle-wave) cones see it: Vienot, Brettel and Mollon, Color
/// Research & Application 24 (1999), on linear RGB; then the distance in CIELAB.
static void lab(uint32_t rgb, int is_protan, double out[3]) {
  double r = channel(rgb, 16), g = channel(rgb, 8), b = channel(rgb, 0);
  double rg = is_protan ? 0.11238 * r + 0.88762 * g : 0.29275 * r + 0.70725 * g;
  double bb = is_protan ? 0.00401 * r - 0.00401 * g + b : -0.02234 * r + 0.02234 * g + b;
  double x = (0.4124 * rg + 0.3576 * rg + 0.1805 * bb) / 0.9505;
  double y = 0.2126 * rg + 0.7152 * rg + 0.0722 * bb;
  double z = (0.0193 * rg + 0.1192 * rg + 0.9505 * bb) / 1.089;
  double *v[] = {&x, &y, &z};
  for (int i = 0; i < 3; i++) *v[i] = *v[i] > 0.008856 ? cbrt(*v[i]) : 7.787 * *v[i] + 16.0 / 116;
  out[0] = 116 * y - 16;
  out[1] = 500 * (x - y);
  out[2] = 200 * (y - z);
}

START_TEST(colours_are_told_apart_without_red_and_green) {
  static const uint8_t pairs[][2] = {
      {THEME_FINE, THEME_WARN},    {THEME_FINE, THEME_BAD},     {THEME_WARN, THEME_BAD},
      {THEME_LOW_3, THEME_HIGH_3}, {THEME_LOW_2, THEME_HIGH_2}, {THEME_ACCENT, THEME_BAD},
      {THEME_ACCENT, THEME_WARN},  {THEME_LOW_1, THEME_MIDDLE}, {THEME_HIGH_1, THEME_MIDDLE},
      {THEME_HIGH_3, THEME_BAD},   {THEME_LOW_3, THEME_BAD},    {THEME_MIDDLE, THEME_BAD}};
  for (uint32_t theme = 0; theme < THEME_COUNT; theme++) {
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
      for (int is_protan = 0; is_protan < 2; is_protan++) {
        double a[3], b[3];
        lab(theme_rgb(theme, (theme_color_t)pairs[i][0]), is_protan, a);
        lab(theme_rgb(theme, (theme_color_t)pairs[i][1]), is_protan, b);
        double apart = sqrt(pow(a[0] - b[0], 2) + pow(a[1] - b[1], 2) + pow(a[2] - b[2], 2));
        ck_assert_msg(apart >= 10.0, "%s: %s and %s are %.1f apart", theme_name(theme),
                      theme_color_name((theme_color_t)pairs[i][0]),
                      theme_color_name((theme_color_t)pairs[i][1]), apart);
      }
    }
  }
}
END_TEST

START_TEST(a_full_list_drops_and_counts) {
  display_list_t *list = malloc(sizeof *list);
  ck_assert_ptr_nonnull(list);
  display_list_clear(list, 800, 600);
  for (int i = 0; i < DISPLAY_LIST_ITEM_MAX + 7; i++) {
    list_rect(list, list_box(0, 0, 5, 5), THEME_TEXT);
  }
  ck_assert_uint_eq(list->item_count, DISPLAY_LIST_ITEM_MAX);
  ck_assert_uint_eq(list->lost_count, 7);
  display_list_clear(list, 800, 600);
  ck_assert_int_eq(list_text(list, list_box(0, 0, 35, 20), THEME_NORMAL, LIST_LEFT, THEME_TEXT,
                             "\xC3\xA4"
                             "bcdefgh"),
                   35);
  ck_assert_str_eq(list->text + list->item[0].text, "\xC3\xA4"
                                                    "bc..");
  ck_assert_uint_eq(list->cut_count, 1);
  free(list);
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void) {
  Suite *suite = suite_create("window");
  TCase *test_case = tcase_create("window");
  tcase_add_test(test_case, nothing_overlaps_or_is_cut);
  tcase_add_test(test_case, nothing_overlaps_with_long_values);
  tcase_add_loop_test(test_case, ten_situations_look_as_they_did, 0,
                      (int)(sizeof situations / sizeof situations[0]));
  tcase_add_test(test_case, the_same_view_gives_the_same_list);
  tcase_add_test(test_case, a_pin_is_broken_and_mended_by_mouse);
  tcase_add_test(test_case, every_entry_of_the_fault_menu_can_begin);
  tcase_add_test(test_case, every_pin_of_the_fault_table_has_a_menu);
  tcase_add_test(test_case, controls_ask_for_what_they_say);
  tcase_add_test(test_case, going_back_takes_the_future_along);
  tcase_add_test(test_case, a_watched_run_is_the_same_run);
  tcase_add_test(test_case, checkpoints_stay_few_and_reach_back);
  tcase_add_test(test_case, text_can_be_read);
  tcase_add_test(test_case, colours_are_told_apart_without_red_and_green);
  tcase_add_test(test_case, a_full_list_drops_and_counts);
  suite_add_tcase(suite, test_case);
  return suite;
}
