/// Runs the one Check suite that a test program defines and fails with its failures.
#include <check.h>
#include <stdlib.h>

Suite *test_suite(void);

int main(void) {
  SRunner *runner = srunner_create(test_suite());
  srunner_run_all(runner, CK_NORMAL);
  int failed_count = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed_count == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
