/// The generator: single sources in ecu_model/db to C tables in ecu_model/gen.
///
/// Usage    gen DB_DIR GEN_DIR
#include "gen.h"

int main(int argc, char **argv) {
  if (argc != 3) {
    (void)fprintf(stderr, "usage: gen DB_DIR GEN_DIR\n");
    return 2;
  }
  gen_pinout(argv[1], argv[2]);
  gen_requirement(argv[1], argv[2]);
  gen_dtc(argv[1], argv[2]);
  gen_limits(argv[1], argv[2]);
  gen_can(argv[1], argv[2]);
  gen_did(argv[1], argv[2]);
  return 0;
}
