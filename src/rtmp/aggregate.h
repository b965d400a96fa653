#pragma once

#include <vector>

#include "base/result.h"
#include "rtmp/message.h"

namespace ingress::rtmp {

/// Takes an aggregate message (type 22) apart: a body of FLV tags, whose timestamps are relative
/// to that of the first one.
///
/// A truncated last tag is dropped, and back pointers are not checked: both are common.
/// Errors: kMalformed when an aggregate holds an aggregate.
Result<std::vector<Message>> SplitAggregate(const Message& aggregate);

}  // namespace ingress::rtmp
