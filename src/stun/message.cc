#include "stun/message.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <string>

#include "base/byte_reader.h"
#include "stun/checksum.h"

namespace ingress::stun {
namespace {

constexpr std::uint8_t kIpv4 = 1;
constexpr std::uint8_t kIpv6 = 2;
constexpr std::size_t kIpv4At = 12;  // within an IpAddress

std::size_t PaddingOf(std::size_t size) { return (4 - size % 4) % 4; }

std::unexpected<Error> WrongSize(std::string_view attribute, std::size_t size) {
  return Fail(ErrorCode::kMalformed,
              "stun: " + std::string(attribute) + " of " + std::to_string(size) + " bytes");
}

/// RFC 8489 §14.2: the address is XORed with the cookie, and with the transaction id behind it.
Result<TransportAddress> ReadXorAddress(ByteView value, const TransactionId& id) {
  ByteReader reader(value);
  reader.Skip(1);
  const std::uint8_t family = reader.ReadU8();
  TransportAddress address;
  address.port = static_cast<std::uint16_t>(reader.ReadU16() ^ (kMagicCookie >> 16));
  const std::size_t size = family == kIpv6 ? 16 : 4;
  if ((family != kIpv4 && family != kIpv6) || reader.remaining() != size) {
    return WrongSize("XOR-MAPPED-ADDRESS", value.size());
  }
  if (family == kIpv4) address.ip[10] = address.ip[11] = 0xff;
  const std::size_t at = family == kIpv4 ? kIpv4At : 0;
  const ByteView bytes = reader.rest();
  for (std::size_t i = 0; i < size; ++i) {
    const auto cookie = static_cast<std::uint8_t>(kMagicCookie >> (24 - 8 * (i % 4)));
    address.ip.at(at + i) = bytes[i] ^ (i < 4 ? cookie : id.at(i - 4));
  }
  return address;
}

Result<int> ReadErrorCode(ByteView value) {
  if (value.size() < 4) return WrongSize("ERROR-CODE", value.size());
  return (value[2] & 7) * 100 + value[3];
}

void TakeUnknown(UnknownAttributes& unknown, std::uint16_t type) {
  if (type >= attribute::kFirstOptional || unknown.count == UnknownAttributes::kMax) return;
  unknown.types.at(unknown.count++) = type;
}

/// Reads the attributes that requests carry.
Result<void> TakeRequestAttribute(Message& message, std::uint16_t type, ByteView value) {
  switch (type) {
    case attribute::kUsername:
      if (value.size() > kMaxUsernameSize) {
        return Fail(ErrorCode::kLimitExceeded,
                    "stun: USERNAME of " + std::to_string(value.size()) + " bytes");
      }
      if (message.username.empty()) message.username = AsText(value);
      return {};
    case attribute::kPriority:
      if (value.size() != 4) return WrongSize("PRIORITY", value.size());
      if (!message.priority) message.priority = ByteReader(value).ReadU32();
      return {};
    case attribute::kUseCandidate:
      message.use_candidate = true;
      return {};
    case attribute::kIceControlling:
      message.ice_controlling = true;
      return {};
    case attribute::kIceControlled:
      message.ice_controlled = true;
      return {};
    default:
      TakeUnknown(message.unknown, type);
      return {};
  }
}

/// Reads those of answers and those that mean nothing to ICE, and leaves the rest to the above.
Result<void> TakeAttribute(Message& message, std::uint16_t type, ByteView value) {
  switch (type) {
    case attribute::kXorMappedAddress: {
      const auto address = ReadXorAddress(value, message.id);
      if (!address) return std::unexpected(address.error());
      if (!message.mapped_address) message.mapped_address = *address;
      return {};
    }
    case attribute::kErrorCode: {
      const auto code = ReadErrorCode(value);
      if (!code) return std::unexpected(code.error());
      if (message.error_code == 0) message.error_code = *code;
      return {};
    }
    case attribute::kMappedAddress:
    case attribute::kUnknownAttributes:
    case attribute::kRealm:
    case attribute::kNonce:
    case attribute::kMessageIntegritySha256:
    case attribute::kPasswordAlgorithm:
    case attribute::kUserhash:
      return {};
    default:
      return TakeRequestAttribute(message, type, value);
  }
}

Result<void> CheckFingerprint(ByteView before, ByteView value, bool last) {
  if (value.size() != kFingerprintSize) return WrongSize("FINGERPRINT", value.size());
  if (!last) return Fail(ErrorCode::kMalformed, "stun: FINGERPRINT is not the last attribute");
  if (ByteReader(value).ReadU32() == FingerprintOf(before)) return {};
  return Fail(ErrorCode::kMalformed, "stun: FINGERPRINT is wrong");
}

Result<Message> ReadHeader(ByteView datagram, ByteReader& reader) {
  const std::uint16_t type = reader.ReadU16();
  const std::size_t length = reader.ReadU16();
  const std::uint32_t cookie = reader.ReadU32();
  const ByteView id = reader.ReadBytes(std::tuple_size_v<TransactionId>);
  if (!reader.ok() || type >= 0x4000 || cookie != kMagicCookie) {
    return Fail(ErrorCode::kMalformed, "stun: no message");
  }
  if (length % 4 != 0 || length != reader.remaining()) {
    return Fail(ErrorCode::kMalformed, "stun: length " + std::to_string(length) + " in " +
                                           std::to_string(datagram.size()) + " bytes");
  }
  Message message;
  // The two bits of the class lie between those of the method (RFC 8489 §5).
  message.method =
      static_cast<std::uint16_t>((type & 0x000f) | (type & 0x00e0) >> 1 | (type & 0x3e00) >> 2);
  message.message_class = static_cast<Class>((type >> 4 & 1) | (type >> 7 & 2));
  std::ranges::copy(id, message.id.begin());
  return message;
}

}  // namespace

Result<Message> Parse(ByteView datagram) {
  ByteReader reader(datagram);
  auto message = ReadHeader(datagram, reader);
  if (!message) return message;
  while (reader.remaining() > 0) {
    const std::size_t at = reader.offset();
    const std::uint16_t type = reader.ReadU16();
    const std::size_t size = reader.ReadU16();
    const ByteView value = reader.ReadBytes(size);
    reader.Skip(PaddingOf(size));
    if (!reader.ok()) return Fail(ErrorCode::kMalformed, "stun: an attribute runs past the end");
    Result<void> taken;
    if (type == attribute::kFingerprint) {
      taken = CheckFingerprint(datagram.first(at), value, reader.remaining() == 0);
    } else if (message->integrity_at) {
      continue;  // anybody may have put it there
    } else if (type == attribute::kMessageIntegrity) {
      if (size != kIntegritySize) return WrongSize("MESSAGE-INTEGRITY", size);
      message->integrity_at = at;
    } else {
      taken = TakeAttribute(*message, type, value);
    }
    if (!taken) return std::unexpected(std::move(taken.error()));
  }
  return message;
}

bool HasIntegrity(ByteView datagram, const Message& message, const crypto::HmacSha1& key) {
  if (!message.integrity_at) return false;
  const std::size_t at = *message.integrity_at;
  // Signed is the message up to here, with a length as if it ended with this attribute.
  const std::size_t length = at + kAttributeHeaderSize + kIntegritySize - kHeaderSize;
  const std::array<std::uint8_t, 2> signed_length = {static_cast<std::uint8_t>(length >> 8),
                                                     static_cast<std::uint8_t>(length)};
  crypto::HmacSha1::Digest digest{};
  if (!key.Sign({datagram.first(2), signed_length, datagram.first(at).subspan(4)}, digest)) {
    return false;
  }
  const ByteView found = datagram.subspan(at + kAttributeHeaderSize, kIntegritySize);
  return CRYPTO_memcmp(digest.data(), found.data(), digest.size()) == 0;
}

}  // namespace ingress::stun
