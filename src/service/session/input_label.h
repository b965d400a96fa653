#pragma once

#include "domain/input_kind.h"
#include "observability/metrics.h"

namespace ingress::service {

/// The label of metrics that tell inputs apart.
inline observability::InputType LabelOf(InputKind kind) {
  switch (kind) {
    case InputKind::kRtmp:
      return observability::InputType::kRtmp;
    case InputKind::kWhip:
      return observability::InputType::kWhip;
    case InputKind::kUrl:
      break;
  }
  return observability::InputType::kUrl;
}

}  // namespace ingress::service
