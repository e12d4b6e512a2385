/// A healthy pack of the test's world, and what the watch for self-discharge makes of it.
///
/// usage: watch_packs SEED HOURS [GROUP]
/// One pack, drawn from SEED; a line of what it was and met.
/// With GROUP (0..95) that one has 100 ohm inside from the first day on: when is it told?
/// Exit 1 iff a group was accused, 2 bad usage.
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
  int is_calm = 1;
  while (is_calm && world.time_s < hours * 3600.0) {
    watch_live_a_day(&world, &pack);
    is_calm = world_is_calm(&world);
  }
  printf("%2.0f %% SOC, health %3.0f %%, loses %4.0f uA, %.1f %% apart, %4.1f A h a day, rests "
         "%4.1f h: %.0f h, %u verdicts, ",
         100.0 * pack.soc, 100.0 * pack.health, 2.0 * pack.loss_uA, pack.apart_pct, pack.daily_Ah,
         pack.rest_h, is_calm ? world.time_s / 3600.0 : world.accused_s / 3600.0, world.bms.leak.judged_count);
  if (is_calm)
    printf("nobody\n");
  else
    printf("accuses group %u\n", world.bms.leak.accused_group);
  return is_calm ? 0 : 1;
}
