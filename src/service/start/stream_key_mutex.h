#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <expected>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "base/clock.h"
#include "domain/failure.h"
#include "net/event.h"

namespace ingress::service {

/// Lets one at a time through for each key, in the order in which they came, so that of two
/// publishes with one key in the same moment the second one finds what became of the first.
/// Confined to its executor.
class StreamKeyMutex {
 public:
  static constexpr std::size_t kMaxWaiting = 8;  // for one key

  /// Holds the gate of a key until it is destroyed; the gate outlives it.
  class Turn {
   public:
    Turn(StreamKeyMutex& gate, std::string key) : gate_(&gate), key_(std::move(key)) {}
    Turn(Turn&& other) noexcept
        : gate_(std::exchange(other.gate_, nullptr)), key_(std::move(other.key_)) {}
    Turn& operator=(Turn&&) = delete;
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    ~Turn() {
      if (gate_ != nullptr) gate_->Leave(key_);
    }

    /// All who wait behind this one get the same answer.
    void RefuseWaiting(const Failure& failure) { gate_->RefuseWaiting(key_, failure); }

   private:
    StreamKeyMutex* gate_;
    std::string key_;
  };

  /// Who comes to the gate of a key, once.
  class Visitor {
   public:
    explicit Visitor(std::string key) : key_(std::move(key)) {}

   private:
    friend class StreamKeyMutex;

    std::string key_;
    net::Event moved_;  // it is in line no more
    std::optional<Failure> refused_;
  };

  /// Nobody else may wait for the gate of `key`: so many do already.
  bool full(const std::string& key) const {
    const auto line = lines_.find(key);
    return line != lines_.end() && line->second.size() >= kMaxWaiting;
  }

  /// Returns when nobody else holds the gate of the visitor's key, or with a failure when the
  /// visitor need not wait any longer. Not where that gate is full. `visitor` outlives the call.
  boost::asio::awaitable<std::expected<Turn, Failure>> Enter(Visitor& visitor) {
    const auto [line, free] = lines_.try_emplace(visitor.key_);
    if (!free) {
      line->second.push_back(&visitor);
      ++waiting_;
      co_await visitor.moved_.WaitUntil(TimePoint::max());
      if (visitor.refused_) co_return std::unexpected(*visitor.refused_);
    }
    co_return Turn(*this, visitor.key_);  // if not free: handed over by the one who left
  }

  /// If the visitor waits, it leaves with `failure`.
  void GiveUp(Visitor& visitor, const Failure& failure) {
    const auto line = lines_.find(visitor.key_);
    if (line == lines_.end() || line->second.remove(&visitor) == 0) return;
    --waiting_;
    Refuse(visitor, failure);
  }

  /// For all keys together.
  std::size_t waiting() const { return waiting_; }

 private:
  using Line = std::list<Visitor*>;

  void Leave(const std::string& key) {
    const auto line = lines_.find(key);
    if (line->second.empty()) {
      lines_.erase(line);
      return;
    }
    line->second.front()->moved_.Notify();
    line->second.pop_front();
    --waiting_;
  }

  void RefuseWaiting(const std::string& key, const Failure& failure) {
    const Line refused = std::exchange(lines_.at(key), {});
    waiting_ -= refused.size();
    for (Visitor* visitor : refused) Refuse(*visitor, failure);
  }

  static void Refuse(Visitor& visitor, const Failure& failure) {
    visitor.refused_ = failure;
    visitor.moved_.Notify();
  }

  std::map<std::string, Line> lines_;  // behind each gate that somebody holds
  std::size_t waiting_ = 0;
};

}  // namespace ingress::service
