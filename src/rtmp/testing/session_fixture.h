#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "amf/amf0.h"
#include "rtmp/session.h"
#include "rtmp/testing/scripted_client.h"

namespace ingress::rtmp {

/// A session with a scripted client before it; time stands still unless a test says otherwise.
class SessionFixture : public ::testing::Test {
 protected:
  static constexpr TimePoint kStart{};

  void Reset() {
    session_ = Session({}, kStart);
    client_ = {};
  }

  void Feed(ByteView bytes) {
    const auto received = session_.Receive(bytes, kStart);
    ASSERT_TRUE(received) << received.error().context;
  }

  void FeedHandshake() { Feed(ScriptedClient::Handshake()); }

  void FeedConnect() {
    FeedHandshake();
    Feed(client_.Connect("live"));
    Replies();
  }

  /// Up to an accepted publish on message stream 1.
  void FeedPublish() {
    FeedConnect();
    Feed(client_.Command({"createStream", 2, amf::Null{}}) + client_.Publish("key"));
    TakeRequest();
    session_.AcceptPublish(kStart);
    Replies();
  }

  std::vector<Message> Replies() { return client_.Read(session_.TakeOutput()); }

  static std::vector<MessageType> TypesOf(const std::vector<Message>& messages) {
    std::vector<MessageType> types;
    for (const Message& message : messages) types.push_back(message.type);
    return types;
  }

  static std::vector<Command> CommandsOf(const std::vector<Message>& messages) {
    std::vector<Command> commands;
    for (const Message& message : messages) {
      if (message.type == MessageType::kCommandAmf0) {
        commands.push_back(ParseCommand(message.payload).value());
      }
    }
    return commands;
  }

  /// A field of the information object of an onStatus.
  static std::string StatusText(const Message& message, std::string_view field) {
    const auto command = ParseCommand(message.payload).value();
    EXPECT_EQ(command.name, "onStatus");
    return *command.Argument(1).Find(field)->AsString();
  }
  static std::string StatusCode(const Message& message) { return StatusText(message, "code"); }

  template <typename T>
  T TakeOnly() {
    auto events = session_.TakeEvents();
    EXPECT_EQ(events.size(), 1u);
    if (events.size() != 1 || !std::holds_alternative<T>(events[0])) {
      ADD_FAILURE() << "another event than expected";
      return {};
    }
    return std::get<T>(std::move(events[0]));
  }
  PublishRequest TakeRequest() { return TakeOnly<PublishRequest>(); }
  PublishEnd TakeEnd() { return TakeOnly<PublishEnd>(); }

  std::string TakeNotice() { return TakeOnly<ProtocolNotice>().text; }

  std::vector<MediaMessage> TakeMedia() {
    std::vector<MediaMessage> media;
    for (Event& event : session_.TakeEvents()) {
      media.push_back(std::get<MediaMessage>(std::move(event)));
    }
    return media;
  }

  Session session_{{}, kStart};
  ScriptedClient client_;
};

}  // namespace ingress::rtmp
