#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace ingress::rtmp {

struct ConnectionLimits {
  std::chrono::seconds handshake{10};          // from accept
  std::chrono::seconds publish_accepted{20};   // from accept
  std::chrono::seconds idle_before_media{15};  // for an encoder that publishes and sends nothing
  std::chrono::seconds idle{30};               // between two messages with coded audio or video
};

// After unpublish an encoder closes or publishes again; past this we close.
constexpr std::chrono::seconds kUnpublishLinger{2};

// Chunk stream (Adobe RTMP 1.0 §5.3). Message sizes are the ones of flv::MaxTagSize.
constexpr std::uint32_t kDefaultChunkSize = 128;
constexpr std::uint32_t kMaxChunkSize = 0xFFFFFF;           // no message is longer
constexpr std::size_t kMaxChunkStreams = 64;                // remembered at a time, of any id
constexpr std::size_t kMaxPartialBytes = 16 * 1024 * 1024;  // over all chunk streams

// Until its stream key is accepted a peer is a stranger: it may send so much, in messages of so
// much. FFmpeg and OBS send 4 KB up to `publish` (measured), of which the handshake is 3 KB; names
// may add kMaxNameLength three times. Media that comes before the answer waits in the socket.
constexpr std::size_t kMaxStrangerBytes = 128 * 1024;
constexpr std::size_t kMaxStrangerMessageSize = 64 * 1024;
constexpr std::size_t kBelievedOfStranger = 2048;  // of an announced length

// What we announce. FFmpeg takes over our chunk size for its own output, so a large one keeps
// parsing cheap for both sides.
constexpr std::uint32_t kOurChunkSize = 60000;
constexpr std::uint32_t kOurWindowAckSize = 2'500'000;
constexpr std::uint32_t kMinPeerWindowAckSize = 64 * 1024;  // tiny windows would be an ack flood

// Sessions. A limit on messages is a rate, because a stream may last for months. Encoders send
// about ten messages up to `publish`. While they publish, some send several messages that are
// neither audio nor video beside each frame, and a stalled network hands over half a minute of
// them at once.
constexpr int kMaxMessagesPerSecondBeforePublish = 100;
constexpr int kMaxSideMessagesPerSecond = 20'000;
constexpr std::size_t kMaxMessageStreams = 8;                // remembered at a time
constexpr std::size_t kMaxHeldMediaBytes = 4 * 1024 * 1024;  // then we stop reading
constexpr std::size_t kMaxUnsentBytes = 64 * 1024;  // answers beyond are left out: nobody reads
constexpr std::size_t kMaxNameLength = 8192;        // name, app, tcUrl; tokens in queries are long

}  // namespace ingress::rtmp
