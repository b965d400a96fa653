#include "timing/pace_monitor.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "timing/live_edge.h"

namespace ingress {
namespace {

// A stream that brings less than that, all the time, and of which parts are late.
constexpr double kStarving = 0.8;
constexpr double kStarvingLate = 0.05;  // share of its messages
constexpr double kClearlyMore = 3;
constexpr double kRoomOnTheLine = 0.8;  // of what arrives

std::string Fixed(double value, int decimals) {
  std::array<char, 32> text{};
  const auto written = std::to_chars(text.data(), text.data() + text.size(), value,
                                     std::chars_format::fixed, decimals);
  return written.ec == std::errc{} ? std::string(text.data(), written.ptr) : std::string("?");
}

/// A bitrate that a line of `arriving` kb/s carries, with room for its variation: two digits of it.
double Fitting(double arriving) {
  const double fitting = std::max(kRoomOnTheLine * arriving, 1.0);
  const double unit = std::pow(10, std::max(std::floor(std::log10(fitting)) - 1, 0.0));
  return std::floor(fitting / unit) * unit;
}

}  // namespace

void PaceMonitor::Poll(const Input& input, TimePoint now) {
  if (!sampled_at_) {
    sampled_at_ = now;
    counted_ = input;
  }
  const double seconds = std::chrono::duration<double>(now - *sampled_at_).count();
  if (now - *sampled_at_ < kSample) return;
  sampled_at_ = now;
  samples_[count_++ % kSamples] = {
      .seconds = seconds,
      .media = std::chrono::duration<double>(input.media - counted_.media).count(),
      .bytes = static_cast<double>(input.bytes - counted_.bytes),
      .late = static_cast<double>(input.late - counted_.late),
      .messages = static_cast<double>(input.messages - counted_.messages)};
  counted_ = input;
  Decide(Look(input.pace));
}

PaceMonitor::Sample PaceMonitor::Sum(std::size_t samples) const {
  Sample sum;
  for (std::size_t i = 0; i < std::min(samples, count_); ++i) {
    const Sample& sample = samples_[(count_ - 1 - i) % kSamples];
    sum.seconds += sample.seconds;
    sum.media += sample.media;
    sum.bytes += sample.bytes;
    sum.late += sample.late;
    sum.messages += sample.messages;
  }
  return sum;
}

/// Whether bytes come more evenly than media; what was told stays told where they are about equal.
bool PaceMonitor::BytesAreEven() const {
  const Sample sum = Sum(kSamples);
  const std::size_t known = std::min(count_, kSamples);
  double media = 0;
  double bytes = 0;
  for (std::size_t i = 0; i < known; ++i) {
    const Sample& sample = samples_[i];
    const double share = sample.seconds / sum.seconds;
    media += std::pow(sample.media / sum.media - share, 2);
    bytes += std::pow(sample.bytes / sum.bytes - share, 2);
  }
  const double told = verdict_ == Verdict::kEncoderSlow     ? kClearlyMore
                      : verdict_ == Verdict::kUploadTooSlow ? 1 / kClearlyMore
                                                            : 1;
  return bytes * told < media;
}

PaceMonitor::Verdict PaceMonitor::Look(const std::optional<double>& pace) const {
  const Sample sum = Sum(kOffSamples);
  const Sample& newest = samples_[(count_ - 1) % kSamples];
  if (newest.messages == 0) return Verdict::kRealTime;  // a stall
  if (pace && *pace > 1 + kTolerance) return Verdict::kEncoderFast;
  const bool slow = pace && *pace < 1 - kTolerance;
  if (slow && *pace >= LiveEdge::kSlowestPace) {
    return BytesAreEven() ? Verdict::kUploadTooSlow : Verdict::kEncoderSlow;
  }
  const bool starving = sum.media > 0 && sum.media < kStarving * sum.seconds &&
                        sum.late > kStarvingLate * sum.messages;
  return slow || starving ? Verdict::kUploadTooSlow : Verdict::kRealTime;
}

void PaceMonitor::Decide(Verdict seen) {
  // Whose fault it is may look different from one sample to the next; slow is slow.
  const auto direction = [](Verdict verdict) {
    return verdict == Verdict::kUploadTooSlow ? Verdict::kEncoderSlow : verdict;
  };
  in_a_row_ = direction(seen) == direction(candidate_) ? in_a_row_ + 1 : 1;
  candidate_ = seen;
  if (in_a_row_ >= (seen == Verdict::kRealTime ? kOverSamples : kOffSamples)) verdict_ = seen;
}

std::string PaceMonitor::Detail() const {
  const bool upload = verdict_ == Verdict::kUploadTooSlow;
  const Sample sum = Sum(upload ? kSamples : kOffSamples);  // bytes need whole groups of pictures
  if (verdict_ == Verdict::kRealTime || sum.seconds <= 0 || sum.media <= 0) return {};
  const double pace = sum.media / sum.seconds;
  if (!upload) {
    return Fixed(pace, pace < 10 ? 2 : 0) + "x real time";
  }
  constexpr double kMegabit = 1e6 / 8;
  const double arriving = sum.bytes / sum.seconds / kMegabit;
  return Fixed(arriving, 1) + " of " + Fixed(arriving / pace, 1) + " Mb/s arrive, so " +
         Fixed(Fitting(arriving * 1000), 0) + " kb/s would do";
}

}  // namespace ingress
