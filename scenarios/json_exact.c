/// Exact numbers in JSON text: see json_exact.h.
#include "json_exact.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int gives_back(const char *text, double value) {
  double back = strtod(text, NULL);
  return back >= value && back <= value;
}

void json_exact_number(double value, char text[JSON_EXACT_NUMBER_BYTES]) {
  for (int digits = 15; digits <= 17; digits++) {
    snprintf(text, JSON_EXACT_NUMBER_BYTES, "%.*g", digits, value);
    if (gives_back(text, value)) return;
  }
}

/* Numbers that the library would round become raw text. */
static int make_exact(cJSON *item) {
  for (; item; item = item->next) {
    char text[JSON_EXACT_NUMBER_BYTES];
    if (make_exact(item->child)) return -1;
    if (!cJSON_IsNumber(item)) continue;
    json_exact_number(item->valuedouble, text);
    cJSON *raw = cJSON_CreateRaw(text);
    if (!raw) return -1;
    item->type = (item->type & ~0xFF) | cJSON_Raw;
    item->valuestring = raw->valuestring; /* moved */
    raw->valuestring = NULL;
    cJSON_Delete(raw);
  }
  return 0;
}

char *json_exact_print(const cJSON *root, int is_spread) {
  cJSON *copy = cJSON_Duplicate(root, 1);
  char *text = NULL;
  if (copy && make_exact(copy) == 0) {
    text = is_spread ? cJSON_Print(copy) : cJSON_PrintUnformatted(copy);
  }
  cJSON_Delete(copy);
  return text;
}
