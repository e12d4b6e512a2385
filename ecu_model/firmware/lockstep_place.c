/// What HELLO says of each field; see lockstep_layout.h. The names stay with the world.
#include <stddef.h>

#include "lockstep_fields.h"
#include "lockstep_layout.h"

_Static_assert(sizeof(bms_boot_t) <= UINT16_MAX && sizeof(bms_in_t) <= UINT16_MAX &&
                   sizeof(bms_out_t) <= UINT16_MAX,
               "places fit in 16 bits");

#define MEMBER LOCKSTEP_MEMBER
#define BEFORE(type, field) (sizeof MEMBER(type, field) - sizeof MEMBER(type, field[0]))
#define WHOLE(owner, type)                                                                         \
  { sizeof(type), 0, 0 }
#define ONE(owner, type, field)                                                                    \
  { offsetof(type, field), sizeof MEMBER(type, field), sizeof MEMBER(type, field) }
#define MANY(owner, type, field, used)                                                             \
  { offsetof(type, field), sizeof MEMBER(type, field[0]), sizeof MEMBER(type, field) }
#define IN_ROWS(owner, type, field, part, used)                                                    \
  {                                                                                                \
    offsetof(type, field[0].part), sizeof MEMBER(type, field[0].part),                             \
        BEFORE(type, field) + sizeof MEMBER(type, field[0].part)                                   \
  }
#define MANY_IN_ROWS(owner, type, field, part, used)                                               \
  {                                                                                                \
    offsetof(type, field[0].part), sizeof MEMBER(type, field[0].part[0]),                          \
        BEFORE(type, field) + sizeof MEMBER(type, field[0].part)                                   \
  }

const lockstep_place_t lockstep_place[LOCKSTEP_FIELD_COUNT] = {
    LOCKSTEP_FIELDS(WHOLE, ONE, MANY, IN_ROWS, MANY_IN_ROWS)};
