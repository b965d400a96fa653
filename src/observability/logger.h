#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/log_level.h"
#include "base/result.h"
#include "observability/redact.h"  // IWYU pragma: export

namespace ingress::observability {

/// Field names that several modules write; the Go service's spelling where it has one.
namespace field {
inline constexpr std::string_view kNodeId = "nodeID";
inline constexpr std::string_view kIngressId = "ingressID";
inline constexpr std::string_view kResourceId = "resourceID";
inline constexpr std::string_view kRoom = "room";
inline constexpr std::string_view kParticipant = "participant";
inline constexpr std::string_view kTrackSid = "trackSID";
inline constexpr std::string_view kPeer = "peer";
inline constexpr std::string_view kCode = "code";  // of a Failure
inline constexpr std::string_view kError = "error";
}  // namespace field

/// One key and value of a log line. Text is not copied: the field lives as long as the call.
class Field {
 public:
  using Value = std::variant<bool, std::int64_t, std::uint64_t, double, std::string_view>;

  Field(std::string_view key, bool value) : key_(key), value_(value) {}
  template <std::signed_integral T>
  Field(std::string_view key, T value) : key_(key), value_(static_cast<std::int64_t>(value)) {}
  template <std::unsigned_integral T>
    requires(!std::same_as<T, bool>)
  Field(std::string_view key, T value) : key_(key), value_(static_cast<std::uint64_t>(value)) {}
  Field(std::string_view key, double value) : key_(key), value_(value) {}
  Field(std::string_view key, std::string_view value) : key_(key), value_(value) {}
  Field(std::string_view key, const std::string& value)
      : key_(key), value_(std::string_view(value)) {}
  Field(std::string_view key, const char* value) : key_(key), value_(std::string_view(value)) {}
  Field(std::string_view key, const Error& error)
      : key_(key), value_(std::string_view(error.context)) {}

  std::string_view key() const { return key_; }
  const Value& value() const { return value_; }

 private:
  std::string_view key_;
  Value value_;
};

/// Whether `line` looks as if a Logger had written it.
bool IsLogLine(std::string_view line);

/// Writes one line an event: time (UTC), level, a constant message, fields.
///
/// Text:  2026-01-02T03:04:05.678Z INFO  publish accepted ingressID=IN_x room="my room"
/// JSON:  {"ts":"2026-01-02T03:04:05.678Z","level":"info","msg":"publish accepted",…}
///
/// Field values may come from anywhere: control characters and invalid UTF-8 are escaped, long
/// ones are cut at kMaxValueBytes. Copies are cheap; a child carries its parent's fields and shares
/// its level and output. Any thread; never waits for who reads the log (LineWriter).
class Logger {
 public:
  static constexpr std::size_t kMaxValueBytes = 2048;

  enum class Output : std::uint8_t { kStderr, kStdout };
  struct Options {
    LogLevel level = LogLevel::kInfo;
    bool json = false;
    Output output = Output::kStderr;
  };

  explicit Logger(Options options);

  /// For tests and for a handler whose lines travel elsewhere: `write` gets each line without its
  /// line feed, one call at a time.
  Logger(Options options, std::function<void(std::string_view line)> write);

  /// A logger that writes nothing.
  static Logger Null();

  /// A logger that also writes `fields` on each line; one with the same key replaces the carried.
  Logger With(std::initializer_list<Field> fields) const;

  void Debug(std::string_view message, std::initializer_list<Field> fields = {}) const {
    Write(LogLevel::kDebug, message, fields);
  }
  void Info(std::string_view message, std::initializer_list<Field> fields = {}) const {
    Write(LogLevel::kInfo, message, fields);
  }
  void Warn(std::string_view message, std::initializer_list<Field> fields = {}) const {
    Write(LogLevel::kWarn, message, fields);
  }
  void Error(std::string_view message, std::initializer_list<Field> fields = {}) const {
    Write(LogLevel::kError, message, fields);
  }
  void Write(LogLevel level, std::string_view message,
             std::initializer_list<Field> fields = {}) const;

  /// Writes a line that another process has made, as it is.
  void Pass(std::string_view line) const;

  /// Lines that nobody took in time, of this logger, its parents and all children.
  std::uint64_t dropped_lines() const;

  /// Changes the level of this logger, its parents and all children, from any thread.
  void SetLevel(LogLevel level);
  LogLevel level() const;
  bool enabled(LogLevel level) const;

 private:
  struct Core;
  using Rendered = std::pair<std::string, std::string>;  // key, value as it will be written

  Logger(std::shared_ptr<Core> core, std::vector<Rendered> fields)
      : core_(std::move(core)), fields_(std::move(fields)) {}

  std::shared_ptr<Core> core_;
  std::vector<Rendered> fields_;
};

}  // namespace ingress::observability
