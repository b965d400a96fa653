#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "rtmp/digest.h"

namespace ingress::rtmp {

/// The words of the error about a PROXY header in the place of RTMP. Whoever knows where such
/// headers may come from adds the remedy.
inline constexpr std::string_view kProxyHeaderHere = "handshake: a PROXY header";

/// The server's side of the handshake (Adobe RTMP 1.0 §5.2), simple or with digests.
///
/// Sans-IO. S0, S1 and S2 go out together as soon as C1 is complete: FFmpeg and GStreamer send C2
/// only after S2. C2 is passed over, because clients that rewrite it are in use.
class Handshake {
 public:
  /// Consumes from the front of `input` what belongs to the handshake; replies are appended to
  /// `out`. What is left in `input` are chunks.
  /// Errors: kUnsupported for what begins like TLS, HTTP, RTMPE or a PROXY header, with the remedy
  /// in words; kMalformed for any other first byte but 3.
  Result<void> Receive(ByteView& input, Bytes& out);

  bool done() const { return done_; }

 private:
  void Reply(Bytes& out);

  Bytes c1_;
  std::size_t c2_seen_ = 0;
  std::optional<std::uint8_t> version_;  // the first byte
  bool done_ = false;
};

}  // namespace ingress::rtmp
