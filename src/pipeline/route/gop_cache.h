#pragma once

#include <algorithm>
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
    newest_dts_ = picture->dts;
    newest_pts_ = std::max(newest_pts_, picture->pts);
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

  /// Of all pictures so far, kept or not: the time at which the newest is decoded …
  SessionTime newest_dts() const { return newest_dts_; }
  /// … and the latest at which one is presented; SessionTime::min() before the first.
  SessionTime newest_pts() const { return newest_pts_; }

  /// The running GOP has grown beyond the limits.
  bool overflowed() const { return overflowed_; }

 private:
  std::deque<Picture> pictures_;
  std::size_t bytes_ = 0;
  bool overflowed_ = false;
  SessionTime newest_dts_{};
  SessionTime newest_pts_ = SessionTime::min();
};

}  // namespace ingress::pipeline
