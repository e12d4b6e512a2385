/// Which pages of a multiplexed message of a bench file are sent.
#include "bench_read.h"

static int has_page(const bench_file_message_t *message, uint32_t page) {
  for (uint32_t i = 0; i < message->page_count; i++)
    if (message->page[i] == page) return 1;
  return 0;
}

/// 1 iff there is room for all of them.
static int add_pages(bench_file_message_t *message, uint32_t low, uint32_t high) {
  for (uint32_t page = low;; page++) {
    if (!has_page(message, page)) {
      if (message->page_count == BENCH_FILE_PAGES) return 0;
      message->page[message->page_count++] = page;
    }
    if (page == high) return 1;
  }
}

static int add_signal(const bench_read_t *work, const json_path_t *path, const cJSON *object,
                      const dbc_signal_t *signal, bench_file_message_t *message) {
  const dbc_t *dbc = &work->bench->dbc;
  if (dbc->signal[signal->selector].selector >= 0)
    return bench_read_refuse(work, path, "name", object,
                             "a signal whose multiplexer is in each frame");
  if (message->selector >= 0 && message->selector != signal->selector)
    return bench_read_refuse(work, path, "name", object,
                             "signals of one multiplexer in a message to the ECU");
  message->selector = signal->selector;
  int fits = signal->range_count > 0 || add_pages(message, signal->page, signal->page);
  for (uint32_t i = 0; fits && i < signal->range_count; i++) {
    const dbc_range_t *range = &dbc->range[signal->first_range + i];
    fits = add_pages(message, range->low, range->high);
  }
  if (!fits) return bench_read_refuse(work, path, "name", object, "at most 64 pages in a message");
  const uint32_t bits = dbc->signal[signal->selector].length;
  for (uint32_t i = 0; bits < 32 && i < message->page_count; i++)
    if (message->page[i] >> bits != 0)
      return bench_read_refuse(work, path, "name", object,
                               "pages that the multiplexer's bits hold");
  return 0;
}

int bench_read_pages(bench_read_t *work, const json_path_t *path, const cJSON *object,
                     bench_file_message_t *message) {
  const bench_file_t *bench = work->bench;
  const bench_file_signal_t *row = &bench->signal[message->first_signal];
  const json_path_t list_path = json_path_key(path, "signals");
  const cJSON *list = bench_read_value(object, "signals"), *item;
  uint32_t index = 0;
  message->selector = -1;
  cJSON_ArrayForEach(item, list) {
    const json_path_t at = json_path_index(&list_path, index);
    const dbc_signal_t *signal = &bench->dbc.signal[row[index++].signal];
    if (signal->selector >= 0 && add_signal(work, &at, item, signal, message) != 0) return -1;
  }
  index = 0;
  cJSON_ArrayForEach(item, list) {
    const json_path_t at = json_path_index(&list_path, index);
    if ((int32_t)row[index++].signal == message->selector)
      return bench_read_refuse(work, &at, "name", item,
                               "signals beside the multiplexer, which the pages set");
  }
  return 0;
}
