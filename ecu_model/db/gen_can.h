/// The CAN messages as the generator holds them: fields of the C structs and where their bits lie.
#ifndef ECU_MODEL_DB_GEN_CAN_H
#define ECU_MODEL_DB_GEN_CAN_H

#include "../../sim/can/dbc.h"
#include "gen.h"

enum { CAN_FIELD_MAX = 512, CAN_SLOT_MAX = 64, CAN_PAGE_ALL = -1 };

/// A member of a message's struct: one signal, or the slots that all pages of a message share.
typedef struct {
  char name[DBC_NAME_CHARS];
  int64_t page; ///< written only on this page, CAN_PAGE_ALL: always
  uint32_t slot_count; ///< 0: no array
  const dbc_signal_t *slot[CAN_SLOT_MAX]; ///< slot[0] for a single signal
} can_field_t;

typedef struct {
  const dbc_message_t *message;
  char upper[DBC_NAME_CHARS], lower[DBC_NAME_CHARS]; ///< the name in C
  const dbc_signal_t *mux; ///< NULL: not multiplexed
  uint32_t page_count; ///< highest page + 1
  uint32_t e2e_data_id;
  uint32_t field_count;
  can_field_t field[CAN_FIELD_MAX];
} can_layout_t;

/// Work out the fields of a message. Fails iff signals overlap or are too many.
void gen_can_layout(const char *path, const dbc_t *dbc, uint32_t message, can_layout_t *layout);

void gen_can_codec(const char *path, const dbc_t *dbc, const char *gen_dir);
void gen_can_table(const char *path, const dbc_t *dbc, const char *gen_dir);

#endif
