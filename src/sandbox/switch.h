#pragma once

namespace ingress::sandbox {

/// Whether processes are confined: not where INGRESS_SANDBOX is "off", the operator's way out when
/// a library of theirs needs what is forbidden, and not under sanitizers, which need it themselves.
bool Enabled();

/// Whether core dumps are wanted: INGRESS_CORE_DUMPS is "on".
bool CoreDumpsWanted();

}  // namespace ingress::sandbox
