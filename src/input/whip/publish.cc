#include "input/whip/publish.h"

#include <algorithm>
#include <utility>

#include "base/ids.h"
#include "ice_lite/authenticator.h"
#include "sdp/negotiated_answer.h"
#include "whip_job/input_message.h"
#include "whip_job/negotiation_message.h"

namespace ingress::input {
namespace {

constexpr std::size_t kTagLength = 12;
constexpr std::size_t kUfragsKept = 3;  // of restarts that the client has not begun yet

std::string NewTag() { return '"' + RandomToken(kTagLength) + '"'; }

std::uint64_t NewSessionId() { return (std::uint64_t{RandomU32()} << 30U) | (RandomU32() >> 2U); }

PublishEnd EndOf(const ipc::WhipEnded& ended) {
  const auto cause = [&ended] {
    switch (ended.cause()) {
      case ipc::WhipEnded::CLOSED_BY_PEER:
        return PublishEnd::Cause::kUnpublished;
      case ipc::WhipEnded::NOT_CONNECTED:
        return PublishEnd::Cause::kNeverCame;
      case ipc::WhipEnded::SILENT:
        return PublishEnd::Cause::kTimedOut;
      default:
        return PublishEnd::Cause::kProtocolError;
    }
  };
  return {.cause = cause(), .detail = ended.detail()};
}

WhipProblem BadFragment(std::string cause) {
  return {.status = 400,
          .code = "bad_fragment",
          .cause = std::move(cause),
          .remedy = "Send a fragment as RFC 8840 section 9 says."};
}

}  // namespace

WhipPublish::WhipPublish(Parts parts) : parts_(std::move(parts)), tag_(NewTag()) {}

WhipPublish::~WhipPublish() { DismissBefore(0); }

std::expected<std::string, Failure> WhipPublish::Begin(std::unique_ptr<SessionLink> link) {
  link_ = std::move(link);
  const sdp::Negotiation& negotiation = parts_.negotiation;
  if (auto admitted = Admit(negotiation.local_ice, negotiation.remote_ice.ufrag); !admitted) {
    return std::unexpected(Failure(FailureCode::kInternal, admitted.error().context));
  }
  ipc::WhipOrder order;
  *order.mutable_publish()->mutable_negotiation() = whip_job::ToMessage(negotiation);
  order.mutable_publish()->set_encoder(parts_.encoder);
  link_->TellHandler(whip_job::OrderBody(order), {});
  return sdp::FormatAnswer(parts_.offer, negotiation,
                           {.fingerprint = link_->dtls_fingerprint(),
                            .candidates = parts_.ice.candidates(),
                            .session_id = NewSessionId()});
}

Result<void> WhipPublish::Admit(const sdp::IceCredentials& local, const std::string& remote_ufrag) {
  auto admitted = parts_.ice.Admit(local, remote_ufrag, [this](IcePeer peer) {
    link_->logger().Debug("the client has an address", {{"peer", peer.address}});
    ipc::WhipOrder order;
    order.mutable_peer()->set_tcp(peer.tcp);
    order.mutable_peer()->set_received(std::string(AsText(peer.received)));
    link_->TellHandler(whip_job::OrderBody(order), std::move(peer.socket));
  });
  if (admitted) ufrags_.push_back(local.ufrag);
  return admitted;
}

/// Keeps the newest `kept`.
void WhipPublish::DismissBefore(std::size_t kept) {
  while (ufrags_.size() > kept) {
    parts_.ice.Dismiss(ufrags_.front());
    ufrags_.pop_front();
  }
}

std::expected<WhipPublish::Patched, WhipProblem> WhipPublish::Patch(
    const sdp::IceFragment& fragment) {
  for (const std::string& mid : fragment.mids) {
    if (!Knows(mid)) return std::unexpected(BadFragment("the offer has no section of mid " + mid));
  }
  if (!fragment.ice || *fragment.ice == parts_.negotiation.remote_ice) return Patched{};
  return RestartIce(*fragment.ice);
}

bool WhipPublish::Knows(std::string_view mid) const { return parts_.offer.section(mid) != nullptr; }

std::expected<WhipPublish::Patched, WhipProblem> WhipPublish::RestartIce(
    const sdp::IceCredentials& remote) {
  const sdp::IceCredentials local = ice_lite::NewCredentials();
  if (auto admitted = Admit(local, remote.ufrag); !admitted) {
    return std::unexpected(ProblemOf(Failure(FailureCode::kInternal, admitted.error().context)));
  }
  DismissBefore(kUfragsKept);
  parts_.negotiation.local_ice = local;
  parts_.negotiation.remote_ice = remote;
  ipc::WhipOrder order;
  order.mutable_restart_ice()->set_ufrag(local.ufrag);
  order.mutable_restart_ice()->set_password(local.password);
  order.mutable_restart_ice()->set_remote_ufrag(remote.ufrag);
  link_->TellHandler(whip_job::OrderBody(order), {});
  tag_ = NewTag();
  link_->logger().Info("the client restarts ICE");
  const auto& first =
      parts_.negotiation.audio ? parts_.negotiation.audio : parts_.negotiation.video;
  // A library that joins several candidates wrongly is content with one.
  std::vector<sdp::Candidate> candidates = parts_.ice.candidates();
  if (candidates.size() > 1) candidates.resize(1);
  return Patched{.fragment = sdp::FormatIceFragment(local, first->mid, IceOptions(), candidates),
                 .tag = tag_};
}

/// Returns those of our answer, which a restart repeats (RFC 9725 §4.3.3).
std::string WhipPublish::IceOptions() const {
  std::string options;
  if (parts_.offer.ice2) options = "ice2";
  if (parts_.offer.trickle) options += options.empty() ? "trickle" : " trickle";
  return options;
}

void WhipPublish::OnEvent(const ipc::InputEvent& message) {
  const auto event = whip_job::EventOf(message);
  if (!event) return;
  if (event->has_connected()) connected_ = true;
  if (event->has_ice_restarted()) DismissBefore(1);
  if (event->has_ended()) End(EndOf(event->ended()));
}

void WhipPublish::End(PublishEnd end) {
  if (over_) return;
  const auto self = shared_from_this();
  if (const std::unique_ptr<SessionLink> link = Detach()) link->OnEnd(std::move(end));
}

void WhipPublish::Close(const Failure& failure) {
  if (over_) return;
  const auto self = shared_from_this();
  closed_ = failure;
  Detach();
}

/// No address of the client finds its session any more, and the handler is told to close it.
/// Returns the link to the session; null where there was none yet.
std::unique_ptr<SessionLink> WhipPublish::Detach() {
  std::unique_ptr<SessionLink> link = std::move(link_);
  over_ = true;
  DismissBefore(0);
  parts_.on_over();
  if (link) {
    ipc::WhipOrder order;
    order.mutable_close();
    link->TellHandler(whip_job::OrderBody(order), {});
  }
  return link;
}

}  // namespace ingress::input
