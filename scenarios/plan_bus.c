/// The plan's log of CAN frames, and where files beside a scenario are.
#include <stdio.h>
#include <string.h>

#include "plan.h"

void plan_path_beside(const plan_build_t *build, const json_path_t *path, const char *file,
                      char *text, size_t text_bytes) {
  const char *beside = json_doc_file_at(build->doc, path);
  const char *slash = file[0] != '/' ? strrchr(beside, '/') : NULL;
  snprintf(text, text_bytes, "%.*s%s", slash != NULL ? (int)(slash + 1 - beside) : 0, beside, file);
}

static int add_id(plan_build_t *build, const cJSON *text, const json_path_t *path,
                  bus_log_wish_t *wish) {
  if (wish->id_count < BUS_LOG_ID_MAX && bus_log_id(text->valuestring, &wish->id[wish->id_count],
                                                    &wish->id_is_extended[wish->id_count]) == 0) {
    wish->id_count++;
    return 0;
  }
  return plan_refuse(build, path, text, "at most 32 ids of 3 (standard) or 8 hex digits");
}

static int read_ids(plan_build_t *build, const cJSON *ids, const json_path_t *path,
                    bus_log_wish_t *wish) {
  uint32_t index = 0;
  const cJSON *item;
  if (cJSON_IsString(ids)) {
    return add_id(build, ids, path, wish);
  }
  cJSON_ArrayForEach(item, ids) {
    json_path_t at = json_path_index(path, index++);
    if (add_id(build, item, &at, wish) != 0) {
      return -1;
    }
  }
  return 0;
}

int plan_build_bus(plan_build_t *build) {
  const cJSON *json = cJSON_GetObjectItemCaseSensitive(build->root, "can_log");
  json_path_t top = {.count = 0}, path = json_path_key(&top, "can_log"),
              file_path = json_path_key(&path, "file"), ids_path = json_path_key(&path, "ids");
  char file[2 * SCENARIO_FILE_MAX];
  if (json == NULL) {
    return 0;
  }
  bus_log_wish_t wish = {.path = file, .rate_x = plan_number(json, "speed", 1.0)};
  const cJSON *name = cJSON_GetObjectItemCaseSensitive(json, "file");
  plan_path_beside(build, &file_path, name->valuestring, file, sizeof file);
  build->plan->bus_log_at_us = (uint64_t)(1e6 * plan_number(json, "at_s", 0.0) + 0.5);
  if (read_ids(build, cJSON_GetObjectItemCaseSensitive(json, "ids"), &ids_path, &wish) != 0) {
    return -1;
  }
  return bus_log_load(&wish, &build->plan->bus_log, build->error->text, sizeof build->error->text);
}
