#include "rtp_receive/vp9_depacketizer.h"

#include <string>

#include "base/byte_reader.h"

namespace ingress::rtp_receive {
namespace {

/// RFC 9628 §4.2.
struct Descriptor {
  bool predicted = false;  // refers to other pictures
  bool begins = false;     // a frame of a layer
  bool ends = false;
  int spatial_layer = 0;
  std::optional<std::uint16_t> picture_id{};
  int picture_id_bits = 15;
  ByteView rest{};  // behind it
};

void SkipReferences(ByteReader& reader) {
  constexpr int kMax = 3;
  for (int i = 0; i < kMax && (reader.ReadU8() & 1) != 0; ++i) {
  }
}

void SkipScalabilityStructure(ByteReader& reader) {
  const std::uint8_t head = reader.ReadU8();
  const std::size_t layers = (head >> 5) + 1U;
  if ((head & 0x10) != 0) reader.Skip(4 * layers);  // sizes
  if ((head & 0x08) == 0) return;
  const std::uint8_t pictures = reader.ReadU8();
  for (int i = 0; i < pictures && reader.ok(); ++i) reader.Skip(reader.ReadU8() >> 2 & 3);
}

std::optional<Descriptor> ReadDescriptor(ByteView payload) {
  ByteReader reader(payload);
  const std::uint8_t head = reader.ReadU8();
  const bool flexible = (head & 0x10) != 0;
  Descriptor descriptor{
      .predicted = (head & 0x40) != 0, .begins = (head & 0x08) != 0, .ends = (head & 0x04) != 0};
  if ((head & 0x80) != 0) {
    const std::uint8_t id = reader.ReadU8();
    const bool wide = (id & 0x80) != 0;
    descriptor.picture_id_bits = wide ? 15 : 7;
    descriptor.picture_id =
        wide ? static_cast<std::uint16_t>((id & 0x7f) << 8 | reader.ReadU8()) : id;
  }
  if ((head & 0x20) != 0) {
    descriptor.spatial_layer = reader.ReadU8() >> 1 & 7;
    if (!flexible) reader.Skip(1);  // TL0PICIDX
  }
  if (flexible && descriptor.predicted) SkipReferences(reader);
  if ((head & 0x02) != 0) SkipScalabilityStructure(reader);
  descriptor.rest = reader.rest();
  if (!reader.ok() || descriptor.rest.empty()) return std::nullopt;
  return descriptor;
}

std::unexpected<Error> Malformed(std::string_view what, ByteView payload) {
  return Fail(ErrorCode::kMalformed,
              "rtp: VP9 " + std::string(what) + " of " + std::to_string(payload.size()) + " bytes");
}

}  // namespace

bool Vp9Depacketizer::BeginsFrame(ByteView payload) const {
  const auto descriptor = ReadDescriptor(payload);
  return descriptor && descriptor->begins && descriptor->spatial_layer == 0;
}

void Vp9Depacketizer::Begin() { *this = Vp9Depacketizer(); }

Result<void> Vp9Depacketizer::Add(ByteView payload, Bytes& frame) {
  const auto descriptor = ReadDescriptor(payload);
  if (!descriptor) return Malformed("payload", payload);
  if (descriptor->spatial_layer > 0) return {};
  if (descriptor->begins == begun_ || ended_) {
    return Malformed(begun_ ? "frame behind another, payload" : "frame without its start, payload",
                     payload);
  }
  if (!begun_) {
    begun_ = true;
    info_ = {.key_frame = !descriptor->predicted,
             .picture_id = descriptor->picture_id,
             .picture_id_bits = descriptor->picture_id_bits};
  }
  ended_ = descriptor->ends;
  frame.insert(frame.end(), descriptor->rest.begin(), descriptor->rest.end());
  return {};
}

Result<FrameInfo> Vp9Depacketizer::Finish(Bytes& /*frame*/) {
  if (!ended_) return Fail(ErrorCode::kMalformed, "rtp: VP9 frame without its end");
  return info_;
}

}  // namespace ingress::rtp_receive
