#pragma once

#include <expected>
#include <string>
#include <utility>

namespace ingress::rpc {

/// A failure as psrpc carries it: `code` is one of psrpc's strings ("not_found", …).
struct RpcError {
  std::string code;
  std::string message;
  bool bus_away = false;  // a request that never left: the message bus is to blame, no server
};

template <typename T>
using RpcResult = std::expected<T, RpcError>;

inline std::unexpected<RpcError> RpcFail(std::string code, std::string message) {
  return std::unexpected(RpcError{std::move(code), std::move(message)});
}

}  // namespace ingress::rpc
