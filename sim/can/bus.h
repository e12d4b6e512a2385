/// One port to every kind of CAN bus: in the process, UDP, TCP, serial line, or the kernel's.
///
/// Model    bus_open makes one node of the bus that a URL names. bus_send hands a frame over,
///          bus_recv fetches the oldest one; own frames never come back. Nothing here waits and
///          nothing is allocated: what cannot be handed over at once is dropped and counted, or
///          (socketcan) waits in a short queue in which a newer frame of the same id takes the
///          place of the older. Connections, time limits and queues advance inside bus_send and
///          bus_recv: call one of them at least every 100 ms
/// Units    now_us is the caller's own clock, any zero, never running backwards
/// Memory   bus_t is large (about 400 KiB): static or on the heap, not on the stack; it must not
///          be copied while it is open
/// Threads  one thread at a time for each bus_t
/// Errors   negative status; what the peer does wrong is a counter, never an error
/// Source   docs/can.md has the URLs; each back end names its protocol's source
#ifndef SIM_CAN_BUS_H
#define SIM_CAN_BUS_H

#include <poll.h>
#include <stdint.h>

#include "../../ecu_model/pins.h"
#include "can_mem.h"

typedef enum {
  BUS_OK = 0,
  BUS_QUEUED = 1, ///< send: it waits for room; a newer frame of its id will take its place
  BUS_EMPTY = -1, ///< recv: nothing there
  BUS_ERR_FULL = -2, ///< send: no room; the frame is dropped and counted
  BUS_ERR_FRAME = -3, ///< send: no legal frame, or of a kind that this bus has not (bus_caps)
  BUS_ERR_DOWN = -4, ///< send: not open, interface down or bus off; dropped and counted
  BUS_ERR_URL = -5, ///< open: bad URL
  BUS_ERR_MACHINE = -6 ///< open: this machine lacks it; the text says what to do
} bus_status_t;

/// What a bus can carry and tell.
enum {
  BUS_CAP_FD = 1,
  BUS_CAP_REMOTE = 2, ///< remote frames
  BUS_CAP_ERROR_FRAMES = 4, ///< the controller's errors come as frames with CAN_FRAME_ERROR
  BUS_CAP_CONFIRM = 8, ///< confirmed_count tells which own frames really passed
  BUS_CAP_TIMESTAMP = 16, ///< bus_rx_t.stamp_us is set
  BUS_CAP_PEERS = 64, ///< peer_count and listener_count are known
  BUS_CAP_KIND_OF_ID = 32 ///< 11 and 29 bit ids stay distinct on the way in (python-can's
  ///< socketcand client loses it on its side)
};

typedef enum {
  BUS_STATE_CLOSED,
  BUS_STATE_ACTIVE,
  BUS_STATE_WARNING,
  BUS_STATE_PASSIVE,
  BUS_STATE_BUS_OFF,
  BUS_STATE_DOWN, ///< the interface is not up
  BUS_STATE_GONE ///< the interface does not exist any more; it is looked for
} bus_state_t;

typedef enum {
  BUS_KIND_MEM,
  BUS_KIND_UDP,
  BUS_KIND_SOCKETCAND,
  BUS_KIND_SLCAN,
  BUS_KIND_SOCKETCAN,
  BUS_KIND_COUNT
} bus_kind_t;

enum { BUS_PATH_CHARS = 108, BUS_NAME_CHARS = 16, BUS_ADDRESS_CHARS = 16 };

/// A URL taken apart. What it does not say holds the default.
typedef struct {
  bus_kind_t kind;
  char address[BUS_ADDRESS_CHARS]; ///< udp: group, socketcand: address to listen at
  uint16_t port;
  char via[BUS_ADDRESS_CHARS]; ///< udp: "" this host only, "any", or the address of an interface
  char path[BUS_PATH_CHARS]; ///< slcan: symbolic link to make, "" none
  char name[BUS_NAME_CHARS]; ///< socketcan: interface
  uint32_t bitrate_bps; ///< socketcan: 0 leaves it alone
  uint8_t brings_up; ///< socketcan: set the interface up if it is down
  uint8_t has_beacon; ///< socketcand: tell the local network that it is here
} bus_url_t;

/// One line: what was found and what is allowed, or what the machine lacks and what helps.
typedef struct {
  char text[256];
} bus_error_t;

typedef struct {
  uint64_t sent_count; ///< handed over
  uint64_t confirmed_count; ///< own frames that passed on the bus, with BUS_CAP_CONFIRM
  uint64_t received_count; ///< came through bus_recv, error frames included
  uint64_t send_drop_count; ///< no room, stale, replaced by a newer one, or bus down
  uint64_t receive_drop_count; ///< lost before bus_recv, as far as the system tells
  uint64_t error_frame_count;
  uint64_t garbage_count; ///< datagrams or lines that are no frame and no command
  uint64_t evicted_count; ///< peers thrown out: too slow, or talking nonsense
  uint32_t peer_count; ///< connected now, with BUS_CAP_PEERS
  uint32_t listener_count; ///< of them, those that hear what is sent now
  bus_state_t state;
} bus_stats_t;

typedef struct {
  can_frame_t frame;
  uint64_t time_us; ///< the caller's clock when it was fetched from the system
  uint64_t stamp_us; ///< the system's stamp, us since 1970; 0 without BUS_CAP_TIMESTAMP
} bus_rx_t;

#include "bus_state.h" /* bus_t */

/// Take a URL apart; table of the forms in docs/can.md. BUS_ERR_URL iff it is none of them.
bus_status_t bus_url_parse(const char *text, bus_url_t *url, bus_error_t *error);

/// Become a node of the bus. BUS_ERR_URL iff the kind cannot be opened by URL (mem:),
/// BUS_ERR_MACHINE iff the machine refuses; the text then says what would help.
bus_status_t bus_open(bus_t *bus, const bus_url_t *url, uint64_t now_us, bus_error_t *error);

/// Become node `node` (below CAN_MEM_NODE_MAX - 1) of a bus in this process; wire outlives bus.
void bus_open_mem(bus_t *bus, can_mem_t *wire, uint32_t node);

/// Hand a frame over. It waits for nothing; see bus_status_t.
bus_status_t bus_send(bus_t *bus, uint64_t now_us, const can_frame_t *frame);

/// Hand frames over in their order, in as few system calls as the back end can. Returns how many
/// were handed over or queued; the others are dropped and counted as bus_send does it.
uint32_t bus_send_all(bus_t *bus, uint64_t now_us, const can_frame_t *frame, uint32_t count);

/// Fetch the oldest frame that arrived. BUS_EMPTY iff there is none. Who fetches until then with
/// the same now_us, without sending in between, asks the system no more often than needed.
bus_status_t bus_recv(bus_t *bus, uint64_t now_us, bus_rx_t *rx);

/// Give everything back. Closing twice, or what never was open (zeroed), does nothing.
void bus_close(bus_t *bus);

/// BUS_CAP_* bits.
static inline uint32_t bus_caps(const bus_t *bus) { return bus->caps; }
static inline bus_stats_t bus_stats(const bus_t *bus) { return bus->stats; }

/// "udp", "vcan0": what a log calls this bus.
static inline const char *bus_name(const bus_t *bus) { return bus->name; }

/// What peers attach to, for people: "pty /dev/pts/3", "127.0.0.1:29536".
static inline const char *bus_place(const bus_t *bus) { return bus->place; }

/// Frames that wait inside of the port; 0: all that was sent has been handed over.
uint32_t bus_pending(const bus_t *bus);

/// Own frames that have not passed yet: inside of the port, and with BUS_CAP_CONFIRM in the
/// controller. Confirmations that were lost with other frames, or with the bus, are not waited for.
uint32_t bus_waiting(bus_t *bus);

/// Fill descriptors for poll() and return how many (at most BUS_POLL_MAX). Descriptors come and
/// go: ask before each poll(). mem: has none.
uint32_t bus_poll_set(const bus_t *bus, struct pollfd set[BUS_POLL_MAX]);

/// Wait up to timeout_ms until something may have arrived; for programs without a loop of their
/// own. The only function here that waits. 0 iff nothing happened.
int bus_wait(const bus_t *bus, int timeout_ms);

/// One line about a kind: does it work on this machine, and what helps if not. 1 iff it works.
int bus_probe(bus_kind_t kind, char *text, uint32_t text_bytes);

/// "active", "bus off" ...
const char *bus_state_text(bus_state_t state);

/// Length 0..8, or one of FD; id in range; no remote FD frame.
int bus_frame_is_legal(const can_frame_t *frame);

#endif
