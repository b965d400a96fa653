#include "service/session/state_journal.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "ipc/testing/test_loop.h"

namespace ingress::service {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class StateJournalTest : public ::testing::Test {
 protected:
  ~StateJournalTest() override { std::filesystem::remove_all(directory_); }

  StateJournal Open() { return StateJournal(directory_, observability::Logger::Null()); }

  /// Its lines are in `lines_`, for who has awaited Load() or the journal's end.
  StateJournal OpenLogging() {
    return StateJournal(directory_, observability::Logger({}, [this](std::string_view line) {
                          lines_.emplace_back(line);
                        }));
  }

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
  std::vector<std::string> lines_;
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

TEST_F(StateJournalTest, LeavesAloneWhatAnotherProcessHas) {
  StateJournal first = Open();
  first.Write("IN_1", State("RT_1", 5));
  EXPECT_EQ(Load(first).size(), 1U);
  {
    StateJournal second = OpenLogging();
    EXPECT_THAT(Load(second), IsEmpty());
    second.Write("IN_2", State("RT_2", 6));
    second.Remove("RT_1");
  }
  EXPECT_THAT(lines_, ElementsAre(AllOf(HasSubstr("ERROR"), HasSubstr("another process uses"),
                                        HasSubstr(directory_.string()),
                                        HasSubstr("STATE_DIRECTORY of its own"))));
  const auto entries = Load(first);
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_EQ(entries[0].ingress_id(), "IN_1");
}

TEST_F(StateJournalTest, LeavesAnotherProcessItsEmptyDirectory) {
  StateJournal first = Open();
  EXPECT_THAT(Load(first), IsEmpty());
  EXPECT_THAT(Load(), IsEmpty());
  EXPECT_TRUE(std::filesystem::exists(directory_));
}

TEST_F(StateJournalTest, MakesItsDirectoryAgain) {
  StateJournal journal = OpenLogging();
  EXPECT_THAT(Load(journal), IsEmpty());
  std::filesystem::remove_all(directory_);
  journal.Remove("RT_0");
  journal.Write("IN_1", State("RT_1", 5));
  EXPECT_EQ(Load(journal).size(), 1U);
  EXPECT_THAT(Load(), IsEmpty()) << "the new one is locked too";
  EXPECT_THAT(lines_, IsEmpty());
}

TEST_F(StateJournalTest, TellsWhyItCannotWrite) {
  StateJournal journal = OpenLogging();
  EXPECT_THAT(Load(journal), IsEmpty());
  std::filesystem::create_directory(directory_ / ".RT_1");
  journal.Write("IN_1", State("RT_1", 5));
  EXPECT_THAT(Load(journal), IsEmpty());
  EXPECT_THAT(lines_, ElementsAre(AllOf(HasSubstr("cannot keep a session's state"),
                                        HasSubstr("RT_1: Is a directory"))));
}

TEST_F(StateJournalTest, KeepsItsLockFromHandlers) {
  StateJournal journal = Open();
  EXPECT_THAT(Load(journal), IsEmpty());
  int found = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    if (std::filesystem::read_symlink(entry.path(), gone) != directory_) continue;
    ++found;
    EXPECT_NE(fcntl(std::stoi(entry.path().filename()), F_GETFD) & FD_CLOEXEC, 0);
  }
  EXPECT_EQ(found, 1);
}

TEST_F(StateJournalTest, WithoutADirectoryItKeepsNothing) {
  StateJournal journal({}, observability::Logger::Null());
  journal.Write("IN_1", State("RT_1", 5));
  EXPECT_TRUE(Load(journal).empty());
}

}  // namespace
}  // namespace ingress::service
