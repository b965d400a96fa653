#pragma once

namespace ingress::rtc {

/// Does what the first peer connection of a process would have to wait for: starts the GLib thread.
/// Cheap when done before.
void WarmUp();

}  // namespace ingress::rtc
