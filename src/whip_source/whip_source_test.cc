#include "whip_source/whip_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/serialize.hpp>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/given_time.h"
#include "whip_job/negotiation_message.h"

namespace ingress::whip_source {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using Next = input::Source::Next;

sdp::Negotiation NegotiationOf() {
  return {.audio = sdp::NegotiatedTrack{.mid = "0",
                                        .codec = AudioCodec::kOpus,
                                        .payload_type = 111,
                                        .clock_rate = 48'000,
                                        .channels = 2},
          .local_ice = {.ufrag = "ours4711", .password = "our-password-of-24-chars"},
          .remote_ice = {.ufrag = "theirs", .password = "their-password-of-26-chars"},
          .remote_fingerprint = {.algorithm = "sha-256", .digest = std::vector<std::uint8_t>(32)}};
}

class WhipSourceTest : public ::testing::Test {
 protected:
  ~WhipSourceTest() override {
    source_.Close();
    time_.Run();
  }

  void Publish(std::uint64_t generation) {
    ipc::WhipOrder order;
    order.set_generation(generation);
    *order.mutable_publish()->mutable_negotiation() = whip_job::ToMessage(NegotiationOf());
    source_.OnOrder(std::move(order), {});
  }

  void Open() {
    asio::co_spawn(loop_, source_.Open(), [this](const std::exception_ptr& error, auto next) {
      if (error) std::rethrow_exception(error);
      opened_ = next.value();
    });
    time_.Run();
  }

  asio::io_context loop_;
  ::ingress::testing::GivenTime time_{loop_};
  rtc::Certificate certificate_ = rtc::Certificate::Make().value();
  std::vector<ipc::WhipEvent> events_;
  WhipSource source_{
      loop_.get_executor(),
      certificate_,
      {.on_event = [this](ipc::WhipEvent event) { events_.push_back(std::move(event)); }},
      observability::Logger::Null()};
  std::optional<Next> opened_;
};

TEST_F(WhipSourceTest, WaitsForAClientUntilNoneCanFollow) {
  Open();
  Publish(1);
  time_.Pass(1s);
  EXPECT_FALSE(opened_.has_value());  // it is not connected
  source_.EndInput();
  time_.Run();
  EXPECT_EQ(opened_, Next::kEnd);
}

TEST_F(WhipSourceTest, ReportsAClientThatNeverComes) {
  Open();
  Publish(7);
  time_.Pass(11s);
  ASSERT_THAT(events_, SizeIs(1));
  EXPECT_EQ(events_[0].generation(), 7U);
  EXPECT_EQ(events_[0].ended().cause(), ipc::WhipEnded::NOT_CONNECTED);
  EXPECT_FALSE(opened_.has_value());  // another one may follow
}

TEST_F(WhipSourceTest, SaysNothingOfAClientThatTheServiceHasClosed) {
  Publish(1);
  ipc::WhipOrder close;
  close.set_generation(1);
  close.mutable_close();
  source_.OnOrder(std::move(close), {});
  time_.Pass(11s);
  EXPECT_THAT(events_, IsEmpty());
}

TEST_F(WhipSourceTest, ForgetsTheClientBeforeTheNewestOne) {
  Publish(1);
  Publish(2);
  ipc::WhipOrder late;
  late.set_generation(1);
  late.mutable_close();
  source_.OnOrder(std::move(late), {});
  time_.Pass(11s);
  ASSERT_THAT(events_, SizeIs(1));  // the newest lives on until its time is over
  EXPECT_EQ(events_[0].generation(), 2U);
}

TEST_F(WhipSourceTest, DescribesTheClientThatIsThere) {
  EXPECT_TRUE(source_.Describe().empty());
  ASSERT_TRUE(source_.reception().has_value());
  Publish(1);
  const std::string described = boost::json::serialize(source_.Describe());
  EXPECT_THAT(described, HasSubstr(R"("state":"new")"));
  for (const std::string_view secret : {"ours4711", "our-password", "theirs", "their-password"}) {
    EXPECT_THAT(described, Not(HasSubstr(secret)));
  }
}

TEST_F(WhipSourceTest, RefusesAJobThatMakesNoSense) {
  ipc::WhipOrder order;
  order.set_generation(3);
  order.mutable_publish();
  source_.OnOrder(std::move(order), {});
  ASSERT_THAT(events_, SizeIs(1));
  EXPECT_EQ(events_[0].generation(), 3U);
  EXPECT_EQ(events_[0].ended().cause(), ipc::WhipEnded::REFUSED);
}

}  // namespace
}  // namespace ingress::whip_source
