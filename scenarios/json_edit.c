/// Sets values by path and substitutes variables in a JSON tree.
#include "json_edit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  const char *at;
  char key[SCENARIO_PATH_MAX];
  int32_t index; ///< -1: a key
} step_t;

enum { TEXT_MAX = 512 };

/// Next step of a path: 1, 0 at the end, -1 iff malformed.
static int next_step(step_t *step) {
  const char *at = step->at;
  if (*at == '\0') {
    return 0;
  }
  if (*at == '[') {
    char *end;
    unsigned long index = strtoul(at + 1, &end, 10);
    if (end == at + 1 || *end != ']' || index > 100000) {
      return -1;
    }
    step->index = (int32_t)index;
    step->at = end[1] == '.' ? end + 2 : end + 1;
    return end[1] == '.' && end[2] == '\0' ? -1 : 1;
  }
  size_t length = strcspn(at, ".[");
  if (length == 0 || length >= sizeof step->key) {
    return -1;
  }
  memcpy(step->key, at, length);
  step->key[length] = '\0';
  step->index = -1;
  step->at = at[length] == '.' ? at + length + 1 : at + length;
  return at[length] == '.' && at[length + 1] == '\0' ? -1 : 1;
}

static int refuse(json_edit_error_t *error, const char *found, const char *allowed) {
  snprintf(error->found, sizeof error->found, "%s", found);
  snprintf(error->allowed, sizeof error->allowed, "%s", allowed);
  return -1;
}

static cJSON *child_of(const cJSON *node, const step_t *step) {
  if (step->index >= 0) {
    return cJSON_IsArray(node) ? cJSON_GetArrayItem(node, step->index) : NULL;
  }
  return cJSON_GetObjectItemCaseSensitive(node, step->key);
}

static int refuse_step(const cJSON *node, const step_t *step, json_edit_error_t *error) {
  char found[80], allowed[80];
  if (step->index >= 0 && cJSON_IsArray(node)) {
    int count = cJSON_GetArraySize(node);
    snprintf(found, sizeof found, "index %d", step->index);
    snprintf(allowed, sizeof allowed, "an index below %d", count);
    return refuse(error, found, allowed);
  }
  return refuse(error, "a path through a value that is no object or array",
                "a path such as pack.soc_pct or events[0].fault.target");
}

/// Replace or add the child that step names.
static int put(cJSON *node, const step_t *step, const cJSON *value, json_edit_error_t *error) {
  cJSON *copy = cJSON_Duplicate(value, 1);
  int is_done;
  if (copy == NULL) {
    return refuse(error, "no memory", "enough");
  }
  if (step->index >= 0) {
    is_done = cJSON_ReplaceItemInArray(node, step->index, copy) != 0;
  } else if (cJSON_GetObjectItemCaseSensitive(node, step->key) != NULL) {
    is_done = cJSON_ReplaceItemInObjectCaseSensitive(node, step->key, copy) != 0;
  } else {
    is_done = cJSON_AddItemToObject(node, step->key, copy) != 0;
  }
  if (is_done) {
    return 0;
  }
  cJSON_Delete(copy);
  return refuse(error, "no memory", "enough");
}

int json_edit_set(cJSON *root, const char *path, const cJSON *value, json_edit_error_t *error) {
  step_t step = {.at = path};
  cJSON *node = root;
  for (;;) {
    if (next_step(&step) != 1) {
      return refuse(error, "a malformed path", "a path such as pack.soc_pct");
    }
    int is_fit = step.index >= 0 ? child_of(node, &step) != NULL : cJSON_IsObject(node);
    if (!is_fit) {
      return refuse_step(node, &step, error);
    }
    if (*step.at == '\0') {
      return put(node, &step, value, error);
    }
    cJSON *child = child_of(node, &step);
    if (child == NULL) {
      child = cJSON_AddObjectToObject(node, step.key);
    }
    if (child == NULL) {
      return refuse(error, "no memory", "enough");
    }
    node = child;
  }
}

const cJSON *json_edit_get(const cJSON *root, const char *path) {
  step_t step = {.at = path};
  const cJSON *node = root;
  int more = next_step(&step);
  for (; more == 1 && node != NULL; more = next_step(&step)) {
    node = child_of(node, &step);
  }
  return more == 0 ? node : NULL;
}

cJSON *json_edit_value(const char *text) {
  json_syntax_t syntax;
  if (json_text_check(text, strlen(text), &syntax) != 0) {
    return cJSON_CreateString(text);
  }
  return cJSON_Parse(text);
}

void json_edit_text(const cJSON *value, char *text, size_t text_bytes) {
  if (cJSON_IsString(value)) {
    snprintf(text, text_bytes, "%s", value->valuestring);
  } else {
    json_value_text(value, text, text_bytes);
  }
}

/* ---- variables ---- */

typedef struct {
  const json_variable_t *variables;
  uint32_t variable_count;
  json_path_t *path;
  json_edit_error_t *error;
} substitution_t;

static const json_variable_t *find_variable(const substitution_t *work, const char *name,
                                            size_t length) {
  for (uint32_t i = 0; i < work->variable_count; i++) {
    const json_variable_t *variable = &work->variables[i];
    if (strlen(variable->name) == length && memcmp(variable->name, name, length) == 0) {
      return variable;
    }
  }
  return NULL;
}

static int refuse_variable(const substitution_t *work, const char *at) {
  char allowed[200] = "";
  size_t used = 0;
  for (uint32_t i = 0; i < work->variable_count && used < sizeof allowed; i++) {
    int printed = snprintf(allowed + used, sizeof allowed - used, "%s${%s}", i > 0 ? ", " : "",
                           work->variables[i].name);
    used += printed > 0 ? (size_t)printed : 0;
  }
  char found[80];
  snprintf(found, sizeof found, "variable %.40s", at);
  return refuse(work->error, found, used > 0 ? allowed : "none: the sweep has no $variables");
}

/// Text with its variables filled in. 0, or -1 iff one is unknown or the text grows too long.
static int expand(const substitution_t *work, const char *text, char *out) {
  size_t used = 0;
  while (*text != '\0') {
    if (text[0] != '$' || text[1] != '{') {
      out[used++] = *text++;
    } else {
      size_t length = strcspn(text + 2, "}");
      const json_variable_t *variable = find_variable(work, text + 2, length);
      if (variable == NULL || text[2 + length] == '\0') {
        return refuse_variable(work, text);
      }
      json_edit_text(variable->value, out + used, TEXT_MAX - used);
      used += strlen(out + used);
      text += length + 3;
    }
    if (used + 1 >= TEXT_MAX) {
      return refuse(work->error, "a long text", "at most 500 bytes");
    }
  }
  out[used] = '\0';
  return 0;
}

static char *copy_text(const char *text) {
  size_t bytes = strlen(text) + 1;
  char *copy = cJSON_malloc(bytes);
  if (copy != NULL) {
    memcpy(copy, text, bytes);
  }
  return copy;
}

/// A text that is nothing but one variable becomes its value.
static void take_type(const substitution_t *work, cJSON *node, const char *text) {
  size_t length = strlen(text);
  if (strncmp(text, "${", 2) != 0 || strchr(text, '}') != text + length - 1) {
    return;
  }
  const json_variable_t *variable = find_variable(work, text + 2, length - 3);
  if (variable == NULL || cJSON_IsString(variable->value)) {
    return;
  }
  cJSON_free(node->valuestring);
  node->valuestring = NULL;
  node->type = (node->type & ~0xFF) | (variable->value->type & 0xFF);
  node->valuedouble = variable->value->valuedouble;
  node->valueint = variable->value->valueint;
}

static int substitute_text(const substitution_t *work, cJSON *node) {
  char out[TEXT_MAX], original[TEXT_MAX];
  if (strstr(node->valuestring, "${") == NULL) {
    return 0;
  }
  if (expand(work, node->valuestring, out) != 0) {
    return -1;
  }
  snprintf(original, sizeof original, "%s", node->valuestring);
  char *copy = copy_text(out);
  if (copy == NULL) {
    return refuse(work->error, "no memory", "enough");
  }
  cJSON_free(node->valuestring);
  node->valuestring = copy;
  take_type(work, node, original);
  return 0;
}

static int substitute_key(const substitution_t *work, cJSON *node) {
  char out[TEXT_MAX];
  if (node->string == NULL || strstr(node->string, "${") == NULL) {
    return 0;
  }
  if (expand(work, node->string, out) != 0) {
    return -1;
  }
  char *copy = copy_text(out);
  if (copy == NULL) {
    return refuse(work->error, "no memory", "enough");
  }
  cJSON_free(node->string);
  node->string = copy;
  return 0;
}

/// Depth is bounded by the reader (JSON_DEPTH_MAX) and by overrides of one line.
static int substitute_node(const substitution_t *work, cJSON *node, const json_path_t *path) {
  uint32_t index = 0;
  *work->path = *path;
  if (cJSON_IsString(node) && substitute_text(work, node) != 0) {
    return -1;
  }
  for (cJSON *child = node->child; child != NULL; child = child->next, index++) {
    json_path_t place =
        child->string != NULL ? json_path_key(path, child->string) : json_path_index(path, index);
    *work->path = place;
    if (substitute_key(work, child) != 0) {
      return -1;
    }
    if (child->string != NULL) {
      place = json_path_key(path, child->string);
    }
    if (substitute_node(work, child, &place) != 0) {
      return -1;
    }
  }
  return 0;
}

int json_edit_substitute(cJSON *root, const json_variable_t *variables, uint32_t variable_count,
                         json_path_t *path, json_edit_error_t *error) {
  substitution_t work = {variables, variable_count, path, error};
  json_path_t top = {.count = 0};
  return substitute_node(&work, root, &top);
}
