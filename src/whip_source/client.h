#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "base/unique_fd.h"
#include "ingress_whip.pb.h"
#include "observability/logger.h"
#include "rtc/certificate.h"
#include "rtp_receive/receiver.h"
#include "sdp/negotiation.h"
#include "stream/unit.h"
#include "whip_source/client_stats.h"
#include "whip_transport/transport.h"

namespace ingress::whip_source {

/// One WHIP client: its transport, and what becomes of its packets. Confined to its executor.
class Client {
 public:
  struct Callbacks {
    std::function<void()> on_change;  // it has connected, units have come, or it is over
    std::function<void(ipc::WhipEvent event)> on_event;  // its generation is not filled in
  };

  /// `encoder`: what the client calls itself. `all_layers`: of simulcast every layer becomes units,
  /// else the largest. Errors: those of whip_transport::Transport::Make().
  static Result<std::unique_ptr<Client>> Make(const boost::asio::any_io_executor& executor,
                                              const rtc::Certificate& certificate,
                                              const sdp::Negotiation& negotiation,
                                              std::string encoder, bool all_layers,
                                              Callbacks callbacks, observability::Logger logger);
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void AddPeer(ipc::WhipPeer& peer, UniqueFd socket);
  /// Errors: kMalformed for credentials that are none.
  Result<void> RestartIce(const ipc::WhipIce& ice);
  void RequestKeyFrame(std::size_t layer);

  /// Returns what has come since the last call.
  stream::Units TakeUnits();

  /// Says goodbye to the client. Nothing of it comes any more. Idempotent.
  void Close();

  ClientStats stats() const;

  bool connected() const { return connected_; }
  bool over() const { return over_; }

 private:
  Client(const boost::asio::any_io_executor& executor, const sdp::Negotiation& negotiation,
         std::string encoder, bool all_layers, Callbacks callbacks, observability::Logger logger);

  whip_transport::Transport::Callbacks TransportCallbacks();
  void OnConnected();
  void OnEnded(whip_transport::End end, const Error& error);
  void Poll();
  void Arm();

  Callbacks callbacks_;
  observability::Logger logger_;
  rtp_receive::Receiver receiver_;
  std::unique_ptr<whip_transport::Transport> transport_;  // always there
  stream::Units units_;
  boost::asio::steady_timer poll_;
  TimePoint armed_for_ = TimePoint::max();
  bool connected_ = false;
  bool over_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // the timer's handler looks
};

}  // namespace ingress::whip_source
