#pragma once

#include "base/result.h"
#include "media/gst/gst_ptr.h"

namespace ingress::media::gst {

/// Starts GStreamer once for the process.
///
/// Without GST_REGISTRY in the environment there is no registry: the few plugins we use are loaded
/// by their file names, which saves the scan of all others (a second and 100 MB on first use).
/// With it the registry is used as usual. The scanner is never forked.
Result<void> StartGstreamer();

/// An element of `factory`, whose plugin is in the file `plugin` of a plugin directory.
/// The reference is full, not floating. Errors: kUnsupported when it cannot be found.
Result<GstPtr<GstElement>> MakeElement(const char* factory, const char* plugin);

}  // namespace ingress::media::gst
