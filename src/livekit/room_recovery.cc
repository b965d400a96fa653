#include <algorithm>
#include <utility>

#include "livekit/disconnect.h"
#include "livekit/room_core.h"

namespace ingress::livekit {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

// The SFU gives up on a silent transport after 15 s and on the participant 5 s later.
constexpr auto kResumeBudget = 15s;
constexpr auto kResumePause = 250ms;
constexpr int kMaxReconnects = 10;
constexpr auto kReconnectUnit = 300ms;   // pause before attempt n + 1: n² of these
constexpr auto kTransportTimeout = 15s;  // from an offer to media: answer, ICE, DTLS
constexpr int kMaxSessionsWithoutMedia = 3;
// An SFU that ends the session says goodbye and closes the transport at the same time. The close
// can overtake the goodbye, and only the goodbye tells whether to come back.
constexpr auto kGoodbyeGrace = 1s;

/// The same comes of another attempt.
bool IsFinal(const Error& error) {
  return error.code == ErrorCode::kUnauthorized || error.code == ErrorCode::kCertificate;
}

}  // namespace

asio::awaitable<void> RoomCore::Run() {
  const auto self = shared_from_this();
  while (!leaving_) {
    Ending ending = co_await Serve();
    if (leaving_) break;
    if (co_await Recover(ending)) continue;
    if (!leaving_) Finish(ending);
    break;
  }
  running_ = false;
  changed_.Notify();
}

/// Reads until the signal connection is over.
asio::awaitable<RoomCore::Ending> RoomCore::Serve() {
  const std::shared_ptr<SignalClient> signal = signal_;
  while (true) {
    const auto response = co_await signal->Receive();
    if (!response) {
      signal->Close();
      if (signal_ == signal) signal_.reset();
      changed_.Notify();
      if (ending_) co_return *std::exchange(ending_, std::nullopt);
      co_return Ending{.detail = response.error().context};
    }
    if (connection_) Handle(*response);
  }
}

asio::awaitable<bool> RoomCore::Recover(Ending& ending) {
  watchdog_.cancel();
  if (ending.mend == Mend::kResume && connection_ && co_await Resume(ending.reconnect_reason)) {
    co_return true;
  }
  if (ending.mend == Mend::kNone || leaving_) co_return false;
  if (++sessions_without_media_ > kMaxSessionsWithoutMedia) {
    ending.reason = ::livekit::JOIN_FAILURE;
    co_return false;
  }
  if (co_await Reconnect(ending.detail)) co_return true;
  ending.reason = ::livekit::SIGNAL_CLOSE;
  co_return false;
}

/// Takes the same participant up again over a new signal connection (ICE restart included).
asio::awaitable<bool> RoomCore::Resume(::livekit::ReconnectReason reason) {
  const TimePoint deadline = Clock::now() + kResumeBudget;
  while (!leaving_ && Clock::now() < deadline) {
    SignalParameters parameters;
    parameters.participant_sid = joined_.participant_sid;
    parameters.reconnect_reason = reason;
    std::shared_ptr<SignalClient> signal;
    const auto first = co_await ConnectSignal(std::move(parameters), signal);
    if (leaving_) break;
    if (first && first->has_reconnect()) {
      signal_ = std::move(signal);
      signal_->StartKeepAlive(ping_interval_, ping_timeout_);
      offer_pending_ = false;
      resumed_ = true;
      for (Publication* publication : Publications()) {
        if (!publication->published) {
          Announce(*publication);
        } else if (publication->mute_used) {
          TellMuteOf(*publication);  // the last word may have been lost with the connection
        }
      }
      if (offer_id_ != 0) {
        connection_->RestartIce();
        SendOffer();
      }
      OfferTracks();
      co_return true;
    }
    if (signal) signal->Close();
    // Answered, but not with "go on": this session is gone on the server.
    if (first || IsFinal(first.error())) co_return false;
    co_await changed_.WaitUntil(Clock::now() + kResumePause);
  }
  co_return false;
}

/// Joins anew and publishes the same tracks again.
asio::awaitable<bool> RoomCore::Reconnect(std::string& detail) {
  DropSession();
  for (int attempt = 0; attempt < kMaxReconnects && !leaving_; ++attempt) {
    const TimePoint start = Clock::now() + attempt * attempt * kReconnectUnit;
    while (!leaving_ && Clock::now() < start) co_await changed_.WaitUntil(start);
    if (leaving_) co_return false;
    const auto opened = co_await OpenSession();
    if (leaving_) co_return false;
    if (opened) {
      OfferTracks();
      co_return true;
    }
    detail = opened.error().context;
    if (IsFinal(opened.error())) co_return false;
  }
  co_return false;
}

void RoomCore::Interrupt(Ending ending) {
  if (!signal_ || ending_) return;
  ending_ = std::move(ending);
  signal_->Close();
}

void RoomCore::ArmWatchdog() {
  watchdog_.expires_after(kTransportTimeout);
  watchdog_.async_wait([weak = weak_from_this()](boost::system::error_code error) {
    const auto self = weak.lock();
    if (error || !self || !self->connection_) return;
    if (!self->offer_pending_ && self->connection_->connected()) return;
    self->Interrupt(
        {.mend = Mend::kReconnect,
         .reason = ::livekit::CONNECTION_TIMEOUT,
         .detail = self->offer_pending_
                       ? "no answer to the offer"
                       : self->WithRelayFailures("the media connection does not come up")});
  });
}

/// libnice knows of a relay over TLS only that the tunnel to it was closed.
std::string RoomCore::WithRelayFailures(std::string detail) const {
  for (const auto& tunnel : tunnels_) {
    if (!tunnel->failure().empty()) detail += "; relay over TLS: " + tunnel->failure();
  }
  return detail;
}

void RoomCore::OnConnected() {
  readiness_known_ = false;
  AnnounceReadiness();
}

void RoomCore::OnConnectionFailed(Error error) {
  const bool path_lost = error.code == ErrorCode::kUnavailable;
  Ending ending{.mend = path_lost ? Mend::kResume : Mend::kReconnect,
                .reconnect_reason = ::livekit::RR_PUBLISHER_FAILED,
                .reason = ::livekit::CONNECTION_TIMEOUT,
                .detail = WithRelayFailures(std::move(error.context))};
  if (path_lost) {
    Interrupt(std::move(ending));
    return;
  }
  watchdog_.expires_after(kGoodbyeGrace);
  watchdog_.async_wait(
      [weak = weak_from_this(), ending = std::move(ending)](boost::system::error_code waiting) {
        const auto self = weak.lock();
        if (!waiting && self) self->Interrupt(ending);
      });
}

void RoomCore::Finish(const Ending& ending) {
  finished_ = true;
  DropSession();
  changed_.Notify();
  if (const auto callback = callbacks_.on_disconnected) {
    callback(MakeDisconnect(ending.reason, ending.detail));
  }
}

}  // namespace ingress::livekit
