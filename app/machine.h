#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace medgraft::app {

/// @return the first line of /proc/cpuinfo that begins with `key`, after its colon; or
/// empty.
std::string cpu_field(std::string_view key);

/// CPU, cores and memory, for run.json and benches. Names no host.
nlohmann::json describe_host();

/// For commands that go through many large blocks. glibc maps every block over 32 MB anew
/// and returns what is freed at once; keeping the pages saves faulting them in again.
void keep_freed_pages();

}  // namespace medgraft::app
