#pragma once

#include "config/config.h"
#include "observability/logger.h"

namespace ingress::service {

/// The configured level as the logger names it.
constexpr observability::LogLevel ToLogLevel(config::LogLevel level) {
  using To = observability::LogLevel;
  switch (level) {
    case config::LogLevel::kDebug:
      return To::kDebug;
    case config::LogLevel::kInfo:
      return To::kInfo;
    case config::LogLevel::kWarn:
      return To::kWarn;
    case config::LogLevel::kError:
      return To::kError;
  }
  return To::kInfo;
}

}  // namespace ingress::service
