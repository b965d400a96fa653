#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "amf/amf0.h"
#include "base/byte_writer.h"
#include "base/bytes.h"
#include "rtmp/chunk_reader.h"
#include "rtmp/chunk_writer.h"
#include "rtmp/command.h"
#include "rtmp/digest.h"
#include "rtmp/message.h"

namespace ingress::rtmp {

/// The client's side of a session for tests: makes the bytes that an encoder would send, and reads
/// what the server answered. Keeps no socket.
class ScriptedClient {
 public:
  /// C0, C1 and, without waiting for S1, C2.
  static Bytes Handshake() {
    Bytes bytes(1 + 2 * kHandshakeBlockSize);
    bytes[0] = 3;
    return bytes;
  }

  Bytes Send(MessageType type, std::uint32_t chunk_stream_id, std::uint32_t message_stream_id,
             Bytes payload, std::uint32_t timestamp = 0) const {
    Bytes bytes;
    writer_.Write({.type = type,
                   .timestamp = timestamp,
                   .message_stream_id = message_stream_id,
                   .chunk_stream_id = chunk_stream_id,
                   .payload = std::move(payload)},
                  bytes);
    return bytes;
  }

  Bytes Command(std::vector<amf::Value> values, std::uint32_t message_stream_id = 0,
                std::uint32_t chunk_stream_id = 3) const {
    return Send(MessageType::kCommandAmf0, chunk_stream_id, message_stream_id,
                amf::EncodeAmf0(values));
  }

  Bytes Connect(std::string_view app, std::string_view flash_ver = "FMLE/3.0") const {
    amf::Object object{{{"app", app}, {"type", "nonprivate"}}, {}};
    if (!flash_ver.empty()) object.properties.push_back({"flashVer", flash_ver});
    object.properties.push_back({"tcUrl", "rtmp://127.0.0.1/" + std::string(app)});
    return Command({"connect", 1, std::move(object)});
  }

  Bytes Publish(std::string_view name, std::uint32_t message_stream_id = 1) const {
    return Command({"publish", 5, amf::Null{}, name, "live"}, message_stream_id);
  }

  /// A control message whose body is one number.
  Bytes Control(MessageType type, std::uint32_t value) const {
    Bytes body;
    ByteWriter(body).WriteU32(value);
    return Send(type, 2, 0, std::move(body));
  }

  /// Announces a chunk size and uses it from then on.
  Bytes SetChunkSize(std::uint32_t size) {
    Bytes bytes = Control(MessageType::kSetChunkSize, size);
    writer_.SetChunkSize(size);
    return bytes;
  }

  /// The messages in what the server wrote, handshake included.
  std::vector<Message> Read(ByteView output) {
    const std::size_t handshake = std::min(handshake_left_, output.size());
    handshake_left_ -= handshake;
    output = output.subspan(handshake);
    std::vector<Message> messages;
    while (true) {
      auto message = reader_.Read(output).value();
      if (!message) return messages;
      if (message->type == MessageType::kSetChunkSize) {
        reader_.SetChunkSize(message->payload[2] * 256u + message->payload[3]);
      }
      messages.push_back(std::move(*message));
    }
  }

 private:
  ChunkWriter writer_;
  ChunkReader reader_;
  std::size_t handshake_left_ = 1 + 2 * kHandshakeBlockSize;
};

inline Bytes operator+(Bytes left, const Bytes& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

}  // namespace ingress::rtmp
