#include "codec/sei.h"

#include <algorithm>
#include <cmath>

#include "codec/bit_reader.h"
#include "codec/h264.h"
#include "codec/hevc.h"

namespace ingress::codec {
namespace {

constexpr std::uint32_t kUserDataRegistered = 4;
constexpr std::uint32_t kDisplayOrientation = 47;
constexpr std::uint8_t kHevcPrefixSei = 39;
constexpr std::uint8_t kHevcFirstNonSlice = 32;
constexpr std::size_t kMaxCaptions = 31;  // cc_count has five bits

/// A number as a run of 255s and a rest (ITU-T H.264 §7.3.2.3.1). False when it is cut off.
bool ReadExtended(ByteView& rest, std::uint32_t& value) {
  value = 0;
  while (!rest.empty() && rest[0] == 0xff) {
    value += 255;
    rest = rest.subspan(1);
  }
  if (rest.empty()) return false;
  value += rest[0];
  rest = rest.subspan(1);
  return true;
}

bool IsSlice(ByteView nal, bool hevc) {
  if (hevc) return HevcTypeOf(nal) < kHevcFirstNonSlice;
  const auto type = static_cast<int>(TypeOf(nal));
  return type >= static_cast<int>(NalType::kSlice) && type <= static_cast<int>(NalType::kIdr);
}

template <typename Reader>
std::optional<int> FindOrientation(Reader units, bool hevc) {
  const std::size_t header = hevc ? 2 : 1;
  while (const auto nal = units.Next()) {
    if (nal->size() <= header) continue;
    if (IsSlice(*nal, hevc)) break;
    const bool sei = hevc ? HevcTypeOf(*nal) == kHevcPrefixSei : TypeOf(*nal) == NalType::kSei;
    if (!sei) continue;
    const Bytes rbsp = RemoveEmulationPrevention(nal->subspan(header));
    SeiReader messages(rbsp);
    while (const auto message = messages.Next()) {
      if (message->type == kDisplayOrientation) return ParseDisplayOrientation(message->payload);
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<SeiMessage> SeiReader::Next() {
  if (rest_.size() < 2 || rest_[0] == 0x80) return std::nullopt;  // rbsp_trailing_bits
  SeiMessage message;
  std::uint32_t size = 0;
  if (!ReadExtended(rest_, message.type) || !ReadExtended(rest_, size) || size > rest_.size()) {
    rest_ = {};
    return std::nullopt;
  }
  message.payload = rest_.first(size);
  rest_ = rest_.subspan(size);
  return message;
}

std::optional<int> ParseDisplayOrientation(ByteView payload) {
  constexpr std::uint32_t kQuarter = 1U << 14;  // of a turn of 2^16
  BitReader reader(payload);
  if (reader.ReadFlag()) return 0;  // display_orientation_cancel_flag
  const bool both_flips = reader.ReadBits(2) == 3;
  const std::uint32_t anticlockwise = reader.ReadBits(16);
  if (!reader.ok()) return std::nullopt;
  const std::uint32_t quarters = (anticlockwise + kQuarter / 2) / kQuarter;
  return static_cast<int>((8 - quarters + (both_flips ? 2 : 0)) % 4);
}

std::optional<int> FindDisplayOrientation(ByteView annex_b, bool hevc) {
  return FindOrientation(AnnexBReader(annex_b), hevc);
}

std::optional<int> FindOrientationLengthPrefixed(ByteView body, int length_size, bool hevc) {
  return FindOrientation(LengthPrefixedReader(body, length_size), hevc);
}

Bytes MakeCaptionSei(ByteView cc_data) {
  const std::size_t count = std::min(cc_data.size() / 3, kMaxCaptions);
  Bytes payload = {0xb5,                  // itu_t_t35_country_code: United States
                   0x00, 0x31,            // itu_t_t35_provider_code: ATSC
                   'G',  'A',  '9', '4',  // user_identifier
                   0x03,                  // user_data_type_code: cc_data
                   0xc0,                  // reserved one, process_cc_data_flag; then cc_count
                   0xff};                 // em_data
  payload[8] |= static_cast<std::uint8_t>(count);
  payload.insert(payload.end(), cc_data.begin(),
                 cc_data.begin() + static_cast<std::ptrdiff_t>(3 * count));
  payload.push_back(0xff);  // marker_bits

  Bytes unit = {static_cast<std::uint8_t>(NalType::kSei), kUserDataRegistered,
                static_cast<std::uint8_t>(payload.size())};
  unit.insert(unit.end(), payload.begin(), payload.end());
  unit.push_back(0x80);
  return AddEmulationPrevention(unit);
}

Bytes InsertBeforeSlices(ByteView annex_b, ByteView nal) {
  Bytes out;
  out.reserve(annex_b.size() + nal.size() + 8);
  const auto append = [&](ByteView unit) {
    out.insert(out.end(), {0, 0, 0, 1});
    out.insert(out.end(), unit.begin(), unit.end());
  };
  bool inserted = false;
  AnnexBReader units(annex_b);
  while (const auto unit = units.Next()) {
    if (!inserted && IsSlice(*unit, false)) {
      append(nal);
      inserted = true;
    }
    append(*unit);
  }
  return out;
}

}  // namespace ingress::codec
