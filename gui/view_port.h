/// Hands views from the simulation to whoever draws, without a lock: the newest one wins.
///
/// Model    three places: one is written, one is read, one lies between. To publish or to take is
///          one exchange of C11 atomics; neither side ever waits for the other
/// Memory   owns three views; view_port_free
/// Threads  one writer, one reader
#ifndef GUI_VIEW_PORT_H
#define GUI_VIEW_PORT_H

#include "view.h"

typedef struct view_port view_port_t;

view_port_t *view_port_new(void); ///< NULL iff there is no memory
void view_port_free(view_port_t *port); ///< NULL is allowed

/// Where the writer writes; its content is two publications old.
view_t *view_port_back(view_port_t *port);
void view_port_publish(view_port_t *port);

/// 1 iff the reader has taken what was published last: a new one is worth its copy.
int view_port_is_wanted(const view_port_t *port);

/// The newest view; NULL iff none was published yet. It stays as it is until the next call.
const view_t *view_port_front(view_port_t *port);

#endif
