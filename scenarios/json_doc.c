/// Reads JSON files for the scenario engine and writes the messages about them.
#include "json_doc.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json_include.h"

static void one_line(char *text) {
  for (; *text != '\0'; text++) {
    if ((unsigned char)*text < 0x20 || *text == 0x7F) {
      *text = '?';
    }
  }
}

static int refuse_at(const char *file, const char *text, size_t offset, const char *path,
                     scenario_error_t *error, const char *found, const char *allowed) {
  uint32_t line, column;
  json_text_position(text, offset, &line, &column);
  snprintf(error->text, sizeof error->text, "%s:%u:%u: %s: found %s, allowed %s", file, line,
           column, path, found, allowed);
  one_line(error->text);
  return -1;
}

int json_doc_refuse(const json_doc_t *doc, const json_path_t *path, int at_key,
                    scenario_error_t *error, const char *found, const char *allowed) {
  char path_text[200];
  json_path_t place;
  const json_doc_t *part = json_include_part(doc, path, &place);
  json_path_text(&place, path_text, sizeof path_text);
  size_t offset = json_text_locate(part->text, part->bytes, &place, at_key);
  return refuse_at(part->file, part->text, offset, path_text, error, found, allowed);
}

const char *json_doc_file_at(const json_doc_t *doc, const json_path_t *path) {
  json_path_t place;
  return json_include_part(doc, path, &place)->file;
}

void json_value_text(const cJSON *value, char *text, size_t text_bytes) {
  if (cJSON_IsString(value)) {
    snprintf(text, text_bytes, "\"%.60s\"", value->valuestring);
  } else if (cJSON_IsNumber(value)) {
    snprintf(text, text_bytes, "%.10g", value->valuedouble);
  } else if (cJSON_IsBool(value)) {
    snprintf(text, text_bytes, cJSON_IsTrue(value) ? "true" : "false");
  } else {
    snprintf(text, text_bytes, "%s",
             cJSON_IsObject(value)  ? "an object"
             : cJSON_IsArray(value) ? "an array"
                                    : "null");
  }
}

static int compare_keys(const void *a, const void *b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/// The key that stands twice in an object, NULL iff none.
static const char *duplicate_key(const cJSON *object) {
  size_t count = (size_t)cJSON_GetArraySize(object), used = 0;
  const char **keys = count > 1 ? malloc(count * sizeof *keys) : NULL;
  const char *twice = NULL;
  if (keys == NULL) {
    return NULL;
  }
  for (const cJSON *child = object->child; child != NULL; child = child->next) {
    keys[used++] = child->string;
  }
  qsort(keys, used, sizeof *keys, compare_keys);
  for (size_t i = 1; i < used && twice == NULL; i++) {
    if (strcmp(keys[i - 1], keys[i]) == 0) {
      twice = keys[i];
    }
  }
  free(keys);
  return twice;
}

static int check_tree(const json_doc_t *doc, const cJSON *node, const json_path_t *path,
                      scenario_error_t *error) {
  char found[120];
  if (cJSON_IsNumber(node) && !isfinite(node->valuedouble)) {
    return json_doc_refuse(doc, path, 0, error, "a number beyond all bounds", "a finite number");
  }
  const char *twice = cJSON_IsObject(node) ? duplicate_key(node) : NULL;
  if (twice != NULL) {
    json_path_t place = json_path_key(path, twice);
    snprintf(found, sizeof found, "the key \"%.60s\" a second time", twice);
    return json_doc_refuse(doc, &place, 1, error, found, "each key once");
  }
  uint32_t index = 0;
  for (const cJSON *child = node->child; child != NULL; child = child->next, index++) {
    json_path_t deeper =
        child->string != NULL ? json_path_key(path, child->string) : json_path_index(path, index);
    if (check_tree(doc, child, &deeper, error) != 0) {
      return -1;
    }
  }
  return 0;
}

/// Takes text over, frees it on failure.
static int adopt(const char *name, char *text, size_t bytes, json_doc_t *doc,
                 scenario_error_t *error) {
  json_doc_t made = {.text = text, .bytes = bytes};
  json_syntax_t syntax;
  json_path_t top = {.count = 0};
  snprintf(made.file, sizeof made.file, "%s", name);
  if (json_text_check(text, bytes, &syntax) != 0) {
    refuse_at(name, text, syntax.offset, syntax.path, error, syntax.found, syntax.allowed);
    free(text);
    return -1;
  }
  made.root = cJSON_ParseWithLength(text, bytes);
  if (made.root == NULL) {
    refuse_at(name, text, 0, "$", error, "text that the parser refuses", "JSON");
    free(text);
    return -1;
  }
  if (check_tree(&made, made.root, &top, error) != 0) {
    json_doc_free(&made);
    return -1;
  }
  *doc = made;
  return 0;
}

int json_doc_parse(const char *name, const char *text, size_t bytes, json_doc_t *doc,
                   scenario_error_t *error) {
  char *copy = malloc(bytes + 1);
  if (copy == NULL) {
    snprintf(error->text, sizeof error->text, "%s:1:1: $: found no memory, allowed enough", name);
    return -1;
  }
  memcpy(copy, text, bytes);
  copy[bytes] = '\0';
  return adopt(name, copy, bytes, doc, error);
}

static int refuse_file(const char *file, scenario_error_t *error, const char *found) {
  return refuse_at(file, "", 0, "$", error, found, "a readable JSON file of at most 4 MiB");
}

int json_doc_load(const char *file, json_doc_t *doc, scenario_error_t *error) {
  char found[120];
  size_t room = (size_t)SCENARIO_BYTES_MAX + 1;
  if (strlen(file) >= SCENARIO_FILE_MAX) {
    return refuse_file("...", error, "a file name of more than 199 bytes");
  }
  FILE *stream = fopen(file, "rb");
  if (stream == NULL) {
    snprintf(found, sizeof found, "no file that opens (%s)", strerror(errno));
    return refuse_file(file, error, found);
  }
  char *text = malloc(room + 1);
  size_t bytes = text != NULL ? fread(text, 1, room, stream) : 0;
  int is_broken = text == NULL || ferror(stream) != 0;
  int reason = errno;
  (void)fclose(stream);
  if (is_broken || bytes == room) {
    const char *why = is_broken ? strerror(reason) : "it has more than 4 MiB";
    snprintf(found, sizeof found, "no file to read (%s)", why);
    free(text);
    return refuse_file(file, error, found);
  }
  text[bytes] = '\0';
  return adopt(file, text, bytes, doc, error);
}

void json_doc_free(json_doc_t *doc) {
  json_include_free(doc->parts);
  cJSON_Delete(doc->root);
  free(doc->text);
  *doc = (json_doc_t){.root = NULL};
}
