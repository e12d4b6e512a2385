/// What the reports share: see report_text.h.
#include "report_text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_BYTES = 512 };
#define PART ".part"

static char error_text[600];

const char *report_error(void) { return error_text; }

FILE *report_file_open(const report_t *report, const char *name) {
  char path[PATH_BYTES];
  snprintf(path, sizeof path, "%s/%s" PART, report->dir, name);
  FILE *file = fopen(path, "w");
  if (!file)
    snprintf(error_text, sizeof error_text, "%s: cannot be created: %s", path, strerror(errno));
  return file;
}

report_status_t report_file_close(const report_t *report, FILE *file, const char *name) {
  char part[PATH_BYTES], path[PATH_BYTES];
  snprintf(part, sizeof part, "%s/%s" PART, report->dir, name);
  snprintf(path, sizeof path, "%s/%s", report->dir, name);
  int is_bad = ferror(file) != 0;
  is_bad |= fclose(file) != 0;
  if (!is_bad && rename(part, path) == 0) return REPORT_OK;
  int reason = errno;
  (void)unlink(part); /* the file before stays whole */
  snprintf(error_text, sizeof error_text, "%s/%s: cannot be written: %s", report->dir, name,
           strerror(reason));
  return REPORT_ERR_FILE;
}

/* Length of the UTF-8 sequence at text, 0 iff it is not one. */
static uint32_t utf8_length(const unsigned char *text) {
  uint32_t length = text[0] < 0x80                       ? 1
                    : text[0] >= 0xC2 && text[0] <= 0xDF ? 2
                    : text[0] >= 0xE0 && text[0] <= 0xEF ? 3
                    : text[0] >= 0xF0 && text[0] <= 0xF4 ? 4
                                                         : 0;
  for (uint32_t i = 1; i < length; i++) {
    if ((text[i] & 0xC0) != 0x80) return 0;
  }
  int is_overlong = (text[0] == 0xE0 && text[1] < 0xA0) || (text[0] == 0xF0 && text[1] < 0x90);
  int is_outside = (text[0] == 0xED && text[1] > 0x9F) || (text[0] == 0xF4 && text[1] > 0x8F);
  int is_noncharacter = text[0] == 0xEF && text[1] == 0xBF && text[2] >= 0xBE;
  return is_overlong || is_outside || is_noncharacter ? 0 : length;
}

void report_escape(FILE *file, const char *text) {
  const unsigned char *at = (const unsigned char *)text;
  while (*at) {
    uint32_t length = utf8_length(at);
    int is_control = *at < 0x20 && *at != '\t' && *at != '\n' && *at != '\r';
    if (length == 0 || is_control) {
      fputs("\xEF\xBF\xBD", file);
      at++;
      continue;
    }
    switch (*at) {
    case '&':
      fputs("&amp;", file);
      break;
    case '<':
      fputs("&lt;", file);
      break;
    case '>':
      fputs("&gt;", file);
      break;
    case '"':
      fputs("&quot;", file);
      break;
    case '\'':
      fputs("&#39;", file);
      break;
    default:
      fwrite(at, 1, length, file);
    }
    at += length;
  }
}

/* How bad a verdict is for the group: an error hides a failure, a failure hides a pass. */
static int severity(verdict_t verdict) {
  static const int table[] = {1, 3, 2, 4, 0};
  return (unsigned)verdict < 5 ? table[verdict] : 5;
}

report_group_t report_group(const report_t *report, uint32_t begin) {
  report_group_t group = {.begin = begin, .end = begin, .verdict = VERDICT_SKIPPED};
  const run_result_t *first = &report->result[begin];
  while (group.end < report->result_count) {
    const run_result_t *result = &report->result[group.end];
    if (strcmp(result->scenario_id, first->scenario_id) != 0) break;
    if (strcmp(result->file, first->file) != 0) break;
    verdict_t verdict = result->verdict < 5 ? (verdict_t)result->verdict : VERDICT_ERROR;
    group.count[verdict]++;
    if (severity(verdict) > severity(group.verdict)) group.verdict = verdict;
    group.end++;
  }
  return group;
}

double report_margin(const check_result_t *check) {
  const double none = 1e9;
  if (!check->has_margin) return none;
  double limit = check->limit < 0 ? -check->limit : check->limit;
  double distance = check->limit - check->value;
  if (distance < 0) distance = -distance;
  double share = limit > 0 ? distance / limit : distance > 0 ? distance : 0;
  if (!(share < none)) return none;
  return check->verdict == VERDICT_PASS ? share : -share;
}

int32_t report_worst_check(const run_result_t *result) {
  int32_t worst = -1;
  for (uint32_t i = 0; i < result->check_count && i < RESULT_CHECK_MAX; i++) {
    if (!result->check[i].has_margin) continue;
    if (worst < 0 || report_margin(&result->check[i]) < report_margin(&result->check[worst])) {
      worst = (int32_t)i;
    }
  }
  return worst;
}

void report_margin_text(const check_result_t *check, char text[REPORT_TEXT_BYTES]) {
  text[0] = 0;
  if (!check->has_margin) return;
  snprintf(text, REPORT_TEXT_BYTES, "%.4g of %.6g%s%s", check->value, check->limit,
           check->unit[0] ? " " : "", check->unit);
}

uint32_t report_passed_count(const run_result_t *result) {
  uint32_t passed = 0;
  for (uint32_t i = 0; i < result->check_count && i < RESULT_CHECK_MAX; i++) {
    passed += result->check[i].verdict == VERDICT_PASS;
  }
  return passed;
}

static int needs_quotes(const char *text) {
  return text[strspn(text,
                     "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=:,./@%")] !=
         0;
}

void report_replay_text(const report_t *report, const run_result_t *result, char *text,
                        uint32_t text_bytes) {
  if (report->replay) {
    snprintf(text, text_bytes, "%s", report->replay[result - report->result]);
    return;
  }
  const char *file =
      report->replay_file ? report->replay_file[result - report->result] : result->file;
  const char *file_quote = needs_quotes(file) ? "'" : "";
  const char *name_quote = needs_quotes(result->run_name) ? "'" : "";
  const char *options = report->replay_options ? report->replay_options : "";
  snprintf(text, text_bytes, "packsim run %s%s%s --filter %s%s%s --seed %llu%s%s", file_quote, file,
           file_quote, name_quote, result->run_name, name_quote, (unsigned long long)result->seed,
           options[0] ? " " : "", options);
}

const char *report_check_kind_text(uint8_t kind) {
  static const char *const text[] = {"expect", "always", "never", "measure"};
  return kind < 4 ? text[kind] : "?";
}
