/// Style sheet and script of report.html. The page says all without the script; with it there are
/// filter, sorting, values under the pointer and buttons that copy.
#ifndef SCENARIOS_REPORT_STYLE_H
#define SCENARIOS_REPORT_STYLE_H

extern const char *const report_style[]; ///< lines, NULL behind the last
extern const char *const report_script[]; ///< likewise; finds SVG: left, right, width, top, bottom

#endif
