#include "version/version.h"

#include "commit.h"  // made at each build

namespace ingress {

std::string_view Version() { return INGRESS_VERSION; }

std::string_view Commit() { return INGRESS_COMMIT; }

std::string VersionText() {
  const std::string commit(Commit());
  return std::string(Version()) + (commit.empty() ? "" : " (" + commit + ")");
}

}  // namespace ingress
