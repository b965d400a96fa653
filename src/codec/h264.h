#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "base/result.h"

namespace ingress::codec {

/// nal_unit_type, ITU-T H.264 table 7-1; the values we act on.
enum class NalType : std::uint8_t {
  kUnspecified = 0,
  kSlice = 1,
  kPartitionA = 2,
  kPartitionB = 3,
  kPartitionC = 4,
  kIdr = 5,
  kSei = 6,
  kSps = 7,
  kPps = 8,
  kAud = 9,  // access unit delimiter
  kEndOfSequence = 10,
  kEndOfStream = 11,
  kFiller = 12,
};

/// kUnspecified for an empty unit. Types without an enumerator keep their number.
inline NalType TypeOf(ByteView nal) {
  return nal.empty() ? NalType::kUnspecified : static_cast<NalType>(nal[0] & 0x1f);
}

/// Walks NAL units that each follow their length (ISO/IEC 14496-15), as FLV and MP4 carry them.
///
/// Zero-length units are skipped and a start code inside a unit's front is stripped: both are
/// sent by real encoders. A length past the end stops the walk and sets `damaged()`.
class LengthPrefixedReader {
 public:
  /// `length_size`: bytes of each length, 1 to 4. Returned views point into `data`.
  LengthPrefixedReader(ByteView data, int length_size) : rest_(data), length_size_(length_size) {}

  std::optional<ByteView> Next();
  bool damaged() const { return damaged_; }

 private:
  ByteView rest_;
  int length_size_;
  bool damaged_ = false;
};

/// Walks NAL units between start codes (ITU-T H.264 annex B). Bytes before the first start code
/// are skipped, trailing zero bytes belong to no unit.
class AnnexBReader {
 public:
  explicit AnnexBReader(ByteView data);

  /// The next unit, without its start code; never empty.
  std::optional<ByteView> Next();

 private:
  ByteView rest_;  // begins behind a start code, or is empty
};

/// True when a body that should be length-prefixed is Annex B: it begins with a start code, and
/// read as four-byte lengths it would be damaged.
bool LooksLikeAnnexB(ByteView body);

/// A picture's units, each behind a start code of four bytes. With lengths of four bytes the bytes
/// are rewritten in place. Accepts a body that is Annex B already.
/// Errors: kMalformed when a length runs past the end.
Result<Bytes> ToAnnexB(Bytes body, int length_size);

/// Adds a unit behind a four-byte length.
void AppendLengthPrefixed(ByteView nal, Bytes& out);

/// The units of an Annex B stream, each behind a four-byte length.
Bytes ToLengthPrefixed(ByteView annex_b);

/// Removes the emulation prevention bytes of a NAL unit (ITU-T H.264 §7.4.1.1).
Bytes RemoveEmulationPrevention(ByteView nal);

/// Inserts them again.
Bytes AddEmulationPrevention(ByteView rbsp);

enum class SliceType : std::uint8_t { kP = 0, kB = 1, kI = 2, kSp = 3, kSi = 4 };

/// The fields in front of a slice header that need no parameter set (ITU-T H.264 §7.3.3).
struct SliceHeader {
  std::uint32_t first_macroblock = 0;
  SliceType type = SliceType::kP;
  std::uint32_t pps_id = 0;
};

/// `nal`: a slice, IDR slice or partition A, with its NAL header.
/// Errors: kMalformed for other types, a truncated header or values out of range.
Result<SliceHeader> ParseSliceHeader(ByteView nal);

/// Whether nothing is lost for other pictures when this one, Annex B, is not decoded: nal_ref_idc
/// is zero in all its slices, and it has neither parameter sets nor registered user data
/// (captions).
bool IsDisposable(ByteView annex_b);

}  // namespace ingress::codec
