#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "flv/tag.h"
#include "relay/headers.h"

namespace ingress::relay {

/// Tags a reader did not get, by reason.
struct DropCounters {
  std::uint64_t bytes_cap = 0;     // the buffer held more than Limits::bytes
  std::uint64_t media_cap = 0;     // the buffer held more than Limits::media
  std::uint64_t awaiting_key = 0;  // inter frames between a drop and the next key frame

  std::uint64_t total() const { return bytes_cap + media_cap + awaiting_key; }
};

/// The media of one generation of a publish, kept for its readers, each with a cursor of its own.
///
/// The main reader's place is open from the start: the first reader takes it and gets everything
/// kept. When it leaves, the place is open again, from the newest key frame on. All others are
/// taps: they begin at the newest key frame, or at the next one when none is kept, or, in a stream
/// without video, at the next tag. What nobody needs any more is let go.
///
/// When more is kept than the limits allow, a reader that lags loses whole GOPs, up to the next key
/// frame (where no video is kept, the oldest tags). Headers it skips that way are never lost: they
/// come before the next tag it gets.
///
/// Sans-IO: media time comes from the tags. Payloads are shared, not copied, between readers.
class Buffer {
 public:
  struct Limits {
    std::size_t bytes = std::size_t{16} << 20;  // payloads, and kTagCost for each tag
    std::chrono::milliseconds media{30'000};    // by the tags' timestamps
  };
  static constexpr std::size_t kTagCost = 160;  // memory of a tag beside its payload, bytes

  /// A reader that waits for a key frame is given inter frames after this much media: some encoders
  /// refresh the picture gradually and never mark a key frame.
  static constexpr std::chrono::milliseconds kKeyFrameWait{10'000};

  /// Video messages of one timestamp are one picture, which begins with the first of them: encoders
  /// send parameter sets and slices in messages of their own. More messages are something else,
  /// such as a stream without timestamps.
  static constexpr int kMaxParts = 256;

  using ReaderId = std::uint64_t;

  explicit Buffer(Limits limits);

  void Push(flv::Tag tag);

  /// Adds a reader: the main one when that place is open and `may_be_main`, else a tap.
  ReaderId Attach(bool may_be_main);
  void Detach(ReaderId reader);

  /// The next tags of `reader`, in order, while they fit into `max_bytes` of payload and
  /// `max_tags`; at least one when any is there. Empty: it has everything. Headers that come before
  /// the reader's first frame have timestamp 0.
  std::vector<SharedTag> Take(ReaderId reader, std::size_t max_bytes, std::size_t max_tags);

  const DropCounters& main_dropped() const { return main_dropped_; }
  bool has_main() const { return main_.has_value(); }
  bool main_unclaimed() const { return first_main_.has_value(); }  // no reader came yet
  std::size_t readers() const { return cursors_.size(); }
  std::size_t queued_bytes() const { return queued_bytes_; }

  /// Media between the main reader's place and the newest tag.
  std::chrono::milliseconds main_lag() const;

 private:
  struct Entry {
    SharedTag tag;
    TagClass kind;
    std::int64_t media_ms = 0;  // media time since the generation began, never backwards
  };

  struct Cursor {
    std::uint64_t next = 0;     // index of the next entry; counts from the first ever pushed
    HeaderSet pending;          // skipped, to be told first
    bool started = false;       // has been given a frame
    bool awaiting_key = false;  // inter frames are withheld
    std::int64_t awaiting_since_ms = 0;  // media time
  };

  const Entry& At(std::uint64_t index) const { return entries_[index - first_]; }
  std::uint64_t end() const { return first_ + entries_.size(); }
  bool OverCap() const;

  /// The video messages of one timestamp that came last.
  struct Picture {
    std::uint64_t first = 0;  // index
    std::uint32_t timestamp = 0;
    int parts = 0;
    bool key_frame = false;
  };

  void NoteFrame(const flv::Tag& tag, const TagClass& kind);
  void AdvanceMediaTime(std::uint32_t timestamp);
  Cursor LiveCursor() const;
  bool Withhold(Cursor& cursor) const;
  std::uint64_t LowestCursor() const;
  void PopFront();
  void Prune();
  void EnforceLimits();
  void MoveLaggards();
  void SkipTo(Cursor& cursor, std::uint64_t index, std::uint64_t* dropped);

  Limits limits_;
  std::deque<Entry> entries_;
  std::uint64_t first_ = 0;         // index of entries_.front()
  std::deque<std::uint64_t> keys_;  // where the kept key frames begin
  std::optional<Picture> picture_;
  std::size_t frames_ = 0;  // kept video frames
  std::size_t queued_bytes_ = 0;
  HeaderSet before_first_;  // in force just before entries_.front()

  bool has_timestamp_ = false;
  std::uint32_t last_timestamp_ = 0;
  std::int64_t media_ms_ = 0;

  std::map<ReaderId, Cursor> cursors_;
  ReaderId next_reader_ = 1;
  std::optional<ReaderId> main_;
  std::optional<Cursor> first_main_;  // the main place until somebody takes it
  DropCounters main_dropped_;
};

}  // namespace ingress::relay
