#include "whip_source/whip_source.h"

#include <utility>

#include "whip_job/negotiation_message.h"
#include "whip_source/client_description.h"

namespace ingress::whip_source {

namespace asio = boost::asio;

WhipSource::WhipSource(const asio::any_io_executor& executor, const rtc::Certificate& certificate,
                       Options options, observability::Logger logger)
    : executor_(executor),
      certificate_(certificate),
      options_(std::move(options)),
      logger_(std::move(logger)) {}

WhipSource::~WhipSource() = default;

void WhipSource::OnOrder(ipc::WhipOrder order, UniqueFd socket) {
  if (closed_) return;
  if (order.has_publish()) return Begin(order.generation(), order.publish());
  // An order about a client that another one has followed comes too late.
  if (order.generation() != generation_ || !client_) return;
  if (order.has_peer()) {
    client_->AddPeer(*order.mutable_peer(), std::move(socket));
  } else if (order.has_restart_ice()) {
    auto restarted = client_->RestartIce(order.restart_ice());
    if (!restarted) logger_.Warn("ICE is not restarted", {{"error", restarted.error()}});
  } else if (order.has_close()) {
    EndClient();
  }
}

void WhipSource::Begin(std::uint64_t generation, const ipc::WhipPublish& publish) {
  EndClient();
  generation_ = generation;
  past_ = *reception();
  client_.reset();
  auto negotiation = whip_job::FromMessage(publish.negotiation());
  if (!negotiation) return Refuse(generation, negotiation.error());
  auto client =
      Client::Make(executor_, certificate_, *negotiation, publish.encoder(), options_.all_layers,
                   {.on_change = [this] { changed_.Notify(); },
                    .on_event =
                        [this, generation](ipc::WhipEvent event) {
                          event.set_generation(generation);
                          options_.on_event(std::move(event));
                        }},
                   logger_);
  if (!client) return Refuse(generation, client.error());
  client_ = std::move(*client);
}

void WhipSource::Refuse(std::uint64_t generation, const Error& error) {
  ipc::WhipEvent event;
  event.set_generation(generation);
  event.mutable_ended()->set_cause(ipc::WhipEnded::REFUSED);
  event.mutable_ended()->set_detail(error.context);
  options_.on_event(std::move(event));
}

void WhipSource::EndClient() {
  if (client_) client_->Close();
  changed_.Notify();
}

void WhipSource::EndInput() {
  ended_ = true;
  EndClient();
}

asio::awaitable<input::Source::Result<input::Source::Next>> WhipSource::Open() {
  while (!closed_) {
    const bool fresh = client_ && generation_ != read_generation_;
    if (fresh && client_->connected()) {
      read_generation_ = generation_;
      co_return Next::kGeneration;
    }
    if (ended_) co_return Next::kEnd;
    co_await changed_.WaitUntil(TimePoint::max());
  }
  co_return Next::kEnd;
}

asio::awaitable<input::Source::Result<stream::Units>> WhipSource::Read() {
  while (!closed_ && generation_ == read_generation_) {
    stream::Units units = client_->TakeUnits();
    if (!units.empty()) co_return units;
    if (client_->over()) break;
    co_await changed_.WaitUntil(TimePoint::max());
  }
  co_return stream::Units{};
}

void WhipSource::Close() {
  closed_ = true;
  EndClient();
}

std::optional<input::Reception> WhipSource::reception() const {
  return client_ ? Joined(past_, ReceptionOf(client_->stats())) : past_;
}

boost::json::object WhipSource::Describe() const {
  return client_ ? DescribeClient(client_->stats()) : boost::json::object();
}

void WhipSource::RequestKeyFrame(std::size_t layer) {
  if (client_) client_->RequestKeyFrame(layer);
}

}  // namespace ingress::whip_source
