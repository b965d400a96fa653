#include "input/certificate/file_change.h"

#include <gtest/gtest.h>

#include <array>

namespace ingress::input {
namespace {

using Stamps = std::array<FileStamp, 2>;

Stamps At(std::int64_t certificate, std::int64_t key) {
  return {{{.modified = certificate}, {.modified = key}}};
}

TEST(FileChangeTest, IsDueOnceFilesHaveChangedAndSettled) {
  FileChange<Stamps> change;
  change.OnRead(At(1, 1));
  EXPECT_FALSE(change.Due(At(1, 1)));
  EXPECT_FALSE(change.Due(At(2, 1))) << "the key may follow";
  EXPECT_FALSE(change.Due(At(2, 2)));
  EXPECT_TRUE(change.Due(At(2, 2)));
  EXPECT_FALSE(change.Due(At(2, 2))) << "once a change";
}

TEST(FileChangeTest, TriesAgainWithTheNextChangeOnly) {
  FileChange<Stamps> change;
  change.OnRead(At(1, 1));
  change.Due(At(2, 1));
  EXPECT_TRUE(change.Due(At(2, 1)));
  EXPECT_FALSE(change.Due(At(2, 1))) << "it did not help";
  EXPECT_FALSE(change.Due(At(2, 2)));
  EXPECT_TRUE(change.Due(At(2, 2)));
}

TEST(FileChangeTest, GoesBackToWhatWasReadQuietly) {
  FileChange<Stamps> change;
  change.OnRead(At(1, 1));
  EXPECT_FALSE(change.Due(At(0, 1)));
  EXPECT_FALSE(change.Due(At(1, 1)));
  EXPECT_FALSE(change.Due(At(1, 1)));
}

}  // namespace
}  // namespace ingress::input
