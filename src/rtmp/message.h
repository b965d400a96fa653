#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace ingress::rtmp {

/// Message type ids (Adobe RTMP 1.0 §5.4, §7.1).
enum class MessageType : std::uint8_t {
  kSetChunkSize = 1,
  kAbort = 2,
  kAcknowledgement = 3,
  kUserControl = 4,
  kWindowAckSize = 5,
  kSetPeerBandwidth = 6,
  kAudio = 8,
  kVideo = 9,
  kDataAmf3 = 15,
  kSharedObjectAmf3 = 16,
  kCommandAmf3 = 17,
  kDataAmf0 = 18,
  kSharedObjectAmf0 = 19,
  kCommandAmf0 = 20,
  kAggregate = 22,
};

/// A message as put together from its chunks. Any type id may occur, not only the named ones.
struct Message {
  MessageType type = MessageType::kVideo;
  std::uint32_t timestamp = 0;  // milliseconds, wraps at 2^32
  std::uint32_t message_stream_id = 0;
  std::uint32_t chunk_stream_id = 0;
  Bytes payload;
  std::uint32_t left_out = 0;  // bytes of a body above its limit; the payload is empty then
};

}  // namespace ingress::rtmp
