/// Triple buffer of views: see view_port.h.
#include "view_port.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "../scenarios/line_alloc.h"

enum { PLACES = 3, FRESH = 4 };

struct view_port {
  view_t *view[PLACES];
  uint8_t back, front; /* each its own side's */
  uint8_t has_front;
  _Atomic uint8_t between; /* place, FRESH iff it was not taken yet */
};

view_port_t *view_port_new(void) {
  view_port_t *port = calloc(1, sizeof *port);
  if (port == NULL) {
    return NULL;
  }
  for (int i = 0; i < PLACES; i++) {
    port->view[i] = line_alloc(sizeof(view_t));
    if (port->view[i] == NULL) {
      view_port_free(port);
      return NULL;
    }
  }
  port->back = 0;
  port->front = 1;
  atomic_init(&port->between, 2);
  return port;
}

void view_port_free(view_port_t *port) {
  if (port == NULL) {
    return;
  }
  for (int i = 0; i < PLACES; i++) {
    free(port->view[i]);
  }
  free(port);
}

view_t *view_port_back(view_port_t *port) { return port->view[port->back]; }

void view_port_publish(view_port_t *port) {
  uint8_t mine = (uint8_t)(port->back | FRESH);
  port->back = atomic_exchange_explicit(&port->between, mine, memory_order_acq_rel) & (FRESH - 1);
}

int view_port_is_wanted(const view_port_t *port) {
  return !(atomic_load_explicit(&port->between, memory_order_acquire) & FRESH);
}

const view_t *view_port_front(view_port_t *port) {
  if (atomic_load_explicit(&port->between, memory_order_acquire) & FRESH) {
    uint8_t place = atomic_exchange_explicit(&port->between, port->front, memory_order_acq_rel);
    port->front = place & (FRESH - 1);
    port->has_front = 1;
  }
  return port->has_front ? port->view[port->front] : NULL;
}
