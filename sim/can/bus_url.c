/// Takes the URL of a bus apart.
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "bus_backend.h"

/// The part of a URL that is read next.
typedef struct {
  const char *url, *at;
  bus_error_t *error;
} reader_t;

static const char kinds_allowed[] =
    "mem: udp: socketcand: slcan: socketcan:INTERFACE, or the name of a CAN interface (can0)";

static bus_status_t refuse(const reader_t *reader, const char *found, const char *allowed) {
  return bus_refuse(reader->error, BUS_ERR_URL, "%.60s: found '%.60s', allowed %s", reader->url,
                    found, allowed);
}

/// Copy the text up to one of the letters of stop; 0 iff it does not fit.
static int take_word(reader_t *reader, const char *stop, char *word, size_t word_chars) {
  size_t count = strcspn(reader->at, stop);
  if (count >= word_chars) return 0;
  memcpy(word, reader->at, count);
  word[count] = '\0';
  reader->at += count;
  return 1;
}

static int is_address(const char *text) {
  struct in_addr address;
  return inet_pton(AF_INET, text, &address) == 1;
}

/// 1..65535.
static int port_of(const char *text, uint16_t *port) {
  uint32_t value = 0;
  size_t count = strlen(text);
  if (count == 0 || count > 5 || strspn(text, "0123456789") != count) return 0;
  for (size_t i = 0; i < count; i++) value = value * 10u + (uint32_t)(text[i] - '0');
  if (value == 0 || value > 65535) return 0;
  *port = (uint16_t)value;
  return 1;
}

static bus_status_t parse_port(reader_t *reader, bus_url_t *url) {
  char word[8];
  const char *begin = reader->at;
  if (!take_word(reader, "?", word, sizeof word) || !port_of(word, &url->port))
    return refuse(reader, begin, "a port of 1..65535");
  return BUS_OK;
}

static int is_multicast(const char *text) {
  struct in_addr address;
  return inet_pton(AF_INET, text, &address) == 1 && ntohl(address.s_addr) >> 28 == 0xE;
}

static bus_status_t parse_udp(reader_t *reader, bus_url_t *url) {
  const char *begin = reader->at;
  (void)snprintf(url->address, sizeof url->address, "239.74.163.2");
  url->port = 43113;
  if (*begin != ':' && *begin != '?' && *begin != '\0' &&
      (!take_word(reader, ":?", url->address, sizeof url->address) || !is_multicast(url->address)))
    return refuse(reader, begin,
                  "udp:[GROUP][:PORT][?via=any|ADDRESS], GROUP 224.0.0.0 to "
                  "239.255.255.255");
  if (*reader->at == ':') {
    reader->at++;
    if (parse_port(reader, url) != BUS_OK) return BUS_ERR_URL;
  }
  if (*reader->at == '\0') return BUS_OK;
  begin = reader->at;
  if (strncmp(reader->at, "?via=", 5) != 0)
    return refuse(reader, begin, "?via=any or ?via=ADDRESS behind udp:");
  reader->at += 5;
  if (!take_word(reader, "", url->via, sizeof url->via) ||
      (strcmp(url->via, "any") != 0 && !is_address(url->via)))
    return refuse(reader, begin, "?via=any, or ?via= and the address of an interface");
  return BUS_OK;
}

static bus_status_t parse_socketcand(reader_t *reader, bus_url_t *url) {
  const char *begin = reader->at;
  (void)snprintf(url->address, sizeof url->address, "127.0.0.1");
  url->port = 29536;
  if (memchr(begin, ':', strcspn(begin, "?")) != NULL) {
    if (!take_word(reader, ":?", url->address, sizeof url->address) || !is_address(url->address))
      return refuse(reader, begin, "socketcand:[[ADDRESS:]PORT], ADDRESS as 127.0.0.1 or 0.0.0.0");
    reader->at++;
    if (parse_port(reader, url) != BUS_OK) return BUS_ERR_URL;
  }
  if (reader->at == begin && *begin != '\0' && *begin != '?' && parse_port(reader, url) != BUS_OK)
    return BUS_ERR_URL;
  if (*reader->at == '\0') return BUS_OK;
  if (strcmp(reader->at, "?beacon=1") != 0)
    return refuse(reader, reader->at, "?beacon=1 behind socketcand:");
  url->has_beacon = 1;
  return BUS_OK;
}

static bus_status_t parse_slcan(reader_t *reader, bus_url_t *url) {
  const char *begin = reader->at;
  if (!take_word(reader, "", url->path, sizeof url->path))
    return refuse(reader, begin, "slcan: and the path of a link, at most 107 characters");
  return BUS_OK;
}

static bus_status_t parse_socketcan(reader_t *reader, bus_url_t *url) {
  const char *begin = reader->at;
  if (!take_word(reader, "", url->name, sizeof url->name) || url->name[0] == '\0' ||
      strpbrk(url->name, "/: ?\t\n") != NULL)
    return refuse(reader, begin, "socketcan: and an interface of 1 to 15 characters");
  return BUS_OK;
}

static bus_status_t parse_mem(reader_t *reader, bus_url_t *url) {
  (void)url;
  return *reader->at == '\0' ? BUS_OK : refuse(reader, reader->at, "nothing behind mem:");
}

/// can0, vcan12, vxcan1, slcan0.
static int is_interface(const char *text) {
  static const char *const stems[] = {"can", "vcan", "vxcan", "slcan"};
  for (size_t i = 0; i < sizeof stems / sizeof stems[0]; i++) {
    size_t count = strlen(stems[i]);
    const char *digits = text + count;
    if (strncmp(text, stems[i], count) == 0 && *digits != '\0' &&
        strspn(digits, "0123456789") == strlen(digits))
      return 1;
  }
  return 0;
}

typedef bus_status_t parse_fn(reader_t *reader, bus_url_t *url);

static const struct {
  const char *scheme;
  bus_kind_t kind;
  parse_fn *parse;
} forms[] = {
    {"mem:", BUS_KIND_MEM, parse_mem},
    {"udp:", BUS_KIND_UDP, parse_udp},
    {"socketcand:", BUS_KIND_SOCKETCAND, parse_socketcand},
    {"slcan:", BUS_KIND_SLCAN, parse_slcan},
    {"socketcan:", BUS_KIND_SOCKETCAN, parse_socketcan},
};

bus_status_t bus_url_parse(const char *text, bus_url_t *url, bus_error_t *error) {
  reader_t reader = {text, text, error};
  memset(url, 0, sizeof *url);
  for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
    size_t count = strlen(forms[i].scheme);
    if (strncmp(text, forms[i].scheme, count) != 0) continue;
    url->kind = forms[i].kind;
    reader.at += count;
    return forms[i].parse(&reader, url);
  }
  if (is_interface(text)) {
    url->kind = BUS_KIND_SOCKETCAN;
    return parse_socketcan(&reader, url);
  }
  return refuse(&reader, text, kinds_allowed);
}
