#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "flv/tag.h"

namespace ingress::flv {

/// Takes an FLV byte stream apart, in pieces of any size (FLV 10.1, annex E.2 to E.4).
///
/// Sans-IO. Back pointers (PreviousTagSize) and the audio and video flags of the file header are
/// not checked: live writers get both wrong. Tags of unknown types are skipped.
class StreamReader {
 public:
  /// Consumes all of `data`; finished tags are then in TakeTags().
  /// Errors: kMalformed when the stream does not start as FLV; kLimitExceeded for a tag above
  /// MaxTagSize(). After an error the reader must not be used further.
  Result<void> Receive(ByteView data);

  /// The tags finished since the last call, in stream order.
  std::vector<Tag> TakeTags();

 private:
  enum class State { kFileHeader, kSkip, kTagHeader, kBody };

  Result<void> StartAfterFileHeader();
  Result<void> StartTag();
  void FinishTag();
  bool FillHeader(ByteView& data, std::size_t size);

  State state_ = State::kFileHeader;
  std::array<std::uint8_t, 11> header_{};
  std::size_t header_size_ = 0;  // bytes of header_ that are filled
  std::size_t skip_ = 0;         // bytes to pass over before the next tag header
  std::size_t body_size_ = 0;
  Tag tag_;
  std::vector<Tag> tags_;
};

}  // namespace ingress::flv
