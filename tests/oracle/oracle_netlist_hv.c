/// Netlist of the high-voltage path: fuse, contactors with their timing, precharge, link, loads.
#include "oracle_cell.h"
#include "oracle_netlist.h"

static const double air_ohm = 1e13; // across an open contact; holds a link that both have left

enum { EVENT_MAX = 5 * ORACLE_PHASE_MAX };

/// Corners of a piecewise linear control voltage.
typedef struct {
  double time_s[EVENT_MAX], value[EVENT_MAX];
  uint32_t count;
} course_t;

static void then(course_t *course, double time_s, double value) {
  course->time_s[course->count] = time_s;
  course->value[course->count++] = value;
}

/// Drop what lies after time_s: the coil has changed its mind before the armature arrived.
static void forget_after(course_t *course, double time_s) {
  while (course->count > 1 && course->time_s[course->count - 1] > time_s) course->count--;
}

/// A contactor's contact: closes after pull-in, rebounds in the middle third of the bounce time,
/// opens after drop-out.
static course_t contact_course(const oracle_world_t *world, uint32_t coil) {
  const hv_params_t *hv = &world->hv;
  course_t course = {.count = 0};
  int is_energised = world->starts_closed[coil];
  then(&course, 0.0, is_energised ? 1.0 : 0.0);
  for (uint32_t i = 0; i < world->phase_count; i++) {
    const double start_s = 1e-3 * world->phase[i].start_ms;
    const double coil_V = world->phase[i].coil_V[coil];
    const int was_energised = is_energised;
    if (coil_V >= hv->coil_pull_in_V) is_energised = 1;
    if (coil_V <= hv->coil_drop_out_V) is_energised = 0;
    if (is_energised == was_energised) continue;
    forget_after(&course, start_s);
    if (is_energised) {
      const double touch_s = start_s + hv->pull_in_s;
      then(&course, touch_s, 1.0);
      then(&course, touch_s + hv->bounce_s / 3.0, 0.0);
      then(&course, touch_s + 2.0 * hv->bounce_s / 3.0, 1.0);
    } else {
      then(&course, start_s + hv->drop_out_s, 0.0);
    }
  }
  if (world->contact[coil] == HV_CONTACT_OK) return course;
  course.count = 1;
  course.value[0] = world->contact[coil] == HV_CONTACT_WELDED ? 1.0 : 0.0;
  return course;
}

static course_t phase_course(const oracle_world_t *world,
                             double (*value)(const oracle_world_t *, const hv_load_t *)) {
  course_t course = {.count = 0};
  for (uint32_t i = 0; i < world->phase_count; i++)
    then(&course, 1e-3 * world->phase[i].start_ms, value(world, &world->phase[i].load));
  return course;
}

/// A source whose value steps at the course's times, half up at each.
static void write_course(FILE *file, const char *head, const course_t *course) {
  fprintf(file, "%s PWL(0 %.17g", head, course->value[0]);
  for (uint32_t i = 1; i < course->count; i++) {
    if (course->value[i] == course->value[i - 1]) continue;
    fprintf(file, " %.12g %.17g %.12g %.17g", course->time_s[i] - ORACLE_RAMP_s,
            course->value[i - 1], course->time_s[i] + ORACLE_RAMP_s, course->value[i]);
  }
  fprintf(file, ")\n");
}

/// A switch that toggles at half ramp.
static void write_contact(FILE *file, const oracle_world_t *world, uint32_t coil, const char *name,
                          const char *from, const char *to) {
  char head[40];
  const course_t course = contact_course(world, coil);
  (void)snprintf(head, sizeof head, "vk%s k%s 0", name, name);
  write_course(file, head, &course);
  fprintf(file, "sk%s %s %s k%s 0 contact\n", name, from, to, name);
}

static double current_A(const oracle_world_t *world, const hv_load_t *load) {
  (void)world;
  return load->current_A;
}

static double power_W(const oracle_world_t *world, const hv_load_t *load) {
  (void)world;
  return load->power_W;
}

static double conductance_S(const oracle_world_t *world, const hv_load_t *load) {
  (void)world;
  return load->conductance_S;
}

static double charger_A(const oracle_world_t *world, const hv_load_t *load) {
  (void)world;
  return load->charger_current_A;
}

static double short_S(const oracle_world_t *world, const hv_load_t *load) {
  (void)world;
  return load->short_ohm > 0.0 ? 1.0 / load->short_ohm : 0.0;
}

static double discharge_S(const oracle_world_t *world, const hv_load_t *load) {
  return load->active_discharge ? 1.0 / world->hv.link_active_discharge_ohm : 0.0;
}

/// What draws from the link like a resistor, and from which node.
static const struct {
  const char *name, *node;
  double (*value)(const oracle_world_t *, const hv_load_t *);
} link_load[] = {
    {"load", "ld", conductance_S}, {"short", "sh", short_S}, {"discharge", "link", discharge_S}};

/// A switch with the load's resistance for each phase that has one: linear between switchings.
static void write_resistors(FILE *file, const oracle_world_t *world, uint32_t row) {
  const course_t course = phase_course(world, link_load[row].value);
  const char *name = link_load[row].name;
  for (uint32_t i = 0; i < course.count; i++) {
    char head[60];
    if (course.value[i] == 0.0) continue;
    course_t on = course;
    for (uint32_t j = 0; j < on.count; j++) on.value[j] = j == i ? 1.0 : 0.0;
    (void)snprintf(head, sizeof head, "vk%s%u k%s%u 0", name, i, name, i);
    write_course(file, head, &on);
    fprintf(file, ".model m%s%u sw vt=0.5 vh=0 ron=%.17g roff=%.17g\n", name, i,
            1.0 / course.value[i], air_ohm);
    fprintf(file, "s%s%u %s 0 k%s%u 0 m%s%u\n", name, i, link_load[row].node, name, i, name, i);
  }
}

static int is_used(const course_t *course) {
  int is_any = 0;
  for (uint32_t i = 0; i < course->count; i++) is_any |= course->value[i] != 0.0;
  return is_any;
}

static void write_loads(FILE *file, const oracle_world_t *world) {
  const course_t power = phase_course(world, power_W), current = phase_course(world, current_A);
  fprintf(file, "vload link ld 0\nvshort link sh 0\n");
  write_course(file, "iload ld 0", &current);
  for (uint32_t row = 0; row < sizeof link_load / sizeof link_load[0]; row++)
    write_resistors(file, world, row);
  if (!is_used(&power)) return;
  write_course(file, "vkpower kpower 0", &power);
  fprintf(file, "bkpower ld 0 I=v(kpower)/v(ld)\n");
}

static void write_charger(FILE *file, const oracle_world_t *world) {
  const course_t course = phase_course(world, charger_A);
  fprintf(file, "vcharger ch link 0\n");
  if (world->charger_is_in_cv)
    fprintf(file, "vcv ch 0 %.17g\n", world->phase[0].load.charger_voltage_V);
  else
    write_course(file, "icharger 0 ch", &course);
}

/// Leaks of the four poles, Y-capacitors, and the leaks of a tap and of a sense wire.
static void write_chassis(FILE *file, const oracle_world_t *world) {
  static const struct {
    isolation_pole_t pole;
    const char *node;
  } pole[] = {{ISOLATION_PACK_POS, "h95"},
              {ISOLATION_PACK_NEG, "0"},
              {ISOLATION_LINK_POS, "lp"},
              {ISOLATION_LINK_NEG, "ln"}};
  const double rest_V = 0.5 * oracle_cell_string_V(world);
  for (uint32_t i = 0; i < ISOLATION_POLE_COUNT; i++)
    fprintf(file, "riso%u chassis %s %.17g\n", i, pole[i].node,
            world->isolation.leak_ohm[pole[i].pole]);
  fprintf(file, "cypos h95 chassis %.17g ic=%.17g\n", world->isolation.y_F[ISOLATION_POS], rest_V);
  fprintf(file, "cyneg chassis 0 %.17g ic=%.17g\n", world->isolation.y_F[ISOLATION_NEG], rest_V);
  if (world->tap_leak_ohm > 0.0)
    fprintf(file, "vtapleak %s tl 0\nrtapleak tl chassis %.17g\n",
            oracle_netlist_tap(world->tap_leak_wire).text, world->tap_leak_ohm);
  if (world->wire_leak_ohm > 0.0)
    fprintf(file, "vwireleak p%u wl 0\nrwireleak wl chassis %.17g\n", world->wire_leak_wire,
            world->wire_leak_ohm);
}

void oracle_netlist_hv(FILE *file, const oracle_world_t *world) {
  const hv_params_t *hv = &world->hv;
  fprintf(file, ".model contact sw vt=0.5 vh=0 ron=%.17g roff=%.17g\n", hv->contact_ohm, air_ohm);
  fprintf(file, "vstring h%u f1 0\nrfuse f1 f2 %.17g\n", PACK_GROUP_COUNT - 1, hv->fuse_ohm);
  fprintf(file, "vmain f2 m1 0\n");
  write_contact(file, world, PINS_COIL_MAIN_POS, "pos", "m1", "lp");
  fprintf(file, "vpre f2 q1 0\nrpre q1 q2 %.17g\n", hv->precharge_ohm);
  write_contact(file, world, PINS_COIL_PRECHARGE, "pre", "q2", "lp");
  fprintf(file, "vneg ln n1 0\n");
  write_contact(file, world, PINS_COIL_MAIN_NEG, "neg", "n1", "0");
  fprintf(file, "rair ln 0 %.17g\n", air_ohm);
  fprintf(file, "elink lp lm link 0 1\nvlink lm ln 0\nflink 0 link vlink 1\n");
  fprintf(file, "vlink0 link0 0 %.17g\nclink link link0 %.17g ic=0\n", world->link_V, hv->link_F);
  fprintf(file, "rlink link 0 %.17g\n", hv->link_bleed_ohm);
  write_loads(file, world);
  write_charger(file, world);
  if (world->has_chassis) write_chassis(file, world);
}
