#pragma once

#include <memory>

#include "base/encoded_frame.h"
#include "base/result.h"
#include "codec/avc_config.h"
#include "pipeline/source/source_picture.h"

namespace ingress::pipeline {

/// Makes the source's H.264 pictures fit for WebRTC: parameter sets in front of each IDR
/// picture and where they change, an SPS
/// that says nothing is reordered, and none of the units that only a container needs. Pictures are
/// not copied.
class PassThrough {
 public:
  /// The stream's parameter sets. Errors: those of codec::WithoutReordering().
  Result<void> SetConfig(const codec::AvcConfig& config);

  /// `pts`: when the frame is presented, instead of the picture's own time.
  EncodedFrame Frame(std::shared_ptr<const SourcePicture> picture, SessionTime pts) const;

 private:
  Bytes parameter_sets_;  // Annex B
};

}  // namespace ingress::pipeline
