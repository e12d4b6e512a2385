/// Frames in, frames out, and the timers between them.
#include "isotp.h"

#include <string.h>

/// Upper half of the first byte behind the address: what kind of frame this is.
enum { PCI_SINGLE, PCI_FIRST, PCI_CONSECUTIVE, PCI_FLOW };

/// Flow status.
enum { FLOW_GO_ON, FLOW_WAIT, FLOW_OVERFLOW };

typedef enum {
  TX_IDLE,
  TX_BEGIN, ///< a single or first frame is due
  TX_WAIT_FLOW,
  TX_GO_ON, ///< a consecutive frame is due after wait_us
  TX_LAST ///< the last frame is out
} isotp_tx_state_t;

typedef enum { OUT_NONE, OUT_FLOW, OUT_DATA } isotp_out_t;

typedef enum { RX_IDLE, RX_RUNNING, RX_READY } isotp_rx_state_t;

enum {
  CLASSIC_BYTES = 8,
  FRAME_BYTES_MAX = 64,
  FIRST_LONG_MIN = 4096, /* shorter messages have no business with the 32 bit length */
  MS_us = 1000,
  ST_MIN_MAX_ms = 0x7F,
  ST_MIN_FINE_raw = 0xF0, /* and so many times 100 us */
  ST_MIN_FINE_us = 100,
  ST_MIN_FINE_MAX = 9,
  ID_BITS = 11,
  ID_BITS_EXTENDED = 29
};

/// What one received frame holds, behind its address.
typedef struct {
  const uint8_t *data;
  uint32_t byte_count;
  uint32_t frame_bytes; ///< of the whole frame
  uint32_t address_bytes;
  uint32_t now_us;
  uint8_t is_functional, is_fd;
} isotp_pdu_t;

/* --- bookkeeping ---------------------------------------------------------------------------- */

static void count(isotp_t *link, isotp_result_t result) {
  if (link->count[result] < UINT16_MAX) link->count[result]++;
}

static void note_activity(isotp_t *link) {
  link->is_active = link->tx.state != TX_IDLE || link->rx.state == RX_RUNNING ||
                    link->rx.flow_due != 0 || link->out != OUT_NONE;
}

static void end_tx(isotp_t *link, isotp_result_t result) {
  link->tx.state = TX_IDLE;
  link->tx.result = (uint8_t)result;
  if (link->out == OUT_DATA) link->out = OUT_NONE;
  count(link, result);
}

/// No flow control is due any more, nor waited for.
static void forget_flow(isotp_t *link) {
  link->rx.flow_due = 0;
  if (link->out == OUT_FLOW) link->out = OUT_NONE;
}

/// The reception is over without a message.
static void drop_rx(isotp_t *link, isotp_result_t result) {
  link->rx.state = RX_IDLE;
  forget_flow(link);
  link->rx.result = (uint8_t)result;
  count(link, result);
}

static void finish_rx(isotp_t *link) {
  link->rx.state = RX_READY;
  link->rx.result = ISOTP_DONE;
  count(link, ISOTP_DONE);
}

static int frame_length_is_legal(uint32_t byte_count, int is_fd) {
  if (byte_count == CLASSIC_BYTES) return 1;
  if (!is_fd || byte_count < CLASSIC_BYTES || byte_count > FRAME_BYTES_MAX) return 0;
  if (byte_count <= 24u) return byte_count % 4u == 0;
  return byte_count == 32u || byte_count == 48u || byte_count == 64u;
}

static int id_is_legal(uint32_t id, const isotp_config_t *config) {
  return id >> (config->id_is_extended ? ID_BITS_EXTENDED : ID_BITS) == 0;
}

isotp_status_t isotp_init(isotp_t *link, const isotp_config_t *config) {
  if (!frame_length_is_legal(config->tx_dl, config->is_fd)) return ISOTP_ERR_CONFIG;
  if (!id_is_legal(config->rx_id, config) || !id_is_legal(config->tx_id, config))
    return ISOTP_ERR_CONFIG;
  if (config->functional_id != ISOTP_NO_ID && !id_is_legal((uint32_t)config->functional_id, config))
    return ISOTP_ERR_CONFIG;
  memset(link, 0, sizeof *link);
  link->config = *config;
  if (config->rx_bytes_max == 0 || config->rx_bytes_max > ISOTP_BYTES_MAX)
    link->config.rx_bytes_max = ISOTP_BYTES_MAX;
  return ISOTP_OK;
}

void isotp_reset(isotp_t *link) {
  link->tx.state = TX_IDLE;
  link->rx.state = RX_IDLE;
  link->rx.flow_due = link->rx.functional_count = link->rx.functional_is_out = 0;
  link->is_active = link->out = 0;
}

int isotp_is_sending(const isotp_t *link) { return link->tx.state != TX_IDLE; }

int isotp_is_receiving(const isotp_t *link) { return link->rx.state == RX_RUNNING; }

/* --- receiving ------------------------------------------------------------------------------ */

static void take_functional(isotp_t *link, const uint8_t *data, uint32_t byte_count) {
  isotp_rx_t *rx = &link->rx;
  if (rx->functional_count != 0) {
    count(link, ISOTP_UNEXPECTED);
    return;
  }
  memcpy(rx->functional, data, byte_count);
  rx->functional_count = (uint8_t)byte_count;
  count(link, ISOTP_DONE);
}

/// A message of one frame, to this connection alone.
static void take_whole(isotp_t *link, const uint8_t *data, uint32_t byte_count) {
  isotp_rx_t *rx = &link->rx;
  if (byte_count > link->config.rx_bytes_max) {
    count(link, ISOTP_OVERFLOW);
    return;
  }
  if (rx->state == RX_READY) {
    count(link, ISOTP_UNEXPECTED);
    return;
  }
  if (rx->state == RX_RUNNING) drop_rx(link, ISOTP_UNEXPECTED);
  memcpy(rx->data, data, byte_count);
  rx->byte_count = rx->at = (uint16_t)byte_count;
  finish_rx(link);
}

/// Frames of up to 8 bytes have the length in the first byte, longer ones in the second; a length
/// that the other form could carry, too, is not valid in the long one.
static void take_single(isotp_t *link, const isotp_pdu_t *pdu) {
  int is_long = pdu->frame_bytes > CLASSIC_BYTES;
  uint32_t head = is_long ? 2 : 1;
  uint32_t least = is_long ? CLASSIC_BYTES - pdu->address_bytes : 1;
  uint32_t byte_count = pdu->data[0] & 0xFu;
  int is_valid = !is_long || byte_count == 0;
  if (is_long) byte_count = pdu->data[1];
  if (!is_valid || byte_count < least || byte_count + head > pdu->byte_count) {
    count(link, ISOTP_IGNORED);
    return;
  }
  link->rx.is_fd = pdu->is_fd;
  if (pdu->is_functional)
    take_functional(link, pdu->data + head, byte_count);
  else
    take_whole(link, pdu->data + head, byte_count);
}

static void ask_flow(isotp_t *link, uint32_t status, uint32_t now_us) {
  link->rx.flow_due = (uint8_t)(1u + status);
  link->rx.flow_us = now_us;
}

/// Length told by a first frame and where its data begins; 0 iff it is not valid.
static uint32_t first_length(const isotp_pdu_t *pdu, uint32_t *head) {
  const uint8_t *data = pdu->data;
  if (pdu->frame_bytes < CLASSIC_BYTES) return 0;
  uint32_t least = pdu->frame_bytes > CLASSIC_BYTES ? pdu->byte_count - 1u : pdu->byte_count;
  uint32_t byte_count = (data[0] & 0xFu) << 8 | data[1];
  *head = 2;
  if (byte_count == 0) {
    *head = 6;
    least = FIRST_LONG_MIN;
    byte_count =
        (uint32_t)data[2] << 24 | (uint32_t)data[3] << 16 | (uint32_t)data[4] << 8 | data[5];
  }
  return byte_count >= least ? byte_count : 0;
}

static void take_first(isotp_t *link, const isotp_pdu_t *pdu) {
  isotp_rx_t *rx = &link->rx;
  uint32_t head;
  uint32_t byte_count = pdu->is_functional ? 0 : first_length(pdu, &head);
  if (byte_count == 0) {
    count(link, ISOTP_IGNORED);
    return;
  }
  rx->is_fd = pdu->is_fd;
  if (rx->state == RX_READY) {
    count(link, ISOTP_UNEXPECTED);
    ask_flow(link, FLOW_OVERFLOW, pdu->now_us);
    return;
  }
  if (rx->state == RX_RUNNING) drop_rx(link, ISOTP_UNEXPECTED);
  if (byte_count > link->config.rx_bytes_max) {
    drop_rx(link, ISOTP_OVERFLOW);
    ask_flow(link, FLOW_OVERFLOW, pdu->now_us);
    return;
  }
  rx->byte_count = (uint16_t)byte_count;
  rx->at = (uint16_t)(pdu->byte_count - head);
  memcpy(rx->data, pdu->data + head, rx->at);
  rx->state = RX_RUNNING;
  rx->sequence = 1;
  rx->frame_bytes = (uint8_t)pdu->frame_bytes;
  rx->began_us = pdu->now_us;
  rx->block_left = link->config.block_size;
  ask_flow(link, FLOW_GO_ON, pdu->now_us);
}

/// Only the last frame may be shorter than the first was, and only by what is not needed.
static int consecutive_is_valid(const isotp_rx_t *rx, const isotp_pdu_t *pdu, uint32_t left) {
  if (pdu->is_functional || rx->state != RX_RUNNING || rx->flow_due != 0) return 0;
  if (pdu->frame_bytes == rx->frame_bytes) return 1;
  return pdu->frame_bytes < rx->frame_bytes && left < pdu->byte_count;
}

static void take_consecutive(isotp_t *link, const isotp_pdu_t *pdu) {
  isotp_rx_t *rx = &link->rx;
  uint32_t left = (uint32_t)rx->byte_count - rx->at;
  if (!consecutive_is_valid(rx, pdu, left)) {
    count(link, ISOTP_IGNORED);
    return;
  }
  if ((pdu->data[0] & 0xFu) != rx->sequence) {
    drop_rx(link, ISOTP_WRONG_SN);
    return;
  }
  uint32_t byte_count = left < pdu->byte_count ? left : pdu->byte_count - 1u;
  memcpy(rx->data + rx->at, pdu->data + 1, byte_count);
  rx->at = (uint16_t)(rx->at + byte_count);
  rx->sequence = (uint8_t)((rx->sequence + 1u) & 0xFu);
  rx->since_us = pdu->now_us;
  if (rx->at == rx->byte_count) {
    finish_rx(link);
  } else if (rx->block_left > 0 && --rx->block_left == 0) {
    rx->block_left = link->config.block_size;
    ask_flow(link, FLOW_GO_ON, pdu->now_us);
  }
}

static uint32_t gap_of(uint32_t st_min_raw, uint32_t guard_us) {
  uint32_t fine = st_min_raw - ST_MIN_FINE_raw;
  if (st_min_raw == 0) return 0;
  if (st_min_raw <= ST_MIN_MAX_ms) return st_min_raw * MS_us + guard_us;
  if (fine >= 1 && fine <= ST_MIN_FINE_MAX) return fine * ST_MIN_FINE_us + guard_us;
  return ST_MIN_MAX_ms * MS_us + guard_us;
}

/// The pause holds across a flow control, too, but not between it and the first consecutive frame.
static void go_on(isotp_t *link, const isotp_pdu_t *pdu) {
  isotp_tx_t *tx = &link->tx;
  uint32_t passed_us = pdu->now_us - tx->last_us;
  tx->block_left = pdu->data[1];
  tx->gap_us = gap_of(pdu->data[2], link->config.guard_us);
  tx->wait_us = tx->has_gone_on && passed_us < tx->gap_us ? tx->gap_us - passed_us : 0;
  tx->wait_count = 0;
  tx->state = TX_GO_ON;
  tx->since_us = pdu->now_us;
}

static void take_flow(isotp_t *link, const isotp_pdu_t *pdu) {
  isotp_tx_t *tx = &link->tx;
  if (pdu->is_functional || tx->state != TX_WAIT_FLOW || pdu->byte_count < 3) {
    count(link, ISOTP_IGNORED);
    return;
  }
  switch (pdu->data[0] & 0xFu) {
  case FLOW_GO_ON:
    go_on(link, pdu);
    break;
  case FLOW_WAIT:
    tx->since_us = pdu->now_us;
    if (tx->wait_count >= link->config.wait_max)
      end_tx(link, ISOTP_WAIT_OVERRUN);
    else
      tx->wait_count++;
    break;
  case FLOW_OVERFLOW:
    end_tx(link, ISOTP_OVERFLOW);
    break;
  default:
    end_tx(link, ISOTP_INVALID_FS);
    break;
  }
}

/// 0 iff the frame is not for this connection.
static int unwrap(const isotp_t *link, const can_frame_t *frame, isotp_pdu_t *pdu) {
  const isotp_config_t *config = &link->config;
  pdu->is_functional =
      config->functional_id != ISOTP_NO_ID && frame->id == (uint32_t)config->functional_id;
  if (frame->id != config->rx_id && !pdu->is_functional) return 0;
  if (frame->flags & (CAN_FRAME_ERROR | CAN_FRAME_REMOTE)) return 0;
  if (((frame->flags & CAN_FRAME_EXTENDED) != 0) != (config->id_is_extended != 0)) return 0;
  pdu->is_fd = (frame->flags & CAN_FRAME_FD) != 0;
  if (pdu->is_fd && !config->is_fd) return 0;
  if (frame->len > (pdu->is_fd ? FRAME_BYTES_MAX : CLASSIC_BYTES)) return 0;
  pdu->address_bytes = config->has_address != 0;
  if (frame->len <= pdu->address_bytes) return 0;
  uint8_t address = pdu->is_functional ? config->functional_address : config->rx_address;
  if (config->has_address && frame->data[0] != address) return 0;
  pdu->frame_bytes = frame->len;
  pdu->byte_count = frame->len - pdu->address_bytes;
  pdu->data = frame->data + pdu->address_bytes;
  return 1;
}

int isotp_receive(isotp_t *link, const can_frame_t *frame, uint32_t now_us) {
  isotp_pdu_t pdu;
  if (!unwrap(link, frame, &pdu)) return 0;
  pdu.now_us = now_us;
  isotp_step(link, now_us);
  switch (pdu.data[0] >> 4) {
  case PCI_SINGLE:
    take_single(link, &pdu);
    break;
  case PCI_FIRST:
    take_first(link, &pdu);
    break;
  case PCI_CONSECUTIVE:
    take_consecutive(link, &pdu);
    break;
  case PCI_FLOW:
    take_flow(link, &pdu);
    break;
  default:
    count(link, ISOTP_IGNORED);
    break;
  }
  note_activity(link);
  return 1;
}

const uint8_t *isotp_received(isotp_t *link, uint32_t *byte_count, int *is_functional) {
  isotp_rx_t *rx = &link->rx;
  rx->functional_is_out = rx->functional_count != 0;
  *is_functional = rx->functional_is_out;
  *byte_count = rx->functional_is_out ? rx->functional_count : rx->byte_count;
  if (rx->functional_is_out) return rx->functional;
  return rx->state == RX_READY ? rx->data : NULL;
}

void isotp_release(isotp_t *link) {
  isotp_rx_t *rx = &link->rx;
  if (rx->functional_is_out)
    rx->functional_count = rx->functional_is_out = 0;
  else if (rx->state == RX_READY)
    rx->state = RX_IDLE;
}

/* --- timers --------------------------------------------------------------------------------- */

static int has_passed(uint32_t since_us, uint32_t wait_us, uint32_t now_us) {
  return now_us - since_us >= wait_us;
}

static int is_too_long(const isotp_t *link, uint32_t began_us, uint32_t now_us) {
  return link->config.total_us != 0 && has_passed(began_us, link->config.total_us, now_us);
}

static void step_tx(isotp_t *link, uint32_t now_us) {
  const isotp_tx_t *tx = &link->tx;
  int waits_for_flow = tx->state == TX_WAIT_FLOW && link->out != OUT_DATA;
  if (tx->state == TX_IDLE) return;
  if (is_too_long(link, tx->began_us, now_us))
    end_tx(link, ISOTP_TIMEOUT_TOTAL);
  else if (has_passed(tx->since_us, tx->wait_us + ISOTP_TIMEOUT_us, now_us))
    end_tx(link, waits_for_flow ? ISOTP_TIMEOUT_BS : ISOTP_TIMEOUT_A);
}

static void step_rx(isotp_t *link, uint32_t now_us) {
  const isotp_rx_t *rx = &link->rx;
  if (rx->state == RX_RUNNING && is_too_long(link, rx->began_us, now_us)) {
    drop_rx(link, ISOTP_TIMEOUT_TOTAL);
  } else if (rx->flow_due != 0 || link->out == OUT_FLOW) {
    if (!has_passed(rx->flow_us, ISOTP_TIMEOUT_us, now_us)) return;
    if (rx->state == RX_RUNNING)
      drop_rx(link, ISOTP_TIMEOUT_A);
    else
      forget_flow(link);
  } else if (rx->state == RX_RUNNING && has_passed(rx->since_us, ISOTP_TIMEOUT_us, now_us)) {
    drop_rx(link, ISOTP_TIMEOUT_CR);
  }
}

void isotp_step(isotp_t *link, uint32_t now_us) {
  if (!link->is_active) return;
  step_tx(link, now_us);
  step_rx(link, now_us);
  note_activity(link);
}

/* --- sending -------------------------------------------------------------------------------- */

uint8_t *isotp_tx_buffer(isotp_t *link) { return link->tx.state == TX_IDLE ? link->tx.data : NULL; }

static uint8_t sends_fd(const isotp_t *link) {
  return link->config.is_fd && (link->rx.is_fd || !link->config.follows_peer);
}

isotp_status_t isotp_send(isotp_t *link, const uint8_t *data, uint32_t byte_count,
                          uint32_t now_us) {
  isotp_tx_t *tx = &link->tx;
  if (tx->state != TX_IDLE) return ISOTP_ERR_BUSY;
  if (byte_count == 0 || byte_count > ISOTP_BYTES_MAX) return ISOTP_ERR_LENGTH;
  if (data != tx->data) memcpy(tx->data, data, byte_count);
  tx->byte_count = (uint16_t)byte_count;
  tx->at = 0;
  tx->sequence = tx->wait_count = tx->has_gone_on = 0;
  tx->wait_us = tx->gap_us = 0;
  tx->is_fd = sends_fd(link);
  tx->state = TX_BEGIN;
  tx->began_us = tx->since_us = now_us;
  link->is_active = 1;
  return ISOTP_OK;
}

/// An empty frame of this connection; returns where its data goes on behind the address.
static uint8_t *begin_frame(const isotp_config_t *config, can_frame_t *frame, uint32_t is_fd) {
  memset(frame, 0, sizeof *frame);
  frame->id = config->tx_id;
  if (config->id_is_extended) frame->flags |= CAN_FRAME_EXTENDED;
  if (is_fd) frame->flags |= CAN_FRAME_FD;
  if (is_fd && config->is_brs) frame->flags |= CAN_FRAME_BRS;
  if (!config->has_address) return frame->data;
  frame->data[0] = config->tx_address;
  return frame->data + 1;
}

/// Fills up to 8 bytes if asked for, beyond 8 to the next length that there is.
static void end_frame(const isotp_config_t *config, can_frame_t *frame, const uint8_t *end) {
  uint32_t byte_count = (uint32_t)(end - frame->data);
  uint32_t whole = config->is_padded ? CLASSIC_BYTES : byte_count;
  if (byte_count > whole) whole = byte_count;
  while (whole > CLASSIC_BYTES && !frame_length_is_legal(whole, 1)) whole++;
  memset(frame->data + byte_count, config->padding_raw, whole - byte_count);
  frame->len = (uint8_t)whole;
}

static void put_flow(isotp_t *link, can_frame_t *frame) {
  const isotp_config_t *config = &link->config;
  uint8_t *data = begin_frame(config, frame, sends_fd(link));
  data[0] = (uint8_t)(PCI_FLOW << 4 | (link->rx.flow_due - 1u));
  data[1] = config->block_size;
  data[2] = config->st_min_raw;
  end_frame(config, frame, data + 3);
  link->rx.flow_due = 0;
  link->out = OUT_FLOW;
}

static uint32_t longest_frame(const isotp_t *link) {
  return link->tx.is_fd ? link->config.tx_dl : CLASSIC_BYTES;
}

/// The next bytes of the message, as many as fit between data and the end of the longest frame.
static void put_data(isotp_t *link, can_frame_t *frame, uint8_t *data) {
  isotp_tx_t *tx = &link->tx;
  uint32_t room = longest_frame(link) - (uint32_t)(data - frame->data);
  uint32_t left = (uint32_t)tx->byte_count - tx->at;
  uint32_t byte_count = left < room ? left : room;
  memcpy(data, tx->data + tx->at, byte_count);
  tx->at = (uint16_t)(tx->at + byte_count);
  end_frame(&link->config, frame, data + byte_count);
}

static void put_begin(isotp_t *link, can_frame_t *frame) {
  isotp_tx_t *tx = &link->tx;
  uint8_t *data = begin_frame(&link->config, frame, tx->is_fd);
  uint32_t address_bytes = link->config.has_address != 0;
  uint32_t byte_count = tx->byte_count;
  tx->state = TX_LAST;
  if (byte_count + address_bytes < CLASSIC_BYTES) {
    data[0] = (uint8_t)(PCI_SINGLE << 4 | byte_count);
    put_data(link, frame, data + 1);
  } else if (byte_count + address_bytes + 2u <= longest_frame(link)) {
    data[0] = PCI_SINGLE << 4;
    data[1] = (uint8_t)byte_count;
    put_data(link, frame, data + 2);
  } else {
    data[0] = (uint8_t)(PCI_FIRST << 4 | byte_count >> 8);
    data[1] = (uint8_t)byte_count;
    put_data(link, frame, data + 2);
    tx->state = TX_WAIT_FLOW;
  }
}

static void put_next(isotp_t *link, can_frame_t *frame) {
  isotp_tx_t *tx = &link->tx;
  uint8_t *data = begin_frame(&link->config, frame, tx->is_fd);
  tx->sequence = (uint8_t)((tx->sequence + 1u) & 0xFu);
  data[0] = (uint8_t)(PCI_CONSECUTIVE << 4 | tx->sequence);
  put_data(link, frame, data + 1);
  tx->has_gone_on = 1;
  tx->since_us += tx->wait_us; /* it was due then: N_As */
  tx->wait_us = 0;
  if (tx->at == tx->byte_count)
    tx->state = TX_LAST;
  else if (tx->block_left > 0 && --tx->block_left == 0)
    tx->state = TX_WAIT_FLOW;
}

void isotp_confirm(isotp_t *link, uint32_t now_us) {
  isotp_tx_t *tx = &link->tx;
  if (link->out == OUT_FLOW) link->rx.since_us = now_us;
  if (link->out == OUT_DATA) {
    tx->since_us = tx->last_us = now_us;
    tx->wait_us = tx->has_gone_on && tx->state == TX_GO_ON ? tx->gap_us : 0;
    if (tx->state == TX_LAST) end_tx(link, ISOTP_DONE);
  }
  link->out = OUT_NONE;
  note_activity(link);
}

int isotp_poll_tx(isotp_t *link, can_frame_t *frame, uint32_t now_us) {
  if (!link->is_active || link->out != OUT_NONE) return 0;
  const isotp_tx_t *tx = &link->tx;
  if (link->rx.flow_due != 0) {
    put_flow(link, frame);
  } else {
    if (tx->state == TX_BEGIN)
      put_begin(link, frame);
    else if (tx->state == TX_GO_ON && has_passed(tx->since_us, tx->wait_us, now_us))
      put_next(link, frame);
    else
      return 0;
    link->out = OUT_DATA;
  }
  if (!link->config.confirms) isotp_confirm(link, now_us);
  return 1;
}
