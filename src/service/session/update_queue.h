#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <list>

#include "net/event.h"
#include "service/session/update_window.h"

namespace ingress::service {

/// Where the sessions of a node line up to tell livekit-server their states: first come, first
/// served, as UpdateWindow has room. Confined to its executor; outlives its places.
class UpdateQueue {
 public:
  explicit UpdateQueue(const boost::asio::any_io_executor& executor);
  ~UpdateQueue();
  UpdateQueue(const UpdateQueue&) = delete;
  UpdateQueue& operator=(const UpdateQueue&) = delete;

  /// One update's place in the line.
  class Place {
   public:
    explicit Place(UpdateQueue& queue);
    ~Place();  // an update that began and was not Done() counts as answered
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

    /// Returns when the update may begin; also after Leave().
    boost::asio::awaitable<void> AwaitTurn();
    void Leave();
    bool waited() const { return waited_; }

    /// The update that had its turn is over. `answered`: the server said something.
    void Done(bool answered);

   private:
    friend class UpdateQueue;
    enum class Step { kNew, kInLine, kTurn, kOver };

    UpdateQueue& queue_;
    net::Event moved_;  // it is in line no more
    Step step_ = Step::kNew;
    bool waited_ = false;
  };

  /// livekit-server has called us, or answered something else: it is there.
  void OnServerHeard();

 private:
  void Pump();

  UpdateWindow window_;
  std::list<Place*> line_;
  boost::asio::steady_timer again_;  // while the line waits for time to pass
};

}  // namespace ingress::service
