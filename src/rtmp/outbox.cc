#include "rtmp/outbox.h"

#include "base/byte_writer.h"

namespace ingress::rtmp {
namespace {

constexpr std::uint32_t kControlChunkStream = 2;
constexpr std::uint32_t kCommandChunkStream = 3;
constexpr std::uint8_t kLimitDynamic = 2;
constexpr std::uint16_t kStreamBegin = 0;
constexpr std::uint16_t kPingResponse = 7;

Bytes Body32(std::uint32_t value) {
  Bytes body;
  ByteWriter(body).WriteU32(value);
  return body;
}

}  // namespace

void Outbox::WriteSetChunkSize(std::uint32_t size) {
  if (full()) return;
  WriteControl(MessageType::kSetChunkSize, Body32(size));
  writer_.SetChunkSize(size);
}

void Outbox::WriteAcknowledgement(std::uint32_t sequence_number) {
  WriteControl(MessageType::kAcknowledgement, Body32(sequence_number));
}

void Outbox::WriteWindowAckSize(std::uint32_t size) {
  WriteControl(MessageType::kWindowAckSize, Body32(size));
}

void Outbox::WriteSetPeerBandwidth(std::uint32_t size) {
  Bytes body = Body32(size);
  body.push_back(kLimitDynamic);
  WriteControl(MessageType::kSetPeerBandwidth, std::move(body));
}

void Outbox::WriteStreamBegin(std::uint32_t message_stream_id) {
  WriteUserControl(kStreamBegin, message_stream_id);
}

void Outbox::WritePingResponse(std::uint32_t time) { WriteUserControl(kPingResponse, time); }

void Outbox::WriteCommand(std::uint32_t message_stream_id, Bytes body) {
  if (full()) return;
  writer_.Write({.type = MessageType::kCommandAmf0,
                 .message_stream_id = message_stream_id,
                 .chunk_stream_id = kCommandChunkStream,
                 .payload = std::move(body)},
                bytes_);
}

void Outbox::WriteControl(MessageType type, Bytes body) {
  if (full()) return;
  writer_.Write({.type = type, .chunk_stream_id = kControlChunkStream, .payload = std::move(body)},
                bytes_);
}

void Outbox::WriteUserControl(std::uint16_t event, std::uint32_t value) {
  Bytes body;
  ByteWriter writer(body);
  writer.WriteU16(event);
  writer.WriteU32(value);
  WriteControl(MessageType::kUserControl, std::move(body));
}

}  // namespace ingress::rtmp
