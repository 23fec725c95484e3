#include "medgraft/train/event_file.h"

#include <array>
#include <bit>

namespace medgraft::train {
namespace {

constexpr std::array<uint32_t, 256> crc_table() {
  constexpr uint32_t kReversedPolynomial = 0x82f63b78;
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) {
      value = (value >> 1) ^ (value & 1 ? kReversedPolynomial : 0);
    }
    table[i] = value;
  }
  return table;
}

// TFRecord masks its checksums so that data holding checksums still checks well.
uint32_t masked(uint32_t crc) { return ((crc >> 15) | (crc << 17)) + 0xa282ead8; }

void append_little_endian(std::string& out, uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i));
}

void append_varint(std::string& out, uint64_t value) {
  for (; value >= 128; value >>= 7) out += static_cast<char>(value | 128);
  out += static_cast<char>(value);
}

// Protocol buffer fields: (number << 3) | wire type, then the value.
void append_fixed64(std::string& out, int field, double value) {
  append_varint(out, static_cast<uint64_t>(field << 3 | 1));
  append_little_endian(out, std::bit_cast<uint64_t>(value), 8);
}

void append_bytes(std::string& out, int field, std::string_view bytes) {
  append_varint(out, static_cast<uint64_t>(field << 3 | 2));
  append_varint(out, bytes.size());
  out += bytes;
}

std::string record(const std::string& event) {
  std::string length;
  append_little_endian(length, event.size(), 8);
  std::string out = length;
  append_little_endian(out, masked(crc32c(length)), 4);
  out += event;
  append_little_endian(out, masked(crc32c(event)), 4);
  return out;
}

}  // namespace

uint32_t crc32c(std::string_view bytes) {
  static constexpr auto kTable = crc_table();
  uint32_t crc = ~0u;
  for (const char c : bytes) {
    crc = (crc >> 8) ^ kTable[(crc ^ static_cast<unsigned char>(c)) & 255];
  }
  return ~crc;
}

std::string scalar_event(double wall_time, int64_t step, std::string_view tag,
                         float value) {
  std::string summary_value;
  append_bytes(summary_value, 1, tag);
  append_varint(summary_value, 2 << 3 | 5);  // simple_value, 32 bits.
  append_little_endian(summary_value, std::bit_cast<uint32_t>(value), 4);
  std::string summary;
  append_bytes(summary, 1, summary_value);
  std::string event;
  append_fixed64(event, 1, wall_time);
  append_varint(event, 2 << 3);  // step
  append_varint(event, static_cast<uint64_t>(step));
  append_bytes(event, 5, summary);
  return record(event);
}

std::string version_event(double wall_time) {
  std::string event;
  append_fixed64(event, 1, wall_time);
  append_bytes(event, 3, "brain.Event:2");
  return record(event);
}

}  // namespace medgraft::train
