/// Healthy packs for the watch of self-discharge, each drawn from its number, and how they live.
///
/// Units    as balance_world.h
#ifndef TESTS_WATCH_PACK_H
#define TESTS_WATCH_PACK_H

#include "balance_world.h"

typedef struct {
  double soc, health, loss_uA, apart_pct, daily_Ah, rest_h;
} watch_pack_t;

static inline double watch_between(rng_t *rng, double low, double high) {
  return low + (high - low) * rng_uniform(rng);
}

/// 35 to 92 % SOC, new to worn, cool to hot; up to 3 % apart; parked, or driven and charged once
/// in a day that begins with 8 to 18 h of rest.
static inline watch_pack_t watch_draw(uint64_t seed) {
  rng_t rng = rng_stream(seed, "watch.pack");
  watch_pack_t pack = {.soc = watch_between(&rng, 0.35, 0.92),
                       .health = watch_between(&rng, 0.7, 1.0)};
  double heat = rng_uniform(&rng);
  pack.loss_uA = 150.0 + 1050.0 * heat * heat; /* of 20 to 45 degC */
  pack.apart_pct = rng_uniform(&rng) < 0.5 ? watch_between(&rng, 0.0, 3.0) : 0.0;
  double share = watch_between(&rng, 0.03, 0.3);
  if (share > pack.soc - 0.2) share = pack.soc - 0.2;
  pack.daily_Ah = rng_uniform(&rng) < 0.75 ? share * 79.0 * pack.health : 0.0;
  pack.rest_h = watch_between(&rng, 8.0, 18.0);
  return pack;
}

static inline void watch_live_a_day(world_t *world, const watch_pack_t *pack) {
  double left_h = 24.0 - pack->rest_h;
  world_rest_h(world, pack->rest_h);
  if (pack->daily_Ah > 0.0) {
    world_drive(world, pack->daily_Ah);
    world_rest_h(world, 0.5 * left_h - 1.0);
    world_drive(world, -pack->daily_Ah);
    left_h = 0.5 * left_h - 1.0;
  }
  world_rest_h(world, left_h);
}

static inline void watch_begin(world_t *world, const watch_pack_t *pack, uint64_t seed) {
  world_make_used(world, pack->soc, pack->health, pack->loss_uA, seed);
  for (int i = 0; i < WORLD_GROUPS; i += 5)
    world->group[i].charge_Ah += 0.01 * pack->apart_pct * world->group[i].capacity_Ah;
}

#endif
