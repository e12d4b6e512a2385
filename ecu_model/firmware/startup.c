/// Reset, vector table and fault handlers of a Cortex-M4F image.
#include "startup.h"

#define PAINT 0xa5a5a5a5u

enum { VECTOR_COUNT = 16, CPACR_FPU = 0xf << 20, FAULTS_ENABLED = 7 << 16 };

static volatile uint32_t *const CPACR = (volatile uint32_t *)0xe000ed88u;
static volatile uint32_t *const SHCSR = (volatile uint32_t *)0xe000ed24u;
static volatile uint32_t *const CFSR = (volatile uint32_t *)0xe000ed28u;

extern uint32_t startup_stack_bottom[], startup_stack_top[];
extern uint32_t startup_data_begin[], startup_data_end[], startup_data_image[];
extern uint32_t startup_bss_begin[], startup_bss_end[];

void startup_begin(void);
void startup_handle(const uint32_t *frame, uint32_t number);

typedef union {
  void (*handler)(void);
  uint32_t *stack;
} vector_t;

__attribute__((section(".vectors"), used)) static const vector_t vectors[VECTOR_COUNT] = {
    {.stack = startup_stack_top},
    {.handler = startup_reset},
    {.handler = startup_fault},
    {.handler = startup_fault},
    {.handler = startup_fault},
    {.handler = startup_fault},
    {.handler = startup_fault},
    {.handler = 0},
    {.handler = 0},
    {.handler = 0},
    {.handler = 0},
    {.handler = startup_fault},
    {.handler = startup_fault},
    {.handler = 0},
    {.handler = startup_fault},
    {.handler = startup_fault}};

/* The stack is painted before anything lies on it. */
__attribute__((naked, used)) void startup_reset(void) {
  __asm volatile("ldr r0, =startup_stack_bottom\n"
                 "ldr r1, =startup_stack_top\n"
                 "ldr r2, =0xa5a5a5a5\n"
                 "1: str r2, [r0], #4\n"
                 "cmp r0, r1\n"
                 "blo 1b\n"
                 "b startup_begin\n");
}

__attribute__((noreturn)) static void stand_still(void) {
  for (;;) __asm volatile("wfi");
}

__attribute__((used)) void startup_begin(void) {
  *CPACR |= CPACR_FPU;
  *SHCSR |= FAULTS_ENABLED;
  __asm volatile("dsb\nisb" ::: "memory");
  const uint32_t *from = startup_data_image;
  for (uint32_t *to = startup_data_begin; to < startup_data_end; to++) *to = *from++;
  for (uint32_t *to = startup_bss_begin; to < startup_bss_end; to++) *to = 0;
  port_main();
  port_enter_safe_state();
  stand_still();
}

/* Hands on where the exception's frame lies and which exception it is. */
__attribute__((naked, used)) void startup_fault(void) {
  __asm volatile("mrs r0, msp\n"
                 "mrs r1, ipsr\n"
                 "b startup_handle\n");
}

__attribute__((used)) void startup_handle(const uint32_t *frame, uint32_t number) {
  enum { PC_WORD = 6 };
  if (number == LOCKSTEP_CAUSE_NMI && port_serves_watchdog()) return;
  port_enter_safe_state();
  lockstep_fault_t fault = {.cause = number, .status = *CFSR};
  int frame_is_there = frame >= startup_stack_bottom && frame + PC_WORD < startup_stack_top;
  if (frame_is_there) fault.pc = frame[PC_WORD];
  port_tell_fault(&fault);
  stand_still();
}

void startup_stack_report(lockstep_report_t *report) {
  const uint32_t *word = startup_stack_bottom;
  while (word < startup_stack_top && *word == PAINT) word++;
  report->stack_bytes = (uint32_t)(startup_stack_top - word) * (uint32_t)sizeof *word;
  report->stack_max_bytes =
      (uint32_t)(startup_stack_top - startup_stack_bottom) * (uint32_t)sizeof *word;
}
