/// Figures of the AFE's front end and of the wires before it. Inside of the harness.
///
/// Units    as named
/// Source   assumed (docs/open-wire.md); the source of the pinout says nothing about them
#ifndef SIM_HARNESS_FRONT_H
#define SIM_HARNESS_FRONT_H

#define HARNESS_WIRE_ohm 0.045 /* 40 mOhm wire, 5 mOhm contact */
#define HARNESS_FILTER_ohm 100.0
#define HARNESS_FILTER_F 100e-9
#define HARNESS_BLEED_ohm 33.0
#define HARNESS_OPEN_ohm 1e9 /* what is left across a break */
#define HARNESS_SLOW_ohm 300.0 /* above it the input's capacitor is a state (30 us) */
#define HARNESS_STRAY_F 100e-12 /* V- to pack minus, across the isolation barrier */
#define HARNESS_DIODE_V 0.6
#define HARNESS_ZENER_V 8.0 /* top input against the one below */
#define HARNESS_CLAMP_ohm 1.0
#define HARNESS_TEST_A 100e-6
#define HARNESS_LEAK_A 100e-9
#define HARNESS_FUSE_A 2.0
#define HARNESS_FUSE_A2s 2.0
#define HARNESS_DAMAGE_A 10e-3

#endif
