#include "rpc/envelope.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "base/testing/hex.h"
#include "rpc/testing/gzip.h"
#include "rpc/testing/vectors.h"
#include "rpc_io.pb.h"

namespace ingress::rpc {
namespace {

std::string Text(std::string_view hex) { return std::string(AsText(FromHex(hex))); }

::internal::Request DemoRequest() {
  ::internal::Request request;
  request.set_request_id(vectors::kRequestId.data());
  request.set_client_id(vectors::kClientId.data());
  request.set_sent_at(vectors::kSentAt);
  request.set_expiry(vectors::kExpiry);
  request.set_raw_request(Text(vectors::kArgument));
  return request;
}

::internal::Response DemoResponse() {
  ::internal::Response response;
  response.set_request_id(vectors::kRequestId.data());
  response.set_server_id(vectors::kServerId.data());
  response.set_sent_at(vectors::kAnsweredAt);
  return response;
}

Bytes PackMsg(const ::internal::Msg& msg) {
  const std::string text = msg.SerializeAsString();
  return {text.begin(), text.end()};
}

TEST(EnvelopeTest, PacksARequestAsPsrpcDoes) {
  EXPECT_EQ(Pack(DemoRequest()), FromHex(vectors::kRequest));
  EXPECT_EQ(FromHex(vectors::kRequest).size(), 112U);
}

TEST(EnvelopeTest, PacksABidAndAGrantAsPsrpcDoes) {
  ::internal::ClaimRequest bid;
  bid.set_request_id(vectors::kRequestId.data());
  bid.set_server_id(vectors::kServerId.data());
  bid.set_affinity(1.0F);
  EXPECT_EQ(Pack(bid), FromHex(vectors::kBid));

  ::internal::ClaimResponse grant;
  grant.set_request_id(vectors::kRequestId.data());
  grant.set_server_id(vectors::kServerId.data());
  EXPECT_EQ(Pack(grant), FromHex(vectors::kGrant));
}

TEST(EnvelopeTest, PacksResponsesAsPsrpcDoes) {
  ::internal::Response success = DemoResponse();
  success.set_raw_response(Text(vectors::kResult));
  EXPECT_EQ(Pack(success), FromHex(vectors::kResponse));

  ::internal::Response failure = DemoResponse();
  failure.set_error("ingress does not exist");
  failure.set_code("not_found");
  EXPECT_EQ(Pack(failure), FromHex(vectors::kErrorResponse));
}

TEST(EnvelopeTest, UnpacksWhatPsrpcSends) {
  const auto request = Unpack<::internal::Request>(FromHex(vectors::kRequest));
  ASSERT_TRUE(request);
  EXPECT_EQ(request->request_id(), vectors::kRequestId);
  EXPECT_EQ(request->client_id(), vectors::kClientId);
  EXPECT_EQ(request->sent_at(), vectors::kSentAt);
  EXPECT_EQ(request->expiry(), vectors::kExpiry);
  EXPECT_FALSE(request->multi());
  ::rpc::GetIngressInfoRequest argument;
  ASSERT_TRUE(argument.ParseFromString(request->raw_request()));
  EXPECT_EQ(argument.stream_key(), "demoStreamK1");

  const auto bid = Unpack<::internal::ClaimRequest>(FromHex(vectors::kBid));
  ASSERT_TRUE(bid);
  EXPECT_EQ(bid->affinity(), 1.0F);

  const auto grant = Unpack<::internal::ClaimResponse>(FromHex(vectors::kGrant));
  ASSERT_TRUE(grant);
  EXPECT_EQ(grant->server_id(), vectors::kServerId);

  const auto error = Unpack<::internal::Response>(FromHex(vectors::kErrorResponse));
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), "not_found");
  EXPECT_EQ(error->error(), "ingress does not exist");
}

TEST(EnvelopeTest, ReadsTheIngressOfAResponse) {
  const auto response = Unpack<::internal::Response>(FromHex(vectors::kResponse));
  ASSERT_TRUE(response);
  ::rpc::GetIngressInfoResponse result;
  ASSERT_TRUE(result.ParseFromString(response->raw_response()));
  const ::livekit::IngressInfo& info = result.info();
  EXPECT_EQ(info.ingress_id(), "IN_DemoIngr0001");
  EXPECT_EQ(info.name(), "demo");
  EXPECT_EQ(info.stream_key(), "demoStreamK1");
  EXPECT_EQ(info.url(), "rtmp://ingest.example/x");
  EXPECT_EQ(info.room_name(), "stage");
  EXPECT_EQ(info.participant_identity(), "cam-1");
  EXPECT_TRUE(info.reusable());
  EXPECT_TRUE(info.has_state());
  EXPECT_TRUE(info.has_enable_transcoding());
  EXPECT_TRUE(info.enable_transcoding());
  EXPECT_FALSE(info.has_enabled());
  EXPECT_EQ(result.SerializeAsString(), Text(vectors::kResult));
}

TEST(EnvelopeTest, LooksOnlyAtTheLastPartOfTheTypeUrl) {
  ::internal::Msg msg;
  msg.set_value(DemoRequest().SerializeAsString());
  for (const char* url : {"internal.Request", "/internal.Request", "a/b/internal.Request"}) {
    msg.set_type_url(url);
    EXPECT_TRUE(Unpack<::internal::Request>(PackMsg(msg))) << url;
  }
}

TEST(EnvelopeTest, RefusesEveryOtherType) {
  EXPECT_FALSE(Unpack<::internal::Response>(FromHex(vectors::kRequest)));
  EXPECT_FALSE(Unpack<::internal::ClaimRequest>(FromHex(vectors::kGrant)));
  EXPECT_FALSE(Unpack<::internal::ClaimResponse>(FromHex(vectors::kBid)));
  EXPECT_FALSE(Unpack<::internal::Request>(FromHex(vectors::kResponse)));
  EXPECT_FALSE(Unpack<::internal::Request>({}));
}

TEST(EnvelopeTest, RefusesTruncatedEnvelopes) {
  const Bytes whole = FromHex(vectors::kRequest);
  constexpr std::size_t kTypeUrlEnd = 38;  // cut here it is whole again, with an empty value
  for (std::size_t size = 0; size < whole.size(); ++size) {
    if (size == kTypeUrlEnd) continue;
    EXPECT_FALSE(Unpack<::internal::Request>(ByteView(whole).first(size))) << size;
  }
}

TEST(EnvelopeTest, RefusesALengthThatLies) {
  Bytes payload = FromHex(vectors::kRequest);
  payload[1] = 0x7F;  // type_url now claims to reach past the end
  EXPECT_FALSE(Unpack<::internal::Request>(payload));
}

TEST(EnvelopeTest, RefusesTextThatIsNotUtf8) {
  Bytes payload = FromHex(vectors::kRequest);
  payload[45] = 0xFF;  // in the request id
  EXPECT_FALSE(Unpack<::internal::Request>(payload));
}

TEST(EnvelopeTest, IgnoresFieldsOfNewerPeers) {
  // Msg.channel (3), and Request.skip_claim (10) inside the value.
  Bytes payload = FromHex("0a10 696e7465726e616c2e52657175657374  1205 0a0141 5001");
  const Bytes channel = FromHex("1a03 612e62");
  payload.insert(payload.end(), channel.begin(), channel.end());
  const auto request = Unpack<::internal::Request>(payload);
  ASSERT_TRUE(request) << request.error().context;
  EXPECT_EQ(request->request_id(), "A");
}

TEST(EnvelopeTest, UnpacksAGzipValue) {
  ::internal::Msg msg;
  msg.set_type_url("type.googleapis.com/internal.Request");
  msg.set_value(GzipText(DemoRequest().SerializeAsString()));
  msg.set_compression(::internal::Msg::GZIP);
  const auto request = Unpack<::internal::Request>(PackMsg(msg));
  ASSERT_TRUE(request) << request.error().context;
  EXPECT_EQ(request->request_id(), vectors::kRequestId);
}

TEST(EnvelopeTest, RefusesAnUnknownCompression) {
  ::internal::Msg msg;
  msg.set_type_url("type.googleapis.com/internal.Request");
  msg.set_value(DemoRequest().SerializeAsString());
  msg.set_compression(static_cast<::internal::Msg::Compression>(7));
  const auto request = Unpack<::internal::Request>(PackMsg(msg));
  ASSERT_FALSE(request);
  EXPECT_EQ(request.error().code, ErrorCode::kUnsupported);
}

TEST(EnvelopeTest, RefusesAValueThatInflatesBeyondTheLimit) {
  ::internal::Msg msg;
  msg.set_type_url("type.googleapis.com/internal.Request");
  msg.set_value(GzipText(std::string(kMaxEnvelopeBytes + 1, 'a')));
  msg.set_compression(::internal::Msg::GZIP);
  const auto request = Unpack<::internal::Request>(PackMsg(msg));
  ASSERT_FALSE(request);
  EXPECT_EQ(request.error().code, ErrorCode::kLimitExceeded);
}

TEST(EnvelopeTest, RefusesAnOversizedEnvelope) {
  const Bytes payload(kMaxEnvelopeBytes + 1);
  const auto request = Unpack<::internal::Request>(payload);
  ASSERT_FALSE(request);
  EXPECT_EQ(request.error().code, ErrorCode::kLimitExceeded);
}

}  // namespace
}  // namespace ingress::rpc
