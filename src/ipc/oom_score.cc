#include "ipc/oom_score.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <string>
#include <utility>

#include "base/unique_fd.h"

namespace ingress::ipc {
namespace {

struct OwnScore {
  UniqueFd file;
  std::string score;
};

OwnScore& Own() {
  static OwnScore own;
  return own;
}

bool Write(std::string_view score) {
  return pwrite(Own().file.get(), score.data(), score.size(), 0) ==
         static_cast<ssize_t>(score.size());
}

}  // namespace

void KeepOomScore() {
  UniqueFd file(open("/proc/self/oom_score_adj", O_RDWR | O_CLOEXEC));
  std::array<char, 16> text{};
  const ssize_t size = file ? pread(file.get(), text.data(), text.size(), 0) : -1;
  if (size <= 0) return;
  Own() = {.file = std::move(file), .score = {text.data(), static_cast<std::size_t>(size)}};
}

LentOomScore::LentOomScore(std::string_view score) : lent_(Own().file && Write(score)) {}

LentOomScore::~LentOomScore() {
  if (lent_) Write(Own().score);
}

}  // namespace ingress::ipc
