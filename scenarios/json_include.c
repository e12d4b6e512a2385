/// Merges included fragments into a document and remembers where everything came from.
#include "json_include.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ORIGIN_MAX = 4096 };

/// Where an entry of a joined list stands.
typedef struct {
  char list[24];
  uint32_t merged, index;
  uint32_t part;
} origin_t;

struct json_parts {
  json_doc_t
      part[INCLUDE_PART_MAX]; ///< in the order in which they are merged, the file itself last
  uint32_t count;
  origin_t *origin;
  uint32_t origin_count;
};

static const cJSON *item(const cJSON *object, const char *key) {
  return cJSON_GetObjectItemCaseSensitive(object, key);
}

static json_path_t include_path(const cJSON *include, uint32_t index) {
  json_path_t top = {.count = 0};
  json_path_t path = json_path_key(&top, "include");
  return cJSON_IsArray(include) ? json_path_index(&path, index) : path;
}

static int refuse(const json_doc_t *doc, const json_path_t *path, const cJSON *value,
                  scenario_error_t *error, const char *allowed) {
  char found[120];
  json_value_text(value, found, sizeof found);
  return json_doc_refuse(doc, path, 0, error, found, allowed);
}

/* ---- reading ---- */

static int read_part(json_parts_t *parts, json_doc_t *doc, int depth, scenario_error_t *error);

static int read_fragment(json_parts_t *parts, const json_doc_t *doc, const cJSON *name,
                         const json_path_t *path, int depth, scenario_error_t *error) {
  char file[2 * SCENARIO_FILE_MAX];
  json_doc_t fragment;
  if (!cJSON_IsString(name) || name->valuestring[0] == '\0') {
    return refuse(doc, path, name, error, "the name of a file");
  }
  if (depth == INCLUDE_DEPTH_MAX) {
    return refuse(doc, path, name, error, "includes at most 4 deep, none of itself");
  }
  const char *slash = name->valuestring[0] != '/' ? strrchr(doc->file, '/') : NULL;
  snprintf(file, sizeof file, "%.*s%s", slash != NULL ? (int)(slash + 1 - doc->file) : 0, doc->file,
           name->valuestring);
  FILE *stream = strlen(file) < SCENARIO_FILE_MAX ? fopen(file, "rb") : NULL;
  if (stream == NULL) {
    return refuse(doc, path, name, error, "a file beside this one, or a path from there");
  }
  (void)fclose(stream);
  if (json_doc_load(file, &fragment, error) != 0) {
    return -1;
  }
  int status = cJSON_IsObject(fragment.root)
                   ? read_part(parts, &fragment, depth + 1, error)
                   : refuse(&fragment, &(json_path_t){.count = 0}, fragment.root, error,
                            "an object with keys of a scenario");
  if (status != 0) {
    json_doc_free(&fragment);
  }
  return status;
}

/// What doc includes first, then doc itself, which the parts then own.
static int read_part(json_parts_t *parts, json_doc_t *doc, int depth, scenario_error_t *error) {
  const cJSON *include = item(doc->root, "include");
  const cJSON *name = cJSON_IsArray(include) ? include->child : include;
  uint32_t index = 0;
  for (; name != NULL; name = cJSON_IsArray(include) ? name->next : NULL) {
    json_path_t path = include_path(include, index++);
    if (read_fragment(parts, doc, name, &path, depth, error) != 0) {
      return -1;
    }
  }
  if (parts->count == INCLUDE_PART_MAX) {
    json_path_t path = include_path(NULL, 0);
    return json_doc_refuse(doc, &path, 0, error, "more than 24 files", "at most 24");
  }
  parts->part[parts->count++] = *doc;
  return 0;
}

/* ---- merging ---- */

static origin_t *add_origin(json_parts_t *parts, const char *list) {
  if (parts->origin_count == ORIGIN_MAX) {
    return NULL;
  }
  if (parts->origin == NULL) {
    parts->origin = calloc(ORIGIN_MAX, sizeof *parts->origin);
  }
  if (parts->origin == NULL) {
    return NULL;
  }
  origin_t *origin = &parts->origin[parts->origin_count++];
  snprintf(origin->list, sizeof origin->list, "%.23s", list);
  return origin;
}

/// Place of the entry that has the id of this one; -1: none.
static int place_of(const cJSON *list, const cJSON *entry) {
  const cJSON *id = cJSON_IsObject(entry) ? item(entry, "id") : NULL;
  int place = 0;
  for (const cJSON *other = list->child; cJSON_IsString(id) && other != NULL;
       other = other->next, place++) {
    const cJSON *other_id = cJSON_IsObject(other) ? item(other, "id") : NULL;
    if (cJSON_IsString(other_id) && strcmp(other_id->valuestring, id->valuestring) == 0) {
      return place;
    }
  }
  return -1;
}

static void forget_origin(json_parts_t *parts, const char *list, uint32_t merged) {
  for (uint32_t i = 0; i < parts->origin_count; i++) {
    if (strcmp(parts->origin[i].list, list) == 0 && parts->origin[i].merged == merged) {
      parts->origin[i] = parts->origin[--parts->origin_count];
      return;
    }
  }
}

/// A file's own ids are looked for among those of the files before: one that stands twice in a file
/// is refused later.
static int join(json_parts_t *parts, uint32_t part, cJSON *list, const cJSON *more) {
  uint32_t index = 0;
  cJSON *before = cJSON_Duplicate(list, 1);
  for (const cJSON *entry = more->child; entry != NULL; entry = entry->next, index++) {
    int place = before != NULL ? place_of(before, entry) : -1;
    cJSON *copy = cJSON_Duplicate(entry, 1);
    if (place >= 0) {
      forget_origin(parts, more->string, (uint32_t)place);
      (void)cJSON_ReplaceItemInArray(list, place, copy);
    } else {
      place = cJSON_GetArraySize(list);
      (void)cJSON_AddItemToArray(list, copy);
    }
    origin_t *origin = add_origin(parts, more->string);
    if (origin == NULL) {
      cJSON_Delete(before);
      return -1;
    }
    origin->merged = (uint32_t)place;
    origin->index = index;
    origin->part = part;
  }
  cJSON_Delete(before);
  return 0;
}

static int merge(json_parts_t *parts, uint32_t part, cJSON *into, const cJSON *from, int is_top) {
  for (const cJSON *value = from->child; value != NULL; value = value->next) {
    cJSON *there = cJSON_GetObjectItemCaseSensitive(into, value->string);
    int status = 0;
    if (is_top && strcmp(value->string, "include") == 0) {
      continue;
    }
    if (is_top && cJSON_IsArray(value) && (there == NULL || cJSON_IsArray(there))) {
      cJSON *list = there != NULL ? there : cJSON_AddArrayToObject(into, value->string);
      status = list != NULL ? join(parts, part, list, value) : -1;
    } else if (cJSON_IsObject(value) && cJSON_IsObject(there)) {
      status = merge(parts, part, there, value, 0);
    } else if (there != NULL) {
      cJSON *copy = cJSON_Duplicate(value, 1);
      status = cJSON_ReplaceItemInObjectCaseSensitive(into, value->string, copy) ? 0 : -1;
    } else {
      status = cJSON_AddItemToObject(into, value->string, cJSON_Duplicate(value, 1)) ? 0 : -1;
    }
    if (status != 0) {
      return -1;
    }
  }
  return 0;
}

int json_include(json_doc_t *doc, scenario_error_t *error) {
  json_path_t top = {.count = 0};
  if (!cJSON_IsObject(doc->root) || item(doc->root, "include") == NULL) {
    return 0;
  }
  json_parts_t *parts = calloc(1, sizeof *parts);
  cJSON *merged = cJSON_CreateObject();
  if (parts == NULL || merged == NULL) {
    free(parts);
    cJSON_Delete(merged);
    return json_doc_refuse(doc, &top, 0, error, "no memory", "enough");
  }
  int status = read_part(parts, doc, 0, error);
  if (status == 0) {
    *doc = (json_doc_t){.root = NULL};
    memcpy(doc->file, parts->part[parts->count - 1].file, sizeof doc->file);
    for (uint32_t i = 0; i < parts->count && status == 0; i++) {
      status = merge(parts, i, merged, parts->part[i].root, 1);
    }
    doc->parts = parts;
    doc->root = merged;
    return status == 0
               ? 0
               : json_doc_refuse(doc, &top, 0, error, "more than fits", "4096 list entries");
  }
  json_include_free(parts);
  cJSON_Delete(merged);
  return -1;
}

/* ---- looking up ---- */

/// How many steps of a path a tree has.
static uint32_t depth_in(const cJSON *node, const json_path_t *path) {
  uint32_t depth = 0;
  while (depth < path->count && node != NULL) {
    const json_step_t *step = &path->step[depth];
    node = step->key != NULL     ? cJSON_GetObjectItemCaseSensitive(node, step->key)
           : cJSON_IsArray(node) ? cJSON_GetArrayItem(node, (int)step->index)
                                 : NULL;
    depth += node != NULL;
  }
  return depth;
}

const json_doc_t *json_include_part(const json_doc_t *doc, const json_path_t *path,
                                    json_path_t *path_there) {
  const json_parts_t *parts = doc->parts;
  *path_there = *path;
  if (parts == NULL) {
    return doc;
  }
  int is_entry = path->count >= 2 && path->step[0].key != NULL && path->step[1].key == NULL;
  for (uint32_t i = 0; is_entry && i < parts->origin_count; i++) {
    const origin_t *origin = &parts->origin[i];
    if (strcmp(origin->list, path->step[0].key) == 0 && origin->merged == path->step[1].index) {
      path_there->step[1].index = origin->index;
      return &parts->part[origin->part];
    }
  }
  uint32_t best = parts->count - 1, best_depth = depth_in(parts->part[best].root, path);
  for (uint32_t i = parts->count - 1; i-- > 0;) {
    uint32_t depth = depth_in(parts->part[i].root, path);
    if (depth > best_depth) {
      best = i;
      best_depth = depth;
    }
  }
  return &parts->part[best];
}

void json_include_free(json_parts_t *parts) {
  for (uint32_t i = 0; parts != NULL && i < parts->count; i++) {
    json_doc_free(&parts->part[i]);
  }
  if (parts != NULL) {
    free(parts->origin);
  }
  free(parts);
}
