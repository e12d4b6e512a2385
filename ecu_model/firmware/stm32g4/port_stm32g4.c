/// A port for an STM32G474: SPI to the AFE chain, ADC, GPIO, FDCAN and watchdog at register level.
///
/// Model    COMPILED AND LINKED, NEVER RUN: neither on the part nor in an emulator. It shows what a
///          port has to do and that the core needs nothing more; bring-up on hardware is its own
///          work. Runs on the 16 MHz oscillator of reset: one step each millisecond, polled, no
///          interrupt but faults. Pins are assumed, see the enums.
/// Memory   the NVM image lives in RAM only: a requested write is refused (nvm_ok 0), for the part
///          has no EEPROM and the wear-levelled flash store is the board's choice
/// Source   RM0440 rev 8
#include <string.h>

#include "../startup.h"
#include "registers.h"

enum {
  CLOCK_Hz = 16000000,
  STEP_Hz = 1000,
  COIL_COUNT = PINS_COIL_COUNT,
  COIL_MASK = (1u << COIL_COUNT) - 1u, /* port B, pins 0 and up */
  AFE_SELECT = 1u << 4, /* port A: chip select of the isolated SPI bridge */
  SPI_MODE_3 = 3,
  SPI_MASTER = 1u << 2,
  SPI_DIVIDE_16 = 3u << 3,
  SPI_ON = 1u << 6,
  SPI_SOFT_SELECT = 3u << 8,
  SPI_8_BIT = 7u << 8,
  SPI_FRAME_8 = 1u << 12,
  SPI_HAS_RX = 1u << 0,
  SPI_HAS_ROOM = 1u << 1,
  ADC_IS_READY = 1u << 0,
  ADC_IS_DONE = 1u << 2,
  ADC_ENABLE = 1u << 0,
  ADC_START = 1u << 2,
  ADC_POWER = 1u << 28,
  ADC_DEEP_SLEEP = 1u << 29,
  CAN_INIT = 1u << 0,
  CAN_CHANGE = 1u << 1,
  CAN_IS_OFF = 1u << 7,
  CAN_IS_PASSIVE = 1u << 5,
  CAN_IS_FULL = 1u << 21,
  CAN_FILL = 0x7fu,
  CAN_RX_WORD = 0xb0 / 4,
  CAN_TX_WORD = 0x278 / 4,
  CAN_ELEMENT_WORDS = 18,
  CAN_CLASSIC_BYTES = 8,
  CAN_ID_SHIFT = 18,
  CAN_LEN_SHIFT = 16,
  CAN_500_kbps = 1u << 25 | 0u << 16 | 25u << 8 | 4u, /* 16 MHz / (1 + 26 + 5) */
  WAIT_MAX = 100000 /* turns of a loop that waits for hardware: then it goes on without */
};

static bms_t bms;
static bms_boot_t boot;
static bms_in_t in;
static bms_out_t out;
static uint32_t step_count, served_count;

static int wait_for(const volatile uint32_t *flags, uint32_t mask) {
  for (uint32_t turn = 0; turn < WAIT_MAX; turn++) {
    if ((*flags & mask) == mask) return 1;
  }
  return 0;
}

/* --- coils and watchdog --- */

void port_enter_safe_state(void) { GPIOB->set_reset = (uint32_t)COIL_MASK << 16; }

/* The independent watchdog has no NMI; whoever comes here is in trouble. */
int port_serves_watchdog(void) { return 0; }

void port_tell_fault(const lockstep_fault_t *fault) { (void)fault; /* the watchdog resets */ }

static void serve_watchdog(void) {
  if (step_count == served_count) return;
  served_count = step_count;
  IWDG->key = 0xaaaa;
}

static void drive_coils(void) {
  uint32_t inverse = ~(uint32_t)out.coil_command & 0xffffu;
  uint32_t on = out.coil_command_inverse == inverse ? out.coil_command & COIL_MASK : 0;
  GPIOB->set_reset = on | (COIL_MASK & ~on) << 16;
}

/* --- AFE chain --- */

static uint8_t spi_byte(uint8_t byte) {
  volatile uint8_t *data = (volatile uint8_t *)&SPI1->data;
  if (!wait_for(&SPI1->status, SPI_HAS_ROOM)) return 0xff;
  *data = byte;
  return wait_for(&SPI1->status, SPI_HAS_RX) ? *data : 0xff;
}

/* All that the core asked for, at once: 1 Mbit/s carries 125 bytes a millisecond. */
static void run_transfers(void) {
  const uint8_t *tx = out.afe_tx;
  uint8_t *rx = in.afe_rx;
  in.xfer_done_count = 0;
  for (uint32_t i = 0; i < out.xfer_count && i < BMS_XFER_MAX; i++) {
    GPIOA->set_reset = (uint32_t)AFE_SELECT << 16;
    for (uint32_t byte = 0; byte < out.xfer[i].tx_bytes; byte++) (void)spi_byte(*tx++);
    for (uint32_t byte = 0; byte < out.xfer[i].rx_bytes; byte++) *rx++ = spi_byte(0xff);
    GPIOA->set_reset = AFE_SELECT;
    in.xfer_rx_bytes[in.xfer_done_count++] = out.xfer[i].rx_bytes;
  }
}

/* --- ADC and digital pins --- */

static uint16_t adc_read(uint32_t channel) {
  ADC1->sequence[0] = channel << 6; /* one conversion */
  ADC1->control |= ADC_START;
  return wait_for(&ADC1->status, ADC_IS_DONE) ? (uint16_t)ADC1->data : 0;
}

static void read_pins(void) {
  in.adc_current_low_raw = adc_read(1);
  in.adc_current_high_raw = adc_read(2);
  in.adc_pack_raw = adc_read(3);
  in.adc_link_raw = adc_read(4);
  in.adc_supply_raw = adc_read(6);
  in.adc_iso_pos_raw = adc_read(7);
  in.adc_iso_neg_raw = adc_read(8);
  in.adc_inlet_ntc_raw = adc_read(9);
  in.adc_heater_ntc_raw[0] = adc_read(10);
  in.adc_heater_ntc_raw[1] = adc_read(11);
  in.digital = (uint16_t)(GPIOC->in & 0xffu); /* BMS_DI_* bits in their order on pins 0..7 */
}

/* --- CAN: classic frames on the part's message RAM --- */

static void receive_frames(void) {
  in.can_rx_count = 0;
  uint32_t status = FDCAN1->status;
  in.can_bus_state = (status & CAN_IS_OFF) ? 2 : (status & CAN_IS_PASSIVE) ? 1 : 0;
  uint32_t pending = FDCAN1->tx_pending; /* a bit for each of three buffers */
  in.can_tx_waiting = (uint8_t)((pending & 1u) + (pending >> 1 & 1u) + (pending >> 2 & 1u));
  while (in.can_rx_count < BMS_CAN_RX_MAX && (FDCAN1->rx0_status & CAN_FILL) > 0) {
    uint32_t get = FDCAN1->rx0_status >> 8 & 3u;
    const volatile uint32_t *from = FDCAN1_RAM + CAN_RX_WORD + get * CAN_ELEMENT_WORDS;
    can_frame_t *frame = &in.can_rx[in.can_rx_count++];
    memset(frame, 0, sizeof *frame);
    frame->id = from[0] >> CAN_ID_SHIFT & 0x7ffu;
    uint32_t bytes = from[1] >> CAN_LEN_SHIFT & 15u;
    frame->len = (uint8_t)(bytes < CAN_CLASSIC_BYTES ? bytes : CAN_CLASSIC_BYTES);
    for (uint32_t i = 0; i < frame->len; i++) {
      frame->data[i] = (uint8_t)(from[2 + i / 4] >> i % 4 * 8);
    }
    FDCAN1->rx0_ack = get;
  }
}

static void send_frames(void) {
  for (uint32_t n = 0; n < out.can_tx_count && n < BMS_CAN_TX_MAX; n++) {
    const can_frame_t *frame = &out.can_tx[n];
    if (FDCAN1->tx_status & CAN_IS_FULL) return;
    uint32_t put = FDCAN1->tx_status >> 16 & 3u, words[2] = {0, 0};
    volatile uint32_t *to = FDCAN1_RAM + CAN_TX_WORD + put * CAN_ELEMENT_WORDS;
    uint32_t bytes = frame->len < CAN_CLASSIC_BYTES ? frame->len : CAN_CLASSIC_BYTES;
    for (uint32_t i = 0; i < bytes; i++) words[i / 4] |= (uint32_t)frame->data[i] << i % 4 * 8;
    to[0] = frame->id << CAN_ID_SHIFT;
    to[1] = bytes << CAN_LEN_SHIFT;
    to[2] = words[0];
    to[3] = words[1];
    FDCAN1->tx_request = 1u << put;
  }
}

/* --- start --- */

static void set_up_pins(void) {
  RCC_AHB2 |= 7u | 1u << 13; /* ports A to C, ADC 1 and 2 */
  port_enter_safe_state();
  for (uint32_t pin = 0; pin < COIL_COUNT; pin++) {
    GPIOB->mode = (GPIOB->mode & ~(3u << 2 * pin)) | 1u << 2 * pin;
  }
  GPIOC->mode &= ~0xffffu;
  GPIOA->set_reset = AFE_SELECT;
  GPIOA->mode = (GPIOA->mode & ~0x0000ff00u) | 0x0000a900u; /* 4 output; 5, 6, 7 SPI 1 */
  GPIOA->alternate[0] = (GPIOA->alternate[0] & 0x000fffffu) | 0x55500000u;
  GPIOA->mode = (GPIOA->mode & ~0x03c00000u) | 0x02800000u; /* 11, 12: FDCAN 1 */
  GPIOA->alternate[1] = (GPIOA->alternate[1] & 0xfff00fffu) | 0x00099000u;
}

static void set_up_parts(void) {
  RCC_APB2 |= 1u << 12; /* SPI 1 */
  SPI1->control2 = SPI_8_BIT | SPI_FRAME_8;
  SPI1->control1 = SPI_MODE_3 | SPI_MASTER | SPI_DIVIDE_16 | SPI_SOFT_SELECT | SPI_ON;
  ADC12_COMMON |= 1u << 16; /* clocked by the bus */
  ADC1->control &= ~(uint32_t)ADC_DEEP_SLEEP;
  ADC1->control |= ADC_POWER;
  for (volatile uint32_t turn = 0; turn < CLOCK_Hz / 50000; turn++) continue; /* 20 us */
  ADC1->control |= ADC_ENABLE;
  (void)wait_for(&ADC1->status, ADC_IS_READY);
  RCC_CLOCKS |= 2u << 24; /* FDCAN from the bus, for the reset choice needs a crystal */
  RCC_APB1 |= 1u << 25;
  FDCAN1->control |= CAN_INIT;
  (void)wait_for(&FDCAN1->control, CAN_INIT);
  FDCAN1->control |= CAN_CHANGE;
  FDCAN1->timing = CAN_500_kbps;
  FDCAN1->filter = 0; /* all frames into FIFO 0 */
  FDCAN1->tx_config = 1u << 24; /* of those that wait, the lowest id goes first */
  FDCAN1->control &= ~(uint32_t)CAN_INIT;
  SYSTICK_RELOAD = CLOCK_Hz / STEP_Hz - 1;
  SYSTICK_VALUE = 0;
  SYSTICK_CONTROL = 5;
  IWDG->key = 0xcccc;
  IWDG->key = 0x5555;
  IWDG->prescaler = 0; /* 32 kHz / 4 */
  IWDG->reload = 799; /* 100 ms */
}

static bms_reset_t reset_cause(void) {
  const uint32_t flags = *(const volatile uint32_t *)0x40021094u;
  if (flags & 1u << 29) return BMS_RESET_WATCHDOG;
  if (flags & 1u << 28) return BMS_RESET_SOFTWARE;
  return flags & 1u << 27 ? BMS_RESET_BROWN_OUT : BMS_RESET_POWER_ON;
}

/// SYSRESETREQ; the key belongs to it. The watchdog ends a chip that does not obey.
static void reset_now(void) { APPLICATION_RESET = 0x05fa0004u; }

void port_main(void) {
  enum { SYSTICK_HAS_WRAPPED = 1 << 16 };
  set_up_pins();
  set_up_parts();
  boot.reset_cause = reset_cause();
  bms_init(&bms, bms_config_soul_ev(), &boot);
  for (;;) {
    while ((SYSTICK_CONTROL & SYSTICK_HAS_WRAPPED) == 0) continue;
    in.time_ms++;
    read_pins();
    receive_frames();
    in.nvm_ack = out.nvm_request;
    in.nvm_ok = 0;
    bms_step(&bms, &in, &out);
    step_count++;
    drive_coils();
    send_frames();
    run_transfers();
    serve_watchdog();
    if (out.reset_is_asked) reset_now();
  }
}
