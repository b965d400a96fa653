#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/encoded_frame.h"
#include "base/result.h"

namespace ingress::codec {

/// The parameter sets that the pictures of one SPS need.
struct ParameterSetGroup {
  std::uint32_t sps_id = 0;
  Bytes vps{};  // HEVC only, may be missing
  Bytes sps{};
  std::map<std::uint32_t, Bytes> pps{};  // by id, all that refer to the SPS

  bool operator==(const ParameterSetGroup&) const = default;
};

/// The parameter sets of an H.264 or HEVC stream by their ids, as they came last, whichever way.
class ParameterSets {
 public:
  /// What all sets together may take. A decoder configuration record holds as much (64 KiB).
  static constexpr std::size_t kMaxBytes = std::size_t{48} << 10;
  static constexpr std::size_t kMaxPps = 255;  // avcC counts them in a byte
  /// Smaller pictures do not survive scaling and encoding; pixels a side.
  static constexpr int kMinSide = 16;

  explicit ParameterSets(VideoCodec codec) : codec_(codec) {}

  /// Keeps an SPS, a PPS or a VPS in place of the one with its id. True: it is new. Other units are
  /// passed over.
  /// Errors, with nothing changed: kMalformed when it does not parse; kUnsupported for pictures
  /// below kMinSide; kLimitExceeded for pictures beyond every level, and above kMaxBytes.
  Result<bool> Take(ByteView nal);

  /// The id of an SPS; empty for other units and one that does not parse.
  std::optional<std::uint32_t> IdOfSps(ByteView nal) const;

  /// The SPS that a PPS refers to; empty when one of the two is missing.
  std::optional<std::uint32_t> SpsOf(std::uint32_t pps_id) const;

  /// The SPS that pictures can only mean: the one that PPS refer to, or the only one as long as
  /// there is no PPS. Empty when there is none or a choice.
  std::optional<std::uint32_t> OnlySps() const;

  /// The SPS with this id; empty when it is missing.
  ByteView Sps(std::uint32_t sps_id) const;

  /// Empty when there is no such SPS.
  std::optional<ParameterSetGroup> GroupOf(std::uint32_t sps_id) const;

 private:
  struct SpsEntry {
    Bytes nal;
    std::uint32_t vps_id = 0;
  };
  struct PpsEntry {
    Bytes nal;
    std::uint32_t sps_id = 0;
  };

  Result<bool> TakeSps(ByteView nal);
  Result<bool> TakePps(ByteView nal);
  Result<bool> TakeVps(ByteView nal);
  Result<bool> Replace(Bytes& stored, ByteView nal);

  VideoCodec codec_;
  std::map<std::uint32_t, Bytes> vps_;
  std::map<std::uint32_t, SpsEntry> sps_;
  std::map<std::uint32_t, PpsEntry> pps_;
  std::size_t bytes_ = 0;
};

}  // namespace ingress::codec
