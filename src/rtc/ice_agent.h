#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "rtc/ice_server.h"
#include "rtc/udp_path.h"
#include "sdp/candidate.h"
#include "sdp/offer.h"

namespace ingress::rtc {

/// ICE (RFC 8445) for one component: libnice behind messages.
///
/// Full agent, regular nomination, trickle in both directions, consent freshness (RFC 7675), UDP
/// and active ICE-TCP. libnice's sockets and timers live on GlibThread; everything it says is
/// posted to `executor`, to which this class is confined. No callback runs inside a call, and none
/// after the destructor.
class IceAgent {
 public:
  enum class State { kNew, kConnecting, kConnected, kFailed };

  struct Options {
    bool controlling = true;
    bool relay_only = false;
    /// The peer is on this host, or may be: candidates on loopback, where libnice has none.
    /// They are also made when the host has no other address.
    bool loopback = false;
    bool tcp = true;
    /// The first STUN server counts, and every TURN server but those over TLS: reach them through a
    /// tunnel.
    std::vector<IceServer> servers;
  };

  /// All must be set.
  struct Callbacks {
    /// A candidate to tell the peer about: only those found after Gather() returned.
    std::function<void(const sdp::Candidate& candidate)> on_candidate;
    std::function<void(State state)> on_state;
    std::function<void(Bytes datagram)> on_datagram;
  };

  /// Errors: kInternal when libnice makes no agent.
  static Result<std::unique_ptr<IceAgent>> Make(boost::asio::any_io_executor executor,
                                                const Options& options, Callbacks callbacks);
  ~IceAgent();
  IceAgent(const IceAgent&) = delete;
  IceAgent& operator=(const IceAgent&) = delete;

  /// Opens the sockets, and asks STUN and TURN servers in the background. The host candidates are
  /// in local_candidates() at once.
  /// Errors: kUnavailable when no address can be bound.
  Result<void> Gather();

  /// All candidates found so far; also valid after Restart().
  const std::vector<sdp::Candidate>& local_candidates() const { return candidates_; }
  const sdp::IceCredentials& local_credentials() const { return credentials_; }

  /// The peer's answer: checks begin as soon as there are candidates.
  void SetRemoteCredentials(const sdp::IceCredentials& credentials);
  /// Candidates with host names and of other components are ignored.
  void AddRemoteCandidate(const sdp::Candidate& candidate);
  /// No more remote candidates will come, so that the agent may give up.
  void SetRemoteGatheringDone();

  /// New local credentials for an ICE restart (RFC 8445 §9). The old pair carries data until a new
  /// one is nominated. The peer's old credentials and candidates are forgotten.
  void Restart();

  static constexpr std::size_t kMaxBatch = UdpPath::kMaxBatch;

  /// Sends up to kMaxBatch datagrams over the selected pair. They are lost when there is none or
  /// the socket is full.
  void Send(std::span<const ByteView> datagrams);
  void Send(ByteView datagram) { Send(std::span(&datagram, 1)); }

  /// Transport-wide feedback may not wake anybody; this posts what there is.
  void DeliverFeedback();

 private:
  class Link;

  explicit IceAgent(std::shared_ptr<Link> link, Callbacks callbacks);
  void OnCandidate(const sdp::Candidate& candidate);
  void OnSelectedPair();
  void OnState(State state);
  void ReadLocalCredentials();

  std::shared_ptr<Link> link_;
  Callbacks callbacks_;
  std::vector<sdp::Candidate> candidates_;
  sdp::IceCredentials credentials_;
  std::optional<UdpPath> path_;  // when the selected pair is plain UDP
};

}  // namespace ingress::rtc
