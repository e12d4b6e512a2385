/// PNG writer: 8 bit RGB, one IDAT, each row filtered by the one above.
#include "png.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

enum { FILTER_UP = 2, BYTES_PER_PIXEL = 3, LEVEL = 6 };

static void put_u32(uint8_t to[4], uint32_t value) {
  to[0] = (uint8_t)(value >> 24);
  to[1] = (uint8_t)(value >> 16);
  to[2] = (uint8_t)(value >> 8);
  to[3] = (uint8_t)value;
}

static int put_chunk(FILE *file, const char type[5], const uint8_t *data, uint32_t bytes) {
  uint8_t word[4];
  uLong crc = crc32(0, (const Bytef *)type, 4);
  if (bytes > 0) crc = crc32(crc, data, bytes);
  put_u32(word, bytes);
  int is_bad = fwrite(word, 1, 4, file) != 4;
  is_bad |= fwrite(type, 1, 4, file) != 4;
  is_bad |= fwrite(data, 1, bytes, file) != bytes;
  put_u32(word, (uint32_t)crc);
  is_bad |= fwrite(word, 1, 4, file) != 4;
  return is_bad;
}

/// Rows as PNG wants them: a byte for the filter, then differences to the row above.
static void filter(const uint32_t *pixels, uint32_t width, uint32_t height, uint32_t stride,
                   uint8_t *to) {
  for (uint32_t y = 0; y < height; y++) {
    *to++ = FILTER_UP;
    for (uint32_t x = 0; x < width; x++) {
      uint32_t now = pixels[y * stride + x], above = y > 0 ? pixels[(y - 1) * stride + x] : 0;
      for (int shift = 16; shift >= 0; shift -= 8) {
        *to++ = (uint8_t)((now >> shift) - (above >> shift));
      }
    }
  }
}

static int write_file(const char *path, uint32_t width, uint32_t height, const uint8_t *data,
                      uint32_t bytes) {
  static const uint8_t signature[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
  uint8_t head[13] = {[8] = 8, [9] = 2}; /* 8 bit, RGB */
  FILE *file = fopen(path, "wb");
  if (file == NULL) {
    return -1;
  }
  put_u32(head, width);
  put_u32(head + 4, height);
  int is_bad = fwrite(signature, 1, sizeof signature, file) != sizeof signature;
  is_bad |= put_chunk(file, "IHDR", head, sizeof head);
  is_bad |= put_chunk(file, "IDAT", data, bytes);
  is_bad |= put_chunk(file, "IEND", head, 0);
  is_bad |= fclose(file) != 0;
  return is_bad ? -1 : 0;
}

int png_write(const char *path, const uint32_t *pixels, uint32_t width, uint32_t height,
              uint32_t stride_pixels) {
  size_t plain_bytes = (size_t)height * ((size_t)width * BYTES_PER_PIXEL + 1);
  uLongf bytes = compressBound((uLong)plain_bytes);
  uint8_t *plain = malloc(plain_bytes), *packed = malloc(bytes);
  int status = -1;
  if (plain != NULL && packed != NULL) {
    filter(pixels, width, height, stride_pixels, plain);
    if (compress2(packed, &bytes, plain, (uLong)plain_bytes, LEVEL) == Z_OK) {
      status = write_file(path, width, height, packed, (uint32_t)bytes);
    }
  }
  free(plain);
  free(packed);
  return status;
}
