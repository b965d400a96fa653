#include "node/node.h"

#include <utility>

namespace ingress::node {

Node::Node(FileReader files, std::vector<int> processors, std::optional<double> requested)
    : files_(std::move(files)),
      memory_cgroup_(FindCgroup(files_("/proc/self/cgroup").value_or(""),
                                files_("/proc/self/mountinfo").value_or(""), "memory")),
      cores_(NodeCores(processors.size(), FindCpuQuotas(files_), requested)),
      idle_(std::move(processors), FindCpuQuotas(files_), files_) {}

}  // namespace ingress::node
