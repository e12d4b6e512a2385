/// Fragments: a scenario file takes over what other files say, before anything is checked.
///
/// Model    "include" names files relative to the one that has it; they may include others. Objects
///          are merged key by key, the including file wins; lists at the top are joined, fragments
///          first, an entry with the id of an earlier one takes its place.
/// Errors   messages about what came from a fragment point into the fragment
/// Memory   the document owns its parts
#ifndef SCENARIOS_JSON_INCLUDE_H
#define SCENARIOS_JSON_INCLUDE_H

#include "json_doc.h"

enum { INCLUDE_PART_MAX = 24, INCLUDE_DEPTH_MAX = 4 };

/// Merge the includes of a document that json_doc_load has read. 0, or -1 with the reason.
int json_include(json_doc_t *doc, scenario_error_t *error);

/// The part in which the value at path stands, and its path there.
const json_doc_t *json_include_part(const json_doc_t *doc, const json_path_t *path,
                                    json_path_t *path_there);

/// Free the parts of a document.
void json_include_free(json_parts_t *parts);

#endif
