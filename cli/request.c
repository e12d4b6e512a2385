/// The command line's part of a request: see request.h.
#include "request.h"

#include <stdio.h>
#include <string.h>

#include "cli.h"

int request_argument(collect_request_t *request, const char *text) {
  if (request->argument_count == COLLECT_ARGUMENT_MAX)
    return cli_usage(request->verb, "too many arguments, allowed %d", COLLECT_ARGUMENT_MAX);
  request->argument[request->argument_count++] = text;
  return CLI_OK;
}

int request_filter(collect_request_t *request, const char *text) {
  if (request->filter_count == COLLECT_FILTER_MAX)
    return cli_usage(request->verb, "--filter: more than %d, allowed at most that",
                     COLLECT_FILTER_MAX);
  request->filter[request->filter_count++] = text;
  return CLI_OK;
}

int request_set(collect_request_t *request, const char *text) {
  scenario_error_t error;
  if (request->set_count == COLLECT_SET_MAX)
    return cli_usage(request->verb, "--set: more than %d, allowed at most that", COLLECT_SET_MAX);
  if (scenario_set_parse(text, &request->set[request->set_count], &error))
    return cli_usage(request->verb, "%s", error.text);
  request->set_count++;
  return CLI_OK;
}

int request_seed(collect_request_t *request, const char *text) {
  char set[40];
  uint64_t seed = 0;
  if (cli_u64(request->verb, "--seed", text, 0, (uint64_t)1 << 53, &seed)) return CLI_USAGE;
  snprintf(set, sizeof set, "seed=%llu", (unsigned long long)seed);
  return request_set(request, set);
}

int request_word(collect_request_t *request, const char *option, const char *path,
                 const char *const *words, const char *text) {
  char set[100], allowed[200] = "";
  size_t used = 0;
  for (; *words != NULL; words++) {
    if (strcmp(text, *words) == 0) {
      snprintf(set, sizeof set, "%s=\"%s\"", path, text);
      return request_set(request, set);
    }
    used += (size_t)snprintf(allowed + used, sizeof allowed - used, " %s", *words);
  }
  return cli_usage(request->verb, "%s: %s, allowed%s", option, text, allowed);
}

int request_record(collect_request_t *request, const char *text) {
  static const char *const levels[] = {"none", "brief", "default", "all_1ms", NULL};
  return request_word(request, "--record", "record", levels, text);
}
