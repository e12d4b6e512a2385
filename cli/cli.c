/// Option reader: see cli.h.
#include "cli.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int cli_usage(const char *verb, const char *format, ...) {
  va_list arguments;
  fprintf(stderr, "packsim %s: ", verb);
  va_start(arguments, format);
  vfprintf(stderr, format, arguments);
  va_end(arguments);
  fputc('\n', stderr);
  return CLI_USAGE;
}

cli_args_t cli_args(const char *verb, const char *help, const cli_option_t *options, int argc,
                    char **argv) {
  return (cli_args_t){
      .verb = verb, .help = help, .options = options, .argc = argc, .argv = argv, .at = 1};
}

static int unknown_option(const cli_args_t *args, const char *text) {
  fprintf(stderr, "packsim %s: unknown option %s, allowed", args->verb, text);
  for (const cli_option_t *option = args->options; option->name; option++) {
    fprintf(stderr, " %s%s%s", option->name, option->value_name ? " " : "",
            option->value_name ? option->value_name : "");
  }
  fputs(" --help\n", stderr);
  return CLI_BAD;
}

/* The row of an option, also of "--name=value". */
static int option_find(const cli_option_t *options, const char *text) {
  size_t length = strcspn(text, "=");
  for (int i = 0; options[i].name; i++) {
    if (strlen(options[i].name) == length && strncmp(options[i].name, text, length) == 0) return i;
  }
  return -1;
}

int cli_next(cli_args_t *args, const char **value) {
  *value = NULL;
  if (args->at >= args->argc) return CLI_END;
  const char *text = args->argv[args->at++];
  if (args->only_arguments_follow || text[0] != '-' || text[1] == 0) {
    *value = text;
    return CLI_ARGUMENT;
  }
  if (strcmp(text, "--") == 0) {
    args->only_arguments_follow = 1;
    return cli_next(args, value);
  }
  if (strcmp(text, "--help") == 0 || strcmp(text, "-h") == 0) {
    fputs(args->help, stdout);
    return CLI_HELP;
  }
  int index = option_find(args->options, text);
  if (index < 0) return unknown_option(args, text);
  const cli_option_t *option = &args->options[index];
  const char *equals = strchr(text, '=');
  if (!option->value_name) {
    if (!equals) return index;
    cli_usage(args->verb, "%s takes no value, found %s", option->name, text);
    return CLI_BAD;
  }
  if (equals) {
    *value = equals + 1;
  } else if (args->at < args->argc) {
    *value = args->argv[args->at++];
  } else {
    cli_usage(args->verb, "%s needs a value: %s %s", option->name, option->name,
              option->value_name);
    return CLI_BAD;
  }
  return index;
}

int cli_u64(const char *verb, const char *option, const char *text, uint64_t min, uint64_t max,
            uint64_t *value) {
  char *end = NULL;
  errno = 0;
  unsigned long long number = strtoull(text, &end, 10);
  int is_digits = text[0] != 0 && text[strspn(text, "0123456789")] == 0;
  if (is_digits && *end == 0 && errno == 0 && number >= min && number <= max) {
    *value = number;
    return 0;
  }
  cli_usage(verb, "%s: %s, allowed a whole number %llu..%llu", option, text[0] ? text : "(empty)",
            (unsigned long long)min, (unsigned long long)max);
  return -1;
}

int cli_finish(const char *verb, int status) {
  int is_bad = ferror(stdout) != 0;
  is_bad |= fflush(stdout) != 0;
  return is_bad ? cli_usage(verb, "stdout: cannot be written: %s", strerror(errno)) : status;
}
