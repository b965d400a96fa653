#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "base/encoded_frame.h"
#include "base/result.h"
#include "codec/parameter_sets.h"

namespace ingress::codec {

/// Which parameter sets of an H.264 or HEVC stream are in force: those that its slices name.
///
/// An SPS takes effect at a key picture, as the standards have it. One that comes in place of the
/// SPS in use is held back until then, and forgotten when the stream goes on without a key picture:
/// then it was a mistake, and the pictures are coded by the one before.
class ParameterSetTracker {
 public:
  /// So many pictures that are no key pictures show that a new SPS is not in use. Some encoders
  /// announce one a picture or two early.
  static constexpr int kContradictions = 3;

  explicit ParameterSetTracker(VideoCodec codec) : sets_(codec) {}

  /// A set of a decoder configuration record or of the stream. Errors: as ParameterSets::Take().
  Result<void> Take(ByteView nal);

  enum class Verdict : std::uint8_t {
    kSame,     // the picture is coded by active()
    kNew,      // and active() is another since this call
    kMorePps,  // the same, but its PPS were added or changed: decoders need them before the picture
    kMissing,  // sets that the picture names have not come
  };

  /// A picture comes. `pps_id`: that its first slice names; empty when that is not known. `key`:
  /// decoding may begin there.
  Verdict OnPicture(std::optional<std::uint32_t> pps_id, bool key);

  /// Makes the sets active that the stream can only mean, before its first picture. False when
  /// there are none, or a choice.
  bool Begin();

  const std::optional<ParameterSetGroup>& active() const { return active_; }

 private:
  bool ReplacesActive(ByteView nal) const;
  Verdict Adopt(std::uint32_t sps_id);
  Verdict OnInterPicture(std::uint32_t pps_id);

  ParameterSets sets_;
  std::optional<ParameterSets> next_;  // with an SPS that takes the place of the active one
  int contradictions_ = 0;
  bool news_ = false;  // sets have come that active_ does not know
  std::optional<ParameterSetGroup> active_;
};

}  // namespace ingress::codec
