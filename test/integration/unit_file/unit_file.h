#pragma once

#include <cstddef>

#include "base/bytes.h"
#include "base/result.h"
#include "stream/unit.h"

namespace ingress::test {

/// A file of units: an input that the program does not have, for a test of how little one takes.
///
/// A record is a kind ('V' or 'A'), a byte that is 1 for a key
/// frame, 33 bits of 90 kHz in 8 bytes, the size of the data in 4, and the data: H.264 as Annex B,
/// or Opus. All numbers are big-endian.
constexpr std::size_t kMaxUnitSize = std::size_t{1} << 20;

/// Appends one record; of H.264 or Opus. `ticks`: of 90 kHz.
void AppendVideoFrame(bool key_frame, std::uint64_t ticks, ByteView annex_b, Bytes& file);
void AppendAudioFrame(std::uint64_t ticks, ByteView packet, Bytes& file);

/// Reads a file record by record.
class UnitFileReader {
 public:
  explicit UnitFileReader(Bytes file) : file_(std::move(file)) {}

  bool done() const { return at_ == file_.size(); }

  /// The next unit. Errors: kMalformed for a record that is cut off or of an unknown kind;
  /// kLimitExceeded for one above kMaxUnitSize.
  Result<stream::Unit> Next();

 private:
  Bytes file_;
  std::size_t at_ = 0;
};

}  // namespace ingress::test
