/// All reports of a result: see reports.h.
#include "reports.h"

#include "cli.h"

int reports_write(const char *verb, const report_t *report) {
  static report_status_t (*const write[])(const report_t *) = {report_json, report_junit,
                                                               report_html, report_timing};
  int status = CLI_OK;
  for (size_t i = 0; i < sizeof write / sizeof write[0]; i++) {
    if (write[i](report) == REPORT_OK || status != CLI_OK) continue;
    status = cli_usage(verb, "%s", report_error());
  }
  return status;
}
