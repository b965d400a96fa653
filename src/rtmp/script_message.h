#pragma once

#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace ingress::rtmp {

/// A data message in the form of an FLV script tag.
struct ScriptMessage {
  std::string name;
  Bytes payload;  // starts with the name; "@setDataFrame" is gone
};

/// Brings the body of a type 18 message (or of a type 15 one behind its format byte) into that
/// form. Values before the first string are passed over: Uniview cameras send two numbers there.
///
/// Empty for messages that concern the server only or nobody: sample access, FMLE's clock and the
/// like. Errors: those of the AMF0 decoder; the connection need not suffer from one.
Result<std::optional<ScriptMessage>> ReadScriptMessage(ByteView body);

}  // namespace ingress::rtmp
