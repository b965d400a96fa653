#include "service/node/heap.h"

#include <gtest/gtest.h>

#include <string>

namespace ingress::service {
namespace {

TEST(HeapTest, SeesWhatIsTaken) {
  const Heap before = ReadHeap();
  EXPECT_GT(before.resident, std::size_t{1} << 20);
  const std::string taken(std::size_t{32} << 20, 'x');
  const Heap after = ReadHeap();
  EXPECT_EQ(taken.back(), 'x');
  EXPECT_GE(after.resident, before.resident + (taken.size() / 2));
  if (before.in_use == 0) GTEST_SKIP() << "another malloc than glibc's";
  EXPECT_GE(after.in_use, before.in_use + taken.size());
}

}  // namespace
}  // namespace ingress::service
