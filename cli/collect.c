/// List of points to run: see collect.h.
#include "collect.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../scenarios/names.h"
#include "../sim/hash.h"
#include "cli.h"

enum { SUITE_MAX = sizeof((collect_t *)0)->suite / sizeof(suite_t) };

static int print_error(const scenario_error_t *error) {
  fprintf(stderr, "%s\n", error->text);
  return CLI_USAGE;
}

static int scenario_add(collect_t *collect, const char *file, const suite_t *suite,
                        int is_asked_for) {
  for (uint32_t i = 0; i < collect->scenario_count; i++) {
    if (strcmp(collect->scenario[i].scenario->file, file) != 0) continue;
    collect->scenario[i].is_asked_for |= (uint8_t)is_asked_for;
    return CLI_OK;
  }
  if (collect->scenario_count == collect->scenario_max) {
    uint32_t max = collect->scenario_max > 0 ? 2 * collect->scenario_max : 64;
    collect_scenario_t *grown = realloc(collect->scenario, max * sizeof *grown);
    if (!grown) return cli_usage("run", "out of memory");
    collect->scenario = grown;
    collect->scenario_max = max;
  }
  scenario_error_t error;
  collect_scenario_t *entry = &collect->scenario[collect->scenario_count];
  *entry = (collect_scenario_t){.suite = suite, .is_asked_for = (uint8_t)is_asked_for};
  if (scenario_load(file, &entry->scenario, &error)) return print_error(&error);
  collect->scenario_count++;
  return CLI_OK;
}

/* The suite of this file, loaded once; NULL after the line on stderr was printed. */
static const suite_t *suite_get(collect_t *collect, const char *file) {
  scenario_error_t error;
  for (uint32_t i = 0; i < collect->suite_count; i++) {
    if (strcmp(collect->suite[i].file, file) == 0) return &collect->suite[i];
  }
  if (collect->suite_count == SUITE_MAX) {
    cli_usage("run", "%s: more than %d suites", file, SUITE_MAX);
    return NULL;
  }
  suite_t *suite = &collect->suite[collect->suite_count];
  if (suite_load(file, suite, &error)) {
    print_error(&error);
    return NULL;
  }
  collect->suite_count++;
  return suite;
}

static int suite_add(collect_t *collect, const char *file) {
  const suite_t *suite = suite_get(collect, file);
  if (!suite) return CLI_USAGE;
  if (!collect->title[0]) snprintf(collect->title, sizeof collect->title, "%s", suite->title);
  for (uint32_t i = 0; i < suite->file_count; i++) {
    int status = scenario_add(collect, suite->files[i], suite, 0);
    if (status) return status;
  }
  return CLI_OK;
}

static int file_add(collect_t *collect, const char *file, int is_asked_for) {
  scenario_error_t error;
  switch (scenario_kind_of(file, &error)) {
  case SCENARIO_KIND_SUITE:
    return suite_add(collect, file);
  case SCENARIO_KIND_SCENARIO:
    return scenario_add(collect, file, NULL, is_asked_for);
  default:
    return print_error(&error);
  }
}

static int is_json(const struct dirent *entry) {
  size_t length = strlen(entry->d_name);
  return entry->d_name[0] != '.' && length > 5 && strcmp(entry->d_name + length - 5, ".json") == 0;
}

static int folder_add(collect_t *collect, const char *verb, const char *folder) {
  struct dirent **entry = NULL;
  int count = scandir(folder, &entry, is_json, alphasort);
  int status = count > 0
                   ? CLI_OK
                   : cli_usage(verb, "%s: no scenario in this folder, allowed *.json", folder);
  for (int i = 0; i < count; i++) {
    char file[SCENARIO_FILE_MAX];
    size_t length = strlen(folder);
    while (length > 1 && folder[length - 1] == '/') length--;
    int written = snprintf(file, sizeof file, "%.*s/%s", (int)length, folder, entry[i]->d_name);
    if (status == CLI_OK && (written < 0 || (size_t)written >= sizeof file)) {
      status = cli_usage(verb, "%s/%s: path too long, allowed %zu characters", folder,
                         entry[i]->d_name, sizeof file - 1);
    }
    if (status == CLI_OK) status = file_add(collect, file, 0);
    free(entry[i]);
  }
  free(entry);
  return status;
}

static int default_suite_path(char path[SCENARIO_FILE_MAX]) {
  return scenario_find_file("scenarios.json", path, SCENARIO_FILE_MAX);
}

/* Adds the file's scenario if its id matches. One at a time: a whole suite takes 800 MB. */
static int add_if_named(collect_t *collect, const suite_t *suite, const char *file, const char *id,
                        int *is_found) {
  scenario_error_t error;
  scenario_t *scenario = NULL;
  if (scenario_load(file, &scenario, &error)) return print_error(&error);
  const int is_it = names_match(id, scenario->id);
  scenario_free(scenario);
  if (!is_it) return CLI_OK;
  *is_found = 1;
  return scenario_add(collect, file, suite, 1);
}

/* A name that is no file: an id in the default suite. */
static int id_add(collect_t *collect, const char *verb, const char *id) {
  char path[SCENARIO_FILE_MAX];
  int is_found = 0;
  if (default_suite_path(path) == 0) {
    const suite_t *suite = suite_get(collect, path);
    if (!suite) return CLI_USAGE;
    for (uint32_t i = 0; i < suite->file_count; i++) {
      int status = add_if_named(collect, suite, suite->files[i], id, &is_found);
      if (status) return status;
    }
  }
  if (is_found) return CLI_OK;
  return cli_usage(verb, "%s: no such file, folder or scenario; packsim list shows the scenarios",
                   id);
}

int collect_scenarios(collect_t *collect, const collect_request_t *request) {
  *collect = (collect_t){0};
  int status = CLI_OK;
  if (request->argument_count == 0) {
    char path[SCENARIO_FILE_MAX];
    if (default_suite_path(path)) {
      return cli_usage(request->verb, "scenarios.json: not found here, allowed FILE, DIR or ID");
    }
    status = suite_add(collect, path);
  }
  for (uint32_t i = 0; i < request->argument_count && status == CLI_OK; i++) {
    const char *argument = request->argument[i];
    struct stat info;
    if (stat(argument, &info) == 0) {
      status = S_ISDIR(info.st_mode) ? folder_add(collect, request->verb, argument)
                                     : file_add(collect, argument, 1);
    } else if (strchr(argument, '/') || strstr(argument, ".json")) {
      status = file_add(collect, argument, 1); /* says that it is not there */
    } else {
      status = id_add(collect, request->verb, argument);
    }
  }
  if (!collect->title[0]) {
    snprintf(collect->title, sizeof collect->title, "%s",
             collect->scenario_count == 1 ? collect->scenario[0].scenario->title : "packsim run");
  }
  return status;
}

static int is_tagged_by(const scenario_t *scenario, const char *filter) {
  for (uint32_t i = 0; i < scenario->tag_count; i++) {
    if (names_match(filter, scenario->tag[i])) return 1;
  }
  return 0;
}

static int is_wanted(const collect_request_t *request, const scenario_t *scenario,
                     const char *run_name) {
  for (uint32_t i = 0; i < request->filter_count; i++) {
    const char *filter = request->filter[i];
    if (names_match(filter, scenario->id) || is_tagged_by(scenario, filter)) return 1;
    if (run_name && names_match(filter, run_name)) return 1;
  }
  return request->filter_count == 0;
}

/* Tags that the suite keeps for those who ask: by file, id or filter. */
static int is_skipped(const collect_scenario_t *entry, const collect_request_t *request) {
  if (!entry->suite || entry->is_asked_for) return 0;
  if (request->filter_count > 0 && is_wanted(request, entry->scenario, NULL)) return 0;
  size_t id_length = strlen(entry->scenario->id);
  for (uint32_t i = 0; i < request->filter_count; i++) {
    const char *filter = request->filter[i];
    if (strncmp(filter, entry->scenario->id, id_length) == 0 && filter[id_length] == '.') return 0;
  }
  for (uint32_t i = 0; i < entry->suite->skip_tag_count; i++) {
    if (scenario_has_tag(entry->scenario, entry->suite->skip_tag[i])) return 1;
  }
  return 0;
}

static scenario_t *point_make(const collect_scenario_t *entry, const collect_request_t *request,
                              uint32_t point_index, scenario_error_t *error) {
  scenario_set_t set[SUITE_DEFAULT_MAX + COLLECT_SET_MAX];
  uint32_t count = 0;
  for (uint32_t i = 0; entry->suite && i < entry->suite->default_count; i++) {
    set[count++] = entry->suite->defaults[i];
  }
  for (uint32_t i = 0; i < request->set_count; i++) set[count++] = request->set[i];
  scenario_t *point = NULL;
  return scenario_point(entry->scenario, point_index, set, count, &point, error) ? NULL : point;
}

/* Takes over the point's text. */
static int point_add(collect_t *collect, scenario_t *point, uint32_t scenario_index,
                     uint32_t point_index) {
  if (collect->point_count == collect->point_max) {
    uint32_t max = collect->point_max > 0 ? 2 * collect->point_max : 256;
    collect_point_t *grown = realloc(collect->point, max * sizeof *grown);
    if (!grown) return cli_usage("run", "out of memory");
    collect->point = grown;
    collect->point_max = max;
  }
  collect_point_t *entry = &collect->point[collect->point_count++];
  *entry = (collect_point_t){.scenario_index = scenario_index,
                             .point_index = point_index,
                             .seed = point->seed,
                             .hash = point->hash,
                             .end_s = point->end_s,
                             .text = point->text};
  point->text = NULL;
  entry->record_level = point->record_is_set     ? point->record_level
                        : point->sweep_count > 0 ? RECORD_BRIEF
                                                 : RECORD_DEFAULT;
  snprintf(entry->run_name, sizeof entry->run_name, "%s", point->run_name);
  return CLI_OK;
}

static int scenario_points(collect_t *collect, const collect_request_t *request,
                           uint32_t scenario_index) {
  const collect_scenario_t *entry = &collect->scenario[scenario_index];
  uint32_t count = scenario_point_count(entry->scenario);
  int status = CLI_OK;
  for (uint32_t i = 0; i < count && status == CLI_OK; i++) {
    scenario_error_t error;
    scenario_t *point = point_make(entry, request, i, &error);
    if (!point) return print_error(&error);
    const char *name = point->run_name;
    if (name[0] == 0 || name[0] == '.' || strchr(name, '/')) {
      status = cli_usage(request->verb, "%s: run name %s cannot be a folder's name",
                         entry->scenario->file, name);
    } else if (is_wanted(request, entry->scenario, name)) {
      status = point_add(collect, point, scenario_index, i);
    }
    scenario_free(point);
  }
  return status;
}

static int compare_names(const void *a, const void *b) {
  const collect_point_t *const *left = a, *const *right = b;
  return strcmp((*left)->run_name, (*right)->run_name);
}

/* Two runs of one name would write over each other. */
static int names_are_unique(const collect_t *collect, const char *verb) {
  const collect_point_t **sorted = malloc((collect->point_count + 1) * sizeof *sorted);
  if (!sorted) return cli_usage(verb, "out of memory");
  for (uint32_t i = 0; i < collect->point_count; i++) sorted[i] = &collect->point[i];
  qsort(sorted, collect->point_count, sizeof *sorted, compare_names);
  int status = CLI_OK;
  for (uint32_t i = 1; i < collect->point_count && status == CLI_OK; i++) {
    if (strcmp(sorted[i - 1]->run_name, sorted[i]->run_name) != 0) continue;
    status = cli_usage(verb, "%s: two runs have this name, in %s and %s", sorted[i]->run_name,
                       collect->scenario[sorted[i - 1]->scenario_index].scenario->file,
                       collect->scenario[sorted[i]->scenario_index].scenario->file);
  }
  free(sorted);
  return status;
}

int collect_points(collect_t *collect, const collect_request_t *request) {
  for (uint32_t i = 0; i < collect->scenario_count; i++) {
    if (is_skipped(&collect->scenario[i], request)) continue;
    int status = scenario_points(collect, request, i);
    if (status) return status;
  }
  if (collect->point_count == 0) {
    return cli_usage(request->verb,
                     "nothing to run: no run, scenario or tag matches%s%s; packsim list shows them",
                     request->filter_count > 0 ? " --filter " : "",
                     request->filter_count > 0 ? request->filter[0] : "");
  }
  return names_are_unique(collect, request->verb);
}

void collect_shard(collect_t *collect, uint32_t index, uint32_t count, report_shard_t *shard) {
  uint64_t hash = hash_start();
  uint32_t kept_count = 0;
  for (uint32_t i = 0; i < collect->point_count; i++) {
    collect_point_t *point = &collect->point[i];
    hash = hash_bytes(hash, point->run_name, strlen(point->run_name) + 1);
    hash = hash_bytes(hash, &point->seed, sizeof point->seed);
    hash = hash_bytes(hash, &point->hash, sizeof point->hash);
    if (i % count == index - 1) {
      collect->point[kept_count++] = *point;
    } else {
      scenario_text_free(point->text);
    }
  }
  *shard = (report_shard_t){
      .index = index, .count = count, .run_total = collect->point_count, .list_hash = hash};
  collect->point_count = kept_count;
}

scenario_t *collect_point_make(const collect_t *collect, const collect_request_t *request,
                               uint32_t index, scenario_error_t *error) {
  const collect_point_t *point = &collect->point[index];
  return point_make(&collect->scenario[point->scenario_index], request, point->point_index, error);
}

void collect_free(collect_t *collect) {
  for (uint32_t i = 0; i < collect->scenario_count; i++)
    scenario_free(collect->scenario[i].scenario);
  for (uint32_t i = 0; i < collect->point_count; i++) scenario_text_free(collect->point[i].text);
  for (uint32_t i = 0; i < collect->suite_count; i++) suite_free(&collect->suite[i]);
  free(collect->scenario);
  free(collect->point);
  *collect = (collect_t){0};
}
