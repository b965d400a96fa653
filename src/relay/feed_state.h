#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "net/event.h"
#include "relay/buffer.h"
#include "relay/feed.h"

namespace ingress::relay {

/// Who reads a generation.
class Listener {
 public:
  /// There is more to read, or nothing more will come. Must not detach from within.
  virtual void OnReadable() = 0;

 protected:
  ~Listener() = default;
};

/// One connection of the encoder: its media and the readers that wait for more of it.
struct Generation {
  explicit Generation(Buffer::Limits limits) : buffer(limits) {}

  void Wake() {
    for (Listener* listener : listeners) listener->OnReadable();
  }
  void End() {
    ended = true;
    Wake();
  }

  Buffer buffer;
  bool ended = false;  // nothing more will be pushed
  std::set<Listener*> listeners;
};

/// What a feed and the readers of its resource share.
class FeedState {
 public:
  FeedState(std::string resource_id, std::string token, Buffer::Limits limits)
      : resource_id_(std::move(resource_id)),
        token_(std::move(token)),
        limits_(limits),
        generation_(std::make_shared<Generation>(limits)) {}

  const std::string& resource_id() const { return resource_id_; }
  const std::string& token() const { return token_; }
  const std::shared_ptr<Generation>& generation() const { return generation_; }

  void Push(flv::Tag tag);
  void OnReadDone();
  void SetGrouping(bool groups) { groups_ = groups; }
  void Pause();
  void End();
  void NewGeneration();

  /// The generation has ended, and another may come.
  bool paused() const { return paused_; }

  FeedCounters counters() const;

  /// Notified when a paused feed goes on or is over.
  net::Event resumed;

 private:
  void Resume();

  std::string resource_id_;
  std::string token_;
  Buffer::Limits limits_;
  std::shared_ptr<Generation> generation_;
  bool paused_ = false;
  bool groups_ = false;  // readers are woken after a read, not for each tag
  FeedCounters past_;    // tags and bytes of all generations, drops of the past ones
};

/// The feeds by resource id; shared so that a feed may outlive the server.
class Registry {
 public:
  void Add(std::shared_ptr<FeedState> feed);

  /// Forgets `feed` unless another one has taken its name over.
  void Remove(const FeedState& feed);

  /// Empty when unknown.
  std::shared_ptr<FeedState> Find(const std::string& resource_id) const;

 private:
  std::map<std::string, std::shared_ptr<FeedState>> feeds_;
};

}  // namespace ingress::relay
