/// JSON text: the check, the parser and the locator agree about what is JSON and where it stands.
#include "fuzz.h"

#include "../../scenarios/json_doc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const char *text = (const char *)data;
  json_syntax_t syntax = {.offset = 0};
  scenario_error_t error = {.text = ""};
  json_doc_t doc;
  int is_json = json_text_check(text, size, &syntax) == 0;
  if (!is_json) FUZZ_HOLDS(syntax.offset <= size && syntax.allowed != NULL);
  if (json_doc_parse("input.json", text, size, &doc, &error) != 0) {
    FUZZ_HOLDS(error.text[0] != '\0' && strchr(error.text, '\n') == NULL);
    return 0;
  }
  FUZZ_HOLDS(is_json && doc.root != NULL);
  json_path_t top = {.count = 0};
  FUZZ_HOLDS(json_text_locate(doc.text, doc.bytes, &top, 0) <= doc.bytes);
  json_doc_free(&doc);
  return 0;
}
