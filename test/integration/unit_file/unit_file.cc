#include "integration/unit_file/unit_file.h"

#include <utility>

#include "base/byte_reader.h"
#include "base/byte_writer.h"

namespace ingress::test {
namespace {

constexpr stream::TickClock kClock{.rate = 90'000, .bits = 33};

void Append(char kind, bool key_frame, std::uint64_t ticks, ByteView data, Bytes& file) {
  ByteWriter writer(file);
  writer.WriteU8(static_cast<std::uint8_t>(kind));
  writer.WriteU8(key_frame ? 1 : 0);
  writer.WriteU64(ticks);
  writer.WriteU32(static_cast<std::uint32_t>(data.size()));
  writer.WriteBytes(data);
}

}  // namespace

void AppendVideoFrame(bool key_frame, std::uint64_t ticks, ByteView annex_b, Bytes& file) {
  Append('V', key_frame, ticks, annex_b, file);
}

void AppendAudioFrame(std::uint64_t ticks, ByteView packet, Bytes& file) {
  Append('A', false, ticks, packet, file);
}

Result<stream::Unit> UnitFileReader::Next() {
  ByteReader reader(ByteView(file_).subspan(at_));
  const auto kind = static_cast<char>(reader.ReadU8());
  const bool key_frame = reader.ReadU8() != 0;
  const stream::Timestamp dts{.ticks = reader.ReadU64(), .clock = kClock};
  const std::size_t size = reader.ReadU32();
  if (size > kMaxUnitSize) return Fail(ErrorCode::kLimitExceeded, "file of units: large record");
  const ByteView data = reader.ReadBytes(size);
  if (!reader.ok()) return Fail(ErrorCode::kMalformed, "file of units: cut off");
  at_ = file_.size() - reader.remaining();
  stream::Payload payload(Bytes(data.begin(), data.end()));
  switch (kind) {
    case 'V':
      return stream::VideoUnit{.codec = VideoCodec::kH264,
                               .framing = stream::VideoUnit::NalFraming::kAnnexB,
                               .key_frame = key_frame,
                               .dts = dts,
                               .payload = std::move(payload)};
    case 'A':
      return stream::AudioUnit{
          .codec = AudioCodec::kOpus, .dts = dts, .payload = std::move(payload)};
    default:
      return Fail(ErrorCode::kMalformed, "file of units: a record of unknown kind");
  }
}

}  // namespace ingress::test
