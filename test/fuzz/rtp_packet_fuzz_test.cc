#include <algorithm>

#include "rtp/packet.h"

// What parses must lie inside the packet, and what we build from the input must parse to the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ingress;
  const ByteView input(data, size);
  if (const auto parsed = rtp::ParseRtpPacket(input)) {
    std::size_t inside = parsed->payload.size() + rtp::kFixedHeaderSize;
    for (const auto& extension : parsed->extensions) inside += 1 + extension.value.size();
    if (inside > size) __builtin_trap();
  }

  if (size < 40) return 0;
  const std::string_view text = AsText(input);
  const rtp::RtpHeader header{.payload_type = static_cast<std::uint8_t>(data[0] & 0x7f),
                              .marker = (data[0] & 0x80) != 0,
                              .sequence = data[1],
                              .ssrc = data[2]};
  const rtp::ExtensionIds ids{.mid = 1, .rid = 2, .repaired_rid = 14, .transport_seq = 5};
  const rtp::ExtensionValues values{.mid = text.substr(4, data[3] % 17),
                                    .rid = text.substr(8, data[4] % 17),
                                    .repaired_rid = text.substr(12, data[5] % 17),
                                    .transport_seq = (data[6] & 1) != 0};
  rtp::RtpPacket packet;
  packet.WriteHeader(header, ids, values);
  const ByteView payload = input.first(std::min(size, packet.payload_space().size()));
  std::ranges::copy(payload, packet.payload_space().begin());
  packet.SetPayloadSize(payload.size());
  packet.PatchTransportSequence(0xffff);
  const auto parsed = rtp::ParseRtpPacket(packet.bytes());
  if (!parsed || AsText(parsed->extension(1)) != values.mid ||
      AsText(parsed->extension(2)) != values.rid ||
      AsText(parsed->extension(14)) != values.repaired_rid ||
      parsed->extension(5).empty() == values.transport_seq ||
      !std::ranges::equal(parsed->payload, payload)) {
    __builtin_trap();
  }
  return 0;
}
