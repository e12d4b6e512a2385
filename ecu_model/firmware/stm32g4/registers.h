/// Registers of the STM32G474 that the port touches, by their place in the memory map.
///
/// Source   RM0440 rev 8: memory map (2.2), RCC (7.4), GPIO (9.4), ADC (21.7), SPI (39.9), FDCAN
///          (44.4), IWDG (42.4)
#ifndef ECU_MODEL_FIRMWARE_STM32G4_REGISTERS_H
#define ECU_MODEL_FIRMWARE_STM32G4_REGISTERS_H

#include <stdint.h>

typedef struct {
  volatile uint32_t mode, type, slew, pull, in, out, set_reset, lock, alternate[2], reset;
} gpio_t;

typedef struct {
  volatile uint32_t control1, control2, status, data;
} spi_t;

typedef struct {
  volatile uint32_t status, interrupts, control, config, config2, sample[2], reserved, threshold[3];
  volatile uint32_t reserved2, sequence[4], data;
} adc_t;

typedef struct {
  volatile uint32_t release, endian, reserved, data_timing, test, watchdog, control, timing;
  volatile uint32_t stamp_config, stamp, timeout_config, timeout, reserved2[4], errors, status;
  volatile uint32_t delay, reserved3, interrupts, enabled, line, line_enable, reserved4[8];
  volatile uint32_t filter, extended_mask, priority_message, reserved5, rx0_status, rx0_ack;
  volatile uint32_t rx1_status, rx1_ack, reserved6[8], tx_config, tx_status, tx_pending, tx_request;
} fdcan_t;

typedef struct {
  volatile uint32_t key, prescaler, reload, status, window;
} iwdg_t;

#define GPIOA ((gpio_t *)0x48000000u)
#define GPIOB ((gpio_t *)0x48000400u)
#define GPIOC ((gpio_t *)0x48000800u)
#define SPI1 ((spi_t *)0x40013000u)
#define ADC1 ((adc_t *)0x50000000u)
#define FDCAN1 ((fdcan_t *)0x40006400u)
#define FDCAN1_RAM ((volatile uint32_t *)0x4000a400u)
#define IWDG ((iwdg_t *)0x40003000u)
#define ADC12_COMMON (*(volatile uint32_t *)0x50000308u)
#define RCC_CLOCKS (*(volatile uint32_t *)0x40021088u)
#define RCC_AHB2 (*(volatile uint32_t *)0x4002104cu)
#define RCC_APB1 (*(volatile uint32_t *)0x40021058u)
#define RCC_APB2 (*(volatile uint32_t *)0x40021060u)
#define SYSTICK_CONTROL (*(volatile uint32_t *)0xe000e010u)
#define SYSTICK_RELOAD (*(volatile uint32_t *)0xe000e014u)
#define SYSTICK_VALUE (*(volatile uint32_t *)0xe000e018u)
#define APPLICATION_RESET (*(volatile uint32_t *)0xe000ed0cu)

#endif
