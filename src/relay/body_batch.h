#pragma once

#include <boost/asio/buffer.hpp>
#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "relay/headers.h"

namespace ingress::relay {

/// A few tags as one piece of an HTTP body, ready for a gathering write: payloads stay where they
/// are, everything between them is made here. Reused from batch to batch.
class BodyBatch {
 public:
  /// Two buffers a tag and one to begin with: the most that Asio hands to one sendmsg(2) is 64.
  static constexpr std::size_t kMaxTags = 31;

  /// `chunked`: with the framing of RFC 9112 §7.1 around all of it.
  explicit BodyBatch(bool chunked) : chunked_(chunked) {}

  /// Starts over with `prefix` and then `tags`, at most kMaxTags; not both empty.
  void Assign(ByteView prefix, std::vector<SharedTag> tags);

  /// Starts over with the mark of a complete body: the last chunk, or nothing when not chunked.
  void AssignEnd();

  /// Lets go of the tags; nothing is left to write.
  void Clear();

  /// What is still to be written; valid until the next call that is not const.
  std::span<const boost::asio::const_buffer> remaining() const {
    return std::span(buffers_).subspan(position_);
  }
  bool done() const { return position_ == buffers_.size(); }

  /// `size` more bytes were written.
  void Consume(std::size_t size);

 private:
  bool chunked_;
  std::vector<SharedTag> tags_;
  Bytes scaffold_;                  // everything but the payloads
  std::vector<std::size_t> marks_;  // offsets in scaffold_ at which a payload goes in
  std::vector<boost::asio::const_buffer> buffers_;
  std::size_t position_ = 0;  // first buffer not yet written
};

}  // namespace ingress::relay
