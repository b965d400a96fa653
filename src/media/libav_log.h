#pragma once

#include <string>

namespace ingress::media {

/// libav writes a line to stderr for every damaged frame; ours are counted. Once is enough.
void SilenceLibav();

/// What an error code of libav says.
std::string LibavErrorText(int error);

}  // namespace ingress::media
