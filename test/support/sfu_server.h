#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "livekit_rtc.pb.h"
#include "support/sfu_peer.h"

namespace ingress::test {

/// A fake LiveKit server for one publisher: signalling over WebSocket, media by SfuPeer. What it
/// does is in `script`, what it saw in the lists. Lives on the test's io_context.
class SfuServer {
 public:
  struct Script {
    unsigned refuse_status = 0;  // HTTP status instead of an upgrade
    std::string refuse_body = {};
    std::string validate_body = {};  // of /rtc/validate, with refuse_status
    bool subscriber_primary = false;
    bool refuse_tracks = false;
    bool refuse_resume = false;
    std::vector<std::string> publish_codecs = {"audio/opus", "video/H264", "video/VP8"};
  };

  explicit SfuServer(boost::asio::io_context& io);

  std::string url() const;
  SfuPeer* peer() { return peer_.get(); }

  /// Sends to the connected client.
  void Send(const ::livekit::SignalResponse& response);
  /// Cuts the signal connection without a word.
  void Drop();
  bool connected() const { return socket_ != nullptr; }

  /// How many requests of this kind came in.
  int Count(::livekit::SignalRequest::MessageCase kind) const;

  Script script;
  std::vector<std::string> targets;  // of every HTTP request
  std::vector<std::string> authorizations;
  std::vector<::livekit::SignalRequest> requests;
  int joins = 0;
  int resumes = 0;

 private:
  class Socket;

  boost::asio::awaitable<void> Accept();
  boost::asio::awaitable<void> Serve(std::shared_ptr<Socket> socket);
  void Greet(const std::string& target);
  void MakePeer();
  void Handle(const ::livekit::SignalRequest& request);
  void OnAddTrack(const ::livekit::AddTrackRequest& track);
  std::string SidOf(const ::livekit::AddTrackRequest& track);
  void OnOffer(const ::livekit::SessionDescription& offer);
  void SendCandidate(const sdp::Candidate& candidate, bool final);

  boost::asio::io_context& io_;
  boost::asio::ip::tcp::acceptor acceptor_;
  std::shared_ptr<Socket> socket_;
  std::unique_ptr<SfuPeer> peer_;
  std::vector<std::string> video_cids_;
  std::vector<std::string> audio_cids_;
};

}  // namespace ingress::test
