#include "rtc/ice_agent.h"

#include <nice/agent.h>

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <mutex>
#include <optional>
#include <utility>

#include "rtc/glib_thread.h"
#include "rtc/local_addresses.h"
#include "rtc/nice_candidate.h"

namespace ingress::rtc {
namespace {

constexpr unsigned kComponent = NICE_COMPONENT_TYPE_RTP;

// libnice starts a check per tick. RFC 8445 §14.2 allows 5 ms; the default of 20 would cost a fifth
// of the time we have from connect to first frame.
constexpr unsigned kPacingMs = 5;

constexpr std::size_t kMaxDatagram = 2048;  // bytes, more than what comes over an Ethernet

struct ObjectDeleter {
  template <typename T>
  void operator()(T* object) const {
    g_object_unref(object);
  }
};
using AgentHandle = std::unique_ptr<NiceAgent, ObjectDeleter>;

struct StringDeleter {
  void operator()(gchar* text) const { g_free(text); }
};
using StringHandle = std::unique_ptr<gchar, StringDeleter>;

AgentHandle MakeAgent(const IceAgent::Options& options) {
  const auto flags = static_cast<NiceAgentOption>(NICE_AGENT_OPTION_REGULAR_NOMINATION |
                                                  NICE_AGENT_OPTION_ICE_TRICKLE |
                                                  NICE_AGENT_OPTION_CONSENT_FRESHNESS);
  AgentHandle agent(
      nice_agent_new_full(GlibThread::Instance().context(), NICE_COMPATIBILITY_RFC5245, flags));
  if (!agent) return agent;
  g_object_set(agent.get(), "controlling-mode", options.controlling ? TRUE : FALSE,  //
               "upnp", FALSE,                                                        //
               "ice-tcp", options.tcp ? TRUE : FALSE,                                //
               "force-relay", options.relay_only ? TRUE : FALSE,                     //
               "stun-pacing-timer", kPacingMs, nullptr);
  return agent;
}

NiceRelayType RelayType(IceServer::Kind kind) {
  return kind == IceServer::Kind::kTurnTcp ? NICE_RELAY_TYPE_TURN_TCP : NICE_RELAY_TYPE_TURN_UDP;
}

void AddServers(NiceAgent* agent, unsigned stream, const std::vector<IceServer>& servers) {
  bool stun_set = false;
  for (const IceServer& server : servers) {
    // libnice does no TLS, whatever its relay type says.
    if (server.kind == IceServer::Kind::kTurnTls) continue;
    if (server.kind != IceServer::Kind::kStun) {
      nice_agent_set_relay_info(agent, stream, kComponent, server.host.c_str(), server.port,
                                server.username.c_str(), server.credential.c_str(),
                                RelayType(server.kind));
    } else if (!std::exchange(stun_set, true)) {
      g_object_set(agent, "stun-server", server.host.c_str(), "stun-server-port",
                   static_cast<unsigned>(server.port), nullptr);
    }
  }
}

void AddAddresses(NiceAgent* agent, bool loopback) {
  for (const std::string& text : LocalAddresses(loopback)) {
    NiceAddress address;
    nice_address_init(&address);
    if (nice_address_set_from_string(&address, text.c_str()) != 0) {
      nice_agent_add_local_address(agent, &address);
    }
  }
}

std::optional<IceAgent::State> StateOf(unsigned state) {
  switch (state) {
    case NICE_COMPONENT_STATE_CONNECTING:
      return IceAgent::State::kConnecting;
    case NICE_COMPONENT_STATE_CONNECTED:
    case NICE_COMPONENT_STATE_READY:
      return IceAgent::State::kConnected;
    case NICE_COMPONENT_STATE_FAILED:
      return IceAgent::State::kFailed;
    default:
      return std::nullopt;
  }
}

/// Frees TURN allocations on their servers, then the agent itself. On the GLib thread.
void CloseAgent(AgentHandle agent) {
  NiceAgent* raw = agent.release();
  nice_agent_close_async(
      raw, [](GObject* object, GAsyncResult*, gpointer) { g_object_unref(object); }, nullptr);
}

}  // namespace

/// What both threads share: the agent, whose calls are thread-safe, and the way back to the
/// executor, which closes before the IceAgent goes.
class IceAgent::Link : public std::enable_shared_from_this<IceAgent::Link> {
 public:
  Link(boost::asio::any_io_executor executor, AgentHandle agent, unsigned stream)
      : agent_(std::move(agent)), stream_(stream), executor_(std::move(executor)) {}

  void Open(IceAgent* owner) {
    owner_ = owner;
    g_signal_connect(agent_.get(), "new-candidate-full", G_CALLBACK(OnNewCandidate), this);
    g_signal_connect(agent_.get(), "component-state-changed", G_CALLBACK(OnStateChanged), this);
    g_signal_connect(agent_.get(), "new-selected-pair-full", G_CALLBACK(OnNewPair), this);
    nice_agent_attach_recv(agent_.get(), stream_, kComponent, GlibThread::Instance().context(),
                           OnReceive, this);
  }

  /// Nothing is posted any more once this returned; the agent ends on its own thread.
  void Close() {
    owner_ = nullptr;
    {
      const std::scoped_lock lock(mutex_);
      executor_.reset();
    }
    GlibThread::Instance().Post([self = shared_from_this()] {
      g_signal_handlers_disconnect_by_data(self->agent_.get(), self.get());
      nice_agent_attach_recv(self->agent_.get(), self->stream_, kComponent,
                             GlibThread::Instance().context(), nullptr, nullptr);
      CloseAgent(std::move(self->agent_));
    });
  }

  void PostDatagram(ByteView bytes) {
    Post([datagram = Bytes(bytes.begin(), bytes.end())](IceAgent& owner) mutable {
      owner.callbacks_.on_datagram(std::move(datagram));
    });
  }

  NiceAgent* agent() const { return agent_.get(); }
  unsigned stream() const { return stream_; }

 private:
  template <typename Handler>
  void Post(Handler handler) {
    const std::scoped_lock lock(mutex_);
    if (!executor_) return;
    boost::asio::post(*executor_,
                      [self = shared_from_this(), handler = std::move(handler)]() mutable {
                        if (self->owner_ != nullptr) handler(*self->owner_);
                      });
  }

  static void OnNewCandidate(NiceAgent* /*agent*/, NiceCandidate* candidate, gpointer link) {
    if (auto found = FromNice(*candidate)) {
      static_cast<Link*>(link)->Post(
          [found = std::move(*found)](IceAgent& owner) { owner.OnCandidate(found); });
    }
  }

  static void OnStateChanged(NiceAgent* /*agent*/, guint /*stream*/, guint /*component*/,
                             guint state, gpointer link) {
    if (const auto known = StateOf(state)) {
      static_cast<Link*>(link)->Post([known](IceAgent& owner) { owner.OnState(*known); });
    }
  }

  static void OnNewPair(NiceAgent* /*agent*/, guint /*stream*/, guint /*component*/,
                        NiceCandidate* /*local*/, NiceCandidate* /*remote*/, gpointer link) {
    static_cast<Link*>(link)->Post([](IceAgent& owner) { owner.OnSelectedPair(); });
  }

  static void OnReceive(NiceAgent* /*agent*/, guint /*stream*/, guint /*component*/, guint size,
                        gchar* data, gpointer link) {
    static_cast<Link*>(link)->PostDatagram(AsBytes({data, size}));
  }

  AgentHandle agent_;
  unsigned stream_;
  IceAgent* owner_ = nullptr;  // only touched on the executor

  std::mutex mutex_;
  std::optional<boost::asio::any_io_executor> executor_;  // guarded by mutex_
};

Result<std::unique_ptr<IceAgent>> IceAgent::Make(boost::asio::any_io_executor executor,
                                                 const Options& options, Callbacks callbacks) {
  AgentHandle agent = MakeAgent(options);
  if (!agent) return Fail(ErrorCode::kInternal, "ice: libnice makes no agent");
  const unsigned stream = nice_agent_add_stream(agent.get(), 1);
  if (stream == 0) return Fail(ErrorCode::kInternal, "ice: libnice makes no stream");
  AddServers(agent.get(), stream, options.servers);
  AddAddresses(agent.get(), options.loopback);

  auto link = std::make_shared<Link>(std::move(executor), std::move(agent), stream);
  std::unique_ptr<IceAgent> ice(new IceAgent(link, std::move(callbacks)));
  link->Open(ice.get());
  return ice;
}

IceAgent::IceAgent(std::shared_ptr<Link> link, Callbacks callbacks)
    : link_(std::move(link)), callbacks_(std::move(callbacks)) {
  ReadLocalCredentials();
}

IceAgent::~IceAgent() { link_->Close(); }

void IceAgent::ReadLocalCredentials() {
  gchar* ufrag = nullptr;
  gchar* password = nullptr;
  if (nice_agent_get_local_credentials(link_->agent(), link_->stream(), &ufrag, &password) == 0) {
    return;
  }
  const StringHandle owned_ufrag(ufrag);
  const StringHandle owned_password(password);
  credentials_ = {.ufrag = ufrag, .password = password};
}

Result<void> IceAgent::Gather() {
  if (nice_agent_gather_candidates(link_->agent(), link_->stream()) == 0) {
    return Fail(ErrorCode::kUnavailable, "ice: no local address can be used");
  }
  // libnice has also posted these as news; OnCandidate() recognises them.
  GSList* found = nice_agent_get_local_candidates(link_->agent(), link_->stream(), kComponent);
  for (const GSList* item = found; item != nullptr; item = item->next) {
    if (auto candidate = FromNice(*static_cast<const NiceCandidate*>(item->data))) {
      candidates_.push_back(std::move(*candidate));
    }
  }
  g_slist_free_full(found,
                    [](gpointer item) { nice_candidate_free(static_cast<NiceCandidate*>(item)); });
  return {};
}

void IceAgent::OnCandidate(const sdp::Candidate& candidate) {
  if (std::ranges::find(candidates_, candidate) != candidates_.end()) return;
  candidates_.push_back(candidate);
  callbacks_.on_candidate(candidate);
}

void IceAgent::SetRemoteCredentials(const sdp::IceCredentials& credentials) {
  nice_agent_set_remote_credentials(link_->agent(), link_->stream(), credentials.ufrag.c_str(),
                                    credentials.password.c_str());
}

void IceAgent::AddRemoteCandidate(const sdp::Candidate& candidate) {
  const NiceCandidateHandle converted = ToNice(candidate, link_->stream());
  if (!converted) return;
  GSList one{.data = converted.get(), .next = nullptr};
  nice_agent_set_remote_candidates(link_->agent(), link_->stream(), kComponent, &one);
}

void IceAgent::SetRemoteGatheringDone() {
  nice_agent_peer_candidate_gathering_done(link_->agent(), link_->stream());
}

void IceAgent::Restart() {
  nice_agent_restart_stream(link_->agent(), link_->stream());
  ReadLocalCredentials();
}

void IceAgent::OnSelectedPair() {
  path_.reset();  // leaves the port, which may be the next one's
  path_ = UdpPath::OfSelectedPair(link_->agent(), link_->stream(), kComponent);
}

void IceAgent::OnState(State state) {
  // Without the peer's consent nothing may be sent (RFC 7675 §5.1).
  if (state == State::kFailed) path_.reset();
  callbacks_.on_state(state);
}

void IceAgent::DeliverFeedback() {
  if (!path_) return;
  std::array<std::uint8_t, kMaxDatagram> buffer;
  for (std::size_t size = 1, left = kMaxBatch; size > 0 && left > 0; --left) {
    size = path_->ReceiveFeedback(buffer);
    if (size > 0) link_->PostDatagram(ByteView(buffer).first(size));
  }
}

void IceAgent::Send(std::span<const ByteView> datagrams) {
  if (path_) {
    path_->Send(datagrams);
    return;
  }
  for (const ByteView& datagram : datagrams) {
    nice_agent_send(link_->agent(), link_->stream(), kComponent,
                    static_cast<guint>(datagram.size()),
                    reinterpret_cast<const gchar*>(datagram.data()));
  }
}

}  // namespace ingress::rtc
