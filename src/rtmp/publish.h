#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.h"

namespace ingress::rtmp {

/// What an encoder asked for with `publish`, taken apart by the rules for tcUrl, app and name.
struct PublishRequest {
  std::string stream_key;  // a secret: never log it
  std::string app;         // without query and key; escaped and truncated, safe to log
  std::string query;       // merged from name, app and tcUrl, without '?'; may hold secrets
  std::string flash_ver;   // escaped and truncated, safe to log; empty when not sent
  std::string peer;        // "address:port" of the encoder
};

/// The answer to a publish request that is refused. The encoder gets code and description in an
/// onStatus, then the connection is closed.
struct Refusal {
  std::string code;         // for example "NetStream.Publish.BadName"
  std::string description;  // one sentence with cause and remedy; encoders show it to their user
  /// Wait until the encoder has hung up, so that it hears this even if it sends on meanwhile.
  bool linger = true;
};

/// One FLV tag body as the encoder sent it.
struct MediaMessage {
  enum class Kind : std::uint8_t { kAudio = 8, kVideo = 9, kScript = 18 };  // FLV tag types
  Kind kind = Kind::kVideo;
  std::uint32_t timestamp = 0;  // milliseconds, wraps at 2^32
  Bytes payload;                // kScript: AMF0 without the "@setDataFrame" prefix
  bool coded = false;           // holds coded audio or video: a sign of life
};

/// Something odd that the encoder did and that was passed over; the stream goes on.
struct ProtocolNotice {
  std::string text;  // for the log: what happened, and what the encoder should do
};

/// How a publish ended.
struct PublishEnd {
  enum class Cause { kUnpublished, kDisconnected, kTimedOut, kProtocolError, kClosedByUs };
  Cause cause = Cause::kDisconnected;
  std::string detail;  // for humans
};

}  // namespace ingress::rtmp
