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
/// delays no other. Sans-IO.
///
/// Turns go by turns to the newest and to the oldest: of the sources that had no turn yet the
/// newest is next, then the source that has waited longest, then the newest again; likewise of the
/// tasks of one source. Under a flood of any number of sources a newcomer is served at once, as
/// long as it is among the newest, and nobody waits for ever, because whoever stays becomes the
/// oldest.
class FairQueue {
 public:
  using Id = std::uint64_t;  // rising

  enum class Rank : std::uint8_t {
    kFirst,  // waits like all others
    /// Goes before all kFirst ones, the oldest of them first, whatever their sources: for a task
    /// that goes on with what it began in its first turn, and comes with this rank once for it.
    kBegun,
  };

  Id Push(const std::string& source, Rank rank = Rank::kFirst);

  /// Removes and returns the next one; empty when none waits.
  std::optional<Id> Pop();

  /// Has no effect on an id that is not in the queue.
  void Remove(Id id);

  std::size_t size() const { return source_of_.size() + begun_.size(); }
  bool empty() const { return size() == 0; }

 private:
  using Line = std::list<std::string>;

  struct Source {
    std::set<Id> waiting;
    Line::iterator place;                 // in line_
    std::optional<Line::iterator> fresh;  // in fresh_, as long as it had no turn
    bool oldest_is_next = false;          // of its tasks
  };

  Source& NextSource();
  static Id NextTask(Source& source);

  std::map<std::string, Source> sources_;
  Line line_;   // who has waited longest for its next turn is first
  Line fresh_;  // of those, who had no turn yet
  bool oldest_is_next_ = false;
  std::map<Id, std::string> source_of_;
  std::set<Id> begun_;
  Id last_id_ = 0;
};

}  // namespace ingress::net
