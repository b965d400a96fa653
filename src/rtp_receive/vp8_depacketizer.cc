#include "rtp_receive/vp8_depacketizer.h"

#include <string>

#include "base/byte_reader.h"

namespace ingress::rtp_receive {
namespace {

/// RFC 7741 §4.2.
struct Descriptor {
  bool non_reference = false;
  bool first = false;  // of the frame: the start of partition 0
  std::optional<std::uint16_t> picture_id{};
  int picture_id_bits = 15;
  ByteView rest{};  // behind it
};

std::optional<Descriptor> ReadDescriptor(ByteView payload) {
  ByteReader reader(payload);
  const std::uint8_t head = reader.ReadU8();
  Descriptor descriptor{.non_reference = (head & 0x20) != 0, .first = (head & 0x17) == 0x10};
  if ((head & 0x80) != 0) {
    const std::uint8_t present = reader.ReadU8();
    if ((present & 0x80) != 0) {
      const std::uint8_t id = reader.ReadU8();
      const bool wide = (id & 0x80) != 0;
      descriptor.picture_id_bits = wide ? 15 : 7;
      descriptor.picture_id =
          wide ? static_cast<std::uint16_t>((id & 0x7f) << 8 | reader.ReadU8()) : id;
    }
    if ((present & 0x40) != 0) reader.Skip(1);  // TL0PICIDX
    if ((present & 0x30) != 0) reader.Skip(1);  // temporal layer, KEYIDX
  }
  descriptor.rest = reader.rest();
  if (!reader.ok() || descriptor.rest.empty()) return std::nullopt;
  return descriptor;
}

std::unexpected<Error> Malformed(std::string_view what, ByteView payload) {
  return Fail(ErrorCode::kMalformed,
              "rtp: VP8 " + std::string(what) + " of " + std::to_string(payload.size()) + " bytes");
}

}  // namespace

bool Vp8Depacketizer::BeginsFrame(ByteView payload) const {
  const auto descriptor = ReadDescriptor(payload);
  return descriptor && descriptor->first;
}

void Vp8Depacketizer::Begin() { *this = Vp8Depacketizer(); }

Result<void> Vp8Depacketizer::Add(ByteView payload, Bytes& frame) {
  const auto descriptor = ReadDescriptor(payload);
  if (!descriptor) return Malformed("payload", payload);
  if (descriptor->first == begun_) {
    return Malformed(
        begun_ ? "frame inside of another, payload" : "frame without its start, payload", payload);
  }
  if (!begun_) {
    begun_ = true;
    info_ = {.key_frame = (descriptor->rest[0] & 1) == 0,  // RFC 6386 §9.1
             .disposable = descriptor->non_reference,
             .picture_id = descriptor->picture_id,
             .picture_id_bits = descriptor->picture_id_bits};
  }
  frame.insert(frame.end(), descriptor->rest.begin(), descriptor->rest.end());
  return {};
}

Result<FrameInfo> Vp8Depacketizer::Finish(Bytes& /*frame*/) { return info_; }

}  // namespace ingress::rtp_receive
