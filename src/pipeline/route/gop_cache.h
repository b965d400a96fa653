#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>

#include "pipeline/source/source_picture.h"

namespace ingress::pipeline {

/// Holds the source's pictures since its last key frame, from which a decoder can catch up.
///
/// Bounded: a GOP beyond the limits is forgotten, and nothing is kept until the next key frame.
class GopCache {
 public:
  static constexpr std::size_t kMaxBytes = std::size_t{24} << 20;
  static constexpr std::size_t kMaxPictures = 1200;
  static constexpr std::chrono::seconds kMaxSpan{20};

  using Picture = std::shared_ptr<const SourcePicture>;

  void Push(const Picture& picture) {
    if (picture->key_frame) {
      Clear();
      overflowed_ = false;
    } else if (pictures_.empty()) {
      return;
    }
    pictures_.push_back(picture);
    bytes_ += picture->payload().size();
    if (bytes_ > kMaxBytes || pictures_.size() > kMaxPictures || span() > kMaxSpan) {
      Clear();
      overflowed_ = true;
    }
  }

  void Clear() {
    pictures_.clear();
    bytes_ = 0;
  }

  /// Empty, or beginning with a key frame.
  const std::deque<Picture>& pictures() const { return pictures_; }
  bool empty() const { return pictures_.empty(); }
  std::size_t bytes() const { return bytes_; }

  /// From the key frame to the newest picture.
  SessionTime span() const {
    return empty() ? SessionTime{} : pictures_.back()->dts - pictures_.front()->dts;
  }

  /// The running GOP has grown beyond the limits.
  bool overflowed() const { return overflowed_; }

 private:
  std::deque<Picture> pictures_;
  std::size_t bytes_ = 0;
  bool overflowed_ = false;
};

}  // namespace ingress::pipeline
