#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <set>
#include <string>

namespace ingress::net {

/// Orders waiting tasks by round robin over their sources (addresses), so that a source with many
/// delays no other. A source that had none is next, and of one source the newest task: under a
/// flood, whoever has waited long has gone, and who tries again has a chance. Sans-IO.
class FairQueue {
 public:
  using Id = std::uint64_t;  // rising

  Id Push(const std::string& source);

  /// Removes and returns the next one; empty when none waits.
  std::optional<Id> Pop();

  /// Has no effect on an id that is not in the queue.
  void Remove(Id id);

  std::size_t size() const { return source_of_.size(); }

 private:
  struct Source {
    std::set<Id> waiting;
    std::list<std::string>::iterator place;  // in rotation_
  };

  std::map<std::string, Source> sources_;
  std::list<std::string> rotation_;  // next first
  std::map<Id, std::string> source_of_;
  Id last_id_ = 0;
};

}  // namespace ingress::net
