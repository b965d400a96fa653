#include "stun/writer.h"

#include <utility>

#include "base/byte_writer.h"
#include "stun/checksum.h"

namespace ingress::stun {
namespace {

constexpr std::size_t kIpv4At = 12;  // within an IpAddress

std::uint16_t TypeOf(Class message_class, std::uint16_t method) {
  const auto bits = static_cast<unsigned>(message_class);
  return static_cast<std::uint16_t>((method & 0x000f) | (method & 0x0070) << 1 |
                                    (method & 0x0f80) << 2 | (bits & 1) << 4 | (bits & 2) << 7);
}

}  // namespace

Writer::Writer(Class message_class, std::uint16_t method, const TransactionId& id) : id_(id) {
  message_.reserve(128);
  ByteWriter writer(message_);
  writer.WriteU16(TypeOf(message_class, method));
  writer.WriteU16(0);  // length, see SetLength()
  writer.WriteU32(kMagicCookie);
  writer.WriteBytes(id);
}

void Writer::AddXorMappedAddress(const TransportAddress& address) {
  const bool v4 = IsIpv4(address.ip);
  Bytes value;
  ByteWriter writer(value);
  writer.WriteU8(0);
  writer.WriteU8(v4 ? 1 : 2);
  writer.WriteU16(static_cast<std::uint16_t>(address.port ^ (kMagicCookie >> 16)));
  const ByteView ip = ByteView(address.ip).subspan(v4 ? kIpv4At : 0);
  for (std::size_t i = 0; i < ip.size(); ++i) {
    const auto cookie = static_cast<std::uint8_t>(kMagicCookie >> (24 - 8 * (i % 4)));
    writer.WriteU8(static_cast<std::uint8_t>(ip[i] ^ (i < 4 ? cookie : id_.at(i - 4))));
  }
  Add(attribute::kXorMappedAddress, value);
}

void Writer::AddErrorCode(int code, std::string_view reason) {
  Bytes value;
  ByteWriter writer(value);
  writer.WriteU16(0);
  writer.WriteU8(static_cast<std::uint8_t>(code / 100));
  writer.WriteU8(static_cast<std::uint8_t>(code % 100));
  writer.WriteText(reason);
  Add(attribute::kErrorCode, value);
}

void Writer::AddUnknownAttributes(const UnknownAttributes& unknown) {
  Bytes value;
  ByteWriter writer(value);
  for (std::size_t i = 0; i < unknown.count; ++i) writer.WriteU16(unknown.types.at(i));
  Add(attribute::kUnknownAttributes, value);
}

Result<Bytes> Writer::Finish(const crypto::HmacSha1& key) {
  // Each of the two counts itself in the length that it covers, and not what follows.
  const std::size_t before = message_.size() - kHeaderSize;
  SetLength(before + kAttributeHeaderSize + kIntegritySize);
  crypto::HmacSha1::Digest digest{};
  if (!key.Sign({message_}, digest)) return crypto::FailOpenssl("stun: sign");
  Add(attribute::kMessageIntegrity, digest);
  SetLength(message_.size() - kHeaderSize + kAttributeHeaderSize + kFingerprintSize);
  Bytes value;
  ByteWriter(value).WriteU32(FingerprintOf(message_));
  Add(attribute::kFingerprint, value);
  return std::move(message_);
}

void Writer::Add(std::uint16_t type, ByteView value) {
  ByteWriter writer(message_);
  writer.WriteU16(type);
  writer.WriteU16(static_cast<std::uint16_t>(value.size()));
  writer.WriteBytes(value);
  while (message_.size() % 4 != 0) message_.push_back(0);
  SetLength(message_.size() - kHeaderSize);
}

void Writer::SetLength(std::size_t length) {
  message_[2] = static_cast<std::uint8_t>(length >> 8);
  message_[3] = static_cast<std::uint8_t>(length);
}

}  // namespace ingress::stun
