/// Text of the page, and its comparison with a file.
#include "react_page.h"

#include <stdlib.h>
#include <string.h>

static const char begin[] =
    "# Reactions to faults\n\n"
    "Written by `packsim reactions --write docs/fault-reactions.md`; do not edit. "
    "`packsim reactions --check` fails where it is out of date, `packsim trace` where something "
    "hangs loose.\n\n"
    "Every fault is put into the whole simulation (cells, harness, AFEs, board, core, bus) at a "
    "pack that has settled in its operating point, at each place where it can be, in 10 phases "
    "against the BMS's 10 ms cycle (for slow tests, 10 phases over their period). The clock starts "
    "with the tick in which the world is first beyond the limit at the connector's pins; a limit "
    "is the true one of `limits.csv`, not the threshold at which the BMS acts. It stops at the end "
    "of the tick in which\n\n"
    "- *coil off*: the coil's pin is without voltage (main plus, if nothing else is said),\n"
    "- *limits fall*: the published current of discharge or charge is below 98 % of what it was "
    "(the DTC, where a taper had shut both before); the next BMS_Limits frame, at most 100 ms "
    "later, carries it,\n"
    "- *closing refused*: the DTC is set, and drive is then asked for in vain for 1.5 s,\n"
    "- *told*: the DTC is set; contactors that were closed stay so for 300 ms more.\n\n"
    "Where a DTC can name the place, it has named the right one in every variant. A step of a "
    "group is a step of its charge, one of a module a step of its cells' temperature; what a "
    "contact needs to part comes on top (10 to 25 ms). `LSB` rows set the group so that ideal AFEs "
    "read the threshold itself (limit less `voltage_guard_mV`), 1 mV inside and 1 mV beyond.\n\n"
    "`source` of a requirement: *standard*, a rule asks for it; *design*, our own bar; *assumed*, "
    "to be agreed with a vehicle.\n\n";

static int print(FILE *file, const react_summary_t *summary, const trace_t *trace) {
  (void)fputs(begin, file);
  react_sweep_markdown(file, summary);
  (void)fputc('\n', file);
  trace_markdown(trace, file);
  return ferror(file) ? -1 : 0;
}

int react_page_write(const char *path, const react_summary_t *summary, const trace_t *trace) {
  FILE *file = fopen(path, "wb");
  if (file == NULL) return -1;
  int status = print(file, summary, trace);
  return fclose(file) == 0 ? status : -1;
}

/// Line of the first difference, 0 iff there is none.
static int compare(FILE *file, const char *text, size_t text_bytes) {
  int line = 1;
  for (size_t i = 0; i < text_bytes; i++) {
    int found = fgetc(file);
    if (found != (unsigned char)text[i]) return line;
    line += found == '\n';
  }
  return fgetc(file) == EOF ? 0 : line;
}

int react_page_check(const char *path, const react_summary_t *summary, const trace_t *trace) {
  char *text = NULL;
  size_t text_bytes = 0;
  FILE *file = fopen(path, "rb");
  FILE *made = open_memstream(&text, &text_bytes);
  int status = file == NULL || made == NULL ? -1 : print(made, summary, trace);
  if (made != NULL) (void)fclose(made);
  if (status == 0) status = compare(file, text, text_bytes);
  if (file != NULL) (void)fclose(file);
  free(text);
  return status;
}
