#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "livekit/audience.h"
#include "livekit/publication.h"
#include "livekit/room.h"
#include "livekit/signal_client.h"
#include "livekit/signal_url.h"
#include "livekit/tls_tunnel.h"
#include "net/event.h"
#include "rtc/peer_connection.h"

namespace ingress::livekit {

/// What a Room is made of: one signal connection and one peer connection at a time, the tracks, and
/// the coroutine that keeps them alive.
///
/// Its own coroutines hold it, so it may outlive its Room by the time they need to end. Split over
/// room_core.cc (joining and leaving), room_publish.cc, room_signals.cc and room_recovery.cc.
class RoomCore : public std::enable_shared_from_this<RoomCore> {
 public:
  RoomCore(boost::asio::any_io_executor executor, RoomOptions options, Room::Callbacks callbacks);

  boost::asio::awaitable<Result<Room::Joined>> Join();
  boost::asio::awaitable<Result<void>> Publish(std::optional<VideoTrackOptions> video,
                                               std::optional<AudioTrackOptions> audio);
  boost::asio::awaitable<Result<void>> ReplaceVideo(VideoTrackOptions video);
  boost::asio::awaitable<void> Leave();
  /// The Room is gone: no callback any more, everything ends by itself.
  void Abandon();

  VideoTrack* video() { return video_.get(); }
  AudioTrack* audio() { return audio_.get(); }
  void BeginBatch() {
    if (connection_) connection_->BeginBatch();
  }
  void EndBatch() {
    if (connection_) connection_->EndBatch();
  }
  Room::Refused refused() const {
    if (!connection_) return {};
    const auto refused = connection_->refused();
    return {.packets = refused.packets, .why = refused.why};
  }
  const Room::Joined& joined() const { return joined_; }
  void SetParticipant(std::string name, std::string metadata);

 private:
  enum class Mend { kNone, kResume, kReconnect };

  /// Why a signal connection is over, and what to do about it.
  struct Ending {
    Mend mend = Mend::kResume;
    ::livekit::ReconnectReason reconnect_reason = ::livekit::RR_SIGNAL_DISCONNECTED;
    ::livekit::DisconnectReason reason = ::livekit::SIGNAL_CLOSE;
    std::string detail = {};
  };

  // room_core.cc
  boost::asio::awaitable<Result<void>> OpenSession();
  boost::asio::awaitable<Result<::livekit::SignalResponse>> ConnectSignal(
      SignalParameters parameters, std::shared_ptr<SignalClient>& signal);
  Result<void> AdoptSession(std::shared_ptr<SignalClient> signal,
                            const ::livekit::JoinResponse& join);
  Result<void> MakeConnection(const ::livekit::JoinResponse& join);
  void OnUplink(std::uint32_t bits_per_second);
  void TunnelTls(std::vector<rtc::IceServer>& servers);
  boost::asio::awaitable<void> SayGoodbye(std::shared_ptr<SignalClient> signal);
  void SendAttributes();
  void DropSession();
  std::string SerializedJoinRequest() const;

  // room_publish.cc
  std::vector<Publication*> Publications();
  Result<void> CheckVideo(const VideoTrackOptions& video) const;
  Result<void> CheckAudio() const;
  boost::asio::awaitable<Result<void>> AwaitPublication(std::vector<const Publication*> wanted);
  void Announce(const Publication& publication);
  void TellMuteOf(const Publication& publication);
  void OfferTracks();
  void SendOffer();
  void ArmEarlyTransport();
  void AnnounceReadiness();
  void RestateParticipant();

  // room_signals.cc
  void Handle(const ::livekit::SignalResponse& response);
  void OnAnswer(const ::livekit::SessionDescription& answer);
  void OnTrickle(const ::livekit::TrickleRequest& trickle);
  void OnTrackPublished(const ::livekit::TrackPublishedResponse& published);
  void OnTrackUnpublished(const ::livekit::TrackUnpublishedResponse& unpublished);
  void OnMute(const ::livekit::MuteTrackRequest& mute);
  void OnLocalCandidate(const sdp::Candidate& candidate);
  void OnRefusal(const ::livekit::RequestResponse& response);
  void OnSubscribedQuality(const ::livekit::SubscribedQualityUpdate& update);
  void TellAudience();
  void OnLeave(const ::livekit::LeaveRequest& leave);

  // room_recovery.cc
  boost::asio::awaitable<void> Run();
  boost::asio::awaitable<Ending> Serve();
  boost::asio::awaitable<bool> Recover(Ending& ending);
  boost::asio::awaitable<bool> Resume(::livekit::ReconnectReason reason);
  boost::asio::awaitable<bool> Reconnect(std::string& detail);
  void Interrupt(Ending ending);
  void ArmWatchdog();
  std::string WithRelayFailures(std::string detail) const;
  void OnConnected();
  void OnConnectionFailed(Error error);
  void Finish(const Ending& ending);

  boost::asio::any_io_executor executor_;
  RoomOptions options_;
  Room::Callbacks callbacks_;
  std::string token_;  // the latest; never logged
  std::string stream_id_;
  ServerAddress server_;
  bool single_connection_ = false;  // /rtc/v1, because the token may subscribe
  Room::Joined joined_;
  Audience audience_;
  bool reported_audience_ = false;
  std::chrono::seconds ping_interval_{5};
  std::chrono::seconds ping_timeout_{15};

  std::shared_ptr<SignalClient> signal_;             // null while there is none
  std::vector<std::shared_ptr<TlsTunnel>> tunnels_;  // of connection_
  ConnectionSlot connection_;
  std::unique_ptr<PublishedVideo> video_;
  std::unique_ptr<PublishedAudio> audio_;
  std::uint32_t uplink_ = Room::kUnlimited;  // as told last
  std::uint32_t offer_id_ = 0;
  bool offer_pending_ = false;    // its answer has not come
  bool offer_wanted_ = false;     // another one is due once it has
  bool resumed_ = false;          // since media last could flow
  bool readiness_known_ = false;  // on_transport_ready was called for this state

  std::optional<Ending> ending_;  // set by whoever cuts the signal connection on purpose
  int sessions_without_media_ = 0;
  bool running_ = false;
  bool leaving_ = false;
  bool finished_ = false;
  boost::asio::steady_timer watchdog_;
  boost::asio::steady_timer placeholder_timer_;
  boost::asio::steady_timer restate_timer_;
  std::size_t restated_ = 0;  // of kRestateAfter
  net::Event changed_;
};

}  // namespace ingress::livekit
