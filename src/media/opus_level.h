#pragma once

#include <memory>
#include <vector>

#include "base/bytes.h"

struct OpusDecoder;

namespace ingress::media {

/// Measures the level of Opus packets that nobody else decodes. Decodes them as mono at 8 kHz,
/// which is cheap and says how loud they are.
class OpusLevel {
 public:
  OpusLevel();

  /// RFC 6464: 0 loudest, 127 silence; silence, too, when the packet cannot be decoded.
  int LevelOf(ByteView packet);

 private:
  struct Destroy {
    void operator()(OpusDecoder* decoder) const;
  };

  std::unique_ptr<OpusDecoder, Destroy> decoder_;
  std::vector<float> samples_;
};

}  // namespace ingress::media
