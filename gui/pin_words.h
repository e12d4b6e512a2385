/// What there is to say about a pin of the ECU: its value, what is broken, what the BMS believes.
#ifndef GUI_PIN_WORDS_H
#define GUI_PIN_WORDS_H

#include "view.h"

enum { PIN_WORDS_BYTES = 96 };

typedef struct {
  char value[16]; ///< "351.23", "12.1", "on", "" where the pin carries nothing that is modelled
  char unit[8]; ///< "V", "ohm", ""
  char fault[PIN_WORDS_BYTES]; ///< "open of wire.A12"; "" nothing is broken
  char belief[PIN_WORDS_BYTES]; ///< "open", "suspect", "valid" ...; "" the BMS does not watch it
  uint8_t is_broken, is_by_user;
  uint8_t is_doubted; ///< the BMS suspects it
  uint8_t is_found; ///< the BMS holds it broken
} pin_words_t;

/// decimals: of values in V.
void pin_words(const view_t *view, uint32_t pin, int decimals, pin_words_t *words);

/// A name of at most six characters: "8T13", "coil+", "NTC3"; "" of unused pins.
void pin_words_short(uint32_t pin, char name[8]);

/// How sure the pinout is: ' ' seed, '*' corrected, '~' inferred, '?' assumed.
char pin_words_source(uint32_t pin);

#endif
