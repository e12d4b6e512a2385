/// The table of fields; see lockstep_layout.h.
#include "lockstep_layout.h"

#include <stddef.h>

#include "lockstep_fields.h"

#define MEMBER LOCKSTEP_MEMBER
#define ROWS LOCKSTEP_COUNT
#define WHOLE(owner, type)                                                                         \
  { #type, (uint32_t)sizeof(type), 0, 0, 1, 0, LOCKSTEP_STRUCT_##owner, LOCKSTEP_ALL }
#define ONE(owner, type, field)                                                                    \
  {                                                                                                \
#field, offsetof(type, field), sizeof MEMBER(type, field), 1, 1, 0, LOCKSTEP_STRUCT_##owner,   \
        LOCKSTEP_ALL                                                                               \
  }
#define MANY(owner, type, field, used)                                                             \
  {                                                                                                \
#field "[]", offsetof(type, field), sizeof MEMBER(type, field[0]), ROWS(type, field), 1, 0,    \
        LOCKSTEP_STRUCT_##owner, LOCKSTEP_##used                                                   \
  }
#define IN_ROWS(owner, type, field, part, used)                                                    \
  {                                                                                                \
#field "[]." #part, offsetof(type, field[0].part), sizeof MEMBER(type, field[0].part), 1,      \
        ROWS(type, field), sizeof MEMBER(type, field[0]), LOCKSTEP_STRUCT_##owner, LOCKSTEP_##used \
  }
#define MANY_IN_ROWS(owner, type, field, part, used)                                               \
  {                                                                                                \
#field "[]." #part "[]", offsetof(type, field[0].part), sizeof MEMBER(type, field[0].part[0]), \
        ROWS(type, field[0].part), ROWS(type, field), sizeof MEMBER(type, field[0]),               \
        LOCKSTEP_STRUCT_##owner, LOCKSTEP_##used                                                   \
  }

const lockstep_field_t lockstep_layout[LOCKSTEP_FIELD_COUNT] = {
    LOCKSTEP_FIELDS(WHOLE, ONE, MANY, IN_ROWS, MANY_IN_ROWS)};
