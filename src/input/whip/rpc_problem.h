#pragma once

#include "input/whip/problem.h"
#include "rpc/rpc_error.h"

namespace ingress::input {

/// A refusal of a session that another node has, as the client is told it.
WhipProblem ProblemOf(const rpc::RpcError& error);

/// The same the other way: what a node is told that asks for its client.
rpc::RpcError RpcErrorOf(const WhipProblem& problem);

}  // namespace ingress::input
