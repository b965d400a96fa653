#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <optional>
#include <vector>

#include "config/config.h"
#include "domain/input_kind.h"
#include "input/check.h"
#include "input/input.h"

namespace ingress::input {

/// What the program knows of an input before it makes one. Each input's folder gives one;
/// service/inputs.cc lists them.
struct Factory {
  InputKind kind;

  bool (*enabled)(const config::Config& config);

  /// Cores that the configuration sets for one session; empty: it says nothing. `encodes`: whether
  /// the session may.
  std::optional<double> (*cost)(const config::CpuCost& cost, bool encodes);

  /// Looks at what the input needs of its host, without serving. Only while it is enabled.
  std::vector<CheckLine> (*check)(const boost::asio::any_io_executor& executor,
                                  const config::Config& config);

  std::unique_ptr<Input> (*make)(const Node& node);
};

}  // namespace ingress::input
