#include "service/start/key_lookup.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "service/start/ingress_lookup.h"

namespace ingress::service {

namespace asio = boost::asio;
using input::Limit;

namespace {

/// By which strangers are counted; empty for an encoder that has no connection.
std::string AddressOf(const input::Attempt& attempt) {
  return attempt.place() != nullptr ? attempt.place()->address() : std::string();
}

}  // namespace

/// One publish while it waits for its key to be looked at: first for the turn of its key, then for
/// a lookup. It ends when the encoder leaves, or when its place in the backlog is another's need.
class KeyLookup::Wait {
 public:
  Wait(KeyLookup& lookup, input::Attempt& attempt)
      : lookup_(lookup),
        attempt_(attempt),
        visitor_(attempt.request().stream_key),
        waiter_(lookup.lookups_) {
    place_.emplace(lookup.backlog_, AddressOf(attempt), attempt.request().stream_key,
                   [this] { Shed(); });
    attempt.OnLeave([this] { End(EncoderLeftFailure()); });
  }
  ~Wait() { attempt_.OnLeave({}); }
  Wait(const Wait&) = delete;
  Wait& operator=(const Wait&) = delete;

  asio::awaitable<std::expected<StreamKeyMutex::Turn, Failure>> ForTurn() {
    return lookup_.mutex_.Enter(visitor_);
  }

  /// The wait is over with a permit, or with the reason why there is none.
  asio::awaitable<std::expected<net::FairSemaphore::Permit, Failure>> ForLookup() {
    auto permit = co_await lookup_.lookups_.Acquire(waiter_, AddressOf(attempt_));
    place_.reset();
    if (!permit && shed_) co_return std::unexpected(TooManyPublishesFailure());
    if (!permit || attempt_.left()) co_return std::unexpected(EncoderLeftFailure());
    co_return std::move(*permit);
  }

 private:
  void Shed() {
    shed_ = true;
    lookup_.wrong_keys_.Return(AddressOf(attempt_));
    End(TooManyPublishesFailure());
  }
  void End(const Failure& failure) {
    lookup_.mutex_.GiveUp(visitor_, failure);
    waiter_.Cancel();
  }

  KeyLookup& lookup_;
  input::Attempt& attempt_;
  StreamKeyMutex::Visitor visitor_;
  net::FairSemaphore::Waiter waiter_;
  std::optional<BacklogPlace> place_;
  bool shed_ = false;  // that place was another's need
};

KeyLookup::KeyLookup(const config::Config& config, rpc::IoInfoClient& ingresses,
                     input::LimitMonitor& limits)
    : config_(config),
      ingresses_(ingresses),
      limits_(limits),
      lookups_(kAtATime),
      backlog_([this](const std::string& address) { Strike(address, Limit::kPendingPublishes); }) {}

asio::awaitable<std::expected<KeyLookup::Found, KeyLookup::Refusal>> KeyLookup::LookUp(
    input::Attempt& attempt) {
  const auto refuse = [](Failure failure) {
    return std::unexpected(Refusal{.failure = std::move(failure), .detail = {}});
  };
  if (attempt.request().stream_key.empty()) {
    co_return refuse(Failure(FailureCode::kMissingStreamKey));
  }
  if (auto may = MayAsk(attempt); !may) co_return refuse(may.error());
  // Of two publishes in one moment, the second finds what became of the first.
  Wait wait(*this, attempt);
  auto turn = co_await wait.ForTurn();
  if (!turn) co_return refuse(turn.error());
  auto ingress = co_await Ask(attempt, wait);
  if (ingress) co_return Found{.turn = std::move(*turn), .ingress = std::move(*ingress)};
  if (ingress.error().failure.code() == FailureCode::kUnknownStreamKey) {
    turn->RefuseWaiting(ingress.error().failure);
  }
  co_return std::unexpected(ingress.error());
}

/// Whether a stranger's key is looked at at all.
std::expected<void, Failure> KeyLookup::MayAsk(const input::Attempt& attempt) {
  const std::string address = AddressOf(attempt);
  if (attempt.place() != nullptr &&
      !wrong_keys_.Take(address, config_.limits.wrong_keys_per_minute, Clock::now())) {
    Strike(address, Limit::kWrongKeys);
    return std::unexpected(Failure(FailureCode::kTooManyWrongKeys));
  }
  if (mutex_.full(attempt.request().stream_key)) {
    // It goes on counting as wrong: whoever sends one key so often is to be held back.
    Strike(address, Limit::kPendingPublishes);
    return std::unexpected(TooManyPublishesOfKeyFailure());
  }
  return {};
}

/// Asks the control plane, which knows the keys.
asio::awaitable<std::expected<::rpc::GetIngressInfoResponse, KeyLookup::Refusal>> KeyLookup::Ask(
    const input::Attempt& attempt, Wait& wait) {
  const std::string address = AddressOf(attempt);
  if (lookups_.busy()) Strike(address, Limit::kPendingPublishes);
  const auto permit = co_await wait.ForLookup();
  if (!permit) co_return std::unexpected(Refusal{.failure = permit.error(), .detail = {}});
  auto found = co_await LookUpIngress(ingresses_, attempt.request().stream_key);
  if (found) {
    if (attempt.place() != nullptr) wrong_keys_.OnRightKey(address, Clock::now());
    co_return std::move(*found);
  }
  Refusal refusal{.failure = LookupFailure(found.error().code, found.error().bus_away),
                  .detail = {}};
  if (refusal.failure.code() != FailureCode::kUnknownStreamKey) {
    wrong_keys_.Return(address);
    refusal.detail = found.error().code + ": " + found.error().message;
  }
  co_return std::unexpected(std::move(refusal));
}

void KeyLookup::Strike(const std::string& address, Limit limit) {
  limits_.Strike(limit, address, Clock::now());
}

std::string KeyLookup::why_crowded() const {
  const std::size_t waiting = backlog_.size();
  if (lookups_.waiting() < kAtATime && waiting < PublishBacklog::kPlaces) return {};
  return fmt::format("{} publishes wait for livekit-server to look at their stream keys", waiting);
}

}  // namespace ingress::service
