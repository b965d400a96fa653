#pragma once

#include <boost/json/object.hpp>

#include "whip_source/client_stats.h"

namespace ingress::whip_source {

/// What people who look for a fault want to know of a client; docs/debug-pages.md names the fields.
/// No secrets: neither credentials nor keys are among the stats.
boost::json::object DescribeClient(const ClientStats& stats);

}  // namespace ingress::whip_source
