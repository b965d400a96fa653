#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "amf/value.h"
#include "base/bytes.h"
#include "base/result.h"

namespace ingress::rtmp {

/// Of the connect command, always (Adobe RTMP 1.0 §7.2.1.1).
inline constexpr double kConnectTransaction = 1;

/// A command message taken apart (Adobe RTMP 1.0 §7.2).
struct Command {
  std::string name;
  double transaction_id = 0;            // 0 when absent or not a number; asks for no answer
  std::vector<amf::Value> arguments{};  // the command object first, mostly null

  /// Argument `index`; undefined when there are fewer.
  const amf::Value& Argument(std::size_t index) const;

  /// Whether the encoder waits for a `_result`.
  bool expects_result() const { return transaction_id != 0; }
};

/// Reads the body of a type 20 message, or of a type 17 one behind its format byte.
///
/// Arguments from the first AMF3 value on are left out: Flash clients send them behind the ones
/// that matter here.
/// Errors: kMalformed when the name is missing; otherwise those of the AMF0 decoder.
Result<Command> ParseCommand(ByteView body);

/// The bodies of the answers, all AMF0. `level` comes before `code` in every information object,
/// because Wirecast insists.
Bytes MakeConnectResult(double transaction_id);
Bytes MakeResult(double transaction_id, amf::Value value);

/// The `_error` that refuses a connect; encoders show the description.
Bytes MakeConnectError(double transaction_id, std::string_view description);
Bytes MakeOnFcPublish(double transaction_id);

/// "status" or "error".
enum class StatusLevel { kStatus, kError };
Bytes MakeOnStatus(StatusLevel level, std::string_view code, std::string_view description);

/// The onStatus that lets an encoder start. `stream_name` as the encoder sent it.
Bytes MakePublishStart(std::string_view stream_name);

}  // namespace ingress::rtmp
