#include "service/session/session_dump.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <string>

namespace ingress::service {
namespace {

namespace json = boost::json;

std::string ProtocolOf(int path) {
  SessionFacts facts;
  facts.counters.mutable_reception()->set_path(static_cast<ipc::Reception::Path>(path));
  const json::value dump = json::parse(DescribeSession(facts));
  return std::string(dump.at_pointer("/media/reception/protocol").as_string());
}

TEST(SessionDumpTest, NamesTheWayOfThePackets) {
  EXPECT_EQ(ProtocolOf(ipc::Reception::NONE), "");
  EXPECT_EQ(ProtocolOf(ipc::Reception::UDP), "udp");
  EXPECT_EQ(ProtocolOf(ipc::Reception::TCP), "tcp");
}

TEST(SessionDumpTest, HasAWordForNumbersThatNoEnumerationHas) {
  EXPECT_EQ(ProtocolOf(3), "other");
  EXPECT_EQ(ProtocolOf(99), "other");
  EXPECT_EQ(ProtocolOf(-1), "other");
}

TEST(SessionDumpTest, TakesOtherNumbersOfAHandlerThatItDoesNotKnow) {
  SessionFacts facts;
  facts.media.set_route(static_cast<ipc::Route>(99));
  facts.media.add_warnings()->set_code(4'000'000'000U);
  auto& layer = *facts.media.add_layers();
  layer.set_sender(static_cast<ipc::Sender>(-1));
  layer.set_route(static_cast<ipc::LayerRoute>(99));
  facts.counters.add_senders()->set_sender(static_cast<ipc::Sender>(-1));
  const json::value dump = json::parse(DescribeSession(facts));
  EXPECT_EQ(dump.at_pointer("/media/route").as_string(), "");
  EXPECT_EQ(dump.at_pointer("/media/layers/0/quality").as_string(), "other");
}

}  // namespace
}  // namespace ingress::service
