#include "relay_client/relay_source.h"

#include <utility>
#include <vector>

#include "relay_client/flv_unit.h"

namespace ingress::relay_client {
namespace {

namespace asio = boost::asio;

/// The relay is our own: whatever fails there is not the encoder's doing.
std::unexpected<Failure> RelayFailure(const Error& error) {
  return std::unexpected(Failure(FailureCode::kInternal, "relay: " + error.context));
}

}  // namespace

asio::awaitable<input::Source::Result<input::Source::Next>> RelaySource::Open() {
  auto stream = co_await StreamClient::Connect(executor_, url_, {});
  // Where no generation can follow any more, the relay no longer knows the stream.
  if (!stream && stream_ && stream.error().code == ErrorCode::kNotFound) co_return Next::kEnd;
  if (!stream) co_return RelayFailure(stream.error());
  stream_ = std::move(*stream);
  co_return Next::kGeneration;
}

asio::awaitable<input::Source::Result<stream::Units>> RelaySource::Read() {
  stream::Units units;
  while (units.empty()) {
    auto tags = co_await stream_->Read();
    if (!tags) co_return RelayFailure(tags.error());
    if (tags->empty()) break;
    units.reserve(tags->size());
    for (flv::Tag& tag : *tags) {
      if (auto unit = MakeUnit(std::move(tag))) units.push_back(std::move(*unit));
    }
  }
  co_return units;
}

void RelaySource::Close() {
  if (stream_) stream_->Close();
}

}  // namespace ingress::relay_client
