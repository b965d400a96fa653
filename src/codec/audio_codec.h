#pragma once

#include <string_view>

#include "base/encoded_frame.h"

namespace ingress::codec {

/// The codec's name for people.
std::string_view NameOf(AudioCodec codec);

/// "audio/…", as the ingress' state names it.
std::string_view MimeTypeOf(AudioCodec codec);

}  // namespace ingress::codec
