#pragma once

#include "base/result.h"
#include "media/gst/gst_ptr.h"

namespace ingress::media::gst {

/// Starts GStreamer once for the process.
///
/// It has no registry: the few plugins we use are loaded by their file names, and no other one is
/// looked at.
Result<void> StartGstreamer();

/// An element of `factory`, whose plugin is in the file `plugin` of a plugin directory.
/// The reference is full, not floating. Errors: kUnsupported when it cannot be found.
Result<GstPtr<GstElement>> MakeElement(const char* factory, const char* plugin);

}  // namespace ingress::media::gst
