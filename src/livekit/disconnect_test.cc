#include "livekit/disconnect.h"

#include <gtest/gtest.h>

namespace ingress::livekit {
namespace {

TEST(DisconnectTest, NeverRetriesWhatSomeoneDecided) {
  for (const auto reason :
       {::livekit::CLIENT_INITIATED, ::livekit::DUPLICATE_IDENTITY, ::livekit::PARTICIPANT_REMOVED,
        ::livekit::ROOM_DELETED, ::livekit::ROOM_CLOSED, ::livekit::UNKNOWN_REASON}) {
    EXPECT_FALSE(MakeDisconnect(reason, "").retryable) << reason;
  }
}

TEST(DisconnectTest, RetriesAccidents) {
  for (const auto reason :
       {::livekit::SERVER_SHUTDOWN, ::livekit::STATE_MISMATCH, ::livekit::JOIN_FAILURE,
        ::livekit::SIGNAL_CLOSE, ::livekit::CONNECTION_TIMEOUT}) {
    EXPECT_TRUE(MakeDisconnect(reason, "").retryable) << reason;
  }
}

TEST(DisconnectTest, TellsReasonAndDetailInWords) {
  EXPECT_EQ(MakeDisconnect(::livekit::SIGNAL_CLOSE, "connect: refused").detail,
            "the connection to the server could not be restored (connect: refused)");
  EXPECT_EQ(MakeDisconnect(::livekit::ROOM_DELETED, "").detail, "the room was deleted");
}

}  // namespace
}  // namespace ingress::livekit
