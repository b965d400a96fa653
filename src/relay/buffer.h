#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "base/bytes.h"
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
/// kept. Once it has gone the place is open again, from the newest key frame on. All others are
/// taps: they begin at the newest key frame, or at the next one, or, in a stream without video, at
/// the newest tag. What no reader needs any more is let go.
///
/// When more is kept than the limits allow, a reader that lags loses whole GOPs, up to the next key
/// frame (a stream without video loses its oldest tags). The headers in force at the place where a
/// reader goes on are never lost: it gets those it skipped first.
///
/// Sans-IO: media time comes from the tags. Payloads are shared, not copied, between readers.
class Buffer {
 public:
  struct Limits {
    std::size_t bytes = std::size_t{16} << 20;  // payloads, and kTagCost for each tag
    std::chrono::milliseconds media{30'000};    // by the tags' timestamps
  };
  static constexpr std::size_t kTagCost = 160;  // memory of a tag beside its payload, bytes

  using ReaderId = std::uint64_t;

  explicit Buffer(Limits limits) : limits_(limits) {}

  void Push(flv::Tag tag);

  /// Adds a reader: the main one when that place is open and `may_be_main`, else a tap.
  ReaderId Attach(bool may_be_main);
  void Detach(ReaderId reader);
  bool IsMain(ReaderId reader) const { return main_ == reader; }

  /// The next tags of `reader`, in order, until `max_bytes` of payload or `max_tags` are reached; at
  /// least one when any is there. Empty: it has everything. Before its first media a reader gets the
  /// headers in force there, with timestamp 0.
  std::vector<SharedTag> Take(ReaderId reader, std::size_t max_bytes, std::size_t max_tags);

  /// Whether Take() would yield nothing until the next Push().
  bool CaughtUp(ReaderId reader) const;

  const DropCounters& main_dropped() const { return main_dropped_; }
  bool has_main() const { return main_.has_value(); }
  std::size_t readers() const { return cursors_.size(); }
  std::size_t queued_bytes() const { return queued_bytes_; }

  /// Media between the main reader's place and the newest tag.
  std::chrono::milliseconds main_lag() const;

 private:
  struct Entry;
};

}  // namespace ingress::relay
