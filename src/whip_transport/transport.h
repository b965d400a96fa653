#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "ice_lite/agent.h"
#include "net/datagram_batch.h"
#include "rtc/certificate.h"
#include "rtc/dtls_transport.h"
#include "sdp/answer.h"
#include "sdp/offer.h"
#include "srtp/keys.h"
#include "whip_transport/dtls_srtp.h"
#include "whip_transport/liveness.h"
#include "whip_transport/peer_socket.h"

namespace ingress::whip_transport {

/// The transport of one WHIP session in the handler: the sockets of its client that the service has
/// handed over, ICE-lite on them, DTLS, and the protection of RTP and RTCP.
///
/// One client may have several sockets, one for each of its addresses (pairs in words of ICE):
/// media is taken from each, and leaves by the one that it has nominated.
///
/// Confined to `executor`. Callbacks never run inside a call, and never after the destructor; they
/// must not destroy the transport.
class Transport {
 public:
  /// Media that comes before the handshake is done, as when its last flight is late: a client that
  /// cannot be asked for a key frame sends its only one there.
  static constexpr std::size_t kMaxEarlyPackets = 128;

  struct Options {
    sdp::IceCredentials ice{};                    // ours, as in the answer
    std::string remote_ufrag{};                   // of the offer; empty: any
    sdp::Fingerprint fingerprint{};               // of the client's certificate
    rtc::DtlsRole role = rtc::DtlsRole::kServer;  // ours: kClient where the answer says active
  };

  /// `arrival`: when the kernel took the packet from the network.
  struct Callbacks {
    /// One RTP packet, authentic and decrypted; each index of an SSRC once.
    std::function<void(ByteView packet, TimePoint arrival)> on_rtp;
    /// One compound or reduced-size RTCP packet, likewise.
    std::function<void(ByteView packet, TimePoint arrival)> on_rtcp;
    /// All that had arrived has been given to the two above: time to look at it as a whole.
    std::function<void()> on_batch;
    /// Packets can come and go from now on. Once.
    std::function<void()> on_connected;
    /// Nothing authentic has come for Liveness::kSilentAfter (true), or the client is back (false).
    std::function<void(bool silent)> on_silent;
    /// The client uses the credentials of RestartIce(); those of before have no use any more.
    std::function<void()> on_ice_restarted;
    /// It is over; nothing comes after it. `error` says more, for people.
    std::function<void(End end, Error error)> on_ended;
  };

  /// Says how far DTLS is, by the states of W3C's RTCDtlsTransport.
  enum class DtlsState : std::uint8_t { kNew, kConnecting, kConnected, kClosed };

  /// Holds what has happened so far, for people who look for a fault.
  struct Stats {
    std::vector<ice_lite::PairStats> pairs;
    std::optional<Clock::duration> ice_after;   // from Make() to the first request; empty: not yet
    std::optional<Clock::duration> dtls_after;  // from Make() to the end of the handshake; likewise
    DtlsState dtls_state = DtlsState::kNew;
    rtc::DtlsRole dtls_role = rtc::DtlsRole::kServer;  // ours
    std::string_view dtls_version;  // as "DTLSv1.2"; empty before it is agreed on
    std::string_view dtls_cipher;   // likewise
    std::optional<srtp::Profile> profile;
    std::uint64_t ice_restarts = 0;
    std::uint64_t rtp_packets = 0;  // given to on_rtp
    std::uint64_t rtp_bytes = 0;
    std::uint64_t rtcp_packets = 0;       // given to on_rtcp
    std::uint64_t rtcp_packets_sent = 0;  // by SendRtcp()
    /// Packets that were thrown away, by reason; reasons are constants of ours.
    std::map<std::string_view, std::uint64_t> drops;
  };

  /// `certificate` is the one whose fingerprint the answer has; it is only read here.
  /// Errors: kMalformed for credentials that are none, kInternal.
  static Result<std::unique_ptr<Transport>> Make(const boost::asio::any_io_executor& executor,
                                                 const rtc::Certificate& certificate,
                                                 Options options, Callbacks callbacks);
  ~Transport();
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  /// Takes a socket over. One to the same address is replaced; where there are too many, the one
  /// that has been silent longest gives way.
  void AddPeer(Peer peer);

  /// Protects and sends one RTCP packet, compound or reduced-size. Dropped and counted while there
  /// is no connection.
  void SendRtcp(ByteView packet);

  /// From now on Binding requests with these credentials are taken too (RFC 8445 §9). When the
  /// first has come, they are the only ones; when none comes within
  /// ice_lite::Agent::kRestartWithin, those of before stay. Media goes on meanwhile. Errors:
  /// kMalformed for credentials that are none; nothing changes then.
  Result<void> RestartIce(const sdp::IceCredentials& ice, std::string remote_ufrag);

  /// Says goodbye (close_notify) and closes the sockets. No callback comes any more. Idempotent.
  void Close();

  bool connected() const { return !ended_ && link_.connected(); }
  Stats stats(TimePoint now) const;

 private:
  struct Connection {
    stun::TransportAddress remote;
    std::shared_ptr<PeerSocket> socket;
  };
  struct EarlyPacket {
    ice_lite::PairId pair;
    Bytes packet;
    TimePoint arrival;
  };

  Transport(const boost::asio::any_io_executor& executor, ice_lite::Agent agent, DtlsSrtp link,
            rtc::DtlsRole role, Callbacks callbacks);

  DtlsState dtls_state() const;
  PeerSocket::Callbacks SocketCallbacks();
  void Forget(ice_lite::PairId pair);
  void OnPacket(ice_lite::PairId pair, std::span<std::uint8_t> packet, TimePoint arrival);
  void OnStun(ice_lite::PairId pair, ByteView packet, TimePoint arrival);
  void OnMedia(ice_lite::PairId pair, std::span<std::uint8_t> packet, TimePoint arrival);
  void OnDtls(Result<void> result);
  void OnAlive(ice_lite::PairId pair, TimePoint arrival);
  void TakeEarlyPackets();
  void SendOnSelected(ByteView packet);
  void FlushDtls();
  void Finish(End end, Error error);
  void ArmTimer();
  void OnTimer();

  boost::asio::any_io_executor executor_;
  Callbacks callbacks_;
  ice_lite::Agent agent_;
  DtlsSrtp link_;
  rtc::DtlsRole role_;
  Liveness liveness_;
  std::map<ice_lite::PairId, Connection> connections_;
  ice_lite::PairId next_pair_ = 0;
  std::shared_ptr<net::DatagramBatch> batch_ = std::make_shared<net::DatagramBatch>();
  std::vector<EarlyPacket> early_;
  Stats stats_;           // what is counted here
  bool started_ = false;  // the handshake
  bool silent_ = false;
  bool ended_ = false;
  boost::asio::steady_timer timer_;
  std::optional<TimePoint> armed_for_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // handlers hold it weakly
};

std::string_view ToString(Transport::DtlsState state);

}  // namespace ingress::whip_transport
