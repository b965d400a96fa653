#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "flv/tag.h"
#include "rtmp/limits.h"
#include "rtmp/message.h"

namespace ingress::rtmp {

/// Puts messages together from the chunk stream (Adobe RTMP 1.0 §5.3).
///
/// Sans-IO; takes pieces of any size. The session applies SetChunkSize and Abort, which is why
/// Read() returns after each message: both hold from the very next chunk.
class ChunkReader {
 public:
  /// Consumes from the front of `input` up to the end of the next message. Empty: all of `input`
  /// is consumed and more is needed. The body of a message above flv::MaxTagSize(), or the size
  /// that was set, is left out, but commands of that size are refused: an encoder waits for their
  /// answer. Errors: kMalformed for a chunk stream that starts without a header, or a message whose
  /// type or length changes half way; kLimitExceeded for too many chunk streams with an unfinished
  /// message, too large a command, or too much unfinished data. After an error the reader is of no
  /// use.
  Result<std::optional<Message>> Read(ByteView& input);

  /// `size` from 1 to kMaxChunkSize.
  void SetChunkSize(std::uint32_t size) { chunk_size_ = size; }

  struct Limits {
    std::size_t message = flv::kMaxVideoTagSize;  // of any type
    std::size_t believed = 64 * 1024;  // of an announced length; memory for more must have come
  };

  /// Holds for messages that begin from now on.
  void SetLimits(Limits limits) { limits_ = limits; }

  /// Memory that unfinished messages take.
  std::size_t buffered_bytes() const;

  /// Drops the unfinished message of that chunk stream, if there is one.
  void Abort(std::uint32_t chunk_stream_id);

  /// How a header of fmt 3 that starts a message is read: as a repeated delta (the specification),
  /// or, for old librtmp, as "same timestamp".
  void SetFmt3MeansSameTimestamp(bool same) { fmt3_means_same_ = same; }

 private:
  struct ChunkStream {
    std::uint32_t id = 0;
    std::uint32_t timestamp = 0;  // of the current or last message
    std::uint32_t field = 0;      // last timestamp field: absolute after fmt 0, else a delta
    bool extended = false;        // that field did not fit into 24 bits
    std::uint32_t length = 0;
    std::uint8_t type = 0;
    std::uint32_t message_stream_id = 0;
    bool in_progress = false;
    bool left_out = false;       // the body of the current message
    std::uint32_t received = 0;  // of it
    std::uint64_t selected = 0;  // when, in the order of all
    Bytes payload;
  };

  enum class State {
    kHeader,         // basic and message header, extended timestamp of fmt 0 to 2 included
    kExtendedDelta,  // the four bytes behind an fmt 3 that starts a message
    kExtendedPeek,   // the four bytes that may or may not be repeated
    kPayload,
  };

  Result<void> Step(ByteView& source);
  Result<void> ReadHeader();
  Result<void> StartFromHeader(int fmt, ByteView fields);
  Result<void> ContinueFromHeader(int fmt, ByteView fields);
  Result<void> StartMessage();
  Result<void> SelectStream(std::uint32_t id, int fmt);
  Result<void> ForgetOldestStream();
  void StartChunk(State next);
  Result<void> ReadPayload(ByteView& source);
  Result<void> AppendPayload(ByteView bytes);
  void PeekExtended(ByteView& source);
  void PutBackPeeked();
  std::optional<Message> TakeFinished();

  std::size_t NeededHeaderSize() const;
  bool FillScratch(ByteView& source, std::size_t size);

  ChunkStream& current() { return streams_[current_]; }

  std::uint32_t chunk_size_ = kDefaultChunkSize;
  Limits limits_;
  bool fmt3_means_same_ = false;
  State state_ = State::kHeader;
  std::array<std::uint8_t, 18> scratch_{};  // the header being read
  std::size_t scratch_size_ = 0;
  bool put_back_ = false;                // the peeked bytes in scratch_ are payload
  std::array<std::uint8_t, 4> carry_{};  // peeked bytes that turned out to be payload
  std::size_t carry_begin_ = 0;
  std::size_t carry_end_ = 0;
  std::vector<ChunkStream> streams_;
  std::size_t current_ = 0;  // index into streams_
  std::uint64_t selections_ = 0;
  std::uint32_t chunk_remaining_ = 0;  // payload bytes of this chunk still to come
  std::size_t partial_bytes_ = 0;      // payload in unfinished messages
};

}  // namespace ingress::rtmp
