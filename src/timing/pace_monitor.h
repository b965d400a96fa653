#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"

namespace ingress {

/// Detects when a stream comes slower or faster than real time for seconds, and what causes it.
///
/// A slow encoder and a slow upload both make a stream late. They differ in what is even: an
/// encoder brings as much media per second and more bytes where a key frame lies, an upload as many
/// bytes and less media. Below LiveEdge::kSlowestPace it is the upload in any case. A stall is
/// neither: nothing comes meanwhile. Sans-IO.
class PaceMonitor {
 public:
  enum class Verdict : std::uint8_t { kRealTime, kEncoderSlow, kEncoderFast, kUploadTooSlow };

  /// What is known of the input at one moment.
  struct Input {
    std::optional<double> pace;  // Timeline::pace()
    SessionTime media{};         // Timeline::media_passed()
    std::uint64_t bytes = 0;     // of all media messages so far
    std::uint64_t messages = 0;
    std::uint64_t late = 0;  // of them, left out
  };

  static constexpr std::chrono::milliseconds kSample{500};
  /// Another pace must last so many samples; it is over after kOverSamples at real time.
  static constexpr int kOffSamples = 8;
  static constexpr int kOverSamples = 6;
  /// Closer to real time than this is the drift of a clock.
  static constexpr double kTolerance = 0.015;

  /// To be called every few hundred milliseconds or more often.
  void Poll(const Input& input, TimePoint now);

  Verdict verdict() const { return verdict_; }

  /// The newest sample shows another pace than real time, or that is the verdict.
  bool suspicious() const {
    return verdict_ != Verdict::kRealTime || candidate_ != Verdict::kRealTime;
  }

  /// In words: "0.90x real time", "0.5 of 2.2 Mb/s arrive, so 400 kb/s would do".
  /// Empty at real time.
  std::string Detail() const;

 private:
  static constexpr std::size_t kSamples = 16;  // four groups of pictures of 2 s

  struct Sample {
    double seconds = 0;
    double media = 0;  // seconds
    double bytes = 0;
    double late = 0;  // messages
    double messages = 0;
  };

  Verdict Look(const std::optional<double>& pace) const;
  Sample Sum(std::size_t samples) const;
  bool BytesAreEven() const;
  void Decide(Verdict seen);

  std::array<Sample, kSamples> samples_{};  // a ring
  std::size_t count_ = 0;
  Input counted_;
  std::optional<TimePoint> sampled_at_;
  Verdict verdict_ = Verdict::kRealTime;
  Verdict candidate_ = Verdict::kRealTime;
  int in_a_row_ = 0;  // samples that showed the candidate
};

}  // namespace ingress
