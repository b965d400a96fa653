#include "service/node/state_directory.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <string>

namespace ingress::service {
namespace {

namespace fs = std::filesystem;

constexpr uid_t kNobody = 65534;

class StateDirectoryTest : public testing::Test {
 protected:
  StateDirectoryTest() {
    std::string name = (fs::temp_directory_path() / "state-directory-XXXXXX").string();
    base_ = mkdtemp(name.data());
  }
  ~StateDirectoryTest() override { fs::remove_all(base_); }

  static mode_t ModeOf(const fs::path& path) {
    struct stat entry{};
    EXPECT_EQ(stat(path.c_str(), &entry), 0);
    return entry.st_mode & 07777;
  }

  static std::string RefusalOf(const fs::path& path) {
    const Result<void> claimed = ClaimDirectory(path);
    if (claimed || claimed.error().code != ErrorCode::kUnauthorized) return "";
    return claimed.error().context;
  }

  fs::path base_;
};

TEST_F(StateDirectoryTest, IsMadeForItsOwnerAlone) {
  const fs::path path = base_ / "a/b/state";
  ASSERT_TRUE(ClaimDirectory(path));
  EXPECT_EQ(ModeOf(path), 0700U);
  EXPECT_TRUE(ClaimDirectory(path)) << "the second start finds it";
}

TEST_F(StateDirectoryTest, IsClosedToOthersWhoCouldRead) {
  const fs::path path = base_ / "state";
  ASSERT_EQ(mkdir(path.c_str(), 0755), 0);
  ASSERT_TRUE(ClaimDirectory(path));
  EXPECT_EQ(ModeOf(path), 0700U);
}

TEST_F(StateDirectoryTest, IsRefusedWhereOthersMayHaveWritten) {
  for (const mode_t mode : {0777U, 0770U, 0702U, 01777U}) {
    const fs::path path = base_ / std::to_string(mode);
    ASSERT_EQ(mkdir(path.c_str(), 0700), 0);
    ASSERT_EQ(chmod(path.c_str(), mode), 0);
    EXPECT_NE(RefusalOf(path).find("can be written to by other users"), std::string::npos);
    EXPECT_EQ(ModeOf(path), mode) << "left as it is, for a person to look at";
  }
}

TEST_F(StateDirectoryTest, IsRefusedWhenItIsSomebodyElses) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give a directory away";
  const fs::path path = base_ / "state";
  ASSERT_EQ(mkdir(path.c_str(), 0700), 0);
  ASSERT_EQ(chown(path.c_str(), kNobody, kNobody), 0);
  EXPECT_NE(RefusalOf(path).find("belongs to"), std::string::npos);
  EXPECT_NE(RefusalOf(path).find("65534"), std::string::npos);
}

TEST_F(StateDirectoryTest, FollowsALinkOfItsOwnerButNotOfAnother) {
  const fs::path target = base_ / "target";
  const fs::path link = base_ / "link";
  ASSERT_EQ(mkdir(target.c_str(), 0700), 0);
  ASSERT_EQ(symlink(target.c_str(), link.c_str()), 0);
  EXPECT_TRUE(ClaimDirectory(link));
  if (geteuid() != 0) GTEST_SKIP() << "only root can give a link away";
  ASSERT_EQ(lchown(link.c_str(), kNobody, kNobody), 0);
  EXPECT_NE(RefusalOf(link).find("is a link that"), std::string::npos);
}

TEST_F(StateDirectoryTest, IsRefusedWhenItIsAFile) {
  std::ofstream(base_ / "file") << "x";
  EXPECT_NE(RefusalOf(base_ / "file").find("is no directory"), std::string::npos);
}

/// Sets the variables that say where the directory lies; none of the test's environment is left.
class Places {
 public:
  Places(const char* systemd, const char* xdg, const char* home) {
    Set("STATE_DIRECTORY", systemd);
    Set("XDG_STATE_HOME", xdg);
    Set("HOME", home);
  }

 private:
  static void Set(const char* name, const char* value) {
    if (value == nullptr) {
      unsetenv(name);
    } else {
      setenv(name, value, 1);
    }
  }
};

TEST_F(StateDirectoryTest, LiesBelowTheHomeDirectory) {
  const Places places(nullptr, nullptr, base_.c_str());
  EXPECT_EQ(StateDirectory(), base_ / ".local/state/livekit-ingress");
}

TEST_F(StateDirectoryTest, IsATemporaryOneWhereTheHomeDirectoryCannotBeWrittenTo) {
  std::ofstream(base_ / "file") << "x";
  setenv("TMPDIR", base_.c_str(), 1);
  const fs::path temporary = base_ / ("livekit-ingress-" + std::to_string(getuid()));
  for (const char* xdg : {static_cast<const char*>(nullptr), "/proc/none"}) {
    const Places places(nullptr, xdg, (base_ / "file").c_str());
    EXPECT_EQ(StateDirectory(), temporary);
    EXPECT_EQ(ModeOf(temporary), 0700U);
  }
  const Places none("", "", "");
  EXPECT_EQ(StateDirectory(), temporary) << "what is empty is not set";
  unsetenv("TMPDIR");
}

TEST_F(StateDirectoryTest, OfTheServiceManagerIsTheOnlyOneThatIsTried) {
  const fs::path named = base_ / "file/state";
  std::ofstream(base_ / "file") << "x";
  const Places places(named.c_str(), nullptr, base_.c_str());
  EXPECT_EQ(StateDirectory(), named);
  EXPECT_FALSE(fs::exists(base_ / ".local"));
}

TEST_F(StateDirectoryTest, OfSomebodyElseIsNotPassedOver) {
  const fs::path theirs = base_ / ".local/state/livekit-ingress";
  fs::create_directories(theirs);
  ASSERT_EQ(chmod(theirs.c_str(), 0777), 0);
  const Places places(nullptr, nullptr, base_.c_str());
  EXPECT_EQ(StateDirectory(), theirs) << "the service refuses to start, and says why";
}

TEST_F(StateDirectoryTest, IsDoneWithoutWhereItCannotBeMade) {
  std::ofstream(base_ / "file") << "x";
  const Result<void> claimed = ClaimDirectory(base_ / "file/state");
  ASSERT_FALSE(claimed);
  EXPECT_EQ(claimed.error().code, ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace ingress::service
