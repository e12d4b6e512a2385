/// Commands for windows: what runs, and its whole state as it is in memory.
#include <stdlib.h>
#include <string.h>

#include "control_state.h"

enum { EVERY_TICKS = 100 }; /* plots and loads of the bus have their grid there */

control_status_t control_take_scenario(control_request_t *request) {
  const control_t *control = request->control;
  control_text_t *to = &request->control->out;
  control_text_add(
      to, ",\"layout\":\"%016llx\",\"file\":", (unsigned long long)run_layout(control->run.run));
  control_text_string(to, control->run.point->file);
  control_text_add(to, ",\"text\":");
  control_text_string(to, control->run.point->text);
  return CONTROL_OK;
}

control_status_t control_take_state(control_request_t *request) {
  control_t *control = request->control;
  const char *layout = control_value(request, "layout")->valuestring;
  char own[20];
  snprintf(own, sizeof own, "%016llx", (unsigned long long)run_layout(control->run.run));
  if (strcmp(own, layout) != 0)
    return control_refuse(request, "layout", 0, "another program or run", own);
  for (uint32_t i = 0; i < CONTROL_SOCKET_CLIENT_MAX; i++) {
    control_wish_t *wish = &control->wish[i];
    if (wish->client != 0) continue;
    wish->client = request->client;
    memcpy(wish->id, request->id, sizeof wish->id);
    return CONTROL_LATER;
  }
  return control_refuse(request, "do", 0, "one more", "16 at once");
}

void control_state_forget(control_t *control, uint32_t client) {
  for (uint32_t i = 0; i < CONTROL_SOCKET_CLIENT_MAX; i++)
    if (client == 0 || control->wish[i].client == client) control->wish[i].client = 0;
}

static void send_state(control_t *control, const control_wish_t *wish) {
  control_text_t *to = &control->event;
  const size_t bytes = run_checkpoint_bytes(control->run.run);
  void *saved = bytes > 0 ? malloc(bytes) : NULL;
  if (saved == NULL) return;
  run_save(control->run.run, saved);
  control_add_ok(to, wish->id);
  control_add_time(control, to);
  control_text_add(to, ",\"paused\":%s,\"speed\":%.10g,\"faults_at\":\"%016llx\",\"bytes\":%zu}\n",
                   *control->config.is_paused ? "true" : "false",
                   (double)control->run.rate_permille * 1e-3,
                   (unsigned long long)(uintptr_t)faults_at(0), bytes);
  control_text_raw(to, saved, bytes);
  control_send(control, wish->client, to);
  free(saved);
}

void control_state_look(control_t *control) {
  if (!*control->config.is_paused && control->hil->tick % EVERY_TICKS != 0) return;
  for (uint32_t i = 0; i < CONTROL_SOCKET_CLIENT_MAX; i++) {
    const control_wish_t wish = control->wish[i];
    if (wish.client == 0) continue;
    control->wish[i].client = 0;
    send_state(control, &wish);
  }
}
