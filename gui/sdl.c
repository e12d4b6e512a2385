/// The window: SDL on this thread, the simulation on another; or one picture without a window.
#include <stdio.h>

#include "gui.h"

#ifdef GUI_HAS_SDL
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <SDL2/SDL.h>

#include "../scenarios/signals.h"
#include "png.h"
#include "sdl_draw.h"
#include "sdl_input.h"
#include "window.h"
#include "worker.h"

enum { FRAME_ms = 16, PATH_BYTES = 260, PICTURE_MAX = 1000 };

/// All that a window needs. One at a time in a process.
typedef struct {
  const scenario_t *point;
  const gui_options_t *options;
  session_t *session;
  worker_t *worker;
  sdl_draw_t *draw;
  display_list_t *list;
  SDL_Window *window;
  ui_t ui;
  sdl_pointer_t pointer;
  const view_t *view;
  uint64_t drawn_sequence;
  uint32_t frame_count;
  double frame_cpu_s; /* this thread's, in all frames */
  uint8_t must_quit, must_draw;
} app_t;

static int say(const char *what) {
  fprintf(stderr, "packsim gui: %s\n", what);
  return -1;
}

static double thread_s(void) {
  struct timespec now = {0};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* ---- pictures ---- */

static int write_picture(app_t *app, const char *path, int width, int height) {
  SDL_Surface *surface =
      SDL_CreateRGBSurfaceWithFormat(0, width, height, 32, SDL_PIXELFORMAT_RGB888);
  int status = -1;
  if (surface != NULL && sdl_draw(app->draw, surface, app->list, app->ui.theme) == 0) {
    status = png_write(path, surface->pixels, (uint32_t)width, (uint32_t)height,
                       (uint32_t)surface->pitch / 4);
  }
  SDL_FreeSurface(surface);
  if (status != 0) {
    fprintf(stderr, "packsim gui: %s: cannot be written: %s\n", path, strerror(errno));
  }
  return status;
}

static int write_texts(app_t *app, const char *path) {
  FILE *file = fopen(path, "w");
  if (file != NULL) display_list_print(app->list, file, 0);
  if (file == NULL || fclose(file) != 0) {
    fprintf(stderr, "packsim gui: %s: cannot be written: %s\n", path, strerror(errno));
    return -1;
  }
  return 0;
}

static void take_picture(app_t *app, const command_t *command) {
  char path[PATH_BYTES];
  int is_text = command->number == 1;
  snprintf(path, sizeof path, "%s", command->text);
  for (int i = 1; command->text[0] == '\0' && i < PICTURE_MAX; i++) {
    snprintf(path, sizeof path, "%.119s-%d.%s", app->point->run_name, i, is_text ? "txt" : "png");
    if (access(path, F_OK) != 0) break;
  }
  int status = is_text ? write_texts(app, path)
                       : write_picture(app, path, app->list->width, app->list->height);
  if (status == 0) {
    printf("picture: %s\n", path);
    fflush(stdout);
  }
}

/// Without a display: run to the moment, draw, write.
static gui_status_t one_picture(app_t *app) {
  const gui_options_t *options = app->options;
  uint64_t at_us = (uint64_t)llround(options->at_s * 1e6);
  char reason[ATTACH_WHY_BYTES];
  view_t *view = calloc(1, sizeof *view);
  if (view == NULL) {
    say("no memory");
    return GUI_ERR_RUN;
  }
  while (session_now_us(app->session) < at_us && session_tick(app->session) == 0) {
  }
  if (options->attach != NULL && session_look_once(app->session, reason) != 0) {
    say(reason);
    free(view);
    return GUI_ERR_RUN;
  }
  session_fill(app->session, view);
  view->speed_asked_ratio = options->speed_ratio;
  window_draw(view, &app->ui, (int)options->width, (int)options->height, app->list);
  const char *dot = strrchr(options->screenshot, '.');
  int is_text = dot != NULL && strcmp(dot, ".txt") == 0;
  int is_bad =
      is_text ? write_texts(app, options->screenshot)
              : write_picture(app, options->screenshot, (int)options->width, (int)options->height);
  int has_failed = view->run == VIEW_FAILED;
  if (has_failed) say(view->message);
  free(view);
  return is_bad ? GUI_ERR_FILE : has_failed ? GUI_ERR_RUN : GUI_OK;
}

/* ---- the loop ---- */

static void act(app_t *app, const commands_t *commands) {
  for (uint32_t i = 0; i < commands->count; i++) {
    const command_t *command = &commands->command[i];
    if (command->kind == COMMAND_QUIT) {
      app->must_quit = 1;
    } else if (command->kind == COMMAND_SCREENSHOT) {
      take_picture(app, command);
    } else if (!window_command(app->view, &app->ui, command)) {
      (void)worker_command(app->worker, command); /* a full queue: the user asks again */
    }
  }
}

static void hear(app_t *app, const SDL_Event *from) {
  event_t event;
  if (from->type == SDL_QUIT) {
    app->must_quit = 1;
  } else if (from->type == SDL_WINDOWEVENT) {
    app->must_draw = 1;
    if (from->window.event == SDL_WINDOWEVENT_LEAVE) {
      app->ui.pointer_x = -1;
      app->ui.hover.action = LIST_ACTION_NONE;
    }
  } else if (app->view != NULL && sdl_input(from, &app->pointer, &event)) {
    commands_t commands = window_input(app->view, &app->ui, app->list, &event);
    act(app, &commands);
    app->must_draw = 1;
  }
}

static int draw_frame(app_t *app) {
  double begin_s = thread_s();
  SDL_Surface *surface = SDL_GetWindowSurface(app->window);
  if (surface == NULL) {
    return say(SDL_GetError());
  }
  window_draw(app->view, &app->ui, surface->w, surface->h, app->list);
  if (sdl_draw(app->draw, surface, app->list, app->ui.theme) != 0 ||
      SDL_UpdateWindowSurface(app->window) != 0) {
    return say("the window cannot be drawn");
  }
  app->frame_cpu_s += thread_s() - begin_s;
  app->frame_count++;
  app->drawn_sequence = app->view->sequence;
  app->must_draw = 0;
  return 0;
}

static gui_status_t loop(app_t *app) {
  SDL_Event event;
  uint32_t next_ms = SDL_GetTicks();
  while (!app->must_quit) {
    int32_t wait_ms = (int32_t)(next_ms - SDL_GetTicks());
    if (SDL_WaitEventTimeout(&event, wait_ms > 0 ? wait_ms : 1)) {
      do {
        hear(app, &event);
      } while (SDL_PollEvent(&event));
    }
    if ((int32_t)(next_ms - SDL_GetTicks()) > 0) continue;
    next_ms = SDL_GetTicks() + FRAME_ms;
    app->view = worker_view(app->worker);
    if (app->view == NULL || (app->view->sequence == app->drawn_sequence && !app->must_draw)) {
      continue;
    }
    if (draw_frame(app) != 0) {
      return GUI_ERR_MISSING;
    }
    int is_done = app->frame_count >= app->options->frame_max || app->view->run >= VIEW_ENDED;
    app->must_quit |= app->options->frame_max > 0 && is_done;
  }
  return GUI_OK;
}

/* ---- begin and end ---- */

static app_t *open_app; /* for an end that X makes */

/// What was recorded is kept, and the end is said, however it came.
static void finish(app_t *app) {
  run_result_t result;
  open_app = NULL;
  if (app->worker != NULL) worker_stop(app->worker);
  session_close(app->session, &result);
  if (app->options->screenshot == NULL) {
    printf("%s: %.3f s simulated, trace hash %016llx\n", result.run_name, result.sim_s,
           (unsigned long long)result.trace_hash);
  }
  if (app->options->prints_frames && app->frame_count > 0) {
    printf("%u frames, %.2f ms of this thread each: %.0f %% of a core at 60 a second\n",
           app->frame_count, 1e3 * app->frame_cpu_s / app->frame_count,
           6000.0 * app->frame_cpu_s / app->frame_count);
  }
  fflush(stdout);
}

/// Xlib ends the process where its server goes away.
static void on_exit(void) {
  if (open_app != NULL) {
    say("the display has gone: what was recorded is kept");
    finish(open_app);
  }
}

static gui_status_t open_window(app_t *app) {
  const gui_options_t *options = app->options;
  char title[200], reason[300];
  const worker_config_t config = {.speed_ratio = options->speed_ratio,
                                  .is_paused = options->is_paused};
  if (SDL_Init(SDL_INIT_VIDEO) != 0) {
    snprintf(reason, sizeof reason,
             "no display: %.120s; --screenshot FILE draws without one, packsim watch in a terminal",
             SDL_GetError());
    say(reason);
    return GUI_ERR_MISSING;
  }
  snprintf(title, sizeof title, "packsim: %.160s", app->point->title);
  app->window = SDL_CreateWindow(title, SDL_WINDOWPOS_UNDEFINED, SDL_WINDOWPOS_UNDEFINED,
                                 (int)options->width, (int)options->height, SDL_WINDOW_RESIZABLE);
  if (app->window == NULL) {
    say(SDL_GetError());
    SDL_Quit();
    return GUI_ERR_MISSING;
  }
  SDL_SetWindowMinimumSize(app->window, WINDOW_WIDTH_MIN_px, WINDOW_HEIGHT_MIN_px);
  SDL_StartTextInput();
  app->worker = worker_start(app->session, &config);
  gui_status_t status = GUI_ERR_RUN;
  if (app->worker == NULL) {
    say("no thread for the simulation");
  } else {
    open_app = app;
    (void)atexit(on_exit);
    status = loop(app);
  }
  return status;
}

gui_status_t gui_open(const scenario_t *point, const gui_options_t *options) {
  static app_t app;
  char reason[ATTACH_WHY_BYTES] = "no memory";
  int32_t screen = options->screen != NULL ? screen_find(options->screen) : 0;
  signals_init();
  memset(&app, 0, sizeof app);
  app.point = point;
  app.options = options;
  app.draw = sdl_draw_open(reason, sizeof reason);
  if (app.draw == NULL) {
    say(reason);
    return GUI_ERR_MISSING;
  }
  app.list = malloc(sizeof *app.list);
  if (app.list != NULL)
    app.session =
        options->attach != NULL ? session_attach(options->attach, reason) : session_open(point);
  if (app.session == NULL) {
    say(reason);
    free(app.list);
    sdl_draw_close(app.draw);
    return options->attach != NULL ? GUI_ERR_FILE : GUI_ERR_RUN;
  }
  app.point = session_point(app.session);
  window_begin(&app.ui, screen >= 0 ? (uint32_t)screen : 0, options->theme);
  gui_status_t status = options->screenshot != NULL ? one_picture(&app) : open_window(&app);
  finish(&app);
  if (app.window != NULL) {
    SDL_DestroyWindow(app.window);
    SDL_Quit();
  }
  sdl_draw_close(app.draw);
  free(app.list);
  return status;
}

#else

gui_status_t gui_open(const scenario_t *point, const gui_options_t *options) {
  (void)point;
  (void)options;
  fputs("packsim gui: built without SDL2: install libsdl2-dev, libsdl2-ttf-dev and "
        "libfontconfig-dev (make deps), then build again\n",
        stderr);
  return GUI_ERR_MISSING;
}

#endif
