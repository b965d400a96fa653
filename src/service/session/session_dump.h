#pragma once

#include <string>

#include "domain/admission.h"
#include "ingress_ipc.pb.h"
#include "livekit_ingress.pb.h"
#include "relay/feed.h"

namespace ingress::service {

/// What there is to say about a session for people who look into it.
struct SessionFacts {
  std::string ingress_id;
  std::string resource_id;
  std::string room;
  std::string encoder;  // address
  bool encoder_here = false;
  int restarts = 0;
  int handler_pid = 0;
  SessionLoad load;
  relay::FeedCounters feed;
  ::livekit::IngressState state;
  ipc::State media;
  ipc::Counters counters;
  std::string handler;        // JSON object of the handler's own; empty for none
  std::string handler_error;  // why there is none
};

/// A JSON object, indented for reading. Holds no secret.
std::string DescribeSession(const SessionFacts& facts);

}  // namespace ingress::service
