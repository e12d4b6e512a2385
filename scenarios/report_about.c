/// What a run's scenario says of itself: see report_about.h.
#include "report_about.h"

#include <stdio.h>
#include <string.h>

#include <cjson/cJSON.h>

static void take(report_about_t *about, const cJSON *word) {
  const uint32_t room = sizeof about->word / sizeof about->word[0];
  if (!cJSON_IsString(word) || about->word_count == room) return;
  snprintf(about->word[about->word_count++], sizeof about->word[0], "%s", word->valuestring);
}

static void take_all(report_about_t *about, const cJSON *words) {
  const cJSON *word;
  take(about, words);
  if (!cJSON_IsArray(words)) return;
  cJSON_ArrayForEach(word, words) { take(about, word); }
}

void report_about(const report_t *report, uint32_t index, report_about_t *about) {
  const char *text = report->resolved ? report->resolved[index] : NULL;
  cJSON *root = text ? cJSON_Parse(text) : NULL;
  const cJSON *why = cJSON_GetObjectItemCaseSensitive(root, "why");
  memset(about, 0, sizeof *about);
  if (cJSON_IsString(why)) snprintf(about->why, sizeof about->why, "%s", why->valuestring);
  take_all(about, cJSON_GetObjectItemCaseSensitive(root, "tags"));
  take_all(about, cJSON_GetObjectItemCaseSensitive(root, "requirements"));
  cJSON_Delete(root);
}
