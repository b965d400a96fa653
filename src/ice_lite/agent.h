#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "ice_lite/authenticator.h"
#include "sdp/offer.h"
#include "stun/message.h"

namespace ingress::ice_lite {

using PairId = std::uint32_t;  // the owner's name of one of the client's addresses

/// One pair, for people who look for a fault.
struct PairStats {
  stun::TransportAddress remote{};
  bool tcp = false;
  bool selected = false;
  std::uint64_t requests = 0;  // authentic Binding requests
  Clock::duration silent{};    // since the last authentic packet
};

/// The lite side of ICE for one session (RFC 8445 §2.5): it answers the client's Binding requests
/// and lets the client choose the pair; it sends none of its own, and needs no candidates of the
/// client.
///
/// Requests that are not authentic get no answer. Sans-IO.
class Agent {
 public:
  static constexpr std::size_t kMaxPairs = 8;
  /// The client has so long to use new credentials before those of before are all that counts.
  static constexpr auto kRestartWithin = std::chrono::seconds(30);
  /// A nomination is followed at once when the one before is older. Younger ones come from a client
  /// that nominates all its pairs (RFC 5245 §8.1.1.2); the pair of the highest priority is meant.
  static constexpr auto kNominationHolds = std::chrono::milliseconds(500);

  /// Errors: those of Authenticator::Make().
  static Result<Agent> Make(const sdp::IceCredentials& local, std::string remote_ufrag);

  /// Knows a pair from now on. Returns the one that has to go for it where there are too many: the
  /// one that has been silent longest, but never the selected one.
  std::optional<PairId> AddPair(PairId id, const stun::TransportAddress& remote, bool tcp,
                                TimePoint now);
  void RemovePair(PairId id);

  /// Takes a datagram that LooksLikeStun(), of a pair that was added. Returns what to send back on
  /// that pair; empty: nothing.
  Bytes OnStun(PairId id, ByteView datagram, TimePoint now);

  /// A packet of the pair was found authentic by what stands above ICE.
  void OnAuthentic(PairId id, TimePoint now);

  /// Says whether the pair has had an authentic Binding request: only then may more than its answer
  /// be sent there (RFC 8445 §12).
  bool validated(PairId id) const;

  /// Says where to send: to the pair that the client has nominated, or while there is none, the one
  /// that has shown itself last. Empty: no pair is validated.
  std::optional<PairId> selected() const;

  /// Says when the last authentic packet came, whatever it was.
  std::optional<TimePoint> last_authentic() const { return last_authentic_; }

  /// Takes requests with these credentials too. With the first of them, those of before are void.
  /// Errors: those of Authenticator::Make(); all stays as it was.
  Result<void> Restart(const sdp::IceCredentials& local, std::string remote_ufrag, TimePoint now);
  /// Restarts that the client has followed.
  std::uint64_t restarts() const { return generation_; }

  /// Binding requests and other STUN that got no answer.
  std::uint64_t refused() const { return refused_; }

  std::vector<PairStats> stats(TimePoint now) const;

 private:
  struct Pair {
    PairId id = 0;
    stun::TransportAddress remote{};
    bool tcp = false;
    bool validated = false;
    std::uint32_t priority = 0;
    std::uint64_t generation = 0;  // of the credentials that it was checked with last
    std::uint64_t requests = 0;
    TimePoint last_authentic{};
    TimePoint last_nominated{};
  };

  explicit Agent(Authenticator current) : current_(std::move(current)) {}

  const Authenticator* Authenticate(ByteView datagram, const stun::Message& message, TimePoint now);
  void Nominate(Pair& pair, TimePoint now);
  Pair* Find(PairId id);
  const Pair* Find(PairId id) const;

  Authenticator current_;
  std::optional<Authenticator> next_;  // of a restart that the client has not followed yet
  TimePoint next_until_{};
  std::uint64_t generation_ = 0;
  std::vector<Pair> pairs_;
  std::optional<PairId> nominated_;
  std::optional<TimePoint> last_authentic_;
  std::uint64_t refused_ = 0;
};

}  // namespace ingress::ice_lite
