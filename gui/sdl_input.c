/// Keys and pointer: see sdl_input.h.
#include "theme.h"

#ifdef GUI_HAS_SDL
#include "sdl_input.h"

#include <string.h>

static int32_t key_of(SDL_Keycode key) {
  static const struct {
    SDL_Keycode from;
    int32_t to;
  } keys[] = {{SDLK_RETURN, KEY_ENTER},
              {SDLK_KP_ENTER, KEY_ENTER},
              {SDLK_ESCAPE, KEY_ESCAPE},
              {SDLK_TAB, KEY_TAB},
              {SDLK_BACKSPACE, KEY_BACKSPACE},
              {SDLK_LEFT, KEY_LEFT},
              {SDLK_RIGHT, KEY_RIGHT},
              {SDLK_UP, KEY_UP},
              {SDLK_DOWN, KEY_DOWN},
              {SDLK_PAGEUP, KEY_PAGE_UP},
              {SDLK_PAGEDOWN, KEY_PAGE_DOWN},
              {SDLK_HOME, KEY_HOME},
              {SDLK_END, KEY_END}};
  for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
    if (keys[i].from == key) {
      return keys[i].to;
    }
  }
  return key >= SDLK_F1 && key <= SDLK_F12 ? KEY_F1 + (int32_t)(key - SDLK_F1) : 0;
}

static void place(sdl_pointer_t *pointer, event_t *event, event_kind_t kind, int x, int y) {
  pointer->x = x;
  pointer->y = y;
  *event = (event_t){.kind = (uint8_t)kind,
                     .x = x,
                     .y = y,
                     .start_x = pointer->start_x,
                     .start_y = pointer->start_y};
}

static int button(const SDL_MouseButtonEvent *from, sdl_pointer_t *pointer, event_t *event) {
  int is_down = from->type == SDL_MOUSEBUTTONDOWN;
  if (from->button == SDL_BUTTON_LEFT) {
    if (is_down) {
      pointer->start_x = from->x;
      pointer->start_y = from->y;
    } else if (!pointer->is_down) {
      return 0;
    }
    pointer->is_down = (uint8_t)is_down;
    place(pointer, event, is_down ? EVENT_CLICK : EVENT_RELEASE, from->x, from->y);
    return 1;
  }
  place(pointer, event, EVENT_MENU, from->x, from->y);
  return is_down && from->button == SDL_BUTTON_RIGHT;
}

static int convert(const SDL_Event *from, sdl_pointer_t *pointer, event_t *event) {
  switch (from->type) {
  case SDL_TEXTINPUT:
    *event = (event_t){.kind = EVENT_KEY, .key = (unsigned char)from->text.text[0]};
    return event->key > 0 && event->key < 0x80;
  case SDL_KEYDOWN:
    *event = (event_t){.kind = EVENT_KEY, .key = key_of(from->key.keysym.sym)};
    return event->key != 0;
  case SDL_MOUSEBUTTONDOWN:
  case SDL_MOUSEBUTTONUP:
    return button(&from->button, pointer, event);
  case SDL_MOUSEMOTION:
    place(pointer, event, pointer->is_down ? EVENT_DRAG : EVENT_MOVE, from->motion.x,
          from->motion.y);
    return 1;
  case SDL_MOUSEWHEEL:
    place(pointer, event, EVENT_WHEEL, pointer->x, pointer->y);
    event->steps = from->wheel.y;
    return from->wheel.y != 0;
  default:
    return 0;
  }
}

int sdl_input(const SDL_Event *from, sdl_pointer_t *pointer, event_t *event) {
  int is_one = convert(from, pointer, event);
  SDL_Keymod mod = SDL_GetModState();
  event->has_shift = (mod & KMOD_SHIFT) != 0;
  event->has_control = (mod & KMOD_CTRL) != 0;
  return is_one;
}

#endif
