#include "rtp/h264_packetizer.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <string>

#include "base/big_endian.h"
#include "base/check.h"

namespace ingress::rtp {
namespace {

// NAL unit types, ITU-T H.264 table 7-1, and those that RFC 6184 §5.2 adds.
constexpr std::uint8_t kSlice = 1;
constexpr std::uint8_t kIdr = 5;
constexpr std::uint8_t kSps = 7;
constexpr std::uint8_t kPps = 8;
constexpr std::uint8_t kAccessUnitDelimiter = 9;
constexpr std::uint8_t kEndOfSequence = 10;
constexpr std::uint8_t kEndOfStream = 11;
constexpr std::uint8_t kFiller = 12;
constexpr std::uint8_t kSpsExtension = 13;
constexpr std::uint8_t kSubsetSps = 15;
constexpr std::uint8_t kStapA = 24;
constexpr std::uint8_t kFuA = 28;

constexpr std::uint8_t kTypeMask = 0x1f;
constexpr std::uint8_t kNriMask = 0x60;
constexpr std::uint8_t kForbiddenBit = 0x80;
constexpr std::uint8_t kFuStart = 0x80;
constexpr std::uint8_t kFuEnd = 0x40;

constexpr std::size_t kStapHeaderSize = 1;
constexpr std::size_t kStapLengthSize = 2;
constexpr std::size_t kFuHeaderSize = 2;  // indicator, header
constexpr std::size_t kStartCodeSize = 3;

std::uint8_t TypeOf(ByteView nal) { return nal[0] & kTypeMask; }

bool IsSlice(ByteView nal) { return TypeOf(nal) >= kSlice && TypeOf(nal) <= kIdr; }

bool IsSent(ByteView nal) {
  switch (TypeOf(nal)) {
    case kAccessUnitDelimiter:
    case kEndOfSequence:
    case kEndOfStream:
    case kFiller:
      return false;
    default:
      return TypeOf(nal) != 0 && TypeOf(nal) < kStapA;
  }
}

constexpr int kRanks = 4;

/// Where a NAL unit stands among those before the picture.
int RankOf(ByteView nal) {
  switch (TypeOf(nal)) {
    case kSps:
      return 0;
    case kSpsExtension:
    case kSubsetSps:
      return 1;
    case kPps:
      return 2;
    default:
      return 3;
  }
}

/// Offset of the next start code (00 00 01) at or after `from`; the stream's size when none is
/// left.
std::size_t FindStartCode(ByteView stream, std::size_t from) {
  // Every byte of every picture passes here. One in 256 is a 1, and memchr() finds it many times
  // faster than a loop does.
  std::size_t last = from + kStartCodeSize - 1;  // of the three bytes looked at
  while (last < stream.size()) {
    const void* one = std::memchr(&stream[last], 1, stream.size() - last);
    if (one == nullptr) break;
    last = static_cast<std::size_t>(static_cast<const std::uint8_t*>(one) - stream.data());
    if (stream[last - 1] == 0 && stream[last - 2] == 0) return last - 2;
    last += kStartCodeSize;  // two zeros must come first
  }
  return stream.size();
}

std::unexpected<Error> TooManyUnits() {
  return Fail(ErrorCode::kLimitExceeded,
              "h264: more than " + std::to_string(kMaxNalUnits) + " NAL units in an access unit");
}

}  // namespace

Result<void> SplitAnnexB(ByteView stream, std::vector<ByteView>& out) {
  const std::size_t before = out.size();
  std::size_t code = FindStartCode(stream, 0);
  while (code < stream.size()) {
    const std::size_t begin = code + kStartCodeSize;
    code = FindStartCode(stream, begin);
    std::size_t end = code;
    while (end > begin && stream[end - 1] == 0) --end;  // trailing_zero_8bits, zero_byte
    if (end == begin) continue;
    if (out.size() - before == kMaxNalUnits) return TooManyUnits();
    out.push_back(stream.subspan(begin, end - begin));
  }
  return {};
}

H264Packetizer::H264Packetizer(std::size_t max_payload) : max_payload_(max_payload) {
  INGRESS_CHECK(max_payload > kFuHeaderSize);
}

Result<std::size_t> H264Packetizer::StartUnits(ByteView frame, std::span<const ByteView> units) {
  std::size_t size = frame.size();
  for (const ByteView nal : units) size += nal.size();
  if (size > kMaxFrameSize) {
    return Fail(ErrorCode::kLimitExceeded,
                "h264: access unit of " + std::to_string(size) + " bytes");
  }
  found_.clear();
  if (auto split = SplitAnnexB(frame, found_); !split) return std::unexpected(split.error());
  if (found_.size() + units.size() > kMaxNalUnits) return TooManyUnits();
  std::ranges::copy_if(units, std::back_inserter(found_),
                       [](ByteView nal) { return !nal.empty(); });
  SelectAndOrder();
  if (nals_.empty()) {
    return Fail(ErrorCode::kMalformed,
                "h264: no NAL unit to send in " + std::to_string(size) + " bytes");
  }
  plan_.clear();
  next_ = 0;
  std::size_t index = 0;
  while (index < head_) index += PlanAggregate(index);
  for (; index < nals_.size(); ++index) PlanOne(index);
  return plan_.size();
}

/// Fills nals_ from found_: what is sent, with the parameter sets in front of what else precedes
/// the first slice.
void H264Packetizer::SelectAndOrder() {
  std::erase_if(found_, [](ByteView nal) { return !IsSent(nal); });
  const auto picture = std::ranges::find_if(found_, IsSlice);
  head_ = static_cast<std::size_t>(picture - found_.begin());
  nals_.clear();
  for (int rank = 0; rank < kRanks; ++rank) {
    std::copy_if(found_.begin(), picture, std::back_inserter(nals_),
                 [rank](ByteView nal) { return RankOf(nal) == rank; });
  }
  nals_.insert(nals_.end(), picture, found_.end());
}

/// Plans one payload from nals_[first] on, as many NAL units of the head as fit together.
/// Returns how many that were.
std::size_t H264Packetizer::PlanAggregate(std::size_t first) {
  std::size_t size = kStapHeaderSize;
  std::size_t end = first;
  while (end < head_ && size + kStapLengthSize + nals_[end].size() <= max_payload_) {
    size += kStapLengthSize + nals_[end].size();
    ++end;
  }
  if (end < first + 2) {
    PlanOne(first);
    return 1;
  }
  plan_.push_back({.kind = Kind::kAggregate, .nal = first, .count = end - first});
  return end - first;
}

void H264Packetizer::PlanOne(std::size_t index) {
  const std::size_t size = nals_[index].size();
  if (size <= max_payload_) {
    plan_.push_back({.kind = Kind::kSingle, .nal = index});
    return;
  }
  // The NAL unit header travels in the FU headers. Fragments are of equal size, within a byte.
  const std::size_t room = max_payload_ - kFuHeaderSize;
  std::size_t left = (size - 1 + room - 1) / room;
  for (std::size_t offset = 1; left > 0; --left) {
    const std::size_t part = (size - offset + left - 1) / left;
    plan_.push_back({.kind = Kind::kFragment, .nal = index, .offset = offset, .size = part});
    offset += part;
  }
}

std::size_t H264Packetizer::WriteNext(std::span<std::uint8_t> out) {
  INGRESS_CHECK(next_ < plan_.size());
  const Plan& plan = plan_[next_++];
  switch (plan.kind) {
    case Kind::kAggregate:
      return WriteAggregate(plan, out);
    case Kind::kFragment:
      return WriteFragment(plan, out);
    case Kind::kSingle:
      break;
  }
  INGRESS_CHECK(nals_[plan.nal].size() <= out.size());
  std::ranges::copy(nals_[plan.nal], out.begin());
  return nals_[plan.nal].size();
}

/// STAP-A (RFC 6184 §5.7.1): F is the OR, NRI the maximum of what is inside.
std::size_t H264Packetizer::WriteAggregate(const Plan& plan, std::span<std::uint8_t> out) const {
  std::uint8_t forbidden = 0;
  std::uint8_t nri = 0;
  std::size_t at = kStapHeaderSize;
  for (const ByteView nal : std::span(nals_).subspan(plan.nal, plan.count)) {
    forbidden |= nal[0] & kForbiddenBit;
    nri = std::max<std::uint8_t>(nri, nal[0] & kNriMask);
    INGRESS_CHECK(at + kStapLengthSize + nal.size() <= out.size());
    StoreBigEndian(out.subspan(at), static_cast<std::uint16_t>(nal.size()));
    std::ranges::copy(nal, out.subspan(at + kStapLengthSize).begin());
    at += kStapLengthSize + nal.size();
  }
  out[0] = forbidden | nri | kStapA;
  return at;
}

/// FU-A (RFC 6184 §5.8).
std::size_t H264Packetizer::WriteFragment(const Plan& plan, std::span<std::uint8_t> out) const {
  const ByteView nal = nals_[plan.nal];
  const bool start = plan.offset == 1;
  const bool end = plan.offset + plan.size == nal.size();
  INGRESS_CHECK(kFuHeaderSize + plan.size <= out.size());
  out[0] = static_cast<std::uint8_t>((nal[0] & ~kTypeMask) | kFuA);
  out[1] = (start ? kFuStart : 0) | (end ? kFuEnd : 0) | TypeOf(nal);
  std::ranges::copy(nal.subspan(plan.offset, plan.size), out.subspan(kFuHeaderSize).begin());
  return kFuHeaderSize + plan.size;
}

}  // namespace ingress::rtp
