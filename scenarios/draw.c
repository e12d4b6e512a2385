/// Draws numbers from distributions, each place from its own stream.
#include "draw.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "../sim/det_math.h"

static const schema_key_t keys[] = {
    {"dist", SCHEMA_CHOICE, 1, 0, 0, 0, "normal|uniform|log_uniform|triangular|choice", 0,
     "shape of the distribution"},
    {"mean", SCHEMA_NUMBER, 0, -1e12, 1e12, "the key's unit", 0, 0, "of the normal one"},
    {"sd", SCHEMA_NUMBER, 0, 0, 1e12, "the key's unit", 0, 0, "standard deviation, normal"},
    {"min", SCHEMA_NUMBER, 0, -1e12, 1e12, "the key's unit", 0, 0,
     "least value; the normal one is cut there"},
    {"max", SCHEMA_NUMBER, 0, -1e12, 1e12, "the key's unit", 0, 0,
     "greatest value; the normal one is cut there"},
    {"mode", SCHEMA_NUMBER, 0, -1e12, 1e12, "the key's unit", 0, 0, "peak of the triangular one"},
    {"step", SCHEMA_NUMBER, 0, 1e-12, 1e12, "the key's unit", 0, 0, "rounded to multiples of it"},
    {"values", SCHEMA_VALUES, 0, 0, 0, 0, 0, 0, "of choice: one of these"},
};
static const schema_t schema = {"a drawn number", keys, sizeof keys / sizeof keys[0], 0, 0};

/// Which keys each distribution needs and may have besides dist.
typedef struct {
  const char *dist;
  const char *needed[3];
  const char *more[3];
} shape_t;

static const shape_t shapes[] = {{"normal", {"mean", "sd", NULL}, {"min", "max", "step"}},
                                 {"uniform", {"min", "max", NULL}, {"step", NULL, NULL}},
                                 {"log_uniform", {"min", "max", NULL}, {"step", NULL, NULL}},
                                 {"triangular", {"min", "mode", "max"}, {"step", NULL, NULL}},
                                 {"choice", {"values", NULL, NULL}, {NULL, NULL, NULL}}};

const schema_t *draw_schema(void) { return &schema; }

static const cJSON *item(const cJSON *object, const char *key) {
  return cJSON_GetObjectItemCaseSensitive(object, key);
}

static double number(const cJSON *object, const char *key, double otherwise) {
  const cJSON *value = item(object, key);
  return cJSON_IsNumber(value) ? value->valuedouble : otherwise;
}

int draw_is_one(const cJSON *value) { return cJSON_IsObject(value) && item(value, "dist") != NULL; }

static const shape_t *shape_of(const cJSON *value) {
  const char *dist = item(value, "dist")->valuestring;
  for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
    if (strcmp(shapes[i].dist, dist) == 0) {
      return &shapes[i];
    }
  }
  return &shapes[0];
}

static int is_among(const char *key, const char *const list[3]) {
  for (int i = 0; i < 3 && list[i] != NULL; i++) {
    if (strcmp(list[i], key) == 0) {
      return 1;
    }
  }
  return 0;
}

static int check_keys(const json_doc_t *doc, const cJSON *value, const json_path_t *path,
                      scenario_error_t *error) {
  const shape_t *shape = shape_of(value);
  char found[80], allowed[120];
  for (int i = 0; i < 3 && shape->needed[i] != NULL; i++) {
    if (item(value, shape->needed[i]) == NULL) {
      snprintf(found, sizeof found, "%s without %s", shape->dist, shape->needed[i]);
      snprintf(
          allowed, sizeof allowed, "%s with %s%s%s%s%s", shape->dist, shape->needed[0],
          shape->needed[1] != NULL ? ", " : "", shape->needed[1] != NULL ? shape->needed[1] : "",
          shape->needed[2] != NULL ? ", " : "", shape->needed[2] != NULL ? shape->needed[2] : "");
      return json_doc_refuse(doc, path, 0, error, found, allowed);
    }
  }
  for (const cJSON *key = value->child; key != NULL; key = key->next) {
    json_path_t place = json_path_key(path, key->string);
    if (strcmp(key->string, "dist") != 0 && !is_among(key->string, shape->needed) &&
        !is_among(key->string, shape->more)) {
      snprintf(found, sizeof found, "\"%.40s\"", key->string);
      snprintf(allowed, sizeof allowed, "it not beside %s", shape->dist);
      return json_doc_refuse(doc, &place, 1, error, found, allowed);
    }
  }
  return 0;
}

int draw_check(const json_doc_t *doc, const cJSON *value, const json_path_t *path,
               scenario_error_t *error) {
  if (schema_check(doc, value, path, &schema, error) != 0 ||
      check_keys(doc, value, path, error) != 0) {
    return -1;
  }
  double low = number(value, "min", -HUGE_VAL), high = number(value, "max", HUGE_VAL);
  double mode = number(value, "mode", low);
  int needs_positive = strcmp(shape_of(value)->dist, "log_uniform") == 0;
  if (low > high || mode < low || mode > high) {
    return json_doc_refuse(doc, path, 0, error, "min, mode and max out of order",
                           "min <= mode <= max");
  }
  if (needs_positive && low <= 0.0) {
    return json_doc_refuse(doc, path, 0, error, "log_uniform from 0 or below", "min above 0");
  }
  return 0;
}

static double triangular(double u, double low, double mode, double high) {
  double width = high - low;
  if (width <= 0.0) {
    return low;
  }
  return u * width < mode - low ? low + det_sqrt(u * width * (mode - low))
                                : high - det_sqrt((1.0 - u) * width * (high - mode));
}

cJSON *draw_value(rng_t *rng, const cJSON *value) {
  const char *dist = item(value, "dist")->valuestring;
  double low = number(value, "min", -HUGE_VAL), high = number(value, "max", HUGE_VAL), drawn;
  if (strcmp(dist, "choice") == 0) {
    const cJSON *values = item(value, "values");
    int index = (int)(rng_uniform(rng) * cJSON_GetArraySize(values));
    return cJSON_Duplicate(cJSON_GetArrayItem(values, index), 1);
  }
  if (strcmp(dist, "normal") == 0) {
    drawn = number(value, "mean", 0.0) + number(value, "sd", 0.0) * rng_normal(rng);
  } else if (strcmp(dist, "triangular") == 0) {
    drawn = triangular(rng_uniform(rng), low, number(value, "mode", low), high);
  } else if (strcmp(dist, "log_uniform") == 0) {
    double log_low = det_log(low);
    drawn = det_exp(log_low + rng_uniform(rng) * (det_log(high) - log_low));
  } else {
    drawn = low + rng_uniform(rng) * (high - low);
  }
  double step = number(value, "step", 0.0);
  if (step > 0.0) {
    drawn = floor(drawn / step + 0.5) * step;
  }
  return cJSON_CreateNumber(fmin(fmax(drawn, low), high));
}

/* ---- trees ---- */

static int is_spread(const json_path_t *path) {
  return path->count == 2 && path->step[0].key != NULL && path->step[1].key != NULL &&
         strcmp(path->step[0].key, "pack") == 0 && strcmp(path->step[1].key, "spread") == 0;
}

/// Put what is drawn in the place of node, keeping its key.
static int replace(cJSON *parent, cJSON *node, cJSON *drawn) {
  if (drawn == NULL) {
    return -1;
  }
  int is_done = node->string != NULL
                    ? cJSON_ReplaceItemInObjectCaseSensitive(parent, node->string, drawn) != 0
                    : cJSON_ReplaceItemViaPointer(parent, node, drawn) != 0;
  if (!is_done) {
    cJSON_Delete(drawn);
  }
  return is_done ? 0 : -1;
}

/// Depth is bounded by the reader.
static int draw_below(const json_doc_t *doc, cJSON *node, const json_path_t *path, uint64_t seed,
                      scenario_error_t *error) {
  uint32_t index = 0;
  for (cJSON *child = node->child, *next; child != NULL; child = next, index++) {
    json_path_t place =
        child->string != NULL ? json_path_key(path, child->string) : json_path_index(path, index);
    next = child->next;
    if (is_spread(&place)) {
      continue;
    }
    if (!draw_is_one(child)) {
      if (draw_below(doc, child, &place, seed, error) != 0) {
        return -1;
      }
      continue;
    }
    char stream[220], text[200];
    json_path_text(&place, text, sizeof text);
    snprintf(stream, sizeof stream, "draw.%s", text);
    rng_t rng = rng_stream(seed, stream);
    if (draw_check(doc, child, &place, error) != 0) {
      return -1;
    }
    if (replace(node, child, draw_value(&rng, child)) != 0) {
      return json_doc_refuse(doc, &place, 0, error, "no memory", "enough");
    }
  }
  return 0;
}

int draw_all(const json_doc_t *doc, cJSON *root, const json_path_t *path, uint64_t seed,
             scenario_error_t *error) {
  return draw_below(doc, root, path, seed, error);
}
