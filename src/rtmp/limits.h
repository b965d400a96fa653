#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace ingress::rtmp {

struct ConnectionLimits {
  std::chrono::seconds handshake{10};         // from accept
  std::chrono::seconds publish_accepted{20};  // from accept
  std::chrono::seconds idle_before_media{15};
  std::chrono::seconds idle{30};
};

// After unpublish an encoder closes or publishes again; past this we close.
constexpr std::chrono::seconds kUnpublishLinger{2};

// Chunk stream (Adobe RTMP 1.0 §5.3). Message sizes are the ones of flv::MaxTagSize.
constexpr std::uint32_t kDefaultChunkSize = 128;
constexpr std::uint32_t kMaxChunkSize = 0xFFFFFF;           // no message is longer
constexpr std::size_t kMaxChunkStreams = 64;                // distinct ids, of any value
constexpr std::size_t kMaxPartialBytes = 16 * 1024 * 1024;  // over all chunk streams

// What we announce. FFmpeg takes over our chunk size for its own output, so a large one keeps
// parsing cheap for both sides.
constexpr std::uint32_t kOurChunkSize = 60000;
constexpr std::uint32_t kOurWindowAckSize = 2'500'000;
constexpr std::uint32_t kMinPeerWindowAckSize = 64 * 1024;  // tiny windows would be an ack flood

// Sessions.
constexpr int kMaxControlMessagesPerSecond = 50;
constexpr int kMaxCommandsPerSecond = 50;
constexpr int kMaxUnknownMessages = 1000;
constexpr std::size_t kMaxMessageStreams = 8;
constexpr std::size_t kMaxHeldMediaBytes = 4 * 1024 * 1024;  // then we stop reading
constexpr std::size_t kMaxNameLength = 8192;  // name, app, tcUrl; tokens in queries are long

}  // namespace ingress::rtmp
