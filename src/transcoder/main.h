#pragma once

#include <string>

namespace ingress::transcoder {

/// The transcoder process: `ingress transcoder`, started by a handler with a socketpair as
/// descriptor 3. Returns the exit code when the handler closes it.
/// `subject`: what it works for, for ps.
int Main(const std::string& subject);

/// Loads the video libraries once so that GStreamer's list of plugins exists: `ingress prepare`.
int Prepare();

}  // namespace ingress::transcoder
