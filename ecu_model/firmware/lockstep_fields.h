/// The fields of the structs on the lockstep link, for the tables that are made from them.
#ifndef ECU_MODEL_FIRMWARE_LOCKSTEP_FIELDS_H
#define ECU_MODEL_FIRMWARE_LOCKSTEP_FIELDS_H

#define LOCKSTEP_MEMBER(type, field) (((type *)0)->field)
#define LOCKSTEP_COUNT(type, field)                                                                \
  (sizeof LOCKSTEP_MEMBER(type, field) / sizeof LOCKSTEP_MEMBER(type, field[0]))

/// WHOLE(owner, type), ONE and MANY(owner, type, field[, used]): a field, an array side by side;
/// IN_ROWS and MANY_IN_ROWS(owner, type, field, part, used): the same within an array of structs.
#define LOCKSTEP_FIELDS(WHOLE, ONE, MANY, IN_ROWS, MANY_IN_ROWS)                                   \
  WHOLE(BOOT, bms_boot_t), ONE(BOOT, bms_boot_t, reset_cause), ONE(BOOT, bms_boot_t, nvm_bytes),   \
      ONE(BOOT, bms_boot_t, can_is_fd), MANY(BOOT, bms_boot_t, nvm, ALL), WHOLE(IN, bms_in_t),     \
      ONE(IN, bms_in_t, time_ms), ONE(IN, bms_in_t, adc_current_low_raw),                          \
      ONE(IN, bms_in_t, adc_current_high_raw), ONE(IN, bms_in_t, adc_pack_raw),                    \
      ONE(IN, bms_in_t, adc_link_raw), ONE(IN, bms_in_t, adc_supply_raw),                          \
      ONE(IN, bms_in_t, adc_iso_pos_raw), ONE(IN, bms_in_t, adc_iso_neg_raw),                      \
      ONE(IN, bms_in_t, adc_inlet_ntc_raw), MANY(IN, bms_in_t, adc_heater_ntc_raw, ALL),           \
      ONE(IN, bms_in_t, digital), ONE(IN, bms_in_t, fan_tacho_Hz),                                 \
      ONE(IN, bms_in_t, can_rx_count), ONE(IN, bms_in_t, xfer_done_count),                         \
      MANY(IN, bms_in_t, xfer_rx_bytes, ALL), ONE(IN, bms_in_t, can_bus_state),                    \
      ONE(IN, bms_in_t, nvm_ack), ONE(IN, bms_in_t, nvm_ok), ONE(IN, bms_in_t, can_tx_waiting),    \
      MANY(IN, bms_in_t, afe_rx, USED_BYTES), IN_ROWS(IN, bms_in_t, can_rx, id, USED_FRAMES),      \
      IN_ROWS(IN, bms_in_t, can_rx, len, USED_FRAMES),                                             \
      IN_ROWS(IN, bms_in_t, can_rx, flags, USED_FRAMES),                                           \
      MANY_IN_ROWS(IN, bms_in_t, can_rx, padding, USED_FRAMES),                                    \
      MANY_IN_ROWS(IN, bms_in_t, can_rx, data, USED_FRAMES), WHOLE(OUT, bms_out_t),                \
      ONE(OUT, bms_out_t, coil_command), ONE(OUT, bms_out_t, coil_command_inverse),                \
      ONE(OUT, bms_out_t, fan_duty_permille), ONE(OUT, bms_out_t, watchdog_token),                 \
      ONE(OUT, bms_out_t, iso_switch), ONE(OUT, bms_out_t, is_sleep_requested),                    \
      ONE(OUT, bms_out_t, nvm_request), ONE(OUT, bms_out_t, event_count),                          \
      ONE(OUT, bms_out_t, can_restart_is_asked), ONE(OUT, bms_out_t, reset_is_asked),              \
      MANY(OUT, bms_out_t, padding, ALL), ONE(OUT, bms_out_t, nvm_offset),                         \
      ONE(OUT, bms_out_t, nvm_bytes), ONE(OUT, bms_out_t, can_tx_count),                           \
      ONE(OUT, bms_out_t, xfer_count), IN_ROWS(OUT, bms_out_t, xfer, tx_bytes, ALL),               \
      IN_ROWS(OUT, bms_out_t, xfer, rx_bytes, ALL), IN_ROWS(OUT, bms_out_t, event, kind, ALL),     \
      IN_ROWS(OUT, bms_out_t, event, code, ALL), IN_ROWS(OUT, bms_out_t, event, detail, ALL),      \
      IN_ROWS(OUT, bms_out_t, event, padding, ALL), MANY(OUT, bms_out_t, nvm_data, ALL),           \
      MANY(OUT, bms_out_t, afe_tx, USED_BYTES), IN_ROWS(OUT, bms_out_t, can_tx, id, USED_FRAMES),  \
      IN_ROWS(OUT, bms_out_t, can_tx, len, USED_FRAMES),                                           \
      IN_ROWS(OUT, bms_out_t, can_tx, flags, USED_FRAMES),                                         \
      MANY_IN_ROWS(OUT, bms_out_t, can_tx, padding, USED_FRAMES),                                  \
      MANY_IN_ROWS(OUT, bms_out_t, can_tx, data, USED_FRAMES)

#endif
