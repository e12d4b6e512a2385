/// The table of fields; see lockstep_layout.h.
#include "lockstep_layout.h"

#include <stddef.h>

#define MEMBER(type, field) (((type *)0)->field)
#define WHOLE(owner, type)                                                                         \
  { #type, (uint32_t)sizeof(type), 0, 0, 1, 0, LOCKSTEP_STRUCT_##owner, LOCKSTEP_ALL }
#define ONE(owner, type, field)                                                                    \
  {                                                                                                \
#field, offsetof(type, field), sizeof MEMBER(type, field), 1, 1, 0, LOCKSTEP_STRUCT_##owner,   \
        LOCKSTEP_ALL                                                                               \
  }
#define MANY(owner, type, field, used)                                                             \
  {                                                                                                \
#field "[]", offsetof(type, field), sizeof MEMBER(type, field[0]),                             \
        sizeof MEMBER(type, field) / sizeof MEMBER(type, field[0]), 1, 0, LOCKSTEP_STRUCT_##owner, \
        LOCKSTEP_##used                                                                            \
  }
#define ROWS(type, field) sizeof MEMBER(type, field) / sizeof MEMBER(type, field[0])
#define IN_ROWS(owner, type, field, part, used)                                                    \
  {                                                                                                \
#field "[]." #part, offsetof(type, field[0].part), sizeof MEMBER(type, field[0].part), 1,      \
        ROWS(type, field), sizeof MEMBER(type, field[0]), LOCKSTEP_STRUCT_##owner, LOCKSTEP_##used \
  }
#define MANY_IN_ROWS(owner, type, field, part, used)                                               \
  {                                                                                                \
#field "[]." #part "[]", offsetof(type, field[0].part), sizeof MEMBER(type, field[0].part[0]), \
        sizeof MEMBER(type, field[0].part) / sizeof MEMBER(type, field[0].part[0]),                \
        ROWS(type, field), sizeof MEMBER(type, field[0]), LOCKSTEP_STRUCT_##owner, LOCKSTEP_##used \
  }
#define BOOT_ONE(field) ONE(BOOT, bms_boot_t, field)
#define IN_ONE(field) ONE(IN, bms_in_t, field)
#define OUT_ONE(field) ONE(OUT, bms_out_t, field)

const lockstep_field_t lockstep_layout[] = {
    WHOLE(BOOT, bms_boot_t),
    BOOT_ONE(reset_cause),
    BOOT_ONE(nvm_bytes),
    BOOT_ONE(can_is_fd),
    MANY(BOOT, bms_boot_t, nvm, ALL),
    WHOLE(IN, bms_in_t),
    IN_ONE(time_ms),
    IN_ONE(adc_current_low_raw),
    IN_ONE(adc_current_high_raw),
    IN_ONE(adc_pack_raw),
    IN_ONE(adc_link_raw),
    IN_ONE(adc_supply_raw),
    IN_ONE(adc_iso_pos_raw),
    IN_ONE(adc_iso_neg_raw),
    IN_ONE(adc_inlet_ntc_raw),
    MANY(IN, bms_in_t, adc_heater_ntc_raw, ALL),
    IN_ONE(digital),
    IN_ONE(fan_tacho_Hz),
    IN_ONE(can_rx_count),
    IN_ONE(xfer_done_count),
    MANY(IN, bms_in_t, xfer_rx_bytes, ALL),
    IN_ONE(can_bus_state),
    IN_ONE(nvm_ack),
    IN_ONE(nvm_ok),
    IN_ONE(can_tx_waiting),
    MANY(IN, bms_in_t, afe_rx, USED_BYTES),
    IN_ROWS(IN, bms_in_t, can_rx, id, USED_FRAMES),
    IN_ROWS(IN, bms_in_t, can_rx, len, USED_FRAMES),
    IN_ROWS(IN, bms_in_t, can_rx, flags, USED_FRAMES),
    MANY_IN_ROWS(IN, bms_in_t, can_rx, padding, USED_FRAMES),
    MANY_IN_ROWS(IN, bms_in_t, can_rx, data, USED_FRAMES),
    WHOLE(OUT, bms_out_t),
    OUT_ONE(coil_command),
    OUT_ONE(coil_command_inverse),
    OUT_ONE(fan_duty_permille),
    OUT_ONE(watchdog_token),
    OUT_ONE(iso_switch),
    OUT_ONE(is_sleep_requested),
    OUT_ONE(nvm_request),
    OUT_ONE(event_count),
    OUT_ONE(can_restart_is_asked),
    OUT_ONE(reset_is_asked),
    MANY(OUT, bms_out_t, padding, ALL),
    OUT_ONE(nvm_offset),
    OUT_ONE(nvm_bytes),
    OUT_ONE(can_tx_count),
    OUT_ONE(xfer_count),
    IN_ROWS(OUT, bms_out_t, xfer, tx_bytes, ALL),
    IN_ROWS(OUT, bms_out_t, xfer, rx_bytes, ALL),
    IN_ROWS(OUT, bms_out_t, event, kind, ALL),
    IN_ROWS(OUT, bms_out_t, event, code, ALL),
    IN_ROWS(OUT, bms_out_t, event, detail, ALL),
    IN_ROWS(OUT, bms_out_t, event, padding, ALL),
    MANY(OUT, bms_out_t, nvm_data, ALL),
    MANY(OUT, bms_out_t, afe_tx, USED_BYTES),
    IN_ROWS(OUT, bms_out_t, can_tx, id, USED_FRAMES),
    IN_ROWS(OUT, bms_out_t, can_tx, len, USED_FRAMES),
    IN_ROWS(OUT, bms_out_t, can_tx, flags, USED_FRAMES),
    MANY_IN_ROWS(OUT, bms_out_t, can_tx, padding, USED_FRAMES),
    MANY_IN_ROWS(OUT, bms_out_t, can_tx, data, USED_FRAMES),
};

const uint32_t lockstep_layout_count = sizeof lockstep_layout / sizeof lockstep_layout[0];

lockstep_place_t lockstep_layout_place(const lockstep_field_t *field) {
  lockstep_place_t place = {.offset = field->offset, .bytes = field->bytes};
  uint32_t rows_bytes = (field->row_count - 1u) * field->row_stride;
  place.total_bytes = rows_bytes + (uint32_t)field->bytes * field->count;
  return place;
}
