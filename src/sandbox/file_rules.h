#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace ingress::sandbox {

/// What a process may do with files, by paths of files and of directories with all beneath. What is
/// named nowhere can neither be opened nor run; nothing at all can be written.
struct FileRules {
  std::vector<std::string> readable;
  std::vector<std::string> executable;  // and readable
};

/// What a handler and the transcoder that it starts have to read: libraries and GStreamer's
/// plugins, name lookup, certificates, time zones, /proc, and what the environment names, of which
/// INGRESS_READABLE_PATHS is the operator's.
FileRules HandlerFileRules();

/// The version of Landlock's interface that the kernel has; 0: it has none.
int LandlockVersion();

/// Restricts this process, and all that it will start, to `rules`, and keeps it from signalling and
/// debugging any process but those. Paths that do not exist are passed over. Call before there are
/// threads. Does nothing where the kernel has no Landlock.
///
/// Errors: kInternal with the step and errno's text.
Result<void> RestrictFiles(const FileRules& rules);

}  // namespace ingress::sandbox
