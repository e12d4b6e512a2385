/// Walks the tables of keys, faults and cycles and writes them as Markdown.
#include "reference.h"

#include <string.h>

#include "../sim/vehicle.h"
#include "cell_file.h"
#include "faults.h"
#include "schema.h"

enum { OBJECT_MAX = 64 };

/// Object tables in the order in which they are met, each once.
typedef struct {
  const schema_t *table[OBJECT_MAX];
  uint32_t count;
} objects_t;

static void meet(objects_t *objects, const schema_t *table) {
  for (uint32_t i = 0; i < objects->count; i++) {
    if (objects->table[i] == table) return;
  }
  if (objects->count < OBJECT_MAX) objects->table[objects->count++] = table;
}

/// Text for a table cell: a bar would end the cell.
static void write_cell(FILE *file, const char *text) {
  for (; *text != '\0'; text++) {
    if (*text == '|')
      fputs("`, `", file);
    else
      fputc(*text, file);
  }
}

static void write_range(FILE *file, const schema_key_t *key) {
  const char *unit = key->unit != NULL ? key->unit : "";
  fprintf(file, "%.16g..%.16g%s%s", key->min, key->max, *unit != '\0' ? " " : "", unit);
}

/// Figures are many objects of one shape: shown at their keys, with the range of their value.
static int is_figure(const schema_t *object) { return strcmp(object->name, "a figure") == 0; }

static void write_figure(FILE *file, const schema_t *figure) {
  fputs("figure: ", file);
  write_range(file, &figure->key[0]);
}

static void write_type(FILE *file, const schema_key_t *key) {
  switch (key->type) {
  case SCHEMA_NUMBER:
    write_range(file, key);
    break;
  case SCHEMA_INTEGER:
    fputs("whole number ", file);
    write_range(file, key);
    break;
  case SCHEMA_BOOL:
    fputs("`true`, `false`", file);
    break;
  case SCHEMA_ID:
    fputs("id of A-Z a-z 0-9 _ . -", file);
    break;
  case SCHEMA_TEXT:
    fprintf(file, "text, at most %.0f bytes", key->max);
    break;
  case SCHEMA_TEXTS:
    fputs("text or list of texts", file);
    break;
  case SCHEMA_CHOICE:
    fputs("`", file);
    write_cell(file, key->choices);
    fputs("`", file);
    break;
  case SCHEMA_VALUES:
    fputs("list of numbers, texts, `true` or `false`", file);
    break;
  case SCHEMA_POINTS:
    fputs("list of pairs [time, value]", file);
    break;
  case SCHEMA_SCALAR:
    fputs("number, text, `true` or `false`", file);
    break;
  case SCHEMA_OBJECT:
    if (is_figure(key->object))
      write_figure(file, key->object);
    else
      fprintf(file, "object: %s", key->object->name);
    break;
  case SCHEMA_LIST:
    fprintf(file, "list, each %s", key->object->name);
    break;
  case SCHEMA_MAP:
    fprintf(file, "object by %s name", key->object->name);
    break;
  default:
    fputs(key->choices != NULL ? key->choices : "see the guide", file);
    break;
  }
  if (key->type < SCHEMA_OBJECT && key->object != NULL)
    fprintf(file, ", or an object: %s", key->object->name);
}

static void write_object(FILE *file, const schema_t *table, objects_t *objects) {
  fprintf(file, "\n### %s\n", table->name);
  if (table->map_keys != NULL) fprintf(file, "Keys: %s.\n\n", table->map_keys);
  fputs("| key | value | what it is |\n|---|---|---|\n", file);
  for (uint32_t i = 0; i < table->key_count; i++) {
    const schema_key_t *key = &table->key[i];
    fprintf(file, "| `%s`%s | ", key->key, key->is_required ? " (needed)" : "");
    write_type(file, key);
    fputs(" | ", file);
    write_cell(file, key->help != NULL ? key->help : "");
    fputs(" |\n", file);
    if (key->object != NULL && !is_figure(key->object)) meet(objects, key->object);
  }
}

static void write_keys(FILE *file, const schema_t *root, const char *heading) {
  objects_t objects = {.count = 0};
  fprintf(file, "\n## %s\n", heading);
  meet(&objects, root);
  for (uint32_t i = 0; i < objects.count; i++) write_object(file, objects.table[i], &objects);
}

static void write_faults(FILE *file) {
  fputs("\n## Faults\nThe value's key is `value_` and its unit.\n\n", file);
  fputs("| type | targets | value | chatters | what it does |\n|---|---|---|---|---|\n", file);
  for (uint32_t i = 0; i < faults_count(); i++) {
    const fault_row_t *row = faults_at(i);
    fprintf(file, "| `%s` | `%s`%s | ", row->name, row->targets,
            row->has_other ? " and `other`" : "");
    if (row->unit[0] != '\0') fprintf(file, "%.16g..%.16g %s", row->min, row->max, row->unit);
    fprintf(file, " | %s | ", row->has_chatter ? "yes" : "");
    write_cell(file, row->help);
    fputs(" |\n", file);
  }
}

static void write_cycles(FILE *file) {
  fputs("\n## Drive cycles\n| name | seconds | source |\n|---|---|---|\n", file);
  for (uint32_t i = 0; cycle_at(i) != NULL; i++) {
    const cycle_t *cycle = cycle_at(i);
    fprintf(file, "| `%s` | %u | ", cycle->name, cycle->sample_count - 1u);
    write_cell(file, cycle->source);
    fputs(" |\n", file);
  }
}

void reference_write(FILE *file) {
  fputs("# Scenario reference\n\n"
        "Written by `make docs` from the tables that check the files: do not edit. "
        "How to use it: [guide.md](guide.md). All signals: `packsim signals`.\n",
        file);
  write_keys(file, schema_scenario(), "Scenario files");
  write_keys(file, schema_suite(), "Suite files");
  write_keys(file, cell_file_schema(), "Cell files");
  fputs("\nA figure is `{\"value\": 39.5, \"mark\": \"inferred\", \"source\": \"...\"}`; marks are "
        "`seen`, `inferred`, `assumed`, `calibrated`. What the figures do: [plant.md](plant.md).\n",
        file);
  write_faults(file);
  write_cycles(file);
}
