#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "flv/tag.h"
#include "relay/buffer.h"

namespace ingress::relay {

class FeedState;
class Registry;

/// What one publish has seen of the relay, over all its generations.
struct FeedCounters {
  std::uint64_t tags = 0;           // pushed
  std::uint64_t bytes = 0;          // pushed, payloads only
  DropCounters dropped;             // tags the main reader did not get
  std::size_t queued_bytes = 0;     // kept now, at Buffer's cost
  std::chrono::milliseconds lag{};  // media the main reader has yet to take
  bool main_reader = false;         // attached now
  std::size_t taps = 0;             // attached now, to this generation
};

/// The media of one publish on its way to the handler; made by Server::Open().
///
/// Confined to the server's executor. Never blocks: a reader that does not keep up loses whole
/// GOPs.
class Feed {
 public:
  Feed(std::shared_ptr<FeedState> state, std::shared_ptr<Registry> registry);

  /// Ends as End() does and forgets the resource: later requests get 404.
  ~Feed();
  Feed(const Feed&) = delete;
  Feed& operator=(const Feed&) = delete;

  /// Ignored after End(), until NewGeneration().
  void Push(flv::Tag tag);

  /// What the encoder has sent so far is pushed.
  void OnReadDone();

  /// Readers get together what was pushed until OnReadDone(); else, and at first, each tag at once.
  void SetGrouping(bool groups);

  /// The encoder was cut off and may come back: readers get what is kept for them, then a clean end
  /// of the body. A main reader that asks again gets a body that begins with NewGeneration(), or
  /// ends empty with End(). Idempotent.
  void Pause();

  /// The encoder is gone for good: readers get what is kept for them, then a clean end of the body.
  /// A main reader that comes for the first time is still served; any other request gets 404.
  /// Idempotent.
  void End();

  /// The encoder is back: readers of the old generation end as with End(); a new one begins without
  /// media and headers, and its first reader is the new main reader.
  void NewGeneration();

  FeedCounters counters() const;

 private:
  std::shared_ptr<FeedState> state_;
  std::shared_ptr<Registry> registry_;
};

}  // namespace ingress::relay
