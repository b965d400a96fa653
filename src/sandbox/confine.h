#pragma once

#include <string>
#include <vector>

namespace ingress::sandbox {

// The boxes of our processes; docs/adr/0010-what-a-process-may-do.md says what is in each and why.
// A process calls its own as the first thing it does. A mechanism that the kernel does not have is
// passed over, and the service tells of it once (Missing()); a step that fails although it should
// not is told on standard error. No process ever ends because its box could not be closed.

/// The process that tries the encoders. It sees no foreign bytes.
void ConfinePreparation();

/// A handler, from before its job comes to its end.
void ConfineHandler();

/// A transcoder while it loads its libraries, which the handler's box that it was born in allows.
void ConfineLoading();

/// A transcoder from before the first foreign byte on. No library can be loaded after it.
void ConfineTranscoder();

/// What of the above this kernel cannot do, in words; empty: nothing.
std::vector<std::string> Missing();

}  // namespace ingress::sandbox
