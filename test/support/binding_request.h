#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "crypto/hmac_sha1.h"
#include "stun/testing/request_attributes.h"
#include "stun/writer.h"

namespace ingress::test {

/// A Binding request as the client of a session sends it.
struct BindingRequest {
  std::string username{};  // "ours:theirs", seen from the receiver
  std::string password{};
  std::optional<std::uint32_t> priority = 0x6e0001ff;
  bool use_candidate = true;
  bool controlled = false;  // takes the wrong role
  stun::TransactionId id{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
};

inline Bytes Serialize(const BindingRequest& request) {
  stun::Writer writer(stun::Class::kRequest, stun::kBinding, request.id);
  stun::testing::AddUsername(writer, request.username);
  if (request.priority) stun::testing::AddPriority(writer, *request.priority);
  if (request.use_candidate) stun::testing::AddUseCandidate(writer);
  if (request.controlled) {
    stun::testing::AddIceControlled(writer, 1);
  } else {
    stun::testing::AddIceControlling(writer, 1);
  }
  const auto key = crypto::HmacSha1::Make(AsBytes(request.password));
  EXPECT_TRUE(key.has_value());
  return writer.Finish(*key).value_or(Bytes());
}

}  // namespace ingress::test
