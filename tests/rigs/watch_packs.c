/// A pack of the test's world, and what the watch for self-discharge makes of it.
///
/// usage: watch_packs SEED HOURS [GROUP]
/// One healthy pack, drawn from SEED; a line of what it was and met.
/// With GROUP (0..95) that one has 100 ohm inside from the first day on: when is it told?
/// Exit 0 iff nobody was accused, with GROUP iff that one was within HOURS; else 1, 2 bad usage.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "../watch_pack.h"

static int number(const char *text, double *value) {
  char *end = NULL;
  errno = 0;
  *value = strtod(text, &end);
  return errno == 0 && end != text && *end == '\0' && *value >= 0.0 && *value <= 1e9;
}

int main(int argc, char **argv) {
  static world_t world;
  double seed = 0.0, hours = 0.0, group = 0.0;
  if (argc < 3 || argc > 4 || !number(argv[1], &seed) || !number(argv[2], &hours) ||
      (argc == 4 && (!number(argv[3], &group) || group >= WORLD_GROUPS))) {
    fprintf(stderr, "usage: watch_packs SEED HOURS [GROUP 0..95]\n");
    return 2;
  }
  watch_pack_t pack = watch_draw((uint64_t)seed);
  watch_begin(&world, &pack, (uint64_t)seed);
  if (argc == 4) world.group[(int)group].leak_ohm = 100.0;
  while (world.accused_s == 0.0 && world.time_s < hours * 3600.0) watch_live_a_day(&world, &pack);
  double lived_s = world.accused_s > 0.0 ? world.accused_s : world.time_s;
  printf("%2.0f %% SOC, health %3.0f %%, loses %4.0f uA, %.1f %% apart, %4.1f A h a day, rests "
         "%4.1f h: %.1f h, evidence %.0f %%, ",
         100.0 * pack.soc, 100.0 * pack.health, 2.0 * pack.loss_uA, pack.apart_pct, pack.daily_Ah,
         pack.rest_h, lived_s / 3600.0, 0.1 * world.evidence_permille);
  if (world.accused_s == 0.0)
    printf("nobody\n");
  else
    printf("accuses group %u\n", world.accused_group);
  if (argc < 4) return world.accused_s == 0.0 ? 0 : 1;
  int is_right = world.accused_s > 0.0 && world.accused_group == (uint32_t)group;
  return is_right && world.accused_s <= hours * 3600.0 ? 0 : 1;
}
