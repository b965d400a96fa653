// The client's side of ICE as strangers and clients play it: each datagram for the registry of the
// port, for a session's agent and, as a stream, for the framing of TCP.
#include <algorithm>

#include "ice_lite/agent.h"
#include "ice_lite/registry.h"
#include "ice_lite/tcp_framing.h"
#include "stun/testing/request_attributes.h"
#include "stun/writer.h"

namespace {

using namespace ingress;

constexpr std::size_t kMaxInput = 8192;
constexpr std::size_t kMaxAnswer = 128;

void Require(bool property) {
  if (!property) __builtin_trap();
}

/// A Binding request of our client with the attributes that the input names.
Bytes RequestOf(std::string_view password, ByteView attributes) {
  stun::Writer writer(stun::Class::kRequest, stun::kBinding, {});
  stun::testing::AddUsername(writer, "abcd:peer");
  while (attributes.size() >= 3) {
    const std::size_t size = std::min<std::size_t>(attributes[2] % 32, attributes.size() - 3);
    const auto type = static_cast<std::uint16_t>(attributes[0] << 8 | attributes[1]);
    writer.Add(type, attributes.subspan(3, size));
    attributes = attributes.subspan(3 + size);
  }
  return writer.Finish(*crypto::HmacSha1::Make(AsBytes(password))).value();
}

}  // namespace

// Steps: whose request it is, a pair, a length; then so many bytes.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > kMaxInput) return 0;
  const sdp::IceCredentials ours{.ufrag = "abcd", .password = "0123456789012345678901"};
  const sdp::IceCredentials next{.ufrag = "abcd", .password = "1123456789012345678901"};
  ice_lite::Registry registry;
  Require(registry.Add(1, ours, "peer").has_value());
  auto agent = ice_lite::Agent::Make(ours, "peer");
  Require(agent.has_value());
  TimePoint now{std::chrono::hours(1)};
  ice_lite::TcpFrameReader frames;
  bool framed = true;

  ByteView left(data, size);
  while (left.size() >= 3) {
    const std::uint8_t what = left[0];
    const ice_lite::PairId pair = left[1] % 12;
    const ByteView bytes = left.subspan(3).first(std::min<std::size_t>(left[2], left.size() - 3));
    left = left.subspan(3 + bytes.size());
    now += std::chrono::milliseconds(what);

    const bool known = agent->validated(pair);
    if (what % 4 == 0 && !known) {
      agent->RemovePair(pair);
      agent->AddPair(pair, {.ip = {}, .port = pair == 0 ? std::uint16_t{1} : std::uint16_t{2}},
                     false, now);
    } else if (what % 4 == 1) {
      // Foreign bytes as they are: nobody has signed them.
      Require(!registry.Identify(bytes));
      Require(agent->OnStun(pair, bytes, now).empty());
      if (framed) {
        frames.Receive(bytes);
        auto packet = frames.Next();
        for (; packet && *packet; packet = frames.Next()) {
          Require((*packet)->size() <= ice_lite::TcpFrameReader::kMaxPacketSize);
        }
        framed = packet.has_value();
        Require(!framed || frames.buffered() <= ice_lite::TcpFrameReader::kMaxPacketSize + 2);
      }
    } else if (what % 4 == 2) {
      const Bytes request = RequestOf(ours.password, bytes);
      const Bytes answer = agent->OnStun(pair, request, now);
      Require(answer.size() <= kMaxAnswer);
      Require(answer.empty() || stun::Parse(answer).has_value());
    } else {
      Require(agent->Restart(next, "peer", now).has_value());
      agent->OnStun(pair, RequestOf(next.password, bytes), now);
    }
    Require(agent->stats(now).size() <= ice_lite::Agent::kMaxPairs);
    const auto selected = agent->selected();
    Require(!selected || agent->validated(*selected));
  }
  return 0;
}
