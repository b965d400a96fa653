#pragma once

#include <hiredis/hiredis.h>

#include <cstddef>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace ingress::rpc {

/// The largest reply or pushed message we take from Redis, and how many values it may consist of.
inline constexpr std::size_t kMaxReplyBytes = 8 << 20;
inline constexpr std::size_t kMaxReplyValues = 1024;

/// One value of the Redis protocol (RESP2).
struct RespValue {
  enum class Type { kNil, kStatus, kError, kInteger, kString, kArray };

  Type type = Type::kNil;
  std::string text{};                 // kStatus, kError and kString
  long long integer = 0;              // kInteger
  std::vector<RespValue> elements{};  // kArray
};

/// Takes what a Redis server sends apart into values, however the bytes are cut. hiredis' parser
/// with our limits; sans-IO.
class RespReader {
 public:
  RespReader();

  /// Returns the values completed by `data`, in order. After an error the stream is lost.
  /// Errors: kMalformed, with the parser's words; kLimitExceeded above kMaxReplyBytes or
  /// kMaxReplyValues, before the announced size is allocated.
  Result<std::vector<RespValue>> Receive(ByteView data);

  /// What one value has used up of the limits.
  struct Budget {
    std::size_t bytes = 0;
    std::size_t values = 0;
    bool exceeded = false;
  };

 private:
  struct Free {
    void operator()(redisReader* reader) const { redisReaderFree(reader); }
  };

  std::unique_ptr<Budget> budget_;  // the parser points to it
  std::unique_ptr<redisReader, Free> reader_;
};

/// A command as RESP: an array of bulk strings.
Bytes RespCommand(std::span<const std::string_view> words);
Bytes RespCommand(std::initializer_list<std::string_view> words);

}  // namespace ingress::rpc
