#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "flv/tag.h"

namespace ingress::relay {

/// A tag whose payload several readers share.
struct SharedTag {
  flv::TagType type = flv::TagType::kVideo;
  std::uint32_t timestamp = 0;  // milliseconds, wraps at 2^32
  std::shared_ptr<const Bytes> payload;
};

/// What a reader must know before the first frame, by kind, in the order it is told.
enum class HeaderKind : std::uint8_t {
  kMetadata,       // onMetaData
  kVideoConfig,    // avcC, hvcC, …
  kVideoColour,    // Enhanced RTMP colour information
  kAudioConfig,    // AudioSpecificConfig, OpusHead, …
  kAudioChannels,  // Enhanced RTMP channel layout
};
inline constexpr std::size_t kHeaderKinds = 5;

/// Larger tags are media, whatever they claim: headers are kept outside the buffer's limits.
inline constexpr std::size_t kMaxHeaderSize = 256 * 1024;  // bytes

/// What a tag means to the buffer.
struct TagClass {
  std::optional<HeaderKind> header;
  bool key_frame = false;    // a decoder can start here
  bool inter_frame = false;  // a coded picture that needs others
};

TagClass Classify(flv::TagType type, ByteView payload);

/// The newest header of each kind.
class HeaderSet {
 public:
  void Remember(HeaderKind kind, SharedTag tag);

  /// In the order of HeaderKind; the set is empty afterwards.
  std::vector<SharedTag> TakeAll();

  bool empty() const;

 private:
  std::array<std::optional<SharedTag>, kHeaderKinds> tags_;
};

}  // namespace ingress::relay
