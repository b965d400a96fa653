#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace ingress {

/// Everything that can be wrong with a stream that goes on all the same.
enum class WarningCode : std::uint8_t {
  kVideoUnusable,
  kVideoTooLarge,
  kAudioUnusable,
  kVideoDropped,
  kAudioDropped,
  kTimestampsWrong,
  kEncoderSlow,
  kEncoderFast,
  kUploadTooSlow,
  kAvSkew,
  kSourceLargerThanLayers,
};
inline constexpr std::size_t kWarningCodes =
    static_cast<std::size_t>(WarningCode::kSourceLargerThanLayers) + 1;

/// What the catalogue knows about a code. All texts are static.
struct WarningTraits {
  WarningCode code;
  std::string_view name;    // stable, snake_case: logs, metric label
  std::string_view cause;   // what viewers miss and why
  std::string_view remedy;  // what to do, one sentence
};

const WarningTraits& Traits(WarningCode code);
std::span<const WarningTraits> AllWarnings();

/// The code that has this number in another process of this build; empty where none has.
std::optional<WarningCode> WarningCodeOf(std::uint32_t number);

/// One warning: the same object goes to the log, the ingress' state, the metric and the debug
/// pages. Texts are valid UTF-8 without control characters, whatever the detail was.
class Warning {
 public:
  static constexpr std::size_t kMaxDetailBytes = 300;

  /// `detail`: the particulars of this case, may be empty; shown to the user, so no secrets.
  explicit Warning(WarningCode code, std::string_view detail = {});

  WarningCode code() const { return code_; }
  std::string_view name() const { return Traits(code_).name; }
  const std::string& cause() const { return cause_; }
  std::string_view remedy() const { return Traits(code_).remedy; }

  /// "<cause>. <remedy>"
  std::string Message() const;

 private:
  WarningCode code_;
  std::string cause_;
};

/// Holds the warnings of one session that are active now.
///
/// The class that sees a fault raises its warning as often as it likes and clears it when the fault
/// is over. The warnings that are reported change more slowly, so that a fault that comes and goes
/// is one warning. The raising class decides how long a fault must last before it is worth a
/// warning. Sans-IO, confined to the session's thread.
class Warnings {
 public:
  /// A warning is over when its fault has not been seen for so long.
  static constexpr std::chrono::seconds kClearAfter{5};
  /// The detail of a warning that goes on changes at most so often: each change is an RPC.
  static constexpr std::chrono::seconds kDetailEvery{10};

  struct Change {
    Warning warning;
    bool over = false;
  };

  /// Idempotent while raised. The newest detail replaces an older one.
  void Raise(WarningCode code, std::string_view detail, TimePoint now);
  void Clear(WarningCode code, TimePoint now);

  /// What began or ended since the last call, for the log. Call it every second or so; active()
  /// follows it.
  std::vector<Change> Poll(TimePoint now);

  /// The warnings that were reported and are not over, in the order of their codes.
  std::vector<Warning> active() const;

 private:
  struct Entry {
    bool raised = false;
    std::string detail;
    std::optional<Warning> reported;
    TimePoint reported_at{};
    TimePoint cleared_at{};
  };

  Entry& At(WarningCode code) { return entries_.at(static_cast<std::size_t>(code)); }

  std::array<Entry, kWarningCodes> entries_;
};

}  // namespace ingress
