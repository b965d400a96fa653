#include <algorithm>

#include "stun/testing/request_attributes.h"
#include "stun/writer.h"

namespace {

using namespace ingress;

void Require(bool property) {
  if (!property) __builtin_trap();
}

/// What was read, written again, reads the same.
void WriteAgain(const stun::Message& message) {
  stun::Writer writer(message.message_class, message.method, message.id);
  if (!message.username.empty()) stun::testing::AddUsername(writer, message.username);
  if (message.priority) stun::testing::AddPriority(writer, *message.priority);
  if (message.use_candidate) stun::testing::AddUseCandidate(writer);
  if (message.mapped_address) writer.AddXorMappedAddress(*message.mapped_address);
  const auto key = crypto::HmacSha1::Make(AsBytes("password"));
  const auto datagram = writer.Finish(*key);
  Require(datagram.has_value());
  const auto again = stun::Parse(*datagram);
  Require(again && stun::HasIntegrity(*datagram, *again, *key));
  Require(again->message_class == message.message_class && again->method == message.method &&
          again->id == message.id && again->username == message.username &&
          again->priority == message.priority && again->use_candidate == message.use_candidate &&
          again->mapped_address == message.mapped_address);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView datagram(data, size);
  const auto message = stun::Parse(datagram);
  if (!message) return 0;
  Require(message->unknown.count <= stun::UnknownAttributes::kMax);
  Require(message->username.size() <= stun::kMaxUsernameSize);
  // Nobody signs with this key.
  const auto key = crypto::HmacSha1::Make(AsBytes("another password"));
  Require(!stun::HasIntegrity(datagram, *message, *key));
  WriteAgain(*message);
  return 0;
}
