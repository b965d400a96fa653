#include "ipc/oom_score.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <string>

namespace ingress::ipc {
namespace {

int OwnScore() {
  std::ifstream file("/proc/self/oom_score_adj");
  int score = -1;
  file >> score;
  return score;
}

/// Runs `body` in a process of its own, because a score that was raised may not be lowered.
int InChild(int (*body)()) {
  const pid_t child = fork();
  if (child == 0) _exit(body());
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(OomScore, IsLentForAsLongAsAChildIsBorn) {
  EXPECT_EQ(InChild([] {
              const int own = OwnScore();
              KeepOomScore();
              int of_child = -1;
              {
                const LentOomScore lent("700");
                if (!lent.lent() || OwnScore() != 700) return 1;
                const pid_t child = fork();
                if (child == 0) _exit(OwnScore() == 700 ? 0 : 1);
                waitpid(child, &of_child, 0);
              }
              return of_child == 0 && OwnScore() == own ? 0 : 2;
            }),
            0);
}

TEST(OomScore, StaysWhereNothingWasKept) {
  EXPECT_EQ(InChild([] {
              const int own = OwnScore();
              const LentOomScore lent("700");
              return !lent.lent() && OwnScore() == own ? 0 : 1;
            }),
            0);
}

}  // namespace
}  // namespace ingress::ipc
