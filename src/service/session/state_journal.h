#pragma once

#include <boost/asio/awaitable.hpp>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/helper_thread.h"
#include "ingress_ipc.pb.h"
#include "observability/logger.h"

namespace ingress::service {

/// Remembers on disk which sessions have a state that livekit-server has to be told yet, so that a
/// service which was killed can say so when it is back. One small file a session.
///
/// A thread of its own does what is asked for, in order, so that a disk that hangs keeps nobody
/// waiting. Trouble with the disk is logged once and costs nothing but this memory.
class StateJournal {
 public:
  /// `directory`: for this service alone; made when it is not there, and locked. One that another
  /// process has locked is logged as an error and left alone: nothing is read, written or removed.
  /// Empty: keeps nothing.
  StateJournal(std::filesystem::path directory, observability::Logger logger);

  /// Leaves no empty directory behind. A disk that hangs is not waited for.
  ~StateJournal();
  StateJournal(const StateJournal&) = delete;
  StateJournal& operator=(const StateJournal&) = delete;

  void Write(const std::string& ingress_id, const ::livekit::IngressState& state);
  void Remove(const std::string& resource_id);

  /// What an earlier process has left.
  boost::asio::awaitable<std::vector<ipc::JournalEntry>> Load();

 private:
  class Folder;

  std::shared_ptr<Folder> folder_;  // null: nothing is kept
  HelperThread disk_;
};

}  // namespace ingress::service
