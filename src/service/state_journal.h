#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "ingress_ipc.pb.h"
#include "observability/logger.h"

namespace ingress::service {

/// Remembers on disk which sessions have a state that livekit-server has to be told yet, so that a
/// service which was killed can say so when it is back. One small file a session.
///
/// Trouble with the disk is logged once and costs nothing but this memory.
class StateJournal {
 public:
  /// `directory`: for this service alone; made when it is not there. Empty: keeps nothing.
  StateJournal(std::filesystem::path directory, observability::Logger logger);

  /// Leaves no empty directory behind.
  ~StateJournal();
  StateJournal(const StateJournal&) = delete;
  StateJournal& operator=(const StateJournal&) = delete;

  void Write(const std::string& ingress_id, const ::livekit::IngressState& state);
  void Remove(const std::string& resource_id);

  /// What an earlier process has left.
  std::vector<ipc::JournalEntry> Load();

 private:
  void Complain(const std::string& what, const std::string& why);

  std::filesystem::path directory_;
  observability::Logger logger_;
  bool complained_ = false;
};

}  // namespace ingress::service
