#include "base/process_title.h"

#include <bsd/unistd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <string>

namespace ingress {

void PrepareProcessTitle(int argc, char** argv) { setproctitle_init(argc, argv, environ); }

void SetProcessTitle(std::string_view role, std::string_view subject) {
  const std::string title = "ingress: " + std::string(role) + " " + std::string(subject);
  setproctitle("-%s", title.c_str());
  const std::string name = "ingress-" + std::string(role);
  prctl(PR_SET_NAME, name.c_str(), 0, 0, 0);
}

}  // namespace ingress
