/// Schema and reader of ageing parameters, made from the list of fields in sim/ageing_params.h.
#include "cell_ageing.h"

#define TABLE(rows) rows, sizeof rows / sizeof rows[0]
#define NEEDED 1

#define LAW_KEY(field, low, high, unit, help)                                                      \
  {#field, SCHEMA_NUMBER, NEEDED, low, high, unit, 0, 0, help},
static const schema_key_t law_keys[] = {AGEING_LAW_FIELDS(LAW_KEY)};
static const schema_t law_schema = {"a law of ageing", TABLE(law_keys), 0, 0};

static const schema_key_t ageing_keys[] = {
    {"capacity", SCHEMA_OBJECT, NEEDED, 0, 0, 0, 0, &law_schema, "fraction lost"},
    {"resistance", SCHEMA_OBJECT, NEEDED, 0, 0, 0, 0, &law_schema, "fraction gained"},
    {"reference_Ah", SCHEMA_NUMBER, NEEDED, 0.01, 1e4, "Ah", 0, 0,
     "capacity of the cell that the laws were fitted to"},
    {"mark", SCHEMA_CHOICE, NEEDED, 0, 0, 0, "seen|inferred|assumed|calibrated", 0, "how sure"},
    {"source", SCHEMA_TEXT, NEEDED, 1, 500, 0, 0, 0, "where the figures come from"},
};
const schema_t cell_ageing_schema = {"the laws of ageing", TABLE(ageing_keys), 0, 0};

static double number(const cJSON *object, const char *key) {
  return cJSON_GetObjectItemCaseSensitive(object, key)->valuedouble;
}

static void read_law(const cJSON *object, ageing_law_t *law) {
#define LAW_READ(field, low, high, unit, help) law->field = number(object, #field);
  AGEING_LAW_FIELDS(LAW_READ)
#undef LAW_READ
}

void cell_ageing_read(const cJSON *object, ageing_params_t *params) {
  read_law(cJSON_GetObjectItemCaseSensitive(object, "capacity"), &params->capacity);
  read_law(cJSON_GetObjectItemCaseSensitive(object, "resistance"), &params->resistance);
  params->reference_Ah = number(object, "reference_Ah");
}
