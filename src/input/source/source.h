#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/json/object.hpp>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>

#include "domain/failure.h"
#include "input/source/reception.h"
#include "stream/unit.h"

namespace ingress::input {

/// Where a session gets its media from: an input's half in the handler. A source knows its protocol
/// and nothing of pipelines or rooms; its owner knows units and nothing of the protocol.
///
/// A stream consists of generations, each of which is one connection of the encoder: its frames
/// refer to none of before. Confined to the executor that it was made with. Close() it and let
/// pending calls return before it is destroyed.
class Source {
 public:
  enum class Next : std::uint8_t {
    kGeneration,  // Read() gives its units
    kEnd,         // the stream has ended in order; there will be no more
  };

  /// What failed, as it is to be told to the stream's owner.
  template <typename T>
  using Result = std::expected<T, Failure>;

  Source() = default;
  virtual ~Source() = default;
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;

  /// Awaits the first generation, or the next after Read() gave nothing. Waits as long as one may
  /// still come.
  virtual boost::asio::awaitable<Result<Next>> Open() = 0;

  /// The units that have arrived, in their order; none means that the generation has ended. Waits
  /// as long as the encoder is silent. One call at a time.
  virtual boost::asio::awaitable<Result<stream::Units>> Read() = 0;

  /// Ends the stream for good: a pending Read() returns soon, with whatever result. Idempotent.
  virtual void Close() = 0;

  /// Whether units name several layers of the sender's video (VideoUnit::layer). Does not change.
  virtual bool gives_layers() const { return false; }

  // For people and metrics.

  /// How its packets arrive; empty for an input that has none of its own.
  virtual std::optional<Reception> reception() const { return std::nullopt; }

  /// What it knows of its encoder, in fields of its own, without secrets.
  virtual boost::json::object Describe() const { return {}; }

  // The way back. An input without one ignores what it is told.

  /// Whether RequestKeyFrame() is of use: the encoder can be asked for key frames. Does not change.
  virtual bool serves_key_frames() const { return false; }

  /// Asks the encoder for a key frame of a layer (VideoUnit::layer); called twice per second at
  /// most for each, and only where serves_key_frames(). The answer is a frame among the units.
  virtual void RequestKeyFrame(std::size_t /*layer*/) {}

  /// What is read from now on reaches viewers, or recordings: an input that paces itself begins.
  virtual void OnTracksUp() {}

  /// Somebody watches, or nobody (any more): an input that pays for what it sends may send less. At
  /// first nobody does.
  virtual void OnWatched(bool /*watched*/) {}
};

/// Makes a session's source, which runs on `executor`.
using SourceFactory =
    std::function<std::unique_ptr<Source>(const boost::asio::any_io_executor& executor)>;

}  // namespace ingress::input
