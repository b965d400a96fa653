#pragma once

namespace ingress::rtc {

/// Does what the first peer connection of a process would have to wait for, on the GLib thread and
/// without waiting: starts that thread and runs libsrtp's self-tests. Cheap when done before.
void WarmUp();

}  // namespace ingress::rtc
