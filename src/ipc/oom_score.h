#pragma once

#include <string_view>

namespace ingress::ipc {

/// Opens the file that says how soon the kernel ends this process when memory runs out. For a
/// process that will be confined, or closed to debuggers, so that it cannot open the file any more,
/// and starts others.
void KeepOomScore();

/// Gives this process another score for as long as it lives, so that a child is born with it. Does
/// nothing without KeepOomScore(): the child can set its own then.
class LentOomScore {
 public:
  explicit LentOomScore(std::string_view score);
  ~LentOomScore();
  LentOomScore(const LentOomScore&) = delete;
  LentOomScore& operator=(const LentOomScore&) = delete;

  bool lent() const { return lent_; }

 private:
  bool lent_ = false;
};

}  // namespace ingress::ipc
