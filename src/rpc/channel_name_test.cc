#include "rpc/channel_name.h"

#include <gtest/gtest.h>

namespace ingress::rpc {
namespace {

TEST(ChannelNameTest, NamesTheChannelsOfAMethodWithoutTopic) {
  EXPECT_EQ(RequestChannel("IOInfo", "GetIngressInfo", ""), "IOInfo|GetIngressInfo|REQ");
  EXPECT_EQ(GrantChannel("IOInfo", "GetIngressInfo", ""), "IOInfo|GetIngressInfo|RCLAIM");
  EXPECT_EQ(RequestChannel("IngressInternal", "ListActiveIngress", ""),
            "IngressInternal|ListActiveIngress|REQ");
}

TEST(ChannelNameTest, NamesTheChannelsOfAMethodWithATopic) {
  EXPECT_EQ(RequestChannel("IngressHandler", "DeleteIngress", "IN_xxxxxxxxxxxx"),
            "IngressHandler|DeleteIngress|IN_xxxxxxxxxxxx|REQ");
  EXPECT_EQ(GrantChannel("IngressHandler", "DeleteIngress", "IN_xxxxxxxxxxxx"),
            "IngressHandler|DeleteIngress|IN_xxxxxxxxxxxx|RCLAIM");
}

TEST(ChannelNameTest, NamesTheChannelsOfAClient) {
  EXPECT_EQ(BidChannel("IOInfo", "CLI_xxxxxxxxxxxx"), "IOInfo|CLI_xxxxxxxxxxxx|CLAIM");
  EXPECT_EQ(ResponseChannel("IOInfo", "CLI_xxxxxxxxxxxx"), "IOInfo|CLI_xxxxxxxxxxxx|RES");
}

TEST(ChannelNameTest, EscapesByCodePoint) {
  EXPECT_EQ(EscapeChannelPart("aZ09_"), "aZ09_");
  EXPECT_EQ(EscapeChannelPart("-"), "u+002d");
  EXPECT_EQ(EscapeChannelPart("a b"), "au+0020b");
  EXPECT_EQ(EscapeChannelPart("|"), "u+007c");
  EXPECT_EQ(EscapeChannelPart("\xE8\xBB\x9F"), "u+8edf");
  EXPECT_EQ(EscapeChannelPart("\xF0\x9F\x9A\x80"), "U+0001f680");
}

TEST(ChannelNameTest, EscapesAnInvalidByteAsTheReplacementCharacter) {
  EXPECT_EQ(EscapeChannelPart("a\xFF"), "au+fffd");
}

TEST(ChannelNameTest, AForeignIdCannotFormAnotherName) {
  EXPECT_EQ(BidChannel("IOInfo", "x|RES"), "IOInfo|xu+007cRES|CLAIM");
}

}  // namespace
}  // namespace ingress::rpc
