#include "ice_lite/agent.h"

#include <algorithm>
#include <utility>

#include "stun/writer.h"

namespace ingress::ice_lite {
namespace {

constexpr int kUnknownAttribute = 420;  // RFC 8489 §14.8
constexpr int kRoleConflict = 487;      // RFC 8445 §7.3.1.1

/// The answer to an authentic request.
stun::Writer AnswerTo(const stun::Message& request, const stun::TransportAddress& from) {
  if (request.unknown.count > 0) {
    stun::Writer refusal(stun::Class::kError, request.method, request.id);
    refusal.AddErrorCode(kUnknownAttribute, "Unknown Attribute");
    refusal.AddUnknownAttributes(request.unknown);
    return refusal;
  }
  if (request.ice_controlled) {  // a lite agent is the controlled one, always
    stun::Writer refusal(stun::Class::kError, request.method, request.id);
    refusal.AddErrorCode(kRoleConflict, "Role Conflict");
    return refusal;
  }
  stun::Writer answer(stun::Class::kSuccess, request.method, request.id);
  answer.AddXorMappedAddress(from);
  return answer;
}

bool IsRefusedAnyway(const stun::Message& request) {
  return request.unknown.count > 0 || request.ice_controlled;
}

}  // namespace

Result<Agent> Agent::Make(const sdp::IceCredentials& local, std::string remote_ufrag) {
  auto current = Authenticator::Make(local, std::move(remote_ufrag));
  if (!current) return std::unexpected(std::move(current.error()));
  return Agent(std::move(*current));
}

std::optional<PairId> Agent::AddPair(PairId id, const stun::TransportAddress& remote, bool tcp,
                                     TimePoint now) {
  std::optional<PairId> gone;
  if (pairs_.size() == kMaxPairs) {
    const std::optional<PairId> kept = selected();
    const auto age = [&](const Pair& pair) {
      return pair.id == kept ? TimePoint::max() : pair.last_authentic;
    };
    gone = std::ranges::min_element(pairs_, {}, age)->id;
    RemovePair(*gone);
  }
  pairs_.push_back({.id = id, .remote = remote, .tcp = tcp, .last_authentic = now});
  return gone;
}

void Agent::RemovePair(PairId id) {
  std::erase_if(pairs_, [id](const Pair& pair) { return pair.id == id; });
  if (nominated_ == id) nominated_.reset();
}

Bytes Agent::OnStun(PairId id, ByteView datagram, TimePoint now) {
  Pair* pair = Find(id);
  const auto message = stun::Parse(datagram);
  const bool request = message && message->message_class == stun::Class::kRequest &&
                       message->method == stun::kBinding;
  const Authenticator* authenticator =
      request && pair != nullptr ? Authenticate(datagram, *message, now) : nullptr;
  if (authenticator == nullptr) {
    ++refused_;
    return {};
  }
  OnAuthentic(id, now);
  ++pair->requests;
  if (!IsRefusedAnyway(*message)) {
    pair->validated = true;
    pair->generation = generation_;
    pair->priority = message->priority.value_or(pair->priority);
    if (message->use_candidate) Nominate(*pair, now);
  }
  auto answer = AnswerTo(*message, pair->remote).Finish(authenticator->key());
  return answer ? std::move(*answer) : Bytes();
}

void Agent::OnAuthentic(PairId id, TimePoint now) {
  last_authentic_ = now;
  if (Pair* pair = Find(id)) pair->last_authentic = now;
}

bool Agent::validated(PairId id) const {
  const Pair* pair = Find(id);
  return pair != nullptr && pair->validated;
}

std::optional<PairId> Agent::selected() const {
  if (nominated_) return nominated_;
  const Pair* newest = nullptr;
  for (const Pair& pair : pairs_) {
    if (!pair.validated) continue;
    if (newest == nullptr || pair.last_authentic > newest->last_authentic) newest = &pair;
  }
  if (newest == nullptr) return std::nullopt;
  return newest->id;
}

Result<void> Agent::Restart(const sdp::IceCredentials& local, std::string remote_ufrag,
                            TimePoint now) {
  auto next = Authenticator::Make(local, std::move(remote_ufrag));
  if (!next) return std::unexpected(std::move(next.error()));
  next_ = std::move(*next);
  next_until_ = now + kRestartWithin;
  return {};
}

std::vector<PairStats> Agent::stats(TimePoint now) const {
  const std::optional<PairId> chosen = selected();
  std::vector<PairStats> all;
  all.reserve(pairs_.size());
  for (const Pair& pair : pairs_) {
    all.push_back({.remote = pair.remote,
                   .tcp = pair.tcp,
                   .selected = pair.id == chosen,
                   .requests = pair.requests,
                   .silent = now - pair.last_authentic});
  }
  return all;
}

/// Finds whose credentials the request has; null: nobody's. The first one after a restart is
/// followed.
const Authenticator* Agent::Authenticate(ByteView datagram, const stun::Message& message,
                                         TimePoint now) {
  if (current_.Accepts(datagram, message)) return &current_;
  if (!next_ || now > next_until_ || !next_->Accepts(datagram, message)) return nullptr;
  current_ = *std::exchange(next_, std::nullopt);
  ++generation_;
  return &current_;
}

void Agent::Nominate(Pair& pair, TimePoint now) {
  pair.last_nominated = now;
  const Pair* before = nominated_ ? Find(*nominated_) : nullptr;
  if (before == nullptr || before->generation < pair.generation ||
      before->priority < pair.priority || now - before->last_nominated >= kNominationHolds) {
    nominated_ = pair.id;
  }
}

Agent::Pair* Agent::Find(PairId id) {
  const auto found = std::ranges::find(pairs_, id, &Pair::id);
  return found == pairs_.end() ? nullptr : &*found;
}

const Agent::Pair* Agent::Find(PairId id) const {
  const auto found = std::ranges::find(pairs_, id, &Pair::id);
  return found == pairs_.end() ? nullptr : &*found;
}

}  // namespace ingress::ice_lite
