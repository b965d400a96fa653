#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "pipeline/source/video_message.h"
#include "timing/live_edge.h"

namespace ingress::pipeline {

/// Assembles whole access units from messages that hold parts of them: slices, parameter sets and
/// SEI in messages of their own, as hardware encoders and drones send them. H.264 and HEVC; all
/// else goes through as it comes.
///
/// Pictures of an encoder that sends them whole pass at once and without a copy. What an encoder
/// does shows at its second picture: until kProof pictures were whole, each waits for the message
/// after it. Where pictures come in parts, one is complete when the next begins, when as many parts
/// have come as pictures have had for a while, or when no more has come for longer than parts come
/// apart.
///
/// Sans-IO. Everything leaves by Next(), in order.
class AccessUnitAssembler {
 public:
  struct Unit {
    VideoMessage message;  // all parts of a picture as one message
    Placed placed;
    /// A part of a picture that had left without it, or without its beginning: what was given out
    /// is broken, and so is everything until the next key picture.
    bool stray = false;
  };

  static constexpr int kProof = 3;  // whole pictures
  /// Parts of a picture may differ by so much in their timestamps.
  static constexpr std::chrono::milliseconds kSameTime{4};
  /// How long a picture waits for more of it while the other track goes on: three times as long as
  /// parts come apart, within the first two; when nothing at all comes, which is a stall of the
  /// network, to the third.
  static constexpr std::chrono::milliseconds kLeastWait{20};
  static constexpr std::chrono::milliseconds kLongestWait{150};
  static constexpr std::chrono::milliseconds kStallWait{1000};
  /// So many pictures in a row with as many parts make that number a rule; key pictures may have a
  /// number of their own.
  static constexpr int kRule = 15;
  static constexpr int kKeyRule = 4;
  static constexpr std::size_t kMaxBytes = std::size_t{16} << 20;   // of a picture in parts
  static constexpr std::size_t kMaxPrefix = std::size_t{64} << 10;  // of units before a picture

  /// `placed`: when message.begins_picture().
  void Push(VideoMessage message, Placed placed, TimePoint now);

  /// A message of the other track has come: the network does not stall.
  void OnOtherTrack(TimePoint now) { other_track_at_ = now; }

  /// Releases what has waited long enough.
  void Poll(TimePoint now);

  /// Another connection of the encoder, or another encoder: releases what waits and forgets what
  /// was learned.
  void Reset();

  std::optional<Unit> Next();

 private:
  /// How many messages the pictures of one kind come in.
  struct Parts {
    int usual = 0;
    int in_row = 0;

    void Count(int parts) {
      in_row = parts == usual ? in_row + 1 : 1;
      usual = parts;
    }
  };

  struct Pending {
    Unit unit;
    TimePoint newest;  // arrival of its last part
    int parts = 1;
  };

  void OnPrefix(const VideoMessage& message);
  void OnBeginning(VideoMessage message, Placed placed, TimePoint now);
  void OnContinuation(VideoMessage message, TimePoint now);
  void OnStray(VideoMessage message);
  void Complete();
  bool LastPartIsThere() const;
  bool HasWaitedEnough(TimePoint now) const;
  void Learn();

  std::optional<Pending> pending_;
  Bytes prefix_;  // units without slices, for the next part of a picture
  std::optional<VideoCodec> prefix_codec_;
  codec::AccessUnitInfo prefix_info_;
  std::vector<Unit> ready_;
  std::size_t taken_ = 0;  // of ready_

  int whole_ = 0;                // pictures in one message, in a row
  bool split_ = false;           // parts have been seen
  bool rule_broken_ = false;     // a part came after the usual number
  std::array<Parts, 2> counts_;  // of other pictures and of key pictures
  std::optional<TimePoint> other_track_at_;
  std::chrono::nanoseconds apart_ = kLongestWait / 3;  // recent maximum between parts of a picture
};

}  // namespace ingress::pipeline
