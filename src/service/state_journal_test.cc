#include "service/state_journal.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "ipc/test_loop.h"

namespace ingress::service {
namespace {

class StateJournalTest : public ::testing::Test {
 protected:
  ~StateJournalTest() override { std::filesystem::remove_all(directory_); }

  StateJournal Open() { return StateJournal(directory_, observability::Logger::Null()); }

  std::vector<ipc::JournalEntry> Load() {
    StateJournal journal = Open();
    return Load(journal);
  }
  std::vector<ipc::JournalEntry> Load(StateJournal& journal) { return loop_.Await(journal.Load()); }

  static ::livekit::IngressState State(const std::string& resource_id, std::int64_t updated_at) {
    ::livekit::IngressState state;
    state.set_resource_id(resource_id);
    state.set_updated_at(updated_at);
    return state;
  }

  ipc::testing::TestLoop loop_;
  std::filesystem::path directory_ =
      std::filesystem::temp_directory_path() / ("state_journal_test_" + std::to_string(getpid()));
};

TEST_F(StateJournalTest, AnotherProcessFindsWhatIsLeft) {
  {
    StateJournal journal = Open();
    journal.Write("IN_1", State("RT_1", 5));
    journal.Write("IN_1", State("RT_1", 6));
    journal.Write("IN_2", State("RT_2", 7));
    journal.Remove("RT_2");
  }
  const auto entries = Load();
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_EQ(entries[0].ingress_id(), "IN_1");
  EXPECT_EQ(entries[0].state().updated_at(), 6);
}

TEST_F(StateJournalTest, IgnoresWhatIsNotItsOwn) {
  StateJournal journal = Open();
  EXPECT_TRUE(Load(journal).empty());
  std::ofstream(directory_ / "RT_9") << "noise";
  std::filesystem::create_directory(directory_ / "folder");
  EXPECT_TRUE(Load(journal).empty());
}

TEST_F(StateJournalTest, LoadsWhatItHasJustWritten) {
  StateJournal journal = Open();
  for (int i = 0; i < 100; ++i) journal.Write("IN_1", State("RT_" + std::to_string(i), i));
  EXPECT_EQ(Load(journal).size(), 100U);
}

TEST_F(StateJournalTest, LeavesNoEmptyDirectory) {
  {
    StateJournal journal = Open();
    journal.Write("IN_1", State("RT_1", 5));
    journal.Remove("RT_1");
  }
  EXPECT_FALSE(std::filesystem::exists(directory_));
}

TEST_F(StateJournalTest, WithoutADirectoryItKeepsNothing) {
  StateJournal journal({}, observability::Logger::Null());
  journal.Write("IN_1", State("RT_1", 5));
  EXPECT_TRUE(Load(journal).empty());
}

}  // namespace
}  // namespace ingress::service
