#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace medgraft::train {

/// One scalar as a record of a TensorBoard event file: length, masked CRC-32C, an Event
/// protocol buffer, masked CRC-32C.
/// Source: tensorflow/core/util/event.proto; tensorflow/core/lib/io/record_writer.cc.
std::string scalar_event(double wall_time, int64_t step, std::string_view tag,
                         float value);

/// The record with which every event file begins.
std::string version_event(double wall_time);

/// CRC-32C (Castagnoli).
uint32_t crc32c(std::string_view bytes);

}  // namespace medgraft::train
