/// Scenario files that are damaged by byte or by value: each is refused in one line or still right,
/// none ends the program.
#include <check.h>
#include <cjson/cJSON.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../scenarios/scenario.h"
#include "../sim/rng.h"
#include "temp_file.h"

enum {
  NODE_MAX = 4096,
  TEXT_MAX = 1 << 17,
  NEST_DEPTH = 1000,
  FILE_STEP = 3, ///< of the files each kind of damage takes one in so many
  CHECKED_MAX = 4, ///< points of a sweep
  PROGRAM_RUNS = 3
};

typedef struct {
  char text[TEXT_MAX];
  size_t bytes;
  cJSON *node[NODE_MAX]; ///< of the tree, the top left out
  uint32_t node_count;
  rng_t rng;
} damage_t;

static uint32_t below(damage_t *damage, size_t count) {
  return (uint32_t)(rng_u64(&damage->rng) % count);
}

/* ---- bytes ---- */

static void put_byte(damage_t *damage, size_t at, int byte) { damage->text[at] = (char)byte; }

static void cut(damage_t *damage) { damage->bytes = below(damage, damage->bytes - 2); }

static void nul_byte(damage_t *damage) { put_byte(damage, below(damage, damage->bytes), 0); }

static void bad_utf8(damage_t *damage) {
  static const int bytes[] = {0xFF, 0xC0, 0xED, 0xF8, 0x80};
  put_byte(damage, below(damage, damage->bytes), bytes[below(damage, 5)]);
}

static void any_byte(damage_t *damage) {
  put_byte(damage, below(damage, damage->bytes), (int)below(damage, 256));
}

static void lost_byte(damage_t *damage) {
  size_t at = below(damage, damage->bytes);
  memmove(damage->text + at, damage->text + at + 1, damage->bytes - at - 1);
  damage->bytes--;
}

/* ---- values ---- */

static void list_nodes(damage_t *damage, cJSON *node) {
  for (cJSON *child = node->child; child != NULL; child = child->next) {
    if (damage->node_count < NODE_MAX) {
      damage->node[damage->node_count++] = child;
    }
    list_nodes(damage, child);
  }
}

/// A node that is of one of the types, or has a key where type is 0.
static cJSON *any_node(damage_t *damage, int types) {
  for (;;) {
    cJSON *node = damage->node[below(damage, damage->node_count)];
    if (types != 0 ? (node->type & types) != 0 : node->string != NULL) {
      return node;
    }
  }
}

/// What a value becomes; its key and place stay.
static void become(cJSON *node, int type, const char *raw) {
  cJSON_Delete(node->child);
  node->child = NULL;
  if (node->valuestring != NULL) {
    cJSON_free(node->valuestring);
  }
  char *copy = cJSON_malloc(strlen(raw) + 1);
  ck_assert_ptr_nonnull(copy);
  memcpy(copy, raw, strlen(raw) + 1);
  node->valuestring = copy;
  node->type = type;
}

static cJSON *parent_of(damage_t *damage, cJSON *root, const cJSON *node) {
  const cJSON *first = node;
  while (first->prev->next != NULL) {
    first = first->prev;
  }
  for (uint32_t i = 0; i < damage->node_count; i++) {
    if (damage->node[i]->child == first) {
      return damage->node[i];
    }
  }
  return root;
}

static void lost_key(damage_t *damage, cJSON *root) {
  cJSON *node = any_node(damage, 0);
  cJSON_Delete(cJSON_DetachItemViaPointer(parent_of(damage, root, node), node));
}

static void doubled_key(damage_t *damage, cJSON *root) {
  cJSON *node = any_node(damage, 0);
  cJSON *twin = cJSON_Duplicate(node, 1);
  ck_assert(cJSON_AddItemToObject(parent_of(damage, root, node), node->string, twin));
}

static void wrong_key(damage_t *damage, cJSON *root) {
  cJSON *node = any_node(damage, 0);
  (void)root;
  node->string[below(damage, strlen(node->string))] = '~';
}

static void wrong_type(damage_t *damage, cJSON *root) {
  cJSON *node = damage->node[below(damage, damage->node_count)];
  (void)root;
  become(node, cJSON_Raw, cJSON_IsObject(node) ? "[]" : cJSON_IsString(node) ? "7.5" : "\"word\"");
}

static void no_value(damage_t *damage, cJSON *root) {
  (void)root;
  become(damage->node[below(damage, damage->node_count)], cJSON_Raw, "null");
}

static void beyond_numbers(damage_t *damage, cJSON *root) {
  (void)root;
  become(any_node(damage, cJSON_Number), cJSON_Raw, below(damage, 2) ? "1e999" : "-1e400");
}

static void huge_number(damage_t *damage, cJSON *root) {
  static const char *const numbers[] = {"-1e300", "1e300", "1e-300", "4294967296", "-1", "1.5"};
  (void)root;
  become(any_node(damage, cJSON_Number), cJSON_Raw, numbers[below(damage, 6)]);
}

static void nested(damage_t *damage, cJSON *root) {
  char raw[2 * NEST_DEPTH + 1] = "";
  (void)root;
  memset(raw, '[', NEST_DEPTH);
  memset(raw + NEST_DEPTH, ']', NEST_DEPTH);
  become(damage->node[below(damage, damage->node_count)], cJSON_Raw, raw);
}

typedef struct {
  const char *name;
  uint32_t refused_pct; ///< at least so many of them
  void (*bytes)(damage_t *damage);
  void (*value)(damage_t *damage, cJSON *root);
} kind_t;

static const kind_t kinds[] = {
    {"cut", 100, cut, NULL},
    {"a byte 0", 100, nul_byte, NULL},
    {"no UTF-8", 100, bad_utf8, NULL},
    {"another byte", 50, any_byte, NULL},
    {"a byte less", 20, lost_byte, NULL},
    {"a key less", 20, NULL, lost_key},
    {"a key twice", 100, NULL, doubled_key},
    {"another key", 90, NULL, wrong_key},
    {"another type", 70, NULL, wrong_type},
    {"null", 90, NULL, no_value},
    {"beyond all numbers", 100, NULL, beyond_numbers},
    {"another number", 30, NULL, huge_number},
    {"nested too deep", 100, NULL, nested},
};

enum { KIND_COUNT = sizeof kinds / sizeof kinds[0] };

static void read_file(const char *file, damage_t *damage) {
  FILE *stream = fopen(file, "rb");
  ck_assert_ptr_nonnull(stream);
  damage->bytes = fread(damage->text, 1, sizeof damage->text, stream);
  ck_assert_uint_lt(damage->bytes, sizeof damage->text);
  ck_assert_int_eq(fclose(stream), 0);
}

/// The text of a file with one damage.
static void damage_file(const kind_t *kind, const char *file, uint64_t number, damage_t *damage) {
  read_file(file, damage);
  damage->node_count = 0;
  damage->rng = rng_stream(number, kind->name);
  if (kind->bytes != NULL) {
    kind->bytes(damage);
    return;
  }
  cJSON *root = cJSON_ParseWithLength(damage->text, damage->bytes);
  ck_assert_ptr_nonnull(root);
  list_nodes(damage, root);
  kind->value(damage, root);
  ck_assert(cJSON_PrintPreallocated(root, damage->text, TEXT_MAX, (int)(number % 2)));
  damage->bytes = strlen(damage->text);
  cJSON_Delete(root);
}

/// 1 iff text is "file:line:column: $path: found X, allowed Y" in one line of visible characters.
static int is_refusal(const char *text) {
  unsigned line = 0, column = 0;
  int used = 0;
  const char *place = strstr(text, ".json:");
  if (place == NULL || sscanf(place, ".json:%u:%u: $%n", &line, &column, &used) != 2 || used == 0) {
    return 0;
  }
  const char *found = strstr(place + used, ": found ");
  for (const char *c = text; *c != '\0'; c++) {
    if ((unsigned char)*c < ' ' || *c == 0x7F) {
      return 0;
    }
  }
  return line > 0 && column > 0 && found != NULL && strstr(found, ", allowed ") != NULL;
}

/// Valid files: those that ship, and those with which the judge is tested.
static void list_files(glob_t *files) {
  ck_assert_int_eq(glob("scenarios/library/*.json", 0, NULL, files), 0);
  ck_assert_int_eq(glob("tests/verdicts/*.json", GLOB_APPEND, NULL, files), 0);
  ck_assert_uint_gt(files->gl_pathc, 200);
}

START_TEST(refused_in_one_line_or_right) {
  static damage_t damage;
  const kind_t *kind = &kinds[_i];
  uint32_t count = 0, refused_count = 0;
  glob_t files;
  list_files(&files);
  for (size_t i = (size_t)_i % FILE_STEP; i < files.gl_pathc; i += FILE_STEP) {
    const char *file = files.gl_pathv[i];
    scenario_error_t error = {.text = ""};
    scenario_t *scenario = NULL;
    damage_file(kind, file, i, &damage);
    int status =
        scenario_load_text(file, damage.text, damage.bytes, CHECKED_MAX, &scenario, &error);
    count++;
    if (status != 0) {
      refused_count++;
      ck_assert_msg(scenario == NULL && is_refusal(error.text), "%s, %s: %s", kind->name, file,
                    error.text);
    } else {
      ck_assert_uint_gt(scenario_point_count(scenario), 0);
    }
    scenario_free(scenario);
  }
  globfree(&files);
  ck_assert_uint_ge(count, 60);
  ck_assert_msg(100 * refused_count >= kind->refused_pct * count, "%s: %u of %u refused",
                kind->name, refused_count, count);
}
END_TEST

/* ---- the program ---- */

/// Beside this test's folder.
static void find_program(char *path, size_t path_bytes) {
  char own[400];
  ssize_t bytes = readlink("/proc/self/exe", own, sizeof own - 1);
  ck_assert_int_gt(bytes, 0);
  own[bytes] = '\0';
  *strrchr(own, '/') = '\0';
  *strrchr(own, '/') = '\0';
  snprintf(path, path_bytes, "%s/packsim", own);
}

/// Exit code of "packsim run file --out out"; what it says on stderr goes to said.
static int run_program(const char *file, const char *out, char *said, size_t said_bytes) {
  char program[440];
  int ends[2], status;
  size_t used = 0;
  find_program(program, sizeof program);
  ck_assert_int_eq(pipe(ends), 0);
  pid_t child = fork();
  ck_assert_int_ge(child, 0);
  if (child == 0) {
    dup2(ends[1], STDERR_FILENO);
    close(ends[0]);
    close(ends[1]);
    execl(program, program, "run", file, "--out", out, (char *)NULL);
    _exit(127);
  }
  close(ends[1]);
  for (ssize_t got; used + 1 < said_bytes; used += (size_t)got) {
    got = read(ends[0], said + used, said_bytes - 1 - used);
    if (got <= 0) {
      break;
    }
  }
  said[used] = '\0';
  close(ends[0]);
  ck_assert_int_eq(waitpid(child, &status, 0), child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

START_TEST(the_program_says_it_and_leaves_nothing) {
  static damage_t damage;
  const kind_t *kind = &kinds[_i];
  glob_t files;
  if (kind->refused_pct < 100) {
    return;
  }
  list_files(&files);
  for (size_t i = (size_t)_i; i < files.gl_pathc; i += files.gl_pathc / PROGRAM_RUNS) {
    char file[64], out[80], said[2000];
    struct stat there;
    damage_file(kind, files.gl_pathv[i], i, &damage);
    temp_file_write(file, sizeof file, "malformed", damage.text, damage.bytes);
    snprintf(out, sizeof out, "%s.out", file);
    ck_assert_msg(run_program(file, out, said, sizeof said) == 2, "%s, %s: %s", kind->name,
                  files.gl_pathv[i], said);
    remove(file);
    char *end = strchr(said, '\n');
    ck_assert_msg(end != NULL && end[1] == '\0', "%s: %s", kind->name, said);
    *end = '\0';
    ck_assert_msg(is_refusal(said), "%s: %s", kind->name, said);
    ck_assert_int_ne(stat(out, &there), 0);
  }
  globfree(&files);
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void) {
  Suite *suite = suite_create("malformed");
  TCase *tcase = tcase_create("damage");
  tcase_add_loop_test(tcase, refused_in_one_line_or_right, 0, KIND_COUNT);
  tcase_add_loop_test(tcase, the_program_says_it_and_leaves_nothing, 0, KIND_COUNT);
  suite_add_tcase(suite, tcase);
  return suite;
}
