/// The image for the MPS2 board (AN386, Cortex-M4F) that QEMU runs: coils on GPIO 0, the board's
/// watchdog, SysTick as counter, and the lockstep link over two pipes of the host.
///
/// Model    The watchdog's NMI comes each 100 ms of the board's time and serves it iff a step ended
///          in the last two seconds, or the image waits for the world, whose time is its own.
///          Else the safe state. Its reset stays off: the processor stands while it waits.
///          Semihosting carries bytes only; no file is opened but the two that packsim hands over.
/// Source   Arm AN386; Arm Cortex-M System Design Kit r1p1, APB watchdog; Arm semihosting 2.0
#include "../lockstep_serve.h"
#include "../startup.h"

enum { SYS_OPEN = 0x01, SYS_WRITE = 0x05, SYS_READ = 0x06, SYS_EXIT = 0x18 };
enum { MODE_READ = 1, MODE_WRITE = 5, EXIT_WELL = 0x20026 };
enum { WATCHDOG_ON = 1 /* the NMI */, SYSTICK_ON = 5, SYSTICK_MAX = 0xffffff };

enum { STUCK_MAX = 20 /* 2 s: without -icount a busy host stops the board's work, not its time */ };

#define WATCHDOG_TICKS 2500000u /* 100 ms of 25 MHz: the slowest step takes 2 */
#define WATCHDOG_KEY 0x1acce551u

typedef struct {
  volatile uint32_t load, value, control, clear, raw_status, status;
} watchdog_t;

typedef struct {
  volatile uint32_t data, out, reserved[2], enable_set;
} gpio_t;

typedef struct {
  volatile uint32_t control, reload, value;
} systick_t;

static watchdog_t *const WATCHDOG = (watchdog_t *)0x40008000u;
static volatile uint32_t *const WATCHDOG_LOCK = (volatile uint32_t *)0x40008c00u;
static gpio_t *const COILS = (gpio_t *)0x40010000u;
static systick_t *const SYSTICK = (systick_t *)0xe000e010u;

static lockstep_server_t server;
static int32_t handle_in, handle_out;
static uint32_t systick_before;
static uint16_t coils_on;
static uint32_t stuck_count;
static volatile uint8_t is_in_step, has_ended_step;

static int32_t call_host(uint32_t number, const void *arguments) {
  register uint32_t r0 __asm("r0") = number;
  register const void *r1 __asm("r1") = arguments;
  __asm volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
  return (int32_t)r0;
}

static int32_t open_fd(const char *name, uint32_t name_bytes, uint32_t mode) {
  const uint32_t arguments[3] = {(uint32_t)(uintptr_t)name, mode, name_bytes};
  return call_host(SYS_OPEN, arguments);
}

static int32_t port_read(void *user, void *data, uint32_t max_bytes) {
  const uint32_t arguments[3] = {(uint32_t)handle_in, (uint32_t)(uintptr_t)data, max_bytes};
  (void)user;
  return (int32_t)max_bytes - call_host(SYS_READ, arguments); /* it says what is missing */
}

static int port_write(void *user, const void *data, uint32_t bytes) {
  const uint32_t arguments[3] = {(uint32_t)handle_out, (uint32_t)(uintptr_t)data, bytes};
  (void)user;
  return call_host(SYS_WRITE, arguments) != 0;
}

static void before_step(void *user) {
  (void)user;
  is_in_step = 1;
  systick_before = SYSTICK->value;
}

static uint32_t after_step(void *user) {
  uint32_t ticks = (systick_before - SYSTICK->value) & SYSTICK_MAX; /* it counts down */
  (void)user;
  is_in_step = 0;
  has_ended_step = 1;
  if (server.out.coil_command != coils_on) COILS->out = server.out.coil_command;
  coils_on = server.out.coil_command;
  return ticks;
}

static void report(void *user, lockstep_report_t *to) {
  (void)user;
  startup_stack_report(to);
}

static void leave(void) { (void)call_host(SYS_EXIT, (const void *)(uintptr_t)EXIT_WELL); }

void port_enter_safe_state(void) { COILS->out = 0; }

int port_serves_watchdog(void) {
  stuck_count = is_in_step && !has_ended_step ? stuck_count + 1 : 0;
  has_ended_step = 0;
  if (stuck_count >= STUCK_MAX) return 0;
  WATCHDOG->clear = 1;
  return 1;
}

void port_tell_fault(const lockstep_fault_t *fault) {
  lockstep_serve_fault(&server, fault);
  leave();
}

void port_main(void) {
  SYSTICK->reload = SYSTICK_MAX;
  SYSTICK->value = 0;
  SYSTICK->control = SYSTICK_ON;
  COILS->out = 0;
  COILS->enable_set = 0xffu;
  *WATCHDOG_LOCK = WATCHDOG_KEY;
  WATCHDOG->load = WATCHDOG_TICKS;
  WATCHDOG->control = WATCHDOG_ON;
  handle_in = open_fd("/dev/fd/10", 10, MODE_READ);
  handle_out = open_fd("/dev/fd/11", 10, MODE_WRITE);
  server.port = (lockstep_port_t){.read = port_read,
                                  .write = port_write,
                                  .before_step = before_step,
                                  .after_step = after_step,
                                  .report = report};
  if (handle_in > 0 && handle_out > 0) (void)lockstep_serve(&server);
  port_enter_safe_state();
  leave();
}
