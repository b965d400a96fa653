#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace ingress::token {

enum class Base64Padding { kNone, kEquals };

/// The URL-safe alphabet (RFC 4648 §5).
std::string EncodeBase64Url(ByteView bytes, Base64Padding padding);

/// Takes the URL-safe alphabet with or without padding.
/// Errors: kMalformed for another character or an impossible length.
Result<Bytes> DecodeBase64Url(std::string_view text);

}  // namespace ingress::token
