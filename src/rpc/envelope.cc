#include "rpc/envelope.h"

#include <string>
#include <string_view>

#include "rpc/gzip.h"

namespace ingress::rpc {
namespace {

constexpr std::string_view kTypePrefix = "type.googleapis.com/";

// Only what follows the last slash counts, as for every reader of a protobuf type URL.
std::string_view TypeName(std::string_view type_url) {
  return type_url.substr(type_url.rfind('/') + 1);
}

Result<Bytes> Decompress(const ::internal::Msg& msg) {
  switch (msg.compression()) {
    case ::internal::Msg::NONE: {
      const ByteView value = AsBytes(msg.value());
      return Bytes(value.begin(), value.end());
    }
    case ::internal::Msg::GZIP:
      return Gunzip(AsBytes(msg.value()), kMaxEnvelopeBytes);
    default:
      return Fail(ErrorCode::kUnsupported,
                  "psrpc: compression " + std::to_string(msg.compression()));
  }
}

}  // namespace

template <typename T>
Bytes Pack(const T& message) {
  ::internal::Msg msg;
  msg.set_type_url(std::string(kTypePrefix) + T().GetTypeName());
  msg.set_value(message.SerializeAsString());
  Bytes payload(msg.ByteSizeLong());
  msg.SerializeToArray(payload.data(), static_cast<int>(payload.size()));
  return payload;
}

template <typename T>
Result<T> Unpack(ByteView payload) {
  if (payload.size() > kMaxEnvelopeBytes) {
    return Fail(ErrorCode::kLimitExceeded,
                "psrpc: envelope of " + std::to_string(payload.size()) + " bytes");
  }
  ::internal::Msg msg;
  if (!msg.ParseFromArray(payload.data(), static_cast<int>(payload.size()))) {
    return Fail(ErrorCode::kMalformed, "psrpc: not an envelope");
  }
  const std::string expected = T().GetTypeName();
  if (TypeName(msg.type_url()) != expected) {
    return Fail(ErrorCode::kMalformed, "psrpc: something else than " + expected);
  }
  const Result<Bytes> value = Decompress(msg);
  if (!value) return std::unexpected(value.error());
  T message;
  if (!message.ParseFromArray(value->data(), static_cast<int>(value->size()))) {
    return Fail(ErrorCode::kMalformed, "psrpc: damaged " + expected);
  }
  return message;
}

template Bytes Pack(const ::internal::Request&);
template Bytes Pack(const ::internal::Response&);
template Bytes Pack(const ::internal::ClaimRequest&);
template Bytes Pack(const ::internal::ClaimResponse&);
template Result<::internal::Request> Unpack(ByteView);
template Result<::internal::Response> Unpack(ByteView);
template Result<::internal::ClaimRequest> Unpack(ByteView);
template Result<::internal::ClaimResponse> Unpack(ByteView);

}  // namespace ingress::rpc
