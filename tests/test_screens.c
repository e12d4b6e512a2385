/// The screens Plots, Bus and Scenario in ten situations: their texts, and that nothing overlaps.
#include "../gui/screen.h"

#include "golden.h"
#include "view_rig.h"

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
  for (uint32_t i = 1; i < list->panel_count; i++) {
    ck_assert_msg(is_inside(list->panel_box[i], list->panel_box[0]), "%s: panel %s leaves", what,
                  list->panel_title[i]);
    for (uint32_t j = i + 1; j < list->panel_count; j++) {
      ck_assert_msg(!overlap(list->panel_box[i], list->panel_box[j]), "%s: panels %s and %s", what,
                    list->panel_title[i], list->panel_title[j]);
    }
  }
}

START_TEST(layout) {
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

Suite *test_suite(void);
Suite *test_suite(void) {
  Suite *suite = suite_create("screens");
  TCase *all = tcase_create("all");
  tcase_set_timeout(all, 60);
  tcase_add_checked_fixture(all, setup, teardown);
  tcase_add_loop_test(all, texts, 0, SITUATION_COUNT);
  tcase_add_loop_test(all, layout, 0, SITUATION_COUNT);
  suite_add_tcase(suite, all);
  return suite;
}
