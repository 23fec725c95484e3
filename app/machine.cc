#include "machine.h"

#include <malloc.h>
#include <unistd.h>

#include <fstream>
#include <thread>

namespace medgraft::app {

std::string cpu_field(std::string_view key) {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const auto colon = line.find(':');
    if (line.starts_with(key) && colon != std::string::npos)
      return line.substr(colon + 1);
  }
  return "";
}

nlohmann::json describe_host() {
  const auto name = cpu_field("model name");
  return {{"cpu", name.size() > 1 ? name.substr(1) : "unknown"},
          {"cores", std::thread::hardware_concurrency()},
          {"memory_bytes", sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGE_SIZE)}};
}

void keep_freed_pages() {
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  mallopt(M_TOP_PAD, 64 << 20);
}

}  // namespace medgraft::app
