#include "rtmp/chunk_reader.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/byte_reader.h"

namespace ingress::rtmp {
namespace {

constexpr std::uint32_t kExtendedMark = 0xFFFFFF;
constexpr std::size_t kExtendedSize = 4;
constexpr std::uint32_t kTopBit = 0x80000000;
constexpr std::array<std::size_t, 4> kMessageHeaderSizes = {11, 7, 3, 0};  // by fmt

std::size_t BasicHeaderSize(std::uint8_t first) {
  switch (first & 0x3F) {
    case 0:
      return 2;
    case 1:
      return 3;
    default:
      return 1;
  }
}

std::uint32_t ChunkStreamId(ByteView basic) {
  switch (basic.size()) {
    case 1:
      return basic[0] & 0x3Fu;
    case 2:
      return basic[1] + 64u;
    default:
      return basic[2] * 256u + basic[1] + 64u;  // the one little-endian id
  }
}

std::uint32_t ReadLittleEndian32(ByteReader& reader) {
  std::uint32_t value = 0;
  for (int shift = 0; shift < 32; shift += 8) {
    value |= static_cast<std::uint32_t>(reader.ReadU8()) << shift;
  }
  return value;
}

std::size_t MaxMessageSize(std::uint8_t type) {
  // An aggregate holds tags of every type.
  const bool aggregate = type == std::to_underlying(MessageType::kAggregate);
  return aggregate ? flv::kMaxVideoTagSize : flv::MaxTagSize(type);
}

bool IsCommand(std::uint8_t type) {
  return type == std::to_underlying(MessageType::kCommandAmf0) ||
         type == std::to_underlying(MessageType::kCommandAmf3);
}

/// Whether `bytes` begins the big-endian form of `value`.
bool IsPrefixOf(ByteView bytes, std::uint32_t value) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (bytes[i] != static_cast<std::uint8_t>(value >> (24 - 8 * i))) return false;
  }
  return true;
}

}  // namespace

Result<std::optional<Message>> ChunkReader::Read(ByteView& input) {
  while (true) {
    const bool from_carry = carry_begin_ < carry_end_;
    ByteView carry = ByteView(carry_).subspan(carry_begin_, carry_end_ - carry_begin_);
    ByteView& source = from_carry ? carry : input;
    if (source.empty()) return std::nullopt;

    if (auto stepped = Step(source); !stepped) return std::unexpected(stepped.error());
    if (from_carry) carry_begin_ = carry_end_ - carry.size();
    if (put_back_) PutBackPeeked();
    if (auto message = TakeFinished()) return message;
  }
}

std::size_t ChunkReader::buffered_bytes() const {
  std::size_t bytes = 0;
  for (const ChunkStream& stream : streams_) bytes += stream.payload.capacity();
  return bytes;
}

void ChunkReader::Abort(std::uint32_t chunk_stream_id) {
  const auto stream = std::ranges::find(streams_, chunk_stream_id, &ChunkStream::id);
  if (stream == streams_.end() || !stream->in_progress) return;
  partial_bytes_ -= stream->payload.size();
  stream->payload = {};
  stream->received = 0;
  stream->in_progress = false;
}

/// Consumes at least one byte of `source`, unless peeked bytes are put back.
Result<void> ChunkReader::Step(ByteView& source) {
  switch (state_) {
    case State::kHeader:
      // The size becomes known in steps: basic header, message header, extended timestamp.
      while (FillScratch(source, NeededHeaderSize())) {
        if (scratch_size_ == NeededHeaderSize()) return ReadHeader();
      }
      return {};
    case State::kExtendedDelta:
      if (!FillScratch(source, kExtendedSize)) return {};
      scratch_size_ = 0;
      current().field = ByteReader(scratch_).ReadU32();
      current().timestamp += current().field;
      return StartMessage();
    case State::kExtendedPeek:
      PeekExtended(source);
      return {};
    case State::kPayload:
      return ReadPayload(source);
  }
  return {};
}

Result<void> ChunkReader::ReadHeader() {
  const ByteView header = ByteView(scratch_).first(std::exchange(scratch_size_, 0));
  const std::size_t basic_size = BasicHeaderSize(header[0]);
  const int fmt = header[0] >> 6;
  const std::uint32_t id = ChunkStreamId(header.first(basic_size));
  if (auto selected = SelectStream(id, fmt); !selected) return selected;
  const ByteView fields = header.subspan(basic_size);
  return current().in_progress ? ContinueFromHeader(fmt, fields) : StartFromHeader(fmt, fields);
}

Result<void> ChunkReader::StartFromHeader(int fmt, ByteView fields) {
  ChunkStream& stream = current();
  if (fmt == 3) {
    if (!stream.extended) {
      if (!fmt3_means_same_) stream.timestamp += stream.field;
      return StartMessage();
    }
    if (!fmt3_means_same_) {
      state_ = State::kExtendedDelta;
      return {};
    }
    if (auto started = StartMessage(); !started) return started;
    state_ = State::kExtendedPeek;
    return {};
  }
  ByteReader reader(fields);
  stream.field = reader.ReadU24();
  if (fmt <= 1) {
    stream.length = reader.ReadU24();
    stream.type = reader.ReadU8();
  }
  if (fmt == 0) stream.message_stream_id = ReadLittleEndian32(reader);
  stream.extended = stream.field == kExtendedMark;
  if (stream.extended) stream.field = reader.ReadU32();
  stream.timestamp = fmt == 0 ? stream.field : stream.timestamp + stream.field;
  return StartMessage();
}

/// A header in the middle of a message is off specification; some senders write a full one for
/// each chunk. It must say the same.
Result<void> ChunkReader::ContinueFromHeader(int fmt, ByteView fields) {
  const ChunkStream& stream = current();
  if (fmt == 3) {
    StartChunk(stream.extended ? State::kExtendedPeek : State::kPayload);
    return {};
  }
  if (fmt <= 1) {
    ByteReader reader(fields);
    reader.Skip(3);
    const std::uint32_t length = reader.ReadU24();
    const std::uint8_t type = reader.ReadU8();
    if (length != stream.length || type != stream.type) {
      return Fail(ErrorCode::kMalformed, "chunk stream " + std::to_string(stream.id) +
                                             ": a new message of type " + std::to_string(type) +
                                             " begins inside one of type " +
                                             std::to_string(stream.type));
    }
  }
  StartChunk(State::kPayload);
  return {};
}

Result<void> ChunkReader::StartMessage() {
  ChunkStream& stream = current();
  const std::size_t most = std::min(MaxMessageSize(stream.type), limits_.message);
  stream.left_out = stream.length > most;
  if (stream.left_out && IsCommand(stream.type)) {
    return Fail(ErrorCode::kLimitExceeded,
                "chunk stream: message of type " + std::to_string(stream.type) + " is too long: " +
                    std::to_string(stream.length) + " bytes, at most " + std::to_string(most));
  }
  stream.in_progress = true;
  StartChunk(State::kPayload);
  return {};
}

Result<void> ChunkReader::SelectStream(std::uint32_t id, int fmt) {
  if (current_ < streams_.size() && current().id == id) return {};
  const auto found = std::ranges::find(streams_, id, &ChunkStream::id);
  current_ = static_cast<std::size_t>(found - streams_.begin());
  if (found != streams_.end()) {
    found->selected = ++selections_;
    return {};
  }
  // Fmt 1 is not allowed here either, but old librtmp sends its first ping that way.
  if (fmt >= 2) {
    return Fail(ErrorCode::kMalformed, "chunk stream " + std::to_string(id) +
                                           " starts with a header of fmt " + std::to_string(fmt));
  }
  if (streams_.size() == kMaxChunkStreams) {
    if (auto forgotten = ForgetOldestStream(); !forgotten) return forgotten;
  }
  current_ = streams_.size();
  streams_.push_back({.id = id, .selected = ++selections_, .payload = {}});
  return {};
}

/// Some senders take a new id again and again. What is between two messages can be forgotten: who
/// comes back later starts with a full header, or is refused as a stranger.
Result<void> ChunkReader::ForgetOldestStream() {
  const auto age = [](const ChunkStream& stream) {
    return std::pair(stream.in_progress, stream.selected);
  };
  const auto oldest = std::ranges::min_element(streams_, {}, age);
  if (oldest->in_progress) {
    return Fail(ErrorCode::kLimitExceeded, "more than " + std::to_string(kMaxChunkStreams) +
                                               " chunk streams with an unfinished message");
  }
  streams_.erase(oldest);
  return {};
}

void ChunkReader::StartChunk(State next) {
  chunk_remaining_ = std::min(chunk_size_, current().length - current().received);
  state_ = next;
}

Result<void> ChunkReader::ReadPayload(ByteView& source) {
  const std::size_t size = std::min<std::size_t>(chunk_remaining_, source.size());
  if (!current().left_out) {
    if (auto appended = AppendPayload(source.first(size)); !appended) return appended;
  }
  source = source.subspan(size);
  current().received += static_cast<std::uint32_t>(size);
  chunk_remaining_ -= static_cast<std::uint32_t>(size);
  return {};
}

Result<void> ChunkReader::AppendPayload(ByteView bytes) {
  Bytes& payload = current().payload;
  if (partial_bytes_ + bytes.size() > kMaxPartialBytes) {
    return Fail(ErrorCode::kLimitExceeded, "chunk stream: more than " +
                                               std::to_string(kMaxPartialBytes) +
                                               " bytes of unfinished messages");
  }
  if (payload.capacity() < payload.size() + bytes.size()) {
    const std::size_t grown =
        std::max({2 * payload.capacity(), limits_.believed, payload.size() + bytes.size()});
    payload.reserve(std::min<std::size_t>(grown, current().length));
  }
  payload.insert(payload.end(), bytes.begin(), bytes.end());
  partial_bytes_ += bytes.size();
  return {};
}

/// The specification wants the extended timestamp repeated in every chunk of a message. Some
/// senders leave it out, some repeat the absolute time behind a delta, some cut the top bit. Bytes
/// that fit none of these are payload; that is decided at the first byte that differs, because
/// waiting for a fourth one could mean waiting for the next message.
void ChunkReader::PeekExtended(ByteView& source) {
  const std::array<std::uint32_t, 4> known = {current().field, current().timestamp,
                                              current().field & ~kTopBit,
                                              current().timestamp & ~kTopBit};
  while (!source.empty()) {
    FillScratch(source, scratch_size_ + 1);
    const ByteView seen = ByteView(scratch_).first(scratch_size_);
    put_back_ = std::ranges::none_of(
        known, [seen](std::uint32_t value) { return IsPrefixOf(seen, value); });
    if (put_back_) {
      state_ = State::kPayload;
      return;
    }
    if (scratch_size_ == kExtendedSize) {
      scratch_size_ = 0;
      state_ = State::kPayload;
      return;
    }
  }
}

/// Makes the peeked bytes the next ones to be read. They fit: what is left of the carry was once
/// peeked together with them.
void ChunkReader::PutBackPeeked() {
  std::array<std::uint8_t, kExtendedSize> bytes{};
  std::size_t size = std::exchange(scratch_size_, 0);
  std::copy_n(scratch_.begin(), size, bytes.begin());
  while (carry_begin_ < carry_end_) bytes[size++] = carry_[carry_begin_++];
  carry_ = bytes;
  carry_begin_ = 0;
  carry_end_ = size;
  put_back_ = false;
}

std::optional<Message> ChunkReader::TakeFinished() {
  if (state_ != State::kPayload || chunk_remaining_ != 0) return std::nullopt;
  state_ = State::kHeader;
  ChunkStream& stream = current();
  if (stream.received < stream.length) return std::nullopt;
  partial_bytes_ -= stream.payload.size();
  stream.received = 0;
  stream.in_progress = false;
  return Message{.type = static_cast<MessageType>(stream.type),
                 .timestamp = stream.timestamp,
                 .message_stream_id = stream.message_stream_id,
                 .chunk_stream_id = stream.id,
                 .payload = std::exchange(stream.payload, {}),
                 .left_out = stream.left_out ? stream.length : 0};
}

std::size_t ChunkReader::NeededHeaderSize() const {
  if (scratch_size_ == 0) return 1;
  const std::size_t basic = BasicHeaderSize(scratch_[0]);
  const int fmt = scratch_[0] >> 6;
  const std::size_t size = basic + kMessageHeaderSizes[static_cast<std::size_t>(fmt)];
  if (fmt == 3 || scratch_size_ < size) return size;
  ByteReader reader(ByteView(scratch_).subspan(basic));
  return reader.ReadU24() == kExtendedMark ? size + kExtendedSize : size;
}

/// Moves bytes from `source` until scratch_ holds `size`; false when there are too few.
bool ChunkReader::FillScratch(ByteView& source, std::size_t size) {
  const std::size_t taken = std::min(size - scratch_size_, source.size());
  std::copy_n(source.begin(), taken, scratch_.begin() + static_cast<std::ptrdiff_t>(scratch_size_));
  scratch_size_ += taken;
  source = source.subspan(taken);
  return scratch_size_ == size;
}

}  // namespace ingress::rtmp
