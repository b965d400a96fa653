#pragma once

#include "rpc/rpc_error.h"

namespace ingress::service {

/// What the caller of CreateIngress gets to read who wants an ingress that fetches a URL, when no
/// other node takes it: that none does here, and what to do instead.
rpc::RpcError RefusePull();

}  // namespace ingress::service
