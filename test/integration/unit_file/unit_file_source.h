#pragma once

#include <utility>

#include "input/source/source.h"
#include "integration/unit_file/unit_file.h"

namespace ingress::test {

/// Plays a file of units: one generation, a unit per read. Its reader sets the pace.
class UnitFileSource final : public input::Source {
 public:
  explicit UnitFileSource(Bytes file) : reader_(std::move(file)) {}

  boost::asio::awaitable<Result<Next>> Open() override {
    co_return std::exchange(opened_, true) ? Next::kEnd : Next::kGeneration;
  }

  boost::asio::awaitable<Result<stream::Units>> Read() override {
    stream::Units units;
    if (closed_ || reader_.done()) co_return units;
    auto unit = reader_.Next();
    if (!unit) {
      co_return std::unexpected(Failure(FailureCode::kCorruptVideo, unit.error().context));
    }
    units.push_back(std::move(*unit));
    co_return units;
  }

  void Close() override { closed_ = true; }

  bool serves_key_frames() const override { return true; }
  void RequestKeyFrame(std::size_t /*layer*/) override { ++key_frame_requests; }
  void OnTracksUp() override { tracks_up = true; }
  void OnWatched(bool now_watched) override { watched = now_watched; }

  // What has come back.
  int key_frame_requests = 0;
  bool tracks_up = false;
  bool watched = false;

 private:
  UnitFileReader reader_;
  bool opened_ = false;
  bool closed_ = false;
};

}  // namespace ingress::test
