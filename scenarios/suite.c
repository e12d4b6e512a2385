/// Suites: which scenario files belong together, what holds for all; where the project's files lie.
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "json_edit.h"
#include "plan.h"
#include "scenario.h"
#include "schema.h"

static int add_file(suite_t *suite, const char *file) {
  for (uint32_t i = 0; i < suite->file_count; i++) {
    if (strcmp(suite->files[i], file) == 0) {
      return 0;
    }
  }
  if (suite->file_count == SUITE_FILE_MAX || strlen(file) >= SCENARIO_FILE_MAX) {
    return -1;
  }
  snprintf(suite->files[suite->file_count++], SCENARIO_FILE_MAX, "%s", file);
  return 0;
}

/// Pattern from the suite's folder.
static void place_pattern(const char *suite_file, const char *pattern, char *path,
                          size_t path_bytes) {
  const char *slash = strrchr(suite_file, '/');
  int folder = slash != NULL && pattern[0] != '/' ? (int)(slash + 1 - suite_file) : 0;
  snprintf(path, path_bytes, "%.*s%s", folder, suite_file, pattern);
}

static int add_pattern(const json_doc_t *doc, suite_t *suite, const cJSON *pattern,
                       const json_path_t *path, scenario_error_t *error) {
  char full[2 * SCENARIO_FILE_MAX], found[120];
  glob_t matches;
  place_pattern(doc->file, pattern->valuestring, full, sizeof full);
  json_value_text(pattern, found, sizeof found);
  if (glob(full, 0, NULL, &matches) != 0) {
    return json_doc_refuse(doc, path, 0, error, found, "a file or glob that matches a file");
  }
  int status = 0;
  for (size_t i = 0; i < matches.gl_pathc && status == 0; i++) {
    if (strcmp(matches.gl_pathv[i], doc->file) != 0) {
      status = add_file(suite, matches.gl_pathv[i]);
    }
  }
  globfree(&matches);
  if (status == 0) {
    return 0;
  }
  return json_doc_refuse(doc, path, 0, error, found, "at most 512 files, names below 200 bytes");
}

static int read_patterns(const json_doc_t *doc, suite_t *suite, scenario_error_t *error) {
  const cJSON *patterns = cJSON_GetObjectItemCaseSensitive(doc->root, "scenarios");
  json_path_t top = {.count = 0};
  json_path_t path = json_path_key(&top, "scenarios");
  uint32_t index = 0;
  if (cJSON_IsString(patterns)) {
    return add_pattern(doc, suite, patterns, &path, error);
  }
  for (const cJSON *item = patterns->child; item != NULL; item = item->next) {
    json_path_t place = json_path_index(&path, index++);
    if (add_pattern(doc, suite, item, &place, error) != 0) {
      return -1;
    }
  }
  return 0;
}

static int read_defaults(const json_doc_t *doc, suite_t *suite, scenario_error_t *error) {
  const cJSON *defaults = cJSON_GetObjectItemCaseSensitive(doc->root, "defaults");
  json_path_t top = {.count = 0};
  json_path_t path = json_path_key(&top, "defaults");
  const cJSON *item = defaults != NULL ? defaults->child : NULL;
  for (; item != NULL; item = item->next) {
    json_path_t place = json_path_key(&path, item->string);
    scenario_set_t *set = &suite->defaults[suite->default_count];
    if (suite->default_count == SUITE_DEFAULT_MAX || strlen(item->string) >= sizeof set->path ||
        (cJSON_IsString(item) && strlen(item->valuestring) >= sizeof set->value)) {
      return json_doc_refuse(doc, &place, 1, error, "one more default, or a long one",
                             "at most 16, paths below 96 bytes, values below 128");
    }
    snprintf(set->path, sizeof set->path, "%s", item->string);
    json_edit_text(item, set->value, sizeof set->value);
    set->only_if_absent = 1;
    suite->default_count++;
  }
  return 0;
}

static int read_skip_tags(const json_doc_t *doc, suite_t *suite, scenario_error_t *error) {
  const cJSON *tags = cJSON_GetObjectItemCaseSensitive(doc->root, "skip_tags");
  json_path_t top = {.count = 0};
  json_path_t path = json_path_key(&top, "skip_tags");
  const cJSON *item = cJSON_IsArray(tags) ? tags->child : tags;
  for (; item != NULL; item = item->next) {
    if (suite->skip_tag_count == SUITE_TAG_MAX) {
      return json_doc_refuse(doc, &path, 0, error, "more than 8 tags", "at most 8");
    }
    snprintf(suite->skip_tag[suite->skip_tag_count++], sizeof suite->skip_tag[0], "%s",
             item->valuestring);
    if (item == tags) {
      break;
    }
  }
  return 0;
}

static int fill(const json_doc_t *doc, suite_t *suite, scenario_error_t *error) {
  json_path_t top = {.count = 0};
  if (schema_check(doc, doc->root, &top, schema_suite(), error) != 0) {
    return -1;
  }
  snprintf(suite->file, sizeof suite->file, "%s", doc->file);
  snprintf(suite->title, sizeof suite->title, "%s",
           cJSON_GetObjectItemCaseSensitive(doc->root, "title")->valuestring);
  suite->budget_s = plan_number(doc->root, "budget_s", 0.0);
  suite->files = calloc(SUITE_FILE_MAX, sizeof *suite->files);
  if (suite->files == NULL) {
    return json_doc_refuse(doc, &top, 0, error, "no memory", "enough");
  }
  if (read_patterns(doc, suite, error) != 0 || read_defaults(doc, suite, error) != 0) {
    return -1;
  }
  return read_skip_tags(doc, suite, error);
}

int suite_load(const char *file, suite_t *suite, scenario_error_t *error) {
  json_doc_t doc;
  suite_t made = {.file_count = 0};
  if (json_doc_load(file, &doc, error) != 0) {
    return -1;
  }
  int status = fill(&doc, &made, error);
  json_doc_free(&doc);
  if (status != 0) {
    suite_free(&made);
    return -1;
  }
  *suite = made;
  return 0;
}

void suite_free(suite_t *suite) {
  free(suite->files);
  *suite = (suite_t){.file_count = 0};
}

/* ---- where files lie ---- */

static int is_readable(const char *folder, const char *name, char *path, uint32_t path_bytes) {
  int printed = snprintf(path, path_bytes, "%s%s%s", folder, folder[0] != '\0' ? "/" : "", name);
  return printed > 0 && (uint32_t)printed < path_bytes && access(path, R_OK) == 0;
}

int scenario_find_file(const char *name, char *path, uint32_t path_bytes) {
  const char *home = getenv("PACKSIM_HOME");
  char program[512], above[520];
  if (is_readable("", name, path, path_bytes)) {
    return 0;
  }
  if (home != NULL && home[0] != '\0' && is_readable(home, name, path, path_bytes)) {
    return 0;
  }
  ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
  if (length <= 0) {
    return -1;
  }
  program[length] = '\0';
  for (int up = 0; up < 3; up++) { /* program, build/program, build/tests/program */
    char *slash = strrchr(program, '/');
    if (slash == NULL) {
      return -1;
    }
    *slash = '\0';
    snprintf(above, sizeof above, "%s", program);
    if (is_readable(above, name, path, path_bytes)) {
      return 0;
    }
  }
  return -1;
}
