#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "config/config.h"
#include "config/reader.h"

namespace ingress::config {

struct Option;

/// Where Config keeps an option; null for what it does not do.
struct Field {
  void (*read)(const Reader& reader, const Option& option, Config& config) = nullptr;
  bool (*same)(const Config& running, const Config& fresh) = nullptr;
  void (*take)(Config& running, const Config& fresh) = nullptr;  // sets the first from the second
  std::uint16_t (*port)(const Config& config) = nullptr;         // a port, 0 where it is off
  double min = 0;  // of a number, or of the seconds of a length of time
  double max = 0;  // likewise; 0: its reader knows
};

/// When a change in the file counts.
enum class Applies : std::uint8_t { kAtOnce, kAtRestart };

/// A key that works here: all there is to say of it, but for what Load() checks of several.
struct Option {
  std::string_view path;     // "redis.address"
  Applies applies;           // once the configuration is read again
  std::string_view value;    // the default as YAML has it; empty where that is no value
  std::string_view absent;   // what the default is then, for people
  std::string_view meaning;  // for people, in Markdown; empty: said with the option before
  Field field;
};

/// A level as an option names it, whatever its case; empty for anything else.
std::optional<LogLevel> ParseLevel(std::string_view text);

/// In the order in which they are read and documented. README.md's table is made of this.
std::span<const Option> Options();

}  // namespace ingress::config
